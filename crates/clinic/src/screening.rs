//! Screening: what was asked about safety at one occasion, and which of all answers stand today.
//!
//! Each screening is kept with the patient and its time. [`standing`] joins them with the facts of the patient's
//! page, and with the answers that older records keep in the patient itself. What is asked at every visit counts on its
//! day only. Where the page and the screenings contradict each other, the question is open again: a rule then asks, and
//! nothing passes because one of two places said no.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

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
    /// Questions whose earlier answer was taken back: they are open again, which is not a no.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reopened: BTreeSet<String>,
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

impl Standing {
    /// What may be true: the answers that stand, and where two places contradict each other both of what they say.
    /// What must not be overlooked, such as a stop, is looked for in each of them.
    #[must_use]
    pub fn possible(&self) -> Vec<Answers> {
        let mut all = vec![self.answers.clone()];
        if !self.contradictions.is_empty() {
            let mut other = self.answers.clone();
            for c in &self.contradictions {
                all[0].set(&c.question, c.page.clone());
                other.set(&c.question, c.screening.clone());
            }
            all.push(other);
        }
        all
    }
}

/// Joins the patient's page with all screenings, as of now.
///
/// The page is given as its versions, the oldest first, each with when it was saved: an answer that is asked for at every
/// visit is as old as the first version that says so, not as the last one, which may be about something else.
#[must_use]
pub fn standing(
    questions: &BTreeMap<String, FactQuestion>,
    versions: &[(Timestamp, &Patient)],
    screenings: &[Screening],
    now: &Zoned,
) -> Standing {
    let day = |at: Timestamp| at.to_zoned(now.time_zone().clone()).date();
    let today = |at: Timestamp| day(at) == now.date();
    let mut out = Standing::default();
    let Some(&(page_saved, patient)) = versions.last() else {
        out.open = questions.keys().cloned().collect();
        return out;
    };
    let mut page = BTreeMap::new();
    for (name, value) in intake::answers(patient, now.date()).0 {
        let Some(question) = questions.get(&name) else { continue };
        if question.each_visit && !today(said_since(versions, &name, &value, now)) {
            out.expired.insert(name);
        } else {
            page.insert(name, value);
        }
    }
    let mut asked: BTreeMap<&str, (Timestamp, &FactValue)> = BTreeMap::new();
    let mut reopened: BTreeMap<&str, Timestamp> = BTreeMap::new();
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
        for name in &s.reopened {
            asked.remove(name.as_str());
            reopened.insert(name, s.at);
        }
    }
    // Answers of older records have a day and no time: on that day nobody can say which of two was the later.
    let mut torn: BTreeMap<&str, (FactValue, Timestamp, FactValue)> = BTreeMap::new();
    for (name, given) in &patient.screening {
        let Some(question) = questions.get(name).filter(|q| q.check(name, &given.value).is_ok()) else {
            continue;
        };
        if reopened.get(name.as_str()).is_some_and(|at| day(*at) >= given.on) {
            continue;
        }
        if question.each_visit && given.on != now.date() {
            out.expired.insert(name.clone());
            continue;
        }
        match asked.get(name.as_str()).map(|&(at, value)| (at, value, day(at).cmp(&given.on))) {
            Some((_, _, Ordering::Greater)) => {}
            Some((at, value, Ordering::Equal)) if *value != given.value => {
                torn.insert(name, (given.value.clone(), at, value.clone()));
            }
            Some((_, _, Ordering::Equal)) => {}
            Some((_, _, Ordering::Less)) | None => {
                let start = given.on.to_zoned(now.time_zone().clone()).map_or(page_saved, |z| z.timestamp());
                asked.insert(name, (start, &given.value));
            }
        }
    }
    for name in questions.keys() {
        if let Some((page, at, screening)) = torn.remove(name.as_str()) {
            out.contradictions.push(Contradiction { question: name.clone(), page, screening, at });
            continue;
        }
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
    no_haemorrhage(questions, &mut out);
    out.expired.retain(|name| out.answers.get(name).is_none());
    out.open = questions.keys().filter(|name| out.answers.get(name).is_none()).cloned().collect();
    out
}

/// When the page began to say what it says now.
fn said_since(versions: &[(Timestamp, &Patient)], name: &str, value: &FactValue, now: &Zoned) -> Timestamp {
    let says = |p: &Patient| intake::answers(p, now.date()).get(name) == Some(value);
    let run = versions.iter().rev().take_while(|(_, p)| says(p));
    run.last().map_or(now.timestamp(), |(at, _)| *at)
}

