//! The inion, seen in the image: where the occipital bone leaves the scalp.
//!
//! Above the external occipital protuberance the outer table of the occipital bone runs a few millimetres beneath the
//! skin; below it the nuchal muscles lie between, and the bone turns inward. On the midline the depth of the bone is
//! therefore nearly constant above the inion and grows by about a millimetre a millimetre below it. The bend of that line
//! is what an examiner's finger finds as the bump, and what the published inions of Colin27 and MNI152 have in common
//! (docs/real-heads.md).
//!
//! The image along the midline is straightened: one row for each millimetre along the skin, one column for each half
//! millimetre inward. The outer edge of the bone is followed from above by dynamic programming: bright outside, dark
//! inside and for half a centimetre beyond, never coming back toward the skin. Two straight lines are laid through it.

use glam::{DMat3, DVec3};

use super::checks;
use crate::{
    curve::{
        Curve,
        plane_cut::{Stop, walk},
    },
    frame::Side,
    landmark::{Landmarks, name},
    surface::Surface,
    volume::Volume,
};

/// The inion may lie this far from where it was carried, mm along the skin.
const REACH_MM: f64 = 28.0;
/// Skin that is looked at below and above the carried inion, mm.
const BELOW_MM: i32 = 45;
/// Above it.
const ABOVE_MM: i32 = 38;
/// Step inward, mm.
const STEP_MM: f64 = 0.5;
/// Columns of the straightened image.
const COLUMNS: usize = 90;
/// The edge lies in these columns; from the third on it has left the picture, and where it is no longer counts.
const EDGE: [usize; 3] = [8, 66, 58];
/// Bone must be darker than what covers it by this share …
const LEAST_CONTRAST: f64 = 0.3;
/// … and darker than the brain beneath it: at most this share.
const LEAST_DARK: f64 = 0.6;
/// Where the edge lies this much deeper than above, it has left the skin, mm; the second where the image ends before that.
const DIVE_MM: [f64; 2] = [8.0, 6.0];
/// The two lines must fit the edge this well, root mean square, mm.
const MOST_RMS_MM: f64 = 1.0;
/// The edge must turn inward by this much, mm a mm.
const LEAST_TURN: f64 = 0.3;
/// Standard deviation of the rule, mm: the published inions of Colin27 and MNI152 lie about 1.5 mm from the bend, and
/// marking a point has its own error.
const RULE_SD_MM: f64 = 2.0;

/// An inion that was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inion {
    /// On the skin, mm.
    pub at: DVec3,
    /// Standard deviation along the skin, mm: the rule's and how sharp the bend is.
    pub sd_mm: f64,
    /// How well the two lines fit the edge of the bone, root mean square, mm.
    pub rms_mm: f64,
}

/// The straightened image, from below to above.
struct Strip {
    /// Position on the skin of each row, mm.
    rows: Vec<DVec3>,
    /// Grey values, row by row.
    grey: Vec<[f64; COLUMNS]>,
    /// The row that the inion was carried to.
    middle: f64,
}

/// Finds it, or `None` where the image does not show it: no bone seen, too little of the neck, no clear bend.
///
/// `image` must have its shading taken out; `landmarks` are those carried over, on `skin`.
pub fn find(image: &Volume, skin: &Surface, landmarks: &Landmarks) -> Option<Inion> {
    let strip = straightened(image, skin, landmarks)?;
    let edge = follow(&likely(&strip)?);
    bend(&strip, &edge)
}

