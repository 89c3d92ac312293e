//! Permutation tests of moderators (Higgins and Thompson 2004).

use super::{Moderator, RegressionError, fit};
use crate::pairwise::Options;
use serde::Serialize;

/// p values of a permutation test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PermutationTest {
    /// Two-sided p value of every coefficient, in the order of the fit.
    pub coefficients: Vec<f64>,
    /// p value of the omnibus test of all moderators.
    pub omnibus: f64,
    /// Number of permutations that were counted.
    pub permutations: usize,
}

/// Exact permutation test: all orders of the rows of the moderators are tried, so at most nine studies.
///
/// The p value is the share of orders whose statistic is at least as extreme as the observed one, which is itself
/// among them; for a coefficient, at least as far from zero.
///
/// # Errors
/// As [`fit`]; with more than nine studies, whose orders are too many to try; without moderators.
pub fn permutation_test(
    y: &[f64],
    v: &[f64],
    moderators: &[Moderator],
    options: &Options,
) -> Result<PermutationTest, RegressionError> {
    if y.len() > 9 {
        return Err(RegressionError::TooManyStudies { studies: y.len(), most: 9 });
    }
    let observed = fit(y, v, moderators, true, options)?;
    let statistics: Vec<f64> = observed.coefficients.iter().map(super::Coefficient::statistic).collect();
    let omnibus = observed.omnibus()?.statistic;
    // Equal up to rounding counts as at least as extreme.
    let at_least = |x: f64, reference: f64| x >= reference - 1e-9 * (1.0 + reference.abs());
    let mut order: Vec<usize> = (0..y.len()).collect();
    let mut extreme = vec![0usize; statistics.len()];
    let (mut extreme_omnibus, mut count) = (0usize, 0usize);
    loop {
        let shuffled: Vec<Moderator> = moderators
            .iter()
            .map(|m| Moderator { name: m.name.clone(), values: order.iter().map(|i| m.values[*i]).collect() })
            .collect();
        let trial = fit(y, v, &shuffled, true, options)?;
        for ((n, c), reference) in extreme.iter_mut().zip(&trial.coefficients).zip(&statistics) {
            *n += usize::from(at_least(c.statistic().abs(), reference.abs()));
        }
        extreme_omnibus += usize::from(at_least(trial.omnibus()?.statistic, omnibus));
        count += 1;
        if !next_permutation(&mut order) {
            break;
        }
    }
    let share = |n: usize| n as f64 / count as f64;
    Ok(PermutationTest {
        coefficients: extreme.into_iter().map(&share).collect(),
        omnibus: share(extreme_omnibus),
        permutations: count,
    })
}

/// The next order in lexicographic sequence; false after the last.
fn next_permutation(order: &mut [usize]) -> bool {
    let Some(i) = (1..order.len()).rev().find(|i| order[i - 1] < order[*i]) else { return false };
    let Some(j) = (i..order.len()).rev().find(|j| order[i - 1] < order[*j]) else { return false };
    order.swap(i - 1, j);
    order[i..].reverse();
    true
}
