//! The digital tape.

use glam::DVec3;
use serde::Serialize;
use thiserror::Error;

use super::{input::Dimension, population, taut};
use crate::{
    curve::{
        Curve, CurveError,
        plane_cut::{self, Stop},
    },
    frame::{Axes, HeadFrame, Point, Side},
    head::Head,
    landmark::name,
    surface::{Surface, SurfacePoint},
    ten_five::{self, Fiducials, TenFiveError},
};

/// Why a tape cannot be laid on a head.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MeasureError {
    /// A landmark is missing or a reference curve cannot be drawn.
    #[error(transparent)]
    Reference(#[from] TenFiveError),
    /// The preauricular points and the nasion lie on one line.
    #[error("nasion and preauricular points lie on one line, so the head has no upright")]
    Axes,
    /// A tape runs off the surface.
    #[error("the tape for the {dimension} cannot be laid: {source}")]
    Tape {
        /// Which reading.
        dimension: Dimension,
        /// Why.
        source: CurveError,
    },
}

/// What a tape and a caliper read on a head, mm.
///
/// A tape is stretched: it bridges hollows, so every arc has the length of the convex hull of its section.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TapeReadings {
    /// Round the head in the plane that holds the glabella and is level from left to right, with the back of the
    /// tape at that height on the midline, between vertex and inion, at which it reads most.
    pub circumference_mm: f64,
    /// Nasion – Cz – inion, in the plane of the three.
    pub nasion_inion_mm: f64,
    /// Left preauricular point – Cz – right preauricular point, in the plane of the three.
    pub preauricular_mm: f64,
    /// On the midline from glabella to mid-anterior hairline; `None` without that hairline.
    pub glabella_hairline_mm: Option<f64>,
    /// On the midline from mid-anterior to mid-posterior hairline; `None` without one of them.
    pub hairline_hairline_mm: Option<f64>,
    /// Straight from the glabella to the farthest point of the midline behind Cz.
    pub length_mm: f64,
    /// Between the two planes that touch the head left and right above the plane of the circumference.
    pub breadth_mm: f64,
    /// Vertical distance from the tragion (the supratragic notches, or else the preauricular points; mean of
    /// both sides) to the top of the head.
    pub height_mm: f64,
    /// The farthest point of the midline from the glabella: where the length was taken.
    pub opisthocranion: Point<HeadFrame>,
    /// Glabella that was used: the head's, or else the population's distance above the nasion.
    pub glabella: Point<HeadFrame>,
}

impl TapeReadings {
    /// The reading for a dimension.
    pub fn get(&self, d: Dimension) -> Option<f64> {
        match d {
            Dimension::Circumference => Some(self.circumference_mm),
            Dimension::NasionInion => Some(self.nasion_inion_mm),
            Dimension::Preauricular => Some(self.preauricular_mm),
            Dimension::GlabellaHairline => self.glabella_hairline_mm,
            Dimension::HairlineHairline => self.hairline_hairline_mm,
            Dimension::Length => Some(self.length_mm),
            Dimension::Breadth => Some(self.breadth_mm),
        }
    }
}

/// Reads the digital tape.
///
/// Needs nasion, inion and both preauricular points. The free part of the ears must not be part of the skin; if
/// it is, the circumference, which passes above most ears, may catch it.
///
/// # Errors
/// [`MeasureError`] for a missing landmark or a hole in the way of a tape.
pub fn measure(head: &Head) -> Result<TapeReadings, MeasureError> {
    let marks = Marks::of(head)?;
    let reference = ten_five::reference(&head.skin, &marks.fiducials)?;
    Tape { skin: &head.skin, marks: &marks, reference }.readings()
}

/// What a tape is laid over, as points of the skin that ride along when the skin is bent.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    pub(super) fiducials: Fiducials,
    glabella: Option<SurfacePoint>,
    orbitale: Option<[SurfacePoint; 2]>,
    porion: Option<[SurfacePoint; 2]>,
    tragion: [SurfacePoint; 2],
    pub(super) anterior: Option<SurfacePoint>,
    pub(super) posterior: Option<SurfacePoint>,
}

