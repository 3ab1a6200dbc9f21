//! The whole integration against a vendor on loopback.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::testing::{
    Reply, TOKEN, Vendor, answer, bodies, console, jenkins, origin, path, settings, sink, vendor,
    with,
};
use crate::{
    domain::{
        Approval, Body, Conclusion, Connection, Deployment, DeploymentState, LogState, Run,
        RunState, Text,
    },
    integrations::{contract::Query, http::Access, testing::sink_with_logs},
};

fn runs(bodies: &[Body]) -> Vec<Run> {
    let runs = bodies.iter().filter_map(|body| match body {
        Body::Run(run) => Some(run.clone()),
        _ => None,
    });
    runs.collect()
}

fn deployments(bodies: &[Body]) -> Vec<Deployment> {
    let all = bodies.iter().filter_map(|body| match body {
        Body::Deployment(one) => Some(one.clone()),
        _ => None,
    });
    all.collect()
}

fn approvals(bodies: &[Body]) -> Vec<Approval> {
    let mut all = bodies.iter().filter_map(|body| match body {
        Body::Approvals { items, .. } => Some(items.clone()),
        _ => None,
    });
    all.next_back().unwrap_or_default()
}

/// How many bytes of a log are kept, and whether that is all, as told last.
fn stored(bodies: &[Body]) -> Option<(u64, bool)> {
    let mut told = bodies.iter().filter_map(|body| match body {
        Body::Log(log) => match log.state {
            LogState::Stored {
                bytes, complete, ..
            } => Some((bytes, complete)),
            _ => None,
        },
        _ => None,
    });
    told.next_back()
}

/// A folder with a multibranch project and a job that deploys.
const FOLDER: &str = r#"{"_class":"com.cloudbees.hudson.plugins.folder.Folder","fullName":"shop/web","jobs":[
  {"_class":"org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject","name":"ci","fullName":"shop/web/ci","jobs":[
    {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","name":"feature%2Fx","fullName":"shop/web/ci/feature%2Fx","nextBuildNumber":4,
     "queueItem":null,"builds":[
      {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":3,"building":true,"result":null,"timestamp":1763820000000,
       "url":"u/","actions":[{"_class":"hudson.model.CauseAction","causes":[{"_class":"jenkins.branch.BranchEventCause","shortDescription":"Push event"}]},{}],
       "changeSets":[{"items":[{"commitId":"abc","msg":"Keep baskets"}]}]},
      {"number":"no number"},
      {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":1,"building":false,"result":"SUCCESS","timestamp":1763810000000,"duration":60000}]}]},
  {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","name":"deploy","fullName":"shop/web/deploy","nextBuildNumber":9,
   "queueItem":{"_class":"hudson.model.Queue$BuildableItem","id":55,"why":"Waiting for next available executor","inQueueSince":1763820100000},
   "builds":[
    {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":8,"building":true,"timestamp":1763820050000,"url":"u/","actions":[
      {"_class":"hudson.model.ParametersAction","parameters":[{"name":"VERSION","value":"4.12.0"},{"name":"ENVIRONMENT","value":"production"}]},
      {"_class":"org.jenkinsci.plugins.workflow.support.steps.input.InputAction"}]},
    {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":7,"result":"SUCCESS","timestamp":1763800000000,"duration":60000,"actions":[
      {"parameters":[{"name":"VERSION","value":"4.11.3"},{"name":"ENVIRONMENT","value":"production"}]},
      {"_class":"org.jenkinsci.plugins.workflow.support.steps.input.InputAction"}]}]},
  {"name":"of no class"}]}"#;
const STAGES: &str = r#"{"status":"PAUSED_PENDING_INPUT","stages":[
  {"id":"6","name":"Ask","status":"PAUSED_PENDING_INPUT","startTimeMillis":1763820060000}]}"#;
const INPUTS: &str =
    r#"[{"id":"Go/live","message":"Go?","inputs":[]},{"message":"without an id"}]"#;

