//! The zone language, the atlas and its checks; atlas and head give located zones.

pub mod language;
