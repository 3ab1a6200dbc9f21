//! Operations: the request, the fresh look before it, the one send, and the
//! fresh looks after it.

mod form;
mod observe;
mod precheck;

#[cfg(test)]
mod tests;

pub use form::dialect;
pub use observe::observe;
pub use precheck::precheck;

use std::collections::BTreeMap;

use crate::{
    domain::{Act, Connection, Intent, Origin, Text, Timestamp},
    integrations::{
        contract::{Answer, Fault, PreparedRequest},
        http::{WriteClient, encode, fault::fault},
    },
    operation::Confirmed,
};

use super::{
    client::{below, of_build},
    config::is_job,
    look::Eyes,
    map::{
        self,
        key::{Key, Part},
    },
    memory::Known,
    wire,
};

/// How far Jenkins' clock may be behind ours before its times count as earlier
/// than our request, in seconds.
const SLACK: i64 = 120;
/// What is said to whoever wants to publish notes there.
pub const NO_PAGES: &str =
    "Jenkins keeps no pages of versions: publish the notes where the code is";

/// Builds the request of an intent.
///
/// # Errors
/// When Jenkins cannot carry out such an intent; for people.
pub fn prepare(eyes: &Eyes, intent: &Intent) -> Result<PreparedRequest, Fault> {
    match &intent.act {
        Act::Approve { approval, .. } => {
            let (key, id) = input_of(eyes, approval)?;
            let input = known_input(eyes, key, id)?;
            let path =
                |act: &str| of_build(key.job, key.number, &format!("input/{}/{act}", encode(id)));
            if input.inputs.items.is_empty() {
                return Ok(post(eyes, &path("proceedEmpty"), String::new(), ""));
            }
            // `proceedEmpty` would drop them without a word.
            let values = form::defaults(&input).map_err(|why| wrong(&why))?;
            let told: Vec<String> = values
                .iter()
                .map(|(name, value)| format!("{name} = {}", form::shown(value)))
                .collect();
            let goes = match (&intent.service, &intent.environment) {
                (Some(service), Some(environment)) => {
                    format!(", and it deploys {service} to {environment}")
                }
                _ => String::new(),
            };
            let note = format!(
                "{} lets run {} #{} go on{goes}. It asks for values, and is given their defaults: {}.",
                eyes.source,
                key.job,
                key.number,
                told.join(", ")
            );
            Ok(post(
                eyes,
                &path("proceed"),
                form::submitted(&values),
                &note,
            ))
        }
        Act::Decline { approval, .. } => {
            let (key, id) = input_of(eyes, approval)?;
            let rest = format!("input/{}/abort", encode(id));
            let note = format!(
                "{} aborts what run {} #{} waits for: the build ends as aborted, unless its pipeline \
                 catches that.",
                eyes.source, key.job, key.number
            );
            Ok(post(
                eyes,
                &of_build(key.job, key.number, &rest),
                String::new(),
                &note,
            ))
        }
        Act::RerunFailed { run, .. } => again(eyes, build_of(eyes, run)?),
        Act::CancelRun { run, .. } => {
            let key = build_of(eyes, run)?;
            Ok(match eyes.waiting(key.job, key.number) {
                Some(queued) => {
                    let path = format!("queue/cancelItem?id={}", queued.item.id);
                    post(eyes, &path, String::new(), "")
                }
                None => post(
                    eyes,
                    &of_build(key.job, key.number, "stop"),
                    String::new(),
                    "",
                ),
            })
        }
        Act::RollBack {
            repository,
            workflow,
            inputs,
            ..
        } => {
            let job = rollback_job(repository, workflow)?;
            let values = inputs
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()));
            Ok(post(
                eyes,
                &start(&job, inputs.is_empty()),
                form::fields(values),
                "",
            ))
        }
        Act::RollBackByRerun { .. } => Err(wrong(
            "Jenkins goes back by starting the job that deploys with the older version: write \
             `rollback = { workflow = \"JOB\", inputs = { VERSION = \"{version}\" } }` for the service",
        )),
        Act::Undo { .. } | Act::Steer { .. } => Err(wrong(
            "Jenkins runs no workloads: ask the integration of the cluster",
        )),
        Act::Acknowledge { .. } | Act::Resolve { .. } | Act::AddNote { .. } => Err(no_incidents()),
        Act::Publish { .. } => Err(wrong(NO_PAGES)),
    }
}

/// Sends the bytes that were confirmed, once. Where the credential is a
/// password, a crumb is fetched first: without one nothing is sent.
pub async fn send(
    eyes: &Eyes,
    write: Option<&WriteClient>,
    crumb: bool,
    operation: &Confirmed,
) -> Answer {
    let never = |why: &str| Answer::Refused {
        status: 0,
        why: Text::new(&format!("nothing was sent: {why}")),
    };
    let Some(write) = write else {
        return never("tminus was started read-only");
    };
    let headers = if crumb {
        match eyes.client.crumb().await {
            Ok(headers) => headers,
            Err(failure) => return never(&failure.fault.detail),
        }
    } else {
        http::HeaderMap::new()
    };
    // A build that was started is found by its item in the queue.
    let queued = |location: Option<&str>| {
        location
            .and_then(|location| location.trim_end_matches('/').rsplit_once("/queue/item/"))
            .filter(|(_, id)| id.parse::<i64>().is_ok())
            .map_or_else(Text::default, |(_, id)| Text::new(id))
    };
    write
        .send_with(operation.request(), headers, |reply| {
            queued(reply.header("location"))
        })
        .await
}

