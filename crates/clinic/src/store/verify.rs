//! Is the record what was written?

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Kind, Store, StoreError,
    chain::{GENESIS, Kept, hex},
    db::{Arg, Tx},
    document::Version,
    error::while_doing,
    sessions::log_of,
    sql,
    table::{EntryRow, PAGE},
};
use crate::access::{Actor, Permission};

/// A place in the chain that was written down elsewhere. It shows what no look at the record alone can: that lines
/// were cut off its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checkpoint {
    /// Line.
    pub seq: i64,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
}

impl std::fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl std::str::FromStr for Checkpoint {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once(':').and_then(|(seq, hash)| Some((seq.parse().ok()?, hash)));
        match parsed {
            Some((seq, hash)) if hash.len() == 64 && super::chain::unhex(hash).is_some() => {
                Ok(Self { seq, hash: hash.to_lowercase() })
            }
            _ => Err(format!(
                "\"{text}\" is no checkpoint; expected a line number, a colon and 64 hexadecimal digits"
            )),
        }
    }
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Where.
    pub at: String,
    /// What.
    pub what: String,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Lines of the audit log.
    pub audit_lines: u64,
    /// Versions of things.
    pub entries: u64,
    /// Versions that were erased.
    pub erased: u64,
    /// Things.
    pub things: u64,
    /// The end of the chain: write it down elsewhere, and the next check can tell whether anything was cut off.
    pub checkpoint: Checkpoint,
    /// Hash over everything: two records with the same digest hold the same.
    pub digest: String,
    /// What is not as it was written; after a hundred it stops.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

/// So many problems are enough.
const ENOUGH: usize = 100;

struct Check {
    report: Report,
    versions: BTreeMap<(String, String), i64>,
    tombstones: BTreeSet<String>,
    digest: Sha256,
}

impl Check {
    fn problem(&mut self, at: impl std::fmt::Display, what: impl std::fmt::Display) {
        if self.report.problems.len() < ENOUGH {
            self.report.problems.push(Problem { at: at.to_string(), what: what.to_string() });
        }
    }
}

impl Store {
    /// Checks the whole record: the chain line by line, each version against its hash and its line, each list
    /// against the versions, each session against its rules, and (SQLite) the file's own structure.
    ///
    /// Damage is reported, not returned as an error; an error means that the check could not be made.
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn verify(&self, actor: &Actor, expected: Option<&Checkpoint>) -> Result<Report, StoreError> {
        actor.may(Permission::Audit)?;
        self.verify_all(expected).await
    }

    pub(crate) async fn verify_all(&self, expected: Option<&Checkpoint>) -> Result<Report, StoreError> {
        let mut check = Check {
            report: Report {
                audit_lines: 0,
                entries: 0,
                erased: 0,
                things: 0,
                checkpoint: Checkpoint { seq: 0, hash: hex(&GENESIS) },
                digest: String::new(),
                problems: Vec::new(),
            },
            versions: BTreeMap::new(),
            tombstones: BTreeSet::new(),
            digest: Sha256::new(),
        };
        match self.db.sqlite_only("PRAGMA integrity_check(20)").await {
            Ok(rows) => {
                for row in rows {
                    let said = row.text(0).map_err(while_doing("checked"))?;
                    if said != "ok" {
                        check.problem("file", said);
                    }
                }
            }
            Err(e) => check.problem("file", e),
        }
        let mut tx = self.db.snapshot().await.map_err(while_doing("checked"))?;
        // A damaged page makes statements fail; that is a finding, not a reason to stop without one.
        for step in 0..4 {
            let done = match step {
                0 => tombstones(&mut tx, &mut check).await,
                1 => chain(&mut tx, &mut check, expected).await,
                2 => heads(&mut tx, &mut check).await,
                _ => sessions(&mut tx, &mut check).await,
            };
            if let Err(e) = done {
                check.problem("record", e);
            }
        }
        check.report.things = check.versions.len() as u64;
        check.report.digest = hex(&check.digest.finalize());
        Ok(check.report)
    }
}

async fn tombstones(tx: &mut Tx, check: &mut Check) -> Result<(), StoreError> {
    for row in &tx.rows(sql::TOMBSTONES, &[]).await.map_err(while_doing("read"))? {
        let patient = row.text(0).map_err(while_doing("read"))?;
        check.digest.update(format!("tombstone {patient}\n"));
        check.tombstones.insert(patient);
    }
    Ok(())
}

