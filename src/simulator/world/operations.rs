//! What a person can do to a run.

use chrono::TimeDelta;

use super::{
    World,
    agenda::Step,
    company::{PersonIndex, ServiceIndex},
    delivery::DeploymentState,
    run::{Attempt, Conclusion, Dispatch, Fate, Mark, Review, Status, Trigger, Workflow},
};

/// Which jobs of a run shall run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// All that did not succeed.
    Failed,
    /// All.
    All,
    /// One, by its position, and what was skipped.
    Job(usize),
}

/// Why an operation is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing.
    NotFound,
    /// No deployment waits for a review.
    NothingPending,
    /// The run is not over yet.
    StillRunning,
    /// The run has nothing that could be run again.
    NothingFailed,
    /// The run is older than a month.
    TooOld,
    /// The run is over.
    AlreadyOver,
    /// The request makes no sense; why.
    Invalid(String),
}

impl World {
    /// Approves or rejects the deployment that a run waits with; the answer
    /// is the ids of the deployments that it concerns.
    pub fn review(
        &mut self,
        id: u64,
        person: PersonIndex,
        approved: bool,
        comment: &str,
    ) -> Result<Vec<u64>, Refusal> {
        let now = self.now;
        let run = self.runs.get_mut(&id).ok_or(Refusal::NotFound)?;
        let (environment, _) = run.waiting.take().ok_or(Refusal::NothingPending)?;
        run.reviews.push(Review {
            person,
            approved,
            comment: comment.to_owned(),
            environment,
            at: now,
        });
        let job = run
            .latest
            .marks
            .iter()
            .position(|mark| mark.status == Status::Waiting);
        let deployment = self.deployment_of_run(id, environment);
        if let (true, Some(job)) = (approved, job) {
            self.start_job(id, job);
            return Ok(deployment.into_iter().collect());
        }
        if let Some(run) = self.runs.get_mut(&id)
            && let Some(job) = job
        {
            run.latest.marks[job] = Mark {
                status: Status::Completed,
                conclusion: Some(Conclusion::Failure),
                started_at: Some(now),
                completed_at: Some(now),
            };
            run.latest.failed_job = u8::try_from(job).ok();
        }
        if let Some(deployment) = deployment {
            self.set_deployment(deployment, DeploymentState::Failure);
        }
        self.finish(id, Conclusion::Failure);
        Ok(deployment.into_iter().collect())
    }

    /// Approves the deployment that a run waits with, in the way of GitLab: the
    /// job waits on until somebody plays it.
    pub fn unblock(&mut self, id: u64, person: PersonIndex, comment: &str) -> Result<(), Refusal> {
        let now = self.now;
        let run = self.runs.get_mut(&id).ok_or(Refusal::NotFound)?;
        let (environment, _) = run.waiting.ok_or(Refusal::NothingPending)?;
        run.latest.updated_at = now;
        run.reviews.push(Review {
            person,
            approved: true,
            comment: comment.to_owned(),
            environment,
            at: now,
        });
        if let Some(deployment) = self.deployment_of_run(id, environment) {
            self.set_deployment(deployment, DeploymentState::Queued);
        }
        Ok(())
    }

    /// Plays the job that a run waits with once its deployment is approved.
    pub fn play_job(&mut self, id: u64, index: usize) -> Result<(), Refusal> {
        let run = self.runs.get_mut(&id).ok_or(Refusal::NotFound)?;
        let waits = run
            .latest
            .marks
            .get(index)
            .is_some_and(|mark| mark.status == Status::Waiting);
        if !waits || run.blocked() {
            return Err(Refusal::NothingPending);
        }
        run.waiting = None;
        self.start_job(id, index);
        Ok(())
    }

    /// Refuses what a run waits for, in the way of Jenkins: the run is aborted.
    pub fn abort(&mut self, id: u64, person: PersonIndex) -> Result<(), Refusal> {
        let now = self.now;
        let run = self.runs.get_mut(&id).ok_or(Refusal::NotFound)?;
        let (environment, _) = run.waiting.take().ok_or(Refusal::NothingPending)?;
        run.reviews.push(Review {
            person,
            approved: false,
            comment: String::new(),
            environment,
            at: now,
        });
        let (attempt, service) = (run.latest.number, run.service);
        self.stop(id, attempt, service);
        Ok(())
    }

