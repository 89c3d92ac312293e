//! The course of a patient: what was measured, what was done and what went wrong, in order of time.
//!
//! Nothing is judged here. Values of different instruments, editions, assays or units are different series: they are
//! never drawn as one line.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    outcome::{Comparator, Measured, MissingReason, Outcome},
    people::PractitionerId,
    session::{
        Moment, Phase, Session, SessionId,
        event::{AdverseCode, Causality},
    },
};

/// Everything about a patient that has a date.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Timeline {
    /// What was measured, one series an instrument and edition (or assay, or vessel), by name.
    pub series: Vec<Series>,
    /// Sessions, the earliest first.
    pub sessions: Vec<Treatment>,
    /// Harm, the earliest first.
    pub harm: Vec<Harm>,
}

/// What kind of thing is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// An instrument of the atlas.
    Instrument,
    /// A laboratory value.
    Laboratory,
    /// Mean flow velocity of transcranial Doppler, cm/s.
    Doppler,
}

/// Measurements that may be compared with each other.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Series {
    /// What kind.
    pub measure: Measure,
    /// Instrument, analyte, or vessel with its side.
    pub name: String,
    /// Edition of the instrument, or assay.
    pub edition: String,
    /// Unit; of instruments the atlas says it.
    pub unit: String,
    /// What was measured, the earliest first.
    pub measurements: Vec<Measurement>,
    /// What was not measured and why, the earliest first.
    pub missing: Vec<NotMeasured>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Measurement {
    /// Identifier of the outcome in the record.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Point of the schedule.
    pub visit: String,
    /// Value.
    pub value: f64,
    /// `<` or `>` where an assay only says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparator: Option<Comparator>,
    /// Who rated it; none if the patient did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rater: Option<PractitionerId>,
    /// Whether the rater did not know the treatment; none if nobody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blinded: Option<bool>,
    /// In words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// A value that is missing.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NotMeasured {
    /// Identifier of the outcome in the record.
    pub id: String,
    /// When it should have been measured.
    pub at: Timestamp,
    /// Point of the schedule.
    pub visit: String,
    /// Why.
    pub reason: MissingReason,
    /// In words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// A session in one line.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Treatment {
    /// Identifier of the session.
    pub session: String,
    /// When it began.
    pub at: Timestamp,
    /// How far it is.
    pub phase: Phase,
    /// Sites needled, with their side, in the order of their names.
    pub sites: BTreeSet<String>,
    /// Needles.
    pub needles: usize,
    /// Longest time that a needle was in, minutes; none where none is out or the clock went backwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retained_min: Option<f64>,
    /// Rounds of manipulation.
    pub rounds: usize,
    /// Whether current was used.
    pub electrical: bool,
    /// Needles of the plan that were not done.
    pub not_done: usize,
}

/// Harm in one line: the last that was said of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Harm {
    /// Identifier of the session.
    pub session: String,
    /// When it began; the start of the session if nobody said.
    pub at: Timestamp,
    /// What.
    pub code: AdverseCode,
    /// CTCAE grade, 1 to 5.
    pub grade: u8,
    /// Whether the needling caused it.
    pub causality: Causality,
    /// Whether it is serious in the sense of the regulations.
    pub serious: bool,
    /// In words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl Timeline {
    /// Puts the parts in order. Instruments are taken by their total score; an instrument that has none by its only
    /// one, and is left out where it has several.
    pub fn of<'a>(
        outcomes: impl IntoIterator<Item = (&'a str, &'a Outcome)>,
        sessions: impl IntoIterator<Item = (SessionId, &'a Session)>,
    ) -> Self {
        let mut timeline = Self::default();
        let mut series: BTreeMap<(Measure, String, String, String), Series> = BTreeMap::new();
        let mut missing: Vec<(String, NotMeasured)> = Vec::new();
        for (id, o) in outcomes {
            let Some(found) = read(id, o) else { continue };
            match found {
                Read::Value(measure, name, edition, unit, m) => {
                    let key = (measure, name.clone(), edition.clone(), unit.clone());
                    series
                        .entry(key)
                        .or_insert_with(|| Series {
                            measure,
                            name,
                            edition,
                            unit,
                            measurements: Vec::new(),
                            missing: Vec::new(),
                        })
                        .measurements
                        .push(m);
                }
                Read::Missing(instrument, m) => missing.push((instrument, m)),
            }
        }
        // What is missing has no edition; it belongs to the edition in use at the time, which is the first as a rule.
        for (instrument, m) in missing {
            let of = series.iter_mut().find(|(k, _)| k.0 == Measure::Instrument && k.1 == instrument);
            if let Some((_, s)) = of {
                s.missing.push(m);
            } else {
                let key = (Measure::Instrument, instrument.clone(), String::new(), String::new());
                let s = Series {
                    measure: Measure::Instrument,
                    name: instrument,
                    edition: String::new(),
                    unit: String::new(),
                    measurements: Vec::new(),
                    missing: vec![m],
                };
                series.insert(key, s);
            }
        }
        timeline.series = series.into_values().collect();
        for s in &mut timeline.series {
            s.measurements.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(&b.id)));
            s.missing.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(&b.id)));
        }
        for (id, s) in sessions {
            timeline.add_session(&id.to_string(), s);
        }
        timeline.sessions.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.session.cmp(&b.session)));
        timeline.harm.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.session.cmp(&b.session)));
        timeline
    }

    fn add_session(&mut self, id: &str, s: &Session) {
        let clocks = s.clocks(s.closed.unwrap_or(Moment::wall(s.started.at)));
        let out = s.needles.iter().filter(|(_, n)| n.removed.is_some());
        let longest = out.filter_map(|(k, _)| clocks.dwell_ms.get(k).copied().flatten()).max();
        let site = |n: &crate::session::Needle| {
            let site = &n.done.site;
            let side = serde_json::to_value(site.side).ok().and_then(|v| v.as_str().map(str::to_owned));
            match side {
                Some(side) if side != "midline" => format!("{} {side}", site.code),
                _ => site.code.clone(),
            }
        };
        self.sessions.push(Treatment {
            session: id.to_owned(),
            at: s.started.at,
            phase: s.phase,
            sites: s.needles.values().map(site).collect(),
            needles: s.needles.len(),
            retained_min: longest.map(|ms| ms as f64 / 60_000.0),
            rounds: s.rounds.len(),
            electrical: !s.circuits.is_empty(),
            not_done: s.not_done().len(),
        });
        for e in s.adverse_events.values().filter_map(|said| said.last()) {
            self.harm.push(Harm {
                session: id.to_owned(),
                at: e.onset.unwrap_or(s.started.at),
                code: e.code,
                grade: e.grade,
                causality: e.causality,
                serious: e.serious,
                text: e.text.clone(),
            });
        }
    }

    /// When the first session began.
    #[must_use]
    pub fn start(&self) -> Option<Timestamp> {
        self.sessions.first().map(|s| s.at)
    }
}

