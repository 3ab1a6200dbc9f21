//! Operations: the request, the fresh look before it, the one send, and the
//! fresh looks after it.

mod observe;
mod precheck;
mod publish;

#[cfg(test)]
mod tests;

pub use observe::observe;
pub use precheck::precheck;

use serde::Serialize;
use std::collections::BTreeMap;

use crate::{
    domain::{Act, Connection, Intent, Origin, Text},
    integrations::{
        contract::{Answer, Fault, PreparedRequest},
        http::{WriteClient, encode, fault::fault},
    },
    operation::Confirmed,
};

use super::{config::is_repository, look::Eyes, map::key::Key, wire::rest};

/// The body of `POST …/pending_deployments`. GitHub requires all three.
#[derive(Serialize)]
struct Review<'a> {
    environment_ids: [u64; 1],
    state: &'static str,
    comment: &'a str,
}

/// The body of `POST …/dispatches`. With `return_run_details` the answer names
/// the run that was started (GitHub REST, since 2026-02-19).
#[derive(Serialize)]
struct Dispatch<'a> {
    #[serde(rename = "ref")]
    reference: &'a str,
    inputs: &'a BTreeMap<Text, Text>,
    return_run_details: bool,
}

/// Most inputs that GitHub takes (GitHub REST, "Create a workflow dispatch
/// event").
const INPUTS: usize = 25;

/// Builds the request of an intent.
///
/// # Errors
/// When GitHub cannot carry out such an intent; for people.
pub fn prepare(eyes: &Eyes, intent: &Intent) -> Result<PreparedRequest, Fault> {
    match &intent.act {
        Act::Approve {
            run,
            environment_key,
            ..
        } => review(eyes, run, environment_key, "approved", &intent.reason),
        Act::Decline {
            run,
            environment_key,
            ..
        } => review(eyes, run, environment_key, "rejected", &intent.reason),
        Act::RerunFailed { run, .. } => {
            let (repository, run) = run_of(eyes, run)?;
            Ok(post(
                eyes,
                &format!("/repos/{repository}/actions/runs/{run}/rerun-failed-jobs"),
                String::new(),
            ))
        }
        Act::CancelRun { run, .. } => {
            let (repository, run) = run_of(eyes, run)?;
            Ok(post(
                eyes,
                &format!("/repos/{repository}/actions/runs/{run}/cancel"),
                String::new(),
            ))
        }
        Act::RollBack {
            repository,
            workflow,
            reference,
            inputs,
            ..
        } => {
            if !is_repository(repository) {
                return Err(wrong(&format!("{repository:?} is no repository")));
            }
            if workflow.is_empty() || reference.is_empty() {
                return Err(wrong("the rollback names no workflow file or no branch"));
            }
            if inputs.len() > INPUTS {
                return Err(wrong(&format!(
                    "GitHub takes at most {INPUTS} inputs, the rollback has {}",
                    inputs.len()
                )));
            }
            let body = json(&Dispatch {
                reference,
                inputs,
                return_run_details: true,
            })?;
            Ok(post(
                eyes,
                &format!(
                    "/repos/{repository}/actions/workflows/{}/dispatches",
                    encode(workflow)
                ),
                body,
            ))
        }
        Act::RollBackByRerun { run, .. } => {
            let (repository, run) = run_of(eyes, run)?;
            Ok(post(
                eyes,
                &format!("/repos/{repository}/actions/runs/{run}/rerun"),
                String::new(),
            ))
        }
        Act::Undo { .. } | Act::Steer { .. } => Err(wrong(
            "GitHub runs no workloads: ask the integration of the cluster",
        )),
        Act::Acknowledge { .. } | Act::Resolve { .. } | Act::AddNote { .. } => Err(wrong(
            "GitHub knows no incidents: ask the integration that pages",
        )),
        Act::Publish { .. } => publish::prepare(eyes, &intent.act),
    }
}

/// Sends the bytes that were confirmed, once.
pub async fn send(write: Option<&WriteClient>, operation: &Confirmed) -> Answer {
    let Some(write) = write else {
        return Answer::Refused {
            status: 0,
            why: Text::new("nothing was sent: tminus was started read-only"),
        };
    };
    let act = &operation.intent().act;
    write
        .send(operation.request(), |reply| match act {
            Act::RollBack { .. } => reply
                .json::<rest::Dispatched>()
                .ok()
                .and_then(|dispatched| dispatched.workflow_run_id)
                .map_or_else(Text::default, |run| Text::new(&run.to_string())),
            Act::Approve { run, .. }
            | Act::Decline { run, .. }
            | Act::RerunFailed { run, .. }
            | Act::RollBackByRerun { run, .. }
            | Act::CancelRun { run, .. } => run
                .key
                .rsplit('/')
                .next()
                .map_or_else(Text::default, Text::new),
            Act::Publish { .. } => reply
                .json::<rest::Release>()
                .map_or_else(|_| Text::default(), |made| Text::new(&made.id.to_string())),
            Act::Undo { .. }
            | Act::Steer { .. }
            | Act::Acknowledge { .. }
            | Act::Resolve { .. }
            | Act::AddNote { .. } => Text::default(),
        })
        .await
}

fn review(
    eyes: &Eyes,
    run: &Origin,
    environment: &Text,
    state: &'static str,
    comment: &str,
) -> Result<PreparedRequest, Fault> {
    let (repository, run) = run_of(eyes, run)?;
    let body = json(&Review {
        environment_ids: [environment_id(environment)?],
        state,
        comment,
    })?;
    Ok(post(
        eyes,
        &format!("/repos/{repository}/actions/runs/{run}/pending_deployments"),
        body,
    ))
}

fn post(eyes: &Eyes, path: &str, body: String) -> PreparedRequest {
    PreparedRequest {
        method: "POST",
        url: eyes.client.read().url(path, &[]).to_string(),
        body,
        ..PreparedRequest::default()
    }
}

fn json(body: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(body).map_err(|_| wrong("the request cannot be written as JSON"))
}

/// Repository and id of the run that an act names.
fn run_of<'o>(eyes: &Eyes, run: &'o Origin) -> Result<(&'o str, u64), Fault> {
    match eyes.read_key(run)? {
        Key::Run { repository, run } => Ok((repository, run)),
        _ => Err(wrong(&format!("{run} is no run"))),
    }
}

fn environment_id(key: &str) -> Result<u64, Fault> {
    key.parse().map_err(|_| {
        wrong("GitHub has not told the number of this environment yet: refresh and try again")
    })
}

fn wrong(detail: &str) -> Fault {
    fault(Connection::Degraded, detail)
}
