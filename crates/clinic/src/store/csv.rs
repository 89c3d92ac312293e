//! Comma-separated values for people and spreadsheets.

use serde::Serialize;

/// Minutes with one decimal.
pub(super) fn minutes(ms: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a session lasts less than 2^53 ms")]
    let minutes = ms as f64 / 60_000.0;
    format!("{minutes:.1}")
}

/// A number, or nothing.
pub(super) fn number_of(value: Option<f64>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

/// The word by which JSON knows a value; nothing for none.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(s)) => s,
        Ok(serde_json::Value::Null) | Err(_) => String::new(),
        Ok(other) => other.to_string(),
    }
}

/// Comma-separated values after RFC 4180, without formulas.
pub(super) struct Csv {
    pub(super) bytes: Vec<u8>,
}

impl Csv {
    pub(super) fn new(names: &[&str]) -> Self {
        let mut csv = Self { bytes: Vec::new() };
        csv.row(names);
        csv
    }

    pub(super) fn row(&mut self, cells: &[&str]) {
        let cells: Vec<String> = cells.iter().map(|c| cell(c)).collect();
        self.bytes.extend(cells.join(",").as_bytes());
        self.bytes.extend(b"\r\n");
    }
}

fn cell(text: &str) -> String {
    let is_number = text.parse::<f64>().is_ok();
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        for (text, expected) in [
            ("plain", "plain"),
            ("-3.5", "-3.5"),
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
            ("-x", "'-x"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=\"a\",1", "\"'=\"\"a\"\",1\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
