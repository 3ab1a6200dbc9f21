//! What the rules say, and that a refusal is a refusal.

use chrono::TimeDelta;
use proptest::prelude::*;

use crate::{
    domain::{
        Act, Connection, Deployment, DeploymentState, IncidentStatus, Intent, OperationId,
        OperationRecord, OperationState, Origin, SourceId, Text, Timestamp, Transition, Window,
        WindowKind,
    },
    integrations::contract::Integration,
    operation::{
        Draft, Situation, Strength, Verdict, check, intent, rule,
        testing::{Fake, Lie, acknowledge, checkout, incident},
    },
    store::journal::FactAge,
};

fn origin(key: &str) -> Origin {
    Origin::new(&SourceId::new("hub"), key)
}

fn id() -> OperationId {
    OperationId::new("0192-op")
}

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_763_800_000, 0).unwrap_or_default()
}

fn production() -> Situation {
    Situation {
        now: now(),
        production: true,
        type_name: true,
        ..Situation::default()
    }
}

fn on_approval(approve: bool) -> Intent {
    let (approval, run, environment_key) = (origin("a/1"), origin("run/7"), Text::new("42"));
    Intent {
        environment: Some("production".into()),
        act: if approve {
            Act::Approve {
                approval,
                run,
                environment_key,
            }
        } else {
            Act::Decline {
                approval,
                run,
                environment_key,
            }
        },
        ..acknowledge()
    }
}

fn roll_back() -> Intent {
    intent::roll_back(
        &checkout(),
        &"production".into(),
        &"4.12.0".into(),
        &"4.11.3".into(),
        &id(),
    )
    .unwrap()
}

fn freeze() -> Window {
    Window {
        id: origin("freeze"),
        kind: WindowKind::Freeze,
        title: "EU evening".into(),
        start: now() - TimeDelta::hours(1),
        end: now() + TimeDelta::hours(1),
        services: Vec::new(),
        detail: Text::default(),
        url: Text::default(),
    }
}

fn said(intent: &Intent, situation: &Situation, name: &str) -> Vec<Verdict> {
    rule::judge(&id(), intent, situation)
        .into_iter()
        .filter(|rule| rule.name.as_str() == name)
        .map(|rule| rule.verdict)
        .collect()
}

#[test]
fn a_freeze_asks_an_approval_for_its_reason_and_lets_a_rollback_pass() {
    let frozen = Situation {
        freezes: vec![freeze()],
        ..production()
    };
    assert_eq!(
        said(&on_approval(true), &frozen, "freeze"),
        [Verdict::NeedsReason]
    );
    assert_eq!(said(&roll_back(), &frozen, "freeze"), [Verdict::Pass]);
    assert_eq!(
        said(&on_approval(true), &production(), "freeze"),
        [Verdict::Pass]
    );
    let staging = Situation {
        production: false,
        ..frozen
    };
    assert!(said(&on_approval(true), &staging, "freeze").is_empty());
}

#[test]
fn trouble_warns_an_approval_and_speaks_for_a_rollback() {
    let trouble = Situation {
        canary_failing: Some("error rate 5.6×".into()),
        incidents: vec![incident(IncidentStatus::Triggered)],
        ..production()
    };
    for rule in ["canary", "incident"] {
        assert_eq!(said(&on_approval(true), &trouble, rule), [Verdict::Warn]);
        assert_eq!(said(&roll_back(), &trouble, rule), [Verdict::Pass]);
    }
}

#[test]
fn a_rollback_is_refused_unless_what_was_seen_still_serves() {
    for (serving, verdict) in [
        ("4.12.0", Verdict::Pass),
        ("4.11.3", Verdict::Refuse),
        ("4.13.0", Verdict::Refuse),
    ] {
        let situation = Situation {
            serving: Some(serving.into()),
            ..production()
        };
        assert_eq!(said(&roll_back(), &situation, "version"), [verdict]);
    }
}

#[test]
fn who_may_not_answer_is_told_who_may() {
    let situation = Situation {
        may_answer: Some(false),
        reviewers: vec!["bo".into(), "team/release".into()],
        ..production()
    };
    let rules = rule::judge(&id(), &on_approval(true), &situation);
    let refusing = rules
        .iter()
        .find(|rule| rule.verdict == Verdict::Refuse)
        .unwrap();
    assert!(refusing.sentence.contains("bo, team/release"));
}

#[test]
fn the_same_under_way_or_unknown_refuses_unless_it_is_that_one_sent_again() {
    let other = |state| OperationRecord {
        id: OperationId::new("another"),
        intent: roll_back(),
        actor: "bo@bridge".into(),
        summary: Text::default(),
        request: Text::default(),
        state,
        history: vec![Transition {
            at: now(),
            state,
            detail: Text::default(),
        }],
        again_of: None,
        again_as: None,
        looked: None,
    };
    for (state, verdicts) in [
        (OperationState::Confirmed, vec![Verdict::Refuse]),
        (OperationState::Sent, vec![Verdict::Refuse]),
        (OperationState::Accepted, vec![Verdict::Refuse]),
        (OperationState::Unknown, vec![Verdict::Refuse]),
        (OperationState::Observed, vec![]),
        (OperationState::Failed, vec![]),
    ] {
        let situation = Situation {
            operations: vec![other(state)],
            ..production()
        };
        assert_eq!(
            said(&roll_back(), &situation, "once"),
            verdicts,
            "{state:?}"
        );
        let again = Situation {
            again_of: Some(OperationId::new("another")),
            ..situation
        };
        let verdicts = if state == OperationState::Unknown {
            vec![Verdict::Warn]
        } else {
            verdicts
        };
        assert_eq!(said(&roll_back(), &again, "once"), verdicts, "{state:?}");
    }
}

