//! Damaged networks: each message names study, field and a way to repair it.

use baihui_evidence::network::{
    BinaryArm, BinaryMeasure, ContinuousArm, ContinuousMeasure, Contrast, DEFAULT_TOLERANCE, Network,
    NetworkError, Note, Options, PredictionDf, SharedArm, TauEstimator, ZeroCells,
};

fn row(study: &str, treat1: &str, treat2: &str, te: f64, se: f64) -> Contrast {
    Contrast { study: study.into(), treat1: treat1.into(), treat2: treat2.into(), te, se }
}

fn build(rows: &[Contrast]) -> Result<Network, NetworkError> {
    Network::from_contrasts(rows, &[], DEFAULT_TOLERANCE)
}

fn message(rows: &[Contrast]) -> String {
    build(rows).expect_err("damaged").to_string()
}

fn has(text: &str, parts: &[&str]) {
    for p in parts {
        assert!(text.contains(p), "\"{text}\" lacks \"{p}\"");
    }
}

#[test]
fn single_rows() {
    let good = row("Li 2019", "scalp", "sham", 0.3, 0.1);
    has(
        &message(&[good.clone(), row("Wu 2020", "scalp", "body", f64::NAN, 0.1)]),
        &["row 2", "Wu 2020", "TE"],
    );
    has(
        &message(&[good.clone(), row("Wu 2020", "scalp", "body", 0.1, -0.1)]),
        &["row 2", "Wu 2020", "seTE", "-0.1"],
    );
    has(&message(&[row("Wu 2020", "scalp", "body", 0.1, 0.0)]), &["row 1", "seTE", "above zero"]);
    has(&message(&[row("Wu 2020", "scalp", "scalp", 0.1, 0.1)]), &["row 1", "Wu 2020", "itself"]);
    has(&message(&[row(" ", "scalp", "sham", 0.1, 0.1)]), &["row 1", "study", "empty"]);
    has(
        &message(&[good, row("Li 2019", "sham", "scalp", -0.3, 0.1)]),
        &["Li 2019", "scalp:sham", "row 1", "row 2"],
    );
    assert_eq!(message(&[]), "the network has no study");
}

#[test]
fn multi_arm_effects_that_do_not_add_up_are_named_with_a_repair() {
    // b:c has the wrong sign: 0.2 instead of -0.2.
    let rows = [
        row("Xu 2021", "a", "b", 0.5, 0.1),
        row("Xu 2021", "a", "c", 0.3, 0.1),
        row("Xu 2021", "b", "c", 0.2, 0.1),
    ];
    has(&message(&rows), &["Xu 2021", "do not add up", "sign"]);
    let NetworkError::InconsistentEffects(conflict) = build(&rows).expect_err("wrong") else {
        panic!("another error");
    };
    // Least squares shares the gap equally among the three comparisons.
    assert!((conflict.repaired - (2.0 * conflict.given + conflict.implied) / 3.0).abs() < 1e-15);
    // Rounding is tolerated, averaged and said.
    let rounded = [
        row("Xu 2021", "a", "b", 0.501, 0.1),
        row("Xu 2021", "a", "c", 0.3, 0.1),
        row("Xu 2021", "b", "c", -0.2, 0.1),
    ];
    let network = build(&rounded).expect("rounded");
    assert!(matches!(network.notes(), [Note::EffectsAveraged { .. }]));
}

#[test]
fn multi_arm_errors_that_cannot_be_are_named_with_their_range() {
    let rows = [
        row("Xu 2021", "a", "b", 0.5, 0.1),
        row("Xu 2021", "a", "c", 0.3, 0.1),
        row("Xu 2021", "b", "c", -0.2, 0.3),
    ];
    has(&message(&rows), &["Xu 2021", "standard errors", "SE b:c is 0.3", "between 0 and 0.141"]);
    // Between the range of independent arms and the impossible: accepted with a remark.
    let mut adjusted = rows;
    adjusted[2].se = 0.15;
    let network = build(&adjusted).expect("possible");
    let [Note::NegativeArmVariance { treatment, variance, .. }] = network.notes() else { panic!("no note") };
    assert_eq!(treatment, "a");
    // v_a = (V_ab + V_ac - V_bc) / 2.
    assert!((variance - (0.01 + 0.01 - 0.0225) / 2.0).abs() < 1e-15);
}

