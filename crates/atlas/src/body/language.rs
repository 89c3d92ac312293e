//! The grammar of the files under `atlas/body`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::language::{Fact, Fraction, Names, Sides, Source};

/// `landmarks.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LandmarkFile {
    /// Landmarks by name.
    pub landmark: BTreeMap<String, Landmark>,
}

/// A landmark of the body.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Landmark {
    /// Names.
    pub names: Names,
    /// Sides.
    pub side: Sides,
    /// A vertex of the base mesh, named on the left.
    #[serde(default)]
    pub vertex: Option<u32>,
    /// Or a rule.
    #[serde(default)]
    pub place: Option<Place>,
    /// How it was got.
    pub how: String,
    /// Sources.
    pub sources: Vec<Source>,
}

/// `limbs.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimbFile {
    /// Limbs by name.
    pub limb: BTreeMap<String, Limb>,
}

/// An axis and which way is front. Exactly one of `front`, `bend` and `lateral` is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limb {
    /// Joints at its start and its end.
    pub axis: [String; 2],
    /// Front is a direction of the body.
    #[serde(default)]
    pub front: Option<Front>,
    /// Front is the side to which this chain of joints bends.
    #[serde(default)]
    pub bend: Option<[String; 3]>,
    /// Lateral is the direction from one joint to another.
    #[serde(default)]
    pub lateral: Option<[String; 2]>,
    /// The axis runs through this place instead of its first joint, the same way.
    #[serde(default)]
    pub through: Option<String>,
    /// A ray from the axis goes on through cavities to the outer skin.
    #[serde(default)]
    pub outermost: bool,
}

/// Directions that a limb's front can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Front {
    /// Where the person looks.
    Forward,
    /// To the crown.
    Up,
}

/// `stretches.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StretchFile {
    /// Stretches by name.
    pub stretch: BTreeMap<String, Stretch>,
}

/// A proportional measure.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stretch {
    /// In words.
    pub about: String,
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// How many cun it counts.
    pub cun: f64,
    /// Sources.
    pub sources: Vec<Source>,
    /// Remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The file of a channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelFile {
    /// The channel.
    pub channel: Channel,
    /// Its points in order.
    pub point: Vec<Point>,
}

/// A channel and what its points have where they say nothing else.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Channel {
    /// Two letters.
    pub id: String,
    /// Names.
    pub names: Names,
    /// Sources of places.
    pub place_sources: Vec<Source>,
    /// Sources of needling.
    pub needle_sources: Vec<Source>,
    /// Sources of functions and indications.
    pub text_sources: Vec<Source>,
}

/// A point.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Point {
    /// Code, such as `LU1`.
    pub code: String,
    /// Names.
    pub names: Names,
    /// Sides.
    pub side: Sides,
    /// What it is among the points: `yuan-source`, `back-shu:lung` and so on.
    #[serde(default)]
    pub class: Vec<String>,
    /// Located by the head atlas, under the same code.
    #[serde(default)]
    pub head: bool,
    /// Why it has no place on the skin.
    #[serde(default)]
    pub inside: Option<String>,
    /// The place.
    #[serde(default)]
    pub place: Option<Place>,
    /// Disputed places.
    #[serde(default)]
    pub variant: Vec<Variant>,
    /// The variant that is used unless asked otherwise.
    #[serde(default)]
    pub default: Option<String>,
    /// Where the rule had to choose a number that its source does not give.
    #[serde(default)]
    pub reading: Option<String>,
    /// Sources of the place.
    #[serde(default)]
    pub place_sources: Option<Vec<Source>>,
    /// How it is needled, the usual way first.
    #[serde(default)]
    pub needle: Vec<Needle>,
    /// Also pricked to bleed.
    #[serde(default)]
    pub bleed: bool,
    /// Moxa is usual instead.
    #[serde(default)]
    pub moxa: bool,
    /// What it is said to do.
    #[serde(default)]
    pub function: Option<String>,
    /// What it is said to be good for.
    #[serde(default)]
    pub indication: Vec<String>,
    /// What lies beneath.
    #[serde(default)]
    pub beneath: Option<Fact>,
    /// What to beware of.
    #[serde(default)]
    pub caution: Vec<Caution>,
}

