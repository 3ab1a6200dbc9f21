//! How a job or a test ended once: what the history of flaky ones is made of.

use serde::{Deserialize, Serialize};

use super::{Origin, ServiceName, Text, Timestamp};

/// What ended: a job, or one test.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// The service whose pipeline it belongs to.
    pub service: ServiceName,
    /// The pipeline's name.
    pub workflow: Text,
    /// The job; empty for a test whose job is not told.
    pub job: Text,
    /// The test as [`super::TestCase::label`] names it; empty for the job
    /// itself.
    pub test: Text,
}

impl Subject {
    /// Whether it is a test, and not a job.
    #[must_use]
    pub fn is_test(&self) -> bool {
        !self.test.is_empty()
    }

    /// What people call it: the test's name, else the job's.
    #[must_use]
    pub fn name(&self) -> &Text {
        if self.is_test() {
            &self.test
        } else {
            &self.job
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It failed and then passed, tried again by its own tool.
    Flaky,
}

/// One ending. A job or test has at most one of them in an attempt of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outcome {
    /// What ended.
    pub subject: Subject,
    /// When.
    pub at: Timestamp,
    /// The run that it ended in.
    pub run: Origin,
    /// The number by which people call that run.
    pub number: u64,
    /// The attempt of the run, from 1.
    pub attempt: u32,
    /// The commit that was built.
    pub commit: Text,
    /// How.
    pub ended: Ended,
    /// The class that triage gave to the failed job's log; empty where nobody
    /// read it.
    #[serde(default)]
    pub class: Text,
}
