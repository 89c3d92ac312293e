//! A strip of faces along the way that a front spreading over the surface comes first.
//!
//! Arrival times at the vertices by fast marching over triangles (Kimmel & Sethian 1998), good to about a
//! hundredth: enough to choose between ways round a hollow, not enough to be a length.

use std::collections::BinaryHeap;

use glam::DVec3;

use super::{Reach, Strip};
use crate::surface::{NONE, Surface, SurfacePoint};

/// The strip from `from` to `to` along the front's way; `None` where the front does not get there within
/// `limit_mm`.
pub(super) fn strip(surface: &Surface, from: SurfacePoint, to: SurfacePoint, limit_mm: f64) -> Option<Strip> {
    let (vertices, faces) = (surface.vertices(), surface.faces());
    // A face at each vertex that the front has seen.
    let mut a_face = vec![NONE; vertices.len()];
    let mut time = vec![f64::INFINITY; vertices.len()];
    let mut before = vec![NONE; vertices.len()];
    let mut done = vec![false; vertices.len()];
    let mut heap = BinaryHeap::new();
    let start = surface.position(from);
    for &v in &faces[from.face as usize] {
        time[v as usize] = start.distance(vertices[v as usize]);
        a_face[v as usize] = from.face;
        heap.push(Reach(time[v as usize], v));
    }
    let goal = faces[to.face as usize];
    let at = |i: u32| vertices[i as usize];
    let mut fan = Vec::new();
    while let Some(Reach(t, v)) = heap.pop() {
        if t > limit_mm || goal.iter().all(|&g| done[g as usize]) {
            break;
        }
        if std::mem::replace(&mut done[v as usize], true) {
            continue;
        }
        fan.clear();
        around(surface, v, a_face[v as usize], &mut fan);
        for &f in &fan {
            let face = faces[f as usize];
            let k = face.iter().position(|&x| x == v).unwrap_or(0);
            let (a, b) = (face[(k + 1) % 3], face[(k + 2) % 3]);
            // Either of the others may be reached from v, or over the edge between v and the third.
            for (new, known) in [(a, b), (b, a)] {
                if done[new as usize] {
                    continue;
                }
                let mut arrival = t + at(v).distance(at(new));
                let mut parent = v;
                if done[known as usize] {
                    let over = across([t, time[known as usize]], [at(v), at(known), at(new)]);
                    if over < arrival {
                        arrival = over;
                        if time[known as usize] < t {
                            parent = known;
                        }
                    }
                }
                if arrival < time[new as usize] {
                    time[new as usize] = arrival;
                    before[new as usize] = parent;
                    a_face[new as usize] = f;
                    heap.push(Reach(arrival, new));
                }
            }
        }
    }
    let end = surface.position(to);
    let reach = |g: u32| time[g as usize] + at(g).distance(end);
    let last = goal.into_iter().min_by(|&a, &b| reach(a).total_cmp(&reach(b)))?;
    if !time[last as usize].is_finite() {
        return None;
    }
    let mut way = vec![last];
    while let Some(&v) = way.last().filter(|&&v| before[v as usize] != NONE) {
        way.push(before[v as usize]);
    }
    way.reverse();
    along(surface, from.face, to.face, &way)
}

/// Arrival at the third corner of a triangle from a source that reached the first two at these times, in the
/// triangle's plane; infinite where the way does not cross the edge between the two.
fn across([s, t]: [f64; 2], [p, q, c]: [DVec3; 3]) -> f64 {
    let pq = q - p;
    let length = pq.length();
    let x = (length * length + s * s - t * t) / (2.0 * length);
    let y2 = s * s - x * x;
    if y2.is_nan() || y2 < 0.0 {
        return f64::INFINITY;
    }
    let cx = (c - p).dot(pq) / length;
    let cy = (c - p).cross(pq).length() / length;
    let y = y2.sqrt();
    let cut = x + (cx - x) * y / (y + cy);
    if !(0.0..=length).contains(&cut) {
        return f64::INFINITY;
    }
    libm::hypot(cx - x, cy + y)
}

/// The faces at a vertex, beginning with one of them.
fn around(surface: &Surface, v: u32, first: u32, out: &mut Vec<u32>) {
    for turn in [0, 2] {
        let mut f = first;
        loop {
            if turn == 0 || f != first {
                out.push(f);
            }
            let Some(k) = surface.faces()[f as usize].iter().position(|&x| x == v) else { return };
            f = surface.across(f, (k + turn) % 3);
            if f == first {
                return;
            }
            if f == NONE {
                break;
            }
        }
    }
}

/// Turns a chain of neighbouring vertices into a strip of faces between two faces at its ends.
fn along(surface: &Surface, from: u32, to: u32, way: &[u32]) -> Option<Strip> {
    let mut strip = vec![from];
    for (i, &v) in way.iter().enumerate() {
        let here = *strip.last()?;
        let arrived = |f: u32| match way.get(i + 1) {
            Some(next) => surface.faces()[f as usize].contains(next),
            None => f == to,
        };
        if arrived(here) {
            continue;
        }
        // Round the vertex by the way with fewer faces.
        let turned = |turn: usize| {
            let mut fan = Vec::new();
            let mut f = here;
            loop {
                let k = surface.faces()[f as usize].iter().position(|&x| x == v)?;
                f = surface.across(f, (k + turn) % 3);
                if f == NONE || f == here {
                    return None;
                }
                fan.push(f);
                if arrived(f) {
                    return Some(fan);
                }
            }
        };
        let fan = match (turned(0), turned(2)) {
            (Some(a), Some(b)) => Some(if b.len() < a.len() { b } else { a }),
            (a, b) => a.or(b),
        }?;
        strip.extend(fan);
    }
    Some(strip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn the_front_leads_from_face_to_face_along_the_great_circle() {
        let s = shapes::sphere(90.0, 5);
        let (a, b) = (s.closest(DVec3::new(90.0, 3.0, 5.0)).0, s.closest(DVec3::new(-60.0, 61.0, 2.0)).0);
        let strip = strip(&s, a, b, 1000.0).unwrap();
        assert_eq!((strip[0], strip[strip.len() - 1]), (a.face, b.face));
        assert!(strip.windows(2).all(|w| (0..3).any(|k| s.across(w[0], k) == w[1])));
        // The front is only where the search for the shortest way begins; what counts is where it ends.
        let mut room = super::super::Room { strip, ..Default::default() };
        super::super::simplify(&mut room.strip);
        let path = super::super::straighten(&s, a, b, &mut room);
        let arc_mm = 90.0 * libm::acos(s.position(a).normalize().dot(s.position(b).normalize()));
        assert!((path.length_mm() / arc_mm - 1.0).abs() < 0.001, "{} {arc_mm}", path.length_mm());
        assert!(super::strip(&s, a, b, 50.0).is_none());
    }

    #[test]
    fn a_front_crosses_a_triangle_in_its_plane() {
        let (source, p, q, c) =
            (DVec3::new(-3.0, 0.2, 0.0), DVec3::new(0.0, -1.0, 0.0), DVec3::Y, DVec3::new(1.5, 0.3, 0.0));
        let t = across([source.distance(p), source.distance(q)], [p, q, c]);
        assert!((t - source.distance(c)).abs() < 1e-12, "{t}");
    }
}
