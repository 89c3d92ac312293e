//! Linear mixed models: several patients together, each with a course of their own.
//!
//! y_i = X_i β + Z_i b_i + e, b_i ~ N(0, G), e ~ N(0, σ² I) (Laird & Ware 1982, doi 10.2307/2529876), by maximum or
//! restricted maximum likelihood. A simplex search finds the maximum, Fisher scoring in the variances takes it
//! to the last digits. Degrees of freedom after Satterthwaite (Fai & Cornelius 1996) and Kenward & Roger (1997,
//! doi 10.2307/2533558).

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};

use super::error::{SingleCaseError, check_level, check_values};
use crate::dist::StudentT;

mod likelihood;
mod simplex;

use likelihood::{Groups, Variances};

/// A named column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name, for the results and messages.
    pub name: String,
    /// One value per row.
    pub values: Vec<f64>,
}

/// What is known of the covariance G of the random effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RandomCovariance {
    /// All variances and covariances are free.
    Unstructured,
    /// The random effects are independent.
    Diagonal,
}

/// Which likelihood is maximised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MixedMethod {
    /// Restricted maximum likelihood.
    Reml,
    /// Maximum likelihood.
    Ml,
}

/// A mixed model with one grouping factor, usually the patient.
#[derive(Debug, Clone, PartialEq)]
pub struct MixedModel {
    /// The outcome.
    pub y: Vec<f64>,
    /// Fixed effects, with the intercept as a column of ones.
    pub fixed: Vec<Column>,
    /// Random effects within groups.
    pub random: Vec<Column>,
    /// Group of each row.
    pub group: Vec<String>,
    /// Covariance of the random effects.
    pub covariance: RandomCovariance,
    /// Likelihood.
    pub method: MixedMethod,
}

/// One fixed effect.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedEffect {
    /// Name of the column.
    pub name: String,
    /// Estimate.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Degrees of freedom after Satterthwaite.
    pub df_satterthwaite: f64,
    /// Two-sided p with them.
    pub p_satterthwaite: f64,
    /// Standard error after Kenward and Roger.
    pub se_kenward_roger: f64,
    /// Degrees of freedom after Kenward and Roger.
    pub df_kenward_roger: f64,
    /// Two-sided p with them.
    pub p_kenward_roger: f64,
}

/// Result of a mixed model.
#[derive(Debug, Clone, PartialEq)]
pub struct MixedFit {
    /// Fixed effects.
    pub fixed: Vec<FixedEffect>,
    /// Covariance matrix of the estimated fixed effects, (X'V⁻¹X)⁻¹.
    pub fixed_covariance: Vec<Vec<f64>>,
    /// Covariance G of the random effects, in the order of the columns.
    pub covariance: Vec<Vec<f64>>,
    /// Residual variance σ².
    pub residual_variance: f64,
    /// (Restricted) log-likelihood.
    pub ln_likelihood: f64,
    /// Predicted random effects of each group, in the order of the columns.
    pub random: BTreeMap<String, Vec<f64>>,
    /// Whether G is singular: a variance is zero or a correlation ±1. Degrees of freedom are then unreliable.
    pub singular: bool,
}

/// What a mixed model expects at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixedPrediction {
    /// Expected value, x'β.
    pub fit: f64,
    /// Confidence limits of the mean of all patients.
    pub confidence: (f64, f64),
    /// Limits for one value of a patient not in the data.
    pub prediction: (f64, f64),
}

