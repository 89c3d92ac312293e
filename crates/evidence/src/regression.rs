//! Meta-regression: effects that depend on moderators, with a between-study variance.
//!
//! The design is made orthogonal once (QR), so that moderators of very different size (a year, a share) lose no
//! digits, and every trial value of tau² costs one pass over the studies instead of a matrix of studies by studies.
//! Tests of coefficients: Wald, t, and Knapp and Hartung 2003. Also here: omnibus tests of several coefficients,
//! R², prediction at new moderator values, variance inflation, permutation tests ([`permutation_test`]) and
//! subgroups ([`subgroups`]).

mod model;
mod permutation;
mod subgroups;

pub use permutation::{PermutationTest, permutation_test};
pub use subgroups::{Subgroup, Subgroups, subgroups};

use crate::dist::{ChiSquared, FisherF};
use crate::linalg::Matrix;
use crate::pairwise::tau2::{estimate, standard_error};
use crate::pairwise::{
    Interval, Options, PoolError, Tau2Method, TestMethod, critical_value, pool, two_sided_p,
};
use model::Design;
use serde::Serialize;

/// Why a meta-regression cannot be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegressionError {
    /// Something is wrong with the studies themselves.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// A moderator has another length than the studies.
    #[error("the moderator {term} has {values} values, but there are {studies} studies")]
    LengthMismatch {
        /// Name of the moderator.
        term: String,
        /// Values of the moderator.
        values: usize,
        /// Number of studies.
        studies: usize,
    },
    /// A moderator is missing or not finite.
    #[error("row {row}: the moderator {term} is {value}, which is not a number that can be used")]
    BadModerator {
        /// Index of the row, from 0.
        row: usize,
        /// Name of the moderator.
        term: String,
        /// The value given.
        value: f64,
    },
    /// A moderator can be computed from those before it.
    #[error(
        "the moderator {term} is a combination of the terms before it (or constant), so it has no coefficient"
    )]
    Dependent {
        /// Name of the moderator.
        term: String,
    },
    /// Not enough studies for the coefficients.
    #[error("{coefficients} coefficients need at least {least} studies, but there are {studies}", least = coefficients + 1)]
    TooFewStudies {
        /// Number of studies.
        studies: usize,
        /// Number of coefficients.
        coefficients: usize,
    },
    /// An exact permutation test would have to try too many orders.
    #[error(
        "an exact permutation test can try all orders of at most {most} studies, but there are {studies}"
    )]
    TooManyStudies {
        /// Number of studies.
        studies: usize,
        /// The largest number that works.
        most: usize,
    },
    /// A coefficient index does not exist, or the list is empty.
    #[error("no such coefficients: {0:?}")]
    NoSuchCoefficients(Vec<usize>),
}

/// A moderator: one number per study. Categories enter as one 0/1 moderator for each level but the first
/// ([`dummies`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Moderator {
    /// Name.
    pub name: String,
    /// One value per study.
    pub values: Vec<f64>,
}

impl Moderator {
    /// A moderator with a name.
    pub fn new(name: &str, values: Vec<f64>) -> Moderator {
        Moderator { name: name.to_owned(), values }
    }
}

/// 0/1 moderators for every level of a category but the first in sorted order, which is the reference.
pub fn dummies(name: &str, levels: &[String]) -> Vec<Moderator> {
    let mut distinct: Vec<&String> = levels.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
        .into_iter()
        .skip(1)
        .map(|level| Moderator {
            name: format!("{name}={level}"),
            values: levels.iter().map(|l| f64::from(u8::from(l == level))).collect(),
        })
        .collect()
}

/// One coefficient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coefficient {
    /// Name of the term.
    pub term: String,
    /// Estimate.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Degrees of freedom of its test; `None` for the normal distribution.
    pub df: Option<f64>,
}

impl Coefficient {
    /// Estimate over standard error.
    pub fn statistic(&self) -> f64 {
        self.estimate / self.se
    }

    /// Two-sided p value.
    pub fn p_value(&self) -> f64 {
        two_sided_p(self.statistic(), self.df)
    }

