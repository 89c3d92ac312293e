//! A person's head from their own image, scan or digitised points: files in, progress out, a look, and the head is kept.

use std::sync::Arc;

use baihui_clinic::{
    access::Permission,
    id::Id,
    people::{FileHead, HeadOf, Patient, PatientId},
    store::{File, Write},
};
use baihui_head::io::glb;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{
    cases::Case,
    heads::SideView,
    jobs::{Finished, Incoming, Job, Stage},
    login::Caller,
    practice::{PatientParams, practice, wait},
    problem::Problem,
    state::{App, Loaded, OWN},
    table::{
        Access, Bytes, Doc, Nothing, Table,
        making::{Sink, Watched},
    },
    wanted::{Confirmed, MadeOf, Wanted},
};

/// Media type of a head.
const GLB: &str = "model/gltf-binary";
/// Media type of a page.
const HTML: &str = "text/html; charset=utf-8";

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary, access| Doc { id, tag: "making", summary, access };
    let open = Access::NeedsWithRecord(Permission::WritePatient);
    let needs = Access::Needs;
    table.post_open(
        "/api/jobs",
        doc("newJob", "Begin to make a head of a person's own files", open),
        new_job,
    );
    table.get_open("/api/jobs/{job}", doc("job", "How far a head is", open), job);
    table.upload(
        "/api/jobs/{job}/files",
        doc("jobFile", "Hand in one file: an image, a slice, an archive, a scan, points", open),
        receive,
    );
    table.post_open(
        "/api/jobs/{job}/start",
        doc("startJob", "Make the head, or make it anew with landmarks as they were placed", open),
        start,
    );
    table.events(
        "/api/jobs/{job}/events",
        doc("jobEvents", "How far a head is, told as it changes; each event is the job", open),
        follow,
    );
    table.page_open(
        "/api/jobs/{job}/page",
        doc("jobPage", "The page to look at before the head is trusted", open),
        page,
    );
    table.post_open(
        "/api/jobs/{job}/cancel",
        doc("cancelJob", "End a job; nothing of it is left", open),
        cancel,
    );
    table.post_open(
        "/api/jobs/{job}/keep",
        doc("keepJob", "Keep the head: as its patient's, or in memory if it was for trying", open),
        keep,
    );
    table.page_open(
        "/api/patients/{patient}/head/page",
        doc(
            "patientHeadPage",
            "The page that shows how good a patient's own head is",
            needs(Permission::ReadPatient),
        ),
        kept_page,
    );
}

/// Whose head.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJob {
    /// The patient whose head it will be; without, it is for trying, and gone when the server ends.
    #[serde(default)]
    patient: Option<PatientId>,
}

/// Which job.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobParams {
    /// Its name.
    job: String,
}

/// A file of a job.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileRow {
    /// Name, without folders.
    name: String,
    /// Size, bytes.
    bytes: usize,
}

/// A head in the making.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JobView {
    /// Its name.
    id: String,
    /// How far it is.
    stage: Stage,
    /// What has been handed in.
    files: Vec<FileRow>,
    /// What is being done, in English.
    phase: String,
    /// Which share of the work lies behind, 0 to 1.
    share: f64,
    /// Why no head could be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
    /// The head.
    #[serde(skip_serializing_if = "Option::is_none")]
    made: Option<MadeHead>,
}

/// A head that was made, to be confirmed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MadeHead {
    /// Its name on this server.
    head: String,
    /// What it was made of.
    made_of: MadeOf,
    /// Landmarks to confirm by eye; one that is not in the file is absent.
    landmarks: Vec<ToConfirm>,
    /// What was found.
    found: Vec<FoundRow>,
    /// What is doubtful.
    doubts: Vec<DoubtRow>,
}

/// A landmark to confirm.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ToConfirm {
    /// Which.
    landmark: Confirmed,
    /// Side of the patient.
    side: SideView,
    /// Position on the head, mm, RAS.
    position_mm: [f64; 3],
    /// Standard deviation along each of two directions on the skin, mm.
    sd_mm: f64,
    /// Measured, picked, detected, or from the template.
    origin: String,
    /// How it was found, in words.
    method: String,
}