fn straightened(image: &Volume, skin: &Surface, landmarks: &Landmarks) -> Option<Strip> {
    let mm = |n| landmarks.mm(n, Side::Midline);
    let (nasion, inion, vertex) = (mm(name::NASION)?, mm(name::INION)?, mm("vertex")?);
    let normal = (nasion - inion).cross(vertex - inion).try_normalize()?;
    let from = skin.closest(inion).0;
    let half = |toward: DVec3, mm: i32| -> Option<Curve> {
        walk(skin, from, normal, toward, Stop::After(f64::from(mm) + 8.0)).ok()
    };
    let (up, down) = (half(vertex - inion, ABOVE_MM)?, half(inion - vertex, BELOW_MM)?);
    let place = |s: f64| if s >= 0.0 { up.position_at(s) } else { down.position_at(-s) };
    let inside = (nasion + vertex + inion) / 3.0;
    // Downward as far as the image goes.
    let seen = |s: &i32| checks::inside_mm(image, place(f64::from(*s))) > 2.0;
    let lowest = (-BELOW_MM..=ABOVE_MM).rev().take_while(seen).last()?;
    let (mut rows, mut grey) = (Vec::new(), Vec::new());
    for s in lowest..=ABOVE_MM {
        let s = f64::from(s);
        let p = place(s);
        // The skin's direction over a centimetre: small waves of the skin must not sway the line inward.
        let along = (place(s + 6.0) - place(s - 6.0)).normalize_or_zero();
        let inward = normal.cross(along).normalize_or_zero();
        let inward = if inward.dot(inside - p) > 0.0 { inward } else { -inward };
        let mut row = [0.0; COLUMNS];
        for (c, v) in row.iter_mut().enumerate() {
            let q = p + inward * (c as f64 * STEP_MM);
            // The mean over 6 mm across the midline.
            *v = (-2..=2).map(|o| image.sample(q + normal * (1.5 * f64::from(o)), 0.0)).sum::<f64>() / 5.0;
        }
        rows.push(p);
        grey.push(row);
    }
    Some(Strip { rows, grey, middle: f64::from(-lowest) })
}

/// For each place how likely the outer edge of the bone runs there: brighter outside than inside, and dark beyond.
fn likely(strip: &Strip) -> Option<Vec<[f64; COLUMNS]>> {
    let above = strip.grey.get(strip.middle as usize + 10..)?;
    let sorted = |columns: std::ops::Range<usize>| {
        let mut v: Vec<f64> = above.iter().flat_map(|r| r[columns.clone()].iter().copied()).collect();
        v.sort_by(f64::total_cmp);
        v
    };
    let (cover, bone, brain) = (sorted(4..11), sorted(10..41), sorted(50..COLUMNS));
    let cover = *cover.get(cover.len() / 2)?;
    let (bone, brain) = (*bone.get(bone.len() / 10)?, *brain.get(brain.len() / 2)?);
    if cover.is_nan() || cover - bone < LEAST_CONTRAST * cover || bone > LEAST_DARK * brain {
        return None;
    }
    // Fat is brighter than muscle: both are not bone.
    let level = |v: f64| ((v - bone) / (cover - bone)).clamp(0.0, 0.8) / 0.8;
    let of = |row: &[f64; COLUMNS]| {
        let v = row.map(level);
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        let mut out = [0.0; COLUMNS];
        for (c, o) in out.iter_mut().enumerate().take(EDGE[2]).skip(EDGE[0]) {
            *o = mean(&v[c - 3..c]) - mean(&v[c..c + 3]) - mean(&v[c + 1..c + 11]);
        }
        out
    };
    Some(strip.grey.iter().map(of).collect())
}

/// The column of the edge in each row: the most likely path from above that goes at most 2 mm deeper a row.
fn follow(likely: &[[f64; COLUMNS]]) -> Vec<usize> {
    const DEEPER: usize = 4;
    let n = likely.len();
    let mut sum = vec![[f64::NEG_INFINITY; COLUMNS]; n];
    let mut from = vec![[0_usize; COLUMNS]; n];
    for r in (0..n).rev() {
        for c in EDGE[0]..EDGE[1] {
            let before = (0..=DEEPER).map(|d| c.saturating_sub(d)).map(|k| match sum.get(r + 1) {
                Some(above) => (above[k] - 0.03 * (c - k) as f64, k),
                None => (0.0, c),
            });
            let (best, k) =
                before.fold((f64::NEG_INFINITY, c), |best, v| if v.0 > best.0 { v } else { best });
            sum[r][c] = best + likely[r][c];
            from[r][c] = k;
        }
    }
    let Some(last) = sum.first() else { return Vec::new() };
    let mut c = (EDGE[0]..EDGE[1]).fold(EDGE[0], |best, c| if last[c] > last[best] { c } else { best });
    (0..n)
        .map(|r| {
            let here = c;
            c = from[r][c];
            here
        })
        .collect()
}

