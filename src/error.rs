//! Errors for people: a kind that decides the exit status, what went wrong,
//! and how to mend it.

use std::fmt;

/// What sort of failure, and so which exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No, failed or refused: exit status 1.
    Refused,
    /// Wrong usage or configuration: exit status 2.
    Usage,
    /// Not known: no data, outcome unknown, vendor unreachable: exit status 3.
    Unknown,
}

impl Kind {
    /// The exit status that scripts rely on.
    #[must_use]
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Unknown => 3,
        }
    }
}

/// An error that a person can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What sort.
    pub kind: Kind,
    /// What, and where.
    pub message: String,
    /// How to mend it; empty when there is no hint.
    pub hint: String,
}

impl Error {
    /// An error with a message and no hint yet.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: String::new(),
        }
    }

    /// The same error with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if !self.hint.is_empty() {
            write!(formatter, "\n  hint: {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
