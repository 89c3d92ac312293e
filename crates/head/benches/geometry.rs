//! How long the geometry takes on the built-in head: `cargo bench -p baihui-head --bench geometry`.

#![allow(missing_docs, reason = "Criterion's macros make a public function")]
#![expect(clippy::expect_used, reason = "a benchmark stops at what it cannot read")]

use std::hint::black_box;

use baihui_head::{
    curve::{geodesic, plane_cut},
    template,
    ten_five::{self, Fiducials, System},
};
use criterion::{Criterion, criterion_group, criterion_main};

fn benches(c: &mut Criterion) {
    c.bench_function("read the built-in head", |b| b.iter(template::template));
    let head = template::template();
    let skin = &head.skin;
    // The accelerator is built on first use; what is measured is the work on a head in memory.
    skin.closest(glam::DVec3::ZERO);
    c.bench_function("10-5", |b| {
        b.iter(|| ten_five::sites(black_box(&head), System::TenFive).expect("the head has fiducials"));
    });
    let f = Fiducials::of(&head).expect("the head has fiducials");
    let cz = ten_five::reference(skin, &f).expect("the curves can be drawn").cz;
    c.bench_function("geodesic from the left ear to Cz", |b| {
        b.iter(|| geodesic::shortest(skin, black_box(f.lpa), cz).expect("they are on one skin"));
    });
    c.bench_function("geodesic from nasion to inion", |b| {
        b.iter(|| geodesic::shortest(skin, black_box(f.nasion), f.inion).expect("they are on one skin"));
    });
    c.bench_function("plane cut from nasion over Cz to inion", |b| {
        b.iter(|| {
            plane_cut::through(skin, black_box(f.nasion), cz, f.inion).expect("the plane cuts the skin")
        });
    });
}

criterion_group!(group, benches);
criterion_main!(group);
