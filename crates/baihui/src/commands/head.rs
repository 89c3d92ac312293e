//! `baihui head`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use baihui_atlas::{Choices, Evaluator, Names};
use baihui_head::{
    Head,
    io::{glb, obj, ply, stl},
    tape::{self, Dimension},
};
use comfy_table::Cell;
use serde_json::json;

use super::pretty;
use crate::{
    cli::{self, ReportFormat},
    error::{CliError, Kind},
    files,
    output::{heading, lines, number, table},
};

/// Runs a command of the group.
pub fn run(command: cli::Head, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    match command {
        cli::Head::Tape(args) => return super::tape::run(&args),
        cli::Head::Mri(args) => return super::person::mri(&args),
        cli::Head::Scan(args) => return super::person::scan(&args),
        cli::Head::Points(args) => return super::person::points(&args),
        cli::Head::Show { head, format } => show(&files::head(&head.head)?, format)?,
        cli::Head::Measure { head, format } => measure(&files::head(&head.head)?, more, format)?,
        cli::Head::Export { head, output } => export(&files::head(&head.head)?, &output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show(head: &Head, format: ReportFormat) -> Result<(), CliError> {
    if format == ReportFormat::Json {
        let value = json!({
            "name": head.name, "source": head.source, "history": head.history, "landmarks": head.landmarks,
            "spread": head.spread, "vertices": head.skin.vertices().len(), "faces": head.skin.faces().len(),
        });
        return files::emit(None, pretty(&value)?.as_bytes());
    }
    let skin = &head.skin;
    let (lo, hi) = skin.bounds();
    let size = hi - lo;
    let mut out = format!(
        "{}\n{} vertices, {} faces, {}; {:.0} × {:.0} × {:.0} mm (left-right, front-back, height)\n",
        head.name,
        skin.vertices().len(),
        skin.faces().len(),
        if skin.is_watertight() { "watertight" } else { "open" },
        size.x,
        size.y,
        size.z
    );
    for step in &head.history {
        out += &format!("· {step}\n");
    }
    out += &heading(&format!("Landmarks ({})", head.landmarks.len()));
    let mut t = table(&["landmark", "side", "R", "A", "S", "± mm", "origin", "method"]);
    for (name, side, l) in head.landmarks.iter() {
        let p = l.position.mm;
        t.add_row(vec![
            Cell::new(name),
            Cell::new(side.to_string()),
            number(p.x, 1),
            number(p.y, 1),
            number(p.z, 1),
            number(l.sd_mm, 1),
            Cell::new(format!("{:?}", l.origin).to_lowercase()),
            Cell::new(&l.method),
        ]);
    }
    out += &lines(&t);
    files::emit(None, out.as_bytes())
}

fn measure(head: &Head, more: &[PathBuf], format: ReportFormat) -> Result<(), CliError> {
    let not_located = |e: &dyn ToString| CliError::new(Kind::NotLocated, e.to_string());
    let readings = tape::measure(head).map_err(|e| not_located(&e))?;
    let atlas = files::atlas(more)?;
    let names = Names::of(&atlas);
    let choices = Choices::default();
    let evaluator = Evaluator::new(&atlas, &names, &choices, head).map_err(|e| not_located(&e))?;
    let mut rows: Vec<(&str, f64)> =
        Dimension::ALL.iter().filter_map(|&d| Some((d.name(), readings.get(d)?))).collect();
    rows.push(("height above the tragion", readings.height_mm));
    if let Some(cun) = evaluator.midline().cun() {
        rows.push(("one cun of the forehead (glabella – anterior hairline = 3)", cun.forehead));
        rows.push(("one cun of the vault (anterior – posterior hairline = 12)", cun.vault));
        rows.extend(cun.front.map(|c| ("one cun across the front (hairline corners = 9)", c)));
        rows.extend(cun.back.map(|c| ("one cun across the back (mastoid processes = 9)", c)));
    }
    if format == ReportFormat::Json {
        let map: serde_json::Map<String, serde_json::Value> =
            rows.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
        return files::emit(None, pretty(&json!({ "head": head.name, "mm": map }))?.as_bytes());
    }
    let mut t = table(&["measure", "mm"]);
    for (name, mm) in rows {
        t.add_row(vec![Cell::new(name), number(mm, 1)]);
    }
    files::emit(None, format!("{}\n{}", head.name, lines(&t)).as_bytes())
}

fn export(head: &Head, output: &Path) -> Result<(), CliError> {
    let extension = output.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let bytes = match extension.as_str() {
        "glb" => glb::write_head(head),
        "ply" => ply::write_mesh(&head.skin, None),
        "stl" => stl::write_mesh(&head.skin),
        "obj" => obj::write_mesh(&head.skin),
        other => {
            return Err(CliError::usage(format!("\"{other}\" is not a format that heads are written in"))
                .hint("name the file .glb (with landmarks), .ply, .stl or .obj (the skin alone, in mm)"));
        }
    };
    files::write(output, &bytes)
}
