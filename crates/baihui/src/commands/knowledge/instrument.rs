//! `baihui instrument`: items, scores, and what a change means.

use std::process::ExitCode;

use baihui_clinic::{
    instrument::{Better, Instrument, Response, Responses, Ship, ThresholdKind, change::Reach},
    knowledge::Knowledge,
};
use clap::Subcommand;
use comfy_table::Cell;
use serde_json::json;

use crate::{
    cli::ReportFormat,
    commands::pretty,
    error::CliError,
    files,
    output::{lines, table},
};

/// `baihui instrument`.
#[derive(Debug, Subcommand)]
pub enum InstrumentCommand {
    /// List the instruments.
    List {
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// Show an instrument: items, range, licence, changes that matter.
    Show {
        /// Its id or abbreviation.
        id: String,
    },
    /// Work out a score from the items, as JSON.
    #[command(after_help = "Examples:
  baihui instrument score phq-9 1=0 2=1 3=2 4=1 5=0 6=0 7=1 8=0 9=0
  baihui instrument score mas 1=1+
  baihui instrument score 10mwt t1=12.4 t2=12.0
  baihui instrument score moca --total 24")]
    Score {
        /// Its id or abbreviation.
        id: String,
        /// Responses.
        #[arg(value_name = "ITEM=VALUE")]
        responses: Vec<String>,
        /// A total that was worked out elsewhere.
        #[arg(long, conflicts_with = "responses")]
        total: Option<f64>,
    },
    /// What a change from one score to a later one means, by every source.
    Change {
        /// Its id or abbreviation.
        id: String,
        /// Earlier score.
        first: f64,
        /// Later score.
        second: f64,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
}

pub fn run(command: InstrumentCommand, k: &Knowledge) -> Result<ExitCode, CliError> {
    let text = match command {
        InstrumentCommand::List { format: ReportFormat::Json } => {
            pretty(&k.instruments.values().collect::<Vec<_>>())?
        }
        InstrumentCommand::List { format: ReportFormat::Table } => list(k),
        InstrumentCommand::Show { id } => pretty(find(k, &id)?)?,
        InstrumentCommand::Score { id, responses, total } => {
            let i = find(k, &id)?;
            let score = match total {
                Some(total) => i.given(total),
                None => i.score(&read(&responses)?),
            };
            pretty(&score.map_err(CliError::input)?)?
        }
        InstrumentCommand::Change { id, first, second, format } => {
            let i = find(k, &id)?;
            let meaning = i.meaning(first, second);
            match format {
                ReportFormat::Json => pretty(&json!({ "meaning": meaning, "thresholds": i.threshold }))?,
                ReportFormat::Table => change(i, &meaning),
            }
        }
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn find<'a>(k: &'a Knowledge, id: &str) -> Result<&'a Instrument, CliError> {
    k.instrument(id).ok_or_else(|| {
        let near = baihui_atlas::check::nearest(id, k.instruments.keys());
        CliError::usage(format!("there is no instrument \"{id}\""))
            .hint("`baihui instrument list` shows all")
            .maybe_hint(near.map(|n| format!("did you mean {n}?")))
    })
}

fn read(responses: &[String]) -> Result<Responses, CliError> {
    responses
        .iter()
        .map(|text| {
            let (item, value) = text.split_once('=').ok_or_else(|| {
                CliError::usage(format!("\"{text}\" is no response")).hint("write ITEM=VALUE, such as 5a=2")
            })?;
            let value = match value.parse() {
                // A grade such as 1 may be a word of the scale.
                Ok(number) => Response::Value(number),
                Err(_) => Response::Word(value.to_owned()),
            };
            Ok((item.to_owned(), value))
        })
        .collect()
}

fn list(k: &Knowledge) -> String {
    let mut t = table(&["id", "name", "range", "better", "kept", "changes that matter"]);
    for i in k.instruments.values() {
        let end = i.max.map_or_else(String::new, |m| m.to_string());
        let changes: Vec<String> = i
            .threshold
            .iter()
            .filter(|t| t.kind == ThresholdKind::Mcid)
            .map(|t| if t.low == t.high { t.low.to_string() } else { format!("{}–{}", t.low, t.high) })
            .collect();
        t.add_row(vec![
            Cell::new(&i.id),
            Cell::new(&i.names.en),
            Cell::new(format!("{}–{end} {}", i.min, i.unit)),
            Cell::new(if i.better == Better::Higher { "higher" } else { "lower" }),
            Cell::new(if i.licence.ship == Ship::Items { "items" } else { "score only" }),
            Cell::new(changes.join(", ")),
        ]);
    }
    lines(&t)
}

fn change(i: &Instrument, m: &baihui_clinic::instrument::Meaning) -> String {
    let mut out =
        format!("{}: {:+} {}, {:?}\n", i.short, m.change, i.unit, m.direction).replace("{score}", "points");
    for r in &m.against {
        let t = &i.threshold[r.threshold];
        let how = match r.reached {
            Reach::Below => "less than",
            Reach::Within => "within",
            Reach::Above => "at least",
        };
        let range = if t.low == t.high { t.low.to_string() } else { format!("{}–{}", t.low, t.high) };
        let keys: Vec<&str> = t.sources.iter().map(|s| s.key.as_str()).collect();
        out += &format!("{how} {:?} {range} ({}; {})\n", t.kind, t.population, keys.join(", "));
    }
    if m.disputed {
        out += "The sources disagree about this change.\n";
    }
    out
}
