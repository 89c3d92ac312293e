//! Whose body: what is asked for, and what is refused.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Sex of the parametric human.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Sex {
    /// As the targets name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}

/// A length that a practitioner can take with a tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Cubital crease to wrist crease.
    Forearm,
    /// Popliteal crease to the prominence of the lateral malleolus.
    LowerLeg,
    /// Suprasternal notch to the superior border of the pubic symphysis, upright.
    Trunk,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Forearm, Self::LowerLeg, Self::Trunk];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forearm => "forearm",
            Self::LowerLeg => "lower leg",
            Self::Trunk => "trunk",
        }
    }
}

/// Whose body is wanted. What is not given is the mesh's average for sex and age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shape {
    /// Sex.
    pub sex: Sex,
    /// Age in years, 1 to 90.
    pub age_years: f64,
    /// Height from sole to crown, mm.
    #[serde(default)]
    pub height_mm: Option<f64>,
    /// Weight, kg.
    #[serde(default)]
    pub weight_kg: Option<f64>,
    /// Cubital crease to wrist crease, mm.
    #[serde(default)]
    pub forearm_mm: Option<f64>,
    /// Popliteal crease to lateral malleolus, mm.
    #[serde(default)]
    pub lower_leg_mm: Option<f64>,
    /// Suprasternal notch to pubic symphysis, mm.
    #[serde(default)]
    pub trunk_mm: Option<f64>,
}

impl Default for Shape {
    /// A man of 25 years, everything else the mesh's average.
    fn default() -> Self {
        Self {
            sex: Sex::Male,
            age_years: 25.0,
            height_mm: None,
            weight_kg: None,
            forearm_mm: None,
            lower_leg_mm: None,
            trunk_mm: None,
        }
    }
}

impl Shape {
    /// A tape measure that was given, mm.
    pub fn measure(&self, m: Measure) -> Option<f64> {
        match m {
            Measure::Forearm => self.forearm_mm,
            Measure::LowerLeg => self.lower_leg_mm,
            Measure::Trunk => self.trunk_mm,
        }
    }

    /// Refuses what is no body before anything is shaped.
    ///
    /// # Errors
    /// [`ShapeError`] says in words what cannot be.
    pub(crate) fn check(&self) -> Result<(), ShapeError> {
        if !(1.0..=90.0).contains(&self.age_years) {
            return Err(ShapeError::Age(self.age_years));
        }
        for (what, value) in [
            ("height", self.height_mm),
            ("weight", self.weight_kg),
            ("forearm", self.forearm_mm),
            ("lower leg", self.lower_leg_mm),
            ("trunk", self.trunk_mm),
        ] {
            if let Some(v) = value
                && !(v.is_finite() && v > 0.0)
            {
                return Err(ShapeError::NotPositive { what, found: v });
            }
        }
        if let (Some(arm), Some(leg)) = (self.forearm_mm, self.lower_leg_mm)
            && arm >= leg
        {
            return Err(ShapeError::ForearmLongerThanLeg { arm, leg });
        }
        if let Some(h) = self.height_mm {
            for m in Measure::ALL {
                if let Some(v) = self.measure(m)
                    && v >= h / 2.0
                {
                    return Err(ShapeError::LongerThanHalf { what: m.name(), found: v, height: h });
                }
            }
        }
        Ok(())
    }
}

/// A body that cannot be.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ShapeError {
    /// Age beyond the mesh.
    #[error("an age of {0} years is beyond the body model, which knows 1 to 90 years")]
    Age(f64),
    /// Zero, negative or not a number.
    #[error("the {what} is {found}; a length or a weight is more than 0")]
    NotPositive {
        /// What.
        what: &'static str,
        /// What was found.
        found: f64,
    },
    /// A forearm as long as the lower leg.
    #[error("the forearm ({arm:.0} mm) is not shorter than the lower leg ({leg:.0} mm): measure both again")]
    ForearmLongerThanLeg {
        /// Forearm, mm.
        arm: f64,
        /// Lower leg, mm.
        leg: f64,
    },
    /// A part of more than half the height.
    #[error(
        "the {what} ({found:.0} mm) is more than half of the height ({height:.0} mm): measure both again"
    )]
    LongerThanHalf {
        /// What.
        what: &'static str,
        /// Found, mm.
        found: f64,
        /// Height, mm.
        height: f64,
    },
    /// Beyond what the model can show.
    #[error(
        "a {what} of {found:.0} {unit} is not to be had at this sex and age: the body model reaches from {low:.0} to {high:.0} {unit}"
    )]
    OutOfReach {
        /// What.
        what: &'static str,
        /// What was asked for.
        found: f64,
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
        /// Unit.
        unit: &'static str,
    },
    /// The model lacks a target: it was built wrongly.
    #[error("the body model has no target {0}")]
    NoTarget(String),
    /// The shaped mesh is no surface.
    #[error("the shaped body is no surface: {0}")]
    Surface(String),
}
