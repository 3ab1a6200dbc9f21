//! Operations against a vendor that misbehaves: what goes over the wire is
//! counted there.

use std::collections::BTreeMap;

use crate::{
    domain::{
        Act, EnvironmentName, Grant, Intent, OperationId, Origin, ServiceName, SourceId, Text,
        Version,
    },
    integrations::{
        contract::{Answer, Integration, Observation, Observe, Precheck},
        github::testing::{Asked, Reply, TOKEN, Vendor, github},
    },
    operation::Confirmed,
};

const ID: &str = "0199aa00-0000-7000-8000-000000000001";

fn source() -> SourceId {
    SourceId::new("github")
}

fn intent(act: Act) -> Intent {
    Intent {
        source: source(),
        service: Some(ServiceName::new("checkout")),
        environment: Some(EnvironmentName::new("production")),
        act,
        reason: Text::new("looks good"),
    }
}

fn run() -> Origin {
    Origin::new(&source(), "larkspur/checkout/runs/8841")
}

fn approval() -> Origin {
    Origin::new(
        &source(),
        "larkspur/checkout/runs/8841/approvals/production",
    )
}

fn approve() -> Act {
    Act::Approve {
        approval: approval(),
        run: run(),
        environment_key: Text::new("7001"),
        grants: Grant::Deploys,
    }
}

fn roll_back() -> Act {
    let inputs: BTreeMap<Text, Text> = [("version", "4.11.3"), ("request_id", ID)]
        .into_iter()
        .map(|(name, value)| (Text::new(name), Text::new(value)))
        .collect();
    Act::RollBack {
        from: Version::new("4.12.0"),
        to: Version::new("4.11.3"),
        repository: Text::new("larkspur/checkout"),
        workflow: Text::new("rollback.yml"),
        reference: Text::new("main"),
        inputs,
    }
}

fn run_again() -> Act {
    Act::RollBackByRerun {
        from: Version::new("4.12.0"),
        to: Version::new("4.11.3"),
        run: run(),
        attempt: 1,
        commit: Text::new("abc"),
    }
}

fn all_acts() -> Vec<Act> {
    vec![
        approve(),
        Act::Decline {
            approval: approval(),
            run: run(),
            environment_key: Text::new("7001"),
        },
        Act::RerunFailed {
            run: run(),
            attempt: 1,
        },
        Act::CancelRun {
            run: run(),
            attempt: 1,
        },
        roll_back(),
        run_again(),
        publish::publish(false, None),
    ]
}

fn confirmed(github: &dyn Integration, act: Act) -> Confirmed {
    let intent = intent(act);
    let request = github.prepare(&intent).expect("a request");
    let at = "2026-11-22T14:00:00Z".parse().expect("a time");
    Confirmed::for_test(ID, intent, request, at)
}

fn observation(act: Act, handle: &str) -> Observe {
    Observe {
        id: OperationId::new(ID),
        intent: intent(act),
        since: "2026-11-22T14:00:00Z".parse().expect("a time"),
        handle: Text::new(handle),
    }
}

