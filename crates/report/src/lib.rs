//! Figures and pages.
