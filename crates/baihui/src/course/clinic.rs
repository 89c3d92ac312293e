//! The clinic's own overview: counts, who is due, what was treated. It compares nobody with nobody and says so.

use std::collections::{BTreeMap, BTreeSet};

use baihui_clinic::{
    instrument::{
        Instrument,
        change::{Direction, Reach, Threshold, ThresholdKind},
    },
    knowledge::Knowledge,
    outcome::Measured,
    store::{Kept, Overview, instant},
};
use baihui_evidence::outcome_stats::{clopper_pearson, wilson};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// When a patient in treatment is due for a measurement. Nobody prescribes these numbers; the clinic chooses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Due {
    /// So many sessions since the last measurement.
    pub sessions: usize,
    /// Or so many days.
    pub days: i64,
    /// Who had no session for so many days is not in treatment.
    pub away_days: i64,
}

impl Default for Due {
    fn default() -> Self {
        Self { sessions: 10, days: 28, away_days: 90 }
    }
}

/// The overview.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClinicView {
    /// As of when.
    pub as_of: Timestamp,
    /// Patients in the record.
    pub patients: usize,
    /// Patients with a session in the last days that `due` names.
    pub in_treatment: usize,
    /// Sessions.
    pub sessions: usize,
    /// Sessions that are closed but not signed.
    pub unsigned: usize,
    /// Needles.
    pub needles: u64,
    /// Diagnoses as they were written, with their patients, the most frequent first; at most 20.
    pub diagnoses: Vec<Counted>,
    /// Sites that were needled, with sessions and patients, the most frequent first; at most 20.
    pub sites: Vec<Counted>,
    /// Sessions with reported harm.
    pub harm: Share,
    /// Instruments: who changed from the first to the last value.
    pub outcomes: Vec<Changed>,
    /// Who is due for a measurement, longest overdue first; the server gives the first 20.
    pub due: Vec<DuePatient>,
    /// How many are due.
    pub due_count: usize,
    /// What "due" means here.
    pub due_when: Due,
    /// Whether the record is too large to count whole, so that the oldest were left out.
    pub cut: bool,
}

/// A name with counts.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Counted {
    /// Name.
    pub name: String,
    /// Sessions; none for diagnoses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<usize>,
    /// Patients.
    pub patients: usize,
}

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Share {
    /// How many.
    pub n: u64,
    /// Of how many.
    pub of: u64,
    /// Limits; none where there is nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

impl Share {
    /// By the score method.
    fn score(n: u64, of: u64) -> Self {
        Self { n, of, interval: wilson(n, of, 0.95).ok().map(|(a, b)| [a, b]) }
    }
}

/// Patients who were measured twice with one instrument and edition.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Changed {
    /// Instrument.
    pub instrument: String,
    /// Abbreviation.
    pub short: String,
    /// Patients with one value or more.
    pub measured: usize,
    /// Patients with two or more: only they can change.
    pub twice: usize,
    /// Better at the last value than at the first.
    pub better: usize,
    /// The same.
    pub same: usize,
    /// Worse.
    pub worse: usize,
    /// Patients for whom a measurement was noted as missing.
    pub missing: usize,
    /// By each source: who changed for the better by at least its highest value.
    pub reached: Vec<ReachedBy>,
}

/// By one source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReachedBy {
    /// The threshold.
    pub threshold: Threshold,
    /// Who reached it, of those who were measured twice.
    pub share: Share,
}

/// Somebody who is due.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DuePatient {
    /// Identifier.
    pub patient: String,
    /// Name.
    pub name: String,
    /// Last measurement of any kind; none if there never was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Days since then, or since the first session.
    pub days: i64,
    /// Sessions since then.
    pub sessions: usize,
}

fn days(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().div_euclid(86_400)
}

/// Most rows of a list of counts.
const MOST: usize = 20;

fn most(counts: BTreeMap<String, (usize, BTreeSet<&str>)>, sessions: bool) -> Vec<Counted> {
    let mut all: Vec<Counted> = counts
        .into_iter()
        .map(|(name, (n, patients))| Counted {
            name,
            sessions: sessions.then_some(n),
            patients: patients.len(),
        })
        .collect();
    all.sort_by(|a, b| {
        (b.sessions, b.patients).cmp(&(a.sessions, a.patients)).then_with(|| a.name.cmp(&b.name))
    });
    all.truncate(MOST);
    all
}