impl Marks {
    pub(super) fn of(head: &Head) -> Result<Self, MeasureError> {
        let fiducials = Fiducials::of(head)?;
        let one = |n: &str, side| head.landmarks.mm(n, side).map(|p| head.skin.closest(p).0);
        let pair = |n: &str| Some([one(n, Side::Left)?, one(n, Side::Right)?]);
        Ok(Self {
            fiducials,
            glabella: one(name::GLABELLA, Side::Midline),
            orbitale: pair(name::ORBITALE),
            porion: pair(name::PORION),
            tragion: pair("supratragic-notch").unwrap_or([fiducials.lpa, fiducials.rpa]),
            anterior: one(name::ANTERIOR_HAIRLINE, Side::Midline),
            posterior: one(name::POSTERIOR_HAIRLINE, Side::Midline),
        })
    }

    /// As [`crate::Landmarks::axes`].
    pub(super) fn axes(&self, skin: &Surface) -> Option<Axes> {
        let middle = |[l, r]: [SurfacePoint; 2]| (skin.position(l) + skin.position(r)) / 2.0;
        let f = &self.fiducials;
        let anterior = match (self.orbitale, self.porion) {
            (Some(o), Some(p)) => middle(o) - middle(p),
            _ => skin.position(f.nasion) - middle([f.lpa, f.rpa]),
        };
        Axes::from_right_anterior(skin.position(f.rpa) - skin.position(f.lpa), anterior)
    }
}

/// A tape on one head.
pub(super) struct Tape<'a> {
    pub(super) skin: &'a Surface,
    pub(super) marks: &'a Marks,
    pub(super) reference: ten_five::Reference,
}

