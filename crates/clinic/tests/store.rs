//! What a record promises: versions, keys, roles, an audit log without gaps, and nothing that damage can pass off as
//! data.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod common;

use std::{path::Path, sync::Arc};

use baihui_clinic::{
    id::Id,
    people::{Clinic, Patient, PersonName, Practitioner, Role, facts::Pregnancy},
    session::{SessionId, SessionLog, event::What},
    store::{Location, Search, Store, StoreError, Write},
};
use common::{record::*, *};
use sqlx::Connection as _;

fn someone(given: &str, family: &str) -> Patient {
    Patient::named(PersonName::new(given, family))
}

async fn with_patient(name: &str) -> (std::path::PathBuf, Store) {
    let at = folder(name).join("record.baihui");
    let store = open(&at, 7).await;
    store.put(&chief(), id(100), Write::new(), &someone("Ada", "Example")).await.unwrap();
    (at, store)
}

async fn sql(at: &Path, statement: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(at);
    let mut c = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let done = sqlx::query(statement).execute(&mut c).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement} changes nothing");
    c.close().await.unwrap();
}

#[test]
fn the_second_of_two_is_told_and_nothing_is_lost() {
    block(async {
        let (_, store) = with_patient("conflict").await;
        let mut mine = store.get::<Patient>(&chief(), id(100)).await.unwrap();
        let mut theirs = mine.clone();
        mine.value.history = "mine".into();
        theirs.value.history = "theirs".into();
        assert_eq!(store.put(&chief(), id(100), Write::to(1), &mine.value).await.unwrap(), 2);
        let said = store.put(&chief(), id(100), Write::to(1), &theirs.value).await.unwrap_err();
        assert!(matches!(said, StoreError::Conflict { expected: 1, found: 2, .. }), "{said}");
        let again = store.put(&chief(), id(100), Write::new(), &theirs.value).await.unwrap_err();
        assert!(matches!(again, StoreError::Conflict { expected: 0, found: 2, .. }), "{again}");
        let all = store.history::<Patient>(&chief(), id(100)).await.unwrap();
        assert_eq!(all.iter().map(|v| v.value.history.as_str()).collect::<Vec<_>>(), ["", "mine"]);
        store.close().await;
    });
}

#[test]
fn many_at_once_count_every_change() {
    block(async {
        let (_, store) = with_patient("race").await;
        let mut tasks = Vec::new();
        for n in 0..8 {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                let (mut saved, mut told) = (0, 0);
                while saved < 10 {
                    let mut p = store.get::<Patient>(&chief(), id(100)).await.unwrap();
                    p.value.history += &format!("{n},");
                    match store.put(&chief(), id(100), Write::to(p.version), &p.value).await {
                        Ok(_) => saved += 1,
                        Err(StoreError::Conflict { .. }) => told += 1,
                        Err(e) => panic!("{e}"),
                    }
                }
                told
            }));
        }
        let mut told = 0;
        for t in tasks {
            told += t.await.unwrap();
        }
        let end = store.get::<Patient>(&chief(), id(100)).await.unwrap();
        assert_eq!((end.version, end.value.history.matches(',').count()), (81, 80));
        assert!(told > 0, "nobody ever met anybody: the test shows nothing");
        assert_eq!(store.verify(&chief(), None).await.unwrap().problems, []);
        store.close().await;
    });
}

#[test]
fn a_request_that_is_sent_twice_is_carried_out_once() {
    block(async {
        let (_, store) = with_patient("twice").await;
        let p = someone("Bo", "Example");
        for _ in 0..3 {
            assert_eq!(store.put(&chief(), id(101), Write::new().key("k1"), &p).await.unwrap(), 1);
        }
        let other = store.put(&chief(), id(102), Write::new().key("k1"), &p).await;
        assert!(matches!(other, Err(StoreError::KeyReused)));
        let changed = store.put(&chief(), id(101), Write::new().key("k1"), &someone("Bob", "Example")).await;
        assert!(matches!(changed, Err(StoreError::KeyReused)));
        let events = whole_session(id(100), staff_id(1), 4);
        let (first, rest) = events.split_at(3);
        let session: SessionId = id(300);
        for _ in 0..2 {
            let v = store.start_session(&chief(), session, Some("s".into()), first.to_vec()).await.unwrap();
            assert_eq!(v, 3);
        }
        for _ in 0..2 {
            let v =
                store.append_session(&chief(), session, 3, Some("t".into()), rest.to_vec()).await.unwrap();
            assert_eq!(v, events.len() as u64);
        }
        let late = store.append_session(&chief(), session, 3, Some("u".into()), rest.to_vec()).await;
        assert!(matches!(late, Err(StoreError::Conflict { expected: 3, .. })));
        let (_, log) = store.session(&chief(), session).await.unwrap();
        assert_eq!(log, SessionLog::from_events(events).unwrap());
        assert_eq!(store.verify(&chief(), None).await.unwrap().entries, 4);
        store.close().await;
    });
}

