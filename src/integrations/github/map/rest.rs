//! REST objects → domain.

use crate::{
    domain::{
        Approval, Commit, Comparison, Deployment, EnvironmentName, Grant, Job, PullRequest, Run,
        Step, Text, Timestamp,
    },
    integrations::github::wire::rest as wire,
};

use super::{Place, deployment_state, first_line, key, run_state, version};

/// A run.
#[must_use]
pub fn run(place: &Place<'_>, run: &wire::Run, environment: Option<EnvironmentName>) -> Run {
    let actor = run
        .triggering_actor
        .as_ref()
        .or(run.actor.as_ref())
        .map_or_else(Text::default, |actor| Text::new(&actor.login));
    let workflow = if run.name.is_empty() {
        run.path.rsplit('/').next().unwrap_or_default()
    } else {
        &run.name
    };
    Run {
        id: place.run(run.id),
        service: place.service.clone(),
        number: run.run_number,
        attempt: run.run_attempt,
        workflow: Text::new(workflow),
        title: first_line(&run.display_title),
        branch: Text::new(&run.head_branch),
        commit: Text::new(&run.head_sha),
        version: version::of_run(
            place.tags,
            &run.event,
            &run.head_branch,
            &run.display_title,
            &run.head_sha,
        ),
        environment,
        event: Text::new(&run.event),
        actor,
        state: run_state(&run.status, run.conclusion.as_deref()),
        created: run.created_at,
        started: run.run_started_at,
        updated: run.updated_at,
        url: Text::new(&run.html_url),
    }
}

/// A job with its steps.
#[must_use]
pub fn job(place: &Place<'_>, job: &wire::Job) -> Job {
    Job {
        id: place.object("jobs", job.id),
        name: Text::new(&job.name),
        state: run_state(&job.status, job.conclusion.as_deref()),
        created: job.created_at,
        started: job.started_at,
        finished: job.completed_at,
        runner: job
            .runner_name
            .as_deref()
            .filter(|name| !name.is_empty())
            .map(Text::new),
        steps: job
            .steps
            .iter()
            .flat_map(|steps| &steps.items)
            .map(|step| Step {
                number: step.number,
                name: Text::new(&step.name),
                state: run_state(&step.status, step.conclusion.as_deref()),
                started: step.started_at,
                finished: step.completed_at,
            })
            .collect(),
        url: Text::new(&job.html_url),
    }
}

/// The approvals that a run waits for.
#[must_use]
pub fn approvals(
    place: &Place<'_>,
    run: &Run,
    run_id: u64,
    pending: &[wire::PendingDeployment],
) -> Vec<Approval> {
    pending
        .iter()
        .map(|pending| Approval {
            id: crate::domain::Origin::new(
                place.source,
                &key::approval(place.repository, run_id, &pending.environment.name),
            ),
            service: place.service.clone(),
            environment: EnvironmentName::new(&pending.environment.name),
            environment_key: Text::new(&pending.environment.id.to_string()),
            run: run.id.clone(),
            run_number: run.number,
            title: run.title.clone(),
            version: run.version.clone(),
            commit: run.commit.clone(),
            requested_by: run.actor.clone(),
            waiting_since: pending.wait_timer_started_at.unwrap_or(run.updated),
            can_approve: pending.current_user_can_approve,
            grants: Grant::Deploys,
            reviewers: pending
                .reviewers
                .iter()
                .flat_map(|reviewers| &reviewers.items)
                .filter_map(|reviewer| reviewer.reviewer.as_ref())
                .filter_map(|named| named.login.as_deref().or(named.name.as_deref()))
                .map(Text::new)
                .collect(),
            url: run.url.clone(),
        })
        .collect()
}

/// A deployment with its newest status.
#[must_use]
pub fn deployment(
    place: &Place<'_>,
    deployment: &wire::Deployment,
    status: Option<&wire::DeploymentStatus>,
) -> Deployment {
    Deployment {
        id: place.object("deployments", deployment.id),
        service: place.service.clone(),
        environment: EnvironmentName::new(&deployment.environment),
        version: version::of_deployment(
            place.tags,
            &deployment.payload,
            &deployment.reference,
            &deployment.sha,
        ),
        commit: Text::new(&deployment.sha),
        digest: version::digest_of(&deployment.payload),
        state: deployment_state(status.map_or("pending", |status| &status.state)),
        creator: deployment
            .creator
            .as_ref()
            .map_or_else(Text::default, |creator| Text::new(&creator.login)),
        created: deployment.created_at,
        updated: status.map_or(deployment.updated_at, |status| status.created_at),
        run: status
            .and_then(|status| run_in_url(status.log_url.as_deref()?))
            .map(|run| place.run(run)),
        url: status
            .and_then(|status| status.log_url.as_deref())
            .map_or_else(Text::default, Text::new),
    }
}

/// The run's id in `https://github.com/o/r/actions/runs/123/job/456`.
#[must_use]
pub fn run_in_url(url: &str) -> Option<u64> {
    let (_, tail) = url.split_once("/runs/")?;
    tail.split(['/', '?', '#']).next()?.parse().ok()
}

/// What lies between two versions. Pull requests are added by the caller,
/// for they come from another call; those that titles tell stand in until then.
#[must_use]
pub fn comparison(
    place: &Place<'_>,
    base: &Text,
    head: &Text,
    answer: &wire::Compare,
) -> Comparison {
    let commits: Vec<Commit> = answer.commits.items.iter().map(commit).collect();
    Comparison {
        service: place.service.clone(),
        base: base.clone(),
        head: head.clone(),
        ahead: answer.ahead_by,
        behind: answer.behind_by,
        files: answer
            .files
            .iter()
            .flat_map(|files| &files.items)
            .map(|file| Text::new(&file.filename))
            .collect(),
        pull_requests: pull_requests_in_titles(&answer.commits.items),
        commits,
    }
}

fn commit(commit: &wire::Commit) -> Commit {
    let author = commit
        .author
        .as_ref()
        .map(|author| author.login.as_str())
        .filter(|login| !login.is_empty())
        .or_else(|| {
            commit
                .commit
                .author
                .as_ref()
                .map(|author| author.name.as_str())
        })
        .unwrap_or_default();
    Commit {
        sha: Text::new(&commit.sha),
        title: first_line(&commit.commit.message),
        author: Text::new(author),
        at: [&commit.commit.committer, &commit.commit.author]
            .into_iter()
            .flatten()
            .find_map(|signature| signature.date)
            .unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

/// GitHub ends the title of a squashed pull request in `(#123)` and begins
/// that of a merge in `Merge pull request #123`.
fn pull_requests_in_titles(commits: &[wire::Commit]) -> Vec<PullRequest> {
    commits
        .iter()
        .filter_map(|commit| {
            let mut lines = commit.commit.message.lines();
            let title = lines.next()?.trim_end();
            let (number, title) = if let Some(rest) = title.strip_prefix("Merge pull request #") {
                let number = rest.split(' ').next()?;
                (number, lines.find(|line| !line.is_empty()).unwrap_or(title))
            } else {
                let (title, number) = title.strip_suffix(')')?.rsplit_once(" (#")?;
                (number, title)
            };
            Some(PullRequest {
                number: number.parse().ok()?,
                title: Text::new(title),
                author: commit
                    .author
                    .as_ref()
                    .map_or_else(Text::default, |author| Text::new(&author.login)),
                labels: Vec::new(),
                reviews: None,
                url: Text::default(),
            })
        })
        .collect()
}
