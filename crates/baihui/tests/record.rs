//! The record from the command line: a patient from intake to report by JSON alone, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value as Json, json};

struct Clinic {
    folder: PathBuf,
}

impl Clinic {
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("record").join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn run_on(&self, record: &str, args: &[&str], input: &Json) -> Output {
        // Texts are knowledge and in no record.
        let record = if args.starts_with(&["consent", "text"]) {
            Vec::new()
        } else {
            vec!["--record".to_owned(), self.path(record)]
        };
        let mut child = Command::new(env!("CARGO_BIN_EXE_baihui"))
            .args(args)
            .args(record)
            .env("USER", "tester")
            .env("TERM", "dumb")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.to_string().as_bytes());
        child.wait_with_output().unwrap()
    }

    fn good(&self, args: &[&str], input: &Json) -> String {
        let out = self.run_on("a.baihui", args, input);
        let stderr = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(0), "{args:?}: {stderr}");
        assert_eq!(stderr, "", "{args:?}");
        String::from_utf8(out.stdout).unwrap()
    }

    fn json(&self, args: &[&str], input: &Json) -> Json {
        serde_json::from_str(&self.good(args, input)).unwrap()
    }

    fn bad(&self, args: &[&str], input: &Json, code: i32) -> String {
        let out = self.run_on("a.baihui", args, input);
        let stderr = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(code), "{args:?}: {stderr}");
        assert!(out.stdout.is_empty() && !stderr.contains("panicked"), "{args:?}: {stderr}");
        stderr
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap().to_owned()
}

const ADD: &[&str] = &[
    "patient",
    "add",
    "--given",
    "Ada",
    "--family",
    "Example",
    "--born",
    "1955-04-03",
    "--diagnosis",
    "stroke",
    "--condition",
    "stroke-arm",
    "--lesion",
    "left",
    "--deficit",
    "right",
    "--onset",
    "2026-08-01",
];

