//! Change of one patient against measurement error, practice, norms and importance.

use super::error::{OutcomeError, finite, fraction, positive};
use crate::dist::Normal;
use crate::single_case::Improvement;

/// Reliable change of one patient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliableChange {
    /// Standard error of measurement, SD √(1 − r), in points.
    pub sem: f64,
    /// Standard error of a difference, √2 · SEM, in points.
    pub s_diff: f64,
    /// Reliable change index (x₂ − x₁)/S_diff; the sign is that of the change.
    pub rci: f64,
    /// Whether |RCI| exceeds the two-sided normal quantile of `level`.
    pub reliable: bool,
}

/// What change is beyond measurement error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectableChange {
    /// Standard error of measurement, in points.
    pub sem: f64,
    /// Minimal detectable change, z √2 SEM, in points.
    pub mdc: f64,
}

fn errors(sd: f64, reliability: f64) -> Result<(f64, f64), OutcomeError> {
    positive("SD", sd)?;
    if !(0.0..1.0).contains(&reliability) {
        return Err(OutcomeError::Value {
            field: "reliability",
            value: reliability,
            problem: "must be at least 0 and below 1",
        });
    }
    let sem = sd * (1.0 - reliability).sqrt();
    Ok((sem, std::f64::consts::SQRT_2 * sem))
}

fn quantile(level: f64) -> Result<f64, OutcomeError> {
    fraction("level", level)?;
    Ok(Normal::STANDARD.quantile_upper((1.0 - level) / 2.0))
}

/// Reliable change index (Jacobson & Truax 1991, doi 10.1037/0022-006X.59.1.12, with the √2 of Christensen &
/// Mendoza 1986): (x₂ − x₁)/(SD √2 √(1 − r)). `sd` is that of the norm sample in points, `reliability` its
/// test-retest correlation.
///
/// # Errors
/// A number that is not finite, an SD not above zero, a reliability outside [0, 1), a level outside (0, 1).
pub fn reliable_change(
    before: f64,
    after: f64,
    sd: f64,
    reliability: f64,
    level: f64,
) -> Result<ReliableChange, OutcomeError> {
    finite("before", before)?;
    finite("after", after)?;
    let (sem, s_diff) = errors(sd, reliability)?;
    let rci = (after - before) / s_diff;
    Ok(ReliableChange { sem, s_diff, rci, reliable: rci.abs() > quantile(level)? })
}

/// Minimal detectable change at a level (0.95, 0.90): z √2 SD √(1 − r).
///
/// # Errors
/// As [`reliable_change`].
pub fn minimal_detectable_change(
    sd: f64,
    reliability: f64,
    level: f64,
) -> Result<DetectableChange, OutcomeError> {
    let (sem, s_diff) = errors(sd, reliability)?;
    Ok(DetectableChange { sem, mdc: quantile(level)? * s_diff })
}

/// Norms of a scale that was given twice to people who did not change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PracticeNorms {
    /// Mean at the first testing.
    pub mean1: f64,
    /// Mean at the second testing.
    pub mean2: f64,
    /// SD at the first testing.
    pub sd1: f64,
    /// SD at the second testing.
    pub sd2: f64,
    /// Test-retest correlation.
    pub r: f64,
}

impl PracticeNorms {
    fn check(&self, before: f64, after: f64) -> Result<(), OutcomeError> {
        for (field, v) in [("before", before), ("after", after), ("mean1", self.mean1), ("mean2", self.mean2)]
        {
            finite(field, v)?;
        }
        positive("sd1", self.sd1)?;
        positive("sd2", self.sd2)?;
        fraction("r", self.r)?;
        Ok(())
    }
}

/// Practice-corrected change (Chelune et al. 1993): [(x₂ − x₁) − (M₂ − M₁)]/(s₁ √2 √(1 − r)).
///
/// # Errors
/// A number that is not finite, an SD not above zero, r outside (0, 1).
pub fn practice_chelune(before: f64, after: f64, norms: &PracticeNorms) -> Result<f64, OutcomeError> {
    norms.check(before, after)?;
    let s = norms.sd1 * (2.0 * (1.0 - norms.r)).sqrt();
    Ok((after - before - (norms.mean2 - norms.mean1)) / s)
}

