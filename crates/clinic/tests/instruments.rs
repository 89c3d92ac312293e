//! Scores against a second implementation, and what changes mean.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::collections::BTreeMap;

use baihui_clinic::{
    instrument::{
        Instrument, Response, Responses, ScoreError,
        change::{Direction, Reach},
    },
    knowledge::{self, Knowledge},
};

fn knowledge() -> Knowledge {
    let atlas = baihui_atlas::built_in::atlas(&[]).expect("the atlas has no problems");
    knowledge::built_in(&atlas, &[]).unwrap_or_else(|p| panic!("{p:?}"))
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
