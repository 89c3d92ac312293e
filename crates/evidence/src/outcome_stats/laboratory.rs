//! Laboratory values: which change is more than analysis and biology.

use super::error::{OutcomeError, fraction};
use crate::dist::Normal;

/// Reference change values in percent of the first value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReferenceChange {
    /// Classic, symmetric: √2 z √(CVa² + CVi²).
    pub classic_pct: f64,
    /// Log-normal, rise.
    pub rise_pct: f64,
    /// Log-normal, fall (negative, never below −100).
    pub fall_pct: f64,
}

/// Reference change value of serial results from the analytical and the within-person coefficient of variation, in
/// percent: classic (Harris & Yasaka 1983) and log-normal, which suits cytokines and other skewed values
/// (Fokkema et al. 2006): 100 [exp(±z √2 σ) − 1], σ² = ln(1 + CVa²) + ln(1 + CVi²).
///
/// # Errors
/// A negative or infinite coefficient, a level outside (0, 1).
pub fn reference_change_value(
    cv_analytical_pct: f64,
    cv_within_person_pct: f64,
    level: f64,
) -> Result<ReferenceChange, OutcomeError> {
    for (field, value) in [
        ("analytical coefficient of variation", cv_analytical_pct),
        ("within-person coefficient of variation", cv_within_person_pct),
    ] {
        if !(value.is_finite() && value >= 0.0) {
            return Err(OutcomeError::Value { field, value, problem: "must be zero or more" });
        }
    }
    fraction("level", level)?;
    let z = Normal::STANDARD.quantile_upper((1.0 - level) / 2.0) * std::f64::consts::SQRT_2;
    let (a, i) = (cv_analytical_pct / 100.0, cv_within_person_pct / 100.0);
    let sigma = (libm::log1p(a * a) + libm::log1p(i * i)).sqrt();
    Ok(ReferenceChange {
        classic_pct: z * libm::hypot(cv_analytical_pct, cv_within_person_pct),
        rise_pct: 100.0 * libm::expm1(z * sigma),
        fall_pct: 100.0 * libm::expm1(-z * sigma),
    })
}
