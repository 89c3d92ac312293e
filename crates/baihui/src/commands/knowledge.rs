//! `baihui condition`, `technique`, `safety` and `instrument`: the knowledge of the clinic, to be read and used.

pub(crate) mod evidence_links;
mod instrument;

use std::{path::PathBuf, process::ExitCode};

use baihui_clinic::{condition::best_mark, knowledge::Knowledge, safety::Level};
use clap::Subcommand;
use comfy_table::Cell;
use serde_json::json;

pub use instrument::InstrumentCommand;

use super::pretty;
use crate::{
    cli::ReportFormat,
    error::CliError,
    files,
    output::{heading, lines, right, table},
};

/// `baihui condition`.
#[derive(Debug, Subcommand)]
pub enum ConditionCommand {
    /// List the conditions.
    List {
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// Show a condition: codes, protocols, sides, sources, evidence.
    Show {
        /// Its id.
        id: String,
    },
}

/// `baihui technique`.
#[derive(Debug, Subcommand)]
pub enum TechniqueCommand {
    /// What each source states, and where sources contradict each other.
    List {
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
}

/// `baihui safety`.
#[derive(Debug, Subcommand)]
pub enum SafetyCommand {
    /// List the rules.
    List {
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// List the questions that the rules ask.
    Questions,
}

fn knowledge(more: &[PathBuf]) -> Result<Knowledge, CliError> {
    files::knowledge(&files::atlas(more)?, more)
}

/// Runs `baihui condition`.
pub fn condition(command: ConditionCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let k = knowledge(more)?;
    let text = match command {
        ConditionCommand::Show { id } => {
            let entry = k.condition(&id).ok_or_else(|| {
                let near = baihui_atlas::check::nearest(&id, k.conditions.keys());
                CliError::usage(format!("there is no condition \"{id}\""))
                    .hint("`baihui condition list` shows all")
                    .maybe_hint(near.map(|n| format!("did you mean {n}?")))
            })?;
            pretty(entry)?
        }
        ConditionCommand::List { format: ReportFormat::Json } => {
            let all: Vec<_> = k.conditions.values().map(|c| &c.condition).collect();
            pretty(&all)?
        }
        ConditionCommand::List { format: ReportFormat::Table } => {
            let mut t = table(&["id", "name", "hanzi", "protocols", "unverified", "instruments"]);
            for c in k.conditions.values() {
                let weak =
                    c.protocol.iter().filter(|p| best_mark(&p.sources).words() == "unverified").count();
                t.add_row(vec![
                    Cell::new(&c.condition.id),
                    Cell::new(&c.condition.names.en),
                    Cell::new(&c.condition.names.hanzi),
                    right(c.protocol.len()),
                    right(weak),
                    Cell::new(c.condition.instruments.join(", ")),
                ]);
            }
            lines(&t)
        }
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `baihui technique`.
pub fn technique(command: TechniqueCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let k = knowledge(more)?;
    let TechniqueCommand::List { format } = command;
    let t = &k.techniques;
    let pairs = t.contradictions();
    if format == ReportFormat::Json {
        files::emit(None, pretty(&json!({ "techniques": t, "contradictions": pairs }))?.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let unit = |p: &str| t.parameter.get(p).map_or("", |p| p.unit.as_str());
    let keys = |i: usize| {
        let keys: Vec<&str> = t.statement[i].sources.iter().map(|s| s.key.as_str()).collect();
        keys.join(", ")
    };
    let mut rows = table(&["parameter", "region", "range", "of", "check", "sources"]);
    for (i, s) in t.statement.iter().enumerate() {
        let parts =
            [s.sites.join(", "), s.of.clone().unwrap_or_default(), s.method.clone().unwrap_or_default()];
        let mut of: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        of.extend(s.doubt.iter().map(|d| format!("DOUBTFUL: {d}")));
        rows.add_row(vec![
            Cell::new(&s.parameter),
            Cell::new(format!("{:?}", s.region).to_lowercase()),
            right(s.range(unit(&s.parameter))),
            Cell::new(of.join("; ")),
            Cell::new(best_mark(&s.sources).words()),
            Cell::new(keys(i)),
        ]);
    }
    let mut out = lines(&rows);
    out += &heading("Contradictions");
    for c in pairs {
        let range = |i: usize| t.statement[i].range(unit(&c.parameter));
        out += &format!(
            "{} ({}): {} ({}) against {} ({})\n",
            c.parameter,
            format!("{:?}", c.region).to_lowercase(),
            range(c.lower),
            keys(c.lower),
            range(c.higher),
            keys(c.higher)
        );
    }
    t.conflict.iter().for_each(|f| out += &format!("{}\n", f.text));
    files::emit(None, out.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `baihui safety`.
pub fn safety(command: SafetyCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let k = knowledge(more)?;
    let text = match command {
        SafetyCommand::Questions => {
            let mut t = table(&["name", "answer", "every visit", "question"]);
            for (name, q) in &k.safety.fact {
                let answer = match &q.kind {
                    baihui_clinic::safety::FactKind::Flag => "yes, no".to_owned(),
                    baihui_clinic::safety::FactKind::Number { unit } => unit.clone(),
                    baihui_clinic::safety::FactKind::Choice { options } => options.join(", "),
                };
                let visit = if q.each_visit { "yes" } else { "" };
                t.add_row(vec![Cell::new(name), Cell::new(answer), Cell::new(visit), Cell::new(&q.question)]);
            }
            lines(&t)
        }
        SafetyCommand::List { format: ReportFormat::Json } => pretty(&k.safety)?,
        SafetyCommand::List { format: ReportFormat::Table } => {
            let mut out = String::new();
            for (level, title) in [
                (Level::Stop, "Stop: not done, and nobody can override it"),
                (Level::Decide, "Decide: a practitioner, with a written reason"),
                (Level::Caution, "Caution"),
            ] {
                out += &heading(title);
                let mut t = table(&["rule", "check", "disputed", "text"]);
                for r in k.safety.rule.iter().filter(|r| r.level == level) {
                    let disputed = if r.conflict.is_empty() { "" } else { "yes" };
                    t.add_row(vec![
                        Cell::new(&r.id),
                        Cell::new(best_mark(&r.sources).words()),
                        Cell::new(disputed),
                        Cell::new(&r.text),
                    ]);
                }
                out += &lines(&t);
            }
            out
        }
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `baihui instrument`.
pub fn instrument(command: InstrumentCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    instrument::run(command, &knowledge(more)?)
}
