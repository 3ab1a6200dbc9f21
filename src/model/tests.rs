use std::sync::Arc;

use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::{
    Body, Conclusion, DeploymentState, Fact, IncidentStatus, ReleaseItem, ReleaseKind,
    ReleaseState, RunState, Timestamp, Urgency, Version, WindowKind,
};

fn at(seconds: i64) -> Timestamp {
    Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}

fn source() -> SourceId {
    SourceId::new("gh")
}

fn fact(seconds: i64, body: Body) -> Fact {
    Fact {
        source: source(),
        observed: at(seconds),
        body,
    }
}

fn run(key: &str, created: i64, state: RunState) -> Run {
    Run {
        id: Origin::new(&source(), key),
        service: ServiceName::new("checkout"),
        number: 1,
        attempt: 1,
        workflow: Text::new("ci"),
        title: Text::new("title"),
        branch: Text::new("main"),
        commit: Text::new("abc"),
        version: None,
        environment: None,
        event: Text::new("push"),
        actor: Text::new("ana"),
        state,
        created: at(created),
        started: None,
        updated: at(created),
        url: Text::default(),
    }
}

fn deployment(key: &str, version: &str, created: i64, state: DeploymentState) -> Deployment {
    Deployment {
        id: Origin::new(&source(), key),
        service: ServiceName::new("checkout"),
        environment: EnvironmentName::new("production"),
        version: Version::new(version),
        commit: Text::new("abc"),
        digest: None,
        state,
        creator: Text::new("ana"),
        created: at(created),
        updated: at(created),
        run: None,
        url: Text::default(),
    }
}

fn incident(key: &str, status: IncidentStatus) -> Incident {
    Incident {
        id: Origin::new(&source(), key),
        number: 4821,
        title: Text::new("checkout 5xx"),
        urgency: Urgency::High,
        priority: None,
        status,
        service: Some(ServiceName::new("checkout")),
        vendor_service: Text::new("Checkout"),
        created: at(0),
        updated: at(0),
        acknowledged_by: Vec::new(),
        assigned: Vec::new(),
        escalates_at: None,
        url: Text::default(),
    }
}

fn fold(facts: impl IntoIterator<Item = Fact>) -> Model {
    let mut model = Model::new(Arc::new(Catalog::default()));
    for fact in facts {
        model.apply(fact, at(1000));
    }
    model
}

#[test]
fn an_older_observation_never_overwrites_a_newer_one() {
    let done = RunState::Done(Conclusion::Success);
    let model = fold([
        fact(10, Body::Run(run("1", 0, done.clone()))),
        fact(5, Body::Run(run("1", 0, RunState::Running))),
    ]);
    assert_eq!(model.runs().next().unwrap().value.state, done);
    assert!(model.live_runs().is_empty());
}

#[test]
fn a_time_from_the_far_future_does_not_freeze_a_value() {
    let mut model = fold([fact(9_999_999, Body::Run(run("1", 0, RunState::Running)))]);
    let later = fact(
        1200,
        Body::Run(run("1", 0, RunState::Done(Conclusion::Failure))),
    );
    model.apply(later, at(1200));
    assert!(model.live_runs().is_empty());
}

#[test]
fn a_run_beyond_the_bound_leaves_all_indexes() {
    let runs = (0..150).map(|n| fact(n, Body::Run(run(&n.to_string(), n, RunState::Running))));
    let model = fold(runs);
    assert_eq!(model.run_count(), RUNS_PER_SERVICE);
    assert_eq!(model.runs().count(), RUNS_PER_SERVICE);
    assert_eq!(model.live_runs().len(), RUNS_PER_SERVICE);
    assert_eq!(model.runs().next().unwrap().value.created, at(149));
}

#[test]
fn a_failure_stands_until_something_newer_of_its_lane_has_ended() {
    let failed = RunState::Done(Conclusion::Failure);
    let failing = |model: &Model| -> Vec<String> {
        let runs = model.failing_runs();
        runs.iter()
            .map(|run| run.value.id.key.to_string())
            .collect()
    };
    let mut model = fold([
        fact(1, Body::Run(run("1", 1, failed.clone()))),
        fact(1, Body::Run(run("2", 2, RunState::Running))),
    ]);
    assert_eq!(failing(&model), ["1"]);
    let mut elsewhere = run("3", 3, RunState::Done(Conclusion::Success));
    elsewhere.branch = Text::new("other");
    model.apply(fact(2, Body::Run(elsewhere.clone())), at(1000));
    assert_eq!(failing(&model), ["1"]);
    model.apply(fact(3, Body::Run(run("2", 2, failed.clone()))), at(1000));
    assert_eq!(failing(&model), ["2"]);
    // A second attempt of it is under way, so the one before it stands again.
    model.apply(fact(4, Body::Run(run("2", 2, RunState::Running))), at(1000));
    assert_eq!(failing(&model), ["1"]);
    // The other turns out to belong here.
    elsewhere.branch = Text::new("main");
    model.apply(fact(5, Body::Run(elsewhere)), at(1000));
    assert!(failing(&model).is_empty());
    for n in 10..10 + i64::try_from(RUNS_PER_SERVICE).unwrap() {
        let state = if n == 10 {
            failed.clone()
        } else {
            RunState::Running
        };
        model.apply(fact(6, Body::Run(run(&n.to_string(), n, state))), at(1000));
    }
    assert_eq!(failing(&model), ["10"]);
    model.apply(
        fact(6, Body::Run(run("999", 999, RunState::Running))),
        at(1000),
    );
    assert!(failing(&model).is_empty(), "it is too old to be kept");
}

