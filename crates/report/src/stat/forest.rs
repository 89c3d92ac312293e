//! Forest plot (Lewis & Clarke 2001, BMJ 322:1479), also of cumulative meta-analyses.

use super::axis::{Axis, hull};
use super::canvas::{Anchor, Canvas, class, wrap};
use super::{Look, StatFigureError, Width, finite, number};
use crate::font::Weight;

/// Most rows of one figure.
const MOST_ROWS: usize = 1_000;

/// An effect with its interval, on the scale that is shown (ratios as ratios).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Estimate.
    pub estimate: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A heading, such as the name of a subgroup.
    Heading(String),
    /// A study.
    Study {
        /// Label.
        label: String,
        /// Texts of the columns between label and plot.
        cells: Vec<String>,
        /// Effect.
        effect: Interval,
        /// Weight in percent; the area of the square is in proportion.
        weight_percent: Option<f64>,
    },
    /// The pooled effect after adding a study: a point without weight.
    Step {
        /// Label.
        label: String,
        /// Effect so far.
        effect: Interval,
    },
    /// A pooled effect.
    Pooled {
        /// Label, with the method.
        label: String,
        /// Effect.
        effect: Interval,
        /// Prediction interval.
        prediction: Option<[f64; 2]>,
    },
    /// A study that is not shown as an effect, with the reason.
    Without {
        /// Label.
        label: String,
        /// Reason.
        reason: String,
    },
}

/// A forest plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// Title.
    pub title: String,
    /// Name of the measure, as "Risk ratio".
    pub measure: String,
    /// Logarithmic axis.
    pub log: bool,
    /// Value of no effect.
    pub null: f64,
    /// Titles of the columns between label and plot (left out at column width).
    pub columns: Vec<String>,
    /// Rows from top to bottom.
    pub rows: Vec<Row>,
    /// What values left and right of no effect favour; empty to leave out.
    pub favours: [String; 2],
    /// Lines under the plot: heterogeneity, methods, warnings.
    pub footer: Vec<String>,
}

fn decimals(f: &Forest) -> usize {
    let largest = effects(f).flat_map(|e| [e.estimate, e.lower, e.upper]).map(f64::abs).fold(0.0, f64::max);
    if largest >= 1000.0 {
        0
    } else if largest >= 100.0 {
        1
    } else {
        2
    }
}

fn effects(f: &Forest) -> impl Iterator<Item = &Interval> {
    f.rows.iter().filter_map(|r| match r {
        Row::Study { effect, .. } | Row::Step { effect, .. } | Row::Pooled { effect, .. } => Some(effect),
        Row::Heading(_) | Row::Without { .. } => None,
    })
}

fn check(f: &Forest) -> Result<(), StatFigureError> {
    if f.rows.len() > MOST_ROWS {
        return Err(StatFigureError::TooMany { what: "rows", found: f.rows.len(), limit: MOST_ROWS });
    }
    if effects(f).next().is_none() {
        return Err(StatFigureError::Empty("no row has an effect"));
    }
    let value = |what, label: &str, x: f64| {
        finite(what, label, x)?;
        if f.log && x <= 0.0 {
            return Err(StatFigureError::Number { what, label: label.to_owned(), value: x.to_string() });
        }
        Ok(())
    };
    value("no effect", "the axis", f.null)?;
    for row in &f.rows {
        let (label, e) = match row {
            Row::Study { label, effect, weight_percent, .. } => {
                finite("the weight", label, weight_percent.unwrap_or(0.0))?;
                (label, effect)
            }
            Row::Step { label, effect } => (label, effect),
            Row::Pooled { label, effect, prediction } => {
                for p in prediction.iter().flatten() {
                    value("the prediction interval", label, *p)?;
                }
                (label, effect)
            }
            Row::Heading(_) | Row::Without { .. } => continue,
        };
        value("the estimate", label, e.estimate)?;
        value("the lower bound", label, e.lower)?;
        value("the upper bound", label, e.upper)?;
    }
    Ok(())
}

