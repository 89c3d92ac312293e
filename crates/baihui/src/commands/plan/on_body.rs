//! What the body says about the sites of a plan that are not on the head: where they are on this person, how deep
//! textbooks go there, and what must not be hit.

use baihui_atlas::{
    Atlas,
    body::{BodyAtlas, Locator, Person},
    language::Sides,
    uncertainty::PLACING_SD_MM,
};
use baihui_clinic::{
    plan::{Geometry, OnHead, Place, SiteKey},
    side::Side,
};
use baihui_head::Side as BodySide;

/// Locates the sites that are on the body. Coordinates are those of the body; the standard deviation is that of the
/// hand alone, since how far the model is from the person nobody knows.
pub fn on_body(points: &BodyAtlas, atlas: &Atlas, person: &Person, keys: &[SiteKey]) -> Geometry {
    let locator = Locator::of(points, person);
    let finger = locator.cun_straight("finger-cun", BodySide::Left).ok();
    keys.iter()
        .filter(|k| atlas.find(&k.code).is_none())
        .filter_map(|k| {
            let i = points.find(&k.code).filter(|&i| points.points[i].point.code == k.code)?;
            Some((k.clone(), one(points, &locator, i, k, finger)))
        })
        .collect()
}

fn one(points: &BodyAtlas, locator: &Locator<'_>, i: usize, key: &SiteKey, finger: Option<f64>) -> OnHead {
    let p = &points.points[i];
    let side = match (p.point.side, key.side) {
        (Sides::Midline, _) | (_, Side::Midline) => BodySide::Midline,
        (_, Side::Left) => BodySide::Left,
        (_, Side::Right) => BodySide::Right,
    };
    let spot = match locator.place_named(&key.code, side) {
        Ok(spot) => spot,
        Err(e) => return OnHead { refused: Some(e.to_string()), ..OnHead::default() },
    };
    let mut tape = locator.words(i, 0, side).map(|s| s.en).unwrap_or_default();
    for n in &p.point.needle {
        tape += &format!(" {}", n.angle.words());
        if let (Some([a, b]), Some(cun)) = (n.depth_cun, finger) {
            tape += &format!(", {a} to {b} cun, {:.0} to {:.0} mm on this body", a * cun, b * cun);
        }
        if let Some(t) = &n.toward {
            tape += &format!(", {t}");
        }
        tape += " (as textbooks print it, no permission).";
    }
    let cautions: Vec<String> =
        p.point.caution.iter().map(|c| format!("{}: {}", c.kind.words(), c.text)).collect();
    if !cautions.is_empty() {
        tape += &format!(" Beware: {}.", cautions.join("; "));
    }
    if p.point.reading.is_some() {
        tape += " ≈ read from the words: feel for the hollow.";
    }
    let construction = p.constructions.first().map(|c| c.name.clone()).filter(|n| !n.is_empty());
    OnHead {
        place: Some(Place {
            start_mm: spot.mm.to_array(),
            end_mm: None,
            sd_mm: PLACING_SD_MM,
            tape: tape.trim().to_owned(),
            variant: construction,
            mark: p.mark(points),
            beneath: Vec::new(),
        }),
        ..OnHead::default()
    }
}
