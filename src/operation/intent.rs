//! From what a person points at to what is wanted: absolute, with every name
//! and version filled in, or refused in words.

use std::collections::BTreeMap;

use crate::{
    domain::{
        Act, Approval, EnvironmentName, Incident, IncidentStatus, Intent, OperationId, Origin,
        Pinned, RollbackSpec, Rollout, RolloutSeen, Run, ServiceSpec, Steer, Strategy, Text,
        Version, VersionPage,
    },
    error::{Error, Kind},
};

/// Let a waiting deployment go on.
#[must_use]
pub fn approve(approval: &Approval) -> Intent {
    on_approval(
        approval,
        Act::Approve {
            approval: approval.id.clone(),
            run: approval.run.clone(),
            environment_key: approval.environment_key.clone(),
            grants: approval.grants,
        },
    )
}

/// Refuse a waiting deployment.
#[must_use]
pub fn decline(approval: &Approval) -> Intent {
    on_approval(
        approval,
        Act::Decline {
            approval: approval.id.clone(),
            run: approval.run.clone(),
            environment_key: approval.environment_key.clone(),
        },
    )
}

fn on_approval(approval: &Approval, act: Act) -> Intent {
    Intent {
        source: approval.id.source.clone(),
        service: Some(approval.service.clone()),
        environment: Some(approval.environment.clone()),
        act,
        reason: Text::default(),
    }
}

/// Run the failed jobs of a finished run again.
///
/// # Errors
/// When the run is still at work.
pub fn rerun(run: &Run) -> Result<Intent, Error> {
    if run.state.is_live() {
        return Err(refused(format!("run #{} is still at work", run.number))
            .hint("wait until it ends, or cancel it first"));
    }
    Ok(on_run(
        run,
        Act::RerunFailed {
            run: run.id.clone(),
            attempt: run.attempt,
        },
    ))
}

/// Stop a run.
///
/// # Errors
/// When the run has ended.
pub fn cancel(run: &Run) -> Result<Intent, Error> {
    if !run.state.is_live() {
        return Err(refused(format!("run #{} has already ended", run.number)));
    }
    Ok(on_run(
        run,
        Act::CancelRun {
            run: run.id.clone(),
            attempt: run.attempt,
        },
    ))
}

fn on_run(run: &Run, act: Act) -> Intent {
    Intent {
        source: run.id.source.clone(),
        service: Some(run.service.clone()),
        environment: run.environment.clone(),
        act,
        reason: Text::default(),
    }
}

/// Bring a service back to a version, by its rollback workflow. `operation`
/// is the id that the draft will have, because the inputs may carry it.
///
/// # Errors
/// When the configuration does not say how, or the versions make no sense.
pub fn roll_back(
    service: &ServiceSpec,
    environment: &EnvironmentName,
    from: &Version,
    to: &Version,
    operation: &OperationId,
) -> Result<Intent, Error> {
    let name = &service.name;
    let missing = |what: &str, key: &str| {
        Err(refused(format!("tminus does not know {what} of {name}"))
            .hint(format!("set `{key}` in the [[services]] entry of {name}")))
    };
    let Some(RollbackSpec::Workflow(rollback)) = &service.rollback else {
        return missing("the rollback workflow", "rollback = { workflow = \"…\" }");
    };
    let Some(host) = &service.host else {
        return missing("the host", "host");
    };
    let Some(repository) = &service.repository else {
        return missing("the repository", "repository");
    };
    make_sense(service, environment, from, to)?;
    let mut inputs = BTreeMap::new();
    for (key, template) in &rollback.inputs {
        let value = fill(template, |placeholder| match placeholder {
            "service" => Some(name.as_str()),
            "environment" => Some(environment.as_str()),
            "version" => Some(to.as_str()),
            "from" => Some(from.as_str()),
            "operation" => Some(operation.as_str()),
            _ => None,
        })
        .map_err(|placeholder| {
            refused(format!(
                "the rollback input `{key}` of {name} asks for `{{{placeholder}}}`, which tminus \
                 does not know"
            ))
            .hint("use {service}, {environment}, {version}, {from} or {operation}")
        })?;
        inputs.insert(key.clone(), Text::from(value));
    }
    Ok(Intent {
        source: host.clone(),
        service: Some(name.clone()),
        environment: Some(environment.clone()),
        act: Act::RollBack {
            from: from.clone(),
            to: to.clone(),
            repository: repository.clone(),
            workflow: rollback.workflow.clone(),
            reference: rollback.reference.clone(),
            inputs,
        },
        reason: Text::default(),
    })
}

