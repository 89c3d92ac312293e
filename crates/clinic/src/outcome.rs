//! Outcomes: what was measured, by whom, with what, and what is missing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::Id,
    people::{PatientId, PractitionerId},
    session::SessionId,
    side::Side,
};

/// Identifier of an outcome.
pub type OutcomeId = Id<Outcome>;

/// One measurement, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Whose.
    pub patient: PatientId,
    /// When it was measured, or should have been.
    pub at: Timestamp,
    /// Which point of the schedule: `baseline`, `week 4`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub visit: String,
    /// The session that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// Who rated or drew it; none if the patient did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rater: Option<PractitionerId>,
    /// Whether the rater did not know the treatment; none if nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blinded: Option<bool>,
    /// What was measured.
    pub result: Measured,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Measured {
    /// An instrument of the atlas, by its items or its score alone.
    Instrument {
        /// Which (`atlas/instruments`).
        instrument: String,
        /// Which version or language of it.
        version: String,
        /// Answers by item, where they may be kept.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        items: BTreeMap<String, f64>,
        /// Scores by name; the total is called `total`.
        scores: BTreeMap<String, f64>,
    },
    /// Not measured.
    Missing {
        /// Which instrument.
        instrument: String,
        /// Why.
        reason: MissingReason,
    },
    /// A laboratory value. Values of different assays are never compared.
    Lab {
        /// What, in words, such as `hs-CRP`.
        analyte: String,
        /// LOINC code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loinc: Option<String>,
        /// Value.
        value: f64,
        /// `<` or `>` where the assay only says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comparator: Option<Comparator>,
        /// Unit, in UCUM.
        unit: String,
        /// Assay.
        assay: String,
        /// The laboratory's own range, in the same unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<[f64; 2]>,
    },
    /// Flow velocities of transcranial Doppler, cm/s.
    Tcd {
        /// Vessel, such as `MCA`.
        vessel: String,
        /// The patient's side.
        side: Side,
        /// Mean flow velocity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mean_cm_s: Option<f64>,
        /// Peak systolic velocity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        systolic_cm_s: Option<f64>,
        /// End-diastolic velocity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        diastolic_cm_s: Option<f64>,
    },
}

/// Why something was not measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MissingReason {
    /// The patient did not come.
    NotAttended,
    /// The patient refused.
    Refused,
    /// The patient could not do it.
    Unable,
    /// There was no time, or nobody to do it.
    NotOffered,
    /// The patient left the treatment.
    Withdrawn,
    /// The patient died.
    Died,
    /// Another.
    Other,
}

/// How a value compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Comparator {
    /// Less than the value.
    Less,
    /// More than the value.
    More,
}

/// What cannot be in an outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutcomeError {
    /// A name is missing.
    #[error("an outcome needs its {0}")]
    Empty(&'static str),
    /// A value that cannot be.
    #[error("the value of {0} is not possible")]
    Value(String),
}

impl Outcome {
    /// Finds what cannot be.
    ///
    /// # Errors
    /// [`OutcomeError`] for a missing name, a number that is not finite, a range upside down.
    pub fn check(&self) -> Result<(), OutcomeError> {
        let named =
            |text: &str, what| if text.trim().is_empty() { Err(OutcomeError::Empty(what)) } else { Ok(()) };
        let finite = |name: &str, v: f64| {
            if v.is_finite() { Ok(()) } else { Err(OutcomeError::Value(name.to_owned())) }
        };
        match &self.result {
            Measured::Instrument { instrument, version, items, scores } => {
                named(instrument, "instrument")?;
                named(version, "version of the instrument")?;
                if scores.is_empty() {
                    return Err(OutcomeError::Empty("score"));
                }
                items.iter().chain(scores).try_for_each(|(name, v)| finite(name, *v))
            }
            Measured::Missing { instrument, .. } => named(instrument, "instrument"),
            Measured::Lab { analyte, value, unit, assay, range, .. } => {
                named(analyte, "analyte")?;
                named(unit, "unit")?;
                named(assay, "assay")?;
                finite(analyte, *value)?;
                match range {
                    Some([low, high]) if low.is_finite() && high.is_finite() && low <= high => Ok(()),
                    None => Ok(()),
                    Some(_) => Err(OutcomeError::Value(format!("the range of {analyte}"))),
                }
            }
            Measured::Tcd { vessel, mean_cm_s, systolic_cm_s, diastolic_cm_s, .. } => {
                named(vessel, "vessel")?;
                let values: Vec<f64> =
                    [mean_cm_s, systolic_cm_s, diastolic_cm_s].into_iter().copied().flatten().collect();
                if values.is_empty() {
                    return Err(OutcomeError::Empty("velocity"));
                }
                values.iter().try_for_each(|v| finite(vessel, *v))
            }
        }
    }

    /// Short name of what was measured.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.result {
            Measured::Instrument { instrument, .. } | Measured::Missing { instrument, .. } => instrument,
            Measured::Lab { analyte, .. } => analyte,
            Measured::Tcd { vessel, .. } => vessel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab(value: f64, range: Option<[f64; 2]>) -> Outcome {
        Outcome {
            patient: PatientId::from_uuid(uuid::Uuid::nil()),
            at: Timestamp::UNIX_EPOCH,
            visit: String::new(),
            session: None,
            rater: None,
            blinded: None,
            result: Measured::Lab {
                analyte: "hs-CRP".into(),
                loinc: Some("30522-7".into()),
                value,
                comparator: None,
                unit: "mg/L".into(),
                assay: "nephelometry".into(),
                range,
            },
            comment: String::new(),
        }
    }

    #[test]
    fn a_laboratory_value_needs_a_number_and_a_range_that_stands_upright() {
        assert_eq!(lab(2.1, Some([0.0, 3.0])).check(), Ok(()));
        assert_eq!(lab(2.1, None).check(), Ok(()));
        assert!(lab(f64::NAN, None).check().is_err());
        assert!(lab(2.1, Some([3.0, 0.0])).check().is_err());
    }

    #[test]
    fn an_instrument_without_a_score_is_refused() {
        let mut o = lab(1.0, None);
        let instrument = |scores: &[(&str, f64)]| Measured::Instrument {
            instrument: "nihss".into(),
            version: "1".into(),
            items: BTreeMap::new(),
            scores: scores.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect(),
        };
        o.result = instrument(&[]);
        assert!(o.check().is_err());
        o.result = instrument(&[("total", 7.0)]);
        assert_eq!((o.check(), o.name()), (Ok(()), "nihss"));
    }
}
