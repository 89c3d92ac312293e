//! Triangles of the simple solids that mark things on a head.

use glam::DVec3;

pub(super) struct Solid {
    pub(super) vertices: Vec<DVec3>,
    pub(super) normals: Vec<DVec3>,
    pub(super) faces: Vec<[u32; 3]>,
}

/// Sides of a tube: round enough at a few pixels across.
const SIDES: usize = 12;

/// Unit vertex normals, each the sum of its faces' normals weighted by area; indices are in range.
pub(super) fn vertex_normals(vertices: &[DVec3], faces: &[[u32; 3]]) -> Vec<DVec3> {
    let mut n = vec![DVec3::ZERO; vertices.len()];
    for f in faces {
        let [a, b, c] = f.map(|i| vertices[i as usize]);
        let w = (b - a).cross(c - a);
        for &i in f {
            n[i as usize] += w;
        }
    }
    n.into_iter().map(DVec3::normalize_or_zero).collect()
}

/// The unit sphere: an octahedron with each edge halved three times and pushed out; 258 vertices, 512 faces.
pub(super) fn unit_sphere() -> (Vec<DVec3>, Vec<[u32; 3]>) {
    let mut vertices = vec![DVec3::X, DVec3::Y, DVec3::Z, -DVec3::X, -DVec3::Y, -DVec3::Z];
    let mut faces: Vec<[u32; 3]> =
        vec![[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]];
    for _ in 0..3 {
        let mut middles = std::collections::BTreeMap::new();
        let mut next = Vec::with_capacity(faces.len() * 4);
        for [a, b, c] in faces {
            let [ab, bc, ca] = [(a, b), (b, c), (c, a)].map(|(i, j)| {
                *middles.entry((i.min(j), i.max(j))).or_insert_with(|| {
                    vertices.push((vertices[i as usize] + vertices[j as usize]).normalize_or_zero());
                    vertices.len() as u32 - 1
                })
            });
            next.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
        }
        faces = next;
    }
    (vertices, faces)
}

