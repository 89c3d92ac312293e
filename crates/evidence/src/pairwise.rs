//! Pairwise meta-analysis: one mean effect over studies.
//!
//! [`pool`] fits the model in one pass per trial value of tau² and without allocating; what costs more (limits,
//! p values, prediction intervals, intervals for tau²) is computed when asked for. Every result says by which
//! method it was made, because for one and the same fit there are six "95% prediction intervals" and two "I²".
//!
//! ```
//! use baihui_evidence::pairwise::{Options, pool};
//! let (y, v) = ([0.10, 0.30, 0.35, 0.65], [0.03, 0.03, 0.05, 0.01]);
//! let result = pool(&y, &v, &Options::default())?; // REML with Knapp and Hartung's test
//! let interval = result.interval(0.95);
//! assert!(interval.lower < result.estimate && result.estimate < interval.upper);
//! # Ok::<(), baihui_evidence::pairwise::PoolError>(())
//! ```

mod prediction;
mod scalar;
pub(crate) mod tau2;
mod tau2_interval;

pub use prediction::PredictionMethod;
pub use tau2::Tau2Method;
pub use tau2_interval::{Tau2Interval, Tau2IntervalMethod, tau2_interval};

use crate::dist::special::LN_SQRT_2PI;
use crate::dist::{ChiSquared, Normal, StudentT};
use scalar::Scalar;
use serde::{Deserialize, Serialize};
use tau2::{Profile, estimate, standard_error};

/// Which distribution and which standard error test the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TestMethod {
    /// Wald's test with the normal distribution.
    Wald,
    /// Wald's test with Student's t, studies minus coefficients degrees of freedom (Follmann and Proschan 1999).
    StudentT,
    /// Knapp and Hartung's standard error with Student's t (Hartung 1999; Knapp and Hartung 2003).
    KnappHartung,
    /// The same, but never narrower than Wald's standard error (the ad hoc rule of Knapp and Hartung 2003).
    KnappHartungGuarded,
    /// Kenward and Roger's standard error and degrees of freedom for REML (Partlett and Riley 2017).
    KenwardRoger,
}

impl TestMethod {
    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            TestMethod::Wald => "Wald, normal",
            TestMethod::StudentT => "Wald, t",
            TestMethod::KnappHartung => "Knapp-Hartung",
            TestMethod::KnappHartungGuarded => "Knapp-Hartung, ad hoc guard",
            TestMethod::KenwardRoger => "Kenward-Roger",
        }
    }
}

/// How to pool.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Estimator of tau².
    pub tau2: Tau2Method,
    /// Test of the mean.
    pub test: TestMethod,
}

impl Default for Options {
    /// REML with Knapp and Hartung's test.
    fn default() -> Options {
        Options { tau2: Tau2Method::Reml, test: TestMethod::KnappHartung }
    }
}

/// Why studies cannot be pooled.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PoolError {
    /// The two lists differ in length.
    #[error("there are {estimates} estimates but {variances} variances")]
    LengthMismatch {
        /// Number of estimates.
        estimates: usize,
        /// Number of variances.
        variances: usize,
    },
    /// Too few studies.
    #[error("{method} needs at least {least} studies, but there are {studies}")]
    TooFewStudies {
        /// Number of studies.
        studies: usize,
        /// What was asked for.
        method: &'static str,
        /// The smallest number that works.
        least: usize,
    },
    /// An estimate is missing or not finite.
    #[error("row {row}: the estimate is {value}, which is not a number that can be used")]
    BadEstimate {
        /// Index of the row, from 0.
        row: usize,
        /// The value given.
        value: f64,
    },
    /// A variance is missing, zero or negative.
    #[error("row {row}: the variance is {value}, and it must be positive")]
    BadVariance {
        /// Index of the row, from 0.
        row: usize,
        /// The value given.
        value: f64,
    },
    /// The level of an interval is not between 0 and 1.
    #[error("the level is {0}, and it must lie between 0 and 1")]
    BadLevel(f64),
    /// The estimator of tau² did not settle.
    #[error("the {0} estimate of tau² did not converge")]
    NoConvergence(&'static str),
    /// The two methods do not go together.
    #[error("{first} is only defined together with {second}")]
    Unsupported {
        /// What was asked for.
        first: &'static str,
        /// What it needs.
        second: &'static str,
    },
}

