//! PLY, ASCII and binary of either byte order (Turk 1994, The PLY polygon file format, Stanford).
//!
//! Read are the positions and colours of `vertex` and the corner lists of `face`; other properties and
//! elements are stepped over. Polygons are cut as fans, which is right for convex ones.

use glam::DVec3;

use super::{
    Format, MeshError, Place, RawMesh,
    text::{malformed, number, shown},
};
use crate::surface::{MAX_ELEMENTS, Surface};

mod header;
mod values;

use header::{Element, Encoding, Kind, Property};
use values::{Ascii, Binary, Values};

fn wrong(place: Place, found: impl Into<String>, expected: impl Into<String>) -> MeshError {
    malformed(Format::Ply, place, found, expected)
}

/// Reads the polygons of a PLY.
///
/// # Errors
/// [`MeshError`] with the byte (binary) or line (header and ASCII).
pub fn read_mesh(bytes: &[u8]) -> Result<RawMesh, MeshError> {
    let (header, body) = header::parse(bytes)?;
    for (name, what) in [("vertex", "vertices"), ("face", "faces")] {
        if let Some(e) = header.elements.iter().find(|e| e.name == name && e.count > MAX_ELEMENTS as u64) {
            return Err(MeshError::TooLarge { format: Format::Ply, what, found: e.count });
        }
    }
    match header.encoding {
        Encoding::Ascii => read_elements(&header.elements, Ascii::new(bytes, body, header.lines)),
        Encoding::LittleEndian => read_elements(&header.elements, Binary::new(bytes, body, false)),
        Encoding::BigEndian => read_elements(&header.elements, Binary::new(bytes, body, true)),
    }
}

fn read_elements(elements: &[Element], mut values: impl Values) -> Result<RawMesh, MeshError> {
    let vertices = elements.iter().find(|e| e.name == "vertex").map_or(0, |e| e.count);
    let mut mesh = RawMesh::default();
    let (mut seen_vertices, mut seen_faces) = (false, false);
    for element in elements {
        // A row takes at least this much, so no count can ask for more memory than a multiple of the file.
        let least: u64 = element.properties.iter().map(|p| values.least_bytes(p)).sum();
        let left = values.left() as u64;
        if element.count.checked_mul(least).is_none_or(|bytes| bytes > left) {
            let found = format!("{} rows of `{}`, at least {least} bytes each", element.count, element.name);
            return Err(wrong(values.place(), found, format!("no more than fit in {left} bytes")));
        }
        match element.name.as_str() {
            "vertex" if !seen_vertices => {
                seen_vertices = true;
                read_vertices(element, &mut values, &mut mesh)?;
            }
            "face" if !seen_faces => {
                seen_faces = true;
                read_faces(element, vertices, &mut values, &mut mesh)?;
            }
            "tristrips" => {
                return Err(MeshError::Unsupported {
                    format: Format::Ply,
                    place: Place::Part("element tristrips".into()),
                    what: "a mesh of triangle strips".into(),
                    hint: "save it with separate faces",
                });
            }
            // Rows without properties take no bytes; their number may be anything.
            _ if element.properties.is_empty() => {}
            _ => {
                for _ in 0..element.count {
                    for property in &element.properties {
                        skip(property, &mut values)?;
                    }
                }
            }
        }
    }
    if mesh.faces.is_empty() {
        return Err(MeshError::Empty { format: Format::Ply });
    }
    Ok(mesh)
}

fn skip(property: &Property, values: &mut impl Values) -> Result<(), MeshError> {
    let n = match property.list {
        Some(count) => list_length(count, property, values)?,
        None => 1,
    };
    for _ in 0..n {
        values.next(property.kind)?;
    }
    Ok(())
}

/// The length of a list, checked against the bytes that are left.
fn list_length(count: Kind, property: &Property, values: &mut impl Values) -> Result<u64, MeshError> {
    let place = values.place();
    let n = values.next(count)?;
    let scalar = Property { list: None, ..property.clone() };
    let most = values.left() as u64 / values.least_bytes(&scalar);
    if n >= 0.0 && n.fract() == 0.0 && n <= most as f64 {
        return Ok(n as u64);
    }
    Err(wrong(place, format!("a list of {n} values"), format!("from 0 to {most}, as the file has bytes")))
}

