//! Conditions: codes, the schools' protocols with their side rules, regular acupuncture for the same complaint,
//! instruments that fit, and the evidence.
//!
//! One file of `atlas/conditions/` is one condition. Every statement carries its sources; what no text was seen
//! for is marked `background` and shown as unverified.

use baihui_atlas::language::{Fact, Mark, Names, Sides, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::side::{DeficitSide, Laterality, LesionSide, Side};

/// A file of `atlas/conditions/`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConditionFile {
    /// The condition.
    pub condition: Condition,
    /// What the schools, and regular acupuncture, needle for it.
    #[serde(default)]
    pub protocol: Vec<Protocol>,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Condition {
    /// Short identifier, in kebab case.
    pub id: String,
    /// Names.
    pub names: Names,
    /// What is meant, in a sentence.
    pub about: String,
    /// What must be known of the sides before anything can be planned.
    pub laterality: NeedsSide,
    /// Whether the complaint is expected on the side opposite to a lesion of the brain. `None`: no rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossed: Option<bool>,
    /// Codes of the Global Patient Set of SNOMED CT, listed in `atlas/snomed-gps.toml`. ICD codes are entered by
    /// the user: its texts are not ours to ship.
    #[serde(default)]
    pub snomed: Vec<String>,
    /// Instruments that fit, by id.
    #[serde(default)]
    pub instruments: Vec<String>,
    /// What the evidence says.
    #[serde(default)]
    pub evidence: Vec<EvidenceLink>,
    /// Where sources disagree.
    #[serde(default)]
    pub conflict: Vec<Fact>,
    /// Remarks for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Sources of the entry as a whole.
    pub sources: Vec<Source>,
}

/// What must be known of the sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NeedsSide {
    /// The complaint has a side, and it must be given.
    OneSided,
    /// It may have a side.
    Either,
    /// It has none.
    None,
}

/// An entry of `evidence/` or of `atlas/claims/`, and what it has to do with the condition.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EvidenceLink {
    /// `review:ID`, `trial:ID`, `estimate:ID`, `mechanism:ID` or `claim:ID`.
    pub r#ref: String,
    /// Which way it points.
    pub says: Says,
    /// What it says here, in our words.
    pub why: String,
}

/// Which way evidence points for the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// For an effect.
    For,
    /// Some outcomes for, some against.
    Mixed,
    /// No difference.
    Null,
    /// Against, or harm.
    Against,
    /// The result was not seen.
    NotSeen,
}

/// What one school, or one trial, needles for a condition.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Protocol {
    /// Short identifier, unique within the condition.
    pub id: String,
    /// Title, in English.
    pub title: String,
    /// School of the atlas by id, or `body` for regular acupuncture.
    pub school: String,
    /// Sites, in the order in which they are needled or named.
    pub site: Vec<Site>,
    /// Methods of `atlas/techniques.toml`, by id.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Doses as the sources state them.
    #[serde(default)]
    pub regimen: Vec<Fact>,
    /// Where sources disagree.
    #[serde(default)]
    pub conflict: Vec<Fact>,
    /// Remarks for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Sources of the protocol; sites without sources of their own have these.
    pub sources: Vec<Source>,
}

/// A zone, line or point to be needled.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Site {
    /// Code in the atlas, or of a channel point of the body.
    pub code: String,
    /// Named part of a line (`middle 2/5`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Which side is needled.
    pub side: SideRule,
    /// What it is added for; without this it is always needled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<String>,
    /// Remarks for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Sources of this site, where they differ from the protocol's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// Which side of the patient a site is needled on.
///
/// The side of the lesion (in the brain) and the side of the deficit (on the body) are two facts. A rule says
/// which of them it goes by; the two usually lie opposite, and must not be mixed up when they do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SideRule {
    /// Opposite to the deficit.
    Contralateral,
    /// On the side of the deficit.
    Ipsilateral,
    /// On the side of the lesion.
    LesionSide,
    /// Both sides.
    Bilateral,
    /// A site on the midline.
    Midline,
}

/// A side cannot be worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SideError {
    /// The rule goes by the deficit, whose side is not known.
    #[error("the side of the deficit is needed (left and right are the patient's)")]
    DeficitUnknown,
    /// The rule goes by the lesion, whose side is not known.
    #[error("the side of the lesion is needed (left and right are the patient's)")]
    LesionUnknown,
    /// The rule says midline, but the site exists left and right.
    #[error("the site exists on both sides, but the rule says midline")]
    NotOnMidline,
}

impl SideRule {
    /// The sides that are needled, left before right.
    ///
    /// A site on the midline is needled there, whatever the rule.
    ///
    /// # Errors
    /// [`SideError`] where the rule goes by a side that is not known.
    pub fn resolve(
        self,
        site: Sides,
        lesion: Option<LesionSide>,
        deficit: Option<DeficitSide>,
    ) -> Result<Vec<Side>, SideError> {
        if site == Sides::Midline {
            return Ok(vec![Side::Midline]);
        }
        let deficit = || one_or_both(deficit.map(|d| d.0), SideError::DeficitUnknown);
        let sides = match self {
            Self::Bilateral => Laterality::Bilateral,
            Self::Ipsilateral => deficit()?,
            Self::Contralateral => deficit()?.mirrored(),
            Self::LesionSide => one_or_both(lesion.map(|l| l.0), SideError::LesionUnknown)?,
            Self::Midline => return Err(SideError::NotOnMidline),
        };
        Ok(sides.sides().to_vec())
    }

    /// In words, for a reader.
    pub fn words(self) -> &'static str {
        match self {
            Self::Contralateral => "opposite to the deficit",
            Self::Ipsilateral => "on the side of the deficit",
            Self::LesionSide => "on the side of the lesion",
            Self::Bilateral => "both sides",
            Self::Midline => "midline",
        }
    }
}

/// A side that a paired site can be needled by: a complaint on the midline says neither left nor right.
fn one_or_both(side: Option<Laterality>, unknown: SideError) -> Result<Laterality, SideError> {
    side.filter(|s| *s != Laterality::Midline).ok_or(unknown)
}

impl Protocol {
    /// Sources of a site: its own, or the protocol's.
    pub fn sources_of<'a>(&'a self, site: &'a Site) -> &'a [Source] {
        if site.sources.is_empty() { &self.sources } else { &site.sources }
    }

    /// The best mark among the sources of a site.
    pub fn mark_of(&self, site: &Site) -> Mark {
        best_mark(self.sources_of(site))
    }
}

/// The best mark among sources; unverified without any.
pub fn best_mark(sources: &[Source]) -> Mark {
    sources.iter().map(|s| s.mark).min().unwrap_or(Mark::Background)
}
