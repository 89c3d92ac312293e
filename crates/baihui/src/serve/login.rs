//! Who is there: names with passwords, cookies, and the lock after idle time.
//!
//! Passwords are kept beside the record as argon2id hashes (RFC 9106), not in it: a copy of the record hands out no
//! logins. A cookie is a random token that only this process knows; a restart signs everybody out.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use baihui_clinic::{access::Actor, people::PractitionerId};
use serde::{Deserialize, Serialize};

use super::{problem::Problem, table::name_of};
use crate::files;

/// After so long without a request the person must sign in again. What was typed stays in the page.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// After so long the person must sign in again, however busy they were: a day's work.
const LONGEST_DAY: Duration = Duration::from_secs(12 * 60 * 60);
/// Wrong passwords for one name that are answered within [`WINDOW`]; after that nobody of that name is let in until it
/// has passed.
const MISSES: usize = 8;
/// The same for all names together.
const ALL_MISSES: usize = 40;
const WINDOW: Duration = Duration::from_secs(60);
/// Sessions that are remembered at once.
const MAX_SESSIONS: usize = 500;
/// Shortest password, characters (NIST SP 800-63B asks for at least 8).
pub const SHORTEST: usize = 8;
/// Longest password, bytes: hashing takes as long as the password is.
const LONGEST: usize = 1024;
/// Largest file of logins that is read, bytes.
const MAX_FILE: u64 = 4 << 20;

/// A name with its password.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    /// What is typed.
    name: String,
    /// Who it is in the record.
    practitioner: PractitionerId,
    /// PHC string.
    hash: String,
}

/// Who sends a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As the record knows them.
    pub actor: Actor,
    /// What the person signs in as.
    pub name: String,
    /// What requests that change something must repeat in a header.
    pub csrf: String,
    /// Key of the request, if it has one: the same request with the same key is carried out once.
    pub key: Option<String>,
    /// The version that the request was made to, if it says so in the header `If-Match`.
    pub if_match: Option<u64>,
}

struct Session {
    caller: Caller,
    seen: Instant,
    since: Instant,
}

impl Session {
    fn is_over(&self) -> bool {
        self.seen.elapsed() >= IDLE || self.since.elapsed() >= LONGEST_DAY
    }
}

/// The doorkeeper.
pub struct Door {
    file: PathBuf,
    logins: Mutex<Vec<Login>>,
    sessions: Mutex<BTreeMap<String, Session>>,
    misses: Mutex<Vec<(String, Instant)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Random bytes of the system, as hexadecimal digits.
fn token() -> Result<String, Problem> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Problem::internal(format!("the system gives no random numbers: {e}")))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

fn hashed(password: &str) -> Result<String, Problem> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt)
        .map_err(|e| Problem::internal(format!("the system gives no random numbers: {e}")))?;
    let salt = SaltString::encode_b64(&salt).map_err(Problem::internal)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(Problem::internal)?;
    Ok(hash.to_string())
}

impl Door {
    /// The doorkeeper with the logins of a file; none if there is no file.
    pub fn open(file: PathBuf) -> Result<Self, crate::error::CliError> {
        let logins = if file.exists() {
            let bytes = files::read(&file, MAX_FILE)?;
            serde_json::from_slice(&bytes)
                .map_err(|e| crate::error::CliError::input(format!("{}: {e}", file.display())))?
        } else {
            Vec::new()
        };
        Ok(Self { file, logins: Mutex::new(logins), sessions: Mutex::default(), misses: Mutex::default() })
    }

    /// Whether nobody can sign in yet.
    pub fn is_new(&self) -> bool {
        lock(&self.logins).is_empty()
    }

