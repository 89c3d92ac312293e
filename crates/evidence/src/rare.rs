//! Methods for rare events, which pool the tables themselves and need no correction of zero cells.
//!
//! Mantel and Haenszel's odds ratio (variance of Robins, Breslow and Greenland 1986), risk ratio (Greenland and
//! Robins 1985) and risk difference (Sato, Greenland and Robins 1989), Peto's odds ratio (Yusuf et al. 1985), the
//! tests of Cochran, Mantel and Haenszel, and Tarone's test of homogeneity (Tarone 1985).

use crate::dist::{ChiSquared, Normal};
use crate::effect_size::{Correction, EffectError, RowError, TableMeasure, TwoByTwo};
use serde::{Deserialize, Serialize};

/// A method that pools tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RareMethod {
    /// Mantel and Haenszel's odds ratio (result on the log scale).
    MantelHaenszelOddsRatio,
    /// Mantel and Haenszel's risk ratio (result on the log scale).
    MantelHaenszelRiskRatio,
    /// Mantel and Haenszel's risk difference.
    MantelHaenszelRiskDifference,
    /// Peto's odds ratio (result on the log scale).
    Peto,
}

impl RareMethod {
    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            RareMethod::MantelHaenszelOddsRatio => "Mantel-Haenszel odds ratio",
            RareMethod::MantelHaenszelRiskRatio => "Mantel-Haenszel risk ratio",
            RareMethod::MantelHaenszelRiskDifference => "Mantel-Haenszel risk difference",
            RareMethod::Peto => "Peto odds ratio",
        }
    }

    /// The measure of the single studies that this method pools.
    pub const fn measure(self) -> TableMeasure {
        match self {
            RareMethod::MantelHaenszelOddsRatio => TableMeasure::OddsRatio,
            RareMethod::MantelHaenszelRiskRatio => TableMeasure::RiskRatio,
            RareMethod::MantelHaenszelRiskDifference => TableMeasure::RiskDifference,
            RareMethod::Peto => TableMeasure::Peto,
        }
    }
}

/// Why tables cannot be pooled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RareError {
    /// A table is damaged.
    #[error(transparent)]
    Row(#[from] RowError),
    /// There are no tables.
    #[error("there are no studies")]
    NoStudies,
    /// No study says anything about the measure.
    #[error("the {method} is not defined: {reason}")]
    Undefined {
        /// The method.
        method: &'static str,
        /// Why.
        reason: &'static str,
    },
}

/// A pooled result from tables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RarePooled {
    /// The method.
    pub method: RareMethod,
    /// The estimate; ratios on the log scale.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Rows that say nothing about the measure: no events in both arms, or events in everybody (ratios only).
    pub uninformative: Vec<usize>,
    /// Heterogeneity: weighted squares of the single studies' effects around the estimate.
    pub q: f64,
    /// Its degrees of freedom.
    pub q_df: f64,
    /// Rows left out of `q` because their own effect is not defined without a correction.
    pub without_effect: Vec<usize>,
}

impl RarePooled {
    /// Estimate over standard error.
    pub fn statistic(&self) -> f64 {
        self.estimate / self.se
    }

    /// Two-sided p value, normal.
    pub fn p_value(&self) -> f64 {
        2.0 * Normal::STANDARD.sf(self.statistic().abs())
    }

    /// Confidence limits, normal.
    pub fn limits(&self, level: f64) -> (f64, f64) {
        let margin = Normal::STANDARD.quantile_upper(0.5 * (1.0 - level)) * self.se;
        (self.estimate - margin, self.estimate + margin)
    }

    /// p value of the heterogeneity; 1 without degrees of freedom.
    pub fn q_p_value(&self) -> f64 {
        ChiSquared::new(self.q_df).map_or(1.0, |chi| chi.sf(self.q))
    }
}

fn check(tables: &[TwoByTwo]) -> Result<(), RareError> {
    if tables.is_empty() {
        return Err(RareError::NoStudies);
    }
    for (row, table) in tables.iter().enumerate() {
        table.check().map_err(|error| RowError { row, error })?;
    }
    Ok(())
}

