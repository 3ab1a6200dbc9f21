//! The rollback plan: which services go back from where to where, by which
//! way, in which order, what speaks against each step, and how far it is.

use serde::{Deserialize, Serialize};

use super::{
    EnvironmentName, OperationId, Origin, RolloutSeen, ServiceName, Text, Timestamp, Version,
};

/// A rollback plan. Its steps are in the order in which they are carried out;
/// one starts only when the one before was seen to have worked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RollbackPlan {
    /// Identity; empty while it is only drafted.
    pub id: OperationId,
    /// What a person types to confirm it: the service's name for one step,
    /// else the first service with the number of the others, as `checkout+2`.
    pub name: Text,
    /// Why, in the person's words.
    pub reason: Text,
    /// The steps in order, those that cannot be done too.
    pub steps: Vec<RollbackStep>,
    /// What is to be said about the plan as a whole, such as why it has this
    /// order.
    pub remarks: Vec<Text>,
}

/// One service in one environment, from one version to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RollbackStep {
    /// The service.
    pub service: ServiceName,
    /// Its environment.
    pub environment: EnvironmentName,
    /// What serves, or is on its way to.
    pub from: Pinned,
    /// What shall serve.
    pub to: Pinned,
    /// How the version to go back to did when it served.
    pub record: TrackRecord,
    /// How it is done.
    pub mechanism: Mechanism,
    /// What speaks for and against it.
    pub guards: Vec<Guard>,
    /// Where it stands.
    pub state: StepState,
    /// Why it stands there, for people.
    pub detail: Text,
    /// The operation that carries it out, once there is one.
    pub operation: Option<OperationId>,
}

/// A version that cannot be mistaken for another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// The version.
    pub version: Version,
    /// Its full commit hash, or the digest of its artifact where a system
    /// tells that; empty when nobody does.
    pub commit: Text,
}

/// How a version did when it served.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackRecord {
    /// How long it served, in seconds; none when it never did.
    pub served: Option<i64>,
    /// When it stopped serving; none when it still serves or never did.
    pub until: Option<Timestamp>,
    /// Who deployed it.
    pub by: Text,
    /// Whether it was good.
    pub quality: Quality,
    /// Why it is called that, in a sentence.
    pub why: Text,
}

/// Whether a version was good when it served.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum Quality {
    /// Nothing is known against it, and something would be.
    Good,
    /// Something is known against it.
    Bad,
    /// Nobody can tell.
    #[default]
    NotKnown,
}

impl Quality {
    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::NotKnown => "not known",
        }
    }
}

/// How a service is brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mechanism {
    /// A workflow takes the version as an input.
    Workflow {
        /// The workflow file.
        workflow: Text,
    },
    /// The run that deployed the version before is run again.
    Rerun {
        /// That run.
        run: Origin,
        /// The number that people know it by.
        number: u64,
        /// The attempt that was seen.
        attempt: u32,
    },
    /// Its workload gets a revision again that it still has.
    Undo {
        /// The workload.
        rollout: Origin,
        /// The revision.
        revision: u64,
        /// What tells its content from any other's.
        hash: Text,
        /// The workload as it was seen.
        seen: RolloutSeen,
        /// The system that deploys it from Git by itself, as the workload's
        /// own marks say; empty where none do.
        managed_by: Text,
    },
    /// There is none, for this reason.
    Missing {
        /// Why.
        why: Text,
    },
}

impl Default for Mechanism {
    fn default() -> Self {
        Self::Missing {
            why: Text::default(),
        }
    }
}

impl Mechanism {
    /// A few words for people, such as `rollback.yml` or `re-run #88`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Workflow { workflow } => workflow.to_string(),
            Self::Rerun { number, .. } => format!("re-run #{number}"),
            Self::Undo { revision, .. } => format!("undo to revision {revision}"),
            Self::Missing { .. } => "none".to_owned(),
        }
    }
}

/// One thing that was looked at before a step is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What was looked at, such as `schema`.
    pub name: Text,
    /// What came of it.
    pub verdict: GuardVerdict,
    /// Why, in one sentence for people.
    pub sentence: Text,
}

/// What a guard says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum GuardVerdict {
    /// Nothing speaks against it.
    Ok,
    /// Nobody can tell.
    NotKnown,
    /// A person should know this before.
    Warn,
    /// It must not be done.
    Refused,
}

impl GuardVerdict {
    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotKnown => "not known",
            Self::Warn => "warn",
            Self::Refused => "refused",
        }
    }
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum StepState {
    /// It will be carried out once the plan is confirmed.
    #[default]
    Planned,
    /// It must not be done; the plan goes on without it.
    Refused,
    /// There is nothing to do.
    Skipped,
    /// It is being carried out.
    Running,
    /// The vendor shows that it worked.
    Observed,
    /// It did not happen.
    Failed,
    /// Nobody knows whether it happened.
    Unknown,
    /// The plan was stopped before it.
    Stopped,
}

impl StepState {
    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Refused => "refused",
            Self::Skipped => "nothing to do",
            Self::Running => "running",
            Self::Observed => "observed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Stopped => "not started",
        }
    }
}

