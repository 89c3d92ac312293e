//! What can go wrong with a record.

use crate::{access::Denied, outcome::OutcomeError, session::SessionError};

/// Why a call of the store failed. Unless it says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The role does not allow it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Someone else was faster.
    #[error(
        "{kind} {id} has changed meanwhile: it is at version {found}, the change was made to version {expected}"
    )]
    Conflict {
        /// Kind.
        kind: &'static str,
        /// Identifier.
        id: String,
        /// Version that the caller knew; 0 for something new.
        expected: u64,
        /// Version that is there.
        found: u64,
    },
    /// There is no such thing.
    #[error("there is no {kind} {id} in this record")]
    NotFound {
        /// Kind.
        kind: &'static str,
        /// Identifier.
        id: String,
    },
    /// It was erased.
    #[error("{kind} {id} was erased")]
    Erased {
        /// Kind.
        kind: &'static str,
        /// Identifier.
        id: String,
    },
    /// The key was used for another request.
    #[error("the idempotency key was used for another request before")]
    KeyReused,
    /// The value cannot be.
    #[error("{0}")]
    Invalid(String),
    /// A session would begin without a consent to treatment that stands, and nobody who may decides otherwise.
    #[error(
        "no consent to treatment stands in the record: record one, or a practitioner says why it begins without"
    )]
    NoConsent,
    /// An event that a session does not allow.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// An outcome that cannot be.
    #[error(transparent)]
    Outcome(#[from] OutcomeError),
    /// What is stored does not match its checksum, or cannot be read.
    #[error("{what} is damaged: {why}; restore a backup, or look with `baihui record verify`")]
    Damaged {
        /// What.
        what: String,
        /// How that shows.
        why: String,
    },
    /// The file or database is not a record that this program can use.
    #[error("{0}")]
    NotARecord(String),
    /// The database says no: disk full, no connection, locked.
    #[error("the record could not be {doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        source: sqlx::Error,
    },
    /// The transaction that this belonged to failed together with others.
    #[error("not saved: {0}")]
    NotSaved(String),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl StoreError {
    /// Whether trying again, with the same idempotency key, may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Database { .. } | Self::NotSaved(_))
    }
}

/// Says what was being done when the database failed.
pub(crate) fn while_doing(doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Database { doing, source }
}
