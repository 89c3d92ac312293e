//! Single-patient statistics: what must hold for any data, and damaged input.

use baihui_evidence::single_case::{
    Alternative, Assignments, Baseline, Column, Improvement, MixedMethod, MixedModel, NapError, OddsScale,
    PairedBlock, Phases, RandomCovariance, SingleCaseError, StartScheme, alternation_test, fit_mixed, ird,
    log_odds_ratio, log_ratio_of_medians, log_response_ratio, multiple_baseline_test, nap, paired_blocks,
    pand, pem, percent_of_goal, piecewise_ar1, piecewise_ols, pnd, rank_sum, sign_flip_test, smd,
    start_point_test, tau, tau_bc, tau_u,
};
use proptest::prelude::*;

const ASSIGN: Assignments = Assignments { max_exact: 1 << 16, draws: 4000, seed: 7 };

fn values(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((0..20i32).prop_map(f64::from), n)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn direction_mirrors(a in values(2..9), b in values(2..9)) {
        let up = Phases::new(&a, &b, Improvement::Increase).expect("valid");
        let down = Phases::new(&a, &b, Improvement::Decrease).expect("valid");
        let (x, y) = (nap(&up, NapError::Hanley, 0.95).expect("NAP"), nap(&down, NapError::Hanley, 0.95).expect("NAP"));
        prop_assert!((x.estimate + y.estimate - 1.0).abs() < 1e-12);
        prop_assert!((x.interval.0 + y.interval.1 - 1.0).abs() < 1e-9);
        prop_assert!(x.interval.0 <= x.estimate && x.estimate <= x.interval.1);
        prop_assert!((tau_u(&up) + tau_u(&down)).abs() < 1e-12);
        prop_assert!((rank_sum(&up, true).p - rank_sum(&down, true).p).abs() < 1e-12);
        prop_assert!(pand(&up) >= a.len().max(b.len()) as f64 / (a.len() + b.len()) as f64);
        prop_assert!((0.0..=1.0).contains(&pnd(&up)) && (0.0..=1.0).contains(&pem(&up)) && ird(&up) <= 1.0 + 1e-12);
    }

    /// The limits solve Newcombe's equation.
    #[test]
    fn limits_of_nap_solve_their_equation(a in values(2..9), b in values(2..9)) {
        let p = Phases::new(&a, &b, Improvement::Increase).expect("valid");
        let x = nap(&p, NapError::Null, 0.95).expect("NAP");
        let (m, n) = (a.len() as f64, b.len() as f64);
        let z = 1.959_963_984_540_054_f64;
        let h = (m + n) / 2.0 - 1.0;
        for t in [x.interval.0, x.interval.1] {
            let left = (x.estimate - t).powi(2) * m * n;
            let right = z * z * t * (1.0 - t) * (1.0 + h * (1.0 - t) / (2.0 - t) + h * t / (1.0 + t));
            prop_assert!((left - right).abs() < 1e-9, "{t} {left} {right}");
        }
        if x.estimate == 1.0 {
            prop_assert!(x.interval.0 < 1.0);
        }
    }

    /// A straight line through both phases has no effect once its slope is taken away.
    #[test]
    fn a_pure_trend_vanishes_in_tau_bc(m in 3usize..9, n in 2usize..9, slope in 0.1..5.0_f64) {
        let line = |k: usize| 3.0 + slope * k as f64;
        let a: Vec<f64> = (0..m).map(line).collect();
        let b: Vec<f64> = (m..m + n).map(line).collect();
        let p = Phases::new(&a, &b, Improvement::Increase).expect("valid");
        prop_assert_eq!(tau(&p, NapError::Null, 0.95).expect("tau").estimate, 1.0);
        prop_assert_eq!(tau_bc(&p, NapError::Null, 0.95).expect("tau").estimate, 0.0);
    }

    #[test]
    fn p_values_are_possible(d in prop::collection::vec(-5.0..5.0_f64, 1..10)) {
        let exact = sign_flip_test(&d, Alternative::TwoSided, ASSIGN).expect("test");
        let smallest = 2.0_f64.powi(-(d.len() as i32));
        prop_assert!(exact.exact && exact.p >= smallest && exact.p <= 1.0);
        prop_assert!((exact.p / smallest - (exact.p / smallest).round()).abs() < 1e-9);
        let sampled = sign_flip_test(&d, Alternative::TwoSided, Assignments { max_exact: 0, ..ASSIGN }).expect("test");
        prop_assert!(!sampled.exact && (sampled.p - exact.p).abs() < 0.05);
        let again = sign_flip_test(&d, Alternative::TwoSided, Assignments { max_exact: 0, ..ASSIGN }).expect("test");
        prop_assert_eq!(sampled, again);
    }

    /// Piecewise regression of two exact lines finds them.
    #[test]
    fn piecewise_finds_its_lines(m in 3usize..9, n in 3usize..9, c in prop::array::uniform4(-5.0..5.0_f64)) {
        let start = m + 1;
        let y: Vec<f64> = (1..=m + n).map(|t| {
            let d = f64::from(u8::from(t >= start));
            c[0] + c[1] * t as f64 + c[2] * d + c[3] * d * (t as f64 - start as f64)
        }).collect();
        let f = piecewise_ols(&y, start).expect("fit");
        for (x, c) in [f.intercept, f.slope, f.level_change, f.slope_change].iter().zip(c) {
            prop_assert!((x.estimate - c).abs() < 1e-9);
        }
        prop_assert!(piecewise_ar1(&y, start).is_err());
    }

    #[test]
    fn anything_finite_or_not_never_panics(
        a in prop::collection::vec(any::<f64>(), 0..7),
        b in prop::collection::vec(any::<f64>(), 0..7),
        start in 0usize..9,
    ) {
        if let Ok(p) = Phases::new(&a, &b, Improvement::Decrease) {
            for e in [NapError::Unbiased, NapError::Hanley, NapError::Null] {
                let _ = (nap(&p, e, 0.9), tau(&p, e, 0.9), tau_bc(&p, e, 0.9));
            }
            let _ = (tau_u(&p), pnd(&p), pem(&p), pand(&p), ird(&p), rank_sum(&p, true));
            let _ = (smd(&p, 0.9), log_response_ratio(&p, 0.9), log_ratio_of_medians(&p, 0.9));
            let _ = (log_odds_ratio(&p, OddsScale::Proportion, 0.9), percent_of_goal(&p, 0.0, 0.9));
        }
        let y: Vec<f64> = a.iter().chain(&b).copied().collect();
        let _ = (piecewise_ols(&y, start), piecewise_ar1(&y, start));
        let _ = start_point_test(&y, &[2, 3, start], start, Alternative::Less);
    }
}

