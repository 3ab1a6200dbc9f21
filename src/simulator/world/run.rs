//! Workflow runs, their attempts, jobs and steps. A finished run keeps no
//! jobs: they follow from its workflow and its times when somebody asks.

use chrono::TimeDelta;

use crate::domain::Timestamp;

use super::company::{PersonIndex, ServiceIndex};

/// The three workflows that every repository has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workflow {
    /// `ci.yml`: on every push.
    Ci,
    /// `release.yml`: on every version tag.
    Release,
    /// `rollback.yml`: by dispatch only.
    Rollback,
}

impl Workflow {
    /// All of them, in the order of their ids.
    pub const ALL: [Self; 3] = [Self::Ci, Self::Release, Self::Rollback];

    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ci => "CI",
            Self::Release => "Release",
            Self::Rollback => "Rollback",
        }
    }

    /// File name.
    pub fn file(self) -> &'static str {
        match self {
            Self::Ci => "ci.yml",
            Self::Release => "release.yml",
            Self::Rollback => "rollback.yml",
        }
    }

    /// Position in [`Workflow::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The jobs in order, each with its stage and length.
    pub fn plan(self) -> &'static [JobPlan] {
        match self {
            Self::Ci => CI,
            Self::Release => RELEASE,
            Self::Rollback => ROLLBACK,
        }
    }
}

/// One job of a workflow. Jobs of one stage run side by side; a stage starts
/// when the one before has succeeded.
#[derive(Debug)]
pub struct JobPlan {
    /// Name for people.
    pub name: &'static str,
    /// Stage, from 0.
    pub stage: u8,
    /// Length in seconds.
    pub seconds: u32,
    /// The environment that it deploys to: 0 staging, 1 production.
    pub environment: Option<usize>,
    /// Its steps, without the runner's own first and last one.
    pub steps: &'static [&'static str],
}

const fn job(
    name: &'static str,
    stage: u8,
    seconds: u32,
    environment: Option<usize>,
    steps: &'static [&'static str],
) -> JobPlan {
    JobPlan {
        name,
        stage,
        seconds,
        environment,
        steps,
    }
}

const CI: &[JobPlan] = &[
    job(
        "lint",
        0,
        38,
        None,
        &["Check out the code", "Install tools", "Lint"],
    ),
    job(
        "unit tests",
        0,
        94,
        None,
        &["Check out the code", "Restore the cache", "Run unit tests"],
    ),
    job(
        "build image",
        1,
        62,
        None,
        &["Check out the code", "Build", "Push image"],
    ),
    job(
        "end-to-end (1/2)",
        2,
        83,
        None,
        &[
            "Check out the code",
            "Install browsers",
            "Run end-to-end tests",
            "Upload report",
        ],
    ),
    job(
        "end-to-end (2/2)",
        2,
        97,
        None,
        &[
            "Check out the code",
            "Install browsers",
            "Run end-to-end tests",
            "Upload report",
        ],
    ),
];

/// Position of the job in [`Workflow::Ci`] that is flaky.
pub const FLAKY_JOB: u8 = 4;
/// Position of the job in [`Workflow::Release`] that goes to staging.
pub const STAGING_JOB: u8 = 1;
/// Position of the job in [`Workflow::Release`] that goes to production.
pub const PRODUCTION_JOB: u8 = 3;

const RELEASE: &[JobPlan] = &[
    job(
        "build",
        0,
        45,
        None,
        &["Check out the tag", "Build", "Sign and push image"],
    ),
    job(
        "deploy staging",
        1,
        25,
        Some(0),
        &["Fetch manifest", "Apply", "Wait for readiness"],
    ),
    job(
        "smoke test",
        2,
        20,
        None,
        &["Check out the tag", "Run smoke tests"],
    ),
    job(
        "deploy production",
        3,
        8,
        Some(1),
        &["Fetch manifest", "Apply", "Watch the rollout"],
    ),
];

const ROLLBACK: &[JobPlan] = &[
    job(
        "resolve",
        0,
        2,
        None,
        &["Check inputs", "Resolve image digest"],
    ),
    job(
        "roll back",
        1,
        4,
        None,
        &["Abort rollout", "Apply", "Wait for readiness"],
    ),
];

/// GitHub's words for where a run or job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not started.
    Queued,
    /// Running.
    InProgress,
    /// Waits for a review.
    Waiting,
    /// Over; see the conclusion.
    Completed,
}

impl Status {
    /// REST spelling.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
        }
    }
}

/// GitHub's words for how a run or job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// Good.
    Success,
    /// Bad.
    Failure,
    /// Stopped by a person.
    Cancelled,
    /// Not run.
    Skipped,
}