/// Who never bled into the head did not bleed into the brain stem, and no number of days matters.
fn no_haemorrhage(questions: &BTreeMap<String, FactQuestion>, out: &mut Standing) {
    if out.answers.get("haemorrhage") != Some(&FactValue::Choice("none".to_owned())) {
        return;
    }
    let Some(origin) = out.from.get("haemorrhage").copied() else { return };
    for (name, value) in intake::NO_HAEMORRHAGE {
        let torn = out.contradictions.iter().any(|c| c.question == name);
        if questions.contains_key(name) && out.answers.get(name).is_none() && !torn {
            out.answers.set(name, value);
            out.from.insert(name.to_owned(), origin);
        }
    }
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
            reopened: BTreeSet::new(),
            comment: String::new(),
        }
    }

    fn stand(patient: &Patient, saved: &str, screenings: &[Screening], now: &str) -> Standing {
        standing(
            &questions(),
            &[(at(saved), patient)],
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

    #[test]
    fn saving_the_page_for_another_reason_answers_nothing_anew() {
        let mut p = ada();
        p.facts.high_fever = Some(false);
        let mut moved = p.clone();
        moved.history = "moved house".into();
        let now = at("2026-03-02T02:00:00Z").to_zoned(TimeZone::fixed(jiff::tz::offset(8)));
        let old = (at("2026-02-01T01:00:00Z"), &p);
        let said = |versions: &[(Timestamp, &Patient)]| standing(&questions(), versions, &[], &now);
        let s = said(&[old, (at("2026-03-02T01:00:00Z"), &moved)]);
        assert_eq!((s.answers.get("high-fever"), s.expired.len()), (None, 1));
        let mut ill = p.clone();
        ill.facts.high_fever = Some(true);
        let s = said(&[old, (at("2026-03-02T01:00:00Z"), &ill)]);
        assert_eq!(s.answers.get("high-fever"), Some(&YES));
        let s = said(&[old, (at("2026-02-03T01:00:00Z"), &ill), (at("2026-03-02T01:00:00Z"), &p)]);
        assert_eq!(s.answers.get("high-fever"), Some(&NO), "said again today");
    }

    #[test]
    fn what_is_taken_back_is_open_and_stays_so_until_it_is_answered() {
        let back = |when: &str| Screening { reopened: ["pacemaker".to_owned()].into(), ..asked(when, &[]) };
        let mut all = vec![asked("2026-03-01T01:00:00Z", &[("pacemaker", NO)]), back("2026-03-01T02:00:00Z")];
        let s = stand(&ada(), "2026-01-01T00:00:00Z", &all, "2026-03-02T01:00:00Z");
        assert!(s.answers.get("pacemaker").is_none() && s.open.contains("pacemaker"));
        all.push(asked("2026-03-01T03:00:00Z", &[("pacemaker", YES)]));
        let s = stand(&ada(), "2026-01-01T00:00:00Z", &all, "2026-03-02T01:00:00Z");
        assert_eq!(s.answers.get("pacemaker"), Some(&YES));
    }

    /// A patient of an older record, with an answer in the patient itself.
    fn older(value: FactValue, on: jiff::civil::Date) -> Patient {
        let mut p = ada();
        p.screening.insert("pacemaker".into(), crate::people::Answered { value, on });
        p
    }

    #[test]
    fn answers_of_older_records_count_by_their_day() {
        let p = older(YES, jiff::civil::date(2026, 3, 1));
        let with =
            |screenings: &[Screening]| stand(&p, "2026-03-01T09:00:00Z", screenings, "2026-03-04T01:00:00Z");
        assert_eq!(with(&[]).answers.get("pacemaker"), Some(&YES), "nothing is lost");
        let before = with(&[asked("2026-02-27T01:00:00Z", &[("pacemaker", NO)])]);
        assert_eq!(before.answers.get("pacemaker"), Some(&YES));
        let after = with(&[asked("2026-03-02T01:00:00Z", &[("pacemaker", NO)])]);
        assert_eq!(after.answers.get("pacemaker"), Some(&NO));
        let same = with(&[asked("2026-03-01T01:00:00Z", &[("pacemaker", NO)])]);
        assert_eq!((same.answers.get("pacemaker"), same.contradictions.len()), (None, 1));
        let back =
            Screening { reopened: ["pacemaker".to_owned()].into(), ..asked("2026-03-01T01:00:00Z", &[]) };
        assert_eq!(with(&[back]).answers.get("pacemaker"), None);
    }

    #[test]
    fn an_older_answer_for_one_visit_is_over_with_its_day() {
        let mut p = ada();
        let given = crate::people::Answered { value: NO, on: jiff::civil::date(2026, 3, 2) };
        p.screening.insert("high-fever".into(), given);
        let s = stand(&p, "2026-03-02T01:00:00Z", &[], "2026-03-02T02:00:00Z");
        assert_eq!(s.answers.get("high-fever"), Some(&NO));
        let s = stand(&p, "2026-03-02T01:00:00Z", &[], "2026-03-03T02:00:00Z");
        assert!(s.answers.get("high-fever").is_none() && s.expired.contains("high-fever"));
    }

    #[test]
    fn of_a_contradiction_both_sides_are_possible() {
        let mut p = ada();
        p.facts.implants = Some(vec![]);
        let other = [asked("2026-03-01T01:00:00Z", &[("pacemaker", YES)])];
        let s = stand(&p, "2026-01-01T00:00:00Z", &other, "2026-03-02T01:00:00Z");
        let said: Vec<_> = s.possible().into_iter().map(|a| a.get("pacemaker").cloned()).collect();
        assert_eq!(said, [Some(NO), Some(YES)]);
        assert_eq!(stand(&ada(), "2026-01-01T00:00:00Z", &other, "2026-03-02T01:00:00Z").possible().len(), 1);
    }

    #[test]
    fn who_never_bled_is_not_asked_when() {
        let mut all = questions();
        let q = |kind| FactQuestion { question: String::new(), question_zh: None, kind, each_visit: false };
        all.insert(
            "haemorrhage".into(),
            q(FactKind::Choice { options: vec!["none".into(), "stable".into()] }),
        );
        all.insert("brain-stem-haemorrhage".into(), q(FactKind::Flag));
        all.insert("days-since-haemorrhage".into(), q(FactKind::Number { unit: "days".into() }));
        let now = at("2026-03-02T01:00:00Z").to_zoned(TimeZone::UTC);
        let said = |word: &str| {
            let s = [asked("2026-03-01T01:00:00Z", &[("haemorrhage", FactValue::Choice(word.into()))])];
            standing(&all, &[(at("2026-01-01T00:00:00Z"), &ada())], &s, &now)
        };
        assert!(!said("none").open.contains("days-since-haemorrhage"));
        assert_eq!(said("none").answers.get("brain-stem-haemorrhage"), Some(&NO));
        assert!(said("stable").open.contains("days-since-haemorrhage"));
    }
}
