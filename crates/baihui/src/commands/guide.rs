//! `baihui guide`: a shell to be printed in 3D with slots along zones, or a paper strip to scale.

use std::{path::PathBuf, process::ExitCode};

use baihui_atlas::{Choices, Evaluator, Names, Value, words::sides_of};
use baihui_head::{
    Head, Side,
    guide::{self, Options, Slot},
    io::stl,
};
use baihui_report::{pdf, strip};
use clap::{Args as ClapArgs, ValueEnum};

use super::{beneath::SideArg, choices, item_index};
use crate::{
    cli::HeadArg,
    error::{CliError, Kind},
    files,
};

/// `baihui guide`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  baihui guide --zones MS6 --zones MS7 --side left -o guide.stl
  baihui guide --zones JIAO-motor --head patient.glb --wall 2.4 -o guide.stl
  baihui guide --strip --zones MS6 --side left -o strip.pdf

The shell ends above the ears. Landmarks and the letters L and R (the patient's left and right) are engraved outside.
Slots longer than 45 mm have bridges, so that the shell holds together. Print a strip at 100 % and check its ruler.")]
pub struct Args {
    /// A zone or point; may be repeated.
    #[arg(long = "zones", visible_alias = "zone", value_name = "CODE", required = true)]
    pub zones: Vec<String>,
    /// Only this side of the patient.
    #[arg(long, value_enum)]
    pub side: Option<SideArg>,
    /// The head.
    #[command(flatten)]
    pub head: HeadArg,
    /// Use this variant of a zone, or this option of a setting. May be repeated.
    #[arg(long, value_name = "ZONE=NAME")]
    pub variant: Vec<String>,
    /// A paper strip to scale (SVG or PDF) instead of the shell.
    #[arg(long)]
    pub strip: bool,
    /// Paper of the strip.
    #[arg(long, value_enum, default_value_t = Paper::A4, requires = "strip")]
    pub paper: Paper,
    /// Thickness of the wall, mm.
    #[arg(long, default_value_t = 2.0, value_name = "MM")]
    pub wall: f64,
    /// Gap between skin and shell, mm: hair, and the printer's spread.
    #[arg(long, default_value_t = 1.0, value_name = "MM")]
    pub clearance: f64,
    /// Width of the slots, mm.
    #[arg(long, default_value_t = 3.0, value_name = "MM")]
    pub slot: f64,
    /// Fineness of the shell, mm.
    #[arg(long, default_value_t = 0.8, value_name = "MM")]
    pub grid: f64,
    /// Where to write it: .stl; with --strip .svg or .pdf.
    #[arg(short, long, value_name = "PATH")]
    pub output: PathBuf,
}

/// Paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Paper {
    /// 210 × 297 mm.
    A4,
    /// 8.5 × 11 in.
    Letter,
}

/// Runs the command.
pub fn run(args: &Args, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let atlas = files::atlas(more)?;
    let head = files::head(&args.head.head)?;
    let names = Names::of(&atlas);
    let choices: Choices = choices(&atlas, &args.variant)?;
    let mut evaluator =
        Evaluator::new(&atlas, &names, &choices, &head).map_err(|e| CliError::new(Kind::NotLocated, e))?;
    let mut found: Vec<(String, Side, Value, Vec<f64>)> = Vec::new();
    let mut reasons = Vec::new();
    for text in &args.zones {
        let i = item_index(&atlas, text)?;
        let item = &atlas.entries[i].item;
        for &side in sides_of(item.side) {
            if args.side.is_some_and(|s| Side::from(s) != side) {
                continue;
            }
            match evaluator.locate(i, side) {
                Ok(value) => {
                    let parts = item.part.iter().map(|p| p.to.value()).filter(|f| *f < 0.999).collect();
                    found.push((item.code.clone(), side, value, parts));
                }
                Err(e) => reasons.push(format!("{} {side}: {e}", item.code)),
            }
        }
    }
    if found.is_empty() {
        return Err(CliError::new(Kind::NotLocated, format!("none of these zones is on {}", head.name))
            .hint(if reasons.is_empty() { "--side leaves none".to_owned() } else { reasons.join("; ") }));
    }
    let bytes = if args.strip {
        let as_pdf = args.output.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf"));
        paper(&head, &found, args.paper, as_pdf)?
    } else {
        shell(&head, &found, args)?
    };
    files::write(&args.output, &bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// Steps of a path, mm.
const STEP_MM: f64 = 1.5;

fn shell(head: &Head, found: &[(String, Side, Value, Vec<f64>)], args: &Args) -> Result<Vec<u8>, CliError> {
    let slots: Vec<Slot> = found
        .iter()
        .map(|(_, _, value, _)| match value {
            Value::Point(p) => Slot { path: vec![head.skin.position(*p)], closed: false },
            Value::Line(c) => Slot { path: c.thinned(STEP_MM), closed: false },
            Value::Area(c) => Slot { path: c.thinned(STEP_MM), closed: true },
        })
        .collect();
    let options =
        Options { wall_mm: args.wall, clearance_mm: args.clearance, slot_mm: args.slot, voxel_mm: args.grid };
    let surface = guide::guide(head, &slots, &options).map_err(|e| match e {
        guide::GuideError::Size { .. } => CliError::usage(e),
        _ => CliError::new(Kind::NotLocated, e),
    })?;
    Ok(stl::write_mesh(&surface))
}

fn paper(
    head: &Head,
    found: &[(String, Side, Value, Vec<f64>)],
    paper: Paper,
    as_pdf: bool,
) -> Result<Vec<u8>, CliError> {
    let lines: Vec<strip::Line> = found
        .iter()
        .filter_map(|(code, side, value, parts)| match value {
            Value::Line(c) => Some(strip::Line {
                name: format!("{code} {side}"),
                length_mm: c.length_mm(),
                parts: parts.clone(),
                start: "start".to_owned(),
                end: "end".to_owned(),
            }),
            _ => None,
        })
        .collect();
    if lines.is_empty() {
        return Err(CliError::new(Kind::NotLocated, "a strip shows lines; none of these zones is one"));
    }
    let page = match paper {
        Paper::A4 => strip::Page { width_mm: 210.0, height_mm: 297.0 },
        Paper::Letter => strip::Page { width_mm: 215.9, height_mm: 279.4 },
    };
    let title = format!("{} · print at 100 % · left and right are the patient's", head.name);
    let svg = strip::svg(&title, &lines, page).map_err(|e| CliError::new(Kind::NotLocated, e))?;
    if !as_pdf {
        return Ok(svg.into_bytes());
    }
    // The sheet lies across.
    let (width_mm, height_mm) = (page.width_mm.max(page.height_mm), page.width_mm.min(page.height_mm));
    let picture = pdf::Placed { svg, x_mm: 0.0, y_mm: 0.0, scale: 1.0 };
    pdf::write(&title, "en", &[pdf::Page { width_mm, height_mm, pictures: vec![picture] }])
        .map_err(|e| CliError::new(Kind::Output, e))
}
