//! The Kubernetes integration against the simulator's cluster.

use std::sync::Arc;

use tminus::domain::{
    Act, Body, DeploymentState, Intent, Rollout, RolloutPhase, Steer, Strategy, Version,
};
use tminus::integrations::{
    contract::{Integration, Observation, Observe, Precheck, PreparedRequest},
    http::Access,
};
use tminus::operation::intent::steer;

use super::{
    company::{Company, collect, now},
    deed::{ID, intent, outcome},
    seen::{look, pause, until},
};

/// The rollout of a service, as one sweep tells it.
fn rollout(bodies: &[Body], service: &str) -> Option<Rollout> {
    bodies.iter().rev().find_map(|body| match body {
        Body::Rollout(rollout) if rollout.service == service.into() => Some(rollout.clone()),
        _ => None,
    })
}

async fn seen(cluster: &Arc<dyn Integration>, service: &str) -> Rollout {
    rollout(&collect(cluster).await.1, service).unwrap()
}

/// Waits until the rollout of a service is as wanted.
async fn until_it(
    cluster: &Arc<dyn Integration>,
    service: &str,
    wanted: impl Fn(&Rollout) -> bool,
) -> Rollout {
    until(cluster, |seen| {
        rollout(&seen.bodies, service).filter(|one| wanted(one))
    })
    .await
}

/// Waits until it waits for a person at this step.
async fn waits(cluster: &Arc<dyn Integration>, service: &str, step: u32) -> Rollout {
    until_it(cluster, service, |one| {
        one.seen.step == Some(step) && !one.pauses.is_empty()
    })
    .await
}

/// Sends what was prepared, and gives status and answer.
async fn deliver(company: &Company, request: &PreparedRequest) -> (u16, serde_json::Value) {
    deliver_as(request, &company.token("kubernetes")).await
}

async fn deliver_as(request: &PreparedRequest, token: &str) -> (u16, serde_json::Value) {
    let response = reqwest::Client::new()
        .request(request.method.parse().unwrap(), &request.url)
        .bearer_auth(token)
        .header("content-type", "application/json-patch+json")
        .body(request.body.clone())
        .send()
        .await
        .unwrap();
    (
        response.status().as_u16(),
        response.json().await.unwrap_or_default(),
    )
}

fn observe(intent: Intent) -> Observe {
    Observe {
        id: ID.into(),
        since: now(),
        handle: "".into(),
        intent,
    }
}

/// Does what a confirmed operation does, and waits until it is seen.
async fn carry_out(
    company: &Company,
    cluster: &Arc<dyn Integration>,
    intent: Intent,
) -> Observation {
    let before = cluster.precheck(&intent).await.unwrap();
    assert_eq!(before, Precheck::Ready, "{:?}", intent.act);
    let request = cluster.prepare(&intent).unwrap();
    let (status, answer) = deliver(company, &request).await;
    assert_eq!(status, 200, "{answer}");
    outcome(cluster, &observe(intent)).await
}

/// Back to a version that the workload still has.
fn undo(cluster: &Arc<dyn Integration>, rollout: &Rollout, to: &str) -> Intent {
    let to = Version::new(to);
    let revision = rollout.revision_of(&to).unwrap();
    intent(
        cluster,
        rollout.service.as_str(),
        Act::Undo {
            from: rollout.current().unwrap().version.clone(),
            to,
            rollout: rollout.id.clone(),
            revision: revision.number,
            hash: revision.hash.clone(),
            seen: rollout.seen.clone(),
        },
    )
}

fn is_done(seen: &Observation, words: &str) {
    assert!(
        matches!(seen, Observation::Done(proof) if proof.contains(words)),
        "{seen:?}"
    );
}

