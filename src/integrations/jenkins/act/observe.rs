//! The fresh look after it: does Jenkins show the effect? An answer of 200 or
//! 302 is never taken for one.

use crate::{
    domain::{Act, Conclusion, RunState, Text, Version},
    integrations::{
        contract::{Fault, Observation, Observe},
        http::Need,
        jenkins::{
            look::Eyes,
            map::{self, key::Key},
            wire,
        },
    },
};

use super::{
    NO_PAGES, build_of, input_of, is_since, no_incidents, precheck::word, rollback_job, wrong,
};

/// Says from a fresh read whether the effect is there.
///
/// # Errors
/// When it cannot be read.
pub async fn observe(eyes: &Eyes, operation: &Observe) -> Result<Observation, Fault> {
    match &operation.intent.act {
        Act::Approve { approval, .. } => {
            let (key, id) = input_of(eyes, approval)?;
            answered(eyes, key, id, true).await
        }
        Act::Decline { approval, .. } => {
            let (key, id) = input_of(eyes, approval)?;
            answered(eyes, key, id, false).await
        }
        Act::RerunFailed { run, .. } => repeated(eyes, operation, build_of(eyes, run)?).await,
        Act::CancelRun { run, .. } => stopped(eyes, build_of(eyes, run)?).await,
        Act::RollBack {
            to,
            repository,
            workflow,
            inputs,
            ..
        } => {
            let job = rollback_job(repository, workflow)?;
            let versions: Vec<&str> = inputs
                .iter()
                .filter(|(_, value)| value.as_str() == to.as_str())
                .map(|(name, _)| name.as_str())
                .collect();
            went_back(eyes, operation, &job, &versions, to).await
        }
        Act::RollBackByRerun { .. } => Err(wrong("Jenkins runs no old build again to go back")),
        Act::Undo { .. } | Act::Steer { .. } => Err(wrong(
            "Jenkins runs no workloads: ask the integration of the cluster",
        )),
        Act::Acknowledge { .. } | Act::Resolve { .. } | Act::AddNote { .. } => Err(no_incidents()),
        Act::Publish { .. } => Err(wrong(NO_PAGES)),
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

/// The input has to be gone, and the log has to say who answered how: the API
/// tells only that it is gone.
async fn answered(
    eyes: &Eyes,
    key: Key<'_>,
    id: &str,
    approve: bool,
) -> Result<Observation, Fault> {
    let (job, number) = (key.job, key.number);
    let list = eyes.client.inputs(job, number, Need::Fresh).await?;
    let list = list.map(|seen| seen.value).unwrap_or_default();
    if list.items.iter().any(|input| input.id == id) {
        return Ok(pending(&format!("{job} #{number} still waits")));
    }
    if list.malformed > 0 {
        return Err(wrong(
            "Jenkins' list of what waits cannot be read as a whole",
        ));
    }
    let build = eyes.client.build(job, number, Need::Fresh).await?.value;
    let now = format!("{job} #{number} is {}", word(&build));
    let said = verdict(eyes, key).await?;
    Ok(match said {
        Some((true, who)) if approve => done(&format!("approved by {who}; {now}")),
        Some((false, who)) if !approve => done(&format!("aborted by {who}; {now}")),
        Some((true, who)) => refuted(&format!("it was approved by {who}; {now}")),
        Some((false, who)) => refuted(&format!("it was aborted by {who}; {now}")),
        None if build.result.as_deref() == Some("ABORTED") && !build.building => {
            if approve {
                refuted(&format!("nobody approved it: {now}"))
            } else {
                done(&now)
            }
        }
        None if build.building => pending(&format!(
            "it waits no more, but the log of {job} #{number} does not tell the answer yet"
        )),
        // Without a person behind the credential Jenkins writes no such line.
        None if approve => done(&format!("it waits no more; {now}")),
        None => refuted(&now),
    })
}

/// The last answer to an input that the log tells: whether it was a yes, and
/// whose.
async fn verdict(eyes: &Eyes, key: Key<'_>) -> Result<Option<(bool, String)>, Fault> {
    let console = eyes
        .client
        .console(key.job, key.number, 0, Need::Fresh)
        .await?
        .value;
    let log = String::from_utf8_lossy(&console.bytes);
    Ok(log.lines().rev().find_map(|line| {
        let line = line.trim();
        let yes = line.strip_prefix("Approved by ").map(|who| (true, who));
        let no = || {
            ["Rejected by ", "Aborted by "]
                .iter()
                .find_map(|start| line.strip_prefix(start))
                .map(|who| (false, who))
        };
        yes.or_else(no).map(|(yes, who)| (yes, who.to_owned()))
    }))
}

/// A newer build has to be there that repeats the old one.
async fn repeated(eyes: &Eyes, operation: &Observe, key: Key<'_>) -> Result<Observation, Fault> {
    let (job, number) = (key.job, key.number);
    let item = eyes.client.item(job, Need::Fresh).await?.value;
    let builds = item.builds.unwrap_or_default();
    let found = builds
        .items
        .iter()
        .filter(|build| build.number > number)
        .filter(|build| is_since(map::instant(build.timestamp), operation.since))
        .find(|build| map::repeats(build) == Some(number) || is_handle(build, &operation.handle));
    if let Some(build) = found {
        return Ok(done(&format!(
            "{job} #{} repeats #{number} and is {}",
            build.number,
            word(build)
        )));
    }
    if builds.malformed > 0 {
        return Err(wrong("Jenkins' list of builds cannot be read as a whole"));
    }
    Ok(match item.queue_item.and_then(|queued| queued.why) {
        Some(why) => pending(&format!("a build of {job} waits for its turn: {why}")),
        None => pending(&format!("{job} shows no build yet that repeats #{number}")),
    })
}

/// Whether a build is what the item of the queue has become that was answered.
fn is_handle(build: &wire::Build, handle: &str) -> bool {
    handle.parse::<i64>().is_ok_and(|id| id == build.queue_id)
}

async fn stopped(eyes: &Eyes, key: Key<'_>) -> Result<Observation, Fault> {
    let (job, number) = (key.job, key.number);
    if let Some(queued) = eyes.waiting(job, number) {
        let item = eyes.client.queue_item(queued.item.id, Need::Fresh).await?;
        match item.map(|seen| seen.value) {
            Some(item) if item.cancelled => return Ok(done("it was taken out of the queue")),
            Some(item) if item.executable.is_some() => {
                let why = format!("it had begun before that: {job} #{number}");
                return Ok(refuted(&why));
            }
            Some(_) => return Ok(pending("it still waits for its turn")),
            // Jenkins forgets what was taken out as well as what has begun:
            // whether there is a build tells which.
            None => {}
        }
    }
    let build = match eyes.client.build(job, number, Need::Fresh).await {
        Ok(seen) => seen.value,
        // It waited for its turn, and the watch has seen it go; or nothing has
        // been seen yet, and it still waits.
        Err(failure) if failure.status == Some(404) => {
            let item = eyes.client.item(job, Need::Fresh).await?.value;
            let waits = item.queue_item.is_some() && item.next_build_number == number;
            return Ok(if waits {
                pending("it still waits for its turn")
            } else {
                done(&format!("{job} #{number} was never begun"))
            });
        }
        Err(failure) => return Err(failure.fault),
    };
    Ok(match map::run_state(&build) {
        RunState::Done(Conclusion::Cancelled) => done(&format!("{job} #{number} is aborted")),
        RunState::Done(_) => refuted(&format!(
            "{job} #{number} ended before it was stopped: {}",
            word(&build)
        )),
        _ => pending(&format!(
            "{job} #{number} is still at work; what does not stop can be terminated on its page"
        )),
    })
}

/// The build that the request started has to succeed, with the version that was
/// wanted.
async fn went_back(
    eyes: &Eyes,
    operation: &Observe,
    job: &str,
    versions: &[&str],
    to: &Version,
) -> Result<Observation, Fault> {
    let environment = operation
        .intent
        .environment
        .as_ref()
        .ok_or_else(|| wrong("the rollback names no environment"))?;
    let item = eyes.client.item(job, Need::Fresh).await?.value;
    let builds = item.builds.unwrap_or_default();
    let since = |build: &&wire::Build| is_since(map::instant(build.timestamp), operation.since);
    // A build that carries this operation's id is ours without doubt.
    let carries = |build: &&wire::Build| {
        map::parameters(build)
            .filter_map(|one| map::value(&one.value))
            .any(|value| value == operation.id.as_str())
    };
    let of_version = |build: &&wire::Build| {
        !versions.is_empty()
            && versions
                .iter()
                .all(|name| map::parameter(build, name).as_deref() == Some(to.as_str()))
    };
    let mut all = builds.items.iter();
    let found = all
        .clone()
        .find(|build| is_handle(build, &operation.handle))
        .or_else(|| all.clone().filter(since).find(carries))
        .or_else(|| {
            let lost = operation.handle.is_empty();
            lost.then(|| all.by_ref().filter(since).find(of_version))
                .flatten()
        });
    let Some(build) = found else {
        if builds.malformed > 0 {
            return Err(wrong("Jenkins' list of builds cannot be read as a whole"));
        }
        return queued(eyes, operation, job).await;
    };
    let number = build.number;
    eyes.remember(job, |root| root.note(job, None, build));
    if !of_version(&build) && !versions.is_empty() {
        return Ok(refuted(&format!(
            "{job} #{number} was started with another version than {to}: look at it"
        )));
    }
    Ok(match map::run_state(build) {
        RunState::Done(Conclusion::Success) => {
            done(&format!("{environment} serves {to} since {job} #{number}"))
        }
        RunState::Done(_) => refuted(&format!("{job} #{number} ended as {}", word(build))),
        _ => {
            let inputs = eyes.client.inputs(job, number, Need::Fresh).await?;
            if inputs.is_some_and(|seen| !seen.value.items.is_empty()) {
                pending(&format!("{job} #{number} waits for a yes"))
            } else {
                pending(&format!("{job} #{number} is {}", word(build)))
            }
        }
    })
}

/// What the queue says, while there is no build.
async fn queued(eyes: &Eyes, operation: &Observe, job: &str) -> Result<Observation, Fault> {
    let Ok(id) = operation.handle.parse::<i64>() else {
        return Ok(pending(&format!("{job} shows no build of it yet")));
    };
    let item = eyes.client.queue_item(id, Need::Fresh).await?;
    Ok(match item.map(|seen| seen.value) {
        Some(item) if item.cancelled => refuted("it was taken out of the queue"),
        Some(item) => pending(&format!(
            "{job} waits for its turn: {}",
            item.why.as_deref().unwrap_or("it is about to begin")
        )),
        None => pending(&format!(
            "the queue has forgotten the request, and {job} shows no build of it"
        )),
    })
}
