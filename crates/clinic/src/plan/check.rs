//! Everything that can be said about a plan before it is signed.

use baihui_atlas::{
    Atlas,
    language::{Mark, Sides, Source},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Geometry, Place, Plan, PlannedNeedle, StrictaItem,
    stricta::{missing, stricta},
};
use crate::{
    knowledge::Knowledge,
    needle::Method,
    quantity::{DiameterMm, Hz, InsertionDeg, Milliampere, Minutes, NeedleMm, PerMinute},
    safety::{Block, Finding, Level, State, blocks, evaluate},
    side::Side,
    technique::Standing,
};

/// Finding of a needle on another side than its rule says.
pub const SIDE_RULE: &str = "side-rule";
/// Finding of a lesion and a deficit that do not lie as the condition has it.
pub const LESION_AND_DEFICIT: &str = "lesion-and-deficit";
/// Finding of an electrode pair that is not one.
pub const ELECTRODE_PAIR: &str = "electrode-pair";
/// Rule about electrodes whose current runs through the chest.
pub const ELECTRODES_ACROSS: &str = "electrodes-across";

/// The check of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Whether a practitioner could sign it now.
    pub signable: bool,
    /// Findings of the rules of safety and of the side rules, the gravest first.
    pub findings: Vec<Finding>,
    /// What stands in the way of signing.
    pub blocks: Vec<Block>,
    /// STRICTA, part by part.
    pub stricta: Vec<StrictaItem>,
    /// What STRICTA misses.
    pub missing: Vec<String>,
    /// Values outside everything that the sources state.
    pub ranges: Vec<RangeRemark>,
    /// Mistakes in the document itself: two needles of one name, answers that do not fit.
    pub faults: Vec<String>,
}

/// A value outside everything that the sources state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RangeRemark {
    /// The needle.
    pub needle: String,
    /// The parameter.
    pub parameter: String,
    /// Its value in the plan.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// What the sources state.
    pub standing: Standing,
}

/// Checks a plan.
pub fn check(plan: &Plan, knowledge: &Knowledge, atlas: &Atlas, geometry: &Geometry) -> Check {
    let needles: Vec<_> = plan.needles.iter().map(|n| n.facts(geometry)).collect();
    let mut findings = evaluate(&knowledge.safety, &plan.answers, &needles);
    findings.extend(side_findings(plan, knowledge, atlas));
    findings.extend(pairs(plan));
    findings.extend(through_the_chest(plan, knowledge));
    findings.sort_by_key(|f| (std::cmp::Reverse(f.level), f.outcome != State::Fires));
    let blocks = blocks(&findings, &plan.decisions);
    let stricta = stricta(plan);
    let missing = missing(&stricta);
    let faults = faults(plan, knowledge, atlas);
    Check {
        signable: blocks.is_empty() && missing.is_empty() && faults.is_empty(),
        findings,
        blocks,
        stricta,
        missing,
        ranges: plan.needles.iter().flat_map(|n| ranges(n, knowledge)).collect(),
        faults,
    }
}

/// A needle on another side than its protocol says, and sides that contradict each other.
fn side_findings(plan: &Plan, knowledge: &Knowledge, atlas: &Atlas) -> Vec<Finding> {
    let mut out = Vec::new();
    let condition = knowledge.condition(&plan.condition);
    for needle in &plan.needles {
        let (Some(rule), Some((_, paired))) =
            (needle.rule, knowledge.where_is(atlas, &needle.spec.site.code))
        else {
            continue;
        };
        let text = match rule.resolve(paired, plan.lesion, plan.deficit) {
            Ok(sides) if sides.contains(&needle.spec.site.side) => continue,
            Ok(sides) => {
                let right: Vec<String> = sides.iter().map(|s| format!("{s:?}").to_lowercase()).collect();
                format!(
                    "{} is planned, but the protocol needles {} ({}).",
                    needle.key(),
                    rule.words(),
                    right.join(" and ")
                )
            }
            Err(e) => format!("{} is planned {}, but {e}.", needle.key(), rule.words()),
        };
        let sources = condition
            .and_then(|c| c.protocol.iter().find(|p| Some(&p.id) == needle.protocol.as_ref()))
            .map(|p| p.sources.clone())
            .unwrap_or_default();
        out.push(own(SIDE_RULE, text, std::slice::from_ref(needle), sources));
    }
    let crossed = condition.and_then(|c| c.condition.crossed.map(|x| (x, c.condition.sources.clone())));
    if let (Some(lesion), Some(deficit), Some((crossed, sources))) = (plan.lesion, plan.deficit, crossed) {
        let expected = if crossed { lesion.0.mirrored() } else { lesion.0 };
        if expected != deficit.0 {
            let where_ = if crossed { "opposite to" } else { "on the side of" };
            let text = format!(
                "The lesion is given as {} and the deficit as {}; here the deficit is expected {where_} the lesion.",
                format!("{:?}", lesion.0).to_lowercase(),
                format!("{:?}", deficit.0).to_lowercase()
            );
            out.push(own(LESION_AND_DEFICIT, text, &[], sources));
        }
    }
    out
}

/// Electrodes come in pairs of two needles of the plan that name each other.
fn pairs(plan: &Plan) -> Vec<Finding> {
    plan.needles
        .iter()
        .filter(|n| n.electro().is_some())
        .filter(|n| {
            let other = n.partner().and_then(|id| plan.needles.iter().find(|o| o.id == id));
            other.is_none_or(|o| o.id == n.id || o.partner() != Some(&n.id))
        })
        .map(|n| {
            let text = format!("{} has electricity, but no other needle that it is paired with.", n.key());
            own(ELECTRODE_PAIR, text, std::slice::from_ref(n), Vec::new())
        })
        .collect()
}