/// Limits with their level and the method they come from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Confidence level, for example 0.95.
    pub level: f64,
    /// Degrees of freedom of the t distribution used; `None` for the normal.
    pub df: Option<f64>,
    /// Name of the method.
    pub method: &'static str,
}

/// A pooled estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pooled {
    /// How tau² was estimated.
    pub tau2_method: Tau2Method,
    /// How the mean is tested.
    pub test: TestMethod,
    /// Number of studies.
    pub studies: usize,
    /// The mean effect, on the scale of the estimates.
    pub estimate: f64,
    /// Its standard error under `test`.
    pub se: f64,
    /// Its standard error without Knapp and Hartung's or Kenward and Roger's change.
    pub se_wald: f64,
    /// Degrees of freedom of the test; `None` for the normal distribution.
    pub df: Option<f64>,
    /// Between-study variance.
    pub tau2: f64,
    /// Its standard error; `None` for the common-effect model.
    pub tau2_se: Option<f64>,
    /// Cochran's Q: weighted squares around the common-effect mean.
    pub q: f64,
    /// Weighted squares at the estimated tau² (the generalised Q).
    pub q_generalised: f64,
    /// Typical within-study variance of Higgins and Thompson 2002.
    pub typical_variance: f64,
    /// Knapp and Hartung's factor on the variance, `q_generalised / (studies - 1)`; `None` for one study.
    pub knapp_hartung_factor: Option<f64>,
    /// Sums of the first three powers of the weights at the estimated tau².
    weight_sums: [f64; 3],
}

/// Checks the studies.
pub(crate) fn check(y: &[f64], v: &[f64]) -> Result<(), PoolError> {
    if y.len() != v.len() {
        return Err(PoolError::LengthMismatch { estimates: y.len(), variances: v.len() });
    }
    // One pass that vectorises; the search for the culprit runs only when there is one.
    let good = y.iter().zip(v).fold(true, |good, (y, v)| good & y.is_finite() & (*v > 0.0) & v.is_finite());
    if good {
        return Ok(());
    }
    if let Some(row) = y.iter().position(|y| !y.is_finite()) {
        return Err(PoolError::BadEstimate { row, value: y[row] });
    }
    let row = v.iter().position(|v| !(v.is_finite() && *v > 0.0)).unwrap_or(0);
    Err(PoolError::BadVariance { row, value: v[row] })
}

/// Pools estimates `y` with sampling variances `v`.
///
/// # Errors
/// If there are no studies, or only one and tau² or its consequences are asked for; if an estimate is not finite or
/// a variance not positive (the error names the row); if the estimator of tau² does not converge.
pub fn pool(y: &[f64], v: &[f64], options: &Options) -> Result<Pooled, PoolError> {
    check(y, v)?;
    let k = y.len();
    let common = options.tau2 == Tau2Method::CommonEffect;
    let least = if common && options.test == TestMethod::Wald { 1 } else { 2 };
    if k < least {
        let method = if common { options.test.name() } else { options.tau2.name() };
        return Err(PoolError::TooFewStudies { studies: k, method, least });
    }
    if options.test == TestMethod::KenwardRoger && options.tau2 != Tau2Method::Reml {
        return Err(PoolError::Unsupported { first: "the Kenward-Roger test", second: "REML" });
    }
    let mut model = Scalar::new(y, v);
    let at_zero = model.sums(0.0);
    let not_settled = |_| PoolError::NoConvergence(options.tau2.name());
    let tau2 =
        if k == 1 { 0.0 } else { estimate(&mut model, options.tau2, &at_zero).map_err(not_settled)? };
    let at_tau2 = model.sums(tau2);
    let tau2_se = standard_error(&mut model, options.tau2, tau2, &at_zero, &at_tau2);
    let df = k as f64 - 1.0;
    let factor = (k > 1).then(|| at_tau2.ypy / df);
    let mut pooled = Pooled {
        tau2_method: options.tau2,
        test: options.test,
        studies: k,
        estimate: model.mean,
        se: 0.0,
        se_wald: (1.0 / at_tau2.w1).sqrt(),
        df: None,
        tau2,
        tau2_se,
        q: at_zero.ypy,
        q_generalised: at_tau2.ypy,
        typical_variance: if k > 1 { df / at_zero.tr_p } else { v[0] },
        knapp_hartung_factor: factor,
        weight_sums: [at_tau2.w1, at_tau2.w2, model.w3],
    };
    (pooled.se, pooled.df) = match options.test {
        TestMethod::Wald => (pooled.se_wald, None),
        TestMethod::StudentT => (pooled.se_wald, Some(df)),
        TestMethod::KnappHartung => (pooled.se_wald * factor.unwrap_or(1.0).sqrt(), Some(df)),
        TestMethod::KnappHartungGuarded => (pooled.se_wald * factor.unwrap_or(1.0).max(1.0).sqrt(), Some(df)),
        TestMethod::KenwardRoger => {
            let (se, df) = pooled.kenward_roger();
            (se, Some(df))
        }
    };
    Ok(pooled)
}

