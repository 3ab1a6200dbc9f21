//! A release day at a fixed instant, as facts: fourteen services, a canary that
//! fails at 25 %, an incident, three approvals, operations in several states.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tminus::{
    domain::{
        Alert, AlertState, Approval, Body, CanaryReading, CanarySpec, Catalog, Conclusion,
        Connection, Deployment, DeploymentState, Direction, EnvironmentSpec, Fact, Health, Job,
        MetricReading, OnCall, Origin, Release, ReleaseItem, ReleaseKind, Run, RunState, Sample,
        Series, ServiceName, ServiceSpec, SourceId, Step, Text, Threshold, Timestamp, Unit, Window,
        WindowKind,
    },
    model::Model,
};

#[path = "fixture/people.rs"]
mod people;

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
        path: None,
        rollback: None,
        incident_services: Vec::new(),
        canary: (*name == "checkout").then(|| CanarySpec {
            source: meter(),
            environment: "production".into(),
            weight_query: Text::new("weight"),
            steps: vec![5.0, 25.0, 50.0, 75.0, 100.0],
            bake_seconds: 600,
            metrics: Vec::new(),
        }),
        depends_on: Vec::new(),
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
    }
}

fn releases() -> Vec<Release> {
    let item = |service: &str, from: &str, to: &str| ReleaseItem {
        service: service.into(),
        environment: "production".into(),
        from: Some(from.into()),
        to: to.into(),
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
            declared: None,
            plan: vec![
                Text::new("catalog first, then billing; checkout by canary"),
                Text::new("stop at 17:00 whatever is left"),
            ],
        },
        Release {
            id: Text::new("payments-2.9"),
            name: Text::new("payments 2.9"),
            kind: ReleaseKind::Regular,
            captain: None,
            items: vec![item("billing", "2.3.1", "2.9.0")],
            start: Some(at("2026-11-19T17:30:00Z")),
            end: Some(at("2026-11-19T18:25:00Z")),
            declared: None,
            plan: Vec::new(),
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
    let mut model = Model::new(Arc::new(catalog()));
    for fact in facts() {
        model.apply(fact, now());
    }
    model
}

fn fact(source: SourceId, seconds: i64, body: Body) -> Fact {
    Fact {
        source,
        observed: ago(0, seconds),
        body,
    }
}

fn facts() -> Vec<Fact> {
    let mut facts = Vec::new();
    for source in [github(), pager(), meter()] {
        let health = health(Connection::Ok, 4);
        facts.push(fact(source, 4, Body::Health(health)));
    }
    facts.extend(deployments());
    facts.extend(runs());
    facts.push(fact(
        github(),
        6,
        Body::Approvals {
            scope: Text::new("all"),
            items: approvals(),
        },
    ));
    facts.push(fact(meter(), 12, Body::Canary(canary())));
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

struct Draft<'a> {
    service: &'a str,
    number: u64,
    workflow: &'a str,
    branch: &'a str,
    actor: &'a str,
    title: &'a str,
    state: RunState,
    started: Timestamp,
    took: i64,
}

fn run(draft: &Draft<'_>) -> Run {
    let Draft {
        service, number, ..
    } = draft;
    let started = draft.started;
    Run {
        id: Origin::new(&github(), &format!("larkspur/{service}/runs/{number}")),
        service: (*service).into(),
        number: *number,
        attempt: 1,
        workflow: Text::new(draft.workflow),
        title: Text::new(draft.title),
        branch: Text::new(draft.branch),
        commit: Text::new("9f3c1e2ab4d5e6f70819a2b3c4d5e6f708192a3b"),
        version: None,
        environment: None,
        event: Text::new("push"),
        actor: Text::new(draft.actor),
        state: draft.state.clone(),
        created: started - TimeDelta::seconds(12),
        started: (draft.state != RunState::Queued).then_some(started),
        updated: started + TimeDelta::seconds(draft.took),
        url: Text::new("https://github.example/run"),
    }
}

fn runs() -> Vec<Fact> {
    let failed = RunState::Done(Conclusion::Failure);
    let ok = RunState::Done(Conclusion::Success);
    let mut drafts = vec![
        (
            "search",
            1203,
            "ci",
            "main",
            "deniz",
            "Rank by freshness",
            failed,
            ago(8, 5),
            485,
        ),
        (
            "checkout",
            8841,
            "release",
            "v4.12.0",
            "ana",
            "Release 4.12.0",
            RunState::Running,
            ago(12, 40),
            0,
        ),
        (
            "billing",
            991,
            "release",
            "v2.3.1",
            "release-bot",
            "Release 2.3.1",
            RunState::Waiting,
            ago(11, 30),
            0,
        ),
        (
            "search",
            1201,
            "release",
            "v1.88.0",
            "release-bot",
            "Release 1.88.0",
            RunState::Waiting,
            ago(9, 0),
            0,
        ),
        (
            "pricing",
            402,
            "release",
            "v3.3.3",
            "release-bot",
            "Release 3.3.3",
            RunState::Waiting,
            ago(4, 10),
            0,
        ),
        (
            "cart",
            2207,
            "ci",
            "fix/négative-totals",
            "mira",
            "Totals never go below zero ✨",
            RunState::Running,
            ago(1, 50),
            0,
        ),
        (
            "gateway",
            77,
            "ci",
            "main",
            "jo",
            "Bump TLS library",
            RunState::Queued,
            ago(0, 20),
            0,
        ),
        (
            "media",
            310,
            "nightly",
            "main",
            "schedule",
            "Nightly",
            RunState::Done(Conclusion::Cancelled),
            ago(47, 0),
            60,
        ),
        (
            "catalog",
            5120,
            "release",
            "v7.40.2",
            "ana",
            "Release 7.40.2",
            ok.clone(),
            ago(13, 0),
            230,
        ),
    ];
    for (at, (name, ..)) in SERVICES.iter().enumerate() {
        let step = i64::try_from(at).expect("small");
        for back in 0..3_i64 {
            let number = 100 + u64::try_from(step * 7 + 3 - back).expect("small");
            let minutes = 40 + step * 11 + back * 190;
            drafts.push((
                name,
                number,
                "ci",
                "main",
                "deniz",
                "Merge pull request",
                ok.clone(),
                ago(minutes, 0),
                240 + step * 13 + back * 20,
            ));
        }
    }
    let mut facts: Vec<Fact> = drafts
        .into_iter()
        .map(
            |(service, number, workflow, branch, actor, title, state, started, took)| {
                fact(
                    github(),
                    6,
                    Body::Run(run(&Draft {
                        service,
                        number,
                        workflow,
                        branch,
                        actor,
                        title,
                        state,
                        started,
                        took,
                    })),
                )
            },
        )
        .collect();
    facts.push(fact(
        github(),
        6,
        Body::Jobs {
            run: Origin::new(&github(), "larkspur/search/runs/1203"),
            attempt: 1,
            items: search_jobs(),
        },
    ));
    facts.push(fact(
        github(),
        6,
        Body::Jobs {
            run: Origin::new(&github(), "larkspur/checkout/runs/8841"),
            attempt: 1,
            items: vec![
                job(
                    "8841/1",
                    "build",
                    RunState::Done(Conclusion::Success),
                    (730, 560),
                ),
                job("8841/2", "deploy production", RunState::Running, (548, 0)),
            ],
        },
    ));
    facts
}

/// A job that began and ended so many seconds ago; 0 for not yet.
fn job(key: &str, name: &str, state: RunState, (began, ended): (i64, i64)) -> Job {
    let past = |seconds: i64| (seconds > 0).then(|| ago(0, seconds));
    let step = |number, name: &str, state: &RunState, began: i64, ended: i64| Step {
        number,
        name: Text::new(name),
        state: state.clone(),
        started: past(began),
        finished: past(ended),
    };
    let done = RunState::Done(Conclusion::Success);
    let middle = began - (began - ended) / 5;
    Job {
        id: Origin::new(&github(), key),
        name: Text::new(name),
        created: past(began + 9),
        started: past(began),
        finished: past(ended),
        runner: Some(Text::new("larkspur-runner-4")),
        steps: if began > 0 {
            vec![
                step(1, "Set up job", &done, began, middle),
                step(2, &format!("Run {name}"), &state, middle, ended),
            ]
        } else {
            Vec::new()
        },
        url: Text::default(),
        state,
    }
}

fn search_jobs() -> Vec<Job> {
    let ok = RunState::Done(Conclusion::Success);
    vec![
        job("1203/1", "build", ok.clone(), (485, 367)),
        job("1203/2", "lint", ok.clone(), (485, 454)),
        job("1203/3", "unit", ok, (365, 205)),
        job(
            "1203/4",
            "e2e",
            RunState::Done(Conclusion::Failure),
            (333, 10),
        ),
        job(
            "1203/5",
            "publish",
            RunState::Done(Conclusion::Skipped),
            (0, 0),
        ),
    ]
}

fn approvals() -> Vec<Approval> {
    let approval = |service: &str, number: u64, version: &str, waiting_since, can| Approval {
        id: Origin::new(&github(), &format!("larkspur/{service}/approvals/{number}")),
        service: service.into(),
        environment: "production".into(),
        environment_key: Text::new("161"),
        run: Origin::new(&github(), &format!("larkspur/{service}/runs/{number}")),
        run_number: number,
        title: Text::new("Release"),
        version: Some(version.into()),
        commit: Text::new("9f3c1e2ab4d5e6f70819a2b3c4d5e6f708192a3b"),
        requested_by: Text::new("release-bot"),
        waiting_since,
        can_approve: Some(can),
        reviewers: vec![Text::new("release-captains")],
        url: Text::default(),
    };
    vec![
        approval("billing", 991, "2.3.1", ago(11, 0), true),
        approval("search", 1201, "1.88.0", ago(4, 20), true),
        approval("pricing", 402, "3.3.3", ago(3, 0), false),
    ]
}

fn series(points: impl Fn(usize) -> (f64, Option<f64>)) -> Series {
    let both: Vec<_> = (0..80).map(points).collect();
    Series {
        start: Some(ago(20, 0)),
        step_seconds: 15,
        baseline: both.iter().map(|(baseline, _)| Some(*baseline)).collect(),
        canary: both.iter().map(|(_, canary)| *canary).collect(),
    }
}

/// A little noise that is the same each time.
fn noise(at: usize) -> f64 {
    ((at * 7919 + 13) % 97) as f64 / 97.0 - 0.5
}

fn canary() -> CanaryReading {
    let metric = |name: &str, unit, critical, baseline, canary, series| MetricReading {
        name: Text::new(name),
        unit,
        direction: Direction::Increase,
        critical,
        threshold: Threshold::default(),
        baseline: Sample::Value(baseline),
        canary,
        series,
    };
    let mut queue = metric(
        "queue lag",
        Unit::Seconds,
        false,
        0.9,
        Sample::NoData(Text::new("the series ended 4 min ago")),
        Series::default(),
    );
    queue.baseline = Sample::NoData(Text::new("no such series"));
    CanaryReading {
        service: "checkout".into(),
        environment: "production".into(),
        weight: Some(25.0),
        steps: vec![5.0, 25.0, 50.0, 75.0, 100.0],
        step_since: Some(ago(6, 10)),
        bake_seconds: 600,
        canary_version: Some("4.12.0".into()),
        baseline_version: Some("4.11.3".into()),
        metrics: vec![
            metric(
                "error rate",
                Unit::Ratio,
                true,
                0.0041,
                Sample::Value(0.0231),
                series(|at| {
                    let worse = if at > 54 {
                        (at - 54) as f64 * 0.00076
                    } else {
                        0.0
                    };
                    let here = (at > 12).then(|| 0.0042 + worse + noise(at) * 0.0016);
                    (0.0041 + noise(at + 5) * 0.0008, here)
                }),
            ),
            metric(
                "p99 latency",
                Unit::Seconds,
                true,
                0.388,
                Sample::Value(0.412),
                series(|at| {
                    (
                        0.385 + noise(at) * 0.03,
                        (at > 12).then(|| 0.405 + noise(at + 3) * 0.04),
                    )
                }),
            ),
            metric(
                "saturation",
                Unit::Ratio,
                false,
                0.60,
                Sample::Value(0.61),
                series(|at| {
                    (
                        0.6 + noise(at) * 0.02,
                        (at > 12).then(|| 0.605 + noise(at + 9) * 0.03),
                    )
                }),
            ),
            queue,
        ],
    }
}
