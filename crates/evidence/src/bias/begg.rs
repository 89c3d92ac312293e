//! The rank test of Begg and Mazumdar (1994).

use crate::dist::Normal;
use crate::pairwise::{Options, PoolError, Tau2Method, TestMethod, pool};
use serde::Serialize;

/// Kendall's correlation between standardised deviates and variances.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Begg {
    /// Kendall's tau-b.
    pub tau: f64,
    /// Two-sided p value.
    pub p_value: f64,
    /// Whether the p value is exact; with ties, or 50 studies and more, it is normal without continuity correction.
    pub exact: bool,
}

/// Tests the rank correlation of effects and their variances.
///
/// `exact` asks for the exact p value, which exists without ties and below 50 studies.
///
/// # Errors
/// As [`pool`], with fewer than two studies, or if all deviates or all variances are equal.
pub fn begg(y: &[f64], v: &[f64], exact: bool) -> Result<Begg, PoolError> {
    let method = "Begg's test";
    let common = pool(y, v, &Options { tau2: Tau2Method::CommonEffect, test: TestMethod::Wald })?;
    let k = y.len();
    if k < 3 {
        return Err(PoolError::TooFewStudies { studies: k, method, least: 3 });
    }
    let shared = common.se * common.se;
    let deviates: Vec<f64> =
        y.iter().zip(v).map(|(y, v)| (y - common.estimate) / (v - shared).sqrt()).collect();
    let mut score = 0i64;
    for i in 0..k {
        for j in 0..i {
            score += sign(deviates[i], deviates[j]) * sign(v[i], v[j]);
        }
    }
    let (tied_x, tied_y) = (ties(&deviates), ties(v));
    let pairs = (k * (k - 1) / 2) as f64;
    let within = |t: &[usize]| t.iter().map(|t| (t * (t - 1) / 2) as f64).sum::<f64>();
    let (nx, ny) = (pairs - within(&tied_x), pairs - within(&tied_y));
    if nx == 0.0 || ny == 0.0 {
        return Err(PoolError::Unsupported { first: method, second: "studies of different size and effect" });
    }
    let tau = score as f64 / (nx * ny).sqrt();
    let any_ties = tied_x.iter().chain(&tied_y).any(|t| *t > 1);
    if exact && !any_ties && k < 50 {
        return Ok(Begg { tau, p_value: exact_p(k, score), exact: true });
    }
    let n = k as f64;
    let sum = |t: &[usize], f: fn(f64) -> f64| t.iter().map(|t| f(*t as f64)).sum::<f64>();
    let (v0, vt, vu) = (
        n * (n - 1.0) * (2.0 * n + 5.0),
        sum(&tied_x, |t| t * (t - 1.0) * (2.0 * t + 5.0)),
        sum(&tied_y, |t| t * (t - 1.0) * (2.0 * t + 5.0)),
    );
    let pairs_tied = sum(&tied_x, |t| t * (t - 1.0)) * sum(&tied_y, |t| t * (t - 1.0));
    let triples = sum(&tied_x, |t| t * (t - 1.0) * (t - 2.0)) * sum(&tied_y, |t| t * (t - 1.0) * (t - 2.0));
    let variance = (v0 - vt - vu) / 18.0
        + pairs_tied / (2.0 * n * (n - 1.0))
        + triples / (9.0 * n * (n - 1.0) * (n - 2.0));
    let z = score as f64 / variance.sqrt();
    Ok(Begg { tau, p_value: 2.0 * Normal::STANDARD.sf(z.abs()), exact: false })
}

fn sign(a: f64, b: f64) -> i64 {
    i64::from(a > b) - i64::from(a < b)
}

/// Sizes of the groups of equal values.
fn ties(values: &[f64]) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).collect()
}

/// Exact two-sided p value of Kendall's score: orders are counted by their number of concordant pairs.
fn exact_p(k: usize, score: i64) -> f64 {
    let pairs = k * (k - 1) / 2;
    // Shares rather than counts, which would overflow: each new element adds 0..=i concordant pairs, all alike.
    let mut share = vec![1.0f64];
    for i in 1..k {
        let mut next = vec![0.0; share.len() + i];
        for (have, p) in share.iter().enumerate() {
            for more in 0..=i {
                next[have + more] += p / (i as f64 + 1.0);
            }
        }
        share = next;
    }
    let concordant = ((pairs as i64 + score) / 2) as usize;
    let below: f64 = share[..=concordant].iter().sum();
    let above: f64 = share[concordant..].iter().sum();
    (2.0 * below.min(above)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_p_of_three_is_a_count_of_six_orders() {
        // Scores 3, 1, 1, -1, -1, -3.
        assert!((exact_p(3, 3) - 2.0 / 6.0).abs() < 1e-15);
        assert!((exact_p(3, 1) - 1.0).abs() < 1e-15);
    }
}
