//! Outcome instruments: items, scoring, direction, and what change matters, as data.
//!
//! One file of `atlas/instruments/` is one instrument. Items are shipped, in our words, only where the licence
//! lets us; of the others only scores are kept. [`scoring`] works scores out from items; what a change means is in
//! [`change`], with every source and every disagreement.

pub mod change;
pub mod scoring;

use baihui_atlas::language::{Fact, Names, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use change::{Meaning, Threshold, ThresholdKind};
pub use scoring::{Response, Responses, Score, ScoreError, Subscore};

/// A file of `atlas/instruments/`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InstrumentFile {
    /// The instrument.
    pub instrument: Instrument,
}

/// An instrument.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Instrument {
    /// Short identifier.
    pub id: String,
    /// Names; the usual abbreviation stands in `short`.
    pub names: Names,
    /// Usual abbreviation.
    pub short: String,
    /// Version of our description, raised when a score would come out otherwise.
    pub version: u32,
    /// What it measures.
    pub about: String,
    /// Who answers or rates.
    pub rated_by: RatedBy,
    /// Which way is better.
    pub better: Better,
    /// Lowest possible score.
    pub min: f64,
    /// Highest possible score; none for times and speeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Step between possible scores; none for continuous ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// Unit, as UCUM writes it; `{score}` for points.
    pub unit: String,
    /// What may be shipped, and why.
    pub licence: Licence,
    /// LOINC code of the total score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loinc: Option<Loinc>,
    /// How the score is made; `given` where only scores are kept.
    pub scoring: Scoring,
    /// Items in the order of the form.
    #[serde(default)]
    pub item: Vec<Item>,
    /// Sums of some of the items.
    #[serde(default)]
    pub subscale: Vec<Subscale>,
    /// What change matters, by whom.
    #[serde(default)]
    pub threshold: Vec<Threshold>,
    /// Where sources disagree.
    #[serde(default)]
    pub conflict: Vec<Fact>,
    /// Remarks for the rater.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// Who answers or rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RatedBy {
    /// A trained rater.
    Rater,
    /// The patient.
    Patient,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
}

/// What may be shipped.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Licence {
    /// Items or scores only.
    pub ship: Ship,
    /// Terms, in our words.
    pub text: String,
    /// Where they were found.
    pub sources: Vec<Source>,
}

/// What is shipped of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ship {
    /// Items, in our words, and the scoring.
    Items,
    /// Nothing but the score: the form is the owner's.
    ScoreOnly,
}

/// A LOINC code.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Loinc {
    /// The code.
    pub code: String,
    /// Where it was found.
    pub sources: Vec<Source>,
}

impl Loinc {
    /// Whether the check digit (mod 10, as LOINC defines it) is right.
    pub fn check_digit_is_right(&self) -> bool {
        let Some((number, check)) = self.code.split_once('-') else { return false };
        let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
        let (Some(digits), Ok(check)) =
            (digits.filter(|d| !d.is_empty() && d.len() < 9), check.parse::<u32>())
        else {
            return false;
        };
        // From the right: each odd place is doubled, digits of the products and the rest are summed.
        let sum: u32 = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(place, &d)| {
                if place % 2 == 0 {
                    let twice = 2 * d;
                    twice / 10 + twice % 10
                } else {
                    d
                }
            })
            .sum();
        (10 - sum % 10) % 10 == check
    }
}

/// How a score is made.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Scoring {
    /// Entered by the rater; nothing is worked out.
    Given,
    /// Sum of the items.
    Sum,
    /// The one item.
    Single,
    /// Distance divided by the mean time of the trials that were done.
    Speed {
        /// Distance that is timed, m.
        distance_m: f64,
    },
    /// Mean time of the trials that were done.
    MeanTime,
}

/// An item.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Item {
    /// Its number on the form.
    pub id: String,
    /// What it is about, in our words.
    pub label: String,
    /// Possible values. For measured quantities empty.
    #[serde(default)]
    pub values: Vec<f64>,
    /// Words for the values, as many as `values`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// May be marked untestable; it then counts nothing and is named beside the score.
    #[serde(default)]
    pub untestable: bool,
    /// May be left out (a second trial).
    #[serde(default)]
    pub optional: bool,
}

