//! Figures and pages.
//!
//! | to draw | use |
//! |---|---|
//! | zones on one of five views of a head, as SVG | [`view::svg`] |
//! | all five views on one page | [`sheet::sheet_svg`] |
//! | how two sets of zones differ, in mm | [`map::svg`] |
//! | slices of an image with the outline of the skin | [`quality::slice`] |
//! | statistical figures: forest, funnel, network and others | [`stat`] |
//! | the cortex through the scalp, on any of these views | [`overlay::Overlay`] |
//! | lines as paper strips to scale | [`strip::svg`] |
//! | any SVG as PNG, with our fonts | [`export::png`] |
//! | pages of SVG, or a report, as PDF | [`pdf::write`], [`pdf::document`] |
//!
//! Items come as plain positions on a head, so that the crate needs to know no atlas. The same input gives
//! the same bytes on every machine.

pub mod camera;
mod cut;
mod draw;
pub mod export;
pub mod font;
mod image;
pub mod label;
pub mod map;
pub mod overlay;
mod panel;
pub mod pdf;
pub mod quality;
pub mod raster;
pub mod sheet;
pub mod stat;
pub mod strip;
pub mod theme;
mod trace;
pub mod view;
pub mod xml;

pub use camera::View;
pub use export::{PngError, png};
pub use sheet::sheet_svg;
pub use theme::Theme;
pub use view::{Figure, Item, Kind, svg};
