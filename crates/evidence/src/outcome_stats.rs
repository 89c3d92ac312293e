//! Closed-form statistics of outcomes: change scores, responders, recovery, blood flow, laboratory values.
//!
//! | Question | Item |
//! |---|---|
//! | Is the change of one patient more than measurement error? | [`reliable_change`], [`minimal_detectable_change`] |
//! | ... beyond practice? | [`practice_chelune`], [`practice_iverson`], [`practice_mcsweeny`] |
//! | Has the patient left the range of the ill? | [`clinical_cutoffs`] |
//! | Was the change important? | [`classify_change`], [`ImportantChange`] |
//! | Responders of two groups | [`compare_responders`], [`wilson`], [`clopper_pearson`], [`fisher_exact`] |
//! | Change against baseline | [`proportional_recovery`], [`change_correlation`], [`ancova`] |
//! | Course of recovery with its bands | [`fit_recovery`] |
//! | Transcranial Doppler | [`FlowVelocities`], [`asymmetry_index`], [`lindegaard_ratio`] |
//! | Laboratory values | [`reference_change_value`] |
//! | Near-infrared light | [`differential_pathlength_factor`] |

mod ancova;
mod change;
mod doppler;
mod error;
mod laboratory;
mod least_squares;
mod optics;
mod recovery;
mod recovery_curve;
mod responders;

pub use ancova::{Ancova, AncovaTerm, ancova};
pub use change::{
    ClinicalCutoffs, DetectableChange, ImportantChange, PracticeNorms, ReliableChange, Verdict,
    classify_change, clinical_cutoffs, minimal_detectable_change, practice_chelune, practice_iverson,
    practice_mcsweeny, reliable_change,
};
pub use doppler::{FlowVelocities, asymmetry_index, lindegaard_ratio};
pub use error::OutcomeError;
pub use laboratory::{ReferenceChange, reference_change_value};
pub use optics::differential_pathlength_factor;
pub use recovery::{ProportionalRecovery, change_correlation, proportional_recovery};
pub use recovery_curve::{CurvePoint, RecoveryCurve, fit_recovery};
pub use responders::{ResponderComparison, clopper_pearson, compare_responders, fisher_exact, wilson};
