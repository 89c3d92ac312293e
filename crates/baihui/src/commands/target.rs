//! `baihui target`: from a place of the brain to the place of the scalp, and how to find it with a tape.

use std::{fmt::Write, path::PathBuf, process::ExitCode};

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
    ten_five::{self, System},
};
use clap::Args as ClapArgs;
use glam::DVec3;
use serde::Serialize;

use super::{
    beneath::{SideArg, not_on},
    pretty,
};
use crate::{
    cli::{HeadArg, ReportFormat},
    error::{CliError, Kind},
    files,
    output::{lines, number, table},
};

/// `baihui target`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  baihui target --mni -37,-21,58
  baihui target --talairach -36,-24,53
  baihui target --region 'precentral gyrus' --part hand --side left
  baihui target --region DLPFC --side right --head patient.glb --format json")]
pub struct Args {
    /// A place of MNI space, mm: right, anterior, superior; x < 0 is the patient's left.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, conflicts_with_all = ["talairach", "region"])]
    pub mni: Option<String>,
    /// A place in Talairach coordinates, mm (turned into MNI space after Lancaster 2007).
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, conflicts_with = "region")]
    pub talairach: Option<String>,
    /// A region of the brain by name.
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,
    /// A part of the region: hand (precentral gyrus).
    #[arg(long, value_name = "PART", requires = "region")]
    pub part: Option<String>,
    /// The side of a region; the left unless given.
    #[arg(long, value_enum, requires = "region")]
    pub side: Option<SideArg>,
    /// The head.
    #[command(flatten)]
    pub head: HeadArg,
    /// What to write.
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Where to write it.
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// Distance of the hand's motor area from the vertex, mm to the side: the knob of the precentral gyrus lies 31.0 mm
/// lateral of Cz (Jang 2022, Med Sci Monit e935181; abstract seen).
const HAND_LATERAL_MM: f64 = 31.0;

#[derive(Serialize)]
struct Document {
    head: String,
    asked: String,
    target_mni_mm: [f64; 3],
    target_on_head_mm: [f64; 3],
    region: Option<String>,
    scalp_mm: [f64; 3],
    side: Side,
    depth_mm: f64,
    line_of_sight_miss_mm: f64,
    projections_apart_mm: f64,
    tape: String,
    site: Near,
    nearest: Vec<Near>,
    remarks: Vec<String>,
}

/// The nearest item of a school, or the nearest electrode site.
#[derive(Clone, Debug, Serialize)]
struct Near {
    code: String,
    school: String,
    side: Side,
    /// Along the skin.
    distance_mm: f64,
    /// From there to the target's place.
    way: String,
}

