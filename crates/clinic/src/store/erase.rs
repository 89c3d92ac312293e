//! Erasing a person: what they said and what was done to them goes, that it was there and went stays.

use super::{Store, StoreError, error::while_doing, writer::Job};
use crate::{
    access::{Actor, Permission},
    people::PatientId,
};

impl Store {
    /// Erases everything that is kept of a patient. What stays: identifiers without a name, when something was
    /// written and by whom, and the reason. The chain stays whole, since it only ever held salted hashes, and the
    /// salt goes with the rest.
    ///
    /// On SQLite the bytes are overwritten and the log is emptied. Backups made before still hold the person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Erased`] if that was done before, [`StoreError::Invalid`] without a
    /// reason, [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn erase(&self, actor: &Actor, patient: PatientId, reason: &str) -> Result<(), StoreError> {
        actor.may(Permission::Erase)?;
        if reason.trim().is_empty() {
            return Err(StoreError::Invalid("erasing needs a reason".into()));
        }
        let id = patient.to_string();
        let line = self.line(actor, "erase", "patient", id.clone(), Some(id.clone()));
        self.writer
            .write(Job::Erase { patient: id, reason: reason.to_owned(), line: Box::new(line) })
            .await?;
        // The old pages are still in the log until it is written back and emptied.
        self.db.sqlite_only("PRAGMA wal_checkpoint(TRUNCATE)").await.map_err(while_doing("erased"))?;
        Ok(())
    }
}
