//! The checker: do the numbers that a paper prints agree with each other?
//!
//! Every printed number stands for an interval, the values that round to it ([`Printed`]). Two numbers
//! disagree only when no values inside their intervals agree, so rounding alone never raises an alarm. Each
//! finding is one sentence that says what disagrees and by how much.
//!
//! A finding is not an accusation: most are misprints. It says that the number should not be pooled before
//! it has been looked up.

mod counts;
mod direction;
mod duplicates;
mod estimate;
mod grim;
mod grimmer;
mod means;
mod printed;
mod tables;

use std::fmt;

pub use counts::{fisher_exact_two_sided, p_against_counts, percentage_against_count};
pub use direction::{Favours, conclusion_against_significance, direction_against_conclusion};
pub use duplicates::{ArmSummary, duplicated_arms};
pub use estimate::{ImpliedStatistics, PrintedEstimate, Scale, implied_statistics};
pub use grim::{Grim, grim};
pub use grimmer::{Grimmer, grimmer};
pub use means::{
    PrintedGroup, deviation_within_scale, implausibly_small_sd, p_against_means,
    standard_error_against_deviation, t_against_p,
};
pub use printed::{Interval, PValue, Printed, Relation};
pub use tables::{check_arms, check_estimates, check_statistics, check_table};

/// The rule that a finding comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The bounds of an interval are in the wrong order.
    BoundsOrder,
    /// A ratio or its bound is not positive.
    RatioNotPositive,
    /// The estimate lies outside its own interval.
    EstimateOutsideInterval,
    /// The interval is not symmetric about the estimate on the scale of the analysis.
    AsymmetricInterval,
    /// The p-value contradicts the interval.
    PAgainstInterval,
    /// The p-value contradicts the counts.
    PAgainstCounts,
    /// The p-value contradicts the means and deviations.
    PAgainstMeans,
    /// Standard errors stand where deviations are said to stand.
    StandardErrorAsDeviation,
    /// The p-value contradicts the test statistic.
    PAgainstT,
    /// A percentage contradicts its count.
    PercentageAgainstCount,
    /// No whole-number data have this mean (GRIM).
    Grim,
    /// No whole-number data have this mean and deviation (GRIMMER).
    Grimmer,
    /// The mean or the deviation is impossible on the scale.
    OutsideScale,
    /// The direction of the effect contradicts the conclusion.
    Direction,
    /// The conclusion contradicts the significance of the numbers.
    ConclusionAgainstNumbers,
    /// Two arms have the same numbers.
    DuplicatedArms,
    /// The groups hardly overlap.
    ImplausiblySmallDeviation,
}

impl Rule {
    /// Short name, for tables and filters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BoundsOrder => "bounds-order",
            Self::RatioNotPositive => "ratio-not-positive",
            Self::EstimateOutsideInterval => "estimate-outside-interval",
            Self::AsymmetricInterval => "asymmetric-interval",
            Self::PAgainstInterval => "p-against-interval",
            Self::PAgainstCounts => "p-against-counts",
            Self::PAgainstMeans => "p-against-means",
            Self::StandardErrorAsDeviation => "standard-error-as-deviation",
            Self::PAgainstT => "p-against-t",
            Self::PercentageAgainstCount => "percentage-against-count",
            Self::Grim => "grim",
            Self::Grimmer => "grimmer",
            Self::OutsideScale => "outside-scale",
            Self::Direction => "direction",
            Self::ConclusionAgainstNumbers => "conclusion-against-numbers",
            Self::DuplicatedArms => "duplicated-arms",
            Self::ImplausiblySmallDeviation => "implausibly-small-deviation",
        }
    }

    /// Whether the numbers cannot all be right (`Fail`), or are only very unusual (`Caution`).
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::DuplicatedArms | Self::ImplausiblySmallDeviation => Severity::Caution,
            _ => Severity::Fail,
        }
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Possible, but so unusual that it should be looked up.
    Caution,
    /// At least one of the numbers is wrong.
    Fail,
}

/// One disagreement, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What disagrees and by how much.
    pub sentence: String,
}

impl Finding {
    pub(crate) fn new(rule: Rule, sentence: String) -> Self {
        Self { rule, sentence }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.rule.severity() {
            Severity::Fail => "fail",
            Severity::Caution => "caution",
        };
        write!(f, "{word} ({}): {}", self.rule.name(), self.sentence)
    }
}

/// What a check of one row came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Data row, from 1.
    pub row: usize,
    /// Line in the file.
    pub line: usize,
    /// Study or review, with the outcome.
    pub subject: String,
    /// Whether there were numbers to set against each other.
    pub checkable: bool,
    /// Disagreements; empty where all agree.
    pub findings: Vec<Finding>,
}

impl Item {
    /// True where some number must be wrong.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.findings.iter().any(|f| f.rule.severity() == Severity::Fail)
    }
}

/// What a check of a table came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Every row of the table, in order, and then findings across rows.
    pub items: Vec<Item>,
}

impl Report {
    /// Rows with something to check.
    #[must_use]
    pub fn checked(&self) -> usize {
        self.items.iter().filter(|i| i.checkable).count()
    }

    /// Checked rows in which some number must be wrong.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.items.iter().filter(|i| i.checkable && i.failed()).count()
    }

    /// Checked rows without a failure.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.checked() - self.failed()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for item in self.items.iter().filter(|i| !i.findings.is_empty()) {
            for finding in &item.findings {
                writeln!(f, "row {} (line {}), {}: {finding}", item.row, item.line, item.subject)?;
            }
        }
        write!(
            f,
            "{} rows: {} checked, {} pass, {} fail; {} have nothing to set against each other",
            self.items.len(),
            self.checked(),
            self.passed(),
            self.failed(),
            self.items.len() - self.checked()
        )
    }
}

/// A number for a sentence: three significant digits, no exponent where one can be avoided.
#[must_use]
pub fn show_number(x: f64) -> String {
    show(x)
}

/// As [`show_number`].
pub(crate) fn show(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let magnitude = libm::floor(libm::log10(x.abs()));
    if (-5.0..5.0).contains(&magnitude) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 7")]
        let decimals = (2.0 - magnitude).clamp(0.0, 7.0) as usize;
        format!("{x:.decimals$}")
    } else {
        format!("{x:.1e}")
    }
}

/// A range of p-values for a sentence.
pub(crate) fn show_p_range(range: Interval) -> String {
    let (low, high) = (show(range.lo), show(range.hi));
    if low == high { format!("p = {low}") } else { format!("p between {low} and {high}") }
}
