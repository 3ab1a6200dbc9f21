//! Stages and inputs, as the plugin "Pipeline: REST API" tells them.

use serde_json::{Value, json};

use crate::simulator::world::{
    World,
    run::{Conclusion, Job, Run, Status, Step},
};

use super::{PREFIX, jobs::Item, objects::millis};

/// The name of the input before production; Jenkins writes its first letter in
/// upper case.
pub const INPUT: &str = "Production";

/// The word of the plugin for where a stage or step stands.
fn status(status: Status, conclusion: Option<Conclusion>) -> &'static str {
    match (status, conclusion) {
        (Status::Queued, _) => "QUEUED",
        (Status::InProgress, _) => "IN_PROGRESS",
        (Status::Waiting, _) => "PAUSED_PENDING_INPUT",
        (Status::Completed, Some(Conclusion::Failure)) => "FAILED",
        (Status::Completed, Some(Conclusion::Cancelled)) => "ABORTED",
        (Status::Completed, Some(Conclusion::Skipped)) => "NOT_EXECUTED",
        (Status::Completed, _) => "SUCCESS",
    }
}

/// A build by its stages. What was not reached is not there.
pub fn describe(world: &World, run: &Run, full: bool) -> Value {
    let path = format!("{PREFIX}/{}{}", Item::of(run).path(world), run.number);
    let stages: Vec<Value> = run
        .jobs(&run.latest)
        .iter()
        .filter(|job| job.mark.status != Status::Queued)
        .map(|job| stage(world, run, job, &path, full))
        .collect();
    let whole = match run.latest.status {
        Status::Completed => status(Status::Completed, run.latest.conclusion),
        other => status(other, None),
    };
    json!({
        "_links": { "self": { "href": format!("{path}/wfapi/describe") } },
        "id": run.number.to_string(),
        "name": format!("#{}", run.number),
        "status": whole,
        "startTimeMillis": millis(run.created_at),
        "endTimeMillis": millis(run.latest.updated_at),
        "durationMillis": (run.latest.updated_at - run.created_at).num_milliseconds(),
        "queueDurationMillis": 3,
        "pauseDurationMillis": 0,
        "stages": stages,
    })
}

fn stage(world: &World, run: &Run, job: &Job, path: &str, full: bool) -> Value {
    let now = world.now();
    let paused = run.waiting.map(|(_, since)| since);
    let waits = job.mark.status == Status::Waiting;
    let begun = job
        .mark
        .started_at
        .or(paused)
        .unwrap_or(run.latest.updated_at);
    let ended = job.mark.completed_at.unwrap_or(now);
    let id = (usize::from(job.index) * 7 + 6).to_string();
    let pause = if waits {
        (now - begun).num_milliseconds()
    } else {
        0
    };
    let mut stage = json!({
        "_links": { "self": { "href": format!("{path}/execution/node/{id}/wfapi/describe") } },
        "id": id,
        "name": job.plan.name,
        "execNode": "",
        "status": status(job.mark.status, job.mark.conclusion),
        "startTimeMillis": millis(begun),
        "durationMillis": (ended - begun).num_milliseconds(),
        "pauseDurationMillis": pause,
    });
    if job.mark.conclusion == Some(Conclusion::Failure) {
        stage["error"] = json!({
            "message": "script returned exit code 1",
            "type": "hudson.AbortException",
        });
    }
    if full {
        let steps = job.steps(now);
        let nodes = steps.iter().zip(1..).map(|(one, number): (&Step, u32)| {
            let begun = one.mark.started_at.unwrap_or(begun);
            json!({
                "_links": {},
                "id": format!("{id}{number:02}"),
                "name": "Shell Script",
                "execNode": "",
                "status": status(one.mark.status, one.mark.conclusion),
                "parameterDescription": one.name,
                "startTimeMillis": millis(begun),
                "durationMillis":
                    (one.mark.completed_at.unwrap_or(now) - begun).num_milliseconds().max(0),
                "pauseDurationMillis": 0,
                "parentNodes": [],
            })
        });
        stage["stageFlowNodes"] = nodes.collect();
    }
    stage
}

/// What a build waits for. Services of the first tier ask how fast to go.
pub fn inputs(world: &World, run: &Run) -> Value {
    if run.waiting.is_none() {
        return json!([]);
    }
    let path = format!("{PREFIX}/{}{}", Item::of(run).path(world), run.number);
    let service = &world.services[run.service];
    json!([{
        "id": INPUT,
        "message": format!("Deploy {} {} to production?", service.name, run.branch),
        "proceedText": "Deploy",
        "inputs": asked(world, run),
        "proceedUrl": format!("{path}/wfapi/inputSubmit?inputId={INPUT}"),
        "abortUrl": format!("{path}/input/{INPUT}/abort"),
        "redirectApprovalUrl": format!("{path}/input/"),
    }])
}

/// What has to be given with a yes.
pub fn asked(world: &World, run: &Run) -> Value {
    if world.services[run.service].tier > 1 {
        return json!([]);
    }
    json!([{
        "type": "ChoiceParameterDefinition",
        "name": "PACE",
        "description": "How fast to go",
        "definition": { "defaultVal": "careful", "choices": ["careful", "fast"] },
    }])
}
