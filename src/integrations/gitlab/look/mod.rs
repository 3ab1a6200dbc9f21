//! One look at a time: ask, map, remember, emit. What to look at next is
//! decided in `watch.rs`.

mod calendar;
mod history;
mod one;
mod page;
mod report;

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    domain::{
        Body, Connection, Deployment, EnvironmentName, Job, Origin, ServiceName, SourceId, Text,
    },
    integrations::{
        contract::{FactSink, Fault},
        http::{Need, fault::fault},
    },
};

use super::{
    client::Client,
    map::{
        self,
        key::{self, Key},
    },
    memory::Project,
    wire,
};

/// Most deployments of one project whose approvals are read.
const BLOCKED: usize = 5;
/// Most pipelines that are followed from one that started them.
const CHILDREN: usize = 5;

/// The log that somebody reads while it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// `group/project`.
    pub project: String,
    /// The pipeline, where it is known.
    pub pipeline: Option<u64>,
    /// The job.
    pub job: u64,
    /// How many bytes came so far.
    pub bytes: u64,
    /// The last answer was the whole log: no part of it can be asked for.
    pub whole: bool,
}

impl Followed {
    /// How often it is looked at: a log that comes as a whole each time the
    /// more seldom the longer it is, by two seconds for each MiB.
    #[must_use]
    pub fn every(&self, poll: Duration, slowest: Duration) -> Duration {
        let mib = if self.whole {
            u32::try_from(self.bytes >> 20).unwrap_or(u32::MAX)
        } else {
            0
        };
        let more = Duration::from_secs(2).saturating_mul(mib);
        poll.saturating_add(more).min(slowest.max(poll))
    }
}

/// The eyes: the client and what they have seen so far.
pub struct Eyes {
    /// The integration's name.
    pub source: SourceId,
    /// The calls.
    pub client: Client,
    /// The environments that the team declared.
    declared: Vec<EnvironmentName>,
    projects: Mutex<Vec<Project>>,
    followed: Mutex<Option<Followed>>,
    me: Mutex<Option<wire::User>>,
}

impl Eyes {
    /// Eyes that have seen nothing yet.
    #[must_use]
    pub fn new(
        source: SourceId,
        client: Client,
        projects: Vec<Project>,
        declared: Vec<EnvironmentName>,
    ) -> Self {
        Self {
            source,
            client,
            declared,
            projects: Mutex::new(projects),
            followed: Mutex::default(),
            me: Mutex::default(),
        }
    }

