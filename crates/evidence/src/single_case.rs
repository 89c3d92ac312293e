//! Statistics of a single patient.
//!
//! | Question | Item |
//! |---|---|
//! | How far do two phases overlap? | [`nap`], [`tau`], [`tau_u`], [`tau_bc`], [`pnd`], [`pem`], [`pand`], [`ird`] |
//! | How large is the change of level? | [`smd`], [`log_response_ratio`], [`log_ratio_of_medians`], [`log_odds_ratio`], [`percent_of_goal`] |
//! | Was it more than chance, given what was randomised? | [`start_point_test`], [`multiple_baseline_test`], [`sign_flip_test`], [`alternation_test`] |
//! | Blocks of an n-of-1 trial | [`paired_blocks`] |
//! | Level and slope before and after | [`piecewise_ols`], [`piecewise_ar1`] |
//! | Several patients together | [`fit_mixed`] |
//!
//! Overlap indices describe; they do not remove a trend. A baseline 1, 2, ..., 6 followed by 7, ..., 12 has
//! NAP = 1 and [`tau_bc`] = −0.71: report both. A randomisation test is valid only for what was in fact
//! randomised: the functions take the set of assignments that could have been drawn, and there is none for an
//! unrandomised series.

mod blocks;
mod error;
mod means;
mod mixed;
mod overlap;
mod piecewise;
mod randomisation;
mod rank_sum;

pub use blocks::{BlockResult, PairedBlock, paired_blocks};
pub use error::SingleCaseError;
pub use means::{
    Effect, GoalEffect, OddsScale, log_odds_ratio, log_ratio_of_medians, log_response_ratio, percent_of_goal,
    smd,
};
pub use mixed::{
    Column, FixedEffect, MixedFit, MixedMethod, MixedModel, MixedPrediction, RandomCovariance, fit_mixed,
};
pub use overlap::{Improvement, NapError, NonOverlap, Phases, ird, nap, pand, pem, pnd, tau, tau_bc, tau_u};
pub use piecewise::{AutocorrelatedFit, Coefficient, PiecewiseFit, piecewise_ar1, piecewise_ols};
pub use randomisation::{
    Alternative, Assignments, Baseline, RandomisationResult, StartScheme, alternation_test,
    multiple_baseline_test, sign_flip_test, start_point_test,
};
pub use rank_sum::{RankSum, rank_sum};
