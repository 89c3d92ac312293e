//! Bringing the built-in head onto a person's image or surface.
//!
//! | module | what it does |
//! |---|---|
//! | [`mutual`] | affine registration of two images by normalised mutual information |
//! | [`pose`] | which way up an image is: all 24 turns of its axes, scored |
//! | [`search`] | the deterministic minimiser behind both |
//! | [`icp`] | affine registration of the built-in skin to a surface |
//! | [`mould`] | moulds the built-in skin to a surface by how heads differ |
//! | [`face`] | the face: what is compared of it, and whether it is there |
//! | [`start`] | a first pose for a surface whose axes are unknown |
//! | [`drape`] | bends the built-in skin until it lies on a surface |

pub mod drape;
pub mod face;
pub mod icp;
pub mod mould;
pub mod mutual;
pub mod pose;
pub mod search;
pub mod start;
