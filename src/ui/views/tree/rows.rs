//! Which rows the tree has.
//!
//! A branch that nobody touched shows of its children those that failed or are
//! at work; one that a person unfolded shows all, and one that a person folded
//! shows none. Of a release all services are shown either way: which of them
//! are quiet is part of what a release is. Under a filter, the runs that pass
//! it stand under their services, and nothing else does.
//!
//! A service stands in one release only: the one that the header follows, else
//! the first in time that is not over. So each row is there once, and the
//! cursor can follow it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::{
    command::{self, Item, Terms},
    domain::{Job, Origin, Release, Run, RunState, ServiceName, Text, Timestamp},
    model::{Model, Stamped},
    ui::app::App,
};

/// How long after its planned end a release still has its services.
const LINGER: TimeDelta = TimeDelta::hours(2);
/// How long a release without a planned end takes.
const USUAL: TimeDelta = TimeDelta::hours(4);

/// What speaks: it failed and nothing newer mended it, or it is at work.
fn speaks(state: &RunState) -> bool {
    state.is_failed() || state.is_live()
}

/// The releases that have services, in the order in which they are shown: the
/// one that the header follows first.
fn releases(model: &Model, now: Timestamp) -> Vec<&Release> {
    let followed = model.followed_release(now).map(|release| &release.id);
    let mut all: Vec<&Release> = model
        .releases_in_order()
        .into_iter()
        .filter(|release| match (release.start, release.end) {
            (_, Some(end)) => end + LINGER > now,
            (Some(start), None) => start + USUAL + LINGER > now,
            (None, None) => true,
        })
        .collect();
    all.sort_by_key(|release| Some(&release.id) != followed);
    all
}

/// The release that each service stands in, those of none left out.
pub(super) fn homes(model: &Model, now: Timestamp) -> BTreeMap<&ServiceName, &Text> {
    let mut homes = BTreeMap::new();
    for release in releases(model, now) {
        for item in &release.items {
            homes.entry(&item.service).or_insert(&release.id);
        }
    }
    homes
}

/// The release that a service stands in, empty for none.
#[must_use]
pub fn home(model: &Model, service: &ServiceName, now: Timestamp) -> Text {
    homes(model, now)
        .get(service)
        .map_or_else(Text::default, |home| (*home).clone())
}

/// How deep a row stands, 0 for a release.
#[must_use]
pub fn depth(item: &Item) -> u16 {
    match item {
        Item::Service(_) => 1,
        Item::Run(_) => 2,
        Item::Job(_) => 3,
        Item::Step(..) => 4,
        _ => 0,
    }
}

/// The row that a row stands under.
#[must_use]
pub fn parent(model: &Model, item: &Item, now: Timestamp) -> Option<Item> {
    Some(match item {
        Item::Service(name) => Item::Release(home(model, name, now)),
        Item::Run(id) => Item::Service(model.run(id)?.value.service.clone()),
        Item::Job(id) => Item::Run(model.job(id)?.0.clone()),
        Item::Step(id, _) => Item::Job(id.clone()),
        _ => return None,
    })
}

/// The rows in the order in which they are drawn.
#[must_use]
pub fn rows(app: &App) -> Vec<Item> {
    let model = &app.model;
    let terms = (!app.filter().is_empty()).then(|| app.filter().terms());
    let mut tree = Tree {
        app,
        terms: terms.as_ref(),
        speaking: BTreeMap::new(),
        held: Held::of(app),
        rows: Vec::new(),
    };
    if terms.is_none() {
        let speaking = model.failing_runs().into_iter().chain(model.live_runs());
        for run in speaking {
            let of = tree.speaking.entry(&run.value.service).or_default();
            of.insert(&run.value.id);
        }
    }
    let mut placed: BTreeSet<&ServiceName> = BTreeSet::new();
    for release in releases(model, app.now) {
        let services: Vec<&ServiceName> = release
            .items
            .iter()
            .map(|item| &item.service)
            .filter(|service| placed.insert(*service))
            .collect();
        tree.release(release.id.clone(), &services);
    }
    let rest: Vec<&ServiceName> = model
        .services()
        .filter(|service| !placed.contains(service))
        .collect();
    if !rest.is_empty() {
        tree.release(Text::default(), &rest);
    }
    tree.rows
}

