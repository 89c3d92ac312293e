//! Measures for a single proportion.

use super::{Correction, Effect, EffectError, not_negative};
use serde::{Deserialize, Serialize};

/// Events among participants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Proportion {
    /// Participants with the event.
    pub events: f64,
    /// All participants.
    pub n: f64,
}

/// What is measured on a proportion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProportionMeasure {
    /// The proportion itself.
    Raw,
    /// Its logarithm.
    Log,
    /// Its logit.
    Logit,
    /// Arcsine of its square root, in radians.
    Arcsine,
    /// Freeman and Tukey's double arcsine (1950), halved, in radians.
    FreemanTukey,
}

impl ProportionMeasure {
    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            ProportionMeasure::Raw => "the proportion",
            ProportionMeasure::Log => "the log proportion",
            ProportionMeasure::Logit => "the logit of the proportion",
            ProportionMeasure::Arcsine => "the arcsine of the proportion",
            ProportionMeasure::FreemanTukey => "the double arcsine of the proportion",
        }
    }

    /// The short code R users know.
    pub const fn code(self) -> &'static str {
        match self {
            ProportionMeasure::Raw => "PR",
            ProportionMeasure::Log => "PLN",
            ProportionMeasure::Logit => "PLO",
            ProportionMeasure::Arcsine => "PAS",
            ProportionMeasure::FreemanTukey => "PFT",
        }
    }

    /// The measure on one group.
    ///
    /// # Errors
    /// If a number is negative or not finite, there are more events than participants or nobody at all, or the
    /// variance does not exist because nobody (or everybody) had the event and no correction was chosen.
    pub fn effect(self, data: &Proportion, correction: Correction) -> Result<Effect, EffectError> {
        not_negative("events", data.events)?;
        if not_negative("n", data.n)? == 0.0 {
            return Err(EffectError::EmptyArm { field: "n" });
        }
        if data.events > data.n {
            return Err(EffectError::MoreEventsThanTotal {
                events_field: "events",
                events: data.events,
                total_field: "n",
                total: data.n,
            });
        }
        let others = data.n - data.events;
        let added = match self {
            ProportionMeasure::Arcsine | ProportionMeasure::FreemanTukey => 0.0,
            _ => correction.amount(data.events == 0.0 || others == 0.0),
        };
        let (x, y) = (data.events + added, others + added);
        let n = x + y;
        let need = |field, value: f64| {
            if value > 0.0 { Ok(()) } else { Err(EffectError::ZeroCell { field, measure: self.name() }) }
        };
        let (estimate, variance) = match self {
            ProportionMeasure::Raw => {
                need("events", x)?;
                need("n - events", y)?;
                (x / n, x * y / (n * n * n))
            }
            ProportionMeasure::Log => {
                need("events", x)?;
                need("n - events", y)?;
                (libm::log(x / n), y / (x * n))
            }
            ProportionMeasure::Logit => {
                need("events", x)?;
                need("n - events", y)?;
                (libm::log(x / y), 1.0 / x + 1.0 / y)
            }
            ProportionMeasure::Arcsine => (libm::asin((x / n).sqrt()), 0.25 / n),
            ProportionMeasure::FreemanTukey => {
                let angle = |x: f64| libm::asin((x / (n + 1.0)).sqrt());
                (0.5 * (angle(x) + angle(x + 1.0)), 1.0 / (4.0 * n + 2.0))
            }
        };
        Ok(Effect { estimate, variance, added })
    }
}
