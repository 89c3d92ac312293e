//! Baujat plot: what a study adds to heterogeneity against its influence on the pooled effect (Baujat et al. 2002,
//! Stat Med 21:2641).

use super::canvas::{Anchor, Canvas, class, wrap};
use super::labbe::{Frame, draw_frame};
use super::labels::place;
use super::{Look, StatFigureError, finite};
use crate::font::Weight;

/// A study.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Label.
    pub label: String,
    /// Contribution to Cochran's Q.
    pub contribution: f64,
    /// Standardised squared change of the pooled effect without the study.
    pub influence: f64,
}

/// A Baujat plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Baujat {
    /// Title.
    pub title: String,
    /// Studies.
    pub points: Vec<Point>,
    /// Lines under the plot.
    pub footer: Vec<String>,
}

/// Draws the plot. Labels that find no place are listed under it.
///
/// # Errors
/// [`StatFigureError`] where there is no study or a number cannot be drawn.
pub fn svg(f: &Baujat, look: Look) -> Result<String, StatFigureError> {
    if f.points.is_empty() {
        return Err(StatFigureError::Empty("no study"));
    }
    for p in &f.points {
        finite("the contribution", &p.label, p.contribution)?;
        finite("the influence", &p.label, p.influence)?;
    }
    let mut c = Canvas::new(look);
    let top = |v: f64| if v > 0.0 { v * 1.08 } else { 1.0 };
    let most = |g: fn(&Point) -> f64| f.points.iter().map(g).fold(0.0, f64::max);
    let frame = draw_frame(
        &mut c,
        look,
        &f.title,
        [[0.0, top(most(|p| p.contribution))], [0.0, top(most(|p| p.influence))]],
        ["Contribution to heterogeneity (Q)", "Influence on the pooled effect"],
        false,
    );
    let Frame { x, y, bottom, pad } = frame;
    let r = c.size * 0.3;
    // The largest come first, so that they keep their labels.
    let mut order: Vec<&Point> = f.points.iter().collect();
    order.sort_by(|a, b| (b.contribution + b.influence).total_cmp(&(a.contribution + a.influence)));
    let at: Vec<([f64; 2], f64)> =
        order.iter().map(|p| ([x.at(p.contribution), y.at(p.influence)], r)).collect();
    let labels: Vec<&str> = order.iter().map(|p| p.label.as_str()).collect();
    let area = [x.px[0] + 2.0, y.px[1], x.px[1], y.px[0] - 2.0];
    let places = place(&at, &labels, c.size, area, &[]);
    let mut left_out = Vec::new();
    for ((p, (point, r)), placed) in order.iter().zip(&at).zip(&places) {
        c.circle(class::MARK, *point, *r, &p.label);
        match placed {
            Some(l) => c.text(l.x, l.y, Anchor::Start, Weight::Regular, class::INK, &p.label),
            None => left_out.push(p.label.as_str()),
        }
    }
    let mut notes = f.footer.clone();
    if !left_out.is_empty() {
        notes.push(format!("Not labelled: {}.", left_out.join(", ")));
    }
    let height = footer(&mut c, &notes, bottom, pad);
    Ok(c.finish(height, &f.title, &format!("{} studies", f.points.len())))
}

/// Writes the lines under a figure and returns its height.
pub(super) fn footer(c: &mut Canvas, notes: &[String], bottom: f64, pad: f64) -> f64 {
    let mut y = bottom;
    for note in notes {
        for line in wrap(note, c.size, Weight::Regular, c.width - 2.0 * pad) {
            y += c.line_height() * 0.95;
            c.text(pad, y, Anchor::Start, Weight::Regular, class::SOFT, &line);
        }
    }
    y + pad
}
