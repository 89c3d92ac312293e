//! Simple surfaces with known answers, for tests and benchmarks.

use glam::DVec3;

use crate::surface::Surface;

/// An axis-parallel cube of the given edge length in mm about the origin.
pub fn cube(edge_mm: f64) -> Surface {
    let h = edge_mm / 2.0;
    let v = (0..8)
        .map(|i| {
            let s = |bit: usize| if i >> bit & 1 == 1 { h } else { -h };
            DVec3::new(s(0), s(1), s(2))
        })
        .collect();
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let faces = quads.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
    built(v, faces)
}

/// A sphere about the origin from an octahedron split `levels` times: 4^levels · 8 faces.
pub fn sphere(radius_mm: f64, levels: u32) -> Surface {
    let mut v = vec![DVec3::X, DVec3::NEG_X, DVec3::Y, DVec3::NEG_Y, DVec3::Z, DVec3::NEG_Z];
    let mut faces =
        vec![[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]];
    for _ in 0..levels {
        let mut middle = std::collections::BTreeMap::new();
        let mut next = Vec::with_capacity(faces.len() * 4);
        for &[a, b, c] in &faces {
            let mut mid = |i: u32, j: u32| {
                *middle.entry((i.min(j), i.max(j))).or_insert_with(|| {
                    v.push((v[i as usize] + v[j as usize]).normalize());
                    v.len() as u32 - 1
                })
            };
            let (ab, bc, ca) = (mid(a, b), mid(b, c), mid(c, a));
            next.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
        }
        faces = next;
    }
    built(v.into_iter().map(|p| p * radius_mm).collect(), faces)
}

/// A sphere with smooth bumps of 3 % of its radius: not convex everywhere, without symmetry.
pub fn bumpy_sphere(radius_mm: f64, levels: u32) -> Surface {
    let s = sphere(1.0, levels);
    let v = s.vertices().iter().map(|p| {
        let bump = libm::sin(5.0 * p.x + 1.0) * libm::sin(4.0 * p.y) * libm::cos(6.0 * p.z + 0.5);
        *p * radius_mm * (1.0 + 0.03 * bump)
    });
    built(v.collect(), s.faces().to_vec())
}

/// An ellipsoid with the given half axes in mm.
pub fn ellipsoid(half_axes_mm: DVec3, levels: u32) -> Surface {
    let s = sphere(1.0, levels);
    built(s.vertices().iter().map(|p| *p * half_axes_mm).collect(), s.faces().to_vec())
}

/// `n` unit vectors spread evenly over the sphere (a Fibonacci lattice).
pub fn directions(n: usize) -> Vec<DVec3> {
    let golden = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    (0..n)
        .map(|i| {
            let z = 1.0 - 2.0 * (i as f64 + 0.5) / n as f64;
            let r = (1.0 - z * z).sqrt();
            let a = golden * i as f64;
            DVec3::new(r * libm::cos(a), r * libm::sin(a), z)
        })
        .collect()
}

fn built(vertices: Vec<DVec3>, faces: Vec<[u32; 3]>) -> Surface {
    // The shapes above are closed, oriented and finite.
    Surface::new(vertices, faces).unwrap_or_else(|e| unreachable!("{e}"))
}
