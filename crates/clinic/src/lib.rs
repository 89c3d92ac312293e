//! The clinic: people, plans, sessions, outcomes, the rules of safety, and the record that keeps them.
//!
//! Types come first and do no I/O: [`people`], [`side`], [`quantity`]. The clock and randomness are
//! parameters. This crate computes no geometry: it keeps what the atlas and the head say.
//!
//! Left and right are always the patient's.

// Identifiers are UUIDs; whoever uses this crate can make them from their own.
pub use uuid;

pub mod access;
pub mod blocking;
pub mod condition;
pub mod consent;
pub mod id;
pub mod instrument;
pub mod knowledge;
pub mod lab;
pub mod letter;
pub mod needle;
pub mod outcome;
pub mod people;
pub mod plan;
pub mod quantity;
pub mod safety;
pub mod screening;
pub mod session;
pub mod side;
pub mod store;
pub mod technique;
pub mod timeline;
