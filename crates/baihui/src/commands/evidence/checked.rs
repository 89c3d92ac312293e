//! Printed numbers against each other, and two versions of the evidence against each other.

use super::EvidenceError;
use super::files::{folder, raw_table};
use baihui_evidence::check::check_table;
use baihui_evidence::claim::EvidenceBase;
use baihui_evidence::living;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(super) fn check(paths: &[PathBuf], out: &mut dyn Write) -> Result<ExitCode, EvidenceError> {
    let mut failed = false;
    for path in paths {
        if path.is_dir() {
            let (package, tables) = folder(path)?;
            let problems = package.check(&tables);
            failed |= !problems.is_empty();
            for (file, problem) in &problems {
                writeln!(out, "{file}: {problem}")?;
            }
            writeln!(
                out,
                "{}: {} tables, {} cells break the schema",
                path.display(),
                tables.len(),
                problems.len()
            )?;
            for resource in &package.resources {
                // Tables without numbers to compare are no business of the checker.
                if let Some(Ok(report)) = tables.get(&resource.name).map(check_table)
                    && report.checked() > 0
                {
                    failed |= report.failed() > 0;
                    writeln!(out, "\n{}\n{report}", path.join(&resource.path).display())?;
                }
            }
        } else {
            let report = check_table(&raw_table(path)?)
                .map_err(|source| EvidenceError::Table { path: path.display().to_string(), source })?;
            failed |= report.failed() > 0;
            writeln!(out, "{}\n{report}", path.display())?;
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

pub(super) fn diff(
    before: &Path,
    after: &Path,
    claims: Option<&Path>,
    out: &mut dyn Write,
) -> Result<(), EvidenceError> {
    let (old_package, old) = folder(before)?;
    let (package, new) = folder(after)?;
    let mut changes = Vec::new();
    for resource in &package.resources {
        match (old.get(&resource.name), new.get(&resource.name)) {
            (Some(a), Some(b)) => {
                changes.extend(living::diff_tables(&resource.path, &resource.schema.primary_key, a, b));
            }
            _ => writeln!(out, "{}: the table is new", resource.path)?,
        }
    }
    if let Some(claims) = claims {
        let claims = super::claim::from_folder(claims)?;
        let refused = |path: &Path, source| EvidenceError::Table { path: path.display().to_string(), source };
        let a = EvidenceBase::new(&old_package, old).map_err(|e| refused(before, e))?;
        let b = EvidenceBase::new(&package, new).map_err(|e| refused(after, e))?;
        changes.extend(living::Snapshot::of(&claims, &a)?.diff(&living::Snapshot::of(&claims, &b)?));
    }
    for change in &changes {
        writeln!(out, "{change}")?;
    }
    writeln!(out, "{} changes", changes.len())?;
    Ok(())
}
