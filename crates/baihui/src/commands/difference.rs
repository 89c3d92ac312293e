//! `baihui compare`: scalp and regular acupuncture side by side.

use std::{path::PathBuf, process::ExitCode};

use baihui_report::{Theme, pdf, stat::html};
use clap::{Args, ValueEnum};

use super::{body as bodies, evidence, pretty};
use crate::{
    difference::{
        World, compute,
        page::{self, Language},
    },
    error::{CliError, Kind},
    files,
};

/// `baihui compare`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  baihui compare                                         # the two systems as such
  baihui compare --condition stroke-arm                  # what each would do, and what is known
  baihui compare --condition insomnia --format html -o insomnia.html --language zh
  baihui compare --condition migraine --sex female --age 34 --height 165 --format json

`baihui condition list` names the conditions. Zones of different schools: `baihui atlas compare`.")]
pub struct CompareArgs {
    /// The condition; without it the two systems as such.
    #[arg(long, value_name = "ID")]
    condition: Option<String>,
    /// On whom distances and millimetres are worked out.
    #[command(flatten)]
    body: bodies::BodyArg,
    /// What to write.
    #[arg(long, value_enum, default_value_t = CompareFormat::Table)]
    format: CompareFormat,
    /// Every statement with its source in the table.
    #[arg(long)]
    all: bool,
    /// Language.
    #[arg(long, value_enum, default_value_t = LanguageArg::En)]
    language: LanguageArg,
    /// Where to write; standard output without it.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// Formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CompareFormat {
    /// For people.
    Table,
    /// Every statement with its sources.
    Json,
    /// One page with pictures that needs nothing else.
    Html,
    /// The same on paper.
    Pdf,
    /// Shares of the indications as a figure.
    Svg,
}

/// Languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LanguageArg {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// Runs the command.
pub fn run(args: &CompareArgs, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let atlas = files::atlas(more)?;
    let clinic = files::knowledge(&atlas, more)?;
    let points = bodies::atlas()?;
    let (claims, tables) = evidence::built_in().map_err(CliError::input)?;
    let person = bodies::person(&args.body, &points, &atlas)?;
    let world = World { atlas: &atlas, points: &points, clinic: &clinic, evidence: &tables, claims: &claims };
    let condition = args.condition.as_deref();
    let d = compute(world, condition, &person)
        .map_err(|e| CliError::usage(e).hint("`baihui condition list` names them"))?;
    let language = match args.language {
        LanguageArg::En => Language::En,
        LanguageArg::Zh => Language::Zh,
    };
    let bytes = match args.format {
        CompareFormat::Table => page::text(&d, language, args.all).into_bytes(),
        CompareFormat::Json => pretty(&d)?.into_bytes(),
        CompareFormat::Svg => page::focus_svg(&d, language, Theme::Auto).into_bytes(),
        CompareFormat::Html | CompareFormat::Pdf => {
            let head = files::head(&args.body.head)?;
            let on_paper = args.format == CompareFormat::Pdf;
            let theme = if on_paper { Theme::Light } else { Theme::Auto };
            let pictures = page::pictures(world, condition, &head, &person, theme);
            let parts = page::parts(&d, &pictures, language);
            let title = page::title(&d, language);
            if on_paper {
                pdf::document(&title, language.tag(), &parts).map_err(|e| CliError::new(Kind::Output, e))?
            } else {
                html::page(&title, language.tag(), &parts).into_bytes()
            }
        }
    };
    files::emit(args.output.as_ref(), &bytes)?;
    Ok(ExitCode::SUCCESS)
}
