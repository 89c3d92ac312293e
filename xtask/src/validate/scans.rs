//! Landmarks that are found on scans without being told any, against those that are known.
//!
//! Three kinds of scan: the scalp of images, auricles included, against the landmarks of the head made from the image
//! itself; fsaverage's head against its published points; and bodies of both sexes and all ages down to the chest, whose
//! nasion and tragi are known vertices. Bodies have the face of the built-in head's model, so that they say
//! more of size, posture, auricles and shoulders than of faces.

use std::path::Path;

use anyhow::{Context, Result};
use baihui_head::{
    Head, Landmarks, Side, Surface,
    body::{self, Sex, Shape},
    io::glb,
    mri, scan, template,
};
use glam::{DAffine3, DQuat, DVec3};

use super::{
    super::template::PREAURICULAR_VERTEX,
    heads,
    inputs::Inputs,
    tape::{CASES, four_of},
    ten_ten::Four,
};

/// Vertex of the body's mesh at the nasion.
const NASION: u32 = 132;
/// The model's heads are smaller than people's (ANSUR II).
const LARGER: f64 = 1.12;
const WORDS: [&str; 4] = ["nasion", "inion", "left ear", "right ear"];

/// A scan and where its landmarks are, mm; NaN where that is not known.
struct Case {
    name: String,
    scan: Surface,
    truth: Four,
}

pub(crate) fn run(inputs: &Inputs, dir: &Path, shared: &Path) -> Result<()> {
    let template = template::template();
    let mut groups: Vec<(&str, Vec<Case>)> = vec![("scalps of images", Vec::new())];
    for name in ["mni152", "colin27", "ext2", "structural1", "structural2"] {
        for ears in [true, false] {
            match of_image(inputs, dir, shared, name, ears) {
                Ok(case) => groups[0].1.push(case),
                Err(e) => println!("{name}: skipped: {e:#}"),
            }
        }
    }
    match heads::fif(&inputs.mne("mne/data/fsaverage/fsaverage-head.fif")?) {
        Ok(scan) => {
            let truth = CASES.iter().find(|c| c.name == "fsaverage").context("fsaverage is listed")?.four;
            groups.push(("published", vec![Case { name: "fsaverage".to_owned(), scan, truth }]));
        }
        Err(e) => println!("fsaverage: skipped: {e:#}"),
    }
    groups.push(("bodies", bodies()?));
    for (what, cases) in groups {
        let mut squares = [(0.0, 0_usize); 4];
        println!("\n{what}: {}, mm from where they are (right, anterior, superior)", WORDS.join(", "));
        for case in cases {
            match found(&template, &case) {
                Ok((off, line)) => {
                    println!("  {:28} {line}", case.name);
                    for (s, d) in squares.iter_mut().zip(off) {
                        if d.is_finite() {
                            *s = (s.0 + d.length_squared(), s.1 + 1);
                        }
                    }
                }
                Err(e) => println!("  {:28} {e:#}", case.name),
            }
        }
        let rms: Vec<String> = squares
            .iter()
            .map(|(s, n)| if *n > 0 { format!("{:.1}", (s / *n as f64).sqrt()) } else { "-".to_owned() })
            .collect();
        println!("  {:28} {}", "root mean square", rms.join("  "));
    }
    Ok(())
}

/// Distances of the found landmarks in the scan's own axes, and a line about them.
fn found(template: &Head, case: &Case) -> Result<([DVec3; 4], String)> {
    // Any axes: a scanner knows nothing of heads.
    let turn = DAffine3::from_rotation_translation(
        DQuat::from_scaled_axis(DVec3::new(1.1, -0.7, 0.4)),
        DVec3::new(300.0, 20.0, -70.0),
    );
    let scan =
        case.scan.with_vertices(case.scan.vertices().iter().map(|&v| turn.transform_point3(v)).collect())?;
    let options = scan::Options { landmarks: Landmarks::new(), ..scan::Options::default() };
    let made = scan::build(template, &scan, &options, &mut |_, _| true)?;
    let back = (made.to_head * turn).inverse();
    let four = four_of(&made.head)?.map(|p| back.transform_point3(p));
    let mut off = [DVec3::NAN; 4];
    let mut words = Vec::new();
    for (o, (p, q)) in off.iter_mut().zip(four.iter().zip(&case.truth)) {
        *o = *p - *q;
        words.push(if q.is_finite() {
            format!("{:5.1} ({:+5.1} {:+5.1} {:+5.1})", o.length(), o.x, o.y, o.z)
        } else {
            format!("{:>27}", "-")
        });
    }
    Ok((off, format!("{}  rms {:.2} seen {:.0} %", words.join(" "), made.rms_mm, 100.0 * made.seen_share)))
}

/// The scalp of an image, and the landmarks of the head made from it.
fn of_image(inputs: &Inputs, dir: &Path, shared: &Path, name: &str, ears: bool) -> Result<Case> {
    let kept = dir.join(format!("{name}-head.glb"));
    let head = match std::fs::read(&kept) {
        Ok(bytes) => glb::read_head(&bytes)?,
        Err(_) => {
            let image = heads::image(inputs, shared, name)?;
            let made = mri::build(&image, &mri::Options::default(), &mut |_, _| true)?;
            std::fs::write(&kept, glb::write_head(&made.head))?;
            made.head
        }
    };
    let scan = heads::scalp(inputs, dir, shared, name, ears)?;
    let without = if ears { "" } else { ", no auricles" };
    Ok(Case { name: format!("{name}{without}"), scan, truth: four_of(&head)? })
}

/// Heads, necks and shoulders of bodies.
fn bodies() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (sex, word) in [(Sex::Female, "woman"), (Sex::Male, "man")] {
        for age_years in [6.0, 12.0, 30.0, 75.0] {
            let shape = Shape { sex, age_years, ..Shape::default() };
            let body = body::built_in().body(&shape)?;
            let at = |v, side| body.vertex(v, side).map_or(DVec3::NAN, |p| body.skin.position(p));
            let nasion = at(NASION, Side::Midline);
            let ear = |side| at(PREAURICULAR_VERTEX, side);
            let ears = [ear(Side::Left), ear(Side::Right)].map(|p| p * LARGER);
            // Down to the chest.
            let low = nasion.z - 300.0;
            let near = |i: &u32| body.skin.vertices()[*i as usize].z > low;
            let faces: Vec<[u32; 3]> =
                body.skin.faces().iter().filter(|f| f.iter().all(near)).copied().collect();
            let mut names = std::collections::BTreeMap::new();
            let mut vertices = Vec::new();
            let faces = faces
                .into_iter()
                .map(|f| {
                    f.map(|v| {
                        *names.entry(v).or_insert_with(|| {
                            vertices.push(body.skin.vertices()[v as usize] * LARGER);
                            vertices.len() as u32 - 1
                        })
                    })
                })
                .collect();
            let scan = Surface::new(vertices, faces)?;
            let [left, right] = ears.map(|p| scan.position(scan.closest(p).0));
            let truth = [nasion * LARGER, DVec3::NAN, left, right];
            cases.push(Case { name: format!("{word} of {age_years}"), scan, truth });
        }
    }
    Ok(cases)
}
