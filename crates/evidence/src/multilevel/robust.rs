//! Cluster-robust standard errors.

use super::clusters;
use crate::linalg::{Matrix, dot};
use crate::pairwise::{Interval, PoolError, check, critical_value, two_sided_p};
use crate::regression::{Moderator, RegressionError};
use serde::{Deserialize, Serialize};

/// Small-sample correction of the sandwich.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Correction {
    /// None; t with clusters minus coefficients degrees of freedom.
    Cr0,
    /// Factor `m/(m-p)` for `m` clusters and `p` coefficients, t with `m-p` degrees of freedom.
    Cr1,
    /// Bias-reduced linearisation (Bell and McCaffrey 2002) with Satterthwaite's degrees of freedom.
    Cr2,
}

impl Correction {
    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Correction::Cr0 => "cluster-robust CR0",
            Correction::Cr1 => "cluster-robust CR1",
            Correction::Cr2 => "cluster-robust CR2, Satterthwaite df",
        }
    }
}

/// A coefficient with its robust standard error.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RobustCoefficient {
    /// Name of the term.
    pub term: String,
    /// Estimate.
    pub estimate: f64,
    /// Robust standard error.
    pub se: f64,
    /// Degrees of freedom.
    pub df: f64,
}

impl RobustCoefficient {
    /// Two-sided p value, t.
    pub fn p_value(&self) -> f64 {
        two_sided_p(self.estimate / self.se, Some(self.df))
    }

    /// Confidence interval.
    pub fn interval(&self, level: f64, correction: Correction) -> Interval {
        let margin = critical_value(level, Some(self.df)) * self.se;
        Interval {
            lower: self.estimate - margin,
            upper: self.estimate + margin,
            level,
            df: Some(self.df),
            method: correction.name(),
        }
    }
}

