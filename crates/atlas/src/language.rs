//! The zone language: what a file under `atlas/` may say.
//!
//! A point, a line or an area is a small program over landmarks that reads like the book: *from* here, so many
//! cun *back*, *parallel to* that, a fraction *along* the curve between two points. The types below are the
//! grammar; their schema is generated from them.

pub mod quantity;

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

pub use quantity::{CunScale, Fraction, Length, Unit};

/// How well a fact was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// The text of the source, or the whole of its relevant table, was seen.
    Seen,
    /// Only part of the source's text was read.
    Excerpt,
    /// Seen in a secondary compilation only.
    Secondary,
    /// Derived by arithmetic or geometry from other facts of the atlas.
    Derived,
    /// From background knowledge; the source was not seen. Shown as unverified, and off unless asked for.
    Background,
}

impl Mark {
    /// One or two words for tables.
    pub fn words(self) -> &'static str {
        match self {
            Self::Seen => "source seen",
            Self::Excerpt => "excerpt seen",
            Self::Secondary => "secondary source",
            Self::Derived => "derived",
            Self::Background => "unverified",
        }
    }
}

/// A source of `references.toml` and how well the fact was checked against it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Key in `references.toml`.
    pub key: String,
    /// How well it was checked.
    pub mark: Mark,
    /// What exactly was seen there, or where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A statement with its sources.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fact {
    /// The statement, in our words.
    pub text: String,
    /// Where it was found.
    pub sources: Vec<Source>,
}

/// One name in three scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Names {
    /// English.
    #[serde(default)]
    pub en: String,
    /// Hanyu pinyin with tones where known.
    #[serde(default)]
    pub pinyin: String,
    /// Chinese characters (simplified).
    #[serde(default)]
    pub hanzi: String,
}

/// On which sides of the head an item exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sides {
    /// Once, on the midline.
    Midline,
    /// On the left and on the right.
    Bilateral,
}

/// Which side is needled for a one-sided complaint, by the school's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Treats {
    /// Opposite to the complaint.
    Contralateral,
    /// On the side of the complaint.
    Ipsilateral,
    /// Both sides.
    Both,
    /// A midline item.
    Midline,
}

/// One file under `atlas/schools/`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SchoolFile {
    /// The school that the file is about.
    pub school: School,
    /// Its points, lines and areas.
    #[serde(default)]
    pub item: Vec<Item>,
}

/// A school, or another body of definitions such as a standard.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct School {
    /// Short identifier for the command line, such as `jiao`.
    pub id: String,
    /// Name.
    pub names: Names,
    /// What it is, in a sentence or two.
    pub about: String,
    /// Shown only when asked for by name (schools known from background only).
    #[serde(default)]
    pub off: bool,
    /// Sources of the school as a whole.
    pub sources: Vec<Source>,
}

/// A point, line or area of a school.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Item {
    /// Unique code, such as `MS6` or `GV20`.
    pub code: String,
    /// Other words it should be found by.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Names.
    pub names: Names,
    /// Sides.
    pub side: Sides,
    /// The set that it is one of (`Sishenzhen`).
    #[serde(default)]
    pub set: Option<String>,
    /// A point by one undisputed construction.
    #[serde(default)]
    pub place: Option<Place>,
    /// A line by one undisputed construction.
    #[serde(default)]
    pub line: Option<Line>,
    /// An area by one undisputed construction.
    #[serde(default)]
    pub area: Option<Area>,
    /// Disputed constructions, each with a name; `default` says which is used unless asked otherwise.
    #[serde(default)]
    pub variant: Vec<Variant>,
    /// Name of the default variant.
    #[serde(default)]
    pub default: Option<String>,
    /// Why that variant is the default.
    #[serde(default)]
    pub reason: Option<String>,
    /// Named parts of a line, such as the fifths, from its start to its end.
    #[serde(default)]
    pub part: Vec<Part>,
    /// Which side is needled.
    #[serde(default)]
    pub treats: Option<Treats>,
    /// The cortex that the school says lies beneath: a claim.
    #[serde(default)]
    pub cortex: Option<Cortex>,
    /// The function that the school claims.
    #[serde(default)]
    pub function: Option<Fact>,
    /// Indications by the school's books.
    #[serde(default)]
    pub indication: Vec<Fact>,
    /// Where sources disagree, other than by a named variant.
    #[serde(default)]
    pub conflict: Vec<Fact>,
    /// Remarks for the user.
    #[serde(default)]
    pub note: Option<String>,
    /// Sources of the construction.
    pub sources: Vec<Source>,
}

/// One of several constructions of an item.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Variant {
    /// Name, in kebab case.
    pub name: String,
    /// What it says, in a few words.
    pub about: String,
    /// The point.
    #[serde(default)]
    pub place: Option<Place>,
    /// The line.
    #[serde(default)]
    pub line: Option<Line>,
    /// The area.
    #[serde(default)]
    pub area: Option<Area>,
    /// Sources of this construction.
    pub sources: Vec<Source>,
}

