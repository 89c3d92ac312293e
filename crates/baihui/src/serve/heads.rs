//! Heads: the built-in one, heads from tape, what lies at a place of the skin, and how far it is along it.

use baihui_atlas::locate::{Kind, Located};
use baihui_head::{
    Head, Side, SurfacePoint,
    curve::geodesic,
    tape::{self, Dimension, Entry, HairlineRule, HairlineState, Input, Sex, TapeError},
};
use glam::DVec3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    problem::Problem,
    state::{App, Loaded},
    table::{Access, Bytes, Doc, Nothing, Table, name_of},
    zones,
};

/// A place farther from the skin than this is not on it, mm.
const FAR_MM: f64 = 25.0;
/// How many of the nearest items are told.
const NEAREST: usize = 8;
/// Step at which a measured path is written, mm.
const PATH_STEP_MM: f64 = 2.0;

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "heads", summary, access: Access::Everybody };
    table.get(
        "/api/heads/{head}",
        doc("head", "A head: its landmarks, how it was made, how far to trust it"),
        head,
    );
    table.file(
        "/api/heads/{head}/mesh",
        doc("mesh", "The head as GLB: skin, ears, brain"),
        "model/gltf-binary",
        mesh,
    );
    table.get("/api/tape/measures", doc("measures", "What can be measured with a tape, and how"), measures);
    table.post("/api/heads/tape", doc("tape", "Make a head from tape measurements"), from_tape);
    table.get("/api/heads/{head}/at", doc("at", "What is at a place of the skin"), at);
    table.get("/api/heads/{head}/measure", doc("measure", "The shortest way along the skin"), measure);
}

/// Which head.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadParams {
    /// Name of the head; `template` is the built-in one.
    pub head: String,
}

/// A landmark.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LandmarkView {
    /// Name.
    name: String,
    /// Side of the patient.
    side: SideView,
    /// Position, mm, RAS.
    position_mm: [f64; 3],
    /// Standard deviation along each of two directions on the skin, mm.
    sd_mm: f64,
    /// Measured, picked, detected, from the template, or by a rule.
    origin: String,
    /// How, in words.
    method: String,
}

/// Side of the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SideView {
    /// Left.
    Left,
    /// Right.
    Right,
    /// On the midline.
    Midline,
}

impl From<Side> for SideView {
    fn from(side: Side) -> Self {
        match side {
            Side::Left => Self::Left,
            Side::Right => Self::Right,
            Side::Midline => Self::Midline,
        }
    }
}

/// A head.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HeadView {
    /// Its name on this server.
    id: String,
    /// Its name for people.
    name: String,
    /// `template`, `tape`, `scan` or `mri`.
    source: String,
    /// How it was made.
    history: Vec<String>,
    /// Landmarks.
    landmarks: Vec<LandmarkView>,
    /// Directions of the head: right, front, up; unit vectors.
    axes: Option<[[f64; 3]; 3]>,
    /// Lengths on this head by the digital tape, mm.
    measures: Vec<MeasureView>,
}

/// A length on a head.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MeasureView {
    /// What.
    dimension: String,
    /// Length, mm.
    mm: f64,
}

fn head(app: &App, p: HeadParams) -> Result<HeadView, Problem> {
    let loaded = app.head(&p.head)?;
    Ok(view(&loaded))
}

fn view(loaded: &Loaded) -> HeadView {
    let head = &loaded.head;
    let landmarks = head.landmarks.iter().map(|(name, side, l)| LandmarkView {
        name: name.to_owned(),
        side: side.into(),
        position_mm: l.position.mm.to_array(),
        sd_mm: l.sd_mm,
        origin: format!("{:?}", l.origin).to_lowercase(),
        method: l.method.clone(),
    });
    let readings = tape::measure(head).ok();
    let measures = readings.iter().flat_map(|r| {
        Dimension::ALL.iter().filter_map(|&d| Some(MeasureView { dimension: word(&d), mm: r.get(d)? }))
    });
    HeadView {
        id: loaded.id.clone(),
        name: head.name.clone(),
        source: word(&head.source),
        history: head.history.clone(),
        landmarks: landmarks.collect(),
        axes: head.axes().map(|a| [a.right, a.anterior, a.superior].map(|v| v.to_array())),
        measures: measures.collect(),
    }
}

/// The word that serde writes for an enumeration without fields.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(s)) => s,
        _ => String::new(),
    }
}

fn mesh(app: &App, p: HeadParams) -> Result<Bytes, Problem> {
    Ok(Bytes { media: "model/gltf-binary", bytes: app.head(&p.head)?.mesh().to_vec() })
}

/// A measure that a tape can take.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MeasureHow {
    /// What.
    dimension: String,
    /// Name in English.
    name: String,
    /// How it is taken.
    how: String,
}

