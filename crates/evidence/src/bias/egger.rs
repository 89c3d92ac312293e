//! Regression tests of funnel asymmetry, and the estimates that follow from them.

use crate::pairwise::{Options, Tau2Method, TestMethod, two_sided_p};
use crate::regression::{Coefficient, Moderator, RegressionError, fit};
use serde::{Deserialize, Serialize};

/// What stands for the size of a study in the regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Predictor {
    /// The standard error (Egger et al. 1997; Sterne and Egger 2005).
    StandardError,
    /// The sampling variance.
    Variance,
}

/// Which regression is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum EggerModel {
    /// Weighted linear regression with a multiplicative dispersion and a t test: Egger's classical test.
    Classical,
    /// Meta-regression with an additive between-study variance.
    MetaRegression(Options),
}

/// Result of a regression test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AsymmetryTest {
    /// What the predictor was.
    pub predictor: Predictor,
    /// The effect in a study of infinite size.
    pub limit: Coefficient,
    /// The slope on the predictor; its test is the test of asymmetry.
    pub slope: Coefficient,
}

impl AsymmetryTest {
    /// p value of the test of asymmetry.
    pub fn p_value(&self) -> f64 {
        two_sided_p(self.slope.statistic(), self.slope.df)
    }
}

/// Tests whether effects depend on the size of the studies.
///
/// # Errors
/// As [`fit`]: bad rows, fewer than three studies, or studies all of one size.
pub fn egger(
    y: &[f64],
    v: &[f64],
    predictor: Predictor,
    model: EggerModel,
) -> Result<AsymmetryTest, RegressionError> {
    crate::pairwise::check(y, v)?;
    let (name, values) = match predictor {
        Predictor::StandardError => ("standard error", v.iter().map(|v| v.sqrt()).collect()),
        Predictor::Variance => ("variance", v.to_vec()),
    };
    // With tau² = 0, Knapp and Hartung's factor is the dispersion of weighted linear regression.
    let options = match model {
        EggerModel::Classical => Options { tau2: Tau2Method::CommonEffect, test: TestMethod::KnappHartung },
        EggerModel::MetaRegression(options) => options,
    };
    let mut fitted = fit(y, v, &[Moderator::new(name, values)], true, &options)?.coefficients.into_iter();
    match (fitted.next(), fitted.next()) {
        (Some(limit), Some(slope)) => Ok(AsymmetryTest { predictor, limit, slope }),
        _ => Err(RegressionError::NoSuchCoefficients(vec![0, 1])),
    }
}

/// The conditional estimate of Stanley and Doucouliagos.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PetPeese {
    /// Regression on the standard error.
    pub pet: AsymmetryTest,
    /// Regression on the variance.
    pub peese: AsymmetryTest,
    /// One-sided p value of PET's limit being above zero in the direction of the effect.
    pub pet_p_value: f64,
    /// Whether PEESE's limit is taken: PET's limit differs from zero.
    pub uses_peese: bool,
}

impl PetPeese {
    /// The adjusted estimate.
    pub fn adjusted(&self) -> &Coefficient {
        if self.uses_peese { &self.peese.limit } else { &self.pet.limit }
    }
}

/// PET-PEESE (Stanley and Doucouliagos 2014): the limit of the regression on the standard error, or, if that differs
/// from zero at the 5% level (one-sided, in the direction of the common-effect estimate), on the variance.
///
/// # Errors
/// As [`egger`].
pub fn pet_peese(y: &[f64], v: &[f64]) -> Result<PetPeese, RegressionError> {
    let pet = egger(y, v, Predictor::StandardError, EggerModel::Classical)?;
    let peese = egger(y, v, Predictor::Variance, EggerModel::Classical)?;
    let common =
        crate::pairwise::pool(y, v, &Options { tau2: Tau2Method::CommonEffect, test: TestMethod::Wald })?;
    let towards = pet.limit.estimate * common.estimate > 0.0;
    let half = 0.5 * pet.limit.p_value();
    let pet_p_value = if towards { half } else { 1.0 - half };
    Ok(PetPeese { uses_peese: pet_p_value < 0.05, pet, peese, pet_p_value })
}
