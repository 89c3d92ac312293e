//! A letter about a course of treatment, from what the record holds: to the referring doctor, to the patient, to the
//! file. The same course gives the same letter.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    instrument::{
        Instrument,
        change::{Direction, Reach, Threshold, ThresholdKind},
    },
    outcome::{Measured, MissingReason},
    session::event::{AdverseCode, Causality},
    side::{DeficitSide, LesionSide, Side},
    store::Course,
};

/// A letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Letter {
    /// Name of the clinic.
    pub clinic: String,
    /// Name of the patient.
    pub patient: String,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// What is wrong.
    pub diagnoses: Vec<DiagnosisLine>,
    /// What was done.
    pub treatment: Treatment,
    /// What changed.
    pub outcomes: Vec<ScoreLine>,
    /// What was to be measured and was not.
    pub missing: Vec<MissingLine>,
    /// Harm.
    pub harm: Vec<Harm>,
}

/// A diagnosis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosisLine {
    /// In words.
    pub text: String,
    /// Where the lesion is.
    pub lesion_side: Option<LesionSide>,
    /// Where the body is affected.
    pub deficit_side: Option<DeficitSide>,
    /// Since when.
    pub onset: Option<Date>,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Treatment {
    /// Sessions in which a needle was put in.
    pub sessions: usize,
    /// How many of them are signed.
    pub signed: usize,
    /// Day of the first.
    pub first: Option<Date>,
    /// Day of the last.
    pub last: Option<Date>,
    /// By whom.
    pub by: BTreeSet<String>,
    /// Sites with sides, and in how many sessions each was needled.
    pub sites: BTreeMap<String, usize>,
    /// Needles in all sessions.
    pub needles: usize,
    /// Sessions with current.
    pub with_current: usize,
}

/// One score over the course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreLine {
    /// Instrument, analyte or vessel.
    pub what: String,
    /// Name of the score, and unit.
    pub score: String,
    /// Every value with its day and visit, in order of time.
    pub values: Vec<Value>,
    /// What the change from the first to the last means, where the instrument is known.
    pub change: Option<Change>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Value {
    /// When.
    pub at: Timestamp,
    /// Which point of the schedule.
    pub visit: String,
    /// The value.
    pub value: f64,
}

/// A change from the first to the last value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Last minus first.
    pub difference: f64,
    /// For better or worse.
    pub direction: Direction,
    /// Against each published threshold: what kind, of whom, and whether it is reached.
    pub against: Vec<Against>,
}

/// A change against one threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Against {
    /// The threshold, with population and sources.
    pub threshold: Threshold,
    /// How the change stands to it.
    pub reached: Reach,
}

/// What was to be measured and was not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingLine {
    /// Instrument.
    pub what: String,
    /// Which point of the schedule.
    pub visit: String,
    /// Why.
    pub reason: MissingReason,
}

/// Harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Harm {
    /// Day of the session.
    pub day: Date,
    /// What.
    pub code: AdverseCode,
    /// CTCAE grade.
    pub grade: u8,
    /// Whether the needling caused it.
    pub causality: Causality,
    /// Whether it is serious in the sense of the regulations.
    pub serious: bool,
}

/// A letter from a course. Days are those of a place.
#[must_use]
pub fn letter(course: &Course, instruments: &BTreeMap<String, Instrument>, zone: &TimeZone) -> Letter {
    let p = &course.patient.value;
    let diagnosis = |d: &crate::people::Diagnosis| DiagnosisLine {
        text: d.text.clone(),
        lesion_side: d.lesion_side,
        deficit_side: d.deficit_side,
        onset: d.onset,
    };
    let (outcomes, missing) = outcomes(course, instruments);
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let mut harm: Vec<Harm> = course
        .sessions
        .iter()
        .flat_map(|s| {
            let day = day(s.state.started.at);
            s.state.adverse_events.values().filter_map(|v| v.last()).map(move |e| Harm {
                day,
                code: e.code,
                grade: e.grade,
                causality: e.causality,
                serious: e.serious,
            })
        })
        .collect();
    harm.sort_by_key(|h| h.day);
    Letter {
        clinic: course.clinic.as_ref().map(|c| c.name.clone()).unwrap_or_default(),
        patient: p.name.to_string(),
        birth_date: p.birth_date,
        diagnoses: p.diagnoses.iter().map(diagnosis).collect(),
        treatment: treatment(course, &day),
        outcomes,
        missing,
        harm,
    }
}

