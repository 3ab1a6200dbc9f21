//! Reading over REST.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    domain::Timestamp,
    simulator::world::{
        ORGANIZATION, World,
        company::{Host, ServiceIndex},
        run::{Run, Workflow, run_of_job},
    },
};

use super::{
    answer::Answer,
    call::Call,
    json::{
        Json,
        run::{ARTIFACT_IDS, has_status},
    },
};

/// Answers a GET.
pub fn read(world: &World, call: &Call, blobs: &str) -> Answer {
    let json = Json {
        world,
        base: &call.base,
    };
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["user"] => Answer::ok(json.user(crate::simulator::world::OPERATOR)),
        ["orgs", ORGANIZATION, "repos"] => {
            let all = world.services_of(Host::GitHub);
            call.list(&all, |service| json.minimal_repository(*service))
        }
        ["user", "repos"] => {
            let all = world.services_of(Host::GitHub);
            call.list(&all, |service| json.repository(*service))
        }
        ["repos", ORGANIZATION, name, rest @ ..] => match world.hosted(Host::GitHub, name) {
            Some(service) => repository(&json, call, service, rest, blobs),
            None => Answer::not_found(),
        },
        _ => Answer::not_found(),
    }
}

fn repository(
    json: &Json<'_>,
    call: &Call,
    service: ServiceIndex,
    rest: &[&str],
    blobs: &str,
) -> Answer {
    let world = json.world;
    let one = &world.services[service];
    match rest {
        [] => Answer::ok(json.full_repository(service)),
        ["actions", rest @ ..] => actions(json, call, service, rest, blobs),
        ["environments"] => call.counted("environments", &[0, 1], |index| {
            json.environment(service, *index)
        }),
        ["environments", name] => one
            .environments
            .iter()
            .position(|environment| environment.name == *name)
            .map_or_else(Answer::not_found, |index| {
                Answer::ok(json.environment(service, index))
            }),
        ["deployments"] => {
            let wanted =
                |name: &str, value: &str| call.parameter(name).is_none_or(|wanted| wanted == value);
            let all: Vec<_> = world
                .deployments_of(service)
                .rev()
                .filter(|deployment| {
                    wanted("environment", one.environments[deployment.environment].name)
                        && wanted("ref", &format!("v{}", deployment.version))
                        && wanted("sha", &one.commits[deployment.commit].sha())
                        && wanted("task", "deploy")
                })
                .collect();
            call.list(&all, |deployment| json.deployment(deployment))
        }
        ["deployments", id, rest @ ..] => {
            let deployment = number(id)
                .and_then(|id| world.deployments.get(&id))
                .filter(|deployment| deployment.service == service);
            match (deployment, rest) {
                (Some(deployment), []) => Answer::ok(json.deployment(deployment)),
                (Some(deployment), ["statuses"]) => {
                    call.list(&json.deployment_statuses(deployment), Value::clone)
                }
                _ => Answer::not_found(),
            }
        }
        ["compare", both] => compare(json, service, both),
        ["contents", ".github", "CODEOWNERS"] => {
            Answer::ok(json.file(service, ".github/CODEOWNERS", &one.code_owners()))
        }
        ["commits"] => {
            let head = match call.parameter("sha") {
                Some(name) => one.resolve(name),
                None => one.commits.len().checked_sub(1),
            };
            let Some(head) = head else {
                return Answer::not_found();
            };
            let all: Vec<usize> = (0..=head).rev().collect();
            call.list(&all, |index| json.commit(service, *index))
        }
        ["commits", name] => one.resolve(name).map_or_else(Answer::not_found, |index| {
            Answer::ok(json.commit_with_files(service, index))
        }),
        ["commits", name, "pulls"] => match one.resolve(name) {
            Some(index) => call.list(&[index], |index| json.pull_request(service, *index)),
            None => Answer::refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                &format!("No commit found for SHA: {name}"),
            ),
        },
        ["pulls"] => {
            let all: Vec<usize> = match call.parameter("state") {
                Some("closed" | "all") => (0..one.commits.len()).rev().collect(),
                _ => Vec::new(),
            };
            call.list(&all, |index| json.pull_request(service, *index))
        }
        ["releases", rest @ ..] => releases(json, call, service, rest),
        ["milestones"] => {
            let mut all: Vec<usize> = match call.parameter("state") {
                Some("closed") => Vec::new(),
                _ => (0..one.milestones.len()).collect(),
            };
            all.sort_by_key(|index| one.milestones[*index].due);
            call.list(&all, |index| json.milestone(service, *index))
        }
        ["tags"] => {
            let all: Vec<usize> = (0..one.tags.len()).rev().collect();
            call.list(&all, |index| json.tag(service, *index))
        }
        _ => Answer::not_found(),
    }
}

