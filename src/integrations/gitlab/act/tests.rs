//! Operations against a vendor that misbehaves: what goes over the wire is
//! counted there.

mod back;
mod publish;

use crate::{
    domain::{
        Act, EnvironmentName, Grant, Intent, OperationId, Origin, ServiceName, SourceId, Text,
        Version,
    },
    integrations::{
        contract::{Answer, Integration, Observation, Observe, Precheck},
        gitlab::testing::{Asked, Reply, TOKEN, Vendor, answer, gitlab, path, sink},
    },
    operation::Confirmed,
};

const ID: &str = "0199aa00-0000-7000-8000-000000000001";

fn origin(key: &str) -> Origin {
    Origin::new(
        &SourceId::new("gitlab"),
        &format!("larkspur/shop/web/-/{key}"),
    )
}

fn intent(act: Act) -> Intent {
    Intent {
        source: SourceId::new("gitlab"),
        service: Some(ServiceName::new("web")),
        environment: Some(EnvironmentName::new("production")),
        act,
        reason: Text::new("looks good"),
    }
}

fn approve(key: &str) -> Act {
    Act::Approve {
        approval: origin(key),
        run: origin("pipelines/20"),
        environment_key: Text::new("4"),
        grants: Grant::Unblocks,
    }
}

fn decline(key: &str) -> Act {
    Act::Decline {
        approval: origin(key),
        run: origin("pipelines/20"),
        environment_key: Text::new("4"),
    }
}

fn rerun(key: &str) -> Act {
    Act::RerunFailed {
        run: origin(key),
        attempt: 1,
    }
}

fn cancel(key: &str) -> Act {
    Act::CancelRun {
        run: origin(key),
        attempt: 1,
    }
}

fn back() -> Act {
    Act::RollBackByRerun {
        from: Version::new("4.12.0"),
        to: Version::new("4.11.3"),
        run: origin("pipelines/19"),
        attempt: 1,
        commit: Text::new("c11"),
    }
}

fn all_acts() -> Vec<Act> {
    vec![
        approve("deployments/34"),
        approve("jobs/300"),
        decline("deployments/34"),
        rerun("pipelines/20"),
        rerun("jobs/201"),
        cancel("pipelines/20"),
        cancel("jobs/201"),
        back(),
        publish::publish(),
    ]
}

/// What production serves: 4.12.0, before that 4.11.3.
const DEPLOYMENTS: &str = r#"[
  {"id":32,"status":"success","ref":"v4.12.0","sha":"c12","created_at":"2026-11-22T13:00:00Z",
   "environment":{"id":4,"name":"production"},"deployable":{"id":320,"status":"success","pipeline":{"id":20}}},
  {"id":31,"status":"success","ref":"v4.11.3","sha":"c11","created_at":"2026-11-22T12:00:00Z",
   "environment":{"id":4,"name":"production"},"deployable":{"id":310,"status":"success","pipeline":{"id":19}}}]"#;
const OLD: &str = r#"{"id":31,"status":"success","ref":"v4.11.3","sha":"c11","created_at":"2026-11-22T12:00:00Z",
   "environment":{"id":4,"name":"production"},"deployable":{"id":310,"status":"success","pipeline":{"id":19}}}"#;
const USER: &str = r#"{"id":1,"username":"ana"}"#;

