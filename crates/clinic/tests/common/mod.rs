//! What several tests share: people, needles and whole sessions, made without clock or chance.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use baihui_clinic::{
    id::Id,
    needle::{Manipulation, Method, NeedleSpec, Site},
    people::{PatientId, PractitionerId},
    quantity::{DiameterMm, InsertionDeg, Minutes, Mm, NeedleMm, PerMinute},
    session::{
        Moment, Mono,
        event::{DeQi, Event, NeedleState, PlannedNeedle, Position, Start, What},
    },
    side::Side,
};
use jiff::Timestamp;

pub mod crash;
pub mod planned;
pub mod record;
pub mod server;

pub const T0: i64 = 1_790_000_000;

pub fn id<T>(n: u128) -> Id<T> {
    Id::from_uuid(uuid::Uuid::from_u128(n))
}

/// A moment so many seconds after the start.
pub fn at(second: i64) -> Moment {
    let ms = u64::try_from(second * 1000).unwrap();
    Moment { at: Timestamp::from_second(T0 + second).unwrap(), mono: Some(Mono { run: 7, ms }) }
}

pub fn staff(n: u128) -> PractitionerId {
    id(n)
}

pub fn spec(code: &str, side: Side) -> NeedleSpec {
    NeedleSpec {
        site: Site {
            school: "ms".into(),
            code: code.into(),
            part: None,
            variant: None,
            side,
            position_mm: Some([if side == Side::Left { -35.5 } else { 35.5 }, 20.25, 95.125]),
        },
        direction: Some("toward GB7".into()),
        diameter_mm: Some(DiameterMm::new(0.30).unwrap()),
        length_mm: Some(NeedleMm::new(40.0).unwrap()),
        angle_deg: Some(InsertionDeg::new(15.0).unwrap()),
        inserted_mm: Some(NeedleMm::new(25.0).unwrap()),
        depth_mm: Some(NeedleMm::new(6.0).unwrap()),
        layer: Some(baihui_clinic::needle::Layer::LooseAreolar),
        product: None,
    }
}

pub fn start(patient: PatientId, by: PractitionerId, planned: &[(&str, &str, Side)]) -> Start {
    Start {
        patient,
        practitioner: by,
        plan: None,
        planned: planned
            .iter()
            .map(|(label, code, side)| PlannedNeedle { label: (*label).into(), spec: spec(code, *side) })
            .collect(),
        position: Some(Position::Sitting),
        setting: "quiet room".into(),
        no_stimulation: false,
        without_consent: "a session of a test".into(),
    }
}

pub fn event(second: i64, by: PractitionerId, what: What) -> Event {
    Event { at: at(second), by, what }
}

pub fn needle_in(needle: u16, planned: Option<&str>, code: &str, side: Side) -> What {
    What::NeedleIn {
        needle,
        planned: planned.map(str::to_owned),
        done: Box::new(spec(code, side)),
        distance_to_plan_mm: planned.map(|_| Mm::new(2.5).unwrap()),
        deviation: None,
    }
}

pub fn needle_out(needle: u16) -> What {
    What::NeedleOut { needle, state: NeedleState::Whole, bled: Some(needle.is_multiple_of(5)) }
}

pub fn de_qi(needle: u16) -> What {
    What::DeQi { needle, felt: DeQi { felt: true, kinds: ["heavy".to_owned()].into(), strength: Some(4) } }
}

pub fn rotation(needles: &[u16]) -> What {
    What::ManipulationStarted {
        needles: needles.to_vec(),
        manipulation: Manipulation {
            method: Method::Rotation,
            per_minute: Some(PerMinute::new(200.0).unwrap()),
            minutes: Some(Minutes::new(1.0).unwrap()),
            amplitude_mm: None,
            intent: None,
            text: String::new(),
        },
    }
}

/// All events of a session with so many needles, up to closing; not signed.
pub fn whole_session(patient: PatientId, by: PractitionerId, needles: u16) -> Vec<Event> {
    let all: Vec<u16> = (1..=needles).collect();
    let mut second = 0;
    let mut events = Vec::new();
    let mut add = |step: i64, what: What| {
        second += step;
        events.push(event(second, by, what));
    };
    add(0, What::Started(Box::new(start(patient, by, &[]))));
    add(30, What::Screened { findings: vec![] });
    add(5, What::ContactStarted);
    for &n in &all {
        add(20, needle_in(n, None, "MS6", if n % 2 == 0 { Side::Left } else { Side::Right }));
        add(3, de_qi(n));
    }
    add(10, rotation(&all));
    add(60, What::ManipulationStopped);
    add(1, What::ContactStopped);
    for &n in &all {
        add(40, needle_out(n));
    }
    add(10, What::Counted { needles });
    add(5, What::Closed);
    events
}
