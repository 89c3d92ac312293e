//! Subgroups, each with its own between-study variance, and the test of their difference.

use super::RegressionError;
use crate::dist::ChiSquared;
use crate::pairwise::{Options, Pooled, Tau2Method, TestMethod, pool};
use serde::Serialize;
use std::collections::BTreeMap;

/// The studies of one group, pooled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subgroup {
    /// Name of the group.
    pub level: String,
    /// Indices of its studies.
    pub rows: Vec<usize>,
    /// Its pooled estimate; `None` if the group is too small for the method, with the reason beside it.
    pub pooled: Option<Pooled>,
    /// Why the group is not pooled.
    pub reason: Option<String>,
}

/// All groups and the test between them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subgroups {
    /// The groups, sorted by name.
    pub groups: Vec<Subgroup>,
    /// Weighted squares of the pooled estimates around their mean.
    pub q_between: f64,
    /// Degrees of freedom: pooled groups minus 1.
    pub df: f64,
    /// p value of the test that all groups have the same mean; 1 with a single group.
    pub p_value: f64,
}

/// Pools every group by itself and tests their difference (Borenstein et al. 2009, chapter 19). A group of one study has
/// that study's effect and variance, with a normal interval: there is nothing to estimate a τ² from.
///
/// # Errors
/// If the number of group names is not that of the studies, or a row is bad.
pub fn subgroups(
    y: &[f64],
    v: &[f64],
    levels: &[String],
    options: &Options,
) -> Result<Subgroups, RegressionError> {
    crate::pairwise::check(y, v)?;
    if levels.len() != y.len() {
        let term = "subgroup".to_owned();
        return Err(RegressionError::LengthMismatch { term, values: levels.len(), studies: y.len() });
    }
    let mut rows: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    for (i, level) in levels.iter().enumerate() {
        rows.entry(level).or_default().push(i);
    }
    let mut groups = Vec::with_capacity(rows.len());
    for (level, rows) in rows {
        let pick = |x: &[f64]| rows.iter().map(|i| x[*i]).collect::<Vec<f64>>();
        let alone = Options { tau2: Tau2Method::CommonEffect, test: TestMethod::Wald };
        let options = if rows.len() == 1 { &alone } else { options };
        let (pooled, reason) = match pool(&pick(y), &pick(v), options) {
            Ok(pooled) => (Some(pooled), None),
            Err(error) => (None, Some(error.to_string())),
        };
        groups.push(Subgroup { level: level.clone(), rows, pooled, reason });
    }
    let (means, variances): (Vec<f64>, Vec<f64>) =
        groups.iter().filter_map(|g| g.pooled.as_ref()).map(|p| (p.estimate, p.se * p.se)).unzip();
    let total: f64 = variances.iter().map(|v| 1.0 / v).sum();
    let mean = means.iter().zip(&variances).map(|(m, v)| m / v).sum::<f64>() / total;
    let q_between = means.iter().zip(&variances).map(|(m, v)| (m - mean) * (m - mean) / v).sum();
    let df = means.len() as f64 - 1.0;
    let p_value = ChiSquared::new(df).map_or(1.0, |chi| chi.sf(q_between));
    Ok(Subgroups { groups, q_between, df, p_value })
}
