//! Workloads in the company's cluster, and the controller that moves them: a
//! second after each change it looks at what is wanted and takes a step.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::domain::Timestamp;

use super::{
    World,
    agenda::Step,
    company::{ServiceIndex, Tag, TagPage, hex},
    names,
};

/// Seconds that the controller takes to see a change.
const REACTION: f64 = 1.0;
/// Seconds that new instances take to be ready.
const START: f64 = 3.0;
/// Revisions of the past that are kept.
const KEPT: usize = 3;
/// The production environment.
const PRODUCTION: usize = 1;

/// How a workload replaces the old version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Argo Rollouts' canary.
    Canary,
    /// Argo Rollouts' blue-green.
    BlueGreen,
    /// Kubernetes' own Deployment.
    Rolling,
}

/// A step of a canary.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// Share of the traffic in percent.
    Weight(f64),
    /// A pause of so many seconds; without end where it is 0.
    Pause(f64),
}

/// One version of a workload.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its number.
    pub number: u64,
    /// The version.
    pub version: String,
    /// Since when its set of instances is there.
    pub created: Timestamp,
}

/// Why a rollout waits.
#[derive(Clone, Debug)]
pub struct Pause {
    /// The controller's word.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// A workload.
#[derive(Clone, Debug)]
pub struct Rollout {
    /// The service.
    pub service: ServiceIndex,
    /// Its name, which is the service's.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// How it replaces the old version.
    pub strategy: Strategy,
    /// The steps of a canary.
    pub steps: Vec<Course>,
    /// Whether Argo CD's marks are on it.
    pub gitops: bool,
    /// Its identity.
    pub uid: String,
    /// When it was made.
    pub created: Timestamp,
    /// Number of changes to what is wanted.
    pub generation: u64,
    /// Up to which the controller has looked.
    pub observed: u64,
    /// Number of changes of any sort.
    pub resource_version: u64,
    /// The version that is wanted.
    pub wanted: String,
    /// Whether somebody holds it.
    pub held: bool,
    /// Its versions, oldest first.
    pub revisions: Vec<Revision>,
    /// The version that the controller works on.
    pub current: String,
    /// The version that serves.
    pub stable: String,
    /// The step that it stands at.
    pub step: usize,
    /// What it waits for.
    pub pause: Option<Pause>,
    /// Whether the controller itself paused it.
    pub controller_pause: bool,
    /// Whether it was given up, and since when.
    pub abort: Option<Timestamp>,
    /// Whether it skips what is left.
    pub promote_full: bool,
    /// Share of the traffic in percent.
    pub weight: f64,
    /// Instances that are of the version that is wanted.
    pub updated: u32,
    /// When the controller last made progress.
    pub progress: Timestamp,
}

/// How many instances each has.
pub const REPLICAS: u32 = 4;

/// What tells the content of a version from any other.
#[must_use]
pub fn hash(name: &str, version: &str) -> String {
    let digest = Sha256::digest(format!("{name} {version}").as_bytes());
    hex(&digest[..5])
}

impl Rollout {
    /// The hash of a version of it.
    #[must_use]
    pub fn hash(&self, version: &str) -> String {
        hash(&self.name, version)
    }

    /// Whether it is through.
    #[must_use]
    pub fn is_through(&self) -> bool {
        self.current == self.stable && self.updated == REPLICAS
    }
}

/// A workload for the world; steps are in order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutSeed {
    /// The service.
    pub service: String,
    /// How it replaces the old version.
    pub strategy: Strategy,
    /// The steps of a canary.
    #[serde(default)]
    pub steps: Vec<Course>,
    /// Whether Argo CD's marks are on it.
    #[serde(default)]
    pub gitops: bool,
}

