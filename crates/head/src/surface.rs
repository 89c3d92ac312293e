//! Triangle surfaces and positions that cannot leave them.

mod tree;

use std::sync::OnceLock;

use glam::DVec3;
use thiserror::Error;

use tree::Tree;

/// "No face" in adjacency tables.
pub const NONE: u32 = u32::MAX;

/// Most vertices and most faces that a surface may have.
pub const MAX_ELEMENTS: usize = 20_000_000;

/// Why a list of triangles is not a surface.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SurfaceError {
    /// No triangles at all.
    #[error("the surface has {vertices} vertices and {faces} faces; at least 4 of each are needed")]
    Empty {
        /// Vertices found.
        vertices: usize,
        /// Faces found.
        faces: usize,
    },
    /// A coordinate is NaN or infinite.
    #[error("vertex {vertex} has the coordinates ({x}, {y}, {z}); each must be a finite number")]
    NotFinite {
        /// Index of the vertex, from 0.
        vertex: usize,
        /// x as found.
        x: f64,
        /// y as found.
        y: f64,
        /// z as found.
        z: f64,
    },
    /// A face refers to a vertex that is not there.
    #[error("face {face} names vertex {vertex}, but there are only {vertices} vertices (numbered from 0)")]
    BadIndex {
        /// Index of the face, from 0.
        face: usize,
        /// The vertex it names.
        vertex: u32,
        /// How many there are.
        vertices: usize,
    },
    /// More than two faces share an edge, or two faces run along it in the same direction.
    #[error(
        "the edge between vertices {a} and {b} belongs to faces {first} and {second} in the same direction: \
         the surface is not a consistently oriented 2-manifold there"
    )]
    NotManifold {
        /// One end.
        a: u32,
        /// Other end.
        b: u32,
        /// A face on it.
        first: u32,
        /// Another face on it.
        second: u32,
    },
    /// Too large.
    #[error("the surface has {found} {what}; at most {MAX_ELEMENTS} are read")]
    TooLarge {
        /// "vertices" or "faces".
        what: &'static str,
        /// How many.
        found: usize,
    },
}

/// A position on a surface: a face and barycentric weights of its three corners (sum 1, none negative).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurfacePoint {
    /// Index of the face.
    pub face: u32,
    /// Weights of the corners `faces[face][0..3]`.
    pub bary: [f64; 3],
}

/// An oriented, edge-manifold triangle surface in mm, with face adjacency. It may have a border.
///
/// Faces are counter-clockwise seen from outside. Coordinates are in the frame of the head that owns the
/// surface ([`crate::HeadFrame`]).
#[derive(Debug)]
pub struct Surface {
    vertices: Vec<DVec3>,
    faces: Vec<[u32; 3]>,
    /// `twins[f][k]` is 3 · g + j where edge j of face g is the edge `faces[f][k] → faces[f][(k + 1) % 3]` run the
    /// other way, or [`NONE`].
    twins: Vec<[u32; 3]>,
    vertex_normals: OnceLock<Vec<DVec3>>,
    bounds: OnceLock<(DVec3, DVec3)>,
    /// For closest points and rays; built on first use.
    tree: OnceLock<Tree>,
}

impl Clone for Surface {
    fn clone(&self) -> Self {
        Self {
            vertices: self.vertices.clone(),
            faces: self.faces.clone(),
            twins: self.twins.clone(),
            vertex_normals: OnceLock::new(),
            bounds: OnceLock::new(),
            tree: OnceLock::new(),
        }
    }
}

