//! Plans from a condition to a signature, and the side of every needle.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use baihui_atlas::{
    Names, Request as Locate,
    language::Sides,
    locate::{self, Location},
};
use baihui_clinic::{
    condition::{SideError, SideRule},
    needle::{Electro, Product, Wave},
    people::Role,
    plan::{
        Change, Current, Frame, Geometry, OnPerson, Place, Plan, PlannedNeedle, SignError, SiteKey,
        Stimulation, StrictaState, candidates, check, difference, sign,
    },
    quantity::{Hz, InsertionDeg, Milliampere, Minutes, NeedleMm, PerMinute},
    safety::{Block, Decision, FactValue, evaluate::Nearness},
    side::{DeficitSide, Laterality, LesionSide, Side},
    technique::Region,
};
use baihui_head::{Head, Landmarks, Point, Surface, template};
use jiff::Timestamp;

mod common;
use common::planned::*;

#[test]
fn a_complete_plan_is_signed_by_a_practitioner_and_by_nobody_else() {
    let w = world();
    let plan = complete(&w);
    let c = checked(&w, &plan);
    assert!(c.signable, "{:#?}\n{:#?}\n{:#?}", c.blocks, c.missing, c.faults);
    for role in [Role::Owner, Role::Assistant, Role::Student, Role::Researcher] {
        assert_eq!(sign(&plan, &c, "A", role, Timestamp::UNIX_EPOCH), Err(SignError::NotAPractitioner(role)));
    }
    assert_eq!(sign(&plan, &c, " ", Role::Practitioner, Timestamp::UNIX_EPOCH), Err(SignError::NoName));
    let signed = sign(&plan, &c, "A", Role::Practitioner, Timestamp::UNIX_EPOCH).unwrap();
    assert!(signed.is_intact() && !plan.is_intact());
    let again = sign(&signed, &c, "B", Role::Practitioner, Timestamp::UNIX_EPOCH);
    assert_eq!(again, Err(SignError::Signed { version: 1 }));
    // Whatever is changed afterwards shows.
    let mut changed = signed.clone();
    changed.needles[0].spec.site.side = Side::Left;
    assert!(!changed.is_intact());
    // It survives being written and read.
    let text = serde_json::to_string(&signed).unwrap();
    let back: Plan = serde_json::from_str(&text).unwrap();
    assert_eq!(back, signed);
    assert!(back.is_intact());
}

