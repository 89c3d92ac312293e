//! Writing NIfTI-1.

use crate::volume::Volume;

/// How voxels are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// Bytes; values are rounded and kept within 0 to 255.
    U8,
    /// 32-bit numbers, as they are.
    F32,
}

/// Writes an image as an uncompressed NIfTI-1 file with its orientation as an sform of the given code (1 is scanner
/// space, 4 is MNI space). Axes longer than the format can say (32 767) are not written: `None`.
pub fn write(volume: &Volume, store: Store, code: i16, description: &str) -> Option<Vec<u8>> {
    let mut b = vec![0_u8; 352];
    let put = |b: &mut Vec<u8>, at: usize, v: &[u8]| b[at..at + v.len()].copy_from_slice(v);
    put(&mut b, 0, &348_i32.to_le_bytes());
    let mut dims = [3_i16, 1, 1, 1, 1, 1, 1, 1];
    for (d, &n) in dims[1..].iter_mut().zip(&volume.grid.dims) {
        *d = i16::try_from(n).ok()?;
    }
    for (n, d) in dims.into_iter().enumerate() {
        put(&mut b, 40 + 2 * n, &d.to_le_bytes());
    }
    let (kind, bits) = match store {
        Store::U8 => (2_i16, 8_i16),
        Store::F32 => (16, 32),
    };
    put(&mut b, 70, &kind.to_le_bytes());
    put(&mut b, 72, &bits.to_le_bytes());
    let size = volume.grid.voxel_mm();
    for (n, v) in [1.0, size[0], size[1], size[2]].into_iter().enumerate() {
        put(&mut b, 76 + 4 * n, &(v as f32).to_le_bytes());
    }
    put(&mut b, 108, &352.0_f32.to_le_bytes());
    put(&mut b, 112, &1.0_f32.to_le_bytes());
    b[123] = 2;
    let text = description.as_bytes();
    let text = &text[..text.len().min(79)];
    put(&mut b, 148, text);
    put(&mut b, 254, &code.to_le_bytes());
    let (l, o) = (volume.grid.linear, volume.grid.offset);
    for r in 0..3 {
        let row = [l.x_axis[r], l.y_axis[r], l.z_axis[r], o[r]];
        for (c, v) in row.into_iter().enumerate() {
            put(&mut b, 280 + 16 * r + 4 * c, &(v as f32).to_le_bytes());
        }
    }
    put(&mut b, 344, b"n+1\0");
    match store {
        Store::U8 => b.extend(volume.data.iter().map(|&v| libm::roundf(v).clamp(0.0, 255.0) as u8)),
        Store::F32 => b.extend(volume.data.iter().flat_map(|v| v.to_le_bytes())),
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{nifti, volume::Grid};
    use glam::{DMat3, DVec3};

    #[test]
    fn what_is_written_is_read() {
        let grid = Grid {
            dims: [3, 2, 2],
            linear: DMat3::from_cols(
                DVec3::new(-1.5, 0.25, 0.0),
                DVec3::new(0.0, 2.0, 0.5),
                DVec3::new(0.0, -0.5, 1.0),
            ),
            offset: DVec3::new(3.0, -4.5, 8.0),
        };
        let v = Volume { grid, data: (0..12).map(|n| n as f32).collect() };
        for store in [Store::U8, Store::F32] {
            let n = nifti::read(&write(&v, store, 1, "a test").unwrap()).unwrap();
            assert_eq!(n.volume.grid, grid);
            assert_eq!(n.volume.data, v.data);
            assert_eq!((n.orientation, n.description.as_str()), (nifti::Orientation::Sform(1), "a test"));
        }
    }
}
