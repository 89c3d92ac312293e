//! From a patient's record to the answers that the rules of safety ask for: what the record knows is told, what it
//! does not know stays open.

use baihui_clinic::{
    people::{
        Patient, PersonName,
        facts::{
            DrugClass, Epilepsy, Facts, Haemorrhage, Implant, ImplantKind, Limb, LimbPart, Medication,
            Pregnancy, Region, SkinFinding, SkinKind, SkullDefect, SkullDefectKind,
        },
    },
    quantity::Mm,
    safety::{
        Answers, FactValue,
        intake::{Marked, Marking, answers, regions},
    },
    side::{Laterality, Side},
};
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 3, 1);

fn patient(change: impl FnOnce(&mut Facts)) -> Patient {
    let mut p = Patient::named(PersonName::new("Ada", "Example"));
    change(&mut p.facts);
    p
}

fn told(change: impl FnOnce(&mut Facts)) -> Answers {
    answers(&patient(change), TODAY)
}

fn flag(a: &Answers, name: &str) -> Option<bool> {
    match a.get(name) {
        None => None,
        Some(FactValue::Flag(b)) => Some(*b),
        Some(other) => panic!("{name} is {other:?}"),
    }
}

#[test]
fn an_empty_record_answers_nothing() {
    assert_eq!(told(|_| {}), Answers::default());
    assert_eq!(regions(&patient(|_| {})), []);
}

#[test]
fn a_yes_is_a_yes_and_what_is_asked_the_other_way_round_is_turned() {
    type Set = fn(&mut Facts, bool);
    let same: [(&str, Set); 13] = [
        ("open-fontanelle", |f, b| f.open_fontanelle = Some(b)),
        ("high-fever", |f, b| f.high_fever = Some(b)),
        ("heart-failure", |f, b| f.heart_failure = Some(b)),
        ("critically-ill", |f, b| f.critically_ill = Some(b)),
        ("raised-intracranial-pressure", |f, b| f.raised_intracranial_pressure = Some(b)),
        ("bleeding-disorder", |f, b| f.bleeding_disorder = Some(b)),
        ("confused", |f, b| f.confused = Some(b)),
        ("spinal-instability", |f, b| f.spinal_instability = Some(b)),
        ("splenectomy", |f, b| f.splenectomy = Some(b)),
        ("needle-phobia", |f, b| f.needle_phobia = Some(b)),
        ("fainted-before", |f, b| f.fainted_at_needle = Some(b)),
        ("unfit-today", |f, b| f.unfit_today = Some(b)),
        ("lymphoedema", |f, b| {
            let arm = Limb { part: LimbPart::Arm, side: Side::Left };
            f.lymphoedema = Some(if b { vec![arm] } else { vec![] });
        }),
    ];
    let turned: [(&str, Set); 3] = [
        ("blood-pressure-unstable", |f, b| f.blood_pressure_stable = Some(b)),
        ("unconscious", |f, b| f.conscious = Some(b)),
        ("first-treatment", |f, b| f.needled_before = Some(b)),
    ];
    for b in [true, false] {
        for (name, set) in same {
            let a = told(|f| set(f, b));
            assert_eq!((flag(&a, name), a.0.len()), (Some(b), 1), "{name}");
        }
        for (name, set) in turned {
            let a = told(|f| set(f, b));
            assert_eq!((flag(&a, name), a.0.len()), (Some(!b), 1), "{name}");
        }
    }
    // Neutrophils are low below 500 in a cubic millimetre.
    for (count, low) in [(499.0, true), (500.0, false), (4000.0, false)] {
        assert_eq!(flag(&told(|f| f.neutrophils_per_mm3 = Some(count)), "neutrophils-low"), Some(low));
    }
}

