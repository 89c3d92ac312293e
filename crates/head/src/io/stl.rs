//! STL, binary and ASCII (3D Systems, StereoLithography Interface Specification, 1988).
//!
//! STL repeats each vertex for each triangle; vertices with exactly the same coordinates are made one on
//! reading. Normals and attribute bytes are passed over: the order of the corners says more.

use std::collections::HashMap;

use glam::DVec3;

use super::{
    Format, MeshError, Place, RawMesh,
    text::{Lines, malformed, number, shown, words},
};
use crate::surface::{MAX_ELEMENTS, Surface};

const HEADER: usize = 84;
const TRIANGLE: usize = 50;

/// Reads a binary or ASCII STL; which of the two is found from the size, not from the first word, since
/// binary files start with "solid" too.
///
/// # Errors
/// [`MeshError`] with the byte or line.
pub fn read_mesh(bytes: &[u8]) -> Result<RawMesh, MeshError> {
    let count = bytes.get(80..HEADER).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    let needed = count.map(|n| HEADER as u64 + u64::from(n) * TRIANGLE as u64);
    let solid = bytes.trim_ascii_start().get(..5).is_some_and(|w| w.eq_ignore_ascii_case(b"solid"));
    if solid && needed != Some(bytes.len() as u64) {
        return read_ascii(bytes);
    }
    let (Some(count), Some(needed)) = (count, needed) else {
        let expected = "a header of 84 bytes, or the word `solid`";
        return Err(malformed(Format::Stl, Place::Byte(bytes.len()), "the end of the file", expected));
    };
    if count as usize > MAX_ELEMENTS {
        return Err(MeshError::TooLarge { format: Format::Stl, what: "triangles", found: count.into() });
    }
    if needed > bytes.len() as u64 {
        let found = format!("{count} triangles in a file of {} bytes", bytes.len());
        return Err(malformed(Format::Stl, Place::Byte(80), found, format!("at least {needed} bytes")));
    }
    let mut welder = Welder::with_triangles(count as usize);
    for t in bytes[HEADER..needed as usize].as_chunks::<TRIANGLE>().0 {
        let c = |k: usize| {
            let b = &t[12 + 4 * k..];
            f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        };
        welder.triangle([0, 3, 6].map(|k| DVec3::new(c(k), c(k + 1), c(k + 2))));
    }
    welder.finish()
}

fn read_ascii(bytes: &[u8]) -> Result<RawMesh, MeshError> {
    let mut welder = Welder::with_triangles(0);
    let mut corners: Vec<DVec3> = Vec::with_capacity(3);
    let mut in_facet = false;
    let mut in_solid = false;
    let mut last = 1;
    for (line, text) in Lines::new(bytes) {
        last = line;
        let mut w = words(text);
        let Some(keyword) = w.next() else { continue };
        let wrong = |expected: &str| malformed(Format::Stl, Place::Line(line), shown(text), expected);
        match keyword.to_ascii_lowercase().as_slice() {
            b"solid" if !in_facet => in_solid = true,
            b"endsolid" if !in_facet => in_solid = false,
            b"facet" if in_solid && !in_facet => in_facet = true,
            b"outer" | b"endloop" if in_facet => {}
            b"vertex" if in_facet => {
                let mut c = || w.next().and_then(number);
                let (Some(x), Some(y), Some(z)) = (c(), c(), c()) else {
                    return Err(wrong("`vertex` and three numbers"));
                };
                if corners.len() == 3 {
                    return Err(wrong("three vertices in a facet"));
                }
                corners.push(DVec3::new(x, y, z));
            }
            b"endfacet" if in_facet => {
                let &[a, b, c] = corners.as_slice() else {
                    return Err(wrong("three vertices before the end of a facet"));
                };
                welder.triangle([a, b, c]);
                corners.clear();
                in_facet = false;
            }
            _ if in_facet => return Err(wrong("`outer loop`, `vertex`, `endloop` or `endfacet`")),
            _ => return Err(wrong("`solid`, `facet` or `endsolid`")),
        }
    }
    if in_solid {
        return Err(malformed(Format::Stl, Place::Line(last), "the end of the file", "`endsolid`"));
    }
    welder.finish()
}

/// Makes exactly equal corners one vertex, numbered in the order of the file.
struct Welder {
    mesh: RawMesh,
    // Looked up only, never iterated: the order of the result is the order of the file.
    index: HashMap<[u64; 3], u32>,
}

impl Welder {
    fn with_triangles(n: usize) -> Self {
        let mut mesh = RawMesh::default();
        mesh.faces.reserve_exact(n);
        // A closed surface has about half as many vertices as triangles (Euler).
        mesh.vertices.reserve(n / 2);
        Self { mesh, index: HashMap::with_capacity(n / 2) }
    }

