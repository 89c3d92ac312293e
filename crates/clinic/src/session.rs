//! One session as it was done: a log of events, and the state that follows from them.
//!
//! Nothing is ever changed in the log. A slip is put right by an event that undoes an earlier one, and what is
//! signed by an amendment that leaves the old text in place. [`SessionLog::append`] refuses what cannot be: a needle
//! that is taken out twice, a session that closes with a needle in, a needle on another side than planned without a
//! word why.

mod apply;
mod clock;
pub mod event;
mod note;

use std::collections::{BTreeMap, BTreeSet};

use baihui_atlas::words::Language;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::event::{AdverseEvent, Event, Finding, Response, Start, What};
pub use self::{
    apply::SessionError,
    clock::{Clocks, Moment, Mono},
    note::word as note_word,
};
use crate::{
    id::Id,
    needle::{Electro, Manipulation, NeedleSpec},
    people::PractitionerId,
};

/// Identifier of a session.
pub type SessionId = Id<SessionLog>;

/// A needle within its session: 1, 2, 3 ... as they are put in.
pub type NeedleNumber = u16;

/// The events of a session in order, with the state that follows from them.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionLog {
    events: Vec<Event>,
    state: Session,
}

impl SessionLog {
    /// Begins a session.
    ///
    /// # Errors
    /// [`SessionError`] if the plan names a needle twice or a value cannot be.
    pub fn start(at: Moment, by: PractitionerId, start: Start) -> Result<Self, SessionError> {
        Self::from_events(vec![Event { at, by, what: What::Started(Box::new(start)) }])
    }

    /// The session that these events are.
    ///
    /// # Errors
    /// [`SessionError`] at the first event that is not possible.
    pub fn from_events(events: Vec<Event>) -> Result<Self, SessionError> {
        let state = apply::fold(&events)?;
        Ok(Self { events, state })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`SessionError`] if it is not possible now; the log is then as it was.
    pub fn append(&mut self, event: Event) -> Result<(), SessionError> {
        if matches!(event.what, What::Undone { .. }) {
            // Whether the rest still holds without the undone event is seen by going through all again.
            let mut events = self.events.clone();
            events.push(event);
            *self = Self::from_events(events)?;
        } else {
            let mut state = self.state.clone();
            state.apply(&event)?;
            self.state = state;
            self.events.push(event);
        }
        Ok(())
    }

    /// The events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How many events there are: the version of the session.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.events.len() as u64
    }

    /// What follows from the events.
    #[must_use]
    pub fn state(&self) -> &Session {
        &self.state
    }
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Going on.
    Open,
    /// All needles are out and counted.
    Closed,
    /// Signed; only amendments follow.
    Signed,
}

/// What is known of a session.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Session {
    /// How it began: patient, plan, what was planned.
    pub start: Start,
    /// When it began.
    pub started: Moment,
    /// Who began it.
    pub started_by: PractitionerId,
    /// How far it is.
    pub phase: Phase,
    /// What the check for safety found, once it was made.
    pub screening: Option<Vec<Finding>>,
    /// Needles by number.
    pub needles: BTreeMap<NeedleNumber, Needle>,
    /// Rounds of manipulation, in order.
    pub rounds: Vec<Round>,
    /// Electrical circuits by number.
    pub circuits: BTreeMap<u16, Circuit>,
    /// Spans during which the practitioner was with the patient.
    pub contact: Vec<Span>,
    /// Harm, by number from 1; each with all that was said of it.
    pub adverse_events: BTreeMap<u16, Vec<AdverseEvent>>,
    /// What changed at once.
    pub responses: Vec<Response>,
    /// Exercise, therapy, remarks.
    pub remarks: Vec<Remark>,
    /// Needles counted by hand, last count.
    pub counted: Option<u16>,
    /// When it was closed.
    pub closed: Option<Moment>,
    /// The signed note.
    pub signature: Option<Signature>,
    /// What was added after signing.
    pub amendments: Vec<Amendment>,
    /// Numbers of events that were undone.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub undone: BTreeSet<u64>,
}