/// Coefficients of a meta-regression with weights `1/(v + tau2)` and standard errors that hold whatever the
/// dependence within clusters; `v + tau2` is also the working model of CR2.
///
/// # Errors
/// For bad rows or moderators, dependent moderators, or not more clusters than coefficients.
pub fn robust(
    y: &[f64],
    v: &[f64],
    moderators: &[Moderator],
    tau2: f64,
    cluster: &[String],
    correction: Correction,
) -> Result<Vec<RobustCoefficient>, RegressionError> {
    check(y, v)?;
    let k = y.len();
    let mismatch =
        |term: &str, values| RegressionError::LengthMismatch { term: term.to_owned(), values, studies: k };
    if cluster.len() != k {
        return Err(mismatch("cluster", cluster.len()));
    }
    if !(tau2 >= 0.0 && tau2.is_finite()) {
        return Err(PoolError::Unsupported { first: "the robust test", second: "a tau² of 0 or more" }.into());
    }
    let mut terms = vec!["intercept".to_owned()];
    let mut columns = vec![vec![1.0; k]];
    for m in moderators {
        if m.values.len() != k {
            return Err(mismatch(&m.name, m.values.len()));
        }
        if let Some(row) = m.values.iter().position(|x| !x.is_finite()) {
            return Err(RegressionError::BadModerator { row, term: m.name.clone(), value: m.values[row] });
        }
        terms.push(m.name.clone());
        columns.push(m.values.clone());
    }
    let groups = clusters(cluster);
    let (p, m) = (terms.len(), groups.len());
    if m <= p {
        return Err(RegressionError::TooFewStudies { studies: m, coefficients: p });
    }
    // Rows scaled by the root of their weights: ordinary least squares from here on, with identity working model.
    let roots: Vec<f64> = v.iter().map(|v| (1.0 / (v + tau2)).sqrt()).collect();
    for column in &mut columns {
        for (x, root) in column.iter_mut().zip(&roots) {
            *x *= root;
        }
    }
    let scaled_y: Vec<f64> = y.iter().zip(&roots).map(|(y, root)| y * root).collect();
    let (q, r) = Matrix::from_columns(&columns)
        .qr()
        .map_err(|j| RegressionError::Dependent { term: terms[j].clone() })?;
    let r_inverse = r.upper_inverse();
    let gamma: Vec<f64> = (0..p).map(|j| (0..k).map(|i| q.get(i, j) * scaled_y[i]).sum()).collect();
    let estimates = r_inverse.times_vector(&gamma);
    let residuals: Vec<f64> = (0..k).map(|i| scaled_y[i] - dot(q.row(i), &gamma)).collect();

    // Each cluster contributes the p-vector Qᵀ A e; the coefficients of it before e are kept for the degrees of freedom.
    let mut meat = Matrix::zeros(p, p);
    let mut loadings: Vec<Matrix> = Vec::with_capacity(m);
    for rows in &groups {
        let n = rows.len();
        let mut block = Matrix::zeros(n, p);
        for (a, i) in rows.iter().enumerate() {
            for j in 0..p {
                block.set(a, j, q.get(*i, j));
            }
        }
        let adjusted = if correction == Correction::Cr2 {
            // Pustejovsky and Tipton: with Φ the working variances, A = Φ^(1/2) B^(-1/2) Φ^(1/2) and
            // B = Φ^(1/2) (I-H) Φ (I-H)ᵀ Φ^(1/2), which in rows scaled by their root weights is Φ (I - QQᵀ) Φ. The
            // inverse is taken on the part of the cluster that the regression does not fit exactly.
            let phi: Vec<f64> = rows.iter().map(|i| v[*i] + tau2).collect();
            let mut rest = block.times(&block.transposed());
            for a in 0..n {
                for b in 0..n {
                    let identity = f64::from(u8::from(a == b));
                    rest.set(a, b, phi[a] * phi[b] * (identity - rest.get(a, b)));
                }
            }
            let (values, vectors) = rest.symmetric_eigen();
            let largest = values.iter().copied().fold(0.0, f64::max);
            let mut scaled = vectors.clone();
            for (c, value) in values.iter().enumerate() {
                let factor = if *value > 1e-10 * largest { 1.0 / value.sqrt() } else { 0.0 };
                for a in 0..n {
                    scaled.set(a, c, scaled.get(a, c) * factor);
                }
            }
            let mut adjusted = scaled.times(&vectors.transposed()).times(&block);
            for (a, phi) in phi.iter().enumerate() {
                for j in 0..p {
                    adjusted.set(a, j, phi * adjusted.get(a, j));
                }
            }
            adjusted
        } else {
            block
        };
        let local: Vec<f64> = rows.iter().map(|i| residuals[*i]).collect();
        let share: Vec<f64> = (0..p).map(|j| (0..n).map(|a| adjusted.get(a, j) * local[a]).sum()).collect();
        meat.add_outer(&share, 1.0);
        loadings.push(adjusted);
    }
    let mut covariance = r_inverse.times(&meat).times(&r_inverse.transposed());
    if correction == Correction::Cr1 {
        let factor = m as f64 / (m - p) as f64;
        for i in 0..p {
            for j in 0..p {
                covariance.set(i, j, covariance.get(i, j) * factor);
            }
        }
    }
    Ok(terms
        .into_iter()
        .enumerate()
        .map(|(j, term)| {
            let df = if correction == Correction::Cr2 {
                satterthwaite(&q, &groups, &loadings, r_inverse.row(j))
            } else {
                (m - p) as f64
            };
            RobustCoefficient { term, estimate: estimates[j], se: covariance.get(j, j).sqrt(), df }
        })
        .collect())
}

/// Degrees of freedom of the robust variance of `cᵀγ` under the working model: for it is a sum of squares of normal
/// variables `g_s = (I - H)_s A_s q_s c`, they are `(Σ g_sᵀg_s)² / Σ (g_sᵀg_t)²`.
fn satterthwaite(q: &Matrix, groups: &[Vec<usize>], loadings: &[Matrix], c: &[f64]) -> f64 {
    let p = q.columns();
    // g_s has a part on the rows of its cluster and a part along the basis: a_s on the rows, minus Q h_s with
    // h_s = Q_sᵀ a_s. Then g_sᵀg_t = δ_st a_sᵀa_s - h_sᵀh_t.
    let vectors: Vec<(f64, Vec<f64>)> = groups
        .iter()
        .zip(loadings)
        .map(|(rows, loading)| {
            let a = loading.times_vector(c);
            let h = (0..p).map(|j| rows.iter().zip(&a).map(|(i, a)| q.get(*i, j) * a).sum()).collect();
            (dot(&a, &a), h)
        })
        .collect();
    let (mut trace, mut squares) = (0.0, 0.0);
    for (s, (own, h)) in vectors.iter().enumerate() {
        trace += own - dot(h, h);
        for (t, (_, other)) in vectors.iter().enumerate() {
            let product = if s == t { *own } else { 0.0 } - dot(h, other);
            squares += product * product;
        }
    }
    trace * trace / squares
}
