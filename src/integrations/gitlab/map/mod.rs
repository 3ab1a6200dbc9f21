//! GitLab's words → the nouns of the domain. Everything here is pure.

pub mod calendar;
pub mod freeze;
pub mod key;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    domain::{
        Approval, Commit, Comparison, Conclusion, Deployment, DeploymentState, EnvironmentName,
        Grant, Job, Origin, PullRequest, Run, RunState, ServiceName, SourceId, Step, Text,
        Timestamp, Version,
    },
    integrations::{
        gitlab::wire,
        versions::{self, Tags},
    },
};

/// Where an answer came from: what every mapping needs beside the answer.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The integration.
    pub source: &'a SourceId,
    /// The service whose project it is.
    pub service: &'a ServiceName,
    /// `group/project`.
    pub project: &'a str,
    /// The project's tags, as far as they are known.
    pub tags: &'a Tags,
}

impl Place<'_> {
    /// The identity of an object of the project.
    #[must_use]
    pub fn object(&self, kind: &str, id: impl std::fmt::Display) -> Origin {
        Origin::new(self.source, &key::of(self.project, kind, id))
    }

    /// The identity of a pipeline.
    #[must_use]
    pub fn pipeline(&self, id: u64) -> Origin {
        self.object("pipelines", id)
    }
}

/// Where a pipeline or job stands. The set is open.
#[must_use]
pub fn run_state(status: &str) -> RunState {
    match status.to_ascii_lowercase().as_str() {
        "created"
        | "waiting_for_resource"
        | "preparing"
        | "waiting_for_callback"
        | "pending"
        | "scheduled" => RunState::Queued,
        "running" | "canceling" => RunState::Running,
        "manual" => RunState::Waiting,
        "success" => RunState::Done(Conclusion::Success),
        "failed" => RunState::Done(Conclusion::Failure),
        "canceled" => RunState::Done(Conclusion::Cancelled),
        "skipped" => RunState::Done(Conclusion::Skipped),
        other => RunState::Other(Text::new(other)),
    }
}

/// Where a job stands. A failure that is allowed stops nobody, a manual job
/// that nobody has to play is waited for by nobody, and a job that took too
/// long says so.
#[must_use]
pub fn job_state(job: &wire::Job) -> RunState {
    match (run_state(&job.status), job.allow_failure) {
        (RunState::Done(Conclusion::Failure), true) => RunState::Done(Conclusion::Neutral),
        (RunState::Waiting, true) => RunState::Done(Conclusion::Skipped),
        (RunState::Done(Conclusion::Failure), false)
            if matches!(
                job.failure_reason.as_str(),
                "job_execution_timeout" | "stuck_or_timeout_failure"
            ) =>
        {
            RunState::Done(Conclusion::TimedOut)
        }
        (state, _) => state,
    }
}

/// Where a deployment stands. The set is open. `created` is a deployment of
/// which nothing has happened; what its job waits for, only the job tells.
#[must_use]
pub fn deployment_state(one: &wire::Deployment) -> DeploymentState {
    match one.status.to_ascii_lowercase().as_str() {
        "created" if job_status(one) == Some("manual") => DeploymentState::Waiting,
        "created" => DeploymentState::Queued,
        "blocked" => DeploymentState::Waiting,
        "running" => DeploymentState::InProgress,
        "success" => DeploymentState::Success,
        "failed" => DeploymentState::Failure,
        "canceled" | "skipped" => DeploymentState::Inactive,
        other => DeploymentState::Other(Text::new(other)),
    }
}

/// The word of a deployment's job.
#[must_use]
pub fn job_status(one: &wire::Deployment) -> Option<&str> {
    one.deployable.as_ref().map(|job| job.status.as_str())
}

/// The pipeline of a deployment's job.
#[must_use]
pub fn pipeline_of(one: &wire::Deployment) -> Option<u64> {
    let id = one.deployable.as_ref()?.pipeline?.id;
    (id > 0).then_some(id)
}

