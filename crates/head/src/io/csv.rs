//! Landmarks as CSV (RFC 4180): what a person picks on a scan comes in, what a head has goes out.
//!
//! The first line names the columns, in any order: `name`, `side` (`left`, `right`, `midline`), `x_mm`, `y_mm`,
//! `z_mm` and `sd_mm` are needed; `origin` (`picked` where it is absent) and `method` are not. Other columns
//! are passed over.

use std::fmt::Write as _;

use glam::DVec3;
use thiserror::Error;

use super::text::{number, shown};
use crate::{
    frame::{Point, Side},
    landmark::{Landmark, Landmarks, Origin},
};

/// Why CSV is not a list of landmarks.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("landmark CSV, line {line}: found {found}; expected {expected}")]
pub struct CsvError {
    /// Line, from 1.
    pub line: usize,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
}

const COLUMNS: [&str; 8] = ["name", "side", "x_mm", "y_mm", "z_mm", "sd_mm", "origin", "method"];
const NEEDED: usize = 6;

const SIDES: [(&str, Side); 3] = [("left", Side::Left), ("right", Side::Right), ("midline", Side::Midline)];

const ORIGINS: [(&str, Origin); 6] = [
    ("measured", Origin::Measured),
    ("picked", Origin::Picked),
    ("detected", Origin::Detected),
    ("template", Origin::Template),
    ("rule", Origin::Rule),
    ("population", Origin::Population),
];

/// Writes landmarks, one a line, in their order. Coordinates read back exactly.
pub fn write_landmarks(landmarks: &Landmarks) -> Vec<u8> {
    let mut out = COLUMNS.join(",");
    out.push_str("\r\n");
    for (name, side, l) in landmarks.iter() {
        let DVec3 { x, y, z } = l.position.mm;
        let origin = ORIGINS.iter().find(|(_, o)| *o == l.origin).map_or("", |(n, _)| *n);
        // Writing to a String cannot fail.
        let _ =
            write!(out, "{},{side},{x},{y},{z},{},{origin},{}\r\n", quoted(name), l.sd_mm, quoted(&l.method));
    }
    out.into_bytes()
}

fn quoted(text: &str) -> String {
    match text.contains(['"', ',', '\r', '\n']) || text.trim() != text {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// Reads landmarks. A landmark given twice is an error, not a choice.
///
/// # Errors
/// [`CsvError`] with the line.
pub fn read_landmarks(bytes: &[u8]) -> Result<Landmarks, CsvError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        wrong(line, "bytes that are not UTF-8", "text in UTF-8")
    })?;
    let mut records = Records { rest: text, line: 1 };
    let Some((line, head)) = records.next().transpose()? else {
        return Err(wrong(1, "the end of the file", COLUMNS[..NEEDED].join(",")));
    };
    let mut columns = [None; COLUMNS.len()];
    for (slot, name) in columns.iter_mut().zip(COLUMNS) {
        *slot = head.iter().position(|c| c.trim().eq_ignore_ascii_case(name));
    }
    if let Some(k) = (0..NEEDED).find(|k| columns[*k].is_none()) {
        let hint =
            if head.len() == 1 && head[0].contains([';', '\t']) { " (separated by commas)" } else { "" };
        let found = shown(head.join(",").as_bytes());
        return Err(wrong(line, found, format!("a column `{}`{hint}", COLUMNS[k])));
    }
    let mut out = Landmarks::new();
    while let Some((line, record)) = records.next().transpose()? {
        if record.iter().all(|f| f.trim().is_empty()) {
            continue;
        }
        let field = |k: usize| columns[k].and_then(|c| record.get(c)).map_or("", |f: &String| f.trim());
        let one_of = |k: usize, names: &[&str]| {
            wrong(line, format!("{} = {}", COLUMNS[k], shown(field(k).as_bytes())), names.join(" or "))
        };
        let coordinate = |k: usize| {
            number(field(k).as_bytes())
                .filter(|v| v.is_finite())
                .ok_or_else(|| one_of(k, &["a finite number (with a point, not a comma)"]))
        };
        let name = field(0);
        if name.is_empty() {
            return Err(wrong(line, "no name", "the name of a landmark"));
        }
        let side = SIDES
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(field(1)))
            .ok_or_else(|| one_of(1, &SIDES.map(|s| s.0)))?
            .1;
        let position = Point::ras(coordinate(2)?, coordinate(3)?, coordinate(4)?);
        let sd_mm = coordinate(5)?;
        if sd_mm < 0.0 {
            return Err(one_of(5, &["a number of at least 0"]));
        }
        let origin = match field(6) {
            "" => Origin::Picked,
            word => {
                ORIGINS
                    .iter()
                    .find(|(n, _)| n.eq_ignore_ascii_case(word))
                    .ok_or_else(|| one_of(6, &ORIGINS.map(|o| o.0)))?
                    .1
            }
        };
        if out.get(name, side).is_some() {
            let found = format!("{} ({side}) a second time", shown(name.as_bytes()));
            return Err(wrong(line, found, "each landmark once"));
        }
        let method = field(7).to_owned();
        out.insert(name, side, Landmark { position, sd_mm, origin, method });
    }
    Ok(out)
}

