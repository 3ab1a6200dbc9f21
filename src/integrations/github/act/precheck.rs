//! The fresh look before anything is sent: is the target still in the state
//! that the person saw?

use chrono::TimeDelta;

use crate::{
    domain::{Act, DeploymentState, Intent, RunState, Text, Timestamp, Version},
    integrations::{
        contract::{Fault, Precheck},
        http::Need,
    },
};

use super::{environment_id, publish, run_of, wrong};
use crate::integrations::github::{
    look::Eyes,
    map::{
        deployment_state, run_state,
        version::{self, Tags},
    },
    wire::rest,
};

/// GitHub runs a run again for so many days after it was made (GitHub
/// documentation, "Re-running workflows and jobs").
const RERUN_DAYS: i64 = 30;

/// Compares the target with what the person saw.
///
/// # Errors
/// When it cannot be read.
pub async fn precheck(eyes: &Eyes, intent: &Intent) -> Result<Precheck, Fault> {
    match &intent.act {
        Act::Approve {
            run,
            environment_key,
            ..
        }
        | Act::Decline {
            run,
            environment_key,
            ..
        } => {
            let (repository, run) = run_of(eyes, run)?;
            waits(eyes, repository, run, environment_id(environment_key)?).await
        }
        Act::RerunFailed { run, attempt } => {
            let (repository, run) = run_of(eyes, run)?;
            let seen = eyes.client.run(repository, run, Need::Fresh).await?.value;
            let state = run_state(&seen.status, seen.conclusion.as_deref());
            Ok(if seen.run_attempt != *attempt {
                moved(&format!(
                    "run #{} is at attempt {} by now, not {attempt}",
                    seen.run_number, seen.run_attempt
                ))
            } else if state.is_live() {
                moved(&format!("run #{} is still at work", seen.run_number))
            } else if state == RunState::Done(crate::domain::Conclusion::Success) {
                moved(&format!("run #{} has succeeded", seen.run_number))
            } else {
                Precheck::Ready
            })
        }
        Act::CancelRun { run, attempt } => {
            let (repository, run) = run_of(eyes, run)?;
            let seen = eyes.client.run(repository, run, Need::Fresh).await?.value;
            let state = run_state(&seen.status, seen.conclusion.as_deref());
            Ok(if seen.run_attempt != *attempt {
                moved(&format!(
                    "run #{} is at attempt {} by now, not {attempt}",
                    seen.run_number, seen.run_attempt
                ))
            } else if state.is_live() {
                Precheck::Ready
            } else {
                moved(&format!(
                    "run #{} has ended already ({})",
                    seen.run_number,
                    seen.conclusion.unwrap_or(seen.status)
                ))
            })
        }
        Act::RollBack {
            from,
            to,
            repository,
            workflow,
            ..
        } => {
            let environment = intent.environment.as_ref().ok_or_else(|| {
                wrong("the rollback names no environment, so nothing can be compared")
            })?;
            if let Some(run) = in_flight(eyes, repository, workflow, to).await? {
                return Ok(moved(&run));
            }
            serves(eyes, repository, environment.as_str(), from).await
        }
        Act::RollBackByRerun {
            from,
            run,
            attempt,
            commit,
            ..
        } => {
            let (repository, run) = run_of(eyes, run)?;
            let environment = intent.environment.as_ref().ok_or_else(|| {
                wrong("the rollback names no environment, so nothing can be compared")
            })?;
            let seen = eyes.client.run(repository, run, Need::Fresh).await?;
            if let Some(why) = not_again(&seen.value, seen.at, *attempt, commit) {
                return Ok(moved(&why));
            }
            serves(eyes, repository, environment.as_str(), from).await
        }
        Act::Undo { .. } | Act::Steer { .. } => Err(wrong(
            "GitHub runs no workloads: ask the integration of the cluster",
        )),
        Act::Acknowledge { .. } | Act::Resolve { .. } | Act::AddNote { .. } => Err(wrong(
            "GitHub knows no incidents: ask the integration that pages",
        )),
        Act::Publish { .. } => publish::precheck(eyes, &intent.act).await,
    }
}

fn moved(why: &str) -> Precheck {
    Precheck::Moved(Text::new(why))
}

/// Why a finished run cannot be run again as it was seen, for people.
fn not_again(run: &rest::Run, now: Timestamp, attempt: u32, commit: &str) -> Option<String> {
    let number = run.run_number;
    if run.run_attempt != attempt {
        return Some(format!(
            "run #{number} is at attempt {} by now, not {attempt}",
            run.run_attempt
        ));
    }
    if run_state(&run.status, run.conclusion.as_deref()).is_live() {
        return Some(format!("run #{number} is still at work"));
    }
    if !commit.is_empty() && run.head_sha != commit {
        return Some(format!(
            "run #{number} is of commit {}, not of {}",
            version::short(&run.head_sha),
            version::short(commit)
        ));
    }
    if now - run.created_at > TimeDelta::days(RERUN_DAYS) {
        return Some(format!(
            "run #{number} is older than {RERUN_DAYS} days, and GitHub runs it no more"
        ));
    }
    None
}

