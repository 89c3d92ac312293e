//! The parts of a report on A4 pages: text set in our fonts, tables that break between rows with their header repeated,
//! figures never broken.

use std::fmt::Write as _;

use super::{Page, PdfError, Placed};
use crate::export::tree;
use crate::font::{self, Weight};
use crate::stat::html::Part;
use crate::stat::wrap;
use crate::xml::escape;

const PX_PER_MM: f64 = 96.0 / 25.4;
const WIDTH_MM: f64 = 210.0;
const HEIGHT_MM: f64 = 297.0;
const MARGIN_MM: f64 = 18.0;
/// Type in points: title, heading, text, tables.
const TITLE_PT: f64 = 17.0;
const HEADING_PT: f64 = 12.5;
const TEXT_PT: f64 = 9.5;
const TABLE_PT: f64 = 7.5;
/// Line height in sizes of type.
const LEADING: f64 = 1.35;

const INK: &str = "#1b1f24";
const SOFT: &str = "#56606b";
const RULE: &str = "#c9cfd6";
const ACCENT: &str = "#d55e00";

fn px(pt: f64) -> f64 {
    pt * 96.0 / 72.0
}

struct Sheet {
    pages: Vec<Page>,
    /// What is set on the current page and not yet among its pictures.
    body: String,
    pictures: Vec<Placed>,
    /// Where the next thing goes, in px from the top.
    y: f64,
    title: String,
}

impl Sheet {
    const LEFT: f64 = MARGIN_MM * PX_PER_MM;
    const TOP: f64 = MARGIN_MM * PX_PER_MM;
    const RIGHT: f64 = (WIDTH_MM - MARGIN_MM) * PX_PER_MM;
    const BOTTOM: f64 = (HEIGHT_MM - MARGIN_MM - 4.0) * PX_PER_MM;

    fn width() -> f64 {
        Self::RIGHT - Self::LEFT
    }

