//! Objects of the GraphQL API, in the shape that `graphql.rs` asks for them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{List, Login, or_default};

/// The envelope. GitHub answers 200 with `errors` for what it could not do,
/// and gives what it could beside them.
#[derive(Debug, Deserialize)]
pub struct Envelope<'text> {
    /// Answers by alias.
    #[serde(default, borrow)]
    pub data: Option<BTreeMap<String, Option<&'text RawValue>>>,
    /// What went wrong.
    #[serde(default)]
    pub errors: Option<List<Failure>>,
}

/// One GraphQL error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Failure {
    /// Such as `NOT_FOUND`, `FORBIDDEN` or `RATE_LIMITED`.
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub kind: String,
    /// For people.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
}

/// A connection of which only the nodes were asked for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(bound = "T: serde::de::DeserializeOwned")]
pub struct Nodes<T> {
    /// The nodes.
    #[serde(default = "List::default", deserialize_with = "or_default")]
    pub nodes: List<T>,
}

impl<T> Default for Nodes<T> {
    fn default() -> Self {
        Self {
            nodes: List::default(),
        }
    }
}

/// `rateLimit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RateLimit {
    /// Points that this query cost.
    #[serde(default)]
    pub cost: u32,
    /// Points in a whole window.
    pub limit: u32,
    /// Points left.
    pub remaining: u32,
    /// When the window starts anew.
    pub reset_at: DateTime<Utc>,
}

/// One repository of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// All environments; null where the token may not see them.
    #[serde(default)]
    pub environments: Option<Nodes<Environment>>,
    /// The newest deployments; null where the token may not see them.
    #[serde(default)]
    pub deployments: Option<Nodes<Deployment>>,
    /// Newest tags; null when the query did not ask.
    #[serde(default)]
    pub refs: Option<Nodes<Tag>>,
    /// The default branch; null in an empty repository.
    #[serde(default)]
    pub default_branch_ref: Option<Branch>,
}

/// One repository of the calendar query.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Calendar {
    /// Open milestones.
    #[serde(default, deserialize_with = "or_default")]
    pub milestones: Nodes<Milestone>,
    /// Newest releases.
    #[serde(default, deserialize_with = "or_default")]
    pub releases: Nodes<Release>,
}

/// One environment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// Name.
    pub name: String,
    /// The integer that REST calls take.
    #[serde(default)]
    pub database_id: Option<u64>,
    /// The newest deployment that came to an end.
    #[serde(default)]
    pub latest_completed_deployment: Option<Deployment>,
}

/// One deployment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Node id.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// The integer that REST calls take; null where it does not fit.
    #[serde(default)]
    pub database_id: Option<u64>,
    /// Open set.
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// Where to.
    #[serde(default, deserialize_with = "or_default")]
    pub environment: String,
    /// Full commit hash.
    #[serde(default, deserialize_with = "or_default")]
    pub commit_oid: String,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
    /// JSON in a string.
    #[serde(default)]
    pub payload: Option<String>,
    /// Branch or tag, where it still exists.
    #[serde(rename = "ref", default)]
    pub reference: Option<Reference>,
    /// Who asked for it.
    #[serde(default)]
    pub creator: Option<Login>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Its newest status.
    #[serde(default)]
    pub latest_status: Option<DeploymentStatus>,
}

/// A branch or tag by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Reference {
    /// Short name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
}

/// The newest status of a deployment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentStatus {
    /// Open set.
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Page of the run or job that set it.
    #[serde(default)]
    pub log_url: Option<String>,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// What it names.
    #[serde(default)]
    pub target: Option<TagTarget>,
}

/// A commit, or an annotated tag that names a commit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct TagTarget {
    /// Hash of the object.
    pub oid: String,
    /// For an annotated tag: what it names.
    #[serde(default)]
    pub target: Option<Box<TagTarget>>,
}

impl TagTarget {
    /// The commit behind an annotated tag, or the commit itself.
    #[must_use]
    pub fn commit(&self) -> &str {
        self.target.as_ref().map_or(&self.oid, |target| &target.oid)
    }
}

/// The default branch.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Branch {
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Its newest commits.
    #[serde(default)]
    pub target: Option<Target>,
}

