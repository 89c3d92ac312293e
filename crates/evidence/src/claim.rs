//! Claims of the field: what is claimed, by whom, what is known for and against it, and a verdict in plain words.
//!
//! A claim is a TOML file that points into the evidence tables; nothing in it repeats a number that the tables
//! hold. [`Claim::report`] looks everything up, computes what may be computed, checks what is printed, and sets
//! it beside the verdict. A change of knowledge changes the files and no program.

mod base;
mod question;
mod render;

use crate::grade::{Certainty, GradeError, Grading};
use serde::{Deserialize, Serialize};

pub use base::{EvidenceBase, ResolvedEvidence, SourceEntry};
pub use question::{PooledSummary, QuestionResult, QuestionRow};
pub use render::ClaimReport;

/// What kind of claim it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimKind {
    /// A benefit of scalp acupuncture.
    Benefit,
    /// A difference between scalp and body acupuncture.
    Difference,
}

/// Which way a piece of evidence points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stance {
    /// Supports the claim.
    For,
    /// Speaks against it, or finds nothing.
    Against,
    /// Both.
    Mixed,
    /// Bears on it without deciding.
    Unclear,
}

/// The verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// Shown beyond reasonable doubt.
    Shown,
    /// More likely than not.
    Likely,
    /// Evidence points both ways or is too little.
    Unclear,
    /// Nothing that would show it has been seen.
    NotShown,
    /// Evidence speaks against it.
    Contradicted,
    /// True by definition or description, not a matter of trials.
    Descriptive,
}

impl VerdictWord {
    /// As written.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Likely => "likely",
            Self::Unclear => "unclear",
            Self::NotShown => "not shown",
            Self::Contradicted => "contradicted",
            Self::Descriptive => "a matter of description",
        }
    }
}

/// Who claims it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimedBy {
    /// Author or school.
    pub who: String,
    /// What they say, in our words.
    pub what: String,
    /// Key in `sources.csv`; empty where no source was seen, and then `what` says so.
    #[serde(default)]
    pub source: String,
}

/// One piece of evidence, by reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EvidenceRef {
    /// `trial:NAME`, `mechanism:NAME`, `review:NAME` or `estimate:REVIEW/…` with further cells of the row
    /// (condition, treatments, outcome) that make it unique.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Which way it points.
    pub stance: Stance,
    /// What it means for this claim.
    #[serde(default)]
    pub why: String,
}

/// Measure of a question that is computed from arms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Measure {
    /// Risk ratio.
    RR,
    /// Odds ratio.
    OR,
    /// Risk difference.
    RD,
    /// Mean difference.
    MD,
    /// Standardised mean difference (Hedges' g).
    SMD,
}

impl Measure {
    /// Whether it is analysed as a logarithm.
    #[must_use]
    pub fn is_ratio(self) -> bool {
        matches!(self, Self::RR | Self::OR)
    }

    /// Value of no effect, on the printed scale.
    #[must_use]
    pub fn null(self) -> f64 {
        if self.is_ratio() { 1.0 } else { 0.0 }
    }

    /// Name in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::RR => "risk ratio",
            Self::OR => "odds ratio",
            Self::RD => "risk difference",
            Self::MD => "mean difference",
            Self::SMD => "standardised mean difference",
        }
    }
}

/// Two arms of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Contrast {
    /// Trial.
    pub trial: String,
    /// Number of the experimental arm.
    pub experimental: u32,
    /// Number of the control arm.
    pub control: u32,
}

/// A question that is answered by computation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Question {
    /// Short name, for diffs.
    pub id: String,
    /// The question.
    pub title: String,
    /// Outcome, as in the arm tables.
    pub outcome: String,
    /// Time of measurement, for outcomes with means.
    #[serde(default)]
    pub timepoint: String,
    /// Effect measure.
    pub measure: Measure,
    /// Whether the trials may be pooled.
    pub pool: bool,
    /// Why they may or may not.
    pub reason: String,
    /// Whether more of the outcome is better.
    pub higher_is_better: bool,
    /// The arms that are compared.
    pub contrasts: Vec<Contrast>,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Verdict {
    /// In one word.
    pub word: VerdictWord,
    /// Certainty; must be what the grading comes to.
    pub certainty: Certainty,
    /// In plain words.
    pub text: String,
    /// What would change it.
    pub would_change: Vec<String>,
}

/// A claim with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Claim {
    /// Short name, by which it is shown.
    pub id: String,
    /// Kind.
    pub kind: ClaimKind,
    /// Title.
    pub title: String,
    /// The claim, in one sentence.
    pub claim: String,
    /// Day of the verdict, `YYYY-MM-DD`.
    pub date: String,
    /// Who claims it.
    pub claimed_by: Vec<ClaimedBy>,
    /// What is known.
    #[serde(default)]
    pub evidence: Vec<EvidenceRef>,
    /// What is computed.
    #[serde(default)]
    pub question: Vec<Question>,
    /// Certainty, with reasons.
    pub grading: Grading,
    /// The verdict.
    pub verdict: Verdict,
}

