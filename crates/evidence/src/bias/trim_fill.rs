//! Trim and fill (Duval and Tweedie 2000).

use crate::pairwise::{Options, PoolError, Pooled, Tau2Method, TestMethod, pool};
use crate::regression::RegressionError;
use serde::{Deserialize, Serialize};

/// Estimator of the number of missing studies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FillEstimator {
    /// L0, from the sum of signed ranks.
    L0,
    /// R0, from the run of largest ranks.
    R0,
    /// Q0, from the squared form of L0's equation.
    Q0,
}

/// On which side studies are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side {
    /// Studies with low estimates are missing.
    Left,
    /// Studies with high estimates are missing.
    Right,
}

/// The result of trim and fill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrimAndFill {
    /// The estimator used.
    pub estimator: FillEstimator,
    /// The side on which studies were filled in.
    pub side: Side,
    /// Estimated number of missing studies.
    pub missing: usize,
    /// Standard error of that number; `None` where it is not defined.
    pub missing_se: Option<f64>,
    /// p value of the hypothesis of none missing (R0 only).
    pub missing_p: Option<f64>,
    /// Estimates filled in.
    pub filled_y: Vec<f64>,
    /// Their sampling variances.
    pub filled_v: Vec<f64>,
    /// The pooled result with them.
    pub pooled: Pooled,
}

/// Trims and fills. Without a side, the one opposite to the slope of a common-effect regression on the standard error
/// is taken: studies are missing where small studies should be.
///
/// # Errors
/// As [`pool`], and with fewer than three studies; without convergence.
pub fn trim_and_fill(
    y: &[f64],
    v: &[f64],
    estimator: FillEstimator,
    side: Option<Side>,
    options: &Options,
) -> Result<TrimAndFill, PoolError> {
    pool(y, v, options)?;
    let k = y.len();
    if k < 3 {
        return Err(PoolError::TooFewStudies { studies: k, method: "trim and fill", least: 3 });
    }
    let side = match side {
        Some(side) => side,
        None => missing_side(y, v, options)?,
    };
    // Work as if studies were missing on the left; mirror otherwise.
    let sign = if side == Side::Right { -1.0 } else { 1.0 };
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|a, b| (sign * y[*a]).total_cmp(&(sign * y[*b])));
    let (y, v): (Vec<f64>, Vec<f64>) = order.iter().map(|i| (sign * y[*i], v[*i])).unzip();
    let (mut missing, mut previous) = (0usize, usize::MAX);
    let mut centre = 0.0;
    let mut missing_se = None;
    let mut rounds = 0;
    while missing != previous {
        previous = missing;
        rounds += 1;
        if rounds > 100 {
            return Err(PoolError::NoConvergence("number of missing studies in the trim and fill"));
        }
        let kept = k - missing;
        let trimmed = if kept == 1 {
            pool(&y[..1], &v[..1], &Options { tau2: Tau2Method::CommonEffect, test: TestMethod::Wald })?
        } else {
            pool(&y[..kept], &v[..kept], options)?
        };
        centre = trimmed.estimate;
        let ranks = signed_ranks(&y, centre);
        let number;
        (number, missing_se) = estimate_missing(&ranks, estimator);
        missing = (number.round_ties_even().max(0.0) as usize).min(k - 1);
    }
    let missing_p =
        (estimator == FillEstimator::R0).then(|| libm::exp(-std::f64::consts::LN_2 * (missing as f64 + 1.0)));
    let (mut all_y, mut all_v) = (y.clone(), v.clone());
    for i in k - missing..k {
        all_y.push(2.0 * centre - y[i]);
        all_v.push(v[i]);
    }
    for value in &mut all_y {
        *value *= sign;
    }
    let pooled = pool(&all_y, &all_v, options)?;
    Ok(TrimAndFill {
        estimator,
        side,
        missing,
        missing_se,
        missing_p,
        filled_y: all_y[k..].to_vec(),
        filled_v: all_v[k..].to_vec(),
        pooled,
    })
}

fn missing_side(y: &[f64], v: &[f64], options: &Options) -> Result<Side, PoolError> {
    use super::{EggerModel, Predictor, egger};
    let model = EggerModel::MetaRegression(Options { test: TestMethod::Wald, ..*options });
    match egger(y, v, Predictor::StandardError, model) {
        Ok(test) => Ok(if test.slope.estimate < 0.0 { Side::Right } else { Side::Left }),
        Err(RegressionError::Pool(error)) => Err(error),
        // Studies all of one size show no side.
        Err(_) => Ok(Side::Left),
    }
}

/// Ranks of the distances from the centre (in order of appearance where equal), with the sign of the deviation.
fn signed_ranks(y: &[f64], centre: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..y.len()).collect();
    order.sort_by(|a, b| (y[*a] - centre).abs().total_cmp(&(y[*b] - centre).abs()));
    let mut ranks = vec![0.0; y.len()];
    for (rank, i) in order.into_iter().enumerate() {
        let d = y[i] - centre;
        let sign = if d > 0.0 {
            1.0
        } else if d < 0.0 {
            -1.0
        } else {
            0.0
        };
        ranks[i] = sign * (rank as f64 + 1.0);
    }
    ranks
}

fn estimate_missing(ranks: &[f64], estimator: FillEstimator) -> (f64, Option<f64>) {
    let k = ranks.len() as f64;
    let positive: f64 = ranks.iter().filter(|r| **r > 0.0).sum();
    match estimator {
        FillEstimator::R0 => {
            let lowest = ranks.iter().filter(|r| **r < 0.0).map(|r| -r).fold(0.0, f64::max);
            let number = k - lowest - 1.0;
            let m = number.max(0.0);
            (number, Some((2.0 * m + 2.0).sqrt()))
        }
        FillEstimator::L0 => {
            let number = (4.0 * positive - k * (k + 1.0)) / (2.0 * k - 1.0);
            let m = number;
            let variance = (k * (k + 1.0) * (2.0 * k + 1.0) + 10.0 * m * m * m + 27.0 * m * m + 17.0 * m
                - 18.0 * k * m * m
                - 18.0 * k * m
                + 6.0 * k * k * m)
                / 24.0;
            (number, root(variance).map(|s| 4.0 * s / (2.0 * k - 1.0)))
        }
        FillEstimator::Q0 => {
            let number = k - 0.5 - (2.0 * k * k - 4.0 * positive + 0.25).max(0.0).sqrt();
            let m = number;
            let variance = (k * (k + 1.0) * (2.0 * k + 1.0) + 10.0 * m * m * m + 27.0 * m * m + 17.0 * m
                - 18.0 * k * m * m
                - 18.0 * k * m
                + 6.0 * k * k * m)
                / 24.0;
            let slope = (k - 0.5) * (k - 0.5) - m * (2.0 * k - m - 1.0);
            (number, root(variance).zip(root(slope)).map(|(s, t)| 2.0 * s / t))
        }
    }
}

fn root(x: f64) -> Option<f64> {
    (x >= 0.0).then(|| x.sqrt())
}
