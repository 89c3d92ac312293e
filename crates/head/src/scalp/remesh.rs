//! Isotropic remeshing: triangles as even as may be, with an edge length that may vary over the surface.
//!
//! Rounds of splitting long edges, collapsing short ones, flipping toward valence six and tangential relaxation
//! with projection onto the original surface (Botsch & Kobbelt, Symposium on Geometry Processing 2004).

use glam::DVec3;

use crate::surface::{Surface, SurfaceError};

/// What happens to the border of an open surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Its vertices stay, none is added or removed: the surface can be sewn to its neighbour again.
    Keep,
    /// Its line stays, its edges get the wanted length.
    Resample,
}

/// Remeshes `surface` so that edges are about `length(position)` mm long, in `rounds` rounds.
///
/// New vertices lie on `onto`. The topology (components, holes, handles) does not change.
///
/// # Errors
/// As [`Surface::new`], should the input have more elements than are allowed after splitting.
pub fn isotropic(
    surface: &Surface,
    onto: &Surface,
    length: impl Fn(DVec3) -> f64,
    rounds: usize,
    border: Border,
) -> Result<Surface, SurfaceError> {
    let mut mesh = Mesh::new(surface, border == Border::Keep);
    for _ in 0..rounds {
        mesh.split_long(&length);
        mesh.collapse_short(&length);
        mesh.flip();
        mesh.relax(onto);
    }
    mesh.finish()
}

const DEAD: [u32; 3] = [u32::MAX; 3];

struct Mesh {
    v: Vec<DVec3>,
    f: Vec<[u32; 3]>,
    /// Faces at each vertex; empty for a vertex that is gone.
    around: Vec<Vec<u32>>,
    border: Vec<bool>,
    keep_border: bool,
}

impl Mesh {
    fn new(s: &Surface, keep_border: bool) -> Self {
        let mut around = vec![Vec::new(); s.vertices().len()];
        let mut border = vec![false; s.vertices().len()];
        for (n, f) in s.faces().iter().enumerate() {
            for k in 0..3 {
                around[f[k] as usize].push(n as u32);
                if s.across(n as u32, k) == crate::surface::NONE {
                    border[f[k] as usize] = true;
                    border[f[(k + 1) % 3] as usize] = true;
                }
            }
        }
        Self { v: s.vertices().to_vec(), f: s.faces().to_vec(), around, border, keep_border }
    }

    fn p(&self, v: u32) -> DVec3 {
        self.v[v as usize]
    }

    /// The faces on an edge: two inside, one at a border, none if it is gone.
    fn on_edge(&self, a: u32, b: u32) -> Vec<u32> {
        self.around[a as usize].iter().copied().filter(|&f| self.f[f as usize].contains(&b)).collect()
    }

    fn neighbours(&self, v: u32) -> Vec<u32> {
        let mut n: Vec<u32> =
            self.around[v as usize].iter().flat_map(|&f| self.f[f as usize]).filter(|&w| w != v).collect();
        n.sort_unstable();
        n.dedup();
        n
    }

    /// All edges, smaller vertex first, in order.
    fn edges(&self) -> Vec<(u32, u32)> {
        let mut e: Vec<(u32, u32)> = self
            .f
            .iter()
            .filter(|f| **f != DEAD)
            .flat_map(|f| (0..3).map(|k| (f[k].min(f[(k + 1) % 3]), f[k].max(f[(k + 1) % 3]))))
            .collect();
        e.sort_unstable();
        e.dedup();
        e
    }

    fn split_long(&mut self, length: &impl Fn(DVec3) -> f64) {
        // Newly made edges are looked at in the next pass; four passes halve sixteenfold.
        for _ in 0..4 {
            let mut long: Vec<(f64, u32, u32)> = self
                .edges()
                .into_iter()
                .filter_map(|(a, b)| {
                    let ratio = self.p(a).distance(self.p(b)) / length((self.p(a) + self.p(b)) / 2.0);
                    (ratio > 4.0 / 3.0).then_some((ratio, a, b))
                })
                .collect();
            if long.is_empty() {
                break;
            }
            // The longest first, so that a split improves its neighbours' shapes.
            long.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
            for (_, a, b) in long {
                self.split(a, b);
            }
        }
    }

