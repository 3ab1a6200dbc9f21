//! The GitHub integration against the simulator.

use std::sync::Arc;

use tminus::domain::{
    Act, Body, Comparison, Connection, DeploymentState, RunState, ServiceSpec, Text, VersionPage,
};
use tminus::integrations::contract::{Integration, Observation, Observe, Precheck, Query};
use tminus::operation::intent::publish;

use super::{
    company::{Company, now},
    deed::{
        ID, approve, carry_out, fetch, intent, is_well, jobs, log, outcome, until_it_waits, waiting,
    },
    seen::{look, until},
};

#[tokio::test]
async fn a_sweep_tells_the_whole_company() {
    let company = Company::open("release-day", 1.0).await;
    let github = company.connect("github");
    let seen = look(&github).await;
    let services = seen
        .bodies
        .iter()
        .filter(|body| matches!(body, Body::Service(_)))
        .count();
    assert_eq!(services, 11, "the others are at GitLab");
    for environment in ["staging", "production"] {
        let served = seen
            .deployments
            .iter()
            .find(|one| {
                one.service == "web".into()
                    && one.environment == environment.into()
                    && one.state == DeploymentState::Success
            })
            .expect("web is served");
        assert_eq!(served.version, "12.3.0".into());
    }
    assert!(seen.bodies.iter().any(|body| matches!(
        body,
        Body::Environments { service, items } if *service == "cart".into() && items.len() == 2
    )));
    assert!(
        seen.bodies
            .iter()
            .any(|body| matches!(body, Body::Windows { items, .. } if !items.is_empty()))
    );
    assert!(
        seen.bodies
            .iter()
            .any(|body| matches!(body, Body::Published(_)))
    );
    let search = seen
        .approvals
        .iter()
        .find(|approval| approval.service == "search".into())
        .expect("search waits");
    assert_eq!(search.environment, "production".into());
    assert_eq!(search.version, Some("1.88.0".into()));
    assert_eq!(search.can_approve, Some(true));
    assert!(!search.reviewers.is_empty());
    assert!(seen.runs.contains_key(&search.run));
    assert!(seen.runs.values().any(|run| run.state.is_failed()));
    for run in seen.runs.values() {
        let shown = format!("{run:?}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
    let health = seen.bodies.iter().find_map(|body| match body {
        Body::Health(health) => Some(health.clone()),
        _ => None,
    });
    let health = health.expect("health");
    assert_eq!(health.connection, Connection::Ok);
    assert!(health.budget.is_some());
}

#[tokio::test]
async fn an_approval_lets_the_run_go_on() {
    let company = Company::open("release-day", 20.0).await;
    let github = company.connect("github");
    let approval = until(&github, |seen| waiting(seen, "search")).await;
    let seen = carry_out(
        &company,
        &github,
        intent(&github, "search", approve(&approval)),
    )
    .await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let again = github
        .precheck(&intent(&github, "search", approve(&approval)))
        .await;
    assert!(matches!(again, Ok(Precheck::Moved(_))), "{again:?}");
    let after = look(&github).await;
    assert!(after.approvals.iter().all(|one| one.id != approval.id));
}

/// What a repository has for a version.
async fn page(host: &Arc<dyn Integration>, service: &str, version: &str) -> VersionPage {
    let query = Query::VersionPage {
        service: service.into(),
        version: version.into(),
    };
    let told = fetch(host, query).await;
    let mut pages = told.into_iter().filter_map(|body| match body {
        Body::VersionPage(page) => Some(page),
        _ => None,
    });
    pages.next().unwrap()
}

#[tokio::test]
async fn notes_are_published_and_a_draft_is_taken_over() {
    let company = Company::open("train-day", 1.0).await;
    let github = company.connect("github");
    look(&github).await;
    let lines = [Text::new("## New"), Text::new("- a thing (abc1234)")];
    let spec = |service: &str| ServiceSpec {
        name: service.into(),
        host: Some(github.id().clone()),
        ..ServiceSpec::default()
    };
    // Nothing is there: it is published.
    let found = page(&github, "checkout", "4.12.0").await;
    assert_eq!(found.tag.as_deref(), Some("v4.12.0"));
    assert_eq!((found.commit.len(), &found.page), (40, &None));
    let title = Text::new("checkout 4.12.0");
    let wanted = publish(&spec("checkout"), &found, (&title, &lines), false).unwrap();
    let seen = carry_out(&company, &github, wanted.clone()).await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let again = github.precheck(&wanted).await.unwrap();
    assert!(matches!(again, Precheck::Moved(_)), "{again:?}");
    let now = page(&github, "checkout", "4.12.0").await;
    let there = now.page.as_ref().unwrap();
    assert!(!there.draft && there.says(&title, &lines), "{there:?}");
    assert!(publish(&spec("checkout"), &now, (&title, &lines), false).is_err());
    // A draft is there: it is changed, and then published.
    let found = page(&github, "search", "1.88.0").await;
    assert!(
        found.page.as_ref().is_some_and(|page| page.draft),
        "{found:?}"
    );
    let title = Text::new("search 1.88.0");
    for draft in [true, false] {
        let found = page(&github, "search", "1.88.0").await;
        let wanted = publish(&spec("search"), &found, (&title, &lines), draft).unwrap();
        let seen = carry_out(&company, &github, wanted).await;
        assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    }
    // A version without a tag is not published: a page would make the tag.
    let none = page(&github, "billing", "9.9.9").await;
    assert_eq!((&none.tag, &none.page), (&None, &None));
    assert!(publish(&spec("billing"), &none, (&title, &lines), false).is_err());
}

#[tokio::test]
async fn a_rollback_is_seen_to_have_worked() {
    let company = Company::open("release-day", 200.0).await;
    let github = company.connect("github");
    until(&github, |seen| {
        let mut deployments = seen.deployments.iter();
        deployments.find(|one| {
            one.service == "checkout".into()
                && one.version == "4.12.0".into()
                && one.environment == "production".into()
                && one.state == DeploymentState::InProgress
        })?;
        Some(())
    })
    .await;
    let inputs = [
        ("service", "checkout"),
        ("environment", "production"),
        ("version", "4.11.3"),
        ("request_id", ID),
    ];
    let act = Act::RollBack {
        from: "4.12.0".into(),
        to: "4.11.3".into(),
        repository: "larkspur/checkout".into(),
        workflow: "rollback.yml".into(),
        reference: "main".into(),
        inputs: inputs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
    };
    let seen = carry_out(&company, &github, intent(&github, "checkout", act.clone())).await;
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains("4.11.3")),
        "{seen:?}"
    );
    // The answer is lost: the run is found by the operation's id.
    let lost = Observe {
        id: ID.into(),
        intent: intent(&github, "checkout", act.clone()),
        since: now() - chrono::TimeDelta::seconds(60),
        handle: Text::default(),
    };
    let found = github.observe(&lost).await.expect("a fresh look");
    assert!(matches!(found, Observation::Done(_)), "{found:?}");
    let again = github.precheck(&intent(&github, "checkout", act)).await;
    assert!(matches!(again, Ok(Precheck::Moved(_))), "{again:?}");
}

