//! Proportional cun: each stretch of the head has its own.
//!
//! After WHO 2008: glabella to mid-anterior hairline 3, mid-anterior to mid-posterior hairline 12, between the
//! corners of the anterior hairline 9, between the mastoid processes 9. WHO leaves open how transverse cun change
//! between front and back; [`Transverse`] names the choices.

use glam::DVec3;

use crate::{
    curve::{
        Curve, CurveError,
        plane_cut::{self, Stop},
    },
    frame::{Axes, Side},
    surface::{Surface, SurfacePoint},
};

/// Cun between glabella and mid-anterior hairline.
pub const FOREHEAD: f64 = 3.0;
/// Cun between mid-anterior and mid-posterior hairline.
pub const VAULT: f64 = 12.0;
/// Cun between the corners of the anterior hairline, and between the mastoid processes.
pub const WIDTH: f64 = 9.0;

/// Half of the chord over which the direction of the midline is taken, as a fraction of the nasion–inion arc:
/// about 12 mm, less than the smallest step of the atlas, more than a triangle. A fraction, so that a larger
/// head of the same shape has the same directions.
const DIRECTION_HALF: f64 = 1.0 / 30.0;

/// Which scale transverse cun have between the two that WHO defines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transverse {
    /// Front cun up to the anterior hairline, back cun from the posterior hairline on, linear between.
    #[default]
    Interpolated,
    /// Front cun everywhere.
    Front,
    /// Back cun everywhere.
    Back,
}

/// Lengths of one cun on each stretch, mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CunMm {
    /// On the forehead's midline.
    pub forehead: f64,
    /// On the vault's midline.
    pub vault: f64,
    /// Across the front; `None` where the hairline corners are not known.
    pub front: Option<f64>,
    /// Across the back; `None` where the mastoid processes are not known.
    pub back: Option<f64>,
}

/// The midline of a head with its cun, and distances to the side of it.
#[derive(Clone, Debug)]
pub struct Midline {
    curve: Curve,
    axes: Axes,
    /// Arc lengths of glabella, mid-anterior and mid-posterior hairline.
    stations: Option<[f64; 3]>,
    cun: Option<CunMm>,
    transverse: Transverse,
    /// Half of the chord that is a direction, mm.
    direction_half_mm: f64,
}

/// Where a point lies relative to the midline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Arc length on the midline of the transverse section that holds the point, mm.
    pub s_mm: f64,
    /// Arc length along that section from the midline, mm.
    pub lateral_mm: f64,
}

impl Midline {
    /// A midline from the sagittal curve (front to back, running on down the neck), and the cun on it from
    /// glabella, hairlines and the widths in mm. `over_mm` is the arc from nasion to inion, the measure of the
    /// head's size.
    pub fn new(
        curve: Curve,
        over_mm: f64,
        axes: Axes,
        hairline: Option<Hairline>,
        transverse: Transverse,
    ) -> Self {
        let stations = hairline.map(|h| [h.glabella, h.anterior, h.posterior].map(|p| curve.closest(p).0));
        let cun = hairline.zip(stations).map(|(h, [g, a, p])| CunMm {
            forehead: (a - g) / FOREHEAD,
            vault: (p - a) / VAULT,
            front: h.front_width_mm.map(|w| w / WIDTH),
            back: h.back_width_mm.map(|w| w / WIDTH),
        });
        Self { curve, axes, stations, cun, transverse, direction_half_mm: over_mm * DIRECTION_HALF }
    }

    /// The curve, from the nasion up, over and down.
    pub fn curve(&self) -> &Curve {
        &self.curve
    }

    /// Cun lengths; `None` where a hairline or the glabella is not known.
    pub fn cun(&self) -> Option<CunMm> {
        self.cun
    }

    /// Cun behind the mid-anterior hairline (negative: on the forehead) at an arc length.
    pub fn cun_at(&self, s_mm: f64) -> Option<f64> {
        let ([_, a, _], cun) = (self.stations?, self.cun?);
        Some((s_mm - a) / if s_mm < a { cun.forehead } else { cun.vault })
    }

    /// Arc length of so many cun behind the mid-anterior hairline.
    pub fn at_cun(&self, back: f64) -> Option<f64> {
        let ([_, a, _], cun) = (self.stations?, self.cun?);
        Some(a + back * if back < 0.0 { cun.forehead } else { cun.vault })
    }

