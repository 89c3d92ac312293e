//! What may happen when: the rules of a session.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Amendment, Circuit, Moment, Needle, NeedleNumber, Phase, Remark, Removal, Round, Session, Signature,
    Span,
    event::{Event, Level, NeedleState, What},
};
use crate::needle::{CONFIRM_ABOVE_MA, Electro, NeedleSpec};

/// Why an event cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SessionError {
    /// There is no first event, or it is not the start.
    #[error("a session begins with \"started\"")]
    NotStarted,
    /// A second start.
    #[error("the session has begun already")]
    StartedTwice,
    /// The phase does not allow it.
    #[error("this cannot be done while the session is {}", match .0 { Phase::Open => "open", Phase::Closed => "closed", Phase::Signed => "signed (it can be amended)" })]
    Phase(Phase),
    /// No check for safety.
    #[error("the patient was not checked for what speaks against needling; record \"screened\" first")]
    NotScreened,
    /// A rule forbids it.
    #[error("rule {0} says stop; it cannot be overridden")]
    Stopped(String),
    /// A rule waits for a decision.
    #[error("rule {0} needs a practitioner's decision with a reason")]
    Undecided(String),
    /// The plan names a needle twice.
    #[error("the plan has two needles called {0}")]
    PlannedTwice(String),
    /// The plan has no such needle.
    #[error("the plan has no needle called {0}")]
    NotPlanned(String),
    /// The planned needle is in.
    #[error("planned needle {label} is in already, as needle {needle}")]
    AlreadyDone {
        /// Label.
        label: String,
        /// Number.
        needle: NeedleNumber,
    },
    /// The number is taken.
    #[error("there is a needle {0} already")]
    NumberTaken(NeedleNumber),
    /// There is no such needle.
    #[error("there is no needle {0}")]
    NoNeedle(NeedleNumber),
    /// The needle is out.
    #[error("needle {0} is out")]
    NeedleIsOut(NeedleNumber),
    /// Planned on one side, done on another, and nobody says why.
    #[error(
        "needle {label} is planned {planned} but recorded {done}; if that is meant, say why (\"deviation\")"
    )]
    WrongSide {
        /// Label.
        label: String,
        /// Planned.
        planned: String,
        /// Done.
        done: String,
    },
    /// More of the needle is in than there is.
    #[error("{inserted_mm} mm of a needle of {length_mm} mm cannot be in")]
    LongerThanNeedle {
        /// In.
        inserted_mm: f64,
        /// Length.
        length_mm: f64,
    },
    /// A position that is no number.
    #[error("the position of {0} is not a finite number of mm")]
    Position(String),
    /// Current runs through the needle.
    #[error("current runs through needle {needle}; switch circuit {circuit} off first")]
    UnderCurrent {
        /// Needle.
        needle: NeedleNumber,
        /// Circuit.
        circuit: u16,
    },
    /// Circuit does not exist or is off.
    #[error("circuit {0} is not on")]
    CircuitOff(u16),
    /// One needle at both ends, or a circuit that changes its needles.
    #[error("circuit {0} needs two different needles, the same ones as long as it is on")]
    CircuitNeedles(u16),
    /// A current that is probably a slip.
    #[error(
        "{0} mA is more than {CONFIRM_ABOVE_MA} mA; if that is meant, confirm it (\"high_current_confirmed\")"
    )]
    HighCurrent(f64),
    /// A round runs, or none runs.
    #[error("{0}")]
    Round(&'static str),
    /// Contact runs, or does not.
    #[error("{0}")]
    Contact(&'static str),
    /// Needles are in at the end.
    #[error("needles {} are still in", numbers(.0))]
    NeedlesIn(Vec<NeedleNumber>),
    /// The count does not fit.
    #[error("{taken_out} needles were taken out but {} counted", .counted.map_or("none was".to_owned(), |c| format!("{c} were")))]
    Count {
        /// Out by the record.
        taken_out: usize,
        /// Counted by hand.
        counted: Option<u16>,
    },
    /// A broken needle without a report.
    #[error("part of needle {0} is still in the patient; report it as an adverse event")]
    RetainedWithoutReport(NeedleNumber),
    /// Not a grade.
    #[error("grade {0} does not exist; CTCAE grades are 1 to 5")]
    Grade(u8),
    /// Not a strength.
    #[error("strength {0} does not exist; expected 0 to 10")]
    Strength(u8),
    /// Words are missing.
    #[error("{0} needs words")]
    Empty(&'static str),
    /// There is no such event, or it cannot be undone.
    #[error("event {0} cannot be undone")]
    CannotUndo(u64),
    /// Without the undone event the rest does not hold.
    #[error("event {event} cannot be undone: then event {then} would not be possible: {why}")]
    UndoBreaks {
        /// Undone.
        event: u64,
        /// The first that fails.
        then: u64,
        /// Why.
        why: Box<SessionError>,
    },
    /// A number that is not finite.
    #[error("{0} is not a finite number")]
    NotFinite(&'static str),
}

fn numbers(needles: &[NeedleNumber]) -> String {
    let words: Vec<String> = needles.iter().map(ToString::to_string).collect();
    words.join(", ")
}

/// The state that follows from events.
pub(super) fn fold(events: &[Event]) -> Result<Session, SessionError> {
    let Some((first, rest)) = events.split_first() else { return Err(SessionError::NotStarted) };
    let mut state = begin(first)?;
    // First as it was recorded, so that each undo was possible at its time; then without what was undone.
    let mut undone = BTreeSet::new();
    for (i, event) in rest.iter().enumerate() {
        let number = i as u64 + 1;
        match &event.what {
            What::Undone { event: which, reason } => {
                words(reason, "an undo")?;
                state.open()?;
                if *which == 0 || *which >= number || undone.contains(which) {
                    return Err(SessionError::CannotUndo(*which));
                }
                if !can_undo(
                    &rest[usize::try_from(*which - 1).map_err(|_| SessionError::CannotUndo(*which))?].what,
                ) {
                    return Err(SessionError::CannotUndo(*which));
                }
                undone.insert(*which);
                state = replay(first, &rest[..=i], &undone, *which)?;
            }
            _ => state.apply(event)?,
        }
    }
    Ok(state)
}

/// Closing, signing and undoing have their own ways back.
fn can_undo(what: &What) -> bool {
    !matches!(
        what,
        What::Undone { .. }
            | What::Closed
            | What::Reopened { .. }
            | What::Signed { .. }
            | What::Amended { .. }
    )
}

fn replay(first: &Event, rest: &[Event], undone: &BTreeSet<u64>, last: u64) -> Result<Session, SessionError> {
    let mut state = begin(first)?;
    for (i, event) in rest.iter().enumerate() {
        let number = i as u64 + 1;
        if undone.contains(&number) || matches!(event.what, What::Undone { .. }) {
            continue;
        }
        state.apply(event).map_err(|why| SessionError::UndoBreaks {
            event: last,
            then: number,
            why: Box::new(why),
        })?;
    }
    state.undone.clone_from(undone);
    Ok(state)
}

fn begin(first: &Event) -> Result<Session, SessionError> {
    let What::Started(start) = &first.what else { return Err(SessionError::NotStarted) };
    let mut labels = BTreeSet::new();
    for planned in &start.planned {
        words(&planned.label, "a planned needle")?;
        if !labels.insert(&planned.label) {
            return Err(SessionError::PlannedTwice(planned.label.clone()));
        }
        possible(&planned.spec)?;
    }
    Ok(Session {
        start: (**start).clone(),
        started: first.at,
        started_by: first.by,
        phase: Phase::Open,
        screening: None,
        needles: BTreeMap::new(),
        rounds: Vec::new(),
        circuits: BTreeMap::new(),
        contact: Vec::new(),
        adverse_events: BTreeMap::new(),
        responses: Vec::new(),
        remarks: Vec::new(),
        counted: None,
        closed: None,
        signature: None,
        amendments: Vec::new(),
        undone: BTreeSet::new(),
    })
}

fn words(text: &str, what: &'static str) -> Result<(), SessionError> {
    if text.trim().is_empty() { Err(SessionError::Empty(what)) } else { Ok(()) }
}

fn possible(spec: &NeedleSpec) -> Result<(), SessionError> {
    words(&spec.site.code, "the site of a needle")?;
    if let Some(p) = spec.site.position_mm
        && !p.iter().all(|c| c.is_finite())
    {
        return Err(SessionError::Position(spec.site.code.clone()));
    }
    if let Some(length) = spec.length_mm {
        for inside in [spec.inserted_mm, spec.depth_mm].into_iter().flatten() {
            if inside > length {
                return Err(SessionError::LongerThanNeedle {
                    inserted_mm: inside.get(),
                    length_mm: length.get(),
                });
            }
        }
    }
    Ok(())
}

impl Session {
    fn open(&self) -> Result<(), SessionError> {
        if self.phase == Phase::Open { Ok(()) } else { Err(SessionError::Phase(self.phase)) }
    }

    fn needle_in(&mut self, number: NeedleNumber) -> Result<&mut Needle, SessionError> {
        match self.needles.get_mut(&number) {
            None => Err(SessionError::NoNeedle(number)),
            Some(n) if n.removed.is_some() => Err(SessionError::NeedleIsOut(number)),
            Some(n) => Ok(n),
        }
    }

    /// Applies one event that is not an undo. On an error the state may be used no further.
    pub(super) fn apply(&mut self, event: &Event) -> Result<(), SessionError> {
        let at = event.at;
        match &event.what {
            What::Started(_) => return Err(SessionError::StartedTwice),
            What::Undone { event, .. } => return Err(SessionError::CannotUndo(*event)),
            What::Signed { note } => {
                if self.phase != Phase::Closed {
                    return Err(SessionError::Phase(self.phase));
                }
                words(note, "a signed note")?;
                self.signature = Some(Signature { at: at.at, by: event.by, note: note.clone() });
                self.phase = Phase::Signed;
            }
            What::Amended { reason, text, about } => {
                if self.phase != Phase::Signed {
                    return Err(SessionError::Phase(self.phase));
                }
                words(reason, "an amendment")?;
                words(text, "an amendment")?;
                let (reason, text) = (reason.clone(), text.clone());
                self.amendments.push(Amendment { at: at.at, by: event.by, reason, text, about: *about });
            }
            What::Reopened { reason } => {
                if self.phase != Phase::Closed {
                    return Err(SessionError::Phase(self.phase));
                }
                words(reason, "reopening")?;
                self.phase = Phase::Open;
                self.closed = None;
                let text = format!("reopened: {reason}");
                self.remarks.push(Remark { at, by: event.by, text });
            }
            What::Adverse { number, event: harm } => {
                // Harm may show after the session is closed or signed; it is added, never changed.
                if !(1..=5).contains(&harm.grade) {
                    return Err(SessionError::Grade(harm.grade));
                }
                if let Some(n) = harm.needle
                    && !self.needles.contains_key(&n)
                {
                    return Err(SessionError::NoNeedle(n));
                }
                self.adverse_events.entry(*number).or_default().push(harm.clone());
            }
            open => {
                self.open()?;
                self.apply_open(at, event, open)?;
            }
        }
        Ok(())
    }

    fn apply_open(&mut self, at: Moment, event: &Event, what: &What) -> Result<(), SessionError> {
        match what {
            What::Screened { findings } => self.screening = Some(findings.clone()),
            What::ContactStarted => {
                if self.contact.last().is_some_and(|s| s.to.is_none()) {
                    return Err(SessionError::Contact("the contact clock runs already"));
                }
                self.contact.push(Span { from: at, to: None });
            }
            What::ContactStopped => match self.contact.last_mut() {
                Some(span) if span.to.is_none() => span.to = Some(at),
                _ => return Err(SessionError::Contact("the contact clock does not run")),
            },
            What::NeedleIn { needle, planned, done, distance_to_plan_mm, deviation } => {
                self.screened()?;
                possible(done)?;
                if self.needles.contains_key(needle) {
                    return Err(SessionError::NumberTaken(*needle));
                }
                if let Some(label) = planned {
                    self.as_planned(label, done, deviation.as_deref())?;
                }
                let needle_done = Needle {
                    planned: planned.clone(),
                    done: (**done).clone(),
                    distance_to_plan_mm: distance_to_plan_mm.map(crate::quantity::Mm::get),
                    deviation: deviation.clone(),
                    de_qi: None,
                    inserted: at,
                    removed: None,
                };
                self.needles.insert(*needle, needle_done);
            }
            What::DeQi { needle, felt } => {
                if let Some(s) = felt.strength.filter(|s| *s > 10) {
                    return Err(SessionError::Strength(s));
                }
                self.needle_in(*needle)?.de_qi = Some(felt.clone());
            }
            What::ManipulationStarted { needles, manipulation } => {
                if self.rounds.last().is_some_and(|r| r.span.to.is_none()) {
                    return Err(SessionError::Round("a round of manipulation runs already"));
                }
                if needles.is_empty() {
                    return Err(SessionError::Round("a round needs a needle"));
                }
                for n in needles {
                    self.needle_in(*n)?;
                }
                let span = Span { from: at, to: None };
                self.rounds.push(Round {
                    needles: needles.clone(),
                    manipulation: manipulation.clone(),
                    span,
                });
            }
            What::ManipulationStopped => match self.rounds.last_mut() {
                Some(round) if round.span.to.is_none() => round.span.to = Some(at),
                _ => return Err(SessionError::Round("no round of manipulation runs")),
            },
            What::ElectroOn { circuit, needles, electro } => {
                self.electro_on(at, *circuit, *needles, electro)?;
            }
            What::ElectroOff { circuit } => match self.circuits.get_mut(circuit) {
                Some(c) if c.off.is_none() => c.off = Some(at),
                _ => return Err(SessionError::CircuitOff(*circuit)),
            },
            What::NeedleOut { needle, state, bled } => {
                let under = self.circuits.iter().find(|(_, c)| c.off.is_none() && c.needles.contains(needle));
                if let Some((circuit, _)) = under {
                    return Err(SessionError::UnderCurrent { needle: *needle, circuit: *circuit });
                }
                if self.rounds.last().is_some_and(|r| r.span.to.is_none() && r.needles.contains(needle)) {
                    return Err(SessionError::Round("the needle is being manipulated; end the round first"));
                }
                self.needle_in(*needle)?.removed = Some(Removal { at, state: *state, bled: *bled });
            }
            What::Counted { needles } => self.counted = Some(*needles),
            What::Responded(response) => {
                words(&response.measure, "a response")?;
                if [response.before, response.after].into_iter().flatten().any(|v| !v.is_finite()) {
                    return Err(SessionError::NotFinite("a response"));
                }
                self.responses.push(response.clone());
            }
            What::Remarked { text } => {
                words(text, "a remark")?;
                self.remarks.push(Remark { at, by: event.by, text: text.clone() });
            }
            What::Closed => self.close(at)?,
            // The others were dealt with before.
            What::Started(_)
            | What::Undone { .. }
            | What::Signed { .. }
            | What::Amended { .. }
            | What::Reopened { .. }
            | What::Adverse { .. } => {}
        }
        Ok(())
    }

    fn screened(&self) -> Result<(), SessionError> {
        let findings = self.screening.as_ref().ok_or(SessionError::NotScreened)?;
        for f in findings {
            match f.level {
                Level::Stop => return Err(SessionError::Stopped(f.rule.clone())),
                Level::Decide if f.overridden.as_deref().is_none_or(|r| r.trim().is_empty()) => {
                    return Err(SessionError::Undecided(f.rule.clone()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn as_planned(
        &self,
        label: &str,
        done: &NeedleSpec,
        deviation: Option<&str>,
    ) -> Result<(), SessionError> {
        let plan = self
            .start
            .planned
            .iter()
            .find(|p| p.label == label)
            .ok_or_else(|| SessionError::NotPlanned(label.to_owned()))?;
        // A needle that came out may be put in again; one that is in may not be there twice.
        let twice =
            self.needles.iter().find(|(_, n)| n.removed.is_none() && n.planned.as_deref() == Some(label));
        if let Some((needle, _)) = twice {
            return Err(SessionError::AlreadyDone { label: label.to_owned(), needle: *needle });
        }
        let said_why = deviation.is_some_and(|d| !d.trim().is_empty());
        if plan.spec.site.side != done.site.side && !said_why {
            let word = |side| format!("{side:?}").to_lowercase();
            return Err(SessionError::WrongSide {
                label: label.to_owned(),
                planned: word(plan.spec.site.side),
                done: word(done.site.side),
            });
        }
        Ok(())
    }

    fn electro_on(
        &mut self,
        at: Moment,
        circuit: u16,
        needles: [NeedleNumber; 2],
        electro: &Electro,
    ) -> Result<(), SessionError> {
        if needles[0] == needles[1] {
            return Err(SessionError::CircuitNeedles(circuit));
        }
        for n in needles {
            self.needle_in(n)?;
        }
        if electro.needs_confirmation() {
            return Err(SessionError::HighCurrent(electro.milliampere.map_or(0.0, |i| i.get())));
        }
        let entry =
            self.circuits.entry(circuit).or_insert(Circuit { needles, settings: Vec::new(), off: None });
        if entry.needles != needles || entry.off.is_some() {
            return Err(SessionError::CircuitNeedles(circuit));
        }
        entry.settings.push((at, electro.clone()));
        Ok(())
    }

    fn close(&mut self, at: Moment) -> Result<(), SessionError> {
        let inside = self.needles_in();
        if !inside.is_empty() {
            return Err(SessionError::NeedlesIn(inside));
        }
        let taken_out = self.needles.len();
        if taken_out > 0 && self.counted.map(usize::from) != Some(taken_out) {
            return Err(SessionError::Count { taken_out, counted: self.counted });
        }
        for (number, n) in &self.needles {
            let retained = n.removed.as_ref().is_some_and(|r| r.state == NeedleState::PartRetained);
            let reported = self.adverse_events.values().flatten().any(|e| e.needle == Some(*number));
            if retained && !reported {
                return Err(SessionError::RetainedWithoutReport(*number));
            }
        }
        // A clock that nobody stopped stops now.
        if let Some(span) = self.contact.last_mut().filter(|s| s.to.is_none()) {
            span.to = Some(at);
        }
        self.closed = Some(at);
        self.phase = Phase::Closed;
        Ok(())
    }
}