/// Where two straight lines through the edge meet.
fn bend(strip: &Strip, edge: &[usize]) -> Option<Inion> {
    let depth: Vec<f64> = edge.iter().map(|c| *c as f64 * STEP_MM).collect();
    let upper = strip.middle as usize + 8;
    let (base, slope) = line(depth.get(upper..)?, upper as f64)?;
    // The first row, going down, that has clearly left the skin; what the bone does deeper says nothing of the bend.
    let dives = |mm: f64| (0..depth.len()).rev().find(|r| depth[*r] - (base + slope * *r as f64) > mm);
    let lowest = DIVE_MM.into_iter().find_map(dives)?;
    let part = &depth[lowest..];
    let most = (strip.middle + REACH_MM).min(depth.len() as f64 - 11.0);
    let steps = (2.0 * (most - lowest as f64 - 2.0)).max(0.0) as usize;
    let tried: Vec<(f64, f64, [f64; 3])> = (0..=steps)
        .filter_map(|n| {
            let at = lowest as f64 + 2.0 + n as f64 / 2.0;
            let (squares, c) = hinge(part, lowest as f64, at)?;
            Some((squares, at, c))
        })
        .collect();
    let best = tried.iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
    let (squares, at, [_, above, below]) = *best;
    let n = part.len() as f64;
    let rms_mm = libm::sqrt(squares / n);
    if rms_mm > MOST_RMS_MM || above - below < LEAST_TURN || (at - strip.middle).abs() >= REACH_MM {
        return None;
    }
    // As wide as a uniform distribution over what fits nearly as well.
    let near = tried.iter().filter(|t| t.0 <= 1.25 * squares + 0.02 * n);
    let (lo, hi) = near.fold((at, at), |(lo, hi), t| (lo.min(t.1), hi.max(t.1)));
    let (row, t) = (at as usize, at - libm::floor(at));
    let place = strip.rows.get(row)?.lerp(*strip.rows.get(row + 1)?, t);
    Some(Inion { at: place, sd_mm: libm::hypot(RULE_SD_MM, (hi - lo) / libm::sqrt(12.0)), rms_mm })
}