/// A sum of some of the items.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Subscale {
    /// Short identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Items.
    pub items: Vec<String>,
    /// Highest possible value, as the manual gives it: a check of the items.
    pub max: f64,
}

/// What is wrong with the description of an instrument: the words near it in its file, and a sentence.
pub fn faults(instrument: &Instrument) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let i = instrument;
    let mut fault = |near: &str, text: String| out.push((near.to_owned(), text));
    match (i.licence.ship, i.item.is_empty()) {
        (Ship::ScoreOnly, false) => fault("ship", "only scores may be kept, but it has items".to_owned()),
        (Ship::Items, true) => fault("ship", "items may be shipped, but it has none".to_owned()),
        _ => {}
    }
    if (i.scoring == Scoring::Given) != i.item.is_empty() {
        fault("scoring", "the scoring `given` goes with no items, any other with items".to_owned());
    }
    if matches!(i.scoring, Scoring::Single) && i.item.len() != 1 {
        fault("scoring", "the scoring `single` goes with one item".to_owned());
    }
    if i.max.is_some_and(|max| max <= i.min) {
        fault("max", "the highest score is not above the lowest".to_owned());
    }
    for (n, item) in i.item.iter().enumerate() {
        let near = format!("id = \"{}\"", item.id);
        if i.item[..n].iter().any(|other| other.id == item.id) {
            fault(&near, format!("two items are called {}", item.id));
        }
        if !item.words.is_empty() && item.words.len() != item.values.len() {
            fault(
                &near,
                format!("item {} has {} values but {} words", item.id, item.values.len(), item.words.len()),
            );
        }
        if item.values.windows(2).any(|w| w[0] >= w[1]) {
            fault(&near, format!("the values of item {} do not rise", item.id));
        }
    }
    let ends = |items: &[&Item]| {
        let low: f64 = items.iter().filter_map(|i| i.values.first()).sum();
        let high: f64 = items.iter().filter_map(|i| i.values.last()).sum();
        (low, high)
    };
    if i.scoring == Scoring::Sum {
        let (low, high) = ends(&i.item.iter().collect::<Vec<_>>());
        if low != i.min || Some(high) != i.max {
            let stated = i.max.map_or_else(|| "open".to_owned(), |m| m.to_string());
            fault("max", format!("the items sum to {low}–{high}, but the range is {}–{stated}", i.min));
        }
    }
    for s in &i.subscale {
        let near = format!("id = \"{}\"", s.id);
        let items: Vec<&Item> = s.items.iter().filter_map(|id| i.item.iter().find(|x| x.id == *id)).collect();
        if items.len() != s.items.len() {
            fault(&near, format!("the subscale {} names items that do not exist", s.id));
        } else if ends(&items).1 != s.max {
            fault(&near, format!("the items of {} sum to {}, not {}", s.id, ends(&items).1, s.max));
        }
    }
    if i.loinc.as_ref().is_some_and(|l| !l.check_digit_is_right()) {
        fault("loinc", "the check digit of the LOINC code is wrong".to_owned());
    }
    for t in &i.threshold {
        if t.low > t.high || t.low <= 0.0 {
            fault("threshold", "a threshold is a positive range".to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_of_loinc() {
        let right = |code: &str| Loinc { code: code.to_owned(), sources: Vec::new() }.check_digit_is_right();
        // Codes that the facts say are right, and two that circulate and are wrong.
        for code in [
            "72089-6", "75859-9", "96761-2", "44261-6", "72172-0", "30522-7", "26881-3", "3074-2", "13629-1",
            "1988-5",
        ] {
            assert!(right(code), "{code}");
        }
        for code in ["3236-2", "83792-6", "", "-", "72089", "7208x-6", "72089-x", "999999999999-1"] {
            assert!(!right(code), "{code}");
        }
        // Nothing, and numbers longer than any code, are none even if their check digit fits.
        for code in ["-0", "123456789-7", "123456789012-8"] {
            assert!(!right(code), "{code}");
        }
    }
}
