//! People: patients with what matters for needling, those who treat them, and the clinic.

pub mod facts;
pub mod kept;

pub use facts::Facts;
pub use kept::{Answered, BodyTape, FileHead, HeadOf, Screening, TapeHead};

pub use crate::consent::{Consent, ConsentTo};

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::Id,
    plan::Usual,
    side::{DeficitSide, LesionSide},
};

/// Identifier of a patient.
pub type PatientId = Id<Patient>;
/// Identifier of someone who works in the clinic.
pub type PractitionerId = Id<Practitioner>;

/// A patient.
///
/// Everything but the name may be missing; what matters for safety is in [`Facts`], where "not asked" is not "no".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// Name.
    pub name: PersonName,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// Sex, for population figures and instruments that depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Numbers under which others know the patient.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// How to reach the patient.
    #[serde(default, skip_serializing_if = "Contact::is_empty")]
    pub contact: Contact,
    /// Preferred language, as a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Hand preference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handedness: Option<Handedness>,
    /// What is wrong, main complaint first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnoses: Vec<Diagnosis>,
    /// What speaks for caution.
    #[serde(default)]
    pub facts: Facts,
    /// What was answered to the questions of safety, each with its day, as older records keep it. It is read and no longer
    /// written: answers are [screenings](crate::screening).
    #[serde(default, skip_serializing_if = "Screening::is_empty")]
    pub screening: Screening,
    /// What the patient's head is made from; without, the built-in head stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadOf>,
    /// What is known of the patient's body; without, the average of sex and age stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyTape>,
    /// Complaint and history in the patient's or the practitioner's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub history: String,
}

impl Patient {
    /// A patient of whom only the name is known.
    #[must_use]
    pub fn named(name: PersonName) -> Self {
        Self {
            name,
            birth_date: None,
            sex: None,
            identifiers: Vec::new(),
            contact: Contact::default(),
            language: None,
            handedness: None,
            diagnoses: Vec::new(),
            facts: Facts::default(),
            screening: Screening::new(),
            head: None,
            body: None,
            history: String::new(),
        }
    }

    /// Age in completed years on a day; none if the date of birth is unknown or later than the day.
    #[must_use]
    pub fn age_years(&self, on: Date) -> Option<u32> {
        self.age_months(on).map(|m| m / 12)
    }

    /// Age in completed months on a day.
    #[must_use]
    pub fn age_months(&self, on: Date) -> Option<u32> {
        let born = self.birth_date?;
        let months = (i32::from(on.year()) - i32::from(born.year())) * 12
            + (i32::from(on.month()) - i32::from(born.month()))
            - i32::from(on.day() < born.day());
        u32::try_from(months).ok()
    }
}

/// A name as its bearer writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonName {
    /// Family name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub family: String,
    /// Given names.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub given: String,
    /// Another writing of the name, such as Hanzi beside pinyin.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub other: String,
}

impl PersonName {
    /// A name of two parts.
    #[must_use]
    pub fn new(given: &str, family: &str) -> Self {
        Self { family: family.to_owned(), given: given.to_owned(), other: String::new() }
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.family, &self.given, &self.other].iter().all(|s| s.trim().is_empty())
    }
}

impl std::fmt::Display for PersonName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<&str> =
            [&self.given, &self.family].into_iter().map(|s| s.trim()).filter(|s| !s.is_empty()).collect();
        match (parts.is_empty(), self.other.trim()) {
            (true, other) => f.write_str(other),
            (false, "") => f.write_str(&parts.join(" ")),
            (false, other) => write!(f, "{} ({other})", parts.join(" ")),
        }
    }
}

/// Sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither, or both.
    Other,
}

/// A number under which the patient is known somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// Who gave it: a URI, or a name such as "hospital".
    pub system: String,
    /// The number.
    pub value: String,
}

/// How to reach a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Telephone numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phone: Vec<String>,
    /// E-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub email: Vec<String>,
    /// Postal address, as on a letter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}

