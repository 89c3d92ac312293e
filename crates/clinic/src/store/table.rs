//! All that a record holds, row by row: what backup, restore, export and import carry.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    StoreError,
    chain::{Kept, hex, unhex},
    db::{Arg, Row, Tx},
    document::{deflate, inflate},
    error::while_doing,
    sql,
};

/// How many rows are read at a time.
pub(crate) const PAGE: i64 = 500;

/// One row of any table, as a line of an archive.
#[derive(Debug, Serialize, Deserialize)]
// Tagged from outside: a raw value cannot be read through a tag within.
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Line {
    /// A line of the audit log.
    Audit {
        seq: i64,
        at_ms: i64,
        actor: String,
        action: String,
        kind: String,
        id: String,
        patient: Option<String>,
        detail: String,
        content: Option<String>,
        hash: String,
    },
    /// A version of something.
    Entry {
        kind: String,
        id: String,
        version: i64,
        patient: Option<String>,
        at_ms: i64,
        actor: String,
        salt: Option<String>,
        content: String,
        audit: i64,
        idempotency: Option<String>,
        asked: Option<String>,
        /// As it was written, to the byte: the hash is over it. In JSON Lines it comes last, on the same line.
        body: Option<Box<RawValue>>,
    },
    /// What lists show.
    Head {
        kind: String,
        id: String,
        version: i64,
        patient: Option<String>,
        at_ms: i64,
        sort: i64,
        state: String,
        summary: Option<String>,
    },
    /// A word that leads to a patient.
    Word { word: String, id: String },
    /// An erased patient.
    Tombstone { patient: String, at_ms: i64, actor: String, reason: String },
    /// Where the chain ends.
    Chain { seq: i64, hash: String },
}

/// A row of `entry`.
pub(crate) struct EntryRow {
    pub(crate) audit: i64,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) patient: Option<String>,
    pub(crate) at_ms: i64,
    pub(crate) actor: String,
    pub(crate) salt: Option<Vec<u8>>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) content: Vec<u8>,
    pub(crate) idempotency: Option<String>,
    pub(crate) asked: Option<Vec<u8>>,
}

impl EntryRow {
    pub(crate) fn read(row: &Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            audit: row.int(0)?,
            kind: row.text(1)?,
            id: row.text(2)?,
            version: row.int(3)?,
            patient: row.opt_text(4)?,
            at_ms: row.int(5)?,
            actor: row.text(6)?,
            salt: row.opt_bytes(7)?,
            body: row.opt_bytes(8)?,
            content: row.bytes(9)?,
            idempotency: row.opt_text(10)?,
            asked: row.opt_bytes(11)?,
        })
    }

    /// The JSON, checked against its hash; none if it was erased.
    pub(crate) fn json(&self) -> Result<Option<Vec<u8>>, StoreError> {
        match (&self.salt, &self.body) {
            (Some(salt), Some(body)) => inflate(&self.kind, &self.id, salt, body, &self.content).map(Some),
            _ => Ok(None),
        }
    }
}

fn text_of(json: Vec<u8>, id: &str) -> Result<Box<RawValue>, StoreError> {
    let bad = |why: String| StoreError::Damaged { what: id.to_owned(), why };
    let text = String::from_utf8(json).map_err(|e| bad(e.to_string()))?;
    RawValue::from_string(text).map_err(|e| bad(e.to_string()))
}

/// Where a reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Audit,
    Entries,
    Heads,
    Words,
    Tombstones,
    Chain,
    End,
}

