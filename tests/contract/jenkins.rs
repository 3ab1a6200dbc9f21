//! The Jenkins integration against the simulator.

use tminus::domain::{
    Act, Body, Comparison, Connection, Deployment, DeploymentState, LogState, Origin, RunState,
    TestState, Text,
};
use tminus::integrations::contract::{Attention, Observation, Observe, Precheck, Query};

use super::{
    company::{Company, Sink},
    deed::{
        ID, approve, carry_out, decline, fetch, intent, is_well, jobs, log, outcome, send, waiting,
    },
    seen::{Seen, look, pause, until},
};

fn serving<'s>(seen: &'s Seen, service: &str, environment: &str) -> Vec<&'s Deployment> {
    seen.deployments
        .iter()
        .filter(|one| {
            one.service == service.into()
                && one.environment == environment.into()
                && one.state == DeploymentState::Success
        })
        .collect()
}

#[tokio::test]
async fn a_sweep_tells_the_services_that_live_here() {
    let company = Company::open("release-day", 1.0).await;
    let jenkins = company.connect("jenkins");
    let seen = look(&jenkins).await;
    let services = seen
        .bodies
        .iter()
        .filter(|body| matches!(body, Body::Service(_)))
        .count();
    assert_eq!(services, 3, "the others are elsewhere");
    for environment in ["staging", "production"] {
        let serves = serving(&seen, "warehouse", environment);
        let newest = serves.last().expect("it serves something");
        assert_eq!(newest.version, "8.1.0".into(), "{environment}");
        assert!(newest.commit.len() == 40 && newest.run.is_some());
    }
    assert!(seen.bodies.iter().any(|body| matches!(
        body,
        Body::Environments { service, items } if *service == "pricing".into() && items.len() == 2
    )));
    let pricing = waiting(&seen, "pricing").expect("pricing waits");
    assert_eq!(pricing.environment, "production".into());
    assert_eq!(pricing.version, Some("5.9.0".into()));
    assert!(!pricing.requested_by.is_empty());
    assert!(pricing.id.key.ends_with("/inputs/Production"));
    assert_eq!(seen.runs[&pricing.run].state, RunState::Waiting);
    assert!(seen.deployments.iter().any(|one| {
        one.service == "loyalty".into()
            && one.environment == "staging".into()
            && one.state == DeploymentState::Failure
    }));
    let workflows = ["pipeline", "release"];
    for workflow in workflows {
        assert!(
            seen.runs
                .values()
                .any(|run| run.workflow == Text::new(workflow))
        );
    }
    let tested = seen
        .runs
        .values()
        .find(|run| run.workflow == Text::new("pipeline"));
    assert_eq!(tested.unwrap().branch, Text::new("main"));
    let health = seen.bodies.iter().find_map(|body| match body {
        Body::Health(health) => Some(health.clone()),
        _ => None,
    });
    assert_eq!(health.expect("health").connection, Connection::Ok);
}

#[tokio::test]
async fn an_input_is_answered_with_its_defaults_and_the_deployment_goes_on() {
    let company = Company::open("release-day", 20.0).await;
    let jenkins = company.connect("jenkins");
    let input = until(&jenkins, |seen| waiting(seen, "pricing")).await;
    let act = approve(&input);
    let request = jenkins
        .prepare(&intent(&jenkins, "pricing", act.clone()))
        .unwrap();
    assert!(request.note.contains("PACE = careful"), "{}", request.note);
    let seen = carry_out(&company, &jenkins, intent(&jenkins, "pricing", act.clone())).await;
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains("approved by Ana")),
        "{seen:?}"
    );
    let again = jenkins.precheck(&intent(&jenkins, "pricing", act)).await;
    assert!(matches!(again, Ok(Precheck::Moved(_))), "{again:?}");
    // Whoever sends it all the same is told that it is gone.
    let (status, _) = company.deliver_to_jenkins(&request).await;
    assert_eq!(status, 404);
    until(&jenkins, |seen| {
        let serves = serving(seen, "pricing", "production");
        (serves.last()?.version == "5.9.0".into()).then_some(())
    })
    .await;
    let after = look(&jenkins).await;
    assert_eq!(waiting(&after, "pricing"), None);
}

