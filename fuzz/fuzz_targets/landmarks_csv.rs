//! Any bytes as landmarks in CSV: an error, or landmarks that are written and read again the same.
#![no_main]

use baihui_head::io::csv::{read_landmarks, write_landmarks};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(landmarks) = read_landmarks(bytes) {
        let again = read_landmarks(&write_landmarks(&landmarks)).expect("what was written is read");
        assert!(again == landmarks);
    }
});
