use chrono::TimeDelta;

use super::*;
use delivery::DeploymentState;
use incident::IncidentStatus;
use run::{Conclusion, Dispatch, Status};

fn world(name: &str) -> World {
    let clock = Clock::at(Timestamp::UNIX_EPOCH + TimeDelta::days(20_000), 1.0);
    World::new(&Scenario::load(name).unwrap(), 7, clock)
}

fn after(world: &mut World, seconds: i64) {
    let now = world.now() + TimeDelta::seconds(seconds);
    world.advance(now);
}

fn waiting(world: &World, service: &str) -> u64 {
    let service = world.service(service).unwrap();
    world.live_run(service, Workflow::Release).unwrap()
}

#[test]
fn the_release_day_begins_with_two_approvals_a_failure_and_a_canary() {
    let world = world("release-day");
    for (service, minutes) in [("search", 3..=5), ("billing", 10..=12)] {
        let run = &world.runs[&waiting(&world, service)];
        let (environment, since) = run.waiting.unwrap();
        assert_eq!(environment, 1);
        assert!(
            minutes.contains(&(world.now() - since).num_minutes()),
            "{service}"
        );
    }
    let web = world.service("web").unwrap();
    let flaky = world.runs_of(web).next_back().unwrap();
    assert_eq!(flaky.latest.conclusion, Some(Conclusion::Failure));
    let failed = flaky
        .jobs(&flaky.latest)
        .into_iter()
        .find(|job| job.mark.conclusion == Some(Conclusion::Failure))
        .unwrap();
    let log = world.log(flaky, &failed).unwrap();
    assert!(log.contains("Timed out 30000ms"));
    let checkout = world.service("checkout").unwrap();
    let traffic = world.services[checkout].traffic.as_ref().unwrap();
    assert_eq!(
        traffic.canary.as_ref().map(|canary| canary.weight),
        Some(5.0)
    );
    assert_eq!(traffic.version, "4.11.3");
    assert!(traffic.samples.len() > 700);
}

#[test]
fn an_approval_lets_the_run_deploy_and_succeed() {
    let mut world = world("release-day");
    let run = waiting(&world, "search");
    let deployments = world.review(run, OPERATOR, true, "go").unwrap();
    assert_eq!(deployments.len(), 1);
    assert_eq!(world.runs[&run].latest.status, Status::InProgress);
    assert_eq!(
        world.review(run, OPERATOR, true, "go"),
        Err(Refusal::NothingPending)
    );
    after(&mut world, 10);
    assert_eq!(
        world.runs[&run].latest.conclusion,
        Some(Conclusion::Success)
    );
    assert_eq!(
        world.deployments[&deployments[0]].state(),
        DeploymentState::Success
    );
    let search = world.service("search").unwrap();
    assert_eq!(world.services[search].environments[1].version, "1.88.0");
    let active = world
        .deployments_of(search)
        .filter(|one| one.environment == 1 && one.state() == DeploymentState::Success)
        .count();
    assert_eq!(active, 1);
}

#[test]
fn a_rejection_fails_the_run() {
    let mut world = world("release-day");
    let run = waiting(&world, "billing");
    world.review(run, OPERATOR, false, "not today").unwrap();
    assert_eq!(
        world.runs[&run].latest.conclusion,
        Some(Conclusion::Failure)
    );
    let billing = world.service("billing").unwrap();
    assert_eq!(world.services[billing].environments[1].version, "2.3.0");
}

#[test]
fn the_canary_goes_bad_and_a_rollback_mends_it() {
    let mut world = world("release-day");
    let checkout = world.service("checkout").unwrap();
    after(&mut world, 78);
    assert!(world.alerts.iter().any(|alert| alert.firing));
    let incident = world.incidents.last().unwrap();
    assert_eq!(incident.title, "checkout error budget burn");
    assert_eq!(incident.status, IncidentStatus::Triggered);
    let live = world.live_run(checkout, Workflow::Release).unwrap();
    let run = world
        .dispatch(
            checkout,
            Workflow::Rollback,
            "main",
            OPERATOR,
            Dispatch {
                environment: "production".to_owned(),
                version: "4.11.3".to_owned(),
                request_id: "0198".to_owned(),
            },
        )
        .unwrap();
    assert!(world.runs[&run].title.as_ref().unwrap().contains("0198"));
    after(&mut world, 2);
    assert_eq!(world.runs[&run].latest.status, Status::Queued);
    after(&mut world, 9);
    assert_eq!(
        world.runs[&run].latest.conclusion,
        Some(Conclusion::Success)
    );
    assert_eq!(
        world.runs[&live].latest.conclusion,
        Some(Conclusion::Failure)
    );
    assert!(
        world.services[checkout]
            .traffic
            .as_ref()
            .unwrap()
            .canary
            .is_none()
    );
    let newest = world.deployments_of(checkout).next_back().unwrap();
    assert_eq!(
        (&*newest.version, newest.state()),
        ("4.11.3", DeploymentState::Success)
    );
    after(&mut world, 10);
    assert!(world.alerts.is_empty());
}

