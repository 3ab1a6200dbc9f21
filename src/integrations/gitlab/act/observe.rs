//! The fresh look after it: does GitLab show the effect? An answer of 2xx is
//! never taken for one.

use crate::{
    domain::{Act, Conclusion, DeploymentState, Origin, RunState, Text, Version},
    integrations::{
        contract::{Fault, Observation, Observe},
        gitlab::{
            look::Eyes,
            map::{self, key::Key},
            wire,
        },
        http::Need,
    },
};

use super::{
    is_since, no_incidents,
    precheck::{given, pipeline},
    publish, wrong,
};

/// Says from a fresh read whether the effect is there.
///
/// # Errors
/// When it cannot be read.
pub async fn observe(eyes: &Eyes, operation: &Observe) -> Result<Observation, Fault> {
    match &operation.intent.act {
        Act::Approve { approval, .. } => match eyes.read_key(approval)? {
            Key::Deployment { project, id } => answered(eyes, project, id, "approved").await,
            Key::Job { project, id } => played(eyes, project, id).await,
            Key::Pipeline { .. } => Err(wrong(&format!("{approval} is no approval"))),
        },
        Act::Decline { approval, .. } => match eyes.read_key(approval)? {
            Key::Deployment { project, id } => answered(eyes, project, id, "rejected").await,
            _ => Err(wrong(&format!("{approval} cannot be declined"))),
        },
        Act::RerunFailed { run, attempt } => match eyes.read_key(run)? {
            Key::Pipeline { project, id } => {
                let (seen, tries) = pipeline(eyes, project, id).await?;
                let number = map::number(&seen);
                Ok(if tries > *attempt {
                    done(&format!("pipeline #{number} is at attempt {tries}"))
                } else {
                    pending(&format!("pipeline #{number} is still at attempt {tries}"))
                })
            }
            Key::Job { project, id } => retried(eyes, project, id).await,
            Key::Deployment { .. } => Err(wrong(&format!("{run} is no pipeline"))),
        },
        Act::CancelRun { run, attempt } => match eyes.read_key(run)? {
            Key::Pipeline { project, id } => {
                let (seen, tries) = pipeline(eyes, project, id).await?;
                let number = map::number(&seen);
                Ok(if tries > *attempt {
                    refuted(&format!(
                        "pipeline #{number} was run again before it was cancelled"
                    ))
                } else {
                    cancelled(&format!("pipeline #{number}"), &seen.status)
                })
            }
            Key::Job { project, id } => {
                let job = eyes.client.job(project, id, Need::Fresh).await?.value;
                Ok(cancelled(&format!("the job {}", job.name), &job.status))
            }
            Key::Deployment { .. } => Err(wrong(&format!("{run} is no pipeline"))),
        },
        Act::RollBackByRerun {
            to, run, commit, ..
        } => went_back(eyes, operation, run, to, commit).await,
        Act::RollBack { .. } => Err(wrong("GitLab starts no rollback workflow")),
        Act::Undo { .. } | Act::Steer { .. } => Err(wrong(
            "GitLab runs no workloads: ask the integration of the cluster",
        )),
        Act::Acknowledge { .. } | Act::Resolve { .. } | Act::AddNote { .. } => Err(no_incidents()),
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

/// Our own answer has to be there: that the deployment waits no more can have
/// been somebody else.
async fn answered(eyes: &Eyes, project: &str, id: u64, wanted: &str) -> Result<Observation, Fault> {
    let me = eyes.me().await?;
    let one = eyes
        .client
        .deployment(project, id, Need::Fresh)
        .await?
        .value;
    if given(&one, &me, wanted) {
        let lack = one.pending_approval_count.unwrap_or_default();
        let rest = match (wanted, one.status.as_str()) {
            ("approved", "blocked") if lack > 0 => format!("; {lack} more approvals are wanted"),
            ("approved", "created") if map::job_status(&one) == Some("manual") => {
                "; its job waits to be played".to_owned()
            }
            (_, status) => format!("; the deployment is {status}"),
        };
        return Ok(done(&format!("{wanted} by {}{rest}", me.username)));
    }
    Ok(if one.status == "blocked" {
        pending("the deployment still waits, without our answer")
    } else {
        refuted(&format!(
            "the deployment is {} without our answer",
            one.status
        ))
    })
}

async fn played(eyes: &Eyes, project: &str, id: u64) -> Result<Observation, Fault> {
    let job = eyes.client.job(project, id, Need::Fresh).await?.value;
    let says = format!("the job {} is {}", job.name, job.status);
    Ok(match job.status.as_str() {
        "manual" => pending(&format!("the job {} still waits to be played", job.name)),
        "skipped" | "canceled" => refuted(&says),
        _ => done(&says),
    })
}

async fn retried(eyes: &Eyes, project: &str, id: u64) -> Result<Observation, Fault> {
    let old = eyes.client.job(project, id, Need::Fresh).await?.value;
    let Some(pipeline) = old.pipeline else {
        return Err(wrong("GitLab does not tell the pipeline of the job"));
    };
    let jobs = eyes
        .client
        .jobs(project, pipeline.id, Need::Fresh)
        .await?
        .value
        .items;
    let newer = jobs
        .iter()
        .find(|job| job.id > id && (&job.stage, &job.name) == (&old.stage, &old.name));
    Ok(match newer {
        Some(job) => done(&format!("job {} of {} is {}", job.id, job.name, job.status)),
        None => pending(&format!("there is no newer job of {} yet", old.name)),
    })
}

fn cancelled(what: &str, status: &str) -> Observation {
    match map::run_state(status) {
        RunState::Done(Conclusion::Cancelled) => done(&format!("{what} is cancelled")),
        RunState::Done(_) => refuted(&format!("{what} ended before it was cancelled: {status}")),
        _ => pending(&format!("{what} is still {status}")),
    }
}

/// A new deployment of the commit by the old pipeline has to be there, and to
/// have arrived.
async fn went_back(
    eyes: &Eyes,
    operation: &Observe,
    run: &Origin,
    to: &Version,
    commit: &Text,
) -> Result<Observation, Fault> {
    let Key::Pipeline { project, id } = eyes.read_key(run)? else {
        return Err(wrong(&format!("{run} is no pipeline")));
    };
    let environment = operation
        .intent
        .environment
        .as_ref()
        .ok_or_else(|| wrong("the rollback names no environment"))?;
    let list = eyes
        .client
        .deployments(project, Some(environment.as_str()), Need::Fresh)
        .await?
        .value;
    if list.malformed > 0 {
        return Err(wrong(
            "GitLab's list of deployments cannot be read as a whole",
        ));
    }
    // It is older than what the watch looks at by itself, and may wait for
    // somebody.
    let seen = eyes.client.pipeline(project, id, Need::Fresh).await?.value;
    eyes.remember(project, |known| {
        let run = known.note_pipeline(&eyes.source, &seen);
        if run.state.is_live() {
            known.uncovered.insert(id);
        }
    });
    let newest = list
        .items
        .iter()
        .filter(|one| map::pipeline_of(one) == Some(id))
        .filter(|one| commit.is_empty() || one.sha == commit.as_str())
        .filter(|one| is_since(one.created_at, operation.since))
        .max_by_key(|one| one.id);
    match newest {
        Some(one) => Ok(arrived(one, environment.as_str(), to)),
        None => not_there(eyes, operation, project, environment.as_str(), to).await,
    }
}

fn arrived(one: &wire::Deployment, environment: &str, to: &Version) -> Observation {
    let waits = |for_what: &str| {
        pending(&format!(
            "the new deployment of {to} waits {for_what} (deployment {})",
            one.id
        ))
    };
    match map::deployment_state(one) {
        DeploymentState::Success => done(&format!(
            "{environment} serves {to} since deployment {}",
            one.id
        )),
        DeploymentState::Failure | DeploymentState::Inactive => refuted(&format!(
            "the deployment of {to} to {environment} ended as {}",
            one.status
        )),
        DeploymentState::Waiting if one.status == "blocked" => {
            waits("for a yes: it asks for its approvals anew")
        }
        DeploymentState::Waiting => waits("until somebody plays its job"),
        _ => pending(&format!(
            "the new deployment of {to} is {} (deployment {})",
            one.status, one.id
        )),
    }
}

/// What the new job says, while there is no deployment.
async fn not_there(
    eyes: &Eyes,
    operation: &Observe,
    project: &str,
    environment: &str,
    to: &Version,
) -> Result<Observation, Fault> {
    let Ok(id) = operation.handle.parse::<u64>() else {
        return Ok(pending(&format!(
            "{environment} shows no new deployment of {to} yet"
        )));
    };
    let job = eyes.client.job(project, id, Need::Fresh).await?.value;
    Ok(match map::run_state(&job.status) {
        RunState::Done(Conclusion::Success) => pending(&format!(
            "the job {} succeeded, but {environment} shows no new deployment of {to} yet",
            job.name
        )),
        RunState::Done(_) => refuted(&format!("the job {} ended as {}", job.name, job.status)),
        _ => pending(&format!("the job {} is {}", job.name, job.status)),
    })
}
