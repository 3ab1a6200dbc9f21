//! GitLab's objects as JSON.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    domain::Timestamp,
    simulator::world::{
        World,
        company::{PersonIndex, ServiceIndex},
        delivery::{Deployment, DeploymentState},
        run::{Conclusion, Job, Run, Status, Trigger},
    },
};

use super::{GROUP, tries};

/// Where pages for people are said to be. Nothing is there: it is a company in
/// a box.
const PAGES: &str = "https://gitlab.example";

/// An instant as GitLab writes it.
pub fn instant(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Where a person would look at a project.
pub fn page(world: &World, service: ServiceIndex) -> String {
    format!("{PAGES}/{GROUP}/{}", world.services[service].name)
}

/// A person, in the short form.
pub fn person(world: &World, person: PersonIndex) -> Value {
    let who = &world.people[person];
    json!({
        "id": who.github_id % 100_000,
        "username": who.login,
        "name": who.name,
        "state": "active",
        "locked": false,
        "avatar_url": null,
        "web_url": format!("{PAGES}/{}", who.login),
    })
}

/// The id of a project.
pub fn project_id(world: &World, service: ServiceIndex) -> u64 {
    world.services[service].repository_id % 10_000_000
}

/// The path of a project.
pub fn project_path(world: &World, service: ServiceIndex) -> String {
    format!("{GROUP}/{}", world.services[service].name)
}

/// The number of a pipeline in its project.
fn iid(world: &World, run: &Run) -> usize {
    let place = world.runs_of(run.service).position(|one| one.id == run.id);
    place.unwrap_or_default() + 1
}

/// GitLab's word for where a pipeline stands.
pub fn pipeline_status(run: &Run) -> &'static str {
    match (run.latest.status, run.latest.conclusion) {
        (Status::Queued, _) => "pending",
        (Status::InProgress, _) => "running",
        (Status::Waiting, _) => "manual",
        (Status::Completed, conclusion) => concluded(conclusion),
    }
}

fn concluded(conclusion: Option<Conclusion>) -> &'static str {
    match conclusion {
        Some(Conclusion::Success) | None => "success",
        Some(Conclusion::Failure) => "failed",
        Some(Conclusion::Cancelled) => "canceled",
        Some(Conclusion::Skipped) => "skipped",
    }
}

/// GitLab's word for where a job stands.
pub fn job_status(run: &Run, job: &Job) -> &'static str {
    match job.mark.status {
        Status::Queued => {
            let reached = run.jobs(&run.latest).iter().all(|other| {
                other.plan.stage >= job.plan.stage || other.mark.status == Status::Completed
            });
            if reached { "pending" } else { "created" }
        }
        Status::InProgress => "running",
        Status::Waiting => "manual",
        Status::Completed => concluded(job.mark.conclusion),
    }
}

/// A pipeline, as lists tell it.
pub fn pipeline(world: &World, run: &Run) -> Value {
    let source = match run.trigger {
        Trigger::Push => "push",
        Trigger::PullRequest => "merge_request_event",
        Trigger::Dispatch | Trigger::Again(_) => "web",
    };
    json!({
        "id": run.id,
        "iid": iid(world, run),
        "project_id": project_id(world, run.service),
        "sha": world.services[run.service].commits[run.commit].sha(),
        "ref": &*run.branch,
        "status": pipeline_status(run),
        "source": source,
        "created_at": instant(run.created_at),
        "updated_at": instant(run.latest.updated_at),
        "web_url": format!("{}/-/pipelines/{}", page(world, run.service), run.id),
        "name": run.workflow.name(),
    })
}

