//! What is known about one way back: all that the guards look at, as one plain
//! value.

use chrono::TimeDelta;
use serde::Serialize;

use crate::{
    domain::{
        Comparison, Deployment, EnvironmentName, Intent, Mechanism, OperationId, OperationRecord,
        OperationState, RollbackSpec, ServiceName, Text, Timestamp, TrackRecord, Version,
        WatchedFiles,
    },
    integrations::contract::Query,
    model::Model,
};

/// How long an operation of the same effect is said to be recent.
const RECENT: TimeDelta = TimeDelta::hours(24);

/// Something that has to be asked for before it is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub enum Told<T> {
    /// Nobody has answered yet.
    #[default]
    NotYet,
    /// It cannot be read, for this reason.
    Unreadable(Text),
    /// This is so.
    Known(T),
}

impl<T> Told<T> {
    /// The value, where it is known.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::NotYet | Self::Unreadable(_) => None,
        }
    }

    /// Takes a new answer in; what was known is not lost to a failed read.
    pub fn learn(&mut self, news: Self) {
        if matches!(news, Self::Known(_)) || self.known().is_none() {
            *self = news;
        }
    }
}

/// What is known about one way back.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WayBack {
    /// The service.
    pub service: ServiceName,
    /// Its environment.
    pub environment: EnvironmentName,
    /// The version to leave.
    pub from: Version,
    /// The version to go back to.
    pub to: Version,
    /// How it is done.
    pub mechanism: Mechanism,
    /// What serves, or is on its way to, where known.
    pub serving: Option<Version>,
    /// Whether `from` gets only a part of the traffic.
    pub under_test: bool,
    /// Deployments to the place that have not ended.
    pub moving: Vec<Deployment>,
    /// How `to` did when it served.
    pub record: TrackRecord,
    /// Which files matter.
    pub files: WatchedFiles,
    /// What came between `to` and `from`.
    pub changes: Told<Comparison>,
    /// The branch that came after `from`, where configuration is watched.
    pub branch: Option<Text>,
    /// What came after `from` on that branch.
    pub later: Told<Comparison>,
    /// Whether `to` is still published, as far as it is known.
    pub published: Published,
    /// When the run was made that would run again.
    pub run_made: Option<Timestamp>,
    /// Who depends on the service, and since when what they serve is there.
    pub dependents: Vec<Dependent>,
    /// Operations of the last day on the same place that matter.
    pub operations: Vec<OperationRecord>,
    /// Freezes that are in force.
    pub freezes: Vec<Text>,
    /// The system that deploys the service from Git by itself.
    pub gitops: Option<Text>,
}

/// Whether a version is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Published {
    /// It is in the list.
    Listed,
    /// Older ones are listed, and it is not.
    Gone,
    /// The list does not reach so far.
    #[default]
    NotKnown,
}

/// A service that depends on the one that goes back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dependent {
    /// Which.
    pub service: ServiceName,
    /// What it serves.
    pub version: Version,
    /// Whether that came after the version to leave, so that it may need it.
    pub later: bool,
    /// What a plan does about it.
    pub goes: Goes,
}

/// What a plan does about a dependent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Goes {
    /// Nothing: it is no part of it.
    #[default]
    Stays,
    /// It goes back before.
    Before,
    /// It should, and cannot.
    Cannot,
}

impl WayBack {
    /// What the model knows about going back from one version to another.
    #[must_use]
    pub fn of(
        model: &Model,
        (service, environment): (&ServiceName, &EnvironmentName),
        (from, to): (&Version, &Version),
        mechanism: Mechanism,
        now: Timestamp,
    ) -> Self {
        let spec = model.catalog().service(service);
        let files = spec.map(|spec| spec.files.clone()).unwrap_or_default();
        let branch = match spec.and_then(|spec| spec.rollback.as_ref()) {
            Some(RollbackSpec::Workflow(workflow)) if !files.configuration.is_empty() => {
                Some(workflow.reference.clone())
            }
            _ => None,
        };
        let told = |base: &str, head: &str| {
            model
                .comparison(service, base, head)
                .map_or(Told::NotYet, |found| Told::Known(found.value.clone()))
        };
        Self {
            serving: model.leaving(service, environment).cloned(),
            under_test: model.live_canaries().any(|canary| {
                &canary.value.service == service
                    && &canary.value.environment == environment
                    && canary.value.canary_version.as_ref() == Some(from)
            }),
            moving: model
                .moving(service, environment)
                .map(|deployment| deployment.value.clone())
                .collect(),
            record: model.track_record(service, environment, to, now),
            changes: told(to.as_str(), from.as_str()),
            later: branch
                .as_ref()
                .map_or(Told::NotYet, |branch| told(from.as_str(), branch)),
            published: published(model, (service, environment), to),
            run_made: match &mechanism {
                Mechanism::Rerun { run, .. } => model.run(run).map(|run| run.value.created),
                Mechanism::Workflow { .. } | Mechanism::Undo { .. } | Mechanism::Missing { .. } => {
                    None
                }
            },
            dependents: dependents(model, (service, environment), from),
            operations: model
                .operations()
                .filter(|record| {
                    matters(record, (service, environment))
                        && record
                            .history
                            .first()
                            .is_some_and(|first| now - first.at < RECENT)
                })
                .cloned()
                .collect(),
            freezes: model
                .standing(service, Some(environment), None, now)
                .freezes
                .into_iter()
                .map(|freeze| freeze.title)
                .collect(),
            gitops: spec
                .and_then(|spec| spec.gitops.clone())
                .or_else(|| match &mechanism {
                    Mechanism::Undo { managed_by, .. } if !managed_by.is_empty() => {
                        Some(managed_by.clone())
                    }
                    _ => None,
                }),
            service: service.clone(),
            environment: environment.clone(),
            from: from.clone(),
            to: to.clone(),
            mechanism,
            files,
            branch,
        }
    }

