//! Changing a draft field by field.

use baihui_atlas::Atlas;
use baihui_clinic::{
    knowledge::Knowledge,
    plan::{Plan, PlannedNeedle, SiteKey},
    side::Side,
};
use serde_json::Value;

use crate::error::CliError;

/// What is to be changed, as typed.
pub struct Changes {
    /// `account.FIELD=VALUE`, `n1.FIELD=VALUE`, `all.FIELD=VALUE`.
    pub set: Vec<String>,
    /// `SITE` or `SITE:SIDE`.
    pub add: Vec<String>,
    /// Names of needles.
    pub remove: Vec<String>,
}

/// Changes a draft: removes, adds, then sets.
pub fn apply(
    atlas: &Atlas,
    knowledge: &Knowledge,
    plan: &mut Plan,
    changes: &Changes,
) -> Result<(), CliError> {
    for id in &changes.remove {
        let at = plan.needles.iter().position(|n| n.id == *id).ok_or_else(|| no_needle(plan, id))?;
        plan.needles.remove(at);
    }
    for text in &changes.add {
        plan.push(needle(atlas, knowledge, text)?);
    }
    for text in &changes.set {
        set(plan, text)?;
    }
    Ok(())
}

fn no_needle(plan: &Plan, id: &str) -> CliError {
    let ids: Vec<&str> = plan.needles.iter().map(|n| n.id.as_str()).collect();
    CliError::usage(format!("the plan has no needle \"{id}\""))
        .hint(format!("its needles are: {}", ids.join(", ")))
}

fn needle(atlas: &Atlas, knowledge: &Knowledge, text: &str) -> Result<PlannedNeedle, CliError> {
    let (code, side) = text.split_once(':').map_or((text, None), |(c, s)| (c, Some(s)));
    let (region, _) = knowledge.where_is(atlas, code).ok_or_else(|| {
        CliError::usage(format!("there is no site \"{code}\""))
            .hint("codes are written as in the atlas: MS6, LI4")
    })?;
    let sides = knowledge.sides_of(atlas, code);
    let side = match (side, sides.as_slice()) {
        (None, [one]) => Some(*one),
        (Some("left"), _) => Some(Side::Left),
        (Some("right"), _) => Some(Side::Right),
        _ => None,
    };
    let side = side.filter(|s| sides.contains(s)).ok_or_else(|| {
        let words: Vec<String> = sides.iter().map(|s| format!("{s:?}").to_lowercase()).collect();
        CliError::usage(format!("{code} needs one of its sides: {}", words.join(", ")))
            .hint(format!("write {code}:left or {code}:right (the patient's)"))
    })?;
    let school = atlas.find(code).map_or("body", |i| atlas.schools[atlas.entries[i].school].id.as_str());
    Ok(PlannedNeedle::at(SiteKey { code: code.to_owned(), part: None, side }, school, region))
}

fn set(plan: &mut Plan, text: &str) -> Result<(), CliError> {
    let wrong = || {
        CliError::usage(format!("\"{text}\" sets nothing"))
            .hint("write account.FIELD=VALUE, n1.FIELD=VALUE or all.FIELD=VALUE")
    };
    let (field, value) = text.split_once('=').ok_or_else(wrong)?;
    let (owner, path) = field.trim().split_once('.').ok_or_else(wrong)?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    if owner == "account" {
        plan.account = with(&plan.account, path, &value)?;
        return Ok(());
    }
    if owner != "all" && plan.needles.iter().all(|n| n.id != owner) {
        return Err(no_needle(plan, owner));
    }
    for n in plan.needles.iter_mut().filter(|n| owner == "all" || n.id == owner) {
        *n = with(n, path, &value)?;
    }
    Ok(())
}

/// A copy with one field set; refused where the result is not of its type.
fn with<T: serde::Serialize + serde::de::DeserializeOwned>(
    thing: &T,
    path: &str,
    value: &Value,
) -> Result<T, CliError> {
    let failed = |e: serde_json::Error| CliError::usage(format!("{path} cannot be {value}: {e}"));
    let mut json = serde_json::to_value(thing).map_err(failed)?;
    let mut at = &mut json;
    for name in path.split('.') {
        if !at.is_object() {
            *at = Value::Object(serde_json::Map::new());
        }
        at = &mut at[name];
    }
    *at = value.clone();
    serde_json::from_value(json).map_err(failed)
}
