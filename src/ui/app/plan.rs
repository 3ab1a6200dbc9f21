//! A rollback plan over the view: drafted before it is confirmed, followed
//! afterwards.

use crate::{
    domain::{OperationId, PlanRecord, RollbackPlan, ServiceName},
    integrations::contract::Query,
    model::Model,
    operation::plan::{Drafted, Miss, Wish},
};

/// The plan that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanView {
    /// Whether it is only drafted.
    pub stage: PlanStage,
    /// The step under the cursor.
    pub selected: Option<ServiceName>,
    /// First line of what is said about that step.
    pub scroll: u16,
}

/// Whether a plan is only drafted.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanStage {
    /// It can still be changed; it follows the model.
    Draft(Box<PlanDraft>),
    /// It was confirmed: this one.
    Confirmed(OperationId),
}

/// A plan that is being put together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanDraft {
    /// What shall go back.
    pub wishes: Vec<Wish>,
    /// The plan that follows from it.
    pub drafted: Drafted,
    /// Questions that could not be answered.
    pub misses: Vec<Miss>,
    /// Questions that were asked already.
    pub asked: Vec<Query>,
    /// The dialog whose yes to it is being written to the journal: until that
    /// is answered it is not changed and not confirmed once more.
    pub sent: Option<u64>,
}

impl PlanView {
    /// The plan, and its record where it was confirmed.
    #[must_use]
    pub fn plan<'a>(
        &'a self,
        model: &'a Model,
    ) -> Option<(&'a RollbackPlan, Option<&'a PlanRecord>)> {
        match &self.stage {
            PlanStage::Draft(draft) => Some((&draft.drafted.plan, None)),
            PlanStage::Confirmed(id) => {
                let record = model.plan(id)?;
                Some((&record.plan, Some(record)))
            }
        }
    }

    /// Whether it was confirmed and the journal has not answered yet.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        matches!(&self.stage, PlanStage::Draft(draft) if draft.sent.is_some())
    }

    /// The place of the selected step.
    #[must_use]
    pub fn index(&self, plan: &RollbackPlan) -> usize {
        plan.steps
            .iter()
            .position(|step| Some(&step.service) == self.selected.as_ref())
            .unwrap_or(0)
    }
}
