//! Scores against a second implementation, and what changes mean.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use baihui_clinic::{
    instrument::{
        Instrument, Response, Responses, ScoreError, Scoring, Ship,
        change::{Direction, Reach, Threshold, ThresholdKind},
        faults,
    },
    knowledge::{self, Knowledge},
};

/// Read once for all tests.
fn knowledge() -> &'static Knowledge {
    static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
        let atlas = baihui_atlas::built_in::atlas(&[]).expect("the atlas has no problems");
        knowledge::built_in(&atlas, &[]).unwrap_or_else(|p| panic!("{p:?}"))
    });
    &KNOWLEDGE
}

fn pairs(text: &str) -> BTreeMap<String, f64> {
    let pair = |p: &str| p.split_once('=').map(|(k, v)| (k.to_owned(), v.parse().unwrap()));
    text.split(';').filter_map(pair).collect()
}

fn values(text: &str) -> Responses {
    pairs(text).into_iter().map(|(k, v)| (k, Response::Value(v))).collect()
}

#[test]
fn scores_are_those_of_a_second_implementation() {
    let k = knowledge();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for line in include_str!("data/scores.csv").lines().skip(1) {
        let [name, responses, total, subs] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let i = k.instrument(name).unwrap();
        let score = i.score(&values(responses)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(score.total, total.parse::<f64>().unwrap(), "{line}");
        let got: BTreeMap<String, f64> = score.subscores.iter().map(|s| (s.id.clone(), s.value)).collect();
        assert_eq!(got, pairs(subs), "{line}");
        assert!(score.subscores.iter().all(|s| s.value <= s.max));
        // The score that was worked out can also be given.
        assert_eq!(i.given(score.total).unwrap().total, score.total);
        *seen.entry(name).or_default() += 1;
    }
    assert_eq!(seen.len(), 14);
    assert!(seen.values().all(|n| *n == 22));
    // Every instrument that is summed is in the table.
    for i in k.instruments.values().filter(|i| i.scoring == baihui_clinic::instrument::Scoring::Sum) {
        assert!(seen.contains_key(i.id.as_str()), "{}", i.id);
    }
}

/// Responses with words among them, as `1a=2;7=untestable`.
fn marked(text: &str) -> Responses {
    let pair = |p: &str| {
        let (k, v) = p.split_once('=').unwrap();
        let response = v.parse().map_or_else(|_| Response::Word(v.to_owned()), Response::Value);
        (k.to_owned(), response)
    };
    text.split(';').map(pair).collect()
}

#[test]
fn scores_are_those_of_other_programs_and_of_printed_examples() {
    let k = knowledge();
    let mut sources: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in include_str!("data/worked.csv").lines().skip(1) {
        let [name, responses, total, subs, source] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let responses = marked(responses);
        let score = k.instrument(name).unwrap().score(&responses).unwrap_or_else(|e| panic!("{line}: {e}"));
        // Printed with two decimals where it is no whole number.
        let decimals = total.split_once('.').map_or(0, |(_, d)| d.len());
        assert_eq!(format!("{:.decimals$}", score.total), total, "{line}");
        let got: BTreeMap<String, f64> = score.subscores.iter().map(|s| (s.id.clone(), s.value)).collect();
        if !subs.is_empty() {
            assert_eq!(got, pairs(subs), "{line}");
        }
        let untestable = |r: &&Response| **r == Response::Word("untestable".to_owned());
        assert_eq!(score.untestable.len(), responses.values().filter(untestable).count(), "{line}");
        sources.entry(name).or_default().insert(source.split(' ').next().unwrap());
    }
    let found: Vec<(&str, usize)> = sources.iter().map(|(name, from)| (*name, from.len())).collect();
    assert_eq!(
        found,
        [
            ("10mwt", 1),
            ("barthel", 1),
            ("ham-d17", 1),
            ("nihss", 2),
            ("pcl-5", 2),
            ("phq-9", 4),
            ("slums", 1)
        ]
    );
}

fn all(i: &Instrument, value: impl Fn(&baihui_clinic::instrument::Item) -> Response) -> Responses {
    i.item.iter().map(|item| (item.id.clone(), value(item))).collect()
}

#[test]
fn nothing_is_filled_in_and_nothing_impossible_is_taken() {
    let k = knowledge();
    let i = k.instrument("PHQ-9").unwrap();
    let zero = all(i, |_| Response::Value(0.0));
    assert_eq!(i.score(&zero).unwrap().total, 0.0);
    let mut r = zero.clone();
    r.remove("4");
    assert!(matches!(i.score(&r), Err(ScoreError::Missing { items, .. }) if items == ["4"]));
    for bad in [-1.0, 4.0, 0.5, f64::NAN, f64::INFINITY] {
        let mut r = zero.clone();
        r.insert("4".to_owned(), Response::Value(bad));
        assert!(matches!(i.score(&r), Err(ScoreError::NotPossible { item, .. }) if item == "4"), "{bad}");
    }
    let mut r = zero.clone();
    r.insert("10".to_owned(), Response::Value(0.0));
    assert!(matches!(i.score(&r), Err(ScoreError::NoSuchItem { item, .. }) if item == "10"));
    let mut r = zero;
    r.insert("4".to_owned(), Response::Word("untestable".to_owned()));
    assert!(matches!(i.score(&r), Err(ScoreError::NotPossible { .. })), "only items that may be untestable");
}

#[test]
fn an_untestable_item_counts_nothing_and_is_named() {
    let k = knowledge();
    let i = k.instrument("nihss").unwrap();
    let mut r = all(i, |item| Response::Value(*item.values.last().unwrap()));
    assert_eq!(i.score(&r).unwrap().total, 42.0);
    r.insert("5a".to_owned(), Response::Word("untestable".to_owned()));
    let score = i.score(&r).unwrap();
    assert_eq!((score.total, score.untestable), (38.0, vec!["5a".to_owned()]));
    r.insert("9".to_owned(), Response::Word("untestable".to_owned()));
    assert!(i.score(&r).is_err());
}

#[test]
fn a_refusal_says_what_was_found_and_what_would_do() {
    let k = knowledge();
    let said = |id: &str, r: &[(&str, Response)]| {
        let r = r.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        k.instrument(id).unwrap().score(&r).unwrap_err().to_string()
    };
    let (word, v) = (|w: &str| Response::Word(w.to_owned()), Response::Value);
    assert_eq!(said("mrs", &[("1", v(7.0))]), "mRS, item 1: 7 is not possible; expected 0, 1, 2, 3, 4, 5, 6");
    assert_eq!(
        said("mrs", &[("1", word("well"))]),
        "mRS, item 1: well is not possible; expected 0, 1, 2, 3, 4, 5, 6"
    );
    assert_eq!(said("mrs", &[("2", v(1.0))]), "mRS has no item 2; its items are 1");
    assert_eq!(said("mrs", &[]), "mRS: not answered: 1");
    for bad in [0.0, -3.0, f64::INFINITY, f64::NAN] {
        assert_eq!(
            said("tug", &[("t1", v(bad))]),
            format!("TUG, item t1: {bad} is not possible; expected a number above 0")
        );
    }
    assert!(said("tug", &[("t1", word("quickly"))]).contains("quickly is not possible"));
    // Where an item may be untestable, that is among what would do.
    let mut r: Vec<(String, Response)> =
        k.instrument("nihss").unwrap().item.iter().map(|i| (i.id.clone(), v(0.0))).collect();
    for (id, value) in &mut r {
        if id == "7" {
            *value = v(3.0);
        }
    }
    let e = k.instrument("nihss").unwrap().score(&r.into_iter().collect()).unwrap_err().to_string();
    assert_eq!(e, "NIHSS, item 7: 3 is not possible; expected 0, 1, 2, untestable");
    let given = |id: &str, total: f64| k.instrument(id).unwrap().given(total).unwrap_err().to_string();
    assert_eq!(
        given("barthel", 52.0),
        "BI, item total: 52 is not possible; expected 0 to 100 {score}, in steps of 5"
    );
    assert_eq!(given("tug", -1.0), "TUG, item total: -1 is not possible; expected 0 or more s");
    assert!(k.instrument("tug").unwrap().given(0.0).is_ok());
    // Of what nobody may ship, why is said.
    let only = k.instrument("moca").unwrap().score(&Responses::new()).unwrap_err().to_string();
    assert!(only.starts_with("of MoCA only the score is kept: ") && only.len() > 40, "{only}");
}

#[test]
fn grades_times_and_speeds() {
    let k = knowledge();
    let score = |id: &str, r: &[(&str, Response)]| {
        let r = r.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        k.instrument(id).unwrap().score(&r).map(|s| s.total)
    };
    let word = |w: &str| Response::Word(w.to_owned());
    // The grades of Ashworth are ranks: 1+ lies between 1 and 2.
    for (grade, rank) in [("0", 0.0), ("1", 1.0), ("1+", 2.0), ("2", 3.0), ("3", 4.0), ("4", 5.0)] {
        assert_eq!(score("mas", &[("1", word(grade))]), Ok(rank));
    }
    assert!(score("mas", &[("1", word("5"))]).is_err());
    let v = Response::Value;
    assert_eq!(score("10mwt", &[("t1", v(12.5))]), Ok(0.8));
    assert_eq!(score("10mwt", &[("t1", v(10.0)), ("t2", v(30.0))]), Ok(0.5));
    assert_eq!(score("tug", &[("t1", v(10.0)), ("t3", v(20.0))]), Ok(15.0));
    assert!(score("tug", &[("t2", v(10.0))]).is_err());
    assert!(score("10mwt", &[("t1", v(0.0))]).is_err());
}

#[test]
fn only_scores_are_kept_of_what_may_not_be_shipped() {
    let k = knowledge();
    for id in ["moca", "mmse", "mds-updrs-iii", "wab-aq", "bdae-severity", "edss", "psqi", "eq-5d-5l", "arat"]
    {
        let i = k.instrument(id).unwrap();
        assert!(i.item.is_empty(), "{id}");
        assert!(matches!(i.score(&Responses::new()), Err(ScoreError::ScoreOnly { .. })), "{id}");
        assert!(i.given(i.max.unwrap()).is_ok() && i.given(i.min).is_ok(), "{id}");
        for bad in [i.max.unwrap() + 1.0, i.min - 1.0, f64::NAN] {
            assert!(i.given(bad).is_err(), "{id} {bad}");
        }
    }
    let edss = k.instrument("edss").unwrap();
    assert!(edss.given(3.5).is_ok() && edss.given(3.25).is_err());
    assert!(k.instrument("wab-aq").unwrap().given(81.3).is_ok());
    assert!(k.instrument("barthel").unwrap().given(52.0).is_err(), "steps of 5");
}

#[test]
fn a_description_that_contradicts_itself_is_told() {
    let k = knowledge();
    let faults = |id: &str, change: &dyn Fn(&mut Instrument)| {
        let mut i = k.instrument(id).unwrap().clone();
        change(&mut i);
        faults(&i).into_iter().map(|(near, text)| format!("{near}: {text}")).collect::<Vec<_>>()
    };
    for i in k.instruments.values() {
        assert_eq!(baihui_clinic::instrument::faults(i), [], "{}", i.id);
    }
    let one = |id: &str, change: &dyn Fn(&mut Instrument), expected: &str| {
        assert_eq!(faults(id, change), [expected], "{id}");
    };
    let many = |id: &str, change: &dyn Fn(&mut Instrument), expected: &str| {
        let all = faults(id, change);
        assert!(all.iter().any(|f| f == expected), "{id}: {all:?}");
    };
    one("phq-9", &|i| i.licence.ship = Ship::ScoreOnly, "ship: only scores may be kept, but it has items");
    one("moca", &|i| i.licence.ship = Ship::Items, "ship: items may be shipped, but it has none");
    let given = "scoring: the scoring `given` goes with no items, any other with items";
    many("phq-9", &|i| i.scoring = Scoring::Given, given);
    many("moca", &|i| i.scoring = Scoring::Single, given);
    many("moca", &|i| i.scoring = Scoring::Single, "scoring: the scoring `single` goes with one item");
    many("phq-9", &|i| i.scoring = Scoring::Single, "scoring: the scoring `single` goes with one item");
    let ends = "max: the highest score is not above the lowest";
    many("moca", &|i| i.max = Some(i.min), ends);
    many("moca", &|i| i.max = Some(i.min - 1.0), ends);
    many("phq-9", &|i| i.item[1].id = "1".to_owned(), "id = \"1\": two items are called 1");
    one("mas", &|i| drop(i.item[0].words.pop()), "id = \"1\": item 1 has 6 values but 5 words");
    for wrong in [[0.0, 0.0, 2.0, 3.0], [1.0, 0.0, 2.0, 3.0]] {
        let change = |i: &mut Instrument| i.item[3].values = wrong.to_vec();
        many("phq-9", &change, "id = \"4\": the values of item 4 do not rise");
    }
    one("phq-9", &|i| i.min = 1.0, "max: the items sum to 0–27, but the range is 1–27");
    one("phq-9", &|i| i.max = None, "max: the items sum to 0–27, but the range is 0–open");
    one("pcl-5", &|i| i.subscale[0].max = 21.0, "id = \"B\": the items of B sum to 20, not 21");
    one(
        "pcl-5",
        &|i| i.subscale[0].items.push("21".to_owned()),
        "id = \"B\": the subscale B names items that do not exist",
    );
    one(
        "nihss",
        &|i| i.loinc.as_mut().unwrap().code = "72089-5".to_owned(),
        "loinc: the check digit of the LOINC code is wrong",
    );
    let range = "threshold: a threshold is a positive range";
    one("thi", &|i| i.threshold[0].low = i.threshold[0].high + 0.5, range);
    one("thi", &|i| i.threshold[0].low = 0.0, range);
    one("thi", &|i| i.threshold[0].low = -1.0, range);
}

#[test]
fn a_change_is_told_against_every_source() {
    let k = knowledge();
    let m = |id: &str, a: f64, b: f64| k.instrument(id).unwrap().meaning(a, b);
    // Lower is better.
    let thi = m("thi", 60.0, 50.0);
    assert_eq!((thi.change, thi.direction, thi.disputed), (-10.0, Direction::Better, true));
    assert_eq!(thi.against.iter().map(|r| r.reached).collect::<Vec<_>>(), [Reach::Above, Reach::Within]);
    assert_eq!(
        m("thi", 60.0, 40.0).against.iter().map(|r| r.reached).collect::<Vec<_>>(),
        [Reach::Above, Reach::Above]
    );
    assert!(!m("thi", 60.0, 40.0).disputed && !m("thi", 60.0, 58.0).disputed);
    assert_eq!(m("thi", 50.0, 60.0).direction, Direction::Worse);
    // Higher is better.
    assert_eq!(m("barthel", 50.0, 60.0).direction, Direction::Better);
    assert_eq!(m("barthel", 50.0, 50.0).direction, Direction::Same);
    assert_eq!(m("barthel", 50.0, 60.0).against[0].reached, Reach::Above);
    assert_eq!(m("barthel", 50.0, 55.0).against[0].reached, Reach::Below);
    // The threshold of 1.85 belongs to the form with 20 points.
    assert_eq!(m("barthel-20", 10.0, 12.0).against[0].reached, Reach::Above);
    assert_eq!(m("barthel-20", 10.0, 11.0).against[0].reached, Reach::Below);
    // One threshold for the better and another for the worse.
    let updrs =
        |a, b| m("mds-updrs-iii", a, b).against.iter().map(|r| (r.threshold, r.reached)).collect::<Vec<_>>();
    assert_eq!(updrs(40.0, 36.0), [(0, Reach::Above)]);
    assert_eq!(updrs(36.0, 40.0), [(1, Reach::Below)]);
    // 0.3 + 0.16 is a little less than 0.46 to a computer.
    assert_eq!(m("10mwt", 0.3, 0.46).against[0].reached, Reach::Above);
}

/// An instrument with thresholds that are made up here: kind, least, highest.
fn with_thresholds(thresholds: &[(ThresholdKind, f64, f64)]) -> Instrument {
    let mut i = knowledge().instrument("thi").unwrap().clone();
    i.threshold = thresholds
        .iter()
        .map(|&(kind, low, high)| Threshold {
            kind,
            low,
            high,
            population: String::new(),
            only: None,
            sources: Vec::new(),
        })
        .collect();
    i
}

#[test]
fn steps_are_counted_from_the_lowest_score() {
    let mut i = with_thresholds(&[]);
    (i.min, i.max, i.step) = (1.0, Some(17.0), Some(4.0));
    for good in [1.0, 5.0, 17.0] {
        assert!(i.given(good).is_ok(), "{good}");
    }
    for bad in [2.0, 3.0, 4.0, 8.0, 21.0] {
        assert!(i.given(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_change_reaches_a_threshold_at_its_very_ends() {
    use ThresholdKind::{Mcid, Mdc};
    let reached = |i: &Instrument, size: f64| {
        let m = i.meaning(50.0, 50.0 - size);
        (m.against.iter().map(|r| r.reached).collect::<Vec<_>>(), m.disputed)
    };
    let i = with_thresholds(&[(Mcid, 4.0, 8.0)]);
    assert_eq!(reached(&i, 3.9), (vec![Reach::Below], false));
    assert_eq!(reached(&i, 4.0), (vec![Reach::Within], true));
    assert_eq!(reached(&i, 7.9), (vec![Reach::Within], true));
    assert_eq!(reached(&i, 8.0), (vec![Reach::Above], false));
    // For the worse it counts as much.
    assert_eq!(reached(&i, -8.0), (vec![Reach::Above], false));
    // Scores in tenths: 0.3 - 0.1 is a little less than 0.2 to a computer, and reaches it.
    let tenths = with_thresholds(&[(Mcid, 0.2, 0.2)]);
    assert_eq!(tenths.meaning(0.1, 0.3).against[0].reached, Reach::Above);
    assert_eq!(tenths.meaning(0.3, 0.1).against[0].reached, Reach::Above);
    let range = with_thresholds(&[(Mcid, 0.2, 0.4)]);
    assert_eq!(range.meaning(0.3, 0.1).against[0].reached, Reach::Within);
    assert_eq!(range.meaning(0.5, 0.1).against[0].reached, Reach::Above);
    assert_eq!(range.meaning(0.8, 0.4).against[0].reached, Reach::Above);
    // Sources of one kind that disagree make a change disputed; one that is more than error of measurement and
    // yet matters to nobody is no contradiction.
    let two = with_thresholds(&[(Mcid, 4.0, 4.0), (Mcid, 8.0, 8.0)]);
    assert_eq!(reached(&two, 6.0), (vec![Reach::Above, Reach::Below], true));
    assert!(!reached(&two, 3.0).1 && !reached(&two, 9.0).1);
    let kinds = with_thresholds(&[(Mdc, 4.0, 4.0), (Mcid, 8.0, 8.0)]);
    assert_eq!(reached(&kinds, 6.0), (vec![Reach::Above, Reach::Below], false));
    let errors = with_thresholds(&[(Mdc, 4.0, 4.0), (Mcid, 8.0, 8.0), (Mdc, 7.0, 7.0)]);
    assert!(reached(&errors, 6.0).1);
}
