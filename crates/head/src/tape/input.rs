//! What a practitioner can write down in two minutes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// Head circumference.
    Circumference,
    /// Nasion to inion over the vertex.
    NasionInion,
    /// Preauricular point to preauricular point over the vertex.
    Preauricular,
    /// Glabella to the mid-anterior hairline.
    GlabellaHairline,
    /// Mid-anterior to mid-posterior hairline.
    HairlineHairline,
    /// Glabella to the back of the head, by caliper.
    Length,
    /// Greatest breadth above the ears, by caliper.
    Breadth,
}

impl Dimension {
    /// All of them, in the order in which they are asked for.
    pub const ALL: [Self; 7] = [
        Self::Circumference,
        Self::NasionInion,
        Self::Preauricular,
        Self::GlabellaHairline,
        Self::HairlineHairline,
        Self::Length,
        Self::Breadth,
    ];

    /// What it is called in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Circumference => "circumference",
            Self::NasionInion => "nasion–inion arc",
            Self::Preauricular => "ear–ear arc",
            Self::GlabellaHairline => "glabella–hairline distance",
            Self::HairlineHairline => "hairline–hairline distance",
            Self::Length => "head length",
            Self::Breadth => "head breadth",
        }
    }

    /// How to take it.
    pub fn how(self) -> &'static str {
        match self {
            Self::Circumference => {
                "Tape over the brows at the glabella and, level on both sides and above the ears, round the back \
                 of the head where it reads most."
            }
            Self::NasionInion => {
                "Tape from the deepest point of the nasal bridge over the top of the head, on the midline, to the \
                 bump at the back (the external occipital protuberance)."
            }
            Self::Preauricular => {
                "Tape from the point just in front of the left ear's tragus over the top of the head, through the \
                 middle of the nasion–inion arc, to the same point on the right."
            }
            Self::GlabellaHairline => {
                "Tape on the midline from between the eyebrows to the front hairline. If the hair has receded, to \
                 the upper border of the forehead that wrinkles when the brows are raised."
            }
            Self::HairlineHairline => {
                "Tape on the midline from the front hairline over the top of the head to the hairline of the nape."
            }
            Self::Length => {
                "Caliper from the glabella to the farthest point of the back of the head on the midline."
            }
            Self::Breadth => "Caliper across the widest part of the head, above the ears, held level.",
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A unit of length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Millimetre.
    Mm,
    /// Centimetre.
    Cm,
    /// Inch, 25.4 mm.
    In,
}

impl Unit {
    /// Millimetres in one.
    pub fn mm(self) -> f64 {
        match self {
            Self::Mm => 1.0,
            Self::Cm => 10.0,
            Self::In => 25.4,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Mm => "mm",
            Self::Cm => "cm",
            Self::In => "in",
        })
    }
}

/// A length as it was written: a number, and a unit if one was written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The number.
    pub value: f64,
    /// Its unit; where it is missing, mm or cm is recognised by size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
}

impl Entry {
    /// So many millimetres.
    pub fn mm(value: f64) -> Self {
        Self { value, unit: Some(Unit::Mm) }
    }

    /// A number without a unit.
    pub fn bare(value: f64) -> Self {
        Self { value, unit: None }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)?;
        self.unit.map_or(Ok(()), |u| write!(f, " {u}"))
    }
}

/// Why a text is not a length.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum EntryError {
    /// No number.
    #[error("\"{0}\" does not begin with a number; write for example 57.5 cm or 575 mm")]
    Number(String),
    /// An unknown unit.
    #[error("\"{0}\" is not a unit that is known here; there are mm, cm and in")]
    Unit(String),
}

impl FromStr for Entry {
    type Err = EntryError;

    /// Reads `57.5 cm`, `57,5cm`, `575 mm`, `22.6 in`, `22.6"`, `575`.
    fn from_str(text: &str) -> Result<Self, EntryError> {
        let t = text.trim();
        let end = t.find(|c: char| !matches!(c, '0'..='9' | '.' | ',' | '+' | '-')).unwrap_or(t.len());
        // More digits than a number can hold are read as infinite, which is no length.
        let number = t[..end].replace(',', ".").parse().ok().filter(|v: &f64| v.is_finite());
        let value = number.ok_or_else(|| EntryError::Number(text.to_owned()))?;
        let unit = match t[end..].trim().to_lowercase().as_str() {
            "" => None,
            "mm" | "毫米" => Some(Unit::Mm),
            "cm" | "厘米" | "公分" => Some(Unit::Cm),
            "in" | "inch" | "inches" | "\"" | "″" => Some(Unit::In),
            _ => return Err(EntryError::Unit(t[end..].trim().to_owned())),
        };
        Ok(Self { value, unit })
    }
}

