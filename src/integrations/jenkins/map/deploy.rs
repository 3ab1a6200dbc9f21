//! What builds have deployed, by the rules of the configuration.

use std::collections::BTreeMap;

use super::{Place, commit, instant, later, parameter, run_state, stage_state, version};
use crate::{
    domain::{
        Conclusion, Deployment, DeploymentState, EnvironmentName, RunState, ServiceName, Text,
        Timestamp, Version,
    },
    integrations::{
        jenkins::{memory::Known, rules::Goes, wire},
        versions,
    },
};

/// Where a deployment stands when what carries it out stands so; none when it
/// was never begun.
fn state(result: &str, of: RunState) -> Option<DeploymentState> {
    Some(match of {
        // An unstable build has gone all its way: what it deployed serves.
        RunState::Done(Conclusion::Failure) if result == "UNSTABLE" => DeploymentState::Success,
        RunState::Done(Conclusion::Success) => DeploymentState::Success,
        RunState::Done(Conclusion::Failure) => DeploymentState::Failure,
        RunState::Done(Conclusion::Cancelled) => DeploymentState::Inactive,
        RunState::Done(Conclusion::Skipped) => return None,
        RunState::Queued => DeploymentState::Queued,
        RunState::Waiting => DeploymentState::Waiting,
        RunState::Running => DeploymentState::InProgress,
        RunState::Done(Conclusion::Other(word)) | RunState::Other(word) => {
            DeploymentState::Other(word)
        }
        RunState::Done(_) => DeploymentState::Failure,
    })
}

/// What a build has deployed or is deploying, as the rule about its job tells.
#[must_use]
pub fn deployments(place: &Place<'_>, job: &str, known: &Known) -> Vec<Deployment> {
    let build = &known.build;
    let given = |name: &str| parameter(build, name);
    let Some(goes) = place.rule(job).and_then(|rule| rule.goes(given)) else {
        return Vec::new();
    };
    let created = instant(build.timestamp);
    match goes {
        Goes::To(environment) => {
            let waits = build.building && !known.inputs.is_empty();
            let of = if waits {
                RunState::Waiting
            } else {
                run_state(build)
            };
            let took = if build.building { 0 } else { build.duration };
            let updated = later(created, took);
            state(build.result.as_deref().unwrap_or_default(), of)
                .map(|state| one(place, job, known, environment, state, (created, updated)))
                .into_iter()
                .collect()
        }
        Goes::ByStages(stages) => known
            .stages
            .iter()
            .flatten()
            .filter_map(|stage| {
                let environment = EnvironmentName::new(stages.get(&stage.name)?);
                let state = state(&stage.status, stage_state(&stage.status))?;
                let begun = if stage.start_time_millis > 0 {
                    instant(stage.start_time_millis)
                } else {
                    created
                };
                let ended = later(begun, settled_after(stage));
                Some(one(place, job, known, environment, state, (begun, ended)))
            })
            .collect(),
    }
}

/// How long a stage took; nothing while it is at work, so that what does not
/// change is told as it was.
fn settled_after(stage: &wire::Stage) -> i64 {
    if stage_state(&stage.status).is_live() {
        0
    } else {
        stage.duration_millis.max(0)
    }
}

fn one(
    place: &Place<'_>,
    job: &str,
    known: &Known,
    environment: EnvironmentName,
    state: DeploymentState,
    (created, updated): (Timestamp, Timestamp),
) -> Deployment {
    let build = &known.build;
    let commit = commit(known);
    let version = version(place, job, known).unwrap_or_else(|| {
        if commit.is_empty() {
            Version::new(&format!("#{}", build.number))
        } else {
            Version(versions::short(&commit))
        }
    });
    let actor = super::causes(build)
        .map(|cause| cause.user_id.as_str())
        .find(|user| !user.is_empty())
        .unwrap_or_default();
    Deployment {
        id: place.part(job, build.number, "environments", environment.as_str()),
        service: place.service_of(job, build),
        environment,
        version,
        commit,
        digest: None,
        state,
        creator: Text::new(actor),
        created,
        updated,
        run: Some(place.build(job, build.number)),
        url: Text::new(&build.url),
    }
}

/// The environment that a build goes to: of several the one that it has
/// reached.
#[must_use]
pub fn environment(place: &Place<'_>, job: &str, known: &Known) -> Option<EnvironmentName> {
    let given = |name: &str| parameter(&known.build, name);
    match place.rule(job)?.goes(given)? {
        Goes::To(environment) => Some(environment),
        Goes::ByStages(_) => deployments(place, job, known)
            .into_iter()
            .max_by_key(|one| one.created)
            .map(|one| one.environment),
    }
}

/// Only the newest successful deployment of a service to an environment
/// serves.
pub fn settle(deployments: &mut [Deployment]) {
    let mut serving: BTreeMap<(ServiceName, EnvironmentName), Timestamp> = BTreeMap::new();
    for one in deployments.iter() {
        if one.state == DeploymentState::Success {
            let place = (one.service.clone(), one.environment.clone());
            let newest = serving.entry(place).or_insert(one.updated);
            *newest = (*newest).max(one.updated);
        }
    }
    for one in deployments {
        let place = (one.service.clone(), one.environment.clone());
        if one.state == DeploymentState::Success
            && serving
                .get(&place)
                .is_some_and(|newest| one.updated < *newest)
        {
            one.state = DeploymentState::Inactive;
        }
    }
}
