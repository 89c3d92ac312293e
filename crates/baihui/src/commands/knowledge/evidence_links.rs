//! Whether the evidence that conditions name exists.

use std::collections::BTreeSet;

use baihui_atlas::Problem;
use baihui_clinic::knowledge::{self, Knowledge};

use crate::{commands::evidence, error::CliError};

/// References of conditions to evidence that does not exist.
pub fn unknown(clinic: &Knowledge) -> Result<Vec<Problem>, CliError> {
    let (claims, base) = evidence::built_in().map_err(CliError::input)?;
    let ids = |table: &str, column: &str| -> BTreeSet<String> {
        base.table(table)
            .map_or_else(BTreeSet::new, |t| t.rows.iter().map(|r| t.get(r, column).to_owned()).collect())
    };
    let known = |kind: &str| match kind {
        "trial" => ids("trials", "trial"),
        "review" => ids("reviews", "review"),
        "estimate" => ids("estimates", "review"),
        "mechanism" => ids("mechanisms", "finding_id"),
        "claim" => claims.iter().map(|c| c.id.clone()).collect(),
        _ => BTreeSet::new(),
    };
    let files = knowledge::files();
    let mut out = Vec::new();
    for entry in clinic.conditions.values() {
        for link in &entry.condition.evidence {
            let Some((kind, name)) = link.r#ref.split_once(':') else { continue };
            let all = known(kind);
            if all.contains(name) {
                continue;
            }
            let words = format!("\"{}\"", link.r#ref);
            let file = files.iter().find(|f| f.text.contains(&words));
            let line = file
                .map_or(1, |f| f.text.find(&words).map_or(1, |at| baihui_atlas::load::line_at(&f.text, at)));
            out.push(Problem {
                file: file.map_or_else(String::new, |f| f.path.clone()),
                line,
                message: format!("{}: there is no {kind} \"{name}\" in the evidence", entry.condition.id),
                hint: baihui_atlas::check::nearest(name, all.iter())
                    .map(|n| format!("did you mean \"{n}\"?")),
            });
        }
    }
    Ok(out)
}