/// One needle as it was done.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Needle {
    /// Label of the planned needle, if it was planned.
    pub planned: Option<String>,
    /// What was done.
    pub done: NeedleSpec,
    /// Distance between where it was planned and where it is, as the head says, in mm.
    pub distance_to_plan_mm: Option<f64>,
    /// Why it differs from the plan.
    pub deviation: Option<String>,
    /// What was felt.
    pub de_qi: Option<event::DeQi>,
    /// When it went in.
    pub inserted: Moment,
    /// When and how it came out.
    pub removed: Option<Removal>,
}

/// How a needle came out.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Removal {
    /// When.
    pub at: Moment,
    /// In what state.
    pub state: event::NeedleState,
    /// Whether it bled.
    pub bled: Option<bool>,
}

/// A round of manipulation.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Round {
    /// On which needles.
    pub needles: Vec<NeedleNumber>,
    /// What was done.
    pub manipulation: Manipulation,
    /// From when to when.
    pub span: Span,
}

/// Current through two needles.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Circuit {
    /// Between which needles.
    pub needles: [NeedleNumber; 2],
    /// The settings one after the other.
    pub settings: Vec<(Moment, Electro)>,
    /// When it was switched off.
    pub off: Option<Moment>,
}

/// A span of time that may go on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Span {
    /// From when.
    pub from: Moment,
    /// Until when; none if it goes on.
    pub to: Option<Moment>,
}

/// Something said on the way.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Remark {
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: PractitionerId,
    /// What.
    pub text: String,
}

/// A signed note.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Signature {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: PractitionerId,
    /// The note as it was signed.
    pub note: String,
}

/// What was added after signing; what was signed stays.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Amendment {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: PractitionerId,
    /// Why.
    pub reason: String,
    /// What is added, or stands instead.
    pub text: String,
    /// The event that it speaks of.
    pub about: Option<u64>,
}

impl Session {
    /// Numbers of the needles that are in.
    #[must_use]
    pub fn needles_in(&self) -> Vec<NeedleNumber> {
        self.needles.iter().filter(|(_, n)| n.removed.is_none()).map(|(k, _)| *k).collect()
    }

    /// Planned needles that were never put in.
    #[must_use]
    pub fn not_done(&self) -> Vec<&str> {
        let done: BTreeSet<&str> = self.needles.values().filter_map(|n| n.planned.as_deref()).collect();
        self.start.planned.iter().map(|p| p.label.as_str()).filter(|l| !done.contains(l)).collect()
    }

    /// What STRICTA item 2 asks for and nobody has recorded, as `2c: depth of needle 3`.
    #[must_use]
    pub fn missing_for_stricta(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if self.needles.is_empty() {
            missing.push("2a: no needle is recorded".to_owned());
        }
        for (number, n) in &self.needles {
            if n.done.depth_mm.is_none() && n.done.inserted_mm.is_none() && n.done.layer.is_none() {
                missing.push(format!("2c: depth of needle {number}"));
            }
            if n.de_qi.is_none() {
                missing.push(format!("2d: response to needle {number}"));
            }
            if n.removed.is_none() {
                missing.push(format!("2f: retention of needle {number}"));
            }
            if n.done.diameter_mm.is_none() || n.done.length_mm.is_none() {
                missing.push(format!("2g: diameter and length of needle {number}"));
            }
        }
        if self.rounds.is_empty() && self.circuits.is_empty() && !self.start.no_stimulation {
            missing.push("2e: stimulation (or that there was none)".to_owned());
        }
        missing
    }

    /// The note, from what happened. The same session gives the same note.
    #[must_use]
    pub fn note(&self) -> String {
        self.note_in(Language::En)
    }

    /// The note in a language.
    #[must_use]
    pub fn note_in(&self, language: Language) -> String {
        note::write(self, language)
    }

    /// Contact and dwell times as of a moment.
    #[must_use]
    pub fn clocks(&self, now: Moment) -> Clocks {
        clock::read(self, now)
    }
}
