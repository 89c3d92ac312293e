//! Network meta-analysis: what must hold for any data.

use baihui_evidence::network::{
    BinaryArm, BinaryMeasure, ComponentRules, ContinuousArm, ContinuousMeasure, Contrast, DEFAULT_TOLERANCE,
    Network, Options, SmallValues, Streams, TauEstimator, ZeroCells, contributions, decompose, hat_matrix,
    league_table, net_heat, p_scores, ranking, split_evidence,
};
use baihui_evidence::pairwise::{Tau2IntervalMethod, tau2_interval};
use proptest::prelude::*;

const NAMES: [&str; 6] = ["body", "drug", "electro", "rehab", "scalp", "sham"];

/// A trial: its arms as (treatment, effect, variance).
type Arms = Vec<(usize, f64, f64)>;

fn trials() -> impl Strategy<Value = Vec<Arms>> {
    let chain: Vec<_> = (0..NAMES.len() - 1)
        .map(|i| {
            (-1.0..1.0_f64, -1.0..1.0_f64, 0.01..0.5_f64, 0.01..0.5_f64)
                .prop_map(move |(a, b, v, w)| vec![(i, a, v), (i + 1, b, w)])
        })
        .collect();
    let more = prop::collection::vec(
        (
            prop::sample::subsequence((0..NAMES.len()).collect::<Vec<_>>(), 2..=4),
            prop::collection::vec((-1.0..1.0_f64, 0.01..0.5_f64), 4),
        )
            .prop_map(|(set, v)| set.into_iter().zip(v).map(|(t, (e, s))| (t, e, s)).collect::<Arms>()),
        1..12,
    );
    (chain, more).prop_map(|(mut a, b)| {
        a.extend(b);
        a
    })
}

fn contrasts(trials: &[Arms]) -> Vec<Contrast> {
    let mut rows = Vec::new();
    for (s, arms) in trials.iter().enumerate() {
        for (p, a) in arms.iter().enumerate() {
            for b in &arms[p + 1..] {
                rows.push(Contrast {
                    study: format!("trial {s:03}"),
                    treat1: NAMES[a.0].to_string(),
                    treat2: NAMES[b.0].to_string(),
                    te: a.1 - b.1,
                    se: (a.2 + b.2).sqrt(),
                });
            }
        }
    }
    rows
}

