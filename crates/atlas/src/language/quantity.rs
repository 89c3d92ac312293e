//! Lengths and fractions as the books write them: `"1.5 cun"`, `"2 cm"`, `"1/3"`.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Which stretch of the head a cun is measured on. One cun for the whole head is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CunScale {
    /// By the stretch and direction of the measure itself (the rule).
    Local,
    /// Glabella to mid-anterior hairline = 3.
    Forehead,
    /// Mid-anterior to mid-posterior hairline = 12.
    Vault,
    /// Between the corners of the anterior hairline = 9.
    Front,
    /// Between the mastoid processes = 9.
    Back,
}

/// The unit of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Proportional cun of a scale.
    Cun(CunScale),
    /// Millimetres (centimetres are converted); absolute, not scaled to the head.
    Mm,
}

/// A length with its unit. Written as `"1.5 cun"`, `"1 vault-cun"`, `"2 cm"`, `"15 mm"`.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
#[schemars(with = "String")]
pub struct Length {
    /// The number in `unit`.
    pub value: f64,
    /// The unit.
    pub unit: Unit,
}

impl Length {
    /// A length in proportional cun of the local scale.
    pub const fn cun(value: f64) -> Self {
        Self { value, unit: Unit::Cun(CunScale::Local) }
    }

    /// A length in millimetres.
    pub const fn mm(value: f64) -> Self {
        Self { value, unit: Unit::Mm }
    }
}

impl std::ops::Neg for Length {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, unit: self.unit }
    }
}

impl FromStr for Length {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "\"{text}\" is not a length; write a number and a unit (cun, forehead-cun, vault-cun, front-cun, back-cun, cm or mm), for example \"1.5 cun\""
            )
        };
        let (number, unit) = text.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
        let value: f64 = number.parse().ok().filter(|v: &f64| v.is_finite()).ok_or_else(wrong)?;
        let cun = |scale| Ok(Self { value, unit: Unit::Cun(scale) });
        match unit.trim() {
            "cun" => cun(CunScale::Local),
            "forehead-cun" => cun(CunScale::Forehead),
            "vault-cun" => cun(CunScale::Vault),
            "front-cun" => cun(CunScale::Front),
            "back-cun" => cun(CunScale::Back),
            "cm" => Ok(Self::mm(value * 10.0)),
            "mm" => Ok(Self::mm(value)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = self.value;
        match self.unit {
            Unit::Cun(CunScale::Local) => write!(f, "{v} cun"),
            Unit::Cun(CunScale::Forehead) => write!(f, "{v} forehead-cun"),
            Unit::Cun(CunScale::Vault) => write!(f, "{v} vault-cun"),
            Unit::Cun(CunScale::Front) => write!(f, "{v} front-cun"),
            Unit::Cun(CunScale::Back) => write!(f, "{v} back-cun"),
            Unit::Mm => write!(f, "{} cm", v / 10.0),
        }
    }
}

/// A fraction of a length, 0 to 1. Written as `"1/3"` or `"0.4"`.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
#[schemars(with = "String")]
pub struct Fraction {
    numerator: f64,
    denominator: f64,
}

impl Fraction {
    /// The value.
    pub fn value(self) -> f64 {
        self.numerator / self.denominator
    }
}

impl FromStr for Fraction {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (a, b) = text.split_once('/').unwrap_or((text, "1"));
        let parse = |s: &str| s.trim().parse::<f64>().ok().filter(|v| v.is_finite());
        match (parse(a), parse(b)) {
            (Some(numerator), Some(denominator))
                if denominator > 0.0 && (0.0..=1.0).contains(&(numerator / denominator)) =>
            {
                Ok(Self { numerator, denominator })
            }
            _ => Err(format!("\"{text}\" is not a fraction between 0 and 1; write it as \"1/3\" or \"0.4\"")),
        }
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator == 1.0 {
            write!(f, "{}", self.numerator)
        } else {
            write!(f, "{}/{}", self.numerator, self.denominator)
        }
    }
}

macro_rules! as_string {
    ($($t:ty),*) => {$(
        impl<'de> Deserialize<'de> for $t {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(de::Error::custom)
            }
        }
        impl Serialize for $t {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
    )*};
}
as_string!(Length, Fraction);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_written() {
        assert_eq!("1.5 cun".parse(), Ok(Length::cun(1.5)));
        assert_eq!("0.5 cm".parse(), Ok(Length::mm(5.0)));
        for text in ["0.5 cun", "1 vault-cun", "2.5 cm", "3 back-cun"] {
            assert_eq!(text.parse::<Length>().unwrap().to_string(), text);
        }
        for wrong in ["5", "cun", "1.5cun", "NaN cm", "1 inch", ""] {
            assert!(wrong.parse::<Length>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn fractions_read_as_written() {
        assert_eq!("1/3".parse::<Fraction>().unwrap().value(), 1.0 / 3.0);
        assert_eq!("2/5".parse::<Fraction>().unwrap().to_string(), "2/5");
        for wrong in ["4/3", "1/0", "-1/2", "half"] {
            assert!(wrong.parse::<Fraction>().is_err(), "{wrong}");
        }
    }
}