    /// Confidence interval.
    pub fn interval(&self, level: f64, method: &'static str) -> Interval {
        let margin = critical_value(level, self.df) * self.se;
        Interval { lower: self.estimate - margin, upper: self.estimate + margin, level, df: self.df, method }
    }
}

/// A joint test of several coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct JointTest {
    /// Chi-squared statistic, or F where `denominator_df` is given.
    pub statistic: f64,
    /// Number of coefficients tested.
    pub df: f64,
    /// Denominator degrees of freedom of the F test; `None` for the chi-squared test.
    pub denominator_df: Option<f64>,
    /// p value.
    pub p_value: f64,
}

/// A fitted meta-regression.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Regression {
    /// How tau² was estimated and coefficients are tested.
    pub tau2_method: Tau2Method,
    /// How coefficients are tested.
    pub test: TestMethod,
    /// Number of studies.
    pub studies: usize,
    /// The coefficients, in the order of the terms.
    pub coefficients: Vec<Coefficient>,
    /// Their covariance matrix (with Knapp and Hartung's factor where it applies).
    pub covariance: Matrix,
    /// Residual between-study variance.
    pub tau2: f64,
    /// Its standard error; `None` for the common-effect model.
    pub tau2_se: Option<f64>,
    /// Residual heterogeneity: weighted squares around the common-effect regression.
    pub q_residual: f64,
    /// Degrees of freedom of the residual heterogeneity.
    pub q_df: f64,
    /// Typical within-study variance.
    pub typical_variance: f64,
    /// Weighted residual squares at the estimated tau², over `q_df`.
    pub knapp_hartung_factor: f64,
    /// Share of the between-study variance (common effect: of the heterogeneity) that the moderators explain, 0 to
    /// 1; `None` without moderators or if there is nothing to explain.
    pub r2: Option<f64>,
    /// Whether the first term is the intercept.
    pub intercept: bool,
    /// Log-likelihood at the estimates.
    pub log_likelihood: f64,
    /// Restricted log-likelihood at the estimates.
    pub restricted_log_likelihood: f64,
}

/// Fits a meta-regression of estimates `y` with sampling variances `v` on moderators.
///
/// # Errors
/// As [`pool`]; and if a moderator is not finite, has another length, or depends on those before it, or if there
/// are not more studies than coefficients. Kenward and Roger's test is not defined here.
pub fn fit(
    y: &[f64],
    v: &[f64],
    moderators: &[Moderator],
    intercept: bool,
    options: &Options,
) -> Result<Regression, RegressionError> {
    let terms = check(y, v, moderators, intercept)?;
    if options.test == TestMethod::KenwardRoger {
        return Err(
            PoolError::Unsupported { first: "the Kenward-Roger test", second: "a single mean" }.into()
        );
    }
    let mut design = Design::new(y, v, moderators, intercept).map_err(|column| {
        RegressionError::Dependent { term: terms.get(column).cloned().unwrap_or_default() }
    })?;
    let mut regression = solve(&mut design, terms, intercept, options)?;
    let moderated = regression.coefficients.len() > usize::from(intercept);
    regression.r2 = if intercept && moderated {
        let plain = pool(y, v, &Options { tau2: options.tau2, test: TestMethod::Wald })?;
        if options.tau2 == Tau2Method::CommonEffect {
            // Without tau² the explained share is that of the residual dispersion, Q over its df.
            let all = plain.q / plain.q_df();
            (all > 0.0).then(|| (1.0 - regression.q_residual / regression.q_df / all).max(0.0))
        } else {
            (plain.tau2 > 0.0).then(|| ((plain.tau2 - regression.tau2) / plain.tau2).max(0.0))
        }
    } else {
        None
    };
    Ok(regression)
}

