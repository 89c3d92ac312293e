//! Scalps of heads that are not the template.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use baihui_head::{
    Surface,
    io::{self, Format},
    nifti,
    scalp::{extract, mask::Mask},
    volume::{Grid, Volume},
};
use glam::{DMat3, DVec3};

use super::inputs::Inputs;

/// Radius of the ball that takes the pinnae off, mm: they are thinner than twice that, the nose's bridge is not.
const EARS_MM: f64 = 8.0;

/// The scalp of a head, with or without its pinnae; kept as PLY beside the inputs, since extraction takes seconds.
pub(crate) fn scalp(inputs: &Inputs, dir: &Path, shared: &Path, name: &str, ears: bool) -> Result<Surface> {
    let file = dir.join(format!("{name}{}.ply", if ears { "" } else { "-without-ears" }));
    if let Ok(bytes) = fs::read(&file) {
        let raw = io::read_mesh(&bytes, Format::Ply)?;
        return Ok(Surface::new(raw.vertices, raw.faces)?);
    }
    let surface = if name == "fsaverage" {
        fif(&inputs.mne("mne/data/fsaverage/fsaverage-head.fif")?)?
    } else {
        let volume = image(inputs, shared, name)?;
        let (mut surface, threshold) = extract::scalp(&volume, &extract::Options::default())?;
        if !ears {
            let options = extract::Options { threshold: Some(threshold), ..extract::Options::default() };
            surface = extract::scalp(&without_ears(volume, threshold), &options)?.0;
        }
        println!("{name}: threshold {threshold:.1}, {} vertices", surface.vertices().len());
        surface
    };
    fs::write(&file, io::ply::write_mesh(&surface, None))
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(surface)
}

/// The image of a head, by its name.
pub(crate) fn image(inputs: &Inputs, shared: &Path, name: &str) -> Result<Volume> {
    Ok(match name {
        "mni152" => nifti::read(&inputs.mni152()?)?.volume,
        "colin27" => nifti::read(&inputs.colin27()?)?.volume,
        "ext2" => nifti::read(&fs::read(shared.join("data/mri/T1_head_ext2.nii.gz"))?)?.volume,
        "structural1" | "structural2" => minc(&inputs.structural(name)?)?,
        _ => anyhow::bail!("unknown head {name}"),
    })
}

/// The image with everything blanked that a ball of [`EARS_MM`] does not reach from inside the head.
fn without_ears(mut image: Volume, threshold: f64) -> Volume {
    let mut head = Mask::above(image.grid, &image.data, threshold);
    head.open(1.0);
    head.keep_largest();
    // Enough to close the skull's cavities slice by slice, too little to fill the gap behind an ear.
    head.close(1.5);
    for axis in 0..3 {
        head.fill_slices(axis);
    }
    head.fill_cavities();
    head.open(EARS_MM);
    head.keep_largest();
    head.dilate(1.0);
    for (v, inside) in image.data.iter_mut().zip(&head.inside) {
        if !inside {
            *v = 0.0;
        }
    }
    image
}

/// The raw voxels and JSON header in which brainbrowser ships a MINC image.
fn minc((header, raw): &(Vec<u8>, Vec<u8>)) -> Result<Volume> {
    let h: serde_json::Value = serde_json::from_slice(header)?;
    let number = |axis: &str, key: &str| h[axis][key].as_f64().with_context(|| format!("{axis}.{key}"));
    // Slowest axis first in the file; fastest first here.
    let order: Vec<&str> =
        h["order"].as_array().context("order")?.iter().filter_map(|v| v.as_str()).collect();
    ensure!(order.len() == 3, "three axes expected, found {order:?}");
    let (mut dims, mut columns, mut offset) = ([0; 3], [DVec3::ZERO; 3], DVec3::ZERO);
    for (n, axis) in order.iter().rev().enumerate() {
        let cosines = h[axis]["direction_cosines"].as_array().context("direction_cosines")?;
        let c: Vec<f64> = cosines.iter().filter_map(serde_json::Value::as_f64).collect();
        ensure!(c.len() == 3, "three direction cosines expected");
        let direction = DVec3::new(c[0], c[1], c[2]);
        dims[n] = number(axis, "space_length")? as usize;
        columns[n] = direction * number(axis, "step")?;
        offset += direction * number(axis, "start")?;
    }
    let count = dims[0] * dims[1] * dims[2];
    ensure!(raw.len() == count, "{} bytes for {count} voxels", raw.len());
    Ok(Volume {
        grid: Grid { dims, linear: DMat3::from_cols(columns[0], columns[1], columns[2]), offset },
        data: raw.iter().map(|&v| f32::from(v)).collect(),
    })
}

/// The first surface of a FIFF file: nodes (tag 3105, metres) and triangles (tag 3106, counted from 1).
pub(crate) fn fif(bytes: &[u8]) -> Result<Surface> {
    let word = |at: usize| -> Result<[u8; 4]> {
        Ok(bytes.get(at..at + 4).context("the FIFF file ends early")?.try_into()?)
    };
    let int = |at: usize| word(at).map(i32::from_be_bytes);
    let (mut vertices, mut faces) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at + 16 <= bytes.len() {
        let (kind, size, next) = (int(at)?, int(at + 8)? as usize, int(at + 12)?);
        let data = at + 16;
        let count = size.saturating_sub(12) / 12;
        let start = |matrix_dims_at_end: usize| data + matrix_dims_at_end;
        match kind {
            3105 if vertices.is_empty() => {
                for n in 0..count {
                    let f = |k: usize| -> Result<f64> {
                        Ok(f64::from(f32::from_be_bytes(word(start(12 * n + 4 * k))?)) * 1000.0)
                    };
                    vertices.push(DVec3::new(f(0)?, f(1)?, f(2)?));
                }
            }
            3106 if faces.is_empty() => {
                for n in 0..count {
                    let f = |k: usize| -> Result<u32> { Ok(int(start(12 * n + 4 * k))? as u32 - 1) };
                    faces.push([f(0)?, f(1)?, f(2)?]);
                }
            }
            _ => {}
        }
        at = match next {
            0 => data + size,
            n if n > 0 => n as usize,
            _ => break,
        };
    }
    Ok(Surface::new(vertices, faces)?)
}