/// Pools tables.
///
/// # Errors
/// If a table is damaged (the error names the row and the cell), or all studies together do not define the measure:
/// no events at all, or none in one arm for a Mantel-Haenszel ratio.
pub fn pool_tables(tables: &[TwoByTwo], method: RareMethod) -> Result<RarePooled, RareError> {
    check(tables)?;
    let ratio = method != RareMethod::MantelHaenszelRiskDifference;
    let uninformative: Vec<usize> = tables
        .iter()
        .enumerate()
        .filter(|(_, t)| {
            ratio && (t.a + t.c == 0.0 || (t.b + t.d == 0.0 && method != RareMethod::MantelHaenszelRiskRatio))
        })
        .map(|(row, _)| row)
        .collect();
    let undefined = |reason| RareError::Undefined { method: method.name(), reason };
    let (estimate, variance) = match method {
        RareMethod::MantelHaenszelOddsRatio => {
            let (mut r, mut s, mut pr, mut mixed, mut qs) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for TwoByTwo { a, b, c, d } in tables {
                let n = a + b + c + d;
                let (ri, si, p, q) = (a * d / n, b * c / n, (a + d) / n, (b + c) / n);
                r += ri;
                s += si;
                pr += p * ri;
                mixed += p * si + q * ri;
                qs += q * si;
            }
            if r == 0.0 || s == 0.0 {
                return Err(undefined(
                    "no study has events in one arm and non-events in the other, both ways",
                ));
            }
            (libm::log(r / s), 0.5 * (pr / (r * r) + mixed / (r * s) + qs / (s * s)))
        }
        RareMethod::MantelHaenszelRiskRatio => {
            let (mut r, mut s, mut v) = (0.0, 0.0, 0.0);
            for TwoByTwo { a, b, c, d } in tables {
                let (n1, n2) = (a + b, c + d);
                let n = n1 + n2;
                r += a * n2 / n;
                s += c * n1 / n;
                v += (n1 * n2 * (a + c) - a * c * n) / (n * n);
            }
            if r == 0.0 || s == 0.0 {
                return Err(undefined("one of the arms has no events in any study"));
            }
            (libm::log(r / s), v / (r * s))
        }
        RareMethod::MantelHaenszelRiskDifference => {
            let (mut top, mut weight, mut p, mut q) = (0.0, 0.0, 0.0, 0.0);
            for TwoByTwo { a, b, c, d } in tables {
                let (n1, n2) = (a + b, c + d);
                let n = n1 + n2;
                top += (a * n2 - c * n1) / n;
                weight += n1 * n2 / n;
                p += (n1 * n1 * c - n2 * n2 * a + 0.5 * n1 * n2 * (n2 - n1)) / (n * n);
                q += (a * d + c * b) / (2.0 * n);
            }
            let estimate = top / weight;
            let variance = (estimate * p + q) / (weight * weight);
            if variance.is_nan() || variance <= 0.0 {
                return Err(undefined("nobody, or everybody, in all arms had the event"));
            }
            (estimate, variance)
        }
        RareMethod::Peto => {
            let (difference, variance) = observed_minus_expected(tables);
            if variance == 0.0 {
                return Err(undefined("nobody, or everybody, had the event in every study"));
            }
            (difference / variance, 1.0 / variance)
        }
    };
    let (mut q, mut counted, mut without_effect) = (0.0, 0usize, Vec::new());
    for (row, table) in tables.iter().enumerate() {
        match method.measure().effect(table, Correction::None) {
            Ok(effect) => {
                q += (effect.estimate - estimate).powi(2) / effect.variance;
                counted += 1;
            }
            Err(EffectError::ZeroCell { .. } | EffectError::Undefined { .. }) => without_effect.push(row),
            Err(error) => return Err(RowError { row, error }.into()),
        }
    }
    Ok(RarePooled {
        method,
        estimate,
        se: variance.sqrt(),
        uninformative,
        q,
        q_df: (counted as f64 - 1.0).max(0.0),
        without_effect,
    })
}

