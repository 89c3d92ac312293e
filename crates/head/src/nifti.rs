//! NIfTI-1 and NIfTI-2 images, plain or gzip-compressed, from bytes.
//!
//! Only what a head needs: three dimensions (or more with one time point), any real data type, and an
//! orientation that the file itself states. A file whose orientation is unknown is refused: guessing would
//! risk exchanging left and right. The header layout is that of the NIfTI-1 specification (Cox et al. 2004,
//! nifti.nimh.nih.gov/nifti-1); that of NIfTI-2 is in [`two`].

use std::io::Read;

use glam::{DMat3, DVec3};
use thiserror::Error;

use crate::volume::{Grid, Volume};

mod two;
mod write;

pub use write::{Store, write};

/// The most voxels that are read.
pub const MAX_VOXELS: usize = 1 << 27;

/// Bytes of the fixed header.
const HEADER: usize = 348;

/// Why bytes are not an image that can be used.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum NiftiError {
    /// The gzip stream is damaged.
    #[error("the gzip stream cannot be read: {0}")]
    Gzip(String),
    /// Shorter than a header.
    #[error("{found} bytes; a NIfTI-1 header alone has {HEADER}")]
    TooShort {
        /// Bytes present.
        found: usize,
    },
    /// Not NIfTI-1.
    #[error("byte {byte}: {what} is {found}; expected {expected}")]
    BadHeader {
        /// Offset in the (uncompressed) file.
        byte: usize,
        /// The field.
        what: &'static str,
        /// What it holds.
        found: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// Both orientation codes are zero.
    #[error(
        "the file does not say how it is oriented (qform_code and sform_code are 0), so left and right are \
         unknown; export it again with its orientation"
    )]
    NoOrientation,
    /// The data end early.
    #[error("{needed} bytes of voxels are announced from byte {start}, but {found} are there")]
    Truncated {
        /// Where the voxels start.
        start: usize,
        /// Bytes announced.
        needed: usize,
        /// Bytes present.
        found: usize,
    },
    /// More voxels than are read.
    #[error("{found} voxels; at most {MAX_VOXELS} are read")]
    TooLarge {
        /// Voxels announced.
        found: u64,
    },
}

/// Where the orientation was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// The affine (`srow_*`), with its code (4 is MNI space).
    Sform(i16),
    /// The quaternion, with its code.
    Qform(i16),
}

/// An image and what its header says of it.
#[derive(Clone, Debug)]
pub struct Nifti {
    /// The voxels, in mm, RAS. Values that are not finite are set to 0.
    pub volume: Volume,
    /// Where the orientation came from.
    pub orientation: Orientation,
    /// The free-text description.
    pub description: String,
}

/// Reads a NIfTI-1 or NIfTI-2 image (`.nii` or `.nii.gz`); of more than one volume the first.
///
/// # Errors
/// [`NiftiError`] names the field and byte. No more memory is used than the announced, bounded size.
pub fn read(bytes: &[u8]) -> Result<Nifti, NiftiError> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut gz = flate2::read::MultiGzDecoder::new(bytes);
        let head = inflate(&mut gz, two::HEADER)?;
        let header = Header::parse(&head)?;
        let mut rest = inflate(&mut gz, header.end().saturating_sub(head.len()))?;
        let mut all = head;
        all.append(&mut rest);
        return header.image(&all);
    }
    Header::parse(bytes)?.image(bytes)
}

/// Up to `limit` bytes of a stream. A damaged stream is an error; a short one is not.
fn inflate(gz: &mut impl Read, limit: usize) -> Result<Vec<u8>, NiftiError> {
    let mut out = Vec::new();
    gz.take(limit as u64).read_to_end(&mut out).map_err(|e| NiftiError::Gzip(e.to_string()))?;
    Ok(out)
}

