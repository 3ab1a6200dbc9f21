//! GitHub's words → the nouns of the domain. Everything here is pure.

pub mod calendar;
pub mod key;
pub mod rest;
pub mod sweep;
pub mod version;

#[cfg(test)]
mod tests;

use crate::domain::{Conclusion, DeploymentState, Origin, RunState, ServiceName, SourceId, Text};

use version::Tags;

/// Where an answer came from: what every mapping needs beside the answer.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The integration.
    pub source: &'a SourceId,
    /// The service whose repository it is.
    pub service: &'a ServiceName,
    /// `owner/name`.
    pub repository: &'a str,
    /// The repository's tags, as far as they are known.
    pub tags: &'a Tags,
}

impl Place<'_> {
    /// The identity of a run.
    #[must_use]
    pub fn run(&self, id: u64) -> Origin {
        Origin::new(self.source, &key::run(self.repository, id))
    }

    /// The identity of any other object of the repository.
    #[must_use]
    pub fn object(&self, kind: &str, id: impl std::fmt::Display) -> Origin {
        Origin::new(self.source, &format!("{}/{kind}/{id}", self.repository))
    }
}

/// Where a run, job or step stands. REST writes the words in small letters,
/// GraphQL in capitals; both sets are open.
#[must_use]
pub fn run_state(status: &str, conclusion: Option<&str>) -> RunState {
    match status.to_ascii_lowercase().as_str() {
        "queued" | "requested" | "pending" => RunState::Queued,
        "in_progress" => RunState::Running,
        "waiting" => RunState::Waiting,
        "completed" => RunState::Done(self::conclusion(conclusion.unwrap_or_default())),
        other => RunState::Other(Text::new(other)),
    }
}

fn conclusion(word: &str) -> Conclusion {
    match word.to_ascii_lowercase().as_str() {
        "success" => Conclusion::Success,
        "failure" => Conclusion::Failure,
        "cancelled" => Conclusion::Cancelled,
        "skipped" => Conclusion::Skipped,
        "timed_out" => Conclusion::TimedOut,
        "action_required" => Conclusion::ActionRequired,
        "neutral" => Conclusion::Neutral,
        "stale" => Conclusion::Stale,
        "startup_failure" => Conclusion::StartupFailure,
        "" => Conclusion::Other(Text::new("no conclusion")),
        other => Conclusion::Other(Text::new(other)),
    }
}

/// Where a deployment stands: the union of REST's status words and GraphQL's
/// `DeploymentState` and `DeploymentStatusState`.
#[must_use]
pub fn deployment_state(word: &str) -> DeploymentState {
    match word.to_ascii_lowercase().as_str() {
        "pending" | "queued" => DeploymentState::Queued,
        "waiting" => DeploymentState::Waiting,
        "in_progress" => DeploymentState::InProgress,
        "success" | "active" => DeploymentState::Success,
        "failure" | "error" => DeploymentState::Failure,
        "inactive" | "destroyed" => DeploymentState::Inactive,
        other => DeploymentState::Other(Text::new(other)),
    }
}

/// The first line of a message.
#[must_use]
pub fn first_line(message: &str) -> Text {
    Text::new(message.lines().next().unwrap_or_default().trim_end())
}
