//! GitLab's words, as they come over the wire (REST API v4). Every enumeration
//! is a plain string here, every field that tminus can live without has a
//! default, and lists are read object by object, so that one odd object costs
//! itself alone.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::integrations::http::odd_as_default as lenient;

/// A list whose members were read one by one. `null` is no list: an answer of
/// another shape must never pass for "there is nothing".
#[derive(Clone, Debug, PartialEq)]
pub struct List<T> {
    /// The members that could be read, in order.
    pub items: Vec<T>,
    /// How many could not.
    pub malformed: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            malformed: 0,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut list = Self::default();
        for member in Vec::<Box<RawValue>>::deserialize(deserializer)? {
            match serde_json::from_str(member.get()) {
                Ok(item) => list.items.push(item),
                Err(_) => list.malformed += 1,
            }
        }
        Ok(list)
    }
}

/// A person, as far as we care.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Identity.
    #[serde(default)]
    pub id: u64,
    /// The account's name.
    #[serde(default, deserialize_with = "lenient")]
    pub username: String,
}

/// A pipeline, in a list or alone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Pipeline {
    /// Identity on the whole instance.
    pub id: u64,
    /// Number in the project; old instances do not tell it.
    #[serde(default, deserialize_with = "lenient")]
    pub iid: Option<u64>,
    /// The project's number.
    #[serde(default, deserialize_with = "lenient")]
    pub project_id: Option<u64>,
    /// Open set.
    #[serde(default, deserialize_with = "lenient")]
    pub status: String,
    /// What started it; open set.
    #[serde(default, deserialize_with = "lenient")]
    pub source: String,
    /// Branch, tag or `refs/merge-requests/7/head`.
    #[serde(rename = "ref", default, deserialize_with = "lenient")]
    pub reference: String,
    /// Full commit hash.
    #[serde(default, deserialize_with = "lenient")]
    pub sha: String,
    /// What its file calls it (`workflow:name`).
    #[serde(default, deserialize_with = "lenient")]
    pub name: String,
    /// Who started it; only told alone.
    #[serde(default, deserialize_with = "lenient")]
    pub user: Option<User>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    #[serde(default, deserialize_with = "lenient")]
    pub updated_at: Option<DateTime<Utc>>,
    /// When it began; only told alone.
    #[serde(default, deserialize_with = "lenient")]
    pub started_at: Option<DateTime<Utc>>,
    /// Page for people.
    #[serde(default, deserialize_with = "lenient")]
    pub web_url: String,
}

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Commit {
    /// Full hash.
    #[serde(default, deserialize_with = "lenient")]
    pub id: String,
    /// First line of the message.
    #[serde(default, deserialize_with = "lenient")]
    pub title: String,
    /// The whole message.
    #[serde(default, deserialize_with = "lenient")]
    pub message: String,
    /// Who wrote it, as Git has it.
    #[serde(default, deserialize_with = "lenient")]
    pub author_name: String,
    /// When it was committed.
    #[serde(default, deserialize_with = "lenient")]
    pub committed_date: Option<DateTime<Utc>>,
}

/// The machine of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Runner {
    /// Its short text for people.
    #[serde(default, deserialize_with = "lenient")]
    pub description: String,
}

/// The pipeline that a job belongs to, as the job tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PipelineId {
    /// Identity.
    #[serde(default)]
    pub id: u64,
}

/// A job, in a list, alone, or inside a deployment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Job {
    /// Identity. A retry makes a new job with a new id.
    pub id: u64,
    /// Open set.
    #[serde(default, deserialize_with = "lenient")]
    pub status: String,
    /// The stage.
    #[serde(default, deserialize_with = "lenient")]
    pub stage: String,
    /// Name.
    #[serde(default, deserialize_with = "lenient")]
    pub name: String,
    /// Its failure, or that nobody plays it, does not stop the pipeline.
    #[serde(default, deserialize_with = "lenient")]
    pub allow_failure: bool,
    /// Too old to be run again.
    #[serde(default, deserialize_with = "lenient")]
    pub archived: bool,
    /// Why it failed; open set.
    #[serde(default, deserialize_with = "lenient")]
    pub failure_reason: String,
    /// When its log was erased.
    #[serde(default, deserialize_with = "lenient")]
    pub erased_at: Option<DateTime<Utc>>,
    /// When it was created.
    #[serde(default, deserialize_with = "lenient")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it began.
    #[serde(default, deserialize_with = "lenient")]
    pub started_at: Option<DateTime<Utc>>,
    /// How long it waited for a runner, in seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub queued_duration: Option<f64>,
    /// When it ended.
    #[serde(default, deserialize_with = "lenient")]
    pub finished_at: Option<DateTime<Utc>>,
    /// Who started it.
    #[serde(default, deserialize_with = "lenient")]
    pub user: Option<User>,
    /// What it is of.
    #[serde(default, deserialize_with = "lenient")]
    pub commit: Option<Commit>,
    /// Its pipeline.
    #[serde(default, deserialize_with = "lenient")]
    pub pipeline: Option<PipelineId>,
    /// The machine that took it.
    #[serde(default, deserialize_with = "lenient")]
    pub runner: Option<Runner>,
    /// Page for people.
    #[serde(default, deserialize_with = "lenient")]
    pub web_url: String,
}

