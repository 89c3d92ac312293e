//! The one that writes: it takes what has queued up, writes it in one transaction, and answers when the disk has it.
//!
//! While one transaction waits for the disk, the next ones queue; they then share a wait (group commit). Each job
//! is all or nothing and is checked inside the transaction: version, idempotency key, and whether the patient is
//! still there. A job that fails its checks has written nothing, so it does not disturb the others.

use tokio::sync::{mpsc, oneshot};

use super::{
    chain::{Hash, Line},
    db::{Arg, Db, Tx},
    error::{StoreError, while_doing},
    sql,
};

/// At most so many jobs share a transaction.
const GROUP: usize = 256;

/// A new version of something.
pub(crate) struct NewEntry {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    /// Version that must be there now; 0 if nothing may be.
    pub(crate) expected: u64,
    pub(crate) version: u64,
    /// Whose it is. The patient must be there, unless this is the patient.
    pub(crate) patient: Option<String>,
    pub(crate) salt: [u8; 16],
    /// Deflated JSON.
    pub(crate) body: Vec<u8>,
    pub(crate) content: Hash,
    pub(crate) idempotency: Option<String>,
    /// Hash of what was asked for, so that a key cannot stand for two requests.
    pub(crate) asked: Hash,
    pub(crate) sort: i64,
    pub(crate) state: &'static str,
    pub(crate) summary: String,
    /// Words to find it by; replaces those of before.
    pub(crate) words: Option<Vec<String>>,
    /// Line of the audit log.
    pub(crate) line: Line,
}

/// What to write.
pub(crate) enum Job {
    /// A new version.
    Entry(Box<NewEntry>),
    /// Lines of the audit log only.
    Lines(Vec<Line>),
    /// Erases a patient.
    Erase { patient: String, reason: String, line: Box<Line> },
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Written.
    Written,
    /// The same request was carried out before, and made this version.
    Before { version: u64 },
}

struct Queued {
    job: Job,
    reply: oneshot::Sender<Result<Done, StoreError>>,
}

/// Where jobs go.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Queued>,
}

