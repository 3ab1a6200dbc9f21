//! Jenkins' words → the nouns of the domain. Everything here is pure.

pub mod deploy;
pub mod key;
mod stage;

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::{
    domain::{Conclusion, Origin, Run, RunState, ServiceName, SourceId, Text, Timestamp, Version},
    integrations::versions,
};

pub use stage::{approvals, jobs, stage_state};

use super::{
    memory::{Known, Queued},
    rules::Rule,
    wire,
};

/// Where an answer came from: what every mapping needs beside the answer.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The integration.
    pub source: &'a SourceId,
    /// The service whose jobs they are.
    pub service: &'a ServiceName,
    /// The full name of the job or folder that is watched.
    pub root: &'a str,
    /// What deploys.
    pub rules: &'a [Rule],
}

impl Place<'_> {
    /// The identity of a build.
    #[must_use]
    pub fn build(&self, job: &str, number: u64) -> Origin {
        Origin::new(self.source, &key::build(job, number))
    }

    /// The identity of a part of a build.
    #[must_use]
    pub fn part(&self, job: &str, number: u64, kind: &str, id: &str) -> Origin {
        Origin::new(self.source, &key::part(job, number, kind, id))
    }

    /// The rule about a job.
    #[must_use]
    pub fn rule(&self, job: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.fits(job))
    }

    /// The service that a build is of.
    #[must_use]
    pub fn service_of(&self, job: &str, build: &wire::Build) -> ServiceName {
        self.rule(job)
            .and_then(|rule| rule.service_of(|name| parameter(build, name)))
            .unwrap_or_else(|| self.service.clone())
    }
}

