//! Operations against a vendor that misbehaves: what goes over the wire is
//! counted there.

mod looked;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    domain::{
        Act, EnvironmentName, Grant, Intent, OperationId, ServiceName, SourceId, Text, Version,
    },
    integrations::{
        contract::{Answer, Integration, Observation, Observe, Precheck},
        http::Access,
        jenkins::testing::{
            Asked, Reply, TOKEN, Vendor, answer, console, jenkins, origin, path, settings, sink,
            with,
        },
        testing,
    },
    operation::Confirmed,
};

const ID: &str = "0199aa00-0000-7000-8000-000000000001";

fn intent(act: Act) -> Intent {
    Intent {
        source: SourceId::new("jenkins"),
        service: Some(ServiceName::new("web")),
        environment: Some(EnvironmentName::new("production")),
        act,
        reason: Text::new("looks good"),
    }
}

fn approve(input: &str) -> Act {
    Act::Approve {
        approval: origin(&format!("deploy#8/inputs/{input}")),
        run: origin("deploy#8"),
        environment_key: Text::new(input),
        grants: Grant::Deploys,
    }
}

fn decline() -> Act {
    Act::Decline {
        approval: origin("deploy#8/inputs/Go"),
        run: origin("deploy#8"),
        environment_key: Text::new("Go"),
    }
}

fn rerun(build: &str) -> Act {
    Act::RerunFailed {
        run: origin(build),
        attempt: 1,
    }
}

fn cancel() -> Act {
    Act::CancelRun {
        run: origin("deploy#8"),
        attempt: 1,
    }
}

fn back() -> Act {
    Act::RollBack {
        from: Version::new("4.12.0"),
        to: Version::new("4.11.3"),
        repository: Text::new("shop/web"),
        workflow: Text::new("deploy"),
        reference: Text::new("main"),
        inputs: [
            (Text::new("VERSION"), Text::new("4.11.3")),
            (Text::new("ENVIRONMENT"), Text::new("production")),
            (Text::new("REQUEST"), Text::new(ID)),
        ]
        .into(),
    }
}

/// A job with a build that waits, a freestyle build, one with a password and
/// what production serves.
const FOLDER: &str = r#"{"_class":"com.cloudbees.hudson.plugins.folder.Folder","fullName":"shop/web","jobs":[
  {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","name":"deploy","fullName":"shop/web/deploy","builds":[
    {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":8,"building":true,"timestamp":1795356050000,"actions":[
      {"parameters":[{"name":"VERSION","value":"4.13.0"},{"name":"ENVIRONMENT","value":"staging"}]},
      {"_class":"org.jenkinsci.plugins.workflow.support.steps.input.InputAction"}]},
    {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":7,"result":"SUCCESS","timestamp":1795350000000,"duration":60000,"actions":[
      {"parameters":[{"name":"VERSION","value":"4.12.0"},{"name":"ENVIRONMENT","value":"production"}]}]},
    {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":6,"result":"FAILURE","timestamp":1795340000000,"duration":60000,"actions":[
      {"parameters":[{"_class":"hudson.model.PasswordParameterValue","name":"SECRET"}]}]}]},
  {"_class":"hudson.model.FreeStyleProject","name":"nightly","fullName":"shop/web/nightly","builds":[
    {"_class":"hudson.model.FreeStyleBuild","number":3,"result":"FAILURE","timestamp":1795340000000,"duration":60000,"actions":[
      {"parameters":[{"name":"DEEP","value":true},{"name":"WHERE","value":"a b"}]}]},
    {"_class":"hudson.model.FreeStyleBuild","number":2,"result":"FAILURE","timestamp":1795330000000,"duration":60000},
    {"_class":"hudson.model.FreeStyleBuild","number":1,"result":"FAILURE","timestamp":1795320000000,"duration":60000,"actions":[
      {"parameters":[{"name":"DEEP","value":true},{"_class":"CredentialsParameterValue","name":"KEY"}]}]}]}]}"#;
const INPUTS: &str = r#"[{"id":"Go","message":"Go?","inputs":[]},
  {"id":"With values","message":"How?","inputs":[{"type":"StringParameterDefinition","name":"WHO","definition":{"defaultVal":"all & sundry"}}]},
  {"id":"Secret","message":"?","inputs":[{"type":"PasswordParameterDefinition","name":"P","definition":{"defaultVal":"hunter2"}}]}]"#;
const ROUTES: &[(&str, &str)] = &[
    ("api/json", FOLDER),
    ("deploy/8/wfapi/pendingInputActions", INPUTS),
];

