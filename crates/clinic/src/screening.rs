//! Screening: what was asked about safety at one occasion, and which of all answers stand today.
//!
//! Each screening is kept with the patient and its time. [`standing`] joins them with the facts of the patient's
//! page. What is asked at every visit counts on its day only. Where the page and the screenings contradict each other,
//! the question is open again: a rule then asks, and nothing passes because one of two places said no.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::Id,
    people::{Patient, PatientId},
    safety::{Answers, FactQuestion, FactValue, intake},
    session::SessionId,
};

/// Identifier of a screening.
pub type ScreeningId = Id<Screening>;

/// Questions whose answer the page works out for today from dates; an older answer in a number does not contradict it.
const BY_DATE: [&str; 2] = ["age-months", "days-since-haemorrhage"];

/// What was asked at one occasion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Screening {
    /// Who was asked.
    pub patient: PatientId,
    /// When.
    pub at: Timestamp,
    /// The session before which it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// What was answered. What is absent was not asked.
    pub answers: Answers,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Origin {
    /// The patient's page, as it was saved then.
    Page {
        /// When.
        at: Timestamp,
    },
    /// A screening.
    Screening {
        /// When.
        at: Timestamp,
    },
}

/// The page says one thing and the newest screening another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contradiction {
    /// The question, by name.
    pub question: String,
    /// What the page says.
    pub page: FactValue,
    /// What the screening says.
    pub screening: FactValue,
    /// When that was asked.
    pub at: Timestamp,
}

/// What stands today.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// The answers: what the rules of safety go by.
    pub answers: Answers,
    /// Where each comes from.
    pub from: BTreeMap<String, Origin>,
    /// Questions that were answered twice and differently: they are open.
    pub contradictions: Vec<Contradiction>,
    /// Questions asked at every visit that were last answered before today: they are open.
    pub expired: BTreeSet<String>,
    /// Questions without an answer, those of the two lists above included.
    pub open: BTreeSet<String>,
}

