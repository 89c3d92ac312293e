//! Checks on heads and tables that are not part of the repository: `cargo xtask validate`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

mod heads;
mod inputs;
mod tape;
mod ten_ten;

pub(crate) fn run(args: &[String]) -> Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut dir = root.join("target/validation");
    let shared = root.join("../shared");
    let mut args = args.iter();
    while let Some(a) = args.next() {
        let value = args.next().with_context(|| format!("{a} needs a folder"))?;
        match a.as_str() {
            "--inputs" => dir = value.into(),
            _ => anyhow::bail!("unknown option {a}; there is --inputs DIR"),
        }
    }
    let inputs = inputs::Inputs::new(&dir)?;
    for (what, run) in [
        ("10-10 and 10-5", ten_ten::run as fn(&inputs::Inputs, &Path, &Path) -> Result<()>),
        ("tape heads", tape::run),
    ] {
        println!("== {what}");
        if let Err(e) = run(&inputs, &dir, &shared) {
            println!("skipped: {e:#}");
        }
    }
    Ok(())
}
