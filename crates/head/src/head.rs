//! The head that every command works on, whatever it was made from.

use serde::{Deserialize, Serialize};

use crate::{cortex::Cortex, frame::Axes, landmark::Landmarks, mni::MniRecord, surface::Surface};

/// What a head was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeadSource {
    /// The built-in head.
    Template,
    /// Tape measurements, by warping the template.
    Tape,
    /// A surface scan.
    Scan,
    /// A magnetic resonance image.
    Mri,
}

/// Relative standard deviations of a head's size about its model, from what was not measured.
///
/// For a head made from tape this is the spread that is left in length, breadth and height once the
/// measurements are known; for an unknown person drawn as the template it is the population's; zero for a
/// head whose surface was imaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShapeSpread {
    /// Along left-right, as a fraction of the head's breadth.
    pub breadth: f64,
    /// Along anterior-posterior, as a fraction of the head's length.
    pub length: f64,
    /// Along inferior-superior, as a fraction of the head's height above the ears.
    pub height: f64,
}

/// A located head: the skin that a tape lies on, what is only looked at, and the landmarks.
#[derive(Clone, Debug)]
pub struct Head {
    /// Short name, shown on every output.
    pub name: String,
    /// What it was made from.
    pub source: HeadSource,
    /// How it was made, in words; one entry a step, with sources and warnings.
    pub history: Vec<String>,
    /// The measuring skin: closed, without the free part of the ears, so that a tape or a curve can run over
    /// the place where an ear is attached. Millimetres, RAS.
    pub skin: Surface,
    /// The free part of the ears, for looking at only.
    pub ears: Option<Surface>,
    /// The outer surface of the brain in the same frame.
    pub brain: Option<Surface>,
    /// The subject's own cortical surfaces with their parcellation, in the same frame.
    pub cortex: Option<Cortex>,
    /// The map into MNI space where an image was registered; otherwise it follows from the landmarks.
    pub to_mni: Option<MniRecord>,
    /// Landmarks on `skin`.
    pub landmarks: Landmarks,
    /// What is left uncertain in the head's size.
    pub spread: ShapeSpread,
}

impl Head {
    /// Upright axes of the head; `None` where LPA, RPA or the nasion is missing.
    pub fn axes(&self) -> Option<Axes> {
        self.landmarks.axes()
    }
}
