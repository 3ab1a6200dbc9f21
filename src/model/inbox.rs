//! Everything that waits for a human, most urgent first.

use chrono::TimeDelta;

use super::Model;
use crate::{
    analysis::canary::Verdict,
    domain::{
        IncidentStatus, OperationId, OperationState, Origin, ServiceName, Text, Timestamp, Urgency,
    },
};

/// One thing that needs a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// What it is, with the way to it.
    pub kind: NeedKind,
    /// The service concerned, where there is one.
    pub service: Option<ServiceName>,
    /// What is so, for people.
    pub what: Text,
    /// Since when it waits.
    pub since: Timestamp,
}

/// What sort of need; the order is the order of urgency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NeedKind {
    /// An operation of which nobody knows whether it happened.
    Unknown(OperationId),
    /// A canary that is worse than its baseline.
    Canary(ServiceName),
    /// An incident that nobody acknowledged.
    Incident(Origin),
    /// A deployment that waits for a yes.
    Approval(Origin),
    /// An operation of this person that waits for another one.
    Proposal(OperationId),
    /// A pipeline that failed and that nothing newer has mended.
    FailedRun(Origin),
    /// A release whose review is not done yet, by its id.
    Review(Text),
}

impl NeedKind {
    fn urgency(&self) -> u8 {
        match self {
            Self::Unknown(_) => 0,
            Self::Canary(_) => 1,
            Self::Incident(_) => 2,
            Self::Approval(_) => 3,
            Self::Proposal(_) => 4,
            Self::FailedRun(_) => 5,
            Self::Review(_) => 6,
        }
    }
}

impl Model {
    /// The inbox at `now`: most urgent kind first, longest waiting first.
    /// Failed pipelines and proposals count for a day.
    #[must_use]
    pub fn inbox(&self, now: Timestamp) -> Vec<Need> {
        let mut needs = Vec::new();
        for record in self.operations() {
            if self.is_unresolved(record) {
                needs.push(Need {
                    kind: NeedKind::Unknown(record.id.clone()),
                    service: record.intent.service.clone(),
                    what: record.summary.clone(),
                    since: record.history.last().map_or(now, |last| last.at),
                });
            }
        }
        for record in self.operations() {
            let since = record.history.first().map_or(now, |first| first.at);
            if record.state == OperationState::Proposed && now - since <= TimeDelta::days(1) {
                needs.push(Need {
                    kind: NeedKind::Proposal(record.id.clone()),
                    service: record.intent.service.clone(),
                    what: record.summary.clone(),
                    since,
                });
            }
        }
        for canary in self.live_canaries() {
            let judgement = self.judgement(&canary.value.service);
            if judgement.verdict == Verdict::Fail {
                needs.push(Need {
                    kind: NeedKind::Canary(canary.value.service.clone()),
                    service: Some(canary.value.service.clone()),
                    what: judgement.sentence.clone(),
                    since: canary.value.step_since.unwrap_or(canary.observed),
                });
            }
        }
        for incident in self.open_incidents() {
            if incident.value.status == IncidentStatus::Triggered
                && incident.value.urgency != Urgency::Low
            {
                needs.push(Need {
                    kind: NeedKind::Incident(incident.value.id.clone()),
                    service: incident.value.service.clone(),
                    what: Text::new(&format!(
                        "#{} {}",
                        incident.value.number, incident.value.title
                    )),
                    since: incident.value.created,
                });
            }
        }
        for approval in self.approvals() {
            let approval = approval.value;
            let version = approval
                .version
                .as_ref()
                .map_or_else(String::new, |version| format!(" {version}"));
            needs.push(Need {
                kind: NeedKind::Approval(approval.id.clone()),
                service: Some(approval.service.clone()),
                what: Text::new(&format!(
                    "{}{version} → {}",
                    approval.service, approval.environment
                )),
                since: approval.waiting_since,
            });
        }
        self.reviews(now, &mut needs);
        for run in self.failing_runs() {
            if now - run.value.updated > TimeDelta::days(1) {
                continue;
            }
            needs.push(Need {
                kind: NeedKind::FailedRun(run.value.id.clone()),
                service: Some(run.value.service.clone()),
                what: Text::new(&format!(
                    "{} #{} {}",
                    run.value.workflow, run.value.number, run.value.title
                )),
                since: run.value.updated,
            });
        }
        needs.sort_by(|one, other| {
            (one.kind.urgency(), one.since, &one.kind).cmp(&(
                other.kind.urgency(),
                other.since,
                &other.kind,
            ))
        });
        needs
    }

    /// Releases that are over and were not reviewed. One that nobody touched
    /// here is forgotten a week after its review was due.
    fn reviews(&self, now: Timestamp, needs: &mut Vec<Need>) {
        for release in self.releases_in_order() {
            let Some(due) = release.review_due else {
                continue;
            };
            let course = self.course(&release.id);
            let reviewed = course.is_some_and(|course| course.reviewed.is_some());
            let forgotten = course.is_none() && now - due > TimeDelta::days(7);
            let view = self.release_view(release, now);
            if reviewed || forgotten || !view.state.is_over() {
                continue;
            }
            let when = if due <= now { "was due" } else { "is due" };
            needs.push(Need {
                kind: NeedKind::Review(release.id.clone()),
                service: release.items.first().map(|item| item.service.clone()),
                what: Text::from(format!(
                    "{} {when} {}",
                    release.name,
                    due.format("%a %d %b %H:%MZ")
                )),
                since: course
                    .and_then(|course| course.moves.last())
                    .map_or(due.min(now), |last| last.at),
            });
        }
    }
}