    fn split(&mut self, a: u32, b: u32) {
        let faces = self.on_edge(a, b);
        if faces.len() == 1 && self.keep_border {
            return;
        }
        let m = self.v.len() as u32;
        self.v.push((self.p(a) + self.p(b)) / 2.0);
        self.around.push(Vec::new());
        self.border.push(faces.len() == 1);
        for f in faces {
            let old = self.f[f as usize];
            let new = self.f.len() as u32;
            // The old face keeps a, the new one takes b.
            self.f[f as usize] = old.map(|v| if v == b { m } else { v });
            self.f.push(old.map(|v| if v == a { m } else { v }));
            self.around[b as usize].retain(|&x| x != f);
            self.around[b as usize].push(new);
            for v in old.into_iter().filter(|&v| v != a && v != b) {
                self.around[v as usize].push(new);
            }
            self.around[m as usize].extend([f, new]);
        }
    }

    fn collapse_short(&mut self, length: &impl Fn(DVec3) -> f64) {
        let mut short: Vec<(f64, u32, u32)> = self
            .edges()
            .into_iter()
            .filter_map(|(a, b)| {
                let ratio = self.p(a).distance(self.p(b)) / length((self.p(a) + self.p(b)) / 2.0);
                (ratio < 4.0 / 5.0).then_some((ratio, a, b))
            })
            .collect();
        short.sort_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        for (_, a, b) in short {
            if self.around[a as usize].is_empty() || self.around[b as usize].is_empty() {
                continue;
            }
            let d = self.p(a).distance(self.p(b));
            if d < length((self.p(a) + self.p(b)) / 2.0) * 4.0 / 5.0 {
                self.collapse(a, b, length);
            }
        }
    }

    fn collapse(&mut self, a: u32, b: u32, length: &impl Fn(DVec3) -> f64) {
        let shared = self.on_edge(a, b);
        let (on_a, on_b) = (self.border[a as usize], self.border[b as usize]);
        if shared.is_empty() || (on_a && on_b && (shared.len() != 1 || self.keep_border)) {
            return;
        }
        let (na, nb) = (self.neighbours(a), self.neighbours(b));
        let common = na.iter().filter(|v| nb.binary_search(v).is_ok()).count();
        // The link condition keeps the topology; a vertex with three neighbours would leave a double face.
        if common != shared.len() {
            return;
        }
        let opposite = shared.iter().flat_map(|&f| self.f[f as usize]).filter(|&v| v != a && v != b);
        for v in opposite {
            if self.around[v as usize].len() <= 3 + usize::from(self.border[v as usize]) {
                return;
            }
        }
        let to = match (on_a, on_b) {
            (true, false) => self.p(a),
            (false, true) => self.p(b),
            _ => (self.p(a) + self.p(b)) / 2.0,
        };
        for &v in na.iter().chain(&nb) {
            if v != a && v != b && self.p(v).distance(to) > length((self.p(v) + to) / 2.0) * 4.0 / 3.0 {
                return;
            }
        }
        for (&f, moved) in self.around[a as usize]
            .iter()
            .map(|f| (f, a))
            .chain(self.around[b as usize].iter().map(|f| (f, b)))
        {
            if shared.contains(&f) {
                continue;
            }
            let old = self.f[f as usize].map(|v| self.p(v));
            let new = self.f[f as usize].map(|v| if v == moved { to } else { self.p(v) });
            if !keeps_side(normal(old), normal(new)) {
                return;
            }
        }
        for &f in &shared {
            for v in self.f[f as usize] {
                self.around[v as usize].retain(|&x| x != f);
            }
            self.f[f as usize] = DEAD;
        }
        for f in std::mem::take(&mut self.around[b as usize]) {
            self.f[f as usize] = self.f[f as usize].map(|v| if v == b { a } else { v });
            self.around[a as usize].push(f);
        }
        self.v[a as usize] = to;
        self.border[a as usize] = on_a || on_b;
    }

