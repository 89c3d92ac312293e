//! Cumulative meta-analysis: the pooled result after each study in a given order (Lau et al. 1992).

use crate::pairwise::{Options, PoolError, Pooled, Tau2Method, TestMethod, check, pool};

/// Pools the first, the first two, ... of the studies taken in `order` (row indices; each row once).
///
/// A single study has no tau² and no t distribution: the first step is that study under the common-effect model with
/// Wald's test, and says so in its methods.
///
/// # Errors
/// As [`pool`], and if `order` is not a permutation of the rows.
pub fn cumulative(
    y: &[f64],
    v: &[f64],
    order: &[usize],
    options: &Options,
) -> Result<Vec<Pooled>, PoolError> {
    check(y, v)?;
    let mut seen = vec![false; y.len()];
    for row in order {
        match seen.get_mut(*row) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(PoolError::LengthMismatch { estimates: y.len(), variances: order.len() }),
        }
    }
    if order.len() != y.len() {
        return Err(PoolError::LengthMismatch { estimates: y.len(), variances: order.len() });
    }
    let (y, v): (Vec<f64>, Vec<f64>) = order.iter().map(|i| (y[*i], v[*i])).unzip();
    let alone = Options { tau2: Tau2Method::CommonEffect, test: TestMethod::Wald };
    (1..=y.len()).map(|n| pool(&y[..n], &v[..n], if n == 1 { &alone } else { options })).collect()
}