/// Joins the patient's page, saved at an instant, with all screenings, as of now.
#[must_use]
pub fn standing(
    questions: &BTreeMap<String, FactQuestion>,
    patient: &Patient,
    page_saved: Timestamp,
    screenings: &[Screening],
    now: &Zoned,
) -> Standing {
    let today = |at: Timestamp| at.to_zoned(now.time_zone().clone()).date() == now.date();
    let mut out = Standing::default();
    let mut page = BTreeMap::new();
    for (name, value) in intake::answers(patient, now.date()).0 {
        let Some(question) = questions.get(&name) else { continue };
        if question.each_visit && !today(page_saved) {
            out.expired.insert(name);
        } else {
            page.insert(name, value);
        }
    }
    let mut asked: BTreeMap<&str, (Timestamp, &FactValue)> = BTreeMap::new();
    let mut in_order: Vec<&Screening> = screenings.iter().filter(|s| s.at <= now.timestamp()).collect();
    in_order.sort_by_key(|s| s.at);
    for s in in_order {
        for (name, value) in &s.answers.0 {
            // An answer to what is no longer asked, or no longer so, is no answer.
            let Some(question) = questions.get(name).filter(|q| q.check(name, value).is_ok()) else {
                continue;
            };
            if question.each_visit && !today(s.at) {
                out.expired.insert(name.clone());
            } else {
                asked.insert(name, (s.at, value));
            }
        }
    }
    for name in questions.keys() {
        let (value, origin) = match (page.get(name), asked.get(name.as_str())) {
            (None, None) => continue,
            (Some(v), None) => (v, Origin::Page { at: page_saved }),
            (None, Some((at, v))) => (*v, Origin::Screening { at: *at }),
            (Some(v), Some(_)) if BY_DATE.contains(&name.as_str()) => (v, Origin::Page { at: page_saved }),
            (Some(p), Some((at, v))) if p == *v => (*v, Origin::Screening { at: *at }),
            (Some(p), Some((at, v))) => {
                let (page, screening) = (p.clone(), (*v).clone());
                out.contradictions.push(Contradiction { question: name.clone(), page, screening, at: *at });
                continue;
            }
        };
        out.answers.set(name, value.clone());
        out.from.insert(name.clone(), origin);
    }
    out.expired.retain(|name| out.answers.get(name).is_none());
    out.open = questions.keys().filter(|name| out.answers.get(name).is_none()).cloned().collect();
    out
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{people::PersonName, safety::FactKind};

    fn questions() -> BTreeMap<String, FactQuestion> {
        let q =
            |kind, each_visit| FactQuestion { question: String::new(), question_zh: None, kind, each_visit };
        [
            ("pacemaker".to_owned(), q(FactKind::Flag, false)),
            ("high-fever".to_owned(), q(FactKind::Flag, true)),
            ("age-months".to_owned(), q(FactKind::Number { unit: "months".into() }, false)),
        ]
        .into()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_default()
    }

    fn asked(when: &str, answers: &[(&str, FactValue)]) -> Screening {
        Screening {
            patient: PatientId::from_uuid(uuid::Uuid::nil()),
            at: at(when),
            session: None,
            answers: Answers(answers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect()),
            comment: String::new(),
        }
    }

    fn stand(patient: &Patient, saved: &str, screenings: &[Screening], now: &str) -> Standing {
        standing(
            &questions(),
            patient,
            at(saved),
            screenings,
            &at(now).to_zoned(TimeZone::fixed(jiff::tz::offset(8))),
        )
    }

    fn ada() -> Patient {
        Patient::named(PersonName::new("Ada", "Example"))
    }

    const YES: FactValue = FactValue::Flag(true);
    const NO: FactValue = FactValue::Flag(false);

    #[test]
    fn the_newest_answer_stands_and_says_where_it_comes_from() {
        let all = [
            asked("2026-03-02T01:00:00Z", &[("pacemaker", YES)]),
            asked("2026-03-01T01:00:00Z", &[("pacemaker", NO)]),
            asked("2026-03-09T01:00:00Z", &[("pacemaker", NO)]),
        ];
        let s = stand(&ada(), "2026-01-01T00:00:00Z", &all, "2026-03-03T01:00:00Z");
        assert_eq!(s.answers.get("pacemaker"), Some(&YES), "what is asked later does not count yet");
        assert_eq!(s.from["pacemaker"], Origin::Screening { at: at("2026-03-02T01:00:00Z") });
        assert_eq!(s.open, ["age-months".to_owned(), "high-fever".to_owned()].into());
    }

    #[test]
    fn what_is_asked_at_every_visit_counts_on_its_day_of_the_clinic() {
        // 23:30 UTC is already the next morning eight hours to the east.
        let all = [asked("2026-03-01T23:30:00Z", &[("high-fever", NO), ("pacemaker", NO)])];
        let s = stand(&ada(), "2026-01-01T00:00:00Z", &all, "2026-03-02T08:00:00Z");
        assert_eq!(s.answers.get("high-fever"), Some(&NO));
        let s = stand(&ada(), "2026-01-01T00:00:00Z", &all, "2026-03-02T16:30:00Z");
        assert_eq!((s.answers.get("high-fever"), s.answers.get("pacemaker")), (None, Some(&NO)));
        assert_eq!(s.expired, ["high-fever".to_owned()].into());
        assert!(s.open.contains("high-fever"));
    }

    #[test]
    fn a_page_of_another_day_does_not_answer_for_today() {
        let mut p = ada();
        p.facts.high_fever = Some(false);
        let s = stand(&p, "2026-03-01T01:00:00Z", &[], "2026-03-02T01:00:00Z");
        assert_eq!((s.answers.get("high-fever"), s.expired.len()), (None, 1));
        let s = stand(&p, "2026-03-02T00:30:00Z", &[], "2026-03-02T01:00:00Z");
        assert_eq!((s.answers.get("high-fever"), s.expired.len()), (Some(&NO), 0));
    }

    #[test]
    fn where_page_and_screening_contradict_each_other_nothing_is_answered() {
        let mut p = ada();
        p.facts.implants = Some(vec![]);
        let same = [asked("2026-03-01T01:00:00Z", &[("pacemaker", NO)])];
        let s = stand(&p, "2026-01-01T00:00:00Z", &same, "2026-03-02T01:00:00Z");
        assert_eq!((s.answers.get("pacemaker"), s.contradictions.len()), (Some(&NO), 0));
        let other = [asked("2026-03-01T01:00:00Z", &[("pacemaker", YES)])];
        let s = stand(&p, "2026-01-01T00:00:00Z", &other, "2026-03-02T01:00:00Z");
        assert_eq!(s.answers.get("pacemaker"), None);
        assert_eq!((&s.contradictions[0].page, &s.contradictions[0].screening), (&NO, &YES));
        assert!(s.open.contains("pacemaker"));
    }

    #[test]
    fn an_age_is_worked_out_for_today_and_what_does_not_fit_is_no_answer() {
        let mut p = ada();
        p.birth_date = Some(jiff::civil::date(2025, 1, 1));
        let all = [asked(
            "2026-01-05T01:00:00Z",
            &[("age-months", FactValue::Number(12.0)), ("pacemaker", FactValue::Number(1.0)), ("gone", YES)],
        )];
        let s = stand(&p, "2026-01-01T00:00:00Z", &all, "2026-03-02T01:00:00Z");
        assert_eq!(s.answers.get("age-months"), Some(&FactValue::Number(14.0)));
        assert_eq!(
            (s.contradictions.len(), s.answers.get("pacemaker"), s.answers.get("gone")),
            (0, None, None)
        );
    }
}