/// A job that starts another pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Bridge {
    /// Name.
    #[serde(default, deserialize_with = "lenient")]
    pub name: String,
    /// What it started; null until it has.
    #[serde(default, deserialize_with = "lenient")]
    pub downstream_pipeline: Option<Downstream>,
}

/// A pipeline that another one started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Downstream {
    /// Identity.
    pub id: u64,
    /// The project that it belongs to: not always the same.
    #[serde(default, deserialize_with = "lenient")]
    pub project_id: Option<u64>,
    /// Open set.
    #[serde(default, deserialize_with = "lenient")]
    pub status: String,
}

/// An environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Environment {
    /// Identity.
    #[serde(default)]
    pub id: u64,
    /// Name.
    #[serde(default, deserialize_with = "lenient")]
    pub name: String,
}

/// A deployment. What follows `status` is only told alone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Deployment {
    /// Identity; grows with time.
    pub id: u64,
    /// Open set.
    #[serde(default, deserialize_with = "lenient")]
    pub status: String,
    /// Branch or tag.
    #[serde(rename = "ref", default, deserialize_with = "lenient")]
    pub reference: String,
    /// Full commit hash.
    #[serde(default, deserialize_with = "lenient")]
    pub sha: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    #[serde(default, deserialize_with = "lenient")]
    pub updated_at: Option<DateTime<Utc>>,
    /// Who asked for it.
    #[serde(default, deserialize_with = "lenient")]
    pub user: Option<User>,
    /// Where to.
    pub environment: Environment,
    /// The job that carries it out; none when something outside deploys.
    #[serde(default, deserialize_with = "lenient")]
    pub deployable: Option<Job>,
    /// How many approvals still lack.
    #[serde(default, deserialize_with = "lenient")]
    pub pending_approval_count: Option<u32>,
    /// What was answered.
    #[serde(default, deserialize_with = "lenient")]
    pub approvals: Vec<Approval>,
    /// What is asked for, by rule.
    #[serde(default, deserialize_with = "lenient")]
    pub approval_summary: Option<Summary>,
}

/// One answer to a deployment that waits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Approval {
    /// Who.
    #[serde(default, deserialize_with = "lenient")]
    pub user: Option<User>,
    /// `approved` or `rejected`.
    #[serde(default, deserialize_with = "lenient")]
    pub status: String,
}

/// What a deployment waits for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Summary {
    /// One entry for each rule.
    #[serde(default, deserialize_with = "lenient")]
    pub rules: Vec<Rule>,
}

/// One rule of a protected environment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Rule {
    /// Who may answer, in GitLab's words: a person, a group or a role.
    #[serde(default, deserialize_with = "lenient")]
    pub access_level_description: String,
    /// How many of them have to.
    #[serde(default, deserialize_with = "lenient")]
    pub required_approvals: u32,
    /// What was answered under this rule.
    #[serde(default, deserialize_with = "lenient")]
    pub deployment_approvals: Vec<Approval>,
}

/// A freeze: two cron expressions and a zone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FreezePeriod {
    /// Identity.
    pub id: u64,
    /// When it begins, as a cron expression.
    #[serde(default, deserialize_with = "lenient")]
    pub freeze_start: String,
    /// When it ends, as a cron expression.
    #[serde(default, deserialize_with = "lenient")]
    pub freeze_end: String,
    /// The zone of both; Rails has names of its own for some.
    #[serde(default, deserialize_with = "lenient")]
    pub cron_timezone: String,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Release {
    /// The tag, which is also its identity in the project.
    pub tag_name: String,
    /// Title.
    #[serde(default, deserialize_with = "lenient")]
    pub name: String,
    /// What it says.
    #[serde(default, deserialize_with = "lenient")]
    pub description: String,
    /// When it is, or will be, out.
    #[serde(default, deserialize_with = "lenient")]
    pub released_at: Option<DateTime<Utc>>,
    /// It is announced for later.
    #[serde(default, deserialize_with = "lenient")]
    pub upcoming_release: bool,
    /// Its links.
    #[serde(rename = "_links", default, deserialize_with = "lenient")]
    pub links: Links,
}

/// Links of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Links {
    /// Page for people.
    #[serde(rename = "self", default, deserialize_with = "lenient")]
    pub page: String,
}