/// Something that was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundRow {
    /// What.
    what: String,
    /// Value.
    value: String,
}

/// Something that is doubtful.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoubtRow {
    /// The part that it is about.
    part: String,
    /// What it is and what it means.
    text: String,
}

fn view(job: &Job) -> JobView {
    let look = job.look();
    JobView {
        id: job.id.clone(),
        stage: look.stage,
        files: look.files.into_iter().map(|(name, bytes)| FileRow { name, bytes }).collect(),
        phase: look.phase,
        share: look.share,
        problem: look.problem,
        made: look.made.as_deref().map(made),
    }
}

fn made(f: &Finished) -> MadeHead {
    let head = &f.loaded.head;
    let landmarks = Confirmed::ALL.iter().filter_map(|&landmark| {
        let (name, side) = landmark.of_head();
        let l = head.landmarks.get(name, side)?;
        Some(ToConfirm {
            landmark,
            side: side.into(),
            position_mm: l.position.mm.to_array(),
            sd_mm: l.sd_mm,
            origin: format!("{:?}", l.origin).to_lowercase(),
            method: l.method.clone(),
        })
    });
    let found = f.found.iter().map(|[what, value]| FoundRow { what: what.clone(), value: value.clone() });
    let doubts = f.doubts.iter().map(|d| DoubtRow { part: d.part.clone(), text: d.text.clone() });
    MadeHead {
        head: f.loaded.id.clone(),
        made_of: f.of,
        landmarks: landmarks.collect(),
        found: found.collect(),
        doubts: doubts.collect(),
    }
}

fn new_job(app: &Arc<App>, caller: Option<&Caller>, _: Nothing, body: NewJob) -> Result<JobView, Problem> {
    if let Some(patient) = body.patient {
        let store = &practice(app)?.store;
        let caller = caller.ok_or_else(nobody)?;
        // The patient must be there.
        wait(store.get::<Patient>(&caller.actor, patient))?;
    }
    Ok(view(&*app.jobs.open(caller, body.patient)?))
}

fn nobody() -> Problem {
    Problem::unauthorized("nobody is signed in")
}

fn job(app: &Arc<App>, caller: Option<&Caller>, p: JobParams) -> Result<JobView, Problem> {
    Ok(view(&*app.jobs.of(caller, &p.job)?))
}

/// Which file of which job.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileParams {
    /// The job's name.
    job: String,
    /// The file's name; its ending tells the format.
    name: String,
}

impl Sink for Incoming {
    type Done = JobView;

    fn take(&mut self, piece: &[u8]) -> Result<(), Problem> {
        Self::take(self, piece)
    }

    fn done(self) -> Result<JobView, Problem> {
        Ok(view(&*Self::done(self)?))
    }
}

fn receive(app: &Arc<App>, caller: Option<&Caller>, p: FileParams) -> Result<Incoming, Problem> {
    app.jobs.of(caller, &p.job)?.receive(&p.name)
}

fn start(app: &Arc<App>, caller: Option<&Caller>, p: JobParams, body: Wanted) -> Result<JobView, Problem> {
    let job = app.jobs.of(caller, &p.job)?;
    job.start(app, body)?;
    Ok(view(&job))
}

/// Somebody who follows a job.
pub struct Follower(Arc<Job>);

impl Watched for Follower {
    type State = JobView;

    fn bell(&self) -> watch::Receiver<u64> {
        self.0.bell()
    }

    fn state(&self) -> (JobView, bool) {
        let now = view(&self.0);
        let last = matches!(now.stage, Stage::Made | Stage::Failed | Stage::Cancelled);
        (now, last)
    }
}

fn follow(app: &Arc<App>, caller: Option<&Caller>, p: JobParams) -> Result<Follower, Problem> {
    app.jobs.of(caller, &p.job).map(Follower)
}

/// The head that a job has made.
fn finished(job: &Job) -> Result<Arc<Finished>, Problem> {
    job.look().made.ok_or_else(|| {
        Problem::conflict("the head is not made yet").hint("follow the job until its stage is \"made\"")
    })
}

