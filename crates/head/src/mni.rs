//! Into MNI space and back.
//!
//! Any two heads correspond by their landmarks and 10-5 sites; a thin-plate spline on them carries the inside
//! ([`ToMni`]). Where an image was registered, the head keeps that map instead ([`MniRecord`]). Both ways
//! say how far they are to be trusted.

mod landmarks;
pub mod talairach;
mod variation;

use glam::{DMat3, DVec3};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use landmarks::ToMni;
pub use variation::Variation;

use crate::frame::{HeadFrame, Mni, Point};

/// Most knots that a displacement field may have.
pub const MAX_KNOTS: usize = 2_000_000;

/// Why a head cannot be carried into MNI space.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MniError {
    /// A recorded map that is none.
    #[error("the head's map to MNI space cannot be used: {0}")]
    Record(String),
    /// The head lacks what the correspondence is made from.
    #[error("no correspondence with the built-in head: {0}")]
    Correspondence(String),
}

/// An affine map: `mni = linear · head + offset`, mm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    /// Rows of the linear part.
    pub rows: [[f64; 3]; 3],
    /// Offset, mm.
    pub offset_mm: [f64; 3],
}

impl Affine {
    /// The map that changes nothing.
    pub const IDENTITY: Self =
        Self { rows: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], offset_mm: [0.0; 3] };

    pub(crate) fn linear(&self) -> DMat3 {
        DMat3::from_cols_array_2d(&self.rows).transpose()
    }

    /// Where a position goes, mm.
    pub fn apply(&self, mm: DVec3) -> DVec3 {
        self.linear() * mm + DVec3::from_array(self.offset_mm)
    }
}

/// How positions of a head are carried into MNI space, as it is kept with the head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MniMap {
    /// The head's frame is MNI space.
    Identity,
    /// An affine map.
    Affine(Affine),
    /// An affine map and a displacement that is added to it: `mni = affine(p) + shift(p)`.
    ///
    /// The shifts (mm, MNI axes) are given at the knots of a regular grid in the *head's* frame, x fastest, and
    /// interpolated trilinearly; beyond the grid those at its border hold.
    Field {
        /// The affine part.
        affine: Affine,
        /// Number of knots along x, y, z; at least 2 each.
        knots: [usize; 3],
        /// Position of the first knot, mm, head frame.
        origin_mm: [f64; 3],
        /// Distance between knots along each axis, mm.
        step_mm: [f64; 3],
        /// One shift a knot, mm.
        shifts_mm: Vec<[f32; 3]>,
    },
}

/// A map into MNI space with its error and its origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MniRecord {
    /// The map.
    pub map: MniMap,
    /// Standard deviation, mm along each axis, with which the map takes a place of this head's brain to the place
    /// in the template that has the same name.
    pub sd_mm: f64,
    /// How it was got and where its sd comes from, in words.
    pub method: String,
}

impl MniRecord {
    /// Checks sizes and numbers.
    ///
    /// # Errors
    /// [`MniError::Record`] says what is wrong.
    pub fn check(&self) -> Result<(), MniError> {
        let wrong = |what: String| Err(MniError::Record(what));
        if !(self.sd_mm >= 0.0 && self.sd_mm.is_finite()) {
            return wrong(format!("its sd is {} mm; expected a number of at least 0", self.sd_mm));
        }
        let affine = match &self.map {
            MniMap::Identity => return Ok(()),
            MniMap::Affine(a) => a,
            MniMap::Field { affine, knots, origin_mm, step_mm, shifts_mm } => {
                let n = knots.iter().try_fold(1usize, |n, &k| n.checked_mul(k)).unwrap_or(usize::MAX);
                if knots.iter().any(|&k| k < 2) || n > MAX_KNOTS {
                    return wrong(format!("a grid of {knots:?} knots; expected 2 or more along each axis"));
                }
                if shifts_mm.len() != n {
                    return wrong(format!("{} shifts for {n} knots", shifts_mm.len()));
                }
                if !step_mm.iter().all(|s| s.is_finite() && *s > 0.0) {
                    return wrong(format!("knots {step_mm:?} mm apart"));
                }
                if !(origin_mm.iter().all(|x| x.is_finite())
                    && shifts_mm.iter().flatten().all(|x| x.is_finite()))
                {
                    return wrong("a number that is not finite".to_owned());
                }
                affine
            }
        };
        let (linear, offset) = (affine.linear(), DVec3::from_array(affine.offset_mm));
        let determinant = linear.determinant();
        // A mirrored map would take left for right.
        if !(linear.is_finite() && offset.is_finite() && (0.1..10.0).contains(&determinant)) {
            return wrong(format!("the determinant of its affine part is {determinant}; expected about 1"));
        }
        Ok(())
    }

