//! Regularised incomplete gamma functions P(a, x) and Q(a, x).
//!
//! Power series below the mean and Legendre's continued fraction above it (NIST Digital Library of Mathematical
//! Functions 8.11.4 and 8.9.2), scaled by the gamma density in Loader's form. Both need about `6 sqrt(a)` terms
//! near the mean, which stays below a millisecond for the shapes a meta-analysis meets.

use super::Tail;
use super::normal::normal_upper_quantile;
use super::solve::solve_tail;
use super::special::{INV_SQRT_2PI, deviance, ln_gamma, stirling_error};
use libm::{exp, log, sqrt};

const MAX_TERMS: usize = 2_000_000;

/// `x^a e^(-x) / Gamma(a+1)`.
pub(crate) fn kernel(a: f64, x: f64) -> f64 {
    exp(-deviance(a, x, x - a) - stirling_error(a)) * INV_SQRT_2PI / sqrt(a)
}

/// `ln` of [`kernel`], finite where the kernel underflows.
pub(crate) fn ln_kernel(a: f64, x: f64) -> f64 {
    -deviance(a, x, x - a) - stirling_error(a) - super::special::LN_SQRT_2PI - 0.5 * log(a)
}

/// P by its series of positive terms, given the kernel.
fn lower_series(a: f64, x: f64, kernel: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, a);
    for _ in 0..MAX_TERMS {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    kernel * sum
}

/// Q by Legendre's continued fraction (modified Lentz evaluation), given the kernel.
fn upper_fraction(a: f64, x: f64, kernel: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = (x - a) + 1.0;
    let mut f = if b == 0.0 { TINY } else { b };
    let (mut c, mut d) = (f, 0.0);
    let mut n = 0.0;
    for _ in 0..MAX_TERMS {
        n += 1.0;
        let numerator = -n * (n - a);
        b += 2.0;
        d = b + numerator * d;
        if d == 0.0 {
            d = TINY;
        }
        d = 1.0 / d;
        c = b + numerator / c;
        if c == 0.0 {
            c = TINY;
        }
        let ratio = c * d;
        f *= ratio;
        if (ratio - 1.0).abs() < 1e-16 {
            break;
        }
    }
    kernel * a / f
}

/// `(P(a, x), Q(a, x))` for `a > 0`.
pub(crate) fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    if x.is_nan() {
        return (f64::NAN, f64::NAN);
    }
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x.is_infinite() {
        return (1.0, 0.0);
    }
    let kernel = kernel(a, x);
    if x < a + 1.0 {
        let p = lower_series(a, x, kernel);
        if p > 0.9 && x > 0.2 {
            let q = upper_fraction(a, x, kernel);
            return (1.0 - q, q);
        }
        (p, (1.0 - p).max(0.0))
    } else {
        let q = upper_fraction(a, x, kernel);
        (1.0 - q, q)
    }
}

/// The `x` with `P(a, x) = p` or `Q(a, x) = q`.
pub(crate) fn inverse(a: f64, tail: Tail) -> f64 {
    // Wilson and Hilferty's cube root as a first guess, or the power law that holds for small x.
    let wilson_hilferty = |z: f64| {
        let c = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * sqrt(a));
        if c > 0.0 { a * c * c * c } else { 0.0 }
    };
    match tail {
        Tail::Lower(p) => {
            if p == 0.0 {
                return 0.0;
            }
            let power = exp((log(p) + ln_gamma(a + 1.0)) / a);
            if power == 0.0 {
                return 0.0;
            }
            let normal = wilson_hilferty(-normal_upper_quantile(p));
            let guess = if a > 1.0 && normal > 0.3 * a { normal } else { power };
            solve_tail(guess, p, true, |x| (incomplete_gamma(a, x).0, a * kernel(a, x)))
        }
        Tail::Upper(q) => {
            if q == 0.0 {
                return f64::INFINITY;
            }
            let guess = wilson_hilferty(normal_upper_quantile(q)).max(1e-3 * a);
            solve_tail(guess, q, false, |x| (incomplete_gamma(a, x).1, -a * kernel(a, x)))
        }
    }
}
