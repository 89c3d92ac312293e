//! A shell that sits on one head, with slots along zones: to be printed in 3D.
//!
//! The shell is a field of distances on a grid, not a mesh that is cut: inside where a place lies between the skin
//! with its clearance and a wall outside it, above a rim, and outside every slot. Its isosurface is closed and
//! manifold whatever the slots do. Marks are engraved: pits half a wall deep at landmarks, a groove along the
//! midline, and the letters L and R on the patient's left and right.

use std::collections::BTreeMap;

use glam::{DMat3, DVec3};
use thiserror::Error;

use crate::{
    frame::Side,
    head::Head,
    scalp::isosurface::{isosurface, largest_component},
    surface::Surface,
    volume::{Grid, Volume},
};

/// What a guide is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Thickness of the wall, mm.
    pub wall_mm: f64,
    /// Gap between skin and shell, mm: hair and the spread of a printer.
    pub clearance_mm: f64,
    /// Width of the slots, mm.
    pub slot_mm: f64,
    /// Edge of the grid, mm.
    pub voxel_mm: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { wall_mm: 2.0, clearance_mm: 1.0, slot_mm: 3.0, voxel_mm: 1.0 }
    }
}

/// Why there is no guide.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum GuideError {
    /// A size that cannot be printed.
    #[error("{what} is {found} mm; expected {low} to {high}")]
    Size {
        /// Which size.
        what: &'static str,
        /// As given.
        found: f64,
        /// Least.
        low: f64,
        /// Most.
        high: f64,
    },
    /// No zones, or none on the part of the head that the shell covers.
    #[error("none of the zones lies on the part of the head that a guide covers, {0:.0} mm above its rim")]
    NoZones(f64),
    /// The head lacks its upright axes.
    #[error("a guide needs nasion and both preauricular points")]
    NoAxes,
    /// The slots leave no shell, or the skin is no surface with an inside.
    #[error("no shell is left: {0}")]
    NoShell(String),
}

/// A slot: points closer together than its width become round holes.
#[derive(Clone, Debug)]
pub struct Slot {
    /// A line on the skin, mm; one position for a point.
    pub path: Vec<DVec3>,
    /// Whether the last position is joined to the first.
    pub closed: bool,
}

/// Half the width of the band of distances around the shell, mm.
const BAND_MM: f64 = 6.0;
/// The rim runs this far above the level of the preauricular points, mm: free of the ears, whose root reaches 28.5 mm above it on
/// Colin27 (template/README.md).
const RIM_MM: f64 = 30.0;
/// Uncut bridges: a slot longer than this is interrupted, mm, so that the shell holds together.
const BRIDGE_EVERY_MM: f64 = 45.0;
/// Length of a bridge, mm.
const BRIDGE_MM: f64 = 5.0;

