//! Heads from a tape measure.
//!
//! [`measure`] reads a digital tape on a head; [`check`] looks at what a practitioner wrote down; [`build`]
//! warps the built-in head until the digital tape reads the same. What was not measured is estimated from
//! ANSUR II (`data/population.toml`), and what stays uncertain is carried on.

mod build;
mod check;
mod hairline;
mod input;
mod matrix;
mod measure;
mod modes;
mod population;
mod taut;

pub use build::{TapeReport, TapeRow, build};
pub use check::{Checked, Note, TapeError, check};
pub use input::{Dimension, Entry, EntryError, HairlineRule, HairlineState, Input, Sex, Unit};
pub use measure::{MeasureError, TapeReadings, measure};
pub use population::mean_circumference_mm;
