//! Shortest paths over a surface, as a tape between two points lies.
//!
//! A strip of faces from one point to the other is unfolded into the plane and the shortest path inside it
//! found with a funnel (Lee & Preparata 1984). Where that path bends round a corner of the strip and the angle
//! on the corner's far side is less than π, the strip is moved to the far side (Xin & Wang 2007) and the path
//! gets shorter; when no such corner is left the path is a geodesic: straight across every edge, exact on the
//! triangles. It is shortest among its neighbours ([`taut`]), and on the vault, which is convex, that is the shortest.
//! Where it runs through a hollow (an eye, the mouth, the nape), or far round, another way may be shorter: a front
//! spread over the surface ([`front`]) gives a second strip, and the shorter geodesic is taken ([`shortest`]).

mod front;
mod straight;
mod strip;

pub use straight::{straight, straight_end};

use std::cmp::Ordering;

use glam::{DVec2, DVec3};

use self::strip::{first_strip, simplify};
use super::{Curve, CurveError, inside, plane_cut::shared_edge};
use crate::surface::{NONE, Surface, SurfacePoint};

/// The shortest way over the surface from one point to another.
///
/// A way of more than a fifth of the head's size is compared with those that a front finds: milliseconds for a far
/// pair, where [`taut`] takes a hundredth of that.
///
/// # Errors
/// [`CurveError::NotReached`] where the points lie on different components.
pub fn shortest(surface: &Surface, from: SurfacePoint, to: SurfacePoint) -> Result<Curve, CurveError> {
    let (from, to) = (inside(from), inside(to));
    let mut room = Room::default();
    let near = local(surface, from, to, &mut room)?;
    let (low, high) = surface.bounds();
    if near.length_mm() > FAR * low.distance(high) || is_doubtful(surface, &near) {
        return Ok(other_way(surface, from, to, near, &mut room));
    }
    Ok(near)
}

/// From this length on, of the diagonal of the surface's box, the shortest way is looked for all round.
const FAR: f64 = 0.2;

/// The geodesic from one surface point to another that lies as a tape does which is laid straight and pulled tight:
/// shorter than its neighbours, but where the points are far apart not always the shortest of all.
///
/// # Errors
/// [`CurveError::NotReached`] where the points lie on different components.
pub fn taut(surface: &Surface, from: SurfacePoint, to: SurfacePoint) -> Result<Curve, CurveError> {
    between(surface, inside(from), inside(to), &mut Room::default())
}

/// A geodesic like [`taut`], looked for with the care that is asked for.
///
/// # Errors
/// As [`taut`].
pub fn with_care(
    surface: &Surface,
    from: SurfacePoint,
    to: SurfacePoint,
    care: Care,
) -> Result<Curve, CurveError> {
    between(surface, inside(from), inside(to), &mut Room::new(care))
}

/// How a geodesic is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Care {
    /// As by [`taut`].
    #[default]
    Taut,
    /// Less: for asking thousands of times how far a line moves, where a neighbour that is longer by a fraction of a
    /// millimetre does as well.
    Brief,
}

/// The geodesics from each point to the next, as one curve; `None` without points.
///
/// # Errors
/// As [`shortest`].
pub fn through(
    surface: &Surface,
    points: impl IntoIterator<Item = SurfacePoint>,
    care: Care,
) -> Result<Option<Curve>, CurveError> {
    let mut room = Room::new(care);
    let mut points = points.into_iter().map(inside);
    let Some(first) = points.next() else { return Ok(None) };
    let mut whole: Option<Curve> = None;
    let mut from = first;
    for to in points {
        let step = between(surface, from, to, &mut room)?;
        whole = Some(match whole {
            Some(c) => c.then(&step),
            None => step,
        });
        from = to;
    }
    Ok(Some(whole.unwrap_or_else(|| Curve::single(surface, first))))
}

/// The geodesic between two points that are inside their faces, looked for with the room's care.
fn between(
    surface: &Surface,
    from: SurfacePoint,
    to: SurfacePoint,
    room: &mut Room,
) -> Result<Curve, CurveError> {
    let near = local(surface, from, to, room)?;
    if room.care == Care::Taut && is_doubtful(surface, &near) {
        return Ok(other_way(surface, from, to, near, room));
    }
    Ok(near)
}

/// The geodesic that the shortest plane section leads to.
fn local(
    surface: &Surface,
    from: SurfacePoint,
    to: SurfacePoint,
    room: &mut Room,
) -> Result<Curve, CurveError> {
    if from.face == to.face {
        return Ok(Curve::new(vec![surface.position(from), surface.position(to)], vec![from.face]));
    }
    first_strip(surface, from, to, room)?;
    Ok(straighten(surface, from, to, room))
}