fn read_vertices(element: &Element, values: &mut impl Values, mesh: &mut RawMesh) -> Result<(), MeshError> {
    let find = |names: &[&str]| {
        element.properties.iter().position(|p| p.list.is_none() && names.contains(&p.name.as_str()))
    };
    let (Some(x), Some(y), Some(z)) = (find(&["x"]), find(&["y"]), find(&["z"])) else {
        let names: Vec<&str> = element.properties.iter().map(|p| p.name.as_str()).collect();
        let found = format!("the properties {}", shown(names.join(" ").as_bytes()));
        return Err(wrong(Place::Part("element vertex".into()), found, "x, y and z"));
    };
    let colour = match (
        find(&["red", "diffuse_red", "r"]),
        find(&["green", "diffuse_green", "g"]),
        find(&["blue", "diffuse_blue", "b"]),
    ) {
        (Some(r), Some(g), Some(b)) => Some([r, g, b]),
        _ => None,
    };
    let mut colours = Vec::new();
    let count = element.count as usize;
    mesh.vertices.reserve_exact(count);
    if colour.is_some() {
        colours.reserve_exact(count);
    }
    let mut row = vec![0.0; element.properties.len()];
    for _ in 0..count {
        for (slot, property) in row.iter_mut().zip(&element.properties) {
            match property.list {
                None => *slot = values.next(property.kind)?,
                Some(_) => skip(property, values)?,
            }
        }
        mesh.vertices.push(DVec3::new(row[x], row[y], row[z]));
        if let Some(rgb) = colour {
            colours.push(rgb.map(|k| (row[k] * element.properties[k].kind.to_byte()).round() as u8));
        }
    }
    mesh.colours = colour.is_some().then_some(colours);
    Ok(())
}

fn read_faces(
    element: &Element,
    vertices: u64,
    values: &mut impl Values,
    mesh: &mut RawMesh,
) -> Result<(), MeshError> {
    let corners_of =
        |p: &Property| p.list.is_some() && matches!(p.name.as_str(), "vertex_indices" | "vertex_index");
    if element.count > 0 && !element.properties.iter().any(corners_of) {
        let place = Place::Part("element face".into());
        return Err(wrong(place, "no list of corners", "the list property vertex_indices"));
    }
    mesh.faces.reserve(element.count as usize);
    let mut corners: Vec<u32> = Vec::new();
    for _ in 0..element.count {
        for property in &element.properties {
            let Some(count) = property.list.filter(|_| corners_of(property)) else {
                skip(property, values)?;
                continue;
            };
            let n = list_length(count, property, values)?;
            corners.clear();
            for _ in 0..n {
                let place = values.place();
                let index = values.next(property.kind)?;
                if !(index >= 0.0 && index.fract() == 0.0 && index < vertices as f64) {
                    let expected = format!("one of {vertices} vertices (numbered from 0)");
                    return Err(wrong(place, format!("vertex {index}"), expected));
                }
                corners.push(index as u32);
            }
            // A polygon of one or two corners is a point or a line: nothing to see from a surface.
            let Some((&first, rest)) = corners.split_first() else { continue };
            if mesh.faces.len() + rest.len() > MAX_ELEMENTS {
                let found = (mesh.faces.len() + rest.len()) as u64;
                return Err(MeshError::TooLarge { format: Format::Ply, what: "triangles", found });
            }
            mesh.faces.extend(rest.windows(2).map(|p| [first, p[0], p[1]]));
        }
    }
    Ok(())
}