/// Limits of the axis: all estimates and pooled intervals, and as much of the other intervals as leaves the
/// estimates readable; what goes beyond ends in an arrow.
fn limits(f: &Forest) -> [f64; 2] {
    let on = |x: f64| if f.log { libm::log(x) } else { x };
    let off = |x: f64| if f.log { libm::exp(x) } else { x };
    let mut core: Vec<f64> = effects(f).map(|e| on(e.estimate)).collect();
    core.push(on(f.null));
    for row in &f.rows {
        if let Row::Pooled { effect, .. } = row {
            core.extend([on(effect.lower), on(effect.upper)]);
        }
    }
    let (lo, hi) = core.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
    let mut halves: Vec<f64> = effects(f).map(|e| (on(e.upper) - on(e.lower)).abs() / 2.0).collect();
    halves.sort_by(f64::total_cmp);
    let room = 1.5 * halves[halves.len() / 2].max((hi - lo) / 4.0);
    let least = effects(f).map(|e| on(e.lower)).fold(f64::INFINITY, f64::min).max(lo - room).min(lo);
    let most = effects(f).map(|e| on(e.upper)).fold(f64::NEG_INFINITY, f64::max).min(hi + room).max(hi);
    hull([off(least), off(most)].into_iter(), f.log, 0.04)
}

