//! From a place of the brain to the place of the scalp: what is asked for, and how the answer is described.
//!
//! The command line and the workstation both ask here.

use std::fmt::Write;

use baihui_atlas::{Atlas, Choices, Evaluator, Names, Value, claims::region_words, words::sides_of};
use baihui_head::{
    Axes, Head, Mni, Point, Side, SurfacePoint,
    cortex::{
        Above, Beneath, TargetError,
        regions::{self, Region},
        target::is_region,
    },
    curve::geodesic,
    mni::talairach,
    ten_five::{Site, System, sites},
};
use glam::DVec3;
use schemars::JsonSchema;
use serde::Serialize;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Whether the question cannot be understood, rather than has no answer on this head.
    pub question: bool,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Refused {
    fn question(message: impl ToString) -> Self {
        Self { question: true, message: message.to_string(), hint: None }
    }

    fn place(message: impl ToString) -> Self {
        Self { question: false, message: message.to_string(), hint: None }
    }

    fn hint(self, hint: impl ToString) -> Self {
        Self { hint: Some(hint.to_string()), ..self }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Asked<'a> {
    /// A place of MNI space, `x,y,z` in mm.
    Mni(&'a str),
    /// A place in Talairach coordinates, `x,y,z` in mm.
    Talairach(&'a str),
    /// A region of a hemisphere, or a part of it.
    Region {
        /// Its name.
        name: &'a str,
        /// A part: "hand".
        part: Option<&'a str>,
        /// Hemisphere.
        side: Side,
    },
}

/// Distance of the hand's motor area from the vertex, mm to the side: the knob of the precentral gyrus lies 31.0 mm
/// lateral of Cz (Jang 2022, Med Sci Monit e935181; abstract seen).
const HAND_LATERAL_MM: f64 = 31.0;

/// A place of the scalp above a place of the brain, and how to find it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Document {
    /// The head.
    pub head: String,
    /// What was asked for.
    pub asked: String,
    /// The target, mm, MNI space.
    pub target_mni_mm: [f64; 3],
    /// The target on this head, mm, RAS.
    pub target_on_head_mm: [f64; 3],
    /// Region of AAL at or next to the target.
    pub region: Option<String>,
    /// The place on the scalp, mm, RAS.
    pub scalp_mm: [f64; 3],
    /// Side of that place.
    #[schemars(with = "String")]
    pub side: Side,
    /// Straight distance from the skin to the target, mm.
    pub depth_mm: f64,
    /// How far the lines of sight of the four projections pass from the target, mm, root mean square.
    pub line_of_sight_miss_mm: f64,
    /// Distance between the places that single projections would choose, mm, at most.
    pub projections_apart_mm: f64,
    /// How to find it with a tape.
    pub tape: String,
    /// The same in Chinese.
    pub tape_zh: String,
    /// The nearest site of the 10-10 system.
    pub site: NearTarget,
    /// The nearest item of each school, nearest first.
    pub nearest: Vec<NearTarget>,
    /// What should be read.
    pub remarks: Vec<String>,
}

/// The nearest item of a school, or the nearest electrode site.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NearTarget {
    /// Code.
    pub code: String,
    /// School, or 10-10.
    pub school: String,
    /// Side.
    #[schemars(with = "String")]
    pub side: Side,
    /// Along the skin, mm.
    pub distance_mm: f64,
    /// From there to the target's place, straight, with the head upright.
    pub way: String,
}

/// The place on the scalp above what is asked for.
///
/// `sites` are the 10-10 sites of the head, where they are known already.
///
/// # Errors
/// [`Refused`] says what cannot be understood, or why there is no such place.
pub fn find(
    atlas: &Atlas,
    names: &Names,
    head: &Head,
    beneath: &Beneath,
    asked: Asked<'_>,
    known_sites: Option<&[Site]>,
) -> Result<Document, Refused> {
    let mut remarks = Vec::new();
    let (target, words) = meant(asked, beneath, &mut remarks)?;
    let above = beneath.above(head, target).map_err(|e| refused(&e, asked, target))?;
    if let (Some(t), Asked::Mni(_)) = (above.if_talairach, asked) {
        let [x, y, z] = t.mm.to_array();
        remarks.push(format!(
            "the target lies beneath the brain's surface, and nearer to it if the numbers are Talairach coordinates: \
             they mean ({x:.0}, {y:.0}, {z:.0}) in MNI space; ask with --talairach"
        ));
    }
    let own = match known_sites {
        Some(_) => Vec::new(),
        None => sites(head, System::TenTen).map_err(Refused::place)?,
    };
    describe(atlas, names, head, &above, words, remarks, known_sites.unwrap_or(&own))
}

fn refused(e: &TargetError, asked: Asked<'_>, target: Point<Mni>) -> Refused {
    let error = Refused::place(e);
    match (e, asked) {
        (TargetError::Outside { .. }, Asked::Talairach(_)) => {
            error.hint("if these are MNI coordinates, ask with --mni: MNI brains are larger than Talairach's")
        }
        (TargetError::Outside { .. }, _) => error.hint("millimetres, x < 0 is the patient's left, z is up"),
        (TargetError::Deep { .. } | TargetError::NotCortex { .. }, Asked::Mni(_)) => {
            let [x, y, z] = talairach::to_mni(target.mm).mm.to_array();
            error.hint(format!(
                "no needle and no place of the scalp is nearer to it than to other parts of the brain; read as \
                 Talairach coordinates the numbers would be ({x:.0}, {y:.0}, {z:.0})"
            ))
        }
        _ => error,
    }
}

/// Three numbers in mm.
fn coordinates(text: &str) -> Result<DVec3, Refused> {
    let parts: Vec<&str> = text.split([',', ' ', ';']).filter(|p| !p.is_empty()).collect();
    let values: Vec<f64> = parts.iter().filter_map(|p| p.trim().parse().ok()).collect();
    match (values.as_slice(), parts.len()) {
        (&[x, y, z], 3) => Ok(DVec3::new(x, y, z)),
        _ => Err(Refused::question(format!(
            "\"{text}\" is not a place; expected three numbers in mm such as -37,-21,58"
        ))),
    }
}

/// Names of regions that may have been meant, at most three.
fn near_names(name: &str) -> Vec<String> {
    /// Words that many regions share.
    const COMMON: [&str; 11] = [
        "gyrus", "cortex", "lobule", "lobe", "part", "area", "region", "superior", "inferior", "middle",
        "medial",
    ];
    let all: Vec<String> = regions::all().map(str::to_owned).collect();
    if let Some(n) = baihui_atlas::check::nearest(name, all.iter()) {
        return vec![n.to_owned()];
    }
    let words = |text: &str| -> Vec<String> {
        let split = text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 4);
        split.map(str::to_lowercase).collect()
    };
    let mut scored: Vec<(usize, &String)> = Vec::new();
    for region in &all {
        let theirs = words(region);
        let telling = words(name).into_iter().filter(|w| !COMMON.contains(&w.as_str()));
        let met = telling.filter(|w| baihui_atlas::check::nearest(w, theirs.iter()).is_some()).count();
        if met > 0 {
            let shared = words(name).iter().filter(|w| theirs.contains(w)).count();
            scored.push((met * 10 + shared, region));
        }
    }
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().take(3).map(|s| s.1.clone()).collect()
}

