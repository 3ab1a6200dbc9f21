//! Anything in any system that waits for a human's yes.

use serde::{Deserialize, Serialize};

use super::{EnvironmentName, Origin, ServiceName, Text, Timestamp, Version};

/// What a yes brings about.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The run goes on, and deploys.
    #[default]
    Deploys,
    /// One thing that held it is gone; its job waits on until it is started.
    Unblocks,
    /// The job that waited starts.
    Starts,
}

/// A deployment that waits for a human.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Identity: the run and the environment that it waits on.
    pub id: Origin,
    /// What would be deployed.
    pub service: ServiceName,
    /// Where to.
    pub environment: EnvironmentName,
    /// The environment's id in the vendor's own words, for the request.
    pub environment_key: Text,
    /// The run that waits.
    pub run: Origin,
    /// The number that people call the run by.
    pub run_number: u64,
    /// What the run is about.
    pub title: Text,
    /// The version that would go out, where known.
    pub version: Option<Version>,
    /// Full commit hash.
    pub commit: Text,
    /// Who started the run.
    pub requested_by: Text,
    /// Since when it waits.
    pub waiting_since: Timestamp,
    /// Whether the person whose token this is may answer; none when unknown.
    pub can_approve: Option<bool>,
    /// What a yes brings about.
    pub grants: Grant,
    /// Who may answer.
    pub reviewers: Vec<Text>,
    /// Page for people.
    pub url: Text,
}
