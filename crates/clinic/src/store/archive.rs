//! Everything as one ZIP file that can be read without this program: JSON Lines with all of it, tables as CSV, and
//! a README that says what is what. Importing it gives the same record again, to the hash.

use std::{
    io::{BufRead as _, BufReader, Read, Seek, Write as _},
    path::Path,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    Checkpoint, Kind, Location, Report, Store, StoreError,
    chain::{content_hash, hex, unhex},
    connect,
    copy::{must_be_empty, sync_folder},
    csv::{Csv, minutes, number_of, word},
    db::Db,
    error::while_doing,
    prepare,
    table::{Line, Reader, write},
};
use crate::{
    access::{Actor, Permission},
    outcome::{Measured, Outcome},
    people::Patient,
    session::{SessionLog, event::Event},
};

/// Name of the file that holds all of it.
const LINES: &str = "record.jsonl";
/// A line longer than this is refused.
const LONGEST_LINE: u64 = 96 << 20;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// Lines of `record.jsonl`.
    pub lines: u64,
    /// The end of the chain.
    pub checkpoint: Checkpoint,
}

const README: &str = "\
A whole record of Baihui.

record.jsonl          everything, one JSON object a line, as it was written; `baihui record import` reads it
patients.csv          patients as they are now
sessions.csv          sessions
needles.csv           one row a needle, as it was done
outcomes.csv          measurements
adverse_events.csv    harm, the newest report of each

Times are UTC. Lengths are millimetres, angles degrees. Left and right are the patient's.
In record.jsonl, the key of a line says what it is: `audit` a line of the audit log, `entry` a version of something with its
`body`, `head` what lists show, `word` a word to find a patient by, `tombstone` an erased patient, `chain` the end of
the audit log. Sessions are kept as events; each `entry` of a session holds the events that were added.
Cells that would begin with = + - @ or a tab have an apostrophe before them, so that no program takes them for a
formula.
";

impl Store {
    /// Writes everything into a ZIP file.
    ///
    /// # Errors
    /// [`StoreError::File`], [`StoreError::Denied`], [`StoreError::Database`], [`StoreError::Damaged`].
    pub async fn export(&self, actor: &Actor, to: &Path) -> Result<Exported, StoreError> {
        actor.may(Permission::CopyRecord)?;
        self.note(vec![self.line(actor, "export", "record", String::new(), None)]).await?;
        let failed = |e: std::io::Error| StoreError::File { path: to.display().to_string(), source: e };
        let mut partial = to.as_os_str().to_owned();
        partial.push(".partial");
        let partial = std::path::PathBuf::from(partial);
        let file = std::fs::File::create(&partial).map_err(failed)?;
        let mut zip = ZipWriter::new(std::io::BufWriter::new(file));
        let zipped = |e: zip::result::ZipError| failed(std::io::Error::other(e));
        zip.start_file("README.txt", options()).map_err(zipped)?;
        zip.write_all(README.as_bytes()).map_err(failed)?;
        zip.start_file(LINES, options().large_file(true)).map_err(zipped)?;
        let mut tables = Tables::default();
        let (mut lines, mut end) = (0, Checkpoint { seq: 0, hash: String::new() });
        let mut snapshot = self.db.snapshot().await.map_err(while_doing("read"))?;
        let mut reader = Reader::new();
        while let Some(rows) = reader.next(&mut snapshot).await? {
            for line in rows {
                tables.take(&line)?;
                if let Line::Chain { seq, hash } = &line {
                    end = Checkpoint { seq: *seq, hash: hash.clone() };
                }
                lines += 1;
                let mut text = super::document::to_json(&line)?;
                text.push(b'\n');
                zip.write_all(&text).map_err(failed)?;
            }
        }
        drop(snapshot);
        for (name, bytes) in tables.finish()? {
            zip.start_file(name, options()).map_err(zipped)?;
            zip.write_all(&bytes).map_err(failed)?;
        }
        let file = zip.finish().map_err(zipped)?.into_inner().map_err(|e| failed(e.into_error()))?;
        let finish = || -> std::io::Result<()> {
            file.sync_all()?;
            std::fs::rename(&partial, to)?;
            to.parent().filter(|f| !f.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
        };
        finish().map_err(failed)?;
        Ok(Exported { lines, checkpoint: end })
    }

    /// Makes a record from a ZIP file that [`Store::export`] wrote. The place must be empty. All or nothing: the
    /// result is checked before it is committed to.
    ///
    /// # Errors
    /// [`StoreError::NotARecord`] if the file is none or the place is not empty, [`StoreError::Damaged`] if what it
    /// holds does not match its hashes, [`StoreError::File`], [`StoreError::Database`].
    pub async fn import(
        from: &Path,
        to: &Location,
        host: std::sync::Arc<dyn super::Host>,
    ) -> Result<Report, StoreError> {
        let failed = |e: std::io::Error| StoreError::File { path: from.display().to_string(), source: e };
        let file = std::fs::File::open(from).map_err(failed)?;
        let db = connect(to, true, host.as_ref()).await?;
        let result = fill(&db, file, from).await;
        db.close().await;
        result?;
        let store = Store::open(to, host).await?;
        let report = store.verify_all(None).await;
        store.close().await;
        report
    }
}

/// Fills an empty record, in one transaction.
async fn fill(db: &Db, file: std::fs::File, from: &Path) -> Result<(), StoreError> {
    prepare(db).await?;
    let mut tx = db.begin().await.map_err(while_doing("written"))?;
    must_be_empty(&mut tx).await?;
    let mut lines = Lines::open(file, from)?;
    while let Some(line) = lines.next()? {
        check(&line)?;
        write(&mut tx, line).await?;
    }
    tx.commit().await.map_err(while_doing("written"))
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated)
}