impl MixedFit {
    /// Expected value and its bands at fixed columns `x` and random columns `z`, in the order of the model:
    /// variances x'Φx, and for a new patient x'Φx + z'Gz + σ²; Student's t with one degree of freedom less than there
    /// are groups, which for one line per patient in balanced data is exact for the mean.
    ///
    /// # Errors
    /// `x` or `z` of another length than the model's columns, a level outside (0, 1).
    pub fn predict(&self, x: &[f64], z: &[f64], level: f64) -> Result<MixedPrediction, SingleCaseError> {
        check_level(level)?;
        for (field, given, expected) in
            [("fixed columns", x.len(), self.fixed.len()), ("random columns", z.len(), self.covariance.len())]
        {
            if given != expected {
                return Err(SingleCaseError::Length { field: field.into(), given, expected });
            }
        }
        let quadratic = |m: &[Vec<f64>], v: &[f64]| -> f64 {
            m.iter().zip(v).map(|(row, a)| a * row.iter().zip(v).map(|(c, b)| c * b).sum::<f64>()).sum()
        };
        let fit: f64 = self.fixed.iter().zip(x).map(|(f, x)| f.estimate * x).sum();
        let mean = quadratic(&self.fixed_covariance, x);
        let single = mean + quadratic(&self.covariance, z) + self.residual_variance;
        let df = self.random.len() as f64 - 1.0;
        let student = StudentT::new(df).map_err(|_| SingleCaseError::TooFew {
            field: "groups".into(),
            given: self.random.len(),
            needed: 2,
        })?;
        let q = student.quantile_upper((1.0 - level) / 2.0);
        let band = |v: f64| (fit - q * v.max(0.0).sqrt(), fit + q * v.max(0.0).sqrt());
        Ok(MixedPrediction { fit, confidence: band(mean), prediction: band(single) })
    }
}

/// Fits a mixed model.
///
/// # Errors
/// Columns of different length, values that are not finite, fewer rows than parameters, columns that depend on
/// each other.
pub fn fit_mixed(model: &MixedModel) -> Result<MixedFit, SingleCaseError> {
    let n = model.y.len();
    let (p, q) = (model.fixed.len(), model.random.len());
    check_values("outcome", &model.y, p + q + 2)?;
    if p == 0 || q == 0 {
        let field = if p == 0 { "fixed effects" } else { "random effects" };
        return Err(SingleCaseError::TooFew { field: field.into(), given: 0, needed: 1 });
    }
    if model.group.len() != n {
        return Err(SingleCaseError::Length { field: "group".into(), given: model.group.len(), expected: n });
    }
    for c in model.fixed.iter().chain(&model.random) {
        if c.values.len() != n {
            return Err(SingleCaseError::Length {
                field: c.name.clone(),
                given: c.values.len(),
                expected: n,
            });
        }
        check_values(&c.name, &c.values, 1)?;
    }
    let groups = Groups::new(model);
    if groups.len() < 2 {
        return Err(SingleCaseError::TooFew { field: "groups".into(), given: groups.len(), needed: 2 });
    }
    let restricted = model.method == MixedMethod::Reml;
    let collinear = || SingleCaseError::Collinear {
        columns: model.fixed.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", "),
    };
    let diagonal = model.covariance == RandomCovariance::Diagonal;
    // Relative Cholesky factor of G by a simplex from the identity, then the variances by scoring.
    let count = if diagonal { q } else { q * (q + 1) / 2 };
    let start: Vec<f64> = (0..count).map(|k| if diagonal || is_diagonal(k, q) { 1.0 } else { 0.0 }).collect();
    groups.profile(&factor(&start, q, diagonal), restricted).ok_or_else(collinear)?;
    let objective = |theta: &[f64]| {
        groups.profile(&factor(theta, q, diagonal), restricted).map_or(f64::INFINITY, |(d, _)| d)
    };
    let theta = simplex::minimise(&start, objective);
    let lambda = factor(&theta, q, diagonal);
    let (_, sigma2) = groups.profile(&lambda, restricted).ok_or_else(collinear)?;
    if sigma2.is_nan() || sigma2 <= 0.0 {
        return Err(SingleCaseError::NoSpread { field: "residuals".into() });
    }
    let mut variances = Variances { sigma2, g: sigma2 * &lambda * lambda.transpose() };
    let singular = lambda.diagonal().iter().any(|d| d.abs() < 1e-4);
    if !singular {
        variances = groups.polish(variances, diagonal, restricted);
    }
    let terms = groups.terms(&variances, diagonal).ok_or_else(collinear)?;
    let fixed = inference(model, &terms, restricted)?;
    let ln_likelihood = groups.ln_likelihood(&variances, restricted).ok_or_else(collinear)?;
    Ok(MixedFit {
        fixed,
        fixed_covariance: (0..p).map(|i| (0..p).map(|j| terms.phi[(i, j)]).collect()).collect(),
        covariance: (0..q).map(|i| (0..q).map(|j| variances.g[(i, j)]).collect()).collect(),
        residual_variance: variances.sigma2,
        ln_likelihood,
        random: groups.predict(&variances, &terms.beta),
        singular,
    })
}

