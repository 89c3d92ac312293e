//! What each kind of document asks of a change, and what lists show of it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{
    document::{Document, Kind},
    patients,
};
use crate::{
    access::Permission,
    consent::Consent,
    id::Id,
    outcome::Outcome,
    people::{Clinic, Patient, PatientId, Practitioner},
    screening::Screening,
};

impl Document for Patient {
    const KIND: Kind = Kind::Patient;
    const READ: Permission = Permission::ReadPatient;
    fn patient(&self, id: Id<Self>) -> Option<PatientId> {
        Some(id)
    }
    fn change(&self, before: Option<&Self>) -> Result<Permission, String> {
        if self.name.is_empty() {
            return Err("a patient needs a name".into());
        }
        // Older records keep answers here; they are read for ever, and new ones are screenings.
        if before.map_or(!self.screening.is_empty(), |b| b.screening != self.screening) {
            return Err(
                "answers to the questions of safety are kept as screenings, not in the patient".into()
            );
        }
        let finite = |v: Option<f64>| v.is_none_or(|v| v.is_finite() && v >= 0.0);
        if ![self.facts.inr, self.facts.platelets_per_ul, self.facts.neutrophils_per_mm3]
            .into_iter()
            .all(finite)
        {
            return Err("a blood value is not possible".into());
        }
        Ok(Permission::WritePatient)
    }
    fn summary(&self) -> Json {
        json!({
            "name": self.name.to_string(),
            "birth_date": self.birth_date,
            "identifiers": self.identifiers,
            "diagnoses": self.diagnoses.iter().map(|d| &d.text).collect::<Vec<_>>(),
        })
    }
    fn words(&self) -> Option<Vec<String>> {
        Some(patients::words(self))
    }
}

impl Document for Practitioner {
    const KIND: Kind = Kind::Practitioner;
    const READ: Permission = Permission::ReadStaff;
    fn patient(&self, _: Id<Self>) -> Option<PatientId> {
        None
    }
    fn change(&self, _: Option<&Self>) -> Result<Permission, String> {
        if self.name.is_empty() {
            return Err("someone who works here needs a name".into());
        }
        Ok(Permission::WriteStaff)
    }
    fn state(&self) -> &'static str {
        if self.active { "active" } else { "left" }
    }
    fn summary(&self) -> Json {
        json!({ "name": self.name.to_string(), "roles": self.roles })
    }
}

impl Document for Clinic {
    const KIND: Kind = Kind::Clinic;
    const READ: Permission = Permission::ReadStaff;
    fn patient(&self, _: Id<Self>) -> Option<PatientId> {
        None
    }
    fn change(&self, _: Option<&Self>) -> Result<Permission, String> {
        Ok(Permission::WriteStaff)
    }
    fn summary(&self) -> Json {
        json!({ "name": self.name })
    }
}

impl Document for Consent {
    const KIND: Kind = Kind::Consent;
    const READ: Permission = Permission::ReadPatient;
    fn patient(&self, _: Id<Self>) -> Option<PatientId> {
        Some(self.patient)
    }
    fn change(&self, before: Option<&Self>) -> Result<Permission, String> {
        self.follows(before)?;
        Ok(Permission::WritePatient)
    }
    fn state(&self) -> &'static str {
        if self.withdrawn_at.is_some() { "withdrawn" } else { "given" }
    }
    fn sort(&self) -> Option<Timestamp> {
        Some(self.given_at)
    }
    fn summary(&self) -> Json {
        json!({
            "to": self.to,
            "version": self.version,
            "language": self.language,
            "given_at": self.given_at,
            "given_by": self.given_by,
            "withdrawn_at": self.withdrawn_at,
        })
    }
}

impl Document for Outcome {
    const KIND: Kind = Kind::Outcome;
    const READ: Permission = Permission::ReadPatient;
    fn patient(&self, _: Id<Self>) -> Option<PatientId> {
        Some(self.patient)
    }
    fn change(&self, before: Option<&Self>) -> Result<Permission, String> {
        self.check().map_err(|e| e.to_string())?;
        if before.is_some_and(|b| b.patient != self.patient) {
            return Err("an outcome stays with its patient".into());
        }
        Ok(Permission::RecordOutcome)
    }
    fn sort(&self) -> Option<Timestamp> {
        Some(self.at)
    }
    fn summary(&self) -> Json {
        json!({ "name": self.name(), "visit": self.visit, "at": self.at, "result": self.result })
    }
}

/// A file of a patient: a head, a picture, a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Whose.
    pub patient: PatientId,
    /// Name of the file.
    pub name: String,
    /// What it is, as a media type such as `model/gltf-binary`.
    pub media_type: String,
    /// The bytes, in base64.
    pub base64: String,
}

impl Document for File {
    const KIND: Kind = Kind::File;
    const READ: Permission = Permission::ReadPatient;
    fn patient(&self, _: Id<Self>) -> Option<PatientId> {
        Some(self.patient)
    }
    fn change(&self, before: Option<&Self>) -> Result<Permission, String> {
        if before.is_some_and(|b| b.patient != self.patient) {
            return Err("a file stays with its patient".into());
        }
        Ok(Permission::WritePatient)
    }
    fn summary(&self) -> Json {
        json!({ "name": self.name, "media_type": self.media_type, "base64_bytes": self.base64.len() })
    }
}

impl Document for Screening {
    const KIND: Kind = Kind::Screening;
    const READ: Permission = Permission::ReadPatient;
    fn patient(&self, _: Id<Self>) -> Option<PatientId> {
        Some(self.patient)
    }
    fn change(&self, before: Option<&Self>) -> Result<Permission, String> {
        if self.answers.0.is_empty() && self.reopened.is_empty() {
            return Err("a screening has at least one answer, or takes one back".into());
        }
        if self.reopened.iter().any(|name| self.answers.get(name).is_some()) {
            return Err("a screening does not answer a question and take the answer back".into());
        }
        if before.is_some_and(|b| b.patient != self.patient || b.at != self.at) {
            return Err("a screening stays with its patient and its time".into());
        }
        Ok(Permission::Screen)
    }
    fn sort(&self) -> Option<Timestamp> {
        Some(self.at)
    }
    fn summary(&self) -> Json {
        json!({ "at": self.at, "answers": self.answers.0.len(), "session": self.session })
    }
}