    /// Puts what was set so far on the page, so that text and figures follow each other as they are read.
    fn flush(&mut self) {
        if self.body.is_empty() {
            return;
        }
        let (w, h) = (WIDTH_MM * PX_PER_MM, HEIGHT_MM * PX_PER_MM);
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w:.3}\" height=\"{h:.3}\" viewBox=\"0 0 {w:.3} {h:.3}\">{}</svg>",
            self.body
        );
        self.body.clear();
        self.pictures.push(Placed { svg, x_mm: 0.0, y_mm: 0.0, scale: 1.0 });
    }

    fn turn(&mut self) {
        let number = self.pages.len() + 1;
        let size = px(7.0);
        let foot = (HEIGHT_MM - 11.0) * PX_PER_MM;
        let name = font::fit(&self.title, size, Weight::Regular, Self::width() * 0.8);
        self.text(Self::LEFT, foot, size, Weight::Regular, SOFT, "start", &name);
        self.text(Self::RIGHT, foot, size, Weight::Regular, SOFT, "end", &number.to_string());
        self.flush();
        let pictures = std::mem::take(&mut self.pictures);
        self.pages.push(Page { width_mm: WIDTH_MM, height_mm: HEIGHT_MM, pictures });
        self.y = Self::TOP;
    }

    /// Turns the page where so much does not fit, unless the page is empty.
    fn need(&mut self, height: f64) {
        if self.y + height > Self::BOTTOM && self.y > Self::TOP {
            self.turn();
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a piece of text is")]
    fn text(&mut self, x: f64, y: f64, size: f64, weight: Weight, colour: &str, anchor: &str, text: &str) {
        let bold = if weight == Weight::Bold { " font-weight=\"700\"" } else { "" };
        let _ = write!(
            self.body,
            "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size:.3}\" font-family=\"{}\" fill=\"{colour}\" text-anchor=\"{anchor}\"{bold}>{}</text>",
            font::FAMILY,
            escape(text)
        );
    }

    fn rule(&mut self, y: f64, width: f64) {
        let (l, r) = (Self::LEFT, Self::RIGHT);
        let _ = write!(
            self.body,
            "<path d=\"M{l:.2} {y:.2}H{r:.2}\" stroke=\"{RULE}\" stroke-width=\"{width}\" fill=\"none\"/>"
        );
    }

    /// Lines of text, page by page; `mark` is set before the first.
    fn lines(&mut self, text: &str, pt: f64, weight: Weight, colour: &str, indent: f64, mark: &str) {
        let size = px(pt);
        let leading = size * LEADING;
        let width = Self::width() - indent;
        for (i, line) in wrap(text, size, weight, width).iter().enumerate() {
            self.need(leading);
            if i == 0 && !mark.is_empty() {
                let baseline = self.y + size;
                self.text(Self::LEFT, baseline, size, weight, colour, "start", mark);
            }
            let baseline = self.y + size;
            self.text(Self::LEFT + indent, baseline, size, weight, colour, "start", line);
            self.y += leading;
        }
    }

    fn callout(&mut self, text: &str) {
        let size = px(TEXT_PT);
        let indent = size;
        let lines = wrap(text, size, Weight::Bold, Self::width() - indent).len() as f64;
        let height = lines * size * LEADING + size * 0.6;
        self.need(height);
        let (x, y) = (Self::LEFT, self.y);
        let _ = write!(
            self.body,
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"3\" height=\"{height:.2}\" fill=\"{ACCENT}\"/>"
        );
        self.y += size * 0.3;
        self.lines(text, TEXT_PT, Weight::Bold, INK, indent, "");
        self.y += size * 0.9;
    }

    /// Scale of a figure and its height with its caption. A heading above it still fits on the page.
    fn size_of(&self, svg: &str) -> Result<(f64, f64, f64), PdfError> {
        let page = self.pages.len() + 1;
        let size = tree(svg).map_err(|source| PdfError::Picture { page, source })?.size();
        let (w, h) = (f64::from(size.width()), f64::from(size.height()));
        let caption = px(TEXT_PT) * LEADING * 2.0;
        let room = Self::BOTTOM - Self::TOP - caption - px(HEADING_PT) * 3.0;
        let scale = (Self::width() / w).min(room / h).min(1.0);
        Ok((scale, h * scale, h * scale + caption))
    }

    fn figure(&mut self, svg: &str, caption: &str) -> Result<(), PdfError> {
        let (scale, height, with_caption) = self.size_of(svg)?;
        self.need(with_caption);
        self.flush();
        self.pictures.push(Placed {
            svg: svg.to_owned(),
            x_mm: Self::LEFT / PX_PER_MM,
            y_mm: self.y / PX_PER_MM,
            scale,
        });
        self.y += height + 4.0;
        self.lines(caption, 8.0, Weight::Regular, SOFT, 0.0, "");
        self.y += px(TEXT_PT);
        Ok(())
    }

    fn table(&mut self, caption: &str, header: &[String], rows: &[Vec<String>]) {
        let size = px(TABLE_PT);
        let (leading, gap) = (size * LEADING, size * 0.9);
        let columns = header.len().max(rows.iter().map(Vec::len).max().unwrap_or(0));
        if columns == 0 {
            return;
        }
        let cell = |row: &[String], c: usize| row.get(c).cloned().unwrap_or_default();
        let natural: Vec<f64> = (0..columns)
            .map(|c| {
                let head = font::width_px(&cell(header, c), size, Weight::Bold);
                rows.iter().map(|r| font::width_px(&cell(r, c), size, Weight::Regular)).fold(head, f64::max)
                    + 1.0
            })
            .collect();
        let room = Self::width() - gap * (columns - 1) as f64;
        let widths = shares(&natural, room);
        let numeric: Vec<bool> = (0..columns)
            .map(|c| rows.iter().all(|r| cell(r, c).is_empty() || looks_like_a_number(&cell(r, c))))
            .collect();
        self.need(leading * 5.0);
        if !caption.is_empty() {
            self.lines(caption, TABLE_PT + 1.0, Weight::Bold, INK, 0.0, "");
            self.y += size * 0.2;
        }
        let mut first = true;
        for row in std::iter::once(header).chain(rows.iter().map(Vec::as_slice)) {
            let weight = if first { Weight::Bold } else { Weight::Regular };
            let wrapped: Vec<Vec<String>> =
                (0..columns).map(|c| wrap(&cell(row, c), size, weight, widths[c])).collect();
            let lines = wrapped.iter().map(Vec::len).max().unwrap_or(1).max(1);
            let height = lines as f64 * leading + size * 0.25;
            if !first && self.y + height > Self::BOTTOM {
                self.turn();
                let again: Vec<Vec<String>> =
                    (0..columns).map(|c| wrap(&cell(header, c), size, Weight::Bold, widths[c])).collect();
                self.row(&again, &widths, &numeric, gap, Weight::Bold);
            }
            self.row(&wrapped, &widths, &numeric, gap, weight);
            first = false;
        }
        self.y += px(TEXT_PT);
    }

    fn row(&mut self, cells: &[Vec<String>], widths: &[f64], numeric: &[bool], gap: f64, weight: Weight) {
        let size = px(TABLE_PT);
        let leading = size * LEADING;
        let mut x = Self::LEFT;
        for ((lines, width), right) in cells.iter().zip(widths).zip(numeric) {
            for (i, line) in lines.iter().enumerate() {
                let baseline = self.y + size + i as f64 * leading;
                let (at, anchor) = if *right { (x + width, "end") } else { (x, "start") };
                self.text(at, baseline, size, weight, INK, anchor, line);
            }
            x += width + gap;
        }
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
        self.y += lines as f64 * leading + size * 0.25;
        self.rule(self.y - size * 0.1, if weight == Weight::Bold { 0.9 } else { 0.4 });
    }
}

fn looks_like_a_number(text: &str) -> bool {
    let plain = text.trim_start_matches(['<', ' ', '-', '−']);
    plain.starts_with(|c: char| c.is_ascii_digit())
        && plain.chars().all(|c| c.is_ascii_digit() || ".eE-−+% ".contains(c))
}

/// Widths of columns: as they are where there is room; else what is left by the narrow ones is shared by the wide ones.
fn shares(natural: &[f64], room: f64) -> Vec<f64> {
    if natural.iter().sum::<f64>() <= room {
        return natural.to_vec();
    }
    let mut widths = vec![0.0; natural.len()];
    let mut open: Vec<usize> = (0..natural.len()).collect();
    let mut left = room;
    loop {
        let each = left / open.len().max(1) as f64;
        let (fits, wide): (Vec<usize>, Vec<usize>) = open.iter().partition(|c| natural[**c] <= each);
        if fits.is_empty() || wide.is_empty() {
            for c in open {
                widths[c] = natural[c].min(each);
            }
            return widths;
        }
        for c in fits {
            widths[c] = natural[c];
            left -= natural[c];
        }
        open = wide;
    }
}

/// The pages of a report.
pub(super) fn pages(title: &str, parts: &[Part]) -> Result<Vec<Page>, PdfError> {
    let mut sheet = Sheet {
        pages: Vec::new(),
        body: String::new(),
        pictures: Vec::new(),
        y: Sheet::TOP,
        title: title.to_owned(),
    };
    sheet.lines(title, TITLE_PT, Weight::Bold, INK, 0.0, "");
    sheet.y += px(TEXT_PT);
    for (i, part) in parts.iter().enumerate() {
        match part {
            Part::Heading(text) => {
                sheet.y += px(TEXT_PT) * 0.5;
                // A heading stays with what follows it.
                let next = match parts.get(i + 1) {
                    Some(Part::Figure { svg, .. }) => sheet.size_of(svg)?.2,
                    Some(Part::Figures(all)) => match all.first() {
                        Some((svg, _)) => sheet.size_of(svg)?.2,
                        None => 0.0,
                    },
                    _ => px(HEADING_PT) * 4.0,
                };
                sheet.need(px(HEADING_PT) * 2.0 + next);
                sheet.lines(text, HEADING_PT, Weight::Bold, INK, 0.0, "");
                sheet.y += px(TEXT_PT) * 0.4;
            }
            Part::Text(text) => {
                sheet.lines(text, TEXT_PT, Weight::Regular, INK, 0.0, "");
                sheet.y += px(TEXT_PT) * 0.6;
            }
            Part::List(items) => {
                for item in items {
                    sheet.lines(item, TEXT_PT - 1.0, Weight::Regular, INK, px(TEXT_PT), "–");
                }
                sheet.y += px(TEXT_PT) * 0.8;
            }
            Part::Callout(text) => sheet.callout(text),
            Part::Table { caption, header, rows } => sheet.table(caption, header, rows),
            Part::Figure { svg, caption } => sheet.figure(svg, caption)?,
            Part::Figures(all) => {
                for (svg, caption) in all {
                    sheet.figure(svg, caption)?;
                }
            }
            Part::Link { url, text } => {
                sheet.lines(&format!("{text} {url}"), TEXT_PT - 1.0, Weight::Regular, INK, 0.0, "");
            }
        }
    }
    sheet.turn();
    Ok(sheet.pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_columns_keep_their_width_and_wide_ones_share() {
        assert_eq!(shares(&[10.0, 20.0], 100.0), [10.0, 20.0]);
        let shared = shares(&[10.0, 200.0, 300.0], 110.0);
        assert_eq!(shared[0], 10.0);
        assert!((shared.iter().sum::<f64>() - 110.0).abs() < 1e-9 && shared[1] == shared[2]);
    }

    #[test]
    fn a_long_report_runs_over_pages_and_repeats_the_header() {
        let rows = (0..200).map(|i| vec![format!("Study {i}"), format!("{i}.5")]).collect();
        let table =
            Part::Table { caption: "Many".into(), header: vec!["study".into(), "effect".into()], rows };
        let pages = pages("A title", &[Part::Text("Words. ".repeat(500)), table]).unwrap();
        assert!(pages.len() > 3, "{}", pages.len());
        let with_header =
            pages.iter().filter(|p| p.pictures.iter().any(|s| s.svg.contains(">effect</text>"))).count();
        assert!(with_header >= 3, "{with_header}");
    }
}
