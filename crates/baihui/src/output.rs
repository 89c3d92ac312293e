//! Tables for people and rows for programs.

use std::io::IsTerminal;

use baihui_atlas::{
    Atlas,
    locate::{Kind, Located, Location},
};
use baihui_head::{Side, ten_five::Site};
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use crate::error::{CliError, Kind as ErrorKind};

/// Whether standard output is a terminal that shows colours.
pub fn colours() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// A plain table with a rule under its heads.
pub fn table(heads: &[&str]) -> Table {
    let mut t = Table::new();
    t.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if !colours() {
        t.force_no_tty();
    }
    t.set_header(heads.iter().map(|h| Cell::new(h).add_attribute(Attribute::Bold)));
    t
}

/// A right-aligned number.
pub fn number(value: f64, decimals: usize) -> Cell {
    right(format!("{value:.decimals$}"))
}

/// A right-aligned text.
pub fn right(text: impl ToString) -> Cell {
    Cell::new(text.to_string()).set_alignment(CellAlignment::Right)
}

/// The table as text with trailing blanks removed.
pub fn lines(t: &Table) -> String {
    let mut out = String::new();
    for line in t.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A heading above a table.
pub fn heading(text: &str) -> String {
    if colours() { format!("\n\u{1b}[1m{text}\u{1b}[0m\n") } else { format!("\n{text}\n") }
}

fn side(s: Side) -> Cell {
    let cell = Cell::new(s.to_string());
    if !colours() {
        return cell;
    }
    match s {
        Side::Left => cell.fg(Color::Cyan),
        Side::Right => cell.fg(Color::Yellow),
        Side::Midline => cell,
    }
}

fn xyz(p: &[f64; 3]) -> Cell {
    right(format!("{:6.1} {:6.1} {:6.1}", p[0], p[1], p[2]))
}

/// Every located item, school by school, and what could not be located.
pub fn location(atlas: &Atlas, location: &Location, sites: &[Site]) -> String {
    let mut out = String::new();
    let head = &location.head;
    out += &format!(
        "{} · coordinates in mm: right, anterior, superior · left and right are the patient's\n",
        head.name
    );
    let cun: Vec<String> = head.cun_mm.iter().map(|(k, v)| format!("{k} {v:.1} mm")).collect();
    if !cun.is_empty() {
        out += &format!("one cun: {}\n", cun.join(" · "));
    }
    if !location.choices.is_empty() {
        let chosen: Vec<String> = location.choices.iter().map(|(k, v)| format!("{k}={v}")).collect();
        out += &format!("chosen: {}\n", chosen.join(", "));
    }
    for school in &atlas.schools {
        let items: Vec<&Located> = location.items.iter().filter(|i| i.school == school.id).collect();
        if items.is_empty() {
            continue;
        }
        let marks = if school.off { " — unverified" } else { "" };
        out += &heading(&format!("{} ({}){marks}", school.names.en, school.id));
        let mut t = table(&[
            "code",
            "side",
            "name",
            "from  R  A  S",
            "to  R  A  S",
            "mm",
            "± mm",
            "variant",
            "check",
        ]);
        for i in items {
            let name = if i.names.pinyin.is_empty() {
                i.names.en.clone()
            } else {
                format!("{} {}", i.names.pinyin, i.names.hanzi)
            };
            let (from, to) = match (&i.position_mm, &i.path_mm) {
                (Some(p), _) => (xyz(p), Cell::new("")),
                (None, Some(path)) if i.kind == Kind::Area => {
                    (path.first().map_or(Cell::new(""), xyz), right("(outline)"))
                }
                (None, Some(path)) => {
                    (path.first().map_or(Cell::new(""), xyz), path.last().map_or(Cell::new(""), xyz))
                }
                (None, None) => (Cell::new(""), Cell::new("")),
            };
            let length = if i.kind == Kind::Point { Cell::new("") } else { number(i.length_mm, 0) };
            t.add_row(vec![
                Cell::new(&i.code),
                side(i.side),
                Cell::new(name),
                from,
                to,
                length,
                number(i.sd_mm, 1),
                Cell::new(i.variant.as_deref().unwrap_or_default()),
                Cell::new(i.mark.words()),
            ]);
        }
        out += &lines(&t);
    }
    if !sites.is_empty() {
        out += &heading(&format!("Electrode sites ({})", sites.len()));
        let mut t = table(&["site", "side", "R", "A", "S"]);
        for s in sites {
            let p = s.position.mm;
            t.add_row(vec![Cell::new(&s.name), side(s.side), number(p.x, 1), number(p.y, 1), number(p.z, 1)]);
        }
        out += &lines(&t);
    }
    if !location.refused.is_empty() {
        out += &heading(&format!("Not located on this head ({})", location.refused.len()));
        let mut t = table(&["code", "side", "reason"]);
        for r in &location.refused {
            t.add_row(vec![Cell::new(&r.code), side(r.side), Cell::new(&r.reason)]);
        }
        out += &lines(&t);
    }
    out += "\n± is the standard deviation along each of two directions on the skin: landmarks, placing and head size together.\n";
    out
}

/// One row an item; the path as `x y z;x y z;...`.
pub fn csv(location: &Location, sites: &[Site]) -> Result<Vec<u8>, CliError> {
    let failed =
        |e: csv::Error| CliError::new(ErrorKind::Output, format!("the table cannot be written: {e}"));
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record([
        "code",
        "school",
        "kind",
        "side",
        "variant",
        "name_en",
        "name_pinyin",
        "name_hanzi",
        "x_mm",
        "y_mm",
        "z_mm",
        "end_x_mm",
        "end_y_mm",
        "end_z_mm",
        "length_mm",
        "sd_mm",
        "sd_landmarks_mm",
        "sd_placing_mm",
        "sd_between_heads_mm",
        "mark",
        "sources",
        "tape",
        "path_mm",
    ])
    .map_err(failed)?;
    let mm = |v: f64| format!("{v:.3}");
    for i in &location.items {
        let path = i.path_mm.clone().unwrap_or_default();
        let start = i.position_mm.or(path.first().copied());
        let end = path.last().copied();
        let [x, y, z] = start.map_or([const { String::new() }; 3], |p| p.map(mm));
        let [ex, ey, ez] = end.map_or([const { String::new() }; 3], |p| p.map(mm));
        let kind = match i.kind {
            Kind::Point => "point",
            Kind::Line => "line",
            Kind::Area => "area",
        };
        let path: Vec<String> = path.iter().map(|p| p.map(mm).join(" ")).collect();
        let sources: Vec<&str> = i.sources.iter().map(|s| s.key.as_str()).collect();
        let s = &i.sd_parts_mm;
        w.write_record([
            &i.code,
            &i.school,
            kind,
            &i.side.to_string(),
            i.variant.as_deref().unwrap_or_default(),
            &i.names.en,
            &i.names.pinyin,
            &i.names.hanzi,
            &x,
            &y,
            &z,
            &ex,
            &ey,
            &ez,
            &mm(i.length_mm),
            &mm(i.sd_mm),
            &mm(s.landmarks),
            &mm(s.placing),
            &mm(s.between_heads),
            i.mark.words(),
            &sources.join(" "),
            &i.tape,
            &path.join(";"),
        ])
        .map_err(failed)?;
    }
    for site in sites {
        let [x, y, z] = site.position.mm.to_array().map(mm);
        let side = site.side.to_string();
        let mut row = vec![site.name.as_str(), "10-5", "point", &side, "", "", "", "", &x, &y, &z];
        row.resize(23, "");
        w.write_record(row).map_err(failed)?;
    }
    w.into_inner().map_err(|e| CliError::new(ErrorKind::Output, format!("the table cannot be written: {e}")))
}
