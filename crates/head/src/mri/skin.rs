//! The scalp without the auricles, cut out of an image.

use glam::DVec3;

use crate::{
    scalp::{extract::ExtractError, gaussian, isosurface, mask::Mask, otsu},
    surface::Surface,
    volume::{Grid, Volume},
};

/// Radius of the opening that takes the auricles off, mm: they are thinner than twice that, the nose's bridge is not.
const EARS_MM: f64 = 8.0;
/// Gaps narrower than twice this are closed, so that airways do not drain the head.
const CLOSE_MM: f64 = 1.5;
/// Standard deviation of the smoothing, mm.
const SIGMA_MM: f64 = 1.0;
/// Air around the head that is kept, voxels.
const MARGIN: usize = 4;

/// A scalp and how it was cut.
#[derive(Clone, Debug)]
pub struct Skin {
    /// The outer surface of the head without auricles, mm. Where the image ends, the surface ends in a flat cut.
    pub surface: Surface,
    /// Grey value between air and skin, of the corrected image.
    pub threshold: f64,
    /// Mean and standard deviation of the air around the head.
    pub air: (f64, f64),
    /// Volume of what is head, litres.
    pub litres: f64,
}

/// Cuts the scalp out of an image whose shading has been taken out.
///
/// The threshold is half of Otsu's, since skin is darker than the brain, or four standard deviations above the air
/// around the head, whichever is higher. A mask (opening, largest part, closing, airways and hollows filled, opening by
/// 8 mm against the auricles) decides what is head; where the surface lies, the grey values decide.
///
/// # Errors
/// [`ExtractError`] for an image without contrast or without a head-sized object.
pub fn cut(image: &Volume) -> Result<Skin, ExtractError> {
    let tissue: Vec<f32> = image.data.iter().copied().filter(|v| *v != 0.0).collect();
    let between = otsu::threshold(&tissue).ok_or(ExtractError::Flat)?;
    let air = air(image, between / 2.0);
    let threshold = (between / 2.0).max((air.0 + 4.0 * air.1).min(0.8 * between));

    let (mut image, size) = cropped(image, threshold);
    let mut head = Mask::above(image.grid, &image.data, threshold);
    head.open(1.0);
    head.keep_largest();
    head.close(CLOSE_MM);
    for axis in 0..3 {
        head.fill_slices(axis);
    }
    head.fill_cavities();
    let litres = head.count() as f64 * size * 1e-6;
    if !(0.5..=20.0).contains(&litres) {
        return Err(ExtractError::Size { threshold, litres });
    }
    head.open(EARS_MM);
    head.keep_largest();

    let edge = image.grid.voxel_mm().iter().fold(0.0_f64, |a, &b| a.max(b));
    let (depth, height) = (head.squared_distance(false), head.squared_distance(true));
    let (inner, outer) = (4.0 * edge * edge, (1.0 + edge) * (1.0 + edge));
    let cap = (2.0 * threshold) as f32;
    for ((v, d), h) in image.data.iter_mut().zip(&depth).zip(&height) {
        *v = if *d > inner {
            cap
        } else if *h > outer {
            0.0
        } else {
            v.clamp(0.0, cap)
        };
    }
    gaussian::smooth(&mut image, SIGMA_MM, 0.0);
    let surface = isosurface::isosurface(&image, threshold, 0.0)?;
    Ok(Skin { surface: isosurface::largest_component(&surface)?, threshold, air, litres })
}

/// Mean and standard deviation of what lies outside the largest bright part and more than 10 mm from it; zeros are left
/// out, since blanked air says nothing.
fn air(image: &Volume, threshold: f64) -> (f64, f64) {
    let low = crate::register::mutual::coarse(image, 4.0);
    let mut head = Mask::above(low.grid, &low.data, threshold);
    head.keep_largest();
    head.dilate(10.0);
    let step = (image.data.len() / 2_000_000).max(1);
    let dims = image.grid.dims;
    let to_low = |n: usize, axis: usize| n * low.grid.dims[axis] / dims[axis];
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for at in (0..image.data.len()).step_by(step) {
        let v = f64::from(image.data[at]);
        let (i, j, k) = (at % dims[0], at / dims[0] % dims[1], at / dims[0] / dims[1]);
        let cell = low.grid.index(to_low(i, 0), to_low(j, 1), to_low(k, 2));
        if v > 0.0 && v < 2.0 * threshold && !head.inside[cell] {
            n += 1.0;
            sum += v;
            squares += v * v;
        }
    }
    if n < 100.0 {
        return (0.0, 0.0);
    }
    let mean = sum / n;
    (mean, libm::sqrt((squares / n - mean * mean).max(0.0)))
}

/// The part of an image that holds its largest bright part, with a margin, and the volume of a voxel in mm³.
fn cropped(image: &Volume, threshold: f64) -> (Volume, f64) {
    let low = crate::register::mutual::coarse(image, 4.0);
    let mut head = Mask::above(low.grid, &low.data, threshold / 2.0);
    head.keep_largest();
    let dims = image.grid.dims;
    let (mut lo, mut hi) = (dims, [0_usize; 3]);
    let [nx, ny, _] = low.grid.dims;
    let factor: [usize; 3] = std::array::from_fn(|a| (dims[a] / low.grid.dims[a]).max(1));
    for (n, _) in head.inside.iter().enumerate().filter(|(_, b)| **b) {
        let at = [n % nx, n / nx % ny, n / nx / ny];
        for a in 0..3 {
            lo[a] = lo[a].min((at[a] * factor[a]).saturating_sub(MARGIN + factor[a]));
            hi[a] = hi[a].max(((at[a] + 2) * factor[a] + MARGIN).min(dims[a]));
        }
    }
    let voxel = image.grid.voxel_mm();
    let size = voxel[0] * voxel[1] * voxel[2];
    if (0..3).any(|a| lo[a] >= hi[a]) {
        return (image.clone(), size);
    }
    let out: [usize; 3] = std::array::from_fn(|a| hi[a] - lo[a]);
    let mut data = Vec::with_capacity(out[0] * out[1] * out[2]);
    for k in lo[2]..hi[2] {
        for j in lo[1]..hi[1] {
            let from = image.grid.index(lo[0], j, k);
            data.extend_from_slice(&image.data[from..from + out[0]]);
        }
    }
    let first = DVec3::new(lo[0] as f64, lo[1] as f64, lo[2] as f64);
    let grid = Grid { dims: out, linear: image.grid.linear, offset: image.grid.to_mm(first) };
    (Volume { grid, data }, size)
}
