//! Effect sizes against metafor's `escalc`, and the laws they obey.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod oracle;

use baihui_evidence::effect_size::*;
use oracle::{Comparison, json, number};
use proptest::prelude::*;
use serde_json::Value;

const HALF: Correction = Correction::WhereZero(0.5);

fn table(row: &Value) -> TwoByTwo {
    TwoByTwo { a: number(&row["ai"]), b: number(&row["bi"]), c: number(&row["ci"]), d: number(&row["di"]) }
}

fn means(row: &Value) -> TwoMeans {
    TwoMeans {
        mean1: number(&row["m1i"]),
        sd1: number(&row["sd1i"]),
        n1: number(&row["n1i"]),
        mean2: number(&row["m2i"]),
        sd2: number(&row["sd2i"]),
        n2: number(&row["n2i"]),
    }
}

fn paired(row: &Value) -> Paired {
    Paired {
        mean1: number(&row["m1i"]),
        sd1: number(&row["sd1i"]),
        mean2: number(&row["m2i"]),
        sd2: number(&row["sd2i"]),
        n: number(&row["ni"]),
        correlation: number(&row["ri"]),
    }
}

fn one(measure: &str, row: &Value) -> Result<Effect, EffectError> {
    use MeansMeasure::*;
    if let Some(m) = TableMeasure::ALL.into_iter().find(|m| m.code() == measure) {
        return m.effect(&table(row), HALF);
    }
    let proportion = Proportion { events: number(&row["xi"]), n: number(&row["ni"]) };
    let correlation = Correlation { r: number(&row["ri"]), n: number(&row["ni"]) };
    let rates = TwoRates {
        events1: number(&row["x1i"]),
        time1: number(&row["t1i"]),
        events2: number(&row["x2i"]),
        time2: number(&row["t2i"]),
    };
    match measure {
        "MD" => MeanDifference.effect(&means(row)),
        "MD_HO" => MeanDifferencePooled.effect(&means(row)),
        "SMD" | "SMD_LS" => StandardisedMeanDifference(SmdVariance::LargeSample).effect(&means(row)),
        "SMD_LS2" => StandardisedMeanDifference(SmdVariance::LargeSampleScaled).effect(&means(row)),
        "SMD_UB" => StandardisedMeanDifference(SmdVariance::Unbiased).effect(&means(row)),
        "SMDH" => StandardisedMeanDifferenceUnequal.effect(&means(row)),
        "ROM" => RatioOfMeans.effect(&means(row)),
        "CVR" => VariationRatio.effect(&means(row)),
        "VR" => VariabilityRatio.effect(&means(row)),
        "MC" => PairedMeasure::MeanChange.effect(&paired(row)),
        "SMCC" => PairedMeasure::StandardisedByChange.effect(&paired(row)),
        "SMCR" => PairedMeasure::StandardisedByRaw.effect(&paired(row)),
        "SMCRH" => PairedMeasure::StandardisedByRawUnequal.effect(&paired(row)),
        "ROMC" => PairedMeasure::RatioOfMeans.effect(&paired(row)),
        "PR" => ProportionMeasure::Raw.effect(&proportion, HALF),
        "PLN" => ProportionMeasure::Log.effect(&proportion, HALF),
        "PLO" => ProportionMeasure::Logit.effect(&proportion, HALF),
        "PAS" => ProportionMeasure::Arcsine.effect(&proportion, HALF),
        "PFT" => ProportionMeasure::FreemanTukey.effect(&proportion, HALF),
        "COR" => CorrelationMeasure::Raw.effect(&correlation),
        "ZCOR" => CorrelationMeasure::FisherZ.effect(&correlation),
        "IRR" => RateMeasure::RateRatio.effect(&rates, HALF),
        "IRD" => RateMeasure::RateDifference.effect(&rates, HALF),
        "IRSD" => RateMeasure::RootRateDifference.effect(&rates, HALF),
        other => panic!("no measure {other}"),
    }
}

#[test]
fn escalc_is_reproduced() {
    let Some(file) = json("escalc_effect_sizes.json") else { return };
    let mut comparison = Comparison::new("escalc_effect_sizes.json", 1e-8);
    for (measure, rows) in file.as_object().unwrap() {
        let rows = rows.as_array().unwrap();
        if measure == "SMD_AV" {
            let data: Vec<TwoMeans> = rows.iter().map(means).collect();
            for (row, effect) in rows.iter().zip(average_delta_smd(&data).unwrap()) {
                comparison.value("SMD_AV yi", effect.estimate, &row["yi"]);
                comparison.value("SMD_AV vi", effect.variance, &row["vi"]);
            }
            continue;
        }
        let mut refused = 0;
        for (i, row) in rows.iter().enumerate() {
            let what = format!("{measure}[{i}]");
            match one(measure, row) {
                Ok(effect) => {
                    assert!(!row["yi"].is_null(), "{what}: a value where the reference has none");
                    // A log ratio that is zero in exact arithmetic may be rounding noise in the reference.
                    comparison.close(&format!("{what} yi"), effect.estimate, number(&row["yi"]), 1e-14);
                    comparison.value(&format!("{what} vi"), effect.variance, &row["vi"]);
                }
                // An arm with nobody in it (0 + 0): the reference adds 0.5 to each cell and goes on.
                Err(EffectError::EmptyArm { .. }) => refused += 1,
                // The reference has no value either.
                Err(_) if row["yi"].is_null() => refused += 1,
                Err(error) => panic!("{what}: {error}"),
            }
        }
        if refused > 0 {
            comparison.note(format!(
                "{measure}: {refused} rows refused, the arm is empty or the measure undefined"
            ));
        }
    }
    comparison.finish(1100);
}