#[derive(Clone, Copy)]
enum Kind {
    U8,
    I8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl Kind {
    fn from_code(code: i16) -> Option<Self> {
        Some(match code {
            2 => Self::U8,
            4 => Self::I16,
            8 => Self::I32,
            16 => Self::F32,
            64 => Self::F64,
            256 => Self::I8,
            512 => Self::U16,
            768 => Self::U32,
            1024 => Self::I64,
            1280 => Self::U64,
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }
}

struct Header {
    little: bool,
    grid: Grid,
    kind: Kind,
    start: usize,
    slope: f64,
    intercept: f64,
    orientation: Orientation,
    description: String,
}

/// Fixed-width numbers at byte offsets of a header that is known to be long enough.
struct Fields<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Fields<'_> {
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut a = [0; N];
        a.copy_from_slice(&self.bytes[at..at + N]);
        if !self.little {
            a.reverse();
        }
        a
    }
    fn i16(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.array(at))
    }
    fn f32(&self, at: usize) -> f64 {
        f64::from(f32::from_le_bytes(self.array(at)))
    }
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, NiftiError> {
        if bytes.len() < HEADER {
            return Err(NiftiError::TooShort { found: bytes.len() });
        }
        let size = [bytes[0], bytes[1], bytes[2], bytes[3]];
        let little = match (i32::from_le_bytes(size), i32::from_be_bytes(size)) {
            (348, _) => true,
            (_, 348) => false,
            (540, _) => return two::header(bytes, true),
            (_, 540) => return two::header(bytes, false),
            (n, _) => {
                return Err(NiftiError::BadHeader {
                    byte: 0,
                    what: "sizeof_hdr",
                    found: n.to_string(),
                    expected: "348 (NIfTI-1) or 540 (NIfTI-2) in either byte order",
                });
            }
        };
        let f = Fields { bytes, little };
        if &bytes[344..348] != b"n+1\0" {
            return Err(NiftiError::BadHeader {
                byte: 344,
                what: "magic",
                found: format!("{:?}", String::from_utf8_lossy(&bytes[344..348])),
                expected: "\"n+1\" (one file; a pair of .hdr and .img is not read)",
            });
        }
        let rank = f.i16(40);
        if !(3..=7).contains(&rank) {
            return Err(NiftiError::BadHeader {
                byte: 40,
                what: "the number of dimensions",
                found: rank.to_string(),
                expected: "3 to 7",
            });
        }
        let mut dims = [0; 3];
        for (a, d) in dims.iter_mut().enumerate() {
            let n = f.i16(42 + 2 * a);
            if n < 1 {
                return Err(NiftiError::BadHeader {
                    byte: 42 + 2 * a,
                    what: "a dimension",
                    found: n.to_string(),
                    expected: "at least 1",
                });
            }
            *d = n as usize;
        }
        let voxels = dims.iter().map(|&d| d as u64).product();
        if voxels > MAX_VOXELS as u64 {
            return Err(NiftiError::TooLarge { found: voxels });
        }
        let code = f.i16(70);
        let kind = Kind::from_code(code).ok_or_else(|| NiftiError::BadHeader {
            byte: 70,
            what: "the data type",
            found: code.to_string(),
            expected: "a real number type (2, 4, 8, 16, 64, 256, 512, 768, 1024 or 1280)",
        })?;
        let start = f.f32(108);
        if !(start >= HEADER as f64 && start <= 1e7) {
            // Some writers leave 0 in a single file; the voxels then follow the header and its extension flag.
            if start != 0.0 {
                return Err(NiftiError::BadHeader {
                    byte: 108,
                    what: "vox_offset",
                    found: start.to_string(),
                    expected: "352 or more (at most 10 MB of extensions)",
                });
            }
        }
        let start = if start == 0.0 { 352 } else { start as usize };
        let (slope, intercept) = (f.f32(112), f.f32(116));
        let (slope, intercept) = if slope.is_finite() && slope != 0.0 {
            (slope, if intercept.is_finite() { intercept } else { 0.0 })
        } else {
            (1.0, 0.0)
        };
        let (grid, orientation) = orientation(&f, dims)?;
        let text = &bytes[148..228];
        let text = &text[..text.iter().position(|&b| b == 0).unwrap_or(text.len())];
        Ok(Self {
            little,
            grid,
            kind,
            start,
            slope,
            intercept,
            orientation,
            description: String::from_utf8_lossy(text).into_owned(),
        })
    }

    fn end(&self) -> usize {
        self.start + self.grid.len() * self.kind.bytes()
    }

