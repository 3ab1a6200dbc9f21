//! Operations: the patch with its own tests, the fresh look before it, the one
//! send, and the fresh looks after it.
//!
//! Every change is a JSON Patch (RFC 6902) whose first lines test what the
//! person saw. The API server applies all of it or nothing, so nothing can come
//! between the look and the change.

mod observe;
mod precheck;
#[cfg(test)]
mod tests;

pub use observe::observe;
pub use precheck::precheck;

use serde_json::{Value, json};

use super::{client::Kind, look::Eyes, map::Name};
use crate::{
    domain::{Act, Connection, Intent, RolloutSeen, Steer, Text},
    integrations::{
        contract::{Answer, Fault, PreparedRequest},
        http::{Dialect, WriteClient, fault::fault},
    },
    operation::Confirmed,
};

/// The media type of a JSON Patch.
const MEDIA: &str = "application/json-patch+json";

/// How the API server speaks: patches in, objects out.
#[must_use]
pub fn dialect() -> Dialect {
    Dialect {
        media: MEDIA,
        ..Dialect::default()
    }
}

/// Builds the request of an intent.
///
/// # Errors
/// When the cluster cannot carry out such an intent; for people.
pub fn prepare(eyes: &Eyes, intent: &Intent) -> Result<PreparedRequest, Fault> {
    match &intent.act {
        Act::Steer {
            rollout, how, seen, ..
        } => {
            let name = eyes.read_key(rollout)?;
            let (on_status, patch) = steering(&name, *how, seen)?;
            let mut path = name.path();
            if on_status {
                path.push_str("/status");
            }
            let drifts = matches!(how, Steer::Hold | Steer::Resume);
            Ok(request(eyes, &name, &path, &patch, drifts))
        }
        Act::Undo {
            rollout,
            hash,
            seen,
            ..
        } => {
            let name = eyes.read_key(rollout)?;
            let whole = eyes.whole(&name)?;
            if whole.workload.spec.workload_ref.is_some() {
                return Err(wrong(&format!(
                    "the template of {} stands in another object (workloadRef): deploy the older \
                     version anew",
                    name.key()
                )));
            }
            if name.kind == Kind::Deployment && whole.workload.spec.paused {
                return Err(wrong(&format!(
                    "{} is held, and a held one does not roll back: let it go on first",
                    name.key()
                )));
            }
            let template = eyes.template(&name, hash)?;
            let mut patch = guards(&name, seen);
            // One that is held would take the older content and not move.
            let held = whole.workload.spec.paused;
            if held {
                patch.push(test("/spec/paused", true));
                patch.push(json!({"op": "replace", "path": "/spec/paused", "value": false}));
            }
            patch.push(json!({"op": "replace", "path": "/spec/template", "value": template}));
            let mut request = request(eyes, &name, &name.path(), &patch, true);
            if held {
                let note = format!(
                    "It gets the older content again. A person holds it: this lets it go. {}",
                    request.note
                );
                request.note = Text::new(note.trim());
            }
            Ok(request)
        }
        _ => Err(wrong(
            "a cluster rolls versions out and back, and does nothing else: ask the system that \
             hosts its code",
        )),
    }
}

fn request(eyes: &Eyes, name: &Name, path: &str, patch: &[Value], drifts: bool) -> PreparedRequest {
    let managed = eyes
        .whole(name)
        .map(|whole| whole.managed_by())
        .unwrap_or_default();
    PreparedRequest {
        method: "PATCH",
        url: eyes
            .client
            .read()
            .url(path, &[("fieldManager", "tminus")])
            .to_string(),
        body: Value::Array(patch.to_vec()).to_string(),
        note: if drifts && !managed.is_empty() {
            Text::from(format!(
                "This changes {}. {managed} deploys it from Git: that differs then from what Git \
                 says, and {managed} may undo it. A revert in Git lasts.",
                name.key()
            ))
        } else {
            Text::default()
        },
    }
}

