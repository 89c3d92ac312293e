//! Closed-form outcome statistics against stored results of R, by properties, and on damaged input.

// The counts of compared values are printed.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;

use baihui_evidence::outcome_stats::{
    FlowVelocities, ImportantChange, OutcomeError, PracticeNorms, Verdict, ancova, asymmetry_index,
    change_correlation, classify_change, clinical_cutoffs, clopper_pearson, compare_responders,
    differential_pathlength_factor, fisher_exact, fit_recovery, lindegaard_ratio, minimal_detectable_change,
    practice_chelune, practice_iverson, practice_mcsweeny, proportional_recovery, reference_change_value,
    reliable_change, wilson,
};
use baihui_evidence::single_case::Improvement;
use proptest::prelude::*;
use serde_json::Value;

fn reference() -> Option<Value> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/outcomes_closed_form.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: no shared reference results");
        return None;
    };
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[derive(Default)]
struct Check {
    compared: usize,
    worst: f64,
    failures: Vec<String>,
}

impl Check {
    fn close(&mut self, what: &str, ours: f64, reference: &Value) {
        self.compared += 1;
        let r = reference.as_f64().unwrap_or(f64::NAN);
        // Below 1e-12 R itself returns rounding (the Wilson limit of 0 of 10 is 2e-17).
        let error = if ours == r { 0.0 } else { (ours - r).abs() / r.abs().max(1e-6) };
        if error.is_nan() || error > 1e-8 {
            self.failures.push(format!("{what}: {ours:e} against {r:e}"));
        } else {
            self.worst = self.worst.max(error);
        }
    }
}

fn rows<'a>(all: &'a Value, key: &str) -> &'a Vec<Value> {
    all[key].as_array().expect("rows")
}

fn column(v: &Value) -> Vec<f64> {
    v.as_array().expect("column").iter().map(|x| x.as_f64().expect("number")).collect()
}

