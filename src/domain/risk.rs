//! How risky a change is, with the reasons.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Text;

/// How risky, in three steps. What is not known raises it, never lowers it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum RiskLevel {
    /// Nothing speaks against an ordinary way.
    #[default]
    Low,
    /// Somebody should look twice.
    Medium,
    /// More than one person should agree.
    High,
}

impl RiskLevel {
    /// The word for people and for policies.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for RiskLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// A level with what led to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// How risky.
    pub level: RiskLevel,
    /// Why, the weightiest first, each a sentence for people.
    pub reasons: Vec<Text>,
}
