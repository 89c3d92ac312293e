//! `baihui outcome`: what was measured, and what was not.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use baihui_clinic::{
    outcome::{Measured, Outcome},
    people::PatientId,
    store::{Kind, Write},
};
use baihui_report::stat::Look;
use clap::{Args, Subcommand};

use super::{
    patient::{said, what},
    pretty,
};
use crate::{
    cli::ReportFormat,
    course::{
        CourseView,
        clinic::{ClinicView, Due, Share},
        figure::{self, Language},
        plain, threshold_words,
    },
    error::CliError,
    files, output,
    record::{RecordArg, id, input},
};

/// What to do with outcomes.
#[derive(Debug, Subcommand)]
pub enum OutcomeCommand {
    /// Record a measurement, or why there is none.
    #[command(after_help = r#"Examples:
  baihui outcome add PATIENT --instrument nihss --edition 1 --total 7 --visit baseline --blinded true
  echo '{"kind": "lab", "analyte": "hs-CRP", "loinc": "30522-7", "value": 2.1, "unit": "mg/L",
         "assay": "nephelometry", "range": [0, 3]}' | baihui outcome add PATIENT --input -"#)]
    Add(Box<Add>),
    /// The course of a patient: outcomes with the changes that matter by each source, sessions, harm, gaps.
    #[command(after_help = "Examples:
  baihui outcome chart PATIENT                       # in words
  baihui outcome chart PATIENT -o course.pdf         # by its ending: .svg, .png, .pdf, .html, .json")]
    Chart(Chart),
    /// Counts of the clinic, who is due for a measurement, what was treated.
    Clinic {
        /// Due after so many sessions without a measurement.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
        sessions: u16,
        /// Or after so many days.
        #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// List the outcomes of a patient.
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

/// `baihui outcome chart`.
#[derive(Debug, Args)]
pub struct Chart {
    /// Identifier of the patient.
    pub patient: String,
    /// Where to write it.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Language of the picture.
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub language: Language,
    /// The record.
    #[command(flatten)]
    pub record: RecordArg,
}

/// `baihui outcome add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Identifier of the patient.
    pub patient: String,
    /// What was measured, as JSON (`baihui schema outcome`, the field `result`); `-` for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "instrument")]
    pub input: Option<PathBuf>,
    /// Instrument.
    #[arg(long, required_unless_present = "input", requires = "total")]
    pub instrument: Option<String>,
    /// Version of the instrument.
    #[arg(long, default_value = "1")]
    pub edition: String,
    /// Total score.
    #[arg(long, allow_hyphen_values = true)]
    pub total: Option<f64>,
    /// Which point of the schedule.
    #[arg(long, default_value = "")]
    pub visit: String,
    /// Whether the rater did not know the treatment.
    #[arg(long)]
    pub blinded: Option<bool>,
    /// When; now if not said.
    #[arg(long, value_name = "TIME")]
    pub at: Option<jiff::Timestamp>,
    /// In words.
    #[arg(long, default_value = "")]
    pub comment: String,
    /// A key of your own: sent twice, the outcome is recorded once.
    #[arg(long)]
    pub key: Option<String>,
    /// The record.
    #[command(flatten)]
    pub record: RecordArg,
}

