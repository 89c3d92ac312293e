//! Numbers as people type them.

use std::fmt;

/// Why a cell is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberProblem {
    /// Letters or other marks.
    Text,
    /// A percent sign.
    Percent,
    /// `<`, `>` or another relation in front.
    Relation,
    /// Digits grouped such that a decimal comma and a thousands comma cannot be told apart.
    AmbiguousComma,
    /// Mean and deviation in one cell.
    PlusMinus,
    /// Infinite or beyond the range of a double.
    NotFinite,
}

impl fmt::Display for NumberProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a number",
            Self::Percent => "a number without a percent sign (give the count, or the value as a plain number)",
            Self::Relation => "an exact number, not a bound",
            Self::AmbiguousComma => {
                "a number whose comma is clear (this could be a decimal or a thousands comma; write a decimal point)"
            }
            Self::PlusMinus => "one number (put the standard deviation in a column of its own)",
            Self::NotFinite => "a finite number",
        })
    }
}

/// True where a cell says that there is no value: empty, `NA`, `NaN`, `.`, `-`, `not reported`.
#[must_use]
pub(crate) fn is_missing(cell: &str) -> bool {
    matches!(
        cell.to_ascii_lowercase().as_str(),
        "" | "na"
            | "nan"
            | "n/a"
            | "."
            | "-"
            | "\u{2013}"
            | "\u{2014}"
            | "null"
            | "nr"
            | "not reported"
            | "not seen"
    )
}

/// Reads a number. A comma is taken as the decimal mark only where it cannot be a thousands mark
/// (`3,5`, `0,125`, but not `1,234`), or where `decimal_comma` says that the table uses it.
/// The typographic minus (U+2212) is a minus.
///
/// # Errors
/// [`NumberProblem`] says what stands in the way.
pub fn parse_number(cell: &str, decimal_comma: bool) -> Result<f64, NumberProblem> {
    let text = cell.trim().replace('\u{2212}', "-");
    if text.contains('%') {
        return Err(NumberProblem::Percent);
    }
    if text.starts_with(['<', '>', '=', '\u{2264}', '\u{2265}', '~', '\u{2248}']) {
        return Err(NumberProblem::Relation);
    }
    if text.contains('\u{b1}') || text.contains("+-") || text.contains("+/-") {
        return Err(NumberProblem::PlusMinus);
    }
    let plain = match text.matches(',').count() {
        0 => text,
        1 if !text.contains('.') => {
            let ambiguous = !decimal_comma
                && text.split_once(',').is_some_and(|(whole, part)| {
                    let whole = whole.trim_start_matches(['-', '+']);
                    part.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0')
                });
            if ambiguous {
                return Err(NumberProblem::AmbiguousComma);
            }
            text.replace(',', ".")
        }
        _ => return Err(NumberProblem::AmbiguousComma),
    };
    // `inf`, `nan` and hexadecimal forms are not numbers that a trial reports.
    if !plain.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')) {
        let infinite = matches!(
            plain.trim_start_matches(['-', '+']).to_ascii_lowercase().as_str(),
            "inf" | "infinity" | "\u{221e}"
        );
        return Err(if infinite { NumberProblem::NotFinite } else { NumberProblem::Text });
    }
    let value: f64 = plain.parse().map_err(|_| NumberProblem::Text)?;
    if value.is_finite() { Ok(value) } else { Err(NumberProblem::NotFinite) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_typed() {
        for (text, comma, value) in [
            ("12", false, 12.0),
            ("-3.5", false, -3.5),
            ("\u{2212}3.5", false, -3.5),
            ("3,5", false, 3.5),
            ("0,125", false, 0.125),
            ("1,234", true, 1.234),
            ("1e-3", false, 0.001),
            (" 7 ", false, 7.0),
        ] {
            assert_eq!(parse_number(text, comma), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number() {
        for (text, problem) in [
            ("twelve", NumberProblem::Text),
            ("12%", NumberProblem::Percent),
            ("<0.01", NumberProblem::Relation),
            ("1,234", NumberProblem::AmbiguousComma),
            ("1,234,567", NumberProblem::AmbiguousComma),
            ("5.2\u{b1}5.0", NumberProblem::PlusMinus),
            ("inf", NumberProblem::NotFinite),
            ("1e999", NumberProblem::NotFinite),
            ("0x10", NumberProblem::Text),
            ("1 234", NumberProblem::Text),
            ("--3", NumberProblem::Text),
        ] {
            assert_eq!(parse_number(text, false), Err(problem), "{text}");
        }
    }
}
