//! Where schools agree, where they do not, and what each disputed choice is worth in millimetres on this head.

use baihui_head::{Head, Side, Surface, SurfacePoint, curve::geodesic};
use glam::DVec3;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    evaluate::{Choices, Evaluator, Names, Refusal, Value},
    load::Atlas,
    words::sides_of,
};

/// Within this distance two places are the same for a needle, mm: the placing error of a practised hand.
pub const SAME_MM: f64 = 5.0;
/// Beyond this two zones have nothing to do with each other unless a book equates them, mm.
pub const NEAR_MM: f64 = 15.0;

/// Step at which lines are compared, mm.
const STEP_MM: f64 = 2.0;

/// How two zones lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Nowhere more than [`SAME_MM`] apart.
    Coincide,
    /// At least a quarter of the shorter one is within [`SAME_MM`] of the other.
    Overlap,
    /// Closer than [`NEAR_MM`] on average.
    Near,
    /// A book equates them, but they are further apart than that.
    Disagree,
}

impl Relation {
    /// The word for tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Coincide => "coincide",
            Self::Overlap => "overlap",
            Self::Near => "near",
            Self::Disagree => "disagree",
        }
    }
}

/// Distances between two shapes, mm, straight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Distances {
    /// Mean over both shapes of the distance to the nearest place of the other.
    pub mean_mm: f64,
    /// Largest such distance (Hausdorff).
    pub max_mm: f64,
    /// Smallest distance between them.
    pub min_mm: f64,
    /// Share of the shorter one that lies within [`SAME_MM`] of the other.
    pub shared: f64,
}

/// Two zones of different schools.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Pair {
    /// One code.
    pub a: String,
    /// The other.
    pub b: String,
    /// Side.
    #[schemars(with = "String")]
    pub side: Side,
    /// Relation.
    pub relation: Relation,
    /// Distances.
    #[serde(flatten)]
    pub distances: Distances,
    /// Whether the atlas names them as counterparts, with the source of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<String>,
    /// The two places that are furthest apart, for the picture: on `a` and on `b`, mm.
    pub furthest_mm: [[f64; 3]; 2],
}

/// What one variant changes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VariantShift {
    /// Item.
    pub code: String,
    /// Default variant.
    pub default: String,
    /// The other variant.
    pub variant: String,
    /// What it says.
    pub about: String,
    /// Side.
    #[schemars(with = "String")]
    pub side: Side,
    /// For a point: how far it moves over the skin; for lines and areas the mean distance, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_mm: Option<f64>,
    /// Largest distance, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_mm: Option<f64>,
    /// For a point: the direction in which it moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// Why it cannot be told on this head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What one option of a setting changes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SettingShift {
    /// Setting.
    pub setting: String,
    /// Option in force by default.
    pub default: String,
    /// Other option.
    pub option: String,
    /// How many items move by more than 0.1 mm.
    pub moved: usize,
    /// Mean over those, mm.
    pub mean_mm: f64,
    /// The item that moves most, and how far, mm.
    pub most: Option<(String, f64)>,
}

/// Places along a shape at even steps.
fn samples(value: &Value, skin: &Surface) -> Vec<DVec3> {
    match value {
        Value::Point(p) => vec![skin.position(*p)],
        Value::Line(c) | Value::Area(c) => c.thinned(STEP_MM),
    }
}

/// Distances between two shapes.
pub fn distances(a: &[DVec3], b: &[DVec3]) -> (Distances, [DVec3; 2]) {
    let nearest = |from: &[DVec3], to: &[DVec3]| -> Vec<(f64, DVec3, DVec3)> {
        from.iter()
            .map(|p| {
                let closest = to.iter().fold((f64::INFINITY, *p), |best, q| {
                    let d = p.distance(*q);
                    if d < best.0 { (d, *q) } else { best }
                });
                (closest.0, *p, closest.1)
            })
            .collect()
    };
    let (ab, ba) = (nearest(a, b), nearest(b, a));
    let mean = |d: &[(f64, DVec3, DVec3)]| d.iter().map(|x| x.0).sum::<f64>() / d.len().max(1) as f64;
    let most = |d: &[(f64, DVec3, DVec3)]| {
        d.iter().copied().fold((0.0, DVec3::ZERO, DVec3::ZERO), |m, x| if x.0 >= m.0 { x } else { m })
    };
    let (ma, mb) = (most(&ab), most(&ba));
    let furthest = if ma.0 >= mb.0 { [ma.1, ma.2] } else { [mb.2, mb.1] };
    let shorter = if a.len() <= b.len() { &ab } else { &ba };
    let shared = shorter.iter().filter(|x| x.0 <= SAME_MM).count() as f64 / shorter.len().max(1) as f64;
    let min_mm = ab.iter().map(|x| x.0).fold(f64::INFINITY, f64::min);
    (Distances { mean_mm: (mean(&ab) + mean(&ba)) / 2.0, max_mm: ma.0.max(mb.0), min_mm, shared }, furthest)
}

