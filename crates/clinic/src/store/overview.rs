//! What the course of a patient and the clinic's own overview are made from.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{
    Kind, Store, StoreError, Summary, db::Arg, document::Stored, error::while_doing, patients::PatientPage,
    sql,
};
use crate::{
    access::{Actor, Permission},
    id::Id,
    outcome::Outcome,
    people::{Patient, PatientId},
    session::{Session, SessionId},
    timeline::Timeline,
};

/// Rows that are read at once.
const BATCH: u32 = 1000;

/// A summary with whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Whose.
    pub patient: String,
    /// The summary.
    pub summary: Summary,
}

/// What the clinic's overview counts: summaries, never bodies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// Patients.
    pub patients: Vec<Kept>,
    /// Sessions.
    pub sessions: Vec<Kept>,
    /// Outcomes.
    pub outcomes: Vec<Kept>,
    /// Whether there was more than [`MOST`] of a kind, so that the oldest were left out.
    pub cut: bool,
}

/// Most things of a kind that an overview reads.
pub const MOST: usize = 100_000;

impl Store {
    /// What has a date in the record of a patient.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Erased`], [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn timeline(
        &self,
        actor: &Actor,
        id: PatientId,
    ) -> Result<(Stored<Patient>, Timeline), StoreError> {
        // The page writes the line of the audit log, before anything is shown.
        let PatientPage { patient, things, .. } = self.patient_page(actor, id).await?;
        let mut outcomes: Vec<(String, Outcome)> = Vec::new();
        let mut sessions: Vec<(SessionId, Session)> = Vec::new();
        for thing in things.iter().filter(|t| t.state != "erased") {
            match thing.kind {
                Kind::Outcome => {
                    if let Some(found) = self.newest::<Outcome>(read_id(thing)?).await? {
                        outcomes.push((thing.id.clone(), found.value));
                    }
                }
                Kind::Session => {
                    let id: SessionId = read_id(thing)?;
                    sessions.push((id, self.log(id).await?.state().clone()));
                }
                _ => {}
            }
        }
        let timeline = Timeline::of(
            outcomes.iter().map(|(id, o)| (id.as_str(), o)),
            sessions.iter().map(|(id, s)| (*id, s)),
        );
        Ok((patient, timeline))
    }

    /// Summaries of everything, for counting. One line of the audit log says that it was read; who shows names must
    /// say whose with [`Store::note_shown`].
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn overview(&self, actor: &Actor) -> Result<Overview, StoreError> {
        actor.may(Permission::ReadPatient)?;
        let mut found = Overview::default();
        for kind in [Kind::Patient, Kind::Session, Kind::Outcome] {
            let mut all = Vec::new();
            loop {
                let args = [
                    Arg::Text(kind.word()),
                    Arg::Int(i64::from(BATCH)),
                    Arg::Int(i64::try_from(all.len()).unwrap_or(i64::MAX)),
                ];
                let rows = self.db.rows(sql::HEADS_OF_KIND, &args).await.map_err(while_doing("read"))?;
                let n = rows.len();
                for row in &rows {
                    let patient = row.opt_text(3).map_err(while_doing("read"))?.unwrap_or_default();
                    all.push(Kept { patient, summary: Summary::read(row)? });
                }
                if n < BATCH as usize {
                    break;
                }
                if all.len() >= MOST {
                    found.cut = true;
                    break;
                }
            }
            // What was erased counts no more.
            all.retain(|k| k.summary.state != "erased");
            match kind {
                Kind::Patient => found.patients = all,
                Kind::Session => found.sessions = all,
                _ => found.outcomes = all,
            }
        }
        let mut line = self.line(actor, "list", "clinic", "overview".to_owned(), None);
        line.detail = format!(
            "counts of {} patients, {} sessions, {} outcomes",
            found.patients.len(),
            found.sessions.len(),
            found.outcomes.len()
        );
        self.note(vec![line]).await?;
        Ok(found)
    }

    /// Writes into the audit log which patients a list shows by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn note_shown<'a>(
        &self,
        actor: &Actor,
        patients: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), StoreError> {
        let lines: Vec<_> = patients
            .into_iter()
            .map(|p| self.line(actor, "list", "patient", p.to_owned(), Some(p.to_owned())))
            .collect();
        if lines.is_empty() { Ok(()) } else { self.note(lines).await }
    }
}

fn read_id<T>(thing: &Summary) -> Result<Id<T>, StoreError> {
    thing.id.parse().map_err(|e: crate::id::BadId| super::document::damaged(thing.kind, &thing.id, e))
}

/// An instant of a summary.
#[must_use]
pub fn instant(summary: &Json, field: &str) -> Option<Timestamp> {
    summary.get(field)?.as_str()?.parse().ok()
}