fn network(rows: &[Contrast]) -> Network {
    Network::from_contrasts(rows, &[], DEFAULT_TOLERANCE).expect("valid data")
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

const ESTIMATORS: [TauEstimator; 3] = [TauEstimator::Dl, TauEstimator::Ml, TauEstimator::Reml];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn order_and_direction_of_the_rows_do_not_matter(t in trials(), shift in 1usize..20) {
        let rows = contrasts(&t);
        let mut other: Vec<Contrast> = rows.clone();
        let n = other.len();
        other.rotate_left(shift % n);
        for (i, c) in other.iter_mut().enumerate() {
            if i % 2 == 0 {
                std::mem::swap(&mut c.treat1, &mut c.treat2);
                c.te = -c.te;
            }
        }
        for estimator in ESTIMATORS {
            let options = Options { estimator, ..Options::default() };
            let (a, b) = (network(&rows).fit(&options).expect("fit"), network(&other).fit(&options).expect("fit"));
            prop_assert!(close(a.random.tau2, b.random.tau2, 1e-10));
            prop_assert!(close(a.q.q, b.q.q, 1e-11));
            for i in 0..6 {
                for j in 0..6 {
                    prop_assert!(close(a.random.te(i, j), b.random.te(i, j), 1e-9));
                    prop_assert!(close(a.random.se(i, j), b.random.se(i, j), 1e-9));
                }
            }
        }
    }

    /// The independent route: dense generalised least squares on contrasts against a baseline arm, whichever
    /// treatment is the reference.
    #[test]
    fn agrees_with_dense_least_squares_for_any_reference(t in trials(), reference in 0usize..6, tau2 in 0.0..1.0_f64) {
        let options = Options { estimator: TauEstimator::Fixed(tau2), ..Options::default() };
        let fit = network(&contrasts(&t)).fit(&options).expect("fit");
        let (te, cov) = dense(&t, reference, tau2);
        let column = |i: usize| if i == reference { None } else { Some(i - usize::from(i > reference)) };
        for i in 0..6 {
            for j in 0..6 {
                let get = |k: usize| column(k).map_or(0.0, |c| te[c]);
                let c = |a: usize, b: usize| match (column(a), column(b)) {
                    (Some(a), Some(b)) => cov[(a, b)],
                    _ => 0.0,
                };
                prop_assert!(close(fit.random.te(i, j), get(i) - get(j), 1e-8));
                let variance = c(i, i) + c(j, j) - 2.0 * c(i, j);
                prop_assert!(close(fit.random.variance(i, j), variance, 1e-8));
            }
        }
    }

    /// No nearby variance has a higher restricted likelihood, computed densely and without our rotation.
    #[test]
    fn reml_is_the_maximum_of_the_dense_likelihood(t in trials()) {
        let fit = network(&contrasts(&t)).fit(&Options::default()).expect("fit");
        let best = dense_reml(&t, fit.random.tau2);
        for k in -40..=20 {
            let other = 10.0_f64.powf(f64::from(k) / 10.0);
            prop_assert!(dense_reml(&t, other) <= best + 1e-8, "{other} beats {}", fit.random.tau2);
        }
        prop_assert!(dense_reml(&t, 0.0) <= best + 1e-8);
    }

    #[test]
    fn two_treatments_are_a_pairwise_meta_analysis(v in prop::collection::vec((-2.0..2.0_f64, 0.05..1.0_f64), 2..15)) {
        let rows: Vec<Contrast> = v.iter().enumerate().map(|(i, &(te, se))| Contrast {
            study: format!("{i:02}"), treat1: "scalp".into(), treat2: "sham".into(), te, se,
        }).collect();
        let fit = network(&rows).fit(&Options { estimator: TauEstimator::Dl, ..Options::default() }).expect("fit");
        let w: Vec<f64> = v.iter().map(|x| 1.0 / (x.1 * x.1)).collect();
        let sum: f64 = w.iter().sum();
        let mean = v.iter().zip(&w).map(|(x, w)| x.0 * w).sum::<f64>() / sum;
        let q: f64 = v.iter().zip(&w).map(|(x, w)| w * (x.0 - mean).powi(2)).sum();
        let c = sum - w.iter().map(|w| w * w).sum::<f64>() / sum;
        let tau2 = ((q - (v.len() as f64 - 1.0)) / c).max(0.0);
        prop_assert!(close(fit.common.te(0, 1), mean, 1e-10));
        prop_assert!(close(fit.common.se(0, 1), (1.0 / sum).sqrt(), 1e-10));
        prop_assert!(close(fit.q.q, q, 1e-9));
        prop_assert!(close(fit.random.tau2, tau2, 1e-9));
        prop_assert!(decompose(&network(&rows)).expect("fit").between.p.is_none());
        let (y, v): (Vec<f64>, Vec<f64>) = v.iter().map(|x| (x.0, x.1 * x.1)).unzip();
        let pair = tau2_interval(&y, &v, Tau2IntervalMethod::QProfile, 0.95).expect("limits");
        let (lower, upper) = network(&rows).tau2_interval(0.95).expect("limits").expect("with df");
        prop_assert!(close(lower, pair.lower, 1e-8) && close(upper, pair.upper, 1e-8), "{lower} {upper} {pair:?}");
    }

    #[test]
    fn change_of_unit_and_of_sign_carries_through(t in trials(), factor in 0.01..100.0_f64) {
        let rows = contrasts(&t);
        let scaled: Vec<Contrast> =
            rows.iter().map(|c| Contrast { te: -factor * c.te, se: factor * c.se, ..c.clone() }).collect();
        for estimator in ESTIMATORS {
            let options = Options { estimator, ..Options::default() };
            let (a, b) = (network(&rows).fit(&options).expect("fit"), network(&scaled).fit(&options).expect("fit"));
            prop_assert!(close(a.random.tau2, b.random.tau2 / (factor * factor), 1e-8));
            prop_assert!(close(a.random.te(0, 4), -b.random.te(0, 4) / factor, 1e-8));
            prop_assert!(close(a.random.se(0, 4), b.random.se(0, 4) / factor, 1e-8));
            let (pa, pb) = (p_scores(&a.random, SmallValues::Desirable), p_scores(&b.random, SmallValues::Undesirable));
            prop_assert!(pa.iter().zip(&pb).all(|(x, y)| close(*x, *y, 1e-7)));
        }
    }

    #[test]
    fn shares_add_up_and_flows_are_conserved(t in trials()) {
        let net = network(&contrasts(&t));
        let fit = net.fit(&Options { estimator: TauEstimator::Dl, ..Options::default() }).expect("fit");
        let hat = hat_matrix(&net, &fit.random);
        for (r, &(i, j)) in hat.rows.iter().enumerate() {
            for node in 0..6 {
                let net_flow: f64 = hat.columns.iter().enumerate().map(|(c, &(a, b))| {
                    let h = hat.values[(r, c)];
                    if a == node { h } else if b == node { -h } else { 0.0 }
                }).sum();
                let expected = f64::from(u8::from(node == i)) - f64::from(u8::from(node == j));
                prop_assert!((net_flow - expected).abs() < 1e-9);
            }
        }
        for streams in [Streams::RandomWalk, Streams::ShortestPath] {
            let c = contributions(&net, &fit.random, streams);
            for r in 0..c.rows.len() {
                prop_assert!((c.values.row(r).sum() - 1.0).abs() < 1e-9);
                prop_assert!(c.values.row(r).iter().all(|&v| v >= 0.0));
                // A pair's own evidence flows through one path of one step.
                if let Some(k) = c.columns.iter().position(|p| *p == c.rows[r]) {
                    prop_assert!((c.values[(r, k)] - hat.values[(r, k)]).abs() < 1e-9);
                }
            }
        }
        let scores = p_scores(&fit.random, SmallValues::Desirable);
        prop_assert!((scores.iter().sum::<f64>() / 6.0 - 0.5).abs() < 1e-12);
    }

    #[test]
    fn decomposition_adds_up_and_splits_recombine(t in trials()) {
        let net = network(&contrasts(&t));
        let d = decompose(&net).expect("decomposition");
        prop_assert!(close(d.total.q, d.within.q + d.between.q, 1e-9));
        prop_assert_eq!(d.total.df, d.within.df + d.between.df);
        prop_assert!(d.detached.iter().all(|x| x.test.q <= d.between.q + 1e-9));
        let heat = net_heat(&net, 0.0).expect("net heat");
        prop_assert!(close(heat.q.iter().sum(), d.between.q, 1e-8));
        let fit = net.fit(&Options { estimator: TauEstimator::Dl, ..Options::default() }).expect("fit");
        for s in split_evidence(&net, &fit.random) {
            if let (Some(a), Some(b)) = (s.direct, s.indirect) {
                let te = s.direct_share * a.te + (1.0 - s.direct_share) * b.te;
                prop_assert!(close(te, s.network.te, 1e-7));
                let precision = 1.0 / (a.se * a.se) + 1.0 / (b.se * b.se);
                prop_assert!(close(1.0 / (s.network.se * s.network.se), precision, 1e-7));
            }
        }
    }

    /// Any finite numbers: an answer or an error, never a panic.
    #[test]
    fn damaged_rows_never_panic(
        rows in prop::collection::vec(
            (0usize..4, 0usize..5, 0usize..5, any::<f64>(), any::<f64>()), 0..12),
    ) {
        let rows: Vec<Contrast> = rows.into_iter().map(|(s, a, b, te, se)| Contrast {
            study: s.to_string(), treat1: NAMES[a].into(), treat2: NAMES[b].into(), te, se,
        }).collect();
        if let Ok(net) = Network::from_contrasts(&rows, &[], 0.1) {
            for estimator in ESTIMATORS {
                if let Ok(fit) = net.fit(&Options { estimator, ..Options::default() }) {
                    let _ = contributions(&net, &fit.random, Streams::RandomWalk);
                    let _ = contributions(&net, &fit.random, Streams::ShortestPath);
                    let _ = split_evidence(&net, &fit.random);
                }
            }
            let _ = decompose(&net);
            let _ = net_heat(&net, 0.0);
            let _ = net.fit_components(&ComponentRules::default(), &Options::default());
        }
    }
}

