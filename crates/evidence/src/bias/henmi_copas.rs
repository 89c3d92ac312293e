//! Henmi and Copas' (2010) interval: the common-effect estimate, which leans least on small studies, with a width
//! that allows for heterogeneity.

use crate::dist::{Gamma, Normal};
use crate::pairwise::{Interval, Options, PoolError, Tau2Method, TestMethod, pool};
use serde::Serialize;

/// The estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HenmiCopas {
    /// The common-effect estimate.
    pub estimate: f64,
    /// Its standard error under heterogeneity.
    pub se: f64,
    /// DerSimonian and Laird's tau², on which the standard error rests.
    pub tau2: f64,
    /// The interval.
    pub interval: Interval,
}

/// Computes the interval.
///
/// # Errors
/// As [`pool`], for a level outside (0, 1), or without convergence.
pub fn henmi_copas(y: &[f64], v: &[f64], level: f64) -> Result<HenmiCopas, PoolError> {
    let method = "Henmi-Copas";
    if !(level > 0.0 && level < 1.0) {
        return Err(PoolError::BadLevel(level));
    }
    let common = pool(y, v, &Options { tau2: Tau2Method::CommonEffect, test: TestMethod::Wald })?;
    let tau2 = pool(y, v, &Options { tau2: Tau2Method::DerSimonianLaird, test: TestMethod::Wald })?.tau2;
    let w: Vec<f64> = v.iter().map(|v| 1.0 / v).collect();
    let (w1, w2) = (w.iter().sum::<f64>(), w.iter().map(|w| w * w).sum::<f64>());
    let inflation = 1.0 + tau2 * w2 / w1;
    let se = (inflation / w1).sqrt();
    let df = y.len() as f64 - 1.0;

    // Q = eᵀBe with B = W - wwᵀ/Σw and e normal with variances d = v + tau². Given the error l of the mean, e is
    // normal with mean l c, c = d w / inflation, and covariance D - c cᵀ var(l). The first two moments of Q follow.
    let d: Vec<f64> = v.iter().map(|v| v + tau2).collect();
    let times_b = |x: &[f64]| -> Vec<f64> {
        let along = w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() / w1;
        w.iter().zip(x).map(|(w, x)| w * (x - along)).collect()
    };
    let dot = crate::linalg::dot;
    let c: Vec<f64> = d.iter().zip(&w).map(|(d, w)| d * w / inflation).collect();
    let bc = times_b(&c);
    let cbc = dot(&c, &bc);
    let dbc: Vec<f64> = d.iter().zip(&bc).map(|(d, b)| d * b).collect();
    let cbdbc = dot(&bc, &dbc);
    let diagonal: f64 = w.iter().zip(&d).map(|(w, d)| (w - w * w / w1) * d).sum();
    let (mut squares, mut shared) = (0.0, 0.0);
    for (w, d) in w.iter().zip(&d) {
        squares += (w * d) * (w * d) - 2.0 * w * (w * d) * (w * d) / w1;
        shared += w * w * d;
    }
    squares += (shared / w1) * (shared / w1);
    let variance_l = se * se;
    let mean_part = diagonal - variance_l * cbc;
    let variance_part = 2.0 * (squares - 2.0 * variance_l * cbdbc + (variance_l * cbc).powi(2));
    let variance_slope = 4.0 * (cbdbc - variance_l * cbc * cbc);

    // Probability that l over its estimated standard error exceeds t.
    let tail = |t: f64| {
        let start = t / w1.sqrt() / se;
        let density = |r: f64| {
            let l2 = (r * se) * (r * se);
            let (mean, variance) = (mean_part + l2 * cbc, variance_part + l2 * variance_slope);
            let most = df + (w1 - w2 / w1) * (w1 / w2) * (l2 * w1 / (t * t) - 1.0);
            // Two moments fix the gamma distribution that stands for Q.
            Gamma::new(mean * mean / variance, variance / mean).map_or(f64::NAN, |g| g.cdf(most))
                * Normal::STANDARD.pdf(r)
        };
        gauss_legendre(density, start, start + 9.0, 30)
    };
    let target = 0.5 * (1.0 - level);
    let (mut low, mut high) = (0.0, 4.0);
    while tail(high) > target {
        high *= 2.0;
        if high > 1e6 {
            return Err(PoolError::NoConvergence("Henmi-Copas quantile in place of an"));
        }
    }
    // The tail falls with t; halving is slow but cannot fail.
    for _ in 0..44 {
        let middle = 0.5 * (low + high);
        if tail(middle) > target { low = middle } else { high = middle }
    }
    let margin = 0.5 * (low + high) * se;
    let interval = Interval {
        lower: common.estimate - margin,
        upper: common.estimate + margin,
        level,
        df: None,
        method,
    };
    Ok(HenmiCopas { estimate: common.estimate, se, tau2, interval })
}

/// Composite Gauss-Legendre integration with five nodes per panel.
fn gauss_legendre(f: impl Fn(f64) -> f64, from: f64, to: f64, panels: usize) -> f64 {
    // Nodes and weights in closed form: x² = (5 ± 2 sqrt(10/7)) / 9, w = (322 ∓ 13 sqrt 70) / 900.
    let (inner, outer) = (
        ((5.0 - 2.0 * (10f64 / 7.0).sqrt()) / 9.0).sqrt(),
        ((5.0 + 2.0 * (10f64 / 7.0).sqrt()) / 9.0).sqrt(),
    );
    let (w_inner, w_outer) = ((322.0 + 13.0 * 70f64.sqrt()) / 900.0, (322.0 - 13.0 * 70f64.sqrt()) / 900.0);
    let half = 0.5 * (to - from) / panels as f64;
    (0..panels)
        .map(|i| {
            let centre = from + half * (2 * i + 1) as f64;
            let pair = |x: f64| f(centre - half * x) + f(centre + half * x);
            half * (128.0 / 225.0 * f(centre) + w_inner * pair(inner) + w_outer * pair(outer))
        })
        .sum()
}
