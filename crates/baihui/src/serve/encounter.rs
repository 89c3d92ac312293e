//! What is kept with a patient in an encounter: answers to the questions of safety, the head, outcomes, consents.

use std::collections::BTreeMap;

use baihui_clinic::{
    access::Permission,
    instrument::{Response, Responses, Ship},
    outcome::{Measured, MissingReason, Outcome, OutcomeId},
    people::{Answered, Consent, ConsentTo, HeadOf, Patient},
    plan::{PlannedNeedle, SiteKey},
    safety::{Answers, FactValue, Finding, State, evaluate},
    session::SessionId,
    side::Side,
    store::{Kind, Write},
    technique::Region,
};
use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    cases::{self, Case},
    heads::{self, TapeInput, TapeView},
    knowledge,
    login::Caller,
    practice::{PatientParams, Saved, practice, wait},
    problem::Problem,
    state::App,
    table::{Access, Doc, Table},
};

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary, needs| Doc { id, tag: "encounter", summary, access: Access::Needs(needs) };
    use Permission::{ReadPatient, RecordOutcome, WritePatient};
    table.get_as(
        "/api/patients/{patient}/screening",
        doc("screening", "What was answered to the questions of safety, and what follows", ReadPatient),
        screening,
    );
    table.post_as(
        "/api/patients/{patient}/screening",
        doc("answer", "Answer questions of safety", WritePatient),
        answer,
    );
    table.get_as(
        "/api/patients/{patient}/head",
        doc("patientHead", "The head that stands for the patient's", ReadPatient),
        head,
    );
    table.post_as(
        "/api/patients/{patient}/head",
        doc("keepHead", "Keep the measurements that the patient's head is made from", WritePatient),
        keep_head,
    );
    table.get_as(
        "/api/patients/{patient}/outcomes",
        doc("outcomes", "Outcomes of a patient, oldest first", ReadPatient),
        outcomes,
    );
    table.post_as(
        "/api/patients/{patient}/outcomes",
        doc("newOutcome", "Record a score, or why there is none", RecordOutcome),
        new_outcome,
    );
    table.get_as(
        "/api/patients/{patient}/consents",
        doc("consents", "What the patient agreed to, newest first", ReadPatient),
        consents,
    );
    table.post_as(
        "/api/patients/{patient}/consents",
        doc("newConsent", "Record a consent", WritePatient),
        new_consent,
    );
}

/// What was answered, and what follows for this patient.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScreeningView {
    /// Version of the patient in the record.
    version: u64,
    /// Answers that hold today.
    answers: Answers,
    /// Questions whose answer comes from the rest of the record and cannot be given here.
    from_record: Vec<String>,
    /// Days of the answers that were given here.
    given_on: BTreeMap<String, Date>,
    /// Rules that fire for a needle anywhere on the head or the body, by these answers alone.
    findings: Vec<Finding>,
}

/// A needle of which nothing but the region is known.
fn anywhere(region: Region) -> PlannedNeedle {
    let id = match region {
        Region::Head => "head",
        Region::Body => "body",
    };
    let key = SiteKey { code: id.to_owned(), part: None, side: Side::Midline };
    PlannedNeedle { id: id.to_owned(), ..PlannedNeedle::at(key, "", region) }
}

fn screened(app: &App, case: &Case) -> ScreeningView {
    let geometry = baihui_clinic::plan::Geometry::new();
    let needles = [Region::Head, Region::Body].map(|r| anywhere(r).facts(&geometry));
    let mut findings = evaluate(&app.knowledge.safety, &case.answers, &needles);
    findings.retain(|f| f.outcome == State::Fires);
    for f in &mut findings {
        f.sites.clear();
    }
    let record = baihui_clinic::safety::intake::answers(&case.patient.value, case.today);
    let given = &case.patient.value.screening;
    ScreeningView {
        version: case.patient.version,
        answers: case.answers.clone(),
        from_record: record.0.into_keys().collect(),
        given_on: given.iter().map(|(name, a)| (name.clone(), a.on)).collect(),
        findings,
    }
}

fn screening(app: &App, caller: &Caller, p: PatientParams) -> Result<ScreeningView, Problem> {
    Ok(screened(app, &Case::read(app, caller, p.patient)?))
}

/// Answers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answering {
    /// The version of the patient that they were given to.
    version: u64,
    /// By the names of the questions; none takes an answer back: the question is open again, which is not a no.
    answers: BTreeMap<String, Option<FactValue>>,
}

