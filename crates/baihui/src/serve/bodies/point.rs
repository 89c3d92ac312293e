//! The page of one point: place, needling, cautions, published depths, sources.

use baihui_atlas::{
    body::{BodyPoint, Locator, depth::SafeDepth, words::Sentence},
    language::{Fact, Names as ItemNames, Sides},
};
use baihui_head::Side;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        problem::Problem,
        state::{App, BUILT_IN},
        table::Nothing,
    },
    Kept, Mark3, mark,
};
use crate::{
    commands::body::apart_mm,
    difference::{Cited, cited},
};

/// A point as a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PointRow {
    /// Code.
    code: String,
    /// Channel.
    channel: String,
    /// Names.
    names: ItemNames,
    /// Sides.
    side: Sides,
    /// Classes.
    class: Vec<String>,
    /// What it is said to be good for.
    indications: Vec<String>,
}

pub(super) fn list(app: &App, _: Nothing) -> Result<Vec<PointRow>, Problem> {
    let atlas = app.body_atlas()?;
    Ok(atlas
        .points
        .iter()
        .map(|p| PointRow {
            code: p.point.code.clone(),
            channel: atlas.channels[p.channel].id.clone(),
            names: p.point.names.clone(),
            side: p.point.side,
            class: p.point.class.clone(),
            indications: p.point.indication.clone(),
        })
        .collect())
}

/// Which point on which body.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointParams {
    /// Name of the body.
    body: String,
    /// Code of the point.
    point: String,
}

/// One way of needling.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NeedleView {
    /// Angle class.
    angle: String,
    /// Smallest and largest depth as printed, cun.
    #[serde(skip_serializing_if = "Option::is_none")]
    depth_cun: Option<[f64; 2]>,
    /// The same by this body's finger-cun, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    depth_mm: Option<[f64; 2]>,
    /// Whither.
    #[serde(skip_serializing_if = "Option::is_none")]
    toward: Option<String>,
    /// Sources.
    sources: Vec<Cited>,
}

/// A caution.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CautionView {
    /// Kind, in a word.
    kind: String,
    /// In words.
    text: String,
    /// Sources.
    sources: Vec<Cited>,
}

/// A published distance from the skin to what must not be reached, measured in other people.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DepthView {
    /// What must not be reached.
    avoid: String,
    /// Along which line.
    direction: String,
    /// Mean, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_mm: Option<f64>,
    /// Standard deviation between people, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    sd_mm: Option<f64>,
    /// Least and greatest found, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    range_mm: Option<[f64; 2]>,
    /// What the authors advise to keep to, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    advised_mm: Option<[f64; 2]>,
    /// What was found, where it is no distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<String>,
    /// Who was measured.
    who: String,
    /// How many; absent where it was not seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<u32>,
    /// How.
    method: String,
    /// What speaks against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<String>,
    /// Sources.
    sources: Vec<Cited>,
}

impl DepthView {
    fn of(app: &App, d: &SafeDepth) -> Self {
        Self {
            avoid: d.avoid.clone(),
            direction: d.direction.clone(),
            mean_mm: d.mean_mm,
            sd_mm: d.sd_mm,
            range_mm: d.range_mm,
            advised_mm: d.advised_mm,
            finding: d.finding.clone(),
            who: d.who.clone(),
            n: d.n,
            method: d.method.words().to_owned(),
            conflict: d.conflict.clone(),
            sources: cited(&app.atlas, &d.sources),
        }
    }
}

/// A place of a point.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlaceView {
    /// Name of the place, where there are two.
    #[serde(skip_serializing_if = "String::is_empty")]
    variant: String,
    /// Who says so.
    #[serde(skip_serializing_if = "String::is_empty")]
    about: String,
    /// How it is found on this body, in English.
    en: String,
    /// In Chinese.
    zh: String,
    /// How far it lies from the default place on this body, straight, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    apart_mm: Option<f64>,
    /// On each side.
    marks: Vec<Mark3>,
    /// How far off a needle may come to stand, as far as figures exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<SpreadView>,
}

/// How far off a needle may come to stand.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SpreadView {
    /// Standard deviation, mm: at best, and as found.
    sd_mm: [f64; 2],
    /// In words, with what is not in it.
    en: String,
    /// In Chinese.
    zh: String,
}

