//! Laboratory values and blood-flow velocities that are kept beside the instruments.
//!
//! Values of different assays are never compared; each result keeps its assay and its laboratory's own range.

use std::collections::BTreeMap;

use baihui_atlas::language::{Fact, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instrument::Loinc;

/// `atlas/labs.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Labs {
    /// Laboratory values by id.
    #[serde(default)]
    pub lab: BTreeMap<String, Lab>,
    /// Published series of velocities by transcranial Doppler.
    #[serde(default)]
    pub doppler: Vec<DopplerSeries>,
}

/// A laboratory value.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lab {
    /// Name.
    pub name: String,
    /// Unit, as UCUM writes it.
    pub unit: String,
    /// LOINC code.
    pub loinc: Loinc,
    /// What is said about its range.
    #[serde(default)]
    pub range: Vec<Fact>,
    /// Where sources disagree or print errors.
    #[serde(default)]
    pub conflict: Vec<Fact>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// Mean velocities of one artery in one published series, cm/s.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DopplerSeries {
    /// Artery: `MCA`, `ACA`, `PCA`, `BA`.
    pub artery: String,
    /// Of whom.
    pub population: String,
    /// Mean of the mean velocities, cm/s.
    pub mean_cm_s: f64,
    /// Standard deviation, cm/s.
    pub sd_cm_s: f64,
    /// Sources.
    pub sources: Vec<Source>,
}
