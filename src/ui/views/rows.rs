//! Which rows a pane has, in the order in which they are drawn.

use chrono::TimeDelta;

use crate::{
    command::{Item, Pane, View},
    domain::{RunState, ServiceName, Text, Timestamp, WindowKind},
    model::{Moment, MomentKind, NeedKind},
    ui::{
        app::App,
        calendar::{clock, gather},
    },
};

/// How far ahead the calendar looks.
const AHEAD: TimeDelta = TimeDelta::days(30);
/// How far back the calendar of the deck and the full one look.
const BACK: TimeDelta = TimeDelta::hours(2);

/// The rows of a pane before any filter, in the order in which they are drawn.
/// Lists of panes that stand earlier in [`View::panes`] are settled already.
#[must_use]
pub fn rows(app: &App, pane: Pane) -> Vec<Item> {
    match pane {
        Pane::Needs => app.needs.iter().map(|need| need_item(&need.kind)).collect(),
        Pane::Runs if app.is_tree() => super::tree::rows(app),
        Pane::Runs => runs(app),
        Pane::Jobs => jobs(app),
        Pane::Canaries => canaries(app),
        Pane::Metrics => match app.subject(Pane::Canaries) {
            Some(Item::Canary(service)) => metrics(app, service),
            _ => Vec::new(),
        },
        Pane::Incidents => app
            .model
            .open_incidents()
            .into_iter()
            .chain(app.model.closed_incidents())
            .map(|incident| Item::Incident(incident.value.id.clone()))
            .collect(),
        Pane::Timeline => app
            .timeline
            .iter()
            .filter(|moment| app.view != View::Deck || concerns_the_deck(app, moment))
            .map(|moment| moment_item(&moment.kind, &moment.what))
            .collect(),
        Pane::Agenda if app.is_grid(pane) => gather::items(app),
        Pane::Agenda => agenda(app),
        Pane::Releases => release_items(app),
        Pane::Services => app.model.services().cloned().map(Item::Service).collect(),
        Pane::Versions => versions(app),
        Pane::Operations => journal(app),
        Pane::Flaky => {
            let flaky = app.model.history().flaky(app.now);
            let flaky = flaky.into_iter().map(|(subject, _)| subject.clone());
            flaky.map(Item::Flaky).collect()
        }
        Pane::Log | Pane::Operation => Vec::new(),
    }
}

/// Operations and plans, newest first: their ids are ordered by time.
fn journal(app: &App) -> Vec<Item> {
    let mut plans = app.model.plans().peekable();
    let mut rows = Vec::new();
    for record in app.model.operations() {
        while let Some(plan) = plans.next_if(|plan| plan.plan.id > record.id) {
            rows.push(Item::Plan(plan.plan.id.clone()));
        }
        rows.push(Item::Operation(record.id.clone()));
    }
    rows.extend(plans.map(|plan| Item::Plan(plan.plan.id.clone())));
    rows
}

/// The item of a need.
#[must_use]
pub fn need_item(kind: &NeedKind) -> Item {
    match kind {
        NeedKind::Unknown(id) | NeedKind::Proposal(id) => Item::Operation(id.clone()),
        NeedKind::Canary(service) => Item::Canary(service.clone()),
        NeedKind::Incident(id) => Item::Incident(id.clone()),
        NeedKind::Approval(id) => Item::Approval(id.clone()),
        NeedKind::FailedRun(id) => Item::Run(id.clone()),
        NeedKind::Review(id) => Item::Release(id.clone()),
    }
}

/// The item of a moment of the timeline.
#[must_use]
pub fn moment_item(kind: &MomentKind, what: &Text) -> Item {
    match kind {
        MomentKind::Vendor(_, id) => Item::Entry(id.clone()),
        MomentKind::Deployment(id, _) => Item::Deployment(id.clone()),
        MomentKind::Alert => Item::Alert(what.clone()),
        MomentKind::Note(id) => Item::Note(id.clone()),
        MomentKind::Operation(id, _) => Item::Operation(id.clone()),
    }
}

/// Whether a moment is worth a line of the deck: of deployments only those to
/// production.
fn concerns_the_deck(app: &App, moment: &Moment) -> bool {
    let MomentKind::Deployment(id, _) = &moment.kind else {
        return true;
    };
    app.model.deployment(id).is_none_or(|deployment| {
        let environment = &deployment.value.environment;
        app.model.catalog().is_production(environment)
    })
}

