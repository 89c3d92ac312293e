//! The noncentral t distribution.
//!
//! Tails and density are integrals over the logarithm of the chi-distributed denominator. The integrand is
//! positive, analytic and falls off fast at both ends, so the trapezoidal rule converges geometrically and both
//! tails keep their relative accuracy, where the usual series of incomplete beta functions loses one of them.

use super::normal::normal_sf;
use super::special::{INV_SQRT_2PI, LN_SQRT_2PI, stirling_error, u_minus_log1p};
use super::{DistError, StudentT, Tail, finite, positive};
use libm::{exp, expm1, fabs, log, sqrt};

/// The distribution of `(Z + noncentrality) / sqrt(V / df)`, Z standard normal, V chi-squared with `df`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoncentralT {
    df: f64,
    noncentrality: f64,
}

/// Logarithm of the upper tail of the standard normal.
fn ln_normal_sf(x: f64) -> f64 {
    if x < 30.0 {
        return log(normal_sf(x));
    }
    // Asymptotic series of the Mills ratio; only used to find where the integrand peaks.
    -0.5 * x * x - LN_SQRT_2PI - log(x) - 1.0 / (x * x)
}

/// What multiplies the density of the denominator under the integral.
#[derive(Clone, Copy)]
enum Factor {
    Lower,
    Upper,
    Density,
}

impl NoncentralT {
    /// A noncentral t distribution.
    ///
    /// # Errors
    /// If `df` is not positive and finite or the noncentrality is not finite.
    pub fn new(df: f64, noncentrality: f64) -> Result<NoncentralT, DistError> {
        Ok(NoncentralT {
            df: positive("df", df)?,
            noncentrality: finite("the noncentrality", noncentrality)?,
        })
    }

    fn integrate(&self, t: f64, factor: Factor) -> f64 {
        let (a, delta) = (0.5 * self.df, self.noncentrality);
        // Density of u = ln sqrt(V/df): 2 a^a e^(2au - a e^(2u)) / Gamma(a).
        let constant = 2.0 * sqrt(a) * INV_SQRT_2PI * exp(-stirling_error(a));
        let exponent = |u: f64| {
            let w = expm1(2.0 * u);
            -a * if fabs(u) < 0.2 { u_minus_log1p(w) } else { w - 2.0 * u }
        };
        let z = |u: f64| t * exp(u) - delta;
        let ln_value = |u: f64| {
            exponent(u)
                + match factor {
                    Factor::Lower => ln_normal_sf(-z(u)),
                    Factor::Upper => ln_normal_sf(z(u)),
                    Factor::Density => u - 0.5 * z(u) * z(u),
                }
        };
        // Golden section for the peak; e^(2au) bounds the left end, e^(-a e^(2u)) the right.
        let (mut lo, mut hi) = (-760.0 / a, 0.5 * libm::log1p(800.0 / a) + 1.0);
        let golden = 0.5 * (sqrt(5.0) - 1.0);
        let (mut x1, mut x2) = (hi - golden * (hi - lo), lo + golden * (hi - lo));
        let (mut f1, mut f2) = (ln_value(x1), ln_value(x2));
        for _ in 0..90 {
            if f1 > f2 {
                (hi, x2, f2) = (x2, x1, f1);
                x1 = hi - golden * (hi - lo);
                f1 = ln_value(x1);
            } else {
                (lo, x1, f1) = (x1, x2, f2);
                x2 = lo + golden * (hi - lo);
                f2 = ln_value(x2);
            }
        }
        let peak = 0.5 * (lo + hi);
        let width = 1.0 / sqrt(2.0 * self.df);
        let step = (0.25 * width).min(0.08).min(0.5 / (1.0 + fabs(delta)));
        let value = |u: f64| {
            exp(exponent(u))
                * match factor {
                    Factor::Lower => normal_sf(-z(u)),
                    Factor::Upper => normal_sf(z(u)),
                    Factor::Density => INV_SQRT_2PI * exp(u - 0.5 * z(u) * z(u)),
                }
        };
        let mut sum = value(peak);
        for direction in [-1.0, 1.0] {
            let mut n = 1.0;
            loop {
                let term = value(peak + direction * n * step);
                sum += term;
                if term <= sum * 1e-19 || n > 4e6 {
                    break;
                }
                n += 1.0;
            }
        }
        constant * sum * step
    }

