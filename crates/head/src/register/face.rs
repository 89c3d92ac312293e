//! The face as what tells how a head is pitched, and where along the skin a place of it belongs.

use glam::DVec3;

use super::{
    drape,
    icp::{self, Patch},
    mould::Mould,
};
use crate::{head::Head, surface::Surface};

/// A pose must show this share of the built-in face's relief: heads in their place have 0.83 to 1.08, heads turned wrongly 0.40
/// to 0.61, a ball 0.3.
pub const LEAST_RELIEF: f64 = 0.7;

/// Whether a place of the template is between brows and mouth.
pub fn is_face(p: DVec3) -> bool {
    p.y > 35.0 && p.z < 20.0
}

/// How much of the built-in face's relief (nose, brows, eyes) a surface has in a pose: 1 all of it, 0 none, as on a ball.
///
/// The slope of the surface's heights over the built-in head on the relief, plus 1; both without what changes slowly.
pub fn relief(patches: &[Patch], scan: &Surface, mould: &Mould) -> f64 {
    /// What is wider than this is shape rather than relief, mm.
    const WIDE_MM: f64 = 35.0;
    /// Heights beyond this count as this, mm.
    const HIGH_MM: f64 = 25.0;
    let face: Vec<&Patch> = patches.iter().filter(|p| is_face(p.at)).collect();
    let scale = libm::cbrt(mould.map.matrix3.determinant());
    let heights: Vec<f64> = face
        .iter()
        .map(|p| {
            let at = mould.map.transform_point3(p.at);
            let normal = (mould.map.matrix3 * p.normal).normalize_or_zero();
            let off = (scan.position(scan.closest(at).0) - at).dot(normal);
            (off / scale).clamp(-HIGH_MM, HIGH_MM)
        })
        .collect();
    let (mut products, mut squares) = (0.0, 0.0);
    for (i, p) in face.iter().enumerate() {
        let (mut n, mut middle, mut height) = (0.0, DVec3::ZERO, 0.0);
        for (q, h) in face.iter().zip(&heights).filter(|(q, _)| q.at.distance(p.at) < WIDE_MM) {
            (n, middle, height) = (n + 1.0, middle + q.at, height + h);
        }
        let own = (p.at - middle / n).dot(p.normal);
        products += own * (heights[i] - height / n);
        squares += own * own;
    }
    if squares > 0.0 { 1.0 + products / squares } else { 0.0 }
}

/// Pieces of the skin by which a head is found and moulded: small ones on the face, whose features say how it is pitched,
/// larger ones on the vault.
pub fn patches(template: &Head) -> Vec<Patch> {
    /// Side of the cells, mm, and how much a square millimetre counts.
    const FACE: (f64, f64) = (9.0, 3.0);
    const VAULT: (f64, f64) = (20.0, 1.0);
    let count = drape::comparable(template);
    let skin = &template.skin;
    // Below the mouth, postures and necks differ more than heads do, and many images and scans end.
    let of = |(gap, weight): (f64, f64), front: bool| {
        icp::patches(skin, gap, |v| {
            let p = skin.vertices()[v];
            if is_face(p) == front && p.z > -75.0 { weight * count[v] } else { 0.0 }
        })
    };
    [of(FACE, true), of(VAULT, false)].concat()
}
