use std::sync::Arc;

use chrono::{TimeDelta, TimeZone, Utc};

use super::*;
use crate::domain::{
    Body, Catalog, Comparison, Deployment, DeploymentState, Fact, Origin, Run, RunState,
    WatchedFiles, WorkflowRollback,
};

fn now() -> Timestamp {
    Utc.timestamp_opt(1_800_000_000, 0).unwrap()
}

fn hub() -> SourceId {
    SourceId::new("hub")
}

fn spec(name: &str, needs: &[&str]) -> ServiceSpec {
    ServiceSpec {
        name: name.into(),
        host: Some(hub()),
        repository: Some(Text::from(format!("larkspur/{name}"))),
        rollback: Some(RollbackSpec::Workflow(WorkflowRollback {
            workflow: "rollback.yml".into(),
            reference: "main".into(),
            inputs: [("version".into(), "{version}".into())].into(),
        })),
        incident_services: vec!["P1".into()],
        depends_on: needs.iter().map(|need| ServiceName::new(need)).collect(),
        files: WatchedFiles {
            migrations: vec!["migrations/**".into()],
            contract: vec!["**/*contract*".into()],
            configuration: Vec::new(),
        },
        ..ServiceSpec::default()
    }
}

fn deployed(service: &str, version: &str, hours: i64, state: DeploymentState) -> Body {
    let at = now() - TimeDelta::hours(hours);
    Body::Deployment(Deployment {
        id: Origin::new(&hub(), &format!("{service}/{version}")),
        service: service.into(),
        environment: "production".into(),
        version: version.into(),
        commit: Text::from(format!("commit-of-{service}-{version}")),
        digest: None,
        state,
        creator: "ana".into(),
        created: at,
        updated: at,
        run: Some(Origin::new(&hub(), &format!("run-of-{service}-{version}"))),
        url: Text::default(),
    })
}

fn compared(service: &str, base: &str, head: &str, files: &[&str]) -> Body {
    Body::Comparison(Comparison {
        service: service.into(),
        base: base.into(),
        head: head.into(),
        commits: Vec::new(),
        ahead: 0,
        behind: 0,
        files: files.iter().map(|file| Text::new(file)).collect(),
        pull_requests: Vec::new(),
    })
}

/// checkout needs search and billing; search came first, then checkout, then
/// billing, whose newest version took something away.
fn company(catalog: Vec<ServiceSpec>) -> Model {
    let mut model = Model::new(Arc::new(Catalog {
        services: catalog,
        ..Catalog::default()
    }));
    let facts = [
        deployed("search", "1.87.2", 90, DeploymentState::Inactive),
        deployed("search", "1.88.0", 9, DeploymentState::Success),
        deployed("checkout", "4.11.3", 80, DeploymentState::Inactive),
        deployed("checkout", "4.12.0", 8, DeploymentState::Success),
        deployed("billing", "2.3.0", 70, DeploymentState::Inactive),
        deployed("billing", "2.3.1", 7, DeploymentState::Success),
        Body::Incidents(Vec::new()),
        compared("checkout", "4.11.3", "4.12.0", &["src/a.rs"]),
        compared("search", "1.87.2", "1.88.0", &["src/b.rs"]),
        compared("billing", "2.3.0", "2.3.1", &["migrations/contract.sql"]),
    ];
    tell(&mut model, facts);
    model
}

fn tell(model: &mut Model, bodies: impl IntoIterator<Item = Body>) {
    for body in bodies {
        let fact = Fact {
            source: hub(),
            observed: now(),
            body,
        };
        model.apply(fact, now());
    }
}

fn three() -> Vec<ServiceSpec> {
    vec![
        spec("billing", &[]),
        spec("search", &[]),
        spec("checkout", &["search", "billing"]),
    ]
}

fn wish(service: &str, to: Option<&str>) -> Wish {
    Wish {
        service: service.into(),
        environment: "production".into(),
        to: to.map(Version::new),
    }
}

fn all() -> Vec<Wish> {
    ["billing", "search", "checkout"]
        .map(|service| wish(service, None))
        .to_vec()
}

