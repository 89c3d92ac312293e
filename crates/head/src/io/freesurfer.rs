//! FreeSurfer's triangle surfaces (`lh.pial`, `rh.white`) and annotations (`lh.aparc.annot`).
//!
//! Surfaces are in "tkregister" coordinates: millimetres, RAS, with the middle of the conformed volume as origin. The
//! file's closing text gives that middle in scanner space (`cras`), which is added. Layouts: FreeSurfer's wiki
//! (FileFormats, LabelsClutsAnnotationFiles) and the behaviour of nibabel's reader as a check.

use std::collections::BTreeMap;

use glam::DVec3;

use super::{
    Place,
    foreign::{Big, FileError},
};
use crate::surface::{MAX_ELEMENTS, Surface};

const SURFACE: &str = "FreeSurfer surface";
const ANNOTATION: &str = "FreeSurfer annotation";
/// Most regions of an annotation.
const MAX_REGIONS: usize = 100_000;

/// A surface as the file has it.
#[derive(Clone, Debug)]
pub struct FsSurface {
    /// The surface; in scanner coordinates (mm, RAS) where `moved`, else in the file's own.
    pub surface: Surface,
    /// Whether the file said where its origin lies in scanner space.
    pub moved: bool,
}

/// Reads a triangle surface.
///
/// # Errors
/// [`FileError`] names the field and byte.
pub fn read_surface(bytes: &[u8]) -> Result<FsSurface, FileError> {
    let wrong = |byte: usize, found: String, expected: &str| {
        FileError::new(SURFACE, Place::Byte(byte), found, expected)
    };
    let mut b = Big::new(SURFACE, bytes, 0);
    let magic = b.take(3, "the magic number")?;
    if magic != [0xff, 0xff, 0xfe] {
        return Err(wrong(
            0,
            format!("the magic number {magic:02x?}"),
            "ff ff fe, a triangle surface (mris_convert makes one)",
        ));
    }
    // A line of comment and an empty line.
    let text = bytes.get(3..).unwrap_or_default();
    let end =
        text.windows(2).take(4096).position(|w| w == b"\n\n").ok_or_else(|| {
            wrong(3, "no end of the comment".to_owned(), "a line of comment and an empty line")
        })?;
    let mut b = Big::new(SURFACE, bytes, 3 + end + 2);
    let vertices = b.count("vertices", MAX_ELEMENTS, 12)?;
    let faces = b.count("faces", MAX_ELEMENTS, 12)?;
    let mut positions = Vec::with_capacity(vertices);
    for _ in 0..vertices {
        positions.push(DVec3::new(b.f32("vertices")?, b.f32("vertices")?, b.f32("vertices")?));
    }
    let mut corners = Vec::with_capacity(faces);
    for _ in 0..faces {
        let at = b.at();
        let mut face = [0_u32; 3];
        for v in &mut face {
            let n = b.i32("faces")?;
            *v = u32::try_from(n)
                .ok()
                .filter(|&n| (n as usize) < vertices)
                .ok_or_else(|| wrong(at, format!("vertex {n}"), "a vertex of the file"))?;
        }
        corners.push(face);
    }
    let centre = centre(bytes.get(b.at()..).unwrap_or_default());
    if let Some(c) = centre {
        positions.iter_mut().for_each(|p| *p += c);
    }
    let surface =
        Surface::new(positions, corners).map_err(|e| wrong(0, e.to_string(), "a surface of triangles"))?;
    Ok(FsSurface { surface, moved: centre.is_some() })
}

/// The line `cras = x y z` of the closing text, where the volume's geometry is valid.
fn centre(tail: &[u8]) -> Option<DVec3> {
    let text = String::from_utf8_lossy(tail.get(..tail.len().min(65_536))?);
    // The first line follows a tag of binary numbers.
    if !text.lines().any(|l| l.contains("valid = 1")) {
        return None;
    }
    let line = text.lines().find(|l| l.trim_start().starts_with("cras"))?;
    let numbers: Vec<f64> =
        line.split('=').nth(1)?.split_whitespace().map_while(|w| w.parse().ok()).collect();
    let [x, y, z] = numbers[..] else { return None };
    let c = DVec3::new(x, y, z);
    c.is_finite().then_some(c)
}

/// An annotation: a region for each vertex, with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// For each vertex its region's number in [`Annotation::names`]; 0 is "no region".
    pub labels: Vec<u16>,
    /// Names by number, from 1, in the order of the file.
    pub names: BTreeMap<u16, String>,
}