/// Runs the command.
pub fn run(args: &Args, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let atlas = files::atlas(more)?;
    let head = files::head(&args.head.head)?;
    let beneath = Beneath::new(&head).map_err(|e| not_on(&head)(e.into()))?;
    let mut remarks = Vec::new();
    let (target, asked) = target(args, &beneath, &mut remarks)?;
    let above = beneath.above(&head, target).map_err(|e| refused(&e, args, target))?;
    if let (Some(t), None, Some(_)) = (above.if_talairach, &args.talairach, &args.mni) {
        let [x, y, z] = t.mm.to_array();
        remarks.push(format!(
            "the target lies beneath the brain's surface; if the numbers are Talairach coordinates, they mean \
             ({x:.0}, {y:.0}, {z:.0}) in MNI space: ask with --talairach"
        ));
    }
    let document = describe(&atlas, &head, &above, asked, remarks)?;
    let text = match args.format {
        ReportFormat::Json => pretty(&document)?,
        ReportFormat::Table => document.text(),
    };
    files::emit(args.output.as_ref(), text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn refused(e: &TargetError, args: &Args, target: Point<Mni>) -> CliError {
    let error = CliError::new(Kind::NotLocated, e);
    match e {
        TargetError::Outside { .. } if args.talairach.is_some() => {
            error.hint("if these are MNI coordinates, ask with --mni: MNI brains are larger than Talairach's")
        }
        TargetError::Outside { .. } => error.hint("millimetres, x < 0 is the patient's left, z is up"),
        TargetError::Deep { .. } | TargetError::NotCortex { .. } if args.mni.is_some() => {
            let [x, y, z] = talairach::to_mni(target.mm).mm.to_array();
            error.hint(format!(
                "no needle and no place of the scalp is nearer to it than to other parts of the brain; read as \
                 Talairach coordinates the numbers would be ({x:.0}, {y:.0}, {z:.0})"
            ))
        }
        _ => error,
    }
}

fn coordinates(text: &str) -> Result<DVec3, CliError> {
    let parts: Vec<&str> = text.split([',', ' ', ';']).filter(|p| !p.is_empty()).collect();
    let values: Vec<f64> = parts.iter().filter_map(|p| p.trim().parse().ok()).collect();
    match (values.as_slice(), parts.len()) {
        (&[x, y, z], 3) => Ok(DVec3::new(x, y, z)),
        _ => Err(CliError::usage(format!(
            "\"{text}\" is not a place; expected three numbers in mm such as -37,-21,58"
        ))),
    }
}

fn target(
    args: &Args,
    beneath: &Beneath,
    remarks: &mut Vec<String>,
) -> Result<(Point<Mni>, String), CliError> {
    if let Some(text) = &args.mni {
        return Ok((Point::new(coordinates(text)?), format!("MNI {text}")));
    }
    if let Some(text) = &args.talairach {
        return Ok((talairach::to_mni(coordinates(text)?), format!("Talairach {text}")));
    }
    let Some(name) = &args.region else {
        return Err(CliError::usage("which target?").hint("--mni X,Y,Z, --talairach X,Y,Z or --region NAME"));
    };
    let side = args.side.map_or(Side::Left, Side::from);
    let keys = regions::find(name);
    if keys.is_empty() {
        let all: Vec<String> = regions::all().map(str::to_owned).collect();
        let near = baihui_atlas::check::nearest(&name.to_lowercase(), all.iter());
        return Err(CliError::usage(format!("no region of the brain is called \"{name}\""))
            .hint(near.map_or_else(|| all.join("; "), |n| format!("did you mean {n}?"))));
    }
    if keys.len() > 1 {
        let names: Vec<&str> = keys.iter().map(|k| regions::plain(k)).collect();
        return Err(CliError::usage(format!("\"{name}\" fits {} regions", keys.len())).hint(names.join("; ")));
    }
    let plain = regions::plain(keys[0]);
    let lateral = match args.part.as_deref() {
        None => None,
        Some("hand") if keys[0] == "Precentral" => {
            remarks.push(
                "the hand's motor area is taken 31 mm to the side of the median plane (Jang 2022: the knob \
                          of the precentral gyrus lies 31.0 mm lateral of Cz)"
                    .to_owned(),
            );
            Some(HAND_LATERAL_MM)
        }
        Some(part) => {
            return Err(CliError::usage(format!("no position of the part \"{part}\" of the {plain} is known"))
                .hint("with a source there is one: --region 'precentral gyrus' --part hand; for the leg ask for the \
                       paracentral lobule"));
        }
    };
    let is = |r: &Region| is_region(r, &keys, side);
    let found = beneath.region_centre(is, &format!("the {side} {plain}"), lateral);
    let mut found = found.map_err(|e| CliError::new(Kind::NotLocated, e));
    if beneath.is_own() && found.is_err() {
        found = found
            .map_err(|e| e.hint("this head has its own parcellation; regions are asked for by AAL's names"));
    }
    let part = args.part.as_ref().map_or_else(String::new, |p| format!(", {p}"));
    Ok((found?, format!("{side} {plain}{part}: middle of what it shows at the surface")))
}

fn describe(
    atlas: &Atlas,
    head: &Head,
    above: &Above,
    asked: String,
    remarks: Vec<String>,
) -> Result<Document, CliError> {
    let names = Names::of(atlas);
    let choices = Choices::default();
    let place = above.position.mm;
    let failed = |e: baihui_atlas::Refusal| CliError::new(Kind::NotLocated, e);
    let mut evaluator = Evaluator::new(atlas, &names, &choices, head).map_err(failed)?;
    let axes = evaluator.axes();
    let off =
        (place - evaluator.midline().curve().position_at(evaluator.midline().s_of(place))).dot(axes.right);
    let side = match off {
        x if x.abs() < 1.0 => Side::Midline,
        x if x < 0.0 => Side::Left,
        _ => Side::Right,
    };
    let tape = tape(&evaluator, head, place, side);
    let sites = ten_five::sites(head, System::TenTen).map_err(|e| CliError::new(Kind::NotLocated, e))?;
    let site = sites
        .iter()
        .min_by(|a, b| a.position.mm.distance(place).total_cmp(&b.position.mm.distance(place)))
        .map(|s| Near {
            code: s.name.clone(),
            school: "10-10".to_owned(),
            side: s.side,
            distance_mm: along_skin(head, s.at, above.at),
            way: way(&axes, place - s.position.mm),
        })
        .ok_or_else(|| CliError::new(Kind::NotLocated, "no electrode site could be placed"))?;
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
) -> Vec<Near> {
    let place = above.position.mm;
    let mut best: Vec<Option<(f64, Near, SurfacePoint)>> = vec![None; atlas.schools.len()];
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
                let near = Near {
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
    let mut out: Vec<Near> = best
        .into_iter()
        .flatten()
        .map(|(_, near, at)| Near { distance_mm: along_skin(head, at, above.at), ..near })
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

/// Two tape readings that lead to the place: along the midline, then at a right angle to the side.
fn tape(evaluator: &Evaluator<'_>, head: &Head, place: DVec3, side: Side) -> String {
    let midline = evaluator.midline();
    let Ok(level) = midline.level(&head.skin, place, side) else {
        return "the place cannot be reached at a right angle from the midline on this head".to_owned();
    };
    let inion = head.landmarks.mm(baihui_head::landmark::name::INION, Side::Midline);
    let arc = inion.map(|p| midline.curve().closest(p).0);
    let mut out = format!("from the nasion {:.0} mm along the midline toward the inion", level.s_mm);
    if let Some(arc) = arc.filter(|a| *a > 0.0) {
        let _ = write!(out, " ({:.0} % of {arc:.0} mm)", 100.0 * level.s_mm / arc);
    }
    if let Some(cun) = midline.cun_at(level.s_mm) {
        let from = if cun < 0.0 { "in front of" } else { "behind" };
        let _ = write!(out, ", which is {:.1} cun {from} the front hairline", cun.abs());
    }
    if side != Side::Midline {
        let _ = write!(
            out,
            "; from there {:.0} mm to the patient's {side}, along the skin at a right angle to the midline",
            level.lateral_mm
        );
    }
    out
}

impl Document {
    fn text(&self) -> String {
        let xyz = |p: &[f64; 3]| format!("({:.1}, {:.1}, {:.1})", p[0], p[1], p[2]);
        let mut out = format!(
            "{} · coordinates in mm: right, anterior, superior · left and right are the patient's\n",
            self.head
        );
        let _ = writeln!(out, "asked for: {}", self.asked);
        let region = self.region.as_deref().unwrap_or("at the surface, no labelled region within 5 mm");
        let _ = writeln!(out, "target: {} in MNI space, {region}", xyz(&self.target_mni_mm));
        let _ = writeln!(
            out,
            "place on the scalp: {}, {}; {:.0} mm above the target",
            xyz(&self.scalp_mm),
            self.side,
            self.depth_mm
        );
        let _ = writeln!(
            out,
            "lines of sight pass {:.0} mm from it (root mean square); single projections would choose places up to {:.0} mm apart",
            self.line_of_sight_miss_mm, self.projections_apart_mm
        );
        let _ = writeln!(out, "with a tape: {}", self.tape);
        let mut t = table(&["nearest", "of", "side", "mm", "and from there"]);
        for n in std::iter::once(&self.site).chain(&self.nearest) {
            t.add_row(vec![
                n.code.clone().into(),
                n.school.clone().into(),
                n.side.to_string().into(),
                number(n.distance_mm, 0),
                n.way.clone().into(),
            ]);
        }
        out.push('\n');
        out += &lines(&t);
        for r in &self.remarks {
            let _ = writeln!(out, "\n{r}");
        }
        out += "\nmm along the skin; the way is straight, with the head upright.\n";
        out
    }
}
