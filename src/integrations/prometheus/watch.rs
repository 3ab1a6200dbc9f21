//! What is read, and how often: the weights of all canaries in one request,
//! the metrics of those that run in two more, and the alerts.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    Prometheus,
    client::When,
    map::{self, Outcome, Span},
};
use crate::{
    domain::{
        Body, CanaryReading, CanarySpec, Connection, CountQueries, Counts, MetricReading, Sample,
        Series, ServiceName, Text, Timestamp,
    },
    integrations::{
        contract::{Attention, FactSink, Fault},
        http::{
            Failure, Priority, clock,
            fault::fault,
            pace::{self, Pace, Woken},
        },
    },
};

/// How often a server without alerts is asked for them again.
const NO_ALERTS: Duration = Duration::from_secs(600);

/// What the watch knows from earlier rounds.
#[derive(Default)]
pub struct Memory {
    weights: BTreeMap<ServiceName, Step>,
    without_alerts: Option<Instant>,
}

/// The weight of one canary as it was seen.
struct Step {
    weight: f64,
    since: Option<Timestamp>,
    /// When the canary last ran.
    ran: Option<Instant>,
}

/// One look.
pub struct Round<'a> {
    /// The integration.
    pub server: &'a Prometheus,
    /// Where facts go.
    pub facts: &'a FactSink,
    /// Who asks.
    pub priority: Priority,
    /// The service that somebody looks at.
    pub selected: Option<ServiceName>,
}

