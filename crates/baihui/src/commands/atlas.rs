//! `baihui atlas check` and `baihui atlas list`.

use std::{path::PathBuf, process::ExitCode};

use baihui_atlas::{Atlas, Choices, Names, Problem, Request, built_in, locate};
use baihui_clinic::knowledge::{self, Knowledge};
use comfy_table::Cell;
use serde_json::json;

use super::{pretty, school_index};
use crate::{
    cli::ReportFormat,
    error::{CliError, Kind},
    files,
    output::{heading, lines, right, table},
};

/// Finds mistakes, then locates everything on the built-in head.
pub fn check(more: &[PathBuf], as_json: bool) -> Result<ExitCode, CliError> {
    let own = files::atlas_files(more)?;
    // Conditions, techniques, safety and instruments stand on the schools, and the evidence that they name is last.
    let checked = built_in::atlas(&files::schools(&own)).and_then(|atlas| {
        let clinic = knowledge::built_in(&atlas, &own)?;
        check_body(&atlas)?;
        Ok((atlas, clinic))
    });
    let checked = match checked {
        Ok((atlas, clinic)) => match super::knowledge::evidence_links::unknown(&clinic)? {
            missing if missing.is_empty() => Ok((atlas, clinic)),
            missing => Err(missing),
        },
        Err(problems) => Err(problems),
    };
    match checked {
        Err(problems) => {
            report(&problems, as_json)?;
            Ok(ExitCode::from(Kind::Problems.exit()))
        }
        Ok((atlas, clinic)) => {
            let located = try_out(&atlas)?;
            let text = if as_json {
                pretty(&json!({ "problems": [], "refused": located.refused }))?
            } else {
                summary(&atlas, &clinic, &located)
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The points of the body, and that the sources they cite are listed.
fn check_body(atlas: &Atlas) -> Result<(), Vec<Problem>> {
    let body = baihui_atlas::body::built_in()?;
    let problem = |(owner, key): (String, String)| Problem {
        file: "atlas/body".to_owned(),
        line: 1,
        message: format!("{owner}: the source \"{key}\" is not in references.toml"),
        hint: None,
    };
    let unlisted: Vec<Problem> = body.unlisted_sources(&atlas.references).into_iter().map(problem).collect();
    if unlisted.is_empty() { Ok(()) } else { Err(unlisted) }
}

fn report(problems: &[Problem], as_json: bool) -> Result<(), CliError> {
    let text = if as_json {
        pretty(&json!({ "problems": problems }))?
    } else {
        let mut text: String = problems.iter().map(|p| format!("{p}\n")).collect();
        text += &format!("\n{} problem{}\n", problems.len(), if problems.len() == 1 { "" } else { "s" });
        text
    };
    files::emit(None, text.as_bytes())
}

/// Every item of every school, by every variant, on the built-in head.
fn try_out(atlas: &Atlas) -> Result<baihui_atlas::Location, CliError> {
    let head = files::head("template")?;
    let request = Request { schools: (0..atlas.schools.len()).collect(), ..Request::default() };
    let names = Names::of(atlas);
    let mut all =
        locate::locate(atlas, &names, &head, &request).map_err(|e| CliError::new(Kind::NotLocated, e))?;
    let choices = Choices::default();
    let items: Vec<usize> = (0..atlas.entries.len()).collect();
    let shifts = baihui_atlas::compare::variants(atlas, &names, &choices, &head, &items)
        .map_err(|e| CliError::new(Kind::NotLocated, e))?;
    all.refused.extend(shifts.into_iter().filter_map(|s| {
        Some(locate::Refused {
            code: format!("{}/{}", s.code, s.variant),
            school: String::new(),
            side: s.side,
            reason: s.refused?,
        })
    }));
    Ok(all)
}

fn summary(atlas: &Atlas, clinic: &Knowledge, located: &baihui_atlas::Location) -> String {
    let variants: usize = atlas.entries.iter().map(|e| e.item.variant.len()).sum();
    let mut out = format!(
        "no problems: {} schools, {} items, {variants} variants, {} landmarks, {} settings, {} sources\n\
         {} conditions with {} protocols, {} technique statements, {} rules of safety, {} instruments\n\
         on the built-in head: {} placed (both sides counted), {} refused\n",
        atlas.schools.len(),
        atlas.entries.len(),
        atlas.landmarks.len(),
        atlas.settings.len(),
        atlas.references.len(),
        clinic.conditions.len(),
        clinic.conditions.values().map(|c| c.protocol.len()).sum::<usize>(),
        clinic.techniques.statement.len(),
        clinic.safety.rule.len(),
        clinic.instruments.len(),
        located.items.len(),
        located.refused.len()
    );
    if !located.refused.is_empty() {
        let mut t = table(&["code", "side", "reason"]);
        for r in &located.refused {
            t.add_row(vec![Cell::new(&r.code), Cell::new(r.side.to_string()), Cell::new(&r.reason)]);
        }
        out += &heading("Refused");
        out += &lines(&t);
    }
    out
}

/// Lists items.
pub fn list(
    more: &[PathBuf],
    school: Option<&str>,
    find: Option<&str>,
    format: ReportFormat,
) -> Result<ExitCode, CliError> {
    let atlas = files::atlas(more)?;
    let only = school.map(|s| school_index(&atlas, s)).transpose()?;
    let mut items: Vec<usize> = match find {
        Some(words) => atlas.search(words),
        None => (0..atlas.entries.len()).collect(),
    };
    items.retain(|&i| only.is_none_or(|s| atlas.entries[i].school == s));
    if items.is_empty() {
        return Err(
            CliError::usage("nothing in the atlas fits").hint("try a code, pinyin without tones, or Hanzi")
        );
    }
    if format == ReportFormat::Json {
        let rows: Vec<_> = items
            .iter()
            .map(|&i| {
                let e = &atlas.entries[i];
                json!({
                    "code": e.item.code, "school": atlas.schools[e.school].id, "names": e.item.names,
                    "kind": e.constructions[0].shape.kind(), "side": e.item.side,
                    "variants": e.item.variant.iter().map(|v| &v.name).collect::<Vec<_>>(),
                    "mark": e.mark(e.default),
                })
            })
            .collect();
        files::emit(None, pretty(&rows)?.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = String::new();
    for (s, school) in atlas.schools.iter().enumerate() {
        let of_school: Vec<usize> = items.iter().copied().filter(|&i| atlas.entries[i].school == s).collect();
        if of_school.is_empty() {
            continue;
        }
        let off = if school.off { " — off unless asked for" } else { "" };
        out += &heading(&format!("{} ({}){off}", school.names.en, school.id));
        let mut t = table(&["code", "name", "pinyin", "hanzi", "kind", "sides", "variants", "check"]);
        for i in of_school {
            let e = &atlas.entries[i];
            let variants = e.item.variant.len();
            t.add_row(vec![
                Cell::new(&e.item.code),
                Cell::new(&e.item.names.en),
                Cell::new(&e.item.names.pinyin),
                Cell::new(&e.item.names.hanzi),
                Cell::new(e.constructions[0].shape.kind()),
                Cell::new(format!("{:?}", e.item.side).to_lowercase()),
                right(if variants == 0 { String::new() } else { variants.to_string() }),
                Cell::new(e.mark(e.default).words()),
            ]);
        }
        out += &lines(&t);
    }
    files::emit(None, out.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
