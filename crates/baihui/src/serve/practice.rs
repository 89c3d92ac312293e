//! The practice: signing in, patients, sessions. What may be done, and by whom, the record itself decides too.

use std::sync::Arc;

use baihui_clinic::{
    access::{Actor, Permission},
    id::Id,
    people::{Patient, PatientId, PersonName, Practitioner, PractitionerId, Role},
    plan::{Plan, PlannedNeedle, SiteKey},
    session::{
        Clocks, Moment, Session, SessionId,
        event::{Event, Start, What},
    },
    store::{Document, Found, Kind, Location, PatientPage, Search, Store, StoreError, Summary, Write},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    cases::Case,
    login::{Caller, Door},
    problem::Problem,
    state::App,
    table::{Access, Doc, Nothing, Table, versions::Part},
    window::Window,
};
use crate::{error::CliError, paper::Language, record::Machine, today};

/// Most events of one request.
const MAX_EVENTS: usize = 2000;

/// The record, and who may open it.
pub struct Practice {
    /// The record.
    pub store: Store,
    /// The doorkeeper.
    pub door: Door,
    /// Whether it is a demonstration: made anew at each start, open to whoever sits at the machine.
    pub demo: bool,
}

impl Practice {
    /// Opens a record with its logins beside it.
    pub async fn open(file: &std::path::Path, demo: bool) -> Result<Self, CliError> {
        let location = Location::File(file.to_owned());
        let store = Store::open(&location, Arc::new(Machine)).await.map_err(CliError::input)?;
        let door = Door::open(file.with_extension("logins"))?;
        Ok(Self { store, door, demo })
    }

    /// The first person, who owns the record and treats.
    pub async fn first(&self, name: &str) -> Result<PractitionerId, StoreError> {
        let id: PractitionerId = self.store.new_id();
        let actor = Actor { id, roles: [Role::Owner, Role::Practitioner].into() };
        let (given, family) = name.trim().rsplit_once(' ').unwrap_or(("", name.trim()));
        let person = Practitioner {
            name: PersonName::new(given, family),
            roles: actor.roles.clone(),
            background: String::new(),
            active: true,
            usual: None,
        };
        self.store.put(&actor, id, Write::new(), &person).await?;
        Ok(id)
    }

    async fn actor(&self, id: PractitionerId) -> Result<Actor, Problem> {
        // The record is asked in the person's own name, as an owner would look up staff.
        let asking = Actor { id, roles: [Role::Owner].into() };
        let found = self.store.get(&asking, id).await.map_err(problem)?;
        if !found.value.active {
            return Err(Problem::forbidden("this person no longer works here"));
        }
        Ok(Actor { id, roles: found.value.roles })
    }
}

/// What the record refuses, as HTTP says it.
pub fn problem(e: StoreError) -> Problem {
    match e {
        StoreError::Denied(d) => Problem::forbidden(d),
        StoreError::Conflict { .. } => {
            Problem::conflict(&e).hint("read it again and repeat the change on what is there now")
        }
        StoreError::NotFound { .. } => Problem::not_found(&e),
        StoreError::Erased { .. } => Problem::gone(&e),
        StoreError::KeyReused => Problem::key_reused(&e),
        StoreError::Invalid(_) | StoreError::Session(_) | StoreError::Outcome(_) => Problem::input(&e),
        // As a conflict: what was tapped waits in the browser until there is one.
        StoreError::NoConsent => Problem::conflict(&e).field("without_consent"),
        StoreError::Damaged { .. }
        | StoreError::NotARecord(_)
        | StoreError::Database { .. }
        | StoreError::NotSaved(_)
        | StoreError::File { .. } => Problem::internal(&e),
    }
}

