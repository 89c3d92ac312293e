//! Measures for events per person-time in two arms.

use super::{Correction, Effect, EffectError, not_negative};
use serde::{Deserialize, Serialize};

/// Events and person-time of two arms; the unit of time is the caller's and must be the same in both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TwoRates {
    /// Events of arm 1.
    pub events1: f64,
    /// Person-time of arm 1.
    pub time1: f64,
    /// Events of arm 2.
    pub events2: f64,
    /// Person-time of arm 2.
    pub time2: f64,
}

/// What is measured on two rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RateMeasure {
    /// Log rate ratio.
    RateRatio,
    /// Rate difference, per unit of time.
    RateDifference,
    /// Difference of the square roots of the rates, which stabilises the variance.
    RootRateDifference,
}

impl RateMeasure {
    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            RateMeasure::RateRatio => "the log rate ratio",
            RateMeasure::RateDifference => "the rate difference",
            RateMeasure::RootRateDifference => "the difference of root rates",
        }
    }

    /// The short code R users know.
    pub const fn code(self) -> &'static str {
        match self {
            RateMeasure::RateRatio => "IRR",
            RateMeasure::RateDifference => "IRD",
            RateMeasure::RootRateDifference => "IRSD",
        }
    }

    /// The measure on two arms.
    ///
    /// # Errors
    /// If a number is negative or not finite, an arm has no person-time, or an arm has no events where the
    /// measure needs one and no correction was chosen.
    pub fn effect(self, data: &TwoRates, correction: Correction) -> Result<Effect, EffectError> {
        not_negative("events1", data.events1)?;
        not_negative("events2", data.events2)?;
        for (field, time) in [("time1", data.time1), ("time2", data.time2)] {
            if not_negative(field, time)? == 0.0 {
                return Err(EffectError::EmptyArm { field });
            }
        }
        let (t1, t2) = (data.time1, data.time2);
        let added = match self {
            RateMeasure::RootRateDifference => 0.0,
            _ => correction.amount(data.events1 == 0.0 || data.events2 == 0.0),
        };
        let (x1, x2) = (data.events1 + added, data.events2 + added);
        let (estimate, variance) = match self {
            RateMeasure::RateRatio => {
                for (field, x) in [("events1", x1), ("events2", x2)] {
                    if x <= 0.0 {
                        return Err(EffectError::ZeroCell { field, measure: self.name() });
                    }
                }
                (libm::log((x1 / t1) / (x2 / t2)), 1.0 / x1 + 1.0 / x2)
            }
            RateMeasure::RateDifference => {
                if x1 + x2 <= 0.0 {
                    return Err(EffectError::ZeroCell { field: "events1", measure: self.name() });
                }
                (x1 / t1 - x2 / t2, x1 / (t1 * t1) + x2 / (t2 * t2))
            }
            RateMeasure::RootRateDifference => ((x1 / t1).sqrt() - (x2 / t2).sqrt(), 0.25 / t1 + 0.25 / t2),
        };
        Ok(Effect { estimate, variance, added })
    }
}
