//! Jenkins' objects as JSON.

use serde_json::{Value, json};

use crate::{
    domain::Timestamp,
    simulator::world::{
        OPERATOR, World,
        run::{Conclusion, Job, Run, Status, Step, Trigger, Workflow},
    },
};

use super::jobs::{self, Item};

/// The name of the input before production; Jenkins writes its first letter in
/// upper case.
pub const INPUT: &str = "Production";

/// An instant as Jenkins writes it.
pub fn millis(at: Timestamp) -> i64 {
    at.timestamp_millis()
}

/// A folder or job, with all that is in it.
pub fn item(world: &World, base: &str, item: Item) -> Value {
    let class = match item {
        Item::Organization | Item::Folder(_) => "com.cloudbees.hudson.plugins.folder.Folder",
        Item::Project(_) => {
            "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
        }
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
        let jobs = below.into_iter().map(|below| self::item(world, base, below));
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

/// The word of the plugin for where a stage or step stands.
fn status(status: Status, conclusion: Option<Conclusion>) -> &'static str {
    match (status, conclusion) {
        (Status::Queued, _) => "QUEUED",
        (Status::InProgress, _) => "IN_PROGRESS",
        (Status::Waiting, _) => "PAUSED_PENDING_INPUT",
        (Status::Completed, Some(Conclusion::Failure)) => "FAILED",
        (Status::Completed, Some(Conclusion::Cancelled)) => "ABORTED",
        (Status::Completed, Some(Conclusion::Skipped)) => "NOT_EXECUTED",
        (Status::Completed, _) => "SUCCESS",
    }
}

/// A build by its stages. What was not reached is not there.
pub fn describe(world: &World, run: &Run, full: bool) -> Value {
    let path = format!("/{}{}", Item::of(run).path(world), run.number);
    let stages: Vec<Value> = run
        .jobs(&run.latest)
        .iter()
        .filter(|job| job.mark.status != Status::Queued)
        .map(|job| stage(world, run, job, &path, full))
        .collect();
    let whole = match run.latest.status {
        Status::Completed => status(Status::Completed, run.latest.conclusion),
        other => status(other, None),
    };
    json!({
        "_links": { "self": { "href": format!("{path}/wfapi/describe") } },
        "id": run.number.to_string(),
        "name": format!("#{}", run.number),
        "status": whole,
        "startTimeMillis": millis(run.created_at),
        "endTimeMillis": millis(run.latest.updated_at),
        "durationMillis": (run.latest.updated_at - run.created_at).num_milliseconds(),
        "queueDurationMillis": 3,
        "pauseDurationMillis": 0,
        "stages": stages,
    })
}

fn stage(world: &World, run: &Run, job: &Job, path: &str, full: bool) -> Value {
    let now = world.now();
    let paused = run.waiting.map(|(_, since)| since);
    let waits = job.mark.status == Status::Waiting;
    let begun = job
        .mark
        .started_at
        .or(paused)
        .unwrap_or(run.latest.updated_at);
    let ended = job.mark.completed_at.unwrap_or(now);
    let id = (usize::from(job.index) * 7 + 6).to_string();
    let pause = if waits {
        (now - begun).num_milliseconds()
    } else {
        0
    };
    let mut stage = json!({
        "_links": { "self": { "href": format!("{path}/execution/node/{id}/wfapi/describe") } },
        "id": id,
        "name": job.plan.name,
        "execNode": "",
        "status": status(job.mark.status, job.mark.conclusion),
        "startTimeMillis": millis(begun),
        "durationMillis": (ended - begun).num_milliseconds(),
        "pauseDurationMillis": pause,
    });
    if job.mark.conclusion == Some(Conclusion::Failure) {
        stage["error"] = json!({
            "message": "script returned exit code 1",
            "type": "hudson.AbortException",
        });
    }
    if full {
        let steps = job.steps(now);
        let nodes = steps.iter().zip(1..).map(|(one, number): (&Step, u32)| {
            let begun = one.mark.started_at.unwrap_or(begun);
            json!({
                "_links": {},
                "id": format!("{id}{number:02}"),
                "name": "Shell Script",
                "execNode": "",
                "status": status(one.mark.status, one.mark.conclusion),
                "parameterDescription": one.name,
                "startTimeMillis": millis(begun),
                "durationMillis":
                    (one.mark.completed_at.unwrap_or(now) - begun).num_milliseconds().max(0),
                "pauseDurationMillis": 0,
                "parentNodes": [],
            })
        });
        stage["stageFlowNodes"] = nodes.collect();
    }
    stage
}

/// What a build waits for. Services of the first tier ask how fast to go.
pub fn inputs(world: &World, run: &Run) -> Value {
    if run.waiting.is_none() {
        return json!([]);
    }
    let path = format!("/{}{}", Item::of(run).path(world), run.number);
    let service = &world.services[run.service];
    json!([{
        "id": INPUT,
        "message": format!("Deploy {} {} to production?", service.name, run.branch),
        "proceedText": "Deploy",
        "inputs": asked(world, run),
        "proceedUrl": format!("{path}/wfapi/inputSubmit?inputId={INPUT}"),
        "abortUrl": format!("{path}/input/{INPUT}/abort"),
        "redirectApprovalUrl": format!("{path}/input/"),
    }])
}

/// What has to be given with a yes.
pub fn asked(world: &World, run: &Run) -> Value {
    if world.services[run.service].tier > 1 {
        return json!([]);
    }
    json!([{
        "type": "ChoiceParameterDefinition",
        "name": "PACE",
        "description": "How fast to go",
        "definition": { "defaultVal": "careful", "choices": ["careful", "fast"] },
    }])
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
