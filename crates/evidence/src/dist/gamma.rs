//! The gamma distribution.

use super::incomplete_gamma::{incomplete_gamma, inverse, ln_kernel};
use super::{DistError, Tail, positive};
use libm::{exp, log};

/// The gamma distribution with a shape and a scale (mean = shape x scale).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gamma {
    shape: f64,
    scale: f64,
}

impl Gamma {
    /// A gamma distribution.
    ///
    /// # Errors
    /// If shape or scale is not positive and finite.
    pub fn new(shape: f64, scale: f64) -> Result<Gamma, DistError> {
        Ok(Gamma { shape: positive("the shape", shape)?, scale: positive("the scale", scale)? })
    }

    /// Probability of a value at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        incomplete_gamma(self.shape, x / self.scale).0
    }

    /// Probability of a value above `x`.
    pub fn sf(&self, x: f64) -> f64 {
        incomplete_gamma(self.shape, x / self.scale).1
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        exp(self.ln_pdf(x))
    }

    /// Logarithm of the density at `x`.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        ln_pdf(self.shape, x / self.scale) - log(self.scale)
    }

    /// The value with probability `p` below it.
    pub fn quantile(&self, p: f64) -> f64 {
        Tail::from_lower(p).map_or(f64::NAN, |tail| self.scale * inverse(self.shape, tail))
    }

    /// The value with probability `q` above it.
    pub fn quantile_upper(&self, q: f64) -> f64 {
        Tail::from_upper(q).map_or(f64::NAN, |tail| self.scale * inverse(self.shape, tail))
    }
}

/// Logarithm of the density of the gamma distribution of scale 1.
pub(super) fn ln_pdf(shape: f64, x: f64) -> f64 {
    if x < 0.0 {
        f64::NEG_INFINITY
    } else if x == 0.0 {
        // The limit of (shape - 1) ln x.
        if shape < 1.0 {
            f64::INFINITY
        } else if shape == 1.0 {
            0.0
        } else {
            f64::NEG_INFINITY
        }
    } else if x.is_infinite() {
        f64::NEG_INFINITY
    } else {
        ln_kernel(shape, x) + log(shape) - log(x)
    }
}