fn treatment(course: &Course, day: &impl Fn(Timestamp) -> Date) -> Treatment {
    let mut t = Treatment::default();
    for s in course.sessions.iter().map(|s| &s.state).filter(|s| !s.needles.is_empty()) {
        t.sessions += 1;
        t.signed += usize::from(s.signature.is_some());
        let on = day(s.started.at);
        t.first = Some(t.first.map_or(on, |d| d.min(on)));
        t.last = Some(t.last.map_or(on, |d| d.max(on)));
        let id = s.start.practitioner.to_string();
        t.by.insert(course.staff.get(&id).cloned().unwrap_or(id));
        t.needles += s.needles.len();
        t.with_current += usize::from(!s.circuits.is_empty());
        let sites: BTreeSet<String> = s.needles.values().map(|n| site(&n.done.site)).collect();
        for site in sites {
            *t.sites.entry(site).or_default() += 1;
        }
    }
    t
}

fn site(s: &crate::needle::Site) -> String {
    let part = s.part.as_ref().map(|p| format!(" ({p})")).unwrap_or_default();
    match s.side {
        Side::Left => format!("{} left{part}", s.code),
        Side::Right => format!("{} right{part}", s.code),
        Side::Midline => format!("{}{part}", s.code),
    }
}

fn outcomes(
    course: &Course,
    instruments: &BTreeMap<String, Instrument>,
) -> (Vec<ScoreLine>, Vec<MissingLine>) {
    // Values of different assays, units and versions are never put on one line.
    let mut lines: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    let mut missing = Vec::new();
    let mut all: Vec<_> = course.outcomes.iter().map(|o| &o.value).collect();
    all.sort_by_key(|o| o.at);
    for o in all {
        let mut add = |score: String, value: f64| {
            let value = Value { at: o.at, visit: o.visit.clone(), value };
            lines.entry((o.name().to_owned(), score)).or_default().push(value);
        };
        match &o.result {
            Measured::Instrument { version, scores, .. } => {
                scores.iter().for_each(|(name, v)| add(format!("{name}, version {version}"), *v));
            }
            // A value that is only known to be less or more has no place on a line.
            Measured::Lab { value, unit, assay, comparator: None, .. } => {
                add(format!("{unit}, {assay}"), *value);
            }
            Measured::Lab { .. } => {}
            Measured::Tcd { side, mean_cm_s, .. } => {
                let side = format!("{side:?}").to_lowercase();
                mean_cm_s.iter().for_each(|v| add(format!("mean velocity {side}, cm/s"), *v));
            }
            Measured::Missing { instrument, reason } => missing.push(MissingLine {
                what: instrument.clone(),
                visit: o.visit.clone(),
                reason: *reason,
            }),
        }
    }
    let line = |((what, score), values): ((String, String), Vec<Value>)| {
        let known = instruments.get(&what).filter(|_| score.starts_with("total"));
        let change = match (known, values.first(), values.last()) {
            (Some(i), Some(first), Some(last)) if values.len() > 1 => {
                Some(change(i, first.value, last.value))
            }
            _ => None,
        };
        ScoreLine { what, score, values, change }
    };
    (lines.into_iter().map(line).collect(), missing)
}

fn change(i: &Instrument, first: f64, last: f64) -> Change {
    let m = i.meaning(first, last);
    let against = m.against.iter().filter_map(|r| {
        Some(Against { threshold: i.threshold.get(r.threshold)?.clone(), reached: r.reached })
    });
    Change { difference: m.change, direction: m.direction, against: against.collect() }
}

