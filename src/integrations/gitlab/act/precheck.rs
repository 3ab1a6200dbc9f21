//! The fresh look before anything is sent: is the target still in the state
//! that the person saw?

use crate::{
    domain::{Act, Conclusion, DeploymentState, Intent, Origin, RunState, Text, Version},
    integrations::{
        contract::{Fault, Precheck},
        gitlab::{
            look::Eyes,
            map::{self, key::Key},
            wire,
        },
        http::Need,
        versions::{self, Tags},
    },
};

use super::{deployable, no_incidents, publish, wrong};

/// Compares the target with what the person saw.
///
/// # Errors
/// When it cannot be read.
pub async fn precheck(eyes: &Eyes, intent: &Intent) -> Result<Precheck, Fault> {
    match &intent.act {
        Act::Approve { approval, .. } => match eyes.read_key(approval)? {
            Key::Deployment { project, id } => waits(eyes, intent, project, id, true).await,
            Key::Job { project, id } => playable(eyes, project, id).await,
            Key::Pipeline { .. } => Err(wrong(&format!("{approval} is no approval"))),
        },
        Act::Decline { approval, .. } => match eyes.read_key(approval)? {
            Key::Deployment { project, id } => waits(eyes, intent, project, id, false).await,
            _ => Err(wrong(&format!("{approval} cannot be declined"))),
        },
        Act::RerunFailed { run, attempt } => match eyes.read_key(run)? {
            Key::Pipeline { project, id } => {
                let (seen, tries) = pipeline(eyes, project, id).await?;
                Ok(retriable(&seen, tries, *attempt))
            }
            Key::Job { project, id } => {
                let job = eyes.client.job(project, id, Need::Fresh).await?.value;
                Ok(match map::run_state(&job.status) {
                    _ if job.archived => moved(&too_old(&job)),
                    RunState::Done(Conclusion::Failure | Conclusion::Cancelled) => Precheck::Ready,
                    _ => moved(&format!("the job {} is {} by now", job.name, job.status)),
                })
            }
            Key::Deployment { .. } => Err(wrong(&format!("{run} is no pipeline"))),
        },
        Act::CancelRun { run, attempt } => match eyes.read_key(run)? {
            Key::Pipeline { project, id } => {
                let (seen, tries) = pipeline(eyes, project, id).await?;
                let number = map::number(&seen);
                // GitLab answers 200 even when there was nothing to cancel.
                Ok(if tries != *attempt {
                    moved(&another(number, tries, *attempt))
                } else if map::run_state(&seen.status).is_live() {
                    Precheck::Ready
                } else {
                    moved(&format!(
                        "pipeline #{number} has ended already ({})",
                        seen.status
                    ))
                })
            }
            Key::Job { project, id } => {
                let job = eyes.client.job(project, id, Need::Fresh).await?.value;
                Ok(if map::run_state(&job.status).is_live() {
                    Precheck::Ready
                } else {
                    moved(&format!(
                        "the job {} has ended already ({})",
                        job.name, job.status
                    ))
                })
            }
            Key::Deployment { .. } => Err(wrong(&format!("{run} is no pipeline"))),
        },
        Act::RollBackByRerun {
            from,
            to,
            run,
            commit,
            ..
        } => goes_back(eyes, intent, run, from, to, commit).await,
        Act::RollBack { .. } => Err(wrong("GitLab starts no rollback workflow")),
        Act::Undo { .. } | Act::Steer { .. } => Err(wrong(
            "GitLab runs no workloads: ask the integration of the cluster",
        )),
        Act::Acknowledge { .. } | Act::Resolve { .. } | Act::AddNote { .. } => Err(no_incidents()),
        Act::Publish { .. } => publish::precheck(eyes, &intent.act).await,
    }
}

fn moved(why: &str) -> Precheck {
    Precheck::Moved(Text::new(why))
}

