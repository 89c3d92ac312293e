//! FreeSurfer's volumes, `.mgh` and `.mgz`.
//!
//! A header of 284 big-endian bytes, then voxels, i fastest. The orientation (direction cosines and the position of
//! the middle of the volume) counts only where the header's `goodRASFlag` is set; without it the directions would be
//! a guess, so the file is refused. Layout: FreeSurfer's FsTutorial/MghFormat page.

use std::io::Read;

use glam::{DMat3, DVec3};

use super::{
    Place,
    foreign::{Big, FileError},
};
use crate::{
    nifti::MAX_VOXELS,
    volume::{Grid, Volume},
};

const FORMAT: &str = "MGH";
/// Where the voxels begin.
const DATA: usize = 284;

/// Reads an MGH image, plain or gzip-compressed; of more than one frame the first.
///
/// # Errors
/// [`FileError`] names the field and byte. No more memory is used than the announced, bounded size.
pub fn read(bytes: &[u8]) -> Result<Volume, FileError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return plain(bytes);
    }
    let mut gz = flate2::read::MultiGzDecoder::new(bytes);
    let mut all = Vec::new();
    let mut unpack = |all: &mut Vec<u8>, n: usize| {
        gz.by_ref().take(n as u64).read_to_end(all).map(|_| ()).map_err(|e| {
            FileError::new(
                FORMAT,
                Place::Byte(0),
                format!("a gzip stream that breaks off: {e}"),
                "a whole one",
            )
        })
    };
    unpack(&mut all, DATA)?;
    let head = header(&all)?;
    unpack(&mut all, head.grid.len() * head.kind.bytes())?;
    plain(&all)
}

#[derive(Clone, Copy)]
enum Kind {
    U8,
    I16,
    I32,
    F32,
}

impl Kind {
    fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
        }
    }
}

struct Header {
    grid: Grid,
    kind: Kind,
}

fn wrong(byte: usize, found: impl Into<String>, expected: &str) -> FileError {
    FileError::new(FORMAT, Place::Byte(byte), found, expected)
}

fn header(bytes: &[u8]) -> Result<Header, FileError> {
    let mut b = Big::new(FORMAT, bytes, 0);
    let version = b.i32("the version")?;
    if version != 1 {
        return Err(wrong(0, format!("version {version}"), "version 1"));
    }
    let mut dims = [0_usize; 3];
    for (d, name) in dims.iter_mut().zip(["width", "height", "depth"]) {
        let at = b.at();
        let n = b.i32(name)?;
        *d = usize::try_from(n)
            .ok()
            .filter(|n| (1..=MAX_VOXELS).contains(n))
            .ok_or_else(|| wrong(at, format!("a {name} of {n}"), "at least 1"))?;
    }
    let voxels = dims.iter().try_fold(1_usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= MAX_VOXELS);
    if voxels.is_none() {
        return Err(wrong(4, format!("{dims:?} voxels"), "at most 2^27 in all"));
    }
    let _frames = b.i32("the number of frames")?;
    let at = b.at();
    let kind = match b.i32("the data type")? {
        0 => Kind::U8,
        1 => Kind::I32,
        3 => Kind::F32,
        4 => Kind::I16,
        n => {
            return Err(wrong(
                at,
                format!("data type {n}"),
                "0 (bytes), 1 (32-bit), 3 (float) or 4 (16-bit)",
            ));
        }
    };
    let _dof = b.i32("dof")?;
    let at = b.at();
    if b.i16("goodRASFlag")? != 1 {
        return Err(wrong(
            at,
            "goodRASFlag 0: the file does not say how it is oriented, so left and right are unknown",
            "1; write it again with its orientation (mri_convert)",
        ));
    }
    let at = b.at();
    let mut f = [0.0; 15];
    for x in &mut f {
        *x = b.f32("the orientation")?;
    }
    let size = DVec3::new(f[0], f[1], f[2]);
    let cosines = DMat3::from_cols(
        DVec3::new(f[3], f[4], f[5]),
        DVec3::new(f[6], f[7], f[8]),
        DVec3::new(f[9], f[10], f[11]),
    );
    let linear = cosines * DMat3::from_diagonal(size);
    let middle = DVec3::new(f[12], f[13], f[14]);
    let half = DVec3::new(dims[0] as f64, dims[1] as f64, dims[2] as f64) / 2.0;
    let offset = middle - linear * half;
    let volume = linear.determinant().abs();
    if !(linear.is_finite() && offset.is_finite() && volume > 1e-9 && volume < 1e9) {
        return Err(wrong(at, format!("a voxel of {volume} mm³"), "a finite, invertible map to millimetres"));
    }
    Ok(Header { grid: Grid { dims, linear, offset }, kind })
}

fn plain(bytes: &[u8]) -> Result<Volume, FileError> {
    let Header { grid, kind } = header(bytes)?;
    let needed = grid.len() * kind.bytes();
    let raw = bytes.get(DATA..DATA + needed).ok_or_else(|| {
        let found = bytes.len().saturating_sub(DATA);
        wrong(DATA, format!("{found} bytes of voxels"), &format!("{needed} bytes"))
    })?;
    let finite = |v: f32| if v.is_finite() { v } else { 0.0 };
    let data = match kind {
        Kind::U8 => raw.iter().map(|&v| f32::from(v)).collect(),
        Kind::I16 => raw.chunks_exact(2).map(|c| f32::from(i16::from_be_bytes([c[0], c[1]]))).collect(),
        Kind::I32 => {
            raw.chunks_exact(4).map(|c| i32::from_be_bytes([c[0], c[1], c[2], c[3]]) as f32).collect()
        }
        Kind::F32 => {
            raw.chunks_exact(4).map(|c| finite(f32::from_be_bytes([c[0], c[1], c[2], c[3]]))).collect()
        }
    };
    Ok(Volume { grid, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut b = Vec::new();
        for n in [1_i32, 2, 3, 2, 1, 4, 0] {
            b.extend(n.to_be_bytes());
        }
        b.extend(1_i16.to_be_bytes());
        // Coronal slices, as FreeSurfer conforms them: i to the left, j down, k to the front.
        for f in [1.0_f32, 1.5, 2.0, -1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 10.0, 20.0, 30.0] {
            b.extend(f.to_be_bytes());
        }
        b.resize(DATA, 0);
        for n in 0..12_i16 {
            b.extend(n.to_be_bytes());
        }
        b
    }

    #[test]
    fn the_middle_is_where_the_header_says() {
        let v = read(&sample()).unwrap();
        assert_eq!(v.grid.to_mm(DVec3::new(1.0, 1.5, 1.0)), DVec3::new(10.0, 20.0, 30.0));
        assert_eq!(v.grid.to_mm(DVec3::ZERO), DVec3::new(11.0, 18.0, 32.25));
        assert_eq!(v.data[11], 11.0);
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut b = sample();
        b[29] = 0;
        assert!(read(&b).unwrap_err().to_string().contains("goodRASFlag"));
        let b = sample();
        assert!(read(&b[..300]).unwrap_err().to_string().contains("16 bytes of voxels; expected 24 bytes"));
        assert!(read(&b[..60]).unwrap_err().to_string().contains("byte 58"));
        let mut b = sample();
        b[4..8].copy_from_slice(&i32::MAX.to_be_bytes());
        assert!(read(&b).is_err());
    }
}
