//! One look at a time: ask, map, remember, emit. What to look at next is
//! decided in `watch.rs`.

mod compare;
mod console;
mod place;
mod report;

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    domain::{Body, Connection, Deployment, Origin, ServiceName, SourceId, Text},
    integrations::{
        contract::{FactSink, Fault},
        http::{Need, fault::fault},
    },
};

pub use console::Followed;

use super::{
    client::Client,
    map::{
        self,
        key::{self, Key},
    },
    memory::{BuildId, Known, Queued, Root},
    rules::Rule,
};

/// What marks a build that has, or had, an input: the mark stays when the input
/// is gone, so the inputs themselves have to be asked for.
const INPUT: &str = ".InputAction";

/// The eyes: the client and what they have seen so far.
pub struct Eyes {
    /// The integration's name.
    pub source: SourceId,
    /// The calls.
    pub client: Client,
    /// What deploys.
    pub rules: Vec<Rule>,
    roots: Mutex<Vec<Root>>,
    followed: Mutex<Option<Followed>>,
}

impl Eyes {
    /// Eyes that have seen nothing yet.
    #[must_use]
    pub fn new(source: SourceId, client: Client, roots: Vec<Root>, rules: Vec<Rule>) -> Self {
        Self {
            source,
            client,
            rules,
            roots: Mutex::new(roots),
            followed: Mutex::default(),
        }
    }

