//! One needle: where it goes and how. The same words serve the plan and what was done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    quantity::{DiameterMm, Hz, InsertionDeg, Milliampere, Minutes, Mm, NeedleMm, PerMinute},
    side::Side,
};

/// Current above which an entry needs a confirmation of its own: a published 45 mA is a likely misprint, and trials
/// with needles give 0.1 to 1 mA (facts on electro-acupuncture, CMAJ 2012;184:401).
pub const CONFIRM_ABOVE_MA: f64 = 10.0;

/// Where a needle enters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// School or system of the atlas, such as `ms`, `jiao`, `who`.
    pub school: String,
    /// Zone or point, such as `MS6`, `LI11`.
    pub code: String,
    /// Part of a zone, such as `upper-1/5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The variant of a disputed construction that was followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The patient's side.
    pub side: Side,
    /// Position on the patient's own head, mm RAS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_mm: Option<[f64; 3]>,
}

/// One needle, planned or done. What is not known is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedleSpec {
    /// Where it enters.
    pub site: Site,
    /// Where it points, in words or as a code: `toward GB7`, `backward`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// Diameter of the needle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diameter_mm: Option<DiameterMm>,
    /// Length of the needle's body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_mm: Option<NeedleMm>,
    /// Angle to the skin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub angle_deg: Option<InsertionDeg>,
    /// How much of the needle is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inserted_mm: Option<NeedleMm>,
    /// How deep the tip lies below the skin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth_mm: Option<NeedleMm>,
    /// Layer in which the tip lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// Maker, material, lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
}

/// Layers in which a tip can lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// In the skin.
    Skin,
    /// Below the skin, above the aponeurosis.
    Subcutaneous,
    /// In the loose tissue below the aponeurosis of the scalp.
    LooseAreolar,
    /// At the bone.
    Periosteum,
    /// In muscle.
    Muscle,
    /// Elsewhere.
    Other,
}

/// What needle it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Product {
    /// Maker.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub maker: String,
    /// Material and coating.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub material: String,
    /// Lot number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub lot: String,
}

/// What is done with a needle once it is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manipulation {
    /// What.
    pub method: Method,
    /// How often a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<PerMinute>,
    /// How long a round lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<Minutes>,
    /// How far the needle travels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amplitude_mm: Option<Mm>,
    /// What it is meant to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Manipulations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "ManipulationMethod")]
pub enum Method {
    /// Rotation (twirling).
    Rotation,
    /// Lifting and thrusting.
    LiftThrust,
    /// Drawing qi (Zhu): short forceful withdrawals without real travel.
    DrawingQi,
    /// Thrusting qi (Zhu): short forceful pushes without real travel.
    ThrustingQi,
    /// Scraping the handle.
    Scraping,
    /// Flicking the handle.
    Flicking,
    /// Another, said in words.
    Other,
}

/// What a manipulation is meant to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Intent {
    /// Reinforcing.
    Reinforcing,
    /// Reducing.
    Reducing,
    /// Even.
    Even,
}

/// Current through a pair of needles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Electro {
    /// Form of the wave.
    pub wave: Wave,
    /// Frequency, or the lower of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hz: Option<Hz>,
    /// The higher of two frequencies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_hz: Option<Hz>,
    /// Current.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milliampere: Option<Milliampere>,
    /// That a current above [`CONFIRM_ABOVE_MA`] is meant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub high_current_confirmed: bool,
    /// How long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<Minutes>,
}

impl Electro {
    /// Whether the current is too high to be taken without a word.
    #[must_use]
    pub fn needs_confirmation(&self) -> bool {
        !self.high_current_confirmed && self.milliampere.is_some_and(|i| i.get() > CONFIRM_ABOVE_MA)
    }
}

/// Forms of the wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wave {
    /// Continuous.
    Continuous,
    /// Dense-disperse.
    DenseDisperse,
    /// Intermittent.
    Intermittent,
    /// Another.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_high_current_needs_a_word() {
        let at = |ma: f64, confirmed| Electro {
            wave: Wave::Continuous,
            hz: Some(Hz::new(2.5).unwrap()),
            second_hz: None,
            milliampere: Some(Milliampere::new(ma).unwrap()),
            high_current_confirmed: confirmed,
            minutes: None,
        };
        assert!(at(45.0, false).needs_confirmation() && !at(45.0, true).needs_confirmation());
        assert!(!at(10.0, false).needs_confirmation() && at(10.1, false).needs_confirmation());
    }
}