/// GitLab after a look at [`DEPLOYMENTS`], in front of a vendor that from then
/// on answers by `script`.
async fn after_a_look(
    script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> (std::sync::Arc<dyn Integration>, Vendor) {
    let looked = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let over = std::sync::Arc::clone(&looked);
    let vendor = Vendor::start(move |asked| {
        if over.load(std::sync::atomic::Ordering::Relaxed) {
            script(asked)
        } else {
            answer(asked, &[("deployments", DEPLOYMENTS)])
        }
    })
    .await;
    let gitlab = gitlab(&vendor.url, &["web"]);
    let (sink, _facts) = sink();
    gitlab.sweep(&sink).await.expect("a look");
    looked.store(true, std::sync::atomic::Ordering::Relaxed);
    (gitlab, vendor)
}

async fn after_a_look_at(
    routes: &'static [(&'static str, &'static str)],
) -> std::sync::Arc<dyn Integration> {
    after_a_look(move |asked| answer(asked, routes)).await.0
}

fn confirmed(gitlab: &dyn Integration, act: Act) -> Confirmed {
    let intent = intent(act);
    let request = gitlab.prepare(&intent).expect("a request");
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

async fn precheck(routes: &'static [(&'static str, &'static str)], act: Act) -> Precheck {
    let gitlab = after_a_look_at(routes).await;
    gitlab.precheck(&intent(act)).await.expect("an answer")
}

async fn observe(
    routes: &'static [(&'static str, &'static str)],
    act: Act,
    handle: &str,
) -> Observation {
    let gitlab = after_a_look_at(routes).await;
    gitlab
        .observe(&observation(act, handle))
        .await
        .expect("an answer")
}

fn says(checked: &Precheck, words: &str) -> bool {
    matches!(checked, Precheck::Moved(why) if why.contains(words))
}

#[tokio::test]
async fn every_act_leaves_one_request_whatever_the_answer() {
    for reply in [
        Reply::status(502, "bad gateway"),
        Reply::status(500, "{}"),
        Reply::Drop,
        Reply::SayAndClose(503, String::new()),
        Reply::status(429, "Retry later"),
    ] {
        for act in all_acts() {
            let told = reply.clone();
            let (gitlab, vendor) = after_a_look(move |_| told.clone()).await;
            let answer = gitlab.send(&confirmed(gitlab.as_ref(), act.clone())).await;
            assert_eq!(vendor.writes(), 1, "{reply:?} {act:?}");
            if !matches!(reply, Reply::Say(429, ..)) {
                assert!(matches!(answer, Answer::Lost(_)), "{reply:?}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn no_redirect_is_followed_with_a_write() {
    let stranger = Vendor::start(|_| Reply::json("{}")).await;
    for status in [301, 302, 307, 308] {
        for act in all_acts() {
            let location = format!("location: {}/elsewhere\r\n", stranger.url);
            let (gitlab, vendor) =
                after_a_look(move |_| Reply::Say(status, location.clone(), String::new())).await;
            gitlab.send(&confirmed(gitlab.as_ref(), act)).await;
            assert_eq!(vendor.writes(), 1);
        }
    }
    assert!(stranger.asked().is_empty(), "a stranger was asked");
}

#[tokio::test]
async fn the_request_is_the_one_that_the_api_describes() {
    let (gitlab, vendor) = after_a_look(|_| {
        Reply::Say(
            201,
            "content-type: application/json\r\nx-request-id: 01ABC\r\n".to_owned(),
            r#"{"id":311,"status":"pending"}"#.to_owned(),
        )
    })
    .await;
    let before = vendor.asked().len();
    for act in all_acts() {
        let answer = gitlab.send(&confirmed(gitlab.as_ref(), act.clone())).await;
        let Answer::Accepted { handle, request_id } = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(request_id, Text::new("01ABC"));
        if matches!(act, Act::RollBackByRerun { .. }) {
            assert_eq!(handle, Text::new("311"), "the new job");
        }
    }
    let asked = vendor.asked().split_off(before);
    let lines: Vec<&str> = asked
        .iter()
        .map(|asked| path(asked).trim_start_matches("projects/larkspur%2Fshop%2Fweb/"))
        .collect();
    assert_eq!(
        lines,
        [
            "deployments/34/approval",
            "jobs/300/play",
            "deployments/34/approval",
            "pipelines/20/retry",
            "jobs/201/retry",
            "pipelines/20/cancel",
            "jobs/201/cancel",
            "jobs/310/retry",
            "releases",
        ]
    );
    assert_eq!(
        asked[0].body,
        r#"{"status":"approved","comment":"looks good"}"#
    );
    assert_eq!(asked[1].body, "{}");
    assert!(asked[2].body.contains(r#""status":"rejected""#));
    for one in &asked {
        let head = one.head.to_ascii_lowercase();
        assert_eq!(one.method, "POST");
        assert!(head.contains(&format!("authorization: bearer {}", TOKEN.to_lowercase())));
    }
}

#[tokio::test]
async fn a_refusal_says_why_in_whatever_form_gitlab_says_it() {
    for (body, words) in [
        (
            r#"{"message":"This deployment is not waiting for approvals."}"#,
            "not waiting",
        ),
        (
            r#"{"message":{"base":["Deployment is locked","Ask QA"]}}"#,
            "Deployment is locked",
        ),
        (
            r#"{"message":["You are not an approver"]}"#,
            "not an approver",
        ),
        (
            r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api"}"#,
            "higher privileges",
        ),
    ] {
        let (gitlab, _vendor) = after_a_look(move |_| Reply::status(400, body)).await;
        let sent = gitlab
            .send(&confirmed(gitlab.as_ref(), approve("deployments/34")))
            .await;
        let Answer::Refused { status: 400, why } = sent else {
            panic!("{sent:?}");
        };
        assert!(why.contains(words), "{why}");
    }
}

#[tokio::test]
async fn what_gitlab_cannot_do_is_said_before_anything_is_asked() {
    let (gitlab, _vendor) = after_a_look(|asked| answer(asked, &[])).await;
    let declined = gitlab.prepare(&intent(decline("jobs/300"))).unwrap_err();
    assert!(declined.detail.contains("cannot be declined"), "{declined}");
    let workflow = Act::RollBack {
        from: Version::new("4.12.0"),
        to: Version::new("4.11.3"),
        repository: Text::new("larkspur/shop/web"),
        workflow: Text::new("rollback.yml"),
        reference: Text::new("main"),
        inputs: std::collections::BTreeMap::new(),
    };
    let refused = gitlab.prepare(&intent(workflow)).unwrap_err();
    assert!(
        refused.detail.contains("mechanism = \"rerun\""),
        "{refused}"
    );
    let unknown = Act::RollBackByRerun {
        from: Version::new("4.12.0"),
        to: Version::new("4.10.0"),
        run: origin("pipelines/3"),
        attempt: 1,
        commit: Text::new("c10"),
    };
    let refused = gitlab.prepare(&intent(unknown)).unwrap_err();
    assert!(refused.detail.contains("refresh"), "{refused}");
}

#[tokio::test]
async fn a_manual_job_is_played_only_while_it_waits_for_the_first_time() {
    // GitLab would start a finished one again.
    for (status, ready) in [
        ("manual", true),
        ("running", false),
        ("pending", false),
        ("success", false),
        ("failed", false),
        ("levitating", false),
    ] {
        let (gitlab, _vendor) = after_a_look(move |_| {
            Reply::json(&format!(
                r#"{{"id":300,"name":"deploy","status":"{status}"}}"#
            ))
        })
        .await;
        let checked = gitlab.precheck(&intent(approve("jobs/300"))).await.unwrap();
        assert_eq!(checked == Precheck::Ready, ready, "{status}: {checked:?}");
        let seen = gitlab
            .observe(&observation(approve("jobs/300"), "300"))
            .await
            .unwrap();
        let pending = matches!(seen, Observation::Pending(_));
        assert_eq!(pending, status == "manual", "{status}: {seen:?}");
    }
    let old = precheck(
        &[(
            "jobs/300",
            r#"{"id":300,"name":"deploy","status":"manual","archived":true}"#,
        )],
        approve("jobs/300"),
    )
    .await;
    assert!(says(&old, "archived"), "{old:?}");
}

macro_rules! deployment {
    ($status:literal, $job:literal, $more:literal) => {
        concat!(
            r#"{"id":34,"status":""#,
            $status,
            r#"","ref":"v4.13.0","sha":"c13","created_at":"2026-11-22T14:00:00Z","#,
            r#""environment":{"id":4,"name":"production"},"#,
            r#""deployable":{"id":340,"status":""#,
            $job,
            r#"","pipeline":{"id":21}}"#,
            $more,
            "}"
        )
    };
}

const WAITS: &str = deployment!(
    "blocked",
    "manual",
    r#","pending_approval_count":2,"approvals":[]"#
);
const OURS: &str = deployment!(
    "blocked",
    "manual",
    r#","pending_approval_count":1,"approvals":[{"user":{"id":1,"username":"ana"},"status":"approved"}]"#
);
const OPEN: &str = deployment!(
    "created",
    "manual",
    r#","pending_approval_count":0,"approvals":[{"user":{"id":1,"username":"ana"},"status":"approved"}]"#
);
const THEIRS: &str = deployment!(
    "running",
    "running",
    r#","approvals":[{"user":{"id":9,"username":"kim"},"status":"approved"}]"#
);
const REJECTED: &str = deployment!(
    "failed",
    "failed",
    r#","approvals":[{"user":{"id":1,"username":"ana"},"status":"rejected"}]"#
);

#[tokio::test]
async fn an_approval_is_ready_only_while_it_waits_for_us() {
    let act = || approve("deployments/34");
    let at = |body: &'static str| async move {
        let (gitlab, _vendor) = after_a_look(move |asked| {
            if path(asked) == "user" {
                Reply::json(USER)
            } else {
                Reply::json(body)
            }
        })
        .await;
        gitlab.precheck(&intent(act())).await.unwrap()
    };
    assert_eq!(at(WAITS).await, Precheck::Ready);
    // The same answer again would only write into the audit log.
    let twice = at(OURS).await;
    assert!(
        says(&twice, "ana has approved it already; 1 more"),
        "{twice:?}"
    );
    let gone = at(THEIRS).await;
    assert!(says(&gone, "running (approved by kim)"), "{gone:?}");
    let mut elsewhere = intent(act());
    elsewhere.environment = Some(EnvironmentName::new("staging"));
    let gitlab = after_a_look_at(&[("user", USER), ("deployments/34", WAITS)]).await;
    let checked = gitlab.precheck(&elsewhere).await.unwrap();
    assert!(says(&checked, "goes to production"), "{checked:?}");
}

#[tokio::test]
async fn an_approval_is_seen_by_our_own_answer_and_says_that_the_job_still_waits() {
    let act = || approve("deployments/34");
    let at = |body: &'static str, act: Act| async move {
        let (gitlab, _vendor) = after_a_look(move |asked| {
            if path(asked) == "user" {
                Reply::json(USER)
            } else {
                Reply::json(body)
            }
        })
        .await;
        gitlab.observe(&observation(act, "34")).await.unwrap()
    };
    assert!(matches!(at(WAITS, act()).await, Observation::Pending(_)));
    let open = at(OPEN, act()).await;
    assert!(
        matches!(&open, Observation::Done(proof) if proof.contains("waits to be played")),
        "{open:?}"
    );
    let more = at(OURS, act()).await;
    assert!(
        matches!(&more, Observation::Done(proof) if proof.contains("1 more approvals")),
        "{more:?}"
    );
    // It goes on, but not because of us.
    let theirs = at(THEIRS, act()).await;
    assert!(matches!(theirs, Observation::Refuted(_)), "{theirs:?}");
    let flipped = at(REJECTED, act()).await;
    assert!(matches!(flipped, Observation::Refuted(_)), "{flipped:?}");
    let declined = at(REJECTED, decline("deployments/34")).await;
    assert!(matches!(declined, Observation::Done(_)), "{declined:?}");
}

macro_rules! pipeline {
    ($status:literal) => {
        concat!(
            r#"{"id":20,"iid":8,"created_at":"2026-11-22T14:00:00Z","status":""#,
            $status,
            r#""}"#
        )
    };
}

const ONCE: &str = r#"[{"id":201,"status":"failed","stage":"test","name":"unit"}]"#;
const TWICE: &str = r#"[{"id":205,"status":"running","stage":"test","name":"unit"},
    {"id":201,"status":"failed","stage":"test","name":"unit"}]"#;

#[tokio::test]
async fn a_retry_of_a_pipeline_needs_the_attempt_that_was_seen_and_an_end() {
    let failed = &[
        ("pipelines/20", pipeline!("failed")),
        ("pipelines/20/jobs", ONCE),
    ];
    assert_eq!(
        precheck(failed, rerun("pipelines/20")).await,
        Precheck::Ready
    );
    let newer = &[
        ("pipelines/20", pipeline!("failed")),
        ("pipelines/20/jobs", TWICE),
    ];
    let checked = precheck(newer, rerun("pipelines/20")).await;
    assert!(says(&checked, "at attempt 2"), "{checked:?}");
    let running = &[
        ("pipelines/20", pipeline!("running")),
        ("pipelines/20/jobs", ONCE),
    ];
    assert!(says(
        &precheck(running, rerun("pipelines/20")).await,
        "at work"
    ));
    let green = &[
        ("pipelines/20", pipeline!("success")),
        ("pipelines/20/jobs", ONCE),
    ];
    assert!(says(
        &precheck(green, rerun("pipelines/20")).await,
        "succeeded"
    ));

    let seen = observe(newer, rerun("pipelines/20"), "20").await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let not_yet = observe(failed, rerun("pipelines/20"), "20").await;
    assert!(matches!(not_yet, Observation::Pending(_)), "{not_yet:?}");
}

#[tokio::test]
async fn a_retried_job_is_seen_as_a_new_one() {
    let old = r#"{"id":201,"status":"failed","stage":"test","name":"unit","pipeline":{"id":20}}"#;
    let (gitlab, _vendor) = after_a_look(move |asked| match path(asked) {
        path if path.ends_with("jobs/201") => Reply::json(old),
        _ => Reply::json(TWICE),
    })
    .await;
    let act = rerun("jobs/201");
    assert_eq!(
        gitlab.precheck(&intent(act.clone())).await,
        Ok(Precheck::Ready)
    );
    let seen = gitlab.observe(&observation(act, "205")).await.unwrap();
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains("205")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_cancelled_pipeline_is_proof_and_a_2xx_is_not() {
    let running = &[
        ("pipelines/20", pipeline!("running")),
        ("pipelines/20/jobs", ONCE),
    ];
    assert_eq!(
        precheck(running, cancel("pipelines/20")).await,
        Precheck::Ready
    );
    for (status, done) in [
        (pipeline!("running"), None),
        (pipeline!("canceling"), None),
        (pipeline!("canceled"), Some(true)),
        (pipeline!("success"), Some(false)),
    ] {
        let (gitlab, _vendor) = after_a_look(move |asked| {
            if path(asked).ends_with("/jobs") {
                Reply::json(ONCE)
            } else {
                Reply::json(status)
            }
        })
        .await;
        let seen = gitlab
            .observe(&observation(cancel("pipelines/20"), "20"))
            .await
            .unwrap();
        let found = match seen {
            Observation::Done(_) => Some(true),
            Observation::Refuted(_) => Some(false),
            Observation::Pending(_) => None,
        };
        assert_eq!(found, done, "{status}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_a_fault_and_never_ready() {
    for body in ["", "<html>", "{}", "null", "[{\"id\":\"x\"}]"] {
        for act in all_acts() {
            let (gitlab, _vendor) = after_a_look(move |_| Reply::json(body)).await;
            let checked = gitlab.precheck(&intent(act.clone())).await;
            assert!(checked.is_err(), "{body:?} {act:?}: {checked:?}");
            let seen = gitlab.observe(&observation(act.clone(), "8841")).await;
            assert!(seen.is_err(), "{body:?} {act:?}: {seen:?}");
        }
    }
}
