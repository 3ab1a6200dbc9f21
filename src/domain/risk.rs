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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Risk {
    /// How risky.
    pub level: RiskLevel,
    /// Why, the weightiest first, each a sentence for people.
    pub reasons: Vec<Text>,
}

/// What makes a change risky, and by how many points. Resolved from the
/// configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskTable {
    /// Points from which the risk is medium.
    pub medium: u32,
    /// Points from which the risk is high.
    pub high: u32,
    /// A change of this size counts.
    pub large: Size,
    /// A change of this size counts instead.
    pub very_large: Size,
    /// Points of tier 0, 1, 2 and so on.
    pub tiers: Vec<u32>,
    /// Paths that matter.
    pub paths: Vec<PathClass>,
    /// Deployments that went wrong lately.
    pub failures: Failures,
    /// Hours at which few people are there to help.
    pub late: LateHours,
    /// A long time without a deployment.
    pub long_ago: LongAgo,
}

/// A size that counts: as soon as either number is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// So many commits.
    pub commits: u32,
    /// So many files.
    pub files: u32,
    /// Points.
    pub points: u32,
}

/// Files that matter, wherever one of the globs matches. `*` does not cross
/// a `/`, `**` does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathClass {
    /// What they are, for people: `migrations`.
    pub name: String,
    /// Where they lie.
    pub globs: Vec<String>,
    /// Points.
    pub points: u32,
}

/// How much went wrong lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failures {
    /// Of so many deployments.
    pub last: u32,
    /// At least this share, in percent.
    pub percent: u32,
    /// Points.
    pub points: u32,
}

/// Hours at which few people are there, in the team's zone. Saturday and
/// Sunday are late all day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateHours {
    /// The working day begins, as an hour.
    pub from: u32,
    /// The working day ends.
    pub until: u32,
    /// It ends on a Friday.
    pub friday_until: u32,
    /// Points.
    pub points: u32,
}

/// A long time without a deployment: much comes together in the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongAgo {
    /// So many days.
    pub days: u32,
    /// Points.
    pub points: u32,
}

impl Default for RiskTable {
    fn default() -> Self {
        let class = |name: &str, points, globs: &[&str]| PathClass {
            name: name.to_owned(),
            globs: globs.iter().map(ToString::to_string).collect(),
            points,
        };
        Self {
            medium: 3,
            high: 6,
            large: Size {
                commits: 20,
                files: 50,
                points: 1,
            },
            very_large: Size {
                commits: 100,
                files: 300,
                points: 3,
            },
            tiers: vec![2, 1],
            paths: vec![
                class(
                    "migrations",
                    3,
                    &["**/migrations/**", "**/migrate/**", "**/*.sql"],
                ),
                class(
                    "authentication",
                    2,
                    &[
                        "**/auth/**",
                        "**/authn/**",
                        "**/authz/**",
                        "**/login/**",
                        "**/oauth/**",
                    ],
                ),
                class(
                    "infrastructure",
                    2,
                    &[
                        "**/*.tf",
                        "**/terraform/**",
                        "**/helm/**",
                        "**/charts/**",
                        "**/k8s/**",
                        "**/Dockerfile",
                        ".github/workflows/**",
                    ],
                ),
                class(
                    "dependencies",
                    1,
                    &[
                        "**/Cargo.lock",
                        "**/package-lock.json",
                        "**/pnpm-lock.yaml",
                        "**/yarn.lock",
                        "**/go.sum",
                        "**/poetry.lock",
                        "**/uv.lock",
                        "**/requirements*.txt",
                        "**/Gemfile.lock",
                        "**/composer.lock",
                        "**/gradle.lockfile",
                    ],
                ),
            ],
            failures: Failures {
                last: 10,
                percent: 20,
                points: 2,
            },
            late: LateHours {
                from: 8,
                until: 18,
                friday_until: 15,
                points: 1,
            },
            long_ago: LongAgo {
                days: 14,
                points: 1,
            },
        }
    }
}
