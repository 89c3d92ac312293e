//! From the patient's record to the answers that the rules ask for.
//!
//! What the record does not know stays unanswered.

use jiff::civil::Date;

use super::answers::{Answers, FactValue};
use crate::{
    people::{
        Patient,
        facts::{DrugClass, Epilepsy, Haemorrhage, ImplantKind, Pregnancy, Region, SkinKind},
    },
    side::Laterality,
};

/// A region of the patient's skin that rules ask about.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// Kind, as the rules name it: `skull-defect`, `shunt`, `infection`, ...
    pub kind: String,
    /// Where it is.
    pub place: Marking,
}

/// Where a region is.
#[derive(Clone, Debug, PartialEq)]
pub enum Marking {
    /// As drawn on the patient's head.
    Drawn(Region),
    /// Somewhere on a side.
    Side(Laterality),
    /// Somewhere on the head.
    Somewhere,
}

/// Answers that the record holds on a day.
pub fn answers(patient: &Patient, on: Date) -> Answers {
    let f = &patient.facts;
    let mut a = Answers::default();
    let mut flag = |name: &str, value: Option<bool>| {
        if let Some(value) = value {
            a.set(name, FactValue::Flag(value));
        }
    };
    flag("open-fontanelle", f.open_fontanelle);
    flag("high-fever", f.high_fever);
    flag("heart-failure", f.heart_failure);
    flag("critically-ill", f.critically_ill);
    flag("blood-pressure-unstable", f.blood_pressure_stable.map(|stable| !stable));
    flag("unconscious", f.conscious.map(|conscious| !conscious));
    flag("raised-intracranial-pressure", f.raised_intracranial_pressure);
    flag("bleeding-disorder", f.bleeding_disorder);
    flag("neutrophils-low", f.neutrophils_per_mm3.map(|n| n < 500.0));
    flag("confused", f.confused);
    flag("spinal-instability", f.spinal_instability);
    flag("splenectomy", f.splenectomy);
    flag("needle-phobia", f.needle_phobia);
    flag("fainted-before", f.fainted_at_needle);
    flag("first-treatment", f.needled_before.map(|before| !before));
    flag("unfit-today", f.unfit_today);
    flag("lymphoedema", f.lymphoedema.as_ref().map(|limbs| !limbs.is_empty()));
    flag("skull-defect", f.skull_defects.as_ref().map(|all| !all.is_empty()));
    // A drug of unknown kind leaves both questions open.
    if let Some(drugs) = &f.medication {
        let any = |test: fn(DrugClass) -> bool| {
            let some = drugs.iter().filter_map(|d| d.class).any(test);
            let all_known = drugs.iter().all(|d| d.class.is_some());
            if some || all_known { Some(some) } else { None }
        };
        flag("anticoagulant", any(DrugClass::is_anticoagulant));
        flag("antiplatelet", any(|c| c == DrugClass::Antiplatelet));
    }
    if let Some(implants) = &f.implants {
        let any = |kinds: &[ImplantKind]| Some(implants.iter().any(|i| kinds.contains(&i.kind)));
        use ImplantKind as K;
        flag("shunt", any(&[K::Shunt, K::ProgrammableShunt]));
        flag("pacemaker", any(&[K::Pacemaker, K::Defibrillator]));
        flag(
            "neural-implant",
            any(&[
                K::DeepBrainStimulator,
                K::VagalStimulator,
                K::SpinalCordStimulator,
                K::CochlearImplant,
                K::IntrathecalPump,
                K::ProgrammableShunt,
            ]),
        );
        flag(
            "prosthesis",
            any(&[K::CranialPlate, K::AneurysmClip, K::HeartValve, K::Prosthesis, K::OtherMetal, K::Other]),
        );
    }
    if let Some(months) = patient.age_months(on) {
        a.set("age-months", FactValue::Number(f64::from(months)));
    }
    let word = |w: &str| FactValue::Choice(w.to_owned());
    if let Some(p) = &f.pregnancy {
        let w = match p {
            Pregnancy::No => "no",
            Pregnancy::Possible => "possible",
            Pregnancy::Yes { .. } => "yes",
        };
        a.set("pregnant", word(w));
    }
    if let Some(e) = f.epilepsy {
        let w = match e {
            Epilepsy::No => "none",
            Epilepsy::Controlled => "controlled",
            Epilepsy::Uncontrolled => "uncontrolled",
            Epilepsy::InAttack => "in-attack",
        };
        a.set("epilepsy", word(w));
    }
    haemorrhage(&mut a, f.intracranial_haemorrhage.as_ref(), on);
    a
}

/// What follows where nobody ever bled into the head. No number of days can matter then; the rules need one to be
/// decided.
pub(crate) const NO_HAEMORRHAGE: [(&str, FactValue); 2] = [
    ("brain-stem-haemorrhage", FactValue::Flag(false)),
    ("days-since-haemorrhage", FactValue::Number(f64::MAX)),
];

fn haemorrhage(a: &mut Answers, known: Option<&Haemorrhage>, on: Date) {
    match known {
        None => {}
        Some(Haemorrhage::No) => {
            a.set("haemorrhage", FactValue::Choice("none".to_owned()));
            for (name, value) in NO_HAEMORRHAGE {
                a.set(name, value);
            }
        }
        Some(Haemorrhage::Yes { on: then, brain_stem, stable, .. }) => {
            if let Some(stable) = stable {
                let word = if *stable { "stable" } else { "unstable" };
                a.set("haemorrhage", FactValue::Choice(word.to_owned()));
            }
            if let Some(brain_stem) = brain_stem {
                a.set("brain-stem-haemorrhage", FactValue::Flag(*brain_stem));
            }
            if let Some(days) = then.and_then(|then| u32::try_from((on - then).get_days()).ok()) {
                a.set("days-since-haemorrhage", FactValue::Number(f64::from(days)));
            }
        }
    }
}

/// Regions that the record marks on the head. What has no place counts for its side, or for the whole head.
pub fn regions(patient: &Patient) -> Vec<Marked> {
    let place = |region: &Option<Region>, side: Option<Laterality>| match (region, side) {
        (Some(r), _) => Marking::Drawn(r.clone()),
        (None, Some(Laterality::Left | Laterality::Right)) => side.map_or(Marking::Somewhere, Marking::Side),
        (None, _) => Marking::Somewhere,
    };
    let f = &patient.facts;
    let mut out = Vec::new();
    for d in f.skull_defects.iter().flatten() {
        out.push(Marked { kind: "skull-defect".to_owned(), place: place(&d.region, d.side) });
    }
    for i in f.implants.iter().flatten() {
        if matches!(i.kind, ImplantKind::Shunt | ImplantKind::ProgrammableShunt) {
            out.push(Marked { kind: "shunt".to_owned(), place: place(&i.region, i.side) });
        }
    }
    for s in f.skin.iter().flatten() {
        let kind = match s.kind {
            SkinKind::Infection => "infection",
            SkinKind::Ulcer => "ulcer",
            SkinKind::Wound => "wound",
            SkinKind::Scar => "scar",
            SkinKind::Tumour => "tumour",
            SkinKind::Other => continue,
        };
        // A finding of the skin without a drawn region may be anywhere on the body.
        if let Some(region) = &s.region {
            out.push(Marked { kind: kind.to_owned(), place: Marking::Drawn(region.clone()) });
        }
    }
    out
}
