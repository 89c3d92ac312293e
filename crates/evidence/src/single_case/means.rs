//! Change of level between two phases.

use super::error::{SingleCaseError, check_level, check_values};
use super::overlap::{Improvement, Phases, median};
use crate::dist::Normal;

/// An effect with standard error and normal confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The estimate; positive is improvement.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Confidence limits, normal.
    pub interval: (f64, f64),
}

impl Effect {
    fn new(estimate: f64, variance: f64, level: f64) -> Self {
        let se = variance.max(0.0).sqrt();
        let half = Normal::STANDARD.quantile_upper((1.0 - level) / 2.0) * se;
        Self { estimate, se, interval: (estimate - half, estimate + half) }
    }
}

struct Moments {
    n: f64,
    mean: f64,
    variance: f64,
}

fn moments(field: &str, x: &[f64]) -> Result<Moments, SingleCaseError> {
    check_values(field, x, 2)?;
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    Ok(Moments { n, mean, variance })
}

fn both(phases: &Phases, level: f64) -> Result<(Moments, Moments), SingleCaseError> {
    check_level(level)?;
    Ok((moments("phase A", phases.a())?, moments("phase B", phases.b())?))
}

fn sign(phases: &Phases) -> f64 {
    phases.improvement().sign()
}

/// Within-case standardised mean difference in units of the standard deviation of phase A, with small-sample
/// correction J = 1 − 3/(4(m − 1) − 1) (Gingerich 1984; Busk & Serlin 1992):
/// g = J(B̄ − Ā)/s_A, Var = J²[1/m + s_B²/(n s_A²) + g²/(2(m − 1))].
///
/// # Errors
/// Fewer than three values in A or two in B, no spread in A, a level outside (0, 1).
pub fn smd(phases: &Phases, level: f64) -> Result<Effect, SingleCaseError> {
    let (a, b) = both(phases, level)?;
    check_values("phase A", phases.a(), 3)?;
    if a.variance == 0.0 {
        return Err(SingleCaseError::NoSpread { field: "phase A".into() });
    }
    let j = 1.0 - 3.0 / (4.0 * (a.n - 1.0) - 1.0);
    let g = sign(phases) * j * (b.mean - a.mean) / a.variance.sqrt();
    let variance = j * j * (1.0 / a.n + b.variance / (b.n * a.variance) + g * g / (2.0 * (a.n - 1.0)));
    Ok(Effect::new(g, variance, level))
}

fn positive(field: &str, x: &[f64]) -> Result<(), SingleCaseError> {
    match x.iter().position(|v| *v < 0.0) {
        Some(i) => Err(SingleCaseError::Value {
            field: field.into(),
            row: i + 1,
            value: x[i],
            problem: "is negative, so that ratios have no meaning",
        }),
        None => Ok(()),
    }
}

fn above_zero(field: &str, value: f64) -> Result<(), SingleCaseError> {
    if value > 0.0 {
        Ok(())
    } else {
        Err(SingleCaseError::Value {
            field: field.into(),
            row: 1,
            value,
            problem: "is the centre of the phase and must be above zero for a ratio",
        })
    }
}

/// Log response ratio with bias correction (Pustejovsky 2018, doi 10.1016/j.jsp.2018.02.003):
/// ln(B̄/Ā) + s_B²/(2n B̄²) − s_A²/(2m Ā²), Var = s_A²/(m Ā²) + s_B²/(n B̄²); positive is improvement.
///
/// # Errors
/// Fewer than two values in a phase, negative values, a mean of zero, a level outside (0, 1).
pub fn log_response_ratio(phases: &Phases, level: f64) -> Result<Effect, SingleCaseError> {
    positive("phase A", phases.a())?;
    positive("phase B", phases.b())?;
    let (a, b) = both(phases, level)?;
    above_zero("mean of phase A", a.mean)?;
    above_zero("mean of phase B", b.mean)?;
    let (va, vb) = (a.variance / (a.n * a.mean * a.mean), b.variance / (b.n * b.mean * b.mean));
    let estimate = libm::log(b.mean / a.mean) + vb / 2.0 - va / 2.0;
    Ok(Effect::new(sign(phases) * estimate, va + vb, level))
}

