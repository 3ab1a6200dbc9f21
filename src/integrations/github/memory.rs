//! What the looks so far have taught: names for versions, what REST told of
//! runs, and what is live. It only ever improves the next look; the picture
//! that people see is the model's.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    Approval, Catalog, DeploymentState, Run, RunState, ServiceName, SourceId, Text,
};

use super::{
    config::{Settings, is_repository},
    map::{
        Place,
        sweep::{Known, Swept},
        version::Tags,
    },
};

/// Most runs of one repository whose details are kept.
const KNOWN: usize = 100;

/// Most runs of one repository that are read for the history.
const TOLD: usize = 10;

/// One repository that is watched.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// The service that it builds.
    pub service: ServiceName,
    /// `owner/name`.
    pub name: String,
    /// Its tags, as far as they were seen.
    pub tags: Tags,
    /// Details of runs that only REST tells.
    pub known: BTreeMap<u64, Known>,
    /// Approvals by the run that waits.
    pub waiting: BTreeMap<u64, Vec<Approval>>,
    /// Runs that can still change by themselves.
    pub live: BTreeSet<u64>,
    /// Whether a deployment was under way at the last look.
    pub deploying: bool,
    /// Live runs that the last look did not cover: they are asked for alone.
    pub uncovered: BTreeSet<u64>,
    /// Live or freshly failed runs whose details are not known or have aged.
    pub unclear: BTreeSet<u64>,
    /// Runs at work of which a job waits, so that the run itself may wait for
    /// somebody without saying so.
    pub suspected: BTreeSet<u64>,
    /// Whether its history was looked at in depth.
    pub deep: bool,
    /// GraphQL does not answer for it: REST is asked instead.
    pub rest_only: bool,
    /// Whether its runs were listed by REST, which alone tells attempts.
    pub listed: bool,
    /// Attempts of runs whose jobs and tests were read for the history.
    pub told: BTreeSet<(u64, u32)>,
}

impl Repository {
    /// Where its answers belong.
    #[must_use]
    pub fn place<'a>(&'a self, source: &'a SourceId) -> Place<'a> {
        Place {
            source,
            service: &self.service,
            repository: &self.name,
            tags: &self.tags,
        }
    }

    /// Whether something there can change by itself soon.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.deploying || !self.live.is_empty() || !self.waiting.is_empty()
    }

    /// Takes in what a sweep saw.
    pub fn absorb(&mut self, swept: &Swept) {
        self.deploying = swept.deployments.iter().any(|deployment| {
            matches!(
                deployment.state,
                DeploymentState::Queued | DeploymentState::Waiting | DeploymentState::InProgress
            )
        });
        let covered: BTreeSet<u64> = swept.runs.iter().map(|(id, _)| *id).collect();
        for (id, run) in &swept.runs {
            self.note_live(*id, run);
            let aged = self.known.get(id).is_none_or(|known| {
                // A run at work changes all the time, and nothing of that is
                // among the details.
                known.state != run.state
                    || (run.state != RunState::Running && known.updated < run.updated)
            });
            let matters = run.state.is_live()
                || (run.state.is_failed() && self.known.contains_key(id))
                || self.waiting.contains_key(id);
            if aged && matters {
                self.unclear.insert(*id);
            }
        }
        self.uncovered = self.live.difference(&covered).copied().collect();
        for (id, approvals) in &swept.approvals {
            self.note_waiting(*id, approvals.clone());
        }
    }

    /// Takes in what REST told of a run.
    pub fn learn(&mut self, id: u64, run: &Run) {
        self.unclear.remove(&id);
        self.suspected.remove(&id);
        self.uncovered.remove(&id);
        self.note_live(id, run);
        self.known.insert(
            id,
            Known {
                attempt: run.attempt,
                title: run.title.clone(),
                actor: run.actor.clone(),
                branch: run.branch.clone(),
                started: run.started,
                state: run.state.clone(),
                updated: run.updated,
            },
        );
        while self.known.len() > KNOWN {
            // Ids grow with time, so the first is the oldest.
            if let Some((oldest, _)) = self.known.pop_first() {
                self.told.retain(|(run, _)| *run != oldest);
            }
        }
    }

    /// The newest run that ended and tells of something flaky, or may: it
    /// failed, or was tried again. None when all of them were read.
    #[must_use]
    pub fn untold(&self) -> Option<u64> {
        self.known
            .iter()
            .rev()
            .filter(|(_, known)| {
                !known.state.is_live() && (known.attempt > 1 || known.state.is_failed())
            })
            .take(TOLD)
            .find(|(id, known)| !self.told.contains(&(**id, known.attempt)))
            .map(|(id, _)| *id)
    }

    /// Whether REST has to be asked what a run waits for: it waits and nobody
    /// asked yet, or it waited and has changed since.
    #[must_use]
    pub fn must_ask_what_it_waits_for(&self, id: u64, run: &Run) -> bool {
        let listed = self.waiting.contains_key(&id);
        let waits = run.state == RunState::Waiting;
        let changed = self
            .known
            .get(&id)
            .is_none_or(|known| known.updated != run.updated || known.state != run.state);
        let concerns = waits || listed;
        run.state.is_live() && concerns && (changed || !listed)
    }

    fn note_live(&mut self, id: u64, run: &Run) {
        if run.state.is_live() {
            self.live.insert(id);
        } else {
            self.live.remove(&id);
            // What has ended waits for nobody.
            self.waiting.remove(&id);
        }
    }

    /// Takes in all that a run waits for. What a fuller answer told of the
    /// same approval is kept: GraphQL knows no reviewers, and not always since
    /// when it waits.
    pub fn note_waiting(&mut self, id: u64, approvals: Vec<Approval>) {
        let before = self.waiting.remove(&id).unwrap_or_default();
        if approvals.is_empty() {
            return;
        }
        let merged = approvals
            .into_iter()
            .map(|mut approval| {
                if let Some(old) = before.iter().find(|old| old.id == approval.id) {
                    approval.waiting_since = approval.waiting_since.min(old.waiting_since);
                    if approval.reviewers.is_empty() {
                        approval.reviewers.clone_from(&old.reviewers);
                    }
                    if approval.environment_key.is_empty() {
                        approval.environment_key = old.environment_key.clone();
                    }
                }
                approval
            })
            .collect();
        self.waiting.insert(id, merged);
    }

    /// All approvals that wait in the repository.
    #[must_use]
    pub fn approvals(&self) -> Vec<Approval> {
        self.waiting.values().flatten().cloned().collect()
    }

    /// Waiting runs of whose approvals something is still unknown.
    pub fn half_known(&self) -> impl Iterator<Item = u64> + '_ {
        self.waiting
            .iter()
            .filter(|(_, approvals)| {
                approvals.iter().any(|approval| {
                    approval.reviewers.is_empty() || approval.environment_key.is_empty()
                })
            })
            .map(|(id, _)| *id)
    }
}

