//! A release day at a fixed instant, as facts: fourteen services, a canary that
//! fails at 25 %, an incident, three approvals, operations in several states.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tminus::{
    domain::{
        Alert, AlertState, Body, CanarySpec, Catalog, Connection, Deployment, DeploymentState,
        EnvironmentSpec, Fact, Health, OnCall, Origin, Release, ReleaseItem, ReleaseKind,
        ServiceName, ServiceSpec, SourceId, Text, Timestamp, Window, WindowKind,
    },
    model::Model,
};

#[path = "fixture/canary.rs"]
mod canary;
#[path = "fixture/people.rs"]
pub mod people;
#[path = "fixture/pipelines.rs"]
mod pipelines;

/// The instant of every picture: Thursday, 14:14:32 UTC.
pub fn now() -> Timestamp {
    at("2026-11-19T14:14:32Z")
}

pub fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text)
        .expect("an instant")
        .with_timezone(&Utc)
}

pub fn ago(minutes: i64, seconds: i64) -> Timestamp {
    now() - TimeDelta::seconds(minutes * 60 + seconds)
}

pub fn github() -> SourceId {
    SourceId::new("github")
}

pub fn pager() -> SourceId {
    SourceId::new("pagerduty")
}

pub fn meter() -> SourceId {
    SourceId::new("prometheus")
}

/// Name, tier, version in staging, version in production, days it has served.
const SERVICES: [(&str, u8, &str, &str, i64); 14] = [
    ("checkout", 0, "4.12.0", "4.11.3", 6),
    ("search", 1, "1.88.0", "1.87.2", 3),
    ("billing", 0, "2.3.1", "2.3.0", 8),
    ("catalog", 1, "7.40.2", "7.40.2", 1),
    ("cart", 0, "3.9.0", "3.8.4", 11),
    ("accounts", 0, "5.1.7", "5.1.7", 2),
    ("notifications", 2, "1.14.0", "1.13.9", 20),
    ("shipping", 1, "2.20.1", "2.20.0", 5),
    ("inventory", 1, "6.6.0", "6.5.12", 9),
    ("recommendations", 2, "0.31.0", "0.30.4", 4),
    ("gateway", 0, "11.2.0", "11.2.0", 13),
    ("pricing", 1, "3.3.3", "3.3.2", 2),
    ("reviews", 2, "1.2.9", "1.2.8", 30),
    ("media", 2, "4.0.1", "4.0.1", 1),
];

fn catalog() -> Catalog {
    let services = SERVICES.iter().map(|(name, tier, ..)| ServiceSpec {
        name: ServiceName::new(name),
        tier: Some(*tier),
        host: Some(github()),
        repository: Some(Text::new(&format!("larkspur/{name}"))),
        canary: (*name == "checkout").then(|| CanarySpec {
            source: meter(),
            environment: "production".into(),
            weight_query: Text::new("weight"),
            steps: vec![5.0, 25.0, 50.0, 75.0, 100.0],
            bake_seconds: 600,
            alpha: 0.05,
            count_seconds: 60,
            metrics: Vec::new(),
        }),
        ..ServiceSpec::default()
    });
    let environment = |name: &str, production| EnvironmentSpec {
        name: name.into(),
        production,
    };
    Catalog {
        services: services.collect(),
        environments: vec![
            environment("dev", false),
            environment("staging", false),
            environment("production", true),
        ],
        releases: releases(),
        windows: windows(),
        ..Catalog::default()
    }
}

fn releases() -> Vec<Release> {
    let item = |service: &str, from: &str, to: &str| ReleaseItem {
        service: service.into(),
        environment: "production".into(),
        from: Some(from.into()),
        to: to.into(),
        ..ReleaseItem::default()
    };
    vec![
        Release {
            id: Text::new("train-47"),
            name: Text::new("train-47"),
            kind: ReleaseKind::Train,
            captain: Some(Text::new("ana")),
            items: vec![
                item("checkout", "4.11.3", "4.12.0"),
                item("search", "1.87.2", "1.88.0"),
                item("billing", "2.3.0", "2.3.1"),
                item("catalog", "7.40.1", "7.40.2"),
                item("pricing", "3.3.2", "3.3.3"),
            ],
            start: Some(at("2026-11-19T14:00:00Z")),
            end: Some(at("2026-11-19T17:00:00Z")),
            plan: vec![
                Text::new("catalog first, then billing; checkout by canary"),
                Text::new("stop at 17:00 whatever is left"),
            ],
            ..Release::default()
        },
        Release {
            id: Text::new("payments-2.9"),
            name: Text::new("payments 2.9"),
            kind: ReleaseKind::Regular,
            captain: None,
            items: vec![item("billing", "2.3.1", "2.9.0")],
            start: Some(at("2026-11-19T17:30:00Z")),
            end: Some(at("2026-11-19T18:25:00Z")),
            ..Release::default()
        },
    ]
}