#[test]
fn a_rollback_before_the_trouble_keeps_the_pager_quiet() {
    let mut world = world("release-day");
    let checkout = world.service("checkout").unwrap();
    let before = world.incidents.len();
    let dispatch = Dispatch {
        environment: "production".to_owned(),
        version: "v4.11.3".to_owned(),
        request_id: String::new(),
    };
    world
        .dispatch(checkout, Workflow::Rollback, "main", OPERATOR, dispatch)
        .unwrap();
    after(&mut world, 200);
    assert_eq!(world.incidents.len(), before);
    assert!(world.alerts.is_empty());
}

#[test]
fn failed_jobs_run_again_and_succeed() {
    let mut world = world("release-day");
    let web = world.service("web").unwrap();
    let flaky = world.runs_of(web).next_back().unwrap().id;
    world.rerun(flaky, OPERATOR, Again::Failed).unwrap();
    assert_eq!(
        world.rerun(flaky, OPERATOR, Again::Failed),
        Err(Refusal::StillRunning)
    );
    after(&mut world, 110);
    let run = &world.runs[&flaky];
    assert_eq!(run.latest.number, 2);
    assert_eq!(run.latest.conclusion, Some(Conclusion::Success));
    assert_eq!(
        run.attempt(1).unwrap().conclusion,
        Some(Conclusion::Failure)
    );
}

#[test]
fn a_cancelled_run_ends_cancelled_and_cannot_be_cancelled_again() {
    let mut world = world("release-day");
    let run = waiting(&world, "search");
    world.cancel(run).unwrap();
    after(&mut world, 2);
    assert_eq!(
        world.runs[&run].latest.conclusion,
        Some(Conclusion::Cancelled)
    );
    assert_eq!(world.cancel(run), Err(Refusal::AlreadyOver));
}

#[test]
fn an_incident_is_taken_annotated_and_ended_or_escalates() {
    let mut world = world("release-day");
    after(&mut world, 80);
    let id = world.incidents.last().unwrap().id.clone();
    after(&mut world, 300);
    assert!(
        world
            .incident(&id)
            .unwrap()
            .log
            .iter()
            .any(|entry| entry.kind == incident::LogKind::Escalate)
    );
    assert!(world.acknowledge(&id, OPERATOR));
    assert!(world.annotate(&id, OPERATOR, "rolling back").is_some());
    assert!(world.resolve(&id, OPERATOR, None));
    assert!(!world.resolve(&id, OPERATOR, None));
    assert_eq!(world.incident(&id).unwrap().notes.len(), 1);
}

#[test]
fn the_quiet_day_promotes_its_canary() {
    let mut world = world("quiet-day");
    after(&mut world, 200);
    let checkout = world.service("checkout").unwrap();
    assert_eq!(world.services[checkout].environments[1].version, "4.13.0");
    assert_eq!(
        world.services[checkout].traffic.as_ref().unwrap().version,
        "4.13.0"
    );
    assert!(world.incidents.is_empty());
}

#[test]
fn one_seed_makes_one_world() {
    let describe = |world: &World| {
        world
            .runs
            .values()
            .map(|run| format!("{} {} {:?}", run.id, run.branch, run.latest.conclusion))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        describe(&world("release-day")),
        describe(&world("release-day"))
    );
}

#[test]
fn the_large_world_has_its_size() {
    let world = world("large");
    assert_eq!(world.services.len(), 500);
    assert!(
        (10_000..10_100).contains(&world.runs.len()),
        "{}",
        world.runs.len()
    );
    let active = world
        .runs
        .values()
        .filter(|run| run.latest.status != Status::Completed)
        .map(|run| run.service)
        .collect::<std::collections::HashSet<_>>();
    assert!((15..=22).contains(&active.len()), "{}", active.len());
}
