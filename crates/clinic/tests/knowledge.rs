//! The knowledge that is compiled in, and mistakes in it as a user makes them.

use std::collections::BTreeSet;

use baihui_atlas::{Atlas, File, Problem, language::Mark};
use baihui_clinic::{
    condition::best_mark,
    knowledge::{self, Knowledge},
    safety::{Answers, FactValue, Level, State, cases, evaluate},
};

fn atlas() -> Atlas {
    baihui_atlas::built_in::atlas(&[]).expect("the atlas has no problems")
}

fn said(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{p}\n")).collect()
}

fn built_in() -> Knowledge {
    knowledge::built_in(&atlas(), &[]).unwrap_or_else(|p| panic!("{}", said(&p)))
}

#[test]
fn the_compiled_in_knowledge_has_no_problems() {
    let k = built_in();
    assert!(k.conditions.len() >= 26 && k.instruments.len() >= 30 && k.safety.rule.len() >= 50);
    // Head and body stand side by side, and what is background only is marked so.
    let protocols: Vec<_> = k.conditions.values().flat_map(|c| &c.protocol).collect();
    assert!(protocols.iter().any(|p| p.school == "body") && protocols.iter().any(|p| p.school == "jiao"));
    assert!(protocols.iter().any(|p| best_mark(&p.sources) == Mark::Background));
}

/// What the loader says when words of one file are replaced.
fn broken(file: &str, from: &str, to: &str) -> Vec<Problem> {
    let mut files = knowledge::files();
    let f = files.iter_mut().find(|f| f.path.ends_with(file)).expect("the file is compiled in");
    assert!(f.text.contains(from), "{file} does not hold {from}");
    f.text = f.text.replacen(from, to, 1);
    Knowledge::load(&files, &atlas()).err().unwrap_or_default()
}

#[test]
fn mistakes_are_found_with_file_line_and_hint() {
    for (file, from, to, expected) in [
        ("conditions/stroke-arm.toml", "\"JIAO-motor\"", "\"JIAO-moter\"", "no point or zone \"JIAO-moter\""),
        ("conditions/stroke-arm.toml", "code = \"LI15\"", "code = \"LI21\"", "no point or zone \"LI21\""),
        (
            "conditions/stroke-arm.toml",
            "part = \"middle 2/5\"",
            "part = \"middle 2/6\"",
            "no part of JIAO-motor",
        ),
        (
            "conditions/stroke-leg.toml",
            "code = \"MS5\", side = \"midline\"",
            "code = \"MS5\", side = \"bilateral\"",
            "MS5 has the side rule",
        ),
        ("conditions/stroke-arm.toml", "\"fma-ue\"", "\"fma-eu\"", "no instrument \"fma-eu\""),
        ("conditions/stroke-arm.toml", "\"230690007\"", "\"230690008\"", "no SNOMED code"),
        ("conditions/stroke-arm.toml", "review:Huang2021", "book:Huang2021", "no reference to evidence"),
        ("conditions/stroke-arm.toml", "school = \"jiao\"", "school = \"jao\"", "no school \"jao\""),
        (
            "conditions/stroke-arm.toml",
            "methods = [\"threading\"",
            "methods = [\"treading\"",
            "no method \"treading\"",
        ),
        (
            "conditions/stroke-arm.toml",
            "key = \"SREP2016\"",
            "key = \"SREP2061\"",
            "\"SREP2061\" is not in references.toml",
        ),
        (
            "techniques.toml",
            "parameter = \"angle-deg\"",
            "parameter = \"angel-deg\"",
            "no parameter \"angel-deg\"",
        ),
        ("techniques.toml", "low = 40\nhigh = 50", "low = 60\nhigh = 50", "ends before it begins"),
        (
            "safety.toml",
            "{ yes = \"open-fontanelle\" }",
            "{ yes = \"fontanelle\" }",
            "no fact \"fontanelle\"",
        ),
        (
            "safety.toml",
            "{ yes = \"raised-intracranial-pressure\" }",
            "{ yes = \"epilepsy\" }",
            "epilepsy is a choice",
        ),
        ("safety.toml", "any-of = [\"in-attack\"]", "any-of = [\"attack\"]", "epilepsy is never \"attack\""),
        ("safety.toml", "group = \"vertex\"", "group = \"vortex\"", "no group \"vortex\""),
        ("safety.toml", "id = \"unfit-today\"", "id = \"unfit\"", "unfit: the rule has no case"),
        ("safety.toml", "below = 18 } }, {", "below = 17 } }, {", "infant: its case does not fire it"),
        ("safety.toml", "kind = \"flag\"", "kind = \"flag\"\nunit = \"cm\"", "a flag neither"),
        ("safety.toml", "each-visit = true", "every-visit = true", "unknown field"),
        ("safety.toml", "level = \"stop\"", "level = \"halt\"", "unknown variant"),
        ("safety.toml", "codes = [\"LR3\"]", "codes = [\"LR33\"]", "no point or zone \"LR33\""),
        ("safety-cases.toml", "age-months = 18\n", "age-months = 17\n", "infant: its near miss fires it"),
        ("safety-cases.toml", "confused = false", "confused = false\nunfit-today = true", "changes 2"),
        ("instruments/phq-9.toml", "max = 27", "max = 28", "the items sum to 0–27"),
        ("instruments/pcl-5.toml", "max = 28", "max = 29", "sum to 28, not 29"),
        ("instruments/phq-9.toml", "ship = \"items\"", "ship = \"score-only\"", "only scores may be kept"),
        ("instruments/nihss.toml", "72089-6", "72089-5", "check digit"),
        ("labs.toml", "3074-2", "3236-2", "check digit"),
    ] {
        let problems = broken(file, from, to);
        let hit = problems.iter().find(|p| p.message.contains(expected));
        let Some(hit) = hit else { panic!("{file}: {from} -> {to}:\n{}", said(&problems)) };
        assert!(hit.file.contains(file) || file == "safety.toml" && hit.file.contains("safety"), "{hit}");
        assert!(hit.line >= 1);
    }
    // The line is that of the mistake.
    let p = broken("conditions/stroke-arm.toml", "code = \"LI15\"", "code = \"LI21\"");
    let text = knowledge::files().into_iter().find(|f| f.path.ends_with("stroke-arm.toml")).unwrap().text;
    let line = text.lines().position(|l| l.contains("code = \"LI15\"")).unwrap() + 1;
    assert!(p.iter().any(|p| p.line == line), "{}", said(&p));
    // A twin is no replacement.
    let mut files = knowledge::files();
    let twin = files.iter().find(|f| f.path.ends_with("ptsd.toml")).unwrap().clone();
    files.push(File { path: "mine/conditions/ptsd.toml".to_owned(), ..twin });
    let problems = Knowledge::load(&files, &atlas()).expect_err("two conditions of one name");
    assert!(said(&problems).contains("\"ptsd\" exists already"));
}

