//! `baihui plan` and its kin as they are used: from a condition to a signed plan, and back from every mistake.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value as Json;

#[path = "common/filled.rs"]
#[expect(unreachable_pub, reason = "shared by tests")]
mod filled;

use filled::{FILLED, ordinary};

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plan").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(args: &[&str]) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_baihui")).args(args).output().unwrap();
    let text = |b: Vec<u8>| String::from_utf8(b).unwrap();
    let (stdout, stderr) = (text(out.stdout), text(out.stderr));
    assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    (out.status.code().unwrap(), stdout, stderr)
}

fn good(args: &[&str]) -> String {
    let (code, stdout, stderr) = run(args);
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

fn json(args: &[&str]) -> Json {
    serde_json::from_str(&good(args)).unwrap()
}

#[test]
fn from_a_condition_to_a_signed_plan() {
    let folder = folder("signed");
    let path = folder.join("plan.json");
    let plan = path.to_str().unwrap();
    let sides = ["--condition", "stroke-arm", "--deficit", "left", "--lesion", "right"];
    let all = json(&[&["plan", "candidates", "--format", "json"][..], &sides[..]].concat());
    let ms = all["candidates"].as_array().unwrap().iter().find(|c| c["protocol"] == "ms").unwrap();
    let site = &ms["sites"][0];
    assert_eq!((&site["code"], &site["side"]), (&Json::from("MS6"), &Json::from("right")));
    assert!(
        site["on_person"]["place"]["start_mm"][0].as_f64().unwrap() > 0.0,
        "the patient's right is x > 0"
    );
    let text = good(&[&["plan", "candidates"][..], &sides[..]].concat());
    assert!(text.contains("opposite to the deficit") && text.contains("What the evidence says"), "{text}");

    let record = folder.join("a.baihui");
    let with = ["--record", record.to_str().unwrap()];
    let kept = |args: &[&str]| run(&[args, &with[..]].concat());
    let (code, patient, err) = kept(&["patient", "add", "--family", "Example"]);
    assert_eq!(code, 0, "{err}");
    let patient: Json = serde_json::from_str(&patient).unwrap();
    let patient = patient["id"].as_str().unwrap();
    // A plan of a patient of the record is made, checked and signed against that record.
    let fine = |args: &[&str]| good(&[args, &with[..]].concat());
    fine(&[&["plan", "new", "--protocol", "ms", "--of", patient, "-o", plan][..], &sides[..]].concat());
    let (code, draft, err) = kept(&["plan", "keep", plan]);
    assert_eq!(code, 0, "{err}");
    let draft: Json = serde_json::from_str(&draft).unwrap();
    let id = draft["id"].as_str().unwrap();
    let (code, _, err) = kept(&["session", "start", patient, "--plan", id]);
    assert!(code != 0 && err.contains("draft"), "{err}");
    let (code, out, _) = kept(&["plan", "check", plan]);
    assert!(code == 1 && out.contains("cannot be signed yet") && out.contains("MISSING"), "{out}");
    let (code, _, err) = kept(&["plan", "sign", plan, "--by", "A", "--role", "practitioner"]);
    assert!(code == 1 && err.contains("cannot be signed"), "{err}");

    let questions = good(&["schema", "safety"]);
    assert!(questions.contains("each-visit"));
    let mut edit = vec!["plan", "edit", plan];
    edit.extend(FILLED.iter().flat_map(|set| ["--set", set]));
    let mut asked = vec!["screening", "add", patient].into_iter().map(str::to_owned).collect::<Vec<_>>();
    for (name, value) in ordinary() {
        let value = match value {
            Json::Bool(_) => "no".to_owned(),
            Json::String(word) => word,
            number => number.to_string(),
        };
        asked.extend(["--answer".to_owned(), format!("{name}={value}")]);
    }
    good(&edit);
    // What is asked of a patient of the record is kept there, not in a plan that nobody else sees.
    let (code, _, err) = run(&["plan", "edit", plan, "--answer", "pregnant=no"]);
    assert!(code == 2 && err.contains("screening add"), "{err}");
    fine(&asked.iter().map(String::as_str).collect::<Vec<_>>());
    let check = serde_json::from_str::<Json>(&fine(&["plan", "check", plan, "--format", "json"])).unwrap();
    assert_eq!(check["signable"], true, "{check:#}");
    let (code, _, err) = kept(&["plan", "sign", plan, "--by", "A", "--role", "assistant"]);
    assert!(code == 1 && err.contains("only a practitioner"), "{err}");
    fine(&["plan", "sign", plan, "--by", "A", "--role", "practitioner"]);
    assert!(good(&["plan", "show", plan]).contains("signed by A"));
    let (code, _, err) = kept(&["plan", "keep", plan, "--expect", "1"]);
    assert_eq!(code, 0, "{err}");
    let back = folder.join("back.json");
    let (code, _, err) = kept(&["plan", "get", id, "-o", back.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(fs::read(&back).unwrap(), fs::read(&path).unwrap(), "what comes back is what was signed");
    let (code, _, err) = kept(&["session", "start", patient, "--plan", id]);
    assert!(code == 3 && err.contains("no consent to treatment"), "{err}");
    fine(&["consent", "give", patient, "treatment"]);
    // An answer of today stops what was signed before it; taken back, the question is open again.
    fine(&["screening", "add", patient, "--answer", "open-fontanelle=yes"]);
    let (code, _, err) = kept(&["session", "start", patient, "--plan", id]);
    assert!(code == 3 && err.contains("stop today"), "{err}");
    let (code, out, _) = kept(&["plan", "check", plan]);
    assert!(code == 1 && out.contains("fontanelle"), "{out}");
    fine(&["screening", "add", patient, "--reopen", "open-fontanelle"]);
    let open = fine(&["screening", "show", patient]);
    assert!(open.lines().any(|l| l.starts_with("open:") && l.contains("open-fontanelle")), "{open}");
    fine(&["screening", "add", patient, "--answer", "open-fontanelle=no"]);
    let (code, session, err) = kept(&["session", "start", patient, "--plan", id]);
    assert_eq!(code, 0, "{err}");
    let session: Json = serde_json::from_str(&session).unwrap();
    let (_, log, _) = kept(&["session", "show", session["id"].as_str().unwrap(), "--format", "json"]);
    assert!(log.contains("MS6") && log.contains("right"), "{log}");
    let (code, _, err) = run(&["plan", "edit", plan, "--set", "account.style=other"]);
    assert!(code == 1 && err.contains("is signed"), "{err}");

    let next = folder.join("next.json");
    let next = next.to_str().unwrap();
    good(&["plan", "next", plan, "-o", next]);
    good(&["plan", "edit", next, "--remove", "n1", "--add", "MS5", "--set", "n2.retention_min=60"]);
    let diff = good(&["plan", "diff", plan, next]);
    assert!(diff.contains("+ MS5\n") && diff.contains("- MS6 right (middle 2/5)\n"), "{diff}");
    assert!(diff.contains("~ MS7 right (middle 2/5): retention_min: 30.0 → 60.0"), "{diff}");
    // A changed file no longer passes for signed.
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("\"right\"", "\"left\"")).unwrap();
    assert!(good(&["plan", "show", plan]).contains("CHANGED after A signed it"));
    let (code, _, err) = kept(&["plan", "keep", plan, "--expect", "2"]);
    assert!(code != 0 && err.contains("not what was signed"), "{err}");
    let (code, _, err) = kept(&["plan", "keep", next, "--expect", "2"]);
    assert_eq!(code, 0, "the next version follows the signed one: {err}");
}

#[test]
fn a_skull_defect_stops_what_lies_over_it() {
    let folder = folder("defect");
    let patient = folder.join("patient.json");
    let write = |side: f64| {
        let text = format!(
            r#"{{"name":{{"family":"X"}},"facts":{{"skull_defects":[{{"kind":"craniectomy","region":
               {{"shape":"disc","center_mm":[{},-10,80],"radius_mm":60}}}}]}}}}"#,
            50.0 * side
        );
        fs::write(&patient, text).unwrap();
    };
    let stopped = || {
        let all = json(&[
            "plan",
            "candidates",
            "--condition",
            "stroke-arm",
            "--deficit",
            "left",
            "--school",
            "ms",
            "--format",
            "json",
            "--patient",
            patient.to_str().unwrap(),
        ]);
        all["candidates"][0]["against"].as_array().unwrap().iter().any(|f| f["rule"] == "skull-defect")
    };
    write(1.0);
    assert!(stopped(), "the defect lies on the right, where the needle goes");
    write(-1.0);
    assert!(!stopped(), "the defect lies on the left");
}

