//! Outcomes over HTTP: what was measured, or why nothing was. Scores of marked items are worked out here.

use std::collections::BTreeMap;

use baihui_clinic::{
    access::Permission,
    instrument::{RatedBy, Response, Responses, Ship},
    outcome::{Measured, MissingReason, Outcome},
    people::Patient,
    session::SessionId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    login::Caller,
    practice::{PartParams, PatientParams, created, now_of, practice, wait},
    problem::Problem,
    state::App,
    table::{Access, Doc, Table, versions::Part},
};
use crate::course;

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary, needs| Doc { id, tag: "encounter", summary, access: Access::Needs(needs) };
    table.list_as(
        "/api/patients/{patient}/outcomes",
        doc("outcomes", "Outcomes of a patient, newest first", Permission::ReadPatient),
        outcomes,
    );
    table.post_as(
        "/api/patients/{patient}/outcomes",
        doc("newOutcome", "Record a measurement, or why there is none", Permission::RecordOutcome),
        new_outcome,
    );
}

/// An outcome with its identifier.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OutcomeRow {
    /// Identifier.
    id: String,
    /// Version in the record.
    version: u64,
    /// The outcome.
    outcome: Outcome,
}

fn outcomes(app: &App, caller: &Caller, p: PartParams) -> Result<Part<OutcomeRow>, Problem> {
    let window = p.window()?;
    let store = &practice(app)?.store;
    let kept = wait(store.part_of::<Outcome>(&caller.actor, p.patient, window.limit(), window.skip()))?;
    Ok(window.part(kept, &[])?.map(|o| OutcomeRow { id: o.id, version: o.version, outcome: o.value }))
}

/// A measurement, or why there is none: with an instrument its marked items, its score or the reason; without one a
/// value of the laboratory or flow velocities.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOutcome {
    /// Instrument, by id.
    #[serde(default)]
    instrument: Option<String>,
    /// What was marked, by the numbers of the items.
    #[serde(default)]
    responses: Responses,
    /// The score itself, where the items are not kept.
    #[serde(default)]
    total: Option<f64>,
    /// Why it was not measured.
    #[serde(default)]
    missing: Option<MissingReason>,
    /// What was measured without an instrument.
    #[serde(default)]
    value: Option<Measured>,
    /// Which point of the schedule.
    #[serde(default)]
    visit: String,
    /// When it was measured; now without.
    #[serde(default)]
    at: Option<Timestamp>,
    /// The session that it belongs to.
    #[serde(default)]
    session: Option<SessionId>,
    /// Whether whoever is signed in rated it; without, as the instrument is meant: by a rater, or by the patient.
    #[serde(default)]
    rated: Option<bool>,
    /// Whether the rater did not know the treatment; none if nobody asked.
    #[serde(default)]
    blinded: Option<bool>,
    /// In words.
    #[serde(default)]
    comment: String,
}

/// What was measured, and whether a rater measured it if nobody says so.
fn measured(app: &App, body: &NewOutcome) -> Result<(Measured, bool), Problem> {
    let given =
        [body.missing.is_some(), body.total.is_some(), !body.responses.is_empty(), body.value.is_some()];
    if given.iter().filter(|g| **g).count() != 1 || body.value.is_some() == body.instrument.is_some() {
        return Err(Problem::input(
            "an outcome is marked items of an instrument, its score, the reason why there is none, or a value without \
             an instrument",
        ));
    }
    if let Some(value) = &body.value {
        if matches!(value, Measured::Instrument { .. } | Measured::Missing { .. }) {
            return Err(Problem::input("an instrument is named by \"instrument\"").field("value"));
        }
        return Ok((value.clone(), true));
    }
    let id = body.instrument.as_deref().unwrap_or_default();
    let instrument = app.knowledge.instrument(id).ok_or_else(|| {
        let near = baihui_atlas::check::nearest(id, app.knowledge.instruments.keys());
        let hint = near.map_or(String::new(), |n| format!("; did you mean {n}?"));
        Problem::input(format!("there is no instrument \"{id}\"{hint}")).field("instrument")
    })?;
    if let Some(reason) = body.missing {
        return Ok((Measured::Missing { instrument: instrument.id.clone(), reason }, false));
    }
    let by_rater = instrument.rated_by == RatedBy::Rater;
    let kept = |items, scores| Measured::Instrument {
        instrument: instrument.id.clone(),
        version: instrument.version.to_string(),
        items,
        scores,
    };
    if let Some(total) = body.total {
        // Whether there is such a score is checked with the whole outcome.
        return Ok((kept(BTreeMap::new(), [("total".to_owned(), total)].into()), by_rater));
    }
    let score = instrument.score(&body.responses).map_err(|e| Problem::input(e).field("responses"))?;
    let number = |r: &Response| if let Response::Value(v) = r { Some(*v) } else { None };
    let items = if instrument.licence.ship == Ship::Items {
        score.responses.iter().filter_map(|(id, r)| Some((id.clone(), number(r)?))).collect()
    } else {
        BTreeMap::new()
    };
    let mut scores: BTreeMap<String, f64> = score.subscores.iter().map(|s| (s.id.clone(), s.value)).collect();
    scores.insert("total".to_owned(), score.total);
    Ok((kept(items, scores), by_rater))
}

fn new_outcome(
    app: &App,
    caller: &Caller,
    p: PatientParams,
    body: NewOutcome,
) -> Result<OutcomeRow, Problem> {
    let (result, by_rater) = measured(app, &body)?;
    let store = &practice(app)?.store;
    let at = match body.at {
        Some(at) => at,
        None => now_of(store, caller, |o: &Outcome| o.at)?,
    };
    let outcome = Outcome {
        patient: p.patient,
        at,
        visit: body.visit,
        session: body.session,
        rater: body.rated.unwrap_or(by_rater).then_some(caller.actor.id),
        blinded: body.blinded,
        result,
        comment: body.comment,
    };
    course::check(&app.knowledge, &outcome).map_err(|(field, text)| Problem::input(text).field(field))?;
    // Whose it is must exist: an outcome of nobody would never be found again.
    wait(store.get::<Patient>(&caller.actor, p.patient))?;
    let (id, version) = created(store, caller, &outcome)?;
    Ok(OutcomeRow { id, version, outcome })
}
