//! The release: services going from one version to another, with a plan, an
//! owner, a window and one state.
//!
//! `state` is the law of its states, `course` what people did to it.

mod course;
mod state;

use serde::{Deserialize, Serialize};

pub use self::{
    course::{Course, Move, Planned, ReleaseChange, ReleaseEvent},
    state::{ReleaseState, Standing},
};
use super::{EnvironmentName, ServiceName, Text, Timestamp, Version};

/// One release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// When its content is fixed; only a train has one. It stays where it is
    /// when the release is planned for another time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Timestamp>,
    /// Planned start; the T-clock counts to and from it.
    pub start: Option<Timestamp>,
    /// Planned end.
    pub end: Option<Timestamp>,
    /// The state that somebody declared; none lets the model derive it.
    pub declared: Option<ReleaseState>,
    /// The plan in the captain's words, a line each.
    pub plan: Vec<Text>,
    /// What a person has to see to, and by when.
    #[serde(default)]
    pub checklist: Vec<Check>,
    /// What is checked by itself before it rolls, by name.
    #[serde(default)]
    pub gates: Vec<Text>,
    /// States that it may pass over.
    #[serde(default)]
    pub skips: Vec<ReleaseState>,
    /// How long all of it has to serve before it is done, in minutes.
    #[serde(default)]
    pub bake_minutes: u32,
    /// Change record, ticket, pages.
    #[serde(default)]
    pub links: Vec<ReleaseLink>,
    /// When its retrospective review has to be done; none when it needs none.
    #[serde(default)]
    pub review_due: Option<Timestamp>,
}

/// One service's part of a release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReleaseItem {
    /// The service.
    pub service: ServiceName,
    /// The environment that counts.
    pub environment: EnvironmentName,
    /// The version before; none lets the model take what is served.
    pub from: Option<Version>,
    /// The version after.
    pub to: Version,
    /// Full commit hash of the version after, where known.
    #[serde(default)]
    pub commit: Option<Text>,
    /// Digest of what is deployed, such as `sha256:…`, where known.
    #[serde(default)]
    pub digest: Option<Text>,
}

/// Something that a person has to see to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Short id, such as `rollback-plan`.
    pub id: Text,
    /// What has to be so, in a few words.
    pub what: Text,
    /// The state that it has to be done before.
    pub before: ReleaseState,
    /// Whether the release goes on without it.
    pub required: bool,
    /// Where it stands.
    #[serde(default)]
    pub state: CheckState,
}

/// Where a check stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Nobody saw to it.
    #[default]
    Open,
    /// It is so.
    Done,
    /// Somebody said why it need not be.
    Waived,
}

impl CheckState {
    /// The word for people and for `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Waived => "waived",
        }
    }
}

/// A page that belongs to a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseLink {
    /// What it is, such as `change record`.
    pub title: Text,
    /// Where it is.
    pub url: Text,
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
    /// One that goes through a store, with its review and staged rollout.
    Mobile,
    /// Another sort.
    Other,
}

impl ReleaseKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Regular,
        Self::Train,
        Self::Hotfix,
        Self::Mobile,
        Self::Other,
    ];

    /// The word for people, policies and `--json`; also the class of change
    /// that windows select by.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Train => "train",
            Self::Hotfix => "hotfix",
            Self::Mobile => "mobile",
            Self::Other => "other",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}
