//! The nouns of a release day and their laws. One noun a file; nothing here
//! does I/O, reads a clock or knows the screen. Whatever comes from outside
//! is held as `Text`, which cannot carry terminal control.

mod act;
mod approval;
mod canary;
mod catalog;
mod deployment;
mod fact;
mod health;
mod hours;
mod id;
mod incident;
mod note;
mod operation;
mod outcome;
mod own_window;
mod page;
mod plan;
mod release;
mod risk;
mod rollout;
mod run;
mod team;
mod test_report;
mod text;
mod train;
mod window;

pub use act::{Act, Intent};
pub use approval::{Approval, Grant};
pub use canary::{
    Alert, AlertState, CalibratedMetric, Calibration, CanaryReading, Counts, Direction,
    KeptVerdict, MetricReading, Sample, Series, Threshold, Unit,
};
pub use catalog::{
    CanarySpec, Catalog, CountQueries, EnvironmentSpec, ExecPlugin, MetricSpec, RollbackSpec,
    ServiceSpec, TokenSource, WatchedFiles, WorkflowRollback,
};
pub use deployment::{
    CodeReview, Commit, CommitFiles, Comparison, Deployment, DeploymentState, Published,
    PullRequest,
};
pub use fact::{Body, Fact};
pub use health::{Budget, Connection, Health, cause_and_mend};
pub use hours::BusinessHours;
pub use id::{EnvironmentName, OperationId, Origin, ServiceName, SourceId, Timestamp, Version};
pub use incident::{
    Incident, IncidentStatus, OnCall, Roster, Shift, TimelineEntry, TimelineKind, Urgency,
};
pub use note::{Note, NoteLink};
pub use operation::{OperationRecord, OperationState, Transition};
pub use outcome::{Ended, Outcome, Subject};
pub use own_window::{
    Hand, OwnBook, OwnCourse, OwnKind, OwnTime, OwnWindow, WindowChange, WindowEvent,
};
pub use page::{Page, VersionPage};
pub use plan::{
    Guard, GuardVerdict, Mechanism, Pinned, PlanRecord, PlanState, Quality, RollbackPlan,
    RollbackStep, StepState, TrackRecord,
};
pub use release::{
    Check, CheckState, Course, Move, Planned, Release, ReleaseChange, ReleaseEvent, ReleaseItem,
    ReleaseKind, ReleaseLink, ReleaseState, Standing,
};
pub use risk::{Failures, LateHours, LongAgo, PathClass, Risk, RiskLevel, RiskTable, Size};
pub use rollout::{
    Pause, Revision, Rollout, RolloutAnalysis, RolloutPhase, RolloutSeen, Steer, Strategy,
};
pub use run::{Conclusion, Job, JobLog, LogState, Run, RunState, Step};
pub use team::{Approvals, Demand, Person, PolicySettings, Team};
pub use test_report::{TestCase, TestReport, TestResult, TestResults, TestState};
pub use text::{Colour, Ink, LOG_LINE_LIMIT, LogLine, Text, neutralise};
pub use train::TrainSpec;
pub use window::{
    CalendarPlace, CalendarSpec, CalendarUse, DeclaredTime, DeclaredWindow, Selectors, Window,
    WindowKind,
};