    fn flip(&mut self) {
        for (a, b) in self.edges() {
            let shared = self.on_edge(a, b);
            let [f, g] = shared[..] else { continue };
            let other = |x: u32| self.f[x as usize].into_iter().find(|&v| v != a && v != b);
            let (Some(c), Some(d)) = (other(f), other(g)) else { continue };
            // f runs a → b → c for one order of the two; d is then on the other side.
            let at = self.f[f as usize].iter().position(|&v| v == a).unwrap_or(0);
            let (c, d, f, g) =
                if self.f[f as usize][(at + 1) % 3] == b { (c, d, f, g) } else { (d, c, g, f) };
            if c == d || !self.on_edge(c, d).is_empty() {
                continue;
            }
            let off = |v: u32, change: i32| {
                let ideal = if self.border[v as usize] { 3 } else { 6 };
                let e = self.around[v as usize].len() as i32 + change - ideal;
                e * e
            };
            let before = off(a, 0) + off(b, 0) + off(c, 0) + off(d, 0);
            let after = off(a, -1) + off(b, -1) + off(c, 1) + off(d, 1);
            if after >= before || self.around[a as usize].len() <= 3 || self.around[b as usize].len() <= 3 {
                continue;
            }
            let [pa, pb, pc, pd] = [a, b, c, d].map(|v| self.p(v));
            let (n1, n2) = (normal([pa, pb, pc]), normal([pb, pa, pd]));
            let (m1, m2) = (normal([pa, pd, pc]), normal([pd, pb, pc]));
            // Neither a fold nor a sharp edge is flipped across.
            let flat = n1.normalize_or_zero().dot(n2.normalize_or_zero()) > 0.6;
            let sum = n1 + n2;
            if !flat
                || !keeps_side(sum, m1)
                || !keeps_side(sum, m2)
                || sliver([pa, pd, pc])
                || sliver([pd, pb, pc])
            {
                continue;
            }
            self.f[f as usize] = [a, d, c];
            self.f[g as usize] = [d, b, c];
            self.around[b as usize].retain(|&x| x != f);
            self.around[a as usize].retain(|&x| x != g);
            self.around[d as usize].push(f);
            self.around[c as usize].push(g);
        }
    }

    fn relax(&mut self, onto: &Surface) {
        for v in 0..self.v.len() as u32 {
            if self.around[v as usize].is_empty() || self.border[v as usize] {
                continue;
            }
            let p = self.p(v);
            let (mut sum, mut weight, mut n) = (DVec3::ZERO, 0.0, DVec3::ZERO);
            for &f in &self.around[v as usize] {
                let c = self.f[f as usize].map(|w| self.p(w));
                let m = normal(c);
                let area = m.length();
                n += m;
                sum += (c[0] + c[1] + c[2]) / 3.0 * area;
                weight += area;
            }
            let n = n.normalize_or_zero();
            if weight <= 0.0 {
                continue;
            }
            let q = sum / weight;
            let q = q + n * n.dot(p - q);
            let q = onto.position(onto.closest(q).0);
            let fine = self.around[v as usize].iter().all(|&f| {
                let face = self.f[f as usize];
                let old = face.map(|w| self.p(w));
                let new = face.map(|w| if w == v { q } else { self.p(w) });
                keeps_side(normal(old), normal(new))
            });
            if fine {
                self.v[v as usize] = q;
            }
        }
    }

    fn finish(self) -> Result<Surface, SurfaceError> {
        let mut new = vec![u32::MAX; self.v.len()];
        let mut vertices = Vec::new();
        let mut faces = Vec::new();
        for f in self.f.iter().filter(|f| **f != DEAD) {
            faces.push(f.map(|v| {
                let n = &mut new[v as usize];
                if *n == u32::MAX {
                    *n = vertices.len() as u32;
                    vertices.push(self.v[v as usize]);
                }
                *n
            }));
        }
        Surface::new(vertices, faces)
    }
}

/// Normal with the length of twice the area.
fn normal([a, b, c]: [DVec3; 3]) -> DVec3 {
    (b - a).cross(c - a)
}

