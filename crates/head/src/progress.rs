//! How long work says what it is doing, and is told to stop.

use thiserror::Error;

/// Told what is being done and which share of the work lies behind, 0 to 1; answers whether to go on.
pub type Progress<'a> = dyn FnMut(&str, f64) -> bool + 'a;

/// The answer was no.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("interrupted")]
pub struct Interrupted;

/// Tells `progress` of a step.
///
/// # Errors
/// [`Interrupted`] where it answers that it is enough.
pub fn step(progress: &mut Progress<'_>, what: &str, share: f64) -> Result<(), Interrupted> {
    if progress(what, share) { Ok(()) } else { Err(Interrupted) }
}
