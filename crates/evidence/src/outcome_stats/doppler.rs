//! Transcranial Doppler: indices of flow velocities in cm/s.

use super::error::{OutcomeError, positive};

/// Peak systolic and end-diastolic velocity of one vessel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlowVelocities {
    psv_cm_s: f64,
    edv_cm_s: f64,
}

impl FlowVelocities {
    /// Checks and keeps two velocities in cm/s.
    ///
    /// # Errors
    /// A peak not above zero; a diastolic velocity below zero or above the peak.
    pub fn new(psv_cm_s: f64, edv_cm_s: f64) -> Result<Self, OutcomeError> {
        positive("peak systolic velocity", psv_cm_s)?;
        if !(edv_cm_s >= 0.0 && edv_cm_s <= psv_cm_s) {
            return Err(OutcomeError::Value {
                field: "end-diastolic velocity",
                value: edv_cm_s,
                problem: "must lie between 0 and the peak systolic velocity",
            });
        }
        Ok(Self { psv_cm_s, edv_cm_s })
    }

    /// Mean flow velocity in cm/s, (PSV + 2 EDV)/3: the usual approximation where the envelope is not averaged.
    #[must_use]
    pub fn mean_cm_s(&self) -> f64 {
        (self.psv_cm_s + 2.0 * self.edv_cm_s) / 3.0
    }

    /// Pulsatility index (Gosling & King 1974): (PSV − EDV)/MFV.
    #[must_use]
    pub fn pulsatility_index(&self) -> f64 {
        (self.psv_cm_s - self.edv_cm_s) / self.mean_cm_s()
    }

    /// Resistance index (Pourcelot 1974): (PSV − EDV)/PSV.
    #[must_use]
    pub fn resistance_index(&self) -> f64 {
        (self.psv_cm_s - self.edv_cm_s) / self.psv_cm_s
    }
}

/// Asymmetry of two sides in percent of their mean: 200 (a − b)/(a + b); positive when the first is faster.
///
/// # Errors
/// A velocity not above zero.
pub fn asymmetry_index(mean_cm_s: f64, other_side_cm_s: f64) -> Result<f64, OutcomeError> {
    positive("mean velocity", mean_cm_s)?;
    positive("mean velocity of the other side", other_side_cm_s)?;
    Ok(200.0 * (mean_cm_s - other_side_cm_s) / (mean_cm_s + other_side_cm_s))
}

/// Lindegaard ratio (Lindegaard et al. 1988): mean velocity of the middle cerebral over that of the extracranial
/// internal carotid artery of the same side.
///
/// # Errors
/// A velocity not above zero.
pub fn lindegaard_ratio(mca_mean_cm_s: f64, ica_mean_cm_s: f64) -> Result<f64, OutcomeError> {
    positive("mean velocity of the middle cerebral artery", mca_mean_cm_s)?;
    positive("mean velocity of the internal carotid artery", ica_mean_cm_s)?;
    Ok(mca_mean_cm_s / ica_mean_cm_s)
}
