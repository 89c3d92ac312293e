//! A claim's report, as text and as data.

use super::{Claim, ClaimKind, PooledSummary, QuestionResult, ResolvedEvidence, SourceEntry, Stance};
use crate::check::show;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// A claim with everything looked up and computed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClaimReport {
    /// The claim as written.
    pub claim: Claim,
    /// Evidence, in the order of the file.
    pub evidence: Vec<ResolvedEvidence>,
    /// Questions with their answers.
    pub questions: Vec<QuestionResult>,
    /// Sources of those who claim it.
    pub sources: BTreeMap<String, SourceEntry>,
}

impl ClaimReport {
    /// Evidence of one stance.
    pub fn of_stance(&self, stance: Stance) -> impl Iterator<Item = &ResolvedEvidence> {
        self.evidence.iter().filter(move |e| e.stance == stance)
    }

    /// Everything that would change the verdict: what the claim says and what the computations add.
    #[must_use]
    pub fn would_change(&self) -> Vec<String> {
        let mut all = self.claim.verdict.would_change.clone();
        for item in self.questions.iter().flat_map(|q| &q.would_change) {
            if !all.contains(item) {
                all.push(item.clone());
            }
        }
        all
    }
}

impl fmt::Display for PooledSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} [{}, {}] ({} trials, {} people; {}, {}; τ² {}, I² {} %, p {})",
            show(self.estimate),
            show(self.interval[0]),
            show(self.interval[1]),
            self.trials,
            self.participants,
            self.tau2_method,
            self.interval_method,
            show(self.tau2),
            show(100.0 * self.i2),
            show(self.p)
        )?;
        if let Some([low, high]) = self.prediction {
            write!(f, "; prediction interval [{}, {}] ({})", show(low), show(high), self.prediction_method)?;
        }
        Ok(())
    }
}

/// Indents and wraps a paragraph at 100 columns.
fn paragraph(out: &mut String, indent: &str, text: &str) {
    let mut width = 0;
    out.push_str(indent);
    for (i, word) in text.split_whitespace().enumerate() {
        let length = word.chars().count();
        if i > 0 && width + 1 + length > 100 - indent.len() {
            let _ = write!(out, "\n{}", " ".repeat(indent.len()));
            width = 0;
        } else if i > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out.push('\n');
}

impl fmt::Display for ClaimReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = &self.claim;
        let mut out = String::new();
        let kind = match c.kind {
            ClaimKind::Benefit => "claimed benefit",
            ClaimKind::Difference => "claimed difference",
        };
        let _ = writeln!(out, "{} ({kind}; verdict of {})\n", c.title, c.date);
        paragraph(&mut out, "Claim:    ", &c.claim);
        let heading = format!("Verdict:  {}; certainty {}. ", c.verdict.word.words(), c.verdict.certainty);
        paragraph(&mut out, "", &heading);
        paragraph(&mut out, "          ", &c.verdict.text);
        out.push_str("\nClaimed by\n");
        for by in &c.claimed_by {
            let link = self.sources.get(&by.source).map_or(String::new(), |s| format!(" {}", s.text()));
            paragraph(&mut out, "  - ", &format!("{}: {}{link}", by.who, by.what));
        }
        for (stance, title) in [
            (Stance::For, "For"),
            (Stance::Against, "Against"),
            (Stance::Mixed, "Both ways"),
            (Stance::Unclear, "Without deciding it"),
        ] {
            if self.of_stance(stance).next().is_none() {
                continue;
            }
            let _ = writeln!(out, "\n{title}");
            for e in self.of_stance(stance) {
                write_evidence(&mut out, e);
            }
        }
        for q in &self.questions {
            write_question(&mut out, q);
        }
        out.push_str("\nWhy the certainty is ");
        let _ = writeln!(out, "{}", c.verdict.certainty);
        for step in &c.grading.down {
            paragraph(
                &mut out,
                "  - ",
                &format!("{} (−{}): {}", kebab(&format!("{:?}", step.domain)), step.steps, step.reason),
            );
        }
        for step in &c.grading.up {
            paragraph(
                &mut out,
                "  - ",
                &format!("{} (+{}): {}", kebab(&format!("{:?}", step.domain)), step.steps, step.reason),
            );
        }
        out.push_str("\nWhat would change the verdict\n");
        for item in self.would_change() {
            paragraph(&mut out, "  - ", &item);
        }
        f.write_str(out.trim_end())
    }
}

/// `RiskOfBias` as `risk of bias`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn write_evidence(out: &mut String, e: &ResolvedEvidence) {
    paragraph(out, "  - ", &e.finding);
    let mut about = Vec::new();
    if let Some(n) = e.participants {
        about.push(format!("n = {n}"));
    }
    for part in [&e.control, &e.quality] {
        if !part.is_empty() {
            about.push(part.clone());
        }
    }
    if !about.is_empty() {
        paragraph(out, "    ", &about.join("; "));
    }
    if !e.why.is_empty() {
        paragraph(out, "    ", &e.why);
    }
    for fault in &e.faults {
        paragraph(out, "    ", &format!("Printed numbers contradict each other: {fault}"));
    }
    if let Some(s) = &e.source {
        let place = match s.place.as_str() {
            "" | "publisher" => String::new(),
            other => format!(" (read in: {other})"),
        };
        let text = s.text();
        if !text.is_empty() {
            paragraph(out, "    ", &format!("{text}{place}"));
        }
    }
}

fn write_question(out: &mut String, q: &QuestionResult) {
    let _ = writeln!(out, "\nComputed: {}", q.title);
    for r in &q.rows {
        let weight = r.weight_percent.map_or(String::new(), |w| format!(", weight {w:.1} %"));
        paragraph(
            out,
            "  - ",
            &format!(
                "{}: {} {} against {} {}: {} {} [{}, {}]{weight}",
                r.trial,
                r.treatments[0],
                r.arms[0],
                r.treatments[1],
                r.arms[1],
                q.measure.words(),
                show(r.estimate),
                show(r.interval[0]),
                show(r.interval[1])
            ),
        );
    }
    match &q.pooled {
        Some(p) => paragraph(out, "  ", &format!("Pooled {}: {p}. {}", q.measure.words(), q.reason)),
        None => paragraph(out, "  ", &format!("Not pooled: {}", q.reason)),
    }
    for w in q.faults.iter().chain(&q.warnings) {
        paragraph(out, "  ! ", w);
    }
}
