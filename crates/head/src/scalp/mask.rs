//! Binary volumes: components, cavities, and opening and closing by exact Euclidean distance.
//!
//! Distances are computed line by line as lower envelopes of parabolas (Felzenszwalb & Huttenlocher, Theory
//! of Computing 2012;8:415–428), so that a radius of many millimetres costs no more than a small one.

use super::gaussian::starts;
use crate::volume::Grid;

/// A set of voxels.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    /// Where the voxels are.
    pub grid: Grid,
    /// Whether each voxel belongs, i fastest.
    pub inside: Vec<bool>,
}

impl Mask {
    /// The voxels of `data` above a threshold.
    pub fn above(grid: Grid, data: &[f32], threshold: f64) -> Self {
        Self { grid, inside: data.iter().map(|&v| f64::from(v) > threshold).collect() }
    }

    /// Number of voxels inside.
    pub fn count(&self) -> usize {
        self.inside.iter().filter(|&&b| b).count()
    }

    /// Keeps the largest set of voxels that touch by faces; of equal ones the first in memory.
    pub fn keep_largest(&mut self) {
        let mut label = vec![0_u32; self.inside.len()];
        let (mut best, mut most, mut next) = (0, 0, 0);
        let mut stack = Vec::new();
        for start in 0..self.inside.len() {
            if !self.inside[start] || label[start] != 0 {
                continue;
            }
            next += 1;
            let n = flood(self.grid.dims, start, &mut stack, |v| {
                let fresh = self.inside[v] && label[v] == 0;
                if fresh {
                    label[v] = next;
                }
                fresh
            });
            if n > most {
                (best, most) = (next, n);
            }
        }
        for (b, l) in self.inside.iter_mut().zip(label) {
            *b = l == best && best != 0;
        }
    }

    /// Fills every hollow that does not reach the border of the grid.
    pub fn fill_cavities(&mut self) {
        let dims = self.grid.dims;
        let mut reached = vec![false; self.inside.len()];
        let mut stack = Vec::new();
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                for i in 0..dims[0] {
                    let border = i == 0
                        || j == 0
                        || k == 0
                        || i + 1 == dims[0]
                        || j + 1 == dims[1]
                        || k + 1 == dims[2];
                    let v = self.grid.index(i, j, k);
                    if border && !self.inside[v] && !reached[v] {
                        flood(dims, v, &mut stack, |w| {
                            let fresh = !self.inside[w] && !reached[w];
                            if fresh {
                                reached[w] = true;
                            }
                            fresh
                        });
                    }
                }
            }
        }
        for (b, r) in self.inside.iter_mut().zip(reached) {
            *b = !r;
        }
    }

    /// Fills, in every plane across an axis, what does not reach the border of that plane.
    ///
    /// Airways that leave a cropped image through one side are closed in the planes that cross them.
    pub fn fill_slices(&mut self, axis: usize) {
        let dims = self.grid.dims;
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        let stride = [1, dims[0], dims[0] * dims[1]];
        let mut reached = vec![false; dims[u] * dims[v]];
        let mut stack: Vec<(usize, usize)> = Vec::new();
        for s in 0..dims[axis] {
            let at = |a: usize, b: usize| s * stride[axis] + a * stride[u] + b * stride[v];
            reached.fill(false);
            for b in 0..dims[v] {
                for a in 0..dims[u] {
                    if a == 0 || b == 0 || a + 1 == dims[u] || b + 1 == dims[v] {
                        stack.push((a, b));
                    }
                }
            }
            while let Some((a, b)) = stack.pop() {
                if self.inside[at(a, b)] || reached[a + b * dims[u]] {
                    continue;
                }
                reached[a + b * dims[u]] = true;
                if a > 0 {
                    stack.push((a - 1, b));
                }
                if b > 0 {
                    stack.push((a, b - 1));
                }
                if a + 1 < dims[u] {
                    stack.push((a + 1, b));
                }
                if b + 1 < dims[v] {
                    stack.push((a, b + 1));
                }
            }
            for b in 0..dims[v] {
                for a in 0..dims[u] {
                    if !reached[a + b * dims[u]] {
                        self.inside[at(a, b)] = true;
                    }
                }
            }
        }
    }

    /// Grows by a ball of `radius_mm`. What lies beyond the grid is lost.
    pub fn dilate(&mut self, radius_mm: f64) {
        let d = self.squared_distance(true);
        self.inside.iter_mut().zip(d).for_each(|(b, d)| *b = d <= radius_mm * radius_mm);
    }

    /// Shrinks by a ball of `radius_mm`. Beyond the grid counts as inside, so that a cropped face is not eaten.
    pub fn erode(&mut self, radius_mm: f64) {
        let d = self.squared_distance(false);
        self.inside.iter_mut().zip(d).for_each(|(b, d)| *b = d > radius_mm * radius_mm);
    }

    /// Shrinks, then grows: removes what is thinner than twice the radius.
    pub fn open(&mut self, radius_mm: f64) {
        self.erode(radius_mm);
        self.dilate(radius_mm);
    }

    /// Grows, then shrinks: closes gaps narrower than twice the radius.
    pub fn close(&mut self, radius_mm: f64) {
        self.dilate(radius_mm);
        self.erode(radius_mm);
    }

    /// Squared distance in mm² from each voxel centre to the nearest voxel whose state is `to`.
    ///
    /// Exact for grids with perpendicular axes; infinite where there is no such voxel.
    pub fn squared_distance(&self, to: bool) -> Vec<f64> {
        let dims = self.grid.dims;
        let size = self.grid.voxel_mm();
        let stride = [1, dims[0], dims[0] * dims[1]];
        let mut d: Vec<f64> =
            self.inside.iter().map(|&b| if b == to { 0.0 } else { f64::INFINITY }).collect();
        for axis in 0..3 {
            let n = dims[axis];
            let mut line = vec![0.0; n];
            let mut envelope = Envelope::default();
            for start in starts(dims, axis) {
                for (a, l) in line.iter_mut().enumerate() {
                    *l = d[start + a * stride[axis]];
                }
                envelope.transform(&mut line, size[axis]);
                for (a, l) in line.iter().enumerate() {
                    d[start + a * stride[axis]] = *l;
                }
            }
        }
        d
    }
}