impl Surface {
    /// Checks vertices (mm) and faces (counter-clockwise from outside) and builds the adjacency.
    ///
    /// # Errors
    /// [`SurfaceError`] names the first vertex, face or edge that is wrong.
    pub fn new(vertices: Vec<DVec3>, faces: Vec<[u32; 3]>) -> Result<Self, SurfaceError> {
        if vertices.len() < 4 || faces.len() < 4 {
            return Err(SurfaceError::Empty { vertices: vertices.len(), faces: faces.len() });
        }
        for (what, found) in [("vertices", vertices.len()), ("faces", faces.len())] {
            if found > MAX_ELEMENTS {
                return Err(SurfaceError::TooLarge { what, found });
            }
        }
        if let Some((vertex, v)) = vertices.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            return Err(SurfaceError::NotFinite { vertex, x: v.x, y: v.y, z: v.z });
        }
        for (face, f) in faces.iter().enumerate() {
            if let Some(&vertex) = f.iter().find(|&&i| i as usize >= vertices.len()) {
                return Err(SurfaceError::BadIndex { face, vertex, vertices: vertices.len() });
            }
        }
        let twins = twins(&faces, vertices.len())?;
        Ok(Self {
            vertices,
            faces,
            twins,
            vertex_normals: OnceLock::new(),
            bounds: OnceLock::new(),
            tree: OnceLock::new(),
        })
    }

    /// The same connectivity with other coordinates (a warped head keeps its adjacency).
    ///
    /// # Errors
    /// Where the number of vertices differs ([`SurfaceError::Empty`] with what was found) or one is not finite.
    pub fn with_vertices(&self, vertices: Vec<DVec3>) -> Result<Self, SurfaceError> {
        if vertices.len() != self.vertices.len() {
            return Err(SurfaceError::Empty { vertices: vertices.len(), faces: self.faces.len() });
        }
        if let Some((vertex, v)) = vertices.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            return Err(SurfaceError::NotFinite { vertex, x: v.x, y: v.y, z: v.z });
        }
        Ok(Self {
            vertices,
            faces: self.faces.clone(),
            twins: self.twins.clone(),
            vertex_normals: OnceLock::new(),
            bounds: OnceLock::new(),
            tree: OnceLock::new(),
        })
    }

    /// Vertex positions in mm.
    #[inline]
    pub fn vertices(&self) -> &[DVec3] {
        &self.vertices
    }

    /// Corner indices of each face, counter-clockwise from outside.
    #[inline]
    pub fn faces(&self) -> &[[u32; 3]] {
        &self.faces
    }

    /// The face across edge `k` of `face` (from corner k to corner k+1), or [`NONE`] at a border.
    #[inline]
    pub fn across(&self, face: u32, k: usize) -> u32 {
        self.over(face, k).map_or(NONE, |(other, _)| other)
    }

    /// The face across edge `k` of `face`, and which of its edges that is; `None` at a border.
    #[inline]
    pub fn over(&self, face: u32, k: usize) -> Option<(u32, usize)> {
        let twin = self.twins[face as usize][k];
        (twin != NONE).then_some((twin / 3, twin as usize % 3))
    }

    /// The three corner positions of a face.
    #[inline]
    pub fn corners(&self, face: u32) -> [DVec3; 3] {
        self.faces[face as usize].map(|i| self.vertices[i as usize])
    }

    /// Position of a surface point in mm.
    #[inline]
    pub fn position(&self, p: SurfacePoint) -> DVec3 {
        let [a, b, c] = self.corners(p.face);
        a * p.bary[0] + b * p.bary[1] + c * p.bary[2]
    }

    /// Unit outward normal of a face; zero for a degenerate face.
    pub fn face_normal(&self, face: u32) -> DVec3 {
        let [a, b, c] = self.corners(face);
        (b - a).cross(c - a).normalize_or_zero()
    }

    /// Unit outward vertex normals (sum of adjacent faces weighted by area).
    pub fn vertex_normals(&self) -> &[DVec3] {
        self.vertex_normals.get_or_init(|| {
            let mut n = vec![DVec3::ZERO; self.vertices.len()];
            for f in &self.faces {
                let [a, b, c] = f.map(|i| self.vertices[i as usize]);
                let w = (b - a).cross(c - a);
                for &i in f {
                    n[i as usize] += w;
                }
            }
            n.into_iter().map(DVec3::normalize_or_zero).collect()
        })
    }

    /// Smooth unit outward normal at a surface point, interpolated from the vertices.
    pub fn normal(&self, p: SurfacePoint) -> DVec3 {
        let n = self.vertex_normals();
        let [a, b, c] = self.faces[p.face as usize].map(|i| n[i as usize]);
        (a * p.bary[0] + b * p.bary[1] + c * p.bary[2]).normalize_or_zero()
    }

    /// The surface point closest to a position, and its distance in mm.
    pub fn closest(&self, mm: DVec3) -> (SurfacePoint, f64) {
        self.tree().closest(&self.vertices, &self.faces, mm)
    }

    /// The same without the tree: the reference for tests.
    #[cfg(test)]
    fn closest_exhaustive(&self, mm: DVec3) -> (SurfacePoint, f64) {
        let mut best = (SurfacePoint { face: 0, bary: [1.0, 0.0, 0.0] }, f64::INFINITY);
        for face in 0..self.faces.len() as u32 {
            let bary = closest_on_triangle(self.corners(face), mm);
            let point = SurfacePoint { face, bary };
            let d = self.position(point).distance(mm);
            if d < best.1 {
                best = (point, d);
            }
        }
        best
    }

    /// First hit of the ray `origin + t · direction`, t in `0..=max_mm`, from either side of the surface,
    /// with the distance in mm. `direction` need not be a unit vector.
    pub fn ray(&self, origin: DVec3, direction: DVec3, max_mm: f64) -> Option<(SurfacePoint, f64)> {
        let direction = direction.try_normalize()?;
        let (face, mm) = self.tree().ray(&self.vertices, &self.faces, origin, direction, max_mm)?;
        let bary = closest_on_triangle(self.corners(face), origin + direction * mm);
        Some((SurfacePoint { face, bary }, mm))
    }

    fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| Tree::new(&self.vertices, &self.faces))
    }

    /// Number of edges that belong to one face only.
    pub fn border_edges(&self) -> usize {
        self.twins.iter().flatten().filter(|&&n| n == NONE).count()
    }

    /// Whether the surface has no border.
    pub fn is_watertight(&self) -> bool {
        self.border_edges() == 0
    }

    /// Euler characteristic V − E + F of the vertices in use (2 for a closed surface without handles).
    pub fn euler_characteristic(&self) -> i64 {
        let mut used = vec![false; self.vertices.len()];
        for f in &self.faces {
            for &i in f {
                used[i as usize] = true;
            }
        }
        let v = used.iter().filter(|&&u| u).count() as i64;
        let inner = self.faces.len() * 3 - self.border_edges();
        let e = (inner / 2 + self.border_edges()) as i64;
        v - e + self.faces.len() as i64
    }

    /// Connected components (by shared edges): the component number of each face and their count.
    pub fn components(&self) -> (Vec<u32>, u32) {
        let mut of = vec![NONE; self.faces.len()];
        let mut count = 0;
        let mut stack = Vec::new();
        for start in 0..self.faces.len() as u32 {
            if of[start as usize] != NONE {
                continue;
            }
            stack.push(start);
            of[start as usize] = count;
            while let Some(f) = stack.pop() {
                for (n, _) in (0..3).filter_map(|k| self.over(f, k)) {
                    if of[n as usize] == NONE {
                        of[n as usize] = count;
                        stack.push(n);
                    }
                }
            }
            count += 1;
        }
        (of, count)
    }

    /// Enclosed volume in mm³; negative where the faces are inside out. Meaningful for closed surfaces.
    pub fn signed_volume_mm3(&self) -> f64 {
        self.faces
            .iter()
            .map(|f| {
                let [a, b, c] = f.map(|i| self.vertices[i as usize]);
                a.dot(b.cross(c)) / 6.0
            })
            .sum()
    }

    /// Smallest and largest coordinates, in mm.
    pub fn bounds(&self) -> (DVec3, DVec3) {
        *self.bounds.get_or_init(|| {
            self.vertices
                .iter()
                .fold((DVec3::INFINITY, DVec3::NEG_INFINITY), |(lo, hi), &v| (lo.min(v), hi.max(v)))
        })
    }
}

