//! A Kubernetes API server with Argo Rollouts: workloads and their sets of
//! instances in the namespace `shop`, patches with their preconditions, and the
//! questions "may I?" and "who am I?". The token with `-view` at its end may
//! only look.

mod objects;
mod patch;
mod status;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    site::Site,
    uri::decoded,
    world::{World, rollout::Pause},
};
use status::Answer;

/// What is said in the written configuration of its namespaces.
pub const NAMESPACES: &str = "namespaces = { shop = \"production\" }\n";
/// How its services go back.
pub const ROLLBACK: &str = "rollback = { mechanism = \"undo\" }\n";
/// The end of a token that may only look.
const VIEW: &str = "-view";

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    Captain,
    Viewer,
}

impl Caller {
    fn name(self) -> &'static str {
        match self {
            Self::Captain => "captain@larkspur.example",
            Self::Viewer => "viewer@larkspur.example",
        }
    }
}

/// What the API server serves.
pub fn router(site: Site) -> Router {
    Router::new().fallback(serve).with_state(site)
}

async fn serve(
    State(site): State<Site>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = match caller(&site, &headers) {
        Some(caller) => {
            let path: Vec<String> = uri
                .path()
                .split('/')
                .filter(|part| !part.is_empty())
                .map(decoded)
                .collect();
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let media = headers
                .get(header::CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            let body = serde_json::from_slice(&body).unwrap_or_default();
            let mut world = site.world();
            match method {
                Method::GET => read(&world, &path, uri.query().unwrap_or_default()),
                Method::POST => review(caller, &path, &body),
                Method::PATCH => change(&mut world, caller, &path, media, &body),
                _ => Answer::no_such_path(),
            }
        }
        None => Answer::unauthorised(),
    };
    send(&site, &answer)
}

fn caller(site: &Site, headers: &HeaderMap) -> Option<Caller> {
    let token = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    if token == site.token() {
        Some(Caller::Captain)
    } else if token.strip_suffix(VIEW) == Some(site.token()) {
        Some(Caller::Viewer)
    } else {
        None
    }
}

/// The resource below an API group that this server has.
fn resource<'p>(path: &[&'p str]) -> Option<(&'static str, &'p str, &'p str, Vec<&'p str>)> {
    match path {
        [
            "apis",
            "argoproj.io",
            "v1alpha1",
            "namespaces",
            namespace,
            resource @ "rollouts",
            rest @ ..,
        ] => Some(("argoproj.io", namespace, resource, rest.to_vec())),
        [
            "apis",
            "apps",
            "v1",
            "namespaces",
            namespace,
            resource @ ("deployments" | "replicasets"),
            rest @ ..,
        ] => Some(("apps", namespace, resource, rest.to_vec())),
        _ => None,
    }
}

fn read(world: &World, path: &[&str], query: &str) -> Answer {
    if path == ["version"] {
        return Answer::ok(json!({
            "major": "1", "minor": "33", "gitVersion": "v1.33.2", "gitCommit": "a57b6f7",
            "gitTreeState": "clean", "buildDate": "2026-06-17T18:32:52Z",
            "goVersion": "go1.24.4", "compiler": "gc", "platform": "linux/amd64",
        }));
    }
    let Some((group, namespace, resource, rest)) = resource(path) else {
        return Answer::no_such_path();
    };
    let items = all(world, namespace, resource);
    match rest.as_slice() {
        [] => list(world, group, resource, items, query),
        [name] | [name, "status"] => items
            .into_iter()
            .find(|item| item["metadata"]["name"] == **name)
            .map_or_else(|| Answer::not_found(group, resource, name), Answer::ok),
        _ => Answer::no_such_path(),
    }
}

fn all(world: &World, namespace: &str, resource: &str) -> Vec<Value> {
    let here = world
        .rollouts
        .iter()
        .filter(|rollout| rollout.namespace == namespace);
    match resource {
        "replicasets" => here
            .flat_map(|rollout| {
                rollout
                    .revisions
                    .iter()
                    .map(|revision| objects::replica_set(world, rollout, revision))
            })
            .collect(),
        _ => here
            .filter(|rollout| objects::is_rollout(rollout) == (resource == "rollouts"))
            .map(|rollout| objects::workload(world, rollout))
            .collect(),
    }
}

/// A list, or a page of it. Where it goes on is told by the number of what was
/// told already.
fn list(world: &World, group: &str, resource: &str, items: Vec<Value>, query: &str) -> Answer {
    let field = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| decoded(value))
    };
    let start: usize = match field("continue") {
        None => 0,
        Some(token) => match token.strip_prefix("after-").and_then(|at| at.parse().ok()) {
            Some(start) => start,
            None => return Answer::expired(),
        },
    };
    let limit = field("limit")
        .and_then(|limit| limit.parse().ok())
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX);
    let version: u64 = world
        .rollouts
        .iter()
        .map(|rollout| rollout.resource_version)
        .sum();
    let mut metadata = json!({"resourceVersion": version.to_string()});
    let end = start.saturating_add(limit).min(items.len());
    if end < items.len() {
        metadata["continue"] = json!(format!("after-{end}"));
        metadata["remainingItemCount"] = json!(items.len() - end);
    }
    let (kind, version) = match (group, resource) {
        ("argoproj.io", _) => ("RolloutList", "argoproj.io/v1alpha1"),
        (_, "deployments") => ("DeploymentList", "apps/v1"),
        _ => ("ReplicaSetList", "apps/v1"),
    };
    let items: Vec<Value> = items.into_iter().skip(start).take(end - start).collect();
    Answer::ok(json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": metadata,
        "items": items,
    }))
}

