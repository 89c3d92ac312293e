//! How an estimate of a network rests on direct and on indirect evidence (König, Krahn and Binder 2013,
//! doi 10.1002/sim.6001).
//!
//! Evidence flows from one treatment to the other through the designs of the network: all trials that compare the same
//! treatments are one design, and evidence that passes a design passes it once, however many arms it has.

use std::collections::BTreeMap;

use nalgebra::DMatrix;

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
    /// Mean path length: designs that a path of evidence runs through, weighted by its flow; 1 if all is direct. Above
    /// 2 an estimate is very indirect.
    pub mean_path_length: f64,
    /// Minimal parallelism: one over the largest share of the flow through a single design; 1 if one design carries
    /// everything.
    pub minimal_parallelism: f64,
}

/// The measures of every pair of treatments, in the order (0,1), (0,2), ..., (1,2), ..., with the weights of `estimates`.
#[must_use]
pub fn evidence_measures(network: &Network, estimates: &Estimates) -> Vec<EvidenceMeasures> {
    let designs = laplacians(network, estimates.tau2);
    split_evidence(network, estimates)
        .into_iter()
        .map(|split| {
            let (i, j) = (split.treat1, split.treat2);
            let (mut sum, mut largest) = (0.0, 0.0_f64);
            for (arms, laplacian) in &designs {
                let flow = through(arms, laplacian, |v| estimates.plus[(v, i)] - estimates.plus[(v, j)]);
                sum += flow;
                largest = largest.max(flow);
            }
            EvidenceMeasures {
                treat1: i,
                treat2: j,
                direct_share: split.direct_share,
                mean_path_length: sum,
                minimal_parallelism: 1.0 / largest,
            }
        })
        .collect()
}

/// The Laplacian of every design, over its arms.
fn laplacians(network: &Network, tau2: f64) -> BTreeMap<Vec<usize>, DMatrix<f64>> {
    let mut designs: BTreeMap<Vec<usize>, DMatrix<f64>> = BTreeMap::new();
    for trial in &network.trials {
        let m = trial.arms.len();
        let laplacian = designs.entry(trial.arms.clone()).or_insert_with(|| DMatrix::zeros(m, m));
        for row in &trial.rows {
            let weight = 1.0 / (row.variance + tau2 / 2.0);
            for p in 0..m {
                for q in 0..m {
                    laplacian[(p, q)] += weight * row.coef[p] * row.coef[q];
                }
            }
        }
    }
    designs
}

/// What flows into a design, and so out of it, where a unit flows from one treatment to another under these potentials.
fn through(arms: &[usize], laplacian: &DMatrix<f64>, potential: impl Fn(usize) -> f64) -> f64 {
    (0..arms.len())
        .map(|p| {
            arms.iter().enumerate().map(|(q, &v)| laplacian[(p, q)] * potential(v)).sum::<f64>().max(0.0)
        })
        .sum()
}
