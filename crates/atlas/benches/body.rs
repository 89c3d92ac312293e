//! Points of regular acupuncture on a body: shaping it, joining a head, all points, all channels.

#![allow(missing_docs, reason = "Criterion's macros make a public function")]

use std::hint::black_box;

use baihui_atlas::{
    Names,
    body::{Locator, Person, built_in},
};
use baihui_head::body::{self, Sex, Shape, Size};
use criterion::{Criterion, criterion_group, criterion_main};

fn bodies(c: &mut Criterion) {
    let points = built_in().unwrap_or_else(|p| panic!("{p:?}"));
    let atlas = baihui_atlas::built_in::atlas(&[]).unwrap_or_else(|p| panic!("{p:?}"));
    let names = Names::of(&atlas);
    let head = baihui_head::template::template();
    let shape = Shape { sex: Sex::Female, age_years: 52.0, height_mm: Some(1640.0), ..Shape::default() };
    let person =
        Person::new(&points, &atlas, &names, &shape, &head, Size::Average).unwrap_or_else(|e| panic!("{e}"));
    let channels: Vec<usize> = (0..points.channels.len()).collect();
    // What is asked for: all points on a body, left and right, in 20 ms.
    c.bench_function("all points on a body", |b| {
        b.iter(|| black_box(Locator::of(&points, black_box(&person)).all().len()));
    });
    let mut slow = c.benchmark_group("a person");
    slow.sample_size(10);
    slow.bench_function("shaped", |b| b.iter(|| black_box(body::built_in().body(black_box(&shape)).is_ok())));
    slow.bench_function("given a head", |b| {
        b.iter(|| Person::new(&points, &atlas, &names, black_box(&shape), &head, Size::Average).is_ok());
    });
    slow.bench_function("channels as curves", |b| {
        b.iter(|| black_box(Locator::of(&points, &person).channels(&channels).len()));
    });
    slow.finish();
}

criterion_group!(benches, bodies);
criterion_main!(benches);