/// Whether the run still waits for this environment, and for us.
async fn waits(
    eyes: &Eyes,
    repository: &str,
    run: u64,
    environment: u64,
) -> Result<Precheck, Fault> {
    let pending = eyes.client.pending(repository, run, Need::Fresh).await?;
    let found = pending
        .value
        .items
        .iter()
        .find(|pending| pending.environment.id == environment);
    if let Some(pending) = found {
        return Ok(if pending.current_user_can_approve == Some(false) {
            moved(&format!(
                "{} waits, but not for the owner of this token",
                pending.environment.name
            ))
        } else {
            Precheck::Ready
        });
    }
    if pending.value.malformed > 0 {
        return Err(wrong(
            "GitHub's list of what waits cannot be read as a whole",
        ));
    }
    let reviews = eyes.client.reviews(repository, run).await?;
    let answered = reviews.value.items.iter().rev().find(|review| {
        review
            .environments
            .items
            .iter()
            .any(|reviewed| reviewed.id == environment)
    });
    Ok(match answered {
        Some(review) => moved(&format!(
            "it waits no more: {} by {}",
            review.state,
            review
                .user
                .as_ref()
                .map_or("somebody", |user| user.login.as_str())
        )),
        None => moved("the run does not wait for this environment any more"),
    })
}

/// A run of the rollback workflow that is at work, for people.
async fn in_flight(
    eyes: &Eyes,
    repository: &str,
    workflow: &str,
    to: &Version,
) -> Result<Option<String>, Fault> {
    let runs = eyes.client.dispatched(repository, workflow).await?;
    Ok(runs
        .value
        .items
        .iter()
        .find(|run| {
            let live = run_state(&run.status, run.conclusion.as_deref()).is_live();
            // GitHub does not tell a run's inputs. A title without a version
            // can be any rollback, so it counts.
            let other = version::in_text(&run.display_title).is_some_and(|version| &version != to);
            live && !other
        })
        .map(|run| {
            format!(
                "a rollback is at work already: run #{} ({})",
                run.run_number, run.display_title
            )
        }))
}

/// Whether the environment still serves, or is being given, `from`.
async fn serves(
    eyes: &Eyes,
    repository: &str,
    environment: &str,
    from: &Version,
) -> Result<Precheck, Fault> {
    let tags = fresh_tags(eyes, repository).await?;
    let list = eyes
        .client
        .deployments(repository, Some(environment), Need::Fresh)
        .await?;
    let mut newest_first = list.value.items;
    newest_first.sort_by_key(|deployment| std::cmp::Reverse(deployment.created_at));
    let mut on_the_way: Option<Version> = None;
    for deployment in &newest_first {
        let status = eyes
            .client
            .deployment_status(repository, deployment.id, Need::Fresh)
            .await?
            .value;
        let version = version::of_deployment(
            &tags,
            &deployment.payload,
            &deployment.reference,
            &deployment.sha,
        );
        let state = deployment_state(status.as_ref().map_or("pending", |status| &status.state));
        match state {
            DeploymentState::Success => {
                let is_on_the_way = on_the_way.as_ref() == Some(from);
                return Ok(if &version == from || is_on_the_way {
                    Precheck::Ready
                } else {
                    moved(&match on_the_way {
                        Some(next) => format!(
                            "{environment} serves {version} and is being given {next}, not {from}"
                        ),
                        None => format!("{environment} serves {version} by now, not {from}"),
                    })
                });
            }
            DeploymentState::InProgress | DeploymentState::Queued => {
                on_the_way.get_or_insert(version);
            }
            DeploymentState::Waiting
            | DeploymentState::Failure
            | DeploymentState::Inactive
            | DeploymentState::Other(_) => {}
        }
    }
    Ok(if on_the_way.as_ref() == Some(from) {
        Precheck::Ready
    } else {
        moved(&format!(
            "GitHub knows no deployment that {environment} serves"
        ))
    })
}

/// The tags as they are known, completed by a fresh look.
pub(super) async fn fresh_tags(eyes: &Eyes, repository: &str) -> Result<Tags, Fault> {
    let mut tags = eyes
        .find(repository)
        .map_or_else(Tags::default, |repository| repository.tags);
    let seen = eyes.client.tags(repository, Need::Person).await?;
    for tag in &seen.value.items {
        tags.learn(&tag.name, &tag.commit.sha);
    }
    Ok(tags)
}
