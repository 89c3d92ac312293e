//! What needs logic around the build.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::process::ExitCode;

mod schemathesis;
mod template;
mod test;
mod validate;
mod web;

const USAGE: &str = "\
cargo xtask start [ARGS]...                       build the page and the program, and open the workstation
cargo xtask web [--api]                           build the page; --api also writes the interface and its types anew
cargo xtask test [STEP]...                        everything that continuous integration runs; only by name: encryption
cargo xtask schemathesis [N] [ARGS]...            the server against its own OpenAPI document, N requests a route (Python needed)
cargo xtask template [--inputs DIR] [--out DIR]   rebuild the built-in head (use a release build: cargo run --release -p xtask -- template)
cargo xtask validate [--inputs DIR] [--only NAME] compare with published positions and other heads (release build too)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let result = match args.first().map(String::as_str) {
        Some("test") => test::run(&args[1..]),
        Some("web") => web::run(&args[1..]),
        Some("start") => web::start(&args[1..]),
        Some("schemathesis") => schemathesis::run(&args[1..]),
        Some("template") => template::run(&args[1..]),
        Some("validate") => validate::run(&args[1..]),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("xtask: {e:#}");
            ExitCode::FAILURE
        }
    }
}
