//! Jenkins' objects as JSON.

use serde_json::{Value, json};

use crate::{
    domain::Timestamp,
    simulator::world::{
        OPERATOR, World,
        run::{Conclusion, Run, Status, Trigger, Workflow},
    },
};

use super::jobs::{self, Item};

/// An instant as Jenkins writes it.
pub fn millis(at: Timestamp) -> i64 {
    at.timestamp_millis()
}

/// A folder or job, with all that is in it.
pub fn item(world: &World, base: &str, item: Item) -> Value {
    let class = match item {
        Item::Organization | Item::Folder(_) => "com.cloudbees.hudson.plugins.folder.Folder",
        Item::Project(_) => "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject",
        Item::Branch(..) | Item::Job(..) => "org.jenkinsci.plugins.workflow.job.WorkflowJob",
    };
    let mut value = json!({
        "_class": class,
        "name": item.name(world),
        "fullName": item.full_name(world),
        "displayName": item.name(world).replace("%2F", "/"),
        "url": format!("{base}{}", item.path(world)),
    });
    if item.is_job() {
        let builds: Vec<Value> = item
            .builds(world)
            .into_iter()
            .map(|run| build(world, base, run))
            .collect();
        let queued = item.queued(world);
        value["builds"] = Value::Array(builds);
        value["buildable"] = true.into();
        value["inQueue"] = queued.is_some().into();
        value["queueItem"] = queued.map_or(Value::Null, |run| queue_item(world, base, run));
        value["nextBuildNumber"] = item.next_number(world).into();
        value["color"] = "blue".into();
        value["property"] = property(item);
    } else {
        let below = item.below(world);
        let jobs = below
            .into_iter()
            .map(|below| self::item(world, base, below));
        value["jobs"] = jobs.collect();
    }
    value
}

/// The properties of a job: what it is started with.
fn property(item: Item) -> Value {
    let text = |name: &str, default: &str| {
        json!({
            "_class": "hudson.model.StringParameterDefinition",
            "defaultParameterValue": {
                "_class": "hudson.model.StringParameterValue", "name": name, "value": default,
            },
            "description": "",
            "name": name,
            "type": "StringParameterDefinition",
        })
    };
    let definitions = match item {
        Item::Job(_, Workflow::Release) => vec![text("VERSION", "")],
        Item::Job(_, Workflow::Rollback) => vec![
            json!({
                "_class": "hudson.model.ChoiceParameterDefinition",
                "choices": ["staging", "production"],
                "description": "",
                "name": "ENVIRONMENT",
                "type": "ChoiceParameterDefinition",
            }),
            text("VERSION", ""),
            text("REQUEST_ID", ""),
        ],
        _ => return json!([]),
    };
    json!([
        { "_class": "jenkins.model.BuildDiscarderProperty" },
        {
            "_class": "hudson.model.ParametersDefinitionProperty",
            "parameterDefinitions": definitions,
        },
    ])
}

/// An item of the queue.
pub fn queue_item(world: &World, base: &str, run: &Run) -> Value {
    let item = Item::of(run);
    let waits = jobs::waits(run);
    let cancelled = jobs::was_taken_out(run);
    let executable = if waits || cancelled {
        Value::Null
    } else {
        json!({
            "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun",
            "number": run.number,
            "url": address(world, base, run),
        })
    };
    json!({
        "_class": if waits {
            "hudson.model.Queue$BuildableItem"
        } else {
            "hudson.model.Queue$LeftItem"
        },
        "actions": [{}],
        "blocked": false,
        "buildable": waits,
        "id": jobs::queue_id(run),
        "inQueueSince": millis(run.created_at),
        "params": "",
        "stuck": false,
        "task": {
            "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob",
            "name": item.name(world),
            "url": format!("{base}{}", item.path(world)),
        },
        "url": format!("queue/item/{}/", jobs::queue_id(run)),
        "why": waits.then_some("Waiting for next available executor on ‘linux’"),
        "cancelled": cancelled,
        "executable": executable,
    })
}

/// Where a person would look at a build.
pub fn address(world: &World, base: &str, run: &Run) -> String {
    format!("{base}{}{}/", Item::of(run).path(world), run.number)
}

/// Jenkins' word for how a run ended.
pub fn result(run: &Run) -> Option<&'static str> {
    Some(match run.latest.conclusion? {
        Conclusion::Success => "SUCCESS",
        Conclusion::Failure => "FAILURE",
        Conclusion::Cancelled => "ABORTED",
        Conclusion::Skipped => "NOT_BUILT",
    })
}

