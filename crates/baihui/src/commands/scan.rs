//! `baihui head scan`.

use std::process::ExitCode;

use baihui_head::{
    io::{self, Format, LengthUnit, glb},
    repair::{RepairOptions, repair},
    scan::{self, ScanHead},
    template,
};
use serde_json::json;

use super::{
    given::{self, extension},
    mri::Progress,
    pretty,
    quality::{Quality, sentences},
};
use crate::{
    cli::{ReportFormat, Scan, UnitArg},
    error::CliError,
    files,
    output::heading,
};

/// Largest mesh file that is read, bytes.
const MAX_MESH: u64 = 1 << 30;

/// Runs the command.
pub fn run(args: &Scan) -> Result<ExitCode, CliError> {
    let mut progress = Progress::new();
    let name = args.mesh.display();
    let format = Format::from_extension(&extension(&args.mesh)).ok_or_else(|| {
        CliError::input(format!("{name} is not named as a mesh"))
            .hint("scans are read as .ply, .obj, .stl or .glb")
    })?;
    let wanted = args.unit.map(|u| match u {
        UnitArg::Mm => LengthUnit::Millimetre,
        UnitArg::Cm => LengthUnit::Centimetre,
        UnitArg::M => LengthUnit::Metre,
        UnitArg::Inch => LengthUnit::Inch,
    });
    let template = template::template();
    let given = given::landmarks(&args.given, &template.landmarks, false, wanted)?;
    progress.step("reading the scan");
    let bytes = files::read(&args.mesh, MAX_MESH)?;
    let failed = |e: &dyn ToString| CliError::input(format!("{name}: {}", e.to_string()));
    let mut raw = io::read_mesh(&bytes, format).map_err(|e| failed(&e))?;
    if let Some(unit) = given.unit {
        let near: Vec<glam::DVec3> =
            given.landmarks.iter().map(|(_, _, l)| l.position.mm / unit.mm()).collect();
        raw = scan::crop(raw, &near, unit.mm());
    }
    progress.step("joining and turning the triangles");
    let repaired = repair(raw, RepairOptions { unit: given.unit }).map_err(|e| {
        failed(&e).hint("--unit mm, cm, m or inch says in what the file is; the head must be most of the scan, or landmarks given")
    })?;
    let options = scan::Options {
        landmarks: given.landmarks,
        hair_mm: args.hair,
        name: args.name.clone().unwrap_or_default(),
    };
    let mut made = scan::build(&template, &repaired.surface, &options, |s| progress.step(s)).map_err(|e| {
        failed(&e).hint("landmarks are in the scan's own coordinates: nasion, LPA and RPA (left and right are the patient's)")
    })?;
    let file = args.mesh.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    made.head.history.insert(0, format!("Read from {file}."));
    for (n, s) in repaired.report.sentences().into_iter().enumerate() {
        made.head.history.insert(1 + n, s);
    }
    let page = args.page.clone().or_else(|| args.output.as_ref().map(|o| o.with_extension("html")));
    if let Some(path) = &page {
        progress.step("drawing the page");
        let row = |a: &str, b: String| [a.to_owned(), b];
        let found = vec![
            row("triangles of the scan", made.scan.faces().len().to_string()),
            row(
                "distance of the head’s skin from the scan",
                format!("{:.2} mm root mean square", made.rms_mm),
            ),
            row("skin that was seen", format!("{:.0} %", 100.0 * made.seen_share)),
        ];
        let page = Quality { head: &made.head, image: None, found, doubts: sentences(&made.doubts) };
        files::write(path, page.html().as_bytes())?;
    }
    if let Some(path) = &args.output {
        files::write(path, &glb::write_head(&made.head))?;
    }
    let text = match args.format {
        ReportFormat::Json => pretty(&json!({
            "name": made.head.name,
            "source": made.head.source,
            "rms_mm": made.rms_mm,
            "seen_share": made.seen_share,
            "unit": repaired.report.unit,
            "landmarks": made.head.landmarks,
            "doubts": made.doubts.iter().map(|(part, text)| json!({ "part": part, "text": text })).collect::<Vec<_>>(),
            "history": made.head.history,
        }))?,
        ReportFormat::Table => account(&made, args),
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn account(made: &ScanHead, args: &Scan) -> String {
    let mut out = format!("{}\n", made.head.name);
    for step in &made.head.history {
        out += &format!("· {step}\n");
    }
    out += &heading("Please read");
    for line in sentences(&made.doubts) {
        out += &format!("· {line}\n");
    }
    match &args.output {
        Some(path) => out += &format!("\nWritten to {0}. Next: baihui locate --head {0}\n", path.display()),
        None => out += "\nNothing was written: add -o patient.glb to keep the head.\n",
    }
    out
}
