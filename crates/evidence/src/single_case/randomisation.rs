//! Randomisation tests: the observed statistic among those of every assignment that could have been drawn.
//!
//! A test is valid only for the assignments that were in fact drawn at random (Edgington & Onghena 2007,
//! Randomization Tests, 4th ed.), so each function asks for them and refuses when the assignment used is not
//! one of them. The smallest possible p is one over their number. Too many assignments are sampled with a
//! seed; then p = (b + 1)/(draws + 1) (Phipson & Smyth 2010, doi 10.2202/1544-6115.1585).

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

use super::error::{SingleCaseError, check_values};

/// Direction of the alternative hypothesis, on the scale of the values as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// The treatment raises the values.
    Greater,
    /// The treatment lowers the values.
    Less,
    /// It changes them.
    TwoSided,
}

/// When to enumerate and how to sample otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignments {
    /// Enumerate up to this many assignments.
    pub max_exact: u64,
    /// Number of random assignments otherwise.
    pub draws: u64,
    /// Seed of the random assignments.
    pub seed: u64,
}

/// Result of a randomisation test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandomisationResult {
    /// The observed statistic.
    pub statistic: f64,
    /// Number of assignments that could have been drawn (∞ beyond the range of numbers).
    pub possible: f64,
    /// Number of assignments looked at.
    pub examined: u64,
    /// p-value.
    pub p: f64,
    /// Whether all assignments were looked at.
    pub exact: bool,
}

/// Counts assignments at least as extreme as the observed one.
struct Counter {
    observed: f64,
    alternative: Alternative,
    slack: f64,
    extreme: u64,
    seen: u64,
}

impl Counter {
    fn new(observed: f64, alternative: Alternative, size: f64) -> Self {
        // Equal statistics may differ by rounding of their sums.
        Self { observed, alternative, slack: 1e-11 * size, extreme: 0, seen: 0 }
    }

    fn add(&mut self, statistic: f64) {
        self.seen += 1;
        let extreme = match self.alternative {
            Alternative::Greater => statistic >= self.observed - self.slack,
            Alternative::Less => statistic <= self.observed + self.slack,
            Alternative::TwoSided => statistic.abs() >= self.observed.abs() - self.slack,
        };
        self.extreme += u64::from(extreme);
    }

    fn result(&self, possible: f64, exact: bool) -> RandomisationResult {
        let p = if exact {
            self.extreme as f64 / self.seen as f64
        } else {
            (self.extreme + 1) as f64 / (self.seen + 1) as f64
        };
        RandomisationResult { statistic: self.observed, possible, examined: self.seen, p, exact }
    }
}

fn size(y: &[f64]) -> f64 {
    y.iter().fold(0.0_f64, |a, v| a.max(v.abs()))
}

/// A whole number below `n`, each equally likely.
fn below(rng: &mut Pcg64, n: u64) -> u64 {
    let zone = u64::MAX - u64::MAX % n;
    loop {
        let x = rng.next_u64();
        if x < zone {
            return x % n;
        }
    }
}

fn check_draws(assignments: Assignments) -> Result<(), SingleCaseError> {
    if assignments.draws == 0 {
        return Err(SingleCaseError::Parameter { name: "draws", value: 0.0, problem: "must be at least 1" });
    }
    Ok(())
}

/// Mean from session `start` (from 1) on, minus the mean before.
fn level_change(y: &[f64], start: usize) -> f64 {
    let (a, b) = y.split_at(start - 1);
    b.iter().sum::<f64>() / b.len() as f64 - a.iter().sum::<f64>() / a.len() as f64
}

fn check_start(field: &str, y: &[f64], start: usize) -> Result<(), SingleCaseError> {
    if start < 2 || start > y.len() {
        return Err(SingleCaseError::Value {
            field: format!("start point, {field}"),
            row: 1,
            value: start as f64,
            problem: "leaves one of the phases empty",
        });
    }
    Ok(())
}

/// AB design with a random start of treatment (Edgington 1975): statistic mean(B) − mean(A); the start of phase B
/// was drawn from `starts`, session numbers from 1.
///
/// # Errors
/// A value that is not finite; a start that leaves a phase empty; [`SingleCaseError::NotRandomised`] if `used` is
/// not among `starts`.
pub fn start_point_test(
    y: &[f64],
    starts: &[usize],
    used: usize,
    alternative: Alternative,
) -> Result<RandomisationResult, SingleCaseError> {
    check_values("values", y, 2)?;
    let mut starts = starts.to_vec();
    starts.sort_unstable();
    starts.dedup();
    for &s in &starts {
        check_start("series", y, s)?;
    }
    if !starts.contains(&used) {
        return Err(SingleCaseError::NotRandomised { count: starts.len() });
    }
    let mut counter = Counter::new(level_change(y, used), alternative, size(y));
    for &s in &starts {
        counter.add(level_change(y, s));
    }
    Ok(counter.result(starts.len() as f64, true))
}

