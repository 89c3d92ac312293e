//! Heads rebuilt from tape numbers alone, against the heads that the numbers were read on.

use std::path::Path;

use anyhow::{Context, Result};
use baihui_head::{
    Head, HeadSource, Landmark, Landmarks, Origin, Point, ShapeSpread, Side, Surface,
    landmark::name,
    tape::{self, Dimension, Entry, Input, Sex},
    ten_five::System,
};
use glam::{DMat3, DVec3};

use super::{
    heads,
    inputs::Inputs,
    ten_ten::{COLIN, Four, MNI152, Positions, sites, summary},
};

/// A head, its four points and where they come from.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) four: Four,
    /// How the points were got.
    pub(crate) how: &'static str,
    sex: Option<Sex>,
}

pub(crate) const CASES: [Case; 5] = [
    Case { name: "mni152", four: MNI152, how: "published (SimNIBS)", sex: None },
    Case { name: "colin27", four: COLIN, how: "published (FieldTrip)", sex: Some(Sex::Male) },
    Case {
        name: "ext2",
        four: [
            DVec3::new(0.0, 120.5, -49.0),
            DVec3::new(0.0, -77.8, -58.0),
            DVec3::new(-82.0, 23.0, -67.0),
            DVec3::new(80.0, 23.0, -65.0),
        ],
        how: "by eye on pictures; sd about 3 mm, inion 10 mm",
        sex: None,
    },
    Case {
        name: "structural1",
        four: [
            DVec3::new(-2.0, 117.7, -3.0),
            DVec3::new(-2.0, -82.0, -30.0),
            DVec3::new(-80.0, 18.0, -38.0),
            DVec3::new(76.0, 18.0, -38.0),
        ],
        how: "by eye on pictures; sd about 3 mm, inion 10 mm; the right ear is outside the image and mirrored",
        sex: None,
    },
    Case {
        name: "fsaverage",
        four: [
            DVec3::new(1.5, 85.1, -34.8),
            DVec3::new(3.5, -117.4, -39.9),
            DVec3::new(-80.6, -29.1, -41.3),
            DVec3::new(84.4, -28.5, -41.3),
        ],
        how: "published (MNE; inion from fsaverage_1005)",
        sex: None,
    },
];

/// A head with four landmarks.
fn head(name: &str, skin: Surface, four: &Four) -> Head {
    let mut landmarks = Landmarks::new();
    let places = [
        (name::NASION, Side::Midline),
        (name::INION, Side::Midline),
        (name::PREAURICULAR, Side::Left),
        (name::PREAURICULAR, Side::Right),
    ];
    for ((n, side), p) in places.into_iter().zip(four) {
        let position = Point::new(skin.position(skin.closest(*p).0));
        let landmark = Landmark { position, sd_mm: 0.0, origin: Origin::Picked, method: String::new() };
        landmarks.insert(n, side, landmark);
    }
    Head {
        name: name.to_owned(),
        source: HeadSource::Mri,
        history: Vec::new(),
        skin,
        ears: None,
        brain: None,
        cortex: None,
        to_mni: None,
        landmarks,
        spread: ShapeSpread::default(),
    }
}

pub(crate) fn four_of(head: &Head) -> Result<Four> {
    let l = &head.landmarks;
    let get = |n, s| l.mm(n, s).context("a fiducial is missing");
    Ok([
        get(name::NASION, Side::Midline)?,
        get(name::INION, Side::Midline)?,
        get(name::PREAURICULAR, Side::Left)?,
        get(name::PREAURICULAR, Side::Right)?,
    ])
}

/// The rotation and shift that take `from` nearest to `to` (Horn's quaternion method, by power iteration).
pub(crate) fn rigid(from: &[DVec3], to: &[DVec3]) -> (DMat3, DVec3) {
    let n = from.len() as f64;
    let (a, b) = (from.iter().sum::<DVec3>() / n, to.iter().sum::<DVec3>() / n);
    let mut s = [[0.0; 3]; 3];
    for (p, q) in from.iter().zip(to) {
        let (p, q) = ((*p - a).to_array(), (*q - b).to_array());
        for i in 0..3 {
            for j in 0..3 {
                s[i][j] += p[i] * q[j];
            }
        }
    }
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = s;
    let m = [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ];
    // Shifted, so that the wanted eigenvalue is the largest in size.
    let shift: f64 = m.iter().flatten().map(|x: &f64| x.abs()).sum();
    let mut q = [1.0, 0.01, 0.02, 0.03];
    for _ in 0..20_000 {
        let mut r = [0.0; 4];
        for i in 0..4 {
            r[i] = shift * q[i] + (0..4).map(|j| m[i][j] * q[j]).sum::<f64>();
        }
        let l = r.iter().map(|x| x * x).sum::<f64>().sqrt();
        q = r.map(|x| x / l);
    }
    let rotation = DMat3::from_quat(glam::DQuat::from_xyzw(q[1], q[2], q[3], q[0]));
    (rotation, b - rotation * a)
}

/// Distances of the same sites, after the rigid motion that brings the four points together.
pub(crate) fn distances(
    ours: &Positions,
    our_four: &Four,
    theirs: &Positions,
    their_four: &Four,
) -> Vec<f64> {
    let (r, t) = rigid(our_four, their_four);
    ours.iter()
        .filter(|(n, _)| !["Nz", "Iz", "I1", "I2"].contains(&n.as_str()))
        .filter_map(|(n, p)| Some((r * *p + t).distance(*theirs.get(n)?)))
        .collect()
}