/// What is under the cursor, which stays on the screen even when it has gone
/// quiet: it must not slip away under a hand.
#[derive(Default)]
struct Held {
    service: Option<ServiceName>,
    run: Option<Origin>,
    item: Option<Item>,
}

impl Held {
    fn of(app: &App) -> Self {
        let Some(item) = app.selected(command::Pane::Runs) else {
            return Self::default();
        };
        Self {
            service: match item {
                Item::Run(_) | Item::Job(_) | Item::Step(..) => command::service(&app.model, item),
                _ => None,
            },
            run: command::run(&app.model, item),
            item: Some(item.clone()),
        }
    }
}

struct Tree<'a> {
    app: &'a App,
    terms: Option<&'a Terms>,
    speaking: BTreeMap<&'a ServiceName, BTreeSet<&'a Origin>>,
    held: Held,
    rows: Vec<Item>,
}

impl Tree<'_> {
    /// What a person wants of a branch; none where nobody touched it.
    fn wish(&self, item: &Item) -> Option<bool> {
        self.app.folds.get(item).copied()
    }

    fn release(&mut self, id: Text, services: &[&ServiceName]) {
        let item = Item::Release(id);
        let wish = self.wish(&item);
        let at = self.rows.len();
        self.rows.push(item);
        let begun = self.rows.len();
        if self.terms.is_some() {
            for service in services {
                self.service(service);
            }
            if self.rows.len() == begun {
                self.rows.truncate(at);
            } else if wish == Some(false) {
                self.rows.truncate(begun);
            }
            return;
        }
        let speaks = |service: &&ServiceName| {
            self.speaking.contains_key(*service) || self.held.service.as_ref() == Some(*service)
        };
        if wish.unwrap_or_else(|| services.iter().any(speaks)) {
            for service in services {
                self.service(service);
            }
        }
    }

    fn service(&mut self, name: &ServiceName) {
        let item = Item::Service(name.clone());
        let wish = self.wish(&item);
        let model = &self.app.model;
        let begun = self.rows.len();
        self.rows.push(item);
        if let Some(terms) = self.terms {
            let found: Vec<&Stamped<Run>> = model
                .runs_of(name)
                .filter(|run| {
                    let item = Item::Run(run.value.id.clone());
                    terms.shows(model, &item, None, self.app.now)
                })
                .collect();
            if found.is_empty() {
                self.rows.truncate(begun);
            } else if wish != Some(false) {
                for run in found {
                    self.run(&run.value);
                }
            }
            return;
        }
        match wish {
            Some(false) => {}
            Some(true) => {
                for run in model.runs_of(name) {
                    self.run(&run.value);
                }
            }
            None => {
                let speaking = self.speaking.get(name).cloned().unwrap_or_default();
                let held = self.held.run.clone();
                if speaking.is_empty() && self.held.service.as_ref() != Some(name) {
                    return;
                }
                for run in model.runs_of(name) {
                    let id = &run.value.id;
                    if speaking.contains(id) || Some(id) == held.as_ref() {
                        self.run(&run.value);
                    }
                }
            }
        }
    }

    fn run(&mut self, run: &Run) {
        let item = Item::Run(run.id.clone());
        let wish = self.wish(&item);
        self.rows.push(item);
        // Under a filter runs are looked for, not what they are made of.
        let open = wish.unwrap_or_else(|| self.terms.is_none() && speaks(&run.state));
        let holds = wish.is_none() && self.held.run.as_ref() == Some(&run.id);
        if !open && !holds {
            return;
        }
        let model = &self.app.model;
        let jobs = model.jobs(&run.id).map(|jobs| &jobs.value.items[..]);
        for job in jobs.unwrap_or_default() {
            let item = Item::Job(job.id.clone());
            let held = match &self.held.item {
                Some(Item::Job(id) | Item::Step(id, _)) => id == &job.id,
                _ => false,
            };
            let shown = wish == Some(true)
                || held
                || (open && (job.state.is_failed() || job.state == RunState::Running));
            if shown {
                self.job(item, job);
            }
        }
    }

    fn job(&mut self, item: Item, job: &Job) {
        let wish = self.wish(&item);
        self.rows.push(item);
        if wish == Some(false) {
            return;
        }
        for step in &job.steps {
            let item = Item::Step(job.id.clone(), step.number);
            if wish == Some(true)
                || step.state.is_failed()
                || step.state == RunState::Running
                || self.held.item.as_ref() == Some(&item)
            {
                self.rows.push(item);
            }
        }
    }
}