/// Whether a face still looks to (nearly) the same side; a degenerate face may become anything.
fn keeps_side(old: DVec3, new: DVec3) -> bool {
    let (o, n) = (old.normalize_or_zero(), new.normalize_or_zero());
    n != DVec3::ZERO && (o == DVec3::ZERO || o.dot(n) > 0.3)
}

/// Whether a triangle's height is less than a twelfth of its longest edge.
fn sliver(c: [DVec3; 3]) -> bool {
    let longest = (0..3).map(|k| c[k].distance_squared(c[(k + 1) % 3])).fold(0.0, f64::max);
    normal(c).length() < longest / 12.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    fn edge_lengths(s: &Surface) -> Vec<f64> {
        let mut e: Vec<f64> = (0..s.faces().len() as u32)
            .flat_map(|f| {
                let c = s.corners(f);
                [c[0].distance(c[1]), c[1].distance(c[2]), c[2].distance(c[0])]
            })
            .collect();
        e.sort_by(f64::total_cmp);
        e
    }

    #[test]
    fn a_coarse_and_a_fine_ball_get_the_wanted_edges() {
        for levels in [3, 6] {
            let s = shapes::sphere(50.0, levels);
            let exact = shapes::sphere(50.0, 6);
            let m = isotropic(&s, &exact, |_| 4.0, 6, Border::Keep).unwrap();
            assert!(m.is_watertight());
            assert_eq!((m.euler_characteristic(), m.components().1), (2, 1));
            let e = edge_lengths(&m);
            let mean = e.iter().sum::<f64>() / e.len() as f64;
            assert!((3.4..4.6).contains(&mean), "{mean}");
            assert!(e[0] > 1.5 && e[e.len() - 1] < 7.0, "{} {}", e[0], e[e.len() - 1]);
            for v in m.vertices() {
                assert!((v.length() - 50.0).abs() < 0.05);
            }
            for f in 0..m.faces().len() as u32 {
                assert!(m.face_normal(f).dot(m.corners(f)[0]) > 0.0);
            }
        }
    }

    #[test]
    fn edge_length_follows_the_place() {
        let s = shapes::bumpy_sphere(60.0, 5);
        let m = isotropic(&s, &s, |p| if p.x > 0.0 { 2.5 } else { 6.0 }, 6, Border::Keep).unwrap();
        assert!(m.is_watertight());
        let (mut fine, mut coarse) = ((0.0, 0.0), (0.0, 0.0));
        for f in 0..m.faces().len() as u32 {
            let c = m.corners(f);
            let side = if c[0].x > 10.0 {
                &mut fine
            } else if c[0].x < -10.0 {
                &mut coarse
            } else {
                continue;
            };
            side.0 += c[0].distance(c[1]);
            side.1 += 1.0;
        }
        assert!((fine.0 / fine.1 - 2.5_f64).abs() < 0.4 && (coarse.0 / coarse.1 - 6.0_f64).abs() < 0.9);
    }

    #[test]
    fn a_border_stays_in_place() {
        let ball = shapes::sphere(40.0, 4);
        let open: Vec<[u32; 3]> = ball
            .faces()
            .iter()
            .copied()
            .filter(|f| f.iter().all(|&v| ball.vertices()[v as usize].z < 1e-9))
            .collect();
        let s = Surface::new(ball.vertices().to_vec(), open).unwrap();
        let m = isotropic(&s, &s, |_| 3.0, 5, Border::Resample).unwrap();
        let loops = super::super::holes::border_loops(&m);
        assert_eq!(loops.len(), 1);
        assert!(loops[0].iter().all(|&v| m.vertices()[v as usize].z.abs() < 1e-9));
        let before = super::super::holes::border_loops(&s)[0].len();
        let kept = isotropic(&s, &s, |_| 3.0, 5, Border::Keep).unwrap();
        let after = &super::super::holes::border_loops(&kept)[0];
        assert_eq!(after.len(), before);
        assert!(after.iter().all(|&v| s.vertices().contains(&kept.vertices()[v as usize])));
    }
}
