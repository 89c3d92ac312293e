//! The built-in skin moulded to a surface by a prior of how heads differ.
//!
//! The displacement of the skin is a Gaussian process: heads differ in length, breadth and height, then in smooth ways
//! that are alike on both sides, and least in smooth ways that are not. What is seen on the surface are distances along
//! its normals, since a closest point says nothing of where along the surface a place belongs; the prior says that
//! (Lüthi, Gerig, Jud & Vetter, IEEE PAMI 2018;40:1860–1873; here without a basis, by the kernel itself). Pose and size
//! are unknowns beside it. A pose that asks for an unlikely head costs as much as one that does not fit, which is what
//! tells a head that is pitched back from one that looks straight ahead: both lie on a vault equally well.

use glam::{DAffine3, DMat3, DQuat, DVec3};

use super::icp::{Patch, Trusted};
use crate::{share::over_cores, surface::Surface};

/// Sd of the scale of a head along one axis, beside its size as a whole. ANSUR II: head length 3.6 %, breadth 3.7 %,
/// of which a common size is a part.
const AXIS_SD: f64 = 0.035;
/// Smooth differences that are alike on both sides: how far they reach and how large they are, mm.
const ALIKE: [(f64, f64); 2] = [(60.0, 3.5), (25.0, 1.5)];
/// The same for differences between the sides.
const UNLIKE: [(f64, f64); 2] = [(60.0, 1.0), (25.0, 0.7)];
/// Size of a head against the built-in one: usual, and the sd of its logarithm, children included.
pub const USUAL_SCALE: f64 = 0.92;
const SCALE_SD: f64 = 0.08;
/// About which the axes are scaled, mm: the middle of the built-in head.
const MIDDLE: DVec3 = DVec3::new(0.0, -15.0, 20.0);
/// Steps of pose in one round: shift, mm; turn, rad; size, share.
const STEP_SD: [f64; 3] = [30.0, 0.3, 0.1];
/// Pairs farther apart than so many standard deviations cost no more than that.
const FAR: f64 = 3.0;
/// Normals of a pair agree at least by this cosine.
const AGREE: f64 = 0.5;

/// A skin's way onto a surface.
#[derive(Clone, Debug)]
pub struct Mould {
    /// Template mm → surface's mm, of the bent template.
    pub map: DAffine3,
    /// What the pairs and the shape cost, in halved squares of standard deviations.
    pub cost: f64,
    /// Share of the patches' weight that found a partner.
    pub matched: f64,
    /// Places and directions that the bend is made of, and how much of each.
    bend: Vec<(DVec3, DVec3, f64)>,
}

impl Mould {
    /// Where a place of the template's space goes, mm.
    pub fn apply(&self, p: DVec3) -> DVec3 {
        self.map.transform_point3(p + self.bend(p))
    }

    /// The same on a surface that was moved.
    #[must_use]
    pub fn then(self, moved: &DAffine3) -> Self {
        Self { map: *moved * self.map, ..self }
    }

    fn bend(&self, p: DVec3) -> DVec3 {
        self.bend.iter().map(|&(at, along, a)| kernel(p, at, along) * a).sum()
    }
}

impl From<DAffine3> for Mould {
    /// Not bent.
    fn from(map: DAffine3) -> Self {
        Self { map, cost: f64::INFINITY, matched: 0.0, bend: Vec::new() }
    }
}

/// Covariance of the displacement at `p` with that at `x` in direction `m`, mm² per direction.
fn kernel(p: DVec3, x: DVec3, m: DVec3) -> DVec3 {
    let other = DVec3::new(-x.x, x.y, x.z);
    let mirrored = DVec3::new(-m.x, m.y, m.z);
    let (d, e) = (p.distance_squared(x), p.distance_squared(other));
    let (mut same, mut across) = (0.0, 0.0);
    for (i, (reach, sd)) in ALIKE.iter().enumerate() {
        let scale = -0.5 / (reach * reach);
        let g = libm::exp(d * scale);
        same += (sd * sd + UNLIKE[i].1 * UNLIKE[i].1) * g;
        across += sd * sd * libm::exp(e * scale);
    }
    let (a, b) = (p - MIDDLE, x - MIDDLE);
    m * same + mirrored * across + a * b * m * (AXIS_SD * AXIS_SD)
}

/// What is done in one round.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Pairs farther apart than this are not used, mm.
    pub limit_mm: f64,
    /// How far a pair may be apart by chance, mm, standard deviation.
    pub sd_mm: f64,
}

/// What is known besides the surface.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Landmarks on both: template mm, surface's mm, and their standard deviation in each direction, mm.
    pub anchors: &'a [(DVec3, DVec3, f64)],
    /// For each patch how far above the skin the surface lies (hair), mm. Empty is 0.
    pub above_mm: &'a [f64],
}

