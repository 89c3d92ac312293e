//! L'Abbé plot: risk in the treated against risk in the controls (L'Abbé, Detsky & O'Rourke 1987, Ann Intern Med
//! 107:224).

use super::axis::Axis;
use super::baujat::footer;
use super::canvas::{Anchor, Canvas, class, wrap};
use super::labels::place;
use super::{Look, StatFigureError, Width};
use crate::font::Weight;

/// A study.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Label.
    pub label: String,
    /// Events and participants with treatment.
    pub treated: [f64; 2],
    /// Events and participants without.
    pub control: [f64; 2],
}

/// A line of constant effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// Risk ratio.
    RiskRatio(f64),
    /// Odds ratio.
    OddsRatio(f64),
    /// Risk difference.
    RiskDifference(f64),
}

impl Effect {
    /// Risk with treatment where the risk without is `p`.
    fn treated(self, p: f64) -> f64 {
        match self {
            Self::RiskRatio(r) => r * p,
            Self::OddsRatio(o) => o * p / (1.0 - p + o * p),
            Self::RiskDifference(d) => p + d,
        }
    }
}

/// A L'Abbé plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Labbe {
    /// Title.
    pub title: String,
    /// Names of the axes: without treatment, with treatment.
    pub axes: [String; 2],
    /// Studies.
    pub points: Vec<Point>,
    /// Pooled effect.
    pub pooled: Option<Effect>,
    /// Lines under the plot.
    pub footer: Vec<String>,
}

/// Axes of a plot of points.
pub(super) struct Frame {
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// Where text under the plot may begin.
    pub(super) bottom: f64,
    pub(super) pad: f64,
}

/// Title, axes and their ticks; `square` makes both axes equally long.
pub(super) fn draw_frame(
    c: &mut Canvas,
    look: Look,
    title: &str,
    limits: [[f64; 2]; 2],
    names: [&str; 2],
    square: bool,
) -> Frame {
    let (w, size, lh) = (c.width, c.size, c.line_height());
    let pad = size * 0.6;
    let mut top = pad + size;
    for line in wrap(title, size, Weight::Bold, w - 2.0 * pad) {
        c.text(pad, top, Anchor::Start, Weight::Bold, class::INK, &line);
        top += lh;
    }
    // The name of the vertical axis stands above it, where it needs no turning of the head.
    for line in wrap(&format!("↑ {}", names[1]), size, Weight::Regular, w - 2.0 * pad) {
        c.text(pad, top, Anchor::Start, Weight::Regular, class::SOFT, &line);
        top += lh;
    }
    top -= lh * 0.4;
    let page = look.width == Width::Page;
    let mut y = Axis { log: false, limits: limits[1], px: [top + if page { 300.0 } else { 200.0 }, top] };
    let tick_width = y.ticks(6).iter().map(|t| c.text_width(&t.1, Weight::Regular)).fold(0.0, f64::max);
    let left = pad + tick_width + 6.0;
    let mut right = w - pad - 4.0;
    if square {
        let side = (right - left).min(if page { 360.0 } else { 260.0 });
        right = left + side;
        y.px = [top + side, top];
    }
    let x = Axis { log: false, limits: limits[0], px: [left, right] };
    for (v, text) in y.ticks(6) {
        let ty = y.at(v);
        c.line(class::GRID, [left, ty], [right, ty], 0.5, "");
        c.line(class::AXIS, [left - 3.0, ty], [left, ty], 0.8, "");
        c.text(left - 5.0, ty + size * 0.35, Anchor::End, Weight::Regular, class::INK, &text);
    }
    let foot = y.px[0];
    let mut last = f64::NEG_INFINITY;
    for (v, text) in x.ticks(if page { 8 } else { 5 }) {
        let tx = x.at(v);
        let half = c.text_width(&text, Weight::Regular) / 2.0;
        c.line(class::AXIS, [tx, foot], [tx, foot + 3.0], 0.8, "");
        if tx - half > last + 2.0 && tx + half < w {
            c.text(tx, foot + 3.0 + size, Anchor::Middle, Weight::Regular, class::INK, &text);
            last = tx + half;
        }
    }
    c.line(class::AXIS, [left, foot], [right, foot], 0.8, "");
    c.line(class::AXIS, [left, foot], [left, y.px[1]], 0.8, "");
    let mut bottom = foot + 3.0 + lh + size * 0.2;
    for line in wrap(&format!("{} →", names[0]), size, Weight::Regular, w - 2.0 * pad - left) {
        bottom += lh * 0.9;
        c.text(right, bottom, Anchor::End, Weight::Regular, class::SOFT, &line);
    }
    Frame { x, y, bottom, pad }
}