/// Reads an annotation with its colour table.
///
/// # Errors
/// [`FileError`] names the field and byte.
pub fn read_annotation(bytes: &[u8]) -> Result<Annotation, FileError> {
    let wrong = |byte: usize, found: String, expected: &str| {
        FileError::new(ANNOTATION, Place::Byte(byte), found, expected)
    };
    let mut b = Big::new(ANNOTATION, bytes, 0);
    let n = b.count("vertices", MAX_ELEMENTS, 8)?;
    let mut colours = vec![0_i32; n];
    for _ in 0..n {
        let at = b.at();
        let v = b.i32("a vertex number")?;
        let colour = b.i32("a label")?;
        let slot = usize::try_from(v).ok().and_then(|v| colours.get_mut(v));
        *slot.ok_or_else(|| wrong(at, format!("vertex {v}"), "a vertex of the file"))? = colour;
    }
    if b.left() < 8 || b.i32("the tag")? != 1 {
        return Err(wrong(b.at(), "no colour table".to_owned(), "a colour table with the regions' names"));
    }
    let at = b.at();
    let first = b.i32("the version of the colour table")?;
    let mut table: Vec<(i32, String)> = Vec::new();
    if first > 0 {
        let most = first as usize;
        if most > MAX_REGIONS {
            return Err(wrong(at, format!("{most} regions"), "at most 100000"));
        }
        text(&mut b, "the name of the table")?;
        for _ in 0..most {
            let name = text(&mut b, "a region's name")?;
            table.push((colour(&mut b)?, name));
        }
    } else if first == -2 {
        let _most = b.i32("the number of structures")?;
        text(&mut b, "the name of the table")?;
        let entries = b.count("regions", MAX_REGIONS, 24)?;
        for _ in 0..entries {
            let _number = b.i32("a region's number")?;
            let name = text(&mut b, "a region's name")?;
            table.push((colour(&mut b)?, name));
        }
    } else {
        return Err(wrong(at, format!("version {first} of the colour table"), "1 or -2"));
    }
    let mut number = BTreeMap::new();
    let mut names = BTreeMap::new();
    for (c, name) in table {
        // FreeSurfer's "unknown" and medial wall are no regions of cortex.
        if ["unknown", "medial_wall", "Medial_wall", "corpuscallosum", "???"].contains(&name.as_str()) {
            continue;
        }
        let next = u16::try_from(names.len() + 1)
            .map_err(|_| wrong(at, "more than 65535 regions".to_owned(), "fewer"))?;
        number.insert(c, next);
        names.insert(next, name);
    }
    let labels = colours.iter().map(|c| number.get(c).copied().unwrap_or(0)).collect();
    Ok(Annotation { labels, names })
}

fn text(b: &mut Big<'_>, what: &str) -> Result<String, FileError> {
    let n = b.count(what, 65_536, 1)?;
    let raw = b.take(n, what)?;
    let raw = &raw[..raw.iter().position(|&c| c == 0).unwrap_or(raw.len())];
    Ok(String::from_utf8_lossy(raw).into_owned())
}

/// Red, green, blue and a flag as one number, as the vertices have it.
fn colour(b: &mut Big<'_>) -> Result<i32, FileError> {
    let mut c = [0; 4];
    for v in &mut c {
        *v = b.i32("a colour")?;
    }
    Ok(c[0].wrapping_add(c[1].wrapping_shl(8)).wrapping_add(c[2].wrapping_shl(16)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tetrahedron(tail: &str) -> Vec<u8> {
        let mut b = vec![0xff, 0xff, 0xfe];
        b.extend(b"created by a test\n\n");
        for n in [4_i32, 4] {
            b.extend(n.to_be_bytes());
        }
        for f in [0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0] {
            b.extend(f.to_be_bytes());
        }
        for n in [0_i32, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2] {
            b.extend(n.to_be_bytes());
        }
        b.extend(tail.as_bytes());
        b
    }

    #[test]
    fn a_surface_is_moved_to_scanner_space() {
        let plain = read_surface(&tetrahedron("")).unwrap();
        assert!(!plain.moved && plain.surface.is_watertight());
        let tail = "\0\0\0\u{14}valid = 1  # volume info valid\nfilename = x\ncras   = 1.5 -2 3e0\n";
        let moved = read_surface(&tetrahedron(tail)).unwrap();
        assert!(moved.moved);
        assert_eq!(moved.surface.vertices()[0], DVec3::new(1.5, -2.0, 3.0));
    }

    #[test]
    fn damage_is_named() {
        let b = tetrahedron("");
        assert!(read_surface(&b[..40]).unwrap_err().to_string().contains("vertices"));
        let mut bad = b;
        let last = bad.len() - 1;
        bad[last] = 9;
        assert!(read_surface(&bad).unwrap_err().to_string().contains("found vertex 9"));
        assert!(read_surface(b"GIFTI").unwrap_err().to_string().contains("magic"));
    }

    #[test]
    fn an_annotation_gives_names() {
        let mut b = Vec::new();
        let put = |b: &mut Vec<u8>, n: &[i32]| n.iter().for_each(|n| b.extend(n.to_be_bytes()));
        put(&mut b, &[3, 0, 25 + (5 << 8), 1, 7, 2, 1639705, 1, -2, 3, 2]);
        b.extend(b"t\0");
        put(&mut b, &[2, 0, 8]);
        b.extend(b"unknown\0");
        put(&mut b, &[25, 5, 0, 0, 1, 11]);
        b.extend(b"precentral\0");
        put(&mut b, &[25, 5, 25, 0]);
        let a = read_annotation(&b).unwrap();
        assert_eq!(a.labels, [0, 0, 1]);
        assert_eq!(a.names[&1], "precentral");
        assert!(read_annotation(&b[..30]).is_err());
    }
}
