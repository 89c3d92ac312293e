//! Mantel and Haenszel's and Peto's methods against metafor, and with empty cells.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod oracle;

use baihui_evidence::effect_size::TwoByTwo;
use baihui_evidence::rare::*;
use oracle::{Comparison, json, number};
use proptest::prelude::*;

#[test]
fn metafor_is_reproduced() {
    let Some(file) = json("meta_regression.json") else { return };
    let data = json("pairwise/bcg_RR.json").unwrap();
    let tables: Vec<TwoByTwo> = data["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| TwoByTwo {
            a: number(&row["tpos"]),
            b: number(&row["tneg"]),
            c: number(&row["cpos"]),
            d: number(&row["cneg"]),
        })
        .collect();
    let mut c = Comparison::new("meta_regression.json rma.mh and rma.peto", 1e-8);
    for (key, method) in [
        ("bcg/rma.mh OR", RareMethod::MantelHaenszelOddsRatio),
        ("bcg/rma.mh RR", RareMethod::MantelHaenszelRiskRatio),
        ("bcg/rma.mh RD", RareMethod::MantelHaenszelRiskDifference),
        ("bcg/rma.peto", RareMethod::Peto),
    ] {
        let (p, want) = (pool_tables(&tables, method).unwrap(), &file[key]);
        let (lower, upper) = p.limits(0.95);
        for (name, got) in [
            ("beta", p.estimate),
            ("se", p.se),
            ("z", p.statistic()),
            ("p", p.p_value()),
            ("lb", lower),
            ("ub", upper),
            ("QE", p.q),
            ("QEp", p.q_p_value()),
        ] {
            c.value(&format!("{key} {name}"), got, &want[name]);
        }
    }
    let want = &file["bcg/rma.mh OR"];
    let tests = [
        ("MH", mantel_haenszel_test(&tables, true).unwrap()),
        ("CO", cochran_test(&tables, true).unwrap()),
        ("TA", tarone_test(&tables).unwrap()),
    ];
    for (name, got) in tests {
        c.value(name, got.statistic, &want[name]);
        c.value(&format!("{name}p"), got.p_value, &want[format!("{name}p")]);
    }
    c.finish(35);
}

const fn table(a: f64, b: f64, c: f64, d: f64) -> TwoByTwo {
    TwoByTwo { a, b, c, d }
}

#[test]
fn studies_without_events_are_reported_not_corrected() {
    let tables = [table(0.0, 50.0, 3.0, 47.0), table(0.0, 30.0, 0.0, 30.0), table(2.0, 48.0, 4.0, 46.0)];
    for method in [RareMethod::MantelHaenszelOddsRatio, RareMethod::MantelHaenszelRiskRatio, RareMethod::Peto]
    {
        let p = pool_tables(&tables, method).unwrap();
        assert_eq!(p.uninformative, [1]);
        let without = pool_tables(&[tables[0], tables[2]], method).unwrap();
        assert!((p.estimate - without.estimate).abs() < 1e-14, "{method:?}");
        assert!((p.se - without.se).abs() < 1e-14, "{method:?}");
    }
    // For the risk difference, a study without events is evidence of no difference.
    let p = pool_tables(&tables, RareMethod::MantelHaenszelRiskDifference).unwrap();
    assert!(p.uninformative.is_empty());
}

#[test]
fn no_events_at_all_is_an_error() {
    let tables = [table(0.0, 50.0, 0.0, 47.0), table(0.0, 30.0, 0.0, 30.0)];
    for method in [
        RareMethod::MantelHaenszelOddsRatio,
        RareMethod::MantelHaenszelRiskRatio,
        RareMethod::MantelHaenszelRiskDifference,
        RareMethod::Peto,
    ] {
        assert!(matches!(pool_tables(&tables, method), Err(RareError::Undefined { .. })), "{method:?}");
    }
    assert!(mantel_haenszel_test(&tables, true).is_err());
    assert_eq!(pool_tables(&[], RareMethod::Peto).unwrap_err(), RareError::NoStudies);
    let damaged = [tables[0], table(1.0, 2.0, -1.0, 5.0)];
    assert_eq!(
        pool_tables(&damaged, RareMethod::Peto).unwrap_err().to_string(),
        "row 1: c is -1, and it cannot be negative"
    );
    let empty = [table(0.0, 0.0, 1.0, 5.0)];
    assert_eq!(
        pool_tables(&empty, RareMethod::Peto).unwrap_err().to_string(),
        "row 0: arm 1 is empty: the arm has nobody in it"
    );
}

proptest! {
    #[test]
    fn swapping_arms_flips_signs(cells in prop::collection::vec((0u32..20, 1u32..90, 1u32..20, 1u32..90), 2..8)) {
        let mut tables: Vec<TwoByTwo> =
            cells.iter().map(|(a, b, c, d)| table((*a).into(), (*b).into(), (*c).into(), (*d).into())).collect();
        tables[0].a += 1.0;
        let swapped: Vec<TwoByTwo> = tables.iter().map(TwoByTwo::swapped).collect();
        for method in [RareMethod::MantelHaenszelOddsRatio, RareMethod::MantelHaenszelRiskRatio,
                       RareMethod::MantelHaenszelRiskDifference, RareMethod::Peto] {
            let (p, q) = (pool_tables(&tables, method).unwrap(), pool_tables(&swapped, method).unwrap());
            prop_assert!((p.estimate + q.estimate).abs() < 1e-11, "{:?}", method);
            prop_assert!((p.se - q.se).abs() < 1e-11, "{:?}", method);
        }
        let (t, u) = (tarone_test(&tables).unwrap(), tarone_test(&swapped).unwrap());
        prop_assert!((t.statistic - u.statistic).abs() < 1e-7 * (1.0 + t.statistic));
        prop_assert!(t.statistic > -1e-9);
    }
}