/// Log ratio of medians (Bonett & Price 2020, doi 10.3102/1076998620934125). The variance of each log median
/// comes from its order statistics: [(ln x₍ₙ₋c₊₁₎ − ln x₍c₎)/(2z)]² with c = ⌊(n + 1)/2 − √n⌋, at least 1,
/// and z the normal quantile that leaves P(Bin(n, ½) < c) above it.
///
/// # Errors
/// Fewer than two values in a phase, values that are not above zero, a level outside (0, 1).
pub fn log_ratio_of_medians(phases: &Phases, level: f64) -> Result<Effect, SingleCaseError> {
    check_level(level)?;
    let part = |field: &str, x: &[f64]| {
        check_values(field, x, 2)?;
        for (i, &v) in x.iter().enumerate() {
            if v <= 0.0 {
                return Err(SingleCaseError::Value {
                    field: field.into(),
                    row: i + 1,
                    value: v,
                    problem: "must be above zero for a logarithm",
                });
            }
        }
        let mut sorted = x.to_vec();
        let middle = median(&mut sorted);
        let n = sorted.len();
        let c = (((n + 1) as f64 / 2.0 - (n as f64).sqrt()).floor().max(1.0)) as usize;
        // P(Bin(n, 1/2) < c), built up from n ln 2.
        let mut term = libm::exp(-(n as f64) * std::f64::consts::LN_2);
        let mut tail = 0.0;
        for i in 0..c {
            tail += term;
            term *= (n - i) as f64 / (i + 1) as f64;
        }
        let z = Normal::STANDARD.quantile_upper(tail);
        let width = libm::log(sorted[n - c]) - libm::log(sorted[c - 1]);
        Ok((libm::log(middle), (width / (2.0 * z)) * (width / (2.0 * z))))
    };
    let (a, va) = part("phase A", phases.a())?;
    let (b, vb) = part("phase B", phases.b())?;
    Ok(Effect::new(sign(phases) * (b - a), va + vb, level))
}

/// Scale of the values of a log odds ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddsScale {
    /// Percentages, 0 to 100.
    Percentage,
    /// Proportions, 0 to 1.
    Proportion,
}

/// Log odds ratio of mean proportions with bias correction (Pustejovsky 2015, doi 10.1037/met0000019): with p the
/// mean proportion of a phase, s² its variance and v = s²/(n p²(1 − p)²), each phase has the log odds
/// ln[p/(1 − p)] + v(1 − 2p)/2; the estimate is B minus A and Var = v_A + v_B.
///
/// # Errors
/// Fewer than two values in a phase, values off the scale, a mean at its end, a level outside (0, 1).
pub fn log_odds_ratio(phases: &Phases, scale: OddsScale, level: f64) -> Result<Effect, SingleCaseError> {
    let unit = match scale {
        OddsScale::Percentage => 100.0,
        OddsScale::Proportion => 1.0,
    };
    for (field, x) in [("phase A", phases.a()), ("phase B", phases.b())] {
        if let Some(i) = x.iter().position(|v| *v < 0.0 || *v > unit) {
            return Err(SingleCaseError::Value {
                field: field.into(),
                row: i + 1,
                value: x[i],
                problem: "is off the scale of the proportion",
            });
        }
    }
    let (a, b) = both(phases, level)?;
    let part = |field: &str, m: Moments| {
        let p = m.mean / unit;
        above_zero(field, p)?;
        above_zero(field, 1.0 - p)?;
        let spread = m.variance / (unit * unit) / (m.n * p * p * (1.0 - p) * (1.0 - p));
        // E ln(p/(1-p)) is off by half its second derivative, -(1 - 2p)/(p(1-p))^2, times the variance.
        Ok((libm::log(p / (1.0 - p)) + spread * (1.0 - 2.0 * p) / 2.0, spread))
    };
    let (la, va) = part("mean of phase A", a)?;
    let (lb, vb) = part("mean of phase B", b)?;
    Ok(Effect::new(sign(phases) * (lb - la), va + vb, level))
}

/// Percent of goal obtained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoalEffect {
    /// The effect, in percent, with the delta-method standard error.
    pub effect: Effect,
    /// The standard error by the approximation for ratios of independent quantities (Dunlap & Silver 1986), the
    /// value that SingleCaseES 0.7.4 reports. Numerator and denominator share the mean of phase A and are not
    /// independent: where improvement is expected it is too large.
    pub se_without_covariance: f64,
}

/// Percent of goal obtained (Ferron, Goldstein, Olszewski & Rohrer 2020):
/// PoGO = 100 (B̄ − Ā)/(γ − Ā) for a goal γ. Delta method, with p = PoGO/100:
/// Var = 100² [s_A²(1 − p)²/m + s_B²/n]/(γ − Ā)².
///
/// # Errors
/// Fewer than two values in a phase, a goal that is not beyond the mean of phase A in the direction of
/// improvement, a level outside (0, 1).
pub fn percent_of_goal(phases: &Phases, goal: f64, level: f64) -> Result<GoalEffect, SingleCaseError> {
    let (a, b) = both(phases, level)?;
    let distance = goal - a.mean;
    let ahead = match phases.improvement() {
        Improvement::Increase => distance > 0.0,
        Improvement::Decrease => distance < 0.0,
    };
    if !(ahead && goal.is_finite()) {
        return Err(SingleCaseError::Parameter {
            name: "goal",
            value: goal,
            problem: "must lie beyond the mean of phase A in the direction of improvement",
        });
    }
    let p = (b.mean - a.mean) / distance;
    let (va, vb) = (a.variance / a.n, b.variance / b.n);
    let unit = 1e4 / (distance * distance);
    let effect = Effect::new(100.0 * p, unit * (va * (1.0 - p) * (1.0 - p) + vb), level);
    Ok(GoalEffect { effect, se_without_covariance: (unit * (va * (1.0 + p * p) + vb)).sqrt() })
}
