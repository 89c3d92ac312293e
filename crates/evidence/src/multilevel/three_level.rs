//! The three-level model with one mean.

use super::clusters;
use crate::dist::special::LN_SQRT_2PI;
use crate::linalg::Matrix;
use crate::pairwise::{Interval, Options, PoolError, TestMethod, critical_value, pool, two_sided_p};
use crate::regression::RegressionError;
use serde::Serialize;

/// A fitted three-level model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ThreeLevel {
    /// Number of effects.
    pub effects: usize,
    /// Number of studies.
    pub studies: usize,
    /// The mean effect.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom of both t tests, studies minus 1.
    pub df: f64,
    /// Cluster-robust standard error (CR1: the sandwich over studies times studies / (studies − 1)): right whatever the
    /// dependence of the effects of one study, also of their sampling errors.
    pub robust_se: f64,
    /// Variance between studies.
    pub between: f64,
    /// Variance between the effects of one study.
    pub within: f64,
    /// Restricted log-likelihood, with `ln(effects)/2` in it.
    pub log_likelihood: f64,
    /// Cochran's Q over all effects.
    pub q: f64,
}

impl ThreeLevel {
    /// Two-sided p value, t.
    pub fn p_value(&self) -> f64 {
        two_sided_p(self.estimate / self.se, Some(self.df))
    }

    /// Confidence interval of the mean.
    pub fn interval(&self, level: f64) -> Interval {
        let margin = critical_value(level, Some(self.df)) * self.se;
        Interval {
            lower: self.estimate - margin,
            upper: self.estimate + margin,
            level,
            df: Some(self.df),
            method: "three-level REML, t with studies - 1 df",
        }
    }

    /// Two-sided p value with the robust standard error, t.
    pub fn robust_p_value(&self) -> f64 {
        two_sided_p(self.estimate / self.robust_se, Some(self.df))
    }

    /// Confidence interval of the mean with the robust standard error.
    pub fn robust_interval(&self, level: f64) -> Interval {
        let margin = critical_value(level, Some(self.df)) * self.robust_se;
        Interval {
            lower: self.estimate - margin,
            upper: self.estimate + margin,
            level,
            df: Some(self.df),
            method: "three-level REML, cluster-robust CR1",
        }
    }

    /// Correlation of the true effects of one study.
    pub fn intraclass_correlation(&self) -> f64 {
        self.between / (self.between + self.within)
    }
}

/// What the likelihood and its derivatives are made of, at trial variances.
struct Trial {
    mean: f64,
    /// 1ᵀM⁻¹1.
    weight: f64,
    log_likelihood: f64,
    /// Derivatives with respect to the variances between and within.
    score: [f64; 2],
    /// Expected information of the two.
    information: [[f64; 2]; 2],
}

/// One study: M = D + b 11ᵀ with D = diag(v + w), so M⁻¹ = W - g W11ᵀW with g = b/(1 + b s1).
fn trial(y: &[f64], v: &[f64], groups: &[Vec<usize>], between: f64, within: f64) -> Trial {
    struct Group {
        s: [f64; 3],
        g: f64,
    }
    let mut parts = Vec::with_capacity(groups.len());
    let (mut weight, mut sum, mut ln_det) = (0.0, 0.0, 0.0);
    for rows in groups {
        let mut s = [0.0; 3];
        let mut wy = 0.0;
        for i in rows {
            let w = 1.0 / (v[*i] + within);
            let mut power = w;
            for s in &mut s {
                *s += power;
                power *= w;
            }
            wy += w * y[*i];
            ln_det -= libm::log(w);
        }
        let inflation = 1.0 + between * s[0];
        ln_det += libm::log(inflation);
        weight += s[0] / inflation;
        sum += wy / inflation;
        parts.push(Group { s, g: between / inflation });
    }
    let mean = sum / weight;
    let k = y.len() as f64;
    let (mut rss, mut quadratic) = (0.0, [0.0; 2]);
    // Traces of (M⁻¹ E_a) and (M⁻¹ E_a M⁻¹ E_b), sums 1ᵀM⁻¹E_aM⁻¹1 and 1ᵀM⁻¹E_aM⁻¹E_bM⁻¹1 with E_0 = 11ᵀ, E_1 = I.
    let (mut trace, mut along) = ([0.0; 2], [0.0; 2]);
    let (mut pair, mut along_pair) = ([[0.0; 2]; 2], [[0.0; 2]; 2]);
    for (rows, Group { s, g }) in groups.iter().zip(&parts) {
        let (mut a1, mut a2, mut b1, mut b2) = (0.0, 0.0, 0.0, 0.0);
        for i in rows {
            let w = 1.0 / (v[*i] + within);
            let r = y[*i] - mean;
            a1 += w * r;
            a2 += w * w * r;
            b1 += w * r * r;
            b2 += w * w * r * r;
        }
        let [s1, s2, s3] = *s;
        // u = M⁻¹1 = W1 (1 - g s1); f is that factor.
        let f = 1.0 - g * s1;
        rss += b1 - g * a1 * a1;
        let total = f * a1;
        quadratic[0] += total * total;
        quadratic[1] += b2 - 2.0 * g * a1 * a2 + g * g * a1 * a1 * s2;
        // 1ᵀM⁻¹1, 1ᵀM⁻²1, 1ᵀM⁻³1 and tr M⁻¹, tr M⁻².
        let one = f * s1;
        let two = f * f * s2;
        let three = f * f * (s3 - g * s2 * s2);
        let trace_inverse = s1 - g * s2;
        let trace_square = s2 - 2.0 * g * s3 + g * g * s2 * s2;
        trace[0] += one;
        trace[1] += trace_inverse;
        along[0] += one * one;
        along[1] += two;
        pair[0][0] += one * one;
        pair[0][1] += two;
        pair[1][1] += trace_square;
        along_pair[0][0] += one * one * one;
        along_pair[0][1] += one * two;
        along_pair[1][1] += three;
    }
    pair[1][0] = pair[0][1];
    along_pair[1][0] = along_pair[0][1];
    let mut score = [0.0; 2];
    let mut information = [[0.0; 2]; 2];
    for a in 0..2 {
        score[a] = 0.5 * (quadratic[a] - (trace[a] - along[a] / weight));
        for b in 0..2 {
            information[a][b] = 0.5
                * (pair[a][b] - 2.0 * along_pair[a][b] / weight + along[a] * along[b] / (weight * weight));
        }
    }
    let log_likelihood = -(k - 1.0) * LN_SQRT_2PI - 0.5 * (ln_det + rss + libm::log(weight) - libm::log(k));
    Trial { mean, weight, log_likelihood, score, information }
}

