//! Sentences about an intent, for the dialog, the chip and the record.

use crate::domain::{Act, Grant, Intent, RolloutSeen, SourceId, Steer, Version};

/// Four sentences that say all about one intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What the dialog is called, such as `Roll back checkout in PRODUCTION`.
    pub title: String,
    /// Effect and target in one sentence, for the chip and the record.
    pub summary: String,
    /// What will be so afterwards, in plain words.
    pub consequence: String,
    /// How it is undone, or that it cannot be.
    pub undo: &'static str,
}

/// Describes an intent. Production is written in capitals, so that it looks
/// different from every other place even without colour.
#[must_use]
pub fn describe(intent: &Intent, production: bool) -> Description {
    let service = intent.service.as_ref().map(ToString::to_string);
    let environment = intent.environment.as_ref().map(|environment| {
        if production {
            environment.as_str().to_uppercase()
        } else {
            environment.to_string()
        }
    });
    let place = environment
        .clone()
        .unwrap_or_else(|| "its environment".to_owned());
    let source = &intent.source;
    match &intent.act {
        Act::Approve { run, grants, .. } => {
            let what = service.unwrap_or_else(|| run.to_string());
            let run = &run.key;
            Description {
                title: format!("Approve {what} to {place}"),
                summary: format!("approve {what} to {place}"),
                consequence: match grants {
                    Grant::Deploys => {
                        format!("{source} lets run {run} go on, and it deploys {what} to {place}.")
                    }
                    Grant::Unblocks => format!(
                        "{source} counts your yes. When it was the last that was needed, the job of \
                         run {run} that deploys {what} to {place} waits until somebody plays it."
                    ),
                    Grant::Starts => format!(
                        "{source} starts the job of run {run} that was waiting; what it deploys \
                         goes to {place}."
                    ),
                },
                undo: "It cannot be taken back; a rollback is the way back.",
            }
        }
        Act::Decline { run, .. } => {
            let what = service.unwrap_or_else(|| run.to_string());
            Description {
                title: format!("Decline {what} to {place}"),
                summary: format!("decline {what} to {place}"),
                consequence: format!(
                    "{source} refuses the deployment, and run {} fails; {place} stays as it is.",
                    run.key
                ),
                undo: "Run it again to ask for approval once more.",
            }
        }
        Act::RerunFailed { run, attempt } => {
            let what = service.unwrap_or_else(|| run.to_string());
            Description {
                title: format!("Run the failed jobs of {what} again"),
                summary: format!("re-run the failed jobs of {what}, run {}", run.key),
                consequence: format!(
                    "{source} starts attempt {} of run {} with its failed jobs and all that \
                     depend on them.",
                    attempt.saturating_add(1),
                    run.key
                ),
                undo: "Cancel the run to stop it.",
            }
        }
        Act::CancelRun { run, .. } => {
            let what = service.unwrap_or_else(|| run.to_string());
            Description {
                title: format!("Cancel the run of {what}"),
                summary: format!("cancel run {} of {what}", run.key),
                consequence: format!(
                    "{source} stops run {}; what it has already done stays done.",
                    run.key
                ),
                undo: "Run it again to start over.",
            }
        }
        Act::RollBack {
            from, to, workflow, ..
        } => {
            let what = service.unwrap_or_else(|| "the service".to_owned());
            Description {
                title: format!("Roll back {what} in {place}"),
                summary: format!("roll back {what} in {place} from {from} to {to}"),
                consequence: format!(
                    "{source} starts {workflow}, which brings {what} in {place} from {from} to \
                     {to}. Data and configuration do not go back with it."
                ),
                undo: "Deploy the newer version again.",
            }
        }
        Act::RollBackByRerun { from, to, run, .. } => {
            let what = service.unwrap_or_else(|| "the service".to_owned());
            Description {
                title: format!("Roll back {what} in {place}"),
                summary: format!("roll back {what} in {place} from {from} to {to}"),
                consequence: format!(
                    "{source} runs {} again: all of it, with the rights of whoever started it then, \
                     or only its job that deployed, where the system runs jobs by themselves. The \
                     code and the workflow file are the old ones. It brings {what} in {place} from \
                     {from} to {to}, and may ask for its approvals anew. Data and configuration do \
                     not go back with it.",
                    run.key
                ),
                undo: "Deploy the newer version again.",
            }
        }
        Act::Undo {
            from,
            to,
            rollout,
            revision,
            ..
        } => {
            let what = service.unwrap_or_else(|| "the service".to_owned());
            Description {
                title: format!("Roll back {what} in {place}"),
                summary: format!("roll back {what} in {place} from {from} to {to}"),
                consequence: format!(
                    "{source} gives {} the content of revision {revision} again, which brings \
                     {what} in {place} from {from} to {to}, by the steps of its plan where the \
                     cluster asks for them. Data and configuration do not go back with it.",
                    rollout.key
                ),
                undo: "Deploy the newer version again.",
            }
        }
        Act::Steer {
            rollout,
            how,
            version,
            seen,
        } => {
            let what = service.unwrap_or_else(|| rollout.key.to_string());
            steer(*how, &what, &place, version, seen, source)
        }
        Act::Acknowledge { incident } => Description {
            title: format!("Acknowledge incident {}", incident.key),
            summary: format!("acknowledge incident {}", named(&incident.key, service)),
            consequence: format!("{source} stops escalating it and shows that you look at it."),
            undo: "The incident escalates again when its acknowledgement times out.",
        },
        Act::Resolve { incident } => Description {
            title: format!("Resolve incident {}", incident.key),
            summary: format!("resolve incident {}", named(&incident.key, service)),
            consequence: format!("{source} closes the incident for everybody."),
            undo: "It cannot be opened again; a new one has to be triggered.",
        },
        Act::AddNote { incident, lines } => Description {
            title: format!("Add a note to incident {}", incident.key),
            summary: format!("add a note to incident {}", named(&incident.key, service)),
            consequence: match lines.len() {
                1 => format!("{source} shows the note to everybody on the incident."),
                count => {
                    format!(
                        "{source} shows the note of {count} lines to everybody on the incident."
                    )
                }
            },
            undo: "A note cannot be taken back.",
        },
        Act::Publish {
            repository,
            version,
            tag,
            commit,
            draft,
            over,
            ..
        } => {
            let what = service.unwrap_or_else(|| repository.to_string());
            let short: String = commit.chars().take(7).collect();
            let place = format!("the page of {tag} ({short}) in {repository}");
            let does = match (over.is_some(), draft) {
                (false, false) => format!("{source} makes {place}, for all who may see it"),
                (false, true) => format!("{source} makes a draft of {place}"),
                (true, false) => {
                    format!("{source} puts the notes into the draft of {place} and publishes it")
                }
                (true, true) => format!("{source} puts the notes into the draft of {place}"),
            };
            Description {
                title: format!("Publish the notes of {what} {version}"),
                summary: format!("publish the notes of {what} {version}"),
                consequence: format!("{does}. The tag stays as it is, and nothing is deployed."),
                undo: "Change or delete the page where it is; whoever was told of it stays told.",
            }
        }
    }
}

