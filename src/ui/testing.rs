//! A small release day for the tests of the screen.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use chrono::{TimeDelta, TimeZone, Utc};

use super::{
    app::{App, Review, Settings},
    update::{Effect, Event, update},
};
use crate::{
    analysis::{
        log::{Reader, Source, excerpt},
        triage::shipped_rules,
    },
    command::{Input, Key, KeyMap},
    domain::{
        Approval, Body, CanaryReading, Catalog, Conclusion, Counts, Deployment, DeploymentState,
        Direction, EnvironmentSpec, Fact, Grant, Incident, IncidentStatus, Intent, MetricReading,
        Origin, RollbackSpec, Run, RunState, Sample, Series, ServiceName, ServiceSpec, SourceId,
        Text, Threshold, Timestamp, Unit, Urgency, Version, WorkflowRollback,
    },
    model::Model,
    operation::{Rule, Strength, Verdict, describe},
};

pub(crate) fn start() -> Timestamp {
    Utc.timestamp_opt(1_800_000_000, 0).unwrap()
}

pub(crate) fn origin(key: &str) -> Origin {
    Origin::new(&SourceId::new("hub"), key)
}

fn catalog() -> Catalog {
    Catalog {
        services: vec![ServiceSpec {
            name: ServiceName::new("checkout"),
            tier: Some(1),
            host: Some(SourceId::new("hub")),
            repository: Some(Text::new("larkspur/checkout")),
            path: None,
            rollback: Some(RollbackSpec::Workflow(WorkflowRollback {
                workflow: Text::new("rollback.yml"),
                reference: Text::new("main"),
                inputs: BTreeMap::from([(Text::new("version"), Text::new("{version}"))]),
            })),
            ..ServiceSpec::default()
        }],
        environments: vec![EnvironmentSpec {
            name: "production".into(),
            production: true,
        }],
        ..Catalog::default()
    }
}

pub(crate) fn run(key: &str, number: u64, state: RunState) -> Run {
    Run {
        id: origin(key),
        service: "checkout".into(),
        number,
        attempt: 1,
        workflow: Text::new("release"),
        title: Text::new("Ship it"),
        branch: Text::new("main"),
        commit: Text::new(&format!("{number:040}")),
        version: None,
        environment: None,
        event: Text::new("push"),
        actor: Text::new("ana"),
        state,
        created: start() - TimeDelta::minutes(i64::try_from(100 - number).unwrap_or(1)),
        started: None,
        updated: start() - TimeDelta::minutes(2),
        url: Text::new("https://hub.example/run"),
    }
}

pub(crate) fn approval(key: &str, waiting_minutes: i64) -> Approval {
    Approval {
        id: origin(key),
        service: "search".into(),
        environment: "production".into(),
        environment_key: Text::new("7"),
        run: origin(&format!("run-of-{key}")),
        run_number: 12,
        title: Text::new("Rank by freshness"),
        version: Some(Version::new("1.88.0")),
        commit: Text::new("abc"),
        requested_by: Text::new("deniz"),
        waiting_since: start() - TimeDelta::minutes(waiting_minutes),
        can_approve: Some(true),
        grants: Grant::Deploys,
        reviewers: Vec::new(),
        url: Text::new("https://hub.example/approval"),
    }
}

pub(crate) fn deployment(
    key: &str,
    version: &str,
    minutes: i64,
    state: DeploymentState,
) -> Deployment {
    let at = start() - TimeDelta::minutes(minutes);
    Deployment {
        id: origin(key),
        service: "checkout".into(),
        environment: "production".into(),
        version: Version::new(version),
        commit: Text::new("abc"),
        digest: None,
        state,
        creator: Text::new("ana"),
        created: at,
        updated: at,
        run: None,
        url: Text::default(),
    }
}