#[test]
fn all_stored_results_are_reproduced() {
    let Some(all) = reference() else { return };
    let mut check = Check::default();
    let f = |v: &Value, k: &str| v[k].as_f64().expect("number");
    for r in rows(&all, "RCI") {
        let (sd, rel) = (f(r, "sd"), f(r, "rel"));
        let c = reliable_change(f(r, "x1"), f(r, "x2"), sd, rel, 0.95).expect("valid");
        check.close("SEM", c.sem, &r["SEM"]);
        check.close("Sdiff", c.s_diff, &r["Sdiff"]);
        check.close("RCI", c.rci, &r["RCI"]);
        assert_eq!(Some(c.reliable), r["reliable"].as_bool());
        // The reference took 1.96 for the quantile of MDC95 and the exact one for MDC90; ours is exact in both.
        let exact = 1.959_963_984_540_054 / 1.96;
        for (level, key, factor) in [(0.95, "MDC95", exact), (0.90, "MDC90", 1.0)] {
            let mdc = minimal_detectable_change(sd, rel, level).expect("valid").mdc;
            check.close(key, mdc / factor, &r[key]);
        }
    }
    for r in rows(&all, "cutoffs_higher_worse") {
        let (ill, well) = ((f(r, "Mdys"), f(r, "SDdys")), (f(r, "Mfun"), f(r, "SDfun")));
        let c = clinical_cutoffs(ill.0, ill.1, well.0, well.1, Improvement::Decrease).expect("valid");
        for (key, value) in [("a", c.a), ("b", c.b), ("c", c.c)] {
            check.close(key, value, &r[key]);
        }
    }
    let r = &all["RCI_practice"];
    let norms = PracticeNorms {
        mean1: f(r, "m1"),
        mean2: f(r, "m2"),
        sd1: f(r, "s1"),
        sd2: f(r, "s2"),
        r: f(r, "r"),
    };
    let (x1, x2) = (f(r, "x1"), f(r, "x2"));
    check.close("Chelune", practice_chelune(x1, x2, &norms).expect("valid"), &r["chelune"]);
    check.close("Iverson", practice_iverson(x1, x2, &norms).expect("valid"), &r["iverson"]);
    check.close("McSweeny", practice_mcsweeny(x1, x2, &norms).expect("valid"), &r["SEest_McSweeny_z"]);
    for r in rows(&all, "responder") {
        let u = |k: &str| r[k].as_u64().expect("count");
        let (x1, n1, x2, n2) = (u("x1"), u("n1"), u("x2"), u("n2"));
        let c = compare_responders(x1, n1, x2, n2, 0.95).expect("valid");
        check.close("RD", c.risk_difference, &r["RD"]);
        check.close("Newcombe lower", c.interval.0, &r["newcombe_lb"]);
        check.close("Newcombe upper", c.interval.1, &r["newcombe_ub"]);
        check.close("Fisher", c.fisher_p, &r["fisher_p"]);
        match c.number_needed_to_treat {
            Some(n) => check.close("NNT", n, &r["NNT"]),
            None => assert!(r["NNT"].is_null()),
        }
        let (w, cp) = (wilson(x1, n1, 0.95).expect("valid"), clopper_pearson(x1, n1, 0.95).expect("valid"));
        check.close("Wilson lower", w.0, &r["wilson1"][0]);
        check.close("Wilson upper", w.1, &r["wilson1"][1]);
        check.close("Clopper lower", cp.0, &r["clopper1"][0]);
        check.close("Clopper upper", cp.1, &r["clopper1"][1]);
    }
    let r = &all["proportional_recovery"];
    let p = proportional_recovery(&column(&r["base"]), &column(&r["end"]), 66.0).expect("valid");
    for (key, value) in [
        ("slope", p.slope),
        ("intercept", p.intercept),
        ("se_slope", p.se_slope),
        ("r_ii_change", p.r_impairment_change),
        ("r_base_end", p.r_baseline_end),
        ("sd_ratio_end_over_base", p.sd_ratio),
        ("r_base_change_implied", p.r_baseline_change_implied),
        ("r_base_change", -p.r_impairment_change),
        ("oldham_r", p.r_oldham),
    ] {
        check.close(key, value, &r[key]);
    }
    for (key, value) in [("r", p.r_oldham), ("t", p.t_pitman_morgan), ("df", p.df), ("p", p.p_pitman_morgan)]
    {
        check.close(key, value, &r["pitman_morgan"][key]);
    }
    let r = &all["ancova"];
    let second: Vec<bool> = column(&r["g"]).iter().map(|g| *g == 1.0).collect();
    let a = ancova(&column(&r["pre"]), &column(&r["post"]), &second).expect("valid");
    for (key, term) in [("(Intercept)", a.intercept), ("pre", a.baseline), ("g", a.group)] {
        check.close(key, term.estimate, &r["coef"][key]);
        check.close(key, term.se, &r["se"][key]);
        check.close(key, term.p, &r["p"][key]);
    }
    // R's t.test takes the first group minus the second.
    check.close("change t", -a.change_t, &r["change_t"]);
    check.close("change p", a.change_p, &r["change_p"]);
    check.close("change g", a.change_g, &r["hedges_g_change"]);
    for r in rows(&all, "TCD") {
        let v = FlowVelocities::new(f(r, "PSV"), f(r, "EDV")).expect("valid");
        check.close("MFV", v.mean_cm_s(), &r["MFV"]);
        check.close("PI", v.pulsatility_index(), &r["PI_Gosling"]);
        check.close("RI", v.resistance_index(), &r["RI_Pourcelot"]);
        if let Some(other) = r["contralateral_MFV"].as_f64() {
            check.close(
                "asymmetry",
                asymmetry_index(v.mean_cm_s(), other).expect("valid"),
                &r["asymmetry_index_pct"],
            );
        }
        if let Some(ica) = r["ICA_MFV"].as_f64() {
            check.close("Lindegaard", lindegaard_ratio(v.mean_cm_s(), ica).expect("valid"), &r["Lindegaard"]);
        }
    }
    for r in rows(&all, "lab_RCV") {
        let c = reference_change_value(f(r, "CVa"), f(r, "CVi"), 0.95).expect("valid");
        check.close("RCV", c.classic_pct, &r["RCV_classic_pct"]);
        check.close("RCV rise", c.rise_pct, &r["RCV_log_up_pct"]);
        check.close("RCV fall", c.fall_pct, &r["RCV_log_down_pct"]);
    }
    for r in rows(&all, "DPF_Scholkmann_Wolf_2013") {
        let d = differential_pathlength_factor(f(r, "age"), f(r, "wavelength")).expect("valid");
        check.close("DPF", d, &r["DPF"]);
    }
    for failure in &check.failures {
        println!("  FAIL {failure}");
    }
    println!(
        "R, outcomes: {} values compared, worst relative difference {:.1e}",
        check.compared, check.worst
    );
    assert!(check.failures.is_empty());
}

