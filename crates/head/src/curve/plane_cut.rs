//! Sections of a surface by a plane, followed from face to face.

use glam::DVec3;

use super::{Curve, CurveError, Last, Steps, Trace, inside};
use crate::surface::{Surface, SurfacePoint};

/// Where a walk along a section stops.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// At this point, which must lie on the plane.
    At(SurfacePoint),
    /// At this point, but no further than so many mm.
    Within(SurfacePoint, f64),
    /// After so many mm.
    After(f64),
}

/// Follows the section of the plane `normal` through `from`, setting out in the sense of `toward` (a
/// direction), until `stop`.
///
/// Vertices that lie exactly on the plane count as being on its positive side, so the walk never forks.
///
/// # Errors
/// [`CurveError::Border`] where it leaves the surface, [`CurveError::NotReached`] where it comes back to its
/// start without having met the stop.
pub fn walk(
    surface: &Surface,
    from: SurfacePoint,
    normal: DVec3,
    toward: DVec3,
    stop: Stop,
) -> Result<Curve, CurveError> {
    let mut steps = Steps::new(surface.position(inside(from)));
    follow(surface, from, normal, toward, stop, &mut steps)?;
    Ok(steps.curve())
}

/// The end of [`walk`] after so many mm, without the way there.
///
/// # Errors
/// As [`walk`].
pub fn end(
    surface: &Surface,
    from: SurfacePoint,
    normal: DVec3,
    toward: DVec3,
    mm: f64,
) -> Result<SurfacePoint, CurveError> {
    let mut last = Last::default();
    follow(surface, from, normal, toward, Stop::After(mm), &mut last)?;
    Ok(last.on(surface))
}

/// [`walk`], told to `trace` step by step.
pub(super) fn follow(
    surface: &Surface,
    from: SurfacePoint,
    normal: DVec3,
    toward: DVec3,
    stop: Stop,
    trace: &mut impl Trace,
) -> Result<(), CurveError> {
    let from = inside(from);
    let origin = surface.position(from);
    let normal = normal.try_normalize().ok_or(CurveError::Degenerate)?;
    let mut face = from.face;
    let crossings = crossings(surface, face, origin, normal).ok_or(CurveError::Degenerate)?;
    let (_, first) = crossings
        .into_iter()
        .map(|c| ((c.1 - origin).dot(toward), c))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .ok_or(CurveError::Degenerate)?;
    let mut exit = Exit::of(surface, face, first, origin, normal);
    let (mut last, mut length) = (origin, 0.0);
    // The plane meets each face at most once on one section.
    for _ in 0..=surface.faces().len() {
        let d = last.distance(exit.at);
        match stop {
            Stop::At(to) | Stop::Within(to, _) if to.face == face && leads_to(surface, to, last, exit.at) => {
                let end = surface.position(to);
                trace.step(end, face, length + last.distance(end));
                return Ok(());
            }
            Stop::After(limit) if length + d >= limit => {
                let end = last.lerp(exit.at, if d > 0.0 { (limit - length) / d } else { 0.0 });
                trace.step(end, face, length + last.distance(end));
                return Ok(());
            }
            Stop::Within(_, limit) if length + d > limit => return Err(CurveError::NotReached),
            Stop::At(_) | Stop::After(_) | Stop::Within(..) => {}
        }
        (last, length) = (exit.at, length + d);
        trace.step(last, face, length);
        let Some((next, entry)) = surface.over(face, exit.edge) else {
            return Err(CurveError::Border { x: exit.at.x, y: exit.at.y, z: exit.at.z });
        };
        if next == from.face {
            return match stop {
                // The target shares the first face but lies behind the start: all the way round.
                Stop::At(to) | Stop::Within(to, _) if to.face == next => {
                    let end = surface.position(to);
                    trace.step(end, next, length + last.distance(end));
                    Ok(())
                }
                _ => Err(CurveError::NotReached),
            };
        }
        exit = exit.onward(surface, next, entry, origin, normal);
        face = next;
    }
    Err(CurveError::NotReached)
}