/// The request that builds the same once more. Jenkins knows no "failed only".
fn again(eyes: &Eyes, key: Key<'_>) -> Result<PreparedRequest, Fault> {
    let (job, number) = (key.job, key.number);
    let known = known_build(eyes, key)?;
    if let Some(name) = password(&known.build) {
        return Err(wrong(&format!(
            "{job} #{number} was started with the password {name}, which Jenkins neither tells nor \
             repeats: start it on its page"
        )));
    }
    if map::is_pipeline(&known.build) {
        let note = format!(
            "{} cannot run the failed part alone: it starts a new build of {job} that does \
             everything again, with the script, the parameters and the commit of #{number}.",
            eyes.source
        );
        let path = of_build(job, number, "replay/rebuild");
        return Ok(post(eyes, &path, String::new(), &note));
    }
    // Files, credentials and the like: the job would go on with its default.
    if let Some(untold) = map::parameters(&known.build).find(|one| map::value(&one.value).is_none())
    {
        return Err(wrong(&format!(
            "{job} #{number} was started with a value for {} that Jenkins does not tell, so it cannot \
             be given again: start it on its page",
            untold.name
        )));
    }
    let values: BTreeMap<&str, String> = map::parameters(&known.build)
        .filter_map(|one| Some((one.name.as_str(), map::value(&one.value)?)))
        .collect();
    let note = format!(
        "{} cannot run the failed part alone: it starts a new build of {job} with the parameters of \
         #{number}, of what is newest by then.",
        eyes.source
    );
    let body = form::fields(values.iter().map(|(name, value)| (*name, value.as_str())));
    Ok(post(eyes, &start(job, values.is_empty()), body, &note))
}

/// The path that starts a job.
fn start(job: &str, empty: bool) -> String {
    below(
        job,
        if empty {
            "build"
        } else {
            "buildWithParameters"
        },
    )
}

/// The job that goes back: below what the service names, or from the root of
/// Jenkins when it begins with a slash.
fn rollback_job(repository: &str, workflow: &str) -> Result<String, Fault> {
    let job = match workflow.strip_prefix('/') {
        Some(whole) => whole.to_owned(),
        None => format!("{repository}/{workflow}"),
    };
    if workflow.is_empty() || !is_job(&job) {
        return Err(wrong(&format!(
            "{job:?} is not the full name of a job: write `workflow` as the job's name below the \
             service's `repository`, or as \"/FOLDER/JOB\""
        )));
    }
    Ok(job)
}

/// The password that a build was started with, by name.
fn password(build: &wire::Build) -> Option<&str> {
    map::parameters(build)
        .find(|one| one.class.ends_with(".PasswordParameterValue"))
        .map(|one| one.name.as_str())
}

fn post(eyes: &Eyes, path: &str, body: String, note: &str) -> PreparedRequest {
    PreparedRequest {
        method: "POST",
        url: eyes.client.read().url(path, &[]).to_string(),
        body,
        note: Text::new(note),
    }
}

/// The build that an act names.
fn build_of<'o>(eyes: &Eyes, run: &'o Origin) -> Result<Key<'o>, Fault> {
    let key = eyes.read_key(run)?;
    if key.part == Part::Build {
        Ok(key)
    } else {
        Err(wrong(&format!("{run} is no build")))
    }
}

/// The input that an act names, with its build.
fn input_of<'o>(eyes: &Eyes, approval: &'o Origin) -> Result<(Key<'o>, &'o str), Fault> {
    let key = eyes.read_key(approval)?;
    match key.part {
        Part::Input(id) => Ok((key, id)),
        _ => Err(wrong(&format!("{approval} is no input"))),
    }
}

fn known_build(eyes: &Eyes, key: Key<'_>) -> Result<Known, Fault> {
    eyes.known(key.job, key.number).ok_or_else(|| {
        wrong(&format!(
            "Jenkins has not told yet what {} #{} was started with: refresh and try again",
            key.job, key.number
        ))
    })
}

fn known_input(eyes: &Eyes, key: Key<'_>, id: &str) -> Result<wire::Input, Fault> {
    eyes.known(key.job, key.number)
        .and_then(|known| known.inputs.into_iter().find(|input| input.id == id))
        .ok_or_else(|| {
            wrong(&format!(
                "{} #{} does not wait for {id:?}, as far as is known: refresh and try again",
                key.job, key.number
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
    wrong("Jenkins knows no incidents: ask the integration that pages")
}
