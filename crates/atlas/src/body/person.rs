//! Head and body as one person: the points of the head by the head atlas, on the skin of the body.

use std::collections::BTreeMap;

use baihui_head::{
    Head, Side, Surface, SurfacePoint,
    body::{Body, Carry, JoinError, Joined, Shape, Size, built_in},
};
use glam::DVec3;

use super::{
    BodyAtlas,
    locate::{Refused, Spot},
};
use crate::{Atlas, Choices, Evaluator, Names, Refusal, Value, language::Sides};

/// A point of the head carried farther than this to reach the skin of the body is not believed, mm.
const FAR_MM: f64 = 15.0;

/// Points of the head on a body, by code and side.
pub type HeadPoints = BTreeMap<(String, Side), Result<Spot, Refused>>;

/// A body with the head of a person, and the points that the head atlas places on it.
#[derive(Clone, Debug)]
pub struct Person {
    /// The body, its head bent onto the located head.
    pub body: Body,
    /// From the head's frame to the body's.
    pub carry: Carry,
    /// Points of the head.
    pub points: HeadPoints,
    /// How far points were carried from the located head to the skin of the body at most, mm.
    pub farthest_mm: f64,
}

/// Why there is no such person.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// Head and body do not go together.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The head atlas cannot be worked out on the head.
    #[error("nothing can be located on the head: {0}")]
    Head(#[from] Refusal),
}

/// How far the outer skin may lie from the nearest, mm: an eyelid, not an auricle.
const LAYER_MM: f64 = 6.0;
/// Least cosine between the outward directions of head and body at a point for both to be the same skin.
const AGREES: f64 = 0.5;

/// The skin nearest to a place, and how far it is, mm. The nearest may be the inside of an eye socket: where its outward direction is not that of the head, the first skin along or against it that agrees is taken.
fn outer(skin: &Surface, mm: DVec3, out: DVec3) -> (SurfacePoint, f64) {
    let near = skin.closest(mm);
    if skin.face_normal(near.0.face).dot(out) >= AGREES {
        return near;
    }
    let mut best: Option<(SurfacePoint, f64)> = None;
    for direction in [out, -out] {
        let mut gone = 0.0;
        while let Some((at, d)) = skin.ray(mm + direction * gone, direction, LAYER_MM - gone) {
            gone += d;
            if skin.face_normal(at.face).dot(out) >= AGREES {
                if best.is_none_or(|(_, b)| gone < b) {
                    best = Some((at, gone));
                }
                break;
            }
            gone += 1e-3;
            if gone >= LAYER_MM {
                break;
            }
        }
    }
    best.unwrap_or(near)
}

impl Person {
    /// Joins a head to a body of a shape and carries the points of the head onto it.
    ///
    /// # Errors
    /// [`PersonError`] in words.
    pub fn new(
        points: &BodyAtlas,
        atlas: &Atlas,
        names: &Names,
        shape: &Shape,
        head: &Head,
        size: Size,
    ) -> Result<Self, PersonError> {
        let Joined { body, carry, .. } = built_in().person(shape, head, size)?;
        let choices = Choices::default();
        let mut evaluator = Evaluator::new(atlas, names, &choices, head)?;
        let mut found = HeadPoints::new();
        let mut farthest_mm: f64 = 0.0;
        for p in points.points.iter().filter(|p| p.point.head) {
            let code = &p.point.code;
            let sides: &[Side] = match p.point.side {
                Sides::Midline => &[Side::Midline],
                Sides::Bilateral => &[Side::Left, Side::Right],
            };
            for &side in sides {
                let spot = match atlas.find(code).map(|i| evaluator.locate(i, side)) {
                    Some(Ok(Value::Point(at))) => {
                        let from = head.skin.position(at);
                        let mm = carry.to_body(from);
                        let out = (carry.to_body(from + head.skin.normal(at)) - mm).normalize_or_zero();
                        let (on, d) = outer(&body.skin, mm, out);
                        farthest_mm = farthest_mm.max(d);
                        if d <= FAR_MM {
                            Ok(Spot { mm: body.skin.position(on), at: Some(on) })
                        } else {
                            Err(Refused::new(format!(
                                "{code} of the head lies {d:.0} mm from the body's skin"
                            )))
                        }
                    }
                    Some(Ok(_)) => Err(Refused::new(format!("{code} is no point on the head"))),
                    Some(Err(e)) => Err(Refused::new(e.to_string())),
                    None => Err(Refused::missing(code)),
                };
                found.insert((code.clone(), side), spot);
            }
        }
        Ok(Self { body, carry, points: found, farthest_mm })
    }
}
