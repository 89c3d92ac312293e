//! Heads and items to draw in tests and in the example.
#![allow(dead_code, clippy::unwrap_used)] // Each user takes a part; what is built here is known to be sound.

use std::path::{Path, PathBuf};

use baihui_head::{Head, HeadSource, Landmark, Landmarks, Origin, Point, ShapeSpread, Side, Surface};
use baihui_report::view::{Emphasis, Item, Kind};
use glam::DVec3;

fn landmark(mm: DVec3) -> Landmark {
    Landmark { position: Point::new(mm), sd_mm: 1.0, origin: Origin::Rule, method: "test".to_owned() }
}

fn head(name: &str, skin: Surface, ears: Option<Surface>, fiducials: [DVec3; 4]) -> Head {
    let mut landmarks = Landmarks::new();
    for (n, side, mm) in [
        ("nasion", Side::Midline, fiducials[0]),
        ("inion", Side::Midline, fiducials[1]),
        ("preauricular", Side::Left, fiducials[2]),
        ("preauricular", Side::Right, fiducials[3]),
    ] {
        landmarks.insert(n, side, landmark(mm));
    }
    Head {
        name: name.to_owned(),
        source: HeadSource::Scan,
        history: Vec::new(),
        skin,
        ears,
        brain: None,
        cortex: None,
        to_mni: None,
        landmarks,
        spread: ShapeSpread::default(),
    }
}

/// An ellipsoid by latitude and longitude with a displacement.
fn ball(n: usize, centre: DVec3, radii: DVec3, bump: impl Fn(DVec3) -> f64) -> Surface {
    let at = |lat: f64, lon: f64| {
        let d = DVec3::new(libm::cos(lat) * libm::sin(lon), libm::cos(lat) * libm::cos(lon), libm::sin(lat));
        centre + d * radii + d * bump(d)
    };
    let pi = core::f64::consts::PI;
    let mut v = vec![at(-pi / 2.0, 0.0)];
    for i in 1..n {
        for j in 0..2 * n {
            v.push(at(pi * (i as f64 / n as f64 - 0.5), pi * j as f64 / n as f64));
        }
    }
    v.push(at(pi / 2.0, 0.0));
    let ring = |i: usize, j: usize| (1 + (i - 1) * 2 * n + j % (2 * n)) as u32;
    let top = (v.len() - 1) as u32;
    let mut f = Vec::new();
    for j in 0..2 * n {
        f.push([0, ring(1, j), ring(1, j + 1)]);
        f.push([ring(n - 1, j + 1), ring(n - 1, j), top]);
        for i in 1..n - 1 {
            let [a, b, c, d] = [ring(i, j), ring(i, j + 1), ring(i + 1, j + 1), ring(i + 1, j)];
            f.push([a, c, b]);
            f.push([a, d, c]);
        }
    }
    let mut f: Vec<[u32; 3]> = f;
    // Longitude runs to the patient's right from the nose, so the rings are clockwise from above.
    let s = Surface::new(v.clone(), f.clone()).unwrap();
    if s.signed_volume_mm3() < 0.0 {
        for t in &mut f {
            t.swap(1, 2);
        }
    } else {
        return s;
    }
    // The fans at the poles may be turned the other way; adjacency would have refused a mixture.
    Surface::new(v, f).unwrap()
}

/// An ellipsoid 150 × 190 × 220 mm with a nose, and two plates for ears.
pub(crate) fn synthetic() -> Head {
    let skin = ball(90, DVec3::ZERO, DVec3::new(75.0, 95.0, 110.0), |d| {
        let nose = d.distance(DVec3::new(0.0, 0.95, -0.3).normalize());
        26.0 * libm::exp(-nose * nose / 0.012)
    });
    let ears = ball(16, DVec3::new(-80.0, -10.0, -15.0), DVec3::new(8.0, 14.0, 30.0), |_| 0.0);
    let y = 95.0 * libm::sqrt(1.0 - 0.01);
    head(
        "Synthetic head",
        skin,
        Some(ears),
        [
            DVec3::new(0.0, y, -11.0),
            DVec3::new(0.0, -y, -11.0),
            DVec3::new(-74.0, 0.0, -11.0),
            DVec3::new(74.0, 0.0, -11.0),
        ],
    )
}

/// The folder with shared data, if it is there.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    folder.is_dir().then_some(folder)
}

