//! Outcomes over time, of a patient and of the clinic.

use baihui_clinic::access::Permission;
use baihui_evidence::outcome_stats::reliable_change;
use baihui_report::stat::{Look, StatFigureError, Width};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    figures::ThemeParam,
    login::Caller,
    practice::{MOST_KEPT, PatientParams, practice, wait},
    problem::Problem,
    state::App,
    table::{Access, Bytes, Doc, Table, versions::Part},
    window::Window,
};
use crate::course::{
    CourseView,
    clinic::{ClinicView, Due, DuePatient},
    figure::{self, Language},
};

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary, access| Doc { id, tag: "course", summary, access };
    let needs = Access::Needs;
    let reads = needs(Permission::ReadPatient);
    table.get(
        "/api/course/reliable-change",
        doc("reliableChange", "Whether a change is more than error of measurement", Access::Everybody),
        reliable,
    );
    table.get_as(
        "/api/patients/{patient}/course",
        doc("course", "Outcomes, sessions and harm over time, with what must be said beside them", reads),
        course_of,
    );
    table.file_as(
        "/api/patients/{patient}/course/figure",
        doc("courseFigure", "The course as a picture", reads),
        "image/svg+xml",
        picture,
    );
    table.file_as(
        "/api/patients/{patient}/course/paper",
        doc("coursePaper", "The course on paper", reads),
        "application/pdf",
        paper,
    );
    table.get_as(
        "/api/clinic/overview",
        doc("clinicOverview", "Counts, who is due for a measurement, what was treated", reads),
        overview,
    );
    table.list_as(
        "/api/clinic/due",
        doc("clinicDue", "Who is due for a measurement, longest overdue first", reads),
        due_part,
    );
}

/// Two scores and what is known of the test.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReliableParams {
    /// First score.
    before: f64,
    /// Second score.
    after: f64,
    /// Standard deviation of the norm sample, in points.
    sd: f64,
    /// Test-retest reliability, at least 0 and below 1.
    reliability: f64,
}

/// A change against the error of measurement.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reliable {
    /// Standard error of measurement, in points.
    sem: f64,
    /// Standard error of a difference, in points.
    s_diff: f64,
    /// Reliable change index.
    rci: f64,
    /// Whether it is more than error at 95 %.
    reliable: bool,
}

fn reliable(_: &App, p: ReliableParams) -> Result<Reliable, Problem> {
    let r = reliable_change(p.before, p.after, p.sd, p.reliability, 0.95).map_err(Problem::input)?;
    if !(r.rci.is_finite() && r.s_diff.is_finite()) {
        return Err(Problem::input("the numbers are too large or too small to be worked with"));
    }
    Ok(Reliable { sem: r.sem, s_diff: r.s_diff, rci: r.rci, reliable: r.reliable })
}

fn view(app: &App, caller: &Caller, p: &PatientParams) -> Result<CourseView, Problem> {
    let store = &practice(app)?.store;
    let (patient, timeline) = wait(store.timeline(&caller.actor, p.patient))?;
    Ok(CourseView::of(&app.knowledge, &patient, timeline, store.now()))
}

fn course_of(app: &App, caller: &Caller, p: PatientParams) -> Result<CourseView, Problem> {
    view(app, caller, &p)
}

/// How the picture is to look.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureParams {
    /// Identifier of the patient.
    patient: baihui_clinic::people::PatientId,
    /// Colours.
    #[serde(default)]
    theme: ThemeParam,
    /// Language.
    #[serde(default)]
    language: Language,
    /// One column of 85 mm instead of a page of 180 mm, for small screens.
    #[serde(default)]
    narrow: bool,
}

fn picture(app: &App, caller: &Caller, p: PictureParams) -> Result<Bytes, Problem> {
    let view = view(app, caller, &PatientParams { patient: p.patient })?;
    let width = if p.narrow { Width::Column } else { Width::Page };
    let look = Look { width, theme: p.theme.into() };
    let svg = figure::svg(&view, &TimeZone::system(), p.language, look).map_err(|e| match e {
        StatFigureError::Empty(_) => Problem::not_found(e).hint("record an outcome or a session first"),
        _ => Problem::input(e),
    })?;
    Ok(Bytes { media: "image/svg+xml", bytes: svg.into_bytes() })
}

fn paper(app: &App, caller: &Caller, p: PatientParams) -> Result<Bytes, Problem> {
    let view = view(app, caller, &p)?;
    let bytes = figure::paper(&view, &TimeZone::system()).map_err(Problem::internal)?;
    Ok(Bytes { media: "application/pdf", bytes })
}

/// When a patient is due.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DueParams {
    /// So many sessions since the last measurement; 10 without.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    sessions: Option<u16>,
    /// So many days since the last measurement; 28 without.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3650))]
    days: Option<u16>,
}

impl DueParams {
    fn due(&self) -> Result<Due, Problem> {
        due(self.sessions, self.days)
    }
}

fn due(sessions: Option<u16>, days: Option<u16>) -> Result<Due, Problem> {
    let within = |name: &'static str, v: Option<u16>, most: u16| match v {
        Some(v) if v == 0 || v > most => {
            Err(Problem::input(format!("{name} is 1 to {most}, not {v}")).field(name))
        }
        v => Ok(v),
    };
    let standard = Due::default();
    Ok(Due {
        sessions: within("sessions", sessions, 1000)?.map_or(standard.sessions, usize::from),
        days: within("days", days, 3650)?.map_or(standard.days, i64::from),
        ..standard
    })
}

/// Who is due that the overview names.
const DUE_SHOWN: usize = 20;

fn overview(app: &App, caller: &Caller, p: DueParams) -> Result<ClinicView, Problem> {
    let due = p.due()?;
    let store = &practice(app)?.store;
    let overview = wait(store.overview(&caller.actor))?;
    let mut view = ClinicView::of(&app.knowledge, &overview, due, store.now());
    view.due.truncate(DUE_SHOWN);
    wait(store.note_shown(&caller.actor, view.due.iter().map(|d| d.patient.as_str())))?;
    Ok(view)
}

/// Which part of who is due.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DuePartParams {
    /// So many sessions since the last measurement; 10 without.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    sessions: Option<u16>,
    /// So many days since the last measurement; 28 without.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3650))]
    days: Option<u16>,
    /// At most so many; 50 without, 200 at most.
    #[serde(default)]
    limit: Option<u32>,
    /// Where to go on: what the header `Link` of the part before says.
    #[serde(default)]
    cursor: Option<u32>,
}

fn due_part(app: &App, caller: &Caller, p: DuePartParams) -> Result<Part<DuePatient>, Problem> {
    let window = Window::new(p.limit, p.cursor, MOST_KEPT)?;
    let due = due(p.sessions, p.days)?;
    let store = &practice(app)?.store;
    let overview = wait(store.overview(&caller.actor))?;
    let view = ClinicView::of(&app.knowledge, &overview, due, store.now());
    let (sessions, days) = (due.sessions.to_string(), due.days.to_string());
    let part = window.cut(view.due, &[("sessions", &sessions), ("days", &days)])?;
    wait(store.note_shown(&caller.actor, part.rows.iter().map(|d| d.patient.as_str())))?;
    Ok(part)
}
