//! Dependent effects against dense matrices (numpy) and clubSandwich; the scripts are in `tests/data`.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

use baihui_evidence::multilevel::*;
use baihui_evidence::pairwise::PoolError;
use baihui_evidence::regression::{Moderator, RegressionError};

struct Data {
    study: Vec<String>,
    y: Vec<f64>,
    v: Vec<f64>,
    x: Vec<f64>,
}

fn data() -> Data {
    let rows: Vec<Vec<&str>> =
        include_str!("data/multilevel.csv").lines().skip(1).map(|l| l.split(',').collect()).collect();
    let column = |i: usize| rows.iter().map(|r| r[i].parse().unwrap()).collect();
    Data { study: rows.iter().map(|r| r[0].to_owned()).collect(), y: column(1), v: column(2), x: column(3) }
}

fn close(got: f64, want: f64) {
    assert!((got / want - 1.0).abs() < 1e-8, "got {got}, reference {want}");
}

#[test]
fn three_levels_agree_with_dense_matrices() {
    let d = data();
    let t = three_level(&d.y, &d.v, &d.study).unwrap();
    // multilevel_reference.py
    close(t.estimate, 0.656_952_738_080_233_9);
    close(t.se, 0.154_119_303_437_999_32);
    close(t.between, 0.164_339_150_380_500_45);
    close(t.within, 0.069_857_881_465_642_55);
    assert_eq!((t.effects, t.studies, t.df), (30, 10, 9.0));
    // metafor 3.8-1: robust(rma.mv(y, v, random = ~ 1 | study/id), cluster = study), whose variances stop at 4e-8.
    assert!((t.robust_se / 0.153_804_053_582_196 - 1.0).abs() < 1e-6, "{}", t.robust_se);
    assert!((t.robust_p_value() / 0.002_076_150_847 - 1.0).abs() < 1e-5, "{}", t.robust_p_value());
    assert!(t.interval(0.95).lower < t.estimate && t.p_value() < 0.01);
}

#[test]
fn robust_errors_agree_with_clubsandwich() {
    let d = data();
    let want = |name: &str| -> f64 {
        let table = include_str!("data/multilevel_robust.csv");
        table.lines().find_map(|l| l.strip_prefix(&format!("{name},"))).unwrap().parse().unwrap()
    };
    let x = [Moderator::new("x", d.x.clone())];
    for (correction, code) in [(Correction::Cr0, "CR0"), (Correction::Cr1, "CR1p"), (Correction::Cr2, "CR2")]
    {
        let fit = robust(&d.y, &d.v, &x, want("tau2"), &d.study, correction).unwrap();
        for (j, c) in fit.iter().enumerate() {
            close(c.estimate, want(&format!("{code}.beta{j}")));
            close(c.se, want(&format!("{code}.se{j}")));
            if correction == Correction::Cr2 {
                close(c.df, want(&format!("CR2.df{j}")));
            }
        }
    }
}

#[test]
fn effects_of_one_study_in_any_order_give_the_same() {
    let d = data();
    let back = |x: &[f64]| x.iter().rev().copied().collect::<Vec<f64>>();
    let study: Vec<String> = d.study.iter().rev().cloned().collect();
    let (a, b) =
        (three_level(&d.y, &d.v, &d.study).unwrap(), three_level(&back(&d.y), &back(&d.v), &study).unwrap());
    assert!((a.between - b.between).abs() < 1e-9 && (a.estimate - b.estimate).abs() < 1e-9);
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let d = data();
    let own: Vec<String> = (0..30).map(|i| format!("{i:02}")).collect();
    assert!(matches!(
        three_level(&d.y, &d.v, &own),
        Err(RegressionError::Pool(PoolError::Unsupported { .. }))
    ));
    let one = vec!["a".to_owned(); 30];
    assert!(matches!(
        three_level(&d.y, &d.v, &one),
        Err(RegressionError::Pool(PoolError::TooFewStudies { studies: 1, .. }))
    ));
    assert!(three_level(&d.y, &d.v, &own[..3]).is_err());
    let x = [Moderator::new("x", d.x.clone())];
    assert!(matches!(
        robust(&d.y, &d.v, &x, 0.1, &one, Correction::Cr2),
        Err(RegressionError::TooFewStudies { studies: 1, coefficients: 2 })
    ));
    let mut bad = d.x.clone();
    bad[4] = f64::NAN;
    let error = robust(&d.y, &d.v, &[Moderator::new("x", bad)], 0.1, &d.study, Correction::Cr2).unwrap_err();
    assert_eq!(error.to_string(), "row 4: the moderator x is NaN, which is not a number that can be used");
}
