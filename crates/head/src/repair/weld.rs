//! Vertices at the same place made one.

use std::collections::HashMap;

use glam::DVec3;

use crate::surface::NONE;

/// Vertices closer than this part of the median edge are one. Scans repeat a vertex along seams with the same
/// digits or with the rounding of `f32` or of a text file, which is far below; true neighbours are far above.
const OF_MEDIAN_EDGE: f64 = 1e-3;

/// Floor of the tolerance as a part of the largest coordinate: some thousand roundings of an `f64`.
const OF_COORDINATE: f64 = 1e-12;

/// Edges looked at for the median.
const SAMPLE: usize = 1 << 20;

pub(super) struct Welded {
    /// For each raw vertex its new number, or [`NONE`] where no face has it.
    pub(super) to: Vec<u32>,
    /// For each new vertex the raw vertex whose place it has: the first of its group.
    pub(super) from: Vec<u32>,
    /// Raw vertices that no face has.
    pub(super) unused: usize,
}

/// Welds the vertices in use, in the order of the raw vertices. Indices are in range, vertices in use finite.
pub(super) fn weld(vertices: &[DVec3], faces: &[[u32; 3]]) -> Welded {
    let mut used = vec![false; vertices.len()];
    let mut extent: f64 = 0.0;
    for &i in faces.iter().flatten() {
        used[i as usize] = true;
    }
    for (v, _) in vertices.iter().zip(&used).filter(|(_, used)| **used) {
        extent = extent.max(v.abs().max_element());
    }
    let tolerance =
        (OF_MEDIAN_EDGE * median_edge(vertices, faces)).max(OF_COORDINATE * extent).max(f64::MIN_POSITIVE);
    // With cells of eight tolerances a vertex has two cells to look at on average, and no cell can hold more
    // than about a thousand vertices that are a tolerance apart.
    let cell = 8.0 * tolerance;
    let key = |v: DVec3| (v / cell).floor().to_array().map(|c| c as i64);
    // Looked up only, never iterated: the result follows the order of the vertices.
    let used_count = used.iter().filter(|u| **u).count();
    let mut cells: HashMap<[i64; 3], u32> = HashMap::with_capacity(used_count);
    // The next vertex of the same cell.
    let mut next: Vec<u32> = Vec::new();
    let mut from: Vec<u32> = Vec::new();
    let mut to = vec![NONE; vertices.len()];
    let mut unused = 0;
    for (i, &v) in vertices.iter().enumerate() {
        if !used[i] {
            unused += 1;
            continue;
        }
        let low = key(v - tolerance);
        // Two cells on each axis at most, also where a coordinate near the end of f64 has become infinite.
        let high = key(v + tolerance);
        let high = [0, 1, 2].map(|k| high[k].min(low[k].saturating_add(1)));
        let mut nearest: Option<(f64, u32)> = None;
        for x in low[0]..=high[0] {
            for y in low[1]..=high[1] {
                for z in low[2]..=high[2] {
                    let mut at = cells.get(&[x, y, z]).copied().unwrap_or(NONE);
                    while at != NONE {
                        let d = vertices[from[at as usize] as usize].distance(v);
                        if d <= tolerance && nearest.is_none_or(|n| (d, at) < n) {
                            nearest = Some((d, at));
                        }
                        at = next[at as usize];
                    }
                }
            }
        }
        to[i] = match nearest {
            Some((_, at)) => at,
            None => {
                let new = from.len() as u32;
                from.push(i as u32);
                next.push(cells.insert(key(v), new).unwrap_or(NONE));
                new
            }
        };
    }
    Welded { to, from, unused }
}

/// The median length of the edges, or of an even sample of them.
fn median_edge(vertices: &[DVec3], faces: &[[u32; 3]]) -> f64 {
    let step = (faces.len() * 3).div_ceil(SAMPLE).max(1);
    let mut lengths: Vec<f64> = faces
        .iter()
        .step_by(step)
        .flat_map(|&[a, b, c]| [(a, b), (b, c), (c, a)])
        .map(|(a, b)| vertices[a as usize].distance(vertices[b as usize]))
        .collect();
    if lengths.is_empty() {
        return 0.0;
    }
    let middle = lengths.len() / 2;
    // Differences of finite numbers may be infinite, but not NaN, and total_cmp takes either.
    let median = *lengths.select_nth_unstable_by(middle, f64::total_cmp).1;
    if median.is_finite() { median } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_is_one_vertex_whatever_cell_it_falls_in() {
        // Pairs a fraction of the tolerance apart, spread so that many straddle a cell's wall.
        let mut vertices = Vec::new();
        let mut faces = Vec::new();
        for i in 0..300 {
            let p = DVec3::new(f64::from(i) * 1.000_37, f64::from(i * i % 97), -f64::from(i % 13));
            let n = vertices.len() as u32;
            vertices.extend([p, p + DVec3::X, p + DVec3::Y, p + 4e-4, p + DVec3::X - 3e-4, p + DVec3::Y]);
            faces.extend([[n, n + 1, n + 2], [n + 3, n + 4, n + 5]]);
        }
        let w = weld(&vertices, &faces);
        for n in (0..vertices.len()).step_by(6) {
            for k in 0..3 {
                assert_eq!(w.to[n + k], w.to[n + k + 3], "vertices {} and {}", n + k, n + k + 3);
            }
        }
        // No two that are left are closer than the tolerance (a thousandth of the median edge, 1).
        for (i, &a) in w.from.iter().enumerate() {
            for &b in &w.from[..i] {
                assert!(vertices[a as usize].distance(vertices[b as usize]) > 1e-3);
            }
        }
    }

    #[test]
    fn extremes_are_survived() {
        let far = [DVec3::splat(1e300), DVec3::ZERO, DVec3::X * 1e-300, DVec3::Y];
        let w = weld(&far, &[[0, 1, 2], [1, 2, 2]]);
        assert_eq!((w.unused, w.to[1]), (1, w.to[2]));
        let same = weld(&[DVec3::ZERO; 3], &[[0, 1, 2]]);
        assert_eq!(same.from.len(), 1);
        let max = weld(&[DVec3::splat(f64::MAX), DVec3::splat(-f64::MAX), DVec3::ZERO], &[[0, 1, 2]]);
        assert_eq!(max.to.len(), 3);
    }
}