/// One patient, behaviour or setting of a multiple-baseline design.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Values in the order of the sessions.
    pub y: Vec<f64>,
    /// First session with treatment, from 1.
    pub start: usize,
}

/// What was randomised in a multiple-baseline design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartScheme {
    /// Which of the fixed start points goes to which baseline (Wampold & Worsham 1986).
    Permuted,
    /// Each baseline's start point by itself, from its own list (Marascuilo & Busk 1988).
    Independent(Vec<Vec<usize>>),
}

/// Multiple-baseline design: statistic is the mean over the baselines of mean(B) − mean(A).
///
/// # Errors
/// A value that is not finite; a start that leaves a phase empty under some assignment;
/// [`SingleCaseError::NotRandomised`]; fewer than two baselines for permuted starts.
pub fn multiple_baseline_test(
    baselines: &[Baseline],
    scheme: &StartScheme,
    alternative: Alternative,
    assignments: Assignments,
) -> Result<RandomisationResult, SingleCaseError> {
    check_draws(assignments)?;
    let k = baselines.len();
    let needed = if *scheme == StartScheme::Permuted { 2 } else { 1 };
    if k < needed {
        return Err(SingleCaseError::TooFew { field: "baselines".into(), given: k, needed });
    }
    let starts: Vec<Vec<usize>> = match scheme {
        StartScheme::Permuted => vec![baselines.iter().map(|b| b.start).collect(); k],
        StartScheme::Independent(lists) => {
            if lists.len() != k {
                return Err(SingleCaseError::Length {
                    field: "lists of start points".into(),
                    given: lists.len(),
                    expected: k,
                });
            }
            lists
                .iter()
                .map(|l| {
                    let mut l = l.clone();
                    l.sort_unstable();
                    l.dedup();
                    l
                })
                .collect()
        }
    };
    // change[i][j]: baseline i with its j-th possible start.
    let mut change = Vec::with_capacity(k);
    for (i, (b, list)) in baselines.iter().zip(&starts).enumerate() {
        check_values(&format!("baseline {}", i + 1), &b.y, 2)?;
        for &s in list {
            check_start(&format!("baseline {}", i + 1), &b.y, s)?;
        }
        if !list.contains(&b.start) {
            return Err(SingleCaseError::NotRandomised { count: list.len() });
        }
        change.push(list.iter().map(|&s| level_change(&b.y, s)).collect::<Vec<f64>>());
    }
    let observed = baselines.iter().map(|b| level_change(&b.y, b.start)).sum::<f64>() / k as f64;
    let scale = baselines.iter().fold(0.0_f64, |a, b| a.max(size(&b.y)));
    let mut counter = Counter::new(observed, alternative, scale);
    let mean =
        |choice: &[usize]| choice.iter().enumerate().map(|(i, &j)| change[i][j]).sum::<f64>() / k as f64;
    let possible: f64 = match scheme {
        StartScheme::Permuted => (1..=k).map(|i| i as f64).product(),
        StartScheme::Independent(_) => starts.iter().map(|l| l.len() as f64).product(),
    };
    let exact = possible <= assignments.max_exact as f64;
    let mut choice: Vec<usize> = match scheme {
        StartScheme::Permuted => (0..k).collect(),
        StartScheme::Independent(_) => vec![0; k],
    };
    let mut rng = Pcg64::seed_from_u64(assignments.seed);
    match (scheme, exact) {
        (StartScheme::Permuted, true) => loop {
            counter.add(mean(&choice));
            if !next_permutation(&mut choice) {
                break;
            }
        },
        (StartScheme::Permuted, false) => {
            for _ in 0..assignments.draws {
                shuffle(&mut choice, &mut rng);
                counter.add(mean(&choice));
            }
        }
        (StartScheme::Independent(_), true) => loop {
            counter.add(mean(&choice));
            if !next_digits(&mut choice, |i| starts[i].len()) {
                break;
            }
        },
        (StartScheme::Independent(_), false) => {
            for _ in 0..assignments.draws {
                for (c, list) in choice.iter_mut().zip(&starts) {
                    *c = below(&mut rng, list.len() as u64) as usize;
                }
                counter.add(mean(&choice));
            }
        }
    }
    Ok(counter.result(possible, exact))
}

/// Pairs whose order was drawn by a coin each: the sign of each difference could have been the other. Statistic is
/// the mean of the differences (Fisher 1935).
///
/// # Errors
/// No difference, a value that is not finite, no draws.
pub fn sign_flip_test(
    differences: &[f64],
    alternative: Alternative,
    assignments: Assignments,
) -> Result<RandomisationResult, SingleCaseError> {
    check_values("differences", differences, 1)?;
    check_draws(assignments)?;
    let k = differences.len();
    let n = k as f64;
    let mut counter = Counter::new(differences.iter().sum::<f64>() / n, alternative, size(differences));
    let possible = libm::pow(2.0, n);
    let exact = k < 64 && possible <= assignments.max_exact as f64;
    let mut flips = vec![0usize; k];
    let mean = |flips: &[usize]| {
        differences.iter().zip(flips).map(|(d, &f)| if f == 1 { -d } else { *d }).sum::<f64>() / n
    };
    if exact {
        loop {
            counter.add(mean(&flips));
            if !next_digits(&mut flips, |_| 2) {
                break;
            }
        }
    } else {
        let mut rng = Pcg64::seed_from_u64(assignments.seed);
        for _ in 0..assignments.draws {
            for f in &mut flips {
                *f = below(&mut rng, 2) as usize;
            }
            counter.add(mean(&flips));
        }
    }
    Ok(counter.result(possible, exact))
}