/// Why a claim is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClaimError {
    /// The TOML cannot be read; the text names line and column.
    #[error("{0}")]
    Toml(String),
    /// The file is larger than any claim.
    #[error("the claim has {found} bytes; at most {limit} are read")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A field holds what it may not.
    #[error("claim `{claim}`: `{field}` is \"{found}\"; expected {expected}")]
    Field {
        /// Claim.
        claim: String,
        /// Field.
        field: String,
        /// What is there.
        found: String,
        /// What is expected.
        expected: String,
    },
    /// A reference that leads nowhere, or to more than one row.
    #[error("claim `{claim}`: `{reference}` {problem}")]
    Reference {
        /// Claim.
        claim: String,
        /// The reference.
        reference: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A grading that does not hold.
    #[error("claim `{claim}`: grading: {source}")]
    Grade {
        /// Claim.
        claim: String,
        /// Why.
        source: GradeError,
    },
    /// The verdict names another certainty than the grading comes to.
    #[error("claim `{claim}`: the grading comes to {computed}, but the verdict says {stated}")]
    Certainty {
        /// Claim.
        claim: String,
        /// What the steps come to.
        computed: Certainty,
        /// What the verdict says.
        stated: Certainty,
    },
    /// A question that cannot be computed.
    #[error("claim `{claim}`, question `{question}`: {problem}")]
    Question {
        /// Claim.
        claim: String,
        /// Question.
        question: String,
        /// Why.
        problem: String,
    },
}

/// Greatest size of a claim file, in bytes.
const MOST_BYTES: usize = 1 << 20;

impl Claim {
    /// Reads a claim and checks what can be checked without the tables: names, date, stated certainty.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn from_toml(bytes: &[u8]) -> Result<Self, ClaimError> {
        if bytes.len() > MOST_BYTES {
            return Err(ClaimError::TooLarge { found: bytes.len(), limit: MOST_BYTES });
        }
        let text = std::str::from_utf8(bytes).map_err(|e| ClaimError::Toml(format!("not UTF-8: {e}")))?;
        let claim: Self = toml::from_str(text).map_err(|e| ClaimError::Toml(e.to_string()))?;
        claim.validate()?;
        Ok(claim)
    }

    fn field(&self, field: &str, found: &str, expected: &str) -> ClaimError {
        ClaimError::Field {
            claim: self.id.clone(),
            field: field.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }

    fn validate(&self) -> Result<(), ClaimError> {
        let kebab = |s: &str| {
            !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !kebab(&self.id) {
            return Err(self.field("id", &self.id, "small letters, digits and hyphens"));
        }
        if !is_date(&self.date) {
            return Err(self.field("date", &self.date, "a day as YYYY-MM-DD"));
        }
        for (field, text) in
            [("title", &self.title), ("claim", &self.claim), ("verdict.text", &self.verdict.text)]
        {
            if text.trim().is_empty() {
                return Err(self.field(field, text, "text"));
            }
        }
        if self.claimed_by.is_empty() {
            return Err(self.field("claimed-by", "", "at least one person or school"));
        }
        if self.verdict.would_change.is_empty() {
            return Err(self.field(
                "verdict.would-change",
                "",
                "at least one thing that would change the verdict",
            ));
        }
        for (i, q) in self.question.iter().enumerate() {
            if !kebab(&q.id) || self.question[..i].iter().any(|o| o.id == q.id) {
                return Err(self.field("question.id", &q.id, "a name of small letters that occurs once"));
            }
            if q.contrasts.is_empty() || q.reason.trim().is_empty() {
                return Err(self.field(
                    "question",
                    &q.id,
                    "contrasts, and a reason for pooling or not pooling",
                ));
            }
        }
        let computed = self
            .grading
            .certainty()
            .map_err(|source| ClaimError::Grade { claim: self.id.clone(), source })?;
        if computed != self.verdict.certainty {
            return Err(ClaimError::Certainty {
                claim: self.id.clone(),
                computed,
                stated: self.verdict.certainty,
            });
        }
        Ok(())
    }

    /// Looks up everything that the claim refers to and computes its questions.
    ///
    /// # Errors
    /// [`ClaimError::Reference`] and [`ClaimError::Question`] name what cannot be found or computed.
    pub fn report(&self, base: &EvidenceBase) -> Result<ClaimReport, ClaimError> {
        let reference = |reference: &str, problem: String| ClaimError::Reference {
            claim: self.id.clone(),
            reference: reference.to_owned(),
            problem,
        };
        for by in &self.claimed_by {
            if !by.source.is_empty() && base.source(&by.source).is_none() {
                return Err(reference(&by.source, "is not in sources.csv".into()));
            }
        }
        let evidence = self
            .evidence
            .iter()
            .map(|e| base.resolve(e).map_err(|problem| reference(&e.reference, problem)))
            .collect::<Result<Vec<_>, _>>()?;
        let questions = self
            .question
            .iter()
            .map(|q| {
                question::answer(q, base).map_err(|problem| ClaimError::Question {
                    claim: self.id.clone(),
                    question: q.id.clone(),
                    problem,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let sources = self
            .claimed_by
            .iter()
            .filter_map(|c| base.source(&c.source).map(|s| (c.source.clone(), s)))
            .collect();
        Ok(ClaimReport { claim: self.clone(), evidence, questions, sources })
    }
}

/// A day of the Gregorian calendar written `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [y, m, d] = parts[..] else { return false };
    if [y, m, d].iter().any(|p| !p.bytes().all(|b| b.is_ascii_digit()))
        || y.len() != 4
        || m.len() != 2
        || d.len() != 2
    {
        return false;
    }
    let (Ok(y), Ok(m), Ok(d)) = (y.parse::<u32>(), m.parse::<u32>(), d.parse::<u32>()) else { return false };
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let days = match m {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for good in ["2026-11-22", "2024-02-29", "2000-02-29"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "2026-13-01",
            "2026-02-29",
            "1900-02-29",
            "26-1-1",
            "2026-11-2x",
            "2026-11-00",
            "",
            "2026-11-22-1",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }
}