impl Tape<'_> {
    pub(super) fn readings(&self) -> Result<TapeReadings, MeasureError> {
        let axes = self.marks.axes(self.skin).ok_or(MeasureError::Axes)?;
        let glabella = self.glabella();
        let front = self.skin.position(glabella);
        let midline = self.midline(glabella)?;
        let sagittal = &self.reference.sagittal;

        let (circumference_mm, level) = self.circumference(glabella, &midline, axes)?;
        // Behind Cz, down to the inion.
        let (from, to) = self.back_of(&midline);
        let opisthocranion = midline
            .points()
            .iter()
            .zip(midline.arc_mm())
            .filter(|(_, s)| (from..=to).contains(*s))
            .map(|(p, _)| *p)
            .max_by(|a, b| a.distance_squared(front).total_cmp(&b.distance_squared(front)))
            .unwrap_or_else(|| self.skin.position(self.marks.fiducials.inion));
        let above = self.skin.vertices().iter().filter(|p| (**p - front).dot(level) > 0.0);
        let (left, right) = above
            .map(|p| p.dot(axes.right))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        let top = self.skin.vertices().iter().map(|p| p.dot(axes.superior)).fold(f64::NEG_INFINITY, f64::max);
        let [tl, tr] = self.marks.tragion.map(|p| self.skin.position(p));
        let arc = |from: f64, to: f64| taut::taut_length(midline.between(from, to).points());
        let station = |p: SurfacePoint| midline.closest(self.skin.position(p)).0;
        let anterior = self.marks.anterior.map(station);
        let posterior = self.marks.posterior.map(station);
        Ok(TapeReadings {
            circumference_mm,
            nasion_inion_mm: taut::taut_length(sagittal.points()),
            preauricular_mm: taut::taut_length(self.reference.coronal.points()),
            glabella_hairline_mm: anterior.map(|a| arc(0.0, a)),
            hairline_hairline_mm: anterior.zip(posterior).map(|(a, p)| arc(a, p)),
            length_mm: front.distance(opisthocranion),
            breadth_mm: right - left,
            height_mm: top - (tl + tr).dot(axes.superior) / 2.0,
            opisthocranion: Point::new(opisthocranion),
            glabella: Point::new(front),
        })
    }

    pub(super) fn glabella(&self) -> SurfacePoint {
        self.marks
            .glabella
            .unwrap_or_else(|| self.reference.sagittal.at(self.skin, population::nasion_glabella()))
    }

    /// The midline from the glabella over Cz and the inion down the neck, in the plane of the three.
    pub(super) fn midline(&self, glabella: SurfacePoint) -> Result<Curve, MeasureError> {
        let fail = |source| MeasureError::Tape { dimension: Dimension::NasionInion, source };
        let inion = self.marks.fiducials.inion;
        let head = plane_cut::through(self.skin, glabella, self.reference.cz, inion).map_err(fail)?;
        let [a, b, c] = [glabella, self.reference.cz, inion].map(|p| self.skin.position(p));
        let normal = (b - a).cross(c - a);
        let onward = head.direction_at(head.length_mm());
        // As far down as the surface goes, at most half the way from glabella to inion again.
        let mut more = head.length_mm() / 2.0;
        while more > 1.0 {
            if let Ok(neck) = plane_cut::walk(self.skin, inion, normal, onward, Stop::After(more)) {
                return Ok(head.then(&neck));
            }
            more /= 2.0;
        }
        Ok(head)
    }

    /// Arc lengths of Cz and inion on the midline.
    fn back_of(&self, midline: &Curve) -> (f64, f64) {
        let at = |p| midline.closest(self.skin.position(p)).0;
        (at(self.reference.cz), at(self.marks.fiducials.inion))
    }

    /// The longest level tape over the glabella, and the upward normal of its plane.
    fn circumference(
        &self,
        glabella: SurfacePoint,
        midline: &Curve,
        axes: Axes,
    ) -> Result<(f64, DVec3), MeasureError> {
        let front = self.skin.position(glabella);
        let mut failure = CurveError::NotReached;
        let mut read = |s: f64| -> (f64, DVec3) {
            let back = midline.at(self.skin, s);
            let normal = axes.right.cross(self.skin.position(back) - front);
            // Backward × right is up, so right × backward is down.
            match self.round(glabella, back, normal, axes.right) {
                Ok(points) => {
                    let n = normal.normalize_or_zero();
                    (taut::hull_perimeter(taut::in_plane(&points, front, n)), -n)
                }
                Err(e) => {
                    failure = e;
                    (f64::NEG_INFINITY, -normal.normalize_or_zero())
                }
            }
        };
        let (cz, inion) = self.back_of(midline);
        // The lower half of the way down the back holds the longest tape of every head. The reading is flat at
        // its maximum, so a coarse search and two parabolas, the second four times as fine, are enough.
        let (lo, hi) = ((cz + inion) / 2.0, inion);
        const STEPS: usize = 6;
        let mut step = (hi - lo) / STEPS as f64;
        let coarse: [f64; STEPS + 1] = std::array::from_fn(|i| read(lo + step * i as f64).0);
        let best = (0..=STEPS).max_by(|&i, &j| coarse[i].total_cmp(&coarse[j])).unwrap_or(STEPS);
        // At an end the parabola leans on the two readings before it.
        let middle = best.clamp(1, STEPS - 1);
        let mut around = [coarse[middle - 1], coarse[middle], coarse[middle + 1]];
        let mut at = (lo + step * middle as f64 + step * summit(around)).clamp(lo, hi);
        step /= 4.0;
        around = [-1.0, 0.0, 1.0].map(|k| read(at + k * step).0);
        at = (at + step * summit(around)).clamp(lo, hi);
        let found = read(at);
        if found.0.is_finite() {
            Ok(found)
        } else {
            Err(MeasureError::Tape { dimension: Dimension::Circumference, source: failure })
        }
    }

    /// Points of the section through `front` and `back` on both sides of the head.
    fn round(
        &self,
        front: SurfacePoint,
        back: SurfacePoint,
        normal: DVec3,
        right: DVec3,
    ) -> Result<Vec<DVec3>, CurveError> {
        let mut points = Vec::new();
        for toward in [right, -right] {
            let half = plane_cut::walk(self.skin, front, normal, toward, Stop::At(back))?;
            points.extend_from_slice(half.points());
        }
        Ok(points)
    }
}

/// Where a parabola through three readings at −1, 0 and 1 is highest, within that range.
fn summit([before, middle, after]: [f64; 3]) -> f64 {
    let bend = before - 2.0 * middle + after;
    if bend < 0.0 {
        ((before - after) / (2.0 * bend)).clamp(-1.0, 1.0)
    } else if after > before {
        1.0
    } else {
        -1.0
    }
}
