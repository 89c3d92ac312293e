//! Heads as geometry.
