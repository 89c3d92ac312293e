//! Level and slope before and after: piecewise regression of an AB series.
//!
//! y = β₀ + β₁ t + β₂ D + β₃ D (t − t_B) + e with sessions t = 1, 2, ..., D = 1 from the start of treatment t_B on
//! (Huitema & McKean 2000, doi 10.1177/00131640021970358): β₂ is the change of level at the first session of
//! phase B, β₃ the change of slope.

use std::convert::Infallible;

use nalgebra::{DMatrix, DVector};

use super::error::{SingleCaseError, check_values};
use crate::dist::StudentT;
use crate::root::brent;

/// One coefficient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// Estimate.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Two-sided p by t with n − 4 degrees of freedom.
    pub p: f64,
}

/// Piecewise regression by ordinary least squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PiecewiseFit {
    /// β₀: level at session 0 by the line of phase A.
    pub intercept: Coefficient,
    /// β₁: slope of phase A per session.
    pub slope: Coefficient,
    /// β₂: change of level at the first session of phase B.
    pub level_change: Coefficient,
    /// β₃: change of slope.
    pub slope_change: Coefficient,
    /// Residual standard deviation.
    pub sigma: f64,
    /// Share of variance explained; none if the values do not vary.
    pub r_squared: Option<f64>,
}

/// Piecewise regression with first-order autocorrelation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AutocorrelatedFit {
    /// The regression; `r_squared` is none.
    pub fit: PiecewiseFit,
    /// Autocorrelation φ at lag 1.
    pub phi: f64,
    /// Restricted log-likelihood.
    pub ln_likelihood: f64,
}

fn design(y: &[f64], start: usize) -> Result<DMatrix<f64>, SingleCaseError> {
    check_values("values", y, 5)?;
    if start < 3 || start + 1 > y.len() {
        return Err(SingleCaseError::Value {
            field: "start of phase B".into(),
            row: 1,
            value: start as f64,
            problem: "must leave two sessions in each phase for a slope",
        });
    }
    Ok(DMatrix::from_fn(y.len(), 4, |i, j| {
        let t = (i + 1) as f64;
        let d = f64::from(u8::from(i + 1 >= start));
        match j {
            0 => 1.0,
            1 => t,
            2 => d,
            _ => d * (t - start as f64),
        }
    }))
}

struct Gls {
    beta: DVector<f64>,
    inverse: DMatrix<f64>,
    residuals: DVector<f64>,
    rss: f64,
    ln_det_normal: f64,
}

fn collinear() -> SingleCaseError {
    SingleCaseError::Collinear { columns: "intercept, slope, level and slope change".into() }
}

/// Generalised least squares with precision W.
fn gls(x: &DMatrix<f64>, y: &DVector<f64>, w: &DMatrix<f64>) -> Result<Gls, SingleCaseError> {
    let normal = x.transpose() * w * x;
    let cholesky = normal.cholesky().ok_or_else(collinear)?;
    let ln_det_normal = 2.0 * cholesky.l_dirty().diagonal().iter().map(|d| libm::log(*d)).sum::<f64>();
    let beta = cholesky.solve(&(x.transpose() * w * y));
    let residuals = y - x * &beta;
    let rss = (residuals.transpose() * w * &residuals)[(0, 0)];
    Ok(Gls { beta, inverse: cholesky.inverse(), residuals, rss, ln_det_normal })
}

fn summary(g: &Gls, n: usize) -> Result<PiecewiseFit, SingleCaseError> {
    let df = n as f64 - 4.0;
    let student = StudentT::new(df).map_err(|_| SingleCaseError::TooFew {
        field: "values".into(),
        given: n,
        needed: 5,
    })?;
    let variance = g.rss / df;
    let coefficient = |k: usize| {
        let (estimate, se) = (g.beta[k], (variance * g.inverse[(k, k)]).sqrt());
        Coefficient { estimate, se, p: student.two_sided(estimate / se) }
    };
    Ok(PiecewiseFit {
        intercept: coefficient(0),
        slope: coefficient(1),
        level_change: coefficient(2),
        slope_change: coefficient(3),
        sigma: variance.sqrt(),
        r_squared: None,
    })
}

