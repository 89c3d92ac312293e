//! Conclusions in words against the numbers they stand on.

use super::estimate::Scale;
use super::{Finding, Interval, Printed, Rule};

/// Whom a conclusion favours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Favours {
    /// The experimental treatment.
    Experimental,
    /// The comparator.
    Comparator,
    /// Neither: no difference.
    Neither,
}

impl Favours {
    /// Reads `experimental`, `comparator` or `neither`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "experimental" => Some(Self::Experimental),
            "comparator" => Some(Self::Comparator),
            "neither" => Some(Self::Neither),
            _ => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Experimental => "the experimental treatment",
            Self::Comparator => "the comparator",
            Self::Neither => "neither",
        }
    }
}

/// The direction of an estimate against a conclusion that favours one side. `higher_is_better` is true for
/// scales and events that are wished for.
#[must_use]
pub fn direction_against_conclusion(
    estimate: Printed,
    scale: Scale,
    higher_is_better: bool,
    conclusion: Favours,
) -> Option<Finding> {
    let null = match scale {
        Scale::Difference => 0.0,
        Scale::Ratio => 1.0,
    };
    let range = estimate.interval();
    if range.meets(Interval { lo: null, hi: null }) {
        return None;
    }
    let favoured = if (estimate.value() > null) == higher_is_better {
        Favours::Experimental
    } else {
        Favours::Comparator
    };
    (conclusion != Favours::Neither && conclusion != favoured).then(|| {
        Finding::new(
            Rule::Direction,
            format!(
                "The estimate {estimate} favours {}, since {} values are better here, but the text favours {}.",
                favoured.words(),
                if higher_is_better { "higher" } else { "lower" },
                conclusion.words()
            ),
        )
    })
}

/// A conclusion of "no difference" against an interval that excludes no effect, and the reverse.
#[must_use]
pub fn conclusion_against_significance(
    lower: Printed,
    upper: Printed,
    scale: Scale,
    conclusion: Favours,
) -> Option<Finding> {
    let null = match scale {
        Scale::Difference => 0.0,
        Scale::Ratio => 1.0,
    };
    let excludes = lower.interval().lo > null || upper.interval().hi < null;
    let includes = lower.interval().hi < null && upper.interval().lo > null;
    let sentence = match conclusion {
        Favours::Neither if excludes => {
            format!(
                "The interval [{lower}, {upper}] excludes {null} (no effect), but the text says that there is no difference."
            )
        }
        Favours::Experimental | Favours::Comparator if includes => {
            format!(
                "The interval [{lower}, {upper}] includes {null} (no effect), but the text favours {}.",
                conclusion.words()
            )
        }
        _ => return None,
    };
    Some(Finding::new(Rule::ConclusionAgainstNumbers, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Printed {
        Printed::parse(text).expect("number")
    }

    #[test]
    fn direction_follows_the_scale() {
        let better = |est, higher, who| direction_against_conclusion(n(est), Scale::Difference, higher, who);
        assert_eq!(better("-3.94", false, Favours::Experimental), None);
        assert!(better("-3.94", true, Favours::Experimental).is_some());
        assert!(better("-3.94", false, Favours::Comparator).is_some());
        assert_eq!(better("-3.94", false, Favours::Neither), None);
        assert_eq!(direction_against_conclusion(n("1.00"), Scale::Ratio, true, Favours::Comparator), None);
        assert!(direction_against_conclusion(n("1.27"), Scale::Ratio, true, Favours::Comparator).is_some());
    }

    #[test]
    fn conclusions_follow_the_interval() {
        let c = |l, u, who| conclusion_against_significance(n(l), n(u), Scale::Ratio, who);
        assert!(c("2.10", "23.11", Favours::Neither).is_some());
        assert!(c("0.93", "1.28", Favours::Experimental).is_some());
        assert_eq!(c("0.93", "1.28", Favours::Neither), None);
        assert_eq!(c("1.06", "1.51", Favours::Experimental), None);
        // A bound printed as 1.00 may lie on either side.
        assert_eq!(c("1.00", "1.51", Favours::Neither), None);
        assert_eq!(c("1.00", "1.51", Favours::Experimental), None);
    }
}
