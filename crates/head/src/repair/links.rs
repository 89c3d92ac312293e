//! Which face meets which: edges shared by just two faces, patches turned alike, sheets that only touch.

use glam::DVec3;

use super::report::Dropped;
use crate::surface::NONE;

/// Half-edges are numbered 3 · face + corner; corner k starts the edge from corner k to corner k + 1.
pub(super) struct Graph {
    /// The other half of an edge, or [`NONE`] at a border or a cut.
    twin: Vec<u32>,
    /// Edges with more than two faces, which are cut.
    pub(super) shared: usize,
}

/// Links the halves of the edges that have exactly two faces, whichever way they run.
pub(super) fn link(faces: &[[u32; 3]], vertices: usize) -> Graph {
    let ends = |f: &[u32; 3], k: usize| {
        let (a, b) = (f[k], f[(k + 1) % 3]);
        (a.min(b), a.max(b))
    };
    let mut start = vec![0u32; vertices + 1];
    for f in faces {
        for k in 0..3 {
            start[ends(f, k).0 as usize + 1] += 1;
        }
    }
    for i in 0..vertices {
        start[i + 1] += start[i];
    }
    let mut edges = vec![(0u32, 0u32); faces.len() * 3];
    let mut next = start.clone();
    for (i, f) in faces.iter().enumerate() {
        for k in 0..3 {
            let (low, high) = ends(f, k);
            edges[next[low as usize] as usize] = (high, (i * 3 + k) as u32);
            next[low as usize] += 1;
        }
    }
    drop(next);
    let mut twin = vec![NONE; faces.len() * 3];
    let mut shared = 0;
    for v in 0..vertices {
        let bucket = &mut edges[start[v] as usize..start[v + 1] as usize];
        bucket.sort_unstable();
        for edge in bucket.chunk_by(|a, b| a.0 == b.0) {
            match edge {
                [_] => {}
                [(_, h), (_, g)] => {
                    twin[*h as usize] = *g;
                    twin[*g as usize] = *h;
                }
                _ => shared += 1,
            }
        }
    }
    Graph { twin, shared }
}

impl Graph {
    /// Renumbers the half-edges of the faces whose corners 1 and 2 were exchanged: the edge that started at
    /// corner 0 now starts at corner 2 and the other way round; the middle one stays.
    pub(super) fn turn(&mut self, turned: &[bool]) {
        for (face, _) in turned.iter().enumerate().filter(|(_, t)| **t) {
            self.twin.swap(face * 3, face * 3 + 2);
        }
        for half in self.twin.iter_mut().filter(|h| **h != NONE) {
            let (face, k) = (*half / 3, *half % 3);
            if turned[face as usize] {
                *half = face * 3 + 2 - k;
            }
        }
    }
}

/// The parts of a mesh and how their faces must be turned to agree.
pub(super) struct Flood {
    /// Part of each face.
    pub(super) component: Vec<u32>,
    /// Whether a face must be turned to agree with the first of its part.
    pub(super) turned: Vec<bool>,
    /// Area of each part.
    pub(super) areas: Vec<f64>,
    /// Edges that had to be cut because the part has one side only (as a Möbius strip has).
    pub(super) unorientable: usize,
}

/// Walks over the links from face to face. Where two neighbours cannot be turned to agree, the link is cut.
pub(super) fn flood(faces: &[[u32; 3]], vertices: &[DVec3], graph: &mut Graph) -> Flood {
    let mut component = vec![NONE; faces.len()];
    let mut turned = vec![false; faces.len()];
    let mut areas = Vec::new();
    let mut unorientable = 0;
    let mut stack = Vec::new();
    for first in 0..faces.len() {
        if component[first] != NONE {
            continue;
        }
        let number = areas.len() as u32;
        let mut area = 0.0;
        component[first] = number;
        stack.push(first as u32);
        while let Some(f) = stack.pop() {
            let f = f as usize;
            let [a, b, c] = faces[f].map(|i| vertices[i as usize]);
            area += (b - a).cross(c - a).length() / 2.0;
            for k in 0..3 {
                let half = f * 3 + k;
                let other = graph.twin[half];
                if other == NONE {
                    continue;
                }
                let (g, m) = (other as usize / 3, other as usize % 3);
                // Neighbours that agree run along their edge in opposite directions.
                let same_way = faces[f][k] == faces[g][m];
                let turn = turned[f] != same_way;
                if component[g] == NONE {
                    component[g] = number;
                    turned[g] = turn;
                    stack.push(g as u32);
                } else if turned[g] != turn {
                    graph.twin[half] = NONE;
                    graph.twin[other as usize] = NONE;
                    unorientable += 1;
                }
            }
        }
        areas.push(area);
    }
    Flood { component, turned, areas, unorientable }
}

