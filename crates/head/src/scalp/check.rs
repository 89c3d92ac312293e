//! How sound a surface is: self-intersections, shapes of triangles, lengths of edges.

use std::collections::BTreeMap;

use glam::DVec3;

use crate::surface::Surface;

/// Shapes of the triangles of a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Mean edge length, mm.
    pub mean_edge_mm: f64,
    /// Shortest edge, mm.
    pub min_edge_mm: f64,
    /// Longest edge, mm.
    pub max_edge_mm: f64,
    /// Largest ratio of circumradius to twice the inradius: 1 for an equilateral triangle, more for a sliver.
    pub worst_aspect: f64,
}

/// Measures edges and triangles.
pub fn quality(surface: &Surface) -> Quality {
    let (mut sum, mut n, mut min, mut max, mut worst) = (0.0, 0.0, f64::INFINITY, 0.0_f64, 0.0_f64);
    for f in 0..surface.faces().len() as u32 {
        let [a, b, c] = surface.corners(f);
        let e = [a.distance(b), b.distance(c), c.distance(a)];
        for l in e {
            sum += l;
            n += 1.0;
            min = min.min(l);
            max = max.max(l);
        }
        let area = (b - a).cross(c - a).length() / 2.0;
        // Circumradius abc / 4A, inradius 2A / (a + b + c).
        let aspect = e[0] * e[1] * e[2] * (e[0] + e[1] + e[2]) / (16.0 * area * area);
        worst = worst.max(if aspect.is_finite() { aspect } else { f64::INFINITY });
    }
    Quality { mean_edge_mm: sum / n, min_edge_mm: min, max_edge_mm: max, worst_aspect: worst }
}

/// Pairs of faces without a common vertex of which one has an edge that passes through the other.
pub fn self_intersections(surface: &Surface) -> Vec<(u32, u32)> {
    let faces = surface.faces();
    if faces.is_empty() {
        return Vec::new();
    }
    // Faces by the cells of a grid that their boxes touch; a cell is about as wide as the longest edge.
    let cell = quality(surface).max_edge_mm.max(1e-6);
    let key = |p: DVec3| (p / cell).floor().to_array().map(|c| c as i64);
    let mut cells: BTreeMap<[i64; 3], Vec<u32>> = BTreeMap::new();
    for f in 0..faces.len() as u32 {
        let [a, b, c] = surface.corners(f);
        let (lo, hi) = (key(a.min(b).min(c)), key(a.max(b).max(c)));
        for x in lo[0]..=hi[0] {
            for y in lo[1]..=hi[1] {
                for z in lo[2]..=hi[2] {
                    cells.entry([x, y, z]).or_default().push(f);
                }
            }
        }
    }
    let mut found = Vec::new();
    for around in cells.values() {
        for (n, &f) in around.iter().enumerate() {
            for &g in &around[n + 1..] {
                if faces[f as usize].iter().any(|v| faces[g as usize].contains(v)) {
                    continue;
                }
                let (p, q) = (surface.corners(f), surface.corners(g));
                if !boxes_meet(&p, &q) {
                    continue;
                }
                if (0..3).any(|k| pierces(p[k], p[(k + 1) % 3], q) || pierces(q[k], q[(k + 1) % 3], p)) {
                    found.push((f.min(g), f.max(g)));
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether the boxes about two triangles have a place in common.
fn boxes_meet([a, b, c]: &[DVec3; 3], [p, q, r]: &[DVec3; 3]) -> bool {
    let (lo, hi) = (a.min(*b).min(*c), a.max(*b).max(*c));
    lo.cmple(p.max(*q).max(*r)).all() && p.min(*q).min(*r).cmple(hi).all()
}

/// Whether the segment from `a` to `b` passes through a triangle's inside (Möller & Trumbore 1997).
fn pierces(a: DVec3, b: DVec3, [p, q, r]: [DVec3; 3]) -> bool {
    let (d, e1, e2) = (b - a, q - p, r - p);
    let h = d.cross(e2);
    let det = e1.dot(h);
    // An edge along the plane pierces nothing; what is left of its determinant is rounding, and dividing by it says anything.
    if det.abs() <= 1e-12 * d.length() * e1.length() * e2.length() {
        return false;
    }
    let s = a - p;
    let u = s.dot(h) / det;
    let k = s.cross(e1);
    let v = d.dot(k) / det;
    let t = e2.dot(k) / det;
    u >= 0.0 && v >= 0.0 && u + v <= 1.0 && (0.0..=1.0).contains(&t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn a_ball_has_none_and_two_that_overlap_have_a_ring() {
        let s = shapes::sphere(50.0, 4);
        assert!(self_intersections(&s).is_empty());
        let mut vertices = s.vertices().to_vec();
        let n = vertices.len() as u32;
        vertices.extend(s.vertices().iter().map(|v| *v + DVec3::new(60.1, 0.3, 0.7)));
        let mut faces = s.faces().to_vec();
        faces.extend(s.faces().iter().map(|f| f.map(|v| v + n)));
        let two = Surface::new(vertices, faces).unwrap();
        let hits = self_intersections(&two);
        // The ring's radius is 40 mm, the faces are 4–5 mm wide.
        assert!(hits.len() > 50, "{}", hits.len());
        let half = s.faces().len() as u32;
        assert!(hits.iter().all(|&(f, g)| f < half && g >= half));
    }

    #[test]
    fn faces_of_a_lattice_that_lie_apart_are_not_taken_for_piercing() {
        // Of a shell cut out of a grid: two millimetres apart, with edges in each other's direction but for rounding.
        let a = [
            DVec3::new(-71.41735971645213, -4.726005554199219, 66.05301284790039),
            DVec3::new(-70.92178344726563, -2.7260055541992188, 66.07301284790039),
            DVec3::new(-70.94178344726562, -2.7260055541992188, 66.05301284790039),
        ];
        let b = [
            DVec3::new(-69.53570875301195, -4.726005554199219, 68.05301284790039),
            DVec3::new(-68.92178344726563, -2.7260055541992188, 68.07301284790039),
            DVec3::new(-68.94178344726562, -2.7260055541992188, 68.05301284790039),
        ];
        for (p, q) in [(a, b), (b, a)] {
            assert!((0..3).all(|k| !pierces(p[k], p[(k + 1) % 3], q)));
        }
        assert!(!boxes_meet(&a, &b));
        assert!(pierces(
            DVec3::new(0.2, 0.2, -1.0),
            DVec3::new(0.2, 0.2, 1.0),
            [DVec3::ZERO, DVec3::X, DVec3::Y]
        ));
    }

    #[test]
    fn an_equilateral_triangle_has_aspect_one() {
        let q = quality(&shapes::sphere(10.0, 0));
        assert!((q.worst_aspect - 1.0).abs() < 1e-9);
        assert!((q.mean_edge_mm - 200.0_f64.sqrt()).abs() < 1e-9);
    }
}
