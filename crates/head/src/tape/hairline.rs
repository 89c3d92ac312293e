//! Hairlines on a head made from tape: measured, or by a rule.

use super::{
    check::{Checked, Note, TapeError},
    input::{Dimension, HairlineRule, HairlineState},
    population, taut,
};
use crate::{
    curve::{
        Curve, CurveError,
        plane_cut::{self, Stop},
    },
    frame::{Point, Side},
    head::Head,
    landmark::{Landmark, Origin, name},
    surface::SurfacePoint,
};

/// Spinous process of the seventh neck vertebra, where GV14 is found.
const C7: &str = "c7-spinous";
/// Forehead corners of the hairline.
pub(super) const CORNER: &str = "hairline-corner";

/// How precisely a measured hairline is known, mm: half of a millimetre graduation to either side, as a uniform
/// error.
const READING_SD_MM: f64 = 0.288_675_134_594_812_9;

/// Places both hairlines on the midline and moves the forehead corners with the anterior one.
///
/// `midline` runs from the glabella over Cz down the neck; `corners` are the forehead corners on the skin. Returns
/// where the anterior and the posterior hairline were put, if they were.
pub(super) fn place(
    head: &mut Head,
    midline: &Curve,
    corners: [Option<SurfacePoint>; 2],
    checked: &Checked,
    notes: &mut Vec<Note>,
) -> Result<[Option<SurfacePoint>; 2], TapeError> {
    let mut placed = [None; 2];
    let old = head.landmarks.mm(name::ANTERIOR_HAIRLINE, Side::Midline).map(|p| midline.closest(p).0);

    let anterior = anterior(head, checked, midline)?;
    let mut moved = None;
    if let Some(a) = &anterior {
        let s = station(midline, 0.0, a.mm)
            .map_err(|source| TapeError::Hairline { which: "anterior", source })?;
        placed[0] = Some(put(head, name::ANTERIOR_HAIRLINE, midline, s, a.sd_mm, a.origin, &a.method));
        if a.origin != Origin::Measured {
            let others = others(head, checked, midline, a.mm);
            notes.push(Note::Hairline { rule: a.method.clone(), mm: a.mm, others });
        }
        moved = old.map(|o| (s - o, a.sd_mm));
    }
    if let Some((by, sd)) = moved {
        move_corners(head, corners, by, sd);
    }
    let start = head.landmarks.mm(name::ANTERIOR_HAIRLINE, Side::Midline).map(|p| midline.closest(p).0);
    let posterior = match (checked.mm(Dimension::HairlineHairline), start) {
        (Some(mm), Some(from)) => Some((
            station(midline, from, mm),
            both(READING_SD_MM, checked.tape_sd_mm),
            Origin::Measured,
            "hairline–hairline distance by tape".to_owned(),
        )),
        _ if checked.hairline_rule == HairlineRule::EighteenCun && lost(checked) => eighteen(head, midline)
            .map(|[_, p]| {
                (
                    p,
                    0.0,
                    Origin::Rule,
                    "18-cun rule: 3 of 18 cun from GV14 (C7) toward the glabella".to_owned(),
                )
            }),
        _ => None,
    };
    if let Some((s, sd, origin, method)) = posterior {
        let s = s.map_err(|source| TapeError::Hairline { which: "posterior", source })?;
        // A rule has no spread of its own that anyone has measured: the sd that was there stays.
        let sd = if origin == Origin::Rule {
            head.landmarks.get(name::POSTERIOR_HAIRLINE, Side::Midline).map_or(sd, |l| l.sd_mm)
        } else {
            sd
        };
        placed[1] = Some(put(head, name::POSTERIOR_HAIRLINE, midline, s, sd, origin, &method));
    }
    Ok(placed)
}

/// Standard deviation of the sum of two independent errors.
fn both(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}

/// Standard deviation of a distance that ends at hairlines, mm.
pub(super) fn sd_mm(head: &Head, dimension: Dimension) -> f64 {
    let one = |n: &str| head.landmarks.get(n, Side::Midline).map_or(0.0, |l| l.sd_mm);
    match dimension {
        Dimension::HairlineHairline => both(one(name::ANTERIOR_HAIRLINE), one(name::POSTERIOR_HAIRLINE)),
        _ => one(name::ANTERIOR_HAIRLINE),
    }
}

struct Anterior {
    /// Glabella to hairline along the stretched tape.
    mm: f64,
    sd_mm: f64,
    origin: Origin,
    method: String,
}

/// Whether the anterior hairline is not where it grew.
fn lost(checked: &Checked) -> bool {
    checked.hairline != HairlineState::Present
}

