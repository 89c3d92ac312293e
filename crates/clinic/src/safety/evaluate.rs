//! Working the rules out for a patient and a list of needles.
//!
//! Three truth values after Kleene (Introduction to Metamathematics, 1952, § 64): *unknown* spreads unless the
//! rest decides. So a question that was never asked cannot pass for a no.

use std::collections::BTreeSet;

use baihui_atlas::language::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    answers::{Answers, FactValue},
    language::{Bounds, Crossing, Level, NeedleTest, Rule, SafetyRules, When},
};
use crate::{side::Side, technique::Region};

/// What the rules look at in a needle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedleFacts {
    /// Identifier of the needle in its plan.
    pub id: String,
    /// Code of the site.
    pub site: String,
    /// Part of the site.
    #[serde(default)]
    pub part: Option<String>,
    /// The patient's side.
    pub side: Side,
    /// Head or body.
    pub region: Region,
    /// Depth of the tip below the skin, mm.
    #[serde(default)]
    pub depth_mm: Option<f64>,
    /// The same in the patient's own cun.
    #[serde(default)]
    pub depth_cun: Option<f64>,
    /// Diameter, mm.
    #[serde(default)]
    pub diameter_mm: Option<f64>,
    /// Angle to the skin, degrees.
    #[serde(default)]
    pub angle_deg: Option<f64>,
    /// With electricity.
    #[serde(default)]
    pub electro: bool,
    /// Current, mA.
    #[serde(default)]
    pub current_ma: Option<f64>,
    /// Time of electricity, minutes.
    #[serde(default)]
    pub electro_min: Option<f64>,
    /// Stays in the body.
    #[serde(default)]
    pub embedded: bool,
    /// Points toward the top of the head.
    #[serde(default)]
    pub upward: Option<bool>,
    /// Distances to the regions marked on the patient's skin, as geometry gives them.
    #[serde(default)]
    pub near: Vec<Nearness>,
}

/// How near a located zone comes to a region marked on the patient's skin. Worked out by geometry, stored here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nearness {
    /// Kind of region: `skull-defect`, `shunt`, ...
    pub region: String,
    /// Least distance from the zone to the region, mm; zero where it crosses or touches. `None`: the region or
    /// the zone has no known place, so nothing can be said.
    #[serde(default, alias = "distance-mm")]
    pub distance_mm: Option<f64>,
    /// Standard deviation of the zone's place, mm.
    #[serde(alias = "sd-mm")]
    pub sd_mm: f64,
    /// How far the needle reaches beyond the located place, mm: the length under the skin of a needle that
    /// starts at a point. Zero for one that lies along its zone.
    #[serde(default, alias = "reach-mm")]
    pub reach_mm: f64,
}

/// Two-sided 95 % of the normal distribution: a zone may lie this many standard deviations off.
const SD_OF_95_PERCENT: f64 = 1.959_963_984_540_054;

/// A truth value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    No,
    Unknown,
    Yes,
}

impl From<bool> for Truth {
    fn from(b: bool) -> Self {
        if b { Self::Yes } else { Self::No }
    }
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

/// Whether a rule fires, or cannot be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum State {
    /// It fires.
    Fires,
    /// It cannot be decided before these are known: names of facts, or `depth-mm of n1`.
    Unanswered {
        /// What must be known.
        asks: Vec<String>,
    },
}

/// What a rule says of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SafetyFinding")]
pub struct Finding {
    /// The rule.
    pub rule: String,
    /// What it demands.
    pub level: Level,
    /// Whether it fires.
    #[serde(flatten)]
    pub outcome: State,
    /// Needles that it concerns; empty if it concerns the patient as a whole.
    pub needles: Vec<String>,
    /// Their sites, with the side (`MS6 right`).
    pub sites: Vec<String>,
    /// What is the matter and what to do.
    pub text: String,
    /// Where sources disagree, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputed: Vec<String>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// All findings, `stop` first, then in the order of the rules; what fires before what is unanswered.
pub fn evaluate(rules: &SafetyRules, facts: &Answers, needles: &[NeedleFacts]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for rule in &rules.rule {
        if rule.when.speaks_of_needles() {
            found.extend(on_needles(rules, rule, facts, needles));
        } else {
            let at = At { rules, facts, needle: None };
            let outcome = match at.truth(&rule.when) {
                Truth::No => continue,
                Truth::Yes => State::Fires,
                Truth::Unknown => State::Unanswered { asks: at.asks(&rule.when).into_iter().collect() },
            };
            found.push(finding(rule, outcome, &[]));
        }
    }
    found.sort_by_key(|f| (std::cmp::Reverse(f.level), f.outcome != State::Fires));
    found
}

/// One finding for the needles that fire a rule, one for those that leave it undecided.
fn on_needles(rules: &SafetyRules, rule: &Rule, facts: &Answers, needles: &[NeedleFacts]) -> Vec<Finding> {
    let (mut fire, mut open, mut asks) = (Vec::new(), Vec::new(), BTreeSet::new());
    for needle in needles {
        let at = At { rules, facts, needle: Some(needle) };
        match at.truth(&rule.when) {
            Truth::No => {}
            Truth::Yes => fire.push(needle),
            Truth::Unknown => {
                open.push(needle);
                asks.extend(at.asks(&rule.when));
            }
        }
    }
    let mut out = Vec::new();
    if !fire.is_empty() {
        out.push(finding(rule, State::Fires, &fire));
    }
    if !open.is_empty() {
        out.push(finding(rule, State::Unanswered { asks: asks.into_iter().collect() }, &open));
    }
    out
}

fn finding(rule: &Rule, outcome: State, needles: &[&NeedleFacts]) -> Finding {
    let sites: BTreeSet<String> = needles.iter().map(|n| n.site_and_side()).collect();
    Finding {
        rule: rule.id.clone(),
        level: rule.level,
        outcome,
        needles: needles.iter().map(|n| n.id.clone()).collect(),
        sites: sites.into_iter().collect(),
        text: rule.text.clone(),
        disputed: rule.conflict.iter().map(|c| c.text.clone()).collect(),
        sources: rule.sources.clone(),
    }
}

impl NeedleFacts {
    /// Site and side in words: `MS6 right`, `GV20`.
    pub fn site_and_side(&self) -> String {
        crate::plan::SiteKey { code: self.site.clone(), part: self.part.clone(), side: self.side }.to_string()
    }
}

/// A place where conditions are worked out: the patient, and perhaps a needle.
struct At<'a> {
    rules: &'a SafetyRules,
    facts: &'a Answers,
    needle: Option<&'a NeedleFacts>,
}

