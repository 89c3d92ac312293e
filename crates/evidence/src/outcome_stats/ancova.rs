//! Two groups compared at the end, adjusted for baseline.

use nalgebra::{DMatrix, DVector};

use super::error::{OutcomeError, column, same_length};
use super::least_squares::least_squares;
use crate::dist::StudentT;

/// One coefficient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AncovaTerm {
    /// Estimate.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Two-sided p by t with n − 3 degrees of freedom.
    pub p: f64,
}

/// Analysis of covariance beside the analysis of change scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ancova {
    /// Intercept.
    pub intercept: AncovaTerm,
    /// Slope of the end on the baseline.
    pub baseline: AncovaTerm,
    /// Second group minus first at equal baseline: the effect to report.
    pub group: AncovaTerm,
    /// t of the difference of the change scores (second minus first, equal variances).
    pub change_t: f64,
    /// Its two-sided p, n − 2 degrees of freedom.
    pub change_p: f64,
    /// Hedges' g of the change scores, with J = 1 − 3/(4(n − 2) − 1).
    pub change_g: f64,
}

/// End = α + β · baseline + γ · group + e (Vickers & Altman 2001, doi 10.1136/bmj.323.7321.1123): more precise than
/// change scores and not misled by regression to the mean. `second[i]` says whether row i is of the second group.
///
/// # Errors
/// Columns of different length, fewer than four rows, fewer than two in a group, no variation.
pub fn ancova(baseline: &[f64], end: &[f64], second: &[bool]) -> Result<Ancova, OutcomeError> {
    let n = baseline.len();
    column("baseline", baseline, 4)?;
    column("end", end, 4)?;
    same_length("end", end.len(), n)?;
    same_length("group", second.len(), n)?;
    let n2 = second.iter().filter(|s| **s).count();
    if n2 < 2 || n - n2 < 2 {
        return Err(OutcomeError::TooFew { field: "smaller group", given: n2.min(n - n2), needed: 2 });
    }
    let x = DMatrix::from_fn(n, 3, |i, j| match j {
        0 => 1.0,
        1 => baseline[i],
        _ => f64::from(u8::from(second[i])),
    });
    let fit = least_squares(x, &DVector::from_column_slice(end), "baseline within the groups")?;
    let df = n as f64 - 3.0;
    let few = |_| OutcomeError::TooFew { field: "baseline", given: n, needed: 4 };
    let student = StudentT::new(df).map_err(few)?;
    let term = |k: usize| {
        let se = (fit.rss / df * fit.inverse[(k, k)]).sqrt();
        AncovaTerm { estimate: fit.beta[k], se, p: student.two_sided(fit.beta[k] / se) }
    };
    let moments = |of: bool| {
        let c: Vec<f64> = (0..n).filter(|&i| second[i] == of).map(|i| end[i] - baseline[i]).collect();
        let mean = c.iter().sum::<f64>() / c.len() as f64;
        (c.len() as f64, mean, c.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>())
    };
    let ((na, ma, sa), (nb, mb, sb)) = (moments(false), moments(true));
    let df2 = n as f64 - 2.0;
    let sd = ((sa + sb) / df2).sqrt();
    if sd == 0.0 {
        return Err(OutcomeError::NoVariation { field: "change within the groups" });
    }
    let d = (mb - ma) / sd;
    let change_t = d / (1.0 / na + 1.0 / nb).sqrt();
    Ok(Ancova {
        intercept: term(0),
        baseline: term(1),
        group: term(2),
        change_t,
        change_p: StudentT::new(df2).map_err(few)?.two_sided(change_t),
        change_g: d * (1.0 - 3.0 / (4.0 * df2 - 1.0)),
    })
}
