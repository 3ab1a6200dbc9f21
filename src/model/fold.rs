//! Facts in. Each arm keeps what it replaces only when the new observation is
//! newer, and keeps the indexes true.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, btree_map, hash_map},
    hash::Hash,
};

use chrono::TimeDelta;
use serde::Serialize;

use super::{
    COMMIT_FILES, Jobs, LOGS, Lane, Model, REPORTS, Stamped, history,
    shelf::{Kept, Put},
};
use crate::domain::{
    Body, Deployment, EnvironmentName, Fact, Incident, OperationRecord, Origin, Run, RunState,
    ServiceName, SourceId, Timestamp,
};

impl Model {
    /// Applies one fact that arrived at `arrival`. Its time of observation is
    /// clamped to the last 30 days and the next 2 minutes, so that a wrong
    /// clock cannot make a value stick for ever.
    pub fn apply(&mut self, fact: Fact, arrival: Timestamp) {
        let observed = fact.observed.clamp(
            arrival - TimeDelta::days(30),
            arrival + TimeDelta::minutes(2),
        );
        let source = fact.source;
        self.lay_out(arrival);
        match fact.body {
            Body::Service(name) => {
                self.found_services.insert(name);
            }
            Body::Environments { service, items } => {
                self.apply_environments(&service, items, observed);
            }
            Body::Run(run) => self.apply_run(run, observed),
            Body::Jobs {
                run,
                attempt,
                items,
            } => self.apply_jobs(run, attempt, items, observed),
            Body::Log(log) => {
                keep_hashed(&mut self.logs, log.job.clone(), observed, log);
                prune_oldest(&mut self.logs, LOGS);
            }
            Body::Tests(report) => {
                let report = history::without_passed(report);
                let known = self.tests.get(&report.run);
                if known.is_some_and(|known| known.value.attempt > report.attempt) {
                    return;
                }
                if known.is_some_and(|known| known.value.attempt < report.attempt) {
                    // A later attempt wins whatever the time.
                    self.tests.remove(&report.run);
                }
                keep_hashed(&mut self.tests, report.run.clone(), observed, report);
                prune_oldest(&mut self.tests, REPORTS);
            }
            Body::Outcomes(outcomes) => {
                for outcome in outcomes {
                    self.history.add(outcome);
                }
            }
            Body::Deployment(deployment) => self.apply_deployment(deployment, observed),
            Body::Approvals { scope, items } => {
                let (key, some) = ((source, scope), !items.is_empty());
                if keep(&mut self.approvals, key.clone(), observed, items) {
                    self.changes.note();
                    if some {
                        self.waiting.insert(key);
                    } else {
                        self.waiting.remove(&key);
                    }
                }
            }
            Body::Comparison(comparison) => {
                let key = (
                    comparison.service.clone(),
                    comparison.base.clone(),
                    comparison.head.clone(),
                );
                keep(&mut self.comparisons, key, observed, comparison);
            }
            Body::CommitFiles(touched) => {
                let key = (touched.service.clone(), touched.sha.clone());
                keep_hashed(&mut self.commit_files, key, observed, touched);
                prune_oldest(&mut self.commit_files, COMMIT_FILES);
            }
            Body::CodeOwners { service, lines } => {
                keep(&mut self.code_owners, service, observed, lines);
            }
            Body::Published(published) => {
                let (id, service) = (published.id.clone(), published.service.clone());
                if keep(&mut self.published, id, observed, published) {
                    self.changes.note_of(&service);
                }
            }
            Body::VersionPage(page) => {
                let key = (page.service.clone(), page.version.clone());
                keep(&mut self.version_pages, key, observed, page);
            }
            Body::Canary(reading) => {
                let service = reading.service.clone();
                let reading = self.with_rollout(reading);
                self.noting(|model| {
                    let differs = keep(&mut model.canaries, service.clone(), observed, reading);
                    if differs {
                        model.judge_anew(&service);
                    }
                    differs
                });
            }
            Body::Rollout(rollout) => self.apply_rollout(rollout, observed),
            Body::Calibration(calibration) => {
                let service = calibration.service.clone();
                keep(&mut self.calibrations, service, observed, calibration);
            }
            Body::Alerts(items) => {
                self.noting(|model| keep(&mut model.alerts, source, observed, items));
            }
            Body::Incidents(items) => {
                self.noting(|model| model.apply_open_incidents(source, items, observed));
            }
            Body::Incident(incident) => {
                let id = incident.id.clone();
                self.noting(|model| keep(&mut model.incidents, id, observed, incident));
            }
            Body::Timeline { incident, items } => {
                self.noting(|model| keep(&mut model.timelines, incident, observed, items));
            }
            Body::OnCall(items) => {
                self.noting(|model| keep(&mut model.on_call, source, observed, items));
            }
            Body::Roster(roster) => {
                self.noting(|model| {
                    let differs = keep(&mut model.rosters, source, observed, roster);
                    model.plans_changed += u64::from(differs);
                    differs
                });
            }
            Body::Windows { scope, items } => {
                let key = (source, scope);
                if keep(&mut self.windows, key, observed, items) {
                    self.changes.note();
                    self.reschedule();
                }
            }
            Body::Release(release) => {
                let id = release.id.clone();
                if keep(&mut self.releases, id.clone(), observed, release) {
                    self.plans_changed += 1;
                }
                self.note_course(&id);
            }
            Body::ReleaseEvent { at, event } => {
                let id = event.release.clone();
                let events = self.release_events.entry(id.clone()).or_default();
                // The journal gives no two events the same time.
                if events.insert(at, event.clone()).as_ref() != Some(&event) {
                    self.note_course(&id);
                }
            }
            Body::WindowEvent { at, event } => self.note_window_event(at, &event),
            Body::OwnWindows { unread } => self.note_own_windows(unread),
            Body::Note(note) => {
                keep(&mut self.notes, note.id.clone(), observed, note);
            }
            Body::Operation(record) => self.apply_operation(record),
            Body::Plan(record) => {
                keep(&mut self.plans, record.plan.id.clone(), observed, record);
            }
            Body::Health(health) => {
                let reads = self.is_calendar(&source);
                let away = self.away(&source);
                keep(&mut self.health, source.clone(), observed, health);
                // Who is on call is not known while it is away.
                if self.rosters.contains_key(&source) && self.away(&source) != away {
                    self.plans_changed += 1;
                }
                if reads {
                    self.reschedule();
                }
            }
        }
    }