#[test]
fn broken_files_are_refused_and_never_panic() {
    let atlas = atlas();
    for file in knowledge::files() {
        let text = file.text.clone();
        for cut in [1, 2, 3, 5, 7] {
            let at = text.len() * cut / 8;
            let whole = |at: usize| (at..text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(0);
            let at = whole(at);
            // Cut off, or with a hole: never a panic.
            let _ = Knowledge::load(&[File { path: file.path.clone(), text: text[..at].to_owned() }], &atlas);
            let holed = format!("{}{}", &text[..whole(at / 2)], &text[at..]);
            let _ = Knowledge::load(&[File { path: file.path.clone(), text: holed }], &atlas);
        }
    }
}

#[test]
fn every_rule_fires_in_its_case_and_not_in_its_near_miss_and_asks_when_nothing_is_known() {
    let k = built_in();
    let start = cases::ordinary(&k.safety);
    let state = |id: &str, scene: &cases::Scene| {
        let all = evaluate(&k.safety, &scene.facts, std::slice::from_ref(&scene.needle));
        all.into_iter().find(|f| f.rule == id).map(|f| f.outcome)
    };
    for rule in &k.safety.rule {
        let pair = &k.cases.case[&rule.id];
        let fires = pair.fires.on(start.clone());
        assert_eq!(state(&rule.id, &fires), Some(State::Fires), "{}", rule.id);
        assert_eq!(state(&rule.id, &pair.near_miss.on(fires.clone())), None, "{}", rule.id);
        assert_eq!(state(&rule.id, &start), None, "{}", rule.id);
        // A fact that the case needs is asked for when it is not known, and never taken for a no.
        for name in pair.fires.facts.0.keys() {
            let mut unknown = fires.clone();
            unknown.facts.0.remove(name);
            match state(&rule.id, &unknown) {
                Some(State::Unanswered { asks }) => assert!(asks.contains(name), "{} {asks:?}", rule.id),
                other => panic!("{} without {name}: {other:?}", rule.id),
            }
        }
    }
    let levels: BTreeSet<Level> = k.safety.rule.iter().map(|r| r.level).collect();
    assert_eq!(levels.len(), 3);
}

#[test]
fn findings_come_gravest_first_and_name_their_needles() {
    let k = built_in();
    let mut scene = cases::ordinary(&k.safety);
    for (name, value) in [("open-fontanelle", true), ("anticoagulant", true), ("unfit-today", true)] {
        scene.facts.set(name, FactValue::Flag(value));
    }
    let mut body = scene.needle.clone();
    (body.id, body.site, body.region) =
        ("n2".to_owned(), "LI4".to_owned(), baihui_clinic::technique::Region::Body);
    let found = evaluate(&k.safety, &scene.facts, &[scene.needle, body]);
    let levels: Vec<Level> = found.iter().map(|f| f.level).collect();
    assert_eq!(levels, [Level::Stop, Level::Decide, Level::Caution]);
    assert_eq!(found[0].needles, ["n1"]);
    assert_eq!(found[0].sites, ["MS6 left"]);
    assert!(found[1].needles.is_empty() && found[2].needles.is_empty());
    // Without needles only what concerns the patient as a whole is left.
    let patient = evaluate(&k.safety, &scene.facts, &[]);
    assert_eq!(patient.iter().map(|f| f.level).collect::<Vec<_>>(), [Level::Decide, Level::Caution]);
    // Nobody asked anything: every rule about the patient as a whole asks.
    let silent = evaluate(&k.safety, &Answers::default(), &[]);
    assert!(!silent.is_empty() && silent.iter().all(|f| matches!(f.outcome, State::Unanswered { .. })));
}
