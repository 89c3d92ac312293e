//! The rule language of `atlas/safety.toml`.
//!
//! A rule has a `when`: conditions on the patient's facts and on a needle, joined by `all`, `any` and `not`.
//! Conditions on a needle are tried on every needle of the plan.

use std::collections::BTreeMap;

use baihui_atlas::language::{Fact, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::FactQuestion;
use crate::technique::Region;

/// `atlas/safety.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SafetyRules {
    /// What is asked of or about the patient.
    #[serde(default)]
    pub fact: BTreeMap<String, FactQuestion>,
    /// Sites with something in common.
    #[serde(default)]
    pub group: BTreeMap<String, Group>,
    /// The rules.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// Adverse events that are recorded.
    #[serde(default)]
    pub adverse_event: Vec<AdverseEvent>,
}

/// Sites with something in common.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Group {
    /// What they have in common.
    pub about: String,
    /// Codes of points and zones.
    pub codes: Vec<String>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// An adverse event of the list.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdverseEvent {
    /// Short identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Code in the Global Patient Set of SNOMED CT, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snomed_gps: Option<String>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// What a rule demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "SafetyLevel")]
pub enum Level {
    /// Shown.
    Caution,
    /// A practitioner decides, with a written reason.
    Decide,
    /// Not done. Nobody can override it.
    Stop,
}

/// A rule of safety.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// Short identifier.
    pub id: String,
    /// What it demands.
    pub level: Level,
    /// What is the matter and what to do, in our words.
    pub text: String,
    /// When it fires.
    pub when: When,
    /// Where sources disagree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflict: Vec<Fact>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// When a rule fires.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum When {
    /// All of these.
    All(Vec<When>),
    /// At least one of these.
    Any(Vec<When>),
    /// Not this.
    Not(Box<When>),
    /// The fact of this name was answered with yes.
    Yes(String),
    /// A number about the patient.
    Number(NumberTest),
    /// One of several words about the patient.
    Choice(ChoiceTest),
    /// Something about one needle; every stated part must hold for the same needle.
    Needle(Box<NeedleTest>),
}

/// A test of a number about the patient.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NumberTest {
    /// The fact.
    pub fact: String,
    /// Less than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// More than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// This or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
}

impl SafetyRules {
    /// The questions in the order in which the rules ask them; those of no rule last.
    pub fn questions(&self) -> Vec<(&str, &FactQuestion)> {
        let mut names: Vec<&str> = Vec::new();
        for rule in &self.rule {
            rule.when.each(&mut |when| {
                let name = match when {
                    When::Yes(name) => name,
                    When::Number(test) => &test.fact,
                    When::Choice(test) => &test.fact,
                    _ => return,
                };
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            });
        }
        let rest = self.fact.keys().map(String::as_str).filter(|n| !names.contains(n));
        let rest: Vec<&str> = rest.collect();
        let all = names.into_iter().chain(rest);
        all.filter_map(|name| Some((name, self.fact.get(name)?))).collect()
    }
}

impl NumberTest {
    /// Its bounds.
    pub fn bounds(&self) -> Bounds {
        Bounds { below: self.below, above: self.above, at_least: self.at_least }
    }
}

/// A test of a word about the patient.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChoiceTest {
    /// The fact.
    pub fact: String,
    /// The words that count.
    pub any_of: Vec<String>,
}

/// Bounds of a number; all that are given must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bounds {
    /// Less than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// More than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// This or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
}

/// A test of one needle.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NeedleTest {
    /// In the head or in the rest of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// At a site of this group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// With (or without) electricity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electro: Option<bool>,
    /// Left in the body for good, or implanted (thread, pellet, press needle under the skin).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<bool>,
    /// Depth of the tip below the skin, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth_mm: Option<Bounds>,
    /// Depth in the patient's own cun of that stretch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth_cun: Option<Bounds>,
    /// Diameter of the needle, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diameter_mm: Option<Bounds>,
    /// Angle to the skin, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub angle_deg: Option<Bounds>,
    /// Current, mA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_ma: Option<Bounds>,
    /// Time of electricity, minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electro_min: Option<Bounds>,
    /// Direction is toward the top of the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upward: Option<bool>,
    /// Meets a region marked on this patient's skin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meets: Option<Meets>,
}

/// A needle's way against regions marked on the patient's skin.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Meets {
    /// Kind of region: `skull-defect`, `shunt`, `infection`, ...
    pub region: String,
    /// How surely.
    pub how: Crossing,
}

/// How surely a zone meets a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Crossing {
    /// The located zone crosses or touches the region.
    Crosses,
    /// It does not, but its own 95 % uncertainty, or the needle's length, leads there.
    MayCross,
}

impl Bounds {
    /// Whether a number lies within.
    pub fn hold(&self, n: f64) -> bool {
        self.below.is_none_or(|b| n < b)
            && self.above.is_none_or(|a| n > a)
            && self.at_least.is_none_or(|a| n >= a)
    }

    /// Whether nothing is demanded.
    pub fn is_empty(&self) -> bool {
        self.below.is_none() && self.above.is_none() && self.at_least.is_none()
    }
}

impl When {
    /// Whether it speaks of needles anywhere.
    pub fn speaks_of_needles(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::speaks_of_needles),
            Self::Not(part) => part.speaks_of_needles(),
            Self::Needle(_) => true,
            Self::Yes(_) | Self::Number(_) | Self::Choice(_) => false,
        }
    }

    /// Calls `f` with every simple condition.
    pub fn each<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|p| p.each(f)),
            Self::Not(part) => part.each(f),
            _ => f(self),
        }
    }
}
