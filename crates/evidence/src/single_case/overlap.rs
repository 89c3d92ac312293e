//! Non-overlap of two phases.
//!
//! Notation: phase A (baseline) has m values, phase B n; values are turned so that larger is better;
//! q_ij = 1 if b_j > a_i, ½ if equal, else 0.

use super::error::{SingleCaseError, check_level, check_values};
use crate::dist::Normal;
use crate::root::brent;

/// Which direction of change is good for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Improvement {
    /// Larger values are better.
    Increase,
    /// Smaller values are better.
    Decrease,
}

impl Improvement {
    pub(crate) fn sign(self) -> f64 {
        match self {
            Self::Increase => 1.0,
            Self::Decrease => -1.0,
        }
    }
}

/// The values of a baseline phase A and a treatment phase B in the order of the sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct Phases {
    a: Vec<f64>,
    b: Vec<f64>,
    improvement: Improvement,
}

impl Phases {
    /// Checks and keeps two phases.
    ///
    /// # Errors
    /// A value that is not finite, by phase and row; an empty phase.
    pub fn new(a: &[f64], b: &[f64], improvement: Improvement) -> Result<Self, SingleCaseError> {
        check_values("phase A", a, 1)?;
        check_values("phase B", b, 1)?;
        Ok(Self { a: a.to_vec(), b: b.to_vec(), improvement })
    }

    /// Values of phase A as given.
    #[must_use]
    pub fn a(&self) -> &[f64] {
        &self.a
    }

    /// Values of phase B as given.
    #[must_use]
    pub fn b(&self) -> &[f64] {
        &self.b
    }

    /// Direction of improvement.
    #[must_use]
    pub fn improvement(&self) -> Improvement {
        self.improvement
    }

    /// Values turned so that larger is better.
    fn turned(&self) -> (Vec<f64>, Vec<f64>) {
        let s = self.improvement.sign();
        (self.a.iter().map(|x| s * x).collect(), self.b.iter().map(|x| s * x).collect())
    }
}

/// Formula of the standard error of NAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NapError {
    /// Unbiased (Sen 1967; Mee 1990):
    /// [n Q₁ + m Q₂ − (m + n − 1) NAP² − W] / [(m − 1)(n − 1)] with Q₁, Q₂ the mean squares of the row and
    /// column means of q and W the share of pairs with b > a. At NAP = 0 or 1, where this vanishes, NAP(1 − NAP)
    /// / [(m − 1)(n − 1)] with NAP moved inwards by 1/(2mn).
    Unbiased,
    /// Hanley & McNeil 1982 (doi 10.1148/radiology.143.1.7063747), with the observed Q₁ and Q₂.
    Hanley,
    /// Under the hypothesis of no effect: √[(m + n + 1)/(12mn)].
    Null,
}

/// An index with standard error and confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NonOverlap {
    /// The index.
    pub estimate: f64,
    /// Standard error; none where the formula has no value (one observation in a phase).
    pub se: Option<f64>,
    /// Confidence limits.
    pub interval: (f64, f64),
}

/// Nonoverlap of all pairs (Parker & Vannest 2009, doi 10.1016/j.beth.2008.10.006):
/// NAP = Σ q_ij / (mn), 0 to 1, 0.5 without effect.
///
/// The interval is Newcombe's method 5 (2006, doi 10.1002/sim.2324): the θ with
/// (NAP − θ)² mn = z² θ(1 − θ) [1 + h(1 − θ)/(2 − θ) + hθ/(1 + θ)], h = (m + n)/2 − 1, solved exactly.
///
/// # Errors
/// A level outside (0, 1).
pub fn nap(phases: &Phases, error: NapError, level: f64) -> Result<NonOverlap, SingleCaseError> {
    check_level(level)?;
    let (a, b) = phases.turned();
    Ok(nap_of(&a, &b, error, level))
}

