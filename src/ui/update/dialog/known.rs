//! What is known of the target of an operation, as the screen knows it when
//! the dialog opens.

use crate::{
    domain::{
        Act, EnvironmentName, Intent, OperationRecord, Origin, ServiceName, Timestamp, Version,
    },
    model::Model,
    ui::{
        app::Known,
        theme::{operation_word, run_word},
        widgets::format,
    },
};

/// From what to what, or which object, with what is known of it.
pub(super) fn of(model: &Model, intent: &Intent, now: Timestamp) -> Vec<Known> {
    let place = intent.service.as_ref().zip(intent.environment.as_ref());
    match &intent.act {
        Act::RollBack { from, to, .. }
        | Act::RollBackByRerun { from, to, .. }
        | Act::Undo { from, to, .. } => vec![
            known(
                "from",
                from.as_str(),
                place.map(|place| leaving(model, place, from, now)),
            ),
            known(
                "to",
                to.as_str(),
                place.map(|place| served_before(model, place, to, now)),
            ),
        ],
        Act::Approve { approval, .. } | Act::Decline { approval, .. } => {
            let mut lines = Vec::new();
            if let Some(served) =
                place.and_then(|(service, environment)| model.served(service, environment))
            {
                let since = format!("serves for {}", format::age(now - served.since));
                lines.push(known("from", served.version.as_str(), Some(vec![since])));
            }
            if let Some(found) = model.approval(approval) {
                let approval = found.value;
                let short: String = approval.commit.chars().take(7).collect();
                let what = approval
                    .version
                    .as_ref()
                    .map_or_else(|| short.clone(), ToString::to_string);
                let mut more = vec![format!(
                    "asked by {}, waits for {}",
                    approval.requested_by,
                    format::age(now - approval.waiting_since)
                )];
                if approval.version.is_some() && !short.is_empty() {
                    more.insert(0, format!("commit {short}"));
                }
                lines.push(known("to", &what, Some(more)));
                if !approval.title.is_empty() {
                    lines.push(Known {
                        strong: false,
                        ..known("what", &approval.title, None)
                    });
                }
            }
            lines
        }
        Act::RerunFailed { run, attempt } | Act::CancelRun { run, attempt } => model
            .run(run)
            .map(|found| {
                let run = &found.value;
                let what = format!("{} #{} on {}", run.workflow, run.number, run.branch);
                let mut more = vec![run_word(&run.state).to_owned(), format!("by {}", run.actor)];
                if *attempt > 1 {
                    more.insert(0, format!("attempt {attempt}"));
                }
                vec![known("run", &what, Some(more))]
            })
            .unwrap_or_default(),
        Act::Steer { rollout, .. } => steered(model, rollout),
        Act::Acknowledge { incident }
        | Act::Resolve { incident }
        | Act::AddNote { incident, .. } => model
            .incident(incident)
            .map(|found| {
                let incident = &found.value;
                let what = format!("#{} {}", incident.number, incident.title);
                let mut more = vec![format!("open for {}", format::age(now - incident.created))];
                if let Some(who) = incident.acknowledged_by.first() {
                    more.push(format!("acknowledged by {who}"));
                }
                vec![known("what", &what, Some(more))]
            })
            .unwrap_or_default(),
        Act::Publish {
            repository,
            tag,
            commit,
            title,
            over,
            ..
        } => {
            let short: String = commit.chars().take(7).collect();
            let mut lines = vec![
                known(
                    "tag",
                    tag,
                    Some(vec![format!("commit {short} in {repository}")]),
                ),
                known("title", title, None),
            ];
            if let Some(draft) = over {
                let more = format::counted(draft.lines.len(), "line", "lines");
                lines.push(known("draft", &draft.title, Some(vec![more])));
            }
            lines
        }
    }
}

/// From which version to which a rollout goes, how far it is, and what is known
/// of it there.
fn steered(model: &Model, rollout: &Origin) -> Vec<Known> {
    let Some(found) = model.rollout(rollout) else {
        return Vec::new();
    };
    let rollout = &found.value;
    let mut lines = Vec::new();
    if let Some(stable) = rollout.stable() {
        lines.push(known("from", stable.version.as_str(), None));
    }
    if let Some(current) = rollout.current() {
        let weight = rollout.weight.map(format::percent);
        let more = weight.map(|weight| vec![format!("gets {weight} of the traffic")]);
        lines.push(known("to", current.version.as_str(), more));
    }
    let mut where_ = vec![rollout.phase.word().to_owned()];
    where_.extend(rollout.pauses.first().map(|pause| pause.reason.to_string()));
    let what = match rollout.step() {
        Some((step, of)) => format!("step {step} of {of}"),
        None => rollout.strategy.word().to_owned(),
    };
    lines.push(known("at", &what, Some(where_)));
    if !rollout.managed_by.is_empty() {
        let what = format!("{} deploys it from Git", rollout.managed_by);
        lines.push(known("but", &what, None));
    }
    lines
}

fn known(label: &'static str, what: &str, more: Option<Vec<String>>) -> Known {
    Known {
        label,
        what: what.to_owned(),
        more: more.unwrap_or_default().join(", "),
        strong: true,
    }
}

/// What is known of the version that would go.
fn leaving(
    model: &Model,
    (service, environment): (&ServiceName, &EnvironmentName),
    version: &Version,
    now: Timestamp,
) -> Vec<String> {
    let mut more = Vec::new();
    let canary = model
        .live_canaries()
        .map(|canary| &canary.value)
        .find(|canary| {
            &canary.service == service && canary.canary_version.as_ref() == Some(version)
        });
    if let Some(weight) = canary.and_then(|canary| canary.weight) {
        more.push(format!("canary with {}", format::percent(weight)));
    }
    let deployment = model
        .deployments(service, environment)
        .map(|deployment| &deployment.value)
        .find(|deployment| &deployment.version == version);
    if let Some(deployment) = deployment {
        let past = format::age(now - deployment.created);
        more.push(if deployment.creator.is_empty() {
            format!("deployed {past} ago")
        } else {
            format!("deployed {past} ago by {}", deployment.creator)
        });
    }
    more
}

/// What is known of the version that would serve again.
fn served_before(
    model: &Model,
    (service, environment): (&ServiceName, &EnvironmentName),
    version: &Version,
    now: Timestamp,
) -> Vec<String> {
    let line = model.line(service, environment);
    let Some(stint) = line.iter().find(|stint| stint.version == version) else {
        return Vec::new();
    };
    let served = match stint.until {
        Some(until) => format!(
            "served for {} until {} ago",
            format::age(until - stint.from),
            format::age(now - until)
        ),
        None => format!("serves for {}", format::age(now - stint.from)),
    };
    vec![served, format!("deployed by {}", stint.by)]
}

/// What is known of the operation that is to be sent again.
pub(super) fn before(record: &OperationRecord) -> Vec<String> {
    let first = record.history.first().map(|first| first.at);
    let at = first.map_or_else(String::new, |at| {
        format!(" on {}", at.format("%Y-%m-%d at %H:%M:%SZ"))
    });
    let mut steps: Vec<&str> = record
        .history
        .iter()
        .map(|transition| operation_word(transition.state))
        .collect();
    steps.dedup();
    let mut lines = vec![format!(
        "{} confirmed the same{at}; {}.",
        record.actor,
        steps.join(", ")
    )];
    if let Some(last) = record.history.last().filter(|last| !last.detail.is_empty()) {
        lines.push(format!("Last seen of it: {}.", last.detail));
    }
    lines.push(
        "Nobody knows whether it happened. If it did, or still does, it may happen twice."
            .to_owned(),
    );
    lines
}
