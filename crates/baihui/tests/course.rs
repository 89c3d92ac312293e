//! The course of a stroke patient on the command line alone: intake, plan, ten sessions with outcomes, report. On both
//! engines, with the same result.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops at what it cannot read")]

use std::{collections::BTreeMap, fs, process::Command};

use serde_json::{Value as Json, json};

#[path = "../../clinic/tests/common/server.rs"]
#[expect(unreachable_pub, reason = "shared with the tests of the record")]
mod server;

#[path = "common/clinic.rs"]
#[expect(unreachable_pub, reason = "shared by tests")]
mod clinic;
#[path = "common/filled.rs"]
#[expect(unreachable_pub, reason = "shared by tests")]
mod filled;

use clinic::{ADD, Clinic, text};
use filled::{FILLED, ordinary};

/// Intake: who it is, consent, what speaks for caution. The patient's identifier.
fn intake(c: &Clinic) -> String {
    let patient = text(&c.json(ADD)["id"]);
    c.json(&["consent", "give", &patient, "treatment"]);
    // Her age stands on her page.
    let answers = ordinary().into_iter().filter(|(name, _)| name != "age-months").collect();
    c.said(&["screening", "add", &patient, "--input", "-"], &Json::Object(answers));
    patient
}

/// A plan of her own, signed and kept.
fn plan(c: &Clinic, patient: &str) -> String {
    let file = c.path("plan.json");
    c.good(&["plan", "new", "--condition", "stroke-arm", "--protocol", "ms", "--of", patient, "-o", &file]);
    let mut args = vec!["plan", "edit", &file];
    for set in FILLED {
        args.extend(["--set", set]);
    }
    let out = Command::new(env!("CARGO_BIN_EXE_baihui")).args(&args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    c.good(&["plan", "sign", &file, "--by", "Li", "--role", "practitioner"]);
    text(&c.json(&["plan", "keep", &file])["id"])
}

/// A session that follows the plan, from the check for safety to the signature; which of the ten it is.
fn session(c: &Clinic, patient: &str, plan: &str, number: u32) -> String {
    let key = format!("session {number}");
    let started = c.json(&["session", "start", patient, "--plan", plan, "--key", &key]);
    let id = text(&started["id"]);
    let planned =
        c.json(&["session", "show", &id, "--format", "json"])["session"]["start"]["planned"].clone();
    let planned = planned.as_array().unwrap();
    let all: Vec<usize> = (1..=planned.len()).collect();
    let mut events =
        vec![json!({ "kind": "screened", "findings": [] }), json!({ "kind": "contact-started" })];
    for (n, needle) in all.iter().zip(planned) {
        events.push(json!({ "kind": "needle-in", "needle": n, "planned": needle["label"],
            "distance_to_plan_mm": 2.0, "done": needle["spec"] }));
        events.push(json!({ "kind": "de-qi", "needle": n,
            "felt": { "felt": true, "kinds": ["heavy"], "strength": 4 } }));
    }
    for _ in 0..3 {
        events.push(json!({ "kind": "manipulation-started", "needles": all,
            "manipulation": { "method": "rotation", "per_minute": 200 } }));
        events.push(json!({ "kind": "manipulation-stopped" }));
    }
    events.extend(all.iter().map(|n| json!({ "kind": "needle-out", "needle": n, "bled": number == 7 })));
    if number == 7 {
        events.push(json!({ "kind": "adverse", "number": 1, "event": { "code": "bleeding", "grade": 1,
            "causality": "certain", "needle": 1, "serious": false, "action": "pressed for a minute",
            "outcome": "stopped" } }));
    }
    events.push(json!({ "kind": "responded", "measure": "grip", "unit": "kg",
        "before": 8.0 + f64::from(number) / 4.0, "after": 8.5 + f64::from(number) / 4.0 }));
    let version = |said: &Json| said["version"].to_string();
    let v = version(&c.said(
        &["session", "record", &id, "--expect", &version(&started), "--input", "-"],
        &Json::Array(events),
    ));
    let counted = planned.len().to_string();
    let v = version(&c.json(&["session", "close", &id, "--counted", &counted, "--expect", &v]));
    c.json(&["session", "sign", &id, "--expect", &v]);
    id
}

fn outcome(c: &Clinic, patient: &str, instrument: &str, total: &str, visit: &str) {
    let what = ["--instrument", instrument, "--total", total, "--visit", visit, "--blinded", "true"];
    c.json(&[&["outcome", "add", patient][..], &what].concat());
}

/// What everybody is shown at the end, by the command that shows it.
type Shown = BTreeMap<&'static str, String>;

/// The whole course.
fn course(c: &Clinic) -> Shown {
    let patient = intake(c);
    let plan = plan(c, &patient);
    outcome(c, &patient, "nihss", "9", "baseline");
    outcome(c, &patient, "fma-ue", "31", "baseline");
    let mut last = String::new();
    for number in 1..=10 {
        last = session(c, &patient, &plan, number);
    }
    outcome(c, &patient, "nihss", "6", "session 10");
    outcome(c, &patient, "fma-ue", "41", "session 10");
    let missing = json!({ "kind": "missing", "instrument": "barthel", "reason": "not-offered" });
    c.said(&["outcome", "add", &patient, "--visit", "session 10", "--input", "-"], &missing);
    c.json(&[
        "session",
        "amend",
        &last,
        "--expect",
        &state(c, &last, "version"),
        "--reason",
        "slip",
        "--text",
        "30 mm",
    ]);
    let chart = c.path("course.svg");
    c.good(&["outcome", "chart", &patient, "-o", &chart]);
    assert!(fs::read_to_string(&chart).unwrap().contains("<svg"));
    let letter = c.path("letter.pdf");
    c.good(&["session", "letter", &last, "-o", &letter]);
    assert!(fs::read(&letter).unwrap().starts_with(b"%PDF"));
    [
        ("page", c.good(&["patient", "show", &patient])),
        ("sessions", c.good(&["session", "list", &patient])),
        ("last session", c.good(&["session", "show", &last])),
        ("its events", c.good(&["session", "show", &last, "--format", "events"])),
        ("outcomes", c.good(&["outcome", "list", &patient])),
        ("course", c.good(&["outcome", "chart", &patient])),
        ("letter", c.good(&["patient", "letter", &patient])),
        ("clinic", c.good(&["outcome", "clinic"])),
        ("consents", c.good(&["consent", "list", &patient])),
        ("answers", c.good(&["screening", "show", &patient])),
        ("plan", c.good(&["plan", "get", &plan])),
        ("audit", c.good(&["record", "audit", "--patient", &patient])),
    ]
    .into()
}

fn state(c: &Clinic, session: &str, field: &str) -> String {
    c.json(&["session", "show", session, "--format", "json"])[field].to_string()
}

/// The same text with what differs from run to run put aside: identifiers by the order in which they come, moments
/// and digests as words, durations as such.
fn calm(text: &str) -> String {
    let mut seen: Vec<String> = Vec::new();
    let mut out = String::new();
    let inside = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        if end == 0 {
            // Columns are as wide as their longest moment.
            if c != ' ' || !out.ends_with(' ') {
                out.push(c);
            }
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let word = &rest[..end];
        rest = &rest[end..];
        let hex = word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let digits = word.chars().filter(char::is_ascii_digit).count();
        if hex && word.len() >= 32 {
            let at = seen.iter().position(|s| s == word).unwrap_or_else(|| {
                seen.push(word.to_owned());
                seen.len() - 1
            });
            out += &format!("<{at}>");
        } else if digits >= 6 && word.contains(':') {
            out += "<moment>";
        } else if digits == word.len() && [" min", " s"].iter().any(|unit| lasted(rest, unit)) {
            // A busy machine is slower on one engine.
            out += "<time>";
        } else {
            out += word;
        }
    }
    out
}

/// Whether what follows a number is this unit of time.
fn lasted(rest: &str, unit: &str) -> bool {
    rest.strip_prefix(unit).is_some_and(|more| !more.starts_with(|c: char| c.is_alphanumeric()))
}

/// What is told at the end, whatever the engine.
fn told(shown: &Shown) {
    let has = |what: &str, words: &[&str]| {
        for word in words {
            assert!(shown[what].contains(word), "{what} has no {word}:\n{}", shown[what]);
        }
    };
    has("page", &["lesion left, deficit right (the patient's)"]);
    assert_eq!(shown["sessions"].matches("signed").count(), 10, "{}", shown["sessions"]);
    // The lesion is on the left and so are the needles: opposite to the arm.
    has("last session", &["MS6 middle 2/5 left", "MS7 middle 2/5 left", "signed", "30 mm"]);
    assert!(!shown["last session"].contains("missing for STRICTA"), "{}", shown["last session"]);
    assert!(!shown["last session"].contains("right"), "{}", shown["last session"]);
    has("course", &["10 sessions, 1 reports of harm", "NIHSS", "not measured"]);
    has("outcomes", &["nihss 9", "nihss 6", "fma-ue 31", "fma-ue 41"]);
    has("letter", &["nihss", "change -3: better", "not measured (session 10: not offered)", "Bleeding"]);
    has("clinic", &["1 patients", "10 sessions"]);
    has("audit", &["sign", "screening"]);
}

#[test]
fn ten_sessions_on_the_command_line_end_alike_on_both_engines() {
    let file = Clinic::new("course", "sqlite", None);
    let server = server::Server::start("cli-course");
    let database = Clinic::new("course", "postgres", server.as_ref().map(|s| s.url("postgres")));
    let (sqlite, postgres) = std::thread::scope(|both| {
        let second = server.is_some().then(|| both.spawn(|| course(&database)));
        (course(&file), second.map(|p| p.join().unwrap()))
    });
    told(&sqlite);
    let check = file.json(&["record", "verify", "--format", "json"]);
    assert_eq!(check["problems"], json!([]));
    let Some(postgres) = postgres else { return };
    told(&postgres);
    for (what, text) in &sqlite {
        assert_eq!(calm(&postgres[what]), calm(text), "{what}");
    }
    let other = database.json(&["record", "verify", "--format", "json"]);
    assert_eq!(other["problems"], json!([]));
    for count in ["entries", "things"] {
        assert_eq!(other[count], check[count], "{count}");
    }
    // And across: what is saved of the one is the other, to the last hash.
    let saved = database.json(&["record", "backup", &database.path("backup.baihui")]);
    let again = Clinic { folder: database.folder.clone(), record: database.path("again.baihui") };
    let restored = again.json(&["record", "restore", &database.path("backup.baihui")]);
    assert_eq!(restored["check"], saved["check"]);
    println!("both engines, {} entries", check["entries"]);
}
