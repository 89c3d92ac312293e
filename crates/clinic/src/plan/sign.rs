//! Signing: a draft becomes a plan, and does not change any more.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Check, Plan};
use crate::{
    people::{PractitionerId, Role},
    safety::Block,
};

/// A signature under a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PlanSignature")]
pub struct Signature {
    /// Who signed.
    pub by: String,
    /// The same as the record knows them; none for a plan that was signed outside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<PractitionerId>,
    /// As what.
    pub role: Role,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the plan without its signature, as lower-case hexadecimal digits.
    pub sha256: String,
}

/// A plan cannot be signed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SignError {
    /// Only practitioners sign.
    #[error("only a practitioner signs a plan, not a {0:?}")]
    NotAPractitioner(Role),
    /// No name.
    #[error("a signature needs a name")]
    NoName,
    /// It is signed already.
    #[error("version {version} is signed already; make the next version of it")]
    Signed {
        /// The version.
        version: u32,
    },
    /// Something stands in the way.
    #[error("the plan cannot be signed: {} of the rules stand in the way, {} of STRICTA are missing, {} faults", .blocks.len(), .missing.len(), .faults.len())]
    Blocked {
        /// Rules.
        blocks: Vec<Block>,
        /// STRICTA.
        missing: Vec<String>,
        /// Mistakes in the document.
        faults: Vec<String>,
    },
    /// It cannot be written.
    #[error("the plan cannot be written as JSON: {0}")]
    Json(String),
}

impl Plan {
    /// SHA-256 over the plan without its signature.
    ///
    /// # Errors
    /// [`SignError::Json`] for numbers that JSON does not have.
    pub fn digest(&self) -> Result<String, SignError> {
        let bare = Self { signature: None, ..self.clone() };
        let bytes = serde_json::to_vec(&bare).map_err(|e| SignError::Json(e.to_string()))?;
        Ok(Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect())
    }

    /// Says who of the record signed.
    #[must_use]
    pub fn signed_as(mut self, signer: PractitionerId) -> Self {
        if let Some(s) = &mut self.signature {
            s.signer = Some(signer);
        }
        self
    }

    /// Whether it is signed and still what was signed.
    pub fn is_intact(&self) -> bool {
        self.signature.as_ref().is_some_and(|s| self.digest().is_ok_and(|d| d == s.sha256))
    }
}

/// Signs a plan that was checked: `check` must be of this very plan.
///
/// # Errors
/// [`SignError`] for whoever may not, for what is signed already, and while anything stands in the way.
pub fn sign(plan: &Plan, check: &Check, by: &str, role: Role, at: Timestamp) -> Result<Plan, SignError> {
    if role != Role::Practitioner {
        return Err(SignError::NotAPractitioner(role));
    }
    if by.trim().is_empty() {
        return Err(SignError::NoName);
    }
    if plan.signature.is_some() {
        return Err(SignError::Signed { version: plan.version });
    }
    // The parts decide, not the summary: a check is only data and could have been made by hand.
    if !(check.blocks.is_empty() && check.missing.is_empty() && check.faults.is_empty()) {
        return Err(SignError::Blocked {
            blocks: check.blocks.clone(),
            missing: check.missing.clone(),
            faults: check.faults.clone(),
        });
    }
    let signature = Signature { by: by.trim().to_owned(), signer: None, role, at, sha256: plan.digest()? };
    Ok(Plan { signature: Some(signature), ..plan.clone() })
}