/// Alternating treatments drawn within blocks: in each block the same number of sessions gets treatment B, which
/// ones was drawn. One block is complete randomisation; blocks of two are randomised pairs. Statistic is
/// mean(B) − mean(A). `treated[i]` says whether session i had treatment B, `block[i]` names its block.
///
/// # Errors
/// Columns of different length, a value that is not finite, a treatment that never occurs, no draws.
pub fn alternation_test(
    y: &[f64],
    treated: &[bool],
    block: &[usize],
    alternative: Alternative,
    assignments: Assignments,
) -> Result<RandomisationResult, SingleCaseError> {
    check_values("values", y, 2)?;
    check_draws(assignments)?;
    for (field, given) in [("treatments", treated.len()), ("blocks", block.len())] {
        if given != y.len() {
            return Err(SingleCaseError::Length { field: field.into(), given, expected: y.len() });
        }
    }
    let count = treated.iter().filter(|t| **t).count();
    if count == 0 || count == y.len() {
        return Err(SingleCaseError::TooFew {
            field: if count == 0 { "sessions with B" } else { "sessions with A" }.into(),
            given: 0,
            needed: 1,
        });
    }
    let mut blocks: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for (i, b) in block.iter().enumerate() {
        blocks.entry(*b).or_default().push(i);
    }
    let (nb, na) = (count as f64, (y.len() - count) as f64);
    let statistic = |flags: &[bool]| {
        let b: f64 = y.iter().zip(flags).filter(|x| *x.1).map(|x| x.0).sum();
        let a: f64 = y.iter().zip(flags).filter(|x| !*x.1).map(|x| x.0).sum();
        b / nb - a / na
    };
    let mut counter = Counter::new(statistic(treated), alternative, size(y));
    let possible: f64 =
        blocks.values().map(|s| binomial(s.len(), s.iter().filter(|i| treated[**i]).count())).product();
    let exact = possible <= assignments.max_exact as f64;
    let mut flags = treated.to_vec();
    if exact {
        // Every block starts with its B sessions last and runs through its arrangements like an odometer.
        let members: Vec<&Vec<usize>> = blocks.values().collect();
        for s in &members {
            let k = s.iter().filter(|i| treated[**i]).count();
            for (p, i) in s.iter().enumerate() {
                flags[*i] = p >= s.len() - k;
            }
        }
        loop {
            counter.add(statistic(&flags));
            let moved = members.iter().any(|s| {
                let mut now: Vec<bool> = s.iter().map(|i| flags[*i]).collect();
                let more = next_permutation(&mut now);
                if !more {
                    now.sort_unstable();
                }
                for (i, f) in s.iter().zip(now) {
                    flags[*i] = f;
                }
                more
            });
            if !moved {
                break;
            }
        }
    } else {
        let mut rng = Pcg64::seed_from_u64(assignments.seed);
        for _ in 0..assignments.draws {
            for s in blocks.values() {
                let mut now: Vec<bool> = s.iter().map(|i| flags[*i]).collect();
                shuffle(&mut now, &mut rng);
                for (i, f) in s.iter().zip(now) {
                    flags[*i] = f;
                }
            }
            counter.add(statistic(&flags));
        }
    }
    Ok(counter.result(possible, exact))
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64).round()
}

/// The next arrangement in lexicographic order; false after the last.
fn next_permutation<T: Ord>(x: &mut [T]) -> bool {
    let Some(i) = (1..x.len()).rev().find(|&i| x[i - 1] < x[i]) else { return false };
    let Some(j) = (i..x.len()).rev().find(|&j| x[i - 1] < x[j]) else { return false };
    x.swap(i - 1, j);
    x[i..].reverse();
    true
}

/// Counts up in a mixed base; false after the last.
fn next_digits(digits: &mut [usize], base: impl Fn(usize) -> usize) -> bool {
    for (i, digit) in digits.iter_mut().enumerate() {
        *digit += 1;
        if *digit < base(i) {
            return true;
        }
        *digit = 0;
    }
    false
}

/// Fisher-Yates.
fn shuffle<T>(x: &mut [T], rng: &mut Pcg64) {
    for i in (1..x.len()).rev() {
        let j = below(rng, i as u64 + 1) as usize;
        x.swap(i, j);
    }
}
