//! `baihui record`: the record as a whole.

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode, sync::Arc};

use baihui_clinic::{
    blocking,
    people::{Clinic, PatientId, PersonName, Practitioner, Role},
    store::{Checkpoint, Deidentify, Location, Report, Store, Write, passphrase::Passphrase},
};
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{
    patient::{said, strings},
    pretty,
};
use crate::{
    cli::ReportFormat,
    error::CliError,
    files, output,
    record::{Machine, RecordArg, ask, given_passphrase, id, shown},
};

/// What to do with the record.
#[derive(Debug, Subcommand)]
pub enum RecordCommand {
    /// Say where the record is, making it where there is none, and who works here.
    Show {
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Add someone who works here.
    #[command(after_help = "Example:
  baihui record hire --given Min --family Kim --role assistant --background 'nurse, 5 years'")]
    Hire {
        /// Given names.
        #[arg(long, default_value = "")]
        given: String,
        /// Family name.
        #[arg(long)]
        family: String,
        /// What they may do. May be repeated.
        #[arg(long, value_enum, required = true)]
        role: Vec<RoleArg>,
        /// Qualification and experience (STRICTA item 5).
        #[arg(long, default_value = "")]
        background: String,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Name the clinic.
    Clinic {
        /// Its name.
        name: String,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Check that everything is as it was written.
    #[command(after_help = "Examples:
  baihui record verify
  baihui record verify --since 1042:9f3c...   (a checkpoint that you wrote down: nothing was cut off since)")]
    Verify {
        /// A checkpoint that an earlier check printed.
        #[arg(long, value_name = "CHECKPOINT")]
        since: Option<Checkpoint>,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Copy the record as it is now into a new file; others may go on writing.
    Backup {
        /// The new file.
        to: PathBuf,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Make a record from a backup; the place (--record) must be empty.
    Restore {
        /// The backup.
        from: PathBuf,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Write everything into a ZIP file that can be read without this program, or what carries no names.
    #[command(after_help = "Examples:
  baihui record export everything.zip
  baihui record export research.zip --de-identified       (patients whose consent to research stands)
  baihui record export audit.zip --de-identified --everyone-because 'internal audit, approved 2026-11-02'

The README in the archive says what was left out, and what that does not protect from.")]
    Export {
        /// The new file.
        to: PathBuf,
        /// Without names, dates, free text and identifiers.
        #[arg(long)]
        de_identified: bool,
        /// Take patients without a consent to research as well, for this reason; it stands in the audit log.
        #[arg(long, value_name = "REASON", requires = "de_identified")]
        everyone_because: Option<String>,
        /// Groups alike in sex, age and condition have at least so many members.
        #[arg(long, value_name = "N", default_value_t = 5, requires = "de_identified")]
        k: usize,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Make a record from an export; the place (--record) must be empty.
    Import {
        /// The export.
        from: PathBuf,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Put the record's file under a passphrase, change it, or take it away. Nobody else may have the record open.
    #[command(
        after_help = "The passphrase is asked for, or comes from the environment, never from the command line:
  BAIHUI_PASSPHRASE or BAIHUI_PASSPHRASE_FILE            of the record as it is, for every command
  BAIHUI_NEW_PASSPHRASE or BAIHUI_NEW_PASSPHRASE_FILE    the new one, for this command

A lost passphrase cannot be found again. Backups are under the passphrase of their record; exports are not encrypted.
The program must be built with `--features encryption`."
    )]
    Passphrase {
        /// Take the encryption away.
        #[arg(long)]
        remove: bool,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Write the whole course of a patient as JSON: consents, screenings, plans, sessions, outcomes.
    Course {
        /// Identifier of the patient.
        patient: String,
        /// Where to write; standard output without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Erase everything that is kept of a patient. Cannot be undone; backups and exports made before still hold it.
    Erase {
        /// Identifier of the patient.
        patient: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Show who did what.
    Audit {
        /// Only about this patient.
        #[arg(long, value_name = "ID")]
        patient: Option<String>,
        /// Only after this line.
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// At most so many lines.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
}

/// Roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// Runs the record: staff, backup, export, erasure.
    Owner,
    /// Treats and signs.
    Practitioner,
    /// Prepares and records, does not sign.
    Assistant,
    /// Learns: drafts under a practitioner, does not sign.
    Student,
    /// Sees what carries no names.
    Researcher,
}

impl RoleArg {
    fn role(self) -> Role {
        match self {
            Self::Owner => Role::Owner,
            Self::Practitioner => Role::Practitioner,
            Self::Assistant => Role::Assistant,
            Self::Student => Role::Student,
            Self::Researcher => Role::Researcher,
        }
    }
}

/// Runs the command.
pub fn run(command: RecordCommand) -> Result<ExitCode, CliError> {
    match command {
        RecordCommand::Show { format, record } => show(&record, format),
        RecordCommand::Hire { given, family, role, background, record } => {
            let person = Practitioner {
                name: PersonName::new(&given, &family),
                roles: role.into_iter().map(RoleArg::role).collect(),
                background,
                active: true,
                usual: None,
            };
            let (id, version) = record.with(async |store, actor| {
                let id = store.new_id::<Practitioner>();
                Ok((id, store.put(actor, id, Write::new(), &person).await?))
            })?;
            said(&id.to_string(), version)
        }
        RecordCommand::Clinic { name, record } => {
            let (id, version) = record.with(async |store, actor| {
                let there = store.list::<Clinic>(actor, 1, 0).await?;
                let (id, write, mut clinic) = match there.first().map(|s| s.id.parse()) {
                    Some(Ok(id)) => {
                        let c = store.get::<Clinic>(actor, id).await?;
                        (id, Write::to(c.version), c.value)
                    }
                    _ => (store.new_id(), Write::new(), Clinic::default()),
                };
                clinic.name = name;
                Ok((id, store.put(actor, id, write, &clinic).await?))
            })?;
            said(&id.to_string(), version)
        }
        RecordCommand::Verify { since, format, record } => {
            let report = record.with(async |store, actor| store.verify(actor, since.as_ref()).await)?;
            let text = match format {
                ReportFormat::Json => pretty(&report)?,
                ReportFormat::Table => report_text(&report),
            };
            files::emit(None, text.as_bytes())?;
            Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        RecordCommand::Backup { to, record } => {
            let copied = record.with(async |store, actor| store.backup(actor, &to).await)?;
            files::emit(
                None,
                pretty(&json!({ "backup": to, "rows": copied.rows, "check": copied.report }))?.as_bytes(),
            )?;
            Ok(ExitCode::SUCCESS)
        }
        RecordCommand::Restore { from, record } => {
            let to = record.location()?;
            let copied = blocking::wait(Store::restore(&from, &to, Arc::new(Machine)))
                .map_err(shown)?
                .map_err(shown)?;
            files::emit(
                None,
                pretty(&json!({ "record": to, "rows": copied.rows, "check": copied.report }))?.as_bytes(),
            )?;
            Ok(ExitCode::SUCCESS)
        }
        RecordCommand::Export { to, de_identified: true, everyone_because, k, record } => {
            let how = Deidentify { everyone_because, k };
            let out = record.with(async |store, actor| store.export_deidentified(actor, &to, &how).await)?;
            files::emit(None, pretty(&out)?.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        RecordCommand::Export { to, record, .. } => {
            let exported = record.with(async |store, actor| store.export(actor, &to).await)?;
            files::emit(None, pretty(&exported)?.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        RecordCommand::Import { from, record } => {
            let to = record.location()?;
            let report = blocking::wait(Store::import(&from, &to, Arc::new(Machine)))
                .map_err(shown)?
                .map_err(shown)?;
            files::emit(None, pretty(&json!({ "record": to, "check": report }))?.as_bytes())?;
            Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        RecordCommand::Passphrase { remove, record } => change_passphrase(remove, &record),
        RecordCommand::Course { patient, output, record } => {
            let patient: PatientId = id(&patient)?;
            let course = record.with(async |store, actor| store.course(actor, patient).await)?;
            files::emit(output.as_ref(), pretty(&course)?.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        RecordCommand::Erase { patient, reason, record } => {
            let patient: PatientId = id(&patient)?;
            record.with(async |store, actor| store.erase(actor, patient, &reason).await)?;
            files::emit(None, pretty(&json!({ "erased": patient }))?.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        RecordCommand::Audit { patient, after, limit, format, record } => {
            let patient = patient.as_deref().map(id).transpose()?;
            let lines = record.with(async |store, actor| store.audit(actor, patient, after, limit).await)?;
            let text = match format {
                ReportFormat::Json => pretty(&lines)?,
                ReportFormat::Table => {
                    let mut t =
                        output::table(&["line", "when (UTC)", "who", "did", "what", "identifier", "detail"]);
                    for l in lines {
                        let when =
                            l.at().map(|t| t.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default();
                        t.add_row([l.seq.to_string(), when, l.actor, l.action, l.kind, l.id, l.detail]);
                    }
                    output::lines(&t)
                }
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn change_passphrase(remove: bool, arg: &RecordArg) -> Result<ExitCode, CliError> {
    let Location::File(file) = arg.location()? else {
        return Err(CliError::usage(
            "a record on PostgreSQL is encrypted by its server, not by this program",
        ));
    };
    let new = if remove { None } else { Some(new_passphrase()?) };
    let (record, actor) = arg.open()?;
    let copied =
        record.end(async |store| store.change_passphrase(&actor, &file, new).await).map_err(shown)?;
    let encrypted = !remove;
    files::emit(
        None,
        pretty(&json!({ "encrypted": encrypted, "rows": copied.rows, "check": copied.report }))?.as_bytes(),
    )?;
    Ok(ExitCode::SUCCESS)
}

fn new_passphrase() -> Result<Passphrase, CliError> {
    if let Some(given) = given_passphrase("BAIHUI_NEW_PASSPHRASE").map_err(shown)? {
        return Ok(given);
    }
    if !std::io::stdin().is_terminal() {
        return Err(CliError::usage("there is no new passphrase and nobody to ask")
            .hint("set BAIHUI_NEW_PASSPHRASE_FILE, or --remove"));
    }
    let first = ask("New passphrase: ").map_err(shown)?;
    if ask("Again: ").map_err(shown)? != first {
        return Err(CliError::input("the two are not the same; nothing was changed"));
    }
    Passphrase::new(&first).map_err(shown)
}

fn show(record: &RecordArg, format: ReportFormat) -> Result<ExitCode, CliError> {
    let location = record.location()?;
    let (staff, clinic) = record.with(async |store, actor| {
        let clinic = store.list::<Clinic>(actor, 1, 0).await?;
        Ok((store.list::<Practitioner>(actor, 1000, 0).await?, clinic))
    })?;
    let place = match &location {
        Location::File(path) => path.display().to_string(),
        // A URL may hold a password.
        Location::Postgres(_) => "PostgreSQL".to_owned(),
    };
    let clinic = clinic.first().and_then(|c| c.summary["name"].as_str().map(str::to_owned));
    let text = match format {
        ReportFormat::Json => pretty(&json!({ "record": place, "clinic": clinic, "staff": staff }))?,
        ReportFormat::Table => {
            let mut t = output::table(&["who", "roles", "state", "identifier"]);
            for s in &staff {
                let name = s.summary["name"].as_str().unwrap_or_default().to_owned();
                t.add_row([name, strings(&s.summary["roles"]), s.state.clone(), s.id.clone()]);
            }
            format!(
                "record: {place}\nclinic: {}\n{}",
                clinic.unwrap_or_else(|| "(no name)".into()),
                output::lines(&t)
            )
        }
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn report_text(r: &Report) -> String {
    let mut text = String::new();
    for p in &r.problems {
        text += &format!("PROBLEM {}: {}\n", p.at, p.what);
    }
    let verdict = if r.is_good() { "as it was written" } else { "DAMAGED or changed from outside" };
    text + &format!(
        "The record is {verdict}.\n{} things in {} versions ({} erased), {} lines of the audit log\n\
         checkpoint {}\n  Write it down elsewhere; `verify --since` then shows whether anything was cut off.\n",
        r.things, r.entries, r.erased, r.audit_lines, r.checkpoint
    )
}
