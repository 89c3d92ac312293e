//! `baihui plan`: from a condition to a signed plan, as files.

mod args;
mod edit;
pub(crate) mod geometry;
pub(crate) mod on_body;
mod print;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use baihui_atlas::{
    Atlas, Names,
    body::{BodyAtlas, Person},
};
use baihui_clinic::{
    access::{Actor, Permission},
    id::Id,
    knowledge::Knowledge,
    people::{BodyTape, Patient, PatientId},
    plan::{
        self, Candidates, Check, Plan, Request, SiteKey, candidate::sites_to_locate, candidates, check,
        difference, sign,
    },
    safety::{Answers, Decision},
    screening::standing,
    session::event::PlanRef,
    side::{DeficitSide, LesionSide},
    store::{Store, StoreError, Write},
};
use baihui_head::Head;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

pub use args::PlanCommand;
use args::{Ask, For, PlanPage};

use super::{body as bodies, evidence, patient::said, pretty};
use crate::{
    cli::ReportFormat,
    error::{CliError, Kind},
    files,
    numbers::{self, Numbers},
    paper, record, today,
};

/// Largest plan or patient that is read, bytes.
const MAX_FILE: u64 = 4 << 20;

/// What every command of this family needs.
pub(crate) struct World {
    atlas: Atlas,
    knowledge: Knowledge,
    points: BodyAtlas,
}

/// The head, the body, the patient and the answers that a command names.
struct Case {
    head: Head,
    body: on_body::Asked,
    patient: Option<Patient>,
    /// What stands of what was asked about the patient.
    answers: Answers,
}

/// Candidates with the numbers behind their evidence.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    candidates: &'a Candidates,
    numbers: Vec<Numbers>,
}