/// A named stretch of a line.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Part {
    /// Name, such as `upper 1/5`.
    pub name: String,
    /// Where it begins, as a fraction of the line.
    pub from: Fraction,
    /// Where it ends.
    pub to: Fraction,
    /// What the school says that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Fact>,
}

/// A claim about the cortex beneath.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cortex {
    /// The claim in words; empty regions with the text `none` mean that the school claims none.
    pub text: String,
    /// Gyri by their names in the AAL atlas without the side (`Precentral`), for testing the claim.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Where the claim was found.
    pub sources: Vec<Source>,
}

/// A position on the skin: the name of a landmark or of a point of the atlas, or a construction.
///
/// A name may be `GV20`, `GV20/ear-apex` (a certain variant), or `left:pupil` (a certain side; otherwise it is
/// the side of the item that is being constructed).
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Place {
    /// By name.
    Named(String),
    /// By construction.
    Made(Box<Construction>),
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct PlaceVisitor;
        impl<'de> Visitor<'de> for PlaceVisitor {
            type Value = Place;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a name such as \"GV20\" or a construction such as { grid = { back = \"5 cun\" } }",
                )
            }
            fn visit_str<E: de::Error>(self, s: &str) -> Result<Place, E> {
                Ok(Place::Named(s.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Place, A::Error> {
                Construction::deserialize(MapAccessDeserializer::new(map)).map(|c| Place::Made(Box::new(c)))
            }
        }
        d.deserialize_any(PlaceVisitor)
    }
}

/// How a point is constructed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Construction {
    /// So far back (or forward) along the midline, then so far to the side.
    Grid(Grid),
    /// A fraction or a distance along a curve between two places.
    Along(Along),
    /// So far from a place in a direction.
    Move(Move),
    /// Where the vertical of one place meets the horizontal of another.
    Meet(Meet),
    /// Where two curves cross.
    Cross(Cross),
    /// Where a line crosses an upright plane of a place.
    On(On),
}

/// Midline distance and lateral distance, as WHO 2008 gives the points of the vault.
///
/// The lateral distance runs along the section perpendicular to the midline. Cun on the midline have the scale
/// of their stretch (forehead 3, vault 12); lateral cun have the transverse scale (front 9, back 9).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grid {
    /// A place on the midline to measure from; the mid-anterior hairline if absent. A place off the midline
    /// counts by its level on the midline.
    #[serde(default)]
    pub from: Option<Place>,
    /// How far back along the midline.
    #[serde(default)]
    pub back: Option<Length>,
    /// How far forward along the midline.
    #[serde(default)]
    pub forward: Option<Length>,
    /// How far to the side.
    #[serde(default)]
    pub lateral: Option<Length>,
    /// Instead of `lateral`: in the sagittal plane of this place ("directly above the pupil").
    #[serde(default)]
    pub over: Option<Place>,
}

/// How a curve between places runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// As a tape between two points lies: the shortest path on the skin.
    #[default]
    Geodesic,
    /// The section of the skin by a plane through the places and, where there is no `via`, through the chord
    /// and the mean normal of the skin.
    Plane,
    /// The straight chord in space, dropped onto the skin.
    Chord,
    /// The section of the skin by the vertical plane through both places, with the head upright; of its two
    /// arcs the one that stays higher. Two places on the midline so give the midline, the two ears the arc
    /// over the vertex.
    Vertical,
}

/// A curve between two places.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Join {
    /// Start.
    pub from: Place,
    /// End.
    pub to: Place,
    /// Kind of curve.
    #[serde(default)]
    pub by: By,
    /// A place to pass through.
    #[serde(default)]
    pub via: Option<Place>,
}

/// A place on a curve.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Along {
    /// Start of the curve.
    pub from: Place,
    /// End of the curve.
    pub to: Place,
    /// Kind of curve.
    #[serde(default)]
    pub by: By,
    /// A place to pass through.
    #[serde(default)]
    pub via: Option<Place>,
    /// Fraction of the curve's length from the start.
    #[serde(default)]
    pub at: Option<Fraction>,
    /// Or distance from the start; negative distances go past the start the other way.
    #[serde(default)]
    pub distance: Option<Length>,
}

/// A direction on the skin, with the head upright and looking straight ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Toward the face.
    Forward,
    /// Toward the occiput.
    Back,
    /// Toward the crown.
    Up,
    /// Toward the neck.
    Down,
    /// Away from the midline.
    Lateral,
    /// Toward the midline.
    Medial,
}

/// Which way a move or a run follows the skin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// At a constant distance from the midline (measured in transverse cun or mm as the start is).
    MidlineParallel,
    /// In the horizontal plane.
    Horizontal,
    /// In the vertical plane from side to side (coronal).
    Coronal,
    /// In the vertical plane from front to back (sagittal).
    Sagittal,
    /// Straight on over the skin from the first direction.
    Straight,
}