#[test]
fn missing_comparisons_are_listed_and_the_shared_arm_completes_them() {
    let rows = [row("Xu 2021", "sham", "b", 0.5, 0.3), row("Xu 2021", "sham", "c", 0.3, 0.4)];
    has(&message(&rows), &["Xu 2021", "3 treatments and 2 of 3 comparisons", "b:c", "variance"]);
    let shared = |variance| SharedArm { study: "Xu 2021".into(), treatment: "sham".into(), variance };
    let network = Network::from_contrasts(&rows, &[shared(0.05)], DEFAULT_TOLERANCE).expect("complete");
    let fit = network.fit(&Options::default()).expect("fit");
    let (b, c) = (network.treatment_index("b").expect("b"), network.treatment_index("c").expect("c"));
    assert!((fit.common.te(b, c) + 0.2).abs() < 1e-14);
    assert!((fit.common.variance(b, c) - (0.09 + 0.16 - 0.1)).abs() < 1e-14);
    for bad in [shared(0.2), shared(-1.0), shared(f64::NAN)] {
        assert!(Network::from_contrasts(&rows, &[bad], DEFAULT_TOLERANCE).is_err());
    }
    let elsewhere = SharedArm { study: "Xu 2021".into(), treatment: "b".into(), variance: 0.05 };
    has(
        &Network::from_contrasts(&rows, &[elsewhere], DEFAULT_TOLERANCE).expect_err("not shared").to_string(),
        &["\"b\"", "Xu 2021"],
    );
}

#[test]
fn a_network_in_parts_is_refused_with_the_parts() {
    let network =
        build(&[row("1", "a", "b", 0.1, 0.1), row("2", "c", "d", 0.1, 0.1)]).expect("data are fine");
    let error = network.fit(&Options::default()).expect_err("two parts");
    assert_eq!(error.to_string(), "the network falls into 2 parts that no trial links: {a, b} and {c, d}");
}

#[test]
fn arms() {
    let arm = |study: &str, treatment: &str, events, n| BinaryArm {
        study: study.into(),
        treatment: treatment.into(),
        events,
        n,
    };
    let build = |arms: &[BinaryArm], zeros| Network::from_binary_arms(arms, BinaryMeasure::OddsRatio, zeros);
    let text = |arms: &[BinaryArm], zeros| build(arms, zeros).expect_err("damaged").to_string();
    has(&text(&[arm("1", "a", 48.4, 32.0)], ZeroCells::Refuse), &["row 1", "events", "48.4", "more than"]);
    has(&text(&[arm("1", "a", -1.0, 32.0)], ZeroCells::Refuse), &["row 1", "events"]);
    has(&text(&[arm("1", "a", 1.0, 0.0)], ZeroCells::Refuse), &["row 1", " n:", "above zero"]);
    has(&text(&[arm("1", "a", 1.0, 5.0)], ZeroCells::Refuse), &["one arm only", "\"1\""]);
    has(
        &text(&[arm("1", "a", 1.0, 5.0), arm("1", "a", 2.0, 5.0)], ZeroCells::Refuse),
        &["the arm a", "row 1", "row 2"],
    );
    let zero = [
        arm("1", "a", 0.0, 20.0),
        arm("1", "b", 3.0, 20.0),
        arm("2", "a", 0.0, 9.0),
        arm("2", "c", 0.0, 9.0),
    ];
    has(&text(&zero[..2], ZeroCells::Refuse), &["row 1", "0 events of 20", "odds ratio"]);
    has(&text(&zero, ZeroCells::Add(-0.5)), &["-0.5"]);
    let network = build(&zero, ZeroCells::Add(0.5)).expect("corrected");
    assert_eq!(
        network.notes(),
        [
            Note::Corrected { study: "1".into(), increment: 0.5 },
            Note::Uninformative { study: "2".into() },
            Note::TreatmentLost { treatment: "c".into() },
        ]
    );
    assert_eq!(build(&zero, ZeroCells::AddAlways(0.5)).expect("kept").trial_count(), 2);
    let mean = |sd, n| ContinuousArm { study: "1".into(), treatment: format!("{n}"), mean: 1.0, sd, n };
    let smd = ContinuousMeasure::StandardizedMeanDifference;
    has(&Network::from_continuous_arms(&[mean(-2.0, 5.0)], smd).expect_err("sd").to_string(), &["sd", "-2"]);
    assert!(Network::from_continuous_arms(&[mean(1.0, 1.0), mean(1.0, 1.5)], smd).is_err());
}

#[test]
fn parameters() {
    let network = build(&[row("1", "a", "b", 0.1, 0.1), row("2", "a", "b", 0.4, 0.1)]).expect("data");
    let fit = |options: Options| network.fit(&options);
    for level in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
        assert!(fit(Options { level, ..Options::default() }).is_err(), "{level}");
    }
    assert!(fit(Options { estimator: TauEstimator::Fixed(-1.0), ..Options::default() }).is_err());
    assert!(fit(Options { prediction: PredictionDf::StudentT(0.0), ..Options::default() }).is_err());
    assert!(Network::from_contrasts(&[row("1", "a", "b", 0.1, 0.1)], &[], -1.0).is_err());
    assert_eq!(
        network.treatment_index("z").expect_err("none").to_string(),
        "the network has no treatment \"z\""
    );
}
