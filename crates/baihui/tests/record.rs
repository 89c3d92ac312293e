//! The record from the command line: a patient from intake to report by JSON alone, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::fs;

use serde_json::{Value as Json, json};

#[path = "common/clinic.rs"]
#[expect(unreachable_pub, reason = "shared by tests")]
mod clinic;

use clinic::{ADD, Clinic, text};

/// What a command says that must fail.
fn bad(c: &Clinic, args: &[&str], input: &Json, code: i32) -> String {
    let out = c.run(args, Some(input));
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(code), "{args:?}: {stderr}");
    assert!(out.stdout.is_empty() && !stderr.contains("panicked"), "{args:?}: {stderr}");
    stderr
}

/// The same folder with another record.
fn beside(c: &Clinic, record: &str) -> Clinic {
    Clinic { folder: c.folder.clone(), record: c.path(record) }
}

#[test]
fn a_patient_from_intake_to_report() {
    let c = Clinic::new("record", "course", None);
    let none = json!(null);
    let patient = text(&c.json(ADD)["id"]);
    let page = c.good(&["patient", "show", &patient]);
    assert!(page.contains("lesion left, deficit right (the patient's)"), "{page}");
    let twice = bad(&c, ADD, &none, 3);
    assert!(twice.contains("the same date of birth") && twice.contains("--anyway"), "{twice}");
    assert!(c.good(&["patient", "list", "exam", "1955"]).contains(&patient));

    let start = json!({ "position": "sitting", "planned": [
        { "label": "a", "spec": { "site": { "school": "ms", "code": "MS6", "side": "left" }, "length_mm": 40 } } ] });
    let refused = bad(&c, &["session", "start", &patient, "--input", "-"], &start, 3);
    assert!(refused.contains("no consent to treatment stands"), "{refused}");
    c.json(&["consent", "give", &patient, "treatment"]);
    let session = text(&c.said(&["session", "start", &patient, "--input", "-"], &start)["id"]);
    let record = |expect: &str, events: &Json| {
        c.said(&["session", "record", &session, "--expect", expect, "--input", "-"], events)["version"]
            .clone()
    };
    let needle = |side: &str| {
        json!([{ "kind": "needle-in", "needle": 1, "planned": "a", "distance_to_plan_mm": 3.5, "done": {
            "site": { "school": "ms", "code": "MS6", "side": side }, "diameter_mm": 0.3, "length_mm": 40,
            "angle_deg": 15, "inserted_mm": 25 } }])
    };
    let append = ["session", "record", &session, "--input", "-", "--expect"];
    let with = |n: &'static str| [&append[..], &[n]].concat();
    assert!(bad(&c, &with("1"), &needle("left"), 3).contains("not checked"));
    assert_eq!(record("1", &json!([{ "kind": "screened", "findings": [] }])), 2);
    assert!(bad(&c, &with("2"), &needle("right"), 3).contains("planned left but recorded right"));
    assert!(bad(&c, &with("1"), &needle("left"), 3).contains("has changed meanwhile"));
    let wrong = json!([{ "kind": "needle-in", "needle": 1, "done": { "site": { "school": "ms", "code": "MS6",
        "side": "left" }, "length_mm": 4000 } }]);
    assert!(bad(&c, &with("2"), &wrong, 3).contains("4000 mm is not possible"));
    assert_eq!(record("2", &needle("left")), 3);
    assert!(c.good(&["patient", "show", &patient]).contains("1 STILL IN"));
    let close = ["session", "close", &session, "--counted", "1", "--expect"];
    assert!(bad(&c, &[&close[..], &["3"]].concat(), &none, 3).contains("needles 1 are still in"));
    let rest = json!([
        { "kind": "de-qi", "needle": 1, "felt": { "felt": true, "kinds": ["heavy"], "strength": 4 } },
        { "kind": "manipulation-started", "needles": [1], "manipulation": { "method": "rotation", "per_minute": 200 } },
        { "kind": "manipulation-stopped" },
        { "kind": "needle-out", "needle": 1 },
    ]);
    assert_eq!(record("3", &rest), 7);
    c.json(&[&close[..], &["7"]].concat());
    assert_eq!(c.json(&["session", "sign", &session, "--expect", "9"])["version"], 10);
    c.json(&["session", "amend", &session, "--expect", "10", "--reason", "slip", "--text", "it was 30 mm"]);
    let note = c.good(&["session", "show", &session]);
    assert!(note.contains("[plan a, 3.5 mm off]") && note.contains("it was 30 mm"), "{note}");
    assert!(!note.contains("missing for STRICTA"), "{note}");

    c.json(&[
        "outcome",
        "add",
        &patient,
        "--instrument",
        "nihss",
        "--total",
        "7",
        "--visit",
        "baseline",
        "--key",
        "k",
    ]);
    let lab = json!({ "kind": "lab", "analyte": "hs-CRP", "value": 2.1, "unit": "mg/L", "assay": "x", "range": [0, 3] });
    c.said(&["outcome", "add", &patient, "--input", "-"], &lab);
    let outcomes = c.good(&["outcome", "list", &patient]);
    assert!(outcomes.contains("nihss 7") && outcomes.contains("hs-CRP 2.1 mg/L"), "{outcomes}");

    let check = c.json(&["record", "verify", "--format", "json"]);
    assert_eq!(check["problems"], json!([]));
    let point = format!("{}:{}", check["checkpoint"]["seq"], text(&check["checkpoint"]["hash"]));
    c.good(&["record", "verify", "--since", &point]);
    let audit = c.good(&["record", "audit", "--patient", &patient]);
    assert!(audit.contains("amend") && audit.contains("read"), "{audit}");

    let (backup, zip) = (c.path("backup.baihui"), c.path("export.zip"));
    let saved = c.json(&["record", "backup", &backup]);
    c.json(&["record", "export", &zip]);
    let restored = beside(&c, "b.baihui").run(&["record", "restore", &backup], None);
    let restored: Json = serde_json::from_slice(&restored.stdout).unwrap();
    assert_eq!(restored["check"], saved["check"]);
    assert_eq!(beside(&c, "c.baihui").run(&["record", "import", &zip], None).status.code(), Some(0));
    assert_eq!(beside(&c, "b.baihui").run(&["record", "import", &zip], None).status.code(), Some(3));

    c.json(&["record", "erase", &patient, "--reason", "asked for it"]);
    assert!(bad(&c, &["patient", "show", &patient], &none, 3).contains("was erased"));
    assert!(c.good(&["record", "verify"]).contains("as it was written"));
}