#[test]
fn each_part_of_stricta_is_missed_when_it_is_missing() {
    let w = world();
    type Spoil = (&'static str, fn(&mut Plan));
    let spoil: [Spoil; 15] = [
        ("1a", |p| p.account.style = None),
        ("1b", |p| p.account.reasoning = Some("  ".to_owned())),
        ("1c", |p| p.account.variation = None),
        ("2a", |p| p.needles.clear()),
        ("2b", |p| p.needles.clear()),
        ("2c", |p| {
            p.needles[1].spec.depth_mm = None;
            p.needles[1].spec.layer = None;
            p.needles[1].depth_cun = Some(0.5);
        }),
        ("2d", |p| p.needles[0].response = None),
        ("2e", |p| p.needles[0].stimulation = None),
        ("2f", |p| p.needles[0].retention_min = None),
        ("2g", |p| p.needles[0].spec.length_mm = None),
        ("3a", |p| p.account.sessions = Some(0)),
        ("3b", |p| p.account.frequency = None),
        ("4a", |p| p.account.other_interventions = None),
        ("4b", |p| p.account.setting = None),
        ("5", |p| p.account.practitioner = None),
    ];
    for (id, spoil) in spoil {
        let mut plan = complete(&w);
        spoil(&mut plan);
        let c = checked(&w, &plan);
        assert!(!c.signable, "{id}");
        assert!(c.missing.iter().any(|m| m.starts_with(&format!("{id}:"))), "{id}: {:?}", c.missing);
        let refused = sign(&plan, &c, "A", Role::Practitioner, Timestamp::UNIX_EPOCH);
        assert!(matches!(refused, Err(SignError::Blocked { .. })), "{id}");
    }
    let c = checked(&w, &complete(&w));
    assert_eq!(c.stricta.len(), 17);
    let of = |id: &str| c.stricta.iter().find(|i| i.id == id).unwrap().state.clone();
    assert_eq!(of("2a"), StrictaState::Stated { text: "2".to_owned() });
    assert_eq!(of("2g"), StrictaState::Stated { text: "0.25 × 40 mm, steel".to_owned() });
    assert_eq!(of("2c"), StrictaState::Stated { text: "5 mm, LooseAreolar".to_owned() });
    assert_eq!(
        of("2e"),
        StrictaState::Stated { text: "by hand: Rotation, 200/min, 1 min, 3 rounds".to_owned() }
    );
    assert!(matches!(of("6a"), StrictaState::NotApplicable { .. }));
    // A make stated needle by needle is as good as one for all; nothing done is a statement, too.
    let mut plan = complete(&w);
    plan.account.needle_make = None;
    assert!(!checked(&w, &plan).signable);
    for n in &mut plan.needles {
        n.spec.product = Some(Product { material: "silver".to_owned(), ..Product::default() });
        n.stimulation = Some(Stimulation::default());
    }
    let c = checked(&w, &plan);
    assert!(c.signable);
    let none = c.stricta.iter().find(|i| i.id == "2e").unwrap();
    assert_eq!(none.state, StrictaState::Stated { text: "none".to_owned() });
}

#[test]
fn a_stop_blocks_whatever_is_decided_and_a_decide_until_a_practitioner_decides() {
    let w = world();
    let mut plan = complete(&w);
    let decision = |rule: &str, sites: &[String]| Decision {
        rule: rule.to_owned(),
        sites: sites.to_vec(),
        reason: "considered".to_owned(),
        by: "A".to_owned(),
        role: Role::Practitioner,
        at: Timestamp::UNIX_EPOCH,
    };
    plan.answers.set("open-fontanelle", FactValue::Flag(true));
    let c = checked(&w, &plan);
    let [Block::Stop { rule, sites }] = &c.blocks[..] else { panic!("{:?}", c.blocks) };
    assert_eq!(rule, "fontanelle-open");
    plan.decisions = vec![decision(rule, sites)];
    assert_eq!(checked(&w, &plan).blocks, c.blocks);
    let forged = baihui_clinic::plan::Check { signable: true, ..c };
    assert!(sign(&plan, &forged, "A", Role::Practitioner, Timestamp::UNIX_EPOCH).is_err());

    plan.answers.set("open-fontanelle", FactValue::Flag(false));
    plan.answers.set("pregnant", FactValue::Choice("possible".to_owned()));
    plan.decisions.clear();
    let c = checked(&w, &plan);
    let [Block::Decide { rule, sites, fault: None }] = &c.blocks[..] else { panic!("{:?}", c.blocks) };
    plan.decisions = vec![decision(rule, sites)];
    assert!(checked(&w, &plan).signable);
    // A needle more: the decision was not about it.
    let key = SiteKey { code: "GV20".to_owned(), part: None, side: Side::Midline };
    plan.push(PlannedNeedle { response: None, ..PlannedNeedle::at(key, "who2008", Region::Head) });
    assert!(matches!(&checked(&w, &plan).blocks[..], [Block::Decide { fault: Some(_), .. }]));
}

#[test]
fn nothing_asked_is_nothing_known() {
    let w = world();
    let mut plan = complete(&w);
    plan.answers.0.remove("open-fontanelle");
    let c = checked(&w, &plan);
    let asked =
        c.blocks.iter().any(|b| matches!(b, Block::Answer { asks, .. } if asks == &["open-fontanelle"]));
    assert!(asked && !c.signable, "{:?}", c.blocks);
}

#[test]
fn a_needle_on_the_other_side_and_sides_that_contradict_need_a_decision() {
    let w = world();
    let mut plan = complete(&w);
    assert!(plan.needles.iter().all(|n| n.spec.site.side == Side::Right));
    plan.needles[0].spec.site.side = Side::Left;
    let c = checked(&w, &plan);
    assert!(matches!(&c.blocks[..], [Block::Decide { rule, .. }] if rule == "side-rule"), "{:?}", c.blocks);
    let mut plan = complete(&w);
    plan.lesion = Some(LesionSide(Laterality::Left));
    let c = checked(&w, &plan);
    assert!(matches!(&c.blocks[..], [Block::Decide { rule, .. }] if rule == "lesion-and-deficit"));
    // A peripheral palsy of the face has no such rule, a cerebellar ataxia the opposite one.
    let crossed = |id: &str| w.knowledge.condition(id).unwrap().condition.crossed;
    assert_eq!(
        (crossed("facial-palsy"), crossed("ataxia"), crossed("stroke-leg")),
        (None, Some(false), Some(true))
    );
}

#[test]
fn electrodes_come_in_pairs() {
    let w = world();
    let with = |other: Option<&str>| {
        Some(Stimulation {
            manual: None,
            electro: Some(Current {
                current: Electro {
                    wave: Wave::Continuous,
                    hz: Some(Hz::new(2.0).unwrap()),
                    second_hz: None,
                    milliampere: Some(Milliampere::new(1.0).unwrap()),
                    high_current_confirmed: false,
                    minutes: Some(Minutes::new(20.0).unwrap()),
                },
                with: other.map(str::to_owned),
            }),
        })
    };
    for (a, b, good) in [
        (Some("n2"), Some("n1"), true),
        (Some("n2"), None, false),
        (Some("n1"), Some("n1"), false),
        (Some("n9"), Some("n1"), false),
    ] {
        let mut plan = complete(&w);
        plan.needles[0].stimulation = with(a);
        plan.needles[1].stimulation = with(b);
        let pairs = checked(&w, &plan).findings.iter().filter(|f| f.rule == "electrode-pair").count();
        assert_eq!(pairs == 0, good, "{a:?} {b:?}");
    }
}

#[test]
fn values_beside_every_source_are_told_and_do_not_block() {
    let w = world();
    let mut plan = complete(&w);
    assert_eq!(checked(&w, &plan).ranges, []);
    plan.needles[0].spec.angle_deg = Some(InsertionDeg::new(45.0).unwrap());
    plan.needles[1].stimulation.as_mut().unwrap().manual.as_mut().unwrap().manipulation.per_minute =
        Some(PerMinute::new(600.0).unwrap());
    let c = checked(&w, &plan);
    let told: Vec<_> = c.ranges.iter().map(|r| (r.needle.as_str(), r.parameter.as_str(), r.value)).collect();
    // 600 turns a minute are admitted by a source that says "more than 200" without an end.
    assert_eq!(told, [("n1", "angle-deg", 45.0)]);
    assert!(c.signable);
}

#[test]
fn the_next_version_shows_what_changed_and_asks_anew() {
    let w = world();
    let plan = complete(&w);
    let c = checked(&w, &plan);
    let signed = sign(&plan, &c, "A", Role::Practitioner, Timestamp::UNIX_EPOCH).unwrap();
    let mut next = signed.next_version(&w.knowledge.safety.fact);
    assert_eq!((next.version, next.follows, &next.signature), (2, Some(1), &None));
    assert!(next.answers.get("pregnant").is_none() && next.answers.get("open-fontanelle").is_some());
    next.answers = signed.answers.clone();
    assert_eq!(difference(&signed, &next), []);
    let removed = next.needles.remove(0);
    next.needles[0].retention_min = Some(Minutes::new(60.0).unwrap());
    let key = SiteKey { code: "GV20".to_owned(), part: None, side: Side::Midline };
    next.push(PlannedNeedle::at(key.clone(), "who2008", Region::Head));
    assert_eq!(next.needles[1].id, "n1", "a free name is used again");
    let changes = difference(&signed, &next);
    assert_eq!(changes.len(), 3, "{changes:#?}");
    assert!(changes.contains(&Change::Added { needle: key }));
    assert!(changes.contains(&Change::Removed { needle: removed.key() }));
    assert!(
        changes.iter().any(|c| matches!(c, Change::Changed { field, before: Some(b), after: Some(a), .. }
        if field == "retention_min" && b == 30.0 && a == 60.0))
    );
}

#[test]
fn a_site_over_missing_bone_is_refused_there_and_only_there() {
    let w = world();
    let plan = complete(&w);
    let place = Place {
        frame: Frame::Head,
        start_mm: [40.0, 0.0, 80.0],
        end_mm: Some([60.0, 10.0, 60.0]),
        sd_mm: 4.0,
        sd_least_mm: None,
        sd_about: None,
        tape: String::new(),
        tape_zh: None,
        reading: None,
        variant: None,
        mark: baihui_atlas::language::Mark::Seen,
        beneath: Vec::new(),
    };
    let with = |key: SiteKey, distance_mm: Option<f64>| {
        let near =
            vec![Nearness { region: "skull-defect".to_owned(), distance_mm, sd_mm: 4.0, reach_mm: 0.0 }];
        let on_head = OnPerson { place: Some(place.clone()), refused: None, near };
        check(&plan, &w.knowledge, &w.atlas, &[(key, on_head)].into())
    };
    let key = plan.needles[0].key();
    let c = with(key.clone(), Some(0.0));
    assert_eq!(c.blocks, [Block::Stop { rule: "skull-defect".to_owned(), sites: vec![key.to_string()] }]);
    assert!(
        matches!(&with(key.clone(), Some(7.8)).blocks[..], [Block::Decide { rule, .. }] if rule == "skull-defect-near")
    );
    assert!(with(key.clone(), Some(7.9)).blocks.is_empty());
    assert!(with(key.clone(), None).blocks.iter().all(|b| matches!(b, Block::Answer { .. })));
    assert!(with(SiteKey { side: Side::Left, ..key }, Some(0.0)).blocks.is_empty());
    // A needle that starts at a point reaches as far as it is long under the skin; one along a line does not.
    let reach = |end_mm| {
        let mut needle = plan.needles[0].clone();
        needle.spec.inserted_mm = Some(NeedleMm::new(25.0).unwrap());
        let on_head = OnPerson {
            place: Some(Place { end_mm, ..place.clone() }),
            refused: None,
            near: vec![Nearness {
                region: "shunt".to_owned(),
                distance_mm: Some(20.0),
                sd_mm: 1.0,
                reach_mm: 0.0,
            }],
        };
        needle.facts(&[(needle.key(), on_head)].into()).near[0].reach_mm
    };
    assert_eq!((reach(None), reach(Some([0.0; 3]))), (25.0, 0.0));
}

/// Lesion, deficit, rule: which sides are needled, written out by hand and not by mirroring.
fn expected(
    rule: SideRule,
    lesion: Option<Laterality>,
    deficit: Option<Laterality>,
) -> Result<Vec<Side>, ()> {
    use Laterality as L;
    let (l, r, b) = (vec![Side::Left], vec![Side::Right], vec![Side::Left, Side::Right]);
    Ok(match (rule, lesion, deficit) {
        (SideRule::Bilateral, _, _) => b,
        (SideRule::Contralateral, _, Some(L::Left)) | (SideRule::Ipsilateral, _, Some(L::Right)) => r,
        (SideRule::Contralateral, _, Some(L::Right)) | (SideRule::Ipsilateral, _, Some(L::Left)) => l,
        (SideRule::Contralateral | SideRule::Ipsilateral, _, Some(L::Bilateral)) => b,
        (SideRule::LesionSide, Some(L::Left), _) => l,
        (SideRule::LesionSide, Some(L::Right), _) => r,
        (SideRule::LesionSide, Some(L::Bilateral), _) => b,
        _ => return Err(()),
    })
}

fn mirrored(head: &Head) -> Head {
    let vertices = head.skin.vertices().iter().map(|v| glam::DVec3::new(-v.x, v.y, v.z)).collect();
    let faces = head.skin.faces().iter().map(|&[a, b, c]| [a, c, b]).collect();
    let mut landmarks = Landmarks::new();
    for (name, side, l) in head.landmarks.iter() {
        let mut l = l.clone();
        l.position = Point::ras(-l.position.mm.x, l.position.mm.y, l.position.mm.z);
        landmarks.insert(name, side.mirrored(), l);
    }
    Head { skin: Surface::new(vertices, faces).unwrap(), ears: None, brain: None, landmarks, ..head.clone() }
}

/// No needle of any protocol of any condition lies on the wrong side, on a head and on its mirror image.
#[test]
fn no_needle_is_on_the_wrong_side() {
    use Laterality as L;
    let w = world();
    let names = Names::of(&w.atlas);
    let codes: std::collections::BTreeSet<&str> = w
        .knowledge
        .conditions
        .values()
        .flat_map(|c| &c.protocol)
        .flat_map(|p| &p.site)
        .map(|s| s.code.as_str())
        .collect();
    let items: Vec<usize> = codes.iter().filter_map(|c| w.atlas.find(c)).collect();
    let head = template::template();
    let heads = [head.clone(), mirrored(&head)].map(|h| {
        let mut r = Locate { items: items.clone(), ..Locate::default() };
        // The spread is not looked at here: as few draws as there can be.
        r.draws.method = baihui_atlas::uncertainty::Method::MonteCarlo { draws: 2, seed: 1 };
        locate::locate(&w.atlas, &names, &h, &r).unwrap()
    });
    let x_of = |location: &Location, code: &str, side: Side| -> Option<f64> {
        let item = location
            .items
            .iter()
            .find(|i| i.code == code && i.side.to_string() == format!("{side:?}").to_lowercase())?;
        let points = item.path_mm.clone().unwrap_or_else(|| item.position_mm.into_iter().collect());
        Some(points.iter().map(|p| p[0]).sum::<f64>() / points.len() as f64)
    };
    let (mut cases, mut needles) = (0, 0);
    let known = [None, Some(L::Left), Some(L::Right), Some(L::Bilateral)];
    for entry in w.knowledge.conditions.values() {
        for lesion in known {
            for deficit in known {
                let r = request(&entry.condition.id, lesion, deficit);
                let Ok(all) = candidates(&w.knowledge, &w.atlas, &r, &Geometry::new()) else {
                    assert!(lesion.is_none() && deficit.is_none(), "only without any side");
                    continue;
                };
                cases += 1;
                for (protocol, candidate) in entry.protocol.iter().zip(&all.candidates) {
                    for site in &protocol.site {
                        let got: Vec<Option<Side>> = candidate
                            .sites
                            .iter()
                            .filter(|s| s.code == site.code && s.part == site.part && s.rule == site.side)
                            .map(|s| s.side)
                            .collect();
                        let paired = w.knowledge.where_is(&w.atlas, &site.code).unwrap().1;
                        let right = match paired {
                            Sides::Midline => vec![Some(Side::Midline)],
                            Sides::Bilateral => expected(site.side, lesion, deficit)
                                .map_or_else(|()| vec![None], |s| s.into_iter().map(Some).collect()),
                        };
                        let about = format!(
                            "{}/{}/{}: lesion {lesion:?}, deficit {deficit:?}",
                            entry.condition.id, protocol.id, site.code
                        );
                        assert_eq!(got, right, "{about}");
                        for side in got.into_iter().flatten() {
                            for location in &heads {
                                let Some(x) = x_of(location, &site.code, side) else { continue };
                                needles += 1;
                                let good = match side {
                                    Side::Left => x < 0.0,
                                    Side::Right => x > 0.0,
                                    Side::Midline => x.abs() < 5.0,
                                };
                                assert!(good, "{about}: x = {x} on the side {side:?}");
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(cases >= 200, "{cases}");
    assert!(needles > 2000, "{needles}");
}

#[test]
fn a_side_that_cannot_be_known_is_an_error_and_no_guess() {
    let (left, mid) = (Some(DeficitSide(Laterality::Left)), Some(DeficitSide(Laterality::Midline)));
    let both = Sides::Bilateral;
    assert_eq!(SideRule::Contralateral.resolve(both, None, None), Err(SideError::DeficitUnknown));
    assert_eq!(
        SideRule::Ipsilateral.resolve(both, Some(LesionSide(Laterality::Left)), None),
        Err(SideError::DeficitUnknown)
    );
    assert_eq!(SideRule::LesionSide.resolve(both, None, left), Err(SideError::LesionUnknown));
    assert_eq!(SideRule::Contralateral.resolve(both, None, mid), Err(SideError::DeficitUnknown));
    assert_eq!(SideRule::Midline.resolve(both, None, left), Err(SideError::NotOnMidline));
    assert_eq!(SideRule::Contralateral.resolve(Sides::Midline, None, None), Ok(vec![Side::Midline]));
}

/// Current between two arms, or an arm and a leg, runs through the chest; along one limb, or between the legs, it does not.
#[test]
fn a_current_through_the_chest_is_a_decision() {
    let w = world();
    let with = |a: (&str, Side), b: (&str, Side)| -> Vec<Vec<String>> {
        let mut plan = complete(&w);
        plan.needles.clear();
        for (i, (code, side)) in [a, b].into_iter().enumerate() {
            let key = SiteKey { code: code.to_owned(), part: None, side };
            let mut n = PlannedNeedle::at(key, "body", Region::Body);
            n.id = format!("n{}", i + 1);
            let other = format!("n{}", 2 - i);
            n.stimulation = Some(Stimulation {
                manual: None,
                electro: Some(Current {
                    current: Electro {
                        wave: Wave::Continuous,
                        hz: None,
                        second_hz: None,
                        milliampere: None,
                        high_current_confirmed: false,
                        minutes: None,
                    },
                    with: Some(other),
                }),
            });
            plan.needles.push(n);
        }
        let found = check(&plan, &w.knowledge, &w.atlas, &Geometry::new());
        found.findings.iter().filter(|f| f.rule == "electrodes-across").map(|f| f.sites.clone()).collect()
    };
    let (l, r) = (Side::Left, Side::Right);
    assert_eq!(with(("PC6", l), ("PC6", r)), [["PC6 left", "PC6 right"]]);
    assert_eq!(with(("LI11", l), ("ST36", l)).len(), 1);
    assert!(with(("LI11", l), ("LI4", l)).is_empty());
    assert!(with(("ST36", l), ("ST36", r)).is_empty());
    assert!(with(("BL23", l), ("BL25", l)).is_empty());
}
