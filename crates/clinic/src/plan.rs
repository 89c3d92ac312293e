//! The plan: what is going to be needled, why, and whether it may be.
//!
//! A plan is a document. It begins as a draft ([`candidate`] proposes, the practitioner chooses and edits), is
//! checked ([`check`]) against the rules of safety, the side rules, the ranges of the sources and STRICTA
//! ([`stricta`]), and becomes a plan when a practitioner signs it ([`sign`]). What is signed does not change: the
//! next version follows it, with the difference shown ([`difference`]). Nothing here does I/O; the clock is a
//! parameter; positions and distances come from the atlas and the head.

pub mod candidate;
pub mod check;
pub mod difference;
pub mod follow;
pub mod needle;
pub mod sign;
pub mod stricta;
pub mod usual;

use std::{collections::BTreeMap, fmt};

use baihui_atlas::language::Mark;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use candidate::{Candidate, CandidateSite, Candidates, PlanError, Request, candidates};
pub use check::{Check, RangeRemark, check};
pub use difference::{Change, difference};
pub use follow::FollowError;
pub use needle::{Current, Manual, PlannedNeedle, Stimulation};
pub use sign::{SignError, Signature, sign};
pub use stricta::{StrictaItem, StrictaState, stricta};
pub use usual::{Technique, Usual};

use crate::{
    id::Id,
    people::{BodyTape, PatientId},
    safety::{Answers, Decision, evaluate::Nearness},
    side::{DeficitSide, LesionSide, Side},
};

/// Identifier of a plan; its versions share it.
pub type PlanId = Id<Plan>;

/// A plan, or a draft of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Identifier, shared by its versions.
    pub id: PlanId,
    /// Version, from 1.
    pub version: u32,
    /// The version that this one follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<u32>,
    /// The patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientId>,
    /// The condition, by id.
    pub condition: String,
    /// Where the lesion is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesion: Option<LesionSide>,
    /// Where the body is affected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deficit: Option<DeficitSide>,
    /// The head that sites were located on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadUsed>,
    /// The body that points of the body were located on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyUsed>,
    /// What was answered about the patient.
    #[serde(default)]
    pub answers: Answers,
    /// The needles, one by one.
    pub needles: Vec<PlannedNeedle>,
    /// Why these, and by whom they are needled: the rest of what STRICTA asks for.
    #[serde(default)]
    pub account: Account,
    /// Decisions about findings of the rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// The signature; without one this is a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// The head that sites were located on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadUsed {
    /// Its name.
    pub name: String,
    /// What it was made from: `template`, `tape`, `scan`, `mri`.
    pub source: String,
}

/// The body that points of the body were located on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyUsed {
    /// Sex of the mesh: `female`, `male`.
    pub sex: String,
    /// Age of the mesh, years.
    pub age_years: f64,
    /// What was measured.
    #[serde(default)]
    pub measured: BodyTape,
    /// What was not known, and what stands for it, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
}

impl BodyUsed {
    /// Whether another body was measured alike: a birthday does not make it another.
    #[must_use]
    pub fn same_measures(&self, other: &Self) -> bool {
        self.sex == other.sex && self.measured == other.measured
    }
}

/// What STRICTA asks for beside the needles. Texts are the practitioner's; `None` is not stated, and `"none"` is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// Style (item 1a).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// Reasoning and its sources (1b).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// How far treatment may vary (1c).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variation: Option<String>,
    /// Maker or material of the needles (2g), where the needles do not state it one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needle_make: Option<String>,
    /// Number of sessions (3a).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u32>,
    /// How often, and how long each (3b).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<String>,
    /// Other interventions (4a).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_interventions: Option<String>,
    /// Setting, instructions and what the patient was told (4b).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// Qualification and years of practice (5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<String>,
    /// The control, in a trial (6). Outside a trial there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
}

/// The control group of a trial (STRICTA 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Why this control (6a).
    pub rationale: String,
    /// What exactly is done (6b).
    pub description: String,
}

/// A site, a part of it and a side: what a needle is matched by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteKey {
    /// Code.
    pub code: String,
    /// Part of a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The patient's side.
    pub side: Side,
}

