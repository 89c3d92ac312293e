//! GIFTI surfaces and labels (`.surf.gii`, `.label.gii`).
//!
//! XML with arrays as text, base64, or zlib in base64; arrays in files of their own are not read. Format: GIFTI 1.0
//! (nitrc.org/projects/gifti).

use std::{collections::BTreeMap, io::Read};

use glam::DVec3;
use roxmltree::{Document, Node, ParsingOptions};

use super::{
    Place,
    foreign::{FileError, MAX_UNPACKED},
};
use crate::surface::{MAX_ELEMENTS, Surface};

const FORMAT: &str = "GIFTI";

/// What a GIFTI file holds that a head can use.
#[derive(Clone, Debug, Default)]
pub struct Gifti {
    /// Surface, mm, RAS, where there is one.
    pub surface: Option<Surface>,
    /// Whether the coordinates are known to be scanner coordinates: by their declared space, or moved there by the
    /// geometry of FreeSurfer's volume.
    pub scanner: bool,
    /// Labels (one a vertex), where there are any.
    pub labels: Option<Vec<i32>>,
    /// Names of the labels.
    pub names: BTreeMap<i32, String>,
}

fn wrong(at: &Node<'_, '_>, found: impl Into<String>, expected: impl Into<String>) -> FileError {
    let line = at.document().text_pos_at(at.range().start).row as usize;
    FileError::new(FORMAT, Place::Line(line), found, expected)
}

/// Reads a GIFTI file.
///
/// # Errors
/// [`FileError`] with the line.
pub fn read(bytes: &[u8]) -> Result<Gifti, FileError> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        FileError::new(FORMAT, Place::Byte(e.valid_up_to()), "bytes that are not UTF-8", "XML text")
    })?;
    let options = ParsingOptions { allow_dtd: true, nodes_limit: 1_000_000, ..ParsingOptions::default() };
    let doc = Document::parse_with_options(text, options).map_err(|e| {
        FileError::new(
            FORMAT,
            Place::Line(e.pos().row as usize),
            format!("XML that cannot be read ({e})"),
            "XML",
        )
    })?;
    let root = doc.root_element();
    if !root.has_tag_name("GIFTI") {
        return Err(wrong(&root, format!("<{}>", root.tag_name().name()), "<GIFTI>"));
    }
    let mut out = Gifti::default();
    let (mut points, mut faces): (Option<Vec<DVec3>>, Option<Vec<[u32; 3]>>) = (None, None);
    for label in root.children().filter(|n| n.has_tag_name("LabelTable")).flat_map(|t| t.children()) {
        if label.has_tag_name("Label") {
            let key = label.attribute("Key").or(label.attribute("Index")).and_then(|k| k.trim().parse().ok());
            let key = key.ok_or_else(|| wrong(&label, "a label without a number", "the attribute Key"))?;
            out.names.insert(key, label.text().unwrap_or_default().trim().to_owned());
        }
    }
    for array in root.children().filter(|n| n.has_tag_name("DataArray")) {
        match array.attribute("Intent").unwrap_or_default() {
            "NIFTI_INTENT_POINTSET" if points.is_none() => {
                let values = numbers(&array, Some(3))?;
                let shift = to_scanner(&array);
                out.scanner = shift.is_some();
                let shift = shift.unwrap_or_default();
                points = Some(values.chunks_exact(3).map(|c| DVec3::new(c[0], c[1], c[2]) + shift).collect());
            }
            "NIFTI_INTENT_TRIANGLE" if faces.is_none() => {
                let values = numbers(&array, Some(3))?;
                let index = |v: f64| {
                    if v >= 0.0 && v < f64::from(u32::MAX) && v.fract() == 0.0 {
                        Ok(v as u32)
                    } else {
                        Err(wrong(&array, format!("the vertex number {v}"), "a whole number from 0"))
                    }
                };
                let mut f = Vec::with_capacity(values.len() / 3);
                for c in values.chunks_exact(3) {
                    f.push([index(c[0])?, index(c[1])?, index(c[2])?]);
                }
                faces = Some(f);
            }
            "NIFTI_INTENT_LABEL" if out.labels.is_none() => {
                out.labels = Some(numbers(&array, None)?.iter().map(|&v| v as i32).collect());
            }
            _ => {}
        }
    }
    if let Some((points, faces)) = points.zip(faces) {
        let surface =
            Surface::new(points, faces).map_err(|e| wrong(&root, e.to_string(), "a surface of triangles"))?;
        out.surface = Some(surface);
    }
    if out.surface.is_none() && out.labels.is_none() {
        return Err(wrong(&root, "neither a surface nor labels", "arrays POINTSET and TRIANGLE, or LABEL"));
    }
    Ok(out)
}