    /// Applies a fact that the cache of the last picture holds: it need not be
    /// written there again.
    pub fn recall(&mut self, fact: Fact, arrival: Timestamp) {
        let changes = self.changes;
        self.apply(fact, arrival);
        self.changes = changes;
    }

    /// Makes a change, and notes it for the cache of the last picture when
    /// something is not what it was.
    pub(super) fn noting(&mut self, change: impl FnOnce(&mut Self) -> bool) {
        if change(self) {
            self.changes.note();
        }
    }

    fn apply_environments(
        &mut self,
        service: &ServiceName,
        items: Vec<EnvironmentName>,
        observed: Timestamp,
    ) {
        if !self.found_services.contains(service) {
            self.found_services.insert(service.clone());
        }
        let before = self.environments.get(service);
        let one_left =
            before.is_some_and(|before| before.value.iter().any(|name| !items.contains(name)));
        let names = items.clone();
        if !keep(&mut self.environments, service.clone(), observed, items) {
            return;
        }
        self.changes.note_of(service);
        self.seen_environments.extend(names);
        if one_left {
            // Somebody else may have it still.
            let listed = self.environments.values().flat_map(|listed| &listed.value);
            let deployed = self.deployments.groups().map(|(_, name)| name);
            self.seen_environments = listed.chain(deployed).cloned().collect();
        }
    }

    fn apply_run(&mut self, run: Run, observed: Timestamp) {
        let (id, lane) = (run.id.clone(), lane(&run));
        let new = Stamped {
            observed,
            value: run,
        };
        let Put::Changed { before, gone } = self.runs.put(new) else {
            return;
        };
        self.changes.note_of(&lane.0);
        self.note_live(&id);
        if !self.found_services.contains(&lane.0) {
            self.found_services.insert(lane.0.clone());
        }
        if let Some(before) = before {
            let was = self::lane(&before.value);
            if was != lane {
                self.changes.note_of(&was.0);
                self.note_failing(was);
            }
        }
        self.note_failing(lane);
        if let Some(gone) = gone {
            self.jobs.remove(&gone.value.id);
            self.note_live(&gone.value.id);
            self.note_failing(self::lane(&gone.value));
        }
    }

    fn note_live(&mut self, id: &Origin) {
        let live = self
            .runs
            .get(id)
            .is_some_and(|run| run.value.state.is_live());
        if live {
            self.live_runs.insert(id.clone());
        } else {
            self.live_runs.remove(id);
        }
    }

    /// Remembers whether the newest run of the lane that has ended failed.
    fn note_failing(&mut self, lane: Lane) {
        let newest = self.runs.of(&lane.0).map(|run| &run.value).find(|run| {
            matches!(run.state, RunState::Done(_))
                && (&run.workflow, &run.branch) == (&lane.1, &lane.2)
        });
        match newest.filter(|run| run.state.is_failed()) {
            Some(run) => self.failing.insert(lane, run.id.clone()),
            None => self.failing.remove(&lane),
        };
    }

