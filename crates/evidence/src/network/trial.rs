//! One trial as independent contrasts.
//!
//! Every trial with m arms is kept as the effects of its arms (defined up to a
//! constant) and the variances of all differences between them. Variances of
//! differences are squared Euclidean distances, or effective resistances
//! (Rücker 2012, doi 10.1002/jrsm.1058), so the covariance of the contrasts is
//! −½ K'VK for any orthonormal contrast basis K: this recovers
//! cov(ab, cb) = (V_ab + V_cb − V_ac) / 2.

use nalgebra::{DMatrix, SymmetricEigen};

use super::error::NetworkError;

/// One trial in the common form.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    pub(crate) label: String,
    /// Indices of the treatments, ascending.
    pub(crate) arms: Vec<usize>,
    /// Effects of the arms, centred to sum zero.
    pub(crate) effects: Vec<f64>,
    /// Variances of the differences, m × m, zero diagonal.
    pub(crate) variances: DMatrix<f64>,
    /// The independent contrasts of the trial: value, variance, coefficients over the arms.
    pub(crate) rows: Vec<Row>,
}

/// One of the m − 1 independent contrasts of a trial.
///
/// The coefficients are orthonormal and sum to zero, so a between-trial
/// variance τ² of every comparison adds exactly τ²/2 to each of them.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) value: f64,
    pub(crate) variance: f64,
    pub(crate) coef: Vec<f64>,
}

impl Trial {
    /// Brings a trial into independent contrasts: K'(effects) rotated so that −½K'VK is diagonal.
    ///
    /// `variances` holds the variances of all differences, m × m with a zero diagonal.
    pub(crate) fn new(
        label: String,
        arms: Vec<usize>,
        effects: Vec<f64>,
        variances: DMatrix<f64>,
    ) -> Result<Self, NetworkError> {
        let m = arms.len();
        let mean = effects.iter().sum::<f64>() / m as f64;
        let effects: Vec<f64> = effects.iter().map(|e| e - mean).collect();
        let rows = if m == 2 {
            let c = std::f64::consts::FRAC_1_SQRT_2;
            vec![Row {
                value: (effects[0] - effects[1]) * c,
                variance: variances[(0, 1)] / 2.0,
                coef: vec![c, -c],
            }]
        } else {
            let k = helmert(m);
            let cov = -0.5 * (k.transpose() * &variances * &k);
            let scale = cov.trace();
            let eigen = SymmetricEigen::new(cov);
            let smallest = eigen.eigenvalues.min();
            if smallest.is_nan() || smallest <= 1e-12 * scale {
                return Err(NetworkError::NotPositiveDefinite {
                    study: label,
                    arms: m,
                    eigenvalue: smallest,
                });
            }
            let basis = k * eigen.eigenvectors;
            (0..m - 1)
                .map(|r| {
                    let coef: Vec<f64> = basis.column(r).iter().copied().collect();
                    Row {
                        value: coef.iter().zip(&effects).map(|(c, e)| c * e).sum(),
                        variance: eigen.eigenvalues[r],
                        coef,
                    }
                })
                .collect()
        };
        Ok(Self { label, arms, effects, variances, rows })
    }

    /// Weights of the m(m−1)/2 edges of the trial with between-trial variance `tau2`:
    /// the negative off-diagonal of its Laplacian (Rücker & Schwarzer 2014, doi 10.1002/sim.6236).
    pub(crate) fn edge_weight(&self, p: usize, q: usize, tau2: f64) -> f64 {
        self.rows.iter().map(|r| -r.coef[p] * r.coef[q] / (r.variance + tau2 / 2.0)).sum()
    }
}

/// m × (m − 1) matrix with orthonormal columns orthogonal to the constant.
fn helmert(m: usize) -> DMatrix<f64> {
    DMatrix::from_fn(m, m - 1, |i, j| {
        let n = (j + 1) as f64;
        let scale = (n * (n + 1.0)).sqrt();
        if i <= j {
            1.0 / scale
        } else if i == j + 1 {
            -n / scale
        } else {
            0.0
        }
    })
}
