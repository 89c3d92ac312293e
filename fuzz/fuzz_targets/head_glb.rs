//! Any bytes as a head in GLB: an error, or a head that is written and read again the same.
#![no_main]

use baihui_head::io::glb::{read_head, write_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(head) = read_head(bytes) {
        let written = write_head(&head);
        let again = read_head(&written).expect("what was written is read");
        assert!(write_head(&again) == written);
    }
});
