//! All that the rules look at, as one plain value: whoever decides, this is
//! what they are told.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{plan::WayBack, policy::CanaryWord};
use crate::{
    analysis::canary::Verdict,
    domain::{
        Act, Comparison, Connection, Deployment, DeploymentState, EnvironmentName, Incident,
        Intent, OperationId, OperationRecord, Release, ServiceName, SourceId, Team, Text,
        Timestamp, Version, Window,
    },
    integrations::contract::Query,
    model::{CanaryNow, Model, change_class},
    store::journal::FactAge,
};

/// What is known at the moment of a decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Situation {
    /// The moment.
    pub now: Timestamp,
    /// How the team works.
    pub team: Arc<Team>,
    /// Whether tminus may only look.
    pub read_only: bool,
    /// Whether it has to be armed first, and is not.
    pub unarmed: bool,
    /// The operation of unknown outcome that this one sends again.
    pub again_of: Option<OperationId>,
    /// Whether the operation changes production.
    pub production: bool,
    /// The integration that hosts the service's code, where one does: it knows
    /// what lies between two versions.
    pub host: Option<SourceId>,
    /// The service's tier.
    pub tier: Option<u8>,
    /// Why nothing can be written down, where that is so.
    pub obstacle: Option<Text>,
    /// How the integration that would carry it out is doing.
    pub connection: Option<Connection>,
    /// What the decision rests on, and when it was seen.
    pub facts: Vec<FactAge>,
    /// What surrounds it, and when that was seen.
    pub surroundings: Vec<FactAge>,
    /// The version that the environment serves, where known.
    pub serving: Option<Version>,
    /// The version that it would serve afterwards, where known.
    pub target: Option<Version>,
    /// Who asked for the run that waits.
    pub requested_by: Option<Text>,
    /// What the systems call this person.
    pub vendor_names: Vec<Text>,
    /// Whether the vendor says that this person may answer an approval.
    pub may_answer: Option<bool>,
    /// Who may, in the vendor's words.
    pub reviewers: Vec<Text>,
    /// Freezes in force now for the service.
    pub freezes: Vec<Window>,
    /// Change windows that are open for it.
    pub change_windows: Vec<Window>,
    /// Whether any change window is known for it.
    pub change_windows_exist: bool,
    /// The next change window for it.
    pub next_change_window: Option<Window>,
    /// Calendars that concern it and of which nothing is known, each with why.
    pub calendars_unknown: Vec<Text>,
    /// What goes out or is taken back.
    pub change: ChangeSeen,
    /// How the service's canary in the environment is, and why.
    pub canary: (CanaryWord, Text),
    /// Open high-urgency incidents of the service.
    pub incidents: Vec<Incident>,
    /// Deployments to the same place that are under way.
    pub deployments: Vec<Deployment>,
    /// How the last deployments to the same place ended, newest first: true
    /// for those that went wrong.
    pub went_wrong: Vec<bool>,
    /// Since when the environment serves what it serves.
    pub served_since: Option<Timestamp>,
    /// The release that it belongs to.
    pub release: Option<Release>,
    /// Operations that are known, finished ones too.
    pub operations: Vec<OperationRecord>,
    /// What the guards of a rollback look at; none for any other operation.
    pub way_back: Option<WayBack>,
}

/// What is known of the change.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ChangeSeen {
    /// The operation changes no version.
    #[default]
    None,
    /// It has to be asked for: what lies between these two.
    Wanted(Query),
    /// It is not known, and why.
    Unknown(Text),
    /// It was read.
    Known(Box<Comparison>),
}

