//! A watertight isosurface of a volume.
//!
//! Marching cubes (Lorensen & Cline 1987) with a table that is worked out here rather than copied: on each
//! face of a cell the corners inside are cut off one run at a time, which depends on that face's four corners
//! alone, so that two neighbouring cells always agree and no hole can arise. The cuts of the six faces close
//! to loops; each loop is a fan from a corner whose diagonals do not run within a cell face (where they could
//! meet a neighbour's), or else from its centre.

use glam::DVec3;

use crate::{
    surface::{Surface, SurfaceError},
    volume::Volume,
};

/// The surface on which the trilinear-sampled volume equals `iso`; faces point toward smaller values.
///
/// The volume is continued with `outside` beyond its border, so that with `outside < iso` the surface is
/// closed. Crossings keep at least 1 % of a voxel from the grid points, which avoids degenerate triangles.
///
/// # Errors
/// [`SurfaceError::Empty`] where nothing is crossed; [`SurfaceError::TooLarge`] beyond the limit.
pub fn isosurface(volume: &Volume, iso: f64, outside: f32) -> Result<Surface, SurfaceError> {
    let table: Vec<Cell> = (0..256).map(cell).collect();
    let [nx, ny, nz] = volume.grid.dims.map(|n| n as isize);
    let value = |i, j, k| f64::from(volume.get(i, j, k, outside)) - iso;
    let mut vertices: Vec<DVec3> = Vec::new();
    let mut faces: Vec<[u32; 3]> = Vec::new();
    // One vertex for each crossed grid edge: for each of two planes the edges along x, y and (upward) z.
    let row = (nx + 2) as usize;
    let plane = row * (ny + 2) as usize;
    let mut edge = vec![[[u32::MAX; 3]; 2]; plane];
    for k in -1..nz {
        // The upper plane of the last layer is the lower one of this.
        for e in &mut edge {
            e.swap(0, 1);
            e[1] = [u32::MAX; 3];
        }
        for j in -1..ny {
            for i in -1..nx {
                let corner =
                    |c: usize| [i + (c & 1) as isize, j + (c >> 1 & 1) as isize, k + (c >> 2) as isize];
                let v: [f64; 8] = std::array::from_fn(|c| {
                    let [x, y, z] = corner(c);
                    value(x, y, z)
                });
                let case = (0..8).filter(|&c| v[c] > 0.0).fold(0, |m, c| m | 1 << c);
                if case == 0 || case == 255 {
                    continue;
                }
                for l in &table[case] {
                    let ids: Vec<u32> = {
                        let mut at = |e: usize| {
                            let (a, b) = EDGES[e];
                            let [x, y, z] = corner(a);
                            let slot = &mut edge[(x + 1) as usize + row * (y + 1) as usize][(z - k) as usize]
                                [(b - a).trailing_zeros() as usize];
                            if *slot == u32::MAX {
                                let t = (v[a] / (v[a] - v[b])).clamp(0.01, 0.99);
                                let p = DVec3::new(x as f64, y as f64, z as f64);
                                let [x1, y1, z1] = corner(b);
                                let q = DVec3::new(x1 as f64, y1 as f64, z1 as f64);
                                *slot = vertices.len() as u32;
                                vertices.push(volume.grid.to_mm(p.lerp(q, t)));
                            }
                            *slot
                        };
                        l.edges.iter().map(|&e| at(e)).collect()
                    };
                    match l.fan {
                        Some(s) => {
                            let n = ids.len();
                            for m in 1..n - 1 {
                                faces.push([ids[s], ids[(s + m) % n], ids[(s + m + 1) % n]]);
                            }
                        }
                        None => {
                            let sum: DVec3 = ids.iter().map(|&v| vertices[v as usize]).sum();
                            let centre = vertices.len() as u32;
                            vertices.push(sum / ids.len() as f64);
                            for (m, &a) in ids.iter().enumerate() {
                                faces.push([a, ids[(m + 1) % ids.len()], centre]);
                            }
                        }
                    }
                }
            }
        }
    }
    if volume.grid.linear.determinant() < 0.0 {
        for f in &mut faces {
            f.swap(1, 2);
        }
    }
    Surface::new(vertices, faces)
}

/// The largest connected part of a surface, by number of faces, without unused vertices.
///
/// # Errors
/// As [`Surface::new`].
pub fn largest_component(surface: &Surface) -> Result<Surface, SurfaceError> {
    let (of, count) = surface.components();
    let mut size = vec![0_usize; count as usize];
    for &c in &of {
        size[c as usize] += 1;
    }
    let best = (0..count).max_by_key(|&c| (size[c as usize], std::cmp::Reverse(c))).unwrap_or(0);
    let mut new = vec![u32::MAX; surface.vertices().len()];
    let mut vertices = Vec::new();
    let mut faces = Vec::new();
    for (f, _) in surface.faces().iter().zip(&of).filter(|&(_, &c)| c == best) {
        faces.push(f.map(|v| {
            let n = &mut new[v as usize];
            if *n == u32::MAX {
                *n = vertices.len() as u32;
                vertices.push(surface.vertices()[v as usize]);
            }
            *n
        }));
    }
    Surface::new(vertices, faces)
}

