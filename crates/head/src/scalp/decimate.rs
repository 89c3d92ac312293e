//! A coarser surface whose vertices are some of the finer one's.
//!
//! Short edges are collapsed onto one of their ends (Hoppe, `SIGGRAPH` 1996), a round at a time with a growing
//! length, wherever the surface stays a manifold, no face turns over and none becomes a sliver. It takes some
//! tens of milliseconds, less than [`super::remesh`], and its triangles are less even: it is made for
//! measuring many times on nearly the same surface, not for looking at.

use glam::DVec3;

use crate::surface::{NONE, Surface, SurfaceError};

/// A face that is gone.
const DEAD: [u32; 3] = [NONE; 3];

/// Lengths of the rounds as fractions of the wanted length.
const ROUNDS: [f64; 3] = [0.45, 0.75, 1.0];

/// How many of its edges are tried for each vertex, the shortest first.
const TRIES: usize = 3;

/// Collapses edges shorter than `edge_mm` (mm), as far as that can be done well. A border stays where it is.
///
/// # Errors
/// As [`Surface::new`]; in practice where fewer than four faces would be left.
pub fn to_edge_length(surface: &Surface, edge_mm: f64) -> Result<Surface, SurfaceError> {
    on_some(surface, &faces_at(surface, edge_mm))
}

/// The faces of [`to_edge_length`], by the numbers of the finer surface's vertices.
pub fn faces_at(surface: &Surface, edge_mm: f64) -> Vec<[u32; 3]> {
    let mut mesh = Mesh::new(surface);
    for fraction in ROUNDS {
        mesh.round(edge_mm * fraction);
    }
    mesh.f.into_iter().filter(|f| *f != DEAD).collect()
}

/// A surface of `faces` that are given by the numbers of a finer surface's vertices, and of those vertices.
///
/// # Errors
/// As [`Surface::new`].
pub fn on_some(fine: &Surface, faces: &[[u32; 3]]) -> Result<Surface, SurfaceError> {
    let of = fine.vertices();
    let mut number = vec![NONE; of.len()];
    let mut vertices = Vec::new();
    let mut out = Vec::with_capacity(faces.len());
    for (face, corners) in faces.iter().enumerate() {
        let mut f = *corners;
        for v in &mut f {
            let Some(n) = number.get_mut(*v as usize) else {
                return Err(SurfaceError::BadIndex { face, vertex: *v, vertices: of.len() });
            };
            if *n == NONE {
                *n = vertices.len() as u32;
                vertices.push(of[*v as usize]);
            }
            *v = *n;
        }
        out.push(f);
    }
    Surface::new(vertices, out)
}

struct Mesh<'a> {
    v: &'a [DVec3],
    f: Vec<[u32; 3]>,
    /// Faces at each vertex; empty for a vertex that is gone.
    around: Vec<Vec<u32>>,
    border: Vec<bool>,
    /// Neighbours of the vertex in hand, with their squared distances.
    near: Vec<(f64, u32)>,
}

impl<'a> Mesh<'a> {
    fn new(s: &'a Surface) -> Self {
        let n = s.vertices().len();
        let mut around: Vec<Vec<u32>> = (0..n).map(|_| Vec::with_capacity(12)).collect();
        let mut border = vec![false; n];
        for (i, f) in s.faces().iter().enumerate() {
            for k in 0..3 {
                around[f[k] as usize].push(i as u32);
                if s.across(i as u32, k) == NONE {
                    border[f[k] as usize] = true;
                    border[f[(k + 1) % 3] as usize] = true;
                }
            }
        }
        Self { v: s.vertices(), f: s.faces().to_vec(), around, border, near: Vec::new() }
    }

    fn p(&self, v: u32) -> DVec3 {
        self.v[v as usize]
    }

    fn round(&mut self, longest: f64) {
        for a in 0..self.v.len() as u32 {
            if self.border[a as usize] || self.around[a as usize].is_empty() {
                continue;
            }
            let at = self.p(a);
            let mut near = std::mem::take(&mut self.near);
            near.clear();
            for &f in &self.around[a as usize] {
                let f = self.f[f as usize];
                // Each neighbour is the successor of `a` in one face of the fan.
                let k = f.iter().position(|&x| x == a).unwrap_or(0);
                let b = f[(k + 1) % 3];
                near.push((self.p(b).distance_squared(at), b));
            }
            near.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
            for &(_, b) in near.iter().take(TRIES).take_while(|n| n.0 < longest * longest) {
                if self.allowed(a, b, &near, longest) {
                    self.collapse(a, b);
                    break;
                }
            }
            self.near = near;
        }
    }

