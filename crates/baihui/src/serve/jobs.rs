//! Heads that are being made: files in memory, one thread that works, and whoever watches.
//!
//! Nothing of a job is written to the disk. What is cancelled or left lying is dropped with its files.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use baihui_clinic::people::{PatientId, PractitionerId};
use baihui_head::io::LengthUnit;
use glam::DAffine3;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::{Semaphore, watch};

use super::{
    cases,
    login::Caller,
    problem::Problem,
    state::{App, Loaded, OWN, lock},
    wanted::{MadeOf, Wanted, Work},
};
use crate::{
    error::CliError,
    person::{Doubt, File, Made},
};

/// Bytes of all files of all jobs.
const MAX_BYTES: u64 = 1 << 30;
/// Jobs at once.
const MAX_JOBS: usize = 8;
/// Files of one job; a series has some hundred slices.
const MAX_FILES: usize = 4000;
/// A job that nobody asks about for so long is dropped.
const LEFT_LYING: Duration = Duration::from_secs(30 * 60);

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Files are coming in.
    Receiving,
    /// Others are served first.
    Waiting,
    /// The head is being made.
    Running,
    /// The head is there, to be confirmed.
    Made,
    /// No head could be made; the files are still there for another attempt.
    Failed,
    /// Nothing is left of it.
    Cancelled,
}

/// A head that a job has made.
pub struct Finished {
    /// The head, as it is served.
    pub loaded: Arc<Loaded>,
    /// What it was made of.
    pub of: MadeOf,
    /// What was found, in rows of name and value.
    pub found: Vec<[String; 2]>,
    /// What is doubtful.
    pub doubts: Vec<Doubt>,
    /// The page to look at before the head is trusted.
    pub page: String,
    /// From the coordinates of the file to the head's mm.
    pub from_file: DAffine3,
    /// The unit of a scan.
    pub unit: Option<LengthUnit>,
}

struct Inner {
    stage: Stage,
    files: Vec<File>,
    phase: String,
    share: f64,
    problem: Option<Problem>,
    made: Option<Arc<Finished>>,
    touched: Instant,
}

/// One head in the making.
pub struct Job {
    /// Its name: random, so that nobody guesses another's.
    pub id: String,
    owner: Option<PractitionerId>,
    /// Whose head it will be, if it is kept.
    pub patient: Option<PatientId>,
    cancelled: AtomicBool,
    inner: Mutex<Inner>,
    bell: watch::Sender<u64>,
    held: Arc<AtomicU64>,
}

/// A look at a job.
pub struct Look {
    /// How far it is.
    pub stage: Stage,
    /// Names and sizes of the files.
    pub files: Vec<(String, usize)>,
    /// What is being done.
    pub phase: String,
    /// Which share of it lies behind, 0 to 1.
    pub share: f64,
    /// Why there is no head.
    pub problem: Option<Problem>,
    /// The head.
    pub made: Option<Arc<Finished>>,
}

/// The jobs of a server.
pub struct Jobs {
    kept: Mutex<BTreeMap<String, Arc<Job>>>,
    turn: Arc<Semaphore>,
    held: Arc<AtomicU64>,
}

impl Default for Jobs {
    fn default() -> Self {
        // One at a time: the registration of an image uses two threads itself.
        Self { kept: Mutex::default(), turn: Arc::new(Semaphore::new(1)), held: Arc::default() }
    }
}

impl Jobs {
    /// Opens a job.
    pub fn open(&self, caller: Option<&Caller>, patient: Option<PatientId>) -> Result<Arc<Job>, Problem> {
        let mut kept = lock(&self.kept);
        kept.retain(|_, job| !job.is_over());
        if kept.len() >= MAX_JOBS {
            let text = format!("{MAX_JOBS} heads are being made; expected fewer before another begins");
            return Err(Problem::too_many().detail(text).hint("cancel one, or wait until it is done"));
        }
        let id = format!("job{}", random()?);
        let job = Arc::new(Job {
            id: id.clone(),
            owner: caller.map(|c| c.actor.id),
            patient,
            cancelled: AtomicBool::new(false),
            inner: Mutex::new(Inner {
                stage: Stage::Receiving,
                files: Vec::new(),
                phase: String::new(),
                share: 0.0,
                problem: None,
                made: None,
                touched: Instant::now(),
            }),
            bell: watch::channel(0).0,
            held: Arc::clone(&self.held),
        });
        kept.insert(id, Arc::clone(&job));
        Ok(job)
    }

    /// A job of whoever asks. Somebody else's is as if it were not there.
    pub fn of(&self, caller: Option<&Caller>, id: &str) -> Result<Arc<Job>, Problem> {
        let found = lock(&self.kept).get(id).filter(|j| j.owner == caller.map(|c| c.actor.id)).cloned();
        let job = found.ok_or_else(|| {
            Problem::not_found(format!("there is no job \"{}\"", id.chars().take(80).collect::<String>()))
                .hint("jobs end with the server, and when nobody asks about them for half an hour")
        })?;
        lock(&job.inner).touched = Instant::now();
        Ok(job)
    }

