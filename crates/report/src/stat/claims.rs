//! Claims about the cortex: how surely the claimed regions are met, against the best place on the scalp.
//!
//! Claims stand in sections by their verdict. A row is a zone with one mark a side; a mark is the range and the mean of
//! what was found (by projection, or by head where there are several) on a band that shows where a claim would hold.

use super::canvas::{Anchor, Canvas, class, wrap};
use super::{Look, StatFigureError, baujat::footer, finite};
use crate::font::{self, Weight};

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

/// One side of a zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Letter before the mark: "L".
    pub side: String,
    /// Least probability.
    pub low: f64,
    /// Largest.
    pub high: f64,
    /// Mean of the projections, one a head.
    pub means: Vec<f64>,
    /// What the best place attains.
    pub ceiling: f64,
}

/// A claim with its sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Zone.
    pub zone: String,
    /// What is claimed.
    pub claim: String,
    /// Its sides.
    pub marks: Vec<Mark>,
    /// The last column.
    pub found: String,
}

/// Claims with the same verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// "Holds: 10 of 33".
    pub title: String,
    /// What that means.
    pub about: String,
    /// How its means are drawn.
    pub tone: Tone,
    /// Its claims from the top.
    pub rows: Vec<Row>,
}

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// Least share of the ceiling at which a claim holds.
    pub holds: f64,
    /// Largest share of it at which a claim does not hold.
    pub fails: f64,
    /// Head of the last column: "Most often beneath".
    pub last: String,
    /// Sections from the top; those without rows are left out.
    pub sections: Vec<Section>,
    /// Lines beneath.
    pub footer: Vec<String>,
}

/// Breaks at blanks and behind hyphens, so that no word is cut as long as its pieces fit; not at hard blanks.
fn broken(text: &str, size: f64, max: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let mut glue = " ";
        for piece in word.split_inclusive('-') {
            let joined = lines.last().map(|l| format!("{l}{glue}{piece}"));
            match joined.filter(|j| font::width_px(j, size, Weight::Regular) <= max) {
                Some(j) => {
                    lines.pop();
                    lines.push(j);
                }
                None => lines.push(font::fit(piece, size, Weight::Regular, max)),
            }
            glue = "";
        }
    }
    lines
}

/// Width of the widest piece that [`broken`] cannot break, px.
fn widest<'a>(texts: impl Iterator<Item = &'a str>, size: f64) -> f64 {
    texts
        .flat_map(|t| t.split(' ').flat_map(|w| w.split_inclusive('-')))
        .map(|piece| font::width_px(piece, size, Weight::Regular))
        .fold(0.0, f64::max)
}

struct Columns {
    claim: f64,
    left: f64,
    right: f64,
    found: f64,
    widths: [f64; 3],
}

/// Draws the chart.
///
/// # Errors
/// [`StatFigureError`] where there is no claim or a number cannot be drawn.
pub fn svg(chart: &Chart, look: Look) -> Result<String, StatFigureError> {
    let sections: Vec<&Section> = chart.sections.iter().filter(|s| !s.rows.is_empty()).collect();
    let rows = || sections.iter().flat_map(|s| &s.rows);
    if rows().next().is_none() {
        return Err(StatFigureError::Empty("no claim"));
    }
    for r in rows() {
        for m in &r.marks {
            finite("the least", &r.zone, m.low)?;
            finite("the largest", &r.zone, m.high)?;
            finite("the ceiling", &r.zone, m.ceiling)?;
            for x in &m.means {
                finite("a mean", &r.zone, *x)?;
            }
        }
    }
    let mut c = Canvas::new(look);
    let pad = c.size * 1.2;
    let line = c.line_height();
    let gap = c.size * 1.2;
    let total = c.width - 2.0 * pad;
    // A narrow figure gives to its words what they need, and the rest to the marks.
    let widths = [
        widest(rows().map(|r| r.zone.as_str()), c.size).max(total * 0.21),
        widest(rows().map(|r| r.claim.as_str()), c.size).max(total * 0.2),
        widest(rows().map(|r| r.found.as_str()), c.size).max(total * 0.25),
    ];
    let x = Columns {
        claim: pad + widths[0] + gap,
        left: pad + widths[0] + widths[1] + gap * 3.2,
        right: c.width - pad - widths[2] - gap * 1.4,
        found: c.width - pad - widths[2],
        widths,
    };
    let mut y = pad;
    for text in wrap(&chart.title, c.size, Weight::Bold, total) {
        y += line;
        c.text(pad, y, Anchor::Start, Weight::Bold, class::INK, &text);
    }
    y += line * 1.7;
    for (at, head) in [(pad, "Zone"), (x.claim, "Claimed"), (x.found, chart.last.as_str())] {
        c.text(at, y, Anchor::Start, Weight::Bold, class::INK, head);
    }
    c.text((x.left + x.right) / 2.0, y, Anchor::Middle, Weight::Bold, class::INK, "Probability");
    y += line * 0.4;
    for s in &sections {
        y = section(&mut c, chart, s, &x, pad, y);
    }
    c.line(class::AXIS, [x.left, y], [x.right, y], 1.0, "");
    for k in 0..=4 {
        let at = x.left + (x.right - x.left) * f64::from(k) / 4.0;
        c.line(class::AXIS, [at, y], [at, y + c.size * 0.3], 1.0, "");
        let text = if k == 4 { "100 %".to_owned() } else { format!("{}", k * 25) };
        c.text(at, y + line * 1.1, Anchor::Middle, Weight::Regular, class::SOFT, &text);
    }
    let end = footer(&mut c, &chart.footer, y + line * 1.6, pad);
    let n = rows().map(|r| r.marks.len()).sum::<usize>();
    let description = format!("{n} claims, by verdict: probability of the claimed cortex beneath each zone");
    Ok(c.finish(end, &chart.title, &description))
}

