//! What the looks so far have taught: names for versions, what jobs told of
//! their pipelines, and what is live. It only ever improves the next look; the
//! picture that people see is the model's.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{
        Approval, Catalog, Conclusion, DeploymentState, EnvironmentName, Run, RunState,
        ServiceName, SourceId, Text, Timestamp,
    },
    integrations::versions::Tags,
};

use super::{
    config::{Settings, is_project},
    map::{self, Place},
    wire,
};

/// Most pipelines of one project that are remembered.
const KNOWN: usize = 200;
/// Most commits of one project whose titles are remembered.
const TITLES: usize = 400;
/// Most jobs of deployments that are remembered.
const DEPLOYABLES: usize = 200;
/// Most pipelines of one project that are read for the history.
const TOLD: usize = 10;

/// A pipeline, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// With all that the looks have told.
    pub run: Run,
    /// Its `updated` when its jobs were last read; none when they never were.
    pub detailed: Option<Timestamp>,
    /// Whether it starts other pipelines; none when nobody asked.
    pub bridges: Option<bool>,
}

/// The job that carried a deployment out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployable {
    /// The deployment.
    pub deployment: u64,
    /// The job.
    pub job: u64,
    /// What was deployed.
    pub sha: String,
}

/// One project that is watched.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The service that it builds.
    pub service: ServiceName,
    /// `group/project`.
    pub name: String,
    /// Its tags, as far as they were seen.
    pub tags: Tags,
    /// Pipelines by id.
    pub known: BTreeMap<u64, Known>,
    /// Titles of commits, by hash.
    pub titles: BTreeMap<String, Text>,
    /// What its deployments wait for.
    pub deployments_waiting: Vec<Approval>,
    /// Manual jobs that wait, by pipeline.
    pub jobs_waiting: BTreeMap<u64, Vec<Approval>>,
    /// Pipelines that can still change by themselves.
    pub live: BTreeSet<u64>,
    /// Whether a deployment was under way at the last look.
    pub deploying: bool,
    /// Live pipelines that the last look did not cover.
    pub uncovered: BTreeSet<u64>,
    /// Live or freshly failed pipelines whose jobs are not known or have aged.
    pub unclear: BTreeSet<u64>,
    /// By pipeline and environment: the job that deployed.
    pub deployables: BTreeMap<(u64, String), Deployable>,
    /// Its environments, as far as they were told.
    pub environments: Vec<EnvironmentName>,
    /// Environments of which the last look saw a deployment.
    pub seen_environments: BTreeSet<String>,
    /// Pipelines that were read for the history, each with its `updated` then:
    /// a retry raises it.
    pub told: BTreeMap<u64, Timestamp>,
}

impl Project {
    /// Where its answers belong.
    #[must_use]
    pub fn place<'a>(&'a self, source: &'a SourceId) -> Place<'a> {
        Place {
            source,
            service: &self.service,
            project: &self.name,
            tags: &self.tags,
        }
    }

