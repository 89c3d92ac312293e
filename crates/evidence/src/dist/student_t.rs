//! Student's t distribution.

use super::incomplete_beta::{Point, incomplete_beta, inverse_lower_odds};
use super::normal::{normal_sf, normal_upper_quantile, rough_normal_upper_quantile};
use super::special::{LN_SQRT_2PI, ln_gamma, stirling_error, u_minus_log1p};
use super::{DistError, Tail};
use libm::{exp, expm1, log, log1p, pow, sqrt};

/// Student's t distribution; infinite degrees of freedom are the standard normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentT {
    df: f64,
}

/// Hill's approximation (1970, "Algorithm 396: Student's t-quantiles") of the value with upper tail `q`, good to a few
/// units in the fifth place from two degrees of freedom on; a first guess only.
fn hill(df: f64, q: f64) -> f64 {
    let p = 2.0 * q;
    let a = 1.0 / (df - 0.5);
    let b = 48.0 / (a * a);
    let mut c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * sqrt(a * std::f64::consts::FRAC_PI_2) * df;
    let power = pow(d * p, 2.0 / df);
    let square = if power > 0.05 + a {
        let x = -rough_normal_upper_quantile(q);
        let y = x * x;
        if df < 5.0 {
            c += 0.3 * (df - 4.5) * (x + 0.6);
        }
        c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
        let y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x;
        expm1(a * y * y)
    } else {
        let y = power;
        ((1.0 / (((df + 6.0) / (df * y) - 0.089 * d - 0.822) * (df + 2.0) * 3.0) + 0.5 / (df + 4.0)) * y
            - 1.0)
            * (df + 1.0)
            / (df + 2.0)
            + 1.0 / y
    };
    sqrt(df * square)
}

/// Beyond this |t| its square leaves the range of numbers; the tail is then a pure power.
const FAR: f64 = 1e150;

impl StudentT {
    /// A t distribution with `df` degrees of freedom, whole or not.
    ///
    /// # Errors
    /// If `df` is not positive. Infinity is allowed and gives the standard normal.
    pub fn new(df: f64) -> Result<StudentT, DistError> {
        if df > 0.0 {
            Ok(StudentT { df })
        } else {
            Err(DistError::NotPositive { parameter: "df", value: df })
        }
    }

    /// Degrees of freedom.
    pub fn df(&self) -> f64 {
        self.df
    }

    /// Logarithm of `B(df/2, 1/2) df/2`, the constant of the far tail.
    fn ln_tail_constant(&self) -> f64 {
        let a = 0.5 * self.df;
        ln_gamma(a + 1.0) + 0.5 * log(std::f64::consts::PI) - ln_gamma(a + 0.5)
    }

    /// Probability above `t >= 0`.
    fn upper(&self, t: f64) -> f64 {
        if t.is_nan() {
            return t;
        }
        if self.df.is_infinite() {
            return normal_sf(t);
        }
        if t > FAR * sqrt(self.df) {
            return 0.5 * exp(self.df * (0.5 * log(self.df) - log(t)) - self.ln_tail_constant());
        }
        let (a, b) = (0.5 * self.df, 0.5);
        let t2 = t * t;
        let total = self.df + t2;
        // b x - a y with x = df/(df + t^2), y = t^2/(df + t^2).
        let deviation = a * ((1.0 - t) * (1.0 + t)) / total;
        let point = Point { x: self.df / total, y: t * (t / total), deviation };
        0.5 * incomplete_beta(a, b, point).0
    }

