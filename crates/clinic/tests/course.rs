//! A stroke patient from intake to report: ten sessions with outcomes, on both engines, with the same result.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod common;

use std::{collections::BTreeMap, path::Path};

use baihui_clinic::{
    outcome::{Measured, MissingReason, Outcome},
    people::{
        Clinic, Consent, ConsentTo, Diagnosis, Handedness, Patient, PersonName, Practitioner, Role,
        facts::{DrugClass, Medication},
    },
    session::{
        Phase, SessionLog,
        event::{AdverseCode, AdverseEvent, Causality, Event, Response, What},
    },
    side::{DeficitSide, Laterality, LesionSide, Side},
    store::{Location, Report, Store, Write},
};
use common::{record::*, *};
use jiff::Timestamp;

fn patient() -> Patient {
    let mut p =
        Patient::named(PersonName { family: "Example".into(), given: "Ada".into(), other: "例".into() });
    p.birth_date = Some(jiff::civil::date(1955, 4, 3));
    p.handedness = Some(Handedness::Right);
    let mut d = Diagnosis::new("ischaemic stroke, left middle cerebral artery");
    d.lesion_side = Some(LesionSide(Laterality::Left));
    d.deficit_side = Some(DeficitSide(Laterality::Right));
    d.onset = Some(jiff::civil::date(2026, 8, 1));
    p.diagnoses = vec![d];
    p.facts.medication =
        Some(vec![Medication { text: "aspirin 100 mg".into(), class: Some(DrugClass::Antiplatelet) }]);
    p.facts.implants = Some(vec![]);
    p
}

fn outcome(day: i64, visit: &str, result: Measured) -> Outcome {
    Outcome {
        patient: id(100),
        at: Timestamp::from_second(T0 + day * 86_400).unwrap(),
        visit: visit.into(),
        session: None,
        rater: Some(staff_id(2)),
        blinded: Some(true),
        result,
        comment: String::new(),
    }
}

fn score(instrument: &str, total: f64) -> Measured {
    Measured::Instrument {
        instrument: instrument.into(),
        version: "1".into(),
        items: BTreeMap::new(),
        scores: BTreeMap::from([("total".to_owned(), total)]),
    }
}

/// Events of a session on a day.
fn session(day: i64) -> Vec<Event> {
    let planned = [("a", "MS6", Side::Left), ("b", "MS7", Side::Left), ("c", "MS5", Side::Midline)];
    let base = day * 86_400;
    let mut events = vec![
        event(base, staff_id(1), What::Started(Box::new(start(id(100), staff_id(1), &planned)))),
        event(base + 5, staff_id(1), What::Screened { findings: vec![] }),
        event(base + 6, staff_id(1), What::ContactStarted),
    ];
    for (n, (label, code, side)) in (1..).zip(planned) {
        let at = base + 10 * i64::from(n);
        events.push(event(at, staff_id(1), needle_in(n, Some(label), code, side)));
        events.push(event(at + 3, staff_id(1), de_qi(n)));
    }
    for round in 0..3 {
        events.push(event(base + 60 + round * 600, staff_id(1), rotation(&[1, 2, 3])));
        events.push(event(base + 120 + round * 600, staff_id(1), What::ManipulationStopped));
    }
    events
}

fn rest(day: i64) -> Vec<Event> {
    let base = day * 86_400 + 1800;
    let mut events: Vec<Event> =
        (1..=3).map(|n| event(base + i64::from(n), staff_id(1), needle_out(n))).collect();
    if day == 6 {
        let harm = AdverseEvent {
            code: AdverseCode::Bleeding,
            grade: 1,
            causality: Causality::Certain,
            needle: Some(2),
            serious: false,
            onset: None,
            ended: None,
            action: "pressed for a minute".into(),
            outcome: "stopped".into(),
            text: String::new(),
        };
        events.push(event(base + 5, staff_id(1), What::Adverse { number: 1, event: harm }));
    }
    let grip = Response {
        measure: "grip".into(),
        unit: "kg".into(),
        before: Some(8.0 + day as f64 / 4.0),
        after: Some(8.5 + day as f64 / 4.0),
        text: String::new(),
    };
    events.push(event(base + 20, staff_id(1), What::Responded(grip)));
    events.push(event(base + 30, staff_id(1), What::Counted { needles: 3 }));
    events.push(event(base + 31, staff_id(1), What::Closed));
    events
}