#[test]
fn a_drug_of_unknown_kind_is_no_no() {
    let drugs = |classes: &[Option<DrugClass>]| {
        let all = classes.iter().map(|class| Medication { text: "a drug".to_owned(), class: *class });
        let a = told(|f| f.medication = Some(all.collect()));
        (flag(&a, "anticoagulant"), flag(&a, "antiplatelet"))
    };
    use DrugClass::{Antiplatelet, Heparin, Other, VitaminKAntagonist};
    assert_eq!(drugs(&[]), (Some(false), Some(false)));
    assert_eq!(drugs(&[Some(Other)]), (Some(false), Some(false)));
    assert_eq!(drugs(&[Some(VitaminKAntagonist)]), (Some(true), Some(false)));
    assert_eq!(drugs(&[Some(Antiplatelet), Some(Heparin)]), (Some(true), Some(true)));
    assert_eq!(drugs(&[None]), (None, None));
    // The one that is known decides its own question only.
    assert_eq!(drugs(&[None, Some(Antiplatelet)]), (None, Some(true)));
    assert_eq!(drugs(&[Some(Heparin), None]), (Some(true), None));
}

#[test]
fn every_implant_is_told_under_the_questions_that_it_matters_for() {
    use ImplantKind as K;
    let questions = ["shunt", "pacemaker", "neural-implant", "prosthesis"];
    let expected: [(K, [bool; 4]); 15] = [
        (K::Pacemaker, [false, true, false, false]),
        (K::Defibrillator, [false, true, false, false]),
        (K::DeepBrainStimulator, [false, false, true, false]),
        (K::VagalStimulator, [false, false, true, false]),
        (K::SpinalCordStimulator, [false, false, true, false]),
        (K::CochlearImplant, [false, false, true, false]),
        (K::IntrathecalPump, [false, false, true, false]),
        (K::Shunt, [true, false, false, false]),
        // Its valve is set by magnets.
        (K::ProgrammableShunt, [true, false, true, false]),
        (K::CranialPlate, [false, false, false, true]),
        (K::AneurysmClip, [false, false, false, true]),
        (K::HeartValve, [false, false, false, true]),
        (K::Prosthesis, [false, false, false, true]),
        (K::OtherMetal, [false, false, false, true]),
        (K::Other, [false, false, false, true]),
    ];
    let implant = |kind| Implant { kind, side: None, region: None, text: String::new() };
    for (kind, expected) in expected {
        let a = told(|f| f.implants = Some(vec![implant(kind)]));
        assert_eq!(questions.map(|q| flag(&a, q)), expected.map(Some), "{kind:?}");
    }
    let none = told(|f| f.implants = Some(vec![]));
    assert_eq!(questions.map(|q| flag(&none, q)), [Some(false); 4]);
}

#[test]
fn words_and_numbers_are_those_of_the_questions() {
    let word = |a: &Answers, name: &str| a.get(name).map(FactValue::words);
    for (p, w) in
        [(Pregnancy::No, "no"), (Pregnancy::Possible, "possible"), (Pregnancy::Yes { weeks: Some(9) }, "yes")]
    {
        assert_eq!(word(&told(|f| f.pregnancy = Some(p)), "pregnant").as_deref(), Some(w));
    }
    for (e, w) in [
        (Epilepsy::No, "none"),
        (Epilepsy::Controlled, "controlled"),
        (Epilepsy::Uncontrolled, "uncontrolled"),
        (Epilepsy::InAttack, "in-attack"),
    ] {
        assert_eq!(word(&told(|f| f.epilepsy = Some(e)), "epilepsy").as_deref(), Some(w));
    }
    let mut child = patient(|_| {});
    child.birth_date = Some(date(2024, 9, 2));
    assert_eq!(answers(&child, TODAY).get("age-months"), Some(&FactValue::Number(17.0)));
    assert_eq!(answers(&child, date(2026, 3, 2)).get("age-months"), Some(&FactValue::Number(18.0)));
    assert_eq!(answers(&child, date(2024, 1, 1)).get("age-months"), None, "not born yet");
}