/// Whether the k-th entry of a packed lower triangle (by columns) lies on the diagonal.
fn is_diagonal(k: usize, q: usize) -> bool {
    let mut at = 0;
    for j in 0..q {
        if k == at {
            return true;
        }
        at += q - j;
    }
    false
}

/// Lower triangular factor from its packed entries.
fn factor(theta: &[f64], q: usize, diagonal: bool) -> DMatrix<f64> {
    if diagonal {
        return DMatrix::from_diagonal(&DVector::from_column_slice(theta));
    }
    let mut l = DMatrix::zeros(q, q);
    let mut k = 0;
    for j in 0..q {
        for i in j..q {
            l[(i, j)] = theta[k];
            k += 1;
        }
    }
    l
}

/// Standard errors and degrees of freedom of the fixed effects.
fn inference(
    model: &MixedModel,
    terms: &likelihood::Terms,
    restricted: bool,
) -> Result<Vec<FixedEffect>, SingleCaseError> {
    let p = terms.beta.len();
    let r = terms.slopes.len();
    let phi = &terms.phi;
    // Covariance of the variance parameters: from the observed information (Satterthwaite) and from the expected
    // restricted information (Kenward-Roger).
    let observed = if restricted { &terms.observed_restricted } else { &terms.observed };
    let unknown = || SingleCaseError::Collinear { columns: "of the random effects".into() };
    let satterthwaite = observed.clone().try_inverse().ok_or_else(unknown)?;
    let expected = (0.5 * &terms.expected).try_inverse().ok_or_else(unknown)?;
    let mut adjustment = DMatrix::zeros(p, p);
    for i in 0..r {
        for j in 0..r {
            let inner = &terms.second[i * r + j] - &terms.slopes[i] * phi * &terms.slopes[j];
            adjustment += expected[(i, j)] * inner;
        }
    }
    let adjusted = phi + 2.0 * phi * adjustment * phi;
    let student = |df: f64, t: f64| StudentT::new(df).map(|d| d.two_sided(t)).unwrap_or(f64::NAN);
    Ok((0..p)
        .map(|k| {
            let v = phi[(k, k)];
            // Derivative of the variance of the effect in each variance parameter.
            let slope = DVector::from_fn(r, |i, _| (phi * &terms.slopes[i] * phi)[(k, k)]);
            let df = |cov: &DMatrix<f64>| 2.0 * v * v / (slope.transpose() * cov * &slope)[(0, 0)];
            let (df_s, df_kr) = (df(&satterthwaite), df(&expected));
            let (estimate, se, se_kr) = (terms.beta[k], v.sqrt(), adjusted[(k, k)].sqrt());
            FixedEffect {
                name: model.fixed[k].name.clone(),
                estimate,
                se,
                df_satterthwaite: df_s,
                p_satterthwaite: student(df_s, estimate / se),
                se_kenward_roger: se_kr,
                df_kenward_roger: df_kr,
                p_kenward_roger: student(df_kr, estimate / se_kr),
            }
        })
        .collect())
}
