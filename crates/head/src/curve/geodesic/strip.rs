//! The strip of faces that a geodesic is straightened from.

use std::collections::BinaryHeap;

use glam::DVec3;

use super::{Care, Reach, Room, Strip};
use crate::{
    curve::{
        CurveError, Trace,
        plane_cut::{self, Stop},
    },
    surface::{NONE, Surface, SurfacePoint},
};

/// The strip along the shortest section by a plane through both points; Dijkstra over faces where no section
/// leads there.
///
/// On a head the shortest of these sections is within a triangle or two of the geodesic, so that little is left
/// to straighten.
pub(super) fn first_strip(
    surface: &Surface,
    from: SurfacePoint,
    to: SurfacePoint,
    room: &mut Room,
) -> Result<(), CurveError> {
    /// Sections over fewer triangles are not worth a search: the first is as good.
    const SHORT: usize = 16;
    /// Of the mean step from face to face.
    const WIDTH: f64 = 0.5;
    let (a, b) = (surface.position(from), surface.position(to));
    let chord = b - a;
    let axis = chord.normalize_or_zero();
    let up = surface.normal(from) + surface.normal(to);
    let up = up - axis * up.dot(axis);
    // Where the skin at both ends faces opposite ways the mean normal says nothing: look all round.
    let all_round = up.length() < 0.5;
    let u = up.try_normalize().unwrap_or_else(|| axis.any_orthonormal_vector());
    let v = axis.cross(u);
    let mut search = Search { surface, from, to, chord, axis, u, v, room, best: None };
    if all_round {
        for k in 0..12 {
            search.length_at(std::f64::consts::TAU * f64::from(k) / 12.0);
        }
    } else {
        search.length_at(0.0);
    }
    if search.best.is_some() && search.room.strip.len() >= SHORT {
        // The minimum of the parabola through three neighbouring planes, twice; once where little care is asked for, and
        // then fewer geodesics are the shortest (tests/curves_exact.rs).
        let steps: &[f64] = match search.room.care {
            Care::Taut => &[0.2, 0.06],
            Care::Brief => &[0.15],
        };
        for &step in steps {
            let Some((middle, centre)) = search.best else { break };
            // A turn that moves the middle of the section by less than a face's width finds the same faces. The height
            // over the chord is that of an arc as long.
            let height = (3.0 / 16.0 * (middle * middle - chord.length_squared())).max(0.0).sqrt();
            if height * step < WIDTH * middle / search.room.strip.len() as f64 {
                break;
            }
            let ends = (search.length_at(centre - step), search.length_at(centre + step));
            let (Some(before), Some(after)) = ends else { continue };
            let bend = before - 2.0 * middle + after;
            if bend > 0.0 {
                let turn = step * (before - after) / (2.0 * bend);
                search.length_at(centre + turn.clamp(-3.0 * step, 3.0 * step));
            }
        }
    }
    match search.best {
        Some(_) => simplify(&mut room.strip),
        None => room.strip = dijkstra_strip(surface, from.face, to.face)?,
    }
    Ok(())
}

/// The search for the shortest section through two points.
struct Search<'a> {
    surface: &'a Surface,
    from: SurfacePoint,
    to: SurfacePoint,
    chord: DVec3,
    axis: DVec3,
    /// Unit vectors across the axis, from which the turn of the plane is measured.
    u: DVec3,
    v: DVec3,
    /// Its strip is the shortest section's.
    room: &'a mut Room,
    /// Length and turn of that section.
    best: Option<(f64, f64)>,
}

impl Search<'_> {
    /// Length of the section by the plane at an angle, unless it is far longer than the best.
    fn length_at(&mut self, angle: f64) -> Option<f64> {
        let out = self.u * libm::cos(angle) + self.v * libm::sin(angle);
        let limit = self.best.map_or(4.0 * self.chord.length() + 10.0, |b| 1.5 * b.0);
        self.room.trial.clear();
        let mut section = Section(&mut self.room.trial, 0.0);
        // Of the two arcs of the section the one on the side of `out`.
        let (normal, toward) = (self.chord.cross(out), self.axis + out);
        let within = Stop::Within(self.to, limit);
        plane_cut::follow(self.surface, self.from, normal, toward, within, &mut section).ok()?;
        let length = section.1;
        if self.best.is_none_or(|b| length < b.0) {
            self.best = Some((length, angle));
            std::mem::swap(&mut self.room.strip, &mut self.room.trial);
        }
        Some(length)
    }
}

/// The faces of a section, and how long it is.
struct Section<'a>(&'a mut Strip, f64);

impl Trace for Section<'_> {
    #[inline]
    fn step(&mut self, _: DVec3, face: u32, s_mm: f64) {
        self.0.push(face);
        self.1 = s_mm;
    }
}

/// Shortest chain of faces by the distance between their centres.
fn dijkstra_strip(surface: &Surface, from: u32, to: u32) -> Result<Strip, CurveError> {
    let centre = |f: u32| surface.corners(f).iter().sum::<DVec3>() / 3.0;
    let mut best = vec![f64::INFINITY; surface.faces().len()];
    let mut previous = vec![NONE; surface.faces().len()];
    let mut heap = BinaryHeap::from([Reach(0.0, from)]);
    best[from as usize] = 0.0;
    while let Some(Reach(d, f)) = heap.pop() {
        if f == to {
            let mut strip = vec![to];
            let mut f = to;
            while f != from {
                f = previous[f as usize];
                strip.push(f);
            }
            strip.reverse();
            return Ok(strip);
        }
        if d > best[f as usize] {
            continue;
        }
        for k in 0..3 {
            let n = surface.across(f, k);
            if n != NONE {
                let nd = d + centre(f).distance(centre(n));
                if nd < best[n as usize] {
                    best[n as usize] = nd;
                    previous[n as usize] = f;
                    heap.push(Reach(nd, n));
                }
            }
        }
    }
    Err(CurveError::NotReached)
}

/// Removes steps out of a face and straight back into it.
pub(super) fn simplify(strip: &mut Strip) {
    let mut n = 0;
    for i in 0..strip.len() {
        let f = strip[i];
        if n > 0 && strip[n - 1] == f {
            continue;
        }
        if n >= 2 && strip[n - 2] == f {
            n -= 1;
            continue;
        }
        strip[n] = f;
        n += 1;
    }
    strip.truncate(n);
}
