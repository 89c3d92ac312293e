//! Curves on a surface, parametrised by arc length.
//!
//! Two constructions, both exact on the triangles: [`plane_cut`] (what 10-20 uses: a plane through three
//! points) and [`geodesic`] (what a tape between two points does). They differ by 6–8 mm on average over a
//! head, so every curve of the atlas says which one it is.

pub mod geodesic;
pub mod plane_cut;

use glam::DVec3;
use thiserror::Error;

use crate::surface::{Surface, SurfacePoint, closest_on_triangle};

/// Why a curve could not be drawn on a surface.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum CurveError {
    /// The curve came to an edge of the surface.
    #[error("the curve runs off the border of the surface at ({x:.1}, {y:.1}, {z:.1}) mm")]
    Border {
        /// Right, mm.
        x: f64,
        /// Anterior, mm.
        y: f64,
        /// Superior, mm.
        z: f64,
    },
    /// The plane's section did not pass through the point that it should reach.
    #[error("the plane cuts the surface, but its section does not lead from one point to the other")]
    NotReached,
    /// The points do not span a plane or a direction.
    #[error("the points do not define a plane: they coincide or lie on one line")]
    Degenerate,
    /// A distance beyond the ends of a curve was asked for.
    #[error("{asked_mm:.1} mm along a curve of {length_mm:.1} mm")]
    BeyondEnd {
        /// What was asked for.
        asked_mm: f64,
        /// How long the curve is.
        length_mm: f64,
    },
}

/// What is kept of a walk over a surface.
pub(crate) trait Trace {
    /// The walk went straight to `to` (mm) inside `face`, `s_mm` from its start.
    fn step(&mut self, to: DVec3, face: u32, s_mm: f64);
}

/// All of it.
pub(crate) struct Steps {
    points: Vec<DVec3>,
    faces: Vec<u32>,
    s: Vec<f64>,
}

impl Steps {
    pub(crate) fn new(start: DVec3) -> Self {
        // Room for a short walk; a long one is worth a few copies.
        let mut steps =
            Self { points: Vec::with_capacity(40), faces: Vec::with_capacity(40), s: Vec::with_capacity(40) };
        steps.points.push(start);
        steps.s.push(0.0);
        steps
    }

    pub(crate) fn curve(self) -> Curve {
        debug_assert!(!self.faces.is_empty());
        Curve { points: self.points, faces: self.faces, s: self.s }
    }
}

impl Trace for Steps {
    #[inline]
    fn step(&mut self, to: DVec3, face: u32, s_mm: f64) {
        self.points.push(to);
        self.faces.push(face);
        self.s.push(s_mm);
    }
}

/// Its last step.
#[derive(Default)]
pub(crate) struct Last(DVec3, u32);

impl Last {
    pub(crate) fn on(&self, surface: &Surface) -> SurfacePoint {
        SurfacePoint { face: self.1, bary: closest_on_triangle(surface.corners(self.1), self.0) }
    }
}

impl Trace for Last {
    #[inline]
    fn step(&mut self, to: DVec3, face: u32, _: f64) {
        *self = Self(to, face);
    }
}

/// A polyline on a surface whose every segment lies inside one face.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    points: Vec<DVec3>,
    /// Face that holds the segment from `points[i]` to `points[i + 1]`.
    faces: Vec<u32>,
    /// Arc length up to each point, mm.
    s: Vec<f64>,
}

impl Curve {
    /// A curve from points (mm) and the face of each segment (one fewer).
    pub(crate) fn new(points: Vec<DVec3>, faces: Vec<u32>) -> Self {
        debug_assert!(!faces.is_empty() && points.len() == faces.len() + 1);
        let mut s = Vec::with_capacity(points.len());
        let mut sum = 0.0;
        s.push(0.0);
        for w in points.windows(2) {
            sum += w[0].distance(w[1]);
            s.push(sum);
        }
        Self { points, faces, s }
    }

    /// A curve of no length.
    pub fn single(surface: &Surface, at: SurfacePoint) -> Self {
        let p = surface.position(at);
        Self::new(vec![p, p], vec![at.face])
    }

    /// Corner points in mm, in order.
    pub fn points(&self) -> &[DVec3] {
        &self.points
    }