fn measures(_: &App, _: Nothing) -> Result<Vec<MeasureHow>, Problem> {
    Ok(Dimension::ALL
        .iter()
        .map(|d| MeasureHow { dimension: word(d), name: d.name().to_owned(), how: d.how().to_owned() })
        .collect())
}

/// Sex, for the population figures.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SexInput {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// What is left of the front hairline.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HairlineInput {
    /// Where it grew.
    #[default]
    Present,
    /// Receded.
    Receded,
    /// None.
    Bald,
}

/// Where the front hairline is taken to be when it was not measured.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuleInput {
    /// The population's mean distance from the glabella.
    #[default]
    Population,
    /// Glabella to GV14 is 18 cun.
    EighteenCun,
    /// 5 cm above the glabella (Jiao).
    #[serde(rename = "jiao-5cm")]
    Jiao5Cm,
    /// 6 cm above the glabella (as one page gives Jiao's rule).
    #[serde(rename = "jiao-6cm")]
    Jiao6Cm,
}

/// Tape measurements as they were typed: `57.5 cm`, `575`, `22.6 in`. At least one length is needed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TapeInput {
    /// Name of the head.
    pub name: Option<String>,
    /// Head circumference.
    pub circumference: Option<String>,
    /// Nasion to inion over the vertex.
    pub nasion_inion: Option<String>,
    /// Preauricular point to preauricular point over the vertex.
    pub preauricular: Option<String>,
    /// Glabella to the front hairline.
    pub glabella_hairline: Option<String>,
    /// Front hairline to the hairline of the nape.
    pub hairline_hairline: Option<String>,
    /// Head length by caliper.
    pub length: Option<String>,
    /// Head breadth by caliper.
    pub breadth: Option<String>,
    /// Sex.
    pub sex: Option<SexInput>,
    /// Age in years.
    pub age_years: Option<f64>,
    /// Front hairline.
    pub hairline: HairlineInput,
    /// Rule for a front hairline that was not measured.
    pub hairline_rule: RuleInput,
    /// Your own repeat error of a tape reading (standard deviation), mm.
    pub tape_sd_mm: Option<f64>,
}

/// One measure of a head from tape.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TapeRowView {
    /// What.
    dimension: String,
    /// What was measured, mm; absent where it was estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    measured_mm: Option<f64>,
    /// What the head reads, mm.
    head_mm: f64,
    /// Standard deviation, mm.
    sd_mm: f64,
}

/// A head from tape.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TapeView {
    /// The head's name on this server; the same measurements give the same name.
    id: String,
    /// Measure by measure.
    rows: Vec<TapeRowView>,
    /// Largest difference from what was measured, mm.
    worst_mm: f64,
    /// How far the shape is from the average head, in standard deviations.
    unusual: f64,
    /// What should be read.
    notes: Vec<String>,
}

fn from_tape(app: &App, _: Nothing, body: TapeInput) -> Result<TapeView, Problem> {
    Ok(made(app, &body)?.1)
}

/// Makes a head and keeps it in memory; its name there, and how it was made.
pub fn made(app: &App, body: &TapeInput) -> Result<(String, TapeView), Problem> {
    let input = input(body)?;
    let refused = |e: TapeError| Problem::input(e);
    let checked = tape::check(&input).map_err(refused)?;
    let template = app.head(super::state::BUILT_IN)?;
    let (mut head, report) = tape::build(&template.head, &checked).map_err(refused)?;
    if let Some(name) = body.name.as_deref().map(str::trim).filter(|n| !n.is_empty()) {
        head.name = name.chars().take(120).collect();
    }
    let canonical = serde_json::to_vec(body).map_err(Problem::internal)?;
    let id = format!("tape-{}", &name_of(&canonical)[..16]);
    app.keep(&id, head);
    let rows = report.rows.iter().map(|r| TapeRowView {
        dimension: word(&r.dimension),
        measured_mm: r.measured_mm,
        head_mm: r.head_mm,
        sd_mm: r.sd_mm,
    });
    let view = TapeView {
        id: id.clone(),
        rows: rows.collect(),
        worst_mm: report.worst_mm,
        unusual: report.unusual,
        notes: report.notes.iter().map(ToString::to_string).collect(),
    };
    Ok((id, view))
}

