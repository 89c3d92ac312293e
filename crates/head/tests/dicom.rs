//! DICOM series written by pydicom from a NIfTI image (data/dicom_from_nifti.py) are that image again.

#![cfg(feature = "dicom")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{fs, io::Read, path::Path};

use baihui_head::{
    dicom::{self, Dicom, DicomError, Source},
    nifti,
    volume::Volume,
};
use glam::DVec3;
use proptest::prelude::*;

type Files = Vec<(String, Vec<u8>)>;

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dicom").join(name)
}

/// The files of a packed series.
fn series(name: &str) -> Files {
    let mut all = Vec::new();
    flate2::read::GzDecoder::new(&fs::read(path(&format!("{name}.gz"))).unwrap()[..])
        .read_to_end(&mut all)
        .unwrap();
    let mut rest = &all[..];
    let mut next = || {
        let n = u32::from_le_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        let part = rest[4..4 + n].to_vec();
        rest = &rest[4 + n..];
        Some(part)
    };
    let mut out = Vec::new();
    while let Some(name) = next() {
        out.push((String::from_utf8(name).unwrap(), next().unwrap()));
    }
    out
}

fn read_series(files: &Files, wanted: Option<&str>) -> Result<Dicom, DicomError> {
    let sources: Vec<Source<'_>> = files.iter().map(|(name, bytes)| Source { name, bytes }).collect();
    dicom::read(&sources, wanted, &mut |_, _| true).map(Result::unwrap)
}

fn message(files: &Files) -> String {
    read_series(files, None).unwrap_err().to_string()
}

fn truth() -> Volume {
    nifti::read(&fs::read(path("truth.nii")).unwrap()).unwrap().volume
}

/// Every voxel of one image has its value in the other, at the same place in mm.
fn same(a: &Volume, b: &Volume) {
    let mut sizes = [a.grid.dims, b.grid.dims];
    sizes.iter_mut().for_each(|s| s.sort_unstable());
    assert_eq!(sizes[0], sizes[1]);
    let [nx, ny, nz] = a.grid.dims;
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                let mm = a.grid.to_mm(DVec3::new(i as f64, j as f64, k as f64));
                let v = b.grid.to_voxel(mm);
                let n = v.round();
                // Positions are stored with 16 characters.
                assert!(v.distance(n) < 1e-5, "{mm} is {v}");
                let n = n.to_array().map(|c| c as usize);
                assert_eq!(a.data[a.grid.index(i, j, k)], b.data[b.grid.index(n[0], n[1], n[2])], "at {mm}");
            }
        }
    }
}

#[test]
fn every_plane_and_storage_gives_the_nifti_image() {
    let truth = truth();
    for name in [
        "axial",
        "sagittal",
        "coronal",
        "as-stored",
        "implicit",
        "big",
        "rle",
        "scaled",
        "enhanced",
        "lossless",
        "lossless-6",
    ] {
        let made = read_series(&series(name), None).unwrap();
        same(&truth, &made.volume);
        assert!(made.notes.is_empty(), "{name}: {:?}", made.notes);
        assert_eq!(made.series.number, "3");
    }
}

#[test]
fn compressed_slices_are_refused_by_name() {
    let text = message(&series("jpeg2000"));
    assert!(text.contains("JPEG 2000") && text.contains("1.2.840.10008.1.2.4.90"), "{text}");
}

#[test]
fn a_slice_in_several_fragments_is_one() {
    const ITEM: [u8; 4] = [0xFE, 0xFF, 0x00, 0xE0];
    let mut files = series("lossless");
    for (name, bytes) in &mut files {
        // The item with the JPEG becomes two of even length.
        let at = (0..bytes.len() - 10)
            .find(|&i| bytes[i..i + 4] == ITEM && bytes[i + 8..i + 10] == [0xFF, 0xD8])
            .unwrap_or_else(|| panic!("{name} has no JPEG"));
        let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        let whole = bytes[at + 8..at + 8 + length].to_vec();
        let (first, second) = whole.split_at(length / 4 * 2);
        let item = |part: &[u8]| [&ITEM[..], &(part.len() as u32).to_le_bytes(), part].concat();
        bytes.splice(at..at + 8 + length, [item(first), item(second)].concat());
    }
    same(&truth(), &read_series(&files, None).unwrap().volume);
}