#[test]
fn jobs_of_a_later_attempt_win() {
    let jobs = |attempt| Body::Jobs {
        run: Origin::new(&source(), "1"),
        attempt,
        items: Vec::new(),
    };
    let model = fold([fact(5, jobs(2)), fact(50, jobs(1))]);
    assert_eq!(
        model
            .jobs(&Origin::new(&source(), "1"))
            .unwrap()
            .value
            .attempt,
        2
    );
}

#[test]
fn an_incident_that_a_newer_listing_left_out_is_not_open() {
    let triggered = incident("P1", IncidentStatus::Triggered);
    let mut model = fold([fact(5, Body::Incidents(vec![triggered.clone()]))]);
    assert_eq!(model.open_incidents().len(), 1);
    model.apply(fact(10, Body::Incidents(Vec::new())), at(1000));
    assert!(model.open_incidents().is_empty());
    model.apply(fact(20, Body::Incident(triggered)), at(1000));
    assert_eq!(model.open_incidents().len(), 1);
}

#[test]
fn a_rollback_names_versions_that_served_and_do_not_now() {
    let model = fold([
        fact(
            1,
            Body::Deployment(deployment("1", "4.10.0", 0, DeploymentState::Inactive)),
        ),
        fact(
            1,
            Body::Deployment(deployment("2", "4.11.3", 10, DeploymentState::Success)),
        ),
        fact(
            1,
            Body::Deployment(deployment("3", "4.12.0", 20, DeploymentState::InProgress)),
        ),
        fact(
            1,
            Body::Deployment(deployment("0", "4.9.9", -5, DeploymentState::Failure)),
        ),
    ]);
    let (service, production) = (
        ServiceName::new("checkout"),
        EnvironmentName::new("production"),
    );
    assert_eq!(
        model
            .served(&service, &production)
            .unwrap()
            .version
            .as_str(),
        "4.11.3"
    );
    let targets = model.rollback_targets(&service, &production);
    // 4.12.0 is on its way, so what has to go is that, and what serves meanwhile
    // is the first choice.
    assert_eq!(
        model.leaving(&service, &production).unwrap().as_str(),
        "4.12.0"
    );
    let versions: Vec<&str> = targets
        .iter()
        .map(|target| target.version.as_str())
        .collect();
    assert_eq!(versions, ["4.11.3", "4.10.0"]);
    assert_eq!(
        model
            .deployment_in_flight(&service, &production)
            .unwrap()
            .value
            .version
            .as_str(),
        "4.12.0"
    );
}

fn release(start: i64) -> Release {
    Release {
        id: Text::new("train-47"),
        name: Text::new("Train 47"),
        kind: ReleaseKind::Train,
        captain: Some(Text::new("ana")),
        items: vec![ReleaseItem {
            service: ServiceName::new("checkout"),
            environment: EnvironmentName::new("production"),
            from: Some(Version::new("4.11.3")),
            to: Version::new("4.12.0"),
            ..ReleaseItem::default()
        }],
        start: Some(at(start)),
        end: Some(at(start + 7200)),
        ..Release::default()
    }
}

#[test]
fn a_release_goes_from_scheduled_over_rolling_to_rolled_back() {
    let mut model = fold([
        fact(0, Body::Release(release(100))),
        fact(
            1,
            Body::Deployment(deployment("1", "4.11.3", 0, DeploymentState::Success)),
        ),
    ]);
    assert_eq!(
        model.active_release(at(0)).unwrap().state,
        ReleaseState::Scheduled
    );
    assert_eq!(
        model.active_release(at(150)).unwrap().state,
        ReleaseState::Readiness
    );
    let rolling = deployment("2", "4.12.0", 110, DeploymentState::InProgress);
    model.apply(fact(120, Body::Deployment(rolling)), at(1000));
    assert_eq!(
        model.active_release(at(150)).unwrap().state,
        ReleaseState::Rolling
    );
    let failed = deployment("2", "4.12.0", 110, DeploymentState::Failure);
    model.apply(fact(130, Body::Deployment(failed)), at(1000));
    assert_eq!(
        model.active_release(at(150)).unwrap().state,
        ReleaseState::RolledBack
    );
}