/// Room to work in, so that a curve of many geodesics asks for it once.
struct Room {
    care: Care,
    /// Faces in order from start to end.
    strip: Strip,
    /// Another strip, on trial.
    trial: Strip,
    path: Path,
}

impl Default for Room {
    fn default() -> Self {
        Self::new(Care::Taut)
    }
}

impl Room {
    fn new(care: Care) -> Self {
        // Enough for most, so that nothing has to grow.
        const FACES: usize = 96;
        let strip = || Vec::with_capacity(FACES);
        let path = Path { portals: Vec::with_capacity(FACES), ..Path::default() };
        Self { care, strip: strip(), trial: strip(), path }
    }
}

/// The geodesic that the strip leads to.
fn straighten(surface: &Surface, from: SurfacePoint, to: SurfacePoint, room: &mut Room) -> Curve {
    let Room { strip, path, .. } = room;
    // Each round moves the path by about one row of triangles; heads need a dozen.
    for _ in 0..10_000 {
        funnel(surface, strip, from, to, path);
        if !shift_corners(surface, strip, path) {
            return path.curve(surface, strip);
        }
    }
    funnel(surface, strip, from, to, path);
    path.curve(surface, strip)
}

/// Whether another way may be shorter than a geodesic by more than fractions of a millimetre.
fn is_doubtful(surface: &Surface, path: &Curve) -> bool {
    /// Degrees of bending outward above which another way is looked for, on a long path and on any.
    const LONG_DEG: f64 = 15.0;
    const ANY_DEG: f64 = 46.0;
    /// What is long, of the diagonal of the surface's box: about 200 mm on a head with its neck.
    const LONG: f64 = 0.47;
    let outward = outward_deg(surface, path);
    if outward > ANY_DEG {
        return true;
    }
    let (low, high) = surface.bounds();
    outward > LONG_DEG && path.length_mm() > LONG * low.distance(high)
}

/// By how many degrees in all a path bends outward, away from the surface: a taut string would lift off there, and
/// the way round may be shorter than the way through.
fn outward_deg(surface: &Surface, path: &Curve) -> f64 {
    /// Steps along the path: far enough apart that single triangles do not count.
    const STEPS: usize = 24;
    if path.points().len() < STEPS {
        return 0.0;
    }
    let step = path.length_mm() / STEPS as f64;
    let at = |k: usize| path.position_at(step * k as f64);
    let mut outward = 0.0;
    let (mut here, mut next) = (at(0), at(1));
    for k in 1..STEPS {
        let before = here;
        (here, next) = (next, at(k + 1));
        let turn = (next - here).normalize_or_zero() - (here - before).normalize_or_zero();
        outward += turn.dot(surface.normal(path.at(surface, step * k as f64))).max(0.0);
    }
    outward.to_degrees()
}

/// The shortest of a geodesic and those along the ways that fronts spreading from either end find.
fn other_way(
    surface: &Surface,
    from: SurfacePoint,
    to: SurfacePoint,
    nearest: Curve,
    room: &mut Room,
) -> Curve {
    let mut best = nearest;
    for back in [false, true] {
        let (a, b) = if back { (to, from) } else { (from, to) };
        // A front that is a hundredth late must still arrive.
        let Some(mut strip) = front::strip(surface, a, b, 1.05 * best.length_mm()) else { continue };
        if back {
            strip.reverse();
        }
        simplify(&mut strip);
        room.strip = strip;
        let way = straighten(surface, from, to, room);
        if way.length_mm() < best.length_mm() {
            best = way;
        }
    }
    best
}

/// Faces in order from start to end.
type Strip = Vec<u32>;

