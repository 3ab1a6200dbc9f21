//! What of a release is found, joined and proposed.

use super::*;
use crate::domain::{Connection, Health, Note, NoteLink, Release, ReleaseChange, ReleaseEvent};

/// 4.11.3 serves in production since `at(0)`, 4.12.0 in staging since 100.
fn company() -> Model {
    let mut staging = deployment("d2", "4.12.0", 100, DeploymentState::Success);
    staging.environment = "staging".into();
    staging.commit = "cafe".into();
    fold([
        fact(
            100,
            Body::Deployment(deployment("d1", "4.11.3", 0, DeploymentState::Success)),
        ),
        fact(100, Body::Deployment(staging)),
    ])
}

fn deploy(model: &mut Model, key: &str, version: &str, created: i64, state: DeploymentState) {
    let mut one = deployment(key, version, created, state);
    one.commit = "cafe".into();
    model.apply(fact(created, Body::Deployment(one)), at(2000));
}

fn moves(model: &mut Model, second: i64, from: ReleaseState, to: ReleaseState) {
    let event = ReleaseEvent {
        release: "train-47".into(),
        by: "ana".into(),
        why: "because".into(),
        change: ReleaseChange::Moved {
            from,
            to,
            unmet: Vec::new(),
        },
    };
    let body = Body::ReleaseEvent {
        at: at(second),
        event,
    };
    model.apply(fact(second, body), at(2000));
}

fn view(model: &Model, second: i64) -> ReleaseView<'_> {
    model.release_view(model.release("train-47").unwrap(), at(second))
}

#[test]
fn what_serves_elsewhere_and_never_served_production_awaits_release() {
    let mut model = company();
    let awaiting = model.awaiting();
    assert_eq!(awaiting.len(), 1, "{awaiting:?}");
    assert_eq!(awaiting[0].from, Some("4.11.3".into()));
    assert_eq!(awaiting[0].to, "4.12.0".into());
    assert_eq!(awaiting[0].commit, Some("cafe".into()));
    assert_eq!(awaiting[0].found.as_str(), "serves in staging");
    // What served and was taken back does not await anything.
    deploy(&mut model, "d3", "4.12.0", 200, DeploymentState::Inactive);
    deploy(&mut model, "d4", "4.11.3", 300, DeploymentState::Success);
    assert!(model.awaiting().is_empty());
}

#[test]
fn facts_propose_and_never_override_a_person() {
    let mut model = company();
    model.apply(fact(0, Body::Release(release(100))), at(0));
    moves(
        &mut model,
        110,
        ReleaseState::Readiness,
        ReleaseState::GoNoGo,
    );
    assert_eq!(view(&model, 120).proposal, None);
    deploy(&mut model, "d3", "4.12.0", 130, DeploymentState::InProgress);
    let now = view(&model, 140);
    assert_eq!(now.state, ReleaseState::GoNoGo, "a person said so");
    let proposal = now.proposal.unwrap();
    assert_eq!(
        (proposal.state, proposal.follows),
        (ReleaseState::Rolling, true)
    );
    assert_eq!(proposal.reason.as_str(), "checkout 4.12.0 is on its way");
    moves(&mut model, 150, ReleaseState::GoNoGo, ReleaseState::Rolling);
    assert_eq!(view(&model, 160).proposal, None);
    deploy(&mut model, "d3", "4.12.0", 170, DeploymentState::Success);
    let proposal = view(&model, 180).proposal.unwrap();
    assert_eq!(
        proposal.state,
        ReleaseState::Baking,
        "no bake is passed over"
    );
}

#[test]
fn the_order_in_which_events_arrive_does_not_matter() {
    let states = [
        (10, ReleaseState::Readiness, ReleaseState::GoNoGo),
        (20, ReleaseState::GoNoGo, ReleaseState::Held),
        (30, ReleaseState::Held, ReleaseState::GoNoGo),
    ];
    let fold = |order: [usize; 3]| {
        let mut model = company();
        for index in order {
            let (second, from, to) = states[index];
            moves(&mut model, second, from, to);
        }
        // The configuration may be read last.
        model.apply(fact(0, Body::Release(release(100))), at(0));
        model.course("train-47").cloned()
    };
    let expected = fold([0, 1, 2]);
    assert_eq!(expected.as_ref().unwrap().moves.len(), 3);
    assert_eq!(fold([2, 0, 1]), expected);
    assert_eq!(fold([1, 2, 0]), expected);
}

