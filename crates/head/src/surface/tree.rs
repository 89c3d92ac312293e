//! A search tree over the triangles of a surface, for closest points and rays.
//!
//! The triangles are put in the order in which a Z-curve (Morton 1966) passes their centres, and every four
//! neighbours get a box, every four boxes a larger one, and so on. Building it is one sort: milliseconds for a head,
//! where parry's tree, which weighs every cut, took ten times as long; a search costs about the same.

use glam::DVec3;

use super::{SurfacePoint, closest_on_triangle};

/// Triangles or boxes in one box.
const FAN: usize = 4;

/// Bits of the Z-curve's code for each axis: with 28 for the number of a triangle they fill a word.
const BITS: u32 = 12;

/// An axis-aligned box, mm.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    lo: DVec3,
    hi: DVec3,
}

impl Bounds {
    const NONE: Self = Self { lo: DVec3::INFINITY, hi: DVec3::NEG_INFINITY };

    fn of(points: impl IntoIterator<Item = DVec3>) -> Self {
        points.into_iter().fold(Self::NONE, |b, p| Self { lo: b.lo.min(p), hi: b.hi.max(p) })
    }

    #[inline]
    fn distance_squared(&self, p: DVec3) -> f64 {
        (self.lo - p).max(p - self.hi).max(DVec3::ZERO).length_squared()
    }

    /// Where a ray (with `inverse`, one over its direction) enters the box, if it does before `limit`.
    #[inline]
    fn entry(&self, origin: DVec3, inverse: DVec3, limit: f64) -> Option<f64> {
        let (a, b) = ((self.lo - origin) * inverse, (self.hi - origin) * inverse);
        let first = a.min(b).max_element().max(0.0);
        let last = a.max(b).min_element();
        (first <= last && first <= limit).then_some(first)
    }
}

/// The tree.
#[derive(Debug)]
pub(super) struct Tree {
    /// Faces in the order of the curve.
    order: Vec<u32>,
    /// `levels[0][i]` bounds the faces `order[FAN * i..]`, `levels[k][i]` the boxes `levels[k - 1][FAN * i..]`; the
    /// last level is one box.
    levels: Vec<Vec<Bounds>>,
}

