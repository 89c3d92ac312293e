//! One number after another out of the body of a PLY.

use super::{
    header::{Kind, Property},
    number, shown, wrong,
};
use crate::io::{MeshError, Place};

/// A body of either kind.
pub(super) trait Values {
    /// The next number. Every type of PLY fits in an `f64` exactly.
    fn next(&mut self, kind: Kind) -> Result<f64, MeshError>;
    /// Where the next number is.
    fn place(&self) -> Place;
    /// Bytes that are left.
    fn left(&self) -> usize;
    /// The fewest bytes that a value of a property can take.
    fn least_bytes(&self, property: &Property) -> u64;
}

/// A binary body.
pub(super) struct Binary<'a> {
    bytes: &'a [u8],
    at: usize,
    big: bool,
}

impl<'a> Binary<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize, big: bool) -> Self {
        Self { bytes, at, big }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], MeshError> {
        let Some(b) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>()) else {
            let at = Place::Byte(self.bytes.len());
            return Err(wrong(at, "the end of the file", format!("a number of {N} bytes at {}", self.at)));
        };
        self.at += N;
        let mut b = *b;
        if self.big {
            b.reverse();
        }
        Ok(b)
    }
}

impl Values for Binary<'_> {
    fn next(&mut self, kind: Kind) -> Result<f64, MeshError> {
        Ok(match kind {
            Kind::I8 => i8::from_le_bytes(self.take()?).into(),
            Kind::U8 => u8::from_le_bytes(self.take()?).into(),
            Kind::I16 => i16::from_le_bytes(self.take()?).into(),
            Kind::U16 => u16::from_le_bytes(self.take()?).into(),
            Kind::I32 => i32::from_le_bytes(self.take()?).into(),
            Kind::U32 => u32::from_le_bytes(self.take()?).into(),
            Kind::F32 => f32::from_le_bytes(self.take()?).into(),
            Kind::F64 => f64::from_le_bytes(self.take()?),
        })
    }

    fn place(&self) -> Place {
        Place::Byte(self.at)
    }

    fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    fn least_bytes(&self, property: &Property) -> u64 {
        property.list.unwrap_or(property.kind).bytes() as u64
    }
}

/// A text body: numbers apart by white space. That each row has a line of its own is custom, not relied on.
pub(super) struct Ascii<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Ascii<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize, header_lines: usize) -> Self {
        let mut ascii = Self { bytes, at, line: header_lines + 1 };
        ascii.skip_space();
        ascii
    }

    fn skip_space(&mut self) {
        while let Some(&b) = self.bytes.get(self.at).filter(|b| b.is_ascii_whitespace()) {
            let crlf = b == b'\r' && self.bytes.get(self.at + 1) == Some(&b'\n');
            if (b == b'\n' || b == b'\r') && !crlf {
                self.line += 1;
            }
            self.at += 1;
        }
    }
}

impl Values for Ascii<'_> {
    fn next(&mut self, kind: Kind) -> Result<f64, MeshError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        let word = &rest[..end];
        if word.is_empty() {
            return Err(wrong(Place::Line(self.line), "the end of the file", "a number"));
        }
        let Some(value) = number(word) else {
            return Err(wrong(Place::Line(self.line), shown(word), format!("a number ({kind:?})")));
        };
        self.at += end;
        // The end of a file has no line of its own to be named by.
        if !self.bytes[self.at..].trim_ascii_start().is_empty() {
            self.skip_space();
        } else {
            self.at = self.bytes.len();
        }
        Ok(value)
    }

    fn place(&self) -> Place {
        Place::Line(self.line)
    }

    fn left(&self) -> usize {
        // One more, for the white space that the last number may lack.
        self.bytes.len().saturating_sub(self.at) + 1
    }

    fn least_bytes(&self, _: &Property) -> u64 {
        2
    }
}
