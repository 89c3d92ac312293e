//! A network of 100 treatments and 2,000 trials, a fifth of them with three or four arms: reading, fitting with the
//! league of all 4,950 comparisons, splitting direct from indirect evidence, P-scores.
#![allow(missing_docs, clippy::unwrap_used)] // benchmark

use baihui_evidence::network::{
    Contrast, DEFAULT_TOLERANCE, Network, Options, SmallValues, TauEstimator, p_scores, split_evidence,
};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

/// All comparisons of 2,000 trials; a fixed congruence keeps the data the same everywhere.
fn contrasts() -> Vec<Contrast> {
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
    rows
}

fn network(c: &mut Criterion) {
    let rows = contrasts();
    let mut group = c.benchmark_group("network_100_treatments_2000_trials");
    group.sample_size(10);
    group.bench_function("read", |b| {
        b.iter(|| Network::from_contrasts(black_box(&rows), &[], DEFAULT_TOLERANCE).unwrap());
    });
    let network = Network::from_contrasts(&rows, &[], DEFAULT_TOLERANCE).unwrap();
    for estimator in [TauEstimator::Dl, TauEstimator::Reml] {
        let options = Options { estimator, ..Options::default() };
        group.bench_function(format!("fit, split, rank by {estimator:?}"), |b| {
            b.iter(|| {
                let fit = black_box(&network).fit(&options).unwrap();
                (split_evidence(&network, &fit.random).len(), p_scores(&fit.random, SmallValues::Desirable))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, network);
criterion_main!(benches);
