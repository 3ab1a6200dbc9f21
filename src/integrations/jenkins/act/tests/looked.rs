//! The fresh looks before and after.

use super::*;

#[tokio::test]
async fn what_moved_is_not_sent() {
    let gone = ("deploy/8/wfapi/pendingInputActions", "[]");
    let ended = (
        "deploy/8/api/json",
        r#"{"number":8,"result":"ABORTED","timestamp":1,"building":false}"#,
    );
    let (jenkins, _vendor) = then(move |asked| answer(asked, &[gone, ended])).await;
    for act in [approve("Go"), decline(), cancel()] {
        let seen = jenkins.precheck(&intent(act)).await.unwrap();
        assert!(
            matches!(&seen, Precheck::Moved(why) if why.contains("aborted")),
            "{seen:?}"
        );
    }
    // It asks for something else by now.
    let other = (
        "deploy/8/wfapi/pendingInputActions",
        r#"[{"id":"Go","message":"Go?","inputs":[{"type":"FileParameterDefinition","name":"F"}]}]"#,
    );
    let (jenkins, _vendor) = then(move |asked| answer(asked, &[other])).await;
    let seen = jenkins.precheck(&intent(approve("Go"))).await.unwrap();
    assert!(matches!(seen, Precheck::Moved(_)), "{seen:?}");
    let seen = jenkins.precheck(&intent(decline())).await.unwrap();
    assert_eq!(seen, Precheck::Ready, "a no needs no values");
}

#[tokio::test]
async fn what_is_repeated_already_is_not_repeated_twice() {
    let build = r#"{"number":7,"result":"FAILURE","timestamp":1,"building":false}"#;
    let again = r#"{"_class":"J","builds":[{"number":9,"building":true,"timestamp":1,"actions":[{"causes":[
        {"_class":"org.jenkinsci.plugins.workflow.cps.replay.ReplayCause","shortDescription":"Replayed #7"}]}]}]}"#;
    let routes = [("deploy/7/api/json", build), ("deploy/api/json", again)];
    let (jenkins, _vendor) = then(move |asked| answer(asked, &routes)).await;
    let seen = jenkins.precheck(&intent(rerun("deploy#7"))).await.unwrap();
    assert!(
        matches!(&seen, Precheck::Moved(why) if why.contains("#9 is at work")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_rollback_waits_for_none_drops_nothing_and_starts_from_what_is_seen() {
    const TAKES: &str = r#"{"_class":"J","buildable":true,"property":[{},{"parameterDefinitions":[
        {"name":"VERSION"},{"name":"REQUEST"},{"name":"ENVIRONMENT","choices":["staging","production"]}]}],"builds":[]}"#;
    let cases: [(&str, &str, &str); 5] = [
        (TAKES, FOLDER, ""),
        (
            r#"{"_class":"J","buildable":true,"property":[{"parameterDefinitions":[{"name":"VERSION"},{"name":"ENVIRONMENT"}]}]}"#,
            FOLDER,
            "no parameter REQUEST: Jenkins would drop it",
        ),
        (
            r#"{"_class":"J","buildable":false}"#,
            FOLDER,
            "cannot be started",
        ),
        (
            r#"{"_class":"J","property":[{"parameterDefinitions":[{"name":"VERSION"},{"name":"REQUEST"},{"name":"ENVIRONMENT"}]}],
                "queueItem":{"id":5,"why":"In the quiet period"}}"#,
            FOLDER,
            "In the quiet period",
        ),
        (
            TAKES,
            r#"{"_class":"F","fullName":"shop/web","jobs":[{"_class":"J","name":"deploy","fullName":"shop/web/deploy","builds":[
                {"number":9,"result":"SUCCESS","timestamp":1795360000000,"actions":[{"parameters":[
                {"name":"VERSION","value":"4.14.0"},{"name":"ENVIRONMENT","value":"production"}]}]}]}]}"#,
            "serves 4.14.0 by now, not 4.12.0",
        ),
    ];
    for (job, folder, why) in cases {
        let (jenkins, _vendor) = then(move |asked| {
            let routes = [
                ("deploy/api/json", job),
                ("api/json", folder),
                ("deploy/8/wfapi/pendingInputActions", "[]"),
            ];
            answer(asked, &routes)
        })
        .await;
        let seen = jenkins.precheck(&intent(back())).await.unwrap();
        match &seen {
            Precheck::Ready => assert_eq!(why, ""),
            Precheck::Moved(said) => assert!(!why.is_empty() && said.contains(why), "{said}"),
        }
    }
}

