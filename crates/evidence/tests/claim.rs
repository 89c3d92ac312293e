//! The shipped claims: every reference leads somewhere, every question is computed, nothing is said twice.

use baihui_evidence::claim::{Claim, ClaimError, ClaimKind, EvidenceBase, Stance};
use baihui_evidence::grade::Certainty;
use baihui_evidence::living::{Snapshot, add_row, diff_tables};
use baihui_evidence::table::package::Package;
use baihui_evidence::table::{Limits, RawTable};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn package() -> Package {
    let bytes = std::fs::read(root().join("evidence/datapackage.json")).expect("datapackage.json");
    Package::from_json(&bytes, &Limits::default()).expect("a package")
}

fn tables() -> BTreeMap<String, RawTable> {
    package()
        .resources
        .iter()
        .map(|r| {
            let bytes = std::fs::read(root().join("evidence").join(&r.path)).expect("a table");
            (r.name.clone(), RawTable::from_csv(&bytes, &Limits::default()).expect("a table"))
        })
        .collect()
}

fn base() -> EvidenceBase {
    EvidenceBase::new(&package(), tables()).expect("tables that obey the schema")
}

fn claims() -> Vec<Claim> {
    let folder = root().join("atlas/claims");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("atlas/claims")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|p| {
            let claim = Claim::from_toml(&std::fs::read(p).expect("a file"))
                .unwrap_or_else(|e| panic!("{}: {e}", p.display()));
            assert_eq!(p.file_stem().and_then(|s| s.to_str()), Some(claim.id.as_str()));
            claim
        })
        .collect()
}

fn claim(id: &str) -> Claim {
    claims().into_iter().find(|c| c.id == id).unwrap_or_else(|| panic!("no claim {id}"))
}

#[test]
fn four_benefits_and_four_differences() {
    let of = |kind| claims().iter().filter(|c| c.kind == kind).map(|c| c.id.clone()).collect::<Vec<_>>();
    assert_eq!(
        of(ClaimKind::Benefit),
        ["blood-flow", "inflammation", "neuroplasticity", "targeted-stimulation"]
    );
    assert_eq!(of(ClaimKind::Difference), ["focus", "points", "technique", "zones"]);
}

#[test]
fn every_claim_has_both_sides_and_can_be_shown() {
    let base = base();
    for claim in claims() {
        let report = claim.report(&base).unwrap_or_else(|e| panic!("{e}"));
        assert!(!report.evidence.is_empty(), "{}", claim.id);
        // Something that does not support the claim stands in each.
        assert!(report.evidence.iter().any(|e| e.stance != Stance::For), "{}", claim.id);
        for e in &report.evidence {
            assert!(e.source.is_some(), "{}: {} has no source", claim.id, e.reference);
        }
        let text = report.to_string();
        for part in
            ["Claim:", "Verdict:", "Claimed by", "Why the certainty is", "What would change the verdict"]
        {
            assert!(text.contains(part), "{}: {part}", claim.id);
        }
        // Only an address may be longer than a line.
        assert!(text.lines().all(|l| l.chars().count() <= 105 || l.contains("<http")), "{}", claim.id);
        assert_eq!(text, claim.report(&base).expect("again").to_string());
    }
}

/// The effects of the seed trials, worked out beforehand with R's metafor (four digits).
#[test]
fn questions_give_the_reference_effects() {
    let base = base();
    let row = |claim_id: &str, question: &str, trial: &str| {
        let report = claim(claim_id).report(&base).expect("computed");
        let q = report.questions.iter().find(|q| q.id == question).expect("a question").clone();
        let r = q.rows.iter().find(|r| r.trial == trial).expect("a trial");
        [r.estimate, r.interval[0], r.interval[1]]
    };
    let near = |ours: [f64; 3], theirs: [f64; 3]| {
        for (a, b) in ours.iter().zip(theirs) {
            assert!((a - b).abs() < 6e-4, "{ours:?} against {theirs:?}");
        }
    };
    near(row("inflammation", "clinical-result-of-the-marker-trial", "WangJH2016"), [1.117, 0.957, 1.303]);
    near(row("inflammation", "marked-response-of-the-marker-trial", "WangJH2016"), [1.659, 1.082, 2.543]);
    near(row("focus", "scalp-added-to-body", "PUMCH2006"), [1.400, 1.063, 1.843]);
    near(row("focus", "scalp-against-body", "VertigoCblInf"), [1.324, 1.071, 1.635]);
    // The reference gives body against scalp: the reciprocal.
    let [e, l, u] = row("focus", "scalp-against-body", "DuMeridian");
    near([1.0 / e, 1.0 / u, 1.0 / l], [1.051, 0.924, 1.194]);
}

