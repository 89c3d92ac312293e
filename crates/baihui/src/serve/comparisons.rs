//! Where schools agree on a head and where they do not, and what each disputed choice is worth.

use baihui_atlas::compare::{self, Pair, SettingShift, VariantShift};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    problem::Problem,
    state::App,
    table::{Access, Doc, Table},
};

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "compare", summary, access: Access::Everybody };
    table.get(
        "/api/heads/{head}/compare",
        doc("compare", "Zones of different schools: coincide, overlap, near or disagree"),
        schools,
    );
    table.get(
        "/api/heads/{head}/variants",
        doc("variants", "What each disputed construction and setting changes"),
        variants,
    );
}

/// Which schools on which head.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareParams {
    /// Name of the head.
    head: String,
    /// Schools; those that are on by default if none is named.
    #[serde(default)]
    school: Vec<String>,
}

/// A comparison of schools.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CompareView {
    /// Within this distance two places are the same for a needle, mm.
    same_mm: f64,
    /// Beyond this two zones have nothing to do with each other unless a book equates them, mm.
    near_mm: f64,
    /// Pairs.
    pairs: Vec<Pair>,
}

fn chosen(app: &App, names: &[String]) -> Result<Vec<usize>, Problem> {
    if names.is_empty() {
        return Ok((0..app.atlas.schools.len()).filter(|&s| !app.atlas.schools[s].off).collect());
    }
    names.iter().map(|s| app.school(s)).collect()
}

fn schools(app: &App, p: CompareParams) -> Result<CompareView, Problem> {
    let loaded = app.head(&p.head)?;
    let schools = chosen(app, &p.school)?;
    let pairs = compare::schools(&app.atlas, &app.names, &app.choices, &loaded.head, &schools)
        .map_err(Problem::not_located)?;
    Ok(CompareView { same_mm: compare::SAME_MM, near_mm: compare::NEAR_MM, pairs })
}

/// Disputed choices and what they change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VariantsView {
    /// Variants of items.
    variants: Vec<VariantShift>,
    /// Settings.
    settings: Vec<SettingShift>,
}

fn variants(app: &App, p: CompareParams) -> Result<VariantsView, Problem> {
    let loaded = app.head(&p.head)?;
    let schools = chosen(app, &p.school)?;
    let items: Vec<usize> =
        (0..app.atlas.entries.len()).filter(|&i| schools.contains(&app.atlas.entries[i].school)).collect();
    let (atlas, names, choices, head) = (&app.atlas, &app.names, &app.choices, &loaded.head);
    Ok(VariantsView {
        variants: compare::variants(atlas, names, choices, head, &items).map_err(Problem::not_located)?,
        settings: compare::settings(atlas, names, choices, head, &items).map_err(Problem::not_located)?,
    })
}
