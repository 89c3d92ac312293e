//! Every zone on a head, as it is shown and written to files.

use std::collections::BTreeMap;

use baihui_head::{Frame, Head, HeadFrame, HeadSource, Landmarks, Side, Surface};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    evaluate::{Choices, Evaluator, Names, Refusal, Value},
    language::{Mark, Names as ItemNames, Source, Treats},
    load::Atlas,
    uncertainty::{self, Draws, Ellipse, Method, Parts, Spread},
    words::{Language, Words, sides_of},
};

/// Step at which paths are written, mm.
const PATH_STEP_MM: f64 = 3.0;

/// What to locate.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Schools by index; all that are not off by default if empty (and no item is named).
    pub schools: Vec<usize>,
    /// Items by index, in addition.
    pub items: Vec<usize>,
    /// Variants and settings.
    pub choices: Choices,
    /// Uncertainty.
    pub draws: Draws,
    /// Whether the tape's words are wanted in Chinese as well.
    pub chinese: bool,
}

/// The head that was located on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HeadSummary {
    /// Its name.
    pub name: String,
    /// What it was made from: template, tape, scan or mri.
    pub source: String,
    /// Coordinate frame of every position: millimetres, right-anterior-superior; left and right are the patient's.
    pub frame: String,
    /// Landmarks.
    pub landmarks: Vec<LandmarkSummary>,
    /// Length of one cun by stretch, mm.
    pub cun_mm: BTreeMap<String, f64>,
}

/// A landmark of the head.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LandmarkSummary {
    /// Name.
    pub name: String,
    /// Side.
    #[schemars(with = "SideName")]
    pub side: Side,
    /// Position, mm.
    pub position_mm: [f64; 3],
    /// Standard deviation along each of two directions on the skin, mm.
    pub sd_mm: f64,
    /// How it was got.
    pub origin: String,
}

/// A side in the schema.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "stands for baihui_head::Side in the generated schema")]
enum SideName {
    Left,
    Right,
    Midline,
}

/// Point, line or area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A point.
    Point,
    /// A line.
    Line,
    /// An area.
    Area,
}

/// A stretch of a line on this head.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LocatedPart {
    /// Its name.
    pub name: String,
    /// Where it begins, mm from the start of the line.
    pub from_mm: f64,
    /// Where it ends.
    pub to_mm: f64,
}

/// An item on this head.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Located {
    /// Code.
    pub code: String,
    /// School.
    pub school: String,
    /// Set of points that it is one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Kind.
    pub kind: Kind,
    /// Side of the patient.
    #[schemars(with = "SideName")]
    pub side: Side,
    /// Names.
    pub names: ItemNames,
    /// Variant; absent where the construction is undisputed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Frame of the coordinates.
    pub frame: String,
    /// Position of a point, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_mm: Option<[f64; 3]>,
    /// A line from start to end, or the closed outline of an area, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_mm: Option<Vec<[f64; 3]>>,
    /// Length over the skin, mm; 0 for a point.
    pub length_mm: f64,
    /// Named parts.
    // `default` for the schema alone: what may be left out is not required.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<LocatedPart>,
    /// Standard deviation of the place along each of two directions on the skin, all causes together, mm.
    pub sd_mm: f64,
    /// The same by cause.
    pub sd_parts_mm: Parts,
    /// 95 % regions on the skin: of a point, or of start, middle and end of a line.
    pub ellipses: Vec<Ellipse>,
    /// How to find it with a tape on this head.
    pub tape: String,
    /// The same in Chinese, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tape_zh: Option<String>,
    /// Which side is needled by the school's rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub treats: Option<Treats>,
    /// The best check among the sources of the construction.
    pub mark: Mark,
    /// Sources of the construction.
    pub sources: Vec<Source>,
}

/// An item that this head cannot carry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Refused {
    /// Code.
    pub code: String,
    /// School.
    pub school: String,
    /// Side.
    #[schemars(with = "SideName")]
    pub side: Side,
    /// Why.
    pub reason: String,
}

/// Result of [`locate`].
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Location {
    /// The head.
    pub head: HeadSummary,
    /// How the landmarks' uncertainty was carried through.
    pub uncertainty: Method,
    /// What was located, in the order of the atlas, left before right.
    pub items: Vec<Located>,
    /// What could not be.
    pub refused: Vec<Refused>,
    /// Variants and settings other than the defaults, as given.
    pub choices: BTreeMap<String, String>,
}

