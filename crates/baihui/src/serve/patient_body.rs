//! The body that stands for a patient's: what was measured of it, and what points of the body are located on.

use baihui_clinic::{access::Permission, people::BodyTape, plan::BodyUsed, store::Write};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    bodies::{BodyInput, BodyView, view},
    cases::Case,
    login::Caller,
    practice::{PatientParams, practice, wait},
    problem::Problem,
    state::App,
    table::{Access, Doc, Table},
};
use crate::commands::plan::on_body::{Whose, asked};

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary, needs| Doc { id, tag: "encounter", summary, access: Access::Needs(needs) };
    table.get_as(
        "/api/patients/{patient}/body",
        doc("patientBody", "The body that stands for the patient's", Permission::ReadPatient),
        body,
    );
    table.post_as(
        "/api/patients/{patient}/body",
        doc("keepBody", "Keep what was measured of the patient's body", Permission::WritePatient),
        keep,
    );
}

/// The body that stands for a patient's.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PatientBody {
    /// Version of the patient in the record.
    version: u64,
    /// What was measured, and what is assumed.
    used: BodyUsed,
    /// The body; none where there can be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<BodyView>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

fn body(app: &App, caller: &Caller, p: PatientParams) -> Result<PatientBody, Problem> {
    shown(app, &Case::read(app, caller, p.patient)?)
}

fn shown(app: &App, case: &Case) -> Result<PatientBody, Problem> {
    let made = case.body(app).and_then(|kept| view(app, &kept));
    let (body, refused) = match made {
        Ok(body) => (Some(body), None),
        Err(e) => (None, Some(e.detail)),
    };
    Ok(PatientBody { version: case.patient.version, used: case.asked().used, body, refused })
}

/// Measurements to keep.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyChange {
    /// The version of the patient that they were taken for.
    version: u64,
    /// The measurements; none forgets them.
    #[serde(default)]
    measured: Option<BodyTape>,
}

fn keep(app: &App, caller: &Caller, p: PatientParams, change: BodyChange) -> Result<PatientBody, Problem> {
    let mut case = Case::read(app, caller, p.patient)?;
    let measured = change.measured.filter(|m| *m != BodyTape::default());
    // What makes no body is not kept: somebody would find points by it.
    let shape = asked(Whose::of(&case.patient.value, case.today), measured.as_ref()).shape;
    app.body_of(&BodyInput::of(&shape, &case.head.id), Some(&case.head))?;
    case.patient.value.body = measured;
    let write = Write { expected: change.version, idempotency_key: caller.key.clone() };
    case.patient.version =
        wait(practice(app)?.store.put(&caller.actor, case.id, write, &case.patient.value))?;
    shown(app, &case)
}
