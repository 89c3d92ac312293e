//! `baihui locate`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use baihui_atlas::{
    Atlas, Names, Request,
    language::School,
    locate::{self, Location},
    uncertainty::{Draws, Method},
};
use baihui_head::{
    Head,
    share::over_cores,
    ten_five::{self, Site, System},
};
use baihui_report::{Figure, Theme, View, png, sheet, sheet_svg, view};
use serde::Serialize;

use super::{choices, pretty, selected};
use crate::{
    cli::{self, Format, Locate},
    error::{CliError, Kind},
    files, output, picture,
};

/// Folder of the pictures unless -o names another.
const FOLDER: &str = "baihui-out";
/// Resolution of PNG pictures, relative to the SVG's own size.
pub const PNG_SCALE: f64 = 2.0;

/// The JSON of `locate`: the location, and sites if asked for.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    location: &'a Location,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sites: Vec<SiteRow<'a>>,
}

#[derive(Serialize)]
struct SiteRow<'a> {
    name: &'a str,
    side: baihui_head::Side,
    position_mm: [f64; 3],
}

/// Runs the command.
pub fn run(args: &Locate, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let (atlas, head) = files::atlas_and_head(more, &args.head.head)?;
    let location = located(&atlas, &head, args)?;
    let sites = sites(&head, args.system)?;
    if location.items.is_empty() && sites.is_empty() {
        return Err(nothing(&location));
    }
    let theme = match args.theme {
        cli::Theme::Light => Theme::Light,
        cli::Theme::Dark => Theme::Dark,
        cli::Theme::Auto => Theme::Auto,
    };
    let out = args.output.as_ref();
    match args.format {
        None => {
            files::emit(None, output::location(&atlas, &location, &sites).as_bytes())?;
            pictures(
                &atlas,
                &head,
                &location,
                &sites,
                theme,
                out.map_or(Path::new(FOLDER), PathBuf::as_path),
            )?;
        }
        Some(Format::Table) => files::emit(out, output::location(&atlas, &location, &sites).as_bytes())?,
        Some(Format::Json) => files::emit(out, json(&location, &sites)?.as_bytes())?,
        Some(Format::Csv) => files::emit(out, &output::csv(&location, &sites)?)?,
        Some(Format::Svg) => {
            let figure =
                picture::figure(&atlas, &head, &location, &sites, theme, args.selection.zone.len() == 1);
            files::emit(out, sheet_svg(&figure).as_bytes())?;
        }
        Some(Format::Png) => {
            let figure =
                picture::figure(&atlas, &head, &location, &sites, theme, args.selection.zone.len() == 1);
            files::emit(out, &to_png(&sheet_svg(&figure))?)?;
        }
        Some(Format::Glb) => files::emit(out, &picture::glb(&atlas, &head, &location, &sites))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn located(atlas: &Atlas, head: &Head, args: &Locate) -> Result<Location, CliError> {
    let (schools, items) = selected(atlas, &args.selection)?;
    let names = Names::of(atlas);
    let request = Request {
        chinese: false,
        schools,
        items,
        choices: choices(atlas, &args.selection.variant)?,
        draws: Draws {
            method: args
                .draws
                .map_or(Method::FirstOrder, |n| Method::MonteCarlo { draws: n as usize, seed: args.seed }),
            ..Draws::default()
        },
    };
    locate::locate(atlas, &names, head, &request).map_err(|e| {
        CliError::new(Kind::NotLocated, format!("nothing can be located on {}: {e}", head.name))
            .hint("a head needs at least nasion, inion and both preauricular points")
    })
}

fn sites(head: &Head, system: Option<cli::System>) -> Result<Vec<Site>, CliError> {
    let system = match system {
        None => return Ok(Vec::new()),
        Some(cli::System::TenTwenty) => System::TenTwenty,
        Some(cli::System::TenTen) => System::TenTen,
        Some(cli::System::TenFive) => System::TenFive,
    };
    ten_five::sites(head, system).map_err(|e| CliError::new(Kind::NotLocated, e))
}

fn nothing(location: &Location) -> CliError {
    let reasons: Vec<String> =
        location.refused.iter().take(5).map(|r| format!("{} {}: {}", r.code, r.side, r.reason)).collect();
    CliError::new(Kind::NotLocated, format!("none of the items can be located on {}", location.head.name))
        .hint(reasons.join("; "))
}

fn json(location: &Location, sites: &[Site]) -> Result<String, CliError> {
    let sites = sites
        .iter()
        .map(|s| SiteRow { name: &s.name, side: s.side, position_mm: s.position.mm.to_array() })
        .collect();
    pretty(&Document { location, sites })
}

/// SVG to PNG.
pub fn to_png(svg: &str) -> Result<Vec<u8>, CliError> {
    png(svg, PNG_SCALE).map_err(|e| CliError::new(Kind::Output, format!("the picture cannot be drawn: {e}")))
}

/// All pictures and files of the main job, school by school, into a folder.
fn pictures(
    atlas: &Atlas,
    head: &Head,
    location: &Location,
    sites: &[Site],
    theme: Theme,
    folder: &Path,
) -> Result<(), CliError> {
    let mut written = Vec::new();
    let mut put = |name: String, bytes: &[u8]| {
        let path = folder.join(&name);
        files::write(&path, bytes)?;
        written.push(name);
        Ok::<(), CliError>(())
    };
    put("zones.json".to_owned(), json(location, sites)?.as_bytes())?;
    put("zones.csv".to_owned(), &output::csv(location, sites)?)?;
    put("zones.glb".to_owned(), &picture::glb(atlas, head, location, sites))?;
    // One sheet a school: all schools on one picture are a map of the library, not a chart.
    let figures = of_schools(atlas, head, location, theme);
    let all: Vec<&Figure> = figures.iter().map(|(_, f)| f).collect();
    // The head is the same in all of them: it is drawn once a view.
    if let (Some(large), Some(small)) = (view::backdrops(&all), sheet::backdrops(&all)) {
        let drawn = over_cores(figures.len(), |n| {
            let (id, figure) = &figures[n];
            let svg = sheet::sheet_svg_on(figure, &small);
            let mut files =
                vec![(format!("{id}.png"), to_png(&svg)?), (format!("{id}.svg"), svg.into_bytes())];
            for v in View::ALL {
                let svg = view::svg_among(figure, v, &large);
                files.push((format!("{id}-{}.svg", v.slug()), svg.into_bytes()));
            }
            Ok::<_, CliError>(files)
        });
        for files in drawn {
            for (name, bytes) in files? {
                put(name, &bytes)?;
            }
        }
    }
    let text = format!("\nPictures and files in {}: {}\n", folder.display(), written.join(", "));
    files::emit(None, text.as_bytes())
}

/// For each school that something was located of: its name for files, and its figure.
fn of_schools<'a>(
    atlas: &Atlas,
    head: &'a Head,
    location: &Location,
    theme: Theme,
) -> Vec<(String, Figure<'a>)> {
    let mut out = Vec::new();
    for school in &atlas.schools {
        let mut part = location.clone();
        part.items.retain(|i| i.school == school.id);
        if part.items.is_empty() {
            continue;
        }
        let mut figure = picture::figure(atlas, head, &part, &[], theme, false);
        figure.options.title = format!("{} on {}", school.names.en, head.name);
        // On a school's own sheet its name need not stand before every code.
        let id = school.id.to_uppercase();
        // The codes of `jiao-later` begin with LATER.
        let prefixes = [id.as_str(), id.rsplit('-').next().unwrap_or(&id)].map(|p| format!("{p}-"));
        for item in &mut figure.items {
            if let Some(short) = prefixes.iter().find_map(|p| item.code.strip_prefix(p)) {
                item.code = short.to_owned();
            }
        }
        // A school keeps its colour in every picture.
        let group = |s: &School| view::Group { key: s.id.clone(), name: s.names.en.clone() };
        figure.groups = atlas.schools.iter().map(group).collect();
        out.push((school.id.clone(), figure));
    }
    out
}
