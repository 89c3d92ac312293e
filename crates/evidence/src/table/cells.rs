//! CSV bytes to cells (RFC 4180, with the separator recognised), keeping the line of each row.

use super::{Limits, TableError};

/// One cell as written.
pub type Cell = String;

/// One row of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Line in the file where the row begins, from 1.
    pub line: usize,
    /// The cells, trimmed of blanks outside quotes.
    pub cells: Vec<Cell>,
}

/// A table of text: a header and rows of equal length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawTable {
    /// Column names as written.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<RawRow>,
    /// The separator found; `None` for JSON.
    pub separator: Option<char>,
}

impl RawTable {
    /// Splits CSV bytes. Lines that begin with `#` before the header are comments; blank lines are passed
    /// over; a UTF-8 byte order mark is removed. The separator is the one of comma, semicolon and tab that
    /// occurs most often in the header outside quotes (semicolon and tab win ties, because a comma may be
    /// a decimal mark there).
    ///
    /// # Errors
    /// [`TableError`] for sizes, encoding, quotes, ragged rows and repeated column names.
    pub fn from_csv(bytes: &[u8], limits: &Limits) -> Result<Self, TableError> {
        if bytes.len() > limits.bytes {
            return Err(TableError::TooLarge { what: "bytes", found: bytes.len(), limit: limits.bytes });
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(TableError::Utf16);
        }
        let line_at = |offset: usize| 1 + bytes[..offset].iter().filter(|&&b| b == b'\n').count();
        if let Some(at) = bytes.iter().position(|&b| b == 0) {
            return Err(TableError::NulByte { line: line_at(at) });
        }
        let text =
            std::str::from_utf8(bytes).map_err(|e| TableError::NotUtf8 { line: line_at(e.valid_up_to()) })?;

        // Old Macintosh files end their lines with a carriage return alone.
        let old = (!text.contains('\n') && text.contains('\r')).then(|| text.replace('\r', "\n"));
        let text = old.as_deref().unwrap_or(text);
        let (start, first_line) = after_comments(text);
        let body = &text[start..];
        if body.trim().is_empty() {
            return Err(TableError::Empty("no header"));
        }
        let separator = recognise_separator(body);
        let mut rows = split(body, separator, first_line, limits)?;
        let header_row = rows.remove(0);
        let header = header_row.cells;
        if header.len() > limits.columns {
            return Err(TableError::TooLarge { what: "columns", found: header.len(), limit: limits.columns });
        }
        check_header(&header)?;
        for row in &rows {
            if row.cells.len() != header.len() {
                return Err(TableError::RaggedRow {
                    line: row.line,
                    found: row.cells.len(),
                    expected: header.len(),
                });
            }
        }
        if rows.is_empty() {
            return Err(TableError::Empty("a header and no rows"));
        }
        Ok(Self { header, rows, separator: Some(separator) })
    }

    /// Index of a column by its exact name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|h| h == name)
    }

    /// The cell of a row in a named column; empty where the column is absent.
    #[must_use]
    pub fn get<'a>(&self, row: &'a RawRow, name: &str) -> &'a str {
        self.column(name).and_then(|i| row.cells.get(i)).map_or("", String::as_str)
    }

    /// Writes the table back as CSV with commas, quoting where needed; one line feed after each row.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut out = String::new();
        let lines = std::iter::once(&self.header).chain(self.rows.iter().map(|r| &r.cells));
        for cells in lines {
            for (i, cell) in cells.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                let needs_quotes = cell.contains([',', '"', '\n', '\r']) || cell.trim() != cell;
                if needs_quotes {
                    out.push('"');
                    out.push_str(&cell.replace('"', "\"\""));
                    out.push('"');
                } else {
                    out.push_str(cell);
                }
            }
            out.push('\n');
        }
        out
    }
}

pub(super) fn check_header(header: &[String]) -> Result<(), TableError> {
    for (i, name) in header.iter().enumerate() {
        if let Some(first) = header[..i].iter().find(|n| *n == name && !name.is_empty()) {
            return Err(TableError::DuplicateColumn {
                first: first.clone(),
                second: name.clone(),
                meaning: "the same name".into(),
            });
        }
    }
    Ok(())
}

/// Byte offset of the first line that is neither blank nor a comment, and its line number.
fn after_comments(text: &str) -> (usize, usize) {
    let mut offset = 0;
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let trimmed = line.trim();
        if !trimmed.is_empty() && !trimmed.starts_with('#') {
            return (offset, i + 1);
        }
        offset += line.len();
    }
    (text.len(), 1)
}

fn recognise_separator(body: &str) -> char {
    let mut quoted = false;
    let (mut comma, mut semicolon, mut tab) = (0u32, 0u32, 0u32);
    for c in body.chars() {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => break,
            ',' if !quoted => comma += 1,
            ';' if !quoted => semicolon += 1,
            '\t' if !quoted => tab += 1,
            _ => {}
        }
    }
    if tab > 0 && tab >= semicolon && tab >= comma {
        '\t'
    } else if semicolon > 0 && semicolon >= comma {
        ';'
    } else {
        ','
    }
}

