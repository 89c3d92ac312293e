//! The commands, one file each.

mod atlas;
pub(crate) mod beneath;
pub(crate) mod body;
pub(crate) mod claims;
mod compare;
pub(crate) mod consent;
pub(crate) mod difference;
pub(crate) mod evidence;
pub(crate) mod guide;
mod head;
pub(crate) mod knowledge;
mod locate;
pub(crate) mod outcome;
pub(crate) mod patient;
mod person;
pub(crate) mod plan;
pub(crate) mod record;
pub(crate) mod screening;
pub(crate) mod session;
mod show;
mod tape;
pub(crate) mod target;

use std::process::ExitCode;

use baihui_atlas::{Atlas, Choices, locate::Location};
use clap::CommandFactory;

use crate::{
    cli::{AtlasCommand, Cli, Command, SchemaOf, Selection},
    error::CliError,
    files,
};

/// Runs a command.
pub fn run(cli: Cli) -> Result<ExitCode, CliError> {
    let more = cli.atlas;
    let Some(command) = cli.command else { return crate::serve::demonstration(&more) };
    match command {
        Command::Locate(args) => locate::run(&args, &more),
        Command::Beneath(args) => beneath::run(&args, &more),
        Command::Target(args) => target::run(&args, &more),
        Command::Claims(args) => claims::run(&args, &more),
        Command::Guide(args) => guide::run(&args, &more),
        Command::Head(command) => head::run(command, &more),
        Command::Atlas(AtlasCommand::Check) => atlas::check(&more, cli.json),
        Command::Atlas(AtlasCommand::List { school, find, format }) => {
            atlas::list(&more, school.as_deref(), find.as_deref(), format)
        }
        Command::Atlas(AtlasCommand::Show { item, head, format, output }) => {
            show::run(&more, &item, &head.head, format, output.as_ref())
        }
        Command::Atlas(AtlasCommand::Compare { head, school, variants, zone, format, output }) => {
            compare::run(&more, &compare::Args { head: head.head, school, variants, zone, format, output })
        }
        Command::Body(command) => body::run(command, &more),
        Command::Compare(args) => difference::run(&args, &more),
        Command::Evidence(command) => evidence::run(command).map_err(CliError::input),
        Command::Claim(command) => evidence::run_claim(command).map_err(CliError::input),
        Command::Serve(args) => crate::serve::run(&args, &more),
        Command::Patient(command) => patient::run(command, &more),
        Command::Session(command) => session::run(command, &more),
        Command::Consent(command) => consent::run(command, &more),
        Command::Screening(command) => screening::run(command, &more),
        Command::Outcome(command) => outcome::run(command, &more),
        Command::Record(command) => record::run(command),
        Command::Plan(command) => plan::run(*command, &more),
        Command::Condition(command) => knowledge::condition(command, &more),
        Command::Technique(command) => knowledge::technique(command, &more),
        Command::Safety(command) => knowledge::safety(command, &more),
        Command::Instrument(command) => knowledge::instrument(command, &more),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "baihui", &mut text);
            files::emit(None, &text)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Schema { what } => {
            let text = match what {
                SchemaOf::Locate => pretty(&schemars::schema_for!(Location))?,
                SchemaOf::Patient => pretty(&schemars::schema_for!(baihui_clinic::people::Patient))?,
                SchemaOf::SessionStart => {
                    pretty(&schemars::schema_for!(baihui_clinic::session::event::Start))?
                }
                SchemaOf::SessionEvents => {
                    pretty(&schemars::schema_for!(Vec<baihui_clinic::session::event::What>))?
                }
                SchemaOf::Outcome => pretty(&schemars::schema_for!(baihui_clinic::outcome::Outcome))?,
                SchemaOf::School => pretty(&schemars::schema_for!(baihui_atlas::language::SchoolFile))?,
                SchemaOf::Plan => pretty(&schemars::schema_for!(baihui_clinic::plan::Plan))?,
                SchemaOf::Condition => {
                    pretty(&schemars::schema_for!(baihui_clinic::condition::ConditionFile))?
                }
                SchemaOf::Techniques => pretty(&schemars::schema_for!(baihui_clinic::technique::Techniques))?,
                SchemaOf::Safety => pretty(&schemars::schema_for!(baihui_clinic::safety::SafetyRules))?,
                SchemaOf::SafetyCases => {
                    pretty(&schemars::schema_for!(baihui_clinic::safety::cases::CaseFile))?
                }
                SchemaOf::Instrument => {
                    pretty(&schemars::schema_for!(baihui_clinic::instrument::InstrumentFile))?
                }
                SchemaOf::Labs => pretty(&schemars::schema_for!(baihui_clinic::lab::Labs))?,
                SchemaOf::Consent => pretty(&schemars::schema_for!(baihui_clinic::consent::ConsentFile))?,
                SchemaOf::Course => pretty(&schemars::schema_for!(baihui_clinic::store::Course))?,
                SchemaOf::Openapi => pretty(&crate::serve::openapi())?,
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Indented JSON with a line end.
fn pretty<T: serde::Serialize>(value: &T) -> Result<String, CliError> {
    serde_json::to_string_pretty(value).map(|s| s + "\n").map_err(|e| {
        CliError::new(crate::error::Kind::Output, format!("the result cannot be written as JSON: {e}"))
    })
}

/// Index of a school, or an error that lists the schools.
fn school_index(atlas: &Atlas, name: &str) -> Result<usize, CliError> {
    atlas.school(name).ok_or_else(|| {
        let ids: Vec<&str> = atlas.schools.iter().map(|s| s.id.as_str()).collect();
        CliError::usage(format!("there is no school \"{name}\""))
            .hint(format!("the schools are: {}", ids.join(", ")))
    })
}

/// Index of an item by code or name, or an error that names the nearest.
fn item_index(atlas: &Atlas, text: &str) -> Result<usize, CliError> {
    if let Some(i) = atlas.find(text) {
        return Ok(i);
    }
    let found = atlas.search(text);
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let codes = atlas.entries.iter().map(|e| &e.item.code);
            let near = baihui_atlas::check::nearest(text, codes).map(|n| format!("did you mean {n}?"));
            Err(CliError::usage(format!("nothing in the atlas is called \"{text}\""))
                .hint("`baihui atlas list` shows all codes")
                .maybe_hint(near))
        }
        several => {
            let codes: Vec<&str> =
                several.iter().take(12).map(|&i| atlas.entries[i].item.code.as_str()).collect();
            Err(CliError::usage(format!("\"{text}\" fits {} items", several.len()))
                .hint(format!("say which: {}", codes.join(", "))))
        }
    }
}

/// Variants and settings of a selection.
fn choices(atlas: &Atlas, variants: &[String]) -> Result<Choices, CliError> {
    let mut choices = Choices::default();
    for text in variants {
        choices.add(atlas, text).map_err(|e| CliError::usage(e.message).maybe_hint(e.hint))?;
    }
    Ok(choices)
}

/// Schools and items of a selection.
fn selected(atlas: &Atlas, selection: &Selection) -> Result<(Vec<usize>, Vec<usize>), CliError> {
    let schools = selection.school.iter().map(|s| school_index(atlas, s)).collect::<Result<_, _>>()?;
    let items = selection.zone.iter().map(|z| item_index(atlas, z)).collect::<Result<_, _>>()?;
    Ok((schools, items))
}
