//! Scans with more triangles than a head has detail, made coarser before anything is worked out on them.

use std::collections::HashMap;

use glam::DVec3;

use crate::io::RawMesh;

/// Triangles that are enough for any head: half a millimetre apart on a head with neck.
pub const ENOUGH: usize = 1_000_000;

/// Edges that are looked at for the median.
const SAMPLE: usize = 100_000;

/// What was done to a mesh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thinned {
    /// Triangles before.
    pub from: usize,
    /// Edge of the cells, in the unit of the file.
    pub cell: f64,
}

/// Makes a mesh of more than `enough` triangles coarser: all vertices in one cell of a grid become their mean
/// (Rossignac & Borrel 1993), and triangles with two corners in one cell are left out.
///
/// Needs memory for the cells that hold something, about as many as half of `enough`, and time for one pass over the
/// vertices, or a few. Colours are dropped. A mesh with a vertex that is not finite is left to [`crate::repair`], which
/// says where it is.
pub fn thin(mesh: RawMesh, enough: usize) -> (RawMesh, Option<Thinned>) {
    let n = mesh.faces.len();
    if n <= enough || mesh.vertices.iter().any(|v| !v.is_finite()) {
        return (mesh, None);
    }
    let median = median_edge(&mesh);
    if median.is_nan() || median <= 0.0 {
        return (mesh, None);
    }
    // A cell holds about as many vertices of a smooth surface as triangles of its size would have.
    let mut cell = median * (n as f64 / enough as f64).sqrt();
    loop {
        let coarse = in_cells(&mesh, cell);
        if coarse.faces.len() <= enough {
            return (coarse, Some(Thinned { from: n, cell }));
        }
        // Ends: when all vertices are in a few cells no triangle is left.
        cell *= 1.25;
    }
}

fn in_cells(mesh: &RawMesh, cell: f64) -> RawMesh {
    // Looked up only, never iterated: cells are in the order of the vertices.
    let mut cells: HashMap<[i64; 3], u32> = HashMap::new();
    let mut sums: Vec<(DVec3, f64)> = Vec::new();
    let mut of: Vec<u32> = Vec::with_capacity(mesh.vertices.len());
    for &v in &mesh.vertices {
        let key = (v / cell).floor().to_array().map(|c| c as i64);
        let k = *cells.entry(key).or_insert_with(|| {
            sums.push((DVec3::ZERO, 0.0));
            sums.len() as u32 - 1
        });
        let (sum, n) = &mut sums[k as usize];
        *sum += v;
        *n += 1.0;
        of.push(k);
    }
    let faces = mesh.faces.iter().map(|f| f.map(|v| of[v as usize]));
    RawMesh {
        vertices: sums.iter().map(|(sum, n)| *sum / *n).collect(),
        faces: faces.filter(|[a, b, c]| a != b && b != c && c != a).collect(),
        colours: None,
        unit: mesh.unit,
    }
}

fn median_edge(mesh: &RawMesh) -> f64 {
    let step = mesh.faces.len().div_ceil(SAMPLE).max(1);
    let mut lengths: Vec<f64> = mesh
        .faces
        .iter()
        .step_by(step)
        .map(|&[a, b, _]| mesh.vertices[a as usize].distance(mesh.vertices[b as usize]))
        .collect();
    let middle = lengths.len() / 2;
    *lengths.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        repair::{RepairOptions, repair},
        shapes,
    };

    fn raw(s: &crate::Surface) -> RawMesh {
        RawMesh { vertices: s.vertices().to_vec(), faces: s.faces().to_vec(), ..RawMesh::default() }
    }

    #[test]
    fn a_fine_head_becomes_a_coarse_one_in_the_same_place() {
        let fine = shapes::ellipsoid(DVec3::new(75.0, 95.0, 90.0), 7);
        let (coarse, done) = thin(raw(&fine), 40_000);
        let done = done.unwrap();
        assert_eq!(done.from, fine.faces().len());
        assert!((10_000..=40_000).contains(&coarse.faces.len()), "{}", coarse.faces.len());
        let surface = repair(coarse, RepairOptions { unit: None }).unwrap().surface;
        assert!(surface.is_watertight());
        let off = surface.vertices().iter().map(|&v| fine.closest(v).1).fold(0.0, f64::max);
        assert!(off < 0.1, "{off} mm");
        let gap = fine.vertices().iter().step_by(50).map(|&v| surface.closest(v).1).fold(0.0, f64::max);
        assert!(gap < 0.2, "{gap} mm");
    }

    #[test]
    fn what_is_small_or_damaged_is_left_alone() {
        let mesh = raw(&shapes::sphere(90.0, 3));
        assert_eq!(thin(mesh.clone(), mesh.faces.len()), (mesh.clone(), None));
        let mut damaged = mesh.clone();
        damaged.vertices[7].x = f64::NAN;
        assert_eq!(thin(damaged, 10).1, None);
        let mut point = mesh;
        point.vertices.fill(DVec3::ONE);
        assert_eq!(thin(point, 10).1, None);
    }

    #[test]
    fn a_far_away_vertex_does_not_make_the_head_vanish() {
        let fine = shapes::sphere(90.0, 6);
        let mut mesh = raw(&fine);
        mesh.vertices[0] *= 1e6;
        let (coarse, _) = thin(mesh, 20_000);
        assert!(coarse.faces.len() > 5_000, "{}", coarse.faces.len());
    }
}