/// Draws the plot.
///
/// # Errors
/// [`StatFigureError`] where nothing can be drawn or a number is not possible on the scale.
pub fn svg(f: &Forest, look: Look) -> Result<String, StatFigureError> {
    check(f)?;
    let mut c = Canvas::new(look);
    let (w, size, lh) = (c.width, c.size, c.line_height());
    let pad = size * 0.5;
    let wide = look.width == Width::Page;
    let digits = decimals(f);
    let effect_text = |e: &Interval| {
        format!("{} [{}, {}]", number(e.estimate, digits), number(e.lower, digits), number(e.upper, digits))
    };
    let columns: &[String] = if wide { &f.columns } else { &[] };
    let has_weights = wide && f.rows.iter().any(|r| matches!(r, Row::Study { weight_percent: Some(_), .. }));

    // Widths of the columns of text; the plot takes what is left.
    let head = format!("{} [95% CI]", f.measure);
    let mut effect_width =
        effects(f).map(|e| c.text_width(&effect_text(e), Weight::Bold)).fold(0.0, f64::max);
    let room = effect_width.max(size * 7.0);
    let head_lines = if c.text_width(&head, Weight::Bold) <= room {
        vec![head]
    } else {
        let mut lines = wrap(&f.measure, size, Weight::Bold, room);
        lines.push("[95% CI]".to_owned());
        lines
    };
    effect_width =
        head_lines.iter().map(|l| c.text_width(l, Weight::Bold)).fold(effect_width, f64::max) + pad;
    let weight_width = if has_weights { c.text_width("Weight", Weight::Bold) + pad } else { 0.0 };
    let cell_widths: Vec<f64> = columns
        .iter()
        .enumerate()
        .map(|(i, title)| {
            let cells = f.rows.iter().filter_map(|r| match r {
                Row::Study { cells, .. } => cells.get(i),
                _ => None,
            });
            cells.map(|t| c.text_width(t, Weight::Regular)).fold(c.text_width(title, Weight::Bold), f64::max)
                + 1.5 * pad
        })
        .collect();
    let label_texts = f.rows.iter().filter_map(|r| match r {
        Row::Study { label, .. } | Row::Step { label, .. } => Some(c.text_width(label, Weight::Regular)),
        _ => None,
    });
    let label_need = label_texts.fold(size * 5.0, f64::max) + pad;
    let fixed = effect_width + weight_width + cell_widths.iter().sum::<f64>() + 2.0 * pad;
    let least_plot = if wide { 150.0 } else { 105.0 };
    let label_width = label_need.min((w - fixed - least_plot).max(size * 6.0));
    let plot_left = pad + label_width + cell_widths.iter().sum::<f64>();
    let plot_right = w - pad - effect_width - weight_width - pad;

    let mut y = pad + size;
    for line in wrap(&f.title, size, Weight::Bold, w - 2.0 * pad) {
        c.text(pad, y, Anchor::Start, Weight::Bold, class::INK, &line);
        y += lh;
    }
    // Column heads stand on the last of their lines.
    let head_y = y + lh * (head_lines.len().max(1) - 1) as f64;
    let mut x = pad + label_width;
    for (title, width) in columns.iter().zip(&cell_widths) {
        x += width;
        c.text(x - pad, head_y, Anchor::End, Weight::Bold, class::SOFT, title);
    }
    for (i, line) in head_lines.iter().enumerate() {
        c.text(w - pad - weight_width, y + lh * i as f64, Anchor::End, Weight::Bold, class::SOFT, line);
    }
    if has_weights {
        c.text(w - pad, head_y, Anchor::End, Weight::Bold, class::SOFT, "Weight");
    }
    y = head_y + lh * 0.5;
    c.line(class::AXIS, [pad, y], [w - pad, y], 0.8, "");

    let axis = Axis { log: f.log, limits: limits(f), px: [plot_left + pad, plot_right - pad] };
    let row_height = lh * 1.05;
    let top = y;
    let pooled_label_width = plot_left - pad * 1.5;
    // Rows are measured first: pooled labels may take two lines.
    let heights: Vec<f64> = f
        .rows
        .iter()
        .map(|r| match r {
            Row::Pooled { label, prediction, .. } => {
                let lines = wrap(label, size, Weight::Bold, pooled_label_width).len().max(1);
                row_height * (lines.max(1 + usize::from(prediction.is_some()))) as f64
            }
            _ => row_height,
        })
        .collect();
    let bottom = top + heights.iter().sum::<f64>() + lh * 0.3;
    let null_x = axis.clamped(f.null);
    c.line(class::AXIS, [null_x, top], [null_x, bottom], 0.8, "");
    if let Some(Row::Pooled { effect, .. }) = f.rows.iter().rev().find(|r| matches!(r, Row::Pooled { .. })) {
        let px = axis.clamped(effect.estimate);
        c.line(class::POOL_LINE, [px, top], [px, bottom], 0.8, "3 2");
    }

    for (row, height) in f.rows.iter().zip(&heights) {
        let base = y + row_height * 0.72;
        let mid = y + row_height * 0.5;
        match row {
            Row::Heading(text) => c.text_fit(pad, base, Weight::Bold, class::INK, text, w - 2.0 * pad),
            Row::Without { label, reason } => {
                c.text_fit(pad, base, Weight::Regular, class::SOFT, label, label_width - pad);
                let room = w - 2.0 * pad - plot_left;
                let covered = c.text_width(reason, Weight::Regular).min(room) + 4.0;
                c.rect("bg", plot_left + pad - 2.0, y + 1.0, covered, row_height - 2.0);
                c.text_fit(plot_left + pad, base, Weight::Regular, class::SOFT, reason, room);
            }
            Row::Study { label, cells, effect, weight_percent } => {
                c.text_fit(pad, base, Weight::Regular, class::INK, label, label_width - pad);
                let mut x = pad + label_width;
                for (text, width) in cells.iter().zip(&cell_widths) {
                    x += width;
                    c.text(x - pad, base, Anchor::End, Weight::Regular, class::INK, text);
                }
                interval(&mut c, &axis, effect, mid);
                let share = weight_percent.unwrap_or(20.0).clamp(0.0, 100.0) / 100.0;
                let half = (0.5 * size * libm::sqrt(share)).clamp(1.6, row_height * 0.42);
                if axis.contains(effect.estimate) {
                    let px = axis.at(effect.estimate);
                    c.rect(class::MARK, px - half, mid - half, 2.0 * half, 2.0 * half);
                }
                c.text(
                    w - pad - weight_width,
                    base,
                    Anchor::End,
                    Weight::Regular,
                    class::INK,
                    &effect_text(effect),
                );
                if let (true, Some(p)) = (has_weights, weight_percent) {
                    let text = format!("{}%", number(*p, 1));
                    c.text(w - pad, base, Anchor::End, Weight::Regular, class::INK, &text);
                }
            }
            Row::Step { label, effect } => {
                c.text_fit(pad, base, Weight::Regular, class::INK, label, label_width - pad);
                interval(&mut c, &axis, effect, mid);
                c.circle(class::POOL, [axis.clamped(effect.estimate), mid], size * 0.26, "");
                c.text(
                    w - pad - weight_width,
                    base,
                    Anchor::End,
                    Weight::Regular,
                    class::INK,
                    &effect_text(effect),
                );
            }
            Row::Pooled { label, effect, prediction } => {
                for (i, line) in wrap(label, size, Weight::Bold, pooled_label_width).iter().enumerate() {
                    c.text(pad, base + i as f64 * row_height, Anchor::Start, Weight::Bold, class::INK, line);
                }
                let h = size * 0.42;
                let (l, m, u) =
                    (axis.clamped(effect.lower), axis.clamped(effect.estimate), axis.clamped(effect.upper));
                c.polygon(class::POOL, &[[l, mid], [m, mid - h], [u, mid], [m, mid + h]]);
                c.text(
                    w - pad - weight_width,
                    base,
                    Anchor::End,
                    Weight::Bold,
                    class::INK,
                    &effect_text(effect),
                );
                if let Some([low, high]) = prediction {
                    let mid = mid + row_height;
                    bar(&mut c, &axis, class::POOL_LINE, *low, *high, mid, 2.2);
                    let text = format!("PI [{}, {}]", number(*low, digits), number(*high, digits));
                    c.text(
                        w - pad - weight_width,
                        base + row_height,
                        Anchor::End,
                        Weight::Regular,
                        class::SOFT,
                        &text,
                    );
                }
            }
        }
        y += height;
    }

    // The axis under the rows.
    y = bottom;
    c.line(class::AXIS, [axis.px[0], y], [axis.px[1], y], 0.8, "");
    let mut last = f64::NEG_INFINITY;
    for (v, text) in axis.ticks(if wide { 7 } else { 5 }) {
        let px = axis.at(v);
        let half = c.text_width(&text, Weight::Regular) / 2.0;
        c.line(class::AXIS, [px, y], [px, y + 3.0], 0.8, "");
        if px - half > last + 2.0 {
            c.text(px, y + 3.0 + size, Anchor::Middle, Weight::Regular, class::INK, &text);
            last = px + half;
        }
    }
    y += 3.0 + lh;
    y = favours(&mut c, f, null_x, y, pad);
    y += lh * 0.6;
    for note in &f.footer {
        for line in wrap(note, size, Weight::Regular, w - 2.0 * pad) {
            y += lh * 0.9;
            c.text(pad, y, Anchor::Start, Weight::Regular, class::SOFT, &line);
        }
    }
    let described = f
        .rows
        .iter()
        .filter_map(|r| match r {
            Row::Study { label, effect, .. }
            | Row::Step { label, effect }
            | Row::Pooled { label, effect, .. } => Some(format!("{label}: {}", effect_text(effect))),
            _ => None,
        })
        .collect::<Vec<_>>()
        .join("; ");
    Ok(c.finish(y + pad, &f.title, &described))
}

