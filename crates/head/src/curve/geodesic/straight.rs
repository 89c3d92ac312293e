//! Walking straight over a surface: the straightest geodesics.

use glam::DVec3;

use super::super::{Curve, CurveError, Last, Steps, Trace, inside};
use crate::surface::{Surface, SurfacePoint};

/// Walks straight over the surface: sets out from `from` along `direction` (projected onto the face) and keeps
/// straight across every edge for `length_mm` (the straightest geodesic; Polthier & Schmies 1998).
///
/// # Errors
/// [`CurveError::Border`] where it leaves the surface, [`CurveError::Degenerate`] for a direction along the
/// normal.
pub fn straight(
    surface: &Surface,
    from: SurfacePoint,
    direction: DVec3,
    length_mm: f64,
) -> Result<Curve, CurveError> {
    let mut steps = Steps::new(surface.position(inside(from)));
    go_straight(surface, from, direction, length_mm, &mut steps)?;
    Ok(steps.curve())
}

/// The end of [`straight`], without the way there.
///
/// # Errors
/// As [`straight`].
pub fn straight_end(
    surface: &Surface,
    from: SurfacePoint,
    direction: DVec3,
    length_mm: f64,
) -> Result<SurfacePoint, CurveError> {
    let mut last = Last::default();
    go_straight(surface, from, direction, length_mm, &mut last)?;
    Ok(last.on(surface))
}

/// [`straight`], told to `trace` step by step.
fn go_straight(
    surface: &Surface,
    from: SurfacePoint,
    direction: DVec3,
    length_mm: f64,
    trace: &mut impl Trace,
) -> Result<(), CurveError> {
    let from = inside(from);
    let mut n = surface.face_normal(from.face);
    let mut dir = (direction - n * direction.dot(n)).try_normalize().ok_or(CurveError::Degenerate)?;
    let mut p = surface.position(from);
    let mut face = from.face;
    let mut entry = usize::MAX;
    let mut left = length_mm;
    let mut gone = 0.0;
    for _ in 0..4 * surface.faces().len() {
        let v = surface.corners(face);
        // The edge that the ray leaves by: the nearest crossing with an outward-facing edge.
        let mut best: Option<(f64, usize)> = None;
        for k in (0..3).filter(|&k| k != entry) {
            let e = v[(k + 1) % 3] - v[k];
            let outward = e.cross(n);
            let speed = dir.dot(outward);
            if speed > 0.0 {
                let t = ((v[k] - p).dot(outward) / speed).max(0.0);
                if best.is_none_or(|(b, _)| t < b) {
                    best = Some((t, k));
                }
            }
        }
        let (t, k) = best.ok_or(CurveError::Degenerate)?;
        if t >= left {
            let end = p + dir * left;
            trace.step(end, face, gone + p.distance(end));
            return Ok(());
        }
        let here = p + dir * t;
        gone += p.distance(here);
        p = here;
        left -= t;
        trace.step(p, face, gone);
        let Some((next, by)) = surface.over(face, k) else {
            return Err(CurveError::Border { x: p.x, y: p.y, z: p.z });
        };
        // Unfold: keep the angle to the shared edge.
        let e = (v[(k + 1) % 3] - v[k]).normalize_or_zero();
        let along = dir.dot(e);
        let across = (1.0 - along * along).max(0.0).sqrt();
        n = surface.face_normal(next);
        let inward = n.cross(-e).normalize_or_zero();
        dir = e * along + inward * across;
        (face, entry) = (next, by);
    }
    Err(CurveError::NotReached)
}