/// CR1: the sum over studies of the squares of 1ᵀM⁻¹(y - mean), by the inverse as in [`trial`].
fn robust_error(y: &[f64], v: &[f64], groups: &[Vec<usize>], x: [f64; 2], fit: &Trial) -> f64 {
    let [between, within] = x;
    let squares: f64 = groups
        .iter()
        .map(|rows| {
            let (mut weight, mut residual) = (0.0, 0.0);
            for i in rows {
                let w = 1.0 / (v[*i] + within);
                weight += w;
                residual += w * (y[*i] - fit.mean);
            }
            let share = residual / (1.0 + between * weight);
            share * share
        })
        .sum();
    let studies = groups.len() as f64;
    (squares * studies / (studies - 1.0)).sqrt() / fit.weight
}

/// Fits effects `y` with sampling variances `v` of the studies named in `study`, by REML.
///
/// # Errors
/// As [`pool`]; if the names are not as many as the effects; with fewer than two studies; if every study has a single
/// effect (then the two variances cannot be told apart); without convergence.
pub fn three_level(y: &[f64], v: &[f64], study: &[String]) -> Result<ThreeLevel, RegressionError> {
    let method = "the three-level model";
    let flat = pool(y, v, &Options { test: TestMethod::Wald, ..Options::default() })?;
    if study.len() != y.len() {
        let term = "study".to_owned();
        return Err(RegressionError::LengthMismatch { term, values: study.len(), studies: y.len() });
    }
    let groups = clusters(study);
    if groups.len() < 2 {
        return Err(PoolError::TooFewStudies { studies: groups.len(), method, least: 2 }.into());
    }
    if groups.len() == y.len() {
        let second = "several effects in some studies";
        return Err(PoolError::Unsupported { first: method, second }.into());
    }
    // Fisher's scoring in the two variances with the step halved until the likelihood rises; a variance that would
    // turn negative is held at zero while its score is negative there.
    let mut x =
        [0.5 * flat.tau2 + 0.01 * flat.typical_variance, 0.5 * flat.tau2 + 0.01 * flat.typical_variance];
    let mut now = trial(y, v, &groups, x[0], x[1]);
    for _ in 0..10_000 {
        let free = [x[0] > 0.0 || now.score[0] > 0.0, x[1] > 0.0 || now.score[1] > 0.0];
        let i = now.information;
        let mut step = match free {
            [true, true] => {
                let m = Matrix::from_columns(&[i[0].to_vec(), i[1].to_vec()]);
                match m.spd_inverse() {
                    Some((inverse, _)) => {
                        let s = inverse.times_vector(&now.score);
                        [s[0], s[1]]
                    }
                    None => [now.score[0] / i[0][0], now.score[1] / i[1][1]],
                }
            }
            [true, false] => [now.score[0] / i[0][0], 0.0],
            [false, true] => [0.0, now.score[1] / i[1][1]],
            [false, false] => [0.0, 0.0],
        };
        let scale = x[0] + x[1] + 1e-12 * flat.typical_variance;
        let mut accepted = false;
        for _ in 0..60 {
            let next = [(x[0] + step[0]).max(0.0), (x[1] + step[1]).max(0.0)];
            let then = trial(y, v, &groups, next[0], next[1]);
            if then.log_likelihood >= now.log_likelihood - 1e-14 * now.log_likelihood.abs() {
                let change = (next[0] - x[0]).abs().max((next[1] - x[1]).abs());
                (x, now) = (next, then);
                accepted = change > 1e-14 * scale;
                break;
            }
            step = [0.5 * step[0], 0.5 * step[1]];
        }
        if !accepted {
            return Ok(ThreeLevel {
                effects: y.len(),
                studies: groups.len(),
                estimate: now.mean,
                se: (1.0 / now.weight).sqrt(),
                df: groups.len() as f64 - 1.0,
                robust_se: robust_error(y, v, &groups, x, &now),
                between: x[0],
                within: x[1],
                log_likelihood: now.log_likelihood,
                q: flat.q,
            });
        }
    }
    Err(PoolError::NoConvergence(method).into())
}
