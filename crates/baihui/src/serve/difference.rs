//! Scalp and regular acupuncture side by side.

use baihui_atlas::language::Names as ItemNames;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    figures::ThemeParam,
    problem::Problem,
    state::{App, BUILT_IN},
    table::{Access, Bytes, Doc, Nothing, Table},
};
use crate::difference::{
    Difference, World, compute,
    page::{self, Language},
};

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "difference", summary, access: Access::Everybody };
    table.get("/api/difference", doc("difference", "Scalp and regular acupuncture side by side"), difference);
    table.file(
        "/api/difference/figure",
        doc("differenceFigure", "The places of a comparison, or the shares of the uses, as a picture"),
        "image/svg+xml",
        figure,
    );
    table.get(
        "/api/difference/conditions",
        doc("differenceConditions", "Conditions that can be compared"),
        conditions,
    );
}

/// What is compared.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DifferenceParams {
    /// The condition; without it the two systems as such.
    #[serde(default)]
    condition: Option<String>,
    /// Name of the body on which distances are measured; the average one without.
    #[serde(default)]
    body: Option<String>,
}

fn world(app: &App) -> Result<World<'_>, Problem> {
    Ok(World {
        atlas: &app.atlas,
        points: app.body_atlas()?,
        clinic: app.conditions()?,
        evidence: &app.evidence,
        claims: &app.claims,
    })
}

fn difference(app: &App, p: DifferenceParams) -> Result<Difference, Problem> {
    let kept = app.body(p.body.as_deref().unwrap_or(BUILT_IN))?;
    compute(world(app)?, p.condition.as_deref(), &kept.person).map_err(Problem::not_found)
}

/// Which picture.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// The head with the scalp's zones.
    Head,
    /// The body from the front.
    Front,
    /// The body from behind.
    Back,
    /// Shares of the uses by body system.
    Focus,
}

/// Which picture of which comparison.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureParams {
    /// The condition.
    #[serde(default)]
    condition: Option<String>,
    /// Name of the body.
    #[serde(default)]
    body: Option<String>,
    /// Which picture.
    picture: Picture,
    /// Colours.
    #[serde(default)]
    theme: ThemeParam,
    /// `zh` for Chinese words.
    #[serde(default)]
    language: Option<String>,
}

fn figure(app: &App, p: FigureParams) -> Result<Bytes, Problem> {
    let kept = app.body(p.body.as_deref().unwrap_or(BUILT_IN))?;
    let world = world(app)?;
    let condition = p.condition.as_deref();
    let svg = match p.picture {
        Picture::Focus => {
            let d = compute(world, condition, &kept.person).map_err(Problem::not_found)?;
            let language = if p.language.as_deref() == Some("zh") { Language::Zh } else { Language::En };
            page::focus_svg(&d, language, p.theme.into())
        }
        Picture::Head => {
            let head = app.head(BUILT_IN)?;
            page::head_svg(world, condition, &head.head, &kept.person, p.theme.into())
        }
        Picture::Front | Picture::Back => page::body_svg(
            world,
            condition,
            &kept.person,
            matches!(p.picture, Picture::Front),
            p.theme.into(),
        ),
    };
    Ok(Bytes { media: "image/svg+xml", bytes: svg.into_bytes() })
}

/// A condition in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConditionChoice {
    /// Id.
    id: String,
    /// Names.
    names: ItemNames,
    /// Protocols of the scalp.
    scalp: usize,
    /// Protocols of regular acupuncture.
    regular: usize,
}

fn conditions(app: &App, _: Nothing) -> Result<Vec<ConditionChoice>, Problem> {
    let body = baihui_clinic::plan::candidate::BODY;
    Ok(app
        .conditions()?
        .conditions
        .values()
        .map(|c| {
            let regular = c.protocol.iter().filter(|p| p.school == body).count();
            ConditionChoice {
                id: c.condition.id.clone(),
                names: c.condition.names.clone(),
                scalp: c.protocol.len() - regular,
                regular,
            }
        })
        .collect())
}