/// Jenkins after a look at [`ROUTES`], in front of a vendor that from then on
/// answers by `script`.
async fn after_a_look(
    change: impl FnOnce(&mut super::super::Settings),
    script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> (Arc<dyn Integration>, Vendor) {
    let looked = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&looked);
    let vendor = Vendor::start(move |asked| {
        if over.load(Ordering::Relaxed) {
            script(asked)
        } else {
            answer(asked, ROUTES)
        }
    })
    .await;
    let mut settings = settings(&vendor.url);
    change(&mut settings);
    let jenkins = with(&settings, Access::ReadWrite);
    let (sink, _facts) = sink();
    jenkins.sweep(&sink).await.expect("a look");
    looked.store(true, Ordering::Relaxed);
    (jenkins, vendor)
}

async fn then(
    script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> (Arc<dyn Integration>, Vendor) {
    after_a_look(|_| (), script).await
}

fn confirmed(jenkins: &dyn Integration, act: Act) -> Confirmed {
    let intent = intent(act);
    let request = jenkins.prepare(&intent).expect("a request");
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

fn refused(html: &str, status: u16) -> Reply {
    Reply::Say(
        status,
        "content-type: text/html\r\n".to_owned(),
        html.to_owned(),
    )
}

fn to(status: u16, location: &str) -> Reply {
    Reply::Say(status, format!("location: {location}\r\n"), String::new())
}

#[tokio::test]
async fn each_act_is_one_request_to_the_right_place() {
    let (jenkins, _vendor) = then(|asked| answer(asked, ROUTES)).await;
    let request = |act| {
        let request = jenkins.prepare(&intent(act)).unwrap();
        assert_eq!(request.method, "POST");
        let (_, path) = request.url.split_once("/ci/job/shop/job/web/").unwrap();
        (path.to_owned(), request.body, request.note.to_string())
    };
    let plain = |act| {
        let (path, body, _) = request(act);
        (path, body)
    };
    assert_eq!(
        plain(approve("Go")),
        ("job/deploy/8/input/Go/proceedEmpty".into(), String::new())
    );
    assert_eq!(
        plain(decline()),
        ("job/deploy/8/input/Go/abort".into(), String::new())
    );
    assert_eq!(plain(cancel()), ("job/deploy/8/stop".into(), String::new()));
    let (path, body, note) = request(rerun("deploy#7"));
    assert_eq!(
        (path.as_str(), body.as_str()),
        ("job/deploy/7/replay/rebuild", "")
    );
    assert!(note.contains("cannot run the failed part alone"), "{note}");
    let (path, body, note) = request(rerun("nightly#3"));
    assert_eq!(
        (path.as_str(), body.as_str()),
        ("job/nightly/buildWithParameters", "DEEP=true&WHERE=a+b")
    );
    assert!(note.contains("cannot run the failed part alone"), "{note}");
    assert_eq!(
        plain(rerun("nightly#2")),
        ("job/nightly/build".into(), String::new())
    );
    let (path, body) = plain(back());
    assert_eq!(path, "job/deploy/buildWithParameters");
    assert_eq!(
        body,
        format!("ENVIRONMENT=production&REQUEST={ID}&VERSION=4.11.3")
    );
}

#[tokio::test]
async fn what_an_input_asks_for_is_given_and_never_dropped() {
    let (jenkins, _vendor) = then(|asked| answer(asked, ROUTES)).await;
    let request = jenkins.prepare(&intent(approve("With values"))).unwrap();
    // `proceedEmpty` would drop it, `inputSubmit` answers 500 for what is gone.
    assert!(
        request.url.ends_with("/8/input/With%20values/proceed"),
        "{}",
        request.url
    );
    assert!(
        request.body.starts_with("json=%7B%22parameter%22"),
        "{}",
        request.body
    );
    assert!(
        request.note.contains("WHO = all & sundry"),
        "{}",
        request.note
    );
    let fault = jenkins.prepare(&intent(approve("Secret"))).unwrap_err();
    assert!(fault.detail.contains("P, which is a password"), "{fault}");
    assert!(!fault.detail.contains("hunter2"), "{fault}");
    // An id is taken as the API gives it: `go` is not `Go`.
    let fault = jenkins.prepare(&intent(approve("go"))).unwrap_err();
    assert!(fault.detail.contains("does not wait for"), "{fault}");
}

#[tokio::test]
async fn a_password_is_neither_told_nor_repeated() {
    let (jenkins, _vendor) = then(|asked| answer(asked, ROUTES)).await;
    let fault = jenkins.prepare(&intent(rerun("deploy#6"))).unwrap_err();
    assert!(fault.detail.contains("password SECRET"), "{fault}");
    let fault = jenkins.prepare(&intent(rerun("nightly#1"))).unwrap_err();
    assert!(fault.detail.contains("a value for KEY"), "{fault}");
}

#[tokio::test]
async fn a_rollback_by_rerun_and_a_workflow_elsewhere_are_told_apart() {
    let (jenkins, _vendor) = then(|asked| answer(asked, ROUTES)).await;
    let by_rerun = Act::RollBackByRerun {
        from: Version::new("4.12.0"),
        to: Version::new("4.11.3"),
        run: origin("deploy#7"),
        attempt: 1,
        commit: Text::default(),
    };
    let fault = jenkins.prepare(&intent(by_rerun)).unwrap_err();
    assert!(fault.detail.contains("rollback = {"), "{fault}");
    let elsewhere = |workflow: &str| {
        let mut act = back();
        if let Act::RollBack { workflow: name, .. } = &mut act {
            *name = Text::new(workflow);
        }
        jenkins.prepare(&intent(act))
    };
    let request = elsewhere("/ops/back").unwrap();
    assert!(
        request
            .url
            .ends_with("/ci/job/ops/job/back/buildWithParameters")
    );
    for wrong in ["", "/", "a?b", "../x"] {
        assert!(elsewhere(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn answers_are_taken_for_what_they_say_and_no_redirect_is_followed() {
    type Case = (fn() -> Reply, fn(&Answer) -> bool);
    let cases: [Case; 12] = [
        (
            || refused("", 200),
            |answer| matches!(answer, Answer::Accepted { handle, .. } if handle.is_empty()),
        ),
        (
            || to(201, "http://h/ci/queue/item/77/"),
            |answer| matches!(answer, Answer::Accepted { handle, .. } if handle.as_str() == "77"),
        ),
        (
            || to(302, "http://h/ci/job/shop/job/web/job/deploy/"),
            |answer| matches!(answer, Answer::Accepted { handle, .. } if handle.is_empty()),
        ),
        (
            || to(302, "/ci/job/login/job/securityRealm/"),
            |answer| matches!(answer, Answer::Accepted { handle, .. } if handle.is_empty()),
        ),
        // Nobody was logged in: whether something happened is not told.
        (
            || to(302, "http://h/ci/login?from=%2F"),
            |answer| matches!(answer, Answer::Lost(_)),
        ),
        (
            || to(303, "http://h/ci/securityRealm/commenceLogin?from=%2F"),
            |answer| matches!(answer, Answer::Lost(_)),
        ),
        // Somebody was faster, or has no right to: both are a mistake of ours to
        // Jenkins.
        (
            || {
                refused(
                    "<h1>Error</h1><p>This input has been already given</p>",
                    400,
                )
            },
            |answer| matches!(answer, Answer::Refused { status: 400, why } if why.contains("already given")),
        ),
        (
            || refused("<h1>Error</h1><p>You need to be bo to submit this</p>", 400),
            |answer| matches!(answer, Answer::Refused { status: 400, why } if why.contains("need to be bo")),
        ),
        (
            || refused("<h2>HTTP ERROR 404 Not Found</h2>", 404),
            |answer| matches!(answer, Answer::Refused { status: 404, .. }),
        ),
        (
            || {
                refused(
                    "<h2>HTTP ERROR 403 No valid crumb was included in the request</h2>",
                    403,
                )
            },
            |answer| matches!(answer, Answer::Refused { status: 403, why } if why.contains("set `crumb = true`")),
        ),
        (
            || {
                refused(
                    "<h2>HTTP ERROR 409 shop/web/deploy is not buildable</h2>",
                    409,
                )
            },
            |answer| matches!(answer, Answer::Refused { status: 409, why } if why.contains("not buildable")),
        ),
        (
            || refused("<h1>Oops!</h1>", 500),
            |answer| matches!(answer, Answer::Lost(_)),
        ),
    ];
    for (reply, expected) in cases {
        let (jenkins, vendor) = then(move |_| reply()).await;
        let operation = confirmed(&*jenkins, back());
        let answer = jenkins.send(&operation).await;
        assert!(expected(&answer), "{answer:?}");
        assert_eq!(vendor.writes(), 1, "{answer:?}");
        let sent = vendor.asked().pop().unwrap();
        let head = sent.head.to_ascii_lowercase();
        assert!(
            head.contains("content-type: application/x-www-form-urlencoded"),
            "{head}"
        );
        assert_eq!(sent.body, operation.request().body);
        assert!(!head.contains("crumb"), "an API token needs none");
    }
}

#[tokio::test]
async fn a_lost_answer_is_lost_and_sent_once() {
    let (jenkins, vendor) = then(|_| Reply::Drop).await;
    let operation = confirmed(&*jenkins, approve("Go"));
    let answer = jenkins.send(&operation).await;
    assert!(matches!(answer, Answer::Lost(_)), "{answer:?}");
    assert_eq!(vendor.writes(), 1);
}

const CRUMB: &str = r#"{"crumb":"c0ffee-canary-crumb","crumbRequestField":"Jenkins-Crumb"}"#;

#[tokio::test]
async fn with_a_password_a_crumb_travels_with_its_session_and_is_kept_nowhere() {
    let (jenkins, vendor) = after_a_look(
        |settings| settings.crumb = true,
        |asked| {
            if asked.path.ends_with("/ci/crumbIssuer/api/json") {
                Reply::Say(
                    200,
                    "content-type: application/json\r\nset-cookie: JSESSIONID.1=s3ss10n; Path=/ci; HttpOnly\r\n".to_owned(),
                    CRUMB.to_owned(),
                )
            } else {
                refused("", 200)
            }
        },
    )
    .await;
    let operation = confirmed(&*jenkins, approve("Go"));
    let kept = crate::integrations::contract::Tape::default();
    let answer = kept.record(jenkins.send(&operation)).await;
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    assert_eq!(vendor.writes(), 1);
    let sent = vendor.asked().pop().unwrap().head.to_ascii_lowercase();
    assert!(
        sent.contains("jenkins-crumb: c0ffee-canary-crumb"),
        "{sent}"
    );
    assert!(sent.contains("cookie: jsessionid.1=s3ss10n"), "{sent}");
    let kept = kept.last();
    assert_eq!(kept.len(), 1, "only the answer to the change is kept");
    let told = String::from_utf8_lossy(&kept[0].body);
    assert!(!format!("{told} {answer:?}").contains("c0ffee"), "{told}");
}

#[tokio::test]
async fn without_a_crumb_nothing_is_sent_and_where_none_is_wanted_all_is() {
    let crumb = |settings: &mut super::super::Settings| settings.crumb = true;
    let (jenkins, vendor) = after_a_look(crumb, |_| refused("<h2>Oops</h2>", 403)).await;
    let operation = confirmed(&*jenkins, approve("Go"));
    let answer = jenkins.send(&operation).await;
    assert!(
        matches!(&answer, Answer::Refused { status: 0, why } if why.starts_with("nothing was sent")),
        "{answer:?}"
    );
    assert_eq!(vendor.writes(), 0);
    // 404: Jenkins wants no crumbs.
    let (jenkins, vendor) = after_a_look(crumb, |asked| {
        if asked.path.contains("crumbIssuer") {
            refused("", 404)
        } else {
            refused("", 200)
        }
    })
    .await;
    let operation = confirmed(&*jenkins, approve("Go"));
    let answer = jenkins.send(&operation).await;
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    assert_eq!(vendor.writes(), 1);
}

#[tokio::test]
async fn a_read_only_process_sends_nothing() {
    let vendor = Vendor::start(|asked| answer(asked, ROUTES)).await;
    let jenkins = with(&settings(&vendor.url), Access::ReadOnly);
    let (sink, _facts) = testing::sink("jenkins");
    jenkins.sweep(&sink).await.unwrap();
    let operation = confirmed(&*jenkins, approve("Go"));
    let answer = jenkins.send(&operation).await;
    assert!(
        matches!(answer, Answer::Refused { status: 0, .. }),
        "{answer:?}"
    );
    assert_eq!(vendor.writes(), 0);
}

#[tokio::test]
async fn the_token_is_in_no_prepared_request() {
    let vendor = Vendor::start(|asked| answer(asked, ROUTES)).await;
    let jenkins = jenkins(&vendor.url);
    let (sink, _facts) = sink();
    jenkins.sweep(&sink).await.unwrap();
    for act in [
        approve("Go"),
        decline(),
        rerun("deploy#7"),
        cancel(),
        back(),
    ] {
        let request = jenkins.prepare(&intent(act)).unwrap();
        assert!(!format!("{request:?}").contains(TOKEN));
    }
}