/// Observed minus expected events of arm 1, and the hypergeometric variance, over all tables.
fn observed_minus_expected(tables: &[TwoByTwo]) -> (f64, f64) {
    let (mut difference, mut variance) = (0.0, 0.0);
    for TwoByTwo { a, b, c, d } in tables {
        let (n1, n2, m1, m2) = (a + b, c + d, a + c, b + d);
        let n = n1 + n2;
        difference += a - n1 * m1 / n;
        if n > 1.0 {
            variance += n1 * n2 * m1 * m2 / (n * n * (n - 1.0));
        }
    }
    (difference, variance)
}

/// A chi-squared test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TableTest {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// p value.
    pub p_value: f64,
    /// Name of the test.
    pub name: &'static str,
}

fn test(statistic: f64, df: f64, name: &'static str) -> TableTest {
    TableTest { statistic, df, p_value: ChiSquared::new(df).map_or(f64::NAN, |chi| chi.sf(statistic)), name }
}

/// Mantel and Haenszel's test of no association over all tables, with or without the continuity correction of 0.5.
///
/// # Errors
/// If a table is damaged or no table has both events and non-events.
pub fn mantel_haenszel_test(tables: &[TwoByTwo], continuity: bool) -> Result<TableTest, RareError> {
    check(tables)?;
    let (difference, variance) = observed_minus_expected(tables);
    let name = if continuity {
        "Cochran-Mantel-Haenszel with continuity correction"
    } else {
        "Cochran-Mantel-Haenszel"
    };
    association(difference, variance, continuity, name)
}

/// Cochran's test of the same, with the binomial variance (division by n³ in place of n²(n-1)).
///
/// # Errors
/// As [`mantel_haenszel_test`].
pub fn cochran_test(tables: &[TwoByTwo], continuity: bool) -> Result<TableTest, RareError> {
    check(tables)?;
    let (difference, _) = observed_minus_expected(tables);
    let variance = tables
        .iter()
        .map(|TwoByTwo { a, b, c, d }| {
            let n = a + b + c + d;
            (a + b) * (c + d) * (a + c) * (b + d) / (n * n * n)
        })
        .sum();
    let name = if continuity { "Cochran with continuity correction" } else { "Cochran" };
    association(difference, variance, continuity, name)
}

fn association(
    difference: f64,
    variance: f64,
    continuity: bool,
    name: &'static str,
) -> Result<TableTest, RareError> {
    if variance == 0.0 {
        let reason = "nobody, or everybody, had the event in every study";
        return Err(RareError::Undefined { method: name, reason });
    }
    let distance = if continuity { (difference.abs() - 0.5).max(0.0) } else { difference.abs() };
    Ok(test(distance * distance / variance, 1.0, name))
}

/// Tarone's test that all studies have the same odds ratio, at Mantel and Haenszel's estimate.
///
/// Studies without events, or with events only, in both arms do not count.
///
/// # Errors
/// As [`pool_tables`] for the odds ratio.
pub fn tarone_test(tables: &[TwoByTwo]) -> Result<TableTest, RareError> {
    let odds_ratio = libm::exp(pool_tables(tables, RareMethod::MantelHaenszelOddsRatio)?.estimate);
    let (mut squares, mut sum, mut total, mut counted) = (0.0, 0.0, 0.0, 0usize);
    for TwoByTwo { a, b, c, d } in tables {
        let (n1, n2, m1) = (a + b, c + d, a + c);
        if m1 == 0.0 || b + d == 0.0 {
            continue;
        }
        // The count x of events in arm 1 that gives this odds ratio: x (n2 - m1 + x) = OR (n1 - x)(m1 - x).
        let (qa, qb, qc) = (1.0 - odds_ratio, n2 - m1 + odds_ratio * (n1 + m1), -odds_ratio * n1 * m1);
        let root = (qb * qb - 4.0 * qa * qc).max(0.0).sqrt();
        // The stable form of the root between the bounds, also when qa is 0.
        let x = -2.0 * qc / (qb + root);
        let variance = 1.0 / (1.0 / x + 1.0 / (m1 - x) + 1.0 / (n1 - x) + 1.0 / (n2 - m1 + x));
        squares += (a - x) * (a - x) / variance;
        sum += a - x;
        total += variance;
        counted += 1;
    }
    Ok(test(squares - sum * sum / total, (counted as f64 - 1.0).max(0.0), "Tarone"))
}
