//! GitHub and GitHub Enterprise Server: runs, jobs, logs, deployments,
//! approvals, changes, releases and milestones; and the operations on them.
//!
//! Reads go through octocrab, and octocrab's only transport is the house's
//! read client: one budget, one memory of `ETag`s (kept for one credential, so
//! a 304 is only ever an answer to the same eyes), one rule for repeats, one set
//! of words for faults, one deadline, and redirects that lose the credential at
//! the border. Answers are decoded into `wire`, never into octocrab's models.
//! Writes go through the house's write client, which sends once.
//!
//! The picture comes from two calls. The *sweep* asks GraphQL about up to 25
//! repositories at once: environments, deployments, tags, and the runs and
//! waiting approvals of the last commits. What GraphQL does not tell (attempt,
//! title, reviewers, runs of other branches, jobs, logs) comes from REST, for
//! what is live or looked at. Where GraphQL is not allowed, REST does it all.
//!
//! In reading order: `config` (settings), `wire` (GitHub's words), `map` (wire
//! → domain, pure), `graphql` (the queries), `reads` (octocrab over the house's
//! read client), `client` (the calls), `memory` (what earlier looks taught),
//! `look` (one look: ask, map, emit), `schedule` (what to look at next, pure),
//! `watch` (the loop), `act` (operations), `doctor`.
//!
//! A repository of several services counts for the first of them: which
//! deployment or run belongs to which path is not told apart.

pub mod act;
pub mod client;
pub mod config;
mod doctor;
pub mod graphql;
pub mod look;
pub mod map;
pub mod memory;
pub mod reads;
pub mod schedule;
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
    domain::{Catalog, Connection, Intent, SourceId, Text},
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

use self::{client::Client, look::Eyes, map::key::Key, watch::Watcher};

/// Connects to one GitHub. `secrets` fetches a token from where the settings
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
    let (token, act_token) = (settings.token.as_ref(), settings.act_token.as_ref());
    let credentials = Credentials::of(token, act_token, access, |source| {
        Credential::bearer(&secrets(source)?)
    })?;
    let client = Client::new(settings, credentials.read())?;
    let mut write = credentials.write(client.read());
    write.headers = client::headers();
    let repositories = memory::repositories(&id, settings, catalog);
    Ok(Arc::new(GitHub {
        pace: Pace::of(settings.poll_seconds, settings.requests_per_minute),
        eyes: Arc::new(Eyes::new(id.clone(), client, repositories)),
        write: WriteClient::new(access, write),
        id,
    }))
}

/// One connected GitHub.
struct GitHub {
    id: SourceId,
    eyes: Arc<Eyes>,
    pace: Pace,
    write: Option<WriteClient>,
}

impl GitHub {
    fn watcher(&self) -> Watcher {
        Watcher {
            eyes: self.eyes.clone(),
            pace: self.pace,
        }
    }
}

impl Integration for GitHub {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "github"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Runs,
            Capability::Logs,
            Capability::Tests,
            Capability::Deployments,
            Capability::Approvals,
            Capability::Changes,
            Capability::Calendar,
            Capability::Pages,
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
            match query {
                Query::Run(run) => match self.eyes.read_key(&run)? {
                    Key::Run { repository, run } => {
                        self.eyes.run(repository, run, Need::Person, facts).await
                    }
                    _ => Err(fault(Connection::Degraded, &format!("{run} is no run"))),
                },
                Query::Jobs(run) => match self.eyes.read_key(&run)? {
                    Key::Run { repository, run } => {
                        self.eyes.jobs(repository, run, Need::Person, facts).await
                    }
                    _ => Err(fault(Connection::Degraded, &format!("{run} is no run"))),
                },
                Query::Log(job) => match self.eyes.read_key(&job)? {
                    Key::Job { repository, job } => self.eyes.log(repository, job, facts).await,
                    _ => Err(fault(Connection::Degraded, &format!("{job} is no job"))),
                },
                Query::Tests(run) => match self.eyes.read_key(&run)? {
                    Key::Run { repository, run } => {
                        self.eyes.tests(repository, run, Need::Person, facts).await
                    }
                    _ => Err(fault(Connection::Degraded, &format!("{run} is no run"))),
                },
                Query::Compare {
                    service,
                    base,
                    head,
                } => self.eyes.compare(&service, &base, &head, facts).await,
                Query::CommitFiles { service, commits } => {
                    self.eyes.commit_files(&service, &commits, facts).await
                }
                Query::VersionPage { service, version } => {
                    self.eyes.version_page(&service, &version, facts).await
                }
                Query::CodeOwners(service) => self.eyes.code_owners(&service, facts).await,
                Query::Timeline(incident) => Err(fault(
                    Connection::Degraded,
                    &format!("{} knows no incidents, so not {incident}", self.id),
                )),
                Query::Roster => Err(fault(
                    Connection::Degraded,
                    &format!("{} knows nobody who is on call", self.id),
                )),
                Query::Canary { service, .. } => Err(fault(
                    Connection::Degraded,
                    &format!("{} measures no canaries, so not {service}", self.id),
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
        Box::pin(act::send(self.write.as_ref(), operation))
    }

    fn observe<'a>(&'a self, operation: &'a Observe) -> BoxFuture<'a, Result<Observation, Fault>> {
        Box::pin(act::observe(&self.eyes, operation))
    }

    fn identity(&self) -> BoxFuture<'_, Result<Option<Text>, Fault>> {
        Box::pin(async {
            match self.eyes.client.user().await {
                Ok((login, _)) => Ok(Some(Text::new(&login)).filter(|login| !login.is_empty())),
                Err(failure) => Err(failure.fault),
            }
        })
    }

    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(doctor::doctor(&self.eyes))
    }
}