#[test]
fn the_smallest_p_of_four_staggered_baselines_is_one_in_twenty_four() {
    // Each baseline steps up exactly at its start: no other allocation of the starts does as well.
    let baselines: Vec<Baseline> = [4usize, 6, 8, 10]
        .iter()
        .map(|&start| Baseline { y: (1..=14).map(|t| if t >= start { 5.0 } else { 1.0 }).collect(), start })
        .collect();
    let run = |scheme: &StartScheme, a| multiple_baseline_test(&baselines, scheme, Alternative::Greater, a);
    let exact = run(&StartScheme::Permuted, ASSIGN).expect("test");
    assert_eq!((exact.possible, exact.p, exact.statistic), (24.0, 1.0 / 24.0, 4.0));
    let lists = vec![vec![3, 4, 5], vec![6, 7], vec![8, 9, 10], vec![9, 10]];
    let independent = run(&StartScheme::Independent(lists.clone()), ASSIGN).expect("test");
    assert_eq!((independent.possible, independent.p), (36.0, 1.0 / 36.0));
    let few = Assignments { max_exact: 1, draws: 5000, seed: 3 };
    assert!((run(&StartScheme::Permuted, few).expect("test").p - 1.0 / 24.0).abs() < 0.015);
    let mut wrong = lists;
    wrong[0] = vec![5];
    assert!(matches!(
        run(&StartScheme::Independent(wrong), ASSIGN),
        Err(SingleCaseError::NotRandomised { count: 1 })
    ));
}

#[test]
fn alternation_counts_what_was_drawn() {
    let y = [1.0, 5.0, 6.0, 2.0, 1.0, 7.0];
    let treated = [false, true, true, false, false, true];
    let pairs = [1, 1, 2, 2, 3, 3];
    let p =
        |block: &[usize], a| alternation_test(&y, &treated, block, Alternative::Greater, a).expect("test");
    assert_eq!((p(&pairs, ASSIGN).possible, p(&pairs, ASSIGN).p), (8.0, 1.0 / 8.0));
    assert_eq!((p(&[1; 6], ASSIGN).possible, p(&[1; 6], ASSIGN).p), (20.0, 1.0 / 20.0));
    assert!((p(&pairs, Assignments { max_exact: 0, ..ASSIGN }).p - 0.125).abs() < 0.03);
}

