//! What is printed, as PDF: the needle sheet and the patient's page of a plan, the letter on a session.

use baihui_atlas::body::{BodyAtlas, Person};
use baihui_clinic::{access::Permission, plan::PlanId, session::SessionId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    cases::{self, Case},
    login::Caller,
    plans,
    practice::{practice, wait},
    problem::Problem,
    state::App,
    table::{Access, Bytes, Doc, Table},
};
use crate::paper::{self, Language, PaperError, Subject};

const PDF: &str = "application/pdf";

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "paper", summary, access: Access::Needs(Permission::ReadPatient) };
    table.file_as("/api/plans/{plan}/sheet.pdf", doc("sheetPdf", "The needle sheet of a plan"), PDF, sheet);
    table.file_as("/api/plans/{plan}/page.pdf", doc("pagePdf", "The patient's page of a plan"), PDF, page);
    table.file_as(
        "/api/sessions/{session}/letter.pdf",
        doc("letterPdf", "A letter on a session"),
        PDF,
        letter,
    );
}

/// Which plan, in which language.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanPaper {
    /// Identifier of the plan.
    plan: PlanId,
    /// Language of the page.
    #[serde(default)]
    language: Language,
    /// Next visit, in words, on the patient's page.
    #[serde(default)]
    next: Option<String>,
}

/// Which session, in which language.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionPaper {
    /// Identifier of the session.
    session: SessionId,
    /// Language of the page.
    #[serde(default)]
    language: Language,
}

/// A page that cannot be made, as HTTP says it.
fn problem(e: PaperError) -> Problem {
    match e {
        PaperError::Glyphs(_) => {
            Problem::input(e).hint("write the name in Latin letters beside, and print that")
        }
        PaperError::Pdf(_) => Problem::internal(e),
    }
}

fn subject<'a>(
    app: &'a App,
    case: &'a Case,
    body: Option<(&'a BodyAtlas, &'a Person)>,
    language: Language,
    clinic: String,
) -> Subject<'a> {
    Subject {
        body,
        patient: &case.patient.value,
        head: &case.head.head,
        atlas: &app.atlas,
        knowledge: &app.knowledge,
        language,
        today: case.today,
        clinic,
        invented: app.practice.as_ref().is_some_and(|p| p.demo),
    }
}

fn clinic(app: &App, caller: &Caller) -> Result<String, Problem> {
    wait(paper::gather::clinic(&practice(app)?.store, &caller.actor))
}

fn sheet(app: &App, caller: &Caller, p: PlanPaper) -> Result<Bytes, Problem> {
    let (stored, case) = plans::kept(app, caller, p.plan)?;
    let check = plans::today(app, &case, &stored.value)?;
    let body = case.body(app).ok().filter(|_| stored.value.body.is_some());
    let points = app.body_atlas()?;
    let body = body.as_ref().map(|k| (points, &k.person));
    let subject = subject(app, &case, body, p.language, clinic(app, caller)?);
    let bytes = paper::sheet::pdf(&subject, &stored.value, &check).map_err(problem)?;
    Ok(Bytes { media: PDF, bytes })
}

fn page(app: &App, caller: &Caller, p: PlanPaper) -> Result<Bytes, Problem> {
    let (stored, case) = plans::kept(app, caller, p.plan)?;
    let subject = subject(app, &case, None, p.language, clinic(app, caller)?);
    let bytes = paper::page::pdf(&subject, &stored.value, p.next.as_deref()).map_err(problem)?;
    Ok(Bytes { media: PDF, bytes })
}

fn letter(app: &App, caller: &Caller, p: SessionPaper) -> Result<Bytes, Problem> {
    let found = wait(paper::gather::course(&practice(app)?.store, &caller.actor, p.session))?;
    let head = cases::of_patient(app, caller, &found.patient.value)?;
    let subject = Subject {
        body: None,
        patient: &found.patient.value,
        head: &head.head,
        atlas: &app.atlas,
        knowledge: &app.knowledge,
        language: p.language,
        today: practice(app)?.store.now().to_zoned(jiff::tz::TimeZone::system()).date(),
        clinic: found.clinic.clone(),
        invented: practice(app)?.demo,
    };
    let bytes = paper::letter::pdf(&subject, &found.course()).map_err(problem)?;
    Ok(Bytes { media: PDF, bytes })
}