/// The test-based interval of I² (Higgins & Thompson 2002, doi 10.1002/sim.1186); none with fewer than two degrees of
/// freedom.
pub(crate) fn i_squared_interval(q: f64, df: f64, level: f64) -> Option<(f64, f64)> {
    if df < 2.0 {
        return None;
    }
    let h = (q / df).sqrt().max(1.0);
    let se = if q > df + 1.0 {
        0.5 * (libm::log(q) - libm::log(df)) / ((2.0 * q).sqrt() - (2.0 * df - 1.0).sqrt())
    } else {
        let k = df - 1.0;
        (1.0 / (2.0 * k) * (1.0 - 1.0 / (3.0 * k * k))).sqrt()
    };
    let z = Normal::STANDARD.quantile_upper((1.0 - level) / 2.0);
    let back = |ln_h: f64| {
        let h = libm::exp(ln_h).max(1.0);
        1.0 - 1.0 / (h * h)
    };
    Some((back(libm::log(h) - z * se), back(libm::log(h) + z * se)))
}

impl Pooled {
    /// The test statistic, estimate over standard error.
    pub fn statistic(&self) -> f64 {
        self.estimate / self.se
    }

    /// Two-sided p value of the hypothesis of no mean effect.
    pub fn p_value(&self) -> f64 {
        two_sided_p(self.statistic(), self.df)
    }

    /// Confidence interval of the mean; `level` strictly between 0 and 1, NaN limits otherwise.
    pub fn interval(&self, level: f64) -> Interval {
        let margin = critical_value(level, self.df) * self.se;
        Interval {
            lower: self.estimate - margin,
            upper: self.estimate + margin,
            level,
            df: self.df,
            method: self.test.name(),
        }
    }

    /// Degrees of freedom of Q.
    pub fn q_df(&self) -> f64 {
        self.studies as f64 - 1.0
    }

    /// p value of Cochran's test of homogeneity; 1 for a single study.
    pub fn q_p_value(&self) -> f64 {
        ChiSquared::new(self.q_df()).map_or(1.0, |chi| chi.sf(self.q))
    }

    /// I² as the share of tau² in the total variance, 0 to 1 (Higgins and Thompson 2002); the definition Cochrane
    /// recommends since 2024. For the common-effect model this is the definition from Q.
    pub fn i2_from_tau2(&self) -> f64 {
        if self.tau2_method == Tau2Method::CommonEffect {
            return self.i2_from_q();
        }
        self.tau2 / (self.tau2 + self.typical_variance)
    }

    /// I² as `(Q - df)/Q`, not below 0 (Higgins and Thompson 2002).
    pub fn i2_from_q(&self) -> f64 {
        if self.q > 0.0 { ((self.q - self.q_df()) / self.q).max(0.0) } else { 0.0 }
    }

    /// Test-based interval of I² by its definition from Q (Higgins and Thompson 2002); `None` with fewer than three studies.
    pub fn i2_interval_from_q(&self, level: f64) -> Option<(f64, f64)> {
        i_squared_interval(self.q, self.q_df(), level)
    }

