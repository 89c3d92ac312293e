//! Things that are kept whole, version after version: patients, staff, plans, outcomes.

use std::{
    fmt,
    io::{Read as _, Write as _},
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::{
    Store, StoreError,
    chain::{Hash, content_hash, plain_hash},
    db::{Arg, Row},
    error::while_doing,
    sql,
    writer::{Done, Job, NewEntry},
};
use crate::{
    access::{Actor, Permission},
    id::Id,
    people::{PatientId, PractitionerId},
};

/// A body larger than this is refused, on the way in and on the way out.
const LARGEST: u64 = 64 << 20;

/// Kinds of things in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The clinic; there is one.
    Clinic,
    /// Someone who works here.
    Practitioner,
    /// A patient.
    Patient,
    /// A consent.
    Consent,
    /// A plan.
    Plan,
    /// A session.
    Session,
    /// An outcome.
    Outcome,
    /// A file: a head, a picture, a letter.
    File,
    /// What was asked about safety at one occasion.
    Screening,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Clinic,
        Self::Practitioner,
        Self::Patient,
        Self::Consent,
        Self::Plan,
        Self::Session,
        Self::Outcome,
        Self::File,
        Self::Screening,
    ];

    /// Kinds of what is kept of a patient.
    pub const OF_PATIENT: [Self; 6] =
        [Self::Consent, Self::File, Self::Outcome, Self::Plan, Self::Screening, Self::Session];

    /// The word for it, as in JSON and in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clinic => "clinic",
            Self::Practitioner => "practitioner",
            Self::Patient => "patient",
            Self::Consent => "consent",
            Self::Plan => "plan",
            Self::Session => "session",
            Self::Outcome => "outcome",
            Self::File => "file",
            Self::Screening => "screening",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Something that the record keeps whole. A new kind of document needs this and nothing else.
pub trait Document: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its kind.
    const KIND: Kind;

    /// What it takes to read it.
    const READ: Permission;

    /// Whose it is, if it is a patient's.
    fn patient(&self, id: Id<Self>) -> Option<PatientId>;

    /// What it takes to make this out of what was there, or why it cannot be.
    ///
    /// # Errors
    /// A sentence for the user.
    fn change(&self, before: Option<&Self>) -> Result<Permission, String>;

    /// One word on how far it is: `draft`, `signed` ...
    fn state(&self) -> &'static str {
        "current"
    }

    /// Who signed it, if the signature says so. Nobody keeps a new signature of somebody else.
    fn signer(&self) -> Option<PractitionerId> {
        None
    }

    /// The instant by which lists sort it; none for the time it was saved.
    fn sort(&self) -> Option<Timestamp> {
        None
    }

    /// What lists show of it.
    fn summary(&self) -> Json;

    /// Words to find it by.
    fn words(&self) -> Option<Vec<String>> {
        None
    }
}

/// A version of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stored<T> {
    /// Identifier.
    pub id: String,
    /// Version, from 1. A change names the version that it was made to.
    pub version: u64,
    /// When this version was saved.
    pub saved_at: Timestamp,
    /// By whom.
    pub saved_by: String,
    /// The thing itself.
    pub value: T,
}

impl<T: Document> Stored<T> {
    /// The identifier with its type.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it is none.
    pub fn typed_id(&self) -> Result<Id<T>, StoreError> {
        self.id.parse().map_err(|e: crate::id::BadId| damaged(T::KIND, &self.id, e))
    }
}

/// What a list shows of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Kind.
    pub kind: Kind,
    /// Identifier.
    pub id: String,
    /// Newest version.
    pub version: u64,
    /// When that was saved, in milliseconds since 1970, UTC.
    pub saved_at_ms: i64,
    /// How far it is: `draft`, `signed`, `erased` ...
    pub state: String,
    /// What lists show of it.
    pub summary: Json,
}