impl Tree {
    pub(super) fn new(vertices: &[DVec3], faces: &[[u32; 3]]) -> Self {
        let corners = |f: u32| faces[f as usize].map(|v| vertices[v as usize]);
        let whole = Bounds::of(vertices.iter().copied());
        let cells = f64::from((1_u32 << BITS) - 1);
        let per_mm = cells / (whole.hi - whole.lo).max_element().max(f64::MIN_POSITIVE);
        let mut coded: Vec<u64> = (0..faces.len() as u32)
            .map(|f| {
                let [a, b, c] = corners(f);
                let cell = ((a + b + c) / 3.0 - whole.lo) * per_mm;
                z_curve(cell.to_array().map(|x| x as u32)) << (64 - 3 * BITS) | u64::from(f)
            })
            .collect();
        coded.sort_unstable();
        let order: Vec<u32> = coded.iter().map(|c| (c & ((1 << (64 - 3 * BITS)) - 1)) as u32).collect();
        // A little larger than what is in them, for rays along a side and for rounding.
        let pad = DVec3::splat(1e-12 * whole.lo.abs().max(whole.hi.abs()).max_element());
        let padded = |b: Bounds| Bounds { lo: b.lo - pad, hi: b.hi + pad };
        let mut levels: Vec<Vec<Bounds>> = Vec::new();
        let mut level: Vec<Bounds> =
            order.chunks(FAN).map(|g| padded(Bounds::of(g.iter().flat_map(|&f| corners(f))))).collect();
        while level.len() > 1 {
            let above = level.chunks(FAN).map(|g| Bounds::of(g.iter().flat_map(|b| [b.lo, b.hi]))).collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self { order, levels }
    }

    /// The point of the surface closest to a position, and its distance, mm.
    pub(super) fn closest(&self, vertices: &[DVec3], faces: &[[u32; 3]], mm: DVec3) -> (SurfacePoint, f64) {
        let mut best = (SurfacePoint { face: 0, bary: [1.0, 0.0, 0.0] }, f64::INFINITY);
        let visit = |face: u32, best: &mut (SurfacePoint, f64)| {
            let [a, b, c] = faces[face as usize].map(|v| vertices[v as usize]);
            let bary = closest_on_triangle([a, b, c], mm);
            let d = (a * bary[0] + b * bary[1] + c * bary[2]).distance_squared(mm);
            if d < best.1 {
                *best = (SurfacePoint { face, bary }, d);
            }
        };
        let bound = |b: &Bounds, best: &(SurfacePoint, f64)| {
            let d = b.distance_squared(mm);
            (d < best.1).then_some(d)
        };
        self.descend(self.levels.len() - 1, 0, &bound, &visit, &mut best);
        (best.0, best.1.sqrt())
    }

    /// The first face that a ray hits from either side, and the distance, mm. `direction` is a unit vector.
    pub(super) fn ray(
        &self,
        vertices: &[DVec3],
        faces: &[[u32; 3]],
        origin: DVec3,
        direction: DVec3,
        max_mm: f64,
    ) -> Option<(u32, f64)> {
        // Finite, so that it may be multiplied by zero.
        let inverse =
            DVec3::from_array(direction.to_array().map(|d| 1.0 / if d == 0.0 { 1e-300 } else { d }));
        let mut best = (u32::MAX, max_mm);
        let visit = |face: u32, best: &mut (u32, f64)| {
            let corners = faces[face as usize].map(|v| vertices[v as usize]);
            if let Some(t) = hit(corners, origin, direction)
                && (t < best.1 || (best.0 == u32::MAX && t <= best.1))
            {
                *best = (face, t);
            }
        };
        let bound = |b: &Bounds, best: &(u32, f64)| b.entry(origin, inverse, best.1);
        self.descend(self.levels.len() - 1, 0, &bound, &visit, &mut best);
        (best.0 != u32::MAX).then_some(best)
    }

    /// Goes through the tree, the nearest boxes first. `bound` has how near anything in a box may be, or `None` where
    /// the best so far is nearer.
    fn descend<B>(
        &self,
        level: usize,
        node: usize,
        bound: &impl Fn(&Bounds, &B) -> Option<f64>,
        visit: &impl Fn(u32, &mut B),
        best: &mut B,
    ) {
        let first = node * FAN;
        if level == 0 {
            for &face in self.order.iter().skip(first).take(FAN) {
                visit(face, best);
            }
            return;
        }
        let mut found = [(f64::INFINITY, 0); FAN];
        let mut n = 0;
        for (i, b) in self.levels[level - 1].iter().enumerate().skip(first).take(FAN) {
            let Some(d) = bound(b, best) else { continue };
            let mut k = n;
            while k > 0 && d < found[k - 1].0 {
                found[k] = found[k - 1];
                k -= 1;
            }
            found[k] = (d, i);
            n += 1;
        }
        for &(_, i) in &found[..n] {
            // What has been found since may be nearer than the rest.
            if bound(&self.levels[level - 1][i], best).is_some() {
                self.descend(level - 1, i, bound, visit, best);
            }
        }
    }
}

/// The place on a Z-curve of a cell with [`BITS`] bits a coordinate: the bits of all three, in turn.
fn z_curve([x, y, z]: [u32; 3]) -> u64 {
    let spread = |x: u32| (0..BITS).fold(0_u64, |out, k| out | u64::from(x >> k & 1) << (3 * k));
    spread(x) | spread(y) << 1 | spread(z) << 2
}

/// Distance along a ray to a triangle, from either side (Möller & Trumbore 1997).
fn hit([a, b, c]: [DVec3; 3], origin: DVec3, direction: DVec3) -> Option<f64> {
    /// So that a ray between two triangles does not slip through.
    const EDGE: f64 = 1e-12;
    let (u, v) = (b - a, c - a);
    let across = direction.cross(v);
    let volume = u.dot(across);
    if volume == 0.0 {
        return None;
    }
    let from = origin - a;
    let along_u = from.dot(across) / volume;
    let turned = from.cross(u);
    let along_v = direction.dot(turned) / volume;
    let t = v.dot(turned) / volume;
    (along_u >= -EDGE && along_v >= -EDGE && along_u + along_v <= 1.0 + EDGE && t >= 0.0).then_some(t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn the_nearest_is_what_a_search_of_all_triangles_finds() {
        let s = shapes::bumpy_sphere(80.0, 4);
        for d in shapes::directions(60) {
            // Inside, on, above and far from the surface.
            for r in [0.0, 30.0, 79.0, 95.0, 1e4] {
                let p = d * r + DVec3::new(0.3, -0.2, 0.1);
                let (point, mm) = s.closest(p);
                let (_, exact) = s.closest_exhaustive(p);
                assert!((mm - exact).abs() <= 1e-12 * exact.max(1.0), "{mm} {exact} at {p}");
                assert!((s.position(point).distance(p) - mm).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_ray_hits_first_what_a_search_of_all_triangles_hits_first() {
        let s = shapes::bumpy_sphere(80.0, 4);
        let all = |o: DVec3, d: DVec3| {
            let hits = (0..s.faces().len() as u32).filter_map(|f| hit(s.corners(f), o, d));
            hits.fold(f64::INFINITY, f64::min)
        };
        let directions = shapes::directions(40);
        for (i, &d) in directions.iter().enumerate() {
            for origin in [DVec3::ZERO, -d * 300.0 + directions[(i * 7) % 40] * 20.0] {
                let (found, first) =
                    (s.ray(origin, d, 1000.0).map_or(f64::INFINITY, |h| h.1), all(origin, d));
                // `ray` makes the direction a unit vector once more.
                assert!(found == first || (found - first).abs() < 1e-9, "{found} {first}");
            }
        }
        // Along an axis, where one over the direction is infinite, and through vertices and edges.
        let cube = shapes::cube(20.0);
        for d in [DVec3::X, DVec3::NEG_Y, DVec3::Z] {
            for beside in [0.0, 3.0, 10.0] {
                let origin = -100.0 * d + beside * DVec3::new(d.y.abs(), d.z.abs(), d.x.abs());
                assert_eq!(cube.ray(origin, d, 1000.0).map(|h| h.1), Some(90.0), "{d} {beside}");
            }
            assert_eq!(cube.ray(-100.0 * d, d, 89.0), None);
            assert_eq!(cube.ray(100.0 * d, d, 1000.0), None);
        }
    }

    #[test]
    fn a_surface_within_one_cell_of_another_is_searched_right() {
        // Two far apart: each is one cell of the curve.
        let (a, b) = (shapes::cube(1e-3), shapes::cube(1e-3));
        let far = DVec3::splat(1e6);
        let vertices: Vec<DVec3> =
            a.vertices().iter().copied().chain(b.vertices().iter().map(|&v| v + far)).collect();
        let n = a.vertices().len() as u32;
        let faces: Vec<[u32; 3]> =
            a.faces().iter().copied().chain(b.faces().iter().map(|f| f.map(|v| v + n))).collect();
        let both = super::super::Surface::new(vertices, faces).unwrap();
        for p in [DVec3::X, far + DVec3::Y, DVec3::splat(4e5)] {
            assert_eq!(both.closest(p).1, both.closest_exhaustive(p).1);
        }
    }
}
