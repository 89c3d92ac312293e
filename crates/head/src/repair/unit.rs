//! The unit of a scan, told from the size of a head.

use glam::DVec3;

use super::{
    RepairError,
    report::{RepairReport, UnitOrigin},
};
use crate::io::LengthUnit;

/// Smallest longest side of a head's surface that is read, in mm.
///
/// With [`LARGEST_MM`] it spans just one power of ten, so that millimetres, centimetres and metres never both
/// fit. It is a rule of this reader, not a figure of anatomy: adult heads are about 190 to 200 mm long
/// (ANSUR II), a scan with neck and shoulders several hundred; a whole body in metres is refused, as it could
/// as well be a part of a face in centimetres.
pub const SMALLEST_MM: f64 = 100.0;

/// The size of a head's surface must stay below this, in mm. See [`SMALLEST_MM`].
pub const LARGEST_MM: f64 = 1000.0;

fn fits(mm: f64) -> bool {
    (SMALLEST_MM..LARGEST_MM).contains(&mm)
}

/// Tells the unit and makes the coordinates mm. All vertices are in use.
pub(super) fn to_mm(
    vertices: &mut [DVec3],
    given: Option<LengthUnit>,
    of_format: Option<LengthUnit>,
    report: &mut RepairReport,
) -> Result<(), RepairError> {
    let (low, high) = vertices
        .iter()
        .fold((DVec3::INFINITY, DVec3::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    let size = high - low;
    let longest = size.max_element();
    // Inches are never guessed: they lie too close to centimetres.
    let guess = [LengthUnit::Millimetre, LengthUnit::Centimetre, LengthUnit::Metre]
        .into_iter()
        .find(|u| fits(longest * u.mm()));
    let (unit, origin) = match (given, guess) {
        (Some(unit), _) if fits(longest * unit.mm()) => (unit, UnitOrigin::Given),
        (Some(unit), guess) => {
            let instead = guess.map_or(String::new(), |g| format!("; in {g} it would fit"));
            return Err(RepairError::Size(format!(
                "in {unit} the surface is {:.3} mm long; a head is between {SMALLEST_MM} and {LARGEST_MM} mm{instead}",
                longest * unit.mm()
            )));
        }
        (None, Some(unit)) if of_format == Some(unit) => (unit, UnitOrigin::Format),
        (None, Some(unit)) => (unit, UnitOrigin::Size),
        (None, None) => {
            return Err(RepairError::Size(format!(
                "the surface is {} long, which is no head in millimetres, centimetres or metres \
                 ({SMALLEST_MM} to {LARGEST_MM} mm); if it is more than a head, cut it at the neck; otherwise \
                 say the unit",
                longest as f32
            )));
        }
    };
    report.unit = Some(unit);
    report.unit_origin = Some(origin);
    report.contradicts_format = of_format.filter(|f| *f != unit);
    let mm = unit.mm();
    report.size_mm = (size * mm).to_array();
    if mm != 1.0 {
        for v in vertices {
            *v *= mm;
        }
    }
    Ok(())
}
