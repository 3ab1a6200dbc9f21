//! The picture as facts again, for the cache of the last picture: what the
//! first screen shows, and all of it in parts of some services each, so that
//! what did not change need not be written again.
//!
//! Logs, health and operations are left out: logs are loaded on demand, health
//! must be seen anew, and operations come from the journal.

use std::{cmp::Reverse, collections::BTreeSet};

use super::{Model, Stamped};
use crate::domain::{Body, Deployment, Fact, Run, ServiceName, SourceId, Timestamp};

/// How many parts the picture has beside that of the first screen.
pub const PARTS: u8 = 32;

/// Runs that the first screen may show.
const FIRST_RUNS: usize = 200;
/// Deployments that the first screen may show for what they moved.
const FIRST_MOVES: usize = 60;
/// Deployments of a place that the first screen may ask for: what serves, and
/// what is on its way.
const FIRST_OF_PLACE: usize = 2;

/// What is not what it was when it was taken to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Something that the first screen may show.
    first: bool,
    /// Parts, by number.
    parts: u32,
}

impl Changes {
    /// Something changed that belongs to no part.
    pub(super) fn note(&mut self) {
        self.first = true;
    }

    /// Something of this service changed.
    pub(super) fn note_of(&mut self, service: &ServiceName) {
        self.first = true;
        self.parts |= 1 << part_of(service);
    }
}

/// The part that a service is in: the same on every day and every machine
/// (FNV-1a, 32 bits).
fn part_of(service: &ServiceName) -> u8 {
    let hash = service
        .as_str()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    ((hash >> 16) % u32::from(PARTS)) as u8
}