/// Compares every zone of some schools with every zone of others on one head; pairs of the same kind that are
/// close, and all counterparts.
///
/// # Errors
/// [`Refusal`] where the head lacks what every item needs.
pub fn schools(
    atlas: &Atlas,
    names: &Names,
    choices: &Choices,
    head: &Head,
    schools: &[usize],
) -> Result<Vec<Pair>, Refusal> {
    let mut evaluator = Evaluator::new(atlas, names, choices, head)?;
    let mut shapes = Vec::new();
    for (i, entry) in atlas.entries.iter().enumerate() {
        if schools.contains(&entry.school) {
            for &side in sides_of(entry.item.side) {
                if let Ok(value) = evaluator.locate(i, side) {
                    shapes.push((i, side, samples(&value, &head.skin)));
                }
            }
        }
    }
    let mut pairs = Vec::new();
    for (n, (i, side, a)) in shapes.iter().enumerate() {
        for (j, other, b) in &shapes[n + 1..] {
            let (ea, eb) = (&atlas.entries[*i], &atlas.entries[*j]);
            let kinds = [ea, eb].map(|e| e.constructions[0].shape.kind());
            let counterpart = atlas.counterpart(&ea.item.code, &eb.item.code);
            let comparable = kinds[0] == kinds[1] || counterpart.is_some();
            if ea.school == eb.school || side != other || !comparable {
                continue;
            }
            let (d, furthest) = distances(a, b);
            let relation = if d.max_mm <= SAME_MM {
                Relation::Coincide
            } else if d.shared >= 0.25 {
                Relation::Overlap
            } else if d.mean_mm <= NEAR_MM {
                Relation::Near
            } else if counterpart.is_some() {
                Relation::Disagree
            } else {
                continue;
            };
            pairs.push(Pair {
                a: ea.item.code.clone(),
                b: eb.item.code.clone(),
                side: *side,
                relation,
                distances: d,
                counterpart: counterpart.map(|c| {
                    c.sources
                        .iter()
                        .map(|s| format!("{} ({})", s.key, s.mark.words()))
                        .collect::<Vec<_>>()
                        .join(", ")
                }),
                furthest_mm: furthest.map(|p| p.to_array()),
            });
        }
    }
    pairs.sort_by(|x, y| {
        y.counterpart
            .is_some()
            .cmp(&x.counterpart.is_some())
            .then(x.relation.cmp(&y.relation))
            .then(x.distances.mean_mm.total_cmp(&y.distances.mean_mm))
    });
    Ok(pairs)
}

