//! One encounter in the record, on both engines: consent, questions of safety, a signed plan, a session that follows
//! it; and what must not pass.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod common;

use baihui_clinic::{
    access::Actor,
    consent::{Consent, ConsentTo},
    people::{Patient, PersonName, PractitionerId, Role},
    plan::{Plan, sign},
    safety::{Answers, FactValue},
    screening::Screening,
    session::{
        Moment,
        event::{Event, PlanRef, Start, What},
    },
    side::Side,
    store::{Location, Store, StoreError, Write},
};
use common::{planned::*, record::*, *};
use jiff::{Timestamp, tz::TimeZone};

fn after(second: i64) -> Timestamp {
    Timestamp::from_second(T0 + second).unwrap()
}

/// Runs on a file, and on PostgreSQL where it is installed.
fn on_both_engines(name: &'static str, test: impl AsyncFn(&Store)) {
    let folder = folder(name);
    let run = |location: &Location| {
        block(async {
            let store = Store::open(location, TestHost::new(7)).await.unwrap();
            test(&store).await;
            assert_eq!(store.verify(&chief(), None).await.unwrap().problems, []);
            store.close().await;
        });
    };
    run(&Location::File(folder.join("record.baihui")));
    if let Some(server) = Postgres::start(name) {
        run(&server.database("encounter"));
    }
}

async fn admit(store: &Store) {
    let mut p = Patient::named(PersonName::new("Ada", "Example"));
    p.facts.implants = Some(vec![]);
    store.put(&chief(), id(100), Write::new(), &p).await.unwrap();
}

