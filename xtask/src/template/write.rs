//! The files of the built-in head.

use std::{fmt::Write as _, fs, io::Write as _, path::Path};

use anyhow::{Context, Result};
use baihui_head::{
    Head, Landmarks, Surface, nifti,
    register::mutual,
    scalp::check::{quality, self_intersections},
};
use glam::DVec3;

use super::{colin::Colin, inputs::Inputs};

/// Copies the label volumes, their names and the licences beside the head, as they come.
pub(crate) fn companions(out: &Path, inputs: &mut Inputs) -> Result<()> {
    for (from, to) in [
        ("mricron/templates/aal.nii.gz", "aal.nii.gz"),
        ("mricron/templates/aal.nii.txt", "aal.txt"),
        ("mricron/templates/brodmann.nii.gz", "brodmann.nii.gz"),
        ("doc/mricron-data/copyright", "LICENSE-mricron-data.txt"),
    ] {
        put(out, to, &inputs.debian(from)?)?;
    }
    put(out, "t1.nii.gz", &image(&inputs.debian("mricron/templates/ch2.nii.gz")?)?)?;
    put(out, "LICENSE-mpfb2.md", &inputs.mesh("LICENSE.md")?)
}

/// Colin27's image as means over 3 mm: what a person's image is registered to.
fn image(ch2: &[u8]) -> Result<Vec<u8>> {
    let fine = nifti::read(ch2)?.volume;
    let coarse = mutual::coarse(&fine, 3.0);
    let bytes = nifti::write(&coarse, nifti::Store::U8, 4, "Colin27 T1, means over 3 mm")
        .context("the image is too long")?;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(&bytes)?;
    Ok(gz.finish()?)
}

/// Writes one file.
pub(crate) fn put(out: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = out.join(name);
    fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// The landmarks as a table.
pub(crate) fn landmarks(landmarks: &Landmarks) -> Result<String> {
    let mut s = "name,side,x_mm,y_mm,z_mm,sd_mm,origin,method\n".to_owned();
    for (name, side, l) in landmarks.iter() {
        let p = l.position.mm;
        let origin = format!("{:?}", l.origin).to_lowercase();
        writeln!(
            s,
            "{name},{side},{:.2},{:.2},{:.2},{:.1},{origin},\"{}\"",
            p.x,
            p.y,
            p.z,
            l.sd_mm,
            l.method.replace('"', "\"\"")
        )?;
    }
    Ok(s)
}

/// What was measured on the finished head, as a table. `drawn` says how far each vertex of the skin was drawn
/// onto the scalp, 0 to 1.
pub(crate) fn measured(
    head: &Head,
    colin: &Colin,
    drawn: &[f64],
    fiducials: &[(&str, DVec3)],
) -> Result<String> {
    let mut s = "what,value,unit\n".to_owned();
    let mut row = |what: &str, value: f64, unit: &str| writeln!(s, "\"{what}\",{value:.3},{unit}");
    let parts = [("skin", Some(&head.skin)), ("ears", head.ears.as_ref()), ("brain", head.brain.as_ref())];
    for (name, surface) in parts.into_iter().chain([("scalp of Colin27 before the fit", Some(&colin.scalp))])
    {
        let Some(surface) = surface else { continue };
        let q = quality(surface);
        row(&format!("{name}: vertices"), surface.vertices().len() as f64, "")?;
        row(&format!("{name}: faces"), surface.faces().len() as f64, "")?;
        row(&format!("{name}: Euler characteristic"), surface.euler_characteristic() as f64, "")?;
        row(&format!("{name}: components"), f64::from(surface.components().1), "")?;
        row(&format!("{name}: border edges"), surface.border_edges() as f64, "")?;
        row(&format!("{name}: mean edge"), q.mean_edge_mm, "mm")?;
        row(&format!("{name}: shortest edge"), q.min_edge_mm, "mm")?;
        row(&format!("{name}: longest edge"), q.max_edge_mm, "mm")?;
    }
    row("skin: worst aspect of a triangle (1 is equilateral)", quality(&head.skin).worst_aspect, "")?;
    row("skin: pairs of faces that intersect", self_intersections(&head.skin).len() as f64, "")?;
    row("skin: volume", head.skin.signed_volume_mm3() * 1e-6, "litres")?;
    row("grey value of ch2 between skin and air", colin.threshold, "")?;
    // Vertices lie on the scalp by construction: the middles of the faces are the fair test.
    let mut off = Vec::new();
    for (f, face) in head.skin.faces().iter().enumerate() {
        if face.iter().all(|&v| drawn[v as usize] > 0.9) {
            let c = head.skin.corners(f as u32);
            off.push(colin.scalp.closest((c[0] + c[1] + c[2]) / 3.0).1);
        }
    }
    distances(&mut row, "middles of faces of the drawn skin to the scalp", off)?;
    // The other way round, over the vault above the ears' and brows' highest level.
    let back = colin.scalp.vertices().iter().filter(|v| v.z > 20.0 && v.y < 85.0).step_by(7);
    distances(
        &mut row,
        "scalp above z = 20 mm to the skin",
        back.map(|v| head.skin.closest(*v).1).collect(),
    )?;
    for (name, p) in fiducials {
        row(&format!("{name}: skin to the published fiducial"), head.skin.closest(*p).1, "mm")?;
    }
    Ok(s)
}

fn distances(
    row: &mut impl FnMut(&str, f64, &str) -> std::fmt::Result,
    what: &str,
    mut d: Vec<f64>,
) -> Result<()> {
    d.sort_by(f64::total_cmp);
    anyhow::ensure!(!d.is_empty(), "nothing to measure: {what}");
    row(&format!("{what}: number"), d.len() as f64, "")?;
    row(&format!("{what}: mean"), d.iter().sum::<f64>() / d.len() as f64, "mm")?;
    row(&format!("{what}: 95th percentile"), d[d.len() * 95 / 100], "mm")?;
    row(&format!("{what}: largest"), d[d.len() - 1], "mm")?;
    Ok(())
}

/// Writes an ASCII PLY, for looking at intermediate shapes.
pub(crate) fn ply(path: &Path, surface: &Surface) -> Result<()> {
    let mut s = format!(
        "ply\nformat ascii 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\nelement face {}\nproperty list uchar int vertex_indices\nend_header\n",
        surface.vertices().len(),
        surface.faces().len()
    );
    for v in surface.vertices() {
        writeln!(s, "{:.4} {:.4} {:.4}", v.x, v.y, v.z)?;
    }
    for f in surface.faces() {
        writeln!(s, "3 {} {} {}", f[0], f[1], f[2])?;
    }
    Ok(fs::write(path, s)?)
}