    /// Takes a run out of the queue before it has begun.
    pub fn dequeue(&mut self, id: u64) -> Result<(), Refusal> {
        let run = self.runs.get(&id).ok_or(Refusal::NotFound)?;
        if run.latest.status != Status::Queued {
            return Err(Refusal::AlreadyOver);
        }
        self.finish(id, Conclusion::Cancelled);
        Ok(())
    }

    /// Does the same once more, as a run of its own; the answer is its id.
    pub fn again(&mut self, id: u64, person: PersonIndex) -> Result<u64, Refusal> {
        let old = self.runs.get(&id).ok_or(Refusal::NotFound)?;
        let (service, workflow, number) = (old.service, old.workflow, old.number);
        let (branch, commit) = (old.branch.clone(), old.commit);
        let dispatch = old.dispatch.as_deref().cloned();
        let fate = Fate::Plain;
        let new = self.begin(service, workflow, &branch, commit, person, fate, dispatch);
        if let Some(run) = self.runs.get_mut(&new) {
            run.trigger = Trigger::Again(number);
        }
        Ok(new)
    }

    /// Runs jobs of a run again.
    pub fn rerun(&mut self, id: u64, person: PersonIndex, again: Again) -> Result<(), Refusal> {
        let now = self.now;
        let run = self.runs.get_mut(&id).ok_or(Refusal::NotFound)?;
        if run.latest.status != Status::Completed {
            return Err(Refusal::StillRunning);
        }
        if now - run.created_at > TimeDelta::days(30) {
            return Err(Refusal::TooOld);
        }
        if again == Again::Failed && run.latest.conclusion == Some(Conclusion::Success) {
            return Err(Refusal::NothingFailed);
        }
        let jobs = run.jobs(&run.latest);
        let marks = jobs
            .iter()
            .map(|job| {
                let stays = match again {
                    Again::All => false,
                    Again::Failed => job.mark.conclusion == Some(Conclusion::Success),
                    Again::Job(index) => {
                        usize::from(job.index) != index
                            && job.mark.conclusion != Some(Conclusion::Skipped)
                    }
                };
                if stays { job.mark } else { Mark::QUEUED }
            })
            .collect();
        let attempt = run.latest.number + 1;
        let next = Attempt {
            number: attempt,
            status: Status::Queued,
            conclusion: None,
            started_at: now,
            updated_at: now,
            actor: person,
            failed_job: None,
            marks,
        };
        let before = std::mem::replace(&mut run.latest, next);
        run.earlier.push(before);
        self.schedule_in(2.0, Step::StartAttempt { run: id, attempt });
        Ok(())
    }

    /// Cancels a run.
    pub fn cancel(&mut self, id: u64) -> Result<(), Refusal> {
        let run = self.runs.get(&id).ok_or(Refusal::NotFound)?;
        if run.latest.status == Status::Completed {
            return Err(Refusal::AlreadyOver);
        }
        let (attempt, service) = (run.latest.number, run.service);
        self.schedule_in(
            1.0,
            Step::Cancel {
                run: id,
                attempt,
                service,
            },
        );
        Ok(())
    }

    pub(super) fn stop(&mut self, id: u64, attempt: u32, service: ServiceIndex) {
        let Some(run) = self.live(id, attempt) else {
            return;
        };
        let canary = run.fate == Fate::Canary && run.latest.status == Status::InProgress;
        for environment in [0, 1] {
            if let Some(deployment) = self.deployment_of_run(id, environment) {
                self.set_deployment(deployment, DeploymentState::Inactive);
            }
        }
        if canary {
            self.settle_canary(service, Conclusion::Cancelled);
        }
        if self.live(id, attempt).is_some() {
            self.finish(id, Conclusion::Cancelled);
        }
    }

    /// Starts the rollback workflow; the answer is the run's id.
    pub fn dispatch(
        &mut self,
        service: ServiceIndex,
        workflow: Workflow,
        reference: &str,
        person: PersonIndex,
        dispatch: Dispatch,
    ) -> Result<u64, Refusal> {
        if workflow != Workflow::Rollback {
            return Err(Refusal::Invalid(
                "Workflow does not have 'workflow_dispatch' trigger".to_owned(),
            ));
        }
        let commit = self.services[service]
            .resolve(reference)
            .ok_or_else(|| Refusal::Invalid(format!("No ref found for: {reference}")))?;
        let branch = reference.rsplit('/').next().unwrap_or(reference).to_owned();
        Ok(self.begin(
            service,
            workflow,
            &branch,
            commit,
            person,
            Fate::Plain,
            Some(dispatch),
        ))
    }
}