impl Summary {
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let bad = while_doing("read");
        let read = || -> Result<_, sqlx::Error> {
            Ok((row.text(0)?, row.text(1)?, row.int(2)?, row.int(4)?, row.text(6)?, row.opt_text(7)?))
        };
        let (kind, id, version, saved_at_ms, state, summary) = read().map_err(bad)?;
        let Some(kind) = Kind::from_word(&kind) else {
            return Err(StoreError::Damaged { what: id, why: format!("there is no kind \"{kind}\"") });
        };
        let summary = match summary {
            None => Json::Null,
            Some(text) => serde_json::from_str(&text).map_err(|e| damaged(kind, &id, e))?,
        };
        let version = u64::try_from(version).map_err(|e| damaged(kind, &id, e))?;
        Ok(Self { kind, id, version, saved_at_ms, state, summary })
    }
}

/// How a write is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Write {
    /// The version that the change was made to; 0 for something new.
    pub expected: u64,
    /// A key of the caller's choice: the same request with the same key is carried out once.
    pub idempotency_key: Option<String>,
}

impl Write {
    /// Something new.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A change to a version.
    #[must_use]
    pub fn to(version: u64) -> Self {
        Self { expected: version, idempotency_key: None }
    }

    /// With a key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }
}

pub(crate) fn damaged(kind: impl fmt::Display, id: &str, why: impl fmt::Display) -> StoreError {
    StoreError::Damaged { what: format!("{kind} {id}"), why: why.to_string() }
}

/// Deflates a body.
pub(crate) fn deflate(json: &[u8]) -> Result<Vec<u8>, StoreError> {
    if json.len() as u64 > LARGEST {
        return Err(StoreError::Invalid(format!("{} MB are too much for one document", json.len() >> 20)));
    }
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(json.len() / 4), Compression::fast());
    let written = encoder.write_all(json).and_then(|()| encoder.finish());
    written.map_err(|e| StoreError::Invalid(e.to_string()))
}

/// Inflates a body, and checks it against its hash: what does not match is never shown.
pub(crate) fn inflate(
    kind: &str,
    id: &str,
    salt: &[u8],
    body: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let mut json = Vec::with_capacity(body.len() * 4);
    ZlibDecoder::new(body).take(LARGEST + 1).read_to_end(&mut json).map_err(|e| damaged(kind, id, e))?;
    if content_hash(salt, &json) != *content {
        return Err(damaged(kind, id, "it does not match its checksum"));
    }
    Ok(json)
}

/// A row of `entry` as `sql::ENTRY` gives it.
pub(crate) struct Version {
    pub(crate) version: u64,
    pub(crate) at: Timestamp,
    pub(crate) actor: String,
    pub(crate) json: Vec<u8>,
}

impl Version {
    pub(crate) fn read(kind: Kind, id: &str, row: &Row) -> Result<Self, StoreError> {
        let read = || -> Result<_, sqlx::Error> {
            let (salt, body) = (row.opt_bytes(3)?, row.opt_bytes(4)?);
            Ok((row.int(0)?, row.int(1)?, row.text(2)?, salt.zip(body), row.bytes(5)?))
        };
        let (version, at, actor, body, content) = read().map_err(while_doing("read"))?;
        let Some((salt, body)) = body else {
            return Err(StoreError::Erased { kind: kind.word(), id: id.to_owned() });
        };
        Ok(Self {
            version: u64::try_from(version).map_err(|e| damaged(kind, id, e))?,
            at: Timestamp::from_millisecond(at).map_err(|e| damaged(kind, id, e))?,
            actor,
            json: inflate(kind.word(), id, &salt, &body, &content)?,
        })
    }

    pub(crate) fn stored<T: Document>(self, id: &str) -> Result<Stored<T>, StoreError> {
        let value = serde_json::from_slice(&self.json).map_err(|e| damaged(T::KIND, id, e))?;
        let (version, saved_at, saved_by) = (self.version, self.at, self.actor);
        Ok(Stored { id: id.to_owned(), version, saved_at, saved_by, value })
    }
}

/// What is written besides the body.
pub(crate) struct Described {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) patient: Option<PatientId>,
    pub(crate) version: u64,
    pub(crate) sort: Option<Timestamp>,
    pub(crate) state: &'static str,
    pub(crate) summary: Json,
    pub(crate) words: Option<Vec<String>>,
    pub(crate) action: &'static str,
}

