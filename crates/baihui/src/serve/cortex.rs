//! The cortex beneath a head's skin: its surface with regions, what lies under zones and places, the way back from a
//! place of the brain, and what the schools claim.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use baihui_atlas::{
    Request,
    beneath::{ZoneBeneath, zones_on},
    claims::{self, Ceilings, Judge, Judgement, OfHead, Rule, Verdict},
};
use baihui_head::{
    Side,
    cortex::{Beneath, Finding, Place, Projection, Sampling, regions::Region},
    io::glb::{GlbScene, Rgba},
};
use baihui_report::stat::Look;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    figures::ThemeParam,
    heads::{HeadParams, SideView, on_skin},
    problem::Problem,
    state::{App, Loaded, lock},
    table::{Access, Bytes, Doc, Table},
    zones::{self, ZoneParams as ZonesParams},
};
use crate::{commands, target};

/// Error of the hand that puts a needle to a place, mm along each of two directions (Aird 2002).
const HAND_MM: f64 = 4.0;
/// Shares of less are left out of lists.
const LEAST: f64 = 0.005;
/// Findings that are kept for each head.
const MAX_KEPT: usize = 400;

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "cortex", summary, access: Access::Everybody };
    table.get(
        "/api/heads/{head}/cortex",
        doc("cortex", "The regions of the cortex that is looked down upon, vertex by vertex"),
        cortex,
    );
    table.file(
        "/api/heads/{head}/cortex/mesh",
        doc("cortexMesh", "The surface of that cortex as GLB, in the frame of the head"),
        "model/gltf-binary",
        mesh,
    );
    table.get(
        "/api/heads/{head}/cortex/zone",
        doc("cortexZone", "What lies beneath a zone and its parts, and whether it is what the school claims"),
        zone,
    );
    table.get(
        "/api/heads/{head}/cortex/paths",
        doc("cortexPaths", "Items of schools carried down to the cortex"),
        paths,
    );
    table.get("/api/heads/{head}/cortex/at", doc("cortexAt", "What lies beneath a place of the skin"), at);
    table.get(
        "/api/heads/{head}/cortex/target",
        doc("cortexTarget", "The place of the skin above a place or a region of the brain"),
        find,
    );
    table.get(
        "/api/heads/{head}/cortex/claims",
        doc("cortexClaims", "Every claim of a school about the cortex, against what lies there"),
        all_claims,
    );
    table.file(
        "/api/heads/{head}/cortex/claims/figure",
        doc("cortexClaimsFigure", "The same as one figure"),
        "image/svg+xml",
        figure,
    );
}

/// What is known of a head's cortex, worked out when it is first asked for.
#[derive(Default)]
pub struct Held {
    beneath: OnceLock<Result<Beneath, String>>,
    mesh: OnceLock<Vec<u8>>,
    ceilings: Mutex<Ceilings>,
    zones: Mutex<BTreeMap<String, Arc<ZoneCortexView>>>,
    claims: OnceLock<Result<OfHead, String>>,
}

/// The head's cortex, made ready.
fn ready(loaded: &Loaded) -> Result<&Beneath, Problem> {
    let made = loaded.cortex.beneath.get_or_init(|| Beneath::new(&loaded.head).map_err(|e| e.to_string()));
    made.as_ref().map_err(|e| {
        Problem::not_located(format!("nothing can be said about the cortex of {}: {e}", loaded.head.name))
            .hint("a head needs nasion, inion and both preauricular points, or a map to MNI space of its own")
    })
}

/// A region of the cortex.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RegionView {
    /// Plain name; empty for none.
    name: String,
    /// Hemisphere.
    side: SideView,
    /// Colour, `#rrggbb`.
    colour: String,
}

/// The cortex that is looked down upon.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CortexView {
    /// Whether the gyri are the subject's own.
    own: bool,
    /// What the regions are taken from.
    parcellation: String,
    /// How the head is carried into MNI space.
    to_mni: String,
    /// Regions.
    regions: Vec<RegionView>,
    /// Region of each vertex of the mesh, as an index.
    labels: Vec<u16>,
}

fn no_inverse(loaded: &Loaded) -> Problem {
    let name = &loaded.head.name;
    Problem::not_located(format!("the cortex cannot be carried to {name}: its map has no inverse"))
}

