//! Stages and steps as jobs, and the inputs that stages wait for.

use super::{Place, conclusion, instant, later, parameter, run, run_state};
use crate::{
    domain::{Approval, EnvironmentName, Grant, Job, RunState, Step, Text, Timestamp},
    integrations::jenkins::{memory::Known, rules::Goes, wire},
};

/// Where a stage or step stands. The set is open.
#[must_use]
pub fn stage_state(status: &str) -> RunState {
    match status {
        "IN_PROGRESS" => RunState::Running,
        "PAUSED_PENDING_INPUT" => RunState::Waiting,
        "QUEUED" => RunState::Queued,
        "SUCCESS" | "UNSTABLE" | "FAILED" | "ABORTED" | "NOT_EXECUTED" => {
            RunState::Done(conclusion(status))
        }
        other => RunState::Other(Text::new(&other.to_lowercase())),
    }
}

/// The stages of a build as its jobs; a build without stages is one job.
#[must_use]
pub fn jobs(place: &Place<'_>, job: &str, known: &Known) -> Vec<Job> {
    let build = &known.build;
    let log = Text::new(&format!("{}console", build.url));
    let Some(stages) = known.stages.as_ref().filter(|stages| !stages.is_empty()) else {
        let created = instant(build.timestamp);
        let finished = (!build.building).then(|| later(created, build.duration));
        return vec![Job {
            id: place.part(job, build.number, "stages", "all"),
            name: Text::new("build"),
            state: run_state(build),
            created: Some(created),
            started: Some(created),
            finished,
            runner: None,
            steps: Vec::new(),
            url: log,
        }];
    };
    stages
        .iter()
        .map(|stage| {
            let state = stage_state(&stage.status);
            let (started, finished) = times(stage, &state);
            Job {
                id: place.part(job, build.number, "stages", &stage.id),
                name: Text::new(&stage.name),
                created: started,
                started,
                finished,
                runner: Some(Text::new(&stage.exec_node)).filter(|name| !name.is_empty()),
                steps: steps(stage),
                url: log.clone(),
                state,
            }
        })
        .collect()
}

fn times(stage: &wire::Stage, state: &RunState) -> (Option<Timestamp>, Option<Timestamp>) {
    if stage.start_time_millis == 0 {
        return (None, None);
    }
    let started = instant(stage.start_time_millis);
    let ended = !state.is_live();
    let finished = ended.then(|| later(started, stage.duration_millis));
    (Some(started), finished)
}

/// The steps of a stage, where they are told; else why it failed.
fn steps(stage: &wire::Stage) -> Vec<Step> {
    let mut steps: Vec<Step> = stage
        .stage_flow_nodes
        .items
        .iter()
        .zip(1..)
        .map(|(node, number)| {
            let state = stage_state(&node.status);
            let (started, finished) = times(node, &state);
            let name = match node.parameter_description.lines().next() {
                Some(more) if !more.is_empty() => format!("{}: {more}", node.name),
                _ => node.name.clone(),
            };
            Step {
                number,
                name: Text::new(&name),
                state,
                started,
                finished,
            }
        })
        .collect();
    if let Some(trouble) = &stage.error
        && !trouble.message.is_empty()
        && !steps.iter().any(|step| step.state.is_failed())
    {
        let state = stage_state(&stage.status);
        let (started, finished) = times(stage, &state);
        let message = trouble.message.lines().next().unwrap_or_default();
        steps.push(Step {
            number: u32::try_from(steps.len() + 1).unwrap_or(u32::MAX),
            name: Text::new(message),
            state,
            started,
            finished,
        });
    }
    steps
}

/// What a build waits for. The environment is that of the stage that waits, as
/// the rule about the job tells it; else the stage's name.
#[must_use]
pub fn approvals(place: &Place<'_>, job: &str, known: &Known) -> Vec<Approval> {
    let build = &known.build;
    let run = run(place, job, known);
    let paused = known
        .stages
        .iter()
        .flatten()
        .find(|stage| stage.status == "PAUSED_PENDING_INPUT");
    let goes = place
        .rule(job)
        .and_then(|rule| rule.goes(|name| parameter(build, name)));
    let environment = match goes {
        Some(Goes::To(environment)) => Some(environment),
        Some(Goes::ByStages(stages)) => paused
            .and_then(|stage| stages.get(&stage.name))
            .map(|name| EnvironmentName::new(name)),
        None => None,
    };
    let environment = environment
        .unwrap_or_else(|| EnvironmentName::new(paused.map_or("input", |stage| &stage.name)));
    let since = paused.map_or(run.created, |stage| {
        let worked = (stage.duration_millis).saturating_sub(stage.pause_duration_millis);
        later(instant(stage.start_time_millis), worked)
    });
    known
        .inputs
        .iter()
        .map(|input| Approval {
            id: place.part(job, build.number, "inputs", &input.id),
            service: run.service.clone(),
            environment: environment.clone(),
            environment_key: Text::new(&input.id),
            run: run.id.clone(),
            run_number: build.number,
            title: Text::new(input.message.lines().next().unwrap_or_default()),
            version: run.version.clone(),
            commit: run.commit.clone(),
            requested_by: run.actor.clone(),
            waiting_since: since,
            // Jenkins tells neither who may answer nor whether we may.
            can_approve: None,
            grants: Grant::Deploys,
            reviewers: vec![Text::new("whoever the pipeline lets submit it")],
            url: Text::new(&format!("{}input/", build.url)),
        })
        .collect()
}
