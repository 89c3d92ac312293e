//! A program that is killed while eight people write, and the one that looks at what it left.
//!
//! The child says `TRY` before each request and `ACK` when the store has answered. After its end, everything that
//! was acknowledged must be there, everything that is there must be whole, and a request that was under way must
//! be either there or not; sent again with its key, it must not be there twice.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use baihui_clinic::{
    people::{Patient, PersonName},
    session::{
        SessionId, SessionLog,
        event::{Event, What},
    },
    store::{Location, Store, StoreError, Write},
};

use super::{event, id, record::*, staff, whole_session};

/// What tells a process that it is the child.
pub const CHILD: &str = "BAIHUI_CRASH_CHILD";
/// Needles of each session.
const NEEDLES: u16 = 5;
/// Requests that make up a session.
const STEPS: usize = 5;

fn events() -> Vec<Event> {
    let mut events = whole_session(id(100), staff(1), NEEDLES);
    let note = SessionLog::from_events(events.clone()).unwrap().state().note();
    events.push(event(5000, staff(1), What::Signed { note }));
    events
}

/// The events of a step, and how many there are after it.
fn step(all: &[Event], step: usize) -> (usize, usize) {
    let cut = |s: usize| match s {
        0 => 0,
        STEPS => all.len(),
        s => s * (all.len() - 1) / (STEPS - 1),
    };
    (cut(step), cut(step + 1))
}

async fn request(store: &Store, all: &[Event], session: u128, number: usize) -> Result<u64, StoreError> {
    let (from, to) = step(all, number);
    let key = Some(format!("{session}-{number}"));
    let new = all[from..to].to_vec();
    let session: SessionId = id(session);
    match number {
        0 => store.start_session(&chief(), session, key, new).await,
        _ => store.append_session(&chief(), session, from as u64, key, new).await,
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // One write: a killed process leaves no half of a line.
    out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()).unwrap();
}

/// What the child does: writes until it is killed, or until every writer has met an error.
pub fn child() {
    let var = std::env::var(CHILD).unwrap();
    let parts: Vec<&str> = var.splitn(3, ' ').collect();
    let (generation, writers): (u128, u128) = (parts[0].parse().unwrap(), parts[1].parse().unwrap());
    let path = Path::new(parts[2]).to_owned();
    say("");
    block(async move {
        let host = TestHost::new(generation as u64);
        let store = match Store::open(&Location::File(path.clone()), host).await {
            Ok(store) => store,
            Err(e) => return say(&format!("ERR open {e}")),
        };
        let patient = Patient::named(PersonName::new("Ada", "Example"));
        let made = store.put(&chief(), id(100), Write::new().key("patient"), &patient).await;
        if let Err(e) = made {
            return say(&format!("ERR patient {e}"));
        }
        let all = events();
        for line in std::fs::read_to_string(path.with_extension("retry")).unwrap_or_default().lines() {
            let (session, number) = line.split_once(' ').unwrap();
            let (session, number) = (session.parse().unwrap(), number.parse().unwrap());
            match request(&store, &all, session, number).await {
                Ok(version) => say(&format!("ACK {session} {number} {version}")),
                Err(e) => say(&format!("ERR {session} {number} {e}")),
            }
        }
        say("READY");
        let mut tasks = Vec::new();
        for w in 0..writers {
            let (store, all) = (store.clone(), all.clone());
            tasks.push(tokio::spawn(async move {
                for n in 0_u128.. {
                    let session = (generation << 64) | (w << 48) | n | (1 << 120);
                    for number in 0..STEPS {
                        say(&format!("TRY {session} {number}"));
                        match request(&store, &all, session, number).await {
                            Ok(version) => say(&format!("ACK {session} {number} {version}")),
                            Err(e) => return say(&format!("ERR {session} {number} {e}")),
                        }
                    }
                }
            }));
        }
        for t in tasks {
            t.await.unwrap();
        }
        store.close().await;
    });
}

/// What happened in a campaign.
#[derive(Debug, Default)]
pub struct Tally {
    pub runs: usize,
    pub acknowledged: usize,
    pub in_doubt: usize,
    pub in_doubt_there: usize,
    pub errors: usize,
    pub reopened_ms: Vec<u128>,
}

