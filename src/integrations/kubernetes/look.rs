//! One look: ask, remember, emit.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;

use super::{
    client::{Client, Kind},
    config::Settings,
    map::{self, Name, Whole},
    wire,
};
use crate::{
    domain::{
        Body, Catalog, Connection, EnvironmentName, Origin, ServiceName, SourceId, Timestamp,
    },
    integrations::{
        contract::{FactSink, Fault},
        http::{Need, fault::fault},
    },
};

/// Sets of instances are read anew after so many seconds, or when a workload
/// wants something else: there are many of them.
const SETS_SECONDS: i64 = 60;

/// What looks at one cluster.
pub struct Eyes {
    /// The integration's name.
    pub id: SourceId,
    /// The calls.
    pub client: Client,
    /// Namespaces with the environment that each is.
    pub namespaces: BTreeMap<String, EnvironmentName>,
    workloads: BTreeMap<String, ServiceName>,
    catalog: Arc<Catalog>,
    memory: Mutex<BTreeMap<String, Namespace>>,
}

/// What earlier looks taught of a namespace.
#[derive(Default)]
struct Namespace {
    sets: Vec<wire::ReplicaSet>,
    read: Option<Timestamp>,
    /// What was wanted of each workload when the sets were read.
    wanted: BTreeMap<Name, (String, u64, String)>,
    known: BTreeMap<Name, Known>,
    /// Whether something moved at the last look.
    moving: bool,
}

/// What earlier looks taught of a workload.
#[derive(Clone, Default)]
struct Known {
    whole: Option<Whole>,
    /// When each revision was first wanted, where that was seen.
    began: BTreeMap<(String, u64), Timestamp>,
    /// Contents that were wanted and never served.
    tried: BTreeSet<String>,
    served: BTreeSet<String>,
}

impl Eyes {
    /// Eyes on one cluster.
    #[must_use]
    pub fn new(id: SourceId, client: Client, settings: &Settings, catalog: &Arc<Catalog>) -> Self {
        Self {
            id,
            client,
            namespaces: settings
                .namespaces
                .iter()
                .map(|(name, environment)| (name.clone(), EnvironmentName::new(environment)))
                .collect(),
            workloads: settings
                .workloads
                .iter()
                .map(|(key, service)| (key.clone(), ServiceName::new(service)))
                .collect(),
            catalog: Arc::clone(catalog),
            memory: Mutex::default(),
        }
    }

    fn memory(&self) -> MutexGuard<'_, BTreeMap<String, Namespace>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The workload that a key names.
    ///
    /// # Errors
    /// When it is none of this cluster.
    pub fn read_key(&self, origin: &Origin) -> Result<Name, Fault> {
        Name::read(&origin.key)
            .filter(|name| {
                origin.source == self.id && self.namespaces.contains_key(&name.namespace)
            })
            .ok_or_else(|| {
                fault(
                    Connection::Degraded,
                    &format!("{origin} is no workload that {} looks at", self.id),
                )
            })
    }

    /// Whether something moves in a namespace, as the last look told.
    #[must_use]
    pub fn is_moving(&self, namespace: &str) -> bool {
        self.memory()
            .get(namespace)
            .is_some_and(|known| known.moving)
    }

    /// The services that have a workload in a namespace.
    #[must_use]
    pub fn services(&self, namespace: &str) -> Vec<ServiceName> {
        self.memory().get(namespace).map_or_else(Vec::new, |known| {
            known
                .known
                .iter()
                .filter_map(|(name, known)| self.service_of(name, &known.whole.as_ref()?.workload))
                .collect()
        })
    }

    /// The declared service that a workload is: as the configuration says, else
    /// the one that is called as the workload, or as its label, is.
    fn service_of(&self, name: &Name, workload: &wire::Workload) -> Option<ServiceName> {
        if let Some(service) = self
            .workloads
            .get(&format!("{}/{}", name.namespace, name.name))
        {
            return Some(service.clone());
        }
        let label = workload.metadata.labels.get("app.kubernetes.io/name");
        [Some(&name.name), label]
            .into_iter()
            .flatten()
            .map(|name| ServiceName::new(name))
            .find(|name| self.catalog.service(name).is_some())
    }

    /// Looks at a namespace.
    ///
    /// # Errors
    /// When it cannot be read; what could be read was emitted all the same.
    pub async fn look(&self, namespace: &str, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let rollouts = self
            .client
            .workloads(Kind::Rollout, namespace, need)
            .await?;
        let plain = self
            .client
            .workloads(Kind::Deployment, namespace, need)
            .await?;
        let mut malformed = rollouts.value.1 + plain.value.1;
        let at = plain.at.min(rollouts.at);
        let mut workloads: BTreeMap<Name, wire::Workload> = BTreeMap::new();
        for (kind, items) in [
            (Kind::Rollout, rollouts.value.0),
            (Kind::Deployment, plain.value.0),
        ] {
            for workload in items {
                let name = Name {
                    kind,
                    namespace: namespace.to_owned(),
                    name: workload.metadata.name.clone(),
                };
                if self.service_of(&name, &workload).is_some()
                    && super::config::is_name(&name.name)
                    && workload.metadata.deletion_timestamp.is_none()
                {
                    workloads.insert(name, workload);
                }
            }
        }
        let wanted: BTreeMap<Name, (String, u64, String)> = workloads
            .iter()
            .map(|(name, workload)| (name.clone(), wanted(workload)))
            .collect();
        let known = self.memory().get(namespace).is_some_and(|known| {
            known.wanted == wanted
                && known
                    .read
                    .is_some_and(|read| (at - read).num_seconds() < SETS_SECONDS)
        });
        if !known || need != Need::Watch {
            let sets = self.client.replica_sets(namespace, need).await?;
            malformed += sets.value.1;
            let mut memory = self.memory();
            let entry = memory.entry(namespace.to_owned()).or_default();
            entry.sets = sets.value.0;
            entry.read = Some(sets.at);
            entry.wanted = wanted;
        }
        self.emit(namespace, workloads, at, facts);
        if malformed > 0 {
            return Err(fault(
                Connection::Degraded,
                &format!("{malformed} objects of namespace {namespace} could not be read"),
            ));
        }
        Ok(())
    }