#[test]
fn each_join_says_why() {
    let mut model = company();
    model.apply(fact(0, Body::Release(release(5000))), at(0));
    let mut by_commit = run("r1", 50, RunState::Done(Conclusion::Success));
    by_commit.commit = "cafe".into();
    let other = run("r2", 60, RunState::Done(Conclusion::Success));
    let incident = |key: &str, second: i64| Incident {
        created: at(second),
        ..incident(key, IncidentStatus::Resolved)
    };
    let note = Note {
        id: "n1".into(),
        at: at(10),
        author: "ana".into(),
        lines: vec!["all agree".into()],
        links: vec![NoteLink::Release("train-47".into())],
        finished: true,
    };
    for body in [
        Body::Run(by_commit),
        Body::Run(other),
        Body::Incident(incident("i1", 5100)),
        Body::Incident(incident("i0", 900)),
        Body::Note(note),
    ] {
        model.apply(fact(6000, body), at(6000));
    }
    let joins = model.joins(model.release("train-47").unwrap(), at(6000));
    let seen: Vec<(&str, &str)> = joins
        .iter()
        .map(|join| (join.what.word(), join.reason.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("note", "written about this release"),
            ("run", "commit cafe"),
            ("deployment", "commit cafe"),
            ("incident", "checkout, triggered during the release"),
        ]
    );
}

#[test]
fn a_gate_that_nobody_can_tell_about_is_not_met() {
    let mut model = company();
    let gates = ["captain", "incidents", "pipelines", "magic"];
    let release = Release {
        gates: gates.map(Text::new).to_vec(),
        ..release(100)
    };
    model.apply(fact(0, Body::Release(release.clone())), at(0));
    let met = |model: &Model| -> Vec<Option<bool>> {
        model.gates(&release).iter().map(|gate| gate.met).collect()
    };
    assert_eq!(met(&model), [Some(true), None, None, None]);
    assert_eq!(model.unmet_gates(&release, ReleaseState::Rolling).len(), 3);
    assert!(model.unmet_gates(&release, ReleaseState::GoNoGo).is_empty());
    let mut failed = run("r1", 50, RunState::Done(Conclusion::Failure));
    failed.commit = "cafe".into();
    model.apply(fact(60, Body::Run(failed)), at(60));
    let open = incident("i1", IncidentStatus::Triggered);
    model.apply(fact(60, Body::Incidents(vec![open])), at(60));
    assert_eq!(met(&model), [Some(true), Some(false), Some(false), None]);
    // Nothing is open, by a list that is not read any more.
    model.apply(fact(70, Body::Incidents(Vec::new())), at(70));
    assert_eq!(met(&model)[1], Some(true));
    let away = Body::Health(Health {
        connection: Connection::Unreachable,
        detail: "it does not answer".into(),
        last_ok: None,
        next_try: None,
        budget: None,
        clock_skew_seconds: None,
    });
    model.apply(fact(80, away), at(80));
    assert_eq!(met(&model)[1], None);
}

#[test]
fn the_review_of_a_hotfix_waits_in_the_inbox_until_it_is_done() {
    let mut model = company();
    let event = |why: &str, change| ReleaseEvent {
        release: "fix-1".into(),
        by: "ana".into(),
        why: why.into(),
        change,
    };
    let plan = Box::new(Release {
        id: "fix-1".into(),
        name: "Fix".into(),
        declared: Some(ReleaseState::Draft),
        review_due: Some(at(500)),
        ..release(100)
    });
    let mut tell = |second: i64, event: ReleaseEvent| {
        let at = at(second);
        model.apply(fact(second, Body::ReleaseEvent { at, event }), at);
        let reviews = |need: &&Need| matches!(need.kind, NeedKind::Review(_));
        model.inbox(self::at(second)).iter().filter(reviews).count()
    };
    assert_eq!(tell(10, event("", ReleaseChange::Opened { plan })), 0);
    let moved = ReleaseChange::Moved {
        from: ReleaseState::Draft,
        to: ReleaseState::Scrubbed,
        unmet: Vec::new(),
    };
    assert_eq!(tell(20, event("it mended itself", moved)), 1);
    assert_eq!(tell(30, event("in the wiki", ReleaseChange::Reviewed)), 0);
}
