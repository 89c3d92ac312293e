//! All five views on one page.

use crate::{
    camera::{Camera, View, extent_mm},
    draw,
    font::{self, Weight},
    panel::{self, Panel},
    raster::Backdrop,
    view::{Figure, MARGIN, document, heading},
    xml::px,
};

/// Room between two views, px.
const BETWEEN: f64 = 18.0;
/// Rows of the sheet.
const ROWS: [&[View]; 2] = [&[View::Left, View::Top, View::Right], &[View::Front, View::Back]];

/// Draws all five views at one scale on one page, with title, legend, scale bar and credits.
///
/// The page is [`SHEET_WIDTH`] times as wide as a single view's ([`crate::view::Options::width_px`]).
pub fn sheet_svg(figure: &Figure) -> String {
    let options = &figure.options;
    let page = options.width_px * SHEET_WIDTH;
    let column = panel::column_width(figure, page / 3.0);
    let row_mm = |row: &[View]| row.iter().map(|&v| extent_mm(figure.head, v).x).sum::<f64>();
    let fixed = |n: usize| 2.0 * MARGIN + (n - 1) as f64 * BETWEEN + n as f64 * 2.0 * (column + panel::GUTTER);
    let scale = ROWS
        .iter()
        .map(|row| (page - fixed(row.len())).max(page * 0.3) / row_mm(row).max(1.0))
        .fold(f64::INFINITY, f64::min);
    let panels: Vec<Vec<Panel>> = ROWS
        .iter()
        .map(|row| {
            row.iter()
                .map(|&view| {
                    let camera = Camera::new(figure.head, view, scale);
                    // Five pictures in one file: fewer elements each.
                    let backdrop = Backdrop::new(figure.head, camera, options.density * 0.8);
                    Panel::new(figure, &backdrop, column)
                })
                .collect()
        })
        .collect();
    let width = panels
        .iter()
        .map(|row| row.iter().map(|p| p.size.x).sum::<f64>() + (row.len() - 1) as f64 * BETWEEN)
        .fold(0.0, f64::max)
        + 2.0 * MARGIN;

    let title = heading(figure);
    let size = 20.0;
    let shown = font::fit(&title, size, Weight::Bold, width - 2.0 * MARGIN);
    let mut body = draw::text(MARGIN, MARGIN + size, "bh-ink bh-b", "start", size, &shown);
    let mut y = MARGIN + size + 16.0;
    for row in &panels {
        let row_width = row.iter().map(|p| p.size.x).sum::<f64>() + (row.len() - 1) as f64 * BETWEEN;
        let height = row.iter().map(|p| p.size.y).fold(0.0, f64::max);
        let mut x = (width - row_width) / 2.0;
        for p in row {
            let dy = (height - p.size.y) / 2.0;
            body.push_str(&format!(r#"<g transform="translate({} {})">{}</g>"#, px(x), px(y + dy), p.body));
            x += p.size.x + BETWEEN;
        }
        y += height + BETWEEN;
    }
    let mut groups: Vec<usize> = panels.iter().flatten().flat_map(|p| p.groups.iter().copied()).collect();
    groups.sort_unstable();
    groups.dedup();
    let foot = draw::foot(figure, &groups, scale, MARGIN, y, width - 2.0 * MARGIN);
    body.push_str(&foot.body);
    let description = panels.iter().flatten().map(|p| p.description.as_str()).collect::<Vec<_>>().join(" ");
    document(figure, "sheet", &title, &description, width, foot.bottom + MARGIN, &body)
}

/// Width of a sheet in widths of a single view's page.
pub const SHEET_WIDTH: f64 = 1.7;