    /// H² from tau²: total over sampling variance. For the common-effect model this is `Q/df`.
    pub fn h2_from_tau2(&self) -> f64 {
        if self.tau2_method == Tau2Method::CommonEffect {
            return self.h2_from_q();
        }
        self.tau2 / self.typical_variance + 1.0
    }

    /// H² as `Q/df`; 1 for a single study.
    pub fn h2_from_q(&self) -> f64 {
        if self.studies > 1 { self.q / self.q_df() } else { 1.0 }
    }

    /// Standard error and degrees of freedom of Kenward and Roger (1997) for a single mean, with the expected
    /// information of tau² (Partlett and Riley 2017).
    fn kenward_roger(&self) -> (f64, f64) {
        let [w1, w2, w3] = self.weight_sums;
        let information = 0.5 * w2 - w3 / w1 + 0.5 * (w2 / w1) * (w2 / w1);
        let tau2_variance = 1.0 / information;
        let variance = 1.0 / w1 + 2.0 * tau2_variance * (w3 - w2 * w2 / w1) / (w1 * w1);
        // d(1/w1)/d tau² is w2/w1²; the adjusted variance stands in for 1/w1.
        (variance.sqrt(), 2.0 / (tau2_variance * (w2 * variance) * (w2 * variance)))
    }

    /// Weight of every study in percent, given its sampling variance.
    pub fn weights_percent(&self, v: &[f64]) -> Vec<f64> {
        v.iter().map(|v| 100.0 / ((v + self.tau2) * self.weight_sums[0])).collect()
    }
}

/// Log-likelihood at a given tau² with the mean that maximises it; `restricted` for REML's, which includes
/// `ln k / 2` so that it can be compared between parametrisations.
///
/// # Errors
/// As [`pool`].
pub fn log_likelihood(y: &[f64], v: &[f64], tau2: f64, restricted: bool) -> Result<f64, PoolError> {
    check(y, v)?;
    if y.is_empty() {
        return Err(PoolError::TooFewStudies { studies: 0, method: "a likelihood", least: 1 });
    }
    let mut model = Scalar::new(y, v);
    let sums = model.sums(tau2);
    let k = y.len() as f64;
    let ln_total: f64 = v.iter().map(|v| libm::log(v + tau2)).sum();
    let full = -k * LN_SQRT_2PI - 0.5 * (ln_total + sums.ypy);
    Ok(if restricted { full + LN_SQRT_2PI + 0.5 * (libm::log(k) - libm::log(sums.w1)) } else { full })
}

/// Akaike's and Schwarz's criteria and the corrected form of the first, of the model at its estimates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Criteria {
    /// Akaike's information criterion.
    pub aic: f64,
    /// The Bayesian information criterion.
    pub bic: f64,
    /// Akaike's criterion corrected for few studies.
    pub aicc: f64,
}

/// Criteria from a log-likelihood with `parameters` parameters and `observations` observations.
pub fn criteria(log_likelihood: f64, parameters: f64, observations: f64) -> Criteria {
    let deviance = -2.0 * log_likelihood;
    let n = observations.max(parameters + 2.0);
    Criteria {
        aic: deviance + 2.0 * parameters,
        bic: deviance + parameters * libm::log(observations),
        aicc: deviance + 2.0 * parameters * n / (n - parameters - 1.0),
    }
}

/// Two-sided p value under the normal (`None`) or Student's t distribution.
pub(crate) fn two_sided_p(statistic: f64, df: Option<f64>) -> f64 {
    match df {
        None => 2.0 * Normal::STANDARD.sf(statistic.abs()),
        Some(df) => StudentT::new(df).map_or(f64::NAN, |t| t.two_sided(statistic)),
    }
}

/// Half-width of an interval in standard errors.
pub(crate) fn critical_value(level: f64, df: Option<f64>) -> f64 {
    let q = 0.5 * (1.0 - level);
    match df {
        None => Normal::STANDARD.quantile_upper(q),
        Some(df) => StudentT::new(df).map_or(f64::NAN, |t| t.quantile_upper(q)),
    }
}