/// A place at a distance from another.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Move {
    /// Start.
    pub from: Place,
    /// Direction.
    pub direction: Direction,
    /// Distance.
    pub by: Length,
    /// Way; by default coronal for up, down, lateral and medial, midline-parallel for forward and back.
    #[serde(default)]
    pub course: Option<Course>,
    /// Degrees by which the direction is turned toward the face (negative: toward the occiput); the course is
    /// then straight.
    #[serde(default)]
    pub turn_deg: Option<f64>,
}

/// The vertical of one place and the horizontal of another.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Meet {
    /// Gives the vertical plane from side to side.
    pub vertical: Place,
    /// Gives the horizontal plane.
    pub horizontal: Place,
}

/// The crossing of two curves.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cross {
    /// One curve.
    pub first: Line,
    /// The other.
    pub second: Line,
}

/// A plane through a place, with the head upright and looking straight ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UprightPlane {
    /// Vertical, from side to side.
    Coronal,
    /// Vertical, from front to back.
    Sagittal,
    /// Horizontal.
    Horizontal,
}

/// Where a line crosses a plane of a place: "on the brow line, above the middle of the arch".
///
/// The line's own ends limit it; a line that does not reach the plane gives no point.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct On {
    /// The line.
    pub line: Line,
    /// Which plane.
    pub plane: UprightPlane,
    /// The place that the plane passes through.
    pub of: Place,
}

/// How a line is constructed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// Between two places.
    Join(Join),
    /// From a place in a direction for a length.
    Run(Run),
    /// Beside another line of the atlas.
    Parallel(Parallel),
    /// Another line of the atlas by its code.
    Named(String),
}

/// A line that sets out from a place.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Run {
    /// Place to measure from.
    pub from: Place,
    /// Direction.
    pub direction: Direction,
    /// Length in that direction.
    pub by: Length,
    /// Length in the opposite direction; the line then begins there.
    #[serde(default)]
    pub before: Option<Length>,
    /// Way; as in `move`.
    #[serde(default)]
    pub course: Option<Course>,
    /// As in `move`.
    #[serde(default)]
    pub turn_deg: Option<f64>,
}

/// What "parallel, so far behind" means for an oblique line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParallelRule {
    /// Every point moves by the offset at a right angle to the line; if the line begins on the midline, the
    /// parallel is cut off or led on to begin there too.
    Perpendicular,
    /// Both ends move by the offset back or forward: the upper one along the midline, the lower one at its
    /// level, horizontally.
    AlongMidline,
}

/// A line parallel to another.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Parallel {
    /// Code of the line, with an optional `/variant`.
    pub to: String,
    /// Distance.
    pub offset: Length,
    /// Toward the face or the occiput.
    pub direction: Direction,
    /// What the distance means.
    pub rule: ParallelRule,
}

/// How an area is constructed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// A band about a line.
    Band(Band),
    /// A polygon of places, joined by geodesics in order.
    Corners(Vec<Place>),
    /// All that is within a distance over the skin.
    Around(Around),
}

/// A band about a line.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Band {
    /// The middle.
    pub line: Line,
    /// Half the width.
    pub half_width: Length,
}

/// A disc on the skin.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Around {
    /// The middle.
    pub centre: Place,
    /// The radius over the skin.
    pub radius: Length,
}

/// `references.toml`: every source that the atlas cites.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReferenceFile {
    /// Sources by key.
    pub reference: BTreeMap<String, Reference>,
}

/// A source.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reference {
    /// Author, title, year.
    pub title: String,
    /// Kind: standard, textbook, journal, web ...
    pub kind: String,
    /// Address or identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locator: Option<String>,
    /// What of it was seen.
    pub seen: String,
}

/// `landmarks.toml`: what the landmarks are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LandmarkFile {
    /// Landmarks by the names that heads use for them.
    pub landmark: BTreeMap<String, LandmarkEntry>,
}

/// A landmark in words.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LandmarkEntry {
    /// Names.
    pub names: Names,
    /// Sides.
    pub side: Sides,
    /// What it is.
    pub definition: String,
    /// How to find it on a living head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub find: Option<String>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// `counterparts.toml`: zones of different schools that a source equates.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CounterpartFile {
    /// The pairs.
    #[serde(default)]
    pub counterpart: Vec<Counterpart>,
}

/// Two zones that a source equates.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Counterpart {
    /// One code.
    pub a: String,
    /// The other code.
    pub b: String,
    /// Who equates them.
    pub sources: Vec<Source>,
}

/// `settings.toml`: choices that concern many items at once.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SettingFile {
    /// Settings by name.
    pub setting: BTreeMap<String, Setting>,
}

/// A choice with its options.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Setting {
    /// The question that the sources leave open.
    pub question: String,
    /// Options: name and meaning.
    pub option: BTreeMap<String, String>,
    /// The option in force unless asked otherwise.
    pub default: String,
    /// Why.
    pub reason: String,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}
