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

#[test]
fn what_has_the_digest_belongs_to_it_whatever_its_version_is_called() {
    let mut model = company();
    let mut plan = release(5000);
    plan.items[0].digest = Some("sha256:0123456789abcdef0123".into());
    model.apply(fact(0, Body::Release(plan)), at(0));
    let mut other = deployment("d9", "build-77", 300, DeploymentState::Success);
    other.environment = "staging".into();
    other.commit = "0ther".into();
    other.digest = Some("sha256:0123456789abcdef0123".into());
    model.apply(fact(300, Body::Deployment(other)), at(300));
    let release = model.release("train-47").unwrap();
    let joins = model.joins(release, at(400));
    let found = joins.iter().find(|join| join.title.contains("build-77"));
    let reason = found.map(|join| join.reason.as_str());
    assert_eq!(reason, Some("digest sha256:0123456789ab"), "{joins:?}");
}

#[test]
fn one_item_that_was_taken_back_does_not_take_the_others_along() {
    let mut model = company();
    let mut plan = release(100);
    let mut search = plan.items[0].clone();
    search.service = "search".into();
    (search.from, search.to) = (Some("1.0.0".into()), "1.1.0".into());
    plan.items.push(search);
    model.apply(fact(0, Body::Release(plan)), at(0));
    moves(&mut model, 110, ReleaseState::GoNoGo, ReleaseState::Rolling);
    deploy(&mut model, "d3", "4.12.0", 130, DeploymentState::Success);
    for (key, version, second, state) in [
        ("s1", "1.0.0", 10, DeploymentState::Inactive),
        ("s2", "1.1.0", 140, DeploymentState::Inactive),
        ("s3", "1.0.0", 150, DeploymentState::Success),
    ] {
        let mut one = deployment(key, version, second, state);
        one.service = "search".into();
        model.apply(fact(second, Body::Deployment(one)), at(2000));
    }
    let now = view(&model, 200);
    assert!(now.items[1].rolled_back);
    let proposal = now.proposal.unwrap();
    assert_eq!(proposal.state, ReleaseState::Baking);
    assert_eq!(proposal.reason.as_str(), "all of it but search serves");
    let release = model.release("train-47").unwrap();
    let back = |index: usize| model.taken_back(release, &release.items[index], at(200));
    assert_eq!(back(0), None);
    assert_eq!(back(1), Some(&"1.0.0".into()));
    // A newer version is no way back.
    let mut newer = deployment("s4", "1.2.0", 160, DeploymentState::Success);
    newer.service = "search".into();
    model.apply(fact(160, Body::Deployment(newer)), at(2000));
    let release = model.release("train-47").unwrap();
    assert_eq!(model.taken_back(release, &release.items[1], at(200)), None);
}

#[test]
fn a_tag_that_was_built_awaits_release_and_another_branch_does_not() {
    let mut model = fold([fact(
        100,
        Body::Deployment(deployment("d1", "4.11.3", 0, DeploymentState::Success)),
    )]);
    let mut built = |key: &str, branch: &str, second: i64| {
        let mut run = run(key, second, RunState::Done(Conclusion::Success));
        run.commit = "cafe".into();
        run.branch = branch.into();
        run.version = Some("4.12.0".into());
        run.updated = at(second);
        model.apply(fact(second, Body::Run(run)), at(second));
        model.awaiting()
    };
    for branch in ["feature/basket", "release-14.12.0"] {
        assert!(built(branch, branch, 200).is_empty(), "{branch}");
    }
    let awaiting = built("r9", "v4.12.0", 300);
    let [one] = &awaiting[..] else {
        panic!("{awaiting:?}");
    };
    assert_eq!(one.to, "4.12.0".into());
    assert!(one.found.contains("of v4.12.0"), "{}", one.found);
}
