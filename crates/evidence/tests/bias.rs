//! Tests and models of publication bias against metafor.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod oracle;

use baihui_evidence::bias::*;
use baihui_evidence::pairwise::{Options, PoolError, Tau2Method, TestMethod, pool};
use oracle::{Comparison, json, number, numbers};
use proptest::prelude::*;
use serde_json::Value;

const fn wald(tau2: Tau2Method) -> Options {
    Options { tau2, test: TestMethod::Wald }
}

fn compare_egger(c: &mut Comparison, what: &str, t: &AsymmetryTest, want: &Value) {
    c.value(&format!("{what} stat"), t.slope.statistic(), &want["stat"]);
    c.value(&format!("{what} pval"), t.p_value(), &want["pval"]);
    c.value(&format!("{what} dfs"), t.slope.df.unwrap_or(f64::NAN), &want["dfs"]);
    c.value(&format!("{what} limit"), t.limit.estimate, &want["limit_est"]);
    c.value(&format!("{what} limit_lb"), t.limit.interval(0.95, "").lower, &want["limit_lb"]);
    c.value(&format!("{what} limit_ub"), t.limit.interval(0.95, "").upper, &want["limit_ub"]);
    let got = [(t.limit.estimate, t.limit.se), (t.slope.estimate, t.slope.se)];
    for (i, (estimate, se)) in got.into_iter().enumerate() {
        c.value(&format!("{what} coef[{i}]"), estimate, &want["coef"][i]);
        c.value(&format!("{what} se[{i}]"), se, &want["se"][i]);
    }
}

