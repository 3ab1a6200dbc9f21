//! The fresh look before anything is sent: is the target still in the state
//! that the person saw?

use std::collections::BTreeMap;

use crate::{
    domain::{Act, DeploymentState, EnvironmentName, Intent, ServiceName, Text, Version},
    integrations::{
        contract::{Fault, Precheck},
        http::Need,
        jenkins::{
            look::Eyes,
            map::{self, key::Key},
            wire,
        },
        versions,
    },
};

use super::{
    NO_PAGES, build_of, input_of, known_input, no_incidents, password, rollback_job, wrong,
};

/// Compares the target with what the person saw.
///
/// # Errors
/// When it cannot be read.
pub async fn precheck(eyes: &Eyes, intent: &Intent) -> Result<Precheck, Fault> {
    match &intent.act {
        Act::Approve { approval, .. } => {
            let (key, id) = input_of(eyes, approval)?;
            let seen = known_input(eyes, key, id)?;
            waits(eyes, key, id, Some(&seen)).await
        }
        Act::Decline { approval, .. } => {
            let (key, id) = input_of(eyes, approval)?;
            waits(eyes, key, id, None).await
        }
        Act::RerunFailed { run, .. } => repeatable(eyes, build_of(eyes, run)?).await,
        Act::CancelRun { run, .. } => stoppable(eyes, build_of(eyes, run)?).await,
        Act::RollBack {
            from,
            to,
            repository,
            workflow,
            inputs,
            ..
        } => {
            let job = rollback_job(repository, workflow)?;
            let environment = intent.environment.as_ref().ok_or_else(|| {
                wrong("the rollback names no environment, so nothing can be compared")
            })?;
            let service = intent.service.as_ref().ok_or_else(|| {
                wrong("the rollback names no service, so nothing can be compared")
            })?;
            let startable = eyes.client.startable(&job, Need::Fresh).await?;
            if let Some(why) = does_not_take(&job, &startable, inputs) {
                return Ok(moved(&why));
            }
            if let Some(why) = in_flight(eyes, &job, inputs, to).await? {
                return Ok(moved(&why));
            }
            serves(eyes, (service, environment), from, to).await
        }
        Act::RollBackByRerun { .. } => Err(wrong("Jenkins runs no old build again to go back")),
        Act::Undo { .. } | Act::Steer { .. } => Err(wrong(
            "Jenkins runs no workloads: ask the integration of the cluster",
        )),
        Act::Acknowledge { .. } | Act::Resolve { .. } | Act::AddNote { .. } => Err(no_incidents()),
        Act::Publish { .. } => Err(wrong(NO_PAGES)),
    }
}

fn moved(why: &str) -> Precheck {
    Precheck::Moved(Text::new(why))
}

/// Whether the build still waits for this input, and the input asks for the
/// same.
async fn waits(
    eyes: &Eyes,
    key: Key<'_>,
    id: &str,
    seen: Option<&wire::Input>,
) -> Result<Precheck, Fault> {
    let (job, number) = (key.job, key.number);
    let Some(list) = eyes.client.inputs(job, number, Need::Fresh).await? else {
        return Err(wrong(
            "Jenkins does not tell its inputs: is the plugin `Pipeline: REST API` there?",
        ));
    };
    let list = list.value;
    if let Some(now) = list.items.iter().find(|input| input.id == id) {
        return Ok(if seen.is_some_and(|seen| seen != now) {
            moved("it asks for something else by now: refresh and look")
        } else {
            Precheck::Ready
        });
    }
    if list.malformed > 0 {
        return Err(wrong(
            "Jenkins' list of what waits cannot be read as a whole",
        ));
    }
    let build = eyes.client.build(job, number, Need::Fresh).await?.value;
    Ok(moved(&format!(
        "it waits no more: {job} #{number} is {}",
        word(&build)
    )))
}

/// Jenkins' own word for where a build stands, for people.
pub(super) fn word(build: &wire::Build) -> String {
    if build.building {
        return "at work".to_owned();
    }
    build
        .result
        .as_deref()
        .unwrap_or("neither at work nor ended")
        .to_lowercase()
}

/// Whether a build has ended and nothing repeats it already.
async fn repeatable(eyes: &Eyes, key: Key<'_>) -> Result<Precheck, Fault> {
    let (job, number) = (key.job, key.number);
    let build = eyes.client.build(job, number, Need::Fresh).await?.value;
    if build.building {
        return Ok(moved(&format!("{job} #{number} is still at work")));
    }
    if let Some(name) = password(&build) {
        return Ok(moved(&format!(
            "it was started with the password {name}, which Jenkins does not repeat"
        )));
    }
    let builds = eyes.client.builds(job, Need::Fresh).await?.value;
    let builds = builds.builds.unwrap_or_default();
    let repeats = builds
        .items
        .iter()
        .find(|other| other.building && map::repeats(other) == Some(number));
    Ok(match repeats {
        Some(other) => moved(&format!(
            "it is repeated already: {job} #{} is at work",
            other.number
        )),
        None => Precheck::Ready,
    })
}

