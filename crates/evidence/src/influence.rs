//! How much a result depends on single studies.
//!
//! Leave-one-out pooling, the diagnostics of Viechtbauer and Cheung (2010), the coordinates of Baujat's plot (Baujat
//! et al. 2002) and the empirical Bayes estimates of the studies' own effects.

use crate::dist::ChiSquared;
use crate::pairwise::{Options, PoolError, Pooled, TestMethod, critical_value, pool};
use serde::Serialize;

/// Pools with each study left out in turn.
///
/// # Errors
/// As [`pool`], and if leaving one out leaves too few.
pub fn leave_one_out(y: &[f64], v: &[f64], options: &Options) -> Result<Vec<Pooled>, PoolError> {
    // The whole is checked first, so that an error names the row as the caller counts it.
    pool(y, v, options)?;
    let (mut rest_y, mut rest_v) = (Vec::with_capacity(y.len()), Vec::with_capacity(y.len()));
    (0..y.len())
        .map(|left_out| {
            rest_y.clear();
            rest_v.clear();
            for i in (0..y.len()).filter(|i| *i != left_out) {
                rest_y.push(y[i]);
                rest_v.push(v[i]);
            }
            pool(&rest_y, &rest_v, options)
        })
        .collect()
}

/// Diagnostics of one study.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Influence {
    /// Externally standardised residual: distance from the mean of the others, in its own standard errors.
    pub standardised_residual: f64,
    /// DFFITS: change of the mean when the study is left out, in standard errors.
    pub dffits: f64,
    /// DFBETAS: change of the mean when the study is left out, in the standard errors that all studies have at τ² without it.
    pub dfbetas: f64,
    /// Cook's distance.
    pub cooks_distance: f64,
    /// Variance of the mean without the study over that with it; below 1 the study costs precision.
    pub covariance_ratio: f64,
    /// tau² without the study.
    pub tau2_without: f64,
    /// Q without the study.
    pub q_without: f64,
    /// Share of the study in the weights, 0 to 1.
    pub leverage: f64,
    /// Abscissa of Baujat's plot: contribution to heterogeneity.
    pub baujat_heterogeneity: f64,
    /// Ordinate of Baujat's plot: influence on the mean.
    pub baujat_influence: f64,
}

impl Influence {
    /// Whether the study is influential among `studies` by Viechtbauer and Cheung (2010, section 3.4, for one coefficient):
    /// |DFFITS| above 3/√(k−1), Cook's distance beyond the median of χ²₁, leverage above 3/k, or |DFBETAS| above 1.
    #[must_use]
    pub fn influential(&self, studies: usize) -> bool {
        let k = studies as f64;
        let cook = ChiSquared::new(1.0).map_or(f64::NAN, |c| c.cdf(self.cooks_distance));
        self.dffits.abs() > 3.0 / (k - 1.0).sqrt()
            || cook > 0.5
            || self.leverage > 3.0 / k
            || self.dfbetas.abs() > 1.0
    }
}

/// Diagnostics of every study, with Wald's standard errors.
///
/// # Errors
/// As [`leave_one_out`].
pub fn influence(y: &[f64], v: &[f64], options: &Options) -> Result<Vec<Influence>, PoolError> {
    let options = Options { test: TestMethod::Wald, ..*options };
    let all = pool(y, v, &options)?;
    let without = leave_one_out(y, v, &options)?;
    let weights = all.weights_percent(v);
    Ok((0..y.len())
        .map(|i| {
            let (rest, leverage) = (&without[i], weights[i] / 100.0);
            let change = all.estimate - rest.estimate;
            let total = v[i] + rest.tau2;
            let residual = y[i] - all.estimate;
            let all_weight: f64 = v.iter().map(|v| 1.0 / (v + rest.tau2)).sum();
            Influence {
                standardised_residual: (y[i] - rest.estimate) / (total + rest.se * rest.se).sqrt(),
                dffits: change / (leverage * total).sqrt(),
                dfbetas: change * all_weight.sqrt(),
                cooks_distance: change * change / (all.se * all.se),
                covariance_ratio: rest.se * rest.se / (all.se * all.se),
                tau2_without: rest.tau2,
                q_without: rest.q,
                leverage,
                baujat_heterogeneity: residual * residual / (v[i] + all.tau2),
                baujat_influence: change * change / (rest.se * rest.se),
            }
        })
        .collect())
}

/// The empirical Bayes estimate of a study's own true effect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shrunken {
    /// The estimate, between the study's own and the mean.
    pub estimate: f64,
    /// Its standard error, that of the mean included.
    pub se: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

/// Best linear unbiased predictions of the studies' true effects (Raudenbush and Bryk 1985).
///
/// # Errors
/// As [`pool`].
pub fn shrunken(y: &[f64], v: &[f64], options: &Options, level: f64) -> Result<Vec<Shrunken>, PoolError> {
    let all = pool(y, v, options)?;
    let critical = critical_value(level, all.df);
    Ok(y.iter()
        .zip(v)
        .map(|(y, v)| {
            let share = all.tau2 / (all.tau2 + v);
            let estimate = share * y + (1.0 - share) * all.estimate;
            let se = (share * v + (1.0 - share).powi(2) * all.se * all.se).sqrt();
            Shrunken { estimate, se, lower: estimate - critical * se, upper: estimate + critical * se }
        })
        .collect())
}
