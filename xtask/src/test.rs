//! `cargo xtask test`: everything that continuous integration runs, in the order in which mistakes are cheap.

use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Steps: title and arguments of cargo.
const STEPS: [(&str, &[&str]); 5] = [
    ("format", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    // Not in the workspace: without this a change of a type breaks them unseen.
    (
        "fuzz targets",
        &[
            "check",
            "--manifest-path",
            "fuzz/Cargo.toml",
            "--no-default-features",
            "--bins",
            "--target-dir",
            "target/fuzz-check",
        ],
    ),
    ("tests", &["test", "--workspace", "--all-targets", "--no-fail-fast"]),
    ("examples in the documentation", &["test", "--workspace", "--doc"]),
];

/// Steps that run only when they are named: title and arguments of cargo.
const NAMED: [(&str, &[&str]); 1] = [
    // Builds OpenSSL from its sources, which takes longer than most of the other steps together.
    (
        "encryption",
        &[
            "test",
            "-p",
            "baihui-clinic",
            "--features",
            "encryption",
            "--test",
            "encryption",
            // Its own folder: SQLCipher takes SQLite's place, and each would build the other anew.
            "--target-dir",
            "target/encryption",
        ],
    ),
];

/// Runs all steps, or those named.
///
/// # Errors
/// Names the steps that failed, after all have run.
pub(crate) fn run(only: &[String]) -> Result<()> {
    let mut failed = Vec::new();
    let named = |title: &str| only.iter().any(|o| title.starts_with(o.as_str()));
    let usual = STEPS.into_iter().filter(|(title, _)| only.is_empty() || named(title));
    for (title, args) in usual.chain(NAMED.into_iter().filter(|(title, _)| named(title))) {
        let start = Instant::now();
        println!("== {title}: cargo {}", args.join(" "));
        let status = crate::web::cargo()
            .args(args)
            .status()
            .with_context(|| format!("cargo {} cannot be started", args[0]))?;
        println!(
            "== {title}: {} in {:.0} s",
            if status.success() { "passed" } else { "FAILED" },
            start.elapsed().as_secs_f64()
        );
        if !status.success() {
            failed.push(title);
        }
    }
    if only.is_empty() || only.iter().any(|o| "page".starts_with(o.as_str())) {
        let start = Instant::now();
        println!("== page: types, units, build, rooms in a browser");
        let result = crate::web::test();
        if let Err(e) = &result {
            println!("{e:#}");
        }
        let word = if result.is_ok() { "passed" } else { "FAILED" };
        println!("== page: {word} in {:.0} s", start.elapsed().as_secs_f64());
        if result.is_err() {
            failed.push("page");
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}
