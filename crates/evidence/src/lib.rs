//! Statistics of evidence.
//!
//! Pure computation: no input or output, no clock, and no randomness without a seed given as a parameter.
//! Every function names the paper its method comes from; results carry the name of the method that made them.
pub mod bias;
pub mod check;
pub mod claim;
pub mod cumulative;
pub mod dist;
pub mod effect_size;
pub mod grade;
pub mod influence;
pub mod linalg;
pub mod living;
pub mod multilevel;
pub mod network;
pub mod outcome_stats;
pub mod pairwise;
pub mod rare;
pub mod regression;
mod root;
pub mod single_case;
pub mod table;