#[tokio::test]
async fn a_folder_is_told_with_branches_builds_and_what_waits() {
    let vendor = vendor(&[
        ("api/json", FOLDER),
        ("deploy/8/wfapi/pendingInputActions", INPUTS),
        ("deploy/8/wfapi/describe", STAGES),
    ])
    .await;
    let jenkins = jenkins(&vendor.url);
    let (sink, facts) = sink();
    let fault = jenkins.sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::Degraded);
    assert!(fault.detail.contains("2 of the jobs and builds"), "{fault}");
    let bodies = bodies(&facts);
    let find = |key: &str| {
        runs(&bodies)
            .into_iter()
            .rfind(|run| run.id == origin(key))
            .unwrap_or_else(|| panic!("{key}"))
    };
    let branch = find("ci/feature%2Fx#3");
    assert_eq!(branch.branch, Text::new("feature/x"));
    assert_eq!(branch.workflow, Text::new("ci"));
    assert_eq!(branch.title, Text::new("Keep baskets"));
    assert_eq!(branch.event, Text::new("push"));
    assert_eq!(branch.state, RunState::Running);
    let queued = find("deploy#9");
    assert_eq!(queued.state, RunState::Queued);
    assert_eq!(
        queued.title,
        Text::new("Waiting for next available executor")
    );
    assert_eq!(find("deploy#8").state, RunState::Waiting);
    // A build that has ended waits for nothing, whatever mark it carries.
    assert_eq!(find("deploy#7").state, RunState::Done(Conclusion::Success));
    let asked = vendor.asked();
    assert!(!asked.iter().any(|asked| asked.path.contains("/7/wfapi")));
    let waits = approvals(&bodies);
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].id, origin("deploy#8/inputs/Go/live"));
    assert_eq!(waits[0].environment, "production".into());
    let deployed = deployments(&bodies);
    let last = |version: &str| {
        let mut all = deployed.iter();
        all.rfind(|one| one.version == version.into())
            .unwrap()
            .state
            .clone()
    };
    assert_eq!(last("4.12.0"), DeploymentState::Waiting);
    assert_eq!(last("4.11.3"), DeploymentState::Success);
}

#[tokio::test]
async fn every_question_about_jobs_names_what_it_wants_and_goes_below_the_path() {
    let vendor = vendor(&[("api/json", FOLDER)]).await;
    let jenkins = jenkins(&vendor.url);
    let (sink, _facts) = sink();
    let _ = jenkins.sweep(&sink).await;
    let asked = vendor.asked();
    for one in &asked {
        assert!(
            one.path.starts_with("/ci/job/shop/job/web/"),
            "{}",
            one.path
        );
        assert!(
            !path(one).ends_with("api/json") || one.path.contains("?tree="),
            "{}",
            one.path
        );
        assert!(!one.path.contains("depth="), "{}", one.path);
        let head = one.head.to_ascii_lowercase();
        assert!(head.contains("authorization: basic "), "{head}");
    }
    let twice = asked.iter().find(|one| one.path.contains("feature"));
    let twice = twice.expect("the stages of what is at work");
    assert!(twice.path.contains("/feature%252Fx/"), "{}", twice.path);
}

#[tokio::test]
async fn a_list_of_inputs_that_is_no_list_is_a_fault() {
    let vendor = Vendor::start(|asked| {
        answer(
            asked,
            &[
                ("api/json", FOLDER),
                ("deploy/8/wfapi/pendingInputActions", "null"),
            ],
        )
    })
    .await;
    let jenkins = jenkins(&vendor.url);
    let (sink, _facts) = sink();
    assert!(jenkins.sweep(&sink).await.is_err());
}

#[tokio::test]
async fn without_the_plugin_a_build_is_one_job() {
    let vendor = vendor(&[("api/json", FOLDER)]).await;
    let jenkins = jenkins(&vendor.url);
    let (sink, facts) = sink();
    let _ = jenkins.sweep(&sink).await;
    let query = Query::Jobs(origin("deploy#8"));
    jenkins.fetch(query, &sink).await.unwrap();
    let names: Vec<String> = bodies(&facts)
        .iter()
        .rev()
        .find_map(|body| match body {
            Body::Jobs { items, .. } => {
                Some(items.iter().map(|job| job.name.to_string()).collect())
            }
            _ => None,
        })
        .unwrap();
    assert_eq!(names, ["build"]);
    assert_eq!(approvals(&bodies(&facts)), []);
}