/// Half-edges in buckets by the vertex that they leave: linear memory, no hash order, and a time that is
/// nearly linear. Indices are in range.
fn twins(faces: &[[u32; 3]], vertices: usize) -> Result<Vec<[u32; 3]>, SurfaceError> {
    let mut start = vec![0u32; vertices + 1];
    for &v in faces.iter().flatten() {
        start[v as usize + 1] += 1;
    }
    for i in 0..vertices {
        start[i + 1] += start[i];
    }
    // (vertex that the half-edge leads to, 3 · face + corner)
    let mut leaving = vec![(0u32, 0u32); faces.len() * 3];
    let mut next = start.clone();
    for (f, face) in faces.iter().enumerate() {
        for k in 0..3 {
            let place = &mut next[face[k] as usize];
            leaving[*place as usize] = (face[(k + 1) % 3], (f * 3 + k) as u32);
            *place += 1;
        }
    }
    let bucket = |v: usize| start[v] as usize..start[v + 1] as usize;
    for a in 0..vertices {
        let edges = &mut leaving[bucket(a)];
        // Sorted, so that a vertex with a million faces does not take a million squared steps.
        edges.sort_unstable();
        if let Some(w) = edges.windows(2).find(|w| w[0].0 == w[1].0) {
            return Err(SurfaceError::NotManifold {
                a: a as u32,
                b: w[0].0,
                first: w[0].1 / 3,
                second: w[1].1 / 3,
            });
        }
    }
    /// Up to this many half-edges leave a vertex of any ordinary surface: looked through faster than halved.
    const FEW: usize = 12;
    let mut twins = vec![[NONE; 3]; faces.len()];
    for a in 0..vertices {
        for &(b, slot) in &leaving[bucket(a)] {
            let back = &leaving[bucket(b as usize)];
            let twin = if back.len() <= FEW {
                back.iter().find(|e| e.0 == a as u32)
            } else {
                back.binary_search_by_key(&(a as u32), |e| e.0).ok().map(|i| &back[i])
            };
            if let Some(&(_, twin)) = twin {
                twins[slot as usize / 3][slot as usize % 3] = twin;
            }
        }
    }
    Ok(twins)
}

