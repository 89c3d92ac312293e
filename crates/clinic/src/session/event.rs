//! What can happen in a session.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Moment, NeedleNumber};
use crate::{
    id::Id,
    needle::{Electro, Manipulation, NeedleSpec},
    people::{PatientId, PractitionerId},
    quantity::Mm,
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// Who recorded it.
    pub by: PractitionerId,
    /// What.
    pub what: What,
}

/// Kinds of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum What {
    /// The session begins. Always the first event, and only the first.
    Started(Box<Start>),
    /// The patient was checked for what speaks against needling. Needed before the first needle.
    Screened {
        /// What was found; empty if nothing.
        findings: Vec<Finding>,
    },
    /// The practitioner comes to the patient.
    ContactStarted,
    /// The practitioner leaves the patient.
    ContactStopped,
    /// A needle goes in.
    NeedleIn {
        /// Its number in this session.
        needle: NeedleNumber,
        /// Label of the planned needle that it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        planned: Option<String>,
        /// What was done.
        done: Box<NeedleSpec>,
        /// Distance along the skin between where it was planned and where it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        distance_to_plan_mm: Option<Mm>,
        /// Why it differs from the plan; needed if the side does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deviation: Option<String>,
    },
    /// What was felt, by patient or hand.
    DeQi {
        /// At which needle.
        needle: NeedleNumber,
        /// What.
        felt: DeQi,
    },
    /// A round of manipulation begins.
    ManipulationStarted {
        /// On which needles.
        needles: Vec<NeedleNumber>,
        /// What.
        manipulation: Manipulation,
    },
    /// The round that runs ends.
    ManipulationStopped,
    /// Current is switched on, or set anew.
    ElectroOn {
        /// Number of the circuit.
        circuit: u16,
        /// Between which needles.
        needles: [NeedleNumber; 2],
        /// How.
        electro: Electro,
    },
    /// Current is switched off.
    ElectroOff {
        /// Number of the circuit.
        circuit: u16,
    },
    /// A needle comes out.
    NeedleOut {
        /// Which.
        needle: NeedleNumber,
        /// In what state.
        #[serde(default)]
        state: NeedleState,
        /// Whether it bled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bled: Option<bool>,
    },
    /// The needles taken out were counted by hand.
    Counted {
        /// How many there are.
        needles: u16,
    },
    /// Harm, or more about harm that was reported before.
    Adverse {
        /// Number of the report, from 1; the same number again says more about the same.
        number: u16,
        /// What is known now.
        event: AdverseEvent,
    },
    /// What changed at once.
    Responded(Response),
    /// Exercise or other therapy during the session, advice, anything.
    Remarked {
        /// What.
        text: String,
    },
    /// An event was recorded by mistake. Only while the session is open.
    Undone {
        /// Its number, from 0.
        event: u64,
        /// Why.
        reason: String,
    },
    /// All is done: every needle is out and counted.
    Closed,
    /// A closed session goes on, before it is signed.
    Reopened {
        /// Why.
        reason: String,
    },
    /// The session is signed with its note.
    Signed {
        /// The note.
        note: String,
    },
    /// Something is added to what was signed.
    Amended {
        /// Why.
        reason: String,
        /// What.
        text: String,
        /// The event that it speaks of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<u64>,
    },
}

impl What {
    /// Whether only a practitioner may do this.
    #[must_use]
    pub fn needs_signature(&self) -> bool {
        match self {
            Self::Signed { .. } | Self::Amended { .. } => true,
            Self::Screened { findings } => findings.iter().any(|f| f.overridden.is_some()),
            _ => false,
        }
    }
}

/// How a session begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Who is treated.
    pub patient: PatientId,
    /// Who treats.
    pub practitioner: PractitionerId,
    /// The plan that is followed, with its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanRef>,
    /// The needles of that plan, as they were when the session began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planned: Vec<PlannedNeedle>,
    /// How the patient lies or sits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// Where, and what was said to the patient (STRICTA 4b).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub setting: String,
    /// That needles are meant to stay without stimulation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_stimulation: bool,
    /// Why it begins although no consent of the patient to treatment stands in the record: a practitioner's decision.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub without_consent: String,
}

