//! The picture as facts again, for the cache of the last picture.

use super::{Model, Stamped};
use crate::domain::{Body, Fact, SourceId, Timestamp};

/// Deployments of each place that the first screen may show: what serves, and
/// what is on its way.
const FIRST_DEPLOYMENTS: usize = 2;

impl Model {
    /// The picture as facts that give it again, in two parts: what the first
    /// screen needs, and older runs, deployments and publications. Logs,
    /// health and operations are left out: logs are loaded on demand, health
    /// must be seen anew, and operations come from the journal.
    #[must_use]
    pub fn facts(&self, first_runs: usize) -> (Vec<Fact>, Vec<Fact>) {
        let mut first = Vec::new();
        for (id, jobs) in &self.jobs {
            if self
                .runs
                .get(id)
                .is_some_and(|run| run.value.state.is_live() || run.value.state.is_failed())
            {
                first.push(fact(
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
        let mut later = Vec::new();
        for ids in self.deployments_by_place.values() {
            for (place, (_, id)) in ids.iter().enumerate() {
                let Some(deployment) = self.deployments.get(id) else {
                    continue;
                };
                let part = if place < FIRST_DEPLOYMENTS {
                    &mut first
                } else {
                    &mut later
                };
                let body = Body::Deployment(deployment.value.clone());
                part.push(fact(&id.source, deployment.observed, body));
            }
        }
        for ((source, scope), listed) in &self.approvals {
            first.push(fact(
                source,
                listed.observed,
                Body::Approvals {
                    scope: scope.clone(),
                    items: listed.value.clone(),
                },
            ));
        }
        for ((source, scope), listed) in &self.windows {
            first.push(fact(
                source,
                listed.observed,
                Body::Windows {
                    scope: scope.clone(),
                    items: listed.value.clone(),
                },
            ));
        }
        for (service, listed) in &self.environments {
            first.push(fact(
                &Self::declared_source(),
                listed.observed,
                Body::Environments {
                    service: service.clone(),
                    items: listed.value.clone(),
                },
            ));
        }
        for published in self.published.values() {
            let source = &published.value.id.source;
            later.push(fact(
                source,
                published.observed,
                Body::Published(published.value.clone()),
            ));
        }
        for canary in self.canaries.values() {
            first.push(fact(
                &Self::declared_source(),
                canary.observed,
                Body::Canary(canary.value.clone()),
            ));
        }
        for (source, listed) in &self.alerts {
            first.push(fact(
                source,
                listed.observed,
                Body::Alerts(listed.value.clone()),
            ));
        }
        for (source, listed) in &self.on_call {
            first.push(fact(
                source,
                listed.observed,
                Body::OnCall(listed.value.clone()),
            ));
        }
        self.incident_facts(&mut first);
        let mut runs: Vec<Fact> = self.runs().map(run_fact).collect();
        later.extend(runs.split_off(runs.len().min(first_runs)));
        first.extend(runs);
        (first, later)
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

fn run_fact(run: &Stamped<crate::domain::Run>) -> Fact {
    fact(
        &run.value.id.source,
        run.observed,
        Body::Run(run.value.clone()),
    )
}

fn fact(source: &SourceId, observed: Timestamp, body: Body) -> Fact {
    Fact {
        source: source.clone(),
        observed,
        body,
    }
}