type Dense = (nalgebra::DVector<f64>, nalgebra::DMatrix<f64>);

/// (y, X, V) of contrasts against the first arm of each trial.
fn stack(
    t: &[Arms],
    reference: usize,
    tau2: f64,
) -> (nalgebra::DVector<f64>, nalgebra::DMatrix<f64>, nalgebra::DMatrix<f64>) {
    let rows: usize = t.iter().map(|a| a.len() - 1).sum();
    let mut y = nalgebra::DVector::zeros(rows);
    let mut x = nalgebra::DMatrix::zeros(rows, 5);
    let mut v = nalgebra::DMatrix::zeros(rows, rows);
    let mut at = 0;
    for arms in t {
        let base = arms[0];
        for (p, a) in arms[1..].iter().enumerate() {
            y[at + p] = a.1 - base.1;
            for (node, sign) in [(a.0, 1.0), (base.0, -1.0)] {
                if node != reference {
                    x[(at + p, node - usize::from(node > reference))] += sign;
                }
            }
            for (q, b) in arms[1..].iter().enumerate() {
                v[(at + p, at + q)] = base.2 + tau2 / 2.0 + if p == q { b.2 + tau2 / 2.0 } else { 0.0 };
            }
        }
        at += arms.len() - 1;
    }
    (y, x, v)
}

