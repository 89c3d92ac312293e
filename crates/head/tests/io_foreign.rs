//! Files that other programs wrote (`tests/data/make_foreign.py`), compared with what those programs compute.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::PathBuf;

use baihui_head::{
    Surface,
    io::{Format, LengthUnit, read_mesh},
    repair::{RepairOptions, repair},
};
use glam::DVec3;
use serde_json::Value;

fn data(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

fn expected() -> Value {
    serde_json::from_slice(&data("expected.json")).unwrap()
}

fn area(s: &Surface) -> f64 {
    (0..s.faces().len() as u32)
        .map(|f| {
            let [a, b, c] = s.corners(f);
            (b - a).cross(c - a).length() / 2.0
        })
        .sum()
}

/// Reads, repairs and compares size and shape; gives the repaired surface and its colours.
fn agrees(name: &str, unit: LengthUnit, tolerance: f64) -> Option<Vec<[u8; 3]>> {
    let format = Format::from_extension(name.rsplit('.').next().unwrap()).unwrap();
    let mut mesh = read_mesh(&data(name), format).unwrap();
    if format == Format::Glb {
        // glTF has the crown at +Y and the face at +Z; the expected numbers are RAS.
        mesh.vertices.iter_mut().for_each(|v| *v = DVec3::new(-v.x, v.z, v.y));
    }
    let colours = mesh.colours.clone();
    let r = repair(mesh, RepairOptions::default()).unwrap();
    let e = expected();
    let number = |key: &str| e[key].as_f64().unwrap();
    assert_eq!(r.report.unit, Some(unit), "{name}");
    assert_eq!(r.surface.vertices().len() as f64, number("vertices"), "{name}");
    assert_eq!(r.surface.faces().len() as f64, number("faces"), "{name}");
    assert!(r.surface.is_watertight(), "{name}");
    assert_eq!(r.report.turned_faces, 0, "{name}");
    assert!((r.surface.signed_volume_mm3() / number("volume_mm3") - 1.0).abs() < tolerance, "{name}");
    assert!((area(&r.surface) / number("area_mm2") - 1.0).abs() < tolerance, "{name}");
    let point = |key: &str| DVec3::from_array([0, 1, 2].map(|k| e[key][k].as_f64().unwrap()));
    let (low, high) = r.surface.bounds();
    assert!(low.distance(point("low_mm")) < 200.0 * tolerance, "{name}: {low}");
    assert!(high.distance(point("high_mm")) < 200.0 * tolerance, "{name}: {high}");
    colours.map(|c| r.from.iter().map(|&i| c[i as usize]).collect())
}

fn rgb() -> Vec<[u8; 3]> {
    serde_json::from_value(expected()["rgb"].clone()).unwrap()
}

#[test]
fn ply_of_trimesh_and_plyfile() {
    let mm = LengthUnit::Millimetre;
    assert_eq!(agrees("trimesh_binary.ply", mm, 1e-12), Some(rgb()));
    assert_eq!(agrees("trimesh_ascii.ply", mm, 1e-7), Some(rgb()));
    assert_eq!(agrees("plyfile_big_endian.ply", mm, 1e-12), None);
}

#[test]
fn stl_of_trimesh_and_numpy_stl() {
    for name in ["trimesh_binary.stl", "trimesh_ascii.stl", "numpy_stl.stl"] {
        assert_eq!(agrees(name, LengthUnit::Millimetre, 1e-12), None);
    }
}

#[test]
fn obj_of_trimesh_and_meshio() {
    assert_eq!(agrees("trimesh.obj", LengthUnit::Millimetre, 1e-8), Some(rgb()));
    assert_eq!(agrees("meshio.obj", LengthUnit::Millimetre, 1e-12), None);
}

#[test]
fn glb_of_trimesh_with_its_node_transforms() {
    // Colours of glTF are linear; trimesh writes its sRGB bytes as if they were, so only their order is compared.
    let colours = agrees("trimesh.glb", LengthUnit::Metre, 1e-6).unwrap();
    let rank = |c: &[[u8; 3]]| {
        let mut order: Vec<usize> = (0..c.len()).collect();
        order.sort_by_key(|&i| c[i][0]);
        order
    };
    assert_eq!(rank(&colours), rank(&rgb()));
}