fn answer(app: &App, caller: &Caller, p: PatientParams, body: Answering) -> Result<ScreeningView, Problem> {
    let mut case = Case::read(app, caller, p.patient)?;
    let mut patient = case.patient.value.clone();
    for (name, value) in body.answers {
        match value {
            None => {
                patient.screening.remove(&name);
            }
            Some(value) => {
                let one = Answers([(name.clone(), value.clone())].into());
                one.check(&app.knowledge.safety.fact).map_err(|e| Problem::input(e).field(&name))?;
                patient.screening.insert(name, Answered { value, on: case.today });
            }
        }
    }
    let saved = save(app, caller, &case, body.version, patient.clone())?;
    case.answers = baihui_clinic::safety::intake::screened(&patient, &app.knowledge.safety.fact, case.today);
    case.patient.version = saved;
    case.patient.value = patient;
    Ok(screened(app, &case))
}

fn save(app: &App, caller: &Caller, case: &Case, expected: u64, patient: Patient) -> Result<u64, Problem> {
    let write = Write { expected, idempotency_key: caller.key.clone() };
    wait(practice(app)?.store.put(&caller.actor, case.id, write, &patient))
}

/// The head that stands for a patient's.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PatientHead {
    /// Its name on this server.
    id: String,
    /// `template`, `tape`, `scan` or `mri`.
    source: String,
    /// Version of the patient in the record.
    version: u64,
    /// The measurements that it is made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    tape: Option<TapeInput>,
}

fn head(app: &App, caller: &Caller, p: PatientParams) -> Result<PatientHead, Problem> {
    let case = Case::read(app, caller, p.patient)?;
    let tape = match &case.patient.value.head {
        Some(HeadOf::Tape(t)) => Some(cases::input_of(t)?),
        Some(HeadOf::File(_)) | None => None,
    };
    let used = crate::commands::plan::geometry::used(&case.head.head);
    Ok(PatientHead { id: case.head.id.clone(), source: used.source, version: case.patient.version, tape })
}

/// Measurements to keep.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadChange {
    /// The version of the patient that they were taken for.
    version: u64,
    /// The measurements; none goes back to the built-in head.
    #[serde(default)]
    tape: Option<TapeInput>,
}

/// A head that was kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeptHead {
    /// Version of the patient in the record.
    version: u64,
    /// What was made of the measurements.
    #[serde(skip_serializing_if = "Option::is_none")]
    tape: Option<TapeView>,
}