impl Conclusion {
    /// REST spelling.
    pub fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }
}

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A push to the default branch or of a tag.
    Push,
    /// A pull request.
    PullRequest,
    /// `workflow_dispatch`.
    Dispatch,
    /// Somebody builds the run with this number once more.
    Again(u32),
}

impl Trigger {
    /// REST spelling.
    pub fn word(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::PullRequest => "pull_request",
            Self::Dispatch | Self::Again(_) => "workflow_dispatch",
        }
    }
}

/// One workflow run.
#[derive(Clone, Debug)]
pub struct Run {
    /// GitHub's id; ids rise with time.
    pub id: u64,
    /// Whose repository.
    pub service: ServiceIndex,
    /// Which workflow.
    pub workflow: Workflow,
    /// Number within the workflow.
    pub number: u32,
    /// What started it.
    pub trigger: Trigger,
    /// Title; none shows the commit's headline.
    pub title: Option<Box<str>>,
    /// Branch or tag.
    pub branch: Box<str>,
    /// Index of the commit in the service's history.
    pub commit: usize,
    /// Who.
    pub actor: PersonIndex,
    /// When the first attempt was created.
    pub created_at: Timestamp,
    /// The newest attempt.
    pub latest: Attempt,
    /// Attempts before it, oldest first.
    pub earlier: Vec<Attempt>,
    /// The environment and the instant since when it waits for a review.
    pub waiting: Option<(usize, Timestamp)>,
    /// Reviews that were given.
    pub reviews: Vec<Review>,
    /// What a dispatch carried.
    pub dispatch: Option<Box<Dispatch>>,
    /// How its story goes on by itself.
    pub fate: Fate,
}

/// How the story of a run goes on by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// All jobs succeed.
    #[default]
    Plain,
    /// An end-to-end test fails in the first attempt.
    Flaky,
    /// Production is reached by a canary, at the script's pace.
    Canary,
    /// The deployment to staging fails.
    Broken,
}

/// One attempt of a run.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// Where it stands.
    pub status: Status,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who asked for it.
    pub actor: PersonIndex,
    /// The job that failed, for finished runs without marks.
    pub failed_job: Option<u8>,
    /// Where each job stands; empty for runs of the past.
    pub marks: Vec<Mark>,
}

/// Where one job of a live attempt stands.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Where it stands.
    pub status: Status,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

impl Mark {
    /// A job that has not begun.
    pub const QUEUED: Self = Self {
        status: Status::Queued,
        conclusion: None,
        started_at: None,
        completed_at: None,
    };
}

/// One review of a waiting deployment.
#[derive(Clone, Debug)]
pub struct Review {
    /// Who.
    pub person: PersonIndex,
    /// Approved or rejected.
    pub approved: bool,
    /// What they wrote.
    pub comment: String,
    /// Which environment.
    pub environment: usize,
    /// When.
    pub at: Timestamp,
}

/// What a rollback was asked to do.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Environment by name.
    pub environment: String,
    /// The version to go back to.
    pub version: String,
    /// The caller's own id of the request.
    pub request_id: String,
}

/// One job as it is asked for.
#[derive(Clone, Debug)]
pub struct Job {
    /// GitHub's id.
    pub id: u64,
    /// Position in the plan.
    pub index: u8,
    /// The attempt that it belongs to.
    pub attempt: u32,
    /// The plan that it follows.
    pub plan: &'static JobPlan,
    /// Where it stands.
    pub mark: Mark,
}

/// One step of a job.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Name for people.
    pub name: &'static str,
    /// Where it stands.
    pub mark: Mark,
}

impl Run {
    /// The attempt with this number.
    pub fn attempt(&self, number: u32) -> Option<&Attempt> {
        if self.latest.number == number {
            return Some(&self.latest);
        }
        self.earlier.iter().find(|attempt| attempt.number == number)
    }

    /// The jobs of one attempt.
    pub fn jobs(&self, attempt: &Attempt) -> Vec<Job> {
        let plan = self.workflow.plan();
        let marks = if attempt.marks.is_empty() {
            derived(plan, attempt)
        } else {
            attempt.marks.clone()
        };
        plan.iter()
            .zip(marks)
            .zip(0u8..)
            .map(|((plan, mark), index)| Job {
                id: job_id(self.id, attempt.number, index),
                index,
                attempt: attempt.number,
                plan,
                mark,
            })
            .collect()
    }

    /// Whether it waits for an approval that nobody has given yet.
    pub fn blocked(&self) -> bool {
        self.waiting.is_some_and(|(environment, _)| {
            !self.reviews.iter().any(|review| {
                review.approved
                    && review.environment == environment
                    && review.at >= self.latest.started_at
            })
        })
    }

