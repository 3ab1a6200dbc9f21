//! The fields of commits, checks, runs and pull requests.

use serde_json::Value;

use crate::simulator::world::{
    OPERATOR,
    run::{Conclusion, Job, Run, Status},
};

use super::{
    super::json::{Json, node_id, run::suite_id},
    execute::{Arguments, Resolved},
    fields::{self, scalar, time},
    node::Node,
};

/// Looks a field of a node up.
pub fn resolve(json: &Json<'_>, node: &Node, name: &str, arguments: &Arguments) -> Resolved {
    let run = |id: &u64| json.world.runs.get(id);
    match node {
        Node::Branch(service) => {
            let head = json.world.services[*service].commits.len() - 1;
            reference(json, *service, "refs/heads/", "main", head, name, arguments)
        }
        Node::Tag(service, index) => {
            let tag = &json.world.services[*service].tags[*index];
            reference(
                json,
                *service,
                "refs/tags/",
                &tag.name(),
                tag.commit,
                name,
                arguments,
            )
        }
        Node::Commit(service, index) => commit(json, *service, *index, name, arguments),
        Node::PullRequest(service, index) => pull_request(json, *service, *index, name),
        Node::CodeReview(service, index) => code_review(json, *service, *index, name),
        Node::BranchCommit(sha) => match name {
            "oid" => scalar(sha.as_str()),
            "abbreviatedOid" => scalar(&sha[..7]),
            "id" => scalar(format!("C_{sha}")),
            _ => Resolved::Unknown,
        },
        Node::Label(service, index, place) => {
            let labels = json.world.services[*service].commits[*index].labels();
            labels
                .get(*place)
                .map_or(Resolved::Unknown, |label| match name {
                    "name" => scalar(*label),
                    "color" => scalar("d73a4a"),
                    "isDefault" => scalar(false),
                    "id" => scalar(format!("LA_{label}")),
                    _ => Resolved::Unknown,
                })
        }
        Node::Comparison(service, base, head) => comparison(*service, *base, *head, name),
        Node::Workflow(service, workflow) => fields::workflow(json, *service, *workflow, name),
        Node::App => match name {
            "name" => scalar("GitHub Actions"),
            "slug" => scalar("github-actions"),
            "databaseId" => scalar(15_368),
            "id" => scalar(node_id("A", 15_368)),
            _ => Resolved::Unknown,
        },
        Node::CheckSuite(id) => run(id).map_or(Resolved::Unknown, |run| suite(json, run, name)),
        Node::WorkflowRun(id) => {
            run(id).map_or(Resolved::Unknown, |run| workflow_run(json, run, name))
        }
        Node::DeploymentRequest(id) => {
            run(id).map_or(Resolved::Unknown, |run| request(json, run, name))
        }
        Node::DeploymentReview(id, index) => {
            run(id).map_or(Resolved::Unknown, |run| review(run, *index, name))
        }
        Node::CheckRun(id, job) => run(id)
            .and_then(|run| Some((run, run.job(*job)?)))
            .map_or(Resolved::Unknown, |(run, job)| {
                check_run(json, run, &job, name)
            }),
        _ => Resolved::Unknown,
    }
}

fn reference(
    json: &Json<'_>,
    service: usize,
    prefix: &'static str,
    short: &str,
    target: usize,
    name: &str,
    arguments: &Arguments,
) -> Resolved {
    match name {
        "id" => scalar(format!("REF_{service}_{short}")),
        "name" => scalar(short),
        "prefix" => scalar(prefix),
        "target" => Resolved::One(Node::Commit(service, target)),
        "repository" => Resolved::One(Node::Repository(service)),
        "compare" => {
            let head = arguments
                .text("headRef")
                .and_then(|head| json.world.services[service].resolve(head));
            head.map_or(Resolved::Scalar(Value::Null), |head| {
                Resolved::One(Node::Comparison(service, target, head))
            })
        }
        _ => Resolved::Unknown,
    }
}

