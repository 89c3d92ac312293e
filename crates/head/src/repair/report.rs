//! What a repair did, for programs and in words.

use glam::DVec3;
use serde::Serialize;

use crate::{
    io::LengthUnit,
    surface::{NONE, Surface},
};

/// How the unit was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitOrigin {
    /// The caller said so.
    Given,
    /// Landmarks that came with the mesh tell it, by their file or by how far the ears are apart.
    Landmarks,
    /// The format lays it down, and the size agrees.
    Format,
    /// Told from the size.
    Size,
}

/// Parts of the mesh that were left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Dropped {
    /// How many parts.
    pub parts: usize,
    /// Their faces.
    pub faces: usize,
    /// Their area as a fraction of the whole.
    pub area_fraction: f64,
    /// The area of the largest of them as a fraction of the whole.
    pub largest_area_fraction: f64,
}

/// A border loop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Hole {
    /// Edges of the loop.
    pub edges: usize,
    /// Its length in mm.
    pub length_mm: f64,
    /// Mean of its vertices, mm.
    pub centre_mm: [f64; 3],
}

/// What [`crate::repair::repair`] found and did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RepairReport {
    /// Vertices in the file.
    pub read_vertices: usize,
    /// Faces in the file.
    pub read_faces: usize,
    /// Vertices that no face had.
    pub unused_vertices: usize,
    /// Vertices made one with another at the same place.
    pub welded_vertices: usize,
    /// Faces left out for having fewer than three different corners.
    pub degenerate_faces: usize,
    /// Faces left out for having the corners of another.
    pub duplicate_faces: usize,
    /// Edges of more than two faces in the part that was kept. The sheets that met there are taken apart; where
    /// two faces belong to one sheet on either side they stay joined.
    pub non_manifold_edges: usize,
    /// Edges cut because a part had one side only.
    pub unorientable_edges: usize,
    /// Vertices added where sheets touched.
    pub split_vertices: usize,
    /// Parts left out; `None` where the mesh was in one part.
    pub dropped: Option<Dropped>,
    /// Faces turned round.
    pub turned_faces: usize,
    /// Vertices of the surface.
    pub kept_vertices: usize,
    /// Faces of the surface.
    pub kept_faces: usize,
    /// The unit that the file was read in.
    pub unit: Option<LengthUnit>,
    /// How the unit was found.
    pub unit_origin: Option<UnitOrigin>,
    /// The unit that the format lays down, where the size says otherwise.
    pub contradicts_format: Option<LengthUnit>,
    /// Sides of the bounding box, mm.
    pub size_mm: [f64; 3],
    /// Border loops, the longest first; empty for a closed surface.
    pub holes: Vec<Hole>,
}

impl RepairReport {
    /// Whether every face of the file was wound inward. That may be a habit of the program that wrote it, or
    /// the mark of a mirrored head: left and right must then be checked against the landmarks.
    pub fn inside_out(&self) -> bool {
        self.turned_faces > 0 && self.turned_faces == self.kept_faces
    }

    /// One sentence for each thing that was done or is to be known, for a head's history.
    pub fn sentences(&self) -> Vec<String> {
        let mut out = Vec::new();
        let mut count = |n: usize, one: &str, many: &str| match n {
            0 => {}
            1 => out.push(format!("1 {one}.")),
            n => out.push(format!("{n} {many}.")),
        };
        count(
            self.welded_vertices,
            "vertex made one with another at the same place",
            "vertices made one with others at the same place",
        );
        count(
            self.degenerate_faces,
            "face without three corners left out",
            "faces without three corners left out",
        );
        count(self.duplicate_faces, "repeated face left out", "repeated faces left out");
        count(
            self.non_manifold_edges,
            "edge with more than two faces taken apart",
            "edges with more than two faces taken apart",
        );
        count(
            self.unorientable_edges,
            "edge cut open where the surface had one side only",
            "edges cut open where the surface had one side only",
        );
        if let Some(d) = self.dropped {
            out.push(format!(
                "{} separate part{} left out ({} faces, {:.2} % of the area; the largest {:.2} %).",
                d.parts,
                if d.parts == 1 { "" } else { "s" },
                d.faces,
                100.0 * d.area_fraction,
                100.0 * d.largest_area_fraction,
            ));
        }
        if self.inside_out() {
            out.push(
                "The whole surface was wound inside out and was turned: the file may be mirrored; check left \
                 and right."
                    .into(),
            );
        } else if self.turned_faces > 0 {
            out.push(format!("{} of {} faces turned outward.", self.turned_faces, self.kept_faces));
        }
        if let (Some(unit), Some(origin)) = (self.unit, self.unit_origin) {
            let [x, y, z] = self.size_mm;
            let how = match (origin, self.contradicts_format) {
                (UnitOrigin::Given, _) => "as given".to_owned(),
                (UnitOrigin::Landmarks, _) => "told by the landmarks".to_owned(),
                (UnitOrigin::Format, _) => "as the format lays down".to_owned(),
                (UnitOrigin::Size, None) => "told from the size of a head".to_owned(),
                (UnitOrigin::Size, Some(f)) => {
                    format!("told from the size of a head, although the format lays down {f}")
                }
            };
            out.push(format!("Read in {unit}, {how}: {x:.0} × {y:.0} × {z:.0} mm."));
        }
        match self.holes.as_slice() {
            [] => out.push("The surface is closed.".into()),
            holes => {
                let longest: Vec<String> =
                    holes.iter().take(5).map(|h| format!("{:.0}", h.length_mm)).collect();
                let more = if holes.len() > 5 { ", …" } else { "" };
                out.push(format!(
                    "{} hole{}; around the border {} mm{more}.",
                    holes.len(),
                    if holes.len() == 1 { "" } else { "s" },
                    longest.join(", ")
                ));
            }
        }
        out
    }
}

/// The border loops of a surface whose vertices have one fan of faces each, the longest first.
pub(super) fn holes(surface: &Surface) -> Vec<Hole> {
    // At a vertex of one fan at most one border edge leaves.
    let mut follower = vec![NONE; surface.vertices().len()];
    for (f, face) in surface.faces().iter().enumerate() {
        for k in 0..3 {
            if surface.across(f as u32, k) == NONE {
                follower[face[k] as usize] = face[(k + 1) % 3];
            }
        }
    }
    let mut out = Vec::new();
    for first in 0..follower.len() {
        let (mut edges, mut length_mm, mut sum) = (0, 0.0, DVec3::ZERO);
        let mut at = first;
        // Each step uses its border edge up, so that a loop is walked once and the walk must end.
        loop {
            let next = std::mem::replace(&mut follower[at], NONE);
            if next == NONE {
                break;
            }
            let here = surface.vertices()[at];
            edges += 1;
            length_mm += here.distance(surface.vertices()[next as usize]);
            sum += here;
            at = next as usize;
        }
        if edges > 0 {
            out.push(Hole { edges, length_mm, centre_mm: (sum / edges as f64).to_array() });
        }
    }
    // Stable: loops of the same length stay in the order of their first vertex.
    out.sort_by(|a, b| b.length_mm.total_cmp(&a.length_mm));
    out
}