impl<'a> At<'a> {
    fn truth(&self, when: &When) -> Truth {
        match when {
            When::All(parts) => parts.iter().map(|p| self.truth(p)).min().unwrap_or(Truth::Yes),
            When::Any(parts) => parts.iter().map(|p| self.truth(p)).max().unwrap_or(Truth::No),
            When::Not(part) => self.truth(part).not(),
            When::Yes(name) => match self.fact(name) {
                Some(FactValue::Flag(b)) => Truth::from(*b),
                _ => Truth::Unknown,
            },
            When::Number(test) => match self.fact(&test.fact) {
                Some(FactValue::Number(n)) => Truth::from(test.bounds().hold(*n)),
                _ => Truth::Unknown,
            },
            When::Choice(test) => match self.fact(&test.fact) {
                Some(FactValue::Choice(c)) => Truth::from(test.any_of.contains(c)),
                _ => Truth::Unknown,
            },
            When::Needle(test) => self.needle.map_or(Truth::No, |n| {
                self.parts(test, n).iter().map(|(t, _)| *t).min().unwrap_or(Truth::Yes)
            }),
        }
    }

    fn fact(&self, name: &str) -> Option<&'a FactValue> {
        self.facts.get(name)
    }

    /// Each part of a test of a needle, with what is missing if it is unknown.
    fn parts(&self, test: &NeedleTest, n: &NeedleFacts) -> Vec<(Truth, &'static str)> {
        let mut out = Vec::new();
        let mut add = |t: Truth, name: &'static str| out.push((t, name));
        if let Some(region) = test.region {
            add(Truth::from(n.region == region), "region");
        }
        if let Some(group) = &test.group {
            let inside = self.rules.group.get(group).is_some_and(|g| g.codes.contains(&n.site));
            add(Truth::from(inside), "site");
        }
        if let Some(electro) = test.electro {
            add(Truth::from(n.electro == electro), "electro");
        }
        if let Some(embedded) = test.embedded {
            add(Truth::from(n.embedded == embedded), "embedded");
        }
        let within = |bounds: &Bounds, value: Option<f64>| {
            value.map_or(Truth::Unknown, |v| Truth::from(bounds.hold(v)))
        };
        let numbers = [
            (&test.depth_mm, n.depth_mm, "depth-mm"),
            (&test.depth_cun, n.depth_cun, "depth-cun"),
            (&test.diameter_mm, n.diameter_mm, "diameter-mm"),
            (&test.angle_deg, n.angle_deg, "angle-deg"),
        ];
        for (bounds, value, name) in numbers {
            if let Some(bounds) = bounds {
                add(within(bounds, value), name);
            }
        }
        // Without electricity its current and time are not missing, they do not exist.
        for (bounds, value, name) in [
            (&test.current_ma, n.current_ma, "current-ma"),
            (&test.electro_min, n.electro_min, "electro-min"),
        ] {
            if let Some(bounds) = bounds {
                add(if n.electro { within(bounds, value) } else { Truth::No }, name);
            }
        }
        if let Some(upward) = test.upward {
            add(n.upward.map_or(Truth::Unknown, |u| Truth::from(u == upward)), "direction");
        }
        if let Some(meets) = &test.meets {
            let near = n.near.iter().filter(|r| r.region == meets.region);
            let t = near.map(|r| r.crossing(meets.how)).max().unwrap_or(Truth::No);
            add(t, "distance to the region");
        }
        out
    }

    /// What would have to be known to decide a condition that is unknown.
    fn asks(&self, when: &When) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        if self.truth(when) != Truth::Unknown {
            return out;
        }
        match when {
            When::All(parts) | When::Any(parts) => {
                for part in parts {
                    out.extend(self.asks(part));
                }
            }
            When::Not(part) => out.extend(self.asks(part)),
            When::Yes(name) => {
                out.insert(name.clone());
            }
            When::Number(test) => {
                out.insert(test.fact.clone());
            }
            When::Choice(test) => {
                out.insert(test.fact.clone());
            }
            When::Needle(test) => {
                if let Some(n) = self.needle {
                    let open = self.parts(test, n).into_iter().filter(|(t, _)| *t == Truth::Unknown);
                    out.extend(open.map(|(_, name)| format!("{name} of {}", n.id)));
                }
            }
        }
        out
    }
}

impl Nearness {
    fn crossing(&self, how: Crossing) -> Truth {
        let Some(distance_mm) = self.distance_mm.filter(|d| d.is_finite()) else { return Truth::Unknown };
        let crosses = distance_mm <= 0.0;
        Truth::from(match how {
            Crossing::Crosses => crosses,
            Crossing::MayCross => !crosses && distance_mm <= self.reach_mm + SD_OF_95_PERCENT * self.sd_mm,
        })
    }
}