/// Runs a command.
pub fn run(command: PlanCommand, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let world = World::read(more)?;
    match command {
        PlanCommand::Candidates { ask, subject, of, format } => {
            let of = of.as_deref().map(record::id).transpose()?;
            let case = world.case(&subject, of)?;
            let request = world.request(&ask, &case)?;
            let keys = sites_to_locate(&world.knowledge, &world.atlas, &request).map_err(CliError::usage)?;
            let mut geometry = world.geometry(&case, &keys)?;
            geometry::add_beneath(&world.atlas, &case.head, &mut geometry);
            let found =
                candidates(&world.knowledge, &world.atlas, &request, &geometry).map_err(CliError::usage)?;
            let (_, base) = evidence::built_in().map_err(CliError::input)?;
            let numbers = numbers::of(&base, &found.evidence);
            let text = match format {
                ReportFormat::Json => pretty(&Shown { candidates: &found, numbers })?,
                ReportFormat::Table => print::candidates(&world.knowledge, &found, &numbers),
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        PlanCommand::New { ask, subject, protocol, of, output } => {
            let of = of.as_deref().map(record::id).transpose()?;
            not_here(of, &ask.answer)?;
            let case = world.case(&subject, of)?;
            let request = world.request(&ask, &case)?;
            let keys = sites_to_locate(&world.knowledge, &world.atlas, &request).map_err(CliError::usage)?;
            let mut geometry = world.geometry(&case, &keys)?;
            geometry::add_beneath(&world.atlas, &case.head, &mut geometry);
            let found =
                candidates(&world.knowledge, &world.atlas, &request, &geometry).map_err(CliError::usage)?;
            let mut draft = Plan::draft(Id::new(Timestamp::now(), fresh_bits()), &found.condition);
            draft.patient = of;
            (draft.lesion, draft.deficit) = (request.lesion, request.deficit);
            draft.answers = request.answers;
            draft.head = Some(geometry::used(&case.head));
            if geometry.values().any(|g| g.place.as_ref().is_some_and(|p| p.frame == plan::Frame::Body)) {
                draft.body = Some(case.body.used.clone());
            }
            for id in &protocol {
                let candidate = found.candidates.iter().find(|c| c.protocol == *id).ok_or_else(|| {
                    let ids: Vec<&str> = found.candidates.iter().map(|c| c.protocol.as_str()).collect();
                    CliError::usage(format!("there is no protocol \"{id}\" for {}", found.condition))
                        .hint(format!("the protocols are: {}", ids.join(", ")))
                })?;
                draft.add(candidate);
            }
            put(output.as_ref(), &draft)
        }
        PlanCommand::Keep { plan, expect, key, record } => {
            let plan: Plan = read(&plan)?;
            let write = Write { expected: expect, idempotency_key: key };
            let version = record.with(async |store, actor| store.put(actor, plan.id, write, &plan).await)?;
            said(&plan.id.to_string(), version)
        }
        PlanCommand::Get { id, output, record } => {
            let id = record::id(&id)?;
            let kept = record.with(async |store, actor| store.get::<Plan>(actor, id).await)?;
            put(output.as_ref(), &kept.value)
        }
        PlanCommand::Show { plan, format } => {
            let plan: Plan = read(&plan)?;
            let text = match format {
                ReportFormat::Json => pretty(&plan)?,
                ReportFormat::Table => print::plan(&world.knowledge, &plan),
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        PlanCommand::Check { plan, subject, format } => {
            let plan: Plan = read(&plan)?;
            let (_, found) = world.check(plan, &subject)?;
            let text = match format {
                ReportFormat::Json => pretty(&found)?,
                ReportFormat::Table => print::check(&world.knowledge, &found),
            };
            files::emit(None, text.as_bytes())?;
            Ok(if found.signable { ExitCode::SUCCESS } else { ExitCode::from(Kind::Problems.exit()) })
        }
        PlanCommand::Edit { plan: path, set, answer, add, remove, output } => {
            let mut plan: Plan = draft(&path)?;
            not_here(plan.patient, &answer)?;
            for text in &answer {
                answer_one(&world.knowledge, &mut plan.answers, text)?;
            }
            edit::apply(&world.atlas, &world.knowledge, &mut plan, &edit::Changes { set, add, remove })?;
            put(Some(output.as_ref().unwrap_or(&path)), &plan)
        }
        PlanCommand::Decide { plan: path, rule, reason, by, role, subject, output } => {
            let (mut plan, found) = world.check(draft(&path)?, &subject)?;
            let finding = found.findings.iter().find(|f| f.rule == rule).ok_or_else(|| {
                let ids: Vec<&str> = found.findings.iter().map(|f| f.rule.as_str()).collect();
                CliError::usage(format!("the rule \"{rule}\" says nothing about this plan"))
                    .hint(format!("these do: {}", ids.join(", ")))
            })?;
            plan.decisions.push(Decision {
                rule,
                sites: finding.sites.clone(),
                reason,
                by,
                role: role.into(),
                at: Timestamp::now(),
            });
            put(Some(output.as_ref().unwrap_or(&path)), &plan)
        }
        PlanCommand::Sign { plan: path, by, role, subject, output } => {
            let (plan, found) = world.check(read(&path)?, &subject)?;
            let signed = sign(&plan, &found, &by, role.into(), Timestamp::now()).map_err(|e| {
                CliError::new(Kind::Problems, e).hint("`baihui plan check` lists what stands in the way")
            })?;
            // A plan of a patient of the record is signed by somebody whom the record knows.
            let signed = match signed.patient {
                Some(_) => {
                    let signer = subject.record.with(async |_, actor| {
                        actor.may(Permission::Sign)?;
                        Ok(actor.id)
                    })?;
                    signed.signed_as(signer)
                }
                None => signed,
            };
            put(Some(output.as_ref().unwrap_or(&path)), &signed)
        }
        PlanCommand::Print { plan, subject, page, language, next, output } => {
            let plan: Plan = read(&plan)?;
            let case = world.case(&subject, plan.patient)?;
            let patient = case.patient.as_ref().ok_or_else(|| {
                CliError::usage("whose sheet is it?")
                    .hint("--patient patient.json, as `baihui patient show --format json` writes it")
            })?;
            let (_, found) = world.check(plan.clone(), &subject)?;
            let person = world.person(&case).ok().filter(|_| plan.body.is_some());
            let paper = paper::Subject {
                patient,
                head: &case.head,
                body: person.as_ref().map(|p| (&world.points, p)),
                atlas: &world.atlas,
                knowledge: &world.knowledge,
                language,
                today: Timestamp::now().to_zoned(jiff::tz::TimeZone::system()).date(),
                clinic: String::new(),
                invented: false,
            };
            let bytes = match page {
                PlanPage::Sheet => paper::sheet::pdf(&paper, &plan, &found),
                PlanPage::Patient => paper::page::pdf(&paper, &plan, next.as_deref()),
            };
            files::emit(output.as_ref(), &bytes.map_err(CliError::input)?)?;
            Ok(ExitCode::SUCCESS)
        }
        PlanCommand::Next { plan, output } => {
            let plan: Plan = read(&plan)?;
            put(output.as_ref(), &plan.next_version(&world.knowledge.safety.fact))
        }
        PlanCommand::Diff { before, after, format } => {
            let changes = difference(&read(&before)?, &read(&after)?);
            let text = match format {
                ReportFormat::Json => pretty(&json!({ "changes": changes }))?,
                ReportFormat::Table => print::changes(&changes),
            };
            files::emit(None, text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

impl World {
    /// Reads atlas and knowledge.
    pub(crate) fn read(more: &[PathBuf]) -> Result<Self, CliError> {
        let atlas = files::atlas(more)?;
        let knowledge = files::knowledge(&atlas, more)?;
        Ok(Self { atlas, knowledge, points: bodies::atlas()? })
    }

    /// Whether nothing of what stands today stops a plan of the record.
    pub(crate) async fn may_begin(
        &self,
        store: &Store,
        actor: &Actor,
        head: &Head,
        patient: PatientId,
        plan: PlanRef,
    ) -> Result<(), StoreError> {
        let versions = store.history::<Plan>(actor, plan.id.cast()).await?;
        // What is no plan of this patient is refused by the store, with its reason.
        let Some(plan) = versions.into_iter().find(|v| v.version == plan.version) else { return Ok(()) };
        let now = store.now().to_zoned(jiff::tz::TimeZone::system());
        let standing = store.standing(actor, patient, &self.knowledge.safety.fact, &now).await?;
        let page = store.get::<Patient>(actor, patient).await?;
        let keys: Vec<SiteKey> = plan.value.needles.iter().map(plan::PlannedNeedle::key).collect();
        let body = on_body::asked(on_body::Whose::of(&page.value, now.date()), page.value.body.as_ref());
        let case =
            Case { head: head.clone(), body, patient: Some(page.value), answers: standing.answers.clone() };
        let geometry = self.geometry(&case, &keys).map_err(|e| StoreError::Invalid(e.message))?;
        match today::stop(&self.knowledge, &self.atlas, &geometry, &plan.value, &standing) {
            Some(f) => Err(StoreError::Invalid(today::words(&f))),
            None => Ok(()),
        }
    }

    /// The head and the patient: of a file, or of the record.
    fn case(&self, subject: &For, of: Option<PatientId>) -> Result<Case, CliError> {
        let head = files::head(&subject.head.head)?;
        let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::system());
        let Some(of) = of else {
            let Some(path) = &subject.patient else {
                let body = body(subject, None, today.date());
                return Ok(Case { head, body, patient: None, answers: Answers::default() });
            };
            let patient: Patient = read(path)?;
            let questions = &self.knowledge.safety.fact;
            let answers = standing(questions, &[(today.timestamp(), &patient)], &[], &today).answers;
            let body = body(subject, Some(&patient), today.date());
            return Ok(Case { head, body, patient: Some(patient), answers });
        };
        let (patient, standing) = subject.record.with(async |store, actor| {
            let standing = store.standing(actor, of, &self.knowledge.safety.fact, &today).await?;
            Ok((store.get::<Patient>(actor, of).await?.value, standing))
        })?;
        let body = body(subject, Some(&patient), today.date());
        Ok(Case { head, body, patient: Some(patient), answers: standing.answers })
    }

    /// What a command line asks for, with the answers of the patient's file below those typed.
    fn request(&self, ask: &Ask, case: &Case) -> Result<Request, CliError> {
        let mut answers = case.answers.clone();
        for text in &ask.answer {
            answer_one(&self.knowledge, &mut answers, text)?;
        }
        let diagnosis = case.patient.iter().flat_map(|p| &p.diagnoses);
        let known = diagnosis.clone().find(|d| d.condition.as_ref() == Some(&ask.condition));
        Ok(Request {
            condition: ask.condition.clone(),
            lesion: ask.lesion.map(|s| LesionSide(s.into())).or_else(|| known.and_then(|d| d.lesion_side)),
            deficit: ask
                .deficit
                .map(|s| DeficitSide(s.into()))
                .or_else(|| known.and_then(|d| d.deficit_side)),
            schools: ask.school.clone(),
            answers,
        })
    }

    fn geometry(&self, case: &Case, keys: &[SiteKey]) -> Result<plan::Geometry, CliError> {
        let mut all = geometry::on_head(&self.atlas, &case.head, case.patient.as_ref(), keys)?;
        let keys = on_body::keys(&self.atlas, &self.points, keys);
        if !keys.is_empty() {
            // A body that cannot be takes nothing away from the head.
            all.extend(match self.person(case) {
                Ok(person) => on_body::on_body(&self.points, &person, case.patient.as_ref(), &keys),
                Err(e) => on_body::without(&keys, case.patient.as_ref(), &e.message),
            });
        }
        Ok(all)
    }

    fn person(&self, case: &Case) -> Result<Person, CliError> {
        bodies::join(&self.points, &self.atlas, &Names::of(&self.atlas), &case.body.shape, &case.head)
    }

    /// A plan with its check. What was asked of a patient of the record stands there, and nowhere else.
    fn check(&self, mut plan: Plan, subject: &For) -> Result<(Plan, Check), CliError> {
        let case = self.case(subject, plan.patient)?;
        if plan.patient.is_some() {
            plan.answers.clone_from(&case.answers);
        }
        let keys: Vec<SiteKey> = plan.needles.iter().map(plan::PlannedNeedle::key).collect();
        let geometry = self.geometry(&case, &keys)?;
        let mut found = check(&plan, &self.knowledge, &self.atlas, &geometry);
        // Positions of one head say nothing on another.
        let here = geometry::used(&case.head);
        if plan.head.as_ref().is_some_and(|h| *h != here) {
            found.faults.push(format!(
                "the plan was made on the head \"{}\", and is checked on \"{}\"",
                plan.head.as_ref().map_or("", |h| h.name.as_str()),
                here.name
            ));
            found.signable = false;
        }
        if plan.body.as_ref().is_some_and(|b| !b.same_measures(&case.body.used)) {
            found.faults.push("the plan was made on a body with other measurements".to_owned());
            found.signable = false;
        }
        Ok((plan, found))
    }
}

/// Answers about a patient of the record are kept there: in a plan alone nobody else would see them.
fn not_here(patient: Option<PatientId>, answers: &[String]) -> Result<(), CliError> {
    match patient {
        Some(patient) if !answers.is_empty() => {
            Err(CliError::usage("the answers of a patient of the record are kept in the record")
                .hint(format!("baihui screening add {patient} --answer {}", answers.join(" --answer "))))
        }
        _ => Ok(()),
    }
}

/// The body that a command names: what is typed goes before what the patient's file has.
fn body(subject: &For, patient: Option<&Patient>, today: jiff::civil::Date) -> on_body::Asked {
    let mut whose = patient.map(|p| on_body::Whose::of(p, today)).unwrap_or_default();
    let typed = &subject.body;
    whose.sex = typed.sex.map(Into::into).or(whose.sex);
    whose.age_years = typed.age.or(whose.age_years);
    let kept = patient.and_then(|p| p.body.clone()).unwrap_or_default();
    let tape = BodyTape {
        height_cm: typed.measured.height.or(kept.height_cm),
        weight_kg: typed.measured.weight.or(kept.weight_kg),
        forearm_cm: typed.measured.forearm.or(kept.forearm_cm),
        lower_leg_cm: typed.measured.lower_leg.or(kept.lower_leg_cm),
        trunk_cm: typed.measured.trunk.or(kept.trunk_cm),
    };
    on_body::asked(whose, Some(&tape))
}

/// Reads one answer, `name=value`.
pub(crate) fn answer_one(
    knowledge: &Knowledge,
    answers: &mut baihui_clinic::safety::Answers,
    text: &str,
) -> Result<(), CliError> {
    let (name, value) = text.split_once('=').ok_or_else(|| {
        CliError::usage(format!("\"{text}\" is no answer")).hint("write name=value, such as pregnant=no")
    })?;
    answers
        .read(&knowledge.safety.fact, name.trim(), value)
        .map_err(|e| CliError::usage(e).hint("`baihui safety questions` lists them"))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, CliError> {
    let bytes = files::read(path, MAX_FILE)?;
    serde_json::from_slice(&bytes).map_err(|e| CliError::input(format!("{}: {e}", path.display())))
}

/// A plan that may still be changed.
fn draft(path: &Path) -> Result<Plan, CliError> {
    let plan: Plan = read(path)?;
    if plan.signature.is_some() {
        return Err(CliError::new(Kind::Problems, format!("version {} is signed", plan.version))
            .hint("`baihui plan next` makes the next version of it"));
    }
    Ok(plan)
}

fn put(output: Option<&PathBuf>, plan: &Plan) -> Result<ExitCode, CliError> {
    files::emit(output, pretty(plan)?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Random bits for a new identifier.
fn fresh_bits() -> [u8; 10] {
    let mut bits = [0; 10];
    bits.copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..10]);
    bits
}