/// The section through `from`, `via` and `to`, from `from` to `to` by way of `via`.
///
/// # Errors
/// As [`walk`]; [`CurveError::Degenerate`] where the three points are on one line.
pub fn through(
    surface: &Surface,
    from: SurfacePoint,
    via: SurfacePoint,
    to: SurfacePoint,
) -> Result<Curve, CurveError> {
    let (from, via, to) = (inside(from), inside(via), inside(to));
    let [a, b, c] = [from, via, to].map(|p| surface.position(p));
    let normal = (b - a).cross(c - a);
    if normal.length() <= 1e-9 * (b - a).length() * (c - a).length() {
        return Err(CurveError::Degenerate);
    }
    // The way by `via` leaves `from` on the side of the chord on which `via` lies; on a strongly bent surface
    // it may not, and then the other way round is tried.
    let chord = (c - a).normalize_or_zero();
    let off_chord = (b - a) - chord * (b - a).dot(chord);
    let mut error = CurveError::NotReached;
    for toward in [b - a, off_chord, -off_chord] {
        let first = match walk(surface, from, normal, toward, Stop::At(via)) {
            Ok(curve) => curve,
            Err(e) => {
                error = e;
                continue;
            }
        };
        let onward = first.direction_at(first.length_mm());
        match walk(surface, via, normal, onward, Stop::At(to)) {
            // Coming past the start again means that `to` lies before `via`.
            Ok(second) if second.closest(a).1 > 1e-6 || second.length_mm() < 1e-6 => {
                return Ok(first.then(&second));
            }
            Ok(_) => {}
            Err(e) => error = e,
        }
    }
    Err(error)
}

/// The section from `from` to `to` by the plane that also holds `direction` at `from`'s side: the shorter way.
///
/// # Errors
/// As [`walk`].
pub fn containing(
    surface: &Surface,
    from: SurfacePoint,
    to: SurfacePoint,
    direction: DVec3,
) -> Result<Curve, CurveError> {
    let (from, to) = (inside(from), inside(to));
    let chord = surface.position(to) - surface.position(from);
    let normal = chord.cross(direction);
    if normal.length() <= 1e-9 * chord.length() * direction.length() {
        return Err(CurveError::Degenerate);
    }
    walk(surface, from, normal, chord, Stop::At(to))
}

/// Whether `to` lies on the segment from `entry` to `exit` inside its face (rather than behind the start).
fn leads_to(surface: &Surface, to: SurfacePoint, entry: DVec3, exit: DVec3) -> bool {
    (surface.position(to) - entry).dot(exit - entry) >= 0.0
}

/// Edge number of `face` that borders on `other`.
pub(crate) fn shared_edge(surface: &Surface, face: u32, other: u32) -> Option<usize> {
    (0..3).find(|&k| surface.across(face, k) == other)
}

/// Signed distances of a face's corners from a plane.
#[inline]
fn sides(surface: &Surface, face: u32, origin: DVec3, normal: DVec3) -> ([DVec3; 3], [f64; 3]) {
    let v = surface.corners(face);
    (v, v.map(|p| (p - origin).dot(normal)))
}

#[inline]
fn crossing(v: &[DVec3; 3], d: &[f64; 3], k: usize) -> Option<DVec3> {
    let (i, j) = (k, (k + 1) % 3);
    ((d[i] >= 0.0) != (d[j] >= 0.0)).then(|| {
        // From the lower index side always: both faces of an edge compute the same point.
        let t = d[i] / (d[i] - d[j]);
        v[i] + (v[j] - v[i]) * t
    })
}

/// Both edges by which a plane leaves a face.
fn crossings(surface: &Surface, face: u32, origin: DVec3, normal: DVec3) -> Option<[(usize, DVec3); 2]> {
    let (v, d) = sides(surface, face, origin, normal);
    let mut found = (0..3).filter_map(|k| crossing(&v, &d, k).map(|p| (k, p)));
    Some([found.next()?, found.next()?])
}

/// Where a plane leaves a face.
#[derive(Clone, Copy)]
struct Exit {
    /// The edge.
    edge: usize,
    /// The place on it, mm.
    at: DVec3,
    /// Signed distances from the plane of the edge's first and second corner, on either side of 0.
    off: [f64; 2],
}

impl Exit {
    fn of(surface: &Surface, face: u32, (edge, at): (usize, DVec3), origin: DVec3, normal: DVec3) -> Self {
        let (_, d) = sides(surface, face, origin, normal);
        Self { edge, at, off: [d[edge], d[(edge + 1) % 3]] }
    }

    /// The exit from the `next` face, whose edge `entry` is this one, run the other way. Only its third corner is
    /// new.
    #[inline]
    fn onward(&self, surface: &Surface, next: u32, entry: usize, origin: DVec3, normal: DVec3) -> Self {
        let corner = |k: usize| surface.vertices()[surface.faces()[next as usize][k % 3] as usize];
        let [second, first] = self.off;
        let apex = corner(entry + 2);
        let d = (apex - origin).dot(normal);
        // The ends of the entry are on either side of the plane, so exactly one of the other edges crosses it. A branch
        // that is guessed, right or wrong, lets the processor fetch the next face meanwhile: a choice from a table took
        // longer.
        if (second >= 0.0) != (d >= 0.0) {
            let from = corner(entry + 1);
            let at = from + (apex - from) * (second / (second - d));
            Self { edge: (entry + 1) % 3, at, off: [second, d] }
        } else {
            let to = corner(entry);
            let at = apex + (to - apex) * (d / (d - first));
            Self { edge: (entry + 2) % 3, at, off: [d, first] }
        }
    }
}