#[tokio::test]
async fn a_declined_input_aborts_its_build() {
    let company = Company::open("release-day", 20.0).await;
    let jenkins = company.connect("jenkins");
    let input = until(&jenkins, |seen| waiting(seen, "pricing")).await;
    let act = decline(&input);
    let seen = carry_out(&company, &jenkins, intent(&jenkins, "pricing", act)).await;
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains("aborted by Ana")),
        "{seen:?}"
    );
    let after = look(&jenkins).await;
    assert_eq!(waiting(&after, "pricing"), None);
    assert!(!after.runs[&input.run].state.is_live());
    let serves = serving(&after, "pricing", "production");
    assert_eq!(serves.last().unwrap().version, "5.8.2".into());
}

#[tokio::test]
async fn a_failed_deployment_is_opened_and_built_once_more() {
    let company = Company::open("release-day", 20.0).await;
    let jenkins = company.connect("jenkins");
    let run = until(&jenkins, |seen| {
        let mut runs = seen.runs.values();
        runs.find(|run| {
            run.service == "loyalty".into()
                && run.version == Some("2.5.0".into())
                && run.state.is_failed()
        })
        .cloned()
    })
    .await;
    assert_eq!(run.title, Text::new("Book points in the ledger"));
    assert_eq!(run.environment, Some("staging".into()));
    let (_, stages) = jobs(&jenkins, &run.id).await;
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(
        names,
        ["build", "deploy staging", "smoke test", "deploy production"]
    );
    let failed = stages.iter().find(|stage| stage.state.is_failed()).unwrap();
    assert_eq!(failed.name, Text::new("deploy staging"));
    assert!(failed.steps.iter().any(|step| step.state.is_failed()));
    let log = log(&jenkins, &failed.id).await;
    assert!(log.contains("UPGRADE FAILED"));
    assert!(!log.contains("ha:////"));

    let act = Act::RerunFailed {
        run: run.id.clone(),
        attempt: 1,
    };
    let request = jenkins
        .prepare(&intent(&jenkins, "loyalty", act.clone()))
        .unwrap();
    assert!(request.note.contains("cannot run the failed part alone"));
    let seen = carry_out(&company, &jenkins, intent(&jenkins, "loyalty", act)).await;
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains("repeats #")),
        "{seen:?}"
    );
    // The new build is well, and stops before production.
    let input = until(&jenkins, |seen| waiting(seen, "loyalty")).await;
    assert_eq!(input.version, Some("2.5.0".into()));
    assert_eq!(input.run_number, run.number + 1);
}

#[tokio::test]
async fn what_waits_for_an_executor_is_queued_with_its_reason_and_can_be_taken_out() {
    let company = Company::open("quiet-day", 0.05).await;
    let jenkins = company.connect("jenkins");
    let seen = look(&jenkins).await;
    let serves = serving(&seen, "warehouse", "production");
    let run = serves.last().unwrap().run.clone().unwrap();
    let act = Act::RerunFailed { run, attempt: 1 };
    let operation = send(&company, &jenkins, intent(&jenkins, "warehouse", act)).await;
    let queued = until(&jenkins, |seen| {
        let mut runs = seen.runs.values();
        runs.find(|run| run.state == RunState::Queued).cloned()
    })
    .await;
    assert_eq!(
        queued.title,
        Text::new("Waiting for next available executor on ‘linux’")
    );
    let waits = jenkins.observe(&operation).await.unwrap();
    assert!(
        matches!(&waits, Observation::Pending(why) if why.contains("next available executor")),
        "{waits:?}"
    );
    let act = Act::CancelRun {
        run: queued.id.clone(),
        attempt: 1,
    };
    let request = jenkins
        .prepare(&intent(&jenkins, "warehouse", act.clone()))
        .unwrap();
    assert!(request.url.contains("/queue/cancelItem?id="), "{request}");
    let seen = carry_out(&company, &jenkins, intent(&jenkins, "warehouse", act)).await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let after = look(&jenkins).await;
    assert!(!after.runs[&queued.id].state.is_live());
}

