//! The normal distribution.

use super::special::{INV_SQRT_2PI, LN_SQRT_2PI};
use super::{DistError, Tail, finite, positive};
use libm::{erf, erfc, exp, fma, log, log1p, sqrt};

/// The normal distribution with a mean and a standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normal {
    mean: f64,
    sd: f64,
}

/// Upper tail of the standard normal.
pub(crate) fn normal_sf(x: f64) -> f64 {
    // x / sqrt 2 as a rounded number and its remainder: the tail is so steep that the remainder shows.
    const INV_SQRT_2_REST: f64 = -4.833_646_656_726_457e-17;
    let z = x * std::f64::consts::FRAC_1_SQRT_2;
    let rest = fma(x, std::f64::consts::FRAC_1_SQRT_2, -z) + x * INV_SQRT_2_REST;
    let value = 0.5 * erfc(z);
    if value == 0.0 || !value.is_normal() {
        return value;
    }
    // erfc(z + rest) = erfc(z) - 2/sqrt(pi) exp(-z^2) rest
    value - std::f64::consts::FRAC_2_SQRT_PI * 0.5 * exp(-z * z) * rest
}

/// `z` with upper tail `q`, for `0 < q <= 0.5`.
pub(crate) fn normal_upper_quantile(q: f64) -> f64 {
    if q > 0.4 {
        // Near the centre the distance of q from one half decides: solve erf(w) = 1 - 2q, z = sqrt(2) w.
        let c = 1.0 - 2.0 * q;
        let mut w = c * (1.0 / std::f64::consts::FRAC_2_SQRT_PI);
        for _ in 0..4 {
            let error = (erf(w) - c) / (std::f64::consts::FRAC_2_SQRT_PI * exp(-w * w));
            // Halley: the second derivative of erf is -2w times the first.
            w -= error / (1.0 + w * error);
        }
        return w * std::f64::consts::SQRT_2;
    }
    // First guess from the asymptotic form of the tail, then Newton on ln(tail), which is almost a parabola.
    let ln_q = log(q);
    let s = -2.0 * (ln_q + LN_SQRT_2PI);
    let mut z = if s > 4.0 { sqrt(s - log(s)) } else { 1.0 };
    for _ in 0..60 {
        let tail = normal_sf(z);
        let ratio = (tail - q) / q;
        let excess = if ratio.abs() < 0.1 { log1p(ratio) } else { log(tail) - ln_q };
        // The inverse Mills ratio is minus the slope of ln(tail).
        let mills = exp(-0.5 * z * z) * INV_SQRT_2PI / tail;
        let newton = excess / mills;
        // Halley's correction; the second derivative of ln(tail) is -mills (mills - z).
        let step = newton / (1.0 + 0.5 * newton * (mills - z));
        z += step;
        if step.abs() < 1e-6 * z.abs().max(1e-3) {
            // Cubic convergence: the next error is below rounding.
            break;
        }
    }
    z
}

/// `z` with upper tail `q` in (0, 0.5] to about seven digits, by the rational functions of Wichura (1988, algorithm AS 241,
/// PPND7); the start of exact methods.
pub(crate) fn rough_normal_upper_quantile(q: f64) -> f64 {
    let c = 0.5 - q;
    if c <= 0.425 {
        let r = 0.180_625 - c * c;
        return c * (((59.109_374_720 * r + 159.291_132_02) * r + 50.434_271_938) * r + 3.387_132_717_9)
            / (((67.187_563_600 * r + 78.757_757_664) * r + 17.895_169_469) * r + 1.0);
    }
    let r = sqrt(-log(q));
    if r <= 5.0 {
        let r = r - 1.6;
        return (((0.170_238_211_03 * r + 1.306_728_481_6) * r + 2.756_815_390_0) * r + 1.423_437_277_7)
            / ((0.120_211_329_75 * r + 0.737_001_642_50) * r + 1.0);
    }
    let r = r - 5.0;
    (((0.017_337_203_997 * r + 0.428_682_943_37) * r + 3.081_226_386_0) * r + 6.657_905_115_0)
        / ((0.012_258_202_635 * r + 0.241_978_942_25) * r + 1.0)
}

impl Normal {
    /// Mean 0, standard deviation 1.
    pub const STANDARD: Normal = Normal { mean: 0.0, sd: 1.0 };

    /// A normal distribution.
    ///
    /// # Errors
    /// If the mean is not finite or the standard deviation is not positive.
    pub fn new(mean: f64, sd: f64) -> Result<Normal, DistError> {
        Ok(Normal { mean: finite("the mean", mean)?, sd: positive("the standard deviation", sd)? })
    }

    fn standardised(&self, x: f64) -> f64 {
        (x - self.mean) / self.sd
    }

    /// Probability of a value at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        normal_sf(-self.standardised(x))
    }

    /// Probability of a value above `x`.
    pub fn sf(&self, x: f64) -> f64 {
        normal_sf(self.standardised(x))
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        let z = self.standardised(x);
        // z^2 split in two so that its rounding does not grow in the exponent.
        let square = z * z;
        let rest = fma(z, z, -square);
        exp(-0.5 * square) * (1.0 - 0.5 * if rest.is_finite() { rest } else { 0.0 }) * INV_SQRT_2PI / self.sd
    }

    /// Logarithm of the density at `x`.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        let z = self.standardised(x);
        -0.5 * z * z - LN_SQRT_2PI - log(self.sd)
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
        let z = match tail {
            None => return f64::NAN,
            Some(Tail::Lower(0.0)) => f64::NEG_INFINITY,
            Some(Tail::Upper(0.0)) => f64::INFINITY,
            Some(Tail::Lower(p)) => -normal_upper_quantile(p),
            Some(Tail::Upper(q)) => normal_upper_quantile(q),
        };
        self.mean + self.sd * z
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rough_quantile_has_six_digits() {
        for i in 1..400 {
            let q = 0.5 * libm::exp(-0.5 * f64::from(i));
            let (rough, exact) = (rough_normal_upper_quantile(q), normal_upper_quantile(q));
            assert!((rough - exact).abs() < 1e-6 * exact.max(0.1), "{q:e}: {rough} {exact}");
        }
    }
}