/// One file, and what is known of it.
pub struct Campaign {
    path: std::path::PathBuf,
    generation: u128,
    acknowledged: BTreeMap<u128, u64>,
    doubt: BTreeSet<(u128, usize)>,
    all: Vec<Event>,
}

impl Campaign {
    pub fn new(path: &Path) -> Self {
        let (path, all) = (path.to_owned(), events());
        Self { path, generation: 0, acknowledged: BTreeMap::new(), doubt: BTreeSet::new(), all }
    }

    /// Runs a child, kills it so long after it is ready (or lets it end), and checks what it left.
    pub fn run(
        &mut self,
        mut command: Command,
        writers: u32,
        kill_after: Option<Duration>,
        tally: &mut Tally,
    ) {
        self.generation += 1;
        let retry: Vec<String> = self.doubt.iter().map(|(s, n)| format!("{s} {n}")).collect();
        std::fs::write(self.path.with_extension("retry"), retry.join("\n")).unwrap();
        command
            .env(CHILD, format!("{} {writers} {}", self.generation, self.path.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = Vec::new();
        if let Some(after) = kill_after {
            loop {
                let mut line = String::new();
                if out.read_line(&mut line).unwrap() == 0 {
                    break;
                }
                let ready = line.trim() == "READY";
                lines.push(line);
                if ready {
                    break;
                }
            }
            // The pipe must not fill up meanwhile, so a thread empties it.
            let reader = std::thread::spawn(move || {
                let mut rest = String::new();
                out.read_to_string(&mut rest).unwrap();
                rest
            });
            std::thread::sleep(after);
            child.kill().unwrap();
            child.wait().unwrap();
            lines.extend(reader.join().unwrap().lines().map(str::to_owned));
        } else {
            let mut rest = String::new();
            out.read_to_string(&mut rest).unwrap();
            child.wait().unwrap();
            lines.extend(rest.lines().map(str::to_owned));
        }
        tally.runs += 1;
        self.take(&lines, tally);
        self.check(tally);
    }

    fn take(&mut self, lines: &[String], tally: &mut Tally) {
        for line in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["TRY", session, number] => {
                    self.doubt.insert((session.parse().unwrap(), number.parse().unwrap()));
                }
                ["ACK", session, number, version] => {
                    let (session, number): (u128, usize) =
                        (session.parse().unwrap(), number.parse().unwrap());
                    let version: u64 = version.parse().unwrap();
                    assert_eq!(version, step(&self.all, number).1 as u64);
                    self.doubt.remove(&(session, number));
                    self.acknowledged.insert(session, version);
                    tally.acknowledged += 1;
                }
                ["ERR", ..] => tally.errors += 1,
                _ => {}
            }
        }
    }

    fn check(&mut self, tally: &mut Tally) {
        let begin = std::time::Instant::now();
        block(async {
            let store = open(&self.path, 999).await;
            // A patient's page is what someone waits for after a crash.
            tally.reopened_ms.push(begin.elapsed().as_millis());
            let report = store.verify(&chief(), None).await.unwrap();
            assert_eq!(report.problems, [], "run {}", self.generation);
            for (session, version) in &self.acknowledged {
                let (found, log) = match store.session(&chief(), id(*session)).await {
                    Ok(read) => read,
                    Err(e) => panic!("an acknowledged session is lost: {e}"),
                };
                assert!(found >= *version, "acknowledged {version}, found {found}");
                assert_eq!(log.events(), &self.all[..log.events().len()], "not what was sent");
            }
            tally.in_doubt += self.doubt.len();
            for (session, number) in &self.doubt {
                let there = match store.session(&chief(), id(*session)).await {
                    Ok((version, _)) => version,
                    Err(StoreError::NotFound { .. }) => 0,
                    Err(e) => panic!("{e}"),
                };
                let (before, after) = step(&self.all, *number);
                assert!([before as u64, after as u64].contains(&there), "neither old nor new: {there}");
                tally.in_doubt_there += usize::from(there == after as u64);
            }
            store.close().await;
        });
        // What was checked once need not be read again each time; the whole chain still is.
        let last = (self.generation.saturating_sub(2)) << 64;
        self.acknowledged.retain(|s, _| (*s & !(1 << 120)) >= last);
    }
}
