//! The demonstration: an invented patient with an invented course, so that every room has something to show.
//!
//! Everything about the person is made up and says so: in the name, in the history, in each outcome's comment, and in
//! a banner on every page.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use baihui_clinic::{
    access::Actor,
    consent,
    needle::{Layer, Manipulation, Method},
    outcome::{Measured, MissingReason, Outcome},
    people::{
        Clinic, Consent, ConsentTo, Diagnosis, HeadOf, Patient, PersonName, Practitioner, Role, Sex, TapeHead,
    },
    plan::{Plan, Usual, sign},
    quantity::PerMinute,
    safety::{Answers, Decision, FactKind, FactQuestion, FactValue, Level, State},
    screening::Screening,
    session::{
        Moment,
        event::{
            AdverseCode, AdverseEvent, Causality, DeQi, Event, NeedleState, PlanRef, Position, Start, What,
        },
    },
    side::{DeficitSide, Laterality, LesionSide},
    store::Write,
};
use jiff::{Timestamp, ToSpan};

use super::{
    cases::Case,
    login::Caller,
    plans::{self, NewPlan, checked},
    practice::{practice, wait},
    problem::Problem,
    state::App,
};
use crate::error::CliError;

/// Days before today on which there was a session.
const SESSIONS: [i64; 8] = [25, 23, 21, 18, 16, 14, 9, 4];
/// The session in which it bled.
const BLED: usize = 2;
/// The session with a needle elsewhere than planned, mm along the skin.
const DEVIATION_MM: f64 = 4.0;
/// What every invented number says of itself.
const INVENTED: &str = "Invented, for the demonstration.";

/// Fills an empty record.
pub async fn fill(app: &Arc<App>) -> Result<(), CliError> {
    let app = Arc::clone(app);
    let done = tokio::task::spawn_blocking(move || make(&app)).await;
    let problem = |p: Problem| CliError::input(format!("the demonstration cannot be made: {}", p.detail));
    done.map_err(CliError::input)?.map_err(problem)
}

fn make(app: &App) -> Result<(), Problem> {
    let p = practice(app)?;
    let store = &p.store;
    let id = wait(p.first("Demo Practitioner"))?;
    let actor = Actor { id, roles: [Role::Owner, Role::Practitioner].into() };
    let caller = Caller {
        actor: actor.clone(),
        name: "Demo Practitioner".into(),
        csrf: String::new(),
        key: None,
        if_match: None,
    };
    let mut me = wait(store.get::<Practitioner>(&actor, id))?;
    me.value.background = "invented qualification".to_owned();
    me.value.usual = Some(Usual {
        account: Some(baihui_clinic::plan::Account {
            variation: Some(
                "none beyond this plan; what is done otherwise is recorded in the session".into(),
            ),
            needle_make: Some("stainless steel".into()),
            sessions: Some(12),
            frequency: Some("twice a week, 45 minutes".into()),
            setting: Some("quiet room, lying; told what to expect, no effect promised".into()),
            ..Default::default()
        }),
        head: Some(baihui_clinic::plan::Technique {
            layer: Some(Layer::LooseAreolar),
            response: Some("de-qi".into()),
            ..Default::default()
        }),
        body: Some(baihui_clinic::plan::Technique { response: Some("de-qi".into()), ..Default::default() }),
    });
    wait(store.put(&actor, id, Write::to(me.version), &me.value))?;
    let clinic = Clinic { name: "Demonstration clinic (invented)".into(), ..Clinic::default() };
    wait(store.put(&actor, store.new_id::<Clinic>(), Write::new(), &clinic))?;

    let now = store.now();
    let ago = |days: i64| now.checked_sub((days * 24).hours()).unwrap_or(now);
    let patient_id = store.new_id::<Patient>();
    let patient = patient(now);
    wait(store.put(&actor, patient_id, Write::new(), &patient))?;
    // What is asked at every visit was asked at each, and is open again today.
    let asked_on = |days: i64, of: fn(&FactQuestion) -> bool| {
        let (answers, session, reopened) = (harmless(app, of), None, BTreeSet::new());
        let s = Screening {
            patient: patient_id,
            at: ago(days),
            session,
            answers,
            reopened,
            comment: INVENTED.to_owned(),
        };
        wait(store.put(&actor, store.new_id::<Screening>(), Write::new(), &s))
    };
    asked_on(SESSIONS[0], |_| true)?;
    SESSIONS[1..].iter().try_for_each(|days| asked_on(*days, |q| q.each_visit).map(drop))?;
    let text = consent::text(&app.knowledge.consent.text, ConsentTo::Treatment, "en")
        .ok_or_else(|| Problem::internal("there is no text to agree to"))?;
    let consent = Consent {
        patient: patient_id,
        to: ConsentTo::Treatment,
        version: text.version.clone(),
        language: text.language.clone(),
        text_sha256: Some(text.sha256()),
        given_at: ago(SESSIONS[0]),
        given_by: String::new(),
        withdrawn_at: None,
    };
    wait(store.put(&actor, store.new_id::<Consent>(), Write::new(), &consent))?;

    let (plan, version) = plan(app, &caller, patient_id, ago(SESSIONS[0]))?;
    for (k, days) in SESSIONS.into_iter().enumerate() {
        let events = session(&plan, version, patient_id, id, ago(days), k);
        wait(store.start_session(&actor, store.new_id(), None, events))?;
    }
    for outcome in outcomes(patient_id, id, ago) {
        wait(store.put(&actor, store.new_id::<Outcome>(), Write::new(), &outcome))?;
    }
    Ok(())
}

