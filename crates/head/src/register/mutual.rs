//! Affine registration of two images by normalised mutual information.
//!
//! The measure is that of Studholme, Hill & Hawkes (Pattern Recognition 1999;32:71–86): (H(A) + H(B)) / H(A, B) over
//! the voxels that both images have. It asks nothing of the contrast, and it does not change with the size of the
//! overlap as plain mutual information does. The joint histogram shares each value of the person's image between the
//! two nearest bins.

use glam::{DAffine3, DMat3, DQuat, DVec3};

use super::search;
use crate::volume::{Grid, Volume};

/// Bins of each image.
const BINS: usize = 32;

/// Least share of the samples that must lie in the image.
const LEAST_OVERLAP: f64 = 0.4;

/// The fixed image as points with a grey bin each.
#[derive(Clone, Debug)]
pub struct Samples {
    points: Vec<DVec3>,
    bins: Vec<u8>,
}

impl Samples {
    /// Every voxel of an image at which `keep` (of its position in mm) holds.
    pub fn new(volume: &Volume, keep: impl Fn(DVec3) -> bool) -> Self {
        let top = top(&volume.data);
        let (mut points, mut bins) = (Vec::new(), Vec::new());
        let [nx, ny, nz] = volume.grid.dims;
        for k in 0..nz {
            for j in 0..ny {
                for i in 0..nx {
                    let mm = volume.grid.to_mm(DVec3::new(i as f64, j as f64, k as f64));
                    if keep(mm) {
                        let v = f64::from(volume.data[volume.grid.index(i, j, k)]);
                        points.push(mm);
                        bins.push((v / top * BINS as f64).clamp(0.0, BINS as f64 - 1.0) as u8);
                    }
                }
            }
        }
        Self { points, bins }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
}

/// The image that is looked up, scaled to bins.
#[derive(Clone, Debug)]
pub struct Target {
    dims: [usize; 3],
    data: Vec<f32>,
    to_voxel: DAffine3,
}

impl Target {
    /// Scales an image to bins: 0 to its 99.5th percentile above 0.
    pub fn new(volume: &Volume) -> Self {
        let scale = (BINS as f64 - 1.0) / top(&volume.data);
        let limit = BINS as f32 - 1.0;
        let g = &volume.grid;
        Self {
            dims: g.dims,
            data: volume
                .data
                .iter()
                .map(|&v| (f64::from(v) * scale).clamp(0.0, f64::from(limit)) as f32)
                .collect(),
            to_voxel: DAffine3::from_mat3_translation(g.linear, g.offset).inverse(),
        }
    }

