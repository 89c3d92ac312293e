//! 10-10 and 10-5 against published positions.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use baihui_head::{
    Surface,
    ten_five::{self, Fiducials, System},
};
use glam::DVec3;

use super::inputs::Inputs;

/// Named positions, mm.
pub(crate) type Positions = BTreeMap<String, DVec3>;

/// Nasion, inion, LPA, RPA.
pub(crate) type Four = [DVec3; 4];

/// Sites of 10-5 from four points that are dropped onto the skin.
pub(crate) fn sites(skin: &Surface, four: &Four, system: System) -> Result<Positions> {
    let [nasion, inion, lpa, rpa] = four.map(|p| skin.closest(p).0);
    let fiducials = Fiducials { nasion, inion, lpa, rpa };
    let reference = ten_five::reference(skin, &fiducials)?;
    let sites = ten_five::sites_from(skin, &fiducials, &reference, system)?;
    Ok(sites.into_iter().map(|s| (s.name, s.position.mm)).collect())
}

/// Mean, median, 95th percentile and largest of distances.
pub(crate) fn summary(mut d: Vec<f64>) -> String {
    d.sort_by(f64::total_cmp);
    let at = |q: f64| d[((d.len() - 1) as f64 * q).round() as usize];
    let mean = d.iter().sum::<f64>() / d.len() as f64;
    format!(
        "n {}, mean {mean:.2}, median {:.2}, p95 {:.2}, max {:.2} mm",
        d.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    )
}

fn compare(what: &str, ours: &Positions, theirs: &Positions) {
    let mut rows: Vec<(f64, &str)> =
        ours.iter().filter_map(|(n, p)| Some((theirs.get(n)?.distance(*p), n.as_str()))).collect();
    if rows.is_empty() {
        println!("{what}: nothing to compare");
        return;
    }
    println!("{what}: {}", summary(rows.iter().map(|r| r.0).collect()));
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let worst: Vec<String> = rows.iter().take(8).map(|(d, n)| format!("{n} {d:.1}")).collect();
    println!("    worst: {}", worst.join(", "));
}

/// Sites above the lower rims.
fn inner(sites: &Positions) -> Positions {
    let low =
        |n: &str| ["9", "10", "9h", "10h"].iter().any(|e| n.ends_with(e)) || n.starts_with('I') || n == "Nz";
    sites.iter().filter(|(n, _)| !low(n)).map(|(n, p)| (n.clone(), *p)).collect()
}

/// The same positions dropped onto a skin: what is left is how far apart they are along it.
fn dropped(skin: &Surface, sites: &Positions) -> Positions {
    sites.iter().map(|(n, p)| (n.clone(), skin.position(skin.closest(*p).0))).collect()
}

/// The table of 10-10 positions on MNI152.
fn mni152_table(shared: &Path) -> Result<(Four, Positions)> {
    let path = shared.join("facts/tables/simnibs_jurcak2007_ui10-10_scalp_mni.csv");
    let text = fs::read_to_string(path).context("the table of 10-10 positions on MNI152")?;
    let mut four = BTreeMap::new();
    let mut out = Positions::new();
    for line in text.lines().filter(|l| !l.starts_with('#')).skip(1) {
        let f: Vec<&str> = line.split(',').collect();
        let [kind, x, y, z, name] = f[..] else { continue };
        let p = DVec3::new(x.parse()?, y.parse()?, z.parse()?);
        if kind == "Fiducial" {
            four.insert(name, p);
        } else {
            out.insert(name.to_owned(), p);
        }
    }
    let get = |n: &str| four.get(n).copied().context("a fiducial is missing in the table");
    let four = [get("Nz")?, get("Iz")?, get("LPA")?, get("RPA")?];
    // A fiducial by another name is no result.
    out.remove("Iz");
    Ok((four, out))
}

