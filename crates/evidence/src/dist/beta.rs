//! The beta distribution.

use super::incomplete_beta::{Point, incomplete_beta, inverse_lower_odds, ln_kernel};
use super::{DistError, Tail, positive};
use libm::{exp, log};

/// The beta distribution with density proportional to `x^(a-1) (1-x)^(b-1)` on `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beta {
    a: f64,
    b: f64,
}

impl Beta {
    /// A beta distribution.
    ///
    /// # Errors
    /// If a shape parameter is not positive and finite.
    pub fn new(a: f64, b: f64) -> Result<Beta, DistError> {
        Ok(Beta { a: positive("the first shape", a)?, b: positive("the second shape", b)? })
    }

    fn tails(&self, x: f64) -> (f64, f64) {
        if x.is_nan() {
            (x, x)
        } else {
            incomplete_beta(self.a, self.b, Point::from_x(self.a, self.b, x.clamp(0.0, 1.0)))
        }
    }

    /// Probability of a value at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        self.tails(x).0
    }

    /// Probability of a value above `x`.
    pub fn sf(&self, x: f64) -> f64 {
        self.tails(x).1
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        exp(self.ln_pdf(x))
    }

    /// Logarithm of the density at `x`.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        if !(0.0..=1.0).contains(&x) {
            return if x.is_nan() { x } else { f64::NEG_INFINITY };
        }
        let edge = if x == 0.0 {
            Some((self.a, self.b))
        } else if x == 1.0 {
            Some((self.b, self.a))
        } else {
            None
        };
        if let Some((near, far)) = edge {
            // At an end only the exponent of that end decides; with exponent 0 the density is 1/B(1, far).
            return if near < 1.0 {
                f64::INFINITY
            } else if near == 1.0 {
                log(far)
            } else {
                f64::NEG_INFINITY
            };
        }
        let point = Point::from_x(self.a, self.b, x);
        ln_kernel(self.a, self.b, point) - log(point.x) - log(point.y)
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
        match tail {
            None => f64::NAN,
            Some(Tail::Lower(p)) => {
                let odds = inverse_lower_odds(self.a, self.b, p);
                if odds > 1.0 { 1.0 / (1.0 + 1.0 / odds) } else { odds / (1.0 + odds) }
            }
            Some(Tail::Upper(q)) => 1.0 / (1.0 + inverse_lower_odds(self.b, self.a, q)),
        }
    }
}