fn releases(json: &Json<'_>, call: &Call, service: ServiceIndex, rest: &[&str]) -> Answer {
    let one = &json.world.services[service];
    let found = |index: Option<usize>| {
        index.map_or_else(Answer::not_found, |index| {
            Answer::ok(json.release(service, index))
        })
    };
    let mut published = one.pages().into_iter();
    match rest {
        [] => call.list(&one.pages(), |index| json.release(service, *index)),
        ["latest"] => found(published.find(|index| one.tags[*index].is_published())),
        // A draft is found by no tag.
        ["tags", name] => found(
            one.tag_named(name)
                .filter(|index| one.tags[*index].is_published()),
        ),
        [id] => found(published.find(|index| number(id) == Some(json.release_id(service, *index)))),
        _ => Answer::not_found(),
    }
}

fn actions(
    json: &Json<'_>,
    call: &Call,
    service: ServiceIndex,
    rest: &[&str],
    blobs: &str,
) -> Answer {
    let world = json.world;
    match rest {
        ["runs"] => runs(json, call, service, None),
        ["workflows"] => call.counted("workflows", &Workflow::ALL, |workflow| {
            json.workflow(service, *workflow)
        }),
        ["workflows", name, rest @ ..] => match (workflow(json, service, name), rest) {
            (Some(workflow), []) => Answer::ok(json.workflow(service, workflow)),
            (Some(workflow), ["runs"]) => runs(json, call, service, Some(workflow)),
            _ => Answer::not_found(),
        },
        ["runs", id, rest @ ..] => {
            let run = number(id)
                .and_then(|id| world.runs.get(&id))
                .filter(|run| run.service == service);
            match run {
                Some(run) => one_run(json, call, run, rest),
                None => Answer::not_found(),
            }
        }
        ["artifacts", id, rest @ ..] => {
            let found = number(id).and_then(|id| {
                let job = id.checked_sub(ARTIFACT_IDS)?;
                let run = world.runs.get(&run_of_job(job))?;
                (run.service == service).then_some(())?;
                let reports = world.reports_of(run);
                let report = reports.into_iter().find(|report| report.job.id == job)?;
                Some((run, report))
            });
            match (found, rest) {
                (Some((run, report)), []) => Answer::ok(json.artifact(run, &report)),
                (Some((_, report)), ["zip"]) => {
                    Answer::found(format!("{blobs}/reports/{}?sig=once", report.job.id))
                }
                _ => Answer::not_found(),
            }
        }
        ["jobs", id, rest @ ..] => {
            let found = number(id).and_then(|id| {
                let run = world.runs.get(&run_of_job(id))?;
                (run.service == service).then_some(())?;
                Some((run, run.job(id)?))
            });
            match (found, rest) {
                (Some((run, job)), []) => Answer::ok(json.job(run, &job)),
                (Some((run, job)), ["logs"]) => {
                    if world.log(run, &job).is_none() {
                        return Answer::not_found();
                    }
                    Answer::found(format!("{blobs}/logs/{}?sig=once", job.id))
                }
                _ => Answer::not_found(),
            }
        }
        _ => Answer::not_found(),
    }
}

fn one_run(json: &Json<'_>, call: &Call, run: &Run, rest: &[&str]) -> Answer {
    match rest {
        [] => Answer::ok(json.run(run, &run.latest)),
        ["jobs"] => {
            let mut jobs = Vec::new();
            if call.parameter("filter") == Some("all") {
                for attempt in &run.earlier {
                    jobs.extend(run.jobs(attempt));
                }
            }
            jobs.extend(run.jobs(&run.latest));
            call.counted("jobs", &jobs, |job| json.job(run, job))
        }
        ["attempts", attempt, rest @ ..] => {
            let attempt = attempt
                .parse()
                .ok()
                .and_then(|attempt| run.attempt(attempt));
            match (attempt, rest) {
                (Some(attempt), []) => Answer::ok(json.run(run, attempt)),
                (Some(attempt), ["jobs"]) => {
                    call.counted("jobs", &run.jobs(attempt), |job| json.job(run, job))
                }
                _ => Answer::not_found(),
            }
        }
        ["artifacts"] => {
            let all = json.world.reports_of(run);
            call.counted("artifacts", &all, |report| json.artifact(run, report))
        }
        ["pending_deployments"] => Answer::ok(json.pending(run)),
        ["approvals"] => Answer::ok(json.approvals(run)),
        _ => Answer::not_found(),
    }
}

