//! The zone language, the atlas and its checks; atlas and head give located zones.
//!
//! [`load::Atlas`] is the knowledge as read from files; [`evaluate::Evaluator`] works it out on a head;
//! [`locate`] gives the result as it is written to files. The crate knows no patient.

pub mod beneath;
pub mod body;
pub mod built_in;
pub mod check;
pub mod claims;
pub mod compare;
pub mod evaluate;
pub mod language;
pub mod load;
pub mod locate;
pub mod region;
pub mod uncertainty;
pub mod words;

pub use evaluate::{Choices, Evaluator, Names, Refusal, Value};
pub use load::{Atlas, Entry, File, Problem};
pub use locate::{Located, Location, Request};
