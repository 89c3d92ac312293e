//! A session as a state machine: what may be, what may not, and what stays.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod common;

use baihui_atlas::words::Language;
use baihui_clinic::{
    needle::{Electro, Wave},
    quantity::{Hz, Milliampere},
    session::{
        Phase, SessionError, SessionLog,
        event::{AdverseCode, AdverseEvent, Causality, Event, Finding, Level, NeedleState, What},
    },
    side::Side,
};
use common::*;
use proptest::prelude::*;

fn begun() -> SessionLog {
    let planned = [("a", "MS6", Side::Right), ("b", "MS5", Side::Midline)];
    let mut log = SessionLog::start(at(0), id(1), start(id(2), id(1), &planned)).unwrap();
    log.append(event(1, id(1), What::Screened { findings: vec![] })).unwrap();
    log
}

fn add(log: &mut SessionLog, second: i64, what: What) -> Result<(), SessionError> {
    log.append(event(second, id(1), what))
}

fn harm(needle: Option<u16>, grade: u8) -> AdverseEvent {
    AdverseEvent {
        code: AdverseCode::BrokenNeedle,
        grade,
        causality: Causality::Certain,
        needle,
        serious: true,
        onset: None,
        ended: None,
        action: "sent to surgery".into(),
        outcome: String::new(),
        text: String::new(),
    }
}

fn current(ma: f64, confirmed: bool) -> Electro {
    Electro {
        wave: Wave::Continuous,
        hz: Some(Hz::new(2.0).unwrap()),
        second_hz: None,
        milliampere: Some(Milliampere::new(ma).unwrap()),
        high_current_confirmed: confirmed,
        minutes: None,
    }
}

#[test]
fn a_session_closes_only_when_every_needle_is_out_and_counted() {
    let mut log = begun();
    add(&mut log, 10, needle_in(1, Some("a"), "MS6", Side::Right)).unwrap();
    add(&mut log, 20, needle_in(2, Some("b"), "MS5", Side::Midline)).unwrap();
    assert_eq!(add(&mut log, 30, What::Closed), Err(SessionError::NeedlesIn(vec![1, 2])));
    add(&mut log, 40, needle_out(1)).unwrap();
    assert_eq!(add(&mut log, 41, What::Closed), Err(SessionError::NeedlesIn(vec![2])));
    add(&mut log, 42, needle_out(2)).unwrap();
    assert_eq!(add(&mut log, 43, What::Closed), Err(SessionError::Count { taken_out: 2, counted: None }));
    add(&mut log, 44, What::Counted { needles: 1 }).unwrap();
    assert_eq!(add(&mut log, 45, What::Closed), Err(SessionError::Count { taken_out: 2, counted: Some(1) }));
    add(&mut log, 46, What::Counted { needles: 2 }).unwrap();
    add(&mut log, 47, What::Closed).unwrap();
    assert_eq!(log.state().phase, Phase::Closed);
    assert_eq!(
        add(&mut log, 48, needle_in(3, None, "MS6", Side::Left)),
        Err(SessionError::Phase(Phase::Closed))
    );
}

#[test]
fn no_needle_before_the_check_for_safety() {
    let mut log = SessionLog::start(at(0), id(1), start(id(2), id(1), &[])).unwrap();
    let needle = || needle_in(1, None, "MS6", Side::Right);
    let screened = |level, overridden: Option<&str>| What::Screened {
        findings: vec![Finding {
            rule: "skull-defect".into(),
            level,
            text: String::new(),
            overridden: overridden.map(str::to_owned),
        }],
    };
    assert_eq!(add(&mut log, 1, needle()), Err(SessionError::NotScreened));
    for overridden in [None, Some("I know better")] {
        add(&mut log, 2, screened(Level::Stop, overridden)).unwrap();
        assert_eq!(add(&mut log, 3, needle()), Err(SessionError::Stopped("skull-defect".into())));
    }
    for overridden in [None, Some("  ")] {
        add(&mut log, 4, screened(Level::Decide, overridden)).unwrap();
        assert_eq!(add(&mut log, 5, needle()), Err(SessionError::Undecided("skull-defect".into())));
    }
    add(&mut log, 6, screened(Level::Decide, Some("neurosurgeon agreed"))).unwrap();
    assert!(screened(Level::Decide, Some("x")).needs_signature());
    assert!(!screened(Level::Decide, None).needs_signature());
    add(&mut log, 7, needle()).unwrap();
}

