//! Archives (.zip) of slices, as scanners' programs export them.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::File;
use crate::error::CliError;

/// Most bytes that come out of an archive.
const MOST: u64 = 1 << 31;
/// Most files of an archive.
const MOST_FILES: usize = 50_000;

/// The files with what is in their archives in the place of these.
///
/// Of an archive, the slices are taken (files with `DICM` at byte 128); where there are none, its one NIfTI or MGH image.
///
/// # Errors
/// Says what of the archive cannot be read.
pub fn unpacked(files: Vec<File>) -> Result<Vec<File>, CliError> {
    let mut out = Vec::with_capacity(files.len());
    for file in files {
        if file.bytes.starts_with(b"PK\x03\x04") {
            out.extend(unpack(&file)?);
        } else {
            out.push(file);
        }
    }
    Ok(out)
}

fn unpack(file: &File) -> Result<Vec<File>, CliError> {
    let broken = |e: &dyn ToString| file.error(format!("the archive cannot be read: {}", e.to_string()));
    let mut archive = ZipArchive::new(Cursor::new(&file.bytes[..])).map_err(|e| broken(&e))?;
    if archive.len() > MOST_FILES {
        return Err(file.error(format!("{} files; expected at most {MOST_FILES}", archive.len())));
    }
    let (mut slices, mut images) = (Vec::new(), Vec::new());
    let mut left = MOST;
    for k in 0..archive.len() {
        let entry = archive.by_index(k).map_err(|e| broken(&e))?;
        if !entry.is_file() {
            continue;
        }
        let name = entry.name().rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let image = [".nii", ".nii.gz", ".mgz", ".mgh"].iter().any(|e| name.to_lowercase().ends_with(e));
        let mut bytes = Vec::new();
        // What says that it is small may be large: what comes out is counted. One more than is left tells that it was too much.
        let mut limited = entry.take(left + 1);
        limited.by_ref().take(132).read_to_end(&mut bytes).map_err(|e| broken(&e))?;
        let slice = bytes.get(128..) == Some(b"DICM");
        if !slice && !image {
            continue;
        }
        limited.read_to_end(&mut bytes).map_err(|e| broken(&e))?;
        left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            file.error("the archive holds more than 2 GB; expected the slices of one examination")
        })?;
        let found = File { name, bytes: bytes.into() };
        if slice { slices.push(found) } else { images.push(found) }
    }
    match (slices.len(), images.len()) {
        (0, 0) => Err(file.error(
            "the archive has neither DICOM slices (\"DICM\" at byte 128) nor an image (.nii, .nii.gz, .mgz)",
        )),
        (0, 1) => Ok(images),
        (0, n) => Err(file
            .error(format!("the archive has {n} images; expected one"))
            .hint("unpack it, and give the T1-weighted one")),
        _ => Ok(slices),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn archive(files: &[(&str, Vec<u8>)]) -> File {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        File { name: "a.zip".to_owned(), bytes: zip.finish().unwrap().into_inner().into() }
    }

    fn slice(n: u8) -> Vec<u8> {
        let mut b = vec![0; 128];
        b.extend(b"DICM");
        b.extend([n; 300]);
        b
    }

    #[test]
    fn slices_are_taken_out_and_nothing_else() {
        let file =
            archive(&[("study/1/a", slice(1)), ("study/readme.txt", b"hello".to_vec()), ("b", slice(2))]);
        let plain = File { name: "c.dcm".to_owned(), bytes: slice(3).into() };
        let out = unpacked(vec![file, plain]).unwrap();
        let names: Vec<&str> = out.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c.dcm"]);
        assert_eq!(*out[1].bytes, slice(2), "whole, with the bytes that were looked at first");
    }

    #[test]
    fn one_image_is_taken_two_are_asked_about() {
        let one = archive(&[("x/T1.nii.gz", vec![1, 2, 3])]);
        assert_eq!(unpacked(vec![one]).unwrap()[0].name, "T1.nii.gz");
        let two = archive(&[("a.nii", vec![1]), ("b.mgz", vec![2])]);
        assert!(unpacked(vec![two]).unwrap_err().message.contains("2 images"));
        let none = archive(&[("letter.pdf", vec![1])]);
        assert!(unpacked(vec![none]).unwrap_err().message.contains("neither"));
    }

    #[test]
    fn a_damaged_archive_is_refused() {
        let mut bytes = archive(&[("a.nii", vec![7; 4000])]).bytes.to_vec();
        for cut in [4, 30, bytes.len() / 2, bytes.len() - 1] {
            let file = File { name: "cut.zip".to_owned(), bytes: bytes[..cut].to_vec().into() };
            assert!(
                unpacked(vec![file]).unwrap_err().message.starts_with("cut.zip: the archive cannot be read")
            );
        }
        let middle = bytes.len() / 3;
        bytes[middle] ^= 0xff;
        let file = File { name: "bent.zip".to_owned(), bytes: bytes.into() };
        // Whatever was bent: no panic, and never bytes that the archive's own checksum denies.
        if let Ok(out) = unpacked(vec![file]) {
            assert_eq!(*out[0].bytes, vec![7; 4000]);
        }
    }
}
