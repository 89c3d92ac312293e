//! Laws of pooling, and what happens with damaged input.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

use baihui_evidence::pairwise::*;
use proptest::prelude::*;

fn studies() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (2usize..25)
        .prop_flat_map(|k| (prop::collection::vec(-3.0f64..3.0, k), prop::collection::vec(0.005f64..2.0, k)))
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

fn fit(y: &[f64], v: &[f64], tau2: Tau2Method, test: TestMethod) -> Pooled {
    pool(y, v, &Options { tau2, test }).unwrap()
}

proptest! {
    #[test]
    fn order_does_not_matter((y, v) in studies(), turn in 0usize..25) {
        let k = turn % y.len();
        let (mut y2, mut v2) = (y.clone(), v.clone());
        y2.rotate_left(k);
        v2.rotate_left(k);
        for method in Tau2Method::ALL {
            let (a, b) = (fit(&y, &v, method, TestMethod::Wald), fit(&y2, &v2, method, TestMethod::Wald));
            prop_assert!(close(a.tau2, b.tau2, 1e-9), "{:?} {} {}", method, a.tau2, b.tau2);
            prop_assert!(close(a.estimate, b.estimate, 1e-9));
            prop_assert!(close(a.se, b.se, 1e-9));
        }
    }

    #[test]
    fn changing_sign_or_unit_changes_only_sign_or_unit((y, v) in studies(), unit in 0.01f64..100.0) {
        let y2: Vec<f64> = y.iter().map(|y| -y * unit).collect();
        let v2: Vec<f64> = v.iter().map(|v| v * unit * unit).collect();
        for method in Tau2Method::ALL {
            let (a, b) = (fit(&y, &v, method, TestMethod::KnappHartung), fit(&y2, &v2, method, TestMethod::KnappHartung));
            prop_assert!(close(a.tau2, b.tau2 / (unit * unit), 1e-9), "{:?}", method);
            prop_assert!(close(a.estimate, -b.estimate / unit, 1e-9));
            prop_assert!(close(a.se, b.se / unit, 1e-9));
            prop_assert!(close(a.p_value(), b.p_value(), 1e-8));
        }
    }

    #[test]
    fn without_heterogeneity_random_equals_common((y, v) in studies()) {
        let common = fit(&y, &v, Tau2Method::CommonEffect, TestMethod::Wald);
        let random = fit(&y, &v, Tau2Method::DerSimonianLaird, TestMethod::Wald);
        prop_assert_eq!(random.tau2 == 0.0, common.q <= common.q_df());
        if random.tau2 == 0.0 {
            prop_assert!(close(common.estimate, random.estimate, 1e-14));
            prop_assert!(close(common.se, random.se, 1e-14));
        }
    }

    #[test]
    fn likelihood_has_its_maximum_at_the_estimate((y, v) in studies()) {
        for (method, restricted) in [(Tau2Method::Reml, true), (Tau2Method::MaximumLikelihood, false)] {
            let p = fit(&y, &v, method, TestMethod::Wald);
            let top = log_likelihood(&y, &v, p.tau2, restricted).unwrap();
            let step = 1e-3 * (p.tau2 + p.typical_variance);
            prop_assert!(top + 1e-12 >= log_likelihood(&y, &v, p.tau2 + step, restricted).unwrap());
            prop_assert!(top + 1e-12 >= log_likelihood(&y, &v, (p.tau2 - step).max(0.0), restricted).unwrap());
        }
    }

    #[test]
    fn paule_mandel_sets_q_to_its_degrees_of_freedom((y, v) in studies()) {
        let p = fit(&y, &v, Tau2Method::PauleMandel, TestMethod::Wald);
        if p.tau2 > 0.0 {
            prop_assert!(close(p.q_generalised, p.q_df(), 1e-12));
            let kh = fit(&y, &v, Tau2Method::PauleMandel, TestMethod::KnappHartung);
            prop_assert!(close(p.se, kh.se, 1e-12));
        }
    }

    #[test]
    fn guard_never_narrows((y, v) in studies()) {
        let wald = fit(&y, &v, Tau2Method::Reml, TestMethod::Wald);
        let guarded = fit(&y, &v, Tau2Method::Reml, TestMethod::KnappHartungGuarded);
        let free = fit(&y, &v, Tau2Method::Reml, TestMethod::KnappHartung);
        prop_assert!(guarded.se >= wald.se && guarded.se >= free.se);
    }

    #[test]
    fn q_profile_interval_holds_its_own_definition((y, v) in studies()) {
        let i = tau2_interval(&y, &v, Tau2IntervalMethod::QProfile, 0.95).unwrap();
        prop_assert!(i.lower <= i.upper && i.lower >= 0.0);
        // The estimate of Paule and Mandel solves Q = df, which lies between the two quantiles.
        let pm = fit(&y, &v, Tau2Method::PauleMandel, TestMethod::Wald).tau2;
        prop_assert!(i.lower <= pm && pm <= i.upper || (i.upper == 0.0 && pm == 0.0));
    }
}

