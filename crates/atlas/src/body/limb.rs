//! Levels on a limb, and ways round it.

use baihui_head::Side;
use glam::DVec3;

use super::{
    language::{Front, Limb, OnLimb},
    locate::{Locator, Refused, Spot},
};

/// From how far outside the outer skin of head and neck is looked for, mm.
const OUTER_MM: f64 = 150.0;
/// How far an axis may run outside its limb, mm.
const NEAR_MM: f64 = 30.0;
/// How far from such an axis the skin is looked for, mm: half the thickness of a foot near the toes.
const BESIDE_MM: f64 = 12.0;

/// The axis of a limb and its directions across.
#[derive(Clone, Copy, Debug)]
struct Frame {
    origin: DVec3,
    /// Unit vector from the first to the second joint.
    axis: DVec3,
    length: f64,
    front: DVec3,
    lateral: DVec3,
}

impl Frame {
    fn level(&self, p: DVec3) -> f64 {
        (p - self.origin).dot(self.axis)
    }

    fn centre(&self, level: f64) -> DVec3 {
        self.origin + self.axis * level
    }
}

impl Locator<'_> {
    /// Where a rule on a limb leads.
    pub(super) fn on_limb(&self, rule: &OnLimb, side: Side) -> Result<Spot, Refused> {
        let limb = self.atlas().limbs.get(&rule.limb).ok_or_else(|| Refused::missing(&rule.limb))?;
        let frame = self.frame(limb, side)?;
        let level = self.level(rule, &frame, side)?;
        let centre = frame.centre(level);
        let across = |name: &str| -> Result<DVec3, Refused> {
            let p = self.place_named(name, side)?.mm;
            let out = (p - frame.centre(frame.level(p))).reject_from(frame.axis);
            out.try_normalize()
                .ok_or_else(|| Refused::new(format!("{name} lies on the axis of {}", rule.limb)))
        };
        let direction = if let Some([a, b]) = &rule.line {
            let (pa, pb) = (self.place_named(a, side)?.mm, self.place_named(b, side)?.mm);
            let (la, lb) = (frame.level(pa), frame.level(pb));
            if (lb - la).abs() < 1.0 {
                return Err(Refused::new(format!("{a} and {b} are at the same level")));
            }
            (pa.lerp(pb, (level - la) / (lb - la)) - centre).reject_from(frame.axis)
        } else if let Some([a, b]) = &rule.middle {
            across(a)? + across(b)?
        } else {
            let turn = rule.turn_deg.unwrap_or(0.0).to_radians();
            frame.front * libm::cos(turn) + frame.lateral * libm::sin(turn)
        };
        let spot = if limb.outermost {
            self.enter(centre, direction, OUTER_MM)
        } else {
            // The straight axis of an arched foot may leave it: then the skin nearest to where the ray would
            // have come out is taken.
            self.leave(centre, direction).or_else(|| self.near(centre, direction))
        };
        spot.ok_or_else(|| Refused::new(format!("no skin beside {}", rule.limb)))
    }

    /// The skin nearest to a place beside an axis that runs outside its limb.
    fn near(&self, centre: DVec3, direction: DVec3) -> Option<Spot> {
        let (at, d) = self.body().skin.closest(centre + direction.try_normalize()? * BESIDE_MM);
        (d <= NEAR_MM).then(|| self.spot(at))
    }

    fn level(&self, rule: &OnLimb, frame: &Frame, side: Side) -> Result<f64, Refused> {
        let of = |name: &str| self.place_named(name, side).map(|s| frame.level(s.mm));
        if let Some(cun) = rule.cun() {
            return Ok(of(cun.from)? + cun.cun * self.cun_along(cun.of, frame.axis, side)?);
        }
        if let Some(level) = &rule.level {
            return of(level);
        }
        let part = rule.part.map_or(0.5, crate::language::Fraction::value);
        match &rule.levels {
            Some([a, b]) => {
                let (a, b) = (of(a)?, of(b)?);
                Ok(a + (b - a) * part)
            }
            None => Ok(frame.length * part),
        }
    }

    /// One cun of the stretch that a rule measures its level in, along the limb's axis, mm; negative where the stretch
    /// runs against it.
    pub(super) fn limb_cun_mm(&self, rule: &OnLimb, side: Side) -> Option<f64> {
        let limb = self.atlas().limbs.get(&rule.limb)?;
        let frame = self.frame(limb, side).ok()?;
        self.cun_along(rule.cun()?.of, frame.axis, side).ok()
    }

    fn frame(&self, limb: &Limb, side: Side) -> Result<Frame, Refused> {
        let joint = |name: &str| self.place_named(name, side).map(|s| s.mm);
        let (a, b) = (joint(&limb.axis[0])?, joint(&limb.axis[1])?);
        let degenerate = || Refused::new(format!("{} and {} coincide", limb.axis[0], limb.axis[1]));
        let axis = (b - a).try_normalize().ok_or_else(degenerate)?;
        // On the left, lateral is front × axis; the right side is the mirror image.
        let hand = if side == Side::Right { -1.0 } else { 1.0 };
        let unit = |v: DVec3| v.reject_from(axis).try_normalize().ok_or_else(degenerate);
        let (front, lateral) = if let Some([from, to]) = &limb.lateral {
            let lateral = unit(joint(to)? - joint(from)?)?;
            (axis.cross(lateral) * hand, lateral)
        } else {
            let front = match (&limb.bend, limb.front) {
                (Some([p, q, r]), _) => unit((joint(p)? + joint(r)?) / 2.0 - joint(q)?)?,
                (None, Some(Front::Up)) => unit(DVec3::Z)?,
                (None, _) => unit(DVec3::Y)?,
            };
            (front, front.cross(axis) * hand)
        };
        let origin = limb.through.as_deref().map_or(Ok(a), joint)?;
        Ok(Frame { origin, axis, length: a.distance(b), front, lateral })
    }
}
