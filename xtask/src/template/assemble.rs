//! Closing the skin: eyes, lips, the places of the ears, and the cut through the neck.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use baihui_head::{
    Surface,
    scalp::{field, holes, remesh},
};
use glam::DVec3;

/// A triangle mesh under construction.
#[derive(Clone, Default)]
pub(crate) struct Mesh {
    pub(crate) vertices: Vec<DVec3>,
    pub(crate) faces: Vec<[u32; 3]>,
}

impl Mesh {
    pub(crate) fn surface(&self) -> Result<Surface> {
        Ok(Surface::new(self.vertices.clone(), self.faces.clone())?)
    }

    /// The border loop that runs through a vertex, in the order in which a filling face runs along it.
    pub(crate) fn loop_through(&self, vertex: u32) -> Result<Vec<u32>> {
        holes::border_loops(&self.surface()?)
            .into_iter()
            .find(|l| l.contains(&vertex))
            .with_context(|| format!("no open loop runs through vertex {vertex}"))
    }

    /// Fills a loop with triangles of about `length_mm`, and returns which vertices are new.
    pub(crate) fn fill(&mut self, vertex: u32, length_mm: Option<f64>) -> Result<std::ops::Range<usize>> {
        let l = self.loop_through(vertex)?;
        self.fill_loop(&l, length_mm)
    }

    fn fill_loop(&mut self, l: &[u32], length_mm: Option<f64>) -> Result<std::ops::Range<usize>> {
        let points: Vec<DVec3> = l.iter().map(|&v| self.vertices[v as usize]).collect();
        let mut edges: Vec<(u32, u32)> = self
            .faces
            .iter()
            .flat_map(|f| (0..3).map(|k| (f[k].min(f[(k + 1) % 3]), f[k].max(f[(k + 1) % 3]))))
            .collect();
        edges.sort_unstable();
        let taken = |i: usize, j: usize| edges.binary_search(&(l[i].min(l[j]), l[i].max(l[j]))).is_ok();
        let triangles = holes::least_area(&points, taken).context("a loop that cannot be filled")?;
        let first = self.vertices.len();
        let Some(length) = length_mm else {
            self.faces.extend(triangles.iter().map(|t| t.map(|i| l[i])));
            return Ok(first..first);
        };
        let flat = Surface::new(points.clone(), triangles.iter().map(|t| t.map(|i| i as u32)).collect())?;
        let patch = remesh::isotropic(&flat, &flat, |_| length, 8, remesh::Border::Keep)?;
        // The border came through unchanged: its vertices are found by their position.
        let key = |p: DVec3| p.to_array().map(f64::to_bits);
        let at: BTreeMap<[u64; 3], u32> = points.iter().zip(l).map(|(p, &v)| (key(*p), v)).collect();
        ensure!(at.len() == l.len(), "two vertices of a loop coincide");
        let number: Vec<u32> = patch
            .vertices()
            .iter()
            .map(|p| {
                at.get(&key(*p)).copied().unwrap_or_else(|| {
                    self.vertices.push(*p);
                    self.vertices.len() as u32 - 1
                })
            })
            .collect();
        self.faces.extend(patch.faces().iter().map(|f| f.map(|i| number[i as usize])));
        Ok(first..self.vertices.len())
    }

    /// Lets the vertices for which `free` holds continue their surroundings smoothly.
    pub(crate) fn fair(&mut self, free: &[bool]) {
        self.vertices = field::fair(&self.vertices, &self.faces, free);
    }

    /// Keeps what lies inside a ball.
    pub(crate) fn clip(&mut self, centre: DVec3, radius_mm: f64) {
        let mut height: Vec<f64> = self.vertices.iter().map(|v| radius_mm - v.distance(centre)).collect();
        for (v, h) in self.vertices.iter_mut().zip(&mut height) {
            // What is nearly on the sphere is put there, so that no sliver is cut off.
            if h.abs() < 0.4 {
                *v += (*v - centre).normalize_or_zero() * *h;
                *h = 0.0;
            }
        }
        let mut cut: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        let mut kept = Vec::with_capacity(self.faces.len());
        for f in std::mem::take(&mut self.faces) {
            if f.iter().all(|&v| height[v as usize] <= 0.0) {
                continue;
            }
            if f.iter().all(|&v| height[v as usize] >= 0.0) {
                kept.push(f);
                continue;
            }
            let mut polygon = Vec::new();
            for k in 0..3 {
                let (a, b) = (f[k], f[(k + 1) % 3]);
                let (ha, hb) = (height[a as usize], height[b as usize]);
                if ha >= 0.0 {
                    polygon.push(a);
                }
                if ha * hb < 0.0 {
                    let e = (a.min(b), a.max(b));
                    polygon.push(*cut.entry(e).or_insert_with(|| {
                        let (p, q) = (self.vertices[e.0 as usize], self.vertices[e.1 as usize]);
                        let (hp, hq) = (height[e.0 as usize], height[e.1 as usize]);
                        self.vertices.push(p.lerp(q, hp / (hp - hq)));
                        self.vertices.len() as u32 - 1
                    }));
                }
            }
            for m in 1..polygon.len() - 1 {
                kept.push([polygon[0], polygon[m], polygon[m + 1]]);
            }
        }
        self.faces = kept;
    }

    /// Closes the last open loop (the cut through the neck) with a cap whose rim is rounded.
    pub(crate) fn cap(
        &mut self,
        centre: DVec3,
        radius_mm: f64,
        length_mm: f64,
        rounding_mm: f64,
    ) -> Result<()> {
        let loops = holes::border_loops(&self.surface()?);
        ensure!(loops.len() == 1, "{} open loops; expected only the cut through the neck", loops.len());
        let rim: Vec<DVec3> = loops[0].iter().map(|&v| self.vertices[v as usize]).collect();
        for v in self.fill_loop(&loops[0], Some(length_mm))? {
            self.vertices[v] = centre + (self.vertices[v] - centre).normalize_or_zero() * radius_mm;
        }
        let free: Vec<bool> =
            self.vertices.iter().map(|v| rim.iter().any(|r| r.distance(*v) < rounding_mm)).collect();
        self.fair(&free);
        Ok(())
    }

    /// Drops vertices that no face uses, together with their entries in `values` (0 for those beyond its end).
    pub(crate) fn compact(&mut self, values: &mut Vec<f64>) {
        let mut new = vec![None; self.vertices.len()];
        let (mut vertices, mut kept) = (Vec::new(), Vec::new());
        for f in &mut self.faces {
            *f = f.map(|v| {
                *new[v as usize].get_or_insert_with(|| {
                    vertices.push(self.vertices[v as usize]);
                    kept.push(values.get(v as usize).copied().unwrap_or(0.0));
                    vertices.len() as u32 - 1
                })
            });
        }
        self.vertices = vertices;
        *values = kept;
    }
}
