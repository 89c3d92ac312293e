//! Dependent effects: several estimates of one study.
//!
//! [`three_level`] fits effects within studies with one variance between the studies and one within them (Konstantopoulos
//! 2011), by restricted maximum likelihood; [`robust`] gives cluster-robust standard errors for a meta-regression
//! (Hedges, Tipton and Johnson 2010), with the small-sample correction and degrees of freedom of Tipton (2015) and
//! Pustejovsky and Tipton (2018).

mod robust;
mod three_level;

pub use robust::{Correction, RobustCoefficient, robust};
pub use three_level::{ThreeLevel, three_level};

use std::collections::BTreeMap;

/// Rows of each cluster, in the order of the sorted names.
fn clusters(names: &[String]) -> Vec<Vec<usize>> {
    let mut rows: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    for (i, name) in names.iter().enumerate() {
        rows.entry(name).or_default().push(i);
    }
    rows.into_values().collect()
}