/// The 10-5 sites of an ASA electrode file: positions, then labels.
fn elc(bytes: &[u8]) -> Result<Positions> {
    let text = String::from_utf8_lossy(bytes);
    let mut positions = Vec::new();
    let mut labels = Vec::new();
    let mut part = "";
    for line in text.lines() {
        match line.trim() {
            "Positions" | "Labels" => part = line.trim(),
            "" => {}
            l if part == "Positions" => {
                let v: Vec<f64> = l.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
                positions.push(DVec3::new(v[0], v[1], v[2]));
            }
            l if part == "Labels" => labels.push(l.to_owned()),
            _ => {}
        }
    }
    Ok(labels.into_iter().zip(positions).collect())
}

/// AtlasViewer's reference points of Colin, in the coordinates of its own volume.
fn atlasviewer(shared: &Path) -> Result<(Positions, Surface)> {
    let dir = shared.join("data/colin_atlasviewer");
    let read = |n: &str| fs::read_to_string(dir.join(n)).with_context(|| n.to_owned());
    let numbers =
        |t: &str| -> Result<Vec<f64>> { t.split_whitespace().map(|w| Ok(w.parse::<f64>()?)).collect() };
    let map = |m: &[f64], p: DVec3| {
        let row = |r: usize| m[4 * r] * p.x + m[4 * r + 1] * p.y + m[4 * r + 2] * p.z + m[4 * r + 3];
        DVec3::new(row(0), row(1), row(2))
    };
    let matrix = numbers(&read("refpts2vol.txt")?)?;
    let values = numbers(&read("refpts.txt")?)?;
    let labels = read("refpts_labels.txt")?;
    // Its axes run to the patient's left, down and to the front.
    let ras = |p: DVec3| DVec3::new(-p.x, p.z, -p.y);
    let points = labels
        .lines()
        .map(|l| l.trim().to_owned())
        .zip(values.chunks_exact(3).map(|c| ras(map(&matrix, DVec3::new(c[0], c[1], c[2])))))
        .collect();
    let bytes = fs::read(dir.join("headsurf.mesh"))?;
    let matrix = numbers(&read("headsurf2vol.txt")?)?;
    // FreeSurfer's binary triangles: magic, a line of comment, an empty line, two counts, floats, integers.
    let start = bytes.windows(2).position(|w| w == b"\n\n").context("headsurf.mesh has no comment")? + 2;
    let word = |n: usize| -> [u8; 4] {
        let mut w = [0; 4];
        w.copy_from_slice(&bytes[start + 4 * n..start + 4 * n + 4]);
        w
    };
    let (v, f) = (i32::from_be_bytes(word(0)) as usize, i32::from_be_bytes(word(1)) as usize);
    let float = |n: usize| f64::from(f32::from_be_bytes(word(2 + n)));
    let vertices = (0..v)
        .map(|i| ras(map(&matrix, DVec3::new(float(3 * i), float(3 * i + 1), float(3 * i + 2)))))
        .collect();
    let faces = (0..f).map(|i| [0, 1, 2].map(|k| u32::from_be_bytes(word(2 + 3 * v + 3 * i + k)))).collect();
    let surface = Surface::new(vertices, faces)?;
    if surface.signed_volume_mm3() > 0.0 {
        return Ok((points, surface));
    }
    let faces = surface.faces().iter().map(|&[a, b, c]| [a, c, b]).collect();
    Ok((points, Surface::new(surface.vertices().to_vec(), faces)?))
}

