//! How long it takes to look down from places of the scalp, with labels: `cargo run --release -p baihui-head --example
//! cortex_lookup [PLACES]`. Run by `benches/cortex_peers.py` beside other programs on the same places.
//!
//! Prints, in ms on one thread: all four projections from places that were never looked at, from the same again, and
//! the preparation that they share.

#![allow(clippy::print_stdout, reason = "a report for people, not a part of the product")]

use std::{collections::BTreeMap, error::Error, hint::black_box, time::Instant};

use baihui_head::{
    Cortex, Head, HeadSource, Hemisphere, MniMap, MniRecord, Side, cortex::Beneath, template::template,
};

/// Runs, of which the median is told: one is at the mercy of the machine.
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let n: usize = std::env::args().nth(1).map_or(Ok(3000), |t| t.parse())?;
    let built_in = template();
    let brain = built_in.brain.clone().ok_or("the built-in head has no brain")?;
    // As a head of its own, so that nothing is remembered from one run to the next.
    let labels = (0..brain.vertices().len()).map(|i| (i % 90 + 1) as u16).collect();
    let names: BTreeMap<u16, String> = (1..=90).map(|k| (k, format!("region {k}"))).collect();
    let hemisphere = Hemisphere { side: Side::Left, surface: brain, labels };
    let cortex = Cortex::new(vec![hemisphere], "numbered".into(), names, String::new())?;
    let to_mni = MniRecord { map: MniMap::Identity, sd_mm: 0.0, method: String::new() };
    let head = Head { source: HeadSource::Mri, cortex: Some(cortex), to_mni: Some(to_mni), ..built_in };
    let places: Vec<_> = head.skin.vertices().iter().copied().filter(|v| v.z > 0.0).take(n).collect();
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..RUNS {
        let start = Instant::now();
        let beneath = Beneath::new(&head)?;
        times[0].push(start.elapsed().as_secs_f64());
        for slot in &mut times[1..] {
            let start = Instant::now();
            for &p in &places {
                black_box(beneath.cortex_at(p));
            }
            slot.push(start.elapsed().as_secs_f64());
        }
    }
    let [ready, first, again] = times.map(|mut t| {
        t.sort_by(f64::total_cmp);
        1e3 * t[RUNS / 2]
    });
    println!("places {} ready {ready:.1} first {first:.2} again {again:.2}", places.len());
    Ok(())
}