    fn image(self, bytes: &[u8]) -> Result<Nifti, NiftiError> {
        let needed = self.grid.len() * self.kind.bytes();
        let raw = bytes.get(self.start..self.start + needed).ok_or(NiftiError::Truncated {
            start: self.start,
            needed,
            found: bytes.len().saturating_sub(self.start),
        })?;
        let f = Fields { bytes: raw, little: self.little };
        let value = |n: usize| -> f64 {
            let at = n * self.kind.bytes();
            match self.kind {
                Kind::U8 => f64::from(raw[at]),
                Kind::I8 => f64::from(raw[at] as i8),
                Kind::I16 => f64::from(i16::from_le_bytes(f.array(at))),
                Kind::U16 => f64::from(u16::from_le_bytes(f.array(at))),
                Kind::I32 => f64::from(i32::from_le_bytes(f.array(at))),
                Kind::U32 => f64::from(u32::from_le_bytes(f.array(at))),
                Kind::I64 => i64::from_le_bytes(f.array(at)) as f64,
                Kind::U64 => u64::from_le_bytes(f.array(at)) as f64,
                Kind::F32 => f64::from(f32::from_le_bytes(f.array(at))),
                Kind::F64 => f64::from_le_bytes(f.array(at)),
            }
        };
        let scaled = |v: f64| {
            let v = (v * self.slope + self.intercept) as f32;
            if v.is_finite() { v } else { 0.0 }
        };
        let data = match self.kind {
            // Label images and many anatomical ones are bytes: a table spares seven million multiplications.
            Kind::U8 => {
                let table: Vec<f32> = (0..=255_u8).map(|v| scaled(f64::from(v))).collect();
                raw.iter().map(|&v| table[usize::from(v)]).collect()
            }
            _ => (0..self.grid.len()).map(|n| scaled(value(n))).collect(),
        };
        Ok(Nifti {
            volume: Volume { grid: self.grid, data },
            orientation: self.orientation,
            description: self.description,
        })
    }
}

/// The voxel-to-mm map: the sform where it has a code, else the qform (NIfTI-1, methods 3 and 2).
fn orientation(f: &Fields<'_>, dims: [usize; 3]) -> Result<(Grid, Orientation), NiftiError> {
    let unit = match f.bytes[123] & 7 {
        1 => 1000.0,
        3 => 1e-3,
        _ => 1.0, // millimetres, or not stated, which means millimetres in practice
    };
    let row = |at: usize| [f.f32(at), f.f32(at + 4), f.f32(at + 8), f.f32(at + 12)];
    let stated = Stated {
        scode: i32::from(f.i16(254)),
        rows: [row(280), row(296), row(312)],
        qcode: i32::from(f.i16(252)),
        quaternion: [f.f32(256), f.f32(260), f.f32(264)],
        pixdim: [f.f32(76), f.f32(80), f.f32(84), f.f32(88)],
        shift: DVec3::new(f.f32(268), f.f32(272), f.f32(276)),
        bytes: [280, 256],
    };
    place(&stated, dims, unit)
}

/// What a header says of its orientation, whichever version it is.
struct Stated {
    scode: i32,
    rows: [[f64; 4]; 3],
    qcode: i32,
    quaternion: [f64; 3],
    pixdim: [f64; 4],
    shift: DVec3,
    /// Where the sform and the qform are in the file.
    bytes: [usize; 2],
}

