//! Text and numbers for XML.

use std::fmt::Write as _;

/// Escapes text for element content and attribute values; characters that XML forbids are left out.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(c),
        }
    }
    out
}

/// A coordinate with at most one decimal, without a negative zero.
pub(crate) fn px(x: f64) -> String {
    let mut s = String::new();
    push_px(&mut s, x);
    s
}

/// Appends a coordinate with at most one decimal.
pub(crate) fn push_px(out: &mut String, x: f64) {
    // Rounding first, so that −0.04 is "0" and 2.0 is "2".
    let tenths = (x * 10.0).round() as i64;
    if tenths % 10 == 0 {
        let _ = write!(out, "{}", tenths / 10);
    } else {
        if tenths < 0 {
            out.push('-');
        }
        let a = tenths.unsigned_abs();
        let _ = write!(out, "{}.{}", a / 10, a % 10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (x, s) in
            [(-0.04, "0"), (2.0, "2"), (-0.25, "-0.3"), (10.06, "10.1"), (-12.34, "-12.3"), (-3.0, "-3")]
        {
            assert_eq!(px(x), s);
        }
    }

    #[test]
    fn text_cannot_break_out() {
        assert_eq!(escape("a<b>&\"c\"\u{1}\n"), "a&lt;b&gt;&amp;&quot;c&quot; ");
    }
}