/// The same construction as 10-10, but with each curve replaced by the circle through its three points, divided
/// by angle, and each site dropped onto the skin along the radius: what SimNIBS' `eeg_positions` does with the
/// UI 10/10 of Jurcak and others 2007.
fn by_circles(skin: &Surface, [nasion, inion, lpa, rpa]: Four) -> Positions {
    let drop = |(p, centre): (DVec3, DVec3)| {
        let hit = skin.ray(p + (p - centre) * 2.0, centre - p, 1e4).map(|h| h.0);
        skin.position(hit.unwrap_or_else(|| skin.closest(p).0))
    };
    let mut cz = drop((
        (nasion + inion) / 2.0 + (lpa - rpa).cross(inion - nasion).normalize() * 100.0,
        (nasion + inion) / 2.0,
    ));
    if (cz - (lpa + rpa) / 2.0).z < 0.0 {
        cz.z = -cz.z;
    }
    for _ in 0..50 {
        cz = arc(nasion, cz, inion, 0.5).0;
        cz = arc(lpa, cz, rpa, 0.5).0;
    }
    let mut out = Positions::new();
    let mut row = |names: &[&str], a: DVec3, m: DVec3, b: DVec3| {
        for (i, n) in names.iter().enumerate() {
            let f = (i + 1) as f64 / (names.len() + 1) as f64;
            out.insert((*n).to_owned(), drop(arc(a, m, b, f)));
        }
        out.clone()
    };
    row(&["Fpz", "AFz", "Fz", "FCz", "Cz", "CPz", "Pz", "POz", "Oz"], nasion, cz, inion);
    let p = row(&["T7", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "T8"], lpa, cz, rpa);
    row(&["N1", "AF9", "F9", "FT9", "T9", "TP9", "P9", "PO9", "I1"], nasion, lpa, inion);
    row(&["N2", "AF10", "F10", "FT10", "T10", "TP10", "P10", "PO10", "I2"], nasion, rpa, inion);
    row(&["Fp1", "AF7", "F7", "FT7", "T7", "TP7", "P7", "PO7", "O1"], p["Fpz"], p["T7"], p["Oz"]);
    let p = row(&["Fp2", "AF8", "F8", "FT8", "T8", "TP8", "P8", "PO8", "O2"], p["Fpz"], p["T8"], p["Oz"]);
    for (r, edge) in [("AF", "AF"), ("F", "F"), ("FC", "FT"), ("CP", "TP"), ("P", "P"), ("PO", "PO")] {
        let names: Vec<String> =
            ["5", "3", "1", "z", "2", "4", "6"].iter().map(|n| format!("{r}{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        row(&names, p[&format!("{edge}7")], p[&format!("{r}z")], p[&format!("{edge}8")]);
    }
    out
}

/// The point at a fraction of the angle of the circular arc a–m–b, and the circle's centre.
fn arc(a: DVec3, m: DVec3, b: DVec3, fraction: f64) -> (DVec3, DVec3) {
    // Circumcentre in barycentric form.
    let (u, v) = (m - a, b - a);
    let w = u.cross(v);
    let centre =
        a + (w.cross(u) * v.length_squared() + v.cross(w) * u.length_squared()) / (2.0 * w.length_squared());
    let (x, n) = ((a - centre).normalize(), w.normalize());
    let y = n.cross(x);
    let radius = a.distance(centre);
    let angle = |p: DVec3| {
        let t = libm::atan2((p - centre).dot(y), (p - centre).dot(x));
        if t < 0.0 { t + std::f64::consts::TAU } else { t }
    };
    let t = angle(b) * fraction;
    (centre + (x * libm::cos(t) + y * libm::sin(t)) * radius, centre)
}

/// The fiducials of Colin27 in FieldTrip's standard_1005.elc.
pub(crate) const COLIN: Four = [
    DVec3::new(0.0083, 86.8110, -39.9830),
    DVec3::new(0.0045, -118.5650, -23.0780),
    DVec3::new(-86.0761, -19.9897, -47.9860),
    DVec3::new(85.7939, -20.0093, -48.0310),
];

/// The fiducials of MNI152 of SimNIBS.
pub(crate) const MNI152: Four = [
    DVec3::new(0.0, 82.9, -43.0),
    DVec3::new(0.0, -116.2, -30.5),
    DVec3::new(-79.6, -20.6, -48.6),
    DVec3::new(80.6, -20.6, -48.1),
];

pub(crate) fn run(inputs: &Inputs, dir: &Path, shared: &Path) -> Result<()> {
    let skin = super::heads::scalp(inputs, dir, shared, "mni152", true)?;
    let (four, theirs) = mni152_table(shared)?;
    let ours = sites(&skin, &four, System::TenTen)?;
    compare("MNI152, ours against the table", &ours, &theirs);
    compare("    the same without the lower rims (9, 10), which run over the ears", &inner(&ours), &theirs);
    let earless = super::heads::scalp(inputs, dir, shared, "mni152", false)?;
    let ours_earless = sites(&earless, &four, System::TenTen)?;
    compare("    all of them on the scalp without its ears", &ours_earless, &theirs);
    let mut reached = ours_earless.clone();
    reached.retain(|n, _| !matches!(n.as_str(), "TP9" | "TP10"));
    compare("    the same without TP9 and TP10, which the table has on the pinnae", &reached, &theirs);
    compare("    the same without the lower rims", &inner(&ours_earless), &theirs);
    let circles = by_circles(&skin, four);
    compare("MNI152, circles instead of sections against the table", &circles, &theirs);
    for n in ["Fpz", "Fz", "FCz", "Cz", "CPz", "Pz", "Oz", "C3", "C4"] {
        println!("    {n}: ours {:.2}, circles {:.2}, table {:.2}", ours[n], circles[n], theirs[n]);
    }

    let theirs = elc(&inputs.mne("mne/channels/data/montages/colin27_1005.elc")?)?;
    let template = baihui_head::template::template();
    let ours: Positions =
        ten_five::sites(&template, System::TenFive)?.into_iter().map(|s| (s.name, s.position.mm)).collect();
    compare("Built-in head, 10-5 against standard_1005", &ours, &theirs);
    compare("    their points dropped onto the built-in skin", &ours, &dropped(&template.skin, &theirs));
    let off: Vec<f64> = theirs
        .iter()
        .filter(|(n, _)| ours.contains_key(*n))
        .map(|(_, p)| template.skin.closest(*p).1)
        .collect();
    println!("    its points lie off the built-in skin: {}", summary(off));
    let skin = super::heads::scalp(inputs, dir, shared, "colin27", true)?;
    let ours = sites(&skin, &COLIN, System::TenFive)?;
    compare("ch2 scalp, 10-5 against standard_1005", &ours, &theirs);
    compare("    their points dropped onto the ch2 scalp", &ours, &dropped(&skin, &theirs));
    compare("    the same without the lower rims (9, 10)", &inner(&ours), &theirs);
    let off: Vec<f64> =
        theirs.iter().filter(|(n, _)| ours.contains_key(*n)).map(|(_, p)| skin.closest(*p).1).collect();
    println!("    its points lie off the ch2 scalp: {}", summary(off));

    let (theirs, skin) = atlasviewer(shared)?;
    let get = |n: &str| theirs.get(n).copied().with_context(|| format!("no {n} in refpts"));
    let four = [get("Nz")?, get("Iz")?, get("LPA")?, get("RPA")?];
    println!(
        "AtlasViewer: {} points, skin {} v, watertight {}, fiducials {four:?}",
        theirs.len(),
        skin.vertices().len(),
        skin.is_watertight()
    );
    match sites(&skin, &four, System::TenFive) {
        Ok(ours) => {
            compare("AtlasViewer's Colin, 10-5 against its reference points", &ours, &theirs);
            compare("    without the lower rims (9, 10)", &inner(&ours), &theirs);
            compare("    their points dropped onto its skin", &ours, &dropped(&skin, &theirs));
            let theirs_cz = get("Cz")?;
            println!("    Cz: ours {:.1}, theirs {theirs_cz:.1}", ours["Cz"]);
        }
        Err(e) => println!("AtlasViewer's Colin: {e}"),
    }
    let off: Vec<f64> = theirs.values().map(|p| skin.closest(*p).1).collect();
    println!("    its points lie off its skin: {}", summary(off));
    Ok(())
}
