//! Axes in the order right, anterior, superior, and voxels of about one millimetre.

use glam::{DMat3, DVec3};

use super::MriError;
use crate::volume::{Grid, Volume};

/// Finest voxels that are worked on, mm: nothing that is looked for is smaller.
const FINEST_MM: f64 = 1.0;
/// Voxels longer than this on one side are divided.
const COARSEST_MM: f64 = 2.0;

/// The same image with its axes permuted and turned round so that i runs to the right, j to the front and k to the top,
/// as nearly as its grid allows. No voxel is changed.
pub fn axes(volume: &Volume) -> Volume {
    let g = &volume.grid;
    let columns = [g.linear.x_axis, g.linear.y_axis, g.linear.z_axis];
    // The assignment of axes with the largest sum of cosines.
    const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let fit = |o: &[usize; 3]| (0..3).map(|a| columns[o[a]].normalize_or_zero()[a].abs()).sum::<f64>();
    let order = ORDERS.into_iter().fold(ORDERS[0], |best, o| if fit(&o) > fit(&best) { o } else { best });
    let turned: [bool; 3] = std::array::from_fn(|a| columns[order[a]][a] < 0.0);
    if order == [0, 1, 2] && turned == [false; 3] {
        return volume.clone();
    }
    let dims: [usize; 3] = std::array::from_fn(|a| g.dims[order[a]]);
    let stride = [1, g.dims[0], g.dims[0] * g.dims[1]];
    let mut first = DVec3::ZERO;
    let mut linear = [DVec3::ZERO; 3];
    for a in 0..3 {
        let sign = if turned[a] { -1.0 } else { 1.0 };
        linear[a] = columns[order[a]] * sign;
        if turned[a] {
            first[order[a]] = dims[a] as f64 - 1.0;
        }
    }
    let mut data = Vec::with_capacity(volume.data.len());
    let at = |a: usize, n: usize| stride[order[a]] * if turned[a] { dims[a] - 1 - n } else { n };
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            let row = at(1, j) + at(2, k);
            for i in 0..dims[0] {
                data.push(volume.data[row + at(0, i)]);
            }
        }
    }
    let grid =
        Grid { dims, linear: DMat3::from_cols(linear[0], linear[1], linear[2]), offset: g.to_mm(first) };
    Volume { grid, data }
}

/// The image with even voxels of 1 to 2 mm and perpendicular axes, in the same space.
///
/// An image that has them already comes back as it is. Finer voxels are averaged, coarser ones interpolated
/// (trilinear). Values below zero and values that are not finite become 0.
///
/// # Errors
/// [`MriError::Voxels`], [`MriError::Field`] for what is no image of a head.
pub fn even(volume: &Volume) -> Result<Volume, MriError> {
    let size = volume.grid.voxel_mm();
    if size.iter().any(|s| !(0.2..=8.0).contains(s)) {
        return Err(MriError::Voxels { x: size[0], y: size[1], z: size[2] });
    }
    let extent: [f64; 3] = std::array::from_fn(|a| size[a] * volume.grid.dims[a] as f64);
    if extent.iter().any(|&e| e < 120.0) {
        return Err(MriError::Field { x: extent[0], y: extent[1], z: extent[2] });
    }
    let mut out = volume.clone();
    for v in &mut out.data {
        if !(*v > 0.0 && v.is_finite()) {
            *v = 0.0;
        }
    }
    // Several fine voxels to one; what is then still fine is fine enough.
    let finest = size.iter().fold(f64::INFINITY, |a, &b| a.min(b));
    if finest < 0.75 * FINEST_MM {
        out = averaged(&out, FINEST_MM);
    }
    let size = out.grid.voxel_mm();
    let (lo, hi) = size.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), &s| (l.min(s), h.max(s)));
    let l = out.grid.linear;
    let unit = [l.x_axis / size[0], l.y_axis / size[1], l.z_axis / size[2]];
    let skew = [unit[0].dot(unit[1]), unit[1].dot(unit[2]), unit[2].dot(unit[0])];
    if hi <= COARSEST_MM * 1.1 && hi / lo < 1.3 && skew.iter().all(|s| s.abs() < 1e-3) {
        return Ok(out);
    }
    Ok(resampled(&out, hi.clamp(FINEST_MM, COARSEST_MM).min(lo.max(FINEST_MM) * 1.3)))
}

