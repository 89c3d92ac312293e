//! Heterogeneity within and inconsistency between designs.
//!
//! A design is the set of treatments of a trial. Q splits into what trials of
//! the same design disagree about and what designs disagree about (Krahn,
//! Binder & König 2013, doi 10.1186/1471-2288-13-35; full design-by-treatment
//! interaction: Higgins et al. 2012, doi 10.1002/jrsm.1044).

use std::collections::BTreeMap;

use super::data::Network;
use super::error::NetworkError;
use super::fit::ChiSquaredTest;
use super::model::{Part, Squares, solve_parts, squares};
use super::trial::Trial;

/// Q within one design.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignQ {
    /// Treatment indices of the design, ascending.
    pub design: Vec<usize>,
    /// The test.
    pub test: ChiSquaredTest,
}

/// The decomposition of Q.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// Total.
    pub total: ChiSquaredTest,
    /// Within designs, summed.
    pub within: ChiSquaredTest,
    /// Between designs: inconsistency.
    pub between: ChiSquaredTest,
    /// Within each design.
    pub designs: Vec<DesignQ>,
    /// Between designs after one of them has been detached, that is given effects of its own;
    /// only designs whose effects the rest of the network informs.
    pub detached: Vec<DesignQ>,
    /// Between designs with the weights of `tau_within`: inconsistency that heterogeneity within
    /// designs does not explain.
    pub between_random: ChiSquaredTest,
    /// Between-trial standard deviation τ within designs, method of moments.
    pub tau_within: f64,
}

/// What each design adds to the inconsistency and how that changes when another is detached:
/// the data of a net heat plot.
#[derive(Debug, Clone, PartialEq)]
pub struct NetHeat {
    /// Treatment indices of each design, in the order of rows and columns.
    pub designs: Vec<Vec<usize>>,
    /// Inconsistency Q of each design: its own estimate against the network.
    pub q: Vec<f64>,
    /// `difference[d][c]`: Q of design d minus Q of design d after design c has been detached.
    /// Positive where c draws d away from the rest. A design of several arms is one row.
    pub difference: Vec<Vec<f64>>,
}

fn by_design(network: &Network) -> BTreeMap<&[usize], Vec<&Trial>> {
    let mut designs: BTreeMap<&[usize], Vec<&Trial>> = BTreeMap::new();
    for t in &network.trials {
        designs.entry(&t.arms).or_default().push(t);
    }
    designs
}

fn within(
    n: usize,
    designs: &BTreeMap<&[usize], Vec<&Trial>>,
    tau2: f64,
) -> Result<Vec<Squares>, NetworkError> {
    designs.values().map(|trials| squares(n, trials, tau2)).collect()
}

/// Decomposes Q by designs.
///
/// # Errors
/// [`NetworkError::Disconnected`] or a singular system.
pub fn decompose(network: &Network) -> Result<Decomposition, NetworkError> {
    network.check_connected()?;
    let n = network.treatments.len();
    let designs = by_design(network);
    let all: Vec<&Trial> = network.trials.iter().collect();
    let total = squares(n, &all, 0.0)?;
    let each = within(n, &designs, 0.0)?;
    let sum = |list: &[Squares]| {
        list.iter().fold(Squares::default(), |a, s| Squares {
            q: a.q + s.q,
            df: a.df + s.df,
            trace: a.trace + s.trace,
        })
    };
    let inside = sum(&each);
    let between = |total: Squares, inside: Squares| {
        ChiSquaredTest::new((total.q - inside.q).max(0.0), total.df - inside.df)
    };
    let tau2_within = if inside.df > 0 && inside.trace > 0.0 {
        (2.0 * (inside.q - inside.df as f64) / inside.trace).max(0.0)
    } else {
        0.0
    };
    let inside_random = sum(&within(n, &designs, tau2_within)?);
    let total_random = squares(n, &all, tau2_within)?;
    let mut detached = Vec::new();
    for (design, own) in designs.keys().zip(&each) {
        let rest: Vec<&Trial> = all.iter().copied().filter(|t| t.arms != **design).collect();
        let left = squares(n, &rest, 0.0)?;
        let others = Squares { q: inside.q - own.q, df: inside.df - own.df, trace: 0.0 };
        let (df_all, df_left) = (total.df - inside.df, left.df - others.df);
        if df_left < df_all {
            detached.push(DesignQ { design: design.to_vec(), test: between(left, others) });
        }
    }
    Ok(Decomposition {
        total: ChiSquaredTest::new(total.q, total.df),
        within: ChiSquaredTest::new(inside.q, inside.df),
        between: between(total, inside),
        designs: designs
            .keys()
            .zip(&each)
            .map(|(d, s)| DesignQ { design: d.to_vec(), test: ChiSquaredTest::new(s.q, s.df) })
            .collect(),
        detached,
        between_random: between(total_random, inside_random),
        tau_within: tau2_within.sqrt(),
    })
}

/// Computes the data of a net heat plot with the weights of `tau2` (0: common effect).
///
/// # Errors
/// [`NetworkError::Disconnected`], a negative τ² or a singular system.
pub fn net_heat(network: &Network, tau2: f64) -> Result<NetHeat, NetworkError> {
    if !(tau2.is_finite() && tau2 >= 0.0) {
        return Err(NetworkError::Parameter { name: "tau2", value: tau2, problem: "must be zero or more" });
    }
    network.check_connected()?;
    let n = network.treatments.len();
    let designs = by_design(network);
    let all: Vec<&Trial> = network.trials.iter().collect();
    let own: Vec<Vec<f64>> = designs
        .values()
        .map(|trials| Ok(spread(n, &solve_parts(n, trials, tau2)?)))
        .collect::<Result<_, NetworkError>>()?;
    let against = |parts: &[Part]| -> Vec<f64> {
        let effects = spread(n, parts);
        designs
            .values()
            .zip(&own)
            .map(|(trials, own)| {
                let mut q = 0.0;
                for t in trials {
                    for row in &t.rows {
                        let r: f64 =
                            t.arms.iter().zip(&row.coef).map(|(&i, c)| c * (own[i] - effects[i])).sum();
                        q += r * r / (row.variance + tau2 / 2.0);
                    }
                }
                q
            })
            .collect()
    };
    let q = against(&solve_parts(n, &all, tau2)?);
    let mut difference = vec![vec![0.0; q.len()]; q.len()];
    for (c, design) in designs.keys().enumerate() {
        let rest: Vec<&Trial> = all.iter().copied().filter(|t| t.arms != **design).collect();
        let without = against(&solve_parts(n, &rest, tau2)?);
        for d in 0..q.len() {
            // A detached design has its own effects and nothing left to disagree with.
            difference[d][c] = if d == c { q[d] } else { q[d] - without[d] };
        }
    }
    Ok(NetHeat { designs: designs.keys().map(|d| d.to_vec()).collect(), q, difference })
}

/// Effects in the numbering of the network; zero where no trial informs.
fn spread(n: usize, parts: &[Part]) -> Vec<f64> {
    let mut effects = vec![0.0; n];
    for part in parts {
        for (&i, e) in part.nodes.iter().zip(&part.solution.effects) {
            effects[i] = *e;
        }
    }
    effects
}