/// Moulds patches of the template's skin to a surface, from a map of one scale or from what was moulded before.
///
/// `None` where fewer than a dozen patches find a partner.
pub fn mould(
    patches: &[Patch],
    goal: &Surface,
    start: impl Into<Mould>,
    rounds: &[Round],
    known: Known<'_>,
    trusted: Trusted<'_>,
) -> Option<Mould> {
    let mut made: Mould = start.into();
    let all: f64 = patches.iter().map(|p| p.weight).sum();
    let mean = all / patches.len().max(1) as f64;
    for round in rounds {
        let back = made.map.inverse();
        let scale = libm::cbrt(made.map.matrix3.determinant());
        let mut seen: Vec<Observation> = Vec::with_capacity(patches.len());
        let (mut misfit, mut matched) = (0.0, 0.0);
        for (i, p) in patches.iter().enumerate() {
            let moved = p.at + made.bend(p.at);
            let at = made.map.transform_point3(moved);
            let (place, d) = goal.closest(at);
            let above = known.above_mm.get(i).copied().unwrap_or(0.0);
            let share = p.weight / mean;
            misfit += 0.5 * share * FAR * FAR;
            if !d.is_finite() || d > round.limit_mm + above {
                continue;
            }
            let q = goal.position(place);
            let m = (back.matrix3 * goal.normal(place)).normalize_or_zero();
            if m.dot(p.normal) < AGREE || !trusted(place, q) {
                continue;
            }
            let q = back.transform_point3(q) - m * (above / scale);
            let off = (q - moved).dot(m);
            let far = off / (FAR * round.sd_mm);
            if far.abs() < 1.0 {
                misfit -= 0.5 * share * FAR * FAR * (1.0 - far * far);
            }
            matched += p.weight;
            // Geman and McClure's weight: a pair that is far apart hardly counts.
            let trust = (1.0 + far * far).powi(-2);
            let variance = round.sd_mm * round.sd_mm / (share * trust).max(1e-6);
            let off = (q - p.at).dot(m);
            seen.push(Observation { at: p.at, along: m, pose: pose(moved, m), off, variance });
        }
        if seen.len() < 12 {
            return None;
        }
        for &(from, to, sd) in known.anchors {
            let moved = from + made.bend(from);
            let to = back.transform_point3(to);
            for along in DVec3::AXES {
                let variance = (sd / scale) * (sd / scale);
                let off = (to - from).dot(along);
                seen.push(Observation { at: from, along, pose: pose(moved, along), off, variance });
            }
        }
        let off = libm::log(USUAL_SCALE / scale);
        misfit += 0.5 * (off / SCALE_SD) * (off / SCALE_SD);
        let pose = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        seen.push(Observation { at: MIDDLE, along: DVec3::ZERO, pose, off, variance: SCALE_SD * SCALE_SD });
        made.matched = if all > 0.0 { matched / all } else { 0.0 };
        let (amounts, shape) = solve(&seen)?;
        made.cost = misfit + 0.5 * shape;
        // The pose that the same weights ask for.
        let mut step = [0.0; 7];
        for (s, a) in seen.iter().zip(&amounts) {
            for (c, h) in step.iter_mut().zip(s.pose) {
                *c += h * a;
            }
        }
        for (k, c) in step.iter_mut().enumerate() {
            *c *= STEP_SD[k / 3].powi(2);
        }
        let turn = DQuat::from_scaled_axis(DVec3::new(step[3], step[4], step[5]));
        let linear = DMat3::from_quat(turn) * libm::exp(step[6]);
        let shift = DVec3::new(step[0], step[1], step[2]);
        made.map *= DAffine3::from_mat3_translation(linear, MIDDLE + shift - linear * MIDDLE);
        made.bend = seen.iter().zip(&amounts).map(|(s, a)| (s.at, s.along, *a)).collect();
    }
    made.map.is_finite().then_some(made)
}

/// How far a place must go along one direction, in the template's frame and size.
struct Observation {
    /// Place of the template.
    at: DVec3,
    /// Direction.
    along: DVec3,
    /// How it changes with the pose: shift, turn, size.
    pose: [f64; 7],
    /// From `at`, mm.
    off: f64,
    /// Of the observation, mm².
    variance: f64,
}

/// How a place moves along a direction with shift, turn and size.
fn pose(p: DVec3, m: DVec3) -> [f64; 7] {
    let r = p - MIDDLE;
    let t = r.cross(m);
    [m.x, m.y, m.z, t.x, t.y, t.z, r.dot(m)]
}

/// Amounts of all observations, and the square of the shape's size in standard deviations.
fn solve(seen: &[Observation]) -> Option<(Vec<f64>, f64)> {
    let n = seen.len();
    let rows = over_cores(n, |i| {
        (0..=i)
            .map(|j| kernel(seen[i].at, seen[j].at, seen[j].along).dot(seen[i].along))
            .collect::<Vec<f64>>()
    });
    let mut a: Vec<Vec<f64>> = rows.clone();
    for (i, row) in a.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            for k in 0..7 {
                *cell += seen[i].pose[k] * seen[j].pose[k] * STEP_SD[k / 3].powi(2);
            }
        }
        row[i] += seen[i].variance;
    }
    let mut x: Vec<f64> = seen.iter().map(|s| s.off).collect();
    cholesky(&mut a, &mut x)?;
    // xᵀ K x, of which half is stored.
    let shape = rows
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let below: f64 = row[..i].iter().zip(&x).map(|(k, xj)| k * xj).sum();
            x[i] * (2.0 * below + row[i] * x[i])
        })
        .sum();
    Some((x, shape))
}