fn cortex(app: &App, p: HeadParams) -> Result<CortexView, Problem> {
    let loaded = app.head(&p.head)?;
    let beneath = ready(&loaded)?;
    let (_, labels, regions) = beneath.labelled_cortex().ok_or_else(|| no_inverse(&loaded))?;
    let regions = regions.iter().enumerate().map(|(k, r)| RegionView {
        name: if r.key.is_empty() { String::new() } else { r.plain().to_owned() },
        side: r.side.into(),
        colour: if r.key.is_empty() { "#9a948f".to_owned() } else { hex(commands::beneath::shade(k)) },
    });
    Ok(CortexView {
        own: beneath.is_own(),
        parcellation: beneath.parcellation().to_owned(),
        to_mni: beneath.to_mni().method().to_owned(),
        regions: regions.collect(),
        labels: labels.to_vec(),
    })
}

fn hex(c: Rgba) -> String {
    let [r, g, b, _] = c.0;
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn mesh(app: &App, p: HeadParams) -> Result<Bytes, Problem> {
    let loaded = app.head(&p.head)?;
    let beneath = ready(&loaded)?;
    if loaded.cortex.mesh.get().is_none() {
        let (surface, ..) = beneath.labelled_cortex().ok_or_else(|| no_inverse(&loaded))?;
        let scene = GlbScene::new(&loaded.head.name);
        let bytes = scene.surface("skin", &surface, Rgba::rgb(197, 154, 148)).to_bytes();
        let _ = loaded.cortex.mesh.set(bytes);
    }
    let bytes = loaded.cortex.mesh.get().cloned().unwrap_or_default();
    Ok(Bytes { media: "model/gltf-binary", bytes })
}

/// A region with its probability.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShareView {
    /// Plain name; empty for no labelled region.
    name: String,
    /// Hemisphere.
    side: SideView,
    /// Probability, 0 to 1.
    probability: f64,
    /// Whether the school claims it.
    claimed: bool,
}

/// A Brodmann area with its probability.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AreaView {
    /// Number; 0 where none is near.
    area: u16,
    /// Probability, 0 to 1.
    probability: f64,
}

/// What one projection found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MethodView {
    /// `normal`, `nearest`, `balloon` or `centre`.
    method: String,
    /// The most probable region.
    first: Option<ShareView>,
    /// Mean distance from scalp to cortex, mm.
    depth_mm: f64,
    /// Mean position of the cortex beneath, mm, MNI space.
    mni_mm: [f64; 3],
}

/// What lies beneath.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingView {
    /// Regions by the mean of the projections, most probable first.
    regions: Vec<ShareView>,
    /// Brodmann areas.
    areas: Vec<AreaView>,
    /// Mean distance from scalp to cortex, mm.
    depth_mm: f64,
    /// Its standard deviation over the draws on this brain, mm.
    depth_sd_mm: f64,
    /// Mean distance between the cortical points of two projections, mm.
    disagreement_mm: f64,
    /// The largest.
    worst_disagreement_mm: f64,
    /// Projection by projection.
    methods: Vec<MethodView>,
    /// Variation between heads that was drawn, mm: in its widest and in its narrowest direction.
    between_heads_mm: [f64; 2],
    /// Draws.
    draws: usize,
}

fn finding(f: &Finding, claimed: impl Fn(&Region) -> bool) -> FindingView {
    let share = |s: &baihui_head::cortex::beneath::Share| ShareView {
        name: if s.region.key.is_empty() { String::new() } else { s.region.plain().to_owned() },
        side: s.region.side.into(),
        probability: s.probability,
        claimed: claimed(&s.region),
    };
    let n = f.methods.len().max(1) as f64;
    FindingView {
        regions: f.regions.iter().filter(|s| s.probability >= LEAST).map(share).collect(),
        areas: f
            .areas
            .iter()
            .filter(|a| a.1 >= LEAST)
            .map(|&(area, probability)| AreaView { area, probability })
            .collect(),
        depth_mm: f.methods.iter().map(|m| m.depth_mm).sum::<f64>() / n,
        depth_sd_mm: f.methods.iter().map(|m| m.depth_sd_mm).sum::<f64>() / n,
        disagreement_mm: f.disagreement_mm,
        worst_disagreement_mm: f.worst_disagreement_mm,
        methods: f
            .methods
            .iter()
            .map(|m| MethodView {
                method: m.method.name().to_owned(),
                first: m.regions.first().map(share),
                depth_mm: m.depth_mm,
                mni_mm: m.mni_mm,
            })
            .collect(),
        between_heads_mm: f.between_heads_axes_mm,
        draws: f.draws,
    }
}

/// A part of a zone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PartCortexView {
    /// Its name.
    name: String,
    /// What the school has it for.
    function: Option<String>,
    /// What lies beneath.
    finding: FindingView,
}