    /// What the model knows about the way back that an intent is; none for any
    /// other intent.
    #[must_use]
    pub fn of_intent(model: &Model, intent: &Intent, now: Timestamp) -> Option<Self> {
        let (from, to) = intent.act.from_to()?;
        let service = intent.service.as_ref()?;
        let environment = intent.environment.as_ref()?;
        let mechanism = super::build::mechanism(model, (service, environment), to);
        Some(Self::of(
            model,
            (service, environment),
            (from, to),
            mechanism,
            now,
        ))
    }

    /// What has to be loaded before the guards can say all that they could.
    #[must_use]
    pub fn questions(&self) -> Vec<Query> {
        let compare = |base: &str, head: &str| Query::Compare {
            service: self.service.clone(),
            base: Text::new(base),
            head: Text::new(head),
        };
        let mut questions = vec![compare(self.to.as_str(), self.from.as_str())];
        if let Some(branch) = &self.branch {
            questions.push(compare(self.from.as_str(), branch));
        }
        if let (Mechanism::Rerun { run, .. }, None) = (&self.mechanism, self.run_made) {
            questions.push(Query::Run(run.clone()));
        }
        questions
    }

    /// The questions that nobody has answered yet.
    #[must_use]
    pub fn open_questions(&self) -> Vec<Query> {
        let answered = |query: &Query| match query {
            Query::Compare { base, .. } if base.as_str() == self.to.as_str() => {
                self.changes != Told::NotYet
            }
            Query::Compare { .. } => self.later != Told::NotYet,
            _ => false,
        };
        self.questions()
            .into_iter()
            .filter(|query| !answered(query))
            .collect()
    }

    /// Takes the answer to one of the questions in.
    pub fn learn(&mut self, answer: &Comparison) {
        if answer.service != self.service {
            return;
        }
        let (base, head) = (answer.base.as_str(), answer.head.as_str());
        if base == self.to.as_str() && head == self.from.as_str() {
            self.changes.learn(Told::Known(answer.clone()));
        } else if base == self.from.as_str() && Some(head) == self.branch.as_deref() {
            self.later.learn(Told::Known(answer.clone()));
        }
    }

    /// Takes in what lies between the commits of the two versions: the same as
    /// what lies between the versions, under names that nobody can move.
    pub fn learn_by_commits(&mut self, found: &Comparison) {
        self.changes.learn(Told::Known(Comparison {
            base: self.to.0.clone(),
            head: self.from.0.clone(),
            ..found.clone()
        }));
    }

    /// Takes in that one of the questions cannot be answered.
    pub fn miss(&mut self, question: &Query, why: &Text) {
        if let Query::Compare { service, base, .. } = question
            && service == &self.service
        {
            if base.as_str() == self.to.as_str() {
                self.changes.learn(Told::Unreadable(why.clone()));
            } else if base.as_str() == self.from.as_str() {
                self.later.learn(Told::Unreadable(why.clone()));
            }
        }
    }

    /// The operations on the place as they are known now, such as those of
    /// other processes, beside what the model told.
    pub fn learn_operations<'a>(
        &mut self,
        id: &OperationId,
        records: impl Iterator<Item = &'a OperationRecord>,
        now: Timestamp,
    ) {
        let place = (&self.service, &self.environment);
        self.operations = records
            .filter(|record| {
                &record.id != id
                    && matters(record, place)
                    && record
                        .history
                        .first()
                        .is_some_and(|first| now - first.at < RECENT)
            })
            .cloned()
            .collect();
    }
}

/// Whether an operation is a rollback of the place that did not fail.
fn matters(
    record: &OperationRecord,
    (service, environment): (&ServiceName, &EnvironmentName),
) -> bool {
    record.intent.act.from_to().is_some()
        && record.intent.service.as_ref() == Some(service)
        && record.intent.environment.as_ref() == Some(environment)
        && record.state != OperationState::Failed
}

fn published(
    model: &Model,
    (service, environment): (&ServiceName, &EnvironmentName),
    to: &Version,
) -> Published {
    let mut older = false;
    let began = model.first_deployed(service, environment, to);
    for published in model.published() {
        let published = &published.value;
        if &published.service != service {
            continue;
        }
        if &published.version == to {
            return Published::Listed;
        }
        older |= published
            .at
            .zip(began)
            .is_some_and(|(at, began)| at < began - TimeDelta::days(1));
    }
    if older {
        Published::Gone
    } else {
        Published::NotKnown
    }
}

fn dependents(
    model: &Model,
    (service, environment): (&ServiceName, &EnvironmentName),
    from: &Version,
) -> Vec<Dependent> {
    let began = model.first_deployed(service, environment, from);
    model
        .catalog()
        .services
        .iter()
        .filter(|spec| spec.depends_on.contains(service) && &spec.name != service)
        .filter_map(|spec| {
            let version = model.leaving(&spec.name, environment)?;
            let since = model.first_deployed(&spec.name, environment, version);
            Some(Dependent {
                service: spec.name.clone(),
                version: version.clone(),
                later: since.zip(began).is_some_and(|(since, began)| since > began),
                goes: Goes::Stays,
            })
        })
        .collect()
}