/// The lower envelope of the parabolas (x − i·h)² + f(i).
#[derive(Default)]
struct Envelope {
    apex: Vec<usize>,
    from: Vec<f64>,
    source: Vec<f64>,
}

impl Envelope {
    fn transform(&mut self, f: &mut [f64], h: f64) {
        self.apex.clear();
        self.from.clear();
        self.source.clear();
        self.source.extend_from_slice(f);
        for (q, &fq) in self.source.iter().enumerate() {
            if fq.is_infinite() {
                continue;
            }
            let x = q as f64 * h;
            let mut start = f64::NEG_INFINITY;
            while let (Some(&p), Some(&begin)) = (self.apex.last(), self.from.last()) {
                let y = p as f64 * h;
                start = (fq + x * x - self.source[p] - y * y) / (2.0 * (x - y));
                if start > begin {
                    break;
                }
                self.apex.pop();
                self.from.pop();
                start = f64::NEG_INFINITY;
            }
            self.apex.push(q);
            self.from.push(start);
        }
        if self.apex.is_empty() {
            return;
        }
        let mut k = 0;
        for (q, out) in f.iter_mut().enumerate() {
            let x = q as f64 * h;
            while k + 1 < self.apex.len() && self.from[k + 1] < x {
                k += 1;
            }
            let p = self.apex[k];
            let dx = x - p as f64 * h;
            *out = dx * dx + self.source[p];
        }
    }
}

/// Visits the face neighbours of `start` that `enter` accepts; returns how many were accepted.
fn flood(
    dims: [usize; 3],
    start: usize,
    stack: &mut Vec<usize>,
    mut enter: impl FnMut(usize) -> bool,
) -> usize {
    let (sx, sy) = (dims[0], dims[0] * dims[1]);
    let mut count = 0;
    if !enter(start) {
        return 0;
    }
    stack.push(start);
    while let Some(v) = stack.pop() {
        count += 1;
        let (i, j, k) = (v % sx, v / sx % dims[1], v / sy);
        let mut visit = |w: usize| {
            if enter(w) {
                stack.push(w);
            }
        };
        if i > 0 {
            visit(v - 1);
        }
        if i + 1 < dims[0] {
            visit(v + 1);
        }
        if j > 0 {
            visit(v - sx);
        }
        if j + 1 < dims[1] {
            visit(v + sx);
        }
        if k > 0 {
            visit(v - sy);
        }
        if k + 1 < dims[2] {
            visit(v + sy);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::{DMat3, DVec3};

    fn mask(dims: [usize; 3], size: DVec3, f: impl Fn(usize, usize, usize) -> bool) -> Mask {
        let grid = Grid { dims, linear: DMat3::from_diagonal(size), offset: DVec3::ZERO };
        let mut inside = Vec::new();
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                for i in 0..dims[0] {
                    inside.push(f(i, j, k));
                }
            }
        }
        Mask { grid, inside }
    }

    #[test]
    fn distance_is_the_exhaustive_one() {
        let m = mask([9, 7, 8], DVec3::new(1.0, 2.0, 0.5), |i, j, k| (i * 7 + j * 5 + k * 3) % 23 == 0);
        let d = m.squared_distance(true);
        let at = |n: usize| DVec3::new((n % 9) as f64, (n / 9 % 7) as f64 * 2.0, (n / 63) as f64 * 0.5);
        for (n, &found) in d.iter().enumerate() {
            let best = (0..m.inside.len())
                .filter(|&w| m.inside[w])
                .map(|w| at(w).distance_squared(at(n)))
                .fold(f64::INFINITY, f64::min);
            assert!((best - found).abs() < 1e-9, "{n}: {best} {found}");
        }
    }

    #[test]
    fn components_cavities_and_closing() {
        let shell = |i: usize, j: usize, k: usize| {
            let r = DVec3::new(i as f64 - 10.0, j as f64 - 10.0, k as f64 - 10.0).length();
            (6.0..8.0).contains(&r)
        };
        let mut m = mask([21, 21, 21], DVec3::ONE, |i, j, k| shell(i, j, k) || (i, j, k) == (0, 0, 0));
        m.keep_largest();
        assert!(!m.inside[0]);
        m.fill_cavities();
        assert!(m.inside[m.grid.index(10, 10, 10)]);
        assert!(!m.inside[m.grid.index(0, 0, 20)]);
        // A bore of two voxels through the ball is closed by a radius that exceeds its half-width.
        let mut bored = m.clone();
        for k in 0..21 {
            for i in 10..12 {
                let v = bored.grid.index(i, 10, k);
                bored.inside[v] = false;
            }
        }
        let mut closed = bored.clone();
        closed.close(3.0);
        assert!(closed.inside[m.grid.index(10, 10, 10)]);
        bored.fill_slices(2);
        assert!(bored.inside[m.grid.index(10, 10, 10)]);
        let mut none = mask([3, 3, 3], DVec3::ONE, |_, _, _| false);
        none.keep_largest();
        none.close(2.0);
        assert_eq!(none.count(), 0);
    }
}
