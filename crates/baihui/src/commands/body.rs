//! `baihui body`: points of regular acupuncture on a person's body.

pub(crate) mod views;

use std::{path::PathBuf, process::ExitCode};

use baihui_atlas::{
    Atlas, Names,
    body::{
        BodyAtlas, BodyPoint, Located, Locator, Person, built_in, course::Drawn, depth::NO_PERMISSION,
        spread::Spread,
    },
    language::{Sides, Source},
};
use baihui_head::{
    Head, HeadSource, Side,
    body::{Body, BodyReport, Length, Measure, Shape, ShapeError, Size},
    io::glb::{GlbScene, Rgba},
};
use baihui_report::{Theme, theme};
use clap::{Args, Subcommand};
use comfy_table::Cell;
use serde::Serialize;
use serde_json::{Value, json};

use super::{locate::to_png, pretty};
use crate::{
    cli::{Format, ReportFormat, SexArg},
    error::{CliError, Kind},
    files,
    output::{heading, lines, number, table},
    picture::colour,
};

/// `baihui body`.
#[derive(Debug, Subcommand)]
pub enum BodyCommand {
    /// Locate points of the fourteen channels on a body.
    #[command(after_help = "Examples:
  baihui body locate --sex female --age 52 --height 164 --weight 61
  baihui body locate --channel ST --format csv -o stomach.csv
  baihui body locate --point PC6 --point ST36 --format png -o points.png --view front
  baihui body locate --height 180 --forearm 26 --format glb -o body.glb
  baihui body locate --head patient.glb --view face --format png -o face.png
  baihui body locate --view all --format svg -o pictures/

Lengths are cm (or mm, where only mm can be meant), weight is kg. What is not given is the mesh's average. Points of the head are those of the head
atlas, on the head that is given; without one on the built-in head, brought to the mean size of sex and age.")]
    Locate(Box<LocateArgs>),
    /// Show what is known of a point: names, class, place, needling, cautions, sources.
    #[command(after_help = "Examples:
  baihui body show PC6
  baihui body show 足三里
  baihui body show GB30 --format json")]
    Show {
        /// Code, name in any script, class or indication.
        words: String,
        /// On whom depths and places are worked out.
        #[command(flatten)]
        body: BodyArg,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
}

/// What was measured of a body. Lengths are kept in cm, however they were written.
#[derive(Clone, Debug, Default, Args)]
pub struct MeasureArgs {
    /// Height: 172, 172cm, 1720mm.
    #[arg(long, value_name = "CM", value_parser = height, allow_negative_numbers = true)]
    pub height: Option<f64>,
    /// Weight, kg.
    #[arg(long, value_name = "KG", allow_negative_numbers = true)]
    pub weight: Option<f64>,
    /// From the crease of the elbow to the crease of the wrist: 25.5, 255mm.
    #[arg(long, value_name = "CM", value_parser = forearm, allow_negative_numbers = true)]
    pub forearm: Option<f64>,
    /// From the crease behind the knee to the tip of the outer ankle: 40, 400mm.
    #[arg(long, value_name = "CM", value_parser = lower_leg, allow_negative_numbers = true)]
    pub lower_leg: Option<f64>,
    /// From the notch above the breastbone down to the upper edge of the pubic bone, straight: 51, 510mm.
    #[arg(long, value_name = "CM", value_parser = trunk, allow_negative_numbers = true)]
    pub trunk: Option<f64>,
}

fn height(text: &str) -> Result<f64, ShapeError> {
    Length::Height.read_cm(text)
}

fn forearm(text: &str) -> Result<f64, ShapeError> {
    Length::Part(Measure::Forearm).read_cm(text)
}

fn lower_leg(text: &str) -> Result<f64, ShapeError> {
    Length::Part(Measure::LowerLeg).read_cm(text)
}

fn trunk(text: &str) -> Result<f64, ShapeError> {
    Length::Part(Measure::Trunk).read_cm(text)
}

/// Whose body.
#[derive(Clone, Debug, Args)]
pub struct BodyArg {
    /// Sex; a man's body without it, which is said.
    #[arg(long, value_enum)]
    pub sex: Option<SexArg>,
    /// Age in years, 1 to 90.
    #[arg(long, value_name = "YEARS", default_value_t = 25.0, allow_negative_numbers = true)]
    pub age: f64,
    /// Its measures.
    #[command(flatten)]
    pub measured: MeasureArgs,
    /// The person's head, as made by `baihui head`; without it the built-in head in the mean size of sex and age.
    #[arg(long, value_name = "FILE", default_value = "template")]
    pub head: String,
}

/// `baihui body locate`.
#[derive(Debug, Args)]
pub struct LocateArgs {
    /// The body.
    #[command(flatten)]
    pub body: BodyArg,
    /// Only this point. May be repeated.
    #[arg(long, value_name = "CODE")]
    pub point: Vec<String>,
    /// Only this channel (LU, LI ... CV, EX). May be repeated.
    #[arg(long, value_name = "ID")]
    pub channel: Vec<String>,
    /// What pictures show; `all` writes every view into a folder.
    #[arg(long, value_enum, default_value = "front")]
    pub view: ViewArg,
    /// Without the channels' curves.
    #[arg(long)]
    pub no_channels: bool,
    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Where to write; standard output without it.
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<std::path::PathBuf>,
}

/// Views of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewArg {
    /// Every view.
    All,
    /// One.
    One(views::Part),
}

