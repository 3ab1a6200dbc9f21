//! A fact: this thing is so, seen at that time, by that source. Facts are
//! idempotent, and an older observation never overwrites a newer one.

use serde::{Deserialize, Serialize};

use super::{
    Alert, Approval, Calibration, CanaryReading, CommitFiles, Comparison, Deployment,
    EnvironmentName, Health, Incident, Job, JobLog, Note, OnCall, OperationRecord, Origin, Outcome,
    PlanRecord, Published, Release, ReleaseEvent, Rollout, Roster, Run, ServiceName, SourceId,
    TestReport, Text, TimelineEntry, Timestamp, VersionPage, Window, WindowEvent,
};

/// One fact with its provenance. The source is stamped by the runtime, never
/// taken from the payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Who said it.
    pub source: SourceId,
    /// When it was seen.
    pub observed: Timestamp,
    /// What is so.
    pub body: Body,
}

/// What is so. A listing (`Approvals`, `Incidents`, …) is the whole of its
/// scope: what it does not name any more is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// A service exists.
    Service(ServiceName),
    /// All environments of a service.
    Environments {
        /// The service.
        service: ServiceName,
        /// Their names.
        items: Vec<EnvironmentName>,
    },
    /// A run is so.
    Run(Run),
    /// All jobs of one attempt of a run.
    Jobs {
        /// The run.
        run: Origin,
        /// The attempt.
        attempt: u32,
        /// The jobs in order.
        items: Vec<Job>,
    },
    /// The log of a job.
    Log(JobLog),
    /// What the tests of a run said.
    Tests(TestReport),
    /// How jobs and tests ended: additions to their history.
    Outcomes(Vec<Outcome>),
    /// A deployment is so.
    Deployment(Deployment),
    /// All approvals that wait in one scope (for example one repository).
    Approvals {
        /// The scope, in the source's own words.
        scope: Text,
        /// The approvals.
        items: Vec<Approval>,
    },
    /// What lies between two versions.
    Comparison(Comparison),
    /// The files that a commit touches.
    CommitFiles(CommitFiles),
    /// The lines of a service's `CODEOWNERS` file; none where it has none.
    CodeOwners {
        /// The service in whose repository it is.
        service: ServiceName,
        /// Its lines.
        lines: Vec<Text>,
    },
    /// A version was published.
    Published(Published),
    /// What the host of the code has for a version: its tag, and its page.
    VersionPage(VersionPage),
    /// A look at a canary.
    Canary(CanaryReading),
    /// A workload that brings versions out is so.
    Rollout(Rollout),
    /// What a service's past says of its canaries.
    Calibration(Calibration),
    /// All alerts of the source.
    Alerts(Vec<Alert>),
    /// All open incidents of the source.
    Incidents(Vec<Incident>),
    /// One incident is so (also resolved ones).
    Incident(Incident),
    /// All that the vendor tells of one incident.
    Timeline {
        /// The incident.
        incident: Origin,
        /// The entries.
        items: Vec<TimelineEntry>,
    },
    /// Who is on call.
    OnCall(Vec<OnCall>),
    /// Who is on call over the next time.
    Roster(Roster),
    /// All spans of one scope.
    Windows {
        /// The scope, in the source's own words.
        scope: Text,
        /// The spans.
        items: Vec<Window>,
    },
    /// A release is so.
    Release(Release),
    /// A person did something to a release.
    ReleaseEvent {
        /// When; no two have the same time.
        at: Timestamp,
        /// What.
        event: ReleaseEvent,
    },
    /// A person did something to a window.
    WindowEvent {
        /// When; no two have the same time.
        at: Timestamp,
        /// What.
        event: WindowEvent,
    },
    /// Whether all that people did to windows could be read.
    OwnWindows {
        /// Why not; none when it could.
        unread: Option<Text>,
    },
    /// A person wrote a note.
    Note(Note),
    /// An operation is so: the receipt.
    Operation(OperationRecord),
    /// How the source is doing.
    Health(Health),
    /// A confirmed plan is so.
    Plan(PlanRecord),
}