/// The place of MNI space that is meant, and the question in words.
fn meant(
    asked: Asked<'_>,
    beneath: &Beneath,
    remarks: &mut Vec<String>,
) -> Result<(Point<Mni>, String), Refused> {
    let (name, part, side) = match asked {
        Asked::Mni(text) => return Ok((Point::new(coordinates(text)?), format!("MNI {text}"))),
        Asked::Talairach(text) => {
            return Ok((talairach::to_mni(coordinates(text)?), format!("Talairach {text}")));
        }
        Asked::Region { name, part, side } => (name, part, side),
    };
    let keys = regions::find(name);
    if keys.is_empty() {
        let all: Vec<String> = regions::all().map(str::to_owned).collect();
        let near = near_names(name);
        return Err(Refused::question(format!("no region of the brain is called \"{name}\"")).hint(
            if near.is_empty() {
                format!("the regions are: {}", all.join("; "))
            } else {
                format!("did you mean {}?", near.join(", or "))
            },
        ));
    }
    if keys.len() > 1 {
        let names: Vec<&str> = keys.iter().map(|k| regions::plain(k)).collect();
        return Err(Refused::question(format!("\"{name}\" fits {} regions", keys.len()))
            .hint(format!("ask for one of them: {}", names.join("; "))));
    }
    let plain = regions::plain(keys[0]);
    let lateral = match part {
        None => None,
        Some("hand") if keys[0] == "Precentral" => {
            remarks.push(
                "the hand's motor area is taken 31 mm to the side of the median plane (Jang 2022: the knob of the \
                 precentral gyrus lies 31.0 mm lateral of Cz)"
                    .to_owned(),
            );
            Some(HAND_LATERAL_MM)
        }
        Some(part) => {
            let error =
                Refused::question(format!("no position of the part \"{part}\" of the {plain} is known"));
            return Err(error.hint(
                "with a source there is one: the precentral gyrus, hand; for the leg ask for the paracentral lobule",
            ));
        }
    };
    // A vermis has no side.
    let side = if Region::of_aal(keys[0]).side == Side::Midline && plain.contains("vermis") {
        Side::Midline
    } else if side == Side::Midline {
        return Err(Refused::question(format!("the {plain} has a left and a right, none on the midline")));
    } else {
        side
    };
    let is = |r: &Region| is_region(r, &keys, side);
    let hidden = if side == Side::Midline { format!("the {plain}") } else { format!("the {side} {plain}") };
    let found = beneath.region_centre(is, &hidden, lateral).map_err(|e| {
        let error = Refused::place(e);
        if !beneath.is_named_by_map() {
            error.hint("this head has its own parcellation; regions are asked for by AAL's names")
        } else {
            error.hint("no needle and no place of the scalp is above it rather than beside")
        }
    })?;
    let part = part.map_or_else(String::new, |p| format!(", {p}"));
    Ok((
        found,
        format!("{}{part}: middle of what it shows at the surface", hidden.trim_start_matches("the ")),
    ))
}

