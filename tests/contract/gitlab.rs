//! The GitLab integration against the simulator.

use tminus::domain::{
    Act, Body, Comparison, Connection, Deployment, DeploymentState, LogState, RunState,
    ServiceSpec, Text, WindowKind,
};
use tminus::integrations::contract::{Observation, Observe, Precheck, Query};
use tminus::operation::intent::publish;

use super::{
    company::Company,
    deed::{
        approve, carry_out, decline, fetch, intent, is_well, jobs, log, outcome, send,
        until_it_waits, waiting,
    },
    seen::{look, pause, until},
};

#[tokio::test]
async fn a_sweep_tells_the_services_that_live_here() {
    let company = Company::open("release-day", 1.0).await;
    let gitlab = company.connect("gitlab");
    let seen = look(&gitlab).await;
    let services = seen
        .bodies
        .iter()
        .filter(|body| matches!(body, Body::Service(_)))
        .count();
    assert_eq!(services, 3, "the others are at GitHub");
    for environment in ["staging", "production"] {
        let serves: Vec<&Deployment> = seen
            .deployments
            .iter()
            .filter(|one| {
                one.service == "recommendations".into()
                    && one.environment == environment.into()
                    && one.state == DeploymentState::Success
            })
            .collect();
        assert_eq!(serves.len(), 1, "old ones keep the word at GitLab");
        assert_eq!(serves[0].version, "0.31.0".into());
    }
    assert!(seen.bodies.iter().any(|body| matches!(
        body,
        Body::Environments { service, items } if *service == "identity".into() && items.len() == 2
    )));
    for kind in [WindowKind::Milestone, WindowKind::Freeze] {
        assert!(seen.bodies.iter().any(|body| matches!(
            body,
            Body::Windows { items, .. } if items.iter().any(|one| one.kind == kind)
        )));
    }
    assert!(
        seen.bodies
            .iter()
            .any(|body| matches!(body, Body::Published(_)))
    );
    let identity = waiting(&seen, "identity").expect("identity waits");
    assert_eq!(identity.environment, "production".into());
    assert_eq!(identity.version, Some("7.15.0".into()));
    assert_eq!(identity.reviewers, [Text::new("Maintainers")]);
    assert!(!identity.requested_by.is_empty());
    assert_eq!(seen.runs[&identity.run].state, RunState::Waiting);
    let health = seen.bodies.iter().find_map(|body| match body {
        Body::Health(health) => Some(health.clone()),
        _ => None,
    });
    let health = health.expect("health");
    assert_eq!(health.connection, Connection::Ok);
    assert!(health.budget.is_some());
}

#[tokio::test]
async fn notes_are_published_where_no_page_is() {
    let company = Company::open("train-day", 1.0).await;
    let gitlab = company.connect("gitlab");
    look(&gitlab).await;
    let page = async |service: &str, version: &str| {
        let query = Query::VersionPage {
            service: service.into(),
            version: version.into(),
        };
        match fetch(&gitlab, query).await.as_slice() {
            [Body::VersionPage(page)] => page.clone(),
            other => panic!("{other:?}"),
        }
    };
    let spec = ServiceSpec {
        name: "identity".into(),
        host: Some(gitlab.id().clone()),
        ..ServiceSpec::default()
    };
    let (title, lines) = (Text::new("identity 7.15.0"), [Text::new("- sign out")]);
    let found = page("identity", "7.15.0").await;
    assert_eq!(found.tag.as_deref(), Some("v7.15.0"));
    let wanted = publish(&spec, &found, (&title, &lines), false).unwrap();
    let seen = carry_out(&company, &gitlab, wanted.clone()).await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let again = gitlab.precheck(&wanted).await.unwrap();
    assert!(matches!(again, Precheck::Moved(_)), "{again:?}");
    // Other notes are there, and stay.
    let found = page("notifications", "1.13.0").await;
    assert!(found.page.is_some(), "{found:?}");
    assert!(publish(&spec, &found, (&title, &lines), false).is_err());
    let none = page("identity", "9.9.9").await;
    assert_eq!((&none.tag, &none.page), (&None, &None));
}

