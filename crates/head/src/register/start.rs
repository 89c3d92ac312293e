//! A first pose for points and surfaces: by landmarks, or by trying.

use glam::{DAffine3, DMat3, DQuat, DVec3};

use super::{
    icp::{self, Motion, Patch, Trusted},
    pose,
};
use crate::surface::Surface;

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

/// A pose that was found by trying.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Template mm → surface's mm; one scale.
    pub map: DAffine3,
    /// Mean distance of the template's patches to the surface, with a distance beyond 10 mm counted as 10, mm.
    pub mean_mm: f64,
    /// The same for the best pose that is turned by more than 45 degrees from this one.
    pub next_mm: f64,
}

/// Beyond this a patch has no partner, mm.
const MISSED_MM: f64 = 10.0;

/// Tries 48 turns of the template, each brought with its crown to the surface's top and fitted by closest points; the
/// best three are fitted again, finely.
///
/// `None` where the surface has no point.
pub fn by_trying(patches: &[Patch], crown: DVec3, goal: &Surface, trusted: Trusted<'_>) -> Option<Found> {
    let turns: Vec<DMat3> = pose::turns()
        .into_iter()
        .flat_map(|t| [t, t * DMat3::from_rotation_z(std::f64::consts::FRAC_PI_4)])
        .collect();
    let step = (goal.vertices().len() / 20_000).max(1);
    let points: Vec<DVec3> = goal.vertices().iter().copied().step_by(step).collect();
    if points.is_empty() {
        return None;
    }
    let few: Vec<Patch> = patches.iter().copied().step_by((patches.len() / 500).max(1)).collect();
    let middle =
        few.iter().map(|p| p.at * p.weight).sum::<DVec3>() / few.iter().map(|p| p.weight).sum::<f64>();
    let _ = (goal.closest(DVec3::ZERO), goal.vertex_normals());
    let try_one = |turn: &DMat3| {
        let shift = pose::start(&points, turn, middle, crown);
        let map = DAffine3::from_mat3_translation(*turn, shift);
        let limits = [50.0, 45.0, 40.0, 35.0, 30.0, 25.0, 20.0, 18.0, 16.0, 14.0, 12.0, 12.0];
        let fit = icp::fit(&few, goal, map, Motion::Similarity, &limits, &[], trusted);
        (fit.map, mean(&few, goal, &fit.map))
    };
    let (a, b) = turns.split_at(turns.len() / 2);
    let mut all = std::thread::scope(|s| {
        let other = s.spawn(|| b.iter().map(try_one).collect::<Vec<_>>());
        let mut mine: Vec<_> = a.iter().map(try_one).collect();
        mine.extend(other.join().unwrap_or_default());
        mine
    });
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut best: Option<(DAffine3, f64)> = None;
    let limits: Vec<f64> = (0..30).map(|i| (20.0 - f64::from(i)).max(7.0)).collect();
    for (map, _) in all.iter().take(4) {
        let fit = icp::fit(patches, goal, *map, Motion::Similarity, &limits, &[], trusted);
        let m = mean(patches, goal, &fit.map);
        if best.is_none_or(|b| m < b.1) {
            best = Some((fit.map, m));
        }
    }
    let (map, mean_mm) = best?;
    let apart = |m: &DAffine3| {
        let cosine = |f: fn(&DMat3) -> DVec3| {
            f(&m.matrix3).normalize_or_zero().dot(f(&map.matrix3).normalize_or_zero())
        };
        cosine(|m| m.x_axis).min(cosine(|m| m.y_axis)).min(cosine(|m| m.z_axis)) < 0.7
    };
    let next_mm = all.iter().filter(|(m, _)| apart(m)).map(|(_, d)| *d).fold(f64::INFINITY, f64::min);
    Some(Found { map, mean_mm, next_mm })
}

fn mean(patches: &[Patch], goal: &Surface, map: &DAffine3) -> f64 {
    let turn = map.matrix3.inverse().transpose();
    let (mut sum, mut weights) = (0.0, 0.0);
    for p in patches {
        let (place, d) = goal.closest(map.transform_point3(p.at));
        let agrees = goal.normal(place).dot((turn * p.normal).normalize_or_zero()) > 0.3;
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
