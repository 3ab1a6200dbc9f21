//! What happened, from every source, in one order.

use super::Model;
use crate::domain::{
    DeploymentState, NoteLink, OperationId, OperationState, Origin, ServiceName, Text,
    TimelineKind, Timestamp,
};

/// One moment of the war room's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What sort of thing.
    pub kind: MomentKind,
    /// Who, where somebody is named.
    pub who: Option<Text>,
    /// What happened, for people.
    pub what: Text,
}

/// What sort of thing happened, with the way back to it.
#[derive(Clone, Debug, PartialEq)]
pub enum MomentKind {
    /// The incident's vendor tells it.
    Vendor(TimelineKind, Origin),
    /// A version moved.
    Deployment(Origin, DeploymentState),
    /// A metrics backend fires.
    Alert,
    /// A person wrote it; the note's id.
    Note(Text),
    /// A person had something done.
    Operation(OperationId, OperationState),
}

impl Model {
    /// The timeline of an incident: what its vendor tells, and what happened
    /// to its service since an hour before it began; oldest first.
    #[must_use]
    pub fn incident_timeline(&self, id: &Origin) -> Vec<Moment> {
        let Some(incident) = self.incident(id) else {
            return Vec::new();
        };
        let incident = &incident.value;
        let since = incident.created - chrono::TimeDelta::hours(1);
        let mut moments = self.moments(since, incident.service.as_ref());
        for entry in self
            .vendor_timeline(id)
            .map_or(&[][..], |entries| &entries.value)
        {
            moments.push(Moment {
                at: entry.at,
                kind: MomentKind::Vendor(entry.kind.clone(), entry.id.clone()),
                who: entry.who.clone(),
                what: entry.what.clone(),
            });
        }
        sorted(moments)
    }

    /// Everything that happened since `since`, of all services; oldest first.
    #[must_use]
    pub fn timeline(&self, since: Timestamp) -> Vec<Moment> {
        let mut moments = self.moments(since, None);
        for (incident, entries) in &self.timelines {
            let number = self
                .incident(incident)
                .map(|incident| incident.value.number);
            for entry in entries.value.iter().filter(|entry| entry.at >= since) {
                let what = match number {
                    Some(number) => Text::new(&format!("#{number} {}", entry.what)),
                    None => entry.what.clone(),
                };
                moments.push(Moment {
                    at: entry.at,
                    kind: MomentKind::Vendor(entry.kind.clone(), entry.id.clone()),
                    who: entry.who.clone(),
                    what,
                });
            }
        }
        sorted(moments)
    }

    fn moments(&self, since: Timestamp, service: Option<&ServiceName>) -> Vec<Moment> {
        let mut moments = Vec::new();
        let concerns =
            |name: Option<&ServiceName>| service.is_none() || name.is_none() || name == service;
        for deployment in self.all_deployments().map(|deployment| &deployment.value) {
            if deployment.updated < since || !concerns(Some(&deployment.service)) {
                continue;
            }
            let word = match &deployment.state {
                DeploymentState::Success => "serves",
                DeploymentState::Failure => "failed in",
                DeploymentState::InProgress => "goes to",
                DeploymentState::Queued | DeploymentState::Waiting => "waits for",
                DeploymentState::Inactive | DeploymentState::Other(_) => continue,
            };
            moments.push(Moment {
                at: deployment.updated,
                kind: MomentKind::Deployment(deployment.id.clone(), deployment.state.clone()),
                who: Some(deployment.creator.clone()),
                what: Text::new(&format!(
                    "{} {} {word} {}",
                    deployment.service, deployment.version, deployment.environment
                )),
            });
        }
        for alert in self.alerts() {
            if alert.since >= since && concerns(alert.service.as_ref()) {
                moments.push(Moment {
                    at: alert.since,
                    kind: MomentKind::Alert,
                    who: None,
                    what: Text::new(&format!("alert {}: {}", alert.name, alert.summary)),
                });
            }
        }
        for note in self.notes() {
            let about = note.links.iter().find_map(|link| match link {
                NoteLink::Service(service) => Some(service),
                _ => None,
            });
            if note.at < since || !concerns(about) {
                continue;
            }
            let mut what = note
                .lines
                .iter()
                .map(Text::as_str)
                .collect::<Vec<_>>()
                .join(" / ");
            if !note.finished {
                what.push_str(" (draft)");
            }
            moments.push(Moment {
                at: note.at,
                kind: MomentKind::Note(note.id.clone()),
                who: Some(note.author.clone()),
                what: Text::new(&what),
            });
        }
        for record in self.operations() {
            let Some(first) = record.history.first() else {
                continue;
            };
            if first.at < since || !concerns(record.intent.service.as_ref()) {
                continue;
            }
            moments.push(Moment {
                at: first.at,
                kind: MomentKind::Operation(record.id.clone(), record.state),
                who: Some(record.actor.clone()),
                what: record.summary.clone(),
            });
        }
        moments
    }
}

fn sorted(mut moments: Vec<Moment>) -> Vec<Moment> {
    moments.sort_by(|one, other| (one.at, &one.what).cmp(&(other.at, &other.what)));
    moments
}
