//! Any text as a table of label names: an error that names the line, or names that are not empty.
#![no_main]

use baihui_head::volume::parse_label_names;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(names) = parse_label_names(text) {
        assert!(names.values().all(|n| !n.is_empty()));
    }
});