fn commit(
    json: &Json<'_>,
    service: usize,
    index: usize,
    name: &str,
    arguments: &Arguments,
) -> Resolved {
    let one = &json.world.services[service].commits[index];
    match name {
        "id" => scalar(format!("C_{}", one.sha())),
        "oid" => scalar(one.sha()),
        "abbreviatedOid" => scalar(&one.sha()[..7]),
        "messageHeadline" | "message" => scalar(one.message()),
        "messageBody" => scalar(""),
        "committedDate" | "authoredDate" | "pushedDate" => time(one.at),
        "author" | "committer" => Resolved::One(Node::GitActor(one.author)),
        "url" => scalar(format!("{}/commit/{}", json.html(service), one.sha())),
        "repository" => Resolved::One(Node::Repository(service)),
        "history" => Resolved::Pages(
            "CommitHistoryConnection",
            (0..=index)
                .rev()
                .map(|index| Node::Commit(service, index))
                .collect(),
        ),
        "checkSuites" => Resolved::Pages(
            "CheckSuiteConnection",
            json.world
                .runs_of(service)
                .rev()
                .filter(|run| run.commit == index)
                .map(|run| Node::CheckSuite(run.id))
                .collect(),
        ),
        "associatedPullRequests" => Resolved::Pages(
            "PullRequestConnection",
            vec![Node::PullRequest(service, index)],
        ),
        "deployments" => {
            let mut nodes: Vec<Node> = json
                .world
                .deployments_of(service)
                .filter(|deployment| deployment.commit == index)
                .map(|deployment| Node::Deployment(deployment.id))
                .collect();
            if arguments.descending() == Some(true) {
                nodes.reverse();
            }
            Resolved::Pages("DeploymentConnection", nodes)
        }
        _ => Resolved::Unknown,
    }
}

fn pull_request(json: &Json<'_>, service: usize, index: usize, name: &str) -> Resolved {
    let one = &json.world.services[service].commits[index];
    match name {
        "number" => scalar(one.pull_request),
        "title" => scalar(one.headline.as_str()),
        "url" => scalar(format!("{}/pull/{}", json.html(service), one.pull_request)),
        "state" => scalar("MERGED"),
        "merged" => scalar(true),
        "mergedAt" | "closedAt" | "updatedAt" => time(one.at),
        "author" => Resolved::One(Node::User(one.author)),
        "labels" => Resolved::Pages(
            "LabelConnection",
            (0..one.labels().len())
                .map(|place| Node::Label(service, index, place))
                .collect(),
        ),
        "headRefOid" => scalar(one.branch_head()),
        "latestOpinionatedReviews" | "latestReviews" => Resolved::Pages(
            "PullRequestReviewConnection",
            vec![Node::CodeReview(service, index)],
        ),
        "mergeCommit" => Resolved::One(Node::Commit(service, index)),
        "baseRefName" => scalar("main"),
        "id" => scalar(node_id("PR", u64::from(one.pull_request))),
        _ => Resolved::Unknown,
    }
}

fn code_review(json: &Json<'_>, service: usize, index: usize, name: &str) -> Resolved {
    let one = &json.world.services[service].commits[index];
    match name {
        "state" => scalar("APPROVED"),
        "author" => Resolved::One(Node::User(one.approver(json.world.people.len()))),
        "commit" => Resolved::One(Node::BranchCommit(one.approved_head())),
        "body" => scalar(""),
        "submittedAt" => time(one.at - chrono::TimeDelta::hours(1)),
        "id" => scalar(node_id("PRR", u64::from(one.pull_request))),
        _ => Resolved::Unknown,
    }
}

fn comparison(service: usize, base: usize, head: usize, name: &str) -> Resolved {
    match name {
        "aheadBy" => scalar(head.saturating_sub(base)),
        "behindBy" => scalar(base.saturating_sub(head)),
        "status" => scalar(match head.cmp(&base) {
            std::cmp::Ordering::Greater => "AHEAD",
            std::cmp::Ordering::Less => "BEHIND",
            std::cmp::Ordering::Equal => "IDENTICAL",
        }),
        "commits" => Resolved::Pages(
            "ComparisonCommitConnection",
            (base + 1..=head)
                .map(|index| Node::Commit(service, index))
                .collect(),
        ),
        "baseTarget" => Resolved::One(Node::Commit(service, base)),
        "headTarget" => Resolved::One(Node::Commit(service, head)),
        _ => Resolved::Unknown,
    }
}

