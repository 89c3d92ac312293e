//! The trials of a network, checked and brought into one form.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use nalgebra::DMatrix;

use super::error::{EffectsConflict, ErrorsConflict, NetworkError};
use super::trial::Trial;

/// One comparison of one trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Contrast {
    /// Label of the trial.
    pub study: String,
    /// The treatment whose effect is counted positively.
    pub treat1: String,
    /// The treatment it is compared with.
    pub treat2: String,
    /// Effect of `treat1` minus effect of `treat2`, on the scale of analysis (log scale for ratios).
    pub te: f64,
    /// Standard error of `te`.
    pub se: f64,
}

/// The variance of the mean of an arm that all given comparisons of a trial share.
///
/// With it, a trial of m arms needs only m − 1 comparisons:
/// V_bc = V_ab + V_ac − 2 v_a.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedArm {
    /// Label of the trial.
    pub study: String,
    /// Treatment of the shared arm.
    pub treatment: String,
    /// Variance of the mean (or log odds, ...) of that arm.
    pub variance: f64,
}

/// Something that was accepted but that the reader should know.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// Effects of a multi-arm trial disagreed by no more than the tolerance (rounding) and were averaged.
    EffectsAveraged {
        /// Label of the trial.
        study: String,
        /// Largest disagreement found.
        largest: f64,
    },
    /// The standard errors imply a negative variance of one arm: impossible for independent arms,
    /// possible after adjustment.
    NegativeArmVariance {
        /// Label of the trial.
        study: String,
        /// The arm.
        treatment: String,
        /// The implied variance.
        variance: f64,
    },
    /// A number was added to every cell of a trial because one of them was zero.
    Corrected {
        /// Label of the trial.
        study: String,
        /// What was added.
        increment: f64,
    },
    /// The trial tells nothing about this measure (no events, or only events, in every arm).
    Uninformative {
        /// Label of the trial.
        study: String,
    },
    /// Only uninformative trials had this treatment, so that it is not in the network.
    TreatmentLost {
        /// Label of the treatment.
        treatment: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EffectsAveraged { study, largest } => write!(
                f,
                "study \"{study}\": its effects disagree by {largest:.2e}, as if rounded, and were made to add up"
            ),
            Self::NegativeArmVariance { study, treatment, variance } => write!(
                f,
                "study \"{study}\": its standard errors give the arm {treatment} a variance of {variance:.3e}, which no \
                 independent arm has; check them"
            ),
            Self::Corrected { study, increment } => {
                write!(f, "study \"{study}\": {increment} was added to its cells, one of which is empty")
            }
            Self::Uninformative { study } => write!(
                f,
                "study \"{study}\": not used, with no events in any arm (or nothing but events) it tells nothing about a ratio"
            ),
            Self::TreatmentLost { treatment } => {
                write!(f, "{treatment} is not in the network: only trials that were not used have it")
            }
        }
    }
}

/// A checked network: trials, treatments, notes.
#[derive(Debug, Clone)]
pub struct Network {
    pub(crate) treatments: Vec<String>,
    pub(crate) trials: Vec<Trial>,
    pub(crate) notes: Vec<Note>,
}

/// How far the effects of a multi-arm trial may disagree before the trial is refused,
/// as a share of the largest standard error of the trial: room for rounding.
pub const DEFAULT_TOLERANCE: f64 = 0.05;

impl Network {
    /// Builds a network from comparisons.
    ///
    /// A trial with m arms needs all m(m−1)/2 comparisons, or m − 1 with one
    /// arm in common whose variance is in `shared`. `tolerance` is how far the
    /// effects of a multi-arm trial may disagree, in units of its largest
    /// standard error ([`DEFAULT_TOLERANCE`]); within it they are averaged by
    /// least squares and a [`Note`] is made.
    ///
    /// # Errors
    /// Any [`NetworkError`] about the data; the network need not be connected.
    pub fn from_contrasts(
        contrasts: &[Contrast],
        shared: &[SharedArm],
        tolerance: f64,
    ) -> Result<Self, NetworkError> {
        if !(tolerance.is_finite() && tolerance >= 0.0) {
            return Err(NetworkError::Parameter {
                name: "tolerance",
                value: tolerance,
                problem: "must be zero or more",
            });
        }
        let mut by_study: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (i, c) in contrasts.iter().enumerate() {
            check_contrast(i + 1, c)?;
            by_study.entry(&c.study).or_default().push(i);
            names.insert(&c.treat1);
            names.insert(&c.treat2);
        }
        let treatments: Vec<String> = names.iter().map(|s| (*s).to_string()).collect();
        let index: BTreeMap<&str, usize> = names.iter().enumerate().map(|(i, s)| (*s, i)).collect();
        let mut shared_by_study: BTreeMap<&str, &SharedArm> = BTreeMap::new();
        for s in shared {
            if !by_study.contains_key(s.study.as_str()) || !index.contains_key(s.treatment.as_str()) {
                return Err(NetworkError::SharedArm {
                    study: s.study.clone(),
                    treatment: s.treatment.clone(),
                });
            }
            shared_by_study.insert(&s.study, s);
        }
        let mut notes = Vec::new();
        let mut trials = Vec::with_capacity(by_study.len());
        for (label, rows) in &by_study {
            let trial = trial_from_contrasts(
                label,
                rows,
                contrasts,
                &index,
                shared_by_study.get(label).copied(),
                tolerance,
                &mut notes,
            )?;
            trials.push(trial);
        }
        Self::new(treatments, trials, notes)
    }