impl Flood {
    /// The part with the largest area; the first of equals.
    pub(super) fn largest(&self) -> u32 {
        let mut best = 0;
        for (i, a) in self.areas.iter().enumerate() {
            if *a > self.areas[best] {
                best = i;
            }
        }
        best as u32
    }

    /// An account of all parts but one.
    pub(super) fn dropped(&self, kept: u32) -> Dropped {
        let total: f64 = self.areas.iter().sum();
        let share = |a: f64| if total > 0.0 && total.is_finite() { a / total } else { 0.0 };
        let others = || self.areas.iter().enumerate().filter(|(i, _)| *i != kept as usize).map(|(_, a)| *a);
        Dropped {
            parts: self.areas.len() - 1,
            faces: self.component.iter().filter(|c| **c != kept).count(),
            area_fraction: share(others().sum()),
            largest_area_fraction: share(others().fold(0.0, f64::max)),
        }
    }
}

/// Gives each fan of faces about a vertex a vertex of its own, so that sheets that touch in a point or along a
/// cut edge come apart (Guéziec, Taubin, Lazarus and Horn 2001, Cutting and stitching, IEEE TVCG 7:2). Returns
/// how many vertices were added.
pub(super) fn split_vertices(
    faces: &mut [[u32; 3]],
    vertices: &mut Vec<DVec3>,
    from: &mut Vec<u32>,
    graph: &Graph,
) -> usize {
    let before = vertices.len();
    let mut start = vec![0u32; before + 1];
    for &v in faces.iter().flatten() {
        start[v as usize + 1] += 1;
    }
    for i in 0..before {
        start[i + 1] += start[i];
    }
    let mut corners = vec![0u32; faces.len() * 3];
    let mut next = start.clone();
    for (corner, &v) in faces.as_flattened().iter().enumerate() {
        corners[next[v as usize] as usize] = corner as u32;
        next[v as usize] += 1;
    }
    drop(next);
    let mut seen = vec![false; faces.len() * 3];
    let mut fan = Vec::new();
    for v in 0..before {
        let mut first = true;
        for &corner in &corners[start[v] as usize..start[v + 1] as usize] {
            if std::mem::replace(&mut seen[corner as usize], true) {
                continue;
            }
            fan.clear();
            fan.push(corner);
            let mut at = 0;
            while at < fan.len() {
                let corner = fan[at];
                at += 1;
                let (face, k) = (corner / 3, corner % 3);
                // The two edges of the face that meet here: the one that starts, and the one that ends.
                for half in [corner, face * 3 + (k + 2) % 3] {
                    let other = graph.twin[half as usize];
                    if other == NONE {
                        continue;
                    }
                    let (g, m) = (other / 3, other % 3);
                    let there = [m, (m + 1) % 3].map(|k| g * 3 + k);
                    let here = v as u32;
                    for c in there {
                        let is_here = faces[g as usize][(c % 3) as usize] == here;
                        if is_here && !std::mem::replace(&mut seen[c as usize], true) {
                            fan.push(c);
                        }
                    }
                }
            }
            if !std::mem::replace(&mut first, false) {
                let new = vertices.len() as u32;
                vertices.push(vertices[v]);
                from.push(from[v]);
                for &c in &fan {
                    faces[(c / 3) as usize][(c % 3) as usize] = new;
                }
            }
        }
    }
    vertices.len() - before
}
