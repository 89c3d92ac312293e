//! Words and numbers out of text, with line numbers for the errors.

use super::{Format, MeshError, Place};

/// Longest piece of a file that an error repeats.
const SHOWN: usize = 40;

/// What an error shows of bytes from a file: short, on one line, printable.
pub(super) fn shown(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(SHOWN)];
    let text: String =
        String::from_utf8_lossy(cut).chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if cut.len() < bytes.len() { format!("`{text}…`") } else { format!("`{text}`") }
}

pub(super) fn malformed(
    format: Format,
    place: Place,
    found: impl Into<String>,
    expected: impl Into<String>,
) -> MeshError {
    MeshError::Malformed { format, place, found: found.into(), expected: expected.into() }
}

/// A finite or non-finite decimal number, if the word is one.
pub(super) fn number(word: &[u8]) -> Option<f64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Words of a line, separated by white space.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty())
}

/// Lines with their numbers from 1; LF, CRLF and CR all end a line.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, number: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = self.rest.iter().position(|&b| b == b'\n' || b == b'\r').unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        let skip = if self.rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        self.rest = self.rest.get(end + skip..).unwrap_or_default();
        Some((self.number, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end() {
        let lines: Vec<_> = Lines::new(b"a\nb\r\nc\rd\n\ne").collect();
        let expected: [(usize, &[u8]); 6] = [(1, b"a"), (2, b"b"), (3, b"c"), (4, b"d"), (5, b""), (6, b"e")];
        assert_eq!(lines, expected);
        assert_eq!(Lines::new(b"").count(), 0);
    }

    #[test]
    fn what_is_shown_is_short_and_printable() {
        assert_eq!(shown(b"1,5"), "`1,5`");
        assert_eq!(shown(b"a\x00\xff\n"), "`a\u{FFFD}\u{FFFD}\u{FFFD}`");
        assert!(shown(&[b'x'; 1000]).len() < 60);
    }
}