/// Colin27's scalp from AtlasViewer with its 10-5 reference points, in RAS.
pub(crate) fn colin() -> Option<(Head, Vec<(String, DVec3)>)> {
    let folder = shared()?.join("data/colin_atlasviewer");
    let bytes = std::fs::read(folder.join("headsurf.mesh")).ok()?;
    // FreeSurfer's triangle format: magic, two lines of text, counts, f32 and i32, big endian.
    let text_end = bytes.windows(2).position(|w| w == b"\n\n")? + 2;
    let word = |i: usize| {
        let o = text_end + 4 * i;
        bytes.get(o..o + 4).map(|b| [b[0], b[1], b[2], b[3]])
    };
    let (nv, nf) = (u32::from_be_bytes(word(0)?) as usize, u32::from_be_bytes(word(1)?) as usize);
    // Points are stored as left, inferior, anterior; the surface as inferior, left, anterior.
    let ras = |p: [f64; 3]| DVec3::new(128.0 - p[0], p[2] - 128.0, 128.0 - p[1]);
    let mut v = Vec::new();
    for i in 0..nv {
        let c = [0, 1, 2].map(|k| word(2 + 3 * i + k).map(|b| f64::from(f32::from_be_bytes(b))));
        v.push(ras([c[1]?, c[0]?, c[2]?]));
    }
    let mut f = Vec::new();
    for i in 0..nf {
        let c = [0, 1, 2].map(|k| word(2 + 3 * nv + 3 * i + k).map(u32::from_be_bytes));
        f.push([c[0]?, c[1]?, c[2]?]);
    }
    let mut skin = Surface::new(v.clone(), f.clone()).ok()?;
    if skin.signed_volume_mm3() < 0.0 {
        for t in &mut f {
            t.swap(1, 2);
        }
        skin = Surface::new(v, f).ok()?;
    }
    let labels = std::fs::read_to_string(folder.join("refpts_labels.txt")).ok()?;
    let points = std::fs::read_to_string(folder.join("refpts.txt")).ok()?;
    let points: Vec<(String, DVec3)> = labels
        .split_whitespace()
        .zip(points.lines())
        .filter_map(|(name, line)| {
            let p: Vec<f64> = line.split_whitespace().filter_map(|w| w.parse().ok()).collect();
            Some((name.to_owned(), ras([*p.first()?, *p.get(1)?, *p.get(2)?])))
        })
        .collect();
    let get = |n: &str| points.iter().find(|(name, _)| name == n).map(|(_, p)| *p);
    let fiducials = [get("Nz")?, get("Iz")?, get("LPA")?, get("RPA")?];
    Some((head("Colin27", skin, None, fiducials), points))
}

/// A point item.
pub(crate) fn point(code: &str, label: &str, group: &str, at: DVec3) -> Item {
    let side = if at.x < -2.0 {
        Side::Left
    } else if at.x > 2.0 {
        Side::Right
    } else {
        Side::Midline
    };
    Item {
        code: code.to_owned(),
        label: label.to_owned(),
        side,
        group: group.to_owned(),
        kind: Kind::Point { at, ellipse: None },
        emphasis: Emphasis::Normal,
    }
}

/// A line item over the skin between two positions: the chord, moved outward onto the skin.
pub(crate) fn line(
    head: &Head,
    code: &str,
    label: &str,
    group: &str,
    from: DVec3,
    to: DVec3,
    parts: &[f64],
) -> Item {
    let centre = DVec3::new(0.0, -10.0, 10.0);
    let path: Vec<DVec3> = (0..=40)
        .map(|i| {
            let p = from.lerp(to, f64::from(i) / 40.0);
            let d = (p - centre).normalize();
            head.skin.ray(centre + d * 300.0, -d, 400.0).map_or(p, |(s, _)| head.skin.position(s))
        })
        .collect();
    let mut item = point(code, label, group, (from + to) / 2.0);
    item.kind = Kind::Line { path, parts: parts.to_vec() };
    item
}

/// A closed circle on the skin around a position, for ellipses and areas.
pub(crate) fn ring(head: &Head, at: DVec3, mm: f64) -> Vec<DVec3> {
    let (s, _) = head.skin.closest(at);
    let n = head.skin.normal(s);
    let u = n.any_orthonormal_vector();
    let v = n.cross(u);
    (0..36)
        .map(|i| {
            let a = f64::from(i) * core::f64::consts::TAU / 36.0;
            let p = at + u * (mm * libm::cos(a)) + v * (mm * 0.6 * libm::sin(a));
            head.skin.position(head.skin.closest(p).0)
        })
        .collect()
}