fn make_sense(
    service: &ServiceSpec,
    environment: &EnvironmentName,
    from: &Version,
    to: &Version,
) -> Result<(), Error> {
    let name = &service.name;
    if from.as_str().is_empty() || to.as_str().is_empty() {
        return Err(refused(format!(
            "a rollback of {name} needs the version that serves now and the one to go back to"
        )));
    }
    if from == to {
        return Err(refused(format!(
            "{name} in {environment} is already at {to}"
        )));
    }
    Ok(())
}

/// Bring a service back to a version, by running the run again that deployed
/// it before. `attempt` is the one that the person saw.
///
/// # Errors
/// When the versions make no sense.
pub fn roll_back_by_rerun(
    service: &ServiceSpec,
    environment: &EnvironmentName,
    from: &Version,
    to: &Pinned,
    run: &Origin,
    attempt: u32,
) -> Result<Intent, Error> {
    make_sense(service, environment, from, &to.version)?;
    Ok(Intent {
        source: run.source.clone(),
        service: Some(service.name.clone()),
        environment: Some(environment.clone()),
        act: Act::RollBackByRerun {
            from: from.clone(),
            to: to.version.clone(),
            run: run.clone(),
            attempt,
            commit: to.commit.clone(),
        },
        reason: Text::default(),
    })
}

/// Give a workload the revision again that has a version: its number and what
/// tells its content.
///
/// # Errors
/// When the versions make no sense.
pub fn undo(
    service: &ServiceSpec,
    environment: &EnvironmentName,
    (from, to): (&Version, &Version),
    rollout: &Origin,
    (revision, hash): (u64, &Text),
    seen: &RolloutSeen,
) -> Result<Intent, Error> {
    make_sense(service, environment, from, to)?;
    Ok(Intent {
        source: rollout.source.clone(),
        service: Some(service.name.clone()),
        environment: Some(environment.clone()),
        act: Act::Undo {
            from: from.clone(),
            to: to.clone(),
            rollout: rollout.clone(),
            revision,
            hash: hash.clone(),
            seen: seen.clone(),
        },
        reason: Text::default(),
    })
}

/// Change how a rollout goes on.
///
/// # Errors
/// When that makes no sense where it stands.
pub fn steer(rollout: &Rollout, how: Steer) -> Result<Intent, Error> {
    let name = &rollout.id.key;
    let no = |why: &str| Err(refused(format!("{name} {why}")));
    let Some(current) = rollout.current() else {
        return no("does not tell which version it brings");
    };
    let shares = matches!(rollout.strategy, Strategy::Canary | Strategy::BlueGreen);
    match how {
        Steer::Retry if !rollout.aborted => return no("was not aborted"),
        Steer::Retry => {}
        _ if rollout.aborted => {
            return no("was aborted: retry it, or roll back");
        }
        Steer::Resume if !rollout.held => return no("is not held"),
        Steer::Hold if rollout.held => return no("is held already"),
        Steer::Promote | Steer::PromoteFully if rollout.held => {
            return no("is held: let it go on first");
        }
        Steer::Promote | Steer::PromoteFully | Steer::Abort if !shares => {
            return no(
                "replaces instance by instance: it has no steps and can only be held or rolled back",
            );
        }
        Steer::Promote | Steer::PromoteFully | Steer::Abort if current.stable => {
            return no(&format!("is through: {} serves", current.version));
        }
        Steer::Promote if rollout.pauses.is_empty() && rollout.step().is_none() => {
            return no("waits for nobody");
        }
        Steer::Promote if rollout.unpausing => {
            return no("was promoted a moment ago: wait until it moves");
        }
        _ => {}
    }
    Ok(on_rollout(
        rollout,
        Act::Steer {
            rollout: rollout.id.clone(),
            how,
            version: current.version.clone(),
            seen: rollout.seen.clone(),
        },
    ))
}

fn on_rollout(rollout: &Rollout, act: Act) -> Intent {
    Intent {
        source: rollout.id.source.clone(),
        service: Some(rollout.service.clone()),
        environment: Some(rollout.environment.clone()),
        act,
        reason: Text::default(),
    }
}

