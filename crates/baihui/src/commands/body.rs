//! `baihui body`: points of regular acupuncture on a person's body.

mod rows;
mod show;
pub(crate) mod views;
mod whose;

use std::{path::PathBuf, process::ExitCode};

use baihui_atlas::body::{BodyAtlas, Located, Locator, built_in, course::Drawn};
use baihui_head::Side;
use baihui_report::Theme;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use self::rows::{csv, glb, rows, text};
pub(crate) use self::show::apart_mm;
pub(crate) use self::whose::{AGE, BodyArg, MeasureArgs, about, assume, join, person};
use super::{locate::to_png, pretty};
use crate::{
    cli::{Format, ReportFormat},
    error::{CliError, Kind},
    files,
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
  baihui head tape --circumference 570 --nasion-inion 350 --ear-ear 355 --sex male -o patient.glb
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
        BodyCommand::Show { words, body, format } => show::run(&words, &body, format, more),
    }
}

pub(crate) fn atlas() -> Result<BodyAtlas, CliError> {
    built_in().map_err(|p| {
        let text: Vec<String> = p.iter().map(ToString::to_string).collect();
        CliError::new(Kind::Problems, text.join("\n"))
    })
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
