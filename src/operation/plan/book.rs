//! The fold of the journal for plans: every plan with how far each of its
//! steps is.

use std::collections::BTreeMap;

use crate::{
    domain::{
        OperationId, OperationRecord, OperationState, PlanRecord, PlanState, StepState, Text,
        Timestamp,
    },
    store::journal::{EntryBody, PlanConfirmation, PlanStep},
};

/// One plan, with what is needed to judge it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::operation) struct KnownPlan {
    pub(in crate::operation) record: PlanRecord,
    /// The tminus that carries it out.
    pub(in crate::operation) session: Text,
}

/// Every plan that the journal told of.
#[derive(Clone, Debug, Default)]
pub(in crate::operation) struct PlanBook {
    plans: BTreeMap<OperationId, KnownPlan>,
}

impl PlanBook {
    /// Takes one entry over.
    pub(in crate::operation) fn apply(&mut self, at: Timestamp, body: &EntryBody) {
        match body {
            EntryBody::Plan(confirmation) => self.begin(at, confirmation),
            EntryBody::Confirmed(confirmation) => {
                if let Some(step) = &confirmation.plan {
                    self.start(step, &confirmation.operation);
                }
            }
            EntryBody::PlanEnded {
                plan,
                state,
                detail,
            } => self.end(at, plan, *state, detail),
            _ => {}
        }
    }

    fn begin(&mut self, at: Timestamp, confirmation: &PlanConfirmation) {
        let known = KnownPlan {
            record: PlanRecord {
                plan: confirmation.plan.clone(),
                actor: confirmation.actor.sentence(),
                confirmed: at,
                state: PlanState::Running,
                detail: Text::default(),
                ended: None,
            },
            session: confirmation.session.clone(),
        };
        self.plans
            .entry(confirmation.plan.id.clone())
            .or_insert(known);
    }

    fn start(&mut self, place: &PlanStep, operation: &OperationId) {
        let step = self
            .plans
            .get_mut(&place.plan)
            .zip(usize::try_from(place.step).ok())
            .and_then(|(known, place)| known.record.plan.steps.get_mut(place.checked_sub(1)?));
        if let Some(step) = step {
            step.state = StepState::Running;
            step.operation = Some(operation.clone());
        }
    }

    /// Takes over what became of an operation that is a step of a plan.
    pub(in crate::operation) fn follow(&mut self, record: &OperationRecord) {
        for known in self.plans.values_mut() {
            let step = known
                .record
                .plan
                .steps
                .iter_mut()
                .find(|step| step.operation.as_ref() == Some(&record.id));
            let Some(step) = step else { continue };
            step.state = match record.state {
                OperationState::Proposed
                | OperationState::Confirmed
                | OperationState::Sent
                | OperationState::Accepted => StepState::Running,
                OperationState::Observed => StepState::Observed,
                OperationState::Failed => StepState::Failed,
                OperationState::Unknown => StepState::Unknown,
            };
            step.detail = record
                .history
                .last()
                .map(|last| last.detail.clone())
                .unwrap_or_default();
            return;
        }
    }

    /// The plan that an operation is a step of.
    pub(in crate::operation) fn of_operation(
        &self,
        operation: &OperationId,
    ) -> Option<OperationId> {
        let (id, _) = self.plans.iter().find(|(_, known)| {
            let steps = &known.record.plan.steps;
            steps
                .iter()
                .any(|step| step.operation.as_ref() == Some(operation))
        })?;
        Some(id.clone())
    }

    fn end(&mut self, at: Timestamp, plan: &OperationId, state: PlanState, detail: &Text) {
        let Some(known) = self.plans.get_mut(plan) else {
            return;
        };
        let record = &mut known.record;
        record.state = state;
        record.detail = detail.clone();
        record.ended = Some(at);
        for step in &mut record.plan.steps {
            if step.state == StepState::Planned {
                step.state = StepState::Stopped;
            }
        }
    }

    /// Says where a plan stands, without an entry.
    pub(in crate::operation) fn remark(
        &mut self,
        plan: &OperationId,
        state: PlanState,
        detail: &Text,
    ) {
        if let Some(known) = self.plans.get_mut(plan)
            && !known.record.state.is_final()
        {
            known.record.state = state;
            known.record.detail = detail.clone();
        }
    }

    pub(in crate::operation) fn get(&self, plan: &OperationId) -> Option<&KnownPlan> {
        self.plans.get(plan)
    }

    /// All plans, oldest first.
    pub(in crate::operation) fn all(&self) -> impl Iterator<Item = &KnownPlan> {
        self.plans.values()
    }
}