impl World {
    /// Puts a workload into the cluster, with the versions of its past.
    pub(super) fn install(&mut self, seed: &RolloutSeed) {
        let Some(service) = self.service(&seed.service) else {
            return;
        };
        let mut past: Vec<(String, Timestamp)> = self
            .deployments_of(service)
            .filter(|deployment| deployment.environment == PRODUCTION)
            .map(|deployment| (deployment.version.to_string(), deployment.created_at))
            .collect();
        let surplus = past.len().saturating_sub(KEPT);
        past.drain(..surplus);
        let Some((stable, since)) = past.last().cloned() else {
            return;
        };
        let uid = hex(&Sha256::digest(seed.service.as_bytes())[..16]);
        self.rollouts.push(Rollout {
            service,
            name: seed.service.clone(),
            namespace: "shop".to_owned(),
            strategy: seed.strategy,
            steps: seed.steps.clone(),
            gitops: seed.gitops,
            uid: format!(
                "{}-{}-{}-{}-{}",
                &uid[..8],
                &uid[8..12],
                &uid[12..16],
                &uid[16..20],
                &uid[20..]
            ),
            created: past.first().map_or(since, |first| first.1),
            generation: past.len() as u64,
            observed: past.len() as u64,
            resource_version: 1_000,
            wanted: stable.clone(),
            held: false,
            revisions: past
                .into_iter()
                .zip(1..)
                .map(|((version, created), number)| Revision {
                    number,
                    version,
                    created,
                })
                .collect(),
            current: stable.clone(),
            stable,
            step: seed.steps.len(),
            pause: None,
            controller_pause: false,
            abort: None,
            promote_full: false,
            weight: 0.0,
            updated: REPLICAS,
            progress: since,
        });
    }

    /// A new version of a service is wanted in the cluster.
    pub(super) fn roll_out(&mut self, service: ServiceIndex, version: &str) {
        let actor = self.anybody();
        let headline = names::headline(&mut self.rng);
        let commit = self.merge(service, headline, actor);
        let at = self.now();
        self.services[service].tags.push(Tag {
            version: version.to_owned(),
            commit,
            at,
            page: TagPage::Automatic,
        });
        let found = self
            .rollouts
            .iter()
            .position(|rollout| rollout.service == service);
        if let Some(index) = found {
            self.want(index, version);
        }
    }

    /// Wants a version of a workload.
    pub fn want(&mut self, index: usize, version: &str) {
        if let Some(rollout) = self.rollouts.get_mut(index) {
            version.clone_into(&mut rollout.wanted);
            rollout.generation += 1;
        }
        self.touched(index);
    }

    /// Somebody changed a workload: the controller will see it.
    pub fn touched(&mut self, index: usize) {
        let Some(rollout) = self.rollouts.get_mut(index) else {
            return;
        };
        rollout.resource_version += 7;
        self.schedule_in(REACTION, Step::Reconcile { rollout: index });
    }

    /// The controller looks at a workload.
    pub(super) fn reconcile(&mut self, index: usize) {
        let now = self.now();
        let Some(rollout) = self.rollouts.get_mut(index) else {
            return;
        };
        rollout.resource_version += 1;
        rollout.observed = rollout.generation;
        if rollout.wanted != rollout.current {
            begin(rollout, now);
        }
        if rollout.held && rollout.abort.is_none() {
            return;
        }
        match rollout.strategy {
            Strategy::Rolling => self.roll(index),
            Strategy::BlueGreen => self.change_over(index),
            Strategy::Canary => self.step(index),
        }
    }

    fn roll(&mut self, index: usize) {
        let now = self.now();
        let Some(rollout) = self.rollouts.get_mut(index) else {
            return;
        };
        if rollout.updated < REPLICAS {
            rollout.updated += REPLICAS / 2;
            rollout.progress = now;
        }
        if rollout.updated >= REPLICAS {
            rollout.updated = REPLICAS;
            self.through(index);
        } else {
            self.schedule_in(START, Step::Reconcile { rollout: index });
        }
    }

    fn change_over(&mut self, index: usize) {
        let now = self.now();
        let Some(rollout) = self.rollouts.get_mut(index) else {
            return;
        };
        if rollout.current == rollout.stable || rollout.abort.is_some() {
            rollout.pause = None;
            rollout.controller_pause = false;
            return;
        }
        rollout.updated = REPLICAS;
        if rollout.promote_full || (rollout.controller_pause && rollout.pause.is_none()) {
            self.through(index);
            return;
        }
        if rollout.pause.is_none() {
            pause(rollout, "BlueGreenPause", now);
        }
    }

