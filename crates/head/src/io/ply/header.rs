//! The header of a PLY: always text.

use super::wrong;
use crate::io::{
    MeshError, Place,
    text::{shown, words},
};

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Ascii,
    LittleEndian,
    BigEndian,
}

/// A number's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Kind {
    /// Both the first names and the later ones with sizes.
    fn named(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"char" | b"int8" => Self::I8,
            b"uchar" | b"uint8" => Self::U8,
            b"short" | b"int16" => Self::I16,
            b"ushort" | b"uint16" => Self::U16,
            b"int" | b"int32" => Self::I32,
            b"uint" | b"uint32" => Self::U32,
            b"float" | b"float32" => Self::F32,
            b"double" | b"float64" => Self::F64,
            _ => return None,
        })
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The factor that takes a colour of this type to 0..=255.
    pub(super) fn to_byte(self) -> f64 {
        match self {
            Self::F32 | Self::F64 => 255.0,
            Self::U16 => 255.0 / 65535.0,
            _ => 1.0,
        }
    }
}

/// A property of an element: a number, or a list with the type of its length.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) list: Option<Kind>,
    pub(super) kind: Kind,
}

/// An element: so many rows of these properties.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) count: u64,
    pub(super) properties: Vec<Property>,
}

/// A whole header.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) encoding: Encoding,
    pub(super) elements: Vec<Element>,
    /// Lines of the header, `end_header` included.
    pub(super) lines: usize,
}

/// Reads the header and gives the offset of the body.
pub(super) fn parse(bytes: &[u8]) -> Result<(Header, usize), MeshError> {
    // The first line end shows how lines end; in a binary file the first byte of the body may itself look
    // like one.
    let end: &[u8] = match bytes.iter().position(|&b| b == b'\n' || b == b'\r') {
        Some(i) if bytes[i..].starts_with(b"\r\n") => b"\r\n",
        Some(i) if bytes[i] == b'\r' => b"\r",
        _ => b"\n",
    };
    let mut encoding = None;
    let mut elements: Vec<Element> = Vec::new();
    let (mut at, mut line) = (0, 0);
    loop {
        line += 1;
        let rest = &bytes[at..];
        let length = rest.windows(end.len()).position(|w| w == end);
        let text = &rest[..length.unwrap_or(rest.len())];
        let bad = |expected: &str| wrong(Place::Line(line), shown(text), expected);
        let parts: Vec<&[u8]> = words(text).take(6).collect();
        if line == 1 && parts != [b"ply"] {
            return Err(bad("`ply`"));
        }
        let known = match parts.as_slice() {
            [b"ply"] if line == 1 => true,
            [b"end_header"] => {
                let encoding = encoding.ok_or_else(|| bad("a `format` line before the end of the header"))?;
                // Without a line end there is no body; the elements will miss it.
                let body = at + length.map_or(rest.len(), |l| l + end.len());
                return Ok((Header { encoding, elements, lines: line }, body));
            }
            [] | [b"comment" | b"obj_info", ..] => true,
            [b"format", name, b"1.0"] => {
                encoding = match *name {
                    b"ascii" => Some(Encoding::Ascii),
                    b"binary_little_endian" => Some(Encoding::LittleEndian),
                    b"binary_big_endian" => Some(Encoding::BigEndian),
                    _ => None,
                };
                encoding.is_some()
            }
            [b"element", name, count] => match std::str::from_utf8(count).ok().and_then(|c| c.parse().ok()) {
                Some(count) => {
                    let name = String::from_utf8_lossy(name).into_owned();
                    elements.push(Element { name, count, properties: Vec::new() });
                    true
                }
                None => false,
            },
            [b"property", kinds @ .., name] => {
                let name = String::from_utf8_lossy(name).into_owned();
                let property = match kinds {
                    [kind] => Kind::named(kind).map(|kind| Property { name, list: None, kind }),
                    [b"list", count, kind] => match (Kind::named(count), Kind::named(kind)) {
                        (Some(count), Some(kind)) => Some(Property { name, list: Some(count), kind }),
                        _ => None,
                    },
                    _ => None,
                };
                match (property, elements.last_mut()) {
                    (Some(p), Some(e)) => {
                        e.properties.push(p);
                        true
                    }
                    _ => false,
                }
            }
            _ => false,
        };
        if !known {
            return Err(bad("a line of a PLY 1.0 header"));
        }
        let Some(length) = length else {
            return Err(wrong(Place::Line(line), "the end of the file", "`end_header`"));
        };
        at += length + end.len();
    }
}
