//! The course of a patient: outcomes over time, the changes that matter by each source, sessions, harm, gaps.
//!
//! One panel an outcome over a common axis of time. The change that matters is drawn from the value before treatment:
//! where sources disagree the stretch between the lowest and the highest is light, beyond the highest it is darker, and
//! beside the panel every source has a bracket of its own. Gaps are marked where a value should have been.

use super::axis::Axis;
use super::baujat::footer;
use super::canvas::{Anchor, Canvas, class};
use super::{Look, StatFigureError, Width, finite, number, wrap};
use crate::font::Weight;

/// Most panels of one figure.
pub const MOST_PANELS: usize = 12;

/// Words of the figure, so that it can be drawn in any language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The row of sessions.
    pub sessions: String,
    /// The row of harm.
    pub harm: String,
    /// The row of gaps.
    pub missing: String,
    /// The value that changes are counted from.
    pub before: String,
    /// What the light stretch is.
    pub disputed: String,
    /// What the darker stretch is.
    pub reached: String,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            sessions: "sessions".to_owned(),
            harm: "harm".to_owned(),
            missing: "not measured".to_owned(),
            before: "before treatment".to_owned(),
            disputed: "Light: sources disagree whether the change matters to patients.".to_owned(),
            reached: "Darker: by every source it does.".to_owned(),
        }
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// Time on the axis.
    pub at: f64,
    /// Value.
    pub value: f64,
    /// What is shown on pointing.
    pub tip: String,
}

/// A mark on a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Time on the axis.
    pub at: f64,
    /// A character or two; of harm the grade.
    pub text: String,
    /// What is shown on pointing.
    pub tip: String,
}

/// A change that matters, or that is more than error of measurement, by one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// A letter, by which the lines under the panel name it.
    pub letter: String,
    /// The whole, such as "MCID 9–10: subacute (ARYA2011)".
    pub label: String,
    /// The values of the scale that it is reached at: the nearer and the farther from the value before.
    pub values: [f64; 2],
    /// Whether it is about measurement error (drawn as a line on both sides) and not about what matters.
    pub error: bool,
}

/// An outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Name with unit, range and direction.
    pub name: String,
    /// Values in order of time.
    pub values: Vec<Value>,
    /// The value before treatment from which changes are counted.
    pub before: Option<f64>,
    /// Thresholds.
    pub thresholds: Vec<Threshold>,
    /// Gaps.
    pub missing: Vec<Mark>,
    /// Ends of the scale that are never passed.
    pub ends: [Option<f64>; 2],
}

/// The whole figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Title.
    pub title: String,
    /// Name of the axis of time.
    pub time: String,
    /// Labels of the axis of time.
    pub ticks: Vec<(f64, String)>,
    /// Outcomes.
    pub panels: Vec<Panel>,
    /// Sessions.
    pub sessions: Vec<Mark>,
    /// Harm.
    pub harm: Vec<Mark>,
    /// When treatment began.
    pub start: Option<f64>,
    /// Lines under the figure.
    pub footer: Vec<String>,
    /// Words.
    pub words: Words,
}

fn checked(f: &Course) -> Result<(), StatFigureError> {
    if f.panels.len() > MOST_PANELS {
        let (what, found, limit) = ("outcomes", f.panels.len(), MOST_PANELS);
        return Err(StatFigureError::TooMany { what, found, limit });
    }
    for panel in &f.panels {
        for v in &panel.values {
            finite("a time", &panel.name, v.at)?;
            finite("a value", &panel.name, v.value)?;
        }
        for v in panel.thresholds.iter().flat_map(|t| t.values).chain(panel.before) {
            finite("a threshold", &panel.name, v)?;
        }
        if panel.values.windows(2).any(|w| w[1].at < w[0].at) {
            return Err(StatFigureError::Shape(format!(
                "the values of \"{}\" are not in order of time",
                panel.name
            )));
        }
    }
    for m in f.sessions.iter().chain(&f.harm).chain(f.panels.iter().flat_map(|p| &p.missing)) {
        finite("a time", &m.tip, m.at)?;
    }
    Ok(())
}