#[test]
fn every_call_asks_the_roles() {
    block(async {
        let (at, store) = with_patient("roles").await;
        let events = whole_session(id(100), staff_id(1), 2);
        store.start_session(&chief(), id(300), None, events.clone()).await.unwrap();
        let before = store.verify(&chief(), None).await.unwrap();
        let denied = |r: Result<(), StoreError>, what: &str| {
            assert!(matches!(r, Err(StoreError::Denied(_))), "{what}: {r:?}");
        };
        let path = at.with_extension("copy");
        for role in [Role::Researcher, Role::Owner] {
            let a = actor(1, &[role]);
            denied(store.get::<Patient>(&a, id(100)).await.map(|_| ()), "get");
            denied(store.history::<Patient>(&a, id(100)).await.map(|_| ()), "history");
            denied(store.list::<Patient>(&a, 10, 0).await.map(|_| ()), "list");
            denied(store.patient_page(&a, id(100)).await.map(|_| ()), "page");
            denied(store.find_patients(&a, &Search::default()).await.map(|_| ()), "find");
            denied(store.doubles(&a, &someone("Ada", "Example")).await.map(|_| ()), "doubles");
            denied(store.session(&a, id(300)).await.map(|_| ()), "session");
            denied(store.put(&a, id(101), Write::new(), &someone("A", "B")).await.map(|_| ()), "put");
            denied(store.start_session(&a, id(301), None, events.clone()).await.map(|_| ()), "start");
        }
        for role in [Role::Practitioner, Role::Assistant, Role::Student, Role::Researcher] {
            let a = actor(1, &[role]);
            denied(
                store.put(&a, id(1), Write::new(), &practitioner("X", &[Role::Owner])).await.map(|_| ()),
                "staff",
            );
            denied(store.put(&a, id(9), Write::new(), &Clinic::default()).await.map(|_| ()), "clinic");
            denied(store.verify(&a, None).await.map(|_| ()), "verify");
            denied(store.audit(&a, None, 0, 10).await.map(|_| ()), "audit");
            denied(store.checkpoint(&a).await.map(|_| ()), "checkpoint");
            denied(store.backup(&a, &path).await.map(|_| ()), "backup");
            denied(store.export(&a, &path).await.map(|_| ()), "export");
            denied(store.erase(&a, id(100), "x").await.map(|_| ()), "erase");
        }
        for role in [Role::Assistant, Role::Student] {
            let a = actor(1, &[role]);
            let sign = event(5000, staff_id(1), What::Signed { note: "x".into() });
            let version = events.len() as u64;
            denied(store.append_session(&a, id(300), version, None, vec![sign]).await.map(|_| ()), "sign");
        }
        // Nobody signs in another's name.
        let sign = event(5000, staff_id(2), What::Signed { note: "x".into() });
        let said =
            store.append_session(&chief(), id(300), events.len() as u64, None, vec![sign]).await.unwrap_err();
        assert!(said.to_string().contains("in the name"), "{said}");
        assert_eq!(store.verify(&chief(), None).await.unwrap(), before, "a denied call leaves nothing");
        store.close().await;
    });
}

#[test]
fn every_read_of_a_patient_stands_in_the_audit_log() {
    block(async {
        let (_, store) = with_patient("audit").await;
        let events = whole_session(id(100), staff_id(1), 2);
        store.start_session(&chief(), id(300), None, events).await.unwrap();
        let reader = actor(5, &[Role::Assistant]);
        let from = store.checkpoint(&chief()).await.unwrap().seq;
        store.get::<Patient>(&reader, id(100)).await.unwrap();
        store.history::<Patient>(&reader, id(100)).await.unwrap();
        store.list::<Patient>(&reader, 10, 0).await.unwrap();
        store.patient_page(&reader, id(100)).await.unwrap();
        store.find_patients(&reader, &Search { text: "exam".into(), limit: 5 }).await.unwrap();
        store.session(&reader, id(300)).await.unwrap();
        let lines = store.audit(&chief(), Some(id(100)), from, 100).await.unwrap();
        let done: Vec<(&str, &str)> = lines.iter().map(|l| (l.action.as_str(), l.kind.as_str())).collect();
        assert_eq!(
            done,
            [
                ("read", "patient"),
                ("read", "patient"),
                ("list", "patient"),
                ("read", "patient"),
                ("list", "patient"),
                ("read", "session")
            ]
        );
        assert!(lines.iter().all(|l| l.actor == staff_id(5).to_string()));
        store.close().await;
    });
}

