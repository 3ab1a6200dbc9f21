//! What the commands print as JSON: a versioned contract. `tminus schema`
//! prints its JSON Schema. Fields are only ever added under one version.

mod fill;
mod plan;

use schemars::JsonSchema;
use serde::Serialize;

pub use self::{
    fill::{approvals, canary, connection_word},
    plan::PlanReport,
};
use crate::domain::{OperationState, ReleaseState, Timestamp};

/// Version of the JSON contract.
pub const VERSION: u32 = 1;

/// `tminus status --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Status {
    /// Version of this contract.
    pub version: u32,
    /// When this was put together.
    pub at: Timestamp,
    /// The active release, where there is one.
    pub release: Option<ReleaseReport>,
    /// All services with what their environments serve.
    pub services: Vec<ServiceReport>,
    /// Runs, newest first.
    pub runs: Vec<RunReport>,
    /// What waits for a human's yes, longest waiting first.
    pub approvals: Vec<ApprovalReport>,
    /// Canaries that get some of the traffic.
    pub canaries: Vec<CanaryReport>,
    /// Open incidents.
    pub incidents: Vec<IncidentReport>,
    /// Alerts that are pending or firing.
    pub alerts: Vec<AlertReport>,
    /// The next seven days and what is under way.
    pub calendar: Vec<CalendarReport>,
    /// How each integration is doing.
    pub integrations: Vec<IntegrationReport>,
}

/// The active release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseReport {
    /// Short id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Its state in one word.
    pub state: ReleaseState,
    /// Who runs it.
    pub captain: Option<String>,
    /// Planned start.
    pub start: Option<Timestamp>,
    /// What goes where.
    pub services: Vec<ReleaseServiceReport>,
}

/// One service's part of a release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseServiceReport {
    /// The service.
    pub name: String,
    /// The environment that counts.
    pub environment: String,
    /// The version before.
    pub from: Option<String>,
    /// The version after.
    pub to: String,
    /// Whether the version after is served.
    pub there: bool,
}

/// One service.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ServiceReport {
    /// Its name.
    pub name: String,
    /// Its tier; 0 is the most important.
    pub tier: Option<u8>,
    /// What each environment serves.
    pub environments: Vec<EnvironmentReport>,
}

/// What one environment serves of a service.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EnvironmentReport {
    /// The environment.
    pub name: String,
    /// The version; null when it is not known.
    pub version: Option<String>,
    /// Since when it serves.
    pub since: Option<Timestamp>,
    /// When this was seen.
    pub observed_at: Option<Timestamp>,
}

/// One run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunReport {
    /// Identity, as `INTEGRATION:KEY`.
    pub id: String,
    /// The integration that tells it.
    pub integration: String,
    /// The service.
    pub service: String,
    /// The pipeline's name.
    pub name: String,
    /// The number that people call it by.
    pub number: u64,
    /// The attempt, from 1.
    pub attempt: u32,
    /// What it is about.
    pub title: String,
    /// Branch or tag.
    pub branch: String,
    /// Full commit hash.
    pub commit: String,
    /// `queued`, `running`, `waiting`, `completed`, or the vendor's own word.
    pub status: String,
    /// `success`, `failure`, …; null while it is not completed.
    pub conclusion: Option<String>,
    /// Page for people.
    pub url: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it began to work; null before that, or when nobody tells.
    pub started_at: Option<Timestamp>,
    /// Median of how long the last 20 good runs of this workflow of this
    /// service took, in seconds (docs/pipelines.md); null when the run is
    /// completed, or when fewer than 2 are known.
    pub usual_seconds: Option<i64>,
    /// The 90th percentile of the same, in seconds; null when the run is
    /// completed, or when fewer than 5 are known.
    pub p90_seconds: Option<i64>,
    /// By how many seconds it has been at work for longer than `p90_seconds`;
    /// null when it has not, or when it was run again.
    pub over_usual_seconds: Option<i64>,
    /// When this was seen.
    pub observed_at: Timestamp,
}

/// One thing that waits for a human's yes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApprovalReport {
    /// Identity: what `tminus approve` takes.
    pub id: String,
    /// What would be deployed.
    pub service: String,
    /// Where to.
    pub environment: String,
    /// The run that waits.
    pub run: String,
    /// The version that would go out, where known.
    pub version: Option<String>,
    /// What the run is about.
    pub title: String,
    /// Who started the run.
    pub requested_by: String,
    /// Since when it waits.
    pub waiting_since: Timestamp,
    /// Whether you may answer; null when unknown.
    pub can_approve: Option<bool>,
    /// Page for people.
    pub url: String,
    /// When this was seen.
    pub observed_at: Timestamp,
}