/// Checks everything and names the terms.
fn check(
    y: &[f64],
    v: &[f64],
    moderators: &[Moderator],
    intercept: bool,
) -> Result<Vec<String>, RegressionError> {
    crate::pairwise::check(y, v)?;
    for moderator in moderators {
        let term = moderator.name.clone();
        if moderator.values.len() != y.len() {
            return Err(RegressionError::LengthMismatch {
                term,
                values: moderator.values.len(),
                studies: y.len(),
            });
        }
        if let Some(row) = moderator.values.iter().position(|x| !x.is_finite()) {
            return Err(RegressionError::BadModerator { row, term, value: moderator.values[row] });
        }
    }
    let coefficients = moderators.len() + usize::from(intercept);
    if coefficients == 0 || y.len() <= coefficients {
        return Err(RegressionError::TooFewStudies { studies: y.len(), coefficients });
    }
    let names = moderators.iter().map(|m| m.name.clone());
    Ok(if intercept {
        std::iter::once("intercept".to_owned()).chain(names).collect()
    } else {
        names.collect()
    })
}

/// The fit on a prepared design.
fn solve(
    design: &mut Design<'_>,
    terms: Vec<String>,
    intercept: bool,
    options: &Options,
) -> Result<Regression, RegressionError> {
    use crate::pairwise::tau2::Profile;
    let at_zero = design.sums(0.0);
    let tau2 = estimate(design, options.tau2, &at_zero)
        .map_err(|_| PoolError::NoConvergence(options.tau2.name()))?;
    let at_tau2 = design.sums(tau2);
    let tau2_se = standard_error(design, options.tau2, tau2, &at_zero, &at_tau2);
    // The standard error may have used other weights: restore those of the estimate.
    design.sums(tau2);
    let q_df = design.studies() - design.coefficients();
    let factor = at_tau2.ypy / q_df;
    let scale = match options.test {
        TestMethod::KnappHartung => factor,
        TestMethod::KnappHartungGuarded => factor.max(1.0),
        _ => 1.0,
    };
    let df = (options.test != TestMethod::Wald).then_some(q_df);
    let (estimates, mut covariance) = design.coefficients_and_covariance();
    for i in 0..terms.len() {
        for j in 0..terms.len() {
            covariance.set(i, j, covariance.get(i, j) * scale);
        }
    }
    let (log_likelihood, restricted_log_likelihood) = design.log_likelihoods(tau2, at_tau2.ypy);
    let coefficients = terms
        .into_iter()
        .zip(estimates)
        .enumerate()
        .map(|(i, (term, estimate))| Coefficient { term, estimate, se: covariance.get(i, i).sqrt(), df })
        .collect();
    Ok(Regression {
        tau2_method: options.tau2,
        test: options.test,
        studies: design.studies() as usize,
        coefficients,
        covariance,
        tau2,
        tau2_se,
        q_residual: at_zero.ypy,
        q_df,
        typical_variance: q_df / at_zero.tr_p,
        knapp_hartung_factor: factor,
        r2: None,
        intercept,
        log_likelihood,
        restricted_log_likelihood,
    })
}

impl Regression {
    /// p value of the test of residual heterogeneity.
    pub fn q_p_value(&self) -> f64 {
        ChiSquared::new(self.q_df).map_or(f64::NAN, |chi| chi.sf(self.q_residual))
    }

    /// Residual I² from tau² (0 to 1); from Q for the common-effect model.
    pub fn i2(&self) -> f64 {
        if self.tau2_method == Tau2Method::CommonEffect {
            ((self.q_residual - self.q_df) / self.q_residual).max(0.0)
        } else {
            self.tau2 / (self.tau2 + self.typical_variance)
        }
    }

    /// Residual H² from tau²; from Q for the common-effect model.
    pub fn h2(&self) -> f64 {
        if self.tau2_method == Tau2Method::CommonEffect {
            self.q_residual / self.q_df
        } else {
            self.tau2 / self.typical_variance + 1.0
        }
    }