/// The first line of a message.
#[must_use]
pub fn first_line(message: &str) -> Text {
    Text::new(message.lines().next().unwrap_or_default().trim_end())
}

/// The number that people call a pipeline by: that in its project, as `#88`.
/// Its id counts all pipelines of the instance.
#[must_use]
pub fn number(pipeline: &wire::Pipeline) -> u64 {
    pipeline.iid.unwrap_or(pipeline.id)
}

/// `merge request 7` for `refs/merge-requests/7/head`; any other reference as
/// it is.
fn branch(reference: &str) -> Text {
    reference
        .strip_prefix("refs/merge-requests/")
        .and_then(|rest| rest.split('/').next())
        .map_or_else(
            || Text::new(reference),
            |number| Text::new(&format!("merge request {number}")),
        )
}

/// A pipeline, as far as it tells itself. Title, attempt and, in lists, who
/// started it come from its jobs.
#[must_use]
pub fn run(place: &Place<'_>, one: &wire::Pipeline) -> Run {
    let workflow = if one.name.is_empty() {
        "pipeline"
    } else {
        &one.name
    };
    Run {
        id: place.pipeline(one.id),
        service: place.service.clone(),
        number: number(one),
        attempt: 1,
        workflow: first_line(workflow),
        title: Text::default(),
        branch: branch(&one.reference),
        commit: Text::new(&one.sha),
        version: versions::of_tag(&one.reference).or_else(|| place.tags.version_of(&one.sha)),
        environment: None,
        event: Text::new(&one.source),
        actor: user(one.user.as_ref()),
        state: run_state(&one.status),
        created: one.created_at,
        started: one.started_at,
        updated: one.updated_at.unwrap_or(one.created_at),
        url: Text::new(&one.web_url),
    }
}

/// The account's name.
#[must_use]
pub fn user(user: Option<&wire::User>) -> Text {
    user.map_or_else(Text::default, |user| Text::new(&user.username))
}

/// A job. GitLab tells no steps; why a job failed stands in their place.
#[must_use]
pub fn job(place: &Place<'_>, prefix: &str, one: &wire::Job) -> Job {
    let state = job_state(one);
    let reason = one.failure_reason.replace('_', " ");
    let steps = if reason.is_empty() {
        Vec::new()
    } else {
        vec![Step {
            number: 1,
            name: Text::new(&reason),
            state: state.clone(),
            started: one.started_at,
            finished: one.finished_at,
        }]
    };
    Job {
        id: place.object("jobs", one.id),
        name: Text::new(&format!("{prefix}{}", one.name)),
        state,
        created: queued_at(one),
        started: one.started_at,
        finished: one.finished_at,
        runner: one
            .runner
            .as_ref()
            .filter(|runner| !runner.description.is_empty())
            .map(|runner| Text::new(&runner.description)),
        steps,
        url: Text::new(&one.web_url),
    }
}

/// When a job was queued. All jobs of a pipeline are created with it, so for
/// one that began GitLab's own count of its wait says more.
fn queued_at(one: &wire::Job) -> Option<Timestamp> {
    let waited = one.started_at.zip(one.queued_duration);
    waited
        .and_then(|(started, seconds)| {
            let waited = chrono::TimeDelta::try_milliseconds((seconds * 1_000.0) as i64)?;
            started.checked_sub_signed(waited)
        })
        .or(one.created_at)
}

/// Of a list with retried jobs in it: the jobs that count, in the order in
/// which they were made, and how often the most retried of them was tried. A
/// retry makes a new job of the same stage and name with a higher id.
#[must_use]
pub fn newest(jobs: &[wire::Job]) -> (Vec<&wire::Job>, u32) {
    let mut groups: BTreeMap<(&str, &str), (&wire::Job, u64, u32)> = BTreeMap::new();
    for job in jobs {
        let group = groups
            .entry((job.stage.as_str(), job.name.as_str()))
            .or_insert((job, job.id, 0));
        group.2 += 1;
        group.1 = group.1.min(job.id);
        if job.id > group.0.id {
            group.0 = job;
        }
    }
    let tries = groups.values().map(|group| group.2).max().unwrap_or(1);
    let mut newest: Vec<(u64, &wire::Job)> = groups
        .into_values()
        .map(|(job, first, _)| (first, job))
        .collect();
    newest.sort_by_key(|(first, _)| *first);
    (newest.into_iter().map(|(_, job)| job).collect(), tries)
}

