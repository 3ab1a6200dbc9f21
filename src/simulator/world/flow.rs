//! How runs, jobs and deployments move by themselves.

use rand::Rng;

use crate::simulator::scenario::PageSeed;

use super::{
    World,
    agenda::Step,
    company::{Commit, PersonIndex, ServiceIndex, Tag, TagPage},
    delivery::{Deployment, DeploymentState},
    log::culprit,
    names,
    run::{
        Attempt, Conclusion, Dispatch, FLAKY_JOB, Fate, Mark, PRODUCTION_JOB, Run, STAGING_JOB,
        Status, Trigger, Workflow,
    },
};

/// First share of the traffic that a canary gets, in percent.
const FIRST_WEIGHT: f64 = 5.0;
/// Position of the production environment.
const PRODUCTION: usize = 1;

impl World {
    pub(super) fn push(&mut self, service: ServiceIndex, headline: String, flaky: bool) {
        let headline = if headline.is_empty() {
            names::headline(&mut self.rng)
        } else {
            headline
        };
        let author = self.anybody();
        let commit = self.merge(service, headline, author);
        let host = self.services[service].host;
        if flaky && let Some(newest) = self.services[service].commits.get_mut(commit) {
            newest.files = vec![culprit(host, FLAKY_JOB).to_owned()];
        }
        let fate = if flaky { Fate::Flaky } else { Fate::Plain };
        self.begin(service, Workflow::Ci, "main", commit, author, fate, None);
    }

    pub(super) fn merge(
        &mut self,
        service: ServiceIndex,
        headline: String,
        author: PersonIndex,
    ) -> usize {
        let at = self.now;
        let sha = self.rng.random();
        let commits = &mut self.services[service].commits;
        let pull_request = commits.last().map_or(1, |last| last.pull_request + 1);
        commits.push(Commit {
            sha,
            headline,
            pull_request,
            author,
            at,
            files: Vec::new(),
        });
        commits.len() - 1
    }

