//! Ordinary least squares with a few columns.

use nalgebra::{DMatrix, DVector};

use super::error::OutcomeError;

pub(super) struct LeastSquares {
    pub(super) beta: DVector<f64>,
    /// (X'X)⁻¹.
    pub(super) inverse: DMatrix<f64>,
    pub(super) rss: f64,
}

/// Solves by the QR decomposition; `field` names what varies too little when the columns depend on each other.
pub(super) fn least_squares(
    x: DMatrix<f64>,
    y: &DVector<f64>,
    field: &'static str,
) -> Result<LeastSquares, OutcomeError> {
    let p = x.ncols();
    let norms: Vec<f64> = (0..p).map(|j| x.column(j).norm()).collect();
    let qr = x.clone().qr();
    let r = qr.r();
    // A column that adds less than this share of its length to the others is a combination of them.
    if (0..p).any(|j| r[(j, j)].abs() <= 1e-10 * norms[j] || norms[j] == 0.0) {
        return Err(OutcomeError::NoVariation { field });
    }
    let inverse_r =
        r.solve_upper_triangular(&DMatrix::identity(p, p)).ok_or(OutcomeError::NoVariation { field })?;
    let beta = &inverse_r * (qr.q().transpose() * y);
    let rss = (y - x * &beta).norm_squared();
    Ok(LeastSquares { beta, inverse: &inverse_r * inverse_r.transpose(), rss })
}
