//! What an item is about: its service, its link, its words.

use super::Item;
use crate::{
    domain::{NoteLink, Origin, ServiceName, SourceId},
    model::Model,
};

/// The service that an item concerns, where there is one.
#[must_use]
pub fn service(model: &Model, item: &Item) -> Option<ServiceName> {
    match item {
        Item::Canary(name) | Item::Metric(name, _) | Item::Service(name) => Some(name.clone()),
        Item::Operation(id) => model.operation(id)?.intent.service.clone(),
        Item::Incident(id) => model.incident(id)?.value.service.clone(),
        Item::Approval(id) => Some(model.approval(id)?.value.service.clone()),
        Item::Run(id) => Some(model.run(id)?.value.service.clone()),
        Item::Job(id) | Item::Step(id, _) => {
            let (run, _) = model.job(id)?;
            Some(model.run(run)?.value.service.clone())
        }
        Item::Deployment(id) => Some(model.deployment(id)?.value.service.clone()),
        Item::Flaky(subject) => Some(subject.service.clone()),
        Item::Window(id) => match &model.window(id)?.services[..] {
            [only] => Some(only.clone()),
            _ => None,
        },
        Item::Note(id) => model.note(id)?.links.iter().find_map(|link| match link {
            NoteLink::Service(name) => Some(name.clone()),
            _ => None,
        }),
        Item::Alert(what) => model
            .alerts()
            .find(|alert| what.contains(alert.name.as_str()))?
            .service
            .clone(),
        Item::Release(_) | Item::Entry(_) | Item::Heading(_) | Item::Plan(_) => None,
    }
}

/// The run that an item is, belongs to or waits in.
#[must_use]
pub fn run(model: &Model, item: &Item) -> Option<Origin> {
    match item {
        Item::Run(id) => Some(id.clone()),
        Item::Job(id) | Item::Step(id, _) => Some(model.job(id)?.0.clone()),
        Item::Approval(id) => Some(model.approval(id)?.value.run.clone()),
        Item::Deployment(id) => model.deployment(id)?.value.run.clone(),
        _ => None,
    }
}

/// The integration that knows about an item.
#[must_use]
pub fn source(model: &Model, item: &Item) -> Option<SourceId> {
    match item {
        Item::Incident(id)
        | Item::Approval(id)
        | Item::Run(id)
        | Item::Job(id)
        | Item::Step(id, _)
        | Item::Deployment(id)
        | Item::Window(id)
        | Item::Entry(id) => Some(id.source.clone()),
        Item::Operation(id) => Some(model.operation(id)?.intent.source.clone()),
        _ => model
            .catalog()
            .service(&service(model, item)?)?
            .host
            .clone(),
    }
}

/// The page for people.
#[must_use]
pub fn link(model: &Model, item: &Item) -> Option<String> {
    let url = match item {
        Item::Incident(id) => &model.incident(id)?.value.url,
        Item::Approval(id) => &model.approval(id)?.value.url,
        Item::Run(id) => &model.run(id)?.value.url,
        Item::Job(id) | Item::Step(id, _) => &model.job(id)?.1.url,
        Item::Deployment(id) => &model.deployment(id)?.value.url,
        Item::Window(id) => &model.window(id)?.url,
        _ => return None,
    };
    (!url.is_empty()).then(|| url.to_string())
}

/// The id that people use for it elsewhere.
#[must_use]
pub fn short_id(model: &Model, item: &Item) -> Option<String> {
    Some(match item {
        Item::Heading(_) => return None,
        Item::Operation(id) | Item::Plan(id) => id.to_string(),
        Item::Canary(name) | Item::Service(name) => name.to_string(),
        Item::Metric(name, metric) => format!("{name} {metric}"),
        Item::Incident(id) => model
            .incident(id)
            .map_or_else(|| id.to_string(), |found| found.value.number.to_string()),
        Item::Run(id) => model
            .run(id)
            .map_or_else(|| id.to_string(), |found| found.value.commit.to_string()),
        Item::Approval(id)
        | Item::Job(id)
        | Item::Step(id, _)
        | Item::Deployment(id)
        | Item::Window(id)
        | Item::Entry(id) => id.to_string(),
        Item::Release(id) | Item::Note(id) => id.to_string(),
        Item::Alert(what) => what.to_string(),
        Item::Flaky(subject) => subject.name().to_string(),
    })
}

