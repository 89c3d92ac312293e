//! The built-in skin onto a surface by closest points, with an affine map.
//!
//! Iterated closest points (Besl & McKay, IEEE PAMI 1992;14:239–256) with the distance to the tangent plane (Chen &
//! Medioni, Image Vis Comput 1992;10:145–155), weights that fall with the distance, and pairs only where the normals
//! agree.

use glam::{DAffine3, DMat3, DQuat, DVec3};

use crate::surface::{Surface, SurfacePoint};

/// A piece of the skin that takes part.
#[derive(Clone, Copy, Debug)]
pub struct Patch {
    /// Where, mm.
    pub at: DVec3,
    /// Unit outward normal.
    pub normal: DVec3,
    /// Area that it stands for, times how much it counts.
    pub weight: f64,
}

/// What may be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Shift and turn.
    Rigid,
    /// Shift, turn and one scale.
    Similarity,
    /// Shift, turn, scales and shears.
    Affine,
}

/// A place on the surface that is skin of the head, rather than a cut or a border.
pub type Trusted<'a> = &'a (dyn Fn(SurfacePoint, DVec3) -> bool + Sync);

/// Patches about `gap_mm` apart, each with the area of skin around it; `count` says how much a vertex counts.
pub fn patches(skin: &Surface, gap_mm: f64, count: impl Fn(usize) -> f64) -> Vec<Patch> {
    let areas = vertex_areas(skin);
    let normals = skin.vertex_normals();
    // One vertex for each cell of a grid, the first that falls into it.
    let mut cells = std::collections::BTreeMap::new();
    let mut out: Vec<Patch> = Vec::new();
    for (v, &at) in skin.vertices().iter().enumerate() {
        let weight = areas[v] * count(v);
        if weight <= 0.0 {
            continue;
        }
        let key = (at / gap_mm).floor().to_array().map(|c| c as i64);
        match cells.get(&key) {
            Some(&i) => {
                let p: &mut Patch = &mut out[i];
                p.weight += weight;
            }
            None => {
                cells.insert(key, out.len());
                out.push(Patch { at, normal: normals[v], weight });
            }
        }
    }
    out
}

/// A third of the area of the faces around each vertex, mm².
pub fn vertex_areas(skin: &Surface) -> Vec<f64> {
    let mut areas = vec![0.0; skin.vertices().len()];
    for f in skin.faces() {
        let [a, b, c] = f.map(|i| skin.vertices()[i as usize]);
        let third = (b - a).cross(c - a).length() / 6.0;
        for &i in f {
            areas[i as usize] += third;
        }
    }
    areas
}

/// What a fit came to.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// Patches' mm → surface's mm.
    pub map: DAffine3,
    /// Root mean square distance of the pairs to their tangent planes, mm.
    pub rms_mm: f64,
    /// Share of the patches' weight that found a partner.
    pub matched: f64,
}

/// Each anchor weighs like this share of all patches that found a partner.
const ANCHOR_SHARE: f64 = 0.1;

/// Fits patches to a surface, from `start`, with one round for each limit (mm): pairs farther apart are not used.
///
/// `anchors` are landmarks on both (patches' mm, surface's mm), which hold whatever the distance.
pub fn fit(
    patches: &[Patch],
    goal: &Surface,
    start: DAffine3,
    motion: Motion,
    limits_mm: &[f64],
    anchors: &[(DVec3, DVec3)],
    trusted: Trusted<'_>,
) -> Fit {
    let mut map = start;
    let mut last = Fit { map, rms_mm: f64::INFINITY, matched: 0.0 };
    let all: f64 = patches.iter().map(|p| p.weight).sum();
    for &limit in limits_mm {
        let turn = map.matrix3.inverse().transpose();
        let mut rows: Vec<(DVec3, DVec3, f64, f64)> = Vec::with_capacity(patches.len());
        let (mut sum, mut weights, mut matched) = (0.0, 0.0, 0.0);
        for p in patches {
            let x = map.transform_point3(p.at);
            let n = (turn * p.normal).normalize_or_zero();
            let (place, d) = goal.closest(x);
            if !d.is_finite() || d > limit {
                continue;
            }
            let q = goal.position(place);
            let m = goal.normal(place);
            if m.dot(n) < 0.5 || !trusted(place, q) {
                continue;
            }
            matched += p.weight;
            // Cauchy's weight: a pair at a third of the limit counts half.
            let scale = limit / 3.0;
            let w = p.weight / (1.0 + d * d / (scale * scale));
            let off = (q - x).dot(m);
            sum += w * off * off;
            weights += w;
            rows.push((x, m, off, w));
        }
        if weights <= 0.0 {
            return Fit { map, rms_mm: f64::INFINITY, matched: 0.0 };
        }
        last = Fit {
            map,
            rms_mm: libm::sqrt(sum / weights),
            matched: if all > 0.0 { matched / all } else { 0.0 },
        };
        for (from, to) in anchors {
            let x = map.transform_point3(*from);
            for m in [DVec3::X, DVec3::Y, DVec3::Z] {
                rows.push((x, m, (*to - x).dot(m), ANCHOR_SHARE * weights));
            }
        }
        let centre = rows.iter().map(|r| r.0 * r.3).sum::<DVec3>() / rows.iter().map(|r| r.3).sum::<f64>();
        let Some(step) = step(&rows, centre, weights, motion) else { return last };
        map = step * map;
    }
    Fit { map, ..last }
}

