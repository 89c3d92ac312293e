//! The course of recovery of one patient, with confidence and prediction bands.
//!
//! Exponential approach to a plateau, score(t) = P − (P − S) e^(−kt) with S the score at time 0: the common form of
//! spontaneous recovery after stroke (van der Vliet et al. 2020, doi 10.1002/ana.25679). Fitted by least squares; P
//! and S are linear given k, so that k alone is searched (Golub & Pereyra 1973, doi 10.1137/0710036) and solved to
//! the last digits. Bands by the delta method with Student's t.

use std::convert::Infallible;

use nalgebra::{DMatrix, DVector, Matrix3, Vector3};

use super::error::{OutcomeError, column, fraction, positive, same_length};
use super::least_squares::least_squares;
use crate::dist::StudentT;
use crate::root::brent;

/// A fitted course of recovery.
#[derive(Debug, Clone, PartialEq)]
pub struct RecoveryCurve {
    /// Plateau P, in points.
    pub plateau: f64,
    /// Score S at time 0, in points.
    pub start: f64,
    /// Rate k, per unit of time.
    pub rate: f64,
    /// Standard errors of P, S and k.
    pub se: [f64; 3],
    /// Residual standard deviation, in points.
    pub sigma: f64,
    /// Degrees of freedom, n − 3.
    pub df: f64,
    covariance: Matrix3<f64>,
    quantile: f64,
    bounds: Option<(f64, f64)>,
}

/// A point of the curve with its bands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Fitted score.
    pub fit: f64,
    /// Confidence limits of the curve.
    pub confidence: (f64, f64),
    /// Limits for a single further score at this time.
    pub prediction: (f64, f64),
}

struct Profile {
    plateau: f64,
    /// Coefficient of e^(−kt), S − P.
    amplitude: f64,
    rss: f64,
    /// Derivative of the residual sum of squares in k.
    slope: f64,
}

fn profile(t: &[f64], y: &DVector<f64>, k: f64) -> Result<Profile, OutcomeError> {
    let decay: Vec<f64> = t.iter().map(|t| libm::exp(-k * t)).collect();
    let x = DMatrix::from_fn(t.len(), 2, |i, j| if j == 0 { 1.0 } else { decay[i] });
    let fit = least_squares(x, y, "time")?;
    let (plateau, amplitude) = (fit.beta[0], fit.beta[1]);
    let slope = (0..t.len())
        .map(|i| 2.0 * (y[i] - plateau - amplitude * decay[i]) * amplitude * t[i] * decay[i])
        .sum();
    Ok(Profile { plateau, amplitude, rss: fit.rss, slope })
}

/// Fits the course of recovery to scores at times since onset (any unit), with limits of the scale to which the bands
/// are cut if given.
///
/// # Errors
/// Columns of different length; fewer than five rows or four different times; a value that is not finite or below
/// time zero; [`OutcomeError::NoPlateau`] when the scores do not level off (draw a line instead).
pub fn fit_recovery(
    times: &[f64],
    scores: &[f64],
    bounds: Option<(f64, f64)>,
    level: f64,
) -> Result<RecoveryCurve, OutcomeError> {
    fraction("level", level)?;
    column("time", times, 5)?;
    column("score", scores, 5)?;
    same_length("score", scores.len(), times.len())?;
    if let Some(i) = times.iter().position(|t| *t < 0.0) {
        return Err(OutcomeError::Row {
            field: "time",
            row: i + 1,
            value: times[i],
            problem: "is before time 0",
        });
    }
    if let Some((low, high)) = bounds {
        positive("range of the scale", high - low)?;
    }
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    if sorted.len() < 4 {
        return Err(OutcomeError::TooFew { field: "different times", given: sorted.len(), needed: 4 });
    }
    let y = DVector::from_column_slice(scores);
    let range = sorted[sorted.len() - 1] - sorted[0];
    let gap = sorted.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
    // From a curve that is straight to the eye within the data to one that has levelled off after the first gap.
    let (first, last) = (0.05 / range, 20.0 / gap);
    const GRID: usize = 160;
    let ratio = libm::pow(last / first, 1.0 / (GRID - 1) as f64);
    let mut points = Vec::with_capacity(GRID);
    let mut k = first;
    for _ in 0..GRID {
        match profile(times, &y, k) {
            Ok(p) => points.push((k, p)),
            // The decay is over before the second time: faster curves are all alike.
            Err(_) => break,
        }
        k *= ratio;
    }
    let best = (0..points.len()).min_by(|&a, &b| points[a].1.rss.total_cmp(&points[b].1.rss));
    let Some(best) = best.filter(|&b| b > 0 && b + 1 < points.len()) else {
        return Err(OutcomeError::NoPlateau);
    };
    let (left, right) = (&points[best - 1], &points[best + 1]);
    if !(left.1.slope < 0.0 && right.1.slope > 0.0) {
        return Err(OutcomeError::NoPlateau);
    }
    let f = |k: f64| Ok::<f64, Infallible>(profile(times, &y, k).map_or(f64::NAN, |p| p.slope));
    let Ok(rate) = brent((left.0, left.1.slope), (right.0, right.1.slope), f);
    let at = profile(times, &y, rate)?;
    let df = times.len() as f64 - 3.0;
    let sigma2 = at.rss / df;
    let mut information = Matrix3::zeros();
    for &t in times {
        let g = gradient(t, rate, at.amplitude);
        information += g * g.transpose();
    }
    let covariance = sigma2 * information.try_inverse().ok_or(OutcomeError::NoPlateau)?;
    let student = StudentT::new(df).map_err(|_| OutcomeError::TooFew {
        field: "time",
        given: times.len(),
        needed: 5,
    })?;
    Ok(RecoveryCurve {
        plateau: at.plateau,
        start: at.plateau + at.amplitude,
        rate,
        se: [0, 1, 2].map(|i| covariance[(i, i)].max(0.0).sqrt()),
        sigma: sigma2.sqrt(),
        df,
        covariance,
        quantile: student.quantile_upper((1.0 - level) / 2.0),
        bounds,
    })
}

/// Derivatives of the score in P, S and k.
fn gradient(t: f64, rate: f64, amplitude: f64) -> Vector3<f64> {
    let decay = libm::exp(-rate * t);
    Vector3::new(1.0 - decay, decay, -amplitude * t * decay)
}

impl RecoveryCurve {
    /// The curve and its bands at a time; outside the observed times it is an extrapolation.
    #[must_use]
    pub fn at(&self, time: f64) -> CurvePoint {
        let amplitude = self.start - self.plateau;
        let fit = self.plateau + amplitude * libm::exp(-self.rate * time);
        let g = gradient(time, self.rate, amplitude);
        let variance = (g.transpose() * self.covariance * g)[(0, 0)].max(0.0);
        let cut = |x: f64| self.bounds.map_or(x, |(low, high)| x.clamp(low, high));
        let band = |v: f64| {
            let half = self.quantile * v.sqrt();
            (cut(fit - half), cut(fit + half))
        };
        CurvePoint {
            fit: cut(fit),
            confidence: band(variance),
            prediction: band(variance + self.sigma * self.sigma),
        }
    }
}