#[test]
fn patients_are_found_by_name_number_and_birth_date() {
    block(async {
        let store = open(&folder("find").join("r.baihui"), 1).await;
        let mut add = Vec::new();
        for (n, given, family, other, born) in [
            (1, "Fang", "Wang", "王小芳", 1950),
            (2, "Fang", "Li", "李芳", 1950),
            (3, "Ute", "Wangermann", "", 1972),
        ] {
            let mut p = someone(given, family);
            p.name.other = other.into();
            p.birth_date = Some(jiff::civil::date(born, 2, 28));
            p.identifiers =
                vec![baihui_clinic::people::Identifier { system: "clinic".into(), value: format!("K-{n}") }];
            add.push((id::<Patient>(n), p));
        }
        for (id, p) in &add {
            store.put(&chief(), *id, Write::new(), p).await.unwrap();
        }
        let find = async |text: &str| -> Vec<u128> {
            let found = store.find_patients(&chief(), &Search { text: text.into(), limit: 0 }).await.unwrap();
            found.iter().map(|f| f.patient.id.parse::<Id<Patient>>().unwrap().uuid().as_u128()).collect()
        };
        for (text, expected) in [
            ("wang", vec![1, 3]),
            ("WANG fang", vec![1]),
            ("fang", vec![1, 2]),
            ("小芳", vec![1]),
            ("芳", vec![1, 2]),
            ("1950", vec![1, 2]),
            ("1972-02 ute", vec![3]),
            ("k-2", vec![2]),
            ("nobody", vec![]),
            ("wang li", vec![]),
            ("%", vec![]),
            ("' OR 1=1 --", vec![]),
        ] {
            assert_eq!(find(text).await, expected, "{text}");
        }
        // A changed name is found by the new one only.
        let mut p = add[2].1.clone();
        p.name.family = "Huber".into();
        store.put(&chief(), id(3), Write::to(1), &p).await.unwrap();
        assert_eq!((find("wang").await, find("huber").await), (vec![1], vec![3]));
        // Doubles: not by name alone, not by birth date alone.
        let because = async |given: &str, family: &str, born: i16, number: &str| -> Vec<u128> {
            let mut p = someone(given, family);
            p.birth_date = Some(jiff::civil::date(born, 2, 28));
            p.identifiers =
                vec![baihui_clinic::people::Identifier { system: "x".into(), value: number.into() }];
            let found = store.doubles(&chief(), &p).await.unwrap();
            found.iter().map(|f| f.patient.id.parse::<Id<Patient>>().unwrap().uuid().as_u128()).collect()
        };
        assert_eq!(because("Fang", "Wang", 1950, "").await, [1, 2]);
        assert_eq!(because("Fang", "Wang", 1951, "").await, [0; 0]);
        assert_eq!(because("Bo", "Berg", 1950, "").await, [0; 0]);
        assert_eq!(because("Bo", "Berg", 1999, "K-3").await, [3]);
        assert_eq!(because("Bo", "Berg", 1999, "K-30").await, [0; 0]);
        store.close().await;
    });
}

