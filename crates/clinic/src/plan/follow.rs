//! A session follows a plan: its needles, as they were signed.

use super::Plan;
use crate::session::event::PlannedNeedle;

/// A plan cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// Nobody signed it.
    #[error("version {0} of the plan is a draft; a practitioner signs it first")]
    Draft(u32),
    /// It is not what was signed.
    #[error("version {0} of the plan is not what was signed: something in it changed afterwards")]
    Changed(u32),
}

impl Plan {
    /// The needles that a session begins with.
    ///
    /// # Errors
    /// [`FollowError`] for a draft, and for a plan that changed after it was signed.
    pub fn to_follow(&self) -> Result<Vec<PlannedNeedle>, FollowError> {
        if self.signature.is_none() {
            return Err(FollowError::Draft(self.version));
        }
        if !self.is_intact() {
            return Err(FollowError::Changed(self.version));
        }
        Ok(self.needles.iter().map(|n| PlannedNeedle { label: n.id.clone(), spec: n.spec.clone() }).collect())
    }
}
