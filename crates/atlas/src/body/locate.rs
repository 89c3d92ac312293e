//! Works out points on one body, each once.

use std::{cell::RefCell, collections::BTreeMap};

use baihui_head::{
    Side, SurfacePoint,
    body::Body,
    curve::plane_cut::{self, Stop},
};
use glam::DVec3;
use serde::Serialize;
use thiserror::Error;

use super::{
    BodyAtlas, HeadPoints, Person, direction,
    language::{Between, Moved, Place, Ray},
};
use crate::language::Sides;

/// How far a chord may lie from the skin before the nearest skin is taken instead, mm.
const REACH_MM: f64 = 400.0;

/// Why a place cannot be had on this body.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[error("{message}")]
pub struct Refused {
    /// In words.
    pub message: String,
}

impl Refused {
    pub(super) fn new(message: String) -> Self {
        Self { message }
    }

    pub(super) fn missing(name: &str) -> Self {
        Self { message: format!("this body has no {name}") }
    }
}

/// A place: millimetres in the body's frame, and where on the skin, if it is on the skin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// mm.
    pub mm: DVec3,
    /// Position on the skin.
    pub at: Option<SurfacePoint>,
}

/// A point on a side of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// Index into [`BodyAtlas::points`].
    pub point: usize,
    /// Index of the construction.
    pub construction: usize,
    /// Side.
    pub side: Side,
    /// The place, or why there is none.
    pub spot: Result<Spot, Refused>,
}

/// Places that were asked for, by name and side; nothing while one is being worked out.
type Known = BTreeMap<(String, Side), Option<Result<Spot, Refused>>>;

/// Works out places on one body and remembers them.
#[derive(Debug)]
pub struct Locator<'a> {
    atlas: &'a BodyAtlas,
    body: &'a Body,
    head: Option<&'a HeadPoints>,
    known: RefCell<Known>,
}

impl<'a> Locator<'a> {
    /// For one body.
    pub fn new(atlas: &'a BodyAtlas, body: &'a Body) -> Self {
        Self { atlas, body, head: None, known: RefCell::new(BTreeMap::new()) }
    }

    /// For a person: points of the head are where the head atlas has them.
    pub fn of(atlas: &'a BodyAtlas, person: &'a Person) -> Self {
        Self { head: Some(&person.points), ..Self::new(atlas, &person.body) }
    }