/// Writes a surface as binary little-endian PLY: millimetres, RAS, `f32`; colours, one for each vertex, where
/// they are given (a list of another length is left out).
pub fn write_mesh(surface: &Surface, colours: Option<&[[u8; 3]]>) -> Vec<u8> {
    let colours = colours.filter(|c| c.len() == surface.vertices().len());
    let rgb = match colours {
        Some(_) => "property uchar red\nproperty uchar green\nproperty uchar blue\n",
        None => "",
    };
    let mut out = format!(
        "ply\nformat binary_little_endian 1.0\ncomment millimetres, RAS\nelement vertex {}\nproperty float x\n\
         property float y\nproperty float z\n{rgb}element face {}\nproperty list uchar int vertex_indices\n\
         end_header\n",
        surface.vertices().len(),
        surface.faces().len(),
    )
    .into_bytes();
    out.reserve(surface.vertices().len() * 15 + surface.faces().len() * 13);
    for (i, v) in surface.vertices().iter().enumerate() {
        for c in v.to_array() {
            out.extend_from_slice(&(c as f32).to_le_bytes());
        }
        if let Some(colours) = colours {
            out.extend_from_slice(&colours[i]);
        }
    }
    for f in surface.faces() {
        out.push(3);
        for i in f {
            out.extend_from_slice(&i.to_le_bytes());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    const SQUARE: &str = "ply\nformat ascii 1.0\ncomment by hand\nobj_info x\nelement vertex 4\n\
        property float x\nproperty list uchar float weights\nproperty double y\nproperty float z\n\
        property uchar red\nproperty uchar green\nproperty uchar blue\nelement edge 1\nproperty int a\n\
        property int b\nelement face 1\nproperty list uchar int vertex_indices\nproperty int flags\nend_header\n\
        0 0 0 0 1 2 3\n1 1 9.5 0 0 4 5 6\n1 2 1 2 1 0 7 8 9\n0 0 1 0 10 11 12\n0 1\n4 0 1 2 3 77\n";

    fn error(bytes: &[u8]) -> String {
        read_mesh(bytes).unwrap_err().to_string()
    }

    #[test]
    fn ascii_with_things_to_step_over() {
        let m = read_mesh(SQUARE.as_bytes()).unwrap();
        assert_eq!(m.vertices[2], DVec3::new(1.0, 1.0, 0.0));
        assert_eq!(m.faces, [[0, 1, 2], [0, 2, 3]]);
        assert_eq!(m.colours.unwrap()[3], [10, 11, 12]);
        assert_eq!(read_mesh(SQUARE.replace('\n', "\r\n").as_bytes()).unwrap().faces.len(), 2);
        assert_eq!(read_mesh(SQUARE.replace('\n', "\r").as_bytes()).unwrap().faces.len(), 2);
    }

    #[test]
    fn a_written_file_reads_back() {
        let s = shapes::bumpy_sphere(90.0, 3);
        let rgb: Vec<[u8; 3]> = (0..s.vertices().len()).map(|i| [i as u8, (i / 256) as u8, 7]).collect();
        let m = read_mesh(&write_mesh(&s, Some(&rgb))).unwrap();
        assert_eq!(m.faces, s.faces());
        assert_eq!(m.colours, Some(rgb));
        assert!(m.vertices.iter().zip(s.vertices()).all(|(a, b)| a.distance(*b) < 1e-5));
        assert!(read_mesh(&write_mesh(&s, None)).unwrap().colours.is_none());
    }

    #[test]
    fn big_endian_is_little_endian_turned() {
        let header = |e: &str| {
            format!(
                "ply\nformat binary_{e}_endian 1.0\nelement vertex 3\nproperty double x\nproperty short y\n\
                 property ushort z\nelement face 1\nproperty list uint uchar vertex_index\nend_header\n"
            )
            .into_bytes()
        };
        let (mut little, mut big) = (header("little"), header("big"));
        for (x, y, z) in [(0.1f64, -2i16, 60_000u16), (1.0, 2, 3), (4.0, 5, 6)] {
            little.extend(x.to_le_bytes().iter().chain(&y.to_le_bytes()).chain(&z.to_le_bytes()));
            big.extend(x.to_be_bytes().iter().chain(&y.to_be_bytes()).chain(&z.to_be_bytes()));
        }
        little.extend([3, 0, 0, 0, 0, 1, 2]);
        big.extend([0, 0, 0, 3, 0, 1, 2]);
        let m = read_mesh(&little).unwrap();
        assert_eq!(m.vertices[0], DVec3::new(0.1, -2.0, 60_000.0));
        assert_eq!(m, read_mesh(&big).unwrap());
        for bytes in [little, big] {
            for n in 0..bytes.len() {
                assert!(read_mesh(&bytes[..n]).is_err(), "{n} bytes");
            }
        }
    }

    #[test]
    fn errors_name_the_line_or_the_byte() {
        let bad = |from: &str, to: &str| error(SQUARE.replacen(from, to, 1).as_bytes());
        assert_eq!(
            bad("4 0 1 2 3 77", "4 0 1 2 9 77"),
            "PLY, line 25: found vertex 9; expected one of 4 vertices (numbered from 0)"
        );
        assert!(bad("4 0 1 2 3 77", "4 0 1").contains("line 25: found a list of 4 values"));
        assert!(bad("1 2 3\n", "1 two 3\n").contains("line 20: found `two`"));
        assert!(bad("ascii 1.0", "ascii 2.0").contains("line 2: found `format ascii 2.0`"));
        assert!(bad("property float x", "property quad x").contains("line 6"));
        assert!(bad("property float x", "property float q").contains("expected x, y and z"));
        assert!(bad("vertex_indices", "corners").contains("vertex_indices"));
        assert!(bad("element face 1", "element face many").contains("line 16"));
        assert!(bad("end_header", "end").contains("line 19: found `end`"));
        assert_eq!(error(b"PLY"), "PLY, line 1: found `PLY`; expected `ply`");
    }

    #[test]
    fn counts_beyond_the_file_are_refused_before_memory_is_taken() {
        let s = write_mesh(&shapes::cube(10.0), None);
        let with = |from: &str, to: &str| {
            let at = s.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
            [&s[..at], to.as_bytes(), &s[at + from.len()..]].concat()
        };
        assert!(error(&with("vertex 8", "vertex 19999999")).contains("19999999 rows of `vertex`"));
        assert!(error(&with("face 12", "face 18446744073709551615")).contains("at most 20000000"));
        assert!(error(&with("list uchar int", "list float int")).contains("a list of"));
        let huge = with("element face", "element ghost 18446744073709551615\nelement face");
        assert_eq!(read_mesh(&huge).unwrap().faces.len(), 12, "rows without properties take no time");
    }
}
