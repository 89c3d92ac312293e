//! Bodies: whose, their skin, the points and channels on it, and the page of one point.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use baihui_atlas::{
    body::{BodyAtlas, Located, Locator, Person, course::Drawn},
    language::{Names as ItemNames, Source},
};
use baihui_clinic::{access::Permission, knowledge::Knowledge};
use baihui_head::{
    Side,
    body::{Sex, Shape},
    io::glb::{GlbScene, Rgba},
};
use baihui_report::theme;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod point;

use super::{
    figures::ThemeParam,
    heads::{SexInput, SideView},
    login::Caller,
    problem::Problem,
    state::{App, BUILT_IN, Loaded, is_own},
    table::{Access, Bytes, Doc, Nothing, Table, name_of},
};
use crate::commands::body::{
    self as bodies,
    views::{self, Cutout, Part, Use, style_of},
};

/// Bodies that are kept; the one that was made longest ago goes first.
const MAX_BODIES: usize = 12;

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "bodies", summary, access: Access::Everybody };
    table.post_maybe(
        "/api/bodies",
        doc("makeBody", "Make a body from sex, age, height, weight and tape"),
        make,
    );
    table.get("/api/bodies/{body}", doc("body", "A body: what it measures and how long its cun are"), body);
    table.file(
        "/api/bodies/{body}/mesh",
        doc("bodyMesh", "The skin of a body as GLB"),
        "model/gltf-binary",
        mesh,
    );
    table.get(
        "/api/bodies/{body}/points",
        doc("bodyPoints", "Every point of regular acupuncture on a body, and the channels' curves"),
        points,
    );
    table.get(
        "/api/bodies/{body}/points/{point}",
        doc("bodyPoint", "One point: place, needling, what must not be hit, cautions, sources"),
        point::point,
    );
    table.file(
        "/api/bodies/{body}/figure",
        doc("bodyFigure", "A view of the body, or of a part of it, as a picture"),
        "image/svg+xml",
        figure,
    );
    table.get("/api/points", doc("points", "The points of regular acupuncture for search"), point::list);
}

/// What the server knows of regular acupuncture; read when it is first asked for.
#[derive(Default)]
pub struct Regular {
    points: OnceLock<Result<BodyAtlas, String>>,
    clinic: OnceLock<Result<Knowledge, String>>,
    kept: Mutex<Vec<(String, Arc<Kept>)>>,
}

/// A body with what was worked out on it.
pub struct Kept {
    /// Its name on this server.
    pub id: String,
    /// The person.
    pub person: Person,
    head: String,
    mesh: OnceLock<Vec<u8>>,
    curves: OnceLock<Vec<Curves>>,
}

impl App {
    /// Points of regular acupuncture.
    pub fn body_atlas(&self) -> Result<&BodyAtlas, Problem> {
        let read = || bodies::atlas().map_err(|e| e.message);
        self.regular.points.get_or_init(read).as_ref().map_err(Problem::internal)
    }

