//! Zones of schools on a head.

use std::sync::Arc;

use baihui_atlas::{Request, locate::Location};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    problem::Problem,
    state::{App, Loaded},
    table::{Access, Doc, Table},
};

/// Most items, schools or choices that are named in one request.
const MAX_NAMED: usize = 200;

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "zones", summary, access: Access::Everybody };
    table.get(
        "/api/heads/{head}/zones",
        doc("zones", "Items of schools on a head, with their uncertainty"),
        zones,
    );
    table.get("/api/heads/{head}/sites", doc("sites", "Sites of the 10-10 system on a head"), sites);
}

/// Which items, by which variants, on which head.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoneParams {
    /// Name of the head.
    pub head: String,
    /// Only items of these schools; those that are on by default if nothing is named.
    #[serde(default)]
    pub school: Vec<String>,
    /// These items in addition.
    #[serde(default)]
    pub item: Vec<String>,
    /// Variants and settings as `ITEM=NAME`.
    #[serde(default)]
    pub variant: Vec<String>,
}

fn zones(app: &App, p: ZoneParams) -> Result<Location, Problem> {
    let loaded = app.head(&p.head)?;
    location(app, &loaded, &p.school, &p.item, &p.variant).map(|l| l.as_ref().clone())
}

/// Items on a head.
pub fn location(
    app: &App,
    loaded: &Loaded,
    schools: &[String],
    items: &[String],
    variants: &[String],
) -> Result<Arc<Location>, Problem> {
    if schools.len().max(items.len()).max(variants.len()) > MAX_NAMED {
        return Err(Problem::input(format!("at most {MAX_NAMED} names are read")));
    }
    let mut schools: Vec<usize> = schools.iter().map(|s| app.school(s)).collect::<Result<_, _>>()?;
    let mut items: Vec<usize> = items.iter().map(|i| app.item(i)).collect::<Result<_, _>>()?;
    for list in [&mut schools, &mut items] {
        list.sort_unstable();
        list.dedup();
    }
    let mut chosen = variants.to_vec();
    chosen.sort_unstable();
    let key = format!("{schools:?} {items:?} {chosen:?}");
    let request =
        Request { schools, items, choices: app.choices(variants)?, chinese: true, ..Request::default() };
    loaded.located(app, &request, &key)
}

/// Which head.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteParams {
    /// Name of the head.
    head: String,
}

/// A site of the 10-10 system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SiteView {
    /// Name.
    name: String,
    /// Position, mm, RAS.
    position_mm: [f64; 3],
}

fn sites(app: &App, p: SiteParams) -> Result<Vec<SiteView>, Problem> {
    let loaded = app.head(&p.head)?;
    let sites = loaded.sites().iter();
    Ok(sites.map(|s| SiteView { name: s.name.clone(), position_mm: s.position.mm.to_array() }).collect())
}