fn input(body: &TapeInput) -> Result<Input, Problem> {
    let mut input = Input {
        sex: body.sex.map(|s| match s {
            SexInput::Female => Sex::Female,
            SexInput::Male => Sex::Male,
        }),
        age_years: body.age_years,
        hairline: match body.hairline {
            HairlineInput::Present => HairlineState::Present,
            HairlineInput::Receded => HairlineState::Receded,
            HairlineInput::Bald => HairlineState::Bald,
        },
        hairline_rule: match body.hairline_rule {
            RuleInput::Population => HairlineRule::Population,
            RuleInput::EighteenCun => HairlineRule::EighteenCun,
            RuleInput::Jiao5Cm => HairlineRule::Jiao5Cm,
            RuleInput::Jiao6Cm => HairlineRule::Jiao6Cm,
        },
        tape_sd_mm: body.tape_sd_mm,
        ..Input::default()
    };
    let given = [
        (Dimension::Circumference, &body.circumference),
        (Dimension::NasionInion, &body.nasion_inion),
        (Dimension::Preauricular, &body.preauricular),
        (Dimension::GlabellaHairline, &body.glabella_hairline),
        (Dimension::HairlineHairline, &body.hairline_hairline),
        (Dimension::Length, &body.length),
        (Dimension::Breadth, &body.breadth),
    ];
    for (dimension, text) in given {
        if let Some(text) = text.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
            let entry: Entry = text.parse().map_err(|e| Problem::input(e).field(&word(&dimension)))?;
            input.set(dimension, Some(entry));
        }
    }
    Ok(input)
}

/// Which place of which head.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtParams {
    /// Name of the head.
    head: String,
    /// Right, mm.
    x: f64,
    /// Anterior, mm.
    y: f64,
    /// Superior, mm.
    z: f64,
    /// Only items of these schools; those that are on by default if none is named.
    #[serde(default)]
    school: Vec<String>,
    /// Variants and settings as `ITEM=NAME`.
    #[serde(default)]
    variant: Vec<String>,
}

/// Something near a place.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Near {
    /// Code.
    code: String,
    /// School.
    school: String,
    /// Side.
    side: SideView,
    /// Point, line or area.
    kind: Kind,
    /// Straight distance from the place to the nearest part of it, mm; 0 within an area.
    distance_mm: f64,
    /// Whether the place is within the area.
    inside: bool,
}

/// What is at a place of the skin.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtView {
    /// The place on the skin, mm, RAS.
    position_mm: [f64; 3],
    /// Direction out of the skin, unit vector.
    normal: [f64; 3],
    /// Side of the patient; midline within 2 mm of it.
    side: SideView,
    /// The nearest items, nearest first.
    nearest: Vec<Near>,
    /// Nearest site of the 10-10 system.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteNear>,
}

/// A site of the 10-10 system near a place.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SiteNear {
    /// Name.
    name: String,
    /// Straight distance, mm.
    distance_mm: f64,
}

/// The place of the skin that is meant by three coordinates.
pub fn on_skin(head: &Head, mm: [f64; 3]) -> Result<(SurfacePoint, DVec3), Problem> {
    if mm.iter().any(|v| !v.is_finite() || v.abs() > 1e4) {
        return Err(Problem::input("a coordinate is not a length in mm that a head can have"));
    }
    let (point, far) = head.skin.closest(DVec3::from_array(mm));
    if far > FAR_MM {
        let text = format!("the place is {far:.0} mm away from the skin");
        return Err(Problem::not_located(text).hint("coordinates are mm: right, anterior, superior"));
    }
    Ok((point, head.skin.position(point)))
}

