//! How fast the record is when it is full.
//!
//! `cargo run --release -p baihui-clinic --example record_speed -- 100000 20` fills a record with so many sessions of
//! 29 needles (about 20 for each patient) and then measures, each answer waited for on the disk: a save alone, many
//! saves at once, the page of a patient, a search, a check of everything, a backup. `... -- fill 100000 20` only fills
//! the record, and `... -- measure 100000 20` measures on it, without the check and the backup: the part that needs a
//! quiet machine is then short.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::cast_precision_loss, reason = "it is a report")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use baihui_clinic::{
    people::{Patient, PersonName},
    store::{Search, Store, Write},
};
use common::{record::*, *};

const CLIENTS: u128 = 16;

fn quantiles(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let ms = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!(
        "{name}: median {:.2} ms, p99 {:.2} ms, worst {:.2} ms ({} times)",
        ms(50),
        ms(99),
        ms(100),
        times.len()
    );
}

/// So many sessions by so many clients at once; the times of each save.
async fn save(store: &Store, first: u128, sessions: u128, patients: u128, clients: u128) -> Vec<Duration> {
    let tasks: Vec<_> = (0..clients)
        .map(|c| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                for n in (c..sessions).step_by(usize::try_from(clients).unwrap_or(1)) {
                    let patient = id(1000 + (first + n) % patients);
                    let events = whole_session(patient, staff(1), 29);
                    let begin = Instant::now();
                    let saved =
                        store.start_session(&chief(), id((1 << 100) | (first + n)), None, events).await;
                    times.push(begin.elapsed());
                    saved.expect("a session can be saved");
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for t in tasks {
        times.extend(t.await.expect("no client stops"));
    }
    times
}

fn main() {
    let only = std::env::args().nth(1).filter(|a| a.parse::<u128>().is_err());
    let args: Vec<u128> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let (sessions, each) = (args.first().copied().unwrap_or(100_000), args.get(1).copied().unwrap_or(20));
    let patients = (sessions / each).max(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let folder = std::env::temp_dir().join("baihui-record-speed");
    if only.as_deref() != Some("measure") {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the record");
        runtime.block_on(fill(&folder.join("record.baihui"), sessions, patients));
    }
    if only.as_deref() != Some("fill") {
        runtime.block_on(measure(&folder.join("record.baihui"), sessions, patients, only.is_none()));
    }
}

async fn fill(at: &std::path::Path, sessions: u128, patients: u128) {
    let store = open(at, 1).await;
    let begin = Instant::now();
    let names = ["Example", "Sample", "Muster", "Modele", "Esempio"];
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|c| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in (c..patients).step_by(16) {
                    let family = format!("{}{n}", names[usize::try_from(n % 5).unwrap_or(0)]);
                    let p = Patient::named(PersonName::new("Ada", &family));
                    store
                        .put(&chief(), id(1000 + n), Write::new(), &p)
                        .await
                        .expect("a patient can be saved");
                }
            })
        })
        .collect();
    for t in tasks {
        t.await.expect("no client stops");
    }
    save(&store, 0, sessions, patients, 64).await;
    let filled = begin.elapsed().as_secs_f64();
    store.close().await;
    let bytes = std::fs::metadata(at).map_or(0, |m| m.len());
    println!("filled: {sessions} sessions, {patients} patients in {filled:.1} s, {} MB", bytes >> 20);
}

async fn measure(at: &std::path::Path, sessions: u128, patients: u128, all: bool) {
    // A run that measures may follow another on the same record: identifiers must be new.
    let run = Instant::now();
    let store = open(at, 2).await;
    let first = sessions + (u128::from(std::process::id()) << 40);
    quantiles("save, alone", save(&store, first, 300, patients, 1).await);
    let begin = Instant::now();
    let times = save(&store, first + 300, 6000, patients, CLIENTS).await;
    println!("{CLIENTS} clients: {:.0} saves a second", 6000.0 / begin.elapsed().as_secs_f64());
    quantiles("save, 16 clients", times);
    let mut pages = Vec::new();
    let mut found = Vec::new();
    for n in 0..300_u128 {
        let begin = Instant::now();
        let page = store.patient_page(&chief(), id(1000 + n * 7919 % patients)).await.expect("a page");
        pages.push(begin.elapsed());
        assert!(!page.things.is_empty());
        let begin = Instant::now();
        let text = format!("sample{}", n * 37 % patients);
        store.find_patients(&chief(), &Search { text, limit: 20 }).await.expect("an answer");
        found.push(begin.elapsed());
    }
    quantiles("page of a patient, with its line in the audit log", pages);
    quantiles("search, with its lines in the audit log", found);
    println!("measured for {:.0} s", run.elapsed().as_secs_f64());
    if !all {
        return store.close().await;
    }
    let begin = Instant::now();
    let report = store.verify(&chief(), None).await.expect("a check");
    assert!(report.is_good());
    println!(
        "verify: {} lines of the audit log in {:.1} s",
        report.audit_lines,
        begin.elapsed().as_secs_f64()
    );
    let begin = Instant::now();
    store.backup(&chief(), &at.with_file_name("backup.baihui")).await.expect("a backup");
    println!("backup, checked: {:.1} s", begin.elapsed().as_secs_f64());
    store.close().await;
}
