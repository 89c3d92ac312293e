//! The patient's facts: what is asked, and what was answered.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A question about the patient, from `atlas/safety.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
pub struct FactQuestion {
    /// The question, as it is asked.
    pub question: String,
    /// The same in Chinese, where somebody has translated it.
    pub question_zh: Option<String>,
    /// What an answer looks like.
    pub kind: FactKind,
    /// Asked at every visit: an answer does not carry over to the next.
    pub each_visit: bool,
}

/// A question as it is written: a misspelt field must not be passed over.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    /// The question, as it is asked.
    question: String,
    /// The same in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    question_zh: Option<String>,
    /// `flag`, `number` (with `unit`) or `choice` (with `options`).
    kind: KindWord,
    /// Unit of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// Words of a choice; the first is the ordinary one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    options: Vec<String>,
    /// Asked at every visit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    each_visit: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum KindWord {
    Flag,
    Number,
    Choice,
}

impl TryFrom<Written> for FactQuestion {
    type Error = String;
    fn try_from(w: Written) -> Result<Self, String> {
        let kind = match (w.kind, w.unit, w.options.len()) {
            (KindWord::Flag, None, 0) => FactKind::Flag,
            (KindWord::Number, Some(unit), 0) => FactKind::Number { unit },
            (KindWord::Choice, None, 2..) => FactKind::Choice { options: w.options },
            _ => return Err("a number has a unit, a choice at least two options, a flag neither".to_owned()),
        };
        Ok(Self { question: w.question, question_zh: w.question_zh, kind, each_visit: w.each_visit })
    }
}

impl From<FactQuestion> for Written {
    fn from(q: FactQuestion) -> Self {
        let (kind, unit, options) = match q.kind {
            FactKind::Flag => (KindWord::Flag, None, Vec::new()),
            FactKind::Number { unit } => (KindWord::Number, Some(unit), Vec::new()),
            FactKind::Choice { options } => (KindWord::Choice, None, options),
        };
        Self {
            question: q.question,
            question_zh: q.question_zh,
            kind,
            unit,
            options,
            each_visit: q.each_visit,
        }
    }
}

/// What an answer looks like.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FactKind {
    /// Yes or no.
    Flag,
    /// A number.
    Number {
        /// Its unit.
        unit: String,
    },
    /// One of several words.
    Choice {
        /// The words.
        options: Vec<String>,
    },
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum FactValue {
    /// Yes or no.
    Flag(bool),
    /// A number in the unit of the question.
    Number(f64),
    /// One of the words of the question.
    Choice(String),
}

/// What was answered, by the names of the questions. What is absent was not asked.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, FactValue>);

/// An answer does not fit its question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// Nothing of that name is asked.
    #[error("no question is called \"{name}\"{}", .nearest.as_ref().map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default())]
    Unknown {
        /// The name as given.
        name: String,
        /// The nearest name that exists.
        nearest: Option<String>,
    },
    /// The answer is of another kind, or none of the words, or not a finite number.
    #[error("{name}: {found} is no answer; expected {expected}")]
    Kind {
        /// The question.
        name: String,
        /// What was given.
        found: String,
        /// What would do.
        expected: String,
    },
}

impl FactQuestion {
    /// Whether a value answers the question.
    ///
    /// # Errors
    /// [`FactError::Kind`].
    pub fn check(&self, name: &str, value: &FactValue) -> Result<(), FactError> {
        let (good, expected) = match (&self.kind, value) {
            (FactKind::Flag, v) => (matches!(v, FactValue::Flag(_)), "true or false".to_owned()),
            (FactKind::Number { unit }, v) => (
                matches!(v, FactValue::Number(n) if n.is_finite() && *n >= 0.0),
                format!("a number in {unit}, not negative"),
            ),
            (FactKind::Choice { options }, v) => (
                matches!(v, FactValue::Choice(c) if options.contains(c)),
                format!("one of {}", options.join(", ")),
            ),
        };
        if good {
            return Ok(());
        }
        Err(FactError::Kind { name: name.to_owned(), found: value.words(), expected })
    }
}

impl FactValue {
    /// As a reader would say it.
    pub fn words(&self) -> String {
        match self {
            Self::Flag(true) => "yes".to_owned(),
            Self::Flag(false) => "no".to_owned(),
            Self::Number(n) => n.to_string(),
            Self::Choice(c) => c.clone(),
        }
    }
}

