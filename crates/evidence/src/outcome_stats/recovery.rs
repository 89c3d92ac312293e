//! Recovery against initial impairment, and why the correlation of the two misleads.

use nalgebra::{DMatrix, DVector};

use super::error::{OutcomeError, column, positive, same_length};
use super::least_squares::least_squares;
use crate::dist::StudentT;

/// Proportional recovery of a group, with what its correlations are worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionalRecovery {
    /// Slope of the change on the initial impairment (maximum − baseline).
    pub slope: f64,
    /// Its standard error.
    pub se_slope: f64,
    /// Intercept, in points.
    pub intercept: f64,
    /// Correlation of initial impairment and change.
    pub r_impairment_change: f64,
    /// Correlation of baseline and end.
    pub r_baseline_end: f64,
    /// SD of the end over SD of the baseline.
    pub sd_ratio: f64,
    /// Correlation of baseline and change that the two numbers before force on the data, whatever the patients do.
    pub r_baseline_change_implied: f64,
    /// Correlation of change and mean of baseline and end (Oldham 1962): not biased by the shared baseline.
    pub r_oldham: f64,
    /// t of the Pitman-Morgan test of equal variances of baseline and end.
    pub t_pitman_morgan: f64,
    /// Its degrees of freedom, n − 2.
    pub df: f64,
    /// Its two-sided p.
    pub p_pitman_morgan: f64,
}

/// Correlation of baseline X and change Y − X from r = r(X, Y) and k = σ_Y/σ_X:
/// (k r − 1)/√(k² + 1 − 2 k r) (Hope et al. 2019, doi 10.1093/brain/awy302). For small k it tends to −1 for any r.
///
/// # Errors
/// r outside [−1, 1], k not above zero.
pub fn change_correlation(r: f64, k: f64) -> Result<f64, OutcomeError> {
    positive("ratio of SDs", k)?;
    if !(-1.0..=1.0).contains(&r) {
        return Err(OutcomeError::Value {
            field: "correlation",
            value: r,
            problem: "must lie between −1 and 1",
        });
    }
    let spread = k * k + 1.0 - 2.0 * k * r;
    if spread <= 0.0 {
        return Err(OutcomeError::NoVariation { field: "change" });
    }
    Ok((k * r - 1.0) / spread.sqrt())
}

fn correlation(x: &[f64], y: &[f64], field: &'static str) -> Result<f64, OutcomeError> {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sum = |a: &[f64], ma: f64, b: &[f64], mb: f64| -> f64 {
        a.iter().zip(b).map(|(p, q)| (p - ma) * (q - mb)).sum()
    };
    let r = sum(x, mx, y, my) / (sum(x, mx, x, mx) * sum(y, my, y, my)).sqrt();
    if r.is_finite() { Ok(r.clamp(-1.0, 1.0)) } else { Err(OutcomeError::NoVariation { field }) }
}

/// Regression of change on initial impairment (Prabhakaran et al. 2008, doi 10.1177/1545968307305302), with the
/// correlation that the shared baseline forces (Hope et al. 2019) and the tests that do not share it (Oldham 1962;
/// Pitman 1939; Morgan 1939). A reference for a population, not a prediction for a patient, and "actual − predicted"
/// is no effect of treatment.
///
/// # Errors
/// Columns of different length, fewer than three rows, a score above the maximum, no variation.
pub fn proportional_recovery(
    baseline: &[f64],
    end: &[f64],
    maximum: f64,
) -> Result<ProportionalRecovery, OutcomeError> {
    column("baseline", baseline, 3)?;
    column("end", end, 3)?;
    same_length("end", end.len(), baseline.len())?;
    for (field, x) in [("baseline", baseline), ("end", end)] {
        if let Some(i) = x.iter().position(|v| *v > maximum) {
            return Err(OutcomeError::Row {
                field,
                row: i + 1,
                value: x[i],
                problem: "is above the maximum of the scale",
            });
        }
    }
    let n = baseline.len();
    let change: Vec<f64> = baseline.iter().zip(end).map(|(a, b)| b - a).collect();
    let impairment: Vec<f64> = baseline.iter().map(|b| maximum - b).collect();
    let mean: Vec<f64> = baseline.iter().zip(end).map(|(a, b)| 0.5 * (a + b)).collect();
    let x = DMatrix::from_fn(n, 2, |i, j| if j == 0 { 1.0 } else { impairment[i] });
    let fit = least_squares(x, &DVector::from_column_slice(&change), "baseline")?;
    let df = n as f64 - 2.0;
    let r_baseline_end = correlation(baseline, end, "end")?;
    let spread = |x: &[f64]| {
        let m = x.iter().sum::<f64>() / n as f64;
        x.iter().map(|v| (v - m) * (v - m)).sum::<f64>().sqrt()
    };
    let sd_ratio = spread(end) / spread(baseline);
    let r_oldham = correlation(&change, &mean, "change")?;
    let t = r_oldham * (df / (1.0 - r_oldham * r_oldham)).sqrt();
    let student =
        StudentT::new(df).map_err(|_| OutcomeError::TooFew { field: "baseline", given: n, needed: 3 })?;
    Ok(ProportionalRecovery {
        slope: fit.beta[1],
        se_slope: (fit.rss / df * fit.inverse[(1, 1)]).sqrt(),
        intercept: fit.beta[0],
        r_impairment_change: correlation(&impairment, &change, "change")?,
        r_baseline_end,
        sd_ratio,
        r_baseline_change_implied: change_correlation(r_baseline_end, sd_ratio)?,
        r_oldham,
        t_pitman_morgan: t,
        df,
        p_pitman_morgan: student.two_sided(t),
    })
}
