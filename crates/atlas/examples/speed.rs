//! Time on the processor, which a busy machine does not lengthen as it does the clock's:
//! `cargo run --release -p baihui-atlas --example speed -- [DRAWS]`. Linux only.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "an example")]

use baihui_atlas::{
    Choices, Evaluator, Names, Request, Value, built_in, locate,
    uncertainty::{self, Draws, Method},
    words::sides_of,
};
use baihui_head::{
    Side,
    scalp::decimate,
    template,
    ten_five::{self, System},
};

/// Nanoseconds that this thread has had a processor.
fn on_processor() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(f64::NAN)
}

/// Milliseconds that all threads of this process together have had, in steps of ten.
fn of_all_threads_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in brackets, may hold spaces.
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|n| n.parse().ok()).collect();
    ticks.iter().sum::<f64>() * 10.0
}

fn timed<T>(what: &str, rounds: u32, mut f: impl FnMut() -> T) -> T {
    let mut out = f();
    let start = on_processor();
    for _ in 1..rounds {
        out = f();
    }
    let each = (on_processor() - start) / f64::from((rounds - 1).max(1)) / 1e6;
    println!("{what:40} {each:10.3} ms");
    out
}

fn main() {
    let draws = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1000);
    let head = timed("read the head", 5, template::template);
    let atlas = timed("read the atlas", 5, || built_in::atlas(&[]).expect("it has no mistakes"));
    let names = timed("names", 5, || Names::of(&atlas));
    let choices = Choices::default();
    head.skin.closest(glam::DVec3::ZERO);
    let edge_mm = template::COARSE_EDGE_MM;
    timed("coarse skin, worked out", 3, || {
        decimate::to_edge_length(&head.skin, edge_mm).expect("it is a skin")
    });
    let coarse =
        timed("coarse skin, as stored", 5, || template::coarse(&head.skin).expect("it is the built-in skin"));
    println!("{} vertices of {}", coarse.vertices().len(), head.skin.vertices().len());
    timed("10-5", 20, || ten_five::sites(&head, System::TenFive).expect("the head has fiducials"));
    let found = timed("all zones", 20, || {
        let mut evaluator = Evaluator::new(&atlas, &names, &choices, &head).expect("the head has a frame");
        let mut found: Vec<(usize, Side, Value)> = Vec::new();
        for (i, e) in atlas.entries.iter().enumerate() {
            for &side in sides_of(e.item.side) {
                found.extend(evaluator.locate(i, side).ok().map(|v| (i, side, v)));
            }
        }
        found
    });
    let located: Vec<(usize, Side, &Value)> = found.iter().map(|(i, s, v)| (*i, *s, v)).collect();
    let random = Draws { method: Method::MonteCarlo { draws, seed: 1 }, ..Draws::default() };
    let spreads = |d: &Draws| uncertainty::spreads(&atlas, &names, &choices, &head, &located, d);
    spreads(&Draws { method: Method::MonteCarlo { draws: 1, seed: 1 }, ..Draws::default() });
    let (clock, start) = (std::time::Instant::now(), of_all_threads_ms());
    let drawn = spreads(&random);
    println!(
        "{:40} {:10.3} ms, {:.3} ms by the clock",
        format!("{draws} random heads, {} items", located.len()),
        of_all_threads_ms() - start,
        clock.elapsed().as_secs_f64() * 1e3
    );
    let clock = std::time::Instant::now();
    let first = spreads(&Draws::default());
    println!(
        "{:40} {:10.3} ms by the clock",
        "first order, all threads",
        clock.elapsed().as_secs_f64() * 1e3
    );
    let mut ratios: Vec<f64> =
        drawn.iter().zip(&first).map(|(a, b)| a.parts.landmarks / b.parts.landmarks).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |q: f64| ratios[(q * (ratios.len() - 1) as f64) as usize];
    println!(
        "random / first order: {:.3} {:.3} {:.3} {:.3} {:.3}",
        at(0.0),
        at(0.05),
        at(0.5),
        at(0.95),
        at(1.0)
    );
    let clock = std::time::Instant::now();
    let request = Request { schools: (0..atlas.schools.len()).collect(), ..Request::default() };
    locate::locate(&atlas, &names, &head, &request).expect("the head has a frame");
    println!("{:40} {:10.3} ms by the clock", "locate", clock.elapsed().as_secs_f64() * 1e3);
}
