//! Coordinate frames in the type.
//!
//! All coordinates of Baihui are millimetres, right-anterior-superior (RAS): +x is the *patient's*
//! right, +y the nose, +z the crown. Two RAS frames may still differ in origin and shape, so the frame is
//! part of the type and a position in one cannot be taken for a position in another.

use std::{fmt, marker::PhantomData};

use glam::DVec3;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A coordinate frame: a name, nothing else.
pub trait Frame: Copy + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The name as written into files.
    const NAME: &'static str;
}

/// The frame of one head's surface: millimetres, RAS, origin as the head's file has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadFrame;
impl Frame for HeadFrame {
    const NAME: &'static str = "head";
}

/// MNI space (the space of Colin27 and of the MNI152 templates): millimetres, RAS, origin at the
/// anterior commissure by convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mni;
impl Frame for Mni {
    const NAME: &'static str = "MNI";
}

/// A position in millimetres in frame `F`.
#[derive(Clone, Copy, PartialEq)]
pub struct Point<F: Frame> {
    /// Right, anterior, superior, in mm.
    pub mm: DVec3,
    frame: PhantomData<F>,
}

impl<F: Frame> Point<F> {
    /// A point from its RAS coordinates in mm.
    pub const fn new(mm: DVec3) -> Self {
        Self { mm, frame: PhantomData }
    }

    /// A point from right, anterior and superior coordinates in mm.
    pub const fn ras(right: f64, anterior: f64, superior: f64) -> Self {
        Self::new(DVec3::new(right, anterior, superior))
    }

    /// Straight distance to another point of the same frame, in mm.
    pub fn distance_mm(self, other: Self) -> f64 {
        self.mm.distance(other.mm)
    }

    /// The same point mirrored left to right about x = 0.
    pub fn mirrored(self) -> Self {
        Self::ras(-self.mm.x, self.mm.y, self.mm.z)
    }
}

impl<F: Frame> fmt::Debug for Point<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:.3}, {:.3}, {:.3})", F::NAME, self.mm.x, self.mm.y, self.mm.z)
    }
}

impl<F: Frame> Serialize for Point<F> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.mm.to_array().serialize(s)
    }
}

impl<'de, F: Frame> Deserialize<'de> for Point<F> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        <[f64; 3]>::deserialize(d).map(|a| Self::new(DVec3::from_array(a)))
    }
}

/// The patient's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The patient's left, x < 0.
    Left,
    /// The patient's right, x > 0.
    Right,
    /// On the midline.
    Midline,
}

impl Side {
    /// The other side; the midline stays.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
            Self::Midline => Self::Midline,
        }
    }

    /// −1 for left, +1 for right, 0 for the midline: the sign of x.
    pub fn sign(self) -> f64 {
        match self {
            Self::Left => -1.0,
            Self::Right => 1.0,
            Self::Midline => 0.0,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Midline => "midline",
        })
    }
}

/// The directions "right", "anterior" and "superior" of an upright head that looks straight ahead.
///
/// "Horizontal" and "vertical" in the books mean this pose, not the axes of a scanner. The pose is the
/// Frankfurt plane (both porions and the left orbitale) where the orbitale is known; see
/// [`crate::landmark::Landmarks::axes`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    /// Unit vector toward the patient's right.
    pub right: DVec3,
    /// Unit vector toward the face.
    pub anterior: DVec3,
    /// Unit vector toward the crown.
    pub superior: DVec3,
}

impl Axes {
    /// The axes of the coordinate frame itself.
    pub const RAS: Self = Self { right: DVec3::X, anterior: DVec3::Y, superior: DVec3::Z };

    /// Right-handed axes from a direction to the right and one that is roughly anterior.
    ///
    /// Returns `None` where the two are parallel or not finite.
    pub fn from_right_anterior(right: DVec3, anterior: DVec3) -> Option<Self> {
        let right = right.try_normalize()?;
        let anterior = (anterior - right * anterior.dot(right)).try_normalize()?;
        Some(Self { right, anterior, superior: right.cross(anterior) })
    }

    /// The direction away from the midline on `side`.
    pub fn lateral(&self, side: Side) -> DVec3 {
        self.right * side.sign()
    }
}