    /// Ends all jobs: the server is about to end.
    pub fn close(&self) {
        for job in lock(&self.kept).values() {
            job.drop_all();
        }
    }

    fn sweep(&self, app: &App) {
        let mut kept = lock(&self.kept);
        for job in kept.values().filter(|j| j.is_over()) {
            job.cancel(app);
        }
        kept.retain(|_, job| !job.is_over());
    }
}

/// 128 random bits as 32 hexadecimal digits.
fn random() -> Result<String, Problem> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|e| Problem::internal(format!("the system gives no random numbers: {e}")))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// Drops, from time to time, what was left lying.
pub fn tend(app: &Arc<App>) {
    let app = Arc::downgrade(app);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LEFT_LYING / 10).await;
            let Some(app) = app.upgrade() else { return };
            app.jobs.sweep(&app);
        }
    });
}

impl Job {
    fn is_over(&self) -> bool {
        let inner = lock(&self.inner);
        let working = matches!(inner.stage, Stage::Waiting | Stage::Running);
        inner.stage == Stage::Cancelled || (!working && inner.touched.elapsed() >= LEFT_LYING)
    }

    fn ring(&self) {
        self.bell.send_modify(|n| *n += 1);
    }

    /// Rings at each change.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// How it stands.
    pub fn look(&self) -> Look {
        let inner = lock(&self.inner);
        Look {
            stage: inner.stage,
            files: inner.files.iter().map(|f| (f.name.clone(), f.bytes.len())).collect(),
            phase: inner.phase.clone(),
            share: inner.share,
            problem: inner.problem.clone(),
            made: inner.made.clone(),
        }
    }

    /// Drops files and results, and tells whoever works on it.
    fn drop_all(&self) -> Option<Arc<Finished>> {
        self.cancelled.store(true, Ordering::SeqCst);
        let mut inner = lock(&self.inner);
        inner.stage = Stage::Cancelled;
        let freed: u64 = inner.files.drain(..).map(|f| f.bytes.len() as u64).sum();
        self.held.fetch_sub(freed, Ordering::SeqCst);
        inner.problem = None;
        let made = inner.made.take();
        drop(inner);
        self.ring();
        made
    }

    /// Ends the job; nothing of it is left.
    pub fn cancel(&self, app: &App) {
        if let Some(made) = self.drop_all() {
            app.forget(&made.loaded.id);
        }
    }

    /// Ends the job, but not its head.
    pub fn close(&self) {
        self.drop_all();
    }

    /// A place for a file.
    pub fn receive(self: &Arc<Self>, name: &str) -> Result<Incoming, Problem> {
        let inner = lock(&self.inner);
        if inner.stage != Stage::Receiving {
            return Err(Problem::conflict("files are taken before the head is made, not afterwards"));
        }
        if inner.files.len() >= MAX_FILES {
            return Err(Problem::too_large(format!("more than {MAX_FILES} files"))
                .hint("pack the slices into one .zip"));
        }
        let name: String =
            name.rsplit(['/', '\\']).next().unwrap_or_default().trim().chars().take(200).collect();
        if name.is_empty() {
            return Err(Problem::input("a file has a name; its ending tells the format").field("name"));
        }
        drop(inner);
        Ok(Incoming { job: Arc::clone(self), name, bytes: Vec::new() })
    }

    /// Begins, or begins again with other wishes.
    pub fn start(self: &Arc<Self>, app: &Arc<App>, wanted: Wanted) -> Result<(), Problem> {
        let work = {
            let mut inner = lock(&self.inner);
            match inner.stage {
                Stage::Receiving | Stage::Made | Stage::Failed => {}
                Stage::Waiting | Stage::Running => {
                    return Err(Problem::conflict("the head is being made already"));
                }
                Stage::Cancelled => return Err(Problem::gone("the job was cancelled")),
            }
            if inner.files.is_empty() {
                return Err(Problem::input("no file has come; expected at least one").field("file"));
            }
            let work = Work::new(&inner.files, inner.made.as_deref(), wanted)?;
            inner.stage = Stage::Waiting;
            inner.phase.clear();
            inner.share = 0.0;
            inner.problem = None;
            work
        };
        self.ring();
        let (job, app) = (Arc::clone(self), Arc::clone(app));
        tokio::spawn(async move {
            let turn = Arc::clone(&app.jobs.turn);
            // The semaphore is never closed.
            let Ok(_turn) = turn.acquire_owned().await else { return };
            let on = Arc::clone(&job);
            let done = tokio::task::spawn_blocking(move || on.run(work)).await;
            let done = done.unwrap_or_else(|_| Err(Problem::internal("the computation stopped")));
            job.settle(&app, done);
        });
        Ok(())
    }

