//! What a head is besides its surfaces, as JSON: shared by the GLB and the JSON head files.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::{
    cortex::{Cortex, CortexError, CortexRecord},
    frame::{Frame, HeadFrame, Side},
    head::{Head, HeadSource, ShapeSpread},
    landmark::Landmarks,
    mni::{MniError, MniRecord},
    repair::{LARGEST_MM, SMALLEST_MM},
    surface::Surface,
};

/// Version of the record. Raised when a reader of the old one would misread the new one.
pub const RECORD_VERSION: u32 = 1;

/// Why a head's record cannot be used.
#[derive(Debug, Error)]
pub enum RecordError {
    /// Written by a later release, or not a record at all.
    #[error("found version {found}; expected {RECORD_VERSION}")]
    Version {
        /// What is there, as JSON.
        found: String,
    },
    /// A member is missing or of the wrong kind.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Not millimetres, RAS.
    #[error("found `{member}` = {found:?}; expected {expected:?}")]
    Convention {
        /// The member.
        member: &'static str,
        /// What it says.
        found: String,
        /// What it must say.
        expected: &'static str,
    },
    /// A skin of a size that no head has: the file was scaled after it was written.
    #[error(
        "found a skin {found_mm:.1} mm long; expected {SMALLEST_MM} to {LARGEST_MM} mm: the file was scaled, or \
         its root node lost its matrix"
    )]
    Size {
        /// Longest side of the skin, mm.
        found_mm: f64,
    },
    /// Surfaces and labels that are not a cortex.
    #[error("`cortex`: {0}")]
    Cortex(#[from] CortexError),
    /// A map to MNI space that is none.
    #[error("`to_mni`: {0}")]
    Mni(#[from] MniError),
    /// A landmark or a spread that cannot be.
    #[error("found {what} = {found}; expected a number of at least 0")]
    Negative {
        /// Which number.
        what: String,
        /// Its value.
        found: f64,
    },
}

/// The record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HeadRecord {
    version: u32,
    unit: String,
    axes: String,
    frame: String,
    name: String,
    source: HeadSource,
    #[serde(default)]
    history: Vec<String>,
    spread: ShapeSpread,
    landmarks: Landmarks,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cortex: Option<CortexRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to_mni: Option<MniRecord>,
}

/// The surfaces of a head as they were found in a file.
pub(super) struct Parts {
    pub(super) skin: Surface,
    pub(super) ears: Option<Surface>,
    pub(super) brain: Option<Surface>,
    pub(super) cortex: Vec<(Side, Surface)>,
}

/// Node and member names of the hemispheres.
pub(super) const CORTEX: [(Side, &str); 2] = [(Side::Left, "cortex-left"), (Side::Right, "cortex-right")];

const UNIT: &str = "mm";
const AXES: &str = "RAS";

impl HeadRecord {
    pub(super) fn of(head: &Head) -> Self {
        Self {
            version: RECORD_VERSION,
            unit: UNIT.into(),
            axes: AXES.into(),
            frame: HeadFrame::NAME.into(),
            name: head.name.clone(),
            source: head.source,
            history: head.history.clone(),
            spread: head.spread,
            landmarks: head.landmarks.clone(),
            cortex: head.cortex.as_ref().map(CortexRecord::of),
            to_mni: head.to_mni.clone(),
        }
    }

    /// As JSON. A number that is not finite becomes null, which the reader refuses by name.
    pub(super) fn to_value(&self) -> Value {
        // Cannot fail: string keys and plain numbers only.
        serde_json::to_value(self).unwrap_or_default()
    }

    pub(super) fn from_value(value: Value) -> Result<Self, RecordError> {
        // The version first: a later record may lack any of the other members.
        let version = value.get("version").cloned().unwrap_or_default();
        if version != RECORD_VERSION {
            return Err(RecordError::Version { found: version.to_string() });
        }
        let record: Self = serde_json::from_value(value)?;
        record.check()?;
        Ok(record)
    }

    fn check(&self) -> Result<(), RecordError> {
        let conventions =
            [("unit", &self.unit, UNIT), ("axes", &self.axes, AXES), ("frame", &self.frame, HeadFrame::NAME)];
        for (member, found, expected) in conventions {
            if found != expected {
                return Err(RecordError::Convention { member, found: found.clone(), expected });
            }
        }
        let s = &self.spread;
        let spreads = [("breadth", s.breadth), ("length", s.length), ("height", s.height)];
        let spreads = spreads.into_iter().map(|(n, v)| (format!("spread.{n}"), v));
        let sds = self.landmarks.iter().map(|(n, side, l)| (format!("sd_mm of {n} ({side})"), l.sd_mm));
        match spreads.chain(sds).find(|(_, v)| v.is_nan() || *v < 0.0) {
            Some((what, found)) => Err(RecordError::Negative { what, found }),
            None => Ok(()),
        }
    }

    pub(super) fn into_head(self, parts: Parts) -> Result<Head, RecordError> {
        let Parts { skin, ears, brain, cortex: surfaces } = parts;
        // As stored in a GLB: what is let through here must be let through when it is read again.
        let (low, high) = skin.bounds();
        let (low, high) = (low.as_vec3().as_dvec3(), high.as_vec3().as_dvec3());
        let found_mm = (high - low).max_element();
        if !(SMALLEST_MM..LARGEST_MM).contains(&found_mm) {
            return Err(RecordError::Size { found_mm });
        }
        if let Some(map) = &self.to_mni {
            map.check()?;
        }
        let cortex: Option<Cortex> = self.cortex.map(|c| c.with(surfaces)).transpose()?;
        Ok(Head {
            name: self.name,
            source: self.source,
            history: self.history,
            skin,
            ears,
            brain,
            cortex,
            to_mni: self.to_mni,
            landmarks: self.landmarks,
            spread: self.spread,
        })
    }
}