/// Fills `{name}` in one pass: what was filled in is never looked at again. A
/// brace without its partner stands for itself.
fn fill<'a>(template: &'a str, value: impl Fn(&str) -> Option<&'a str>) -> Result<String, &'a str> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((placeholder, after)) = after.split_once('}') else {
            break;
        };
        filled.push_str(before);
        filled.push_str(value(placeholder).ok_or(placeholder)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Say that somebody looks at an incident.
///
/// # Errors
/// When somebody already does, or it is over.
pub fn acknowledge(incident: &Incident) -> Result<Intent, Error> {
    match &incident.status {
        IncidentStatus::Acknowledged => Err(refused(format!(
            "incident {} is already acknowledged{}",
            incident.number,
            incident
                .acknowledged_by
                .first()
                .map(|who| format!(" by {who}"))
                .unwrap_or_default()
        ))),
        IncidentStatus::Resolved => Err(over(incident)),
        IncidentStatus::Triggered | IncidentStatus::Other(_) => Ok(on_incident(
            incident,
            Act::Acknowledge {
                incident: incident.id.clone(),
            },
        )),
    }
}

/// Say that an incident is over.
///
/// # Errors
/// When it is over already.
pub fn resolve(incident: &Incident) -> Result<Intent, Error> {
    if incident.status == IncidentStatus::Resolved {
        return Err(over(incident));
    }
    Ok(on_incident(
        incident,
        Act::Resolve {
            incident: incident.id.clone(),
        },
    ))
}

/// Write a note into an incident.
///
/// # Errors
/// When the note is empty.
pub fn add_note(incident: &Incident, lines: &[Text]) -> Result<Intent, Error> {
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Err(refused("the note is empty".to_owned()));
    }
    Ok(on_incident(
        incident,
        Act::AddNote {
            incident: incident.id.clone(),
            lines: lines.to_vec(),
        },
    ))
}

/// Publish notes as the page of a version. `found` is what its host has for it
/// now: a draft that is there is taken over, a page that is there is not.
///
/// # Errors
/// When the service has no host, the version has no tag, a page is there, or
/// the notes are empty.
pub fn publish(
    service: &ServiceSpec,
    found: &VersionPage,
    (title, lines): (&Text, &[Text]),
    draft: bool,
) -> Result<Intent, Error> {
    let (name, version) = (&service.name, &found.version);
    let Some(host) = &service.host else {
        return Err(refused(format!("tminus does not know the host of {name}"))
            .hint(format!("set `host` in the [[services]] entry of {name}")));
    };
    let Some(tag) = &found.tag else {
        return Err(refused(format!(
            "{} has no tag of {version}, and a page makes none: a tag can start a pipeline",
            found.repository
        ))
        .hint("tag the version first"));
    };
    if title.trim().is_empty() || lines.iter().all(|line| line.trim().is_empty()) {
        return Err(refused("the notes are empty".to_owned()));
    }
    let over = match &found.page {
        None => None,
        Some(page) if page.draft && draft && page.says(title, lines) => {
            return Err(refused(format!("the draft of {tag} says that already")));
        }
        Some(page) if page.draft => Some(Box::new(page.clone())),
        Some(page) if page.says(title, lines) => {
            return Err(refused(format!(
                "{tag} is published with these notes already"
            )));
        }
        Some(page) => {
            return Err(refused(format!(
                "{tag} is published already, with other notes: “{}”",
                page.title
            ))
            .hint(format!("it is not overwritten; change it at {}", page.url)));
        }
    };
    Ok(Intent {
        source: host.clone(),
        service: Some(name.clone()),
        environment: None,
        act: Act::Publish {
            repository: found.repository.clone(),
            version: version.clone(),
            tag: tag.clone(),
            commit: found.commit.clone(),
            title: title.clone(),
            lines: lines.to_vec(),
            draft,
            over,
        },
        reason: Text::default(),
    })
}

fn on_incident(incident: &Incident, act: Act) -> Intent {
    Intent {
        source: incident.id.source.clone(),
        service: incident.service.clone(),
        environment: None,
        act,
        reason: Text::default(),
    }
}

fn over(incident: &Incident) -> Error {
    refused(format!("incident {} is already resolved", incident.number))
}

fn refused(message: String) -> Error {
    Error::new(Kind::Refused, message)
}
