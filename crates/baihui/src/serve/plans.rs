//! Plans: candidates for a condition, drafts that are checked as they change, the signature, the next version.
//!
//! What a draft says of the patient's answers, of places and of decisions is the record's and the atlas's, not the
//! page's: it is worked out anew at every save.

use baihui_clinic::{
    access::Permission,
    people::{PatientId, Practitioner, Role},
    plan::{
        self, Account, Candidates, Change, Check, HeadUsed, Plan, PlanId, PlannedNeedle, Request, SiteKey,
        Technique, Usual, candidate::sites_to_locate, candidates, check, difference, sign, usual::Stated,
    },
    safety::Decision,
    session::SessionId,
    side::{DeficitSide, Laterality, LesionSide},
    store::{Stored, Write},
    technique::Region,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    cases::Case,
    login::Caller,
    practice::{PatientParams, made_before, practice, wait},
    problem::Problem,
    state::App,
    table::{Access, Doc, Nothing, Table},
};
use crate::commands::plan::geometry;

/// Most needles of a plan.
const MOST_NEEDLES: usize = 200;

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary, needs| Doc { id, tag: "plans", summary, access: Access::Needs(needs) };
    use Permission::{DraftPlan, ReadPatient, Sign};
    table.get_as(
        "/api/patients/{patient}/candidates",
        doc("candidates", "What could be needled for a condition on this patient's head", ReadPatient),
        candidates_for,
    );
    table.post_as(
        "/api/patients/{patient}/plans",
        doc("newPlan", "A draft from one or more protocols, or from an earlier plan", DraftPlan),
        new_plan,
    );
    table.get_versioned(
        "/api/plans/{plan}",
        doc("plan", "A plan with its check", ReadPatient),
        read_plan,
        |plan| plan.version,
    );
    table.post_as("/api/plans/{plan}", doc("changePlan", "Change a draft", DraftPlan), change_plan);
    table.post_as(
        "/api/plans/{plan}/decisions",
        doc("decide", "Decide about a finding of the rules, with a reason", Sign),
        decide,
    );
    table.post_as("/api/plans/{plan}/signature", doc("signPlan", "Sign a plan", Sign), sign_plan);
    table.post_as(
        "/api/plans/{plan}/next",
        doc(
            "nextPlan",
            "The draft that follows a signed plan, perhaps as the last session was done",
            DraftPlan,
        ),
        next_plan,
    );
    table.get_as("/api/usual", doc("usual", "What the person signed in usually does", DraftPlan), usual);
    table.post_as(
        "/api/usual",
        doc("keepUsual", "Keep what the person signed in usually does", DraftPlan),
        keep_usual,
    );
}

/// For which condition.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateParams {
    /// The patient.
    patient: PatientId,
    /// The condition, by id.
    condition: String,
    /// Where the lesion is; without, as the patient's diagnosis of this condition has it.
    #[serde(default)]
    lesion: Option<Laterality>,
    /// Where the body is affected; without, as the patient's diagnosis of this condition has it.
    #[serde(default)]
    deficit: Option<Laterality>,
}

/// Candidates on a patient's head.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CandidatesView {
    /// Name of the head on this server.
    head: String,
    /// The head as a plan names it.
    head_used: HeadUsed,
    /// Side of the lesion that was taken.
    lesion: Option<LesionSide>,
    /// Side of the deficit that was taken.
    deficit: Option<DeficitSide>,
    /// The candidates.
    found: Candidates,
    /// Technique that one source states for needles of the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    head_technique: Option<Stated>,
    /// Technique that one source states for needles of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_technique: Option<Stated>,
}

fn request(case: &Case, condition: &str, lesion: Option<Laterality>, deficit: Option<Laterality>) -> Request {
    let known = case.patient.value.diagnoses.iter().find(|d| d.condition.as_deref() == Some(condition));
    Request {
        condition: condition.to_owned(),
        lesion: lesion.map(LesionSide).or_else(|| known.and_then(|d| d.lesion_side)),
        deficit: deficit.map(DeficitSide).or_else(|| known.and_then(|d| d.deficit_side)),
        schools: Vec::new(),
        answers: case.answers.clone(),
    }
}

