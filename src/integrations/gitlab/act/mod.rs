//! Operations: the request, the fresh look before it, the one send, and the
//! fresh looks after it.

mod observe;
mod precheck;
mod publish;

#[cfg(test)]
mod tests;

pub use observe::observe;
pub use precheck::precheck;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{Act, Connection, Intent, Origin, Text, Timestamp},
    integrations::{
        contract::{Answer, Fault, PreparedRequest},
        http::{WriteClient, fault::fault},
    },
    operation::Confirmed,
};

use super::{client::below, look::Eyes, map::key::Key, memory::Deployable};

/// How far GitLab's clock may be behind ours before its times count as earlier
/// than our request, in seconds.
const SLACK: i64 = 120;

/// The body of `POST …/approval`.
#[derive(Serialize)]
struct Answered<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    comment: &'a str,
}

/// What is read of the answer to a retry: the new job.
#[derive(Deserialize)]
struct Made {
    id: u64,
}

/// Builds the request of an intent.
///
/// # Errors
/// When GitLab cannot carry out such an intent; for people.
pub fn prepare(eyes: &Eyes, intent: &Intent) -> Result<PreparedRequest, Fault> {
    let (path, body) = match &intent.act {
        Act::Approve { approval, .. } => match eyes.read_key(approval)? {
            Key::Deployment { project, id } => (
                below(project, &format!("deployments/{id}/approval")),
                answer("approved", &intent.reason)?,
            ),
            Key::Job { project, id } => {
                (below(project, &format!("jobs/{id}/play")), "{}".to_owned())
            }
            Key::Pipeline { .. } => return Err(wrong(&format!("{approval} is no approval"))),
        },
        Act::Decline { approval, .. } => match eyes.read_key(approval)? {
            Key::Deployment { project, id } => (
                below(project, &format!("deployments/{id}/approval")),
                answer("rejected", &intent.reason)?,
            ),
            Key::Job { .. } => {
                return Err(wrong(
                    "a manual job cannot be declined: it waits until somebody plays it or cancels \
                     its pipeline",
                ));
            }
            Key::Pipeline { .. } => return Err(wrong(&format!("{approval} is no approval"))),
        },
        Act::RerunFailed { run, .. } => (on(eyes, run, "retry")?, String::new()),
        Act::CancelRun { run, .. } => (on(eyes, run, "cancel")?, String::new()),
        Act::RollBackByRerun { run, .. } => {
            let (project, known) = deployable(eyes, intent, run)?;
            (
                below(project, &format!("jobs/{}/retry", known.job)),
                String::new(),
            )
        }
        Act::RollBack { .. } => {
            return Err(wrong(
                "GitLab goes back by running the job again that deployed the version: write \
                 `rollback = { mechanism = \"rerun\" }` for the service",
            ));
        }
        Act::Undo { .. } | Act::Steer { .. } => {
            return Err(wrong(
                "GitLab runs no workloads: ask the integration of the cluster",
            ));
        }
        Act::Acknowledge { .. } | Act::Resolve { .. } | Act::AddNote { .. } => {
            return Err(no_incidents());
        }
        Act::Publish { .. } => return publish::prepare(eyes, &intent.act),
    };
    Ok(PreparedRequest {
        method: "POST",
        url: eyes.client.read().url(&path, &[]).to_string(),
        body,
        ..PreparedRequest::default()
    })
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
            // A retry of a job answers with the new job.
            Act::RollBackByRerun { .. } => reply
                .json::<Made>()
                .map_or_else(|_| Text::default(), |made| Text::new(&made.id.to_string())),
            Act::Approve { approval: key, .. }
            | Act::Decline { approval: key, .. }
            | Act::RerunFailed { run: key, .. }
            | Act::CancelRun { run: key, .. } => key
                .key
                .rsplit('/')
                .next()
                .map_or_else(Text::default, Text::new),
            Act::Publish { tag, .. } => tag.clone(),
            Act::RollBack { .. }
            | Act::Undo { .. }
            | Act::Steer { .. }
            | Act::Acknowledge { .. }
            | Act::Resolve { .. }
            | Act::AddNote { .. } => Text::default(),
        })
        .await
}

fn answer(status: &'static str, comment: &str) -> Result<String, Fault> {
    serde_json::to_string(&Answered { status, comment })
        .map_err(|_| wrong("the request cannot be written as JSON"))
}

/// The path of an act on a pipeline, or on one job.
fn on(eyes: &Eyes, run: &Origin, act: &str) -> Result<String, Fault> {
    match eyes.read_key(run)? {
        Key::Pipeline { project, id } => Ok(below(project, &format!("pipelines/{id}/{act}"))),
        Key::Job { project, id } => Ok(below(project, &format!("jobs/{id}/{act}"))),
        Key::Deployment { .. } => Err(wrong(&format!("{run} is no pipeline"))),
    }
}

/// The job that deployed with this pipeline, as the looks so far have told.
fn deployable<'o>(
    eyes: &Eyes,
    intent: &Intent,
    run: &'o Origin,
) -> Result<(&'o str, Deployable), Fault> {
    let Key::Pipeline { project, id } = eyes.read_key(run)? else {
        return Err(wrong(&format!("{run} is no pipeline")));
    };
    let environment = intent
        .environment
        .as_ref()
        .ok_or_else(|| wrong("the rollback names no environment"))?;
    let key = (id, environment.as_str().to_owned());
    eyes.project(project)
        .deployables
        .get(&key)
        .cloned()
        .map(|known| (project, known))
        .ok_or_else(|| {
            wrong(&format!(
                "GitLab has not told yet which job of {run} deployed to {environment}: refresh and \
                 try again"
            ))
        })
}

fn is_since(at: Timestamp, since: Timestamp) -> bool {
    at >= since - chrono::TimeDelta::seconds(SLACK)
}

fn wrong(detail: &str) -> Fault {
    fault(Connection::Degraded, detail)
}

fn no_incidents() -> Fault {
    wrong("GitLab knows no incidents: ask the integration that pages")
}
