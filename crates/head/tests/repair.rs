//! Repair of meshes as scanners and programs leave them.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use baihui_head::{
    Surface,
    io::{LengthUnit, RawMesh},
    repair::{RepairError, RepairOptions, Repaired, UnitOrigin, repair},
    shapes,
};
use glam::DVec3;
use proptest::prelude::*;

fn raw(s: &Surface) -> RawMesh {
    RawMesh { vertices: s.vertices().to_vec(), faces: s.faces().to_vec(), colours: None, unit: None }
}

/// A head-sized closed shape without symmetry.
fn blob() -> Surface {
    shapes::bumpy_sphere(90.0, 3)
}

fn fix(mesh: RawMesh) -> Repaired {
    repair(mesh, RepairOptions::default()).unwrap()
}

fn append(mesh: &mut RawMesh, other: &Surface, offset: DVec3) {
    let n = mesh.vertices.len() as u32;
    mesh.vertices.extend(other.vertices().iter().map(|v| *v + offset));
    mesh.faces.extend(other.faces().iter().map(|f| f.map(|i| i + n)));
}

fn soup(mesh: &RawMesh) -> RawMesh {
    let vertices = mesh.faces.iter().flatten().map(|&i| mesh.vertices[i as usize]).collect();
    let faces = (0..mesh.faces.len() as u32).map(|f| [3 * f, 3 * f + 1, 3 * f + 2]).collect();
    RawMesh { vertices, faces, colours: None, unit: None }
}

#[test]
fn a_good_mesh_is_left_alone() {
    let s = blob();
    let r = fix(raw(&s));
    assert_eq!(r.surface.vertices(), s.vertices());
    assert_eq!(r.surface.faces(), s.faces());
    assert_eq!(r.from, (0..s.vertices().len() as u32).collect::<Vec<_>>());
    assert_eq!(
        r.report.sentences(),
        [
            format!(
                "Read in millimetres, told from the size of a head: {:.0} × {:.0} × {:.0} mm.",
                r.report.size_mm[0], r.report.size_mm[1], r.report.size_mm[2]
            ),
            "The surface is closed.".into()
        ]
    );
}

#[test]
fn loose_triangles_are_joined() {
    let s = blob();
    let mut mesh = soup(&raw(&s));
    // The rounding of a text file with six digits.
    for (i, v) in mesh.vertices.iter_mut().enumerate() {
        *v += DVec3::splat(if i % 2 == 0 { 4e-5 } else { -4e-5 });
    }
    let r = fix(mesh);
    assert!(r.surface.is_watertight());
    assert_eq!(r.surface.vertices().len(), s.vertices().len());
    assert_eq!(r.report.welded_vertices, 3 * s.faces().len() - s.vertices().len());
    assert!((r.surface.signed_volume_mm3() / s.signed_volume_mm3() - 1.0).abs() < 1e-5);
}

#[test]
fn faces_wound_at_random_are_turned_outward() {
    let s = blob();
    let mut mesh = raw(&s);
    let mut turned = 0;
    for (i, f) in mesh.faces.iter_mut().enumerate() {
        if (i * i + 3 * i) % 7 < 3 {
            f.swap(0, 1);
            turned += 1;
        }
    }
    let r = fix(mesh);
    assert!(r.surface.is_watertight());
    assert!((r.surface.signed_volume_mm3() - s.signed_volume_mm3()).abs() < 1e-6);
    assert_eq!(r.report.turned_faces, turned);
    assert!(!r.report.inside_out());
}

#[test]
fn a_mirrored_head_is_turned_and_said_aloud() {
    let mut mesh = raw(&blob());
    for v in &mut mesh.vertices {
        v.x = -v.x;
    }
    let r = fix(mesh);
    assert!(r.surface.signed_volume_mm3() > 0.0);
    assert!(r.report.inside_out());
    assert!(r.report.sentences().iter().any(|s| s.contains("may be mirrored")));
}