    /// Length of a transverse cun in mm at an arc length on the midline.
    pub fn transverse_cun_mm(&self, s_mm: f64) -> Option<f64> {
        let cun = self.cun?;
        match self.transverse {
            Transverse::Front => cun.front,
            Transverse::Back => cun.back,
            Transverse::Interpolated => {
                let t = (self.cun_at(s_mm)? / VAULT).clamp(0.0, 1.0);
                Some(cun.front? * (1.0 - t) + cun.back? * t)
            }
        }
    }

    /// Direction of the midline (backward) at an arc length: the normal of the transverse section there.
    pub fn direction(&self, s_mm: f64) -> DVec3 {
        self.curve.mean_direction_at(s_mm, self.direction_half_mm)
    }

    /// The transverse section from the midline at `s_mm` toward a side, `length_mm` long.
    ///
    /// # Errors
    /// [`CurveError`] where the section leaves the surface.
    pub fn transverse(
        &self,
        skin: &Surface,
        s_mm: f64,
        side: Side,
        length_mm: f64,
    ) -> Result<Curve, CurveError> {
        let start = self.curve.at(skin, s_mm);
        let normal = self.direction(s_mm);
        plane_cut::walk(skin, start, normal, self.axes.lateral(side), Stop::After(length_mm))
    }

    /// The point at an arc length of the midline and a distance to the side, both in mm.
    ///
    /// # Errors
    /// As [`Self::transverse`].
    pub fn point(
        &self,
        skin: &Surface,
        s_mm: f64,
        side: Side,
        lateral_mm: f64,
    ) -> Result<SurfacePoint, CurveError> {
        if lateral_mm == 0.0 || side == Side::Midline {
            return self.curve.at_checked(skin, s_mm);
        }
        let (side, lateral_mm) =
            if lateral_mm < 0.0 { (side.mirrored(), -lateral_mm) } else { (side, lateral_mm) };
        let start = self.curve.at(skin, s_mm);
        plane_cut::end(skin, start, self.direction(s_mm), self.axes.lateral(side), lateral_mm)
    }

    /// Arc length on the midline of the transverse section that holds a position.
    pub fn s_of(&self, mm: DVec3) -> f64 {
        let off = |s: f64| (mm - self.curve.position_at(s)).dot(self.direction(s));
        let length = self.curve.length_mm();
        // Start at the place of the midline closest to the position's shadow on the median plane.
        let first = self.curve.position_at(0.0);
        let shadow = mm - self.axes.right * (mm - first).dot(self.axes.right);
        let mut a = self.curve.near(shadow);
        let mut fa = off(a);
        let mut b = (a + fa).clamp(0.0, length);
        for _ in 0..50 {
            let fb = off(b);
            if fb.abs() < 1e-9 || (fb - fa).abs() < 1e-12 {
                break;
            }
            // Secant step, held to the size of the head's curvature.
            let step = (-fb * (b - a) / (fb - fa)).clamp(-30.0, 30.0);
            (a, fa) = (b, fb);
            b = (b + step).clamp(0.0, length);
            if (b - a).abs() < 1e-9 {
                break;
            }
        }
        b
    }

    /// Level and lateral distance of a position on the skin.
    ///
    /// # Errors
    /// As [`Self::transverse`].
    pub fn level(&self, skin: &Surface, mm: DVec3, side: Side) -> Result<Level, CurveError> {
        let s_mm = self.s_of(mm);
        if side == Side::Midline {
            return Ok(Level { s_mm, lateral_mm: 0.0 });
        }
        let reach = 2.0 * self.curve.position_at(s_mm).distance(mm) + 10.0;
        let lateral_mm = self.transverse(skin, s_mm, side, reach)?.closest(mm).0;
        Ok(Level { s_mm, lateral_mm })
    }
}

/// What the cun are measured from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hairline {
    /// Glabella, mm.
    pub glabella: DVec3,
    /// Mid-anterior hairline, mm.
    pub anterior: DVec3,
    /// Mid-posterior hairline, mm.
    pub posterior: DVec3,
    /// Length of the anterior hairline between its corners over the skin, mm.
    pub front_width_mm: Option<f64>,
    /// Distance between the mastoid processes round the back of the head over the skin, mm.
    pub back_width_mm: Option<f64>,
}
