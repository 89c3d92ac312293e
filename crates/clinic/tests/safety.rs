//! The rules of safety as a practitioner meets them: what was not asked is never a no, bounds hold to the
//! millimetre, and every needle is judged by itself.

use std::collections::BTreeSet;

use baihui_clinic::{
    safety::{
        Answers, FactValue, Finding, Level, NeedleFacts, SafetyRules, State,
        answers::{FactKind, FactQuestion},
        cases::{self, CaseFile, ordinary},
        evaluate,
        evaluate::Nearness,
        facts_of_kind::{self, Wanted},
        language::Bounds,
    },
    side::Side,
};

/// Rules about facts that are made up here, so that a test says all that it depends on.
fn rules(rules: &[(&str, &str, &str)]) -> SafetyRules {
    let mut text = r#"
        [fact.fever]
        question = "Fever?"
        kind = "flag"
        [fact.months]
        question = "How old?"
        kind = "number"
        unit = "months"
        [fact.drug]
        question = "Which drug?"
        kind = "choice"
        options = ["none", "warfarin", "heparin"]
        [fact.spare]
        question = "No rule asks this."
        kind = "flag"
        [group.nape]
        about = "the nape"
        codes = ["GV15"]
        sources = []
    "#
    .to_owned();
    for (id, level, when) in rules {
        text += &format!(
            "[[rule]]\nid = \"{id}\"\nlevel = \"{level}\"\ntext = \"{id}\"\nwhen = {when}\nsources = []\n"
        );
    }
    toml::from_str(&text).expect("rules that can be read")
}

fn one(when: &str) -> SafetyRules {
    rules(&[("r", "stop", when)])
}

fn needle(id: &str) -> NeedleFacts {
    NeedleFacts { id: id.to_owned(), ..ordinary(&SafetyRules::default()).needle }
}

fn answered(all: &[(&str, FactValue)]) -> Answers {
    let mut a = Answers::default();
    for (name, value) in all {
        a.set(name, value.clone());
    }
    a
}

fn flag(b: bool) -> FactValue {
    FactValue::Flag(b)
}

fn word(w: &str) -> FactValue {
    FactValue::Choice(w.to_owned())
}

/// What the one rule says of one needle: fires, is silent, or asks.
#[derive(Debug, PartialEq)]
enum Says {
    Fires,
    Nothing,
    Asks(Vec<String>),
}

fn says(rules: &SafetyRules, facts: &Answers, needles: &[NeedleFacts]) -> Says {
    match &evaluate(rules, facts, needles)[..] {
        [] => Says::Nothing,
        [Finding { outcome: State::Fires, .. }] => Says::Fires,
        [Finding { outcome: State::Unanswered { asks }, .. }] => Says::Asks(asks.clone()),
        more => panic!("{more:?}"),
    }
}

fn asks(names: &[&str]) -> Says {
    Says::Asks(names.iter().map(|n| (*n).to_owned()).collect())
}

