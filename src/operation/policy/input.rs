//! What a rule is told: the document that its file calls `input`. Every field
//! is always there; what is not known says so. The words are a contract with
//! the files of users, so a field is added, never renamed.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::{Approvals, Demand, RiskLevel};

/// All that a rule can look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What is wanted.
    pub operation: Operation,
    /// What the decision rests on: the target as it was seen.
    pub facts: Vec<Seen>,
    /// What surrounds it: incidents, the canary.
    pub surroundings: Vec<Seen>,
    /// Who wants it.
    pub person: Whoever,
    /// The team's clock.
    pub now: Clock,
    /// How risky the change is.
    pub risk: RiskInput,
    /// Freezes and change windows.
    pub windows: Windows,
    /// What goes out, or is taken back.
    pub change: Change,
    /// Who asked for the run that waits.
    pub request: Request,
    /// The service's canary in this environment.
    pub canary: Canary,
    /// Open urgent incidents of the service.
    pub incidents: Vec<OpenIncident>,
    /// Deployments to the same place that are at work; what only waits is not
    /// among them.
    pub deployments: Vec<AtWork>,
    /// How the system that would carry it out is doing.
    pub connection: ConnectionWord,
    /// The release that it belongs to.
    pub release: Belongs,
    /// What the team configured.
    pub settings: Settings,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// What is done.
    pub verb: Verb,
    /// The integration that would do it.
    pub source: String,
    /// The service; null where there is none.
    #[serde(deserialize_with = "present")]
    pub service: Option<String>,
    /// The service's tier: 0 is the most important; null when nobody said.
    #[serde(deserialize_with = "present")]
    pub tier: Option<u8>,
    /// The environment; null where there is none.
    #[serde(deserialize_with = "present")]
    pub environment: Option<String>,
    /// Whether it changes production.
    pub production: bool,
    /// The version that serves; null when it is not known.
    #[serde(deserialize_with = "present")]
    pub from: Option<String>,
    /// The version that shall serve; null when it is not known or none.
    #[serde(deserialize_with = "present")]
    pub to: Option<String>,
    /// The person's reason; empty when none was given yet.
    pub reason: String,
    /// The operation of unknown outcome that it sends again; null for most.
    #[serde(deserialize_with = "present")]
    pub again_of: Option<String>,
    /// Whether it is a step of a plan.
    pub in_plan: bool,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Let a waiting deployment go on.
    Approve,
    /// Refuse a waiting deployment.
    Decline,
    /// Run the failed jobs of a run again.
    RerunFailed,
    /// Stop a run.
    CancelRun,
    /// Bring a version back.
    RollBack,
    /// Let a rollout go on: its next step, all of them, or anew.
    Promote,
    /// Hold a rollout where it is.
    Hold,
    /// Give a rollout up.
    Abort,
    /// Say that somebody looks at an incident.
    Acknowledge,
    /// Say that an incident is over.
    Resolve,
    /// Write into an incident.
    AddNote,
    /// Publish notes as the page of a version.
    Publish,
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// What, for people.
    pub what: String,
    /// How long ago, in seconds; null when it never was.
    #[serde(deserialize_with = "present")]
    pub age_seconds: Option<u64>,
}

/// Who wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Whoever {
    /// The login name on this machine.
    pub login: String,
    /// The machine.
    pub host: String,
    /// Whether it is known what the systems call this person: the vendor said
    /// whose token it is, or `[people]` names the login.
    pub known: bool,
    /// All names of the person, in lower case.
    pub names: Vec<String>,
    /// The person's groups from `[people]`.
    pub groups: Vec<String>,
}

/// The team's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub seconds: i64,
    /// The zone of what follows.
    pub zone: String,
    /// Date and time with offset (RFC 3339).
    pub time: String,
    /// The date, such as `2026-11-27`.
    pub date: String,
    /// `monday` to `sunday`.
    pub weekday: String,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
}

/// How risky the change is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskInput {
    /// Whether the operation is one whose risk is weighed.
    pub weighed: bool,
    /// How risky; `low` where it is not weighed.
    pub level: RiskLevel,
    /// All points together.
    pub points: u32,
    /// Why, the weightiest first.
    pub reasons: Vec<String>,
}