#[test]
fn a_missing_slice_is_said() {
    let truth_of = series("axial");
    // Not the ones at the ends: a shorter image is an image.
    for gone in 0..truth_of.len() {
        let mut files = truth_of.clone();
        let name = files.remove(gone).0;
        match read_series(&files, None) {
            Ok(made) => {
                assert!(["IM0000", "IM0333"].contains(&name.as_str()), "{name}");
                assert_eq!(made.volume.grid.dims[2], 9);
            }
            Err(e) => {
                let text = e.to_string();
                assert!(
                    text.contains("1 of its slices is missing") && text.contains("ImagePositionPatient"),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn copies_are_passed_over_and_other_images_at_the_same_place_refused() {
    let mut files = series("axial");
    let (name, bytes) = files[2].clone();
    files.push((format!("copy of {name}"), bytes.clone()));
    files.push(("DICOMDIR.txt".to_owned(), b"not a slice".to_vec()));
    let made = read_series(&files, None).unwrap();
    same(&truth(), &made.volume);
    assert_eq!(made.notes.len(), 2, "{:?}", made.notes);
    // The same place under another SOPInstanceUID: a second echo, a second repetition.
    let at = bytes.windows(6).rposition(|w| w == b".77.3.").unwrap();
    let mut other = bytes;
    other[at + 6] = b'8';
    let last = files.len() - 2;
    files[last].1 = other;
    let text = message(&files);
    assert!(text.contains("lie at the same place") && text.contains("ImagePositionPatient"), "{text}");
}

#[test]
fn of_several_series_one_must_be_named() {
    let mut files = series("axial");
    for (name, mut bytes) in series("coronal") {
        // SeriesInstanceUID ends in .2.1, SeriesNumber is 3.
        for (old, new) in
            [(&b".77.2.1"[..], &b".77.2.9"[..]), (b" \0\x11\0IS\x02\x003 ", b" \0\x11\0IS\x02\x005 ")]
        {
            let at = bytes.windows(old.len()).position(|w| w == old).unwrap();
            bytes[at..at + old.len()].copy_from_slice(new);
        }
        files.push((format!("b{name}"), bytes));
    }
    let text = message(&files);
    assert!(
        text.contains("2 series could be a head") && text.contains("10 slices") && text.contains("12 slices"),
        "{text}"
    );
    let made = read_series(&files, Some("5")).unwrap();
    assert_eq!(made.volume.grid.dims[2], 12);
    same(&truth(), &made.volume);
    let text = read_series(&files, Some("4")).unwrap_err().to_string();
    assert!(text.contains("no series is called \"4\""), "{text}");
}

/// Overwrites the value of an explicit little-endian element with as many bytes.
fn with(bytes: &[u8], tag: [u8; 4], value: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let at = out.windows(4).position(|w| w == tag).unwrap();
    let length = usize::from(u16::from_le_bytes([out[at + 6], out[at + 7]]));
    value(&mut out[at + 8..at + 8 + length]);
    out
}

#[test]
fn fields_that_cannot_be_used_are_named() {
    let good = series("axial");
    let fill = |text: &'static [u8]| {
        move |v: &mut [u8]| {
            for (n, b) in v.iter_mut().enumerate() {
                *b = text.get(n).copied().unwrap_or(b' ');
            }
        }
    };
    type Change = Box<dyn Fn(&mut [u8])>;
    let cases: Vec<([u8; 4], Change, &str)> = vec![
        ([8, 0, 0x60, 0], Box::new(fill(b"CT")), "Modality (0x0008,0x0060) is CT; expected MR"),
        ([0x20, 0, 0x32, 0], Box::new(fill(b"1\\2")), "ImagePositionPatient"),
        ([0x20, 0, 0x37, 0], Box::new(fill(b"1\\0\\0\\1\\0\\0")), "ImageOrientationPatient"),
        ([0x28, 0, 0x30, 0], Box::new(fill(b"0\\1")), "PixelSpacing"),
        ([0x28, 0, 0x10, 0], Box::new(fill(&[0, 0])), "Rows"),
        ([0x28, 0, 0x11, 0], Box::new(fill(&[0xff, 0xff])), "Columns"),
        ([0x28, 0, 0, 1], Box::new(fill(&[32, 0])), "BitsAllocated"),
        ([0x28, 0, 2, 0], Box::new(fill(&[3, 0])), "SamplesPerPixel"),
        ([0x28, 0, 4, 0], Box::new(fill(b"MONOCHROME1")), "PhotometricInterpretation"),
        ([0x20, 0, 0x0E, 0], Box::new(fill(b"")), "SeriesInstanceUID"),
        ([2, 0, 0x10, 0], Box::new(fill(b"1.2.840.10008.1.2.9")), "something unknown"),
    ];
    for (tag, change, words) in cases {
        let files: Files = good.iter().map(|(n, b)| (n.clone(), with(b, tag, &*change))).collect();
        let text = message(&files);
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains("Secret") && !text.contains("SECRET"), "{text}");
    }
    // Pixels that end early.
    let files: Files = good.iter().map(|(n, b)| (n.clone(), b[..b.len() - 40].to_vec())).collect();
    let text = message(&files);
    assert!(text.contains("(7FE0,0010) announces 216 bytes; 176 are left"), "{text}");
    assert_eq!(
        message(&vec![("a".to_owned(), b"text".to_vec())]),
        DicomError::NoImage { files: 1 }.to_string()
    );
}

#[test]
fn reading_can_be_stopped() {
    let files = series("axial");
    let sources: Vec<Source<'_>> = files.iter().map(|(name, bytes)| Source { name, bytes }).collect();
    assert!(dicom::read(&sources, None, &mut |_, _| false).unwrap().is_err());
    assert!(dicom::read(&sources, None, &mut |_, share| share < 0.25).unwrap().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Neither a changed byte nor an end in the middle makes it panic, hang or ask for much memory.
    #[test]
    fn damage_gives_a_reason_or_an_image(
        name in prop::sample::select(vec!["axial", "implicit", "big", "rle", "enhanced", "lossless"]),
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut files = series(name);
        let n = which.index(files.len());
        let bytes = &mut files[n].1;
        for (at, b) in changes {
            // The preamble says nothing.
            let at = 128 + at.index(bytes.len() - 128);
            bytes[at] = b;
        }
        if let Some(end) = end {
            let end = end.index(bytes.len());
            bytes.truncate(end);
        }
        if let Err(e) = read_series(&files, None) {
            prop_assert!(!e.to_string().is_empty());
        }
    }
}
