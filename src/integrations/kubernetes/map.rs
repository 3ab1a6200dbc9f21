//! From Kubernetes' words to facts. Pure.

mod version;

use serde_json::Value;

use self::version::{commit_of, digest_of, version_of};
use super::{client::Kind, wire};
use crate::domain::{
    Deployment, DeploymentState, EnvironmentName, Origin, Pause, Revision, Rollout,
    RolloutAnalysis, RolloutPhase, RolloutSeen, ServiceName, SourceId, Strategy, Text, Timestamp,
};

/// The annotations that number the revisions of a kind.
fn revision_mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Rollout => "rollout.argoproj.io/revision",
        Kind::Deployment => "deployment.kubernetes.io/revision",
    }
}

/// The label by which a kind tells its sets of instances apart.
#[must_use]
pub fn hash_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Rollout => "rollouts-pod-template-hash",
        Kind::Deployment => "pod-template-hash",
    }
}

/// A workload's name in full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name there.
    pub name: String,
}

impl Name {
    /// The key under which it is known: `rollouts/NAMESPACE/NAME`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.kind.resource(), self.namespace, self.name)
    }

    /// Reads a key.
    #[must_use]
    pub fn read(key: &str) -> Option<Self> {
        let mut parts = key.split('/');
        let (kind, namespace, name) = (parts.next()?, parts.next()?, parts.next()?);
        let fine = parts.next().is_none()
            && super::config::is_name(namespace)
            && super::config::is_name(name);
        Some(Self {
            kind: Kind::of(kind).filter(|_| fine)?,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The path of the object below the API server.
    #[must_use]
    pub fn path(&self) -> String {
        self.kind.path(&self.namespace, &self.name)
    }
}

/// A workload with its sets of instances.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Its name.
    pub name: Name,
    /// Itself.
    pub workload: wire::Workload,
    /// Its sets, in no order.
    pub sets: Vec<wire::ReplicaSet>,
}

/// What one revision is, before it becomes a fact.
fn number_of(kind: Kind, set: &wire::ReplicaSet) -> Option<u64> {
    set.metadata
        .annotations
        .get(revision_mark(kind))?
        .parse()
        .ok()
}

/// What tells the content of a set.
#[must_use]
pub fn hash_of(kind: Kind, set: &wire::ReplicaSet) -> &str {
    set.metadata
        .labels
        .get(hash_label(kind))
        .map_or("", String::as_str)
}

impl Whole {
    /// The hash of what is wanted.
    #[must_use]
    pub fn current_hash(&self) -> &str {
        match self.name.kind {
            Kind::Rollout => &self.workload.status.current_pod_hash,
            // A Deployment does not tell: its newest revision is what is wanted.
            Kind::Deployment => self
                .sets
                .iter()
                .max_by_key(|set| number_of(Kind::Deployment, set))
                .map_or("", |set| hash_of(Kind::Deployment, set)),
        }
    }

    /// The hash of what serves.
    fn stable_hash(&self) -> &str {
        match self.name.kind {
            Kind::Rollout => &self.workload.status.stable_rs,
            Kind::Deployment => {
                if deployed(&self.workload) {
                    return self.current_hash();
                }
                // What serves the most of what is not wanted.
                self.sets
                    .iter()
                    .filter(|set| hash_of(Kind::Deployment, set) != self.current_hash())
                    .filter(|set| set.status.replicas > 0)
                    .max_by_key(|set| set.status.ready_replicas)
                    .map_or("", |set| hash_of(Kind::Deployment, set))
            }
        }
    }

    /// The system whose marks it carries; empty where it carries none.
    #[must_use]
    pub fn managed_by(&self) -> &'static str {
        managed_by(&self.workload.metadata)
    }

    /// What an operation on it compares.
    #[must_use]
    pub fn seen(&self) -> RolloutSeen {
        let status = &self.workload.status;
        RolloutSeen {
            uid: Text::new(&self.workload.metadata.uid),
            generation: self.workload.metadata.generation,
            hash: Text::new(self.current_hash()),
            step: status.current_step_index,
            pause: status
                .pause_conditions
                .first()
                .map(|pause| Text::new(&pause.reason))
                .unwrap_or_default(),
        }
    }

    /// The fact.
    #[must_use]
    pub fn rollout(
        &self,
        source: &SourceId,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Rollout {
        let (spec, status) = (&self.workload.spec, &self.workload.status);
        let strategy = strategy(self.name.kind, spec);
        let steps = steps(spec);
        let (phase, message) = phase(self.name.kind, &self.workload);
        Rollout {
            id: Origin::new(source, &self.name.key()),
            service: service.clone(),
            environment: environment.clone(),
            weight: (strategy == Strategy::Canary).then(|| self.weight(steps)),
            strategy,
            phase,
            message: Text::new(&message),
            pauses: status
                .pause_conditions
                .iter()
                .map(|pause| Pause {
                    reason: Text::new(&pause.reason),
                    since: pause.start_time.unwrap_or_default(),
                })
                .collect(),
            held: spec.paused,
            aborted: status.abort,
            unpausing: unpausing(status),
            steps: steps
                .iter()
                .map(|step| Text::new(&step_words(step)))
                .collect(),
            weights: weights(steps),
            revisions: self.revisions(),
            analyses: analyses(status),
            managed_by: Text::new(managed_by(&self.workload.metadata)),
            seen: self.seen(),
        }
    }

    /// The share of the traffic that the new version gets: what is routed, else
    /// what the plan has asked for so far.
    fn weight(&self, steps: &[Value]) -> f64 {
        let status = &self.workload.status;
        if status.abort {
            return 0.0;
        }
        if !status.stable_rs.is_empty() && status.stable_rs == status.current_pod_hash {
            return 100.0;
        }
        if let Some(weights) = &status.canary.weights {
            return weights.canary.weight;
        }
        let done = status.current_step_index.unwrap_or_default() as usize;
        if !steps.is_empty() && done >= steps.len() {
            return 100.0;
        }
        weights(steps.get(..done).unwrap_or_default())
            .last()
            .copied()
            .unwrap_or_default()
    }

    /// Its revisions, the newest first.
    #[must_use]
    pub fn revisions(&self) -> Vec<Revision> {
        let kind = self.name.kind;
        let (current, stable) = (self.current_hash(), self.stable_hash());
        let mut revisions: Vec<Revision> = self
            .sets
            .iter()
            .filter_map(|set| {
                let hash = hash_of(kind, set);
                let template = &set.spec.template;
                Some(Revision {
                    number: number_of(kind, set)?,
                    hash: Text::new(hash),
                    version: version_of(&self.name.name, &set.metadata, template),
                    commit: Text::new(&commit_of(&self.name.name, &set.metadata, template)),
                    digest: digest_of(&self.name.name, template),
                    created: set.metadata.creation_timestamp.unwrap_or_default(),
                    current: !hash.is_empty() && hash == current,
                    stable: !hash.is_empty() && hash == stable,
                    ready: (set.status.ready_replicas, set.status.replicas),
                })
            })
            .collect();
        revisions.sort_by_key(|revision| std::cmp::Reverse(revision.number));
        revisions
    }

    /// The deployments that its revisions are. `began` says when a revision was
    /// first wanted; `failed` which contents never got to serve.
    #[must_use]
    pub fn deployments(
        &self,
        rollout: &Rollout,
        began: impl Fn(&Revision) -> Timestamp,
        failed: impl Fn(&Revision) -> bool,
    ) -> Vec<Deployment> {
        rollout
            .revisions
            .iter()
            .map(|revision| {
                let created = began(revision);
                let state = if revision.current && revision.stable {
                    DeploymentState::Success
                } else if revision.current {
                    // Also what was given up or is stuck: it stays what is
                    // wanted, and begins again with the next change.
                    DeploymentState::InProgress
                } else if revision.stable {
                    DeploymentState::Success
                } else if failed(revision) {
                    DeploymentState::Failure
                } else {
                    DeploymentState::Inactive
                };
                Deployment {
                    id: Origin::new(
                        &rollout.id.source,
                        &format!("{}#{}", rollout.id.key, revision.number),
                    ),
                    service: rollout.service.clone(),
                    environment: rollout.environment.clone(),
                    version: revision.version.clone(),
                    commit: revision.commit.clone(),
                    digest: revision.digest.clone(),
                    state,
                    creator: Text::default(),
                    created,
                    updated: created,
                    run: None,
                    url: Text::default(),
                }
            })
            .collect()
    }
}

/// Whether a rollout was let go and has not moved yet: sending the same again
/// would take it a step further than anybody saw.
fn unpausing(status: &wire::Status) -> bool {
    status.controller_pause && status.pause_conditions.is_empty()
}

fn strategy(kind: Kind, spec: &wire::Spec) -> Strategy {
    match kind {
        Kind::Deployment => Strategy::Rolling,
        Kind::Rollout if spec.strategy.contains_key("canary") => Strategy::Canary,
        Kind::Rollout if spec.strategy.contains_key("blueGreen") => Strategy::BlueGreen,
        Kind::Rollout => Strategy::Other(Text::new(
            spec.strategy.keys().next().map_or("", String::as_str),
        )),
    }
}

/// The steps of a canary.
#[must_use]
pub fn steps(spec: &wire::Spec) -> &[Value] {
    spec.strategy
        .get("canary")
        .and_then(|canary| canary.get("steps"))
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn weights(steps: &[Value]) -> Vec<f64> {
    steps
        .iter()
        .filter_map(|step| step.get("setWeight")?.as_f64())
        .collect()
}

/// A step in a few words.
fn step_words(step: &Value) -> String {
    if let Some(weight) = step.get("setWeight").and_then(Value::as_f64) {
        return format!("weight {weight} %");
    }
    if let Some(pause) = step.get("pause") {
        return match pause.get("duration") {
            Some(Value::String(duration)) => format!("pause {duration}"),
            Some(Value::Number(seconds)) => format!("pause {seconds}s"),
            _ => "pause until promoted".to_owned(),
        };
    }
    step.as_object()
        .and_then(|step| step.keys().next().cloned())
        .unwrap_or_else(|| "?".to_owned())
}

/// Where it stands, and why.
fn phase(kind: Kind, workload: &wire::Workload) -> (RolloutPhase, String) {
    let status = &workload.status;
    let progressing = |why: &str| (RolloutPhase::Progressing, why.to_owned());
    match kind {
        Kind::Rollout => {
            // The phase is of the past until the controller has looked again.
            // A generation that is no number is of a version before 1.0.
            if status.observed_generation != 0
                && status.observed_generation != workload.metadata.generation
            {
                return progressing("the controller has not looked at the change yet");
            }
            if unpausing(status) {
                return progressing("it was let go and has not moved yet");
            }
            let phase = match status.phase.as_str() {
                "Healthy" => RolloutPhase::Healthy,
                "Progressing" | "" => RolloutPhase::Progressing,
                "Paused" => RolloutPhase::Paused,
                "Degraded" => RolloutPhase::Degraded,
                other => RolloutPhase::Other(Text::new(other)),
            };
            (phase, status.message.clone())
        }
        Kind::Deployment => {
            let late = status.conditions.iter().find(|condition| {
                condition.kind == "Progressing" && condition.reason == "ProgressDeadlineExceeded"
            });
            if status.observed_generation < workload.metadata.generation {
                progressing("the controller has not looked at the change yet")
            } else if let Some(late) = late {
                (RolloutPhase::Degraded, late.message.clone())
            } else if deployed(workload) {
                (RolloutPhase::Healthy, String::new())
            } else if workload.spec.paused {
                (RolloutPhase::Paused, "a person holds it".to_owned())
            } else {
                let wanted = workload.spec.replicas.unwrap_or(1);
                progressing(&format!(
                    "{} of {wanted} instances are new, {} serve",
                    status.updated_replicas, status.available_replicas
                ))
            }
        }
    }
}

/// Whether all instances of a Deployment are new and serve.
fn deployed(workload: &wire::Workload) -> bool {
    let status = &workload.status;
    let wanted = workload.spec.replicas.unwrap_or(1);
    status.observed_generation >= workload.metadata.generation
        && status.updated_replicas >= wanted
        && status.replicas <= status.updated_replicas
        && status.available_replicas >= status.updated_replicas
}

fn analyses(status: &wire::Status) -> Vec<RolloutAnalysis> {
    [
        &status.canary.current_step_analysis_run_status,
        &status.canary.current_background_analysis_run_status,
        &status.blue_green.pre_promotion_analysis_run_status,
        &status.blue_green.post_promotion_analysis_run_status,
    ]
    .into_iter()
    .flatten()
    .map(|run| RolloutAnalysis {
        name: Text::new(&run.name),
        phase: Text::new(&run.status),
        message: Text::new(&run.message),
    })
    .collect()
}

/// The system whose marks a workload carries; empty where there are none.
fn managed_by(metadata: &wire::Meta) -> &'static str {
    let has =
        |name: &str| metadata.labels.contains_key(name) || metadata.annotations.contains_key(name);
    if has("argocd.argoproj.io/tracking-id") || has("argocd.argoproj.io/instance") {
        "Argo CD"
    } else if has("kustomize.toolkit.fluxcd.io/name") || has("helm.toolkit.fluxcd.io/name") {
        "Flux"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests;
