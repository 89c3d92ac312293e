//! Kills a writing program again and again, and looks at what it left.
//!
//! `cargo run --release -p baihui-clinic --example crash -- kill 1000 8` kills it a thousand times under eight
//! writers. `... -- fault 200` makes the first, second ... two-hundredth write or sync of the file fail, by strace.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it is a report")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::{process::Command, time::Duration};

use common::{crash::*, record::folder};
use rand_pcg::{
    Pcg64,
    rand_core::{Rng as _, SeedableRng as _},
};

fn again() -> Command {
    Command::new(std::env::current_exe().expect("a program knows where it is"))
}

fn main() {
    if std::env::var_os(CHILD).is_some() {
        return child();
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |n: usize, default: u64| args.get(n).and_then(|a| a.parse().ok()).unwrap_or(default);
    let mut tally = Tally::default();
    match args.first().map(String::as_str) {
        Some("fault") => fault(number(1, 200), &mut tally),
        _ => kill(number(1, 1000), u32::try_from(number(2, 8)).unwrap_or(8), &mut tally),
    }
    tally.reopened_ms.sort_unstable();
    let at =
        |share: usize| tally.reopened_ms.get(tally.reopened_ms.len() * share / 100).copied().unwrap_or(0);
    println!(
        "{} runs, {} requests acknowledged, 0 lost, {} in doubt ({} of them there), {} errors; \
         reopened in {} ms (median), {} ms (p99)",
        tally.runs,
        tally.acknowledged,
        tally.in_doubt,
        tally.in_doubt_there,
        tally.errors,
        at(50),
        at(99)
    );
}

fn kill(kills: u64, writers: u32, tally: &mut Tally) {
    let mut random = Pcg64::seed_from_u64(1);
    let folder = folder("crash-example");
    let mut campaign = Campaign::new(&folder.join("0.baihui"));
    for n in 0..kills {
        // A new file now and then, so that checking the whole chain stays quick.
        if n % 25 == 0 {
            let _ = std::fs::remove_dir_all(&folder);
            let _ = std::fs::create_dir_all(&folder);
            campaign = Campaign::new(&folder.join(format!("{n}.baihui")));
        }
        let after = Duration::from_micros(random.next_u64() % 150_000);
        campaign.run(again(), writers, Some(after), tally);
        if n % 50 == 49 {
            println!("{} kills, {} acknowledged", n + 1, tally.acknowledged);
        }
    }
}

fn fault(steps: u64, tally: &mut Tally) {
    for (call, error) in [("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fdatasync,fsync", "EIO")] {
        for n in 1..=steps {
            let folder = folder("fault-example");
            let mut campaign = Campaign::new(&folder.join("record.baihui"));
            campaign.run(again(), 0, None, tally);
            let mut strace = Command::new("strace");
            // From the n-th call on every such call fails, until the program gives up.
            strace
                .args(["-f", "-qq", "-o", "/dev/null", "-e"])
                .arg(format!("inject={call}:error={error}:when={n}+"));
            strace.arg(std::env::current_exe().expect("a program knows where it is"));
            campaign.run(strace, 2, None, tally);
            campaign.run(again(), 1, Some(Duration::from_millis(10)), tally);
        }
        println!("{call} {error}: {} runs, {} errors seen", tally.runs, tally.errors);
    }
}