/// A build.
pub fn build(world: &World, base: &str, run: &Run) -> Value {
    let service = &world.services[run.service];
    let commit = &service.commits[run.commit];
    let building = run.latest.status != Status::Completed;
    let duration = if building {
        0
    } else {
        (run.latest.updated_at - run.created_at).num_milliseconds()
    };
    let by = &world.people[run.latest.actor];
    let user = json!({
        "_class": "hudson.model.Cause$UserIdCause",
        "shortDescription": format!("Started by user {}", by.name),
        "userId": by.login,
        "userName": by.name,
    });
    let causes = match (run.trigger, run.workflow) {
        (Trigger::Again(number), _) => json!([
            user,
            {
                "_class": "org.jenkinsci.plugins.workflow.cps.replay.ReplayCause",
                "shortDescription": format!("Replayed #{number}"),
            },
        ]),
        (_, Workflow::Ci) => json!([{
            "_class": "jenkins.branch.BranchEventCause",
            "shortDescription": format!("Push event to branch {}", run.branch),
        }]),
        _ => json!([user]),
    };
    let mut actions = vec![
        json!({ "_class": "hudson.model.CauseAction", "causes": causes }),
        json!({}),
        json!({
            "_class": "hudson.plugins.git.util.BuildData",
            "buildsByBranchName": {},
            "lastBuiltRevision": {
                "SHA1": commit.sha(),
                "branch": [{ "SHA1": commit.sha(), "name": &*run.branch }],
            },
            "remoteUrls": [format!("https://git.example/larkspur/{}.git", service.name)],
            "scmName": "",
        }),
        json!({}),
    ];
    let parameters = parameters(run);
    if !parameters.is_empty() {
        let list: Vec<Value> = parameters
            .into_iter()
            .map(|(name, value)| {
                json!({ "_class": "hudson.model.StringParameterValue", "name": name, "value": value })
            })
            .collect();
        actions.push(json!({ "_class": "hudson.model.ParametersAction", "parameters": list }));
    }
    // The mark of an input stays when the input is answered.
    if run.waiting.is_some() || !run.reviews.is_empty() {
        actions.push(json!({
            "_class": "org.jenkinsci.plugins.workflow.support.steps.input.InputAction",
        }));
    }
    json!({
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun",
        "actions": actions,
        "building": building,
        "inProgress": building,
        "description": null,
        "displayName": format!("#{}", run.number),
        "duration": duration,
        "id": run.number.to_string(),
        "number": run.number,
        "queueId": jobs::queue_id(run),
        "result": result(run),
        "timestamp": millis(run.created_at),
        "url": address(world, base, run),
        "changeSets": [{
            "_class": "hudson.plugins.git.GitChangeSetList",
            "kind": "git",
            "items": changes(world, run),
        }],
    })
}

/// What a build was started with.
fn parameters(run: &Run) -> Vec<(&'static str, String)> {
    match (run.workflow, &run.dispatch) {
        (Workflow::Release, _) => {
            vec![("VERSION", run.branch.trim_start_matches('v').to_owned())]
        }
        (Workflow::Rollback, Some(dispatch)) => vec![
            ("ENVIRONMENT", dispatch.environment.clone()),
            ("VERSION", dispatch.version.clone()),
            ("REQUEST_ID", dispatch.request_id.clone()),
        ],
        _ => Vec::new(),
    }
}

/// The commits since the build of the same job before, newest first.
fn changes(world: &World, run: &Run) -> Value {
    if run.workflow == Workflow::Rollback || matches!(run.trigger, Trigger::Again(_)) {
        return json!([]);
    }
    let service = &world.services[run.service];
    let before = Item::of(run)
        .builds(world)
        .into_iter()
        .find(|other| other.number < run.number)
        .map_or(run.commit, |other| (other.commit + 1).min(run.commit));
    (before..=run.commit)
        .rev()
        .map(|index| {
            let commit = &service.commits[index];
            json!({
                "_class": "hudson.plugins.git.GitChangeSet",
                "affectedPaths": commit.paths(),
                "commitId": commit.sha(),
                "timestamp": millis(commit.at),
                "author": {
                    "absoluteUrl": "",
                    "fullName": world.people[commit.author].name,
                },
                "authorEmail": world.people[commit.author].email,
                "msg": commit.headline,
                "comment": format!("{}\n", commit.message()),
            })
        })
        .collect()
}

/// Whose token it is.
pub fn me(world: &World) -> Value {
    json!({
        "_class": "hudson.security.WhoAmI",
        "anonymous": false,
        "authenticated": true,
        "authorities": ["authenticated"],
        "details": null,
        "name": world.people[OPERATOR].login,
        "toString": "",
    })
}
