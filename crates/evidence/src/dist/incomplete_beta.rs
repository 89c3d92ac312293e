//! Regularised incomplete beta function.
//!
//! The argument is carried as the pair `(x, 1 - x)` together with the deviation `b x - a (1 - x)` from the mean,
//! because callers (Student's t, F) know both more exactly than `x` alone could tell. Small `b x` use the power
//! series, all else the continued fraction of Didonato and Morris (1992, "Algorithm 708", the even part of
//! NIST Digital Library of Mathematical Functions 8.17.22), scaled by the density in Loader's form.

use super::normal::normal_upper_quantile;
use super::solve::solve_tail;
use super::special::{INV_SQRT_2PI, LN_SQRT_2PI, deviance, ln_gamma, stirling_error};
use libm::{exp, log, log1p, sqrt};

const MAX_TERMS: usize = 2_000_000;

/// A point of the unit interval.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    /// The point.
    pub(crate) x: f64,
    /// `1 - x`.
    pub(crate) y: f64,
    /// `b x - a y`: how far the point is from the mean `a/(a+b)`, times `a + b`.
    pub(crate) deviation: f64,
}

impl Point {
    /// From `x` alone.
    pub(crate) fn from_x(a: f64, b: f64, x: f64) -> Point {
        let y = 1.0 - x;
        // What rounding took from y.
        let lost = (1.0 - y) - x;
        Point { x, y, deviation: libm::fma(b, x, -a * y) - a * lost }
    }

    /// From the odds `x / (1 - x)`.
    pub(crate) fn from_odds(a: f64, b: f64, odds: f64) -> Point {
        let y = 1.0 / (1.0 + odds);
        let x = if odds > 1.0 { 1.0 / (1.0 + 1.0 / odds) } else { odds * y };
        let deviation = if odds > 1.0 { (b - a / odds) * x } else { libm::fma(b, odds, -a) * y };
        Point { x, y, deviation }
    }

    fn mirrored(self) -> Point {
        Point { x: self.y, y: self.x, deviation: -self.deviation }
    }
}

/// `ln(x^a y^b / B(a, b))`.
pub(crate) fn ln_kernel(a: f64, b: f64, point: Point) -> f64 {
    let n = a + b;
    stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, n * point.x, point.deviation)
        - deviance(b, n * point.y, -point.deviation)
        - LN_SQRT_2PI
        + 0.5 * (log(a) + log(b / n))
}

/// `x^a y^b / B(a, b)`.
pub(crate) fn kernel(a: f64, b: f64, point: Point) -> f64 {
    let n = a + b;
    let exponent = stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, n * point.x, point.deviation)
        - deviance(b, n * point.y, -point.deviation);
    exp(exponent) * INV_SQRT_2PI * sqrt(a) * sqrt(b / n)
}

/// `I_x(a, b)` by its power series, for `x` not close to 1 and either `b x` up to about 1 or `b <= 1`.
fn lower_series(a: f64, b: f64, point: Point, kernel: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 0.0, 0.0);
    for _ in 0..MAX_TERMS {
        n += 1.0;
        term *= (n - b) / n * point.x;
        let add = term / (a + n);
        sum += add;
        if add.abs() < (1.0 / a + sum).abs() * 1e-17 {
            break;
        }
    }
    // The kernel holds y^b, the series wants x^a only.
    let ln_y = if point.x < 0.5 { log1p(-point.x) } else { log(point.y) };
    kernel * exp(-b * ln_y) * (1.0 / a + sum)
}

/// `I_x(a, b)` by the continued fraction, for `x` not above the mean.
fn lower_fraction(a: f64, b: f64, point: Point, kernel: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let x = point.x;
    let lambda = 1.0 - point.deviation;
    let mut f = a * lambda / (a + 1.0);
    if f == 0.0 {
        f = TINY;
    }
    let (mut c, mut d) = (f, 0.0);
    let mut n = 0.0;
    for _ in 0..MAX_TERMS {
        n += 1.0;
        let s = a + 2.0 * n - 1.0;
        let rise = n * (b - n) * x / s;
        let numerator = (a + n - 1.0) * (a + b + n - 1.0) * x / s * rise;
        let denominator = n + rise + (a + n) * (lambda + n * (1.0 + point.y)) / (s + 2.0);
        d = denominator + numerator * d;
        if d == 0.0 {
            d = TINY;
        }
        d = 1.0 / d;
        c = denominator + numerator / c;
        if c == 0.0 {
            c = TINY;
        }
        let ratio = c * d;
        f *= ratio;
        if (ratio - 1.0).abs() < 1e-16 {
            break;
        }
    }
    kernel / f
}

/// `I_x(a, b)` for a point not above the mean.
fn below_mean(a: f64, b: f64, point: Point) -> f64 {
    let kernel = kernel(a, b, point);
    if kernel == 0.0 {
        return 0.0;
    }
    if point.x <= 0.8 && (b * point.x <= 0.8 || b <= 1.0) {
        lower_series(a, b, point, kernel)
    } else {
        lower_fraction(a, b, point, kernel)
    }
}

/// `(I_x(a, b), 1 - I_x(a, b))`, each accurate where it is the smaller.
pub(crate) fn incomplete_beta(a: f64, b: f64, point: Point) -> (f64, f64) {
    if point.x.is_nan() || point.y.is_nan() {
        return (f64::NAN, f64::NAN);
    }
    if point.x <= 0.0 {
        return (0.0, 1.0);
    }
    if point.y <= 0.0 {
        return (1.0, 0.0);
    }
    if point.deviation <= 0.0 {
        let p = below_mean(a, b, point);
        (p, (1.0 - p).max(0.0))
    } else {
        let q = below_mean(b, a, point.mirrored());
        ((1.0 - q).max(0.0), q)
    }
}

/// The odds `x / (1 - x)` with `I_x(a, b) = p`, for `p <= 0.5`.
pub(crate) fn inverse_lower_odds(a: f64, b: f64, p: f64) -> f64 {
    if p == 0.0 {
        return 0.0;
    }
    let ln_power = (log(p) + ln_gamma(a + 1.0) + ln_gamma(b) - ln_gamma(a + b)) / a;
    if ln_power < -745.0 {
        return 0.0;
    }
    let mut guess = if ln_power < -0.7 {
        let x = exp(ln_power);
        x / (1.0 - x)
    } else {
        a / b
    };
    if a > 1.0 && b > 1.0 && ln_power > -30.0 {
        // Abramowitz and Stegun 26.5.22.
        let z = normal_upper_quantile(p);
        let (u, v) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
        let h = 2.0 / (u + v);
        let l = (z * z - 3.0) / 6.0;
        let w = z * sqrt(h + l) / h - (v - u) * (l + 5.0 / 6.0 - 2.0 / (3.0 * h));
        let odds = a / b * exp(-2.0 * w);
        if odds.is_finite() && odds > 0.0 {
            guess = odds;
        }
    }
    solve_tail(guess, p, true, |odds| {
        let point = Point::from_odds(a, b, odds);
        // d I / d ln(odds) is the kernel.
        (incomplete_beta(a, b, point).0, kernel(a, b, point))
    })
}