/// Waits for the record on a thread that may wait.
pub fn wait<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, Problem> {
    tokio::runtime::Handle::current().block_on(work).map_err(problem)
}

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary, access| Doc { id, tag: "practice", summary, access };
    let all = Access::Everybody;
    let needs = Access::Needs;
    table.door("/api/setup", doc("setup", "The first person of a new record", all), setup);
    table.door("/api/login", doc("login", "Sign in", all), login);
    table.door("/api/logout", doc("logout", "Sign out", all), logout);
    table.get_maybe("/api/me", doc("me", "Who is signed in, and whether there is a record", all), me);
    table.list_as(
        "/api/patients",
        doc("patients", "Find patients", needs(Permission::ReadPatient)),
        patients,
    );
    table.post_as(
        "/api/patients",
        doc("newPatient", "A new patient", needs(Permission::WritePatient)),
        new_patient,
    );
    table.get_versioned(
        "/api/patients/{patient}",
        doc(
            "patient",
            "A patient and a line on the newest that is kept of them, 50 of each kind",
            needs(Permission::ReadPatient),
        ),
        patient,
        |page| page.patient.version,
    );
    table.list_as(
        "/api/patients/{patient}/things",
        doc(
            "things",
            "A line on everything of one kind that is kept of a patient, newest first",
            needs(Permission::ReadPatient),
        ),
        things,
    );
    table.post_as(
        "/api/patients/{patient}",
        doc("changePatient", "Change a patient", needs(Permission::WritePatient)),
        change_patient,
    );
    table.get_versioned(
        "/api/sessions/{session}",
        doc("session", "A session: its events, its state, its note", needs(Permission::ReadPatient)),
        session,
        |session| session.version,
    );
    table.post_as(
        "/api/sessions/{session}/events",
        doc("events", "Add what happened to a session, or begin one", needs(Permission::RecordSession)),
        events,
    );
}

/// A name and a password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Name.
    #[serde(default)]
    name: String,
    /// Password, at least 8 characters where one is set.
    #[serde(default)]
    password: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    /// Whether the server has a record open.
    record: bool,
    /// Whether the record is a demonstration.
    demo: bool,
    /// Whether nobody can sign in yet and the first person may be made.
    new: bool,
    /// Who is signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
}

/// Somebody who is signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct User {
    /// Identifier in the record.
    id: PractitionerId,
    /// Name.
    name: String,
    /// Roles.
    roles: std::collections::BTreeSet<Role>,
    /// What requests that change something repeat in the header `x-baihui-csrf`.
    csrf: String,
}

impl From<&Caller> for User {
    fn from(c: &Caller) -> Self {
        Self { id: c.actor.id, name: c.name.clone(), roles: c.actor.roles.clone(), csrf: c.csrf.clone() }
    }
}

/// The record that is open.
pub fn practice(app: &App) -> Result<&Practice, Problem> {
    app.practice.as_ref().ok_or_else(|| {
        Problem::not_found("the server has no record open")
            .hint("start it with --record FILE, or with --demo to try it")
    })
}

/// What a door answers: who is in now, and the cookie's new value; an empty one takes it away.
pub type Entered = (Me, Option<String>);

fn entered(p: &Practice, actor: Actor, name: String) -> Result<Entered, Problem> {
    let (caller, token) = p.door.enter(actor, name)?;
    Ok((Me { record: true, demo: p.demo, new: false, user: Some((&caller).into()) }, Some(token)))
}

fn setup(app: &App, _: Option<&str>, body: Credentials) -> Result<Entered, Problem> {
    let p = practice(app)?;
    if p.demo || !p.door.is_new() {
        return Err(Problem::forbidden("the record has its people already; sign in"));
    }
    if body.password.chars().count() < super::login::SHORTEST || body.name.trim().is_empty() {
        let text = format!("a name, and a password of at least {} characters", super::login::SHORTEST);
        return Err(Problem::input(text).field("password"));
    }
    let id = wait(p.first(&body.name))?;
    p.door.add(&body.name, &body.password, id)?;
    let actor = tokio::runtime::Handle::current().block_on(p.actor(id))?;
    entered(p, actor, body.name.trim().to_owned())
}

