//! PagerDuty: incidents, who is on call, maintenance; and acknowledging,
//! resolving and annotating incidents.
//!
//! Source: PagerDuty REST API v2.

mod act;
mod client;
pub mod config;
mod doctor;
mod map;
mod watch;
pub(super) mod wire;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::sync::watch as channel;
use tokio_util::sync::CancellationToken;

pub use config::{Region, Settings};

use super::{
    Secrets,
    contract::{
        Answer, Attention, Capability, FactSink, Fault, Finding, Integration, Observation, Observe,
        Precheck, PreparedRequest, Query,
    },
    http::{Access, Priority, ReadSettings, Transport, fault::fault, parse_base},
};
use crate::{
    domain::{Body, Catalog, Connection, Intent, SourceId},
    error::{Error, Kind},
    operation::Confirmed,
};

/// One configured PagerDuty account.
pub struct PagerDuty {
    id: SourceId,
    client: client::Client,
    actor: act::Actor,
    services: map::Services,
    from: Option<String>,
    poll: Duration,
}

/// Makes the integration. Nothing is sent.
///
/// # Errors
/// When the settings cannot work or the key cannot be had; for people.
pub fn connect(
    id: SourceId,
    settings: &Settings,
    secrets: &Secrets<'_>,
    catalog: &Arc<Catalog>,
    access: Access,
) -> Result<Arc<dyn Integration>, Error> {
    settings.check()?;
    let Some(token) = &settings.token else {
        return Err(
            Error::new(Kind::Usage, "pagerduty: `token` is not set").hint(
                "token = { env = \"PAGERDUTY_TOKEN\" }; make a key under My Profile, User Settings",
            ),
        );
    };
    let base = parse_base(settings.base(), true, settings.insecure)?;
    let secret = secrets(token)?;
    // A read-only process never holds the key for acting.
    let act_secret = match (&settings.act_token, access) {
        (Some(source), Access::ReadWrite) => secrets(source)?,
        _ => secret.clone(),
    };
    let credential = client::Client::credential(&secret)?;
    let mut read = ReadSettings::new(base.clone(), Some(credential), settings.requests_per_minute);
    read.transport = Transport::trusting(settings.ca_file.as_deref())?;
    let transport = read.transport.clone();
    Ok(Arc::new(PagerDuty {
        id,
        client: client::Client::new(read),
        actor: act::Actor::new(access, settings, base, &act_secret, transport)?,
        services: map::Services::new(catalog),
        from: settings.from.clone(),
        poll: Duration::from_secs(u64::from(settings.poll_seconds)),
    }))
}

impl Integration for PagerDuty {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "pagerduty"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[Capability::Incidents, Capability::Calendar]
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
                duty: self,
                facts,
                priority: Priority::Person,
                selected: None,
                whole: true,
            };
            let fault = round.run(&mut watch::Memory::default()).await;
            let health = self.client.http.health(fault.as_ref(), None);
            facts.emit(super::http::clock::now(), [Body::Health(health)]);
            fault.map_or(Ok(()), Err)
        })
    }

    fn fetch<'a>(&'a self, query: Query, facts: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let round = watch::Round {
                duty: self,
                facts,
                priority: Priority::Person,
                selected: None,
                whole: true,
            };
            let mut faults = Vec::new();
            match query {
                Query::Timeline(incident) => round.timeline(&incident.key, &mut faults).await,
                Query::Roster => round.roster(&mut faults).await,
                _ => {
                    return Err(fault(
                        Connection::Degraded,
                        "PagerDuty knows only incidents and who is on call",
                    ));
                }
            }
            faults.into_iter().next().map_or(Ok(()), Err)
        })
    }

    fn prepare(&self, intent: &Intent) -> Result<PreparedRequest, Fault> {
        self.actor.prepare(intent)
    }

    fn precheck<'a>(&'a self, intent: &'a Intent) -> BoxFuture<'a, Result<Precheck, Fault>> {
        Box::pin(act::precheck(&self.client, intent))
    }

    fn send<'a>(&'a self, operation: &'a Confirmed) -> BoxFuture<'a, Answer> {
        Box::pin(self.actor.send(operation))
    }

    fn observe<'a>(&'a self, operation: &'a Observe) -> BoxFuture<'a, Result<Observation, Fault>> {
        Box::pin(act::observe(&self.client, operation))
    }

    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(doctor::examine(self))
    }
}