fn at(app: &App, p: AtParams) -> Result<AtView, Problem> {
    let loaded = app.head(&p.head)?;
    let (point, position) = on_skin(&loaded.head, [p.x, p.y, p.z])?;
    let normal = loaded.head.skin.normal(point);
    let location = zones::location(app, &loaded, &p.school, &[], &p.variant)?;
    let mut nearest: Vec<Near> = location.items.iter().filter_map(|i| near(i, position, normal)).collect();
    nearest.sort_by(|a, b| a.distance_mm.total_cmp(&b.distance_mm).then_with(|| a.code.cmp(&b.code)));
    nearest.truncate(NEAREST);
    let site = loaded
        .sites()
        .iter()
        .map(|s| (s, s.position.mm.distance(position)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(s, distance_mm)| SiteNear { name: s.name.clone(), distance_mm });
    Ok(AtView {
        position_mm: position.to_array(),
        normal: normal.to_array(),
        side: if position.x.abs() <= 2.0 {
            SideView::Midline
        } else if position.x < 0.0 {
            SideView::Left
        } else {
            SideView::Right
        },
        nearest,
        site,
    })
}

fn near(item: &Located, at: DVec3, normal: DVec3) -> Option<Near> {
    let points: Vec<DVec3> = match (&item.position_mm, &item.path_mm) {
        (Some(p), _) => vec![DVec3::from_array(*p)],
        (None, Some(path)) => path.iter().map(|p| DVec3::from_array(*p)).collect(),
        (None, None) => return None,
    };
    let inside = item.kind == Kind::Area && within(&points, at, normal);
    let distance = if inside { 0.0 } else { distance(&points, at) };
    Some(Near {
        code: item.code.clone(),
        school: item.school.clone(),
        side: item.side.into(),
        kind: item.kind,
        distance_mm: distance,
        inside,
    })
}

/// Distance to a chain of points, mm.
pub fn distance(path: &[DVec3], at: DVec3) -> f64 {
    let first = path.first().map_or(f64::INFINITY, |p| p.distance(at));
    path.windows(2).fold(first, |best, w| {
        let (a, d) = (w[0], w[1] - w[0]);
        let t = if d.length_squared() > 0.0 {
            ((at - a).dot(d) / d.length_squared()).clamp(0.0, 1.0)
        } else {
            0.0
        };
        best.min((a + d * t).distance(at))
    })
}

/// Whether a place lies within an outline, both seen along the skin's normal at the place. An outline on the far
/// side of the head would cover the place in that view too, so only outlines that are near count.
fn within(outline: &[DVec3], at: DVec3, normal: DVec3) -> bool {
    let near = outline.iter().filter(|p| (**p - at).dot(normal).abs() < 40.0).count();
    if near * 4 < outline.len() * 3 {
        return false;
    }
    let u = normal.any_orthonormal_vector();
    let v = normal.cross(u);
    let flat: Vec<(f64, f64)> = outline.iter().map(|p| ((*p - at).dot(u), (*p - at).dot(v))).collect();
    let mut inside = false;
    for (k, a) in flat.iter().enumerate() {
        let b = flat[(k + 1) % flat.len()];
        if (a.1 > 0.0) != (b.1 > 0.0) && a.0 + (b.0 - a.0) * (-a.1) / (b.1 - a.1) > 0.0 {
            inside = !inside;
        }
    }
    inside
}

/// From where to where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureParams {
    /// Name of the head.
    head: String,
    /// Start: `x,y,z` in mm, RAS.
    from: String,
    /// End: `x,y,z` in mm, RAS.
    to: String,
}

/// A way along the skin.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MeasuredView {
    /// Length along the skin, mm.
    along_mm: f64,
    /// Straight distance, mm.
    straight_mm: f64,
    /// The way, mm, RAS.
    path_mm: Vec<[f64; 3]>,
}

fn triple(text: &str, field: &str) -> Result<[f64; 3], Problem> {
    let bad = || Problem::input(format!("\"{text}\" is not a place; write x,y,z in mm")).field(field);
    let numbers: Vec<f64> =
        text.split(',').map(|t| t.trim().parse().map_err(|_| bad())).collect::<Result<_, _>>()?;
    numbers.try_into().map_err(|_| bad())
}

fn measure(app: &App, p: MeasureParams) -> Result<MeasuredView, Problem> {
    let loaded = app.head(&p.head)?;
    let (from, a) = on_skin(&loaded.head, triple(&p.from, "from")?)?;
    let (to, b) = on_skin(&loaded.head, triple(&p.to, "to")?)?;
    let curve = geodesic::shortest(&loaded.head.skin, from, to).map_err(Problem::not_located)?;
    Ok(MeasuredView {
        along_mm: curve.length_mm(),
        straight_mm: a.distance(b),
        path_mm: curve.thinned(PATH_STEP_MM).iter().map(|p| p.to_array()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use baihui_head::template;

    use super::*;

    #[test]
    fn a_place_within_an_outline_is_inside_it() {
        let square: Vec<DVec3> = [(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)]
            .map(|(x, y)| DVec3::new(x, y, 80.0))
            .to_vec();
        let up = DVec3::Z;
        assert!(within(&square, DVec3::new(0.0, 0.0, 81.0), up));
        assert!(!within(&square, DVec3::new(6.0, 0.0, 81.0), up));
        // Below the chin the same outline lies behind the whole head.
        assert!(!within(&square, DVec3::new(0.0, 0.0, -80.0), -up));
    }

    #[test]
    fn distance_is_to_the_nearest_part_of_a_line() {
        let line = [DVec3::ZERO, DVec3::new(10.0, 0.0, 0.0)];
        assert!((distance(&line, DVec3::new(5.0, 3.0, 0.0)) - 3.0).abs() < 1e-12);
        assert!((distance(&line, DVec3::new(14.0, 3.0, 0.0)) - 5.0).abs() < 1e-12);
        assert!(distance(&[], DVec3::ZERO).is_infinite());
    }

    #[test]
    fn places_are_three_numbers() {
        assert_eq!(triple("1, -2.5,3", "from").ok(), Some([1.0, -2.5, 3.0]));
        for bad in ["", "1,2", "1,2,3,4", "1,2,x"] {
            assert!(triple(bad, "from").is_err(), "{bad}");
        }
        assert!(on_skin(&template::template(), [f64::NAN, 0.0, 0.0]).is_err());
        assert!(on_skin(&template::template(), [900.0, 0.0, 0.0]).is_err());
    }
}