#[test]
fn what_is_erased_is_gone_from_the_disk_and_the_chain_stays_whole() {
    let marker = "Zwetschgenknoedel";
    let (at, found_before) = block(async {
        let (at, store) = with_patient("erase").await;
        let mut p = someone("Ada", marker);
        p.facts.pregnancy = Some(Pregnancy::Possible);
        // Incompressible text would hide in the deflated body; a name stands in lists as it is.
        store.put(&chief(), id(101), Write::new(), &p).await.unwrap();
        let events = whole_session(id(101), staff_id(1), 3);
        store.start_session(&chief(), id(301), None, events).await.unwrap();
        let found = on_disk(&at, marker);
        store.erase(&chief(), id(101), "the patient asked for it").await.unwrap();
        for said in [
            store.get::<Patient>(&chief(), id(101)).await.map(|_| ()).unwrap_err(),
            store.patient_page(&chief(), id(101)).await.map(|_| ()).unwrap_err(),
            store.session(&chief(), id(301)).await.map(|_| ()).unwrap_err(),
            store.put(&chief(), id(101), Write::to(1), &p).await.map(|_| ()).unwrap_err(),
            store.erase(&chief(), id(101), "again").await.unwrap_err(),
        ] {
            assert!(matches!(said, StoreError::Erased { .. }), "{said}");
        }
        assert!(matches!(store.erase(&chief(), id(100), " ").await, Err(StoreError::Invalid(_))));
        let late = store.start_session(&chief(), id(302), None, whole_session(id(101), staff_id(1), 1)).await;
        assert!(matches!(late, Err(StoreError::Erased { .. })));
        let report = store.verify(&chief(), None).await.unwrap();
        assert_eq!((report.problems.len(), report.erased), (0, 2));
        let nobody = store.find_patients(&chief(), &Search { text: marker.into(), limit: 5 }).await.unwrap();
        assert!(nobody.is_empty());
        store.close().await;
        (at, found)
    });
    assert!(found_before, "the test must be able to find the name");
    assert!(!on_disk(&at, marker) && !on_disk(&at, &marker.to_lowercase()));
}

/// Whether a word stands in any file of the record.
fn on_disk(at: &Path, word: &str) -> bool {
    std::fs::read_dir(at.parent().unwrap()).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(word.len()).any(|w| w == word.as_bytes())
    })
}

#[test]
fn verify_sees_every_kind_of_tampering() {
    let statements: [(&'static str, &str); 13] = [
        ("UPDATE audit SET actor = 'x' WHERE seq = 2", "does not match its hash"),
        ("UPDATE audit SET detail = 'version 2' WHERE seq = 1", "does not match its hash"),
        ("DELETE FROM audit WHERE seq = 2", "is missing"),
        ("DELETE FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)", "should end at line"),
        ("UPDATE entry SET body = zeroblob(10) WHERE version = 1", "corrupt deflate"),
        ("UPDATE entry SET salt = zeroblob(16) WHERE version = 1", "does not match its checksum"),
        ("UPDATE entry SET body = NULL, salt = NULL WHERE kind = 'patient'", "nobody erased it"),
        ("UPDATE entry SET version = 7 WHERE kind = 'patient'", "does not match its line"),
        ("UPDATE entry SET patient = 'x' WHERE kind = 'session'", "does not match its line"),
        ("DELETE FROM entry WHERE kind = 'session'", "a version is missing"),
        ("UPDATE head SET version = 9 WHERE kind = 'session'", "not its newest"),
        ("DELETE FROM head WHERE kind = 'session'", "name"),
        ("UPDATE chain SET seq = 1", "should end at line 1"),
    ];
    block(async {
        let (at, store) = with_patient("tamper").await;
        store.start_session(&chief(), id(300), None, whole_session(id(100), staff_id(1), 2)).await.unwrap();
        store.get::<Patient>(&chief(), id(100)).await.unwrap();
        assert_eq!(store.verify(&chief(), None).await.unwrap().problems, []);
        store.close().await;
        let good = std::fs::read(&at).unwrap();
        for (statement, expected) in statements {
            std::fs::write(&at, &good).unwrap();
            sql(&at, statement).await;
            let store = open(&at, 1).await;
            let problems = store.verify(&chief(), None).await.unwrap().problems;
            store.close().await;
            assert!(problems.iter().any(|p| p.what.contains(expected)), "{statement}: {problems:?}");
        }
    });
}

#[test]
fn a_checkpoint_shows_what_was_cut_off_the_end() {
    block(async {
        let (at, store) = with_patient("cut").await;
        let early = store.checkpoint(&chief()).await.unwrap();
        store.put(&chief(), id(101), Write::new(), &someone("Bo", "Example")).await.unwrap();
        let late = store.checkpoint(&chief()).await.unwrap();
        for good in [&early, &late] {
            assert_eq!(store.verify(&chief(), Some(good)).await.unwrap().problems, []);
        }
        assert_eq!(late.to_string().parse(), Ok(late.clone()));
        store.close().await;
        // Cut off so well that the record by itself is whole.
        for statement in [
            "DELETE FROM audit WHERE seq = 2",
            "DELETE FROM entry WHERE audit = 2",
            "DELETE FROM head WHERE id = '00000000-0000-0000-0000-000000000065'",
            "UPDATE chain SET seq = 1, hash = (SELECT hash FROM audit WHERE seq = 1)",
        ] {
            sql(&at, statement).await;
        }
        let store = open(&at, 1).await;
        assert_eq!(store.verify(&chief(), None).await.unwrap().problems, []);
        let found = store.verify(&chief(), Some(&late)).await.unwrap().problems;
        assert!(found.iter().any(|p| p.what.contains("ends before")), "{found:?}");
        store.close().await;
    });
}

#[test]
fn flipped_bits_are_never_shown_as_data() {
    block(async {
        let (at, store) = with_patient("bits").await;
        // Most of a small file is free space, where a flip harms nothing.
        for n in 0..60 {
            let events = whole_session(id(100), staff_id(1), 29);
            store.start_session(&chief(), id(300 + n), None, events).await.unwrap();
        }
        let truth = store.session(&chief(), id(302)).await.unwrap();
        let patient = store.get::<Patient>(&chief(), id(100)).await.unwrap().value;
        store.close().await;
        let good = std::fs::read(&at).unwrap();
        let (mut seen, mut harmless) = (0, 0);
        let mut step = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..60 {
            step ^= step << 13;
            step ^= step >> 7;
            step ^= step << 17;
            let bit = usize::try_from(step % (good.len() as u64 * 8)).unwrap();
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&at, &bad).unwrap();
            let Ok(store) = Store::open(&Location::File(at.clone()), TestHost::new(1)).await else {
                seen += 1;
                continue;
            };
            let report = store.verify(&chief(), None).await.unwrap();
            if report.is_good() {
                harmless += 1;
            } else {
                seen += 1;
            };
            // Whatever verify says, what is read is the truth or an error.
            if let Ok(read) = store.session(&chief(), id(302)).await {
                assert_eq!(read, truth, "bit {bit}");
            }
            if let Ok(read) = store.get::<Patient>(&chief(), id(100)).await {
                assert_eq!(read.value, patient, "bit {bit}");
            }
            store.close().await;
        }
        assert!(3 * seen > harmless, "{seen} flips seen, {harmless} in free space");
    });
}

