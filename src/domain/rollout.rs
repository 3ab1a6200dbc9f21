//! How a version goes out inside a cluster: by which strategy, how far it is,
//! what holds it, and which versions it can go back to.

use serde::{Deserialize, Serialize};

use super::{EnvironmentName, Origin, ServiceName, Text, Timestamp, Version};

/// A workload that brings versions of one service to one environment, as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// Identity.
    pub id: Origin,
    /// The service.
    pub service: ServiceName,
    /// The environment.
    pub environment: EnvironmentName,
    /// How it replaces the old version.
    pub strategy: Strategy,
    /// Where it stands.
    pub phase: RolloutPhase,
    /// Why it stands there, in the system's words; empty when it does not say.
    pub message: Text,
    /// What it waits for by itself; empty while it does not wait.
    pub pauses: Vec<Pause>,
    /// Whether a person holds it.
    pub held: bool,
    /// Whether it was given up: the old version serves, and the new one is
    /// still what is wanted.
    pub aborted: bool,
    /// Whether it was let go and has not moved yet.
    pub unpausing: bool,
    /// The steps of its plan, each in a few words.
    pub steps: Vec<Text>,
    /// Weights that the plan sets, in percent and in order.
    pub weights: Vec<f64>,
    /// Share of the traffic that the new version gets, in percent; none where
    /// the strategy knows no shares.
    pub weight: Option<f64>,
    /// Its versions, the newest first.
    pub revisions: Vec<Revision>,
    /// What measures it there, beside what tminus measures.
    pub analyses: Vec<RolloutAnalysis>,
    /// The system that deploys it from Git by itself, as the workload's own
    /// marks say; empty where none do.
    pub managed_by: Text,
    /// What an operation on it compares.
    pub seen: RolloutSeen,
}

impl Rollout {
    /// What is wanted to serve.
    #[must_use]
    pub fn current(&self) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.current)
    }

    /// What serves, or serves the rest.
    #[must_use]
    pub fn stable(&self) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.stable)
    }

    /// The newest revision of a version that is not what is wanted now.
    #[must_use]
    pub fn revision_of(&self, version: &Version) -> Option<&Revision> {
        self.revisions
            .iter()
            .find(|revision| &revision.version == version && !revision.current)
    }

    /// Whether a version is on its way: neither there nor given up.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        !self.aborted && !self.is_settled()
    }

    /// Whether what is wanted is what serves.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.current()
            .is_some_and(|revision| revision.stable && self.phase == RolloutPhase::Healthy)
    }

    /// The step that it stands at, from 1, and how many there are; none where
    /// there are no steps or none is left.
    #[must_use]
    pub fn step(&self) -> Option<(usize, usize)> {
        let at = usize::try_from(self.seen.step?).ok()?;
        (at < self.steps.len()).then_some((at + 1, self.steps.len()))
    }
}

/// How a workload replaces the old version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strategy {
    /// By shares of the traffic, step by step.
    Canary,
    /// Both stand beside each other, and the traffic changes over at once.
    BlueGreen,
    /// Instance by instance, without shares.
    Rolling,
    /// A word that tminus does not know.
    Other(Text),
}

impl Strategy {
    /// The word for people.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Canary => "canary",
            Self::BlueGreen => "blue-green",
            Self::Rolling => "rolling",
            Self::Other(word) => word,
        }
    }
}

/// Where a rollout stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RolloutPhase {
    /// What is wanted serves.
    Healthy,
    /// At work.
    Progressing,
    /// Waits for a person or a timer.
    Paused,
    /// It did not get there, or was given up.
    Degraded,
    /// A word that tminus does not know.
    Other(Text),
}

impl RolloutPhase {
    /// The word for people.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Healthy => "healthy",
            Self::Progressing => "progressing",
            Self::Paused => "paused",
            Self::Degraded => "degraded",
            Self::Other(word) => word,
        }
    }
}

/// Why a rollout waits by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The system's own word.
    pub reason: Text,
    /// Since when.
    pub since: Timestamp,
}

/// A version that a workload has or had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its number; one that comes again gets a new, higher one.
    pub number: u64,
    /// What tells its content from any other's.
    pub hash: Text,
    /// The version.
    pub version: Version,
    /// Full commit hash; empty when not told.
    pub commit: Text,
    /// Digest of its image, where it is named by one.
    pub digest: Option<Text>,
    /// When it was first there.
    pub created: Timestamp,
    /// Whether it is what is wanted.
    pub current: bool,
    /// Whether it serves, or serves the rest.
    pub stable: bool,
    /// Instances that are ready, of those that are there.
    pub ready: (u32, u32),
}

/// What measures a rollout there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutAnalysis {
    /// Its name.
    pub name: Text,
    /// The system's own word for where it stands.
    pub phase: Text,
    /// Why, in the system's words.
    pub message: Text,
}

/// The state of a workload that a person saw when they decided. An operation is
/// sent only while it still holds, and the request says so itself.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct RolloutSeen {
    /// The object's own identity: one that was made anew has another.
    pub uid: Text,
    /// Number of changes to what is wanted.
    pub generation: u64,
    /// What tells the content of what is wanted from any other.
    pub hash: Text,
    /// The step that it stood at, from 0; none where it has no steps.
    pub step: Option<u32>,
    /// The reason for which it waited; empty when it did not.
    pub pause: Text,
}

/// What can be done about a rollout.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Steer {
    /// Let it take its next step.
    Promote,
    /// Let it skip all steps that are left.
    PromoteFully,
    /// Hold it where it is.
    Hold,
    /// Let go what a person holds.
    Resume,
    /// Give it up: the old version gets all of the traffic.
    Abort,
    /// Begin anew what was given up.
    Retry,
}

impl Steer {
    /// A short verb for people.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::PromoteFully => "promote fully",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Abort => "abort",
            Self::Retry => "retry",
        }
    }
}