#[tokio::test]
async fn an_answer_is_proved_by_the_log_and_not_by_the_status() {
    let build = |state: &'static str| ("deploy/8/api/json", state);
    const WORKS: &str = r#"{"number":8,"building":true,"timestamp":1}"#;
    const ABORTED: &str = r#"{"number":8,"building":false,"result":"ABORTED","timestamp":1}"#;
    const FINE: &str = r#"{"number":8,"building":false,"result":"SUCCESS","timestamp":1}"#;
    type Case = (&'static str, &'static str, &'static str, [&'static str; 2]);
    // What waits, the build, the log; what comes of a yes and of a no.
    let cases: [Case; 6] = [
        (INPUTS, WORKS, "", ["pending", "pending"]),
        ("[]", WORKS, "Approved by Ana\n", ["done", "refuted"]),
        ("[]", WORKS, "nothing\n", ["pending", "pending"]),
        ("[]", ABORTED, "Rejected by Bo\n", ["refuted", "done"]),
        ("[]", ABORTED, "timeout\n", ["refuted", "done"]),
        // The pipeline caught the no, and went on.
        ("[]", FINE, "Aborted by Ana\n", ["refuted", "done"]),
    ];
    for (inputs, state, log, outcomes) in cases {
        let (jenkins, _vendor) = then(move |asked| {
            if path(asked).ends_with("progressiveText") {
                return console(log, 10, false);
            }
            answer(
                asked,
                &[("deploy/8/wfapi/pendingInputActions", inputs), build(state)],
            )
        })
        .await;
        for (act, outcome) in [approve("Go"), decline()].into_iter().zip(outcomes) {
            let seen = jenkins.observe(&observation(act, "")).await.unwrap();
            let word = match &seen {
                Observation::Done(_) => "done",
                Observation::Refuted(_) => "refuted",
                Observation::Pending(_) => "pending",
            };
            assert_eq!(word, outcome, "{state} {log:?}: {seen:?}");
        }
    }
}

#[tokio::test]
async fn a_build_that_was_started_is_found_by_the_queue_by_its_id_or_by_its_version() {
    let started = |parameters: &str, queue: u64, result: &str| {
        format!(
            r#"{{"_class":"J","builds":[{{"number":9,"building":false,"result":"{result}","queueId":{queue},
                "timestamp":1795356050000,"actions":[{{"parameters":[{parameters}]}}]}}]}}"#
        )
    };
    let ours =
        format!(r#"{{"name":"VERSION","value":"4.11.3"}},{{"name":"REQUEST","value":"{ID}"}}"#);
    let version = r#"{"name":"VERSION","value":"4.11.3"}"#;
    let other = r#"{"name":"VERSION","value":"4.10.0"}"#;
    let cases = [
        (started(version, 77, "SUCCESS"), "77", "done"),
        (started(&ours, 5, "SUCCESS"), "", "done"),
        (started(version, 5, "SUCCESS"), "", "done"),
        (started(&ours, 5, "FAILURE"), "", "refuted"),
        // Jenkins dropped the parameter, and the job went elsewhere.
        (started(other, 77, "SUCCESS"), "77", "refuted"),
        (started(other, 5, "SUCCESS"), "", "pending"),
        // Another one went to the same version: ours is still in the queue.
        (started(version, 5, "SUCCESS"), "77", "pending"),
    ];
    for (job, handle, outcome) in cases {
        let told = job.clone();
        let (jenkins, _vendor) = then(move |asked| {
            let routes = [
                ("deploy/api/json", job.as_str()),
                ("/ci/queue/item/77/api/json", ""),
            ];
            answer(asked, &routes)
        })
        .await;
        let seen = jenkins.observe(&observation(back(), handle)).await.unwrap();
        let word = match &seen {
            Observation::Done(_) => "done",
            Observation::Refuted(_) => "refuted",
            Observation::Pending(_) => "pending",
        };
        assert_eq!(word, outcome, "{told}: {seen:?}");
    }
}

