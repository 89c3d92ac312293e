//! The human mesh laid onto Colin's scalp.
//!
//! First a similarity by nasion and tragi, then thin-plate splines of space through ever more closest points
//! (so that ears, eyes and neck come along smoothly), then the skin is drawn onto the scalp itself where that
//! is skin, fading out toward the limits of the image.

use anyhow::{Context, Result};
use baihui_head::{
    Axes, Side, Surface,
    scalp::{field, spline::Spline},
};
use glam::DVec3;

use super::{
    colin::{CROP, Colin, INION, LPA, NASION, RPA},
    ear,
    human::Human,
};

/// Nasion on the base mesh.
const NASION_VERTEX: u32 = 132;

/// Within this distance of an eyeball's centre (base mesh, mm) the lids are not laid onto Colin's, which are shut.
const EYE_MM: f64 = 21.0;
/// Within this distance of the line from nasion to the tip of the nose Colin's nose is cut off by the image.
const NOSE_MM: f64 = 15.0;
/// Tip of the nose on the base mesh.
pub(crate) const NOSE_VERTEX: u32 = 294;
/// Nearer than this to an auricle, Colin's own ears are in the way: his scalp is taken without them.
const EAR_MM: f64 = 14.0;

/// The map from the human's space to Colin's.
pub(crate) struct Fit {
    similarity: (DVec3, DVec3, glam::DMat3),
    spline: Spline,
}

impl Fit {
    pub(crate) fn apply(&self, p: DVec3) -> DVec3 {
        let (from, to, m) = self.similarity;
        self.spline.apply(m * (p - from) + to)
    }

    /// Finds the map. `samples` are places on the human's skin with their normals; `auricles` lie on its ears.
    pub(crate) fn find(
        human: &Human,
        colin: &Colin,
        samples: &[(DVec3, DVec3)],
        auricles: &[DVec3],
    ) -> Result<Self> {
        let sides = [Side::Left, Side::Right];
        let tragi = sides.map(|s| human.at(human.on(s, ear::TRAGUS_VERTEX)));
        let similarity = similarity(human.at(NASION_VERTEX), tragi)?;
        let (from, to, m) = similarity;
        // The normals turn as the similarity does: close enough for telling the sides of a surface.
        let rotation = m * (1.0 / m.x_axis.length());
        let start = |p: DVec3| m * (p - from) + to;
        let eyes = sides.map(|s| human.eyeball(s).1);
        let mut fixed = vec![
            (human.at(NASION_VERTEX), NASION, 2.0),
            (eyes[0], colin.eyes[0], 4.0),
            (eyes[1], colin.eyes[1], 4.0),
        ];
        for (side, preauricular) in sides.into_iter().zip([LPA, RPA]) {
            let at = |v: u32| human.at(human.on(side, v));
            fixed.push((at(ear::TRAGUS_VERTEX), ear::tragus(side), 4.0));
            fixed.push((at(ear::PREAURICULAR_VERTEX), preauricular, 4.0));
        }
        // A first spline through the landmarks and the skin as the similarity leaves it, held loosely.
        let mut now: Vec<DVec3> = samples.iter().map(|s| start(s.0)).collect();
        let mut ear_now: Vec<DVec3> = auricles.iter().map(|&p| start(p)).collect();
        let mut spline = None;
        for slack in [3000.0, 1000.0, 300.0, 100.0, 60.0, 40.0, 30.0, 20.0, 20.0, 20.0] {
            let normals = samples.iter().map(|s| rotation * s.1);
            let (mut a, mut b, mut loose) = (Vec::new(), Vec::new(), Vec::new());
            for &(p, q, s) in &fixed {
                a.push(start(p));
                b.push(q);
                loose.push(s);
            }
            for ((s, &p), n) in samples.iter().zip(&now).zip(normals) {
                if eyes.iter().any(|e| e.distance(s.0) < EYE_MM) || nose_distance(human, s.0) < NOSE_MM {
                    continue;
                }
                if let Some((q, w)) = target(colin, p, n, &ear_now) {
                    a.push(start(s.0));
                    b.push(q);
                    loose.push(slack / w);
                }
            }
            let s = Spline::fit(&a, &b, &loose).context("the fit of the human mesh")?;
            now = samples.iter().map(|x| s.apply(start(x.0))).collect();
            ear_now = auricles.iter().map(|&p| s.apply(start(p))).collect();
            spline = Some((s, a.len()));
        }
        let (spline, pairs) = spline.context("no spline")?;
        println!("fit: {pairs} pairs");
        Ok(Self { similarity, spline })
    }
}