fn canary() -> CanaryReading {
    CanaryReading {
        service: "checkout".into(),
        environment: "production".into(),
        weight: Some(25.0),
        steps: vec![5.0, 25.0, 100.0],
        step_since: Some(start() - TimeDelta::minutes(6)),
        weight_changes: Vec::new(),
        bake_seconds: 600,
        alpha: 0.05,
        canary_version: Some(Version::new("4.12.0")),
        baseline_version: Some(Version::new("4.11.3")),
        metrics: vec![MetricReading {
            name: Text::new("error rate"),
            unit: Unit::Ratio,
            direction: Direction::Increase,
            critical: true,
            threshold: Threshold::default(),
            baseline: Sample::Value(0.004),
            canary: Sample::Value(0.023),
            series: Series::default(),
            counts: Some(Counts {
                start: Some(start() - TimeDelta::minutes(5)),
                step_seconds: 60,
                baseline_events: vec![Some(25.0); 5],
                canary_events: vec![Some(48.0); 5],
                baseline_total: vec![Some(6_300.0); 5],
                canary_total: vec![Some(2_100.0); 5],
            }),
        }],
    }
}

pub(crate) fn incident(status: IncidentStatus) -> Incident {
    Incident {
        id: origin("PD1"),
        number: 4821,
        title: Text::new("checkout error budget burn"),
        urgency: Urgency::High,
        priority: None,
        status,
        service: Some("checkout".into()),
        vendor_service: Text::new("checkout"),
        created: start() - TimeDelta::minutes(1),
        updated: start() - TimeDelta::minutes(1),
        acknowledged_by: Vec::new(),
        assigned: Vec::new(),
        escalates_at: None,
        url: Text::new("https://pager.example/4821"),
    }
}

pub(crate) fn fact(body: Body, at: Timestamp) -> Fact {
    Fact {
        source: SourceId::new("hub"),
        observed: at,
        body,
    }
}

pub(crate) fn approvals(items: Vec<Approval>, at: Timestamp) -> Fact {
    let scope = Text::new("all");
    fact(Body::Approvals { scope, items }, at)
}

fn day() -> Vec<Fact> {
    let at = start() - TimeDelta::seconds(5);
    vec![
        fact(Body::Canary(canary()), at),
        fact(
            Body::Incidents(vec![incident(IncidentStatus::Triggered)]),
            at,
        ),
        approvals(vec![approval("a1", 9), approval("a2", 4)], at),
        fact(Body::Run(run("r1", 1, RunState::Running)), at),
        fact(
            Body::Run(run("r2", 2, RunState::Done(Conclusion::Failure))),
            at,
        ),
        fact(
            Body::Deployment(deployment("d1", "4.10.0", 900, DeploymentState::Inactive)),
            at,
        ),
        fact(
            Body::Deployment(deployment("d2", "4.11.3", 600, DeploymentState::Success)),
            at,
        ),
        fact(
            Body::Deployment(deployment("d3", "4.12.0", 14, DeploymentState::InProgress)),
            at,
        ),
    ]
}

/// A screen that is driven like the real one, with its own clock.
pub(crate) struct Driver {
    pub(crate) app: App,
    pub(crate) now: Timestamp,
    /// The bytes of the log that is read.
    pub(crate) log: Vec<u8>,
    shared: Arc<Mutex<Vec<u8>>>,
    reader: Option<(u64, Reader)>,
}

fn is_of_a_log(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::OpenLog { .. }
            | Effect::AskLog { .. }
            | Effect::CloseLog
            | Effect::ReadLog(_)
            | Effect::Classed { .. }
    )
}

/// The bytes of the driver's log, for its reader.
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Source for Shared {
    fn size(&self) -> std::io::Result<u64> {
        self.0.lock().unwrap().size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().read_at(offset, buffer)
    }
}

impl Driver {
    pub(crate) fn new(width: u16, height: u16) -> Self {
        let settings = Settings {
            person: Text::new("ana"),
            themes: ["dark", "light", "no-colour"].map(str::to_owned).to_vec(),
            mouse: true,
            ..Settings::default()
        };
        let model = Model::new(Arc::new(catalog()));
        let mut driver = Self {
            app: App::new(model, settings, KeyMap::default(), start()),
            now: start(),
            log: Vec::new(),
            shared: Arc::default(),
            reader: None,
        };
        driver.send(Event::Resize {
            width,
            height,
            at: start(),
        });
        driver.send(Event::Facts {
            facts: day(),
            at: start(),
        });
        driver.flush();
        driver
    }