    fn step(&mut self, index: usize) {
        let now = self.now();
        let Some(rollout) = self.rollouts.get_mut(index) else {
            return;
        };
        if rollout.current == rollout.stable {
            rollout.step = rollout.steps.len();
            rollout.pause = None;
            rollout.controller_pause = false;
            rollout.abort = None;
            self.share(index, 0.0);
            return;
        }
        if rollout.abort.is_some() {
            rollout.pause = None;
            rollout.controller_pause = false;
            rollout.step = 0;
            rollout.updated = 0;
            self.share(index, 0.0);
            return;
        }
        if rollout.promote_full {
            rollout.step = rollout.steps.len();
            rollout.pause = None;
        }
        // A pause that somebody took away is over.
        if rollout.controller_pause && rollout.pause.is_none() {
            rollout.controller_pause = false;
            if let Some(Course::Pause(_)) = rollout.steps.get(rollout.step) {
                rollout.step += 1;
            }
        }
        if let (Some(waits), Some(Course::Pause(seconds))) =
            (&rollout.pause, rollout.steps.get(rollout.step))
        {
            let over = *seconds > 0.0 && now >= waits.since + self.clock.scaled(*seconds);
            if !over {
                return;
            }
            rollout.pause = None;
            rollout.controller_pause = false;
            rollout.step += 1;
        }
        rollout.progress = now;
        match rollout.steps.get(rollout.step).copied() {
            None => self.through(index),
            Some(Course::Weight(percent)) => {
                rollout.step += 1;
                rollout.updated = (REPLICAS * percent as u32).div_ceil(100);
                self.share(index, percent);
                self.schedule_in(REACTION, Step::Reconcile { rollout: index });
            }
            Some(Course::Pause(seconds)) => {
                pause(rollout, "CanaryPauseStep", now);
                if seconds > 0.0 {
                    self.schedule_in(seconds + 0.01, Step::Reconcile { rollout: index });
                }
            }
        }
    }

    /// Gives the version that is wanted a share of the traffic.
    fn share(&mut self, index: usize, percent: f64) {
        let Some(rollout) = self.rollouts.get_mut(index) else {
            return;
        };
        rollout.weight = percent;
        let (service, version) = (rollout.service, rollout.current.clone());
        let Some(traffic) = &mut self.services[service].traffic else {
            return;
        };
        if percent > 0.0 {
            traffic.set_weight(&version, percent);
        } else if traffic.canary.is_some() {
            traffic.end_canary(false);
            self.schedule_in(6.0, Step::Calm { service });
        }
    }

    /// What is wanted serves.
    fn through(&mut self, index: usize) {
        let Some(rollout) = self.rollouts.get_mut(index) else {
            return;
        };
        rollout.stable.clone_from(&rollout.current);
        rollout.step = rollout.steps.len();
        rollout.pause = None;
        rollout.controller_pause = false;
        rollout.promote_full = false;
        rollout.updated = REPLICAS;
        rollout.weight = 0.0;
        rollout.progress = self.now;
        let (service, version) = (rollout.service, rollout.stable.clone());
        if let Some(traffic) = &mut self.services[service].traffic {
            traffic.end_canary(true);
            traffic.version.clone_from(&version);
        }
        self.services[service].environments[PRODUCTION].version = version;
    }
}

/// The controller begins with another version: a new revision, or an old one
/// under a new number.
fn begin(rollout: &mut Rollout, now: Timestamp) {
    let number = rollout
        .revisions
        .last()
        .map_or(1, |revision| revision.number + 1);
    let old = rollout
        .revisions
        .iter()
        .position(|revision| revision.version == rollout.wanted)
        .map(|place| rollout.revisions.remove(place));
    rollout.revisions.push(Revision {
        number,
        version: rollout.wanted.clone(),
        created: old.map_or(now, |old| old.created),
    });
    rollout.current.clone_from(&rollout.wanted);
    rollout.step = 0;
    rollout.pause = None;
    rollout.controller_pause = false;
    rollout.abort = None;
    rollout.promote_full = false;
    rollout.updated = if rollout.current == rollout.stable && rollout.strategy != Strategy::Rolling
    {
        REPLICAS
    } else {
        0
    };
    rollout.progress = now;
}

fn pause(rollout: &mut Rollout, reason: &str, now: Timestamp) {
    rollout.pause = Some(Pause {
        reason: reason.to_owned(),
        since: now,
    });
    rollout.controller_pause = true;
}