/// The two directions under the axis, side by side where they fit and below each other where not.
fn favours(c: &mut Canvas, f: &Forest, null_x: f64, y: f64, pad: f64) -> f64 {
    let [left, right] = &f.favours;
    if left.is_empty() && right.is_empty() {
        return y - c.size * 0.4;
    }
    let (l, r) = (format!("← {left}"), format!("{right} →"));
    let base = y + c.size * 0.6;
    let gap = c.size * 0.6;
    let (lw, rw) = (c.text_width(&l, Weight::Regular), c.text_width(&r, Weight::Regular));
    let fits_left = null_x - gap - lw >= pad;
    let fits_right = null_x + gap + rw <= c.width - pad;
    if fits_left && fits_right {
        c.text(null_x - gap, base, Anchor::End, Weight::Regular, class::SOFT, &l);
        c.text(null_x + gap, base, Anchor::Start, Weight::Regular, class::SOFT, &r);
        return base;
    }
    let lh = c.line_height();
    let width = c.width - 2.0 * pad;
    c.text_fit(pad, base, Weight::Regular, class::SOFT, &l, width);
    let shown = crate::font::fit(&r, c.size, Weight::Regular, width);
    c.text(c.width - pad, base + lh, Anchor::End, Weight::Regular, class::SOFT, &shown);
    base + lh
}

fn interval(c: &mut Canvas, axis: &Axis, e: &Interval, y: f64) {
    bar(c, axis, class::LINE, e.lower, e.upper, y, 1.1);
}

/// A horizontal interval; an end beyond the axis becomes an arrow.
fn bar(c: &mut Canvas, axis: &Axis, class: &str, low: f64, high: f64, y: f64, width: f64) {
    let (l, u) = (axis.clamped(low), axis.clamped(high));
    c.line(class, [l, y], [u, y], width, "");
    let a = c.size * 0.3;
    let fill = if class == self::class::LINE { self::class::MARK } else { self::class::POOL };
    if low < axis.limits[0] {
        c.polygon(
            fill,
            &[[axis.px[0] - a * 0.6, y], [axis.px[0] + a, y - a * 0.7], [axis.px[0] + a, y + a * 0.7]],
        );
    }
    if high > axis.limits[1] {
        c.polygon(
            fill,
            &[[axis.px[1] + a * 0.6, y], [axis.px[1] - a, y - a * 0.7], [axis.px[1] - a, y + a * 0.7]],
        );
    }
}
