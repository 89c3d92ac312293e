//! Statistical figures, as SVG.
//!
//! | to draw | use |
//! |---|---|
//! | effects of studies with their pooled effect | [`forest::svg`] |
//! | effects as studies are added | [`forest::svg`] with [`forest::Row::Step`] |
//! | effects against precision, with contours of significance | [`funnel::svg`] |
//! | which treatments were compared | [`network::svg`] |
//! | all treatments against all others | [`league::svg`] |
//! | which study makes the heterogeneity | [`baujat::svg`] |
//! | risk with treatment against risk without | [`labbe::svg`] |
//! | one patient over time | [`single_case::svg`] |
//! | the course of a patient: outcomes, sessions, harm, gaps | [`course::svg`] |
//! | a question with its figures and tables, one file | [`html::page`] |
//!
//! Figures take plain numbers, are 85 mm or 180 mm wide ([`Width`]), set in type of 7 or 8 points, in the colours
//! of Okabe & Ito, and never rest on colour alone. No text overlaps another; what does not fit is shortened with an
//! ellipsis and kept whole in the picture's `<title>`s. The same input gives the same bytes.

mod axis;
pub mod baujat;
mod canvas;
pub mod claims;
pub mod course;
pub mod forest;
pub mod funnel;
pub mod html;
pub mod labbe;
mod labels;
pub mod league;
pub mod network;
pub mod single_case;

pub(crate) use canvas::wrap;

use crate::Theme;

/// Width of a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// One column of a journal, 85 mm, type of 7 points.
    Column,
    /// A page, 180 mm, type of 8 points.
    #[default]
    Page,
}

impl Width {
    /// In mm.
    pub fn mm(self) -> f64 {
        match self {
            Self::Column => 85.0,
            Self::Page => 180.0,
        }
    }

    /// In px of 1/96 inch.
    pub fn px(self) -> f64 {
        self.mm() * 96.0 / 25.4
    }

    /// Size of type in px.
    pub fn type_px(self) -> f64 {
        match self {
            Self::Column => 7.0 * 96.0 / 72.0,
            Self::Page => 8.0 * 96.0 / 72.0,
        }
    }
}

/// How a figure is to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Width.
    pub width: Width,
    /// Page colour.
    pub theme: Theme,
}

/// Why a figure cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatFigureError {
    /// There is nothing to draw.
    #[error("there is nothing to draw: {0}")]
    Empty(&'static str),
    /// A number is not finite, or not possible.
    #[error("{what} of \"{label}\" is {value}, which cannot be drawn")]
    Number {
        /// Which number.
        what: &'static str,
        /// Whose.
        label: String,
        /// The number.
        value: String,
    },
    /// More items than can be told apart or are sensible in memory.
    #[error("{found} {what} are too many for one figure; at most {limit} are drawn")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many.
        found: usize,
        /// Limit.
        limit: usize,
    },
    /// Lists that belong together have different lengths, or an index points outside.
    #[error("{0}")]
    Shape(String),
}

pub(crate) fn finite(what: &'static str, label: &str, value: f64) -> Result<f64, StatFigureError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(StatFigureError::Number { what, label: label.to_owned(), value: value.to_string() })
    }
}

/// A number with so many decimals and a true minus sign.
pub(crate) fn number(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    let zero = text.trim_start_matches('-').bytes().all(|b| matches!(b, b'0' | b'.'));
    if zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
}