/// An instant as Jenkins tells it: milliseconds since 1970.
#[must_use]
pub fn instant(milliseconds: i64) -> Timestamp {
    DateTime::<Utc>::from_timestamp_millis(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An instant some milliseconds later. What no calendar holds, or what lies
/// before it, is that instant itself: an odd number of one build must not end
/// the watch.
fn later(instant: Timestamp, milliseconds: i64) -> Timestamp {
    TimeDelta::try_milliseconds(milliseconds.max(0))
        .and_then(|span| instant.checked_add_signed(span))
        .unwrap_or(instant)
}

/// Whether a build is a pipeline, which has stages and inputs.
#[must_use]
pub fn is_pipeline(build: &wire::Build) -> bool {
    build.class.ends_with(".WorkflowRun")
}

/// How something ended. The set is open. What is unstable has failing tests:
/// somebody has to look at it.
#[must_use]
pub fn conclusion(result: &str) -> Conclusion {
    match result {
        "SUCCESS" => Conclusion::Success,
        "UNSTABLE" | "FAILURE" | "FAILED" => Conclusion::Failure,
        "ABORTED" => Conclusion::Cancelled,
        "NOT_BUILT" | "NOT_EXECUTED" => Conclusion::Skipped,
        other => Conclusion::Other(Text::new(&other.to_lowercase())),
    }
}

/// Where a build stands.
#[must_use]
pub fn run_state(build: &wire::Build) -> RunState {
    match (build.building, build.result.as_deref()) {
        // A result can be there before the build has ended.
        (true, _) => RunState::Running,
        (false, Some(result)) => RunState::Done(conclusion(result)),
        (false, None) => RunState::Other(Text::new("neither at work nor ended")),
    }
}

/// A parameter of a build as text.
#[must_use]
pub fn parameter(build: &wire::Build, name: &str) -> Option<String> {
    parameters(build)
        .find(|parameter| parameter.name == name)
        .and_then(|parameter| value(&parameter.value))
}

/// All parameters of a build.
pub fn parameters(build: &wire::Build) -> impl Iterator<Item = &wire::Parameter> {
    build
        .actions
        .items
        .iter()
        .flat_map(|action| &action.parameters.items)
}

/// A parameter's value as a form carries it; none where it was not told.
#[must_use]
pub fn value(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// What started a build.
pub fn causes(build: &wire::Build) -> impl Iterator<Item = &wire::Cause> {
    build
        .actions
        .items
        .iter()
        .flat_map(|action| &action.causes.items)
}

/// The build of the same job that a build repeats, where it is a replay: its
/// cause says so in words only (`Replayed #7`).
#[must_use]
pub fn repeats(build: &wire::Build) -> Option<u64> {
    causes(build)
        .filter(|cause| {
            cause.class.ends_with(".ReplayCause") || cause.class.ends_with(".RebuildCause")
        })
        .find_map(|cause| {
            let (_, number) = cause.short_description.rsplit_once('#')?;
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            number[..digits].parse().ok()
        })
}

/// What started it, in a word.
fn event(build: &wire::Build) -> Text {
    let class = causes(build).next().map_or("", |cause| {
        cause.class.rsplit(['.', '$']).next().unwrap_or("")
    });
    Text::new(match class {
        "UserIdCause" | "UserCause" => "user",
        "TimerTriggerCause" => "timer",
        "SCMTriggerCause" | "BranchEventCause" | "BranchIndexingCause" | "GitHubPushCause" => {
            "push"
        }
        "UpstreamCause" | "BuildUpstreamCause" => "upstream",
        "RemoteCause" => "remote",
        "ReplayCause" | "RebuildCause" => "replay",
        other => other,
    })
}

/// The commit that a build is of. A pipeline may check out libraries beside its
/// code: the branch of its job tells which is which, where there is one.
fn revision<'b>(build: &'b wire::Build, branch: Option<&str>) -> Option<&'b wire::Revision> {
    let mut all = build
        .actions
        .items
        .iter()
        .filter_map(|action| action.last_built_revision.as_ref());
    let ours = |revision: &&wire::Revision| {
        branch.is_some_and(|branch| {
            revision
                .branch
                .items
                .iter()
                .any(|found| plain_branch(&found.name) == branch)
        })
    };
    all.clone().find(ours).or_else(|| all.next())
}

/// `main` for `refs/remotes/origin/main` and `origin/main`.
fn plain_branch(name: &str) -> &str {
    let name = name
        .strip_prefix("refs/remotes/")
        .or_else(|| name.strip_prefix("refs/heads/"))
        .unwrap_or(name);
    name.strip_prefix("origin/").unwrap_or(name)
}

/// What a build is about: its newest commit, what people say of it, or what
/// started it.
fn title(build: &wire::Build) -> Text {
    let commit = build
        .change_sets
        .items
        .iter()
        .chain(build.change_set.as_ref())
        .flat_map(|set| &set.items.items)
        .map(|change| change.msg.as_str())
        .find(|message| !message.is_empty());
    let named = Some(build.display_name.as_str())
        .filter(|name| !name.is_empty() && *name != format!("#{}", build.number));
    let text = commit
        .or_else(|| Some(build.description.as_str()).filter(|text| !text.is_empty()))
        .or(named)
        .or_else(|| {
            causes(build)
                .next()
                .map(|cause| cause.short_description.as_str())
        })
        .unwrap_or_default();
    Text::new(text.lines().next().unwrap_or_default().trim_end())
}

/// The pipeline's name below the place that is watched: `release` for
/// `larkspur/web/release`. The branch of a multibranch project stands
/// elsewhere.
fn workflow(root: &str, job: &str, branch: Option<&str>) -> Text {
    let job = match branch {
        Some(_) => job.rsplit_once('/').map_or(job, |(project, _)| project),
        None => job,
    };
    let below = job
        .strip_prefix(root)
        .map(|below| below.trim_start_matches('/'))
        .filter(|below| !below.is_empty());
    Text::new(below.unwrap_or_else(|| job.rsplit('/').next().unwrap_or(job)))
}

/// The version that a build is of: as the rule about its job says, by the tag
/// that was built, or by what people call it.
#[must_use]
pub fn version(place: &Place<'_>, job: &str, known: &Known) -> Option<Version> {
    let build = &known.build;
    place
        .rule(job)
        .and_then(|rule| rule.version_of(|name| parameter(build, name)))
        .or_else(|| versions::of_tag(known.branch.as_deref()?))
        .or_else(|| versions::in_text(&build.display_name))
        .or_else(|| versions::in_text(&build.description))
}

/// The commit that a build is of; empty when Jenkins does not tell.
#[must_use]
pub fn commit(known: &Known) -> Text {
    revision(&known.build, known.branch.as_deref())
        .map_or_else(Text::default, |revision| Text::new(&revision.sha))
}

/// A build.
#[must_use]
pub fn run(place: &Place<'_>, job: &str, known: &Known) -> Run {
    let build = &known.build;
    let created = instant(build.timestamp);
    let branch = known.branch.as_deref();
    let found = revision(build, branch)
        .and_then(|revision| revision.branch.items.first())
        .map(|found| plain_branch(&found.name));
    let actor = causes(build)
        .map(|cause| cause.user_id.as_str())
        .find(|user| !user.is_empty())
        .unwrap_or_default();
    let state = match run_state(build) {
        RunState::Running if !known.inputs.is_empty() => RunState::Waiting,
        state => state,
    };
    // While it works, the youngest thing that is known of it is its stage.
    let updated = if build.building {
        let stages = known.stages.iter().flatten();
        let youngest = stages.map(|stage| stage.start_time_millis).max();
        instant(youngest.unwrap_or(build.timestamp).max(build.timestamp))
    } else {
        later(created, build.duration)
    };
    Run {
        id: place.build(job, build.number),
        service: place.service_of(job, build),
        number: build.number,
        // A build is never tried again: what repeats it is another build.
        attempt: 1,
        workflow: workflow(place.root, job, branch),
        title: title(build),
        branch: Text::new(branch.or(found).unwrap_or_default()),
        commit: commit(known),
        version: version(place, job, known),
        environment: deploy::environment(place, job, known),
        event: event(build),
        actor: Text::new(actor),
        state,
        created,
        started: Some(created),
        updated,
        url: Text::new(&build.url),
    }
}

/// Something that waits for its turn, under the number that it will have; why
/// it waits is its title.
#[must_use]
pub fn queued(place: &Place<'_>, job: &str, number: u64, queued: &Queued) -> Run {
    let since = instant(queued.item.in_queue_since);
    let branch = queued.branch.as_deref();
    let why = queued.item.why.as_deref().unwrap_or("waits for its turn");
    Run {
        id: place.build(job, number),
        service: place.service.clone(),
        number,
        attempt: 1,
        workflow: workflow(place.root, job, branch),
        title: Text::new(why),
        branch: Text::new(branch.unwrap_or_default()),
        commit: Text::default(),
        version: None,
        environment: None,
        event: Text::default(),
        actor: Text::default(),
        state: RunState::Queued,
        created: since,
        started: None,
        updated: since,
        url: Text::default(),
    }
}