fn suite(json: &Json<'_>, run: &Run, name: &str) -> Resolved {
    match name {
        "id" => scalar(node_id("CS", suite_id(run))),
        "databaseId" => scalar(suite_id(run)),
        "status" => scalar(status(run.latest.status)),
        "conclusion" => scalar(run.latest.conclusion.map(conclusion)),
        "createdAt" => time(run.created_at),
        "updatedAt" => time(run.latest.updated_at),
        "app" => Resolved::One(Node::App),
        "branch" => branch(json, run),
        "commit" => Resolved::One(Node::Commit(run.service, run.commit)),
        "creator" => Resolved::One(Node::User(run.actor)),
        "workflowRun" => Resolved::One(Node::WorkflowRun(run.id)),
        "url" => scalar(json.run_page(run)),
        "repository" => Resolved::One(Node::Repository(run.service)),
        "checkRuns" => Resolved::Pages(
            "CheckRunConnection",
            run.jobs(&run.latest)
                .iter()
                .map(|job| Node::CheckRun(run.id, job.id))
                .collect(),
        ),
        _ => Resolved::Unknown,
    }
}

fn branch(json: &Json<'_>, run: &Run) -> Resolved {
    if &*run.branch == "main" {
        return Resolved::One(Node::Branch(run.service));
    }
    json.world.services[run.service]
        .tags
        .iter()
        .position(|tag| tag.name() == *run.branch)
        .map_or(Resolved::Scalar(Value::Null), |tag| {
            Resolved::One(Node::Tag(run.service, tag))
        })
}

fn workflow_run(json: &Json<'_>, run: &Run, name: &str) -> Resolved {
    match name {
        "id" => scalar(node_id("WFR", run.id)),
        "databaseId" => scalar(run.id),
        "runNumber" => scalar(run.number),
        "event" => scalar(run.trigger.word()),
        "url" => scalar(json.run_page(run)),
        "createdAt" => time(run.created_at),
        "updatedAt" => time(run.latest.updated_at),
        "workflow" => Resolved::One(Node::Workflow(run.service, run.workflow)),
        "checkSuite" => Resolved::One(Node::CheckSuite(run.id)),
        "pendingDeploymentRequests" => Resolved::Pages(
            "DeploymentRequestConnection",
            run.waiting
                .map(|_| Node::DeploymentRequest(run.id))
                .into_iter()
                .collect(),
        ),
        "deploymentReviews" => Resolved::Pages(
            "DeploymentReviewConnection",
            (0..run.reviews.len())
                .map(|index| Node::DeploymentReview(run.id, index))
                .collect(),
        ),
        _ => Resolved::Unknown,
    }
}

fn request(json: &Json<'_>, run: &Run, name: &str) -> Resolved {
    let Some((environment, _)) = run.waiting else {
        return scalar(Value::Null);
    };
    let reviewers = &json.world.services[run.service].environments[environment].reviewers;
    match name {
        "environment" => Resolved::One(Node::Environment(run.service, environment)),
        "currentUserCanApprove" => scalar(reviewers.contains(&OPERATOR)),
        "waitTimer" => scalar(0),
        "waitTimerStartedAt" => scalar(Value::Null),
        "reviewers" => Resolved::Pages(
            "DeploymentReviewerConnection",
            reviewers.iter().map(|person| Node::User(*person)).collect(),
        ),
        _ => Resolved::Unknown,
    }
}

fn review(run: &Run, index: usize, name: &str) -> Resolved {
    let Some(one) = run.reviews.get(index) else {
        return scalar(Value::Null);
    };
    match name {
        "id" => scalar(node_id("DR", run.id + index as u64)),
        "comment" => scalar(one.comment.as_str()),
        "state" => scalar(if one.approved { "APPROVED" } else { "REJECTED" }),
        "user" => Resolved::One(Node::User(one.person)),
        "environments" => Resolved::Pages(
            "EnvironmentConnection",
            vec![Node::Environment(run.service, one.environment)],
        ),
        _ => Resolved::Unknown,
    }
}

fn check_run(json: &Json<'_>, run: &Run, job: &Job, name: &str) -> Resolved {
    match name {
        "id" => scalar(node_id("CR", job.id)),
        "databaseId" => scalar(job.id),
        "name" => scalar(job.plan.name),
        "status" => scalar(status(job.mark.status)),
        "conclusion" => scalar(job.mark.conclusion.map(conclusion)),
        "startedAt" => scalar(job.mark.started_at.map(super::super::json::instant)),
        "completedAt" => scalar(job.mark.completed_at.map(super::super::json::instant)),
        "detailsUrl" | "permalink" | "url" => {
            scalar(format!("{}/job/{}", json.run_page(run), job.id))
        }
        "checkSuite" => Resolved::One(Node::CheckSuite(run.id)),
        _ => Resolved::Unknown,
    }
}

fn status(status: Status) -> String {
    status.word().to_uppercase()
}

fn conclusion(conclusion: Conclusion) -> String {
    conclusion.word().to_uppercase()
}