fn another(number: u64, tries: u32, attempt: u32) -> String {
    format!("pipeline #{number} is at attempt {tries} by now, not {attempt}")
}

fn too_old(job: &wire::Job) -> String {
    format!(
        "the job {} is archived: GitLab runs it no more, a new pipeline would have to",
        job.name
    )
}

/// A pipeline, and how often its jobs were tried.
pub(super) async fn pipeline(
    eyes: &Eyes,
    project: &str,
    id: u64,
) -> Result<(wire::Pipeline, u32), Fault> {
    let seen = eyes.client.pipeline(project, id, Need::Fresh).await?.value;
    let jobs = eyes.client.jobs(project, id, Need::Fresh).await?.value;
    if jobs.malformed > 0 {
        return Err(wrong(
            "GitLab's list of the pipeline's jobs cannot be read as a whole",
        ));
    }
    Ok((seen, map::newest(&jobs.items).1))
}

fn retriable(seen: &wire::Pipeline, tries: u32, attempt: u32) -> Precheck {
    let number = map::number(seen);
    match map::run_state(&seen.status) {
        _ if tries != attempt => moved(&another(number, tries, attempt)),
        RunState::Done(Conclusion::Success) => moved(&format!("pipeline #{number} has succeeded")),
        RunState::Done(_) => Precheck::Ready,
        _ => moved(&format!(
            "pipeline #{number} is still at work ({})",
            seen.status
        )),
    }
}

/// Whether the deployment still waits for approvals, and for ours.
async fn waits(
    eyes: &Eyes,
    intent: &Intent,
    project: &str,
    id: u64,
    approve: bool,
) -> Result<Precheck, Fault> {
    let one = eyes
        .client
        .deployment(project, id, Need::Fresh)
        .await?
        .value;
    if let Some(environment) = &intent.environment
        && environment.as_str() != one.environment.name
    {
        return Ok(moved(&format!(
            "the deployment goes to {}, not to {environment}",
            one.environment.name
        )));
    }
    if one.status != "blocked" {
        return Ok(moved(&format!(
            "it waits no more: the deployment is {}{}",
            one.status,
            by(&one)
        )));
    }
    if approve {
        // Once more would change nothing but the audit log.
        let me = eyes.me().await?;
        if given(&one, &me, "approved") {
            let lack = one.pending_approval_count.unwrap_or_default();
            return Ok(moved(&format!(
                "{} has approved it already; {lack} more approvals are wanted",
                me.username
            )));
        }
    }
    Ok(Precheck::Ready)
}

/// Who answered it, for people.
fn by(one: &wire::Deployment) -> String {
    one.approvals.last().map_or_else(String::new, |last| {
        format!(" ({} by {})", last.status, map::user(last.user.as_ref()))
    })
}

/// Whether a person has answered so.
pub(super) fn given(one: &wire::Deployment, who: &wire::User, status: &str) -> bool {
    let under_rules = one
        .approval_summary
        .iter()
        .flat_map(|summary| &summary.rules)
        .flat_map(|rule| &rule.deployment_approvals);
    one.approvals.iter().chain(under_rules).any(|approval| {
        let ours = approval
            .user
            .as_ref()
            .is_some_and(|user| user.username == who.username);
        ours && approval.status == status
    })
}

/// Whether the job still waits to be played for the first time: GitLab starts
/// a played one again.
async fn playable(eyes: &Eyes, project: &str, id: u64) -> Result<Precheck, Fault> {
    let job = eyes.client.job(project, id, Need::Fresh).await?.value;
    Ok(if job.archived {
        moved(&too_old(&job))
    } else if job.status == "manual" {
        Precheck::Ready
    } else {
        moved(&format!(
            "the job {} is {} by now: playing it would run it again",
            job.name, job.status
        ))
    })
}

