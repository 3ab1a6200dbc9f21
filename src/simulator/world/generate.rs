//! The past: commits, versions, runs and deployments before the first event.

use chrono::TimeDelta;
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    domain::Timestamp,
    simulator::scenario::{Action, Scenario, ServiceSeed},
};

use super::{
    OPERATOR, ORGANIZATION, World,
    agenda::Step,
    company::{Commit, Host, Milestone, Person, Service, Tag, TagPage},
    delivery::{Deployment, DeploymentState, Environment},
    incident::Maintenance,
    log::culprit,
    names,
    run::{Attempt, Conclusion, FLAKY_JOB, Fate, Run, Status, Trigger, Workflow},
    traffic::Traffic,
};

/// Versions of each service that lie in the past.
const VERSIONS: usize = 4;

impl World {
    pub(super) fn generate(&mut self, scenario: &Scenario, seed: u64) {
        self.people = names::PEOPLE
            .iter()
            .zip(0u64..)
            .map(|((login, name), index)| Person {
                login,
                name,
                email: format!("{login}@{ORGANIZATION}.example"),
                github_id: 5_830_101 + index * 7_919,
                pagerduty_id: format!(
                    "PU{:03}{:0>2}",
                    login.to_uppercase().get(..3).unwrap_or("XXX"),
                    index
                ),
            })
            .collect();
        let mut seeds = scenario.services.clone();
        let mut active = 0;
        if let Some(generate) = scenario.generate {
            active = generate.active.saturating_sub(seeds.len());
            for number in 0..generate.services.saturating_sub(seeds.len()) {
                let mut rng = seeded(seed, &names::service(number));
                seeds.push(ServiceSeed {
                    name: names::service(number),
                    description: String::new(),
                    host: Host::default(),
                    tier: rng.random_range(2..=4),
                    version: format!(
                        "{}.{}.{}",
                        rng.random_range(1..9),
                        rng.random_range(3..40),
                        rng.random_range(0..9)
                    ),
                    depends_on: Vec::new(),
                    rate: if number < active { 20.0 } else { 0.0 },
                    latency: 0.05,
                    runs: generate.runs_per_service,
                });
            }
        }
        let named = scenario.services.len();
        let mut runs = Vec::new();
        let mut deployments = Vec::new();
        for (index, one) in seeds.iter().enumerate() {
            let mut rng = seeded(seed, &one.name);
            let past = Past {
                begin: self.now,
                index,
                rng: &mut rng,
                people: self.people.len(),
            };
            let (service, history) = past.write(one);
            self.services.push(service);
            self.runs_of.push(Vec::new());
            self.deployments_of.push(Vec::new());
            runs.extend(history.0);
            deployments.extend(history.1);
            if index >= named && index < named + active {
                self.services[index].active = true;
                let at = self.now + TimeDelta::seconds(3_350 + (number_of(index) * 37) % 240);
                self.schedule(
                    at,
                    Step::Script(Action::Busy {
                        service: one.name.clone(),
                        every: 240.0,
                    }),
                );
            }
        }
        runs.sort_by_key(|run: &Run| run.created_at);
        for mut run in runs {
            run.id = self.run_id();
            self.keep_run(run);
        }
        deployments.sort_by_key(|deployment: &Deployment| deployment.created_at);
        for mut deployment in deployments {
            deployment.id = self.deployment_id();
            deployment.run = self
                .runs_of(deployment.service)
                .rev()
                .find(|run| run.workflow == Workflow::Release && run.commit == deployment.commit)
                .map(|run| run.id);
            self.keep_deployment(deployment);
        }
        for window in &scenario.maintenance {
            if let Some(service) = self.service(&window.service) {
                let id = self.key("PW");
                self.maintenance.push(Maintenance {
                    id,
                    description: window.description.clone(),
                    service,
                    start: self.clock.offset(window.start),
                    end: self.clock.offset(window.end),
                });
            }
        }
    }
}

fn number_of(index: usize) -> i64 {
    i64::try_from(index).unwrap_or_default()
}

/// A generator for one service, so that a scenario that adds a service
/// leaves the others as they were.
pub(super) fn seeded(seed: u64, name: &str) -> StdRng {
    let mut state = seed ^ 0xCBF2_9CE4_8422_2325;
    for byte in name.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    StdRng::seed_from_u64(state)
}