/// The least-squares step about `centre`.
fn step(rows: &[(DVec3, DVec3, f64, f64)], centre: DVec3, weights: f64, motion: Motion) -> Option<DAffine3> {
    // Lengths are in units of a head's radius, so that all unknowns weigh alike.
    const RADIUS_MM: f64 = 90.0;
    let n = match motion {
        Motion::Rigid => 6,
        Motion::Similarity => 7,
        Motion::Affine => 12,
    };
    let columns = |x: DVec3, m: DVec3| -> [f64; 12] {
        let r = (x - centre) / RADIUS_MM;
        let mut c = [0.0; 12];
        c[..3].copy_from_slice(&m.to_array());
        match motion {
            Motion::Rigid | Motion::Similarity => {
                c[3..6].copy_from_slice(&r.cross(m).to_array());
                c[6] = r.dot(m);
            }
            Motion::Affine => {
                for k in 0..3 {
                    c[3 + 3 * k..6 + 3 * k].copy_from_slice(&(m * r[k]).to_array());
                }
            }
        }
        c
    };
    let mut a = [[0.0; 12]; 12];
    let mut b = [0.0; 12];
    for &(x, m, off, w) in rows {
        let c = columns(x, m);
        for i in 0..n {
            b[i] += w * c[i] * off;
            for j in 0..n {
                a[i][j] += w * c[i] * c[j];
            }
        }
    }
    // A little resistance keeps what the pairs do not fix where it is.
    for (i, row) in a.iter_mut().enumerate().take(n) {
        row[i] += 1e-4 * weights;
    }
    let x = cholesky(&mut a, b, n)?;
    let shift = DVec3::new(x[0], x[1], x[2]);
    let linear = match motion {
        Motion::Rigid | Motion::Similarity => {
            let turn = DQuat::from_scaled_axis(DVec3::new(x[3], x[4], x[5]) / RADIUS_MM);
            let scale = if motion == Motion::Rigid { 1.0 } else { libm::exp(x[6] / RADIUS_MM) };
            DMat3::from_quat(turn) * scale
        }
        Motion::Affine => {
            let column = |k: usize| DVec3::new(x[3 + 3 * k], x[4 + 3 * k], x[5 + 3 * k]) / RADIUS_MM;
            DMat3::IDENTITY + DMat3::from_cols(column(0), column(1), column(2))
        }
    };
    let step = DAffine3::from_mat3_translation(linear, centre + shift - linear * centre);
    step.is_finite().then_some(step)
}

/// Solves the symmetric positive system of the first `n` rows.
fn cholesky(a: &mut [[f64; 12]; 12], mut b: [f64; 12], n: usize) -> Option<[f64; 12]> {
    for i in 0..n {
        for j in 0..=i {
            let mut s = a[i][j];
            s -= (0..j).map(|k| a[i][k] * a[j][k]).sum::<f64>();
            if i == j {
                if s.is_nan() || s <= 0.0 {
                    return None;
                }
                a[i][i] = s.sqrt();
            } else {
                a[i][j] = s / a[j][j];
            }
        }
    }
    for i in 0..n {
        for k in 0..i {
            b[i] -= a[i][k] * b[k];
        }
        b[i] /= a[i][i];
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            b[i] -= a[k][i] * b[k];
        }
        b[i] /= a[i][i];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn a_displaced_ellipsoid_is_brought_back() {
        let stretch =
            |s: &Surface, m: DVec3| s.with_vertices(s.vertices().iter().map(|v| *v * m).collect()).unwrap();
        // Bumps make turns visible.
        let goal = stretch(&shapes::bumpy_sphere(90.0, 5), DVec3::new(0.8, 1.05, 0.95));
        let truth = DAffine3::from_mat3_translation(
            DMat3::from_quat(DQuat::from_scaled_axis(DVec3::new(0.1, -0.08, 0.12))) * 1.06,
            DVec3::new(5.0, -6.0, 4.0),
        );
        let back = truth.inverse();
        let skin =
            goal.with_vertices(goal.vertices().iter().map(|&v| back.transform_point3(v)).collect()).unwrap();
        let patches = patches(&skin, 8.0, |_| 1.0);
        for motion in [Motion::Similarity, Motion::Affine] {
            let limits: Vec<f64> = (0..40).map(|i| (25.0 - f64::from(i)).max(5.0)).collect();
            let found = fit(&patches, &goal, DAffine3::IDENTITY, motion, &limits, &[], &|_, _| true);
            let worst = skin
                .vertices()
                .iter()
                .map(|&v| found.map.transform_point3(v).distance(truth.transform_point3(v)))
                .fold(0.0, f64::max);
            assert!(worst < 2.0 && found.rms_mm < 0.5, "{motion:?}: {worst}, rms {}", found.rms_mm);
        }
    }

    #[test]
    fn nothing_near_is_no_fit() {
        let goal = shapes::sphere(90.0, 3);
        let patches = patches(&goal, 10.0, |_| 1.0);
        let far = DAffine3::from_translation(DVec3::X * 500.0);
        let found = fit(&patches, &goal, far, Motion::Rigid, &[10.0; 3], &[], &|_, _| true);
        assert_eq!(found.matched, 0.0);
        assert_eq!(found.map, far);
    }
}
