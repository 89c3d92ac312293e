//! The between-trial variance of a network: DerSimonian-Laird generalised, ML and exact REML.
//!
//! τ² is the variance of every comparison, the same for all, so that two
//! comparisons of one multi-arm trial share τ²/2 (Lu & Ades 2004; Higgins &
//! Whitehead 1996). In the independent contrasts of the trials it is the
//! variance t = τ²/2 of each row, and the likelihood is that of a weighted
//! regression: exact for multi-arm trials from arms and from contrasts alike.

use super::error::NetworkError;
use super::model::{Design, Solution, solve};
use super::trial::Trial;
use crate::dist::ChiSquared;
use crate::root::brent;

/// How the between-trial variance is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TauEstimator {
    /// Method of moments (DerSimonian & Laird 1986, doi 10.1016/0197-2456(86)90046-2), generalised to networks
    /// (Jackson, White & Riley 2012, doi 10.1002/sim.5453): E(Q) = df + (τ²/2) tr P.
    Dl,
    /// Maximum likelihood.
    Ml,
    /// Restricted maximum likelihood.
    Reml,
    /// Given, not estimated.
    Fixed(f64),
}

/// The trials, the design and the degrees of freedom of Q: all that τ² depends on.
#[derive(Clone, Copy)]
pub(crate) struct Problem<'a> {
    pub(crate) trials: &'a [Trial],
    pub(crate) design: Design<'a>,
    pub(crate) df: usize,
}

/// Finds τ².
pub(crate) fn estimate(problem: Problem<'_>, estimator: TauEstimator) -> Result<f64, NetworkError> {
    match estimator {
        TauEstimator::Fixed(tau2) => {
            if tau2.is_finite() && tau2 >= 0.0 {
                Ok(tau2)
            } else {
                Err(NetworkError::Parameter { name: "tau2", value: tau2, problem: "must be zero or more" })
            }
        }
        TauEstimator::Dl => dl(problem),
        TauEstimator::Ml => maximise(problem, false),
        TauEstimator::Reml => maximise(problem, true),
    }
}

fn solution(problem: Problem<'_>, t: f64) -> Result<Solution, NetworkError> {
    solve(problem.design, problem.trials.iter(), 2.0 * t)
}

fn dl(problem: Problem<'_>) -> Result<f64, NetworkError> {
    if problem.df == 0 {
        return Ok(0.0);
    }
    let s = solution(problem, 0.0)?;
    Ok((2.0 * (s.q - problem.df as f64) / s.trace).max(0.0))
}

/// Twice the derivative of the (restricted) log-likelihood in t.
fn score(s: &Solution, restricted: bool) -> f64 {
    s.q2 - if restricted { s.trace } else { s.sum_weights }
}

/// Twice the (restricted) log-likelihood, without its constant.
fn likelihood(s: &Solution, restricted: bool) -> f64 {
    s.ln_weights - s.q - if restricted { s.ln_det } else { 0.0 }
}

/// Points of the search for maxima: the likelihood may have more than one.
const GRID: usize = 24;

fn maximise(problem: Problem<'_>, restricted: bool) -> Result<f64, NetworkError> {
    if problem.df == 0 {
        return Ok(0.0);
    }
    let variances = || problem.trials.iter().flat_map(|t| &t.rows).map(|r| r.variance);
    let smallest = variances().fold(f64::INFINITY, f64::min);
    let largest = variances().fold(0.0, f64::max);
    let at_zero = solution(problem, 0.0)?;
    let mut upper = largest;
    let mut at_upper = solution(problem, upper)?;
    while score(&at_upper, restricted) > 0.0 && upper < 1e200 {
        upper *= 8.0;
        at_upper = solution(problem, upper)?;
    }
    let first = smallest * 1e-4;
    let ratio = libm::pow(upper / first, 1.0 / (GRID - 1) as f64);
    let mut best = (0.0, likelihood(&at_zero, restricted));
    let mut left = (0.0, score(&at_zero, restricted));
    let mut t = first;
    for k in 0..GRID {
        let point = if k + 1 == GRID { upper } else { t };
        let right = (point, score(&solution(problem, point)?, restricted));
        if left.1 > 0.0 && right.1 <= 0.0 {
            let root = brent(left, right, |t| Ok(score(&solution(problem, t)?, restricted)))?;
            let height = likelihood(&solution(problem, root)?, restricted);
            if height > best.1 {
                best = (root, height);
            }
        }
        left = right;
        t *= ratio;
    }
    Ok(2.0 * best.0)
}

/// Q-profile interval of τ² (Viechtbauer 2007, doi 10.1002/sim.2514, for weighted regressions in general): the values at
/// which the generalised Q, chi-squared with `df` degrees of freedom there, equals the two quantiles. A limit below zero
/// is zero. `None` without degrees of freedom.
pub(crate) fn q_profile(problem: Problem<'_>, level: f64) -> Result<Option<(f64, f64)>, NetworkError> {
    let Ok(chi) = ChiSquared::new(problem.df as f64) else { return Ok(None) };
    let tail = 0.5 * (1.0 - level);
    let at_zero = solution(problem, 0.0)?.q;
    let variances = || problem.trials.iter().flat_map(|t| &t.rows).map(|r| r.variance);
    let limit = |target: f64| -> Result<f64, NetworkError> {
        // Q falls as τ² rises.
        if at_zero <= target {
            return Ok(0.0);
        }
        let mut upper = variances().fold(0.0, f64::max);
        let mut q = solution(problem, upper)?.q;
        while q > target && upper < 1e200 {
            upper *= 8.0;
            q = solution(problem, upper)?.q;
        }
        let t =
            brent((0.0, at_zero - target), (upper, q - target), |t| Ok(solution(problem, t)?.q - target))?;
        Ok(2.0 * t)
    };
    Ok(Some((limit(chi.quantile_upper(tail))?, limit(chi.quantile(tail))?)))
}