/// Four sham-controlled trials: log odds ratio 0.0969 (0.1735), tau² 0, Q 2.4815, worked out with metafor.
#[test]
fn the_pooled_question_gives_the_reference_result() {
    let report = claim("targeted-stimulation").report(&base()).expect("computed");
    let q = &report.questions[0];
    let pooled = q.pooled.as_ref().expect("pooled");
    assert!((pooled.estimate.ln() - 0.0969).abs() < 5e-5, "{}", pooled.estimate.ln());
    assert!((pooled.q - 2.4815).abs() < 5e-5 && pooled.tau2 < 1e-9);
    // Knapp-Hartung with the guard: Wald's standard error with t on 3 degrees of freedom, 3.182446.
    let half = (pooled.interval[1].ln() - pooled.interval[0].ln()) / 2.0;
    assert!((half - 3.182_446 * 0.1735).abs() < 2e-4, "{half}");
    assert!(
        pooled.interval_method.contains("Knapp-Hartung")
            && pooled.tau2_method.contains("restricted maximum likelihood")
    );
    let weights: f64 = q.rows.iter().filter_map(|r| r.weight_percent).sum();
    assert!((weights - 100.0).abs() < 1e-9);
}

#[test]
fn weaknesses_are_said() {
    let report = claim("focus").report(&base()).expect("computed");
    let text = report.to_string();
    for part in [
        "No trial has a sham control",
        "effective rate",
        "Allocation was not random in PUMCH2006",
        "0.518 by Fisher's exact test",
        "far from the risk ratio",
        "Printed numbers contradict each other",
    ] {
        assert!(
            text.contains(part) || text.replace("\n    ", " ").contains(part),
            "missing \"{part}\" in\n{text}"
        );
    }
}

#[test]
fn mistakes_in_a_claim_are_explained() {
    let good = std::fs::read_to_string(root().join("atlas/claims/blood-flow.toml")).expect("a file");
    let read = |text: &str| Claim::from_toml(text.as_bytes());
    let report = |text: &str| read(text).and_then(|c| c.report(&base()));
    let say = |text: &str| report(text).expect_err("must be refused").to_string();
    assert!(report(&good).is_ok());
    assert!(
        say(&good.replace("mechanism:tcd-vertigo", "mechanism:nothing")).contains("is not in mechanisms.csv")
    );
    assert!(say(&good.replace("mechanism:tcd-vertigo", "paper:x")).contains("unknown kind"));
    assert!(
        say(&good.replace("mechanism:tcd-vertigo", "estimate:LiuASD2019/CARS")).contains("matches 2 rows")
    );
    assert!(say(&good.replace("source = \"jin-2023\"", "source = \"jon-2023\"")).contains("sources.csv"));
    assert!(
        say(&good.replace("certainty = \"very-low\"", "certainty = \"high\"")).contains("comes to very low")
    );
    assert!(say(&good.replace("2026-11-22", "2026-11-31")).contains("a day as YYYY-MM-DD"));
    assert!(say(&good.replace("stance = \"for\"", "stance = \"yes\"")).contains("stance"));
    assert!(say(&good.replace("steps = 1", "steps = 3")).contains("takes 3 steps"));
    assert!(matches!(read("x = ["), Err(ClaimError::Toml(_))));
    assert!(matches!(Claim::from_toml(&[0xff]), Err(ClaimError::Toml(_))));
}

