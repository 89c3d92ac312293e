//! How an estimate of a network rests on direct and on indirect evidence (König, Krahn and Binder 2013,
//! doi 10.1002/sim.6001).
//!
//! Paths run over the comparisons of the network, as in its hat matrix (Rücker 2012). netmeta counts a comparison once for
//! each design in which it occurs, so that with multi-arm trials its mean paths are a little shorter and its parallelism
//! larger; the direct shares are the same.

use super::contribution::hat_matrix;
use super::data::Network;
use super::fit::Estimates;
use super::split::split_evidence;

/// Measures of one comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvidenceMeasures {
    /// Index of the first treatment.
    pub treat1: usize,
    /// Index of the second treatment.
    pub treat2: usize,
    /// Share of the direct evidence in the network estimate, 0 to 1.
    pub direct_share: f64,
    /// Mean path length: comparisons that a path of evidence runs over, weighted by its flow; 1 if all is direct. Above
    /// 2 an estimate is very indirect.
    pub mean_path_length: f64,
    /// Minimal parallelism: one over the largest share of the flow through a single comparison; 1 if one comparison
    /// carries everything.
    pub minimal_parallelism: f64,
}

/// The measures of every pair of treatments, in the order (0,1), (0,2), ..., (1,2), ..., with the weights of `estimates`.
#[must_use]
pub fn evidence_measures(network: &Network, estimates: &Estimates) -> Vec<EvidenceMeasures> {
    let hat = hat_matrix(network, estimates);
    split_evidence(network, estimates)
        .into_iter()
        .zip(&hat.rows)
        .enumerate()
        .map(|(r, (split, _))| {
            let row = hat.values.row(r);
            let largest = row.iter().fold(0.0f64, |m, h| m.max(h.abs()));
            EvidenceMeasures {
                treat1: split.treat1,
                treat2: split.treat2,
                direct_share: split.direct_share,
                mean_path_length: row.iter().map(|h| h.abs()).sum(),
                minimal_parallelism: 1.0 / largest,
            }
        })
        .collect()
}