/// One of several places of a point.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Variant {
    /// Name.
    pub name: String,
    /// Who says so.
    pub about: String,
    /// The place.
    pub place: Place,
}

/// One way of needling.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Needle {
    /// Angle class.
    pub angle: Angle,
    /// Smallest and largest depth or length of insertion, cun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth_cun: Option<[f64; 2]>,
    /// Whither, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toward: Option<String>,
    /// Who says so, where it is not what the channel's sources print.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// Angle to the skin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Angle {
    /// About 90 degrees.
    Perpendicular,
    /// About 45 degrees.
    Oblique,
    /// 15 to 25 degrees.
    Horizontal,
    /// A prick of the skin.
    Shallow,
    /// Not needled.
    None,
}

impl Angle {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Perpendicular => "perpendicular",
            Self::Oblique => "oblique",
            Self::Horizontal => "horizontal",
            Self::Shallow => "shallow",
            Self::None => "not needled",
        }
    }
}

/// Something to beware of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Caution {
    /// Of what kind.
    pub kind: Danger,
    /// In words.
    pub text: String,
    /// Sources.
    pub sources: Vec<Source>,
}

/// Kinds of danger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Danger {
    /// Lung and pleura.
    Pneumothorax,
    /// An artery or vein.
    Vessel,
    /// A nerve.
    Nerve,
    /// Another organ.
    Organ,
    /// Spinal cord or brain stem.
    Cord,
    /// In pregnancy.
    Pregnancy,
    /// Never, or never in some people.
    Forbidden,
    /// Blood pressure.
    Pressure,
    /// A source asks for care and does not say because of what.
    Unnamed,
}

impl Danger {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pneumothorax => "lung",
            Self::Vessel => "vessel",
            Self::Nerve => "nerve",
            Self::Organ => "organ",
            Self::Cord => "cord or brain stem",
            Self::Pregnancy => "pregnancy",
            Self::Forbidden => "forbidden",
            Self::Pressure => "blood pressure",
            Self::Unnamed => "care",
        }
    }
}

/// A position: a name, or a construction.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// Landmark, point, `joint:...`; `left:` and `right:` pick a side.
    Named(String),
    /// On a limb.
    Limb(OnLimb),
    /// On the trunk or the face.
    Trunk(OnTrunk),
    /// On the straight line between two places.
    Between(Between),
    /// Over the skin from a place.
    Move(Moved),
    /// Along a ray from a joint.
    Ray(Ray),
    /// Below a place.
    Drop(Drop),
}

/// So many cun of a stretch from a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Cun<'a> {
    /// How many; positive from the stretch's start to its end.
    pub cun: f64,
    /// Which stretch.
    pub of: &'a str,
    /// From where.
    pub from: &'a str,
}

/// On a limb: a level and a way round.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OnLimb {
    /// The limb.
    pub limb: String,
    /// Level of a place.
    #[serde(default)]
    pub level: Option<String>,
    /// Level between those of two places, `part` of the way; with `part` alone, of the limb.
    #[serde(default)]
    pub levels: Option<[String; 2]>,
    /// See `levels`.
    #[serde(default)]
    pub part: Option<Fraction>,
    /// Or so many cun ...
    #[serde(default)]
    pub cun: Option<f64>,
    /// ... of this stretch ...
    #[serde(default)]
    pub of: Option<String>,
    /// ... from here.
    #[serde(default)]
    pub from: Option<String>,
    /// Degrees round the limb: 0 front, 90 lateral, 180 back, −90 medial.
    #[serde(default)]
    pub turn_deg: Option<f64>,
    /// Or on the line between two places.
    #[serde(default)]
    pub line: Option<[String; 2]>,
    /// Or midway round the limb between two places.
    #[serde(default)]
    pub middle: Option<[String; 2]>,
}

