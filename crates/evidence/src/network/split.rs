//! Direct against indirect evidence, comparison by comparison.
//!
//! Node splitting by back-calculation: the network estimate is the weighted
//! mean of the direct and the indirect one, with weights in proportion to
//! their precision (König, Krahn & Binder 2013, doi 10.1002/sim.6001;
//! idea of node splitting: Dias et al. 2010, doi 10.1002/sim.3767).

use super::data::Network;
use super::fit::{Comparison, Estimates};

/// Direct, indirect and network evidence for one comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Index of the first treatment.
    pub treat1: usize,
    /// Index of the second treatment.
    pub treat2: usize,
    /// Number of trials that compare the two directly.
    pub trials: usize,
    /// Share of the direct evidence in the network estimate, 0 to 1.
    pub direct_share: f64,
    /// Network estimate.
    pub network: Comparison,
    /// Direct estimate, if there is one.
    pub direct: Option<Comparison>,
    /// Indirect estimate, if there is one.
    pub indirect: Option<Comparison>,
    /// Direct minus indirect, if both exist: the test of inconsistency of this comparison.
    pub difference: Option<Comparison>,
}

/// A direct share this close to 1 means that there is no indirect evidence but rounding.
const ALL_DIRECT: f64 = 1e-10;

/// Splits the evidence on every pair of treatments, in the order (0,1), (0,2), ..., (1,2), ...
///
/// The direct estimate is the pairwise meta-analysis of the trials that compare the two, with the τ² of the
/// network; a comparison of a multi-arm trial counts there like one of a two-arm trial. Its share in the
/// network estimate is the ratio of the variances.
#[must_use]
pub fn split_evidence(network: &Network, estimates: &Estimates) -> Vec<Split> {
    let n = network.treatments.len();
    let mut weight = vec![0.0; n * n];
    let mut sum = vec![0.0; n * n];
    let mut count = vec![0usize; n * n];
    for trial in &network.trials {
        for (p, &i) in trial.arms.iter().enumerate() {
            for (q, &j) in trial.arms.iter().enumerate().skip(p + 1) {
                let w = 1.0 / (trial.variances[(p, q)] + estimates.tau2);
                weight[i * n + j] += w;
                sum[i * n + j] += w * (trial.effects[p] - trial.effects[q]);
                count[i * n + j] += 1;
            }
        }
    }
    let mut splits = Vec::with_capacity(n * (n - 1) / 2);
    for i in 0..n {
        for j in i + 1..n {
            let Some(all) = estimates.comparison(i, j) else { continue };
            let (w, trials) = (weight[i * n + j], count[i * n + j]);
            let level = estimates.level;
            let direct = (trials > 0).then(|| Comparison::new(sum[i * n + j] / w, (1.0 / w).sqrt(), level));
            let share = if direct.is_some() { w * estimates.variance(i, j) } else { 0.0 };
            let indirect = match direct {
                None => Some(all),
                Some(_) if 1.0 - share < ALL_DIRECT => None,
                Some(d) => Some(Comparison::new(
                    (all.te - share * d.te) / (1.0 - share),
                    (estimates.variance(i, j) / (1.0 - share)).sqrt(),
                    level,
                )),
            };
            let difference = match (direct, indirect) {
                (Some(d), Some(x)) => {
                    Some(Comparison::new(d.te - x.te, (d.se * d.se + x.se * x.se).sqrt(), level))
                }
                _ => None,
            };
            splits.push(Split {
                treat1: i,
                treat2: j,
                trials,
                direct_share: share,
                network: all,
                direct,
                indirect,
                difference,
            });
        }
    }
    splits
}
