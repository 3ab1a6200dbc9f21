//! The whole integration against a vendor on loopback.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::testing::{Asked, Reply, TOKEN, Vendor, bodies, github, sink};
use crate::{
    domain::{Body, Connection, LogState, Origin, ServiceName, SourceId, Text},
    integrations::{
        contract::{Attention, Query},
        testing::sink_with_logs,
    },
};

const TIMES: &str = r#""created_at":"2026-11-22T14:00:00Z","updated_at":"2026-11-22T14:00:00Z""#;

fn path(asked: &Asked) -> &str {
    asked.path.split('?').next().unwrap_or_default()
}

fn run(id: u64, status: &str) -> String {
    format!(r#"{{"id":{id},"run_number":{id},"status":"{status}",{TIMES}}}"#)
}

/// Which alias asks for which repository.
fn swept(asked: &Asked, answer: impl Fn(&str) -> String) -> String {
    let query: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    let query = query["query"].as_str().unwrap();
    let members: Vec<String> = query
        .lines()
        .filter_map(|line| {
            let (alias, rest) = line.trim().split_once(": repository(")?;
            let name = rest.split("name: \"").nth(1)?.split('"').next()?;
            Some(format!(r#""{alias}":{}"#, answer(name)))
        })
        .collect();
    format!(
        r#"{{"data":{{"rateLimit":{{"cost":1,"limit":5000,"remaining":4000,"resetAt":"2026-11-22T15:00:00Z"}},{}}}}}"#,
        members.join(",")
    )
}

const QUIET: &str = r#"{"environments":{"nodes":[]},"deployments":{"nodes":[]},"refs":{"nodes":[]},
    "defaultBranchRef":null,"milestones":{"nodes":[]},"releases":{"nodes":[]}}"#;

#[tokio::test]
async fn five_hundred_repositories_take_forty_requests_at_first() {
    let vendor = Vendor::start(|asked| Reply::json(&swept(asked, |_| QUIET.to_owned()))).await;
    let names: Vec<String> = (0..500).map(|number| format!("service-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let github = github(&vendor.url, &names);
    let (sink, facts) = sink();
    github.sweep(&sink).await.unwrap();
    assert_eq!(
        vendor.asked().len(),
        40,
        "20 of the sweep, 20 of the calendar"
    );
    let services = bodies(&facts)
        .iter()
        .filter(|body| matches!(body, Body::Service(_)))
        .count();
    assert_eq!(services, 500);
}

#[tokio::test]
async fn graphql_errors_beside_data_are_used_and_said() {
    let vendor = Vendor::start(|asked| {
        if asked.path == "/graphql" {
            let answer = swept(asked, |name| {
                if name == "checkout" { QUIET.to_owned() } else { "null".to_owned() }
            });
            let errors = r#","errors":[{"type":"NOT_FOUND","path":["r1"],"message":"Could not resolve to a Repository with the name 'larkspur/gone'."}]}"#;
            Reply::json(&format!("{}{errors}", answer.strip_suffix('}').unwrap()))
        } else {
            Reply::status(404, r#"{"message":"Not Found"}"#)
        }
    })
    .await;
    let github = github(&vendor.url, &["checkout", "gone"]);
    let (sink, facts) = sink();
    let fault = github.sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::Degraded);
    assert!(fault.detail.contains("larkspur/gone"), "{fault}");
    assert!(bodies(&facts).contains(&Body::Service(ServiceName::new("checkout"))));
}

#[tokio::test]
async fn where_graphql_is_not_allowed_rest_answers() {
    let vendor = Vendor::start(|asked| match path(asked) {
        "/graphql" => Reply::status(
            403,
            r#"{"message":"Resource not accessible by integration"}"#,
        ),
        "/repos/larkspur/checkout/environments" => {
            Reply::json(r#"{"environments":[{"id":7001,"name":"production"}]}"#)
        }
        "/repos/larkspur/checkout/deployments" => Reply::json(&format!(
            r#"[{{"id":1,"sha":"c12","ref":"main","environment":"production",{TIMES}}}]"#
        )),
        "/repos/larkspur/checkout/deployments/1/statuses" => Reply::json(
            r#"[{"state":"success","created_at":"2026-11-22T14:00:00Z"},
                {"state":"in_progress","created_at":"2026-11-22T13:00:00Z"}]"#,
        ),
        "/repos/larkspur/checkout/tags" => {
            Reply::json(r#"[{"name":"v4.12.0","commit":{"sha":"c12"}}]"#)
        }
        "/repos/larkspur/checkout/actions/runs" => Reply::json(&format!(
            r#"{{"workflow_runs":[{}]}}"#,
            run(7, "in_progress")
        )),
        _ => Reply::json("[]"),
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    let (sink, facts) = sink();
    github.sweep(&sink).await.unwrap();
    let bodies = bodies(&facts);
    let deployment = bodies
        .iter()
        .find_map(|body| match body {
            Body::Deployment(deployment) => Some(deployment),
            _ => None,
        })
        .unwrap();
    assert_eq!(deployment.version.as_str(), "4.12.0");
    assert!(bodies.iter().any(|body| matches!(body, Body::Run(_))));
    assert!(
        bodies
            .iter()
            .any(|body| matches!(body, Body::Environments { items, .. } if items.len() == 1))
    );
}

#[tokio::test]
async fn a_waiting_run_is_listed_with_its_reviewers() {
    let vendor = Vendor::start(|asked| match path(asked) {
        "/graphql" => Reply::json(&swept(asked, |_| QUIET.to_owned())),
        "/repos/larkspur/checkout/actions/runs" => Reply::json(&format!(
            r#"{{"workflow_runs":[{}]}}"#,
            run(7, "waiting")
        )),
        "/repos/larkspur/checkout/actions/runs/7/pending_deployments" => Reply::json(
            r#"[{"environment":{"id":7001,"name":"production"},"current_user_can_approve":true,
                 "reviewers":[{"type":"User","reviewer":{"login":"ana"}},{"type":"Team","reviewer":{"name":"captains"}}]}]"#,
        ),
        _ => Reply::status(404, "{}"),
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    let (sink, facts) = sink();
    github.sweep(&sink).await.unwrap();
    let listed = bodies(&facts)
        .into_iter()
        .filter_map(|body| match body {
            Body::Approvals { items, .. } => Some(items),
            _ => None,
        })
        .next_back()
        .unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        listed[0].reviewers,
        [Text::new("ana"), Text::new("captains")]
    );
    assert_eq!(listed[0].environment_key, Text::new("7001"));
}

#[tokio::test]
async fn an_unchanged_list_costs_a_304_and_is_still_news() {
    let vendor = Vendor::start(|asked| match path(asked) {
        "/graphql" => Reply::json(&swept(asked, |_| QUIET.to_owned())),
        "/repos/larkspur/checkout/actions/runs" => {
            if asked
                .head
                .to_ascii_lowercase()
                .contains("if-none-match: \"abc\"")
            {
                Reply::Say(304, String::new(), String::new())
            } else {
                Reply::Say(
                    200,
                    "content-type: application/json\r\netag: \"abc\"\r\n".to_owned(),
                    format!(r#"{{"workflow_runs":[{}]}}"#, run(7, "in_progress")),
                )
            }
        }
        _ => Reply::status(404, "{}"),
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    let (sink, facts) = sink();
    github.sweep(&sink).await.unwrap();
    github.sweep(&sink).await.unwrap();
    let runs: Vec<_> = facts
        .lock()
        .unwrap()
        .iter()
        .filter(|fact| matches!(fact.body, Body::Run(_)))
        .map(|fact| fact.observed)
        .collect();
    assert_eq!(runs.len(), 2);
    assert!(runs[1] > runs[0], "seen again, later");
}

#[tokio::test]
async fn no_wrong_body_is_ever_an_empty_list() {
    let cut = r#"{"data":{"r0":{"environments":"#;
    for (status, body) in [
        (200, "<html><title>Sign in</title></html>"),
        (200, ""),
        (200, "{}"),
        (200, "[]"),
        (200, "null"),
        (200, "true"),
        (200, "\"ok\""),
        (200, r#"{"data":null}"#),
        (
            200,
            r#"{"data":null,"errors":[{"type":"RATE_LIMITED","message":"limit"}]}"#,
        ),
        (200, cut),
        (401, "<html>"),
        (500, r#"{"message":"oops"}"#),
    ] {
        let vendor = Vendor::start(move |_| Reply::status(status, body)).await;
        let github = github(&vendor.url, &["checkout"]);
        let (sink, facts) = sink();
        let fault = github.sweep(&sink).await;
        assert!(fault.is_err(), "{body:?}");
        for body in bodies(&facts) {
            assert!(
                matches!(&body, Body::Health(health) if health.connection != Connection::Ok),
                "{body:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_log_comes_from_another_host_without_the_credential() {
    let blobs = Vendor::start(|_| {
        let lines: Vec<String> = (0..20_010).map(|number| format!("line {number}")).collect();
        Reply::Say(
            200,
            "content-type: text/plain\r\n".to_owned(),
            lines.join("\n"),
        )
    })
    .await;
    let target = format!("location: {}/blob?sig=1\r\n", blobs.url);
    let vendor = Vendor::start(move |asked| match path(asked) {
        "/repos/larkspur/checkout/actions/jobs/9" => {
            Reply::json(r#"{"id":9,"status":"completed","conclusion":"failure"}"#)
        }
        "/repos/larkspur/checkout/actions/jobs/9/logs" => {
            Reply::Say(302, target.clone(), String::new())
        }
        _ => Reply::status(404, "{}"),
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    let (sink, facts, logs) = sink_with_logs("github");
    let job = Origin::new(&SourceId::new("github"), "larkspur/checkout/jobs/9");
    github.fetch(Query::Log(job), &sink).await.unwrap();
    let bodies = bodies(&facts);
    let [Body::Log(log)] = bodies.as_slice() else {
        panic!("{bodies:?}");
    };
    assert!(matches!(log.state, LogState::Stored { complete: true, .. }));
    let kept = logs.log(&log.job);
    assert!(kept.ends_with("line 20009") && kept.lines().count() == 20_010);
    for asked in blobs.asked() {
        let whole = format!("{} {}", asked.path, asked.head);
        assert!(!whole.contains(TOKEN) && !whole.to_ascii_lowercase().contains("authorization"));
    }
    assert_eq!(blobs.asked().len(), 1);
}

#[tokio::test]
async fn the_state_of_the_job_tells_whether_there_is_a_log() {
    for (job, expected) in [
        (
            r#"{"id":9,"status":"in_progress","conclusion":null}"#,
            "not yet",
        ),
        (
            r#"{"id":9,"status":"completed","conclusion":"skipped"}"#,
            "skipped",
        ),
        (
            r#"{"id":9,"status":"completed","conclusion":"cancelled"}"#,
            "cancelled",
        ),
        (
            r#"{"id":9,"status":"completed","conclusion":"success"}"#,
            "any more",
        ),
    ] {
        let vendor = Vendor::start(move |asked| {
            if path(asked).ends_with("/logs") {
                Reply::Say(
                    404,
                    String::new(),
                    "<Error><Code>BlobNotFound</Code></Error>".to_owned(),
                )
            } else {
                Reply::json(job)
            }
        })
        .await;
        let github = github(&vendor.url, &["checkout"]);
        let (sink, facts) = sink();
        let job = Origin::new(&SourceId::new("github"), "larkspur/checkout/jobs/9");
        github.fetch(Query::Log(job), &sink).await.unwrap();
        let bodies = bodies(&facts);
        let [Body::Log(log)] = bodies.as_slice() else {
            panic!("{bodies:?}");
        };
        match &log.state {
            LogState::NotYet => assert_eq!(expected, "not yet"),
            LogState::Gone(why) => assert!(why.contains(expected), "{why}"),
            LogState::Stored { .. } => panic!("no lines were sent"),
        }
    }
}

#[tokio::test]
async fn a_comparison_asks_for_tags_and_falls_back_to_the_words() {
    let vendor = Vendor::start(|asked| match path(asked) {
        "/repos/larkspur/checkout/compare/4.11.3...main" => Reply::json(
            r#"{"ahead_by":1,"behind_by":0,"commits":[{"sha":"abc","commit":{"message":"x (#3)"}}]}"#,
        ),
        "/graphql" => Reply::json(
            r#"{"data":{"r0":{"c0":{"associatedPullRequests":{"nodes":[
                {"number":3,"title":"X","url":"u","author":{"login":"ana"},"headRefOid":"f1",
                 "latestOpinionatedReviews":{"nodes":[
                    {"state":"APPROVED","author":{"login":"ben"},"commit":{"oid":"f1"}},
                    {"state":"APPROVED","author":{"login":"cy"},"commit":{"oid":"e0"}},
                    {"state":"CHANGES_REQUESTED","author":{"login":"dee"},"commit":{"oid":"f1"}},
                    {"state":"APPROVED","author":{"login":"ana"},"commit":{"oid":"f1"}},
                    {"state":"APPROVED","author":null,"commit":null}]}}]}}}}}"#,
        ),
        _ => Reply::status(404, r#"{"message":"Not Found"}"#),
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    let (sink, facts) = sink();
    let query = Query::Compare {
        service: ServiceName::new("checkout"),
        base: Text::new("4.11.3"),
        head: Text::new("main"),
    };
    github.fetch(query, &sink).await.unwrap();
    let bodies = bodies(&facts);
    let [Body::Comparison(comparison)] = bodies.as_slice() else {
        panic!("{bodies:?}");
    };
    assert_eq!(comparison.base, Text::new("4.11.3"));
    let pull = &comparison.pull_requests[0];
    assert_eq!(pull.author, Text::new("ana"));
    // Of its final revision, and not by its author.
    assert_eq!(pull.approved_by(), Some(vec![&Text::new("ben")]));
    assert_eq!(pull.reviews.as_ref().unwrap().len(), 5);
    assert!(vendor.asked()[0].path.contains("v4.11.3...main"));
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong_and_how_to_mend_it() {
    let vendor = Vendor::start(|_| Reply::status(401, r#"{"message":"Bad credentials"}"#)).await;
    let github = github(&vendor.url, &["checkout"]);
    let findings = github.doctor().await;
    let token = &findings[0];
    assert_eq!(token.ok, Some(false));
    assert!(token.detail.contains("Bad credentials"), "{token:?}");
    assert!(!token.hint.is_empty());
    assert!(
        vendor
            .asked()
            .iter()
            .all(|asked| asked.method == "GET" || asked.path == "/graphql")
    );
}

#[tokio::test]
async fn the_watch_reads_all_and_stops_when_told() {
    let vendor = Vendor::start(|asked| match path(asked) {
        "/graphql" => Reply::json(&swept(asked, |_| QUIET.to_owned())),
        _ => Reply::json(r#"{"workflow_runs":[]}"#),
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    let (sink, facts) = sink();
    let (_attention, receiver) = tokio::sync::watch::channel(Attention::default());
    let stop = tokio_util::sync::CancellationToken::new();
    let watching = tokio::spawn(github.watch(sink, receiver, stop.clone()));
    let deadline = std::time::Duration::from_secs(20);
    tokio::time::timeout(deadline, async {
        while vendor.asked().len() < 3 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    stop.cancel();
    tokio::time::timeout(deadline, watching)
        .await
        .unwrap()
        .unwrap();
    assert!(bodies(&facts).contains(&Body::Service(ServiceName::new("checkout"))));
}

#[tokio::test]
async fn a_missing_right_is_named() {
    let vendor = Vendor::start(|asked| {
        if asked.path == "/graphql" {
            Reply::json(&swept(asked, |_| QUIET.to_owned()))
        } else {
            Reply::Say(
                403,
                "content-type: application/json\r\nx-accepted-github-permissions: actions=read\r\n"
                    .to_owned(),
                r#"{"message":"Resource not accessible by personal access token"}"#.to_owned(),
            )
        }
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    let (sink, facts) = sink();
    let fault = github.sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::Forbidden);
    assert!(fault.detail.contains("it needs actions=read"), "{fault}");
    let services = bodies(&facts);
    assert!(services.contains(&Body::Service(ServiceName::new("checkout"))));
}

#[tokio::test]
async fn a_rate_limit_says_until_when_and_ends_the_round() {
    let vendor = Vendor::start(|_| {
        Reply::Say(
            403,
            "content-type: application/json\r\nretry-after: 120\r\n".to_owned(),
            r#"{"message":"You have exceeded a secondary rate limit"}"#.to_owned(),
        )
    })
    .await;
    let names: Vec<String> = (0..100).map(|number| format!("service-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let github = github(&vendor.url, &names);
    let (sink, _facts) = sink();
    let fault = github.sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::RateLimited);
    assert!(fault.retry_at.is_some());
    assert_eq!(vendor.asked().len(), 1, "nobody is asked again before that");
}

#[tokio::test]
async fn graphql_is_asked_again_when_it_was_not_what_was_refused() {
    let mended = Arc::new(AtomicBool::new(false));
    let right = Arc::clone(&mended);
    let vendor = Vendor::start(move |asked| {
        if !right.load(Ordering::Relaxed) {
            Reply::status(403, r#"{"message":"Resource not accessible"}"#)
        } else if asked.path == "/graphql" {
            Reply::json(&swept(asked, |_| QUIET.to_owned()))
        } else {
            Reply::json("[]")
        }
    })
    .await;
    let github = github(&vendor.url, &["checkout", "search", "cart", "web"]);
    let (sink, facts) = sink();
    let fault = github.sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::Forbidden);
    mended.store(true, Ordering::Relaxed);
    let before = vendor.asked().len();
    github.sweep(&sink).await.unwrap();
    let asked = vendor.asked().split_off(before);
    let paths: Vec<&str> = asked.iter().map(path).collect();
    assert_eq!(paths, ["/graphql", "/graphql"], "sweep and calendar");
    assert!(bodies(&facts).contains(&Body::Service(ServiceName::new("web"))));
}

#[tokio::test]
async fn where_rest_does_it_all_a_dead_host_is_asked_three_times_in_all() {
    let dead = Arc::new(AtomicBool::new(false));
    let dies = Arc::clone(&dead);
    let vendor = Vendor::start(move |asked| {
        if dies.load(Ordering::Relaxed) {
            Reply::Drop
        } else if asked.path == "/graphql" {
            Reply::status(403, r#"{"message":"Resource not accessible"}"#)
        } else {
            Reply::json(r#"{"environments":[],"workflow_runs":[]}"#)
        }
    })
    .await;
    let names: Vec<String> = (0..20).map(|number| format!("service-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let github = github(&vendor.url, &names);
    let (sink, _facts) = sink();
    // Some of it has another form, but it answers.
    let _degraded = github.sweep(&sink).await;
    dead.store(true, Ordering::Relaxed);
    let before = vendor.asked().len();
    let fault = github.sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::Unreachable);
    assert_eq!(vendor.asked().len() - before, 3, "{fault}");
}