#[test]
fn the_other_side_than_planned_needs_a_word() {
    for done in [Side::Left, Side::Midline] {
        let mut log = begun();
        let said = add(&mut log, 5, needle_in(1, Some("a"), "MS6", done)).unwrap_err();
        assert!(matches!(said, SessionError::WrongSide { .. }), "{said}");
        assert!(said.to_string().contains("planned right"), "{said}");
        let mut meant = needle_in(1, Some("a"), "MS6", done);
        if let What::NeedleIn { deviation, .. } = &mut meant {
            *deviation = Some("wound on the right".into());
        }
        add(&mut log, 6, meant).unwrap();
    }
}

#[test]
fn a_planned_needle_is_in_once_at_a_time() {
    let mut log = begun();
    add(&mut log, 5, needle_in(1, Some("a"), "MS6", Side::Right)).unwrap();
    let twice = add(&mut log, 6, needle_in(2, Some("a"), "MS6", Side::Right));
    assert_eq!(twice, Err(SessionError::AlreadyDone { label: "a".into(), needle: 1 }));
    assert_eq!(
        add(&mut log, 6, needle_in(1, Some("b"), "MS5", Side::Midline)),
        Err(SessionError::NumberTaken(1))
    );
    add(&mut log, 7, needle_out(1)).unwrap();
    assert_eq!(add(&mut log, 8, needle_out(1)), Err(SessionError::NeedleIsOut(1)));
    add(&mut log, 9, needle_in(2, Some("a"), "MS6", Side::Right)).unwrap();
    assert_eq!(log.state().not_done(), ["b"]);
    assert_eq!(
        add(&mut log, 9, needle_in(3, Some("z"), "MS6", Side::Right)),
        Err(SessionError::NotPlanned("z".into()))
    );
}

#[test]
fn no_needle_leaves_under_current_or_under_the_hand() {
    let mut log = begun();
    for n in 1..=3 {
        add(&mut log, 5, needle_in(n, None, "MS6", Side::Right)).unwrap();
    }
    let on = |needles, electro| What::ElectroOn { circuit: 1, needles, electro };
    assert_eq!(add(&mut log, 6, on([1, 2], current(45.0, false))), Err(SessionError::HighCurrent(45.0)));
    assert_eq!(add(&mut log, 6, on([1, 1], current(1.0, false))), Err(SessionError::CircuitNeedles(1)));
    assert_eq!(add(&mut log, 6, on([1, 9], current(1.0, false))), Err(SessionError::NoNeedle(9)));
    add(&mut log, 6, on([1, 2], current(0.8, false))).unwrap();
    add(&mut log, 7, on([1, 2], current(1.0, false))).unwrap();
    assert_eq!(add(&mut log, 8, on([1, 3], current(1.0, false))), Err(SessionError::CircuitNeedles(1)));
    assert_eq!(add(&mut log, 9, needle_out(2)), Err(SessionError::UnderCurrent { needle: 2, circuit: 1 }));
    add(&mut log, 10, What::ElectroOff { circuit: 1 }).unwrap();
    assert_eq!(add(&mut log, 10, What::ElectroOff { circuit: 1 }), Err(SessionError::CircuitOff(1)));
    add(&mut log, 11, rotation(&[3])).unwrap();
    assert!(matches!(add(&mut log, 12, rotation(&[1])), Err(SessionError::Round(_))));
    assert!(matches!(add(&mut log, 12, needle_out(3)), Err(SessionError::Round(_))));
    add(&mut log, 13, needle_out(2)).unwrap();
    add(&mut log, 14, What::ManipulationStopped).unwrap();
    add(&mut log, 15, needle_out(3)).unwrap();
    assert_eq!(log.state().needles_in(), [1]);
}