/// A few words that name it for people.
#[must_use]
pub fn label(model: &Model, item: &Item) -> String {
    let found = match item {
        Item::Heading(text) | Item::Alert(text) => Some(text.to_string()),
        Item::Operation(id) => model.operation(id).map(|found| found.summary.to_string()),
        Item::Plan(id) => model.plan(id).map(|found| found.plan.summary()),
        Item::Canary(name) => Some(format!("canary of {name}")),
        Item::Metric(name, metric) => Some(format!("{metric} of {name}")),
        Item::Service(name) => Some(name.to_string()),
        Item::Incident(id) => model
            .incident(id)
            .map(|found| format!("incident #{}", found.value.number)),
        Item::Approval(id) => model
            .approval(id)
            .map(|found| format!("{} → {}", found.value.service, found.value.environment)),
        Item::Run(id) => model
            .run(id)
            .map(|found| format!("{} #{}", found.value.service, found.value.number)),
        Item::Job(id) | Item::Step(id, _) => {
            model.job(id).map(|(_, job)| format!("job {}", job.name))
        }
        Item::Deployment(id) => model.deployment(id).map(|found| {
            format!(
                "{} {} → {}",
                found.value.service, found.value.version, found.value.environment
            )
        }),
        Item::Window(id) => model.window(id).map(|found| found.title.to_string()),
        Item::Release(id) if id.is_empty() => Some("what is in no release".to_owned()),
        Item::Release(id) => Some(id.to_string()),
        Item::Note(_) => Some("note".to_owned()),
        Item::Entry(_) => Some("entry".to_owned()),
        Item::Flaky(subject) => Some(format!("{} of {}", subject.name(), subject.service)),
    };
    found.unwrap_or_else(|| "it".to_owned())
}

/// What a note about this item is linked to.
#[must_use]
pub fn links(model: &Model, item: &Item) -> Vec<NoteLink> {
    let mut links = Vec::new();
    match item {
        Item::Incident(id) => links.push(NoteLink::Incident(id.clone())),
        Item::Release(id) => links.push(NoteLink::Release(id.clone())),
        Item::Note(id) => {
            if let Some(note) = model.note(id) {
                return note.links.clone();
            }
        }
        _ => {}
    }
    if let Some(run) = run(model, item) {
        links.push(NoteLink::Run(run));
    }
    if let Some(name) = service(model, item) {
        links.push(NoteLink::Service(name));
    }
    links
}

/// What a filter looks at, in lower case.
#[must_use]
pub fn haystack(model: &Model, item: &Item) -> String {
    let mut text = match item {
        Item::Run(id) => model.run(id).map(|found| {
            let run = &found.value;
            format!(
                "{} #{} {} {} {} {} {} {}",
                run.service,
                run.number,
                run.workflow,
                run.branch,
                run.actor,
                run.title,
                run.version.as_ref().map_or("", |version| version.as_str()),
                state_words(&run.state),
            )
        }),
        Item::Job(id) => model
            .job(id)
            .map(|(_, job)| format!("{} {}", job.name, state_words(&job.state))),
        Item::Step(id, number) => model.job(id).and_then(|(_, job)| {
            let step = job.steps.iter().find(|step| step.number == *number)?;
            Some(format!("{} {}", step.name, state_words(&step.state)))
        }),
        Item::Approval(id) => model.approval(id).map(|found| {
            let approval = found.value;
            format!(
                "approve approval waiting {} {} {} #{} {} {}",
                approval.service,
                approval
                    .version
                    .as_ref()
                    .map_or("", |version| version.as_str()),
                approval.environment,
                approval.run_number,
                approval.title,
                approval.requested_by,
            )
        }),
        Item::Incident(id) => model.incident(id).map(|found| {
            let incident = &found.value;
            format!(
                "incident #{} {} {} {} {:?}",
                incident.number,
                incident.title,
                incident.vendor_service,
                incident.service.as_ref().map_or("", |name| name.as_str()),
                incident.status,
            )
        }),
        Item::Operation(id) => model
            .operation(id)
            .map(|found| format!("{} {} {:?}", found.summary, found.actor, found.state)),
        Item::Plan(id) => model.plan(id).map(|found| {
            format!(
                "plan {} {} {} {:?}",
                found.plan.name,
                found.plan.summary(),
                found.actor,
                found.state
            )
        }),
        Item::Window(id) => model
            .window(id)
            .map(|found| format!("{} {:?} {}", found.title, found.kind, found.detail)),
        Item::Flaky(subject) => Some(format!(
            "{} {} {} {}",
            subject.test, subject.job, subject.workflow, subject.service
        )),
        Item::Entry(_) | Item::Note(_) => None,
        _ => Some(label(model, item)),
    }
    .unwrap_or_default();
    if let Item::Note(id) = item
        && let Some(note) = model.note(id)
    {
        let lines: Vec<&str> = note.lines.iter().map(crate::domain::Text::as_str).collect();
        let lines = lines.join(" ");
        text = format!("note {} {}", note.author, lines);
    }
    text.to_lowercase()
}

fn state_words(state: &crate::domain::RunState) -> String {
    use crate::domain::{Conclusion, RunState};
    match state {
        RunState::Queued => "queued live".to_owned(),
        RunState::Running => "running live".to_owned(),
        RunState::Waiting => "waiting live".to_owned(),
        RunState::Done(Conclusion::Success) => "ok success".to_owned(),
        RunState::Done(Conclusion::Failure | Conclusion::StartupFailure) => "failed".to_owned(),
        RunState::Done(Conclusion::TimedOut) => "failed timed out".to_owned(),
        RunState::Done(other) => format!("{other:?}"),
        RunState::Other(word) => word.to_string(),
    }
}
