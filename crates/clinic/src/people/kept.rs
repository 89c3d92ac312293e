//! What is kept with a patient between visits: answers to the questions of safety, and what the head is made from.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{id::Id, safety::FactValue, store::File};

/// An answer with its day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The answer.
    pub value: FactValue,
    /// When it was given.
    pub on: Date,
}

/// Answers by the names of the questions of `atlas/safety.toml`. What is absent was not asked.
pub type Screening = BTreeMap<String, Answered>;

/// What a patient's head is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum HeadOf {
    /// Tape measurements.
    Tape(TapeHead),
    /// An image, a scan or digitised points; the head that was made of it is a file of the patient.
    File(FileHead),
}

/// A head that was made of the person's own image, scan or points. The image itself is not kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileHead {
    /// The head, a [`File`] of the type `model/gltf-binary`.
    pub file: Id<File>,
    /// The page that shows how good it is, a [`File`] of the type `text/html`.
    pub page: Id<File>,
    /// What it was made of: `mri`, `scan` or `points`.
    pub made_of: String,
}

/// What is known of a patient's body: what points of the body are located on. What is not known is estimated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BodyTape {
    /// Height, cm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height_cm: Option<f64>,
    /// Weight, kg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_kg: Option<f64>,
    /// Crease of the elbow to crease of the wrist, cm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forearm_cm: Option<f64>,
    /// Crease behind the knee to the tip of the outer ankle, cm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower_leg_cm: Option<f64>,
    /// Notch above the breastbone to the upper edge of the pubic bone, straight, cm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trunk_cm: Option<f64>,
}

/// Tape measurements as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TapeHead {
    /// Readings by dimension (`circumference`, `nasion_inion`, ...), with their unit as typed.
    pub readings: BTreeMap<String, String>,
    /// Sex that the population figures were taken for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    /// Age that they were taken for, years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_years: Option<f64>,
    /// What is left of the front hairline.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hairline: String,
    /// Rule for a front hairline that was not measured.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hairline_rule: String,
    /// The practitioner's own repeat error of a reading (standard deviation), mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tape_sd_mm: Option<f64>,
}