/// Answers questions about the caller; nothing is kept of them.
fn review(caller: Caller, path: &[&str], body: &Value) -> Answer {
    match path {
        [
            "apis",
            "authorization.k8s.io",
            "v1",
            "selfsubjectaccessreviews",
        ] => {
            let wanted = body.pointer("/spec/resourceAttributes").cloned();
            let verb = wanted
                .as_ref()
                .and_then(|wanted| wanted["verb"].as_str())
                .unwrap_or_default();
            let allowed = caller == Caller::Captain || matches!(verb, "get" | "list" | "watch");
            Answer::created(json!({
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "metadata": {},
                "spec": {"resourceAttributes": wanted},
                "status": {"allowed": allowed},
            }))
        }
        ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"] => Answer::created(json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "SelfSubjectReview",
            "metadata": {},
            "status": {"userInfo": {
                "username": caller.name(),
                "groups": ["system:authenticated"],
            }},
        })),
        _ => Answer::no_such_path(),
    }
}

fn change(world: &mut World, caller: Caller, path: &[&str], media: &str, body: &Value) -> Answer {
    let Some((group, namespace, resource, rest)) = resource(path) else {
        return Answer::no_such_path();
    };
    let (name, on_status) = match rest.as_slice() {
        [name] => (*name, false),
        [name, "status"] => (*name, true),
        _ => return Answer::no_such_path(),
    };
    if caller == Caller::Viewer {
        let resource = if on_status {
            format!("{resource}/status")
        } else {
            resource.to_owned()
        };
        return Answer::forbidden(caller.name(), "patch", group, &resource, name);
    }
    let found = world.rollouts.iter().position(|rollout| {
        rollout.name == name
            && rollout.namespace == namespace
            && objects::is_rollout(rollout) == (resource == "rollouts")
    });
    let Some(index) = found else {
        return Answer::not_found(group, resource, name);
    };
    let before = objects::workload(world, &world.rollouts[index]);
    let after = match media {
        "application/json-patch+json" => match patch::json(before.clone(), body) {
            Some(after) => after,
            None => return Answer::invalid(),
        },
        "application/merge-patch+json" => {
            let mut after = before.clone();
            patch::merge(&mut after, body);
            if after["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"] {
                return Answer::conflict(group, resource, name);
            }
            after
        }
        _ => {
            return Answer::refused(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format",
                None,
            );
        }
    };
    if after != before {
        apply(world, index, on_status, &before, &after);
    }
    Answer::ok(objects::workload(world, &world.rollouts[index]))
}

/// Takes over what a patch changed of the part that it was sent to; the other
/// part stays as it was.
fn apply(world: &mut World, index: usize, on_status: bool, before: &Value, after: &Value) {
    let now = world.now();
    let Some(rollout) = world.rollouts.get_mut(index) else {
        return;
    };
    if on_status {
        let status = &after["status"];
        let was = &before["status"];
        if status["pauseConditions"].is_null() {
            rollout.pause = None;
        } else if let (None, Some(reason)) = (
            &rollout.pause,
            status["pauseConditions"][0]["reason"].as_str(),
        ) {
            rollout.pause = Some(Pause {
                reason: reason.to_owned(),
                since: now,
            });
        }
        rollout.controller_pause = status["controllerPause"] == true;
        rollout.promote_full = status["promoteFull"] == true;
        match (status["abort"] == true, rollout.abort) {
            (true, None) => rollout.abort = Some(now),
            // What is tried again begins at its first step.
            (false, Some(_)) => {
                rollout.abort = None;
                rollout.step = 0;
            }
            _ => {}
        }
        if status["currentStepIndex"] != was["currentStepIndex"]
            && let Some(step) = status["currentStepIndex"].as_u64()
        {
            rollout.step = usize::try_from(step).unwrap_or(usize::MAX);
            rollout.controller_pause = false;
        }
    } else if after["spec"] != before["spec"] {
        rollout.held = after["spec"]["paused"] == true;
        if let Some(version) = objects::version_of(&after["spec"]["template"]) {
            version.clone_into(&mut rollout.wanted);
        }
        rollout.generation += 1;
    }
    world.touched(index);
}

fn send(site: &Site, answer: &Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let out = response.headers_mut();
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    let date = site.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        out.insert(header::DATE, date);
    }
    response
}