    /// What is remembered, for as long as the guard lives: never across a
    /// request.
    pub fn projects(&self) -> MutexGuard<'_, Vec<Project>> {
        self.projects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log that somebody reads.
    pub fn followed(&self) -> MutexGuard<'_, Option<Followed>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of the projects.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.projects()
            .iter()
            .map(|project| project.name.clone())
            .collect()
    }

    /// The project of this path; one that is not watched is made up for a
    /// question about one of its objects.
    #[must_use]
    pub fn project(&self, name: &str) -> Project {
        self.projects()
            .iter()
            .find(|project| project.name.eq_ignore_ascii_case(name))
            .cloned()
            .unwrap_or_else(|| Project {
                service: ServiceName::new(name.rsplit('/').next().unwrap_or(name)),
                name: name.to_owned(),
                ..Project::default()
            })
    }

    /// The project of this service.
    #[must_use]
    pub fn of_service(&self, service: &ServiceName) -> Option<Project> {
        self.projects()
            .iter()
            .find(|project| &project.service == service)
            .cloned()
    }

    /// Changes what is remembered of one project; none when it is not watched.
    pub fn remember<T>(&self, name: &str, change: impl FnOnce(&mut Project) -> T) -> Option<T> {
        self.projects()
            .iter_mut()
            .find(|project| project.name.eq_ignore_ascii_case(name))
            .map(change)
    }

    /// Whom the token belongs to; asked once.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn me(&self) -> Result<wire::User, Fault> {
        let known = || self.me.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(user) = known().clone() {
            return Ok(user);
        }
        let user = self.client.user().await?;
        *known() = Some(user.clone());
        Ok(user)
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

    /// Looks at a project: its newest pipelines and deployments, and what they
    /// wait for.
    ///
    /// # Errors
    /// The first fault; what could be read was emitted all the same.
    pub async fn look(&self, name: &str, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let pipelines = self.client.pipelines(name, need).await?;
        let mut fault = malformed(name, "pipelines", pipelines.value.malformed);
        let unknown = self
            .remember(name, |project| {
                let titles = &project.titles;
                pipelines.value.items.iter().any(|one| {
                    !titles.contains_key(&one.sha) && !project.known.contains_key(&one.id)
                })
            })
            .unwrap_or(false);
        if unknown {
            // A project without a repository has no commits: titles lack then.
            match self.client.commits(name, need).await {
                Ok(commits) => {
                    self.remember(name, |project| project.note_commits(&commits.value.items));
                }
                Err(failure) if failure.fault.ends_the_round() => return Err(failure.fault),
                Err(_) => {}
            }
        }
        let bodies = self.remember(name, |project| {
            let mut bodies = vec![Body::Service(project.service.clone())];
            for one in &pipelines.value.items {
                bodies.push(Body::Run(project.note_pipeline(&self.source, one)));
            }
            let covered: BTreeSet<u64> = pipelines.value.items.iter().map(|one| one.id).collect();
            project.uncovered = project.live.difference(&covered).copied().collect();
            bodies
        });
        facts.emit(pipelines.at, bodies.unwrap_or_default());
        let deployments = self.deployments(name, None, need, facts).await;
        fault = fault.or(deployments.err());
        for environment in self.lost(name) {
            let found = self
                .deployments(name, Some(environment.as_str()), need, facts)
                .await;
            fault = fault.or(found.err());
        }
        fault.map_or(Ok(()), Err)
    }

    /// Looks at the newest deployments of a project, or of one environment of
    /// it, and at what they wait for.
    ///
    /// # Errors
    /// The first fault; what could be read was emitted all the same.
    pub async fn deployments(
        &self,
        name: &str,
        environment: Option<&str>,
        need: Need,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let seen = self.client.deployments(name, environment, need).await?;
        let mut fault = malformed(name, "deployments", seen.value.malformed);
        let list = seen.value.items;
        let mut waiting = Vec::new();
        if environment.is_none() {
            for one in newest_of_each(&list) {
                let blocked = one.status == "blocked";
                if blocked && waiting.len() < BLOCKED {
                    match self.client.deployment(name, one.id, need).await {
                        Ok(whole) => waiting.push(whole.value),
                        Err(failure) => {
                            fault = fault.or(Some(failure.fault));
                            waiting.push(one.clone());
                        }
                    }
                } else {
                    waiting.push(one.clone());
                }
            }
        }
        let bodies = self.remember(name, |project| {
            let mut bodies = Vec::new();
            if environment.is_none() {
                let changed = project.note_deployments(&list);
                bodies.extend(changed.into_iter().map(Body::Run));
            } else {
                for one in &list {
                    project.note_deployable(one);
                }
            }
            let place = project.place(&self.source);
            let mut mapped: Vec<Deployment> = list
                .iter()
                .map(|one| map::deployment(&place, one))
                .collect();
            map::settle(&mut mapped);
            bodies.extend(mapped.into_iter().map(Body::Deployment));
            if environment.is_none() {
                let approvals = waiting
                    .iter()
                    .filter_map(|one| map::approval(&place, one))
                    .collect();
                project.deployments_waiting = approvals;
                bodies.push(self.approvals(project));
            }
            bodies
        });
        facts.emit(seen.at, bodies.unwrap_or_default());
        fault.map_or(Ok(()), Err)
    }

    /// The declared environments of a project of which the newest deployments
    /// tell nothing: review environments push those that matter out.
    fn lost(&self, name: &str) -> Vec<EnvironmentName> {
        let project = self.project(name);
        project
            .environments
            .into_iter()
            .filter(|name| self.declared.contains(name))
            .filter(|name| !project.seen_environments.contains(name.as_str()))
            .collect()
    }

    fn approvals(&self, project: &Project) -> Body {
        Body::Approvals {
            scope: Text::new(&project.name),
            items: project.approvals(&self.source),
        }
    }

    /// Looks at one pipeline.
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
        let seen = self.client.pipeline(name, id, need).await?;
        let run = self
            .remember(name, |project| {
                project.uncovered.remove(&id);
                project.note_pipeline(&self.source, &seen.value)
            })
            .unwrap_or_else(|| map::run(&self.project(name).place(&self.source), &seen.value));
        facts.emit(seen.at, [Body::Run(run)]);
        Ok(())
    }

    /// Looks at the jobs of a pipeline, and at those of the pipelines that it
    /// started in the same project.
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
        let project = self.project(name);
        if !project.known.contains_key(&id) {
            self.run(name, id, need, facts).await?;
        }
        let seen = self.client.jobs(name, id, need).await?;
        let fault = malformed(name, "jobs", seen.value.malformed);
        let place = project.place(&self.source);
        let (jobs, tries) = map::newest(&seen.value.items);
        let mut items: Vec<Job> = jobs.iter().map(|job| map::job(&place, "", job)).collect();
        items.extend(self.children(&project, id, need).await?);
        let mut bodies = Vec::new();
        let attempt = self
            .remember(name, |project| {
                project.note_commits(jobs.iter().filter_map(|job| job.commit.as_ref()));
                let run = project.note_jobs(id, &jobs, tries);
                let attempt = run.as_ref().map(|run| run.attempt);
                bodies.extend(run.map(Body::Run));
                bodies.push(self.approvals(project));
                attempt
            })
            .flatten();
        bodies.push(Body::Jobs {
            run: place.pipeline(id),
            attempt: attempt.unwrap_or(tries),
            items,
        });
        // The history wants the earlier tries; the picture keeps the last one.
        for (earlier, jobs) in (1..).zip(map::earlier(&seen.value.items)) {
            bodies.push(Body::Jobs {
                run: place.pipeline(id),
                attempt: earlier,
                items: jobs.iter().map(|job| map::job(&place, "", job)).collect(),
            });
        }
        facts.emit(seen.at, bodies);
        fault.map_or(Ok(()), Err)
    }

    /// The jobs of the pipelines that this one started; those in other
    /// projects may be closed to this token and are left out.
    async fn children(&self, project: &Project, id: u64, need: Need) -> Result<Vec<Job>, Fault> {
        let known = project.known.get(&id);
        let settled = known.is_some_and(|known| !known.run.state.is_live());
        if settled && known.is_some_and(|known| known.bridges == Some(false)) {
            return Ok(Vec::new());
        }
        let bridges = match self.client.bridges(&project.name, id, need).await {
            Ok(bridges) => bridges.value.items,
            Err(failure) if failure.fault.ends_the_round() => return Err(failure.fault),
            Err(_) => return Ok(Vec::new()),
        };
        self.remember(&project.name, |project| {
            if let Some(known) = project.known.get_mut(&id) {
                known.bridges = Some(!bridges.is_empty());
            }
        });
        let mut items = Vec::new();
        let started = bridges
            .iter()
            .filter_map(|bridge| Some((bridge, bridge.downstream_pipeline.as_ref()?)));
        for (bridge, child) in started.take(CHILDREN) {
            let Ok(jobs) = self.client.jobs(&project.name, child.id, need).await else {
                continue;
            };
            let place = project.place(&self.source);
            let prefix = format!("{} / ", bridge.name);
            let (newest, _) = map::newest(&jobs.value.items);
            items.extend(newest.iter().map(|job| map::job(&place, &prefix, job)));
        }
        Ok(items)
    }
}

/// The newest deployment of each environment: an older one that still waits
/// was overtaken, and nobody means it any more.
fn newest_of_each(list: &[wire::Deployment]) -> Vec<&wire::Deployment> {
    let mut seen = BTreeSet::new();
    let mut newest_first: Vec<&wire::Deployment> = list.iter().collect();
    newest_first.sort_by_key(|one| std::cmp::Reverse(one.id));
    newest_first.retain(|one| seen.insert(one.environment.name.as_str()));
    newest_first
}

/// A list with objects that could not be read is said to be one.
fn malformed(project: &str, what: &str, count: usize) -> Option<Fault> {
    (count > 0).then(|| {
        fault(
            Connection::Degraded,
            &format!("{count} of the {what} of {project} could not be read"),
        )
    })
}