fn found(app: &App, case: &Case, request: &Request) -> Result<Candidates, Problem> {
    let refused = |e: plan::PlanError| Problem::input(e).field("condition");
    let keys = sites_to_locate(&app.knowledge, &app.atlas, request).map_err(refused)?;
    let geometry = case.geometry(app, &keys)?;
    candidates(&app.knowledge, &app.atlas, request, &geometry).map_err(refused)
}

fn candidates_for(app: &App, caller: &Caller, p: CandidateParams) -> Result<CandidatesView, Problem> {
    let case = Case::read(app, caller, p.patient)?;
    let request = request(&case, &p.condition, p.lesion, p.deficit);
    Ok(CandidatesView {
        head: case.head.id.clone(),
        head_used: geometry::used(&case.head.head),
        lesion: request.lesion,
        deficit: request.deficit,
        found: found(app, &case, &request)?,
        head_technique: app.knowledge.techniques.stated(Region::Head),
        body_technique: app.knowledge.techniques.stated(Region::Body),
    })
}

/// A plan with its check.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanView {
    /// Identifier.
    id: PlanId,
    /// Version in the record, which a change names.
    version: u64,
    /// The plan.
    plan: Plan,
    /// Everything that can be said about it now.
    check: Check,
    /// Name of the patient's head on this server.
    head: String,
    /// What changed since the signed version that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Change>>,
}

/// Checks a plan on the patient's head as it is now.
pub fn checked(app: &App, case: &Case, plan: &Plan) -> Result<Check, Problem> {
    let keys: Vec<SiteKey> = plan.needles.iter().map(PlannedNeedle::key).collect();
    let mut found = check(plan, &app.knowledge, &app.atlas, &case.geometry(app, &keys)?);
    // Positions of one head say nothing on another.
    let here = geometry::used(&case.head.head);
    if plan.head.as_ref().is_some_and(|h| *h != here) {
        let name = plan.head.as_ref().map_or("", |h| h.name.as_str());
        found.faults.push(format!(
            "the plan was made on the head \"{name}\", and the patient's is \"{}\"",
            here.name
        ));
        found.signable = false;
    }
    if plan.body.as_ref().is_some_and(|b| !b.same_measures(&case.asked().used)) {
        found.faults.push("the plan was made on a body with other measurements".to_owned());
        found.signable = false;
    }
    Ok(found)
}

/// Checks a plan by what is answered today: what was signed yesterday may be stopped by what is known now.
pub fn today(app: &App, case: &Case, plan: &Plan) -> Result<Check, Problem> {
    checked(app, case, &Plan { answers: case.answers.clone(), ..plan.clone() })
}

fn view(
    app: &App,
    caller: &Caller,
    case: &Case,
    id: PlanId,
    version: u64,
    plan: Plan,
) -> Result<PlanView, Problem> {
    let changes = match plan.follows {
        None => None,
        Some(follows) => {
            let versions = wait(practice(app)?.store.history(&caller.actor, id))?;
            let before =
                versions.iter().rev().find(|v| v.value.version == follows && v.value.signature.is_some());
            // Answers are asked anew each day; what changed in them is not a change of the plan.
            let bare = |p: &Plan| Plan { answers: Default::default(), ..p.clone() };
            before.map(|b| difference(&bare(&b.value), &bare(&plan)))
        }
    };
    let check = today(app, case, &plan)?;
    Ok(PlanView { id, version, check, head: case.head.id.clone(), changes, plan })
}

/// What a new plan is made from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// The condition, by id.
    condition: String,
    /// Where the lesion is; without, as the diagnosis has it.
    #[serde(default)]
    lesion: Option<Laterality>,
    /// Where the body is affected; without, as the diagnosis has it.
    #[serde(default)]
    deficit: Option<Laterality>,
    /// Protocols of the condition that the needles are taken from.
    #[serde(default)]
    protocols: Vec<String>,
}

impl NewPlan {
    /// A plan from protocols, with the sides of the diagnosis.
    pub fn of(condition: &str, protocols: &[&str]) -> Self {
        let protocols = protocols.iter().map(|p| (*p).to_owned()).collect();
        Self { condition: condition.to_owned(), lesion: None, deficit: None, protocols }
    }
}

