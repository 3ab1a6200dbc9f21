//! What a cursor stands on: the identity of a thing, never the number of a row.

use crate::domain::{OperationId, Origin, ServiceName, Subject, Text};

/// The identity of one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A line between others that cannot be selected.
    Heading(Text),
    /// An operation.
    Operation(OperationId),
    /// A rollback plan.
    Plan(OperationId),
    /// The canary of a service.
    Canary(ServiceName),
    /// One metric of a canary, by its name.
    Metric(ServiceName, Text),
    /// An incident.
    Incident(Origin),
    /// A deployment that waits for a yes.
    Approval(Origin),
    /// A run.
    Run(Origin),
    /// A job.
    Job(Origin),
    /// A step of a job, by its number.
    Step(Origin, u32),
    /// A deployment.
    Deployment(Origin),
    /// A service.
    Service(ServiceName),
    /// A span of time.
    Window(Origin),
    /// A release, by its id.
    Release(Text),
    /// A note, by its id.
    Note(Text),
    /// An entry of an incident's timeline.
    Entry(Origin),
    /// An alert, by what it says.
    Alert(Text),
    /// A job or test that is flaky.
    Flaky(Subject),
}

impl Item {
    /// Whether the cursor may stand on it.
    #[must_use]
    pub fn is_selectable(&self) -> bool {
        !matches!(self, Self::Heading(_))
    }
}