    /// Whether something there can change by itself soon.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.deploying
            || !self.live.is_empty()
            || !self.deployments_waiting.is_empty()
            || !self.jobs_waiting.is_empty()
    }

    /// The next pipeline to read for the history, among the newest that ended
    /// well or failed: one that failed first. Those that ended well are read
    /// too, because a list does not tell whether they had to be tried again.
    /// None when all of them were read.
    #[must_use]
    pub fn untold(&self) -> Option<u64> {
        let failed = |known: &Known| known.run.state.is_failed();
        let ended =
            |known: &Known| failed(known) || known.run.state == RunState::Done(Conclusion::Success);
        self.known
            .iter()
            .rev()
            .filter(|(_, known)| ended(known))
            .take(TOLD)
            .filter(|(id, known)| self.told.get(id) != Some(&known.run.updated))
            // Of equals the first, and they come newest first.
            .min_by_key(|(_, known)| !failed(known))
            .map(|(id, _)| *id)
    }

    /// Takes in a pipeline as a list tells it, and gives it with all that is
    /// known besides.
    pub fn note_pipeline(&mut self, source: &SourceId, one: &wire::Pipeline) -> Run {
        let mut run = map::run(&self.place(source), one);
        if let Some(title) = self.titles.get(&one.sha) {
            run.title = title.clone();
        }
        let before = self.known.get(&one.id);
        if let Some(Known { run: old, .. }) = before {
            run.attempt = old.attempt;
            run.environment = run.environment.or_else(|| old.environment.clone());
            run.started = run.started.or(old.started);
            if run.actor.is_empty() {
                run.actor = old.actor.clone();
            }
            if run.title.is_empty() {
                run.title = old.title.clone();
            }
        }
        let (detailed, bridges) =
            before.map_or((None, None), |before| (before.detailed, before.bridges));
        let aged = detailed.is_none_or(|at| at != run.updated)
            || before.is_some_and(|before| before.run.state != run.state);
        // What has just ended has jobs that were last seen at work.
        let ended = before.is_some_and(|before| before.run.state.is_live());
        if aged && (run.state.is_live() || run.state.is_failed() || ended) {
            self.unclear.insert(one.id);
        }
        self.note_live(one.id, &run);
        self.keep(
            one.id,
            Known {
                run: run.clone(),
                detailed,
                bridges,
            },
        );
        run
    }

    /// Takes in what its jobs tell of a pipeline, and gives it afresh; none
    /// when the pipeline itself is not known.
    pub fn note_jobs(&mut self, id: u64, jobs: &[&wire::Job], tries: u32) -> Option<Run> {
        self.unclear.remove(&id);
        let title = jobs
            .iter()
            .find_map(|job| job.commit.as_ref())
            .map(|commit| map::first_line(&commit.title))
            .filter(|title| !title.is_empty());
        let actor = jobs
            .iter()
            .map(|job| map::user(job.user.as_ref()))
            .find(|name| !name.is_empty());
        let started = jobs.iter().filter_map(|job| job.started_at).min();
        let known = self.known.get_mut(&id)?;
        known.detailed = Some(known.run.updated);
        let run = &mut known.run;
        run.attempt = run.attempt.max(tries);
        if let Some(title) = title {
            run.title = title;
        }
        if let Some(actor) = actor.filter(|_| run.actor.is_empty()) {
            run.actor = actor;
        }
        run.started = started.or(run.started);
        let run = run.clone();
        let place = Place {
            source: &run.id.source,
            service: &self.service,
            project: &self.name,
            tags: &self.tags,
        };
        // A deployment that waits is listed by the deployment.
        let waits: Vec<Approval> = jobs
            .iter()
            .filter(|_| run.state.is_live())
            .filter(|job| !self.deployables.values().any(|known| known.job == job.id))
            .filter_map(|job| map::waiting_job(&place, &run, job))
            .collect();
        if waits.is_empty() {
            self.jobs_waiting.remove(&id);
        } else {
            self.jobs_waiting.insert(id, waits);
        }
        Some(run)
    }

    /// Takes in deployments, newest first, and gives the pipelines of which
    /// they tell something new: where they deploy to, and who started them.
    pub fn note_deployments(&mut self, list: &[wire::Deployment]) -> Vec<Run> {
        self.deploying = list.iter().any(|one| {
            matches!(
                map::deployment_state(one),
                DeploymentState::Queued | DeploymentState::Waiting | DeploymentState::InProgress
            )
        });
        self.seen_environments = list
            .iter()
            .map(|one| one.environment.name.clone())
            .collect();
        for one in list {
            self.note_deployable(one);
        }
        let mut changed = Vec::new();
        for one in list.iter().rev() {
            let Some(known) = map::pipeline_of(one).and_then(|id| self.known.get_mut(&id)) else {
                continue;
            };
            let name = EnvironmentName::new(&one.environment.name);
            let before = known.run.clone();
            known.run.environment = Some(name);
            if known.run.actor.is_empty() {
                known.run.actor = map::user(one.user.as_ref());
            }
            if known.run != before {
                changed.push(known.run.clone());
            }
        }
        changed
    }

    /// Remembers which job carried a deployment out: of several of one
    /// pipeline the newest.
    pub fn note_deployable(&mut self, one: &wire::Deployment) {
        let (Some(pipeline), Some(job)) = (map::pipeline_of(one), one.deployable.as_ref()) else {
            return;
        };
        let key = (pipeline, one.environment.name.clone());
        let newer = self
            .deployables
            .get(&key)
            .is_none_or(|known| known.deployment <= one.id);
        if newer {
            self.deployables.insert(
                key,
                Deployable {
                    deployment: one.id,
                    job: job.id,
                    sha: one.sha.clone(),
                },
            );
        }
        while self.deployables.len() > DEPLOYABLES {
            self.deployables.pop_first();
        }
    }

    /// Remembers the titles of commits.
    pub fn note_commits<'a>(&mut self, commits: impl IntoIterator<Item = &'a wire::Commit>) {
        for commit in commits {
            if !commit.id.is_empty() && !commit.title.is_empty() {
                self.titles
                    .insert(commit.id.clone(), map::first_line(&commit.title));
            }
        }
        while self.titles.len() > TITLES {
            self.titles.pop_first();
        }
    }

    /// All approvals that wait in the project. What a pipeline told later of
    /// itself is put in.
    #[must_use]
    pub fn approvals(&self, source: &SourceId) -> Vec<Approval> {
        let place = self.place(source);
        let mut all: Vec<Approval> = self
            .deployments_waiting
            .iter()
            .chain(self.jobs_waiting.values().flatten())
            .cloned()
            .collect();
        for approval in &mut all {
            let known = self
                .known
                .iter()
                .find(|(id, _)| place.pipeline(**id) == approval.run);
            if let Some((_, known)) = known {
                approval.run_number = known.run.number;
                if approval.title.is_empty() {
                    approval.title = known.run.title.clone();
                }
            }
        }
        all
    }

    fn note_live(&mut self, id: u64, run: &Run) {
        // What waits for somebody changes by somebody, not by itself; it is
        // looked at with its deployment.
        if run.state.is_live() {
            self.live.insert(id);
        } else {
            self.live.remove(&id);
            self.jobs_waiting.remove(&id);
        }
    }

    fn keep(&mut self, id: u64, known: Known) {
        self.known.insert(id, known);
        while self.known.len() > KNOWN {
            // Ids grow with time, so the first is the oldest.
            if let Some((oldest, _)) = self.known.pop_first() {
                self.told.remove(&oldest);
            }
        }
    }
}