    /// Joint test of the coefficients with these indices; all but the intercept with [`Regression::omnibus`].
    ///
    /// # Errors
    /// If the list is empty or an index does not exist.
    pub fn joint_test(&self, indices: &[usize]) -> Result<JointTest, RegressionError> {
        let wrong = || RegressionError::NoSuchCoefficients(indices.to_vec());
        let m = indices.len();
        if m == 0 || indices.iter().any(|i| *i >= self.coefficients.len()) {
            return Err(wrong());
        }
        let mut block = Matrix::zeros(m, m);
        for (i, a) in indices.iter().enumerate() {
            for (j, b) in indices.iter().enumerate() {
                // On the scale of the standard errors, so that units do not spoil the inversion.
                let scale = self.coefficients[*a].se * self.coefficients[*b].se;
                block.set(i, j, self.covariance.get(*a, *b) / scale);
            }
        }
        let z: Vec<f64> = indices.iter().map(|i| self.coefficients[*i].statistic()).collect();
        let (inverse, _) = block.spd_inverse().ok_or_else(wrong)?;
        let form = crate::linalg::dot(&z, &inverse.times_vector(&z));
        let df = m as f64;
        Ok(if self.test == TestMethod::Wald {
            let p_value = ChiSquared::new(df).map_or(f64::NAN, |chi| chi.sf(form));
            JointTest { statistic: form, df, denominator_df: None, p_value }
        } else {
            let p_value = FisherF::new(df, self.q_df).map_or(f64::NAN, |f| f.sf(form / df));
            JointTest { statistic: form / df, df, denominator_df: Some(self.q_df), p_value }
        })
    }

    /// Joint test of all coefficients but the intercept.
    ///
    /// # Errors
    /// If there are no moderators.
    pub fn omnibus(&self) -> Result<JointTest, RegressionError> {
        let indices: Vec<usize> = (usize::from(self.intercept)..self.coefficients.len()).collect();
        self.joint_test(&indices)
    }

    /// Mean effect and its standard error at new values of the moderators (without the intercept's 1).
    ///
    /// # Errors
    /// If the number of values is not the number of moderators.
    pub fn predict(&self, values: &[f64]) -> Result<Coefficient, RegressionError> {
        let mut x = if self.intercept { vec![1.0] } else { Vec::new() };
        x.extend_from_slice(values);
        if x.len() != self.coefficients.len() {
            return Err(RegressionError::NoSuchCoefficients((0..x.len()).collect()));
        }
        let estimate = x.iter().zip(&self.coefficients).map(|(x, c)| x * c.estimate).sum();
        let variance = crate::linalg::dot(&x, &self.covariance.times_vector(&x));
        let df = self.coefficients[0].df;
        Ok(Coefficient { term: "prediction".to_owned(), estimate, se: variance.sqrt(), df })
    }

    /// Where the true effect of a new study with these moderator values may lie: `sqrt(tau² + se²)` with the
    /// distribution of the test.
    ///
    /// # Errors
    /// As [`Regression::predict`].
    pub fn prediction_interval(&self, values: &[f64], level: f64) -> Result<Interval, RegressionError> {
        let mean = self.predict(values)?;
        let margin = critical_value(level, mean.df) * (mean.se * mean.se + self.tau2).sqrt();
        let method = match self.test {
            TestMethod::Wald => "normal",
            TestMethod::StudentT => "t, k-p df",
            _ => "Knapp-Hartung, k-p df",
        };
        Ok(Interval {
            lower: mean.estimate - margin,
            upper: mean.estimate + margin,
            level,
            df: mean.df,
            method,
        })
    }

    /// Variance inflation factor of every coefficient but the intercept: its variance over what it would be if the
    /// coefficients were uncorrelated.
    pub fn variance_inflation(&self) -> Vec<f64> {
        let first = usize::from(self.intercept);
        let m = self.coefficients.len() - first;
        let mut correlation = Matrix::zeros(m, m);
        for i in 0..m {
            for j in 0..m {
                let scale = self.coefficients[first + i].se * self.coefficients[first + j].se;
                correlation.set(i, j, self.covariance.get(first + i, first + j) / scale);
            }
        }
        // The inverse of a correlation matrix has the same diagonal as that of its inverse's correlation matrix.
        correlation
            .spd_inverse()
            .map_or_else(|| vec![f64::NAN; m], |(inverse, _)| (0..m).map(|i| inverse.get(i, i)).collect())
    }
}
