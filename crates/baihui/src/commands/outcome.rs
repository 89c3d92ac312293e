//! `baihui outcome`: what was measured, and what was not.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use baihui_clinic::{
    outcome::{Measured, Outcome},
    people::PatientId,
    store::{Kind, Write},
};
use clap::{Args, Subcommand};

use super::{
    patient::{said, what},
    pretty,
};
use crate::{
    cli::ReportFormat,
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
pub fn run(command: OutcomeCommand) -> Result<ExitCode, CliError> {
    match command {
        OutcomeCommand::Add(args) => add(&args),
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

fn add(args: &Add) -> Result<ExitCode, CliError> {
    let patient: PatientId = id(&args.patient)?;
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
        Ok((id, store.put(actor, id, write, &outcome).await?))
    })?;
    said(&outcome_id.to_string(), version)
}