/// The projects to watch: those of the catalog's services, in its order, then
/// those that the settings add. A project of several services counts for the
/// first; which part of it belongs to whom is not told apart yet.
#[must_use]
pub fn projects(source: &SourceId, settings: &Settings, catalog: &Catalog) -> Vec<Project> {
    let mut list: Vec<Project> = Vec::new();
    let mut add = |service: ServiceName, name: &str| {
        let known = list
            .iter()
            .any(|project| project.name.eq_ignore_ascii_case(name));
        if is_project(name) && !known {
            list.push(Project {
                service,
                name: name.to_owned(),
                ..Project::default()
            });
        }
    };
    for service in &catalog.services {
        let ours = service.host.as_ref().is_none_or(|host| host == source);
        if let (true, Some(name)) = (ours, &service.repository) {
            add(service.name.clone(), name);
        }
    }
    for name in &settings.projects {
        let service = name.rsplit('/').next().unwrap_or(name);
        add(ServiceName::new(service), name);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ServiceSpec;

    #[test]
    fn services_of_another_host_are_not_ours() {
        let service = |name: &str, host: Option<&str>, project: &str| ServiceSpec {
            name: ServiceName::new(name),
            host: host.map(SourceId::new),
            repository: Some(Text::new(project)),
            ..ServiceSpec::default()
        };
        let catalog = Catalog {
            services: vec![
                service("web", Some("gitlab"), "larkspur/shop/web"),
                service("cart", Some("gitlab"), "Larkspur/Shop/Web"),
                service("checkout", Some("github"), "larkspur/checkout"),
                service("nowhere", None, "larkspur/nowhere"),
            ],
            ..Catalog::default()
        };
        let settings = Settings {
            projects: vec!["larkspur/tools".to_owned()],
            ..Settings::default()
        };
        let list = projects(&SourceId::new("gitlab"), &settings, &catalog);
        let names: Vec<&str> = list.iter().map(|project| project.name.as_str()).collect();
        assert_eq!(
            names,
            ["larkspur/shop/web", "larkspur/nowhere", "larkspur/tools"]
        );
    }
}