/// The shell of a head with slots.
///
/// # Errors
/// [`GuideError`].
pub fn guide(head: &Head, slots: &[Slot], options: &Options) -> Result<Surface, GuideError> {
    let o = options;
    for (what, found, low, high) in [
        ("the wall", o.wall_mm, 0.8, 6.0),
        ("the clearance", o.clearance_mm, 0.0, 10.0),
        ("a slot", o.slot_mm, 1.0, 12.0),
        ("the grid", o.voxel_mm, 0.4, 2.0),
    ] {
        if !(low..=high).contains(&found) {
            return Err(GuideError::Size { what, found, low, high });
        }
    }
    let axes = head.axes().ok_or(GuideError::NoAxes)?;
    let lpa = head.landmarks.mm(crate::landmark::name::PREAURICULAR, Side::Left).ok_or(GuideError::NoAxes)?;
    let rpa =
        head.landmarks.mm(crate::landmark::name::PREAURICULAR, Side::Right).ok_or(GuideError::NoAxes)?;
    let middle = (lpa + rpa) / 2.0;
    let rim = middle.dot(axes.superior) + RIM_MM;
    let above_rim = |p: DVec3| p.dot(axes.superior) - rim;
    if !slots.iter().flat_map(|s| &s.path).any(|&p| above_rim(p) > o.slot_mm) {
        return Err(GuideError::NoZones(o.slot_mm));
    }
    let covered = |v: &&DVec3| above_rim(**v) > -BAND_MM;
    let (low, high) = head
        .skin
        .vertices()
        .iter()
        .filter(covered)
        .fold((DVec3::INFINITY, DVec3::NEG_INFINITY), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    if !low.is_finite() {
        return Err(GuideError::NoShell("the head has no skin above the rim".to_owned()));
    }
    let margin = DVec3::splat(o.clearance_mm + o.wall_mm + BAND_MM);
    let dims = ((high - low + margin * 2.0) / o.voxel_mm).to_array().map(|n| libm::ceil(n) as usize + 1);
    let grid = Grid { dims, linear: DMat3::from_diagonal(DVec3::splat(o.voxel_mm)), offset: low - margin };
    // Height above the skin, only near it; far away the shell is absent anyway.
    let near = heights(&head.skin, &grid);
    let slots = bridged(slots);
    let marks = marks(head, &axes, &slots);
    let mut data = vec![-1.0_f32; grid.len()];
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            for i in 0..dims[0] {
                let at = grid.index(i, j, k);
                let Some(&(h, foot)) = near.get(&at) else { continue };
                let p = grid.to_mm(DVec3::new(i as f64, j as f64, k as f64));
                // Positive inside the wall; the smaller of the distances to its faces.
                let wall = (h - o.clearance_mm).min(o.clearance_mm + o.wall_mm - h).min(above_rim(p));
                if wall > -o.voxel_mm * 2.0 {
                    // Measured on the skin, so that a slot runs straight through the wall.
                    let cut = distance(&slots, foot) - o.slot_mm / 2.0;
                    let top = o.clearance_mm + o.wall_mm - h;
                    let engraved = marks.distance(foot).max(top - o.wall_mm / 2.0);
                    data[at] = wall.min(cut).min(engraved) as f32;
                }
            }
        }
    }
    let shell =
        isosurface(&Volume { grid, data }, 0.0, -1.0).map_err(|e| GuideError::NoShell(e.to_string()))?;
    largest_component(&shell).map_err(|e| GuideError::NoShell(e.to_string()))
}

/// Signed height above the skin, mm, and its foot on the skin, of the grid points near the skin.
fn heights(skin: &Surface, grid: &Grid) -> BTreeMap<usize, (f64, DVec3)> {
    let reach = BAND_MM + 2.0;
    let voxel = grid.linear.x_axis.x;
    let r = libm::ceil(reach / voxel) as i64;
    let mut near = vec![false; grid.len()];
    let [nx, ny, nz] = grid.dims.map(|n| n as i64);
    for v in skin.vertices() {
        let c = grid.to_voxel(*v).round();
        let (x, y, z) = (c.x as i64, c.y as i64, c.z as i64);
        if x < -r || y < -r || z < -r || x > nx + r || y > ny + r || z > nz + r {
            continue;
        }
        for k in (z - r).max(0)..=(z + r).min(nz - 1) {
            for j in (y - r).max(0)..=(y + r).min(ny - 1) {
                for i in (x - r).max(0)..=(x + r).min(nx - 1) {
                    near[grid.index(i as usize, j as usize, k as usize)] = true;
                }
            }
        }
    }
    let mut out = BTreeMap::new();
    for (at, _) in near.iter().enumerate().filter(|(_, n)| **n) {
        let (i, j, k) =
            (at % grid.dims[0], at / grid.dims[0] % grid.dims[1], at / grid.dims[0] / grid.dims[1]);
        let p = grid.to_mm(DVec3::new(i as f64, j as f64, k as f64));
        let (s, d) = skin.closest(p);
        let foot = skin.position(s);
        let outside = (p - foot).dot(skin.normal(s)) >= 0.0;
        out.insert(at, (if outside { d } else { -d }, foot));
    }
    out
}

