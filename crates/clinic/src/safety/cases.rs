//! `atlas/safety-cases.toml`: for every rule one case that fires it and one near miss that does not.
//!
//! A case starts from a healthy adult with every question answered with no and one ordinary needle. `fires`
//! changes that until the rule fires; `near-miss` changes as little as it can of *that*, so that it does not.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    answers::{Answers, FactKind, FactValue},
    evaluate::{Nearness, NeedleFacts, State, evaluate},
    language::SafetyRules,
};
use crate::{side::Side, technique::Region};

/// `atlas/safety-cases.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CaseFile {
    /// Cases by the ids of the rules.
    #[serde(default)]
    pub case: BTreeMap<String, Pair>,
}

/// A case that fires a rule, and a near miss.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pair {
    /// Fires it.
    pub fires: Changes,
    /// The same with these changes does not.
    pub near_miss: Changes,
}

/// Changes of a case.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Changes {
    /// Answers.
    #[serde(default)]
    pub facts: Answers,
    /// The needle.
    #[serde(default)]
    pub needle: NeedleChanges,
}

/// Changes of the needle of a case.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields are those of NeedleFacts")]
pub struct NeedleChanges {
    pub site: Option<String>,
    pub region: Option<Region>,
    pub depth_mm: Option<f64>,
    pub depth_cun: Option<f64>,
    pub diameter_mm: Option<f64>,
    pub angle_deg: Option<f64>,
    pub electro: Option<bool>,
    pub current_ma: Option<f64>,
    pub electro_min: Option<f64>,
    pub embedded: Option<bool>,
    pub upward: Option<bool>,
    pub near: Option<Vec<Nearness>>,
}

/// Patient and needle of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The patient.
    pub facts: Answers,
    /// The needle.
    pub needle: NeedleFacts,
}

/// The start of every case: all flags no, all numbers an unremarkable adult's, all choices the first word.
pub fn ordinary(rules: &SafetyRules) -> Scene {
    let mut facts = Answers::default();
    for (name, question) in &rules.fact {
        let value = match &question.kind {
            FactKind::Flag => FactValue::Flag(false),
            // A number large enough for an age in months and for a time since an event.
            FactKind::Number { .. } => FactValue::Number(600.0),
            FactKind::Choice { options } => FactValue::Choice(options.first().cloned().unwrap_or_default()),
        };
        facts.set(name, value);
    }
    let needle = NeedleFacts {
        id: "n1".to_owned(),
        site: "MS6".to_owned(),
        part: None,
        side: Side::Left,
        region: Region::Head,
        depth_mm: Some(5.0),
        depth_cun: Some(0.3),
        diameter_mm: Some(0.25),
        angle_deg: Some(15.0),
        electro: false,
        current_ma: None,
        electro_min: None,
        embedded: false,
        upward: Some(false),
        near: Vec::new(),
    };
    Scene { facts, needle }
}

impl Changes {
    /// The scene with these changes.
    #[must_use]
    pub fn on(&self, mut scene: Scene) -> Scene {
        scene.facts.0.extend(self.facts.0.clone());
        let (c, n) = (&self.needle, &mut scene.needle);
        if let Some(site) = &c.site {
            n.site.clone_from(site);
        }
        n.region = c.region.unwrap_or(n.region);
        n.depth_mm = c.depth_mm.or(n.depth_mm);
        n.depth_cun = c.depth_cun.or(n.depth_cun);
        n.diameter_mm = c.diameter_mm.or(n.diameter_mm);
        n.angle_deg = c.angle_deg.or(n.angle_deg);
        n.electro = c.electro.unwrap_or(n.electro);
        n.current_ma = c.current_ma.or(n.current_ma);
        n.electro_min = c.electro_min.or(n.electro_min);
        n.embedded = c.embedded.unwrap_or(n.embedded);
        n.upward = c.upward.or(n.upward);
        if let Some(near) = &c.near {
            n.near.clone_from(near);
        }
        scene
    }

    /// How many things it changes.
    pub fn size(&self) -> usize {
        let c = &self.needle;
        let set = [
            c.site.is_some(),
            c.region.is_some(),
            c.depth_mm.is_some(),
            c.depth_cun.is_some(),
            c.diameter_mm.is_some(),
            c.angle_deg.is_some(),
            c.electro.is_some(),
            c.current_ma.is_some(),
            c.electro_min.is_some(),
            c.embedded.is_some(),
            c.upward.is_some(),
            c.near.is_some(),
        ];
        self.facts.0.len() + set.into_iter().filter(|s| *s).count()
    }
}

/// What is wrong with the cases of the rules: the id of a rule or case, and a sentence.
pub fn faults(rules: &SafetyRules, cases: &CaseFile) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for rule in &rules.rule {
        let Some(pair) = cases.case.get(&rule.id) else {
            out.push((rule.id.clone(), "the rule has no case that fires it and no near miss".to_owned()));
            continue;
        };
        for changes in [&pair.fires, &pair.near_miss] {
            if let Err(e) = changes.facts.check(&rules.fact) {
                out.push((rule.id.clone(), e.to_string()));
            }
        }
        let fires = pair.fires.on(ordinary(rules));
        let near = pair.near_miss.on(fires.clone());
        if outcome(rules, &rule.id, &ordinary(rules)).is_some() {
            out.push((rule.id.clone(), "the rule speaks about an ordinary patient and needle".to_owned()));
        }
        match outcome(rules, &rule.id, &fires) {
            Some(State::Fires) => {}
            Some(State::Unanswered { asks }) => {
                out.push((rule.id.clone(), format!("its case leaves open: {}", asks.join(", "))));
            }
            None => out.push((rule.id.clone(), "its case does not fire it".to_owned())),
        }
        if let Some(state) = outcome(rules, &rule.id, &near) {
            let how = if state == State::Fires { "fires it" } else { "leaves it open" };
            out.push((rule.id.clone(), format!("its near miss {how}")));
        }
        if pair.near_miss.size() != 1 {
            let n = pair.near_miss.size();
            out.push((rule.id.clone(), format!("a near miss changes one thing; this one changes {n}")));
        }
    }
    for id in cases.case.keys().filter(|id| !rules.rule.iter().any(|r| r.id == **id)) {
        out.push((id.clone(), "the case belongs to no rule".to_owned()));
    }
    out
}

fn outcome(rules: &SafetyRules, rule: &str, scene: &Scene) -> Option<State> {
    let needles = std::slice::from_ref(&scene.needle);
    evaluate(rules, &scene.facts, needles).into_iter().find(|f| f.rule == rule).map(|f| f.outcome)
}