#[tokio::test]
async fn every_act_leaves_one_request_whatever_the_answer() {
    for reply in [
        Reply::status(502, "bad gateway"),
        Reply::status(500, "{}"),
        Reply::Drop,
        Reply::SayAndClose(503, String::new()),
        Reply::status(429, r#"{"message":"slow down"}"#),
    ] {
        for act in all_acts() {
            let told = reply.clone();
            let vendor = Vendor::start(move |_| told.clone()).await;
            let github = github(&vendor.url, &["checkout"]);
            let answer = github.send(&confirmed(github.as_ref(), act.clone())).await;
            assert_eq!(vendor.writes(), 1, "{reply:?} {act:?}");
            if !matches!(reply, Reply::Say(429, ..)) {
                assert!(matches!(answer, Answer::Lost(_)), "{reply:?}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_idle_connection_that_was_closed_is_not_used_for_a_write() {
    let vendor = Vendor::start(|asked: &Asked| {
        if asked.method == "GET" {
            Reply::SayAndClose(200, "[]".to_owned())
        } else {
            Reply::Drop
        }
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    for act in all_acts() {
        let _ = github.precheck(&intent(act.clone())).await;
        let before = vendor.writes();
        let answer = github.send(&confirmed(github.as_ref(), act)).await;
        assert_eq!(vendor.writes(), before + 1);
        assert!(matches!(answer, Answer::Lost(_)), "{answer:?}");
    }
}

#[tokio::test]
async fn no_redirect_is_followed_with_a_write() {
    let stranger = Vendor::start(|_| Reply::json("{}")).await;
    for status in [301, 302, 303, 307, 308] {
        for act in all_acts() {
            let location = format!("location: {}/elsewhere\r\n", stranger.url);
            let vendor =
                Vendor::start(move |_| Reply::Say(status, location.clone(), String::new())).await;
            let github = github(&vendor.url, &["checkout"]);
            github.send(&confirmed(github.as_ref(), act)).await;
            assert_eq!(vendor.writes(), 1);
        }
    }
    assert!(stranger.asked().is_empty(), "a stranger was asked");
}

#[tokio::test]
async fn the_request_is_the_one_that_the_api_describes() {
    let vendor = Vendor::start(|_| {
        Reply::Say(
            200,
            "content-type: application/json\r\nx-github-request-id: A1:B2\r\n".to_owned(),
            r#"{"workflow_run_id":9001,"run_url":"x","html_url":"y"}"#.to_owned(),
        )
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    for act in all_acts() {
        let answer = github.send(&confirmed(github.as_ref(), act.clone())).await;
        let handle = match act {
            Act::RollBack { .. } => "9001",
            // This answer names no release.
            Act::Publish { .. } => "",
            _ => "8841",
        };
        assert_eq!(
            answer,
            Answer::Accepted {
                handle: Text::new(handle),
                request_id: Text::new("A1:B2"),
            }
        );
    }
    let asked = vendor.asked();
    let lines: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
    let base = "/repos/larkspur/checkout/actions";
    assert_eq!(
        lines,
        [
            format!("{base}/runs/8841/pending_deployments"),
            format!("{base}/runs/8841/pending_deployments"),
            format!("{base}/runs/8841/rerun-failed-jobs"),
            format!("{base}/runs/8841/cancel"),
            format!("{base}/workflows/rollback.yml/dispatches"),
            format!("{base}/runs/8841/rerun"),
            "/repos/larkspur/checkout/releases".to_owned(),
        ]
    );
    assert_eq!(
        asked[0].body,
        r#"{"environment_ids":[7001],"state":"approved","comment":"looks good"}"#
    );
    assert!(asked[1].body.contains(r#""state":"rejected""#));
    assert_eq!(
        asked[4].body,
        format!(
            r#"{{"ref":"main","inputs":{{"request_id":"{ID}","version":"4.11.3"}},"return_run_details":true}}"#
        )
    );
    for one in &asked {
        let head = one.head.to_ascii_lowercase();
        assert!(head.contains("x-github-api-version: 2022-11-28"), "{head}");
        assert!(head.contains(&format!("authorization: bearer {TOKEN}")));
        assert!(head.contains("user-agent: tminus/"));
    }
}

#[tokio::test]
async fn a_refusal_says_why() {
    let vendor = Vendor::start(|_| {
        Reply::status(
            422,
            r#"{"message":"No pending deployment requests to approve or reject"}"#,
        )
    })
    .await;
    let github = github(&vendor.url, &["checkout"]);
    let answer = github.send(&confirmed(github.as_ref(), approve())).await;
    let Answer::Refused { status: 422, why } = answer else {
        panic!("{answer:?}");
    };
    assert!(why.contains("No pending deployment"), "{why}");
}

/// Answers by the end of the path.
async fn vendor(routes: &'static [(&'static str, &'static str)]) -> Vendor {
    Vendor::start(move |asked| {
        let path = asked.path.split('?').next().unwrap_or_default();
        routes
            .iter()
            .find(|(end, _)| path.ends_with(end))
            .map_or_else(
                || Reply::status(404, r#"{"message":"Not Found"}"#),
                |(_, body)| Reply::json(body),
            )
    })
    .await
}

const PENDING: &str = r#"[{"environment":{"id":7001,"name":"production"},
    "wait_timer":0,"wait_timer_started_at":null,"current_user_can_approve":true,"reviewers":[]}]"#;

async fn precheck(routes: &'static [(&'static str, &'static str)], act: Act) -> Precheck {
    let vendor = vendor(routes).await;
    let github = github(&vendor.url, &["checkout"]);
    github.precheck(&intent(act)).await.expect("an answer")
}

async fn observe(
    routes: &'static [(&'static str, &'static str)],
    act: Act,
    handle: &str,
) -> Observation {
    let vendor = vendor(routes).await;
    let github = github(&vendor.url, &["checkout"]);
    github
        .observe(&observation(act, handle))
        .await
        .expect("an answer")
}

#[tokio::test]
async fn an_approval_is_ready_only_while_it_waits_for_us() {
    let ready = precheck(&[("/pending_deployments", PENDING)], approve()).await;
    assert_eq!(ready, Precheck::Ready);

    let answered = precheck(
        &[
            ("/pending_deployments", "[]"),
            (
                "/approvals",
                r#"[{"state":"rejected","user":{"login":"bo"},"comment":"no",
                    "environments":[{"id":7001,"name":"production"}]}]"#,
            ),
        ],
        approve(),
    )
    .await;
    assert_eq!(
        answered,
        Precheck::Moved(Text::new("it waits no more: rejected by bo"))
    );

    let not_ours = precheck(
        &[(
            "/pending_deployments",
            r#"[{"environment":{"id":7001,"name":"production"},"current_user_can_approve":false}]"#,
        )],
        approve(),
    )
    .await;
    assert!(matches!(not_ours, Precheck::Moved(_)));
}

macro_rules! run_json {
    ($status:literal, $conclusion:literal, $attempt:literal) => {
        concat!(
            r#"{"id":8841,"run_number":88,"run_attempt":"#,
            $attempt,
            r#","name":"release","display_title":"Roll back checkout to 4.11.3 (0199aa00-0000-7000-8000-000000000001)","event":"workflow_dispatch","status":""#,
            $status,
            r#"","conclusion":"#,
            $conclusion,
            r#","head_branch":"main","head_sha":"abc","created_at":"2026-11-22T14:00:01Z","updated_at":"2026-11-22T14:02:00Z","html_url":"x"}"#
        )
    };
}

#[tokio::test]
async fn a_rerun_needs_the_attempt_that_was_seen_and_an_end() {
    let act = || Act::RerunFailed {
        run: run(),
        attempt: 1,
    };
    let failed = &[("/runs/8841", run_json!("completed", "\"failure\"", "1"))];
    assert_eq!(precheck(failed, act()).await, Precheck::Ready);
    let newer = &[("/runs/8841", run_json!("completed", "\"failure\"", "2"))];
    assert!(matches!(precheck(newer, act()).await, Precheck::Moved(_)));
    let running = &[("/runs/8841", run_json!("in_progress", "null", "1"))];
    assert!(matches!(precheck(running, act()).await, Precheck::Moved(_)));

    let seen = observe(newer, act(), "8841").await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let not_yet = observe(failed, act(), "8841").await;
    assert!(matches!(not_yet, Observation::Pending(_)), "{not_yet:?}");
}

#[tokio::test]
async fn a_cancelled_run_is_proof_and_another_end_is_not() {
    let act = || Act::CancelRun {
        run: run(),
        attempt: 1,
    };
    let running = &[("/runs/8841", run_json!("in_progress", "null", "1"))];
    assert_eq!(precheck(running, act()).await, Precheck::Ready);
    assert!(matches!(
        observe(running, act(), "8841").await,
        Observation::Pending(_)
    ));
    let cancelled = &[("/runs/8841", run_json!("completed", "\"cancelled\"", "1"))];
    assert!(matches!(
        observe(cancelled, act(), "8841").await,
        Observation::Done(_)
    ));
    let succeeded = &[("/runs/8841", run_json!("completed", "\"success\"", "1"))];
    assert!(matches!(
        observe(succeeded, act(), "8841").await,
        Observation::Refuted(_)
    ));
}

#[tokio::test]
async fn an_old_review_is_no_proof_while_the_environment_waits() {
    const REVIEWS: &str = r#"[{"state":"approved","user":{"login":"ana"},"comment":"",
        "environments":[{"id":7001,"name":"production"}]}]"#;
    let waits = observe(
        &[("/pending_deployments", PENDING), ("/approvals", REVIEWS)],
        approve(),
        "8841",
    )
    .await;
    assert!(matches!(waits, Observation::Pending(_)), "{waits:?}");
    let gone = observe(
        &[("/pending_deployments", "[]"), ("/approvals", REVIEWS)],
        approve(),
        "8841",
    )
    .await;
    assert_eq!(gone, Observation::Done(Text::new("approved by ana")));
}

const TAGS: &str =
    r#"[{"name":"v4.12.0","commit":{"sha":"c12"}},{"name":"v4.11.3","commit":{"sha":"c11"}}]"#;
const SERVES_412: &str = r#"[{"id":2,"sha":"c12","ref":"v4.12.0","environment":"production",
    "payload":{},"created_at":"2026-11-22T13:00:00Z","updated_at":"2026-11-22T13:00:00Z"}]"#;
const SERVES_411: &str = r#"[{"id":3,"sha":"c11","ref":"v4.11.3","environment":"production",
    "payload":"{}","created_at":"2026-11-22T14:01:00Z","updated_at":"2026-11-22T14:01:00Z"},
    {"id":2,"sha":"c12","ref":"v4.12.0","environment":"production",
    "payload":{},"created_at":"2026-11-22T13:00:00Z","updated_at":"2026-11-22T13:00:00Z"}]"#;
const SUCCESS: &str = r#"[{"state":"success","created_at":"2026-11-22T14:01:30Z","log_url":""}]"#;
const NO_RUNS: &str = r#"{"total_count":0,"workflow_runs":[]}"#;

#[tokio::test]
async fn a_rollback_needs_the_version_that_was_seen() {
    let ready = precheck(
        &[
            ("/rollback.yml/runs", NO_RUNS),
            ("/tags", TAGS),
            ("/deployments", SERVES_412),
            ("/statuses", SUCCESS),
        ],
        roll_back(),
    )
    .await;
    assert_eq!(ready, Precheck::Ready);
    let moved = precheck(
        &[
            ("/rollback.yml/runs", NO_RUNS),
            ("/tags", TAGS),
            ("/deployments", SERVES_411),
            ("/statuses", SUCCESS),
        ],
        roll_back(),
    )
    .await;
    assert_eq!(
        moved,
        Precheck::Moved(Text::new("production serves 4.11.3 by now, not 4.12.0"))
    );
}

#[tokio::test]
async fn a_second_rollback_is_not_sent_beside_the_first() {
    let moved = precheck(
        &[
            (
                "/rollback.yml/runs",
                concat!(
                    r#"{"workflow_runs":["#,
                    run_json!("in_progress", "null", "1"),
                    "]}"
                ),
            ),
            ("/tags", TAGS),
            ("/deployments", SERVES_412),
            ("/statuses", SUCCESS),
        ],
        roll_back(),
    )
    .await;
    assert!(matches!(moved, Precheck::Moved(why) if why.contains("#88")));
}

#[tokio::test]
async fn a_rollback_is_seen_only_with_run_and_deployment() {
    const DONE: &str = run_json!("completed", "\"success\"", "1");
    let whole = observe(
        &[
            ("/runs/8841", DONE),
            ("/tags", TAGS),
            ("/deployments", SERVES_411),
            ("/statuses", SUCCESS),
        ],
        roll_back(),
        "8841",
    )
    .await;
    assert!(matches!(whole, Observation::Done(_)), "{whole:?}");

    // The run alone is not the effect.
    let half = observe(
        &[
            ("/runs/8841", DONE),
            ("/tags", TAGS),
            ("/deployments", SERVES_412),
            ("/statuses", SUCCESS),
        ],
        roll_back(),
        "8841",
    )
    .await;
    assert!(matches!(half, Observation::Pending(_)), "{half:?}");

    let failed = observe(
        &[("/runs/8841", run_json!("completed", "\"failure\"", "1"))],
        roll_back(),
        "8841",
    )
    .await;
    assert!(matches!(failed, Observation::Refuted(_)), "{failed:?}");
}

#[tokio::test]
async fn a_rollback_whose_answer_was_lost_is_found_by_its_id() {
    let found = observe(
        &[
            (
                "/rollback.yml/runs",
                concat!(
                    r#"{"workflow_runs":["#,
                    run_json!("in_progress", "null", "1"),
                    "]}"
                ),
            ),
            ("/tags", TAGS),
        ],
        roll_back(),
        "",
    )
    .await;
    assert!(
        matches!(&found, Observation::Pending(what) if what.contains("#88")),
        "{found:?}"
    );
    let none = observe(&[("/rollback.yml/runs", NO_RUNS)], roll_back(), "").await;
    assert!(
        matches!(&none, Observation::Pending(what) if what.contains("no run")),
        "{none:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_a_fault_and_never_ready() {
    for body in ["", "<html>", "{}", "null", "[{\"environment\":3}]"] {
        let vendor = Vendor::start(move |_| Reply::json(body)).await;
        let github = github(&vendor.url, &["checkout"]);
        for act in all_acts() {
            let checked = github.precheck(&intent(act.clone())).await;
            assert!(checked.is_err(), "{body:?} {act:?}: {checked:?}");
            let seen = github.observe(&observation(act.clone(), "8841")).await;
            assert!(seen.is_err(), "{body:?} {act:?}: {seen:?}");
        }
    }
}

// Last, for it uses the macro above.
mod publish;
mod rerun;
