//! A record for a test: a host without clock and chance, and both engines.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use std::{
    fs,
    path::{Path, PathBuf},
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

use super::server::Server;

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

/// A PostgreSQL server of its own; gone with the value.
pub struct Postgres(Server);

impl Postgres {
    /// Starts one, or says why there is none.
    pub fn start(name: &str) -> Option<Self> {
        Server::start(name).map(Self)
    }

    /// An empty database.
    pub fn database(&self, name: &'static str) -> Location {
        block(self.database_async(name))
    }

    /// An empty database, within a runtime.
    pub async fn database_async(&self, name: &'static str) -> Location {
        use sqlx::{Connection as _, Executor as _};
        let mut c = sqlx::PgConnection::connect(&self.0.url("postgres")).await.unwrap();
        // A test names its databases itself; no user's word gets here.
        c.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        Location::Postgres(self.0.url(name))
    }
}
