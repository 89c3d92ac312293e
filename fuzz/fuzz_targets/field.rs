//! Any bytes as each of the field's formats: an error with a text, or something whole.
#![no_main]

use baihui_head::io::{freesurfer, gifti, mgh, points};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The first byte chooses, so that each run costs one reader.
    let Some((&which, bytes)) = bytes.split_first() else { return };
    match which % 13 {
        0 => {
            if let Ok(v) = mgh::read(bytes) {
                assert_eq!(v.data.len(), v.grid.len());
            }
        }
        1 => {
            let _ = freesurfer::read_surface(bytes);
        }
        2 => {
            if let Ok(a) = freesurfer::read_annotation(bytes) {
                assert!(a.labels.iter().all(|l| *l == 0 || a.names.contains_key(l)));
            }
        }
        3 => {
            let _ = gifti::read(bytes);
        }
        n => {
            const EXTENSIONS: [&str; 9] = ["fcsv", "elc", "sfp", "tsv", "hsp", "hpts", "json", "xml", "csv"];
            if let Ok(set) = points::read(bytes, EXTENSIONS[usize::from(n) - 4]) {
                assert!(set.points.iter().all(|p| p.mm.is_finite()));
            }
        }
    }
});