fn describe(
    atlas: &Atlas,
    names: &Names,
    head: &Head,
    above: &Above,
    asked: String,
    remarks: Vec<String>,
    sites: &[Site],
) -> Result<Document, Refused> {
    let choices = Choices::default();
    let place = above.position.mm;
    let mut evaluator = Evaluator::new(atlas, names, &choices, head).map_err(Refused::place)?;
    let axes = evaluator.axes();
    let off =
        (place - evaluator.midline().curve().position_at(evaluator.midline().s_of(place))).dot(axes.right);
    let side = match off {
        x if x.abs() < 1.0 => Side::Midline,
        x if x < 0.0 => Side::Left,
        _ => Side::Right,
    };
    let (tape, tape_zh) = tape(&evaluator, head, place, side);
    let site = sites
        .iter()
        .min_by(|a, b| a.position.mm.distance(place).total_cmp(&b.position.mm.distance(place)))
        .map(|s| NearTarget {
            code: s.name.clone(),
            school: "10-10".to_owned(),
            side: s.side,
            distance_mm: along_skin(head, s.at, above.at),
            way: way(&axes, place - s.position.mm),
        })
        .ok_or_else(|| Refused::place("no electrode site could be placed"))?;
    let nearest = nearest(atlas, head, &mut evaluator, &axes, above);
    Ok(Document {
        head: head.name.clone(),
        asked,
        target_mni_mm: above.target.mm.to_array(),
        target_on_head_mm: above.on_head.mm.to_array(),
        region: above.region.as_ref().map(region_words),
        scalp_mm: place.to_array(),
        side,
        depth_mm: above.depth_mm,
        line_of_sight_miss_mm: above.miss_mm,
        projections_apart_mm: above.disagreement_mm,
        tape,
        tape_zh,
        site,
        nearest,
        remarks,
    })
}

