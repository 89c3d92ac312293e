//! The league table: network estimates below the diagonal, direct ones above.

use super::data::Network;
use super::error::NetworkError;
use super::fit::{Comparison, Estimates};
use super::split::split_evidence;

/// A league table.
#[derive(Debug, Clone, PartialEq)]
pub struct LeagueTable {
    /// Treatments in the order of rows and columns, usually from best to worst.
    pub treatments: Vec<String>,
    /// `cells[r][c]`: for r > c the network estimate of treatment c against treatment r; for r < c the
    /// direct estimate of treatment r against treatment c, if any; none on the diagonal.
    /// Both read "the earlier treatment against the later one".
    pub cells: Vec<Vec<Option<Comparison>>>,
}

/// Builds the league table with rows and columns in the given order of treatment indices.
///
/// # Errors
/// [`NetworkError::Parameter`] unless `order` names each treatment once.
pub fn league_table(
    network: &Network,
    estimates: &Estimates,
    order: &[usize],
) -> Result<LeagueTable, NetworkError> {
    let n = network.treatments.len();
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if sorted != (0..n).collect::<Vec<_>>() {
        return Err(NetworkError::Parameter {
            name: "length of the order",
            value: order.len() as f64,
            problem: "the order must name each treatment once",
        });
    }
    let mut direct = vec![vec![None; n]; n];
    for s in split_evidence(network, estimates) {
        if let Some(d) = s.direct {
            direct[s.treat1][s.treat2] = Some(d);
            direct[s.treat2][s.treat1] = Some(Comparison::new(-d.te, d.se, estimates.level));
        }
    }
    let cells = (0..n)
        .map(|r| {
            (0..n)
                .map(|c| match r.cmp(&c) {
                    std::cmp::Ordering::Greater => estimates.comparison(order[c], order[r]),
                    std::cmp::Ordering::Less => direct[order[r]][order[c]],
                    std::cmp::Ordering::Equal => None,
                })
                .collect()
        })
        .collect();
    Ok(LeagueTable { treatments: order.iter().map(|&i| network.treatments[i].clone()).collect(), cells })
}