impl RollbackStep {
    /// The guards that a person has to read: all that are not content, the
    /// weightiest first.
    #[must_use]
    pub fn objections(&self) -> Vec<&Guard> {
        let mut found: Vec<&Guard> = self
            .guards
            .iter()
            .filter(|guard| guard.verdict != GuardVerdict::Ok)
            .collect();
        found.sort_by_key(|guard| std::cmp::Reverse(guard.verdict));
        found
    }

    /// Refuses the step, for a reason that is also one of its guards.
    pub fn refuse(&mut self, name: &str, sentence: &str) {
        self.state = StepState::Refused;
        self.detail = Text::new(sentence);
        let guard = Guard {
            name: Text::new(name),
            verdict: GuardVerdict::Refused,
            sentence: Text::new(sentence),
        };
        if !self.guards.contains(&guard) {
            self.guards.push(guard);
        }
    }
}

impl RollbackPlan {
    /// The steps that would be, or were to be, carried out.
    pub fn to_do(&self) -> impl Iterator<Item = &RollbackStep> {
        self.steps
            .iter()
            .filter(|step| !matches!(step.state, StepState::Refused | StepState::Skipped))
    }

    /// The step of a service.
    #[must_use]
    pub fn step_of(&self, service: &ServiceName) -> Option<&RollbackStep> {
        self.steps.iter().find(|step| &step.service == service)
    }

    /// A sentence that names effect and targets, such as `roll back checkout
    /// and search in production`.
    #[must_use]
    pub fn summary(&self) -> String {
        let names: Vec<&str> = self.to_do().map(|step| step.service.as_str()).collect();
        let services = match names[..] {
            [] => "nothing".to_owned(),
            [only] => only.to_owned(),
            [ref before @ .., last] => format!("{} and {last}", before.join(", ")),
        };
        let mut places: Vec<&str> = self.to_do().map(|step| step.environment.as_str()).collect();
        places.dedup();
        match places[..] {
            [] => format!("roll back {services}"),
            _ => format!("roll back {services} in {}", places.join(" and ")),
        }
    }
}

/// A plan that was confirmed, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// The plan; its steps tell how far each is.
    pub plan: RollbackPlan,
    /// Who confirmed it.
    pub actor: Text,
    /// When.
    pub confirmed: Timestamp,
    /// Where it stands.
    pub state: PlanState,
    /// Why it stands there, for people.
    pub detail: Text,
    /// When it ended; none while it runs.
    pub ended: Option<Timestamp>,
}

/// Where a confirmed plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum PlanState {
    /// One step after the other is carried out.
    Running,
    /// A person stopped it; the step that is under way still ends.
    Stopping,
    /// It ended before all its steps were done; no step starts by itself.
    Stopped,
    /// All its steps were seen to have worked.
    Done,
}

impl PlanState {
    /// Whether no step will start any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Stopped | Self::Done)
    }

    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }
}

impl PlanRecord {
    /// How many of the steps that were to be done were seen to have worked,
    /// and how many those are.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let done = self
            .plan
            .to_do()
            .filter(|step| step.state == StepState::Observed)
            .count();
        (done, self.plan.to_do().count())
    }

    /// Whether it ended with a step of which nobody knows whether it happened.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.plan
            .steps
            .iter()
            .any(|step| step.state == StepState::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(service: &str, state: StepState) -> RollbackStep {
        RollbackStep {
            service: service.into(),
            environment: "production".into(),
            state,
            ..RollbackStep::default()
        }
    }

    #[test]
    fn a_summary_names_what_is_done_and_leaves_out_what_is_not() {
        let plan = |steps: Vec<RollbackStep>| RollbackPlan {
            steps,
            ..RollbackPlan::default()
        };
        let one = plan(vec![step("checkout", StepState::Planned)]);
        assert_eq!(one.summary(), "roll back checkout in production");
        let three = plan(vec![
            step("checkout", StepState::Planned),
            step("billing", StepState::Refused),
            step("search", StepState::Planned),
            step("cart", StepState::Planned),
        ]);
        assert_eq!(
            three.summary(),
            "roll back checkout, search and cart in production"
        );
        assert_eq!(plan(Vec::new()).summary(), "roll back nothing");
    }

    #[test]
    fn objections_come_with_the_weightiest_first() {
        let mut step = step("checkout", StepState::Planned);
        for (name, verdict) in [
            ("a", GuardVerdict::Ok),
            ("b", GuardVerdict::NotKnown),
            ("c", GuardVerdict::Warn),
        ] {
            step.guards.push(Guard {
                name: name.into(),
                verdict,
                sentence: Text::default(),
            });
        }
        step.refuse("d", "it must not be");
        step.refuse("d", "it must not be");
        let names: Vec<&str> = step
            .objections()
            .iter()
            .map(|guard| guard.name.as_str())
            .collect();
        assert_eq!(names, ["d", "c", "b"]);
        assert_eq!(step.state, StepState::Refused);
    }
}