/// Gives every row of a snapshot, page by page, in an order in which they can be written.
pub(crate) struct Reader {
    stage: Stage,
    /// Last number, or last two keys, of the page before.
    seq: i64,
    first: String,
    second: Vec<u8>,
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self { stage: Stage::Audit, seq: 0, first: String::new(), second: Vec::new() }
    }

    /// The next rows; none at the end.
    pub(crate) async fn next(&mut self, tx: &mut Tx) -> Result<Option<Vec<Line>>, StoreError> {
        loop {
            let lines = match self.stage {
                Stage::Audit => self.audit(tx).await?,
                Stage::Entries => self.entries(tx).await?,
                Stage::Heads => self.heads(tx).await?,
                Stage::Words => self.words(tx).await?,
                Stage::Tombstones => tombstones(tx).await?,
                Stage::Chain => chain(tx).await?,
                Stage::End => return Ok(None),
            };
            let one_page = matches!(self.stage, Stage::Tombstones | Stage::Chain);
            if lines.is_empty() || one_page {
                self.stage = match self.stage {
                    Stage::Audit => Stage::Entries,
                    Stage::Entries => Stage::Heads,
                    Stage::Heads => Stage::Words,
                    Stage::Words => Stage::Tombstones,
                    Stage::Tombstones => Stage::Chain,
                    Stage::Chain | Stage::End => Stage::End,
                };
                (self.seq, self.first, self.second) = (0, String::new(), Vec::new());
            }
            if !lines.is_empty() {
                return Ok(Some(lines));
            }
        }
    }

    async fn audit(&mut self, tx: &mut Tx) -> Result<Vec<Line>, StoreError> {
        let rows =
            tx.rows(sql::AUDIT_AFTER, &[Arg::Int(self.seq), Arg::Int(PAGE)]).await.map_err(reading())?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            let k = Kept::read(row).map_err(reading())?;
            self.seq = k.seq;
            let (content, hash) = (k.content.as_deref().map(hex), hex(&k.hash));
            let Kept { seq, at_ms, actor, action, kind, id, patient, detail, .. } = k;
            lines.push(Line::Audit { seq, at_ms, actor, action, kind, id, patient, detail, content, hash });
        }
        Ok(lines)
    }

    async fn entries(&mut self, tx: &mut Tx) -> Result<Vec<Line>, StoreError> {
        let rows =
            tx.rows(sql::ENTRIES_AFTER, &[Arg::Int(self.seq), Arg::Int(PAGE)]).await.map_err(reading())?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            let e = EntryRow::read(row).map_err(reading())?;
            self.seq = e.audit;
            let body = e.json()?.map(|j| text_of(j, &e.id)).transpose()?;
            let (salt, asked) = (e.salt.as_deref().map(hex), e.asked.as_deref().map(hex));
            let content = hex(&e.content);
            let EntryRow { audit, kind, id, version, patient, at_ms, actor, idempotency, .. } = e;
            lines.push(Line::Entry {
                kind,
                id,
                version,
                patient,
                at_ms,
                actor,
                salt,
                content,
                audit,
                idempotency,
                asked,
                body,
            });
        }
        Ok(lines)
    }

    async fn heads(&mut self, tx: &mut Tx) -> Result<Vec<Line>, StoreError> {
        let second = String::from_utf8_lossy(&self.second).into_owned();
        let args = [Arg::Text(&self.first), Arg::Text(&second), Arg::Int(PAGE)];
        let rows = tx.rows(sql::HEADS_AFTER, &args).await.map_err(reading())?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            let read = || -> Result<_, sqlx::Error> {
                Ok(Line::Head {
                    kind: row.text(0)?,
                    id: row.text(1)?,
                    version: row.int(2)?,
                    patient: row.opt_text(3)?,
                    at_ms: row.int(4)?,
                    sort: row.int(5)?,
                    state: row.text(6)?,
                    summary: row.opt_text(7)?,
                })
            };
            let line = read().map_err(reading())?;
            if let Line::Head { kind, id, .. } = &line {
                (self.first, self.second) = (kind.clone(), id.clone().into_bytes());
            }
            lines.push(line);
        }
        Ok(lines)
    }

    async fn words(&mut self, tx: &mut Tx) -> Result<Vec<Line>, StoreError> {
        let args = [Arg::Text(&self.first), Arg::Bytes(&self.second), Arg::Int(PAGE)];
        let rows = tx.rows(sql::WORDS_AFTER, &args).await.map_err(reading())?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            (self.second, self.first) = (row.bytes(0).map_err(reading())?, row.text(1).map_err(reading())?);
            let word = String::from_utf8_lossy(&self.second).into_owned();
            lines.push(Line::Word { word, id: self.first.clone() });
        }
        Ok(lines)
    }
}

fn reading() -> impl FnOnce(sqlx::Error) -> StoreError {
    while_doing("read")
}