impl Answers {
    /// An answer by name.
    pub fn get(&self, name: &str) -> Option<&FactValue> {
        self.0.get(name)
    }

    /// Adds an answer.
    pub fn set(&mut self, name: &str, value: FactValue) {
        self.0.insert(name.to_owned(), value);
    }

    /// Reads answers written `name=value`: `pregnant=no`, `age-months=540`, `anticoagulant=warfarin`.
    ///
    /// # Errors
    /// [`FactError`] where there is no such question or the answer does not fit it.
    pub fn read(
        &mut self,
        questions: &BTreeMap<String, FactQuestion>,
        name: &str,
        text: &str,
    ) -> Result<(), FactError> {
        let asked = question(questions, name)?;
        let text = text.trim();
        let value = match &asked.kind {
            FactKind::Flag => match text.to_lowercase().as_str() {
                "yes" | "true" => FactValue::Flag(true),
                "no" | "false" => FactValue::Flag(false),
                _ => FactValue::Choice(text.to_owned()),
            },
            FactKind::Number { .. } => match text.parse() {
                Ok(n) => FactValue::Number(n),
                Err(_) => FactValue::Choice(text.to_owned()),
            },
            FactKind::Choice { .. } => FactValue::Choice(text.to_owned()),
        };
        asked.check(name, &value)?;
        self.set(name, value);
        Ok(())
    }

    /// Every answer against its question.
    ///
    /// # Errors
    /// The first answer that does not fit, in order of the names.
    pub fn check(&self, questions: &BTreeMap<String, FactQuestion>) -> Result<(), FactError> {
        self.0.iter().try_for_each(|(name, value)| question(questions, name)?.check(name, value))
    }
}

/// A question by its name.
///
/// # Errors
/// [`FactError::Unknown`], with the nearest name that exists.
pub fn question<'a>(
    questions: &'a BTreeMap<String, FactQuestion>,
    name: &str,
) -> Result<&'a FactQuestion, FactError> {
    questions.get(name).ok_or_else(|| FactError::Unknown {
        name: name.to_owned(),
        nearest: baihui_atlas::check::nearest(name, questions.keys()).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions() -> BTreeMap<String, FactQuestion> {
        let ask = |kind| FactQuestion { question: String::new(), question_zh: None, kind, each_visit: false };
        [
            ("pregnant".to_owned(), ask(FactKind::Flag)),
            ("age".to_owned(), ask(FactKind::Number { unit: "months".to_owned() })),
            (
                "drug".to_owned(),
                ask(FactKind::Choice { options: vec!["none".to_owned(), "warfarin".to_owned()] }),
            ),
        ]
        .into()
    }

    #[test]
    fn answers_are_read_by_the_kind_of_their_question() {
        let mut facts = Answers::default();
        for (name, text) in [("pregnant", "No"), ("age", " 18.5 "), ("drug", "warfarin")] {
            facts.read(&questions(), name, text).expect("a good answer");
        }
        assert_eq!(facts.get("pregnant"), Some(&FactValue::Flag(false)));
        assert_eq!(facts.get("age"), Some(&FactValue::Number(18.5)));
        assert_eq!(facts.get("drug"), Some(&FactValue::Choice("warfarin".to_owned())));
        assert_eq!(facts.check(&questions()), Ok(()));
    }

    #[test]
    fn answers_that_do_not_fit_are_refused() {
        let mut facts = Answers::default();
        for (name, text) in [
            ("pregnant", "maybe"),
            ("age", "-1"),
            ("age", "NaN"),
            ("age", "inf"),
            ("drug", "tea"),
            ("pregnent", "no"),
        ] {
            assert!(facts.read(&questions(), name, text).is_err(), "{name}={text}");
        }
        assert_eq!(facts, Answers::default());
        facts.set("pregnant", FactValue::Number(1.0));
        assert!(facts.check(&questions()).is_err());
    }

    #[test]
    fn a_misspelt_question_gets_a_hint() {
        let e = Answers::default().read(&questions(), "pregnent", "no").expect_err("unknown");
        assert_eq!(e.to_string(), "no question is called \"pregnent\"; did you mean \"pregnant\"?");
    }
}
