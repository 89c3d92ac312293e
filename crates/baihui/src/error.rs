//! Errors as the user sees them.

use std::{io::Write, process::ExitCode};

use serde::Serialize;

/// What the process returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 1: a check found problems.
    Problems,
    /// 2: the command line is wrong.
    Usage,
    /// 3: a file or a measurement cannot be used.
    Input,
    /// 4: nothing of what was asked for can be located on this head.
    NotLocated,
    /// 5: a result cannot be written.
    Output,
}

impl Kind {
    /// The exit code.
    pub fn exit(self) -> u8 {
        match self {
            Self::Problems => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::NotLocated => 4,
            Self::Output => 5,
        }
    }
}

/// An error with what to do about it.
#[derive(Clone, Debug, Serialize)]
pub struct CliError {
    /// Kind.
    pub kind: Kind,
    /// What was found and what was expected.
    pub message: String,
    /// How to put it right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Which part of what was handed in is meant, by the name that requests have for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
}

impl CliError {
    /// An error of a kind.
    pub fn new(kind: Kind, message: impl ToString) -> Self {
        Self { kind, message: message.to_string(), hint: None, field: None }
    }

    /// The command line is wrong.
    pub fn usage(message: impl ToString) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Input cannot be used.
    pub fn input(message: impl ToString) -> Self {
        Self::new(Kind::Input, message)
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl ToString) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Adds what to do, if anything is known.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// Names the part of the input that is meant.
    #[must_use]
    pub fn field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Writes the error to standard error, as JSON if asked, and gives the exit code.
    pub fn report(&self, json: bool) -> ExitCode {
        let mut err = std::io::stderr().lock();
        // Nothing can be done about a closed standard error.
        let _ = if json {
            let text = serde_json::json!({ "error": self, "exit": self.kind.exit() });
            writeln!(err, "{text}")
        } else {
            writeln!(err, "error: {}", self.message)
                .and_then(|()| self.hint.as_ref().map_or(Ok(()), |h| writeln!(err, "  hint: {h}")))
        };
        ExitCode::from(self.kind.exit())
    }
}
