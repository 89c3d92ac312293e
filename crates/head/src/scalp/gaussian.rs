//! Gaussian smoothing of a volume.

use crate::volume::Volume;

/// Smooths with a Gaussian of `sigma_mm` (same in every direction), cut off at four sigma.
///
/// Beyond the grid the value is `outside`. A sigma that is not positive leaves the volume as it is.
pub fn smooth(volume: &mut Volume, sigma_mm: f64, outside: f32) {
    let dims = volume.grid.dims;
    let size = volume.grid.voxel_mm();
    let stride = [1, dims[0], dims[0] * dims[1]];
    for axis in 0..3 {
        let Some(kernel) = kernel(sigma_mm / size[axis]) else { continue };
        let r = kernel.len() - 1;
        let n = dims[axis];
        let mut line = vec![0.0_f64; n];
        for start in starts(dims, axis) {
            for (a, l) in line.iter_mut().enumerate() {
                *l = f64::from(volume.data[start + a * stride[axis]]);
            }
            for a in 0..n {
                let at = |b: isize| {
                    if b < 0 || b >= n as isize { f64::from(outside) } else { line[b as usize] }
                };
                let mut sum = kernel[0] * line[a];
                for (d, w) in kernel.iter().enumerate().take(r + 1).skip(1) {
                    sum += w * (at(a as isize - d as isize) + at(a as isize + d as isize));
                }
                volume.data[start + a * stride[axis]] = sum as f32;
            }
        }
    }
}

/// Half a normalised kernel, from its centre outward.
fn kernel(sigma: f64) -> Option<Vec<f64>> {
    if !(sigma > 0.0 && sigma < 1000.0) {
        return None;
    }
    let r = libm::ceil(4.0 * sigma) as usize;
    let mut k: Vec<f64> =
        (0..=r).map(|d| libm::exp(-0.5 * (d as f64 / sigma) * (d as f64 / sigma))).collect();
    let sum = k[0] + 2.0 * k[1..].iter().sum::<f64>();
    for w in &mut k {
        *w /= sum;
    }
    Some(k)
}

/// Index of the first voxel of every line along an axis.
pub(super) fn starts(dims: [usize; 3], axis: usize) -> impl Iterator<Item = usize> {
    let stride = [1, dims[0], dims[0] * dims[1]];
    let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
    (0..dims[v]).flat_map(move |b| (0..dims[u]).map(move |a| a * stride[u] + b * stride[v]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Grid;
    use glam::{DMat3, DVec3};

    #[test]
    fn a_point_becomes_a_gaussian_of_that_sigma() {
        let size = DVec3::new(1.0, 0.5, 2.0);
        let grid = Grid { dims: [41, 61, 31], linear: DMat3::from_diagonal(size), offset: DVec3::ZERO };
        let mut v = Volume { grid, data: vec![0.0; grid.len()] };
        let c = grid.index(20, 30, 15);
        v.data[c] = 1000.0;
        smooth(&mut v, 2.5, 0.0);
        let centre = grid.to_mm(DVec3::new(20.0, 30.0, 15.0));
        let (mut total, mut second) = (0.0, DVec3::ZERO);
        for k in 0..31 {
            for j in 0..61 {
                for i in 0..41 {
                    let w = f64::from(v.data[grid.index(i, j, k)]);
                    let d = grid.to_mm(DVec3::new(i as f64, j as f64, k as f64)) - centre;
                    total += w;
                    second += w * d * d;
                }
            }
        }
        assert!((total - 1000.0).abs() < 0.1);
        for s in (second / total).to_array() {
            assert!((s.sqrt() - 2.5).abs() < 0.02, "{s}");
        }
    }

    #[test]
    fn a_constant_stays_and_zero_sigma_does_nothing() {
        let grid = Grid { dims: [5, 6, 7], linear: DMat3::IDENTITY, offset: DVec3::ZERO };
        let mut v = Volume { grid, data: vec![3.0; grid.len()] };
        smooth(&mut v, 1.3, 3.0);
        assert!(v.data.iter().all(|x| (x - 3.0).abs() < 1e-5));
        let before = v.data.clone();
        smooth(&mut v, 0.0, 0.0);
        smooth(&mut v, f64::NAN, 0.0);
        assert_eq!(before, v.data);
    }
}
