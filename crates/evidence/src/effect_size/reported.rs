//! Estimates as papers print them.
//!
//! Users of other programs enter a standard error where a variance is asked, or limits of one level as limits of
//! another. Here the kind of uncertainty is part of the value.

use super::{Effect, EffectError, finite, within};
use crate::dist::Normal;
use serde::{Deserialize, Serialize};

/// How the uncertainty of an estimate is reported.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Uncertainty {
    /// Standard error.
    StandardError(f64),
    /// Sampling variance.
    Variance(f64),
    /// Confidence limits and their level (0.95 for 95%), taken as symmetric and normal.
    Interval {
        /// Lower limit.
        lower: f64,
        /// Upper limit.
        upper: f64,
        /// Confidence level.
        level: f64,
    },
    /// Two-sided p value of a test against no effect, taken as normal.
    PValue(f64),
}

/// A reported estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// The estimate.
    pub estimate: f64,
    /// Its uncertainty.
    pub uncertainty: Uncertainty,
    /// Whether estimate and limits are ratios (odds, risk, hazard) still to be put on the log scale.
    pub ratio: bool,
}

impl Reported {
    /// The effect on the scale of analysis.
    ///
    /// # Errors
    /// If a number is not finite, an uncertainty is not positive, the estimate is not inside its limits, or a
    /// ratio is not positive. A standard error or variance of a ratio is taken to be on the log scale already.
    pub fn effect(&self) -> Result<Effect, EffectError> {
        let to_scale = |field, x: f64| {
            if !self.ratio {
                finite(field, x)
            } else if finite(field, x)? > 0.0 {
                Ok(libm::log(x))
            } else {
                Err(EffectError::OutOfRange { field, value: x, low: f64::MIN_POSITIVE, high: f64::MAX })
            }
        };
        let positive = |field, x: f64| {
            if finite(field, x)? > 0.0 {
                Ok(x)
            } else {
                Err(EffectError::OutOfRange { field, value: x, low: f64::MIN_POSITIVE, high: f64::MAX })
            }
        };
        let estimate = to_scale("estimate", self.estimate)?;
        let variance = match self.uncertainty {
            Uncertainty::StandardError(se) => positive("se", se)?.powi(2),
            Uncertainty::Variance(v) => positive("variance", v)?,
            Uncertainty::Interval { lower, upper, level } => {
                let level = within("level", level, 0.5, 0.9999)?;
                let (low, high) = (to_scale("lower", lower)?, to_scale("upper", upper)?);
                if low >= high {
                    return Err(EffectError::OutOfRange {
                        field: "upper",
                        value: upper,
                        low: lower,
                        high: f64::MAX,
                    });
                }
                if !(low..=high).contains(&estimate) {
                    return Err(EffectError::OutOfRange {
                        field: "estimate",
                        value: self.estimate,
                        low: lower,
                        high: upper,
                    });
                }
                let z = Normal::STANDARD.quantile_upper(0.5 * (1.0 - level));
                ((high - low) / (2.0 * z)).powi(2)
            }
            Uncertainty::PValue(p) => {
                let p = within("p", p, f64::MIN_POSITIVE, 1.0)?;
                let z = Normal::STANDARD.quantile_upper(0.5 * p);
                if z <= 0.0 || estimate == 0.0 {
                    return Err(EffectError::Undefined {
                        measure: "the standard error",
                        reason: "an estimate without effect or a p of 1 does not tell it",
                    });
                }
                (estimate / z).powi(2)
            }
        };
        Ok(Effect::new(estimate, variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_ways_to_report_agree() {
        let se: f64 = 0.25;
        let z = 1.959_963_984_540_054;
        let ways = [
            Uncertainty::StandardError(se),
            Uncertainty::Variance(se * se),
            Uncertainty::Interval { lower: 0.5 - z * se, upper: 0.5 + z * se, level: 0.95 },
            Uncertainty::PValue(2.0 * Normal::STANDARD.sf(0.5 / se)),
        ];
        for uncertainty in ways {
            let effect = Reported { estimate: 0.5, uncertainty, ratio: false }.effect().unwrap();
            assert!((effect.variance - se * se).abs() < 1e-14, "{uncertainty:?}");
        }
    }

    #[test]
    fn an_estimate_outside_its_limits_is_refused() {
        let uncertainty = Uncertainty::Interval { lower: 1.1, upper: 1.4, level: 0.95 };
        let error = Reported { estimate: 1.6, uncertainty, ratio: true }.effect().unwrap_err();
        assert_eq!(error.to_string(), "estimate is 1.6, and it must lie between 1.1 and 1.4");
    }
}
