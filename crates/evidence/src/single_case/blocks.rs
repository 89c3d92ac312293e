//! Blocks of an n-of-1 trial.

use super::error::{SingleCaseError, check_level, check_values};
use super::randomisation::{Alternative, Assignments, RandomisationResult, sign_flip_test};
use crate::dist::StudentT;

/// One block: the two treatments in random order, one value each (or the mean of a period).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedBlock {
    /// Value under treatment A.
    pub a: f64,
    /// Value under treatment B.
    pub b: f64,
}

/// Result of the paired analysis of an n-of-1 trial.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockResult {
    /// A − B of each block.
    pub differences: Vec<f64>,
    /// Mean of the differences.
    pub mean: f64,
    /// t statistic of the mean.
    pub t: f64,
    /// Degrees of freedom, blocks − 1.
    pub df: f64,
    /// Two-sided p of t.
    pub p: f64,
    /// Confidence limits of the mean.
    pub interval: (f64, f64),
    /// Test by the coin that ordered each block, two-sided.
    pub randomisation: RandomisationResult,
}

/// Paired t-test of the blocks (for one patient and one treatment effect: Chen & Chen 2014,
/// doi 10.1371/journal.pone.0087752; what it does and does not answer: Araujo, Julious & Senn 2016,
/// doi 10.1371/journal.pone.0167167) and the sign-flip randomisation test.
///
/// # Errors
/// Fewer than two blocks, values that are not finite, equal differences throughout, a level outside (0, 1).
pub fn paired_blocks(
    blocks: &[PairedBlock],
    level: f64,
    assignments: Assignments,
) -> Result<BlockResult, SingleCaseError> {
    check_level(level)?;
    check_values("treatment A", &blocks.iter().map(|b| b.a).collect::<Vec<_>>(), 2)?;
    check_values("treatment B", &blocks.iter().map(|b| b.b).collect::<Vec<_>>(), 2)?;
    let differences: Vec<f64> = blocks.iter().map(|b| b.a - b.b).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0);
    if variance == 0.0 {
        return Err(SingleCaseError::NoSpread { field: "differences of the blocks".into() });
    }
    let se = (variance / n).sqrt();
    let df = n - 1.0;
    let Ok(student) = StudentT::new(df) else {
        return Err(SingleCaseError::Parameter { name: "df", value: df, problem: "must be above zero" });
    };
    let half = student.quantile_upper((1.0 - level) / 2.0) * se;
    let randomisation = sign_flip_test(&differences, Alternative::TwoSided, assignments)?;
    Ok(BlockResult {
        mean,
        t: mean / se,
        df,
        p: student.two_sided(mean / se),
        interval: (mean - half, mean + half),
        differences,
        randomisation,
    })
}