fn login(app: &App, _: Option<&str>, body: Credentials) -> Result<Entered, Problem> {
    let p = practice(app)?;
    if p.demo {
        let staff = Actor { id: p.store.new_id(), roles: [Role::Owner].into() };
        let found = wait(p.store.list::<Practitioner>(&staff, 1, 0))?;
        let id = found.first().and_then(|s| s.id.parse().ok());
        let id: PractitionerId = id.ok_or_else(|| Problem::internal("the demonstration has nobody"))?;
        let actor = tokio::runtime::Handle::current().block_on(p.actor(id))?;
        return entered(p, actor, "Demo".to_owned());
    }
    let (id, name) = p.door.check(&body.name, &body.password)?;
    let actor = tokio::runtime::Handle::current().block_on(p.actor(id))?;
    entered(p, actor, name)
}

fn logout(app: &App, token: Option<&str>, _: Nothing) -> Result<Entered, Problem> {
    let p = practice(app)?;
    if let Some(token) = token {
        p.door.leave(token);
    }
    Ok((Me { record: true, demo: p.demo, new: p.door.is_new() && !p.demo, user: None }, Some(String::new())))
}

fn me(app: &App, caller: Option<&Caller>, _: Nothing) -> Result<Me, Problem> {
    Ok(match &app.practice {
        None => Me { record: false, demo: false, new: false, user: None },
        Some(p) => {
            Me { record: true, demo: p.demo, new: p.door.is_new() && !p.demo, user: caller.map(Into::into) }
        }
    })
}

/// What to look for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindParams {
    /// Beginnings of words of the name, a date of birth, a number; without, those saved last.
    #[serde(default)]
    text: String,
    /// At most so many; 50 without, 200 at most.
    #[serde(default)]
    limit: Option<u32>,
    /// Where to go on: what the header `Link` of the part before says.
    #[serde(default)]
    cursor: Option<u32>,
}

/// Patients beyond this are not listed: words find them.
const MOST_PATIENTS: u32 = 999;

fn patients(app: &App, caller: &Caller, p: FindParams) -> Result<Part<Found>, Problem> {
    let store = &practice(app)?.store;
    let window =
        Window::new(p.limit, p.cursor, MOST_PATIENTS).map_err(|e| e.hint("look for words of the name"))?;
    let rows: Vec<Found> = if p.text.trim().is_empty() {
        let all = wait(store.list::<Patient>(&caller.actor, window.limit(), window.skip()))?;
        all.into_iter().map(|patient| Found { patient, because: Vec::new() }).collect()
    } else {
        let search = Search { text: p.text.clone(), limit: window.skip() + window.limit() };
        wait(store.find_patients(&caller.actor, &search))?.into_iter().skip(window.skip() as usize).collect()
    };
    window.part(rows, &[("text", &p.text)])
}

/// What was saved.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Saved {
    /// Identifier.
    pub(super) id: String,
    /// Version.
    pub(super) version: u64,
    /// Patients who may be the same person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) doubles: Vec<Found>,
}

impl Saved {
    /// Something that has no doubles.
    pub fn new(id: String, version: u64) -> Self {
        Self { id, version, doubles: Vec::new() }
    }
}

fn new_patient(app: &App, caller: &Caller, _: Nothing, body: Patient) -> Result<Saved, Problem> {
    let store = &practice(app)?.store;
    if body.name.is_empty() {
        return Err(Problem::input("a patient has a name").field("name"));
    }
    let doubles = wait(store.doubles(&caller.actor, &body))?;
    let (id, version) = created(store, caller, &body)?;
    Ok(Saved { id, version, doubles })
}

/// Keeps something new under a new identifier, which is given with the version. The answer to a request that is sent again
/// names what the first one made.
pub fn created<T: Document>(store: &Store, caller: &Caller, new: &T) -> Result<(String, u64), Problem> {
    let id: Id<T> = made_before(store, caller)?.unwrap_or_else(|| store.new_id());
    let write = Write { expected: 0, idempotency_key: caller.key.clone() };
    let version = wait(store.put(&caller.actor, id, write, new))?;
    Ok((id.to_string(), version))
}