/// Of a list with retried jobs in it: those that a later try took the place
/// of, first tries first.
#[must_use]
pub fn earlier(jobs: &[wire::Job]) -> Vec<Vec<&wire::Job>> {
    let mut groups: BTreeMap<(&str, &str), Vec<&wire::Job>> = BTreeMap::new();
    for job in jobs {
        let group = (job.stage.as_str(), job.name.as_str());
        groups.entry(group).or_default().push(job);
    }
    let mut tries: Vec<Vec<&wire::Job>> = Vec::new();
    for mut group in groups.into_values() {
        group.sort_by_key(|job| job.id);
        group.pop();
        for (place, job) in group.into_iter().enumerate() {
            match tries.get_mut(place) {
                Some(jobs) => jobs.push(job),
                None => tries.push(vec![job]),
            }
        }
    }
    tries
}

/// The version that a deployment carries: its tag, else the tag of its commit,
/// else the short commit.
#[must_use]
pub fn version(tags: &Tags, one: &wire::Deployment) -> Version {
    versions::of_tag(&one.reference)
        .or_else(|| tags.version_of(&one.sha))
        .unwrap_or_else(|| Version(versions::short(&one.sha)))
}

/// A deployment.
#[must_use]
pub fn deployment(place: &Place<'_>, one: &wire::Deployment) -> Deployment {
    Deployment {
        id: place.object("deployments", one.id),
        service: place.service.clone(),
        environment: EnvironmentName::new(&one.environment.name),
        version: version(place.tags, one),
        commit: Text::new(&one.sha),
        digest: None,
        state: deployment_state(one),
        creator: user(one.user.as_ref()),
        created: one.created_at,
        updated: one.updated_at.unwrap_or(one.created_at),
        run: pipeline_of(one).map(|id| place.pipeline(id)),
        url: one
            .deployable
            .as_ref()
            .map_or_else(Text::default, |job| Text::new(&job.web_url)),
    }
}

/// Only the newest successful deployment of an environment serves: GitLab
/// leaves the word `success` on those that it replaced.
pub fn settle(deployments: &mut [Deployment]) {
    let mut serving: BTreeMap<EnvironmentName, Timestamp> = BTreeMap::new();
    for one in deployments.iter() {
        if one.state == DeploymentState::Success {
            let newest = serving
                .entry(one.environment.clone())
                .or_insert(one.created);
            *newest = (*newest).max(one.created);
        }
    }
    for one in deployments {
        if one.state == DeploymentState::Success
            && serving
                .get(&one.environment)
                .is_some_and(|newest| one.created < *newest)
        {
            one.state = DeploymentState::Inactive;
        }
    }
}

/// What a deployment waits for: approvals, or that somebody plays its job.
/// None when it waits for nobody.
#[must_use]
pub fn approval(place: &Place<'_>, one: &wire::Deployment) -> Option<Approval> {
    let job = one.deployable.as_ref()?;
    let run = place.pipeline(pipeline_of(one)?);
    let title = job
        .commit
        .as_ref()
        .map_or_else(Text::default, |commit| first_line(&commit.title));
    let (id, title, reviewers, grants) = match (one.status.as_str(), job.status.as_str()) {
        ("blocked", _) => (
            place.object("deployments", one.id),
            title,
            rules(one),
            Grant::Unblocks,
        ),
        ("created", "manual") => (
            place.object("jobs", job.id),
            play(&job.name, &title),
            vec![Text::new("whoever may deploy plays the job")],
            Grant::Starts,
        ),
        _ => return None,
    };
    Some(Approval {
        environment: EnvironmentName::new(&one.environment.name),
        environment_key: Text::new(&one.environment.id.to_string()),
        run_number: 0,
        title,
        version: Some(version(place.tags, one)),
        commit: Text::new(&one.sha),
        requested_by: user(one.user.as_ref()),
        waiting_since: one.updated_at.unwrap_or(one.created_at),
        // GitLab does not tell whether the rules count us.
        can_approve: None,
        grants,
        reviewers,
        url: Text::new(&job.web_url),
        service: place.service.clone(),
        run,
        id,
    })
}

