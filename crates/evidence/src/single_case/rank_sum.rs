//! The rank-sum test of two phases.

use super::overlap::Phases;
use crate::dist::Normal;

/// Result of a rank-sum test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankSum {
    /// Number of pairs in which phase B is better, ties counting half: W = NAP · m · n.
    pub w: f64,
    /// Two-sided p-value, normal with correction for ties; 1 when all values are equal.
    pub p: f64,
}

/// Wilcoxon's rank-sum test (Mann & Whitney 1947) by the normal approximation with correction for ties,
/// Var W = mn/12 [(N + 1) − Σ(t³ − t)/(N(N − 1))], and for continuity (½ towards the centre) if asked for.
///
/// It takes all orders of the sessions as equally likely, which a series of one patient seldom is: for a p-value
/// use the randomisation tests.
#[must_use]
pub fn rank_sum(phases: &Phases, continuity: bool) -> RankSum {
    let (a, b) = (phases.a(), phases.b());
    let (m, n) = (a.len() as f64, b.len() as f64);
    let s = phases.improvement().sign();
    let w: f64 = a
        .iter()
        .flat_map(|x| b.iter().map(move |y| s * (y - x)))
        .map(|d| {
            if d > 0.0 {
                1.0
            } else if d == 0.0 {
                0.5
            } else {
                0.0
            }
        })
        .sum();
    let mut all: Vec<f64> = a.iter().chain(b).copied().collect();
    all.sort_by(f64::total_cmp);
    let total = m + n;
    let mut ties = 0.0;
    let mut start = 0;
    for i in 1..=all.len() {
        if i == all.len() || all[i] != all[start] {
            let t = (i - start) as f64;
            ties += t * t * t - t;
            start = i;
        }
    }
    let variance = m * n / 12.0 * ((total + 1.0) - ties / (total * (total - 1.0)));
    let gap = w - m * n / 2.0;
    let p = if variance > 0.0 {
        let z = (gap.abs() - if continuity { 0.5 } else { 0.0 }).max(0.0) / variance.sqrt();
        (2.0 * Normal::STANDARD.sf(z)).min(1.0)
    } else {
        1.0
    };
    RankSum { w, p }
}