impl Round<'_> {
    /// Reads what is due. The first fault is given; what could be read was
    /// emitted. True when a canary runs.
    pub async fn run(&self, memory: &mut Memory) -> (Option<Fault>, bool) {
        let active = match self.canaries(memory).await {
            Ok(active) => active,
            // Alerts will not be there either.
            Err(failure) => return (Some(failure.into()), false),
        };
        (self.alerts(memory).await.err(), active)
    }

    async fn canaries(&self, memory: &mut Memory) -> Result<bool, Failure> {
        let specs: Vec<(&ServiceName, &CanarySpec)> = self.server.canaries().collect();
        if specs.is_empty() {
            return Ok(false);
        }
        let at = clock::now() - TimeDelta::seconds(i64::from(self.server.settings.lag_seconds));
        let span = Span::before(at, self.server.settings.history_seconds);
        let queries: Vec<&str> = specs.iter().map(|(_, spec)| &*spec.weight_query).collect();
        let weights = self.ask(&queries, When::At(at)).await?;
        let observed = clock::now();
        let mut measured = Vec::new();
        let mut others = Vec::new();
        let mut active = false;
        for ((service, spec), outcome) in specs.into_iter().zip(&weights) {
            let weight = map::sample(outcome);
            let runs = weight
                .value()
                .is_some_and(|weight| weight > 0.0 && weight < 100.0);
            active |= runs;
            remember(memory, service, weight.value(), observed, runs);
            if runs || self.is_wanted(memory, service) {
                measured.push((service, spec, weight));
            } else {
                others.push((service, spec, weight));
            }
        }
        let idle = others.into_iter().map(|(service, spec, weight)| {
            let why = idle_reason(&weight);
            let metrics = spec
                .metrics
                .iter()
                .map(|metric| {
                    let none = || Sample::NoData(why.clone());
                    map::metric(metric, none(), none(), Series::default())
                })
                .collect();
            Body::Canary(reading(service, spec, &weight, None, metrics))
        });
        self.facts.emit(observed, idle);
        let reach = self.server.settings.history_seconds;
        self.measure(memory, &measured, at, span, reach).await?;
        Ok(active)
    }

    /// Measures the canary of one service, whether it runs or not; `past` is
    /// how far back its series reach, in seconds.
    pub async fn one(&self, service: &ServiceName, past: Option<u32>) -> Result<(), Failure> {
        let Some((service, spec)) = self.server.canaries().find(|(name, _)| *name == service)
        else {
            return Ok(());
        };
        let at = clock::now() - TimeDelta::seconds(i64::from(self.server.settings.lag_seconds));
        let history = self.server.settings.history_seconds;
        let usual = Span::before(at, history);
        let span = past.map_or(usual, |past| usual.reaching(past));
        let weights = self.ask(&[&*spec.weight_query], When::At(at)).await?;
        let weight = weights.first().map_or_else(
            || Sample::NoData(Text::new("the weight was not asked for")),
            map::sample,
        );
        let mut memory = Memory::default();
        remember(&mut memory, service, weight.value(), clock::now(), false);
        let reach = past.unwrap_or(history);
        self.measure(&mut memory, &[(service, spec, weight)], at, span, reach)
            .await
    }

    /// Whether the metrics of a canary that does not run are worth reading:
    /// somebody looks at it, or it ran a moment ago and its end is to be seen.
    fn is_wanted(&self, memory: &Memory, service: &ServiceName) -> bool {
        let history = Duration::from_secs(u64::from(self.server.settings.history_seconds));
        let ran = memory.weights.get(service).and_then(|step| step.ran);
        self.selected.as_ref() == Some(service)
            || ran.is_some_and(|ran| clock::tick().saturating_duration_since(ran) < history)
    }

    async fn measure(
        &self,
        memory: &mut Memory,
        measured: &[(&ServiceName, &CanarySpec, Sample)],
        at: Timestamp,
        span: Span,
        reach: u32,
    ) -> Result<(), Failure> {
        if measured.is_empty() {
            return Ok(());
        }
        let sides: Vec<&str> = measured
            .iter()
            .flat_map(|(_, spec, _)| &spec.metrics)
            .flat_map(|metric| [&*metric.baseline_query, &*metric.canary_query])
            .collect();
        let mut ranged = sides.clone();
        ranged.extend(measured.iter().map(|(_, spec, _)| &*spec.weight_query));
        let current = self.ask(&sides, When::At(at)).await?;
        let observed = clock::now();
        let past = self.ask(&ranged, When::Over(span)).await?;
        let mut counted = self.count(measured, at, reach).await?;
        let mut now = current.chunks_exact(2);
        let mut then = past.chunks_exact(2);
        let weights = past.get(sides.len()..).unwrap_or_default();
        let mut bodies = Vec::new();
        for ((service, spec, weight), weights) in measured.iter().zip(weights) {
            let metrics = spec
                .metrics
                .iter()
                .zip(now.by_ref().zip(then.by_ref()))
                .map(|(metric, (now, then))| MetricReading {
                    counts: metric
                        .counts
                        .as_ref()
                        .and_then(|_| counted.next().flatten()),
                    ..map::metric(
                        metric,
                        map::sample(&now[0]),
                        map::sample(&now[1]),
                        map::series(span, &then[0], &then[1]),
                    )
                })
                .collect();
            let since = since(memory, service, weight, span, weights);
            let mut reading = reading(service, spec, weight, since, metrics);
            reading.weight_changes = span.changes(&span.points(weights));
            bodies.push(Body::Canary(reading));
        }
        self.facts.emit(observed, bodies);
        Ok(())
    }

    /// The events behind the shares, in the order of the metrics that have
    /// them. Canaries that count over the same time are asked for together.
    async fn count(
        &self,
        measured: &[(&ServiceName, &CanarySpec, Sample)],
        at: Timestamp,
        reach: u32,
    ) -> Result<std::vec::IntoIter<Option<Counts>>, Failure> {
        let wanted: Vec<(u32, &CountQueries)> = measured
            .iter()
            .flat_map(|(_, spec, _)| {
                spec.metrics
                    .iter()
                    .map(|metric| (spec.count_seconds, metric))
            })
            .filter_map(|(seconds, metric)| Some((seconds, metric.counts.as_ref()?)))
            .collect();
        let mut found: Vec<Option<Counts>> = vec![None; wanted.len()];
        let steps: BTreeSet<u32> = wanted.iter().map(|(seconds, _)| *seconds).collect();
        for step in steps {
            let span = Span::counted(at, reach, step);
            let places: Vec<usize> = (0..wanted.len())
                .filter(|place| wanted[*place].0 == step)
                .collect();
            let queries: Vec<&str> = places
                .iter()
                .flat_map(|place| wanted[*place].1.each())
                .map(|query| &**query)
                .collect();
            let answers = self.ask(&queries, When::Over(span)).await?;
            for (place, answers) in places.into_iter().zip(answers.chunks_exact(4)) {
                found[place] = map::counts(span, answers);
            }
        }
        Ok(found.into_iter())
    }

    async fn ask(&self, queries: &[&str], when: When) -> Result<Vec<Outcome>, Failure> {
        self.server.client.all(queries, when, self.priority).await
    }

    async fn alerts(&self, memory: &mut Memory) -> Result<(), Fault> {
        if memory
            .without_alerts
            .is_some_and(|at| clock::tick().saturating_duration_since(at) < NO_ALERTS)
        {
            return Ok(());
        }
        let Some(alerts) = self.server.client.alerts(self.priority).await? else {
            memory.without_alerts = Some(clock::tick());
            return Ok(());
        };
        let observed = clock::now();
        let items = alerts
            .items
            .iter()
            .map(|alert| map::alert(alert, observed))
            .collect();
        self.facts.emit(observed, [Body::Alerts(items)]);
        if alerts.malformed > 0 {
            let detail = format!(
                "{} of {} alerts could not be read and are left out",
                alerts.malformed,
                alerts.malformed + alerts.items.len()
            );
            return Err(fault(Connection::Degraded, &detail));
        }
        Ok(())
    }
}