impl Model {
    /// What the first screen shows, as facts. The parts hold some of it again.
    #[must_use]
    pub fn first_facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (id, jobs) in &self.jobs {
            if self
                .runs
                .get(id)
                .is_some_and(|run| run.value.state.is_live() || run.value.state.is_failed())
            {
                facts.push(fact(
                    &id.source,
                    jobs.observed,
                    Body::Jobs {
                        run: id.clone(),
                        attempt: jobs.value.attempt,
                        items: jobs.value.items.clone(),
                    },
                ));
            }
        }
        // That nothing waits and nothing is planned is true of a picture
        // without facts as well.
        for ((source, scope), listed) in &self.approvals {
            if !listed.value.is_empty() {
                let (scope, items) = (scope.clone(), listed.value.clone());
                let body = Body::Approvals { scope, items };
                facts.push(fact(source, listed.observed, body));
            }
        }
        for ((source, scope), listed) in &self.windows {
            if !listed.value.is_empty() {
                let (scope, items) = (scope.clone(), listed.value.clone());
                let body = Body::Windows { scope, items };
                facts.push(fact(source, listed.observed, body));
            }
        }
        for canary in self.canaries.values() {
            let body = Body::Canary(canary.value.clone());
            facts.push(fact(&Self::declared_source(), canary.observed, body));
        }
        for (source, listed) in &self.alerts {
            let body = Body::Alerts(listed.value.clone());
            facts.push(fact(source, listed.observed, body));
        }
        for (source, listed) in &self.on_call {
            let body = Body::OnCall(listed.value.clone());
            facts.push(fact(source, listed.observed, body));
        }
        for (source, roster) in &self.rosters {
            let body = Body::Roster(roster.value.clone());
            facts.push(fact(source, roster.observed, body));
        }
        self.incident_facts(&mut facts);
        facts.extend(self.first_deployments().map(deployment_fact));
        facts.extend(self.first_runs().map(run_fact));
        facts
    }

    /// The newest runs, and those that need somebody however old they are.
    fn first_runs(&self) -> impl Iterator<Item = &Stamped<Run>> {
        let newest = self.runs().take(FIRST_RUNS);
        let oldest = newest.last().map(|run| run.value.created);
        let older =
            move |run: &&Stamped<Run>| oldest.is_some_and(|oldest| run.value.created < oldest);
        let others = self.live_runs().into_iter().chain(self.failing_runs());
        self.runs().take(FIRST_RUNS).chain(others.filter(older))
    }

    /// What moved last, and what serves where something is going on.
    fn first_deployments(&self) -> impl Iterator<Item = &Stamped<Deployment>> {
        let busy: BTreeSet<&ServiceName> = self
            .releases_in_order()
            .into_iter()
            .flat_map(|release| release.items.iter().map(|item| &item.service))
            .chain(self.canaries.keys())
            .chain(self.approvals().into_iter().map(|one| &one.value.service))
            .chain(
                self.open_incidents()
                    .into_iter()
                    .filter_map(|one| one.value.service.as_ref()),
            )
            .collect();
        let places = self
            .deployments
            .groups()
            .filter(move |(service, _)| busy.contains(service));
        let serving = places.flat_map(|place| self.deployments.of(place).take(FIRST_OF_PLACE));
        let mut moved: Vec<_> = self
            .deployments
            .iter()
            .filter(|one| self.catalog.is_production(&one.value.environment))
            .collect();
        moved.sort_unstable_by_key(|one| Reverse(one.value.updated));
        moved.truncate(FIRST_MOVES);
        serving.chain(moved)
    }

    /// The part of the picture with this number, below [`PARTS`], as facts:
    /// all that is known of the services in it.
    #[must_use]
    pub fn part_facts(&self, part: u8) -> Vec<Fact> {
        let mut facts = Vec::new();
        for group in self.runs.groups().filter(|name| part_of(name) == part) {
            facts.extend(self.runs.of(group).map(run_fact));
        }
        let places = self.deployments.groups();
        for group in places.filter(|(name, _)| part_of(name) == part) {
            facts.extend(self.deployments.of(group).map(deployment_fact));
        }
        for (service, listed) in &self.environments {
            if part_of(service) == part {
                let (service, items) = (service.clone(), listed.value.clone());
                let body = Body::Environments { service, items };
                facts.push(fact(&Self::declared_source(), listed.observed, body));
            }
        }
        for published in self.published.values() {
            if part_of(&published.value.service) == part {
                let source = &published.value.id.source;
                let body = Body::Published(published.value.clone());
                facts.push(fact(source, published.observed, body));
            }
        }
        facts
    }

    /// Whether something that the first screen may show has changed since
    /// [`Model::first_is_taken`].
    #[must_use]
    pub fn first_has_changed(&self) -> bool {
        self.changes.first
    }

    /// What the first screen shows is about to be written.
    pub fn first_is_taken(&mut self) {
        self.changes.first = false;
    }

    /// The parts of which something has changed since [`Model::part_is_taken`],
    /// in order.
    pub fn changed_parts(&self) -> impl Iterator<Item = u8> + use<> {
        let changed = self.changes.parts;
        (0..PARTS).filter(move |part| changed & (1 << part) != 0)
    }

    /// This part is about to be written.
    pub fn part_is_taken(&mut self, part: u8) {
        self.changes.parts &= !1_u32.checked_shl(part.into()).unwrap_or(0);
    }

    fn incident_facts(&self, facts: &mut Vec<Fact>) {
        for incident in self.incidents.values() {
            let source = &incident.value.id.source;
            facts.push(fact(
                source,
                incident.observed,
                Body::Incident(incident.value.clone()),
            ));
        }
        for (source, listed) in &self.open_incidents {
            let open = listed
                .value
                .iter()
                .filter_map(|id| self.incidents.get(id))
                .map(|incident| incident.value.clone())
                .collect();
            facts.push(fact(source, listed.observed, Body::Incidents(open)));
        }
        for (incident, listed) in &self.timelines {
            facts.push(fact(
                &incident.source,
                listed.observed,
                Body::Timeline {
                    incident: incident.clone(),
                    items: listed.value.clone(),
                },
            ));
        }
    }
}

fn run_fact(run: &Stamped<Run>) -> Fact {
    fact(
        &run.value.id.source,
        run.observed,
        Body::Run(run.value.clone()),
    )
}

fn deployment_fact(deployment: &Stamped<Deployment>) -> Fact {
    fact(
        &deployment.value.id.source,
        deployment.observed,
        Body::Deployment(deployment.value.clone()),
    )
}

fn fact(source: &SourceId, observed: Timestamp, body: Body) -> Fact {
    Fact {
        source: source.clone(),
        observed,
        body,
    }
}
