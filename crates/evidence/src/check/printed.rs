//! Numbers as printed: a value and the rounding that comes with it.

use crate::table::parse_number;
use std::fmt;

/// A closed interval of real numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Least value.
    pub lo: f64,
    /// Greatest value.
    pub hi: f64,
}

impl Interval {
    /// The interval between two values in either order.
    #[must_use]
    pub fn new(a: f64, b: f64) -> Self {
        if a <= b { Self { lo: a, hi: b } } else { Self { lo: b, hi: a } }
    }

    /// True where the intervals share a value; `slack` widens them against round-off of the computation.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        let slack = 1e-9 * (self.lo.abs() + self.hi.abs() + other.lo.abs() + other.hi.abs());
        self.lo <= other.hi + slack && other.lo <= self.hi + slack
    }

    /// Least and greatest absolute value.
    #[must_use]
    pub fn magnitude(self) -> Self {
        if self.lo > 0.0 {
            self
        } else if self.hi < 0.0 {
            Self { lo: -self.hi, hi: -self.lo }
        } else {
            Self { lo: 0.0, hi: self.hi.max(-self.lo) }
        }
    }

    /// A monotone function of the interval.
    #[must_use]
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self::new(f(self.lo), f(self.hi))
    }

    /// Difference of two intervals.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self { lo: self.lo - other.hi, hi: self.hi - other.lo }
    }
}

/// A printed number: `scaled / 10^decimals`, and all values that round to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Printed {
    scaled: i64,
    decimals: u32,
}

/// Printed numbers with more digits than this are not rounded in any way that matters here.
const MOST_DECIMALS: u32 = 12;

impl Printed {
    /// Reads a number as printed; trailing zeros count. Numbers with an exponent or more than twelve
    /// decimals are not read (papers do not print them so).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('\u{2212}', "-");
        let text = text.strip_prefix('+').unwrap_or(&text);
        let value = parse_number(text, false).ok()?;
        if text.contains(['e', 'E']) {
            return None;
        }
        let decimals = text.split_once(['.', ',']).map_or(0, |(_, d)| d.len());
        let decimals = u32::try_from(decimals).ok().filter(|d| *d <= MOST_DECIMALS)?;
        Self::new(value, decimals)
    }

    /// A value printed with so many decimals; `None` where it does not fit into 18 digits.
    #[must_use]
    pub fn new(value: f64, decimals: u32) -> Option<Self> {
        if decimals > MOST_DECIMALS {
            return None;
        }
        let scaled = (value * power_of_ten(decimals)).round();
        if !scaled.is_finite() || scaled.abs() > 1e15 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "below 1e15 by the line above")]
        Some(Self { scaled: scaled as i64, decimals })
    }

    /// The printed value.
    #[must_use]
    pub fn value(self) -> f64 {
        self.scaled as f64 / power_of_ten(self.decimals)
    }

    /// Digits after the point.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.decimals
    }

    /// The value in units of its last digit.
    #[must_use]
    pub fn scaled(self) -> i64 {
        self.scaled
    }

    /// Half a unit of the last digit.
    #[must_use]
    pub fn half_unit(self) -> f64 {
        0.5 / power_of_ten(self.decimals)
    }

    /// All values that round to it, by whichever rule halves are rounded.
    #[must_use]
    pub fn interval(self) -> Interval {
        Interval { lo: self.value() - self.half_unit(), hi: self.value() + self.half_unit() }
    }

    /// The same number with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { scaled: -self.scaled, ..self }
    }
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.*}", self.decimals as usize, self.value())
    }
}

pub(super) fn power_of_ten(n: u32) -> f64 {
    (0..n).fold(1.0, |x, _| x * 10.0)
}

/// How a p-value was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Equal,
    /// `<` or `≤`
    Below,
    /// `>` or `≥`
    Above,
}

/// A printed p-value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PValue {
    /// Its relation.
    pub relation: Relation,
    /// Its number.
    pub number: Printed,
}

impl PValue {
    /// Reads `0.03`, `.008`, `<0.01`, `P < 0.01`, `p=0.33`, `>0.05`. `None` where it is not a p-value
    /// between 0 and 1.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['p', 'P']).trim_start_matches("-value").trim();
        let (relation, rest) = match text.chars().next()? {
            '<' | '\u{2264}' => (Relation::Below, text.trim_start_matches(['<', '=', '\u{2264}'])),
            '>' | '\u{2265}' => (Relation::Above, text.trim_start_matches(['>', '=', '\u{2265}'])),
            '=' => (Relation::Equal, text.trim_start_matches('=')),
            _ => (Relation::Equal, text),
        };
        let number = Printed::parse(rest)?;
        (0.0..=1.0).contains(&number.value()).then_some(Self { relation, number })
    }

    /// True where some p in the range agrees with what is printed. A printed `p = 0.000` means below half
    /// of its last digit.
    #[must_use]
    pub fn agrees(self, range: Interval) -> bool {
        match self.relation {
            Relation::Equal => self.number.interval().meets(range),
            Relation::Below => range.lo <= self.number.value(),
            Relation::Above => range.hi >= self.number.value(),
        }
    }
}

impl fmt::Display for PValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.relation {
            Relation::Equal => "=",
            Relation::Below => "<",
            Relation::Above => ">",
        };
        write!(f, "p {sign} {}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_kept() {
        let a = Printed::parse("1.10").expect("number");
        assert_eq!((a.value(), a.decimals(), a.to_string().as_str()), (1.1, 2, "1.10"));
        assert!((a.interval().lo - 1.095).abs() < 1e-12 && (a.interval().hi - 1.105).abs() < 1e-12);
        assert_eq!(Printed::parse("-3").map(Printed::value), Some(-3.0));
        assert_eq!(Printed::parse("\u{2212}0.47").map(|p| p.to_string()), Some("-0.47".into()));
        for bad in ["", "x", "1e3", "0.1234567890123", "99999999999999999"] {
            assert_eq!(Printed::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn p_values_as_printed() {
        for (text, shown) in [
            ("<0.00001", "p < 0.00001"),
            (".008", "p = 0.008"),
            ("P = 0.33", "p = 0.33"),
            ("p>0.05", "p > 0.05"),
            ("P<=.001", "p < 0.001"),
        ] {
            assert_eq!(PValue::parse(text).map(|p| p.to_string()).as_deref(), Some(shown), "{text}");
        }
        for bad in ["", "n.s.", "1.2", "-0.1", "<"] {
            assert_eq!(PValue::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn agreement_is_by_intervals() {
        let range = Interval { lo: 0.0073, hi: 0.0078 };
        for (text, agrees) in [
            ("0.008", true),
            ("0.01", true),
            ("0.007", true),
            ("0.0070", false),
            ("<0.01", true),
            ("<0.005", false),
            (">0.05", false),
            (">0.005", true),
        ] {
            assert_eq!(PValue::parse(text).expect("p").agrees(range), agrees, "{text}");
        }
    }
}