fn remember(
    memory: &mut Memory,
    service: &ServiceName,
    weight: Option<f64>,
    observed: Timestamp,
    runs: bool,
) {
    let Some(weight) = weight else {
        return;
    };
    let known = memory.weights.get(service);
    let since = match known {
        Some(known) if map::close(known.weight, weight) => known.since,
        Some(_) => Some(observed),
        None => None,
    };
    let ran = if runs {
        Some(clock::tick())
    } else {
        known.and_then(|known| known.ran)
    };
    let step = Step { weight, since, ran };
    memory.weights.insert(service.clone(), step);
}

/// Since when the weight is what it is: what this watch saw itself, else what
/// the series of the weight shows.
fn since(
    memory: &mut Memory,
    service: &ServiceName,
    weight: &Sample,
    span: Span,
    past: &Outcome,
) -> Option<Timestamp> {
    let step = memory.weights.get_mut(service)?;
    if step.since.is_none()
        && let Some(weight) = weight.value()
    {
        let points = span.points(past);
        // A step that began after the newest point is young, not unknown.
        step.since = span
            .since(&points, weight)
            .or_else(|| span.left(&points, weight));
    }
    step.since
}

fn idle_reason(weight: &Sample) -> Text {
    match weight {
        Sample::NoData(why) => Text::new(&format!("no weight: {why}")),
        Sample::Value(weight) if *weight >= 100.0 => "the canary has all the traffic".into(),
        Sample::Value(_) => "no canary is running".into(),
    }
}

fn reading(
    service: &ServiceName,
    spec: &CanarySpec,
    weight: &Sample,
    step_since: Option<Timestamp>,
    metrics: Vec<MetricReading>,
) -> CanaryReading {
    CanaryReading {
        service: service.clone(),
        environment: spec.environment.clone(),
        weight: weight.value(),
        steps: spec.steps.clone(),
        step_since,
        weight_changes: Vec::new(),
        bake_seconds: spec.bake_seconds,
        alpha: spec.alpha,
        canary_version: None,
        baseline_version: None,
        metrics,
    }
}

/// Looks again and again until told to stop.
pub async fn watch(
    server: &Prometheus,
    facts: &FactSink,
    mut attention: watch::Receiver<Attention>,
    stop: &CancellationToken,
) {
    let poll = Duration::from_secs(u64::from(server.settings.poll_seconds));
    let mut memory = Memory::default();
    let mut busy = Pace::new(poll);
    let mut idle = Pace::new(poll * 2);
    let matters = |attention: &Attention| (attention.refresh, selected(server, attention));
    let mut refreshed = attention.borrow().refresh;
    loop {
        let (refresh, selected) = matters(&attention.borrow_and_update());
        let asked = refresh != refreshed;
        refreshed = refresh;
        let round = Round {
            server,
            facts,
            priority: if asked {
                Priority::Person
            } else {
                Priority::Background
            },
            selected,
        };
        let (fault, active) = tokio::select! {
            () = stop.cancelled() => return,
            found = round.run(&mut memory) => found,
        };
        let pauses = (busy.after(fault.as_ref()), idle.after(fault.as_ref()));
        let pause = if active { pauses.0 } else { pauses.1 };
        let http = &server.client.http;
        let health = http.health(fault.as_ref(), Some(pace::due(pause)));
        facts.emit(clock::now(), [Body::Health(health)]);
        if pace::rest(pause, &mut attention, matters, stop).await == Woken::Stop {
            return;
        }
    }
}

/// The service that somebody looks at, when it has a canary here.
fn selected(server: &Prometheus, attention: &Attention) -> Option<ServiceName> {
    let service = attention.services.first()?;
    server
        .canaries()
        .any(|(name, _)| name == service)
        .then(|| service.clone())
}
