//! Responders: shares, their difference, and how many to treat.

use super::error::{OutcomeError, fraction};
use crate::dist::{Beta, Normal};

/// Two groups compared by their share of responders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponderComparison {
    /// Difference of shares, first minus second.
    pub risk_difference: f64,
    /// Newcombe's hybrid score interval of the difference.
    pub interval: (f64, f64),
    /// Number needed to treat, 1/difference; negative when the first group does worse; none at no difference.
    pub number_needed_to_treat: Option<f64>,
    /// Two-sided p of Fisher's exact test.
    pub fisher_p: f64,
}

fn check(x: u64, n: u64, field: &'static str) -> Result<(), OutcomeError> {
    if n == 0 {
        return Err(OutcomeError::Value { field: "n", value: 0.0, problem: "must be above zero" });
    }
    if x > n {
        return Err(OutcomeError::Value {
            field,
            value: x as f64,
            problem: "is more than the number of persons",
        });
    }
    Ok(())
}

/// Score interval of a share x/n (Wilson 1927, doi 10.1080/01621459.1927.10502953).
///
/// # Errors
/// More responders than persons, no persons, a level outside (0, 1).
pub fn wilson(x: u64, n: u64, level: f64) -> Result<(f64, f64), OutcomeError> {
    check(x, n, "responders")?;
    fraction("level", level)?;
    let z = Normal::STANDARD.quantile_upper((1.0 - level) / 2.0);
    let (x, n) = (x as f64, n as f64);
    let p = x / n;
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    let lower = if x == 0.0 { 0.0 } else { (centre - half) / scale };
    let upper = if x == n { 1.0 } else { (centre + half) / scale };
    Ok((lower, upper))
}

/// Exact interval of a share x/n (Clopper & Pearson 1934, doi 10.1093/biomet/26.4.404).
///
/// # Errors
/// As [`wilson`].
pub fn clopper_pearson(x: u64, n: u64, level: f64) -> Result<(f64, f64), OutcomeError> {
    check(x, n, "responders")?;
    fraction("level", level)?;
    let tail = (1.0 - level) / 2.0;
    let (xf, nf) = (x as f64, n as f64);
    let lower = if x == 0 { 0.0 } else { Beta::new(xf, nf - xf + 1.0).map_or(0.0, |b| b.quantile(tail)) };
    let upper =
        if x == n { 1.0 } else { Beta::new(xf + 1.0, nf - xf).map_or(1.0, |b| b.quantile_upper(tail)) };
    Ok((lower, upper))
}

/// Two-sided p of Fisher's exact test of two shares: the probability of all tables with the same margins that are no
/// more likely than the one observed.
///
/// # Errors
/// More responders than persons, no persons.
pub fn fisher_exact(x1: u64, n1: u64, x2: u64, n2: u64) -> Result<f64, OutcomeError> {
    check(x1, n1, "responders of the first group")?;
    check(x2, n2, "responders of the second group")?;
    let (n1, n2, k) = (n1 as f64, n2 as f64, (x1 + x2) as f64);
    let first = (k - n2).max(0.0);
    let last = k.min(n1);
    let observed = x1 as f64;
    // Relative to the most likely table, by the ratio of neighbours: no cancellation of large factorials.
    let mode = (((n1 + 1.0) * (k + 1.0) / (n1 + n2 + 2.0)).floor()).clamp(first, last);
    let mut weights = vec![(mode, 1.0)];
    let mut w = 1.0;
    let mut x = mode;
    while x < last {
        w *= (n1 - x) * (k - x) / ((x + 1.0) * (n2 - k + x + 1.0));
        x += 1.0;
        weights.push((x, w));
    }
    (w, x) = (1.0, mode);
    while x > first {
        w *= x * (n2 - k + x) / ((n1 - x + 1.0) * (k - x + 1.0));
        x -= 1.0;
        weights.push((x, w));
    }
    let own = weights.iter().find(|t| t.0 == observed).map_or(0.0, |t| t.1);
    let total: f64 = weights.iter().map(|t| t.1).sum();
    // Tables equally likely may differ by rounding.
    let extreme: f64 = weights.iter().map(|t| t.1).filter(|w| *w <= own * (1.0 + 1e-7)).sum();
    Ok((extreme / total).min(1.0))
}

/// Compares two groups of responders: difference with Newcombe's hybrid score interval (method 10 of Newcombe 1998,
/// doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), number needed to treat, Fisher's test.
///
/// # Errors
/// More responders than persons, no persons, a level outside (0, 1).
pub fn compare_responders(
    x1: u64,
    n1: u64,
    x2: u64,
    n2: u64,
    level: f64,
) -> Result<ResponderComparison, OutcomeError> {
    let (l1, u1) = wilson(x1, n1, level)?;
    let (l2, u2) = wilson(x2, n2, level)?;
    let (p1, p2) = (x1 as f64 / n1 as f64, x2 as f64 / n2 as f64);
    let d = p1 - p2;
    let lower = d - libm::hypot(p1 - l1, u2 - p2);
    let upper = d + libm::hypot(u1 - p1, p2 - l2);
    Ok(ResponderComparison {
        risk_difference: d,
        interval: (lower, upper),
        number_needed_to_treat: (d != 0.0).then(|| 1.0 / d),
        fisher_p: fisher_exact(x1, n1, x2, n2)?,
    })
}
