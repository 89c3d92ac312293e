//! The record as the command line opens it: where it is, who acts, and errors as the user sees them.

use std::{io::IsTerminal as _, path::Path, sync::Arc};

use baihui_clinic::{
    access::{Actor, Denied},
    blocking::Record,
    id::Id,
    people::{PersonName, Practitioner, Role},
    store::{
        Host, Location, Store, StoreError, Write,
        passphrase::{self, Look, Passphrase},
    },
};
use clap::Args;
use etcetera::BaseStrategy as _;
use serde::de::DeserializeOwned;

use crate::{
    error::{CliError, Kind},
    files,
};

/// Largest JSON that is read, bytes.
const MAX_JSON: u64 = 64 << 20;

/// Which record, and who acts.
#[derive(Clone, Debug, Args)]
pub struct RecordArg {
    /// The record: a file, or postgres://user@host/database [default: the data folder of your account].
    #[arg(long, value_name = "FILE|URL")]
    pub record: Option<String>,
    /// Who acts: name or identifier of someone who works here [default: the only one there is].
    #[arg(long = "as", value_name = "PERSON")]
    pub actor: Option<String>,
}

/// Time and randomness of this machine.
pub struct Machine;

impl Host for Machine {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        if getrandom::fill(&mut bytes).is_err() {
            // Without the system's randomness, time must do: identifiers stay apart, salts are weaker.
            let now = jiff::Timestamp::now().as_nanosecond();
            bytes = now.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128 as i128).to_le_bytes();
        }
        bytes
    }
    fn passphrase(&self, file: &Path) -> Result<Option<Passphrase>, StoreError> {
        if let Some(given) = given_passphrase("BAIHUI_PASSPHRASE")? {
            return Ok(Some(given));
        }
        if !passphrase::AVAILABLE || passphrase::look(file)? != Look::Opaque {
            return Ok(None);
        }
        // One record is opened several times by some commands; one question is enough.
        static ASKED: std::sync::Mutex<Option<Passphrase>> = std::sync::Mutex::new(None);
        let mut asked = ASKED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if asked.is_none() && std::io::stdin().is_terminal() {
            *asked = Some(Passphrase::new(&ask(&format!("Passphrase of {}: ", file.display()))?)?);
        }
        Ok(asked.clone())
    }
}

/// A passphrase from the environment: `NAME` holds it, or `NAME_FILE` names a file whose first line it is. Never from
/// the command line, which every user of a machine can see.
pub fn given_passphrase(name: &str) -> Result<Option<Passphrase>, StoreError> {
    if let Ok(text) = std::env::var(name) {
        return Passphrase::new(&text).map(Some);
    }
    let Some(path) = std::env::var_os(format!("{name}_FILE")) else { return Ok(None) };
    let text = std::fs::read_to_string(&path)
        .map_err(|source| StoreError::File { path: Path::new(&path).display().to_string(), source })?;
    Passphrase::new(text.lines().next().unwrap_or_default()).map(Some)
}

/// Asks for a passphrase, unseen.
pub fn ask(question: &str) -> Result<String, StoreError> {
    rpassword::prompt_password(question)
        .map_err(|e| StoreError::Invalid(format!("the passphrase could not be read: {e}")))
}

impl RecordArg {
    /// Where the record is.
    pub fn location(&self) -> Result<Location, CliError> {
        if let Some(text) = &self.record {
            return Ok(Location::parse(text));
        }
        let folders = etcetera::choose_base_strategy().map_err(|e| {
            CliError::usage(format!("there is no data folder ({e})")).hint("name one with --record")
        })?;
        Ok(Location::File(folders.data_dir().join("baihui").join("record.baihui")))
    }

    /// Opens the record, making it where there is none, and finds out who acts.
    pub fn open(&self) -> Result<(Record, Actor), CliError> {
        let record = Record::open(&self.location()?, Arc::new(Machine)).map_err(shown)?;
        let actor = record.run(async |store| self.actor(store).await)?;
        Ok((record, actor))
    }

    /// Does something with the record and closes it.
    pub fn with<T>(
        &self,
        work: impl AsyncFnOnce(&Store, &Actor) -> Result<T, StoreError>,
    ) -> Result<T, CliError> {
        let (record, actor) = self.open()?;
        let result = record.run(async |store| work(store, &actor).await);
        record.close();
        result.map_err(shown)
    }

