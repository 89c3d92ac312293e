//! From the triangles of any file to a surface in millimetres, with an account of what was done.
//!
//! Scans come with seams, flaps, islands, inside-out patches and in any unit. [`repair`] does what can be done
//! without inventing skin: it joins, turns and leaves out, and it reports holes; it closes none and smooths
//! nothing. Axes are left as they are: a head's directions come from its landmarks.
//!
//! Memory stays below about 100 bytes a triangle beyond the mesh that is handed in; time is nearly linear.

use glam::DVec3;
use thiserror::Error;

use crate::{
    io::{LengthUnit, RawMesh},
    surface::{MAX_ELEMENTS, NONE, Surface, SurfaceError},
};

mod links;
mod report;
mod unit;
mod weld;

pub use report::{Dropped, Hole, RepairReport, UnitOrigin};
pub use unit::{LARGEST_MM, SMALLEST_MM};

/// Largest coordinate in any unit: beyond it an `f64` places a vertex by less than a tenth of a thousandth.
const LARGEST_COORDINATE: f64 = 1e12;

/// What the caller knows of a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct RepairOptions {
    /// The unit of the coordinates; `None` where it is to be told from the size of a head.
    pub unit: Option<LengthUnit>,
}

/// A repaired mesh.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// The surface: one component, oriented outward, manifold at edges and vertices, in mm.
    pub surface: Surface,
    /// For each vertex of the surface the vertex of the raw mesh that it came from (to carry colours over).
    pub from: Vec<u32>,
    /// What was done.
    pub report: RepairReport,
}

/// Why a mesh cannot be made a head's surface.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum RepairError {
    /// A face names a vertex that is not there.
    #[error("face {face} names vertex {vertex}, but there are only {vertices} vertices (numbered from 0)")]
    BadIndex {
        /// Index of the face, from 0.
        face: usize,
        /// The vertex it names.
        vertex: u32,
        /// How many there are.
        vertices: usize,
    },
    /// A vertex in use is NaN or infinite.
    #[error(
        "vertex {vertex} has the coordinates ({x}, {y}, {z}) and is part of a face; each must be a finite \
         number: the file is damaged, export it again"
    )]
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
    /// No surface is left.
    #[error("of {read} faces none is a triangle with an area; expected a surface")]
    Nothing {
        /// Faces read.
        read: usize,
    },
    /// Too small or too large for a head in any unit.
    #[error("{0}")]
    Size(String),
    /// What is left is not a surface.
    #[error(transparent)]
    Surface(#[from] SurfaceError),
}

/// Makes a surface of raw triangles.
///
/// In this order: vertices that lie within a thousandth of the median edge of another are made one; faces with
/// fewer than three different corners and repeated faces are left out; edges of more than two faces are cut;
/// neighbours are turned to agree; the component with the largest area is kept, and edges that were cut only
/// because of a part that is gone are joined again; vertices where two sheets touch are doubled; the whole is
/// turned outward; the unit is told from the size and the coordinates made mm; the borders are measured.
///
/// # Errors
/// [`RepairError`] for a mesh that refers to missing vertices, has a vertex in use that is not finite, has no
/// area, or cannot be a head in any unit.
pub fn repair(mesh: RawMesh, options: RepairOptions) -> Result<Repaired, RepairError> {
    let RawMesh { vertices: raw, faces, colours, unit: format_unit } = mesh;
    drop(colours);
    check(&raw, &faces)?;
    let mut report =
        RepairReport { read_vertices: raw.len(), read_faces: faces.len(), ..RepairReport::default() };

    let welded = weld::weld(&raw, &faces);
    report.unused_vertices = welded.unused;
    report.welded_vertices = raw.len() - welded.unused - welded.from.len();
    let mut vertices: Vec<DVec3> = welded.from.iter().map(|&i| raw[i as usize]).collect();
    let mut from = welded.from;
    drop(raw);

    let mut faces = faces;
    for corner in faces.iter_mut().flatten() {
        *corner = welded.to[*corner as usize];
    }
    drop(welded.to);
    let before = faces.len();
    faces.retain(|[a, b, c]| a != b && b != c && c != a);
    report.degenerate_faces = before - faces.len();
    report.duplicate_faces = drop_duplicates(&mut faces);
    if faces.is_empty() {
        return Err(RepairError::Nothing { read: report.read_faces });
    }

    let mut graph = links::link(&faces, vertices.len());
    let mut flood = links::flood(&faces, &vertices, &mut graph);
    let kept = flood.largest();
    if flood.areas.len() > 1 {
        report.dropped = Some(flood.dropped(kept));
        let mut of = flood.component.iter();
        faces.retain(|_| of.next() == Some(&kept));
        graph = links::link(&faces, vertices.len());
        // Edges that were cut because of a part that is gone are whole again.
        flood = links::flood(&faces, &vertices, &mut graph);
    }
    report.non_manifold_edges = graph.shared;
    report.unorientable_edges = flood.unorientable;
    let part_area: f64 = flood.areas.iter().sum();
    if part_area.is_nan() || part_area <= 0.0 {
        return Err(RepairError::Nothing { read: report.read_faces });
    }
    for (face, _) in faces.iter_mut().zip(&flood.turned).filter(|(_, turned)| **turned) {
        face.swap(1, 2);
    }
    let mut turned = flood.turned.iter().filter(|t| **t).count();
    graph.turn(&flood.turned);
    report.split_vertices = links::split_vertices(&mut faces, &mut vertices, &mut from, &graph);
    drop(graph);
    drop(flood);

    compact(&mut vertices, &mut from, &mut faces);
    if volume_about_centre(&vertices, &faces) < 0.0 {
        for face in &mut faces {
            face.swap(1, 2);
        }
        turned = faces.len() - turned;
    }
    report.turned_faces = turned;
    report.kept_faces = faces.len();
    report.kept_vertices = vertices.len();

    unit::to_mm(&mut vertices, options.unit, format_unit, &mut report)?;
    let surface = Surface::new(vertices, faces)?;
    report.holes = report::holes(&surface);
    Ok(Repaired { surface, from, report })
}