    pub(crate) fn new(
        treatments: Vec<String>,
        trials: Vec<Trial>,
        notes: Vec<Note>,
    ) -> Result<Self, NetworkError> {
        if trials.is_empty() {
            return Err(NetworkError::Empty);
        }
        Ok(Self { treatments, trials, notes })
    }

    /// The treatments in alphabetical order, the order of every matrix of results.
    #[must_use]
    pub fn treatments(&self) -> &[String] {
        &self.treatments
    }

    /// Labels of the trials, in alphabetical order.
    pub fn studies(&self) -> impl Iterator<Item = &str> {
        self.trials.iter().map(|t| t.label.as_str())
    }

    /// Number of trials.
    #[must_use]
    pub fn trial_count(&self) -> usize {
        self.trials.len()
    }

    /// What was accepted with a remark.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Index of a treatment.
    ///
    /// # Errors
    /// [`NetworkError::UnknownTreatment`].
    pub fn treatment_index(&self, name: &str) -> Result<usize, NetworkError> {
        self.treatments
            .binary_search_by(|t| t.as_str().cmp(name))
            .map_err(|_| NetworkError::UnknownTreatment { name: name.to_string() })
    }

    /// Number of trials that compare treatments `i` and `j` directly, for every pair `i < j` with at least one:
    /// the edges of the network figure.
    #[must_use]
    pub fn edges(&self) -> BTreeMap<(usize, usize), usize> {
        let mut edges = BTreeMap::new();
        for t in &self.trials {
            for (p, &i) in t.arms.iter().enumerate() {
                for &j in &t.arms[p + 1..] {
                    *edges.entry((i, j)).or_insert(0) += 1;
                }
            }
        }
        edges
    }

    /// Number of trials in which each treatment occurs: the nodes of the network figure.
    #[must_use]
    pub fn node_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.treatments.len()];
        for t in &self.trials {
            for &i in &t.arms {
                counts[i] += 1;
            }
        }
        counts
    }

    /// The parts of the network that trials link, each as ascending treatment indices.
    #[must_use]
    pub fn components(&self) -> Vec<Vec<usize>> {
        components(self.treatments.len(), self.trials.iter())
    }

    /// Fails with the parts by name unless all treatments are linked.
    ///
    /// # Errors
    /// [`NetworkError::Disconnected`].
    pub fn check_connected(&self) -> Result<(), NetworkError> {
        let parts = self.components();
        if parts.len() == 1 {
            return Ok(());
        }
        Err(NetworkError::Disconnected {
            components: parts
                .iter()
                .map(|p| p.iter().map(|&i| self.treatments[i].clone()).collect())
                .collect(),
        })
    }
}