/// The page of a point.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PointView {
    /// As in the list.
    #[serde(flatten)]
    row: PointRow,
    /// Names of the channel.
    channel_names: ItemNames,
    /// Located by the head atlas.
    head: bool,
    /// Why it has no place on the skin.
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<String>,
    /// Its places, the default first.
    places: Vec<PlaceView>,
    /// Where the rule had to choose a number that its source does not give.
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<String>,
    /// Sources of the place.
    place_sources: Vec<Cited>,
    /// How it is needled, as textbooks print it.
    needle: Vec<NeedleView>,
    /// Also pricked to bleed.
    bleed: bool,
    /// Moxa is usual.
    moxa: bool,
    /// This body's finger-cun, mm.
    finger_cun_mm: f64,
    /// What lies beneath.
    #[serde(skip_serializing_if = "Option::is_none")]
    beneath: Option<Fact>,
    /// What to beware of.
    cautions: Vec<CautionView>,
    /// Published distances to what must not be reached, the least first: never a permission.
    depths: Vec<DepthView>,
    /// What it is said to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    /// Sources of function and indications.
    text_sources: Vec<Cited>,
}

pub(super) fn point(app: &App, p: PointParams) -> Result<PointView, Problem> {
    let kept = app.body(&p.body)?;
    let atlas = app.body_atlas()?;
    let index = atlas.find(&p.point).ok_or_else(|| {
        let codes = atlas.points.iter().map(|q| &q.point.code);
        let near = baihui_atlas::check::nearest(&p.point, codes).map(|n| format!("did you mean {n}?"));
        Problem::not_found(format!("no point of the body is called \"{}\"", p.point)).maybe_hint(near)
    })?;
    let locator = Locator::of(atlas, &kept.person);
    let q = &atlas.points[index];
    let channel = &atlas.channels[q.channel];
    let finger = locator.cun_straight("finger-cun", Side::Left).unwrap_or(f64::NAN);
    let row =
        list(app, Nothing {})?.into_iter().nth(index).ok_or_else(|| Problem::internal("no such row"))?;
    Ok(PointView {
        row,
        channel_names: channel.names.clone(),
        head: q.point.head,
        inside: q.point.inside.clone(),
        places: places(app, &locator, &kept, q, index),
        reading: q.point.reading.clone(),
        place_sources: cited(&app.atlas, q.place_sources(atlas)),
        needle: q
            .point
            .needle
            .iter()
            .map(|n| NeedleView {
                angle: n.angle.words().to_owned(),
                depth_cun: n.depth_cun,
                depth_mm: n.depth_cun.map(|d| d.map(|c| (c * finger).round())),
                toward: n.toward.clone(),
                sources: cited(&app.atlas, &channel.needle_sources),
            })
            .collect(),
        bleed: q.point.bleed,
        moxa: q.point.moxa,
        finger_cun_mm: (finger * 10.0).round() / 10.0,
        beneath: q.point.beneath.clone(),
        cautions: q
            .point
            .caution
            .iter()
            .map(|c| CautionView {
                kind: c.kind.words().to_owned(),
                text: c.text.clone(),
                sources: cited(&app.atlas, &c.sources),
            })
            .collect(),
        depths: atlas.depths_of(&q.point.code).into_iter().map(|d| DepthView::of(app, d)).collect(),
        function: q.point.function.clone(),
        text_sources: cited(&app.atlas, &channel.text_sources),
    })
}

/// The places of a point, each with both sides.
fn places(app: &App, locator: &Locator<'_>, kept: &Kept, q: &BodyPoint, index: usize) -> Vec<PlaceView> {
    let atlas = locator.atlas();
    let located = locator.point(index);
    let count = q.constructions.len().max(1);
    (0..count)
        .map(|k| {
            let c = q.constructions.get(k);
            let words = locator.words(index, k, Side::Left).unwrap_or_else(|| {
                // A point of the head: the head atlas says how.
                let tape = app
                    .atlas
                    .find(&q.point.code)
                    .and_then(|i| app.head(BUILT_IN).ok().map(|h| (i, h)))
                    .map(|(_, h)| format!("On the head, by the head atlas (see {} there).", h.id));
                Sentence {
                    en: tape.unwrap_or_default(), zh: "在头部，依头部图谱定位。".to_owned()
                }
            });
            PlaceView {
                variant: c.map_or_else(String::new, |c| c.name.clone()),
                about: c.map_or_else(String::new, |c| c.about.clone()),
                en: words.en,
                zh: words.zh,
                apart_mm: apart_mm(&located, k),
                marks: located
                    .iter()
                    .filter(|l| l.construction == k)
                    .filter_map(|l| mark(atlas, &kept.person, l))
                    .collect(),
                spread: locator.spread(index, k, Side::Left).map(|s| {
                    let Sentence { en, zh } = s.words();
                    SpreadView { sd_mm: s.sd_mm().map(|x| (x * 10.0).round() / 10.0), en, zh }
                }),
            }
        })
        .collect()
}