fn dense(t: &[Arms], reference: usize, tau2: f64) -> Dense {
    let (y, x, v) = stack(t, reference, tau2);
    let w = v.try_inverse().expect("invertible");
    let cov = (x.transpose() * &w * &x).try_inverse().expect("connected");
    let beta = &cov * x.transpose() * w * y;
    (beta, cov)
}

fn dense_reml(t: &[Arms], tau2: f64) -> f64 {
    let (y, x, v) = stack(t, 0, tau2);
    let ln_v = v.determinant().ln();
    let w = v.try_inverse().expect("invertible");
    let normal = x.transpose() * &w * &x;
    let ln_normal = normal.determinant().ln();
    let beta = normal.try_inverse().expect("connected") * x.transpose() * &w * &y;
    let r = y - x * beta;
    -0.5 * (ln_v + ln_normal + (r.transpose() * w * &r)[(0, 0)])
}

#[test]
fn standardised_differences_of_two_arms_are_hedges_g() {
    // Two arms: g = J d, variance 1/n1 + 1/n2 + g^2 / (2 N); J(18) by its gamma functions.
    let arm = |treatment: &str, mean, sd, n| ContinuousArm {
        study: "one".into(),
        treatment: treatment.into(),
        mean,
        sd,
        n,
    };
    let arms = [arm("scalp", 14.0, 4.0, 10.0), arm("sham", 10.0, 3.0, 10.0)];
    let net =
        Network::from_continuous_arms(&arms, ContinuousMeasure::StandardizedMeanDifference).expect("data");
    let fit = net.fit(&Options::default()).expect("fit");
    // Gamma(9) = 8!, Gamma(8.5) = 15!! sqrt(pi) / 2^8.
    let j = 40320.0 * 256.0 / (2_027_025.0 * std::f64::consts::PI.sqrt()) / 3.0;
    let g = j * 4.0 / 12.5_f64.sqrt();
    assert!(close(fit.common.te(0, 1), g, 1e-13), "{} {g}", fit.common.te(0, 1));
    assert!(close(fit.common.variance(0, 1), 0.2 + g * g / 40.0, 1e-13));
    let md = Network::from_continuous_arms(&arms, ContinuousMeasure::MeanDifference).expect("data");
    let fit = md.fit(&Options::default()).expect("fit");
    assert!(close(fit.common.te(0, 1), 4.0, 1e-14));
    assert!(close(fit.common.variance(0, 1), 2.5, 1e-14));
}