fn consent(to: ConsentTo) -> Consent {
    Consent {
        patient: id(100),
        to,
        version: "2026-1".into(),
        language: "zh".into(),
        text_sha256: None,
        given_at: after(0),
        given_by: String::new(),
        withdrawn_at: None,
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_consent_is_given_and_withdrawn_and_never_changed() {
    on_both_engines("consent", async |store| {
        admit(store).await;
        let nurse = actor(2, &[Role::Assistant]);
        let given = consent(ConsentTo::Treatment);
        store.put(&nurse, id(101), Write::new(), &given).await.unwrap();
        store.put(&nurse, id(102), Write::new(), &consent(ConsentTo::Research)).await.unwrap();
        let other = Consent { version: "2026-2".into(), ..given.clone() };
        assert!(refused(store.put(&nurse, id(101), Write::to(1), &other).await).contains("not changed"));
        let gone = Consent { withdrawn_at: Some(after(60)), ..given.clone() };
        store.put(&nurse, id(101), Write::to(1), &gone).await.unwrap();
        assert!(refused(store.put(&nurse, id(101), Write::to(2), &given).await).contains("stays so"));
        let all = store.all_of::<Consent>(&nurse, id(100)).await.unwrap();
        let stands = |to, at| baihui_clinic::consent::stands(all.iter().map(|c| &c.value), to, at);
        assert!(stands(ConsentTo::Treatment, after(59)) && !stands(ConsentTo::Treatment, after(60)));
        assert!(stands(ConsentTo::Research, after(1000)) && !stands(ConsentTo::Photo, after(1000)));
        // Who wrote it down, and who its withdrawal, stands in the versions.
        let history = store.history::<Consent>(&nurse, id(101)).await.unwrap();
        assert!(history.iter().all(|v| v.saved_by == nurse.id.to_string()) && history.len() == 2);
        for role in [Role::Student, Role::Researcher, Role::Owner] {
            let who = actor(3, &[role]);
            let tried = store.put(&who, id(109), Write::new(), &consent(ConsentTo::Photo)).await;
            assert!(matches!(tried, Err(StoreError::Denied(_))), "{role:?}");
        }
        let page = store.patient_page(&nurse, id(100)).await.unwrap();
        let states: Vec<&str> = page.things.iter().map(|t| t.state.as_str()).collect();
        assert_eq!(states, ["withdrawn", "given"]);
    });
}

#[test]
fn answers_are_kept_with_their_day_and_contradictions_are_open() {
    let w = world();
    let questions = &w.knowledge.safety.fact;
    on_both_engines("screening", async |store| {
        admit(store).await;
        let student = actor(4, &[Role::Student]);
        let keep = async |who: &Actor, n: u128, second: i64, answers: &[(&str, FactValue)]| {
            let answers = Answers(answers.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect());
            let s = Screening {
                patient: id(100),
                at: after(second),
                session: None,
                answers,
                reopened: Default::default(),
                comment: String::new(),
            };
            store.put(who, id(n), Write::new(), &s).await
        };
        keep(
            &student,
            110,
            0,
            &[("high-fever", FactValue::Flag(false)), ("splenectomy", FactValue::Flag(true))],
        )
        .await
        .unwrap();
        keep(&student, 111, 86_400, &[("pacemaker", FactValue::Flag(true))]).await.unwrap();
        assert!(refused(keep(&student, 112, 0, &[]).await).contains("at least one"));
        let owner = keep(&actor(5, &[Role::Owner]), 113, 0, &[("pacemaker", FactValue::Flag(false))]).await;
        assert!(matches!(owner, Err(StoreError::Denied(_))));
        let stand = async |second: i64| {
            let now = after(second).to_zoned(TimeZone::UTC);
            store.standing(&student, id(100), questions, &now).await.unwrap()
        };
        let first = stand(10).await;
        assert_eq!(first.answers.get("high-fever"), Some(&FactValue::Flag(false)));
        assert_eq!(first.answers.get("pacemaker"), Some(&FactValue::Flag(false)), "from the page");
        let next = stand(86_400 + 10).await;
        assert_eq!(next.answers.get("high-fever"), None, "asked at every visit");
        assert!(next.expired.contains("high-fever"));
        assert_eq!(next.answers.get("splenectomy"), Some(&FactValue::Flag(true)));
        assert_eq!(next.answers.get("pacemaker"), None, "the page says that there is none");
        assert_eq!(next.contradictions.len(), 1);
        assert_eq!(next.possible().len(), 2, "and both may be true");
        // An answer that is taken back is open; one of an older record, in the patient, still counts.
        let back = Screening {
            patient: id(100),
            at: after(86_500),
            session: None,
            answers: Answers::default(),
            reopened: ["splenectomy".to_owned()].into(),
            comment: String::new(),
        };
        store.put(&student, id(114), Write::new(), &back).await.unwrap();
        assert!(stand(86_600).await.open.contains("splenectomy"));
        // A rule that a pacemaker would stop asks now; it does not pass.
        let found = baihui_clinic::safety::evaluate(&w.knowledge.safety, &next.answers, &[]);
        assert!(
            found
                .iter()
                .all(|f| f.rule.contains("pacemaker") || f.outcome != baihui_clinic::safety::State::Fires)
        );
    });
}

fn signed(w: &World, signer: Option<PractitionerId>) -> Plan {
    let mut plan = complete(w);
    plan.id = id(200);
    plan.patient = Some(id(100));
    let c = checked(w, &plan);
    let signed = sign(&plan, &c, "Li", Role::Practitioner, after(100)).unwrap();
    match signer {
        Some(signer) => signed.signed_as(signer),
        None => signed,
    }
}

fn begin(plan: &Plan, version: u64, by: PractitionerId) -> Start {
    Start {
        patient: id(100),
        practitioner: by,
        plan: Some(PlanRef { id: id(200), version }),
        planned: plan
            .needles
            .iter()
            .map(|n| baihui_clinic::session::event::PlannedNeedle {
                label: n.id.clone(),
                spec: n.spec.clone(),
            })
            .collect(),
        position: None,
        setting: String::new(),
        no_stimulation: false,
        without_consent: "a session of a test".into(),
    }
}

#[test]
fn a_session_follows_the_plan_that_was_signed_and_nothing_else() {
    let w = world();
    on_both_engines("follow", async |store| {
        admit(store).await;
        let doctor = actor(1, &[Role::Practitioner]);
        let draft = Plan { signature: None, ..signed(&w, None) };
        store.put(&actor(4, &[Role::Student]), id(200), Write::new(), &draft).await.unwrap();
        let event =
            |start: Start| vec![Event { at: at(200), by: doctor.id, what: What::Started(Box::new(start)) }];
        let try_start =
            async |n: u128, start: Start| store.start_session(&doctor, id(n), None, event(start)).await;
        assert!(refused(try_start(300, begin(&draft, 1, doctor.id)).await).contains("is a draft"));

        // Nobody keeps a signature of somebody else, and only a practitioner keeps one.
        let plan = signed(&w, Some(doctor.id));
        let colleague = actor(6, &[Role::Practitioner]);
        assert!(
            refused(store.put(&colleague, id(200), Write::to(1), &plan).await).contains("by whoever signed")
        );
        let tried = store.put(&actor(4, &[Role::Student]), id(200), Write::to(1), &signed(&w, None)).await;
        assert!(matches!(tried, Err(StoreError::Denied(_))));
        store.put(&doctor, id(200), Write::to(1), &plan).await.unwrap();

        let (reference, planned) = store.follow_plan(&doctor, id(200), id(100)).await.unwrap();
        assert_eq!((reference.version, planned.len()), (2, plan.needles.len()));
        let other_side = {
            let mut start = begin(&plan, 2, doctor.id);
            let site = &mut start.planned[0].spec.site;
            site.side = if site.side == Side::Left { Side::Right } else { Side::Left };
            start
        };
        assert!(refused(try_start(300, other_side).await).contains("not those of the plan"));
        assert!(refused(try_start(300, begin(&plan, 1, doctor.id)).await).contains("is a draft"));
        assert!(refused(try_start(300, begin(&plan, 3, doctor.id)).await).contains("version 3"));
        store
            .put(&doctor, id(120), Write::new(), &Patient::named(PersonName::new("", "Other")))
            .await
            .unwrap();
        let other = Start { patient: id(120), ..begin(&plan, 2, doctor.id) };
        assert!(refused(try_start(300, other).await).contains("another patient"));
        assert!(store.follow_plan(&doctor, id(200), id(120)).await.is_err());
        try_start(300, begin(&plan, 2, doctor.id)).await.unwrap();

        let course = store.course(&doctor, id(100)).await.unwrap();
        assert_eq!((course.plans.len(), course.sessions.len(), course.patient.version), (1, 1, 1));
        assert_eq!(course.sessions[0].state.start.plan, Some(reference));
        let read = store.audit(&chief(), Some(id(100)), 0, 1000).await.unwrap();
        assert!(read.iter().any(|l| l.action == "read" && l.detail == "course"));
        let researcher = actor(9, &[Role::Researcher]);
        assert!(matches!(store.course(&researcher, id(100)).await, Err(StoreError::Denied(_))));
    });
}

#[test]
fn a_session_begins_with_a_consent_or_a_practitioners_reason() {
    on_both_engines("consented", async |store| {
        admit(store).await;
        let (doctor, student) = (actor(1, &[Role::Practitioner]), actor(4, &[Role::Student]));
        let first = |who: &Actor, second: i64, reason: &str| {
            let start = Start { without_consent: reason.into(), ..start(id(100), who.id, &[]) };
            let at = Moment::wall(after(second));
            vec![Event { at, by: who.id, what: What::Started(Box::new(start)) }]
        };
        let begin = async |who: &Actor, n: u128, second: i64, reason: &str| {
            store.start_session(who, id(n), Some(format!("start {n}")), first(who, second, reason)).await
        };
        assert!(matches!(begin(&doctor, 700, 10, "").await, Err(StoreError::NoConsent)));
        assert!(matches!(begin(&doctor, 700, 10, " ").await, Err(StoreError::NoConsent)));
        assert!(matches!(begin(&student, 700, 10, "said yes").await, Err(StoreError::Denied(_))));
        begin(&doctor, 700, 10, "said yes, cannot write").await.unwrap();
        let give = async |n: u128, to: ConsentTo| {
            let c = Consent { given_at: after(-100), ..consent(to) };
            store.put(&doctor, id::<Consent>(n), Write::new(), &c).await.unwrap();
            c
        };
        give(710, ConsentTo::Research).await;
        assert!(
            matches!(begin(&student, 701, -50, "").await, Err(StoreError::NoConsent)),
            "to research only"
        );
        let given = give(711, ConsentTo::Treatment).await;
        begin(&student, 701, -50, "").await.unwrap();
        let gone = Consent { withdrawn_at: Some(after(-30)), ..given };
        store.put(&doctor, id::<Consent>(711), Write::to(1), &gone).await.unwrap();
        assert!(matches!(begin(&student, 702, 40, "").await, Err(StoreError::NoConsent)), "withdrawn");
        // What began before the withdrawal did so with a consent, and a retry is answered as it was.
        begin(&student, 702, -50, "").await.unwrap();
        assert_eq!(begin(&student, 701, -50, "").await.unwrap(), 1);
        let (_, log) = store.session(&doctor, id(700)).await.unwrap();
        assert!(log.state().note().contains("begun because: said yes, cannot write"));
    });
}

/// Every file of a ZIP, as text.
fn unzipped(path: &std::path::Path) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    (0..zip.len())
        .map(|n| {
            let mut file = zip.by_index(n).unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut file, &mut text).unwrap();
            (file.name().to_owned(), text)
        })
        .collect()
}

