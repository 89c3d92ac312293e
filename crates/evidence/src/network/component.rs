//! Additive component networks: what each part of a combined treatment does.
//!
//! A treatment such as "scalp+rehab" is taken as the sum of its components
//! (Welton et al. 2009, doi 10.1093/aje/kwp014; Rücker, Petropoulou & Schwarzer 2020,
//! doi 10.1002/bimj.201800167). Trials that share components link a network
//! even where no common treatment does.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::{DMatrix, DVector};

use super::data::Network;
use super::error::NetworkError;
use super::fit::{ChiSquaredTest, Comparison, Estimates, Options, check_level};
use super::model::{ComponentPart, Design, Solution, solve};
use super::tau2::{Problem, estimate};

/// How treatments are taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentRules {
    /// Character between components.
    pub separator: char,
    /// Component without effect, such as "sham" or "waiting list", if one is assumed.
    pub inactive: Option<String>,
    /// Pairs of components that get an effect beyond their sum wherever both occur.
    pub interactions: Vec<(String, String)>,
}

impl Default for ComponentRules {
    /// Components joined by "+", none inactive, no interactions.
    fn default() -> Self {
        Self { separator: '+', inactive: None, interactions: Vec::new() }
    }
}

/// Result of an additive component model.
#[derive(Debug, Clone)]
pub struct ComponentFit {
    /// Names of the components; interactions as "a*b" at the end.
    pub components: Vec<String>,
    /// Names of the treatments, the order of [`ComponentFit::random`].
    pub treatments: Vec<String>,
    /// Effect of each component, common-effect weights; none where the trials cannot tell it from others.
    pub common_components: Vec<Option<Comparison>>,
    /// Effect of each component, random effects.
    pub random_components: Vec<Option<Comparison>>,
    /// Comparisons of treatments, common effect.
    pub common: Estimates,
    /// Comparisons of treatments, random effects. Ask [`ComponentFit::comparable`] first.
    pub random: Estimates,
    /// Fit of the additive model, common-effect weights.
    pub q: ChiSquaredTest,
    /// What additivity costs against the unrestricted network: Q(additive) − Q(network);
    /// none if the network itself is not connected.
    pub q_difference: Option<ChiSquaredTest>,
    design: DMatrix<f64>,
    null: Vec<DVector<f64>>,
}

impl ComponentFit {
    /// Whether the trials inform the difference of two treatments.
    #[must_use]
    pub fn comparable(&self, i: usize, j: usize) -> bool {
        let difference = (self.design.row(i) - self.design.row(j)).transpose();
        self.null.iter().all(|v| v.dot(&difference).abs() < ESTIMABLE)
    }

    /// Names of the components whose effects cannot be told apart.
    #[must_use]
    pub fn inestimable(&self) -> Vec<&str> {
        self.components
            .iter()
            .zip(&self.common_components)
            .filter(|(_, c)| c.is_none())
            .map(|(n, _)| n.as_str())
            .collect()
    }
}

/// A unit null vector below this in a direction leaves the direction estimable.
const ESTIMABLE: f64 = 1e-7;

impl Network {
    /// Fits the additive component model.
    ///
    /// # Errors
    /// [`NetworkError::NotEstimable`] when no component can be estimated, a component of an interaction
    /// that does not occur, a parameter out of range.
    pub fn fit_components(
        &self,
        rules: &ComponentRules,
        options: &Options,
    ) -> Result<ComponentFit, NetworkError> {
        check_level(options.level)?;
        let (components, design) = take_apart(&self.treatments, rules)?;
        let rows: usize = self.trials.iter().map(|t| t.rows.len()).sum();
        let model = Design::Components(&design);
        let at_zero = solve(model, self.trials.iter(), 0.0)?;
        let null = at_zero.components.as_ref().map_or_else(Vec::new, |c| c.null.clone());
        let rank = components.len() - null.len();
        if rank == 0 {
            return Err(NetworkError::NotEstimable { components });
        }
        let df = rows.saturating_sub(rank);
        let tau2 = estimate(Problem { trials: &self.trials, design: model, df }, options.estimator)?;
        let at_tau2 = solve(model, self.trials.iter(), tau2)?;
        let q_difference = if self.check_connected().is_ok() {
            let full = solve(Design::Treatments(self.treatments.len()), self.trials.iter(), 0.0)?;
            let full_q = if self.degrees_of_freedom() == 0 { 0.0 } else { full.q };
            Some(ChiSquaredTest::new(
                (at_zero.q - full_q).max(0.0),
                df.saturating_sub(self.degrees_of_freedom()),
            ))
        } else {
            None
        };
        Ok(ComponentFit {
            common_components: effects(&at_zero, options.level),
            random_components: effects(&at_tau2, options.level),
            treatments: self.treatments.clone(),
            common: Estimates::new(&at_zero, 0.0, options.level),
            random: Estimates::new(&at_tau2, tau2, options.level),
            q: ChiSquaredTest::new(at_zero.q, df),
            q_difference,
            components,
            design,
            null,
        })
    }
}

fn effects(solution: &Solution, level: f64) -> Vec<Option<Comparison>> {
    let Some(ComponentPart { beta, covariance, null }) = &solution.components else {
        return Vec::new();
    };
    (0..beta.len())
        .map(|i| {
            let told_apart = null.iter().all(|v| v[i].abs() < ESTIMABLE);
            told_apart.then(|| Comparison::new(beta[i], covariance[(i, i)].max(0.0).sqrt(), level))
        })
        .collect()
}

/// Treatments × components.
fn take_apart(
    treatments: &[String],
    rules: &ComponentRules,
) -> Result<(Vec<String>, DMatrix<f64>), NetworkError> {
    let mut parts: Vec<BTreeSet<&str>> = Vec::with_capacity(treatments.len());
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (row, t) in treatments.iter().enumerate() {
        let mut set = BTreeSet::new();
        for p in t.split(rules.separator).map(str::trim) {
            if p.is_empty() {
                return Err(NetworkError::EmptyLabel { row: row + 1, field: "component" });
            }
            if rules.inactive.as_deref() != Some(p) {
                set.insert(p);
                names.insert(p);
            }
        }
        parts.push(set);
    }
    if let Some(inactive) = &rules.inactive
        && !treatments.iter().any(|t| t.split(rules.separator).any(|p| p.trim() == inactive))
    {
        return Err(NetworkError::UnknownTreatment { name: inactive.clone() });
    }
    let single: Vec<&str> = names.iter().copied().collect();
    let index: BTreeMap<&str, usize> = single.iter().enumerate().map(|(i, s)| (*s, i)).collect();
    for (a, b) in &rules.interactions {
        for name in [a, b] {
            if !index.contains_key(name.as_str()) {
                return Err(NetworkError::UnknownTreatment { name: name.clone() });
            }
        }
    }
    let mut components: Vec<String> = single.iter().map(|s| (*s).to_string()).collect();
    components.extend(rules.interactions.iter().map(|(a, b)| format!("{a}*{b}")));
    let design = DMatrix::from_fn(treatments.len(), components.len(), |i, j| {
        let present = if j < single.len() {
            parts[i].contains(single[j])
        } else {
            let (a, b) = &rules.interactions[j - single.len()];
            parts[i].contains(a.as_str()) && parts[i].contains(b.as_str())
        };
        f64::from(u8::from(present))
    });
    Ok((components, design))
}