fn split(body: &str, separator: char, first_line: usize, limits: &Limits) -> Result<Vec<RawRow>, TableError> {
    let mut rows = Vec::new();
    let mut cells: Vec<Cell> = Vec::new();
    let mut cell = String::new();
    // Where a cell is quoted, blanks inside the quotes are kept.
    let mut was_quoted = false;
    let mut line = first_line;
    let mut row_line = line;
    let mut chars = body.chars().peekable();
    let too_long =
        |n: usize| TableError::TooLarge { what: "bytes in one cell", found: n, limit: limits.cell_bytes };

    loop {
        let next = chars.next();
        match next {
            Some('"') if cell.trim().is_empty() && !was_quoted => {
                cell.clear();
                was_quoted = true;
                let opened = line;
                loop {
                    match chars.next() {
                        None => return Err(TableError::UnclosedQuote { line: opened }),
                        Some('"') if chars.peek() == Some(&'"') => {
                            chars.next();
                            cell.push('"');
                        }
                        Some('"') => break,
                        Some(c) => {
                            line += usize::from(c == '\n');
                            cell.push(c);
                        }
                    }
                    if cell.len() > limits.cell_bytes {
                        return Err(too_long(cell.len()));
                    }
                }
            }
            Some(c) if c == separator => {
                cells.push(finish(&mut cell, &mut was_quoted));
            }
            Some('\r') if chars.peek() == Some(&'\n') => {}
            Some('\n') | None => {
                cells.push(finish(&mut cell, &mut was_quoted));
                let blank = cells.len() == 1 && cells[0].is_empty();
                let taken = std::mem::take(&mut cells);
                if !blank {
                    rows.push(RawRow { line: row_line, cells: taken });
                    if rows.len() > limits.rows + 1 {
                        return Err(TableError::TooLarge {
                            what: "rows",
                            found: rows.len(),
                            limit: limits.rows,
                        });
                    }
                }
                line += 1;
                row_line = line;
                if next.is_none() {
                    return Ok(rows);
                }
            }
            Some(c) => {
                if was_quoted {
                    if !c.is_whitespace() {
                        return Err(TableError::TextAfterQuote { line });
                    }
                } else {
                    cell.push(c);
                    if cell.len() > limits.cell_bytes {
                        return Err(too_long(cell.len()));
                    }
                }
            }
        }
    }
}

fn finish(cell: &mut String, was_quoted: &mut bool) -> Cell {
    let text = std::mem::take(cell);
    let quoted = std::mem::replace(was_quoted, false);
    if quoted { text } else { text.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RawTable, TableError> {
        RawTable::from_csv(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn quotes_lines_and_separators() {
        let t = read("# note\n\nstudy;n\r\n\"A; \"\"x\"\"\nb\";3\n\nC;4").expect("valid");
        assert_eq!(t.separator, Some(';'));
        assert_eq!(t.rows[0].cells, ["A; \"x\"\nb", "3"]);
        assert_eq!((t.rows[0].line, t.rows[1].line), (4, 7));
    }

    #[test]
    fn damage_names_the_line() {
        assert_eq!(read("a,b\n1,\"2\n3,4\n"), Err(TableError::UnclosedQuote { line: 2 }));
        assert_eq!(read("a,b\n1,2,3\n"), Err(TableError::RaggedRow { line: 2, found: 3, expected: 2 }));
        assert_eq!(read("a,b\n\"1\"x,2\n"), Err(TableError::TextAfterQuote { line: 2 }));
        assert_eq!(
            RawTable::from_csv(b"a\n\xff\n", &Limits::default()),
            Err(TableError::NotUtf8 { line: 2 })
        );
        assert_eq!(RawTable::from_csv(b"a\n\0\n", &Limits::default()), Err(TableError::NulByte { line: 2 }));
        assert!(matches!(read("a,a\n1,2\n"), Err(TableError::DuplicateColumn { .. })));
        assert!(matches!(read(""), Err(TableError::Empty(_))));
        assert!(matches!(read("a,b\n"), Err(TableError::Empty(_))));
    }

    #[test]
    fn files_of_other_systems() {
        let old = RawTable::from_csv(b"a,b\r1,2\r3,4\r", &Limits::default()).expect("valid");
        assert_eq!((old.rows.len(), old.rows[1].line), (2, 3));
        for bytes in [b"\xff\xfea\0", b"\xfe\xff\0a"] {
            assert_eq!(RawTable::from_csv(bytes, &Limits::default()), Err(TableError::Utf16));
        }
    }

    #[test]
    fn writing_and_reading_return_the_same() {
        let t = read("a,b\n\"x, y\",\" z\"\n\"q\"\"\",\n").expect("valid");
        let again = read(&t.to_csv()).expect("valid");
        assert_eq!(t.header, again.header);
        assert_eq!(
            t.rows.iter().map(|r| &r.cells).collect::<Vec<_>>(),
            again.rows.iter().map(|r| &r.cells).collect::<Vec<_>>()
        );
    }

    #[test]
    fn limits_hold() {
        let small = Limits { rows: 2, columns: 2, cell_bytes: 4, bytes: 40, problems: 5 };
        for text in ["a\n1\n2\n3\n", "a,b,c\n1,2,3\n", "a\n12345\n", "a\n\"12345\"\n", &"a\n1\n".repeat(20)] {
            assert!(
                matches!(RawTable::from_csv(text.as_bytes(), &small), Err(TableError::TooLarge { .. })),
                "{text}"
            );
        }
    }
}