/// The repositories to watch: those of the catalog's services, in its order,
/// then those that the settings add. A repository of several services counts
/// for the first; which part of it belongs to whom is not told apart yet.
#[must_use]
pub fn repositories(source: &SourceId, settings: &Settings, catalog: &Catalog) -> Vec<Repository> {
    let mut list: Vec<Repository> = Vec::new();
    let mut add = |service: ServiceName, name: &Text| {
        let known = list
            .iter()
            .any(|repository| repository.name.eq_ignore_ascii_case(name));
        if is_repository(name) && !known {
            list.push(Repository {
                service,
                name: name.as_str().to_owned(),
                ..Repository::default()
            });
        }
    };
    for service in &catalog.services {
        let ours = service.host.as_ref().is_none_or(|host| host == source);
        if let (true, Some(name)) = (ours, &service.repository) {
            add(service.name.clone(), name);
        }
    }
    for name in &settings.repositories {
        let service = name.split_once('/').map_or(name.as_str(), |(_, name)| name);
        add(ServiceName::new(service), &Text::new(name));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ServiceSpec;

    fn service(name: &str, host: Option<&str>, repository: &str) -> ServiceSpec {
        ServiceSpec {
            name: ServiceName::new(name),
            host: host.map(SourceId::new),
            repository: Some(Text::new(repository)),
            ..ServiceSpec::default()
        }
    }

    #[test]
    fn every_repository_is_watched_once_under_its_service() {
        let catalog = Catalog {
            services: vec![
                service("checkout", Some("github"), "larkspur/checkout"),
                service("cart", None, "larkspur/checkout"),
                service("search", None, "larkspur/search"),
                service("elsewhere", Some("gitlab"), "larkspur/elsewhere"),
                service("broken", None, "not a repository"),
            ],
            ..Catalog::default()
        };
        let settings = Settings {
            repositories: vec!["larkspur/tools".to_owned(), "Larkspur/Search".to_owned()],
            ..Settings::default()
        };
        let list = repositories(&SourceId::new("github"), &settings, &catalog);
        let names: Vec<(&str, &str)> = list
            .iter()
            .map(|repository| (repository.service.as_str(), repository.name.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                ("checkout", "larkspur/checkout"),
                ("search", "larkspur/search"),
                ("tools", "larkspur/tools"),
            ]
        );
    }
}