#[tokio::test]
async fn each_strategy_is_shown_as_what_it_is() {
    let company = Company::open("rollout-day", 1.0).await;
    let cluster = company.connect("kubernetes");
    let all = look(&cluster).await;
    let one = |service: &str| rollout(&all.bodies, service).unwrap();

    let canary = one("storefront");
    assert_eq!(canary.strategy, Strategy::Canary);
    assert_eq!(canary.phase, RolloutPhase::Paused);
    assert_eq!(canary.weight, Some(20.0));
    assert_eq!(canary.weights, [5.0, 20.0, 50.0]);
    assert_eq!(canary.step(), Some((4, 6)));
    assert_eq!(canary.steps[3].as_str(), "pause until promoted");
    assert_eq!(canary.pauses[0].reason.as_str(), "CanaryPauseStep");
    assert_eq!(canary.current().unwrap().version, "3.8.0".into());
    assert_eq!(canary.stable().unwrap().version, "3.7.2".into());
    assert_eq!(canary.current().unwrap().commit.len(), 40);

    let blue_green = one("accounts");
    assert_eq!(blue_green.strategy, Strategy::BlueGreen);
    assert_eq!(blue_green.weight, None, "it knows no shares");
    assert_eq!(blue_green.pauses[0].reason.as_str(), "BlueGreenPause");
    assert_eq!(blue_green.managed_by.as_str(), "Argo CD");

    let rolling = one("sitemap");
    assert_eq!(rolling.strategy, Strategy::Rolling);
    assert!(rolling.is_settled(), "{rolling:?}");

    let states = |service: &str| -> Vec<(String, DeploymentState)> {
        all.deployments
            .iter()
            .filter(|one| one.service == service.into())
            .map(|one| (one.version.to_string(), one.state.clone()))
            .collect()
    };
    let storefront = states("storefront");
    assert_eq!(storefront[0], ("3.8.0".into(), DeploymentState::InProgress));
    assert_eq!(storefront[1], ("3.7.2".into(), DeploymentState::Success));
    assert_eq!(storefront[2].1, DeploymentState::Inactive);
    assert_eq!(
        states("sitemap")[0],
        ("0.10.0".into(), DeploymentState::Success)
    );
}

#[tokio::test]
async fn a_healthy_canary_is_promoted_to_all_of_the_traffic() {
    let company = Company::open("rollout-day", 20.0).await;
    let cluster = company.connect("kubernetes");
    for step in [1, 3] {
        let paused = waits(&cluster, "reviews", step).await;
        let intent = steer(&paused, Steer::Promote).unwrap();
        carry_out(&company, &cluster, intent).await;
    }
    let through = until_it(&cluster, "reviews", Rollout::is_settled).await;
    assert_eq!(through.stable().unwrap().version, "1.20.0".into());
    assert!(steer(&through, Steer::Promote).is_err());
    assert!(steer(&through, Steer::Abort).is_err());
}

#[tokio::test]
async fn promoted_twice_no_step_is_skipped() {
    // Slow enough that the controller has not moved in between.
    let company = Company::open("rollout-day", 1.0).await;
    let cluster = company.connect("kubernetes");
    let paused = waits(&cluster, "reviews", 1).await;
    let intent = steer(&paused, Steer::Promote).unwrap();
    let request = cluster.prepare(&intent).unwrap();
    let (first, _) = deliver(&company, &request).await;
    // The same bytes once more: the cluster itself refuses them.
    let (second, answer) = deliver(&company, &request).await;
    assert_eq!((first, second), (200, 422), "{answer}");
    let again = cluster.precheck(&intent).await.unwrap();
    assert!(matches!(again, Precheck::Moved(_)), "{again:?}");
    let moved = waits(&cluster, "reviews", 3).await;
    assert_eq!(moved.weight, Some(50.0), "it took one step");
}

