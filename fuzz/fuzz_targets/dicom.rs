//! Any bytes as a DICOM slice, alone and twice at different places: an error that says why, or an image without NaN.
#![no_main]

use baihui_head::dicom::{self, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The preamble says nothing: what is fuzzed begins behind it.
    let mut file = vec![0_u8; 128];
    file.extend_from_slice(b"DICM");
    file.extend_from_slice(bytes);
    let one = Source { name: "one", bytes: &file };
    // The same slice 10 mm higher, where its position ends in a zero.
    let mut other = file.clone();
    if let Some(at) = other.windows(4).position(|w| w == [0x20, 0, 0x32, 0]) {
        if let Some(digit) = other[at..].iter().position(|b| *b == b'0') {
            other[at + digit] = b'9';
        }
    }
    for sources in [vec![one], vec![one, Source { name: "other", bytes: &other }]] {
        match dicom::read(&sources, None, &mut |_, _| true) {
            Ok(Ok(image)) => {
                let volume = &image.volume;
                assert_eq!(volume.data.len(), volume.grid.len());
                assert!(volume.data.iter().all(|v| v.is_finite()));
            }
            Ok(Err(_)) => unreachable!(),
            Err(e) => assert!(!e.to_string().is_empty()),
        }
    }
});
