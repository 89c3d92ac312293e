//! Living evidence: what changes when a row is added.
//!
//! A [`Snapshot`] holds every computed answer and verdict; two of them give a list of changes in sentences. Rows of
//! two versions of a table are compared by key, so that a diff says which trial was added, removed or corrected.

use crate::check::show;
use crate::claim::{Claim, ClaimError, EvidenceBase, QuestionResult};
use crate::table::{RawRow, RawTable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// An answer in the numbers by which it is recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Question in words.
    pub title: String,
    /// Trials in it.
    pub trials: Vec<String>,
    /// Pooled effect with its 95 % interval, where pooled; on the scale that is shown.
    pub pooled: Option<[f64; 3]>,
    /// Value of no effect.
    pub null: f64,
    /// Between-trial variance, where pooled.
    pub tau2: Option<f64>,
    /// Warnings.
    pub warnings: Vec<String>,
}

/// All answers and verdicts at one time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Answers by `claim/question`.
    pub answers: BTreeMap<String, Answer>,
    /// Verdicts by claim: word and certainty.
    pub verdicts: BTreeMap<String, String>,
}

impl Answer {
    fn of(q: &QuestionResult) -> Self {
        Self {
            title: q.title.clone(),
            trials: q.rows.iter().map(|r| r.trial.clone()).collect(),
            pooled: q.pooled.as_ref().map(|p| [p.estimate, p.interval[0], p.interval[1]]),
            null: q.measure.null(),
            tau2: q.pooled.as_ref().map(|p| p.tau2),
            warnings: q.warnings.clone(),
        }
    }

    fn decided(&self) -> Option<bool> {
        self.pooled.map(|[_, l, u]| l > self.null || u < self.null)
    }
}

impl Snapshot {
    /// Computes every claim.
    ///
    /// # Errors
    /// The first [`ClaimError`].
    pub fn of(claims: &[Claim], base: &EvidenceBase) -> Result<Self, ClaimError> {
        let mut out = Self::default();
        for claim in claims {
            let report = claim.report(base)?;
            for q in &report.questions {
                out.answers.insert(format!("{}/{}", claim.id, q.id), Answer::of(q));
            }
            let verdict = format!("{}, certainty {}", claim.verdict.word.words(), claim.verdict.certainty);
            out.verdicts.insert(claim.id.clone(), verdict);
        }
        Ok(out)
    }

    /// What is different in `after`.
    #[must_use]
    pub fn diff(&self, after: &Self) -> Vec<Change> {
        let mut out = Vec::new();
        let mut say = |place: &str, sentence: String| out.push(Change { place: place.to_owned(), sentence });
        for (key, new) in &after.answers {
            let Some(old) = self.answers.get(key) else {
                say(key, format!("new question: {}", new.title));
                continue;
            };
            compare_answers(key, old, new, &mut say);
        }
        for (key, old) in &self.answers {
            if !after.answers.contains_key(key) {
                say(key, format!("the question is gone: {}", old.title));
            }
        }
        for (claim, new) in &after.verdicts {
            match self.verdicts.get(claim) {
                None => say(claim, format!("new claim; verdict {new}")),
                Some(old) if old != new => say(claim, format!("verdict was {old}, is {new}")),
                Some(_) => {}
            }
        }
        for claim in self.verdicts.keys().filter(|c| !after.verdicts.contains_key(*c)) {
            say(claim, "the claim is gone".to_owned());
        }
        out
    }
}

fn compare_answers(key: &str, old: &Answer, new: &Answer, say: &mut impl FnMut(&str, String)) {
    for trial in new.trials.iter().filter(|t| !old.trials.contains(t)) {
        say(key, format!("trial {trial} is new"));
    }
    for trial in old.trials.iter().filter(|t| !new.trials.contains(t)) {
        say(key, format!("trial {trial} is gone"));
    }
    let text = |p: Option<[f64; 3]>| match p {
        Some([e, l, u]) => format!("{} [{}, {}]", show(e), show(l), show(u)),
        None => "not pooled".to_owned(),
    };
    if old.pooled != new.pooled {
        say(key, format!("pooled effect was {}, is {}", text(old.pooled), text(new.pooled)));
    }
    if let (Some(a), Some(b)) = (old.decided(), new.decided())
        && a != b
    {
        let now = if b { "excludes" } else { "includes" };
        say(key, format!("the interval now {now} no effect ({}): look at the verdict again", new.null));
    }
    if let (Some(a), Some(b)) = (old.tau2, new.tau2)
        && a != b
    {
        say(key, format!("τ² was {}, is {}", show(a), show(b)));
    }
    for w in new.warnings.iter().filter(|w| !old.warnings.contains(w)) {
        say(key, format!("new warning: {w}"));
    }
    for w in old.warnings.iter().filter(|w| !new.warnings.contains(w)) {
        say(key, format!("no longer: {w}"));
    }
}

/// One change, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where: claim and question, or table and key.
    pub place: String,
    /// What.
    pub sentence: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.sentence)
    }
}

/// Rows added, removed and changed between two versions of a table, by key columns.
#[must_use]
pub fn diff_tables(name: &str, key: &[String], before: &RawTable, after: &RawTable) -> Vec<Change> {
    let index = |t: &RawTable| -> BTreeMap<String, RawRow> {
        t.rows
            .iter()
            .enumerate()
            .map(|(i, r)| {
                let k = key.iter().map(|c| t.get(r, c)).collect::<Vec<_>>().join(" ");
                // Without a key, rows are known by their place.
                (if key.is_empty() { format!("row {}", i + 1) } else { k }, r.clone())
            })
            .collect()
    };
    let (old, new) = (index(before), index(after));
    let mut out = Vec::new();
    let mut say = |k: &str, sentence: String| out.push(Change { place: format!("{name}: {k}"), sentence });
    for (k, row) in &new {
        let Some(was) = old.get(k) else {
            say(k, "is new".to_owned());
            continue;
        };
        for column in &after.header {
            let (a, b) = (before.get(was, column), after.get(row, column));
            if a != b {
                let quoted = |t: &str| if t.is_empty() { "empty".to_owned() } else { format!("\"{t}\"") };
                say(k, format!("{column} was {}, is {}", quoted(a), quoted(b)));
            }
        }
    }
    for k in old.keys().filter(|k| !new.contains_key(*k)) {
        say(k, "is gone".to_owned());
    }
    out
}

/// Appends a row given as column and value; columns not named stay empty.
///
/// # Errors
/// The name of a column that the table does not have.
pub fn add_row(table: &mut RawTable, cells: &BTreeMap<String, String>) -> Result<(), String> {
    if let Some(unknown) = cells.keys().find(|k| table.column(k).is_none()) {
        return Err(format!("there is no column `{unknown}`; the table has {}", table.header.join(", ")));
    }
    let line = table.rows.last().map_or(2, |r| r.line + 1);
    let row = table.header.iter().map(|h| cells.get(h).cloned().unwrap_or_default()).collect();
    table.rows.push(RawRow { line, cells: row });
    Ok(())
}