fn new_plan(app: &App, caller: &Caller, p: PatientParams, body: NewPlan) -> Result<PlanView, Problem> {
    let store = &practice(app)?.store;
    if let Some(id) = made_before::<Plan>(store, caller)? {
        // Sent again: the plan that the first request made, as it is now.
        return read_plan(app, caller, PlanParams { plan: id });
    }
    let case = Case::read(app, caller, p.patient)?;
    let (draft, version) = drafted(app, caller, &case, &body)?;
    view(app, caller, &case, draft.id, version, draft)
}

/// Makes a draft and keeps it; its version in the record.
pub fn drafted(app: &App, caller: &Caller, case: &Case, body: &NewPlan) -> Result<(Plan, u64), Problem> {
    let request = request(case, &body.condition, body.lesion, body.deficit);
    let found = found(app, case, &request)?;
    let store = &practice(app)?.store;
    let mut draft = Plan::draft(store.new_id(), &found.condition);
    draft.patient = Some(case.id);
    (draft.lesion, draft.deficit) = (request.lesion, request.deficit);
    for id in &body.protocols {
        let candidate = found.candidates.iter().find(|c| c.protocol == *id).ok_or_else(|| {
            let ids: Vec<&str> = found.candidates.iter().map(|c| c.protocol.as_str()).collect();
            Problem::input(format!("there is no protocol \"{id}\" for {}", found.condition))
                .hint(format!("the protocols are: {}", ids.join(", ")))
                .field("protocols")
        })?;
        draft.add(candidate);
    }
    let person = me(app, caller)?.value;
    let usual = person.usual.clone().unwrap_or_default();
    for n in &mut draft.needles {
        if let Some(t) = usual.technique(n.region) {
            t.fill(n);
        }
        if let Some(s) = app.knowledge.techniques.stated(n.region) {
            s.technique.fill(n);
        }
    }
    draft.account = account(app, &found, &body.protocols, &person);
    if let Some(a) = &usual.account {
        draft.account.fill(a);
    }
    settle(app, case, &mut draft)?;
    let write = Write { expected: 0, idempotency_key: caller.key.clone() };
    let version = wait(store.put(&caller.actor, draft.id, write, &draft))?;
    Ok((draft, version))
}

/// What can be said of style and reasoning from the protocols themselves.
fn account(app: &App, found: &Candidates, protocols: &[String], person: &Practitioner) -> Account {
    let chosen: Vec<_> = found.candidates.iter().filter(|c| protocols.contains(&c.protocol)).collect();
    let mut styles: Vec<String> = Vec::new();
    for c in &chosen {
        let style = app.atlas.school(&c.school).map_or_else(
            || "regular (body) acupuncture".to_owned(),
            |k| format!("scalp acupuncture, {}", app.atlas.schools[k].names.en),
        );
        if !styles.contains(&style) {
            styles.push(style);
        }
    }
    let reasons: Vec<String> = chosen
        .iter()
        .map(|c| {
            let keys: Vec<&str> = c.sources.iter().map(|s| s.key.as_str()).collect();
            format!("{} ({})", c.title, keys.join(", "))
        })
        .collect();
    let some = |text: String| (!text.trim().is_empty()).then_some(text);
    Account {
        style: some(styles.join("; ")),
        reasoning: some(reasons.join("; ")),
        practitioner: some(person.background.clone()),
        ..Account::default()
    }
}

/// Puts into a draft what is not the page's to say: answers, the head, places, regions, schools, names.
fn settle(app: &App, case: &Case, plan: &mut Plan) -> Result<(), Problem> {
    if plan.needles.len() > MOST_NEEDLES {
        return Err(Problem::input(format!("a plan has at most {MOST_NEEDLES} needles")).field("needles"));
    }
    plan.answers = case.answers.clone();
    plan.head = Some(geometry::used(&case.head.head));
    let keys: Vec<SiteKey> = plan.needles.iter().map(PlannedNeedle::key).collect();
    let geometry = case.geometry(app, &keys)?;
    let on_body = geometry.values().any(|g| g.place.as_ref().is_some_and(|p| p.frame == plan::Frame::Body));
    plan.body = on_body.then(|| case.asked().used);
    let needles = std::mem::take(&mut plan.needles);
    let (named, new): (Vec<_>, Vec<_>) = needles.into_iter().partition(|n| !n.id.trim().is_empty());
    plan.needles = named;
    new.into_iter().for_each(|n| plan.push(n));
    for n in &mut plan.needles {
        let code = n.spec.site.code.clone();
        if let Some((region, _)) = app.knowledge.where_is(&app.atlas, &code) {
            n.region = region;
        }
        let school = app.atlas.find(&code).map(|i| app.atlas.schools[app.atlas.entries[i].school].id.clone());
        n.spec.site.school = school.unwrap_or_else(|| "body".to_owned());
        let place = geometry.get(&n.key()).and_then(|h| h.place.clone());
        *n = n.clone().placed(place);
    }
    Ok(())
}

