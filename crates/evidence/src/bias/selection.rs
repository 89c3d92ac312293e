//! Selection models: the chance of a study to be published depends on its one-sided p value.
//!
//! The likelihood of a published study is `w(p) φ(y) / E[w]` (Hedges 1992). Step functions have one relative chance
//! per interval of p (Vevea and Hedges 1995; with one step the "three-parameter model"), the beta function two exponents
//! (Citkowicz and Vevea 2017). Fitted by maximum likelihood.

mod beta;

use beta::Weights;

use super::Side;
use crate::dist::{ChiSquared, Normal};
use crate::linalg::Matrix;
use crate::pairwise::{Options, PoolError, Tau2Method, TestMethod, log_likelihood, pool, two_sided_p};
use serde::{Deserialize, Serialize};

/// The form of the selection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SelectionModel {
    /// Relative chances constant between these one-sided p values (increasing, inside (0, 1)); the first interval
    /// has chance 1.
    Steps(Vec<f64>),
    /// `p^(α-1) (1-p)^(β-1)` with both exponents estimated and p held within `[limit, 1 - limit]`, since the weight of
    /// p = 0 or 1 may be infinite.
    Beta {
        /// The limit, strictly between 0 and 0.5; 1e-5 is usual.
        limit: f64,
    },
}

/// A fitted selection model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selection {
    /// The mean effect, adjusted for selection.
    pub estimate: f64,
    /// Its standard error, from the observed information of all parameters.
    pub se: f64,
    /// Between-study variance.
    pub tau2: f64,
    /// Parameters of the selection: chances of the intervals of p, the first being 1; or α and β.
    pub delta: Vec<f64>,
    /// Log-likelihood.
    pub log_likelihood: f64,
    /// Likelihood ratio statistic against no selection.
    pub lrt: f64,
    /// Its degrees of freedom.
    pub lrt_df: f64,
    /// Its p value.
    pub lrt_p: f64,
    /// Name of the method.
    pub method: &'static str,
}

impl Selection {
    /// Two-sided p value of the adjusted mean, normal.
    pub fn p_value(&self) -> f64 {
        two_sided_p(self.estimate / self.se, None)
    }
}