impl Situation {
    /// What the model knows about an intent at `now`. What the desk knows
    /// better (read-only, the journal, its own operations) it adds itself, and
    /// what has to be read first adds `Desk::look_closer`.
    #[must_use]
    pub fn of(model: &Model, intent: &Intent, now: Timestamp) -> Self {
        let mut situation = Self {
            now,
            team: Arc::clone(&model.catalog().team),
            production: intent
                .environment
                .as_ref()
                .is_some_and(|environment| model.catalog().is_production(environment)),
            connection: model
                .health_of(&intent.source)
                .map(|health| health.value.connection),
            operations: model.operations().cloned().collect(),
            way_back: WayBack::of_intent(model, intent, now),
            ..Self::default()
        };
        situation.facts_of(model, intent);
        if let Some(service) = &intent.service {
            situation.about_service(model, service);
            if let Some(environment) = &intent.environment {
                situation.about_place(model, service, environment);
                situation.about_change(model, intent, service, environment);
            }
            situation.about_windows(model, intent, service);
        }
        situation
    }

    fn about_service(&mut self, model: &Model, service: &ServiceName) {
        let spec = model.catalog().service(service);
        self.tier = spec.and_then(|spec| spec.tier);
        self.host = spec.and_then(|spec| spec.host.clone());
        self.incidents = model.urgent_incidents(service).cloned().collect();
        if spec.is_some_and(|spec| !spec.incident_services.is_empty()) {
            self.surroundings.push(FactAge {
                what: Text::new("the list of open incidents"),
                observed: model.incidents_listed(),
            });
        }
    }

    /// Freezes and change windows, from the one evaluator; the release says
    /// which class of change it is.
    fn about_windows(&mut self, model: &Model, intent: &Intent, service: &ServiceName) {
        let class = self
            .release
            .as_ref()
            .map(|release| change_class(release.kind));
        let environment = intent.environment.as_ref();
        let standing = model.standing(service, environment, class, self.now);
        self.freezes = standing.freezes;
        self.change_windows = standing.changes;
        self.change_windows_exist = standing.changes_exist;
        self.next_change_window = standing.next_change;
        self.calendars_unknown = standing.unknown;
    }

    fn about_place(&mut self, model: &Model, service: &ServiceName, environment: &EnvironmentName) {
        self.serving = model.leaving(service, environment).cloned();
        self.deployments = model
            .deployments(service, environment)
            .map(|deployment| &deployment.value)
            .take_while(|deployment| deployment.state != DeploymentState::Success)
            .filter(|deployment| deployment.state == DeploymentState::InProgress)
            .cloned()
            .collect();
        self.went_wrong = model.went_wrong(service, environment);
        self.served_since = model
            .served(service, environment)
            .map(|served| served.since);
        self.canary = match model.canary_now(service, environment) {
            CanaryNow::None => (CanaryWord::None, Text::default()),
            CanaryNow::NotKnown => (
                CanaryWord::NotKnown,
                Text::new("its weight or its metrics could not be read"),
            ),
            CanaryNow::Runs(reading, judgement) => {
                self.surroundings.push(FactAge {
                    what: Text::new("the canary's reading"),
                    observed: Some(reading.observed),
                });
                let word = match judgement.verdict {
                    Verdict::Pass | Verdict::Marginal => CanaryWord::Passing,
                    Verdict::Fail => CanaryWord::Failing,
                    Verdict::NoData | Verdict::Error | Verdict::Inconclusive => {
                        CanaryWord::NotKnown
                    }
                };
                (word, judgement.sentence.clone())
            }
        };
    }

