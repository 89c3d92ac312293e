//! What can be wrong with the data of a single patient.

use thiserror::Error;

/// Why a single-case statistic could not be computed. Rows count from 1.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SingleCaseError {
    /// A value is not a usable number.
    #[error("{field}, row {row}: {value} {problem}")]
    Value {
        /// Name of the field or phase.
        field: String,
        /// Row, from 1.
        row: usize,
        /// The value.
        value: f64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There are too few values.
    #[error("{field}: {given} values, at least {needed} are needed")]
    TooFew {
        /// Name of the field or phase.
        field: String,
        /// Number given.
        given: usize,
        /// Number needed.
        needed: usize,
    },
    /// Two columns differ in length.
    #[error("{field} has {given} rows, {expected} are expected")]
    Length {
        /// Name of the column.
        field: String,
        /// Number given.
        given: usize,
        /// Number expected.
        expected: usize,
    },
    /// All values of a phase are equal where their spread is needed.
    #[error("{field}: all values are equal, so that their spread cannot serve as a unit")]
    NoSpread {
        /// Name of the phase.
        field: String,
    },
    /// A parameter is out of its range.
    #[error("{name} = {value} {problem}")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The assignment that was used is not among those that could have been drawn.
    #[error(
        "the assignment that was used is not among the {count} that could have been drawn: without randomisation there is no randomisation test"
    )]
    NotRandomised {
        /// Number of assignments that could have been drawn.
        count: usize,
    },
    /// Columns of a model depend on each other.
    #[error("the columns {columns} cannot be told apart")]
    Collinear {
        /// Names of the columns.
        columns: String,
    },
}

/// Checks that all values are finite and that there are enough of them.
pub(crate) fn check_values(field: &str, values: &[f64], needed: usize) -> Result<(), SingleCaseError> {
    if values.len() < needed {
        return Err(SingleCaseError::TooFew { field: field.to_string(), given: values.len(), needed });
    }
    match values.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(SingleCaseError::Value {
            field: field.to_string(),
            row: i + 1,
            value: values[i],
            problem: "is not a finite number",
        }),
        None => Ok(()),
    }
}

/// Checks a confidence level.
pub(crate) fn check_level(level: f64) -> Result<(), SingleCaseError> {
    if level > 0.0 && level < 1.0 {
        Ok(())
    } else {
        Err(SingleCaseError::Parameter { name: "level", value: level, problem: "must lie between 0 and 1" })
    }
}