/// Where the anterior hairline goes.
fn anterior(head: &Head, checked: &Checked, midline: &Curve) -> Result<Option<Anterior>, TapeError> {
    if let Some(mm) = checked.mm(Dimension::GlabellaHairline) {
        let method = match checked.hairline {
            HairlineState::Present => "glabella–hairline distance by tape",
            _ => "glabella to the upper border of the wrinkling forehead by tape",
        };
        return Ok(Some(Anterior {
            mm,
            sd_mm: both(READING_SD_MM, checked.tape_sd_mm),
            origin: Origin::Measured,
            method: method.to_owned(),
        }));
    }
    let (mean, sd) = population::glabella_hairline(checked.sex);
    let population = || Anterior {
        mm: mean,
        sd_mm: sd,
        origin: Origin::Population,
        method: "mean of two studies of hairlines".to_owned(),
    };
    let fixed = |mm: f64, who: &str| Anterior {
        mm,
        sd_mm: sd,
        origin: Origin::Rule,
        method: format!("{} cm above the glabella ({who})", mm / 10.0),
    };
    // A rule is for a hairline that is lost; one that grew where it grows is estimated.
    if !lost(checked) {
        return Ok(Some(population()));
    }
    Ok(Some(match checked.hairline_rule {
        HairlineRule::Population => population(),
        HairlineRule::Jiao5Cm => fixed(50.0, "Jiao"),
        HairlineRule::Jiao6Cm => fixed(60.0, "Jiao, as one page gives it"),
        HairlineRule::EighteenCun => {
            let [a, _] = eighteen(head, midline).ok_or(TapeError::Rule(C7))?;
            let s = a.map_err(|source| TapeError::Hairline { which: "anterior", source })?;
            Anterior {
                mm: taut::taut_length(midline.between(0.0, s).points()),
                sd_mm: sd,
                origin: Origin::Rule,
                method: "18-cun rule: 3 of 18 cun from the glabella toward GV14 (C7)".to_owned(),
            }
        }
    }))
}

/// Stations of the anterior and posterior hairline by the 18-cun rule; `None` without C7.
fn eighteen(head: &Head, midline: &Curve) -> Option<[Result<f64, CurveError>; 2]> {
    let c7 = head.landmarks.mm(C7, Side::Midline)?;
    let (end, _) = midline.closest(c7);
    let whole = taut::taut_length(midline.between(0.0, end).points());
    Some([3.0, 15.0].map(|cun| station(midline, 0.0, whole * cun / 18.0)))
}

/// What the other rules say, for comparison.
fn others(head: &Head, checked: &Checked, midline: &Curve, chosen: f64) -> Vec<(String, f64)> {
    if !lost(checked) {
        return Vec::new();
    }
    let mut out = vec![
        ("population".to_owned(), population::glabella_hairline(checked.sex).0),
        ("jiao-5cm".to_owned(), 50.0),
        ("jiao-6cm".to_owned(), 60.0),
    ];
    if let Some([Ok(s), _]) = eighteen(head, midline) {
        out.push(("eighteen-cun".to_owned(), taut::taut_length(midline.between(0.0, s).points())));
    }
    out.retain(|(_, mm)| (mm - chosen).abs() > 0.05);
    out
}

/// The arc length on the midline at which a tape stretched from `from` reads `mm`.
fn station(midline: &Curve, from: f64, mm: f64) -> Result<f64, CurveError> {
    let read = |s: f64| taut::taut_length(midline.between(from, s).points());
    let length_mm = midline.length_mm();
    let longest = read(length_mm);
    if mm > longest {
        return Err(CurveError::BeyondEnd { asked_mm: mm, length_mm: longest });
    }
    // A stretched tape is never longer than the skin under it.
    let (mut lo, mut hi) = ((from + mm).min(length_mm), length_mm);
    for _ in 0..60 {
        let middle = (lo + hi) / 2.0;
        if read(middle) < mm {
            lo = middle;
        } else {
            hi = middle;
        }
        if hi - lo < 1e-9 {
            break;
        }
    }
    Ok((lo + hi) / 2.0)
}

fn put(
    head: &mut Head,
    name: &str,
    midline: &Curve,
    s: f64,
    sd_mm: f64,
    origin: Origin,
    method: &str,
) -> SurfacePoint {
    let at = midline.at(&head.skin, s);
    let position = Point::new(head.skin.position(at));
    head.landmarks.insert(
        name,
        Side::Midline,
        Landmark { position, sd_mm, origin, method: method.to_owned() },
    );
    at
}

/// Moves the forehead corners up or down as far as the anterior hairline on the midline, in the sagittal plane
/// through each. Where hair recedes the corners move farther than the middle, which no figure describes, so the
/// whole shift is added to their sd.
fn move_corners(head: &mut Head, corners: [Option<SurfacePoint>; 2], by_mm: f64, sd_mm: f64) {
    let Some(axes) = head.axes() else { return };
    for (side, from) in [Side::Left, Side::Right].into_iter().zip(corners) {
        let Some((corner, from)) = head.landmarks.get(CORNER, side).cloned().zip(from) else { continue };
        let toward = (axes.superior - axes.anterior) * by_mm.signum();
        if let Ok(way) = plane_cut::walk(&head.skin, from, axes.right, toward, Stop::After(by_mm.abs())) {
            let position = Point::new(head.skin.position(way.at(&head.skin, way.length_mm())));
            let sd_mm = both(both(corner.sd_mm, sd_mm), by_mm);
            let method = format!("{}; moved with the anterior hairline", corner.method);
            head.landmarks.insert(CORNER, side, Landmark { position, sd_mm, origin: Origin::Rule, method });
        }
    }
}
