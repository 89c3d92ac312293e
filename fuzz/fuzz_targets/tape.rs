//! Any text as tape measurements, a line for each: an error in words, or lengths that a head can have.
#![no_main]

use baihui_head::tape::{Dimension, Entry, HairlineState, Input, Sex, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut input = Input::default();
    let mut lines = text.lines();
    for d in Dimension::ALL {
        let Some(line) = lines.next() else { break };
        if let Ok(entry) = line.parse::<Entry>() {
            let again: Entry = entry.to_string().parse().expect("what was written is read");
            assert!(again == entry);
            input.set(d, Some(entry));
        }
    }
    input.age_years = lines.next().and_then(|l| l.parse().ok());
    input.tape_sd_mm = lines.next().and_then(|l| l.parse().ok());
    input.sex = lines.next().map(|l| if l.len() % 2 == 0 { Sex::Female } else { Sex::Male });
    if lines.next().is_some() {
        input.hairline = HairlineState::Bald;
    }
    match check(&input) {
        Ok(checked) => {
            let found: Vec<f64> = Dimension::ALL.iter().filter_map(|&d| checked.mm(d)).collect();
            assert!(!found.is_empty());
            assert!(found.iter().all(|mm| (10.0..=1000.0).contains(mm)), "{found:?}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
