//! `baihui patient`: who is treated.

use std::{path::PathBuf, process::ExitCode};

use baihui_clinic::{
    letter::letter,
    people::{Diagnosis, Identifier, Patient, PersonName, Sex},
    side::{DeficitSide, Laterality, LesionSide},
    store::{Found, Kind, PatientPage, Search, Stored, Summary, Write},
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::pretty;
use crate::{
    cli::ReportFormat,
    error::CliError,
    files, output,
    record::{RecordArg, id, input, shown},
};

/// What to do with patients.
#[derive(Debug, Subcommand)]
pub enum PatientCommand {
    /// Add a patient, from options or from JSON (`baihui schema patient`).
    #[command(after_help = "Examples:
  baihui patient add --given Ada --family Example --born 1955-04-03 --diagnosis 'ischaemic stroke' \\
      --condition stroke-arm --lesion left --deficit right --onset 2026-08-01
  baihui patient add --input patient.json
  baihui patient add --input - < patient.json")]
    Add(Box<Add>),
    /// List patients, or find them by name, number or date of birth.
    List {
        /// Beginnings of words; all must fit.
        words: Vec<String>,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Show a patient with everything that is kept.
    Show {
        /// Identifier.
        patient: String,
        /// Every version instead.
        #[arg(long)]
        history: bool,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Write a letter about a patient's course: diagnoses, treatment, what changed, what was missed, harm.
    Letter {
        /// Identifier.
        patient: String,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
        /// Where to write it; standard output without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Change a patient: the whole of it, as JSON.
    #[command(after_help = "Example:
  baihui patient show ID --format json | jq .patient.value > ada.json
  (edit ada.json)
  baihui patient change ID --expect 1 --input ada.json")]
    Change {
        /// Identifier.
        patient: String,
        /// The version that the change was made to.
        #[arg(long, value_name = "VERSION")]
        expect: u64,
        /// The patient as JSON; `-` for standard input.
        #[arg(long, value_name = "FILE")]
        input: PathBuf,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
}

/// `baihui patient add`.
#[derive(Debug, Args)]
pub struct Add {
    /// The patient as JSON; `-` for standard input. Other options add to it.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Given names.
    #[arg(long)]
    pub given: Option<String>,
    /// Family name.
    #[arg(long)]
    pub family: Option<String>,
    /// Another writing of the name.
    #[arg(long)]
    pub other: Option<String>,
    /// Date of birth.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub born: Option<jiff::civil::Date>,
    /// Sex.
    #[arg(long, value_enum)]
    pub sex: Option<SexArg>,
    /// A number: who gave it, and the number. May be repeated.
    #[arg(long, value_name = "SYSTEM=NUMBER")]
    pub number: Vec<String>,
    /// What is wrong.
    #[arg(long)]
    pub diagnosis: Option<String>,
    /// Which condition of the atlas it is (`baihui condition list`): plans of it take the sides from here.
    #[arg(long, value_name = "ID", requires = "diagnosis")]
    pub condition: Option<String>,
    /// Side of the lesion (the patient's).
    #[arg(long, value_enum, requires = "diagnosis")]
    pub lesion: Option<SideArg>,
    /// Side of the deficit (the patient's).
    #[arg(long, value_enum, requires = "diagnosis")]
    pub deficit: Option<SideArg>,
    /// Since when.
    #[arg(long, value_name = "YYYY-MM-DD", requires = "diagnosis")]
    pub onset: Option<jiff::civil::Date>,
    /// Add the patient even if someone in the record may be the same person.
    #[arg(long)]
    pub anyway: bool,
    /// A key of your own: sent twice, the patient is added once.
    #[arg(long)]
    pub key: Option<String>,
    /// The record.
    #[command(flatten)]
    pub record: RecordArg,
}

/// Sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SexArg {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither, or both.
    Other,
}

/// A side of the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// The patient's left.
    Left,
    /// The patient's right.
    Right,
    /// Both.
    Bilateral,
    /// On the midline.
    Midline,
}

impl SideArg {
    fn laterality(self) -> Laterality {
        match self {
            Self::Left => Laterality::Left,
            Self::Right => Laterality::Right,
            Self::Bilateral => Laterality::Bilateral,
            Self::Midline => Laterality::Midline,
        }
    }
}

/// Runs the command.
pub fn run(command: PatientCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    match command {
        PatientCommand::Letter { patient, format, output, record } => {
            let patient = id(&patient)?;
            let knowledge = files::knowledge(&files::atlas(more)?, more)?;
            let course = record.with(async |store, actor| store.course(actor, patient).await)?;
            let letter = letter(&course, &knowledge.instruments, &jiff::tz::TimeZone::system());
            let text = match format {
                ReportFormat::Json => pretty(&letter)?,
                ReportFormat::Table => letter.text(),
            };
            files::emit(output.as_ref(), text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        PatientCommand::Add(args) => add(&args, more),
        PatientCommand::List { words, format, record } => {
            let search = Search { text: words.join(" "), limit: 0 };
            let found = record.with(async |store, actor| store.find_patients(actor, &search).await)?;
            let text = match format {
                ReportFormat::Json => pretty(&found)?,
                ReportFormat::Table => patients(&found),
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        PatientCommand::Show { patient, history, format, record } => {
            let patient = id(&patient)?;
            let text = if history {
                let all: Vec<Stored<Patient>> =
                    record.with(async |store, actor| store.history(actor, patient).await)?;
                pretty(&all)?
            } else {
                let page = record.with(async |store, actor| store.patient_page(actor, patient).await)?;
                match format {
                    ReportFormat::Json => pretty(&page)?,
                    ReportFormat::Table => page_text(&page),
                }
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        PatientCommand::Change { patient, expect, input: path, record } => {
            let patient_id = id(&patient)?;
            let value: Patient = input(&path)?;
            let version = record
                .with(async |store, actor| store.put(actor, patient_id, Write::to(expect), &value).await)?;
            said(&patient, version)
        }
    }
}

/// Says what was saved, as JSON, so that a script can go on with it.
pub(crate) fn said(id: &str, version: u64) -> Result<ExitCode, CliError> {
    files::emit(None, pretty(&json!({ "id": id, "version": version }))?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn add(args: &Add, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let mut patient = match &args.input {
        Some(path) => input(path)?,
        None => Patient::named(PersonName::default()),
    };
    let set = |to: &mut String, from: &Option<String>| {
        if let Some(text) = from {
            to.clone_from(text);
        }
    };
    set(&mut patient.name.given, &args.given);
    set(&mut patient.name.family, &args.family);
    set(&mut patient.name.other, &args.other);
    patient.birth_date = args.born.or(patient.birth_date);
    patient.sex = args
        .sex
        .map(|s| match s {
            SexArg::Female => Sex::Female,
            SexArg::Male => Sex::Male,
            SexArg::Other => Sex::Other,
        })
        .or(patient.sex);
    for text in &args.number {
        let (system, value) = text
            .split_once('=')
            .ok_or_else(|| CliError::usage(format!("\"{text}\" is no number; expected SYSTEM=NUMBER")))?;
        patient.identifiers.push(Identifier { system: system.into(), value: value.into() });
    }
    if let Some(text) = &args.diagnosis {
        let mut d = Diagnosis::new(text);
        if let Some(id) = &args.condition {
            let knowledge = files::knowledge(&files::atlas(more)?, more)?;
            if knowledge.condition(id).is_none() {
                let near = baihui_atlas::check::nearest(id, knowledge.conditions.keys());
                return Err(CliError::usage(format!("there is no condition \"{id}\"")).hint(match near {
                    Some(near) => format!("did you mean {near}?"),
                    None => "`baihui condition list` lists them".to_owned(),
                }));
            }
            d.condition = Some(id.clone());
        }
        d.lesion_side = args.lesion.map(|s| LesionSide(s.laterality()));
        d.deficit_side = args.deficit.map(|s| DeficitSide(s.laterality()));
        d.onset = args.onset;
        patient.diagnoses.push(d);
    }
    let (record, actor) = args.record.open()?;
    let result = record.run(async |store| {
        if let Some(key) = &args.key
            && let Some((Kind::Patient, id, version)) = store.carried_out(key).await.map_err(shown)?
        {
            return Ok((id, version));
        }
        if !args.anyway && args.key.is_none() {
            let doubles = store.doubles(&actor, &patient).await.map_err(shown)?;
            if !doubles.is_empty() {
                let list: Vec<String> = doubles
                    .iter()
                    .map(|d| {
                        let name = d.patient.summary["name"].as_str().unwrap_or_default();
                        format!("{name} {} ({})", d.patient.id, d.because.join(", "))
                    })
                    .collect();
                return Err(CliError::input(format!("this may be the same person as {}", list.join("; ")))
                    .hint("if it is another, --anyway"));
            }
        }
        let id = store.new_id::<Patient>();
        let write = Write { expected: 0, idempotency_key: args.key.clone() };
        let version = store.put(&actor, id, write, &patient).await.map_err(shown)?;
        Ok((id.to_string(), version))
    });
    record.close();
    let (id, version) = result?;
    said(&id, version)
}

fn patients(found: &[Found]) -> String {
    let mut t = output::table(&["patient", "born", "diagnoses", "identifier"]);
    for f in found {
        let text = |key: &str| f.patient.summary[key].as_str().unwrap_or_default().to_owned();
        let name = if f.patient.state == "erased" { "(erased)".to_owned() } else { text("name") };
        t.add_row([name, text("birth_date"), strings(&f.patient.summary["diagnoses"]), f.patient.id.clone()]);
    }
    output::lines(&t)
}

/// Strings of a JSON list, with commas.
pub(crate) fn strings(list: &serde_json::Value) -> String {
    let words: Vec<&str> = list.as_array().into_iter().flatten().filter_map(|v| v.as_str()).collect();
    words.join(", ")
}

fn page_text(page: &PatientPage) -> String {
    let p = &page.patient.value;
    let mut text = output::heading(&p.name.to_string());
    let mut line = |what: &str, value: String| {
        if !value.is_empty() {
            text += &format!("{what}: {value}\n");
        }
    };
    line("identifier", page.patient.id.clone());
    line("version", page.patient.version.to_string());
    line("born", p.birth_date.map(|d| d.to_string()).unwrap_or_default());
    for d in &p.diagnoses {
        let side =
            |s: Option<Laterality>| s.map_or("not known".to_owned(), |s| format!("{s:?}").to_lowercase());
        line(
            "diagnosis",
            format!(
                "{}; lesion {}, deficit {} (the patient's)",
                d.text,
                side(d.lesion_side.map(|s| s.0)),
                side(d.deficit_side.map(|s| s.0))
            ),
        );
    }
    line("history", p.history.clone());
    let mut t = output::table(&["kind", "when", "state", "what", "identifier"]);
    for thing in &page.things {
        let when = ["started", "at", "given_at"].iter().find_map(|k| thing.summary[k].as_str()).unwrap_or("");
        t.add_row([
            thing.kind.word().to_owned(),
            when.to_owned(),
            thing.state.clone(),
            what(thing),
            thing.id.clone(),
        ]);
    }
    text + &output::lines(&t)
}

/// What a line of the page says of a thing.
pub(crate) fn what(thing: &Summary) -> String {
    let s = &thing.summary;
    match thing.kind.word() {
        "session" => {
            let inside = s["needles_in"].as_u64().unwrap_or(0);
            let still = if inside > 0 { format!(", {inside} STILL IN") } else { String::new() };
            format!("{} needles{still}: {}", s["needles"], strings(&s["zones"]))
        }
        "outcome" => {
            let name = s["name"].as_str().unwrap_or_default();
            let r = &s["result"];
            let value = match r["kind"].as_str() {
                Some("instrument") => r["scores"]["total"].to_string(),
                Some("missing") => format!("missing: {}", r["reason"].as_str().unwrap_or_default()),
                Some("lab") => format!("{} {}", r["value"], r["unit"].as_str().unwrap_or_default()),
                _ => String::new(),
            };
            format!("{name} {value} {}", s["visit"].as_str().unwrap_or_default()).trim().to_owned()
        }
        "screening" => format!("{} answers", s["answers"]),
        _ => s["name"].as_str().or(s["to"].as_str()).unwrap_or_default().to_owned(),
    }
}
