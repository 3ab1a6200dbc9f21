//! What is going to happen: the queue of steps, each with its instant.

use crate::{domain::Timestamp, simulator::scenario::Action};

use super::{World, company::ServiceIndex, run::Conclusion};

/// One thing that will happen.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A line of the script.
    Script(Action),
    /// A queued attempt gets a runner.
    StartAttempt { run: u64, attempt: u32 },
    /// A job ends.
    EndJob {
        run: u64,
        attempt: u32,
        job: u8,
        conclusion: Conclusion,
    },
    /// A cancelled run stops.
    Cancel {
        run: u64,
        attempt: u32,
        service: ServiceIndex,
    },
    /// The alerts of a service no longer have a reason.
    Calm { service: ServiceIndex },
    /// The cluster's controller looks at a workload.
    Reconcile { rollout: usize },
    /// An incident that nobody took goes to the next level.
    Escalate { incident: String },
}

/// A misbehaviour that the script ordered for a vendor.
#[derive(Clone, Debug)]
pub struct FaultOrder {
    /// Which vendor.
    pub vendor: String,
    /// How.
    pub kind: String,
    /// Until when.
    pub until: Timestamp,
}

impl World {
    pub(super) fn schedule(&mut self, at: Timestamp, step: Step) {
        self.agenda_number += 1;
        self.agenda.insert((at, self.agenda_number), step);
    }

    /// Schedules after a length of the script: what happens before the start
    /// keeps its length.
    pub(super) fn schedule_in(&mut self, seconds: f64, step: Step) {
        let at = if self.now < self.clock.start() {
            self.now + super::super::clock::span(seconds)
        } else {
            self.now + self.clock.scaled(seconds)
        };
        self.schedule(at, step);
    }

    pub(super) fn play(&mut self, step: Step) {
        match step {
            Step::Script(action) => self.act_out(action),
            Step::StartAttempt { run, attempt } => self.start_attempt(run, attempt),
            Step::EndJob {
                run,
                attempt,
                job,
                conclusion,
            } => self.end_job(run, attempt, job, conclusion),
            Step::Cancel {
                run,
                attempt,
                service,
            } => self.stop(run, attempt, service),
            Step::Calm { service } => self.alerts.retain(|alert| alert.service != service),
            Step::Reconcile { rollout } => self.reconcile(rollout),
            Step::Escalate { incident } => self.escalate(&incident),
        }
    }
}
