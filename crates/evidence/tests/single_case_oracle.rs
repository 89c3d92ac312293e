//! Single-patient statistics against stored results of R: SingleCaseES 0.7.4, stats, nlme, lme4, lmerTest, pbkrtest.

// The counts of compared values are printed.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;

use baihui_evidence::single_case::{
    Alternative, Assignments, Column, Effect, Improvement, MixedFit, MixedMethod, MixedModel, NapError,
    NonOverlap, OddsScale, PairedBlock, Phases, RandomCovariance, fit_mixed, ird, log_odds_ratio,
    log_ratio_of_medians, log_response_ratio, nap, paired_blocks, pand, pem, percent_of_goal, piecewise_ar1,
    piecewise_ols, pnd, rank_sum, smd, start_point_test, tau, tau_bc, tau_u,
};
use serde_json::Value;

fn shared() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/single_case");
    path.is_dir().then_some(path)
}

fn reference() -> Option<Value> {
    let Some(dir) = shared() else {
        println!("skipped: no shared reference results");
        return None;
    };
    let text = std::fs::read_to_string(dir.join("reference.json")).expect("readable");
    Some(serde_json::from_str(&text).expect("JSON"))
}

struct Check {
    compared: usize,
    worst: f64,
    failures: Vec<String>,
}

impl Check {
    fn new() -> Self {
        Self { compared: 0, worst: 0.0, failures: Vec::new() }
    }

    fn close(&mut self, what: &str, ours: f64, reference: &Value, tolerance: f64) {
        let Some(r) = reference.as_f64() else {
            self.failures.push(format!("{what}: no reference"));
            return;
        };
        self.compared += 1;
        let error = if ours == r { 0.0 } else { (ours - r).abs() / r.abs().max(1e-3) };
        if error.is_nan() || error > tolerance {
            self.failures.push(format!("{what}: {ours:e} against {r:e} ({error:.1e})"));
        } else {
            self.worst = self.worst.max(error);
        }
    }

    fn finish(self, title: &str) {
        for f in &self.failures {
            println!("  FAIL {f}");
        }
        println!("{title}: {} values compared, worst relative difference {:.1e}", self.compared, self.worst);
        assert!(self.failures.is_empty() && self.compared > 0);
    }
}

const TIGHT: f64 = 1e-8;

/// SingleCaseES finds the limits of NAP by minimising to its default tolerance, about 1e-4: ours solve the same
/// equation, which the unit tests check by substitution.
const LIMIT: f64 = 5e-4;

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("array").iter().map(|x| x.as_f64().expect("number")).collect()
}

fn overlap(check: &mut Check, what: &str, x: NonOverlap, r: &Value) {
    check.close(&format!("{what} estimate"), x.estimate, &r["Est"], TIGHT);
    check.close(&format!("{what} SE"), x.se.expect("SE"), &r["SE"], TIGHT);
    // At an estimate of 0 or 1 SingleCaseES returns an interval of no width; the equation has a second root there.
    if x.estimate.abs() < 1.0 {
        check.close(&format!("{what} lower"), x.interval.0, &r["CI_lower"], LIMIT);
        check.close(&format!("{what} upper"), x.interval.1, &r["CI_upper"], LIMIT);
    } else {
        assert!(x.interval.0 < 1.0 && x.interval.1 == 1.0);
    }
}

fn effect(check: &mut Check, what: &str, x: Effect, sign: f64, r: &Value) {
    check.close(&format!("{what} estimate"), sign * x.estimate, &r["Est"], TIGHT);
    check.close(&format!("{what} SE"), x.se, &r["SE"], TIGHT);
    let (lower, upper) = if sign > 0.0 { x.interval } else { (-x.interval.1, -x.interval.0) };
    check.close(&format!("{what} lower"), lower, &r["CI_lower"], TIGHT);
    check.close(&format!("{what} upper"), upper, &r["CI_upper"], TIGHT);
}

