//! What `tminus rollback` of several services prints as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::VERSION;
use crate::domain::{
    GuardVerdict, PlanRecord, PlanState, Quality, RollbackPlan, RollbackStep, StepState,
};

/// One plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanReport {
    /// Version of this contract.
    pub version: u32,
    /// Identity; empty while it is only drafted.
    pub id: String,
    /// What `--confirm` takes.
    pub name: String,
    /// A sentence that names effect and targets.
    pub summary: String,
    /// Where it stands; null while it is only drafted.
    pub state: Option<PlanState>,
    /// Why it stands there.
    pub detail: String,
    /// Why it is done.
    pub reason: String,
    /// Why the steps have this order.
    pub remarks: Vec<String>,
    /// The steps in order.
    pub steps: Vec<StepReport>,
}

/// One step of a plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StepReport {
    /// The service.
    pub service: String,
    /// Its environment.
    pub environment: String,
    /// The version to leave.
    pub from: String,
    /// Its full commit hash; empty when it is not known.
    pub from_commit: String,
    /// The version to go back to.
    pub to: String,
    /// Its full commit hash; empty when it is not known.
    pub to_commit: String,
    /// How long that served, in seconds; null when it never did.
    pub served_seconds: Option<i64>,
    /// Whether it was good.
    pub quality: Quality,
    /// Why it is called that.
    pub why: String,
    /// Who deployed it.
    pub by: String,
    /// How it is done.
    pub mechanism: String,
    /// Where the step stands.
    pub state: StepState,
    /// Why it stands there.
    pub detail: String,
    /// The operation that carries it out; null before there is one.
    pub operation: Option<String>,
    /// What speaks for and against it.
    pub guards: Vec<GuardReport>,
}

/// What a guard says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GuardReport {
    /// What was looked at.
    pub name: String,
    /// What came of it.
    pub verdict: GuardVerdict,
    /// Why, in one sentence.
    pub sentence: String,
}

impl From<&RollbackPlan> for PlanReport {
    fn from(plan: &RollbackPlan) -> Self {
        Self {
            version: VERSION,
            id: plan.id.to_string(),
            name: plan.name.to_string(),
            summary: plan.summary(),
            state: None,
            detail: String::new(),
            reason: plan.reason.to_string(),
            remarks: plan.remarks.iter().map(ToString::to_string).collect(),
            steps: plan.steps.iter().map(StepReport::from).collect(),
        }
    }
}

impl From<&PlanRecord> for PlanReport {
    fn from(record: &PlanRecord) -> Self {
        Self {
            state: Some(record.state),
            detail: record.detail.to_string(),
            ..Self::from(&record.plan)
        }
    }
}

impl From<&RollbackStep> for StepReport {
    fn from(step: &RollbackStep) -> Self {
        Self {
            service: step.service.to_string(),
            environment: step.environment.to_string(),
            from: step.from.version.to_string(),
            from_commit: step.from.commit.to_string(),
            to: step.to.version.to_string(),
            to_commit: step.to.commit.to_string(),
            served_seconds: step.record.served,
            quality: step.record.quality,
            why: step.record.why.to_string(),
            by: step.record.by.to_string(),
            mechanism: step.mechanism.words(),
            state: step.state,
            detail: step.detail.to_string(),
            operation: step.operation.as_ref().map(ToString::to_string),
            guards: step
                .guards
                .iter()
                .map(|guard| GuardReport {
                    name: guard.name.to_string(),
                    verdict: guard.verdict,
                    sentence: guard.sentence.to_string(),
                })
                .collect(),
        }
    }
}