#[test]
fn a_release_inside_a_freeze_is_a_conflict_with_a_reason() {
    let freeze = Window {
        id: Origin::new(&source(), "freeze"),
        kind: WindowKind::Freeze,
        title: Text::new("EU evening"),
        start: at(0),
        end: at(500),
        services: Vec::new(),
        detail: Text::default(),
        url: Text::default(),
    };
    let model = fold([fact(
        0,
        Body::Windows {
            scope: Text::new("all"),
            items: vec![freeze],
        },
    )]);
    let reasons = model.conflicts(&release(100));
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].contains("EU evening"));
    assert_eq!(model.next_change(at(100)).unwrap().at, at(500));
    assert_eq!(model.freezes_of_all(at(100)).count(), 1);
    assert_eq!(model.freezes_of_all(at(500)).count(), 0);
}

#[test]
fn a_calendar_that_was_not_read_is_not_known_and_one_that_went_away_stays_in_force() {
    use crate::domain::{
        CalendarPlace, CalendarSpec, CalendarUse, Catalog, Connection, Health, Selectors,
    };

    let calendar = CalendarSpec {
        source: source(),
        place: CalendarPlace::File("freezes.ics".into()),
        events: CalendarUse::Freeze,
        selectors: Selectors {
            services: vec![Text::new("check*")],
            environments: vec![Text::new("production")],
            ..Selectors::default()
        },
        owner: Text::default(),
    };
    let mut model = Model::new(std::sync::Arc::new(Catalog {
        calendars: vec![calendar],
        ..Catalog::default()
    }));
    let standing = |model: &Model, environment: &str| {
        let environment = environment.into();
        model.standing(&"checkout".into(), Some(&environment), None, at(100))
    };
    assert_eq!(standing(&model, "production").unknown.len(), 1);
    assert_eq!(standing(&model, "staging").unknown.len(), 0);
    let freeze = Window {
        id: Origin::new(&source(), "freeze"),
        kind: WindowKind::Freeze,
        title: Text::new("Year end"),
        start: at(0),
        end: at(500),
        services: Vec::new(),
        detail: Text::default(),
        url: Text::default(),
    };
    let scope = Text::new("calendar");
    let items = vec![freeze];
    model.apply(fact(50, Body::Windows { scope, items }), at(50));
    let away = Health {
        connection: Connection::Unreachable,
        detail: Text::new("it does not answer"),
        last_ok: None,
        next_try: None,
        budget: None,
        clock_skew_seconds: None,
    };
    model.apply(fact(60, Body::Health(away)), at(60));
    let found = standing(&model, "production");
    assert_eq!((found.freezes.len(), found.unknown.len()), (1, 0));
    assert_eq!(standing(&model, "staging").freezes.len(), 0);
}

fn any_state() -> impl Strategy<Value = RunState> {
    prop_oneof![
        Just(RunState::Running),
        Just(RunState::Queued),
        Just(RunState::Done(Conclusion::Failure)),
        Just(RunState::Done(Conclusion::Success)),
    ]
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let runs = (0..6u8, 0..4i64, 0..50i64, any_state()).prop_map(|(key, created, seen, state)| {
        fact(seen, Body::Run(run(&key.to_string(), created, state)))
    });
    let deployments = (0..4u8, 0..50i64, prop::bool::ANY).prop_map(|(key, seen, ok)| {
        let state = if ok {
            DeploymentState::Success
        } else {
            DeploymentState::InProgress
        };
        fact(
            seen,
            Body::Deployment(deployment(
                &key.to_string(),
                &format!("1.{key}"),
                i64::from(key),
                state,
            )),
        )
    });
    let incidents = (0..3u8, 0..50i64, prop::bool::ANY).prop_map(|(key, seen, listed)| {
        let one = incident(&key.to_string(), IncidentStatus::Triggered);
        fact(
            seen,
            if listed {
                Body::Incidents(vec![one])
            } else {
                Body::Incident(one)
            },
        )
    });
    prop_oneof![runs, deployments, incidents]
}

proptest! {
    /// The order of arrival and repetitions never matter.
    #[test]
    fn facts_commute_and_repeat(facts in prop::collection::vec(any_fact(), 1..60), seed in any::<u64>()) {
        let straight = fold(facts.clone());
        let mut shuffled = facts.clone();
        let mut state = seed | 1;
        for index in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(index, (state >> 33) as usize % (index + 1));
        }
        shuffled.extend(facts);
        let other = fold(shuffled);
        prop_assert_eq!(straight.runs().collect::<Vec<_>>(), other.runs().collect::<Vec<_>>());
        prop_assert_eq!(&straight.live_runs, &other.live_runs);
        prop_assert_eq!(&straight.failing, &other.failing);
        prop_assert_eq!(places(&straight), places(&other));
        prop_assert_eq!(straight.open_incidents(), other.open_incidents());
    }
}

