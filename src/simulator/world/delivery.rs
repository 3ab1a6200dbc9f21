//! What is deployed where: environments, deployments and their statuses.

use crate::domain::Timestamp;

use super::company::{PersonIndex, ServiceIndex};

/// An environment of one repository.
#[derive(Clone, Debug)]
pub struct Environment {
    /// GitHub's id.
    pub id: u64,
    /// `staging` or `production`.
    pub name: &'static str,
    /// Who may approve; empty where nobody has to.
    pub reviewers: Vec<PersonIndex>,
    /// The version that it serves.
    pub version: String,
}

/// One deployment.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// GitHub's id; ids rise with time.
    pub id: u64,
    /// Which service.
    pub service: ServiceIndex,
    /// 0 staging, 1 production.
    pub environment: usize,
    /// The version that goes out.
    pub version: Box<str>,
    /// Index of its commit in the service's history.
    pub commit: usize,
    /// Who.
    pub creator: PersonIndex,
    /// The run that made it.
    pub run: Option<u64>,
    /// When.
    pub created_at: Timestamp,
    /// States that it went through, oldest first.
    pub statuses: Vec<(DeploymentState, Timestamp)>,
}

impl Deployment {
    /// Where it stands.
    pub fn state(&self) -> DeploymentState {
        self.statuses
            .last()
            .map_or(DeploymentState::Queued, |(state, _)| *state)
    }

    /// When it last changed.
    pub fn updated_at(&self) -> Timestamp {
        self.statuses.last().map_or(self.created_at, |(_, at)| *at)
    }
}

/// GitHub's words for where a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentState {
    /// Waits for a review.
    Waiting,
    /// Not begun.
    Queued,
    /// On its way.
    InProgress,
    /// Served.
    Success,
    /// Did not arrive.
    Failure,
    /// Replaced by a later one.
    Inactive,
}

impl DeploymentState {
    /// REST spelling.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Inactive => "inactive",
        }
    }
}