#[test]
fn damaged_rows_are_named_and_nothing_is_dropped() {
    let options = Options::default();
    let (y, v) = ([0.1, 0.2, 0.3], [0.1, 0.1, 0.1]);
    assert_eq!(
        pool(&y, &v[..2], &options).unwrap_err(),
        PoolError::LengthMismatch { estimates: 3, variances: 2 }
    );
    let error = pool(&[0.1, f64::NAN, 0.3], &v, &options).unwrap_err();
    assert_eq!(error.to_string(), "row 1: the estimate is NaN, which is not a number that can be used");
    for bad in [-0.1, 0.0, f64::INFINITY] {
        assert_eq!(
            pool(&y, &[0.1, 0.1, bad], &options).unwrap_err(),
            PoolError::BadVariance { row: 2, value: bad }
        );
    }
    assert!(matches!(pool(&y, &[0.1, 0.1, f64::NAN], &options), Err(PoolError::BadVariance { row: 2, .. })));
    assert!(matches!(pool(&[], &[], &options), Err(PoolError::TooFewStudies { studies: 0, .. })));
    assert_eq!(
        pool(&y[..1], &v[..1], &options).unwrap_err().to_string(),
        "restricted maximum likelihood needs at least 2 studies, but there are 1"
    );
    assert!(matches!(tau2_interval(&y, &v, Tau2IntervalMethod::QProfile, 1.0), Err(PoolError::BadLevel(_))));
}

#[test]
fn one_study_can_only_be_itself() {
    let p =
        pool(&[0.4], &[0.04], &Options { tau2: Tau2Method::CommonEffect, test: TestMethod::Wald }).unwrap();
    assert_eq!((p.estimate, p.se, p.q), (0.4, 0.2, 0.0));
    assert!(p.prediction(PredictionMethod::T2, 0.95).is_none());
}

#[test]
fn identical_studies_have_no_heterogeneity() {
    let (y, v) = ([0.3; 5], [0.2; 5]);
    for tau2 in Tau2Method::ALL {
        let p = pool(&y, &v, &Options { tau2, test: TestMethod::KnappHartung }).unwrap();
        assert_eq!(p.tau2, 0.0, "{tau2:?}");
        assert!((p.estimate - 0.3).abs() < 1e-15);
        assert_eq!(p.i2_from_tau2(), 0.0);
    }
}

#[test]
fn every_method_has_its_own_name() {
    let p = pool(
        &[0.1, 0.9, 0.4],
        &[0.02, 0.03, 0.04],
        &Options { test: TestMethod::Wald, ..Options::default() },
    )
    .unwrap();
    let mut names: Vec<&str> =
        PredictionMethod::ALL.iter().filter_map(|m| p.prediction(*m, 0.95)).map(|i| i.method).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

/// metadat's dat.gibson2002, mean differences: studies of very unequal variance give the likelihood two summits. R's
/// logLik() is −39.290 at τ² = 0 and −39.447 at the other summit, 0.695; its own iteration gets stuck and warns.
#[test]
fn the_highest_of_several_summits_is_found() {
    let y = [-3.0, -16.5, 0.15, -0.57, -15.08, -1.46, -2.0, -7.7, -0.9, 0.52, -3.0, 0.26, -18.0];
    let v = [
        6.134576519,
        15.25255462,
        0.0180610984,
        0.6231896359,
        20.86851714,
        2.026945253,
        2.325072639,
        22.9825,
        0.4889942089,
        1.985205303,
        7.939393939,
        0.03986976744,
        245.1266667,
    ];
    let ml = Options { tau2: Tau2Method::MaximumLikelihood, test: TestMethod::Wald };
    assert_eq!(pool(&y, &v, &ml).unwrap().tau2, 0.0);
    assert!((log_likelihood(&y, &v, 0.0, false).unwrap() + 39.2903).abs() < 1e-4);
    // Whatever the studies: nowhere on a fine grid is the likelihood higher than at the estimate.
    let mut state = 7_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for _ in 0..400 {
        let k = 3 + (uniform() * 9.0) as usize;
        let v: Vec<f64> = (0..k).map(|_| libm::exp(8.0 * uniform() - 6.0)).collect();
        let y: Vec<f64> = v.iter().map(|v| 3.0 * (uniform() - 0.5) * (v + 0.2).sqrt()).collect();
        for (tau2, restricted) in [(Tau2Method::MaximumLikelihood, false), (Tau2Method::Reml, true)] {
            let p = pool(&y, &v, &Options { tau2, test: TestMethod::Wald }).unwrap();
            let at = |t: f64| log_likelihood(&y, &v, t, restricted).unwrap();
            let top = at(p.tau2);
            // Where moments and likelihood both say 0 a tiny summit beside it is not looked for.
            for i in 0..120 {
                let t = 1e-4 * libm::pow(1.12, f64::from(i));
                assert!(p.tau2 == 0.0 || at(t) <= top + 1e-7, "{y:?} {v:?} {t} {}", p.tau2);
            }
            assert!(at(0.0) <= top + 1e-9, "{y:?} {v:?} {}", p.tau2);
        }
    }
}
