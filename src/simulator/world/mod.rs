//! The state of the company: one value behind one lock. Time passes only in
//! [`World::advance`], which plays whatever has become due: the script, and
//! what people's operations led to.

/// Who works there and what they run.
pub mod company;
/// Environments and deployments.
pub mod delivery;
/// Incidents, alerts and maintenance.
pub mod incident;
/// Text of job logs.
pub mod log;
/// Pages of versions.
pub mod pages;
/// Workflow runs.
pub mod report;
/// Workloads in the cluster.
pub mod rollout;
pub mod run;
/// Text of job logs at GitLab.
mod trace;
/// Counters of requests, errors and latencies.
pub mod traffic;

mod agenda;
mod flow;
mod generate;
mod names;
mod operations;
mod pager;
mod script;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{clock::Clock, scenario::Scenario};
use crate::domain::Timestamp;

pub use agenda::FaultOrder;
use agenda::Step;
use company::{Host, Person, PersonIndex, Service, ServiceIndex};
use delivery::Deployment;
use incident::{Alert, Incident, Maintenance};
pub use operations::{Again, Refusal};
use run::{Run, Workflow};

/// The organisation's login at GitHub.
pub const ORGANIZATION: &str = "larkspur";
/// The operator: the person whom the tokens belong to.
pub const OPERATOR: PersonIndex = 0;

/// The company.
pub struct World {
    /// What the clock says about speed and start.
    pub clock: Clock,
    /// Everybody; the operator first.
    pub people: Vec<Person>,
    /// Everything they run.
    pub services: Vec<Service>,
    /// All workflow runs by id.
    pub runs: BTreeMap<u64, Run>,
    /// All deployments by id.
    pub deployments: BTreeMap<u64, Deployment>,
    /// Workloads in the cluster.
    pub rollouts: Vec<rollout::Rollout>,
    /// All incidents, oldest first.
    pub incidents: Vec<Incident>,
    /// Alerts that are pending or firing.
    pub alerts: Vec<Alert>,
    /// Planned maintenance.
    pub maintenance: Vec<Maintenance>,
    /// Misbehaviour of vendors that the script ordered and nobody has
    /// collected yet.
    pub fault_orders: Vec<FaultOrder>,
    runs_of: Vec<Vec<u64>>,
    deployments_of: Vec<Vec<u64>>,
    agenda: BTreeMap<(Timestamp, u64), Step>,
    agenda_number: u64,
    now: Timestamp,
    next_sample: Timestamp,
    next_run: u64,
    next_deployment: u64,
    next_key: u64,
    rng: StdRng,
}

impl World {
    /// Makes the company as it is when the clock starts.
    pub fn new(scenario: &Scenario, seed: u64, clock: Clock) -> Self {
        let history = clock.offset(-3_600.0);
        let mut world = Self {
            clock,
            people: Vec::new(),
            services: Vec::new(),
            runs: BTreeMap::new(),
            deployments: BTreeMap::new(),
            rollouts: Vec::new(),
            incidents: Vec::new(),
            alerts: Vec::new(),
            maintenance: Vec::new(),
            fault_orders: Vec::new(),
            runs_of: Vec::new(),
            deployments_of: Vec::new(),
            agenda: BTreeMap::new(),
            agenda_number: 0,
            now: history,
            next_sample: history,
            next_run: 19_400_000_000,
            next_deployment: 2_900_000_000,
            next_key: 1,
            rng: StdRng::seed_from_u64(seed),
        };
        world.generate(scenario, seed);
        for seed in &scenario.rollouts {
            world.install(seed);
        }
        for event in &scenario.events {
            let at = clock.offset(event.at);
            world.schedule(at, Step::Script(event.action.clone()));
        }
        world.advance(clock.start());
        world
    }

    /// Lets the time pass up to `now`: plays what has become due, in order,
    /// and keeps the counters of all services up to date.
    pub fn advance(&mut self, now: Timestamp) {
        loop {
            let due = self.agenda.first_key_value().map(|(key, _)| key.0);
            let next = due.map_or(self.next_sample, |due| due.min(self.next_sample));
            if next > now {
                break;
            }
            self.now = self.now.max(next);
            if due.is_some_and(|due| due <= self.next_sample) {
                if let Some((_, step)) = self.agenda.pop_first() {
                    self.play(step);
                }
            } else {
                for service in &mut self.services {
                    if let Some(traffic) = &mut service.traffic {
                        traffic.advance(next);
                    }
                }
                self.next_sample =
                    traffic::next_sample(next, self.clock.start(), self.clock.speed());
            }
        }
        self.now = self.now.max(now);
    }

    /// The instant up to which everything is played.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When something is due next, for whoever plays the world in the
    /// background.
    pub fn next_due(&self) -> Timestamp {
        self.agenda
            .first_key_value()
            .map_or(self.next_sample, |(key, _)| key.0.min(self.next_sample))
    }

    /// A service by its name.
    pub fn service(&self, name: &str) -> Option<ServiceIndex> {
        self.services
            .iter()
            .position(|service| service.name == name)
    }

    /// A service by its name, when its code lives there.
    pub fn hosted(&self, host: Host, name: &str) -> Option<ServiceIndex> {
        self.service(name)
            .filter(|service| self.services[*service].host == host)
    }

    /// The services whose code lives there.
    pub fn services_of(&self, host: Host) -> Vec<ServiceIndex> {
        (0..self.services.len())
            .filter(|service| self.services[*service].host == host)
            .collect()
    }

    /// A service's runs, oldest first.
    pub fn runs_of(
        &self,
        service: ServiceIndex,
    ) -> impl DoubleEndedIterator<Item = &Run> + ExactSizeIterator {
        self.runs_of[service].iter().map(|id| &self.runs[id])
    }

    /// A service's deployments, oldest first.
    pub fn deployments_of(
        &self,
        service: ServiceIndex,
    ) -> impl DoubleEndedIterator<Item = &Deployment> + ExactSizeIterator {
        self.deployments_of[service]
            .iter()
            .map(|id| &self.deployments[id])
    }

    /// The newest run of a service that is not over and fits.
    fn live_run(&self, service: ServiceIndex, workflow: Workflow) -> Option<u64> {
        self.runs_of(service)
            .rev()
            .find(|run| run.workflow == workflow && run.latest.status != run::Status::Completed)
            .map(|run| run.id)
    }

    fn run_id(&mut self) -> u64 {
        self.next_run += self.rng.random_range(37..900);
        self.next_run
    }

    fn deployment_id(&mut self) -> u64 {
        self.next_deployment += self.rng.random_range(3..90);
        self.next_deployment
    }

    /// A key in PagerDuty's style, such as `Q0000A1LARKSPUR`.
    fn key(&mut self, prefix: &str) -> String {
        self.next_key += 1;
        let mut number = self.next_key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut key = String::from(prefix);
        for _ in 0..13 {
            key.push(char::from(
                b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(number % 36) as usize],
            ));
            number /= 36;
        }
        key
    }

    fn keep_run(&mut self, run: Run) {
        self.runs_of[run.service].push(run.id);
        self.runs.insert(run.id, run);
    }

    fn keep_deployment(&mut self, deployment: Deployment) {
        self.deployments_of[deployment.service].push(deployment.id);
        self.deployments.insert(deployment.id, deployment);
    }

    fn anybody(&mut self) -> PersonIndex {
        self.rng.random_range(1..self.people.len())
    }
}
