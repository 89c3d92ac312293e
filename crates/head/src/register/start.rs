//! A first pose for points and surfaces: by landmarks, or by trying.

use glam::{DAffine3, DMat3, DQuat, DVec3};

use super::{
    icp::{self, Motion, Patch, Trusted},
    mould::{Known, Mould, Round, USUAL_SCALE, mould},
    pose,
};
use crate::{share::over_cores, surface::Surface};

/// The shift, turn and, where `scaled`, one scale that take `from` nearest to `to`.
///
/// Closed form by unit quaternions (Horn, J Opt Soc Am A 1987;4:629–642); the largest eigenvector by power iteration.
/// `None` for fewer than three pairs or points in a line. The turn is proper: it never mirrors.
pub fn by_pairs(from: &[DVec3], to: &[DVec3], scaled: bool) -> Option<DAffine3> {
    let n = from.len().min(to.len());
    if n < 3 {
        return None;
    }
    let (a, b) = (from[..n].iter().sum::<DVec3>() / n as f64, to[..n].iter().sum::<DVec3>() / n as f64);
    let mut s = [[0.0; 3]; 3];
    let (mut size_from, mut size_to) = (0.0, 0.0);
    for (p, q) in from.iter().zip(to) {
        let (p, q) = (*p - a, *q - b);
        size_from += p.length_squared();
        size_to += q.length_squared();
        for i in 0..3 {
            for j in 0..3 {
                s[i][j] += p[i] * q[j];
            }
        }
    }
    // In a line, the turn about it is free.
    let widest = from[..n]
        .iter()
        .map(|p| *p - a)
        .fold(DVec3::ZERO, |w, p| if p.length() > w.length() { p } else { w });
    let off_line = |p: DVec3| (p - widest * (p.dot(widest) / widest.length_squared())).length();
    if !from[..n].iter().any(|p| off_line(*p - a) > 1e-3 * widest.length()) {
        return None;
    }
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = s;
    let m = [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ];
    // Shifted, so that the wanted eigenvalue is the largest in size; squared again and again instead of step by step.
    let shift: f64 = m.iter().flatten().map(|x: &f64| x.abs()).sum();
    let mut power = m;
    for (i, row) in power.iter_mut().enumerate() {
        row[i] += shift;
    }
    for _ in 0..40 {
        let mut next = [[0.0; 4]; 4];
        for (i, row) in next.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                *cell = (0..4).map(|k| power[i][k] * power[k][j]).sum();
            }
        }
        let largest = next.iter().flatten().fold(0.0_f64, |l, x| l.max(x.abs()));
        if largest.is_nan() || largest <= 0.0 {
            return None;
        }
        power = next.map(|r| r.map(|x| x / largest));
    }
    // All columns are multiples of the eigenvector: the longest is taken.
    let column = |j: usize| [power[0][j], power[1][j], power[2][j], power[3][j]];
    let length = |c: &[f64; 4]| c.iter().map(|x| x * x).sum::<f64>();
    let q = (0..4).map(column).fold([0.0; 4], |best, c| if length(&c) > length(&best) { c } else { best });
    let turn = DQuat::from_xyzw(q[1], q[2], q[3], q[0]).normalize();
    let scale = if scaled { libm::sqrt(size_to / size_from) } else { 1.0 };
    let linear = DMat3::from_quat(turn) * scale;
    let map = DAffine3::from_mat3_translation(linear, b - linear * a);
    map.is_finite().then_some(map)
}

/// A pose that was found by trying, and the skin moulded from it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The template's skin moulded to the surface, coarsely.
    pub mould: Mould,
    /// Mean distance of the template's patches to the surface in the best pose that is turned by more than 45 degrees from
    /// this one, before moulding, mm; a distance beyond 10 mm counts as 10.
    pub next_mm: f64,
}

/// Beyond this a patch has no partner, mm.
const MISSED_MM: f64 = 10.0;
/// Sizes that are tried, of the built-in head: grown and a small child's.
const SIZES: [f64; 2] = [USUAL_SCALE, 0.78];
/// How many poses are looked at closely.
const POSES: usize = 4;
/// How a head is turned beside each pose, pitched and then about its upright axis, radians: a vault fits a vault at many
/// pitches, and the back of a head a forehead.
const TURNED: [(f64, f64); 8] = {
    use std::f64::consts::PI;
    [(0.0, 0.0), (0.3, 0.0), (-0.3, 0.0), (0.6, 0.0), (-0.6, 0.0), (0.0, PI), (0.4, PI), (-0.4, PI)]
};
/// From this angle on a pose is another, radians.
const OTHER: f64 = 0.35;
/// Rounds in which a pose is looked at: limit and sd, mm.
pub const LOOK: [Round; 9] = {
    const fn r(limit_mm: f64, sd_mm: f64) -> Round {
        Round { limit_mm, sd_mm }
    }
    [
        r(40.0, 8.0),
        r(32.0, 7.0),
        r(26.0, 6.0),
        r(20.0, 5.0),
        r(16.0, 4.0),
        r(12.0, 3.0),
        r(10.0, 2.5),
        r(8.0, 2.0),
        r(8.0, 2.0),
    ]
};