    pub(crate) fn send(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = update(&mut self.app, event);
        // What the background reads of a log is there at once.
        while let Some(place) = effects.iter().position(is_of_a_log) {
            let (ticket, told) = match effects.remove(place) {
                Effect::OpenLog {
                    ticket, complete, ..
                } => {
                    let bytes = Box::new(Shared(Arc::clone(&self.shared)));
                    *self.shared.lock().unwrap() = self.log.clone();
                    let mut reader = Reader::open(bytes, complete).unwrap();
                    let told = reader.step().unwrap();
                    self.reader = Some((ticket, reader));
                    (ticket, told)
                }
                Effect::AskLog { ticket, ask } => {
                    *self.shared.lock().unwrap() = self.log.clone();
                    let (_, reader) = self.reader.as_mut().unwrap();
                    (ticket, reader.ask(ask).unwrap())
                }
                Effect::ReadLog(job) => {
                    let excerpt = excerpt(shipped_rules(), Box::new(self.log.clone()));
                    let excerpt = Box::new(excerpt.unwrap());
                    let at = self.now;
                    let read = Event::LogRead { job, excerpt, at };
                    effects.extend(update(&mut self.app, read));
                    continue;
                }
                _ => continue,
            };
            let at = self.now;
            let event = |told| Event::Log {
                ticket,
                told: Ok(told),
                at,
            };
            effects.extend(update(&mut self.app, event(told)));
            while let Some((_, reader)) = &mut self.reader
                && reader.is_busy()
            {
                let told = reader.step().unwrap();
                effects.extend(update(&mut self.app, event(told)));
            }
        }
        effects
    }

    pub(crate) fn later(&mut self, milliseconds: i64) -> Vec<Effect> {
        self.now += TimeDelta::milliseconds(milliseconds);
        self.send(Event::Tick(self.now))
    }

    pub(crate) fn flush(&mut self) {
        let (frame, at) = (self.app.frame, self.now);
        let effects = self.send(Event::Flushed { frame, at });
        assert_eq!(effects, []);
    }

    pub(crate) fn input(&mut self, input: Input, burst: bool) -> Vec<Effect> {
        let at = self.now;
        self.send(Event::Input { input, at, burst })
    }

    /// Presses keys, apart as a person does.
    pub(crate) fn keys(&mut self, keys: &[&str]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for key in keys {
            self.now += TimeDelta::milliseconds(20);
            let key = Key::parse(key).unwrap();
            effects.extend(self.input(Input::Key(key), false));
        }
        effects
    }

    /// Types text, a key each.
    pub(crate) fn text(&mut self, text: &str) -> Vec<Effect> {
        text.chars()
            .flat_map(|character| self.input(Input::Key(Key::char(character)), false))
            .collect()
    }

    /// The operation room answers that all is well.
    pub(crate) fn check(&mut self, effects: &[Effect], strength: Strength) -> u64 {
        let (ticket, intent) = effects
            .iter()
            .find_map(|effect| match effect {
                Effect::Check { ticket, intent, .. } => Some((*ticket, intent.clone())),
                _ => None,
            })
            .expect("nothing was to be checked");
        let at = self.now;
        let result = Ok(Box::new(review(*intent, strength)));
        self.send(Event::Checked { ticket, result, at });
        ticket
    }
}

pub(crate) fn review(intent: Intent, strength: Strength) -> Review {
    let production = strength != Strength::Key;
    let rule = |verdict, sentence: &str| Rule::new("rule", verdict, sentence);
    let mut rules = vec![
        rule(Verdict::Pass, "read afresh: it is as you see it"),
        rule(Verdict::Warn, "a deployment of search is under way"),
    ];
    if production {
        rules.push(rule(
            Verdict::NeedsReason,
            "a rollback of production is recorded with its reason",
        ));
    }
    Review {
        description: describe(&intent, production),
        intent,
        production,
        rules,
        needs_reason: production,
        needs_second: false,
        strength,
        code: "kfrx".to_owned(),
        risk: None,
        policy: String::new(),
        known: Vec::new(),
        again: Vec::new(),
        request: ["POST https://hub.example/dispatches", "{", "}"]
            .map(Text::new)
            .to_vec(),
        plan: None,
        refused: Vec::new(),
    }
}
