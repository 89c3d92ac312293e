//! Who may do what: one table, asked in one place.
//!
//! Every call of the store names an [`Actor`]; the store asks [`Actor::may`] before it touches anything. A person
//! with several roles may do what any of them may.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::people::{PractitionerId, Role};

/// What can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Read patients and everything about them.
    ReadPatient,
    /// Make and change patients, consents and files.
    WritePatient,
    /// Draft plans.
    DraftPlan,
    /// Ask what the rules of safety ask, and keep the answers.
    Screen,
    /// Record what happens in a session that is not signed.
    RecordSession,
    /// Record outcomes.
    RecordOutcome,
    /// Sign and amend plans and sessions; give the reason that overrides a rule.
    Sign,
    /// Read who works here and what the clinic is.
    ReadStaff,
    /// Change who works here, what they may do, and what the clinic is.
    WriteStaff,
    /// Read the audit log and check the record.
    Audit,
    /// Copy the whole record out or in: backup, restore, export, import.
    CopyRecord,
    /// Copy out what carries no names.
    ExportDeidentified,
    /// Erase a person.
    Erase,
}

use Permission::{
    Audit, CopyRecord, DraftPlan, Erase, ExportDeidentified, ReadPatient, ReadStaff, RecordOutcome,
    RecordSession, Screen, Sign, WritePatient, WriteStaff,
};

/// The whole table. What is not in it is not allowed.
pub const MATRIX: &[(Role, &[Permission])] = &[
    (Role::Owner, &[ReadStaff, WriteStaff, Audit, CopyRecord, ExportDeidentified, Erase]),
    (
        Role::Practitioner,
        &[
            ReadPatient,
            WritePatient,
            DraftPlan,
            Screen,
            RecordSession,
            RecordOutcome,
            Sign,
            ReadStaff,
            ExportDeidentified,
        ],
    ),
    (Role::Assistant, &[ReadPatient, WritePatient, Screen, RecordSession, RecordOutcome, ReadStaff]),
    (Role::Student, &[ReadPatient, DraftPlan, Screen, RecordSession, RecordOutcome, ReadStaff]),
    (Role::Researcher, &[ExportDeidentified]),
];

/// Who acts. Whoever makes one has found out who it is; the command line takes the user of the machine at their
/// word, a server must not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// Who.
    pub id: PractitionerId,
    /// As what.
    pub roles: BTreeSet<Role>,
}

/// The actor has no role that may do this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} may not do this (it needs the permission \"{}\")", roles_in_words(.roles), word(.needs))]
pub struct Denied {
    /// What the actor is.
    pub roles: BTreeSet<Role>,
    /// What would be needed.
    pub needs: Permission,
}

impl Actor {
    /// Whether a role of the actor allows it.
    ///
    /// # Errors
    /// [`Denied`] otherwise.
    pub fn may(&self, permission: Permission) -> Result<(), Denied> {
        let allowed = MATRIX.iter().any(|(role, can)| self.roles.contains(role) && can.contains(&permission));
        if allowed { Ok(()) } else { Err(Denied { roles: self.roles.clone(), needs: permission }) }
    }
}

/// The word by which JSON knows a unit variant.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn roles_in_words(roles: &BTreeSet<Role>) -> String {
    if roles.is_empty() {
        return "someone without a role".to_owned();
    }
    let words: Vec<String> = roles.iter().map(word).collect();
    format!("role {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(roles: &[Role], permission: Permission) -> bool {
        let roles = roles.iter().copied().collect();
        Actor { id: PractitionerId::from_uuid(uuid::Uuid::nil()), roles }.may(permission).is_ok()
    }

    #[test]
    fn only_a_practitioner_signs() {
        use Role::{Assistant, Owner, Practitioner, Researcher, Student};
        assert!(may(&[Practitioner], Sign));
        assert!(!may(&[Owner, Assistant, Student, Researcher], Sign));
        assert!(!may(&[], ReadStaff));
    }

    #[test]
    fn names_are_closed_to_researchers_and_to_owners_as_such() {
        assert!(!may(&[Role::Researcher], ReadPatient) && may(&[Role::Researcher], ExportDeidentified));
        assert!(!may(&[Role::Owner], ReadPatient) && may(&[Role::Owner, Role::Practitioner], ReadPatient));
    }

    #[test]
    fn only_an_owner_erases_copies_and_hires() {
        for permission in [Erase, CopyRecord, WriteStaff, Audit] {
            assert!(may(&[Role::Owner], permission));
            assert!(!may(
                &[Role::Practitioner, Role::Assistant, Role::Student, Role::Researcher],
                permission
            ));
        }
    }

    #[test]
    fn a_denial_says_what_is_missing() {
        let actor = Actor { id: PractitionerId::from_uuid(uuid::Uuid::nil()), roles: [Role::Student].into() };
        let said = actor.may(Sign).unwrap_err().to_string();
        assert_eq!(said, "role student may not do this (it needs the permission \"sign\")");
    }

    #[test]
    fn every_role_stands_once_and_no_permission_twice() {
        let roles: BTreeSet<Role> = MATRIX.iter().map(|(r, _)| *r).collect();
        assert_eq!(roles.len(), MATRIX.len());
        for (role, can) in MATRIX {
            let set: BTreeSet<_> = can.iter().collect();
            assert_eq!(set.len(), can.len(), "{role:?}");
        }
    }
}