impl Store {
    /// Saves a version of something. Returns when the disk has it, with its version; a request that was carried out
    /// before (by its key) returns the version that it made then.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it has changed since the version that the change was made to;
    /// [`StoreError::Denied`], [`StoreError::Invalid`], [`StoreError::Erased`], [`StoreError::KeyReused`],
    /// [`StoreError::Database`].
    pub async fn put<T: Document>(
        &self,
        actor: &Actor,
        id: Id<T>,
        write: Write,
        value: &T,
    ) -> Result<u64, StoreError> {
        // The version that the change was made to, not the newest: a retry is judged as it was the first time.
        let before = match write.expected {
            0 => None,
            version => self.version::<T>(id, version).await?,
        };
        if write.expected > 0 && before.is_none() {
            let (kind, id) = (T::KIND.word(), id.to_string());
            return Err(StoreError::NotFound { kind, id: format!("{id} version {}", write.expected) });
        }
        actor.may(value.change(before.as_ref().map(|b| &b.value)).map_err(StoreError::Invalid)?)?;
        if value.signer().is_some_and(|signer| signer != actor.id) {
            return Err(StoreError::Invalid("a signature is kept by whoever signed".into()));
        }
        let json = to_json(value)?;
        let described = Described {
            kind: T::KIND,
            id: id.to_string(),
            patient: value.patient(id),
            version: write.expected + 1,
            sort: value.sort(),
            state: value.state(),
            summary: value.summary(),
            words: value.words(),
            action: if write.expected == 0 { "create" } else { "change" },
        };
        self.write_entry(actor, described, write, &json).await
    }

    pub(crate) async fn write_entry(
        &self,
        actor: &Actor,
        d: Described,
        write: Write,
        json: &[u8],
    ) -> Result<u64, StoreError> {
        if write.idempotency_key.as_ref().is_some_and(|k| k.is_empty() || k.len() > 200) {
            return Err(StoreError::Invalid("an idempotency key has 1 to 200 bytes".into()));
        }
        let salt = self.host.random();
        let content: Hash = content_hash(&salt, json);
        let patient = d.patient.map(|p| p.to_string());
        let mut line = self.line(actor, d.action, d.kind.word(), d.id.clone(), patient.clone());
        line.detail = format!("version {}", d.version);
        line.content = Some(content);
        // The actor is part of the request: nobody else's key answers for it.
        let asked = plain_hash(&[json, line.actor.as_bytes(), &write.expected.to_le_bytes()].concat());
        let version = d.version;
        let entry = NewEntry {
            kind: d.kind.word(),
            id: d.id,
            expected: write.expected,
            version,
            patient,
            salt,
            body: deflate(json)?,
            content,
            idempotency: write.idempotency_key,
            asked,
            sort: d.sort.map_or(line.at_ms, Timestamp::as_millisecond),
            state: d.state,
            summary: d.summary.to_string(),
            words: d.words,
            line,
        };
        Ok(match self.writer.write(Job::Entry(Box::new(entry))).await? {
            Done::Written => version,
            Done::Before { version } => version,
        })
    }

