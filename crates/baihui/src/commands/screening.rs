//! `baihui screening`: what the rules of safety ask, kept with the patient.

use std::{path::PathBuf, process::ExitCode};

use baihui_clinic::{
    people::PatientId,
    safety::Answers,
    screening::{Origin, Screening, Standing},
    store::{StoreError, Write},
};
use clap::{Args, Subcommand};

use super::{patient::said, plan::answer_one, pretty};
use crate::{
    cli::ReportFormat,
    error::CliError,
    files, output,
    record::{RecordArg, id, input},
};

/// What to do with screenings.
#[derive(Debug, Subcommand)]
pub enum ScreeningCommand {
    /// Keep what was answered at one occasion.
    #[command(after_help = "Examples:
  baihui safety questions
  baihui screening add PATIENT --answer pregnant=no --answer pacemaker=no --answer high-fever=no
  baihui screening add PATIENT --input answers.json       (an object: question to answer)")]
    Add(Add),
    /// Say which answers stand today: from the patient's page and all screenings, and what is still open.
    Show {
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

/// `baihui screening add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Identifier of the patient.
    pub patient: String,
    /// An answer. May be repeated.
    #[arg(long, value_name = "NAME=VALUE", required_unless_present_any = ["input", "reopen"])]
    pub answer: Vec<String>,
    /// A question whose earlier answer is taken back: it is open again. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub reopen: Vec<String>,
    /// Answers as JSON; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The session before which it was asked.
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// In words.
    #[arg(long, default_value = "")]
    pub comment: String,
    /// When; now if not said.
    #[arg(long, value_name = "TIME")]
    pub at: Option<jiff::Timestamp>,
    /// The record.
    #[command(flatten)]
    pub record: RecordArg,
}

/// Runs the command.
pub fn run(command: ScreeningCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let knowledge = files::knowledge(&files::atlas(more)?, more)?;
    match command {
        ScreeningCommand::Add(args) => {
            let patient: PatientId = id(&args.patient)?;
            let session = args.session.as_deref().map(id).transpose()?;
            let mut answers: Answers = args.input.as_deref().map(input).transpose()?.unwrap_or_default();
            for text in &args.answer {
                answer_one(&knowledge, &mut answers, text)?;
            }
            answers
                .check(&knowledge.safety.fact)
                .map_err(|e| CliError::input(e).hint("`baihui safety questions` lists them"))?;
            for name in &args.reopen {
                baihui_clinic::safety::answers::question(&knowledge.safety.fact, name)
                    .map_err(|e| CliError::usage(e).hint("`baihui safety questions` lists them"))?;
            }
            let (screening, version) = args.record.with(async |store, actor| {
                let at = args.at.unwrap_or_else(|| store.now());
                let reopened = args.reopen.iter().cloned().collect();
                let comment = args.comment.clone();
                let screening = Screening { patient, at, session, answers, reopened, comment };
                let id = store.new_id::<Screening>();
                Ok((id, store.put(actor, id, Write::new(), &screening).await?))
            })?;
            said(&screening.to_string(), version)
        }
        ScreeningCommand::Show { patient, format, record } => {
            let standing = standing(&knowledge, &record, id(&patient)?)?;
            let text = match format {
                ReportFormat::Json => pretty(&standing)?,
                ReportFormat::Table => table(&standing),
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The answers that stand for a patient of the record, today in this place.
fn standing(
    knowledge: &baihui_clinic::knowledge::Knowledge,
    record: &RecordArg,
    patient: PatientId,
) -> Result<Standing, CliError> {
    record.with(async |store, actor| -> Result<Standing, StoreError> {
        let now = store.now().to_zoned(jiff::tz::TimeZone::system());
        store.standing(actor, patient, &knowledge.safety.fact, &now).await
    })
}

fn table(s: &Standing) -> String {
    let when = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M").to_string();
    let mut t = output::table(&["question", "answer", "from", "asked (UTC)"]);
    for (name, value) in &s.answers.0 {
        let (from, at) = match s.from.get(name) {
            Some(Origin::Page { at }) => ("page", when(*at)),
            Some(Origin::Screening { at }) => ("screening", when(*at)),
            None => ("", String::new()),
        };
        t.add_row([name.clone(), value.words(), from.to_owned(), at]);
    }
    let mut text = output::lines(&t);
    for c in &s.contradictions {
        text += &format!(
            "CONTRADICTION {}: the page says {}, the screening of {} says {}; until one is put right it is open\n",
            c.question,
            c.page.words(),
            when(c.at),
            c.screening.words()
        );
    }
    let mut list = |what: &str, names: &std::collections::BTreeSet<String>| {
        if !names.is_empty() {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            text += &format!("{what}: {}\n", names.join(", "));
        }
    };
    list("asked at every visit, last answered before today", &s.expired);
    list("open", &s.open);
    text
}
