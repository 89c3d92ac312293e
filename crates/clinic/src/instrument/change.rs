//! What a change of a score means.
//!
//! Sources disagree about the least change that matters, and some measure another population or another form.
//! So each threshold is kept by itself with its population, and a change is told against every one of them.

use baihui_atlas::language::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Better, Instrument};

/// A change that matters, by one source.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// What kind.
    pub kind: ThresholdKind,
    /// Least value, in the instrument's unit, without sign.
    pub low: f64,
    /// Highest value; the same as `low` where one number is given.
    pub high: f64,
    /// Of whom, and how it was worked out.
    pub population: String,
    /// For which direction, where it is not the same both ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Direction>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// Kinds of thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ThresholdKind {
    /// Least change that matters to patients.
    Mcid,
    /// Least change that is more than error of measurement.
    Mdc,
}

/// Direction of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// For the better.
    Better,
    /// For the worse.
    Worse,
    /// None.
    Same,
}

/// A change told against one threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reached {
    /// Index into [`Instrument::threshold`].
    pub threshold: usize,
    /// How the change stands to it.
    pub reached: Reach,
}

/// How a change stands to a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Less than its least value.
    Below,
    /// Within its range.
    Within,
    /// At or above its highest value.
    Above,
}

/// What a change means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Meaning {
    /// Second minus first score.
    pub change: f64,
    /// For better or worse.
    pub direction: Direction,
    /// Against each threshold that applies.
    pub against: Vec<Reached>,
    /// Whether the sources of one kind disagree about this very change.
    pub disputed: bool,
}

impl Instrument {
    /// What the change from one score to a later one means.
    pub fn meaning(&self, first: f64, second: f64) -> Meaning {
        let change = second - first;
        let gain = match self.better {
            Better::Higher => change,
            Better::Lower => -change,
        };
        let direction = match gain {
            g if g > 0.0 => Direction::Better,
            g if g < 0.0 => Direction::Worse,
            _ => Direction::Same,
        };
        let against: Vec<Reached> = self
            .threshold
            .iter()
            .enumerate()
            .filter(|(_, t)| t.only.is_none_or(|only| only == direction))
            .map(|(threshold, t)| Reached { threshold, reached: t.reach(change.abs()) })
            .collect();
        let verdicts = |kind| {
            let of_kind = against.iter().filter(move |r| self.threshold[r.threshold].kind == kind);
            of_kind.map(|r| r.reached).collect::<Vec<_>>()
        };
        let disputed = [ThresholdKind::Mcid, ThresholdKind::Mdc].into_iter().any(|kind| {
            let v = verdicts(kind);
            v.contains(&Reach::Within) || v.windows(2).any(|w| w[0] != w[1])
        });
        Meaning { change, direction, against, disputed }
    }
}

impl Threshold {
    fn reach(&self, size: f64) -> Reach {
        // Scores are decimal fractions: 4.3 - 4.1 must reach a threshold of 0.2.
        let slack = 1e-9;
        if size < self.low - slack {
            Reach::Below
        } else if size < self.high - slack {
            Reach::Within
        } else {
            Reach::Above
        }
    }
}
