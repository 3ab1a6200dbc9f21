//! Jenkins' words, as they come over the wire: the core's objects as `tree`
//! picks them, and those of the plugin "Pipeline: REST API" (`wfapi`). Every
//! enumeration is a plain string here, every field that tminus can live without
//! has a default, and lists are read object by object, so that one odd object
//! costs itself alone.

use serde::Deserialize;
use serde_json::Value;

use crate::integrations::http::{Lenient, odd_as_default};

/// A job, a folder or a multibranch project.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Its Java class. It is always told, so that an answer of another shape
    /// does not pass for a job without builds.
    #[serde(rename = "_class")]
    pub class: String,
    /// Name in its folder; a branch's slashes are written `%2F`.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub name: String,
    /// Name with those of all folders above it.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub full_name: String,
    /// The number that its next build will have.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub next_build_number: u64,
    /// What of it waits for its turn.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub queue_item: Option<QueueItem>,
    /// What is in it; none when it is no folder.
    #[serde(default)]
    pub jobs: Option<Lenient<Item>>,
    /// Its newest builds; none when it is a folder.
    #[serde(default)]
    pub builds: Option<Lenient<Build>>,
}

/// A build.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Build {
    /// Its Java class.
    #[serde(rename = "_class", default, deserialize_with = "odd_as_default")]
    pub class: String,
    /// Number in its job.
    pub number: u64,
    /// Page for people.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub url: String,
    /// How it ended; open set. None while it is at work.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub result: Option<String>,
    /// Whether it is at work.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub building: bool,
    /// When it was scheduled, in milliseconds since 1970.
    pub timestamp: i64,
    /// How long it took, in milliseconds; 0 while it is at work.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub duration: i64,
    /// What people call it: `#17` unless somebody named it.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub display_name: String,
    /// What people say of it.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub description: String,
    /// The item of the queue that it was.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub queue_id: i64,
    /// What plugins attached to it.
    #[serde(default)]
    pub actions: Lenient<Action>,
    /// Commits since the build before, of a pipeline.
    #[serde(default)]
    pub change_sets: Lenient<ChangeSet>,
    /// Commits since the build before, of any other job.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub change_set: Option<ChangeSet>,
}

/// What a plugin attached to a build. Most objects of the list are empty.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// Its Java class.
    #[serde(rename = "_class", default, deserialize_with = "odd_as_default")]
    pub class: String,
    /// What started the build.
    #[serde(default)]
    pub causes: Lenient<Cause>,
    /// What the build was started with.
    #[serde(default)]
    pub parameters: Lenient<Parameter>,
    /// The commit that was checked out.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub last_built_revision: Option<Revision>,
}

/// What started a build.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// Its Java class.
    #[serde(rename = "_class", default, deserialize_with = "odd_as_default")]
    pub class: String,
    /// For people.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub short_description: String,
    /// The account, where a person started it.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub user_id: String,
}

/// A parameter of a build. A password's value is not told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Parameter {
    /// Its Java class.
    #[serde(rename = "_class", default, deserialize_with = "odd_as_default")]
    pub class: String,
    /// Name.
    pub name: String,
    /// Value: a text, a switch or a number.
    #[serde(default)]
    pub value: Value,
}

/// A checked-out commit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Revision {
    /// Full commit hash.
    #[serde(rename = "SHA1", default, deserialize_with = "odd_as_default")]
    pub sha: String,
    /// The branches that it was found by.
    #[serde(default)]
    pub branch: Lenient<Branch>,
}

/// A branch.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Branch {
    /// Such as `refs/remotes/origin/main`.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub name: String,
}

/// Commits that came in with a build.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct ChangeSet {
    /// The commits, in no order that could be relied on.
    #[serde(default)]
    pub items: Lenient<Change>,
}

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Full commit hash.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub commit_id: String,
    /// First line of the message.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub msg: String,
    /// When, in milliseconds since 1970.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub timestamp: i64,
    /// Who.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub author: Author,
    /// What it touches.
    #[serde(default)]
    pub affected_paths: Lenient<String>,
}

