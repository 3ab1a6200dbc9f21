//! Objects of the REST API (GitHub REST, version 2022-11-28).

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{List, Login, or_default};

/// One workflow run (`GET /repos/{o}/{r}/actions/runs/{id}`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Run {
    /// Identity over all attempts.
    pub id: u64,
    /// The number that people use.
    #[serde(default)]
    pub run_number: u64,
    /// 1 for the first attempt.
    #[serde(default = "first_attempt")]
    pub run_attempt: u32,
    /// The workflow's name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Commit or pull request title, or the workflow's `run-name`.
    #[serde(default, deserialize_with = "or_default")]
    pub display_title: String,
    /// What started it.
    #[serde(default, deserialize_with = "or_default")]
    pub event: String,
    /// Open set.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// Open set; null until the run has ended.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// Branch or tag.
    #[serde(default, deserialize_with = "or_default")]
    pub head_branch: String,
    /// Full commit hash.
    #[serde(default, deserialize_with = "or_default")]
    pub head_sha: String,
    /// Path of the workflow file, such as `.github/workflows/release.yml`.
    #[serde(default, deserialize_with = "or_default")]
    pub path: String,
    /// Who started the first attempt.
    #[serde(default)]
    pub actor: Option<Login>,
    /// Who started the current attempt.
    #[serde(default)]
    pub triggering_actor: Option<Login>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When the current attempt started.
    #[serde(default)]
    pub run_started_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Page for people.
    #[serde(default, deserialize_with = "or_default")]
    pub html_url: String,
}

fn first_attempt() -> u32 {
    1
}

/// A page of runs. The list is required: an answer without it is no list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Runs {
    /// The runs, newest first.
    pub workflow_runs: List<Run>,
}

/// One job (`GET /repos/{o}/{r}/actions/runs/{id}/jobs`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Job {
    /// Identity.
    pub id: u64,
    /// The run.
    #[serde(default)]
    pub run_id: u64,
    /// The attempt.
    #[serde(default = "first_attempt")]
    pub run_attempt: u32,
    /// Name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Open set.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// Open set; null until it has ended.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// When it was queued.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// When it began.
    #[serde(default)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default)]
    pub completed_at: Option<DateTime<Utc>>,
    /// The machine.
    #[serde(default)]
    pub runner_name: Option<String>,
    /// The steps.
    #[serde(default)]
    pub steps: Option<List<Step>>,
    /// Page for people.
    #[serde(default, deserialize_with = "or_default")]
    pub html_url: String,
}

/// A page of jobs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Jobs {
    /// The jobs in order.
    pub jobs: List<Job>,
}

/// A file that a run left (`GET /repos/{o}/{r}/actions/runs/{id}/artifacts`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Artifact {
    /// Identity.
    pub id: u64,
    /// Name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Its size, packed.
    #[serde(default, deserialize_with = "or_default")]
    pub size_in_bytes: u64,
    /// Whether it was thrown away since.
    #[serde(default, deserialize_with = "or_default")]
    pub expired: bool,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

/// A page of artifacts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Artifacts {
    /// The artifacts.
    pub artifacts: List<Artifact>,
}

/// One step of a job.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Step {
    /// Position from 1.
    #[serde(default)]
    pub number: u32,
    /// Name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Open set.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// Open set.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// When it began.
    #[serde(default)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default)]
    pub completed_at: Option<DateTime<Utc>>,
}

/// One entry of `GET /repos/{o}/{r}/actions/runs/{id}/pending_deployments`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PendingDeployment {
    /// The environment.
    pub environment: Environment,
    /// Since when it waits; null without a wait timer.
    #[serde(default)]
    pub wait_timer_started_at: Option<DateTime<Utc>>,
    /// Whether the token's owner may answer.
    #[serde(default)]
    pub current_user_can_approve: Option<bool>,
    /// Who may answer.
    #[serde(default)]
    pub reviewers: Option<List<Reviewer>>,
}

/// One reviewer: a person (`login`) or a team (`name`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Reviewer {
    /// The person or team.
    #[serde(default)]
    pub reviewer: Option<Named>,
}

/// Something with a login or a name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Named {
    /// Of a person.
    #[serde(default)]
    pub login: Option<String>,
    /// Of a team.
    #[serde(default)]
    pub name: Option<String>,
}

/// One environment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Environment {
    /// Identity, which approvals are sent with.
    pub id: u64,
    /// Name.
    pub name: String,
}

/// `GET /repos/{o}/{r}/environments`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Environments {
    /// The environments.
    pub environments: List<Environment>,
}

/// One entry of `GET /repos/{o}/{r}/actions/runs/{id}/approvals`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Review {
    /// `approved`, `rejected` or `pending`.
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// Who.
    #[serde(default)]
    pub user: Option<Login>,
    /// Why.
    #[serde(default, deserialize_with = "or_default")]
    pub comment: String,
    /// For which environments.
    #[serde(default)]
    pub environments: List<Environment>,
}