/// What does not match its hash does not get in.
fn check(line: &Line) -> Result<(), StoreError> {
    let Line::Entry { kind, id, salt, content, body, .. } = line else { return Ok(()) };
    if let (Some(salt), Some(body)) = (salt.as_deref().and_then(unhex), body)
        && hex(&content_hash(&salt, body.get().as_bytes())) != *content
    {
        return Err(super::document::damaged(kind, id, "it does not match its checksum"));
    }
    Ok(())
}

/// The lines of an archive one by one, under a limit of length.
struct Lines<R: Read + Seek> {
    archive: ZipArchive<R>,
    path: String,
    /// Bytes of the file that were read before.
    text: Option<std::collections::VecDeque<String>>,
}

impl<R: Read + Seek> Lines<R> {
    fn open(file: R, path: &Path) -> Result<Self, StoreError> {
        let path = path.display().to_string();
        let archive = ZipArchive::new(file)
            .map_err(|e| StoreError::NotARecord(format!("{path} is not an export: {e}")))?;
        Ok(Self { archive, path, text: None })
    }

    fn next(&mut self) -> Result<Option<Line>, StoreError> {
        if self.text.is_none() {
            self.text = Some(self.read()?);
        }
        let Some(text) = self.text.as_mut().and_then(std::collections::VecDeque::pop_front) else {
            return Ok(None);
        };
        serde_json::from_str(&text).map(Some).map_err(|e| {
            StoreError::NotARecord(format!("{}: a line of {LINES} cannot be read: {e}", self.path))
        })
    }

    fn read(&mut self) -> Result<std::collections::VecDeque<String>, StoreError> {
        let path = self.path.clone();
        let bad = |e: std::io::Error| StoreError::File { path: path.clone(), source: e };
        let entry = self.archive.by_name(LINES).map_err(|e| {
            StoreError::NotARecord(format!("{path} is not an export: it has no readable {LINES} ({e})"))
        })?;
        let mut lines = std::collections::VecDeque::new();
        let mut reader = BufReader::new(entry);
        loop {
            let mut line = String::new();
            let read = (&mut reader).take(LONGEST_LINE).read_line(&mut line).map_err(bad)?;
            if read == 0 {
                return Ok(lines);
            }
            if read as u64 == LONGEST_LINE {
                return Err(StoreError::NotARecord(format!("{path}: a line of {LINES} is too long")));
            }
            lines.push_back(line);
        }
    }
}

/// The tables for people, from the same rows.
#[derive(Default)]
struct Tables {
    patients: std::collections::BTreeMap<String, Patient>,
    outcomes: std::collections::BTreeMap<String, Outcome>,
    sessions: std::collections::BTreeMap<String, Vec<Event>>,
}

