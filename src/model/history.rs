//! What is known of tests, and of jobs and tests that are flaky.

use super::{Model, Stamped};
use crate::{
    analysis::flaky::{self, Flakiness, History},
    domain::{Job, Origin, Run, TestCase, TestReport, TestResult, TestState, Text, Timestamp},
};

impl Model {
    /// What the tests of a run said, where it was loaded. Only those that did
    /// not pass are kept by name.
    #[must_use]
    pub fn tests(&self, run: &Origin) -> Option<&Stamped<TestReport>> {
        self.tests.get(run)
    }

    /// The tests of a run that failed, or failed before they passed; those of
    /// one job where the report tells the job.
    #[must_use]
    pub fn troubled_tests(&self, run: &Origin, job: Option<&Job>) -> Vec<&TestCase> {
        let report = self.tests(run).map(|report| &report.value.state);
        let Some(TestState::Known(results)) = report else {
            return Vec::new();
        };
        let of_job =
            |case: &&TestCase| job.is_none_or(|job| case.job.is_empty() || case.job == job.name);
        results.troubled().filter(of_job).collect()
    }

    /// How jobs and tests ended, over time.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What the history says about a job, where it says that it is flaky.
    #[must_use]
    pub fn flaky_job(&self, run: &Run, job: &Job, now: Timestamp) -> Option<Flakiness> {
        let subject = flaky::subject_of_job(&run.service, &run.workflow, &job.name);
        self.history.of(&subject, now).filter(Flakiness::is_flaky)
    }

    /// What the history says about a test of a run, where it says that it is
    /// flaky.
    #[must_use]
    pub fn flaky_test(&self, run: &Run, case: &TestCase, now: Timestamp) -> Option<Flakiness> {
        let subject = flaky::subject_of_test(&run.service, &run.workflow, case);
        self.history.of(&subject, now).filter(Flakiness::is_flaky)
    }

    /// The worst of what is flaky in a failed run: one of its failed tests,
    /// else one of its failed jobs.
    #[must_use]
    pub fn flaky_in(&self, run: &Run, now: Timestamp) -> Option<(Text, Flakiness)> {
        let tests = self
            .troubled_tests(&run.id, None)
            .into_iter()
            .filter(|case| case.result == TestResult::Failed)
            .filter_map(|case| Some((case.label(), self.flaky_test(run, case, now)?)));
        let jobs = self
            .jobs(&run.id)
            .map(|jobs| &jobs.value.items[..])
            .unwrap_or_default()
            .iter()
            .filter(|job| job.state.is_failed())
            .filter_map(|job| Some((job.name.clone(), self.flaky_job(run, job, now)?)));
        let worst = |found: &mut dyn Iterator<Item = (Text, Flakiness)>| {
            found.max_by(|one, other| one.1.weight(now).total_cmp(&other.1.weight(now)))
        };
        worst(&mut { tests }).or_else(|| worst(&mut { jobs }))
    }
}

/// A report with the names of those tests that did not pass: a run may have
/// ten thousand that did.
pub(super) fn without_passed(mut report: TestReport) -> TestReport {
    if let TestState::Known(results) = &mut report.state {
        results
            .cases
            .retain(|case| matches!(case.result, TestResult::Failed | TestResult::Flaky));
        results.cases.truncate(MOST_CASES);
        results.cases.shrink_to_fit();
    }
    report
}

/// Failed tests of one run that are kept by name.
const MOST_CASES: usize = 500;
