//! What the looks so far have taught: the builds, their stages and inputs, and
//! what waits in the queue. It only ever improves the next look; the picture
//! that people see is the model's.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Approval, Catalog, Deployment, Run, ServiceName, SourceId, Text};

use super::{
    config::{Settings, is_job},
    map::{self, Place},
    rules::{Rule, rules},
    wire,
};

/// Most builds of one place that are remembered.
const KNOWN: usize = 400;

/// A build: the job's full name and the number.
pub type BuildId = (String, u64);

/// A build, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// As the list told it.
    pub build: wire::Build,
    /// The branch, where its job stands for one.
    pub branch: Option<String>,
    /// Its stages; none when nobody asked or there are none.
    pub stages: Option<Vec<wire::Stage>>,
    /// Whether its stages were read after it had ended.
    pub settled: bool,
    /// What it waits for.
    pub inputs: Vec<wire::Input>,
}

/// Something of a job that waits for its turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    /// The item.
    pub item: wire::QueueItem,
    /// The branch, where the job stands for one.
    pub branch: Option<String>,
}

/// One job or folder that is watched, with all jobs in it.
#[derive(Clone, Debug, Default)]
pub struct Root {
    /// The service that it builds; a job that deploys many names it by a
    /// parameter.
    pub service: ServiceName,
    /// Full name.
    pub name: String,
    /// Builds that are known.
    pub known: BTreeMap<BuildId, Known>,
    /// What waits for its turn, by the build that it will become.
    pub queue: BTreeMap<BuildId, Queued>,
    /// Builds at work that the last look did not cover: newer ones have pushed
    /// them out of the list.
    pub uncovered: BTreeSet<BuildId>,
}

impl Root {
    /// Takes a build in, as a list or a look at it told it.
    pub fn note(&mut self, job: &str, branch: Option<&str>, build: &wire::Build) {
        let id = (job.to_owned(), build.number);
        self.queue.remove(&id);
        match self.known.get_mut(&id) {
            Some(known) => {
                if !build.building {
                    known.inputs.clear();
                }
                known.build = build.clone();
            }
            None => {
                let known = Known {
                    build: build.clone(),
                    branch: branch.map(str::to_owned),
                    stages: None,
                    settled: false,
                    inputs: Vec::new(),
                };
                self.known.insert(id, known);
            }
        }
    }

    /// Forgets a build that is not there any more.
    pub fn forget(&mut self, id: &BuildId) {
        self.known.remove(id);
        self.uncovered.remove(id);
    }

    /// Forgets the oldest builds beyond what is kept. What is at work stays,
    /// however old: it may wait for somebody.
    pub fn prune(&mut self) {
        let excess = self.known.len().saturating_sub(KNOWN);
        if excess == 0 {
            return;
        }
        let ended = self.known.iter().filter(|(_, known)| !known.build.building);
        let mut ended: Vec<(i64, BuildId)> = ended
            .map(|(id, known)| (known.build.timestamp, id.clone()))
            .collect();
        ended.sort_unstable();
        for (_, id) in ended.into_iter().take(excess) {
            self.known.remove(&id);
        }
    }

    /// Whether something in it moves.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.queue.is_empty() || self.known.values().any(|known| known.build.building)
    }

    /// Builds of which more should be known: those at work, and those that have
    /// failed, deployed by stages or were looked into before they ended. What
    /// has ended is looked into once, what is uncovered is asked for by itself
    /// first. The newest first.
    #[must_use]
    pub fn unclear(&self, rules: &[Rule]) -> Vec<BuildId> {
        let wanted = |id: &BuildId, known: &Known| {
            let by_stages = || {
                let mut all = rules.iter();
                all.any(|rule| rule.fits(&id.0) && rule.has_stages())
            };
            let failed = || map::run_state(&known.build).is_failed();
            known.build.building || known.stages.is_some() || failed() || by_stages()
        };
        let mut found: Vec<(&BuildId, i64)> = self
            .known
            .iter()
            .filter(|(_, known)| !known.settled && map::is_pipeline(&known.build))
            .filter(|(id, known)| !self.uncovered.contains(id) && wanted(id, known))
            .map(|(id, known)| (id, known.build.timestamp))
            .collect();
        found.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        found.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// The runs of these builds, and all that waits for its turn.
    #[must_use]
    pub fn runs(&self, source: &SourceId, rules: &[Rule], of: &BTreeSet<BuildId>) -> Vec<Run> {
        let place = self.place(source, rules);
        let builds = of.iter().filter_map(|id| {
            self.known
                .get(id)
                .map(|known| map::run(&place, &id.0, known))
        });
        let queued = self
            .queue
            .iter()
            .map(|((job, number), queued)| map::queued(&place, job, *number, queued));
        builds.chain(queued).collect()
    }

    /// All that its builds have deployed, not yet settled.
    #[must_use]
    pub fn deployments(&self, source: &SourceId, rules: &[Rule]) -> Vec<Deployment> {
        let place = self.place(source, rules);
        self.known
            .iter()
            .flat_map(|(id, known)| map::deploy::deployments(&place, &id.0, known))
            .collect()
    }

    /// All that waits for somebody.
    #[must_use]
    pub fn approvals(&self, source: &SourceId, rules: &[Rule]) -> Vec<Approval> {
        let place = self.place(source, rules);
        self.known
            .iter()
            .flat_map(|(id, known)| map::approvals(&place, &id.0, known))
            .collect()
    }

    /// The services that its builds are of.
    #[must_use]
    pub fn services(&self, source: &SourceId, rules: &[Rule]) -> BTreeSet<ServiceName> {
        let place = self.place(source, rules);
        let mut all: BTreeSet<ServiceName> = self
            .known
            .iter()
            .map(|((job, _), known)| place.service_of(job, &known.build))
            .collect();
        all.insert(self.service.clone());
        all
    }

    /// What every mapping needs beside the answer.
    #[must_use]
    pub fn place<'a>(&'a self, source: &'a SourceId, rules: &'a [Rule]) -> Place<'a> {
        Place {
            source,
            service: &self.service,
            root: &self.name,
            rules,
        }
    }
}

