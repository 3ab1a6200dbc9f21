//! The fresh look after it: does GitHub show the effect? An answer of 2xx is
//! never taken for one.

use crate::{
    domain::{Act, Conclusion, DeploymentState, RunState, Text, Timestamp, Version},
    integrations::{
        contract::{Fault, Observation, Observe},
        http::Need,
    },
};

use super::{environment_id, precheck::fresh_tags, publish, run_of, wrong};
use crate::integrations::github::{
    look::Eyes,
    map::{deployment_state, run_state, version},
    wire::rest,
};

/// How far GitHub's clock may be behind ours before its times count as
/// earlier than our request, in seconds.
const SLACK: i64 = 120;

/// Says from a fresh read whether the effect is there.
///
/// # Errors
/// When it cannot be read.
pub async fn observe(eyes: &Eyes, operation: &Observe) -> Result<Observation, Fault> {
    match &operation.intent.act {
        Act::Approve {
            run,
            environment_key,
            ..
        } => {
            let (repository, run) = run_of(eyes, run)?;
            reviewed(eyes, repository, run, environment_key, "approved").await
        }
        Act::Decline {
            run,
            environment_key,
            ..
        } => {
            let (repository, run) = run_of(eyes, run)?;
            reviewed(eyes, repository, run, environment_key, "rejected").await
        }
        Act::RerunFailed { run, attempt } => {
            let (repository, run) = run_of(eyes, run)?;
            let seen = eyes.client.run(repository, run, Need::Fresh).await?.value;
            Ok(if seen.run_attempt > *attempt {
                done(&format!(
                    "run #{} is at attempt {}",
                    seen.run_number, seen.run_attempt
                ))
            } else {
                pending(&format!(
                    "run #{} is still at attempt {}",
                    seen.run_number, seen.run_attempt
                ))
            })
        }
        Act::CancelRun { run, attempt } => {
            let (repository, run) = run_of(eyes, run)?;
            let seen = eyes.client.run(repository, run, Need::Fresh).await?.value;
            let number = seen.run_number;
            Ok(match run_state(&seen.status, seen.conclusion.as_deref()) {
                _ if seen.run_attempt > *attempt => refuted(&format!(
                    "run #{number} was run again before it was cancelled"
                )),
                RunState::Done(Conclusion::Cancelled) => {
                    done(&format!("run #{number} is cancelled"))
                }
                RunState::Done(_) => refuted(&format!(
                    "run #{number} ended before it was cancelled: {}",
                    seen.conclusion.unwrap_or_default()
                )),
                _ => pending(&format!("run #{number} is still {}", seen.status)),
            })
        }
        Act::RollBack {
            to,
            repository,
            workflow,
            ..
        } => rolled_back(eyes, operation, repository, workflow, to).await,
        Act::RollBackByRerun {
            to, run, attempt, ..
        } => {
            let (repository, run) = run_of(eyes, run)?;
            ran_again(eyes, operation, (repository, run, *attempt), to).await
        }
        Act::Undo { .. } | Act::Steer { .. } => Err(wrong(
            "GitHub runs no workloads: ask the integration of the cluster",
        )),
        Act::Acknowledge { .. } | Act::Resolve { .. } | Act::AddNote { .. } => Err(wrong(
            "GitHub knows no incidents: ask the integration that pages",
        )),
        Act::Publish { .. } => publish::observe(eyes, operation).await,
    }
}

fn done(proof: &str) -> Observation {
    Observation::Done(Text::new(proof))
}

fn refuted(why: &str) -> Observation {
    Observation::Refuted(Text::new(why))
}

fn pending(what: &str) -> Observation {
    Observation::Pending(Text::new(what))
}

/// Reviews of earlier attempts stay in the list, so a review alone proves
/// nothing while the environment still waits.
async fn reviewed(
    eyes: &Eyes,
    repository: &str,
    run: u64,
    environment_key: &str,
    wanted: &str,
) -> Result<Observation, Fault> {
    let environment = environment_id(environment_key)?;
    let waiting = eyes.client.pending(repository, run, Need::Fresh).await?;
    if waiting
        .value
        .items
        .iter()
        .any(|pending| pending.environment.id == environment)
    {
        return Ok(pending("the environment still waits"));
    }
    if waiting.value.malformed > 0 {
        return Err(wrong(
            "GitHub's list of what waits cannot be read as a whole",
        ));
    }
    let reviews = eyes.client.reviews(repository, run).await?;
    let ours: Vec<&rest::Review> = reviews
        .value
        .items
        .iter()
        .filter(|review| {
            review
                .environments
                .items
                .iter()
                .any(|reviewed| reviewed.id == environment)
        })
        .collect();
    let by = |review: &rest::Review| {
        format!(
            "{} by {}",
            review.state,
            review
                .user
                .as_ref()
                .map_or("somebody", |user| user.login.as_str())
        )
    };
    if let Some(review) = ours.iter().find(|review| review.state == wanted) {
        return Ok(done(&by(review)));
    }
    if let Some(review) = ours.first() {
        return Ok(refuted(&format!("it was {}", by(review))));
    }
    let seen = eyes.client.run(repository, run, Need::Fresh).await?.value;
    Ok(match run_state(&seen.status, seen.conclusion.as_deref()) {
        RunState::Done(_) => refuted(&format!(
            "run #{} ended without a review: {}",
            seen.run_number,
            seen.conclusion.unwrap_or_default()
        )),
        _ => pending("the environment waits no more, but GitHub does not list the review yet"),
    })
}

