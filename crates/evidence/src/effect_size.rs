//! Effect sizes and their sampling variances, from what the arms of a study report.
//!
//! Every measure lives in the file of its kind of data: [`TwoByTwo`] (events in two arms), [`TwoMeans`] (means and
//! standard deviations of two arms), [`Paired`] (one group measured twice), [`Proportion`], [`Correlation`],
//! [`TwoRates`] (events per person-time), and [`Reported`] (an estimate as a paper prints it). Arm 1 is the
//! treatment, arm 2 the control; a difference is arm 1 minus arm 2 and a ratio arm 1 over arm 2, on the log scale.
//!
//! Nothing is corrected in silence: a zero cell is an error unless the caller chooses a [`Correction`], and the
//! result says how much was added.

mod correlation;
mod paired;
mod proportion;
mod reported;
mod two_by_two;
mod two_means;
mod two_rates;

pub use correlation::{Correlation, CorrelationMeasure};
pub use paired::{Paired, PairedMeasure};
pub use proportion::{Proportion, ProportionMeasure};
pub use reported::{Reported, Uncertainty};
pub use two_by_two::{TableMeasure, TwoByTwo};
pub use two_means::{MeansMeasure, SmdVariance, TwoMeans, average_delta_smd};
pub use two_rates::{RateMeasure, TwoRates};

use crate::dist::special::gamma_ratio_half;
use serde::{Deserialize, Serialize};

/// An estimate and its sampling variance, on the scale of the measure (ratios: natural logarithm).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The estimate.
    pub estimate: f64,
    /// Its sampling variance.
    pub variance: f64,
    /// What was added to each cell because of a zero, 0 if nothing was.
    pub added: f64,
}

impl Effect {
    /// An effect without any correction.
    pub const fn new(estimate: f64, variance: f64) -> Effect {
        Effect { estimate, variance, added: 0.0 }
    }

    /// The standard error.
    pub fn standard_error(&self) -> f64 {
        self.variance.sqrt()
    }
}

/// What to do with a study in which a cell is zero.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Correction {
    /// Refuse the study, with an error that names the empty cell.
    #[default]
    None,
    /// Add this to every cell of a study that has an empty cell (0.5 is Haldane and Anscombe's).
    WhereZero(f64),
    /// Add this to every cell of every study.
    Everywhere(f64),
}

impl Correction {
    /// What to add, given whether the study has an empty cell.
    fn amount(self, has_zero: bool) -> f64 {
        match self {
            Correction::None => 0.0,
            Correction::WhereZero(add) => {
                if has_zero {
                    add
                } else {
                    0.0
                }
            }
            Correction::Everywhere(add) => add,
        }
    }
}

/// Why an effect size cannot be computed from a study.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum EffectError {
    /// A value is missing, infinite or not a number.
    #[error("{field} is {value}, which is not a number that can be used")]
    NotFinite {
        /// Name of the field.
        field: &'static str,
        /// The value given.
        value: f64,
    },
    /// A count, time or standard deviation is negative.
    #[error("{field} is {value}, and it cannot be negative")]
    Negative {
        /// Name of the field.
        field: &'static str,
        /// The value given.
        value: f64,
    },
    /// A value must lie between two others and does not.
    #[error("{field} is {value}, and it must lie between {low} and {high}")]
    OutOfRange {
        /// Name of the field.
        field: &'static str,
        /// The value given.
        value: f64,
        /// Smallest value allowed.
        low: f64,
        /// Largest value allowed.
        high: f64,
    },
    /// More events than participants.
    #[error("{events_field} is {events}, more than {total_field}, which is {total}")]
    MoreEventsThanTotal {
        /// Name of the field of events.
        events_field: &'static str,
        /// Events.
        events: f64,
        /// Name of the field of participants.
        total_field: &'static str,
        /// Participants.
        total: f64,
    },
    /// An arm has nobody in it.
    #[error("{field} is empty: the arm has nobody in it")]
    EmptyArm {
        /// The arm.
        field: &'static str,
    },
    /// A cell is zero and no correction was chosen.
    #[error(
        "{field} is 0, so {measure} is not defined without a correction (or use a method for rare events)"
    )]
    ZeroCell {
        /// The cell.
        field: &'static str,
        /// The measure.
        measure: &'static str,
    },
    /// Too few participants for the measure.
    #[error("{field} is {value}, too few for {measure}: at least {least} are needed")]
    TooFew {
        /// Name of the field.
        field: &'static str,
        /// The value given.
        value: f64,
        /// The measure.
        measure: &'static str,
        /// The smallest number that works.
        least: f64,
    },
    /// The measure has no value for these numbers.
    #[error("{measure} is not defined: {reason}")]
    Undefined {
        /// The measure.
        measure: &'static str,
        /// Why.
        reason: &'static str,
    },
}

