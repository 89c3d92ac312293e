//! Regions marked on a head's skin, and how near a located item comes to them.
//!
//! Made for what must not be needled: a hole in the skull, the course of a shunt, a wound. Distances are straight
//! ones, which are never longer than those along the skin: a region may seem too near, never too far.

use baihui_head::{Head, Side};
use glam::DVec3;

use crate::locate::{Kind, Located};

/// A region on the skin of a head, in its frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Region {
    /// Everything within a distance of a position.
    Disc {
        /// Centre, mm.
        center_mm: [f64; 3],
        /// Distance, mm.
        radius_mm: f64,
    },
    /// The inside of a closed line; the last corner leads back to the first. Less than half of the head.
    Polygon {
        /// Corners in order, mm.
        corners_mm: Vec<[f64; 3]>,
    },
    /// One side of the head, where nothing better is known. Items on the midline belong to both sides.
    Half(Side),
    /// The whole head, where nothing better is known.
    Whole,
}

/// Step at which the edges of a polygon are followed, mm.
const EDGE_STEP_MM: f64 = 2.0;

/// Least distance between a located item, or a named part of it, and a region, mm; zero where they touch.
///
/// `None` for a part that the item does not have, for a polygon with fewer than three corners, and for
/// coordinates that are not finite.
pub fn gap_mm(head: &Head, item: &Located, part: Option<&str>, region: &Region) -> Option<f64> {
    let shape = outline(item, part)?;
    let gap = match region {
        Region::Whole => 0.0,
        Region::Half(side) if *side == item.side || item.side == Side::Midline => 0.0,
        Region::Half(_) => return Some(f64::MAX),
        Region::Disc { center_mm, radius_mm } => {
            let center = DVec3::from_array(*center_mm);
            let inside = item.kind == Kind::Area && View::on(head, &shape)?.holds(&shape, center);
            if inside { 0.0 } else { to_path(center, &shape) - radius_mm }
        }
        Region::Polygon { corners_mm } => {
            let corners: Vec<DVec3> = corners_mm.iter().map(|c| DVec3::from_array(*c)).collect();
            if corners.len() < 3 {
                return None;
            }
            let view = View::on(head, &corners)?;
            let covered = shape.iter().any(|p| view.holds(&corners, *p));
            let covers = item.kind == Kind::Area && View::on(head, &shape)?.holds(&shape, corners[0]);
            if covered || covers {
                0.0
            } else {
                let edge = edge(view.center, &corners);
                // Between two steps of the edge lies at most half a step.
                edge.map(|p| to_path(p, &shape)).fold(f64::INFINITY, f64::min) - EDGE_STEP_MM / 2.0
            }
        }
    };
    gap.is_finite().then_some(gap.max(0.0))
}

/// Start and end of an item or of a named part of it, mm; the same place twice for a point.
pub fn ends_mm(item: &Located, part: Option<&str>) -> Option<([f64; 3], [f64; 3])> {
    let shape = outline(item, part)?;
    Some((shape.first()?.to_array(), shape.last()?.to_array()))
}

/// The point, the line, the stretch of the line, or the closed outline of the area.
fn outline(item: &Located, part: Option<&str>) -> Option<Vec<DVec3>> {
    if let Some(p) = item.position_mm {
        return part.is_none().then(|| vec![DVec3::from_array(p)]);
    }
    let path: Vec<DVec3> = item.path_mm.as_ref()?.iter().map(|p| DVec3::from_array(*p)).collect();
    let Some(name) = part else { return Some(path) };
    let part = item.parts.iter().find(|p| p.name == name)?;
    let whole: f64 = path.windows(2).map(|w| w[0].distance(w[1])).sum();
    // The path is written in steps and so a little shorter than the line.
    let scale = if item.length_mm > 0.0 { whole / item.length_mm } else { 0.0 };
    Some(stretch(&path, part.from_mm * scale, part.to_mm * scale))
}

/// The stretch of a path between two distances from its start.
fn stretch(path: &[DVec3], from: f64, to: f64) -> Vec<DVec3> {
    let mut out = Vec::new();
    let mut done = 0.0;
    for w in path.windows(2) {
        let length = w[0].distance(w[1]);
        let at =
            |d: f64| w[0].lerp(w[1], if length > 0.0 { ((d - done) / length).clamp(0.0, 1.0) } else { 0.0 });
        if done + length >= from && done <= to {
            if out.is_empty() {
                out.push(at(from));
            }
            out.push(at(to.min(done + length)));
        }
        done += length;
    }
    out
}

/// Distance from a point to a path, or to a single point.
fn to_path(p: DVec3, path: &[DVec3]) -> f64 {
    let to_segment = |a: DVec3, b: DVec3| {
        let ab = b - a;
        let square = ab.length_squared();
        let t = if square > 0.0 { ((p - a).dot(ab) / square).clamp(0.0, 1.0) } else { 0.0 };
        p.distance(a + ab * t)
    };
    match path {
        [] => f64::INFINITY,
        [one] => p.distance(*one),
        many => many.windows(2).map(|w| to_segment(w[0], w[1])).fold(f64::INFINITY, f64::min),
    }
}

/// Points along the edge of a polygon, led over the head instead of through it.
fn edge(center: DVec3, corners: &[DVec3]) -> impl Iterator<Item = DVec3> {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).flat_map(move |(a, b)| {
        let (a, b) = (*a - center, *b - center);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
        let steps = (a.distance(b) / EDGE_STEP_MM).ceil().clamp(1.0, 1000.0) as u32;
        (0..=steps).map(move |i| {
            let t = f64::from(i) / f64::from(steps);
            let radius = a.length() + (b.length() - a.length()) * t;
            center + a.lerp(b, t).normalize_or_zero() * radius
        })
    })
}

/// The head seen from its middle toward a region, as a map (stereographic), so that inside has a meaning.
struct View {
    center: DVec3,
    toward: DVec3,
    right: DVec3,
    up: DVec3,
}

impl View {
    fn on(head: &Head, corners: &[DVec3]) -> Option<Self> {
        let (low, high) = head
            .skin
            .vertices()
            .iter()
            .fold((DVec3::INFINITY, DVec3::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
        let center = (low + high) / 2.0;
        let toward =
            corners.iter().map(|c| (*c - center).normalize_or_zero()).sum::<DVec3>().try_normalize()?;
        let (right, up) = toward.any_orthonormal_pair();
        Some(Self { center, toward, right, up })
    }

    fn map(&self, p: DVec3) -> Option<(f64, f64)> {
        let d = (p - self.center).try_normalize()?;
        let scale = 1.0 + d.dot(self.toward);
        // What lies behind the head has no place on the map.
        (scale > 1e-6).then(|| (d.dot(self.right) / scale, d.dot(self.up) / scale))
    }

    /// Whether a closed line holds a point (even-odd rule).
    fn holds(&self, corners: &[DVec3], p: DVec3) -> bool {
        let Some((x, y)) = self.map(p) else { return false };
        let points: Vec<(f64, f64)> = corners.iter().filter_map(|c| self.map(*c)).collect();
        if points.len() < 3 {
            return false;
        }
        let next = points.iter().cycle().skip(1);
        points.iter().zip(next).fold(false, |inside, ((ax, ay), (bx, by))| {
            let crosses = (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax;
            inside != crosses
        })
    }
}