/// A tube about a path, capped where the path is open. `None` where there is nothing to draw.
///
/// The rings are carried along by the double reflection method (Wang, Jüttler, Zheng and Liu 2008, Computation
/// of rotation minimizing frames, ACM Trans. Graph. 27:2), so that the tube does not twist; on a closed path
/// the angle that is left is spread over its length.
pub(super) fn tube(path: &[DVec3], radius_mm: f64) -> Option<Solid> {
    if !radius_mm.is_finite() || radius_mm <= 0.0 || path.iter().any(|p| !p.is_finite()) {
        return None;
    }
    let mut p = path.to_vec();
    p.dedup();
    let closed = p.len() > 3 && p.first() == p.last();
    if closed {
        p.pop();
    }
    let n = p.len();
    if n < 2 {
        return None;
    }
    let step = |i: usize| (p[(i + 1) % n] - p[i]).normalize_or_zero();
    let tangents: Vec<DVec3> = (0..n)
        .map(|i| {
            let before = if i > 0 || closed { step((i + n - 1) % n) } else { step(0) };
            let after = if i + 1 < n || closed { step(i) } else { before };
            // Where the path turns back on itself the two cancel; either will do.
            (before + after).try_normalize().unwrap_or(after)
        })
        .collect();
    let reflect = |v: DVec3, by: DVec3| match by.length_squared() {
        l if l > 0.0 => v - by * (2.0 * by.dot(v) / l),
        _ => v,
    };
    let carry = |normal: DVec3, i: usize, j: usize| {
        let along = p[j] - p[i];
        let (n1, t1) = (reflect(normal, along), reflect(tangents[i], along));
        let carried = reflect(n1, tangents[j] - t1);
        (carried - tangents[j] * carried.dot(tangents[j])).try_normalize()
    };
    let mut normals = Vec::with_capacity(n);
    normals.push(tangents[0].any_orthonormal_vector());
    for i in 1..n {
        let before = normals[i - 1];
        normals.push(carry(before, i - 1, i).unwrap_or_else(|| tangents[i].any_orthonormal_vector()));
    }
    let twist = match closed.then(|| carry(normals[n - 1], n - 1, 0)).flatten() {
        Some(end) => libm::atan2(end.cross(normals[0]).dot(tangents[0]), end.dot(normals[0])),
        None => 0.0,
    };
    let mut out = Solid { vertices: Vec::new(), normals: Vec::new(), faces: Vec::new() };
    for i in 0..n {
        let (u, v) = (normals[i], tangents[i].cross(normals[i]));
        for k in 0..SIDES {
            let turn = twist * i as f64 / n as f64;
            let angle = turn + std::f64::consts::TAU * k as f64 / SIDES as f64;
            let outward = u * libm::cos(angle) + v * libm::sin(angle);
            out.vertices.push(p[i] + outward * radius_mm);
            out.normals.push(outward);
        }
    }
    let ring = |i: usize, k: usize| ((i % n) * SIDES + k % SIDES) as u32;
    for i in 0..if closed { n } else { n - 1 } {
        for k in 0..SIDES {
            let [a, b, c, d] = [ring(i, k), ring(i, k + 1), ring(i + 1, k + 1), ring(i + 1, k)];
            out.faces.extend([[a, b, c], [a, c, d]]);
        }
    }
    if !closed {
        for (i, outward) in [(0, -tangents[0]), (n - 1, tangents[n - 1])] {
            let first = out.vertices.len() as u32;
            for k in 0..SIDES {
                out.vertices.push(out.vertices[ring(i, k) as usize]);
                out.normals.push(outward);
            }
            for k in 1..SIDES as u32 - 1 {
                let (b, c) = if i == 0 { (k + 1, k) } else { (k, k + 1) };
                out.faces.push([first, first + b, first + c]);
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(vertices: &[DVec3], faces: &[[u32; 3]]) -> f64 {
        let tri = |f: &[u32; 3]| f.map(|i| vertices[i as usize]);
        faces.iter().map(tri).map(|[a, b, c]| a.dot(b.cross(c)) / 6.0).sum()
    }

    #[test]
    fn the_sphere_is_round_and_outward() {
        let (v, f) = unit_sphere();
        assert_eq!((v.len(), f.len()), (258, 512));
        assert!(v.iter().all(|p| (p.length() - 1.0).abs() < 1e-12));
        let ball = 4.0 / 3.0 * std::f64::consts::PI;
        assert!((volume(&v, &f) / ball - 1.0).abs() < 0.03, "{}", volume(&v, &f));
    }

    #[test]
    fn an_open_tube_has_the_volume_of_its_prism() {
        let path = [DVec3::ZERO, DVec3::new(0.0, 0.0, 4.0), DVec3::new(0.0, 0.0, 10.0)];
        let t = tube(&path, 2.0).unwrap();
        let base = 0.5 * SIDES as f64 * libm::sin(std::f64::consts::TAU / SIDES as f64) * 4.0;
        assert!((volume(&t.vertices, &t.faces) - base * 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_closed_tube_is_a_torus() {
        // A wavy loop, so that the rings must be turned to meet.
        let m = 200;
        let mut path: Vec<DVec3> = (0..m)
            .map(|i| {
                let a = std::f64::consts::TAU * f64::from(i) / f64::from(m);
                DVec3::new(50.0 * libm::cos(a), 50.0 * libm::sin(a), 10.0 * libm::sin(2.0 * a))
            })
            .collect();
        path.push(path[0]);
        let length: f64 = path.windows(2).map(|w| w[0].distance(w[1])).sum();
        let t = tube(&path, 2.0).unwrap();
        let surface = crate::Surface::new(t.vertices.clone(), t.faces.clone()).unwrap();
        assert!(surface.is_watertight());
        assert_eq!(surface.euler_characteristic(), 0);
        let base = 0.5 * SIDES as f64 * libm::sin(std::f64::consts::TAU / SIDES as f64) * 4.0;
        assert!((surface.signed_volume_mm3() / (base * length) - 1.0).abs() < 1e-3);
        // No twist is left: each vertex is as near to its follower along the tube as the path's own step.
        let worst = (0..m as usize)
            .map(|i| t.vertices[i * SIDES].distance(t.vertices[((i + 1) % m as usize) * SIDES]))
            .fold(0.0, f64::max);
        assert!(worst < 1.1 * length / f64::from(m), "{worst}");
    }

    #[test]
    fn paths_without_length_give_nothing() {
        assert!(tube(&[], 1.0).is_none());
        assert!(tube(&[DVec3::X; 5], 1.0).is_none());
        assert!(tube(&[DVec3::X, DVec3::Y], -1.0).is_none());
        // Straight back: no panic, finite.
        let t = tube(&[DVec3::ZERO, DVec3::X, DVec3::ZERO, DVec3::X], 0.1).unwrap();
        assert!(t.vertices.iter().all(|v| v.is_finite()));
    }
}