#[tokio::test]
async fn an_approval_unblocks_and_a_play_lets_the_deployment_go_on() {
    let company = Company::open("release-day", 20.0).await;
    let gitlab = company.connect("gitlab");
    let blocked = until(&gitlab, |seen| waiting(seen, "identity")).await;
    assert!(blocked.id.key.contains("/-/deployments/"), "{}", blocked.id);
    let act = approve(&blocked);
    let seen = carry_out(&company, &gitlab, intent(&gitlab, "identity", act.clone())).await;
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains("approved by ana")),
        "{seen:?}"
    );
    let again = gitlab.precheck(&intent(&gitlab, "identity", act)).await;
    assert!(matches!(again, Ok(Precheck::Moved(_))), "{again:?}");

    // Nothing has started: the job waits until somebody plays it.
    let manual = until(&gitlab, |seen| waiting(seen, "identity")).await;
    assert!(manual.id.key.contains("/-/jobs/"), "{}", manual.id);
    let act = approve(&manual);
    let seen = carry_out(&company, &gitlab, intent(&gitlab, "identity", act.clone())).await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    // A second one would run it again, and is not sent.
    let again = gitlab.precheck(&intent(&gitlab, "identity", act)).await;
    assert!(matches!(again, Ok(Precheck::Moved(_))), "{again:?}");

    until(&gitlab, |seen| {
        seen.deployments
            .iter()
            .rfind(|one| {
                one.service == "identity".into()
                    && one.environment == "production".into()
                    && one.state == DeploymentState::Success
            })
            .filter(|one| one.version == "7.15.0".into())
            .map(|_| ())
    })
    .await;
    let after = look(&gitlab).await;
    assert_eq!(waiting(&after, "identity"), None);
}

#[tokio::test]
async fn a_declined_deployment_fails_its_pipeline() {
    let company = Company::open("release-day", 20.0).await;
    let gitlab = company.connect("gitlab");
    let blocked = until(&gitlab, |seen| waiting(seen, "identity")).await;
    let act = decline(&blocked);
    let seen = carry_out(&company, &gitlab, intent(&gitlab, "identity", act)).await;
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains("rejected by ana")),
        "{seen:?}"
    );
    let after = look(&gitlab).await;
    assert_eq!(waiting(&after, "identity"), None);
    assert!(after.runs[&blocked.run].state.is_failed());
    let (_, jobs) = jobs(&gitlab, &blocked.run).await;
    let failed = jobs.iter().find(|job| job.state.is_failed()).unwrap();
    assert_eq!(failed.steps[0].name, Text::new("deployment rejected"));
}

#[tokio::test]
async fn a_failed_pipeline_is_opened_and_retried() {
    let company = Company::open("release-day", 20.0).await;
    let gitlab = company.connect("gitlab");
    let run = until(&gitlab, |seen| {
        let mut runs = seen.runs.values().rev();
        runs.find(|run| run.service == "notifications".into() && run.state.is_failed())
            .cloned()
    })
    .await;
    assert_eq!(
        run.title,
        Text::new("Deliver a message once when the mail server is slow")
    );
    let (attempt, before) = jobs(&gitlab, &run.id).await;
    assert_eq!(attempt, 1);
    let failed = before
        .iter()
        .find(|job| job.state.is_failed())
        .expect("a failed job");
    assert_eq!(failed.steps[0].name, Text::new("script failure"));
    let log = log(&gitlab, &failed.id).await;
    assert!(log.contains("Job failed: exit code 1"));

    let act = Act::RerunFailed {
        run: run.id.clone(),
        attempt: run.attempt,
    };
    let seen = carry_out(&company, &gitlab, intent(&gitlab, "notifications", act)).await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let (attempt, after) = jobs(&gitlab, &run.id).await;
    assert_eq!(attempt, 2);
    let kept = after
        .iter()
        .filter(|job| before.iter().any(|old| old.id == job.id));
    assert_eq!(kept.count(), before.len() - 1, "only the failed one is new");
    let ended = until(&gitlab, |seen| {
        let run = seen.runs.get(&run.id)?;
        (!run.state.is_live()).then(|| run.clone())
    })
    .await;
    assert!(!ended.state.is_failed());
    assert_eq!(ended.attempt, 2);
}

#[tokio::test]
async fn a_log_grows_while_its_job_works() {
    let company = Company::open("release-day", 1.0).await;
    let gitlab = company.connect("gitlab");
    let run = until(&gitlab, |seen| {
        let mut runs = seen.runs.values().rev();
        runs.find(|run| run.service == "notifications".into() && run.state.is_failed())
            .cloned()
    })
    .await;
    let act = Act::RerunFailed {
        run: run.id.clone(),
        attempt: 1,
    };
    carry_out(&company, &gitlab, intent(&gitlab, "notifications", act)).await;
    let running = loop {
        let (_, jobs) = jobs(&gitlab, &run.id).await;
        if let Some(job) = jobs.iter().find(|job| job.state == RunState::Running) {
            break job.id.clone();
        }
        pause().await;
    };
    let mut lengths = Vec::new();
    while lengths.len() < 2 {
        let log = fetch(&gitlab, Query::Log(running.clone())).await;
        if let [Body::Log(log)] = log.as_slice()
            && let LogState::Stored { bytes, .. } = log.state
            && lengths.last().is_none_or(|last| bytes > *last)
        {
            lengths.push(bytes);
        }
        pause().await;
    }
}