impl Letter {
    /// As text, for print or to be pasted.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            out += &text;
            out.push('\n');
        };
        if !self.clinic.is_empty() {
            line(self.clinic.clone());
        }
        let born = self.birth_date.map(|d| format!(", born {d}")).unwrap_or_default();
        line(format!("{}{born}\n", self.patient));
        for d in &self.diagnoses {
            let mut text = format!("Diagnosis: {}", d.text);
            let side = |s: crate::side::Laterality| format!("{s:?}").to_lowercase();
            if let Some(s) = d.lesion_side {
                let _ = write!(text, "; lesion {}", side(s.0));
            }
            if let Some(s) = d.deficit_side {
                let _ = write!(text, "; deficit {}", side(s.0));
            }
            if let Some(onset) = d.onset {
                let _ = write!(text, "; since {onset}");
            }
            line(text);
        }
        let t = &self.treatment;
        line(String::new());
        match (t.first, t.last) {
            (Some(first), Some(last)) => {
                let by: Vec<&str> = t.by.iter().map(String::as_str).collect();
                line(format!(
                    "Treatment: {} sessions from {first} to {last} ({} signed), {} needles, by {}.",
                    t.sessions,
                    t.signed,
                    t.needles,
                    by.join(", ")
                ));
                let sites: Vec<String> = t.sites.iter().map(|(s, n)| format!("{s} ({n})")).collect();
                line(format!("Sites, with the number of sessions: {}.", sites.join(", ")));
                if t.with_current > 0 {
                    line(format!("With electrical stimulation: {} sessions.", t.with_current));
                }
            }
            _ => line("Treatment: no session with a needle is recorded.".to_owned()),
        }
        line(String::new());
        for o in &self.outcomes {
            let values: Vec<String> = o
                .values
                .iter()
                .map(|v| {
                    if v.visit.is_empty() {
                        v.value.to_string()
                    } else {
                        format!("{} ({})", v.value, v.visit)
                    }
                })
                .collect();
            line(format!("{} [{}]: {}", o.what, o.score, values.join(", ")));
            if let Some(c) = &o.change {
                line(format!("  {}", c.text()));
            }
        }
        for m in &self.missing {
            let reason = reason(m.reason);
            line(format!(
                "{}: not measured ({}{reason})",
                m.what,
                if m.visit.is_empty() { String::new() } else { format!("{}: ", m.visit) }
            ));
        }
        line(String::new());
        if self.harm.is_empty() {
            line("No adverse event is recorded.".to_owned());
        }
        for h in &self.harm {
            let serious = if h.serious { ", serious" } else { "" };
            line(format!(
                "Adverse event on {}: {:?}, grade {}{serious}, causality {}.",
                h.day,
                h.code,
                h.grade,
                format!("{:?}", h.causality).to_lowercase()
            ));
        }
        line("\nLeft and right are the patient's. A change over a course shows what happened, not what caused it: without a \
              comparison it cannot be told from the natural course and from other treatment."
            .to_owned());
        out
    }
}

impl Change {
    fn text(&self) -> String {
        let direction = match self.direction {
            Direction::Better => "better",
            Direction::Worse => "worse",
            Direction::Same => "no change",
        };
        // Differences of decimal scores carry the noise of binary fractions.
        let rounded = (self.difference * 1e6).round() / 1e6;
        let mut text = format!("change {rounded:+}: {direction}");
        for a in &self.against {
            let t = &a.threshold;
            let kind = match t.kind {
                ThresholdKind::Mcid => "important change",
                ThresholdKind::Mdc => "error of measurement",
            };
            let range = if t.low.to_bits() == t.high.to_bits() {
                t.low.to_string()
            } else {
                format!("{} to {}", t.low, t.high)
            };
            let reach = match a.reached {
                Reach::Below => "below",
                Reach::Within => "within the range of",
                Reach::Above => "reaches",
            };
            let _ = write!(text, "; {reach} the {kind} of {range} ({})", t.population);
        }
        text
    }
}

fn reason(reason: MissingReason) -> &'static str {
    match reason {
        MissingReason::NotAttended => "did not come",
        MissingReason::Refused => "refused",
        MissingReason::Unable => "could not do it",
        MissingReason::NotOffered => "not offered",
        MissingReason::Withdrawn => "left the treatment",
        MissingReason::Died => "died",
        MissingReason::Other => "another reason",
    }
}