#[test]
fn a_part_left_behind_must_be_reported() {
    let mut log = begun();
    add(&mut log, 5, needle_in(1, None, "MS6", Side::Right)).unwrap();
    add(&mut log, 6, What::NeedleOut { needle: 1, state: NeedleState::PartRetained, bled: None }).unwrap();
    add(&mut log, 7, What::Counted { needles: 1 }).unwrap();
    assert_eq!(add(&mut log, 8, What::Closed), Err(SessionError::RetainedWithoutReport(1)));
    assert_eq!(
        add(&mut log, 9, What::Adverse { number: 1, event: harm(Some(1), 6) }),
        Err(SessionError::Grade(6))
    );
    assert_eq!(
        add(&mut log, 9, What::Adverse { number: 1, event: harm(Some(2), 3) }),
        Err(SessionError::NoNeedle(2))
    );
    add(&mut log, 9, What::Adverse { number: 1, event: harm(Some(1), 3) }).unwrap();
    add(&mut log, 10, What::Closed).unwrap();
}

#[test]
fn what_is_signed_stays_and_amendments_stand_beside_it() {
    let mut log = SessionLog::from_events(whole_session(id(2), id(1), 3)).unwrap();
    let note = log.state().note();
    assert_eq!(
        add(&mut log, 900, What::Amended { reason: "r".into(), text: "t".into(), about: None }),
        Err(SessionError::Phase(Phase::Closed))
    );
    add(&mut log, 900, What::Signed { note: note.clone() }).unwrap();
    for what in [
        needle_out(1),
        What::Closed,
        What::Reopened { reason: "x".into() },
        What::Signed { note: "other".into() },
        What::Undone { event: 3, reason: "x".into() },
        What::Remarked { text: "x".into() },
    ] {
        assert_eq!(add(&mut log, 901, what), Err(SessionError::Phase(Phase::Signed)));
    }
    for text in ["needle 2 was 30 mm long", "no, 25 mm"] {
        let amended = What::Amended { reason: "slip".into(), text: text.into(), about: Some(5) };
        add(&mut log, 950, amended).unwrap();
    }
    add(&mut log, 999, What::Adverse { number: 1, event: harm(None, 1) }).unwrap();
    let state = log.state();
    assert_eq!(state.signature.as_ref().unwrap().note, note);
    let texts: Vec<&str> = state.amendments.iter().map(|a| a.text.as_str()).collect();
    assert_eq!(texts, ["needle 2 was 30 mm long", "no, 25 mm"]);
}

#[test]
fn undoing_keeps_the_event_and_refuses_what_others_rest_on() {
    let mut log = begun();
    add(&mut log, 5, needle_in(1, None, "MS6", Side::Right)).unwrap();
    add(&mut log, 6, de_qi(1)).unwrap();
    let undo = |event| What::Undone { event, reason: "wrong needle".into() };
    let broken = add(&mut log, 7, undo(2)).unwrap_err();
    assert!(matches!(broken, SessionError::UndoBreaks { event: 2, then: 3, .. }), "{broken}");
    add(&mut log, 7, undo(3)).unwrap();
    add(&mut log, 8, undo(2)).unwrap();
    assert!(log.state().needles.is_empty());
    assert_eq!(log.events().len(), 6);
    assert_eq!(log.state().undone, [2, 3].into());
    for never in [0, 2, 4, 99] {
        assert_eq!(add(&mut log, 9, undo(never)), Err(SessionError::CannotUndo(never)));
    }
    add(&mut log, 10, needle_in(1, None, "MS5", Side::Midline)).unwrap();
    assert_eq!(SessionLog::from_events(log.events().to_vec()).unwrap(), log);
}

#[test]
fn the_clocks_know_contact_and_dwell() {
    let log = SessionLog::from_events(whole_session(id(2), id(1), 2)).unwrap();
    let clocks = log.state().clocks(at(5_000));
    // In at 55 s and 78 s; out at 152 + 40 = 192 s and 232 s.
    assert_eq!(clocks.dwell_ms.values().copied().collect::<Vec<_>>(), [Some(137_000), Some(154_000)]);
    assert_eq!(clocks.contact_ms, 117_000);
    assert!(!clocks.contact_running && clocks.needles_in.is_empty());
}

