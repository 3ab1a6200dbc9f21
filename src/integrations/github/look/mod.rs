//! One look at a time: ask, map, remember, emit. What to look at next is
//! decided in `watch.rs`.

mod all;
mod history;
mod one;
mod page;

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use crate::{
    domain::{Body, Connection, Job, Origin, Run, RunState, ServiceName, SourceId, Text},
    integrations::{
        contract::{FactSink, Fault},
        http::{Need, fault::fault},
    },
};

use super::{
    client::{Attempts, Client},
    map::{
        key::{self, Key},
        rest,
    },
    memory::Repository,
};

/// The eyes: the client and what they have seen so far.
pub struct Eyes {
    /// The integration's name.
    pub source: SourceId,
    /// The calls.
    pub client: Client,
    repositories: Mutex<Vec<Repository>>,
    graphql_refused: AtomicBool,
    /// Points that the last shallow sweep cost; 0 before the first.
    cost: AtomicU32,
}

impl Eyes {
    /// Eyes that have seen nothing yet.
    #[must_use]
    pub fn new(source: SourceId, client: Client, repositories: Vec<Repository>) -> Self {
        Self {
            source,
            client,
            repositories: Mutex::new(repositories),
            graphql_refused: AtomicBool::new(false),
            cost: AtomicU32::new(0),
        }
    }

    /// What is remembered, for as long as the guard lives: never across a
    /// request.
    pub fn repositories(&self) -> MutexGuard<'_, Vec<Repository>> {
        self.repositories
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Points that the last shallow sweep cost; 0 before the first.
    #[must_use]
    pub fn cost(&self) -> u32 {
        self.cost.load(Ordering::Relaxed)
    }

    /// Whether GraphQL has refused us as a whole.
    #[must_use]
    pub fn graphql_refused(&self) -> bool {
        self.graphql_refused.load(Ordering::Relaxed)
    }

    /// The repository of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Repository> {
        self.repositories()
            .iter()
            .find(|repository| repository.name.eq_ignore_ascii_case(name))
            .cloned()
    }

    /// The repository of this service.
    #[must_use]
    pub fn of_service(&self, service: &ServiceName) -> Option<Repository> {
        self.repositories()
            .iter()
            .find(|repository| &repository.service == service)
            .cloned()
    }

    /// Changes what is remembered of one repository.
    fn remember(&self, name: &str, change: impl FnOnce(&mut Repository)) {
        if let Some(repository) = self
            .repositories()
            .iter_mut()
            .find(|repository| repository.name == name)
        {
            change(repository);
        }
    }

    /// Remembers a run that was read on the side: while it lives, the watch
    /// follows it, however old it is.
    pub fn note_run(&self, name: &str, run: &crate::integrations::github::wire::rest::Run) {
        let repository = self.find(name).unwrap_or_else(|| stranger(name));
        let mapped = rest::run(&repository.place(&self.source), run, None);
        self.remember(name, |repository| {
            repository.learn(run.id, &mapped);
            if mapped.state.is_live() {
                repository.uncovered.insert(run.id);
            }
        });
    }

    /// Looks at the newest runs of a repository, on all branches.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn runs(&self, name: &str, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let seen = self.client.runs(name, need).await?;
        let mut bodies = Vec::new();
        let mut waiting = Vec::new();
        self.remember(name, |repository| {
            repository.listed = true;
            bodies.push(Body::Service(repository.service.clone()));
            for run in &seen.value.items {
                let mapped = rest::run(&repository.place(&self.source), run, None);
                if repository.must_ask_what_it_waits_for(run.id, &mapped) {
                    waiting.push((run.id, mapped.clone()));
                }
                repository.learn(run.id, &mapped);
                bodies.push(Body::Run(mapped));
            }
            bodies.push(approvals(repository));
        });
        facts.emit(seen.at, bodies);
        for (id, run) in waiting {
            self.pending(name, id, run, need, facts).await?;
        }
        Ok(())
    }

    /// Looks at one run, and at what it waits for when it may wait.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn run(
        &self,
        name: &str,
        id: u64,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let seen = self.client.run(name, id, need).await?;
        let repository = self.find(name).unwrap_or_else(|| stranger(name));
        let mapped = rest::run(&repository.place(&self.source), &seen.value, None);
        self.remember(name, |repository| repository.learn(id, &mapped));
        let listed = repository.waiting.contains_key(&id);
        facts.emit(seen.at, [Body::Run(mapped.clone())]);
        let asked = repository.suspected.contains(&id) && mapped.state.is_live();
        if mapped.state == RunState::Waiting || (listed && mapped.state.is_live()) || asked {
            self.pending(name, id, mapped, need, facts).await?;
        } else if listed {
            let listing = self.find(name).map(|repository| approvals(&repository));
            facts.emit(seen.at, listing);
        }
        Ok(())
    }

    /// Looks at what a run waits for, and emits the repository's listing.
    async fn pending(
        &self,
        name: &str,
        id: u64,
        mut run: Run,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let pending = self.client.pending(name, id, need).await?;
        let mut bodies = Vec::new();
        self.remember(name, |repository| {
            let place = repository.place(&self.source);
            let mut items = rest::approvals(&place, &run, id, &pending.value.items);
            for approval in &mut items {
                // An environment without named reviewers waits for a timer or
                // a rule; saying so also marks that it was asked for.
                if approval.reviewers.is_empty() {
                    approval.reviewers.push(Text::new("no named reviewer"));
                }
            }
            if let Some(first) = items.first() {
                run.environment = Some(first.environment.clone());
                bodies.push(Body::Run(run));
            }
            repository.note_waiting(id, items);
            bodies.push(approvals(repository));
        });
        facts.emit(pending.at, bodies);
        Ok(())
    }

    /// Looks at the jobs of a run's newest attempt.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn jobs(
        &self,
        name: &str,
        id: u64,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let seen = self.client.jobs(name, id, Attempts::Newest, need).await?;
        let repository = self.find(name).unwrap_or_else(|| stranger(name));
        let place = repository.place(&self.source);
        let attempt = seen
            .value
            .items
            .iter()
            .map(|job| job.run_attempt)
            .max()
            .or_else(|| repository.known.get(&id).map(|known| known.attempt))
            .unwrap_or(1);
        let items: Vec<Job> = seen
            .value
            .items
            .iter()
            .map(|job| rest::job(&place, job))
            .collect();
        let waits = items.iter().any(|job| job.state == RunState::Waiting);
        if waits && !repository.waiting.contains_key(&id) {
            // Other jobs are at work, so the run itself does not say it.
            self.remember(name, |repository| {
                repository.suspected.insert(id);
            });
        }
        facts.emit(
            seen.at,
            [Body::Jobs {
                run: place.run(id),
                attempt,
                items,
            }],
        );
        Ok(())
    }

    /// The repository and id that a run's or job's identity names.
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
}

/// The listing of all approvals of a repository.
fn approvals(repository: &Repository) -> Body {
    Body::Approvals {
        scope: Text::new(&repository.name),
        items: repository.approvals(),
    }
}

/// A repository that is not watched, for a question about one of its objects.
fn stranger(name: &str) -> Repository {
    Repository {
        service: ServiceName::new(name.split_once('/').map_or(name, |(_, name)| name)),
        name: name.to_owned(),
        ..Repository::default()
    }
}