impl Contact {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Hand preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Handedness {
    /// Left-handed.
    Left,
    /// Right-handed.
    Right,
    /// Both alike.
    Ambidextrous,
}

/// What is wrong, where, and since when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// In words.
    pub text: String,
    /// Which condition of the atlas (`atlas/conditions`), if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Codes of classifications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    /// Where the lesion is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesion_side: Option<LesionSide>,
    /// Where the body is affected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deficit_side: Option<DeficitSide>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<Date>,
    /// Course, for what must be stable before it may be needled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
    /// Traditional pattern, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pattern: String,
}

impl Diagnosis {
    /// A diagnosis in words only.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            condition: None,
            codes: Vec::new(),
            lesion_side: None,
            deficit_side: None,
            onset: None,
            course: None,
            pattern: String::new(),
        }
    }

    /// Whole days since the onset; none if it is unknown or lies after the day.
    #[must_use]
    pub fn days_since_onset(&self, on: Date) -> Option<u32> {
        u32::try_from((on - self.onset?).get_days()).ok()
    }
}

/// Course of a disease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// Changing; not yet stable.
    Unstable,
    /// Stable, by whoever answers for it.
    Stable,
}

/// A code of a classification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The classification, such as `http://snomed.info/sct`, `icd-10`, `icd-11`.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its name, as entered.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub display: String,
}

/// Someone who works in the clinic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Practitioner {
    /// Name.
    pub name: PersonName,
    /// What the person may do here; see [`crate::access`].
    pub roles: BTreeSet<Role>,
    /// Qualification, licence and years of practice, as STRICTA item 5 asks for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub background: String,
    /// Whether the person may act at all: who has left stays in the record.
    #[serde(default = "yes")]
    pub active: bool,
    /// What the person usually does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<Usual>,
}

fn yes() -> bool {
    true
}

/// What someone may do. One person may have several roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs the record: staff, backup, export, erasure.
    Owner,
    /// Treats and signs.
    Practitioner,
    /// Prepares and records, does not sign.
    Assistant,
    /// Learns: drafts under a practitioner, does not sign.
    Student,
    /// Sees what carries no names.
    Researcher,
}

/// The clinic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clinic {
    /// Name on letters and reports.
    pub name: String,
    /// How to reach it.
    #[serde(default, skip_serializing_if = "Contact::is_empty")]
    pub contact: Contact,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn age_counts_completed_months_and_years() {
        let mut p = Patient::named(PersonName::new("Ada", "Example"));
        assert_eq!(p.age_years(date(2026, 1, 1)), None);
        p.birth_date = Some(date(2024, 2, 29));
        assert_eq!(p.age_months(date(2024, 3, 28)), Some(0));
        assert_eq!(p.age_months(date(2024, 3, 29)), Some(1));
        assert_eq!(p.age_months(date(2025, 8, 28)), Some(17));
        assert_eq!(p.age_months(date(2025, 8, 29)), Some(18));
        assert_eq!(p.age_years(date(2026, 2, 28)), Some(1));
        assert_eq!(p.age_years(date(2026, 3, 1)), Some(2));
        assert_eq!(p.age_years(date(2024, 1, 1)), None);
    }

    #[test]
    fn days_since_onset() {
        let mut d = Diagnosis::new("ischaemic stroke");
        assert_eq!(d.days_since_onset(date(2026, 1, 1)), None);
        d.onset = Some(date(2025, 12, 31));
        assert_eq!(d.days_since_onset(date(2026, 1, 14)), Some(14));
        assert_eq!(d.days_since_onset(date(2025, 12, 30)), None);
    }

    #[test]
    fn names_in_every_combination() {
        let mut n = PersonName::default();
        assert!(n.is_empty());
        n.other = "王芳".into();
        assert_eq!(n.to_string(), "王芳");
        n.family = "Wang".into();
        assert_eq!(n.to_string(), "Wang (王芳)");
        n.given = "Fang".into();
        assert_eq!(n.to_string(), "Fang Wang (王芳)");
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let said = serde_json::from_str::<Patient>(r#"{"name":{"family":"A"},"pregnat":true}"#).unwrap_err();
        assert!(said.to_string().contains("pregnat"), "{said}");
    }
}
