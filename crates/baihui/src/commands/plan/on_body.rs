//! What the body says about the sites of a plan: where its points are on this person, and how far off that may be.

use std::fmt::Write;

use baihui_atlas::{
    Atlas,
    body::{BodyAtlas, Locator, Person},
};
use baihui_clinic::{
    people::{
        BodyTape, Patient, Sex,
        facts::{Limb, LimbPart},
    },
    plan::{BodyUsed, Frame, Geometry, OnPerson, Place, Said, SiteKey},
    safety::evaluate::Nearness,
    side::Side,
};
use baihui_head::body::{Sex as MeshSex, Shape};
use glam::DVec3;
use jiff::civil::Date;

use super::geometry::head_side;
use crate::commands::body::AGE;

/// Ages that the mesh knows, years.
const AGES: [f64; 2] = [1.0, 90.0];

/// The body that stands for a patient's, as it is asked for, and in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// For the mesh.
    pub shape: Shape,
    /// For the plan.
    pub used: BodyUsed,
}

/// What is known of a person beside the measurements.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Whose {
    /// Sex.
    pub sex: Option<Sex>,
    /// Age, years.
    pub age_years: Option<f64>,
}

impl Whose {
    /// Sex and age of a patient on a day.
    pub fn of(patient: &Patient, today: Date) -> Self {
        Self {
            sex: patient.sex,
            // Children grow: months count.
            age_years: patient.age_months(today).map(|m| f64::from(m) / 12.0),
        }
    }
}

/// The body of a person, with everything that had to be assumed.
pub fn asked(whose: Whose, tape: Option<&BodyTape>) -> Asked {
    let tape = tape.cloned().unwrap_or_default();
    let mut assumed = Vec::new();
    let sex = match whose.sex {
        Some(Sex::Female) => MeshSex::Female,
        Some(Sex::Male) => MeshSex::Male,
        Some(Sex::Other) | None => {
            assumed.push(
                "the mesh is a man's: the sex is not given, or is neither that the mesh knows".to_owned(),
            );
            MeshSex::Male
        }
    };
    let age_years = match whose.age_years {
        None => {
            assumed.push(format!("{AGE:.0} years: the date of birth is not given"));
            AGE
        }
        Some(a) if !(AGES[0]..=AGES[1]).contains(&a) => {
            let near = a.clamp(AGES[0], AGES[1]);
            assumed
                .push(format!("{near:.0} years for {a:.1}: the mesh knows {:.0} to {:.0}", AGES[0], AGES[1]));
            near
        }
        Some(a) => a,
    };
    if tape.height_cm.is_none() {
        assumed.push("the mesh's average height: not measured".to_owned());
    }
    if tape.weight_kg.is_none() {
        assumed.push("the mesh's average weight: not measured".to_owned());
    }
    let mm = |cm: Option<f64>| cm.map(|v| v * 10.0);
    let shape = Shape {
        sex,
        age_years,
        height_mm: mm(tape.height_cm),
        weight_kg: tape.weight_kg,
        forearm_mm: mm(tape.forearm_cm),
        lower_leg_mm: mm(tape.lower_leg_cm),
        trunk_mm: mm(tape.trunk_cm),
    };
    let used = BodyUsed { sex: sex.name().to_owned(), age_years, measured: tape, assumed };
    Asked { shape, used }
}

/// Sites of a plan that are points of the body and not of the head.
pub fn keys<'a>(atlas: &Atlas, points: &BodyAtlas, keys: &'a [SiteKey]) -> Vec<&'a SiteKey> {
    keys.iter().filter(|k| atlas.find(&k.code).is_none() && points.find(&k.code).is_some()).collect()
}

/// Locates points of the body on a person.
pub fn on_body(
    points: &BodyAtlas,
    person: &Person,
    patient: Option<&Patient>,
    keys: &[&SiteKey],
) -> Geometry {
    let locator = Locator::of(points, person);
    let swollen = patient.and_then(|p| p.facts.lymphoedema.as_deref()).unwrap_or_default();
    keys.iter().map(|k| ((*k).clone(), one(&locator, swollen, k))).collect()
}

