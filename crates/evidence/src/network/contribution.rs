//! How much each direct comparison contributes to each network estimate.
//!
//! The hat matrix of the network is an electric flow: its row for the
//! comparison i:j is a flow of one unit from i to j along the directly
//! compared pairs (Rücker 2012). Cutting the flow into paths gives shares
//! that add up to one.

use nalgebra::DMatrix;

use super::data::Network;
use super::fit::Estimates;

/// How the flow is cut into paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// All paths, each with the probability that a random walk along the flow takes it: unique
    /// (Davies, Papakonstantinou, Nikolakopoulou, Rücker & Galla 2022, doi 10.1002/sim.9346).
    RandomWalk,
    /// Shortest paths first (Papakonstantinou et al. 2018, doi 10.12688/f1000research.14770.3). Among equally short
    /// paths the first in the order of treatments is taken, so that the shares depend on that order.
    ShortestPath,
}

/// Rows: every pair of treatments; columns: the pairs with direct evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// Pair of treatment indices of each row.
    pub rows: Vec<(usize, usize)>,
    /// Pair of treatment indices of each column.
    pub columns: Vec<(usize, usize)>,
    /// Values, rows × columns.
    pub values: DMatrix<f64>,
}

/// The hat matrix: how each network estimate is a weighted sum of the direct ones, with the weights of
/// `estimates`. Signs as the pairs are written.
#[must_use]
pub fn hat_matrix(network: &Network, estimates: &Estimates) -> Contributions {
    let n = network.treatments.len();
    let columns: Vec<(usize, usize)> = network.edges().into_keys().collect();
    let mut weights = DMatrix::<f64>::zeros(n, n);
    for trial in &network.trials {
        for (p, &i) in trial.arms.iter().enumerate() {
            for (q, &j) in trial.arms.iter().enumerate().skip(p + 1) {
                weights[(i, j)] += trial.edge_weight(p, q, estimates.tau2);
            }
        }
    }
    let rows: Vec<(usize, usize)> = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect();
    let m = &estimates.plus;
    let values = DMatrix::from_fn(rows.len(), columns.len(), |r, c| {
        let ((i, j), (a, b)) = (rows[r], columns[c]);
        weights[(a, b)] * (m[(i, a)] - m[(i, b)] - m[(j, a)] + m[(j, b)])
    });
    Contributions { rows, columns, values }
}

/// Share of each direct comparison in each network estimate: rows add up to one.
#[must_use]
pub fn contributions(network: &Network, estimates: &Estimates, streams: Streams) -> Contributions {
    let mut result = hat_matrix(network, estimates);
    let n = network.treatments.len();
    for r in 0..result.rows.len() {
        let (source, sink) = result.rows[r];
        let mut flow = Flow::new(n, source, sink);
        let mut seen = 0;
        let mut meet = |flow: &mut Flow, node: usize| {
            if flow.rank[node] == usize::MAX {
                flow.rank[node] = seen;
                seen += 1;
            }
        };
        for (c, &(a, b)) in result.columns.iter().enumerate() {
            let h = result.values[(r, c)];
            if h > NO_FLOW {
                meet(&mut flow, a);
                meet(&mut flow, b);
                flow.out[a].push((b, h, c));
            } else if h < -NO_FLOW {
                meet(&mut flow, b);
                meet(&mut flow, a);
                flow.out[b].push((a, -h, c));
            }
        }
        let mut share = vec![0.0; result.columns.len()];
        match streams {
            Streams::RandomWalk => flow.random_walk(&mut share),
            Streams::ShortestPath => flow.shortest_paths(&mut share),
        }
        let total: f64 = share.iter().sum();
        for (c, s) in share.iter().enumerate() {
            result.values[(r, c)] = if total > 0.0 { s / total } else { 0.0 };
        }
    }
    result
}

/// Flow below this is rounding.
const NO_FLOW: f64 = 1e-12;

/// A flow of one unit; `out[a]` lists (to, amount, column).
struct Flow {
    source: usize,
    sink: usize,
    out: Vec<Vec<(usize, f64, usize)>>,
    /// Order in which treatments first occur along the flow, which breaks ties between paths.
    rank: Vec<usize>,
}

impl Flow {
    fn new(n: usize, source: usize, sink: usize) -> Self {
        Self { source, sink, out: vec![Vec::new(); n], rank: vec![usize::MAX; n] }
    }

    /// Σ over paths of probability / length, without listing the paths: the walk is followed by
    /// number of steps from the source and to the sink.
    fn random_walk(&self, share: &mut [f64]) {
        let n = self.out.len();
        let total: Vec<f64> = self.out.iter().map(|o| o.iter().map(|e| e.1).sum()).collect();
        // An electric flow has no cycles, so no path is longer than n - 1.
        let mut reach = vec![vec![0.0; n]; n];
        reach[0][self.source] = 1.0;
        for k in 0..n - 1 {
            for a in (0..n).filter(|&a| a != self.sink) {
                let here = reach[k][a];
                if here > 0.0 {
                    for &(b, h, _) in &self.out[a] {
                        reach[k + 1][b] += here * h / total[a];
                    }
                }
            }
        }
        let mut finish = vec![vec![0.0; n]; n];
        finish[0][self.sink] = 1.0;
        for l in 0..n - 1 {
            for a in (0..n).filter(|&a| a != self.sink) {
                finish[l + 1][a] = self.out[a].iter().map(|&(b, h, _)| finish[l][b] * h / total[a]).sum();
            }
        }
        for a in (0..n).filter(|&a| a != self.sink) {
            for &(b, h, c) in &self.out[a] {
                for k in (0..n - 1).filter(|&k| reach[k][a] > 0.0) {
                    for l in (0..n - 1 - k).filter(|&l| finish[l][b] > 0.0) {
                        share[c] += reach[k][a] * (h / total[a]) * finish[l][b] / (k + 1 + l) as f64;
                    }
                }
            }
        }
    }

    fn shortest_paths(&mut self, share: &mut [f64]) {
        while let Some(path) = self.breadth_first() {
            let amount = path.iter().map(|&(a, e)| self.out[a][e].1).fold(f64::INFINITY, f64::min);
            for &(a, e) in &path {
                let edge = &mut self.out[a][e];
                edge.1 -= amount;
                share[edge.2] += amount / path.len() as f64;
            }
            for o in &mut self.out {
                o.retain(|e| e.1 > NO_FLOW);
            }
        }
    }

    /// A shortest path as (node, index of the edge taken).
    fn breadth_first(&self) -> Option<Vec<(usize, usize)>> {
        let mut from: Vec<Option<(usize, usize)>> = vec![None; self.out.len()];
        let mut queue = std::collections::VecDeque::from([self.source]);
        while let Some(a) = queue.pop_front() {
            if a == self.sink {
                let mut path = Vec::new();
                let mut at = a;
                while at != self.source {
                    let (before, e) = from[at]?;
                    path.push((before, e));
                    at = before;
                }
                path.reverse();
                return Some(path);
            }
            let mut next: Vec<(usize, usize, usize)> =
                self.out[a].iter().enumerate().map(|(e, &(b, _, _))| (self.rank[b], b, e)).collect();
            next.sort_unstable();
            for (_, b, e) in next {
                if b != self.source && from[b].is_none() {
                    from[b] = Some((a, e));
                    queue.push_back(b);
                }
            }
        }
        None
    }
}