/// The newest build deploys by a stage, which only its stages tell.
#[tokio::test]
async fn a_rollback_reads_the_stages_of_what_has_come_since() {
    const LATER: &str = r#"{"_class":"F","fullName":"shop/web","jobs":[
      {"_class":"J","name":"deploy","fullName":"shop/web/deploy","builds":[
        {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":7,"result":"SUCCESS","timestamp":1795350000000,"duration":60000,"actions":[
          {"parameters":[{"name":"VERSION","value":"4.12.0"},{"name":"ENVIRONMENT","value":"production"}]}]}]},
      {"_class":"J","name":"rel","fullName":"shop/web/rel","builds":[
        {"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":2,"result":"SUCCESS","timestamp":1795360000000,"duration":60000,
         "displayName":"4.13.0"}]}]}"#;
    let (jenkins, _vendor) = then(|asked| {
        let routes = [
            (
                "deploy/api/json",
                r#"{"_class":"J","property":[{"parameterDefinitions":[{"name":"VERSION"},{"name":"REQUEST"},{"name":"ENVIRONMENT"}]}]}"#,
            ),
            ("api/json", LATER),
            (
                "rel/2/wfapi/describe",
                r#"{"status":"SUCCESS","stages":[{"id":"6","name":"Ship","status":"SUCCESS","startTimeMillis":1795360010000,"durationMillis":9000}]}"#,
            ),
        ];
        answer(asked, &routes)
    })
    .await;
    let seen = jenkins.precheck(&intent(back())).await.unwrap();
    assert!(
        matches!(&seen, Precheck::Moved(why) if why.contains("serves 4.13.0 by now")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_build_that_never_began_is_told_from_one_that_still_waits() {
    let waits = r#"{"_class":"J","nextBuildNumber":9,"queueItem":{"id":55,"why":"patience"}}"#;
    let gone = r#"{"_class":"J","nextBuildNumber":9,"queueItem":null}"#;
    for (job, is_done) in [(waits, false), (gone, true)] {
        let (jenkins, _vendor) =
            then(move |asked| answer(asked, &[("deploy/api/json", job)])).await;
        let act = Act::CancelRun {
            run: origin("deploy#9"),
            attempt: 1,
        };
        let seen = jenkins.observe(&observation(act, "")).await.unwrap();
        assert_eq!(matches!(seen, Observation::Done(_)), is_done, "{seen:?}");
    }
}

/// Jenkins forgets what has left its queue, for whatever reason.
#[tokio::test]
async fn what_the_queue_has_forgotten_is_looked_for_as_a_build() {
    const QUEUED: &str = r#"{"_class":"F","fullName":"shop/web","jobs":[
      {"_class":"J","name":"deploy","fullName":"shop/web/deploy","nextBuildNumber":9,
       "queueItem":{"id":55,"why":"patience"},"builds":[]}]}"#;
    const WORKS: &str = r#"{"number":9,"building":true,"timestamp":1}"#;
    for (build, is_done) in [(Some(WORKS), false), (None, true)] {
        let vendor = Vendor::start(move |asked| {
            let mut routes = vec![
                ("api/json", QUEUED),
                ("deploy/api/json", r#"{"_class":"J","nextBuildNumber":9}"#),
            ];
            routes.extend(build.map(|build| ("deploy/9/api/json", build)));
            answer(asked, &routes)
        })
        .await;
        let jenkins = jenkins(&vendor.url);
        let (sink, _facts) = sink();
        jenkins.sweep(&sink).await.expect("a look");
        let act = Act::CancelRun {
            run: origin("deploy#9"),
            attempt: 1,
        };
        let seen = jenkins.observe(&observation(act, "")).await.unwrap();
        assert_eq!(matches!(seen, Observation::Done(_)), is_done, "{seen:?}");
        let asked = vendor.asked();
        let item = asked
            .iter()
            .any(|one| path(one) == "queue/item/55/api/json");
        assert!(item, "it was known to wait");
    }
}