#[tokio::test]
async fn what_was_let_go_and_has_not_moved_is_not_promoted_again() {
    let company = Company::open("rollout-day", 1.0).await;
    let cluster = company.connect("kubernetes");
    let paused = waits(&cluster, "reviews", 1).await;
    let intent = steer(&paused, Steer::Promote).unwrap();
    let request = cluster.prepare(&intent).unwrap();
    assert_eq!(deliver(&company, &request).await.0, 200);
    let between = seen(&cluster, "reviews").await;
    // Unless the controller was quicker than the look.
    if between.unpausing {
        assert_eq!(between.phase, RolloutPhase::Progressing);
        let why = steer(&between, Steer::Promote).unwrap_err();
        assert!(why.message.contains("a moment ago"), "{why}");
    } else {
        assert!(between.seen.step > Some(1));
    }
}

#[tokio::test]
async fn a_bad_canary_is_held_aborted_and_undone() {
    let company = Company::open("rollout-day", 20.0).await;
    let cluster = company.connect("kubernetes");
    let paused = waits(&cluster, "storefront", 3).await;
    let held = steer(&paused, Steer::Hold).unwrap();
    is_done(&carry_out(&company, &cluster, held).await, "is held");
    let held = until_it(&cluster, "storefront", |one| one.held).await;
    // Held, it takes no step by itself, and says what to do first.
    assert!(steer(&held, Steer::Promote).is_err());
    let abort = steer(&held, Steer::Abort).unwrap();
    is_done(&carry_out(&company, &cluster, abort).await, "is aborted");
    let aborted = until_it(&cluster, "storefront", |one| one.aborted).await;
    assert_eq!(aborted.weight, Some(0.0));
    // The trap: the bad version is still what is wanted.
    assert_eq!(aborted.current().unwrap().version, "3.8.0".into());
    let deployments = look(&cluster).await.deployments;
    assert!(deployments.iter().any(|one| {
        one.service == "storefront".into()
            && one.version == "3.8.0".into()
            && one.state == DeploymentState::InProgress
    }));
    // It is still held: going back lets it go, and says so.
    let back = undo(&cluster, &aborted, "3.7.2");
    assert!(cluster.prepare(&back).unwrap().note.contains("lets it go"));
    let undone = carry_out(&company, &cluster, back).await;
    is_done(&undone, "serves 3.7.2");
    let after = until_it(&cluster, "storefront", Rollout::is_settled).await;
    assert_eq!(after.current().unwrap().version, "3.7.2".into());
    assert!(!after.aborted && !after.held);
    // What never served is no version to go back to.
    let deployments = look(&cluster).await.deployments;
    let bad = deployments
        .iter()
        .rev()
        .find(|one| one.service == "storefront".into() && one.version == "3.8.0".into());
    assert_eq!(bad.unwrap().state, DeploymentState::Failure);
}

#[tokio::test]
async fn undone_twice_the_bad_version_does_not_come_back() {
    let company = Company::open("rollout-day", 20.0).await;
    let cluster = company.connect("kubernetes");
    let before = until_it(&cluster, "sitemap", Rollout::is_settled).await;
    let back = undo(&cluster, &before, "0.9.4");
    let request = cluster.prepare(&back).unwrap();
    is_done(
        &carry_out(&company, &cluster, back.clone()).await,
        "serves 0.9.4",
    );
    // The same once more is refused by the look and by the cluster itself.
    let again = cluster.precheck(&back).await.unwrap();
    assert!(matches!(again, Precheck::Moved(_)), "{again:?}");
    assert_eq!(deliver(&company, &request).await.0, 422);
    let after = until_it(&cluster, "sitemap", Rollout::is_settled).await;
    let current = after.current().unwrap();
    assert_eq!(current.version, "0.9.4".into());
    // The old set of instances is there again, under a new number.
    assert!(current.number > before.current().unwrap().number);
    let all = look(&cluster).await.deployments;
    let newest = all
        .iter()
        .filter(|one| one.service == "sitemap".into())
        .max_by_key(|one| one.created)
        .unwrap();
    assert_eq!(newest.version, "0.9.4".into(), "it serves since the undo");
}

