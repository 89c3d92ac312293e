//! What a letter needs, read from the record.

use baihui_clinic::{
    access::Actor,
    id::Id,
    outcome::{Outcome, OutcomeId},
    people::{Clinic, Patient, Practitioner, Role},
    plan::Plan,
    session::{Session, SessionId},
    store::{Kind, Store, StoreError, Stored},
};

use super::letter::Course;

/// A course as the record has it.
pub struct Gathered {
    /// The patient.
    pub patient: Stored<Patient>,
    /// Name and address of the clinic; empty where none is kept.
    pub clinic: String,
    session: Session,
    plan: Option<Plan>,
    sessions: Vec<Session>,
    outcomes: Vec<Outcome>,
    practitioner: String,
}

impl Gathered {
    /// What the letter is about.
    pub fn course(&self) -> Course<'_> {
        Course {
            session: &self.session,
            plan: self.plan.as_ref(),
            sessions: &self.sessions,
            outcomes: &self.outcomes,
            practitioner: self.practitioner.clone(),
        }
    }
}

fn unreadable(e: baihui_clinic::id::BadId) -> StoreError {
    StoreError::Invalid(e.to_string())
}

/// Reads the session and all that is kept of its patient.
///
/// # Errors
/// [`StoreError`] where the actor may not read it, or it cannot be read.
pub async fn course(store: &Store, actor: &Actor, id: SessionId) -> Result<Gathered, StoreError> {
    let (_, log) = store.session(actor, id).await?;
    let session = log.state().clone();
    let patient = store.get(actor, session.start.patient).await?;
    let things = store.patient_page(actor, session.start.patient).await?.things;
    let (mut sessions, mut outcomes) = (Vec::new(), Vec::new());
    for t in things.iter().filter(|t| t.state != "erased") {
        match t.kind {
            Kind::Session => {
                let id: SessionId = t.id.parse().map_err(unreadable)?;
                sessions.push(store.session(actor, id).await?.1.state().clone());
            }
            Kind::Outcome => {
                let id: OutcomeId = t.id.parse().map_err(unreadable)?;
                outcomes.push(store.get(actor, id).await?.value);
            }
            _ => {}
        }
    }
    sessions.sort_by_key(|s| s.started.at);
    outcomes.sort_by_key(|o: &Outcome| o.at);
    let plan = match session.start.plan {
        None => None,
        Some(of) => {
            let versions = store.history::<Plan>(actor, of.id.cast()).await?;
            versions.into_iter().find(|v| v.version == of.version).map(|v| v.value)
        }
    };
    // Whoever may read the session may know who held it.
    let staff = Actor { id: actor.id, roles: [Role::Owner].into() };
    let by = store.get::<Practitioner>(&staff, session.start.practitioner).await?.value;
    let parts = [by.name.to_string(), by.background].into_iter().filter(|t| !t.trim().is_empty());
    let practitioner = parts.collect::<Vec<_>>().join(", ");
    let clinic = clinic(store, actor).await?;
    Ok(Gathered { patient, clinic, session, plan, sessions, outcomes, practitioner })
}

/// Name and address of the clinic in a line; empty where none is kept.
///
/// # Errors
/// As [`course`].
pub async fn clinic(store: &Store, actor: &Actor) -> Result<String, StoreError> {
    let found = store.list::<Clinic>(actor, 1, 0).await?;
    let Some(first) = found.first() else { return Ok(String::new()) };
    let id: Id<Clinic> = first.id.parse().map_err(unreadable)?;
    let c = store.get(actor, id).await?.value;
    let lines = [vec![c.name, c.contact.address], c.contact.phone, c.contact.email].concat();
    Ok(lines.into_iter().filter(|l| !l.trim().is_empty()).collect::<Vec<_>>().join(" · "))
}