/// The time of something new where the request does not say it: now, or, if the request is sent again, what the first one
/// was given. Otherwise the second would be another request with the same key, and be refused.
pub fn now_of<T: Document>(
    store: &Store,
    caller: &Caller,
    at: fn(&T) -> Timestamp,
) -> Result<Timestamp, Problem> {
    match made_before::<T>(store, caller)? {
        Some(id) => Ok(at(&wait(store.get(&caller.actor, id))?.value)),
        None => Ok(store.now()),
    }
}

/// What a request with this key has made before.
pub fn made_before<T: Document>(store: &Store, caller: &Caller) -> Result<Option<Id<T>>, Problem> {
    let Some(key) = &caller.key else { return Ok(None) };
    match wait(store.carried_out(key))? {
        Some((of, id, _)) if of == T::KIND => id.parse().map(Some).map_err(Problem::internal),
        _ => Ok(None),
    }
}

/// Which patient.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientParams {
    /// Identifier.
    pub patient: PatientId,
}

fn patient(app: &App, caller: &Caller, p: PatientParams) -> Result<PatientPage, Problem> {
    wait(practice(app)?.store.patient_front(&caller.actor, p.patient, FRONT))
}

/// Things of each kind that a patient's page shows first.
const FRONT: u32 = 50;

/// A part of a list of what is kept of a patient begins here at the latest.
pub const MOST_KEPT: u32 = 100_000;

/// Kinds of what is kept of a patient.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ThingKind {
    /// Consents.
    Consent,
    /// Files.
    File,
    /// Outcomes.
    Outcome,
    /// Plans.
    Plan,
    /// Answers about safety.
    Screening,
    /// Sessions.
    Session,
}

impl From<ThingKind> for Kind {
    fn from(kind: ThingKind) -> Self {
        match kind {
            ThingKind::Consent => Self::Consent,
            ThingKind::File => Self::File,
            ThingKind::Outcome => Self::Outcome,
            ThingKind::Plan => Self::Plan,
            ThingKind::Screening => Self::Screening,
            ThingKind::Session => Self::Session,
        }
    }
}

/// Which part of what is kept of a patient.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThingsParams {
    /// Identifier of the patient.
    patient: PatientId,
    /// Of which kind.
    kind: ThingKind,
    /// At most so many; 50 without, 200 at most.
    #[serde(default)]
    limit: Option<u32>,
    /// Where to go on: what the header `Link` of the part before says.
    #[serde(default)]
    cursor: Option<u32>,
}

fn things(app: &App, caller: &Caller, p: ThingsParams) -> Result<Part<Summary>, Problem> {
    let window = Window::new(p.limit, p.cursor, MOST_KEPT)?;
    let kind = Kind::from(p.kind);
    let store = &practice(app)?.store;
    let rows = wait(store.things(&caller.actor, p.patient, kind, window.limit(), window.skip()))?;
    window.part(rows, &[("kind", kind.word())])
}

/// Which part of a patient's list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartParams {
    /// Identifier of the patient.
    pub patient: PatientId,
    /// At most so many; 50 without, 200 at most.
    #[serde(default)]
    limit: Option<u32>,
    /// Where to go on: what the header `Link` of the part before says.
    #[serde(default)]
    cursor: Option<u32>,
}

impl PartParams {
    /// The part as a window.
    ///
    /// # Errors
    /// The cursor is beyond every list.
    pub fn window(&self) -> Result<Window, Problem> {
        Window::new(self.limit, self.cursor, MOST_KEPT)
    }
}

/// A change to a patient.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientChange {
    /// The version that the change was made to, unless the header `If-Match` says it.
    #[serde(default)]
    version: Option<u64>,
    /// The patient as it shall be.
    value: Patient,
}

fn change_patient(
    app: &App,
    caller: &Caller,
    p: PatientParams,
    body: PatientChange,
) -> Result<Saved, Problem> {
    let write = Write { expected: caller.expected(body.version)?, idempotency_key: caller.key.clone() };
    let version = wait(practice(app)?.store.put(&caller.actor, p.patient, write, &body.value))?;
    Ok(Saved { id: p.patient.to_string(), version, doubles: Vec::new() })
}