/// All deployments as they are listed.
fn places(model: &Model) -> Vec<Vec<&Stamped<Deployment>>> {
    let shelf = &model.deployments;
    shelf
        .groups()
        .map(|place| shelf.of(place).collect())
        .collect()
}

fn picture(model: &Model) -> impl Iterator<Item = Fact> {
    let parts = (0..PARTS).flat_map(|part| model.part_facts(part));
    model.first_facts().into_iter().chain(parts)
}

#[test]
fn the_picture_comes_back_from_its_facts() {
    let runs = (0..20).map(|n| fact(n, Body::Run(run(&n.to_string(), n, RunState::Running))));
    let others = [
        fact(
            3,
            Body::Deployment(deployment("2", "4.11.3", 10, DeploymentState::Success)),
        ),
        fact(
            4,
            Body::Environments {
                service: ServiceName::new("checkout"),
                items: vec![EnvironmentName::new("staging")],
            },
        ),
        fact(
            5,
            Body::Incidents(vec![incident("P1", IncidentStatus::Triggered)]),
        ),
        fact(9, Body::Incidents(Vec::new())),
    ];
    let model = fold(runs.chain(others));
    let again = fold(picture(&model));
    assert_eq!(
        again.runs().collect::<Vec<_>>(),
        model.runs().collect::<Vec<_>>()
    );
    assert_eq!(places(&again), places(&model));
    assert_eq!(again.environments(), model.environments());
    assert_eq!(again.open_incidents(), model.open_incidents());
    assert!(again.open_incidents().is_empty());
}

mod release;
mod track_record;

#[test]
fn the_first_screen_s_facts_are_few_and_enough_for_what_needs_somebody() {
    let service = |n: i64| ServiceName::new(&format!("service-{n}"));
    let runs = (0..1000).map(|n| {
        let state = match n {
            7 => RunState::Done(Conclusion::Failure),
            11 => RunState::Running,
            _ => RunState::Done(Conclusion::Success),
        };
        let mut run = run(&n.to_string(), n, state);
        run.service = service(n % 100);
        run.branch = Text::new(&format!("branch-{n}"));
        fact(0, Body::Run(run))
    });
    let deployments = (0..300).map(|n| {
        let mut one = deployment(&n.to_string(), "4.11.3", n, DeploymentState::Success);
        one.service = service(n);
        fact(0, Body::Deployment(one))
    });
    let mut catalog = Catalog::default();
    catalog.environments.push(crate::domain::EnvironmentSpec {
        name: EnvironmentName::new("production"),
        production: true,
    });
    let mut model = Model::new(Arc::new(catalog));
    for fact in runs.chain(deployments) {
        model.apply(fact, at(1000));
    }
    let first = fold(model.first_facts());
    assert_eq!(first.failing_runs(), model.failing_runs());
    assert_eq!(first.live_runs(), model.live_runs());
    assert_eq!(first.run_count(), 202);
    let newest = |model: &Model| model.runs().take(200).cloned().collect::<Vec<_>>();
    assert_eq!(newest(&first), newest(&model));
    let moved: Vec<i64> = first
        .all_deployments()
        .map(|one| (one.value.updated - at(0)).num_seconds())
        .collect();
    assert_eq!(moved.len(), 60);
    assert!(moved.iter().all(|moved| *moved >= 240));
}

#[test]
fn only_what_changed_is_written_again() {
    let done = RunState::Done(Conclusion::Success);
    let mut model = fold([fact(1, Body::Run(run("1", 0, RunState::Running)))]);
    assert!(model.first_has_changed());
    let changed: Vec<u8> = model.changed_parts().collect();
    let [part] = changed[..] else {
        panic!("one service is in one part: {changed:?}");
    };
    assert_eq!(model.part_facts(part).len(), 1);
    model.first_is_taken();
    model.part_is_taken(part);
    // Seen again, seen earlier, and read from the cache.
    model.apply(fact(5, Body::Run(run("1", 0, RunState::Running))), at(1000));
    model.apply(fact(3, Body::Run(run("1", 0, done.clone()))), at(1000));
    model.recall(fact(3, Body::Run(run("2", 0, done.clone()))), at(1000));
    assert!(!model.first_has_changed());
    assert_eq!(model.changed_parts().count(), 0);
    model.apply(fact(6, Body::Run(run("1", 0, done))), at(1000));
    assert!(model.first_has_changed());
    assert_eq!(model.changed_parts().collect::<Vec<_>>(), [part]);
}
