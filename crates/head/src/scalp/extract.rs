//! The scalp of a T1-weighted head image.

use thiserror::Error;

use super::{gaussian, isosurface, mask::Mask, otsu};
use crate::{
    surface::{Surface, SurfaceError},
    volume::Volume,
};

/// How a scalp is taken from an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Grey value that parts skin from air; `None` takes half of Otsu's threshold, since skin is darker than the
    /// brain. Voxels of exactly 0 are left out of it: many images have their background blanked.
    pub threshold: Option<f64>,
    /// Radius of the opening that removes noise in the air, mm.
    pub open_mm: f64,
    /// Radius of the closing that seals ear canals and nostrils, mm.
    pub close_mm: f64,
    /// Standard deviation of the smoothing, mm.
    pub sigma_mm: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { threshold: None, open_mm: 1.0, close_mm: 4.0, sigma_mm: 1.0 }
    }
}

/// Why there is no scalp.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ExtractError {
    /// The image has one grey value.
    #[error("every voxel of the image has the same value: there is nothing to separate")]
    Flat,
    /// The head is too small, or missing.
    #[error("what is brighter than {threshold:.1} has {litres:.3} litres; a head has between 0.5 and 20")]
    Size {
        /// The grey value used.
        threshold: f64,
        /// Volume found.
        litres: f64,
    },
    /// The surface could not be built.
    #[error("the scalp's surface is unusable: {0}")]
    Surface(#[from] SurfaceError),
}

/// The closed outer surface of the head, in mm, and the grey value it was cut at.
///
/// A mask (threshold, opening, largest part, closing, cavities and airways filled) decides what is head; the
/// position of the surface then comes from the grey values themselves, capped at twice the threshold and
/// smoothed, so that it lies between voxels rather than on them.
///
/// # Errors
/// [`ExtractError`] for an image without contrast or without a head-sized object.
pub fn scalp(image: &Volume, options: &Options) -> Result<(Surface, f64), ExtractError> {
    let threshold = match options.threshold {
        Some(t) => t,
        None => {
            let tissue: Vec<f32> = image.data.iter().copied().filter(|&v| v != 0.0).collect();
            otsu::threshold(&tissue).ok_or(ExtractError::Flat)? / 2.0
        }
    };
    let mut head = Mask::above(image.grid, &image.data, threshold);
    head.open(options.open_mm);
    head.keep_largest();
    head.close(options.close_mm);
    for axis in 0..3 {
        head.fill_slices(axis);
    }
    head.fill_cavities();
    let size = image.grid.voxel_mm();
    let litres = head.count() as f64 * size[0] * size[1] * size[2] * 1e-6;
    if !(0.5..=20.0).contains(&litres) {
        return Err(ExtractError::Size { threshold, litres });
    }
    // Two voxels' width around the mask keeps its grey values; deeper is head, farther out is air.
    let rim = 2.0 * size.iter().fold(0.0_f64, |a, &b| a.max(b));
    let (depth, height) = (head.squared_distance(false), head.squared_distance(true));
    let cap = (2.0 * threshold) as f32;
    let mut soft = Volume { grid: image.grid, data: Vec::with_capacity(image.data.len()) };
    for (n, &v) in image.data.iter().enumerate() {
        soft.data.push(if depth[n] > rim * rim {
            cap
        } else if height[n] > rim * rim {
            0.0
        } else {
            v.clamp(0.0, cap)
        });
    }
    gaussian::smooth(&mut soft, options.sigma_mm, 0.0);
    let surface = isosurface::isosurface(&soft, threshold, 0.0)?;
    Ok((isosurface::largest_component(&surface)?, threshold))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Grid;
    use glam::{DMat3, DVec3};

    /// A ball of tissue with a dark hollow that an airway connects to the outside, a bright speck and noise.
    fn phantom() -> Volume {
        let grid = Grid {
            dims: [80, 80, 80],
            linear: DMat3::from_diagonal(DVec3::splat(2.0)),
            offset: DVec3::splat(-80.0),
        };
        let mut data = Vec::new();
        let mut state = 1_u32;
        for k in 0..80 {
            for j in 0..80 {
                for i in 0..80 {
                    let p = grid.to_mm(DVec3::new(f64::from(i), f64::from(j), f64::from(k)));
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let noise = f64::from(state >> 24) / 256.0 * 8.0;
                    // Partial volume: a ramp of one voxel across the skin.
                    let edge = ((60.0 - p.length()) / 2.0 + 0.5).clamp(0.0, 1.0);
                    let airway = p.distance(DVec3::new(0.0, 40.0, 0.0)) < 12.0
                        || (p.x.abs() < 3.0 && p.z.abs() < 3.0 && p.y > 40.0);
                    let speck = p.distance(DVec3::splat(-70.0)) < 5.0;
                    data.push(
                        (if speck {
                            100.0
                        } else if airway {
                            0.0
                        } else {
                            100.0 * edge
                        } + noise) as f32,
                    );
                }
            }
        }
        Volume { grid, data }
    }

    #[test]
    fn a_phantom_gives_its_ball() {
        let (s, _) = scalp(&phantom(), &Options { threshold: Some(54.0), ..Options::default() }).unwrap();
        assert!(s.is_watertight());
        assert_eq!((s.euler_characteristic(), s.components().1), (2, 1));
        let far = s.vertices().iter().filter(|v| (v.length() - 60.0).abs() > 0.6).count();
        assert!((far as f64) < 0.01 * s.vertices().len() as f64, "{far} of {}", s.vertices().len());
    }

    #[test]
    fn an_empty_image_is_refused() {
        let mut v = phantom();
        v.data.fill(1.0);
        assert_eq!(scalp(&v, &Options::default()).unwrap_err(), ExtractError::Flat);
        v.data[5] = 100.0;
        v.data[6] = 0.0;
        assert!(matches!(scalp(&v, &Options::default()), Err(ExtractError::Size { .. })));
    }
}
