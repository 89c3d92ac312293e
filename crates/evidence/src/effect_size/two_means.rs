//! Measures for means and standard deviations of two arms.

use super::{Effect, EffectError, at_least, finite, hedges_factor, not_negative};
use serde::{Deserialize, Serialize};

/// Means, standard deviations and sizes of two arms, in the unit of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TwoMeans {
    /// Mean of arm 1.
    pub mean1: f64,
    /// Standard deviation of arm 1.
    pub sd1: f64,
    /// Participants of arm 1.
    pub n1: f64,
    /// Mean of arm 2.
    pub mean2: f64,
    /// Standard deviation of arm 2.
    pub sd2: f64,
    /// Participants of arm 2.
    pub n2: f64,
}

/// How the variance of a standardised mean difference is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum SmdVariance {
    /// Large-sample variance with the corrected estimate in it (Hedges 1982); R's "LS".
    #[default]
    LargeSample,
    /// Large-sample variance of the uncorrected estimate times the squared correction (Borenstein 2009);
    /// R's "LS2".
    LargeSampleScaled,
    /// The unbiased variance (Hedges 1983); R's "UB".
    Unbiased,
}

/// What is measured on two means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MeansMeasure {
    /// Difference of means, each arm with its own variance.
    MeanDifference,
    /// Difference of means with one pooled variance.
    MeanDifferencePooled,
    /// Standardised mean difference with Hedges' exact correction (Hedges 1981).
    StandardisedMeanDifference(SmdVariance),
    /// Standardised mean difference by the average variance, which may differ between arms (Bonett 2009).
    StandardisedMeanDifferenceUnequal,
    /// Log ratio of means (Hedges, Gurevitch and Curtis 1999).
    RatioOfMeans,
    /// Log ratio of the coefficients of variation (Nakagawa et al. 2015).
    VariationRatio,
    /// Log ratio of the standard deviations (Nakagawa et al. 2015).
    VariabilityRatio,
}

impl MeansMeasure {
    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            MeansMeasure::MeanDifference => "the mean difference",
            MeansMeasure::MeanDifferencePooled => "the mean difference (pooled variance)",
            MeansMeasure::StandardisedMeanDifference(_) => "the standardised mean difference",
            MeansMeasure::StandardisedMeanDifferenceUnequal => {
                "the standardised mean difference (unequal variances)"
            }
            MeansMeasure::RatioOfMeans => "the log ratio of means",
            MeansMeasure::VariationRatio => "the log ratio of coefficients of variation",
            MeansMeasure::VariabilityRatio => "the log ratio of standard deviations",
        }
    }

    /// The short code R users know.
    pub const fn code(self) -> &'static str {
        match self {
            MeansMeasure::MeanDifference | MeansMeasure::MeanDifferencePooled => "MD",
            MeansMeasure::StandardisedMeanDifference(_) => "SMD",
            MeansMeasure::StandardisedMeanDifferenceUnequal => "SMDH",
            MeansMeasure::RatioOfMeans => "ROM",
            MeansMeasure::VariationRatio => "CVR",
            MeansMeasure::VariabilityRatio => "VR",
        }
    }

    /// The measure on two arms.
    ///
    /// # Errors
    /// If a number is not finite, a standard deviation is negative or zero, an arm is too small, or a ratio is
    /// asked of means that are not of one sign.
    pub fn effect(self, data: &TwoMeans) -> Result<Effect, EffectError> {
        let name = self.name();
        let TwoMeans { mean1, sd1, n1, mean2, sd2, n2 } = *data;
        data.check(name)?;
        let (v1, v2) = (sd1 * sd1, sd2 * sd2);
        let m = n1 + n2 - 2.0;
        let (estimate, variance) = match self {
            MeansMeasure::MeanDifference => (mean1 - mean2, v1 / n1 + v2 / n2),
            MeansMeasure::MeanDifferencePooled => {
                (mean1 - mean2, data.pooled_variance() * (1.0 / n1 + 1.0 / n2))
            }
            MeansMeasure::StandardisedMeanDifference(kind) => {
                let (d, j) = ((mean1 - mean2) / data.pooled_variance().sqrt(), hedges_factor(m));
                let g = j * d;
                let (sizes, total) = (1.0 / n1 + 1.0 / n2, n1 + n2);
                let variance = match kind {
                    SmdVariance::LargeSample => sizes + g * g / (2.0 * total),
                    SmdVariance::LargeSampleScaled => j * j * (sizes + d * d / (2.0 * total)),
                    SmdVariance::Unbiased => sizes + (1.0 - (m - 2.0) / (m * j * j)) * g * g,
                };
                (g, variance)
            }
            MeansMeasure::StandardisedMeanDifferenceUnequal => {
                let s2 = 0.5 * (v1 + v2);
                let j = hedges_factor(m);
                let g = j * (mean1 - mean2) / s2.sqrt();
                let (m1, m2) = (n1 - 1.0, n2 - 1.0);
                let variance =
                    g * g * (v1 * v1 / m1 + v2 * v2 / m2) / (8.0 * s2 * s2) + (v1 / m1 + v2 / m2) / s2;
                (g, j * j * variance)
            }
            MeansMeasure::RatioOfMeans => {
                let ratio = data.mean_ratio(name)?;
                (libm::log(ratio), v1 / (n1 * mean1 * mean1) + v2 / (n2 * mean2 * mean2))
            }
            MeansMeasure::VariationRatio => {
                let ratio = data.mean_ratio(name)?;
                let (h1, h2) = (0.5 / (n1 - 1.0), 0.5 / (n2 - 1.0));
                (
                    libm::log(sd1 / sd2) - libm::log(ratio) + h1 - h2,
                    h1 + h2 + v1 / (n1 * mean1 * mean1) + v2 / (n2 * mean2 * mean2),
                )
            }
            MeansMeasure::VariabilityRatio => {
                let (h1, h2) = (0.5 / (n1 - 1.0), 0.5 / (n2 - 1.0));
                (libm::log(sd1 / sd2) + h1 - h2, h1 + h2)
            }
        };
        Ok(Effect::new(estimate, variance))
    }
}