fn deviation(x: &[f64]) -> f64 {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

const SETS: [&str; 3] = ["Parker_Vannest_2009_NAP_example", "short_with_ties", "decrease_pain_NRS"];

fn phases(r: &Value) -> Phases {
    let improvement =
        if r["improvement"] == "increase" { Improvement::Increase } else { Improvement::Decrease };
    Phases::new(&numbers(&r["A"]), &numbers(&r["B"]), improvement).expect("valid")
}

#[test]
fn indices_match_single_case_es() {
    let Some(all) = reference() else { return };
    let mut check = Check::new();
    for set in SETS {
        let r = &all[set];
        let p = phases(r);
        for (suffix, error) in [
            ("", NapError::Unbiased),
            ("_SE_unbiased", NapError::Unbiased),
            ("_SE_Hanley", NapError::Hanley),
            ("_SE_null", NapError::Null),
        ] {
            let n = nap(&p, error, 0.95).expect("NAP");
            overlap(&mut check, &format!("{set} NAP{suffix}"), n, &r[format!("NAP{suffix}")]);
            let t = tau(&p, error, 0.95).expect("Tau");
            overlap(&mut check, &format!("{set} Tau{suffix}"), t, &r[format!("Tau{suffix}")]);
        }
        let n = nap(&p, NapError::Unbiased, 0.95).expect("NAP");
        check.close(&format!("{set} NAP without SE"), n.estimate, &r["NAP_SE_none"]["Est"], TIGHT);
        overlap(
            &mut check,
            &format!("{set} Tau-BC"),
            tau_bc(&p, NapError::Unbiased, 0.95).expect("Tau"),
            &r["Tau_BC"],
        );
        for (key, value) in
            [("Tau_U", tau_u(&p)), ("PND", pnd(&p)), ("PEM", pem(&p)), ("PAND", pand(&p)), ("IRD", ird(&p))]
        {
            check.close(&format!("{set} {key}"), value, &r[key]["Est"], TIGHT);
        }
        effect(&mut check, &format!("{set} SMD"), smd(&p, 0.95).expect("SMD"), 1.0, &r["SMD"]);
        check.close(&format!("{set} SD of A"), deviation(p.a()), &r["SMD"]["baseline_SD"], TIGHT);
        let lrr = log_response_ratio(&p, 0.95).expect("LRR");
        effect(&mut check, &format!("{set} LRRi"), lrr, 1.0, &r["LRRi"]);
        effect(&mut check, &format!("{set} LRRd"), lrr, -1.0, &r["LRRd"]);
        effect(
            &mut check,
            &format!("{set} LRM"),
            log_ratio_of_medians(&p, 0.95).expect("LRM"),
            1.0,
            &r["LRM"],
        );
        let lor = log_odds_ratio(&p, OddsScale::Percentage, 0.95).expect("LOR");
        effect(&mut check, &format!("{set} LOR"), lor, 1.0, &r["LOR"]);
        // The goal of the reference: one step beyond the best value of phase B.
        let goal = match p.improvement() {
            Improvement::Increase => p.b().iter().copied().fold(f64::MIN, f64::max) + 1.0,
            Improvement::Decrease => p.b().iter().copied().fold(f64::MAX, f64::min) - 1.0,
        };
        let pogo = percent_of_goal(&p, goal, 0.95).expect("PoGO");
        check.close(&format!("{set} PoGO"), pogo.effect.estimate, &r["PoGO"]["Est"], TIGHT);
        // The reference leaves out the covariance of numerator and denominator; with it the error is smaller here.
        check.close(&format!("{set} PoGO SE"), pogo.se_without_covariance, &r["PoGO"]["SE"], TIGHT);
        assert!(pogo.effect.se < pogo.se_without_covariance);
        let margin = 1.959_963_984_540_054 * pogo.se_without_covariance;
        for (key, limit) in [("CI_lower", -margin), ("CI_upper", margin)] {
            check.close(&format!("{set} PoGO {key}"), pogo.effect.estimate + limit, &r["PoGO"][key], TIGHT);
        }
    }
    check.finish("SingleCaseES, three sets");
}

#[test]
fn a_batch_of_cases_matches_single_case_es() {
    let Some(all) = reference() else { return };
    let csv = std::fs::read_to_string(shared().expect("there").join("data_McKissick.csv")).expect("data");
    let mut check = Check::new();
    for case in ["Period 1", "Period 2", "Period 3"] {
        let pick = |phase: &str| -> Vec<f64> {
            csv.lines()
                .map(|l| l.split(',').map(|f| f.trim_matches('"')).collect::<Vec<_>>())
                .filter(|f| f[0] == case && f[2] == phase)
                .map(|f| f[3].parse().expect("number"))
                .collect()
        };
        let p = Phases::new(&pick("A"), &pick("B"), Improvement::Decrease).expect("valid");
        for r in
            all["McKissick_batch"].as_array().expect("batch").iter().filter(|r| r["Case_pseudonym"] == case)
        {
            let es = r["ES"].as_str().expect("name");
            let what = format!("{case} {es}");
            match es {
                "NAP" => overlap(&mut check, &what, nap(&p, NapError::Unbiased, 0.95).expect("NAP"), r),
                "Tau" => overlap(&mut check, &what, tau(&p, NapError::Unbiased, 0.95).expect("Tau"), r),
                "Tau-BC" => overlap(&mut check, &what, tau_bc(&p, NapError::Unbiased, 0.95).expect("Tau"), r),
                "PND" => check.close(&what, pnd(&p), &r["Est"], TIGHT),
                "PEM" => check.close(&what, pem(&p), &r["Est"], TIGHT),
                "PAND" => check.close(&what, pand(&p), &r["Est"], TIGHT),
                "IRD" => check.close(&what, ird(&p), &r["Est"], TIGHT),
                "Tau-U" => check.close(&what, tau_u(&p), &r["Est"], TIGHT),
                "SMD" => {
                    effect(&mut check, &what, smd(&p, 0.95).expect("SMD"), 1.0, r);
                    check.close(&format!("{what} SD of A"), deviation(p.a()), &r["baseline_SD"], TIGHT);
                }
                "LRRi" => effect(&mut check, &what, log_response_ratio(&p, 0.95).expect("LRR"), 1.0, r),
                "LRRd" => effect(&mut check, &what, log_response_ratio(&p, 0.95).expect("LRR"), -1.0, r),
                other => check.failures.push(format!("{other} is not computed")),
            }
        }
    }
    check.finish("SingleCaseES, McKissick");
}

const EXACT: Assignments = Assignments { max_exact: 100_000, draws: 999, seed: 1 };

#[test]
fn tests_and_blocks_match_r() {
    let Some(all) = reference() else { return };
    let mut check = Check::new();
    let w = rank_sum(&phases(&all[SETS[0]]), false);
    assert!(rank_sum(&phases(&all[SETS[0]]), true).p > w.p);
    check.close("W", w.w, &all["wilcox_NAP_example"]["W"], TIGHT);
    check.close("W p", w.p, &all["wilcox_NAP_example"]["p"], TIGHT);

    let r = &all["randomisation_AB_start_point (Edgington)"];
    let (y, starts) = (numbers(&r["y"]), numbers(&r["starts"]));
    let starts: Vec<usize> = starts.iter().map(|s| *s as usize).collect();
    for (s, stat) in starts.iter().zip(r["stats"].as_array().expect("stats")) {
        let t = start_point_test(&y, &starts, *s, Alternative::Greater).expect("test");
        check.close(&format!("start {s}"), t.statistic, stat, TIGHT);
    }
    let one = start_point_test(&y, &starts, 7, Alternative::Greater).expect("test");
    let two = start_point_test(&y, &starts, 7, Alternative::TwoSided).expect("test");
    check.close("observed", one.statistic, &r["obs"], TIGHT);
    check.close("p one-sided", one.p, &r["p_one_sided_greater"], TIGHT);
    check.close("p two-sided", two.p, &r["p_two_sided"], TIGHT);

    let r = &all["nof1_paired_blocks"];
    let rows = r["data"].as_array().expect("data");
    let blocks: Vec<PairedBlock> = rows
        .chunks(2)
        .map(|c| PairedBlock { a: c[0]["y"].as_f64().expect("y"), b: c[1]["y"].as_f64().expect("y") })
        .collect();
    let b = paired_blocks(&blocks, 0.95, EXACT).expect("blocks");
    for (d, reference) in b.differences.iter().zip(r["diff"].as_array().expect("diff")) {
        check.close("difference", *d, reference, TIGHT);
    }
    check.close("mean", b.mean, &r["mean"], TIGHT);
    check.close("t", b.t, &r["t"], TIGHT);
    check.close("df", b.df, &r["df"], TIGHT);
    check.close("p", b.p, &r["p_t"], TIGHT);
    check.close("lower", b.interval.0, &r["ci"][0], TIGHT);
    check.close("upper", b.interval.1, &r["ci"][1], TIGHT);
    check.close("sign flip", b.randomisation.p, &r["p_signflip_two_sided"], TIGHT);
    check.close("assignments", b.randomisation.possible, &r["n_perm"], TIGHT);
    assert!(b.randomisation.exact);
    check.finish("R, tests and blocks");
}

#[test]
fn piecewise_regression_matches_r() {
    let Some(all) = reference() else { return };
    let mut check = Check::new();
    let r = &all["piecewise_OLS_HuitemaMcKean"];
    let p = phases(&all[SETS[0]]);
    let y: Vec<f64> = p.a().iter().chain(p.b()).copied().collect();
    let fit = piecewise_ols(&y, p.a().len() + 1).expect("fit");
    for (key, c) in
        [("(Intercept)", fit.intercept), ("t", fit.slope), ("D", fit.level_change), ("tD", fit.slope_change)]
    {
        check.close(&format!("OLS {key}"), c.estimate, &r["coef"][key], TIGHT);
        check.close(&format!("OLS SE {key}"), c.se, &r["se"][key], TIGHT);
        check.close(&format!("OLS p {key}"), c.p, &r["p"][key], TIGHT);
    }
    check.close("sigma", fit.sigma, &r["sigma"], TIGHT);
    check.close("R2", fit.r_squared.expect("R2"), &r["R2"], TIGHT);

    // nlme::gls stops at its own tolerance in phi; what depends on phi agrees to that, the likelihood, which is
    // flat there, to all digits.
    let r = &all["piecewise_GLS_AR1_REML (nlme::gls)"];
    let ar = piecewise_ar1(&numbers(&r["y"]), 7).expect("fit");
    println!("phi {:.12}, nlme {}", ar.phi, r["phi"]);
    let loose = 2e-5;
    for (key, c) in [
        ("(Intercept)", ar.fit.intercept),
        ("t", ar.fit.slope),
        ("D", ar.fit.level_change),
        ("tD", ar.fit.slope_change),
    ] {
        check.close(&format!("AR1 {key}"), c.estimate, &r["coef"][key], loose);
        check.close(&format!("AR1 SE {key}"), c.se, &r["se"][key], loose);
    }
    check.close("AR1 phi", ar.phi, &r["phi"], loose);
    check.close("AR1 sigma", ar.fit.sigma, &r["sigma"], loose);
    check.close("AR1 log-likelihood", ar.ln_likelihood, &r["ll"], 1e-10);
    check.finish("R, piecewise regression");
}

fn sleepstudy() -> (Vec<f64>, Vec<f64>, Vec<String>) {
    let csv = std::fs::read_to_string(shared().expect("there").join("data_sleepstudy.csv")).expect("data");
    let (mut y, mut days, mut subject) = (Vec::new(), Vec::new(), Vec::new());
    for line in csv.lines().skip(1) {
        let f: Vec<&str> = line.split(',').collect();
        y.push(f[0].parse().expect("number"));
        days.push(f[1].parse().expect("number"));
        subject.push(f[2].trim_matches('"').to_string());
    }
    (y, days, subject)
}

fn sleep_model(slope: bool, covariance: RandomCovariance, method: MixedMethod) -> MixedModel {
    let (y, days, group) = sleepstudy();
    let ones = Column { name: "(Intercept)".into(), values: vec![1.0; y.len()] };
    let days = Column { name: "Days".into(), values: days };
    let fixed = vec![ones.clone(), days.clone()];
    let random = if slope { vec![ones, days] } else { vec![ones] };
    MixedModel { y, fixed, random, group, covariance, method }
}

#[test]
fn mixed_models_match_lme4() {
    let Some(all) = reference() else { return };
    let mut check = Check::new();
    // lme4 stops at its own tolerance: its two fits with the same closed-form residual variance differ from each
    // other by 5e-9, other variances by more. The closed form below is exact.
    let loose = 1e-5;
    use MixedMethod::{Ml, Reml};
    use RandomCovariance::{Diagonal, Unstructured};
    for (key, slope, covariance, method) in [
        ("sleepstudy (1+Days|Subject) REML", true, Unstructured, Reml),
        ("sleepstudy (1+Days|Subject) ML", true, Unstructured, Ml),
        ("sleepstudy (1|Subject) REML", false, Unstructured, Reml),
        ("sleepstudy (1+Days||Subject) REML", true, Diagonal, Reml),
    ] {
        let r = &all[key];
        let fit: MixedFit = fit_mixed(&sleep_model(slope, covariance, method)).expect(key);
        for f in &fit.fixed {
            check.close(&format!("{key} {}", f.name), f.estimate, &r["fixef"][&f.name], TIGHT);
            check.close(&format!("{key} SE {}", f.name), f.se, &r["se"][&f.name], loose);
            for s in
                r["satterthwaite"].as_array().into_iter().flatten().filter(|s| s["_row"] == f.name.as_str())
            {
                check.close(&format!("{key} {} again", f.name), f.estimate, &s["Estimate"], TIGHT);
                check.close(&format!("{key} SE {} again", f.name), f.se, &s["Std. Error"], loose);
                check.close(&format!("{key} t {}", f.name), f.estimate / f.se, &s["t value"], loose);
                check.close(&format!("{key} df {}", f.name), f.df_satterthwaite, &s["df"], loose);
                check.close(&format!("{key} p {}", f.name), f.p_satterthwaite, &s["Pr(>|t|)"], 1e-4);
            }
            for s in r["KR"].as_array().into_iter().flatten().filter(|s| s["_row"] == f.name.as_str()) {
                let t = f.estimate / f.se_kenward_roger;
                check.close(&format!("{key} KR F"), t * t, &s["F value"], loose);
                // One degree of freedom: both are F times the residual variance.
                for square in ["Sum Sq", "Mean Sq"] {
                    check.close(&format!("{key} {square}"), t * t * fit.residual_variance, &s[square], loose);
                }
                check.close(&format!("{key} NumDF"), 1.0, &s["NumDF"], 0.0);
                check.close(&format!("{key} KR df"), f.df_kenward_roger, &s["DenDF"], loose);
                check.close(&format!("{key} KR p"), f.p_kenward_roger, &s["Pr(>F)"], 1e-4);
            }
        }
        check.close(
            &format!("{key} residual"),
            fit.residual_variance,
            &r["varcomp"].as_array().expect("varcomp").last().expect("residual")["vcov"],
            loose,
        );
        for v in r["varcomp"].as_array().expect("varcomp") {
            let ours = match (v["var1"].as_str(), v["var2"].as_str()) {
                (Some("(Intercept)"), None) => fit.covariance[0][0],
                (Some("Days"), None) => fit.covariance[1][1],
                (Some(_), Some(_)) => fit.covariance[0][1],
                _ => continue,
            };
            let root = match (v["var1"].as_str(), v["var2"].as_str()) {
                (Some(_), Some(_)) => ours / (fit.covariance[0][0] * fit.covariance[1][1]).sqrt(),
                _ => ours.sqrt(),
            };
            check.close(&format!("{key} sdcor {}{}", v["var1"], v["var2"]), root, &v["sdcor"], 1e-4);
            // A small covariance carries the absolute error of the variances beside it.
            check.close(&format!("{key} {}{}", v["var1"], v["var2"]), ours, &v["vcov"], 1e-4);
        }
        check.close(&format!("{key} logLik"), fit.ln_likelihood, &r["logLik"], 1e-10);
        if method == Reml {
            check.close(&format!("{key} criterion"), -2.0 * fit.ln_likelihood, &r["REMLcrit"], 1e-10);
        }
        // theta: the Cholesky factor of the random effects' covariance over the residual deviation, by columns.
        let (g, s2) = (&fit.covariance, fit.residual_variance);
        let first = (g[0][0] / s2).sqrt();
        let theta = match (slope, covariance) {
            (false, _) => vec![first],
            (true, Diagonal) => vec![first, (g[1][1] / s2).sqrt()],
            (true, Unstructured) => {
                let below = g[0][1] / s2 / first;
                vec![first, below, (g[1][1] / s2 - below * below).sqrt()]
            }
        };
        let reference = r["theta"].as_array().cloned().unwrap_or_else(|| vec![r["theta"].clone()]);
        assert_eq!(theta.len(), reference.len(), "{key}");
        for (t, reference) in theta.iter().zip(&reference) {
            check.close(&format!("{key} theta"), *t, reference, 1e-4);
        }
        for (column, name) in ["(Intercept)", "Days"].iter().enumerate() {
            for (b, reference) in
                fit.random.values().zip(r["ranef"]["Subject"][*name].as_array().into_iter().flatten())
            {
                check.close(&format!("{key} BLUP {name}"), b[column], reference, 1e-4);
            }
        }
        assert!(!fit.singular);
    }
    check.finish("lme4, lmerTest, pbkrtest");
}

/// Balanced data: REML has a closed form. σ² is the pooled variance about the subjects' own lines and G the
/// covariance of their coefficients minus σ² (Z'Z)⁻¹.
#[test]
fn balanced_random_slopes_have_their_closed_form() {
    let Some(_) = shared() else {
        println!("skipped: no shared reference results");
        return;
    };
    let (y, days, _) = sleepstudy();
    let n = 10.0;
    let mean_day = days[..10].iter().sum::<f64>() / n;
    let sxx: f64 = days[..10].iter().map(|d| (d - mean_day).powi(2)).sum();
    let (mut lines, mut rss) = (Vec::new(), 0.0);
    for (y, d) in y.chunks(10).zip(days.chunks(10)) {
        let mean = y.iter().sum::<f64>() / n;
        let slope = y.iter().zip(d).map(|(y, d)| (y - mean) * (d - mean_day)).sum::<f64>() / sxx;
        rss += y.iter().zip(d).map(|(y, d)| (y - mean - slope * (d - mean_day)).powi(2)).sum::<f64>();
        lines.push([mean - slope * mean_day, slope]);
    }
    let k = lines.len() as f64;
    let sigma2 = rss / (k * (n - 2.0));
    let centre = [0, 1].map(|j| lines.iter().map(|l| l[j]).sum::<f64>() / k);
    let s = |i: usize, j: usize| {
        lines.iter().map(|l| (l[i] - centre[i]) * (l[j] - centre[j])).sum::<f64>() / (k - 1.0)
    };
    let inverse = [[1.0 / n + mean_day * mean_day / sxx, -mean_day / sxx], [-mean_day / sxx, 1.0 / sxx]];
    let fit = fit_mixed(&sleep_model(true, RandomCovariance::Unstructured, MixedMethod::Reml)).expect("fit");
    let mut worst = (fit.residual_variance / sigma2 - 1.0).abs();
    for (i, row) in inverse.iter().enumerate() {
        for (j, inverse) in row.iter().enumerate() {
            let exact = s(i, j) - sigma2 * inverse;
            worst = worst.max((fit.covariance[i][j] / exact - 1.0).abs());
        }
    }
    println!("closed form of balanced REML: worst relative difference {worst:.1e}");
    assert!(worst < 1e-9, "{worst:e}");
    for f in &fit.fixed {
        // One line per subject: 17 degrees of freedom exactly.
        assert!((f.df_satterthwaite - 17.0).abs() < 1e-6 && (f.df_kenward_roger - 17.0).abs() < 1e-6);
    }
}