/// Which plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanParams {
    /// Identifier.
    pub plan: PlanId,
}

/// A plan of the record with its patient.
pub fn kept(app: &App, caller: &Caller, id: PlanId) -> Result<(Stored<Plan>, Case), Problem> {
    let stored = wait(practice(app)?.store.get::<Plan>(&caller.actor, id))?;
    let patient = stored.value.patient.ok_or_else(|| Problem::internal("the plan names no patient"))?;
    Ok((stored, Case::read(app, caller, patient)?))
}

fn read_plan(app: &App, caller: &Caller, p: PlanParams) -> Result<PlanView, Problem> {
    let (stored, case) = kept(app, caller, p.plan)?;
    view(app, caller, &case, p.plan, stored.version, stored.value)
}

/// A change to a draft.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanChange {
    /// The version in the record that the change was made to, unless the header `If-Match` says it.
    #[serde(default)]
    version: Option<u64>,
    /// The plan as it shall be. Answers, decisions and places in it are ignored: they are worked out.
    plan: Plan,
}

fn draft(stored: &Stored<Plan>) -> Result<(), Problem> {
    if stored.value.signature.is_some() {
        return Err(Problem::input(format!("version {} is signed", stored.value.version))
            .hint("make the next version of it"));
    }
    Ok(())
}

fn put(app: &App, caller: &Caller, case: &Case, expected: u64, plan: Plan) -> Result<PlanView, Problem> {
    let write = Write { expected, idempotency_key: caller.key.clone() };
    let version = wait(practice(app)?.store.put(&caller.actor, plan.id, write, &plan))?;
    view(app, caller, case, plan.id, version, plan)
}

fn change_plan(app: &App, caller: &Caller, p: PlanParams, body: PlanChange) -> Result<PlanView, Problem> {
    let (stored, case) = kept(app, caller, p.plan)?;
    draft(&stored)?;
    let old = stored.value;
    let mut next = Plan {
        id: old.id,
        version: old.version,
        follows: old.follows,
        patient: old.patient,
        decisions: old.decisions,
        signature: None,
        ..body.plan
    };
    settle(app, &case, &mut next)?;
    put(app, caller, &case, caller.expected(body.version)?, next)
}

/// A decision about a finding.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// The version in the record that it is about.
    version: u64,
    /// The rule.
    rule: String,
    /// Why it is done nevertheless; empty takes the decision back.
    reason: String,
}

fn decide(app: &App, caller: &Caller, p: PlanParams, body: Decided) -> Result<PlanView, Problem> {
    let (stored, case) = kept(app, caller, p.plan)?;
    draft(&stored)?;
    let mut plan = stored.value;
    settle(app, &case, &mut plan)?;
    let found = checked(app, &case, &plan)?;
    let finding = found.findings.iter().find(|f| f.rule == body.rule).ok_or_else(|| {
        Problem::input(format!("the rule \"{}\" says nothing about this plan", body.rule)).field("rule")
    })?;
    if finding.level == baihui_clinic::safety::Level::Stop {
        return Err(Problem::input("a stop cannot be overridden: change the plan").field("rule"));
    }
    plan.decisions.retain(|d| d.rule != body.rule);
    if !body.reason.trim().is_empty() {
        plan.decisions.push(Decision {
            rule: body.rule,
            sites: finding.sites.clone(),
            reason: body.reason.trim().to_owned(),
            by: caller.name.clone(),
            role: Role::Practitioner,
            at: practice(app)?.store.now(),
        });
    }
    put(app, caller, &case, body.version, plan)
}

/// Which version.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtVersion {
    /// The version in the record.
    version: u64,
}