#[test]
fn an_open_cap_faces_outward_too_and_its_border_is_measured() {
    let s = shapes::sphere(90.0, 5);
    let mut mesh = raw(&s);
    // Everything above z = 0; the octahedron's equator is a ring of edges.
    mesh.faces.retain(|f| f.iter().all(|&i| mesh.vertices[i as usize].z > -1e-9));
    for f in &mut mesh.faces {
        f.swap(1, 2);
    }
    let r = fix(mesh);
    assert!(r.report.inside_out());
    let top = r.surface.closest(DVec3::Z * 100.0).0;
    assert!(r.surface.normal(top).z > 0.99);
    let [hole] = r.report.holes.as_slice() else { panic!("{:?}", r.report.holes) };
    let circle = std::f64::consts::TAU * 90.0;
    assert!((hole.length_mm / circle - 1.0).abs() < 1e-3, "{}", hole.length_mm);
    assert!(DVec3::from_array(hole.centre_mm).length() < 1e-9);
    assert_eq!(r.report.unused_vertices, s.vertices().len() - r.surface.vertices().len());
}

#[test]
fn holes_are_counted_longest_first() {
    let mut mesh = raw(&shapes::sphere(90.0, 4));
    let gone = |f: &[u32; 3]| {
        let c = f.iter().map(|&i| mesh.vertices[i as usize]).sum::<DVec3>() / 3.0;
        c.distance(DVec3::Z * 90.0) < 20.0
    };
    let vertex_faces = mesh.faces.iter().filter(|f| !gone(f)).copied().collect::<Vec<_>>();
    mesh.faces = vertex_faces;
    // One face far from the first hole.
    let at = mesh.faces.iter().position(|f| f.iter().all(|&i| mesh.vertices[i as usize].z < -60.0)).unwrap();
    mesh.faces.remove(at);
    let r = fix(mesh);
    let holes = &r.report.holes;
    assert_eq!(holes.len(), 2);
    assert!(holes[0].length_mm > 100.0 && holes[1].edges == 3, "{holes:?}");
    assert_eq!(holes.iter().map(|h| h.edges).sum::<usize>(), r.surface.border_edges());
    assert!(r.report.sentences().last().unwrap().starts_with("2 holes; around the border "));
}

#[test]
fn the_largest_part_is_kept_and_the_rest_is_named() {
    let s = blob();
    let mut mesh = RawMesh::default();
    append(&mut mesh, &shapes::sphere(5.0, 3), DVec3::X * 120.0);
    append(&mut mesh, &s, DVec3::ZERO);
    append(&mut mesh, &shapes::sphere(2.0, 1), DVec3::X * -120.0);
    let r = fix(mesh);
    assert_eq!(r.surface.vertices(), s.vertices());
    assert_eq!(r.from[0], shapes::sphere(5.0, 3).vertices().len() as u32);
    let d = r.report.dropped.unwrap();
    assert_eq!((d.parts, d.faces), (2, 8 * 64 + 8 * 4));
    assert!(d.area_fraction > 0.003 && d.area_fraction < 0.004, "{}", d.area_fraction);
}

#[test]
fn repeated_and_degenerate_faces_go() {
    let s = blob();
    let mut mesh = raw(&s);
    let turned = mesh.faces.iter().map(|&[a, b, c]| [b, a, c]).collect::<Vec<_>>();
    mesh.faces.extend(turned);
    mesh.faces.push([5, 5, 9]);
    let r = fix(mesh);
    assert!(r.surface.is_watertight());
    assert_eq!((r.report.duplicate_faces, r.report.degenerate_faces), (s.faces().len(), 1));
    assert_eq!(r.surface.faces(), s.faces());
}

#[test]
fn a_flap_on_the_skin_goes_and_leaves_no_slit() {
    let s = blob();
    let mut mesh = raw(&s);
    let [a, b, _] = mesh.faces[100];
    let out = (mesh.vertices[a as usize] + mesh.vertices[b as usize]) * 0.6;
    mesh.vertices.push(out);
    mesh.faces.push([a, b, s.vertices().len() as u32]);
    let r = fix(mesh);
    assert!(r.surface.is_watertight());
    assert_eq!(r.surface.faces(), s.faces());
    assert_eq!(r.report.dropped.unwrap().faces, 1);
    assert_eq!(r.report.non_manifold_edges, 0, "none is left once the flap is gone");
}

