//! Killed while eight people write, and with no room left on the disk: a quick version of `examples/crash.rs`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod common;

use std::{process::Command, time::Duration};

use common::{crash::*, record::folder};

/// This program again, as the child of a test.
fn again() -> Command {
    let mut c = Command::new(std::env::current_exe().unwrap());
    c.args(["--exact", "child_of_a_test", "--nocapture", "--test-threads=1"]);
    c
}

/// Does nothing unless a test has started this program again.
#[test]
fn child_of_a_test() {
    if std::env::var_os(CHILD).is_some() {
        child();
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_program_is_killed() {
    let mut campaign = Campaign::new(&folder("crash").join("record.baihui"));
    let mut tally = Tally::default();
    for n in 0..10 {
        campaign.run(again(), 8, Some(Duration::from_millis(5 + n * 13 % 90)), &mut tally);
    }
    println!("{tally:?}");
    assert!(tally.acknowledged > 20 && tally.in_doubt > 0, "too little happened to show anything: {tally:?}");
    assert_eq!(tally.errors, 0);
}

/// The limit of a file's size stands for a full disk: writes beyond it fail, at another place each time.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_old_or_the_new_state() {
    let mut tally = Tally::default();
    for blocks in [8, 64, 150, 230, 310, 400, 555] {
        let path = folder("full").join(format!("{blocks}.baihui"));
        let mut campaign = Campaign::new(&path);
        // Made in peace; only the writing meets the limit.
        campaign.run(again(), 0, None, &mut tally);
        let mut limited = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        limited.arg("-c").arg(script).arg(std::env::current_exe().unwrap());
        limited.args(["--exact", "child_of_a_test", "--nocapture", "--test-threads=1"]);
        campaign.run(limited, 4, None, &mut tally);
        // With room again, the same requests go through, once.
        campaign.run(again(), 2, Some(Duration::from_millis(50)), &mut tally);
    }
    println!("{tally:?}");
    assert!(tally.errors >= 7 && tally.acknowledged > 10, "the limit was never met: {tally:?}");
}