/// Sex, for the population figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// What is left of the anterior hairline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HairlineState {
    /// Where it grew.
    #[default]
    Present,
    /// Receded: where it was is not seen at once.
    Receded,
    /// No anterior hairline.
    Bald,
}

/// Where the anterior hairline is taken to be when it was not measured.
///
/// A measured glabella–hairline distance goes before every rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HairlineRule {
    /// Population mean of the glabella–hairline distance. The default, because it is the only rule that comes
    /// from measurements of hairlines.
    #[default]
    Population,
    /// Glabella to GV14 is 18 cun; the hairlines lie 3 cun from either end. GV14 is taken at the spinous process
    /// of C7, so the head needs that landmark.
    EighteenCun,
    /// 5 cm above the glabella (Jiao).
    #[serde(rename = "jiao-5cm")]
    Jiao5Cm,
    /// 6 cm above the glabella (as one page gives Jiao's rule).
    #[serde(rename = "jiao-6cm")]
    Jiao6Cm,
}

/// The measurements of one person. At least one length is needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Input {
    /// Head circumference.
    pub circumference: Option<Entry>,
    /// Nasion to inion over the vertex.
    pub nasion_inion: Option<Entry>,
    /// Preauricular point to preauricular point over the vertex.
    pub preauricular: Option<Entry>,
    /// Glabella to the mid-anterior hairline.
    pub glabella_hairline: Option<Entry>,
    /// Mid-anterior to mid-posterior hairline.
    pub hairline_hairline: Option<Entry>,
    /// Head length by caliper.
    pub length: Option<Entry>,
    /// Head breadth by caliper.
    pub breadth: Option<Entry>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Age in years.
    pub age_years: Option<f64>,
    /// What is left of the anterior hairline.
    pub hairline: HairlineState,
    /// Rule for an anterior hairline that was not measured.
    pub hairline_rule: HairlineRule,
    /// The practitioner's own repeat error (sd) of a tape reading, mm, if known; it only widens the spread.
    pub tape_sd_mm: Option<f64>,
}

impl Input {
    /// The entry for a dimension.
    pub fn get(&self, d: Dimension) -> Option<Entry> {
        match d {
            Dimension::Circumference => self.circumference,
            Dimension::NasionInion => self.nasion_inion,
            Dimension::Preauricular => self.preauricular,
            Dimension::GlabellaHairline => self.glabella_hairline,
            Dimension::HairlineHairline => self.hairline_hairline,
            Dimension::Length => self.length,
            Dimension::Breadth => self.breadth,
        }
    }

    /// Sets the entry for a dimension.
    pub fn set(&mut self, d: Dimension, entry: Option<Entry>) {
        *match d {
            Dimension::Circumference => &mut self.circumference,
            Dimension::NasionInion => &mut self.nasion_inion,
            Dimension::Preauricular => &mut self.preauricular,
            Dimension::GlabellaHairline => &mut self.glabella_hairline,
            Dimension::HairlineHairline => &mut self.hairline_hairline,
            Dimension::Length => &mut self.length,
            Dimension::Breadth => &mut self.breadth,
        } = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        let read = |t: &str| t.parse::<Entry>().unwrap();
        assert_eq!(read("57.5 cm"), Entry { value: 57.5, unit: Some(Unit::Cm) });
        assert_eq!(read(" 57,5cm"), Entry { value: 57.5, unit: Some(Unit::Cm) });
        assert_eq!(read("575MM"), Entry::mm(575.0));
        assert_eq!(read("22.6\""), Entry { value: 22.6, unit: Some(Unit::In) });
        assert_eq!(read("575"), Entry::bare(575.0));
        assert!(matches!("cm".parse::<Entry>(), Err(EntryError::Number(_))));
        assert!(matches!("5.7.5".parse::<Entry>(), Err(EntryError::Number(_))));
        assert!(matches!("57 cun".parse::<Entry>(), Err(EntryError::Unit(_))));
        assert!(matches!("".parse::<Entry>(), Err(EntryError::Number(_))));
        assert!(matches!("NaN".parse::<Entry>(), Err(EntryError::Number(_))));
        // More digits than a number holds.
        assert!(matches!("9".repeat(310).parse::<Entry>(), Err(EntryError::Number(_))));
    }
}