async fn course(store: &Store) -> Report {
    let boss = chief();
    store
        .put(&boss, id(9), Write::new(), &Clinic { name: "Example Clinic".into(), ..Clinic::default() })
        .await
        .unwrap();
    let staff: [(u128, &str, &[Role]); 2] =
        [(1, "Li", &[Role::Owner, Role::Practitioner]), (2, "Kim", &[Role::Assistant])];
    for (n, name, roles) in staff {
        store.put::<Practitioner>(&boss, id(n), Write::new(), &practitioner(name, roles)).await.unwrap();
    }
    let assistant = actor(2, &[Role::Assistant]);
    assert!(store.doubles(&assistant, &patient()).await.unwrap().is_empty());
    store.put(&assistant, id(100), Write::new(), &patient()).await.unwrap();
    assert_eq!(
        store.doubles(&assistant, &patient()).await.unwrap()[0].because,
        ["a like name", "the same date of birth"]
    );
    let consent = Consent {
        patient: id(100),
        to: ConsentTo::Treatment,
        version: "2026-1".into(),
        language: "en".into(),
        text_sha256: None,
        given_at: Timestamp::from_second(T0).unwrap(),
        given_by: String::new(),
        withdrawn_at: None,
    };
    store.put(&assistant, id(101), Write::new(), &consent).await.unwrap();
    let mut next = 200;
    for (visit, nihss) in [("baseline", 9.0), ("session 10", 6.0)] {
        let day = if visit == "baseline" { 0 } else { 19 };
        for result in [score("nihss", nihss), score("fma-ue", 40.0 - nihss)] {
            store.put(&assistant, id(next), Write::new(), &outcome(day, visit, result)).await.unwrap();
            next += 1;
        }
    }
    let missing = Measured::Missing { instrument: "barthel".into(), reason: MissingReason::NotOffered };
    store.put(&assistant, id(next), Write::new(), &outcome(19, "session 10", missing)).await.unwrap();
    for n in 0..10 {
        let day = 2 * n;
        let session_id = id(300 + n as u128);
        let version =
            store.start_session(&boss, session_id, Some(format!("start {n}")), session(day)).await.unwrap();
        let version = store.append_session(&boss, session_id, version, None, rest(day)).await.unwrap();
        let (_, log) = store.session(&boss, session_id).await.unwrap();
        assert_eq!(log.state().missing_for_stricta(), Vec::<String>::new());
        let note = log.state().note();
        let sign = event(day * 86_400 + 1900, staff_id(1), What::Signed { note });
        store.append_session(&boss, session_id, version, None, vec![sign]).await.unwrap();
    }
    let page = store.patient_page(&boss, id(100)).await.unwrap();
    let count = |kind: &str| page.things.iter().filter(|t| t.kind.word() == kind).count();
    assert_eq!((count("session"), count("outcome"), count("consent")), (10, 5, 1));
    assert!(page.things.iter().filter(|t| t.kind.word() == "session").all(|t| t.state == "signed"));
    let report = store.verify(&boss, None).await.unwrap();
    assert_eq!(report.problems, []);
    report
}

/// What the clinic prints at the end.
async fn final_note(store: &Store) -> String {
    let (_, log) = store.session(&chief(), id(309)).await.unwrap();
    assert_eq!(log.state().phase, Phase::Signed);
    SessionLog::from_events(log.events().to_vec()).unwrap().state().signature.as_ref().unwrap().note.clone()
}

#[test]
fn ten_sessions_end_alike_on_both_engines() {
    let folder = folder("course");
    let on = |location: &Location| {
        block(async {
            let store = Store::open(location, TestHost::new(42)).await.unwrap();
            assert!(store.check_statements().await.unwrap() > 25);
            let result = (course(&store).await, final_note(&store).await);
            store.close().await;
            result
        })
    };
    let (sqlite, note) = on(&Location::File(folder.join("record.baihui")));
    assert!(note.contains("1. MS6 left, toward GB7"), "{note}");
    assert_eq!((sqlite.entries, sqlite.things), (40, 20), "3 of staff and clinic, 2, 5 outcomes, 3 x 10");
    let Some(server) = Postgres::start("course") else { return };
    let location = server.database("course");
    let (postgres, other) = on(&location);
    assert_eq!(postgres, sqlite, "the same to the last hash");
    assert_eq!(other, note);
    // And across: a backup of one becomes the other.
    block(moves(&folder, &server, &location));
}

async fn moves(folder: &Path, server: &Postgres, from: &Location) {
    let boss = chief();
    let store = Store::open(from, TestHost::new(1)).await.unwrap();
    let backup = folder.join("from-postgres.baihui");
    let copied = store.backup(&boss, &backup).await.unwrap();
    assert_eq!(copied.report.problems, []);
    let exported = folder.join("export.zip");
    store.export(&boss, &exported).await.unwrap();
    store.close().await;
    let restored = server.database_async("restored").await;
    let again = Store::restore(&backup, &restored, TestHost::new(2)).await.unwrap();
    assert_eq!(again.report.digest, copied.report.digest);
    let refused = Store::restore(&backup, &restored, TestHost::new(2)).await;
    assert!(refused.unwrap_err().to_string().contains("empty place"));
    let imported = server.database_async("imported").await;
    let report = Store::import(&exported, &imported, TestHost::new(3)).await.unwrap();
    assert_eq!(report.problems, []);
}