    /// Arc length in mm.
    pub fn length_mm(&self) -> f64 {
        self.s.last().copied().unwrap_or(0.0)
    }

    /// Arc length up to each of [`Self::points`], mm.
    pub fn arc_mm(&self) -> &[f64] {
        &self.s
    }

    /// Index of the segment that holds arc length `s`, and the fraction along it.
    fn segment(&self, s: f64) -> (usize, f64) {
        let last = self.faces.len() - 1;
        let i = self.s.partition_point(|&x| x <= s).saturating_sub(1).min(last);
        let d = self.s[i + 1] - self.s[i];
        (i, if d > 0.0 { ((s - self.s[i]) / d).clamp(0.0, 1.0) } else { 0.0 })
    }

    /// Position at `s_mm` from the start, clamped to the ends.
    pub fn position_at(&self, s_mm: f64) -> DVec3 {
        let (i, t) = self.segment(s_mm);
        self.points[i].lerp(self.points[i + 1], t)
    }

    /// Surface point at `s_mm` from the start, clamped to the ends.
    pub fn at(&self, surface: &Surface, s_mm: f64) -> SurfacePoint {
        let (i, t) = self.segment(s_mm);
        let face = self.faces[i];
        let p = self.points[i].lerp(self.points[i + 1], t);
        SurfacePoint { face, bary: closest_on_triangle(surface.corners(face), p) }
    }

    /// Like [`Self::at`], but refuses distances that lie more than 1 µm beyond the ends.
    ///
    /// # Errors
    /// [`CurveError::BeyondEnd`].
    pub fn at_checked(&self, surface: &Surface, s_mm: f64) -> Result<SurfacePoint, CurveError> {
        let length_mm = self.length_mm();
        if !(-1e-3..=length_mm + 1e-3).contains(&s_mm) {
            return Err(CurveError::BeyondEnd { asked_mm: s_mm, length_mm });
        }
        Ok(self.at(surface, s_mm))
    }

    /// Surface point at a fraction of the length (0 start, 1 end).
    pub fn fraction(&self, surface: &Surface, fraction: f64) -> SurfacePoint {
        self.at(surface, fraction * self.length_mm())
    }

    /// Unit direction of travel at `s_mm`.
    pub fn direction_at(&self, s_mm: f64) -> DVec3 {
        let (i, _) = self.segment(s_mm);
        (self.points[i + 1] - self.points[i])
            .try_normalize()
            .unwrap_or_else(|| (self.points[self.points.len() - 1] - self.points[0]).normalize_or_zero())
    }

    /// Direction of travel at `s_mm`, as the chord over ±`half_mm`: insensitive to single triangles.
    pub fn mean_direction_at(&self, s_mm: f64, half_mm: f64) -> DVec3 {
        let d = self.position_at(s_mm + half_mm) - self.position_at(s_mm - half_mm);
        d.try_normalize().unwrap_or_else(|| self.direction_at(s_mm))
    }