struct Past<'a> {
    begin: Timestamp,
    index: usize,
    rng: &'a mut StdRng,
    people: usize,
}

type History = (Vec<Run>, Vec<Deployment>);

impl Past<'_> {
    fn write(mut self, seed: &ServiceSeed) -> (Service, History) {
        let commits = self.commits(seed.runs.max(VERSIONS * 2 + 2));
        let tags = self.tags(&seed.version, &commits);
        let repository_id = 410_000_000 + self.index as u64 * 13_007;
        let mut service = Service {
            name: seed.name.clone(),
            description: seed.description.clone(),
            host: seed.host,
            repository_id,
            pagerduty_id: pagerduty_id(&seed.name, self.index),
            tier: seed.tier,
            depends_on: seed.depends_on.clone(),
            active: false,
            commits,
            tags,
            milestones: self.milestones(&seed.version),
            environments: [("staging", 0), ("production", 1)].map(|(name, offset)| Environment {
                id: repository_id * 4 + offset,
                name,
                reviewers: if offset == 1 {
                    vec![0, 1, 2]
                } else {
                    Vec::new()
                },
                version: seed.version.clone(),
            }),
            traffic: (seed.rate > 0.0).then(|| {
                Box::new(Traffic::new(
                    &seed.version,
                    seed.rate,
                    seed.latency,
                    self.rng.random_range(0.0..1.0),
                    self.begin,
                ))
            }),
            run_numbers: [self.rng.random_range(800..2_400), 0, 3],
        };
        let history = self.history(&mut service, seed.runs);
        (service, history)
    }

    fn commits(&mut self, count: usize) -> Vec<Commit> {
        let mut at = self.begin - TimeDelta::minutes(self.rng.random_range(5..90));
        let mut number = self.rng.random_range(700..3_000) + count as u32;
        let mut commits: Vec<Commit> = (0..count)
            .map(|_| {
                let commit = Commit {
                    sha: self.rng.random(),
                    headline: names::headline(self.rng),
                    pull_request: number,
                    // The operator approves what others wrote.
                    author: self.rng.random_range(OPERATOR + 1..self.people),
                    at,
                    files: Vec::new(),
                };
                number -= 1;
                at -= TimeDelta::minutes(self.rng.random_range(70..900));
                commit
            })
            .collect();
        commits.reverse();
        commits
    }

    /// The versions before the present one; each is two commits or more
    /// after the one before it.
    fn tags(&mut self, version: &str, commits: &[Commit]) -> Vec<Tag> {
        let mut versions = vec![version.to_owned()];
        while versions.len() < VERSIONS {
            let previous = before(&versions[versions.len() - 1], self.rng);
            versions.push(previous);
        }
        versions.reverse();
        let last = commits.len().saturating_sub(4).max(VERSIONS);
        versions
            .into_iter()
            .zip(1..)
            .map(|(version, place)| {
                let commit = last * place / VERSIONS;
                Tag {
                    version,
                    commit,
                    at: commits[commit].at + TimeDelta::minutes(21),
                    page: TagPage::Automatic,
                }
            })
            .collect()
    }

    fn milestones(&mut self, version: &str) -> Vec<Milestone> {
        let next = after(version);
        (0..self.rng.random_range(0..2u32) + u32::from(self.index < 6))
            .map(|number| Milestone {
                number: 40 + number,
                title: if number == 0 {
                    next.clone()
                } else {
                    "Winter sale".to_owned()
                },
                due: Some(
                    self.begin
                        + TimeDelta::hours(i64::from(
                            8 + number * 200 + self.rng.random_range(0..40u32),
                        )),
                ),
                issues: (self.rng.random_range(1..9), self.rng.random_range(4..30)),
            })
            .collect()
    }

    fn history(&mut self, service: &mut Service, count: usize) -> History {
        let mut runs = Vec::new();
        let mut deployments = Vec::new();
        let releases = service.tags.len();
        let first = service
            .commits
            .len()
            .saturating_sub(count.saturating_sub(releases));
        for commit in first..service.commits.len() {
            let at = service.commits[commit].at;
            let run = self.ci(service, commit, at);
            runs.push(run);
        }
        for tag in service.tags.clone() {
            let actor = service.commits[tag.commit].author;
            let approver = (actor + 1) % self.people;
            service.run_numbers[Workflow::Release.index()] += 1;
            runs.push(Run {
                id: 0,
                service: self.index,
                workflow: Workflow::Release,
                number: service.run_numbers[Workflow::Release.index()],
                trigger: Trigger::Push,
                title: None,
                branch: tag.name().into(),
                commit: tag.commit,
                actor,
                created_at: tag.at,
                latest: finished(tag.at, 540, actor, None),
                earlier: Vec::new(),
                waiting: None,
                reviews: vec![super::run::Review {
                    person: approver,
                    approved: true,
                    comment: String::new(),
                    environment: 1,
                    at: tag.at + TimeDelta::seconds(300),
                }],
                dispatch: None,
                fate: Fate::Plain,
            });
            for (environment, delay) in [(0, 60), (1, 400)] {
                let at = tag.at + TimeDelta::seconds(delay);
                let mut statuses = vec![
                    (DeploymentState::InProgress, at + TimeDelta::seconds(2)),
                    (DeploymentState::Success, at + TimeDelta::seconds(40)),
                ];
                if let Some(next) = service.tags.iter().find(|next| next.at > tag.at) {
                    statuses.push((
                        DeploymentState::Inactive,
                        next.at + TimeDelta::seconds(delay + 41),
                    ));
                }
                deployments.push(Deployment {
                    id: 0,
                    service: self.index,
                    environment,
                    version: tag.version.clone().into(),
                    commit: tag.commit,
                    creator: actor,
                    run: None,
                    created_at: at,
                    statuses,
                });
            }
        }
        (runs, deployments)
    }

    fn ci(&mut self, service: &mut Service, commit: usize, at: Timestamp) -> Run {
        let actor = service.commits[commit].author;
        let failed = match self.rng.random_range(0..24) {
            0 => Some(1),
            1 => Some(FLAKY_JOB),
            _ => None,
        };
        if let Some(job) = failed
            && let Some(commit) = service.commits.get_mut(commit)
        {
            commit.files.push(culprit(service.host, job).to_owned());
        }
        service.run_numbers[0] += 1;
        let number = service.run_numbers[0];
        let mut latest = finished(at, self.rng.random_range(230..330), actor, failed);
        let mut earlier = Vec::new();
        // Somebody ran it again, and then it passed.
        if service.name == FLAKY_SERVICE && number % 3 == 1 && failed.is_none() {
            earlier.push(finished(at, 290, actor, Some(FLAKY_JOB)));
            latest = finished(at + TimeDelta::seconds(420), 300, actor, None);
            latest.number = 2;
        }
        Run {
            id: 0,
            service: self.index,
            workflow: Workflow::Ci,
            number,
            trigger: Trigger::Push,
            title: None,
            branch: "main".into(),
            commit,
            actor,
            created_at: at,
            latest,
            earlier,
            waiting: None,
            reviews: Vec::new(),
            dispatch: None,
            fate: Fate::Plain,
        }
    }
}

