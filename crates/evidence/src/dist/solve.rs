//! Newton's method on the logarithm of a tail, kept inside a bracket.

use libm::{exp, log, sqrt};

/// Finds `x > 0` where the tail equals `target`.
///
/// `tail(x)` returns the tail probability at `x` and its derivative with respect to `ln x` (negative for an
/// upper tail). The tail must be monotone in `x`; `x0` is any positive first guess. The steps are taken in
/// `ln x` on `ln(tail)`, which is nearly straight in both tails of the gamma and beta families.
pub(crate) fn solve_tail(x0: f64, target: f64, increasing: bool, tail: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut lo, mut hi) = (0.0f64, f64::INFINITY);
    let mut x = x0.clamp(1e-307, 1e307);
    let ln_target = log(target);
    for _ in 0..400 {
        let (value, slope) = tail(x);
        // Near the solution the difference of the values is more exact than the difference of the logarithms.
        let excess = if (value - target).abs() < 0.1 * target {
            libm::log1p((value - target) / target)
        } else {
            log(value) - ln_target
        };
        if excess == 0.0 {
            return x;
        }
        if (excess > 0.0) == increasing {
            hi = hi.min(x);
        } else {
            lo = lo.max(x);
        }
        let step = -excess * value / slope;
        let next = x * exp(step);
        if step.is_finite() && (next > lo) && (next < hi) {
            if step.abs() < 1e-10 {
                return next;
            }
            x = next;
            continue;
        }
        if step.is_finite() && step.abs() < 4e-16 {
            return x;
        }
        // Outside the bracket (or the tail underflowed): bisect on the logarithm.
        let previous = x;
        x = match (lo > 0.0, hi.is_finite()) {
            (true, true) => sqrt(lo) * sqrt(hi),
            (true, false) => lo * 1e4,
            (false, true) => hi * 1e-4,
            (false, false) => x,
        };
        if x == 0.0 || x.is_infinite() {
            return x;
        }
        if (x - previous).abs() <= f64::EPSILON * x || hi <= lo * (1.0 + 2.0 * f64::EPSILON) {
            return x;
        }
    }
    x
}
