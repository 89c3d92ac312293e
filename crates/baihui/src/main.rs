//! The one binary.

mod commands;

use clap::{Parser, Subcommand};
use commands::evidence::{ClaimCommand, EvidenceCommand};
use std::io::Write;
use std::process::ExitCode;

/// Scalp acupuncture, located: from a head to every zone.
#[derive(Debug, Parser)]
#[command(name = "baihui", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Pool, check, draw and report evidence.
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// What is claimed of scalp acupuncture, and what is known.
    #[command(subcommand)]
    Claim(ClaimCommand),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Evidence(command) => commands::evidence::run(command),
        Command::Claim(command) => commands::evidence::run_claim(command),
    };
    result.unwrap_or_else(|error| {
        let _ = writeln!(std::io::stderr(), "baihui: {error}");
        ExitCode::from(2)
    })
}