fn keep_head(app: &App, caller: &Caller, p: PatientParams, body: HeadChange) -> Result<KeptHead, Problem> {
    let case = Case::read(app, caller, p.patient)?;
    let (kept, view) = match body.tape {
        None => (None, None),
        Some(input) => {
            // The name of a head is shown to whoever knows its measurements: it is not the patient's.
            let input = TapeInput { name: None, ..input };
            let (_, view) = heads::made(app, &input)?;
            (Some(HeadOf::Tape(cases::kept(&input)?)), Some(view))
        }
    };
    let patient = Patient { head: kept, ..case.patient.value.clone() };
    Ok(KeptHead { version: save(app, caller, &case, body.version, patient)?, tape: view })
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

fn outcomes(app: &App, caller: &Caller, p: PatientParams) -> Result<Vec<OutcomeRow>, Problem> {
    let store = &practice(app)?.store;
    let page = wait(store.patient_page(&caller.actor, p.patient))?;
    let mut rows = Vec::new();
    for thing in page.things.iter().filter(|t| t.kind == Kind::Outcome && t.state != "erased") {
        let id: OutcomeId = thing.id.parse().map_err(Problem::internal)?;
        let stored = wait(store.get(&caller.actor, id))?;
        rows.push(OutcomeRow { id: stored.id.clone(), version: stored.version, outcome: stored.value });
    }
    rows.sort_by_key(|r| r.outcome.at);
    Ok(rows)
}

/// What was marked, or why nothing was.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ScoredOutcome")]
pub struct NewOutcome {
    /// Instrument, by id.
    instrument: String,
    /// Which point of the schedule.
    #[serde(default)]
    visit: String,
    /// When it was measured; now without.
    #[serde(default)]
    at: Option<Timestamp>,
    /// The session that it belongs to.
    #[serde(default)]
    session: Option<SessionId>,
    /// Whether the rater did not know the treatment; none if nobody asked.
    #[serde(default)]
    blinded: Option<bool>,
    /// What was marked, by the numbers of the items.
    #[serde(default)]
    responses: Responses,
    /// The score itself, where only that is kept.
    #[serde(default)]
    total: Option<f64>,
    /// Why it was not measured.
    #[serde(default)]
    missing: Option<MissingReason>,
    /// In words.
    #[serde(default)]
    comment: String,
}

fn new_outcome(
    app: &App,
    caller: &Caller,
    p: PatientParams,
    body: NewOutcome,
) -> Result<OutcomeRow, Problem> {
    let instrument = knowledge::of_id(app, &body.instrument)?;
    let given = [body.missing.is_some(), body.total.is_some(), !body.responses.is_empty()];
    if given.iter().filter(|g| **g).count() != 1 {
        return Err(Problem::input(
            "an outcome is marked items, or a score, or the reason why there is none",
        ));
    }
    let result = if let Some(reason) = body.missing {
        Measured::Missing { instrument: instrument.id.clone(), reason }
    } else {
        let score = match body.total {
            Some(total) => instrument.given(total),
            None => instrument.score(&body.responses),
        };
        let score = score.map_err(Problem::input)?;
        let number = |r: &Response| if let Response::Value(v) = r { Some(*v) } else { None };
        let items = if instrument.licence.ship == Ship::Items {
            score.responses.iter().filter_map(|(id, r)| Some((id.clone(), number(r)?))).collect()
        } else {
            BTreeMap::new()
        };
        let mut scores: BTreeMap<String, f64> =
            score.subscores.iter().map(|s| (s.id.clone(), s.value)).collect();
        scores.insert("total".to_owned(), score.total);
        Measured::Instrument {
            instrument: instrument.id.clone(),
            version: instrument.version.to_string(),
            items,
            scores,
        }
    };
    let store = &practice(app)?.store;
    // The patient must be there: an outcome of nobody would be lost.
    wait(store.get::<Patient>(&caller.actor, p.patient))?;
    let outcome = Outcome {
        patient: p.patient,
        at: body.at.unwrap_or_else(|| store.now()),
        visit: body.visit,
        session: body.session,
        rater: Some(caller.actor.id),
        blinded: body.blinded,
        result,
        comment: body.comment,
    };
    let id: OutcomeId = store.new_id();
    let write = Write { expected: 0, idempotency_key: caller.key.clone() };
    let version = wait(store.put(&caller.actor, id, write, &outcome))?;
    Ok(OutcomeRow { id: id.to_string(), version, outcome })
}

/// A consent with its identifier.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConsentRow {
    /// Identifier.
    id: String,
    /// Version in the record.
    version: u64,
    /// The consent.
    consent: Consent,
}

fn consents(app: &App, caller: &Caller, p: PatientParams) -> Result<Vec<ConsentRow>, Problem> {
    let store = &practice(app)?.store;
    let page = wait(store.patient_page(&caller.actor, p.patient))?;
    let mut rows = Vec::new();
    for thing in page.things.iter().filter(|t| t.kind == Kind::Consent && t.state != "erased") {
        let id: baihui_clinic::id::Id<Consent> = thing.id.parse().map_err(Problem::internal)?;
        let stored = wait(store.get(&caller.actor, id))?;
        rows.push(ConsentRow { id: stored.id.clone(), version: stored.version, consent: stored.value });
    }
    rows.sort_by_key(|r| std::cmp::Reverse(r.consent.given_at));
    Ok(rows)
}

/// A consent that was given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// To what.
    to: ConsentTo,
    /// Which text, by its version.
    text_version: String,
    /// Language of the text.
    language: String,
    /// By whom, if not by the patient.
    #[serde(default)]
    given_by: String,
}

fn new_consent(app: &App, caller: &Caller, p: PatientParams, body: NewConsent) -> Result<Saved, Problem> {
    let store = &practice(app)?.store;
    wait(store.get::<Patient>(&caller.actor, p.patient))?;
    let consent = Consent {
        patient: p.patient,
        to: body.to,
        version: body.text_version,
        text_sha256: None,
        language: body.language,
        given_at: store.now(),
        given_by: body.given_by,
        withdrawn_at: None,
    };
    let id: baihui_clinic::id::Id<Consent> = store.new_id();
    let write = Write { expected: 0, idempotency_key: caller.key.clone() };
    let version = wait(store.put(&caller.actor, id, write, &consent))?;
    Ok(Saved::new(id.to_string(), version))
}