#[test]
fn consent_and_screening_are_kept_with_their_words_and_days() {
    let c = Clinic::new("record", "consent", None);
    let none = json!(null);
    let patient = text(&c.json(ADD)["id"]);
    let shown = c.good(&["consent", "text", "treatment", "--language", "zh-CN"]);
    assert!(shown.contains("知情同意书"), "{shown}");
    let gone = bad(&c, &["consent", "text", "photo", "--language", "xx"], &none, 2);
    assert!(gone.contains("en, zh"), "{gone}");
    let given = text(&c.json(&["consent", "give", &patient, "treatment"])["id"]);
    c.json(&["consent", "give", &patient, "research", "--language", "zh", "--given-by", "a guardian"]);
    let all = c.json(&["consent", "list", &patient, "--format", "json"]);
    assert_eq!(all["standing"], json!(["treatment", "research"]));
    let words = c.json(&["consent", "text", "treatment", "--format", "json"]);
    let kept = all["consents"].as_array().unwrap().iter().find(|k| k["value"]["to"] == "treatment").unwrap();
    assert_eq!(kept["value"]["text_sha256"], words["sha256"]);
    c.json(&["consent", "withdraw", &given]);
    assert!(bad(&c, &["consent", "withdraw", &given], &none, 3).contains("withdrawn before"));
    let all = c.json(&["consent", "list", &patient, "--format", "json"]);
    assert_eq!(all["standing"], json!(["research"]));
    assert!(c.good(&["consent", "list", &patient]).contains("a guardian"));

    let answer = |a: &str| c.json(&["screening", "add", &patient, "--answer", a]);
    answer("pacemaker=no");
    c.said(
        &["screening", "add", &patient, "--input", "-"],
        &json!({ "pregnant": "no", "high-fever": false }),
    );
    let typo = bad(&c, &["screening", "add", &patient, "--answer", "pacemeker=no"], &none, 2);
    assert!(typo.contains("did you mean \"pacemaker\""), "{typo}");
    let wrong = bad(&c, &["screening", "add", &patient, "--input", "-"], &json!({ "pregnant": true }), 3);
    assert!(wrong.contains("one of no, possible, yes"), "{wrong}");
    let stands = c.json(&["screening", "show", &patient, "--format", "json"]);
    assert_eq!(stands["answers"]["pacemaker"], false);
    assert!(stands["answers"]["age-months"].as_f64().unwrap() > 800.0, "from the page");
    assert!(stands["open"].as_array().unwrap().contains(&json!("epilepsy")));
    // What is asked is asked of the plan as well.
    let plan = c.json(&["plan", "new", "--condition", "stroke-arm", "--protocol", "ms", "--of", &patient]);
    assert_eq!(plan["answers"], stands["answers"]);
    assert_eq!((&plan["lesion"], &plan["deficit"]), (&json!("left"), &json!("right")), "of the diagnosis");
    assert!(plan["needles"][0]["place"]["beneath"].as_array().is_some_and(|b| !b.is_empty()), "{plan}");

    // Without names: only who agreed, and nobody's words.
    c.json(&[
        "outcome",
        "add",
        &patient,
        "--instrument",
        "nihss",
        "--total",
        "7",
        "--visit",
        "seen by Mr Muster",
    ]);
    let zip = c.path("research.zip");
    let out = c.json(&["record", "export", &zip, "--de-identified"]);
    assert_eq!((&out["patients"], &out["without_consent"]), (&json!(1), &json!(0)));
    let bytes = fs::read(&zip).unwrap();
    assert!(bytes.starts_with(b"PK"));
    let twice = ["outcome", "add", &patient, "--instrument", "nihss", "--total", "7", "--key", "k1"];
    assert_eq!(c.json(&twice), c.json(&twice), "the same key is the same outcome");
}

