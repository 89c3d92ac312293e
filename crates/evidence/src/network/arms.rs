//! Networks from arms: counts of events, or means and standard deviations.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::DMatrix;

use super::data::{Network, Note, field};
use super::error::NetworkError;
use super::trial::Trial;

/// One arm with a binary outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryArm {
    /// Label of the trial.
    pub study: String,
    /// Label of the treatment.
    pub treatment: String,
    /// Number of persons with the event.
    pub events: f64,
    /// Number of persons.
    pub n: f64,
}

/// One arm with a continuous outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct ContinuousArm {
    /// Label of the trial.
    pub study: String,
    /// Label of the treatment.
    pub treatment: String,
    /// Mean, in the unit of the outcome.
    pub mean: f64,
    /// Standard deviation between persons, same unit.
    pub sd: f64,
    /// Number of persons.
    pub n: f64,
}

/// Measure of a binary outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryMeasure {
    /// Log odds ratio; arm variance 1/a + 1/(n − a).
    OddsRatio,
    /// Log risk ratio; arm variance 1/a − 1/n.
    RiskRatio,
    /// Risk difference; arm variance p(1 − p)/n.
    RiskDifference,
}

/// Measure of a continuous outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContinuousMeasure {
    /// Difference of means; arm variance sd²/n.
    MeanDifference,
    /// Standardised mean difference (Hedges' g) with the standard deviation
    /// pooled over all arms of the trial, so that the differences of a
    /// multi-arm trial add up. With N persons in a arms, ν = N − a and
    /// J = Γ(ν/2) / (√(ν/2) Γ((ν−1)/2)):
    /// g = J·(m₁ − m₂)/s and Var = 1/n₁ + 1/n₂ + g²/(2N)
    /// (Gleser & Olkin 2009, Handbook of Research Synthesis, ch. 19;
    /// Crippa & Orsini 2016, doi 10.1186/s12874-016-0189-0). For two arms this
    /// is the usual Hedges' g.
    StandardizedMeanDifference,
}

/// What to do with trials that have an empty cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ZeroCells {
    /// Refuse them: the error names row and study.
    Refuse,
    /// Add this number to every cell of every arm of such a trial, and note it. For odds and risk ratios a
    /// trial without any event, or with nothing but events, in every arm is left out and noted: it says
    /// nothing about them.
    Add(f64),
    /// As [`ZeroCells::Add`], but trials that say nothing are kept: with the addition they pull towards no
    /// effect.
    AddAlways(f64),
}

impl BinaryMeasure {
    fn name(self) -> &'static str {
        match self {
            Self::OddsRatio => "the odds ratio",
            Self::RiskRatio => "the risk ratio",
            Self::RiskDifference => "the variance of the risk difference",
        }
    }

    fn effect_and_variance(self, a: f64, n: f64) -> (f64, f64) {
        match self {
            Self::OddsRatio => (libm::log(a / (n - a)), 1.0 / a + 1.0 / (n - a)),
            Self::RiskRatio => (libm::log(a / n), 1.0 / a - 1.0 / n),
            Self::RiskDifference => (a / n, (a / n) * (1.0 - a / n) / n),
        }
    }
}

struct Arm {
    row: usize,
    treatment: String,
}

impl Network {
    /// Builds a network from arms with counts.
    ///
    /// # Errors
    /// Any [`NetworkError`] about the data.
    pub fn from_binary_arms(
        arms: &[BinaryArm],
        measure: BinaryMeasure,
        zeros: ZeroCells,
    ) -> Result<Self, NetworkError> {
        if let ZeroCells::Add(c) | ZeroCells::AddAlways(c) = zeros
            && !(c.is_finite() && c > 0.0)
        {
            return Err(NetworkError::Parameter {
                name: "increment of zero cells",
                value: c,
                problem: "must be above zero",
            });
        }
        for (i, a) in arms.iter().enumerate() {
            let row = i + 1;
            check_labels(row, &a.study, &a.treatment)?;
            check_n(row, &a.study, a.n)?;
            if !(a.events.is_finite() && a.events >= 0.0) {
                return Err(field(row, &a.study, "events", a.events, "is not a number of zero or more"));
            }
            if a.events > a.n {
                return Err(field(row, &a.study, "events", a.events, "is more than the number of persons"));
            }
        }
        let studies = group(arms.iter().map(|a| (a.study.as_str(), a.treatment.as_str())))?;
        let mut notes = Vec::new();
        let mut kept = Vec::new();
        for (label, list) in studies {
            let cells: Vec<(f64, f64)> = list.iter().map(|a| (arms[a.row].events, arms[a.row].n)).collect();
            let silent = cells.iter().all(|c| c.0 == 0.0) || cells.iter().all(|c| c.0 == c.1);
            if silent && measure != BinaryMeasure::RiskDifference && !matches!(zeros, ZeroCells::AddAlways(_))
            {
                notes.push(Note::Uninformative { study: label.to_string() });
                continue;
            }
            let empty = cells.iter().position(|c| c.0 == 0.0 || c.0 == c.1);
            let increment = match (empty, zeros) {
                (None, _) => 0.0,
                (Some(_), ZeroCells::Add(c) | ZeroCells::AddAlways(c)) => {
                    notes.push(Note::Corrected { study: label.to_string(), increment: c });
                    c
                }
                (Some(p), ZeroCells::Refuse) => {
                    return Err(NetworkError::ZeroCell {
                        row: list[p].row + 1,
                        study: label.to_string(),
                        events: cells[p].0,
                        n: cells[p].1,
                        measure: measure.name(),
                    });
                }
            };
            let values: Vec<(f64, f64)> = cells
                .iter()
                .map(|&(a, n)| measure.effect_and_variance(a + increment, n + 2.0 * increment))
                .collect();
            kept.push((label, list, values, 0.0));
        }
        assemble(kept, notes, arms.iter().map(|a| a.treatment.as_str()))
    }

