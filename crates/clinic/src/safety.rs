//! The rules of safety: `stop`, `decide` and `caution`, as data.
//!
//! The rules stand in `atlas/safety.toml` in a small language ([`language`]) over the patient's facts and over
//! each needle. [`evaluate`] works them out with three truth values: what was not asked is *unknown*, never *no*.
//! [`clearance`] says what must happen before a plan can be signed: a `stop` cannot be overridden, a `decide`
//! needs the written reason of a practitioner. [`cases`] holds one case for each rule that fires it and one near
//! miss that does not; a rule without both is refused when the atlas is read.

pub mod answers;
pub mod cases;
pub mod clearance;
pub mod evaluate;
pub mod facts_of_kind;
pub mod intake;
pub mod language;

pub use answers::{Answers, FactKind, FactQuestion, FactValue};
pub use clearance::{Block, Decision, blocks};
pub use evaluate::{Finding, NeedleFacts, State, evaluate};
pub use language::{Level, Rule, SafetyRules};
