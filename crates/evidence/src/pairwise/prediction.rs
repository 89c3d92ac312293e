//! Prediction intervals: where the true effect of a new study may lie.

use super::{Interval, Pooled, critical_value};
use serde::{Deserialize, Serialize};

/// How a prediction interval is made. They differ visibly; the name belongs to the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PredictionMethod {
    /// Normal quantile, `sqrt(tau² + se²)` with Wald's standard error (Skipka 2006).
    Normal,
    /// t with studies - 1 degrees of freedom (Veroniki et al. 2019), Wald's standard error.
    T1,
    /// t with studies - 2 degrees of freedom (Higgins, Thompson and Spiegelhalter 2009), Wald's standard error.
    T2,
    /// Knapp and Hartung's standard error, t with studies - 1 degrees of freedom.
    KnappHartungT1,
    /// Knapp and Hartung's standard error, t with studies - 2 degrees of freedom (Partlett and Riley 2017).
    KnappHartungT2,
    /// Kenward and Roger's standard error and degrees of freedom (REML only).
    KenwardRoger,
    /// Kenward and Roger's standard error, one degree of freedom less (Partlett and Riley 2017; REML only).
    KenwardRogerMinusOne,
    /// Normal quantile times tau alone: the spread of true effects as if the mean were known.
    Tau,
}

impl PredictionMethod {
    /// All methods.
    pub const ALL: [PredictionMethod; 8] = [
        PredictionMethod::Normal,
        PredictionMethod::T1,
        PredictionMethod::T2,
        PredictionMethod::KnappHartungT1,
        PredictionMethod::KnappHartungT2,
        PredictionMethod::KenwardRoger,
        PredictionMethod::KenwardRogerMinusOne,
        PredictionMethod::Tau,
    ];

    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            PredictionMethod::Normal => "normal",
            PredictionMethod::T1 => "t, k-1 df",
            PredictionMethod::T2 => "t, k-2 df (Higgins-Thompson-Spiegelhalter)",
            PredictionMethod::KnappHartungT1 => "Knapp-Hartung, k-1 df",
            PredictionMethod::KnappHartungT2 => "Knapp-Hartung, k-2 df (Partlett-Riley)",
            PredictionMethod::KenwardRoger => "Kenward-Roger",
            PredictionMethod::KenwardRogerMinusOne => "Kenward-Roger, one df less (Partlett-Riley)",
            PredictionMethod::Tau => "normal, tau only",
        }
    }
}

impl Pooled {
    /// Standard error of prediction and degrees of freedom (`None` for the normal) of a method.
    ///
    /// `None` if the method needs more studies, another estimator of tau², or a tau² at all.
    pub fn prediction_error(&self, method: PredictionMethod) -> Option<(f64, Option<f64>)> {
        use super::Tau2Method;
        if self.tau2_method == Tau2Method::CommonEffect {
            return None;
        }
        let k = self.studies as f64;
        let total = |se: f64| (self.tau2 + se * se).sqrt();
        let knapp_hartung = || self.knapp_hartung_factor.map(|factor| self.se_wald * factor.sqrt());
        let (error, df) = match method {
            PredictionMethod::Normal => (total(self.se_wald), None),
            PredictionMethod::T1 => (total(self.se_wald), Some(k - 1.0)),
            PredictionMethod::T2 => (total(self.se_wald), Some(k - 2.0)),
            PredictionMethod::KnappHartungT1 => (total(knapp_hartung()?), Some(k - 1.0)),
            PredictionMethod::KnappHartungT2 => (total(knapp_hartung()?), Some(k - 2.0)),
            PredictionMethod::KenwardRoger | PredictionMethod::KenwardRogerMinusOne => {
                if self.tau2_method != Tau2Method::Reml {
                    return None;
                }
                let (se, df) = self.kenward_roger();
                let less = if method == PredictionMethod::KenwardRoger { 0.0 } else { 1.0 };
                (total(se), Some(df - less))
            }
            PredictionMethod::Tau => (self.tau2.sqrt(), None),
        };
        if df.is_some_and(|df| df <= 0.0) { None } else { Some((error, df)) }
    }

    /// Prediction interval of a method, named; `None` as in [`Pooled::prediction_error`].
    pub fn prediction(&self, method: PredictionMethod, level: f64) -> Option<Interval> {
        let (error, df) = self.prediction_error(method)?;
        let margin = critical_value(level, df) * error;
        Some(Interval {
            lower: self.estimate - margin,
            upper: self.estimate + margin,
            level,
            df,
            method: method.name(),
        })
    }
}