/// An error together with the row it was found in.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("row {row}: {error}")]
pub struct RowError {
    /// Index of the row, from 0.
    pub row: usize,
    /// What is wrong with it.
    #[source]
    pub error: EffectError,
}

/// Computes one effect for every row.
///
/// # Errors
/// Every row that cannot be used, in order; no row is dropped in silence.
pub fn for_rows<T>(
    rows: &[T],
    effect: impl Fn(&T) -> Result<Effect, EffectError>,
) -> Result<Vec<Effect>, Vec<RowError>> {
    let (mut effects, mut errors) = (Vec::with_capacity(rows.len()), Vec::new());
    for (row, data) in rows.iter().enumerate() {
        match effect(data) {
            Ok(e) => effects.push(e),
            Err(error) => errors.push(RowError { row, error }),
        }
    }
    if errors.is_empty() { Ok(effects) } else { Err(errors) }
}

/// The exact factor that removes the small-sample bias of a standardised mean difference with `m` degrees of
/// freedom, `Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2))` (Hedges 1981); needs `m > 1`.
pub fn hedges_factor(m: f64) -> f64 {
    gamma_ratio_half(0.5 * (m - 1.0)) / (0.5 * m).sqrt()
}

fn finite(field: &'static str, value: f64) -> Result<f64, EffectError> {
    if value.is_finite() { Ok(value) } else { Err(EffectError::NotFinite { field, value }) }
}

fn not_negative(field: &'static str, value: f64) -> Result<f64, EffectError> {
    if finite(field, value)? < 0.0 { Err(EffectError::Negative { field, value }) } else { Ok(value) }
}

fn at_least(field: &'static str, value: f64, least: f64, measure: &'static str) -> Result<f64, EffectError> {
    if not_negative(field, value)? < least {
        Err(EffectError::TooFew { field, value, measure, least })
    } else {
        Ok(value)
    }
}

fn within(field: &'static str, value: f64, low: f64, high: f64) -> Result<f64, EffectError> {
    if (low..=high).contains(&finite(field, value)?) {
        Ok(value)
    } else {
        Err(EffectError::OutOfRange { field, value, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hedges_factor_is_close_to_his_approximation_and_exact_where_known() {
        // The approximation's error falls with the square of the degrees of freedom.
        for (m, most) in [(5.0, 1.5e-3), (20.0, 1e-4), (500.0, 1e-6)] {
            assert!((hedges_factor(m) - (1.0 - 3.0 / (4.0 * m - 1.0))).abs() < most, "{m}");
        }
        // m = 2: Gamma(1) / (1 * Gamma(1/2)) = 1 / sqrt(pi)
        assert!((hedges_factor(2.0) - 0.564_189_583_547_756_3).abs() < 1e-15);
    }

    #[test]
    fn every_bad_row_is_named() {
        let rows = [1.0, -1.0, f64::NAN];
        let errors = for_rows(&rows, |&x| not_negative("n1", x).map(|x| Effect::new(x, 1.0))).unwrap_err();
        assert_eq!(errors.iter().map(|e| e.row).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(errors[0].to_string(), "row 1: n1 is -1, and it cannot be negative");
    }
}
