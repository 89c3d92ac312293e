//! The weighted least-squares solution of a network for a given between-trial variance.
//!
//! The trials enter as independent contrasts (see [`super::trial`]): row r has
//! value z_r, coefficients c_r over the treatments and variance d_r + τ²/2.
//! The normal matrix L = Σ w_r c_r c_r' is the Laplacian of the weighted
//! network, of the size of the number of treatments; its pseudo-inverse gives
//! every estimate and every variance (Rücker 2012, doi 10.1002/jrsm.1058).

use std::collections::BTreeMap;

use nalgebra::{Cholesky, DMatrix, DVector, SymmetricEigen};

use super::data::components;
use super::error::NetworkError;
use super::trial::Trial;

/// Solution for one value of τ².
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    /// Pseudo-inverse of the Laplacian.
    pub(crate) plus: DMatrix<f64>,
    /// Effects of the treatments, centred.
    pub(crate) effects: Vec<f64>,
    /// Weighted sum of squared residuals.
    pub(crate) q: f64,
    /// Sum of squared weighted residuals Σ (w r)².
    pub(crate) q2: f64,
    /// Σ w (1 − w h), the trace of the projection P.
    pub(crate) trace: f64,
    /// Σ ln w.
    pub(crate) ln_weights: f64,
    /// Logarithm of the pseudo-determinant of the Laplacian.
    pub(crate) ln_det: f64,
    /// Sum of the weights.
    pub(crate) sum_weights: f64,
    /// Present when the design is one of components.
    pub(crate) components: Option<ComponentPart>,
}

/// c' M c over the arms of a trial.
pub(crate) fn quadratic(matrix: &DMatrix<f64>, arms: &[usize], coef: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (p, &i) in arms.iter().enumerate() {
        for (q, &j) in arms.iter().enumerate() {
            sum += coef[p] * coef[q] * matrix[(i, j)];
        }
    }
    sum
}

/// Pseudo-inverse and log pseudo-determinant of a connected Laplacian.
pub(crate) fn pseudo_inverse(laplacian: &DMatrix<f64>) -> Result<(DMatrix<f64>, f64), NetworkError> {
    let n = laplacian.nrows();
    let scale = laplacian.trace() / n as f64;
    let shift = scale / n as f64;
    let shifted = laplacian.map(|v| v + shift);
    // The constant vector gets the eigenvalue `scale`; the others are unchanged.
    let cholesky = Cholesky::new(shifted).ok_or(NetworkError::Singular { what: "the network" })?;
    let mut ln_det = -libm::log(scale);
    for i in 0..n {
        ln_det += 2.0 * libm::log(cholesky.l_dirty()[(i, i)]);
    }
    let back = 1.0 / (scale * n as f64);
    let plus = cholesky.inverse().map(|v| v - back);
    if plus.iter().all(|v| v.is_finite()) {
        Ok((plus, ln_det))
    } else {
        Err(NetworkError::Singular { what: "the network" })
    }
}

/// What the treatments' effects are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Design<'a> {
    /// One free effect for each of n linked treatments.
    Treatments(usize),
    /// Sums of component effects: treatments × components.
    Components(&'a DMatrix<f64>),
}

/// Component effects with their covariance and the directions that no trial informs.
#[derive(Debug, Clone)]
pub(crate) struct ComponentPart {
    pub(crate) beta: DVector<f64>,
    pub(crate) covariance: DMatrix<f64>,
    pub(crate) null: Vec<DVector<f64>>,
}

/// Eigenvalues of a component normal matrix below this share of the largest count as zero.
const RANK_TOLERANCE: f64 = 1e-11;

/// Generalised inverse of the component normal matrix, its log pseudo-determinant and null space.
fn component_inverse(normal: DMatrix<f64>) -> (DMatrix<f64>, f64, Vec<DVector<f64>>) {
    let c = normal.nrows();
    // Scaled to a unit diagonal, so that the rank does not depend on the units of precision.
    let scale: Vec<f64> =
        (0..c).map(|i| if normal[(i, i)] > 0.0 { 1.0 / normal[(i, i)].sqrt() } else { 1.0 }).collect();
    let scaled = DMatrix::from_fn(c, c, |i, j| normal[(i, j)] * scale[i] * scale[j]);
    let eigen = SymmetricEigen::new(scaled);
    let largest = eigen.eigenvalues.iter().fold(0.0_f64, |a, &v| a.max(v));
    let mut inverse = DMatrix::zeros(c, c);
    let mut ln_det = 0.0;
    let mut null = Vec::new();
    for (k, &value) in eigen.eigenvalues.iter().enumerate() {
        let v = eigen.eigenvectors.column(k);
        let direction = DVector::from_fn(c, |i, _| v[i] * scale[i]);
        if value > RANK_TOLERANCE * largest {
            ln_det += libm::log(value);
            inverse += &direction * direction.transpose() / value;
        } else {
            let length = direction.norm();
            null.push(direction / length);
        }
    }
    for s in &scale {
        ln_det -= 2.0 * libm::log(*s);
    }
    (inverse, ln_det, null)
}

