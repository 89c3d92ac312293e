//! `baihui head points`.

use std::process::ExitCode;

use baihui_head::{io::glb, points, template};
use serde_json::json;

use super::{given, pretty};
use crate::{
    cli::{Points, ReportFormat},
    error::CliError,
    files,
};

/// Runs the command.
pub fn run(args: &Points) -> Result<ExitCode, CliError> {
    let set = given::point_file(&args.file)?;
    let unit = set
        .unit
        .map(|(u, stated)| format!("{u} ({})", if stated { "as stated" } else { "by the size of a head" }));
    let title = args.name.clone().unwrap_or_default();
    let mut made = points::build(&template::template(), &set, &title)
        .map_err(|e| CliError::input(format!("{}: {e}", args.file.display())))?;
    let file = args.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    made.head.history.insert(0, format!("Read from {file}, in {}.", unit.clone().unwrap_or_default()));
    if let Some(path) = &args.output {
        files::write(path, &glb::write_head(&made.head))?;
    }
    let text = match args.format {
        ReportFormat::Json => pretty(&json!({
            "name": made.head.name,
            "source": made.head.source,
            "named_points": made.named,
            "shape_points": made.shape,
            "left_out": made.left_out,
            "rms_mm": made.rms_mm,
            "unit": unit,
            "landmarks": made.head.landmarks,
            "history": made.head.history,
        }))?,
        ReportFormat::Table => {
            let mut out = format!("{}\n", made.head.name);
            for step in &made.head.history {
                out += &format!("· {step}\n");
            }
            match &args.output {
                Some(path) => {
                    out += &format!("\nWritten to {0}. Next: baihui locate --head {0}\n", path.display());
                }
                None => out += "\nNothing was written: add -o patient.glb to keep the head.\n",
            }
            out
        }
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