    /// What goes out: from what serves to what the run would bring; for a
    /// rollback what is taken back: from the target to what leaves.
    fn about_change(
        &mut self,
        model: &Model,
        intent: &Intent,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) {
        // The commit says more than the version: it is what Git knows.
        let commit_of = |version: &Version| {
            model
                .deployments(service, environment)
                .find(|deployment| {
                    &deployment.value.version == version && !deployment.value.commit.is_empty()
                })
                .map_or_else(|| version.0.clone(), |found| found.value.commit.clone())
        };
        let served = model.served(service, environment).map(|served| {
            if served.commit.is_empty() {
                served.version.0.clone()
            } else {
                served.commit.clone()
            }
        });
        let (base, head) = match &intent.act {
            Act::Approve { approval, .. } => {
                let approval = model.approval(approval).map(|known| known.value);
                self.target = approval.and_then(|approval| approval.version.clone());
                self.requested_by = approval
                    .map(|approval| approval.requested_by.clone())
                    .filter(|name| !name.is_empty());
                let head = approval.and_then(|approval| {
                    Some(approval.commit.clone())
                        .filter(|commit| !commit.is_empty())
                        .or_else(|| approval.version.clone().map(|version| version.0))
                });
                (served, head)
            }
            Act::RerunFailed { run, .. } => {
                let run = model.run(run).map(|known| &known.value);
                self.target = run.and_then(|run| run.version.clone());
                let head = run
                    .map(|run| run.commit.clone())
                    .filter(|commit| !commit.is_empty());
                (served, head)
            }
            Act::RollBack { from, to, .. }
            | Act::RollBackByRerun { from, to, .. }
            | Act::Undo { from, to, .. } => {
                self.target = Some(to.clone());
                (Some(commit_of(to)), Some(commit_of(from)))
            }
            _ => return,
        };
        if let Some(target) = &self.target {
            self.release = model
                .release_of(service, environment, target, self.now)
                .cloned();
        }
        self.change = match (base, head) {
            (Some(base), Some(head)) => match model.comparison(service, &base, &head) {
                Some(known) => ChangeSeen::Known(Box::new(known.value.clone())),
                None => ChangeSeen::Wanted(Query::Compare {
                    service: service.clone(),
                    base,
                    head,
                }),
            },
            (None, _) => ChangeSeen::Unknown(Text::from(format!(
                "it is not known what {environment} serves"
            ))),
            (_, None) => ChangeSeen::Unknown(Text::new("the run tells neither commit nor version")),
        };
    }

    fn facts_of(&mut self, model: &Model, intent: &Intent) {
        let mut rests_on = |what: String, observed: Option<Timestamp>| {
            self.facts.push(FactAge {
                what: Text::from(what),
                observed,
            });
        };
        match &intent.act {
            Act::Approve { approval, .. } | Act::Decline { approval, .. } => {
                let known = model.approval(approval);
                rests_on(
                    "the waiting approval".to_owned(),
                    known.as_ref().map(|known| known.observed),
                );
                if let Some(known) = known {
                    self.may_answer = known.value.can_approve;
                    self.reviewers.clone_from(&known.value.reviewers);
                }
            }
            Act::RerunFailed { run, .. } | Act::CancelRun { run, .. } => rests_on(
                "the run".to_owned(),
                model.run(run).map(|known| known.observed),
            ),
            Act::Steer { rollout, .. } => rests_on(
                "the rollout".to_owned(),
                model.rollout(rollout).map(|known| known.observed),
            ),
            Act::RollBack { from, .. }
            | Act::RollBackByRerun { from, .. }
            | Act::Undo { from, .. } => {
                // Whichever deployment was seen last: a newer one would have
                // been seen with it.
                let place = intent.service.as_ref().zip(intent.environment.as_ref());
                let seen = place.and_then(|(service, environment)| {
                    model.served(service, environment)?;
                    model
                        .deployments(service, environment)
                        .map(|deployment| deployment.observed)
                        .max()
                });
                rests_on(format!("{from} is what serves"), seen);
            }
            Act::Acknowledge { incident }
            | Act::Resolve { incident }
            | Act::AddNote { incident, .. } => rests_on(
                "the incident".to_owned(),
                model.incident(incident).map(|known| known.observed),
            ),
            Act::Publish { version, tag, .. } => {
                let known = intent
                    .service
                    .as_ref()
                    .and_then(|service| model.version_page(service, version));
                rests_on(
                    format!("what is published of {tag}"),
                    known.map(|known| known.observed),
                );
            }
        }
    }

    /// How old a fact is at the moment of the decision.
    #[must_use]
    pub fn age(&self, fact: &FactAge) -> Option<TimeDelta> {
        fact.observed
            .map(|observed| (self.now - observed).max(TimeDelta::zero()))
    }
}