#[tokio::test]
async fn a_rollback_runs_the_old_job_again_asks_for_its_approval_and_is_seen() {
    let company = Company::open("quiet-day", 200.0).await;
    let gitlab = company.connect("gitlab");
    let seen = look(&gitlab).await;
    let of = |state: DeploymentState| {
        seen.deployments
            .iter()
            .filter(|one| {
                one.service == "recommendations".into()
                    && one.environment == "production".into()
                    && one.state == state
            })
            .max_by_key(|one| one.created)
            .cloned()
            .expect("a deployment")
    };
    let (serves, before) = (of(DeploymentState::Success), of(DeploymentState::Inactive));
    let run = before.run.clone().expect("the pipeline that deployed it");
    let bodies = fetch(&gitlab, Query::Run(run.clone())).await;
    let Some(Body::Run(known)) = bodies.first() else {
        panic!("{bodies:?}");
    };
    assert_eq!(known.commit, before.commit);
    let wanted = intent(
        &gitlab,
        "recommendations",
        Act::RollBackByRerun {
            from: serves.version.clone(),
            to: before.version.clone(),
            run: run.clone(),
            attempt: known.attempt,
            commit: before.commit.clone(),
        },
    );
    let operation = send(&company, &gitlab, wanted.clone()).await;
    // The job of then cannot be retried twice.
    let again = gitlab.precheck(&wanted).await;
    let request = gitlab.prepare(&wanted).unwrap();
    let (status, _) = company.deliver_to_gitlab(&request).await;
    assert_eq!(status, 403, "{again:?}");
    // It stops before production, as every deployment does, and is found there
    // although it is an old pipeline.
    until_it_waits(&gitlab, &operation).await;
    let again = gitlab.precheck(&wanted).await;
    assert!(matches!(again, Ok(Precheck::Moved(_))), "{again:?}");
    for kind in ["/-/deployments/", "/-/jobs/"] {
        let approval = until(&gitlab, |seen| {
            let mut waiting = seen.approvals.iter();
            waiting
                .find(|one| one.run == run && one.id.key.contains(kind))
                .cloned()
        })
        .await;
        let yes = intent(&gitlab, "recommendations", approve(&approval));
        carry_out(&company, &gitlab, yes).await;
    }
    let seen = outcome(&gitlab, &operation).await;
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains(before.version.as_str())),
        "{seen:?}"
    );
    // The answer is lost: the new deployment is found without it.
    let lost = Observe {
        handle: Text::default(),
        ..operation
    };
    let found = gitlab.observe(&lost).await.expect("a fresh look");
    assert!(matches!(found, Observation::Done(_)), "{found:?}");
}

#[tokio::test]
async fn a_running_pipeline_is_cancelled() {
    let company = Company::open("release-day", 1.0).await;
    let gitlab = company.connect("gitlab");
    let blocked = until(&gitlab, |seen| waiting(seen, "identity")).await;
    let act = Act::CancelRun {
        run: blocked.run.clone(),
        attempt: 1,
    };
    let seen = carry_out(&company, &gitlab, intent(&gitlab, "identity", act.clone())).await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let again = gitlab.precheck(&intent(&gitlab, "identity", act)).await;
    assert!(matches!(again, Ok(Precheck::Moved(_))), "{again:?}");
}

#[tokio::test]
async fn what_came_between_two_versions_is_told() {
    let company = Company::open("release-day", 1.0).await;
    let gitlab = company.connect("gitlab");
    look(&gitlab).await;
    let query = Query::Compare {
        service: "identity".into(),
        base: "7.14.0".into(),
        head: "7.15.0".into(),
    };
    let bodies = fetch(&gitlab, query).await;
    let [
        Body::Comparison(Comparison {
            commits,
            ahead,
            behind,
            pull_requests,
            files,
            ..
        }),
    ] = bodies.as_slice()
    else {
        panic!("{bodies:?}");
    };
    assert!(*ahead > 0 && commits.len() == *ahead as usize);
    assert_eq!(*behind, 0);
    assert!(!pull_requests.is_empty());
    assert!(!files.is_empty());
    let newest = commits.last().map(|commit| commit.title.as_str());
    assert_eq!(newest, Some("Keep sessions over a change of keys"));
    let owners = fetch(&gitlab, Query::CodeOwners("identity".into())).await;
    let [Body::CodeOwners { lines, .. }] = owners.as_slice() else {
        panic!("{owners:?}");
    };
    assert!(
        lines.iter().any(|line| line.contains("@larkspur/identity")),
        "{lines:?}"
    );
    // The files of the commits are together those between the two.
    let query = Query::CommitFiles {
        service: "identity".into(),
        commits: commits.iter().map(|commit| commit.sha.clone()).collect(),
    };
    let mut all: Vec<Text> = Vec::new();
    for body in fetch(&gitlab, query).await {
        let Body::CommitFiles(touched) = body else {
            panic!("{body:?}");
        };
        all.extend(touched.files);
    }
    all.sort();
    all.dedup();
    let mut files = files.clone();
    files.sort();
    assert_eq!(all, files);
}

#[tokio::test]
async fn the_owner_of_the_credential_is_told_and_the_doctor_is_content() {
    let company = Company::open("quiet-day", 1.0).await;
    let gitlab = company.connect("gitlab");
    is_well(&gitlab).await;
}
