//! Heads as geometry: surfaces and positions on them, curves, landmarks, measuring systems, tape heads.
//!
//! Everything is in millimetres, RAS, `f64`; left and right are the patient's. The crate does no I/O beyond
//! the bytes that it is handed, has no clock, and draws no random number without a seed.

pub mod body;
pub mod cortex;
pub mod cun;
pub mod curve;
#[cfg(feature = "dicom")]
pub mod dicom;
pub mod frame;
pub mod guide;
pub mod head;
pub mod io;
pub mod landmark;
pub mod mni;
pub mod mri;
pub mod nifti;
pub mod points;
pub mod progress;
pub mod register;
pub mod repair;
pub mod scalp;
pub mod scan;
pub mod shapes;
pub mod share;
pub mod surface;
pub mod tape;
pub mod template;
pub mod ten_five;
pub mod volume;

pub use cortex::{Cortex, Hemisphere};
pub use curve::{Curve, CurveError};
pub use frame::{Axes, Frame, HeadFrame, Mni, Point, Side};
pub use head::{Head, HeadSource, ShapeSpread};
pub use landmark::{Landmark, Landmarks, Origin};
pub use mni::{MniMap, MniRecord, ToMni};
pub use surface::{Surface, SurfaceError, SurfacePoint};