/// The run has to succeed, and a deployment of the version has to be there.
async fn rolled_back(
    eyes: &Eyes,
    operation: &Observe,
    repository: &str,
    workflow: &str,
    to: &Version,
) -> Result<Observation, Fault> {
    let run = match operation.handle.parse::<u64>() {
        Ok(id) => eyes.client.run(repository, id, Need::Fresh).await?.value,
        Err(_) => match by_operation(eyes, operation, repository, workflow).await? {
            Ok(run) => run,
            Err(why) => return Ok(pending(&why)),
        },
    };
    let number = run.run_number;
    match run_state(&run.status, run.conclusion.as_deref()) {
        RunState::Done(Conclusion::Success) => {}
        RunState::Done(_) => {
            return Ok(refuted(&format!(
                "run #{number} of {workflow} ended as {}",
                run.conclusion.unwrap_or_default()
            )));
        }
        _ => return Ok(pending(&format!("run #{number} is {}", run.status))),
    }
    deployed(eyes, operation, repository, number, to).await
}

/// The new attempt of the old run has to succeed, and a deployment of the
/// version has to be there.
async fn ran_again(
    eyes: &Eyes,
    operation: &Observe,
    (repository, run, attempt): (&str, u64, u32),
    to: &Version,
) -> Result<Observation, Fault> {
    let run = eyes.client.run(repository, run, Need::Fresh).await?.value;
    // It is older than what the watch looks at by itself, and it will wait for
    // a yes that somebody has to find.
    eyes.note_run(repository, &run);
    let number = run.run_number;
    if run.run_attempt <= attempt {
        return Ok(pending(&format!(
            "run #{number} is still at attempt {}",
            run.run_attempt
        )));
    }
    match run_state(&run.status, run.conclusion.as_deref()) {
        RunState::Done(Conclusion::Success) => {}
        RunState::Done(_) => {
            return Ok(refuted(&format!(
                "attempt {} of run #{number} ended as {}",
                run.run_attempt,
                run.conclusion.unwrap_or_default()
            )));
        }
        RunState::Waiting => {
            return Ok(pending(&format!(
                "attempt {} of run #{number} waits for a yes: it asks for its approvals anew",
                run.run_attempt
            )));
        }
        _ => {
            return Ok(pending(&format!(
                "attempt {} of run #{number} is {}",
                run.run_attempt, run.status
            )));
        }
    }
    deployed(eyes, operation, repository, number, to).await
}

/// Whether a deployment of the version, made since, is there.
async fn deployed(
    eyes: &Eyes,
    operation: &Observe,
    repository: &str,
    number: u64,
    to: &Version,
) -> Result<Observation, Fault> {
    let environment = operation
        .intent
        .environment
        .as_ref()
        .ok_or_else(|| wrong("the rollback names no environment"))?;
    let tags = fresh_tags(eyes, repository).await?;
    let list = eyes
        .client
        .deployments(repository, Some(environment.as_str()), Need::Fresh)
        .await?;
    let mut newer: Vec<&rest::Deployment> = list
        .value
        .items
        .iter()
        .filter(|deployment| is_since(deployment.created_at, operation.since))
        .collect();
    newer.sort_by_key(|deployment| std::cmp::Reverse(deployment.created_at));
    for deployment in newer {
        let version = version::of_deployment(
            &tags,
            &deployment.payload,
            &deployment.reference,
            &deployment.sha,
        );
        if &version != to {
            continue;
        }
        let status = eyes
            .client
            .deployment_status(repository, deployment.id, Need::Fresh)
            .await?
            .value;
        let word = status.map_or_else(|| "pending".to_owned(), |status| status.state);
        return Ok(match deployment_state(&word) {
            DeploymentState::Success => done(&format!(
                "{environment} serves {to} since run #{number} (deployment {})",
                deployment.id
            )),
            DeploymentState::Failure => refuted(&format!(
                "the deployment of {to} to {environment} ended as {word}"
            )),
            _ => pending(&format!(
                "run #{number} succeeded; the deployment of {to} is {word}"
            )),
        });
    }
    Ok(pending(&format!(
        "run #{number} succeeded, but {environment} shows no deployment of {to} yet"
    )))
}

/// The run that carries the operation's id in its title, where the answer was
/// lost; or why it cannot be told.
async fn by_operation(
    eyes: &Eyes,
    operation: &Observe,
    repository: &str,
    workflow: &str,
) -> Result<Result<rest::Run, String>, Fault> {
    let runs = eyes.client.dispatched(repository, workflow).await?;
    let mut since = runs
        .value
        .items
        .into_iter()
        .filter(|run| is_since(run.created_at, operation.since))
        .collect::<Vec<_>>();
    if let Some(position) = since
        .iter()
        .position(|run| run.display_title.contains(operation.id.as_str()))
    {
        return Ok(Ok(since.swap_remove(position)));
    }
    Ok(Err(match since.first() {
        None => format!("GitHub shows no run of {workflow} since then"),
        Some(run) => format!(
            "run #{} of {workflow} was started since, but does not carry this operation's id: \
             look at it (`run-name: … ${{{{ inputs.request_id }}}}` in the workflow makes it tell)",
            run.run_number
        ),
    }))
}

fn is_since(at: Timestamp, since: Timestamp) -> bool {
    at >= since - chrono::TimeDelta::seconds(SLACK)
}