/// What is waited for when a job is to be played, so that nobody takes it for
/// an approval.
fn play(job: &str, title: &str) -> Text {
    let more = if title.is_empty() { "" } else { ": " };
    Text::new(&format!("play {job}{more}{title}"))
}

/// The rules that still lack an approval, for people.
fn rules(one: &wire::Deployment) -> Vec<Text> {
    let rules = one.approval_summary.iter().flat_map(|all| &all.rules);
    rules
        .filter_map(|rule| {
            let given = rule
                .deployment_approvals
                .iter()
                .filter(|given| given.status == "approved")
                .count();
            let lacks = (rule.required_approvals as usize).saturating_sub(given);
            let who = match rule.access_level_description.as_str() {
                "" => "whoever may approve",
                who => who,
            };
            match lacks {
                0 => None,
                1 => Some(Text::new(who)),
                more => Some(Text::new(&format!("{more} of {who}"))),
            }
        })
        .collect()
}

/// A manual job that stops its pipeline until somebody plays it.
#[must_use]
pub fn waiting_job(place: &Place<'_>, run: &Run, one: &wire::Job) -> Option<Approval> {
    (job_state(one) == RunState::Waiting).then(|| Approval {
        id: place.object("jobs", one.id),
        service: place.service.clone(),
        environment: EnvironmentName::new(&one.name),
        environment_key: Text::new(&one.name),
        run: run.id.clone(),
        run_number: run.number,
        title: play(&one.name, &run.title),
        version: run.version.clone(),
        commit: run.commit.clone(),
        requested_by: run.actor.clone(),
        waiting_since: run.updated,
        can_approve: None,
        grants: Grant::Starts,
        reviewers: vec![Text::new("whoever may run it plays the job")],
        url: Text::new(&one.web_url),
    })
}

/// What lies between two versions.
#[must_use]
pub fn comparison(
    place: &Place<'_>,
    base: &Text,
    head: &Text,
    ahead: &wire::Compare,
    behind: u32,
) -> Comparison {
    Comparison {
        service: place.service.clone(),
        base: base.clone(),
        head: head.clone(),
        ahead: (ahead.commits.items.len() + ahead.commits.malformed) as u32,
        behind,
        files: ahead
            .diffs
            .iter()
            .flat_map(|diffs| &diffs.items)
            .take(300)
            .map(|diff| Text::new(&diff.new_path))
            .collect(),
        pull_requests: Vec::new(),
        commits: ahead
            .commits
            .items
            .iter()
            .map(|commit| Commit {
                sha: Text::new(&commit.id),
                title: first_line(&commit.title),
                author: Text::new(&commit.author_name),
                at: commit.committed_date.unwrap_or(Timestamp::UNIX_EPOCH),
            })
            .collect(),
    }
}

/// The merge requests that brought in some of these commits.
#[must_use]
pub fn merge_requests(commits: &[Commit], merged: &[wire::MergeRequest]) -> Vec<PullRequest> {
    merged
        .iter()
        .filter(|one| {
            [&one.merge_commit_sha, &one.squash_commit_sha, &one.sha]
                .into_iter()
                .filter(|sha| !sha.is_empty())
                .any(|sha| commits.iter().any(|commit| commit.sha.as_str() == sha))
        })
        .map(|one| PullRequest {
            number: one.iid,
            title: first_line(&one.title),
            author: user(one.author.as_ref()),
            labels: one.labels.iter().map(|label| Text::new(label)).collect(),
            // GitLab's approvals are not read: nobody told.
            reviews: None,
            url: Text::new(&one.web_url),
        })
        .collect()
}