impl clap::ValueEnum for ViewArg {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: std::sync::OnceLock<Vec<ViewArg>> = std::sync::OnceLock::new();
        ALL.get_or_init(|| {
            std::iter::once(Self::All).chain(views::Part::ALL.into_iter().map(Self::One)).collect()
        })
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        match self {
            Self::All => Some(clap::builder::PossibleValue::new("all").help("Every view, into a folder")),
            Self::One(part) => clap::ValueEnum::to_possible_value(part),
        }
    }
}

/// Runs a command.
pub fn run(command: BodyCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    match command {
        BodyCommand::Locate(args) => locate(&args, more),
        BodyCommand::Show { words, body, format } => show(&words, &body, format, more),
    }
}

pub(crate) fn atlas() -> Result<BodyAtlas, CliError> {
    built_in().map_err(|p| {
        let text: Vec<String> = p.iter().map(ToString::to_string).collect();
        CliError::new(Kind::Problems, text.join("\n"))
    })
}

fn shape(arg: &BodyArg) -> Shape {
    let mm = |cm: Option<f64>| cm.map(|v| v * 10.0);
    Shape {
        sex: match arg.sex {
            Some(SexArg::Female) => baihui_head::body::Sex::Female,
            Some(SexArg::Male) | None => baihui_head::body::Sex::Male,
        },
        age_years: arg.age,
        height_mm: mm(arg.measured.height),
        weight_kg: arg.measured.weight,
        forearm_mm: mm(arg.measured.forearm),
        lower_leg_mm: mm(arg.measured.lower_leg),
        trunk_mm: mm(arg.measured.trunk),
    }
}

/// The person whom the arguments describe.
pub(crate) fn person(arg: &BodyArg, points: &BodyAtlas, atlas: &Atlas) -> Result<Person, CliError> {
    let head = files::head(&arg.head)?;
    let mut person = join(points, atlas, &Names::of(atlas), &shape(arg), &head)
        .map_err(|e| e.hint("lengths are in cm, weight in kg, age in years"))?;
    if arg.sex.is_none() {
        person.body.report.notes.insert(0, "sex was not given: the mesh is a man's".to_owned());
    }
    Ok(person)
}

/// Puts a head on a body: the built-in one in the mean size of sex and age, any other as it is.
pub(crate) fn join(
    points: &BodyAtlas,
    atlas: &Atlas,
    names: &Names,
    shape: &Shape,
    head: &Head,
) -> Result<Person, CliError> {
    let size = if head.source == HeadSource::Template { Size::Average } else { Size::Own };
    Person::new(points, atlas, names, shape, head, size).map_err(CliError::input)
}

/// One point on one side, as it is written to files.
#[derive(Debug, Serialize)]
struct Row<'a> {
    code: &'a str,
    pinyin: &'a str,
    hanzi: &'a str,
    channel: &'a str,
    /// The variant, where there are two places.
    variant: &'a str,
    side: Side,
    position_mm: Option<[f64; 3]>,
    /// Outward direction of the skin.
    normal: Option<[f64; 3]>,
    /// Best mark among the sources of the place.
    checked: &'static str,
    /// Where the rule had to choose a number that its source does not give.
    reading: Option<&'a str>,
    refused: Option<String>,
}