fn sign_plan(app: &App, caller: &Caller, p: PlanParams, body: AtVersion) -> Result<PlanView, Problem> {
    let (stored, case) = kept(app, caller, p.plan)?;
    draft(&stored)?;
    let mut plan = stored.value;
    // What was answered may have changed since the draft was saved.
    settle(app, &case, &mut plan)?;
    let found = checked(app, &case, &plan)?;
    let now = practice(app)?.store.now();
    let signed = sign(&plan, &found, &caller.name, Role::Practitioner, now)
        .map_err(|e| Problem::input(e).hint("the check of the plan lists what stands in the way"))?
        .signed_as(caller.actor.id);
    put(app, caller, &case, body.version, signed)
}

/// How the next version begins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NextPlan {
    /// The version in the record that is followed.
    version: u64,
    /// A session of the same patient: needles are taken as they were done in it.
    #[serde(default)]
    session: Option<SessionId>,
}

fn next_plan(app: &App, caller: &Caller, p: PlanParams, body: NextPlan) -> Result<PlanView, Problem> {
    let (stored, case) = kept(app, caller, p.plan)?;
    if stored.value.signature.is_none() {
        return Err(Problem::input(format!("version {} is a draft already", stored.value.version)));
    }
    let mut next = stored.value.next_version(&app.knowledge.safety.fact);
    if let Some(session) = body.session {
        let (_, log) = wait(practice(app)?.store.session(&caller.actor, session))?;
        let state = log.state();
        if state.start.patient != case.id {
            return Err(Problem::input("the session is of another patient").field("session"));
        }
        as_done(&mut next, state);
    }
    settle(app, &case, &mut next)?;
    put(app, caller, &case, body.version, next)
}

/// Takes the needles as they were done: what was left out is left out, what was added is added.
fn as_done(plan: &mut Plan, session: &baihui_clinic::session::Session) {
    let not_done = session.not_done();
    plan.needles.retain(|n| !not_done.contains(&n.id.as_str()));
    for done in session.needles.values() {
        let planned =
            done.planned.as_ref().and_then(|label| plan.needles.iter_mut().find(|n| n.id == *label));
        match planned {
            Some(n) => n.spec = done.done.clone(),
            None => {
                let site = &done.done.site;
                let key = SiteKey { code: site.code.clone(), part: site.part.clone(), side: site.side };
                let mut n = PlannedNeedle::at(key, &site.school, Region::Head);
                n.spec = done.done.clone();
                plan.push(n);
            }
        }
    }
}

/// The person signed in, as staff.
fn me(app: &App, caller: &Caller) -> Result<Stored<Practitioner>, Problem> {
    // In their own name, as an owner would look up staff.
    let asking = baihui_clinic::access::Actor { id: caller.actor.id, roles: [Role::Owner].into() };
    wait(practice(app)?.store.get(&asking, caller.actor.id))
}

fn usual(app: &App, caller: &Caller, _: Nothing) -> Result<Usual, Problem> {
    Ok(me(app, caller)?.value.usual.unwrap_or_default())
}

/// A plan whose technique and account are what the person usually does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsualFrom {
    /// The plan: the first needle of each region gives its technique.
    plan: PlanId,
}

fn keep_usual(app: &App, caller: &Caller, _: Nothing, body: UsualFrom) -> Result<Usual, Problem> {
    let (stored, _) = kept(app, caller, body.plan)?;
    let plan = stored.value;
    let person = me(app, caller)?;
    let of = |region| plan.needles.iter().find(|n| n.region == region).map(Technique::of);
    let old = person.value.usual.clone().unwrap_or_default();
    // What belongs to one patient stays with that patient.
    let account =
        Account { style: None, reasoning: None, other_interventions: None, control: None, ..plan.account };
    let usual = Usual {
        head: of(Region::Head).or(old.head),
        body: of(Region::Body).or(old.body),
        account: Some(account),
    };
    let value = Practitioner { usual: Some(usual.clone()), ..person.value };
    // Their own habit is everybody's to keep; nothing else of the person changes.
    let asking = baihui_clinic::access::Actor { id: caller.actor.id, roles: [Role::Owner].into() };
    let write = Write { expected: person.version, idempotency_key: caller.key.clone() };
    wait(practice(app)?.store.put(&asking, caller.actor.id, write, &value))?;
    Ok(usual)
}