fn place(f: &Stated, dims: [usize; 3], unit: f64) -> Result<(Grid, Orientation), NiftiError> {
    let code = |c: i32| i16::try_from(c).unwrap_or(i16::MAX);
    let (linear, offset, orientation, byte) = if f.scode > 0 {
        let r = f.rows;
        let column = |c: usize| DVec3::new(r[0][c], r[1][c], r[2][c]);
        let linear = DMat3::from_cols(column(0), column(1), column(2));
        (linear, column(3), Orientation::Sform(code(f.scode)), f.bytes[0])
    } else if f.qcode > 0 {
        let [b, c, d] = f.quaternion;
        let a = libm::sqrt((1.0 - (b * b + c * c + d * d)).max(0.0));
        let rotation = DMat3::from_quat(glam::DQuat::from_xyzw(b, c, d, a).normalize());
        let handed = if f.pixdim[0] < 0.0 { -1.0 } else { 1.0 };
        let size = DVec3::new(f.pixdim[1], f.pixdim[2], f.pixdim[3] * handed);
        let linear = rotation * DMat3::from_diagonal(size);
        (linear, f.shift, Orientation::Qform(code(f.qcode)), f.bytes[1])
    } else {
        return Err(NiftiError::NoOrientation);
    };
    let (linear, offset) = (linear * unit, offset * unit);
    let volume = linear.determinant().abs();
    if !(linear.is_finite() && offset.is_finite() && volume > 1e-9 && volume < 1e9) {
        return Err(NiftiError::BadHeader {
            byte,
            what: "the orientation",
            found: format!("a voxel of {volume} mm³"),
            expected: "a finite, invertible map to millimetres",
        });
    }
    Ok((Grid { dims, linear, offset }, orientation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A 3 × 2 × 2 image of i16 counting up from 0, slope 2, intercept 1, by either orientation method.
    fn sample(little: bool, sform: bool) -> Vec<u8> {
        let mut b = vec![0_u8; 352];
        let put = |b: &mut Vec<u8>, at: usize, v: &[u8]| {
            let mut v = v.to_vec();
            if !little {
                v.reverse();
            }
            b[at..at + v.len()].copy_from_slice(&v);
        };
        put(&mut b, 0, &348_i32.to_le_bytes());
        for (n, d) in [3_i16, 3, 2, 2, 1, 1, 1, 1].into_iter().enumerate() {
            put(&mut b, 40 + 2 * n, &d.to_le_bytes());
        }
        put(&mut b, 70, &4_i16.to_le_bytes());
        for (n, d) in [-1.0_f32, 2.0, 3.0, 4.0].into_iter().enumerate() {
            put(&mut b, 76 + 4 * n, &d.to_le_bytes());
        }
        put(&mut b, 108, &352.0_f32.to_le_bytes());
        put(&mut b, 112, &2.0_f32.to_le_bytes());
        put(&mut b, 116, &1.0_f32.to_le_bytes());
        b[123] = 2;
        if sform {
            put(&mut b, 254, &4_i16.to_le_bytes());
            for (r, row) in
                [[2.0_f32, 0.0, 0.0, -5.0], [0.0, 3.0, 0.0, 6.0], [0.0, 0.0, -4.0, 7.0]].iter().enumerate()
            {
                for (c, v) in row.iter().enumerate() {
                    put(&mut b, 280 + 16 * r + 4 * c, &v.to_le_bytes());
                }
            }
        } else {
            // qfac = −1 with the unit quaternion: the same map as the sform above.
            put(&mut b, 252, &1_i16.to_le_bytes());
            for (n, v) in [-5.0_f32, 6.0, 7.0].iter().enumerate() {
                put(&mut b, 268 + 4 * n, &v.to_le_bytes());
            }
        }
        b[344..348].copy_from_slice(b"n+1\0");
        for n in 0..12_i16 {
            b.extend(if little { n.to_le_bytes() } else { n.to_be_bytes() });
        }
        b
    }

    #[test]
    fn both_byte_orders_and_both_orientations_agree() {
        for little in [true, false] {
            for sform in [true, false] {
                let n = read(&sample(little, sform)).unwrap();
                assert_eq!(n.volume.grid.dims, [3, 2, 2]);
                assert_eq!(n.volume.data[5], 11.0);
                let p = n.volume.grid.to_mm(DVec3::new(2.0, 1.0, 1.0));
                assert!(p.distance(DVec3::new(-1.0, 9.0, 3.0)) < 1e-6, "{p}");
            }
        }
    }

    #[test]
    fn gzip_gives_the_same_and_a_bomb_is_not_unpacked() {
        use std::io::Write;
        let mut long = sample(true, true);
        long.resize(20_000_000, 0);
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&long).unwrap();
        let n = read(&gz.finish().unwrap()).unwrap();
        assert_eq!(n.volume.data.len(), 12);
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut b = sample(true, true);
        b[254] = 0;
        assert_eq!(read(&b).unwrap_err(), NiftiError::NoOrientation);
        let b = sample(true, true);
        assert!(matches!(read(&b[..360]), Err(NiftiError::Truncated { needed: 24, found: 8, .. })));
        assert!(matches!(read(&b[..100]), Err(NiftiError::TooShort { found: 100 })));
        let mut b = sample(true, true);
        for a in 0..3 {
            b[42 + 2 * a..44 + 2 * a].copy_from_slice(&32_767_i16.to_le_bytes());
        }
        assert!(matches!(read(&b), Err(NiftiError::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn damaged_headers_never_panic(flips in prop::collection::vec((0_usize..376, any::<u8>()), 1..12), cut in 0_usize..400) {
            let mut b = sample(true, true);
            for (at, v) in flips {
                if at < b.len() { b[at] = v; }
            }
            b.truncate(cut.max(1));
            if let Ok(n) = read(&b) {
                prop_assert_eq!(n.volume.data.len(), n.volume.grid.len());
            }
        }
    }
}
