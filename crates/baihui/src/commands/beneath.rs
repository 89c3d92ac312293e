//! `baihui beneath`: the cortex under zones, with probabilities, against what the schools claim.

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use baihui_atlas::{
    Atlas, Names, Request,
    beneath::{self, ZoneBeneath, ZonesError},
    claims::{Judge, Judgement, Rule, region_words},
    locate::{Located, Refused},
};
use baihui_head::{
    Head, Side,
    cortex::{Beneath, Finding, Projection, Sampling},
    io::glb::{GlbScene, Rgba},
    mni::Variation,
};
use baihui_report::{
    Figure,
    overlay::Overlay,
    sheet_svg, theme,
    view::{Group, Options},
};
use clap::{Args as ClapArgs, ValueEnum};
use glam::DVec3;
use serde::Serialize;

use super::{choices, item_index, locate::to_png, pretty, school_index};
use crate::{
    cli::HeadArg,
    error::{CliError, Kind},
    files,
    output::{heading, lines, right, table},
    picture,
};

/// `baihui beneath`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  baihui beneath MS6 --side left
  baihui beneath JIAO-motor --head patient.glb --format csv -o motor.csv
  baihui beneath --school jiao --format json
  baihui beneath MS6 --format png -o ms6.png

The built-in head stands for a person whose brain is not known: what varies between heads of one size is drawn as
well. A head with its own cortical surfaces shows its own gyri. docs/cortex.md states the model.")]
pub struct Args {
    /// Zones or points.
    #[arg(value_name = "ZONE")]
    pub zone: Vec<String>,
    /// All items of a school. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub school: Vec<String>,
    /// Only this side of the patient.
    #[arg(long, value_enum)]
    pub side: Option<SideArg>,
    /// The head.
    #[command(flatten)]
    pub head: HeadArg,
    /// Use this variant of a zone, or this option of a setting. May be repeated.
    #[arg(long, value_name = "ZONE=NAME")]
    pub variant: Vec<String>,
    /// How draws are made.
    #[command(flatten)]
    pub sampling: SamplingArgs,
    /// What to write.
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
    /// Where to write it.
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// Draws.
#[derive(Clone, Debug, ClapArgs)]
pub struct SamplingArgs {
    /// Draws for each zone and each part.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pub draws: u32,
    /// Seed: the same seed gives the same numbers.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Variation between heads: one number, mm along each direction on the scalp (0 takes the brain that is drawn for
    /// the patient's), or `sites` for that of 17 people by place and direction, which is the default for a head
    /// whose brain is not known.
    #[arg(long, value_name = "MM|sites", value_parser = variation)]
    pub between_heads: Option<Variation>,
}

fn variation(text: &str) -> Result<Variation, String> {
    if text == "sites" {
        return Ok(Variation::Sites);
    }
    match text.parse::<f64>() {
        Ok(mm) if (0.0..=100.0).contains(&mm) => Ok(Variation::Uniform(mm)),
        _ => Err("expected a standard deviation from 0 to 100 mm, or \"sites\"".to_owned()),
    }
}

impl SamplingArgs {
    pub(super) fn sampling(&self) -> Sampling {
        Sampling { draws: self.draws as usize, seed: self.seed, between_heads: self.between_heads }
    }
}

/// A side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// The patient's left.
    Left,
    /// The patient's right.
    Right,
    /// On the midline.
    Midline,
}

impl From<SideArg> for Side {
    fn from(s: SideArg) -> Self {
        match s {
            SideArg::Left => Self::Left,
            SideArg::Right => Self::Right,
            SideArg::Midline => Self::Midline,
        }
    }
}

/// Formats of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// Comma-separated values, one row a number.
    Csv,
    /// Five views with the cortex beneath the scalp.
    Svg,
    /// Five views with the cortex beneath the scalp.
    Png,
    /// The cortex under a transparent scalp, region by region, with the zones on both, in 3D.
    Glb,
}

#[derive(Serialize)]
struct Document<'a> {
    head: &'a str,
    own_cortex: bool,
    parcellation: &'a str,
    to_mni: &'a str,
    seed: u64,
    zones: &'a [ZoneBeneath],
    judgements: &'a [Judgement],
    refused: &'a [Refused],
}

pub(super) fn not_on(head: &Head) -> impl Fn(ZonesError) -> CliError + '_ {
    move |e| {
        CliError::new(Kind::NotLocated, format!("nothing can be said about the cortex of {}: {e}", head.name))
            .hint("a head needs nasion, inion and both preauricular points, or a map to MNI space of its own")
    }
}