/// Slots cut into stretches with bridges between, as segments.
fn bridged(slots: &[Slot]) -> Vec<[DVec3; 2]> {
    let mut out = Vec::new();
    for slot in slots {
        let mut path = slot.path.clone();
        if slot.closed
            && let Some(&first) = path.first()
        {
            path.push(first);
        }
        if path.len() == 1 {
            out.push([path[0], path[0]]);
        }
        let mut s = 0.0;
        for w in path.windows(2) {
            let d = w[0].distance(w[1]);
            // A stretch of slot, then a bridge: whole segments, which are a few millimetres long.
            let phase = (s + d / 2.0) % BRIDGE_EVERY_MM;
            if phase < BRIDGE_EVERY_MM - BRIDGE_MM {
                out.push([w[0], w[1]]);
            }
            s += d;
        }
    }
    out
}

fn distance(segments: &[[DVec3; 2]], p: DVec3) -> f64 {
    segments.iter().map(|&[a, b]| to_segment(p, a, b)).fold(f64::INFINITY, f64::min)
}

fn to_segment(p: DVec3, a: DVec3, b: DVec3) -> f64 {
    let d = b - a;
    let l = d.length_squared();
    let t = if l > 0.0 { ((p - a).dot(d) / l).clamp(0.0, 1.0) } else { 0.0 };
    p.distance(a + d * t)
}

/// What is engraved.
struct Marks {
    strokes: Vec<[DVec3; 2]>,
    half_mm: f64,
}

impl Marks {
    /// Distance from the stroke's border, negative inside.
    fn distance(&self, p: DVec3) -> f64 {
        distance(&self.strokes, p) - self.half_mm
    }
}

/// Height of a letter, mm.
const LETTER_MM: f64 = 14.0;

/// Where a letter may stand, mm in front of the ear; the first has precedence.
const LETTER_PLACES_MM: [f64; 5] = [0.0, -30.0, 30.0, -50.0, 45.0];

/// Strokes of L and R on a square of 1, x to the reader's right, y up.
const L_STROKES: [[[f64; 2]; 2]; 2] = [[[0.2, 1.0], [0.2, 0.0]], [[0.2, 0.0], [0.75, 0.0]]];
const R_STROKES: [[[f64; 2]; 2]; 5] = [
    [[0.2, 0.0], [0.2, 1.0]],
    [[0.2, 1.0], [0.7, 0.85]],
    [[0.7, 0.85], [0.7, 0.62]],
    [[0.7, 0.62], [0.2, 0.5]],
    [[0.4, 0.5], [0.75, 0.0]],
];

