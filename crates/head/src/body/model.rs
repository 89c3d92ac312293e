//! The parametric human as it is stored: mesh, joints and targets.
//!
//! `template/body.gz` is gzip of: the line `BAIHUI-BODY 1`, four u32 (vertices, quads, joints, targets); vertices as
//! i32 hundredths of a millimetre, all x, then all y, then all z; quads as four u16; for each vertex the u16 of its
//! mirror image; joints as a name (u8 length, UTF-8) and three i32; targets as a name and, for vertices and joints
//! in order, i16 tenths of a millimetre, all x, all y, all z. Numbers are little-endian.

use std::{collections::BTreeMap, io::Read, sync::OnceLock};

use glam::DVec3;
use thiserror::Error;

use crate::surface::{Surface, SurfaceError};

/// The file, for those who want to hand it on as it is.
pub(crate) const BODY_GZ: &[u8] = include_bytes!("../../../../template/body.gz");

/// Largest file after unpacking, bytes.
const MAX_BYTES: u64 = 64 << 20;
const MAGIC: &[u8] = b"BAIHUI-BODY 1\n";

/// What is wrong with a model file.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Not gzip, or cut off.
    #[error("the body model cannot be unpacked: {0}")]
    Gzip(#[from] std::io::Error),
    /// Another kind of file.
    #[error("the file is no body model: it does not begin with BAIHUI-BODY 1")]
    Magic,
    /// It ends too early.
    #[error("the body model ends in the middle of {0}")]
    Short(&'static str),
    /// A count or index out of range.
    #[error("the body model says {what} {found}; at most {max} are possible")]
    Range {
        /// Of what.
        what: &'static str,
        /// What was found.
        found: usize,
        /// What is possible.
        max: usize,
    },
    /// A name that is not text.
    #[error("a name in the body model is not UTF-8")]
    Name,
    /// Faces that are no surface.
    #[error("the body model's faces are no surface: {0}")]
    Surface(#[from] SurfaceError),
}

/// Displacements of all vertices and joints, mm.
pub(crate) struct Target {
    pub(crate) vertices: Vec<DVec3>,
    pub(crate) joints: Vec<DVec3>,
}

/// The parametric human.
pub struct Model {
    pub(crate) surface: Surface,
    pub(crate) joint_names: Vec<String>,
    pub(crate) joints: Vec<DVec3>,
    pub(crate) targets: BTreeMap<String, Target>,
    pub(crate) mirror: Vec<u16>,
    pub(crate) face_of: Vec<u32>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("vertices", &self.surface.vertices().len())
            .field("joints", &self.joint_names.len())
            .field("targets", &self.targets.len())
            .finish()
    }
}

/// The built-in human, unpacked once, on first use.
///
/// # Panics
/// Never on input: the bytes are part of the program, and a test reads them.
#[expect(clippy::expect_used, reason = "the bytes are compiled in and tested")]
pub fn built_in() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| Model::read(BODY_GZ).expect("the built-in body is readable"))
}

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`] says what is wrong; no input makes it panic.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes).take(MAX_BYTES + 1).read_to_end(&mut plain)?;
        if plain.len() as u64 > MAX_BYTES {
            return Err(ModelError::Range { what: "bytes", found: plain.len(), max: MAX_BYTES as usize });
        }
        let mut r = Reader { rest: plain.strip_prefix(MAGIC).ok_or(ModelError::Magic)? };
        let vertices = r.count("vertices", usize::from(u16::MAX))?;
        let quads = r.count("quads", 200_000)?;
        let joints = r.count("joints", 1000)?;
        let targets = r.count("targets", 500)?;
        let positions = r.planar(vertices, "vertices", 4, 0.01)?;
        let mut faces = Vec::with_capacity(quads);
        for _ in 0..quads {
            let mut q = [0_u16; 4];
            for v in &mut q {
                *v = r.u16("quads")?;
                if usize::from(*v) >= vertices {
                    return Err(ModelError::Range {
                        what: "a vertex",
                        found: usize::from(*v),
                        max: vertices,
                    });
                }
            }
            faces.push(q);
        }
        let mut mirror = Vec::with_capacity(vertices);
        for _ in 0..vertices {
            let m = r.u16("mirror images")?;
            if usize::from(m) >= vertices {
                return Err(ModelError::Range {
                    what: "a mirror image",
                    found: usize::from(m),
                    max: vertices,
                });
            }
            mirror.push(m);
        }
        let mut joint_names = Vec::with_capacity(joints);
        let mut joint_places = Vec::with_capacity(joints);
        for _ in 0..joints {
            joint_names.push(r.name("joints")?);
            let p = r.planar(1, "joints", 4, 0.01)?;
            joint_places.extend(p);
        }
        let mut all = BTreeMap::new();
        for _ in 0..targets {
            let name = r.name("targets")?;
            let mut moved = r.planar(vertices + joints, "targets", 2, 0.1)?;
            let of_joints = moved.split_off(vertices);
            all.insert(name, Target { vertices: moved, joints: of_joints });
        }
        let triangles = triangles(&faces, &mirror);
        let mut face_of = vec![u32::MAX; vertices];
        for (f, t) in triangles.iter().enumerate() {
            for &v in t {
                let first = &mut face_of[v as usize];
                *first = (*first).min(f as u32);
            }
        }
        let surface = Surface::new(positions, triangles)?;
        Ok(Self { surface, joint_names, joints: joint_places, targets: all, mirror, face_of })
    }
}

/// Splits quads along the diagonal from the corner with the smallest number, counting a vertex and its mirror image
/// as one: mirrored quads are split alike.
fn triangles(quads: &[[u16; 4]], mirror: &[u16]) -> Vec<[u32; 3]> {
    let number = |v: u16| mirror.get(usize::from(v)).map_or(v, |&m| m.min(v));
    let mut out = Vec::with_capacity(quads.len() * 2);
    for q in quads {
        let k = (0..4).min_by_key(|&k| number(q[k])).unwrap_or(0);
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| u32::from(q[(k + i) % 4]));
        out.push([a, b, c]);
        out.push([a, c, d]);
    }
    out
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ModelError> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(ModelError::Short(what))?;
        self.rest = tail;
        Ok(*head)
    }

    fn u16(&mut self, what: &'static str) -> Result<u16, ModelError> {
        Ok(u16::from_le_bytes(self.take(what)?))
    }

    fn count(&mut self, what: &'static str, max: usize) -> Result<usize, ModelError> {
        let found = u32::from_le_bytes(self.take(what)?) as usize;
        if found > max { Err(ModelError::Range { what, found, max }) } else { Ok(found) }
    }

    fn name(&mut self, what: &'static str) -> Result<String, ModelError> {
        let [n] = self.take(what)?;
        let (head, tail) = self.rest.split_at_checked(usize::from(n)).ok_or(ModelError::Short(what))?;
        let name = std::str::from_utf8(head).map_err(|_| ModelError::Name)?.to_owned();
        self.rest = tail;
        Ok(name)
    }

    /// `n` vectors, all x, all y, all z, as integers of `width` bytes in units of `unit` mm.
    fn planar(
        &mut self,
        n: usize,
        what: &'static str,
        width: usize,
        unit: f64,
    ) -> Result<Vec<DVec3>, ModelError> {
        let (head, tail) = self.rest.split_at_checked(n * 3 * width).ok_or(ModelError::Short(what))?;
        self.rest = tail;
        let at = |i: usize| -> f64 {
            let b = &head[i * width..(i + 1) * width];
            let whole = match *b {
                [a, b] => i32::from(i16::from_le_bytes([a, b])),
                [a, b, c, d] => i32::from_le_bytes([a, b, c, d]),
                _ => 0,
            };
            f64::from(whole) * unit
        };
        Ok((0..n).map(|i| DVec3::new(at(i), at(n + i), at(2 * n + i))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_files_are_refused() {
        assert!(matches!(Model::read(b"no gzip"), Err(ModelError::Gzip(_))));
        let pack = |bytes: &[u8]| {
            let mut e = flate2::GzBuilder::new().read(bytes, flate2::Compression::fast());
            let mut out = Vec::new();
            e.read_to_end(&mut out).map(|_| out).unwrap_or_default()
        };
        assert!(matches!(Model::read(&pack(b"something else")), Err(ModelError::Magic)));
        let mut plain = Vec::new();
        let read = flate2::read::GzDecoder::new(BODY_GZ).read_to_end(&mut plain);
        assert!(read.is_ok());
        for cut in [20, 100, 5000, 300_000, plain.len() - 1] {
            assert!(matches!(Model::read(&pack(&plain[..cut])), Err(ModelError::Short(_))), "cut at {cut}");
        }
        let mut wild = plain;
        wild[14..18].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(Model::read(&pack(&wild)), Err(ModelError::Range { .. })));
    }

    #[test]
    fn the_mesh_is_its_own_mirror_image() {
        let m = built_in();
        let v = m.surface.vertices();
        let worst = v.iter().enumerate().map(|(i, p)| {
            let q = v[usize::from(m.mirror[i])];
            DVec3::new(-q.x, q.y, q.z).distance(*p)
        });
        assert!(worst.fold(0.0, f64::max) < 0.011, "hundredths of a millimetre are kept");
    }
}
