//! What the readers of images, surfaces and points share: one error, and numbers out of bytes.

use thiserror::Error;

use super::Place;

/// Why a file cannot be used: which format it was read as, where, what is there, what should be.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{format}, {place}: found {found}; expected {expected}")]
pub struct FileError {
    /// The format read as.
    pub format: &'static str,
    /// Where.
    pub place: Place,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
}

impl FileError {
    /// An error at a place.
    pub fn new(
        format: &'static str,
        place: Place,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self { format, place, found: found.into(), expected: expected.into() }
    }
}

/// Most bytes that a compressed file may hold.
pub(crate) const MAX_UNPACKED: u64 = 2 << 30;

/// Big-endian numbers out of bytes, one after the other.
pub(crate) struct Big<'a> {
    format: &'static str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Big<'a> {
    pub(crate) fn new(format: &'static str, bytes: &'a [u8], at: usize) -> Self {
        Self { format, bytes, at }
    }

    /// Offset of what is read next.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(crate) fn take(&mut self, n: usize, what: &str) -> Result<&'a [u8], FileError> {
        let end = self.at.checked_add(n);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(b) => {
                self.at += n;
                Ok(b)
            }
            None => Err(FileError::new(
                self.format,
                Place::Byte(self.at),
                format!("{} bytes to the end of the file", self.left()),
                format!("{n} bytes of {what}"),
            )),
        }
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], FileError> {
        let mut a = [0; N];
        a.copy_from_slice(self.take(N, what)?);
        Ok(a)
    }

    pub(crate) fn i16(&mut self, what: &str) -> Result<i16, FileError> {
        self.array(what).map(i16::from_be_bytes)
    }

    pub(crate) fn i32(&mut self, what: &str) -> Result<i32, FileError> {
        self.array(what).map(i32::from_be_bytes)
    }

    pub(crate) fn f32(&mut self, what: &str) -> Result<f64, FileError> {
        self.array(what).map(|b| f64::from(f32::from_be_bytes(b)))
    }

    /// A count that must lie in a range, and for which at least `each` bytes an element must be left.
    pub(crate) fn count(&mut self, what: &str, most: usize, each: usize) -> Result<usize, FileError> {
        let place = Place::Byte(self.at);
        let n = self.i32(what)?;
        let ok = usize::try_from(n).ok().filter(|&n| n <= most);
        let Some(count) = ok else {
            return Err(FileError::new(self.format, place, format!("{n} {what}"), format!("0 to {most}")));
        };
        if count.checked_mul(each).is_none_or(|need| need > self.left()) {
            return Err(FileError::new(
                self.format,
                place,
                format!("{count} {what} and {} bytes after them", self.left()),
                format!("at least {each} bytes for each"),
            ));
        }
        Ok(count)
    }
}
