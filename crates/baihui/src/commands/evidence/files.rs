//! Tables from files, and results into files.

use super::{EvidenceError, How};
use baihui_evidence::table::effects::EffectMeasure;
use baihui_evidence::table::package::Package;
use baihui_evidence::table::revman::RevMan;
use baihui_evidence::table::{Limits, RawTable, TableError, TrialTable};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The trials of a file: CSV, JSON, or one outcome of a RevMan 5 file.
pub(super) fn trials(path: &Path, how: &How) -> Result<TrialTable, EvidenceError> {
    let refused = |source| EvidenceError::Table { path: path.display().to_string(), source };
    let bytes = read(path)?;
    let xml = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_start().starts_with(b"<");
    if !xml {
        if how.outcome.is_some() {
            return Err(EvidenceError::Argument(format!(
                "{}: --outcome is for RevMan's .rm5 files; this is a plain table",
                path.display()
            )));
        }
        // A table may hold events, means and effects side by side: the measure says which of them are wanted.
        let raw = RawTable::from_bytes(&bytes, &Limits::default()).map_err(refused)?;
        let kind = how.measure.as_deref().and_then(EffectMeasure::parse).map(EffectMeasure::kind);
        return match TrialTable::from_raw(&raw, kind, &Limits::default()) {
            Err(TableError::MissingColumns { .. }) if kind.is_some() => {
                TrialTable::from_raw(&raw, None, &Limits::default()).map_err(refused)
            }
            read => read.map_err(refused),
        };
    }
    let review = RevMan::from_bytes(&bytes, &Limits::default()).map_err(refused)?;
    let found = match &how.outcome {
        Some(wanted) => review.find(wanted),
        None => review.outcomes.iter().collect(),
    };
    match found.as_slice() {
        [one] => one.table(&Limits::default()).map_err(refused),
        several => {
            let known = if several.is_empty() { review.outcomes.iter().collect() } else { found };
            Err(EvidenceError::Argument(format!(
                "{}: say which outcome with --outcome; there are\n{}",
                path.display(),
                known.iter().map(|o| format!("  {}", o.describe())).collect::<Vec<_>>().join("\n")
            )))
        }
    }
}

pub(super) fn file_error(path: &Path, source: std::io::Error) -> EvidenceError {
    EvidenceError::File { path: path.display().to_string(), source }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, EvidenceError> {
    // A file above the limit is refused before it is read into memory.
    let size = std::fs::metadata(path).map_err(|e| file_error(path, e))?.len();
    let limit = Limits::default().bytes;
    if size > limit as u64 {
        let found = usize::try_from(size).unwrap_or(usize::MAX);
        let source = TableError::TooLarge { what: "bytes", found, limit };
        return Err(EvidenceError::Table { path: path.display().to_string(), source });
    }
    std::fs::read(path).map_err(|e| file_error(path, e))
}

pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), EvidenceError> {
    std::fs::write(path, bytes).map_err(|e| file_error(path, e))
}

pub(super) fn write_figure(
    output: Option<&Path>,
    svg: &str,
    out: &mut dyn Write,
) -> Result<(), EvidenceError> {
    match output {
        None => Ok(out.write_all(svg.as_bytes())?),
        Some(path) if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("png")) => {
            // 300 picture elements per inch.
            write_file(path, &baihui_report::png(svg, 300.0 / 96.0)?)
        }
        Some(path) => write_file(path, svg.as_bytes()),
    }
}

pub(super) fn table(path: &Path) -> Result<TrialTable, EvidenceError> {
    TrialTable::from_bytes(&read(path)?, &Limits::default())
        .map_err(|source| EvidenceError::Table { path: path.display().to_string(), source })
}

pub(super) fn raw_table(path: &Path) -> Result<RawTable, EvidenceError> {
    RawTable::from_bytes(&read(path)?, &Limits::default())
        .map_err(|source| EvidenceError::Table { path: path.display().to_string(), source })
}

/// The tables of a folder with `datapackage.json`.
pub(super) fn folder(path: &Path) -> Result<(Package, BTreeMap<String, RawTable>), EvidenceError> {
    let file = path.join("datapackage.json");
    let package = Package::from_json(&read(&file)?, &Limits::default())
        .map_err(|source| EvidenceError::Table { path: file.display().to_string(), source })?;
    let mut tables = BTreeMap::new();
    for resource in &package.resources {
        tables.insert(resource.name.clone(), raw_table(&path.join(&resource.path))?);
    }
    Ok((package, tables))
}
