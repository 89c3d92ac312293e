//! The slow change of brightness that receive coils leave in an image.
//!
//! Homomorphic filtering (as in Guillemaud & Brady, IEEE Trans Med Imaging 1997;16:238–251): the logarithm of what is
//! brighter than air, averaged over some centimetres with the same average of the mask beneath it, is the shading.

use crate::{
    register::mutual::coarse,
    scalp::{gaussian, mask::Mask, otsu},
    volume::Volume,
};

/// Standard deviation of the average, mm: wider than any organ of the head, narrower than the head.
const SIGMA_MM: f64 = 40.0;

/// Divides an image by its shading. Images without two grey values stay as they are.
///
/// Returns the ratio of the brightest to the darkest place of the shading within the head.
pub fn correct(volume: &mut Volume) -> f64 {
    let mut low = coarse(volume, 4.0);
    let tissue: Vec<f32> = low.data.iter().copied().filter(|v| *v != 0.0).collect();
    let Some(threshold) = otsu::threshold(&tissue) else { return 1.0 };
    let mut head = Mask::above(low.grid, &low.data, threshold / 2.0);
    head.keep_largest();
    let mut weight =
        Volume { grid: low.grid, data: head.inside.iter().map(|&b| f32::from(u8::from(b))).collect() };
    for (v, &inside) in low.data.iter_mut().zip(&head.inside) {
        *v = if inside { libm::log(f64::from(*v)) as f32 } else { 0.0 };
    }
    gaussian::smooth(&mut low, SIGMA_MM, 0.0);
    gaussian::smooth(&mut weight, SIGMA_MM, 0.0);
    let (mut lo, mut hi, mut sum, mut n) = (f32::INFINITY, f32::NEG_INFINITY, 0.0, 0.0);
    for ((v, w), &inside) in low.data.iter_mut().zip(&weight.data).zip(&head.inside) {
        *v = if *w > 1e-6 { *v / *w } else { 0.0 };
        if inside {
            (lo, hi) = (lo.min(*v), hi.max(*v));
            sum += f64::from(*v);
            n += 1.0;
        }
    }
    if !(n > 0.0 && hi >= lo) {
        return 1.0;
    }
    let mean = (sum / n) as f32;
    // Far from the head there is nothing to go by: the limits within the head hold everywhere.
    for v in &mut low.data {
        *v = libm::exp(f64::from(mean - v.clamp(lo, hi))) as f32;
    }
    multiply(volume, &low);
    libm::exp(f64::from(hi - lo))
}

/// Multiplies by a coarse image on parallel axes, interpolated; beyond its outermost voxels they are repeated.
fn multiply(volume: &mut Volume, factor: &Volume) {
    let inverse = factor.grid.linear.inverse();
    let dims = volume.grid.dims;
    // Along each axis: lower voxel of the coarse image and the share of the upper one.
    let table = |axis: usize| -> Vec<(usize, f32)> {
        let n = factor.grid.dims[axis];
        (0..dims[axis])
            .map(|i| {
                let mut at = glam::DVec3::ZERO;
                at[axis] = i as f64;
                let v =
                    (inverse * (volume.grid.to_mm(at) - factor.grid.offset))[axis].clamp(0.0, n as f64 - 1.0);
                let low = (v as usize).min(n.saturating_sub(2));
                (low, if n > 1 { (v - low as f64) as f32 } else { 0.0 })
            })
            .collect()
    };
    let (tx, ty, tz) = (table(0), table(1), table(2));
    let [nx, ny, nz] = factor.grid.dims;
    let (sy, sz) = (nx, nx * ny);
    let (sx, sy, sz) = (usize::from(nx > 1), if ny > 1 { sy } else { 0 }, if nz > 1 { sz } else { 0 });
    let mut n = 0;
    for &(k, w) in &tz {
        for &(j, v) in &ty {
            let base = nx * (j + ny * k);
            for &(i, u) in &tx {
                let d = |o: usize| factor.data[base + i + o];
                let line = |o: usize| d(o) + (d(o + sx) - d(o)) * u;
                let plane = |o: usize| line(o) + (line(o + sy) - line(o)) * v;
                volume.data[n] *= plane(0) + (plane(sz) - plane(0)) * w;
                n += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Grid;
    use glam::{DMat3, DVec3};

    #[test]
    fn a_ramp_of_brightness_is_taken_out() {
        let grid = Grid {
            dims: [90, 100, 90],
            linear: DMat3::from_diagonal(DVec3::splat(2.0)),
            offset: DVec3::new(-90.0, -100.0, -90.0),
        };
        let mut data = Vec::new();
        for k in 0..90 {
            for j in 0..100 {
                for i in 0..90 {
                    let p = grid.to_mm(DVec3::new(f64::from(i), f64::from(j), f64::from(k)));
                    data.push(if p.length() < 80.0 { (100.0 + p.x * 0.7) as f32 } else { 1.0 });
                }
            }
        }
        let mut v = Volume { grid, data };
        let spread = |v: &Volume| {
            let at = |x: f64| v.sample(DVec3::new(x, 0.0, 0.0), 0.0);
            at(60.0) / at(-60.0)
        };
        let before = spread(&v);
        let range = correct(&mut v);
        assert!(before > 2.0 && spread(&v) < 1.6, "{before} {}", spread(&v));
        assert!(range > 1.3, "{range}");
    }
}
