//! Landmarks: where they are, how they came to be, how far to trust them.

use std::collections::BTreeMap;

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::{
    frame::{Axes, HeadFrame, Point, Side},
    surface::Surface,
};

/// How the position of a landmark was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Measured on the person (tape, calipers, digitiser).
    Measured,
    /// Picked by a person on an image or a surface.
    Picked,
    /// Found by an algorithm on the person's own image or surface.
    Detected,
    /// Carried over from the template head by a warp.
    Template,
    /// Constructed from other landmarks by a rule.
    Rule,
    /// Placed by population figures.
    Population,
}

/// One landmark on the skin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Landmark {
    /// Position in the head's frame, mm; on the skin.
    pub position: Point<HeadFrame>,
    /// Standard deviation of the position along each of two perpendicular directions on the skin, mm.
    pub sd_mm: f64,
    /// How the position was got.
    pub origin: Origin,
    /// The method in words, with its source.
    pub method: String,
}

/// Names of the landmarks that the geometry itself needs. The atlas may use any others.
pub mod name {
    /// Deepest point of the nasal bridge on the midline.
    pub const NASION: &str = "nasion";
    /// External occipital protuberance as 10-20 uses it.
    pub const INION: &str = "inion";
    /// Preauricular point (LPA, RPA).
    pub const PREAURICULAR: &str = "preauricular";
    /// Midpoint between the eyebrows (the acupuncturists' glabella).
    pub const GLABELLA: &str = "glabella";
    /// Midpoint of the anterior hairline.
    pub const ANTERIOR_HAIRLINE: &str = "anterior-hairline";
    /// Midpoint of the posterior hairline.
    pub const POSTERIOR_HAIRLINE: &str = "posterior-hairline";
    /// Lowest point of the orbital margin.
    pub const ORBITALE: &str = "orbitale";
    /// Upper margin of the ear canal's opening, on the skin.
    pub const PORION: &str = "porion";
}

/// The landmarks of one head by name and side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Landmarks {
    map: BTreeMap<(String, Side), Landmark>,
}

impl Landmarks {
    /// No landmarks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a landmark.
    pub fn insert(&mut self, name: &str, side: Side, landmark: Landmark) {
        self.map.insert((name.to_owned(), side), landmark);
    }

    /// Removes a landmark.
    pub fn remove(&mut self, name: &str, side: Side) -> Option<Landmark> {
        self.map.remove(&(name.to_owned(), side))
    }

    /// A landmark by name and side.
    pub fn get(&self, name: &str, side: Side) -> Option<&Landmark> {
        // A borrowed tuple key would need a custom Borrow; heads have a few dozen landmarks.
        self.map.get(&(name.to_owned(), side))
    }

    /// A landmark by name and side, open to change.
    pub fn get_mut(&mut self, name: &str, side: Side) -> Option<&mut Landmark> {
        self.map.get_mut(&(name.to_owned(), side))
    }

    /// Position of a landmark, mm in the head's frame.
    pub fn mm(&self, name: &str, side: Side) -> Option<DVec3> {
        self.get(name, side).map(|l| l.position.mm)
    }

    /// All landmarks in order of name, then left, right, midline.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Side, &Landmark)> {
        self.map.iter().map(|((n, s), l)| (n.as_str(), *s, l))
    }

    /// The same, with the landmarks open to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, Side, &mut Landmark)> {
        self.map.iter_mut().map(|((n, s), l)| (n.as_str(), *s, l))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Upright axes of the head.
    ///
    /// Right is LPA → RPA. Anterior lies in the Frankfurt plane (porion to orbitale, mean of both sides) where
    /// those are known; otherwise in the plane of both preauricular points and the nasion, which is tilted
    /// against Frankfurt by several degrees. `None` where LPA, RPA or nasion is missing.
    pub fn axes(&self) -> Option<Axes> {
        let lpa = self.mm(name::PREAURICULAR, Side::Left)?;
        let rpa = self.mm(name::PREAURICULAR, Side::Right)?;
        let mean = |n: &str| Some((self.mm(n, Side::Left)? + self.mm(n, Side::Right)?) / 2.0);
        let anterior = match (mean(name::ORBITALE), mean(name::PORION)) {
            (Some(orbitale), Some(porion)) => orbitale - porion,
            _ => self.mm(name::NASION, Side::Midline)? - (lpa + rpa) / 2.0,
        };
        Axes::from_right_anterior(rpa - lpa, anterior)
    }

    /// Moves every landmark to the closest point of a surface.
    pub fn snap_to(&mut self, skin: &Surface) {
        for (_, _, l) in self.iter_mut() {
            l.position = Point::new(skin.position(skin.closest(l.position.mm).0));
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    side: Side,
    #[serde(flatten)]
    landmark: Landmark,
}

impl Serialize for Landmarks {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter().map(|(n, side, l)| Entry { name: n.to_owned(), side, landmark: l.clone() }))
    }
}

impl<'de> Deserialize<'de> for Landmarks {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let entries = Vec::<Entry>::deserialize(d)?;
        Ok(Self { map: entries.into_iter().map(|e| ((e.name, e.side), e.landmark)).collect() })
    }
}
