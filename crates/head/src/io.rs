//! Files in and out: surface meshes of any origin and Baihui's own head files.
//!
//! Everything works on bytes in memory; opening files is the caller's. Readers trust nothing that a header
//! says beyond the bytes that are present, allocate no more than a fixed multiple of the input, and return an
//! error that names the format, the place, what was found and what was expected.
//!
//! | format | read | written |
//! |---|---|---|
//! | [`ply`] | ASCII, binary of either byte order; polygons | binary |
//! | [`stl`] | ASCII, binary; equal corners made one vertex | binary |
//! | [`obj`] | polygons, indices from either end | yes |
//! | [`glb`] | any glTF 2.0 binary; a whole [`crate::Head`] | a whole [`crate::Head`]; pictures in 3D |
//! | [`json`] | a whole [`crate::Head`] | a whole [`crate::Head`] |
//! | [`csv`] | landmarks | landmarks |
//! | [`points`] | digitised points and landmarks in eleven formats | no |
//! | [`mgh`] | FreeSurfer's images (MGH, MGZ) | no |
//! | [`freesurfer`] | FreeSurfer's surfaces and annotations | no |
//! | [`gifti`] | surfaces and labels | no |
//!
//! The readers are our own: the crates for PLY, STL and OBJ give errors without a place, read `f32` only, or
//! build what is then thrown away, and their behaviour on damaged bytes would have to be fenced in anyway.
//! [`read_mesh`] gives the triangles as they are in the file; [`crate::repair`] makes a surface of them.

use std::fmt;

use glam::DVec3;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::surface::MAX_ELEMENTS;

pub mod csv;
mod foreign;
pub mod freesurfer;
pub mod gifti;
pub mod glb;
pub mod json;
pub mod mgh;
pub mod obj;
pub mod ply;
pub mod points;
mod record;
pub mod stl;
mod text;

pub use foreign::FileError;
pub use record::{RECORD_VERSION, RecordError};

/// A mesh file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Stanford polygon format, ASCII or binary of either byte order.
    Ply,
    /// Stereolithography, ASCII or binary.
    Stl,
    /// Wavefront OBJ.
    Obj,
    /// glTF 2.0 binary.
    Glb,
}

impl Format {
    /// The format of a file name's extension (`ply`, `stl`, `obj`, `glb`, in any case, with or without a dot).
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.trim_start_matches('.').to_ascii_lowercase().as_str() {
            "ply" => Some(Self::Ply),
            "stl" => Some(Self::Stl),
            "obj" => Some(Self::Obj),
            "glb" => Some(Self::Glb),
            _ => None,
        }
    }

    /// The format of a file by its first bytes, where those are sure: OBJ has no mark, and binary STL neither.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"glTF") {
            Some(Self::Glb)
        } else if bytes.starts_with(b"ply\n") || bytes.starts_with(b"ply\r") {
            Some(Self::Ply)
        } else {
            None
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ply => "PLY",
            Self::Stl => "STL",
            Self::Obj => "OBJ",
            Self::Glb => "GLB",
        })
    }
}

/// Where in a file something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Offset from the start of the file, from 0.
    Byte(usize),
    /// Line of a text file, from 1.
    Line(usize),
    /// A named part of a structured file, such as `node 3`.
    Part(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(b) => write!(f, "byte {b}"),
            Self::Line(l) => write!(f, "line {l}"),
            Self::Part(p) => f.write_str(p),
        }
    }
}

/// Why bytes could not be read as a mesh.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MeshError {
    /// Something is not as the format has it.
    #[error("{format}, {place}: found {found}; expected {expected}")]
    Malformed {
        /// The format read as.
        format: Format,
        /// Where.
        place: Place,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// A feature of the format that is not read.
    #[error("{format}, {place}: {what} is not read; {hint}")]
    Unsupported {
        /// The format read as.
        format: Format,
        /// Where.
        place: Place,
        /// The feature.
        what: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// More vertices or triangles than a surface may have.
    #[error("{format}: {found} {what}; at most {MAX_ELEMENTS} are read")]
    TooLarge {
        /// The format read as.
        format: Format,
        /// "vertices" or "triangles".
        what: &'static str,
        /// How many the file has, or says that it has.
        found: u64,
    },
    /// A well-formed file without a triangle.
    #[error("{format}: the file holds no triangle; expected a surface")]
    Empty {
        /// The format read as.
        format: Format,
    },
}

/// A unit of length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LengthUnit {
    /// Millimetre.
    Millimetre,
    /// Centimetre.
    Centimetre,
    /// Metre.
    Metre,
    /// Inch, 25.4 mm.
    Inch,
}

impl LengthUnit {
    /// Millimetres in one unit.
    pub fn mm(self) -> f64 {
        match self {
            Self::Millimetre => 1.0,
            Self::Centimetre => 10.0,
            Self::Metre => 1000.0,
            Self::Inch => 25.4,
        }
    }
}

impl fmt::Display for LengthUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Millimetre => "millimetres",
            Self::Centimetre => "centimetres",
            Self::Metre => "metres",
            Self::Inch => "inches",
        })
    }
}

/// Triangles as a file has them, before any repair: vertices may be repeated, unused or not finite; faces may
/// be degenerate, repeated or turned inside out. Indices are always in range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawMesh {
    /// Vertex positions in the unit of the file.
    pub vertices: Vec<DVec3>,
    /// Corner indices of the triangles.
    pub faces: Vec<[u32; 3]>,
    /// Vertex colours (sRGB), one for each vertex, where the file has them.
    pub colours: Option<Vec<[u8; 3]>>,
    /// The unit that the *format* lays down (metres for GLB); `None` where it says nothing.
    pub unit: Option<LengthUnit>,
}

/// Reads a mesh file.
///
/// # Errors
/// [`MeshError`] names the format, the place, what was found and what was expected.
pub fn read_mesh(bytes: &[u8], format: Format) -> Result<RawMesh, MeshError> {
    match Format::sniff(bytes) {
        Some(other) if other != format => Err(MeshError::Malformed {
            format,
            place: Place::Byte(0),
            found: format!("a {other} file"),
            expected: format!("{format}; read it as what it is"),
        }),
        _ => match format {
            Format::Ply => ply::read_mesh(bytes),
            Format::Stl => stl::read_mesh(bytes),
            Format::Obj => obj::read_mesh(bytes),
            Format::Glb => glb::read_mesh(bytes),
        },
    }
}
