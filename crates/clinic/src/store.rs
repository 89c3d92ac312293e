//! The record: everything that is kept, on SQLite (one file, made on first use) or PostgreSQL.
//!
//! - What is there is never changed: each change adds a version, each event of a session a line.
//! - A call returns when the disk has it. Calls at the same time share a wait for the disk (see `writer`).
//! - Every call names an [`Actor`](crate::access::Actor); what the actor may do stands in [`crate::access::MATRIX`].
//! - Who reads a patient stands in the audit log before the caller sees anything.
//! - Changes name the version that they were made to; whoever is second is told ([`StoreError::Conflict`]).
//! - A request with an idempotency key is carried out once, however often it is sent.
//! - Time and randomness come from a [`Host`].

mod archive;
mod chain;
mod copy;
mod course;
mod csv;
mod db;
mod deidentified;
mod document;
mod erase;
mod error;
mod kinds;
mod overview;
pub mod passphrase;
mod patients;
mod plans;
mod seal;
mod sessions;
mod sql;
mod table;
mod verify;
mod writer;

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    archive::Exported,
    chain::AuditLine,
    copy::Copied,
    course::{Course, CourseSession},
    deidentified::{Deidentified, Deidentify},
    document::{Document, Kind, Stored, Summary, Write},
    error::StoreError,
    kinds::File,
    overview::{Kept, MOST, Overview, instant},
    patients::{Found, PatientPage, Search},
    verify::{Checkpoint, Problem, Report},
};
use self::{
    chain::{GENESIS, Line},
    db::{Arg, Db},
    error::while_doing,
    writer::{Job, Writer},
};
use crate::access::{Actor, Permission};

/// Version of the tables that this program writes.
const SCHEMA: &str = "1";

/// What the machine supplies.
pub trait Host: Send + Sync {
    /// The time.
    fn now(&self) -> Timestamp;
    /// Random bytes; good ones, since salts are made of them.
    fn random(&self) -> [u8; 16];
    /// The passphrase of a record's file; none for one that is not encrypted, or not to be.
    ///
    /// # Errors
    /// [`StoreError`] if there is one that cannot be had.
    fn passphrase(&self, file: &std::path::Path) -> Result<Option<passphrase::Passphrase>, StoreError> {
        let _ = file;
        Ok(None)
    }
}

/// Where a record is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Location {
    /// A file.
    File(PathBuf),
    /// A PostgreSQL database, as `postgres://user@host/database`.
    Postgres(String),
}

impl Location {
    /// A location from what a user writes: a URL of PostgreSQL, or a path.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Postgres(text.to_owned())
        } else {
            Self::File(PathBuf::from(text))
        }
    }
}

/// An open record. Clones share it.
#[derive(Clone)]
pub struct Store {
    db: Db,
    writer: Writer,
    host: Arc<dyn Host>,
    task: Arc<tokio::sync::Mutex<Option<tokio::task::JoinHandle<()>>>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("db", &self.db).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a record; an empty one is made where there is none.
    ///
    /// # Errors
    /// [`StoreError::NotARecord`] for a database that holds something else or is of a later version,
    /// [`StoreError::Database`] if it cannot be opened.
    pub async fn open(location: &Location, host: Arc<dyn Host>) -> Result<Self, StoreError> {
        let db = connect(location, true, host.as_ref()).await?;
        if let Err(e) = prepare(&db).await {
            db.close().await;
            return Err(e);
        }
        let (writer, task) = Writer::start(db.clone());
        Ok(Self { db, writer, host, task: Arc::new(tokio::sync::Mutex::new(Some(task))) })
    }

    /// Finishes what is queued and closes. Other clones can do nothing afterwards.
    pub async fn close(self) {
        let Self { db, writer, task, .. } = self;
        drop(writer);
        let task = task.lock().await.take();
        if let Some(mut task) = task
            && tokio::time::timeout(std::time::Duration::from_secs(5), &mut task).await.is_err()
        {
            // A clone is still about; what it has queued is answered with an error.
            task.abort();
        }
        db.close().await;
    }