/// Fits a selection model; `favoured` is the side whose results are favoured: on the right, small p values belong to
/// large estimates.
///
/// # Errors
/// As [`pool`]; for steps outside (0, 1) or not increasing; if an interval of p holds no study, so that its chance is
/// not defined; without convergence.
pub fn selection_model(
    y: &[f64],
    v: &[f64],
    model: &SelectionModel,
    favoured: Side,
) -> Result<Selection, PoolError> {
    let method = match model {
        SelectionModel::Steps(_) => "selection model, step function",
        SelectionModel::Beta { .. } => "selection model, beta function",
    };
    let start = pool(y, v, &Options { tau2: Tau2Method::MaximumLikelihood, test: TestMethod::Wald })?;
    let sign = if favoured == Side::Right { 1.0 } else { -1.0 };
    let y: Vec<f64> = y.iter().map(|y| sign * y).collect();
    let p: Vec<f64> = y.iter().zip(v).map(|(y, v)| Normal::STANDARD.sf(y / v.sqrt())).collect();
    let extra = match model {
        SelectionModel::Steps(steps) => {
            let inside = steps.iter().all(|s| *s > 0.0 && *s < 1.0) && steps.windows(2).all(|s| s[0] < s[1]);
            if !inside || steps.is_empty() {
                return Err(PoolError::BadLevel(steps.first().copied().unwrap_or(f64::NAN)));
            }
            for j in 0..=steps.len() {
                if !p.iter().any(|p| interval(steps, *p) == j) {
                    let second = "at least one study in every interval of p";
                    return Err(PoolError::Unsupported { first: method, second });
                }
            }
            steps.len()
        }
        SelectionModel::Beta { limit } => {
            if !(*limit > 0.0 && *limit < 0.5) {
                return Err(PoolError::BadLevel(*limit));
            }
            // Two more parameters than the mean and tau².
            if y.len() < 5 {
                return Err(PoolError::TooFewStudies { studies: y.len(), method, least: 5 });
            }
            2
        }
    };
    let weights = match model {
        SelectionModel::Steps(_) => None,
        SelectionModel::Beta { limit } => Some(Weights::new(&y, v, *limit)),
    };
    // Parameters: mean, ln tau², ln delta.
    let likelihood = |x: &[f64]| match (&weights, model) {
        (Some(w), _) => {
            let (mean, tau2) = (x[0], libm::exp(x[1]));
            plain_log_likelihood(&y, v, mean, tau2)
                + w.ln_relative(v, mean, tau2, libm::exp(x[2]), libm::exp(x[3]))
        }
        (None, SelectionModel::Steps(steps)) => steps_log_likelihood(&y, v, &p, steps, x),
        (None, SelectionModel::Beta { .. }) => f64::NAN,
    };
    let tau2_start = start.tau2.max(0.05 * start.typical_variance);
    // A tau² far below the sampling variances is zero.
    let no_tau2 = libm::log(1e-8 * start.typical_variance);
    let starts: &[[f64; 2]] = match model {
        SelectionModel::Steps(_) => &[[0.0, 0.0]],
        // The likelihood of the exponents has ridges, and more than one summit: the highest of several climbs is taken.
        SelectionModel::Beta { .. } => &[
            [0.0, 0.0],
            [-2.0, 0.5],
            [1.0, 0.0],
            // One exponent zero.
            [NO_EXPONENT - 1.0, 0.5],
            [0.5, NO_EXPONENT - 1.0],
        ],
    };
    let climbs = starts.iter().filter_map(|delta| {
        let mut x = vec![sign * start.estimate, libm::log(tau2_start)];
        x.extend(delta.iter().cycle().take(extra));
        Some((maximise(&likelihood, &mut x, start.se, no_tau2)?, x))
    });
    let (value, x) = climbs.max_by(|a, b| a.0.total_cmp(&b.0)).ok_or(PoolError::NoConvergence(method))?;
    // A tau² far below the sampling variances is zero; then it is no parameter of the information.
    let tau2 = if libm::exp(x[1]) < 1e-7 * start.typical_variance { 0.0 } else { libm::exp(x[1]) };
    let free: Vec<usize> = (0..x.len())
        .filter(|i| match i {
            0 => true,
            1 => tau2 > 0.0,
            // Below 1e-6 an exponent is zero for all that the information can tell.
            i => x[*i] >= -14.0,
        })
        .collect();
    let information = hessian(&likelihood, &x, &free, start.se);
    let mut negative = Matrix::zeros(free.len(), free.len());
    for i in 0..free.len() {
        for j in 0..free.len() {
            negative.set(i, j, -information.get(i, j));
        }
    }
    let se = negative.spd_inverse().map_or(f64::NAN, |(inverse, _)| inverse.get(0, 0).sqrt());
    let plain = log_likelihood(&y, v, start.tau2, false)?;
    let lrt = (2.0 * (value - plain)).max(0.0);
    let mut delta: Vec<f64> = x[2..].iter().map(|d| libm::exp(*d)).collect();
    if matches!(model, SelectionModel::Steps(_)) {
        delta.insert(0, 1.0);
    }
    Ok(Selection {
        estimate: sign * x[0],
        se,
        tau2,
        delta,
        log_likelihood: value,
        lrt,
        lrt_df: extra as f64,
        lrt_p: ChiSquared::new(extra as f64).map_or(f64::NAN, |chi| chi.sf(lrt)),
        method,
    })
}

/// Which interval a p value falls in; a p value equal to a step belongs below it.
fn interval(steps: &[f64], p: f64) -> usize {
    steps.iter().take_while(|s| p > **s).count()
}

/// Log-likelihood without selection.
fn plain_log_likelihood(y: &[f64], v: &[f64], mean: f64, tau2: f64) -> f64 {
    let terms = y.iter().zip(v).map(|(y, v)| {
        let sd = (v + tau2).sqrt();
        Normal::STANDARD.ln_pdf((y - mean) / sd) - libm::log(sd)
    });
    terms.sum()
}

fn steps_log_likelihood(y: &[f64], v: &[f64], p: &[f64], steps: &[f64], x: &[f64]) -> f64 {
    let (mean, tau2) = (x[0], libm::exp(x[1]));
    let normal = Normal::STANDARD;
    let mut total = plain_log_likelihood(y, v, mean, tau2);
    for (v, p) in v.iter().zip(p) {
        let (se, sd) = (v.sqrt(), (v + tau2).sqrt());
        let j = interval(steps, *p);
        if j > 0 {
            total += x[1 + j];
        }
        // Probability of an estimate with p below a step: y above se times the step's normal quantile.
        let below = |s: f64| normal.sf((normal.quantile_upper(s) * se - mean) / sd);
        let mut chance = below(steps[0]);
        for (j, s) in steps.iter().enumerate() {
            let until = steps.get(j + 1).map_or(1.0, |s| below(*s));
            chance += libm::exp(x[2 + j]) * (until - below(*s));
        }
        total -= libm::log(chance);
    }
    total
}

/// Steps for differences of each parameter: the mean in its standard error, the logarithms as they are.
fn scale(index: usize, se: f64) -> f64 {
    if index == 0 { se } else { 1.0 }
}

/// Gradient by central differences of fourth order.
fn gradient(f: &impl Fn(&[f64]) -> f64, x: &[f64], se: f64) -> Vec<f64> {
    (0..x.len())
        .map(|i| {
            let h = 2e-3 * scale(i, se);
            let at = |n: f64| {
                let mut moved = x.to_vec();
                moved[i] += n * h;
                f(&moved)
            };
            (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * h)
        })
        .collect()
}