    /// The job with this id.
    pub fn job(&self, id: u64) -> Option<Job> {
        let attempt = self.attempt(u32::try_from((id >> 3) & 7).ok()? + 1)?;
        self.jobs(attempt).into_iter().find(|job| job.id == id)
    }
}

/// The id of a job; it names its run and attempt, so that none is stored.
pub fn job_id(run: u64, attempt: u32, index: u8) -> u64 {
    (run << 6) | (u64::from((attempt - 1) & 7) << 3) | u64::from(index)
}

/// The run that a job id belongs to.
pub fn run_of_job(job: u64) -> u64 {
    job >> 6
}

fn derived(plan: &[JobPlan], attempt: &Attempt) -> Vec<Mark> {
    let length = (attempt.updated_at - attempt.started_at).max(TimeDelta::seconds(1));
    let stages = plan.iter().map(|job| job.stage).max().unwrap_or(0);
    let longest = |stage: u8| {
        plan.iter()
            .filter(|job| job.stage == stage)
            .map(|job| job.seconds)
            .max()
            .unwrap_or(0)
    };
    let total: u32 = (0..=stages).map(longest).sum();
    let at = |seconds: u32| {
        let share = f64::from(seconds) / f64::from(total.max(1));
        attempt.started_at
            + TimeDelta::milliseconds((share * length.num_milliseconds() as f64) as i64)
    };
    let failed_stage = attempt
        .failed_job
        .and_then(|index| plan.get(usize::from(index)))
        .map(|job| job.stage);
    plan.iter()
        .enumerate()
        .map(|(index, job)| {
            let before: u32 = (0..job.stage).map(longest).sum();
            let failed = attempt.failed_job.map(usize::from) == Some(index);
            let skipped = failed_stage.is_some_and(|stage| job.stage > stage);
            Mark {
                status: Status::Completed,
                conclusion: Some(match (failed, skipped) {
                    (true, _) => Conclusion::Failure,
                    (_, true) => Conclusion::Skipped,
                    _ if attempt.conclusion == Some(Conclusion::Cancelled) => Conclusion::Cancelled,
                    _ => Conclusion::Success,
                }),
                started_at: Some(at(before)),
                completed_at: Some(if skipped {
                    at(before)
                } else {
                    at(before + job.seconds)
                }),
            }
        })
        .collect()
}

impl Job {
    /// The steps: they share the job's time evenly, and the last but one is
    /// where a failed job failed.
    pub fn steps(&self, now: Timestamp) -> Vec<Step> {
        let names: Vec<&'static str> = std::iter::once("Set up job")
            .chain(self.plan.steps.iter().copied())
            .chain(std::iter::once("Complete job"))
            .collect();
        let Some(start) = self.mark.started_at else {
            return Vec::new();
        };
        if self.mark.conclusion == Some(Conclusion::Skipped) {
            return Vec::new();
        }
        let count = i32::try_from(names.len()).unwrap_or(1);
        let length = match self.mark.completed_at {
            Some(end) => end - start,
            None => TimeDelta::seconds(i64::from(self.plan.seconds)),
        };
        let share = length / count;
        let working = names.len() - 2;
        names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let begin = start + share * i32::try_from(index).unwrap_or(0);
                let end = begin + share;
                let stays = self.mark.completed_at.is_none() && index >= working;
                let mark = if self.mark.completed_at.is_some() || (end <= now && !stays) {
                    Mark {
                        status: Status::Completed,
                        conclusion: Some(self.step_conclusion(index, working)),
                        started_at: Some(begin),
                        completed_at: Some(end),
                    }
                } else if begin <= now && index <= working {
                    Mark {
                        status: Status::InProgress,
                        conclusion: None,
                        started_at: Some(begin),
                        completed_at: None,
                    }
                } else {
                    Mark::QUEUED
                };
                Step { name, mark }
            })
            .collect()
    }

    fn step_conclusion(&self, index: usize, working: usize) -> Conclusion {
        match self.mark.conclusion {
            Some(Conclusion::Failure) if index == self.failed_step() => Conclusion::Failure,
            Some(Conclusion::Cancelled) if index == working => Conclusion::Cancelled,
            _ => Conclusion::Success,
        }
    }

    /// Position of the step that fails when the job fails: the one that runs
    /// the tests, else the last of its own.
    pub fn failed_step(&self) -> usize {
        1 + self
            .plan
            .steps
            .iter()
            .position(|name| name.starts_with("Run "))
            .unwrap_or(self.plan.steps.len() - 1)
    }
}
