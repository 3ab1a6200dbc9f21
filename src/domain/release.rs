//! The release: services going from one version to another, with a plan, an
//! owner, a window and one state.

use serde::{Deserialize, Serialize};

use super::{EnvironmentName, ServiceName, Text, Timestamp, Version};

/// One release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Short id, such as `train-47`.
    pub id: Text,
    /// Name for people.
    pub name: Text,
    /// What sort of release.
    pub kind: ReleaseKind,
    /// Who runs it.
    pub captain: Option<Text>,
    /// What goes where.
    pub items: Vec<ReleaseItem>,
    /// Planned start; the T-clock counts to and from it.
    pub start: Option<Timestamp>,
    /// Planned end.
    pub end: Option<Timestamp>,
    /// The state that somebody declared; none lets the model derive it.
    pub declared: Option<ReleaseState>,
    /// The plan in the captain's words, a line each.
    pub plan: Vec<Text>,
}

/// One service's part of a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseItem {
    /// The service.
    pub service: ServiceName,
    /// The environment that counts.
    pub environment: EnvironmentName,
    /// The version before; none lets the model take what is served.
    pub from: Option<Version>,
    /// The version after.
    pub to: Version,
}

/// What sort of release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum ReleaseKind {
    /// A planned release.
    #[default]
    Regular,
    /// One of a recurring series.
    Train,
    /// A fix that cannot wait.
    Hotfix,
}

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum ReleaseState {
    /// Planned for later.
    Scheduled,
    /// Its window is open, nothing has moved.
    Ready,
    /// Some of it moves or has moved.
    Rolling,
    /// All of it is there.
    Done,
    /// Stopped for now.
    Held,
    /// Given up before it started.
    Scrubbed,
    /// Taken back.
    RolledBack,
}
