//! The head on a scan that comes without landmarks: its pose, by skin, auricles and face.

use glam::{DAffine3, DVec3};

use super::{AURICLE_SD_MM, FITS_MM, ScanError, auricle};
use crate::{
    frame::Side,
    head::Head,
    landmark::name,
    register::{
        face::{self, LEAST_RELIEF},
        icp,
        mould::{self, mould},
        start,
    },
    surface::Surface,
};

/// A head that was found on a scan.
pub(super) struct Likely {
    pub(super) found: start::Found,
    /// Mean distance of the moulded skin from the scan, mm; a distance beyond 10 mm counts as 10.
    pub(super) mean_mm: f64,
    /// Preauricular points that its auricles give: on the template, on the scan, and how surely, mm.
    pub(super) ears: Vec<(DVec3, DVec3, f64)>,
}

/// The likeliest pose of the built-in head on a scan.
///
/// Auricles decide where the skin leaves a choice: a pose without them is less likely, and one that does not agree with
/// how they lie is mended by them. A pose without a face is none.
///
/// # Errors
/// [`ScanError::NoHead`] and [`ScanError::NoFace`].
pub(super) fn head(
    template: &Head,
    patches: &[icp::Patch],
    scan: &Surface,
    trusted: icp::Trusted<'_>,
) -> Result<Likely, ScanError> {
    /// Poses that cost so much more than the best are out.
    const CLOSE: f64 = 40.0;
    /// What an auricle in its place is worth.
    const AURICLE: f64 = 30.0;
    let crown = template.landmarks.mm("vertex", Side::Midline).unwrap_or(DVec3::new(0.0, -19.0, 102.0));
    let tries = start::by_trying(patches, crown, scan, trusted);
    let none = ScanError::NoHead { mean_mm: f64::INFINITY };
    let best = tries.first().ok_or(none.clone())?.mould.cost;
    let mut judged = Vec::new();
    for mut found in tries.into_iter().take_while(|t| t.mould.cost <= best + CLOSE).take(3) {
        let seen = auricles(template, scan, &found.mould, trusted);
        let ears: Vec<_> = seen.iter().map(|(at, beside, _)| (*at, *beside, AURICLE_SD_MM)).collect();
        let known = mould::Known { anchors: &ears, above_mm: &[] };
        // Both auricles say by themselves how the head is turned.
        let turned = match seen.as_slice() {
            [left, right] => {
                let around = |(at, _, map): &(DVec3, DVec3, DAffine3)| {
                    DVec3::AXES.map(|e| (*at + 20.0 * e, map.transform_point3(*at + 20.0 * e)))
                };
                let (from, to): (Vec<_>, Vec<_>) = [around(left), around(right)].concat().into_iter().unzip();
                start::by_pairs(&from, &to, true).map(mould::Mould::from)
            }
            _ => None,
        };
        let begin = turned.unwrap_or_else(|| found.mould.clone());
        // The poses were tried with some of the patches; now they are compared with all.
        let Some(mut all) = mould(patches, scan, begin, &start::LOOK, known, trusted) else { continue };
        all.cost -= AURICLE * ears.len() as f64;
        let mean_mm = start::apart_mm(patches, scan, &all);
        let relief = face::relief(patches, scan, &all);
        found.mould = all;
        judged.push((relief, Likely { found, mean_mm, ears }));
    }
    let most = judged.iter().map(|(r, _)| *r).fold(f64::NEG_INFINITY, f64::max);
    let (_, likely) = judged
        .into_iter()
        .filter(|(r, _)| *r >= LEAST_RELIEF)
        .min_by(|(_, a), (_, b)| a.found.mould.cost.total_cmp(&b.found.mould.cost))
        .ok_or(if most.is_finite() { ScanError::NoFace { relief: most } } else { none })?;
    let mean_mm = likely.mean_mm;
    if mean_mm.is_nan() || mean_mm > FITS_MM {
        return Err(ScanError::NoHead { mean_mm });
    }
    Ok(likely)
}

/// Auricles that are seen: the preauricular point on the template and on the scan, mm, and the way from one to the other.
fn auricles(
    template: &Head,
    scan: &Surface,
    begin: &mould::Mould,
    trusted: icp::Trusted<'_>,
) -> Vec<(DVec3, DVec3, DAffine3)> {
    let mut out = Vec::new();
    for side in [Side::Left, Side::Right] {
        let Some(at) = template.landmarks.mm(name::PREAURICULAR, side) else { continue };
        // The skin that was moulded may be far off beneath an auricle, which takes no part.
        let shift = begin.apply(at) - begin.map.transform_point3(at);
        let expected = DAffine3::from_translation(shift) * begin.map;
        if let Some(found) = auricle::find(template, side, scan, &expected, trusted) {
            let beside = found.map.transform_point3(at);
            out.push((at, scan.position(scan.closest(beside).0), found.map));
        }
    }
    out
}
