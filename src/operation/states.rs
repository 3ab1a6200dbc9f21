//! The target before and after, in words, for the record.

use super::situation::Situation;
use crate::domain::{Act, Intent, Steer, Text};

/// The target as it was seen.
#[must_use]
pub(super) fn before(intent: &Intent, situation: &Situation) -> Text {
    Text::from(match &intent.act {
        Act::Approve { run, .. } | Act::Decline { run, .. } => {
            format!(
                "{}; run {} waits for a yes",
                serving(intent, situation),
                run.key
            )
        }
        Act::RerunFailed { run, attempt } => {
            format!("attempt {attempt} of run {} has ended", run.key)
        }
        Act::CancelRun { run, attempt } => {
            format!("attempt {attempt} of run {} is at work", run.key)
        }
        Act::RollBack { from, .. } | Act::RollBackByRerun { from, .. } | Act::Undo { from, .. } => {
            place(intent, from.as_str())
        }
        Act::Steer { version, seen, .. } => match (seen.step, seen.pause.as_str()) {
            (Some(step), "") => format!("the rollout of {version} is at step {}", step + 1),
            (Some(step), _) => format!("the rollout of {version} waits at step {}", step + 1),
            (None, "") => format!("the rollout of {version} is not through"),
            (None, _) => format!("the rollout of {version} waits"),
        },
        Act::Acknowledge { incident } => {
            format!("incident {} is acknowledged by nobody", incident.key)
        }
        Act::Resolve { incident } | Act::AddNote { incident, .. } => {
            format!("incident {} is open", incident.key)
        }
        Act::Publish { tag, over, .. } => match over {
            None => format!("{tag} has no page"),
            Some(_) => format!("{tag} has a draft of its page"),
        },
    })
}

/// What it shall be afterwards.
#[must_use]
pub(super) fn after(intent: &Intent, situation: &Situation) -> Text {
    Text::from(match &intent.act {
        Act::Approve { run, .. } => match &situation.target {
            Some(version) => place(intent, version.as_str()),
            None => format!("run {} deploys", run.key),
        },
        Act::Decline { run, .. } => {
            format!("{}; run {} has failed", serving(intent, situation), run.key)
        }
        Act::RerunFailed { run, attempt } => {
            format!(
                "attempt {} of run {} is at work",
                attempt.saturating_add(1),
                run.key
            )
        }
        Act::CancelRun { run, .. } => format!("run {} is cancelled", run.key),
        Act::RollBack { to, .. } | Act::RollBackByRerun { to, .. } | Act::Undo { to, .. } => {
            place(intent, to.as_str())
        }
        Act::Steer { how, version, .. } => match how {
            Steer::Promote => format!("the rollout of {version} is past that step"),
            Steer::PromoteFully => format!("{version} gets all of the traffic"),
            Steer::Hold => format!("the rollout of {version} is held"),
            Steer::Resume => format!("the rollout of {version} goes on"),
            Steer::Abort => format!("the rollout of {version} is given up"),
            Steer::Retry => format!("the rollout of {version} begins anew"),
        },
        Act::Acknowledge { incident } => format!("incident {} is acknowledged", incident.key),
        Act::Resolve { incident } => format!("incident {} is resolved", incident.key),
        Act::AddNote { incident, .. } => format!("incident {} has the note", incident.key),
        Act::Publish { tag, draft, .. } => {
            let what = if *draft {
                "a draft of its page"
            } else {
                "its page"
            };
            format!("{tag} has {what}, with the notes")
        }
    })
}

fn serving(intent: &Intent, situation: &Situation) -> String {
    match &situation.serving {
        Some(version) => place(intent, version.as_str()),
        None => "it is not known what serves".to_owned(),
    }
}

/// `production serves search 1.88.0`.
fn place(intent: &Intent, version: &str) -> String {
    let environment = intent
        .environment
        .as_ref()
        .map_or("the environment", |name| name.as_str());
    let service = intent
        .service
        .as_ref()
        .map_or("the service", |name| name.as_str());
    format!("{environment} serves {service} {version}")
}