/// Freezes and change windows that concern the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// Freezes in force.
    pub freezes: Vec<Span>,
    /// Change windows that are open.
    pub changes: Vec<Span>,
    /// Whether any change window, past or to come, is known for the service.
    pub change_windows_exist: bool,
    /// The next change window that opens; null when none is known.
    #[serde(deserialize_with = "present")]
    pub next_change: Option<Span>,
    /// Calendars of which nothing is known, each with why: a freeze may be in
    /// force.
    pub unknown: Vec<String>,
}

/// A span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// First second, since 1970.
    pub start: i64,
    /// First second after it.
    pub end: i64,
    /// The first second for people, in the team's zone.
    pub start_text: String,
    /// The end for people.
    pub end_text: String,
}

/// What goes out with an approval or a re-run, or is taken back with a
/// rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Whether it was read.
    pub known: bool,
    /// Whether all commits were listed with their authors; false when unknown.
    pub complete: bool,
    /// Why it is not known, for people; empty when it is.
    pub why: String,
    /// How many commits; 0 when not known.
    pub commits: u32,
    /// Who wrote them, each once.
    pub authors: Vec<String>,
    /// Who opened the pull requests, each once.
    pub pull_request_authors: Vec<String>,
    /// Whether the changed files were listed, all of them.
    pub files_known: bool,
    /// Changed files.
    pub files: Vec<String>,
}

/// Who asked for the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Whether it is known.
    pub known: bool,
    /// Who; empty when not known.
    pub by: String,
}

/// The service's canary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// How it is.
    pub state: CanaryWord,
    /// Why, for people; empty when there is none.
    pub sentence: String,
}

/// How a canary is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CanaryWord {
    /// None runs here.
    #[default]
    None,
    /// Not worse than its baseline.
    Passing,
    /// Worse than its baseline.
    Failing,
    /// One may run, and it cannot be told how it is.
    NotKnown,
}

/// An open urgent incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenIncident {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
}

/// A deployment at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtWork {
    /// The version.
    pub version: String,
    /// The environment.
    pub environment: String,
    /// Who asked for it.
    pub creator: String,
    /// Since when, in seconds.
    pub age_seconds: u64,
}

/// How a system is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionWord {
    /// Nothing was said about it.
    NotKnown,
    /// It has not answered yet.
    Connecting,
    /// It answers.
    Ok,
    /// It answers some of the time.
    Degraded,
    /// It does not answer.
    Unreachable,
    /// It does not accept the credential.
    Unauthorised,
    /// It gives the credential no right to all.
    Forbidden,
    /// It asks tminus to wait.
    RateLimited,
}

/// The release that it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Belongs {
    /// Its id; empty when it belongs to none.
    pub id: String,
    /// `regular`, `train` or `hotfix`; empty when it belongs to none.
    pub kind: String,
    /// Who runs it; empty when nobody is named.
    pub captain: String,
}

/// What the team configured for the shipped rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// An older fact is not known, in seconds.
    pub stale_seconds: u32,
    /// Accounts that are programs, in lower case.
    pub bots: Vec<String>,
    /// How many people an approval of production takes, by risk.
    pub approvals: Approvals,
    /// Who has the conn, in lower case; null when everybody may act.
    #[serde(deserialize_with = "present")]
    pub conn: Option<String>,
    /// All names of whoever has the conn, in lower case.
    pub conn_names: Vec<String>,
    /// How soon a hotfix is reviewed afterwards, in hours.
    pub hotfix_review_hours: u32,
    /// What a change of this environment takes; null when nothing special.
    #[serde(deserialize_with = "present")]
    pub confirm: Option<Demand>,
    /// What a rollback of production takes.
    pub rollback: Demand,
    /// For an approval in a freeze.
    pub freeze: Demand,
    /// For an approval outside the change windows.
    pub outside_change_window: Demand,
    /// For the author of a change.
    pub own_change: Demand,
    /// For whoever asked for the run.
    pub own_request: Demand,
    /// For an approval whose authors or requester are not known.
    pub unknown_change: Demand,
    /// For an approval while the canary fails.
    pub canary_failing: Demand,
    /// For an approval while an urgent incident is open.
    pub open_incident: Demand,
    /// For a change while another deployment is at work.
    pub in_flight: Demand,
    /// For an approval of which canary or incidents are not known.
    pub unknown_health: Demand,
}

/// A field that may be null and may not be missing.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}