impl fmt::Display for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        match self.side {
            Side::Left => f.write_str(" left")?,
            Side::Right => f.write_str(" right")?,
            Side::Midline => {}
        }
        self.part.as_ref().map_or(Ok(()), |part| write!(f, " ({part})"))
    }
}

/// Whose coordinates a place has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Frame {
    /// The head's.
    #[default]
    Head,
    /// The body's: +x the patient's right, +y forward, +z up, origin near the pelvis. Never to be mixed with the head's.
    Body,
}

impl Frame {
    fn is_head(&self) -> bool {
        *self == Self::Head
    }
}

/// A sentence in two languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// Where a site is on this person, as the atlas and head or body say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Whose coordinates these are.
    #[serde(default, skip_serializing_if = "Frame::is_head")]
    pub frame: Frame,
    /// Start of the needle's way, or the point, mm, RAS.
    pub start_mm: [f64; 3],
    /// End of a line or of a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_mm: Option<[f64; 3]>,
    /// Standard deviation of the place, mm; the most where figures differ.
    pub sd_mm: f64,
    /// The least of it, where figures differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd_least_mm: Option<f64>,
    /// What it is made of, and what is not in it because nobody has published a figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd_about: Option<Said>,
    /// How to find it with a tape on this person.
    pub tape: String,
    /// The same in Chinese, where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tape_zh: Option<String>,
    /// Where the rule had to choose a number that its source does not give, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<String>,
    /// Variant of a disputed construction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// How well the construction was checked.
    pub mark: Mark,
    /// What lies beneath, most likely first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beneath: Vec<Beneath>,
}

impl Place {
    /// Where it begins, in the head's frame; nothing for a place of the body.
    #[must_use]
    pub fn on_head_mm(&self) -> Option<[f64; 3]> {
        self.frame.is_head().then_some(self.start_mm)
    }
}

/// A structure beneath a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Beneath {
    /// Name, as the labels have it.
    pub name: String,
    /// How likely, 0 to 1.
    pub probability: f64,
}

/// What geometry says about one site on this person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnPerson {
    /// Where it is; none if this person cannot carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Why it cannot be located.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Distances to the regions marked on the patient's skin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Nearness>,
}

/// What geometry says, site by site.
pub type Geometry = BTreeMap<SiteKey, OnPerson>;

impl Plan {
    /// A draft without needles.
    pub fn draft(id: PlanId, condition: &str) -> Self {
        Self {
            id,
            version: 1,
            follows: None,
            patient: None,
            condition: condition.to_owned(),
            lesion: None,
            deficit: None,
            head: None,
            body: None,
            answers: Answers::default(),
            needles: Vec::new(),
            account: Account::default(),
            decisions: Vec::new(),
            signature: None,
        }
    }

    /// Adds the needles of a candidate, numbered on; a site that is already there is not added twice.
    pub fn add(&mut self, candidate: &Candidate) {
        for site in &candidate.sites {
            if let Some(needle) = PlannedNeedle::of(candidate, site)
                && self.needles.iter().all(|n| n.key() != needle.key())
            {
                self.push(needle);
            }
        }
    }

    /// Adds one needle with the next free name (`n1`, `n2`, ...).
    pub fn push(&mut self, mut needle: PlannedNeedle) {
        let taken = |id: &str| self.needles.iter().any(|n| n.id == id);
        let number = (1..).map(|n| format!("n{n}")).find(|id| !taken(id));
        needle.id = number.unwrap_or_default();
        self.needles.push(needle);
    }

    /// The next version: a draft with the same needles. Decisions are made anew, and so are answers to what is
    /// asked at every visit.
    #[must_use]
    pub fn next_version(&self, questions: &BTreeMap<String, crate::safety::FactQuestion>) -> Self {
        let mut next = self.clone();
        next.version = self.version + 1;
        next.follows = Some(self.version);
        next.decisions.clear();
        next.signature = None;
        next.answers.0.retain(|name, _| questions.get(name).is_some_and(|q| !q.each_visit));
        next
    }
}