/// Barycentric weights of the point of a triangle closest to `p` (Ericson, Real-Time Collision Detection, 5.1.5).
pub fn closest_on_triangle([a, b, c]: [DVec3; 3], p: DVec3) -> [f64; 3] {
    let (ab, ac, ap) = (b - a, c - a, p - a);
    let (d1, d2) = (ab.dot(ap), ac.dot(ap));
    if d1 <= 0.0 && d2 <= 0.0 {
        return [1.0, 0.0, 0.0];
    }
    let bp = p - b;
    let (d3, d4) = (ab.dot(bp), ac.dot(bp));
    if d3 >= 0.0 && d4 <= d3 {
        return [0.0, 1.0, 0.0];
    }
    let vc = d1 * d4 - d3 * d2;
    if vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0 {
        let v = d1 / (d1 - d3);
        return [1.0 - v, v, 0.0];
    }
    let cp = p - c;
    let (d5, d6) = (ab.dot(cp), ac.dot(cp));
    if d6 >= 0.0 && d5 <= d6 {
        return [0.0, 0.0, 1.0];
    }
    let vb = d5 * d2 - d1 * d6;
    if vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0 {
        let w = d2 / (d2 - d6);
        return [1.0 - w, 0.0, w];
    }
    let va = d3 * d6 - d5 * d4;
    if va <= 0.0 && (d4 - d3) >= 0.0 && (d5 - d6) >= 0.0 {
        let w = (d4 - d3) / ((d4 - d3) + (d5 - d6));
        return [0.0, 1.0 - w, w];
    }
    let sum = va + vb + vc;
    if sum == 0.0 {
        return [1.0, 0.0, 0.0];
    }
    let (v, w) = (vb / sum, vc / sum);
    [1.0 - v - w, v, w]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn rays_hit_the_face_that_a_search_of_all_faces_finds() {
        let sphere = shapes::sphere(90.0, 2);
        for (from, to) in [
            (DVec3::new(300.0, 20.0, 10.0), DVec3::new(0.0, 10.0, 30.0)),
            (DVec3::new(-10.0, -250.0, 40.0), DVec3::ZERO),
            (DVec3::ZERO, DVec3::new(3.0, -20.0, 200.0)),
        ] {
            let (p, t) = sphere.ray(from, to - from, 1000.0).unwrap();
            let at = from + (to - from).normalize() * t;
            assert!(sphere.position(p).distance(at) < 1e-9, "{:?} is not {at:?}", sphere.position(p));
            assert_eq!(p.face, sphere.closest_exhaustive(at).0.face);
        }
    }

    #[test]
    fn adjacency_is_what_a_search_of_all_pairs_finds() {
        let sphere = shapes::sphere(90.0, 2);
        // A border too: every seventh face taken out.
        let faces: Vec<[u32; 3]> =
            sphere.faces().iter().enumerate().filter(|(i, _)| i % 7 != 0).map(|(_, f)| *f).collect();
        let surface = Surface::new(sphere.vertices().to_vec(), faces.clone()).unwrap();
        let edge = |f: &[u32; 3], k: usize| (f[k], f[(k + 1) % 3]);
        for (f, face) in faces.iter().enumerate() {
            for k in 0..3 {
                let (a, b) = edge(face, k);
                let twin = faces.iter().position(|g| (0..3).any(|m| edge(g, m) == (b, a)));
                assert_eq!(surface.across(f as u32, k), twin.map_or(NONE, |t| t as u32));
            }
        }
        assert!(surface.border_edges() > 0);
    }

    #[test]
    fn an_edge_run_twice_the_same_way_is_named() {
        let mut faces = shapes::cube(10.0).faces().to_vec();
        faces.push(faces[5]);
        let error = Surface::new(shapes::cube(10.0).vertices().to_vec(), faces).unwrap_err();
        assert!(matches!(error, SurfaceError::NotManifold { first: 5, second: 12, .. }), "{error}");
    }
}
