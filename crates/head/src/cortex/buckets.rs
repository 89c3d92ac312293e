//! The nearest of many points, by cubes of space: for millions of questions about one cloud.

use glam::DVec3;

/// Edge of a cube, mm: a few vertices of a head's mesh.
const EDGE_MM: f64 = 5.0;
/// Most cubes; a cloud wider than that gets larger ones.
const MAX_CUBES: f64 = 4e6;

/// Points sorted into cubes.
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    points: Vec<DVec3>,
    low: DVec3,
    edge: f64,
    dims: [i64; 3],
    /// First entry of each cube in `order`, and one more.
    start: Vec<u32>,
    order: Vec<u32>,
}

impl Buckets {
    /// Sorts finite points; at least one.
    pub(crate) fn new(points: Vec<DVec3>) -> Self {
        let (low, high) =
            points.iter().fold((DVec3::INFINITY, DVec3::NEG_INFINITY), |(lo, hi), &p| (lo.min(p), hi.max(p)));
        let size = (high - low).max(DVec3::splat(1e-6));
        let edge = EDGE_MM.max(libm::cbrt(size.x * size.y * size.z / MAX_CUBES));
        let dims = (size / edge).to_array().map(|n| libm::floor(n) as i64 + 1);
        let mut out = Self { points, low, edge, dims, start: Vec::new(), order: Vec::new() };
        let cubes: Vec<usize> = out.points.iter().map(|&p| out.flat(out.cube(p))).collect();
        out.start = vec![0; (dims[0] * dims[1] * dims[2]) as usize + 1];
        for &c in &cubes {
            out.start[c + 1] += 1;
        }
        for i in 1..out.start.len() {
            out.start[i] += out.start[i - 1];
        }
        let mut next = out.start.clone();
        out.order = vec![0; out.points.len()];
        for (i, &c) in cubes.iter().enumerate() {
            out.order[next[c] as usize] = i as u32;
            next[c] += 1;
        }
        out
    }

    fn cube(&self, p: DVec3) -> [i64; 3] {
        let c = ((p - self.low) / self.edge).to_array();
        // A place far outside starts its search at the border.
        std::array::from_fn(|a| (libm::floor(c[a]) as i64).clamp(0, self.dims[a] - 1))
    }

    fn flat(&self, [x, y, z]: [i64; 3]) -> usize {
        (x + self.dims[0] * (y + self.dims[1] * z)) as usize
    }

    /// Calls `visit` with every point of the cubes at a Chebyshev distance of exactly `ring` from a cube.
    fn ring(&self, centre: [i64; 3], ring: i64, visit: &mut impl FnMut(u32)) {
        let span = |a: usize| (centre[a] - ring).max(0)..=(centre[a] + ring).min(self.dims[a] - 1);
        for z in span(2) {
            for y in span(1) {
                let shell = (z - centre[2]).abs() == ring || (y - centre[1]).abs() == ring;
                for x in span(0) {
                    if !shell && (x - centre[0]).abs() != ring {
                        continue;
                    }
                    let c = self.flat([x, y, z]);
                    for &i in &self.order[self.start[c] as usize..self.start[c + 1] as usize] {
                        visit(i);
                    }
                }
            }
        }
    }

    /// Index of the nearest point and its distance, mm. Ties go to the smaller index.
    pub(crate) fn nearest(&self, p: DVec3) -> (u32, f64) {
        let centre = self.cube(p);
        let mut best = (0, f64::INFINITY);
        let most = self.dims.into_iter().max().unwrap_or(1);
        for ring in 0..=most {
            // Beyond this ring nothing is nearer than its inner faces; a place outside is never nearer.
            let inner = (ring - 1).max(0) as f64 * self.edge;
            if best.1.is_finite() && best.1.sqrt() <= inner {
                break;
            }
            self.ring(centre, ring, &mut |i| {
                let d = self.points[i as usize].distance_squared(p);
                if d < best.1 || (d == best.1 && i < best.0) {
                    best = (i, d);
                }
            });
        }
        (best.0, best.1.sqrt())
    }

    /// Calls `visit` with the index and distance (mm) of each point within a radius.
    pub(crate) fn within(&self, p: DVec3, radius_mm: f64, mut visit: impl FnMut(u32, f64)) {
        let (lo, hi) = (self.cube(p - DVec3::splat(radius_mm)), self.cube(p + DVec3::splat(radius_mm)));
        for z in lo[2]..=hi[2] {
            for y in lo[1]..=hi[1] {
                for x in lo[0]..=hi[0] {
                    let c = self.flat([x, y, z]);
                    for &i in &self.order[self.start[c] as usize..self.start[c + 1] as usize] {
                        let d = self.points[i as usize].distance(p);
                        if d <= radius_mm {
                            visit(i, d);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn nearest_and_within_are_the_exhaustive_ones() {
        let points = shapes::bumpy_sphere(70.0, 4).vertices().to_vec();
        let buckets = Buckets::new(points.clone());
        for (n, d) in shapes::directions(60).into_iter().enumerate() {
            let p = d * (n as f64 * 2.5);
            let mut all: Vec<(f64, u32)> =
                points.iter().enumerate().map(|(i, q)| (q.distance(p), i as u32)).collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!((buckets.nearest(p).1 - all[0].0).abs() < 1e-12, "{p}");
            let mut found = Vec::new();
            buckets.within(p, 20.0, |i, _| found.push(i));
            assert_eq!(found.len(), all.iter().filter(|x| x.0 <= 20.0).count());
        }
    }
}
