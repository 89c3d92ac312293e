//! Fail-safe numbers: how many studies without effect would undo a result.

use crate::dist::Normal;
use crate::pairwise::{PoolError, check};
use serde::{Deserialize, Serialize};

/// Whose number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum FailSafeMethod {
    /// Rosenthal (1979): until the combined one-sided p (Stouffer's sum) reaches `alpha`.
    Rosenthal {
        /// Level, for example 0.05.
        alpha: f64,
    },
    /// Orwin (1983): until the plain mean falls to `target`.
    Orwin {
        /// The mean that would no longer matter; `None` for half the observed mean.
        target: Option<f64>,
    },
    /// Rosenberg (2005): until the common-effect estimate is no longer significant at `alpha`, two-sided.
    Rosenberg {
        /// Level, for example 0.05.
        alpha: f64,
    },
}

/// A fail-safe number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FailSafe {
    /// The number of studies, rounded up.
    pub studies: f64,
    /// p value of the result as it stands (not for Orwin's).
    pub p_value: Option<f64>,
    /// The mean as it stands: plain for Orwin's, common-effect for Rosenberg's.
    pub mean: Option<f64>,
    /// Name of the method.
    pub method: &'static str,
}

/// Computes a fail-safe number.
///
/// # Errors
/// For no studies, bad rows, or a level outside (0, 0.5].
pub fn fail_safe(y: &[f64], v: &[f64], method: FailSafeMethod) -> Result<FailSafe, PoolError> {
    check(y, v)?;
    if y.is_empty() {
        return Err(PoolError::TooFewStudies { studies: 0, method: "a fail-safe number", least: 1 });
    }
    let k = y.len() as f64;
    let level =
        |alpha: f64| if alpha > 0.0 && alpha <= 0.5 { Ok(alpha) } else { Err(PoolError::BadLevel(alpha)) };
    let normal = Normal::STANDARD;
    Ok(match method {
        FailSafeMethod::Rosenthal { alpha } => {
            let sum: f64 = y.iter().zip(v).map(|(y, v)| y / v.sqrt()).sum();
            let critical = normal.quantile_upper(level(alpha)?);
            FailSafe {
                studies: (sum * sum / (critical * critical) - k).max(0.0).ceil(),
                p_value: Some(normal.sf(sum.abs() / k.sqrt())),
                mean: None,
                method: "Rosenthal",
            }
        }
        FailSafeMethod::Orwin { target } => {
            let mean = y.iter().sum::<f64>() / k;
            let target = target.unwrap_or(0.5 * mean);
            // As many studies of zero effect as bring the mean to the target.
            let studies = if target == 0.0 { f64::INFINITY } else { k * (mean - target) / target };
            FailSafe { studies: studies.max(0.0).ceil(), p_value: None, mean: Some(mean), method: "Orwin" }
        }
        FailSafeMethod::Rosenberg { alpha } => {
            let weight: f64 = v.iter().map(|v| 1.0 / v).sum();
            let mean = y.iter().zip(v).map(|(y, v)| y / v).sum::<f64>() / weight;
            let statistic = mean * weight.sqrt();
            let critical = normal.quantile_upper(0.5 * level(alpha)?);
            // New studies of average weight and zero effect: z falls as 1/sqrt of the total weight.
            let needed = (mean * weight / critical).powi(2);
            FailSafe {
                studies: (k * (needed - weight) / weight).max(0.0).ceil(),
                p_value: Some(2.0 * normal.sf(statistic.abs())),
                mean: Some(mean),
                method: "Rosenberg",
            }
        }
    })
}
