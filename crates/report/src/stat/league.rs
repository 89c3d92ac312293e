//! League table of a network meta-analysis: every treatment against every other.

use super::baujat::footer;
use super::canvas::{Anchor, Canvas, class, wrap};
use super::{Look, StatFigureError, finite, number};
use crate::font::{self, Weight};

/// Most treatments of one table.
const MOST: usize = 40;

/// An effect with its interval, on the scale that is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Effect of the row's treatment against the column's.
    pub estimate: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

/// A league table.
#[derive(Debug, Clone, PartialEq)]
pub struct League {
    /// Title.
    pub title: String,
    /// Treatments, best first.
    pub treatments: Vec<String>,
    /// Effects by row and column; `None` on the diagonal and where there is none.
    pub cells: Vec<Vec<Option<Cell>>>,
    /// Value of no effect.
    pub null: f64,
    /// Decimals.
    pub decimals: usize,
    /// Lines under the table.
    pub footer: Vec<String>,
}

/// Draws the table. Effects whose interval excludes no effect are shaded and bold. A table that does not fit the
/// width asked for is drawn wider rather than with overlapping text.
///
/// # Errors
/// [`StatFigureError`] for an empty, ragged or too large table and numbers that cannot be drawn.
pub fn svg(f: &League, look: Look) -> Result<String, StatFigureError> {
    let n = f.treatments.len();
    if n == 0 {
        return Err(StatFigureError::Empty("no treatment"));
    }
    if n > MOST {
        return Err(StatFigureError::TooMany { what: "treatments", found: n, limit: MOST });
    }
    if f.cells.len() != n || f.cells.iter().any(|r| r.len() != n) {
        return Err(StatFigureError::Shape(format!(
            "a league table of {n} treatments needs {n} rows of {n} cells"
        )));
    }
    for (row, label) in f.cells.iter().zip(&f.treatments) {
        for c in row.iter().flatten() {
            for v in [c.estimate, c.lower, c.upper] {
                finite("an effect", label, v)?;
            }
        }
    }
    let mut c = Canvas::new(look);
    let (size, lh) = (c.size, c.line_height());
    let pad = size * 0.6;
    let one = |x: f64| number(x, f.decimals);
    let texts = |cell: &Cell| [one(cell.estimate), format!("[{}, {}]", one(cell.lower), one(cell.upper))];
    let mut inner = f
        .cells
        .iter()
        .flatten()
        .flatten()
        .flat_map(&texts)
        .map(|t| c.text_width(&t, Weight::Bold))
        .fold(size * 3.0, f64::max)
        + size;
    // Where there is room to spare, names get it.
    inner = inner.max(((c.width - 2.0 * pad) / n as f64).min(size * 11.0));
    c.width = c.width.max(inner * n as f64 + 2.0 * pad);
    let mut y = pad + size;
    for line in wrap(&f.title, size, Weight::Bold, c.width - 2.0 * pad) {
        c.text(pad, y, Anchor::Start, Weight::Bold, class::INK, &line);
        y += lh;
    }
    let names: Vec<Vec<String>> = f
        .treatments
        .iter()
        .map(|t| {
            let mut lines = wrap(t, size, Weight::Bold, inner - size * 0.6);
            if lines.len() > 3 {
                let rest = lines.split_off(2).join(" ");
                lines.push(font::fit(&format!("{rest}…"), size, Weight::Bold, inner - size * 0.6));
            }
            lines
        })
        .collect();
    let lines = names.iter().map(Vec::len).max().unwrap_or(1).max(2);
    let height = lh * 0.85 * lines as f64 + size * 0.9;
    let mut described = Vec::new();
    for (i, name) in names.iter().enumerate() {
        for j in 0..n {
            let (x, top) = (pad + inner * j as f64, y + height * i as f64);
            let middle = x + inner / 2.0;
            let baseline = |k: usize, of: usize| {
                top + height / 2.0 + (k as f64 - (of as f64 - 1.0) / 2.0) * lh * 0.85 + size * 0.35
            };
            if i == j {
                c.rect(class::SHADE[1], x + 0.5, top + 0.5, inner - 1.0, height - 1.0);
                for (k, line) in name.iter().enumerate() {
                    c.text(middle, baseline(k, name.len()), Anchor::Middle, Weight::Bold, class::INK, line);
                }
            } else if let Some(cell) = &f.cells[i][j] {
                let excludes = cell.lower > f.null || cell.upper < f.null;
                c.rect(
                    if excludes { class::CELL } else { class::SHADE[0] },
                    x + 0.5,
                    top + 0.5,
                    inner - 1.0,
                    height - 1.0,
                );
                let weight = if excludes { Weight::Bold } else { Weight::Regular };
                let [a, b] = texts(cell);
                c.text(middle, baseline(0, 2), Anchor::Middle, weight, class::INK, &a);
                c.text(middle, baseline(1, 2), Anchor::Middle, weight, class::INK, &b);
                described.push(format!("{} against {}: {a} {b}", f.treatments[i], f.treatments[j]));
            }
        }
    }
    let mut notes =
        vec!["Row against column; shaded and bold where the interval excludes no effect.".to_owned()];
    notes.extend(f.footer.iter().cloned());
    let total = footer(&mut c, &notes, y + height * n as f64 + size * 0.5, pad);
    Ok(c.finish(total, &f.title, &described.join("; ")))
}