#[test]
fn a_patient_from_intake_to_report() {
    let c = Clinic::new("course");
    let none = json!(null);
    let patient = text(&c.json(ADD, &none)["id"]);
    let page = c.good(&["patient", "show", &patient], &none);
    assert!(page.contains("lesion left, deficit right (the patient's)"), "{page}");
    let twice = c.bad(ADD, &none, 3);
    assert!(twice.contains("the same date of birth") && twice.contains("--anyway"), "{twice}");
    assert!(c.good(&["patient", "list", "exam", "1955"], &none).contains(&patient));

    let start = json!({ "position": "sitting", "planned": [
        { "label": "a", "spec": { "site": { "school": "ms", "code": "MS6", "side": "left" }, "length_mm": 40 } } ] });
    let refused = c.bad(&["session", "start", &patient, "--input", "-"], &start, 3);
    assert!(refused.contains("no consent to treatment stands"), "{refused}");
    c.json(&["consent", "give", &patient, "treatment"], &none);
    let session = text(&c.json(&["session", "start", &patient, "--input", "-"], &start)["id"]);
    let record = |expect: &str, events: &Json| {
        c.json(&["session", "record", &session, "--expect", expect, "--input", "-"], events)["version"]
            .clone()
    };
    let needle = |side: &str| {
        json!([{ "kind": "needle-in", "needle": 1, "planned": "a", "distance_to_plan_mm": 3.5, "done": {
            "site": { "school": "ms", "code": "MS6", "side": side }, "diameter_mm": 0.3, "length_mm": 40,
            "angle_deg": 15, "inserted_mm": 25 } }])
    };
    let append = ["session", "record", &session, "--input", "-", "--expect"];
    let with = |n: &'static str| [&append[..], &[n]].concat();
    assert!(c.bad(&with("1"), &needle("left"), 3).contains("not checked"));
    assert_eq!(record("1", &json!([{ "kind": "screened", "findings": [] }])), 2);
    assert!(c.bad(&with("2"), &needle("right"), 3).contains("planned left but recorded right"));
    assert!(c.bad(&with("1"), &needle("left"), 3).contains("has changed meanwhile"));
    let wrong = json!([{ "kind": "needle-in", "needle": 1, "done": { "site": { "school": "ms", "code": "MS6",
        "side": "left" }, "length_mm": 4000 } }]);
    assert!(c.bad(&with("2"), &wrong, 3).contains("4000 mm is not possible"));
    assert_eq!(record("2", &needle("left")), 3);
    assert!(c.good(&["patient", "show", &patient], &none).contains("1 STILL IN"));
    let close = ["session", "close", &session, "--counted", "1", "--expect"];
    assert!(c.bad(&[&close[..], &["3"]].concat(), &none, 3).contains("needles 1 are still in"));
    let rest = json!([
        { "kind": "de-qi", "needle": 1, "felt": { "felt": true, "kinds": ["heavy"], "strength": 4 } },
        { "kind": "manipulation-started", "needles": [1], "manipulation": { "method": "rotation", "per_minute": 200 } },
        { "kind": "manipulation-stopped" },
        { "kind": "needle-out", "needle": 1 },
    ]);
    assert_eq!(record("3", &rest), 7);
    c.json(&[&close[..], &["7"]].concat(), &none);
    assert_eq!(c.json(&["session", "sign", &session, "--expect", "9"], &none)["version"], 10);
    c.json(
        &["session", "amend", &session, "--expect", "10", "--reason", "slip", "--text", "it was 30 mm"],
        &none,
    );
    let note = c.good(&["session", "show", &session], &none);
    assert!(note.contains("[plan a, 3.5 mm off]") && note.contains("it was 30 mm"), "{note}");
    assert!(!note.contains("missing for STRICTA"), "{note}");

    c.json(
        &[
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
        ],
        &none,
    );
    let lab = json!({ "kind": "lab", "analyte": "hs-CRP", "value": 2.1, "unit": "mg/L", "assay": "x", "range": [0, 3] });
    c.json(&["outcome", "add", &patient, "--input", "-"], &lab);
    let outcomes = c.good(&["outcome", "list", &patient], &none);
    assert!(outcomes.contains("nihss 7") && outcomes.contains("hs-CRP 2.1 mg/L"), "{outcomes}");

    let check = c.json(&["record", "verify", "--format", "json"], &none);
    assert_eq!(check["problems"], json!([]));
    let point = format!("{}:{}", check["checkpoint"]["seq"], text(&check["checkpoint"]["hash"]));
    c.good(&["record", "verify", "--since", &point], &none);
    let audit = c.good(&["record", "audit", "--patient", &patient], &none);
    assert!(audit.contains("amend") && audit.contains("read"), "{audit}");

    let (backup, zip) = (c.path("backup.baihui"), c.path("export.zip"));
    let saved = c.json(&["record", "backup", &backup], &none);
    c.json(&["record", "export", &zip], &none);
    let restored = c.run_on("b.baihui", &["record", "restore", &backup], &none);
    let restored: Json = serde_json::from_slice(&restored.stdout).unwrap();
    assert_eq!(restored["check"], saved["check"]);
    assert_eq!(c.run_on("c.baihui", &["record", "import", &zip], &none).status.code(), Some(0));
    assert_eq!(c.run_on("b.baihui", &["record", "import", &zip], &none).status.code(), Some(3));

    c.json(&["record", "erase", &patient, "--reason", "asked for it"], &none);
    assert!(c.bad(&["patient", "show", &patient], &none, 3).contains("was erased"));
    assert!(c.good(&["record", "verify"], &none).contains("as it was written"));
}

