//! Small-study effects and publication bias.
//!
//! Tests of funnel asymmetry ([`egger`], [`begg`]), adjusted estimates ([`trim_and_fill`], [`pet_peese`],
//! [`selection_model`], [`henmi_copas`]), fail-safe numbers ([`fail_safe`]) and the test of excess significance
//! ([`excess_significance`]). None of them can tell publication bias from other reasons for small studies to differ;
//! with fewer than ten studies asymmetry tests have little power (Sterne et al. 2011).

mod begg;
mod egger;
mod excess;
mod fail_safe;
mod henmi_copas;
mod selection;
mod trim_fill;

pub use begg::{Begg, begg};
pub use egger::{AsymmetryTest, EggerModel, PetPeese, Predictor, egger, pet_peese};
pub use excess::{ExcessSignificance, excess_significance};
pub use fail_safe::{FailSafe, FailSafeMethod, fail_safe};
pub use henmi_copas::{HenmiCopas, henmi_copas};
pub use selection::{Selection, SelectionModel, selection_model};
pub use trim_fill::{FillEstimator, Side, TrimAndFill, trim_and_fill};