fn marks(head: &Head, axes: &crate::frame::Axes, slots: &[[DVec3; 2]]) -> Marks {
    let mut strokes = Vec::new();
    let skin = &head.skin;
    let drop = |p: DVec3| skin.position(skin.closest(p).0);
    // Pits at the landmarks; those beneath the rim are not on the shell.
    for (_, _, l) in head.landmarks.iter() {
        let p = drop(l.position.mm);
        strokes.push([p, p]);
    }
    let (low, high) = skin.bounds();
    let centre = (low + high) / 2.0;
    for side in [Side::Left, Side::Right] {
        let letter: &[[[f64; 2]; 2]] = if side == Side::Left { &L_STROKES } else { &R_STROKES };
        let lateral = axes.lateral(side);
        // Seen from that side with the crown up, the reader's right is backward on the left, forward on the right.
        let across = axes.superior.cross(lateral);
        let base = centre + lateral * 120.0;
        let lpa = head.landmarks.mm(crate::landmark::name::PREAURICULAR, side).unwrap_or(centre);
        let level = lpa.dot(axes.superior) + RIM_MM + 12.0;
        let base = base + axes.superior * (level - base.dot(axes.superior));
        let ear = lpa.dot(axes.anterior);
        let at_ear = base + axes.anterior * (ear - base.dot(axes.anterior));
        // Straight inward onto the skin.
        let inward = |p: DVec3| skin.ray(p, -lateral, 200.0).map_or(p, |(s, _)| skin.position(s));
        // Above the ear, or beside it where slots leave more room.
        let free = |x: f64| {
            let p = inward(at_ear + axes.anterior * x + axes.superior * (LETTER_MM / 2.0));
            // Beyond a few centimetres more room is no better.
            distance(slots, p).min(LETTER_MM * 1.5)
        };
        let base = LETTER_PLACES_MM
            .iter()
            .fold((at_ear, f64::NEG_INFINITY), |best, &x| {
                let room = free(x);
                if room > best.1 { (at_ear + axes.anterior * x, room) } else { best }
            })
            .0;
        for [[ax, ay], [bx, by]] in letter {
            let n = 6;
            let at = |t: f64| {
                let (x, y) = (ax + (bx - ax) * t - 0.5, ay + (by - ay) * t);
                let p = base + across * (x * LETTER_MM) + axes.superior * (y * LETTER_MM);
                inward(p)
            };
            for k in 0..n {
                strokes.push([at(f64::from(k) / f64::from(n)), at(f64::from(k + 1) / f64::from(n))]);
            }
        }
    }
    Marks { strokes, half_mm: 0.8 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::template;

    #[test]
    fn a_shell_is_closed_and_says_which_side_is_which() {
        let head = template();
        let path: Vec<DVec3> = (0..=20)
            .map(|i| {
                head.skin.position(head.skin.closest(DVec3::new(-20.0 - 2.5 * f64::from(i), 0.0, 90.0)).0)
            })
            .collect();
        let options = Options { voxel_mm: 2.0, wall_mm: 4.0, ..Options::default() };
        let shell = guide(&head, &[Slot { path: path.clone(), closed: false }], &options).unwrap();
        assert!(shell.is_watertight());
        assert_eq!(shell.components().1, 1);
        assert!(shell.signed_volume_mm3() > 50_000.0);
        assert!(crate::scalp::check::self_intersections(&shell).is_empty());
        // The wall: inward from the outside it is as thick as asked, to a tenth of a voxel or so.
        let mut walls: Vec<f64> = (0..shell.faces().len() as u32)
            .step_by(97)
            .filter_map(|f| {
                let [a, b, c] = shell.corners(f);
                let n = shell.face_normal(f);
                shell.ray((a + b + c) / 3.0 - n * 1e-3, -n, 50.0).map(|(_, t)| t)
            })
            .collect();
        walls.sort_by(f64::total_cmp);
        let median = walls[walls.len() / 2];
        assert!((median - 4.0).abs() < 0.2, "a wall of {median} mm");
        // The slot is open: nothing of the shell is left at its beginning.
        let n = head.skin.normal(head.skin.closest(path[1]).0);
        assert!(shell.closest(path[1] + n * 3.0).1 > 0.3);
        let deep =
            guide(&head, &[Slot { path: vec![DVec3::new(0.0, 0.0, -150.0)], closed: false }], &options);
        assert!(matches!(deep, Err(GuideError::NoZones(_))));
        let thin = Options { wall_mm: 0.0, ..options };
        assert!(matches!(guide(&head, &[], &thin), Err(GuideError::Size { .. })));
    }

    #[test]
    fn letters_read_from_outside() {
        // L: its foot runs to the reader's right, which on the patient's left side is backward.
        let axes = crate::frame::Axes::RAS;
        assert_eq!(axes.superior.cross(axes.lateral(Side::Left)), -DVec3::Y);
        assert_eq!(axes.superior.cross(axes.lateral(Side::Right)), DVec3::Y);
    }
}