#[test]
fn consent_and_screening_are_kept_with_their_words_and_days() {
    let c = Clinic::new("consent");
    let none = json!(null);
    let patient = text(&c.json(ADD, &none)["id"]);
    let shown = c.good(&["consent", "text", "treatment", "--language", "zh-CN"], &none);
    assert!(shown.contains("知情同意书"), "{shown}");
    let gone = c.bad(&["consent", "text", "photo", "--language", "xx"], &none, 2);
    assert!(gone.contains("en, zh"), "{gone}");
    let given = text(&c.json(&["consent", "give", &patient, "treatment"], &none)["id"]);
    c.json(&["consent", "give", &patient, "research", "--language", "zh", "--given-by", "a guardian"], &none);
    let all = c.json(&["consent", "list", &patient, "--format", "json"], &none);
    assert_eq!(all["standing"], json!(["treatment", "research"]));
    let words = c.json(&["consent", "text", "treatment", "--format", "json"], &none);
    let kept = all["consents"].as_array().unwrap().iter().find(|k| k["value"]["to"] == "treatment").unwrap();
    assert_eq!(kept["value"]["text_sha256"], words["sha256"]);
    c.json(&["consent", "withdraw", &given], &none);
    assert!(c.bad(&["consent", "withdraw", &given], &none, 3).contains("withdrawn before"));
    let all = c.json(&["consent", "list", &patient, "--format", "json"], &none);
    assert_eq!(all["standing"], json!(["research"]));
    assert!(c.good(&["consent", "list", &patient], &none).contains("a guardian"));

    let answer = |a: &str| c.json(&["screening", "add", &patient, "--answer", a], &none);
    answer("pacemaker=no");
    c.json(
        &["screening", "add", &patient, "--input", "-"],
        &json!({ "pregnant": "no", "high-fever": false }),
    );
    let typo = c.bad(&["screening", "add", &patient, "--answer", "pacemeker=no"], &none, 2);
    assert!(typo.contains("did you mean \"pacemaker\""), "{typo}");
    let wrong = c.bad(&["screening", "add", &patient, "--input", "-"], &json!({ "pregnant": true }), 3);
    assert!(wrong.contains("one of no, possible, yes"), "{wrong}");
    let stands = c.json(&["screening", "show", &patient, "--format", "json"], &none);
    assert_eq!(stands["answers"]["pacemaker"], false);
    assert!(stands["answers"]["age-months"].as_f64().unwrap() > 800.0, "from the page");
    assert!(stands["open"].as_array().unwrap().contains(&json!("epilepsy")));
    // What is asked is asked of the plan as well.
    let plan =
        c.json(&["plan", "new", "--condition", "stroke-arm", "--protocol", "ms", "--of", &patient], &none);
    assert_eq!(plan["answers"], stands["answers"]);
    assert_eq!((&plan["lesion"], &plan["deficit"]), (&json!("left"), &json!("right")), "of the diagnosis");
    assert!(plan["needles"][0]["place"]["beneath"].as_array().is_some_and(|b| !b.is_empty()), "{plan}");

    // Without names: only who agreed, and nobody's words.
    c.json(
        &[
            "outcome",
            "add",
            &patient,
            "--instrument",
            "nihss",
            "--total",
            "7",
            "--visit",
            "seen by Mr Muster",
        ],
        &none,
    );
    let zip = c.path("research.zip");
    let out = c.json(&["record", "export", &zip, "--de-identified"], &none);
    assert_eq!((&out["patients"], &out["without_consent"]), (&json!(1), &json!(0)));
    let bytes = fs::read(&zip).unwrap();
    assert!(bytes.starts_with(b"PK"));
    let twice = ["outcome", "add", &patient, "--instrument", "nihss", "--total", "7", "--key", "k1"];
    assert_eq!(c.json(&twice, &none), c.json(&twice, &none), "the same key is the same outcome");
}

#[test]
fn roles_hold_on_the_command_line() {
    let c = Clinic::new("roles");
    let none = json!(null);
    let patient = text(&c.json(ADD, &none)["id"]);
    c.json(&["record", "hire", "--given", "Min", "--family", "Kim", "--role", "assistant"], &none);
    c.json(&["record", "clinic", "Example Clinic", "--as", "tester"], &none);
    assert!(c.good(&["record", "show", "--as", "kim"], &none).contains("Example Clinic"));
    let unclear = c.bad(&["patient", "list"], &none, 2);
    assert!(unclear.contains("--as") && unclear.contains("Min Kim"), "{unclear}");
    c.good(&["patient", "list", "--as", "kim"], &none);
    for forbidden in [
        &["record", "verify", "--as", "kim"][..],
        &["record", "audit", "--as", "kim"],
        &["record", "erase", &patient, "--reason", "x", "--as", "kim"],
        &["record", "hire", "--family", "X", "--role", "owner", "--as", "kim"],
    ] {
        assert!(c.bad(forbidden, &none, 3).contains("role assistant may not do this"), "{forbidden:?}");
    }
}

#[test]
fn damage_gives_exit_code_1_and_strange_files_3() {
    let c = Clinic::new("damage");
    let none = json!(null);
    c.json(ADD, &none);
    let path = c.folder.join("a.baihui");
    let mut bytes = fs::read(&path).unwrap();
    // The name of the patient as lists show it: changed from outside, it no longer fits.
    let at = bytes.windows(10).position(|w| w == b"version 1\0").unwrap_or(0);
    let at = if at > 0 { at } else { bytes.windows(9).position(|w| w == b"version 1").unwrap() };
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    let out = c.run_on("a.baihui", &["record", "verify"], &none);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8(out.stdout).unwrap().contains("DAMAGED"));
    fs::write(c.folder.join("x.baihui"), "a letter, not a record".repeat(200)).unwrap();
    let out = c.run_on("x.baihui", &["patient", "list"], &none);
    assert_eq!(out.status.code(), Some(3));
    assert!(String::from_utf8(out.stderr).unwrap().contains("is not a record"));
}
