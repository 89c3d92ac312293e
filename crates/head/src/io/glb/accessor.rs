//! Numbers out of the binary buffer, every offset checked against the bytes that are there.

use glam::DVec3;

use super::{
    container::malformed,
    document::{Accessor, Document},
};
use crate::{
    io::{Format, MeshError, Place},
    surface::MAX_ELEMENTS,
};

const F32: u32 = 5126;

/// A checked run of elements: `count` elements of `width` components, `stride` bytes apart.
pub(super) struct Elements<'a> {
    bytes: &'a [u8],
    stride: usize,
    /// How many elements there are.
    pub(super) count: usize,
    /// Components in one element.
    pub(super) width: usize,
    component: u32,
    normalized: bool,
}

fn size_of(component: u32) -> Option<usize> {
    match component {
        5120 | 5121 => Some(1),
        5122 | 5123 => Some(2),
        5125 | F32 => Some(4),
        _ => None,
    }
}

/// Finds the bytes of an accessor and checks that all its elements lie within them.
pub(super) fn elements<'a>(doc: &Document, bin: &'a [u8], index: u32) -> Result<Elements<'a>, MeshError> {
    let place = || Place::Part(format!("accessor {index}"));
    let Some(accessor) = doc.accessors.get(index as usize) else {
        let expected = format!("one of {} accessors", doc.accessors.len());
        return Err(malformed(place(), "no such accessor", expected));
    };
    let Accessor { byte_offset, component_type, count, .. } = *accessor;
    if accessor.sparse.is_some() || accessor.buffer_view.is_none() {
        return Err(MeshError::Unsupported {
            format: Format::Glb,
            place: place(),
            what: "an accessor that is sparse or has no buffer view".into(),
            hint: "export the mesh without sparse accessors and without mesh compression",
        });
    }
    let Some(size) = size_of(component_type) else {
        return Err(malformed(place(), format!("component type {component_type}"), "one of 5120 to 5126"));
    };
    let width = match accessor.kind.as_str() {
        "SCALAR" => 1,
        "VEC2" => 2,
        "VEC3" => 3,
        "VEC4" => 4,
        other => {
            return Err(malformed(
                place(),
                format!("elements of type {other:?}"),
                "SCALAR, VEC2, VEC3 or VEC4",
            ));
        }
    };
    if count > MAX_ELEMENTS as u64 * 3 {
        return Err(MeshError::TooLarge { format: Format::Glb, what: "accessor elements", found: count });
    }
    let view_index = accessor.buffer_view.unwrap_or(u32::MAX);
    let Some(view) = doc.buffer_views.get(view_index as usize) else {
        let found = format!("buffer view {view_index}");
        return Err(malformed(place(), found, format!("one of {} buffer views", doc.buffer_views.len())));
    };
    if view.buffer != 0 || doc.buffers.first().is_none_or(|b| b.uri.is_some()) {
        return Err(MeshError::Unsupported {
            format: Format::Glb,
            place: place(),
            what: "data outside the file's own binary chunk".into(),
            hint: "export as one self-contained .glb file",
        });
    }
    let element = size * width;
    let stride = view.byte_stride.unwrap_or(element as u64);
    if stride < element as u64 {
        return Err(malformed(place(), format!("a stride of {stride} bytes"), format!("at least {element}")));
    }
    let bytes = (|| {
        let start = usize::try_from(view.byte_offset).ok()?;
        let stop = start.checked_add(usize::try_from(view.byte_length).ok()?)?;
        bin.get(start..stop)?.get(usize::try_from(byte_offset).ok()?..)
    })();
    let needed = match count {
        0 => Some(0),
        n => (n - 1).checked_mul(stride).and_then(|b| b.checked_add(element as u64)),
    };
    match (bytes, needed) {
        (Some(bytes), Some(needed)) if needed <= bytes.len() as u64 => Ok(Elements {
            bytes,
            stride: stride as usize,
            count: count as usize,
            width,
            component: component_type,
            normalized: accessor.normalized,
        }),
        _ => {
            let found = format!("{count} elements of {element} bytes");
            let expected = format!(
                "no more than buffer view {view_index} holds in a binary chunk of {} bytes",
                bin.len()
            );
            Err(malformed(place(), found, expected))
        }
    }
}

impl Elements<'_> {
    fn component(&self, element: usize, k: usize) -> f64 {
        let size = size_of(self.component).unwrap_or(1);
        // In range by the check in `elements`.
        let b = &self.bytes[element * self.stride + k * size..];
        let (value, full) = match self.component {
            5120 => (f64::from(b[0] as i8), 127.0),
            5121 => (f64::from(b[0]), 255.0),
            5122 => (f64::from(i16::from_le_bytes([b[0], b[1]])), 32767.0),
            5123 => (f64::from(u16::from_le_bytes([b[0], b[1]])), 65535.0),
            5125 => return f64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]])),
            _ => return f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
        };
        if self.normalized { (value / full).max(-1.0) } else { value }
    }

    /// All elements as positions; `None` unless they have three components.
    pub(super) fn positions(&self) -> Option<Vec<DVec3>> {
        if self.width != 3 {
            return None;
        }
        if self.component == F32 {
            return Some(
                (0..self.count)
                    .map(|i| {
                        let b = &self.bytes[i * self.stride..i * self.stride + 12];
                        let f =
                            |k: usize| f64::from(f32::from_le_bytes([b[k], b[k + 1], b[k + 2], b[k + 3]]));
                        DVec3::new(f(0), f(4), f(8))
                    })
                    .collect(),
            );
        }
        let at = |i| DVec3::new(self.component(i, 0), self.component(i, 1), self.component(i, 2));
        Some((0..self.count).map(at).collect())
    }

    /// All elements as indices; `None` unless they are unsigned scalars.
    pub(super) fn indices(&self) -> Option<Vec<u32>> {
        if self.width != 1 || !matches!(self.component, 5121 | 5123 | 5125) || self.normalized {
            return None;
        }
        if self.component == 5125 {
            return Some(
                (0..self.count)
                    .map(|i| {
                        let b = &self.bytes[i * self.stride..i * self.stride + 4];
                        u32::from_le_bytes([b[0], b[1], b[2], b[3]])
                    })
                    .collect(),
            );
        }
        Some((0..self.count).map(|i| self.component(i, 0) as u32).collect())
    }

    /// All elements as colours: three linear components in 0..=1 made sRGB bytes; a fourth is dropped.
    pub(super) fn colours(&self) -> Option<Vec<[u8; 3]>> {
        if self.width < 3 || (self.component != F32 && !self.normalized) {
            return None;
        }
        let at = |i| [0, 1, 2].map(|k| super::scene::to_srgb(self.component(i, k)));
        Some((0..self.count).map(at).collect())
    }
}
