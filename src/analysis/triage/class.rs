//! What sort of failure it is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The class of a failed job. The words are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// It does not compile, type-check, lint, format or merge, or the
    /// repository's own program crashes.
    Code,
    /// Tests ran and failed; a coverage gate or a sanitizer too.
    Test,
    /// A package, library or header cannot be found, resolved or verified,
    /// although the network worked.
    Dependency,
    /// Network, DNS, TLS, a server's 5xx or rate limit, a daemon or database
    /// that is not there, a full disk, a lost runner.
    Infrastructure,
    /// A missing secret, command, script, target or reference; a wrong version
    /// of a tool; an invalid manifest.
    Configuration,
    /// It took longer than it may.
    Timeout,
    /// Memory ran out.
    OutOfMemory,
    /// A person stopped it.
    Cancelled,
    /// An exit code and no message.
    Unknown,
    /// It succeeded.
    None,
}

impl Class {
    /// All of them, in the order of the contract.
    pub const ALL: [Self; 10] = [
        Self::Code,
        Self::Test,
        Self::Dependency,
        Self::Infrastructure,
        Self::Configuration,
        Self::Timeout,
        Self::OutOfMemory,
        Self::Cancelled,
        Self::Unknown,
        Self::None,
    ];

    /// The word of the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Test => "test",
            Self::Dependency => "dependency",
            Self::Infrastructure => "infrastructure",
            Self::Configuration => "configuration",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out_of_memory",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}