/// Second derivatives with respect to some parameters, by differences of the gradient extrapolated to fourth order.
fn hessian(f: &impl Fn(&[f64]) -> f64, x: &[f64], which: &[usize], se: f64) -> Matrix {
    let n = which.len();
    let mut hessian = Matrix::zeros(n, n);
    for (a, i) in which.iter().enumerate() {
        let h = 4e-3 * scale(*i, se);
        let at = |m: f64| {
            let mut moved = x.to_vec();
            moved[*i] += m * h;
            gradient(f, &moved, se)
        };
        let (p1, m1, p2, m2) = (at(1.0), at(-1.0), at(2.0), at(-2.0));
        for (b, j) in which.iter().enumerate() {
            let value = (8.0 * (p1[*j] - m1[*j]) - (p2[*j] - m2[*j])) / (12.0 * h);
            hessian.set(a, b, hessian.get(a, b) + 0.5 * value);
            hessian.set(b, a, hessian.get(b, a) + 0.5 * value);
        }
    }
    hessian
}

/// Logarithm of a chance or exponent that is zero for all that the likelihood can tell.
const NO_EXPONENT: f64 = -16.0;

/// Second derivatives by plain central differences: enough to point the way.
fn rough_hessian(f: &impl Fn(&[f64]) -> f64, x: &[f64], which: &[usize], se: f64, value: f64) -> Matrix {
    let at = |moves: [(usize, f64); 2]| {
        let mut moved = x.to_vec();
        for (i, h) in moves {
            moved[i] += h;
        }
        f(&moved)
    };
    let n = which.len();
    let mut hessian = Matrix::zeros(n, n);
    for (a, i) in which.iter().enumerate() {
        let h = 1e-3 * scale(*i, se);
        let second = (at([(*i, h), (*i, 0.0)]) - 2.0 * value + at([(*i, -h), (*i, 0.0)])) / (h * h);
        hessian.set(a, a, second);
        for (b, j) in which.iter().enumerate().take(a) {
            let k = 1e-3 * scale(*j, se);
            let mixed = (at([(*i, h), (*j, k)]) - at([(*i, h), (*j, -k)]) - at([(*i, -h), (*j, k)])
                + at([(*i, -h), (*j, -k)]))
                / (4.0 * h * k);
            hessian.set(a, b, mixed);
            hessian.set(b, a, mixed);
        }
    }
    hessian
}

/// Newton's method with a damped Hessian; returns the maximum, or `None` if it does not settle. A logarithm that has run
/// out of sight is held where it is: its parameter is zero.
fn maximise(f: &impl Fn(&[f64]) -> f64, x: &mut Vec<f64>, se: f64, no_tau2: f64) -> Option<f64> {
    let mut value = f(x);
    let mut damping = 1e-3;
    for _ in 0..300 {
        let active: Vec<usize> = (0..x.len())
            .filter(|i| match i {
                0 => true,
                1 => x[1] > no_tau2,
                i => x[*i] > NO_EXPONENT,
            })
            .collect();
        let n = active.len();
        let g: Vec<f64> = {
            let all = gradient(f, x, se);
            active.iter().map(|i| all[*i] * scale(*i, se)).collect()
        };
        let h = rough_hessian(f, x, &active, se, value);
        let mut moved = false;
        for _ in 0..40 {
            let mut damped = Matrix::zeros(n, n);
            for i in 0..n {
                for j in 0..n {
                    let unit = scale(active[i], se) * scale(active[j], se);
                    damped.set(i, j, -h.get(i, j) * unit + if i == j { damping } else { 0.0 });
                }
            }
            let step = damped.spd_inverse().map(|(inverse, _)| inverse.times_vector(&g));
            if let Some(step) = step.filter(|s| s.iter().all(|s| s.abs() < 4.0)) {
                let mut trial = x.clone();
                for (i, step) in active.iter().zip(&step) {
                    trial[*i] += step * scale(*i, se);
                }
                let next = f(&trial);
                if next >= value - 1e-13 * value.abs() {
                    // Settled, or on a ridge so flat that no step along it can be told from rounding.
                    let small = step.iter().all(|s| s.abs() < 1e-9)
                        || (next - value <= 1e-13 * value.abs() && g.iter().all(|g| g.abs() < 1e-9));
                    *x = trial;
                    value = next;
                    damping = (damping * 0.1).max(1e-14);
                    moved = true;
                    if small {
                        return Some(value);
                    }
                    break;
                }
            }
            damping = (damping * 10.0).max(1e-12);
        }
        if !moved {
            // No step raises the likelihood beyond rounding: settled if the slope is level.
            return g.iter().all(|g| g.abs() < 1e-5).then_some(value);
        }
    }
    None
}
