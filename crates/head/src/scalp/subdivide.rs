//! Catmull–Clark subdivision (Computer-Aided Design 1978;10:350–355).

use std::collections::BTreeMap;

use glam::DVec3;

/// A mesh of four-sided faces, counter-clockwise from outside.
#[derive(Clone, Debug, Default)]
pub struct QuadMesh {
    /// Vertex positions, mm.
    pub vertices: Vec<DVec3>,
    /// Corners of the faces.
    pub faces: Vec<[u32; 4]>,
}

impl QuadMesh {
    /// One step of subdivision. The old vertices keep their numbers; borders become cubic B-splines.
    ///
    /// Vertices without a face stay where they are.
    #[must_use]
    pub fn subdivided(&self) -> Self {
        let n = self.vertices.len();
        let mut vertices = self.vertices.clone();
        let mut faces = Vec::with_capacity(self.faces.len() * 4);
        // Each edge with its faces; a BTreeMap keeps the numbering independent of any hash.
        let mut edges: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
        for (f, q) in self.faces.iter().enumerate() {
            for k in 0..4 {
                let (a, b) = (q[k], q[(k + 1) % 4]);
                edges.entry((a.min(b), a.max(b))).or_default().push(f as u32);
            }
        }
        let centre: Vec<DVec3> = self
            .faces
            .iter()
            .map(|q| q.iter().map(|&v| self.vertices[v as usize]).sum::<DVec3>() / 4.0)
            .collect();
        vertices.extend(&centre);
        let mut number = BTreeMap::new();
        let mut face_sum = vec![DVec3::ZERO; n];
        let mut face_count = vec![0_u32; n];
        for (q, c) in self.faces.iter().zip(&centre) {
            for &v in q {
                face_sum[v as usize] += *c;
                face_count[v as usize] += 1;
            }
        }
        let mut edge_sum = vec![DVec3::ZERO; n];
        let mut border_sum = vec![DVec3::ZERO; n];
        let mut border_count = vec![0_u32; n];
        for (&(a, b), around) in &edges {
            let middle = (self.vertices[a as usize] + self.vertices[b as usize]) / 2.0;
            number.insert((a, b), vertices.len() as u32);
            vertices.push(match around[..] {
                [f, g] => (middle + (centre[f as usize] + centre[g as usize]) / 2.0) / 2.0,
                _ => middle,
            });
            for v in [a, b] {
                edge_sum[v as usize] += middle;
                if around.len() != 2 {
                    border_sum[v as usize] += middle;
                    border_count[v as usize] += 1;
                }
            }
        }
        for v in 0..n {
            let p = self.vertices[v];
            if border_count[v] > 0 {
                // 1/8, 6/8, 1/8 of the neighbours along the border; a corner between more borders stays.
                if border_count[v] == 2 {
                    vertices[v] = (border_sum[v] / 2.0 + p) / 2.0;
                }
            } else if face_count[v] > 0 {
                let m = f64::from(face_count[v]);
                vertices[v] = (face_sum[v] / m + 2.0 * edge_sum[v] / m + (m - 3.0) * p) / m;
            }
        }
        for (f, q) in self.faces.iter().enumerate() {
            let edge = |k: usize| {
                let (a, b) = (q[k % 4], q[(k + 1) % 4]);
                number[&(a.min(b), a.max(b))]
            };
            for (k, &corner) in q.iter().enumerate() {
                faces.push([corner, edge(k), (n + f) as u32, edge(k + 3)]);
            }
        }
        Self { vertices, faces }
    }

    /// Two triangles for each face, parted along the shorter diagonal.
    pub fn triangles(&self) -> Vec<[u32; 3]> {
        let d = |a: u32, b: u32| self.vertices[a as usize].distance_squared(self.vertices[b as usize]);
        self.faces
            .iter()
            .flat_map(
                |&[a, b, c, e]| {
                    if d(a, c) <= d(b, e) { [[a, b, c], [a, c, e]] } else { [[a, b, e], [b, c, e]] }
                },
            )
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::Surface;

    fn cube() -> QuadMesh {
        QuadMesh {
            vertices: (0..8)
                .map(|c| DVec3::new(f64::from(c & 1), f64::from(c >> 1 & 1), f64::from(c >> 2)) * 2.0 - 1.0)
                .collect(),
            faces: vec![[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]],
        }
    }

    #[test]
    fn a_cube_becomes_round_and_stays_closed() {
        let mut m = cube();
        // The first step by hand: a corner of valence 3 goes to 5/9 of itself.
        let once = m.subdivided();
        assert!(once.vertices[7].distance(DVec3::splat(5.0 / 9.0)) < 1e-12);
        for _ in 0..4 {
            m = m.subdivided();
        }
        let s = Surface::new(m.vertices.clone(), m.triangles()).unwrap();
        assert!(s.is_watertight() && s.euler_characteristic() == 2 && s.signed_volume_mm3() > 0.0);
        let (lo, hi) =
            m.vertices.iter().fold((f64::MAX, 0.0_f64), |(l, h), v| (l.min(v.length()), h.max(v.length())));
        assert!(hi / lo < 1.25, "{lo} {hi}");
    }

    #[test]
    fn a_flat_border_stays_flat_and_straight() {
        let m = QuadMesh {
            vertices: (0..9).map(|n| DVec3::new(f64::from(n % 3), f64::from(n / 3), 0.0)).collect(),
            faces: vec![[0, 1, 4, 3], [1, 2, 5, 4], [3, 4, 7, 6], [4, 5, 8, 7]],
        };
        let s = m.subdivided();
        assert_eq!(s.vertices.len(), 9 + 4 + 12);
        assert!(s.vertices.iter().all(|v| v.z == 0.0));
        assert!(s.vertices[1].distance(DVec3::new(1.0, 0.0, 0.0)) < 1e-12);
    }
}
