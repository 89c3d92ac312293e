//! The header of NIfTI-2 (nitrc.org/forum/message.php?msg_id=3738): 540 bytes, wider numbers, the same meaning.

use glam::DVec3;

use super::{Fields, Header, Kind, MAX_VOXELS, NiftiError, Stated, place};

/// Bytes of the fixed header.
pub(super) const HEADER: usize = 540;

impl Fields<'_> {
    fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.array(at))
    }
    fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.array(at))
    }
    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.array(at))
    }
}

/// Reads the header; its size field has been seen to be 540.
pub(super) fn header(bytes: &[u8], little: bool) -> Result<Header, NiftiError> {
    if bytes.len() < HEADER {
        return Err(NiftiError::TooShort { found: bytes.len() });
    }
    let f = Fields { bytes, little };
    let bad = |byte: usize, what: &'static str, found: String, expected: &'static str| {
        NiftiError::BadHeader { byte, what, found, expected }
    };
    if &bytes[4..8] != b"n+2\0" {
        let found = format!("{:?}", String::from_utf8_lossy(&bytes[4..8]));
        return Err(bad(4, "magic", found, "\"n+2\" (one file; a pair of .hdr and .img is not read)"));
    }
    let rank = f.i64(16);
    if !(3..=7).contains(&rank) {
        return Err(bad(16, "the number of dimensions", rank.to_string(), "3 to 7"));
    }
    let mut dims = [0_usize; 3];
    for (a, d) in dims.iter_mut().enumerate() {
        let n = f.i64(24 + 8 * a);
        *d = usize::try_from(n).ok().filter(|n| (1..=MAX_VOXELS).contains(n)).ok_or_else(|| {
            bad(24 + 8 * a, "a dimension", n.to_string(), "at least 1, and no more than are read")
        })?;
    }
    let voxels = dims.iter().try_fold(1_u64, |n, &d| n.checked_mul(d as u64)).unwrap_or(u64::MAX);
    if voxels > MAX_VOXELS as u64 {
        return Err(NiftiError::TooLarge { found: voxels });
    }
    let code = f.i16(12);
    let kind = Kind::from_code(code).ok_or_else(|| {
        bad(
            12,
            "the data type",
            code.to_string(),
            "a real number type (2, 4, 8, 16, 64, 256, 512, 768, 1024 or 1280)",
        )
    })?;
    let offset = f.i64(168);
    let start = match offset {
        0 => 544,
        540..=10_000_000 => offset as usize,
        _ => {
            return Err(bad(
                168,
                "vox_offset",
                offset.to_string(),
                "544 or more (at most 10 MB of extensions)",
            ));
        }
    };
    let (slope, intercept) = (f.f64(176), f.f64(184));
    let (slope, intercept) = if slope.is_finite() && slope != 0.0 {
        (slope, if intercept.is_finite() { intercept } else { 0.0 })
    } else {
        (1.0, 0.0)
    };
    let unit = match f.i32(500) & 7 {
        1 => 1000.0,
        3 => 1e-3,
        _ => 1.0,
    };
    let row = |at: usize| [f.f64(at), f.f64(at + 8), f.f64(at + 16), f.f64(at + 24)];
    let stated = Stated {
        scode: f.i32(348),
        rows: [row(400), row(432), row(464)],
        qcode: f.i32(344),
        quaternion: [f.f64(352), f.f64(360), f.f64(368)],
        pixdim: [f.f64(104), f.f64(112), f.f64(120), f.f64(128)],
        shift: DVec3::new(f.f64(376), f.f64(384), f.f64(392)),
        bytes: [400, 352],
    };
    let (grid, orientation) = place(&stated, dims, unit)?;
    let text = &bytes[240..320];
    let text = &text[..text.iter().position(|&b| b == 0).unwrap_or(text.len())];
    Ok(Header {
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
