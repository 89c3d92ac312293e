//! How long all zones by all projections with 1,000 draws take: `time cargo run --release -p baihui-atlas --example
//! beneath_speed`. Processor time is what counts on a busy machine.

#![allow(clippy::print_stdout, reason = "a report for people, not a part of the product")]

use std::{error::Error, time::Instant};

use baihui_atlas::{Names, Request, beneath::places, built_in, locate};
use baihui_head::{
    cortex::{Beneath, Sampling},
    template::template,
};

fn main() -> Result<(), Box<dyn Error>> {
    let atlas = built_in::atlas(&[]).map_err(|p| format!("{} problems in the atlas", p.len()))?;
    let head = template();
    let start = Instant::now();
    let beneath = Beneath::new(&head)?;
    println!("head made ready: {:.0} ms", 1e3 * start.elapsed().as_secs_f64());
    let start = Instant::now();
    let location = locate::locate(&atlas, &Names::of(&atlas), &head, &Request::default())?;
    println!("{} items located: {:.0} ms", location.items.len(), 1e3 * start.elapsed().as_secs_f64());
    let start = Instant::now();
    let mut findings = 0;
    for zone in &location.items {
        let whole = [(0.0, zone.length_mm)];
        for (from, to) in whole.into_iter().chain(zone.parts.iter().map(|p| (p.from_mm, p.to_mm))) {
            findings +=
                usize::from(beneath.finding(&places(&head, zone, from, to), &Sampling::default()).is_some());
        }
    }
    println!(
        "{findings} zones and parts x 1000 draws x 4 projections: {:.0} ms",
        1e3 * start.elapsed().as_secs_f64()
    );
    Ok(())
}
