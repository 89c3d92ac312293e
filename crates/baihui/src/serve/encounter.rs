//! What is kept with a patient in an encounter: answers to the questions of safety, and the head.

use std::collections::BTreeMap;

use baihui_clinic::{
    access::Permission,
    people::{HeadOf, Patient, PatientId},
    plan::{PlannedNeedle, SiteKey},
    safety::{Answers, FactValue, Finding, State, answers::question, evaluate},
    screening::{Contradiction, Origin, Screening, ScreeningId},
    side::Side,
    store::{Stored, Write},
    technique::Region,
};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    cases::{self, Case},
    heads::{self, TapeInput, TapeView},
    login::Caller,
    practice::{PatientParams, practice, wait},
    problem::Problem,
    state::App,
    table::{Access, Doc, Table},
};

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary, needs| Doc { id, tag: "encounter", summary, access: Access::Needs(needs) };
    use Permission::{ReadPatient, Screen, WritePatient};
    table.get_as(
        "/api/patients/{patient}/screening",
        doc("screening", "What was answered to the questions of safety, and what follows", ReadPatient),
        screening,
    );
    table.post_as(
        "/api/patients/{patient}/screening",
        doc("answer", "Answer questions of safety", Screen),
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
}

/// What is tapped within this time belongs together.
const ONE_VISIT: SignedDuration = SignedDuration::from_mins(30);

/// What was answered, and what follows for this patient.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScreeningView {
    /// What these answers were read from: whoever answers says it again, so that nobody overlooks an answer of
    /// somebody else.
    seen: String,
    /// Answers that stand today, wherever they were given.
    answers: Answers,
    /// Questions whose answer comes from the rest of the record and cannot be given here.
    from_record: Vec<String>,
    /// When the other answers were given.
    given_at: BTreeMap<String, Timestamp>,
    /// Questions that two places of the record answer differently: they are open until one is put right.
    contradictions: Vec<Contradiction>,
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

fn screened(app: &App, case: &Case, kept: &[Stored<Screening>]) -> ScreeningView {
    let geometry = baihui_clinic::plan::Geometry::new();
    let needles = [Region::Head, Region::Body].map(|r| anywhere(r).facts(&geometry));
    let mut findings = evaluate(&app.knowledge.safety, &case.answers, &needles);
    findings.retain(|f| f.outcome == State::Fires);
    for f in &mut findings {
        f.sites.clear();
    }
    let (mut from_record, mut given_at) = (Vec::new(), BTreeMap::new());
    for (name, origin) in &case.standing.from {
        match origin {
            Origin::Page { .. } => from_record.push(name.clone()),
            Origin::Screening { at } => drop(given_at.insert(name.clone(), *at)),
        }
    }
    ScreeningView {
        seen: seen(&case.patient, kept),
        answers: case.answers.clone(),
        from_record,
        given_at,
        contradictions: case.standing.contradictions.clone(),
        findings,
    }
}

/// What the answers of a patient were read from, in one word.
fn seen(patient: &Stored<Patient>, kept: &[Stored<Screening>]) -> String {
    let newest = kept.first().map_or_else(String::new, |s| format!("{}.{}", s.id, s.version));
    format!("{}.{}.{newest}", patient.version, kept.len())
}

fn screenings(app: &App, caller: &Caller, id: PatientId) -> Result<Vec<Stored<Screening>>, Problem> {
    wait(practice(app)?.store.all_of(&caller.actor, id))
}

fn screening(app: &App, caller: &Caller, p: PatientParams) -> Result<ScreeningView, Problem> {
    let kept = screenings(app, caller, p.patient)?;
    Ok(screened(app, &Case::read(app, caller, p.patient)?, &kept))
}

/// Answers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answering {
    /// What was seen when they were given.
    seen: String,
    /// By the names of the questions; none takes an answer back: the question is open again, which is not a no.
    answers: BTreeMap<String, Option<FactValue>>,
}

fn answer(app: &App, caller: &Caller, p: PatientParams, body: Answering) -> Result<ScreeningView, Problem> {
    let store = &practice(app)?.store;
    let patient = wait(store.get::<Patient>(&caller.actor, p.patient))?;
    let kept = screenings(app, caller, p.patient)?;
    let again = match &caller.key {
        Some(key) => wait(store.carried_out(key))?.is_some(),
        None => false,
    };
    if !again {
        if body.seen != seen(&patient, &kept) {
            return Err(Problem::conflict("somebody else has answered, or changed the patient, meanwhile")
                .hint("look at the answers again and repeat yours"));
        }
        keep_answers(app, caller, p.patient, kept.first(), body)?;
    }
    screening(app, caller, p)
}

/// Keeps answers as a screening of its own, or with those that the same person gave just before.
fn keep_answers(
    app: &App,
    caller: &Caller,
    patient: PatientId,
    newest: Option<&Stored<Screening>>,
    body: Answering,
) -> Result<(), Problem> {
    let store = &practice(app)?.store;
    let now = store.now();
    let me = caller.actor.id.to_string();
    let mine = |s: &&Stored<Screening>| {
        let apart = now.duration_since(s.value.at);
        s.saved_by == me && s.value.session.is_none() && !apart.is_negative() && apart < ONE_VISIT
    };
    let (id, expected, mut value) = match newest.filter(mine) {
        Some(s) => (s.id.parse().map_err(Problem::internal)?, s.version, s.value.clone()),
        None => {
            // Whoever has seen the same makes the same identifier: of two at once the second is told.
            let id = ScreeningId::from_uuid(made_from(&format!("{patient} {}", body.seen)));
            let (answers, reopened, comment) = Default::default();
            (id, 0, Screening { patient, at: now, session: None, answers, reopened, comment })
        }
    };
    for (name, answer) in body.answers {
        match answer {
            None => {
                question(&app.knowledge.safety.fact, &name).map_err(|e| Problem::input(e).field(&name))?;
                value.answers.0.remove(&name);
                value.reopened.insert(name);
            }
            Some(answer) => {
                let one = Answers([(name.clone(), answer.clone())].into());
                one.check(&app.knowledge.safety.fact).map_err(|e| Problem::input(e).field(&name))?;
                value.reopened.remove(&name);
                value.answers.set(&name, answer);
            }
        }
    }
    let write = Write { expected, idempotency_key: caller.key.clone() };
    wait(store.put(&caller.actor, id, write, &value)).map(|_| ())
}

/// An identifier that follows from a text.
fn made_from(text: &str) -> uuid::Uuid {
    let all = Sha256::digest(text.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&all[..16]);
    uuid::Builder::from_custom_bytes(half).into_uuid()
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