    /// The time by the host.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.host.now()
    }

    /// Asks the engine to prepare every statement that this program has, without running any: whether a version of
    /// an engine fits is seen before a patient waits.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] names the first statement that the engine refuses.
    pub async fn check_statements(&self) -> Result<usize, StoreError> {
        for (name, statement) in sql::ALL {
            self.db.prepare(statement).await.map_err(|e| StoreError::Invalid(format!("{name}: {e}")))?;
        }
        Ok(sql::ALL.len())
    }

    /// A new identifier.
    #[must_use]
    pub fn new_id<T>(&self) -> crate::id::Id<T> {
        let random = self.host.random();
        let mut ten = [0; 10];
        ten.copy_from_slice(&random[..10]);
        crate::id::Id::new(self.host.now(), ten)
    }

    /// Writes lines into the audit log and waits until they are there.
    async fn note(&self, lines: Vec<Line>) -> Result<(), StoreError> {
        self.writer.write(Job::Lines(lines)).await.map(|_| ())
    }

    /// A line of the audit log.
    fn line(
        &self,
        actor: &Actor,
        action: &'static str,
        kind: &str,
        id: String,
        patient: Option<String>,
    ) -> Line {
        Line {
            at_ms: self.host.now().as_millisecond(),
            actor: actor.id.to_string(),
            action,
            kind: kind.to_owned(),
            id,
            patient,
            detail: String::new(),
            content: None,
        }
    }

    /// The audit log after a line, oldest first; of one patient if asked.
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn audit(
        &self,
        actor: &Actor,
        of: Option<crate::people::PatientId>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        actor.may(Permission::Audit)?;
        let limit = Arg::Int(i64::from(limit.min(10_000)));
        let rows = match of {
            None => self.db.rows(sql::AUDIT_AFTER, &[Arg::Int(after), limit]).await,
            Some(p) => {
                self.db.rows(sql::AUDIT_OF, &[Arg::Text(&p.to_string()), Arg::Int(after), limit]).await
            }
        };
        let rows = rows.map_err(while_doing("read"))?;
        rows.iter()
            .map(|r| chain::Kept::read(r).map(chain::Kept::shown).map_err(while_doing("read")))
            .collect()
    }
}

async fn connect(location: &Location, create: bool, host: &dyn Host) -> Result<Db, StoreError> {
    match location {
        Location::File(path) => {
            if create && let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
                let shown = || folder.display().to_string();
                std::fs::create_dir_all(folder)
                    .map_err(|source| StoreError::File { path: shown(), source })?;
            }
            let passphrase = host.passphrase(path)?;
            passphrase::fits(path, passphrase.as_ref())?;
            Db::sqlite(path, create, passphrase.as_ref()).await.map_err(|e| match &e {
                // SQLite's own words for a file that is something else, or encrypted otherwise.
                sqlx::Error::Database(d) if d.message().contains("not a database") => {
                    StoreError::NotARecord(match passphrase {
                        None => format!("{} is not a record", path.display()),
                        Some(_) => format!(
                            "the passphrase does not open {}; or the file is no record, or damaged",
                            path.display()
                        ),
                    })
                }
                _ => while_doing("opened")(e),
            })
        }
        Location::Postgres(url) => Db::postgres(url).await.map_err(while_doing("opened")),
    }
}

/// Makes the tables where there are none, and refuses what is not ours.
async fn prepare(db: &Db) -> Result<(), StoreError> {
    let doing = "opened";
    if let Ok(rows) = db.rows(sql::META, &[Arg::Text("schema")]).await {
        let found = match rows.first() {
            Some(row) => row.text(0).map_err(while_doing(doing))?,
            None => {
                return Err(StoreError::NotARecord("the database has no version; it is not a record".into()));
            }
        };
        if found == SCHEMA {
            return Ok(());
        }
        if found == "moved" {
            return Err(StoreError::NotARecord(
                "the passphrase was changed at this moment; open it again".into(),
            ));
        }
        return Err(StoreError::NotARecord(format!(
            "the record has version {found}, this program knows version {SCHEMA}; use a newer program"
        )));
    }
    let mut tx = db.begin().await.map_err(while_doing(doing))?;
    for statement in sql::SCHEMA_1 {
        tx.execute(statement, &[]).await.map_err(while_doing("made"))?;
    }
    let set = [Arg::Text("schema"), Arg::Text(SCHEMA)];
    tx.execute(sql::SET_META, &set).await.map_err(while_doing("made"))?;
    tx.execute(sql::NEW_CHAIN, &[Arg::Int(0), Arg::Bytes(&GENESIS)]).await.map_err(while_doing("made"))?;
    tx.commit().await.map_err(while_doing("made"))
}