#[test]
fn a_backup_under_writes_restores_to_the_same_hash() {
    block(async {
        let (at, store) = with_patient("backup").await;
        let writers: Vec<_> = (0..4_u128)
            .map(|w| {
                let store = store.clone();
                tokio::spawn(async move {
                    for n in 0..25 {
                        let events = whole_session(id(100), staff_id(1), 5);
                        store.start_session(&chief(), id(1000 + 100 * w + n), None, events).await.unwrap();
                    }
                })
            })
            .collect();
        let mut copies = Vec::new();
        for n in 0..4 {
            let to = at.with_file_name(format!("backup-{n}.baihui"));
            copies.push((to.clone(), store.backup(&chief(), &to).await.unwrap()));
        }
        let again = store.backup(&chief(), &copies[0].0).await;
        assert!(matches!(again, Err(StoreError::File { .. })), "a backup is never overwritten");
        for w in writers {
            w.await.unwrap();
        }
        let end = store.verify(&chief(), None).await.unwrap();
        for (n, (from, copied)) in copies.iter().enumerate() {
            assert_eq!(copied.report.problems, []);
            // The backup is what the record was at that moment: its end is a line of the live chain.
            assert_eq!(store.verify(&chief(), Some(&copied.report.checkpoint)).await.unwrap().problems, []);
            let to = Location::File(at.with_file_name(format!("restored-{n}.baihui")));
            let restored = Store::restore(from, &to, TestHost::new(3)).await.unwrap();
            assert_eq!(restored.report, copied.report);
            assert!(Store::restore(from, &to, TestHost::new(3)).await.is_err());
        }
        assert!(copies[0].1.report.entries < end.entries, "nothing was written meanwhile");
        store.close().await;
    });
}