    /// The knowledge.
    pub fn atlas(&self) -> &'a BodyAtlas {
        self.atlas
    }

    /// The body.
    pub fn body(&self) -> &'a Body {
        self.body
    }

    /// Every point with a place of its own, and those of the head where there is one, default constructions, in the atlas's order; left before right.
    pub fn all(&self) -> Vec<Located> {
        let mut out = Vec::new();
        for (point, p) in self.atlas.points.iter().enumerate() {
            if p.constructions.is_empty() && !(p.point.head && self.head.is_some()) {
                continue;
            }
            for &side in sides(p.point.side) {
                out.push(Located {
                    point,
                    construction: 0,
                    side,
                    spot: self.place_named(&p.point.code, side),
                });
            }
        }
        out
    }

    /// All constructions of one point.
    pub fn point(&self, point: usize) -> Vec<Located> {
        let Some(p) = self.atlas.points.get(point) else { return Vec::new() };
        let mut out = Vec::new();
        if p.point.head && self.head.is_some() {
            for &side in sides(p.point.side) {
                let spot = self.place_named(&p.point.code, side);
                out.push(Located { point, construction: 0, side, spot });
            }
        }
        for (construction, c) in p.constructions.iter().enumerate() {
            let name =
                if c.name.is_empty() { p.point.code.clone() } else { format!("{}/{}", p.point.code, c.name) };
            for &side in sides(p.point.side) {
                out.push(Located { point, construction, side, spot: self.place_named(&name, side) });
            }
        }
        out
    }

    /// A place by its name: a landmark, a point, a variant of one, `joint:...`; `left:` and `right:` in front pick a
    /// side, otherwise it is `side`.
    ///
    /// # Errors
    /// [`Refused`] says what this body lacks.
    pub fn place_named(&self, name: &str, side: Side) -> Result<Spot, Refused> {
        let (name, side) = match name.split_once(':') {
            Some(("left", rest)) => (rest, Side::Left),
            Some(("right", rest)) => (rest, Side::Right),
            _ => (name, side),
        };
        if let Some(joint) = name.strip_prefix("joint:") {
            let mm = self.body.joint(joint, side).ok_or_else(|| Refused::missing(name))?;
            return Ok(Spot { mm, at: None });
        }
        let key = (name.to_owned(), side);
        match self.known.borrow().get(&key) {
            Some(Some(known)) => return known.clone(),
            Some(None) => return Err(Refused::new(format!("{name} is defined by itself"))),
            None => {}
        }
        self.known.borrow_mut().insert(key.clone(), None);
        let made = self.make(name, side);
        self.known.borrow_mut().insert(key, Some(made.clone()));
        made
    }

    fn make(&self, name: &str, side: Side) -> Result<Spot, Refused> {
        if let Some(landmark) = self.atlas.landmarks.get(name) {
            let side = if landmark.side == Sides::Midline { Side::Midline } else { side };
            if let Some(v) = landmark.vertex {
                return self
                    .body
                    .vertex(v, side)
                    .map(|at| self.spot(at))
                    .ok_or_else(|| Refused::missing(name));
            }
            let place = landmark.place.as_ref().ok_or_else(|| Refused::missing(name))?;
            return self.construct(place, side);
        }
        let (code, variant) = name.split_once('/').map_or((name, None), |(c, v)| (c, Some(v)));
        let point = self.atlas.find(code).and_then(|i| self.atlas.points.get(i));
        let point = point.ok_or_else(|| Refused::missing(name))?;
        if point.point.head {
            let side = if point.point.side == Sides::Midline { Side::Midline } else { side };
            return match self.head.and_then(|h| h.get(&(point.point.code.clone(), side))) {
                Some(spot) => spot.clone(),
                None => Err(Refused::new(format!("{name} lies on the head; this body has none of its own"))),
            };
        }
        let construction = match variant {
            Some(v) => point.constructions.iter().find(|c| c.name == v),
            None => point.constructions.first(),
        };
        self.construct(&construction.ok_or_else(|| Refused::missing(name))?.place, side)
    }

    fn construct(&self, place: &Place, side: Side) -> Result<Spot, Refused> {
        match place {
            Place::Named(name) => self.place_named(name, side),
            Place::Limb(rule) => self.on_limb(rule, side),
            Place::Trunk(rule) => self.on_trunk(rule, side),
            Place::Between(rule) => self.between(rule, side),
            Place::Move(rule) => self.moved(rule, side),
            Place::Ray(rule) => self.ray(rule, side),
            Place::Drop(rule) => {
                let (p, z) = (self.place_named(&rule.drop, side)?.mm, self.place_named(&rule.to, side)?.mm.z);
                Ok(Spot { mm: DVec3::new(p.x, p.y, z), at: None })
            }
        }
    }

    fn between(&self, rule: &Between, side: Side) -> Result<Spot, Refused> {
        let [a, b] = &rule.between;
        let (a, b) = (self.place_named(a, side)?, self.place_named(b, side)?);
        let p = a.mm.lerp(b.mm, rule.part.value());
        let skin = &self.body.skin;
        let outward = |s: &Spot| s.at.map_or(DVec3::ZERO, |at| skin.normal(at));
        // Square to the chord, so that the part of the way stays what it is.
        let out =
            (outward(&a) + outward(&b)).reject_from((b.mm - a.mm).normalize_or(DVec3::X)).normalize_or_zero();
        // The chord lies under bulging skin and over hollows: out or in along the mean of both normals.
        let mut best: Option<(SurfacePoint, f64)> = None;
        for direction in [out, -out] {
            if let Some((at, d)) = self.hit(p, direction, REACH_MM)
                && skin.normal(at).dot(out) > 0.0
                && best.is_none_or(|(_, b)| d < b)
            {
                best = Some((at, d));
            }
        }
        let (near, d) = skin.closest(p);
        // A chord that grazes the skin has no clear way out.
        let at = best.filter(|(_, b)| *b < 3.0 * d + 10.0).map_or(near, |(at, _)| at);
        Ok(self.spot(at))
    }

    fn moved(&self, rule: &Moved, side: Side) -> Result<Spot, Refused> {
        let start = self.place_named(&rule.from, side)?;
        let skin = &self.body.skin;
        let at = start.at.unwrap_or_else(|| skin.closest(start.mm).0);
        let heading = match direction::named(&rule.direction, side) {
            Some(d) => d,
            None => self.place_named(&rule.direction, side)?.mm - start.mm,
        };
        let out = skin.normal(at);
        let heading = heading.reject_from(out);
        let length = rule.cun * self.cun_straight(&rule.of, side)?;
        let curve = plane_cut::walk(skin, at, heading.cross(out), heading, Stop::After(length))
            .map_err(|e| Refused::new(format!("from {} {}: {e}", rule.from, rule.direction)))?;
        Ok(self.spot(skin.closest(curve.position_at(curve.length_mm())).0))
    }

    fn ray(&self, rule: &Ray, side: Side) -> Result<Spot, Refused> {
        let from = self.place_named(&rule.ray, side)?.mm;
        let direction = match &rule.toward {
            Some(to) => self.place_named(to, side)?.mm - from,
            None => DVec3::new(rule.lateral * side.sign(), rule.forward, rule.up),
        };
        self.leave(from, direction).ok_or_else(|| Refused::new(format!("no skin beyond {}", rule.ray)))
    }

    /// First hit of a ray. One that runs exactly along an edge of the mesh may slip through: then one beside it, a
    /// ten-thousandth of a millimetre off, is taken.
    pub(super) fn hit(&self, origin: DVec3, direction: DVec3, max_mm: f64) -> Option<(SurfacePoint, f64)> {
        let dir = direction.try_normalize()?;
        let (a, b) = dir.any_orthonormal_pair();
        let beside = [DVec3::ZERO, a, b, -a, -b, a + b, a - b];
        beside.into_iter().find_map(|d| self.body.skin.ray(origin + d * 1e-4, dir, max_mm))
    }

    /// Where a ray from within leaves the body. The first face that looks along the ray counts.
    pub(super) fn leave(&self, from: DVec3, direction: DVec3) -> Option<Spot> {
        let skin = &self.body.skin;
        let dir = direction.try_normalize()?;
        let mut origin = from;
        for _ in 0..8 {
            let (at, d) = self.hit(origin, dir, REACH_MM)?;
            if skin.face_normal(at.face).dot(dir) > 0.0 {
                return Some(self.spot(at));
            }
            origin += dir * (d + 1e-6);
        }
        None
    }

    /// Where a ray comes into the body from so many mm outside, toward a place within; at most as far beyond it.
    pub(super) fn enter(&self, toward: DVec3, direction: DVec3, outside_mm: f64) -> Option<Spot> {
        let dir = direction.try_normalize()?;
        let (at, _) = self.hit(toward + dir * outside_mm, -dir, 2.0 * outside_mm)?;
        Some(self.spot(at))
    }

    pub(super) fn spot(&self, at: SurfacePoint) -> Spot {
        Spot { mm: self.body.skin.position(at), at: Some(at) }
    }

    /// One cun of a stretch along a direction, mm; negative where the stretch runs against it.
    pub(super) fn cun_along(&self, stretch: &str, along: DVec3, side: Side) -> Result<f64, Refused> {
        let s = self.atlas.stretches.get(stretch).ok_or_else(|| Refused::missing(stretch))?;
        let (a, b) = (self.place_named(&s.from, side)?.mm, self.place_named(&s.to, side)?.mm);
        let mm = (b - a).dot(along) / s.cun;
        if mm.abs() < 0.5 {
            return Err(Refused::new(format!("the stretch {stretch} has no length on this body")));
        }
        Ok(mm)
    }

    /// One cun of a stretch, measured straight, mm.
    ///
    /// # Errors
    /// [`Refused`] where a landmark is missing or both coincide.
    pub fn cun_straight(&self, stretch: &str, side: Side) -> Result<f64, Refused> {
        let s = self.atlas.stretches.get(stretch).ok_or_else(|| Refused::missing(stretch))?;
        let (a, b) = (self.place_named(&s.from, side)?.mm, self.place_named(&s.to, side)?.mm);
        let mm = a.distance(b) / s.cun;
        if mm < 0.5 {
            return Err(Refused::new(format!("the stretch {stretch} has no length on this body")));
        }
        Ok(mm)
    }
}

/// The sides of an item.
fn sides(sides: Sides) -> &'static [Side] {
    match sides {
        Sides::Midline => &[Side::Midline],
        Sides::Bilateral => &[Side::Left, Side::Right],
    }
}
