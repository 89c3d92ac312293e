//! Statistics of evidence.
