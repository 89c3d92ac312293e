//! A plan that may be signed, made without clock or chance.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use baihui_atlas::Atlas;
use baihui_clinic::{
    id::Id,
    knowledge::{self, Knowledge},
    needle::{Layer, Manipulation, Method},
    plan::{Geometry, Manual, Plan, Request, Stimulation, candidates, check},
    quantity::{DiameterMm, InsertionDeg, Minutes, NeedleMm, PerMinute},
    safety::{FactKind, FactValue},
    side::{DeficitSide, Laterality, LesionSide},
};

/// What plans are made from.
pub struct World {
    pub atlas: Atlas,
    pub knowledge: Knowledge,
}

pub fn world() -> World {
    let atlas = baihui_atlas::built_in::atlas(&[]).expect("the atlas has no problems");
    let knowledge = knowledge::built_in(&atlas, &[]).unwrap_or_else(|p| panic!("{p:?}"));
    World { atlas, knowledge }
}

pub fn request(condition: &str, lesion: Option<Laterality>, deficit: Option<Laterality>) -> Request {
    Request {
        condition: condition.to_owned(),
        lesion: lesion.map(LesionSide),
        deficit: deficit.map(DeficitSide),
        ..Request::default()
    }
}

/// Every question answered so that an ordinary adult results.
pub fn answer_all(plan: &mut Plan, k: &Knowledge) {
    for (name, question) in &k.safety.fact {
        let value = match &question.kind {
            FactKind::Flag => FactValue::Flag(false),
            FactKind::Number { .. } => FactValue::Number(600.0),
            FactKind::Choice { options } => FactValue::Choice(options[0].clone()),
        };
        plan.answers.set(name, value);
    }
}

/// A plan for a left-sided weakness of the arm, complete but for the signature.
pub fn complete(w: &World) -> Plan {
    let r = request("stroke-arm", Some(Laterality::Right), Some(Laterality::Left));
    let all = candidates(&w.knowledge, &w.atlas, &r, &Geometry::new()).unwrap();
    let mut plan = Plan::draft(Id::from_uuid(uuid::Uuid::from_u128(1)), "stroke-arm");
    (plan.lesion, plan.deficit) = (r.lesion, r.deficit);
    plan.add(all.candidates.iter().find(|c| c.protocol == "ms").unwrap());
    answer_all(&mut plan, &w.knowledge);
    for n in &mut plan.needles {
        n.spec.depth_mm = Some(NeedleMm::new(5.0).unwrap());
        n.spec.layer = Some(Layer::LooseAreolar);
        n.spec.angle_deg = Some(InsertionDeg::new(15.0).unwrap());
        n.spec.inserted_mm = Some(NeedleMm::new(30.0).unwrap());
        n.spec.diameter_mm = Some(DiameterMm::new(0.25).unwrap());
        n.spec.length_mm = Some(NeedleMm::new(40.0).unwrap());
        n.response = Some("de-qi".to_owned());
        n.stimulation = Some(Stimulation {
            manual: Some(Manual {
                manipulation: Manipulation {
                    method: Method::Rotation,
                    per_minute: Some(PerMinute::new(200.0).unwrap()),
                    minutes: Some(Minutes::new(1.0).unwrap()),
                    amplitude_mm: None,
                    intent: None,
                    text: String::new(),
                },
                rounds: Some(3),
                pause_min: None,
            }),
            electro: None,
        });
        n.retention_min = Some(Minutes::new(30.0).unwrap());
    }
    let text = |t: &str| Some(t.to_owned());
    let a = &mut plan.account;
    (a.style, a.reasoning, a.variation) = (text("scalp lines"), text("trial"), text("none"));
    (a.needle_make, a.sessions, a.frequency) = (text("steel"), Some(10), text("daily, 40 min"));
    (a.other_interventions, a.setting, a.practitioner) = (text("none"), text("clinic"), text("8 years"));
    plan
}

pub fn checked(w: &World, plan: &Plan) -> baihui_clinic::plan::Check {
    check(plan, &w.knowledge, &w.atlas, &Geometry::new())
}