/// Tries 48 turns of the template, each brought with its crown to the surface's top and fitted by closest points; the
/// best few, each also pitched up and down and turned round, are moulded to the surface. What asks for the likeliest head
/// comes first, then what is turned otherwise.
///
/// Empty where the surface has no point or nothing fits.
pub fn by_trying(patches: &[Patch], crown: DVec3, goal: &Surface, trusted: Trusted<'_>) -> Vec<Found> {
    let turns: Vec<DMat3> = pose::turns()
        .into_iter()
        .flat_map(|t| [t, t * DMat3::from_rotation_z(std::f64::consts::FRAC_PI_4)])
        .collect();
    let step = (goal.vertices().len() / 20_000).max(1);
    let points: Vec<DVec3> = goal.vertices().iter().copied().step_by(step).collect();
    if points.is_empty() {
        return Vec::new();
    }
    let few: Vec<Patch> = patches.iter().copied().step_by((patches.len() / 500).max(1)).collect();
    let middle =
        few.iter().map(|p| p.at * p.weight).sum::<DVec3>() / few.iter().map(|p| p.weight).sum::<f64>();
    let _ = (goal.closest(DVec3::ZERO), goal.vertex_normals());
    let try_one = |(turn, size): (DMat3, f64)| {
        let shift = pose::start(&points, &turn, middle * size, crown * size);
        let map = DAffine3::from_mat3_translation(turn * size, shift);
        let limits = [50.0, 45.0, 40.0, 35.0, 30.0, 25.0, 20.0, 18.0, 16.0, 14.0, 12.0, 12.0];
        let fit = icp::fit(&few, goal, map, Motion::Rigid, &limits, &[], trusted);
        (fit.map, mean(&few, goal, |p| fit.map.transform_point3(p), &fit.map))
    };
    let sizes: Vec<(DMat3, f64)> = turns.iter().flat_map(|t| SIZES.map(|s| (*t, s))).collect();
    let mut all = over_cores(sizes.len(), |i| try_one(sizes[i]));
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut poses: Vec<DAffine3> = Vec::new();
    for (map, _) in &all {
        if poses.len() < POSES && poses.iter().all(|p| apart(p, map) > 0.25) {
            poses.push(*map);
        }
    }
    let turned: Vec<DAffine3> = poses
        .iter()
        .flat_map(|map| {
            TURNED.map(|(pitch, yaw)| {
                let turn = DAffine3::from_rotation_x(pitch) * DAffine3::from_rotation_z(yaw);
                *map * DAffine3::from_translation(middle) * turn * DAffine3::from_translation(-middle)
            })
        })
        .collect();
    // Every other patch is enough to tell poses apart.
    let half: Vec<Patch> = patches.iter().copied().step_by(2).collect();
    let looked =
        over_cores(turned.len(), |i| mould(&half, goal, turned[i], &LOOK, Known::default(), trusted));
    let mut looked: Vec<Mould> = looked.into_iter().flatten().collect();
    looked.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let mut found: Vec<Found> = Vec::new();
    for mould in looked {
        if found.iter().all(|f| apart(&f.mould.map, &mould.map) > OTHER) {
            let others = all.iter().filter(|(m, _)| apart(m, &mould.map) > std::f64::consts::FRAC_PI_4);
            let next_mm = others.map(|(_, d)| *d).fold(f64::INFINITY, f64::min);
            found.push(Found { mould, next_mm });
        }
    }
    found
}

/// The angle between the turns of two maps of one scale, radians.
fn apart(a: &DAffine3, b: &DAffine3) -> f64 {
    let turn = |m: &DAffine3| {
        DMat3::from_cols(
            m.matrix3.x_axis.normalize_or_zero(),
            m.matrix3.y_axis.normalize_or_zero(),
            m.matrix3.z_axis.normalize_or_zero(),
        )
    };
    let r = turn(a).transpose() * turn(b);
    let trace = r.x_axis.x + r.y_axis.y + r.z_axis.z;
    libm::acos(((trace - 1.0) / 2.0).clamp(-1.0, 1.0))
}

/// Mean distance of a moulded skin's patches to the surface, with a distance beyond 10 mm counted as 10, mm.
pub(crate) fn apart_mm(patches: &[Patch], goal: &Surface, mould: &Mould) -> f64 {
    mean(patches, goal, |p| mould.apply(p), &mould.map)
}

fn mean(patches: &[Patch], goal: &Surface, place: impl Fn(DVec3) -> DVec3, map: &DAffine3) -> f64 {
    let turn = map.matrix3.inverse().transpose();
    let (mut sum, mut weights) = (0.0, 0.0);
    for p in patches {
        let (at, d) = goal.closest(place(p.at));
        let agrees = goal.normal(at).dot((turn * p.normal).normalize_or_zero()) > 0.3;
        sum += p.weight * if agrees { d.min(MISSED_MM) } else { MISSED_MM };
        weights += p.weight;
    }
    if weights > 0.0 { sum / weights } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similarity_is_found_from_three_points() {
        let from =
            [DVec3::new(0.0, 86.0, -40.0), DVec3::new(-86.0, -20.0, -48.0), DVec3::new(86.0, -20.0, -47.0)];
        let truth = DAffine3::from_scale_rotation_translation(
            DVec3::splat(0.9),
            DQuat::from_scaled_axis(DVec3::new(1.0, -2.0, 0.7)),
            DVec3::new(100.0, -50.0, 3.0),
        );
        let to = from.map(|p| truth.transform_point3(p));
        let found = by_pairs(&from, &to, true).unwrap();
        let p = DVec3::new(10.0, 20.0, 100.0);
        assert!(found.transform_point3(p).distance(truth.transform_point3(p)) < 1e-6);
        assert!(by_pairs(&from[..2], &to[..2], true).is_none());
        let line = [DVec3::ZERO, DVec3::X, DVec3::X * 2.0];
        assert!(by_pairs(&line, &to, true).is_none());
    }
}