fn nap_of(a: &[f64], b: &[f64], error: NapError, level: f64) -> NonOverlap {
    let (m, n) = (a.len() as f64, b.len() as f64);
    let q = |x: f64, y: f64| {
        if y > x {
            1.0
        } else if y == x {
            0.5
        } else {
            0.0
        }
    };
    let rows: Vec<f64> = a.iter().map(|&x| b.iter().map(|&y| q(x, y)).sum::<f64>()).collect();
    let cols: Vec<f64> = b.iter().map(|&y| a.iter().map(|&x| q(x, y)).sum::<f64>()).collect();
    let wins = a.iter().map(|x| b.iter().filter(|y| *y > x).count()).sum::<usize>() as f64;
    let estimate = rows.iter().sum::<f64>() / (m * n);
    let q1 = rows.iter().map(|r| r * r).sum::<f64>() / (m * n * n);
    let q2 = cols.iter().map(|c| c * c).sum::<f64>() / (m * m * n);
    let square = estimate * estimate;
    let extreme = estimate == 0.0 || estimate == 1.0;
    let variance = match error {
        NapError::Null => Some((m + n + 1.0) / (12.0 * m * n)),
        NapError::Hanley => Some(
            (estimate * (1.0 - estimate) + (n - 1.0) * (q1 - square) + (m - 1.0) * (q2 - square)) / (m * n),
        ),
        NapError::Unbiased if m < 2.0 || n < 2.0 => None,
        NapError::Unbiased if extreme => {
            let inward = 1.0 / (2.0 * m * n);
            Some(inward * (1.0 - inward) / ((m - 1.0) * (n - 1.0)))
        }
        NapError::Unbiased => {
            Some((n * q1 + m * q2 - (m + n - 1.0) * square - wins / (m * n)) / ((m - 1.0) * (n - 1.0)))
        }
    };
    NonOverlap {
        estimate,
        se: variance.map(|v| v.max(0.0).sqrt()),
        interval: newcombe(estimate, m, n, level),
    }
}

fn newcombe(estimate: f64, m: f64, n: f64, level: f64) -> (f64, f64) {
    let z = Normal::STANDARD.quantile_upper((1.0 - level) / 2.0);
    let h = (m + n) / 2.0 - 1.0;
    // Both sides divided by what vanishes at the ends, so that 0 and 1 are no false roots.
    let excess = |t: f64| {
        let gap = estimate - t;
        let spread = z * z * t * (1.0 - t) * (1.0 + h * (1.0 - t) / (2.0 - t) + h * t / (1.0 + t));
        gap * gap * m * n - spread
    };
    let limit = |end: f64| {
        // Between the end, where the excess is positive, and the estimate, where it is negative; at an
        // estimate of 0 or 1 the far limit starts just inside.
        let inner = if estimate == 0.0 {
            f64::EPSILON
        } else if estimate == 1.0 {
            1.0 - f64::EPSILON
        } else {
            estimate
        };
        let f = |t| Ok::<f64, std::convert::Infallible>(excess(t));
        let Ok(root) = brent((end, excess(end)), (inner, excess(inner)), f);
        root
    };
    let lower = if estimate == 0.0 { 0.0 } else { limit(0.0) };
    let upper = if estimate == 1.0 { 1.0 } else { limit(1.0) };
    (lower, upper)
}

fn doubled(x: NonOverlap) -> NonOverlap {
    NonOverlap {
        estimate: 2.0 * x.estimate - 1.0,
        se: x.se.map(|s| 2.0 * s),
        interval: (2.0 * x.interval.0 - 1.0, 2.0 * x.interval.1 - 1.0),
    }
}

/// Tau for non-overlap: 2·NAP − 1, −1 to 1 (Parker, Vannest, Davis & Sauber 2011,
/// doi 10.1016/j.beth.2010.08.006), with twice the standard error of NAP.
///
/// # Errors
/// A level outside (0, 1).
pub fn tau(phases: &Phases, error: NapError, level: f64) -> Result<NonOverlap, SingleCaseError> {
    Ok(doubled(nap(phases, error, level)?))
}

/// Sign of y − x.
fn sign(x: f64, y: f64) -> f64 {
    f64::from(i8::from(y > x) - i8::from(y < x))
}

