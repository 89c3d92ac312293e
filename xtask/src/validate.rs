//! Checks on heads and tables that are not part of the repository: `cargo xtask validate`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

mod brains;
mod heads;
mod inputs;
mod real;
mod scans;
mod tape;
mod ten_ten;

pub(crate) fn run(args: &[String]) -> Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut dir = root.join("target/validation");
    let shared = root.join("../shared");
    let (mut only, mut head): (Option<String>, Option<String>) = (None, None);
    let mut args = args.iter();
    while let Some(a) = args.next() {
        let value = args.next().with_context(|| format!("{a} needs a value"))?;
        match a.as_str() {
            "--inputs" => dir = value.into(),
            "--only" => only = Some(value.clone()),
            "--head" => head = Some(value.clone()),
            _ => anyhow::bail!(
                "unknown option {a}; there are --inputs DIR, --head NAME (of real and found) and --only ten-ten, tape, real, \
                 scans, found or brains"
            ),
        }
    }
    let mut inputs = inputs::Inputs::new(&dir)?;
    inputs.head = head;
    for (key, what, run) in [
        ("ten-ten", "10-10 and 10-5", ten_ten::run as fn(&inputs::Inputs, &Path, &Path) -> Result<()>),
        ("tape", "tape heads", tape::run),
        ("real", "heads from images, scans and points", real::run),
        ("scans", "landmarks of scans that come without any", scans::run),
        ("found", "landmarks of heads from images alone", real::found),
        ("brains", "claims about the cortex on other brains", brains::run),
    ] {
        if only.as_deref().is_some_and(|o| o != key) {
            continue;
        }
        println!("== {what}");
        if let Err(e) = run(&inputs, &dir, &shared) {
            println!("skipped: {e:#}");
        }
    }
    Ok(())
}