/// A milestone. Its days have no time of day.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Milestone {
    /// Identity.
    pub id: u64,
    /// Title.
    #[serde(default, deserialize_with = "lenient")]
    pub title: String,
    /// First day.
    #[serde(default, deserialize_with = "lenient")]
    pub start_date: Option<NaiveDate>,
    /// Last day.
    #[serde(default, deserialize_with = "lenient")]
    pub due_date: Option<NaiveDate>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient")]
    pub created_at: Option<DateTime<Utc>>,
    /// Page for people.
    #[serde(default, deserialize_with = "lenient")]
    pub web_url: String,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Tag {
    /// Its name, such as `v4.12.0`.
    pub name: String,
    /// The commit that it names.
    pub commit: Commit,
}

/// What lies between two references.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Compare {
    /// Oldest first.
    pub commits: List<Commit>,
    /// Changed files.
    #[serde(default)]
    pub diffs: Option<List<Diff>>,
}

/// One changed file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Diff {
    /// Its path afterwards.
    pub new_path: String,
}

/// A merged merge request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MergeRequest {
    /// Number in the project.
    pub iid: u64,
    /// Title.
    #[serde(default, deserialize_with = "lenient")]
    pub title: String,
    /// Who opened it.
    #[serde(default, deserialize_with = "lenient")]
    pub author: Option<User>,
    /// What it was labelled with.
    #[serde(default, deserialize_with = "lenient")]
    pub labels: Vec<String>,
    /// Page for people.
    #[serde(default, deserialize_with = "lenient")]
    pub web_url: String,
    /// The commits that brought it in.
    #[serde(default, deserialize_with = "lenient")]
    pub merge_commit_sha: String,
    /// The squashed commit, where it was squashed.
    #[serde(default, deserialize_with = "lenient")]
    pub squash_commit_sha: String,
    /// Its newest own commit.
    #[serde(default, deserialize_with = "lenient")]
    pub sha: String,
}

/// The part of a project that tells what the token may do there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Project {
    /// Rights of the token's owner.
    #[serde(default, deserialize_with = "lenient")]
    pub permissions: Permissions,
}

/// Rights, by the way in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Permissions {
    /// As a member of the project.
    #[serde(default, deserialize_with = "lenient")]
    pub project_access: Option<Access>,
    /// As a member of its group.
    #[serde(default, deserialize_with = "lenient")]
    pub group_access: Option<Access>,
}

/// A role, as a number: 30 developer, 40 maintainer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Access {
    /// The number.
    #[serde(default)]
    pub access_level: u32,
}

impl Permissions {
    /// The highest role.
    #[must_use]
    pub fn level(&self) -> u32 {
        [self.project_access, self.group_access]
            .into_iter()
            .flatten()
            .map(|access| access.access_level)
            .max()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_pipeline_costs_itself() {
        let list: List<Pipeline> = serde_json::from_str(
            r#"[{"id":1,"created_at":"2026-11-22T14:00:00Z","status":"levitating","iid":"x"},
                {"id":"two"}, 7, null,
                {"id":3,"created_at":"2026-11-22T14:00:00.123+01:00","name":null}]"#,
        )
        .unwrap();
        assert_eq!(list.items.len(), 2);
        assert_eq!(list.malformed, 3);
        assert_eq!(list.items[0].status, "levitating");
        assert_eq!(list.items[0].iid, None);
    }

    #[test]
    fn another_shape_is_no_empty_list() {
        for body in ["null", "{}", "true", r#"{"message":"x"}"#] {
            assert!(
                serde_json::from_str::<List<Pipeline>>(body).is_err(),
                "{body}"
            );
        }
    }

    #[test]
    fn an_odd_deployable_does_not_cost_the_deployment() {
        let one: Deployment = serde_json::from_str(
            r#"{"id":1,"status":"success","created_at":"2026-11-22T14:00:00Z",
                "environment":{"id":4,"name":"production"},"deployable":{"id":null}}"#,
        )
        .unwrap();
        assert_eq!(one.deployable, None);
    }
}

/// The tests of a pipeline (`GET /projects/:id/pipelines/:pid/test_report`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct TestReport {
    /// By the job that ran them.
    #[serde(default)]
    pub test_suites: List<TestSuite>,
}

/// The tests of one job.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct TestSuite {
    /// The job's name.
    #[serde(default, deserialize_with = "lenient")]
    pub name: String,
    /// Why its report could not be read.
    #[serde(default, deserialize_with = "lenient")]
    pub suite_error: Option<String>,
    /// The tests.
    #[serde(default)]
    pub test_cases: List<TestCase>,
}

/// One test.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct TestCase {
    /// Open set: `success`, `failed`, `error`, `skipped`.
    pub status: String,
    /// Name.
    pub name: String,
    /// What its tool groups it by.
    #[serde(default, deserialize_with = "lenient")]
    pub classname: String,
    /// Seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub execution_time: Option<f64>,
    /// What it said: mostly text, an object from some tools.
    #[serde(default)]
    pub system_output: Option<serde_json::Value>,
}
