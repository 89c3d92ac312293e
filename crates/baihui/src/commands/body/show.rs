//! `baihui body show`: what is known of a point.

use std::{path::PathBuf, process::ExitCode};

use baihui_atlas::{
    body::{BodyAtlas, BodyPoint, Located, Locator, depth::NO_PERMISSION, spread::Spread},
    language::{Sides, Source},
};
use baihui_head::{Side, body::BodyReport};
use serde::Serialize;
use serde_json::json;

use super::{
    BodyArg, about, atlas, find, person,
    rows::{Row, rows},
};
use crate::{cli::ReportFormat, commands::pretty, error::CliError, files, output::heading};

/// Runs the command.
pub(super) fn run(
    words: &str,
    arg: &BodyArg,
    format: ReportFormat,
    more: &[PathBuf],
) -> Result<ExitCode, CliError> {
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
            Some(Rule {
                variant: &c.name,
                about: &c.about,
                words: locator.words(index, k, side)?.en,
                apart_mm: apart_mm(&located, k),
            })
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

/// How far the place of a construction lies from the first, straight, mm; nothing for the first itself. Both sides
/// are alike but for the mesh's rounding: the greater counts.
pub(crate) fn apart_mm(located: &[Located], construction: usize) -> Option<f64> {
    let at = |k: usize, side: Side| {
        located.iter().find(|l| l.construction == k && l.side == side)?.spot.as_ref().ok().map(|s| s.mm)
    };
    let mm = |side: Side| Some(at(construction, side)?.distance(at(0, side)?));
    let far = [Side::Left, Side::Right, Side::Midline].into_iter().filter_map(mm).max_by(f64::total_cmp)?;
    (construction > 0).then_some((far * 10.0).round() / 10.0)
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
    /// How far the place lies from the first one, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    apart_mm: Option<f64>,
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
        if let Some(mm) = r.apart_mm {
            out += &format!("  {mm:.1} mm from {} on this body\n", rules[0].variant);
        }
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