impl Tables {
    fn take(&mut self, line: &Line) -> Result<(), StoreError> {
        let Line::Entry { kind, id, body: Some(body), .. } = line else { return Ok(()) };
        let bad = |e: serde_json::Error| super::document::damaged(kind, id, e);
        match Kind::from_word(kind) {
            Some(Kind::Patient) => {
                self.patients.insert(id.clone(), serde_json::from_str(body.get()).map_err(bad)?);
            }
            Some(Kind::Outcome) => {
                self.outcomes.insert(id.clone(), serde_json::from_str(body.get()).map_err(bad)?);
            }
            Some(Kind::Session) => {
                let events: Vec<Event> = serde_json::from_str(body.get()).map_err(bad)?;
                self.sessions.entry(id.clone()).or_default().extend(events);
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<(&'static str, Vec<u8>)>, StoreError> {
        let mut patients = Csv::new(&["id", "name", "birth_date", "sex", "handedness", "diagnoses"]);
        for (id, p) in &self.patients {
            let diagnoses: Vec<&str> = p.diagnoses.iter().map(|d| d.text.as_str()).collect();
            patients.row(&[
                id,
                &p.name.to_string(),
                &p.birth_date.map(|d| d.to_string()).unwrap_or_default(),
                &word(&p.sex),
                &word(&p.handedness),
                &diagnoses.join("; "),
            ]);
        }
        let mut sessions =
            Csv::new(&["id", "patient", "started", "closed", "phase", "needles", "contact_min", "signed_by"]);
        let mut needles = Csv::new(&[
            "session",
            "needle",
            "planned",
            "school",
            "code",
            "part",
            "side",
            "x_mm",
            "y_mm",
            "z_mm",
            "distance_to_plan_mm",
            "diameter_mm",
            "length_mm",
            "angle_deg",
            "inserted_mm",
            "depth_mm",
            "layer",
            "de_qi",
            "dwell_min",
            "bled",
        ]);
        let mut harm = Csv::new(&[
            "session",
            "number",
            "event",
            "grade",
            "causality",
            "serious",
            "needle",
            "action",
            "outcome",
        ]);
        for (id, events) in self.sessions {
            let log =
                SessionLog::from_events(events).map_err(|e| super::document::damaged("session", &id, e))?;
            let s = log.state();
            let end = s.closed.unwrap_or(s.started);
            sessions.row(&[
                &id,
                &s.start.patient.to_string(),
                &s.started.at.to_string(),
                &s.closed.map(|m| m.at.to_string()).unwrap_or_default(),
                &word(&s.phase),
                &s.needles.len().to_string(),
                &minutes(s.clocks(end).contact_ms),
                &s.signature.as_ref().map(|g| g.by.to_string()).unwrap_or_default(),
            ]);
            for (number, n) in &s.needles {
                let d = &n.done;
                let xyz = d.site.position_mm.map(|p| p.map(|c| c.to_string())).unwrap_or_default();
                let dwell = n.removed.as_ref().and_then(|r| r.at.ms_since(n.inserted));
                needles.row(&[
                    &id,
                    &number.to_string(),
                    n.planned.as_deref().unwrap_or(""),
                    &d.site.school,
                    &d.site.code,
                    d.site.part.as_deref().unwrap_or(""),
                    &word(&d.site.side),
                    &xyz[0],
                    &xyz[1],
                    &xyz[2],
                    &number_of(n.distance_to_plan_mm),
                    &number_of(d.diameter_mm.map(f64::from)),
                    &number_of(d.length_mm.map(f64::from)),
                    &number_of(d.angle_deg.map(f64::from)),
                    &number_of(d.inserted_mm.map(f64::from)),
                    &number_of(d.depth_mm.map(f64::from)),
                    &word(&d.layer),
                    &word(&n.de_qi.as_ref().map(|f| f.felt)),
                    &dwell.map(minutes).unwrap_or_default(),
                    &word(&n.removed.as_ref().and_then(|r| r.bled)),
                ]);
            }
            for (number, e) in s.adverse_events.iter().filter_map(|(n, v)| Some((n, v.last()?))) {
                harm.row(&[
                    &id,
                    &number.to_string(),
                    &word(&e.code),
                    &e.grade.to_string(),
                    &word(&e.causality),
                    &e.serious.to_string(),
                    &e.needle.map(|n| n.to_string()).unwrap_or_default(),
                    &e.action,
                    &e.outcome,
                ]);
            }
        }
        let mut outcomes = Csv::new(&[
            "id", "patient", "at", "visit", "what", "score", "value", "unit", "assay", "rater", "blinded",
            "missing",
        ]);
        for (id, o) in &self.outcomes {
            let mut row = |score: &str, value: String, unit: &str, assay: &str, missing: &str| {
                outcomes.row(&[
                    id,
                    &o.patient.to_string(),
                    &o.at.to_string(),
                    &o.visit,
                    o.name(),
                    score,
                    &value,
                    unit,
                    assay,
                    &o.rater.map(|r| r.to_string()).unwrap_or_default(),
                    &word(&o.blinded),
                    missing,
                ]);
            };
            match &o.result {
                Measured::Instrument { scores, .. } => {
                    for (score, value) in scores {
                        row(score, value.to_string(), "", "", "");
                    }
                }
                Measured::Missing { reason, .. } => row("", String::new(), "", "", &word(reason)),
                Measured::Lab { value, unit, assay, .. } => row("", value.to_string(), unit, assay, ""),
                Measured::Tcd { side, mean_cm_s, systolic_cm_s, diastolic_cm_s, .. } => {
                    let all =
                        [("mean", mean_cm_s), ("systolic", systolic_cm_s), ("diastolic", diastolic_cm_s)];
                    for (what, value) in all {
                        if let Some(v) = value {
                            row(&format!("{what} {}", word(side)), v.to_string(), "cm/s", "", "");
                        }
                    }
                }
            }
        }
        Ok(vec![
            ("patients.csv", patients.bytes),
            ("sessions.csv", sessions.bytes),
            ("needles.csv", needles.bytes),
            ("outcomes.csv", outcomes.bytes),
            ("adverse_events.csv", harm.bytes),
        ])
    }
}
