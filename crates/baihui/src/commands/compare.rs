//! `baihui atlas compare`.

use std::{path::PathBuf, process::ExitCode};

use baihui_atlas::{
    Atlas, Choices, Names, Request,
    compare::{self, Pair, Relation, SettingShift, VariantShift},
    locate,
};
use baihui_head::Head;
use baihui_report::{
    Figure, Theme, sheet_svg,
    view::{Arrow, Group, Options},
};
use comfy_table::Cell;
use glam::DVec3;
use serde_json::json;

use super::{item_index, locate::to_png, pretty, school_index};
use crate::{
    cli::CompareFormat,
    error::{CliError, Kind},
    files,
    output::{heading, lines, number, right, table},
    picture,
};

/// What was asked.
pub struct Args {
    /// Head.
    pub head: String,
    /// Schools.
    pub school: Vec<String>,
    /// Variants instead of schools.
    pub variants: bool,
    /// Items.
    pub zone: Vec<String>,
    /// Format.
    pub format: CompareFormat,
    /// Where to.
    pub output: Option<PathBuf>,
}

/// Runs the command.
pub fn run(more: &[PathBuf], args: &Args) -> Result<ExitCode, CliError> {
    let atlas = files::atlas(more)?;
    let head = files::head(&args.head)?;
    let names = Names::of(&atlas);
    let bytes = if args.variants {
        variants(&atlas, &names, &head, args)?
    } else {
        schools(&atlas, &names, &head, args)?
    };
    files::emit(args.output.as_ref(), &bytes)?;
    Ok(ExitCode::SUCCESS)
}

fn refused(e: impl ToString) -> CliError {
    CliError::new(Kind::NotLocated, e)
}

fn schools(atlas: &Atlas, names: &Names, head: &Head, args: &Args) -> Result<Vec<u8>, CliError> {
    let mut schools: Vec<usize> =
        args.school.iter().map(|s| school_index(atlas, s)).collect::<Result<_, _>>()?;
    if schools.is_empty() {
        schools = (0..atlas.schools.len()).filter(|&s| !atlas.schools[s].off).collect();
    }
    let choices = Choices::default();
    let pairs = compare::schools(atlas, names, &choices, head, &schools).map_err(refused)?;
    match args.format {
        CompareFormat::Json => Ok(pretty(&json!({ "head": head.name, "pairs": pairs }))?.into_bytes()),
        CompareFormat::Csv => rows(&pairs),
        CompareFormat::Table => Ok(pair_table(head, &pairs).into_bytes()),
        CompareFormat::Svg => Ok(figure(atlas, names, head, &pairs)?.into_bytes()),
        CompareFormat::Png => to_png(&figure(atlas, names, head, &pairs)?),
    }
}

fn pair_table(head: &Head, pairs: &[Pair]) -> String {
    let (same, near) = (compare::SAME_MM, compare::NEAR_MM);
    let mut out = format!(
        "{} · distances in mm; {}: within {same} mm everywhere; {}: a quarter within {same} mm; {}: {near} mm on \
         average\n",
        head.name,
        Relation::Coincide.word(),
        Relation::Overlap.word(),
        Relation::Near.word(),
    );
    for (title, wanted) in
        [("Zones that somebody equates", true), ("Other zones of different schools that lie close", false)]
    {
        let these: Vec<&Pair> = pairs.iter().filter(|p| p.counterpart.is_some() == wanted).collect();
        if these.is_empty() {
            continue;
        }
        out += &heading(title);
        let mut t = table(&["a", "b", "side", "relation", "mean", "most", "least", "shared", "equated by"]);
        for p in these {
            let d = &p.distances;
            t.add_row(vec![
                Cell::new(&p.a),
                Cell::new(&p.b),
                Cell::new(p.side.to_string()),
                Cell::new(p.relation.word()),
                number(d.mean_mm, 1),
                number(d.max_mm, 1),
                number(d.min_mm, 1),
                right(format!("{:.0} %", d.shared * 100.0)),
                Cell::new(p.counterpart.as_deref().unwrap_or_default()),
            ]);
        }
        out += &lines(&t);
    }
    out
}

fn rows(pairs: &[Pair]) -> Result<Vec<u8>, CliError> {
    let failed = |e: csv::Error| CliError::new(Kind::Output, format!("the table cannot be written: {e}"));
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(["a", "b", "side", "relation", "mean_mm", "max_mm", "min_mm", "shared", "equated_by"])
        .map_err(failed)?;
    for p in pairs {
        let d = &p.distances;
        let [mean, max, min, shared] = [d.mean_mm, d.max_mm, d.min_mm, d.shared].map(|v| format!("{v:.3}"));
        let side = p.side.to_string();
        let by = p.counterpart.as_deref().unwrap_or_default();
        w.write_record([&p.a, &p.b, &side, p.relation.word(), &mean, &max, &min, &shared, by])
            .map_err(failed)?;
    }
    w.into_inner().map_err(|e| CliError::new(Kind::Output, format!("the table cannot be written: {e}")))
}