fn test(path: &str, value: impl Into<Value>) -> Value {
    json!({"op": "test", "path": path, "value": value.into()})
}

/// What every change tests: the same object, and the same wanted of it.
fn guards(name: &Name, seen: &RolloutSeen) -> Vec<Value> {
    let mut tests = vec![
        test("/metadata/uid", seen.uid.as_str()),
        test("/metadata/generation", seen.generation),
    ];
    if name.kind == Kind::Rollout {
        tests.push(test("/status/currentPodHash", seen.hash.as_str()));
    }
    tests
}

/// The patch of a change of course, and whether it is on the status.
fn steering(name: &Name, how: Steer, seen: &RolloutSeen) -> Result<(bool, Vec<Value>), Fault> {
    let mut patch = guards(name, seen);
    let add = |path: &str, value: Value| json!({"op": "add", "path": path, "value": value});
    let on_status = match how {
        Steer::Hold => {
            patch.push(add("/spec/paused", true.into()));
            return Ok((false, patch));
        }
        Steer::Resume => {
            patch.push(test("/spec/paused", true));
            patch.push(add("/spec/paused", false.into()));
            return Ok((false, patch));
        }
        _ if name.kind == Kind::Deployment => {
            return Err(wrong(&format!(
                "{} has no steps: it can be held, let go on and rolled back",
                name.key()
            )));
        }
        Steer::Promote => {
            if let Some(step) = seen.step {
                patch.push(test("/status/currentStepIndex", step));
            }
            match (seen.pause.as_str(), seen.step) {
                // It waits for nobody: the step itself is left. Said as a
                // number, it cannot be taken twice.
                ("", Some(step)) => patch.push(add("/status/currentStepIndex", (step + 1).into())),
                ("", None) => return Err(wrong(&format!("{} waits for nobody", name.key()))),
                // An analysis that came to no end paused it: without its step
                // it would only measure again.
                ("InconclusiveAnalysisRun", Some(step)) => {
                    patch.push(test(
                        "/status/pauseConditions/0/reason",
                        seen.pause.as_str(),
                    ));
                    patch.push(json!({"op": "remove", "path": "/status/pauseConditions"}));
                    patch.push(add("/status/controllerPause", false.into()));
                    patch.push(add("/status/currentStepIndex", (step + 1).into()));
                }
                // Of what was let go already nothing is left to test, so a
                // second yes is refused instead of taking another step.
                (reason, _) => {
                    patch.push(test("/status/pauseConditions/0/reason", reason));
                    patch.push(json!({"op": "remove", "path": "/status/pauseConditions"}));
                }
            }
            true
        }
        Steer::PromoteFully => {
            patch.push(add("/status/promoteFull", true.into()));
            true
        }
        Steer::Abort => {
            patch.push(add("/status/abort", true.into()));
            true
        }
        Steer::Retry => {
            patch.push(test("/status/abort", true));
            patch.push(add("/status/abort", false.into()));
            true
        }
    };
    Ok((on_status, patch))
}

/// Sends the bytes that were confirmed, once.
pub async fn send(write: Option<&WriteClient>, operation: &Confirmed) -> Answer {
    let Some(write) = write else {
        return Answer::Refused {
            status: 0,
            why: Text::new("nothing was sent: tminus was started read-only"),
        };
    };
    let answer = write
        .send(operation.request(), |reply| {
            reply
                .json::<super::wire::Workload>()
                .map(|object| Text::from(object.metadata.generation.to_string()))
                .unwrap_or_default()
        })
        .await;
    match answer {
        // A test of the patch failed (422), or somebody changed it in the same
        // moment (409).
        Answer::Refused {
            status: status @ (409 | 422),
            why,
        } => Answer::Refused {
            status,
            why: Text::from(format!(
                "it changed since it was seen, and nothing was done: look again ({why})"
            )),
        },
        other => other,
    }
}

fn wrong(detail: &str) -> Fault {
    fault(Connection::Degraded, detail)
}
