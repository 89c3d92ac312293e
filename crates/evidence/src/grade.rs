//! Honest grading: how certain is a body of evidence, why, and what would change that.
//!
//! [`Grading`] follows GRADE (Guyatt et al. 2008, BMJ 336:924; Balshem et al. 2011, J Clin Epidemiol 64:401):
//! randomised trials start high, other studies low; each of five domains may take one or two steps away and
//! three reasons may add them; every step carries its reason in words. [`RiskOfBias`] keeps the five domains of
//! RoB 2 (Sterne et al. 2019, BMJ 366:l4898). [`warnings`] looks at the trials themselves and says what a
//! reader should know before believing a pooled number.

mod rob;
mod warn;

use serde::{Deserialize, Serialize};
use std::fmt;

pub use rob::{BiasDomain, Judgement, RiskOfBias};
pub use warn::{BodyOfEvidence, TrialFacts, Warning, WarningKind, is_effective_rate, warnings, would_change};

/// Certainty of evidence, in the four words of GRADE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The true effect is probably markedly different from the estimate.
    VeryLow,
    /// The true effect may be markedly different.
    Low,
    /// The true effect is probably close.
    Moderate,
    /// The true effect is very probably close.
    High,
}

impl Certainty {
    /// The word as written.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::VeryLow => "very low",
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Where grading starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Randomised trials: high.
    Randomised,
    /// Everything else: low.
    Observational,
}

/// A reason to be less certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Downgrade {
    /// Flaws of design and conduct.
    RiskOfBias,
    /// Results that differ between studies without a reason.
    Inconsistency,
    /// Other people, treatments, comparators or outcomes than those asked about.
    Indirectness,
    /// Too few people or events; an interval that allows different conclusions.
    Imprecision,
    /// Studies or results that probably exist and are not seen.
    PublicationBias,
}

/// A reason to be more certain (for studies that start low).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Upgrade {
    /// An effect too large for bias alone.
    LargeEffect,
    /// More treatment, more effect.
    DoseResponse,
    /// Confounding that would work against the effect found.
    OpposingConfounding,
}

/// Steps away from or toward certainty, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step<D> {
    /// Domain.
    pub domain: D,
    /// One or two steps.
    pub steps: u8,
    /// Why, in a sentence.
    pub reason: String,
}

/// A grading with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// Where it starts.
    pub start: Start,
    /// Reasons to be less certain.
    #[serde(default)]
    pub down: Vec<Step<Downgrade>>,
    /// Reasons to be more certain.
    #[serde(default)]
    pub up: Vec<Step<Upgrade>>,
}

/// Why a grading is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GradeError {
    /// A step of 0 or of more than 2.
    #[error("{domain} takes {steps} steps; a domain takes 1 or 2")]
    Steps {
        /// The domain.
        domain: String,
        /// The steps given.
        steps: u8,
    },
    /// A domain without a reason.
    #[error("{domain} has no reason; every step needs one")]
    NoReason {
        /// The domain.
        domain: String,
    },
    /// A domain twice.
    #[error("{domain} is graded twice; put both reasons into one step")]
    Twice {
        /// The domain.
        domain: String,
    },
    /// An upgrade of evidence that is also marked down.
    #[error("evidence is graded up only where nothing grades it down")]
    UpAndDown,
}

impl Grading {
    /// The certainty that the steps come to.
    ///
    /// # Errors
    /// [`GradeError`] where a step is not 1 or 2, has no reason or comes twice, or where evidence is graded
    /// both down and up (GRADE upgrades only what has no reason for a downgrade).
    pub fn certainty(&self) -> Result<Certainty, GradeError> {
        check(&self.down)?;
        check(&self.up)?;
        if !self.down.is_empty() && !self.up.is_empty() {
            return Err(GradeError::UpAndDown);
        }
        let start: i32 = match self.start {
            Start::Randomised => 3,
            Start::Observational => 1,
        };
        let down: i32 = self.down.iter().map(|s| i32::from(s.steps)).sum();
        let up: i32 = self.up.iter().map(|s| i32::from(s.steps)).sum();
        Ok(match start - down + up {
            ..=0 => Certainty::VeryLow,
            1 => Certainty::Low,
            2 => Certainty::Moderate,
            3.. => Certainty::High,
        })
    }
}

fn check<D: fmt::Debug + PartialEq>(steps: &[Step<D>]) -> Result<(), GradeError> {
    for (i, step) in steps.iter().enumerate() {
        let domain = format!("{:?}", step.domain);
        if !(1..=2).contains(&step.steps) {
            return Err(GradeError::Steps { domain, steps: step.steps });
        }
        if step.reason.trim().is_empty() {
            return Err(GradeError::NoReason { domain });
        }
        if steps[..i].iter().any(|s| s.domain == step.domain) {
            return Err(GradeError::Twice { domain });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down(domain: Downgrade, steps: u8) -> Step<Downgrade> {
        Step { domain, steps, reason: "because".into() }
    }

    #[test]
    fn steps_add_up_and_stop_at_very_low() {
        let mut g = Grading { start: Start::Randomised, down: vec![], up: vec![] };
        assert_eq!(g.certainty(), Ok(Certainty::High));
        g.down.push(down(Downgrade::RiskOfBias, 1));
        assert_eq!(g.certainty(), Ok(Certainty::Moderate));
        g.down.push(down(Downgrade::Imprecision, 2));
        assert_eq!(g.certainty(), Ok(Certainty::VeryLow));
        g.down.push(down(Downgrade::Indirectness, 2));
        assert_eq!(g.certainty(), Ok(Certainty::VeryLow));
        let up = vec![Step { domain: Upgrade::LargeEffect, steps: 2, reason: "x".into() }];
        assert_eq!(
            Grading { start: Start::Observational, down: vec![], up: up.clone() }.certainty(),
            Ok(Certainty::High)
        );
        assert_eq!(Grading { up, ..g }.certainty(), Err(GradeError::UpAndDown));
    }

    #[test]
    fn every_step_needs_a_reason() {
        let grading = |down| Grading { start: Start::Randomised, down, up: vec![] }.certainty();
        assert!(matches!(grading(vec![down(Downgrade::RiskOfBias, 3)]), Err(GradeError::Steps { .. })));
        assert!(matches!(grading(vec![down(Downgrade::RiskOfBias, 0)]), Err(GradeError::Steps { .. })));
        let silent = Step { reason: " ".into(), ..down(Downgrade::RiskOfBias, 1) };
        assert!(matches!(grading(vec![silent]), Err(GradeError::NoReason { .. })));
        let twice = vec![down(Downgrade::RiskOfBias, 1), down(Downgrade::RiskOfBias, 1)];
        assert!(matches!(grading(twice), Err(GradeError::Twice { .. })));
    }
}