/// Where the axes end: at the first round number above every risk, at most 1.
fn top_risk(points: &[Point]) -> f64 {
    let largest = points.iter().flat_map(|p| [p.treated, p.control]).map(|[x, n]| x / n).fold(0.0, f64::max);
    let round = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8];
    round.into_iter().find(|r| *r >= largest * 1.05).unwrap_or(1.0)
}

/// Draws the plot; the area of a circle is in proportion to the participants, and both axes end above the largest risk.
///
/// # Errors
/// [`StatFigureError`] where there is no study or counts are impossible.
pub fn svg(f: &Labbe, look: Look) -> Result<String, StatFigureError> {
    if f.points.is_empty() {
        return Err(StatFigureError::Empty("no study"));
    }
    for p in &f.points {
        for [x, n] in [p.treated, p.control] {
            let possible = x.is_finite() && n.is_finite() && n > 0.0 && (0.0..=n).contains(&x);
            if !possible {
                return Err(StatFigureError::Number {
                    what: "events of participants",
                    label: p.label.clone(),
                    value: format!("{x} of {n}"),
                });
            }
        }
    }
    let mut c = Canvas::new(look);
    let names = [f.axes[0].as_str(), f.axes[1].as_str()];
    let top = top_risk(&f.points);
    // A little room below zero, so that the circles of rare events do not hide the axes.
    let limits = [-0.05 * top, top * 1.02];
    let Frame { x, y, bottom, pad } = draw_frame(&mut c, look, &f.title, [limits, limits], names, true);
    c.line(class::AXIS, [x.at(0.0), y.at(0.0)], [x.at(top), y.at(top)], 0.8, "");
    if let Some(effect) = f.pooled {
        let points: Vec<[f64; 2]> = (0..=100)
            .map(|i| f64::from(i) / 100.0 * top)
            .map(|p| (p, effect.treated(p)))
            .filter(|(_, q)| (0.0..=top).contains(q))
            .map(|(p, q)| [x.at(p), y.at(q)])
            .collect();
        c.polyline(class::POOL_LINE, &points, 1.3, "5 3");
    }
    let largest = f.points.iter().map(|p| p.treated[1] + p.control[1]).fold(0.0, f64::max);
    let mut order: Vec<&Point> = f.points.iter().collect();
    order.sort_by(|a, b| (b.treated[1] + b.control[1]).total_cmp(&(a.treated[1] + a.control[1])));
    let at: Vec<([f64; 2], f64)> = order
        .iter()
        .map(|p| {
            let n = p.treated[1] + p.control[1];
            let r = (c.size * 0.8 * libm::sqrt(n / largest)).max(2.0);
            ([x.at(p.control[0] / p.control[1]), y.at(p.treated[0] / p.treated[1])], r)
        })
        .collect();
    let labels: Vec<&str> = order.iter().map(|p| p.label.as_str()).collect();
    let area = [x.px[0] + 2.0, y.px[1], c.width - pad, y.px[0] - 2.0];
    let places = place(&at, &labels, c.size, area, &[]);
    let mut left_out = Vec::new();
    for ((p, (point, r)), placed) in order.iter().zip(&at).zip(&places) {
        let tip = format!(
            "{}: {}/{} against {}/{}",
            p.label, p.treated[0], p.treated[1], p.control[0], p.control[1]
        );
        c.circle(class::OPEN, *point, *r, &tip);
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