/// Who wrote a commit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Author {
    /// Name.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub full_name: String,
}

/// Something that waits for its turn, or waited.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueItem {
    /// Identity.
    pub id: i64,
    /// Why it waits, for people; none once it is gone.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub why: Option<String>,
    /// Since when, in milliseconds since 1970.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub in_queue_since: i64,
    /// Whether somebody took it out.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub cancelled: bool,
    /// What it has become.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub executable: Option<Executable>,
}

/// The build that an item of the queue has become.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Executable {
    /// Number in its job.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub number: u64,
}

/// A build of a pipeline, by stages (`wfapi/describe`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Described {
    /// Where it stands; open set.
    pub status: String,
    /// Its stages, in order of their start.
    #[serde(default)]
    pub stages: Lenient<Stage>,
}

/// A stage, or a step of one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// Identity in its build.
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub name: String,
    /// The node that ran it.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub exec_node: String,
    /// Where it stands; open set.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub status: String,
    /// Why it failed.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub error: Option<Trouble>,
    /// What the step was told to do.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub parameter_description: String,
    /// When it began, in milliseconds since 1970.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub start_time_millis: i64,
    /// How long it took so far, in milliseconds.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub duration_millis: i64,
    /// How much of that it waited for a person, in milliseconds.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub pause_duration_millis: i64,
    /// Its steps, where they are told.
    #[serde(default)]
    pub stage_flow_nodes: Lenient<Stage>,
}

/// Why a stage failed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Trouble {
    /// For people.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub message: String,
}

/// An input that a build waits for (`wfapi/pendingInputActions`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Identity in its build, with its first letter in upper case.
    pub id: String,
    /// What is asked.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub message: String,
    /// What a yes is called.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub proceed_text: String,
    /// What has to be given with a yes.
    #[serde(default)]
    pub inputs: Lenient<Field>,
}

/// Something that has to be given with a yes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Field {
    /// The Java class of its definition, without the package.
    #[serde(rename = "type", default, deserialize_with = "odd_as_default")]
    pub kind: String,
    /// Name.
    pub name: String,
    /// What it may be: `defaultVal`, `choices`.
    #[serde(default)]
    pub definition: Value,
}

/// What the tests of a build said (`testReport`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestReport {
    /// Tests that passed.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub pass_count: u32,
    /// Tests that failed.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub fail_count: u32,
    /// Tests that were not run.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub skip_count: u32,
    /// The tests, by suite; where modules have reports of their own, none.
    #[serde(default)]
    pub suites: Lenient<TestSuite>,
}

/// Tests that lie together.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct TestSuite {
    /// The tests.
    #[serde(default)]
    pub cases: Lenient<TestCase>,
}

/// One test.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestCase {
    /// What its tool groups it by.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub class_name: String,
    /// Its own name.
    pub name: String,
    /// How it ended; open set.
    pub status: String,
    /// How long it took, in seconds.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub duration: Option<f64>,
    /// Why it did not pass.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub error_details: String,
}

/// What a job is started with.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Startable {
    /// Whether it can be started at all.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub buildable: Option<bool>,
    /// Its properties; one of them holds the parameters.
    #[serde(default)]
    pub property: Lenient<Property>,
}

/// A property of a job.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Property {
    /// The parameters.
    #[serde(default)]
    pub parameter_definitions: Lenient<Definition>,
}

/// A parameter that a job takes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Definition {
    /// Name.
    pub name: String,
    /// What it may be, of one with choices.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub choices: Vec<String>,
}

/// The owner of the credential.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// The account.
    pub name: String,
    /// Whether nobody was logged in.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub anonymous: bool,
}

/// What a change needs besides a password.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Crumb {
    /// The value of the header.
    pub crumb: String,
    /// The name of the header.
    pub crumb_request_field: String,
}
