//! Kubernetes and Argo Rollouts: how versions go out in a cluster, by canary,
//! blue-green or instance by instance, and the operations that steer them.
//!
//! What differs from other systems, and where it is dealt with:
//! - Every change is one JSON Patch that tests what the person saw, so the
//!   cluster itself refuses what would come twice or too late (`act`).
//! - A phase is of the past until the controller has looked at the newest
//!   change, and a rollout that was let go looks as if it waited for nobody
//!   (`map::phase`).
//! - A revision that comes again gets a new number and keeps its old birthday
//!   (`look::Known`).
//! - An aborted rollout still wants the bad version (`map::Whole::deployments`).
//! - What a Git-following system owns is going to be undone: its marks are read
//!   (`map::managed_by`), and the dialog says so.
//!
//! In reading order: `config` (settings), `place` (where the cluster is), `wire`
//! (its words), `map` (wire → domain, pure), `client` (the calls), `look` (one
//! look: ask, remember, emit), `watch` (what to look at next), `act`
//! (operations), `doctor`.

pub mod act;
pub mod client;
pub mod config;
mod doctor;
pub mod look;
pub mod map;
mod place;
#[cfg(test)]
mod tests;
mod watch;
pub mod wire;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::watch as channel;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{Catalog, Connection, Intent, SourceId, Text},
    error::Error,
    integrations::{
        contract::{
            Answer, Attention, Capability, FactSink, Fault, Finding, Integration, Observation,
            Observe, Precheck, PreparedRequest, Query,
        },
        http::{Access, Need, ReadClient, ReadSettings, WriteClient, WriteSettings, fault::fault},
        systems::Secrets,
        watching::{self, Pace},
    },
    operation::Confirmed,
};

pub use config::Settings;

use self::{client::Client, look::Eyes, watch::Watcher};

/// Connects to one cluster. `secrets` fetches a token from where the settings
/// say that it is, and runs the plug-in of a kubeconfig. Nothing is sent yet.
///
/// # Errors
/// When the settings cannot work or a token cannot be had; for people.
pub fn connect(
    id: SourceId,
    settings: &Settings,
    secrets: &Secrets<'_>,
    catalog: &Arc<Catalog>,
    access: Access,
) -> Result<Arc<dyn Integration>, Error> {
    settings.check()?;
    let place = place::find(settings, secrets, access)?;
    let mut read = ReadSettings::new(
        place.base.clone(),
        place.read.clone(),
        settings.requests_per_minute,
    );
    read.transport = place.transport.clone();
    let mut write = WriteSettings::new(place.base, place.act.or(place.read));
    write.transport = place.transport;
    write.dialect = act::dialect();
    let client = Client::new(ReadClient::new(read));
    Ok(Arc::new(Kubernetes {
        pace: Pace::of(settings.poll_seconds, settings.requests_per_minute),
        eyes: Arc::new(Eyes::new(id.clone(), client, settings, catalog)),
        write: WriteClient::new(access, write),
        id,
    }))
}

/// One connected cluster.
struct Kubernetes {
    id: SourceId,
    eyes: Arc<Eyes>,
    pace: Pace,
    write: Option<WriteClient>,
}

impl Kubernetes {
    fn watcher(&self) -> Watcher {
        Watcher {
            eyes: self.eyes.clone(),
            pace: self.pace,
        }
    }
}

impl Integration for Kubernetes {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "kubernetes"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[Capability::Deployments]
    }

    fn watch(
        self: Arc<Self>,
        facts: FactSink,
        attention: channel::Receiver<Attention>,
        stop: CancellationToken,
    ) -> BoxFuture<'static, ()> {
        Box::pin(watching::watch(self.watcher(), facts, attention, stop))
    }

    fn sweep<'a>(&'a self, facts: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(watch::sweep(self.watcher(), facts))
    }

    fn fetch<'a>(&'a self, query: Query, facts: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let Query::Canary { service, .. } = query else {
                return Err(fault(
                    Connection::Degraded,
                    &format!("{} holds neither code nor runs", self.id),
                ));
            };
            for namespace in self.eyes.namespaces.keys() {
                if self.eyes.services(namespace).contains(&service) {
                    self.eyes.look(namespace, Need::Person, facts).await?;
                }
            }
            Ok(())
        })
    }

    fn prepare(&self, intent: &Intent) -> Result<PreparedRequest, Fault> {
        act::prepare(&self.eyes, intent)
    }

    fn precheck<'a>(&'a self, intent: &'a Intent) -> BoxFuture<'a, Result<Precheck, Fault>> {
        Box::pin(act::precheck(&self.eyes, intent))
    }

    fn send<'a>(&'a self, operation: &'a Confirmed) -> BoxFuture<'a, Answer> {
        Box::pin(act::send(self.write.as_ref(), operation))
    }

    fn observe<'a>(&'a self, operation: &'a Observe) -> BoxFuture<'a, Result<Observation, Fault>> {
        Box::pin(act::observe(&self.eyes, operation))
    }

    fn identity(&self) -> BoxFuture<'_, Result<Option<Text>, Fault>> {
        Box::pin(async {
            let name = self.eyes.client.who().await?;
            Ok(Some(Text::new(&name)).filter(|name| !name.is_empty()))
        })
    }

    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(doctor::doctor(&self.eyes))
    }
}