/// What is added to coordinates to bring them to scanner space: nothing where they are declared to be there; the
/// middle of FreeSurfer's volume where that is recorded; `None` where the file does not say.
fn to_scanner(array: &Node<'_, '_>) -> Option<DVec3> {
    let space =
        array.descendants().find(|n| n.has_tag_name("DataSpace")).and_then(|n| n.text()).unwrap_or_default();
    if space.contains("NIFTI_XFORM_SCANNER_ANAT") {
        return Some(DVec3::ZERO);
    }
    let meta = |name: &str| -> Option<f64> {
        let entry = array.descendants().filter(|n| n.has_tag_name("MD")).find(|md| {
            md.children().any(|n| n.has_tag_name("Name") && n.text().is_some_and(|t| t.trim() == name))
        })?;
        let value = entry.children().find(|n| n.has_tag_name("Value"))?.text()?.trim().parse::<f64>().ok()?;
        value.is_finite().then_some(value)
    };
    Some(DVec3::new(meta("VolGeomC_R")?, meta("VolGeomC_A")?, meta("VolGeomC_S")?))
}

/// The numbers of an array, row by row.
fn numbers(array: &Node<'_, '_>, columns: Option<usize>) -> Result<Vec<f64>, FileError> {
    let attribute = |name: &str| array.attribute(name).unwrap_or_default().trim();
    let rank: usize = attribute("Dimensionality").parse().unwrap_or(0);
    if !(1..=6).contains(&rank) {
        return Err(wrong(array, format!("Dimensionality \"{}\"", attribute("Dimensionality")), "1 to 6"));
    }
    let mut dims = Vec::new();
    for d in 0..rank {
        let name = format!("Dim{d}");
        let n = attribute(&name).parse::<usize>().ok().filter(|n| (1..=MAX_ELEMENTS * 3).contains(n));
        dims.push(
            n.ok_or_else(|| wrong(array, format!("{name} \"{}\"", attribute(&name)), "a number from 1"))?,
        );
    }
    let count = dims.iter().try_fold(1_usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= MAX_ELEMENTS * 3);
    let Some(count) = count else {
        return Err(wrong(array, format!("{dims:?} numbers"), "at most 60 million"));
    };
    if let Some(c) = columns
        && (dims.len() != 2 || dims[1] != c)
    {
        return Err(wrong(array, format!("the dimensions {dims:?}"), format!("rows of {c}")));
    }
    let data = array.children().find(|n| n.has_tag_name("Data"));
    let text = data.and_then(|d| d.text()).unwrap_or_default();
    let width = match attribute("DataType") {
        "NIFTI_TYPE_UINT8" => 1,
        "NIFTI_TYPE_INT32" | "NIFTI_TYPE_FLOAT32" | "NIFTI_TYPE_UINT32" => 4,
        "NIFTI_TYPE_FLOAT64" => 8,
        other => {
            return Err(wrong(
                array,
                format!("DataType \"{other}\""),
                "UINT8, INT32, UINT32, FLOAT32 or FLOAT64",
            ));
        }
    };
    let values = match attribute("Encoding") {
        "ASCII" => {
            let mut v = Vec::new();
            for word in text.split_whitespace() {
                if v.len() == count {
                    return Err(wrong(array, format!("more than {count} numbers"), format!("{count}")));
                }
                v.push(word.parse::<f64>().map_err(|_| {
                    wrong(array, format!("\"{}\"", word.chars().take(30).collect::<String>()), "a number")
                })?);
            }
            v
        }
        encoding @ ("Base64Binary" | "GZipBase64Binary") => {
            let mut raw =
                base64(text).ok_or_else(|| wrong(array, "characters that are not base64", "base64"))?;
            if encoding == "GZipBase64Binary" {
                let mut plain = Vec::new();
                let limit = ((count * width) as u64).min(MAX_UNPACKED);
                flate2::read::ZlibDecoder::new(&raw[..])
                    .take(limit)
                    .read_to_end(&mut plain)
                    .map_err(|e| wrong(array, format!("a damaged zlib stream ({e})"), "a whole one"))?;
                raw = plain;
            }
            let little = match attribute("Endian") {
                "LittleEndian" => true,
                "BigEndian" => false,
                other => {
                    return Err(wrong(array, format!("Endian \"{other}\""), "LittleEndian or BigEndian"));
                }
            };
            raw.chunks_exact(width).take(count).map(|c| value(c, attribute("DataType"), little)).collect()
        }
        "ExternalFileBinary" => {
            return Err(wrong(array, "an array in a file of its own", "arrays within the file (convert it)"));
        }
        other => {
            return Err(wrong(
                array,
                format!("Encoding \"{other}\""),
                "ASCII, Base64Binary or GZipBase64Binary",
            ));
        }
    };
    if values.len() != count {
        return Err(wrong(array, format!("{} numbers", values.len()), format!("{count}")));
    }
    if attribute("ArrayIndexingOrder") == "ColumnMajorOrder" && dims.len() == 2 {
        let (rows, columns) = (dims[0], dims[1]);
        return Ok((0..count).map(|n| values[n / columns + rows * (n % columns)]).collect());
    }
    Ok(values)
}