fn section(c: &mut Canvas, chart: &Chart, s: &Section, x: &Columns, pad: f64, top: f64) -> f64 {
    let line = c.line_height();
    let total = c.width - 2.0 * pad;
    let mut y = top + line * 0.5;
    c.line(class::AXIS, [pad, y], [c.width - pad, y], 0.8, "");
    y += line * 1.05;
    c.text(pad, y, Anchor::Start, Weight::Bold, class::INK, &s.title);
    let after = c.text_width(&s.title, Weight::Bold) + c.size;
    let mut about = wrap(&s.about, c.size, Weight::Regular, total - after).into_iter();
    if let Some(first) = about.next() {
        c.text(pad + after, y, Anchor::Start, Weight::Regular, class::SOFT, &first);
    }
    for text in about {
        y += line;
        c.text(pad + after, y, Anchor::Start, Weight::Regular, class::SOFT, &text);
    }
    y += line * 0.45;
    let at = |p: f64| x.left + (x.right - x.left) * p.clamp(0.0, 1.0);
    let radius = match s.tone {
        Tone::Holds | Tone::Fails => c.size * 0.32,
        Tone::Open => c.size * 0.2,
    };
    for r in &s.rows {
        let columns = [&r.zone, &r.claim, &r.found].map(String::as_str);
        let size = c.size;
        let broken: Vec<Vec<String>> =
            columns.iter().zip(x.widths).map(|(t, w)| broken(t, size, w)).collect();
        let lines = broken.iter().map(Vec::len).max().unwrap_or(1).max(r.marks.len());
        for (texts, left) in broken.iter().zip([pad, x.claim, x.found]) {
            let tone = if left == x.found { class::SOFT } else { class::INK };
            for (i, text) in texts.iter().enumerate() {
                let base = y + line * (i as f64 + 0.75);
                c.text(left, base, Anchor::Start, Weight::Regular, tone, text);
            }
        }
        for (i, m) in r.marks.iter().enumerate() {
            let middle = y + line * (i as f64 + 0.5);
            let half = line * 0.34;
            let base = middle + c.size * 0.35;
            c.text(x.left - c.size * 0.6, base, Anchor::End, Weight::Regular, class::SOFT, &m.side);
            let (from, to) = (at(m.ceiling * chart.holds), at(m.ceiling));
            c.rect(class::SHADE[1], from, middle - half, to - from, 2.0 * half);
            let fails = at(m.ceiling * chart.fails);
            c.line(class::GRID, [fails, middle - half], [fails, middle + half], 1.0, "");
            c.line(class::AXIS, [to, middle - half], [to, middle + half], 1.4, "");
            c.line(class::LINE, [at(m.low), middle], [at(m.high), middle], 2.0, "");
            let class = if s.tone == Tone::Fails { class::OPEN } else { class::MARK };
            for mean in &m.means {
                let tip = format!(
                    "{} {}: {:.0} % ({:.0} to {:.0} %), best place {:.0} %",
                    r.zone,
                    m.side,
                    100.0 * mean,
                    100.0 * m.low,
                    100.0 * m.high,
                    100.0 * m.ceiling
                );
                c.circle(class, [at(*mean), middle], radius, &tip);
            }
        }
        y += line * (lines as f64 + 0.35);
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(zone: &str, mean: f64) -> Row {
        let mark = |side: &str| Mark {
            side: side.to_owned(),
            low: mean - 0.05,
            high: mean + 0.05,
            means: vec![mean],
            ceiling: 0.6,
        };
        Row {
            zone: zone.to_owned(),
            claim: "motor area of the foot, and the supplementary sensory area besides".to_owned(),
            marks: vec![mark("L"), mark("R")],
            found: "left precentral gyrus 40 %, left superior frontal gyrus, medial part 20 %".to_owned(),
        }
    }

    fn chart(rows: Vec<Row>) -> Chart {
        let section = Section {
            title: "Cannot be judged: 4".to_owned(),
            about: "between".to_owned(),
            tone: Tone::Open,
            rows,
        };
        let sections = vec![section];
        let last = "Most often beneath".into();
        Chart { title: "T".into(), holds: 2.0 / 3.0, fails: 1.0 / 3.0, last, sections, footer: vec![] }
    }

    #[test]
    fn every_claim_is_drawn_no_word_is_cut_and_nonsense_is_refused() {
        let two = chart(vec![row("MS6 Anterior oblique line of vertex-temporal", 0.4), row("MS7", 0.2)]);
        for width in [super::super::Width::Page, super::super::Width::Column] {
            let svg = super::svg(&two, Look { width, ..Look::default() }).unwrap();
            let doc = roxmltree::Document::parse(&svg).unwrap();
            assert_eq!(doc.descendants().filter(|n| n.has_tag_name("circle")).count(), 4);
            assert!(!svg.contains('…'), "cut at {width:?}");
            let words: Vec<&str> =
                doc.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text()).collect();
            let all = words.join(" ");
            for word in ["supplementary", "vertex-", "temporal", "superior", "medial"] {
                assert!(all.contains(word), "{word}");
            }
        }
        assert!(super::svg(&chart(vec![]), Look::default()).is_err());
        assert!(super::svg(&chart(vec![row("x", f64::NAN)]), Look::default()).is_err());
    }
}