fn wrong(line: usize, found: impl Into<String>, expected: impl Into<String>) -> CsvError {
    CsvError { line, found: found.into(), expected: expected.into() }
}

/// Records of RFC 4180: fields apart by commas, quotes doubled inside quotes, line ends allowed there.
struct Records<'a> {
    rest: &'a str,
    line: usize,
}

impl Iterator for Records<'_> {
    type Item = Result<(usize, Vec<String>), CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let first = self.line;
        let mut fields = vec![String::new()];
        let mut inside = false;
        let mut used = 0;
        let mut chars = self.rest.chars().peekable();
        while let Some(c) = chars.next() {
            used += c.len_utf8();
            if c == '\n' {
                self.line += 1;
            }
            let field = fields.last_mut()?;
            match c {
                '"' if inside && chars.peek() == Some(&'"') => {
                    chars.next();
                    used += 1;
                    field.push('"');
                }
                '"' if inside => inside = false,
                '"' if field.is_empty() => inside = true,
                _ if inside => field.push(c),
                ',' => fields.push(String::new()),
                '\n' => break,
                '\r' => {}
                _ => field.push(c),
            }
        }
        self.rest = &self.rest[used..];
        if inside {
            return Some(Err(wrong(first, "a quote that is not closed", "a closing quote")));
        }
        Some(Ok((first, fields)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read_landmarks(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn landmarks_come_back_exactly() {
        let mut landmarks = Landmarks::new();
        for (i, side) in [Side::Left, Side::Right, Side::Midline].into_iter().enumerate() {
            for (k, (_, origin)) in ORIGINS.iter().enumerate() {
                let position = Point::ras(0.1 * i as f64, 1.0 / 3.0, -1e-7 * k as f64);
                let method = "\"quoted\", two\nlines, 百会 ".to_owned();
                landmarks.insert(
                    &format!("n,{k}"),
                    side,
                    Landmark { position, sd_mm: 1.1, origin: *origin, method },
                );
            }
        }
        let bytes = write_landmarks(&landmarks);
        let back = read_landmarks(&bytes).unwrap();
        // Space at the ends of a field is not kept; everything else is.
        for (_, _, l) in landmarks.iter_mut() {
            l.method = l.method.trim().to_owned();
        }
        assert_eq!(back, landmarks);
    }

    #[test]
    fn columns_in_any_order_and_a_byte_order_mark() {
        let text = "\u{FEFF}Side,NAME,x_mm,y_mm,z_mm,note,sd_mm\nmidline,nasion,1,2,3,hello,1.5\n\n";
        let l = read_landmarks(text.as_bytes()).unwrap();
        let nasion = l.get("nasion", Side::Midline).unwrap();
        assert_eq!(
            (nasion.position.mm, nasion.sd_mm, nasion.origin),
            (DVec3::new(1.0, 2.0, 3.0), 1.5, Origin::Picked)
        );
        assert_eq!(l.len(), 1);
    }

    #[test]
    fn errors_name_the_line() {
        let head = "name,side,x_mm,y_mm,z_mm,sd_mm,origin\n";
        let row = |r: &str| error(&format!("{head}{r}"));
        assert_eq!(
            row("nasion,middle,1,2,3,1\n"),
            "landmark CSV, line 2: found side = `middle`; expected left or right or midline"
        );
        assert!(row("nasion,midline,1,2,,1\n").contains("found z_mm = ``; expected a finite number"));
        assert!(row("nasion,midline,1,2,nan,1\n").contains("z_mm = `nan`"));
        assert!(row("nasion,midline,1,2,3,-1\n").contains("sd_mm = `-1`; expected a number of at least 0"));
        assert!(row("nasion,midline,1,2,3,1,guessed\n").contains("origin = `guessed`"));
        assert!(row("a,left,1,2,3,1\na,left,1,2,3,1\n").contains("line 3: found `a` (left) a second time"));
        assert!(row(",left,1,2,3,1\n").contains("no name"));
        assert!(row("\"a\nb,left\n").contains("line 2: found a quote that is not closed"));
        assert!(error("name;side;x_mm\n").contains("a column `name` (separated by commas)"));
        assert!(error("").contains("line 1: found the end of the file"));
        assert!(
            read_landmarks(b"name\n\xff")
                .unwrap_err()
                .to_string()
                .contains("line 2: found bytes that are not")
        );
    }
}