/// Rotation, scale and shift that take nasion and tragi to Colin's.
fn similarity(nasion: DVec3, ears: [DVec3; 2]) -> Result<(DVec3, DVec3, glam::DMat3)> {
    let frame = |n: DVec3, e: [DVec3; 2]| -> Option<(DVec3, glam::DMat3, f64)> {
        let middle = (e[0] + e[1]) / 2.0;
        let x = Axes::from_right_anterior(e[1] - e[0], n - middle)?;
        let size = (e[1].distance(e[0]) + n.distance(middle)) / 2.0;
        Some((middle, glam::DMat3::from_cols(x.right, x.anterior, x.superior), size))
    };
    let (from, a, s) = frame(nasion, ears).context("the human's nasion and ears are in line")?;
    let (to, b, t) = frame(NASION, [Side::Left, Side::Right].map(ear::tragus))
        .context("Colin's nasion and ears are in line")?;
    Ok((from, to, b * a.transpose() * (t / s)))
}

/// How surely a place on the scalp is real skin: 0 at the limits of the image, 1 from six millimetres inside.
fn real_skin(q: DVec3) -> f64 {
    let margin = (CROP.0 - q.x.abs()).min(CROP.1 - q.y).min(q.z - CROP.2);
    smoothstep(margin / 6.0)
}

fn smoothstep(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Distance to the ridge of the nose on the base mesh, from just below the nasion, mm.
fn nose_distance(human: &Human, p: DVec3) -> f64 {
    let (top, tip) = (human.at(NASION_VERTEX).lerp(human.at(NOSE_VERTEX), 0.35), human.at(NOSE_VERTEX));
    let t = ((p - top).dot(tip - top) / (tip - top).length_squared()).clamp(0.0, 1.0);
    p.distance(top.lerp(tip, t))
}

/// How far the vertices of the base mesh's skin (subdivided: `vertices`) may follow Colin's: 0 on the lids, which
/// are shut in his image, and on the nose, which is cut off; 1 elsewhere.
pub(crate) fn follows(human: &Human, vertices: &[DVec3]) -> Vec<f64> {
    let eyes = [Side::Left, Side::Right].map(|s| human.eyeball(s).1);
    vertices
        .iter()
        .map(|&p| {
            let eye = eyes.iter().map(|e| e.distance(p)).fold(f64::INFINITY, f64::min);
            smoothstep((eye - EYE_MM) / 8.0) * smoothstep((nose_distance(human, p) - NOSE_MM) / 10.0)
        })
        .collect()
}

/// The closest place on the scalp where that is skin seen from the same side, with a weight in 0..=1.
fn target(colin: &Colin, p: DVec3, n: DVec3, auricles: &[DVec3]) -> Option<(DVec3, f64)> {
    let ear = libm::sqrt(auricles.iter().map(|e| e.distance_squared(p)).fold(f64::INFINITY, f64::min));
    let (scalp, trust) = if ear < EAR_MM { (&colin.bare, 0.3) } else { (&colin.scalp, 1.0) };
    let (at, d) = scalp.closest(p);
    let q = scalp.position(at);
    let w = real_skin(q) * trust;
    (w > 1e-3 && d < 30.0 && scalp.normal(at).dot(n) > 0.7).then_some((q, w))
}

/// Draws the vertices of the skin onto the scalp where that is real skin, and eases the rest along.
///
/// `follows` is how far each vertex may (see [`follows`]). Returns the moved vertices and the weight each was drawn with.
pub(crate) fn draw_onto(
    colin: &Colin,
    vertices: &[DVec3],
    faces: &[[u32; 3]],
    follows: &[f64],
    auricles: &[DVec3],
) -> Result<(Vec<DVec3>, Vec<f64>)> {
    let links = field::neighbours(vertices.len(), faces);
    let mut now = vertices.to_vec();
    let mut weights = vec![0.0; vertices.len()];
    for stiffness in [200.0, 5.0, 0.5] {
        let surface = Surface::new(now.clone(), faces.to_vec())?;
        let normals = surface.vertex_normals();
        let mut wanted = vec![DVec3::ZERO; now.len()];
        // A faint pull toward staying keeps the far neck where the spline has it.
        let mut pull = vec![2e-4; now.len()];
        for v in 0..now.len() {
            weights[v] = 0.0;
            if links[v].is_empty() {
                continue;
            }
            if follows[v] > 0.0
                && let Some((q, w)) = target(colin, now[v], normals[v], auricles)
            {
                wanted[v] = q - now[v];
                weights[v] = w * follows[v];
                pull[v] += weights[v];
            }
        }
        for (v, u) in field::smooth(&links, &wanted, &pull, stiffness).into_iter().enumerate() {
            now[v] += u;
        }
    }
    let surface = Surface::new(now.clone(), faces.to_vec())?;
    // The published fiducials are on the skin exactly: a gentle swell of two centimetres takes up what is left.
    for fiducial in [NASION, INION, LPA, RPA] {
        let (at, _) = surface.closest(fiducial);
        let p = surface.position(at);
        for v in &mut now {
            *v += (fiducial - p) * libm::exp(-v.distance_squared(p) / (2.0 * 10.0 * 10.0));
        }
    }
    Ok((now, weights))
}