#[test]
fn spheres_that_touch_in_a_vertex_or_an_edge_come_apart() {
    let cube = shapes::cube(150.0);
    for shared in [1, 2] {
        // A second, larger cube with `shared` neighbouring corners in common.
        let corner = cube.vertices()[0];
        let mut mesh = raw(&cube);
        let mut second: Vec<DVec3> = cube.vertices().iter().map(|v| (*v - corner) * -1.0 + corner).collect();
        if shared == 2 {
            // Mirrored through the line along x at the corner instead of through the corner.
            second = cube
                .vertices()
                .iter()
                .map(|v| DVec3::new(v.x, 2.0 * corner.y - v.y, 2.0 * corner.z - v.z))
                .collect();
        }
        let n = mesh.vertices.len() as u32;
        mesh.vertices.extend(second);
        mesh.faces.extend(cube.faces().iter().map(|f| f.map(|i| i + n)));
        let r = fix(mesh);
        assert_eq!(r.report.welded_vertices, shared);
        assert!(r.surface.is_watertight(), "{:?}", r.report);
        assert_eq!(r.surface.faces().len(), 12);
        assert_eq!(r.report.dropped.unwrap().parts, 1);
        assert!((r.surface.signed_volume_mm3() - 150f64.powi(3)).abs() < 1e-3);
    }
}

#[test]
fn a_moebius_strip_is_cut_not_refused() {
    let n = 40;
    let mut mesh = RawMesh::default();
    for i in 0..n {
        let a = std::f64::consts::TAU * f64::from(i) / f64::from(n);
        let radial = DVec3::new(libm::cos(a), libm::sin(a), 0.0);
        for side in [-20.0, 20.0] {
            let lean = radial * libm::cos(a / 2.0) + DVec3::Z * libm::sin(a / 2.0);
            mesh.vertices.push(radial * 90.0 + lean * side);
        }
    }
    for i in 0..n as u32 {
        let (a, b) = (2 * i, 2 * i + 1);
        // The last meets the first turned over.
        let (c, d) = if i + 1 < n as u32 { (2 * i + 2, 2 * i + 3) } else { (1, 0) };
        mesh.faces.extend([[a, b, d], [a, d, c]]);
    }
    let r = fix(mesh);
    assert_eq!(r.report.unorientable_edges, 1);
    assert_eq!(r.surface.euler_characteristic(), 1, "cut across, the strip is a disc");
    assert_eq!(r.report.holes.len(), 1);
}

#[test]
fn the_unit_is_told_from_the_size_and_said() {
    let s = blob();
    for (scale, unit) in
        [(1.0, LengthUnit::Millimetre), (0.1, LengthUnit::Centimetre), (0.001, LengthUnit::Metre)]
    {
        let mut mesh = raw(&s);
        for v in &mut mesh.vertices {
            *v *= scale;
        }
        let r = fix(mesh);
        assert_eq!((r.report.unit, r.report.unit_origin), (Some(unit), Some(UnitOrigin::Size)));
        let worst = |(a, b): (&DVec3, &DVec3)| a.distance(*b);
        let worst = r.surface.vertices().iter().zip(s.vertices()).map(worst).fold(0.0, f64::max);
        assert!(worst < 1e-9, "{worst}");
    }
}

#[test]
fn sizes_that_no_head_has_are_refused_in_words() {
    let scaled = |k: f64| {
        let mut mesh = raw(&blob());
        for v in &mut mesh.vertices {
            *v *= k;
        }
        mesh
    };
    for k in [0.01, 100.0, 1e-6, 1e6, 1e200] {
        let e = repair(scaled(k), RepairOptions::default()).unwrap_err();
        assert!(matches!(e, RepairError::Size(_)), "{k}: {e}");
        assert!(e.to_string().contains("100 to 1000 mm") || k == 1e200, "{e}");
    }
    let given = |k: f64, unit| repair(scaled(k), RepairOptions { unit: Some(unit) });
    let e = given(1.0, LengthUnit::Metre).unwrap_err().to_string();
    assert!(e.starts_with("in metres the surface is ") && e.ends_with("in millimetres it would fit"), "{e}");
    let inches = given(1.0 / 25.4, LengthUnit::Inch).unwrap();
    assert_eq!(inches.report.unit_origin, Some(UnitOrigin::Given));
    // A GLB that holds millimetres instead of metres.
    let wrong = RawMesh { unit: Some(LengthUnit::Metre), ..scaled(1.0) };
    let r = fix(wrong);
    assert_eq!(r.report.contradicts_format, Some(LengthUnit::Metre));
    assert!(r.report.sentences()[0].contains("although the format lays down metres"));
}

