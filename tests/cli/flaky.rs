//! `tminus flaky`, and what `tminus triage` makes of reports and the history.

use tminus::{
    domain::{Ended, Origin, Outcome, Subject, Text},
    store::history::History,
};

use super::world::tminus;

const REPORT: &str = "<testsuite><testcase classname='PayTest' name='pays'><failure \
                      message='late'/></testcase><testcase name='other'/></testsuite>";

fn outcome(run: u64, attempt: u32, ended: Ended) -> Outcome {
    Outcome {
        subject: Subject {
            service: "web".into(),
            workflow: "CI".into(),
            job: Text::default(),
            test: "PayTest.pays".into(),
        },
        at: chrono::Utc::now() - chrono::TimeDelta::hours(30 - run.cast_signed()),
        run: Origin::new(&"ci".into(), &format!("runs/{run}")),
        number: run,
        attempt,
        commit: Text::new(&format!("c{run}")),
        ended,
        class: Text::default(),
    }
}

fn kept() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a directory");
    let outcomes = [
        outcome(1, 1, Ended::Passed),
        outcome(2, 1, Ended::Failed),
        outcome(2, 2, Ended::Passed),
        outcome(3, 1, Ended::Failed),
    ];
    History::open(place.path())
        .expect("a history")
        .add(&outcomes, |all| all)
        .expect("it is written");
    place
}

#[test]
fn what_is_flaky_is_told_in_words_and_by_the_contract() {
    let place = kept();
    let data = place.path().to_str().unwrap();
    let said = tminus(&["flaky", "--data-dir", data]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stdout.contains("PayTest.pays"), "{}", said.stdout);
    assert!(
        said.stdout.contains("flaky: 1 of the last 3 runs"),
        "{}",
        said.stdout
    );
    let json = tminus(&["flaky", "--json", "--data-dir", data]).json();
    let one = &json["flaky"][0];
    assert_eq!(one["test"], "PayTest.pays");
    assert_eq!(one["job"], serde_json::Value::Null);
    assert_eq!(
        (&one["flaky_commits"], &one["commits"]),
        (&1.into(), &3.into())
    );
    assert_eq!(
        one["last"],
        serde_json::json!(["passed", "flaky", "failed"])
    );
    assert_eq!(one["last_failed_run"], "ci:runs/3");
    let none = tminus(&["flaky", "--json", "--service", "cart", "--data-dir", data]).json();
    assert_eq!(none["flaky"], serde_json::json!([]));
    let empty = tempfile::tempdir().unwrap();
    let nowhere = empty.path().join("none");
    let said = tminus(&["flaky", "--data-dir", nowhere.to_str().unwrap()]);
    assert_eq!((said.status, nowhere.exists()), (0, false));
    assert!(said.stdout.contains("no history yet"));
}

#[test]
fn triage_names_the_failed_tests_of_a_report_with_their_history() {
    let place = kept();
    let data = place.path().to_str().unwrap();
    let log = place.path().join("job.log");
    let report = place.path().join("report.xml");
    std::fs::write(
        &log,
        "Tests run: 2, Failures: 1\n##[error]Process completed with exit code 1.\n",
    )
    .unwrap();
    std::fs::write(&report, REPORT).unwrap();
    let (log, report) = (log.to_str().unwrap(), report.to_str().unwrap());
    let with = [
        "triage",
        "--log",
        log,
        "--report",
        report,
        "--data-dir",
        data,
    ];
    let json = tminus(&[&with[..], &["--json"]].concat()).json();
    assert_eq!(json["failed_tests"], serde_json::json!(["PayTest.pays"]));
    assert_eq!(json["test_history"][0]["service"], "web");
    assert_eq!(json["test_history"][0]["flaky_failures"], 1);
    let shown = tminus(&with);
    assert!(
        shown.stdout.contains("in web: flaky: 1 of the last 3 runs"),
        "{}",
        shown.stdout
    );
    // Without a history the contract is what it was.
    let json = tminus(&["triage", "--log", log, "--json", "--data-dir", "/nowhere"]).json();
    assert!(json.get("test_history").is_none());
    let said = tminus(&["triage", "--log", log, "--report", log]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.contains("it is no test report"),
        "{}",
        said.stderr
    );
}
