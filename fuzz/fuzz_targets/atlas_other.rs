//! Any bytes as another file of the atlas (the first byte says which): problems with file and line, or an atlas.
#![no_main]

use baihui_atlas::{Atlas, File};
use libfuzzer_sys::fuzz_target;

const FILES: [&str; 4] = ["landmarks.toml", "settings.toml", "counterparts.toml", "references.toml"];

fuzz_target!(|input: (u8, &str)| {
    let (which, text) = input;
    let path = FILES[usize::from(which) % FILES.len()].to_owned();
    if let Err(problems) = Atlas::load(&[File { path, text: text.to_owned() }]) {
        assert!(!problems.is_empty());
        let lines = text.lines().count().max(1);
        assert!(problems.iter().all(|p| (1..=lines + 1).contains(&p.line)));
    }
});
