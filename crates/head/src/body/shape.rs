//! Whose body: what is asked for, and what is refused.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::tape::{Entry, EntryError, Unit};

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

/// A length of a body that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Sole to crown.
    Height,
    /// Taken with a tape.
    Part(Measure),
}

impl Length {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Height => "height",
            Self::Part(m) => m.name(),
        }
    }

    /// Least and most of living people from the first birthday on, cm. A choice of ours, wide on purpose: what lies
    /// beyond is a slip of the pen or of the unit, what lies within is for the model to reach or to refuse. Both are
    /// less than ten times apart, so that a number without a unit is cm or mm and never both.
    fn human_cm(self) -> (f64, f64) {
        match self {
            Self::Height => (45.0, 275.0),
            Self::Part(Measure::Forearm) => (7.0, 50.0),
            Self::Part(Measure::LowerLeg) => (8.0, 70.0),
            Self::Part(Measure::Trunk) => (15.0, 100.0),
        }
    }

    /// Reads a length as people write it: `172`, `172 cm`, `1720 mm`, `68 in`. A number without a unit is cm or mm,
    /// whichever can be this length.
    ///
    /// # Errors
    /// [`ShapeError`] says in words what was found and what was expected.
    pub fn read_cm(self, text: &str) -> Result<f64, ShapeError> {
        self.cm(text.parse()?)
    }

    fn cm(self, entry: Entry) -> Result<f64, ShapeError> {
        let (low, high) = self.human_cm();
        let cm = |u: Unit| entry.value * u.mm() / 10.0;
        let fits = |u: &Unit| (low..=high).contains(&cm(*u));
        let written = match &entry.unit {
            Some(u) => std::slice::from_ref(u),
            None => &[Unit::Cm, Unit::Mm][..],
        };
        if let Some(u) = written.iter().find(|u| fits(u)) {
            return Ok(cm(*u));
        }
        let metres = entry.value * 100.0;
        let meant = match [Unit::Cm, Unit::Mm].iter().find(|u| fits(u)) {
            Some(u) => format!("; {} {u} would fit", entry.value),
            // As people say their height.
            None if (low..=high).contains(&metres) => format!("; {metres:.0} cm would fit"),
            None => String::new(),
        };
        Err(ShapeError::NotHuman { what: self.name(), found: entry.to_string(), low, high, meant })
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
        let parts = Measure::ALL.into_iter().map(|m| (Length::Part(m), self.measure(m)));
        for (length, mm) in [(Length::Height, self.height_mm)].into_iter().chain(parts) {
            if let Some(mm) = mm {
                length.cm(Entry { value: mm.round() / 10.0, unit: Some(Unit::Cm) })?;
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
    /// No length of a living person in that unit.
    #[error("the {what} is {found}; expected is {low} to {high} cm{meant}")]
    NotHuman {
        /// What.
        what: &'static str,
        /// As it was written.
        found: String,
        /// Least, cm.
        low: f64,
        /// Most, cm.
        high: f64,
        /// What would fit, if anything.
        meant: String,
    },
    /// A text that is no length.
    #[error(transparent)]
    Text(#[from] EntryError),
    /// A forearm as long as the lower leg.
    #[error(
        "the forearm ({:.1} cm) is not shorter than the lower leg ({:.1} cm): measure both again",
        .arm / 10.0, .leg / 10.0
    )]
    ForearmLongerThanLeg {
        /// Forearm, mm.
        arm: f64,
        /// Lower leg, mm.
        leg: f64,
    },
    /// A part of more than half the height.
    #[error(
        "the {what} ({:.1} cm) is more than half of the height ({:.1} cm): measure both again",
        .found / 10.0, .height / 10.0
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
        "a {what} of {found:.1} {unit} is not to be had at this sex and age: the body model reaches from {low:.1} to {high:.1} {unit}"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_cm_or_mm_by_what_a_person_can_measure() {
        let height = |t: &str| Length::Height.read_cm(t);
        for (text, cm) in
            [("172", 172.0), ("1720", 172.0), ("172,5 cm", 172.5), ("1720 mm", 172.0), ("68 in", 172.72)]
        {
            assert!((height(text).unwrap() - cm).abs() < 1e-9, "{text}");
        }
        let forearm = Length::Part(Measure::Forearm);
        assert!((forearm.read_cm("255").unwrap() - 25.5).abs() < 1e-9);
        assert!((forearm.read_cm("25.5").unwrap() - 25.5).abs() < 1e-9);
        let says = |t: &str| height(t).unwrap_err().to_string();
        assert_eq!(says("17"), "the height is 17; expected is 45 to 275 cm");
        assert_eq!(says("1.72"), "the height is 1.72; expected is 45 to 275 cm; 172 cm would fit");
        assert_eq!(says("172 mm"), "the height is 172 mm; expected is 45 to 275 cm; 172 cm would fit");
        assert_eq!(says("1720 cm"), "the height is 1720 cm; expected is 45 to 275 cm; 1720 mm would fit");
        assert_eq!(says("17 m"), "\"m\" is not a unit that is known here; there are mm, cm and in");
        for text in ["-172", "0", "17000"] {
            assert!(says(text).contains("expected is 45 to 275 cm"), "{text}");
        }
        for text in ["NaN", "inf", "tall", ""] {
            assert!(says(text).contains("does not begin with a number"), "{text}");
        }
    }

    #[test]
    fn no_number_is_both_cm_and_mm() {
        for l in [Length::Height].into_iter().chain(Measure::ALL.map(Length::Part)) {
            let (low, high) = l.human_cm();
            assert!(high < 10.0 * low, "{}", l.name());
        }
    }
}