fn value(c: &[u8], kind: &str, little: bool) -> f64 {
    let mut b = [0_u8; 8];
    let b = &mut b[..c.len()];
    b.copy_from_slice(c);
    if !little {
        b.reverse();
    }
    match (kind, &*b) {
        ("NIFTI_TYPE_INT32", &[p, q, r, s]) => f64::from(i32::from_le_bytes([p, q, r, s])),
        ("NIFTI_TYPE_UINT32", &[p, q, r, s]) => f64::from(u32::from_le_bytes([p, q, r, s])),
        (_, &[p, q, r, s]) => f64::from(f32::from_le_bytes([p, q, r, s])),
        (_, &[p, q, r, s, t, u, v, w]) => f64::from_le_bytes([p, q, r, s, t, u, v, w]),
        (_, b) => b.first().map_or(f64::NAN, |&v| f64::from(v)),
    }
}

/// Bytes of base64 text (RFC 4648); white space is passed over.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut n) = (0_u32, 0);
    for c in text.bytes().filter(|c| !c.is_ascii_whitespace()) {
        let v = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            // Only padding may follow, and it says nothing that the length does not.
            b'=' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(v);
        n += 6;
        if n >= 8 {
            n -= 8;
            out.push((bits >> n) as u8);
            bits &= (1 << n) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASCII: &str = r#"<?xml version="1.0"?><!DOCTYPE GIFTI SYSTEM "http://www.nitrc.org/frs/download.php/1594/gifti.dtd">
<GIFTI Version="1.0" NumberOfDataArrays="2">
<DataArray Intent="NIFTI_INTENT_POINTSET" DataType="NIFTI_TYPE_FLOAT32" ArrayIndexingOrder="RowMajorOrder"
 Dimensionality="2" Dim0="4" Dim1="3" Encoding="ASCII" Endian="LittleEndian" ExternalFileName="" ExternalFileOffset="">
<MetaData><MD><Name>VolGeomC_R</Name><Value>1</Value></MD><MD><Name>VolGeomC_A</Name><Value>2</Value></MD>
<MD><Name>VolGeomC_S</Name><Value>3</Value></MD></MetaData>
<Data>0 0 0 1 0 0 0 1 0 0 0 1</Data></DataArray>
<DataArray Intent="NIFTI_INTENT_TRIANGLE" DataType="NIFTI_TYPE_INT32" ArrayIndexingOrder="ColumnMajorOrder"
 Dimensionality="2" Dim0="4" Dim1="3" Encoding="ASCII" Endian="LittleEndian" ExternalFileName="" ExternalFileOffset="">
<Data>0 0 1 0 2 1 2 3 1 3 3 2</Data></DataArray></GIFTI>"#;

    #[test]
    fn text_and_order_and_volume_are_understood() {
        let g = read(ASCII.as_bytes()).unwrap();
        let s = g.surface.unwrap();
        assert!(s.is_watertight() && g.scanner);
        assert_eq!(s.vertices()[1], DVec3::new(2.0, 2.0, 3.0));
        assert_eq!(s.faces()[1], [0, 1, 3]);
    }

    #[test]
    fn base64_is_rfc_4648() {
        assert_eq!(base64("Zm9v\nYmE=").unwrap(), b"fooba");
        assert_eq!(base64("Zg==").unwrap(), b"f");
        assert_eq!(base64("Z!"), None);
    }

    #[test]
    fn damage_is_named_with_its_line() {
        let e = |from: &str, to: &str| read(ASCII.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        assert!(e("Dim0=\"4\"", "Dim0=\"5\"").contains("line 3: found 12 numbers; expected 15"));
        assert!(e("0 0 0 1", "0 0 x 1").contains("found \"x\"; expected a number"));
        assert!(e("ASCII", "Morse").contains("Encoding \"Morse\""));
        assert!(e("Dim0=\"4\"", "Dim0=\"99999999999999\"").contains("Dim0"));
        assert!(e("</GIFTI>", "").contains("XML"));
        assert!(read(&[0xff, 0xfe]).is_err());
    }
}