async fn tombstones(tx: &mut Tx) -> Result<Vec<Line>, StoreError> {
    let rows = tx.rows(sql::TOMBSTONES, &[]).await.map_err(reading())?;
    rows.iter()
        .map(|row| {
            let read = || -> Result<_, sqlx::Error> {
                Ok(Line::Tombstone {
                    patient: row.text(0)?,
                    at_ms: row.int(1)?,
                    actor: row.text(2)?,
                    reason: row.text(3)?,
                })
            };
            read().map_err(reading())
        })
        .collect()
}

async fn chain(tx: &mut Tx) -> Result<Vec<Line>, StoreError> {
    let row = tx.row(sql::CHAIN, &[]).await.map_err(reading())?;
    let row = row.ok_or_else(|| StoreError::NotARecord("the record has no chain".into()))?;
    let (seq, hash) = (row.int(0).map_err(reading())?, hex(&row.bytes(1).map_err(reading())?));
    Ok(vec![Line::Chain { seq, hash }])
}

fn bytes(text: &str) -> Result<Vec<u8>, StoreError> {
    unhex(text).ok_or_else(|| StoreError::Invalid(format!("\"{text:.80}\" are no hexadecimal digits")))
}

fn opt_bytes(text: Option<&String>) -> Result<Option<Vec<u8>>, StoreError> {
    text.map(|t| bytes(t)).transpose()
}

/// Writes a row into an empty record.
pub(crate) async fn write(tx: &mut Tx, line: Line) -> Result<(), StoreError> {
    let writing = while_doing("written");
    let touched = match line {
        Line::Audit { seq, at_ms, actor, action, kind, id, patient, detail, content, hash } => {
            let (content, hash) = (opt_bytes(content.as_ref())?, bytes(&hash)?);
            let args = [
                Arg::Int(seq),
                Arg::Int(at_ms),
                Arg::Text(&actor),
                Arg::Text(&action),
                Arg::Text(&kind),
                Arg::Text(&id),
                Arg::OptText(patient.as_deref()),
                Arg::Text(&detail),
                Arg::OptBytes(content.as_deref()),
                Arg::Bytes(&hash),
            ];
            tx.execute(sql::ADD_AUDIT, &args).await
        }
        Line::Entry {
            kind,
            id,
            version,
            patient,
            at_ms,
            actor,
            salt,
            content,
            audit,
            idempotency,
            asked,
            body,
        } => {
            let (salt, asked) = (opt_bytes(salt.as_ref())?, opt_bytes(asked.as_ref())?);
            let content = bytes(&content)?;
            let body = body.map(|b| deflate(b.get().as_bytes())).transpose()?;
            let args = [
                Arg::Text(&kind),
                Arg::Text(&id),
                Arg::Int(version),
                Arg::OptText(patient.as_deref()),
                Arg::Int(at_ms),
                Arg::Text(&actor),
                Arg::OptBytes(salt.as_deref()),
                Arg::OptBytes(body.as_deref()),
                Arg::Bytes(&content),
                Arg::Int(audit),
                Arg::OptText(idempotency.as_deref()),
                Arg::OptBytes(asked.as_deref()),
            ];
            tx.execute(sql::ADD_ENTRY, &args).await
        }
        Line::Head { kind, id, version, patient, at_ms, sort, state, summary } => {
            let args = [
                Arg::Int(version),
                Arg::OptText(patient.as_deref()),
                Arg::Int(at_ms),
                Arg::Int(sort),
                Arg::Text(&state),
                Arg::OptText(summary.as_deref()),
                Arg::Text(&kind),
                Arg::Text(&id),
            ];
            tx.execute(sql::ADD_HEAD, &args).await
        }
        Line::Word { word, id } => {
            tx.execute(sql::ADD_WORD, &[Arg::Bytes(word.as_bytes()), Arg::Text(&id)]).await
        }
        Line::Tombstone { patient, at_ms, actor, reason } => {
            let args = [Arg::Text(&patient), Arg::Int(at_ms), Arg::Text(&actor), Arg::Text(&reason)];
            tx.execute(sql::ADD_TOMBSTONE, &args).await
        }
        Line::Chain { seq, hash } => {
            tx.execute(sql::SET_CHAIN, &[Arg::Int(seq), Arg::Bytes(&bytes(&hash)?)]).await
        }
    };
    touched.map(|_| ()).map_err(writing)
}