#[test]
fn what_goes_out_for_research_carries_no_names_no_dates_and_nobody_who_did_not_agree() {
    use baihui_clinic::{outcome::Measured, people::Diagnosis, store::Deidentify};
    let secret = ["Zwetschge", "Quitte", "0302112", "1955-04-03", "Birnbaum", "2026-0"];
    on_both_engines("deidentified", async |store| {
        let boss = chief();
        for n in 0..3_u128 {
            let mut p = Patient::named(PersonName::new("Zwetschge", &format!("Quitte{n}")));
            p.birth_date = Some(jiff::civil::date(1955, 4, 3));
            p.contact.phone = vec!["030 2112".into()];
            p.history = "told by Birnbaum".into();
            let mut d = Diagnosis::new("stroke of Mr Birnbaum");
            d.condition = Some("stroke-arm".into());
            d.onset = Some(jiff::civil::date(2026, 6, 3));
            p.diagnoses = vec![d];
            store.put(&boss, id(500 + n), Write::new(), &p).await.unwrap();
            let start = store.start_session(&boss, id(600 + n), None, whole_session(id(500 + n), boss.id, 3));
            start.await.unwrap();
            let score = Measured::Instrument {
                instrument: "nihss".into(),
                version: "1".into(),
                items: Default::default(),
                scores: [("total".to_owned(), 7.0)].into(),
            };
            let o = baihui_clinic::outcome::Outcome {
                patient: id(500 + n),
                at: after(8 * 86_400),
                visit: "seen by Birnbaum".into(),
                session: None,
                rater: Some(boss.id),
                blinded: None,
                result: score,
                comment: "Birnbaum".into(),
            };
            store.put(&boss, id(700 + n), Write::new(), &o).await.unwrap();
        }
        let agreed = |n: u128| Consent { patient: id(500 + n), ..consent(ConsentTo::Research) };
        store.put(&boss, id(800), Write::new(), &agreed(0)).await.unwrap();
        let gone = Consent { withdrawn_at: Some(after(0)), ..agreed(1) };
        store.put(&boss, id(801), Write::new(), &gone).await.unwrap();
        let researcher = actor(9, &[Role::Researcher]);
        let folder = folder("deidentified-out");
        let to = folder.join("research.zip");
        let out = store.export_deidentified(&researcher, &to, &Deidentify::default()).await.unwrap();
        assert_eq!((out.patients, out.without_consent, out.sessions, out.outcomes), (1, 2, 1, 1));
        let all = folder.join("all.zip");
        let everyone = Deidentify { everyone_because: Some("audit".into()), k: 2 };
        let out = store.export_deidentified(&researcher, &all, &everyone).await.unwrap();
        assert_eq!((out.patients, out.without_consent, out.coarsened), (3, 0, 0));
        for path in [&to, &all] {
            for (name, text) in unzipped(path) {
                for word in secret {
                    assert!(!text.contains(word), "{name} holds {word}:\n{text}");
                }
                for uuid in [id::<()>(500), id(600), id(700), boss.id.cast()] {
                    assert!(!text.contains(&uuid.to_string()), "{name} holds an identifier of the record");
                }
            }
        }
        let files: std::collections::BTreeMap<_, _> = unzipped(&all).into_iter().collect();
        assert!(files["patients.csv"].contains(",70-74,"), "{}", files["patients.csv"]);
        assert!(files["outcomes.csv"].contains(",8,,nihss,1,total,7,"), "{}", files["outcomes.csv"]);
        assert_eq!(files["needles.csv"].lines().count(), 1 + 9);
        let audit = store.audit(&chief(), None, 0, 10_000).await.unwrap();
        assert!(audit.iter().any(|l| l.action == "export-deidentified" && l.detail.contains("audit")));
        let nobody = actor(5, &[Role::Student]);
        let tried = store.export_deidentified(&nobody, &to, &Deidentify::default()).await;
        assert!(matches!(tried, Err(StoreError::Denied(_))));
    });
}