    /// Probability of a value at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        self.tail(x, Factor::Lower)
    }

    /// Probability of a value above `x`.
    pub fn sf(&self, x: f64) -> f64 {
        self.tail(x, Factor::Upper)
    }

    fn tail(&self, x: f64, factor: Factor) -> f64 {
        if x.is_nan() {
            return x;
        }
        if x.is_infinite() {
            return f64::from((x > 0.0) == matches!(factor, Factor::Lower));
        }
        self.integrate(x, factor).min(1.0)
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        if x.is_infinite() { 0.0 } else { self.integrate(x, Factor::Density) }
    }

    /// Logarithm of the density at `x`.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        log(self.pdf(x))
    }

    /// The value with probability `p` below it.
    pub fn quantile(&self, p: f64) -> f64 {
        self.at(Tail::from_lower(p))
    }

    /// The value with probability `q` above it.
    pub fn quantile_upper(&self, q: f64) -> f64 {
        self.at(Tail::from_upper(q))
    }

    fn at(&self, tail: Option<Tail>) -> f64 {
        let (target, factor, sign) = match tail {
            None => return f64::NAN,
            Some(Tail::Lower(0.0)) => return f64::NEG_INFINITY,
            Some(Tail::Upper(0.0)) => return f64::INFINITY,
            Some(Tail::Lower(p)) => (p, Factor::Lower, 1.0),
            Some(Tail::Upper(q)) => (q, Factor::Upper, -1.0),
        };
        let central = match (StudentT::new(self.df), factor) {
            (Ok(t), Factor::Lower) => t.quantile(target),
            (Ok(t), _) => t.quantile_upper(target),
            (Err(_), _) => 0.0,
        };
        let mut t = self.noncentrality + central;
        let (mut lo, mut hi) = (f64::NEG_INFINITY, f64::INFINITY);
        for _ in 0..300 {
            let value = self.tail(t, factor);
            let excess = if fabs(value - target) < 0.1 * target {
                libm::log1p((value - target) / target)
            } else {
                log(value / target)
            };
            if excess == 0.0 {
                return t;
            }
            if excess * sign > 0.0 {
                hi = hi.min(t);
            } else {
                lo = lo.max(t);
            }
            let slope = sign * self.pdf(t) / value;
            let next = t - excess / slope;
            if next.is_finite() && next > lo && next < hi {
                let done = fabs(next - t) <= 1e-9 * fabs(next);
                t = next;
                if done {
                    return t;
                }
                continue;
            }
            let span = 1.0 + fabs(t);
            let before = t;
            t = match (lo.is_finite(), hi.is_finite()) {
                (true, true) => 0.5 * (lo + hi),
                (true, false) => lo + span,
                (false, true) => hi - span,
                (false, false) => return f64::NAN,
            };
            if fabs(t - before) <= f64::EPSILON * fabs(t) {
                return t;
            }
        }
        t
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_noncentrality_it_is_student() {
        for df in [0.5, 3.0, 47.5] {
            let (a, b) = (NoncentralT::new(df, 0.0).unwrap(), StudentT::new(df).unwrap());
            for x in [-8.0, -0.3, 0.9, 4.0] {
                assert!((a.cdf(x) / b.cdf(x) - 1.0).abs() < 1e-12, "{df} {x}");
                assert!((a.sf(x) / b.sf(x) - 1.0).abs() < 1e-12, "{df} {x}");
                assert!((a.pdf(x) / b.pdf(x) - 1.0).abs() < 1e-12, "{df} {x}");
            }
        }
    }
}