fn patient(now: Timestamp) -> Patient {
    let today = now.to_zoned(jiff::tz::TimeZone::system()).date();
    let mut p = Patient::named(PersonName {
        given: "Demo".into(),
        family: "Patient".into(),
        other: "示例患者".into(),
    });
    p.birth_date = Some(jiff::civil::date(1961, 4, 9));
    p.sex = Some(Sex::Female);
    p.history = "An invented person, to try the workstation with.".to_owned();
    let mut d = Diagnosis::new("Ischaemic stroke with weakness of the arm (invented)");
    d.condition = Some("stroke-arm".into());
    d.lesion_side = Some(LesionSide(Laterality::Left));
    d.deficit_side = Some(DeficitSide(Laterality::Right));
    d.onset = today.checked_sub(5.months()).ok();
    p.diagnoses.push(d);
    let readings = [("circumference", "55,8 cm"), ("nasion_inion", "34,6 cm"), ("preauricular", "35,2 cm")];
    p.head = Some(HeadOf::Tape(TapeHead {
        readings: readings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        sex: Some("female".into()),
        ..TapeHead::default()
    }));
    p
}

/// The harmless answer to each of some questions; no number is invented.
fn harmless(app: &App, of: fn(&FactQuestion) -> bool) -> Answers {
    let mut all = Answers::default();
    for (name, q) in app.knowledge.safety.fact.iter().filter(|(_, q)| of(q)) {
        match &q.kind {
            FactKind::Flag => all.set(name, FactValue::Flag(false)),
            FactKind::Choice { options } => {
                options.iter().take(1).for_each(|first| all.set(name, FactValue::Choice(first.clone())));
            }
            FactKind::Number { .. } => {}
        }
    }
    all
}

/// The signed plan of the course, with its version in the record.
fn plan(
    app: &App,
    caller: &Caller,
    patient: baihui_clinic::people::PatientId,
    at: Timestamp,
) -> Result<(Plan, u64), Problem> {
    let store = &practice(app)?.store;
    let case = Case::read(app, caller, patient)?;
    let (mut plan, version) = plans::drafted(app, caller, &case, &NewPlan::of("stroke-arm", &["ms"]))?;
    // The plan was signed on the day of the first session, when all was answered.
    plan.answers.0.extend(harmless(app, |q| q.each_visit).0);
    plan.account.other_interventions = Some("usual rehabilitation (invented)".into());
    let found = checked(app, &case, &plan)?;
    for f in found.findings.iter().filter(|f| f.outcome == State::Fires && f.level == Level::Decide) {
        plan.decisions.push(Decision {
            rule: f.rule.clone(),
            sites: f.sites.clone(),
            reason: "decided in the demonstration".into(),
            by: caller.name.clone(),
            role: Role::Practitioner,
            at,
        });
    }
    let found = checked(app, &case, &plan)?;
    let signed = sign(&plan, &found, &caller.name, Role::Practitioner, at).map_err(|e| {
        Problem::input(format!("{e}: {:?} {:?} {:?}", found.blocks, found.missing, found.faults))
    })?;
    let version = wait(store.put(&caller.actor, signed.id, Write::to(version), &signed))?;
    Ok((signed, version))
}

