//! Zones against the cortex: sides, sums, the rule of the verdicts.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::OnceLock;

use baihui_atlas::{
    Atlas, Names, Request,
    beneath::{ZoneBeneath, zones},
    built_in,
    claims::{Judge, Rule, Verdict},
};
use baihui_head::{
    Head, Side,
    cortex::{Beneath, Sampling},
    template::template,
};

fn atlas() -> &'static Atlas {
    static ATLAS: OnceLock<Atlas> = OnceLock::new();
    ATLAS.get_or_init(|| built_in::atlas(&[]).unwrap())
}

fn head() -> &'static Head {
    static HEAD: OnceLock<Head> = OnceLock::new();
    HEAD.get_or_init(template)
}

fn beneath(codes: &[&str]) -> Vec<ZoneBeneath> {
    let atlas = atlas();
    let items = codes.iter().map(|c| atlas.find(c).unwrap()).collect();
    let request = Request { items, ..Request::default() };
    zones(atlas, &Names::of(atlas), head(), &request, &Sampling::default()).unwrap().0
}

#[test]
fn probabilities_add_up_and_the_hemisphere_is_the_zones() {
    for z in beneath(&["MS6", "MS7", "JIAO-motor", "GB8", "GB18"]) {
        let whole = z.whole.as_ref().unwrap();
        for f in std::iter::once(whole).chain(z.parts.iter().map(|p| &p.finding)) {
            for m in &f.methods {
                let sum: f64 = m.regions.iter().map(|s| s.probability).sum();
                assert!((sum - 1.0).abs() < 1e-9, "{} {}", z.zone.code, m.method.name());
                let areas: f64 = m.areas.iter().map(|a| a.1).sum();
                assert!((areas - 1.0).abs() < 1e-9);
                assert!((5.0..45.0).contains(&m.depth_mm), "{} {}", z.zone.code, m.depth_mm);
            }
            let nominal: f64 = f.nominal.iter().map(|s| s.probability).sum();
            assert!((nominal - 1.0).abs() < 1e-9);
        }
        // The lower parts are far from the midline: the other hemisphere is out of reach.
        if let Some(last) = z.parts.last() {
            let other = last.finding.probability(|r| r.side == z.zone.side.mirrored());
            assert!(other.iter().all(|p| *p < 0.01), "{} {}: {other:?}", z.zone.code, z.zone.side);
        }
    }
}

#[test]
fn the_motor_lines_lie_about_the_central_sulcus() {
    for z in beneath(&["JIAO-motor", "JIAO-sensory"]) {
        let f = z.whole.as_ref().unwrap();
        let p = f.probability(|r| {
            r.side == z.zone.side
                && [
                    "Precentral",
                    "Postcentral",
                    "Frontal_Mid",
                    "Frontal_Sup",
                    "Parietal_Inf",
                    "Paracentral_Lobule",
                    "Supp_Motor_Area",
                    "Rolandic_Oper",
                    "SupraMarginal",
                    "Frontal_Inf_Oper",
                    "Parietal_Sup",
                    "Temporal_Sup",
                    "Temporal_Mid",
                    "Temporal_Pole_Sup",
                    "Frontal_Inf_Tri",
                ]
                .contains(&r.key.as_str())
        });
        assert!(p.iter().all(|p| *p > 0.7), "{} {}: {p:?}", z.zone.code, z.zone.side);
    }
}

#[test]
fn verdicts_follow_the_rule() {
    let zones = beneath(&["MS6", "MS13", "MS5", "MS1"]);
    let beneath = Beneath::new(head()).unwrap();
    let sampling = Sampling::default();
    let of = |rule: Rule| {
        let mut judge = Judge::new(&beneath, sampling, rule);
        zones.iter().flat_map(|z| judge.judge(z)).filter(|j| j.part.is_empty()).collect::<Vec<_>>()
    };
    let usual = of(Rule::default());
    // MS1 claims no cortex at all; MS5 claims a limb, but names no region.
    assert!(usual.iter().all(|j| j.code != "MS1"));
    let ms5 = usual.iter().find(|j| j.code == "MS5").unwrap();
    assert_eq!(ms5.verdict, Verdict::CannotBeJudged);
    assert!(ms5.reason.contains("names no region"));
    for j in usual.iter().filter(|j| !j.regions.is_empty()) {
        assert!(j.mean() <= j.ceiling + 0.1, "{} beats the best place: {} > {}", j.code, j.mean(), j.ceiling);
        assert!(j.ceiling > 0.25 && j.ceiling <= 1.0, "{}: {}", j.code, j.ceiling);
    }
    // A rule that asks for nothing is always met, one that asks for more than all never.
    let lax = of(Rule { holds: 0.0, fails: -1.0, reach: 0.0 });
    assert!(lax.iter().filter(|j| !j.regions.is_empty()).all(|j| j.verdict == Verdict::Holds));
    let hard = of(Rule { holds: 9.0, fails: 8.0, reach: 0.0 });
    assert!(hard.iter().filter(|j| !j.regions.is_empty()).all(|j| j.verdict == Verdict::DoesNotHold));
    assert!(usual.iter().any(|j| j.side == Side::Left) && usual.iter().any(|j| j.side == Side::Right));
}
