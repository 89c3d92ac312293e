//! Measures for one group measured twice.

use super::{Effect, EffectError, at_least, finite, hedges_factor, not_negative, within};
use serde::{Deserialize, Serialize};

/// One group measured twice, in the unit of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Mean of the first of the two (by convention: after).
    pub mean1: f64,
    /// Its standard deviation.
    pub sd1: f64,
    /// Mean of the second (before).
    pub mean2: f64,
    /// Its standard deviation.
    pub sd2: f64,
    /// Participants.
    pub n: f64,
    /// Correlation between the two measurements.
    pub correlation: f64,
}

/// What is measured on a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PairedMeasure {
    /// Mean change.
    MeanChange,
    /// Mean change by the standard deviation of the change (Gibbons et al. 1993).
    StandardisedByChange,
    /// Mean change by the standard deviation of the first measurement (Becker 1988).
    StandardisedByRaw,
    /// The same with a variance that lets the two standard deviations differ (Bonett 2008).
    StandardisedByRawUnequal,
    /// Log ratio of the two means (Lajeunesse 2011).
    RatioOfMeans,
}

impl PairedMeasure {
    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            PairedMeasure::MeanChange => "the mean change",
            PairedMeasure::StandardisedByChange => "the standardised mean change (change score)",
            PairedMeasure::StandardisedByRaw => "the standardised mean change (raw score)",
            PairedMeasure::StandardisedByRawUnequal => {
                "the standardised mean change (raw score, unequal variances)"
            }
            PairedMeasure::RatioOfMeans => "the log ratio of paired means",
        }
    }

    /// The short code R users know.
    pub const fn code(self) -> &'static str {
        match self {
            PairedMeasure::MeanChange => "MC",
            PairedMeasure::StandardisedByChange => "SMCC",
            PairedMeasure::StandardisedByRaw => "SMCR",
            PairedMeasure::StandardisedByRawUnequal => "SMCRH",
            PairedMeasure::RatioOfMeans => "ROMC",
        }
    }

    /// The measure on one group.
    ///
    /// # Errors
    /// If a number is not finite, a standard deviation is negative or zero, the correlation is outside -1 to 1,
    /// the group is too small, or a ratio is asked of means that are not of one sign.
    pub fn effect(self, data: &Paired) -> Result<Effect, EffectError> {
        let name = self.name();
        let Paired { mean1, sd1, mean2, sd2, n, correlation: r } = *data;
        finite("mean1", mean1)?;
        finite("mean2", mean2)?;
        for (field, sd) in [("sd1", sd1), ("sd2", sd2)] {
            if not_negative(field, sd)? == 0.0 {
                return Err(EffectError::OutOfRange {
                    field,
                    value: sd,
                    low: f64::MIN_POSITIVE,
                    high: f64::MAX,
                });
            }
        }
        within("correlation", r, -1.0, 1.0)?;
        at_least("n", n, 3.0, name)?;
        let change_variance = sd1 * sd1 + sd2 * sd2 - 2.0 * r * sd1 * sd2;
        let m = n - 1.0;
        let (estimate, variance) = match self {
            PairedMeasure::MeanChange => (mean1 - mean2, change_variance / n),
            PairedMeasure::StandardisedByChange => {
                if change_variance <= 0.0 {
                    return Err(EffectError::Undefined { measure: name, reason: "the change does not vary" });
                }
                let g = hedges_factor(m) * (mean1 - mean2) / change_variance.sqrt();
                (g, 1.0 / n + g * g / (2.0 * n))
            }
            PairedMeasure::StandardisedByRaw => {
                let g = hedges_factor(m) * (mean1 - mean2) / sd1;
                (g, 2.0 * (1.0 - r) / n + g * g / (2.0 * n))
            }
            PairedMeasure::StandardisedByRawUnequal => {
                let j = hedges_factor(m);
                let g = j * (mean1 - mean2) / sd1;
                (g, j * j * (change_variance / (sd1 * sd1 * m) + g * g / (2.0 * m)))
            }
            PairedMeasure::RatioOfMeans => {
                let ratio = mean1 / mean2;
                if !(ratio > 0.0 && ratio.is_finite()) {
                    let reason = "the means must be of one sign and not zero";
                    return Err(EffectError::Undefined { measure: name, reason });
                }
                let (c1, c2) = (sd1 / mean1, sd2 / mean2);
                (libm::log(ratio), (c1 * c1 + c2 * c2 - 2.0 * r * c1 * c2) / n)
            }
        };
        Ok(Effect::new(estimate, variance))
    }
}
