//! All five views on one page, with a key of codes and names.

use std::collections::BTreeSet;

use glam::DVec2;

use crate::{
    camera::{View, extent_mm},
    cut::Cut,
    draw::{self, SLACK},
    font::{self, Weight},
    panel::{self, Panel},
    raster::Backdrops,
    theme::style,
    view::{Figure, LabelText, MARGIN, document, heading},
    xml::{escape, px},
};

/// Width of a sheet in widths of a single view's page ([`crate::view::Options::width_px`]).
pub const SHEET_WIDTH: f64 = 1.7;
/// Room between two views, px.
const BETWEEN: f64 = 16.0;
/// Width of a column of labels up to which the sheet keeps its width, px.
const SHORT_CODES: f64 = 80.0;
/// How much wider it may become, as a part of its width.
const WIDER: f64 = 0.25;
/// Rows of the sheet.
const ROWS: [&[View]; 2] = [&[View::Left, View::Top, View::Right], &[View::Front, View::Back]];

/// Draws all five views at one scale on one page, with title, legend, scale bar and credits.
///
/// The views show codes; their names are in a key beside or below.
pub fn sheet_svg(figure: &Figure) -> String {
    sheet_svg_on(figure, &backdrops_at(figure, layout(&coded(figure)).1))
}

/// The views of the head that several figures are of, for their sheets ([`sheet_svg_on`]); `None` without figures.
///
/// They have the resolution that the figure needs on whose sheet the head is largest.
pub fn backdrops(figures: &[&Figure]) -> Option<Backdrops> {
    let scale = figures.iter().map(|f| layout(&coded(f)).1).fold(0.0, f64::max);
    figures.first().map(|f| backdrops_at(f, scale))
}

fn backdrops_at(figure: &Figure, scale: f64) -> Backdrops {
    // Five pictures in one file: fewer elements each.
    Backdrops::new(figure.head, scale, figure.options.density * 0.85)
}

/// The figure with codes for labels.
fn coded<'a>(figure: &Figure<'a>) -> Figure<'a> {
    let mut figure = figure.clone();
    figure.options.labels = LabelText::Code;
    figure
}

/// Width of a column of labels, px, and px per mm of the head.
fn layout(figure: &Figure) -> (f64, f64) {
    let page = figure.options.width_px * SHEET_WIDTH;
    let column = panel::column_width(figure, page / 3.0);
    // Long codes, of which the first row has six columns, widen the page before they make the heads small.
    let page = page + (6.0 * (column - SHORT_CODES)).clamp(0.0, page * WIDER);
    let fixed = |n: usize| {
        2.0 * MARGIN + n.saturating_sub(1) as f64 * BETWEEN + n as f64 * 2.0 * (column + panel::GUTTER)
    };
    let cut = Cut::of(figure.head);
    let scale = ROWS
        .iter()
        .map(|row| {
            let mm: f64 = row.iter().map(|&v| extent_mm(figure.head, v, cut.as_ref()).x).sum();
            (page - fixed(row.len())).max(page * 0.3) / mm.max(1.0)
        })
        .fold(f64::INFINITY, f64::min);
    (column, scale)
}