#[test]
fn a_zero_cell_is_an_error_unless_a_correction_is_chosen() {
    let zero = TwoByTwo { a: 0.0, b: 10.0, c: 3.0, d: 7.0 };
    let error = TableMeasure::OddsRatio.effect(&zero, Correction::None).unwrap_err();
    assert_eq!(error, EffectError::ZeroCell { field: "a", measure: "the log odds ratio" });
    assert_eq!(TableMeasure::OddsRatio.effect(&zero, HALF).unwrap().added, 0.5);
    let full = TwoByTwo { a: 1.0, b: 10.0, c: 3.0, d: 7.0 };
    assert_eq!(TableMeasure::OddsRatio.effect(&full, HALF).unwrap().added, 0.0);
    assert_eq!(TableMeasure::OddsRatio.effect(&full, Correction::Everywhere(0.25)).unwrap().added, 0.25);
    // Peto's method and the risk difference need no correction when only one arm has no events.
    assert!(TableMeasure::Peto.effect(&zero, Correction::None).is_ok());
    assert!(TableMeasure::RiskDifference.effect(&zero, Correction::None).is_ok());
    let none = TwoByTwo { a: 0.0, b: 10.0, c: 0.0, d: 7.0 };
    assert!(matches!(TableMeasure::Peto.effect(&none, Correction::None), Err(EffectError::Undefined { .. })));
}

#[test]
fn damaged_studies_are_named() {
    let good = TwoMeans { mean1: 1.0, sd1: 2.0, n1: 20.0, mean2: 0.0, sd2: 2.0, n2: 20.0 };
    let smd = MeansMeasure::StandardisedMeanDifference(SmdVariance::LargeSample);
    let cases: [(TwoMeans, &str); 5] = [
        (TwoMeans { sd2: -2.0, ..good }, "row 1: sd2 is -2, and it cannot be negative"),
        (TwoMeans { mean1: f64::NAN, ..good }, "row 1: mean1 is NaN, which is not a number that can be used"),
        (
            TwoMeans { n2: 1.0, ..good },
            "row 1: n2 is 1, too few for the standardised mean difference: at least 2 are needed",
        ),
        (TwoMeans { n1: -4.0, ..good }, "row 1: n1 is -4, and it cannot be negative"),
        (
            TwoMeans { sd1: f64::INFINITY, ..good },
            "row 1: sd1 is inf, which is not a number that can be used",
        ),
    ];
    for (bad, message) in cases {
        let errors = for_rows(&[good, bad, good], |row| smd.effect(row)).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].to_string(), message);
    }
    assert_eq!(
        TwoByTwo::from_totals(48.4, 32.0, 1.0, 32.0).unwrap_err().to_string(),
        "events1 is 48.4, more than n1, which is 32"
    );
    assert!(TwoByTwo::from_totals(1.0, f64::NAN, 1.0, 32.0).is_err());
    let ratio = MeansMeasure::RatioOfMeans.effect(&TwoMeans { mean2: -1.0, ..good });
    assert!(matches!(ratio, Err(EffectError::Undefined { .. })));
}

proptest! {
    #[test]
    fn swapping_the_arms_flips_the_sign(a in 1u32..60, b in 1u32..60, c in 1u32..60, d in 1u32..60) {
        let t = TwoByTwo { a: a.into(), b: b.into(), c: c.into(), d: d.into() };
        for measure in TableMeasure::ALL {
            let (e, f) = (measure.effect(&t, HALF).unwrap(), measure.effect(&t.swapped(), HALF).unwrap());
            prop_assert!((e.estimate + f.estimate).abs() < 1e-12, "{:?}", measure);
            prop_assert!((e.variance / f.variance - 1.0).abs() < 1e-12, "{:?}", measure);
        }
    }

    #[test]
    fn units_do_not_matter_to_standardised_measures(
        m1 in 1.0f64..50.0, m2 in 1.0f64..50.0, s1 in 0.5f64..9.0, s2 in 0.5f64..9.0,
        n1 in 3u32..200, n2 in 3u32..200, unit in 0.01f64..100.0,
    ) {
        let x = TwoMeans { mean1: m1, sd1: s1, n1: n1.into(), mean2: m2, sd2: s2, n2: n2.into() };
        let y = TwoMeans { mean1: m1 * unit, sd1: s1 * unit, mean2: m2 * unit, sd2: s2 * unit, ..x };
        use MeansMeasure::*;
        for measure in [StandardisedMeanDifference(SmdVariance::Unbiased), StandardisedMeanDifferenceUnequal,
                        RatioOfMeans, VariationRatio, VariabilityRatio] {
            let (e, f) = (measure.effect(&x).unwrap(), measure.effect(&y).unwrap());
            prop_assert!((e.estimate - f.estimate).abs() < 1e-10 * (1.0 + e.estimate.abs()));
            prop_assert!((e.variance / f.variance - 1.0).abs() < 1e-9);
            let g = measure.effect(&x.swapped()).unwrap();
            prop_assert!((e.estimate + g.estimate).abs() < 1e-12 * (1.0 + e.estimate.abs()));
        }
        let (e, f) = (MeanDifference.effect(&x).unwrap(), MeanDifference.effect(&y).unwrap());
        prop_assert!((e.estimate * unit - f.estimate).abs() < 1e-9 * (1.0 + f.estimate.abs()));
        prop_assert!((e.variance * unit * unit / f.variance - 1.0).abs() < 1e-12);
    }
}
