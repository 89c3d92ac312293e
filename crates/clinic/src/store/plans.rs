//! Plans in the record: drafts may change, what is signed may only be followed by a next version.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::document::{Document, Kind};
use crate::{
    access::Permission,
    id::Id,
    people::{PatientId, PractitionerId},
    plan::Plan,
};

impl Document for Plan {
    const KIND: Kind = Kind::Plan;
    const READ: Permission = Permission::ReadPatient;
    fn patient(&self, _: Id<Self>) -> Option<PatientId> {
        self.patient
    }
    fn change(&self, before: Option<&Self>) -> Result<Permission, String> {
        if self.patient.is_none() {
            return Err("a plan in the record belongs to a patient, and this one names none".into());
        }
        if self.signature.is_some() && !self.is_intact() {
            return Err("the plan is not what was signed: something in it changed afterwards".into());
        }
        match before {
            None if self.version != 1 || self.follows.is_some() => {
                return Err(format!("a plan begins with version 1, not {}", self.version));
            }
            None => {}
            Some(b) if b.patient != self.patient || b.id != self.id => {
                return Err("a plan stays the plan of its patient".into());
            }
            Some(b)
                if b.signature.is_some()
                    && (self.version != b.version + 1 || self.follows != Some(b.version)) =>
            {
                return Err(format!("version {} is signed; the next version follows it", b.version));
            }
            Some(b) if b.signature.is_none() && (self.version != b.version || self.follows != b.follows) => {
                return Err(format!("version {} is a draft; it is signed before the next begins", b.version));
            }
            Some(_) => {}
        }
        Ok(if self.signature.is_some() { Permission::Sign } else { Permission::DraftPlan })
    }
    fn state(&self) -> &'static str {
        if self.signature.is_some() { "signed" } else { "draft" }
    }
    fn signer(&self) -> Option<PractitionerId> {
        self.signature.as_ref().and_then(|s| s.signer)
    }
    fn sort(&self) -> Option<Timestamp> {
        self.signature.as_ref().map(|s| s.at)
    }
    fn summary(&self) -> Json {
        json!({
            "condition": self.condition,
            "plan_version": self.version,
            "needles": self.needles.len(),
            "sites": self.needles.iter().map(|n| n.key().to_string()).collect::<Vec<_>>(),
            "signed_by": self.signature.as_ref().map(|s| &s.by),
        })
    }
}