/// What a branch names.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Target {
    /// The newest commits.
    #[serde(default, deserialize_with = "or_default")]
    pub history: Nodes<Commit>,
}

/// One commit with the check suites that ran on it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    /// Full hash.
    pub oid: String,
    /// First line of the message.
    #[serde(default, deserialize_with = "or_default")]
    pub message_headline: String,
    /// Suites; those of GitHub Actions have a workflow run.
    #[serde(default, deserialize_with = "or_default")]
    pub check_suites: Nodes<CheckSuite>,
}

/// One check suite.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckSuite {
    /// Open set.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// Open set; null until it has ended.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// The branch that it ran on.
    #[serde(default)]
    pub branch: Option<Reference>,
    /// Who caused it.
    #[serde(default)]
    pub creator: Option<Login>,
    /// The run; null for other apps' suites.
    #[serde(default)]
    pub workflow_run: Option<WorkflowRun>,
}

/// One workflow run. GraphQL tells neither its attempt nor its title.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowRun {
    /// The integer that REST calls take.
    #[serde(default)]
    pub database_id: Option<u64>,
    /// The number that people use.
    #[serde(default)]
    pub run_number: u64,
    /// What started it.
    #[serde(default, deserialize_with = "or_default")]
    pub event: String,
    /// Page for people, which also holds the id.
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Its workflow.
    #[serde(default)]
    pub workflow: Option<Reference>,
    /// What it waits for; null where the token may not see it.
    #[serde(default)]
    pub pending_deployment_requests: Option<Nodes<DeploymentRequest>>,
}

/// A deployment that waits for a human.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentRequest {
    /// Whether the token's owner may answer.
    #[serde(default)]
    pub current_user_can_approve: Option<bool>,
    /// Since when it waits, where it has a timer.
    #[serde(default)]
    pub wait_timer_started_at: Option<DateTime<Utc>>,
    /// Where to.
    pub environment: PendingEnvironment,
}

/// The environment of a waiting deployment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingEnvironment {
    /// Name.
    pub name: String,
    /// The integer that an approval is sent with.
    #[serde(default)]
    pub database_id: Option<u64>,
}

/// One milestone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    /// Its number in the repository.
    pub number: u64,
    /// Title.
    #[serde(default, deserialize_with = "or_default")]
    pub title: String,
    /// When it is due.
    #[serde(default)]
    pub due_on: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Done, in percent.
    #[serde(default)]
    pub progress_percentage: f64,
    /// Page for people.
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
}

/// One release.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// Node id.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// The integer that REST calls take.
    #[serde(default)]
    pub database_id: Option<u64>,
    /// The tag.
    #[serde(default, deserialize_with = "or_default")]
    pub tag_name: String,
    /// Title.
    #[serde(default)]
    pub name: Option<String>,
    /// When it was published.
    #[serde(default)]
    pub published_at: Option<DateTime<Utc>>,
    /// Not for production.
    #[serde(default)]
    pub is_prerelease: bool,
    /// Page for people.
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
}

/// A commit with the pull requests that brought it in.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitPulls {
    /// The pull requests.
    #[serde(default, deserialize_with = "or_default")]
    pub associated_pull_requests: Nodes<PullRequest>,
}

/// One pull request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// Title.
    #[serde(default, deserialize_with = "or_default")]
    pub title: String,
    /// Who opened it.
    #[serde(default)]
    pub author: Option<Login>,
    /// Its labels.
    #[serde(default)]
    pub labels: Option<Nodes<Label>>,
    /// The commit that was merged.
    #[serde(default)]
    pub head_ref_oid: Option<String>,
    /// What each reviewer said last, comments left out.
    #[serde(default)]
    pub latest_opinionated_reviews: Option<Nodes<PullRequestReview>>,
    /// Page for people.
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
}

/// A review of a pull request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PullRequestReview {
    /// `APPROVED`, `CHANGES_REQUESTED`, `DISMISSED`, or a later word.
    pub state: String,
    /// Who wrote it; none when the account is gone.
    #[serde(default)]
    pub author: Option<Login>,
    /// The commit that it is about.
    #[serde(default)]
    pub commit: Option<Oid>,
}

/// A commit by its full hash.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Oid {
    /// The hash.
    pub oid: String,
}

/// A label of a pull request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Label {
    /// Its name.
    pub name: String,
}