/// A pipeline with all that it tells alone.
pub fn whole_pipeline(world: &World, run: &Run) -> Value {
    let mut one = pipeline(world, run);
    let over = run.latest.status == Status::Completed;
    let length = run.latest.updated_at - run.latest.started_at;
    merge(
        &mut one,
        json!({
            "before_sha": "0".repeat(40),
            "tag": run.branch.starts_with('v'),
            "yaml_errors": null,
            "user": person(world, run.actor),
            "started_at": instant(run.latest.started_at),
            "finished_at": over.then(|| instant(run.latest.updated_at)),
            "committed_at": null,
            "duration": over.then(|| length.num_seconds()),
            "queued_duration": 2,
            "coverage": null,
            "detailed_status": {
                "icon": format!("status_{}", pipeline_status(run)),
                "text": pipeline_status(run),
                "label": pipeline_status(run),
                "group": pipeline_status(run),
                "tooltip": pipeline_status(run),
                "has_details": true,
                "details_path": format!("/{}/-/pipelines/{}", project_path(world, run.service), run.id),
                "illustration": null,
                "favicon": "/assets/ci_favicons/favicon_status.png",
            },
        }),
    );
    one
}

/// A job.
pub fn job(world: &World, run: &Run, one: &Job) -> Value {
    let mark = &one.mark;
    let seconds = |from: Option<Timestamp>, to: Option<Timestamp>| {
        Some((to? - from?).num_milliseconds() as f64 / 1000.0)
    };
    let status = job_status(run, one);
    let ran = mark.started_at.is_some() && !matches!(status, "skipped" | "manual");
    let declined = one.plan.environment.is_some_and(|environment| {
        run.reviews
            .iter()
            .any(|review| !review.approved && review.environment == environment)
    });
    let reason = (status == "failed").then_some(if declined {
        "deployment_rejected"
    } else {
        "script_failure"
    });
    let runner = ran.then(|| {
        json!({
            "id": one.id % 40 + 1,
            "description": format!("runner-{}", one.id % 40),
            "active": true,
            "paused": false,
            "is_shared": true,
            "runner_type": "instance_type",
            "name": "gitlab-runner",
            "online": true,
            "status": "online",
        })
    });
    json!({
        "id": one.id,
        "status": status,
        "stage": stage(one.plan.stage),
        "name": one.plan.name,
        "ref": &*run.branch,
        "tag": run.branch.starts_with('v'),
        "coverage": null,
        "allow_failure": false,
        "created_at": instant(run.created_at),
        "started_at": ran.then(|| mark.started_at.map(instant)).flatten(),
        "finished_at": ran.then(|| mark.completed_at.map(instant)).flatten(),
        "erased_at": null,
        "duration": ran.then(|| seconds(mark.started_at, mark.completed_at)).flatten(),
        "queued_duration": ran.then_some(1.2),
        "user": person(world, run.latest.actor),
        "commit": commit(world, run.service, run.commit),
        "pipeline": pipeline(world, run),
        "failure_reason": reason,
        "web_url": format!("{}/-/jobs/{}", page(world, run.service), one.id),
        "project": { "ci_job_token_scope_enabled": true },
        "artifacts": [],
        "artifacts_expire_at": null,
        "archived": world.now() - run.created_at > TimeDelta::days(30),
        "runner": runner,
        "tag_list": [],
    })
}

fn stage(number: u8) -> &'static str {
    ["build", "test", "staging", "production"]
        .get(usize::from(number))
        .copied()
        .unwrap_or("deploy")
}

/// A commit.
pub fn commit(world: &World, service: ServiceIndex, index: usize) -> Value {
    let one = &world.services[service];
    let commit = &one.commits[index];
    let sha = commit.sha();
    let author = &world.people[commit.author];
    let parent = index.checked_sub(1).map(|parent| one.commits[parent].sha());
    json!({
        "id": sha,
        "short_id": &sha[..8],
        "created_at": instant(commit.at),
        "parent_ids": parent.into_iter().collect::<Vec<_>>(),
        "title": commit.headline,
        "message": format!("{}\n\nSee merge request {}!{}", commit.headline, project_path(world, service), commit.pull_request),
        "author_name": author.name,
        "author_email": author.email,
        "authored_date": instant(commit.at),
        "committer_name": author.name,
        "committer_email": author.email,
        "committed_date": instant(commit.at),
        "trailers": {},
        "extended_trailers": {},
        "web_url": format!("{}/-/commit/{sha}", page(world, service)),
    })
}