/// The verdict on a claim.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CortexVerdict {
    /// It holds.
    Holds,
    /// It does not.
    DoesNotHold,
    /// It cannot be judged.
    CannotBeJudged,
}

/// A claim against what lies there.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JudgementView {
    /// Zone.
    code: String,
    /// Its English name.
    name: String,
    /// School.
    school: String,
    /// Side.
    side: SideView,
    /// Part of the zone; empty for the whole.
    part: String,
    /// The claim in words.
    claim: String,
    /// Regions that it names.
    regions: Vec<String>,
    /// Mean over the projections of the probability that they are met.
    mean: f64,
    /// The least over the projections.
    low: f64,
    /// The largest.
    high: f64,
    /// Share of the zone over them without errors, on the brain as it is drawn.
    nominal: f64,
    /// What the best place on this scalp attains.
    ceiling: f64,
    /// The verdict.
    verdict: CortexVerdict,
    /// Why it cannot be judged: `between`, `out-of-reach`, `not-in-parcellation` or `unnamed`.
    why: Option<String>,
    /// The numbers in words.
    reason: String,
    /// What is met most often, with its probability.
    found: Vec<FoundView>,
}

/// A region that is met.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FoundView {
    /// Name with its side.
    name: String,
    /// Probability, 0 to 1.
    probability: f64,
}

fn judgement(j: &Judgement) -> JudgementView {
    JudgementView {
        code: j.code.clone(),
        name: j.name.clone(),
        school: j.school.clone(),
        side: j.side.into(),
        part: j.part.clone(),
        claim: j.claim.clone(),
        regions: j.regions.clone(),
        mean: j.mean(),
        low: j.probability.iter().copied().fold(1.0, f64::min),
        high: j.probability.iter().copied().fold(0.0, f64::max),
        nominal: j.nominal,
        ceiling: j.ceiling,
        verdict: match j.verdict {
            Verdict::Holds => CortexVerdict::Holds,
            Verdict::DoesNotHold => CortexVerdict::DoesNotHold,
            Verdict::CannotBeJudged => CortexVerdict::CannotBeJudged,
        },
        why: j.why.and_then(|w| serde_json::to_value(w).ok()?.as_str().map(str::to_owned)),
        reason: j.reason.clone(),
        found: j
            .found
            .iter()
            .map(|(name, probability)| FoundView { name: name.clone(), probability: *probability })
            .collect(),
    }
}

/// Which zone of which head.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CortexZoneParams {
    /// Name of the head.
    head: String,
    /// Code of the item.
    item: String,
    /// Variants and settings as `ITEM=NAME`.
    #[serde(default)]
    variant: Vec<String>,
}

/// A zone and what lies beneath it, on each of its sides.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ZoneCortexView {
    /// Code.
    code: String,
    /// Whether the gyri are the subject's own.
    own: bool,
    /// What the regions are taken from.
    parcellation: String,
    /// What the school claims.
    claim: Option<String>,
    /// Sides.
    sides: Vec<SideCortexView>,
}

/// One side of a zone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SideCortexView {
    /// Side.
    side: SideView,
    /// Beneath the zone as a whole; absent where the head's map has no value there.
    whole: Option<FindingView>,
    /// Beneath each named part.
    parts: Vec<PartCortexView>,
    /// The verdict on the claim: the whole, then the parts.
    judgements: Vec<JudgementView>,
    /// The zone on the cortex by the balloon, mm, RAS.
    on_cortex_mm: Vec<[f64; 3]>,
    /// Standard deviation of its landmarks, mm along each of two directions.
    landmarks_mm: f64,
    /// Of the hand.
    placing_mm: f64,
}

