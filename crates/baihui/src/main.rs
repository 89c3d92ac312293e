//! The one binary: from the command line to heads, zones, pictures and evidence.

#![allow(unreachable_pub, reason = "a binary has no outside; `pub` marks what a module offers")]

mod cli;
mod commands;
mod course;
mod difference;
mod error;
mod files;
mod numbers;
mod output;
mod paper;
mod person;
mod picture;
mod record;
mod serve;
mod target;
mod today;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        // A script that asked for errors as JSON gets all of them so; help and version are no errors.
        Err(e) if e.use_stderr() && std::env::args_os().any(|a| a == "--json") => {
            return usage(&e.render().to_string()).report(true);
        }
        Err(e) => e.exit(),
    };
    let json = cli.json;
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => error.report(json),
    }
}

/// A mistake on the command line, from what clap says of it: the first paragraph, and the rest as a hint.
fn usage(text: &str) -> error::CliError {
    let text = text.trim_start_matches("error: ").trim_end();
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let hint = rest.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("; ");
    error::CliError::usage(message).maybe_hint(Some(hint).filter(|h| !h.is_empty()))
}