/// The service whose end-to-end tests fail now and then.
const FLAKY_SERVICE: &str = "web";

fn finished(at: Timestamp, seconds: i64, actor: usize, failed_job: Option<u8>) -> Attempt {
    Attempt {
        number: 1,
        status: Status::Completed,
        conclusion: Some(if failed_job.is_some() {
            Conclusion::Failure
        } else {
            Conclusion::Success
        }),
        started_at: at,
        updated_at: at + TimeDelta::seconds(seconds),
        actor,
        failed_job,
        marks: Vec::new(),
    }
}

fn numbers(version: &str) -> [u32; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// A plausible version before this one.
fn before(version: &str, rng: &mut StdRng) -> String {
    let [major, minor, patch] = numbers(version);
    if patch > 0 {
        format!("{major}.{minor}.{}", patch - 1)
    } else if minor > 0 {
        format!("{major}.{}.{}", minor - 1, rng.random_range(0..4))
    } else {
        format!("{}.{}.0", major.saturating_sub(1), rng.random_range(5..30))
    }
}

/// The next minor version.
fn after(version: &str) -> String {
    let [major, minor, _] = numbers(version);
    format!("{major}.{}.0", minor + 1)
}

/// `PCHECK1` for `checkout`; a number for names that are made up.
fn pagerduty_id(name: &str, index: usize) -> String {
    if name.contains('-') {
        return format!("PS{index:05}");
    }
    let letters: String = name.to_uppercase().chars().take(5).collect();
    format!("P{letters}1")
}
