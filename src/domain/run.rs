//! Pipeline runs, their jobs and steps, and the log of a job.

use serde::{Deserialize, Serialize};

use super::{EnvironmentName, Origin, ServiceName, Text, Timestamp, Version};

/// One execution of a pipeline (GitHub: a workflow run).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Identity; the same run keeps it over all its attempts.
    pub id: Origin,
    /// The service that the run builds or deploys.
    pub service: ServiceName,
    /// The number that people call it by (`#8841`).
    pub number: u64,
    /// 1 for the first attempt; a re-run raises it by one.
    pub attempt: u32,
    /// The pipeline's name, such as `release`.
    pub workflow: Text,
    /// What the run is about: usually the commit's or pull request's title.
    pub title: Text,
    /// Branch or tag.
    pub branch: Text,
    /// Full commit hash.
    pub commit: Text,
    /// The version that the run ships, where its tag or title tells.
    pub version: Option<Version>,
    /// The environment that the run deploys to, where it is known.
    pub environment: Option<EnvironmentName>,
    /// What started it, in the vendor's word (`push`, `workflow_dispatch`).
    pub event: Text,
    /// Who started it.
    pub actor: Text,
    /// Where it stands.
    pub state: RunState,
    /// When it was created.
    pub created: Timestamp,
    /// When the current attempt started.
    pub started: Option<Timestamp>,
    /// When the vendor last changed it.
    pub updated: Timestamp,
    /// Page for people.
    pub url: Text,
}

/// Where a run, job or step stands. Vendors' sets are open, so an unknown
/// word is kept as itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunState {
    /// Accepted, not started (also GitHub's `requested` and `pending`).
    Queued,
    /// At work.
    Running,
    /// Waits for a human or a timer.
    Waiting,
    /// Ended, with this result.
    Done(Conclusion),
    /// A word that tminus does not know.
    Other(Text),
}

impl RunState {
    /// True while the state can still change by itself.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self, Self::Done(_))
    }

    /// True when the run ended in a way that someone must look at.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        matches!(
            self,
            Self::Done(Conclusion::Failure | Conclusion::TimedOut | Conclusion::StartupFailure)
        )
    }
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conclusion {
    /// It worked.
    Success,
    /// It failed.
    Failure,
    /// Somebody or something stopped it.
    Cancelled,
    /// It was not needed.
    Skipped,
    /// It took too long.
    TimedOut,
    /// The vendor asks for a human.
    ActionRequired,
    /// Neither good nor bad.
    Neutral,
    /// Given up by the vendor after a long time.
    Stale,
    /// It could not even start (usually a broken workflow file).
    StartupFailure,
    /// A word that tminus does not know.
    Other(Text),
}

/// A part of a run that has a machine of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Identity.
    pub id: Origin,
    /// Name as the pipeline gives it.
    pub name: Text,
    /// Where it stands.
    pub state: RunState,
    /// When it was queued.
    pub created: Option<Timestamp>,
    /// When it began to work.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The machine that ran it.
    pub runner: Option<Text>,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// Page for people.
    pub url: Text,
}

/// One step of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Position as the vendor counts it, from 1.
    pub number: u32,
    /// Name.
    pub name: Text,
    /// Where it stands.
    pub state: RunState,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
}

/// The log of one job, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobLog {
    /// The job that wrote it.
    pub job: Origin,
    /// The text or its absence.
    pub state: LogState,
}

/// Whether a log can be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LogState {
    /// It lies on the disk, where its bytes can be read: no fact holds a log.
    Stored {
        /// Raised when other bytes took the place of those that were there;
        /// the same edition only grows.
        edition: u64,
        /// How many bytes there are.
        bytes: u64,
        /// True when the job will write no more.
        complete: bool,
    },
    /// The job is still at work; the vendor gives its log when it ended.
    NotYet,
    /// There is no log and there will be none (cancelled, skipped, expired).
    Gone(Text),
}