/// One canary.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CanaryReport {
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// Share of the traffic in percent; null when it cannot be read.
    pub weight: Option<f64>,
    /// The step from 1; 0 before the first.
    pub step: usize,
    /// How many steps the plan has.
    pub steps: usize,
    /// `pass`, `marginal`, `fail`, `no data`, `error` or `inconclusive`.
    pub verdict: String,
    /// 0 to 100; null when no metric could be judged.
    pub score: Option<f64>,
    /// Why, in one sentence.
    pub sentence: String,
    /// The metrics.
    pub metrics: Vec<MetricReport>,
    /// When this was seen.
    pub observed_at: Timestamp,
}

/// One metric of a canary.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MetricReport {
    /// Name.
    pub name: String,
    /// The baseline's value; null without data.
    pub baseline: Option<f64>,
    /// The canary's value; null without data.
    pub canary: Option<f64>,
    /// `pass`, `marginal`, `fail`, `no data`, `error` or `inconclusive`.
    pub verdict: String,
    /// Why.
    pub why: String,
    /// The canary relative to the baseline, as far as it is measured.
    pub effect: Option<f64>,
    /// Limits of the estimate, at any look (docs/canary.md).
    pub interval: Option<[f64; 2]>,
    /// Evidence that the canary is worse.
    pub e_value: Option<f64>,
    /// Whether it decides alone.
    pub critical: bool,
}

/// One incident.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IncidentReport {
    /// Identity: what `tminus ack` takes.
    pub id: String,
    /// The number that people call it by.
    pub number: u64,
    /// Title.
    pub title: String,
    /// `high`, `low` or the vendor's own word.
    pub urgency: String,
    /// `triggered`, `acknowledged`, `resolved` or the vendor's own word.
    pub status: String,
    /// Our service, where it is mapped.
    pub service: Option<String>,
    /// When it was triggered.
    pub created_at: Timestamp,
    /// Page for people.
    pub url: String,
    /// When this was seen.
    pub observed_at: Timestamp,
}

/// One alert.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AlertReport {
    /// Its name.
    pub name: String,
    /// The service, where its labels tell.
    pub service: Option<String>,
    /// `pending`, `firing` or the backend's own word.
    pub state: String,
    /// What it says.
    pub summary: String,
    /// Since when.
    pub since: Timestamp,
}

/// One span of the calendar.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CalendarReport {
    /// `release`, `freeze`, `change`, `maintenance`, `milestone` or another word.
    pub kind: String,
    /// Title.
    pub title: String,
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
    /// The services concerned; empty means all.
    pub services: Vec<String>,
}

/// One integration.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IntegrationReport {
    /// Its configured name.
    pub name: String,
    /// `ok`, `degraded`, `unreachable`, `unauthorised`, `forbidden`,
    /// `rate_limited` or `connecting`.
    pub state: String,
    /// When it last answered as it should.
    pub last_ok: Option<Timestamp>,
    /// Why, and what to do.
    pub detail: String,
    /// Requests left in the vendor's window, where it tells.
    pub requests_left: Option<u32>,
}

/// One operation: what the commands that act print, and the journal's lines.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OperationReport {
    /// Version of this contract.
    pub version: u32,
    /// Identity.
    pub id: String,
    /// What was done, in one word.
    pub action: String,
    /// A sentence that names effect and target.
    pub summary: String,
    /// The object: an approval, run or incident; `SERVICE@ENVIRONMENT` for a
    /// rollback.
    pub target: String,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The request line, without secrets.
    pub request: String,
    /// Where it stands.
    pub state: OperationState,
    /// Details of the last change of state.
    pub detail: String,
    /// Each change of state, oldest first.
    pub history: Vec<TransitionReport>,
    /// The operation of unknown outcome that this one sends again.
    pub again_of: Option<String>,
    /// The newest operation that sends this one again.
    pub again_as: Option<String>,
}

/// One change of state.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TransitionReport {
    /// When.
    pub at: Timestamp,
    /// To what.
    pub state: OperationState,
    /// Details.
    pub detail: String,
}
