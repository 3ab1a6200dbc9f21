//! What a person wants to have done outside, as plain data. An intent is
//! absolute: it names the object and the state that the person saw, never
//! "one back" or "the next".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    EnvironmentName, Grant, Origin, Page, RolloutSeen, ServiceName, SourceId, Steer, Text, Version,
};

/// One intent: what, through which integration, on whose service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Intent {
    /// The integration that would carry it out.
    pub source: SourceId,
    /// The service concerned, where there is one.
    pub service: Option<ServiceName>,
    /// The environment concerned, where there is one.
    pub environment: Option<EnvironmentName>,
    /// What is to be done.
    pub act: Act,
    /// Why, in the person's words; empty when none was asked for.
    pub reason: Text,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Act {
    /// Let a waiting deployment go on.
    Approve {
        /// The approval, as listed.
        approval: Origin,
        /// The run that waits.
        run: Origin,
        /// The vendor's id of the environment.
        environment_key: Text,
        /// What a yes brings about there.
        #[serde(default)]
        grants: Grant,
    },
    /// Refuse a waiting deployment; its run fails.
    Decline {
        /// The approval, as listed.
        approval: Origin,
        /// The run that waits.
        run: Origin,
        /// The vendor's id of the environment.
        environment_key: Text,
    },
    /// Run the failed jobs of a finished run again.
    RerunFailed {
        /// The run.
        run: Origin,
        /// The attempt that the person saw.
        attempt: u32,
    },
    /// Stop a run.
    CancelRun {
        /// The run.
        run: Origin,
        /// The attempt that the person saw.
        attempt: u32,
    },
    /// Bring a service back to a version that served before.
    RollBack {
        /// What serves now.
        from: Version,
        /// What shall serve.
        to: Version,
        /// The repository, as its integration knows it (`owner/name`).
        repository: Text,
        /// The workflow file that does it.
        workflow: Text,
        /// The branch that the workflow file is taken from.
        reference: Text,
        /// The workflow's inputs, by name, with all values filled in.
        inputs: BTreeMap<Text, Text>,
    },
    /// Bring a service back to a version that served before, by running the
    /// run again that deployed it then.
    RollBackByRerun {
        /// What serves now.
        from: Version,
        /// What shall serve.
        to: Version,
        /// The run that deployed it.
        run: Origin,
        /// The attempt that the person saw.
        attempt: u32,
        /// The full commit hash that the run was made of.
        commit: Text,
    },
    /// Bring a service back to a version that its workload still has.
    Undo {
        /// What serves now, or is on its way.
        from: Version,
        /// What shall serve.
        to: Version,
        /// The workload.
        rollout: Origin,
        /// The revision that has the version.
        revision: u64,
        /// What tells the content of that revision from any other.
        hash: Text,
        /// The workload as the person saw it.
        seen: RolloutSeen,
    },
    /// Change how a rollout goes on.
    Steer {
        /// The workload.
        rollout: Origin,
        /// How.
        how: Steer,
        /// The version that it brings.
        version: Version,
        /// The workload as the person saw it.
        seen: RolloutSeen,
    },
    /// Say that somebody looks at an incident.
    Acknowledge {
        /// The incident.
        incident: Origin,
    },
    /// Say that an incident is over.
    Resolve {
        /// The incident.
        incident: Origin,
    },
    /// Write a note into an incident; the note's lines are in order.
    AddNote {
        /// The incident.
        incident: Origin,
        /// The lines of the note.
        lines: Vec<Text>,
    },
    /// Publish notes as the page of a version; the tag has to be there.
    Publish {
        /// The repository, as its integration knows it (`owner/name`).
        repository: Text,
        /// The version.
        version: Version,
        /// Its tag.
        tag: Text,
        /// Full hash of the commit that the tag has to name.
        commit: Text,
        /// The title of the page.
        title: Text,
        /// What it says, line by line.
        lines: Vec<Text>,
        /// Only those shall see it who may change it.
        draft: bool,
        /// The draft that it takes the place of, as the person saw it.
        over: Option<Box<Page>>,
    },
}

impl Act {
    /// A short verb for people, such as `roll back`.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "approve",
            Self::Decline { .. } => "decline",
            Self::RerunFailed { .. } => "re-run failed jobs",
            Self::CancelRun { .. } => "cancel run",
            Self::RollBack { .. } | Self::RollBackByRerun { .. } | Self::Undo { .. } => "roll back",
            Self::Steer { how, .. } => how.verb(),
            Self::Acknowledge { .. } => "acknowledge",
            Self::Resolve { .. } => "resolve",
            Self::AddNote { .. } => "add note",
            Self::Publish { .. } => "publish notes",
        }
    }

    /// From which version to which a rollback goes, by whichever way; none for
    /// any other act.
    #[must_use]
    pub fn from_to(&self) -> Option<(&Version, &Version)> {
        match self {
            Self::RollBack { from, to, .. }
            | Self::RollBackByRerun { from, to, .. }
            | Self::Undo { from, to, .. } => Some((from, to)),
            _ => None,
        }
    }

    /// The run that it is about, where it is about one.
    #[must_use]
    pub fn run(&self) -> Option<&Origin> {
        match self {
            Self::Approve { run, .. }
            | Self::Decline { run, .. }
            | Self::RerunFailed { run, .. }
            | Self::CancelRun { run, .. }
            | Self::RollBackByRerun { run, .. } => Some(run),
            Self::RollBack { .. }
            | Self::Undo { .. }
            | Self::Steer { .. }
            | Self::Acknowledge { .. }
            | Self::Resolve { .. }
            | Self::AddNote { .. }
            | Self::Publish { .. } => None,
        }
    }

    /// The object that is changed: an approval, run, rollout or incident; none for
    /// a rollback, whose object is the service in its environment, and for a page,
    /// whose object is a tag.
    #[must_use]
    pub fn target(&self) -> Option<&Origin> {
        match self {
            Self::Approve { approval, .. } | Self::Decline { approval, .. } => Some(approval),
            Self::RerunFailed { run, .. } | Self::CancelRun { run, .. } => Some(run),
            Self::Steer { rollout, .. } => Some(rollout),
            Self::RollBack { .. }
            | Self::RollBackByRerun { .. }
            | Self::Undo { .. }
            | Self::Publish { .. } => None,
            Self::Acknowledge { incident }
            | Self::Resolve { incident }
            | Self::AddNote { incident, .. } => Some(incident),
        }
    }
}
