//! `baihui session`: what was done, as it was done.

use std::{path::PathBuf, process::ExitCode};

use baihui_clinic::{
    access::Actor,
    people::PatientId,
    plan::PlanId,
    session::{
        Moment, SessionId, SessionLog,
        event::{Event, PlanRef, Start, What},
    },
    store::{Kind, Store, StoreError},
};
use clap::{Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::json;

use super::{
    patient::{said, what},
    plan::World,
    pretty,
};
use crate::{
    cli::{HeadArg, ReportFormat},
    error::CliError,
    files, output,
    paper::{self, Language},
    record::{RecordArg, id, input},
};

/// What to do with sessions.
#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// Begin a session.
    #[command(after_help = "Examples:
  baihui session start PATIENT
  baihui session start PATIENT --plan PLAN            (a signed plan of the record)
  baihui session start PATIENT --input start.json     (planned needles, position; schema: baihui schema session-start)")]
    Start {
        /// Identifier of the patient.
        patient: String,
        /// Plan, planned needles, position, setting as JSON; `-` for standard input.
        #[arg(long, value_name = "FILE")]
        input: Option<PathBuf>,
        /// Identifier of a signed plan in the record: its needles are the planned ones.
        #[arg(long, value_name = "ID")]
        plan: Option<String>,
        /// The head that the plan was made on.
        #[command(flatten)]
        head: HeadArg,
        /// Why it begins although no consent to treatment stands in the record: a practitioner's decision.
        #[arg(long, value_name = "REASON", default_value = "")]
        without_consent: String,
        /// A key of your own: sent twice, the session begins once.
        #[arg(long)]
        key: Option<String>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Record what happens: a list of events as JSON (`baihui schema session-events`).
    #[command(after_help = r#"Example:
  echo '[{"kind": "screened", "findings": []},
         {"kind": "needle-in", "needle": 1, "done": {"site": {"school": "ms", "code": "MS6", "side": "left"},
          "length_mm": 40, "diameter_mm": 0.3, "angle_deg": 15, "inserted_mm": 25}}]' |
    baihui session record SESSION --expect 1 --input -
An event may stand in {"at": "2026-11-22T09:30:00Z", "what": {...}}; without a time it happens now."#)]
    Record {
        /// Identifier of the session.
        session: String,
        /// How many events the session has, as far as you know: if there are more, you are told.
        #[arg(long, value_name = "VERSION")]
        expect: u64,
        /// The events; `-` for standard input.
        #[arg(long, value_name = "FILE")]
        input: PathBuf,
        /// A key of your own: sent twice, the events are recorded once.
        #[arg(long)]
        key: Option<String>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Close a session; every needle must be out.
    Close {
        /// Identifier of the session.
        session: String,
        /// Version that you know.
        #[arg(long, value_name = "VERSION")]
        expect: u64,
        /// Needles that you count in the tray.
        #[arg(long, value_name = "NEEDLES")]
        counted: u16,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Sign a closed session with the note that it writes, or with your own.
    Sign {
        /// Identifier of the session.
        session: String,
        /// Version that you know.
        #[arg(long, value_name = "VERSION")]
        expect: u64,
        /// Your note.
        #[arg(long)]
        note: Option<String>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Add to a signed session; what was signed stays.
    Amend {
        /// Identifier of the session.
        session: String,
        /// Version that you know.
        #[arg(long, value_name = "VERSION")]
        expect: u64,
        /// Why.
        #[arg(long)]
        reason: String,
        /// What.
        #[arg(long)]
        text: String,
        /// The event that it speaks of.
        #[arg(long, value_name = "NUMBER")]
        about: Option<u64>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Show a session.
    Show {
        /// Identifier of the session.
        session: String,
        /// What to write.
        #[arg(long, value_enum, default_value_t = SessionFormat::Note)]
        format: SessionFormat,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Write a letter on a session and the course so far, as PDF.
    Letter {
        /// Identifier of the session.
        session: String,
        /// Language of the letter.
        #[arg(long, value_enum, default_value_t = Language::En)]
        language: Language,
        /// Where to write; standard output without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// List the sessions of a patient.
    List {
        /// Identifier of the patient.
        patient: String,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
}

/// Formats of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SessionFormat {
    /// The note, with its amendments.
    Note,
    /// What follows from the events.
    Json,
    /// The events.
    Events,
}

/// What `start` reads; who and whom is known.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StartInput {
    plan: Option<PlanRef>,
    planned: Vec<baihui_clinic::session::event::PlannedNeedle>,
    position: Option<baihui_clinic::session::event::Position>,
    setting: String,
    no_stimulation: bool,
    without_consent: String,
}

/// An event with its time, or without.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum EventInput {
    Timed(Timed),
    Now(What),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Timed {
    at: jiff::Timestamp,
    what: What,
}

/// Runs the command.
pub fn run(command: SessionCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    match command {
        SessionCommand::Start { patient, input: path, plan, head, without_consent, key, record } => {
            let patient: PatientId = id(&patient)?;
            let mut i: StartInput = path.as_deref().map(input).transpose()?.unwrap_or_default();
            let plan: Option<PlanId> = plan.as_deref().map(id).transpose()?;
            if plan.is_some() && !(i.planned.is_empty() && i.plan.is_none()) {
                return Err(CliError::usage("the needles are planned twice: by --plan, and in the input"));
            }
            let follows = plan.is_some() || i.plan.is_some();
            let world = if follows { Some(World::read(more)?) } else { None };
            let head = if follows { Some(files::head(&head.head)?) } else { None };
            let (session, version) = record.with(async |store, actor| {
                if let Some(key) = &key
                    && let Some((Kind::Session, id, version)) = store.carried_out(key).await?
                {
                    return Ok((id, version));
                }
                if let Some(plan) = plan {
                    let (plan, planned) = store.follow_plan(actor, plan, patient).await?;
                    (i.plan, i.planned) = (Some(plan), planned);
                }
                if let (Some(world), Some(head), Some(plan)) = (&world, &head, i.plan) {
                    world.may_begin(store, actor, head, patient, plan).await?;
                }
                let reason = if without_consent.is_empty() { i.without_consent } else { without_consent };
                let start = Start {
                    patient,
                    practitioner: actor.id,
                    plan: i.plan,
                    planned: i.planned,
                    position: i.position,
                    setting: i.setting,
                    no_stimulation: i.no_stimulation,
                    without_consent: reason,
                };
                let session: SessionId = store.new_id();
                let event = now(store, actor, What::Started(Box::new(start)));
                Ok((session.to_string(), store.start_session(actor, session, key, vec![event]).await?))
            })?;
            said(&session, version)
        }
        SessionCommand::Record { session, expect, input: path, key, record } => {
            let inputs: Vec<serde_json::Value> = input(&path)?;
            let mut events = Vec::with_capacity(inputs.len());
            for (n, value) in inputs.into_iter().enumerate() {
                events.push(one_event(value).map_err(|e| CliError::input(format!("event {}: {e}", n + 1)))?);
            }
            append(&record, &session, expect, key, events)
        }
        SessionCommand::Close { session, expect, counted, record } => {
            let events =
                vec![What::Counted { needles: counted }, What::Closed].into_iter().map(EventInput::Now);
            append(&record, &session, expect, None, events.collect())
        }
        SessionCommand::Sign { session, expect, note, record } => {
            let session_id: SessionId = id(&session)?;
            let version = record.with(async |store, actor| {
                let note = match note {
                    Some(note) => note,
                    None => store.session(actor, session_id).await?.1.state().note(),
                };
                let event = now(store, actor, What::Signed { note });
                store.append_session(actor, session_id, expect, None, vec![event]).await
            })?;
            said(&session, version)
        }
        SessionCommand::Amend { session, expect, reason, text, about, record } => append(
            &record,
            &session,
            expect,
            None,
            vec![EventInput::Now(What::Amended { reason, text, about })],
        ),
        SessionCommand::Show { session, format, record } => {
            let session: SessionId = id(&session)?;
            let (version, log) = record.with(async |store, actor| store.session(actor, session).await)?;
            let text = match format {
                SessionFormat::Note => note(version, &log),
                SessionFormat::Events => pretty(&log.events())?,
                SessionFormat::Json => pretty(&json!({
                    "id": session,
                    "version": version,
                    "session": log.state(),
                    "not_done": log.state().not_done(),
                    "missing_for_stricta": log.state().missing_for_stricta(),
                }))?,
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        SessionCommand::Letter { session, language, output, record } => {
            let session: SessionId = id(&session)?;
            let found =
                record.with(async |store, actor| paper::gather::course(store, actor, session).await)?;
            let atlas = files::atlas(&[])?;
            let knowledge = files::knowledge(&atlas, &[])?;
            let subject = paper::Subject {
                body: None,
                patient: &found.patient.value,
                head: &files::head("template")?,
                atlas: &atlas,
                knowledge: &knowledge,
                language,
                today: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::system()).date(),
                clinic: found.clinic.clone(),
                invented: false,
            };
            let bytes = paper::letter::pdf(&subject, &found.course()).map_err(CliError::input)?;
            files::emit(output.as_ref(), &bytes)?;
            Ok(ExitCode::SUCCESS)
        }
        SessionCommand::List { patient, format, record } => {
            let patient: PatientId = id(&patient)?;
            let page = record.with(async |store, actor| store.patient_page(actor, patient).await)?;
            let sessions: Vec<_> = page.things.into_iter().filter(|t| t.kind == Kind::Session).collect();
            let text = match format {
                ReportFormat::Json => pretty(&sessions)?,
                ReportFormat::Table => {
                    let mut t = output::table(&["started", "state", "what", "version", "identifier"]);
                    for s in &sessions {
                        let started = s.summary["started"]["at"].as_str().or(s.summary["started"].as_str());
                        let cells =
                            [started.unwrap_or(""), &s.state, &what(s), &s.version.to_string(), &s.id];
                        t.add_row(cells.map(str::to_owned));
                    }
                    output::lines(&t)
                }
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Which of the two forms it is, so that a mistake is explained in the words of that form.
fn one_event(value: serde_json::Value) -> Result<EventInput, serde_json::Error> {
    if value.get("what").is_some() {
        serde_json::from_value(value).map(EventInput::Timed)
    } else {
        serde_json::from_value(value).map(EventInput::Now)
    }
}

fn now(store: &Store, actor: &Actor, what: What) -> Event {
    Event { at: Moment::wall(store.now()), by: actor.id, what }
}

fn append(
    record: &RecordArg,
    session: &str,
    expect: u64,
    key: Option<String>,
    events: Vec<EventInput>,
) -> Result<ExitCode, CliError> {
    let session_id: SessionId = id(session)?;
    let version = record.with(async |store, actor| -> Result<u64, StoreError> {
        if let Some(key) = &key
            && let Some((Kind::Session, id, version)) = store.carried_out(key).await?
            && id == session_id.to_string()
        {
            return Ok(version);
        }
        let events = events
            .into_iter()
            .map(|e| match e {
                EventInput::Timed(t) => Event { at: Moment::wall(t.at), by: actor.id, what: t.what },
                EventInput::Now(what) => now(store, actor, what),
            })
            .collect();
        store.append_session(actor, session_id, expect, key, events).await
    })?;
    said(session, version)
}

fn note(version: u64, log: &SessionLog) -> String {
    let s = log.state();
    let phase =
        serde_json::to_value(s.phase).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let mut text = format!("{phase}, version {version}\n\n");
    match &s.signature {
        Some(g) => text += &format!("{}\nsigned {} by {}\n", g.note.trim_end(), g.at, g.by),
        None => text += &s.note(),
    }
    for a in &s.amendments {
        text += &format!("\namended {} by {} ({}):\n{}\n", a.at, a.by, a.reason, a.text);
    }
    let inside = s.needles_in();
    if !inside.is_empty() {
        let numbers: Vec<String> = inside.iter().map(ToString::to_string).collect();
        text += &format!("\nSTILL IN: needles {}\n", numbers.join(", "));
    }
    for missing in s.missing_for_stricta() {
        text += &format!("missing for STRICTA {missing}\n");
    }
    text
}