    fn apply_jobs(
        &mut self,
        run: crate::domain::Origin,
        attempt: u32,
        items: Vec<crate::domain::Job>,
        observed: Timestamp,
    ) {
        let new = Stamped {
            observed,
            value: Jobs { attempt, items },
        };
        match self.jobs.entry(run) {
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert(new);
            }
            hash_map::Entry::Occupied(mut occupied) => {
                let old = occupied.get();
                // A later attempt wins over an earlier one whatever the time.
                let replaces = match old.value.attempt.cmp(&attempt) {
                    std::cmp::Ordering::Less => true,
                    std::cmp::Ordering::Greater => false,
                    std::cmp::Ordering::Equal => Stamped {
                        observed: old.observed,
                        value: &old.value.items,
                    }
                    .yields_to(&Stamped {
                        observed,
                        value: &new.value.items,
                    }),
                };
                if !replaces {
                    return;
                }
                occupied.insert(new);
            }
        }
        self.changes.note();
    }

    fn apply_deployment(&mut self, mut deployment: Deployment, observed: Timestamp) {
        if let Some(id) = &mut deployment.run
            && let Some(run) = self.runs.get(id)
        {
            id.share(&run.value.id);
            deployment.commit.share(&run.value.commit);
        }
        let (service, environment) = deployment.group();
        let new = Stamped {
            observed,
            value: deployment,
        };
        if !matches!(self.deployments.put(new), Put::Changed { .. }) {
            return;
        }
        self.changes.note_of(&service);
        if !self.seen_environments.contains(&environment) {
            self.seen_environments.insert(environment);
        }
        if !self.found_services.contains(&service) {
            self.found_services.insert(service);
        }
    }

    fn apply_open_incidents(
        &mut self,
        source: SourceId,
        items: Vec<Incident>,
        observed: Timestamp,
    ) -> bool {
        let open: BTreeSet<_> = items.iter().map(|incident| incident.id.clone()).collect();
        let mut changed = keep(&mut self.open_incidents, source, observed, open);
        for incident in items {
            changed |= keep(&mut self.incidents, incident.id.clone(), observed, incident);
        }
        changed
    }

    /// Operations grow by transitions: the record with the longer history is
    /// the newer one, whatever the clocks say.
    fn apply_operation(&mut self, record: OperationRecord) {
        match self.operations.entry(record.id.clone()) {
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(record);
            }
            btree_map::Entry::Occupied(mut occupied) => {
                let rank = |record: &OperationRecord| {
                    (
                        record.history.len(),
                        record.history.last().map(|last| last.at),
                        record.looked,
                        postcard::to_stdvec(record).ok(),
                    )
                };
                if rank(occupied.get()) < rank(&record) {
                    occupied.insert(record);
                }
            }
        }
    }
}

fn lane(run: &Run) -> Lane {
    (
        run.service.clone(),
        run.workflow.clone(),
        run.branch.clone(),
    )
}

impl Kept for Run {
    type Group = ServiceName;

    fn id(&self) -> &Origin {
        &self.id
    }

    fn created(&self) -> Timestamp {
        self.created
    }

    fn group(&self) -> ServiceName {
        self.service.clone()
    }

    fn share(&mut self, other: &Self) {
        self.id.share(&other.id);
        self.service.share(&other.service);
        self.workflow.share(&other.workflow);
        self.title.share(&other.title);
        self.branch.share(&other.branch);
        self.commit.share(&other.commit);
        self.event.share(&other.event);
        self.actor.share(&other.actor);
        self.url.share(&other.url);
    }
}

impl Kept for Deployment {
    type Group = (ServiceName, EnvironmentName);

    fn id(&self) -> &Origin {
        &self.id
    }

    fn created(&self) -> Timestamp {
        self.created
    }

    fn group(&self) -> Self::Group {
        (self.service.clone(), self.environment.clone())
    }

    fn share(&mut self, other: &Self) {
        self.id.share(&other.id);
        self.service.share(&other.service);
        self.environment.share(&other.environment);
        self.commit.share(&other.commit);
        self.creator.share(&other.creator);
        if let (Some(run), Some(other)) = (&mut self.run, &other.run) {
            run.share(other);
        }
        self.url.share(&other.url);
    }
}

/// Keeps a value unless a newer observation is there; true when it is not what
/// was known.
pub(super) fn keep<K: Ord, V: Serialize + PartialEq>(
    map: &mut BTreeMap<K, Stamped<V>>,
    key: K,
    observed: Timestamp,
    value: V,
) -> bool {
    let new = Stamped { observed, value };
    match map.entry(key) {
        btree_map::Entry::Vacant(vacant) => {
            vacant.insert(new);
            true
        }
        btree_map::Entry::Occupied(mut occupied) => {
            let old = occupied.get_mut();
            let yields = old.yields_to(&new);
            let differs = yields && old.value != new.value;
            if yields {
                *old = new;
            }
            differs
        }
    }
}

fn keep_hashed<K: Eq + Hash, V: Serialize + PartialEq>(
    map: &mut HashMap<K, Stamped<V>>,
    key: K,
    observed: Timestamp,
    value: V,
) {
    let new = Stamped { observed, value };
    match map.entry(key) {
        hash_map::Entry::Vacant(vacant) => {
            vacant.insert(new);
        }
        hash_map::Entry::Occupied(mut occupied) => {
            if occupied.get().yields_to(&new) {
                occupied.insert(new);
            }
        }
    }
}

fn prune_oldest<K: Eq + Hash + Ord + Clone, V>(map: &mut HashMap<K, Stamped<V>>, keep: usize) {
    while map.len() > keep {
        let oldest = map
            .iter()
            .map(|(key, value)| (value.observed, key))
            .min()
            .map(|(_, key)| key.clone());
        let Some(oldest) = oldest else { return };
        map.remove(&oldest);
    }
}
