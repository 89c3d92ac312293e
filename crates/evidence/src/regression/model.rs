//! The weighted least squares behind a meta-regression.

use super::Moderator;
use crate::dist::special::LN_SQRT_2PI;
use crate::linalg::{Matrix, dot};
use crate::pairwise::tau2::{Profile, Sums, Weights};

/// A design made orthogonal, with the state of the last fit.
#[derive(Debug)]
pub(crate) struct Design<'a> {
    y: &'a [f64],
    v: &'a [f64],
    /// Orthonormal basis of the columns of the design.
    q: Matrix,
    /// Inverse of the triangular factor: coefficients of the design from those of the basis.
    r_inverse: Matrix,
    /// Coefficients of the basis at the last trial value.
    gamma: Vec<f64>,
    /// Inverse of QᵀWQ at the last trial value.
    inverse: Matrix,
    ln_det: f64,
}

impl<'a> Design<'a> {
    /// The design; the error is the index of the first dependent column.
    pub(crate) fn new(
        y: &'a [f64],
        v: &'a [f64],
        moderators: &[Moderator],
        intercept: bool,
    ) -> Result<Design<'a>, usize> {
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(moderators.len() + 1);
        if intercept {
            columns.push(vec![1.0; y.len()]);
        }
        columns.extend(moderators.iter().map(|m| m.values.clone()));
        let p = columns.len();
        let (q, r) = Matrix::from_columns(&columns).qr()?;
        Ok(Design {
            y,
            v,
            q,
            r_inverse: r.upper_inverse(),
            gamma: vec![0.0; p],
            inverse: Matrix::zeros(p, p),
            ln_det: 0.0,
        })
    }

    /// Coefficients and their covariance, in the terms of the design.
    pub(crate) fn coefficients_and_covariance(&self) -> (Vec<f64>, Matrix) {
        let estimates = self.r_inverse.times_vector(&self.gamma);
        let covariance = self.r_inverse.times(&self.inverse).times(&self.r_inverse.transposed());
        (estimates, covariance)
    }

    /// Residual of a study at the last trial value.
    pub(crate) fn residual(&self, i: usize) -> f64 {
        self.y[i] - dot(self.q.row(i), &self.gamma)
    }

    /// Weighted least squares with given weights; leaves coefficients and inverse.
    fn weighted(&mut self, weight: impl Fn(f64) -> f64) {
        let p = self.q.columns();
        let mut cross = Matrix::zeros(p, p);
        let mut right = vec![0.0; p];
        // Working with the residuals of the last fit keeps the right side small.
        let before = self.gamma.clone();
        for i in 0..self.y.len() {
            let (row, w) = (self.q.row(i), weight(self.v[i]));
            cross.add_outer(row, w);
            let residual = self.y[i] - dot(row, &before);
            for (r, x) in right.iter_mut().zip(row) {
                *r += w * x * residual;
            }
        }
        if let Some((inverse, ln_det)) = cross.spd_inverse() {
            for (g, step) in self.gamma.iter_mut().zip(inverse.times_vector(&right)) {
                *g += step;
            }
            self.inverse = inverse;
            self.ln_det = ln_det;
        } else {
            // The basis is orthonormal and weights are positive, so only overflow leads here.
            self.gamma.iter_mut().for_each(|g| *g = f64::NAN);
        }
    }

    /// QᵀDQ for a diagonal D.
    fn cross(&self, diagonal: impl Fn(f64) -> f64) -> Matrix {
        let p = self.q.columns();
        let mut cross = Matrix::zeros(p, p);
        for i in 0..self.y.len() {
            cross.add_outer(self.q.row(i), diagonal(self.v[i]));
        }
        cross
    }

    /// Log-likelihood and restricted log-likelihood at the last fit.
    pub(crate) fn log_likelihoods(&self, tau2: f64, rss: f64) -> (f64, f64) {
        let (k, p) = (self.y.len() as f64, self.q.columns() as f64);
        let ln_total: f64 = self.v.iter().map(|v| libm::log(v + tau2)).sum();
        let full = -k * LN_SQRT_2PI - 0.5 * (ln_total + rss);
        // With ln|XᵀX|/2 in it, as usual; ln|XᵀWX| - ln|XᵀX| = ln|QᵀWQ|, so the triangular factor drops out.
        (full, full + p * LN_SQRT_2PI - 0.5 * self.ln_det)
    }
}

impl Profile for Design<'_> {
    fn studies(&self) -> f64 {
        self.y.len() as f64
    }

    fn coefficients(&self) -> f64 {
        self.q.columns() as f64
    }

    fn sums(&mut self, tau2: f64) -> Sums {
        self.weighted(|v| 1.0 / (v + tau2));
        let p = self.q.columns();
        let mut s = Sums::default();
        let (mut second, mut third) = (Matrix::zeros(p, p), Matrix::zeros(p, p));
        let mut projected = vec![0.0; p];
        for i in 0..self.y.len() {
            let w = 1.0 / (self.v[i] + tau2);
            let wr = w * self.residual(i);
            s.w1 += w;
            s.w2 += w * w;
            s.ypy += wr * wr / w;
            s.yppy += wr * wr;
            s.ypppy += wr * wr * w;
            let row = self.q.row(i);
            second.add_outer(row, w * w);
            third.add_outer(row, w * w * w);
            for (t, x) in projected.iter_mut().zip(row) {
                *t += w * wr * x;
            }
        }
        let a = self.inverse.times(&second);
        s.tr_p = s.w1 - (0..p).map(|i| a.get(i, i)).sum::<f64>();
        s.tr_pp = s.w2 - 2.0 * self.inverse.trace_of_product(&third) + a.trace_of_product(&a);
        s.ypppy -= dot(&projected, &self.inverse.times_vector(&projected));
        s
    }

    fn unweighted(&mut self) -> (f64, f64) {
        self.weighted(|_| 1.0);
        let rss = (0..self.y.len()).map(|i| self.residual(i).powi(2)).sum();
        let along: f64 = (0..self.y.len()).map(|i| self.v[i] * dot(self.q.row(i), self.q.row(i))).sum();
        (rss, self.v.iter().sum::<f64>() - along)
    }

    fn total_variance(&self) -> f64 {
        let k = self.y.len() as f64;
        let mean = self.y.iter().sum::<f64>() / k;
        self.y.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / k
    }

    fn spread(&mut self, weights: Weights, tau2: f64) -> f64 {
        let weight = |v: f64| match weights {
            Weights::Equal => 1.0,
            Weights::Inverse(t) => 1.0 / (v + t),
        };
        self.weighted(weight);
        let total = |v: f64| weight(v) * (v + tau2);
        let first: f64 = self.v.iter().map(|v| total(*v).powi(2)).sum();
        let second = self.cross(|v| weight(v) * total(v).powi(2));
        let a = self.inverse.times(&self.cross(|v| weight(v) * total(v)));
        first - 2.0 * self.inverse.trace_of_product(&second) + a.trace_of_product(&a)
    }

    fn likelihoods(&mut self, tau2: f64) -> (f64, f64) {
        let s = self.sums(tau2);
        self.log_likelihoods(tau2, s.ypy)
    }
}