/// Runs the command.
pub fn run(args: &Args, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    if args.zone.is_empty() && args.school.is_empty() {
        return Err(CliError::usage("beneath what?").hint("name a zone (`baihui beneath MS6`) or a --school"));
    }
    let atlas = files::atlas(more)?;
    let head = files::head(&args.head.head)?;
    let sampling = args.sampling.sampling();
    let names = Names::of(&atlas);
    let request = Request {
        items: args.zone.iter().map(|z| item_index(&atlas, z)).collect::<Result<_, _>>()?,
        schools: args.school.iter().map(|s| school_index(&atlas, s)).collect::<Result<_, _>>()?,
        choices: choices(&atlas, &args.variant)?,
        ..Request::default()
    };
    let beneath = Beneath::new(&head).map_err(|e| not_on(&head)(e.into()))?;
    let (mut zones, mut refused) =
        beneath::zones_on(&atlas, &names, &head, &beneath, &request, &sampling).map_err(not_on(&head))?;
    if let Some(side) = args.side.map(Side::from) {
        zones.retain(|z| z.zone.side == side);
        refused.retain(|r| r.side == side);
    }
    if zones.is_empty() {
        let why: Vec<String> =
            refused.iter().map(|r| format!("{} {}: {}", r.code, r.side, r.reason)).collect();
        let error = CliError::new(Kind::NotLocated, format!("none of these items is on {}", head.name));
        return Err(if why.is_empty() {
            error.hint("--side: points of the midline have the side \"midline\"")
        } else {
            error.hint(why.join("; "))
        });
    }
    let mut judge = Judge::new(&beneath, sampling, Rule::default());
    let judgements: Vec<Judgement> = zones.iter().flat_map(|z| judge.judge(z)).collect();
    let bytes = match args.format {
        TableFormat::Table => text(&head, &beneath, &zones, &judgements, &refused).into_bytes(),
        TableFormat::Csv => csv(&zones)?,
        TableFormat::Svg => sheet(&atlas, &head, &beneath, &zones)?.into_bytes(),
        TableFormat::Png => to_png(&sheet(&atlas, &head, &beneath, &zones)?)?,
        TableFormat::Glb => glb(&atlas, &head, &beneath, &zones)?,
        TableFormat::Json => pretty(&Document {
            head: &head.name,
            own_cortex: beneath.is_own(),
            parcellation: beneath.parcellation(),
            to_mni: beneath.to_mni().method(),
            seed: sampling.seed,
            zones: &zones,
            judgements: &judgements,
            refused: &refused,
        })?
        .into_bytes(),
    };
    files::emit(args.output.as_ref(), &bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// Shares of less are summed up.
const LEAST: f64 = 0.05;

fn percent(p: f64) -> String {
    format!("{:.0} %", 100.0 * p)
}

/// "left precentral gyrus 41 %, left middle frontal gyrus 30 %, other 29 %".
pub(super) fn regions_line(f: &Finding) -> String {
    let mut said = 0.0;
    let mut out: Vec<String> = Vec::new();
    for s in f.regions.iter().filter(|s| s.probability >= LEAST) {
        said += s.probability;
        out.push(format!("{} {}", region_words(&s.region), percent(s.probability)));
    }
    if said < 0.995 {
        out.push(format!("other {}", percent(1.0 - said)));
    }
    out.join(", ")
}

fn areas_line(f: &Finding) -> String {
    let named = f.areas.iter().filter(|(_, p)| *p >= LEAST);
    let one = |(a, p): &(u16, f64)| {
        if *a == 0 { format!("none {}", percent(*p)) } else { format!("BA{a} {}", percent(*p)) }
    };
    named.map(one).collect::<Vec<_>>().join(", ")
}

/// Mean of the methods' depths, and the spread of draws.
fn depth(f: &Finding) -> (f64, f64) {
    let n = f.methods.len().max(1) as f64;
    let mean = f.methods.iter().map(|m| m.depth_mm).sum::<f64>() / n;
    (mean, f.methods.iter().map(|m| m.depth_sd_mm).sum::<f64>() / n)
}

fn text(
    head: &Head,
    beneath: &Beneath,
    zones: &[ZoneBeneath],
    judgements: &[Judgement],
    refused: &[Refused],
) -> String {
    let mut out =
        format!("{} · left and right are the patient's · regions: {}\n", head.name, beneath.parcellation());
    for z in zones {
        let n = &z.zone.names;
        let side = z.zone.side;
        out += &heading(&format!("{} {side} · {} · {} {}", z.zone.code, n.en, n.pinyin, n.hanzi));
        match &z.claim {
            None => out += "claimed: nothing about the cortex\n",
            Some(c) => {
                let keys: Vec<&str> = c.sources.iter().map(|s| s.key.as_str()).collect();
                let _ = writeln!(out, "claimed: {} ({})", c.text, keys.join(", "));
            }
        }
        let Some(whole) = &z.whole else {
            out += "beneath: the head's map to MNI space has no value here\n";
            continue;
        };
        let mut t = table(&["beneath", "regions", "Brodmann areas", "depth mm"]);
        let name = |p: &str| if p.is_empty() { "the whole".to_owned() } else { p.to_owned() };
        for (part, f) in std::iter::once((String::new(), whole))
            .chain(z.parts.iter().map(|p| (p.name.clone(), &p.finding)))
        {
            let (mean, sd) = depth(f);
            t.add_row(vec![
                name(&part).into(),
                regions_line(f).into(),
                areas_line(f).into(),
                right(format!("{mean:.0} ± {sd:.0}")),
            ]);
        }
        out += &lines(&t);
        for p in z.parts.iter().filter_map(|p| Some((&p.name, p.function.as_ref()?))) {
            let _ = writeln!(out, "  the school has {} for: {}", p.0, p.1);
        }
        let each: Vec<String> = whole
            .methods
            .iter()
            .map(|m| {
                let first = m.regions.first();
                let found = first.map_or_else(String::new, |s| {
                    format!("{} {}", region_words(&s.region), percent(s.probability))
                });
                format!("{} {found}, {:.0} mm deep", m.method.name(), m.depth_mm)
            })
            .collect();
        let _ = writeln!(out, "by projection: {}", each.join(" · "));
        let _ = writeln!(
            out,
            "the projections differ by {:.0} mm on average, {:.0} mm at most",
            whole.disagreement_mm, whole.worst_disagreement_mm
        );
        let s = &z.zone.sd_parts_mm;
        let _ = writeln!(
            out,
            "errors drawn, mm along each direction on the scalp: landmarks {:.1}, placing {:.1}, between heads {:.1} ({:.1} \
             in one direction, {:.1} in the other)",
            s.landmarks,
            s.placing,
            whole.between_heads_sd_mm,
            whole.between_heads_axes_mm[0],
            whole.between_heads_axes_mm[1]
        );
        for j in judgements.iter().filter(|j| j.code == z.zone.code && j.side == side && j.part.is_empty()) {
            let _ = writeln!(out, "the claim {}: {}", j.verdict.words(), j.reason);
        }
        if let Some(words) = z.needled() {
            let _ = writeln!(out, "{words}");
        }
    }
    if !refused.is_empty() {
        out += &heading("Not located on this head");
        for r in refused {
            let _ = writeln!(out, "{} {}: {}", r.code, r.side, r.reason);
        }
    }
    let _ = writeln!(out, "\n{}.", beneath.to_mni().method());
    out += "± of the depth is the spread over the draws on this brain, not from person to person.\n";
    out
}

fn no_cortex(head: &Head) -> CliError {
    CliError::new(
        Kind::NotLocated,
        format!("the cortex cannot be carried to {}: its map has no inverse", head.name),
    )
}

/// Course of a zone on the skin, mm; one position for a point.
fn course(z: &Located) -> Vec<DVec3> {
    let points = z.path_mm.iter().flatten().chain(z.position_mm.iter().filter(|_| z.path_mm.is_none()));
    points.map(|p| DVec3::from_array(*p)).collect()
}

/// The zone on the cortex, by the balloon.
pub(crate) fn projected(beneath: &Beneath, z: &Located) -> Vec<DVec3> {
    let balloon = Projection::ALL.iter().position(|m| *m == Projection::Balloon).unwrap_or_default();
    course(z).into_iter().filter_map(|mm| beneath.cortex_at(mm).get(balloon).map(|p| p.mm)).collect()
}

fn sheet(atlas: &Atlas, head: &Head, beneath: &Beneath, zones: &[ZoneBeneath]) -> Result<String, CliError> {
    let (surface, regions, names) = beneath.labelled_cortex().ok_or_else(|| no_cortex(head))?;
    let overlay = Overlay {
        surface,
        regions: regions.to_vec(),
        names: names.iter().map(|r| r.plain().to_owned()).collect(),
        paths: zones.iter().map(|z| projected(beneath, &z.zone)).collect(),
    };
    let items = zones.iter().map(|z| picture::item(head, &z.zone, false)).collect();
    let groups = atlas.schools.iter().map(|s| Group { key: s.id.clone(), name: s.names.en.clone() });
    let options = Options {
        title: format!("The cortex beneath zones · {} · {}", head.name, beneath.parcellation()),
        credits: "Lines: zones on the skin; dotted: the same on the cortex (balloon). Left and right are the patient's."
            .to_owned(),
        ..Options::default()
    };
    let figure = Figure {
        groups: groups.filter(|g| zones.iter().any(|z| z.zone.school == g.key)).collect(),
        cortex: Some(overlay),
        options,
        ..Figure::new(head, items)
    };
    Ok(sheet_svg(&figure))
}

/// Colours that neighbours in a list do not share: twelve steps of hue, two of lightness.
pub(crate) fn shade(k: usize) -> Rgba {
    let hue = (k * 5 % 12) as f64 / 12.0 * 6.0;
    let part = |offset: f64| (((hue + offset) % 6.0 - 3.0).abs() - 1.0).clamp(0.0, 1.0);
    let light = if k.is_multiple_of(2) { 0.62 } else { 0.8 };
    let [r, g, b] = [part(0.0), part(4.0), part(2.0)].map(|c| ((light + (c - 0.5) * 0.36) * 255.0) as u8);
    Rgba::rgb(r, g, b)
}

fn glb(atlas: &Atlas, head: &Head, beneath: &Beneath, zones: &[ZoneBeneath]) -> Result<Vec<u8>, CliError> {
    let (surface, regions, names) = beneath.labelled_cortex().ok_or_else(|| no_cortex(head))?;
    let mut scene = GlbScene::new(&head.name).group("cortex");
    for (r, region) in names.iter().enumerate() {
        // A face belongs to the region of its first corner: every face once.
        let faces: Vec<[u32; 3]> =
            surface.faces().iter().filter(|f| usize::from(regions[f[0] as usize]) == r).copied().collect();
        if faces.is_empty() {
            continue;
        }
        let mut number = vec![u32::MAX; surface.vertices().len()];
        let mut vertices = Vec::new();
        let faces: Vec<[u32; 3]> = faces
            .into_iter()
            .map(|f| {
                f.map(|i| {
                    let n = &mut number[i as usize];
                    if *n == u32::MAX {
                        *n = vertices.len() as u32;
                        vertices.push(surface.vertices()[i as usize]);
                    }
                    *n
                })
            })
            .collect();
        let extras = serde_json::json!({ "region": region.plain(), "hemisphere": region.side });
        scene = scene.mesh(&region_words(region), &vertices, &faces, shade(r), Some(extras));
    }
    scene = scene.group("head").surface("skin", &head.skin, Rgba::rgb(224, 187, 160).with_alpha(70));
    for (k, school) in atlas.schools.iter().enumerate() {
        let colour = picture::colour(theme::style(k).colour);
        for z in zones.iter().filter(|z| z.zone.school == school.id) {
            let name = format!("{} {}", z.zone.code, z.zone.side);
            let on = |scene: GlbScene, name: &str, path: &[DVec3]| match path {
                [one] => scene.sphere(name, *one, 2.0, colour, None),
                _ => scene.tube(name, path, 0.9, colour, None),
            };
            scene = scene.group(&school.id);
            scene = on(scene, &name, &course(&z.zone));
            scene = on(scene, &format!("{name} on the cortex"), &projected(beneath, &z.zone));
        }
    }
    Ok(scene.to_bytes())
}

fn csv(zones: &[ZoneBeneath]) -> Result<Vec<u8>, CliError> {
    let failed = |e: csv::Error| CliError::new(Kind::Output, format!("the table cannot be written: {e}"));
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(["code", "school", "side", "part", "projection", "what", "name", "hemisphere", "value"])
        .map_err(failed)?;
    for z in zones {
        let side = z.zone.side.to_string();
        let whole = z.whole.iter().map(|f| ("", f));
        for (part, f) in whole.chain(z.parts.iter().map(|p| (p.name.as_str(), &p.finding))) {
            let mut row = |projection: &str, what: &str, name: &str, hemisphere: &str, value: f64| {
                let value = format!("{value:.4}");
                w.write_record([
                    z.zone.code.as_str(),
                    &z.zone.school,
                    &side,
                    part,
                    projection,
                    what,
                    name,
                    hemisphere,
                    &value,
                ])
                .map_err(failed)
            };
            for s in &f.regions {
                row("mean", "region", s.region.plain(), &s.region.side.to_string(), s.probability)?;
            }
            for s in &f.nominal {
                row(
                    "mean",
                    "region without errors",
                    s.region.plain(),
                    &s.region.side.to_string(),
                    s.probability,
                )?;
            }
            for (a, p) in &f.areas {
                row("mean", "Brodmann area", &a.to_string(), "", *p)?;
            }
            for m in &f.methods {
                let name = m.method.name();
                for s in &m.regions {
                    row(name, "region", s.region.plain(), &s.region.side.to_string(), s.probability)?;
                }
                row(name, "depth mm", "mean", "", m.depth_mm)?;
                row(name, "depth mm", "sd", "", m.depth_sd_mm)?;
            }
            row("", "disagreement mm", "mean", "", f.disagreement_mm)?;
            row("", "disagreement mm", "max", "", f.worst_disagreement_mm)?;
        }
    }
    w.into_inner().map_err(|e| CliError::new(Kind::Output, format!("the table cannot be written: {e}")))
}