/// [`sheet_svg`] on views of the head that [`backdrops`] has drawn before.
pub fn sheet_svg_on(figure: &Figure, backdrops: &Backdrops) -> String {
    let figure = coded(figure);
    let (column, scale) = layout(&figure);
    let draw_panel = |&view: &View| Panel::new(&figure, &backdrops.at_scale(view, scale), column);
    let panels: Vec<Vec<Panel>> = ROWS.iter().map(|row| row.iter().map(draw_panel).collect()).collect();
    let row_width = |row: &[Panel]| {
        row.iter().map(|p| p.size.x).sum::<f64>() + row.len().saturating_sub(1) as f64 * BETWEEN
    };
    let width = panels.iter().map(|row| row_width(row)).fold(0.0, f64::max) + 2.0 * MARGIN;
    let inner = width - 2.0 * MARGIN;

    let title = heading(&figure);
    let size = 20.0;
    let shown = font::fit(&title, size, Weight::Bold, inner / SLACK);
    let mut body = draw::text(MARGIN, MARGIN + size, "bh-ink bh-b", "start", size, &shown);
    let mut y = MARGIN + size + 16.0;
    let mut key_below = Key::new(&figure, inner);
    for (r, row) in panels.iter().enumerate() {
        let height = row.iter().map(|p| p.size.y).fold(0.0, f64::max);
        let used = row_width(row);
        // The key stands in the corner that the second row leaves free, if it fits there.
        let corner = DVec2::new(inner - used - 2.0 * BETWEEN, height);
        let key = if r == 1 { Key::new(&figure, corner.x).filter(|k| k.height <= corner.y) } else { None };
        let mut x = if key.is_some() { MARGIN } else { (width - used) / 2.0 };
        for p in row {
            let dy = (height - p.size.y) / 2.0;
            body.push_str(&format!(r#"<g transform="translate({} {})">{}</g>"#, px(x), px(y + dy), p.body));
            x += p.size.x + BETWEEN;
        }
        if let Some(key) = key {
            let dy = (height - key.height) / 2.0;
            body.push_str(&key.svg(x + BETWEEN, y + dy));
            key_below = None;
        }
        y += height + BETWEEN;
    }
    if let Some(key) = key_below {
        body.push_str(&key.svg(MARGIN, y));
        y += key.height + BETWEEN;
    }
    let mut groups: Vec<usize> = panels.iter().flatten().flat_map(|p| p.groups.iter().copied()).collect();
    groups.sort_unstable();
    groups.dedup();
    let foot = draw::foot(&figure, &groups, scale, MARGIN, y, inner);
    body.push_str(&foot.body);
    let description = panels.iter().flatten().map(|p| p.description.as_str()).collect::<Vec<_>>().join(" ");
    document(&figure, "sheet", &title, &description, width, foot.bottom + MARGIN, &body)
}

/// Codes and names in columns.
struct Key {
    /// Group, code and name; an item of both sides once.
    lines: Vec<(usize, String, String)>,
    size: f64,
    /// Room for the longest code, px.
    code: f64,
    column: f64,
    rows: usize,
    height: f64,
}

impl Key {
    /// A key for the items that have names, `None` where there are none or a column is wider than `width`.
    fn new(figure: &Figure, width: f64) -> Option<Self> {
        let size = figure.options.font_px;
        let groups = figure.all_groups();
        let mut told = BTreeSet::new();
        let mut lines: Vec<(usize, String, String)> = figure
            .items
            .iter()
            .filter(|i| !i.label.is_empty() && told.insert((&i.group, &i.code, &i.label)))
            .map(|i| {
                (groups.iter().position(|g| g.key == i.group).unwrap_or(0), i.code.clone(), i.label.clone())
            })
            .collect();
        // Groups together, items as they came.
        lines.sort_by_key(|l| l.0);
        let widest =
            |f: &dyn Fn(&(usize, String, String)) -> f64| lines.iter().map(f).fold(0.0, f64::max) * SLACK;
        let code = widest(&|l| font::width_px(&l.1, size, Weight::Bold)) + 8.0;
        let column = 14.0 + code + widest(&|l| font::width_px(&l.2, size, Weight::Regular)) + 20.0;
        if lines.is_empty() || column > width {
            return None;
        }
        let columns = (width / column).floor().max(1.0) as usize;
        // Three lines at least, so that a short key is not one long row.
        let rows = lines.len().div_ceil(columns).max(3);
        let height = rows as f64 * size * 1.35 + size;
        Some(Self { lines, size, code, column, rows, height })
    }

    fn svg(&self, x0: f64, y0: f64) -> String {
        let mut out = String::new();
        for (i, (group, code, name)) in self.lines.iter().enumerate() {
            let x = x0 + (i / self.rows) as f64 * self.column;
            let y = y0 + self.size + (i % self.rows) as f64 * self.size * 1.35;
            out.push_str(&draw::marker(DVec2::new(x + 5.0, y - self.size * 0.35), 3.2, style(*group), ""));
            out.push_str(&format!(
                r#"<text x="{}" y="{y}" class="bh-ink"><tspan class="bh-b">{}</tspan><tspan x="{}">{}</tspan></text>"#,
                px(x + 14.0),
                escape(code),
                px(x + 14.0 + self.code),
                escape(name),
                y = px(y),
            ));
        }
        out
    }
}
