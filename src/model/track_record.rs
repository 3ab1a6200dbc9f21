//! How a version did when it served: the ground on which somebody chooses
//! where to go back to.

use chrono::TimeDelta;

use super::{Model, Stint};
use crate::{
    analysis::canary::Verdict,
    domain::{
        DeploymentState, EnvironmentName, OperationState, Quality, ServiceName, Text, Timestamp,
        TrackRecord, Urgency, Version,
    },
};

/// Who served for less than this proved nothing, in seconds.
const PROBATION: i64 = 600;

impl Model {
    /// How a version did when it served: how long in all, and whether that was
    /// good. It was bad when it was taken back, when an incident of high
    /// urgency began while it served alone, when its newest deployment failed,
    /// or when it fails as a canary now. It was good when none of this is known
    /// and somebody pages for the service; else nobody can tell.
    #[must_use]
    pub fn track_record(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        version: &Version,
        now: Timestamp,
    ) -> TrackRecord {
        let line = self.line(service, environment);
        let stints: Vec<usize> = line
            .iter()
            .enumerate()
            .filter(|(_, stint)| stint.version == version)
            .map(|(place, _)| place)
            .collect();
        let Some(newest) = stints.first().and_then(|place| line.get(*place)) else {
            return TrackRecord {
                why: Text::from(format!("{version} never served {service} in {environment}")),
                ..TrackRecord::default()
            };
        };
        let served: TimeDelta = stints
            .iter()
            .filter_map(|place| line.get(*place))
            .map(|stint| (stint.until.unwrap_or(now) - stint.from).max(TimeDelta::zero()))
            .sum();
        let against = stints
            .iter()
            .find_map(|place| self.against(service, environment, &line, *place, now));
        let (quality, why) = match against {
            Some(why) => (Quality::Bad, why),
            None => self.for_it(service, served),
        };
        TrackRecord {
            served: Some(served.num_seconds()),
            until: newest.until,
            by: newest.by.clone(),
            quality,
            why: Text::from(why),
        }
    }

    /// What is known against a stint, for people.
    fn against(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        line: &[Stint<'_>],
        place: usize,
        now: Timestamp,
    ) -> Option<String> {
        let stint = line.get(place)?;
        let version = stint.version;
        let fails_now = self.live_canaries().any(|canary| {
            &canary.value.service == service
                && &canary.value.environment == environment
                && canary.value.canary_version.as_ref() == Some(version)
                && self.judgement(service).verdict == Verdict::Fail
        });
        if fails_now {
            return Some("it fails as a canary now".to_owned());
        }
        // What followed it had served before it: somebody went back.
        let next = place.checked_sub(1).and_then(|newer| line.get(newer));
        let older = line.get(place + 1..).unwrap_or_default();
        if let Some(next) = next
            && older.iter().any(|older| older.version == next.version)
        {
            return Some(format!(
                "it was taken back to {} at {}",
                next.version,
                clock(next.from, now)
            ));
        }
        let taken_back = self.operations().find(|record| {
            record.state == OperationState::Observed
                && record.intent.service.as_ref() == Some(service)
                && record.intent.environment.as_ref() == Some(environment)
                && record
                    .intent
                    .act
                    .from_to()
                    .is_some_and(|(from, _)| from == version)
                && record
                    .history
                    .first()
                    .is_some_and(|first| first.at >= stint.from)
        });
        if let Some(record) = taken_back {
            let at = record.history.last().map_or(now, |last| last.at);
            return Some(format!("it was taken back at {}", clock(at, now)));
        }
        // What began while another version was on its way is that one's.
        let until = self
            .deployments(service, environment)
            .filter(|deployment| {
                deployment.value.created > stint.from
                    && &deployment.value.version != version
                    && !matches!(
                        deployment.value.state,
                        DeploymentState::Waiting | DeploymentState::Queued
                    )
            })
            .map(|deployment| deployment.value.created)
            .min()
            .or(stint.until)
            .unwrap_or(now);
        let incident = self
            .incidents
            .values()
            .map(|incident| &incident.value)
            .filter(|incident| {
                incident.service.as_ref() == Some(service)
                    && incident.urgency == Urgency::High
                    && incident.created >= stint.from
                    && incident.created < until
            })
            .min_by_key(|incident| incident.created);
        if let Some(incident) = incident {
            return Some(format!(
                "incident {} began while it served, at {}",
                incident.number,
                clock(incident.created, now)
            ));
        }
        let newest = self
            .deployments(service, environment)
            .find(|deployment| &deployment.value.version == version)?;
        (newest.value.state == DeploymentState::Failure).then(|| {
            format!(
                "its newest deployment failed at {}",
                clock(newest.value.updated, now)
            )
        })
    }

    /// Whether silence means that it was good.
    fn for_it(&self, service: &ServiceName, served: TimeDelta) -> (Quality, String) {
        let paged = self
            .catalog
            .service(service)
            .is_some_and(|spec| !spec.incident_services.is_empty());
        if served.num_seconds() < PROBATION {
            return (Quality::NotKnown, "it served too short to tell".to_owned());
        }
        if !paged {
            let why = "no incident service is configured, so nobody knows".to_owned();
            return (Quality::NotKnown, why);
        }
        if self.open_incidents.is_empty() {
            let why = "no system has told its incidents yet".to_owned();
            return (Quality::NotKnown, why);
        }
        (
            Quality::Good,
            "no incident of high urgency is known, and it was not taken back".to_owned(),
        )
    }

    /// When a version began to serve a place, or was first on its way there;
    /// none when no deployment of it is known.
    #[must_use]
    pub fn first_deployed(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        version: &Version,
    ) -> Option<Timestamp> {
        self.deployments(service, environment)
            .filter(|deployment| {
                &deployment.value.version == version
                    && !matches!(
                        deployment.value.state,
                        DeploymentState::Waiting | DeploymentState::Queued
                    )
            })
            .map(|deployment| deployment.value.created)
            .min()
    }
}

fn clock(at: Timestamp, now: Timestamp) -> String {
    if at.date_naive() == now.date_naive() {
        at.format("%H:%MZ").to_string()
    } else {
        at.format("%Y-%m-%d %H:%MZ").to_string()
    }
}