#[test]
fn measures_of_counts_have_their_textbook_values() {
    let arm = |study: &str, treatment: &str, events, n| BinaryArm {
        study: study.into(),
        treatment: treatment.into(),
        events,
        n,
    };
    let arms = [arm("1", "a", 12.0, 40.0), arm("1", "b", 20.0, 50.0)];
    for (measure, te, variance) in [
        (
            BinaryMeasure::OddsRatio,
            (12.0_f64 * 30.0 / (28.0 * 20.0)).ln(),
            1.0 / 12.0 + 1.0 / 28.0 + 1.0 / 20.0 + 1.0 / 30.0,
        ),
        (BinaryMeasure::RiskRatio, (0.3_f64 / 0.4).ln(), 1.0 / 12.0 - 1.0 / 40.0 + 1.0 / 20.0 - 1.0 / 50.0),
        (BinaryMeasure::RiskDifference, -0.1, 0.3 * 0.7 / 40.0 + 0.4 * 0.6 / 50.0),
    ] {
        let fit = Network::from_binary_arms(&arms, measure, ZeroCells::Refuse)
            .and_then(|n| n.fit(&Options::default()))
            .expect("fit");
        assert!(close(fit.common.te(0, 1), te, 1e-14), "{measure:?}");
        assert!(close(fit.common.variance(0, 1), variance, 1e-14), "{measure:?}");
        assert!(fit.i2.is_none() && fit.prediction_interval(0, 1).is_none());
    }
}

/// metafor 3.8-1, rma.mv on the smoking cessation contrasts with C = "ind", B = "self", D = "ind+self" and A
/// without effect: rma.mv(y, V + tau2 block, mods = X, intercept = FALSE).
#[test]
fn component_effects_match_metafor() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/oracle/nma/smokingcessation_contrasts.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: no shared reference results");
        return;
    };
    let rename = |s: &str| match s.trim_matches('"') {
        "A" => "none".to_string(),
        "B" => "self".to_string(),
        "C" => "ind".to_string(),
        _ => "ind+self".to_string(),
    };
    let rows: Vec<Contrast> = text
        .lines()
        .skip(1)
        .map(|l| {
            let f: Vec<&str> = l.split(',').collect();
            Contrast {
                study: f[0].into(),
                treat1: rename(f[1]),
                treat2: rename(f[2]),
                te: f[3].parse().expect("number"),
                se: f[4].parse().expect("number"),
            }
        })
        .collect();
    let net = network(&rows);
    let rules = ComponentRules { inactive: Some("none".into()), ..ComponentRules::default() };
    let fit =
        |estimator| net.fit_components(&rules, &Options { estimator, ..Options::default() }).expect("fit");
    let fixed = fit(TauEstimator::Fixed(0.5));
    assert_eq!(fixed.components, ["ind", "self"]);
    let mut compared = 0;
    let mut check = |ours: f64, reference: f64, tolerance: f64| {
        compared += 1;
        assert!((ours - reference).abs() <= tolerance * reference.abs(), "{ours} {reference}");
    };
    let both = |list: &[Option<baihui_evidence::network::Comparison>]| {
        let (a, b) = (list[0].expect("estimable"), list[1].expect("estimable"));
        [a.te, b.te, a.se, b.se]
    };
    let common = [
        0.645_976_435_290_081_9,
        0.162_826_389_161_415_76,
        0.058_168_094_286_299_24,
        0.113_442_896_281_636_59,
    ];
    let random =
        [0.680_508_954_626_106_3, 0.293_873_393_410_693_13, 0.191_674_030_614_447_1, 0.275_992_953_598_148];
    for (o, r) in both(&fixed.common_components).iter().zip(common) {
        check(*o, r, 1e-12);
    }
    for (o, r) in both(&fixed.random_components).iter().zip(random) {
        check(*o, r, 1e-12);
    }
    check(fixed.q.q, 203.073_348_856_204_3, 1e-12);
    // metafor's likelihood maximised over tau2 by optimize(), good to about 1e-8.
    check(fit(TauEstimator::Reml).random.tau2, 0.427_909_795_04, 1e-6);
    let difference = fixed.q_difference.expect("connected");
    assert_eq!((fixed.q.df, difference.df), (24, 1));
    println!("{compared} values of the component model compared with metafor");
}