#[test]
fn metafor_is_reproduced() {
    let Some(file) = json("publication_bias.json") else { return };
    let mut c = Comparison::new("publication_bias.json", 1e-8);
    let (mut fitted, mut refused, mut beta_models, mut hc_worst) = (0, 0, 0, 0.0f64);
    for (name, set) in file.as_object().unwrap() {
        let data = json(&format!("pairwise/{name}.json")).unwrap();
        let (y, v): (Vec<f64>, Vec<f64>) = data["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (number(&row["yi"]), number(&row["vi"])))
            .unzip();
        for (key, want) in set.as_object().unwrap() {
            if want.is_null() {
                continue;
            }
            let what = format!("{name} {key}");
            let parts: Vec<&str> = key.split('_').collect();
            match parts[..] {
                ["egger", model, predictor, ..] => {
                    let predictor =
                        if predictor == "sei" { Predictor::StandardError } else { Predictor::Variance };
                    let model = match model {
                        "lm" => EggerModel::Classical,
                        "fe" => EggerModel::MetaRegression(wald(Tau2Method::CommonEffect)),
                        _ => EggerModel::MetaRegression(wald(Tau2Method::Reml)),
                    };
                    match egger(&y, &v, predictor, model) {
                        Ok(t) => compare_egger(&mut c, &what, &t, want),
                        Err(error) => panic!("{what}: {error}"),
                    }
                }
                ["begg", "ranktest"] | ["begg", "ranktest", "exactFALSE"] => {
                    let b = begg(&y, &v, key == "begg_ranktest").unwrap();
                    c.close(&format!("{what} tau"), b.tau, number(&want["tau"]), 1e-15);
                    c.value(&format!("{what} p"), b.p_value, &want["pval"]);
                }
                ["trimfill", method, estimator, side] => {
                    let tau2 = Tau2Method::ALL.into_iter().find(|m| m.code() == method).unwrap();
                    let estimator = match estimator {
                        "L0" => FillEstimator::L0,
                        "R0" => FillEstimator::R0,
                        _ => FillEstimator::Q0,
                    };
                    let side = match side {
                        "left" => Some(Side::Left),
                        "right" => Some(Side::Right),
                        _ => None,
                    };
                    let t = trim_and_fill(&y, &v, estimator, side, &wald(tau2)).unwrap();
                    let left = t.side == Side::Left;
                    assert_eq!(want["side"], if left { "left" } else { "right" }, "{what}");
                    c.value(&format!("{what} k0"), t.missing as f64, &want["k0"]);
                    c.value(&format!("{what} se_k0"), t.missing_se.unwrap_or(f64::NAN), &want["se_k0"]);
                    c.value(&format!("{what} p_k0"), t.missing_p.unwrap_or(f64::NAN), &want["p_k0"]);
                    if tau2 == Tau2Method::Reml {
                        // The trimmed fits there use the default tolerance, and the filled values inherit it.
                        let reason = "trimmed REML fits at the default tolerance of 1e-5 in the reference";
                        c.explained(
                            &format!("{what} beta"),
                            t.pooled.estimate,
                            number(&want["beta"]),
                            5e-3,
                            reason,
                        );
                        c.explained(&format!("{what} se"), t.pooled.se, number(&want["se"]), 1e-3, reason);
                        let i = t.pooled.interval(0.95);
                        for (key, got) in [
                            ("ci_lb", i.lower),
                            ("ci_ub", i.upper),
                            ("tau2", t.pooled.tau2),
                            ("I2", 100.0 * t.pooled.i2_from_tau2()),
                            ("QE", t.pooled.q),
                            ("filled_yi", t.filled_y.iter().sum()),
                            ("filled_vi", t.filled_v.iter().sum()),
                        ] {
                            let want: f64 = numbers(&want[key]).iter().sum();
                            c.explained(&format!("{what} {key}"), got, want, 1e-2, reason);
                        }
                        continue;
                    }
                    c.value(&format!("{what} beta"), t.pooled.estimate, &want["beta"]);
                    c.value(&format!("{what} se"), t.pooled.se, &want["se"]);
                    c.value(&format!("{what} ci_lb"), t.pooled.interval(0.95).lower, &want["ci_lb"]);
                    c.value(&format!("{what} ci_ub"), t.pooled.interval(0.95).upper, &want["ci_ub"]);
                    c.value(&format!("{what} tau2"), t.pooled.tau2, &want["tau2"]);
                    c.value(&format!("{what} I2"), 100.0 * t.pooled.i2_from_tau2(), &want["I2"]);
                    c.value(&format!("{what} QE"), t.pooled.q, &want["QE"]);
                    let mut filled: Vec<(f64, f64)> = t.filled_y.into_iter().zip(t.filled_v).collect();
                    let mut wanted: Vec<(f64, f64)> =
                        numbers(&want["filled_yi"]).into_iter().zip(numbers(&want["filled_vi"])).collect();
                    assert_eq!(filled.len(), wanted.len(), "{what}");
                    filled.sort_by(|a, b| a.0.total_cmp(&b.0));
                    wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
                    for (got, want) in filled.into_iter().zip(wanted) {
                        c.close(&format!("{what} filled_yi"), got.0, want.0, 1e-14);
                        c.close(&format!("{what} filled_vi"), got.1, want.1, 0.0);
                    }
                }
                ["fsn", method] => {
                    let method = match method {
                        "Rosenthal" => FailSafeMethod::Rosenthal { alpha: 0.05 },
                        "Orwin" => FailSafeMethod::Orwin { target: None },
                        _ => FailSafeMethod::Rosenberg { alpha: 0.05 },
                    };
                    let f = fail_safe(&y, &v, method).unwrap();
                    c.value(&format!("{what} number"), f.studies, &want["fsnum"]);
                    c.value(&format!("{what} p"), f.p_value.unwrap_or(f64::NAN), &want["pval"]);
                    c.value(&format!("{what} mean"), f.mean.unwrap_or(f64::NAN), &want["meanes"]);
                }
                ["hc", ..] => {
                    let h = henmi_copas(&y, &v, 0.95).unwrap();
                    c.value(&format!("{what} beta"), h.estimate, &want["beta"]);
                    c.value(&format!("{what} se"), h.se, &want["se"]);
                    for (got, key) in [(h.interval.lower, "ci_lb"), (h.interval.upper, "ci_ub")] {
                        hc_worst = hc_worst.max((got - number(&want[key])).abs() / h.se);
                    }
                }
                ["tes"] => {
                    let reml = pool(&y, &v, &wald(Tau2Method::Reml)).unwrap();
                    let t = excess_significance(&y, &v, reml.estimate, reml.tau2, 0.05).unwrap();
                    c.value(&format!("{what} O"), t.observed as f64, &want["O"]);
                    let theta = "REML at the default tolerance in the reference";
                    c.explained(&format!("{what} theta"), reml.estimate, number(&want["theta"]), 2e-4, theta);
                    // The reference integrates the power over effects within five tau of the mean only, and on the
                    // small scale of bcg_RD with few nodes.
                    let (allowed, reason) =
                        (if name == "bcg_RD" { 5e-3 } else { 1e-5 }, "truncated integral in the reference");
                    c.explained(&format!("{what} E"), t.expected, number(&want["E"]), allowed, reason);
                    let ratio = t.observed as f64 / t.expected;
                    c.explained(&format!("{what} ratio"), ratio, number(&want["OEratio"]), allowed, reason);
                    // With many studies the reference goes over from the exact to the chi-squared test.
                    let p = if y.len() > 20 { t.chi_squared_p } else { t.exact_p };
                    c.explained(&format!("{what} p"), p, number(&want["pval"]), allowed, reason);
                }
                ["selmodel", "beta", ..] => {
                    // The reference holds p within 1e-5 and 1 - 1e-5, too.
                    let got =
                        selection_model(&y, &v, &SelectionModel::Beta { limit: 1e-5 }, Side::Right).unwrap();
                    let (lrt, se) = (number(&want["LRT"]), got.se);
                    println!("{what}: LRT {:.6} {lrt:.6}, {:?}", got.lrt, got.delta);
                    // Ours is never lower, but for the error of the numerical integral there: at the reference's own
                    // parameters a fine rule gives 9.9076 for raudenbush1985, not 9.9085.
                    assert!(got.lrt >= lrt - 1e-3, "{what}: {} {lrt}", got.lrt);
                    let reason =
                        "tolerances of optimiser and integral in the reference; our likelihood is higher";
                    c.explained(&format!("{what} LRT"), got.lrt, lrt, 1e-2, reason);
                    if (got.lrt - lrt).abs() < 1e-3 {
                        // On the scale of the standard error: the likelihood is flat along ridges.
                        let apart = (got.estimate - number(&want["beta"])).abs() / se;
                        assert!(apart < 0.02 || se.is_nan(), "{what}: {apart} standard errors");
                        c.explained(&format!("{what} LRTp"), got.lrt_p, number(&want["LRTp"]), 2e-3, reason);
                        beta_models += 1;
                    }
                }
                ["selmodel", ..] => {
                    let side = if key.ends_with("less") { Side::Left } else { Side::Right };
                    let model = SelectionModel::Steps(vec![0.025]);
                    if want["beta"].is_null() {
                        continue;
                    }
                    match selection_model(&y, &v, &model, side) {
                        Ok(s) => {
                            // The reference's optimiser stops early: the likelihood tells who is nearer the top.
                            assert!(s.log_likelihood >= number(&want["ll"]) - 1e-9, "{what}");
                            fitted += 1;
                            let reason =
                                "an optimiser's tolerance in the reference; our likelihood is higher";
                            let (flat, tau2) = (s.se.is_nan(), number(&want["tau2"]));
                            c.explained(
                                &format!("{what} beta"),
                                s.estimate,
                                number(&want["beta"]),
                                2e-3,
                                reason,
                            );
                            c.explained(
                                &format!("{what} delta"),
                                s.delta[1],
                                number(&want["delta"][1]),
                                3e-3,
                                reason,
                            );
                            c.explained(
                                &format!("{what} ll"),
                                s.log_likelihood,
                                number(&want["ll"]),
                                1e-4,
                                reason,
                            );
                            if tau2 > 1e-4 && !flat {
                                c.explained(&format!("{what} tau2"), s.tau2, tau2, 2e-3, reason);
                                c.explained(&format!("{what} se"), s.se, number(&want["se"]), 2e-3, reason);
                                let half =
                                    baihui_evidence::dist::Normal::new(0.0, 1.0).unwrap().quantile(0.975)
                                        * s.se;
                                for (key, got, allowed) in [
                                    ("ci_lb", s.estimate - half, 1e-2),
                                    ("ci_ub", s.estimate + half, 1e-2),
                                    ("pval", s.p_value(), 1e-2),
                                    ("LRT", s.lrt, 1e-3),
                                    ("LRTp", s.lrt_p, 1e-3),
                                ] {
                                    c.explained(
                                        &format!("{what} {key}"),
                                        got,
                                        number(&want[key]),
                                        allowed,
                                        reason,
                                    );
                                }
                            }
                        }
                        Err(PoolError::Unsupported { .. }) => {
                            // No study in one interval: the reference runs into its bound of 100 for the chance, or
                            // stays where it started.
                            refused += 1;
                        }
                        Err(error) => panic!("{what}: {error}"),
                    }
                }
                _ => assert!(matches!(key.as_str(), "dataset" | "k"), "{key} is not compared"),
            }
        }
    }
    assert!(hc_worst < 1e-3 && fitted >= 10, "{hc_worst} {fitted}");
    c.note(format!(
        "Henmi-Copas limits: {hc_worst:.1e} standard errors apart (quadrature and root with tolerance there)"
    ));
    c.note(format!(
        "step selection: {fitted} fitted, {refused} refused for an interval of p without a study"
    ));
    c.note(format!(
        "{beta_models} of 11 beta selection models have the same maximum, the others a higher one"
    ));
    c.finish(3000);
}

#[test]
fn damaged_input_is_refused() {
    let (y, v) = ([0.1, 0.4, 0.2, 0.7], [0.1, 0.2, 0.1, -0.1]);
    let bad = PoolError::BadVariance { row: 3, value: -0.1 };
    assert_eq!(begg(&y, &v, true).unwrap_err(), bad);
    assert_eq!(fail_safe(&y, &v, FailSafeMethod::Orwin { target: None }).unwrap_err(), bad);
    assert_eq!(henmi_copas(&y, &v, 0.95).unwrap_err(), bad);
    assert_eq!(excess_significance(&y, &v, 0.3, 0.0, 0.05).unwrap_err(), bad);
    assert_eq!(trim_and_fill(&y, &v, FillEstimator::L0, None, &Options::default()).unwrap_err(), bad);
    let one = SelectionModel::Steps(vec![0.025]);
    assert_eq!(selection_model(&y, &v, &one, Side::Right).unwrap_err(), bad);
    assert_eq!(
        egger(&y, &v, Predictor::Variance, EggerModel::Classical).unwrap_err().to_string(),
        bad.to_string()
    );
    let equal = [0.1; 4];
    assert!(egger(&y, &equal, Predictor::StandardError, EggerModel::Classical).is_err());
    assert!(begg(&y, &equal, true).is_err());
    let steps = |s: &[f64]| selection_model(&y, &equal, &SelectionModel::Steps(s.to_vec()), Side::Right);
    assert!(matches!(steps(&[1.5]), Err(PoolError::BadLevel(_))));
    assert!(matches!(steps(&[0.5, 0.2]), Err(PoolError::BadLevel(_))));
    assert!(matches!(steps(&[1e-9]), Err(PoolError::Unsupported { .. })));
}

#[test]
fn pet_peese_takes_peese_only_when_an_effect_remains() {
    let v = [0.01, 0.02, 0.04, 0.09, 0.16, 0.25];
    let strong: Vec<f64> = v.iter().map(|v: &f64| 1.0 + 0.1 * v.sqrt()).collect();
    let jitter = [0.01, -0.02, 0.03, -0.01, 0.02, -0.03];
    let add = |y: &[f64]| y.iter().zip(jitter).map(|(y, j)| y + j).collect::<Vec<f64>>();
    assert!(pet_peese(&add(&strong), &v).unwrap().uses_peese);
    let none: Vec<f64> = v.iter().map(|v: &f64| 1.5 * v.sqrt()).collect();
    let result = pet_peese(&add(&none), &v).unwrap();
    assert!(!result.uses_peese);
    assert!(result.adjusted().estimate.abs() < 0.1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_mirrored_funnel_gives_mirrored_results(
        data in prop::collection::vec((-2.0f64..2.0, 0.02f64..1.0), 5..20),
    ) {
        let (y, v): (Vec<f64>, Vec<f64>) = data.into_iter().unzip();
        let mirrored: Vec<f64> = y.iter().map(|y| -y).collect();
        let options = wald(Tau2Method::DerSimonianLaird);
        for estimator in [FillEstimator::L0, FillEstimator::R0] {
            let a = trim_and_fill(&y, &v, estimator, Some(Side::Left), &options).unwrap();
            let b = trim_and_fill(&mirrored, &v, estimator, Some(Side::Right), &options).unwrap();
            prop_assert_eq!(a.missing, b.missing);
            prop_assert!((a.pooled.estimate + b.pooled.estimate).abs() < 1e-9);
        }
        let (a, b) = (egger(&y, &v, Predictor::StandardError, EggerModel::Classical).unwrap(),
                      egger(&mirrored, &v, Predictor::StandardError, EggerModel::Classical).unwrap());
        prop_assert!((a.slope.estimate + b.slope.estimate).abs() < 1e-7 * (1.0 + a.slope.estimate.abs()));
        let p = |y: &[f64]| begg(y, &v, true).map_or(f64::NAN, |b| b.p_value);
        let (p, q) = (p(&y), p(&mirrored));
        prop_assert!((p - q).abs() < 1e-12 || (p.is_nan() && q.is_nan()));
        let h = henmi_copas(&y, &v, 0.95).unwrap();
        let common = pool(&y, &v, &wald(Tau2Method::CommonEffect)).unwrap();
        prop_assert!((h.estimate - common.estimate).abs() < 1e-12 && h.se >= common.se * (1.0 - 1e-12));
    }
}