    /// Trilinear value at a voxel position, or `None` outside.
    #[inline]
    fn at(&self, v: DVec3) -> Option<f64> {
        let [nx, ny, nz] = self.dims;
        // Comparisons are false for NaN.
        if !(v.x >= 0.0 && v.y >= 0.0 && v.z >= 0.0) {
            return None;
        }
        let (i, j, k) = (v.x as usize, v.y as usize, v.z as usize);
        if i + 1 >= nx || j + 1 >= ny || k + 1 >= nz {
            return None;
        }
        let (tx, ty, tz) = (v.x - i as f64, v.y - j as f64, v.z - k as f64);
        let n = i + nx * (j + ny * k);
        let d = |o: usize| f64::from(self.data[n + o]);
        let (y, z) = (nx, nx * ny);
        let line = |o: usize| d(o) + (d(o + 1) - d(o)) * tx;
        let plane = |o: usize| line(o) + (line(o + y) - line(o)) * ty;
        Some(plane(0) + (plane(z) - plane(0)) * tz)
    }
}

/// 99.5th percentile of the values above 0 (1 where there is none).
fn top(data: &[f32]) -> f64 {
    // A sample is enough, and keeps the sort short.
    let stride = (data.len() / 200_000).max(1);
    let mut v: Vec<f32> =
        data.iter().step_by(stride).copied().filter(|v| *v > 0.0 && v.is_finite()).collect();
    v.sort_by(f32::total_cmp);
    v.get(v.len() * 995 / 1000).map_or(1.0, |&v| f64::from(v)).max(1e-12)
}

/// The built-in head is stretched at most this much, either way, along each direction: heads differ less.
const MOST_STRETCH: f64 = 1.4;

/// Whether a map keeps heads of a credible size.
fn credible(map: &DAffine3) -> bool {
    let m = map.matrix3;
    [m.x_axis, m.y_axis, m.z_axis].iter().all(|c| (1.0 / MOST_STRETCH..=MOST_STRETCH).contains(&c.length()))
}

/// Normalised mutual information of the samples, carried by `map`, and the image; 1 for unrelated images and 0 where
/// less than four tenths of the samples lie in the image or the map stretches more than heads differ.
pub fn score(samples: &Samples, target: &Target, map: &DAffine3) -> f64 {
    if !credible(map) {
        return 0.0;
    }
    let all = target.to_voxel * *map;
    let mut joint = [[0.0_f64; BINS]; BINS];
    let mut inside = 0_usize;
    for (p, &bin) in samples.points.iter().zip(&samples.bins) {
        let Some(v) = target.at(all.transform_point3(*p)) else { continue };
        inside += 1;
        let low = (v as usize).min(BINS - 2);
        let t = v - low as f64;
        let row = &mut joint[bin as usize];
        row[low] += 1.0 - t;
        row[low + 1] += t;
    }
    if inside as f64 <= LEAST_OVERLAP * samples.len() as f64 {
        return 0.0;
    }
    let total = inside as f64;
    let mut columns = [0.0; BINS];
    let (mut rows, mut both) = (0.0, 0.0);
    for row in &joint {
        let sum: f64 = row.iter().sum();
        rows += term(sum / total);
        for (c, &n) in columns.iter_mut().zip(row) {
            *c += n;
            both += term(n / total);
        }
    }
    let cols: f64 = columns.iter().map(|&n| term(n / total)).sum();
    if both > 0.0 { (rows + cols) / both } else { 0.0 }
}

fn term(p: f64) -> f64 {
    if p > 0.0 { -p * libm::log(p) } else { 0.0 }
}

/// Millimetres that a turn, a stretch or a shear of 1 moves the skin by, about: the radius of a head.
const RADIUS_MM: f64 = 90.0;

/// Numbers of an affine map: shift, turn, stretch (logarithms), shear; all in millimetres at the skin.
pub const PARAMETERS: usize = 12;

/// The affine map of [`PARAMETERS`] numbers about `centre`, followed by `base`.
pub fn affine(p: &[f64], centre: DVec3, base: &DAffine3) -> DAffine3 {
    let get = |i: usize| p.get(i).copied().unwrap_or(0.0);
    let turn = DMat3::from_quat(DQuat::from_scaled_axis(DVec3::new(get(3), get(4), get(5)) / RADIUS_MM));
    let stretch = DVec3::new(get(6), get(7), get(8)) / RADIUS_MM;
    let stretch = DMat3::from_diagonal(DVec3::from_array(stretch.to_array().map(libm::exp)));
    let shear = DVec3::new(get(9), get(10), get(11)) / RADIUS_MM;
    let shear = DMat3::from_cols(DVec3::X, DVec3::new(shear.x, 1.0, 0.0), DVec3::new(shear.y, shear.z, 1.0));
    let linear = turn * shear * stretch;
    let shift = DVec3::new(get(0), get(1), get(2));
    *base * DAffine3::from_mat3_translation(linear, centre + shift - linear * centre)
}

/// Freedom of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freedom {
    /// Shift, turn and one scale.
    Similarity,
    /// All twelve.
    Affine,
}

/// Raises the score from `base` (template mm → image mm) and returns the map and its score.
///
/// `step_mm` is the first step, halved `halvings` times.
pub fn register(
    samples: &Samples,
    target: &Target,
    centre: DVec3,
    base: &DAffine3,
    freedom: Freedom,
    step_mm: f64,
    halvings: u32,
) -> (DAffine3, f64) {
    match freedom {
        Freedom::Similarity => {
            let spread = |x: &[f64]| [x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[6], x[6]];
            let mut x = [0.0; 7];
            let best = search::minimise(&mut x, &[step_mm; 7], halvings, 4000, |x| {
                -score(samples, target, &affine(&spread(x), centre, base))
            });
            (affine(&spread(&x), centre, base), -best)
        }
        Freedom::Affine => {
            let mut x = [0.0; PARAMETERS];
            let best = search::minimise(&mut x, &[step_mm; PARAMETERS], halvings, 6000, |x| {
                -score(samples, target, &affine(x, centre, base))
            });
            (affine(&x, centre, base), -best)
        }
    }
}

