use super::{super::rules::rules, *};
use crate::{domain::DeploymentState, integrations::jenkins::config::Deploys};

fn build(more: &str) -> wire::Build {
    let comma = if more.is_empty() { "" } else { "," };
    serde_json::from_str(&format!(
        r#"{{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":17,
            "timestamp":1763820000000,"url":"http://h/job/rel/17/"{comma}{more}}}"#
    ))
    .unwrap()
}

fn known(more: &str) -> Known {
    Known {
        build: build(more),
        branch: None,
        stages: None,
        settled: false,
        inputs: Vec::new(),
    }
}

fn stages(list: &str) -> Vec<wire::Stage> {
    serde_json::from_str(list).unwrap()
}

fn by_stages() -> Vec<Rule> {
    let deploys = Deploys {
        job: "rel".to_owned(),
        version: Some("VERSION".to_owned()),
        stages: [
            ("Try".to_owned(), "staging".to_owned()),
            ("Ship".to_owned(), "production".to_owned()),
        ]
        .into(),
        ..Deploys::default()
    };
    rules(&[deploys], &[])
}

fn whole() -> Vec<Rule> {
    let deploys = Deploys {
        job: "rel".to_owned(),
        environment: Some("production".to_owned()),
        ..Deploys::default()
    };
    rules(&[deploys], &[])
}