fn windows() -> Vec<Window> {
    let window = |key: &str, kind, title: &str, start: &str, end: &str, detail: &str| Window {
        id: Origin::new(&SourceId::new("config"), key),
        kind,
        title: Text::new(title),
        start: at(start),
        end: at(end),
        services: Vec::new(),
        detail: Text::new(detail),
        url: Text::default(),
    };
    vec![
        window(
            "freeze-evening",
            WindowKind::Freeze,
            "EU evening",
            "2026-11-19T18:00:00Z",
            "2026-11-20T06:00:00Z",
            "shoppers are awake",
        ),
        window(
            "change-thursday",
            WindowKind::Change,
            "Thursday window",
            "2026-11-19T13:00:00Z",
            "2026-11-19T17:00:00Z",
            "",
        ),
        window(
            "freeze-weekend",
            WindowKind::Freeze,
            "weekend",
            "2026-11-20T16:00:00Z",
            "2026-11-23T06:00:00Z",
            "",
        ),
        window(
            "black-friday",
            WindowKind::Freeze,
            "Black Friday",
            "2026-11-26T00:00:00Z",
            "2026-12-01T06:00:00Z",
            "no change without the VP",
        ),
    ]
}

/// The model of the day.
pub fn model() -> Model {
    let mut model = before();
    for fact in facts() {
        model.apply(fact, now());
    }
    model
}

/// The model before any fact of the day was heard.
pub fn before() -> Model {
    Model::new(Arc::new(catalog()))
}

fn fact(source: SourceId, seconds: i64, body: Body) -> Fact {
    Fact {
        source,
        observed: ago(0, seconds),
        body,
    }
}

/// All that is heard of the day.
pub fn facts() -> Vec<Fact> {
    let mut facts = Vec::new();
    for source in [github(), pager(), meter()] {
        let health = health(Connection::Ok, 4);
        facts.push(fact(source, 4, Body::Health(health)));
    }
    facts.extend(deployments());
    facts.extend(pipelines::runs());
    facts.push(fact(
        github(),
        6,
        Body::Approvals {
            scope: Text::new("all"),
            items: pipelines::approvals(),
        },
    ));
    facts.push(fact(meter(), 12, Body::Canary(canary::reading())));
    facts.push(fact(meter(), 12, Body::Alerts(alerts())));
    facts.push(fact(pager(), 5, Body::OnCall(on_call())));
    facts.extend(people::facts());
    facts
}

pub fn health(connection: Connection, seconds: i64) -> Health {
    Health {
        connection,
        detail: Text::default(),
        last_ok: Some(ago(0, seconds)),
        next_try: None,
        budget: None,
        clock_skew_seconds: None,
    }
}

fn alerts() -> Vec<Alert> {
    vec![Alert {
        name: Text::new("CheckoutErrorBudgetBurn"),
        service: Some("checkout".into()),
        state: AlertState::Firing,
        summary: Text::new("error budget of checkout burns 14 times too fast"),
        severity: Text::new("page"),
        since: at("2026-11-19T14:11:40Z"),
    }]
}

fn on_call() -> Vec<OnCall> {
    let duty = |person: &str, level| OnCall {
        person: Text::new(person),
        duty: Text::new("shop"),
        level,
        until: Some(at("2026-11-20T08:00:00Z")),
    };
    vec![duty("mira", 1), duty("deniz", 2)]
}

fn deployments() -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |service: &str, environment: &str, version: &str, state, when: Timestamp| {
        let key = format!("{service}/deployments/{environment}/{version}");
        let deployment = Deployment {
            id: Origin::new(&github(), &key),
            service: service.into(),
            environment: environment.into(),
            version: version.into(),
            commit: Text::new("9f3c1e2ab4d5e6f70819a2b3c4d5e6f708192a3b"),
            digest: None,
            state,
            creator: Text::new("release-bot"),
            created: when - TimeDelta::minutes(4),
            updated: when,
            run: None,
            url: Text::default(),
        };
        facts.push(fact(github(), 8, Body::Deployment(deployment)));
    };
    for (at, (name, _, staging, production, days)) in SERVICES.iter().enumerate() {
        let hours = i64::try_from(at).expect("small");
        add(
            name,
            "dev",
            &format!("{staging}-rc{}", at % 3 + 1),
            DeploymentState::Success,
            ago(hours * 17 + 9, 0),
        );
        add(
            name,
            "staging",
            staging,
            DeploymentState::Success,
            ago(60 * hours + 130, 0),
        );
        add(
            name,
            "production",
            production,
            DeploymentState::Success,
            ago(days * 1440 + 31, 0),
        );
    }
    let old = DeploymentState::Inactive;
    add(
        "checkout",
        "production",
        "4.11.2",
        old.clone(),
        ago(20 * 1440, 0),
    );
    add("checkout", "production", "4.10.7", old, ago(41 * 1440, 0));
    add(
        "catalog",
        "production",
        "7.40.2",
        DeploymentState::Success,
        ago(9, 12),
    );
    add(
        "checkout",
        "production",
        "4.12.0",
        DeploymentState::InProgress,
        ago(12, 2),
    );
    add(
        "billing",
        "production",
        "2.3.1",
        DeploymentState::Waiting,
        ago(11, 0),
    );
    facts
}
