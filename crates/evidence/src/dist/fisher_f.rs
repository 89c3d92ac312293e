//! The F distribution.

use super::incomplete_beta::{Point, incomplete_beta, inverse_lower_odds, ln_kernel};
use super::{ChiSquared, DistError, Tail, positive};
use libm::{exp, log};

/// The F distribution; infinite denominator degrees of freedom give chi-squared divided by its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FisherF {
    df1: f64,
    df2: f64,
}

impl FisherF {
    /// An F distribution with `df1` numerator and `df2` denominator degrees of freedom.
    ///
    /// # Errors
    /// If `df1` is not positive and finite, or `df2` is not positive (infinity is allowed).
    pub fn new(df1: f64, df2: f64) -> Result<FisherF, DistError> {
        let df1 = positive("the numerator df", df1)?;
        if df2 > 0.0 {
            Ok(FisherF { df1, df2 })
        } else {
            Err(DistError::NotPositive { parameter: "the denominator df", value: df2 })
        }
    }

    fn limit(&self) -> Option<ChiSquared> {
        if self.df2.is_infinite() { ChiSquared::new(self.df1).ok() } else { None }
    }

    /// The point of the beta distribution, with odds `df1 x / df2`.
    fn point(&self, x: f64) -> Point {
        let (s, total) = (self.df1 * x, self.df1 * x + self.df2);
        if total.is_infinite() {
            return Point::from_odds(0.5 * self.df1, 0.5 * self.df2, x / self.df2 * self.df1);
        }
        let deviation = 0.5 * self.df1 * (x - 1.0) * (self.df2 / total);
        Point { x: s / total, y: self.df2 / total, deviation }
    }

    fn tails(&self, x: f64) -> (f64, f64) {
        if x.is_nan() {
            return (x, x);
        }
        if x <= 0.0 {
            return (0.0, 1.0);
        }
        if x.is_infinite() {
            return (1.0, 0.0);
        }
        if let Some(chi) = self.limit() {
            return (chi.cdf(x * self.df1), chi.sf(x * self.df1));
        }
        incomplete_beta(0.5 * self.df1, 0.5 * self.df2, self.point(x))
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
        if let Some(chi) = self.limit() {
            return chi.ln_pdf(x * self.df1) + log(self.df1);
        }
        if x < 0.0 || x.is_infinite() {
            return f64::NEG_INFINITY;
        }
        if x == 0.0 {
            return if self.df1 < 2.0 {
                f64::INFINITY
            } else if self.df1 == 2.0 {
                0.0
            } else {
                f64::NEG_INFINITY
            };
        }
        // d I / d ln(odds) is the kernel, and ln(odds) = ln x + constant.
        ln_kernel(0.5 * self.df1, 0.5 * self.df2, self.point(x)) - log(x)
    }

    /// The value with probability `p` below it.
    pub fn quantile(&self, p: f64) -> f64 {
        if let Some(chi) = self.limit() {
            return chi.quantile(p) / self.df1;
        }
        self.at(Tail::from_lower(p))
    }

    /// The value with probability `q` above it.
    pub fn quantile_upper(&self, q: f64) -> f64 {
        if let Some(chi) = self.limit() {
            return chi.quantile_upper(q) / self.df1;
        }
        self.at(Tail::from_upper(q))
    }

    fn at(&self, tail: Option<Tail>) -> f64 {
        let (a, b) = (0.5 * self.df1, 0.5 * self.df2);
        match tail {
            None => f64::NAN,
            Some(Tail::Lower(p)) => inverse_lower_odds(a, b, p) * self.df2 / self.df1,
            Some(Tail::Upper(q)) => self.df2 / self.df1 / inverse_lower_odds(b, a, q),
        }
    }
}