fn with<T>(rules: &[Rule], ask: impl FnOnce(&Place<'_>) -> T) -> T {
    let (source, service) = (SourceId::new("jenkins"), ServiceName::new("web"));
    ask(&Place {
        source: &source,
        service: &service,
        root: "rel",
        rules,
    })
}

#[test]
fn words_that_nobody_knows_are_kept_and_what_ended_is_never_at_work() {
    for (more, state) in [
        (r#""building":true"#, RunState::Running),
        // Some plugins set the result before the end.
        (r#""building":true,"result":"SUCCESS""#, RunState::Running),
        (r#""result":"SUCCESS""#, RunState::Done(Conclusion::Success)),
        (r#""result":"FAILURE""#, RunState::Done(Conclusion::Failure)),
        (
            r#""result":"UNSTABLE""#,
            RunState::Done(Conclusion::Failure),
        ),
        (
            r#""result":"ABORTED""#,
            RunState::Done(Conclusion::Cancelled),
        ),
        (
            r#""result":"NOT_BUILT""#,
            RunState::Done(Conclusion::Skipped),
        ),
        (
            r#""result":"GLORIOUS""#,
            RunState::Done(Conclusion::Other("glorious".into())),
        ),
        ("", RunState::Other("neither at work nor ended".into())),
    ] {
        assert_eq!(run_state(&build(more)), state, "{more}");
    }
    assert_eq!(
        stage_state("LEVITATING"),
        RunState::Other("levitating".into())
    );
}

#[test]
fn an_unstable_build_is_looked_at_and_what_it_deployed_serves() {
    let one = known(r#""result":"UNSTABLE","duration":5000"#);
    with(&whole(), |place| {
        assert!(run(place, "rel", &one).state.is_failed());
        let deployed = deploy::deployments(place, "rel", &one);
        assert_eq!(deployed[0].state, DeploymentState::Success);
    });
}

#[test]
fn stages_deploy_when_they_are_reached_and_not_before() {
    let parameters =
        r#""building":true,"actions":[{"parameters":[{"name":"VERSION","value":"v4.12.0"}]}]"#;
    let mut one = known(parameters);
    one.stages = Some(stages(
        r#"[{"id":"6","name":"Try","status":"SUCCESS","startTimeMillis":1763820010000,"durationMillis":4000},
            {"id":"13","name":"Ship","status":"PAUSED_PENDING_INPUT","startTimeMillis":1763820020000,"durationMillis":9000,"pauseDurationMillis":8000},
            {"id":"20","name":"Party","status":"NOT_EXECUTED"}]"#,
    ));
    one.inputs = vec![serde_json::from_str(r#"{"id":"Go","message":"Ship it?"}"#).unwrap()];
    with(&by_stages(), |place| {
        let deployed = deploy::deployments(place, "rel", &one);
        let told: Vec<(&str, &DeploymentState)> = deployed
            .iter()
            .map(|one| (one.environment.as_str(), &one.state))
            .collect();
        assert_eq!(
            told,
            [
                ("staging", &DeploymentState::Success),
                ("production", &DeploymentState::Waiting)
            ]
        );
        assert!(deployed.iter().all(|one| one.version == "4.12.0".into()));
        let run = run(place, "rel", &one);
        assert_eq!(run.state, RunState::Waiting);
        assert_eq!(run.environment, Some("production".into()));
        let waits = &approvals(place, "rel", &one)[0];
        assert_eq!(waits.environment, "production".into());
        assert_eq!(waits.id.key, Text::new("rel#17/inputs/Go"));
        assert_eq!(
            waits.waiting_since,
            instant(1_763_820_021_000),
            "not when the stage began"
        );
        one.stages = Some(stages(
            r#"[{"id":"13","name":"Ship","status":"NOT_EXECUTED"}]"#,
        ));
        assert_eq!(deploy::deployments(place, "rel", &one), []);
    });
}

#[test]
fn the_commit_is_that_of_the_branch_and_not_of_a_library() {
    let mut one = known(
        r#""actions":[{},{"_class":"hudson.plugins.git.util.BuildData","lastBuiltRevision":
            {"SHA1":"aaa","branch":[{"name":"library-main"}]}},
           {"lastBuiltRevision":{"SHA1":"bbb","branch":[{"name":"refs/remotes/origin/feature/x"}]}}]"#,
    );
    assert_eq!(commit(&one), Text::new("aaa"), "nothing tells them apart");
    one.branch = Some("feature/x".to_owned());
    assert_eq!(commit(&one), Text::new("bbb"));
    let told = with(&[], |place| run(place, "web/feature%2Fx", &one));
    assert_eq!(told.branch, Text::new("feature/x"));
    assert_eq!(told.workflow, Text::new("web"));
    assert_eq!(told.id.key, Text::new("web/feature%2Fx#17"));
}

#[test]
fn a_tag_that_was_built_is_the_version() {
    let mut one = known("");
    one.branch = Some("v4.12.0".to_owned());
    with(&whole(), |place| {
        assert_eq!(version(place, "rel/v4.12.0", &one), Some("4.12.0".into()));
        one.branch = None;
        one.build = build(r#""displayName":"release 4.13.0""#);
        assert_eq!(version(place, "rel", &one), Some("4.13.0".into()));
        one.build = build(r##""displayName":"#17""##);
        assert_eq!(version(place, "rel", &one), None);
        let deployed = deploy::deployments(
            place,
            "rel",
            &Known {
                build: build(r#""result":"SUCCESS""#),
                ..one.clone()
            },
        );
        assert_eq!(deployed[0].version, "#17".into(), "nothing better is known");
    });
}

#[test]
fn a_replay_names_what_it_repeats_in_words_only() {
    let cause = |class: &str, words: &str| {
        build(&format!(
            r#""actions":[{{"causes":[{{"_class":"hudson.model.Cause$UserIdCause","userId":"bo","shortDescription":"Started by user Bo #9"}},
               {{"_class":"{class}","shortDescription":"{words}"}}]}}]"#
        ))
    };
    let replay = "org.jenkinsci.plugins.workflow.cps.replay.ReplayCause";
    assert_eq!(repeats(&cause(replay, "Replayed #7")), Some(7));
    assert_eq!(repeats(&cause(replay, "Rejoué")), None);
    assert_eq!(
        repeats(&cause(
            "com.sonyericsson.rebuild.RebuildCause",
            "Rebuilds build #12 of web"
        )),
        Some(12)
    );
    assert_eq!(repeats(&cause("hudson.model.Cause", "Replayed #7")), None);
    let told = with(&[], |place| run(place, "rel", &known("")));
    assert_eq!(told.actor, Text::default());
    let one = Known {
        build: cause(replay, "Replayed #7"),
        ..known("")
    };
    assert_eq!(
        with(&[], |place| run(place, "rel", &one)).actor,
        Text::new("bo")
    );
}

#[test]
fn a_build_without_stages_is_one_job_and_a_failed_stage_says_why() {
    let one = known(r#""result":"FAILURE","duration":4000"#);
    with(&[], |place| {
        let jobs = jobs(place, "rel", &one);
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].id.key, Text::new("rel#17/stages/all"));
        assert!(jobs[0].state.is_failed() && jobs[0].finished.is_some());
    });
    let mut one = one;
    one.stages = Some(stages(
        r#"[{"id":"6","name":"Test","status":"FAILED","startTimeMillis":1763820010000,"durationMillis":4000,
            "error":{"message":"script returned exit code 1","type":"hudson.AbortException"}}]"#,
    ));
    with(&[], |place| {
        let jobs = jobs(place, "rel", &one);
        assert_eq!(
            jobs[0].steps[0].name,
            Text::new("script returned exit code 1")
        );
        assert!(jobs[0].steps[0].state.is_failed());
    });
}

#[test]
fn only_the_newest_success_serves() {
    with(&whole(), |place| {
        let old = known(r#""result":"SUCCESS","duration":1000"#);
        let mut new = old.clone();
        new.build.number = 18;
        new.build.timestamp += 60_000;
        let mut failed = new.clone();
        failed.build.number = 19;
        failed.build.timestamp += 60_000;
        failed.build.result = Some("FAILURE".to_owned());
        let mut all: Vec<_> = [&old, &new, &failed]
            .into_iter()
            .flat_map(|one| deploy::deployments(place, "rel", one))
            .collect();
        deploy::settle(&mut all);
        let states: Vec<&DeploymentState> = all.iter().map(|one| &one.state).collect();
        assert_eq!(
            states,
            [
                &DeploymentState::Inactive,
                &DeploymentState::Success,
                &DeploymentState::Failure
            ]
        );
    });
}

mod any {
    use super::*;
    use proptest::prelude::*;

    fn word() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("SUCCESS".to_owned()),
            Just("IN_PROGRESS".to_owned()),
            Just("PAUSED_PENDING_INPUT".to_owned()),
            Just("FAILED".to_owned()),
            "[A-Z_]{0,9}",
        ]
    }

    proptest! {
        /// Whatever Jenkins says: nothing panics, a live build never counts as
        /// good, and of each environment at most one serves.
        #[test]
        fn answers_of_any_shape_are_mapped(
            building in any::<bool>(),
            results in proptest::collection::vec((word(), word(), any::<i64>(), any::<i64>()), 1..6),
        ) {
            let builds: Vec<Known> = results
                .iter()
                .enumerate()
                .map(|(number, (result, status, at, took))| {
                    let mut one = known("");
                    one.build.number = number as u64;
                    one.build.timestamp = *at;
                    one.build.duration = *took % 1_000_000;
                    one.build.building = building;
                    one.build.result = (!building).then(|| result.clone());
                    one.stages = Some(vec![wire::Stage {
                        id: "6".to_owned(),
                        name: "Ship".to_owned(),
                        status: status.clone(),
                        start_time_millis: *at % 1_000_000_000_000,
                        duration_millis: *took % 1_000_000,
                        ..wire::Stage::default()
                    }]);
                    one
                })
                .collect();
            with(&by_stages(), |place| {
                let mut deployed = Vec::new();
                for one in &builds {
                    let run = run(place, "rel", one);
                    prop_assert!(!building || run.state.is_live());
                    let _ = jobs(place, "rel", one);
                    let _ = approvals(place, "rel", one);
                    deployed.extend(deploy::deployments(place, "rel", one));
                }
                deploy::settle(&mut deployed);
                let serving: std::collections::BTreeSet<_> = deployed
                    .iter()
                    .filter(|one| one.state == DeploymentState::Success)
                    .map(|one| one.updated)
                    .collect();
                prop_assert!(serving.len() <= 1, "{deployed:?}");
                Ok(())
            })?;
        }
    }
}
