//! Prometheus and the servers that speak its query API: canary metrics and
//! alerts. Nothing can be changed through it.
//!
//! Source: Prometheus documentation, "HTTP API".

mod client;
pub mod config;
mod doctor;
mod map;
mod watch;
pub(super) mod wire;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::watch as channel;
use tokio_util::sync::CancellationToken;

use self::config::Settings;
use super::{
    Secrets,
    contract::{Attention, Capability, FactSink, Fault, Finding, Integration, Query},
    http::{
        Access, Credential, Priority, ReadClient, ReadSettings, Transport, clock, fault::fault,
        parse_base,
    },
};
use crate::{
    domain::{Body, CanarySpec, Catalog, Connection, ServiceName, SourceId},
    error::{Error, Kind},
};

/// One configured server.
pub struct Prometheus {
    id: SourceId,
    client: client::Client,
    settings: Settings,
    catalog: Arc<Catalog>,
}

/// Makes the integration. Nothing is sent.
///
/// # Errors
/// When the settings cannot work or the token cannot be had; for people.
pub fn connect(
    id: SourceId,
    settings: &Settings,
    secrets: &Secrets<'_>,
    catalog: &Arc<Catalog>,
    _access: Access,
) -> Result<Arc<dyn Integration>, Error> {
    settings.check()?;
    let base = parse_base(&settings.url, settings.token.is_some(), settings.insecure)?;
    let credential = match (&settings.token, &settings.user) {
        (Some(source), Some(user)) => Some(Credential::basic(user, &secrets(source)?)?),
        (Some(source), None) => Some(Credential::bearer(&secrets(source)?)?),
        (None, _) => None,
    };
    let mut read = ReadSettings::new(base, credential, settings.requests_per_minute);
    read.transport = Transport::trusting(settings.ca_file.as_deref())?;
    if let Some(tenant) = &settings.tenant {
        let value = http::HeaderValue::from_str(tenant).map_err(|_| {
            Error::new(
                Kind::Usage,
                "prometheus: `tenant` holds characters that no header can carry",
            )
        })?;
        read.headers.insert("x-scope-orgid", value);
    }
    Ok(Arc::new(Prometheus {
        id,
        client: client::Client::new(ReadClient::new(read), settings.flavour),
        settings: settings.clone(),
        catalog: Arc::clone(catalog),
    }))
}

impl Prometheus {
    /// The services whose canary is measured here.
    fn canaries(&self) -> impl Iterator<Item = (&ServiceName, &CanarySpec)> {
        self.catalog.services.iter().filter_map(|service| {
            let canary = service.canary.as_ref()?;
            (canary.source == self.id).then_some((&service.name, canary))
        })
    }
}

impl Integration for Prometheus {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "prometheus"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[Capability::Metrics]
    }

    fn watch(
        self: Arc<Self>,
        facts: FactSink,
        attention: channel::Receiver<Attention>,
        stop: CancellationToken,
    ) -> BoxFuture<'static, ()> {
        Box::pin(async move { watch::watch(&self, &facts, attention, &stop).await })
    }

    fn sweep<'a>(&'a self, facts: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let round = watch::Round {
                server: self,
                facts,
                priority: Priority::Person,
                selected: None,
            };
            let (fault, _) = round.run(&mut watch::Memory::default()).await;
            let health = self.client.http.health(fault.as_ref(), None);
            facts.emit(clock::now(), [Body::Health(health)]);
            fault.map_or(Ok(()), Err)
        })
    }

    fn fetch<'a>(&'a self, query: Query, facts: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let Query::Canary { service, past } = query else {
                let detail = "Prometheus knows metrics and alerts only";
                return Err(fault(Connection::Degraded, detail));
            };
            if !self.canaries().any(|(name, _)| *name == service) {
                let detail = format!("{service} has no canary that is measured here");
                return Err(fault(Connection::Degraded, &detail));
            }
            let round = watch::Round {
                server: self,
                facts,
                priority: Priority::Person,
                selected: Some(service.clone()),
            };
            Ok(round.one(&service, past).await?)
        })
    }

    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(doctor::examine(self))
    }
}