#[test]
fn the_note_says_what_happened_and_strictas_list_what_is_missing() {
    let mut log = begun();
    assert!(log.state().missing_for_stricta().iter().any(|m| m.starts_with("2a")));
    add(&mut log, 60, needle_in(1, Some("a"), "MS6", Side::Right)).unwrap();
    let missing = log.state().missing_for_stricta();
    for item in ["2d: response to needle 1", "2e", "2f: retention of needle 1"] {
        assert!(missing.iter().any(|m| m.starts_with(item)), "{item}: {missing:?}");
    }
    let whole = SessionLog::from_events(whole_session(id(2), id(1), 5)).unwrap();
    assert_eq!(whole.state().missing_for_stricta(), Vec::<String>::new());
    insta::assert_snapshot!(whole.state().note());
}

#[test]
fn the_note_in_chinese_has_the_needles_sides_and_numbers_of_the_english() {
    let whole = SessionLog::from_events(whole_session(id(2), id(1), 5)).unwrap();
    let (en, zh) = (whole.state().note(), whole.state().note_in(Language::Zh));
    assert_eq!(en, whole.state().note_in(Language::En));
    let numbers = |text: &str| {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let mut all: Vec<String> = text
            .split(|c: char| !is_number(c))
            .map(|n| n.trim_matches('.').to_owned())
            .filter(|n| !n.is_empty())
            .collect();
        all.sort();
        all
    };
    for (a, b) in en.lines().zip(zh.lines()) {
        assert_eq!(numbers(a), numbers(b), "{a} | {b}");
        for (side, of) in [(" left", " 左"), (" right", " 右"), (" midline", " 正中")] {
            assert_eq!(a.matches(side).count(), b.matches(of).count(), "{a} | {b}");
        }
    }
    assert_eq!(en.lines().count(), zh.lines().count());
    insta::assert_snapshot!(zh);
}

/// Any event, possible or not.
fn any_event() -> impl Strategy<Value = What> {
    let n = 1_u16..5;
    prop_oneof![
        n.clone().prop_map(|n| needle_in(n, None, "MS6", Side::Left)),
        n.clone().prop_map(|n| needle_in(n, Some("a"), "MS6", Side::Right)),
        n.clone().prop_map(needle_out),
        n.clone().prop_map(de_qi),
        n.clone().prop_map(|n| rotation(&[n])),
        Just(What::ManipulationStopped),
        Just(What::ContactStarted),
        Just(What::ContactStopped),
        (n.clone(), n).prop_map(|(a, b)| What::ElectroOn {
            circuit: 1,
            needles: [a, b],
            electro: current(1.0, false)
        }),
        Just(What::ElectroOff { circuit: 1 }),
        (0_u16..5).prop_map(|needles| What::Counted { needles }),
        (0_u64..20).prop_map(|event| What::Undone { event, reason: "x".into() }),
        Just(What::Closed),
        Just(What::Reopened { reason: "x".into() }),
        Just(What::Signed { note: "x".into() }),
        Just(What::Amended { reason: "x".into(), text: "y".into(), about: None }),
    ]
}

proptest! {
    #[test]
    fn whatever_is_tried_the_log_stays_true(tries in prop::collection::vec(any_event(), 0..60)) {
        let mut log = begun();
        for (i, what) in tries.into_iter().enumerate() {
            let before = log.clone();
            if log.append(event(i as i64 + 2, id(1), what)).is_err() {
                prop_assert_eq!(&log, &before);
            } else {
                prop_assert_eq!(&log.events()[..before.events().len()], before.events());
            }
            let s = log.state();
            if s.phase != Phase::Open {
                prop_assert!(s.needles_in().is_empty());
                let taken_out = s.needles.len();
                prop_assert!(taken_out == 0 || s.counted.map(usize::from) == Some(taken_out));
            }
            prop_assert_eq!(s.signature.is_some(), s.phase == Phase::Signed);
        }
        let json = serde_json::to_string(log.events()).unwrap();
        let back: Vec<Event> = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(SessionLog::from_events(back).unwrap(), log);
    }
}