/// Which plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRef {
    /// Its identifier in the record.
    pub id: Id<()>,
    /// Its version.
    pub version: u64,
}

/// A planned needle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedNeedle {
    /// What the plan calls it, once in a plan.
    pub label: String,
    /// What is planned.
    pub spec: NeedleSpec,
}

/// How a patient lies or sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Lying on the back.
    Supine,
    /// Lying on the belly.
    Prone,
    /// Lying on the patient's left side.
    LeftSide,
    /// Lying on the patient's right side.
    RightSide,
    /// Sitting.
    Sitting,
    /// Standing or walking.
    Upright,
}

/// What a rule of safety says of this session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Which rule.
    pub rule: String,
    /// How it weighs.
    pub level: Level,
    /// What it says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A practitioner's reason to go on all the same. A `stop` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<String>,
}

/// How a rule weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// To be known.
    Caution,
    /// A practitioner decides, with a reason.
    Decide,
    /// Not to be done.
    Stop,
}

/// What was felt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeQi {
    /// Whether anything was.
    pub felt: bool,
    /// Kinds: `sore`, `heavy`, `warm`, `spreading` ...
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kinds: BTreeSet<String>,
    /// How strong, 0 to 10, by the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 10))]
    pub strength: Option<u8>,
}

/// State of a needle when it is out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NeedleState {
    /// Whole.
    #[default]
    Whole,
    /// Bent.
    Bent,
    /// Broken, all parts recovered.
    Broken,
    /// Broken, and a part is still in the patient: needs a report of harm.
    PartRetained,
}

/// What changed at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// What was measured or asked: `grip`, `NRS pain`, `10MWT`.
    pub measure: String,
    /// Unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<f64>,
    /// After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<f64>,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Harm, or what may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdverseEvent {
    /// What.
    pub code: AdverseCode,
    /// CTCAE grade: 1 mild, 2 moderate, 3 severe, 4 life-threatening, 5 death.
    #[schemars(range(min = 1, max = 5))]
    pub grade: u8,
    /// Whether the needling caused it.
    pub causality: Causality,
    /// At which needle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needle: Option<NeedleNumber>,
    /// Whether it is serious in the sense of the regulations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub serious: bool,
    /// When it began, if not at the time of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// What was done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub action: String,
    /// What became of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Kinds of harm, after the classes of the published surveys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AdverseCode {
    /// Local bleeding.
    Bleeding,
    /// Haematoma in the skin.
    HaematomaSkin,
    /// Haematoma below the aponeurosis of the scalp.
    HaematomaSubgaleal,
    /// Pain after needling.
    Pain,
    /// Stuck needle.
    StuckNeedle,
    /// Bent needle.
    BentNeedle,
    /// Broken needle.
    BrokenNeedle,
    /// Forgotten needle.
    ForgottenNeedle,
    /// Fainting.
    Syncope,
    /// Seizure.
    Seizure,
    /// Dizziness.
    Dizziness,
    /// Headache.
    Headache,
    /// Nausea.
    Nausea,
    /// Drowsiness or fatigue.
    Fatigue,
    /// The complaint becomes worse.
    Aggravation,
    /// Infection of the skin.
    SkinInfection,
    /// Allergy.
    Allergy,
    /// Burn by current or moxa.
    Burn,
    /// Injury of a nerve.
    NerveInjury,
    /// Pneumothorax.
    Pneumothorax,
    /// Injury of an organ.
    OrganInjury,
    /// Injury within skull or spine.
    IntracranialOrSpinal,
    /// Anything else, said in words.
    Other,
}

/// Causality, in the categories of WHO-UMC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Causality {
    /// Certain.
    Certain,
    /// Probable or likely.
    Probable,
    /// Possible.
    Possible,
    /// Unlikely.
    Unlikely,
    /// Not yet classified.
    Unclassified,
    /// Cannot be assessed.
    Unassessable,
}