fn states(plan: &RollbackPlan) -> Vec<(&str, StepState)> {
    plan.steps
        .iter()
        .map(|step| (step.service.as_str(), step.state))
        .collect()
}

#[test]
fn three_go_back_in_order_and_one_is_refused_for_its_migration() {
    let drafted = build(&company(three()), &all(), &[], now());
    assert_eq!(
        states(&drafted.plan),
        [
            ("checkout", StepState::Planned),
            ("billing", StepState::Refused),
            ("search", StepState::Planned),
        ]
    );
    let [checkout, billing, _] = &drafted.plan.steps[..] else {
        panic!("three steps");
    };
    assert_eq!(checkout.from.version, "4.12.0".into());
    assert_eq!(checkout.to.version, "4.11.3".into());
    assert_eq!(checkout.to.commit.as_str(), "commit-of-checkout-4.11.3");
    assert!(billing.detail.contains("fix forward"), "{}", billing.detail);
    assert_eq!(drafted.plan.name.as_str(), "checkout+1");
    assert!(drafted.questions.is_empty(), "{:?}", drafted.questions);
}

#[test]
fn what_is_needed_stays_while_somebody_who_needs_it_cannot_go() {
    // Now checkout is the one that took something away.
    let mut model = company(three());
    let contract = compared("checkout", "4.11.3", "4.12.0", &["migrations/contract.sql"]);
    let fact = Fact {
        source: hub(),
        observed: now() + TimeDelta::seconds(1),
        body: contract,
    };
    model.apply(fact, now() + TimeDelta::seconds(1));
    let drafted = build(&model, &all(), &[], now());
    // search 1.88.0 was there before checkout 4.12.0, which may use it.
    let search = drafted.plan.step_of(&"search".into()).unwrap();
    assert_eq!(search.state, StepState::Refused);
    assert!(
        search.detail.contains("checkout 4.12.0"),
        "{}",
        search.detail
    );
    assert_eq!(drafted.plan.name.as_str(), "");
    // Without search's newer dependent in the plan it is a warning only.
    let alone = build(&model, &[wish("search", None)], &[], now());
    let search = &alone.plan.steps[0];
    assert_eq!(search.state, StepState::Planned);
    assert!(
        search
            .objections()
            .iter()
            .any(|guard| guard.name.as_str() == "dependents"),
        "{:?}",
        search.guards
    );
    assert_eq!(alone.plan.name.as_str(), "search");
}

#[test]
fn what_is_not_loaded_is_asked_for_once_and_a_miss_is_said() {
    let mut model = company(three());
    tell(
        &mut model,
        [deployed("search", "1.86.0", 95, DeploymentState::Inactive)],
    );
    let wishes = [wish("search", Some("1.86.0"))];
    let drafted = build(&model, &wishes, &[], now());
    let [(source, question)] = &drafted.questions[..] else {
        panic!("{:?}", drafted.questions);
    };
    assert_eq!(source, &hub());
    let misses = [(question.clone(), Text::new("502 Bad Gateway"))];
    let drafted = build(&model, &wishes, &misses, now());
    assert!(drafted.questions.is_empty());
    let schema = drafted.plan.steps[0]
        .guards
        .iter()
        .find(|guard| guard.name.as_str() == "schema")
        .unwrap();
    assert_eq!(schema.verdict, GuardVerdict::NotKnown);
    assert!(schema.sentence.contains("502"), "{}", schema.sentence);
}

#[test]
fn what_is_there_already_needs_nothing() {
    let wishes = [wish("search", Some("1.88.0")), wish("checkout", None)];
    let drafted = build(&company(three()), &wishes, &[], now());
    assert_eq!(
        states(&drafted.plan),
        [
            ("checkout", StepState::Planned),
            ("search", StepState::Skipped),
        ]
    );
    assert_eq!(drafted.plan.name.as_str(), "checkout");
}

