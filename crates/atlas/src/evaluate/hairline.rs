//! Where the hairline is taken to be when it cannot be seen: the options of the setting `bald-hairline`.

use baihui_head::{Curve, Side, Surface, SurfacePoint, landmark::name};

use super::Refusal;

/// Landmark below the seventh cervical spinous process (GV14), the lower end of the 18-cun rule.
const GV14: &str = "c7-spinous";

/// Cun from the glabella over the vertex to GV14, and from either end to its hairline (18 = 3 + 12 + 3).
const WHOLE: f64 = 18.0;
const END: f64 = 3.0;

/// Middles of the anterior and posterior hairline; `None` leaves the one that the head carries.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Middles {
    pub(super) anterior: Option<SurfacePoint>,
    pub(super) posterior: Option<SurfacePoint>,
}

/// Applies a rule on the median curve, which runs from the nasion over the vertex down the neck.
///
/// Sources are with the setting: 18 cun in Chinese textbooks, 5 cm in the textbook's account of Jiao, 6 cm on a page.
///
/// # Errors
/// [`Refusal`] where the rule needs a landmark that the head lacks, or the neck is cut off above GV14.
pub(super) fn by_rule(
    rule: &str,
    skin: &Surface,
    median: &Curve,
    find: &dyn Fn(&'static str, Side) -> Result<SurfacePoint, Refusal>,
) -> Result<Middles, Refusal> {
    let station = |n: &'static str| find(n, Side::Midline).map(|p| median.closest(skin.position(p)).0);
    let above_brows = |mm: f64| {
        let at = station(name::GLABELLA)? + mm;
        Ok(Middles { anterior: Some(median.at(skin, at)), posterior: None })
    };
    match rule {
        "eighteen-cun" => {
            let (front, back) = (station(name::GLABELLA)?, station(GV14)?);
            if back >= median.length_mm() {
                return Err(Refusal::NoFrame("the neck is cut off above GV14".to_owned()));
            }
            let cun = (back - front) / WHOLE;
            Ok(Middles {
                anterior: Some(median.at(skin, front + END * cun)),
                posterior: Some(median.at(skin, back - END * cun)),
            })
        }
        "jiao-5cm" => above_brows(50.0),
        "jiao-6cm" => above_brows(60.0),
        _ => Ok(Middles::default()),
    }
}