/// On the deck what moves and what failed, then the newest of the rest; in
/// full all runs of all services in one order of time.
fn runs(app: &App) -> Vec<Item> {
    if app.view != View::Deck {
        let all = app.model.runs();
        return all.map(|run| Item::Run(run.value.id.clone())).collect();
    }
    let mut first: Vec<_> = app.model.failing_runs();
    first.extend(app.model.live_runs());
    // Failed, waiting, running, queued: what needs a person comes first.
    first.sort_by_key(|run| match run.value.state {
        RunState::Done(_) => 0,
        RunState::Waiting => 1,
        RunState::Running => 2,
        _ => 3,
    });
    let mut rows: Vec<Item> = first
        .iter()
        .map(|run| Item::Run(run.value.id.clone()))
        .collect();
    rows.extend(
        app.model
            .runs()
            .filter(|run| {
                matches!(run.value.state, RunState::Done(_)) && !run.value.state.is_failed()
            })
            .take(60)
            .map(|run| Item::Run(run.value.id.clone())),
    );
    rows
}

/// The jobs of the selected run; under a job that failed or is at work its
/// steps that did the same, under an unfolded one all of them.
fn jobs(app: &App) -> Vec<Item> {
    let Some(run) = app.shown_run() else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    let jobs = app.model.jobs(&run);
    for job in jobs.map(|jobs| &jobs.value.items[..]).unwrap_or_default() {
        let item = Item::Job(job.id.clone());
        let all = app.unfolded.contains(&item);
        rows.push(item);
        let speaks = job.state.is_failed() || job.state == RunState::Running;
        if !all && !speaks {
            continue;
        }
        for step in &job.steps {
            if all || step.state.is_failed() || step.state == RunState::Running {
                rows.push(Item::Step(job.id.clone(), step.number));
            }
        }
    }
    rows
}

/// Canaries at work first, then those whose weight is not known; on the deck
/// the quiet ones only where there is nothing else.
fn canaries(app: &App) -> Vec<Item> {
    let rank = |weight: Option<f64>| match weight {
        Some(weight) if weight > 0.0 && weight < 100.0 => 0,
        None => 1,
        Some(_) => 2,
    };
    let mut all: Vec<_> = app
        .model
        .canaries()
        .map(|canary| (rank(canary.value.weight), &canary.value.service))
        .collect();
    all.sort();
    let busy = all.iter().any(|(rank, _)| *rank < 2);
    all.into_iter()
        .filter(|(rank, _)| app.view != View::Deck || !busy || *rank < 2)
        .map(|(_, service)| Item::Canary(service.clone()))
        .collect()
}

fn metrics(app: &App, service: &ServiceName) -> Vec<Item> {
    app.model
        .canary(service)
        .map(|canary| &canary.value.metrics[..])
        .unwrap_or_default()
        .iter()
        .map(|metric| Item::Metric(service.clone(), metric.name.clone()))
        .collect()
}

/// Spans and releases by their start; in the full calendar a heading a day.
fn agenda(app: &App) -> Vec<Item> {
    let deck = app.view == View::Deck;
    let from = app.now - BACK;
    let until = app.now + if deck { TimeDelta::days(2) } else { AHEAD };
    let mut entries: Vec<(Timestamp, Item)> = app
        .model
        .windows_between(from, until)
        .into_iter()
        .map(|window| {
            // A milestone matters when it is due, not when somebody made it.
            let at = match window.kind {
                WindowKind::Milestone => window.end,
                _ => window.start,
            };
            (at, Item::Window(window.id.clone()))
        })
        .filter(|(at, _)| *at < until)
        .collect();
    for release in app.model.releases_in_order() {
        let Some(start) = release.start else { continue };
        let end = release.end.unwrap_or(start + TimeDelta::hours(1));
        if start < until && end > from {
            entries.push((start, Item::Release(release.id.clone())));
        }
    }
    entries.sort();
    if deck {
        return entries.into_iter().map(|(_, item)| item).collect();
    }
    let mut rows = Vec::with_capacity(entries.len() + 8);
    let mut day = None;
    let today = clock::date(app.zone(), app.now);
    for (start, item) in entries {
        // What began on an earlier day and still holds is shown today.
        let date = clock::date(app.zone(), start.max(from));
        if day != Some(date) {
            day = Some(date);
            rows.push(Item::Heading(super::agenda::day_heading(date, today)));
        }
        rows.push(item);
    }
    rows
}

fn release_items(app: &App) -> Vec<Item> {
    super::release::shown(app)
        .map(|view| {
            view.items
                .iter()
                .map(|progress| Item::Service(progress.item.service.clone()))
                .collect()
        })
        .unwrap_or_default()
}

fn versions(app: &App) -> Vec<Item> {
    let Some(Item::Service(service)) = app.subject(Pane::Services) else {
        return Vec::new();
    };
    let Some(environment) = app.model.production_of(service) else {
        return Vec::new();
    };
    app.model
        .line(service, environment)
        .into_iter()
        .map(|stint| Item::Deployment(stint.deployment.clone()))
        .collect()
}
