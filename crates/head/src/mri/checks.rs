//! What an image lacks: a skull, a face, parts beyond its border.

use glam::{DAffine3, DVec3};

use crate::{surface::Surface, volume::Volume};

/// Largest share of outward lines without a skull in a whole head, percent. See [`without_skull`].
///
/// Whole heads that were seen have at most 36 (docs/real-heads.md), but brains alone from 34 on: what lies above is
/// refused, what lies below is told by [`STRIPPED_MM`].
pub const STRIPPED_PERCENT: f64 = 42.5;
/// Largest depth of the scalp beneath the fitted built-in skin in a whole head, mm. See [`beneath_mm`]: the whole heads
/// that were seen have at most 1, the brains alone at least 8.
pub const STRIPPED_MM: f64 = 5.0;
/// Share from which on the outline is doubted, percent.
pub const DOUBTED_PERCENT: f64 = 30.0;

/// Share, in percent, of the lines inward from the upper scalp along which no dark skull lies between two brighter
/// layers.
///
/// On T1-weighted images compact bone is as dark as air, the scalp's fat is bright, and so is the brain: from the skin
/// inward the grey value rises, falls to less than half of the brightest value so far, and rises again to more than
/// twice that. A skull-stripped image shows this on few lines.
pub fn without_skull(image: &Volume, skin: &Surface, crown: DVec3, height_mm: f64) -> f64 {
    const DEPTH_MM: f64 = 35.0;
    let normals = skin.vertex_normals();
    let step = (skin.vertices().len() / 3000).max(1);
    let (mut lines, mut without) = (0.0, 0.0);
    for v in (0..skin.vertices().len()).step_by(step) {
        let p = skin.vertices()[v];
        if p.z < crown.z - height_mm || normals[v].z < 0.2 {
            continue;
        }
        lines += 1.0;
        let (mut brightest, mut darkest, mut found) = (0.0_f64, f64::INFINITY, false);
        let mut depth = 0.5;
        while depth < DEPTH_MM {
            let grey = image.sample(p - normals[v] * depth, 0.0);
            if darkest.is_infinite() || grey > brightest && darkest > 0.5 * brightest {
                brightest = brightest.max(grey);
            }
            if depth > 2.0 {
                darkest = darkest.min(grey);
                if darkest < 0.5 * brightest && grey > 2.0 * darkest && grey > 0.5 * brightest {
                    found = true;
                    break;
                }
            }
            depth += 0.5;
        }
        if !found {
            without += 1.0;
        }
    }
    if lines > 0.0 { 100.0 * without / lines } else { 100.0 }
}

/// How far the upper scalp lies beneath the built-in skin where the registration has put it: the median in mm.
///
/// The registration is led by the brain, whose structures are most of what both images share. A brain alone is therefore
/// placed as a brain, and its surface lies a skull and a scalp below the skin of the built-in head.
pub fn beneath_mm(template_skin: &Surface, map: &DAffine3, scalp: &Surface) -> f64 {
    /// Height above the origin of the built-in head, mm: above the brows and the ears, where nothing is cut away.
    const ABOVE_MM: f64 = 20.0;
    let back = map.inverse();
    let step = (scalp.vertices().len() / 3000).max(1);
    let mut depths: Vec<f64> = scalp
        .vertices()
        .iter()
        .step_by(step)
        .map(|&p| back.transform_point3(p))
        .filter(|q| q.z > ABOVE_MM)
        .map(|q| {
            let (at, _) = template_skin.closest(q);
            (template_skin.position(at) - q).dot(template_skin.normal(at))
        })
        .collect();
    if depths.is_empty() {
        return 0.0;
    }
    depths.sort_by(f64::total_cmp);
    depths[depths.len() / 2]
}

/// Distance in mm from a place to the border of an image; negative outside.
pub fn inside_mm(image: &Volume, at: DVec3) -> f64 {
    let size = image.grid.voxel_mm();
    let v = image.grid.to_voxel(at).to_array();
    (0..3)
        .map(|a| (v[a] + 0.5).min(image.grid.dims[a] as f64 - 0.5 - v[a]) * size[a])
        .fold(f64::INFINITY, f64::min)
}