/// What to watch: the jobs and folders of the catalog's services, in its order,
/// then those that the settings add, then jobs that deploy and lie elsewhere.
#[must_use]
pub fn roots(source: &SourceId, settings: &Settings, catalog: &Catalog) -> (Vec<Root>, Vec<Rule>) {
    let mut list: Vec<Root> = Vec::new();
    let mut add = |service: ServiceName, name: &str| {
        let covered = list
            .iter()
            .any(|root| name == root.name || name.starts_with(&format!("{}/", root.name)));
        if is_job(name) && !covered {
            list.push(Root {
                service,
                name: name.to_owned(),
                ..Root::default()
            });
        }
    };
    let ours: Vec<(ServiceName, Option<Text>)> = catalog
        .services
        .iter()
        .filter(|service| service.host.as_ref().is_none_or(|host| host == source))
        .map(|service| (service.name.clone(), service.repository.clone()))
        .collect();
    for (service, repository) in &ours {
        if let Some(name) = repository {
            add(service.clone(), name);
        }
    }
    let last = |name: &str| ServiceName::new(name.rsplit('/').next().unwrap_or(name));
    for name in &settings.jobs {
        add(last(name), name);
    }
    let names: Vec<ServiceName> = ours.into_iter().map(|(name, _)| name).collect();
    let rules = rules(&settings.deploys, &names);
    for rule in &rules {
        let service = rule.service().cloned().unwrap_or_else(|| last(rule.job()));
        add(service, rule.job());
    }
    (list, rules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::ServiceSpec, integrations::jenkins::config::Deploys};

    #[test]
    fn the_oldest_that_have_ended_are_forgotten_and_what_works_never() {
        let mut root = Root::default();
        for number in 1..=KNOWN as u64 + 3 {
            let build = format!(
                r#"{{"number":{number},"timestamp":{number},"building":{}}}"#,
                number == 1
            );
            root.note("web", None, &serde_json::from_str(&build).unwrap());
        }
        root.prune();
        assert_eq!(root.known.len(), KNOWN);
        let kept: Vec<u64> = root.known.keys().map(|(_, number)| *number).collect();
        assert_eq!(kept[..2], [1, 5]);
    }

    #[test]
    fn services_of_another_host_are_not_ours_and_deploy_jobs_elsewhere_are() {
        let service = |name: &str, host: &str| ServiceSpec {
            name: ServiceName::new(name),
            host: Some(SourceId::new(host)),
            repository: Some(Text::new(&format!("larkspur/{name}"))),
            ..ServiceSpec::default()
        };
        let catalog = Catalog {
            services: vec![service("web", "jenkins"), service("cart", "github")],
            ..Catalog::default()
        };
        let deploys = |job: &str| Deploys {
            job: job.to_owned(),
            environment: Some("production".to_owned()),
            ..Deploys::default()
        };
        let settings = Settings {
            jobs: vec![
                "larkspur/tools".to_owned(),
                "larkspur/web/nightly".to_owned(),
            ],
            deploys: vec![
                deploys("larkspur/{service}/release"),
                deploys("deploy/{service}"),
            ],
            ..Settings::default()
        };
        let (roots, _) = roots(&SourceId::new("jenkins"), &settings, &catalog);
        let names: Vec<(&str, &str)> = roots
            .iter()
            .map(|root| (root.name.as_str(), root.service.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                ("larkspur/web", "web"),
                ("larkspur/tools", "tools"),
                ("deploy/web", "web")
            ]
        );
    }
}