fn check(vertices: &[DVec3], faces: &[[u32; 3]]) -> Result<(), RepairError> {
    for (what, found) in [("vertices", vertices.len()), ("faces", faces.len())] {
        if found > MAX_ELEMENTS {
            return Err(SurfaceError::TooLarge { what, found }.into());
        }
    }
    for (face, corners) in faces.iter().enumerate() {
        for &vertex in corners {
            match vertices.get(vertex as usize) {
                None => return Err(RepairError::BadIndex { face, vertex, vertices: vertices.len() }),
                Some(v) if !v.is_finite() => {
                    let vertex = vertex as usize;
                    return Err(RepairError::NotFinite { vertex, x: v.x, y: v.y, z: v.z });
                }
                Some(v) if v.abs().max_element() > LARGEST_COORDINATE => {
                    return Err(RepairError::Size(format!(
                        "vertex {vertex} lies {:e} units from the origin; at most {LARGEST_COORDINATE:e} can be \
                         placed exactly enough: move the mesh to the origin or export it again",
                        v.abs().max_element()
                    )));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// Leaves out faces that have the same three corners as an earlier one, whichever way round.
fn drop_duplicates(faces: &mut Vec<[u32; 3]>) -> usize {
    let mut keys: Vec<([u32; 3], u32)> = Vec::with_capacity(faces.len());
    for (i, face) in faces.iter().enumerate() {
        let mut key = *face;
        key.sort_unstable();
        keys.push((key, i as u32));
    }
    keys.sort_unstable();
    let again: Vec<u32> = keys.windows(2).filter(|w| w[0].0 == w[1].0).map(|w| w[1].1).collect();
    if again.is_empty() {
        return 0;
    }
    let mut keep = vec![true; faces.len()];
    for &i in &again {
        keep[i as usize] = false;
    }
    let mut keep = keep.iter();
    faces.retain(|_| keep.next() == Some(&true));
    again.len()
}

/// Leaves out the vertices that no face has, in place and in order.
fn compact(vertices: &mut Vec<DVec3>, from: &mut Vec<u32>, faces: &mut [[u32; 3]]) {
    let mut to = vec![NONE; vertices.len()];
    for &i in faces.iter().flatten() {
        to[i as usize] = 0;
    }
    let mut n = 0;
    for i in 0..vertices.len() {
        if to[i] != NONE {
            to[i] = n;
            vertices[n as usize] = vertices[i];
            from[n as usize] = from[i];
            n += 1;
        }
    }
    vertices.truncate(n as usize);
    from.truncate(n as usize);
    for corner in faces.iter_mut().flatten() {
        *corner = to[*corner as usize];
    }
}

/// Six times the volume of the cones from the centre of area to the faces: the enclosed volume where the
/// surface is closed, and of the right sign for an open one that bulges, as a face or a cap of a head does.
fn volume_about_centre(vertices: &[DVec3], faces: &[[u32; 3]]) -> f64 {
    let corners = |f: &[u32; 3]| f.map(|i| vertices[i as usize]);
    let (mut sum, mut area) = (DVec3::ZERO, 0.0);
    for [a, b, c] in faces.iter().map(corners) {
        let w = (b - a).cross(c - a).length();
        sum += (a + b + c) * (w / 3.0);
        area += w;
    }
    let centre = if area > 0.0 { sum / area } else { DVec3::ZERO };
    let cone = |[a, b, c]: [DVec3; 3]| (a - centre).dot((b - centre).cross(c - centre));
    faces.iter().map(corners).map(cone).sum()
}