/// A straight line through values at `first`, `first` + 1 …, by least absolute errors: base and slope.
fn line(values: &[f64], first: f64) -> Option<(f64, f64)> {
    if values.len() < 10 {
        return None;
    }
    let mut weights = vec![1.0; values.len()];
    let mut fit = (0.0, 0.0);
    for _ in 0..6 {
        let (mut w, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for ((n, v), k) in values.iter().enumerate().zip(&weights) {
            let at = first + n as f64;
            w += k;
            x += k * at;
            y += k * v;
            xx += k * at * at;
            xy += k * at * v;
        }
        let slope = (w * xy - x * y) / (w * xx - x * x);
        fit = ((y - slope * x) / w, slope);
        for ((n, v), k) in values.iter().enumerate().zip(&mut weights) {
            *k = 1.0 / (v - fit.0 - fit.1 * (first + n as f64)).abs().max(0.3);
        }
    }
    Some(fit)
}

/// Two lines that meet at `at`, by least squares: the squares that are left, and depth there, slope above, slope below.
fn hinge(values: &[f64], first: f64, at: f64) -> Option<(f64, [f64; 3])> {
    let terms = |n: usize| {
        let u = first + n as f64 - at;
        DVec3::new(1.0, u.max(0.0), u.min(0.0))
    };
    let (mut normal, mut right) = (DMat3::ZERO, DVec3::ZERO);
    for (n, v) in values.iter().enumerate() {
        let t = terms(n);
        normal += DMat3::from_cols(t * t.x, t * t.y, t * t.z);
        right += t * *v;
    }
    if normal.determinant().abs() < 1e-9 {
        return None;
    }
    let c = normal.inverse() * right;
    let squares = values.iter().enumerate().map(|(n, v)| (c.dot(terms(n)) - v) * (c.dot(terms(n)) - v)).sum();
    Some((squares, c.to_array()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template;

    /// An image of the built-in head with fat, bone that leaves the skin `at` mm above the carried inion, and brain.
    fn painted(at: f64, bone: f64) -> (Volume, Surface, Landmarks) {
        let head = template::template();
        let skin = head.skin.clone();
        let inion = head.landmarks.mm(name::INION, Side::Midline).unwrap();
        let size = 1.5;
        let grid = crate::volume::Grid {
            dims: [20, 60, 110],
            linear: glam::DMat3::from_diagonal(DVec3::splat(size)),
            offset: inion + DVec3::new(-15.0, -20.0, -80.0),
        };
        let mut data = Vec::new();
        for k in 0..110 {
            for j in 0..60 {
                for i in 0..20 {
                    let p = grid.to_mm(DVec3::new(f64::from(i), f64::from(j), f64::from(k)));
                    let (place, d) = skin.closest(p);
                    let inside = (p - skin.position(place)).dot(skin.normal(place)) < 0.0;
                    let below = (inion.z + at - skin.position(place).z).max(0.0);
                    let edge = 7.0 + 1.1 * below;
                    let v = match (inside, d) {
                        (false, _) => 0.0,
                        (_, d) if d < 5.0 => 200.0,
                        (_, d) if d < edge => 110.0,
                        (_, d) if d < edge + 7.0 => bone,
                        _ => 150.0,
                    };
                    data.push(v as f32);
                }
            }
        }
        (Volume { grid, data }, skin, head.landmarks)
    }

    #[test]
    fn a_bone_that_leaves_the_skin_is_found_where_it_does() {
        for at in [-14.0, 0.0, 9.0] {
            let (image, skin, landmarks) = painted(at, 20.0);
            let found = find(&image, &skin, &landmarks).unwrap();
            let truth = landmarks.mm(name::INION, Side::Midline).unwrap().z + at;
            assert!((found.at.z - truth).abs() < 3.0, "{} for {truth}, sd {}", found.at.z, found.sd_mm);
            assert!(found.sd_mm < 4.0, "{}", found.sd_mm);
        }
    }

    #[test]
    fn an_image_that_ends_soon_below_still_shows_it() {
        let (mut image, skin, landmarks) = painted(0.0, 20.0);
        let whole = find(&image, &skin, &landmarks).unwrap();
        // The bone goes 1.1 mm deeper a millimetre: 7 mm below the bend it has gone 7.7.
        let cut = landmarks.mm(name::INION, Side::Midline).unwrap().z - 9.0;
        let off = libm::floor((cut - image.grid.offset.z) / 1.5) as usize;
        let slice = image.grid.dims[0] * image.grid.dims[1];
        image.data.drain(..off * slice);
        image.grid.dims[2] -= off;
        image.grid.offset.z += 1.5 * off as f64;
        let found = find(&image, &skin, &landmarks).unwrap();
        assert!(found.at.distance(whole.at) < 3.0, "{} {}", found.at, whole.at);
    }

    #[test]
    fn without_bone_nothing_is_found() {
        let (image, skin, landmarks) = painted(0.0, 150.0);
        assert_eq!(find(&image, &skin, &landmarks), None);
    }
}
