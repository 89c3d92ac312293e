//! Claims about the cortex: how often the claimed regions are met, against the best place on the scalp.

use super::canvas::{Anchor, Canvas, class};
use super::{Look, StatFigureError, baujat::footer, finite};
use crate::font::Weight;

/// How a verdict is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A filled dot.
    Holds,
    /// An open dot.
    Fails,
    /// A half-size dot.
    Open,
}

/// One claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Zone and side.
    pub label: String,
    /// What is claimed.
    pub claim: String,
    /// Least probability over the projections.
    pub low: f64,
    /// Largest.
    pub high: f64,
    /// Mean.
    pub mean: f64,
    /// What the best place attains.
    pub ceiling: f64,
    /// Verdict as a mark.
    pub tone: Tone,
    /// Verdict in words.
    pub verdict: String,
    /// What is found most often.
    pub found: String,
}

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// Claims from the top.
    pub rows: Vec<Row>,
    /// Lines beneath.
    pub footer: Vec<String>,
}

/// Draws the chart.
///
/// # Errors
/// [`StatFigureError`] where there is no claim or a number cannot be drawn.
pub fn svg(chart: &Chart, look: Look) -> Result<String, StatFigureError> {
    if chart.rows.is_empty() {
        return Err(StatFigureError::Empty("no claim"));
    }
    for r in &chart.rows {
        for (what, v) in
            [("the least", r.low), ("the largest", r.high), ("the mean", r.mean), ("the ceiling", r.ceiling)]
        {
            finite(what, &r.label, v)?;
        }
    }
    let mut c = Canvas::new(look);
    let pad = c.size * 1.2;
    let line = c.line_height();
    let mut y = pad + line;
    c.text_fit(pad, y, Weight::Bold, class::INK, &chart.title, c.width - 2.0 * pad);
    y += line * 1.6;
    let widest = |get: fn(&Row) -> &str, head: &str, weight: Weight, most: f64| {
        let w = chart.rows.iter().map(|r| c.text_width(get(r), weight));
        w.fold(c.text_width(head, Weight::Bold), f64::max).min(most)
    };
    let gap = c.size * 1.1;
    let total = c.width - 2.0 * pad;
    let label_w = widest(|r| &r.label, "Zone", Weight::Regular, total * 0.2);
    let claim_w = widest(|r| &r.claim, "Claimed", Weight::Regular, total * 0.15);
    let verdict_w = widest(|r| &r.verdict, "Verdict", Weight::Regular, total * 0.13);
    let found_w = widest(|r| &r.found, "Most often beneath", Weight::Regular, total * 0.17);
    let claim_x = pad + label_w + gap;
    let left = claim_x + claim_w + gap * 1.6;
    let right = c.width - pad - verdict_w - found_w - gap * 2.6;
    let verdict_x = right + gap * 1.6;
    let found_x = verdict_x + verdict_w + gap;
    let at = |p: f64| left + (right - left) * p.clamp(0.0, 1.0);
    for (x, head) in
        [(pad, "Zone"), (claim_x, "Claimed"), (verdict_x, "Verdict"), (found_x, "Most often beneath")]
    {
        c.text(x, y, Anchor::Start, Weight::Bold, class::INK, head);
    }
    c.text((left + right) / 2.0, y, Anchor::Middle, Weight::Bold, class::INK, "Probability");
    let top = y + line * 0.5;
    let height = line * 1.12;
    let bottom = top + height * chart.rows.len() as f64;
    for k in 0..=4 {
        let x = at(f64::from(k) / 4.0);
        c.line(class::GRID, [x, top], [x, bottom], 1.0, "");
        // Numbers at every other line: type is as wide as a quarter of the axis.
        if k % 2 == 1 {
            continue;
        }
        let text = format!("{} %", k * 25);
        c.text(x, bottom + line, Anchor::Middle, Weight::Regular, class::SOFT, &text);
    }
    c.line(class::AXIS, [left, bottom], [right, bottom], 1.0, "");
    for (i, r) in chart.rows.iter().enumerate() {
        let middle = top + height * (i as f64 + 0.5);
        let text = middle + c.size * 0.35;
        c.text_fit(pad, text, Weight::Regular, class::INK, &r.label, label_w);
        c.text_fit(claim_x, text, Weight::Regular, class::INK, &r.claim, claim_w);
        c.text_fit(verdict_x, text, Weight::Regular, class::INK, &r.verdict, verdict_w);
        c.text_fit(found_x, text, Weight::Regular, class::SOFT, &r.found, found_w);
        let half = height * 0.36;
        let best = at(r.ceiling);
        c.line(class::AXIS, [best, middle - half], [best, middle + half], 1.6, "");
        c.line(class::LINE, [at(r.low), middle], [at(r.high), middle], 2.2, "");
        let tip =
            format!("{}: {:.0} % ({:.0}–{:.0} %)", r.label, 100.0 * r.mean, 100.0 * r.low, 100.0 * r.high);
        let (class, radius) = match r.tone {
            Tone::Holds => (class::MARK, c.size * 0.36),
            Tone::Fails => (class::OPEN, c.size * 0.36),
            Tone::Open => (class::MARK, c.size * 0.2),
        };
        c.circle(class, [at(r.mean), middle], radius, &tip);
    }
    let end = footer(&mut c, &chart.footer, bottom + line * 1.5, pad);
    let description = format!("{} claims, most often met first", chart.rows.len());
    Ok(c.finish(end, &chart.title, &description))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, mean: f64) -> Row {
        Row {
            label: label.to_owned(),
            claim: "motor area".to_owned(),
            low: mean - 0.05,
            high: mean + 0.05,
            mean,
            ceiling: 0.6,
            tone: Tone::Open,
            verdict: "cannot be judged".to_owned(),
            found: "left precentral gyrus 40 %".to_owned(),
        }
    }

    #[test]
    fn every_claim_is_drawn_and_nonsense_is_refused() {
        let chart = Chart {
            title: "T".into(),
            rows: vec![row("MS6 left", 0.4), row("MS7 left", 0.2)],
            footer: vec![],
        };
        let svg = super::svg(&chart, Look::default()).unwrap();
        let doc = roxmltree::Document::parse(&svg).unwrap();
        assert_eq!(doc.descendants().filter(|n| n.has_tag_name("circle")).count(), 2);
        assert!(svg.contains("MS6 left") && svg.contains("25 %"));
        assert!(super::svg(&Chart { rows: vec![], ..chart.clone() }, Look::default()).is_err());
        let bad = Chart { rows: vec![row("x", f64::NAN)], ..chart };
        assert!(super::svg(&bad, Look::default()).is_err());
    }
}