/// Solves a network for one value of τ².
pub(crate) fn solve<'a>(
    design: Design<'_>,
    trials: impl Iterator<Item = &'a Trial> + Clone,
    tau2: f64,
) -> Result<Solution, NetworkError> {
    let n = match design {
        Design::Treatments(n) => n,
        Design::Components(c) => c.nrows(),
    };
    let t = tau2 / 2.0;
    let mut laplacian = DMatrix::zeros(n, n);
    let mut right = DVector::zeros(n);
    let mut ln_weights = 0.0;
    let mut sum_weights = 0.0;
    for trial in trials.clone() {
        for row in &trial.rows {
            let w = 1.0 / (row.variance + t);
            ln_weights += libm::log(w);
            sum_weights += w;
            for (p, &i) in trial.arms.iter().enumerate() {
                right[i] += w * row.coef[p] * row.value;
                for (q, &j) in trial.arms.iter().enumerate() {
                    laplacian[(i, j)] += w * row.coef[p] * row.coef[q];
                }
            }
        }
    }
    let (plus, ln_det, components) = match design {
        Design::Treatments(_) => {
            let (plus, ln_det) = pseudo_inverse(&laplacian)?;
            (plus, ln_det, None)
        }
        Design::Components(c) => {
            let (covariance, ln_det, null) = component_inverse(c.transpose() * &laplacian * c);
            let plus = c * &covariance * c.transpose();
            let beta = &covariance * (c.transpose() * &right);
            if !plus.iter().all(|v| v.is_finite()) {
                return Err(NetworkError::Singular { what: "the component model" });
            }
            (plus, ln_det, Some(ComponentPart { beta, covariance, null }))
        }
    };
    let effects: Vec<f64> = (&plus * &right).iter().copied().collect();
    let (mut q, mut q2, mut trace) = (0.0, 0.0, 0.0);
    for trial in trials {
        for row in &trial.rows {
            let w = 1.0 / (row.variance + t);
            let fitted: f64 = trial.arms.iter().zip(&row.coef).map(|(&i, c)| c * effects[i]).sum();
            let r = row.value - fitted;
            q += w * r * r;
            q2 += (w * r) * (w * r);
            trace += w * (1.0 - w * quadratic(&plus, &trial.arms, &row.coef));
        }
    }
    Ok(Solution { plus, effects, q, q2, trace, ln_weights, ln_det, sum_weights, components })
}

/// A sum of squares with its degrees of freedom.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Squares {
    pub(crate) q: f64,
    pub(crate) df: usize,
    /// Trace of the projection, the slope of E(Q) in τ²/2.
    pub(crate) trace: f64,
}

/// One linked part of a set of trials, solved.
pub(crate) struct Part {
    /// The treatments of the part, ascending, in the numbering of the network.
    pub(crate) nodes: Vec<usize>,
    pub(crate) solution: Solution,
    /// Degrees of freedom of its Q.
    pub(crate) df: usize,
}

/// Solves each linked part of a set of trials for itself.
pub(crate) fn solve_parts(n: usize, trials: &[&Trial], tau2: f64) -> Result<Vec<Part>, NetworkError> {
    let mut parts = Vec::new();
    for nodes in components(n, trials.iter().copied()) {
        if nodes.len() < 2 {
            continue;
        }
        let place: BTreeMap<usize, usize> = nodes.iter().enumerate().map(|(k, &i)| (i, k)).collect();
        let inside: Vec<Trial> = trials
            .iter()
            .filter(|t| place.contains_key(&t.arms[0]))
            .map(|t| Trial { arms: t.arms.iter().map(|a| place[a]).collect(), ..(*t).clone() })
            .collect();
        let solution = solve(Design::Treatments(nodes.len()), inside.iter(), tau2)?;
        let rows: usize = inside.iter().map(|t| t.rows.len()).sum();
        let df = rows + 1 - nodes.len();
        parts.push(Part { nodes, solution, df });
    }
    Ok(parts)
}

/// Q of a set of trials, summed over its linked parts. Parts without degrees of freedom fit exactly
/// and add nothing, not even rounding.
pub(crate) fn squares(n: usize, trials: &[&Trial], tau2: f64) -> Result<Squares, NetworkError> {
    let mut total = Squares::default();
    for part in solve_parts(n, trials, tau2)? {
        if part.df > 0 {
            total.q += part.solution.q;
            total.trace += part.solution.trace;
            total.df += part.df;
        }
    }
    Ok(total)
}