    /// What a request with this key made, if one was carried out: its kind, identifier and version.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn carried_out(&self, key: &str) -> Result<Option<(Kind, String, u64)>, StoreError> {
        let rows = self.db.rows(sql::ASKED, &[Arg::Text(key)]).await.map_err(while_doing("read"))?;
        let Some(row) = rows.first() else { return Ok(None) };
        let read = || -> Result<_, sqlx::Error> { Ok((row.text(0)?, row.text(1)?, row.int(2)?)) };
        let (kind, id, version) = read().map_err(while_doing("read"))?;
        let known = Kind::from_word(&kind).ok_or_else(|| damaged(&kind, &id, "there is no such kind"))?;
        Ok(Some((known, id, u64::try_from(version).unwrap_or(0))))
    }

    /// The newest version, without a line in the audit log: for the store's own use.
    pub(crate) async fn newest<T: Document>(&self, id: Id<T>) -> Result<Option<Stored<T>>, StoreError> {
        let text = id.to_string();
        let head = self.db.rows(sql::HEAD, &[Arg::Text(T::KIND.word()), Arg::Text(&text)]).await;
        let Some(version) = head.map_err(while_doing("read"))?.first().map(|r| r.int(0)) else {
            return Ok(None);
        };
        let version = u64::try_from(version.map_err(while_doing("read"))?).unwrap_or(0);
        let found = self.version(id, version).await?;
        found.map(Some).ok_or_else(|| damaged(T::KIND, &text, "its newest version is missing"))
    }

    pub(crate) async fn version<T: Document>(
        &self,
        id: Id<T>,
        version: u64,
    ) -> Result<Option<Stored<T>>, StoreError> {
        let id = id.to_string();
        let number = Arg::Int(i64::try_from(version).unwrap_or(i64::MAX));
        let args = [Arg::Text(T::KIND.word()), Arg::Text(&id), number];
        let rows = self.db.rows(sql::ENTRY, &args).await.map_err(while_doing("read"))?;
        rows.first().map(|row| Version::read(T::KIND, &id, row)?.stored(&id)).transpose()
    }

    /// Reads the newest version of something.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Erased`], [`StoreError::Damaged`], [`StoreError::Denied`],
    /// [`StoreError::Database`].
    pub async fn get<T: Document>(&self, actor: &Actor, id: Id<T>) -> Result<Stored<T>, StoreError> {
        actor.may(T::READ)?;
        let found = self.newest(id).await?;
        let stored =
            found.ok_or_else(|| StoreError::NotFound { kind: T::KIND.word(), id: id.to_string() })?;
        if let Some(patient) = stored.value.patient(id) {
            let mut line =
                self.line(actor, "read", T::KIND.word(), stored.id.clone(), Some(patient.to_string()));
            line.detail = format!("version {}", stored.version);
            self.note(vec![line]).await?;
        }
        Ok(stored)
    }

    /// Reads all versions of something, oldest first.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn history<T: Document>(&self, actor: &Actor, id: Id<T>) -> Result<Vec<Stored<T>>, StoreError> {
        actor.may(T::READ)?;
        let versions = self.versions(id).await?;
        let Some(last) = versions.last() else {
            return Err(StoreError::NotFound { kind: T::KIND.word(), id: id.to_string() });
        };
        if let Some(patient) = last.value.patient(id) {
            let mut line =
                self.line(actor, "read", T::KIND.word(), id.to_string(), Some(patient.to_string()));
            line.detail = "all versions".to_owned();
            self.note(vec![line]).await?;
        }
        Ok(versions)
    }

    /// All versions, oldest first, without a line in the audit log: for the store's own use.
    pub(crate) async fn versions<T: Document>(&self, id: Id<T>) -> Result<Vec<Stored<T>>, StoreError> {
        let text = id.to_string();
        let args = [Arg::Text(T::KIND.word()), Arg::Text(&text)];
        let rows = self.db.rows(sql::ENTRIES, &args).await.map_err(while_doing("read"))?;
        rows.iter().map(|r| Version::read(T::KIND, &text, r)?.stored(&text)).collect()
    }

    /// Heads of things that are no patient's, without a line in the audit log.
    pub(crate) async fn heads_of(&self, kind: Kind, limit: i64) -> Result<Vec<Summary>, StoreError> {
        let args = [Arg::Text(kind.word()), Arg::Int(limit), Arg::Int(0)];
        let rows = self.db.rows(sql::HEADS_OF_KIND, &args).await.map_err(while_doing("read"))?;
        rows.iter().map(Summary::read).collect()
    }

    /// Lists things of a kind, newest first.
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn list<T: Document>(
        &self,
        actor: &Actor,
        limit: u32,
        skip: u32,
    ) -> Result<Vec<Summary>, StoreError> {
        actor.may(T::READ)?;
        let limit = Arg::Int(i64::from(limit.min(1000)));
        let args = [Arg::Text(T::KIND.word()), limit, Arg::Int(i64::from(skip))];
        let rows = self.db.rows(sql::HEADS_OF_KIND, &args).await.map_err(while_doing("read"))?;
        let mut found = Vec::with_capacity(rows.len());
        let mut lines = Vec::new();
        for row in &rows {
            let summary = Summary::read(row)?;
            if let Some(patient) = row.opt_text(3).map_err(while_doing("read"))? {
                lines.push(self.line(actor, "list", T::KIND.word(), summary.id.clone(), Some(patient)));
            }
            found.push(summary);
        }
        if !lines.is_empty() {
            self.note(lines).await?;
        }
        Ok(found)
    }
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|e| StoreError::Invalid(e.to_string()))
}
