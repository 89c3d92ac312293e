//! A record under a passphrase: nothing of it can be read from its files, and whoever lacks the passphrase is told.
//!
//! `cargo test -p baihui-clinic --features encryption --test encryption`

#![cfg(feature = "encryption")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use baihui_clinic::{
    people::{Diagnosis, Patient, PersonName},
    store::{
        Host, Location, Search, Store, StoreError, Write,
        passphrase::{Look, Passphrase, look},
    },
};
use common::{record::*, *};
use jiff::Timestamp;

/// A host that gives one passphrase, or none.
struct Keyed(Arc<TestHost>, Option<Passphrase>);

impl Host for Keyed {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    fn random(&self) -> [u8; 16] {
        self.0.random()
    }
    fn passphrase(&self, _: &Path) -> Result<Option<Passphrase>, StoreError> {
        Ok(self.1.clone())
    }
}

fn host(passphrase: &str) -> Arc<dyn Host> {
    let p = if passphrase.is_empty() { None } else { Some(Passphrase::new(passphrase).unwrap()) };
    Arc::new(Keyed(TestHost::new(3), p))
}

async fn open(at: &Path, passphrase: &str) -> Result<Store, StoreError> {
    Store::open(&Location::File(at.to_owned()), host(passphrase)).await
}

fn patient() -> Patient {
    let mut p = Patient::named(PersonName::new("Mirabelle", "Zwetschge"));
    p.birth_date = Some(jiff::civil::date(1955, 4, 3));
    p.diagnoses = vec![Diagnosis::new("haemorrhage of the thalamus")];
    p
}

/// Words and numbers of a record that anybody would look for.
const LEGIBLE: [&[u8]; 8] = [
    b"Mirabelle",
    b"mirabelle",
    b"Zwetschge",
    b"1955-04-03",
    b"thalamus",
    b"patient",
    b"CREATE TABLE",
    b"SQLite format",
];

/// Files of a folder in which any of the words stands.
fn legible(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for word in LEGIBLE {
            if bytes.windows(word.len()).any(|w| w == word) {
                found.push((path.clone(), String::from_utf8_lossy(word).into_owned()));
            }
        }
    }
    found
}

async fn fill(store: &Store) {
    store.put(&chief(), id(100), Write::new(), &patient()).await.unwrap();
    for n in 0..20 {
        let events = whole_session(id(100), staff(1), 5);
        store.start_session(&chief(), id(200 + n), None, events).await.unwrap();
    }
}

#[test]
fn nothing_is_legible_in_any_file_while_it_is_written_and_afterwards() {
    let folder = folder("sealed");
    let at = folder.join("record.baihui");
    block(async {
        let store = open(&at, "plum jam").await.unwrap();
        fill(&store).await;
        let found = store.find_patients(&chief(), &Search { text: "zwet".into(), limit: 5 }).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(
            folder.join("record.baihui-wal").metadata().unwrap().len() > 0,
            "the log is there to be looked at"
        );
        assert_eq!(legible(&folder), []);
        store.backup(&chief(), &folder.join("backup.baihui")).await.unwrap();
        assert_eq!(legible(&folder), []);
        store.close().await;
        assert_eq!(legible(&folder), []);
    });
    // The same search does find what is not encrypted: it can fail.
    let plain = common::record::folder("not-sealed");
    block(async {
        let store = open(&plain.join("record.baihui"), "").await.unwrap();
        fill(&store).await;
        store.close().await;
    });
    assert!(legible(&plain).len() >= 4);
}

#[test]
fn whoever_lacks_the_passphrase_is_told_and_changes_nothing() {
    let folder = folder("locked-out");
    let at = folder.join("record.baihui");
    block(async {
        let store = open(&at, "it's \"plum\" jam").await.unwrap();
        fill(&store).await;
        store.close().await;
        let before = std::fs::read(&at).unwrap();
        let wrong = open(&at, "plum jam").await.unwrap_err().to_string();
        assert!(wrong.contains("the passphrase does not open"), "{wrong}");
        let none = open(&at, "").await.unwrap_err().to_string();
        assert!(none.contains("needs its passphrase"), "{none}");
        assert_eq!(std::fs::read(&at).unwrap(), before);
        assert!(open(&at, "it's \"plum\" jam").await.is_ok());
        let plain = folder.join("plain.baihui");
        open(&plain, "").await.unwrap().close().await;
        let needless = open(&plain, "plum jam").await.unwrap_err().to_string();
        assert!(needless.contains("is not encrypted"), "{needless}");
    });
}

#[test]
fn backup_restore_export_and_check_work_and_the_passphrase_can_change() {
    let folder = folder("resealed");
    let at = folder.join("record.baihui");
    block(async {
        let store = open(&at, "").await.unwrap();
        fill(&store).await;
        let digest = store.verify(&chief(), None).await.unwrap();
        assert_eq!(look(&at).unwrap(), Look::Plain);
        let sealed =
            store.change_passphrase(&chief(), &at, Some(Passphrase::new("one").unwrap())).await.unwrap();
        assert_eq!((sealed.report.entries, look(&at).unwrap()), (digest.entries, Look::Opaque));
        let left: Vec<_> = legible(&folder);
        assert_eq!(left, [], "the old file is gone with what belonged to it");
        let names =
            || std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
        assert_eq!(names(), ["record.baihui"], "a log of the old file would be taken for one of the new");

        let store = open(&at, "one").await.unwrap();
        let backup = folder.join("backup.baihui");
        let copied = store.backup(&chief(), &backup).await.unwrap();
        store.export(&chief(), &folder.join("export.zip")).await.unwrap();
        let again = folder.join("again.baihui");
        let restored = Store::restore(&backup, &Location::File(again.clone()), host("one")).await.unwrap();
        assert_eq!(restored.report.digest, copied.report.digest);
        assert_eq!(look(&again).unwrap(), Look::Opaque);
        let imported = Location::File(folder.join("imported.baihui"));
        let report = Store::import(&folder.join("export.zip"), &imported, host("two")).await.unwrap();
        assert_eq!(report.problems, []);

        store.change_passphrase(&chief(), &at, Some(Passphrase::new("two").unwrap())).await.unwrap();
        assert!(open(&at, "one").await.is_err());
        let store = open(&at, "two").await.unwrap();
        // While somebody else has it open, nothing is exchanged.
        let other = open(&at, "two").await.unwrap();
        other.put(&chief(), id(101), Write::new(), &patient()).await.unwrap();
        assert!(store.change_passphrase(&chief(), &at, None).await.is_err());
        other.put(&chief(), id(102), Write::new(), &patient()).await.unwrap();
        let report = other.verify(&chief(), None).await.unwrap();
        assert_eq!(report.problems, []);
        other.change_passphrase(&chief(), &at, None).await.unwrap();
        let store = open(&at, "").await.unwrap();
        assert_eq!(store.patient_page(&chief(), id(102)).await.unwrap().patient.value, patient());
        store.close().await;
    });
}