    /// Whether `a` may be moved onto `b`, one of its neighbours `near`.
    fn allowed(&self, a: u32, b: u32, near: &[(f64, u32)], longest: f64) -> bool {
        /// A face must not turn by more (cosine), nor be flatter (height over longest side).
        const TURN: f64 = 0.7;
        const FLAT: f64 = 0.2;
        // The neighbours that both have in common are the third corners of the two faces that go: were there
        // more, the surface would be pinched there.
        let shared = near.iter().filter(|n| n.1 != b && self.joined(n.1, b)).count();
        if shared != 2 {
            return false;
        }
        self.around[a as usize].iter().all(|&f| {
            let f = self.f[f as usize];
            if f.contains(&b) {
                return true;
            }
            let old = f.map(|i| self.p(i));
            let new = f.map(|i| self.p(if i == a { b } else { i }));
            let (n, m) = (cross(old), cross(new));
            let side2 = (0..3).map(|k| new[k].distance_squared(new[(k + 1) % 3])).fold(0.0, f64::max);
            let area2 = m.length();
            n.dot(m) > TURN * n.length() * area2 && area2 > FLAT * side2 && side2 < 3.0 * longest * longest
        })
    }

    fn joined(&self, a: u32, b: u32) -> bool {
        self.around[a as usize].iter().any(|&f| self.f[f as usize].contains(&b))
    }

    fn collapse(&mut self, a: u32, b: u32) {
        for f in std::mem::take(&mut self.around[a as usize]) {
            let face = &mut self.f[f as usize];
            if face.contains(&b) {
                for v in std::mem::replace(face, DEAD) {
                    self.around[v as usize].retain(|&x| x != f);
                }
            } else {
                for v in face.iter_mut().filter(|v| **v == a) {
                    *v = b;
                }
                self.around[b as usize].push(f);
            }
        }
    }
}

/// Twice the area vector of a triangle.
fn cross([a, b, c]: [DVec3; 3]) -> DVec3 {
    (b - a).cross(c - a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn a_decimated_ball_is_a_closed_ball_with_the_wanted_edges() {
        let fine = shapes::sphere(90.0, 6);
        let coarse = to_edge_length(&fine, 9.0).unwrap();
        assert!(coarse.is_watertight());
        assert_eq!((coarse.euler_characteristic(), coarse.components().1), (2, 1));
        assert!(coarse.vertices().len() * 5 < fine.vertices().len(), "{}", coarse.vertices().len());
        let of = |s: &Surface| s.signed_volume_mm3();
        assert!((of(&coarse) / of(&fine) - 1.0).abs() < 0.01);
        for f in coarse.faces() {
            let c = f.map(|i| coarse.vertices()[i as usize]);
            // Every vertex is one of the finer surface's, and no face looks inward.
            assert!(c.iter().all(|p| (p.length() - 90.0).abs() < 1e-9));
            assert!(cross(c).dot(c[0] + c[1] + c[2]) > 0.0);
            assert!((0..3).all(|k| c[k].distance(c[(k + 1) % 3]) < 16.0));
        }
    }

    #[test]
    fn a_border_stays() {
        let ball = shapes::sphere(90.0, 5);
        let upper: Vec<[u32; 3]> = ball
            .faces()
            .iter()
            .copied()
            .filter(|f| f.iter().all(|&i| ball.vertices()[i as usize].z > -1e-9))
            .collect();
        let open = Surface::new(ball.vertices().to_vec(), upper).unwrap();
        let coarse = to_edge_length(&open, 12.0).unwrap();
        assert_eq!(coarse.border_edges(), open.border_edges());
        assert!(coarse.faces().len() * 4 < open.faces().len());
    }

    #[test]
    fn the_smallest_surface_is_left_alone() {
        let cube = shapes::cube(10.0);
        let same = to_edge_length(&cube, 1000.0).unwrap();
        assert!(same.is_watertight() && same.euler_characteristic() == 2);
    }
}