/// GitLab's word for where a deployment stands. What served once keeps its
/// `success`.
fn deployment_status(one: &Deployment) -> &'static str {
    let served = one
        .statuses
        .iter()
        .any(|(state, _)| *state == DeploymentState::Success);
    match one.state() {
        DeploymentState::Waiting => "blocked",
        DeploymentState::Queued => "created",
        DeploymentState::InProgress => "running",
        DeploymentState::Success => "success",
        DeploymentState::Inactive if served => "success",
        DeploymentState::Inactive => "canceled",
        DeploymentState::Failure => "failed",
    }
}

/// A deployment, as lists tell it.
pub fn deployment(world: &World, one: &Deployment) -> Value {
    let service = &world.services[one.service];
    let environment = &service.environments[one.environment];
    let deployable = tries::deployable(world, one)
        .and_then(|(found, run)| Some(job(world, world.runs.get(&run)?, &found)));
    json!({
        "id": one.id,
        "iid": one.id % 10_000,
        "ref": format!("v{}", one.version),
        "sha": service.commits[one.commit].sha(),
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at()),
        "user": person(world, one.creator),
        "environment": {
            "id": environment.id,
            "name": environment.name,
            "slug": environment.name,
            "external_url": format!("https://{}.larkspur.example", environment.name),
        },
        "deployable": deployable,
        "status": deployment_status(one),
    })
}

/// A deployment with what it waits for.
pub fn whole_deployment(world: &World, one: &Deployment) -> Value {
    let mut whole = deployment(world, one);
    let run = one.run.and_then(|run| world.runs.get(&run));
    let needs = !world.services[one.service].environments[one.environment]
        .reviewers
        .is_empty();
    let approvals: Vec<Value> = run
        .iter()
        .flat_map(|run| &run.reviews)
        .filter(|review| review.environment == one.environment && review.at >= one.created_at)
        .map(|review| {
            json!({
                "user": person(world, review.person),
                "status": if review.approved { "approved" } else { "rejected" },
                "created_at": instant(review.at),
                "comment": review.comment,
            })
        })
        .collect();
    let rules = if needs {
        json!([{
            "user_id": null,
            "group_id": null,
            "access_level": 40,
            "access_level_description": "Maintainers",
            "required_approvals": 1,
            "group_inheritance_type": 0,
            "deployment_approvals": approvals,
        }])
    } else {
        json!([])
    };
    merge(
        &mut whole,
        json!({
            "pending_approval_count": u8::from(deployment_status(one) == "blocked"),
            "approvals": approvals,
            "approval_summary": { "rules": rules },
        }),
    );
    whole
}

/// The merge request that brought a commit in.
pub fn merge_request(world: &World, service: ServiceIndex, index: usize) -> Value {
    let commit = &world.services[service].commits[index];
    let number = commit.pull_request;
    let author = person(world, commit.author);
    json!({
        "id": project_id(world, service) * 10 + u64::from(number),
        "iid": number,
        "project_id": project_id(world, service),
        "title": commit.headline,
        "description": "",
        "state": "merged",
        "created_at": instant(commit.at - TimeDelta::hours(26)),
        "updated_at": instant(commit.at),
        "merged_at": instant(commit.at),
        "merge_user": author,
        "merged_by": author,
        "closed_by": null,
        "closed_at": null,
        "target_branch": "main",
        "source_branch": format!("{}/{number}", world.people[commit.author].login),
        "author": author,
        "assignees": [],
        "assignee": null,
        "reviewers": [],
        "labels": commit.labels(),
        "draft": false,
        "sha": commit.sha(),
        "merge_commit_sha": commit.sha(),
        "squash_commit_sha": null,
        "web_url": format!("{}/-/merge_requests/{number}", page(world, service)),
    })
}

/// Adds the fields of `more` to an object.
pub fn merge(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}
