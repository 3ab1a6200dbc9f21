//! What the rules say, and that a refusal is a refusal.

use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;

use crate::{
    domain::{
        Act, Commit, Comparison, Connection, Demand, Deployment, DeploymentState, Grant,
        IncidentStatus, Intent, OperationId, OperationRecord, OperationState, Origin,
        PolicySettings, RiskLevel, SourceId, Team, Text, Timestamp, Transition, Window, WindowKind,
    },
    integrations::contract::Integration,
    operation::{
        Actor, ChangeSeen, Checked, Draft, Refusal, Rule, Situation, Strength, Verdict, check,
        intent,
        policy::CanaryWord,
        rule,
        testing::{Fake, Lie, acknowledge, checkout, incident, policy},
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

/// Production, with somebody else's small change.
fn production() -> Situation {
    Situation {
        now: now(),
        production: true,
        requested_by: Some("chen".into()),
        change: ChangeSeen::Known(Box::new(change("bo", "src/rank.rs"))),
        ..Situation::default()
    }
}

fn change(author: &str, file: &str) -> Comparison {
    Comparison {
        service: "checkout".into(),
        base: "1".into(),
        head: "2".into(),
        commits: vec![Commit {
            sha: "abc".into(),
            title: "Rank by freshness".into(),
            author: author.into(),
            at: now(),
        }],
        ahead: 1,
        behind: 0,
        files: vec![file.into()],
        pull_requests: Vec::new(),
    }
}

fn ana() -> Actor {
    Actor {
        login: "ana".into(),
        host: "bridge".into(),
        ssh_client: None,
    }
}

/// A situation in which the vendor told who the person is.
fn known(situation: Situation) -> Situation {
    Situation {
        vendor_names: vec!["ana-larkspur".into()],
        ..situation
    }
}

fn decide(intent: &Intent, situation: &Situation) -> Result<Checked, Box<Refusal>> {
    let fake = Fake::new(Lie::Honest);
    let draft = Draft {
        id: id(),
        intent: intent.clone(),
        again_of: None,
        plan: None,
    };
    let integration = Some(&*fake as &dyn Integration);
    check(draft, integration, situation, Ok(&policy()), &ana())
}

fn rules(intent: &Intent, situation: &Situation) -> Vec<Rule> {
    match decide(intent, situation) {
        Ok(checked) => checked.rules().to_vec(),
        Err(refusal) => refusal.rules,
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
                grants: Grant::Deploys,
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
    rules(intent, situation)
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
fn trouble_stands_in_the_way_of_an_approval_and_speaks_for_a_rollback() {
    let trouble = Situation {
        canary: (CanaryWord::Failing, "error rate 5.6×".into()),
        incidents: vec![incident(IncidentStatus::Triggered)],
        ..production()
    };
    for (rule, verdict) in [
        ("canary", Verdict::Refuse),
        ("incident", Verdict::NeedsReason),
    ] {
        assert_eq!(said(&on_approval(true), &trouble, rule), [verdict]);
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
    let rules = rules(&on_approval(true), &situation);
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
fn old_facts_do_not_pass_and_a_bad_connection_is_said() {
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
        [Verdict::Refuse, Verdict::Refuse, Verdict::Pass]
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
        digest: None,
        state: DeploymentState::InProgress,
        creator: "bo".into(),
        created: now(),
        updated: now(),
        run: None,
        url: Text::default(),
    };
    let situation = Situation {
        deployments: vec![deployment.clone()],
        ..production()
    };
    assert_eq!(
        said(&roll_back(), &situation, "in flight"),
        [Verdict::NeedsReason]
    );
    // The one that is taken back is no other.
    let situation = Situation {
        deployments: vec![Deployment {
            version: "4.12.0".into(),
            ..deployment
        }],
        ..production()
    };
    assert_eq!(said(&roll_back(), &situation, "in flight"), [Verdict::Warn]);
}

/// A team that wants this from the policy.
fn team(policy: PolicySettings) -> Arc<Team> {
    Arc::new(Team {
        policy,
        ..Team::default()
    })
}

#[test]
fn a_production_rollback_is_typed_unless_it_is_configured_otherwise() {
    let strength = |intent: Intent, situation: Situation| {
        decide(&intent, &known(situation))
            .unwrap()
            .strength()
            .clone()
    };
    let confirm = |how| Situation {
        team: team(PolicySettings {
            confirm: [("production".into(), how)].into(),
            ..PolicySettings::default()
        }),
        ..production()
    };
    let name = Strength::TypeName("checkout".to_owned());
    assert_eq!(strength(roll_back(), production()), name);
    assert_eq!(strength(on_approval(true), production()), Strength::Key);
    let staging = Situation {
        production: false,
        ..production()
    };
    assert_eq!(strength(roll_back(), staging), Strength::Key);
    for (how, expected) in [
        (Demand::Allow, Strength::Key),
        (Demand::NeedsHold, Strength::Hold),
        (Demand::NeedsTyping, name),
    ] {
        assert_eq!(strength(roll_back(), confirm(how)), expected);
        assert_eq!(strength(on_approval(true), confirm(how)), expected);
    }
    let second = decide(&roll_back(), &confirm(Demand::NeedsSecondPerson)).unwrap();
    assert!(second.needs_second_person());
    // A name that cannot be typed, or only looks like one, gives way to a code.
    let mut strange = roll_back();
    strange.service = Some("p\u{430}yments".into());
    let Strength::TypeName(code) = strength(strange, production()) else {
        panic!("it has to be typed");
    };
    assert!(code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn ones_own_change_takes_another_person() {
    let own = |author: &str| {
        known(Situation {
            change: ChangeSeen::Known(Box::new(change(author, "src/rank.rs"))),
            ..production()
        })
    };
    assert!(
        !decide(&on_approval(true), &own("bo"))
            .unwrap()
            .needs_second_person()
    );
    for author in ["ana", "Ana-Larkspur"] {
        let checked = decide(&on_approval(true), &own(author)).unwrap();
        assert!(checked.needs_second_person(), "{author}");
    }
    // The names of [people] count as well.
    let people = Situation {
        team: Arc::new(Team {
            people: vec![crate::domain::Person {
                name: "ana".into(),
                names: vec!["Ana A. Larkspur".into()],
                groups: Vec::new(),
            }],
            ..Team::default()
        }),
        ..own("Ana A. Larkspur")
    };
    assert!(
        decide(&on_approval(true), &people)
            .unwrap()
            .needs_second_person()
    );
    // Nobody told who wrote it, or who the person is.
    for unknown in [
        Situation {
            change: ChangeSeen::Unknown("the host is away".into()),
            ..own("bo")
        },
        Situation {
            requested_by: None,
            ..own("bo")
        },
        Situation {
            vendor_names: Vec::new(),
            ..own("bo")
        },
    ] {
        let checked = decide(&on_approval(true), &unknown).unwrap();
        assert!(checked.needs_second_person());
    }
}

#[test]
fn the_risk_is_weighed_said_and_kept_with_the_policy() {
    let situation = known(Situation {
        change: ChangeSeen::Known(Box::new(change("bo", "db/migrations/0042_orders.sql"))),
        tier: Some(0),
        went_wrong: vec![true, false, false],
        ..production()
    });
    let checked = decide(&on_approval(true), &situation).unwrap();
    let risk = checked.risk().unwrap();
    assert_eq!(risk.level, RiskLevel::High, "{risk:?}");
    assert!(risk.reasons[0].contains("db/migrations/0042_orders.sql"));
    assert!(checked.needs_second_person());
    let row = checked
        .rules()
        .iter()
        .find(|rule| rule.name.as_str() == "risk")
        .unwrap();
    assert!(row.sentence.starts_with("risk is high: migrations touched"));
    assert_eq!(checked.policy(), Some(policy().record()));
    assert!(decide(&acknowledge(), &situation).unwrap().risk().is_none());
    // What changes is not known: medium, and it says so.
    let unknown = Situation {
        change: ChangeSeen::Unknown("the host is away".into()),
        tier: None,
        went_wrong: Vec::new(),
        ..situation
    };
    let checked = decide(&roll_back(), &unknown).unwrap();
    assert_eq!(checked.risk().unwrap().level, RiskLevel::Medium);
    assert_eq!(
        checked.risk().unwrap().reasons[0].as_str(),
        "what changes is not known"
    );
}

#[test]
fn the_record_tells_the_target_before_and_after() {
    let situation = Situation {
        serving: Some("4.12.0".into()),
        target: Some("4.12.1".into()),
        ..known(production())
    };
    let checked = decide(&on_approval(true), &situation).unwrap();
    assert_eq!(
        checked.before().as_str(),
        "production serves checkout 4.12.0; run run/7 waits for a yes"
    );
    assert_eq!(
        checked.after().as_str(),
        "production serves checkout 4.12.1"
    );
    let checked = decide(&roll_back(), &situation).unwrap();
    assert_eq!(
        checked.before().as_str(),
        "production serves checkout 4.12.0"
    );
    assert_eq!(
        checked.after().as_str(),
        "production serves checkout 4.11.3"
    );
}

#[test]
fn under_a_policy_that_cannot_be_read_nothing_is_done() {
    let fake = Fake::new(Lie::Honest);
    let error = crate::error::Error::new(crate::error::Kind::Usage, "freeze.rego:3: it is odd");
    let draft = Draft {
        id: id(),
        intent: acknowledge(),
        again_of: None,
        plan: None,
    };
    let integration = Some(&*fake as &dyn Integration);
    let refusal = check(draft, integration, &production(), Err(&error), &ana()).unwrap_err();
    assert!(refusal.sentence.contains("freeze.rego:3"), "{refusal}");
    assert!(
        refusal
            .rules
            .iter()
            .any(|rule| rule.name.as_str() == "policy" && rule.verdict == Verdict::Refuse)
    );
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
    let integration = Some(&*fake as &dyn Integration);
    let refusal = check(draft, integration, &production(), Ok(&policy()), &ana()).unwrap_err();
    assert_eq!(refusal.sentence.as_str(), "the fake cannot cancel runs");
    let draft = Draft {
        id: id(),
        intent: acknowledge(),
        again_of: None,
        plan: None,
    };
    let refusal = check(draft, None, &production(), Ok(&policy()), &ana()).unwrap_err();
    assert!(refusal.sentence.contains("`hub`"), "{refusal}");
}

proptest! {
    #[test]
    fn a_refusing_rule_always_refuses_and_the_judgement_is_the_same_twice(
        read_only: bool,
        obstacle: bool,
        production: bool,
        failing: bool,
        age in proptest::option::of(0i64..1_000),
        may_answer in proptest::option::of(any::<bool>()),
        serving in proptest::option::of(prop::sample::select(vec!["4.12.0", "4.11.3", "5"])),
        which in 0..4,
    ) {
        let situation = Situation {
            now: now(),
            read_only,
            obstacle: obstacle.then(|| Text::new("the disk is full")),
            production,
            may_answer,
            canary: (if failing { CanaryWord::Failing } else { CanaryWord::None }, Text::default()),
            facts: vec![FactAge {
                what: "it".into(),
                observed: age.map(|age| now() - TimeDelta::seconds(age)),
            }],
            serving: serving.map(Into::into),
            ..Situation::default()
        };
        let intent = match which {
            0 => on_approval(true),
            1 => on_approval(false),
            2 => roll_back(),
            _ => acknowledge(),
        };
        let said = rules(&intent, &situation);
        prop_assert_eq!(&said, &rules(&intent, &situation));
        let refused = said.iter().any(Rule::stops);
        prop_assert!(refused || !(read_only || obstacle));
        prop_assert!(refused || age.is_some_and(|age| age <= 300));
        prop_assert!(refused || !(failing && which == 0));
        prop_assert_eq!(decide(&intent, &situation).is_err(), refused);
        // The house's own rules come first and are never fewer.
        let house = rule::judge(&id(), &intent, &situation);
        prop_assert_eq!(&said[..house.len()], &house[..]);
    }
}