/// Whether the old deployment's job can be run again, and whether the
/// environment still serves, or is being given, `from`.
async fn goes_back(
    eyes: &Eyes,
    intent: &Intent,
    run: &Origin,
    from: &Version,
    to: &Version,
    commit: &Text,
) -> Result<Precheck, Fault> {
    let (project, known) = deployable(eyes, intent, run)?;
    let Key::Pipeline { id: pipeline, .. } = eyes.read_key(run)? else {
        return Err(wrong(&format!("{run} is no pipeline")));
    };
    let environment = intent
        .environment
        .as_ref()
        .ok_or_else(|| wrong("the rollback names no environment"))?
        .as_str();
    let old = eyes
        .client
        .deployment(project, known.deployment, Need::Fresh)
        .await?
        .value;
    let job = eyes
        .client
        .job(project, known.job, Need::Fresh)
        .await?
        .value;
    if old.environment.name != environment || map::pipeline_of(&old) != Some(pipeline) {
        return Err(wrong(&format!(
            "the deployment {} is not what was seen: refresh and try again",
            known.deployment
        )));
    }
    if !commit.is_empty() && old.sha != commit.as_str() {
        return Ok(moved(&format!(
            "the deployment {} is of commit {}, not of {}",
            known.deployment,
            versions::short(&old.sha),
            versions::short(commit)
        )));
    }
    if job.archived {
        return Ok(moved(&too_old(&job)));
    }
    if map::run_state(&job.status).is_live() {
        return Ok(moved(&format!(
            "the job {} is at work already ({})",
            job.name, job.status
        )));
    }
    let tags = fresh_tags(eyes, project).await?;
    let list = eyes
        .client
        .deployments(project, Some(environment), Need::Fresh)
        .await?
        .value;
    if list.malformed > 0 {
        return Err(wrong(
            "GitLab's list of deployments cannot be read as a whole",
        ));
    }
    let again = list
        .items
        .iter()
        .any(|one| map::pipeline_of(one) == Some(pipeline) && one.id > known.deployment);
    if again {
        return Ok(moved(&format!(
            "{to} was deployed again since: refresh and look"
        )));
    }
    Ok(serves(&tags, list.items, environment, from, to))
}

/// Whether the environment serves, or is being given, `from`, and `to` is not
/// on its way by other means.
fn serves(
    tags: &Tags,
    mut newest_first: Vec<wire::Deployment>,
    environment: &str,
    from: &Version,
    to: &Version,
) -> Precheck {
    newest_first.sort_by_key(|one| std::cmp::Reverse(one.id));
    let mut on_the_way: Option<Version> = None;
    for one in &newest_first {
        let version = map::version(tags, one);
        match map::deployment_state(one) {
            DeploymentState::Success => {
                if &version == from || on_the_way.as_ref() == Some(from) {
                    return Precheck::Ready;
                }
                return moved(&match on_the_way {
                    Some(next) => format!(
                        "{environment} serves {version} and is being given {next}, not {from}"
                    ),
                    None => format!("{environment} serves {version} by now, not {from}"),
                });
            }
            DeploymentState::InProgress | DeploymentState::Queued => {
                if &version == to {
                    return moved(&format!(
                        "a deployment of {to} is on its way already ({})",
                        one.status
                    ));
                }
                on_the_way.get_or_insert(version);
            }
            DeploymentState::Waiting
            | DeploymentState::Failure
            | DeploymentState::Inactive
            | DeploymentState::Other(_) => {}
        }
    }
    if on_the_way.as_ref() == Some(from) {
        Precheck::Ready
    } else {
        moved(&format!(
            "GitLab knows no deployment that {environment} serves"
        ))
    }
}

/// The tags as they are known, completed by a fresh look.
async fn fresh_tags(eyes: &Eyes, project: &str) -> Result<Tags, Fault> {
    let mut tags = eyes.project(project).tags;
    let seen = eyes.client.tags(project, Need::Person).await?;
    for tag in &seen.value.items {
        tags.learn(&tag.name, &tag.commit.id);
    }
    Ok(tags)
}
