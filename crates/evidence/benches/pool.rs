//! REML with Knapp and Hartung's test, in process.
#![allow(missing_docs, clippy::unwrap_used)] // benchmark

use baihui_evidence::dist::StudentT;
use baihui_evidence::pairwise::{Options, pool};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// Studies with a standard error of 0.1 to 0.5 and tau of 0.3, the same as in peers.py.
fn studies(k: usize) -> (Vec<f64>, Vec<f64>) {
    let mut state = 20_260_101u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    };
    let normal = baihui_evidence::dist::Normal::STANDARD;
    (0..k)
        .map(|_| {
            let se = 0.1 + 0.4 * uniform();
            let v = se * se;
            (0.4 + normal.quantile(uniform()) * (v + 0.09).sqrt(), v)
        })
        .unzip()
}

fn reml(c: &mut Criterion) {
    let options = Options::default();
    let mut group = c.benchmark_group("reml_knapp_hartung");
    for k in [13, 100, 1_000, 10_000, 100_000] {
        let (y, v) = studies(k);
        group.throughput(Throughput::Elements(k as u64));
        group.bench_function(BenchmarkId::new("fit", k), |b| {
            b.iter(|| pool(black_box(&y), black_box(&v), &options).unwrap());
        });
        group.bench_function(BenchmarkId::new("fit_interval_p", k), |b| {
            b.iter(|| {
                let p = pool(black_box(&y), black_box(&v), &options).unwrap();
                (p.interval(0.95), p.p_value())
            });
        });
    }
    group.finish();
    c.bench_function("student_t_quantile_12", |b| {
        let t = StudentT::new(12.0).unwrap();
        b.iter(|| t.quantile_upper(black_box(0.025)));
    });
}

criterion_group!(benches, reml);
criterion_main!(benches);