#[tokio::test]
async fn what_left_the_queue_without_a_build_was_cancelled() {
    static LOOKS: AtomicUsize = AtomicUsize::new(0);
    let vendor = Vendor::start(|asked| {
        let empty = FOLDER.replace(r#"{"_class":"hudson.model.Queue$BuildableItem","id":55,"why":"Waiting for next available executor","inQueueSince":1763820100000}"#, "null");
        match path(asked).as_str() {
            "api/json" if LOOKS.fetch_add(1, Ordering::Relaxed) > 0 => Reply::json(&empty),
            // At the second look it is neither there nor a build yet.
            "queue/item/55/api/json" if LOOKS.load(Ordering::Relaxed) == 2 => {
                Reply::json(r#"{"id":55,"cancelled":false}"#)
            }
            "queue/item/55/api/json" => Reply::json(r#"{"id":55,"cancelled":true}"#),
            _ => answer(asked, &[("api/json", FOLDER)]),
        }
    })
    .await;
    let jenkins = jenkins(&vendor.url);
    let mut states = Vec::new();
    for _ in 0..3 {
        let (sink, facts) = sink();
        let _ = jenkins.sweep(&sink).await;
        let last = runs(&bodies(&facts))
            .into_iter()
            .rfind(|run| run.id == origin("deploy#9"));
        states.push(last.map(|run| run.state));
    }
    assert_eq!(states[0], Some(RunState::Queued));
    assert_eq!(states[2], Some(RunState::Done(Conclusion::Cancelled)));
}

#[tokio::test]
async fn a_log_goes_on_at_the_offset_that_jenkins_names_and_not_at_the_bytes_that_came() {
    let vendor = Vendor::start(|asked| {
        let start = asked.path.split("start=").nth(1).unwrap_or_default();
        match start {
            "0" => console("one\n", 90, true),
            "90" => console("two\n", 200, true),
            "200" => console("", 200, true),
            _ => console("asked from elsewhere\n", 999, true),
        }
    })
    .await;
    let mut fast = settings(&vendor.url);
    fast.poll_seconds = 1;
    let jenkins = with(&fast, Access::ReadWrite);
    let (sink, facts, kept) = sink_with_logs("jenkins");
    let stage = origin("deploy#8/stages/6");
    let query = Query::Log(stage.clone());
    jenkins.fetch(query, &sink).await.unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let (_attention, attention) =
        tokio::sync::watch::channel(crate::integrations::contract::Attention::default());
    let watch = tokio::spawn(jenkins.watch(sink, attention, stop.clone()));
    while stored(&bodies(&facts)).map(|(bytes, _)| bytes) != Some(8) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    stop.cancel();
    watch.await.unwrap();
    assert_eq!(kept.log(&stage), "one\ntwo\n");
}

#[tokio::test]
async fn a_log_without_its_size_is_no_log() {
    let vendor = Vendor::start(|_| {
        Reply::Say(
            200,
            "content-type: text/plain\r\n".to_owned(),
            "one\n".to_owned(),
        )
    })
    .await;
    let jenkins = jenkins(&vendor.url);
    let (sink, _facts) = sink();
    let fault = jenkins
        .fetch(Query::Log(origin("deploy#8/stages/6")), &sink)
        .await
        .unwrap_err();
    assert!(fault.detail.contains("X-Text-Size"), "{fault}");
}

#[tokio::test]
async fn a_log_that_is_gone_says_so() {
    let vendor = vendor(&[]).await;
    let jenkins = jenkins(&vendor.url);
    let (sink, facts) = sink();
    jenkins
        .fetch(Query::Log(origin("deploy#8/stages/6")), &sink)
        .await
        .unwrap();
    assert!(matches!(
        bodies(&facts).as_slice(),
        [Body::Log(log)] if matches!(log.state, LogState::Gone(_))
    ));
}

#[tokio::test]
async fn an_answer_of_another_shape_is_no_folder_without_jobs() {
    for body in ["{}", "[]", "null", r#"{"jobs":[]}"#] {
        let vendor = Vendor::start(move |_| Reply::json(body)).await;
        let jenkins = jenkins(&vendor.url);
        let (sink, facts) = sink();
        assert!(jenkins.sweep(&sink).await.is_err(), "{body}");
        let told = bodies(&facts);
        assert!(
            told.iter().all(|body| matches!(body, Body::Health(_))),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn the_token_is_in_no_word_of_a_fault() {
    let vendor =
        Vendor::start(|_| Reply::status(401, &format!(r#"{{"message":"bad {TOKEN}"}}"#))).await;
    let jenkins = jenkins(&vendor.url);
    let (sink, facts) = sink();
    let fault = jenkins.sweep(&sink).await.unwrap_err();
    assert_eq!(fault.connection, Connection::Unauthorised);
    let all = format!(
        "{fault:?} {:?} {:?}",
        bodies(&facts),
        jenkins.doctor().await
    );
    assert!(!all.contains(TOKEN), "{all}");
}

/// A job of which the list tells these builds.
fn job(builds: &str) -> String {
    format!(
        r#"{{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","fullName":"shop/web","builds":[{builds}]}}"#
    )
}

#[tokio::test]
async fn what_newer_builds_push_out_of_the_list_is_asked_for_alone_until_it_is_gone() {
    static LOOKS: AtomicUsize = AtomicUsize::new(0);
    const OLD: &str =
        r#"{"_class":"x.WorkflowRun","number":1,"building":true,"timestamp":1763820000000}"#;
    const NEW: &str =
        r#"{"_class":"x.WorkflowRun","number":2,"result":"SUCCESS","timestamp":1763820100000}"#;
    let vendor = Vendor::start(|asked| {
        let look = LOOKS.load(Ordering::Relaxed);
        match path(asked).as_str() {
            "api/json" => {
                LOOKS.fetch_add(1, Ordering::Relaxed);
                Reply::json(&job(if look == 0 { OLD } else { NEW }))
            }
            "1/api/json" if look < 3 => Reply::json(OLD),
            _ => answer(asked, &[]),
        }
    })
    .await;
    let jenkins = jenkins(&vendor.url);
    let asked_alone = |vendor: &Vendor| {
        let asked = vendor.asked();
        asked
            .iter()
            .filter(|asked| path(asked) == "1/api/json")
            .count()
    };
    let mut told = Vec::new();
    let mut alone = Vec::new();
    for _ in 0..4 {
        let (sink, facts) = sink();
        let _ = jenkins.sweep(&sink).await;
        let runs = runs(&bodies(&facts));
        told.push(runs.iter().any(|run| run.number == 1));
        alone.push(asked_alone(&vendor));
    }
    // Listed; asked for alone; gone; forgotten.
    assert_eq!(told, [true, true, false, false]);
    assert_eq!(alone, [0, 1, 2, 2]);
}

#[tokio::test]
async fn what_has_ended_is_looked_into_once_more() {
    static LOOKS: AtomicUsize = AtomicUsize::new(0);
    let vendor = Vendor::start(|asked| match path(asked).as_str() {
        "api/json" => {
            let working = LOOKS.fetch_add(1, Ordering::Relaxed) == 0;
            let state = if working {
                r#""building":true"#
            } else {
                r#""building":false,"result":"SUCCESS""#
            };
            Reply::json(&job(&format!(
                r#"{{"_class":"x.WorkflowRun","number":1,{state},"timestamp":1763820000000}}"#
            )))
        }
        "1/wfapi/describe" => {
            Reply::json(r#"{"status":"IN_PROGRESS","stages":[{"id":"6","name":"Try"}]}"#)
        }
        _ => answer(asked, &[]),
    })
    .await;
    let jenkins = jenkins(&vendor.url);
    let mut described = Vec::new();
    for _ in 0..4 {
        let (sink, _facts) = sink();
        jenkins.sweep(&sink).await.unwrap();
        let asked = vendor.asked();
        let stages = asked
            .iter()
            .filter(|asked| path(asked).contains("describe"));
        described.push(stages.count());
    }
    assert_eq!(described, [1, 2, 2, 2]);
}