/// Which face of the trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Face {
    /// Front.
    Front,
    /// Back.
    Back,
    /// Side.
    Side,
    /// Where the skin turns from front to side.
    Corner,
}

/// On the trunk: a height and a distance from the midline.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OnTrunk {
    /// Which face.
    pub trunk: Face,
    /// Height of a place.
    #[serde(default)]
    pub level: Option<String>,
    /// Or so many cun ...
    #[serde(default)]
    pub cun: Option<f64>,
    /// ... of this stretch ...
    #[serde(default)]
    pub of: Option<String>,
    /// ... from here.
    #[serde(default)]
    pub from: Option<String>,
    /// Cun from the midline.
    #[serde(default)]
    pub lateral: Option<f64>,
    /// Or as far from the midline as this place.
    #[serde(default)]
    pub beside: Option<String>,
    /// On the side: as far forward as this place.
    #[serde(default)]
    pub under: Option<String>,
}

/// On the straight line between two places, dropped onto the skin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Between {
    /// The places.
    pub between: [String; 2],
    /// How far from the first to the second.
    pub part: Fraction,
}

/// Over the skin from a place.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Moved {
    /// From here.
    #[serde(rename = "move")]
    pub from: String,
    /// `up`, `down`, `lateral`, `medial`, `forward`, `backward`, two of them joined by a hyphen, or a place.
    pub direction: String,
    /// So many cun ...
    pub cun: f64,
    /// ... of this stretch.
    pub of: String,
}

/// Along a ray from a joint to the skin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ray {
    /// From here.
    pub ray: String,
    /// Toward this place.
    #[serde(default)]
    pub toward: Option<String>,
    /// Or in this direction: away from the midline,
    #[serde(default)]
    pub lateral: f64,
    /// forward,
    #[serde(default)]
    pub forward: f64,
    /// up.
    #[serde(default)]
    pub up: f64,
}

/// Straight below a place, at the height of another; not on the skin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Drop {
    /// Below this,
    pub drop: String,
    /// at this height.
    pub to: String,
}

impl OnLimb {
    /// The cun, if the level is given so.
    pub fn cun(&self) -> Option<Cun<'_>> {
        Some(Cun { cun: self.cun?, of: self.of.as_deref()?, from: self.from.as_deref()? })
    }
}

impl OnTrunk {
    /// The cun, if the height is given so.
    pub fn cun(&self) -> Option<Cun<'_>> {
        Some(Cun { cun: self.cun?, of: self.of.as_deref()?, from: self.from.as_deref()? })
    }
}

impl Place {
    /// Names of places that it refers to.
    pub fn names(&self) -> Vec<&str> {
        fn all<'a>(out: &mut Vec<&'a str>, names: impl IntoIterator<Item = &'a Option<String>>) {
            out.extend(names.into_iter().flatten().map(String::as_str));
        }
        let mut out = Vec::new();
        match self {
            Self::Named(n) => out.push(n.as_str()),
            Self::Limb(l) => {
                all(&mut out, [&l.level, &l.from]);
                out.extend(
                    [&l.levels, &l.line, &l.middle].into_iter().flatten().flatten().map(String::as_str),
                );
            }
            Self::Trunk(t) => all(&mut out, [&t.level, &t.from, &t.beside, &t.under]),
            Self::Between(b) => out.extend(b.between.iter().map(String::as_str)),
            Self::Move(m) => out.push(&m.from),
            Self::Ray(r) => {
                out.push(&r.ray);
                all(&mut out, [&r.toward]);
            }
            Self::Drop(d) => out.extend([d.drop.as_str(), d.to.as_str()]),
        }
        out
    }
}