#[tokio::test]
async fn an_aborted_canary_begins_anew_and_is_promoted_fully() {
    let company = Company::open("rollout-day", 20.0).await;
    let cluster = company.connect("kubernetes");
    let paused = waits(&cluster, "reviews", 1).await;
    carry_out(&company, &cluster, steer(&paused, Steer::Abort).unwrap()).await;
    let aborted = until_it(&cluster, "reviews", |one| one.aborted).await;
    assert!(
        steer(&aborted, Steer::Promote).is_err(),
        "a left-over promotion would fire later"
    );
    carry_out(&company, &cluster, steer(&aborted, Steer::Retry).unwrap()).await;
    let paused = waits(&cluster, "reviews", 1).await;
    let full = steer(&paused, Steer::PromoteFully).unwrap();
    is_done(&carry_out(&company, &cluster, full).await, "is through");
}

#[tokio::test]
async fn a_change_over_is_promoted_and_its_owner_is_named() {
    let company = Company::open("rollout-day", 20.0).await;
    let cluster = company.connect("kubernetes");
    let paused = until_it(&cluster, "accounts", |one| !one.pauses.is_empty()).await;
    let hold = cluster
        .prepare(&steer(&paused, Steer::Hold).unwrap())
        .unwrap();
    assert!(hold.note.contains("Argo CD"), "{}", hold.note);
    let promote = steer(&paused, Steer::Promote).unwrap();
    // A change of the status is no drift.
    assert!(cluster.prepare(&promote).unwrap().note.is_empty());
    is_done(&carry_out(&company, &cluster, promote).await, "is through");
}

#[tokio::test]
async fn without_the_right_the_refusal_names_it() {
    let company = Company::open("rollout-day", 1.0).await;
    let cluster = company.connect("kubernetes");
    let paused = waits(&cluster, "reviews", 1).await;
    let request = cluster
        .prepare(&steer(&paused, Steer::Abort).unwrap())
        .unwrap();
    let viewer = format!("{}-view", company.token("kubernetes"));
    let (status, answer) = deliver_as(&request, &viewer).await;
    assert_eq!((status, answer["kind"].as_str()), (403, Some("Status")));
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.contains("cannot patch resource \"rollouts/status\""),
        "{message}"
    );
    let (status, _) = deliver_as(&request, "stranger").await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn the_doctor_names_each_right_that_is_missing() {
    let company = Company::open("rollout-day", 1.0).await;
    let cluster = company.connect("kubernetes");
    for finding in cluster.doctor().await {
        assert_ne!(finding.ok, Some(false), "{finding:?}");
    }
    assert_eq!(
        cluster.identity().await.unwrap().as_deref(),
        Some("captain@larkspur.example")
    );
    let viewer = company.connect_with_token("kubernetes", "-view", Access::ReadWrite);
    let findings = viewer.doctor().await;
    let wrong: Vec<_> = findings
        .iter()
        .filter(|finding| finding.ok == Some(false))
        .collect();
    assert_eq!(wrong.len(), 1, "{findings:?}");
    assert!(
        wrong[0]
            .detail
            .contains("patch rollouts/status.argoproj.io")
    );
    assert!(!wrong[0].detail.contains("list"));
}

#[tokio::test]
async fn a_workload_that_another_change_reached_first_is_left_alone() {
    let company = Company::open("rollout-day", 20.0).await;
    let cluster = company.connect("kubernetes");
    let paused = waits(&cluster, "reviews", 1).await;
    let hold = steer(&paused, Steer::Hold).unwrap();
    carry_out(&company, &cluster, hold).await;
    // What was prepared of the state before is not sent, and would be refused.
    let promote = steer(&paused, Steer::Promote).unwrap();
    let moved = cluster.precheck(&promote).await.unwrap();
    assert!(
        matches!(&moved, Precheck::Moved(why) if why.contains("was changed since")),
        "{moved:?}"
    );
    let request = cluster.prepare(&promote).unwrap();
    assert_eq!(deliver(&company, &request).await.0, 422);
    pause().await;
    assert_eq!(seen(&cluster, "reviews").await.seen.step, Some(1));
}