    fn triangle(&mut self, corners: [DVec3; 3]) {
        let face = corners.map(|v| {
            // −0 and 0 are the same place.
            let key = v.to_array().map(|c| if c == 0.0 { 0 } else { c.to_bits() });
            *self.index.entry(key).or_insert_with(|| {
                self.mesh.vertices.push(v);
                self.mesh.vertices.len() as u32 - 1
            })
        });
        self.mesh.faces.push(face);
    }

    fn finish(self) -> Result<RawMesh, MeshError> {
        let (v, f) = (self.mesh.vertices.len(), self.mesh.faces.len());
        if f == 0 {
            return Err(MeshError::Empty { format: Format::Stl });
        }
        for (what, n) in [("vertices", v), ("triangles", f)] {
            if n > MAX_ELEMENTS {
                return Err(MeshError::TooLarge { format: Format::Stl, what, found: n as u64 });
            }
        }
        Ok(self.mesh)
    }
}

/// Writes a surface as binary STL: millimetres, RAS, `f32`.
pub fn write_mesh(surface: &Surface) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + surface.faces().len() * TRIANGLE);
    // Not "solid": a reader that goes by the first word takes that for ASCII.
    out.extend_from_slice(b"baihui binary STL, millimetres, RAS");
    out.resize(80, b' ');
    out.extend_from_slice(&(surface.faces().len() as u32).to_le_bytes());
    for face in 0..surface.faces().len() as u32 {
        let [a, b, c] = surface.corners(face);
        for v in [surface.face_normal(face), a, b, c] {
            for x in v.to_array() {
                out.extend_from_slice(&(x as f32).to_le_bytes());
            }
        }
        out.extend_from_slice(&[0, 0]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn a_written_file_welds_back_to_the_surface() {
        let s = shapes::bumpy_sphere(90.0, 3);
        let m = read_mesh(&write_mesh(&s)).unwrap();
        assert_eq!((m.vertices.len(), m.faces.len()), (s.vertices().len(), s.faces().len()));
        for (f, g) in s.faces().iter().zip(&m.faces) {
            for k in 0..3 {
                let d = s.vertices()[f[k] as usize].distance(m.vertices[g[k] as usize]);
                assert!(d < 1e-5, "{d}");
            }
        }
    }

    #[test]
    fn binary_that_starts_with_solid_is_binary() {
        let mut bytes = write_mesh(&shapes::cube(10.0));
        bytes[..5].copy_from_slice(b"solid");
        assert_eq!(read_mesh(&bytes).unwrap().vertices.len(), 8);
    }

    const FACET: &str = "facet normal 0 0 1\n outer loop\n vertex 0 0 0\n vertex 1 0 0\n vertex -0 1e0 0\n\
                         endloop\nendfacet\n";

    #[test]
    fn ascii_of_one_facet_and_of_two_solids() {
        let one = read_mesh(format!("solid a\n{FACET}endsolid a\n").as_bytes()).unwrap();
        assert_eq!(one.faces, [[0, 1, 2]]);
        let two = format!("SOLID a\r\n{FACET}endsolid a\r\nsolid b\r\n{FACET}endsolid b");
        let two = read_mesh(two.as_bytes()).unwrap();
        assert_eq!((two.vertices.len(), two.faces.len()), (3, 2));
    }

    #[test]
    fn ascii_errors_name_the_line() {
        let text = |s: &str| read_mesh(s.as_bytes()).unwrap_err().to_string();
        let cut = text(&format!("solid a\n{FACET}"));
        assert_eq!(cut, "STL, line 8: found the end of the file; expected `endsolid`");
        let comma = text("solid\nfacet normal 0 0 1\nouter loop\nvertex 0,5 0 0\n");
        assert_eq!(comma, "STL, line 4: found `vertex 0,5 0 0`; expected `vertex` and three numbers");
        let quad = FACET.replace("endloop", "vertex 3 3 3\nendloop");
        assert!(text(&format!("solid\n{quad}")).contains("line 7"));
        let two = FACET.replace(" vertex 1 0 0\n", "");
        assert!(text(&format!("solid\n{two}")).contains("three vertices before the end"));
        assert!(text("solid is what this prose is about\nand more").contains("line 2: found `and more`"));
    }

    #[test]
    fn a_count_beyond_the_file_is_refused_before_memory_is_taken() {
        let mut bytes = write_mesh(&shapes::cube(10.0));
        bytes[80..84].copy_from_slice(&19_999_999u32.to_le_bytes());
        let text = read_mesh(&bytes).unwrap_err().to_string();
        assert_eq!(
            text,
            "STL, byte 80: found 19999999 triangles in a file of 684 bytes; expected at least 1000000034 bytes"
        );
        bytes[80..84].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(read_mesh(&bytes), Err(MeshError::TooLarge { .. })));
        bytes[80..84].copy_from_slice(&0u32.to_le_bytes());
        assert!(matches!(read_mesh(&bytes), Err(MeshError::Empty { .. })));
    }
}