/// Whole numbers of voxels along each axis made one.
fn averaged(volume: &Volume, goal_mm: f64) -> Volume {
    let size = volume.grid.voxel_mm();
    let dims = volume.grid.dims;
    let factor: [usize; 3] = std::array::from_fn(|a| (libm::round(goal_mm / size[a]) as usize).max(1));
    let out: [usize; 3] = std::array::from_fn(|a| (dims[a] / factor[a]).max(1));
    let count = (factor[0] * factor[1] * factor[2]) as f32;
    let mut data = vec![0.0_f32; out[0] * out[1] * out[2]];
    for k in 0..out[2] * factor[2] {
        for j in 0..out[1] * factor[1] {
            let from = volume.grid.index(0, j, k);
            let to = out[0] * (j / factor[1] + out[1] * (k / factor[2]));
            for i in 0..out[0] * factor[0] {
                data[to + i / factor[0]] += volume.data[from + i] / count;
            }
        }
    }
    let f = DVec3::new(factor[0] as f64, factor[1] as f64, factor[2] as f64);
    let linear = volume.grid.linear * DMat3::from_diagonal(f);
    Volume { grid: Grid { dims: out, linear, offset: volume.grid.to_mm((f - 1.0) / 2.0) }, data }
}

/// Trilinear interpolation on even voxels along the nearest perpendicular axes.
fn resampled(volume: &Volume, step_mm: f64) -> Volume {
    let g = &volume.grid;
    let x = g.linear.x_axis.normalize_or(DVec3::X);
    let y = (g.linear.y_axis - x * g.linear.y_axis.dot(x)).normalize_or(DVec3::Y);
    let z = x.cross(y);
    let frame = DMat3::from_cols(x, y, if z.dot(g.linear.z_axis) < 0.0 { -z } else { z });
    // The box that holds all corners, in the frame.
    let last = DVec3::new(g.dims[0] as f64 - 1.0, g.dims[1] as f64 - 1.0, g.dims[2] as f64 - 1.0);
    let (mut lo, mut hi) = (DVec3::INFINITY, DVec3::NEG_INFINITY);
    for c in 0..8 {
        let corner = DVec3::new(f64::from(c & 1), f64::from(c >> 1 & 1), f64::from(c >> 2)) * last;
        let p = frame.transpose() * g.to_mm(corner);
        lo = lo.min(p);
        hi = hi.max(p);
    }
    let dims = ((hi - lo) / step_mm).floor().to_array().map(|n| n as usize + 1);
    let grid = Grid { dims, linear: frame * step_mm, offset: frame * lo };
    let mut data = Vec::with_capacity(grid.len());
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            for i in 0..dims[0] {
                data.push(volume.sample(grid.to_mm(DVec3::new(i as f64, j as f64, k as f64)), 0.0) as f32);
            }
        }
    }
    Volume { grid, data }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(linear: DMat3, dims: [usize; 3]) -> Volume {
        let grid = Grid { dims, linear, offset: DVec3::new(5.0, -3.0, 20.0) };
        let data = (0..grid.len()).map(|n| (n * 7919 % 1000) as f32).collect();
        Volume { grid, data }
    }

    #[test]
    fn every_order_of_axes_keeps_each_voxel_where_it_is() {
        for turn in crate::register::pose::turns() {
            for mirror in [1.0, -1.0] {
                let v = sample(turn * DMat3::from_diagonal(DVec3::new(1.0, 1.5, 2.0 * mirror)), [4, 5, 6]);
                let c = axes(&v);
                let l = c.grid.linear;
                assert!(l.x_axis.x > 0.0 && l.y_axis.y > 0.0 && l.z_axis.z > 0.0);
                for n in [DVec3::ZERO, DVec3::new(3.0, 2.0, 5.0), DVec3::new(1.0, 4.0, 2.0)] {
                    let mm = v.grid.to_mm(n);
                    assert_eq!(c.sample(mm, -1.0), v.sample(mm, -1.0));
                }
            }
        }
    }

    #[test]
    fn thick_slices_are_divided_and_fine_voxels_averaged() {
        let thick = sample(DMat3::from_diagonal(DVec3::new(1.0, 1.0, 5.0)), [150, 150, 30]);
        let e = even(&thick).unwrap();
        let s = e.grid.voxel_mm();
        assert!(s.iter().all(|x| (x - 1.3).abs() < 1e-9), "{s:?}");
        let at = DVec3::new(60.0, 55.0, 70.0);
        assert!((e.grid.to_mm(e.grid.to_voxel(at)) - at).length() < 1e-9);
        let fine = sample(DMat3::from_diagonal(DVec3::splat(0.5)), [260, 250, 244]);
        assert_eq!(even(&fine).unwrap().grid.dims, [130, 125, 122]);
    }

    #[test]
    fn what_is_no_head_is_refused() {
        let small = sample(DMat3::from_diagonal(DVec3::splat(1.0)), [100, 150, 150]);
        assert!(matches!(even(&small), Err(MriError::Field { .. })));
        let huge = sample(DMat3::from_diagonal(DVec3::splat(20.0)), [20, 20, 20]);
        assert!(matches!(even(&huge), Err(MriError::Voxels { .. })));
    }
}