/// A vertex or a face that a search reaches at this distance, mm; the nearest leaves a heap first.
#[derive(PartialEq)]
struct Reach(f64, u32);
impl Eq for Reach {}
impl PartialOrd for Reach {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Reach {
    fn cmp(&self, other: &Self) -> Ordering {
        // The nearest first out of a heap that gives the greatest.
        other.0.total_cmp(&self.0).then_with(|| other.1.cmp(&self.1))
    }
}

/// A door between two faces of the strip, unfolded: its left and right posts.
struct Portal {
    left: DVec2,
    right: DVec2,
    left_vertex: u32,
    right_vertex: u32,
}

/// A bend of the shortest path: the door it happens at and the vertex it goes round.
struct Corner {
    portal: usize,
    vertex: u32,
    on_left: bool,
    at: DVec2,
}

/// A strip unfolded, with the shortest path in it.
#[derive(Default)]
struct Path {
    portals: Vec<Portal>,
    start: DVec2,
    end: DVec2,
    start_mm: DVec3,
    end_mm: DVec3,
    corners: Vec<Corner>,
}

fn cross(a: DVec2, b: DVec2) -> f64 {
    a.perp_dot(b)
}

/// Unfolds the strip and pulls the string tight inside it.
fn funnel(surface: &Surface, strip: &[u32], from: SurfacePoint, to: SurfacePoint, path: &mut Path) {
    let vertices = surface.vertices();
    // First face: corner 0 at the origin, corner 1 on the x axis.
    let f0 = surface.faces()[strip[0] as usize];
    let c = f0.map(|i| vertices[i as usize]);
    let mut flat = [DVec2::ZERO, DVec2::new(c[0].distance(c[1]), 0.0), DVec2::ZERO];
    flat[2] = unfold(c[0], c[1], c[2], flat[0], flat[1]);
    let weighted = |flat: &[DVec2; 3], b: [f64; 3]| flat[0] * b[0] + flat[1] * b[1] + flat[2] * b[2];
    let start = weighted(&flat, from.bary);
    let mut ids = f0;
    let portals = &mut path.portals;
    portals.clear();
    for w in strip.windows(2) {
        // The faces of a strip are neighbours by construction.
        let k = shared_edge(surface, w[0], w[1]).unwrap_or(0);
        let k2 = surface.over(w[0], k).map_or(0, |(_, edge)| edge);
        // Counter-clockwise faces: going out through edge k, its second corner is on the left... seen from
        // inside the face the edge runs from right to left.
        let (right_vertex, left_vertex) = (ids[k], ids[(k + 1) % 3]);
        let (right, left) = (flat[k], flat[(k + 1) % 3]);
        portals.push(Portal { left, right, left_vertex, right_vertex });
        let next = surface.faces()[w[1] as usize];
        let apex = next[(k2 + 2) % 3];
        let mut next_flat = [DVec2::ZERO; 3];
        next_flat[k2] = left;
        next_flat[(k2 + 1) % 3] = right;
        next_flat[(k2 + 2) % 3] = unfold(
            vertices[left_vertex as usize],
            vertices[right_vertex as usize],
            vertices[apex as usize],
            left,
            right,
        );
        ids = next;
        flat = next_flat;
    }
    let end = weighted(&flat, to.bary);
    (path.start, path.end) = (start, end);
    (path.start_mm, path.end_mm) = (surface.position(from), surface.position(to));
    tighten(&path.portals, start, end, &mut path.corners);
}

/// Place of the third corner of a triangle to the left of `pa → pb`.
fn unfold(a: DVec3, b: DVec3, c: DVec3, pa: DVec2, pb: DVec2) -> DVec2 {
    let ab = b - a;
    let ac = c - a;
    let len = ab.length().max(f64::MIN_POSITIVE);
    let x = ac.dot(ab) / len;
    let y = ab.cross(ac).length() / len;
    let e = (pb - pa) / len;
    pa + e * x + e.perp() * y
}

/// The funnel: corners of the shortest path from `start` through all portals to `end`.
fn tighten(portals: &[Portal], start: DVec2, end: DVec2, corners: &mut Vec<Corner>) {
    let n = portals.len();
    let door = |i: usize| if i < n { (portals[i].left, portals[i].right) } else { (end, end) };
    corners.clear();
    let mut apex = start;
    let (mut left, mut right) = (start, start);
    let (mut left_at, mut right_at) = (0, 0);
    let mut i = 0;
    while i <= n {
        let (l, r) = door(i);
        // Right side.
        if cross(right - apex, r - apex) >= 0.0 {
            if apex == right || cross(left - apex, r - apex) <= 0.0 {
                right = r;
                right_at = i;
            } else {
                corners.push(Corner {
                    portal: left_at,
                    vertex: portals[left_at].left_vertex,
                    on_left: true,
                    at: left,
                });
                apex = left;
                i = left_at + 1;
                (left, right) = (apex, apex);
                (left_at, right_at) = (i - 1, i - 1);
                continue;
            }
        }
        // Left side.
        if cross(left - apex, l - apex) <= 0.0 {
            if apex == left || cross(right - apex, l - apex) >= 0.0 {
                left = l;
                left_at = i;
            } else {
                corners.push(Corner {
                    portal: right_at,
                    vertex: portals[right_at].right_vertex,
                    on_left: false,
                    at: right,
                });
                apex = right;
                i = right_at + 1;
                (left, right) = (apex, apex);
                (left_at, right_at) = (i - 1, i - 1);
                continue;
            }
        }
        i += 1;
    }
    corners.dedup_by(|a, b| a.vertex == b.vertex);
}

/// Moves the strip to the far side of corners where that is shorter; says whether it moved anything.
fn shift_corners(surface: &Surface, strip: &mut Strip, path: &Path) -> bool {
    let corners = &path.corners;
    let mut moved = false;
    // From the end, so that the portals of the corners still to come keep their numbers.
    let mut limit = strip.len();
    for (number, corner) in corners.iter().enumerate().rev() {
        let has = |f: u32| surface.faces()[f as usize].contains(&corner.vertex);
        // Portal p joins strip[p] and strip[p + 1]; both contain the corner's vertex.
        let (mut i, mut j) = (corner.portal, corner.portal + 1);
        if j >= limit || !has(strip[i]) || !has(strip[j]) {
            continue;
        }
        while i > 0 && has(strip[i - 1]) {
            i -= 1;
        }
        while j + 1 < limit && has(strip[j + 1]) {
            j += 1;
        }
        // A corner whose fan was cut short by one that has just moved waits for the next round.
        if j + 1 == limit && limit < strip.len() && has(strip[limit]) {
            continue;
        }
        let Some(detour) = other_side(surface, strip, i, j, corner, || path.turn(number)) else { continue };
        strip.splice(i..=j, detour);
        // strip[i] itself stays.
        limit = i + 1;
        moved = true;
    }
    if moved {
        simplify(strip);
    }
    moved
}

/// The fan of faces round the corner's vertex on the side away from the strip, where the angle of the path on
/// that side is less than π.
fn other_side(
    surface: &Surface,
    strip: &[u32],
    i: usize,
    j: usize,
    corner: &Corner,
    turn: impl Fn() -> f64,
) -> Option<Strip> {
    let v = corner.vertex;
    let (first, last) = (strip[i], strip[j]);
    let mut angle: f64 = strip[i..=j].iter().map(|&f| angle_at(surface, f, v)).sum();
    let mut fan = vec![first];
    let mut f = first;
    // The strip turns round v one way; go the other way.
    loop {
        let at = surface.faces()[f as usize].iter().position(|&x| x == v)?;
        // Edge `at` starts at v, edge `at + 2` ends at v. With v on the left of the direction of travel the
        // strip goes counter-clockwise round it, crossing edges that end at v.
        let k = if corner.on_left { at } else { (at + 2) % 3 };
        let next = surface.across(f, k);
        if next == NONE || fan.len() > 1000 {
            return None;
        }
        fan.push(next);
        f = next;
        if f == last {
            break;
        }
        if f == first {
            return None;
        }
        angle += angle_at(surface, f, v);
    }
    // On the strip's side the angle of the path is π + turn; what is left of the angle round v is the far side.
    const ROUNDING: f64 = 1e-10;
    // At a convex vertex that is so whatever the turn.
    let most = 2.0 * std::f64::consts::PI - ROUNDING;
    (angle < most || angle - turn() < most).then_some(fan)
}

/// Angle of a face at its corner `v`, radians.
fn angle_at(surface: &Surface, face: u32, v: u32) -> f64 {
    let f = surface.faces()[face as usize];
    let at = f.iter().position(|&x| x == v).unwrap_or(0);
    let [o, a, b] = [0, 1, 2].map(|k| surface.vertices()[f[(at + k) % 3] as usize]);
    let (u, w) = (a - o, b - o);
    libm::atan2(u.cross(w).length(), u.dot(w))
}

impl Path {
    /// How much the path turns at a corner, radians, never negative.
    fn turn(&self, corner: usize) -> f64 {
        let at = self.corners[corner].at;
        let before = if corner == 0 { self.start } else { self.corners[corner - 1].at };
        let after = self.corners.get(corner + 1).map_or(self.end, |c| c.at);
        let (u, w) = (at - before, after - at);
        libm::atan2(cross(u, w).abs(), u.dot(w))
    }

