//! Acting over REST: reviews, re-runs, cancelling and dispatching.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::simulator::world::{
    Again, OPERATOR, ORGANIZATION, Refusal, World,
    company::{Host, ServiceIndex},
    run::Dispatch,
};

use super::{
    answer::Answer,
    call::Call,
    json::{Json, PAGES},
    releases, rest,
};

/// Answers a POST.
pub fn write(world: &mut World, call: &Call) -> Answer {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let ["repos", ORGANIZATION, name, rest @ ..] = path.as_slice() else {
        return Answer::not_found();
    };
    let Some(service) = world.hosted(Host::GitHub, name) else {
        return Answer::not_found();
    };
    let rest = match rest {
        ["actions", rest @ ..] => rest,
        ["releases"] => return releases::make(world, call, service),
        _ => return Answer::not_found(),
    };
    match rest {
        ["workflows", workflow, "dispatches"] => dispatch(world, call, service, workflow),
        ["runs", id, act] => {
            let run = rest::number(id)
                .filter(|id| world.runs.get(id).is_some_and(|run| run.service == service));
            match run {
                Some(run) => on_run(world, call, run, act),
                None => Answer::not_found(),
            }
        }
        _ => Answer::not_found(),
    }
}

fn on_run(world: &mut World, call: &Call, run: u64, act: &str) -> Answer {
    match act {
        "pending_deployments" => review(world, call, run),
        "rerun-failed-jobs" | "rerun" => match world.rerun(
            run,
            OPERATOR,
            if act == "rerun" {
                Again::All
            } else {
                Again::Failed
            },
        ) {
            Ok(()) => Answer::new(StatusCode::CREATED, Some(json!({}))),
            Err(refusal) => refused(refusal),
        },
        "cancel" | "force-cancel" => match world.cancel(run) {
            Ok(()) => Answer::new(StatusCode::ACCEPTED, Some(json!({}))),
            Err(refusal) => refused(refusal),
        },
        _ => Answer::not_found(),
    }
}

fn review(world: &mut World, call: &Call, run: u64) -> Answer {
    let state = call.body.get("state").and_then(Value::as_str);
    let comment = call.body.get("comment").and_then(Value::as_str);
    let environments = call.body.get("environment_ids").and_then(Value::as_array);
    let (Some(approved), Some(comment), Some(environments)) = (
        match state {
            Some("approved") => Some(true),
            Some("rejected") => Some(false),
            _ => None,
        },
        comment,
        environments,
    ) else {
        return Answer::invalid(
            "Invalid request.\n\n\"environment_ids\", \"state\" and \"comment\" are required.",
        );
    };
    let asked: Vec<u64> = environments.iter().filter_map(Value::as_u64).collect();
    let pending = world.runs.get(&run).and_then(|run| {
        let (environment, _) = run.waiting?;
        Some(world.services[run.service].environments[environment].id)
    });
    if pending.is_none_or(|pending| asked != [pending]) {
        return refused(Refusal::NothingPending);
    }
    match world.review(run, OPERATOR, approved, comment) {
        Ok(deployments) => {
            let json = Json {
                world,
                base: &call.base,
            };
            Answer::ok(
                deployments
                    .iter()
                    .filter_map(|id| world.deployments.get(id))
                    .map(|deployment| json.deployment(deployment))
                    .collect(),
            )
        }
        Err(refusal) => refused(refusal),
    }
}

fn dispatch(world: &mut World, call: &Call, service: ServiceIndex, workflow: &str) -> Answer {
    let base = call.base.clone();
    let json = Json { world, base: &base };
    let Some(workflow) = rest::workflow(&json, service, workflow) else {
        return Answer::not_found();
    };
    let Some(reference) = call.body.get("ref").and_then(Value::as_str) else {
        return Answer::invalid("Invalid request.\n\n\"ref\" wasn't supplied.");
    };
    let inputs = call.body.get("inputs").cloned().unwrap_or(json!({}));
    let known = ["service", "environment", "version", "request_id"];
    if let Some(unknown) = inputs
        .as_object()
        .and_then(|inputs| inputs.keys().find(|name| !known.contains(&name.as_str())))
    {
        return Answer::invalid(&format!("Unexpected inputs provided: [\"{unknown}\"]"));
    }
    let input = |name: &str| {
        inputs
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    for name in ["environment", "version"] {
        if input(name).is_empty() {
            return Answer::invalid(&format!("Required input '{name}' not provided"));
        }
    }
    let dispatch = Dispatch {
        environment: input("environment"),
        version: input("version"),
        request_id: input("request_id"),
    };
    match world.dispatch(service, workflow, reference, OPERATOR, dispatch) {
        Ok(run) => {
            if call.body.get("return_run_details") != Some(&Value::Bool(true)) {
                return Answer::new(StatusCode::NO_CONTENT, None);
            }
            let name = &world.services[service].name;
            Answer::ok(json!({
                "workflow_run_id": run,
                "run_url": format!("{base}/repos/{ORGANIZATION}/{name}/actions/runs/{run}"),
                "html_url": format!("{PAGES}/{ORGANIZATION}/{name}/actions/runs/{run}"),
            }))
        }
        Err(refusal) => refused(refusal),
    }
}

fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::NotFound => Answer::not_found(),
        Refusal::NothingPending => {
            Answer::invalid("No pending deployment requests to approve or reject")
        }
        Refusal::StillRunning => {
            Answer::refused(StatusCode::FORBIDDEN, "The workflow run is already running")
        }
        Refusal::NothingFailed => Answer::refused(
            StatusCode::FORBIDDEN,
            "The workflow run cannot be retried: it has no failed jobs",
        ),
        Refusal::TooOld => Answer::refused(
            StatusCode::FORBIDDEN,
            "Unable to retry this workflow run because it was created over a month ago",
        ),
        Refusal::AlreadyOver => Answer::refused(
            StatusCode::CONFLICT,
            "Cannot cancel a workflow run that is completed.",
        ),
        Refusal::Invalid(message) => Answer::invalid(&message),
    }
}