impl Writer {
    /// Starts the task that writes. It ends when all handles are gone.
    pub(crate) fn start(db: Db) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, mut jobs) = mpsc::channel::<Queued>(4 * GROUP);
        let task = tokio::spawn(async move {
            let mut group = Vec::with_capacity(GROUP);
            while jobs.recv_many(&mut group, GROUP).await > 0 {
                write_group(&db, std::mem::take(&mut group)).await;
            }
        });
        (Self { queue }, task)
    }

    /// Writes; returns when the disk has it.
    pub(crate) async fn write(&self, job: Job) -> Result<Done, StoreError> {
        let (reply, answer) = oneshot::channel();
        let stopped = || StoreError::NotSaved("the record is being closed".to_owned());
        self.queue.send(Queued { job, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

async fn write_group(db: &Db, group: Vec<Queued>) {
    let jobs: Vec<&Job> = group.iter().map(|q| &q.job).collect();
    match transaction(db, &jobs).await {
        Ok(results) => {
            for (queued, result) in group.into_iter().zip(results) {
                // Whoever does not wait any more does not need the answer.
                let _ = queued.reply.send(result);
            }
        }
        Err(error) if group.len() == 1 => {
            for queued in group {
                let _ = queued.reply.send(Err(while_doing("written")(clone_of(&error))));
            }
        }
        Err(_) => {
            // Nothing was written. One by one, so that a job that the database refuses takes no other with it.
            for queued in group {
                let result = match transaction(db, &[&queued.job]).await {
                    Ok(mut results) => {
                        results.pop().unwrap_or_else(|| Err(StoreError::NotSaved("no result".to_owned())))
                    }
                    Err(error) => Err(while_doing("written")(error)),
                };
                let _ = queued.reply.send(result);
            }
        }
    }
}

/// Errors of sqlx cannot be cloned; the text is what is needed.
fn clone_of(error: &sqlx::Error) -> sqlx::Error {
    sqlx::Error::Protocol(error.to_string())
}

/// The end of the chain within a transaction.
pub(crate) struct Tail {
    pub(crate) seq: i64,
    pub(crate) hash: Vec<u8>,
}

impl Tail {
    /// Takes the lock of the chain.
    pub(crate) async fn lock(tx: &mut Tx) -> Result<Self, sqlx::Error> {
        let row = tx.row(sql::LOCK_CHAIN, &[]).await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok(Self { seq: row.int(0)?, hash: row.bytes(1)? })
    }

    /// Adds a line; its number.
    pub(crate) async fn add(&mut self, tx: &mut Tx, line: &Line) -> Result<i64, sqlx::Error> {
        let seq = self.seq + 1;
        let hash = line.hash_after(&self.hash, seq);
        let args = [
            Arg::Int(seq),
            Arg::Int(line.at_ms),
            Arg::Text(&line.actor),
            Arg::Text(line.action),
            Arg::Text(&line.kind),
            Arg::Text(&line.id),
            Arg::OptText(line.patient.as_deref()),
            Arg::Text(&line.detail),
            Arg::OptBytes(line.content.as_ref().map(<[u8; 32]>::as_slice)),
            Arg::Bytes(&hash),
        ];
        tx.execute(sql::ADD_AUDIT, &args).await?;
        (self.seq, self.hash) = (seq, hash.to_vec());
        Ok(seq)
    }

    /// Writes down where the chain stands.
    pub(crate) async fn unlock(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        tx.execute(sql::SET_CHAIN, &[Arg::Int(self.seq), Arg::Bytes(&self.hash)]).await?;
        Ok(())
    }
}

async fn transaction(db: &Db, jobs: &[&Job]) -> Result<Vec<Result<Done, StoreError>>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let mut tail = Tail::lock(&mut tx).await?;
    let mut results = Vec::with_capacity(jobs.len());
    for job in jobs {
        results.push(match job {
            Job::Entry(entry) => write_entry(&mut tx, &mut tail, entry).await?,
            Job::Lines(lines) => {
                for line in lines {
                    tail.add(&mut tx, line).await?;
                }
                Ok(Done::Written)
            }
            Job::Erase { patient, reason, line } => erase(&mut tx, &mut tail, patient, reason, line).await?,
        });
    }
    if results.iter().any(|r| matches!(r, Ok(Done::Written))) {
        tail.unlock(&mut tx).await?;
        tx.commit().await?;
    } else {
        tx.roll_back().await?;
    }
    Ok(results)
}

fn number(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// All checks come before the first write.
async fn write_entry(
    tx: &mut Tx,
    tail: &mut Tail,
    e: &NewEntry,
) -> Result<Result<Done, StoreError>, sqlx::Error> {
    if let Some(key) = &e.idempotency
        && let Some(row) = tx.row(sql::ASKED, &[Arg::Text(key)]).await?
    {
        let same =
            row.text(0)? == e.kind && row.text(1)? == e.id && row.opt_bytes(3)?.as_deref() == Some(&e.asked);
        return Ok(if same {
            Ok(Done::Before { version: number(row.int(2)?) })
        } else {
            Err(StoreError::KeyReused)
        });
    }
    let head = tx.row(sql::HEAD, &[Arg::Text(e.kind), Arg::Text(&e.id)]).await?;
    let found = match &head {
        None => 0,
        Some(row) => {
            if row.text(4)? == "erased" {
                return Ok(Err(StoreError::Erased { kind: e.kind, id: e.id.clone() }));
            }
            number(row.int(0)?)
        }
    };
    if found != e.expected {
        let (kind, id, expected) = (e.kind, e.id.clone(), e.expected);
        return Ok(Err(StoreError::Conflict { kind, id, expected, found }));
    }
    if let Some(patient) = e.patient.as_deref().filter(|p| *p != e.id) {
        match tx.row(sql::HEAD, &[Arg::Text("patient"), Arg::Text(patient)]).await? {
            None => return Ok(Err(StoreError::NotFound { kind: "patient", id: patient.to_owned() })),
            Some(row) if row.text(4)? == "erased" => {
                return Ok(Err(StoreError::Erased { kind: "patient", id: patient.to_owned() }));
            }
            Some(_) => {}
        }
    }
    let seq = tail.add(tx, &e.line).await?;
    let args = [
        Arg::Text(e.kind),
        Arg::Text(&e.id),
        Arg::Int(signed(e.version)),
        Arg::OptText(e.patient.as_deref()),
        Arg::Int(e.line.at_ms),
        Arg::Text(&e.line.actor),
        Arg::Bytes(&e.salt),
        Arg::Bytes(&e.body),
        Arg::Bytes(&e.content),
        Arg::Int(seq),
        Arg::OptText(e.idempotency.as_deref()),
        Arg::Bytes(&e.asked),
    ];
    tx.execute(sql::ADD_ENTRY, &args).await?;
    let args = [
        Arg::Int(signed(e.version)),
        Arg::OptText(e.patient.as_deref()),
        Arg::Int(e.line.at_ms),
        Arg::Int(e.sort),
        Arg::Text(e.state),
        Arg::Text(&e.summary),
        Arg::Text(e.kind),
        Arg::Text(&e.id),
    ];
    tx.execute(if head.is_some() { sql::SET_HEAD } else { sql::ADD_HEAD }, &args).await?;
    if let Some(words) = &e.words {
        tx.execute(sql::DROP_WORDS, &[Arg::Text(&e.id)]).await?;
        for word in words {
            tx.execute(sql::ADD_WORD, &[Arg::Bytes(word.as_bytes()), Arg::Text(&e.id)]).await?;
        }
    }
    Ok(Ok(Done::Written))
}

async fn erase(
    tx: &mut Tx,
    tail: &mut Tail,
    patient: &str,
    reason: &str,
    line: &Line,
) -> Result<Result<Done, StoreError>, sqlx::Error> {
    let id = patient.to_owned();
    match tx.row(sql::HEAD, &[Arg::Text("patient"), Arg::Text(patient)]).await? {
        None => return Ok(Err(StoreError::NotFound { kind: "patient", id })),
        Some(row) if row.text(4)? == "erased" => return Ok(Err(StoreError::Erased { kind: "patient", id })),
        Some(_) => {}
    }
    tail.add(tx, line).await?;
    tx.execute(sql::EMPTY_ENTRIES, &[Arg::Text(patient)]).await?;
    tx.execute(sql::EMPTY_HEADS, &[Arg::Text(patient)]).await?;
    tx.execute(sql::DROP_WORDS, &[Arg::Text(patient)]).await?;
    let args = [Arg::Text(patient), Arg::Int(line.at_ms), Arg::Text(&line.actor), Arg::Text(reason)];
    tx.execute(sql::ADD_TOMBSTONE, &args).await?;
    Ok(Ok(Done::Written))
}