#[tokio::test]
async fn a_log_is_followed_from_where_it_ended() {
    let company = Company::open("release-day", 1.0).await;
    let jenkins = company.connect("jenkins");
    let run = until(&jenkins, |seen| {
        let mut runs = seen.runs.values();
        runs.find(|run| run.state == RunState::Running).cloned()
    })
    .await;
    let (_, stages) = jobs(&jenkins, &run.id).await;
    let (attention, facts) = (
        tokio::sync::watch::channel(Attention::default()),
        Sink::default(),
    );
    let stage = stages.last().unwrap().id.clone();
    let sink = facts.facts("jenkins");
    jenkins
        .fetch(Query::Log(stage.clone()), &sink)
        .await
        .unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let watch = tokio::spawn(jenkins.clone().watch(sink, attention.1, stop.clone()));
    let mut lengths: Vec<u64> = Vec::new();
    while lengths.len() < 3 {
        lengths = facts
            .bodies()
            .iter()
            .filter_map(|body| match body {
                Body::Log(log) if log.job == stage => match &log.state {
                    LogState::Stored { bytes, .. } => Some(*bytes),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        lengths.dedup();
        pause().await;
    }
    assert!(lengths.is_sorted(), "{lengths:?}");
    stop.cancel();
    watch.await.unwrap();
}

#[tokio::test]
async fn a_rollback_starts_the_job_with_the_version_and_is_seen() {
    let company = Company::open("quiet-day", 200.0).await;
    let jenkins = company.connect("jenkins");
    let seen = look(&jenkins).await;
    let serves = serving(&seen, "warehouse", "production");
    let serves = serves.last().copied().cloned().unwrap();
    let before = seen
        .deployments
        .iter()
        .filter(|one| {
            one.service == "warehouse".into()
                && one.environment == "production".into()
                && one.state == DeploymentState::Inactive
        })
        .max_by_key(|one| one.created)
        .cloned()
        .unwrap();
    let back = |workflow: &str, inputs: &[(&str, &str)]| {
        intent(
            &jenkins,
            "warehouse",
            Act::RollBack {
                from: serves.version.clone(),
                to: before.version.clone(),
                repository: "larkspur/warehouse".into(),
                workflow: workflow.into(),
                reference: "main".into(),
                inputs: inputs
                    .iter()
                    .map(|(name, value)| (Text::new(name), Text::new(value)))
                    .collect(),
            },
        )
    };
    let version = before.version.as_str();
    let inputs = [
        ("ENVIRONMENT", "production"),
        ("VERSION", version),
        ("REQUEST_ID", ID),
    ];
    // A name that the job does not know would be dropped.
    let wrong = back("rollback", &[("VERSIONS", version)]);
    let refused = jenkins.precheck(&wrong).await.unwrap();
    assert!(
        matches!(&refused, Precheck::Moved(why) if why.contains("no parameter VERSIONS")),
        "{refused:?}"
    );
    let wrong = back("rollback", &[("ENVIRONMENT", "prod")]);
    let refused = jenkins.precheck(&wrong).await.unwrap();
    assert!(matches!(refused, Precheck::Moved(_)), "{refused:?}");

    let operation = send(&company, &jenkins, back("rollback", &inputs)).await;
    assert!(!operation.handle.is_empty(), "the queue names it");
    let seen = outcome(&jenkins, &operation).await;
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains(version)),
        "{seen:?}"
    );
    // The answer is lost: the build carries the operation's id.
    let lost = Observe {
        handle: Text::default(),
        ..operation
    };
    let found = jenkins.observe(&lost).await.unwrap();
    assert!(matches!(found, Observation::Done(_)), "{found:?}");
    let after = look(&jenkins).await;
    let serves = serving(&after, "warehouse", "production");
    assert_eq!(serves.last().unwrap().version, before.version);
    let again = jenkins.precheck(&back("rollback", &inputs)).await.unwrap();
    assert!(matches!(again, Precheck::Moved(_)), "{again:?}");
}

#[tokio::test]
async fn a_build_is_stopped() {
    let company = Company::open("release-day", 1.0).await;
    let jenkins = company.connect("jenkins");
    let input = until(&jenkins, |seen| waiting(seen, "pricing")).await;
    let act = Act::CancelRun {
        run: input.run.clone(),
        attempt: 1,
    };
    let seen = carry_out(&company, &jenkins, intent(&jenkins, "pricing", act.clone())).await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let again = jenkins.precheck(&intent(&jenkins, "pricing", act)).await;
    assert!(matches!(again, Ok(Precheck::Moved(_))), "{again:?}");
}

#[tokio::test]
async fn what_came_between_two_versions_is_told_by_the_builds() {
    let company = Company::open("release-day", 1.0).await;
    let jenkins = company.connect("jenkins");
    look(&jenkins).await;
    let query = Query::Compare {
        service: "pricing".into(),
        base: "5.8.2".into(),
        head: "5.9.0".into(),
    };
    let bodies = fetch(&jenkins, query).await;
    let Some((
        Body::Comparison(Comparison {
            commits,
            ahead,
            behind,
            files,
            ..
        }),
        touched,
    )) = bodies.split_last()
    else {
        panic!("{bodies:?}");
    };
    assert!(*ahead > 0 && commits.len() == *ahead as usize);
    assert_eq!(*behind, 0);
    assert!(!files.is_empty());
    let newest = commits.last().map(|commit| commit.title.as_str());
    assert_eq!(newest, Some("Round prices after the discount"));
    // Jenkins can be asked for the files of no commit: all are told at once.
    assert_eq!(touched.len(), commits.len());
    for (commit, body) in commits.iter().zip(touched) {
        let Body::CommitFiles(one) = body else {
            panic!("{body:?}");
        };
        assert_eq!(one.sha, commit.sha);
        assert!(!one.files.is_empty());
        assert!(one.files.iter().all(|path| files.contains(path)));
    }
}

#[tokio::test]
async fn the_owner_of_the_credential_is_told_and_the_doctor_is_content() {
    let company = Company::open("quiet-day", 1.0).await;
    let jenkins = company.connect("jenkins");
    is_well(&jenkins).await;
    assert!(jenkins.doctor().await.len() >= 4);
}

#[tokio::test]
async fn the_tests_of_a_build_are_told_where_a_stage_published_them() {
    let company = Company::open("release-day", 1.0).await;
    let jenkins = company.connect("jenkins");
    let seen = look(&jenkins).await;
    let ended = |workflow: &str| {
        let mut runs = seen.runs.values();
        let done = runs.find(|run| {
            run.workflow == Text::new(workflow) && matches!(run.state, RunState::Done(_))
        });
        done.unwrap().id.clone()
    };
    let told = async |run: Origin| {
        let bodies = fetch(&jenkins, Query::Tests(run)).await;
        bodies.into_iter().find_map(|body| match body {
            Body::Tests(report) => Some(report.state),
            _ => None,
        })
    };
    let Some(TestState::Known(results)) = told(ended("pipeline")).await else {
        panic!("its tests are told");
    };
    let counted = results.passed + results.failed;
    assert!(counted > 80 && results.cases.len() == counted as usize);
    let gone = told(ended("release")).await;
    assert!(matches!(gone, Some(TestState::Gone(_))), "{gone:?}");
}
