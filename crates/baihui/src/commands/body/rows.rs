//! Located points as a table, as CSV and as a scene.

use baihui_atlas::body::{BodyAtlas, Located, course::Drawn};
use baihui_head::{
    Side,
    body::{Body, BodyReport},
    io::glb::{GlbScene, Rgba},
};
use baihui_report::theme;
use comfy_table::Cell;
use serde::Serialize;
use serde_json::json;

use super::{about, views};
use crate::{
    error::{CliError, Kind},
    output::{lines, number, table},
    picture::colour,
};

/// One point on one side, as it is written to files.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    pub(super) code: &'a str,
    pinyin: &'a str,
    hanzi: &'a str,
    channel: &'a str,
    /// The variant, where there are two places.
    pub(super) variant: &'a str,
    pub(super) side: Side,
    pub(super) position_mm: Option<[f64; 3]>,
    /// Outward direction of the skin.
    normal: Option<[f64; 3]>,
    /// Best mark among the sources of the place.
    checked: &'static str,
    /// Where the rule had to choose a number that its source does not give.
    reading: Option<&'a str>,
    pub(super) refused: Option<String>,
}

pub(super) fn rows<'a>(atlas: &'a BodyAtlas, body: &Body, located: &[Located]) -> Vec<Row<'a>> {
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

pub(super) fn text(report: &BodyReport, rows: &[Row<'_>]) -> String {
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

pub(super) fn csv(rows: &[Row<'_>]) -> Result<Vec<u8>, CliError> {
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

pub(super) fn glb(atlas: &BodyAtlas, body: &Body, located: &[Located], channels: &[Drawn]) -> Vec<u8> {
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
