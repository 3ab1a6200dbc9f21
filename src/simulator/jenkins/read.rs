//! Reading.

use axum::http::StatusCode;

use crate::simulator::world::{World, company::Host, run::Run};

use super::{
    call::{Answer, Call},
    console,
    jobs::{self, Item},
    objects, report, stages,
};

/// Answers a GET.
pub fn read(world: &World, call: &Call) -> Answer {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["whoAmI", "api", "json"] => call.object(&objects::me(world)),
        ["queue", "item", id, "api", "json"] => match queued(world, id) {
            Some(run) => call.object(&objects::queue_item(world, &call.base, run)),
            None => Answer::not_found(),
        },
        ["job", ..] => match Item::find(world, &call.path) {
            Some((item, rest)) => below(world, call, item, rest),
            None => Answer::not_found(),
        },
        _ => Answer::not_found(),
    }
}

/// The run that is or was this item of the queue.
pub fn queued<'w>(world: &'w World, id: &str) -> Option<&'w Run> {
    let id: u64 = id.parse().ok()?;
    world
        .services_of(Host::Jenkins)
        .into_iter()
        .flat_map(|service| world.runs_of(service))
        .find(|run| jobs::queue_id(run) == id)
}

fn below(world: &World, call: &Call, item: Item, rest: &[String]) -> Answer {
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match rest.as_slice() {
        ["api", "json"] => call.object(&objects::item(world, &call.base, item)),
        [number, rest @ ..] => match item.build(world, number) {
            Some(run) => build(world, call, run, rest),
            None => Answer::not_found(),
        },
        [] => Answer::not_found(),
    }
}

fn build(world: &World, call: &Call, run: &Run, rest: &[&str]) -> Answer {
    match rest {
        ["api", "json"] => call.object(&objects::build(world, &call.base, run)),
        ["wfapi" | "wfapi/describe"] | ["wfapi", "describe"] => {
            let full = call.field("fullStages") == Some("true");
            Answer::ok(&stages::describe(world, run, full))
        }
        ["wfapi", "pendingInputActions"] => Answer::ok(&stages::inputs(world, run)),
        ["testReport", "api", "json"] => match report::of(world, run) {
            Some(report) => call.object(&report),
            None => Answer::not_found(),
        },
        ["logText", "progressiveText"] => {
            let kept = console::kept(world, run);
            let start = call
                .field("start")
                .and_then(|start| start.parse().ok())
                // A log that is shorter than that was begun anew.
                .filter(|start| *start <= kept.len())
                .unwrap_or(0);
            let mut answer = Answer::nothing();
            answer.media = "text/plain;charset=utf-8";
            answer.body = console::shown(&kept, start).into_bytes();
            answer.headers.push(("x-text-size", kept.len().to_string()));
            if objects::result(run).is_none() {
                answer.headers.push(("x-more-data", "true".to_owned()));
            }
            answer
        }
        // What changes something is not for reading.
        ["stop" | "term" | "kill"] | ["replay", "rebuild"] | ["input", _, _] => {
            Answer::page(StatusCode::METHOD_NOT_ALLOWED, "POST is required")
        }
        _ => Answer::not_found(),
    }
}