/// Whether a build is at work, or waits for its turn.
async fn stoppable(eyes: &Eyes, key: Key<'_>) -> Result<Precheck, Fault> {
    let (job, number) = (key.job, key.number);
    if let Some(queued) = eyes.waiting(job, number) {
        let item = eyes.client.queue_item(queued.item.id, Need::Fresh).await?;
        return Ok(match item.map(|seen| seen.value) {
            Some(item) if item.cancelled => moved("it was taken out of the queue already"),
            Some(item) if item.executable.is_none() => Precheck::Ready,
            _ => moved(&format!(
                "it waits no more: {job} #{number} has begun; refresh and look"
            )),
        });
    }
    let build = eyes.client.build(job, number, Need::Fresh).await?.value;
    Ok(if build.building {
        Precheck::Ready
    } else {
        moved(&format!(
            "{job} #{number} has ended already ({})",
            word(&build)
        ))
    })
}

/// Why the job would not do what it is told, for people. Jenkins drops what it
/// does not know, and goes on with the job's defaults.
fn does_not_take(
    job: &str,
    startable: &wire::Startable,
    inputs: &BTreeMap<Text, Text>,
) -> Option<String> {
    if startable.buildable == Some(false) {
        return Some(format!(
            "{job} cannot be started: it is disabled, or a folder"
        ));
    }
    let known: Vec<&wire::Definition> = startable
        .property
        .items
        .iter()
        .flat_map(|property| &property.parameter_definitions.items)
        .collect();
    for (name, value) in inputs {
        let Some(definition) = known.iter().find(|one| one.name == name.as_str()) else {
            return Some(format!(
                "{job} has no parameter {name}: Jenkins would drop it and use the job's defaults"
            ));
        };
        let fits = definition.choices.is_empty()
            || definition
                .choices
                .iter()
                .any(|choice| choice == value.as_str());
        if !fits {
            return Some(format!("{job} does not take {value:?} for {name}"));
        }
    }
    None
}

/// A build of the rollback job that is at work or waits for its turn, for
/// people.
async fn in_flight(
    eyes: &Eyes,
    job: &str,
    inputs: &BTreeMap<Text, Text>,
    to: &Version,
) -> Result<Option<String>, Fault> {
    let item = eyes.client.item(job, Need::Fresh).await?.value;
    if let Some(queued) = &item.queue_item {
        return Ok(Some(format!(
            "{job} waits for its turn already: {}",
            queued.why.as_deref().unwrap_or("nobody says why")
        )));
    }
    let builds = item.builds.unwrap_or_default();
    // One that goes elsewhere says so in its parameters.
    let same = |build: &wire::Build| {
        let names = inputs
            .iter()
            .filter(|(_, value)| value.as_str() == to.as_str());
        let mut versions = names.map(|(name, _)| map::parameter(build, name));
        versions.all(|given| given.is_none_or(|given| given == to.as_str()))
    };
    Ok(builds
        .items
        .iter()
        .find(|build| build.building && same(build))
        .map(|build| format!("a rollback is at work already: {job} #{}", build.number)))
}

/// Whether the environment still serves, or is being given, `from`, and `to` is
/// not on its way by other means.
async fn serves(
    eyes: &Eyes,
    (service, environment): (&ServiceName, &EnvironmentName),
    from: &Version,
    to: &Version,
) -> Result<Precheck, Fault> {
    let places: Vec<String> = eyes
        .roots()
        .iter()
        .filter(|root| root.services(&eyes.source, &eyes.rules).contains(service))
        .map(|root| root.name.clone())
        .collect();
    // What is seen here belongs to this question alone.
    let silent = crate::integrations::contract::FactSink::new(
        eyes.source.clone(),
        std::sync::Arc::new(|_| ()),
    );
    for place in places {
        eyes.look(&place, Need::Fresh, &silent).await?;
        // A build that deploys by stages tells nothing before they are read.
        eyes.clarify(&place, Need::Fresh).await?;
    }
    let mut list: Vec<crate::domain::Deployment> = eyes
        .deployed()
        .into_iter()
        .filter(|one| &one.service == service && &one.environment == environment)
        .collect();
    list.sort_by_key(|one| std::cmp::Reverse(one.updated));
    let mut on_the_way: Option<Version> = None;
    for one in list {
        let version = versions::of_tag(one.version.as_str()).unwrap_or(one.version);
        match one.state {
            DeploymentState::Success => {
                if &version == from || on_the_way.as_ref() == Some(from) {
                    return Ok(Precheck::Ready);
                }
                return Ok(moved(&match on_the_way {
                    Some(next) => format!(
                        "{environment} serves {version} and is being given {next}, not {from}"
                    ),
                    None => format!("{environment} serves {version} by now, not {from}"),
                }));
            }
            DeploymentState::InProgress | DeploymentState::Queued => {
                if &version == to {
                    return Ok(moved(&format!(
                        "a deployment of {to} is on its way already"
                    )));
                }
                on_the_way.get_or_insert(version);
            }
            _ => {}
        }
    }
    Ok(if on_the_way.as_ref() == Some(from) {
        Precheck::Ready
    } else {
        moved(&format!(
            "Jenkins knows no deployment that {environment} serves: is the job that deploys named \
             in `deploys`?"
        ))
    })
}