#[test]
fn a_question_that_nobody_asked_is_no_answer_unless_the_others_decide() {
    let fever = || ("fever", flag(true));
    let no_fever = || ("fever", flag(false));
    let all = one(r#"{ all = [{ yes = "fever" }, { choice = { fact = "drug", any-of = ["warfarin"] } }] }"#);
    let any = one(r#"{ any = [{ yes = "fever" }, { choice = { fact = "drug", any-of = ["warfarin"] } }] }"#);
    let not = one(r#"{ not = { yes = "fever" } }"#);
    let cases = [
        (&all, vec![], asks(&["drug", "fever"])),
        (&all, vec![fever()], asks(&["drug"])),
        (&all, vec![no_fever()], Says::Nothing),
        (&all, vec![fever(), ("drug", word("warfarin"))], Says::Fires),
        (&all, vec![fever(), ("drug", word("heparin"))], Says::Nothing),
        (&any, vec![], asks(&["drug", "fever"])),
        (&any, vec![fever()], Says::Fires),
        (&any, vec![no_fever()], asks(&["drug"])),
        (&any, vec![no_fever(), ("drug", word("none"))], Says::Nothing),
        (&any, vec![no_fever(), ("drug", word("warfarin"))], Says::Fires),
        (&not, vec![], asks(&["fever"])),
        (&not, vec![fever()], Says::Nothing),
        (&not, vec![no_fever()], Says::Fires),
    ];
    for (rules, facts, expected) in cases {
        assert_eq!(says(rules, &answered(&facts), &[]), expected, "{facts:?}");
    }
}

#[test]
fn an_answer_of_another_kind_leaves_the_question_open() {
    for (when, name) in [
        (r#"{ yes = "fever" }"#, "fever"),
        (r#"{ number = { fact = "months", below = 18 } }"#, "months"),
        (r#"{ choice = { fact = "drug", any-of = ["warfarin"] } }"#, "drug"),
    ] {
        let strange = if name == "fever" { FactValue::Number(1.0) } else { flag(true) };
        assert_eq!(says(&one(when), &answered(&[(name, strange)]), &[]), asks(&[name]));
    }
}

#[test]
fn bounds_hold_to_the_last_step() {
    let number = |bounds: &str, n: f64| {
        let r = one(&format!("{{ number = {{ fact = \"months\", {bounds} }} }}"));
        says(&r, &answered(&[("months", FactValue::Number(n))]), &[]) == Says::Fires
    };
    for (bounds, inside, outside) in [
        ("below = 18", vec![0.0, 17.9], vec![18.0, 18.1]),
        ("above = 18", vec![18.1, 600.0], vec![18.0, 17.9]),
        ("at-least = 18", vec![18.0, 18.1], vec![17.9]),
        ("at-least = 18, below = 24", vec![18.0, 23.9], vec![17.9, 24.0]),
        ("above = 18, below = 24", vec![18.1, 23.9], vec![18.0, 24.0, 12.0, 30.0]),
    ] {
        assert!(inside.iter().all(|n| number(bounds, *n)), "{bounds}");
        assert!(!outside.iter().any(|n| number(bounds, *n)), "{bounds}");
    }
}

#[test]
fn each_thing_that_a_rule_asks_of_a_needle_is_looked_at() {
    // What the needle must be like, a change after which it is not, and what is asked when it is not known.
    type Change = fn(&mut NeedleFacts);
    type Case = (&'static str, Change, Change, Option<(Change, &'static str)>);
    let cases: [Case; 11] = [
        (
            r#"region = "body""#,
            |n| n.region = baihui_clinic::technique::Region::Body,
            |n| n.region = baihui_clinic::technique::Region::Head,
            None,
        ),
        (r#"group = "nape""#, |n| n.site = "GV15".to_owned(), |n| n.site = "GV16".to_owned(), None),
        ("electro = true", |n| n.electro = true, |n| n.electro = false, None),
        ("embedded = true", |n| n.embedded = true, |n| n.embedded = false, None),
        (
            "depth-mm = { above = 12 }",
            |n| n.depth_mm = Some(12.5),
            |n| n.depth_mm = Some(12.0),
            Some((|n| n.depth_mm = None, "depth-mm of n1")),
        ),
        (
            "depth-cun = { above = 1 }",
            |n| n.depth_cun = Some(1.1),
            |n| n.depth_cun = Some(1.0),
            Some((|n| n.depth_cun = None, "depth-cun of n1")),
        ),
        (
            "diameter-mm = { at-least = 0.3 }",
            |n| n.diameter_mm = Some(0.3),
            |n| n.diameter_mm = Some(0.25),
            Some((|n| n.diameter_mm = None, "diameter-mm of n1")),
        ),
        (
            "angle-deg = { above = 30 }",
            |n| n.angle_deg = Some(90.0),
            |n| n.angle_deg = Some(15.0),
            Some((|n| n.angle_deg = None, "angle-deg of n1")),
        ),
        (
            "current-ma = { above = 10 }",
            |n| (n.electro, n.current_ma) = (true, Some(12.0)),
            |n| (n.electro, n.current_ma) = (true, Some(10.0)),
            Some((|n| (n.electro, n.current_ma) = (true, None), "current-ma of n1")),
        ),
        (
            "electro-min = { above = 20 }",
            |n| (n.electro, n.electro_min) = (true, Some(30.0)),
            |n| (n.electro, n.electro_min) = (true, Some(20.0)),
            Some((|n| (n.electro, n.electro_min) = (true, None), "electro-min of n1")),
        ),
        (
            "upward = true",
            |n| n.upward = Some(true),
            |n| n.upward = Some(false),
            Some((|n| n.upward = None, "direction of n1")),
        ),
    ];
    for (test, hit, miss, unknown) in cases {
        let r = one(&format!("{{ needle = {{ {test} }} }}"));
        let with = |change: Change| {
            let mut n = needle("n1");
            change(&mut n);
            says(&r, &Answers::default(), &[n])
        };
        assert_eq!(with(hit), Says::Fires, "{test}");
        assert_eq!(with(miss), Says::Nothing, "{test}");
        if let Some((change, what)) = unknown {
            assert_eq!(with(change), asks(&[what]), "{test}");
        }
    }
    // A needle without electricity has no current that could be missing.
    let r = one("{ needle = { current-ma = { above = 10 } } }");
    assert_eq!(says(&r, &Answers::default(), &[needle("n1")]), Says::Nothing);
    // All parts of one test must be true of the same needle.
    let r = one(r#"{ needle = { group = "nape", depth-mm = { above = 12 } } }"#);
    let (mut nape, mut deep) = (needle("n1"), needle("n2"));
    (nape.site, nape.depth_mm) = ("GV15".to_owned(), Some(5.0));
    deep.depth_mm = Some(20.0);
    assert_eq!(says(&r, &Answers::default(), &[nape.clone(), deep]), Says::Nothing);
    nape.depth_mm = Some(20.0);
    assert_eq!(says(&r, &Answers::default(), &[nape]), Says::Fires);
}

#[test]
fn needles_that_fire_a_rule_and_needles_that_leave_it_open_are_told_apart() {
    let r = rules(&[
        ("deep", "decide", "{ needle = { depth-mm = { above = 12 } } }"),
        ("fever", "decide", r#"{ yes = "fever" }"#),
        ("drug", "decide", r#"{ choice = { fact = "drug", any-of = ["warfarin"] } }"#),
        ("old", "stop", r#"{ number = { fact = "months", at-least = 1 } }"#),
        ("careful", "caution", r#"{ yes = "fever" }"#),
    ]);
    let (mut deep, mut open, shallow) = (needle("n1"), needle("n2"), needle("n3"));
    (deep.depth_mm, deep.side) = (Some(30.0), Side::Right);
    (open.depth_mm, open.site) = (None, "GV20".to_owned());
    open.side = Side::Midline;
    let facts = answered(&[("drug", word("warfarin"))]);
    let found = evaluate(&r, &facts, &[open.clone(), deep.clone(), shallow.clone()]);
    let told: Vec<_> = found
        .iter()
        .map(|f| {
            let needles: Vec<&str> = f.needles.iter().map(String::as_str).collect();
            (f.rule.as_str(), f.outcome == State::Fires, needles, f.sites.join("; "))
        })
        .collect();
    // Gravest first; of one level what fires before what is open; then the order of the rules.
    assert_eq!(
        told,
        [
            ("old", false, vec![], String::new()),
            ("deep", true, vec!["n1"], "MS6 right".to_owned()),
            ("drug", true, vec![], String::new()),
            ("deep", false, vec!["n2"], "GV20".to_owned()),
            ("fever", false, vec![], String::new()),
            ("careful", false, vec![], String::new()),
        ]
    );
    assert_eq!(found[3].outcome, State::Unanswered { asks: vec!["depth-mm of n2".to_owned()] });
    // Nothing is said of needles that nobody needs to worry about.
    assert_eq!(
        says(&rules(&[("deep", "stop", "{ needle = { depth-mm = { above = 12 } } }")]), &facts, &[shallow]),
        Says::Nothing
    );
    // Patient and needle together: what the patient's side leaves open is asked once for all needles.
    let both = one(r#"{ all = [{ yes = "fever" }, { needle = { depth-mm = { above = 12 } } }] }"#);
    assert_eq!(says(&both, &Answers::default(), &[deep.clone(), open]), asks(&["depth-mm of n2", "fever"]));
    assert_eq!(says(&both, &answered(&[("fever", flag(false))]), &[deep.clone()]), Says::Nothing);
    assert_eq!(says(&both, &answered(&[("fever", flag(true))]), &[deep]), Says::Fires);
}

#[test]
fn a_zone_crosses_a_region_may_cross_it_or_stays_clear() {
    let at = |distance_mm: Option<f64>, sd_mm: f64, reach_mm: f64| {
        let mut n = needle("n1");
        let other = Nearness { region: "scar".to_owned(), distance_mm: Some(0.0), sd_mm: 0.0, reach_mm: 0.0 };
        n.near = vec![other, Nearness { region: "shunt".to_owned(), distance_mm, sd_mm, reach_mm }];
        let how = |how: &str| {
            let r = one(&format!("{{ needle = {{ meets = {{ region = \"shunt\", how = \"{how}\" }} }} }}"));
            says(&r, &Answers::default(), std::slice::from_ref(&n))
        };
        (how("crosses"), how("may-cross"))
    };
    assert_eq!(at(Some(0.0), 3.0, 0.0), (Says::Fires, Says::Nothing));
    // 1.96 standard deviations of 3 mm are 5.88 mm.
    assert_eq!(at(Some(5.8), 3.0, 0.0), (Says::Nothing, Says::Fires));
    assert_eq!(at(Some(6.0), 3.0, 0.0), (Says::Nothing, Says::Nothing));
    // A needle that starts at a point reaches 25 mm further.
    assert_eq!(at(Some(30.8), 3.0, 25.0), (Says::Nothing, Says::Fires));
    assert_eq!(at(Some(31.0), 3.0, 25.0), (Says::Nothing, Says::Nothing));
    // At the very end of a needle whose place is certain.
    assert_eq!(at(Some(25.0), 0.0, 25.0), (Says::Nothing, Says::Fires));
    // A place that is not known is asked for, and infinitely far is no distance.
    for unknown in [None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY)] {
        let ask = || asks(&["distance to the region of n1"]);
        assert_eq!(at(unknown, 3.0, 0.0), (ask(), ask()), "{unknown:?}");
    }
    // A patient without such a region.
    let r = one(r#"{ needle = { meets = { region = "shunt", how = "crosses" } } }"#);
    assert_eq!(says(&r, &Answers::default(), &[needle("n1")]), Says::Nothing);
}

#[test]
fn questions_come_in_the_order_of_the_rules() {
    let r = rules(&[
        ("a", "stop", r#"{ number = { fact = "months", below = 18 } }"#),
        (
            "b",
            "stop",
            r#"{ all = [{ choice = { fact = "drug", any-of = ["warfarin"] } }, { needle = { electro = true } }] }"#,
        ),
        (
            "c",
            "stop",
            r#"{ any = [{ choice = { fact = "drug", any-of = ["warfarin"] } }, { number = { fact = "months", above = 900 } }] }"#,
        ),
        ("d", "stop", r#"{ not = { yes = "spare" } }"#),
    ]);
    // Each once; what no rule asks comes last.
    let names: Vec<&str> = r.questions().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["months", "drug", "spare", "fever"]);
    assert_eq!(r.questions()[0].1.question, "How old?");
    let first = rules(&[("a", "stop", r#"{ choice = { fact = "drug", any-of = ["warfarin"] } }"#)]);
    assert_eq!(first.questions()[0].0, "drug");
}

#[test]
fn a_rule_is_about_needles_if_any_part_of_it_is() {
    let needles = |when: &str| one(when).rule[0].when.speaks_of_needles();
    assert!(needles("{ needle = { electro = true } }"));
    assert!(needles(r#"{ all = [{ yes = "fever" }, { not = { needle = { electro = true } } }] }"#));
    assert!(needles(r#"{ any = [{ needle = { electro = true } }, { yes = "fever" }] }"#));
    assert!(!needles(r#"{ all = [{ yes = "fever" }, { not = { yes = "spare" } }] }"#));
}

#[test]
fn answers_are_taken_as_people_write_them() {
    let r = rules(&[]);
    let read = |name: &str, text: &str| {
        let mut a = Answers::default();
        a.read(&r.fact, name, text).map(|()| a.get(name).cloned())
    };
    for yes in ["yes", "Yes", "true", " TRUE "] {
        assert_eq!(read("fever", yes), Ok(Some(flag(true))), "{yes}");
    }
    for no in ["no", "No", "false", "FALSE"] {
        assert_eq!(read("fever", no), Ok(Some(flag(false))), "{no}");
    }
    // A child of no months, and a bleeding on this very day, are numbers like others.
    assert_eq!(read("months", "0"), Ok(Some(FactValue::Number(0.0))));
    let said = |name: &str, text: &str| read(name, text).expect_err("no answer").to_string();
    assert_eq!(said("fever", "perhaps"), "fever: perhaps is no answer; expected true or false");
    assert_eq!(said("months", "ten"), "months: ten is no answer; expected a number in months, not negative");
    assert_eq!(said("months", "-1"), "months: -1 is no answer; expected a number in months, not negative");
    assert_eq!(said("drug", "tea"), "drug: tea is no answer; expected one of none, warfarin, heparin");
    for (value, words) in [(flag(true), "yes"), (flag(false), "no"), (word("none"), "none")] {
        assert_eq!(value.words(), words);
        let strange = answered(&[("months", value)]).check(&r.fact).expect_err("not a number").to_string();
        assert!(strange.contains(&format!("months: {words} is no answer")), "{strange}");
    }
    assert_eq!(FactValue::Number(2.5).words(), "2.5");
    // What is written down is read back the same.
    let text = serde_json::to_string(&r.fact).expect("can be written");
    let again: std::collections::BTreeMap<String, FactQuestion> =
        serde_json::from_str(&text).expect("and read");
    assert_eq!(again, r.fact);
    for (kind, unit, options) in [
        ("flag", Some("mm"), 0),
        ("flag", None, 2),
        ("number", None, 0),
        ("number", Some("mm"), 2),
        ("choice", None, 1),
        ("choice", Some("mm"), 2),
    ] {
        let options = vec!["a"; options];
        let mut v = serde_json::json!({ "question": "?", "kind": kind, "options": options });
        if let Some(u) = unit {
            v["unit"] = u.into();
        }
        assert!(serde_json::from_value::<FactQuestion>(v.clone()).is_err(), "{v}");
    }
}

#[test]
fn a_rule_that_asks_a_fact_for_what_it_is_not_is_told_so() {
    let r = rules(&[]);
    let fault = |fact: &str, wanted: Wanted<'_>| facts_of_kind::fault(&r.fact[fact], &wanted);
    let words = |w: &[&str]| w.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let below = Bounds { below: Some(18.0), ..Bounds::default() };
    let above = Bounds { above: Some(18.0), ..Bounds::default() };
    let at_least = Bounds { at_least: Some(18.0), ..Bounds::default() };
    assert_eq!(fault("fever", Wanted::Flag), None);
    for bounds in [below, above, at_least] {
        assert_eq!(fault("months", Wanted::Number(bounds)), None);
    }
    assert_eq!(fault("drug", Wanted::Choice(&words(&["heparin"]))), None);
    let said = |f: Option<String>| f.expect("a fault");
    assert_eq!(said(fault("months", Wanted::Number(Bounds::default()))), "is tested against no bound");
    assert_eq!(said(fault("drug", Wanted::Choice(&[]))), "is tested against no word");
    assert_eq!(
        said(fault("drug", Wanted::Choice(&words(&["none", "tea"])))),
        "is never \"tea\": it is one of none, warfarin, heparin"
    );
    assert_eq!(said(fault("fever", Wanted::Number(below))), "is a yes or no and is tested as something else");
    assert_eq!(said(fault("months", Wanted::Flag)), "is a number and is tested as something else");
    assert_eq!(said(fault("drug", Wanted::Flag)), "is a choice and is tested as something else");
}

#[test]
fn cases_that_do_not_show_what_they_should_are_told() {
    let r = rules(&[
        ("fever", "stop", r#"{ yes = "fever" }"#),
        ("deep", "stop", r#"{ all = [{ yes = "fever" }, { needle = { depth-mm = { above = 12 } } }] }"#),
    ]);
    let good = r#"
        [case.fever.fires]
        facts = { fever = true }
        [case.fever.near-miss]
        facts = { fever = false }
        [case.deep.fires]
        facts = { fever = true }
        needle = { depth-mm = 20 }
        [case.deep.near-miss]
        needle = { depth-mm = 12 }
    "#;
    let faults = |r: &SafetyRules, text: &str| -> Vec<String> {
        let cases: CaseFile = toml::from_str(text).expect("cases that can be read");
        cases::faults(r, &cases).into_iter().map(|(id, text)| format!("{id}: {text}")).collect()
    };
    assert_eq!(faults(&r, good), [""; 0]);
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        faults(&r, &good.replacen(from, to, 1))
    };
    assert_eq!(changed("needle = { depth-mm = 20 }", ""), ["deep: its case does not fire it"]);
    assert_eq!(
        changed("needle = { depth-mm = 12 }", "needle = { depth-mm = 13 }"),
        ["deep: its near miss fires it"]
    );
    let two = changed("needle = { depth-mm = 12 }", "needle = { depth-mm = 12, embedded = true }");
    assert_eq!(two, ["deep: a near miss changes one thing; this one changes 2"]);
    let two = changed("needle = { depth-mm = 12 }", "needle = { depth-mm = 12 }\nfacts = { fever = false }");
    assert_eq!(two, ["deep: a near miss changes one thing; this one changes 2"]);
    let none = changed("facts = { fever = false }", "");
    assert_eq!(
        none,
        ["fever: its near miss fires it", "fever: a near miss changes one thing; this one changes 0"]
    );
    let other = good.replace("[case.fever.", "[case.feber.");
    assert_eq!(
        faults(&r, &other),
        ["fever: the rule has no case that fires it and no near miss", "feber: the case belongs to no rule"]
    );
    let wrong = changed("facts = { fever = true }", "facts = { fever = \"high\" }");
    assert!(wrong[0].contains("high is no answer; expected true or false"), "{wrong:?}");
    // A case that says nothing about something that matters and is not known of an ordinary needle.
    let upward = rules(&[("current", "stop", "{ needle = { current-ma = { above = 10 } } }")]);
    let text = "[case.current.fires]\nneedle = { electro = true }\n[case.current.near-miss]\nneedle = { embedded = true }\n";
    assert_eq!(
        faults(&upward, text),
        ["current: its case leaves open: current-ma of n1", "current: its near miss leaves it open"]
    );
    // A rule that would stop everybody.
    let everybody = rules(&[("all", "stop", "{ needle = { electro = false } }")]);
    let text = "[case.all.fires]\n[case.all.near-miss]\nneedle = { electro = true }\n";
    assert_eq!(faults(&everybody, text), ["all: the rule speaks about an ordinary patient and needle"]);
}

#[test]
fn a_case_changes_what_it_names_and_nothing_else() {
    let r = rules(&[]);
    let start = ordinary(&r);
    assert_eq!(start.facts.get("months"), Some(&FactValue::Number(600.0)));
    assert_eq!(start.facts.get("drug"), Some(&word("none")));
    let text = r#"
        facts = { fever = true }
        [needle]
        site = "LI4"
        region = "body"
        depth-mm = 1
        depth-cun = 2
        diameter-mm = 3
        angle-deg = 4
        electro = true
        current-ma = 5
        electro-min = 6
        embedded = true
        upward = true
        near = [{ region = "scar", sd-mm = 1 }]
    "#;
    let changes: cases::Changes = toml::from_str(text).expect("changes that can be read");
    assert_eq!(changes.size(), 13);
    let scene = changes.on(start.clone());
    let n = &scene.needle;
    assert_eq!((n.site.as_str(), n.electro, n.embedded, n.upward), ("LI4", true, true, Some(true)));
    let numbers = [n.depth_mm, n.depth_cun, n.diameter_mm, n.angle_deg, n.current_ma, n.electro_min];
    assert_eq!(numbers, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(Some));
    assert_eq!((n.near.len(), n.id.as_str(), n.side), (1, "n1", Side::Left));
    let changed: BTreeSet<&String> =
        scene.facts.0.iter().filter(|(k, v)| start.facts.get(k) != Some(v)).map(|(k, _)| k).collect();
    assert_eq!(changed.into_iter().collect::<Vec<_>>(), ["fever"]);
    assert_eq!(cases::Changes::default().on(start.clone()), start);
    assert!(matches!(r.fact["months"].kind, FactKind::Number { .. }));
    assert!(Level::Stop > Level::Decide && Level::Decide > Level::Caution);
}
