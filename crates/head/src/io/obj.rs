//! Wavefront OBJ (Wavefront Technologies, Advanced Visualizer, appendix B1: Object files).
//!
//! Read are `v` and `f`: polygons of any number of corners (cut as a fan, which is right for convex ones),
//! indices from either end, vertex colours after the coordinates as scanners write them, lines continued
//! with `\`. Everything else (texture, normals, groups, materials, lines) is passed over.

use std::fmt::Write as _;

use glam::DVec3;

use super::{
    Format, MeshError, Place, RawMesh,
    text::{Lines, malformed, number, shown, words},
};
use crate::surface::{MAX_ELEMENTS, Surface};

/// Reads the polygons of an OBJ.
///
/// # Errors
/// [`MeshError`] with the line.
pub fn read_mesh(bytes: &[u8]) -> Result<RawMesh, MeshError> {
    let mut mesh = RawMesh::default();
    let mut colours: Vec<[f64; 3]> = Vec::new();
    // The largest index that a face has named, and where: a face may come before its vertices.
    let mut largest = (0, 0);
    let mut joined: Vec<u8> = Vec::new();
    let mut first_line = None;
    let mut corners: Vec<u32> = Vec::new();
    for (line, text) in Lines::new(bytes) {
        let line = *first_line.get_or_insert(line);
        if let Some(part) = text.strip_suffix(b"\\") {
            joined.extend_from_slice(part);
            joined.push(b' ');
            continue;
        }
        first_line = None;
        if joined.is_empty() {
            statement(text, line, &mut mesh, &mut colours, &mut largest, &mut corners)?;
        } else {
            joined.extend_from_slice(text);
            statement(&joined, line, &mut mesh, &mut colours, &mut largest, &mut corners)?;
            joined.clear();
        }
    }
    if mesh.faces.is_empty() {
        return Err(MeshError::Empty { format: Format::Obj });
    }
    let (index, line) = largest;
    if index as usize >= mesh.vertices.len() {
        let found = format!("vertex {}", u64::from(index) + 1);
        let expected = format!("one of {} vertices (numbered from 1)", mesh.vertices.len());
        return Err(malformed(Format::Obj, Place::Line(line), found, expected));
    }
    if colours.len() == mesh.vertices.len() {
        // Most programs write 0 to 1, some 0 to 255.
        let full = if colours.iter().flatten().any(|&c| c > 1.0) { 1.0 } else { 255.0 };
        mesh.colours = Some(colours.iter().map(|c| c.map(|v| (v * full).round() as u8)).collect());
    }
    Ok(mesh)
}

fn statement(
    text: &[u8],
    line: usize,
    mesh: &mut RawMesh,
    colours: &mut Vec<[f64; 3]>,
    largest: &mut (u32, usize),
    corners: &mut Vec<u32>,
) -> Result<(), MeshError> {
    let wrong = |found: String, expected: &str| malformed(Format::Obj, Place::Line(line), found, expected);
    let mut w = words(text);
    match w.next() {
        Some(b"v") => {
            let mut values = [0.0; 6];
            let mut n = 0;
            for word in w.take(7) {
                let value =
                    number(word).ok_or_else(|| wrong(shown(word), "a number (with a point, not a comma)"))?;
                if n < 6 {
                    values[n] = value;
                }
                n += 1;
            }
            let [x, y, z, r, g, b] = values;
            if n < 3 {
                return Err(wrong(shown(text), "`v` and three coordinates"));
            }
            if mesh.vertices.len() == MAX_ELEMENTS {
                let found = MAX_ELEMENTS as u64 + 1;
                return Err(MeshError::TooLarge { format: Format::Obj, what: "vertices", found });
            }
            mesh.vertices.push(DVec3::new(x, y, z));
            // Four values have a weight, seven a weight and a colour: neither is colour where it is expected.
            if n == 6 {
                colours.push([r, g, b]);
            }
        }
        Some(b"f") => {
            corners.clear();
            for word in w {
                let index = word.split(|&b| b == b'/').next().unwrap_or_default();
                let index = std::str::from_utf8(index).ok().and_then(|t| t.parse::<i64>().ok());
                let known = mesh.vertices.len() as i64;
                let at = match index {
                    Some(i) if i > 0 => i - 1,
                    Some(i) if i < 0 && -i <= known => known + i,
                    Some(i) if i < 0 => {
                        return Err(wrong(
                            shown(word),
                            &format!("one of the {known} vertices before this line"),
                        ));
                    }
                    _ => {
                        return Err(wrong(
                            shown(word),
                            "the number of a vertex, from 1 or, backwards, from -1",
                        ));
                    }
                };
                let at = u32::try_from(at).map_err(|_| wrong(shown(word), "the number of a vertex"))?;
                if at >= largest.0 {
                    *largest = (at, line);
                }
                corners.push(at);
            }
            if corners.len() < 3 {
                return Err(wrong(shown(text), "`f` and at least three corners"));
            }
            if mesh.faces.len() + corners.len() - 2 > MAX_ELEMENTS {
                let found = (mesh.faces.len() + corners.len() - 2) as u64;
                return Err(MeshError::TooLarge { format: Format::Obj, what: "triangles", found });
            }
            mesh.faces.extend(corners[1..].windows(2).map(|p| [corners[0], p[0], p[1]]));
        }
        _ => {}
    }
    Ok(())
}

