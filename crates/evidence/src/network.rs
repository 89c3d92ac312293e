//! Network meta-analysis: several treatments, compared directly and indirectly.
//!
//! Frequentist, by generalised least squares on the graph of the treatments
//! (Rücker 2012, doi 10.1002/jrsm.1058), from contrasts or from arms, with
//! multi-arm trials treated exactly throughout.
//!
//! | Task | Item |
//! |---|---|
//! | Trials in | [`Network::from_contrasts`], [`Network::from_binary_arms`], [`Network::from_continuous_arms`] |
//! | Analysis | [`Network::fit`], [`Options`], [`TauEstimator`] |
//! | One comparison | [`Estimates::comparison`], [`NetworkFit::prediction_interval`] |
//! | Ranking | [`p_scores`], [`ranking`], [`league_table`] |
//! | Inconsistency | [`split_evidence`], [`decompose`], [`net_heat`] |
//! | Where an estimate comes from | [`hat_matrix`], [`contributions`], [`evidence_measures`] |
//! | Components of treatments | [`Network::fit_components`] |
//! | Network figure | [`Network::edges`], [`Network::node_counts`] |

mod arms;
mod component;
mod contribution;
mod data;
mod designs;
mod error;
mod fit;
mod league;
mod measures;
mod model;
mod rank;
mod split;
mod tau2;
mod trial;

pub use arms::{BinaryArm, BinaryMeasure, ContinuousArm, ContinuousMeasure, ZeroCells};
pub use component::{ComponentFit, ComponentRules};
pub use contribution::{Contributions, Streams, contributions, hat_matrix};
pub use data::{Contrast, DEFAULT_TOLERANCE, Network, Note, SharedArm};
pub use designs::{Decomposition, DesignQ, NetHeat, decompose, net_heat};
pub use error::{EffectsConflict, ErrorsConflict, NetworkError};
pub use fit::{ChiSquaredTest, Comparison, Estimates, NetworkFit, Options, PredictionDf};
pub use league::{LeagueTable, league_table};
pub use measures::{EvidenceMeasures, evidence_measures};
pub use rank::{SmallValues, p_scores, ranking};
pub use split::{Split, split_evidence};
pub use tau2::TauEstimator;
