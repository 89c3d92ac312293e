//! A record for a test: a host without clock and chance, and both engines.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use baihui_clinic::{
    access::Actor,
    people::{PersonName, Practitioner, PractitionerId, Role},
    store::{Host, Location, Store},
};
use jiff::Timestamp;
use rand_pcg::{
    Pcg64,
    rand_core::{Rng, SeedableRng},
};

/// A clock that ticks a millisecond a look, and numbers from a seed.
pub struct TestHost(Mutex<(i64, Pcg64)>);

impl TestHost {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new((super::T0 * 1000, Pcg64::seed_from_u64(seed)))))
    }
}

impl Host for TestHost {
    fn now(&self) -> Timestamp {
        let mut state = self.0.lock().unwrap();
        state.0 += 1;
        Timestamp::from_millisecond(state.0).unwrap()
    }
    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.lock().unwrap().1.fill_bytes(&mut bytes);
        bytes
    }
}

pub fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// An empty folder for a test.
pub fn folder(name: &str) -> PathBuf {
    // Examples have no such folder.
    let base = option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = base.join("clinic").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn actor(n: u128, roles: &[Role]) -> Actor {
    Actor { id: super::id(n), roles: roles.iter().copied().collect() }
}

/// Someone who may do everything.
pub fn chief() -> Actor {
    actor(1, &[Role::Owner, Role::Practitioner])
}

pub fn practitioner(name: &str, roles: &[Role]) -> Practitioner {
    Practitioner {
        name: PersonName::new(name, "Example"),
        roles: roles.iter().copied().collect(),
        background: "ten years".into(),
        active: true,
        usual: None,
    }
}

pub async fn open(at: &Path, seed: u64) -> Store {
    Store::open(&Location::File(at.to_owned()), TestHost::new(seed)).await.unwrap()
}

pub fn staff_id(n: u128) -> PractitionerId {
    super::id(n)
}

/// A PostgreSQL server of its own, as a user without rights; gone with the value.
pub struct Postgres {
    folder: PathBuf,
    server: std::process::Child,
}

impl Postgres {
    /// Starts one, or says why there is none.
    pub fn start(name: &str) -> Option<Self> {
        match Self::try_start(name) {
            Ok(server) => Some(server),
            Err(why) => {
                println!("skipped: PostgreSQL is not tried, because {why}");
                None
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn try_start(_: &str) -> Result<Self, String> {
        Err("this test starts it on Linux only".into())
    }

    #[cfg(target_os = "linux")]
    fn try_start(name: &str) -> Result<Self, String> {
        use std::os::unix::{fs::MetadataExt as _, process::CommandExt as _};
        let programs = programs().ok_or("it is not installed (Debian: apt-get install postgresql)")?;
        // The path of a socket may not be long, so it lies in the system's folder for such things.
        let folder = std::env::temp_dir().join(format!("baihui-pg-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        // The server refuses to run as root; then it runs as nobody.
        let root = fs::metadata("/proc/self").map_err(|e| e.to_string())?.uid() == 0;
        let user = |command: &mut Command| {
            if root {
                command.uid(65534).gid(65534);
            }
        };
        if root {
            std::os::unix::fs::chown(&folder, Some(65534), Some(65534)).map_err(|e| e.to_string())?;
        }
        let data = folder.join("data");
        let mut init = Command::new(programs.join("initdb"));
        init.args(["-U", "baihui", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D"]).arg(&data);
        user(&mut init);
        let out = init.current_dir(&folder).output().map_err(|e| e.to_string())?;
        if !out.status.success() {
            return Err(format!("initdb fails: {}", String::from_utf8_lossy(&out.stderr)));
        }
        let mut command = Command::new(programs.join("postgres"));
        command.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-c", "listen_addresses="]);
        command.current_dir(&folder).stdout(Stdio::null()).stderr(Stdio::null());
        user(&mut command);
        let server = command.spawn().map_err(|e| e.to_string())?;
        let started = Self { folder, server };
        for _ in 0..200 {
            if started.folder.join(".s.PGSQL.5432").exists() && block(started.answers()) {
                return Ok(started);
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Err("it does not answer".into())
    }

    async fn answers(&self) -> bool {
        use sqlx::Connection as _;
        sqlx::PgConnection::connect(&self.url("postgres")).await.is_ok()
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://baihui@localhost/{database}?host={}&sslmode=disable", self.folder.display())
    }

    /// An empty database.
    pub fn database(&self, name: &'static str) -> Location {
        block(self.database_async(name))
    }

    /// An empty database, within a runtime.
    pub async fn database_async(&self, name: &'static str) -> Location {
        use sqlx::{Connection as _, Executor as _};
        let mut c = sqlx::PgConnection::connect(&self.url("postgres")).await.unwrap();
        // A test names its databases itself; no user's word gets here.
        c.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        Location::Postgres(self.url(name))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(target_os = "linux")]
fn programs() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> =
        std::env::var_os("PATH").map(|p| std::env::split_paths(&p).collect()).unwrap_or_default();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        places.extend(versions.filter_map(|v| Some(v.ok()?.path().join("bin"))));
    }
    places.into_iter().find(|p| p.join("initdb").exists() && p.join("postgres").exists())
}