/// Locates items on a head, with their uncertainty.
///
/// # Errors
/// [`Refusal`] where the head lacks what every item needs (nasion, inion, preauricular points).
pub fn locate(atlas: &Atlas, names: &Names, head: &Head, request: &Request) -> Result<Location, Refusal> {
    let mut evaluator = Evaluator::new(atlas, names, &request.choices, head)?;
    let wanted = wanted(atlas, request);
    let mut found: Vec<(usize, Side, Value)> = Vec::new();
    let mut refused = Vec::new();
    for &i in &wanted {
        let entry = &atlas.entries[i];
        for &side in sides_of(entry.item.side) {
            match evaluator.locate(i, side) {
                Ok(value) => found.push((i, side, value)),
                Err(reason) => refused.push(Refused {
                    code: entry.item.code.clone(),
                    school: atlas.schools[entry.school].id.clone(),
                    side,
                    reason: reason.to_string(),
                }),
            }
        }
    }
    let borrowed: Vec<(usize, Side, &Value)> = found.iter().map(|(i, s, v)| (*i, *s, v)).collect();
    let spreads = uncertainty::spreads(atlas, names, &request.choices, head, &borrowed, &request.draws);
    let mut items = Vec::with_capacity(found.len());
    let mut words = Words::on(atlas, &request.choices, &mut evaluator, Side::Midline);
    for ((i, side, value), spread) in found.iter().zip(spreads) {
        words = words.for_side(*side).in_language(Language::En);
        let en = words.tape(*i);
        let mut zh = None;
        if request.chinese {
            words = words.in_language(Language::Zh);
            zh = Some(words.tape(*i));
        }
        items.push(located(atlas, request, head, (*i, *side, value), spread, (en, zh)));
    }
    let cun_mm = cun_table(&evaluator);
    Ok(Location {
        head: summary(head, cun_mm),
        uncertainty: request.draws.method,
        items,
        refused,
        choices: chosen(atlas, &request.choices),
    })
}

/// Indices of the items that a request asks for, in the order of the atlas.
pub fn wanted(atlas: &Atlas, request: &Request) -> Vec<usize> {
    let by_default = request.schools.is_empty() && request.items.is_empty();
    (0..atlas.entries.len())
        .filter(|i| {
            let school = atlas.entries[*i].school;
            request.items.contains(i)
                || request.schools.contains(&school)
                || (by_default && !atlas.schools[school].off)
        })
        .collect()
}

fn cun_table(evaluator: &Evaluator<'_>) -> BTreeMap<String, f64> {
    let mut table = BTreeMap::new();
    if let Some(cun) = evaluator.midline().cun() {
        table.insert("forehead".to_owned(), cun.forehead);
        table.insert("vault".to_owned(), cun.vault);
        table.extend(cun.front.map(|c| ("front".to_owned(), c)));
        table.extend(cun.back.map(|c| ("back".to_owned(), c)));
    }
    table
}

fn chosen(atlas: &Atlas, choices: &Choices) -> BTreeMap<String, String> {
    let variants = choices.variants.iter().map(|(&i, &c)| {
        let e = &atlas.entries[i];
        (e.item.code.clone(), e.constructions[c].name.clone())
    });
    variants.chain(choices.settings.clone()).collect()
}

fn located(
    atlas: &Atlas,
    request: &Request,
    head: &Head,
    (i, side, value): (usize, Side, &Value),
    spread: Spread,
    (tape, tape_zh): (String, Option<String>),
) -> Located {
    let entry = &atlas.entries[i];
    let construction = request.choices.construction(atlas, i);
    let made = &entry.constructions[construction];
    let length_mm = value.length_mm();
    let (kind, position_mm, path_mm) = match value {
        Value::Point(p) => (Kind::Point, Some(position(&head.skin, *p)), None),
        Value::Line(c) => (Kind::Line, None, Some(path(c))),
        Value::Area(c) => (Kind::Area, None, Some(path(c))),
    };
    let parts = entry.item.part.iter().map(|p| LocatedPart {
        name: p.name.clone(),
        from_mm: p.from.value() * length_mm,
        to_mm: p.to.value() * length_mm,
    });
    Located {
        code: entry.item.code.clone(),
        school: atlas.schools[entry.school].id.clone(),
        set: entry.item.set.clone(),
        kind,
        side,
        names: entry.item.names.clone(),
        variant: Some(made.name.clone()).filter(|n| !n.is_empty()),
        frame: HeadFrame::NAME.to_owned(),
        position_mm,
        path_mm,
        length_mm,
        parts: parts.collect(),
        sd_mm: spread.sd_mm,
        sd_parts_mm: spread.parts,
        ellipses: spread.ellipses,
        tape,
        tape_zh,
        treats: entry.item.treats,
        mark: entry.mark(construction),
        sources: made.sources.clone(),
    }
}

fn position(skin: &Surface, p: baihui_head::SurfacePoint) -> [f64; 3] {
    skin.position(p).to_array()
}

fn path(curve: &baihui_head::Curve) -> Vec<[f64; 3]> {
    curve.thinned(PATH_STEP_MM).into_iter().map(|p| p.to_array()).collect()
}

fn summary(head: &Head, cun_mm: BTreeMap<String, f64>) -> HeadSummary {
    HeadSummary {
        name: head.name.clone(),
        source: match head.source {
            HeadSource::Template => "template",
            HeadSource::Tape => "tape",
            HeadSource::Scan => "scan",
            HeadSource::Mri => "mri",
        }
        .to_owned(),
        frame: format!("{} (mm, right-anterior-superior; left and right are the patient's)", HeadFrame::NAME),
        landmarks: landmarks(&head.landmarks),
        cun_mm,
    }
}

fn landmarks(landmarks: &Landmarks) -> Vec<LandmarkSummary> {
    landmarks
        .iter()
        .map(|(name, side, l)| LandmarkSummary {
            name: name.to_owned(),
            side,
            position_mm: l.position.mm.to_array(),
            sd_mm: l.sd_mm,
            origin: format!("{:?}", l.origin).to_lowercase(),
        })
        .collect()
}