/// Connected components of treatments `0..n` under the trials; treatments in no trial stand alone.
pub(crate) fn components<'a>(n: usize, trials: impl Iterator<Item = &'a Trial>) -> Vec<Vec<usize>> {
    let mut root: Vec<usize> = (0..n).collect();
    fn find(root: &mut [usize], mut i: usize) -> usize {
        while root[i] != i {
            root[i] = root[root[i]];
            i = root[i];
        }
        i
    }
    for t in trials {
        let first = find(&mut root, t.arms[0]);
        let mut low = first;
        for &a in &t.arms[1..] {
            let r = find(&mut root, a);
            let (keep, join) = if r < low { (r, low) } else { (low, r) };
            root[join] = keep;
            low = keep;
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..n {
        let r = find(&mut root, i);
        parts.entry(r).or_default().push(i);
    }
    parts.into_values().collect()
}

fn check_contrast(row: usize, c: &Contrast) -> Result<(), NetworkError> {
    for (label, field) in [(&c.study, "study"), (&c.treat1, "treat1"), (&c.treat2, "treat2")] {
        if label.trim().is_empty() {
            return Err(NetworkError::EmptyLabel { row, field });
        }
    }
    if c.treat1 == c.treat2 {
        return Err(NetworkError::SelfComparison {
            row,
            study: c.study.clone(),
            treatment: c.treat1.clone(),
        });
    }
    if !c.te.is_finite() {
        return Err(field(row, &c.study, "TE", c.te, "is not a finite number"));
    }
    if !c.se.is_finite() {
        return Err(field(row, &c.study, "seTE", c.se, "is not a finite number"));
    }
    if c.se <= 0.0 {
        return Err(field(row, &c.study, "seTE", c.se, "is not above zero"));
    }
    // The variance is used, so that its square must be a number too.
    if !(c.se * c.se).is_finite() || c.se * c.se < f64::MIN_POSITIVE {
        return Err(field(row, &c.study, "seTE", c.se, "has a square that cannot be represented"));
    }
    Ok(())
}

pub(crate) fn field(
    row: usize,
    study: &str,
    field: &'static str,
    value: f64,
    problem: &'static str,
) -> NetworkError {
    NetworkError::Field { row, study: study.to_string(), field, value, problem }
}

fn trial_from_contrasts(
    label: &str,
    rows: &[usize],
    contrasts: &[Contrast],
    index: &BTreeMap<&str, usize>,
    shared: Option<&SharedArm>,
    tolerance: f64,
    notes: &mut Vec<Note>,
) -> Result<Trial, NetworkError> {
    let mut set: BTreeSet<usize> = BTreeSet::new();
    for &r in rows {
        set.insert(index[contrasts[r].treat1.as_str()]);
        set.insert(index[contrasts[r].treat2.as_str()]);
    }
    let arms: Vec<usize> = set.into_iter().collect();
    let m = arms.len();
    let names: BTreeMap<usize, &str> = index.iter().map(|(s, i)| (*i, *s)).collect();
    let name = |p: usize| names[&arms[p]].to_string();
    let mut te = DMatrix::<f64>::zeros(m, m);
    let mut var = DMatrix::<f64>::zeros(m, m);
    let mut row_of = DMatrix::<usize>::zeros(m, m);
    for &r in rows {
        let c = &contrasts[r];
        let (Ok(p), Ok(q)) =
            (arms.binary_search(&index[c.treat1.as_str()]), arms.binary_search(&index[c.treat2.as_str()]))
        else {
            continue;
        };
        if row_of[(p, q)] != 0 {
            return Err(NetworkError::Duplicate {
                study: label.to_string(),
                what: format!("{}:{}", name(p.min(q)), name(p.max(q))),
                first: row_of[(p, q)],
                second: r + 1,
            });
        }
        row_of[(p, q)] = r + 1;
        row_of[(q, p)] = r + 1;
        te[(p, q)] = c.te;
        te[(q, p)] = -c.te;
        var[(p, q)] = c.se * c.se;
        var[(q, p)] = c.se * c.se;
    }
    if let Some(s) = shared {
        complete_from_shared(label, s, &arms, index, &mut te, &mut var, &mut row_of)?;
    }
    let missing: Vec<String> = (0..m)
        .flat_map(|p| (p + 1..m).map(move |q| (p, q)))
        .filter(|&(p, q)| row_of[(p, q)] == 0)
        .map(|(p, q)| format!("{}:{}", name(p), name(q)))
        .collect();
    if !missing.is_empty() {
        let needed = m * (m - 1) / 2;
        return Err(NetworkError::MissingComparisons {
            study: label.to_string(),
            arms: m,
            given: needed - missing.len(),
            needed,
            missing: missing.join(", "),
        });
    }
    let effects: Vec<f64> = (0..m).map(|p| te.row(p).sum() / m as f64).collect();
    check_effects(label, &te, &var, &effects, tolerance, &name, notes)?;
    check_errors(label, &var, &name, notes)?;
    Trial::new(label.to_string(), arms, effects, var)
}

/// Fills in the comparisons between the arms that are each compared with the shared one.
fn complete_from_shared(
    label: &str,
    shared: &SharedArm,
    arms: &[usize],
    index: &BTreeMap<&str, usize>,
    te: &mut DMatrix<f64>,
    var: &mut DMatrix<f64>,
    row_of: &mut DMatrix<usize>,
) -> Result<(), NetworkError> {
    let refused =
        || NetworkError::SharedArm { study: label.to_string(), treatment: shared.treatment.clone() };
    let Ok(s) = arms.binary_search(&index[shared.treatment.as_str()]) else {
        return Err(refused());
    };
    let m = arms.len();
    if (0..m).any(|p| p != s && row_of[(s, p)] == 0) {
        return Err(refused());
    }
    if !(shared.variance.is_finite() && shared.variance > 0.0) {
        return Err(field(
            row_of[(s, usize::from(s == 0))],
            label,
            "variance of the shared arm",
            shared.variance,
            "is not above zero",
        ));
    }
    for p in 0..m {
        for q in p + 1..m {
            if row_of[(p, q)] != 0 || p == s || q == s {
                continue;
            }
            let v = var[(s, p)] + var[(s, q)] - 2.0 * shared.variance;
            if v <= 0.0 {
                return Err(field(
                    row_of[(s, p)],
                    label,
                    "variance of the shared arm",
                    shared.variance,
                    "is larger than the variances of the comparisons allow",
                ));
            }
            let d = te[(p, s)] + te[(s, q)];
            for (a, b, sign) in [(p, q, 1.0), (q, p, -1.0)] {
                te[(a, b)] = sign * d;
                var[(a, b)] = v;
                row_of[(a, b)] = row_of[(s, p)];
            }
        }
    }
    Ok(())
}

fn check_effects(
    label: &str,
    te: &DMatrix<f64>,
    var: &DMatrix<f64>,
    effects: &[f64],
    tolerance: f64,
    name: &dyn Fn(usize) -> String,
    notes: &mut Vec<Note>,
) -> Result<(), NetworkError> {
    let m = effects.len();
    if m < 3 {
        return Ok(());
    }
    let mut worst = (0.0, 0, 1, 2);
    for p in 0..m {
        for q in p + 1..m {
            for r in (0..m).filter(|&r| r != p && r != q) {
                let gap = (te[(p, q)] - te[(p, r)] - te[(r, q)]).abs();
                if gap > worst.0 {
                    worst = (gap, p, q, r);
                }
            }
        }
    }
    let (gap, p, q, r) = worst;
    let se = var.iter().fold(0.0_f64, |a, &v| a.max(v)).sqrt();
    let largest = te.iter().fold(0.0_f64, |a, &v| a.max(v.abs()));
    if gap > tolerance * se && gap > 1e-10 * largest {
        return Err(NetworkError::InconsistentEffects(Box::new(EffectsConflict {
            study: label.to_string(),
            a: name(p),
            b: name(q),
            c: name(r),
            given: te[(p, q)],
            implied: te[(p, r)] + te[(r, q)],
            repaired: effects[p] - effects[q],
        })));
    }
    if gap > 1e-10 * largest.max(se) {
        notes.push(Note::EffectsAveraged { study: label.to_string(), largest: gap });
    }
    Ok(())
}

/// Standard errors are Euclidean distances: each triangle must close; and with
/// independent arms each implied arm variance is positive.
fn check_errors(
    label: &str,
    var: &DMatrix<f64>,
    name: &dyn Fn(usize) -> String,
    notes: &mut Vec<Note>,
) -> Result<(), NetworkError> {
    let m = var.nrows();
    for p in 0..m {
        for q in p + 1..m {
            for r in (0..m).filter(|&r| r != p && r != q) {
                let (pq, pr, rq) = (var[(p, q)].sqrt(), var[(p, r)].sqrt(), var[(r, q)].sqrt());
                if pq >= pr + rq {
                    return Err(NetworkError::InconsistentErrors(Box::new(ErrorsConflict {
                        study: label.to_string(),
                        a: name(p),
                        b: name(q),
                        c: name(r),
                        given: pq,
                        // Independent arms: v_p, v_q, v_r >= 0 bound V_pq from both sides.
                        lower: (pr * pr - rq * rq).abs().sqrt(),
                        upper: (pr * pr + rq * rq).sqrt(),
                    })));
                }
            }
        }
    }
    if m > 2 {
        let total: f64 = var.sum() / 2.0;
        for p in 0..m {
            // With independent arms V_pq = v_p + v_q, so the row sum is (m - 2) v_p + sum of all v.
            let all = total / (m as f64 - 1.0);
            let v = (var.row(p).sum() - all) / (m as f64 - 2.0);
            if v < -1e-9 * all {
                notes.push(Note::NegativeArmVariance {
                    study: label.to_string(),
                    treatment: name(p),
                    variance: v,
                });
            }
        }
    }
    Ok(())
}
