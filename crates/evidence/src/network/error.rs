//! What can be wrong with the data of a network, said so that the user can repair it.

use thiserror::Error;

/// Why a network could not be built or analysed.
///
/// Rows count from 1 and refer to the order of the input.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum NetworkError {
    /// A number is missing, not finite or outside its range.
    #[error("row {row} (study \"{study}\"), field {field}: {value} {problem}")]
    Field {
        /// Row of the input, from 1.
        row: usize,
        /// Label of the study.
        study: String,
        /// Name of the field.
        field: &'static str,
        /// The offending value.
        value: f64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A label is empty.
    #[error("row {row}, field {field}: the label is empty")]
    EmptyLabel {
        /// Row of the input, from 1.
        row: usize,
        /// Name of the field.
        field: &'static str,
    },
    /// A treatment is compared with itself.
    #[error("row {row} (study \"{study}\"): \"{treatment}\" is compared with itself")]
    SelfComparison {
        /// Row of the input, from 1.
        row: usize,
        /// Label of the study.
        study: String,
        /// The treatment named twice.
        treatment: String,
    },
    /// The same comparison, or the same arm, occurs twice in one study.
    #[error(
        "study \"{study}\": {what} is given in row {first} and again in row {second}; \
         merge the arms or give the second trial its own label"
    )]
    Duplicate {
        /// Label of the study.
        study: String,
        /// The arm or comparison.
        what: String,
        /// Row of the first occurrence.
        first: usize,
        /// Row of the second occurrence.
        second: usize,
    },
    /// A study with arms has fewer than two of them.
    #[error("study \"{study}\" (row {row}) has one arm only; a comparison needs two")]
    SingleArm {
        /// Label of the study.
        study: String,
        /// Row of its only arm.
        row: usize,
    },
    /// A trial with more than two arms lacks comparisons.
    #[error(
        "study \"{study}\" has {arms} treatments and {given} of {needed} comparisons; missing: {missing}. \
         Add them, or give the variance of the mean of the arm that the given comparisons share"
    )]
    MissingComparisons {
        /// Label of the study.
        study: String,
        /// Number of treatments.
        arms: usize,
        /// Comparisons given.
        given: usize,
        /// Comparisons needed: arms · (arms − 1) / 2.
        needed: usize,
        /// The missing ones, `a:b`, separated by commas.
        missing: String,
    },
    /// The effects of a multi-arm trial do not add up.
    #[error("{0}")]
    InconsistentEffects(Box<EffectsConflict>),
    /// The standard errors of a multi-arm trial cannot come from one trial.
    #[error("{0}")]
    InconsistentErrors(Box<ErrorsConflict>),
    /// The variances of a trial with four arms or more are no variances of contrasts.
    #[error(
        "study \"{study}\": the variances of its {arms} arms are no variances of differences \
         (smallest eigenvalue {eigenvalue:e}); enter the arms themselves, or check each standard error"
    )]
    NotPositiveDefinite {
        /// Label of the study.
        study: String,
        /// Number of arms.
        arms: usize,
        /// Smallest eigenvalue of the covariance of the contrasts.
        eigenvalue: f64,
    },
    /// The variance of a shared arm was given for a study or treatment that is not there.
    #[error(
        "the variance of arm \"{treatment}\" of study \"{study}\" is given, but the study does not compare it with every other arm"
    )]
    SharedArm {
        /// Label of the study.
        study: String,
        /// Label of the treatment.
        treatment: String,
    },
    /// A trial cannot be used with this measure and the chosen rule for zeros.
    #[error("row {row} (study \"{study}\"): {events} events of {n}: {measure} needs a rule for zero cells")]
    ZeroCell {
        /// Row of the input, from 1.
        row: usize,
        /// Label of the study.
        study: String,
        /// Number of events.
        events: f64,
        /// Number of persons.
        n: f64,
        /// The measure.
        measure: &'static str,
    },
    /// Not every treatment is linked to every other by trials.
    #[error("the network falls into {} parts that no trial links: {}", components.len(), list_components(components))]
    Disconnected {
        /// The treatments of each part.
        components: Vec<Vec<String>>,
    },
    /// There is nothing to analyse.
    #[error("the network has no study")]
    Empty,
    /// A treatment is named that the network does not have.
    #[error("the network has no treatment \"{name}\"")]
    UnknownTreatment {
        /// The name asked for.
        name: String,
    },
    /// A parameter of the analysis is out of its range.
    #[error("{name} = {value} {problem}")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The effects of some components cannot be told apart by these trials.
    #[error("the trials cannot tell these components apart: {}", components.join(", "))]
    NotEstimable {
        /// The components concerned.
        components: Vec<String>,
    },
    /// The linear system is singular to working precision.
    #[error("{what} could not be solved: the variances differ too much for double precision")]
    Singular {
        /// What was being solved.
        what: &'static str,
    },
}

fn list_components(components: &[Vec<String>]) -> String {
    let parts: Vec<String> = components.iter().map(|c| format!("{{{}}}", c.join(", "))).collect();
    parts.join(" and ")
}

/// Effects of a multi-arm trial that do not add up.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(
    "study \"{study}\": its effects do not add up: {a}:{b} is {given}, but {a}:{c} and {c}:{b} give {implied}. \
     Check sign and order of the treatments; the closest consistent value is {repaired}"
)]
pub struct EffectsConflict {
    /// Label of the study.
    pub study: String,
    /// First treatment of the comparison that disagrees most.
    pub a: String,
    /// Second treatment.
    pub b: String,
    /// Treatment of the detour.
    pub c: String,
    /// Effect as given.
    pub given: f64,
    /// Effect along the detour.
    pub implied: f64,
    /// Least-squares value of the comparison that makes the trial consistent.
    pub repaired: f64,
}

/// Standard errors of a multi-arm trial that cannot come from one trial.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(
    "study \"{study}\": its standard errors cannot come from one trial: SE {a}:{b} is {given}, \
     but with SE {a}:{c} and {c}:{b} it must lie between {lower} and {upper}"
)]
pub struct ErrorsConflict {
    /// Label of the study.
    pub study: String,
    /// First treatment of the comparison.
    pub a: String,
    /// Second treatment.
    pub b: String,
    /// The third treatment.
    pub c: String,
    /// Standard error as given.
    pub given: f64,
    /// Smallest possible value (arms independent).
    pub lower: f64,
    /// Largest possible value (arms independent).
    pub upper: f64,
}