    /// Builds a network from arms with means and standard deviations.
    ///
    /// # Errors
    /// Any [`NetworkError`] about the data.
    pub fn from_continuous_arms(
        arms: &[ContinuousArm],
        measure: ContinuousMeasure,
    ) -> Result<Self, NetworkError> {
        for (i, a) in arms.iter().enumerate() {
            let row = i + 1;
            check_labels(row, &a.study, &a.treatment)?;
            check_n(row, &a.study, a.n)?;
            if !a.mean.is_finite() {
                return Err(field(row, &a.study, "mean", a.mean, "is not a finite number"));
            }
            if !(a.sd.is_finite() && a.sd > 0.0) {
                return Err(field(row, &a.study, "sd", a.sd, "is not above zero"));
            }
        }
        let studies = group(arms.iter().map(|a| (a.study.as_str(), a.treatment.as_str())))?;
        let mut kept = Vec::new();
        for (label, list) in studies {
            let of = |a: &Arm| &arms[a.row];
            let total: f64 = list.iter().map(|a| of(a).n).sum();
            let nu = total - list.len() as f64;
            let (values, spread) = match measure {
                ContinuousMeasure::MeanDifference => {
                    (list.iter().map(|a| (of(a).mean, of(a).sd * of(a).sd / of(a).n)).collect(), 0.0)
                }
                ContinuousMeasure::StandardizedMeanDifference => {
                    if nu <= 1.0 {
                        let a = of(&list[0]);
                        return Err(field(
                            list[0].row + 1,
                            label,
                            "n",
                            a.n,
                            "leaves too few persons in the trial for a standard deviation",
                        ));
                    }
                    let ss: f64 = list.iter().map(|a| (of(a).n - 1.0) * of(a).sd * of(a).sd).sum();
                    let s = (ss / nu).sqrt();
                    let j = hedges_j(nu);
                    let values = list.iter().map(|a| (j * of(a).mean / s, 1.0 / of(a).n)).collect::<Vec<_>>();
                    (values, 0.5 / total)
                }
            };
            kept.push((label, list, values, spread));
        }
        assemble(kept, Vec::new(), arms.iter().map(|a| a.treatment.as_str()))
    }
}

/// Hedges' correction J(ν) = Γ(ν/2) / (√(ν/2) Γ((ν−1)/2)), exact (Hedges 1981).
fn hedges_j(nu: f64) -> f64 {
    libm::exp(libm::lgamma(nu / 2.0) - libm::lgamma((nu - 1.0) / 2.0)) / (nu / 2.0).sqrt()
}

fn check_labels(row: usize, study: &str, treatment: &str) -> Result<(), NetworkError> {
    for (label, field) in [(study, "study"), (treatment, "treatment")] {
        if label.trim().is_empty() {
            return Err(NetworkError::EmptyLabel { row, field });
        }
    }
    Ok(())
}

fn check_n(row: usize, study: &str, n: f64) -> Result<(), NetworkError> {
    if n.is_finite() && n > 0.0 { Ok(()) } else { Err(field(row, study, "n", n, "is not above zero")) }
}

/// Arms by study and treatment, both ascending; refuses duplicates and single arms.
fn group<'a>(
    rows: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<BTreeMap<&'a str, Vec<Arm>>, NetworkError> {
    let mut studies: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (row, (study, treatment)) in rows.enumerate() {
        if let Some(first) = studies.entry(study).or_default().insert(treatment, row) {
            return Err(NetworkError::Duplicate {
                study: study.to_string(),
                what: format!("the arm {treatment}"),
                first: first + 1,
                second: row + 1,
            });
        }
    }
    let mut grouped = BTreeMap::new();
    for (study, arms) in studies {
        if let (1, Some(&row)) = (arms.len(), arms.values().next()) {
            return Err(NetworkError::SingleArm { study: study.to_string(), row: row + 1 });
        }
        let list = arms.into_iter().map(|(t, row)| Arm { row, treatment: t.to_string() }).collect();
        grouped.insert(study, list);
    }
    Ok(grouped)
}

type Kept<'a> = (&'a str, Vec<Arm>, Vec<(f64, f64)>, f64);

/// `spread` is the coefficient of the squared difference in the variance (SMD only).
fn assemble<'a>(
    kept: Vec<Kept<'_>>,
    mut notes: Vec<Note>,
    all: impl Iterator<Item = &'a str>,
) -> Result<Network, NetworkError> {
    let names: BTreeSet<String> = kept.iter().flat_map(|k| k.1.iter().map(|a| a.treatment.clone())).collect();
    let lost: BTreeSet<&str> = all.filter(|t| !names.contains(*t)).collect();
    notes.extend(lost.into_iter().map(|t| Note::TreatmentLost { treatment: t.to_string() }));
    let treatments: Vec<String> = names.into_iter().collect();
    let index: BTreeMap<&str, usize> = treatments.iter().enumerate().map(|(i, s)| (s.as_str(), i)).collect();
    let mut trials = Vec::with_capacity(kept.len());
    for (label, list, values, spread) in &kept {
        let m = list.len();
        let variances = DMatrix::from_fn(m, m, |p, q| {
            if p == q {
                0.0
            } else {
                let d = values[p].0 - values[q].0;
                values[p].1 + values[q].1 + spread * d * d
            }
        });
        let arms = list.iter().map(|a| index[a.treatment.as_str()]).collect();
        let effects = values.iter().map(|v| v.0).collect();
        trials.push(Trial::new((*label).to_string(), arms, effects, variances)?);
    }
    Network::new(treatments, trials, notes)
}