#[test]
fn a_letter_says_what_changed_and_what_was_missed() {
    let w = world();
    on_both_engines("letter", async |store| {
        use baihui_clinic::outcome::{Measured, MissingReason, Outcome};
        admit(store).await;
        let boss = chief();
        let result = |total: f64| Measured::Instrument {
            instrument: "thi".into(),
            version: "1".into(),
            items: Default::default(),
            scores: [("total".to_owned(), total)].into(),
        };
        let missing = Measured::Missing { instrument: "dhi".into(), reason: MissingReason::Refused };
        for (n, day, visit, result) in [
            (1, 0, "baseline", result(60.0)),
            (2, 20, "session 10", result(50.0)),
            (3, 20, "session 10", missing),
        ] {
            let o = Outcome {
                patient: id(100),
                at: after(day * 86_400),
                visit: visit.into(),
                session: None,
                rater: None,
                blinded: None,
                result,
                comment: String::new(),
            };
            store.put(&boss, id(700 + n), Write::new(), &o).await.unwrap();
        }
        store.start_session(&boss, id(600), None, whole_session(id(100), boss.id, 3)).await.unwrap();
        let course = store.course(&boss, id(100)).await.unwrap();
        let letter = baihui_clinic::letter::letter(&course, &w.knowledge.instruments, &TimeZone::UTC);
        let text = letter.text();
        // Two published changes that matter, 7 and a range from 7.8 to 12: the letter tells both.
        for words in [
            "thi [total, version 1]: 60 (baseline), 50 (session 10)",
            "change -10: better",
            "reaches the important change of 7",
            "within the range of the important change of 7.8 to 12",
            "dhi: not measured (session 10: refused)",
            "1 sessions",
            "No adverse event",
            "not what caused it",
        ] {
            assert!(text.contains(words), "{words}\n{text}");
        }
        assert_eq!(letter.treatment.needles, 3);
    });
}