#[test]
fn an_export_comes_back_to_the_hash_and_damage_is_refused() {
    block(async {
        let (at, store) = with_patient("export").await;
        store.put(&chief(), id(1), Write::new(), &practitioner("Li", &[Role::Practitioner])).await.unwrap();
        store.put(&chief(), id(101), Write::new(), &someone("", "=cmd()")).await.unwrap();
        store.start_session(&chief(), id(300), None, whole_session(id(100), staff_id(1), 29)).await.unwrap();
        store.put(&chief(), id(102), Write::new(), &someone("Gone", "Example")).await.unwrap();
        store.erase(&chief(), id(102), "asked").await.unwrap();
        let zip = at.with_file_name("export.zip");
        store.export(&chief(), &zip).await.unwrap();
        let here = store.verify(&chief(), None).await.unwrap();
        store.close().await;
        let read = |name: &str| {
            let mut archive = zip::ZipArchive::new(std::fs::File::open(&zip).unwrap()).unwrap();
            std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
        };
        assert_eq!(read("needles.csv").lines().count(), 30);
        assert!(read("patients.csv").contains(",'=cmd(),"));
        assert!(!read("record.jsonl").contains("Gone"));
        let to = Location::File(at.with_file_name("imported.baihui"));
        let there = Store::import(&zip, &to, TestHost::new(9)).await.unwrap();
        assert_eq!(there, here);
        let lines = read("record.jsonl");
        let damaged = [
            lines.replace("MS6", "MS7"),
            lines.replacen("\"entry\"", "\"entri\"", 1),
            lines[..lines.len() / 2].to_owned(),
            String::new(),
            "[".repeat(100_000),
        ];
        for (n, text) in damaged.into_iter().enumerate() {
            let path = at.with_file_name(format!("bad-{n}.zip"));
            let mut w = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
            w.start_file("record.jsonl", zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut w, text.as_bytes()).unwrap();
            w.finish().unwrap();
            let to = Location::File(at.with_file_name(format!("bad-{n}.baihui")));
            match Store::import(&path, &to, TestHost::new(9)).await {
                Err(_) => {}
                // An empty archive is an empty record; half of one must show.
                Ok(report) => assert!(n == 3 || !report.is_good(), "{n}: {report:?}"),
            }
        }
        let none = Store::import(&at, &to, TestHost::new(9)).await;
        assert!(matches!(none, Err(StoreError::NotARecord(_))));
    });
}

#[test]
fn what_is_no_record_is_refused() {
    block(async {
        let folder = folder("strange");
        let text = folder.join("letter.txt");
        std::fs::write(&text, "Dear reader, this is no database.".repeat(100)).unwrap();
        let said = Store::open(&Location::File(text.clone()), TestHost::new(1)).await.unwrap_err();
        assert!(matches!(said, StoreError::NotARecord(_)), "{said}");
        assert!(std::fs::read_to_string(&text).unwrap().starts_with("Dear reader"));
        let later = folder.join("later.baihui");
        open(&later, 1).await.close().await;
        sql(&later, "UPDATE meta SET value = '999'").await;
        let said = Store::open(&Location::File(later), TestHost::new(1)).await.unwrap_err();
        assert!(said.to_string().contains("newer program"), "{said}");
    });
}

#[test]
fn impossible_things_are_refused_before_they_are_written() {
    block(async {
        let (_, store) = with_patient("impossible").await;
        let nameless = store.put(&chief(), id(102), Write::new(), &someone(" ", "")).await;
        assert!(matches!(nameless, Err(StoreError::Invalid(_))));
        let nobody =
            store.start_session(&chief(), id(300), None, whole_session(id(999), staff_id(1), 1)).await;
        assert!(matches!(nobody, Err(StoreError::NotFound { kind: "patient", .. })));
        let mut events = whole_session(id(100), staff_id(1), 2);
        events.remove(3);
        let broken = store.start_session(&chief(), id(300), None, events).await;
        assert!(matches!(broken, Err(StoreError::Session(_))));
        let key = store.put(&chief(), id(103), Write::new().key(""), &someone("A", "B")).await;
        assert!(matches!(key, Err(StoreError::Invalid(_))));
        let missing = store.get::<Practitioner>(&chief(), id(77)).await;
        assert!(matches!(missing, Err(StoreError::NotFound { kind: "practitioner", .. })));
        store.close().await;
    });
}

/// A server runs calls on any of its threads.
#[test]
fn calls_can_move_between_threads() {
    fn sent<T: Send>(_: &T) {}
    block(async {
        let (at, store) = with_patient("threads").await;
        let (a, p) = (chief(), someone("A", "B"));
        sent(&store.put(&a, id(1), Write::new(), &p));
        sent(&store.get::<Patient>(&a, id(1)));
        sent(&store.patient_page(&a, id(1)));
        sent(&store.start_session(&a, id(1), None, vec![]));
        sent(&store.append_session(&a, id(1), 1, None, vec![]));
        sent(&store.verify(&a, None));
        sent(&store.backup(&a, &at));
        sent(&store.export(&a, &at));
        sent(&store.erase(&a, id(1), ""));
        sent(&Store::restore(&at, &Location::File(at.clone()), TestHost::new(1) as Arc<_>));
        store.close().await;
    });
}