fn rows<'a>(atlas: &'a BodyAtlas, body: &Body, located: &[Located]) -> Vec<Row<'a>> {
    let row = |l: &Located| -> Option<Row<'a>> {
        let p = atlas.points.get(l.point)?;
        let spot = l.spot.as_ref().ok();
        Some(Row {
            code: &p.point.code,
            pinyin: &p.point.names.pinyin,
            hanzi: &p.point.names.hanzi,
            channel: &atlas.channels[p.channel].id,
            variant: p.constructions.get(l.construction).map_or("", |c| &c.name),
            side: l.side,
            position_mm: spot.map(|s| s.mm.to_array()),
            normal: spot.and_then(|s| s.at).map(|at| body.skin.normal(at).to_array()),
            checked: p.mark(atlas).words(),
            reading: p.point.reading.as_deref(),
            refused: l.spot.as_ref().err().map(ToString::to_string),
        })
    };
    located.iter().filter_map(row).collect()
}

fn locate(args: &LocateArgs, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let atlas = atlas()?;
    let wanted = wanted(&atlas, args)?;
    let person = person(&args.body, &atlas, &files::atlas(more)?)?;
    let body = &person.body;
    let locator = Locator::of(&atlas, &person);
    let located: Vec<Located> = match &wanted {
        Some(points) => points.iter().flat_map(|&p| locator.point(p)).collect(),
        None => locator.all(),
    };
    if located.is_empty() {
        return Err(CliError::new(Kind::NotLocated, "none of these points is located on the body"));
    }
    let channels = |all: bool| -> Vec<Drawn> {
        if args.no_channels || (!all && args.channel.is_empty()) {
            return Vec::new();
        }
        let mut of: Vec<usize> =
            located.iter().filter_map(|l| Some(atlas.points.get(l.point)?.channel)).collect();
        of.sort_unstable();
        of.dedup();
        locator.channels(&of)
    };
    let rows = rows(&atlas, body, &located);
    let out = args.output.as_ref();
    match args.format {
        Format::Table => files::emit(out, text(&body.report, &rows).as_bytes())?,
        Format::Json => files::emit(
            out,
            pretty(&json!({
                "body": body.report,
                "head": { "name": args.body.head, "scale": person.carry.scale(), "farthest_mm": person.farthest_mm },
                "cun": cun(&locator),
                "points": rows,
                "channels": channels(args.point.is_empty()),
            }))?
            .as_bytes(),
        )?,
        Format::Csv => files::emit(out, &csv(&rows)?)?,
        Format::Glb => files::emit(out, &glb(&atlas, body, &located, &channels(args.point.is_empty())))?,
        Format::Svg | Format::Png => {
            let channels = channels(args.point.is_empty());
            let draw = |part: views::Part| -> Result<Option<Vec<u8>>, CliError> {
                let Some(cutout) = views::Cutout::new(body, part) else { return Ok(None) };
                let svg = views::svg(&atlas, &cutout, &located, &channels, body, Theme::Light, views::Use::Screen);
                Ok(Some(if args.format == Format::Svg { svg.into_bytes() } else { to_png(&svg)? }))
            };
            match (args.view, out) {
                (ViewArg::One(part), _) => {
                    let bytes = draw(part)?.ok_or_else(|| {
                        CliError::new(Kind::NotLocated, "this body has no skin in that view")
                    })?;
                    files::emit(out, &bytes)?;
                }
                (ViewArg::All, None) => {
                    return Err(CliError::usage("every view needs a folder").hint("--output pictures/"));
                }
                (ViewArg::All, Some(folder)) => {
                    let ending = if args.format == Format::Svg { "svg" } else { "png" };
                    for part in views::Part::ALL {
                        if let Some(bytes) = draw(part)? {
                            files::write(&folder.join(format!("{}.{ending}", part.slug())), &bytes)?;
                        }
                    }
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Points that were asked for, in order; nothing where all are.
fn wanted(atlas: &BodyAtlas, args: &LocateArgs) -> Result<Option<Vec<usize>>, CliError> {
    if args.point.is_empty() && args.channel.is_empty() {
        return Ok(None);
    }
    let mut out = Vec::new();
    for id in &args.channel {
        let channel = atlas.channels.iter().position(|c| c.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
            let ids: Vec<&str> = atlas.channels.iter().map(|c| c.id.as_str()).collect();
            CliError::usage(format!("there is no channel \"{id}\""))
                .hint(format!("the channels are: {}", ids.join(", ")))
        })?;
        out.extend((0..atlas.points.len()).filter(|&i| atlas.points[i].channel == channel));
    }
    for code in &args.point {
        out.push(find(atlas, code)?);
    }
    Ok(Some(out))
}

fn find(atlas: &BodyAtlas, words: &str) -> Result<usize, CliError> {
    if let Some(i) = atlas.find(words) {
        return Ok(i);
    }
    match atlas.search(words).as_slice() {
        [one] => Ok(*one),
        [] => Err(CliError::usage(format!("no point of the body is called \"{words}\""))
            .hint("`baihui body locate` lists all codes")),
        many => {
            let codes: Vec<&str> =
                many.iter().take(20).map(|&i| atlas.points[i].point.code.as_str()).collect();
            Err(CliError::usage(format!("\"{words}\" fits {} points", many.len()))
                .hint(format!("say which: {}", codes.join(", "))))
        }
    }
}

/// One cun of every stretch on this body, mm.
fn cun(locator: &Locator<'_>) -> Value {
    let of = |name: &String| {
        let mm = locator.cun_straight(name, Side::Left).ok()?;
        Some((name.clone(), json!((mm * 10.0).round() / 10.0)))
    };
    Value::Object(locator.atlas().stretches.keys().filter_map(of).collect())
}

pub(crate) fn about(r: &BodyReport) -> String {
    format!(
        "{}, {:.0} years, {:.1} cm, {:.1} kg; forearm {:.1}, lower leg {:.1}, trunk {:.1} cm",
        r.shape.sex.name(),
        r.shape.age_years,
        r.height_mm / 10.0,
        r.weight_kg,
        r.forearm_mm / 10.0,
        r.lower_leg_mm / 10.0,
        r.trunk_mm / 10.0
    )
}

fn text(report: &BodyReport, rows: &[Row<'_>]) -> String {
    let mut t = table(&["code", "name", "", "side", "right", "front", "up", ""]);
    for r in rows {
        let code = if r.variant.is_empty() { r.code.to_owned() } else { format!("{}/{}", r.code, r.variant) };
        let mut cells = vec![Cell::new(code), Cell::new(r.pinyin), Cell::new(r.hanzi), Cell::new(r.side)];
        match (&r.position_mm, &r.refused) {
            (Some(p), _) => cells.extend(p.iter().map(|x| number(*x, 1))),
            (None, why) => cells.push(Cell::new(why.as_deref().unwrap_or("not located"))),
        }
        cells.push(Cell::new(if r.reading.is_some() { "≈" } else { "" }));
        t.add_row(cells);
    }
    let mut out = format!("{}\n\n{}", about(report), lines(&t));
    out += "\nMillimetres; right and left are the patient's. ≈: the rule had to choose a number or an angle that its\nsource does not give, because the mesh shows neither bone nor tendon (see `baihui body show`).\n";
    for note in &report.notes {
        out += &format!("· {note}\n");
    }
    out
}

fn csv(rows: &[Row<'_>]) -> Result<Vec<u8>, CliError> {
    let failed = |e: csv::Error| CliError::new(Kind::Output, format!("the table cannot be written: {e}"));
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record([
        "code", "variant", "pinyin", "hanzi", "channel", "side", "x_mm", "y_mm", "z_mm", "checked",
        "reading", "refused",
    ])
    .map_err(failed)?;
    for r in rows {
        let at = |k: usize| r.position_mm.map_or(String::new(), |p| format!("{:.3}", p[k]));
        w.write_record([
            r.code,
            r.variant,
            r.pinyin,
            r.hanzi,
            r.channel,
            &r.side.to_string(),
            &at(0),
            &at(1),
            &at(2),
            r.checked,
            r.reading.unwrap_or_default(),
            r.refused.as_deref().unwrap_or_default(),
        ])
        .map_err(failed)?;
    }
    w.into_inner().map_err(|e| CliError::new(Kind::Output, e))
}

fn glb(atlas: &BodyAtlas, body: &Body, located: &[Located], channels: &[Drawn]) -> Vec<u8> {
    let mut scene = GlbScene::new("body").surface("skin", &body.skin, Rgba::rgb(224, 200, 180));
    for l in located {
        let Some(p) = atlas.points.get(l.point) else { continue };
        let Ok(spot) = &l.spot else { continue };
        let channel = &atlas.channels[p.channel].id;
        let colour = colour(theme::style(views::style_of(channel)).colour);
        let extras =
            json!({ "code": p.point.code, "side": l.side, "channel": channel, "names": p.point.names });
        scene = scene.group(channel).sphere(
            &format!("{} {}", p.point.code, l.side),
            spot.mm,
            3.0,
            colour,
            Some(extras),
        );
    }
    for c in channels {
        let colour = colour(theme::style(views::style_of(&c.channel)).colour);
        scene = scene.group(&format!("{} course", c.channel));
        for (k, chain) in c.chains.iter().enumerate() {
            let extras = json!({ "channel": c.channel, "side": c.side, "points": chain.points,
                "length_mm": chain.length_mm, "within": c.within });
            scene = scene.tube(
                &format!("{} {} {}", c.channel, c.side, k + 1),
                &chain.path,
                0.9,
                colour,
                Some(extras),
            );
        }
    }
    scene.to_bytes()
}

fn show(words: &str, arg: &BodyArg, format: ReportFormat, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let atlas = atlas()?;
    let index = find(&atlas, words)?;
    let person = person(arg, &atlas, &files::atlas(more)?)?;
    let body = &person.body;
    let locator = Locator::of(&atlas, &person);
    let located = locator.point(index);
    let rows = rows(&atlas, body, &located);
    let p = &atlas.points[index];
    let finger = locator.cun_straight("finger-cun", Side::Left).ok();
    let side = if p.point.side == Sides::Midline { Side::Midline } else { Side::Left };
    let spreads: Vec<Spread> =
        (0..p.constructions.len()).filter_map(|k| locator.spread(index, k, Side::Left)).collect();
    let rules: Vec<Rule<'_>> = (0..p.constructions.len())
        .filter_map(|k| {
            let c = p.constructions.get(k)?;
            Some(Rule { variant: &c.name, about: &c.about, words: locator.words(index, k, side)?.en })
        })
        .collect();
    let out = match format {
        ReportFormat::Json => pretty(&json!({
            "code": p.point.code, "names": p.point.names, "channel": atlas.channels[p.channel],
            "class": p.point.class, "head": p.point.head, "inside": p.point.inside,
            "needle": p.point.needle, "bleed": p.point.bleed, "moxa": p.point.moxa, "finger_cun_mm": finger,
            "function": p.point.function, "indication": p.point.indication, "beneath": p.point.beneath,
            "caution": p.point.caution, "safe_depth": atlas.depths_of(&p.point.code),
            "safe_depth_note": NO_PERMISSION, "place_sources": p.place_sources(&atlas), "reading": p.point.reading,
            "rules": rules, "located": rows, "spread": spreads, "body": body.report,
        }))?,
        ReportFormat::Table => page(&atlas, p, &rules, &rows, &spreads, finger, &body.report),
    };
    files::emit(None, out.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// How one place of a point is found on this body.
#[derive(Debug, Serialize)]
struct Rule<'a> {
    /// The variant, where there are two places.
    variant: &'a str,
    /// Who says so.
    about: &'a str,
    /// In words, with this body's millimetres.
    words: String,
}

fn sources(list: &[Source]) -> String {
    let one = |s: &Source| {
        let note = s.note.as_ref().map_or(String::new(), |n| format!(": {n}"));
        format!("{} ({}{note})", s.key, s.mark.words())
    };
    list.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn page(
    atlas: &BodyAtlas,
    p: &BodyPoint,
    rules: &[Rule<'_>],
    rows: &[Row<'_>],
    spreads: &[Spread],
    finger: Option<f64>,
    report: &BodyReport,
) -> String {
    let channel = &atlas.channels[p.channel];
    let q = &p.point;
    let mut out = format!(
        "{}  {}  {}  {}\n{} {}\n",
        q.code, q.names.en, q.names.pinyin, q.names.hanzi, channel.names.en, channel.names.hanzi
    );
    if !q.class.is_empty() {
        out += &format!("{}\n", q.class.join(", "));
    }
    out += &heading("Place");
    if q.head {
        out += &format!("By the head atlas, carried onto this body: baihui atlas show {}\n", q.code);
    }
    if let Some(why) = &q.inside {
        out += &format!("{why}\n");
    }
    for (k, r) in rules.iter().enumerate() {
        if !r.variant.is_empty() {
            let default = if k == 0 { ", used unless asked otherwise" } else { "" };
            out += &format!("{}, {}{default}: ", r.variant, r.about);
        }
        out += &format!("{}\n", r.words);
    }
    for r in rows {
        let variant = if r.variant.is_empty() { String::new() } else { format!(" ({})", r.variant) };
        match (&r.position_mm, &r.refused) {
            (Some([x, y, z]), _) => {
                out += &format!("{}{variant}: right {x:.1}, front {y:.1}, up {z:.1} mm\n", r.side);
            }
            (None, why) => {
                out += &format!("{}{variant}: {}\n", r.side, why.as_deref().unwrap_or("not located"));
            }
        }
    }
    if let Some(reading) = &q.reading {
        out += &format!("≈ {reading}\n");
    }
    let mut far: Vec<String> = spreads.iter().map(|s| s.words().en).collect();
    // Two places of a point are mostly equally far off.
    far.dedup();
    far.iter().for_each(|words| out += &format!("How far off: {words}\n"));
    out += &format!("Sources: {}\n", sources(p.place_sources(atlas)));
    out += &format!("Body: {}\n", about(report));
    out += &heading("Needling, as textbooks print it; no permission");
    if q.needle.is_empty() {
        out += "nothing found\n";
    }
    for n in &q.needle {
        out += n.angle.words();
        if let Some([a, b]) = n.depth_cun {
            out += &if a == b { format!(", {a} cun") } else { format!(", {a}–{b} cun") };
            if let Some(mm) = finger {
                out += &format!(" ({:.0}–{:.0} mm by this body's finger-cun)", a * mm, b * mm);
            }
        }
        if let Some(t) = &n.toward {
            out += &format!(", {t}");
        }
        if !n.sources.is_empty() {
            out += &format!(" [{}]", sources(&n.sources));
        }
        out += "\n";
    }
    if q.bleed {
        out += "or pricked to bleed\n";
    }
    if q.moxa {
        out += "moxa\n";
    }
    out += &format!("Sources: {}\n", sources(&channel.needle_sources));
    if !q.caution.is_empty() || q.beneath.is_some() {
        out += &heading("Beware");
    }
    if let Some(b) = &q.beneath {
        out += &format!("beneath: {} [{}]\n", b.text, sources(&b.sources));
    }
    for c in &q.caution {
        out += &format!("{}: {} [{}]\n", c.kind.words(), c.text, sources(&c.sources));
    }
    out += &safe_depth(atlas, &q.code);
    out += &heading("By tradition");
    if let Some(f) = &q.function {
        out += &format!("{f}.\n");
    }
    if !q.indication.is_empty() {
        out += &format!("For: {}.\n", q.indication.join("; "));
    }
    out += &format!("Sources: {}\n", sources(&channel.text_sources));
    out
}

/// Published distances to what must not be reached, the least first.
fn safe_depth(atlas: &BodyAtlas, code: &str) -> String {
    let found = atlas.depths_of(code);
    if found.is_empty() {
        return String::new();
    }
    let mut out = heading("Distance from the skin to what must not be reached");
    out += &format!("{NO_PERMISSION}\n");
    for d in found {
        out += &format!("{}, {}: ", d.avoid, d.direction);
        out += &d.numbers().unwrap_or_else(|| "no distance".to_owned());
        let n = d.n.map_or_else(|| "number not seen".to_owned(), |n| format!("n = {n}"));
        out += &format!("; {} ({n}), {} [{}]\n", d.who, d.method.words(), sources(&d.sources));
        if let Some([a, b]) = d.advised_mm {
            let range = if a > 0.0 { format!("{a} to {b}") } else { format!("at most {b}") };
            out += &format!("  the authors advise {range} mm\n");
        }
        if let Some(f) = &d.finding {
            out += &format!("  {f}\n");
        }
        if let Some(c) = &d.conflict {
            out += &format!("  disputed: {c}\n");
        }
    }
    out
}
