//! Correlations.

use super::{Effect, EffectError, at_least, within};
use serde::{Deserialize, Serialize};

/// A correlation coefficient and the number of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// Product-moment correlation, -1 to 1.
    pub r: f64,
    /// Pairs.
    pub n: f64,
}

/// The scale on which correlations are pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CorrelationMeasure {
    /// The correlation itself.
    Raw,
    /// Fisher's z, the inverse hyperbolic tangent (Fisher 1921).
    FisherZ,
}

impl CorrelationMeasure {
    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            CorrelationMeasure::Raw => "the correlation",
            CorrelationMeasure::FisherZ => "Fisher's z of the correlation",
        }
    }

    /// The short code R users know.
    pub const fn code(self) -> &'static str {
        match self {
            CorrelationMeasure::Raw => "COR",
            CorrelationMeasure::FisherZ => "ZCOR",
        }
    }

    /// The measure on one correlation.
    ///
    /// # Errors
    /// If the correlation is outside -1 to 1 (for Fisher's z: not strictly inside) or there are too few pairs.
    pub fn effect(self, data: &Correlation) -> Result<Effect, EffectError> {
        let (r, n) = (within("r", data.r, -1.0, 1.0)?, data.n);
        let rest = (1.0 - r) * (1.0 + r);
        match self {
            CorrelationMeasure::Raw => {
                at_least("n", n, 2.0, self.name())?;
                Ok(Effect::new(r, rest * rest / (n - 1.0)))
            }
            CorrelationMeasure::FisherZ => {
                at_least("n", n, 4.0, self.name())?;
                if rest == 0.0 {
                    return Err(EffectError::Undefined { measure: self.name(), reason: "r is 1 or -1" });
                }
                Ok(Effect::new(libm::atanh(r), 1.0 / (n - 3.0)))
            }
        }
    }
}