fn zone(app: &App, p: CortexZoneParams) -> Result<ZoneCortexView, Problem> {
    let loaded = app.head(&p.head)?;
    let item = app.item(&p.item)?;
    let mut chosen = p.variant.clone();
    chosen.sort_unstable();
    let key = format!("{item} {chosen:?}");
    if let Some(known) = lock(&loaded.cortex.zones).get(&key) {
        return Ok(known.as_ref().clone());
    }
    let beneath = ready(&loaded)?;
    let request = Request { items: vec![item], choices: app.choices(&p.variant)?, ..Request::default() };
    let sampling = Sampling::default();
    let (found, refused) = zones_on(&app.atlas, &app.names, &loaded.head, beneath, &request, &sampling)
        .map_err(Problem::not_located)?;
    if found.is_empty() {
        let why: Vec<String> = refused.iter().map(|r| r.reason.clone()).collect();
        return Err(
            Problem::not_located(format!("{} is not on {}", p.item, loaded.head.name)).hint(why.join("; "))
        );
    }
    let ceilings = lock(&loaded.cortex.ceilings).clone();
    let mut judge = Judge::new(beneath, sampling, Rule::default()).knowing(ceilings);
    let sides = found.iter().map(|z| side(beneath, z, &mut judge)).collect();
    let view = ZoneCortexView {
        code: app.atlas.entries[item].item.code.clone(),
        own: beneath.is_own(),
        parcellation: beneath.parcellation().to_owned(),
        claim: found[0].claim.as_ref().map(|c| c.text.clone()),
        sides,
    };
    lock(&loaded.cortex.ceilings).extend(judge.into_ceilings());
    let mut kept = lock(&loaded.cortex.zones);
    if kept.len() >= MAX_KEPT {
        kept.pop_first();
    }
    kept.insert(key, Arc::new(view.clone()));
    Ok(view)
}

/// An item on the cortex.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CortexPath {
    /// Code.
    code: String,
    /// School.
    school: String,
    /// Side.
    side: SideView,
    /// Where the balloon meets the cortex beneath the item, mm, RAS; one position for a point.
    path_mm: Vec<[f64; 3]>,
}

fn paths(app: &App, p: ZonesParams) -> Result<Vec<CortexPath>, Problem> {
    let loaded = app.head(&p.head)?;
    let beneath = ready(&loaded)?;
    let located = zones::location(app, &loaded, &p.school, &p.item, &p.variant)?;
    let items = located.items.iter().map(|z| CortexPath {
        code: z.code.clone(),
        school: z.school.clone(),
        side: z.side.into(),
        path_mm: commands::beneath::projected(beneath, z).iter().map(|p| p.to_array()).collect(),
    });
    Ok(items.collect())
}

fn side(beneath: &Beneath, z: &ZoneBeneath, judge: &mut Judge<'_>) -> SideCortexView {
    let part = |p: &baihui_atlas::beneath::PartBeneath| PartCortexView {
        name: p.name.clone(),
        function: p.function.clone(),
        finding: finding(&p.finding, |r| z.is_claimed(r)),
    };
    SideCortexView {
        side: z.zone.side.into(),
        whole: z.whole.as_ref().map(|f| finding(f, |r| z.is_claimed(r))),
        parts: z.parts.iter().map(part).collect(),
        judgements: judge.judge(z).iter().map(judgement).collect(),
        on_cortex_mm: commands::beneath::projected(beneath, &z.zone).iter().map(|p| p.to_array()).collect(),
        landmarks_mm: z.zone.sd_parts_mm.landmarks,
        placing_mm: z.zone.sd_parts_mm.placing,
    }
}

/// Which place of which head.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceParams {
    /// Name of the head.
    head: String,
    /// Right, mm.
    x: f64,
    /// Anterior, mm.
    y: f64,
    /// Superior, mm.
    z: f64,
}

/// What lies beneath a place of the skin.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlaceCortexView {
    /// The place on the skin, mm, RAS.
    position_mm: [f64; 3],
    /// The cortex beneath it by each projection, mm, RAS of the head.
    cortex_mm: Vec<[f64; 3]>,
    /// Whether the gyri are the subject's own.
    own: bool,
    /// What the regions are taken from.
    parcellation: String,
    /// Error of the hand that was drawn, mm along each of two directions.
    placing_mm: f64,
    /// What lies beneath.
    finding: FindingView,
}

fn at(app: &App, p: PlaceParams) -> Result<PlaceCortexView, Problem> {
    let loaded = app.head(&p.head)?;
    let (point, mm) = on_skin(&loaded.head, [p.x, p.y, p.z])?;
    let beneath = ready(&loaded)?;
    let normal = loaded.head.skin.normal(point);
    let u = normal.any_orthonormal_vector();
    let place = Place { mm, sd_axes_mm: [u * HAND_MM, normal.cross(u) * HAND_MM] };
    let found = beneath
        .finding(&[place], &Sampling::default())
        .ok_or_else(|| Problem::not_located("the head's map to MNI space has no value here"))?;
    Ok(PlaceCortexView {
        position_mm: mm.to_array(),
        cortex_mm: beneath.cortex_at(mm).iter().map(|p| p.mm.to_array()).collect(),
        own: beneath.is_own(),
        parcellation: beneath.parcellation().to_owned(),
        placing_mm: HAND_MM,
        finding: finding(&found, |_| false),
    })
}