/// Pairs of electrodes whose current runs through the chest: one on an arm, the other not on the same arm. Those over
/// the chest itself have a rule of `safety.toml`.
fn through_the_chest(plan: &Plan, knowledge: &Knowledge) -> Vec<Finding> {
    let on_arm = |n: &PlannedNeedle| {
        let group = knowledge.safety.group.get("arm");
        group.is_some_and(|g| g.codes.contains(&n.spec.site.code))
    };
    let mut out = Vec::new();
    for (i, a) in plan.needles.iter().enumerate().filter(|(_, n)| n.electro().is_some()) {
        let with = |b: &PlannedNeedle| a.partner() == Some(&b.id) || b.partner() == Some(&a.id);
        for b in plan.needles.iter().skip(i + 1).filter(|b| with(b)) {
            let same_arm = on_arm(a) && on_arm(b) && a.spec.site.side == b.spec.site.side;
            if (on_arm(a) || on_arm(b)) && !same_arm {
                let text = format!(
                    "The current between {} and {} runs through the chest, where the heart is: pair needles of one limb.",
                    a.key(),
                    b.key()
                );
                let sources = vec![
                    Source {
                        key: "MEDSCAPE501973".to_owned(),
                        mark: Mark::Excerpt,
                        note: Some("not over the heart".to_owned()),
                    },
                    Source {
                        key: "ATLAS".to_owned(),
                        mark: Mark::Derived,
                        note: Some("which way a current between two limbs runs".to_owned()),
                    },
                ];
                out.push(own(ELECTRODES_ACROSS, text, &[a.clone(), b.clone()], sources));
            }
        }
    }
    out
}

/// A finding of this module; a practitioner may decide otherwise with a reason.
fn own(rule: &str, text: String, needles: &[PlannedNeedle], sources: Vec<Source>) -> Finding {
    Finding {
        rule: rule.to_owned(),
        level: Level::Decide,
        outcome: State::Fires,
        needles: needles.iter().map(|n| n.id.clone()).collect(),
        sites: needles.iter().map(|n| n.key().to_string()).collect(),
        text,
        disputed: Vec::new(),
        sources,
    }
}

/// Values of a needle that no source covers.
fn ranges(n: &PlannedNeedle, knowledge: &Knowledge) -> Vec<RangeRemark> {
    // Turns and lifts are counted alike and stated apart.
    let rate = match n.manual().map(|m| m.manipulation.method) {
        Some(Method::LiftThrust) => "lifts-per-min",
        _ => "turns-per-min",
    };
    let (spec, manual, electro) = (&n.spec, n.manual().map(|m| &m.manipulation), n.electro());
    let mut values = vec![
        ("angle-deg", spec.angle_deg.map(InsertionDeg::get)),
        ("depth-mm", spec.depth_mm.map(NeedleMm::get)),
        ("depth-cun", n.depth_cun),
        ("insertion-mm", spec.inserted_mm.map(NeedleMm::get)),
        ("diameter-mm", spec.diameter_mm.map(DiameterMm::get)),
        ("length-mm", spec.length_mm.map(NeedleMm::get)),
        ("retention-min", n.retention_min.map(Minutes::get)),
        (rate, manual.and_then(|m| m.per_minute).map(PerMinute::get)),
        ("round-min", manual.and_then(|m| m.minutes).map(Minutes::get)),
        ("current-ma", electro.and_then(|e| e.milliampere).map(Milliampere::get)),
        ("electro-min", electro.and_then(|e| e.minutes).map(Minutes::get)),
    ];
    let hz = electro.iter().flat_map(|e| [e.hz, e.second_hz]);
    values.extend(hz.map(|hz| ("hz", hz.map(Hz::get))));
    values
        .into_iter()
        .filter_map(|(parameter, value)| {
            let value = value?;
            let standing = knowledge.techniques.standing(parameter, n.region, &spec.site.code, value);
            let unit =
                knowledge.techniques.parameter.get(parameter).map(|p| p.unit.clone()).unwrap_or_default();
            matches!(standing, Standing::Outside { .. }).then(|| RangeRemark {
                needle: n.id.clone(),
                parameter: parameter.to_owned(),
                value,
                unit,
                standing,
            })
        })
        .collect()
}

/// Mistakes in the document itself.
fn faults(plan: &Plan, knowledge: &Knowledge, atlas: &Atlas) -> Vec<String> {
    let mut out = Vec::new();
    if knowledge.condition(&plan.condition).is_none() {
        out.push(format!("there is no condition \"{}\"", plan.condition));
    }
    if let Err(e) = plan.answers.check(&knowledge.safety.fact) {
        out.push(e.to_string());
    }
    for (i, n) in plan.needles.iter().enumerate() {
        if n.id.trim().is_empty() || plan.needles[..i].iter().any(|o| o.id == n.id) {
            out.push(format!("needle {} of {} needs a name of its own", i + 1, plan.needles.len()));
        }
        if n.depth_cun.is_some_and(|c| !c.is_finite() || c < 0.0) {
            out.push(format!("{}: the depth in cun is not a length", n.id));
        }
        let site = &n.spec.site;
        match knowledge.where_is(atlas, &site.code) {
            None => out.push(format!("{}: there is no site \"{}\"", n.id, site.code)),
            Some((region, paired)) => {
                if region != n.region {
                    out.push(format!("{}: {} is not in the region {:?}", n.id, site.code, n.region));
                }
                if (site.side == Side::Midline) != (paired == Sides::Midline) {
                    out.push(format!(
                        "{}: {} cannot be needled on the side {:?}",
                        n.id, site.code, site.side
                    ));
                }
            }
        }
        if n.place.as_ref().and_then(Place::on_head_mm) != site.position_mm {
            out.push(format!("{}: the position is not that of its place", n.id));
        }
    }
    out
}
