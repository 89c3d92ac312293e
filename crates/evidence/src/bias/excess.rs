//! The test of excess significance (Ioannidis and Trikalinos 2007).

use crate::dist::{ChiSquared, Normal};
use crate::pairwise::{PoolError, check};
use serde::Serialize;

/// Observed and expected numbers of significant studies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExcessSignificance {
    /// Significant studies.
    pub observed: usize,
    /// Expected number, the sum of the powers.
    pub expected: f64,
    /// Power of each study to find the assumed effect.
    pub power: Vec<f64>,
    /// Chi-squared statistic of the two numbers.
    pub chi_squared: f64,
    /// One-sided p value of that statistic: only an excess counts.
    pub chi_squared_p: f64,
    /// One-sided exact p value: probability of so many significant studies or more, each with its own power.
    pub exact_p: f64,
}

/// Compares the number of significant studies with what their power lets expect: two-sided tests at level `alpha`, true
/// effects normal around `effect` with variance `tau2`, both tails of significance together.
///
/// # Errors
/// For no studies, bad rows, or a level outside (0, 0.5].
pub fn excess_significance(
    y: &[f64],
    v: &[f64],
    effect: f64,
    tau2: f64,
    alpha: f64,
) -> Result<ExcessSignificance, PoolError> {
    check(y, v)?;
    if y.is_empty() {
        return Err(PoolError::TooFewStudies {
            studies: 0,
            method: "the test of excess significance",
            least: 1,
        });
    }
    if !(alpha > 0.0 && alpha <= 0.5) {
        return Err(PoolError::BadLevel(alpha));
    }
    if !(effect.is_finite() && tau2 >= 0.0 && tau2.is_finite()) {
        return Err(PoolError::Unsupported {
            first: "the test of excess significance",
            second: "a finite effect and tau² of 0 or more",
        });
    }
    let normal = Normal::STANDARD;
    let critical = normal.quantile_upper(0.5 * alpha);
    let observed = y.iter().zip(v).filter(|(y, v)| y.abs() >= critical * v.sqrt()).count();
    let power: Vec<f64> = v
        .iter()
        .map(|v| {
            let (margin, sd) = (critical * v.sqrt(), (v + tau2).sqrt());
            normal.sf((margin - effect) / sd) + normal.sf((margin + effect) / sd)
        })
        .collect();
    let expected: f64 = power.iter().sum();
    let (k, o) = (y.len() as f64, observed as f64);
    let chi_squared = (o - expected).powi(2) / expected + (o - expected).powi(2) / (k - expected);
    let half = ChiSquared::new(1.0).map_or(f64::NAN, |chi| 0.5 * chi.sf(chi_squared));
    // Distribution of a sum of unlike yes/no trials.
    let mut share = vec![1.0f64];
    for p in &power {
        let mut next = vec![0.0; share.len() + 1];
        for (n, s) in share.iter().enumerate() {
            next[n] += s * (1.0 - p);
            next[n + 1] += s * p;
        }
        share = next;
    }
    Ok(ExcessSignificance {
        observed,
        expected,
        chi_squared,
        chi_squared_p: if o >= expected { half } else { 1.0 - half },
        exact_p: share[observed..].iter().sum::<f64>().min(1.0),
        power,
    })
}
