//! Jenkins: folders and multibranch projects, builds with their stages, the log
//! while it is written, what waits in the queue, inputs that wait for a yes; and
//! the operations on them.
//!
//! Reads go through the house's read client, writes through its write client,
//! which sends once. The account and its API token travel as
//! `Authorization: Basic`.
//!
//! What differs from other hosts, and where it is dealt with:
//! - Jenkins hosts no code and knows no deployments: which job deploys what to
//!   where, the configuration tells (`rules`).
//! - A build is never tried again. What repeats it is a new build, which names
//!   the old one in the words of its cause (`map::repeats`); and it repeats all
//!   of it (`act::again`).
//! - The API's own mark of an input stays when the input is gone, so the inputs
//!   themselves are asked for (`look::INPUT`). Who answered them, only the log
//!   tells (`act::observe`).
//! - There is one log for a build, whatever its stages. Offsets into it count
//!   what Jenkins keeps there and does not show (`client::Console`).
//! - A job drops parameters that it does not know and goes on with its defaults:
//!   a fresh look compares the names (`act::precheck`).
//! - Names of branches are encoded twice in an address (`client::below`).
//! - It answers changes with redirects and pages for people (`act::form`), and
//!   wants a crumb where the credential is a password (`client::Client::crumb`).
//!
//! In reading order: `config` (settings), `rules` (what deploys), `wire`
//! (Jenkins' words), `map` (wire → domain, pure), `client` (the calls), `memory`
//! (what earlier looks taught), `look` (one look: ask, map, emit), `watch` (what
//! to look at next, and the loop), `act` (operations), `doctor`.

pub mod act;
pub mod client;
pub mod config;
mod doctor;
pub mod look;
pub mod map;
pub mod memory;
pub mod rules;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod watch;
pub mod wire;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::watch as channel;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{Catalog, Connection, Intent, Origin, SourceId, Text},
    error::Error,
    integrations::{
        connecting::Credentials,
        contract::{
            Answer, Attention, Capability, FactSink, Fault, Finding, Integration, Observation,
            Observe, Precheck, PreparedRequest, Query,
        },
        http::{Access, Credential, Need, WriteClient, fault::fault},
        systems::Secrets,
        watching::{self, Pace},
    },
    operation::Confirmed,
};

pub use config::Settings;

use self::{client::Client, look::Eyes, map::key::Part, watch::Watcher};

/// Connects to one Jenkins. `secrets` fetches a token from where the settings
/// say that it is. Nothing is sent yet.
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
    let user = settings.user.as_deref().unwrap_or_default();
    let (token, act_token) = (settings.token.as_ref(), settings.act_token.as_ref());
    let credentials = Credentials::of(token, act_token, access, |source| {
        Credential::basic(user, &secrets(source)?)
    })?;
    let client = Client::new(settings, credentials.read())?;
    let mut write = credentials.write(client.read());
    write.dialect = act::dialect();
    let (roots, rules) = memory::roots(&id, settings, catalog);
    Ok(Arc::new(Jenkins {
        pace: Pace::of(settings.poll_seconds, settings.requests_per_minute),
        eyes: Arc::new(Eyes::new(id.clone(), client, roots, rules)),
        write: WriteClient::new(access, write),
        crumb: settings.crumb,
        id,
    }))
}

/// One connected Jenkins.
struct Jenkins {
    id: SourceId,
    eyes: Arc<Eyes>,
    pace: Pace,
    write: Option<WriteClient>,
    crumb: bool,
}

impl Jenkins {
    fn watcher(&self) -> Watcher {
        Watcher {
            eyes: self.eyes.clone(),
            pace: self.pace,
        }
    }

    /// The build that a question is about.
    fn build<'o>(&self, run: &'o Origin) -> Result<(&'o str, u64), Fault> {
        let key = self.eyes.read_key(run)?;
        if key.part == Part::Build {
            Ok((key.job, key.number))
        } else {
            Err(fault(Connection::Degraded, &format!("{run} is no build")))
        }
    }
}

impl Integration for Jenkins {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "jenkins"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Runs,
            Capability::Logs,
            Capability::Deployments,
            Capability::Approvals,
            Capability::Changes,
        ]
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
            let wrong = |what: String| Err(fault(Connection::Degraded, &what));
            match query {
                Query::Run(run) => {
                    let (job, number) = self.build(&run)?;
                    self.eyes.run(job, number, Need::Person, facts).await
                }
                Query::Jobs(run) => {
                    let (job, number) = self.build(&run)?;
                    self.eyes.jobs(job, number, Need::Person, facts).await
                }
                Query::Log(stage) => {
                    let key = self.eyes.read_key(&stage)?;
                    match key.part {
                        Part::Stage(id) => self.eyes.log(key.job, key.number, id, facts).await,
                        _ => wrong(format!("{stage} is no stage")),
                    }
                }
                Query::Compare {
                    service,
                    base,
                    head,
                } => self.eyes.compare(&service, &base, &head, facts).await,
                Query::Tests(run) => {
                    let (job, number) = self.build(&run)?;
                    self.eyes.tests(job, number, Need::Person, facts).await
                }
                Query::CommitFiles { service, .. } | Query::CodeOwners(service) => {
                    wrong(format!("{} holds no code of {service}", self.id))
                }
                Query::VersionPage { service, .. } => {
                    wrong(format!("{service}: {}", act::NO_PAGES))
                }
                Query::Timeline(incident) => {
                    wrong(format!("{} knows no incidents, so not {incident}", self.id))
                }
                Query::Roster => wrong(format!("{} knows nobody who is on call", self.id)),
                Query::Canary { service, .. } => wrong(format!(
                    "{} measures no canaries, so not {service}",
                    self.id
                )),
            }
        })
    }

    fn prepare(&self, intent: &Intent) -> Result<PreparedRequest, Fault> {
        act::prepare(&self.eyes, intent)
    }

    fn precheck<'a>(&'a self, intent: &'a Intent) -> BoxFuture<'a, Result<Precheck, Fault>> {
        Box::pin(act::precheck(&self.eyes, intent))
    }

    fn send<'a>(&'a self, operation: &'a Confirmed) -> BoxFuture<'a, Answer> {
        Box::pin(act::send(
            &self.eyes,
            self.write.as_ref(),
            self.crumb,
            operation,
        ))
    }

    fn observe<'a>(&'a self, operation: &'a Observe) -> BoxFuture<'a, Result<Observation, Fault>> {
        Box::pin(act::observe(&self.eyes, operation))
    }

    fn identity(&self) -> BoxFuture<'_, Result<Option<Text>, Fault>> {
        Box::pin(async {
            let (me, _) = self.eyes.client.me().await?;
            Ok(Some(Text::new(&me.name)).filter(|name| !me.anonymous && !name.is_empty()))
        })
    }

    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(doctor::doctor(&self.eyes))
    }
}
