//! Whether a rule asks a fact for what it can be.

use super::{
    answers::{FactKind, FactQuestion},
    language::Bounds,
};

/// What a rule wants of a fact.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Yes or no.
    Flag,
    /// A number within bounds.
    Number(Bounds),
    /// One of these words.
    Choice(&'a [String]),
}

/// What is wrong with wanting that, in words that follow the name of the fact.
pub fn fault(question: &FactQuestion, wanted: &Wanted<'_>) -> Option<String> {
    match (&question.kind, wanted) {
        (FactKind::Flag, Wanted::Flag) => None,
        (FactKind::Number { .. }, Wanted::Number(bounds)) => {
            bounds.is_empty().then(|| "is tested against no bound".to_owned())
        }
        (FactKind::Choice { options }, Wanted::Choice(words)) => {
            let strange = words.iter().find(|w| !options.contains(w));
            match strange {
                Some(word) => Some(format!("is never \"{word}\": it is one of {}", options.join(", "))),
                None if words.is_empty() => Some("is tested against no word".to_owned()),
                None => None,
            }
        }
        (kind, _) => {
            let is = match kind {
                FactKind::Flag => "a yes or no",
                FactKind::Number { .. } => "a number",
                FactKind::Choice { .. } => "a choice",
            };
            Some(format!("is {is} and is tested as something else"))
        }
    }
}