#[test]
fn messages_name_phase_and_row() {
    let text = |e: SingleCaseError| e.to_string();
    let e = Phases::new(&[1.0, f64::NAN], &[1.0], Improvement::Increase).expect_err("NaN");
    assert_eq!(text(e), "phase A, row 2: NaN is not a finite number");
    let e = Phases::new(&[1.0], &[], Improvement::Increase).expect_err("empty");
    assert_eq!(text(e), "phase B: 0 values, at least 1 are needed");
    let p = Phases::new(&[2.0, 2.0, 2.0], &[1.0, -4.0], Improvement::Increase).expect("valid");
    assert!(text(smd(&p, 0.95).expect_err("no spread")).contains("phase A"));
    assert!(text(log_response_ratio(&p, 0.95).expect_err("negative")).contains("phase B, row 2: -4"));
    assert!(text(percent_of_goal(&p, 1.0, 0.95).expect_err("behind")).contains("goal"));
    assert!(nap(&p, NapError::Null, 95.0).is_err());
    let e = start_point_test(&[1.0, 2.0, 3.0, 4.0], &[2, 3], 4, Alternative::Greater).expect_err("not drawn");
    assert!(text(e).contains("without randomisation there is no randomisation test"));
    let blocks = [PairedBlock { a: 2.0, b: 1.0 }, PairedBlock { a: 3.0, b: 2.0 }];
    assert!(matches!(paired_blocks(&blocks, 0.95, ASSIGN), Err(SingleCaseError::NoSpread { .. })));
}

fn mixed(y: Vec<f64>, groups: usize) -> MixedModel {
    let n = y.len();
    let per = n / groups;
    let ones = Column { name: "level".into(), values: vec![1.0; n] };
    MixedModel {
        y,
        fixed: vec![ones.clone()],
        random: vec![ones],
        group: (0..n).map(|i| format!("p{}", i / per)).collect(),
        covariance: RandomCovariance::Unstructured,
        method: MixedMethod::Reml,
    }
}

#[test]
fn mixed_models_of_one_way_layouts_are_analyses_of_variance() {
    let y = vec![3.0, 5.0, 4.0, 9.0, 8.0, 10.0, 6.0, 5.0, 7.0, 1.0, 2.0, 3.0];
    let fit = fit_mixed(&mixed(y.clone(), 4)).expect("fit");
    // Balanced one-way layout: within mean square 1, between mean square 3 * variance of the group means.
    let means = [4.0, 9.0, 6.0, 2.0];
    let between = 3.0 * means.iter().map(|m: &f64| (m - 5.25).powi(2)).sum::<f64>() / 3.0;
    assert!((fit.residual_variance - 1.0).abs() < 1e-12);
    assert!((fit.covariance[0][0] - (between - 1.0) / 3.0).abs() < 1e-11);
    assert!((fit.fixed[0].se.powi(2) - between / 12.0).abs() < 1e-12);
    assert!((fit.fixed[0].df_satterthwaite - 3.0).abs() < 1e-8);
    // A new value of a new patient: variance of the mean, between and within; t with 3 degrees of freedom.
    let band = fit.predict(&[1.0], &[1.0], 0.95).expect("prediction");
    let half = 3.182_446_305_284_263 * (between / 12.0 + (between - 1.0) / 3.0 + 1.0).sqrt();
    assert!((band.fit - 5.25).abs() < 1e-12 && (band.prediction.1 - 5.25 - half).abs() < 1e-9);
    assert!(fit.predict(&[1.0, 2.0], &[1.0], 0.95).is_err());
    // Groups that differ less than chance: the variance between is zero, and said to be at its boundary.
    let flat = fit_mixed(&mixed(vec![1.0, 5.0, 9.0, 2.0, 4.0, 9.0, 1.5, 5.0, 8.5], 3)).expect("fit");
    assert!(flat.singular && flat.covariance[0][0] < 1e-6);
    // Damaged models.
    let mut twice = mixed(y.clone(), 4);
    twice.fixed.push(Column { name: "again".into(), values: vec![2.0; 12] });
    assert!(fit_mixed(&twice).expect_err("collinear").to_string().contains("level, again"));
    assert!(matches!(fit_mixed(&mixed(y.clone(), 1)), Err(SingleCaseError::TooFew { .. })));
    let mut short = mixed(y, 4);
    short.random[0].values.pop();
    assert!(matches!(fit_mixed(&short), Err(SingleCaseError::Length { given: 11, .. })));
}
