//! Writes small files of every format for other programs to read:
//! `cargo run -p baihui-head --example write_meshes -- DIR`.
//!
//! `tests/data/check_written.py` reads them with trimesh and compares.

use std::{fs, path::PathBuf};

use baihui_head::{
    Head, HeadSource, Landmark, Landmarks, Origin, Point, ShapeSpread, Side,
    io::{
        glb::{GlbScene, Rgba, write_head},
        json, obj, ply, stl,
    },
    shapes,
};
use glam::DVec3;

fn main() -> std::io::Result<()> {
    let dir = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".into()));
    let skin = shapes::ellipsoid(DVec3::new(77.0, 96.0, 90.0), 4);
    let head = Head {
        name: "ellipsoid".into(),
        source: HeadSource::Scan,
        history: vec!["an ellipsoid with the half axes 77, 96 and 90 mm".into()],
        ears: Some(shapes::sphere(10.0, 2)),
        brain: Some(shapes::bumpy_sphere(60.0, 3)),
        cortex: None,
        to_mni: None,
        skin,
        landmarks: Landmarks::new(),
        spread: ShapeSpread::default(),
    };
    fs::write(dir.join("head.glb"), write_head(&head))?;
    let rgb: Vec<[u8; 3]> = (0..head.skin.vertices().len()).map(|i| [i as u8, (i / 256) as u8, 7]).collect();
    fs::write(dir.join("skin.ply"), ply::write_mesh(&head.skin, Some(&rgb)))?;
    fs::write(dir.join("skin.stl"), stl::write_mesh(&head.skin))?;
    fs::write(dir.join("skin.obj"), obj::write_mesh(&head.skin))?;
    // The smallest head there is, for the fuzzers to start from.
    let mut landmarks = Landmarks::new();
    let nasion = Landmark {
        position: Point::ras(0.0, 90.0, 0.0),
        sd_mm: 1.0,
        origin: Origin::Picked,
        method: "by hand".into(),
    };
    landmarks.insert("nasion", Side::Midline, nasion);
    let small = Head {
        skin: shapes::cube(180.0),
        ears: Some(shapes::cube(10.0)),
        brain: None,
        cortex: None,
        to_mni: None,
        landmarks,
        ..head.clone()
    };
    fs::write(dir.join("small.glb"), write_head(&small))?;
    fs::write(dir.join("small.json"), json::write_head(&small))?;
    let ring = |r: f64| (0..=60).map(move |i| (r, std::f64::consts::TAU * f64::from(i % 60) / 60.0));
    let path: Vec<DVec3> =
        ring(80.0).map(|(r, a)| DVec3::new(r * libm::cos(a), r * libm::sin(a), 60.0)).collect();
    let scene = GlbScene::new("zones")
        .head(&head)
        .group("school")
        .tube("closed", &path, 1.0, Rgba::rgb(213, 94, 0), Some(serde_json::json!({ "code": "MS1" })))
        .tube("open", &path[..20], 1.0, Rgba::rgb(0, 114, 178), None)
        .line("line", &path[20..40], Rgba::rgb(0, 158, 115), None)
        .sphere("crown", DVec3::Z * 90.0, 2.0, Rgba::rgb(204, 121, 167), None)
        .sphere("nose", DVec3::Y * 96.0, 2.0, Rgba::rgb(204, 121, 167), None);
    fs::write(dir.join("zones.glb"), scene.to_bytes())
}
