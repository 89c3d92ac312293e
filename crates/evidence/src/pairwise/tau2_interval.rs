//! Confidence intervals for the between-study variance.

use super::scalar::Scalar;
use super::tau2::{Profile, solve_q};
use super::{Options, PoolError, Tau2Method, TestMethod, check, pool};
use crate::dist::ChiSquared;
use serde::{Deserialize, Serialize};

/// How the limits of tau² are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tau2IntervalMethod {
    /// Q-profile: tau² at which the generalised Q meets its chi-squared quantiles (Viechtbauer 2007).
    QProfile,
    /// Profile of the likelihood (Hardy and Thompson 1996).
    ProfileLikelihood,
    /// Profile of the restricted likelihood.
    ProfileRestrictedLikelihood,
}

impl Tau2IntervalMethod {
    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Tau2IntervalMethod::QProfile => "Q-profile",
            Tau2IntervalMethod::ProfileLikelihood => "profile likelihood",
            Tau2IntervalMethod::ProfileRestrictedLikelihood => "profile restricted likelihood",
        }
    }
}

/// Limits of tau² with what follows from them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tau2Interval {
    /// Lower limit of tau².
    pub lower: f64,
    /// Upper limit of tau².
    pub upper: f64,
    /// Confidence level.
    pub level: f64,
    /// Name of the method.
    pub method: &'static str,
    /// The typical within-study variance that turns tau² into I² and H².
    pub typical_variance: f64,
}

impl Tau2Interval {
    /// Limits of I² (0 to 1), from those of tau².
    pub fn i2(&self) -> (f64, f64) {
        let share = |tau2: f64| tau2 / (tau2 + self.typical_variance);
        (share(self.lower), share(self.upper))
    }

    /// Limits of H², from those of tau².
    pub fn h2(&self) -> (f64, f64) {
        (self.lower / self.typical_variance + 1.0, self.upper / self.typical_variance + 1.0)
    }
}

/// Confidence interval of tau².
///
/// # Errors
/// With fewer than two studies, for bad rows or a level outside (0, 1), or without convergence.
pub fn tau2_interval(
    y: &[f64],
    v: &[f64],
    method: Tau2IntervalMethod,
    level: f64,
) -> Result<Tau2Interval, PoolError> {
    check(y, v)?;
    if y.len() < 2 {
        return Err(PoolError::TooFewStudies { studies: y.len(), method: method.name(), least: 2 });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(PoolError::BadLevel(level));
    }
    let mut model = Scalar::new(y, v);
    let at_zero = model.sums(0.0);
    let df = y.len() as f64 - 1.0;
    let no_convergence = PoolError::NoConvergence(method.name());
    let (lower, upper) = match method {
        Tau2IntervalMethod::QProfile => {
            let chi = ChiSquared::new(df).map_err(|_| no_convergence)?;
            let tail = 0.5 * (1.0 - level);
            let mut at = |target| solve_q(&mut model, &at_zero, target).map_err(|_| no_convergence);
            (at(chi.quantile_upper(tail))?, at(chi.quantile(tail))?)
        }
        Tau2IntervalMethod::ProfileLikelihood | Tau2IntervalMethod::ProfileRestrictedLikelihood => {
            let restricted = method == Tau2IntervalMethod::ProfileRestrictedLikelihood;
            let tau2 = if restricted { Tau2Method::Reml } else { Tau2Method::MaximumLikelihood };
            let peak = pool(y, v, &Options { tau2, test: TestMethod::Wald })?.tau2;
            let drop = ChiSquared::new(1.0).map_err(|_| no_convergence)?.quantile(level);
            profile_limits(&mut model, v, peak, drop, restricted, df / at_zero.tr_p).ok_or(no_convergence)?
        }
    };
    Ok(Tau2Interval { lower, upper, level, method: method.name(), typical_variance: df / at_zero.tr_p })
}

/// Where twice the log-likelihood has dropped by `drop` from its peak.
fn profile_limits(
    model: &mut Scalar<'_>,
    v: &[f64],
    peak: f64,
    drop: f64,
    restricted: bool,
    scale: f64,
) -> Option<(f64, f64)> {
    // Deviance and its derivative, both without constants.
    let mut deviance = |tau2: f64| {
        let s = model.sums(tau2);
        let ln_total: f64 = v.iter().map(|v| libm::log(v + tau2)).sum();
        if restricted {
            (ln_total + s.ypy + libm::log(s.w1), s.tr_p - s.yppy)
        } else {
            (ln_total + s.ypy, s.w1 - s.yppy)
        }
    };
    let target = deviance(peak).0 + drop;
    let lower = if peak == 0.0 || deviance(0.0).0 <= target {
        0.0
    } else {
        crossing(&mut deviance, target, peak, 0.0)?
    };
    let mut far = peak + scale;
    let mut tries = 0;
    while deviance(far).0 <= target {
        far = peak + 2.0 * (far - peak);
        tries += 1;
        if tries > 200 {
            return None;
        }
    }
    Some((lower, crossing(&mut deviance, target, peak, far)?))
}

/// Solves `f(x) = target` between `inside` (below the target) and `outside` (above it): Newton inside a bracket.
fn crossing(
    f: &mut impl FnMut(f64) -> (f64, f64),
    target: f64,
    mut inside: f64,
    mut outside: f64,
) -> Option<f64> {
    let mut x = 0.5 * (inside + outside);
    for _ in 0..300 {
        let (value, slope) = f(x);
        if value <= target {
            inside = x;
        } else {
            outside = x;
        }
        let mut next = x - (value - target) / slope;
        if !(next > inside.min(outside) && next < inside.max(outside)) {
            next = 0.5 * (inside + outside);
        }
        if (next - x).abs() <= 1e-15 * x.abs() || next == x {
            return Some(next);
        }
        x = next;
    }
    // Rounding may keep the last digits from settling; the bracket tells whether that is all.
    ((outside - inside).abs() <= 1e-10 * x.abs()).then_some(x)
}
