//! Acting: inputs, builds and the queue.

use axum::http::StatusCode;
use serde_json::Value;

use crate::simulator::world::{
    OPERATOR, Refusal, World,
    run::{Dispatch, Run, Workflow},
};

use super::{
    call::{Answer, Call},
    jobs::{self, Item},
    objects, read, stages,
};

/// Answers a POST.
pub fn write(world: &mut World, call: &Call) -> Answer {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    if path.as_slice() == ["queue", "cancelItem"] {
        let id = call.field("id").unwrap_or_default();
        let Some(run) = read::queued(world, id).map(|run| run.id) else {
            return Answer::not_found();
        };
        // What is not there any more is answered as if it had been.
        let _ = world.dequeue(run);
        return Answer::to(StatusCode::FOUND, format!("{}queue/", call.base));
    }
    let Some((item, rest)) = Item::find(world, &call.path) else {
        return Answer::not_found();
    };
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match rest.as_slice() {
        ["build" | "buildWithParameters"] => start(world, call, item),
        [number, rest @ ..] => match item.build(world, number).map(|run| run.id) {
            Some(run) => on_build(world, call, run, rest),
            None => Answer::not_found(),
        },
        [] => Answer::not_found(),
    }
}

/// Starts a job. What it has no parameter for is dropped, and what is not given
/// has its default.
fn start(world: &mut World, call: &Call, item: Item) -> Answer {
    let Item::Job(service, workflow) = item else {
        return Answer::page(StatusCode::CONFLICT, "is not buildable");
    };
    let given = |name: &str, default: &str| call.field(name).unwrap_or(default).to_owned();
    let started = match workflow {
        Workflow::Rollback => {
            let dispatch = Dispatch {
                environment: given("ENVIRONMENT", "staging"),
                version: given("VERSION", ""),
                request_id: given("REQUEST_ID", ""),
            };
            if !["staging", "production"].contains(&dispatch.environment.as_str()) {
                return Answer::mistake("Illegal choice for parameter ENVIRONMENT");
            }
            // The same once more, while it waits for its turn, is one build.
            let same = item.queued(world).filter(|run| {
                run.dispatch.as_ref().is_some_and(|waiting| {
                    waiting.environment == dispatch.environment
                        && waiting.version == dispatch.version
                        && waiting.request_id == dispatch.request_id
                })
            });
            match same.map(|run| run.id) {
                Some(run) => Ok(run),
                None => world.dispatch(service, workflow, "main", OPERATOR, dispatch),
            }
        }
        _ => {
            let branch = format!("v{}", given("VERSION", "").trim_start_matches('v'));
            let built = item
                .builds(world)
                .into_iter()
                .find(|run| *run.branch == *branch);
            match built.map(|run| run.id) {
                Some(run) => world.again(run, OPERATOR),
                None => Err(Refusal::NotFound),
            }
        }
    };
    match started.ok().and_then(|run| world.runs.get(&run)) {
        Some(run) => {
            let item = format!("{}queue/item/{}/", call.base, jobs::queue_id(run));
            Answer::to(StatusCode::CREATED, item)
        }
        None => Answer::page(StatusCode::INTERNAL_SERVER_ERROR, "Oops"),
    }
}

fn on_build(world: &mut World, call: &Call, run: u64, rest: &[&str]) -> Answer {
    let Some(found) = world.runs.get(&run) else {
        return Answer::not_found();
    };
    let page = objects::address(world, &call.base, found);
    match rest {
        ["stop" | "term" | "kill"] => {
            // What has ended is answered as if it had been stopped.
            let _ = world.cancel(run);
            Answer::to(StatusCode::FOUND, page)
        }
        ["replay", "rebuild"] => match world.again(run, OPERATOR) {
            // The new build is not named: it may not have begun.
            Ok(_) => Answer::to(StatusCode::FOUND, format!("{page}../")),
            Err(_) => Answer::page(StatusCode::CONFLICT, "is not buildable"),
        },
        ["input", id, act] => {
            if *id != stages::INPUT || found.waiting.is_none() {
                return Answer::not_found();
            }
            match *act {
                // What it asks for is dropped without a word.
                "proceedEmpty" => answered(&world.review(run, OPERATOR, true, "")),
                "proceed" => {
                    if !fits(world, found, call.field("json")) {
                        return Answer::page(StatusCode::INTERNAL_SERVER_ERROR, "Oops");
                    }
                    answered(&world.review(run, OPERATOR, true, ""))
                }
                "abort" => answered(&world.abort(run, OPERATOR)),
                _ => Answer::not_found(),
            }
        }
        _ => Answer::not_found(),
    }
}

fn answered<T>(done: &Result<T, Refusal>) -> Answer {
    match done {
        Ok(_) => Answer::nothing(),
        Err(_) => Answer::mistake("This input has been already given"),
    }
}

/// Whether a submitted form names only what the input asks for.
fn fits(world: &World, run: &Run, form: Option<&str>) -> bool {
    let Some(form) = form.and_then(|form| serde_json::from_str::<Value>(form).ok()) else {
        return false;
    };
    let asked = stages::asked(world, run);
    let asked = asked.as_array().map(Vec::as_slice).unwrap_or_default();
    let given = form["parameter"].as_array().cloned().unwrap_or_default();
    given
        .iter()
        .all(|one| asked.iter().any(|known| known["name"] == one["name"]))
}