    /// Linear part and offset of the affine map, without what bends.
    pub(crate) fn affine_part(&self) -> (DMat3, DVec3) {
        let affine = match &self.map {
            MniMap::Identity => &Affine::IDENTITY,
            MniMap::Affine(affine) | MniMap::Field { affine, .. } => affine,
        };
        (affine.linear(), DVec3::from_array(affine.offset_mm))
    }

    /// Where a position of the head is in MNI space.
    pub fn apply(&self, p: Point<HeadFrame>) -> Point<Mni> {
        Point::new(match &self.map {
            MniMap::Identity => p.mm,
            MniMap::Affine(a) => a.apply(p.mm),
            MniMap::Field { affine, knots, origin_mm, step_mm, shifts_mm } => {
                let at = (p.mm - DVec3::from_array(*origin_mm)) / DVec3::from_array(*step_mm);
                affine.apply(p.mm) + shift(*knots, shifts_mm, at)
            }
        })
    }
}

/// Trilinear interpolation at a place in units of knots, held at the border.
fn shift(knots: [usize; 3], shifts: &[[f32; 3]], at: DVec3) -> DVec3 {
    let mut base = [0usize; 3];
    let mut t = [0.0; 3];
    for (a, (x, n)) in at.to_array().into_iter().zip(knots).enumerate() {
        let x = x.clamp(0.0, (n - 1) as f64);
        base[a] = (libm::floor(x) as usize).min(n - 2);
        t[a] = x - base[a] as f64;
    }
    let mut sum = DVec3::ZERO;
    for corner in 0..8usize {
        let mut weight = 1.0;
        let mut index = [0usize; 3];
        for a in 0..3 {
            let up = corner >> a & 1;
            index[a] = base[a] + up;
            weight *= if up == 1 { t[a] } else { 1.0 - t[a] };
        }
        let [x, y, z] = shifts[index[0] + knots[0] * (index[1] + knots[1] * index[2])].map(f64::from);
        sum += DVec3::new(x, y, z) * weight;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(map: MniMap) -> MniRecord {
        MniRecord { map, sd_mm: 3.0, method: String::new() }
    }

    fn field(shift: impl Fn(DVec3) -> DVec3) -> MniMap {
        let mut shifts_mm = Vec::new();
        for k in 0..4 {
            for j in 0..3 {
                for i in 0..5 {
                    let p = DVec3::new(f64::from(i), f64::from(j), f64::from(k)) * 50.0 - DVec3::splat(100.0);
                    shifts_mm.push(shift(p).to_array().map(|x| x as f32));
                }
            }
        }
        let (knots, origin_mm, step_mm) = ([5, 3, 4], [-100.0; 3], [50.0; 3]);
        MniMap::Field { affine: Affine::IDENTITY, knots, origin_mm, step_mm, shifts_mm }
    }

    #[test]
    fn a_field_interpolates_a_linear_shift_and_holds_it_beyond_the_border() {
        let f = |p: DVec3| DVec3::new(p.y * 0.02, -0.5, p.x * 0.01);
        let r = record(field(f));
        r.check().unwrap();
        let p = DVec3::new(12.0, -7.0, 33.0);
        assert!(r.apply(Point::new(p)).mm.distance(p + f(p)) < 1e-5);
        let out = DVec3::new(900.0, -7.0, 33.0);
        assert!(r.apply(Point::new(out)).mm.distance(out + f(DVec3::new(100.0, -7.0, 33.0))) < 1e-5);
        // Rows, not columns.
        let turned =
            Affine { rows: [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], ..Affine::IDENTITY };
        assert_eq!(turned.apply(DVec3::X), DVec3::Y);
    }

    #[test]
    fn maps_that_are_none_are_refused() {
        let mirrored =
            Affine { rows: [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], ..Affine::IDENTITY };
        assert!(record(MniMap::Affine(mirrored)).check().is_err());
        let nan = Affine { offset_mm: [f64::NAN, 0.0, 0.0], ..Affine::IDENTITY };
        assert!(record(MniMap::Affine(nan)).check().is_err());
        let MniMap::Field { affine, origin_mm, step_mm, shifts_mm, .. } = field(|_| DVec3::ZERO) else {
            unreachable!("a field was made");
        };
        for knots in [[5, 3, 3], [1, 3, 20], [usize::MAX, usize::MAX, 2]] {
            let shifts_mm = shifts_mm.clone();
            let bad = record(MniMap::Field { affine, knots, origin_mm, step_mm, shifts_mm });
            assert!(bad.check().is_err(), "{knots:?}");
        }
        assert!(MniRecord { sd_mm: -1.0, ..record(MniMap::Identity) }.check().is_err());
    }
}