fn steer(
    how: Steer,
    what: &str,
    place: &str,
    version: &Version,
    seen: &RolloutSeen,
    source: &SourceId,
) -> Description {
    let step = seen
        .step
        .map_or_else(String::new, |step| format!(" past step {}", step + 1));
    let (title, summary, consequence, undo) = match how {
        Steer::Promote => (
            format!("Promote {what} in {place}"),
            format!("promote {what} {version} in {place}{step}"),
            format!(
                "{source} lets the rollout of {what} {version} in {place} go on{step}; more of the \
                 traffic may get {version}."
            ),
            "Hold it, abort it, or roll back.",
        ),
        Steer::PromoteFully => (
            format!("Promote {what} in {place} fully"),
            format!("promote {what} {version} in {place} fully"),
            format!(
                "{source} skips all steps, pauses and analyses that are left: all of the traffic \
                 in {place} gets {what} {version}."
            ),
            "A rollback is the way back.",
        ),
        Steer::Hold => (
            format!("Hold {what} in {place}"),
            format!("hold {what} {version} in {place}"),
            format!(
                "{source} holds the rollout of {what} {version} in {place} where it is: what it \
                 gets of the traffic stays, until a person lets it go on."
            ),
            "Promote it to let it go on.",
        ),
        Steer::Resume => (
            format!("Let {what} in {place} go on"),
            format!("resume {what} {version} in {place}"),
            format!("{source} holds the rollout of {what} {version} in {place} no longer."),
            "Hold it again, abort it, or roll back.",
        ),
        Steer::Abort => (
            format!("Abort {what} in {place}"),
            format!("abort {what} {version} in {place}"),
            format!(
                "{source} gives all of the traffic in {place} back to the version before. {version} \
                 stays what is wanted: it begins again when somebody changes or retries it, until \
                 it is rolled back."
            ),
            "Retry it to begin anew.",
        ),
        Steer::Retry => (
            format!("Retry {what} in {place}"),
            format!("retry {what} {version} in {place}"),
            format!("{source} begins the rollout of {what} {version} in {place} anew."),
            "Abort it, or roll back.",
        ),
    };
    Description {
        title,
        summary,
        consequence,
        undo,
    }
}

fn named(key: &str, service: Option<String>) -> String {
    match service {
        Some(service) => format!("{key} on {service}"),
        None => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, SourceId, Text};

    #[test]
    fn the_dialog_says_what_a_yes_brings_about_and_no_more() {
        let source = SourceId::new("forge");
        let says = |grants| {
            let intent = Intent {
                source: source.clone(),
                service: Some("identity".into()),
                environment: Some("production".into()),
                act: Act::Approve {
                    approval: Origin::new(&source, "a/1"),
                    run: Origin::new(&source, "run/7"),
                    environment_key: "4".into(),
                    grants,
                },
                reason: Text::default(),
            };
            describe(&intent, true).consequence
        };
        assert!(says(Grant::Deploys).ends_with("and it deploys identity to PRODUCTION."));
        assert!(says(Grant::Unblocks).ends_with("to PRODUCTION waits until somebody plays it."));
        assert!(says(Grant::Starts).starts_with("forge starts the job of run run/7"));
    }
}
