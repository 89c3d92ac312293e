//! Scores from items.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Instrument, Item, Scoring};

/// What was marked for an item.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "ItemResponse")]
pub enum Response {
    /// A value.
    Value(f64),
    /// A word: one of the item's words, or `untestable`.
    Word(String),
}

/// Responses by the numbers of the items.
pub type Responses = BTreeMap<String, Response>;

/// The word for an item that could not be tested.
pub const UNTESTABLE: &str = "untestable";

/// A score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The instrument.
    pub instrument: String,
    /// Version of its description.
    pub version: u32,
    /// The score, in the instrument's unit.
    pub total: f64,
    /// Its unit.
    pub unit: String,
    /// Sums of some of the items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscores: Vec<Subscore>,
    /// Items that could not be tested and count nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untestable: Vec<String>,
    /// The responses that it was made from; empty where only a score was given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub responses: Responses,
}

/// The value of a subscale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscore {
    /// The subscale.
    pub id: String,
    /// Its value.
    pub value: f64,
    /// Its highest possible value.
    pub max: f64,
}

/// A score cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// Items without a response.
    #[error("{instrument}: not answered: {}", .items.join(", "))]
    Missing {
        /// The instrument.
        instrument: String,
        /// The items.
        items: Vec<String>,
    },
    /// A response to no item.
    #[error("{instrument} has no item {item}; its items are {}", .items.join(", "))]
    NoSuchItem {
        /// The instrument.
        instrument: String,
        /// What was found.
        item: String,
        /// What there is.
        items: Vec<String>,
    },
    /// A value that the item cannot have.
    #[error("{instrument}, item {item}: {found} is not possible; expected {expected}")]
    NotPossible {
        /// The instrument.
        instrument: String,
        /// The item, or `total`.
        item: String,
        /// What was found.
        found: String,
        /// What would do.
        expected: String,
    },
    /// Only scores of it are kept.
    #[error("of {instrument} only the score is kept: {why}")]
    ScoreOnly {
        /// The instrument.
        instrument: String,
        /// Its terms.
        why: String,
    },
}

impl Instrument {
    /// The score from responses to the items.
    ///
    /// Every item needs a response; nothing is filled in for what is missing.
    ///
    /// # Errors
    /// [`ScoreError`].
    pub fn score(&self, responses: &Responses) -> Result<Score, ScoreError> {
        if self.scoring == Scoring::Given {
            return Err(ScoreError::ScoreOnly {
                instrument: self.short.clone(),
                why: self.licence.text.clone(),
            });
        }
        if let Some(item) = responses.keys().find(|k| self.item.iter().all(|i| i.id != **k)) {
            return Err(ScoreError::NoSuchItem {
                instrument: self.short.clone(),
                item: item.clone(),
                items: self.item.iter().map(|i| i.id.clone()).collect(),
            });
        }
        let missing: Vec<String> = self
            .item
            .iter()
            .filter(|i| !i.optional && !responses.contains_key(&i.id))
            .map(|i| i.id.clone())
            .collect();
        if !missing.is_empty() {
            return Err(ScoreError::Missing { instrument: self.short.clone(), items: missing });
        }
        let mut values: BTreeMap<&str, f64> = BTreeMap::new();
        let mut untestable = Vec::new();
        for item in &self.item {
            match responses.get(&item.id) {
                None => {}
                Some(response) => match self.value(item, response)? {
                    Some(value) => drop(values.insert(&item.id, value)),
                    None => untestable.push(item.id.clone()),
                },
            }
        }
        let sum: f64 = self.item.iter().filter_map(|i| values.get(i.id.as_str())).sum();
        let total = match &self.scoring {
            Scoring::Given | Scoring::Sum | Scoring::Single => sum,
            // Every quantity is above zero, and one of them is required: no division by zero.
            Scoring::MeanTime => sum / count(values.len()),
            Scoring::Speed { distance_m } => distance_m / (sum / count(values.len())),
        };
        let subscores = self.subscale.iter().map(|s| Subscore {
            id: s.id.clone(),
            value: s.items.iter().filter_map(|i| values.get(i.as_str())).sum(),
            max: s.max,
        });
        Ok(Score {
            instrument: self.id.clone(),
            version: self.version,
            total,
            unit: self.unit.clone(),
            subscores: subscores.collect(),
            untestable,
            responses: responses.clone(),
        })
    }

    /// A total that was worked out elsewhere, checked against the instrument's range.
    ///
    /// # Errors
    /// [`ScoreError::NotPossible`] where no such score exists.
    pub fn given(&self, total: f64) -> Result<Score, ScoreError> {
        let inside = total.is_finite() && total >= self.min && self.max.is_none_or(|max| total <= max);
        let on_step = self.step.is_none_or(|step| ((total - self.min) / step).fract() == 0.0);
        if !inside || !on_step {
            let end = self.max.map_or_else(|| " or more".to_owned(), |max| format!(" to {max}"));
            let step = self.step.map_or_else(String::new, |s| format!(", in steps of {s}"));
            return Err(ScoreError::NotPossible {
                instrument: self.short.clone(),
                item: "total".to_owned(),
                found: total.to_string(),
                expected: format!("{}{end} {}{step}", self.min, self.unit),
            });
        }
        Ok(Score {
            instrument: self.id.clone(),
            version: self.version,
            total,
            unit: self.unit.clone(),
            subscores: Vec::new(),
            untestable: Vec::new(),
            responses: Responses::new(),
        })
    }

    /// The value of a response; `None` for an item that could not be tested.
    fn value(&self, item: &Item, response: &Response) -> Result<Option<f64>, ScoreError> {
        let found = match response {
            Response::Word(w) if w == UNTESTABLE && item.untestable => return Ok(None),
            Response::Word(w) => {
                if let Some(at) = item.words.iter().position(|x| x == w) {
                    return Ok(item.values.get(at).copied());
                }
                w.clone()
            }
            Response::Value(v) if item.values.is_empty() && v.is_finite() && *v > 0.0 => return Ok(Some(*v)),
            Response::Value(v) if item.values.contains(v) => return Ok(Some(*v)),
            Response::Value(v) => v.to_string(),
        };
        let mut expected: Vec<String> = if item.values.is_empty() {
            vec!["a number above 0".to_owned()]
        } else {
            item.values.iter().map(f64::to_string).collect()
        };
        if item.untestable {
            expected.push(UNTESTABLE.to_owned());
        }
        Err(ScoreError::NotPossible {
            instrument: self.short.clone(),
            item: item.id.clone(),
            found,
            expected: expected.join(", "),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of trials")]
fn count(n: usize) -> f64 {
    n as f64
}
