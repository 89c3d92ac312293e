//! How long the zones take on the built-in head: `cargo bench -p baihui-atlas --bench locate`.

#![allow(missing_docs, reason = "Criterion's macros make a public function")]
#![expect(clippy::expect_used, reason = "a benchmark stops at what it cannot read")]

use std::hint::black_box;

use baihui_atlas::{
    Choices, Evaluator, Names, Request, Value, built_in, locate,
    uncertainty::{self, Draws, Method},
    words::sides_of,
};
use baihui_head::{
    Side, template,
    ten_five::{self, System},
};
use criterion::{Criterion, criterion_group, criterion_main};

fn benches(c: &mut Criterion) {
    c.bench_function("read the atlas", |b| {
        b.iter(|| built_in::atlas(black_box(&[])).expect("it has no mistakes"));
    });
    let atlas = built_in::atlas(&[]).expect("it has no mistakes");
    let names = Names::of(&atlas);
    let choices = Choices::default();
    let head = template::template();
    // The accelerator of the skin is built on first use; what is measured is the work on a head in memory.
    head.skin.closest(glam::DVec3::ZERO);
    let all = || {
        let mut evaluator = Evaluator::new(&atlas, &names, &choices, &head).expect("the head has a frame");
        let mut found: Vec<(usize, Side, Value)> = Vec::new();
        for (i, e) in atlas.entries.iter().enumerate() {
            for &side in sides_of(e.item.side) {
                found.extend(evaluator.locate(i, side).ok().map(|v| (i, side, v)));
            }
        }
        found
    };
    c.bench_function("all zones of all schools, both sides", |b| b.iter(all));
    c.bench_function("all zones of all schools, both sides, and 10-5", |b| {
        b.iter(|| (all(), ten_five::sites(&head, System::TenFive).expect("the head has fiducials")));
    });
    let found = all();
    let located: Vec<(usize, Side, &Value)> = found.iter().map(|(i, s, v)| (*i, *s, v)).collect();
    let mut slow = c.benchmark_group("uncertainty of all zones");
    slow.sample_size(10);
    slow.bench_function("first order", |b| {
        b.iter(|| uncertainty::spreads(&atlas, &names, &choices, &head, &located, &Draws::default()));
    });
    let random = Draws { method: Method::MonteCarlo { draws: 1000, seed: 1 }, ..Draws::default() };
    slow.bench_function("1,000 random heads", |b| {
        b.iter(|| uncertainty::spreads(&atlas, &names, &choices, &head, &located, &random));
    });
    let schools = (0..atlas.schools.len()).collect();
    let request = Request { schools, ..Request::default() };
    slow.bench_function("locate, with first order and the words for the tape", |b| {
        b.iter(|| locate::locate(&atlas, &names, &head, &request).expect("the head has a frame"));
    });
    slow.finish();
}

criterion_group!(group, benches);
criterion_main!(group);