impl ClinicView {
    /// Counts.
    pub fn of(knowledge: &Knowledge, o: &Overview, due_when: Due, now: Timestamp) -> Self {
        let mut sites: BTreeMap<String, (usize, BTreeSet<&str>)> = BTreeMap::new();
        let mut diagnoses: BTreeMap<String, (usize, BTreeSet<&str>)> = BTreeMap::new();
        let mut treated: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
        let (mut needles, mut unsigned, mut harmed) = (0, 0, 0);
        for k in &o.sessions {
            let s = &k.summary.summary;
            needles += s["needles"].as_u64().unwrap_or(0);
            unsigned += usize::from(k.summary.state == "closed");
            harmed += u64::from(s["adverse_events"].as_u64().unwrap_or(0) > 0);
            if let Some(at) = instant(s, "started") {
                treated.entry(&k.patient).or_default().push(at);
            }
            for site in s["zones"].as_array().into_iter().flatten().filter_map(|z| z.as_str()) {
                let e = sites.entry(site.to_owned()).or_default();
                e.0 += 1;
                e.1.insert(&k.patient);
            }
        }
        for k in &o.patients {
            for d in
                k.summary.summary["diagnoses"].as_array().into_iter().flatten().filter_map(|d| d.as_str())
            {
                diagnoses.entry(d.trim().to_owned()).or_default().1.insert(&k.summary.id);
            }
        }
        let mut last: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for k in &o.outcomes {
            let missing = matches!(result(k), Some(Measured::Missing { .. }));
            if let (Some(at), false) = (instant(&k.summary.summary, "at"), missing) {
                let e = last.entry(&k.patient).or_insert(at);
                *e = (*e).max(at);
            }
        }
        let mut due = Vec::new();
        let mut in_treatment = 0;
        for k in &o.patients {
            let Some(sessions) = treated.get(k.summary.id.as_str()) else { continue };
            let (Some(first), Some(latest)) = (sessions.iter().min(), sessions.iter().max()) else {
                continue;
            };
            if days(*latest, now) > due_when.away_days {
                continue;
            }
            in_treatment += 1;
            let measured = last.get(k.summary.id.as_str()).copied();
            let since = measured.unwrap_or(*first);
            let after = sessions.iter().filter(|s| measured.is_none_or(|m| **s > m)).count();
            if measured.is_none() || after >= due_when.sessions || days(since, now) >= due_when.days {
                due.push(DuePatient {
                    patient: k.summary.id.clone(),
                    name: k.summary.summary["name"].as_str().unwrap_or_default().to_owned(),
                    last: measured,
                    days: days(since, now),
                    sessions: after,
                });
            }
        }
        due.sort_by(|a, b| b.days.cmp(&a.days).then_with(|| a.patient.cmp(&b.patient)));
        let of = o.sessions.len() as u64;
        // Harm is rare: the exact interval.
        let interval = clopper_pearson(harmed, of, 0.95).ok().map(|(a, b)| [a, b]);
        Self {
            as_of: now,
            patients: o.patients.len(),
            in_treatment,
            sessions: o.sessions.len(),
            unsigned,
            needles,
            diagnoses: most(diagnoses, false),
            sites: most(sites, true),
            harm: Share { n: harmed, of, interval },
            outcomes: changed(knowledge, o),
            due_count: due.len(),
            due,
            due_when,
            cut: o.cut,
        }
    }
}

fn result(k: &Kept) -> Option<Measured> {
    serde_json::from_value(k.summary.summary.get("result")?.clone()).ok()
}

/// First value with its time, last value with its time, how many values.
type Ends = (Timestamp, f64, Timestamp, f64, usize);

/// First and last value of each patient, by instrument and edition.
fn changed(knowledge: &Knowledge, o: &Overview) -> Vec<Changed> {
    let mut values: BTreeMap<&str, BTreeMap<(&str, String), Ends>> = BTreeMap::new();
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for k in &o.outcomes {
        let Some(at) = instant(&k.summary.summary, "at") else { continue };
        match result(k) {
            Some(Measured::Instrument { instrument, version, scores, .. }) => {
                let (Some(i), Some(&v)) = (knowledge.instrument(&instrument), scores.get("total")) else {
                    continue;
                };
                let e = values
                    .entry(&i.id)
                    .or_default()
                    .entry((&k.patient, version))
                    .or_insert((at, v, at, v, 0));
                if at < e.0 {
                    (e.0, e.1) = (at, v);
                }
                if at >= e.2 {
                    (e.2, e.3) = (at, v);
                }
                e.4 += 1;
            }
            Some(Measured::Missing { instrument, .. }) => {
                if let Some(i) = knowledge.instrument(&instrument) {
                    missing.entry(&i.id).or_default().insert(&k.patient);
                }
            }
            _ => {}
        }
    }
    values
        .into_iter()
        .filter_map(|(id, by)| Some(of_instrument(knowledge.instrument(id)?, &by, missing.get(id))))
        .collect()
}

fn of_instrument(
    i: &Instrument,
    by: &BTreeMap<(&str, String), Ends>,
    missing: Option<&BTreeSet<&str>>,
) -> Changed {
    let measured: BTreeSet<&str> = by.keys().map(|k| k.0).collect();
    let twice: Vec<_> = by.values().filter(|e| e.4 > 1).map(|e| i.meaning(e.1, e.3)).collect();
    let count = |d| twice.iter().filter(|m| m.direction == d).count();
    let reached = i
        .threshold
        .iter()
        .enumerate()
        .filter(|(_, t)| t.kind == ThresholdKind::Mcid && t.only != Some(Direction::Worse));
    Changed {
        instrument: i.id.clone(),
        short: i.short.clone(),
        measured: measured.len(),
        twice: twice.len(),
        better: count(Direction::Better),
        same: count(Direction::Same),
        worse: count(Direction::Worse),
        missing: missing.map_or(0, BTreeSet::len),
        reached: reached
            .map(|(k, t)| {
                let n = twice.iter().filter(|m| {
                    m.direction == Direction::Better
                        && m.against.iter().any(|r| r.threshold == k && r.reached == Reach::Above)
                });
                ReachedBy { threshold: t.clone(), share: Share::score(n.count() as u64, twice.len() as u64) }
            })
            .collect(),
    }
}