/// The affine map that takes `from` nearest to `to` (normal equations).
fn affine(from: &[DVec3], to: &[DVec3]) -> Result<(DMat3, DVec3)> {
    let n = from.len() as f64;
    let (a, b) = (from.iter().sum::<DVec3>() / n, to.iter().sum::<DVec3>() / n);
    let outer = |p: DVec3, q: DVec3| DMat3::from_cols(p * q.x, p * q.y, p * q.z);
    let zero = (DMat3::ZERO, DMat3::ZERO);
    let (pp, qp) = from
        .iter()
        .zip(to)
        .fold(zero, |(x, y), (p, q)| (x + outer(*p - a, *p - a), y + outer(*q - b, *p - a)));
    anyhow::ensure!(pp.determinant().abs() > 1e-6, "the landmarks lie in one plane");
    let m = qp * pp.inverse();
    Ok((m, b - m * a))
}

pub(crate) fn run(inputs: &Inputs, dir: &Path, shared: &Path) -> Result<()> {
    let template = baihui_head::template::template();
    println!("built-in head: {:#?}", tape::measure(&template)?);
    let template_sites = sites(&template.skin, &four_of(&template)?, System::TenTen)?;
    for case in &CASES {
        let skin = match heads::scalp(inputs, dir, shared, case.name, false) {
            Ok(s) => s,
            Err(e) => {
                println!("{}: skipped: {e:#}", case.name);
                continue;
            }
        };
        // The inion is the point that is hardest to find: where it was placed by eye, 10 mm up and down as well.
        let shifts: &[f64] = if case.how.starts_with("by eye") { &[0.0, -10.0, 10.0] } else { &[0.0] };
        for &up in shifts {
            let mut four = case.four;
            four[1].z += up;
            if up != 0.0 {
                println!("\n{} with the inion {up:+} mm:", case.name);
            }
            if let Err(e) = one(&Case { four, ..*case }, skin.clone(), &template, &template_sites) {
                println!("{}: {e:#}", case.name);
            }
        }
    }
    Ok(())
}

/// Everything about one head.
fn one(case: &Case, skin: Surface, template: &Head, template_sites: &Positions) -> Result<()> {
    const FIVE: [Dimension; 5] = [
        Dimension::Circumference,
        Dimension::NasionInion,
        Dimension::Preauricular,
        Dimension::Length,
        Dimension::Breadth,
    ];
    let sets: [(&str, &[Dimension]); 4] = [
        ("C", &FIVE[..1]),
        ("C NI PP", &FIVE[..3]),
        ("C NI PP L B", &FIVE),
        ("none: template as it is", &[]),
    ];
    let real = head(case.name, skin, &case.four);
    let four = four_of(&real)?;
    let there = sites(&real.skin, &four, System::TenTen)?;
    let r = tape::measure(&real)?;
    println!(
        "\n{} ({}): C {:.0} NI {:.0} PP {:.0} L {:.0} B {:.0} H {:.0}",
        case.name,
        case.how,
        r.circumference_mm,
        r.nasion_inion_mm,
        r.preauricular_mm,
        r.length_mm,
        r.breadth_mm,
        r.height_mm
    );
    for (what, set) in sets {
        let (four_here, here) = if set.is_empty() {
            (four_of(template)?, template_sites.clone())
        } else {
            let mut input = Input { sex: case.sex, ..Input::default() };
            for &d in set {
                // As a practitioner writes: whole millimetres.
                input.set(d, r.get(d).map(|mm| Entry::mm(mm.round())));
            }
            let start = std::time::Instant::now();
            let built = tape::check(&input).and_then(|c| tape::build(template, &c));
            let (built, report) = match built {
                Ok(b) => b,
                Err(e) => {
                    println!("    {what}: {e}");
                    continue;
                }
            };
            let seconds = start.elapsed().as_secs_f64();
            for n in &report.notes {
                println!("      {n}");
            }
            let b = tape::measure(&built)?;
            println!(
                "      {what}: reads C {:.1} NI {:.1} PP {:.1} L {:.1} B {:.1} H {:.1}; worst {:.3} mm; {:.1} sd from average; {:.0} ms",
                b.circumference_mm,
                b.nasion_inion_mm,
                b.preauricular_mm,
                b.length_mm,
                b.breadth_mm,
                b.height_mm,
                report.worst_mm,
                report.unusual,
                1000.0 * seconds
            );
            (four_of(&built)?, sites(&built.skin, &four_of(&built)?, System::TenTen)?)
        };
        println!(
            "    {what}: rigid on four points: {}",
            summary(distances(&here, &four_here, &there, &four))
        );
    }
    // Five landmarks: nasion, inion, both ears, Cz.
    let five = |f: &Four, s: &Positions| [f[0], f[1], f[2], f[3], s["Cz"]];
    let (m, t) = affine(&five(&four_of(template)?, template_sites), &five(&four, &there))?;
    let moved: Positions = template_sites.iter().map(|(n, p)| (n.clone(), m * *p + t)).collect();
    let d = moved
        .iter()
        .filter(|(n, _)| !["Nz", "Iz", "I1", "I2", "Cz"].contains(&n.as_str()))
        .filter_map(|(n, p)| Some(p.distance(*there.get(n)?)))
        .collect();
    println!("    five-landmark affine of the template: {}", summary(d));
    Ok(())
}