/// A question about arms whose size is not known is refused with the arm, not guessed.
#[test]
fn unknown_sizes_are_not_guessed() {
    let mut c = claim("technique");
    let text = r#"
id = "es"
title = "t"
outcome = "Fugl-Meyer"
timepoint = "after several weeks"
measure = "MD"
pool = false
reason = "r"
higher-is-better = true
contrasts = [{ trial = "ClusterSA_ES", experimental = 1, control = 2 }]
"#;
    c.question.push(toml::from_str(text).expect("a question"));
    let error = c.report(&base()).expect_err("refused").to_string();
    assert!(error.contains("ClusterSA_ES, arm 1: `n` is not known"), "{error}");
}

/// Adding a trial as rows changes the answer, and the diff says what.
#[test]
fn a_row_is_added_and_everything_follows() {
    let before = base();
    let mut all = tables();
    let cells = |list: &[(&str, &str)]| -> BTreeMap<String, String> {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    add_row(
        all.get_mut("trials").expect("trials"),
        &cells(&[
            ("trial", "New2027"),
            ("year", "2027"),
            ("condition", "cocaine dependence"),
            ("scalp", "no"),
            ("comparison", "auricular vs sham"),
            ("versus", "sham"),
            ("sham", "sham"),
            ("blinding", "assessor"),
            ("allocation", "random"),
            ("randomised", "400"),
            ("result", "positive"),
            ("finding", "fewer left"),
            ("source", "gates-2006"),
        ]),
    )
    .expect("added");
    for (arm, treatment, events) in [("1", "auricular", "60"), ("2", "sham", "110")] {
        add_row(
            all.get_mut("arms-events").expect("arms"),
            &cells(&[
                ("trial", "New2027"),
                ("arm", arm),
                ("treatment", treatment),
                ("n", "200"),
                ("events", events),
                ("outcome", "did not complete treatment"),
                ("mark", "seen"),
                ("source", "gates-2006"),
            ]),
        )
        .expect("added");
    }
    assert!(add_row(all.get_mut("trials").expect("trials"), &cells(&[("nonsense", "1")])).is_err());
    let changes = diff_tables(
        "arms-events",
        &["trial".into(), "arm".into(), "outcome".into()],
        before.table("arms-events").expect("arms"),
        &all["arms-events"],
    );
    assert_eq!(changes.len(), 2);
    assert!(changes[0].to_string().contains("New2027 1 did not complete treatment: is new"));

    let after = EvidenceBase::new(&package(), all).expect("still obeys the schema");
    let old = claims();
    let mut new = old.clone();
    let c = new.iter_mut().find(|c| c.id == "targeted-stimulation").expect("the claim");
    c.question[0]
        .contrasts
        .push(toml::from_str("trial = \"New2027\"\nexperimental = 1\ncontrol = 2").expect("a contrast"));
    let (a, b) =
        (Snapshot::of(&old, &before).expect("computed"), Snapshot::of(&new, &after).expect("computed"));
    assert!(a.diff(&a).is_empty());
    let said: Vec<String> = a.diff(&b).iter().map(ToString::to_string).collect();
    let place = "targeted-stimulation/auricular-against-sham";
    assert!(said.iter().any(|s| s == &format!("{place}: trial New2027 is new")), "{said:?}");
    assert!(said.iter().any(|s| s.starts_with(&format!("{place}: pooled effect was 1.10 ["))), "{said:?}");
    assert!(said.iter().all(|s| s.starts_with(place)), "nothing else changes: {said:?}");
}

/// A table that breaks its schema is no evidence base.
#[test]
fn damaged_tables_are_refused() {
    let mut all = tables();
    let t = all.get_mut("arms-events").expect("arms");
    let n = t.column("n").expect("n");
    t.rows[3].cells[n] = "many".into();
    let error = EvidenceBase::new(&package(), all).expect_err("refused").to_string();
    assert!(error.contains("row 4") && error.contains("arms_events.csv: n"), "{error}");
}

#[test]
fn no_verdict_is_more_certain_than_its_evidence() {
    let base = base();
    for claim in claims() {
        let report = claim.report(&base).expect("computed");
        let sham = report.evidence.iter().any(|e| e.control == "sham" && e.stance == Stance::For);
        assert!(
            sham || claim.verdict.certainty <= Certainty::Low,
            "{}: no sham-controlled support",
            claim.id
        );
    }
}