#[test]
fn a_bleeding_is_told_with_its_day_and_what_nobody_said_stays_open() {
    let bled = |on, brain_stem, stable| {
        told(|f| {
            f.intracranial_haemorrhage = Some(Haemorrhage::Yes { on, brain_stem, stable, imaged_on: None });
        })
    };
    let none = told(|f| f.intracranial_haemorrhage = Some(Haemorrhage::No));
    assert_eq!(none.get("haemorrhage").map(FactValue::words).as_deref(), Some("none"));
    assert_eq!(flag(&none, "brain-stem-haemorrhage"), Some(false));
    // However many days a rule waits, they are over.
    assert!(matches!(none.get("days-since-haemorrhage"), Some(FactValue::Number(n)) if *n > 1e6));
    assert_eq!(bled(None, None, None), Answers::default());
    let a = bled(Some(date(2026, 2, 15)), Some(true), Some(false));
    assert_eq!(a.get("haemorrhage").map(FactValue::words).as_deref(), Some("unstable"));
    assert_eq!(flag(&a, "brain-stem-haemorrhage"), Some(true));
    assert_eq!(a.get("days-since-haemorrhage"), Some(&FactValue::Number(14.0)));
    let a = bled(Some(TODAY), Some(false), Some(true));
    assert_eq!(a.get("haemorrhage").map(FactValue::words).as_deref(), Some("stable"));
    assert_eq!(flag(&a, "brain-stem-haemorrhage"), Some(false));
    assert_eq!(a.get("days-since-haemorrhage"), Some(&FactValue::Number(0.0)));
    // A day that has not come is a slip of the pen, and no answer.
    assert_eq!(bled(Some(date(2026, 3, 2)), None, None), Answers::default());
}

#[test]
fn what_has_no_place_counts_for_its_side_or_for_the_whole_head() {
    let disc =
        || Region::Disc { center_mm: [-50.0, 10.0, 60.0], radius_mm: Mm::new(35.0).expect("a radius") };
    let defect = |region, side| SkullDefect {
        kind: SkullDefectKind::Craniectomy,
        region,
        side,
        since: None,
        text: String::new(),
    };
    let at = |region, side| {
        let p = patient(|f| f.skull_defects = Some(vec![defect(region, side)]));
        assert_eq!(flag(&answers(&p, TODAY), "skull-defect"), Some(true));
        match &regions(&p)[..] {
            [Marked { kind, place }] if kind == "skull-defect" => place.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(flag(&told(|f| f.skull_defects = Some(vec![])), "skull-defect"), Some(false));
    assert_eq!(at(Some(disc()), Some(Laterality::Left)), Marking::Drawn(disc()));
    assert_eq!(at(None, Some(Laterality::Left)), Marking::Side(Laterality::Left));
    assert_eq!(at(None, Some(Laterality::Right)), Marking::Side(Laterality::Right));
    for everywhere in [None, Some(Laterality::Bilateral), Some(Laterality::Midline)] {
        assert_eq!(at(None, everywhere), Marking::Somewhere);
    }
    // Of implants, shunts run beneath the scalp.
    let implant = |kind, side| Implant { kind, side, region: None, text: String::new() };
    let p = patient(|f| {
        f.implants = Some(vec![
            implant(ImplantKind::Pacemaker, Some(Laterality::Left)),
            implant(ImplantKind::Shunt, Some(Laterality::Right)),
            implant(ImplantKind::ProgrammableShunt, None),
        ]);
    });
    let shunt = |place| Marked { kind: "shunt".to_owned(), place };
    assert_eq!(regions(&p), [shunt(Marking::Side(Laterality::Right)), shunt(Marking::Somewhere)]);
    // Findings of the skin, in the words of the rules; without a place they may be anywhere on the body.
    for (kind, word) in [
        (SkinKind::Infection, Some("infection")),
        (SkinKind::Ulcer, Some("ulcer")),
        (SkinKind::Wound, Some("wound")),
        (SkinKind::Scar, Some("scar")),
        (SkinKind::Tumour, Some("tumour")),
        (SkinKind::Other, None),
    ] {
        let p = patient(|f| {
            let skin = |region| SkinFinding { kind, region, text: String::new() };
            f.skin = Some(vec![skin(None), skin(Some(disc()))]);
        });
        let expected = word.map(|w| Marked { kind: w.to_owned(), place: Marking::Drawn(disc()) });
        assert_eq!(regions(&p), Vec::from_iter(expected), "{kind:?}");
    }
}
