//! Why an image gives no head.

use thiserror::Error;

use super::checks::{STRIPPED_MM, STRIPPED_PERCENT};
use crate::{
    progress::Interrupted, register::drape::DrapeError, scalp::extract::ExtractError, surface::SurfaceError,
};

/// Why an image gives no head.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MriError {
    /// Voxels that no head image has.
    #[error("the voxels are {x:.3} × {y:.3} × {z:.3} mm; expected 0.2 to 8 mm along each axis")]
    Voxels {
        /// Edge along the first axis, mm.
        x: f64,
        /// Edge along the second axis, mm.
        y: f64,
        /// Edge along the third axis, mm.
        z: f64,
    },
    /// Too small a field of view.
    #[error("the image covers {x:.0} × {y:.0} × {z:.0} mm; a head needs at least 120 mm along each axis")]
    Field {
        /// Extent left-right, mm.
        x: f64,
        /// Extent front-back, mm.
        y: f64,
        /// Extent bottom-top, mm.
        z: f64,
    },
    /// One grey value.
    #[error("every voxel of the image has the same value: there is nothing to see")]
    Flat,
    /// The picture contradicts the header.
    #[error(
        "the header contradicts the picture: by the header's directions the nose points to {nose} and the crown to \
         {crown} (similarity to a head {found:.4} that way, {header:.4} as the header says)"
    )]
    Orientation {
        /// Where the nose is by the header.
        nose: &'static str,
        /// Where the crown is by the header.
        crown: &'static str,
        /// Score of the turn that fits.
        found: f64,
        /// Score of the header's directions.
        header: f64,
    },
    /// No head is seen.
    #[error(
        "no head is seen in the image (similarity to the built-in head's image {score:.4}; expected at least \
         {expected}): is it a T1-weighted image of a whole head?"
    )]
    NoHead {
        /// Normalised mutual information reached.
        score: f64,
        /// What a head reaches.
        expected: f64,
    },
    /// The skull has been removed.
    #[error(
        "the image is skull-stripped: its surface lies {beneath_mm:.0} mm beneath where the skin of a head lies that fits \
         it (at most {most_mm:.0} mm in a whole head), and along {percent:.0} % of the lines inward there is no skull (at \
         most {most:.0} %). The scalp has been removed; use the image as it came from the scanner",
        most_mm = STRIPPED_MM, most = STRIPPED_PERCENT
    )]
    Stripped {
        /// Share of lines without a skull, percent.
        percent: f64,
        /// Median depth of the surface beneath the fitted skin, mm.
        beneath_mm: f64,
    },
    /// The caller wanted no more.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// No scalp.
    #[error(transparent)]
    Scalp(#[from] ExtractError),
    /// The skin could not be bent onto the scalp.
    #[error(transparent)]
    Drape(#[from] DrapeError),
    /// A surface is unusable.
    #[error(transparent)]
    Surface(#[from] SurfaceError),
    /// A landmark that was given lies off the head.
    #[error(
        "the {name} that was given, ({x:.1}, {y:.1}, {z:.1}), lies {off_mm:.0} mm from the skin; expected at most {most_mm:.0} mm (coordinates are mm, right-anterior-superior)"
    )]
    Landmark {
        /// Which.
        name: String,
        /// Right, mm.
        x: f64,
        /// Anterior, mm.
        y: f64,
        /// Superior, mm.
        z: f64,
        /// Distance from the skin, mm.
        off_mm: f64,
        /// Largest distance that is taken.
        most_mm: f64,
    },
}
