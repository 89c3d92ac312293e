//! The atlas: its schools, its items for search, and the page of one item on a head.

use std::collections::BTreeMap;

use baihui_atlas::{
    Choices, Evaluator,
    compare::{self, VariantShift},
    language::{Fact, Mark, Names as ItemNames, Part, Setting, Sides, Source, Treats},
    locate::{Located, Refused},
    words::{Language, Words, sides_of},
};
use baihui_head::Side;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    problem::Problem,
    state::App,
    table::{Access, Doc, Nothing, Table},
    zones,
};

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "atlas", summary, access: Access::Everybody };
    table.get("/api/atlas", doc("atlas", "Schools, settings, and every item as a row for search"), atlas);
    table.get(
        "/api/atlas/items/{code}",
        doc("item", "One item on a head: construction, tape, sources, conflicts, variants"),
        item,
    );
}

/// A school.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SchoolView {
    /// Identifier.
    id: String,
    /// Names.
    names: ItemNames,
    /// What it is.
    about: String,
    /// Known from background only, off unless asked for.
    off: bool,
    /// Colour in every picture, `#rrggbb`.
    colour: String,
    /// Sources.
    sources: Vec<Source>,
    /// How many items it has.
    items: usize,
}

/// An item as a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ItemRow {
    /// Code.
    code: String,
    /// School.
    school: String,
    /// Names.
    names: ItemNames,
    /// Other words it is found by.
    aliases: Vec<String>,
    /// `point`, `line` or `area`.
    kind: String,
    /// Sides.
    side: Sides,
    /// Names of its disputed constructions.
    variants: Vec<String>,
    /// What the school's books use it for.
    indications: Vec<String>,
    /// The best check among its sources.
    mark: Mark,
}

/// The atlas for lists and search.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasView {
    /// Schools in the order of the atlas.
    schools: Vec<SchoolView>,
    /// Items in the order of the atlas.
    items: Vec<ItemRow>,
    /// Choices that concern many items, by name.
    settings: BTreeMap<String, Setting>,
}

fn atlas(app: &App, _: Nothing) -> Result<AtlasView, Problem> {
    let a = &app.atlas;
    let schools = a.schools.iter().enumerate().map(|(k, s)| SchoolView {
        id: s.id.clone(),
        names: s.names.clone(),
        about: s.about.clone(),
        off: s.off,
        colour: baihui_report::theme::style(k).colour.to_owned(),
        sources: s.sources.clone(),
        items: a.entries.iter().filter(|e| e.school == k).count(),
    });
    let items = a.entries.iter().map(|e| ItemRow {
        code: e.item.code.clone(),
        school: a.schools[e.school].id.clone(),
        names: e.item.names.clone(),
        aliases: e.item.aliases.clone(),
        kind: e.constructions[0].shape.kind().to_owned(),
        side: e.item.side,
        variants: e.item.variant.iter().map(|v| v.name.clone()).collect(),
        indications: e.item.indication.iter().chain(&e.item.function).map(|f| f.text.clone()).collect(),
        mark: e.mark(e.default),
    });
    Ok(AtlasView { schools: schools.collect(), items: items.collect(), settings: a.settings.clone() })
}

/// Which item on which head.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemParams {
    /// Code, or a name in any script.
    code: String,
    /// Name of the head; the built-in one without.
    #[serde(default)]
    head: Option<String>,
    /// Variants and settings as `ITEM=NAME`.
    #[serde(default)]
    variant: Vec<String>,
}

/// One construction of an item.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConstructionView {
    /// Name of the variant; empty where the construction is undisputed.
    name: String,
    /// What it says.
    about: String,
    /// The construction in words.
    words: String,
    /// The same in Chinese.
    words_zh: String,
    /// Whether it is used unless another is asked for.
    default: bool,
    /// The best check among its sources.
    mark: Mark,
    /// Sources.
    sources: Vec<Source>,
    /// How far it moves the item on this head; absent for the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    shift: Option<VariantShift>,
}

/// A step of finding an item with a tape.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StepView {
    /// What is found by it.
    code: String,
    /// How.
    text: String,
    /// The same in Chinese.
    text_zh: String,
}

/// The cortex that a school claims.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CortexClaim {
    /// In our words.
    text: String,
    /// Sources.
    sources: Vec<Source>,
}

/// A source in full.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReferenceView {
    /// Key.
    key: String,
    /// Title.
    title: String,
    /// Where it is found: DOI, address or shelf.
    #[serde(skip_serializing_if = "Option::is_none")]
    locator: Option<String>,
    /// What of it was seen.
    seen: String,
}

/// An item equated with this one by somebody.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CounterpartView {
    /// The other item.
    code: String,
    /// Sources of the equation.
    sources: Vec<Source>,
}

