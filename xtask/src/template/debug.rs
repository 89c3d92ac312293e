//! Intermediate shapes as PLY files, for looking at.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;
use glam::DVec3;

/// Writes an ASCII PLY.
pub(crate) fn ply(path: &Path, vertices: &[DVec3], faces: &[[u32; 3]]) -> Result<()> {
    let mut s = format!(
        "ply\nformat ascii 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\nelement face {}\nproperty list uchar int vertex_indices\nend_header\n",
        vertices.len(),
        faces.len()
    );
    for v in vertices {
        writeln!(s, "{:.4} {:.4} {:.4}", v.x, v.y, v.z)?;
    }
    for f in faces {
        writeln!(s, "3 {} {} {}", f[0], f[1], f[2])?;
    }
    Ok(fs::write(path, s)?)
}