/// A session from its beginning to its signature.
fn session(
    plan: &Plan,
    version: u64,
    patient: baihui_clinic::people::PatientId,
    by: baihui_clinic::people::PractitionerId,
    start: Timestamp,
    number: usize,
) -> Vec<Event> {
    let planned = plan.to_follow().unwrap_or_default();
    let mut events: Vec<Event> = Vec::new();
    let mut say = |second: i64, what: What| {
        let at = Moment::wall(start.checked_add(second.seconds()).unwrap_or(start));
        events.push(Event { at, by, what });
    };
    say(
        0,
        What::Started(Box::new(Start {
            patient,
            practitioner: by,
            plan: Some(PlanRef { id: plan.id.cast(), version }),
            planned: planned.clone(),
            position: Some(Position::Supine),
            setting: INVENTED.to_owned(),
            no_stimulation: false,
            without_consent: String::new(),
        })),
    );
    say(5, What::Screened { findings: Vec::new() });
    say(10, What::ContactStarted);
    let all: Vec<u16> = (1..).take(planned.len()).collect();
    for (n, p) in all.iter().zip(&planned) {
        let off = (number == 4 && *n == 1)
            .then_some(DEVIATION_MM)
            .and_then(|mm| baihui_clinic::quantity::Mm::new(mm).ok());
        say(
            i64::from(*n) * 40,
            What::NeedleIn {
                needle: *n,
                planned: Some(p.label.clone()),
                done: Box::new(p.spec.clone()),
                distance_to_plan_mm: off,
                deviation: off.map(|_| "hair in the way".to_owned()),
            },
        );
        say(
            i64::from(*n) * 40 + 10,
            What::DeQi {
                needle: *n,
                felt: DeQi { felt: true, kinds: ["heavy".to_owned()].into(), strength: Some(4) },
            },
        );
    }
    let manipulation = Manipulation {
        method: Method::Rotation,
        per_minute: PerMinute::new(90.0).ok(),
        minutes: None,
        amplitude_mm: None,
        intent: None,
        text: String::new(),
    };
    say(300, What::ManipulationStarted { needles: all.clone(), manipulation });
    say(420, What::ManipulationStopped);
    if number == BLED {
        say(
            1210,
            What::Adverse {
                number: 1,
                event: AdverseEvent {
                    code: AdverseCode::Bleeding,
                    grade: 1,
                    causality: Causality::Certain,
                    needle: Some(1),
                    serious: false,
                    onset: None,
                    ended: None,
                    action: "pressed for two minutes".into(),
                    outcome: "stopped".into(),
                    text: INVENTED.to_owned(),
                },
            },
        );
    }
    for n in &all {
        let bled = Some(number == BLED && *n == 1);
        say(1200 + i64::from(*n) * 15, What::NeedleOut { needle: *n, state: NeedleState::Whole, bled });
    }
    say(1400, What::Counted { needles: u16::try_from(all.len()).unwrap_or(u16::MAX) });
    say(1410, What::ContactStopped);
    say(1420, What::Closed);
    let note = baihui_clinic::session::SessionLog::from_events(events.clone()).map(|l| l.state().note());
    if let Ok(note) = note {
        let at = Moment::wall(start.checked_add(1500.seconds()).unwrap_or(start));
        events.push(Event { at, by, what: What::Signed { note } });
    }
    events
}

/// Outcomes at three times; one was missed, as happens.
fn outcomes(
    patient: baihui_clinic::people::PatientId,
    rater: baihui_clinic::people::PractitionerId,
    ago: impl Fn(i64) -> Timestamp,
) -> Vec<Outcome> {
    let one = |days: i64, visit: &str, instrument: &str, total: Option<f64>| Outcome {
        patient,
        at: ago(days),
        visit: visit.to_owned(),
        session: None,
        rater: Some(rater),
        blinded: Some(false),
        result: match total {
            Some(total) => Measured::Instrument {
                instrument: instrument.to_owned(),
                version: "1".to_owned(),
                items: BTreeMap::new(),
                scores: [("total".to_owned(), total)].into(),
            },
            None => {
                Measured::Missing { instrument: instrument.to_owned(), reason: MissingReason::NotOffered }
            }
        },
        comment: INVENTED.to_owned(),
    };
    vec![
        one(26, "baseline", "fma-ue", Some(31.0)),
        one(26, "baseline", "barthel", Some(70.0)),
        one(26, "baseline", "nihss", Some(6.0)),
        one(17, "week 2", "fma-ue", Some(33.0)),
        one(17, "week 2", "barthel", Some(75.0)),
        one(17, "week 2", "nihss", None),
        one(10, "week 3", "fma-ue", Some(37.0)),
        one(3, "week 4", "fma-ue", Some(38.0)),
        one(3, "week 4", "barthel", Some(80.0)),
        one(3, "week 4", "nihss", Some(5.0)),
    ]
}
