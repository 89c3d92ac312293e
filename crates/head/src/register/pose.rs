//! Which way up an image is.
//!
//! The header says where left, front and top are. Whether the picture agrees can be seen, except for one thing: a head
//! and its mirror image look alike, so left and right are the header's word alone. All 24 turns that take axes to
//! axes are tried, each with the top of the head brought to the template's top; the one that fits best must be the
//! header's.

use glam::{DAffine3, DMat3, DVec3};

use super::mutual::{self, Freedom, Samples, Target};
use crate::{
    scalp::{mask::Mask, otsu},
    volume::Volume,
};

/// A turn of the axes and how well the head fits with it.
#[derive(Clone, Copy, Debug)]
pub struct Pose {
    /// Turns directions of the template (right, anterior, superior) into directions of the image, in mm.
    pub turn: DMat3,
    /// Template mm → image mm, after a registration with seven numbers.
    pub map: DAffine3,
    /// Normalised mutual information.
    pub score: f64,
}

impl Pose {
    /// Whether the image's axes are what the header says.
    pub fn is_headers(&self) -> bool {
        self.turn == DMat3::IDENTITY
    }

    /// Where the nose points by this pose, in the header's words.
    pub fn nose(&self) -> &'static str {
        direction(self.turn.y_axis)
    }

    /// Where the crown points by this pose, in the header's words.
    pub fn crown(&self) -> &'static str {
        direction(self.turn.z_axis)
    }
}

fn direction(d: DVec3) -> &'static str {
    let names = [("the right", "the left"), ("the front", "the back"), ("the top", "the bottom")];
    let a = d.abs();
    let axis = if a.x >= a.y && a.x >= a.z {
        0
    } else if a.y >= a.z {
        1
    } else {
        2
    };
    if d[axis] >= 0.0 { names[axis].0 } else { names[axis].1 }
}

/// The 24 turns of axes onto axes, the identity first.
pub fn turns() -> Vec<DMat3> {
    let axes = [DVec3::X, DVec3::NEG_X, DVec3::Y, DVec3::NEG_Y, DVec3::Z, DVec3::NEG_Z];
    let mut out = Vec::with_capacity(24);
    for x in axes {
        for y in axes {
            if x.dot(y) == 0.0 {
                out.push(DMat3::from_cols(x, y, x.cross(y)));
            }
        }
    }
    out.sort_by_key(|m| *m != DMat3::IDENTITY);
    out
}

/// The turn of axes that a map comes nearest to.
pub fn nearest_turn(map: &DAffine3) -> DMat3 {
    let m = map.matrix3;
    let columns = [m.x_axis, m.y_axis, m.z_axis].map(DVec3::normalize_or_zero);
    let fit = |t: &DMat3| t.x_axis.dot(columns[0]) + t.y_axis.dot(columns[1]) + t.z_axis.dot(columns[2]);
    turns().into_iter().fold(DMat3::IDENTITY, |best, t| if fit(&t) > fit(&best) + 1e-9 { t } else { best })
}

/// Scores every turn; best first. `centre` is the middle of the template, `crown` its highest point, both in mm; the
/// image should have voxels of about 8 mm.
///
/// Empty where the image has one grey value.
pub fn poses(samples: &Samples, image: &Volume, centre: DVec3, crown: DVec3) -> Vec<Pose> {
    let Some(points) = foreground(image) else { return Vec::new() };
    let target = Target::new(image);
    let turns = turns();
    let one = |turn: &DMat3| {
        let start = start(&points, turn, centre, crown);
        let map = DAffine3::from_mat3_translation(*turn, start);
        let (map, score) = mutual::register(samples, &target, centre, &map, Freedom::Similarity, 16.0, 2);
        Pose { turn: *turn, map, score }
    };
    // Two workers on fixed halves: the result does not depend on who is faster.
    let (a, b) = turns.split_at(turns.len() / 2);
    let mut all = std::thread::scope(|s| {
        let other = s.spawn(|| b.iter().map(one).collect::<Vec<_>>());
        let mut mine: Vec<Pose> = a.iter().map(one).collect();
        if let Ok(theirs) = other.join() {
            mine.extend(theirs);
        }
        mine
    });
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    all
}

/// Positions of the voxels of the largest bright part.
fn foreground(image: &Volume) -> Option<Vec<DVec3>> {
    let tissue: Vec<f32> = image.data.iter().copied().filter(|v| *v != 0.0).collect();
    let threshold = otsu::threshold(&tissue)? / 2.0;
    let mut mask = Mask::above(image.grid, &image.data, threshold);
    mask.keep_largest();
    let [nx, ny, nz] = image.grid.dims;
    let mut out = Vec::new();
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                if mask.inside[image.grid.index(i, j, k)] {
                    out.push(image.grid.to_mm(DVec3::new(i as f64, j as f64, k as f64)));
                }
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

/// The shift that puts the template's crown at the top of the head under a turn, and its middle in the middle of
/// what lies within a head's height of the top.
pub(super) fn start(points: &[DVec3], turn: &DMat3, centre: DVec3, crown: DVec3) -> DVec3 {
    const SLAB_MM: f64 = 110.0;
    let (right, front, up) = (turn.x_axis, turn.y_axis, turn.z_axis);
    // The hundred highest voxels may be noise; the top is where the hundredth lies.
    let mut heights: Vec<f64> = points.iter().map(|p| p.dot(up)).collect();
    let n = heights.len();
    let nth = n - 1 - (n / 500).min(n - 1);
    heights.sort_by(f64::total_cmp);
    let top = heights[nth];
    let extent = |d: DVec3| {
        let (lo, hi) = points
            .iter()
            .filter(|p| p.dot(up) > top - SLAB_MM)
            .map(|p| p.dot(d))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        (lo + hi) / 2.0
    };
    let at = right * extent(right) + front * extent(front) + up * top;
    let from = DVec3::new(centre.x, centre.y, crown.z);
    at - *turn * from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_24_proper_turns() {
        let t = turns();
        assert_eq!(t.len(), 24);
        assert_eq!(t[0], DMat3::IDENTITY);
        assert!(t.iter().all(|m| (m.determinant() - 1.0).abs() < 1e-12));
        for (i, a) in t.iter().enumerate() {
            assert!(t[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn directions_are_named_as_the_header_has_them() {
        let back = DMat3::from_cols(DVec3::NEG_X, DVec3::NEG_Y, DVec3::Z);
        let p = Pose { turn: back, map: DAffine3::IDENTITY, score: 1.0 };
        assert_eq!((p.nose(), p.crown(), p.is_headers()), ("the back", "the top", false));
    }
}