    /// Conditions and techniques.
    pub fn conditions(&self) -> Result<&Knowledge, Problem> {
        let read = || {
            baihui_clinic::knowledge::built_in(&self.atlas, &[])
                .map_err(|p| p.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        };
        self.regular.clinic.get_or_init(read).as_ref().map_err(Problem::internal)
    }

    /// A body by its name; `template` is the average one.
    pub fn body(&self, id: &str) -> Result<Arc<Kept>, Problem> {
        let kept = self.regular.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, k)) = kept.iter().find(|(name, _)| name == id) {
            return Ok(Arc::clone(k));
        }
        drop(kept);
        if id == BUILT_IN {
            return self.make_body(BUILT_IN, &BodyInput::default(), None);
        }
        Err(Problem::not_found(format!("there is no body \"{id}\" in memory"))
            .hint("bodies are kept while the server runs; make it again from its measurements"))
    }

    /// The body of an input; the same measurements give the same.
    ///
    /// A head that is at hand goes before the one that the input names: a patient's own is not everybody's. A body with
    /// such a head has a name that says so, and is shown to the same people.
    pub fn body_of(&self, input: &BodyInput, head: Option<&Arc<Loaded>>) -> Result<Arc<Kept>, Problem> {
        let canonical = serde_json::to_vec(input).map_err(Problem::internal)?;
        let own = head.map_or_else(|| input.head.as_deref().is_some_and(is_own), |h| is_own(&h.id));
        let id = format!("{}body-{}", if own { "own-" } else { "" }, &name_of(&canonical)[..16]);
        match self.body(&id) {
            Ok(known) => Ok(known),
            Err(_) => self.make_body(&id, input, head),
        }
    }

    fn make_body(
        &self,
        id: &str,
        input: &BodyInput,
        head: Option<&Arc<Loaded>>,
    ) -> Result<Arc<Kept>, Problem> {
        let shape = input.shape();
        let name = input.head.as_deref().unwrap_or(BUILT_IN);
        let head = head.map_or_else(|| self.head(name), |h| Ok(Arc::clone(h)))?;
        let mut person = bodies::join(self.body_atlas()?, &self.atlas, &self.names, &shape, &head.head)
            .map_err(|e| Problem::input(e.message))?;
        bodies::assume(&mut person, input.sex.is_none(), input.age_years.is_none());
        let made = Arc::new(Kept {
            id: id.to_owned(),
            person,
            head: head.head.name.clone(),
            mesh: OnceLock::new(),
            curves: OnceLock::new(),
        });
        let mut kept = self.regular.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, k)) = kept.iter().find(|(name, _)| name == id) {
            return Ok(Arc::clone(k));
        }
        if kept.len() >= MAX_BODIES {
            let oldest = kept.iter().position(|(name, _)| name != BUILT_IN).unwrap_or(0);
            kept.remove(oldest);
        }
        kept.push((id.to_owned(), Arc::clone(&made)));
        Ok(made)
    }
}

/// Whose body. What is not given is the mesh's average for sex and age.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BodyInput {
    /// Sex; a man's body without, which the notes of the answer say first.
    sex: Option<SexInput>,
    /// Age in years, 1 to 90; 25 without, which the notes of the answer say.
    age_years: Option<f64>,
    /// Height, cm.
    height_cm: Option<f64>,
    /// Weight, kg.
    weight_kg: Option<f64>,
    /// Crease of the elbow to crease of the wrist, cm.
    forearm_cm: Option<f64>,
    /// Crease behind the knee to the tip of the outer ankle, cm.
    lower_leg_cm: Option<f64>,
    /// Notch above the breastbone to the upper edge of the pubic bone, straight, cm.
    trunk_cm: Option<f64>,
    /// Name of the person's head on this server; the built-in one without.
    head: Option<String>,
}

impl BodyInput {
    /// A shape with a head of this server.
    pub fn of(shape: &Shape, head: &str) -> Self {
        let cm = |mm: Option<f64>| mm.map(|v| v / 10.0);
        Self {
            sex: Some(if shape.sex == Sex::Female { SexInput::Female } else { SexInput::Male }),
            age_years: Some(shape.age_years),
            height_cm: cm(shape.height_mm),
            weight_kg: shape.weight_kg,
            forearm_cm: cm(shape.forearm_mm),
            lower_leg_cm: cm(shape.lower_leg_mm),
            trunk_cm: cm(shape.trunk_mm),
            head: Some(head.to_owned()),
        }
    }

    fn shape(&self) -> Shape {
        let mm = |cm: Option<f64>| cm.map(|v| v * 10.0);
        Shape {
            sex: if matches!(self.sex, Some(SexInput::Female)) { Sex::Female } else { Sex::Male },
            age_years: self.age_years.unwrap_or(bodies::AGE),
            height_mm: mm(self.height_cm),
            weight_kg: self.weight_kg,
            forearm_mm: mm(self.forearm_cm),
            lower_leg_mm: mm(self.lower_leg_cm),
            trunk_mm: mm(self.trunk_cm),
        }
    }
}

/// A stretch with its own cun.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StretchView {
    /// Name.
    id: String,
    /// From where to where.
    about: String,
    /// How many cun it counts.
    cun: f64,
    /// One cun of it on this body, mm.
    cun_mm: f64,
    /// Sources.
    sources: Vec<Source>,
}

