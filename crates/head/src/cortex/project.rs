//! From a place on the scalp to the cortex beneath it, by four methods.
//!
//! A ray that is cast at the folded surface may fall into a sulcus or into the midline fissure and land
//! centimetres away. Every ray here therefore ends on the convex hull of the cortex, and the cortex beneath is
//! the point of it nearest to that end (a point of the hull that is on the cortex is its own nearest).
//! Okamoto & Dan (NeuroImage 2005;26:18–28) compare such methods and propose the balloon.

use glam::DVec3;
use parry3d_f64::{math::Vector, transformation::try_convex_hull};
use serde::{Deserialize, Serialize};

use super::buckets::Buckets;
use crate::{
    scalp::field::neighbours,
    surface::{Surface, SurfaceError},
};

/// How the cortex beneath a place on the scalp is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projection {
    /// Along the inward normal of the smoothed scalp to the hull of the cortex, then the nearest cortex.
    Normal,
    /// The point of the cortex nearest to the place.
    Nearest,
    /// A balloon grows at the place until it rests on the cortex: toward the middle of the patch that it touches
    /// when it is pressed [`BALLOON_MM`] further, and the cortex of the patch nearest to that line. Our reading of
    /// the balloon of Okamoto & Dan 2005, not their program.
    Balloon,
    /// Along the line to the centre of the brain to the hull of the cortex, then the nearest cortex.
    Centre,
}

impl Projection {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Nearest, Self::Balloon, Self::Centre];

    /// Name for tables and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Nearest => "nearest",
            Self::Balloon => "balloon",
            Self::Centre => "centre",
        }
    }
}

/// How far the balloon is pressed onto the cortex after it first touches, mm; a choice of ours.
pub const BALLOON_MM: f64 = 5.0;

/// Rounds of averaging of the scalp's normals with their neighbours': about 15 mm of smoothing on edges of 2 mm.
const NORMAL_ROUNDS: usize = 40;
/// No cortex is this far beneath a scalp, mm.
const REACH_MM: f64 = 200.0;

/// A scalp and the cortex beneath it, ready for many projections.
#[derive(Debug)]
pub(crate) struct Projector {
    pub(crate) skin: Surface,
    pub(crate) cortex: Surface,
    hull: Surface,
    pub(crate) on_skin: Buckets,
    pub(crate) on_cortex: Buckets,
    /// Smoothed outward normals of the skin's vertices.
    pub(crate) normals: Vec<DVec3>,
    /// A third of the area around each vertex of the cortex, mm²; up to a factor.
    areas: Vec<f64>,
    pub(crate) centre: DVec3,
}

/// Why scalp and cortex cannot be projected.
pub(crate) fn hull(points: &[DVec3]) -> Option<Result<Surface, SurfaceError>> {
    let points: Vec<Vector> = points.iter().map(|p| Vector::new(p.x, p.y, p.z)).collect();
    let (vertices, faces) = try_convex_hull(&points).ok()?;
    Some(Surface::new(vertices.iter().map(|p| DVec3::new(p.x, p.y, p.z)).collect(), faces))
}

impl Projector {
    /// Both surfaces in one frame, mm. `None` where the cortex has no volume.
    pub(crate) fn new(skin: Surface, cortex: Surface) -> Option<Self> {
        let hull = hull(cortex.vertices())?.ok()?;
        let on_skin = Buckets::new(skin.vertices().to_vec());
        let on_cortex = Buckets::new(cortex.vertices().to_vec());
        let normals = smoothed_normals(&skin);
        let mut areas = vec![0.0; cortex.vertices().len()];
        for f in cortex.faces() {
            let [a, b, c] = f.map(|i| cortex.vertices()[i as usize]);
            let area = (b - a).cross(c - a).length();
            for &i in f {
                areas[i as usize] += area;
            }
        }
        let (low, high) = hull.bounds();
        let centre = (low + high) / 2.0;
        Some(Self { skin, cortex, hull, on_skin, on_cortex, normals, areas, centre })
    }