/// Draws the course.
///
/// # Errors
/// [`StatFigureError`] where there is nothing with a date, too many outcomes, or a number that cannot be drawn.
pub fn svg(f: &Course, look: Look) -> Result<String, StatFigureError> {
    checked(f)?;
    let marks = || f.sessions.iter().chain(&f.harm).chain(f.panels.iter().flat_map(|p| &p.missing));
    let times = || f.panels.iter().flat_map(|p| &p.values).map(|v| v.at).chain(marks().map(|m| m.at));
    if times().next().is_none() {
        return Err(StatFigureError::Empty("neither a measurement nor a session"));
    }
    let mut c = Canvas::new(look);
    let (w, size, lh) = (c.width, c.size, c.line_height());
    let pad = size * 0.6;
    let mut top = pad + size;
    for line in wrap(&f.title, size, Weight::Bold, w - 2.0 * pad) {
        c.text(pad, top, Anchor::Start, Weight::Bold, class::INK, &line);
        top += lh;
    }
    let rows: [(&str, &[Mark]); 2] = [(&f.words.sessions, &f.sessions), (&f.words.harm, &f.harm)];
    let name_width = rows.iter().map(|r| c.text_width(r.0, Weight::Regular)).fold(0.0, f64::max);
    let gap_width = c.text_width(&f.words.missing, Weight::Regular);
    let any_gap = f.panels.iter().any(|p| !p.missing.is_empty());
    let left = pad + name_width.max(if any_gap { gap_width } else { 0.0 }).max(size * 3.0) + 6.0;
    let brackets = f.panels.iter().map(|p| p.thresholds.len()).max().unwrap_or(0) as f64;
    let right = w - pad - 4.0 - brackets * size * 1.15;
    let limits = super::axis::hull(times(), false, 0.04);
    let x = Axis { log: false, limits, px: [left, right] };
    let height = if look.width == Width::Page { 150.0 } else { 105.0 };
    let mut described = Vec::new();
    for panel in &f.panels {
        top = draw_panel(&mut c, panel, f, x, top, height);
        described.push(match (panel.values.first(), panel.values.last()) {
            (Some(a), Some(b)) => format!(
                "{}: {} values, first {}, last {}, {} gaps",
                panel.name,
                panel.values.len(),
                plain(a.value),
                plain(b.value),
                panel.missing.len()
            ),
            _ => format!("{}: no value, {} gaps", panel.name, panel.missing.len()),
        });
    }
    top += lh * 0.2;
    for (k, (name, marks)) in rows.into_iter().enumerate() {
        let y = top + lh * 0.6;
        c.text(left - 6.0, y + size * 0.35, Anchor::End, Weight::Regular, class::SOFT, name);
        c.line(class::GRID, [left, y], [right, y], 0.5, "");
        for m in marks {
            let at = x.at(m.at);
            if k == 0 {
                c.tipped_line(class::LINE, [at, y - size * 0.45], [at, y + size * 0.45], 1.4, &m.tip);
            } else {
                let r = size * 0.62;
                c.tipped_polygon(
                    class::POOL,
                    &[[at, y - r], [at + r, y + r * 0.8], [at - r, y + r * 0.8]],
                    &m.tip,
                );
                c.text(at + r + 1.0, y + size * 0.35, Anchor::Start, Weight::Bold, class::INK, &m.text);
            }
        }
        described.push(format!("{name}: {}", marks.len()));
        top += lh * 1.1;
    }
    c.line(class::AXIS, [left, top], [right, top], 0.8, "");
    let mut last = f64::NEG_INFINITY;
    for (v, text) in &f.ticks {
        if !x.contains(*v) {
            continue;
        }
        let (tx, half) = (x.at(*v), c.text_width(text, Weight::Regular) / 2.0);
        c.line(class::AXIS, [tx, top], [tx, top + 3.0], 0.8, "");
        if tx - half > last + 4.0 && tx + half < w - pad && tx - half > pad {
            c.text(tx, top + 3.0 + size, Anchor::Middle, Weight::Regular, class::INK, text);
            last = tx + half;
        }
    }
    let mut bottom = top + 3.0 + lh + size * 0.2;
    if !f.time.is_empty() {
        bottom += lh * 0.8;
        c.text(right, bottom, Anchor::End, Weight::Regular, class::SOFT, &format!("{} →", f.time));
    }
    let mut notes = Vec::new();
    if f.panels.iter().any(|p| p.thresholds.iter().any(|t| !t.error)) {
        notes.push(format!("{} {}", f.words.disputed, f.words.reached));
    }
    notes.extend(f.footer.iter().cloned());
    let height = footer(&mut c, &notes, bottom, pad);
    Ok(c.finish(height, &f.title, &described.join("; ")))
}