/// How far beyond shoulder or hip a limb begins, as a part of the upper arm or thigh: the fold of the axilla, the groin.
const LIMB_BEGINS: f64 = 0.12;
/// Farther than this from the axis of its bones a point is none of the limb's, mm: the trunk hangs beside the arm.
const LIMB_THICK_MM: f64 = 110.0;

/// Whether a place lies on a limb of this body.
fn on_limb(locator: &Locator<'_>, mm: DVec3, limb: &Limb) -> bool {
    if limb.side == Side::Midline {
        return false;
    }
    let side = head_side(limb.side);
    let joints: [&str; 4] = match limb.part {
        LimbPart::Arm => ["shoulder", "elbow", "hand", "finger-3-4"],
        LimbPart::Leg => ["upper-leg", "knee", "ankle", "toe-2-1"],
    };
    let chain: Vec<DVec3> = joints.iter().filter_map(|j| locator.body().joint(j, side)).collect();
    chain.windows(2).enumerate().any(|(k, bone)| {
        let along = bone[1] - bone[0];
        let t = (mm - bone[0]).dot(along) / along.length_squared();
        let least = if k == 0 { LIMB_BEGINS } else { 0.0 };
        t >= least && (t <= 1.0 || k > 0) && mm.distance(bone[0] + along * t) < LIMB_THICK_MM
    })
}

/// Distances to what the record says of the person's limbs: on such a limb, or not.
fn near(locator: &Locator<'_>, swollen: &[Limb], mm: DVec3) -> Vec<Nearness> {
    if swollen.iter().any(|l| on_limb(locator, mm, l)) { vec![lymphoedema(Some(0.0))] } else { Vec::new() }
}

/// The same for a point that cannot be located: it may be anywhere.
fn unknown(swollen: &[Limb]) -> Vec<Nearness> {
    if swollen.is_empty() { Vec::new() } else { vec![lymphoedema(None)] }
}

fn lymphoedema(distance_mm: Option<f64>) -> Nearness {
    Nearness { region: "lymphoedema".to_owned(), distance_mm, sd_mm: 0.0, reach_mm: 0.0 }
}

/// The same where there is no such body: each site says why.
pub fn without(keys: &[&SiteKey], patient: Option<&Patient>, why: &str) -> Geometry {
    let swollen = patient.and_then(|p| p.facts.lymphoedema.as_deref()).unwrap_or_default();
    let refused = OnPerson { place: None, refused: Some(why.to_owned()), near: unknown(swollen) };
    keys.iter().map(|k| ((*k).clone(), refused.clone())).collect()
}