/// The chain and the versions side by side: each line with a content has its version, and no version is without.
async fn chain(tx: &mut Tx, check: &mut Check, expected: Option<&Checkpoint>) -> Result<(), StoreError> {
    let reading = || while_doing("read");
    let (mut previous, mut last) = (GENESIS.to_vec(), 0);
    let mut found_expected = expected.is_none_or(|c| c.seq == 0);
    loop {
        let rows = tx.rows(sql::AUDIT_AFTER, &[Arg::Int(last), Arg::Int(PAGE)]).await.map_err(reading())?;
        if rows.is_empty() {
            break;
        }
        let mut entries = Vec::new();
        let mut after = last;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            lines.push(Kept::read(row).map_err(reading())?);
        }
        let end = lines.last().map_or(last, |l| l.seq);
        // All versions whose lines lie on this page.
        'page: loop {
            let more =
                tx.rows(sql::ENTRIES_AFTER, &[Arg::Int(after), Arg::Int(PAGE)]).await.map_err(reading())?;
            if more.is_empty() {
                break;
            }
            for row in &more {
                let entry = EntryRow::read(row).map_err(reading())?;
                if entry.audit > end {
                    break 'page;
                }
                after = entry.audit;
                entries.push(entry);
            }
        }
        let mut entries = entries.into_iter().peekable();
        for line in lines {
            if line.seq != last + 1 {
                check.problem(format!("line {}", last + 1), "is missing");
            }
            if line.hash_after(&previous)[..] != line.hash[..] {
                check.problem(format!("line {}", line.seq), "does not match its hash");
            }
            while let Some(stray) = entries.next_if(|e| e.audit < line.seq) {
                check.problem(format!("{} {}", stray.kind, stray.id), "has a version without a line");
            }
            let entry = entries.next_if(|e| e.audit == line.seq);
            match (&line.content, entry) {
                (Some(_), Some(entry)) => version(check, &line, &entry),
                (Some(_), None) => {
                    check.problem(format!("{} {}", line.kind, line.id), "a version is missing");
                }
                (None, Some(entry)) => {
                    check.problem(format!("{} {}", entry.kind, entry.id), "has a version without a line");
                }
                (None, None) => {}
            }
            if let Some(c) = expected
                && c.seq == line.seq
            {
                found_expected = c.hash == hex(&line.hash);
                if !found_expected {
                    check.problem(format!("line {}", line.seq), "is not the line that the checkpoint names");
                    found_expected = true;
                }
            }
            check.report.audit_lines += 1;
            (previous, last) = (line.hash, line.seq);
        }
    }
    // Versions beyond the last line.
    let beyond = tx.rows(sql::ENTRIES_AFTER, &[Arg::Int(last), Arg::Int(1)]).await.map_err(reading())?;
    if !beyond.is_empty() {
        check.problem(format!("line {}", last + 1), "is missing, but something was written by it");
    }
    if !found_expected {
        check.problem("audit log", "ends before the line that the checkpoint names");
    }
    let row = tx.row(sql::CHAIN, &[]).await.map_err(reading())?;
    match row {
        Some(row) => {
            let (seq, hash) = (row.int(0).map_err(reading())?, row.bytes(1).map_err(reading())?);
            if seq != last || hash != previous {
                check.problem("audit log", format!("ends at line {last}, but should end at line {seq}"));
            }
        }
        None => check.problem("audit log", "has no end"),
    }
    check.report.checkpoint = Checkpoint { seq: last, hash: hex(&previous) };
    check.digest.update(format!("chain {last} {}\n", hex(&previous)));
    Ok(())
}

fn version(check: &mut Check, line: &Kept, entry: &EntryRow) {
    let name = format!("{} {} version {}", entry.kind, entry.id, entry.version);
    let same = line.kind == entry.kind
        && line.id == entry.id
        && line.patient == entry.patient
        && line.actor == entry.actor
        && line.at_ms == entry.at_ms
        && line.detail == format!("version {}", entry.version)
        && line.content.as_deref() == Some(&entry.content[..]);
    if !same {
        check.problem(&name, "does not match its line in the audit log");
    }
    match entry.json() {
        Ok(Some(_)) => {}
        Ok(None) => {
            check.report.erased += 1;
            if !entry.patient.as_ref().is_some_and(|p| check.tombstones.contains(p)) {
                check.problem(&name, "is empty, but nobody erased it");
            }
        }
        Err(e) => check.problem(&name, e),
    }
    check.report.entries += 1;
    let newest = check.versions.entry((entry.kind.clone(), entry.id.clone())).or_insert(0);
    let (before, now) = (*newest, entry.version);
    *newest = now;
    // Sessions count events, everything else counts one by one.
    if now <= before || (entry.kind != Kind::Session.word() && now != before + 1) {
        check.problem(&name, format!("follows version {before}"));
    }
}

async fn heads(tx: &mut Tx, check: &mut Check) -> Result<(), StoreError> {
    let reading = || while_doing("read");
    let (mut kind, mut id, mut count) = (String::new(), String::new(), 0);
    loop {
        let args = [Arg::Text(&kind), Arg::Text(&id), Arg::Int(PAGE)];
        let rows = tx.rows(sql::HEADS_AFTER, &args).await.map_err(reading())?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let read = || -> Result<_, sqlx::Error> {
                Ok((row.text(0)?, row.text(1)?, row.int(2)?, row.text(6)?, row.opt_text(7)?))
            };
            let (k, i, version, state, summary) = read().map_err(reading())?;
            if check.versions.get(&(k.clone(), i.clone())) != Some(&version) {
                check.problem(
                    format!("{k} {i}"),
                    format!("is listed at version {version}, which is not its newest"),
                );
            }
            check.digest.update(format!("{k} {i} {version} {state} {}\n", summary.unwrap_or_default()));
            (kind, id, count) = (k, i, count + 1);
        }
    }
    if count != check.versions.len() {
        check.problem("lists", format!("name {count} things, but there are {}", check.versions.len()));
    }
    Ok(())
}

/// Every session must be one that the rules allow: no half of one can hide.
async fn sessions(tx: &mut Tx, check: &mut Check) -> Result<(), StoreError> {
    let word = Kind::Session.word();
    let ids: Vec<String> = check.versions.keys().filter(|(k, _)| k == word).map(|(_, i)| i.clone()).collect();
    for id in ids {
        let rows =
            tx.rows(sql::ENTRIES, &[Arg::Text(word), Arg::Text(&id)]).await.map_err(while_doing("read"))?;
        let versions: Result<Vec<Version>, StoreError> =
            rows.iter().map(|r| Version::read(Kind::Session, &id, r)).collect();
        match versions.and_then(|v| log_of(&id, &v)) {
            Ok(_) | Err(StoreError::Erased { .. }) => {}
            Err(e) => check.problem(format!("session {id}"), e),
        }
    }
    Ok(())
}