fn plain(v: f64) -> String {
    let text = number(v, 2);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Draws a panel from `top` on and returns where the next may begin.
fn draw_panel(c: &mut Canvas, p: &Panel, f: &Course, x: Axis, top: f64, height: f64) -> f64 {
    let (size, lh) = (c.size, c.line_height());
    let pad = size * 0.6;
    let [left, right] = x.px;
    let mut head = top + lh * 0.5;
    for line in wrap(&p.name, size, Weight::Bold, c.width - 2.0 * pad) {
        head += lh * 0.9;
        c.text(pad, head, Anchor::Start, Weight::Bold, class::INK, &line);
    }
    let roof = head + lh * 0.5;
    let known =
        p.values.iter().map(|v| v.value).chain(p.thresholds.iter().flat_map(|t| t.values)).chain(p.before);
    let mut limits = super::axis::hull(known, false, 0.1);
    for (k, end) in p.ends.iter().enumerate() {
        // A scale is not drawn beyond its ends, but for a little air around the marks.
        let air = 0.03 * (limits[1] - limits[0]);
        match end {
            Some(end) if k == 0 => limits[0] = limits[0].max(end - air),
            Some(end) => limits[1] = limits[1].min(end + air),
            None => {}
        }
    }
    let y = Axis { log: false, limits, px: [roof + height, roof] };
    let foot = y.px[0];
    // What matters: between the lowest and the highest source light, beyond the highest darker.
    let matters: Vec<&Threshold> = p.thresholds.iter().filter(|t| !t.error).collect();
    if let (Some(before), false) = (p.before, matters.is_empty()) {
        let up = matters.iter().all(|t| t.values[1] >= before);
        let (near, far) = matters.iter().flat_map(|t| t.values).fold(
            (f64::INFINITY, f64::NEG_INFINITY),
            |(near, far), v| {
                let d = (v - before).abs();
                (near.min(d), far.max(d))
            },
        );
        let at = |d: f64| y.clamped(if up { before + d } else { before - d });
        let end = if up { roof } else { foot };
        let mut shade = |cls, a: f64, b: f64| {
            if (a - b).abs() > 0.01 {
                c.rect(cls, left, a.min(b), right - left, (a - b).abs());
            }
        };
        shade(class::SHADE[0], at(near), at(far));
        shade(class::SHADE[1], at(far), end);
    }
    for (v, text) in y.ticks(5) {
        let ty = y.at(v);
        c.line(class::GRID, [left, ty], [right, ty], 0.5, "");
        c.text(left - 5.0, ty + size * 0.35, Anchor::End, Weight::Regular, class::INK, &text);
    }
    c.line(class::AXIS, [left, foot], [left, roof], 0.8, "");
    c.line(class::AXIS, [left, foot], [right, foot], 0.8, "");
    if let Some(start) = f.start {
        let at = x.at(start);
        c.line(class::AXIS, [at, roof], [at, foot], 0.8, "2 3");
    }
    if let Some(before) = p.before {
        c.line(class::POOL_LINE, [left, y.at(before)], [right, y.at(before)], 1.0, "6 3");
    }
    for (k, t) in p.thresholds.iter().enumerate() {
        let at = right + size * (0.8 + 1.15 * k as f64);
        let [a, b] = t.values.map(|v| y.clamped(v));
        if t.error {
            for v in [a, b] {
                c.line(class::AXIS, [left, v], [at, v], 0.6, "1 3");
            }
        }
        c.tipped_line(class::AXIS, [at, a], [at, b], 1.2, &t.label);
        for v in [a, b] {
            c.line(class::AXIS, [at - 2.5, v], [at + 2.5, v], 1.2, "");
        }
        let letter = (a.min(b) - size * 0.3).max(roof - size * 0.1);
        c.text(at, letter, Anchor::Middle, Weight::Bold, class::INK, &t.letter);
    }
    let points: Vec<[f64; 2]> = p.values.iter().map(|v| [x.at(v.at), y.at(v.value)]).collect();
    c.polyline(class::LINE, &points, 1.2, "");
    for (at, v) in points.iter().zip(&p.values) {
        // Before treatment open, later filled.
        let before = f.start.is_none_or(|s| v.at <= s);
        c.circle(if before { class::OPEN } else { class::MARK }, *at, size * 0.32, &v.tip);
    }
    let mut bottom = foot + size * 0.3;
    if !p.missing.is_empty() {
        let row = bottom + lh * 0.5;
        c.text(left - 6.0, row + size * 0.35, Anchor::End, Weight::Regular, class::SOFT, &f.words.missing);
        for m in &p.missing {
            let (at, r) = (x.at(m.at), size * 0.32);
            c.tipped_line(class::POOL_LINE, [at - r, row - r], [at + r, row + r], 1.3, &m.tip);
            c.line(class::POOL_LINE, [at - r, row + r], [at + r, row - r], 1.3, "");
        }
        bottom += lh;
    }
    for t in &p.thresholds {
        for (k, line) in
            wrap(&t.label, size, Weight::Regular, c.width - 2.0 * pad - size * 1.4).iter().enumerate()
        {
            bottom += lh * 0.9;
            if k == 0 {
                c.text(pad, bottom, Anchor::Start, Weight::Bold, class::INK, &t.letter);
            }
            c.text(pad + size * 1.4, bottom, Anchor::Start, Weight::Regular, class::SOFT, line);
        }
    }
    if p.before.is_some() {
        bottom += lh * 0.9;
        c.line(
            class::POOL_LINE,
            [pad, bottom - size * 0.35],
            [pad + size * 1.2, bottom - size * 0.35],
            1.0,
            "6 3",
        );
        c.text(pad + size * 1.4, bottom, Anchor::Start, Weight::Regular, class::SOFT, &f.words.before);
    }
    bottom
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(at: f64, value: f64) -> Value {
        Value { at, value, tip: format!("{value}") }
    }

    fn threshold(letter: &str, values: [f64; 2], error: bool) -> Threshold {
        Threshold { letter: letter.into(), label: format!("threshold {letter}"), values, error }
    }

    fn course() -> Course {
        Course {
            title: "Course".into(),
            time: "date".into(),
            ticks: vec![(0.0, "1 Jan".into()), (31.0, "1 Feb".into())],
            panels: vec![Panel {
                name: "FMA-UE (0–66, higher is better)".into(),
                values: vec![value(0.0, 20.0), value(20.0, 26.0), value(40.0, 31.0)],
                before: Some(20.0),
                thresholds: vec![threshold("a", [29.0, 33.0], false), threshold("b", [24.25, 27.25], false)],
                missing: vec![Mark { at: 30.0, text: "×".into(), tip: "did not come".into() }],
                ends: [Some(0.0), Some(66.0)],
            }],
            sessions: vec![Mark { at: 3.0, text: String::new(), tip: "session".into() }],
            harm: vec![Mark { at: 3.0, text: "2".into(), tip: "fainting".into() }],
            start: Some(3.0),
            footer: vec!["One patient.".into()],
            words: Words::default(),
        }
    }

    #[test]
    fn everything_with_a_date_is_there() {
        let picture = svg(&course(), Look::default()).unwrap();
        for found in [
            "did not come",
            "fainting",
            "threshold a",
            "threshold b",
            "1 Feb",
            "One patient.",
            "sources disagree",
        ] {
            assert!(picture.contains(found), "{found}");
        }
        // Two circles of values filled, one open; both stretches of what matters.
        assert_eq!(picture.matches("<circle class=\"m\"").count(), 2);
        assert_eq!(picture.matches("<circle class=\"o\"").count(), 1);
        assert!(picture.contains("<rect class=\"c1\"") && picture.contains("<rect class=\"c2\""));
        crate::png(&picture, 1.0).unwrap();
    }

    #[test]
    fn what_matters_is_drawn_on_the_better_side() {
        let mut down = course();
        down.panels[0].values = vec![value(0.0, 10.0), value(20.0, 6.0)];
        down.panels[0].before = Some(10.0);
        down.panels[0].thresholds = vec![threshold("a", [8.0, 6.0], false)];
        let rect = |svg: &str, cls: &str| {
            let from = svg.find(&format!("<rect class=\"{cls}\"")).unwrap();
            let y = svg[from..].split("y=\"").nth(1).unwrap().split('"').next().unwrap();
            y.parse::<f64>().unwrap()
        };
        let up = svg(&course(), Look::default()).unwrap();
        let down = svg(&down, Look::default()).unwrap();
        // The darker stretch is above the light one where higher is better, below where lower is.
        assert!(rect(&up, "c2") < rect(&up, "c1"));
        assert!(rect(&down, "c2") > rect(&down, "c1"));
    }

    #[test]
    fn nothing_and_nonsense_are_refused() {
        let mut empty = course();
        (empty.panels, empty.sessions, empty.harm) = (Vec::new(), Vec::new(), Vec::new());
        assert!(matches!(svg(&empty, Look::default()), Err(StatFigureError::Empty(_))));
        let mut wrong = course();
        wrong.panels[0].values[0].value = f64::NAN;
        assert!(matches!(svg(&wrong, Look::default()), Err(StatFigureError::Number { .. })));
        let mut order = course();
        order.panels[0].values.reverse();
        assert!(matches!(svg(&order, Look::default()), Err(StatFigureError::Shape(_))));
    }
}