    /// Probability of a value at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        if x <= 0.0 { self.upper(-x) } else { 1.0 - self.upper(x) }
    }

    /// Probability of a value above `x`.
    pub fn sf(&self, x: f64) -> f64 {
        if x >= 0.0 { self.upper(x) } else { 1.0 - self.upper(-x) }
    }

    /// Probability of a value at least as far from zero as `x`: the two-sided p value.
    pub fn two_sided(&self, x: f64) -> f64 {
        2.0 * self.upper(x.abs())
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        exp(self.ln_pdf(x))
    }

    /// Logarithm of the density at `x`.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        let n = self.df;
        if n.is_infinite() {
            return -0.5 * x * x - LN_SQRT_2PI;
        }
        let ln_1p_square = if x.abs() > FAR * sqrt(n) {
            2.0 * (log(x.abs()) - 0.5 * log(n))
        } else {
            let r = x / sqrt(n);
            // The quotient of squares is exact enough and cheaper when nothing can overflow.
            if n > 1e-100 && x.abs() < 1e100 { log1p(x * x / n) } else { log1p(r * r) }
        };
        stirling_error(0.5 * (n + 1.0))
            - stirling_error(0.5 * n)
            - 0.5 * n * u_minus_log1p(1.0 / n)
            - LN_SQRT_2PI
            - 0.5 * (n + 1.0) * ln_1p_square
    }

    /// The value with probability `p` below it.
    pub fn quantile(&self, p: f64) -> f64 {
        match Tail::from_lower(p) {
            None => f64::NAN,
            Some(Tail::Lower(p)) => -self.upper_quantile(p),
            Some(Tail::Upper(q)) => self.upper_quantile(q),
        }
    }

    /// The value with probability `q` above it.
    pub fn quantile_upper(&self, q: f64) -> f64 {
        match Tail::from_upper(q) {
            None => f64::NAN,
            Some(Tail::Lower(p)) => -self.upper_quantile(p),
            Some(Tail::Upper(q)) => self.upper_quantile(q),
        }
    }

    /// Hill's guess made exact by Halley's method on the tail; `None` where it does not settle at once.
    fn polished(&self, q: f64) -> Option<f64> {
        let n = self.df;
        let mut t = hill(n, q);
        for _ in 0..6 {
            if !(t > 0.0 && t < 1e100) {
                return None;
            }
            let density = self.pdf(t);
            let newton = (self.upper(t) - q) / density;
            // The derivative of the density is -(n + 1) t / (n + t²) of it.
            let step = newton / (1.0 - 0.5 * newton * (n + 1.0) * t / (n + t * t));
            t += step;
            if step.abs() < 2e-6 * t {
                // The error is cubed by each step: the next is below rounding.
                return Some(t);
            }
        }
        None
    }

    /// `t >= 0` with upper tail `q <= 0.5`.
    fn upper_quantile(&self, q: f64) -> f64 {
        if q == 0.0 {
            return f64::INFINITY;
        }
        if self.df.is_infinite() {
            return normal_upper_quantile(q);
        }
        if self.df >= 2.0
            && q > 1e-100
            && q < 0.45
            && let Some(t) = self.polished(q)
        {
            return t;
        }
        if q > 0.25 {
            // Near the centre the distance of q from one half decides.
            return sqrt(self.df * inverse_lower_odds(0.5, 0.5 * self.df, 1.0 - 2.0 * q));
        }
        let ln_far = 0.5 * log(self.df) - (log(2.0 * q) + self.ln_tail_constant()) / self.df;
        if ln_far > log(FAR) {
            return exp(ln_far);
        }
        sqrt(self.df / inverse_lower_odds(0.5 * self.df, 0.5, 2.0 * q))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_two_degrees_of_freedom_have_closed_forms() {
        let cauchy = StudentT::new(1.0).unwrap();
        let two = StudentT::new(2.0).unwrap();
        for p in [1e-12f64, 0.01, 0.3, 0.499, 0.75, 0.999] {
            let want = -(1.0 / (std::f64::consts::PI * p).tan());
            assert!((cauchy.quantile(p) / want - 1.0).abs() < 1e-12, "{p}");
            let want = (2.0 * p - 1.0) / (2.0 * p * (1.0 - p)).sqrt();
            assert!((two.quantile(p) / want - 1.0).abs() < 1e-12, "{p}");
        }
    }
}
