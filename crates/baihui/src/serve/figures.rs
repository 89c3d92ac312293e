//! Pictures of zones on a head: the same that the command line and the paper use.

use baihui_report::{Theme, View, sheet_svg, view};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    problem::Problem,
    state::App,
    table::{Access, Bytes, Doc, Table},
    zones,
};
use crate::picture;

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "figures", summary, access: Access::Everybody };
    table.file(
        "/api/heads/{head}/figure",
        doc("figure", "Items on one view of a head, or on a sheet of five"),
        "image/svg+xml",
        figure,
    );
}

/// Colours of a picture.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ThemeParam {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// As the viewer prefers.
    #[default]
    Auto,
}

impl From<ThemeParam> for Theme {
    fn from(theme: ThemeParam) -> Self {
        match theme {
            ThemeParam::Light => Self::Light,
            ThemeParam::Dark => Self::Dark,
            ThemeParam::Auto => Self::Auto,
        }
    }
}

/// From where the head is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ViewParam {
    /// All five on one sheet.
    #[default]
    Sheet,
    /// From the front.
    Front,
    /// From the back.
    Back,
    /// The patient's left.
    Left,
    /// The patient's right.
    Right,
    /// From above.
    Top,
}

/// What is drawn.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureParams {
    /// Name of the head.
    head: String,
    /// Schools.
    #[serde(default)]
    school: Vec<String>,
    /// Items in addition.
    #[serde(default)]
    item: Vec<String>,
    /// Variants and settings as `ITEM=NAME`.
    #[serde(default)]
    variant: Vec<String>,
    /// View.
    #[serde(default)]
    view: ViewParam,
    /// Colours.
    #[serde(default)]
    theme: ThemeParam,
}

fn figure(app: &App, p: FigureParams) -> Result<Bytes, Problem> {
    let loaded = app.head(&p.head)?;
    let location = zones::location(app, &loaded, &p.school, &p.item, &p.variant)?;
    let one = p.school.is_empty() && p.item.len() == 1;
    let mut figure = picture::figure(&app.atlas, &loaded.head, &location, &[], p.theme.into(), one);
    figure.groups = app
        .atlas
        .schools
        .iter()
        .map(|s| view::Group { key: s.id.clone(), name: s.names.en.clone() })
        .collect();
    let one_view = |v| View::ALL.into_iter().find(|w: &View| format!("{w:?}").to_lowercase() == v);
    let name = serde_json::to_value(p.view).ok();
    let svg = match name.as_ref().and_then(|n| n.as_str()).and_then(one_view) {
        Some(v) => view::svg(&figure, v),
        None => sheet_svg(&figure),
    };
    Ok(Bytes { media: "image/svg+xml", bytes: svg.into_bytes() })
}
