//! Sides. All are the patient's.
//!
//! The side of the lesion and the side of the deficit are different types: for a stroke in one hemisphere they are
//! opposite, for a cerebellar one they are the same, and mixing them puts the needle on the wrong side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where one thing is: a needle, a point. The patient's left and right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The patient's left (x < 0 in RAS).
    Left,
    /// The patient's right (x > 0 in RAS).
    Right,
    /// On the midline.
    Midline,
}

impl Side {
    /// The other side; the midline stays.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
            Self::Midline => Self::Midline,
        }
    }
}

/// Which sides something is on: a lesion or a deficit may be on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Laterality {
    /// The patient's left.
    Left,
    /// The patient's right.
    Right,
    /// Both sides.
    Bilateral,
    /// On the midline.
    Midline,
}

impl Laterality {
    /// The mirror image: left and right change places.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
            both @ (Self::Bilateral | Self::Midline) => both,
        }
    }

    /// The sides one by one, left first.
    #[must_use]
    pub const fn sides(self) -> &'static [Side] {
        match self {
            Self::Left => &[Side::Left],
            Self::Right => &[Side::Right],
            Self::Bilateral => &[Side::Left, Side::Right],
            Self::Midline => &[Side::Midline],
        }
    }

    /// The opposite sides one by one, left first.
    #[must_use]
    pub const fn opposite_sides(self) -> &'static [Side] {
        self.mirrored().sides()
    }
}

/// Where the lesion is (brain, cord, nerve).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct LesionSide(pub Laterality);

/// Where the body is affected (the weak arm, the painful shoulder).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct DeficitSide(pub Laterality);

impl LesionSide {
    /// The mirror image.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self(self.0.mirrored())
    }
}

impl DeficitSide {
    /// The mirror image.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self(self.0.mirrored())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirroring_changes_left_and_right_only_and_twice_is_nothing() {
        use Laterality::*;
        for (from, to) in [(Left, Right), (Right, Left), (Bilateral, Bilateral), (Midline, Midline)] {
            assert_eq!(from.mirrored(), to);
            assert_eq!(LesionSide(from).mirrored(), LesionSide(to));
            assert_eq!(DeficitSide(from).mirrored(), DeficitSide(to));
            assert_eq!(from.mirrored().mirrored(), from);
        }
        for side in [Side::Left, Side::Right, Side::Midline] {
            assert_eq!(side.opposite().opposite(), side);
        }
        assert_eq!(Side::Left.opposite(), Side::Right);
        assert_eq!(Side::Midline.opposite(), Side::Midline);
    }

    #[test]
    fn sides_one_by_one() {
        assert_eq!(Laterality::Left.sides(), [Side::Left]);
        assert_eq!(Laterality::Right.sides(), [Side::Right]);
        assert_eq!(Laterality::Bilateral.sides(), [Side::Left, Side::Right]);
        assert_eq!(Laterality::Midline.sides(), [Side::Midline]);
        assert_eq!(Laterality::Left.opposite_sides(), [Side::Right]);
        assert_eq!(Laterality::Right.opposite_sides(), [Side::Left]);
        assert_eq!(Laterality::Bilateral.opposite_sides(), [Side::Left, Side::Right]);
    }

    #[test]
    fn json_is_a_word() {
        assert_eq!(serde_json::to_string(&DeficitSide(Laterality::Right)).unwrap(), "\"right\"");
        assert!(serde_json::from_str::<LesionSide>("\"Left\"").is_err());
        // What stands in a record must go on meaning the same side.
        for (side, word) in [(Side::Left, "left"), (Side::Right, "right"), (Side::Midline, "midline")] {
            assert_eq!(serde_json::to_value(side).unwrap(), word);
            assert_eq!(serde_json::from_value::<Side>(word.into()).unwrap(), side);
        }
        for (sides, word) in [(Laterality::Bilateral, "bilateral"), (Laterality::Midline, "midline")] {
            assert_eq!(serde_json::to_value(sides).unwrap(), word);
        }
    }
}