/// Writes a surface as OBJ: millimetres, RAS, each coordinate in the fewest digits that read back exactly.
pub fn write_mesh(surface: &Surface) -> Vec<u8> {
    let mut out = String::from("# millimetres, RAS\n");
    // Writing to a String cannot fail.
    for v in surface.vertices() {
        let _ = writeln!(out, "v {} {} {}", v.x, v.y, v.z);
    }
    for [a, b, c] in surface.faces() {
        let _ = writeln!(out, "f {} {} {}", a + 1, b + 1, c + 1);
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    fn read(text: &str) -> Result<RawMesh, String> {
        read_mesh(text.as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn a_written_file_reads_back_exactly() {
        let s = shapes::bumpy_sphere(90.0, 3);
        let m = read_mesh(&write_mesh(&s)).unwrap();
        assert_eq!(m.vertices, s.vertices());
        assert_eq!(m.faces, s.faces());
    }

    #[test]
    fn polygons_negative_indices_slashes_and_continued_lines() {
        let text = "# a square\nmtllib x.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0 1.0\nvt 0 0\nvn 0 0 1\ng all\n\
                    f 1/1/1 2//1 \\\n 3/1 4\nf -4 -3 -2\nl 1 2\n";
        assert_eq!(read(text).unwrap().faces, [[0, 1, 2], [0, 2, 3], [0, 1, 2]]);
        assert!(read(text).unwrap().colours.is_none());
    }

    #[test]
    fn colours_of_either_range() {
        let text = |c: [&str; 3]| format!("v 0 0 0 {}\nv 1 0 0 {}\nv 0 1 0 {}\nf 1 2 3\n", c[0], c[1], c[2]);
        let unit = read(&text(["0 0.5 1", "0 0 0", "1 1 1"])).unwrap();
        assert_eq!(unit.colours.unwrap()[0], [0, 128, 255]);
        let bytes = read(&text(["0 128 255", "0 0 0", "1 1 1"])).unwrap();
        assert_eq!(bytes.colours.unwrap()[0], [0, 128, 255]);
        assert!(read(&text(["0 0.5 1", "0 0 0", ""])).unwrap().colours.is_none());
    }

    #[test]
    fn errors_name_the_line() {
        let v = "v 0 0 0\nv 1 0 0\nv 0 1 0\n";
        assert_eq!(
            read(&format!("{v}f 1 2 9\n")).unwrap_err(),
            "OBJ, line 4: found vertex 9; expected one of 3 vertices (numbered from 1)"
        );
        assert!(read(&format!("{v}f 1 2 0\n")).unwrap_err().contains("line 4: found `0`"));
        assert!(read(&format!("{v}f 1 2 -4\n")).unwrap_err().contains("one of the 3 vertices"));
        assert!(read(&format!("{v}f 1 2\n")).unwrap_err().contains("at least three corners"));
        assert!(read(&format!("{v}f 1 2 99999999999\n")).unwrap_err().contains("99999999999"));
        assert!(read("v 1,5 0 0\n").unwrap_err().contains("line 1: found `1,5`"));
        assert!(read("v 1 0\n").unwrap_err().contains("three coordinates"));
        assert_eq!(read("hello\n").unwrap_err(), "OBJ: the file holds no triangle; expected a surface");
    }
}