/// A body.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BodyView {
    /// Its name on this server; the same measurements give the same name.
    id: String,
    /// `female` or `male`.
    sex: String,
    /// Age, years.
    age_years: f64,
    /// Height, cm.
    height_cm: f64,
    /// Weight, kg.
    weight_kg: f64,
    /// Forearm, cm.
    forearm_cm: f64,
    /// Lower leg, cm.
    lower_leg_cm: f64,
    /// Trunk, cm.
    trunk_cm: f64,
    /// Whose head it has.
    head: String,
    /// What should be read; first what was not given, and what stands in its place.
    notes: Vec<String>,
    /// Stretches.
    stretches: Vec<StretchView>,
}

/// Which body.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyParams {
    /// Name of the body; `template` is the average one.
    body: String,
}

fn make(app: &App, caller: Option<&Caller>, _: Nothing, input: BodyInput) -> Result<BodyView, Problem> {
    if app.practice.is_some() && input.head.as_deref().is_some_and(is_own) {
        let who = caller.ok_or_else(|| Problem::unauthorized("nobody is signed in"))?;
        who.actor.may(Permission::ReadPatient).map_err(Problem::forbidden)?;
    }
    view(app, &*app.body_of(&input, None)?)
}

fn body(app: &App, p: BodyParams) -> Result<BodyView, Problem> {
    view(app, &*app.body(&p.body)?)
}

pub(super) fn view(app: &App, kept: &Kept) -> Result<BodyView, Problem> {
    let r = &kept.person.body.report;
    let tenth = |x: f64| (x * 10.0).round() / 10.0;
    let locator = Locator::of(app.body_atlas()?, &kept.person);
    let stretches = locator.atlas().stretches.iter().filter_map(|(id, s)| {
        Some(StretchView {
            id: id.clone(),
            about: s.about.clone(),
            cun: s.cun,
            cun_mm: tenth(locator.cun_straight(id, Side::Left).ok()?),
            sources: s.sources.clone(),
        })
    });
    Ok(BodyView {
        id: kept.id.clone(),
        sex: r.shape.sex.name().to_owned(),
        age_years: r.shape.age_years,
        height_cm: tenth(r.height_mm / 10.0),
        weight_kg: tenth(r.weight_kg),
        forearm_cm: tenth(r.forearm_mm / 10.0),
        lower_leg_cm: tenth(r.lower_leg_mm / 10.0),
        trunk_cm: tenth(r.trunk_mm / 10.0),
        head: kept.head.clone(),
        notes: r.notes.clone(),
        stretches: stretches.collect(),
    })
}

fn mesh(app: &App, p: BodyParams) -> Result<Bytes, Problem> {
    let kept = app.body(&p.body)?;
    let bytes = kept.mesh.get_or_init(|| {
        GlbScene::new("body").surface("skin", &kept.person.body.skin, Rgba::rgb(224, 200, 180)).to_bytes()
    });
    Ok(Bytes { media: "model/gltf-binary", bytes: bytes.clone() })
}

/// A point on a side of a body.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BodyMark")]
pub struct Mark3 {
    /// Code.
    code: String,
    /// Name of the place, where there are two.
    #[serde(skip_serializing_if = "String::is_empty")]
    variant: String,
    /// Side.
    side: SideView,
    /// Position, mm; absent where it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    mm: Option<[f64; 3]>,
    /// Outward direction of the skin.
    #[serde(skip_serializing_if = "Option::is_none")]
    normal: Option<[f64; 3]>,
    /// Why it has no place.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// A channel's curves on a side.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ChannelCurves")]
pub struct Curves {
    /// Channel.
    channel: String,
    /// Side.
    side: SideView,
    /// Curves, mm.
    chains: Vec<Vec<[f64; 3]>>,
}

/// A channel.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChannelView {
    /// Two letters.
    id: String,
    /// Names.
    names: ItemNames,
    /// Colour in every picture, `#rrggbb`.
    colour: String,
    /// Where it runs within.
    within: Vec<String>,
    /// Sources of the course.
    sources: Vec<Source>,
}

/// Points and channels of a body.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PointsView {
    /// Channels in order.
    channels: Vec<ChannelView>,
    /// Points, default places first.
    points: Vec<Mark3>,
    /// Curves.
    curves: Vec<Curves>,
}