    /// How far a place lies beneath the hull of the cortex, mm; negative outside.
    pub(crate) fn beneath_hull_mm(&self, place: DVec3) -> f64 {
        let (p, distance) = self.hull.closest(place);
        let outward = self.hull.face_normal(p.face);
        if (place - self.hull.position(p)).dot(outward) > 0.0 { -distance } else { distance }
    }

    /// The vertex of the cortex beneath a place on the scalp with a smoothed outward normal.
    pub(crate) fn beneath(&self, place: DVec3, normal: DVec3, method: Projection) -> u32 {
        let through_hull = |direction: DVec3| {
            let hit = self.hull.ray(place, direction, REACH_MM);
            let on_hull = match hit {
                Some((_, t)) => place + direction.normalize_or_zero() * t,
                // Past the brain (low on the neck and the face): where the hull is nearest.
                None => self.hull.position(self.hull.closest(place).0),
            };
            self.on_cortex.nearest(on_hull).0
        };
        match method {
            Projection::Normal => through_hull(-normal),
            Projection::Centre => through_hull(self.centre - place),
            Projection::Nearest => self.on_cortex.nearest(place).0,
            Projection::Balloon => self.balloon(place),
        }
    }

    fn balloon(&self, place: DVec3) -> u32 {
        let (first, touch) = self.on_cortex.nearest(place);
        let radius = touch + BALLOON_MM;
        let (mut sum, mut weight) = (DVec3::ZERO, 0.0);
        let mut patch = Vec::new();
        self.on_cortex.within(place, radius, |i, _| {
            let w = self.areas[i as usize];
            sum += self.cortex.vertices()[i as usize] * w;
            weight += w;
            patch.push(i);
        });
        let Some(direction) = (sum / weight - place).try_normalize() else { return first };
        let off = |i: u32| {
            let d = self.cortex.vertices()[i as usize] - place;
            (d - direction * d.dot(direction)).length_squared()
        };
        patch.into_iter().min_by(|&a, &b| off(a).total_cmp(&off(b)).then(a.cmp(&b))).unwrap_or(first)
    }
}

/// Unit normals of the vertices, averaged over their neighbours again and again.
fn smoothed_normals(skin: &Surface) -> Vec<DVec3> {
    let links = neighbours(skin.vertices().len(), skin.faces());
    let mut normals = skin.vertex_normals().to_vec();
    for _ in 0..NORMAL_ROUNDS {
        normals = links
            .iter()
            .enumerate()
            .map(|(i, l)| l.iter().fold(normals[i], |n, &j| n + normals[j as usize]).normalize_or_zero())
            .collect();
    }
    normals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn on_concentric_spheres_all_methods_go_straight_down() {
        let p = Projector::new(shapes::sphere(90.0, 5), shapes::sphere(75.0, 6)).unwrap();
        for d in shapes::directions(40) {
            for method in Projection::ALL {
                let at = p.cortex.vertices()[p.beneath(d * 90.0, d, method) as usize];
                // Edges of the inner sphere are about 1.5 mm long.
                assert!(at.distance(d * 75.0) < 2.0, "{method:?}: {}", at.distance(d * 75.0));
            }
        }
    }

    #[test]
    fn a_ray_does_not_fall_into_a_cleft() {
        // A sphere with a deep narrow cleft along the midline: what lies beneath the midline is its edge.
        let round = shapes::sphere(75.0, 6);
        let cleft = |v: &DVec3| {
            let open = libm::exp(-(v.x / 4.0) * (v.x / 4.0));
            if v.z > 0.0 { *v * (1.0 - 0.7 * open * v.z / 75.0) } else { *v }
        };
        let cortex = round.with_vertices(round.vertices().iter().map(cleft).collect()).unwrap();
        let p = Projector::new(shapes::sphere(90.0, 5), cortex).unwrap();
        for method in Projection::ALL {
            let at = p.cortex.vertices()[p.beneath(DVec3::Z * 90.0, DVec3::Z, method) as usize];
            assert!(at.z > 65.0, "{method:?} fell to {at}");
        }
    }
}
