//! Heights on the trunk and distances from the midline.

use baihui_head::{
    Side,
    curve::plane_cut::{self, Stop},
};
use glam::DVec3;

use super::{
    language::{Face, OnTrunk},
    locate::{Locator, Refused, Spot},
};

/// Beyond the nipple line a straight measure leaves the chest: the rest is taken over the skin.
const STRAIGHT_CUN: f64 = 4.0;
/// From outside the body.
const FAR_MM: f64 = 2000.0;

impl Locator<'_> {
    /// Where a rule on the trunk or the face leads.
    pub(super) fn on_trunk(&self, rule: &OnTrunk, side: Side) -> Result<Spot, Refused> {
        let z = match (rule.cun(), &rule.level) {
            (Some(cun), _) => {
                // Stretches of the trunk run down.
                self.place_named(cun.from, side)?.mm.z - cun.cun * self.cun_along(cun.of, -DVec3::Z, side)?
            }
            (None, Some(level)) => self.place_named(level, side)?.mm.z,
            (None, None) => return Err(Refused::new("the rule names no height".to_owned())),
        };
        match rule.trunk {
            Face::Front => self.face(rule, side, z, DVec3::Y, "chest-width"),
            Face::Back => self.face(rule, side, z, -DVec3::Y, "back-width"),
            Face::Side => {
                let under = rule.under.as_deref().unwrap_or("axilla-centre");
                let y = self.place_named(under, side)?.mm.y;
                let out = DVec3::X * side.sign();
                self.leave(DVec3::new(0.0, y, z), out)
                    .ok_or_else(|| Refused::new("no skin at the side of the trunk".to_owned()))
            }
            Face::Corner => self.corner(side, z),
        }
    }

    /// On the front or the back, at a height.
    fn face(&self, rule: &OnTrunk, side: Side, z: f64, out: DVec3, width: &str) -> Result<Spot, Refused> {
        let nothing = || Refused::new("no skin at that height and distance from the midline".to_owned());
        let skin = &self.body().skin;
        let hit = |x: f64| {
            let origin = DVec3::new(x, 0.0, z) + out * FAR_MM;
            self.hit(origin, -out, 2.0 * FAR_MM).map(|(at, _)| self.spot(at)).ok_or_else(nothing)
        };
        if let Some(beside) = &rule.beside {
            return hit(self.place_named(beside, side)?.mm.x);
        }
        let cun = rule.lateral.unwrap_or(0.0);
        if cun == 0.0 {
            return hit(0.0);
        }
        let scale = self.cun_straight(width, side)?;
        let start = hit(side.sign() * cun.min(STRAIGHT_CUN) * scale)?;
        if cun <= STRAIGHT_CUN {
            return Ok(start);
        }
        let at = start.at.ok_or_else(nothing)?;
        let rest = (cun - STRAIGHT_CUN) * scale;
        let curve = plane_cut::walk(skin, at, DVec3::Z, DVec3::X * side.sign(), Stop::After(rest))
            .map_err(|e| Refused::new(e.to_string()))?;
        Ok(self.spot(skin.closest(curve.position_at(curve.length_mm())).0))
    }

    /// Where the skin's outward direction lies halfway between front and side.
    fn corner(&self, side: Side, z: f64) -> Result<Spot, Refused> {
        let centre = DVec3::new(0.0, self.place_named("joint:pelvis", side)?.mm.y, z);
        let lateral = DVec3::X * side.sign();
        let mut best: Option<(f64, Spot)> = None;
        for degrees in 20..=70 {
            let turn = f64::from(degrees).to_radians();
            let Some(spot) = self.leave(centre, DVec3::Y * libm::cos(turn) + lateral * libm::sin(turn))
            else {
                continue;
            };
            let Some(at) = spot.at else { continue };
            let n = self.body().skin.normal(at);
            let off = (n.dot(lateral) - n.y).abs();
            if best.is_none_or(|(b, _)| off < b) {
                best = Some((off, spot));
            }
        }
        best.map(|(_, s)| s).ok_or_else(|| Refused::new("no skin in front of the hip bone".to_owned()))
    }
}