    fn emit(
        &self,
        namespace: &str,
        workloads: BTreeMap<Name, wire::Workload>,
        at: Timestamp,
        facts: &FactSink,
    ) {
        let Some(environment) = self.namespaces.get(namespace) else {
            return;
        };
        let mut bodies = Vec::new();
        {
            let mut memory = self.memory();
            let entry = memory.entry(namespace.to_owned()).or_default();
            entry.moving = false;
            entry.known.retain(|name, _| workloads.contains_key(name));
            for (name, workload) in workloads {
                let Some(service) = self.service_of(&name, &workload) else {
                    continue;
                };
                let uid = &workload.metadata.uid;
                let sets = entry
                    .sets
                    .iter()
                    .filter(|set| {
                        let owners = &set.metadata.owner_references;
                        owners
                            .iter()
                            .any(|owner| owner.controller && &owner.uid == uid)
                    })
                    .cloned()
                    .collect();
                let whole = Whole {
                    name: name.clone(),
                    workload,
                    sets,
                };
                let known = entry.known.entry(name).or_default();
                let rollout = whole.rollout(&self.id, &service, environment);
                entry.moving |= !rollout.is_settled() && !rollout.aborted;
                known.learn(&whole, &rollout, at);
                bodies.extend(
                    whole
                        .deployments(
                            &rollout,
                            |revision| {
                                known
                                    .began
                                    .get(&(revision.hash.to_string(), revision.number))
                                    .copied()
                                    .unwrap_or(revision.created)
                            },
                            |revision| {
                                known.tried.contains(revision.hash.as_str())
                                    && !known.served.contains(revision.hash.as_str())
                            },
                        )
                        .into_iter()
                        .map(Body::Deployment),
                );
                bodies.push(Body::Rollout(rollout));
                known.whole = Some(whole);
            }
        }
        facts.emit(at, bodies);
    }

    /// What is remembered of a workload.
    ///
    /// # Errors
    /// When nothing is.
    pub fn whole(&self, name: &Name) -> Result<Whole, Fault> {
        self.memory()
            .get(&name.namespace)
            .and_then(|known| known.known.get(name)?.whole.clone())
            .ok_or_else(|| {
                fault(
                    Connection::Degraded,
                    &format!(
                        "{} has not been read yet: refresh and try again",
                        name.key()
                    ),
                )
            })
    }

    /// The template of a revision, as it would be given to its workload: without
    /// the label by which the controller tells its sets apart.
    ///
    /// # Errors
    /// When it is not known any more.
    pub fn template(&self, name: &Name, hash: &str) -> Result<Value, Fault> {
        let whole = self.whole(name)?;
        whole
            .sets
            .iter()
            .find(|set| map::hash_of(name.kind, set) == hash)
            .map(|set| plain_template(name.kind, &set.spec.template))
            .ok_or_else(|| {
                fault(
                    Connection::Degraded,
                    &format!(
                        "{} has no revision {hash} any more: the cluster keeps only some",
                        name.key()
                    ),
                )
            })
    }
}

/// What tells whether other sets of instances are to be expected.
fn wanted(workload: &wire::Workload) -> (String, u64, String) {
    let status = &workload.status;
    (
        format!("{} {}", status.current_pod_hash, status.stable_rs),
        workload.metadata.generation,
        format!(
            "{} {} {}",
            status.updated_replicas, status.available_replicas, status.replicas
        ),
    )
}

/// A template without the controller's own label.
#[must_use]
pub fn plain_template(kind: Kind, template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template
        .pointer_mut("/metadata/labels")
        .and_then(Value::as_object_mut)
    {
        labels.remove(map::hash_label(kind));
    }
    template
}

impl Known {
    fn learn(&mut self, whole: &Whole, rollout: &crate::domain::Rollout, at: Timestamp) {
        for revision in &rollout.revisions {
            if revision.stable {
                self.served.insert(revision.hash.to_string());
            }
            if !revision.current {
                continue;
            }
            if !revision.stable {
                self.tried.insert(revision.hash.to_string());
            }
            // A set that comes again keeps the day on which it was first made.
            let again = rollout
                .revisions
                .iter()
                .any(|other| other.number < revision.number && other.created > revision.created);
            if again {
                let told = whole
                    .workload
                    .status
                    .conditions
                    .iter()
                    .filter(|condition| condition.kind == "Progressing")
                    .find_map(|condition| condition.last_update_time)
                    .filter(|_| self.whole.is_none());
                self.began
                    .entry((revision.hash.to_string(), revision.number))
                    .or_insert(told.unwrap_or(at));
            }
        }
    }
}
