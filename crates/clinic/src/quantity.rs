//! Quantities that refuse what cannot be: each has its unit in its name and its limits in its type.
//!
//! The limits keep out slips of the pen (cm for mm, infinite, negative); they are no clinical advice. What is
//! clinically wise is in the atlas, with its sources.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A number outside what the quantity can be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{found} {unit} is not possible here; expected {min} to {max} {unit}")]
pub struct OutOfRange {
    /// What was found.
    pub found: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Unit.
    pub unit: &'static str,
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal, $min:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// Unit, as UCUM writes it.
            pub const UNIT: &str = $unit;

            /// The quantity, if the number is within its limits.
            ///
            /// # Errors
            /// [`OutOfRange`] for a number that is not finite or outside the limits.
            pub fn new(value: f64) -> Result<Self, OutOfRange> {
                if ($min..=$max).contains(&value) {
                    // Minus zero would be written differently from zero.
                    Ok(Self(value + 0.0))
                } else {
                    Err(OutOfRange { found: value, min: $min, max: $max, unit: $unit })
                }
            }

            /// The number, in the unit of the type.
            #[must_use]
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = OutOfRange;
            fn try_from(value: f64) -> Result<Self, OutOfRange> {
                Self::new(value)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "number", "minimum": $min, "maximum": $max })
            }
        }

        impl From<$name> for f64 {
            fn from(value: $name) -> f64 {
                value.0
            }
        }
    };
}

quantity! {
    /// A length on or in a body, in millimetres.
    Mm, "mm", 0.0, 2500.0
}
quantity! {
    /// Length of a needle's body, or how far it is in, in millimetres.
    NeedleMm, "mm", 0.0, 200.0
}
quantity! {
    /// Diameter of a needle, in millimetres.
    DiameterMm, "mm", 0.05, 3.0
}
quantity! {
    /// Angle between needle and skin, in degrees: 0 lies flat, 90 is upright.
    InsertionDeg, "deg", 0.0, 90.0
}
quantity! {
    /// Direction on the skin, in degrees clockwise from the first-named direction.
    BearingDeg, "deg", 0.0, 360.0
}
quantity! {
    /// Rotations or lifts per minute.
    PerMinute, "/min", 0.0, 1000.0
}
quantity! {
    /// Frequency of a current, in hertz.
    Hz, "Hz", 0.0, 10_000.0
}
quantity! {
    /// Current, in milliampere. More than 10 mA needs a confirmation of its own (see [`crate::needle::Electro`]).
    Milliampere, "mA", 0.0, 100.0
}
quantity! {
    /// A span of time, in minutes.
    Minutes, "min", 0.0, 10_080.0
}
quantity! {
    /// A share, 0 to 100.
    Percent, "%", 0.0, 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_at_both_ends_and_for_what_is_no_number() {
        assert_eq!(InsertionDeg::new(90.0).unwrap().get(), 90.0);
        assert_eq!(InsertionDeg::new(0.0).unwrap().get(), 0.0);
        for bad in [-0.1, 90.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(InsertionDeg::new(bad).is_err(), "{bad}");
        }
        assert!(InsertionDeg::new(-0.0).unwrap().get().is_sign_positive());
        let said = DiameterMm::new(30.0).unwrap_err().to_string();
        assert_eq!(said, "30 mm is not possible here; expected 0.05 to 3 mm");
    }

    /// Smallest and largest value, the nearest that are refused, and the unit.
    macro_rules! ends {
        ($($name:ident: $below:expr, $min:literal, $max:literal, $above:literal, $unit:literal;)*) => {$(
            let what = stringify!($name);
            for good in [$min, $max] {
                assert_eq!($name::new(good).map($name::get), Ok(good), "{what}");
                assert_eq!($name::try_from(good).map(f64::from), Ok(good), "{what}");
            }
            for bad in [$below, $above, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let said = $name::new(bad).expect_err(what);
                assert_eq!((said.min, said.max, said.unit), ($min, $max, $unit), "{what}");
                assert_eq!(said.found.to_bits(), f64::to_bits(bad), "{what}");
                assert!($name::try_from(bad).is_err(), "{what}");
            }
            assert_eq!($name::UNIT, $unit);
            // Whoever reads the schema is told the same limits.
            let schema = serde_json::to_value(schemars::schema_for!($name)).unwrap();
            assert_eq!((&schema["minimum"], &schema["maximum"]), (&$min.into(), &$max.into()), "{what}");
        )*};
    }

    #[test]
    fn each_quantity_ends_where_a_slip_of_the_pen_begins() {
        ends! {
            Mm: -0.1, 0.0, 2500.0, 2500.1, "mm";
            // A needle of 40 mm that is typed in the tenth of a millimetre, or a thread in cm.
            NeedleMm: -0.1, 0.0, 200.0, 200.1, "mm";
            DiameterMm: 0.049, 0.05, 3.0, 3.01, "mm";
            InsertionDeg: -0.1, 0.0, 90.0, 90.1, "deg";
            BearingDeg: -0.1, 0.0, 360.0, 360.1, "deg";
            PerMinute: -0.1, 0.0, 1000.0, 1000.1, "/min";
            Hz: -0.1, 0.0, 10_000.0, 10_000.1, "Hz";
            Milliampere: -0.1, 0.0, 100.0, 100.1, "mA";
            Minutes: -0.1, 0.0, 10_080.0, 10_080.1, "min";
            Percent: -0.1, 0.0, 100.0, 100.1, "%";
        }
    }

    #[test]
    fn json_is_a_number_and_is_checked() {
        assert_eq!(serde_json::to_string(&NeedleMm::new(25.5).unwrap()).unwrap(), "25.5");
        assert_eq!(serde_json::from_str::<NeedleMm>("40").unwrap().get(), 40.0);
        assert!(serde_json::from_str::<NeedleMm>("400").is_err());
        assert!(serde_json::from_str::<NeedleMm>("-1").is_err());
        assert!(serde_json::from_str::<Hz>("1e400").is_err());
        assert!(serde_json::from_str::<Milliampere>("\"2\"").is_err());
    }
}
