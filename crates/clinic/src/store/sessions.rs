//! Sessions in the record: each save adds the events that are new.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{
    Kind, Store, StoreError, Write,
    db::Arg,
    document::{Described, Version, damaged, to_json},
    error::while_doing,
    sql,
};
use crate::{
    access::{Actor, Permission},
    consent::{self, Consent, ConsentTo},
    people::PatientId,
    plan::{Plan, PlanId},
    session::{
        Phase, Session, SessionError, SessionId, SessionLog,
        event::{Event, PlanRef, PlannedNeedle, What},
    },
};

impl Store {
    /// The needles that a session of a patient begins with when it follows a plan of the record: those of the plan's
    /// newest version, which must be signed.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a draft, for what changed after it was signed and for another patient's plan;
    /// otherwise as [`Store::get`].
    pub async fn follow_plan(
        &self,
        actor: &Actor,
        plan: PlanId,
        patient: PatientId,
    ) -> Result<(PlanRef, Vec<PlannedNeedle>), StoreError> {
        let kept = self.get::<Plan>(actor, plan).await?;
        let planned = needles_of(&kept.value, patient)?;
        Ok((PlanRef { id: plan.cast(), version: kept.version }, planned))
    }

    /// Starts a session from its first events; the first is `started`. Returns the version: how many events there
    /// are. A session that names a plan has that plan's needles as the planned ones, and the plan is signed. A consent
    /// to treatment stands, or a practitioner says why it begins without.
    ///
    /// # Errors
    /// [`StoreError::Session`] for events that are not possible, [`StoreError::Invalid`] where the plan is no plan to
    /// follow, [`StoreError::NoConsent`], otherwise as [`Store::put`].
    pub async fn start_session(
        &self,
        actor: &Actor,
        id: SessionId,
        key: Option<String>,
        events: Vec<Event>,
    ) -> Result<u64, StoreError> {
        allowed(actor, &events)?;
        let log = SessionLog::from_events(events)?;
        // What was carried out before is answered as it was then, whatever has been withdrawn since.
        let again = match &key {
            Some(key) => self.carried_out(key).await?.is_some(),
            None => false,
        };
        if !again {
            self.follows_its_plan(&log).await?;
            self.consented(actor, &log).await?;
        }
        self.save(actor, id, 0, key, &log).await
    }

    /// Adds events to a session that is at a version. Returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if someone added events meanwhile, [`StoreError::Session`] for events that are not
    /// possible, otherwise as [`Store::put`].
    pub async fn append_session(
        &self,
        actor: &Actor,
        id: SessionId,
        expected: u64,
        key: Option<String>,
        events: Vec<Event>,
    ) -> Result<u64, StoreError> {
        allowed(actor, &events)?;
        let mut log = self.log(id).await?;
        if log.version() != expected {
            // A retry of what was saved before finds more events than it expects; the key tells.
            if key.is_some() && log.version() > expected {
                let known = usize::try_from(expected).unwrap_or(usize::MAX);
                log = SessionLog::from_events(log.events().get(..known).unwrap_or_default().to_vec())?;
            } else {
                let (kind, id, found) = (Kind::Session.word(), id.to_string(), log.version());
                return Err(StoreError::Conflict { kind, id, expected, found });
            }
        }
        if events.is_empty() {
            return Err(StoreError::Invalid("there are no events to add".into()));
        }
        for event in events {
            log.append(event)?;
        }
        self.save(actor, id, expected, key, &log).await
    }

    async fn follows_its_plan(&self, log: &SessionLog) -> Result<(), StoreError> {
        let start = &log.state().start;
        let Some(plan) = start.plan else { return Ok(()) };
        let kept = self.version::<Plan>(plan.id.cast(), plan.version).await?.ok_or_else(|| {
            let id = format!("{} version {}", plan.id, plan.version);
            StoreError::NotFound { kind: Kind::Plan.word(), id }
        })?;
        if needles_of(&kept.value, start.patient)? == start.planned {
            return Ok(());
        }
        Err(StoreError::Invalid(
            "the planned needles are not those of the plan that the session follows".into(),
        ))
    }

    async fn consented(&self, actor: &Actor, log: &SessionLog) -> Result<(), StoreError> {
        let state = log.state();
        let given: Vec<Consent> =
            self.newest_of(state.start.patient).await?.into_iter().map(|c| c.value).collect();
        // Then, or now: a session is sent after it began, and the clocks of two machines are never quite the same.
        let stands = |at| consent::stands(&given, ConsentTo::Treatment, at);
        if stands(state.started.at) || stands(self.now()) {
            return Ok(());
        }
        if state.start.without_consent.trim().is_empty() {
            return Err(StoreError::NoConsent);
        }
        Ok(actor.may(Permission::Sign)?)
    }