/// R 4.2.2: nls(y ~ a + b * exp(-k * t), algorithm = "port"), bands from vcov() and qt(.975, 7).
#[test]
fn recovery_curves_match_nls() {
    let t = [0.0, 3.0, 7.0, 14.0, 21.0, 28.0, 42.0, 56.0, 84.0, 112.0];
    let y = [14.0, 19.0, 25.0, 31.0, 38.0, 41.0, 47.0, 50.0, 52.0, 54.0];
    let curve = fit_recovery(&t, &y, None, 0.95).expect("fit");
    let mut worst = 0.0_f64;
    for (time, reference) in [
        (10.0, [27.7421951563244, 27.1118279814360, 28.3725623312128, 26.1801879888338, 29.3042023238150]),
        (70.0, [51.6644426981144, 50.9472761252624, 52.3816092709664, 50.0654331580142, 53.2634522382147]),
        (200.0, [53.8161628873384, 52.7002209563924, 54.9321048182843, 52.0029254485680, 55.6294003261088]),
    ] {
        let p = curve.at(time);
        let ours = [p.fit, p.confidence.0, p.confidence.1, p.prediction.0, p.prediction.1];
        for (o, r) in ours.iter().zip(reference) {
            worst = worst.max((o / r - 1.0).abs());
        }
    }
    println!("nls, recovery curve: 15 values compared, worst relative difference {worst:.1e}");
    assert!(worst < 1e-8, "{worst:e}");
    // Bands end where the scale does.
    let cut = fit_recovery(&t, &y, Some((0.0, 54.5)), 0.95).expect("fit").at(200.0);
    assert_eq!((cut.prediction.1, cut.confidence.1), (54.5, 54.5));
    // A straight line and a flat series have no plateau to estimate.
    let line: Vec<f64> = t.iter().map(|t| 10.0 + 0.3 * t).collect();
    assert_eq!(fit_recovery(&t, &line, None, 0.95), Err(OutcomeError::NoPlateau));
    assert!(fit_recovery(&t, &[5.0; 10], None, 0.95).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn exact_curves_are_found(plateau in 30.0..66.0_f64, start in 0.0..20.0_f64, rate in 0.02..0.2_f64) {
        let t: Vec<f64> = (0..12).map(|i| f64::from(i) * 7.0).collect();
        let y: Vec<f64> = t.iter().map(|t| plateau - (plateau - start) * (-rate * t).exp()).collect();
        let c = fit_recovery(&t, &y, None, 0.95).expect("fit");
        prop_assert!((c.plateau - plateau).abs() < 1e-6 && (c.start - start).abs() < 1e-6);
        prop_assert!((c.rate - rate).abs() < 1e-8);
    }

    #[test]
    fn fisher_is_a_probability_and_symmetric(n1 in 1u64..60, n2 in 1u64..60, a in 0u64..60, b in 0u64..60) {
        let (x1, x2) = (a.min(n1), b.min(n2));
        let p = fisher_exact(x1, n1, x2, n2).expect("valid");
        prop_assert!(p > 0.0 && p <= 1.0);
        prop_assert!((p - fisher_exact(x2, n2, x1, n1).expect("valid")).abs() < 1e-12);
        prop_assert!((p - fisher_exact(n1 - x1, n1, n2 - x2, n2).expect("valid")).abs() < 1e-12);
        let (w, c) = (wilson(x1, n1, 0.95).expect("valid"), clopper_pearson(x1, n1, 0.95).expect("valid"));
        let share = x1 as f64 / n1 as f64;
        prop_assert!(w.0 <= share && share <= w.1 && c.0 <= share && share <= c.1);
        let d = compare_responders(x1, n1, x2, n2, 0.95).expect("valid");
        let e = compare_responders(x2, n2, x1, n1, 0.95).expect("valid");
        prop_assert!((d.interval.0 + e.interval.1).abs() < 1e-12);
    }

    /// The correlation of baseline and change is what the two numbers force.
    #[test]
    fn coupled_correlations_are_identities(
        x in prop::collection::vec((0.0..50.0_f64, 0.0..66.0_f64), 4..30),
    ) {
        let (base, end): (Vec<f64>, Vec<f64>) = x.into_iter().unzip();
        if let Ok(p) = proportional_recovery(&base, &end, 66.0) {
            prop_assert!((p.r_baseline_change_implied + p.r_impairment_change).abs() < 1e-7);
        }
    }

    #[test]
    fn anything_never_panics(
        a in prop::collection::vec(any::<f64>(), 0..9),
        b in prop::collection::vec(any::<f64>(), 0..9),
        s in any::<[f64; 5]>(),
    ) {
        let _ = (fit_recovery(&a, &b, None, 0.9), fit_recovery(&a, &b, Some((s[0], s[1])), s[2]));
        let _ = (proportional_recovery(&a, &b, s[0]), ancova(&a, &b, &[true, false, true, true]));
        let _ = (reliable_change(s[0], s[1], s[2], s[3], s[4]), change_correlation(s[0], s[1]));
        let _ = (reference_change_value(s[0], s[1], s[2]), differential_pathlength_factor(s[0], s[1]));
        let _ = (FlowVelocities::new(s[0], s[1]), asymmetry_index(s[0], s[1]), lindegaard_ratio(s[0], s[1]));
        let norms = PracticeNorms { mean1: s[0], mean2: s[1], sd1: s[2], sd2: s[3], r: s[4] };
        let _ = (practice_chelune(s[0], s[1], &norms), practice_mcsweeny(s[0], s[1], &norms));
    }
}

#[test]
fn change_is_set_against_importance_and_error() {
    let scale =
        ImportantChange { improvement: 3.25, worsening: Some(4.63), direction: Improvement::Decrease };
    let verdict = |after, mdc| classify_change(30.0, after, &scale, mdc).expect("valid");
    assert_eq!(verdict(26.0, 3.0), Verdict::Improved);
    assert_eq!(verdict(26.0, 5.0), Verdict::ImprovedWithinError);
    assert_eq!(verdict(34.0, 3.0), Verdict::Unchanged);
    assert_eq!(verdict(35.0, 3.0), Verdict::Worse);
    assert_eq!(verdict(35.0, 6.0), Verdict::WorseWithinError);
}

#[test]
fn a_small_spread_at_the_end_forces_proportional_recovery() {
    // Hope et al. 2019: as the end varies less, the correlation of baseline and change goes to -1 for any r.
    for r in [-0.5, 0.0, 0.5, 0.9] {
        assert!((change_correlation(r, 1e-6).expect("valid") + 1.0).abs() < 1e-5);
    }
    assert!((change_correlation(0.0, 1.0).expect("valid") + 0.5_f64.sqrt()).abs() < 1e-15);
}

#[test]
fn messages_name_field_and_row() {
    let text = |e: OutcomeError| e.to_string();
    assert_eq!(
        text(reliable_change(1.0, 2.0, -7.5, 0.8, 0.95).expect_err("SD")),
        "SD = -7.5 is not above zero"
    );
    assert!(text(reliable_change(1.0, 2.0, 7.5, 1.0, 0.95).expect_err("r")).contains("reliability = 1"));
    assert!(text(FlowVelocities::new(50.0, 60.0).expect_err("EDV")).contains("end-diastolic velocity = 60"));
    assert_eq!(
        text(proportional_recovery(&[10.0, 70.0, 20.0], &[20.0, 66.0, 30.0], 66.0).expect_err("above")),
        "baseline, row 2: 70 is above the maximum of the scale"
    );
    assert!(text(fisher_exact(5, 4, 1, 2).expect_err("more")).contains("more than the number of persons"));
    let e =
        fit_recovery(&[0.0, 1.0, -2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0, 5.0], None, 0.95).expect_err("time");
    assert_eq!(text(e), "time, row 3: -2 is before time 0");
    let e = ancova(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0], &[true; 4]).expect_err("length");
    assert!(text(e).contains('3'));
    assert!(ancova(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 5.0], &[true; 4]).is_err());
}
