//! A network of 100 treatments and 2,000 trials, timed. In release it takes well under a second; the limit here
//! leaves room for unoptimised builds and busy machines.

use std::time::Instant;

use baihui_evidence::network::{
    Contrast, DEFAULT_TOLERANCE, Network, Options, SmallValues, TauEstimator, p_scores, split_evidence,
};

#[test]
fn one_hundred_treatments_and_two_thousand_trials() {
    // A fixed multiplicative congruence keeps the data the same everywhere.
    let mut state = 20_250_101_u64;
    let mut next = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let mut rows = Vec::new();
    for s in 0..2000 {
        let count = if s % 5 == 0 { 3 + next(2) } else { 2 };
        let mut arms: Vec<(u64, f64, f64)> = Vec::new();
        let first = s as u64 % 100;
        while (arms.len() as u64) < count {
            let t = if arms.is_empty() { first } else { next(100) };
            if arms.iter().all(|a| a.0 != t) {
                arms.push((
                    t,
                    t as f64 * 0.01 + next(1000) as f64 / 500.0,
                    0.01 + next(1000) as f64 / 10_000.0,
                ));
            }
        }
        for (p, a) in arms.iter().enumerate() {
            for b in &arms[p + 1..] {
                rows.push(Contrast {
                    study: format!("{s}"),
                    treat1: format!("t{:02}", a.0),
                    treat2: format!("t{:02}", b.0),
                    te: a.1 - b.1,
                    se: (a.2 + b.2).sqrt(),
                });
            }
        }
    }
    let start = Instant::now();
    let network = Network::from_contrasts(&rows, &[], DEFAULT_TOLERANCE).expect("data");
    let read = start.elapsed();
    for estimator in [TauEstimator::Dl, TauEstimator::Reml] {
        let start = Instant::now();
        let fit = network.fit(&Options { estimator, ..Options::default() }).expect("fit");
        let splits = split_evidence(&network, &fit.random);
        let scores = p_scores(&fit.random, SmallValues::Desirable);
        let total = read + start.elapsed();
        println!(
            "{} treatments, {} trials, {} comparisons, {estimator:?}: read {:.0} ms, in all {:.0} ms (tau2 {:.6})",
            network.treatments().len(),
            network.trial_count(),
            rows.len(),
            read.as_secs_f64() * 1e3,
            total.as_secs_f64() * 1e3,
            fit.random.tau2
        );
        assert_eq!((network.treatments().len(), splits.len(), scores.len()), (100, 4950, 100));
        assert!(total.as_secs_f64() < 20.0);
    }
}
