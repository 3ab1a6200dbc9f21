//! What the tests of a run said, against the simulator.

use tminus::domain::{Body, Conclusion, Origin, Run, RunState, TestReport, TestResult, TestState};
use tminus::integrations::contract::{Attention, Query};

use super::{
    company::{Company, Sink},
    seen::{look, pause},
};

/// The newest failed run of a service on main.
fn failed(seen: &super::seen::Seen, service: &str) -> Run {
    seen.runs
        .values()
        .filter(|run| run.service == service.into() && run.state.is_failed())
        .max_by_key(|run| run.created)
        .unwrap()
        .clone()
}

async fn tests(company: &Company, source: &str, run: &Origin) -> (Vec<TestReport>, Vec<Body>) {
    let integration = company.connect(source);
    look(&integration).await;
    let sink = Sink::default();
    integration
        .fetch(Query::Tests(run.clone()), &sink.facts(source))
        .await
        .unwrap();
    let bodies = sink.bodies();
    let reports = bodies.iter().filter_map(|body| match body {
        Body::Tests(report) => Some(report.clone()),
        _ => None,
    });
    (reports.collect(), bodies)
}

#[tokio::test]
async fn the_failed_test_of_a_run_is_named_from_its_artifacts() {
    let company = Company::open("release-day", 1.0).await;
    let seen = look(&company.connect("github")).await;
    let run = failed(&seen, "web");
    // The host of the archive refuses whoever brings a credential along.
    let (reports, _) = tests(&company, "github", &run.id).await;
    let [report] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert_eq!((&report.run, report.attempt), (&run.id, 1));
    let TestState::Known(results) = &report.state else {
        panic!("{report:?}");
    };
    assert_eq!((results.failed, results.flaws.len()), (1, 0));
    let first = &results.cases[0];
    assert_eq!(first.result, TestResult::Failed);
    assert_eq!(
        first.label().as_str(),
        "checkout.spec.ts guest pays by card"
    );
    assert!(first.message.starts_with("Timed out 30000ms"));
}

#[tokio::test]
async fn all_attempts_tell_their_jobs_and_tests() {
    let company = Company::open("release-day", 1.0).await;
    let github = company.connect("github");
    let seen = look(&github).await;
    // Only REST tells attempts: every run of web is asked for.
    let mut again = None;
    for run in seen.runs.values().filter(|run| run.service == "web".into()) {
        let sink = Sink::default();
        let query = Query::Run(run.id.clone());
        github.fetch(query, &sink.facts("github")).await.unwrap();
        again = again.or(sink.bodies().into_iter().find_map(|body| match body {
            Body::Run(run) if run.attempt == 2 => Some(run),
            _ => None,
        }));
    }
    let run = again.expect("a run that was tried again");
    assert_eq!(run.state, RunState::Done(Conclusion::Success));
    let (reports, bodies) = tests(&company, "github", &run.id).await;
    let result = |attempt: u32| {
        let report = reports.iter().find(|report| report.attempt == attempt);
        let TestState::Known(results) = &report.expect("a report").state else {
            panic!("{report:?}");
        };
        let named = results
            .cases
            .iter()
            .find(|case| case.name.as_str() == "guest pays by card");
        named.expect("the test").result
    };
    assert_eq!(
        (result(1), result(2)),
        (TestResult::Failed, TestResult::Passed)
    );
    let attempts: Vec<u32> = bodies
        .iter()
        .filter_map(|body| match body {
            Body::Jobs { attempt, .. } => Some(*attempt),
            _ => None,
        })
        .collect();
    assert_eq!(attempts, [1, 2]);
}

#[tokio::test]
async fn gitlab_tells_its_tests_by_the_job_that_ran_them() {
    let company = Company::open("release-day", 1.0).await;
    let seen = look(&company.connect("gitlab")).await;
    let run = failed(&seen, "notifications");
    let (reports, _) = tests(&company, "gitlab", &run.id).await;
    let [report] = &reports[..] else {
        panic!("{reports:?}");
    };
    let TestState::Known(results) = &report.state else {
        panic!("{report:?}");
    };
    assert_eq!(results.failed, 1);
    let first = &results.cases[0];
    assert_eq!(first.label().as_str(), "delivery.retries_a_lost_message");
    assert_eq!(first.job.as_str(), "end-to-end (2/2)");
    assert!(results.passed > 0);
}

#[tokio::test]
async fn gitlabs_tests_are_read_for_the_history_when_nobody_asks() {
    let company = Company::open("release-day", 1.0).await;
    let gitlab = company.connect("gitlab");
    let sink = Sink::default();
    // Nobody looks at anything.
    let (_attention, receiver) = tokio::sync::watch::channel(Attention::default());
    let stop = tokio_util::sync::CancellationToken::new();
    let watching = gitlab.watch(sink.facts("gitlab"), receiver, stop.clone());
    let watching = tokio::spawn(watching);
    let failed = |body: &Body| match body {
        Body::Tests(report) => match &report.state {
            TestState::Known(results) => results.failed > 0,
            TestState::Gone(_) => false,
        },
        _ => false,
    };
    while !sink.bodies().iter().any(failed) {
        pause().await;
    }
    stop.cancel();
    watching.await.unwrap();
}

#[tokio::test]
async fn a_run_without_reports_says_so() {
    let company = Company::open("release-day", 1.0).await;
    let seen = look(&company.connect("github")).await;
    let run = seen
        .runs
        .values()
        .find(|run| run.workflow.as_str() == "Release")
        .expect("a release");
    let (reports, _) = tests(&company, "github", &run.id).await;
    assert!(matches!(&reports[0].state, TestState::Gone(why) if why.contains("artifact")));
}