    /// The path in space, by its crossing of each portal.
    fn curve(&self, surface: &Surface, strip: &[u32]) -> Curve {
        let mut points = Vec::with_capacity(strip.len() + 1);
        points.push(self.start_mm);
        let mut faces = Vec::with_capacity(strip.len());
        let mut bend = 0;
        for (p, portal) in self.portals.iter().enumerate() {
            while bend < self.corners.len() && self.corners[bend].portal < p {
                bend += 1;
            }
            let a = if bend == 0 { self.start } else { self.corners[bend - 1].at };
            let b = self.corners.get(bend).map_or(self.end, |c| c.at);
            let (across, along) = (portal.right - portal.left, b - a);
            let denominator = cross(across, along);
            let u = if denominator == 0.0 { 0.0 } else { cross(a - portal.left, along) / denominator };
            let [l, r] = [portal.left_vertex, portal.right_vertex].map(|i| surface.vertices()[i as usize]);
            push_step(&mut points, &mut faces, l.lerp(r, u.clamp(0.0, 1.0)), strip[p]);
        }
        push_step(&mut points, &mut faces, self.end_mm, strip[strip.len() - 1]);
        if faces.is_empty() {
            points.push(self.end_mm);
            faces.push(strip[strip.len() - 1]);
        }
        Curve::new(points, faces)
    }
}

/// Adds a step to a curve unless it has no length (a path through a vertex crosses many edges at one point).
fn push_step(points: &mut Vec<DVec3>, faces: &mut Vec<u32>, to: DVec3, face: u32) {
    if points.last().is_none_or(|p| p.distance_squared(to) > 1e-18) {
        points.push(to);
        faces.push(face);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{curve::plane_cut, shapes};

    #[test]
    fn geodesics_on_a_cube_unfold_over_edges() {
        // From the middle of the front face to the middle of the top face of a cube: over the shared edge.
        let cube = shapes::cube(20.0);
        let a = cube.closest(DVec3::new(3.0, 10.0, -2.0)).0;
        let b = cube.closest(DVec3::new(-4.0, 1.0, 10.0)).0;
        let d = shortest(&cube, a, b).unwrap().length_mm();
        // Unfolded: 7 mm sideways, (10 + 2) + (10 - 1) mm over the edge.
        assert!((d - libm::hypot(7.0, 21.0)).abs() < 1e-6, "{d}");
    }

    #[test]
    fn geodesics_on_a_sphere_are_great_circles() {
        let s = shapes::sphere(90.0, 6);
        for (a, b) in [(DVec3::X, DVec3::Y), (DVec3::new(0.3, -0.5, 0.8), DVec3::new(-0.7, 0.2, 0.1))] {
            let (a, b) = (a.normalize(), b.normalize());
            let d = shortest(&s, s.closest(a * 90.0).0, s.closest(b * 90.0).0).unwrap().length_mm();
            let exact = 90.0 * libm::acos(a.dot(b));
            assert!((d - exact).abs() < 2e-3 * exact, "{d} {exact}");
        }
    }

    #[test]
    fn no_geodesic_is_longer_than_the_section_it_started_from() {
        let s = shapes::bumpy_sphere(80.0, 5);
        let dirs: Vec<DVec3> = shapes::directions(40);
        // Pairs within a third of the way round: beyond that a bumpy surface has several geodesics.
        for w in dirs.windows(2).map(|w| [w[0], (w[0] + 0.8 * w[1]).normalize()]) {
            let (a, b) = (s.closest(w[0] * 90.0).0, s.closest(w[1] * 90.0).0);
            let tape = shortest(&s, a, b).unwrap();
            let cut = plane_cut::containing(&s, a, b, w[0] + w[1]).unwrap();
            assert!(tape.length_mm() <= cut.length_mm() + 1e-9, "{} {}", tape.length_mm(), cut.length_mm());
            let back = shortest(&s, b, a).unwrap();
            // A polyhedron has many geodesics of nearly the same length.
            assert!((back.length_mm() - tape.length_mm()).abs() < 1e-3 * tape.length_mm());
        }
    }

    #[test]
    fn a_straight_walk_along_a_geodesics_first_direction_follows_it() {
        let s = shapes::bumpy_sphere(80.0, 5);
        let (a, b) =
            (s.closest(DVec3::new(0.9, 0.13, 0.07) * 90.0).0, s.closest(DVec3::new(0.2, 0.9, 0.4) * 90.0).0);
        let tape = shortest(&s, a, b).unwrap();
        let walk = straight(&s, a, tape.direction_at(0.0), tape.length_mm()).unwrap();
        let end = walk.position_at(walk.length_mm());
        assert!(end.distance(s.position(b)) < 1e-5, "{}", end.distance(s.position(b)));
    }
}
