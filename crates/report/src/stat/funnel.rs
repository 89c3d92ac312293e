//! Funnel plot with contours of significance (Sterne & Egger 2001, J Clin Epidemiol 54:1046; Peters et al. 2008,
//! J Clin Epidemiol 61:991).

use super::axis::{Axis, hull};
use super::canvas::{Anchor, Canvas, class, wrap};
use super::{Look, StatFigureError, Width, finite};
use crate::font::Weight;

/// A study.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Label, shown as a tooltip.
    pub label: String,
    /// Effect on the scale of the analysis (logarithms for ratios).
    pub effect: f64,
    /// Standard error.
    pub standard_error: f64,
    /// A study imputed by trim and fill: drawn open.
    pub imputed: bool,
}

/// A funnel plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// Title.
    pub title: String,
    /// Name of the measure on the axis.
    pub measure: String,
    /// Effects are logarithms and the axis shows ratios.
    pub log: bool,
    /// Studies.
    pub points: Vec<Point>,
    /// Pooled effect on the scale of the analysis.
    pub pooled: f64,
    /// Lines under the plot.
    pub footer: Vec<String>,
}

/// Two-sided significance of the contours, and the matching normal quantiles (10, 5 and 1 percent).
const CONTOURS: [(&str, f64); 3] = [
    ("p > 0.10", 1.644_853_626_951_472_7),
    ("0.05 to 0.10", 1.959_963_984_540_054),
    ("0.01 to 0.05", 2.575_829_303_548_901),
];