/// What each variant of some items changes on a head, against the default.
///
/// # Errors
/// [`Refusal`] where the head lacks what every item needs.
pub fn variants(
    atlas: &Atlas,
    names: &Names,
    choices: &Choices,
    head: &Head,
    items: &[usize],
) -> Result<Vec<VariantShift>, Refusal> {
    let mut evaluator = Evaluator::new(atlas, names, choices, head)?;
    let mut out = Vec::new();
    for &i in items {
        let entry = &atlas.entries[i];
        // The right side stands for both; heads are nearly symmetric and tables stay readable.
        let side = *sides_of(entry.item.side).last().unwrap_or(&Side::Midline);
        for (c, made) in entry.constructions.iter().enumerate().filter(|(c, _)| *c != entry.default) {
            let both = evaluator
                .construct(i, entry.default, side)
                .and_then(|d| Ok((d, evaluator.construct(i, c, side)?)));
            let mut shift = VariantShift {
                code: entry.item.code.clone(),
                default: entry.constructions[entry.default].name.clone(),
                variant: made.name.clone(),
                about: made.about.clone(),
                side,
                mean_mm: None,
                max_mm: None,
                direction: None,
                refused: None,
            };
            match both {
                Err(e) => shift.refused = Some(e.to_string()),
                Ok((Value::Point(a), Value::Point(b))) => {
                    let mm = over_skin(&head.skin, a, b);
                    (shift.mean_mm, shift.max_mm) = (Some(mm), Some(mm));
                    let d = head.skin.position(b) - head.skin.position(a);
                    shift.direction = Some(direction_words(&evaluator, d, side));
                }
                Ok((a, b)) => {
                    let (d, _) = distances(&samples(&a, &head.skin), &samples(&b, &head.skin));
                    (shift.mean_mm, shift.max_mm) = (Some(d.mean_mm), Some(d.max_mm));
                }
            }
            out.push(shift);
        }
    }
    Ok(out)
}

/// What each option of each setting changes over some items on a head.
///
/// # Errors
/// [`Refusal`] where the head lacks what every item needs.
pub fn settings(
    atlas: &Atlas,
    names: &Names,
    choices: &Choices,
    head: &Head,
    items: &[usize],
) -> Result<Vec<SettingShift>, Refusal> {
    let mut out = Vec::new();
    for (name, setting) in &atlas.settings {
        let shapes = |option: &str| -> Result<Vec<Option<Vec<DVec3>>>, Refusal> {
            let mut choices = choices.clone();
            choices.settings.insert(name.clone(), option.to_owned());
            let mut evaluator = Evaluator::new(atlas, names, &choices, head)?;
            Ok(items
                .iter()
                .map(|&i| {
                    let side = *sides_of(atlas.entries[i].item.side).last().unwrap_or(&Side::Midline);
                    evaluator.locate(i, side).ok().map(|v| samples(&v, &head.skin))
                })
                .collect())
        };
        let default = shapes(&setting.default)?;
        for option in setting.option.keys().filter(|o| **o != setting.default) {
            let other = shapes(option)?;
            let mut moved: Vec<(f64, usize)> = Vec::new();
            for (k, pair) in default.iter().zip(&other).enumerate() {
                if let (Some(a), Some(b)) = pair {
                    let (d, _) = distances(a, b);
                    if d.mean_mm > 0.1 {
                        moved.push((d.mean_mm, items[k]));
                    }
                }
            }
            let most = moved.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0));
            out.push(SettingShift {
                setting: name.clone(),
                default: setting.default.clone(),
                option: option.clone(),
                moved: moved.len(),
                mean_mm: moved.iter().map(|m| m.0).sum::<f64>() / moved.len().max(1) as f64,
                most: most.map(|(mm, i)| (atlas.entries[i].item.code.clone(), mm)),
            });
        }
    }
    Ok(out)
}

fn over_skin(skin: &Surface, a: SurfacePoint, b: SurfacePoint) -> f64 {
    geodesic::taut(skin, a, b).map_or_else(|_| skin.position(a).distance(skin.position(b)), |c| c.length_mm())
}

/// The main direction of a shift in words, such as `back and down`.
fn direction_words(evaluator: &Evaluator<'_>, d: DVec3, side: Side) -> String {
    let a = evaluator.axes();
    let lateral = d.dot(a.right) * if side == Side::Left { -1.0 } else { 1.0 };
    let parts = [
        (d.dot(a.anterior), "forward", "back"),
        (d.dot(a.superior), "up", "down"),
        (
            lateral,
            if side == Side::Midline { "right" } else { "lateral" },
            if side == Side::Midline { "left" } else { "medial" },
        ),
    ];
    let largest = parts.iter().map(|p| p.0.abs()).fold(0.0, f64::max);
    let words: Vec<&str> = parts
        .iter()
        .filter(|p| largest > 0.1 && p.0.abs() > 0.4 * largest)
        .map(|p| if p.0 > 0.0 { p.1 } else { p.2 })
        .collect();
    words.join(" and ")
}