    /// The same curve from its end to its start.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.points.reverse();
        self.faces.reverse();
        Self::new(self.points, self.faces)
    }

    /// The stretch between two arc lengths in mm (`from <= to`), clamped to the ends.
    #[must_use]
    pub fn between(&self, from_mm: f64, to_mm: f64) -> Self {
        let (i, _) = self.segment(from_mm);
        let (j, _) = self.segment(to_mm.max(from_mm));
        let mut points = vec![self.position_at(from_mm)];
        points.extend_from_slice(&self.points[i + 1..=j.max(i)]);
        points.push(self.position_at(to_mm.max(from_mm)));
        Self::new(points, self.faces[i..=j.max(i)].to_vec())
    }

    /// Arc length of the point of the curve closest to a position, and the distance to it, both in mm.
    pub fn closest(&self, mm: DVec3) -> (f64, f64) {
        let mut best = (0.0, f64::INFINITY);
        for (i, w) in self.points.windows(2).enumerate() {
            let d = w[1] - w[0];
            let len2 = d.length_squared();
            let t = if len2 > 0.0 { ((mm - w[0]).dot(d) / len2).clamp(0.0, 1.0) } else { 0.0 };
            let dist = (w[0] + d * t).distance_squared(mm);
            if dist < best.1 {
                best = (self.s[i] + t * (self.s[i + 1] - self.s[i]), dist);
            }
        }
        (best.0, best.1.sqrt())
    }

    /// Arc length of the corner point closest to a position, mm: where a search may begin.
    pub(crate) fn near(&self, mm: DVec3) -> f64 {
        let mut best = (0, f64::INFINITY);
        for (i, p) in self.points.iter().enumerate() {
            let d = p.distance_squared(mm);
            if d < best.1 {
                best = (i, d);
            }
        }
        self.s[best.0]
    }

    /// Arc lengths in mm at which the curve passes through the plane of `normal` through `origin`.
    pub fn crossings(&self, origin: DVec3, normal: DVec3) -> Vec<f64> {
        let d: Vec<f64> = self.points.iter().map(|p| (*p - origin).dot(normal)).collect();
        let mut out = Vec::new();
        for (i, w) in d.windows(2).enumerate() {
            if (w[0] >= 0.0) != (w[1] >= 0.0) {
                let t = w[0] / (w[0] - w[1]);
                out.push(self.s[i] + t * (self.s[i + 1] - self.s[i]));
            }
        }
        out
    }

    /// Arc lengths (on this curve, on the other), mm, of the places where two curves on one surface meet.
    pub fn meets(&self, other: &Self) -> Vec<(f64, f64)> {
        let mut theirs: Vec<(u32, usize)> = other.faces.iter().copied().zip(0..).collect();
        theirs.sort_unstable();
        let mut out = Vec::new();
        for (i, &face) in self.faces.iter().enumerate() {
            let first = theirs.partition_point(|&(f, _)| f < face);
            for &(_, j) in theirs[first..].iter().take_while(|&&(f, _)| f == face) {
                let meet =
                    segments_meet(self.points[i], self.points[i + 1], other.points[j], other.points[j + 1]);
                if let Some((t, u)) = meet {
                    out.push((
                        self.s[i] + t * (self.s[i + 1] - self.s[i]),
                        other.s[j] + u * (other.s[j + 1] - other.s[j]),
                    ));
                }
            }
        }
        // Two faces that share the crossing edge report it twice.
        out.sort_by(|a, b| a.0.total_cmp(&b.0));
        out.dedup_by(|a, b| (a.0 - b.0).abs() < 1e-6);
        out
    }

    /// Corner points thinned to steps of at least `step_mm`, with both ends: for files and pictures.
    pub fn thinned(&self, step_mm: f64) -> Vec<DVec3> {
        let n = ((self.length_mm() / step_mm).round() as usize).max(1);
        (0..=n).map(|i| self.position_at(self.length_mm() * i as f64 / n as f64)).collect()
    }

    /// One curve after another; the end of `self` must be the start of `next`.
    #[must_use]
    pub fn then(mut self, next: &Self) -> Self {
        let so_far = self.length_mm();
        self.points.extend_from_slice(&next.points[1..]);
        self.faces.extend_from_slice(&next.faces);
        self.s.extend(next.s[1..].iter().map(|s| so_far + s));
        self
    }
}

/// Parameters of the meeting of two segments that lie in one plane, both in 0..=1 within rounding.
fn segments_meet(a: DVec3, b: DVec3, c: DVec3, d: DVec3) -> Option<(f64, f64)> {
    let (u, v, w) = (b - a, d - c, c - a);
    let n = u.cross(v);
    let nn = n.length_squared();
    if nn <= 1e-18 * u.length_squared() * v.length_squared() {
        return None;
    }
    let t = w.cross(v).dot(n) / nn;
    let s = w.cross(u).dot(n) / nn;
    let range = -1e-9..=1.0 + 1e-9;
    (range.contains(&t) && range.contains(&s)).then(|| (t.clamp(0.0, 1.0), s.clamp(0.0, 1.0)))
}

/// Moves a surface point off the edges and corners of its face by a millionth of a micrometre or so, so that
/// every plane through it cuts the face.
pub(crate) fn inside(p: SurfacePoint) -> SurfacePoint {
    const MIN: f64 = 1e-9;
    let b = p.bary.map(|x| x.max(MIN));
    let sum = b[0] + b[1] + b[2];
    SurfacePoint { face: p.face, bary: b.map(|x| x / sum) }
}