/// The image on voxels of about `step_mm`, each the mean of those in it.
pub fn coarse(volume: &Volume, step_mm: f64) -> Volume {
    let size = volume.grid.voxel_mm();
    let dims = volume.grid.dims;
    let factor: [usize; 3] =
        std::array::from_fn(|a| (libm::round(step_mm / size[a]) as usize).clamp(1, dims[a].max(1)));
    if factor == [1; 3] {
        return volume.clone();
    }
    let out: [usize; 3] = std::array::from_fn(|a| (dims[a] / factor[a]).max(1));
    let mut sums = vec![0.0_f64; out[0] * out[1] * out[2]];
    for k in 0..out[2] * factor[2] {
        for j in 0..out[1] * factor[1] {
            let from = volume.grid.index(0, j, k);
            let to = out[0] * (j / factor[1] + out[1] * (k / factor[2]));
            for i in 0..out[0] * factor[0] {
                sums[to + i / factor[0]] += f64::from(volume.data[from + i]);
            }
        }
    }
    let count = (factor[0] * factor[1] * factor[2]) as f64;
    let f = DVec3::new(factor[0] as f64, factor[1] as f64, factor[2] as f64);
    Volume {
        grid: Grid {
            dims: out,
            linear: volume.grid.linear * DMat3::from_diagonal(f),
            offset: volume.grid.to_mm((f - 1.0) / 2.0),
        },
        data: sums.iter().map(|s| (s / count) as f32).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The built-in image on 4 mm voxels, moved by a map.
    fn phantom(map: &DAffine3, invert: bool) -> Volume {
        let image = crate::template::template_image();
        let grid = Grid {
            dims: [52, 62, 54],
            linear: DMat3::from_diagonal(DVec3::splat(4.0)),
            offset: DVec3::new(-104.0, -140.0, -90.0),
        };
        let back = map.inverse();
        let mut data = Vec::with_capacity(grid.len());
        for k in 0..54 {
            for j in 0..62 {
                for i in 0..52 {
                    let p = grid.to_mm(DVec3::new(f64::from(i), f64::from(j), f64::from(k)));
                    let v = image.sample(back.transform_point3(p), 0.0);
                    data.push(if invert && v > 20.0 { 250.0 - v } else { v } as f32);
                }
            }
        }
        Volume { grid, data }
    }

    #[test]
    fn a_known_map_is_found_whatever_the_contrast() {
        let centre = DVec3::new(0.0, -17.0, 15.0);
        let truth = affine(
            &[6.0, -4.0, 5.0, 8.0, -5.0, 6.0, 4.0, -3.0, 2.0, 2.0, 0.0, -2.0],
            centre,
            &DAffine3::IDENTITY,
        );
        let samples = Samples::new(&coarse(crate::template::template_image(), 6.0), |_| true);
        for invert in [false, true] {
            let target = Target::new(&phantom(&truth, invert));
            let start = DAffine3::IDENTITY;
            let (found, value) = register(&samples, &target, centre, &start, Freedom::Affine, 8.0, 4);
            assert!(value > score(&samples, &target, &start));
            for p in [DVec3::new(60.0, 0.0, 0.0), DVec3::new(0.0, -80.0, 10.0), DVec3::new(0.0, 10.0, 70.0)] {
                let d = found.transform_point3(p).distance(truth.transform_point3(p));
                assert!(d < 2.0, "{d} at {p}, inverted {invert}");
            }
        }
    }

    #[test]
    fn coarse_voxels_are_means_at_their_middle() {
        let p = phantom(&DAffine3::IDENTITY, false);
        let c = coarse(&p, 8.0);
        assert_eq!(c.grid.dims, [26, 31, 27]);
        let near: f64 = (0..8)
            .map(|n| f64::from(p.data[p.grid.index(24 + (n & 1), 28 + (n >> 1 & 1), 24 + (n >> 2))]))
            .sum();
        assert!((f64::from(c.data[c.grid.index(12, 14, 12)]) - near / 8.0).abs() < 1e-4);
        let middle = (p.grid.to_mm(DVec3::splat(24.0)) + p.grid.to_mm(DVec3::splat(25.0))) / 2.0;
        assert!(c.grid.to_mm(DVec3::splat(12.0)).distance(middle) < 1e-12);
    }

    #[test]
    fn too_little_overlap_scores_nothing() {
        let v = phantom(&DAffine3::IDENTITY, false);
        let samples = Samples::new(&v, |_| true);
        let far = DAffine3::from_translation(DVec3::X * 170.0);
        assert_eq!(score(&samples, &Target::new(&v), &far), 0.0);
    }
}
