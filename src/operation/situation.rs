//! All that the rules look at, as one plain value: whoever decides, this is
//! what they are told.

use serde::Serialize;

use crate::{
    domain::{
        Act, Connection, Deployment, Incident, Intent, OperationRecord, Text, Timestamp, Urgency,
        Version, Window,
    },
    model::{Model, NeedKind},
    store::journal::FactAge,
};

/// What is known at the moment of a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Situation {
    /// The moment.
    pub now: Timestamp,
    /// Whether tminus may only look.
    pub read_only: bool,
    /// Whether production rollbacks are confirmed by typing a name.
    pub type_name: bool,
    /// Whether every approval and rollback in production needs two people.
    pub two_people: bool,
    /// Whether the operation changes production.
    pub production: bool,
    /// Why nothing can be written down, where that is so.
    pub obstacle: Option<Text>,
    /// How the integration that would carry it out is doing.
    pub connection: Option<Connection>,
    /// What the decision rests on, and when it was seen.
    pub facts: Vec<FactAge>,
    /// The version that the environment serves, where known.
    pub serving: Option<Version>,
    /// Whether the vendor says that this person may answer an approval.
    pub may_answer: Option<bool>,
    /// Who may, in the vendor's words.
    pub reviewers: Vec<Text>,
    /// Freezes in force now for the service.
    pub freezes: Vec<Window>,
    /// Why the service's canary is failing, where it is.
    pub canary_failing: Option<Text>,
    /// Open high-urgency incidents of the service.
    pub incidents: Vec<Incident>,
    /// Deployments to the same place that are under way.
    pub deployments: Vec<Deployment>,
    /// Operations that are known, finished ones too.
    pub operations: Vec<OperationRecord>,
}

impl Situation {
    /// What the model knows about an intent at `now`. What the desk knows
    /// better (read-only, the journal, its own operations) it adds itself.
    #[must_use]
    pub fn of(model: &Model, intent: &Intent, now: Timestamp) -> Self {
        let place = intent.service.as_ref().zip(intent.environment.as_ref());
        let mut situation = Self {
            now,
            type_name: true,
            production: intent
                .environment
                .as_ref()
                .is_some_and(|environment| model.catalog().is_production(environment)),
            connection: model
                .health_of(&intent.source)
                .map(|health| health.value.connection),
            operations: model.operations().cloned().collect(),
            ..Self::default()
        };
        situation.facts_of(model, intent);
        if let Some((service, environment)) = place {
            situation.serving = model.leaving(service, environment).cloned();
            situation.deployments = model
                .deployment_in_flight(service, environment)
                .map(|deployment| deployment.value.clone())
                .into_iter()
                .collect();
        }
        if let Some(service) = &intent.service {
            situation.freezes = model.freezes(Some(service), now).cloned().collect();
            situation.canary_failing = model
                .inbox(now)
                .into_iter()
                .find(|need| need.kind == NeedKind::Canary(service.clone()))
                .map(|need| need.what);
            situation.incidents = model
                .open_incidents()
                .into_iter()
                .filter(|incident| {
                    incident.value.service.as_ref() == Some(service)
                        && incident.value.urgency == Urgency::High
                })
                .map(|incident| incident.value.clone())
                .collect();
        }
        situation
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
            Act::RollBack { from, .. } => {
                let served = intent
                    .service
                    .as_ref()
                    .zip(intent.environment.as_ref())
                    .and_then(|(service, environment)| model.served(service, environment));
                rests_on(
                    format!("{from} is what serves"),
                    served.map(|served| served.observed),
                );
            }
            Act::Acknowledge { incident }
            | Act::Resolve { incident }
            | Act::AddNote { incident, .. } => rests_on(
                "the incident".to_owned(),
                model.incident(incident).map(|known| known.observed),
            ),
        }
    }
}