    async fn actor(&self, store: &Store) -> Result<Actor, CliError> {
        // Whoever may read the list of staff may be anyone: on the command line the user is taken at their word.
        let anyone = Actor { id: Id::from_uuid(uuid_nil()), roles: [Role::Owner].into() };
        let staff = store.list::<Practitioner>(&anyone, 1000, 0).await.map_err(shown)?;
        if staff.is_empty() {
            return first(store, self.actor.as_deref()).await;
        }
        let names = |text: &str| {
            let found: Vec<_> = staff
                .iter()
                .filter(|s| s.state == "active")
                .filter(|s| s.id == text || name_of(s).to_lowercase().contains(&text.to_lowercase()))
                .collect();
            found
        };
        let found = match &self.actor {
            Some(text) => names(text),
            None => names(""),
        };
        match found.as_slice() {
            [one] => {
                let id = one.id.parse().map_err(|e| CliError::new(Kind::Problems, e))?;
                let person = store.get::<Practitioner>(&anyone, id).await.map_err(shown)?;
                Ok(Actor { id, roles: person.value.roles })
            }
            _ => {
                let all: Vec<String> = names("").iter().map(|s| name_of(s)).collect();
                Err(CliError::usage("it is not clear who acts")
                    .hint(format!("say it with --as; here work: {}", all.join(", "))))
            }
        }
    }
}

fn uuid_nil() -> baihui_clinic::uuid::Uuid {
    baihui_clinic::uuid::Uuid::nil()
}

/// Name of someone as lists show it.
fn name_of(summary: &baihui_clinic::store::Summary) -> String {
    summary.summary["name"].as_str().unwrap_or_default().to_owned()
}

/// The first person of a new record may do everything: on one's own machine nobody else is there to allow it.
async fn first(store: &Store, name: Option<&str>) -> Result<Actor, CliError> {
    let from_system =
        || ["USER", "USERNAME"].iter().find_map(|v| std::env::var(v).ok().filter(|n| !n.is_empty()));
    let name = name.map(str::to_owned).or_else(from_system).unwrap_or_else(|| "owner".to_owned());
    let actor = Actor { id: store.new_id(), roles: [Role::Owner, Role::Practitioner].into() };
    let person = Practitioner {
        name: PersonName::new("", &name),
        roles: actor.roles.clone(),
        background: String::new(),
        active: true,
        usual: None,
    };
    store.put(&actor, actor.id, Write::new(), &person).await.map_err(shown)?;
    Ok(actor)
}

/// An error of the store as the user sees it.
pub fn shown(error: StoreError) -> CliError {
    let (kind, hint) = match &error {
        StoreError::Denied(Denied { .. }) => (Kind::Input, Some("someone else may: --as PERSON")),
        StoreError::Conflict { .. } => {
            (Kind::Input, Some("look at it again and repeat the change with --expect"))
        }
        StoreError::Damaged { .. } => (Kind::Problems, None),
        StoreError::Database { .. } | StoreError::NotSaved(_) => {
            (Kind::Output, Some("nothing was saved; try again when the cause is gone"))
        }
        StoreError::File { .. } => (Kind::Output, None),
        _ => (Kind::Input, None),
    };
    CliError::new(kind, error).maybe_hint(hint.map(str::to_owned))
}

/// JSON from a file, or from standard input for `-`.
pub fn input<T: DeserializeOwned>(path: &Path) -> Result<T, CliError> {
    let (name, bytes) = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::Read::take(std::io::stdin(), MAX_JSON), &mut bytes)
            .map_err(|e| CliError::input(format!("standard input cannot be read: {e}")))?;
        ("standard input".to_owned(), bytes)
    } else {
        (path.display().to_string(), files::read(path, MAX_JSON)?)
    };
    serde_json::from_slice(&bytes).map_err(|e| CliError::input(format!("{name}: {e}")))
}

/// An identifier.
pub fn id<T>(text: &str) -> Result<Id<T>, CliError> {
    text.parse().map_err(|e| CliError::usage(e).hint("lists show identifiers: `baihui patient list`"))
}