    pub(super) fn release(
        &mut self,
        service: ServiceIndex,
        version: &str,
        fate: Fate,
        headline: &str,
        files: Vec<String>,
        page: PageSeed,
    ) {
        let head = self.services[service].commits.len() - 1;
        let tagged = self.services[service].tags.last().map(|tag| tag.commit);
        let actor = self.anybody();
        let commit = if tagged == Some(head) {
            let headline = names::headline(&mut self.rng);
            self.merge(service, headline, actor)
        } else {
            head
        };
        if let Some(newest) = self.services[service].commits.get_mut(commit) {
            newest.files = files;
            if !headline.is_empty() {
                headline.clone_into(&mut newest.headline);
            }
        }
        let at = self.now;
        self.services[service].tags.push(Tag {
            version: version.to_owned(),
            commit,
            at,
            page: TagPage::Nothing,
        });
        self.seed_page(service, page, actor);
        let branch = format!("v{version}");
        self.begin(
            service,
            Workflow::Release,
            &branch,
            commit,
            actor,
            fate,
            None,
        );
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what a run is made of has this many parts"
    )]
    pub(super) fn begin(
        &mut self,
        service: ServiceIndex,
        workflow: Workflow,
        branch: &str,
        commit: usize,
        actor: PersonIndex,
        fate: Fate,
        dispatch: Option<Dispatch>,
    ) -> u64 {
        let id = self.run_id();
        let now = self.now;
        let number = {
            let number = &mut self.services[service].run_numbers[workflow.index()];
            *number += 1;
            *number
        };
        let title = dispatch.as_ref().map(|dispatch| {
            format!(
                "Roll back {} in {} to {} ({})",
                self.services[service].name,
                dispatch.environment,
                dispatch.version,
                dispatch.request_id
            )
            .into()
        });
        let queue = if dispatch.is_some() { 3.0 } else { 2.0 };
        self.keep_run(Run {
            id,
            service,
            workflow,
            number,
            trigger: if dispatch.is_some() {
                Trigger::Dispatch
            } else {
                Trigger::Push
            },
            title,
            branch: branch.into(),
            commit,
            actor,
            created_at: now,
            latest: Attempt {
                number: 1,
                status: Status::Queued,
                conclusion: None,
                started_at: now,
                updated_at: now,
                actor,
                failed_job: None,
                marks: vec![Mark::QUEUED; workflow.plan().len()],
            },
            earlier: Vec::new(),
            waiting: None,
            reviews: Vec::new(),
            dispatch: dispatch.map(Box::new),
            fate,
        });
        self.schedule_in(
            queue,
            Step::StartAttempt {
                run: id,
                attempt: 1,
            },
        );
        id
    }

    /// The run, when this attempt of it is the newest and not over.
    pub(super) fn live(&mut self, run: u64, attempt: u32) -> Option<&mut Run> {
        self.runs
            .get_mut(&run)
            .filter(|run| run.latest.number == attempt && run.latest.status != Status::Completed)
    }

    pub(super) fn start_attempt(&mut self, id: u64, attempt: u32) {
        let now = self.now;
        let Some(run) = self.live(id, attempt) else {
            return;
        };
        run.latest.status = Status::InProgress;
        run.latest.updated_at = now;
        self.next_stage(id);
    }

    /// Starts the first stage that has not begun, or ends the run.
    fn next_stage(&mut self, id: u64) {
        let Some(run) = self.runs.get(&id) else {
            return;
        };
        let plan = run.workflow.plan();
        let stage = plan
            .iter()
            .zip(&run.latest.marks)
            .find(|(_, mark)| mark.status == Status::Queued)
            .map(|(job, _)| job.stage);
        let Some(stage) = stage else {
            self.finish(id, Conclusion::Success);
            return;
        };
        for (index, job) in plan.iter().enumerate() {
            let queued = self
                .runs
                .get(&id)
                .is_some_and(|run| run.latest.marks[index].status == Status::Queued);
            if job.stage == stage && queued {
                self.reach_job(id, index);
            }
        }
    }

    /// Starts a job, or lets it wait for its review.
    fn reach_job(&mut self, id: u64, index: usize) {
        let now = self.now;
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let environment = run.workflow.plan()[index].environment;
        let guarded = environment.is_some_and(|environment| {
            !self.services[run.service].environments[environment]
                .reviewers
                .is_empty()
        });
        let approved = run.reviews.iter().any(|review| {
            review.approved
                && Some(review.environment) == environment
                && review.at >= run.latest.started_at
        });
        if guarded && !approved {
            run.latest.marks[index].status = Status::Waiting;
            run.latest.status = Status::Waiting;
            run.latest.updated_at = now;
            run.waiting = environment.map(|environment| (environment, now));
            if let Some(environment) = environment {
                self.deploy(id, environment, DeploymentState::Waiting);
            }
            return;
        }
        self.start_job(id, index);
    }

    pub(super) fn start_job(&mut self, id: u64, index: usize) {
        let now = self.now;
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let attempt = run.latest.number;
        let plan = &run.workflow.plan()[index];
        let (service, fate, workflow) = (run.service, run.fate, run.workflow);
        let branch = run.branch.clone();
        run.latest.marks[index] = Mark {
            status: Status::InProgress,
            started_at: Some(now),
            ..Mark::QUEUED
        };
        run.latest.status = Status::InProgress;
        run.latest.updated_at = now;
        let mut conclusion = Conclusion::Success;
        if let Some(environment) = plan.environment {
            self.deploy(id, environment, DeploymentState::InProgress);
        }
        if workflow == Workflow::Rollback && !self.rollback_job(id, index) {
            conclusion = Conclusion::Failure;
        }
        if fate == Fate::Canary && index == usize::from(PRODUCTION_JOB) {
            if let Some(traffic) = &mut self.services[service].traffic {
                traffic.set_weight(branch.trim_start_matches('v'), FIRST_WEIGHT);
            }
            return;
        }
        if fate == Fate::Flaky && index == usize::from(FLAKY_JOB) && attempt == 1 {
            conclusion = Conclusion::Failure;
        }
        if fate == Fate::Broken && index == usize::from(STAGING_JOB) {
            conclusion = Conclusion::Failure;
        }
        self.schedule_in(
            f64::from(plan.seconds),
            Step::EndJob {
                run: id,
                attempt,
                job: index as u8,
                conclusion,
            },
        );
    }

    /// What a rollback's jobs do when they start; false when they will fail.
    fn rollback_job(&mut self, id: u64, index: usize) -> bool {
        let Some((service, environment, version)) = self.rollback_target(id) else {
            return false;
        };
        if index > 0 {
            let commit = self.services[service]
                .commit_of(&version)
                .map_or(0, |(commit, _)| commit);
            self.record(
                id,
                environment,
                &version,
                commit,
                DeploymentState::InProgress,
            );
        }
        true
    }

    /// What a rollback's run goes back to, when its inputs name something.
    fn rollback_target(&self, id: u64) -> Option<(ServiceIndex, usize, String)> {
        let run = self.runs.get(&id)?;
        let dispatch = run.dispatch.as_ref()?;
        let service = &self.services[run.service];
        let environment = service
            .environments
            .iter()
            .position(|environment| environment.name == dispatch.environment)?;
        let version = dispatch.version.trim_start_matches('v').to_owned();
        service.commit_of(&version)?;
        Some((run.service, environment, version))
    }

    /// Moves the deployment of a release run, or records it.
    fn deploy(&mut self, run: u64, environment: usize, state: DeploymentState) {
        if let Some(id) = self.deployment_of_run(run, environment) {
            self.set_deployment(id, state);
            return;
        }
        let Some(found) = self.runs.get(&run) else {
            return;
        };
        let version = found.branch.trim_start_matches('v').to_owned();
        let commit = found.commit;
        self.record(run, environment, &version, commit, state);
    }

    fn record(
        &mut self,
        run: u64,
        environment: usize,
        version: &str,
        commit: usize,
        state: DeploymentState,
    ) {
        let Some(found) = self.runs.get(&run) else {
            return;
        };
        let (service, creator) = (found.service, found.actor);
        let id = self.deployment_id();
        let now = self.now;
        self.keep_deployment(Deployment {
            id,
            service,
            environment,
            version: version.into(),
            commit,
            creator,
            run: Some(run),
            created_at: now,
            statuses: vec![(state, now)],
        });
    }

    /// The newest deployment that a run made to an environment and that is
    /// not settled.
    pub(super) fn deployment_of_run(&self, run: u64, environment: usize) -> Option<u64> {
        let service = self.runs.get(&run)?.service;
        self.deployments_of(service)
            .rev()
            .find(|one| {
                one.run == Some(run)
                    && one.environment == environment
                    && matches!(
                        one.state(),
                        DeploymentState::Waiting
                            | DeploymentState::Queued
                            | DeploymentState::InProgress
                    )
            })
            .map(|one| one.id)
    }

    pub(super) fn set_deployment(&mut self, id: u64, state: DeploymentState) {
        let now = self.now;
        let Some(deployment) = self.deployments.get_mut(&id) else {
            return;
        };
        if deployment.state() == state {
            return;
        }
        deployment.statuses.push((state, now));
        if state != DeploymentState::Success {
            return;
        }
        let (service, environment) = (deployment.service, deployment.environment);
        let version = deployment.version.to_string();
        for other in self.deployments_of[service].clone() {
            if other != id
                && let Some(other) = self.deployments.get_mut(&other)
                && other.environment == environment
                && other.state() == DeploymentState::Success
            {
                other.statuses.push((DeploymentState::Inactive, now));
            }
        }
        self.services[service].environments[environment]
            .version
            .clone_from(&version);
        if environment == PRODUCTION
            && let Some(traffic) = &mut self.services[service].traffic
            && traffic.canary.is_none()
        {
            traffic.version = version;
        }
    }

    pub(super) fn end_job(&mut self, id: u64, attempt: u32, job: u8, conclusion: Conclusion) {
        let now = self.now;
        let index = usize::from(job);
        let Some(run) = self.live(id, attempt) else {
            return;
        };
        let mark = &mut run.latest.marks[index];
        if mark.status != Status::InProgress {
            return;
        }
        mark.status = Status::Completed;
        mark.conclusion = Some(conclusion);
        mark.completed_at = Some(now);
        run.latest.updated_at = now;
        let failed = conclusion != Conclusion::Success;
        if failed {
            run.latest.failed_job = Some(job);
        }
        let busy = run
            .latest
            .marks
            .iter()
            .any(|mark| mark.status == Status::InProgress);
        let any_failed = run.latest.failed_job.is_some()
            && run
                .latest
                .marks
                .iter()
                .any(|mark| mark.conclusion == Some(Conclusion::Failure));
        let (workflow, service) = (run.workflow, run.service);
        let environment = workflow.plan()[index].environment.or_else(|| {
            (workflow == Workflow::Rollback && index > 0)
                .then(|| self.rollback_target(id).map(|target| target.1))
                .flatten()
        });
        if workflow == Workflow::Rollback
            && index > 0
            && !failed
            && environment == Some(PRODUCTION)
            && let Some((_, _, version)) = self.rollback_target(id)
        {
            self.abort_canary(service, &version);
        }
        if let Some(environment) = environment
            && let Some(deployment) = self.deployment_of_run(id, environment)
        {
            let state = if failed {
                DeploymentState::Failure
            } else {
                DeploymentState::Success
            };
            self.set_deployment(deployment, state);
        }
        if busy {
            return;
        }
        if any_failed {
            self.finish(id, Conclusion::Failure);
        } else {
            self.next_stage(id);
        }
    }

    /// Ends a run; what has not begun is skipped.
    pub(super) fn finish(&mut self, id: u64, conclusion: Conclusion) {
        let now = self.now;
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        for mark in &mut run.latest.marks {
            match mark.status {
                Status::Completed => {}
                Status::InProgress => {
                    mark.conclusion = Some(conclusion);
                    mark.completed_at = Some(now);
                }
                Status::Queued | Status::Waiting => {
                    mark.conclusion = Some(if conclusion == Conclusion::Cancelled {
                        Conclusion::Cancelled
                    } else {
                        Conclusion::Skipped
                    });
                    mark.started_at = Some(now);
                    mark.completed_at = Some(now);
                }
            }
            mark.status = Status::Completed;
        }
        run.waiting = None;
        run.latest.status = Status::Completed;
        run.latest.conclusion = Some(conclusion);
        run.latest.updated_at = now;
    }

    pub(super) fn canary_step(&mut self, service: ServiceIndex, percent: f64) {
        let Some(run) = self.canary_run(service) else {
            return;
        };
        let Some(traffic) = &mut self.services[service].traffic else {
            return;
        };
        let Some(version) = traffic.canary.as_ref().map(|canary| canary.version.clone()) else {
            return;
        };
        if percent < 100.0 {
            traffic.set_weight(&version, percent);
            return;
        }
        traffic.end_canary(true);
        let attempt = self.runs.get(&run).map_or(1, |run| run.latest.number);
        self.end_job(run, attempt, PRODUCTION_JOB, Conclusion::Success);
    }

    /// The run that rolls a canary of this service out.
    fn canary_run(&self, service: ServiceIndex) -> Option<u64> {
        self.runs_of(service)
            .rev()
            .find(|run| {
                run.fate == Fate::Canary
                    && run.latest.status == Status::InProgress
                    && run
                        .latest
                        .marks
                        .get(usize::from(PRODUCTION_JOB))
                        .is_some_and(|mark| mark.status == Status::InProgress)
            })
            .map(|run| run.id)
    }

    /// Takes the traffic off a canary and fails the run that rolled it out.
    pub(super) fn abort_canary(&mut self, service: ServiceIndex, version: &str) {
        self.settle_canary(service, Conclusion::Failure);
        if let Some(traffic) = &mut self.services[service].traffic {
            version.clone_into(&mut traffic.version);
        }
    }

    /// Ends a canary and the run that rolled it out.
    pub(super) fn settle_canary(&mut self, service: ServiceIndex, conclusion: Conclusion) {
        if let Some(run) = self.canary_run(service) {
            if let Some(deployment) = self.deployment_of_run(run, PRODUCTION) {
                self.set_deployment(deployment, DeploymentState::Inactive);
            }
            if let Some(run) = self.runs.get_mut(&run) {
                run.latest.failed_job = Some(PRODUCTION_JOB);
            }
            self.finish(run, conclusion);
        }
        if let Some(traffic) = &mut self.services[service].traffic {
            traffic.end_canary(false);
        }
        self.schedule_in(6.0, Step::Calm { service });
    }
}
