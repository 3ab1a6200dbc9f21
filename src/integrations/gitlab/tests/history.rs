//! The history of jobs and tests, which is read when nobody asks for it.

use crate::{
    domain::{Body, TestState},
    integrations::{
        gitlab::{
            look::Eyes,
            testing::{Vendor, answer, bodies, eyes, path, sink},
        },
        http::Need,
    },
};

const NAME: &str = "larkspur/shop/web";

/// One at work, one well, one failed, one stopped, one well at the second try.
const PIPELINES: &str = r#"[
  {"id":25,"iid":5,"sha":"e5","ref":"main","status":"running","created_at":"2026-11-22T15:00:00Z","updated_at":"2026-11-22T15:01:00Z"},
  {"id":24,"iid":4,"sha":"d4","ref":"main","status":"success","created_at":"2026-11-22T14:00:00Z","updated_at":"2026-11-22T14:05:00Z"},
  {"id":23,"iid":3,"sha":"c3","ref":"main","status":"failed","created_at":"2026-11-22T13:00:00Z","updated_at":"2026-11-22T13:05:00Z"},
  {"id":22,"iid":2,"sha":"b2","ref":"main","status":"canceled","created_at":"2026-11-22T12:00:00Z","updated_at":"2026-11-22T12:05:00Z"},
  {"id":21,"iid":1,"sha":"a1","ref":"main","status":"success","created_at":"2026-11-22T11:00:00Z","updated_at":"2026-11-22T11:05:00Z"}]"#;
const WELL: &str = r#"[{"id":241,"status":"success","stage":"test","name":"unit"}]"#;
const FAILED: &str = r#"[{"id":231,"status":"failed","stage":"test","name":"unit"}]"#;
const AGAIN: &str = r#"[{"id":212,"status":"success","stage":"test","name":"unit"},
  {"id":211,"status":"failed","stage":"test","name":"unit"}]"#;
const REPORT: &str = r#"{"test_suites":[{"name":"unit","test_cases":[
  {"status":"failed","name":"pays","classname":"Cart"}]}]}"#;
const REPORT_AGAIN: &str = r#"{"test_suites":[{"name":"unit","test_cases":[
  {"status":"success","name":"pays","classname":"Cart"}]}]}"#;
const ROUTES: &[(&str, &str)] = &[
    ("pipelines", PIPELINES),
    ("pipelines/24/jobs", WELL),
    ("pipelines/24/bridges", "[]"),
    ("pipelines/23/jobs", FAILED),
    ("pipelines/23/bridges", "[]"),
    ("pipelines/23/test_report", REPORT),
    ("pipelines/21/jobs", AGAIN),
    ("pipelines/21/bridges", "[]"),
    ("pipelines/21/test_report", REPORT_AGAIN),
];

/// What was asked about single pipelines since `asked` requests.
fn asked(vendor: &Vendor, since: usize) -> Vec<String> {
    let asked = vendor.asked();
    let paths = asked[since..].iter().filter_map(|one| {
        let inside = path(one).split_once("/pipelines/")?;
        Some(inside.1.to_owned())
    });
    paths.collect()
}

/// Takes the next look for the history and tells what was asked.
async fn next(eyes: &Eyes, vendor: &Vendor) -> Vec<String> {
    let before = vendor.asked().len();
    let (sink, _) = sink();
    eyes.next_of_history(Need::Watch, &sink).await.unwrap();
    asked(vendor, before)
}

#[tokio::test]
async fn what_failed_is_read_first_and_what_was_tried_again_tells_its_tests() {
    let vendor = Vendor::start(|asked| answer(asked, ROUTES)).await;
    let eyes = eyes(&vendor.url, &["web"]);
    let (sink, facts) = sink();
    eyes.look(NAME, Need::Person, &sink).await.unwrap();
    let mut read = Vec::new();
    let before = vendor.asked().len();
    while eyes.projects().iter().any(|one| one.untold().is_some()) {
        eyes.next_of_history(Need::Watch, &sink).await.unwrap();
        read.push(asked(&vendor, before).len());
    }
    // Each is read once: two requests for one that is well, three for one that
    // may tell of something flaky, none for what was stopped or is at work.
    assert_eq!(
        asked(&vendor, before),
        [
            "23/jobs",
            "23/bridges",
            "23/test_report",
            "24/jobs",
            "24/bridges",
            "21/jobs",
            "21/bridges",
            "21/test_report"
        ]
    );
    assert_eq!(read, [3, 5, 8]);
    let told = bodies(&facts);
    let reports: Vec<(&str, u32, usize, usize)> = told
        .iter()
        .filter_map(|body| match body {
            Body::Tests(report) => match &report.state {
                TestState::Known(results) => Some((
                    report.run.key.rsplit('/').next().unwrap(),
                    report.attempt,
                    results.failed as usize,
                    results.passed as usize,
                )),
                TestState::Gone(why) => panic!("{why}"),
            },
            _ => None,
        })
        .collect();
    assert_eq!(reports, [("23", 1, 1, 0), ("21", 2, 0, 1)]);
    // Both tries of the job, so that a failure and then a pass is seen.
    let mut tries: Vec<(u32, bool)> = told
        .iter()
        .filter_map(|body| match body {
            Body::Jobs {
                run,
                attempt,
                items,
            } if run.key.ends_with("/21") => Some((*attempt, items[0].state.is_failed())),
            _ => None,
        })
        .collect();
    tries.sort_unstable();
    assert_eq!(tries, [(1, true), (2, false)]);
}

#[tokio::test]
async fn a_retry_is_read_anew_and_a_report_that_cannot_be_read_is_no_fault() {
    let vendor = Vendor::start(|asked| {
        let routes: Vec<_> = ROUTES
            .iter()
            .filter(|(route, _)| !route.ends_with("test_report"))
            .copied()
            .collect();
        answer(asked, &routes)
    })
    .await;
    let eyes = eyes(&vendor.url, &["web"]);
    let (sink, _) = sink();
    eyes.look(NAME, Need::Person, &sink).await.unwrap();
    assert_eq!(
        next(&eyes, &vendor).await,
        ["23/jobs", "23/bridges", "23/test_report"]
    );
    assert_eq!(next(&eyes, &vendor).await, ["24/jobs", "24/bridges"]);
    // Somebody tries it again, and it ends before the next look.
    eyes.remember(NAME, |project| {
        let known = project.known.get_mut(&23).unwrap();
        known.run.updated += chrono::TimeDelta::minutes(9);
    });
    assert_eq!(next(&eyes, &vendor).await, ["23/jobs", "23/test_report"]);
}