#[test]
fn what_is_not_finite_matters_only_where_it_is_used() {
    let mut mesh = raw(&blob());
    mesh.vertices.push(DVec3::NAN);
    assert_eq!(fix(mesh.clone()).report.unused_vertices, 1);
    mesh.vertices[7].y = f64::INFINITY;
    let e = repair(mesh.clone(), RepairOptions::default()).unwrap_err();
    assert!(e.to_string().starts_with("vertex 7 has the coordinates ("), "{e}");
    mesh.faces[3][1] = 100_000;
    mesh.vertices[7].y = 0.0;
    let e = repair(mesh, RepairOptions::default()).unwrap_err();
    assert!(matches!(e, RepairError::BadIndex { face: 3, vertex: 100_000, .. }), "{e}");
    let flat =
        RawMesh { vertices: vec![DVec3::ONE; 9], faces: vec![[0, 1, 2], [3, 4, 5]], ..RawMesh::default() };
    assert!(matches!(repair(flat, RepairOptions::default()), Err(RepairError::Nothing { read: 2 })));
    assert!(repair(RawMesh::default(), RepairOptions::default()).is_err());
}

proptest! {
    // Failures are turned into tests of their own, not kept in a file.
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Triangles thrown together: whatever comes out is a surface, outward or at least consistent, one part,
    /// one fan at each vertex, and it is left alone when it is repaired again.
    #[test]
    fn any_triangles_give_a_surface_or_a_reason(
        grid in prop::collection::vec((0..5i32, 0..5i32, 0..3i32), 4..14),
        faces in prop::collection::vec([0..14u32, 0..14u32, 0..14u32], 4..60),
    ) {
        let vertices: Vec<DVec3> =
            grid.iter().map(|&(x, y, z)| DVec3::new(x.into(), y.into(), z.into()) * 110.0).collect();
        let n = vertices.len() as u32;
        let faces: Vec<[u32; 3]> = faces.iter().map(|f| f.map(|i| i % n)).collect();
        let mesh = RawMesh { vertices, faces, ..RawMesh::default() };
        let Ok(r) = repair(mesh.clone(), RepairOptions::default()) else { return Ok(()) };
        let s = &r.surface;
        prop_assert_eq!(s.components().1, 1);
        prop_assert_eq!(r.report.holes.iter().map(|h| h.edges).sum::<usize>(), s.border_edges());
        for (v, &f) in s.vertices().iter().zip(&r.from) {
            prop_assert!(v.distance(mesh.vertices[f as usize]) < 1e-9);
        }
        // One fan: about each vertex, faces − inner edges is 0 (closed) or 1 (open).
        let mut count = vec![(0i32, 0i32); s.vertices().len()];
        for (f, face) in s.faces().iter().enumerate() {
            for k in 0..3 {
                count[face[k] as usize].0 += 1;
                if s.across(f as u32, k) != u32::MAX && s.across(f as u32, k) > f as u32 {
                    count[face[k] as usize].1 += 1;
                    count[face[(k + 1) % 3] as usize].1 += 1;
                }
            }
        }
        for (faces, inner) in count {
            prop_assert!(faces - inner == 0 || faces - inner == 1);
        }
    }

    /// A closed shape stays closed and keeps its volume under any renumbering, winding and doubling.
    #[test]
    fn order_and_winding_do_not_matter(seed in any::<u64>()) {
        let s = shapes::bumpy_sphere(90.0, 2);
        let mut mesh = soup(&raw(&s));
        let mut state = seed | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        for i in (1..mesh.faces.len()).rev() {
            mesh.faces.swap(i, next() % (i + 1));
        }
        for i in 0..mesh.faces.len() {
            if next() % 2 == 0 { mesh.faces[i].swap(0, 2); }
            if next() % 5 == 0 { mesh.faces.push(mesh.faces[i]); }
        }
        let r = fix(mesh);
        prop_assert!(r.surface.is_watertight());
        prop_assert!((r.surface.signed_volume_mm3() - s.signed_volume_mm3()).abs() < 1e-6);
    }
}
