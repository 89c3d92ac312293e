//! Heads from magnetic resonance images.
//!
//! | module | what it does |
//! |---|---|
//! | [`canonical`] | axes in the order right, anterior, superior; even voxels |
//! | [`shading`] | the slow change of brightness over the image, taken out |
//! | [`skin`] | the scalp without the auricles, as a surface |
//! | [`checks`] | skull-stripped, defaced, cropped: what the image lacks |
//! | [`inion`] | where the occipital bone leaves the scalp |
//! | [`build`] | all of it: image → [`crate::Head`] |
//!
//! The image is registered to the built-in head's image (affine, normalised mutual information), the scalp is cut out,
//! and the built-in skin is bent until it lies on it ([`crate::register::drape`]). Left and right are the header's
//! word: a head and its mirror image look alike.

mod build;
pub mod canonical;
pub mod checks;
mod error;
mod face;
pub mod inion;
pub mod shading;
pub mod skin;

pub use build::{Doubt, MriHead, Options, Seen, build};
pub use error::MriError;