fn tenths(p: glam::DVec3) -> [f64; 3] {
    p.to_array().map(|x| (x * 10.0).round() / 10.0)
}

fn mark(atlas: &BodyAtlas, person: &Person, l: &Located) -> Option<Mark3> {
    let p = atlas.points.get(l.point)?;
    let spot = l.spot.as_ref().ok();
    Some(Mark3 {
        code: p.point.code.clone(),
        variant: p.constructions.get(l.construction).map_or_else(String::new, |c| c.name.clone()),
        side: l.side.into(),
        mm: spot.map(|s| tenths(s.mm)),
        normal: spot
            .and_then(|s| s.at)
            .map(|at| person.body.skin.normal(at).to_array().map(|x| (x * 1000.0).round() / 1000.0)),
        refused: l.spot.as_ref().err().map(ToString::to_string),
    })
}

fn points(app: &App, p: BodyParams) -> Result<PointsView, Problem> {
    let kept = app.body(&p.body)?;
    let atlas = app.body_atlas()?;
    let locator = Locator::of(atlas, &kept.person);
    // Kept: geodesics through all points take longer than a request should.
    let curves = kept.curves.get_or_init(|| {
        let channels: Vec<usize> = (0..atlas.channels.len()).collect();
        let chains =
            |d: &Drawn| d.chains.iter().map(|c| c.path.iter().map(|p| tenths(*p)).collect()).collect();
        locator
            .channels(&channels)
            .iter()
            .map(|d| Curves { channel: d.channel.clone(), side: d.side.into(), chains: chains(d) })
            .collect()
    });
    let channels = atlas.channels.iter().enumerate().map(|(k, c)| {
        let course = atlas.course(k);
        ChannelView {
            id: c.id.clone(),
            names: c.names.clone(),
            colour: theme::style(style_of(&c.id)).colour.to_owned(),
            within: course.map_or_else(Vec::new, |c| c.within.clone()),
            sources: course.map_or_else(Vec::new, |c| c.sources.clone()),
        }
    });
    Ok(PointsView {
        channels: channels.collect(),
        points: locator.all().iter().filter_map(|l| mark(atlas, &kept.person, l)).collect(),
        curves: curves.clone(),
    })
}

/// What is drawn.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BodyFigureParams")]
pub struct FigureParams {
    /// Name of the body.
    body: String,
    /// View: `front`, `back`, `palm`, `ear`, `knee-back` and so on.
    #[serde(default)]
    view: Option<String>,
    /// Only these points.
    #[serde(default)]
    point: Vec<String>,
    /// Only these channels.
    #[serde(default)]
    channel: Vec<String>,
    /// Colours.
    #[serde(default)]
    theme: ThemeParam,
}

fn figure(app: &App, p: FigureParams) -> Result<Bytes, Problem> {
    let kept = app.body(&p.body)?;
    let atlas = app.body_atlas()?;
    let wanted = p.view.as_deref().unwrap_or("front");
    let part = Part::ALL.into_iter().find(|v| v.slug() == wanted).ok_or_else(|| {
        let all: Vec<&str> = Part::ALL.iter().map(|v| v.slug()).collect();
        Problem::input(format!("there is no view \"{wanted}\""))
            .hint(format!("there are: {}", all.join(", ")))
            .field("view")
    })?;
    let locator = Locator::of(atlas, &kept.person);
    let located: Vec<Located> = if p.point.is_empty() {
        locator
            .all()
            .into_iter()
            .filter(|l| {
                p.channel.is_empty() || p.channel.contains(&atlas.channels[atlas.points[l.point].channel].id)
            })
            .collect()
    } else {
        p.point.iter().filter_map(|c| atlas.find(c)).flat_map(|i| locator.point(i)).collect()
    };
    let channels: Vec<usize> =
        (0..atlas.channels.len()).filter(|&k| p.channel.contains(&atlas.channels[k].id)).collect();
    let curves = locator.channels(&channels);
    let cutout = Cutout::new(&kept.person.body, part)
        .ok_or_else(|| Problem::not_located("this body has no skin in that view"))?;
    let svg = views::svg(atlas, &cutout, &located, &curves, &kept.person.body, p.theme.into(), Use::Screen);
    Ok(Bytes { media: "image/svg+xml", bytes: svg.into_bytes() })
}