/// The nearest item of each school that is on by default.
fn nearest(
    atlas: &Atlas,
    head: &Head,
    evaluator: &mut Evaluator<'_>,
    axes: &Axes,
    above: &Above,
) -> Vec<NearTarget> {
    let place = above.position.mm;
    let mut best: Vec<Option<(f64, NearTarget, SurfacePoint)>> = vec![None; atlas.schools.len()];
    for (i, entry) in atlas.entries.iter().enumerate() {
        if atlas.schools[entry.school].off {
            continue;
        }
        for &side in sides_of(entry.item.side) {
            let Ok(value) = evaluator.locate(i, side) else { continue };
            let at = match &value {
                Value::Point(p) => *p,
                Value::Line(c) | Value::Area(c) => c.at(&head.skin, c.closest(place).0),
            };
            let mm = head.skin.position(at);
            let d = mm.distance(place);
            if best[entry.school].as_ref().is_none_or(|b| d < b.0) {
                let near = NearTarget {
                    code: entry.item.code.clone(),
                    school: atlas.schools[entry.school].id.clone(),
                    side,
                    distance_mm: d,
                    way: way(axes, place - mm),
                };
                best[entry.school] = Some((d, near, at));
            }
        }
    }
    let mut out: Vec<NearTarget> = best
        .into_iter()
        .flatten()
        .map(|(_, near, at)| NearTarget { distance_mm: along_skin(head, at, above.at), ..near })
        .collect();
    out.sort_by(|a, b| a.distance_mm.total_cmp(&b.distance_mm).then(a.code.cmp(&b.code)));
    out
}

fn along_skin(head: &Head, from: SurfacePoint, to: SurfacePoint) -> f64 {
    let straight = head.skin.position(from).distance(head.skin.position(to));
    geodesic::shortest(&head.skin, from, to).map_or(straight, |c| c.length_mm().max(straight))
}

/// "12 mm back, 5 mm to the left", of an offset with the head upright.
fn way(axes: &Axes, d: DVec3) -> String {
    let mut parts: Vec<(f64, &str)> = [
        (d.dot(axes.anterior), "forward", "back"),
        (d.dot(axes.right), "to the right", "to the left"),
        (d.dot(axes.superior), "up", "down"),
    ]
    .into_iter()
    .map(|(x, plus, minus)| (x.abs(), if x > 0.0 { plus } else { minus }))
    .filter(|(x, _)| *x >= 1.0)
    .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    if parts.is_empty() {
        return "there".to_owned();
    }
    parts.iter().take(2).map(|(x, w)| format!("{x:.0} mm {w}")).collect::<Vec<_>>().join(", ")
}

/// Two tape readings that lead to the place, along the midline, then at a right angle to the side: in English and Chinese.
fn tape(evaluator: &Evaluator<'_>, head: &Head, place: DVec3, side: Side) -> (String, String) {
    let midline = evaluator.midline();
    let Ok(level) = midline.level(&head.skin, place, side) else {
        return (
            "the place cannot be reached at a right angle from the midline on this head".to_owned(),
            "在此头上，从正中线无法垂直量到该处".to_owned(),
        );
    };
    let inion = head.landmarks.mm(baihui_head::landmark::name::INION, Side::Midline);
    let arc = inion.map(|p| midline.curve().closest(p).0);
    let mut en = format!("from the nasion {:.0} mm along the midline toward the inion", level.s_mm);
    let mut zh = format!("自鼻根点沿正中线向枕外隆凸{:.0}毫米", level.s_mm);
    if let Some(arc) = arc.filter(|a| *a > 0.0) {
        let share = 100.0 * level.s_mm / arc;
        let _ = write!(en, " ({share:.0} % of {arc:.0} mm)");
        let _ = write!(zh, "（{arc:.0}毫米的{share:.0}%）");
    }
    if let Some(cun) = midline.cun_at(level.s_mm) {
        let (from, from_zh) = if cun < 0.0 { ("in front of", "前") } else { ("behind", "后") };
        let cun = cun.abs();
        let _ = write!(en, ", which is {cun:.1} cun {from} the front hairline");
        let _ = write!(zh, "，即前发际{from_zh}{cun:.1}寸");
    }
    let (mm, side_zh) = (level.lateral_mm, if side == Side::Left { "左" } else { "右" });
    if side != Side::Midline {
        let _ = write!(
            en,
            "; from there {mm:.0} mm to the patient's {side}, along the skin at a right angle to the midline"
        );
        let _ = write!(zh, "；再沿头皮垂直于正中线向患者{side_zh}侧{mm:.0}毫米");
    }
    (en, zh)
}
