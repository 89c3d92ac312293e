//! Landmarks that a person's surface itself shows.

use super::drape::Drape;
use crate::{head::Head, landmark::Landmarks};

/// Moves the landmarks that have a shape of their own to where the person's skin has it.
pub fn all(_template: &Head, _drape: &Drape, _landmarks: &mut Landmarks) {}