/// Draws the plot.
///
/// # Errors
/// [`StatFigureError`] where there is no study or a number cannot be drawn.
pub fn svg(f: &Funnel, look: Look) -> Result<String, StatFigureError> {
    if f.points.is_empty() {
        return Err(StatFigureError::Empty("no study"));
    }
    finite("the pooled effect", "the figure", f.pooled)?;
    let mut worst = 0.0f64;
    for p in &f.points {
        finite("the effect", &p.label, p.effect)?;
        finite("the standard error", &p.label, p.standard_error)?;
        if p.standard_error < 0.0 {
            return Err(StatFigureError::Number {
                what: "the standard error",
                label: p.label.clone(),
                value: p.standard_error.to_string(),
            });
        }
        worst = worst.max(p.standard_error);
    }
    let most = if worst > 0.0 { worst * 1.08 } else { 1.0 };
    let mut c = Canvas::new(look);
    let (w, size, lh) = (c.width, c.size, c.line_height());
    let pad = size * 0.6;
    let mut y = pad + size;
    for line in wrap(&f.title, size, Weight::Bold, w - 2.0 * pad) {
        c.text(pad, y, Anchor::Start, Weight::Bold, class::INK, &line);
        y += lh;
    }
    // Limits in analysis units: the points and the funnel at its foot.
    let foot = 1.96 * most;
    let values = f.points.iter().map(|p| p.effect).chain([f.pooled - foot, f.pooled + foot]);
    let [lo, hi] = hull(values, false, 0.04);
    let show = |x: f64| if f.log { libm::exp(x) } else { x };
    let plot_top = y;
    let plot_bottom = plot_top + if look.width == Width::Page { 300.0 } else { 190.0 };
    let se_axis = Axis { log: false, limits: [0.0, most], px: [plot_top, plot_bottom] };
    let se_ticks = se_axis.ticks(6);
    let tick_width = se_ticks.iter().map(|t| c.text_width(&t.1, Weight::Regular)).fold(0.0, f64::max);
    let left = pad + lh + tick_width + 6.0;
    let right = w - pad - 2.0;
    let x_axis = Axis { log: f.log, limits: [show(lo), show(hi)], px: [left, right] };
    let at = |x: f64, se: f64| [x_axis.at(show(x)), se_axis.at(se)];

    // Contours about no effect: the darker, the more significant.
    c.rect(class::SHADE[2], left, plot_top, right - left, plot_bottom - plot_top);
    for (i, (_, z)) in CONTOURS.iter().enumerate().rev() {
        let cls = ["bg", class::SHADE[0], class::SHADE[1]][i];
        c.polygon(cls, &clip_triangle(z * most, most, [lo, hi]).map(|[x, se]| at(x, se)));
    }
    let null = if f.log { 1.0 } else { 0.0 };
    if x_axis.contains(null) {
        let x = x_axis.at(null);
        c.line(class::AXIS, [x, plot_top], [x, plot_bottom], 0.7, "");
    }
    let px = x_axis.at(show(f.pooled));
    c.line(class::POOL_LINE, [px, plot_top], [px, plot_bottom], 1.2, "");
    for side in [-1.0, 1.0] {
        c.line(class::POOL_LINE, at(f.pooled, 0.0), at(f.pooled + side * foot, most), 0.9, "4 3");
    }
    let r = size * 0.32;
    for p in &f.points {
        let cls = if p.imputed { class::OPEN } else { class::MARK };
        c.circle(cls, at(p.effect, p.standard_error), r, &p.label);
    }
    c.line(class::AXIS, [left, plot_bottom], [right, plot_bottom], 0.8, "");
    c.line(class::AXIS, [left, plot_top], [left, plot_bottom], 0.8, "");
    for (v, text) in &se_ticks {
        let ty = se_axis.at(*v);
        c.line(class::AXIS, [left - 3.0, ty], [left, ty], 0.8, "");
        c.text(left - 5.0, ty + size * 0.35, Anchor::End, Weight::Regular, class::INK, text);
    }
    y = plot_bottom;
    let mut last = f64::NEG_INFINITY;
    for (v, text) in x_axis.ticks(if look.width == Width::Page { 8 } else { 5 }) {
        let tx = x_axis.at(v);
        let half = c.text_width(&text, Weight::Regular) / 2.0;
        c.line(class::AXIS, [tx, y], [tx, y + 3.0], 0.8, "");
        if tx - half > last + 2.0 && tx + half < w {
            c.text(tx, y + 3.0 + size, Anchor::Middle, Weight::Regular, class::INK, &text);
            last = tx + half;
        }
    }
    y += 3.0 + lh + size;
    let x_title = format!("{}; vertical: standard error", f.measure);
    for line in wrap(&x_title, size, Weight::Regular, right - left) {
        c.text((left + right) / 2.0, y, Anchor::Middle, Weight::Regular, class::SOFT, &line);
        y += lh;
    }
    // Legend.
    let entries = [
        ("bg", CONTOURS[0].0),
        (class::SHADE[0], CONTOURS[1].0),
        (class::SHADE[1], CONTOURS[2].0),
        (class::SHADE[2], "p < 0.01"),
    ];
    let mut x = left;
    for (cls, text) in entries {
        let need = size + 4.0 + c.text_width(text, Weight::Regular) + size;
        if x + need > right + size && x > left {
            x = left;
            y += lh;
        }
        c.rect(cls, x, y - size * 0.8, size, size * 0.9);
        c.polyline(class::AXIS, &box_outline(x, y - size * 0.8, size, size * 0.9), 0.5, "");
        c.text(x + size + 4.0, y, Anchor::Start, Weight::Regular, class::SOFT, text);
        x += need;
    }
    if f.points.iter().any(|p| p.imputed) {
        y += lh;
        c.circle(class::OPEN, [left + size / 2.0, y - size * 0.35], r, "");
        c.text(left + size + 4.0, y, Anchor::Start, Weight::Regular, class::SOFT, "imputed by trim and fill");
    }
    for note in &f.footer {
        for line in wrap(note, size, Weight::Regular, w - 2.0 * pad) {
            y += lh * 0.95;
            c.text(pad, y, Anchor::Start, Weight::Regular, class::SOFT, &line);
        }
    }
    let described = format!("{} studies; standard errors up to {worst:.3}", f.points.len());
    Ok(c.finish(y + pad, &f.title, &described))
}

fn box_outline(x: f64, y: f64, w: f64, h: f64) -> [[f64; 2]; 5] {
    [[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]
}

/// The triangle from (0, 0) to (±half, se), cut off at the limits of the axis.
fn clip_triangle(half: f64, se: f64, [lo, hi]: [f64; 2]) -> [[f64; 2]; 6] {
    let apex_left = 0.0f64.clamp(lo, hi);
    let side = |limit: f64, end: f64| {
        // Where the slanted side leaves the axis.
        let x = end.clamp(lo, hi);
        let s = if end == 0.0 { 0.0 } else { (x / end * se).clamp(0.0, se) };
        let _ = limit;
        [x, s]
    };
    let (l, r) = (side(lo, -half), side(hi, half));
    // If no effect lies outside the axis the apex moves to the edge, at the height where the side enters.
    let apex_se = if apex_left == 0.0 || half == 0.0 { 0.0 } else { (apex_left.abs() / half * se).min(se) };
    [[apex_left, apex_se], r, [r[0], se], [l[0], se], l, [apex_left, apex_se]]
}