    /// What is remembered, for as long as the guard lives: never across a
    /// request.
    pub fn roots(&self) -> MutexGuard<'_, Vec<Root>> {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log that somebody reads.
    pub fn followed(&self) -> MutexGuard<'_, Option<Followed>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The full names of what is watched.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.roots().iter().map(|root| root.name.clone()).collect()
    }

    /// Changes what is remembered of the place that a job is in; none when it
    /// is not watched.
    pub fn remember<T>(&self, job: &str, change: impl FnOnce(&mut Root) -> T) -> Option<T> {
        self.roots()
            .iter_mut()
            .find(|root| is_in(job, &root.name))
            .map(change)
    }

    /// A build as the looks so far have told it.
    #[must_use]
    pub fn known(&self, job: &str, number: u64) -> Option<Known> {
        let id = (job.to_owned(), number);
        self.remember(job, |root| root.known.get(&id).cloned())
            .flatten()
    }

    /// What waits for its turn to become this build.
    #[must_use]
    pub fn waiting(&self, job: &str, number: u64) -> Option<Queued> {
        let id = (job.to_owned(), number);
        self.remember(job, |root| root.queue.get(&id).cloned())
            .flatten()
    }

    /// The object that a key names.
    ///
    /// # Errors
    /// When it is no identity of this integration.
    pub fn read_key<'o>(&self, origin: &'o Origin) -> Result<Key<'o>, Fault> {
        (origin.source == self.source)
            .then(|| key::parse(&origin.key))
            .flatten()
            .ok_or_else(|| {
                fault(
                    Connection::Degraded,
                    &format!("{origin} is nothing that {} knows", self.source),
                )
            })
    }

    /// The builds of a place whose inputs have to be asked for.
    fn asking(&self, name: &str) -> Vec<BuildId> {
        self.remember(name, |root| {
            let at_work = root.known.iter().filter(|(_, known)| {
                let actions = &known.build.actions.items;
                known.build.building && actions.iter().any(|action| action.class.ends_with(INPUT))
            });
            at_work.map(|(id, _)| id.clone()).collect()
        })
        .unwrap_or_default()
    }

    /// Asks what a build waits for, and remembers it.
    async fn inputs(&self, job: &str, number: u64, need: Need) -> Result<(), Fault> {
        let seen = self.client.inputs(job, number, need).await?;
        let inputs = seen.map(|seen| seen.value).unwrap_or_default();
        let id = (job.to_owned(), number);
        let unclear = self.remember(job, |root| {
            let known = root.known.get_mut(&id)?;
            known.inputs.clone_from(&inputs.items);
            // Which environment it is about, only its stages tell.
            let paused = known
                .stages
                .iter()
                .flatten()
                .any(|stage| stage.status == "PAUSED_PENDING_INPUT");
            Some(!inputs.items.is_empty() && !paused)
        });
        if unclear.flatten() == Some(true) {
            self.stages(job, number, need).await?;
        }
        if inputs.malformed > 0 {
            return Err(fault(
                Connection::Degraded,
                &format!("an input of {job} #{number} could not be read"),
            ));
        }
        Ok(())
    }

    /// Asks for the stages of a build, and remembers them.
    async fn stages(&self, job: &str, number: u64, need: Need) -> Result<(), Fault> {
        let seen = self.client.stages(job, number, need).await?;
        let id = (job.to_owned(), number);
        self.remember(job, |root| {
            let Some(known) = root.known.get_mut(&id) else {
                return;
            };
            known.settled = !known.build.building;
            if let Some(seen) = seen {
                known.stages = Some(seen.value.stages.items);
            }
        });
        Ok(())
    }

    /// What is known of a place: these builds of it, what waits, and what it has
    /// deployed.
    fn tell(&self, name: &str, builds: &BTreeSet<BuildId>) -> Vec<Body> {
        let deployments = self.deployed();
        self.remember(name, |root| {
            let runs = root.runs(&self.source, &self.rules, builds);
            let mut bodies: Vec<Body> = runs.into_iter().map(Body::Run).collect();
            let services = root.services(&self.source, &self.rules);
            let ours = deployments
                .into_iter()
                .filter(|one| services.contains(&one.service));
            bodies.extend(ours.map(Body::Deployment));
            bodies.push(Body::Approvals {
                scope: Text::new(&root.name),
                items: root.approvals(&self.source, &self.rules),
            });
            bodies
        })
        .unwrap_or_default()
    }

    /// What all places have deployed: a rollback may be another job's than the
    /// deployment that it replaces.
    pub(super) fn deployed(&self) -> Vec<Deployment> {
        let mut all: Vec<Deployment> = self
            .roots()
            .iter()
            .flat_map(|root| root.deployments(&self.source, &self.rules))
            .collect();
        map::deploy::settle(&mut all);
        all
    }

    /// The environments that the rules about a service name.
    fn environments(&self, service: &ServiceName) -> Option<Body> {
        let ours = self
            .rules
            .iter()
            .filter(|rule| rule.service() == Some(service));
        let names: BTreeSet<_> = ours.flat_map(Rule::environments).collect();
        (!names.is_empty()).then(|| Body::Environments {
            service: service.clone(),
            items: names.into_iter().collect(),
        })
    }

    /// Looks at one build.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn run(
        &self,
        job: &str,
        number: u64,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        if self.waiting(job, number).is_some() {
            // It is no build yet: its place tells whether it is one by now.
            let root = self.remember(job, |root| root.name.clone());
            return self.look(&root.unwrap_or_default(), need, facts).await;
        }
        let id = (job.to_owned(), number);
        let seen = match self.client.build(job, number, need).await {
            Ok(seen) => seen,
            Err(failure) => {
                if failure.status == Some(404) {
                    // Jenkins keeps builds for a while only.
                    self.remember(job, |root| root.forget(&id));
                }
                return Err(failure.fault);
            }
        };
        let branch = self.branch_of(job);
        self.made_up(job);
        self.remember(job, |root| {
            root.uncovered.remove(&id);
            root.note(job, branch.as_deref(), &seen.value);
        });
        if seen.value.building {
            self.inputs(job, number, need).await?;
        }
        facts.emit(seen.at, self.tell(job, &BTreeSet::from([id])));
        Ok(())
    }

    /// Looks at the stages of a build.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn jobs(
        &self,
        job: &str,
        number: u64,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        if self.waiting(job, number).is_some() {
            return Ok(());
        }
        if self.known(job, number).is_none() {
            self.run(job, number, need, facts).await?;
        }
        self.stages(job, number, need).await?;
        let id = (job.to_owned(), number);
        let mut bodies = self.tell(job, &BTreeSet::from([id.clone()]));
        let jobs = self.remember(job, |root| {
            let known = root.known.get(&id)?;
            let place = root.place(&self.source, &self.rules);
            Some(Body::Jobs {
                run: place.build(job, number),
                attempt: 1,
                items: map::jobs(&place, job, known),
            })
        });
        bodies.extend(jobs.flatten());
        facts.emit(crate::integrations::http::clock::now(), bodies);
        Ok(())
    }

    /// Asks for all that is unclear of a place, so that what it has deployed is
    /// known.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn clarify(&self, name: &str, need: Need) -> Result<(), Fault> {
        let unclear = self.remember(name, |root| {
            let uncovered = root.uncovered.iter().cloned();
            let mut all: Vec<BuildId> = uncovered.collect();
            all.extend(root.unclear(&self.rules));
            all
        });
        for (job, number) in unclear.unwrap_or_default() {
            self.stages(&job, number, need).await?;
        }
        Ok(())
    }

    /// The branch that a job stands for, as its other builds tell it.
    fn branch_of(&self, job: &str) -> Option<String> {
        self.remember(job, |root| {
            root.known
                .iter()
                .find(|(id, _)| id.0 == job)
                .and_then(|(_, known)| known.branch.clone())
        })
        .flatten()
    }

    /// A job that is not watched is remembered from the first question on.
    fn made_up(&self, job: &str) {
        let mut roots = self.roots();
        if !roots.iter().any(|root| is_in(job, &root.name)) {
            roots.push(Root {
                service: ServiceName::new(job.rsplit('/').next().unwrap_or(job)),
                name: job.to_owned(),
                ..Root::default()
            });
        }
    }
}

/// Whether a job is this place, or lies in it.
fn is_in(job: &str, root: &str) -> bool {
    job.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