/// Hemisphere of a region.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HemisphereInput {
    /// Left.
    #[default]
    Left,
    /// Right.
    Right,
}

/// A place or a region of the brain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetParams {
    /// Name of the head.
    head: String,
    /// `x,y,z` of MNI space in mm.
    mni: Option<String>,
    /// `x,y,z` in Talairach coordinates, mm.
    talairach: Option<String>,
    /// Name of a region.
    region: Option<String>,
    /// A part of the region: `hand`.
    part: Option<String>,
    /// Hemisphere of a region.
    #[serde(default)]
    side: HemisphereInput,
}

fn find(app: &App, p: TargetParams) -> Result<target::Document, Problem> {
    let loaded = app.head(&p.head)?;
    let side = match p.side {
        HemisphereInput::Left => Side::Left,
        HemisphereInput::Right => Side::Right,
    };
    let asked = match (&p.mni, &p.talairach, &p.region) {
        (Some(text), None, None) => target::Asked::Mni(text),
        (None, Some(text), None) => target::Asked::Talairach(text),
        (None, None, Some(name)) => target::Asked::Region { name, part: p.part.as_deref(), side },
        _ => return Err(Problem::input("name one of mni, talairach and region")),
    };
    let beneath = ready(&loaded)?;
    let sites = loaded.sites();
    target::find(&app.atlas, &app.names, &loaded.head, beneath, asked, Some(sites)).map_err(|e| {
        let problem = if e.question { Problem::input(e.message) } else { Problem::not_located(e.message) };
        problem.maybe_hint(e.hint)
    })
}

/// Every claim on a head.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CortexClaimsView {
    /// The head.
    head: String,
    /// Whether the gyri are the subject's own.
    own: bool,
    /// What the regions are taken from.
    parcellation: String,
    /// Least share of what the best place attains at which a claim holds.
    holds: f64,
    /// Largest share of it at which it does not.
    fails: f64,
    /// Least that the best place must attain for anything to be judged.
    reach: f64,
    /// Draws.
    draws: usize,
    /// The claims.
    claims: Vec<JudgementView>,
    /// Zones with a claim that are not on this head, with the reason.
    refused: Vec<String>,
    /// The four projections.
    projections: Vec<String>,
}

fn judged<'a>(app: &App, loaded: &'a Loaded) -> Result<&'a OfHead, Problem> {
    let beneath = ready(loaded)?;
    let made = loaded.cortex.claims.get_or_init(|| {
        let request = Request::default();
        let sampling = Sampling::default();
        claims::on_head(&app.atlas, &app.names, &loaded.head, beneath, &request, &sampling, Rule::default())
            .map_err(|e| e.to_string())?
            .ok_or_else(|| "no school claims a cortex".to_owned())
    });
    made.as_ref().map_err(Problem::not_located)
}

fn all_claims(app: &App, p: HeadParams) -> Result<CortexClaimsView, Problem> {
    let loaded = app.head(&p.head)?;
    let found = judged(app, &loaded)?;
    let rule = Rule::default();
    let refused = found.refused.iter().map(|r| format!("{} {}: {}", r.code, r.side, r.reason));
    Ok(CortexClaimsView {
        head: found.head.clone(),
        own: found.own_cortex,
        parcellation: found.parcellation.clone(),
        holds: rule.holds,
        fails: rule.fails,
        reach: rule.reach,
        draws: Sampling::default().draws,
        claims: found.judgements.iter().filter(|j| j.part.is_empty()).map(judgement).collect(),
        refused: refused.collect(),
        projections: Projection::ALL.iter().map(|m| m.name().to_owned()).collect(),
    })
}

/// Which head, in which colours.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureParams {
    /// Name of the head.
    head: String,
    /// Colours.
    #[serde(default)]
    theme: ThemeParam,
}

fn figure(app: &App, p: FigureParams) -> Result<Bytes, Problem> {
    let loaded = app.head(&p.head)?;
    let look = Look { theme: p.theme.into(), ..Look::default() };
    let mut found = judged(app, &loaded)?.clone();
    found.judgements.retain(|j| j.part.is_empty());
    let all = [found];
    let across = claims::across(&all);
    let svg = commands::claims::figure::svg(&all, &across, &Rule::default(), &Sampling::default(), look)
        .map_err(|e| Problem::internal(e.message))?;
    Ok(Bytes { media: "image/svg+xml", bytes: svg.into_bytes() })
}
