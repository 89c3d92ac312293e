//! The one binary: from the command line to heads, zones, pictures and evidence.

#![allow(unreachable_pub, reason = "a binary has no outside; `pub` marks what a module offers")]

mod cli;
mod commands;
mod error;
mod files;
mod output;
mod picture;
mod record;
mod serve;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let json = cli.json;
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => error.report(json),
    }
}