#[test]
fn old_facts_and_a_bad_connection_are_said() {
    let fact = |seconds: Option<i64>| FactAge {
        what: "the approval".into(),
        observed: seconds.map(|seconds| now() - TimeDelta::seconds(seconds)),
    };
    let situation = Situation {
        facts: vec![fact(Some(3)), fact(Some(400)), fact(None)],
        connection: Some(Connection::Unreachable),
        ..production()
    };
    let intent = on_approval(true);
    assert_eq!(
        said(&intent, &situation, "freshness"),
        [Verdict::Pass, Verdict::Warn, Verdict::Warn]
    );
    assert_eq!(said(&intent, &situation, "connection"), [Verdict::Warn]);
}

#[test]
fn another_deployment_under_way_is_said() {
    let deployment = Deployment {
        id: origin("d/1"),
        service: "checkout".into(),
        environment: "production".into(),
        version: "4.13.0".into(),
        commit: Text::default(),
        state: DeploymentState::InProgress,
        creator: "bo".into(),
        created: now(),
        updated: now(),
        run: None,
        url: Text::default(),
    };
    let situation = Situation {
        deployments: vec![deployment],
        ..production()
    };
    assert_eq!(said(&roll_back(), &situation, "in flight"), [Verdict::Warn]);
}

#[test]
fn only_a_production_rollback_is_typed_and_only_when_configured_so() {
    let fake = Fake::new(Lie::Honest);
    let strength = |intent: Intent, situation: &Situation| {
        let draft = Draft {
            id: id(),
            intent,
            again_of: None,
            plan: None,
        };
        check(draft, Some(&*fake as &dyn Integration), situation)
            .unwrap()
            .strength()
            .clone()
    };
    let name = Strength::TypeName("checkout".to_owned());
    assert_eq!(strength(roll_back(), &production()), name);
    assert_eq!(strength(on_approval(true), &production()), Strength::Key);
    for situation in [
        Situation {
            production: false,
            ..production()
        },
        Situation {
            type_name: false,
            ..production()
        },
    ] {
        assert_eq!(strength(roll_back(), &situation), Strength::Key);
    }
    // A name that cannot be typed, or only looks like one, gives way to a code.
    let mut strange = roll_back();
    strange.service = Some("p\u{430}yments".into());
    let Strength::TypeName(code) = strength(strange, &production()) else {
        panic!("it has to be typed");
    };
    assert!(code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn what_the_integration_cannot_do_or_is_not_there_for_is_refused_in_words() {
    let fake = Fake::new(Lie::Honest);
    let cancel = Intent {
        act: Act::CancelRun {
            run: origin("run/7"),
            attempt: 1,
        },
        ..acknowledge()
    };
    let draft = Draft {
        id: id(),
        intent: cancel,
        again_of: None,
        plan: None,
    };
    let refusal = check(draft, Some(&*fake as &dyn Integration), &production()).unwrap_err();
    assert_eq!(refusal.sentence.as_str(), "the fake cannot cancel runs");
    let draft = Draft {
        id: id(),
        intent: acknowledge(),
        again_of: None,
        plan: None,
    };
    let refusal = check(draft, None, &production()).unwrap_err();
    assert!(refusal.sentence.contains("`hub`"), "{refusal}");
}

proptest! {
    #[test]
    fn a_refusing_rule_always_refuses_and_the_judgement_is_the_same_twice(
        read_only: bool,
        obstacle: bool,
        production: bool,
        may_answer in proptest::option::of(any::<bool>()),
        serving in proptest::option::of(prop::sample::select(vec!["4.12.0", "4.11.3", "5"])),
        which in 0..4,
    ) {
        let fake = Fake::new(Lie::Honest);
        let situation = Situation {
            now: now(),
            read_only,
            obstacle: obstacle.then(|| Text::new("the disk is full")),
            production,
            may_answer,
            serving: serving.map(Into::into),
            ..Situation::default()
        };
        let intent = match which {
            0 => on_approval(true),
            1 => on_approval(false),
            2 => roll_back(),
            _ => acknowledge(),
        };
        let rules = rule::judge(&id(), &intent, &situation);
        prop_assert_eq!(&rules, &rule::judge(&id(), &intent, &situation));
        let refused = rules.iter().any(|rule| rule.verdict == Verdict::Refuse);
        prop_assert!(refused || !(read_only || obstacle));
        let draft = Draft { id: id(), intent, again_of: None, plan: None };
        let checked = check(draft, Some(&*fake as &dyn Integration), &situation);
        prop_assert_eq!(checked.is_err(), refused);
    }
}
