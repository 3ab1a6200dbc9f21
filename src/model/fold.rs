//! Facts in. Each arm keeps what it replaces only when the new observation is
//! newer, and keeps the indexes true.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, btree_map, hash_map},
    hash::Hash,
};

use chrono::TimeDelta;
use serde::Serialize;

use super::{DEPLOYMENTS_PER_PLACE, Jobs, LOGS, Model, RUNS_PER_SERVICE, Stamped};
use crate::domain::{Body, Deployment, Fact, Incident, OperationRecord, Run, SourceId, Timestamp};

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
        match fact.body {
            Body::Service(name) => {
                self.found_services.insert(name);
            }
            Body::Environments { service, items } => {
                self.found_services.insert(service.clone());
                keep(&mut self.environments, service, observed, items);
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
            Body::Deployment(deployment) => self.apply_deployment(deployment, observed),
            Body::Approvals { scope, items } => {
                keep(&mut self.approvals, (source, scope), observed, items);
            }
            Body::Comparison(comparison) => {
                let key = (
                    comparison.service.clone(),
                    comparison.base.clone(),
                    comparison.head.clone(),
                );
                keep(&mut self.comparisons, key, observed, comparison);
            }
            Body::Published(published) => {
                keep(
                    &mut self.published,
                    published.id.clone(),
                    observed,
                    published,
                );
            }
            Body::Canary(reading) => {
                keep(
                    &mut self.canaries,
                    reading.service.clone(),
                    observed,
                    reading,
                );
            }
            Body::Alerts(items) => keep(&mut self.alerts, source, observed, items),
            Body::Incidents(items) => self.apply_open_incidents(source, items, observed),
            Body::Incident(incident) => {
                keep(&mut self.incidents, incident.id.clone(), observed, incident);
            }
            Body::Timeline { incident, items } => {
                keep(&mut self.timelines, incident, observed, items);
            }
            Body::OnCall(items) => keep(&mut self.on_call, source, observed, items),
            Body::Windows { scope, items } => {
                keep(&mut self.windows, (source, scope), observed, items);
            }
            Body::Release(release) => {
                keep(&mut self.releases, release.id.clone(), observed, release);
            }
            Body::Note(note) => keep(&mut self.notes, note.id.clone(), observed, note),
            Body::Operation(record) => self.apply_operation(record),
            Body::Plan(record) => {
                keep(&mut self.plans, record.plan.id.clone(), observed, record);
            }
            Body::Health(health) => keep(&mut self.health, source, observed, health),
        }
    }

    fn apply_run(&mut self, run: Run, observed: Timestamp) {
        let id = run.id.clone();
        let new = Stamped {
            observed,
            value: run,
        };
        if let Some(old) = self.runs.get(&id) {
            if !old.yields_to(&new) {
                return;
            }
            let place = (Reverse(old.value.created), id.clone());
            self.runs_newest_first.remove(&place);
            if let Some(of_service) = self.runs_by_service.get_mut(&old.value.service) {
                of_service.remove(&place);
            }
        }
        let place = (Reverse(new.value.created), id.clone());
        let service = new.value.service.clone();
        if new.value.state.is_live() {
            self.live_runs.insert(id.clone());
        } else {
            self.live_runs.remove(&id);
        }
        self.runs.insert(id, new);
        self.runs_newest_first.insert(place.clone());
        let of_service = self.runs_by_service.entry(service.clone()).or_default();
        of_service.insert(place);
        if of_service.len() > RUNS_PER_SERVICE
            && let Some(oldest) = of_service.pop_last()
        {
            self.runs_newest_first.remove(&oldest);
            self.live_runs.remove(&oldest.1);
            self.jobs.remove(&oldest.1);
            self.runs.remove(&oldest.1);
        }
        if !self.found_services.contains(&service) {
            self.found_services.insert(service);
        }
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
                if replaces {
                    occupied.insert(new);
                }
            }
        }
    }

    fn apply_deployment(&mut self, deployment: Deployment, observed: Timestamp) {
        let id = deployment.id.clone();
        let new = Stamped {
            observed,
            value: deployment,
        };
        if let Some(old) = self.deployments.get(&id) {
            if !old.yields_to(&new) {
                return;
            }
            let place = (old.value.service.clone(), old.value.environment.clone());
            if let Some(ids) = self.deployments_by_place.get_mut(&place) {
                ids.remove(&(Reverse(old.value.created), id.clone()));
            }
        }
        self.found_services.insert(new.value.service.clone());
        let place = (new.value.service.clone(), new.value.environment.clone());
        let ids = self.deployments_by_place.entry(place).or_default();
        ids.insert((Reverse(new.value.created), id.clone()));
        self.deployments.insert(id, new);
        if ids.len() > DEPLOYMENTS_PER_PLACE
            && let Some((_, oldest)) = ids.pop_last()
        {
            self.deployments.remove(&oldest);
        }
    }

    fn apply_open_incidents(
        &mut self,
        source: SourceId,
        items: Vec<Incident>,
        observed: Timestamp,
    ) {
        let open: BTreeSet<_> = items.iter().map(|incident| incident.id.clone()).collect();
        for incident in items {
            keep(&mut self.incidents, incident.id.clone(), observed, incident);
        }
        keep(&mut self.open_incidents, source, observed, open);
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

fn keep<K: Ord, V: Serialize + PartialEq>(
    map: &mut BTreeMap<K, Stamped<V>>,
    key: K,
    observed: Timestamp,
    value: V,
) {
    let new = Stamped { observed, value };
    match map.entry(key) {
        btree_map::Entry::Vacant(vacant) => {
            vacant.insert(new);
        }
        btree_map::Entry::Occupied(mut occupied) => {
            if occupied.get().yields_to(&new) {
                occupied.insert(new);
            }
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