fn one(locator: &Locator<'_>, swollen: &[Limb], key: &SiteKey) -> OnPerson {
    let refused = |why: String| OnPerson { place: None, refused: Some(why), near: unknown(swollen) };
    let Some((index, p)) =
        locator.atlas().find(&key.code).and_then(|i| Some((i, locator.atlas().points.get(i)?)))
    else {
        return refused(format!("there is no point {}", key.code));
    };
    if let Some(inside) = &p.point.inside {
        return refused(inside.clone());
    }
    let side = head_side(key.side);
    let located = locator.point(index).into_iter().find(|l| l.construction == 0 && l.side == side);
    let spot = match located.map(|l| l.spot) {
        Some(Ok(spot)) => spot,
        Some(Err(e)) => return refused(e.to_string()),
        None => return refused(format!("{} has no such side", key.code)),
    };
    let words = locator.words(index, 0, side).unwrap_or_default();
    let spread = locator.spread(index, 0, side);
    let [least, most] = spread.as_ref().map_or([0.0; 2], baihui_atlas::body::spread::Spread::sd_mm);
    let (mut en, mut zh) = (words.en, words.zh);
    for (about, mm) in locator.own_cun(index, 0, side) {
        let _ = write!(en, " One cun of this person, {}: {mm:.1} mm.", lower(&about));
        let _ = write!(zh, "此人此段一寸为{mm:.1}毫米。");
    }
    let place = Place {
        frame: Frame::Body,
        // A tenth of a millimetre is finer than any of it is known.
        start_mm: spot.mm.to_array().map(|c| (c * 10.0).round() / 10.0),
        end_mm: None,
        sd_mm: (most * 10.0).round() / 10.0,
        sd_least_mm: Some((least * 10.0).round() / 10.0),
        sd_about: spread.map(|s| s.words()).map(|s| Said { en: s.en, zh: s.zh }),
        tape: en,
        tape_zh: Some(zh),
        reading: p.point.reading.clone(),
        variant: p.constructions.first().map(|c| c.name.clone()).filter(|n| !n.is_empty()),
        mark: p.mark(locator.atlas()),
        beneath: Vec::new(),
    };
    OnPerson { place: Some(place), refused: None, near: near(locator, swollen, spot.mm) }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use baihui_clinic::people::PersonName;

    use super::*;

    /// Where points of the hand, the shoulder, the chest and the foot lie, by a swollen left arm.
    #[test]
    fn a_swollen_limb_is_known_by_its_side() {
        let atlas = crate::files::atlas(&[]).unwrap();
        let points = crate::commands::body::atlas().unwrap();
        let head = crate::files::head("template").unwrap();
        let names = baihui_atlas::Names::of(&atlas);
        let shape = asked(Whose::default(), None).shape;
        let person = crate::commands::body::join(&points, &atlas, &names, &shape, &head).unwrap();
        let mut p = Patient::named(PersonName::new("Ada", "Example"));
        p.facts.lymphoedema = Some(vec![Limb { part: LimbPart::Arm, side: Side::Left }]);
        let all: Vec<SiteKey> =
            ["LI4", "LI11", "PC6", "TE5", "LU3", "LI15", "HT1", "PC1", "SP21", "GB22", "ST36", "LR3", "ST18"]
                .into_iter()
                .flat_map(|c| {
                    [Side::Left, Side::Right].map(|side| SiteKey { code: c.to_owned(), part: None, side })
                })
                .collect();
        let keys: Vec<&SiteKey> = all.iter().collect();
        let hit = |p: &Patient| -> Vec<String> {
            let found = on_body(&points, &person, Some(p), &keys);
            found
                .iter()
                .filter(|(_, g)| g.near.iter().any(|n| n.distance_mm == Some(0.0)))
                .map(|(k, _)| k.to_string())
                .collect()
        };
        // HT1 and GB22 lie at the axilla: they count as the arm's, to be on the safe side.
        assert_eq!(
            hit(&p),
            ["GB22 left", "HT1 left", "LI11 left", "LI4 left", "LU3 left", "PC6 left", "TE5 left"]
        );
        p.facts.lymphoedema = Some(vec![Limb { part: LimbPart::Leg, side: Side::Right }]);
        assert_eq!(hit(&p), ["LR3 right", "ST36 right"]);
        p.facts.lymphoedema = Some(Vec::new());
        assert!(hit(&p).is_empty());
        // A body that cannot be leaves the question open.
        p.facts.lymphoedema = Some(vec![Limb { part: LimbPart::Arm, side: Side::Left }]);
        assert!(without(&keys, Some(&p), "no body").values().all(|g| g.near[0].distance_mm.is_none()));
    }

    #[test]
    fn what_is_not_known_is_said_aloud() {
        let nobody = asked(Whose::default(), None);
        assert_eq!(nobody.used.assumed.len(), 4, "{:?}", nobody.used.assumed);
        let mut p = Patient::named(PersonName::new("Ada", "Example"));
        p.sex = Some(Sex::Female);
        p.birth_date = Some(jiff::civil::date(1930, 1, 1));
        let tape = BodyTape { height_cm: Some(158.0), weight_kg: Some(52.0), ..BodyTape::default() };
        let old = asked(Whose::of(&p, jiff::civil::date(2026, 6, 1)), Some(&tape));
        assert_eq!((old.shape.age_years, old.shape.height_mm), (90.0, Some(1580.0)));
        assert!(
            old.used.assumed.len() == 1 && old.used.assumed[0].contains("96.4"),
            "{:?}",
            old.used.assumed
        );
        // A birthday does not make another body, a tape does.
        let later = asked(Whose::of(&p, jiff::civil::date(2027, 6, 1)), Some(&tape));
        assert!(old.used.same_measures(&later.used));
        let forearm = BodyTape { forearm_cm: Some(24.0), ..tape };
        assert!(!old.used.same_measures(&asked(Whose::default(), Some(&forearm)).used));
    }
}