fn page(app: &Arc<App>, caller: Option<&Caller>, p: JobParams) -> Result<Bytes, Problem> {
    let made = finished(&*app.jobs.of(caller, &p.job)?)?;
    Ok(Bytes { media: HTML, bytes: made.page.clone().into_bytes() })
}

fn cancel(app: &Arc<App>, caller: Option<&Caller>, p: JobParams, _: Nothing) -> Result<JobView, Problem> {
    let job = app.jobs.of(caller, &p.job)?;
    job.cancel(app);
    Ok(view(&job))
}

/// What the head is kept for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// The version of the patient that it was made for; without a patient none.
    #[serde(default)]
    version: Option<u64>,
}

/// A head that was kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeptOwnHead {
    /// Version of the patient in the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The head's name on this server.
    head: String,
}

fn keep(app: &Arc<App>, caller: Option<&Caller>, p: JobParams, body: Keep) -> Result<KeptOwnHead, Problem> {
    let job = app.jobs.of(caller, &p.job)?;
    let made = finished(&job)?;
    let (Some(patient), Some(caller)) = (job.patient, caller) else {
        job.close();
        return Ok(KeptOwnHead { version: None, head: made.loaded.id.clone() });
    };
    let expected = body.version.ok_or_else(|| {
        Problem::input("the version of the patient is missing; expected that which the head was made for")
            .field("version")
    })?;
    let case = Case::read(app, caller, patient)?;
    // Asked before the files are written; the store asks again with the patient.
    if case.patient.version != expected {
        let text = format!("the patient has version {}, expected {expected}", case.patient.version);
        return Err(Problem::conflict(text).hint("read the patient again and keep the head once more"));
    }
    let store = &practice(app)?.store;
    let add = |name: &str, media: &str, bytes: &[u8]| -> Result<Id<File>, Problem> {
        let id = store.new_id();
        let base64 = STANDARD.encode(bytes);
        let file = File { patient, name: name.to_owned(), media_type: media.to_owned(), base64 };
        wait(store.put(&caller.actor, id, Write::new(), &file))?;
        Ok(id)
    };
    let head = add("head.glb", GLB, made.loaded.mesh())?;
    let page = add("head.html", HTML, made.page.as_bytes())?;
    let of = FileHead { file: head, page, made_of: made.of.word().to_owned() };
    let value = Patient { head: Some(HeadOf::File(of)), ..case.patient.value };
    let write = Write { expected, idempotency_key: caller.key.clone() };
    let version = wait(store.put(&caller.actor, patient, write, &value))?;
    let name = name_of_file(head);
    app.keep(&name, made.loaded.head.clone());
    job.cancel(app);
    Ok(KeptOwnHead { version: Some(version), head: name })
}

/// The name under which a head of the record is served.
fn name_of_file(file: Id<File>) -> String {
    format!("{OWN}{}", file.to_string().replace('-', ""))
}

fn contents(file: &File) -> Result<Vec<u8>, Problem> {
    STANDARD.decode(&file.base64).map_err(|e| Problem::internal(format!("{}: {e}", file.name)))
}

/// A head that is kept in the record.
pub fn of_record(app: &App, caller: &Caller, of: &FileHead) -> Result<Arc<Loaded>, Problem> {
    let name = name_of_file(of.file);
    if let Ok(known) = app.head(&name) {
        return Ok(known);
    }
    let stored = wait(practice(app)?.store.get(&caller.actor, of.file))?;
    let head = glb::read_head(&contents(&stored.value)?)
        .map_err(|e| Problem::internal(format!("the head of this patient: {e}")))?;
    Ok(app.keep(&name, head))
}

fn kept_page(app: &Arc<App>, caller: Option<&Caller>, p: PatientParams) -> Result<Bytes, Problem> {
    let caller = caller.ok_or_else(nobody)?;
    let store = &practice(app)?.store;
    let patient = wait(store.get::<Patient>(&caller.actor, p.patient))?;
    let Some(HeadOf::File(of)) = patient.value.head else {
        return Err(Problem::not_found("this patient's head was not made of an image, a scan or points"));
    };
    let page = wait(store.get(&caller.actor, of.page))?;
    Ok(Bytes { media: HTML, bytes: contents(&page.value)? })
}