/// Solves `a x = b` for a positive definite `a`, of which the lower half is given; `x` takes `b`'s place.
fn cholesky(a: &mut [Vec<f64>], b: &mut [f64]) -> Option<()> {
    let n = b.len();
    for i in 0..n {
        let (done, rest) = a.split_at_mut(i);
        let row = &mut rest[0];
        for j in 0..i {
            let dot: f64 = row[..j].iter().zip(&done[j][..j]).map(|(p, q)| p * q).sum();
            row[j] = (row[j] - dot) / done[j][j];
        }
        let square = row[i] - row[..i].iter().map(|p| p * p).sum::<f64>();
        if square.is_nan() || square <= 0.0 {
            return None;
        }
        row[i] = libm::sqrt(square);
        let dot: f64 = row[..i].iter().zip(&*b).map(|(p, q)| p * q).sum();
        b[i] = (b[i] - dot) / row[i];
    }
    for i in (0..n).rev() {
        let x = b[i] / a[i][i];
        b[i] = x;
        for (bj, aij) in b[..i].iter_mut().zip(&a[i][..i]) {
            *bj -= aij * x;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{landmark::name, register::icp, template};

    const ROUNDS: [Round; 6] = [
        Round { limit_mm: 30.0, sd_mm: 6.0 },
        Round { limit_mm: 20.0, sd_mm: 4.0 },
        Round { limit_mm: 12.0, sd_mm: 3.0 },
        Round { limit_mm: 8.0, sd_mm: 2.0 },
        Round { limit_mm: 8.0, sd_mm: 1.0 },
        Round { limit_mm: 8.0, sd_mm: 1.0 },
    ];

    /// A head of other proportions, bent otherwise on both sides alike, turned and moved.
    fn other(p: DVec3) -> DVec3 {
        let back = libm::exp(-(p - DVec3::new(0.0, -100.0, 30.0)).length_squared() / 3000.0);
        let q = DVec3::new(p.x * 0.95, p.y * 1.02, p.z * 0.98) * 0.9 + DVec3::new(0.0, -5.0, 2.0) * back;
        DAffine3::from_rotation_x(0.2).transform_point3(q) + DVec3::new(4.0, 10.0, -7.0)
    }

    #[test]
    fn a_head_of_other_proportions_is_found_with_its_landmarks_and_another_scale_is_dearer() {
        let head = template::template();
        let goal = head.skin.with_vertices(head.skin.vertices().iter().map(|&p| other(p)).collect()).unwrap();
        let patches = icp::patches(&head.skin, 15.0, |v| f64::from(head.skin.vertices()[v].z > -75.0));
        let made =
            mould(&patches, &goal, DAffine3::IDENTITY, &ROUNDS, Known::default(), &|_, _| true).unwrap();
        for side in [crate::Side::Left, crate::Side::Right] {
            for (n, s) in [(name::NASION, crate::Side::Midline), (name::PREAURICULAR, side)] {
                let p = head.landmarks.mm(n, s).unwrap();
                let off = made.apply(p).distance(other(p));
                assert!(off < 3.0, "{n} {s}: {off}");
            }
        }
        // The mean head costs less than one that has to be bent to it.
        let own =
            mould(&patches, &head.skin, DAffine3::IDENTITY, &ROUNDS, Known::default(), &|_, _| true).unwrap();
        assert!(own.cost < made.cost, "{} {}", own.cost, made.cost);
        // Both sides alike: what is seen was.
        let (l, r) = (DVec3::new(-70.0, 0.0, 20.0), DVec3::new(70.0, 0.0, 20.0));
        let (a, b) = (made.bend(l), made.bend(r));
        assert!((a - DVec3::new(-b.x, b.y, b.z)).length() < 0.7, "{a} {b}");
    }

    #[test]
    fn an_anchor_holds_what_the_surface_does_not() {
        // A ball says nothing of turns; two anchors do.
        let ball = crate::shapes::sphere(90.0, 5);
        let patches = icp::patches(&ball, 20.0, |_| 1.0);
        let turn = DAffine3::from_rotation_z(0.2);
        let places = [DVec3::X * 90.0, DVec3::Y * 90.0];
        let anchors = places.map(|p| (p, turn.transform_point3(p), 0.5));
        let known = Known { anchors: &anchors, above_mm: &[] };
        let made = mould(&patches, &ball, DAffine3::IDENTITY, &ROUNDS, known, &|_, _| true).unwrap();
        for (p, q, _) in anchors {
            assert!(made.apply(p).distance(q) < 1.5, "{} {q}", made.apply(p));
        }
        assert!(
            mould(
                &patches,
                &ball.with_vertices(ball.vertices().iter().map(|v| *v + 1000.0).collect()).unwrap(),
                DAffine3::IDENTITY,
                &ROUNDS,
                Known::default(),
                &|_, _| true
            )
            .is_none()
        );
    }
}