/// Tau-U with baseline trend control, in the form [S_AB − S_AA] / (mn) of Parker et al. 2011.
///
/// It has no standard error and its range depends on the lengths of the phases, so that it can exceed 1
/// (Tarlow 2017, doi 10.1177/0145445516676750): prefer [`tau_bc`].
#[must_use]
pub fn tau_u(phases: &Phases) -> f64 {
    let (a, b) = phases.turned();
    let between: f64 = a.iter().map(|&x| b.iter().map(|&y| sign(x, y)).sum::<f64>()).sum();
    let within: f64 = (0..a.len()).map(|i| a[i + 1..].iter().map(|&y| sign(a[i], y)).sum::<f64>()).sum();
    (between - within) / (a.len() * b.len()) as f64
}

/// Baseline-corrected Tau (Tarlow 2017): [`tau`] after the Theil-Sen slope of phase A has been taken from both
/// phases. The correction is always made, without a prior test of trend.
///
/// Sessions are taken to be equally spaced. Values that differ by no more than rounding of the correction
/// count as tied.
///
/// # Errors
/// Fewer than two values in phase A, a level outside (0, 1).
pub fn tau_bc(phases: &Phases, error: NapError, level: f64) -> Result<NonOverlap, SingleCaseError> {
    check_values("phase A", &phases.a, 2)?;
    check_level(level)?;
    let (a, b) = phases.turned();
    let mut slopes = Vec::new();
    for i in 0..a.len() {
        for j in i + 1..a.len() {
            slopes.push((a[j] - a[i]) / (j - i) as f64);
        }
    }
    let slope = median(&mut slopes);
    let size =
        a.iter().chain(&b).fold(0.0_f64, |s, v| s.max(v.abs())) + slope.abs() * (a.len() + b.len()) as f64;
    let grid = size * 1e-12;
    let corrected: Vec<f64> = a
        .iter()
        .chain(&b)
        .enumerate()
        .map(|(t, y)| {
            let v = y - slope * t as f64;
            if grid > 0.0 { (v / grid).round() * grid } else { v }
        })
        .collect();
    let (a, b) = corrected.split_at(a.len());
    Ok(doubled(nap_of(a, b, error, level)))
}

/// Median; the slice is sorted.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n % 2 == 1 { values[n / 2] } else { 0.5 * (values[n / 2 - 1] + values[n / 2]) }
}

/// Percentage of non-overlapping data: share of phase B beyond the best value of phase A
/// (Scruggs, Mastropieri & Casto 1987, doi 10.1177/074193258700800206).
#[must_use]
pub fn pnd(phases: &Phases) -> f64 {
    let (a, b) = phases.turned();
    let best = a.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    b.iter().filter(|y| **y > best).count() as f64 / b.len() as f64
}

/// Percentage exceeding the median of phase A, ties counting half (Ma 2006, doi 10.1177/0145445504272974).
#[must_use]
pub fn pem(phases: &Phases) -> f64 {
    let (mut a, b) = phases.turned();
    let middle = median(&mut a);
    b.iter().map(|&y| 0.5 + 0.5 * sign(middle, y)).sum::<f64>() / b.len() as f64
}

/// Percentage of all non-overlapping data: the largest share of the values that can be kept so that every value
/// kept of phase B is better than every one kept of phase A (Parker, Hagan-Burke & Vannest 2007,
/// doi 10.1177/00224669070400040101).
#[must_use]
pub fn pand(phases: &Phases) -> f64 {
    let (mut a, mut b) = phases.turned();
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    // Keep the i lowest of A and all of B above the highest of them.
    let best = (0..=a.len())
        .map(|i| i + if i == 0 { b.len() } else { b.iter().filter(|y| **y > a[i - 1]).count() })
        .max()
        .unwrap_or(0);
    best as f64 / (a.len() + b.len()) as f64
}

/// Robust improvement rate difference, from PAND: [(m + n)² PAND − m² − n²] / (2mn)
/// (Parker, Vannest & Brown 2009, doi 10.1177/001440290907500201).
#[must_use]
pub fn ird(phases: &Phases) -> f64 {
    let (m, n) = (phases.a.len() as f64, phases.b.len() as f64);
    ((m + n) * (m + n) * pand(phases) - m * m - n * n) / (2.0 * m * n)
}