/// One deployment (`GET /repos/{o}/{r}/deployments`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Deployment {
    /// Identity.
    pub id: u64,
    /// Full commit hash.
    #[serde(default, deserialize_with = "or_default")]
    pub sha: String,
    /// Branch, tag or commit as it was asked for.
    #[serde(rename = "ref", default, deserialize_with = "or_default")]
    pub reference: String,
    /// Where to.
    #[serde(default, deserialize_with = "or_default")]
    pub environment: String,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
    /// Free form: an object or a string of JSON.
    #[serde(default)]
    pub payload: serde_json::Value,
    /// Who asked for it.
    #[serde(default)]
    pub creator: Option<Login>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// One status of a deployment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DeploymentStatus {
    /// Identity; grows with time, which tells two of one second apart.
    #[serde(default)]
    pub id: u64,
    /// Open set.
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// The log, which names the run.
    #[serde(default)]
    pub log_url: Option<String>,
}

/// `GET /repos/{o}/{r}/compare/{base}...{head}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Compare {
    /// Commits that head has and base lacks.
    pub ahead_by: u32,
    /// Commits that base has and head lacks.
    pub behind_by: u32,
    /// Oldest first, at most 250.
    pub commits: List<Commit>,
    /// At most 300.
    #[serde(default)]
    pub files: Option<List<File>>,
}

/// `GET /repos/{o}/{r}/commits/{sha}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CommitFiles {
    /// At most 300 a page.
    #[serde(default)]
    pub files: Option<List<File>>,
}

/// The part of `GET /repos/{o}/{r}/commits/{ref}` that says which commit it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OfCommit {
    /// Full hash.
    pub sha: String,
}

/// One changed file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct File {
    /// Its path.
    pub filename: String,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Commit {
    /// Full hash.
    pub sha: String,
    /// Message and author.
    pub commit: CommitDetail,
    /// The author's account, where GitHub knows one.
    #[serde(default)]
    pub author: Option<Login>,
}

/// Message and author of a commit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CommitDetail {
    /// The whole message.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
    /// As Git has it.
    #[serde(default)]
    pub author: Option<Signature>,
    /// Who committed it, and when.
    #[serde(default)]
    pub committer: Option<Signature>,
}

/// A name and a time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Signature {
    /// Name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// When.
    #[serde(default)]
    pub date: Option<DateTime<Utc>>,
}

/// One milestone (`GET /repos/{o}/{r}/milestones`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Milestone {
    /// Its number in the repository.
    pub number: u64,
    /// Title.
    #[serde(default, deserialize_with = "or_default")]
    pub title: String,
    /// When it is due; null when nobody said.
    #[serde(default)]
    pub due_on: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Issues and pull requests still open.
    #[serde(default)]
    pub open_issues: u32,
    /// Issues and pull requests done.
    #[serde(default)]
    pub closed_issues: u32,
    /// Page for people.
    #[serde(default, deserialize_with = "or_default")]
    pub html_url: String,
}

/// One release (`GET /repos/{o}/{r}/releases`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Release {
    /// Identity.
    pub id: u64,
    /// The tag.
    #[serde(default, deserialize_with = "or_default")]
    pub tag_name: String,
    /// Title.
    #[serde(default)]
    pub name: Option<String>,
    /// What it says.
    #[serde(default)]
    pub body: Option<String>,
    /// Not published yet.
    #[serde(default)]
    pub draft: bool,
    /// When it was published; null for a draft.
    #[serde(default)]
    pub published_at: Option<DateTime<Utc>>,
    /// Not for production.
    #[serde(default)]
    pub prerelease: bool,
    /// Page for people.
    #[serde(default, deserialize_with = "or_default")]
    pub html_url: String,
}

/// One tag (`GET /repos/{o}/{r}/tags`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Tag {
    /// Its name, such as `v4.12.0`.
    pub name: String,
    /// The commit that it names.
    pub commit: TagCommit,
}

/// The commit of a tag.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct TagCommit {
    /// Full hash.
    pub sha: String,
}

/// The part of `GET /repos/{o}/{r}` that tells what the token may do there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Repository {
    /// Rights of the token's owner.
    #[serde(default)]
    pub permissions: Option<Permissions>,
}

/// Rights in a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Permissions {
    /// May push, and so act on runs.
    #[serde(default)]
    pub push: bool,
}

/// The answer to a workflow dispatch that was asked for its run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Dispatched {
    /// The run that was started.
    #[serde(default)]
    pub workflow_run_id: Option<u64>,
}

/// What GitHub says when it refuses.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Refusal {
    /// For people.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
}
