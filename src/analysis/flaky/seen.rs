//! From what the systems tell of runs, jobs and tests to outcomes.

use super::History;
use crate::domain::{
    Conclusion, Ended, Job, Origin, Outcome, Run, RunState, ServiceName, Subject, TestCase,
    TestReport, TestResult, TestState, Text, Timestamp,
};

/// What the history needs of a run: thousands are remembered.
#[derive(Clone, Debug)]
pub struct Brief {
    id: Origin,
    service: ServiceName,
    workflow: Text,
    number: u64,
    /// Its newest attempt.
    pub attempt: u32,
    commit: Text,
    /// Whether it is not over yet.
    pub live: bool,
    succeeded: bool,
    /// When the newest attempt started.
    pub started: Option<Timestamp>,
    /// When the vendor last changed it.
    pub updated: Timestamp,
}

impl From<&Run> for Brief {
    fn from(run: &Run) -> Self {
        // Twelve digits tell the commits of a repository apart.
        let commit = run.commit.get(..12).unwrap_or(&run.commit);
        Self {
            id: run.id.clone(),
            service: run.service.clone(),
            workflow: run.workflow.clone(),
            number: run.number,
            attempt: run.attempt,
            commit: Text::new(commit),
            live: run.state.is_live(),
            succeeded: run.state == RunState::Done(Conclusion::Success),
            started: run.started,
            updated: run.updated,
        }
    }
}

impl Brief {
    /// What it is known by.
    #[must_use]
    pub fn id(&self) -> &Origin {
        &self.id
    }
}

/// A job of a pipeline, as the history knows it.
#[must_use]
pub fn subject_of_job(service: &ServiceName, workflow: &Text, job: &Text) -> Subject {
    Subject {
        service: service.clone(),
        workflow: workflow.clone(),
        job: job.clone(),
        test: Text::default(),
    }
}

/// A test of a pipeline, as the history knows it.
#[must_use]
pub fn subject_of_test(service: &ServiceName, workflow: &Text, case: &TestCase) -> Subject {
    Subject {
        test: case.label(),
        ..subject_of_job(service, workflow, &case.job)
    }
}

/// How the jobs of one attempt of a run ended: those that passed or failed.
/// What was cancelled, skipped or is still at work says nothing.
#[must_use]
pub fn of_jobs(run: &Brief, attempt: u32, jobs: &[Job]) -> Vec<Outcome> {
    jobs.iter()
        .filter_map(|job| {
            let ended = match &job.state {
                RunState::Done(Conclusion::Success) => Ended::Passed,
                state if state.is_failed() => Ended::Failed,
                _ => return None,
            };
            let at = job.finished.unwrap_or(run.updated);
            Some(outcome(
                run,
                attempt,
                subject_of_job(&run.service, &run.workflow, &job.name),
                at,
                ended,
            ))
        })
        .collect()
}

/// What a run that succeeded says of what had failed before in its pipeline.
#[must_use]
pub fn of_success(run: &Brief, history: &History) -> Vec<Outcome> {
    if !run.succeeded {
        return Vec::new();
    }
    history
        .that_failed(&run.service, &run.workflow)
        .map(|subject| {
            let (subject, attempt) = (subject.clone(), run.attempt);
            outcome(run, attempt, subject, run.updated, Ended::Passed)
        })
        .collect()
}

/// How the tests of one attempt of a run ended. Of those that passed only the
/// ones are told that `matters` says yes to: all of them would be a flood.
#[must_use]
pub fn of_report(
    run: &Brief,
    report: &TestReport,
    at: Timestamp,
    matters: impl Fn(&Subject) -> bool,
) -> Vec<Outcome> {
    let TestState::Known(results) = &report.state else {
        return Vec::new();
    };
    results
        .cases
        .iter()
        .filter_map(|case| {
            let ended = match case.result {
                TestResult::Passed => Ended::Passed,
                TestResult::Failed => Ended::Failed,
                TestResult::Flaky => Ended::Flaky,
                TestResult::Skipped => return None,
            };
            let subject = subject_of_test(&run.service, &run.workflow, case);
            (ended != Ended::Passed || matters(&subject))
                .then(|| outcome(run, report.attempt, subject, at, ended))
        })
        .collect()
}

fn outcome(run: &Brief, attempt: u32, subject: Subject, at: Timestamp, ended: Ended) -> Outcome {
    Outcome {
        subject,
        at,
        run: run.id.clone(),
        number: run.number,
        attempt,
        commit: run.commit.clone(),
        ended,
        class: Text::default(),
    }
}