/// Which session.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionParams {
    /// Identifier; for a new session one of the caller's making (a UUID of version 7).
    session: SessionId,
}

/// Which session, its note in which language.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionAsked {
    /// Identifier.
    session: SessionId,
    /// Language of the note that the session writes by itself; what was signed stays as it was signed.
    #[serde(default)]
    language: Language,
}

/// A session.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionView {
    /// Identifier.
    id: String,
    /// How many events there are.
    version: u64,
    /// What happened, in order.
    events: Vec<Event>,
    /// What that comes to.
    state: Session,
    /// Times as of now.
    clocks: Clocks,
    /// The note that the session writes by itself.
    note: String,
    /// What a report after STRICTA still lacks.
    missing: Vec<String>,
}

fn session(app: &App, caller: &Caller, p: SessionAsked) -> Result<SessionView, Problem> {
    let store = &practice(app)?.store;
    let (version, log) = wait(store.session(&caller.actor, p.session))?;
    let state = log.state();
    Ok(SessionView {
        id: p.session.to_string(),
        version,
        events: log.events().to_vec(),
        clocks: state.clocks(Moment::wall(store.now())),
        note: state.note_in(p.language.of_atlas()),
        missing: state.missing_for_stricta(),
        state: state.clone(),
    })
}

/// Something that happened, as the page recorded it. Who recorded it is whoever is signed in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// When.
    at: Moment,
    /// What.
    what: What,
}

/// What happened since a version.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// The version that these follow; 0 begins the session.
    expected: u64,
    /// What happened, in order.
    events: Vec<Happened>,
}

/// A session that names a plan follows it: a signed plan of this patient, unchanged, needle by needle.
fn follows(app: &App, caller: &Caller, start: &Start) -> Result<(), Problem> {
    let Some(of) = start.plan else { return Ok(()) };
    let versions = wait(practice(app)?.store.history::<Plan>(&caller.actor, of.id.cast()))?;
    let Some(plan) = versions.into_iter().find(|v| v.version == of.version).map(|v| v.value) else {
        return Err(Problem::input(format!("the plan has no version {}", of.version)).field("plan"));
    };
    if plan.patient != Some(start.patient) {
        return Err(Problem::input("the plan is another patient's").field("plan"));
    }
    let needles = plan.to_follow().map_err(|e| Problem::input(e).field("plan"))?;
    if needles != start.planned {
        return Err(Problem::input("the planned needles are not those of the plan").field("planned"));
    }
    let case = Case::read(app, caller, start.patient)?;
    let keys: Vec<SiteKey> = plan.needles.iter().map(PlannedNeedle::key).collect();
    let geometry = case.geometry(app, &keys)?;
    match today::stop(&app.knowledge, &app.atlas, &geometry, &plan, &case.standing) {
        Some(f) => Err(Problem::input(today::words(&f)).field("plan")),
        None => Ok(()),
    }
}

fn events(app: &App, caller: &Caller, p: SessionParams, body: Events) -> Result<Saved, Problem> {
    if body.events.len() > MAX_EVENTS {
        return Err(Problem::input(format!("at most {MAX_EVENTS} events are taken at once")));
    }
    let by = caller.actor.id;
    let events: Vec<Event> = body.events.into_iter().map(|e| Event { at: e.at, by, what: e.what }).collect();
    let store = &practice(app)?.store;
    if let Some(Event { what: What::Started(start), .. }) = events.first() {
        follows(app, caller, start)?;
    }
    let key = caller.key.clone();
    let version = if body.expected == 0 {
        wait(store.start_session(&caller.actor, p.session, key, events))?
    } else {
        wait(store.append_session(&caller.actor, p.session, body.expected, key, events))?
    };
    Ok(Saved { id: p.session.to_string(), version, doubles: Vec::new() })
}
