//! What the tests of a pipeline said: GitLab reads the reports itself.

use super::Eyes;
use crate::{
    domain::{TestCase, TestResult, TestResults, Text},
    integrations::{
        contract::{FactSink, Fault},
        gitlab::wire,
        http::Need,
        reports,
    },
};

/// Most tests that are kept by name.
const MOST_CASES: usize = 20_000;

impl Eyes {
    /// Reads what the tests of a pipeline said: those of the newest try of each
    /// job, which is all that GitLab keeps.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn tests(
        &self,
        name: &str,
        id: u64,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let (run, attempt) = {
            let project = self.project(name);
            let attempt = project.known.get(&id).map_or(1, |known| known.run.attempt);
            (project.place(&self.source).pipeline(id), attempt)
        };
        let report = self.client.test_report(name, id, need).await?;
        let results = results(&report.value);
        let body = if results.cases.is_empty() && results.flaws.is_empty() {
            let why = "no job of the pipeline told GitLab about tests (artifacts:reports:junit)";
            reports::none(run, attempt, why)
        } else {
            reports::told(run, attempt, results)
        };
        facts.emit(report.at, [body]);
        Ok(())
    }
}

/// GitLab groups tests by the job that ran them.
fn results(report: &wire::TestReport) -> TestResults {
    let mut all = TestResults::default();
    for suite in &report.test_suites.items {
        if let Some(error) = &suite.suite_error {
            all.flaws
                .push(Text::new(&format!("{}: {error}", suite.name)));
        }
        for case in &suite.test_cases.items {
            let (result, count) = match case.status.as_str() {
                "success" => (TestResult::Passed, &mut all.passed),
                "skipped" => (TestResult::Skipped, &mut all.skipped),
                _ => (TestResult::Failed, &mut all.failed),
            };
            *count = count.saturating_add(1);
            let output = case
                .system_output
                .as_ref()
                .and_then(|output| output.as_str());
            let first = output.unwrap_or_default().lines().map(str::trim);
            let message = first.into_iter().find(|line| !line.is_empty());
            all.cases.push(TestCase {
                suite: Text::new(&case.classname),
                name: Text::new(&case.name),
                job: Text::new(&suite.name),
                result,
                millis: case
                    .execution_time
                    .filter(|seconds| (0.0..2_678_400.0).contains(seconds))
                    .map(|seconds| (seconds * 1000.0).round() as u64),
                message: Text::new(if result == TestResult::Passed {
                    ""
                } else {
                    message.unwrap_or_default()
                }),
            });
        }
    }
    all.cases.sort_by_key(|case| case.result);
    all.cases.truncate(MOST_CASES);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_in_gitlabs_words() {
        let report: wire::TestReport = serde_json::from_str(
            r#"{"total_time":1.5,"total_count":3,"test_suites":[
                {"name":"rspec 1/2","suite_error":null,"test_cases":[
                    {"status":"success","name":"adds","classname":"Cart","execution_time":0.25,"system_output":null,"recent_failures":null},
                    {"status":"error","name":"pays","classname":"Cart","execution_time":1,"system_output":"\n  Boom: late\n at x"},
                    {"status":"failed","name":"odd","classname":"Cart","execution_time":-1,"system_output":{"message":"m"}},
                    {"status":"skipped","name":"later","classname":""},
                    {"name":7}]},
                {"name":"broken","suite_error":"JUnit XML parsing failed","test_cases":[]}]}"#,
        )
        .unwrap();
        let found = results(&report);
        assert_eq!((found.passed, found.failed, found.skipped), (1, 2, 1));
        assert_eq!(found.cases[0].label().as_str(), "Cart.pays");
        assert_eq!(found.cases[0].message.as_str(), "Boom: late");
        assert_eq!(found.cases[0].job.as_str(), "rspec 1/2");
        assert_eq!(found.cases[1].millis, None);
        assert_eq!(found.flaws.len(), 1);
    }
}