fn runs(json: &Json<'_>, call: &Call, service: ServiceIndex, only: Option<Workflow>) -> Answer {
    let world = json.world;
    let wanted =
        |name: &str, value: &str| call.parameter(name).is_none_or(|wanted| wanted == value);
    let created = call.parameter("created").map(Span::parse);
    let all: Vec<&Run> = world
        .runs_of(service)
        .rev()
        .filter(|run| {
            only.is_none_or(|only| run.workflow == only)
                && call
                    .parameter("status")
                    .is_none_or(|wanted| has_status(run, wanted))
                && wanted("branch", &run.branch)
                && wanted("event", run.trigger.word())
                && wanted("actor", world.people[run.actor].login)
                && wanted(
                    "head_sha",
                    &world.services[service].commits[run.commit].sha(),
                )
                && wanted(
                    "check_suite_id",
                    &super::json::run::suite_id(run).to_string(),
                )
                && created
                    .as_ref()
                    .is_none_or(|span| span.contains(run.created_at))
        })
        .collect();
    call.counted("workflow_runs", &all, |run| json.run(run, &run.latest))
}

/// The workflow that an id or a file name means.
pub fn workflow(json: &Json<'_>, service: ServiceIndex, name: &str) -> Option<Workflow> {
    Workflow::ALL.into_iter().find(|workflow| {
        workflow.file() == name || json.workflow_id(service, *workflow).to_string() == name
    })
}

fn compare(json: &Json<'_>, service: ServiceIndex, both: &str) -> Answer {
    let one = &json.world.services[service];
    let ends = both.split_once("...").and_then(|(base, head)| {
        let strip = |name: &str| {
            name.strip_prefix("larkspur:")
                .map_or_else(|| name.to_owned(), str::to_owned)
        };
        Some((
            one.resolve(&strip(base))?,
            one.resolve(&strip(head))?,
            base,
            head,
        ))
    });
    match ends {
        Some((base, head, first, second)) => {
            Answer::ok(json.comparison(service, (first, second), (base, head)))
        }
        None => Answer::not_found(),
    }
}

/// A number from the path.
pub fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// GitHub's date query: `>=2026-11-01`, `2026-11-01..2026-11-02`, `<…`, or a
/// day.
struct Span {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Span {
    fn parse(text: &str) -> Self {
        let whole = |text: &str| -> Option<(Timestamp, Timestamp)> {
            if let Ok(at) = text.parse::<Timestamp>() {
                return Some((at, at));
            }
            let day = text.parse::<chrono::NaiveDate>().ok()?;
            let from = day.and_time(chrono::NaiveTime::MIN).and_utc();
            Some((from, from + chrono::TimeDelta::days(1)))
        };
        if let Some((from, to)) = text.split_once("..") {
            return Self {
                from: whole(from).map(|span| span.0),
                to: whole(to).map(|span| span.1),
            };
        }
        let (operator, rest) =
            text.split_at(text.len() - text.trim_start_matches(['<', '>', '=']).len());
        let span = whole(rest);
        match operator {
            ">" | ">=" => Self {
                from: span.map(|span| span.0),
                to: None,
            },
            "<" | "<=" => Self {
                from: None,
                to: span.map(|span| span.1),
            },
            _ => Self {
                from: span.map(|span| span.0),
                to: span.map(|span| span.1),
            },
        }
    }

    fn contains(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at <= to)
    }
}

/// `GET /rate_limit`.
pub fn limits(core: &super::limit::Limit, graphql: &super::limit::Limit) -> Answer {
    Answer::ok(json!({
        "resources": {
            "core": core.json(),
            "graphql": graphql.json(),
            "search": { "limit": 30, "used": 0, "remaining": 30, "reset": core.reset().timestamp() },
        },
        "rate": core.json(),
    }))
}
