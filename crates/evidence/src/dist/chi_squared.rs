//! The chi-squared distribution.

use super::incomplete_gamma::{incomplete_gamma, inverse};
use super::{DistError, Tail, positive};
use libm::exp;

/// The chi-squared distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    half_df: f64,
}

impl ChiSquared {
    /// A chi-squared distribution with `df` degrees of freedom, whole or not.
    ///
    /// # Errors
    /// If `df` is not positive and finite.
    pub fn new(df: f64) -> Result<ChiSquared, DistError> {
        Ok(ChiSquared { half_df: 0.5 * positive("df", df)? })
    }

    /// Degrees of freedom.
    pub fn df(&self) -> f64 {
        2.0 * self.half_df
    }

    /// Probability of a value at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        incomplete_gamma(self.half_df, 0.5 * x).0
    }

    /// Probability of a value above `x`.
    pub fn sf(&self, x: f64) -> f64 {
        incomplete_gamma(self.half_df, 0.5 * x).1
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        exp(self.ln_pdf(x))
    }

    /// Logarithm of the density at `x`.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        super::gamma::ln_pdf(self.half_df, 0.5 * x) - std::f64::consts::LN_2
    }

    /// The value with probability `p` below it.
    pub fn quantile(&self, p: f64) -> f64 {
        Tail::from_lower(p).map_or(f64::NAN, |tail| 2.0 * inverse(self.half_df, tail))
    }

    /// The value with probability `q` above it.
    pub fn quantile_upper(&self, q: f64) -> f64 {
        Tail::from_upper(q).map_or(f64::NAN, |tail| 2.0 * inverse(self.half_df, tail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_degrees_of_freedom_are_exponential() {
        let two = ChiSquared::new(2.0).unwrap();
        for x in [1e-9f64, 0.4, 3.0, 90.0, 700.0] {
            assert!((two.sf(x) / (-x / 2.0).exp() - 1.0).abs() < 1e-13, "{x}");
            assert!((two.cdf(x) / -(-x / 2.0).exp_m1() - 1.0).abs() < 1e-13, "{x}");
        }
    }
}