/// Everything about one item on one head.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ItemView {
    /// Code.
    code: String,
    /// School.
    school: String,
    /// Names.
    names: ItemNames,
    /// Other words it is found by.
    aliases: Vec<String>,
    /// `point`, `line` or `area`.
    kind: String,
    /// Set of points that it is one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<String>,
    /// Sides.
    side: Sides,
    /// Which side is needled by the school's rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    treats: Option<Treats>,
    /// Constructions.
    constructions: Vec<ConstructionView>,
    /// Why the default is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Named parts.
    parts: Vec<Part>,
    /// What the school claims lies beneath.
    #[serde(skip_serializing_if = "Option::is_none")]
    cortex: Option<CortexClaim>,
    /// What the school claims it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<Fact>,
    /// Indications in the school's books.
    indications: Vec<Fact>,
    /// Where sources disagree.
    conflicts: Vec<Fact>,
    /// Remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// How to find it with a tape on this head, step by step.
    steps: Vec<StepView>,
    /// Where it is on this head, left before right.
    located: Vec<Located>,
    /// Where it cannot be.
    refused: Vec<Refused>,
    /// Items of other schools that a source equates with it.
    counterparts: Vec<CounterpartView>,
    /// The sources in full.
    references: Vec<ReferenceView>,
}

fn item(app: &App, p: ItemParams) -> Result<ItemView, Problem> {
    let index = app.item(&p.code)?;
    let entry = &app.atlas.entries[index];
    let it = &entry.item;
    let loaded = app.head(p.head.as_deref().unwrap_or(super::state::BUILT_IN))?;
    let choices = app.choices(&p.variant)?;
    let location = zones::location(app, &loaded, &[], std::slice::from_ref(&it.code), &p.variant)?;
    let refused = |e: baihui_atlas::Refusal| Problem::not_located(e);
    let plain = Choices::default();
    let shifts =
        compare::variants(&app.atlas, &app.names, &plain, &loaded.head, &[index]).map_err(refused)?;
    let side: Side = sides_of(it.side)[0];
    let mut evaluator = Evaluator::new(&app.atlas, &app.names, &choices, &loaded.head).map_err(refused)?;
    let mut words = Words::on(&app.atlas, &choices, &mut evaluator, side);
    let steps = words.steps(index);
    let steps_zh = words.in_language(Language::Zh).steps(index);
    let constructions = entry.constructions.iter().enumerate().map(|(c, made)| ConstructionView {
        name: made.name.clone(),
        about: made.about.clone(),
        words: Words::of(&app.atlas, &plain).construction(index, c),
        words_zh: Words::of(&app.atlas, &plain).in_language(Language::Zh).construction(index, c),
        default: c == entry.default,
        mark: entry.mark(c),
        sources: made.sources.clone(),
        shift: shifts.iter().find(|s| s.variant == made.name).cloned(),
    });
    Ok(ItemView {
        code: it.code.clone(),
        school: app.atlas.schools[entry.school].id.clone(),
        names: it.names.clone(),
        aliases: it.aliases.clone(),
        kind: entry.constructions[0].shape.kind().to_owned(),
        set: it.set.clone(),
        side: it.side,
        treats: it.treats,
        constructions: constructions.collect(),
        reason: it.reason.clone(),
        parts: it.part.clone(),
        cortex: it.cortex.as_ref().map(|c| CortexClaim { text: c.text.clone(), sources: c.sources.clone() }),
        function: it.function.clone(),
        indications: it.indication.clone(),
        conflicts: it.conflict.clone(),
        note: it.note.clone(),
        steps: steps
            .into_iter()
            .zip(steps_zh)
            .map(|((code, text), (_, text_zh))| StepView { code, text, text_zh })
            .collect(),
        located: location.items.clone(),
        refused: location.refused.clone(),
        counterparts: counterparts(app, &it.code),
        references: references(app, index),
    })
}

fn counterparts(app: &App, code: &str) -> Vec<CounterpartView> {
    let other = |e: &baihui_atlas::Entry| {
        let found = app.atlas.counterpart(code, &e.item.code)?;
        Some(CounterpartView { code: e.item.code.clone(), sources: found.sources.clone() })
    };
    app.atlas.entries.iter().filter(|e| e.item.code != code).filter_map(other).collect()
}

fn references(app: &App, index: usize) -> Vec<ReferenceView> {
    let it = &app.atlas.entries[index].item;
    let mut keys: Vec<&str> = baihui_atlas::check::sources(it).iter().map(|s| s.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .filter_map(|k| {
            let r = app.atlas.references.get(k)?;
            Some(ReferenceView {
                key: k.to_owned(),
                title: r.title.clone(),
                locator: r.locator.clone(),
                seen: r.seen.clone(),
            })
        })
        .collect()
}