#[test]
fn a_version_that_never_served_is_no_target() {
    let drafted = build(
        &company(three()),
        &[wish("search", Some("9.9.9"))],
        &[],
        now(),
    );
    let step = &drafted.plan.steps[0];
    assert_eq!(step.state, StepState::Refused);
    assert!(step.detail.contains("never served"), "{}", step.detail);
    let nowhere = Wish {
        environment: "moon".into(),
        ..wish("search", None)
    };
    let drafted = build(&company(three()), &[nowhere], &[], now());
    assert!(drafted.plan.steps[0].detail.contains("not known"));
}

#[test]
fn the_target_that_nobody_names_is_the_newest_good_one() {
    let mut model = company(three());
    // 1.87.9 was taken back to 1.87.2.
    tell(
        &mut model,
        [
            deployed("search", "1.87.9", 60, DeploymentState::Inactive),
            Body::Deployment(Deployment {
                id: Origin::new(&hub(), "search/back"),
                ..match deployed("search", "1.87.2", 50, DeploymentState::Inactive) {
                    Body::Deployment(deployment) => deployment,
                    _ => unreachable!(),
                }
            }),
        ],
    );
    let place = (&"search".into(), &"production".into());
    assert_eq!(choose(&model, place, now()), Some("1.87.2".into()));
    tell(
        &mut model,
        [deployed("search", "1.88.1", 1, DeploymentState::Success)],
    );
    // 1.88.0 served for hours without a word against it.
    assert_eq!(choose(&model, place, now()), Some("1.88.0".into()));
}

#[test]
fn a_service_without_a_way_back_says_so() {
    let mut services = three();
    services[1].rollback = None;
    let drafted = build(&company(services), &[wish("search", None)], &[], now());
    let step = &drafted.plan.steps[0];
    assert_eq!(step.state, StepState::Refused);
    assert!(step.detail.contains("services.rollback"), "{}", step.detail);
    let spec = spec("search", &[]);
    assert!(go_back(&spec, step, &OperationId::default()).is_err());
}

#[test]
fn a_rerun_takes_the_run_of_the_same_code() {
    let mut services = three();
    services[1].rollback = Some(RollbackSpec::Rerun);
    let spec = services[1].clone();
    let mut model = company(services);
    let wishes = [wish("search", None)];
    let drafted = build(&model, &wishes, &[], now());
    let run = Origin::new(&hub(), "run-of-search-1.87.2");
    assert!(
        drafted
            .questions
            .iter()
            .any(|(_, question)| question == &Query::Run(run.clone())),
        "{:?}",
        drafted.questions
    );
    let step = &drafted.plan.steps[0];
    let unread = go_back(&spec, step, &OperationId::default()).unwrap_err();
    assert!(unread.message.contains("not read yet"), "{unread}");
    let known = |commit: &str| {
        Body::Run(Run {
            id: run.clone(),
            service: "search".into(),
            number: 88,
            attempt: 2,
            workflow: "Release".into(),
            title: "Ship it".into(),
            branch: "v1.87.2".into(),
            commit: commit.into(),
            version: None,
            environment: None,
            event: "push".into(),
            actor: "ana".into(),
            state: RunState::Done(crate::domain::Conclusion::Success),
            created: now() - TimeDelta::hours(90),
            started: None,
            updated: now() - TimeDelta::hours(90),
            url: Text::default(),
        })
    };
    tell(&mut model, [known("commit-of-search-1.87.2")]);
    let drafted = build(&model, &wishes, &[], now());
    let step = &drafted.plan.steps[0];
    assert_eq!(step.state, StepState::Planned);
    let intent = go_back(&spec, step, &OperationId::default()).unwrap();
    let crate::domain::Act::RollBackByRerun {
        attempt, commit, ..
    } = intent.act
    else {
        panic!("{intent:?}");
    };
    assert_eq!((attempt, commit.as_str()), (2, "commit-of-search-1.87.2"));
    // A run of other code only brought it back: it is none to run again.
    let mut model = company(vec![spec]);
    tell(&mut model, [known("another-commit")]);
    let drafted = build(&model, &wishes, &[], now());
    assert!(matches!(
        drafted.plan.steps[0].mechanism,
        Mechanism::Missing { .. }
    ));
}
