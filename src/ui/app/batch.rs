//! Several runs that are run again or cancelled by one yes.

use crate::{
    domain::{Intent, OperationId, Origin, PlanState, StepState, Text},
    operation::batch::{BatchProgress, BatchStep},
};

/// Several runs that are run again or cancelled by one yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// What is done, such as `run the failed jobs of 3 runs again`.
    pub summary: String,
    /// The runs that were marked, in their order, those that cannot be too.
    pub lines: Vec<BatchLine>,
    /// How far it is; none before it begins.
    pub progress: Option<BatchProgress>,
}

/// One of the runs.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchLine {
    /// The run.
    pub run: Origin,
    /// What it is called, such as `checkout #12 CI on main`.
    pub label: String,
    /// What of it, such as the names of the failed jobs; empty where nothing is
    /// to be said.
    pub what: String,
    /// What is wanted; none where it cannot be.
    pub intent: Option<Intent>,
    /// Why it cannot be; empty where it can.
    pub why_not: Text,
}

/// The overlay that follows one.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchView {
    /// The number of the dialog that it was confirmed in.
    pub ticket: u64,
    /// First row on the screen.
    pub scroll: u16,
}

impl Batch {
    /// What is wanted of those that can be, in order: the operation room tells
    /// of them in this order.
    #[must_use]
    pub fn intents(&self) -> Vec<Intent> {
        self.lines
            .iter()
            .filter_map(|line| line.intent.clone())
            .collect()
    }

    /// Takes in which of them the operation room refuses.
    pub(in crate::ui) fn refuse(&mut self, refused: &[Option<Text>]) {
        let asked = self.lines.iter_mut().filter(|line| line.intent.is_some());
        for (line, why) in asked.zip(refused) {
            if let Some(why) = why {
                line.why_not = why.clone();
            }
        }
    }

    /// Each run with how far it is, where it was asked for.
    pub fn steps(&self) -> impl Iterator<Item = (&BatchLine, Option<&BatchStep>)> {
        let mut steps = self.progress.iter().flat_map(|progress| &progress.steps);
        self.lines.iter().map(move |line| {
            let step = line.intent.as_ref().and_then(|_| steps.next());
            (line, step)
        })
    }

    /// What it can be stopped by, while it goes on.
    #[must_use]
    pub fn stops_by(&self) -> Option<&OperationId> {
        let progress = self.progress.as_ref()?;
        (progress.state == PlanState::Running).then_some(&progress.id)
    }

    /// Whether no further one starts.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.progress
            .as_ref()
            .is_some_and(|progress| progress.state.is_final())
    }

    /// How it went, in a sentence.
    #[must_use]
    pub fn outcome(&self) -> String {
        let states: Vec<StepState> = self
            .steps()
            .filter_map(|(_, step)| step.map(|step| step.state))
            .collect();
        let count = |wanted: StepState| states.iter().filter(|state| **state == wanted).count();
        let told = [
            StepState::Observed,
            StepState::Failed,
            StepState::Unknown,
            StepState::Refused,
            StepState::Stopped,
        ];
        let parts: Vec<String> = told
            .into_iter()
            .filter(|state| count(*state) > 0)
            .map(|state| format!("{} {}", count(state), state.word()))
            .collect();
        format!("{}: {}", self.summary, parts.join(", "))
    }
}
