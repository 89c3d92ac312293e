//! What changed between two versions of a plan.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Plan, PlannedNeedle, SiteKey};

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Change {
    /// A needle that was not there.
    Added {
        /// Its site.
        needle: SiteKey,
    },
    /// A needle that is no longer there.
    Removed {
        /// Its site.
        needle: SiteKey,
    },
    /// Something about a needle, or about the plan.
    Changed {
        /// The needle; none for the plan as a whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needle: Option<SiteKey>,
        /// The field, with dots: `stimulation.manual.rounds`.
        field: String,
        /// Before; none if it was not stated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Value>,
        /// After.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Value>,
    },
}

/// What changed from one plan to another: the plan as a whole, then the needles by site.
///
/// Needles are matched by site, part and side, not by name. Version, signature and decisions are not compared.
pub fn difference(before: &Plan, after: &Plan) -> Vec<Change> {
    let mut out = fields(None, &outline(before), &outline(after));
    let by_key = |p: &Plan| -> BTreeMap<SiteKey, Vec<PlannedNeedle>> {
        let mut map: BTreeMap<SiteKey, Vec<PlannedNeedle>> = BTreeMap::new();
        for n in &p.needles {
            map.entry(n.key()).or_default().push(n.clone());
        }
        map
    };
    let (old, new) = (by_key(before), by_key(after));
    let keys: BTreeSet<&SiteKey> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let (a, b) =
            (old.get(key).map_or(&[][..], Vec::as_slice), new.get(key).map_or(&[][..], Vec::as_slice));
        for (x, y) in a.iter().zip(b) {
            out.extend(fields(Some(key), &needle(x), &needle(y)));
        }
        for _ in b.len()..a.len() {
            out.push(Change::Removed { needle: key.clone() });
        }
        for _ in a.len()..b.len() {
            out.push(Change::Added { needle: key.clone() });
        }
    }
    out
}

/// The plan without what is compared needle by needle or not at all.
fn outline(plan: &Plan) -> Value {
    let mut value = serde_json::to_value(plan).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        for field in ["id", "version", "follows", "needles", "decisions", "signature"] {
            map.remove(field);
        }
    }
    value
}

/// A needle without its name.
fn needle(n: &PlannedNeedle) -> Value {
    let mut value = serde_json::to_value(n).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.remove("id");
    }
    value
}

fn fields(needle: Option<&SiteKey>, before: &Value, after: &Value) -> Vec<Change> {
    let (mut a, mut b) = (BTreeMap::new(), BTreeMap::new());
    flatten("", before, &mut a);
    flatten("", after, &mut b);
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    names
        .into_iter()
        .filter(|name| a.get(*name) != b.get(*name))
        .map(|name| Change::Changed {
            needle: needle.cloned(),
            field: name.clone(),
            before: a.get(name).cloned(),
            after: b.get(name).cloned(),
        })
        .collect()
}

/// Every value that is no object, by its path.
fn flatten(path: &str, value: &Value, out: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) => {
            for (name, v) in map {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, v, out);
            }
        }
        other => {
            out.insert(path.to_owned(), other.clone());
        }
    }
}