/// Runs the command.
pub fn run(command: OutcomeCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    match command {
        OutcomeCommand::Chart(args) => chart(&args, more),
        OutcomeCommand::Clinic { sessions, days, format, record } => {
            clinic(usize::from(sessions), i64::from(days), format, &record, more)
        }
        OutcomeCommand::Add(args) => add(&args, more),
        OutcomeCommand::List { patient, format, record } => {
            let patient: PatientId = id(&patient)?;
            let page = record.with(async |store, actor| store.patient_page(actor, patient).await)?;
            let outcomes: Vec<_> = page.things.into_iter().filter(|t| t.kind == Kind::Outcome).collect();
            let text = match format {
                ReportFormat::Json => pretty(&outcomes)?,
                ReportFormat::Table => {
                    let mut t = output::table(&["when", "what", "identifier"]);
                    for o in &outcomes {
                        let at = o.summary["at"].as_str().unwrap_or_default().to_owned();
                        t.add_row([at, what(o), o.id.clone()]);
                    }
                    output::lines(&t)
                }
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn add(args: &Add, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let patient: PatientId = id(&args.patient)?;
    if let (Some(name), Some(total)) = (&args.instrument, args.total) {
        // What the instrument cannot give is a slip of the hand; an instrument that nobody described is taken as it is.
        let knowledge = files::knowledge(&files::atlas(more)?, more)?;
        if let Some(instrument) = knowledge.instrument(name) {
            instrument.given(total).map_err(CliError::input)?;
        }
    }
    let result = match (&args.input, &args.instrument) {
        (Some(path), _) => input(path)?,
        (None, Some(instrument)) => Measured::Instrument {
            instrument: instrument.clone(),
            version: args.edition.clone(),
            items: BTreeMap::new(),
            scores: args.total.iter().map(|t| ("total".to_owned(), *t)).collect(),
        },
        (None, None) => return Err(CliError::usage("say what was measured: --instrument or --input")),
    };
    let (outcome_id, version) = args.record.with(async |store, actor| {
        if let Some(key) = &args.key
            && let Some((Kind::Outcome, id, version)) = store.carried_out(key).await?
        {
            return Ok((id, version));
        }
        let outcome = Outcome {
            patient,
            at: args.at.unwrap_or_else(|| store.now()),
            visit: args.visit.clone(),
            session: None,
            rater: Some(actor.id),
            blinded: args.blinded,
            result,
            comment: args.comment.clone(),
        };
        let id = store.new_id::<Outcome>();
        let write = Write { expected: 0, idempotency_key: args.key.clone() };
        Ok((id.to_string(), store.put(actor, id, write, &outcome).await?))
    })?;
    said(&outcome_id, version)
}

fn chart(args: &Chart, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let patient: PatientId = id(&args.patient)?;
    let knowledge = files::knowledge(&files::atlas(more)?, more)?;
    let (page, timeline, now) = args.record.with(async |store, actor| {
        let (page, timeline) = store.timeline(actor, patient).await?;
        Ok((page, timeline, store.now()))
    })?;
    let view = CourseView::of(&knowledge, &page, timeline, now);
    let tz = jiff::tz::TimeZone::system();
    let svg = || figure::svg(&view, &tz, args.language, Look::default()).map_err(CliError::input);
    let ending = args.output.as_ref().and_then(|o| o.extension()).map(|e| e.to_string_lossy().to_lowercase());
    let bytes = match ending.as_deref() {
        None if args.output.is_none() => in_words(&view, &tz).into_bytes(),
        Some("svg") => svg()?.into_bytes(),
        Some("png") => baihui_report::png(&svg()?, 300.0 / 96.0).map_err(CliError::input)?,
        Some("pdf") => figure::paper(&view, &tz).map_err(CliError::input)?,
        Some("html") => {
            let title = format!("Course of {}", view.name);
            baihui_report::stat::html::page(&title, "en", &figure::parts(&view, &tz)).into_bytes()
        }
        Some("json") => pretty(&view)?.into_bytes(),
        _ => {
            return Err(CliError::usage(
                "the file's ending says what is written: .svg, .png, .pdf, .html or .json",
            ));
        }
    };
    files::emit(args.output.as_ref(), &bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// The course in words, for a terminal.
fn in_words(view: &CourseView, tz: &jiff::tz::TimeZone) -> String {
    let mut text =
        format!("{}: {} sessions, {} reports of harm\n", view.name, view.sessions.len(), view.harm.len());
    for s in &view.series {
        let name = s.instrument.as_ref().map_or(s.series.name.as_str(), |i| i.short.as_str());
        text += &format!("\n{name}\n");
        for m in &s.series.measurements {
            text += &format!("  {}  {}  {}\n", m.at.to_zoned(tz.clone()).date(), plain(m.value), m.visit);
        }
        for m in &s.series.missing {
            let why = figure::reason(m.reason, Language::En);
            text += &format!("  {}  not measured: {why}\n", m.at.to_zoned(tz.clone()).date());
        }
        if let Some(c) = &s.change {
            text += &format!("  {}\n", figure::change_words(s, c, tz));
            for r in c.meaning.iter().flat_map(|m| &m.against) {
                let Some(t) = s.instrument.as_ref().and_then(|i| i.thresholds.get(r.threshold)) else {
                    continue;
                };
                let reach = serde_json::to_value(r.reached).ok();
                let reach = reach.as_ref().and_then(|v| v.as_str()).unwrap_or_default();
                text += &format!("    {reach}: {}\n", threshold_words(t));
            }
        }
        if let Some(o) = &s.overlap {
            text += &format!(
                "  overlap: NAP {:.2} ({:.2} to {:.2}), Tau-BC {:.2} ({:.2} to {:.2})\n",
                o.nap.estimate, o.nap.low, o.nap.high, o.tau_bc.estimate, o.tau_bc.low, o.tau_bc.high
            );
        }
        for w in &s.warnings {
            text += &format!("  ! {}\n", w.text);
        }
    }
    for w in &view.warnings {
        text += &format!("! {}\n", w.text);
    }
    text
}

fn clinic(
    sessions: usize,
    days: i64,
    format: ReportFormat,
    record: &RecordArg,
    more: &[PathBuf],
) -> Result<ExitCode, CliError> {
    let knowledge = files::knowledge(&files::atlas(more)?, more)?;
    let due = Due { sessions, days, ..Due::default() };
    let view = record.with(async |store, actor| {
        let overview = store.overview(actor).await?;
        let view = ClinicView::of(&knowledge, &overview, due, store.now());
        store.note_shown(actor, view.due.iter().map(|d| d.patient.as_str())).await?;
        Ok(view)
    })?;
    let text = match format {
        ReportFormat::Json => pretty(&view)?,
        ReportFormat::Table => counts(&view),
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn counts(v: &ClinicView) -> String {
    let share = |s: Share| {
        let limits = s.interval.map_or(String::new(), |[a, b]| {
            format!(" (95 % interval {:.0} to {:.0} %)", a * 100.0, b * 100.0)
        });
        format!("{} of {}{limits}", s.n, s.of)
    };
    let mut text = format!(
        "{} patients, {} in treatment; {} sessions, {} needles; {} sessions closed but not signed\n\
         sessions with reported harm: {}\n",
        v.patients,
        v.in_treatment,
        v.sessions,
        v.needles,
        v.unsigned,
        share(v.harm)
    );
    let mut t = output::table(&["due", "last measured", "sessions since", "days", "identifier"]);
    for d in &v.due {
        let last = d.last.map_or_else(|| "never".to_owned(), |l| l.to_string());
        t.add_row([d.name.clone(), last, d.sessions.to_string(), d.days.to_string(), d.patient.clone()]);
    }
    text += &format!("\n{}", output::lines(&t));
    let mut t = output::table(&["site", "sessions", "patients"]);
    for s in &v.sites {
        t.add_row([s.name.clone(), s.sessions.unwrap_or(0).to_string(), s.patients.to_string()]);
    }
    text += &format!("\n{}", output::lines(&t));
    for o in &v.outcomes {
        text += &format!(
            "\n{}: measured {}, twice {}: {} better, {} the same, {} worse; missing noted for {}\n",
            o.short, o.measured, o.twice, o.better, o.same, o.worse, o.missing
        );
        for r in &o.reached {
            text += &format!("  {}: {}\n", threshold_words(&r.threshold), share(r.share));
        }
    }
    text += "\nThese are counts, not effects: who was treated, how, for how long and who came back to be measured was not left \
             to chance, and nobody was compared with anybody.\n";
    text
}
