//! GitLab, gitlab.com or an instance of one's own: pipelines, jobs and their
//! logs while they are written, deployments with their approvals, manual jobs,
//! changes, releases, milestones and freeze periods; and the operations on
//! them.
//!
//! Reads go through the house's read client, writes through its write client,
//! which sends once. A token travels as `Authorization: Bearer`, which GitLab
//! takes for personal, project and group tokens as for those of OAuth.
//!
//! What differs from other hosts, and where it is dealt with:
//! - A pipeline has no attempts: how often its jobs were tried tells one
//!   (`map::newest`).
//! - A retried job is a new job with a new id; so a job's id names one attempt,
//!   and that is what is rolled back with (`memory::Deployable`).
//! - An approval only takes a deployment's block away. Its job waits on until
//!   somebody plays it, which is listed as a second thing that waits.
//! - `play` on a manual job that has run starts it again: it is sent only when
//!   a fresh look says `manual` (`act::precheck`).
//! - Old deployments keep the word `success` (`map::settle`).
//! - The log is text all the time, and no range of it can be asked for
//!   (`client::Trace`).
//!
//! In reading order: `config` (settings), `wire` (GitLab's words), `map` (wire
//! → domain, pure), `client` (the calls), `memory` (what earlier looks taught),
//! `look` (one look: ask, map, emit), `watch` (what to look at next, and the
//! loop), `act` (operations), `doctor`.

pub mod act;
pub mod client;
pub mod config;
mod doctor;
pub mod look;
pub mod map;
pub mod memory;
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

/// Connects to one GitLab. `secrets` fetches a token from where the settings
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
    let write = credentials.write(client.read());
    let projects = memory::projects(&id, settings, catalog);
    let declared = catalog
        .environments
        .iter()
        .map(|environment| environment.name.clone())
        .collect();
    Ok(Arc::new(GitLab {
        pace: Pace::of(settings.poll_seconds, settings.requests_per_minute),
        eyes: Arc::new(Eyes::new(id.clone(), client, projects, declared)),
        write: WriteClient::new(access, write),
        id,
    }))
}

/// One connected GitLab.
struct GitLab {
    id: SourceId,
    eyes: Arc<Eyes>,
    pace: Pace,
    write: Option<WriteClient>,
}

impl GitLab {
    fn watcher(&self) -> Watcher {
        Watcher {
            eyes: self.eyes.clone(),
            pace: self.pace,
        }
    }
}

impl Integration for GitLab {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "gitlab"
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
            let wrong = |what: String| Err(fault(Connection::Degraded, &what));
            match query {
                Query::Run(run) => match self.eyes.read_key(&run)? {
                    // The jobs tell the attempt, which a rollback has to know.
                    Key::Pipeline { project, id } => {
                        self.eyes.run(project, id, Need::Person, facts).await?;
                        self.eyes.jobs(project, id, Need::Person, facts).await
                    }
                    _ => wrong(format!("{run} is no pipeline")),
                },
                Query::Jobs(run) => match self.eyes.read_key(&run)? {
                    Key::Pipeline { project, id } => {
                        self.eyes.jobs(project, id, Need::Person, facts).await
                    }
                    _ => wrong(format!("{run} is no pipeline")),
                },
                Query::Log(job) => match self.eyes.read_key(&job)? {
                    Key::Job { project, id } => self.eyes.log(project, id, facts).await,
                    _ => wrong(format!("{job} is no job")),
                },
                Query::Tests(run) => match self.eyes.read_key(&run)? {
                    Key::Pipeline { project, id } => {
                        self.eyes.tests(project, id, Need::Person, facts).await
                    }
                    _ => wrong(format!("{run} is no pipeline")),
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
        Box::pin(act::send(self.write.as_ref(), operation))
    }

    fn observe<'a>(&'a self, operation: &'a Observe) -> BoxFuture<'a, Result<Observation, Fault>> {
        Box::pin(act::observe(&self.eyes, operation))
    }

    fn identity(&self) -> BoxFuture<'_, Result<Option<Text>, Fault>> {
        Box::pin(async {
            let user = self.eyes.client.user().await?;
            Ok(Some(Text::new(&user.username)).filter(|name| !name.is_empty()))
        })
    }

    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(doctor::doctor(&self.eyes))
    }
}
