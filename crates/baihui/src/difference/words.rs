//! Sentences and numbers, in two languages.

use baihui_head::body::BodyReport;

use super::Both;

/// What is said where nothing is known.
pub(super) fn unknown() -> Both {
    Both::new("No source that was seen says it.", "所见资料均未说明。")
}

/// A number and its noun.
pub(super) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// A range of counts with its noun phrase.
pub(super) fn span(a: usize, b: usize, one: &str, many: &str) -> String {
    match (a, b) {
        (1, 1) => format!("1 {one}"),
        (a, b) if a == b => format!("{a} {many}"),
        (a, b) => format!("{a} to {b} {many}"),
    }
}

/// A range.
pub(super) fn span_zh(a: f64, b: f64) -> String {
    if a == b { number(a) } else { format!("{}至{}", number(a), number(b)) }
}

/// A number without needless decimals.
pub(super) fn number(x: f64) -> String {
    if (x - x.round()).abs() < 0.05 || x.abs() >= 100.0 { format!("{x:.0}") } else { format!("{x:.1}") }
}

/// A part of the body.
pub(super) fn part(id: &str) -> Both {
    match id {
        "head" => Both::new("head and face", "头面"),
        "trunk" => Both::new("neck and trunk", "颈项躯干"),
        "arm" => Both::new("arm and hand", "上肢"),
        _ => Both::new("leg and foot", "下肢"),
    }
}

/// Whose body.
pub(super) fn body(r: &BodyReport) -> String {
    format!(
        "{}, {:.0} years, {:.0} cm, {:.0} kg",
        r.shape.sex.name(),
        r.shape.age_years,
        r.height_mm / 10.0,
        r.weight_kg
    )
}