#[test]
fn roles_hold_on_the_command_line() {
    let c = Clinic::new("record", "roles", None);
    let none = json!(null);
    let patient = text(&c.json(ADD)["id"]);
    c.json(&["record", "hire", "--given", "Min", "--family", "Kim", "--role", "assistant"]);
    c.json(&["record", "clinic", "Example Clinic", "--as", "tester"]);
    assert!(c.good(&["record", "show", "--as", "kim"]).contains("Example Clinic"));
    let unclear = bad(&c, &["patient", "list"], &none, 2);
    assert!(unclear.contains("--as") && unclear.contains("Min Kim"), "{unclear}");
    c.good(&["patient", "list", "--as", "kim"]);
    for forbidden in [
        &["record", "verify", "--as", "kim"][..],
        &["record", "audit", "--as", "kim"],
        &["record", "erase", &patient, "--reason", "x", "--as", "kim"],
        &["record", "hire", "--family", "X", "--role", "owner", "--as", "kim"],
    ] {
        assert!(bad(&c, forbidden, &none, 3).contains("role assistant may not do this"), "{forbidden:?}");
    }
}

#[test]
fn damage_gives_exit_code_1_and_strange_files_3() {
    let c = Clinic::new("record", "damage", None);
    c.json(ADD);
    let path = c.folder.join("a.baihui");
    let mut bytes = fs::read(&path).unwrap();
    // The name of the patient as lists show it: changed from outside, it no longer fits.
    let at = bytes.windows(10).position(|w| w == b"version 1\0").unwrap_or(0);
    let at = if at > 0 { at } else { bytes.windows(9).position(|w| w == b"version 1").unwrap() };
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    let out = c.run(&["record", "verify"], None);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8(out.stdout).unwrap().contains("DAMAGED"));
    fs::write(c.folder.join("x.baihui"), "a letter, not a record".repeat(200)).unwrap();
    let out = beside(&c, "x.baihui").run(&["patient", "list"], None);
    assert_eq!(out.status.code(), Some(3));
    assert!(String::from_utf8(out.stderr).unwrap().contains("is not a record"));
}