#[test]
fn components_link_a_network_that_treatments_do_not() {
    let row = |study: &str, a: &str, b: &str, te| Contrast {
        study: study.into(),
        treat1: a.into(),
        treat2: b.into(),
        te,
        se: 0.2,
    };
    let rows = [
        row("1", "scalp+rehab", "rehab", 0.5),
        row("2", "scalp+drug", "drug", 0.7),
        row("3", "sham", "body", 0.1),
    ];
    let net = network(&rows);
    let error = net.fit(&Options::default()).expect_err("not connected");
    let text = error.to_string();
    assert!(
        text.contains("3 parts") && text.contains("{rehab, scalp+rehab}") && text.contains("{body, sham}"),
        "{text}"
    );
    let fit = net.fit_components(&ComponentRules::default(), &Options::default()).expect("fit");
    // scalp is estimable from both trials; rehab and drug from none; body against sham only as a difference.
    let scalp = fit.components.iter().position(|c| c == "scalp").expect("component");
    let effect = fit.common_components[scalp].expect("estimable");
    assert!(close(effect.te, 0.6, 1e-12) && close(effect.se, 0.2 / 2.0_f64.sqrt(), 1e-12));
    assert_eq!(fit.inestimable(), ["body", "drug", "rehab", "sham"]);
    let at = |t: &str| net.treatment_index(t).expect("treatment");
    assert!(fit.comparable(at("body"), at("sham")) && fit.comparable(at("scalp+drug"), at("drug")));
    assert!(!fit.comparable(at("rehab"), at("drug")));
    assert!(fit.q_difference.is_none());
}

#[test]
fn league_table_holds_network_below_and_direct_above() {
    let t: Vec<Arms> = vec![
        vec![(0, 0.2, 0.1), (1, 0.5, 0.1)],
        vec![(1, 0.1, 0.2), (2, 0.9, 0.1)],
        vec![(0, 0.4, 0.2), (2, 0.8, 0.3), (3, 0.0, 0.1)],
    ];
    let net = network(&contrasts(&t));
    let fit = net.fit(&Options { estimator: TauEstimator::Dl, ..Options::default() }).expect("fit");
    let order = ranking(&p_scores(&fit.random, SmallValues::Undesirable));
    let league = league_table(&net, &fit.random, &order).expect("table");
    for r in 0..4 {
        assert!(league.cells[r][r].is_none());
        for c in 0..r {
            let cell = league.cells[r][c].expect("network estimate");
            assert!(close(cell.te, fit.random.te(order[c], order[r]), 1e-15));
            // With better treatments first and large values good, every cell reads as an advantage.
            assert!(cell.te > 0.0);
        }
    }
    let (one, three) =
        (order.iter().position(|&i| i == 1).expect("in"), order.iter().position(|&i| i == 3).expect("in"));
    assert!(league.cells[one.min(three)][one.max(three)].is_none(), "1 and 3 never met");
    assert!(league_table(&net, &fit.random, &[0, 0, 1, 2]).is_err());
}