enum Read {
    Value(Measure, String, String, String, Measurement),
    Missing(String, NotMeasured),
}

fn read(id: &str, o: &Outcome) -> Option<Read> {
    let measurement = |value: f64, comparator| Measurement {
        id: id.to_owned(),
        at: o.at,
        visit: o.visit.clone(),
        value,
        comparator,
        rater: o.rater,
        blinded: o.blinded,
        comment: o.comment.clone(),
    };
    match &o.result {
        Measured::Instrument { instrument, version, scores, .. } => {
            let value = scores.get("total").or_else(|| match scores.len() {
                1 => scores.values().next(),
                _ => None,
            })?;
            let m = measurement(*value, None);
            Some(Read::Value(Measure::Instrument, instrument.clone(), version.clone(), String::new(), m))
        }
        Measured::Missing { instrument, reason } => {
            let m = NotMeasured {
                id: id.to_owned(),
                at: o.at,
                visit: o.visit.clone(),
                reason: *reason,
                comment: o.comment.clone(),
            };
            Some(Read::Missing(instrument.clone(), m))
        }
        Measured::Lab { analyte, value, comparator, unit, assay, .. } => {
            let m = measurement(*value, *comparator);
            Some(Read::Value(Measure::Laboratory, analyte.clone(), assay.clone(), unit.clone(), m))
        }
        Measured::Tcd { vessel, side, mean_cm_s, .. } => {
            let side = serde_json::to_value(side).ok()?;
            let name = format!("{vessel} {}", side.as_str().unwrap_or_default());
            let m = measurement((*mean_cm_s)?, None);
            Some(Read::Value(Measure::Doppler, name, String::new(), "cm/s".to_owned(), m))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::PatientId;

    fn outcome(day: i64, result: Measured) -> Outcome {
        Outcome {
            patient: PatientId::from_uuid(uuid::Uuid::nil()),
            at: Timestamp::from_second(day * 86_400).unwrap(),
            visit: String::new(),
            session: None,
            rater: None,
            blinded: None,
            result,
            comment: String::new(),
        }
    }

    fn score(day: i64, edition: &str, total: f64) -> Outcome {
        let scores = [("total".to_owned(), total)].into();
        let instrument = "fma-ue".to_owned();
        let version = edition.to_owned();
        outcome(day, Measured::Instrument { instrument, version, items: BTreeMap::new(), scores })
    }

    #[test]
    fn editions_are_not_one_line_and_gaps_keep_their_reasons() {
        let gap =
            outcome(9, Measured::Missing { instrument: "fma-ue".into(), reason: MissingReason::Refused });
        let all =
            [("c", score(20, "1", 31.0)), ("a", score(1, "1", 22.0)), ("b", score(2, "2", 50.0)), ("d", gap)];
        let timeline = Timeline::of(all.iter().map(|(id, o)| (*id, o)), []);
        let lengths: Vec<usize> = timeline.series.iter().map(|s| s.measurements.len()).collect();
        assert_eq!(lengths, [2, 1]);
        assert_eq!(timeline.series[0].measurements[0].value, 22.0, "the earliest first");
        assert_eq!(timeline.series[0].missing[0].reason, MissingReason::Refused);
        assert!(timeline.start().is_none());
    }

    #[test]
    fn values_of_different_assays_stay_apart_and_a_lonely_gap_is_kept() {
        let lab = |assay: &str, value| {
            outcome(
                1,
                Measured::Lab {
                    analyte: "hs-CRP".into(),
                    loinc: None,
                    value,
                    comparator: Some(Comparator::Less),
                    unit: "mg/L".into(),
                    assay: assay.into(),
                    range: None,
                },
            )
        };
        let gap = outcome(9, Measured::Missing { instrument: "nihss".into(), reason: MissingReason::Unable });
        let all = [("a", lab("x", 1.0)), ("b", lab("y", 2.0)), ("c", gap)];
        let timeline = Timeline::of(all.iter().map(|(id, o)| (*id, o)), []);
        let names: Vec<_> = timeline.series.iter().map(|s| (s.name.as_str(), s.edition.as_str())).collect();
        assert_eq!(names, [("nihss", ""), ("hs-CRP", "x"), ("hs-CRP", "y")]);
        assert_eq!(timeline.series[1].measurements[0].comparator, Some(Comparator::Less));
    }
}
