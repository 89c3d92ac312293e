//! What can be wrong with the numbers of an outcome.

use thiserror::Error;

/// Why an outcome statistic could not be computed. Rows count from 1.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum OutcomeError {
    /// A single number is out of its range.
    #[error("{field} = {value} {problem}")]
    Value {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A number in a column is out of its range.
    #[error("{field}, row {row}: {value} {problem}")]
    Row {
        /// Name of the column.
        field: &'static str,
        /// Row, from 1.
        row: usize,
        /// Its value.
        value: f64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Two columns differ in length.
    #[error("{field} has {given} rows, {expected} are expected")]
    Length {
        /// Name of the column.
        field: &'static str,
        /// Number given.
        given: usize,
        /// Number expected.
        expected: usize,
    },
    /// There are too few rows.
    #[error("{field}: {given} rows, at least {needed} are needed")]
    TooFew {
        /// Name of the column.
        field: &'static str,
        /// Number given.
        given: usize,
        /// Number needed.
        needed: usize,
    },
    /// A column does not vary, or follows from the others.
    #[error("{field} does not vary enough for this analysis")]
    NoVariation {
        /// Name of the column.
        field: &'static str,
    },
    /// The data do not show the curvature that the curve needs.
    #[error("the scores do not level off within the observed times, so that a plateau cannot be estimated")]
    NoPlateau,
}

/// A finite number.
pub(super) fn finite(field: &'static str, value: f64) -> Result<f64, OutcomeError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(OutcomeError::Value { field, value, problem: "is not a finite number" })
    }
}

/// A number above zero.
pub(super) fn positive(field: &'static str, value: f64) -> Result<f64, OutcomeError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(OutcomeError::Value { field, value, problem: "is not above zero" })
    }
}

/// A number between 0 and 1, ends excluded.
pub(super) fn fraction(field: &'static str, value: f64) -> Result<f64, OutcomeError> {
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(OutcomeError::Value { field, value, problem: "must lie between 0 and 1" })
    }
}

/// A column of finite numbers with enough rows.
pub(super) fn column(field: &'static str, values: &[f64], needed: usize) -> Result<(), OutcomeError> {
    if values.len() < needed {
        return Err(OutcomeError::TooFew { field, given: values.len(), needed });
    }
    match values.iter().position(|v| !v.is_finite()) {
        Some(i) => {
            Err(OutcomeError::Row { field, row: i + 1, value: values[i], problem: "is not a finite number" })
        }
        None => Ok(()),
    }
}

/// A column of a given length.
pub(super) fn same_length(field: &'static str, given: usize, expected: usize) -> Result<(), OutcomeError> {
    if given == expected { Ok(()) } else { Err(OutcomeError::Length { field, given, expected }) }
}