/// Equated pairs on the head, with an arrow where each pair is furthest apart.
fn figure(atlas: &Atlas, names: &Names, head: &Head, pairs: &[Pair]) -> Result<String, CliError> {
    let shown: Vec<&Pair> = pairs.iter().filter(|p| p.counterpart.is_some()).collect();
    if shown.is_empty() {
        return Err(CliError::usage("none of these schools' zones are equated by a source of the atlas")
            .hint("try --school ms --school jiao, or --format table for all zones that lie close"));
    }
    let mut items: Vec<usize> =
        shown.iter().flat_map(|p| [&p.a, &p.b]).filter_map(|c| atlas.find(c)).collect();
    items.sort_unstable();
    items.dedup();
    let request = Request { items, ..Request::default() };
    let location = locate::locate(atlas, names, head, &request).map_err(refused)?;
    // An arrow for each pair would hide the head; those that say something are long.
    let apart = shown.iter().filter(|p| p.distances.max_mm > compare::NEAR_MM);
    let arrows = apart.map(|p| Arrow {
        from: DVec3::from_array(p.furthest_mm[0]),
        to: DVec3::from_array(p.furthest_mm[1]),
        text: format!("{} {:.0} mm", p.b, p.distances.max_mm),
    });
    let groups = atlas.schools.iter().map(|s| Group { key: s.id.clone(), name: s.names.en.clone() });
    let figure = Figure {
        arrows: arrows.collect(),
        groups: groups.collect(),
        options: Options {
            title: format!("Zones that books equate, on {}", head.name),
            credits: format!("Arrows: where a pair is furthest apart, if more than {} mm", compare::NEAR_MM),
            theme: Theme::Light,
            ..Options::default()
        },
        ..Figure::new(head, location.items.iter().map(|i| picture::item(head, i, false)).collect())
    };
    Ok(sheet_svg(&figure))
}

fn variants(atlas: &Atlas, names: &Names, head: &Head, args: &Args) -> Result<Vec<u8>, CliError> {
    let mut items: Vec<usize> = args.zone.iter().map(|z| item_index(atlas, z)).collect::<Result<_, _>>()?;
    let all = items.is_empty();
    if all {
        let schools: Vec<usize> =
            args.school.iter().map(|s| school_index(atlas, s)).collect::<Result<_, _>>()?;
        items = (0..atlas.entries.len())
            .filter(|&i| schools.is_empty() || schools.contains(&atlas.entries[i].school))
            .collect();
    }
    let choices = Choices::default();
    let shifts = compare::variants(atlas, names, &choices, head, &items).map_err(refused)?;
    let settings = if all {
        compare::settings(atlas, names, &choices, head, &items).map_err(refused)?
    } else {
        Vec::new()
    };
    if shifts.is_empty() && !all {
        return Err(CliError::usage("the construction of these items is undisputed in the atlas"));
    }
    match args.format {
        CompareFormat::Json => {
            Ok(pretty(&json!({ "head": head.name, "variants": shifts, "settings": settings }))?.into_bytes())
        }
        CompareFormat::Table => Ok(shift_table(head, &shifts, &settings).into_bytes()),
        CompareFormat::Csv => shift_rows(&shifts),
        CompareFormat::Svg | CompareFormat::Png => {
            Err(CliError::usage("variants are compared as table, json or csv")
                .hint("for a picture: baihui locate --zone CODE --variant CODE=NAME --format png"))
        }
    }
}

fn shift_table(head: &Head, shifts: &[VariantShift], settings: &[SettingShift]) -> String {
    let mut out = format!("{} · what each disputed choice changes, mm (right side or midline)\n", head.name);
    out += &heading("Variants");
    let mut t = table(&["item", "default", "variant", "mean", "most", "toward", "what it says"]);
    for s in shifts {
        let mm = |v: Option<f64>| v.map_or(Cell::new(""), |v| number(v, 1));
        let last = s.refused.as_ref().map_or_else(|| s.about.clone(), |r| format!("not on this head: {r}"));
        t.add_row(vec![
            Cell::new(&s.code),
            Cell::new(&s.default),
            Cell::new(&s.variant),
            mm(s.mean_mm),
            mm(s.max_mm),
            Cell::new(s.direction.as_deref().unwrap_or_default()),
            Cell::new(last),
        ]);
    }
    out += &lines(&t);
    if !settings.is_empty() {
        out += &heading("Settings");
        let mut t = table(&["setting", "default", "option", "items moved", "mean", "most"]);
        for s in settings {
            let most = s.most.as_ref().map(|(code, mm)| format!("{code} {mm:.1}")).unwrap_or_default();
            t.add_row(vec![
                Cell::new(&s.setting),
                Cell::new(&s.default),
                Cell::new(&s.option),
                right(s.moved),
                number(s.mean_mm, 1),
                Cell::new(most),
            ]);
        }
        out += &lines(&t);
    }
    out
}

fn shift_rows(shifts: &[VariantShift]) -> Result<Vec<u8>, CliError> {
    let failed = |e: csv::Error| CliError::new(Kind::Output, format!("the table cannot be written: {e}"));
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(["item", "default", "variant", "side", "mean_mm", "max_mm", "toward", "refused", "about"])
        .map_err(failed)?;
    for s in shifts {
        let [mean, max] = [s.mean_mm, s.max_mm].map(|v| v.map(|v| format!("{v:.3}")).unwrap_or_default());
        let side = s.side.to_string();
        w.write_record([
            &s.code,
            &s.default,
            &s.variant,
            &side,
            &mean,
            &max,
            s.direction.as_deref().unwrap_or_default(),
            s.refused.as_deref().unwrap_or_default(),
            &s.about,
        ])
        .map_err(failed)?;
    }
    w.into_inner().map_err(|e| CliError::new(Kind::Output, format!("the table cannot be written: {e}")))
}