/// Practice-corrected change with the errors of both testings (Iverson 2001):
/// [(x₂ − x₁) − (M₂ − M₁)]/√[(s₁² + s₂²)(1 − r)].
///
/// # Errors
/// As [`practice_chelune`].
pub fn practice_iverson(before: f64, after: f64, norms: &PracticeNorms) -> Result<f64, OutcomeError> {
    norms.check(before, after)?;
    let s = ((norms.sd1 * norms.sd1 + norms.sd2 * norms.sd2) * (1.0 - norms.r)).sqrt();
    Ok((after - before - (norms.mean2 - norms.mean1)) / s)
}

/// Standardised residual of the regression of the second testing on the first (McSweeny et al. 1993):
/// [x₂ − M₂ − r (s₂/s₁)(x₁ − M₁)]/(s₂ √(1 − r²)).
///
/// # Errors
/// As [`practice_chelune`].
pub fn practice_mcsweeny(before: f64, after: f64, norms: &PracticeNorms) -> Result<f64, OutcomeError> {
    norms.check(before, after)?;
    let expected = norms.mean2 + norms.r * norms.sd2 / norms.sd1 * (before - norms.mean1);
    Ok((after - expected) / (norms.sd2 * (1.0 - norms.r * norms.r).sqrt()))
}

/// Cut-offs between the ill and the well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClinicalCutoffs {
    /// Two standard deviations beyond the mean of the ill, towards health.
    pub a: f64,
    /// Within two standard deviations of the mean of the well.
    pub b: f64,
    /// Between the two means, weighted by the standard deviations.
    pub c: f64,
}

/// Cut-offs a, b and c (Jacobson, Follette & Revenstorf 1984; Jacobson & Truax 1991):
/// with improvement downwards a = M_ill − 2 s_ill, b = M_well + 2 s_well, c = (s_ill M_well + s_well M_ill)/(s_ill +
/// s_well); with improvement upwards the signs of a and b are turned.
///
/// # Errors
/// A number that is not finite, an SD not above zero.
pub fn clinical_cutoffs(
    mean_ill: f64,
    sd_ill: f64,
    mean_well: f64,
    sd_well: f64,
    improvement: Improvement,
) -> Result<ClinicalCutoffs, OutcomeError> {
    finite("mean of the ill", mean_ill)?;
    finite("mean of the well", mean_well)?;
    positive("SD of the ill", sd_ill)?;
    positive("SD of the well", sd_well)?;
    let s = match improvement {
        Improvement::Increase => 1.0,
        Improvement::Decrease => -1.0,
    };
    Ok(ClinicalCutoffs {
        a: mean_ill + s * 2.0 * sd_ill,
        b: mean_well - s * 2.0 * sd_well,
        c: (sd_ill * mean_well + sd_well * mean_ill) / (sd_ill + sd_well),
    })
}

/// How much change of a scale matters, as a source states it. Values depend on population and phase: keep them
/// with the source they come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImportantChange {
    /// Smallest important improvement, in points, above zero.
    pub improvement: f64,
    /// Smallest important worsening, in points, above zero, where stated (it need not be the same).
    pub worsening: Option<f64>,
    /// Direction in which the scale improves.
    pub direction: Improvement,
}

/// What a change means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// At least the important improvement, and beyond measurement error.
    Improved,
    /// At least the important improvement, but not distinguishable from measurement error.
    ImprovedWithinError,
    /// Neither.
    Unchanged,
    /// At least the important worsening, but not distinguishable from measurement error.
    WorseWithinError,
    /// At least the important worsening, and beyond measurement error.
    Worse,
}

/// Sets the change of a patient against the smallest important and the minimal detectable change. Without a stated
/// important worsening, that of the improvement is taken.
///
/// # Errors
/// A number that is not finite or not above zero where it must be.
pub fn classify_change(
    before: f64,
    after: f64,
    important: &ImportantChange,
    mdc: f64,
) -> Result<Verdict, OutcomeError> {
    finite("before", before)?;
    finite("after", after)?;
    positive("minimal detectable change", mdc)?;
    let better = positive("important improvement", important.improvement)?;
    let worse = positive("important worsening", important.worsening.unwrap_or(better))?;
    let gain = match important.direction {
        Improvement::Increase => after - before,
        Improvement::Decrease => before - after,
    };
    let real = gain.abs() >= mdc;
    Ok(match (gain >= better, -gain >= worse, real) {
        (true, _, true) => Verdict::Improved,
        (true, _, false) => Verdict::ImprovedWithinError,
        (_, true, true) => Verdict::Worse,
        (_, true, false) => Verdict::WorseWithinError,
        _ => Verdict::Unchanged,
    })
}