/// The twelve edges of a cell as pairs of corners that differ in one bit, the smaller first.
const EDGES: [(usize, usize); 12] =
    [(0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7)];

/// Corners of the six faces, counter-clockwise seen from outside the cell.
const FACES: [[usize; 4]; 6] =
    [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];

type Cell = Vec<Loop>;

struct Loop {
    /// Cell edges in order.
    edges: Vec<usize>,
    /// Where a fan may start; `None` for a fan about the centre.
    fan: Option<usize>,
}

fn edge_between(a: usize, b: usize) -> usize {
    let e = (a.min(b), a.max(b));
    EDGES.iter().position(|&x| x == e).unwrap_or(0)
}

fn share_a_face(a: usize, b: usize) -> bool {
    let has = |f: &[usize; 4], e: usize| f.contains(&EDGES[e].0) && f.contains(&EDGES[e].1);
    FACES.iter().any(|f| has(f, a) && has(f, b))
}

fn cell(case: usize) -> Cell {
    let inside = |c: usize| case >> c & 1 == 1;
    // A loop crosses a face from where the walk around that face enters a run of inside corners to its exit.
    let mut next = [usize::MAX; 12];
    for f in FACES {
        for s in 0..4 {
            if inside(f[s]) || !inside(f[(s + 1) % 4]) {
                continue;
            }
            let enter = edge_between(f[s], f[(s + 1) % 4]);
            let mut m = 1;
            while inside(f[(s + m + 1) % 4]) {
                m += 1;
            }
            let exit = edge_between(f[(s + m) % 4], f[(s + m + 1) % 4]);
            next[enter] = exit;
        }
    }
    let mut loops = Vec::new();
    for start in 0..12 {
        if next[start] == usize::MAX {
            continue;
        }
        let mut edges = Vec::new();
        let mut e = start;
        while next[e] != usize::MAX {
            edges.push(e);
            e = std::mem::replace(&mut next[e], usize::MAX);
        }
        let n = edges.len();
        let fan = (0..n).find(|&s| (2..n - 1).all(|m| !share_a_face(edges[s], edges[(s + m) % n])));
        loops.push(Loop { edges, fan });
    }
    loops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Grid;
    use glam::DMat3;

    fn volume(n: usize, linear: DMat3, f: impl Fn(DVec3) -> f64) -> Volume {
        let grid = Grid { dims: [n; 3], linear, offset: DVec3::new(-1.0, 2.0, 3.0) };
        let mut data = Vec::new();
        for k in 0..n {
            for j in 0..n {
                for i in 0..n {
                    data.push(f(grid.to_mm(DVec3::new(i as f64, j as f64, k as f64))) as f32);
                }
            }
        }
        Volume { grid, data }
    }

    #[test]
    fn a_sphere_has_its_volume_and_faces_outward() {
        for flip in [1.0, -1.0] {
            let linear = DMat3::from_diagonal(DVec3::new(flip, 1.0, 1.0));
            let centre = DVec3::new(flip * 15.3 - 1.0, 17.1, 18.4);
            let v = volume(32, linear, |p| 10.0 - p.distance(centre));
            let s = isosurface(&v, 0.0, -100.0).unwrap();
            assert!(s.is_watertight());
            assert_eq!((s.euler_characteristic(), s.components().1), (2, 1));
            let exact = 4.0 / 3.0 * std::f64::consts::PI * 1000.0;
            assert!((s.signed_volume_mm3() / exact - 1.0).abs() < 0.01, "{}", s.signed_volume_mm3());
            for p in s.vertices() {
                assert!((p.distance(centre) - 10.0).abs() < 0.02);
            }
        }
    }

    /// Noise meets every case of the table, the ambiguous ones with every neighbour.
    #[test]
    fn noise_gives_a_closed_manifold() {
        let mut state = 7_u64;
        let grid = Grid { dims: [24; 3], linear: DMat3::IDENTITY, offset: DVec3::ZERO };
        let data = (0..grid.len())
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1 << 24) as f32 - 0.5
            })
            .collect();
        let s = isosurface(&Volume { grid, data }, 0.0, -1.0).unwrap();
        assert!(s.is_watertight());
        assert!(s.signed_volume_mm3() > 0.0);
        let part = largest_component(&s).unwrap();
        assert_eq!(part.components().1, 1);
        assert!(part.is_watertight());
    }

    #[test]
    fn nothing_crossed_is_an_error() {
        let v = volume(4, DMat3::IDENTITY, |_| 1.0);
        assert!(isosurface(&v, 2.0, 0.0).is_err());
    }
}