/// Fits the piecewise regression by ordinary least squares; `start` is the first session of phase B, from 1.
///
/// Sessions of one patient are seldom independent: compare [`piecewise_ar1`].
///
/// # Errors
/// Fewer than five values or fewer than two in a phase, values that are not finite.
pub fn piecewise_ols(y: &[f64], start: usize) -> Result<PiecewiseFit, SingleCaseError> {
    let x = design(y, start)?;
    let n = y.len();
    let y = DVector::from_column_slice(y);
    let g = gls(&x, &y, &DMatrix::identity(n, n))?;
    let mean = y.mean();
    let total: f64 = y.iter().map(|v| (v - mean) * (v - mean)).sum();
    let r_squared = (total > 0.0).then(|| 1.0 - g.rss / total);
    Ok(PiecewiseFit { r_squared, ..summary(&g, n)? })
}

/// Precision of n values with autocorrelation φ and its derivative in φ.
fn precision(n: usize, phi: f64) -> (DMatrix<f64>, DMatrix<f64>) {
    let c = 1.0 / (1.0 - phi * phi);
    let dc = 2.0 * phi * c * c;
    let at = |i: usize, j: usize| -> (f64, f64) {
        if i == j {
            if i == 0 || i + 1 == n { (1.0, 0.0) } else { (1.0 + phi * phi, 2.0 * phi) }
        } else if i.abs_diff(j) == 1 {
            (-phi, -1.0)
        } else {
            (0.0, 0.0)
        }
    };
    let w = DMatrix::from_fn(n, n, |i, j| c * at(i, j).0);
    let dw = DMatrix::from_fn(n, n, |i, j| dc * at(i, j).0 + c * at(i, j).1);
    (w, dw)
}

/// Profile restricted log-likelihood in φ and its derivative.
fn profile(x: &DMatrix<f64>, y: &DVector<f64>, phi: f64) -> Result<(f64, f64, Gls), SingleCaseError> {
    let (n, p) = x.shape();
    let (w, dw) = precision(n, phi);
    let g = gls(x, y, &w)?;
    let df = (n - p) as f64;
    let one = 1.0 - phi * phi;
    let ln_det = (n as f64 - 1.0) * libm::log(one);
    let value =
        -0.5 * (df * (libm::log(2.0 * std::f64::consts::PI * g.rss / df) + 1.0) + ln_det + g.ln_det_normal);
    let d_rss = (g.residuals.transpose() * &dw * &g.residuals)[(0, 0)];
    let d_normal = (&g.inverse * (x.transpose() * &dw * x)).trace();
    let slope = -0.5 * (df * d_rss / g.rss - (n as f64 - 1.0) * 2.0 * phi / one + d_normal);
    Ok((value, slope, g))
}

/// Fits the piecewise regression with first-order autocorrelated errors by restricted maximum likelihood; `start`
/// is the first session of phase B, from 1. φ is searched over (−1, 1) and solved to the last digits.
///
/// # Errors
/// As [`piecewise_ols`]; also when the regression fits exactly.
pub fn piecewise_ar1(y: &[f64], start: usize) -> Result<AutocorrelatedFit, SingleCaseError> {
    let x = design(y, start)?;
    let n = y.len();
    let y = DVector::from_column_slice(y);
    let exact = gls(&x, &y, &DMatrix::identity(n, n))?.rss;
    if exact <= 1e-20 * y.norm_squared() {
        return Err(SingleCaseError::NoSpread { field: "residuals".into() });
    }
    let grid: Vec<f64> = (-39..=39).map(|k| f64::from(k) * 0.025).collect();
    let mut best: Option<(f64, f64)> = None;
    let mut left: Option<(f64, f64)> = None;
    for &phi in &grid {
        let (value, slope, _) = profile(&x, &y, phi)?;
        if best.is_none_or(|b| value > b.0) {
            best = Some((value, phi));
        }
        if let Some((at, before)) = left
            && before > 0.0
            && slope <= 0.0
        {
            let f = |p: f64| Ok::<f64, Infallible>(profile(&x, &y, p).map_or(f64::NAN, |r| r.1));
            let Ok(root) = brent((at, before), (phi, slope), f);
            let (value, _, _) = profile(&x, &y, root)?;
            if best.is_none_or(|b| value >= b.0) {
                best = Some((value, root));
            }
        }
        left = Some((phi, slope));
    }
    let Some((ln_likelihood, phi)) = best else { return Err(collinear()) };
    let (_, _, g) = profile(&x, &y, phi)?;
    Ok(AutocorrelatedFit { fit: summary(&g, n)?, phi, ln_likelihood })
}
