//! The ways in which a head is bent to a tape: few, smooth, and linear in their coefficients.
//!
//! Three scale the head along its axes. Three more make one of the principal sections squarer or more pointed
//! while its half axes stay. All are smooth fields of space, so skin, ears and brain move together.

use glam::DVec3;

use super::measure::TapeReadings;
use crate::frame::Axes;

/// Number of modes.
pub(super) const MODES: usize = 6;
/// Scale along left-right, anterior-posterior, inferior-superior.
pub(super) const SCALES: usize = 3;
/// Squareness of the horizontal section: the mode that ANSUR II has figures for.
pub(super) const HORIZONTAL: usize = 3;

/// The modes about one head's centre.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modes {
    axes: Axes,
    centre: DVec3,
    /// Half axes to the right, to the front and up, mm.
    half: DVec3,
}

impl Modes {
    /// Centred between glabella and opisthocranion, with the half axes of the readings.
    pub(super) fn new(axes: Axes, readings: &TapeReadings, top_mm: f64) -> Option<Self> {
        let centre = (readings.glabella.mm + readings.opisthocranion.mm) / 2.0;
        let up = top_mm - centre.dot(axes.superior);
        let half = DVec3::new(readings.breadth_mm / 2.0, readings.length_mm / 2.0, up);
        (half.is_finite() && half.min_element() > 1.0).then_some(Self { axes, centre, half })
    }

    /// Displacement of a position by each mode at coefficient 1, mm.
    ///
    /// A squareness mode moves a position away from the centre by 4 x²y² of its share in direction (x, y, z):
    /// nothing on the axes, all of the coefficient half-way between two of them. The two upright sections are
    /// bent above the centre only; the face and the neck are not the tape's concern.
    pub(super) fn at(&self, p: DVec3) -> [DVec3; MODES] {
        let Axes { right, anterior, superior } = self.axes;
        let d = p - self.centre;
        let local = DVec3::new(d.dot(right), d.dot(anterior), d.dot(superior));
        let n = (local / self.half).normalize_or_zero();
        let (x2, y2) = (n.x * n.x, n.y * n.y);
        let z2 = n.z.max(0.0) * n.z.max(0.0);
        [
            right * local.x,
            anterior * local.y,
            superior * local.z,
            d * (4.0 * x2 * y2),
            d * (4.0 * y2 * z2),
            d * (4.0 * x2 * z2),
        ]
    }

    /// A position moved by all modes.
    pub(super) fn apply(&self, coefficients: &[f64; MODES], p: DVec3) -> DVec3 {
        self.at(p).iter().zip(coefficients).fold(p, |q, (d, c)| q + *d * *c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Point;

    fn modes() -> Modes {
        let readings = TapeReadings {
            circumference_mm: 0.0,
            nasion_inion_mm: 0.0,
            preauricular_mm: 0.0,
            glabella_hairline_mm: None,
            hairline_hairline_mm: None,
            length_mm: 200.0,
            breadth_mm: 150.0,
            height_mm: 130.0,
            opisthocranion: Point::ras(0.0, -90.0, 0.0),
            glabella: Point::ras(0.0, 110.0, 0.0),
        };
        Modes::new(Axes::RAS, &readings, 100.0).unwrap()
    }

    #[test]
    fn squareness_leaves_the_axes_and_moves_the_corners() {
        let m = modes();
        let centre = DVec3::new(0.0, 10.0, 0.0);
        for axis in [DVec3::X * 75.0, DVec3::Y * 100.0, DVec3::Z * 100.0, -DVec3::Z * 60.0] {
            for d in &m.at(centre + axis)[HORIZONTAL..] {
                assert_eq!(*d, DVec3::ZERO);
            }
        }
        let corner = DVec3::new(75.0, -100.0, 0.0) / 2.0_f64.sqrt();
        assert!((m.at(centre + corner)[HORIZONTAL] - corner).length() < 1e-9);
        assert_eq!(m.at(centre)[HORIZONTAL], DVec3::ZERO);
    }

    #[test]
    fn the_warp_is_smooth_and_does_not_fold() {
        // Jacobian determinant by central differences at five times the usual coefficients.
        let (m, h) = (modes(), 1e-4);
        let c = [0.1, -0.1, 0.15, 0.1, -0.1, 0.1];
        for p in crate::shapes::directions(500) {
            for r in [5.0, 40.0, 90.0, 150.0] {
                let p = DVec3::new(0.0, 10.0, 0.0) + p * r;
                let column = |e: DVec3| (m.apply(&c, p + e * h) - m.apply(&c, p - e * h)) / (2.0 * h);
                let j = glam::DMat3::from_cols(column(DVec3::X), column(DVec3::Y), column(DVec3::Z));
                assert!((0.5..2.0).contains(&j.determinant()), "{p}: {}", j.determinant());
            }
        }
    }
}