/// Standardised mean differences of several studies whose variances all use the average of the estimates, weighted
/// by size, so that estimate and weight of a study are not correlated; R's "AV".
///
/// # Errors
/// Every row that cannot be used.
pub fn average_delta_smd(rows: &[TwoMeans]) -> Result<Vec<Effect>, Vec<super::RowError>> {
    let measure = MeansMeasure::StandardisedMeanDifference(SmdVariance::LargeSample);
    let mut effects = super::for_rows(rows, |row| measure.effect(row))?;
    let (mut sum, mut total) = (0.0, 0.0);
    for (row, effect) in rows.iter().zip(&effects) {
        sum += (row.n1 + row.n2) * effect.estimate;
        total += row.n1 + row.n2;
    }
    let average = sum / total;
    for (row, effect) in rows.iter().zip(&mut effects) {
        effect.variance = 1.0 / row.n1 + 1.0 / row.n2 + average * average / (2.0 * (row.n1 + row.n2));
    }
    Ok(effects)
}

impl TwoMeans {
    /// The same study with the arms exchanged.
    pub fn swapped(&self) -> TwoMeans {
        TwoMeans {
            mean1: self.mean2,
            sd1: self.sd2,
            n1: self.n2,
            mean2: self.mean1,
            sd2: self.sd1,
            n2: self.n1,
        }
    }

    fn pooled_variance(&self) -> f64 {
        ((self.n1 - 1.0) * self.sd1 * self.sd1 + (self.n2 - 1.0) * self.sd2 * self.sd2)
            / (self.n1 + self.n2 - 2.0)
    }

    fn mean_ratio(&self, measure: &'static str) -> Result<f64, EffectError> {
        let ratio = self.mean1 / self.mean2;
        if ratio > 0.0 && ratio.is_finite() {
            Ok(ratio)
        } else {
            Err(EffectError::Undefined { measure, reason: "the means must be of one sign and not zero" })
        }
    }

    fn check(&self, measure: &'static str) -> Result<(), EffectError> {
        finite("mean1", self.mean1)?;
        finite("mean2", self.mean2)?;
        for (field, sd) in [("sd1", self.sd1), ("sd2", self.sd2)] {
            if not_negative(field, sd)? == 0.0 {
                return Err(EffectError::OutOfRange {
                    field,
                    value: sd,
                    low: f64::MIN_POSITIVE,
                    high: f64::MAX,
                });
            }
        }
        at_least("n1", self.n1, 2.0, measure)?;
        at_least("n2", self.n2, 2.0, measure)?;
        Ok(())
    }
}
