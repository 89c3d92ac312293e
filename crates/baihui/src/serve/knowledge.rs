//! What the encounter asks and offers: conditions, questions of safety, instruments, what sources state of techniques.

use baihui_atlas::language::Names;
use baihui_clinic::{
    condition::NeedsSide,
    instrument::{Instrument, Responses, Score, Ship},
    safety::FactQuestion,
    technique::{Region, Statement},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    problem::Problem,
    state::App,
    table::{Access, Doc, Nothing, Table},
};

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "knowledge", summary, access: Access::Everybody };
    table.get(
        "/api/conditions",
        doc("conditions", "Conditions that the atlas has protocols for"),
        conditions,
    );
    table.get(
        "/api/safety/questions",
        doc("questions", "What the rules of safety ask, gravest first"),
        questions,
    );
    table.get("/api/instruments", doc("instruments", "Instruments, a line each"), instruments);
    table.get("/api/instruments/{instrument}", doc("instrument", "An instrument with its items"), instrument);
    table.post("/api/instruments/{instrument}/score", doc("score", "The score of what was marked"), score);
    table.get(
        "/api/techniques/{code}",
        doc("techniques", "What each source states of needles at a site, range by range"),
        techniques,
    );
}

/// A condition.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConditionRow {
    /// Short identifier.
    id: String,
    /// Names.
    names: Names,
    /// What is meant.
    about: String,
    /// What must be known of the sides.
    laterality: NeedsSide,
    /// Whether the complaint is expected opposite to a lesion of the brain.
    #[serde(skip_serializing_if = "Option::is_none")]
    crossed: Option<bool>,
    /// Instruments that fit, by id.
    instruments: Vec<String>,
    /// Schools that have a protocol; `body` is regular acupuncture.
    schools: Vec<String>,
}

fn conditions(app: &App, _: Nothing) -> Result<Vec<ConditionRow>, Problem> {
    let row = |f: &baihui_clinic::condition::ConditionFile| {
        let c = &f.condition;
        let mut schools: Vec<String> = Vec::new();
        for p in &f.protocol {
            if !schools.contains(&p.school) {
                schools.push(p.school.clone());
            }
        }
        ConditionRow {
            id: c.id.clone(),
            names: c.names.clone(),
            about: c.about.clone(),
            laterality: c.laterality,
            crossed: c.crossed,
            instruments: c.instruments.clone(),
            schools,
        }
    };
    Ok(app.knowledge.conditions.values().map(row).collect())
}

/// A question.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QuestionRow {
    /// Name of the fact.
    name: String,
    /// The question.
    ask: FactQuestion,
}

fn questions(app: &App, _: Nothing) -> Result<Vec<QuestionRow>, Problem> {
    let all = app.knowledge.safety.questions();
    Ok(all.into_iter().map(|(name, ask)| QuestionRow { name: name.to_owned(), ask: ask.clone() }).collect())
}

/// An instrument in a line.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InstrumentRow {
    /// Short identifier.
    id: String,
    /// Abbreviation.
    short: String,
    /// Names.
    names: Names,
    /// Whether its items may be shown, or only its score is kept.
    ship: Ship,
}

fn instruments(app: &App, _: Nothing) -> Result<Vec<InstrumentRow>, Problem> {
    let row = |i: &Instrument| InstrumentRow {
        id: i.id.clone(),
        short: i.short.clone(),
        names: i.names.clone(),
        ship: i.licence.ship,
    };
    Ok(app.knowledge.instruments.values().map(row).collect())
}

/// Which instrument.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstrumentParams {
    /// Its id.
    instrument: String,
}

/// An instrument by its id.
pub fn of_id<'a>(app: &'a App, id: &str) -> Result<&'a Instrument, Problem> {
    app.knowledge.instrument(id).ok_or_else(|| {
        let near = baihui_atlas::check::nearest(id, app.knowledge.instruments.keys());
        Problem::not_found(format!("there is no instrument \"{id}\""))
            .maybe_hint(near.map(|n| format!("did you mean {n}?")))
    })
}

fn instrument(app: &App, p: InstrumentParams) -> Result<Instrument, Problem> {
    of_id(app, &p.instrument).cloned()
}

/// What was marked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Marked {
    /// Responses by the numbers of the items.
    responses: Responses,
}

fn score(app: &App, p: InstrumentParams, body: Marked) -> Result<Score, Problem> {
    of_id(app, &p.instrument)?.score(&body.responses).map_err(Problem::input)
}

/// Which site.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteParams {
    /// Code of a zone or point.
    code: String,
}

/// What sources state of a parameter.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatedRow {
    /// The parameter.
    parameter: String,
    /// What it is.
    about: String,
    /// Unit.
    unit: String,
    /// Statements that speak of the site, in the order of the file.
    statements: Vec<Statement>,
}

/// What sources state of needles at a site.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TechniquesView {
    /// Head or body.
    region: Region,
    /// Parameter by parameter.
    parameters: Vec<StatedRow>,
}

fn techniques(app: &App, p: SiteParams) -> Result<TechniquesView, Problem> {
    let (region, _) = app
        .knowledge
        .where_is(&app.atlas, &p.code)
        .ok_or_else(|| Problem::not_found(format!("there is no site \"{}\"", p.code)))?;
    let all = &app.knowledge.techniques;
    let row = |(name, parameter): (&String, &baihui_clinic::technique::Parameter)| StatedRow {
        parameter: name.clone(),
        about: parameter.about.clone(),
        unit: parameter.unit.clone(),
        statements: all.about(name, region, &p.code).map(|(_, s)| s.clone()).collect(),
    };
    let mut parameters: Vec<StatedRow> = all.parameter.iter().map(row).collect();
    parameters.retain(|r| !r.statements.is_empty());
    Ok(TechniquesView { region, parameters })
}