    async fn save(
        &self,
        actor: &Actor,
        id: SessionId,
        expected: u64,
        key: Option<String>,
        log: &SessionLog,
    ) -> Result<u64, StoreError> {
        let new = log.events().get(usize::try_from(expected).unwrap_or(usize::MAX)..).unwrap_or_default();
        let state = log.state();
        let described = Described {
            kind: Kind::Session,
            id: id.to_string(),
            patient: Some(state.start.patient),
            version: log.version(),
            sort: Some(state.started.at),
            state: match state.phase {
                Phase::Open => "open",
                Phase::Closed => "closed",
                Phase::Signed => "signed",
            },
            summary: summary(state),
            words: None,
            action: action(expected, new),
        };
        self.write_entry(actor, described, Write { expected, idempotency_key: key }, &to_json(&new)?).await
    }

    /// Reads a session.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn session(&self, actor: &Actor, id: SessionId) -> Result<(u64, SessionLog), StoreError> {
        actor.may(Permission::ReadPatient)?;
        let log = self.log(id).await?;
        let patient = log.state().start.patient.to_string();
        let mut line = self.line(actor, "read", Kind::Session.word(), id.to_string(), Some(patient));
        line.detail = format!("version {}", log.version());
        self.note(vec![line]).await?;
        Ok((log.version(), log))
    }

    pub(crate) async fn log(&self, id: SessionId) -> Result<SessionLog, StoreError> {
        let text = id.to_string();
        let args = [Arg::Text(Kind::Session.word()), Arg::Text(&text)];
        let rows = self.db.rows(sql::ENTRIES, &args).await.map_err(while_doing("read"))?;
        if rows.is_empty() {
            return Err(StoreError::NotFound { kind: Kind::Session.word(), id: text });
        }
        let versions: Vec<Version> =
            rows.iter().map(|r| Version::read(Kind::Session, &text, r)).collect::<Result<_, _>>()?;
        log_of(&text, &versions)
    }
}

/// The session that versions add up to.
pub(crate) fn log_of(id: &str, versions: &[Version]) -> Result<SessionLog, StoreError> {
    let mut events: Vec<Event> = Vec::new();
    for v in versions {
        let more: Vec<Event> = serde_json::from_slice(&v.json).map_err(|e| damaged("session", id, e))?;
        events.extend(more);
        if events.len() as u64 != v.version {
            return Err(damaged("session", id, "events are missing"));
        }
    }
    SessionLog::from_events(events).map_err(|e: SessionError| damaged("session", id, e))
}

/// The needles of a plan that a session of a patient may follow.
fn needles_of(plan: &Plan, patient: PatientId) -> Result<Vec<PlannedNeedle>, StoreError> {
    if plan.patient != Some(patient) {
        return Err(StoreError::Invalid("the plan is another patient's".into()));
    }
    plan.to_follow().map_err(|e| StoreError::Invalid(e.to_string()))
}

/// Whether the actor may record these events. Nobody records in another's name.
fn allowed(actor: &Actor, events: &[Event]) -> Result<(), StoreError> {
    for event in events {
        actor.may(if event.what.needs_signature() { Permission::Sign } else { Permission::RecordSession })?;
        if event.by != actor.id {
            return Err(StoreError::Invalid("an event is recorded in the name of whoever records it".into()));
        }
    }
    Ok(())
}

fn action(expected: u64, new: &[Event]) -> &'static str {
    let any = |f: fn(&What) -> bool| new.iter().any(|e| f(&e.what));
    if any(|w| matches!(w, What::Signed { .. })) {
        "sign"
    } else if any(|w| matches!(w, What::Amended { .. })) {
        "amend"
    } else if expected == 0 {
        "create"
    } else {
        "change"
    }
}

fn summary(s: &Session) -> Json {
    let zones: BTreeSet<&str> = s.needles.values().map(|n| n.done.site.code.as_str()).collect();
    json!({
        "started": s.started.at,
        "closed": s.closed.map(|m| m.at),
        "practitioner": s.start.practitioner,
        "needles": s.needles.len(),
        "needles_in": s.needles_in().len(),
        "zones": zones,
        "adverse_events": s.adverse_events.len(),
        "worst_grade": s.adverse_events.values().filter_map(|v| v.last()).map(|e| e.grade).max(),
        "signed_by": s.signature.as_ref().map(|s| s.by),
        "amendments": s.amendments.len(),
    })
}
