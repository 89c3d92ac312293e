//! One patient over time: measurements in phases, with the level of each phase.

use super::baujat::footer;
use super::canvas::{Anchor, Canvas, class};
use super::labbe::{Frame, draw_frame};
use super::{Look, StatFigureError, finite, number};
use crate::font::{Weight, fit};

/// A stretch of measurements under one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// Name, such as "A (baseline)".
    pub label: String,
    /// Times and values, in order of time.
    pub points: Vec<[f64; 2]>,
}

/// A band of predicted values: time, lower bound, middle, upper bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// What it is, such as "95 % prediction band from the baseline".
    pub label: String,
    /// Time, lower bound, middle and upper bound.
    pub points: Vec<[f64; 4]>,
}

/// A single-case chart.
#[derive(Debug, Clone, PartialEq)]
pub struct SingleCase {
    /// Title.
    pub title: String,
    /// Name of the time axis with its unit.
    pub time: String,
    /// Name of the outcome with its range.
    pub outcome: String,
    /// Phases in order.
    pub phases: Vec<Phase>,
    /// Band, where one was computed.
    pub band: Option<Band>,
    /// Lines under the chart.
    pub footer: Vec<String>,
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n % 2 == 1 { values[n / 2] } else { f64::midpoint(values[n / 2 - 1], values[n / 2]) }
}

/// Draws the chart; the level of a phase is its median, drawn where there are several phases.
///
/// # Errors
/// [`StatFigureError`] where there is no measurement, a phase is out of order, or a number cannot be drawn.
pub fn svg(f: &SingleCase, look: Look) -> Result<String, StatFigureError> {
    let all = || f.phases.iter().flat_map(|p| &p.points);
    if all().next().is_none() {
        return Err(StatFigureError::Empty("no measurement"));
    }
    let mut before = f64::NEG_INFINITY;
    for phase in &f.phases {
        for [t, v] in &phase.points {
            finite("a time", &phase.label, *t)?;
            finite("a value", &phase.label, *v)?;
            if *t < before {
                return Err(StatFigureError::Shape(format!(
                    "phase \"{}\": time {t} comes after time {before}",
                    phase.label
                )));
            }
            before = *t;
        }
    }
    for p in f.band.iter().flat_map(|b| &b.points).flatten() {
        finite("a value", "the band", *p)?;
    }
    let band = || f.band.iter().flat_map(|b| &b.points);
    let mut c = Canvas::new(look);
    let xs = super::axis::hull(all().map(|p| p[0]).chain(band().map(|p| p[0])), false, 0.03);
    let values = all().map(|p| p[1]).chain(band().flat_map(|p| [p[1], p[3]]));
    let mut ys = super::axis::hull(values, false, 0.08);
    // Room for the names of the phases at the top.
    ys[1] += 0.12 * (ys[1] - ys[0]);
    let Frame { x, y, bottom, pad } =
        draw_frame(&mut c, look, &f.title, [xs, ys], [&f.time, &f.outcome], false);
    let size = c.size;
    if let Some(band) = &f.band {
        let mut outline: Vec<[f64; 2]> = band.points.iter().map(|p| [x.at(p[0]), y.clamped(p[1])]).collect();
        outline.extend(band.points.iter().rev().map(|p| [x.at(p[0]), y.clamped(p[3])]));
        c.polygon(class::SHADE[1], &outline);
        let middle: Vec<[f64; 2]> = band.points.iter().map(|p| [x.at(p[0]), y.clamped(p[2])]).collect();
        c.polyline(class::POOL_LINE, &middle, 1.0, "5 3");
    }
    let (top, foot) = (y.px[1], y.px[0]);
    let filled: Vec<&Phase> = f.phases.iter().filter(|p| !p.points.is_empty()).collect();
    // Borders lie midway between the last measurement of one phase and the first of the next.
    let mut borders = vec![x.px[0]];
    for pair in filled.windows(2) {
        if let (Some(a), Some(b)) = (pair[0].points.last(), pair[1].points.first()) {
            let px = x.at(f64::midpoint(a[0], b[0]));
            c.line(class::AXIS, [px, top], [px, foot], 0.8, "4 3");
            borders.push(px);
        }
    }
    borders.push(x.px[1]);
    let mut described = Vec::new();
    for (i, phase) in filled.iter().enumerate() {
        let room = borders[i + 1] - borders[i] - 4.0;
        let name = fit(&phase.label, size, Weight::Bold, room);
        if c.text_width(&name, Weight::Bold) <= room {
            c.text(
                (borders[i] + borders[i + 1]) / 2.0,
                top + size * 1.1,
                Anchor::Middle,
                Weight::Bold,
                class::INK,
                &name,
            );
        }
        let mut values: Vec<f64> = phase.points.iter().map(|p| p[1]).collect();
        let level = median(&mut values);
        // A level is there to be compared with that of another phase.
        if filled.len() > 1
            && let (Some(first), Some(last)) = (phase.points.first(), phase.points.last())
        {
            let ends = [x.at(first[0]) - 3.0, x.at(last[0]) + 3.0];
            c.line(class::POOL_LINE, [ends[0], y.at(level)], [ends[1], y.at(level)], 1.6, "");
        }
        let points: Vec<[f64; 2]> = phase.points.iter().map(|p| [x.at(p[0]), y.at(p[1])]).collect();
        c.polyline(class::LINE, &points, 1.0, "");
        for (at, [t, v]) in points.iter().zip(&phase.points) {
            // Phases differ in form as well: open and filled in turn.
            let cls = if i % 2 == 0 { class::OPEN } else { class::MARK };
            c.circle(cls, *at, size * 0.28, &format!("{t}: {v}"));
        }
        described.push(format!(
            "{}: {} measurements, median {}",
            phase.label,
            phase.points.len(),
            number(level, 2)
        ));
    }
    let mut notes = Vec::new();
    if filled.len() > 1 {
        notes.push("Horizontal lines: median of each phase.".to_owned());
    }
    if let Some(band) = &f.band {
        notes.push(format!("Shaded: {}.", band.label));
    }
    notes.extend(f.footer.iter().cloned());
    let height = footer(&mut c, &notes, bottom, pad);
    Ok(c.finish(height, &f.title, &described.join("; ")))
}
