//! Where the auricles are on a surface that shows them.
//!
//! Nothing else on the side of a head has the shape of an auricle, and the preauricular point lies right in front of it.
//! The built-in auricle is laid on the surface from many places around where it is expected, each time drawn in by
//! closest points, and the best is taken if it fits as an auricle does and the skin beneath does not.

use glam::{DAffine3, DVec3};

use crate::{
    frame::Side,
    head::Head,
    register::icp::{self, Motion, Patch, Trusted},
    share::over_cores,
    surface::Surface,
};

/// Distance between the places that it is tried from, and how many there are on either side, mm.
const STEP_MM: f64 = 9.0;
const STEPS: i32 = 4;
/// Rounds of drawing in: pairs farther apart are not used, mm.
const LIMITS_MM: [f64; 9] = [16.0, 14.0, 12.0, 10.0, 8.0, 7.0, 6.0, 5.0, 5.0];
/// A distance beyond this counts as this, mm.
const MISSED_MM: f64 = 5.0;
/// The mean distance that an auricle is recognised by, mm.
const FITS_MM: f64 = 2.0;
/// How much larger or smaller than expected it may be.
const SIZE: f64 = 1.3;

/// An auricle that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Auricle {
    /// Template mm → surface's mm, around this auricle.
    pub(super) map: DAffine3,
    /// Mean distance of the built-in auricle from the surface, with a distance beyond 5 mm counted as 5, mm.
    pub(super) mean_mm: f64,
}

/// Looks for an auricle where `expected` (template mm → surface's mm, nearly of one scale) puts it, give or take 4 cm.
///
/// `None` where nothing there has its shape, and on a template without auricles.
pub(super) fn find(
    template: &Head,
    side: Side,
    goal: &Surface,
    expected: &DAffine3,
    trusted: Trusted<'_>,
) -> Option<Auricle> {
    let outward = match side {
        Side::Left => DVec3::NEG_X,
        Side::Right => DVec3::X,
        Side::Midline => return None,
    };
    let ears = template.ears.as_ref()?;
    let normals = ears.vertex_normals();
    // What looks away from the head: of the back little is seen, on images nothing.
    let shown = |v: usize| f64::from(ears.vertices()[v].dot(outward) > 0.0 && normals[v].dot(outward) > 0.1);
    let patches = icp::patches(ears, 4.0, shown);
    let all: f64 = patches.iter().map(|p| p.weight).sum();
    if all <= 0.0 {
        return None;
    }
    let middle = patches.iter().map(|p| p.at * p.weight).sum::<DVec3>() / all;
    let size = libm::cbrt(expected.matrix3.determinant());
    let across = 2 * STEPS + 1;
    // The accelerators are built before the workers need them.
    let _ = (goal.closest(DVec3::ZERO), goal.vertex_normals());
    let tried = over_cores((across * across) as usize, |i| {
        let (y, z) = (i as i32 / across - STEPS, i as i32 % across - STEPS);
        let shift = DVec3::new(0.0, f64::from(y), f64::from(z)) * STEP_MM;
        // Onto the surface below, so that the depth need not be found.
        let at = expected.transform_point3(middle + shift);
        let (place, _) = goal.closest(at);
        let along = (expected.matrix3 * outward).normalize_or_zero();
        let depth = (goal.position(place) - at).dot(along);
        let begin = DAffine3::from_translation(along * depth) * *expected * DAffine3::from_translation(shift);
        let fit = icp::fit(&patches, goal, begin, Motion::Similarity, &LIMITS_MM, &[], trusted);
        let grown = libm::cbrt(fit.map.matrix3.determinant()) / size;
        let turned = fit.map.matrix3.y_axis.normalize_or_zero().dot(begin.matrix3.y_axis.normalize_or_zero());
        (grown < SIZE && grown > 1.0 / SIZE && turned > 0.8)
            .then(|| Auricle { map: fit.map, mean_mm: mean(&patches, goal, &fit.map) })
    });
    let best = tried.into_iter().flatten().min_by(|a, b| a.mean_mm.total_cmp(&b.mean_mm));
    best.filter(|a| a.mean_mm <= FITS_MM)
}

fn mean(patches: &[Patch], goal: &Surface, map: &DAffine3) -> f64 {
    let (mut sum, mut all) = (0.0, 0.0);
    for p in patches {
        let (place, d) = goal.closest(map.transform_point3(p.at));
        let agrees = goal.normal(place).dot((map.matrix3 * p.normal).normalize_or_zero()) > 0.3;
        sum += p.weight * if agrees { d.min(MISSED_MM) } else { MISSED_MM };
        all += p.weight;
    }
    sum / all
}
