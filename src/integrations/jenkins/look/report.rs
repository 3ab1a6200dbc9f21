//! What the tests of a build said: Jenkins reads the reports itself, where a
//! plugin publishes them (`testReport`).

use super::Eyes;
use crate::{
    domain::{TestCase, TestResult, TestResults, Text},
    integrations::{
        contract::{FactSink, Fault},
        http::{Need, clock},
        jenkins::{client::of_build, map::key, wire},
        reports,
    },
};

/// What is asked of a report. Output and stack traces may take megabytes.
const REPORT: &str = "passCount,failCount,skipCount,\
     suites[cases[className,name,status,duration,errorDetails]{0,20000}]{0,2000}";

/// Most tests that are kept by name.
const MOST_CASES: usize = 20_000;

impl Eyes {
    /// Reads what the tests of a build said.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn tests(
        &self,
        job: &str,
        number: u64,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let run = crate::domain::Origin::new(&self.source, &key::build(job, number));
        let read = self.client.read();
        let path = of_build(job, number, "testReport/api/json");
        let request = need.apply(read.get(&path, &[("tree", REPORT)]));
        let (at, body) = match read.send(request).await {
            Ok(reply) => {
                let results = results(&reply.json()?);
                (reply.observed, reports::told(run, 1, results))
            }
            // A build has no such page unless its tests were published.
            Err(failure) if failure.status == Some(404) => {
                let why = "no step of the build told Jenkins about tests (junit)";
                (clock::now(), reports::none(run, 1, why))
            }
            Err(failure) => return Err(failure.fault),
        };
        facts.emit(at, [body]);
        Ok(())
    }
}

fn results(report: &wire::TestReport) -> TestResults {
    let mut all = TestResults::default();
    for case in report
        .suites
        .items
        .iter()
        .flat_map(|suite| &suite.cases.items)
    {
        let (result, count) = match case.status.as_str() {
            "PASSED" | "FIXED" => (TestResult::Passed, &mut all.passed),
            "SKIPPED" => (TestResult::Skipped, &mut all.skipped),
            // FAILED, REGRESSION, and what is not known is no pass.
            _ => (TestResult::Failed, &mut all.failed),
        };
        *count = count.saturating_add(1);
        let mut lines = case.error_details.lines().map(str::trim);
        let message = lines.find(|line| !line.is_empty()).unwrap_or_default();
        all.cases.push(TestCase {
            suite: Text::new(&case.class_name),
            name: Text::new(&case.name),
            job: Text::default(),
            result,
            millis: case
                .duration
                .filter(|seconds| (0.0..2_678_400.0).contains(seconds))
                .map(|seconds| (seconds * 1000.0).round() as u64),
            message: Text::new(if result == TestResult::Passed {
                ""
            } else {
                message
            }),
        });
    }
    let odd = report.suites.malformed
        + (report.suites.items.iter())
            .map(|suite| suite.cases.malformed)
            .sum::<usize>();
    if odd > 0 {
        all.flaws.push(Text::new(&format!(
            "{odd} suites or tests could not be read"
        )));
    }
    // Long lists are cut, and some plugins tell sums alone: none that failed is
    // left out of the count.
    all.passed = all.passed.max(report.pass_count);
    all.failed = all.failed.max(report.fail_count);
    all.skipped = all.skipped.max(report.skip_count);
    all.cases.sort_by_key(|case| case.result);
    all.cases.truncate(MOST_CASES);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Body, TestState},
        integrations::{
            contract::Query,
            jenkins::testing::{bodies, jenkins, origin, sink, vendor},
        },
    };

    async fn told(routes: &'static [(&'static str, &'static str)]) -> TestState {
        let vendor = vendor(routes).await;
        let (sink, facts) = sink();
        let query = Query::Tests(origin("deploy#8"));
        jenkins(&vendor.url).fetch(query, &sink).await.unwrap();
        let asked = vendor.asked();
        assert!(asked[0].path.contains("testReport/api/json?tree="));
        match bodies(&facts).as_slice() {
            [Body::Tests(report)] => {
                assert_eq!((&report.run, report.attempt), (&origin("deploy#8"), 1));
                report.state.clone()
            }
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_report_in_jenkins_words() {
        let state = told(&[(
            "deploy/8/testReport/api/json",
            r#"{"_class":"hudson.tasks.junit.TestResult","passCount":2,"failCount":3,"skipCount":1,"suites":[
                {"name":"s","cases":[
                    {"className":"Cart","name":"adds","status":"PASSED","duration":0.25,"errorDetails":null},
                    {"className":"Cart","name":"keeps","status":"FIXED"},
                    {"className":"Cart","name":"pays","status":"REGRESSION","duration":-1,"errorDetails":"\n  Boom: late\n at x"},
                    {"className":"Cart","name":"odd","status":"NEWS"},
                    {"className":"Cart","name":"later","status":"SKIPPED"},
                    7]},
                null]}"#,
        )])
        .await;
        let TestState::Known(found) = state else {
            panic!("{state:?}");
        };
        assert_eq!((found.passed, found.failed, found.skipped), (2, 3, 1));
        assert_eq!(found.cases.len(), 5);
        assert_eq!(found.cases[0].label().as_str(), "Cart.pays");
        assert_eq!(found.cases[0].message.as_str(), "Boom: late");
        assert_eq!(found.cases[0].millis, None);
        assert_eq!(found.cases[1].result, TestResult::Failed);
        assert_eq!(
            found.flaws,
            [Text::new("2 suites or tests could not be read")]
        );
    }

    #[tokio::test]
    async fn a_build_without_tests_says_so() {
        let TestState::Gone(why) = told(&[]).await else {
            panic!("there are none");
        };
        assert!(why.contains("junit"), "{why}");
    }
}