    /// Adds a name with a password.
    pub fn add(&self, name: &str, password: &str, practitioner: PractitionerId) -> Result<(), Problem> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 80 {
            return Err(Problem::input("a name has 1 to 80 characters").field("name"));
        }
        if password.chars().count() < SHORTEST || password.len() > LONGEST {
            return Err(
                Problem::input(format!("a password has at least {SHORTEST} characters")).field("password")
            );
        }
        let login = Login { name: name.to_owned(), practitioner, hash: hashed(password)? };
        let mut logins = lock(&self.logins);
        if logins.iter().any(|l| l.name.eq_ignore_ascii_case(name)) {
            return Err(Problem::input(format!("there is a \"{name}\" already")).field("name"));
        }
        let mut next = logins.clone();
        next.push(login);
        let text = serde_json::to_vec_pretty(&next).map_err(Problem::internal)?;
        // Beside it first: a crash leaves the old file or the new one.
        let beside = self.file.with_extension("logins-new");
        files::write(&beside, &text).map_err(|e| Problem::internal(e.message))?;
        std::fs::rename(&beside, &self.file).map_err(Problem::internal)?;
        *logins = next;
        Ok(())
    }

    /// Who has this name and password.
    pub fn check(&self, name: &str, password: &str) -> Result<(PractitionerId, String), Problem> {
        let typed = name.trim().to_lowercase();
        {
            let mut misses = lock(&self.misses);
            misses.retain(|(_, at)| at.elapsed() < WINDOW);
            // Who guesses at one name shuts out that one; who tries many, everybody.
            if misses.len() >= ALL_MISSES || misses.iter().filter(|(n, _)| *n == typed).count() >= MISSES {
                return Err(Problem::too_many());
            }
        }
        let found = lock(&self.logins).iter().find(|l| l.name.eq_ignore_ascii_case(name.trim())).cloned();
        // A name that does not exist takes as long as a wrong password.
        let hash = match &found {
            Some(login) => login.hash.clone(),
            None => hashed("nobody")?,
        };
        let right = password.len() <= LONGEST
            && PasswordHash::new(&hash)
                .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok());
        match found {
            Some(login) if right => Ok((login.practitioner, login.name)),
            _ => {
                lock(&self.misses).push((typed, Instant::now()));
                Err(Problem::unauthorized("name or password is wrong"))
            }
        }
    }

    /// Lets somebody in; returns the caller and the token for the cookie.
    pub fn enter(&self, actor: Actor, name: String) -> Result<(Caller, String), Problem> {
        let token = token()?;
        let caller = Caller { actor, name, csrf: self::token()?, key: None, if_match: None };
        let mut sessions = lock(&self.sessions);
        sessions.retain(|_, s| !s.is_over());
        if sessions.len() >= MAX_SESSIONS {
            return Err(Problem::too_many());
        }
        let now = Instant::now();
        let session = Session { caller: caller.clone(), seen: now, since: now };
        sessions.insert(name_of(token.as_bytes()), session);
        Ok((caller, token))
    }

    /// Who shows this token. Each look keeps the person in.
    pub fn caller(&self, token: &str) -> Option<Caller> {
        let mut sessions = lock(&self.sessions);
        let name = name_of(token.as_bytes());
        let session = sessions.get_mut(&name)?;
        if session.is_over() {
            sessions.remove(&name);
            return None;
        }
        session.seen = Instant::now();
        Some(session.caller.clone())
    }

    /// Shows somebody out.
    pub fn leave(&self, token: &str) {
        lock(&self.sessions).remove(&name_of(token.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(test: &str) -> Door {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../target/tmp")
            .join(format!("door-{test}-{}.json", std::process::id()));
        let _ = std::fs::remove_file(&file);
        Door::open(file).unwrap()
    }

    fn someone() -> PractitionerId {
        "018f2f3e-0000-7000-8000-000000000000".parse().unwrap()
    }

    #[test]
    fn a_password_opens_the_door_and_is_not_kept() {
        let d = door("opens");
        assert!(d.is_new());
        d.add("Ada", "correct horse", someone()).unwrap();
        assert_eq!(d.check("ada ", "correct horse").unwrap().0, someone());
        assert!(d.check("Ada", "correct horsf").is_err() && d.check("Bob", "correct horse").is_err());
        let kept = std::fs::read_to_string(&d.file).unwrap();
        assert!(kept.contains("$argon2id$") && !kept.contains("correct horse"), "{kept}");
        // It is there again after a restart.
        let again = Door::open(d.file.clone()).unwrap();
        assert!(again.check("Ada", "correct horse").is_ok());
        let _ = std::fs::remove_file(&d.file);
    }

    #[test]
    fn guessing_is_stopped() {
        let d = door("guessing");
        d.add("Ada", "correct horse", someone()).unwrap();
        for _ in 0..MISSES {
            assert_eq!(d.check("Ada", "wrong password").unwrap_err().status, 401);
        }
        assert_eq!(d.check("ADA ", "correct horse").unwrap_err().status, 429);
        d.add("Lin", "correct horse", someone()).unwrap();
        assert!(d.check("Lin", "correct horse").is_ok(), "somebody else's password was guessed at");
        let _ = std::fs::remove_file(&d.file);
    }

    #[test]
    fn who_tries_many_names_is_stopped_too() {
        let d = door("many");
        d.add("Ada", "correct horse", someone()).unwrap();
        for k in 0..ALL_MISSES {
            assert_eq!(d.check(&format!("name {k}"), "wrong password").unwrap_err().status, 401);
        }
        assert_eq!(d.check("Ada", "correct horse").unwrap_err().status, 429);
        let _ = std::fs::remove_file(&d.file);
    }

    #[test]
    fn short_passwords_and_double_names_are_refused() {
        let d = door("short");
        assert!(d.add("Ada", "1234567", someone()).is_err() && d.add(" ", "long enough", someone()).is_err());
        d.add("Ada", "long enough", someone()).unwrap();
        assert!(d.add("ADA", "long enough", someone()).is_err());
        let _ = std::fs::remove_file(&d.file);
    }

    #[test]
    fn who_is_idle_or_stays_too_long_must_sign_in_again() {
        let d = door("idle");
        // A machine that began a moment ago has no earlier instants.
        let Some(idle) = Instant::now().checked_sub(IDLE) else { return };
        let actor = Actor { id: someone(), roles: [].into() };
        let (_, token) = d.enter(actor.clone(), "Ada".into()).unwrap();
        lock(&d.sessions).values_mut().for_each(|s| s.seen = idle + Duration::from_secs(5));
        assert!(d.caller(&token).is_some(), "five seconds are left, and this look keeps the person in");
        lock(&d.sessions).values_mut().for_each(|s| s.seen = idle);
        assert!(d.caller(&token).is_none());
        assert!(lock(&d.sessions).is_empty(), "what is over is forgotten");
        let (_, token) = d.enter(actor, "Ada".into()).unwrap();
        let Some(long_ago) = Instant::now().checked_sub(LONGEST_DAY) else { return };
        lock(&d.sessions).values_mut().for_each(|s| s.since = long_ago);
        assert!(d.caller(&token).is_none(), "however busy");
    }

    #[test]
    fn a_token_leads_to_its_person_until_they_leave() {
        let d = door("token");
        let actor = Actor { id: someone(), roles: [].into() };
        let (caller, token) = d.enter(actor, "Ada".into()).unwrap();
        assert_eq!(d.caller(&token).unwrap().csrf, caller.csrf);
        assert!(d.caller("0000").is_none() && d.caller("").is_none());
        d.leave(&token);
        assert!(d.caller(&token).is_none());
    }
}
