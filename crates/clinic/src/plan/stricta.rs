//! STRICTA 2010 (MacPherson and others, PLoS Med 7(6):e1000261): 6 items with 17 parts, filled from the plan.
//!
//! What can be read off the needles is; what cannot is asked for. A plan is signed only with all of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Plan, PlannedNeedle};

/// One part of STRICTA.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrictaItem {
    /// Number: `1a` to `6b`.
    pub id: String,
    /// What it is about, in our words.
    pub about: String,
    /// What the plan says.
    #[serde(flatten)]
    pub state: StrictaState,
}

/// What a plan says about a part of STRICTA.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum StrictaState {
    /// It is stated.
    Stated {
        /// The statement.
        text: String,
    },
    /// It is missing.
    Missing {
        /// What has to be added, and where.
        what: String,
    },
    /// It does not apply.
    NotApplicable {
        /// Why.
        why: String,
    },
}

/// All 17 parts.
pub fn stricta(plan: &Plan) -> Vec<StrictaItem> {
    let a = &plan.account;
    let text = |field: &str, value: &Option<String>| match value.as_deref().map(str::trim) {
        Some(t) if !t.is_empty() => StrictaState::Stated { text: t.to_owned() },
        _ => StrictaState::Missing { what: format!("account.{field}") },
    };
    let control = |part: fn(&super::Control) -> &str, field: &str| match &a.control {
        None => StrictaState::NotApplicable { why: "care outside a trial has no control group".to_owned() },
        Some(c) => text(field, &Some(part(c).to_owned())),
    };
    let sessions = match a.sessions {
        Some(n) if n > 0 => StrictaState::Stated { text: n.to_string() },
        _ => StrictaState::Missing { what: "account.sessions".to_owned() },
    };
    let item =
        |id: &str, about: &str, state| StrictaItem { id: id.to_owned(), about: about.to_owned(), state };
    vec![
        item("1a", "style of acupuncture", text("style", &a.style)),
        item("1b", "reasoning and its sources", text("reasoning", &a.reasoning)),
        item("1c", "how far treatment varies", text("variation", &a.variation)),
        item("2a", "needles inserted in a session", count(plan)),
        item("2b", "sites, on one side or both", sites(plan)),
        item("2c", "depth, in a unit or by layer", each(plan, "depth_mm or layer", depth)),
        item("2d", "response sought", each(plan, "response", |n| n.response.clone())),
        item("2e", "stimulation", each(plan, "stimulation", stimulation)),
        item(
            "2f",
            "retention",
            each(plan, "retention_min", |n| n.retention_min.map(|t| format!("{} min", t.get()))),
        ),
        item("2g", "type of needle", needle_type(plan)),
        item("3a", "number of sessions", sessions),
        item("3b", "frequency and length of sessions", text("frequency", &a.frequency)),
        item("4a", "other interventions", text("other_interventions", &a.other_interventions)),
        item("4b", "setting, instructions, information", text("setting", &a.setting)),
        item("5", "background of the practitioner", text("practitioner", &a.practitioner)),
        item("6a", "why this control", control(|c| &c.rationale, "control.rationale")),
        item("6b", "what the control is", control(|c| &c.description, "control.description")),
    ]
}

/// What is missing, as `number: field`.
pub fn missing(items: &[StrictaItem]) -> Vec<String> {
    items
        .iter()
        .filter_map(|i| match &i.state {
            StrictaState::Missing { what } => Some(format!("{}: {what}", i.id)),
            _ => None,
        })
        .collect()
}

fn count(plan: &Plan) -> StrictaState {
    match plan.needles.len() {
        0 => StrictaState::Missing { what: "needles".to_owned() },
        n => StrictaState::Stated { text: n.to_string() },
    }
}

fn sites(plan: &Plan) -> StrictaState {
    if plan.needles.is_empty() {
        return StrictaState::Missing { what: "needles".to_owned() };
    }
    let all: Vec<String> = plan.needles.iter().map(|n| n.key().to_string()).collect();
    StrictaState::Stated { text: all.join(", ") }
}

fn depth(n: &PlannedNeedle) -> Option<String> {
    let mm = n.spec.depth_mm.map(|d| format!("{} mm", d.get()));
    let cun = n.depth_cun.map(|c| format!("{c} cun"));
    let layer = n.spec.layer.map(|l| format!("{l:?}"));
    // Cun alone is no length of its own.
    let stated = mm.is_some() || layer.is_some();
    stated.then(|| [mm, cun, layer].into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn stimulation(n: &PlannedNeedle) -> Option<String> {
    let s = n.stimulation.as_ref()?;
    let manual = s.manual.as_ref().map(|m| {
        let parts = [
            Some(format!("{:?}", m.manipulation.method)),
            m.manipulation.per_minute.map(|r| format!("{}/min", r.get())),
            m.manipulation.minutes.map(|t| format!("{} min", t.get())),
            m.rounds.map(|n| format!("{n} rounds")),
        ];
        format!("by hand: {}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    });
    let electro = s.electro.as_ref().map(|e| {
        let e = &e.current;
        let hz: Vec<String> =
            [e.hz, e.second_hz].into_iter().flatten().map(|f| f.get().to_string()).collect();
        let parts = [
            Some(format!("{:?}", e.wave)),
            (!hz.is_empty()).then(|| format!("{} Hz", hz.join("/"))),
            e.milliampere.map(|c| format!("{} mA", c.get())),
            e.minutes.map(|t| format!("{} min", t.get())),
        ];
        format!("electric: {}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    });
    let parts: Vec<String> = [manual, electro].into_iter().flatten().collect();
    Some(if parts.is_empty() { "none".to_owned() } else { parts.join("; ") })
}

fn needle_type(plan: &Plan) -> StrictaState {
    let for_all = plan.account.needle_make.as_deref().map(str::trim).unwrap_or_default();
    let of_needle = |n: &PlannedNeedle| {
        let size = n.spec.diameter_mm.zip(n.spec.length_mm)?;
        let product = n.spec.product.clone().unwrap_or_default();
        let words = [for_all, product.maker.trim(), product.material.trim()];
        let make: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
        (!make.is_empty()).then(|| format!("{} × {} mm, {}", size.0.get(), size.1.get(), make.join(", ")))
    };
    each(plan, "diameter_mm, length_mm and maker or material", of_needle)
}

/// A property that every needle must state; equal statements are written once.
fn each(plan: &Plan, field: &str, of: impl Fn(&PlannedNeedle) -> Option<String>) -> StrictaState {
    if plan.needles.is_empty() {
        return StrictaState::Missing { what: "needles".to_owned() };
    }
    let stated = |n: &PlannedNeedle| of(n).filter(|t| !t.trim().is_empty());
    let lacking: Vec<&str> =
        plan.needles.iter().filter(|n| stated(n).is_none()).map(|n| n.id.as_str()).collect();
    if !lacking.is_empty() {
        return StrictaState::Missing { what: format!("{field} of {}", lacking.join(", ")) };
    }
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for n in &plan.needles {
        let text = stated(n).unwrap_or_default();
        match groups.iter_mut().find(|(t, _)| *t == text) {
            Some((_, ids)) => ids.push(&n.id),
            None => groups.push((text, vec![&n.id])),
        }
    }
    let text = match groups.as_slice() {
        [(text, _)] => text.clone(),
        several => {
            several.iter().map(|(t, ids)| format!("{}: {t}", ids.join(", "))).collect::<Vec<_>>().join("; ")
        }
    };
    StrictaState::Stated { text }
}