#[tokio::test]
async fn an_old_deployment_runs_again_asks_for_its_approval_and_is_seen() {
    let company = Company::open("quiet-day", 200.0).await;
    let github = company.connect("github");
    let seen = look(&github).await;
    let of = |state: DeploymentState| {
        seen.deployments
            .iter()
            .filter(|one| {
                one.service == "catalog".into()
                    && one.environment == "production".into()
                    && one.state == state
            })
            .max_by_key(|one| one.created)
            .cloned()
            .expect("a deployment")
    };
    let (now_serves, before) = (of(DeploymentState::Success), of(DeploymentState::Inactive));
    let run = before.run.clone().expect("the run that deployed it");
    let bodies = fetch(&github, Query::Run(run.clone())).await;
    let Some(Body::Run(known)) = bodies.first() else {
        panic!("{bodies:?}");
    };
    assert_eq!(known.commit, before.commit);
    let act = Act::RollBackByRerun {
        from: now_serves.version.clone(),
        to: before.version.clone(),
        run: run.clone(),
        attempt: known.attempt,
        commit: before.commit.clone(),
    };
    let wanted = intent(&github, "catalog", act);
    assert_eq!(github.precheck(&wanted).await, Ok(Precheck::Ready));
    let request = github.prepare(&wanted).unwrap();
    let (status, answer) = company.deliver_to_github(&request).await;
    assert_eq!(status, 201, "{answer}");
    // A second one finds another attempt, and is not sent.
    let again = github.precheck(&wanted).await;
    assert!(matches!(again, Ok(Precheck::Moved(_))), "{again:?}");
    let operation = Observe {
        id: ID.into(),
        since: now(),
        handle: Text::default(),
        intent: wanted,
    };
    // It stops before production, as every deployment does, and is found there
    // although it is an old run.
    until_it_waits(&github, &operation).await;
    let approval = until(&github, |seen| {
        let mut waiting = seen.approvals.iter();
        waiting.find(|one| one.run == run).cloned()
    })
    .await;
    let yes = intent(&github, "catalog", approve(&approval));
    carry_out(&company, &github, yes).await;
    let seen = outcome(&github, &operation).await;
    assert!(
        matches!(&seen, Observation::Done(proof) if proof.contains(before.version.as_str())),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_failed_run_is_opened_and_run_again() {
    let company = Company::open("release-day", 20.0).await;
    let github = company.connect("github");
    let run = until(&github, |seen| {
        let mut runs = seen.runs.values();
        runs.find(|run| run.service == "web".into() && run.state.is_failed())
            .cloned()
    })
    .await;
    let (_, jobs) = jobs(&github, &run.id).await;
    let failed = jobs
        .iter()
        .find(|job| job.state.is_failed())
        .expect("a failed job");
    assert!(failed.steps.iter().any(|step| step.state.is_failed()));
    let log = log(&github, &failed.id).await;
    assert!(log.len() > 100);

    let act = Act::RerunFailed {
        run: run.id.clone(),
        attempt: run.attempt,
    };
    let seen = carry_out(&company, &github, intent(&github, "web", act)).await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let again = until(&github, |seen| {
        let run = seen.runs.get(&run.id)?;
        (run.attempt == 2).then(|| run.clone())
    })
    .await;
    if again.state.is_live() {
        let act = Act::CancelRun {
            run: again.id.clone(),
            attempt: 2,
        };
        let again = intent(&github, "web", act);
        if github.precheck(&again).await == Ok(Precheck::Ready) {
            let seen = carry_out(&company, &github, again).await;
            assert!(!matches!(seen, Observation::Pending(_)), "{seen:?}");
        }
    }
}

#[tokio::test]
async fn what_came_between_two_versions_is_told() {
    let company = Company::open("release-day", 1.0).await;
    let github = company.connect("github");
    look(&github).await;
    let query = Query::Compare {
        service: "checkout".into(),
        base: "4.11.3".into(),
        head: "4.12.0".into(),
    };
    let bodies = fetch(&github, query).await;
    let [
        Body::Comparison(Comparison {
            commits,
            ahead,
            pull_requests,
            files,
            ..
        }),
    ] = bodies.as_slice()
    else {
        panic!("{bodies:?}");
    };
    assert!(*ahead > 0 && commits.len() == *ahead as usize);
    assert!(!pull_requests.is_empty());
    assert!(
        files.contains(&Text::new("config/timeouts.toml")),
        "{files:?}"
    );
    let owners = fetch(&github, Query::CodeOwners("checkout".into())).await;
    let [Body::CodeOwners { lines, .. }] = owners.as_slice() else {
        panic!("{owners:?}");
    };
    assert!(
        lines.iter().any(|line| line.contains("@larkspur/platform")),
        "{lines:?}"
    );
    // The files of the commits are together those between the two.
    let query = Query::CommitFiles {
        service: "checkout".into(),
        commits: commits.iter().map(|commit| commit.sha.clone()).collect(),
    };
    let mut all: Vec<Text> = Vec::new();
    for body in fetch(&github, query).await {
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
    is_well(&company.connect("github")).await;
}

#[tokio::test]
async fn all_of_a_large_company_is_seen_in_forty_odd_requests() {
    let company = Company::open("large", 1.0).await;
    let github = company.connect("github");
    let seen = look(&github).await;
    let services = seen
        .bodies
        .iter()
        .filter(|body| matches!(body, Body::Service(_)))
        .count();
    assert_eq!(services, 500);
    assert!(seen.runs.len() > 5_000, "{}", seen.runs.len());
    let waiting = seen
        .runs
        .values()
        .filter(|run| run.state == RunState::Waiting)
        .count();
    assert!(waiting == 0 || !seen.approvals.is_empty());
}