    fn run(&self, work: Work) -> Result<(Made, MadeOf), Problem> {
        let of = work.of;
        let mut progress = |what: &str, share: f64| {
            {
                let mut inner = lock(&self.inner);
                if inner.stage == Stage::Cancelled {
                    return false;
                }
                inner.stage = Stage::Running;
                what.clone_into(&mut inner.phase);
                inner.share = share;
            }
            self.ring();
            true
        };
        work.make(&mut progress).map(|made| (made, of)).map_err(|e| {
            let field = e.field.unwrap_or("file");
            // The same words as for the command line, without its dashes.
            let hint = e.hint.as_ref().map(|h| h.replace("--", ""));
            cases::problem(CliError { hint, ..e }).field(field)
        })
    }

    fn settle(&self, app: &App, done: Result<(Made, MadeOf), Problem>) {
        let name = random();
        let mut inner = lock(&self.inner);
        if inner.stage == Stage::Cancelled {
            return;
        }
        match done.and_then(|d| Ok((d, name?))) {
            Ok(((made, of), name)) => {
                let finished = Finished {
                    loaded: app.keep(&format!("{OWN}{name}"), made.head),
                    of,
                    found: made.found,
                    doubts: made.doubts,
                    page: made.page,
                    from_file: made.from_file,
                    unit: serde_json::from_value(made.details["unit"].clone()).ok(),
                };
                if let Some(before) = inner.made.replace(Arc::new(finished)) {
                    app.forget(&before.loaded.id);
                }
                inner.stage = Stage::Made;
                inner.share = 1.0;
            }
            Err(problem) => {
                // A head that was there before stays.
                inner.stage = Stage::Failed;
                inner.problem = Some(problem);
            }
        }
        inner.touched = Instant::now();
        drop(inner);
        self.ring();
    }
}

/// A file that is coming in. Dropped before its end, it leaves nothing.
pub struct Incoming {
    job: Arc<Job>,
    name: String,
    bytes: Vec<u8>,
}

impl Incoming {
    /// Takes a piece.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), Problem> {
        let held = self.job.held.fetch_add(piece.len() as u64, Ordering::SeqCst);
        self.bytes.extend_from_slice(piece);
        if held + piece.len() as u64 > MAX_BYTES {
            return Err(Problem::too_large(format!(
                "{}: the files of all heads that are being made have more than {} MB together",
                self.name,
                MAX_BYTES >> 20
            ))
            .field("file")
            .hint("give the slices of one series, or the one image"));
        }
        if self.job.cancelled.load(Ordering::SeqCst) {
            return Err(Problem::gone("the job was cancelled"));
        }
        Ok(())
    }

    /// All of it has come.
    pub fn done(mut self) -> Result<Arc<Job>, Problem> {
        if self.bytes.is_empty() {
            return Err(Problem::input(format!("{}: the file is empty", self.name)).field("file"));
        }
        let job = Arc::clone(&self.job);
        let mut inner = lock(&job.inner);
        if inner.stage != Stage::Receiving || inner.files.len() >= MAX_FILES {
            return Err(Problem::conflict("the job takes no more files"));
        }
        let bytes = std::mem::take(&mut self.bytes);
        inner.files.push(File { name: std::mem::take(&mut self.name), bytes: bytes.into() });
        inner.touched = Instant::now();
        drop(inner);
        job.ring();
        Ok(job)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // What was handed on is counted with the job.
        self.job.held.fetch_sub(self.bytes.len() as u64, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_off_leaves_nothing() {
        let jobs = Jobs::default();
        let job = jobs.open(None, None).unwrap();
        let mut incoming = job.receive("a.nii").unwrap();
        incoming.take(&[1; 1000]).unwrap();
        assert_eq!(jobs.held.load(Ordering::SeqCst), 1000);
        drop(incoming);
        assert_eq!(jobs.held.load(Ordering::SeqCst), 0);
        let mut incoming = job.receive("C:\\scans\\a.nii").unwrap();
        incoming.take(&[1; 500]).unwrap();
        incoming.done().unwrap();
        assert_eq!(job.look().files, [("a.nii".to_owned(), 500)]);
        assert_eq!(jobs.held.load(Ordering::SeqCst), 500);
        job.drop_all();
        assert_eq!(jobs.held.load(Ordering::SeqCst), 0);
        assert!(job.look().files.is_empty() && job.receive("b.nii").is_err());
    }

    #[test]
    fn there_is_an_end_to_what_is_taken() {
        let jobs = Jobs::default();
        let job = jobs.open(None, None).unwrap();
        jobs.held.store(MAX_BYTES - 10, Ordering::SeqCst);
        let mut incoming = job.receive("a.nii").unwrap();
        assert_eq!(incoming.take(&[0; 11]).unwrap_err().status, 413);
        drop(incoming);
        assert_eq!(jobs.held.load(Ordering::SeqCst), MAX_BYTES - 10);
        for _ in 1..MAX_JOBS {
            jobs.open(None, None).unwrap();
        }
        assert_eq!(jobs.open(None, None).err().map(|p| p.status), Some(429));
        job.drop_all();
        assert!(jobs.open(None, None).is_ok(), "a job that ended makes room");
    }
}
