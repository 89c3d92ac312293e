//! `baihui consent`: what a patient agreed to.

use std::{path::PathBuf, process::ExitCode};

use baihui_clinic::{
    consent::{self, Consent, ConsentTo},
    people::PatientId,
    store::{StoreError, Stored, Write},
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{patient::said, pretty};
use crate::{
    cli::ReportFormat,
    error::CliError,
    files, output,
    record::{RecordArg, id},
};

/// What to do with consents.
#[derive(Debug, Subcommand)]
pub enum ConsentCommand {
    /// Show a text that can be agreed to, with its version.
    #[command(after_help = "Examples:
  baihui consent text treatment
  baihui consent text research --language zh --format json")]
    Text {
        /// To what.
        #[arg(value_enum)]
        to: ToArg,
        /// Language, as a BCP 47 tag.
        #[arg(long, default_value = "en")]
        language: String,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// Record that a patient agreed.
    #[command(after_help = "Examples:
  baihui consent give PATIENT treatment
  baihui consent give PATIENT research --language zh --given-by 'Min Kim, daughter and guardian'
  baihui consent give PATIENT photo --edition 2024-paper --language en    (a text of your own, on paper)")]
    Give(Give),
    /// Record that a patient withdrew a consent.
    Withdraw {
        /// Identifier of the consent.
        consent: String,
        /// When; now if not said.
        #[arg(long, value_name = "TIME")]
        at: Option<jiff::Timestamp>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// List the consents of a patient: what stands, and what was withdrawn.
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

/// `baihui consent give`.
#[derive(Debug, Args)]
pub struct Give {
    /// Identifier of the patient.
    pub patient: String,
    /// To what.
    #[arg(value_enum)]
    pub to: ToArg,
    /// Version of the text; the newest of `baihui consent text` if not said.
    #[arg(long)]
    pub edition: Option<String>,
    /// Language of the text, as a BCP 47 tag.
    #[arg(long, default_value = "en")]
    pub language: String,
    /// Who agreed, if not the patient.
    #[arg(long, default_value = "")]
    pub given_by: String,
    /// When; now if not said.
    #[arg(long, value_name = "TIME")]
    pub at: Option<jiff::Timestamp>,
    /// The record.
    #[command(flatten)]
    pub record: RecordArg,
}

/// What a consent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ToArg {
    /// Treatment.
    Treatment,
    /// Use in research.
    Research,
    /// Pictures.
    Photo,
}

impl From<ToArg> for ConsentTo {
    fn from(to: ToArg) -> Self {
        match to {
            ToArg::Treatment => Self::Treatment,
            ToArg::Research => Self::Research,
            ToArg::Photo => Self::Photo,
        }
    }
}

/// Runs the command.
pub fn run(command: ConsentCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    match command {
        ConsentCommand::Text { to, language, format } => {
            let texts = files::knowledge(&files::atlas(more)?, more)?.consent.text;
            let text = find(&texts, to.into(), &language)?;
            let shown = match format {
                ReportFormat::Json => {
                    let value = serde_json::to_value(text).unwrap_or_default();
                    pretty(&json!({ "text": value, "sha256": text.sha256() }))?
                }
                ReportFormat::Table => format!(
                    "{}{}\n\nversion {}, {}\n",
                    output::heading(&text.title),
                    text.paragraphs.join("\n\n"),
                    text.version,
                    text.language
                ),
            };
            files::emit(None, shown.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        ConsentCommand::Give(args) => give(&args, more),
        ConsentCommand::Withdraw { consent, at, record } => {
            let consent_id = id::<Consent>(&consent)?;
            let version = record.with(async |store, actor| {
                let kept = store.get(actor, consent_id).await?;
                if kept.value.withdrawn_at.is_some() {
                    return Err(StoreError::Invalid("the consent was withdrawn before".into()));
                }
                let gone = Consent { withdrawn_at: Some(at.unwrap_or_else(|| store.now())), ..kept.value };
                store.put(actor, consent_id, Write::to(kept.version), &gone).await
            })?;
            said(&consent, version)
        }
        ConsentCommand::List { patient, format, record } => {
            let patient: PatientId = id(&patient)?;
            let (all, now) = record.with(async |store, actor| {
                Ok((store.all_of::<Consent>(actor, patient).await?, store.now()))
            })?;
            let text = match format {
                ReportFormat::Json => {
                    let stands = |to: ConsentTo| consent::stands(all.iter().map(|c| &c.value), to, now);
                    let standing: Vec<ConsentTo> =
                        ConsentTo::ALL.into_iter().filter(|to| stands(*to)).collect();
                    pretty(&json!({ "standing": standing, "consents": all }))?
                }
                ReportFormat::Table => table(&all),
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn find<'a>(
    texts: &'a [consent::ConsentText],
    to: ConsentTo,
    language: &str,
) -> Result<&'a consent::ConsentText, CliError> {
    consent::text(texts, to, language).ok_or_else(|| {
        let has: Vec<&str> = texts.iter().filter(|t| t.to == to).map(|t| t.language.as_str()).collect();
        CliError::usage(format!("there is no text for {} in \"{language}\"", to.word())).hint(format!(
            "there are: {}; a text of your own is named with --edition, or added with --atlas consent.toml",
            has.join(", ")
        ))
    })
}

fn give(args: &Give, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let patient: PatientId = id(&args.patient)?;
    let to = args.to.into();
    let texts = files::knowledge(&files::atlas(more)?, more)?.consent.text;
    let (version, language, text_sha256) = match &args.edition {
        None => {
            let text = find(&texts, to, &args.language)?;
            (text.version.clone(), text.language.clone(), Some(text.sha256()))
        }
        Some(version) => {
            let known = consent::edition(&texts, to, version, &args.language);
            (version.clone(), args.language.clone(), known.map(consent::ConsentText::sha256))
        }
    };
    let (consent_id, version) = args.record.with(async |store, actor| {
        let given = Consent {
            patient,
            to,
            version,
            language,
            text_sha256,
            given_at: args.at.unwrap_or_else(|| store.now()),
            given_by: args.given_by.clone(),
            withdrawn_at: None,
        };
        let id = store.new_id::<Consent>();
        Ok((id, store.put(actor, id, Write::new(), &given).await?))
    })?;
    said(&consent_id.to_string(), version)
}

fn table(all: &[Stored<Consent>]) -> String {
    let mut t = output::table(&["to", "text", "given (UTC)", "by", "withdrawn (UTC)", "identifier"]);
    let when = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M").to_string();
    for c in all {
        let v = &c.value;
        let by = if v.given_by.is_empty() { "patient" } else { &v.given_by };
        t.add_row([
            v.to.word().to_owned(),
            format!("{} ({})", v.version, v.language),
            when(v.given_at),
            by.to_owned(),
            v.withdrawn_at.map(when).unwrap_or_default(),
            c.id.clone(),
        ]);
    }
    output::lines(&t)
}
