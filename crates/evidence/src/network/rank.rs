//! Ranking of treatments by P-scores.

use super::fit::Estimates;
use crate::dist::Normal;

/// Which direction of the effect is good for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmallValues {
    /// Small effects are good (pain, deaths).
    Desirable,
    /// Small effects are bad (motor score, cures).
    Undesirable,
}

/// P-score of each treatment: the mean over all others of the one-sided
/// confidence that it is better, 0 to 1; the frequentist analogue of SUCRA
/// (Rücker & Schwarzer 2015, doi 10.1186/s12874-015-0060-8).
#[must_use]
pub fn p_scores(estimates: &Estimates, small: SmallValues) -> Vec<f64> {
    let n = estimates.effects.len();
    let sign = match small {
        SmallValues::Desirable => -1.0,
        SmallValues::Undesirable => 1.0,
    };
    (0..n)
        .map(|i| {
            let sum: f64 = (0..n)
                .filter(|&j| j != i)
                .map(|j| Normal::STANDARD.cdf(sign * estimates.te(i, j) / estimates.se(i, j)))
                .sum();
            sum / (n - 1) as f64
        })
        .collect()
}

/// Treatments from best to worst P-score; ties in the order of the network.
#[must_use]
pub fn ranking(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order
}