#[test]
fn mistakes_are_told_with_a_way_out() {
    for (args, code, words) in [
        (
            &["plan", "candidates", "--condition", "stroke-am", "--deficit", "left"][..],
            2,
            "did you mean \"stroke-arm\"",
        ),
        (&["plan", "candidates", "--condition", "stroke-arm"], 2, "give the side of the deficit"),
        (
            &["plan", "candidates", "--condition", "ptsd", "--answer", "pregnent=no"],
            2,
            "did you mean \"pregnant\"",
        ),
        (&["plan", "show", "no-such-file.json"], 3, "cannot be opened"),
        (&["plan", "new", "--condition", "ptsd", "--protocol", "x"], 2, "the protocols are: jiao, ms, body"),
        (&["instrument", "score", "phq-9", "1=0"], 3, "not answered: 2, 3"),
        (&["instrument", "score", "moca", "1=0"], 3, "only the score is kept"),
        (&["instrument", "show", "phq9"], 2, "did you mean phq-9"),
        (&["condition", "show", "stroke"], 2, "baihui condition list"),
    ] {
        let (got, out, err) = run(args);
        assert_eq!(got, code, "{args:?}: {err}");
        assert!(out.is_empty() && err.contains(words), "{args:?}: {err}");
    }
}

#[test]
fn the_knowledge_can_be_read() {
    assert!(good(&["condition", "list"]).contains("stroke-arm"));
    assert_eq!(json(&["condition", "show", "migraine"])["condition"]["id"], "migraine");
    let techniques = good(&["technique", "list"]);
    assert!(
        techniques.contains("Contradictions") && techniques.contains("90 /min (QBOOK) against"),
        "{techniques}"
    );
    assert!(good(&["safety", "list"]).contains("fontanelle-open"));
    assert!(good(&["safety", "questions"]).contains("pacemaker"));
    assert!(good(&["instrument", "list"]).contains("phq-9"));
    let score = json(&["instrument", "score", "mas", "1=1+"]);
    assert_eq!(score["total"], 2.0);
    assert!(good(&["instrument", "change", "thi", "60", "50"]).contains("disagree"));
    for what in ["plan", "condition", "techniques", "safety", "safety-cases", "instrument", "labs"] {
        assert!(json(&["schema", what])["$schema"].is_string(), "{what}");
    }
    assert!(good(&["atlas", "check"]).contains("43 conditions"));
}
