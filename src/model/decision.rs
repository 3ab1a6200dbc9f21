//! What a decision about an operation asks: the canary, incidents, change
//! windows, the release that it belongs to, how earlier deployments went.

use super::{Model, Stamped};
use crate::{
    analysis::verdict::{Judgement, judge},
    domain::{
        CanaryReading, DeploymentState, EnvironmentName, Release, ServiceName, Timestamp, Urgency,
        Version, Window, WindowKind,
    },
};

/// How a service's canary in one environment is.
#[derive(Clone, Debug, PartialEq)]
pub enum CanaryNow<'a> {
    /// None is configured there, or it gets none or all of the traffic.
    None,
    /// It runs, or may run, and nobody can tell how it is.
    NotKnown,
    /// It runs; what its metrics say.
    Runs(&'a Stamped<CanaryReading>, Judgement),
}

impl Model {
    /// How the canary of a service in an environment is.
    #[must_use]
    pub fn canary_now(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> CanaryNow<'_> {
        let configured = self
            .catalog
            .service(service)
            .and_then(|spec| spec.canary.as_ref())
            .is_some_and(|canary| &canary.environment == environment);
        let reading = self
            .canary(service)
            .filter(|reading| &reading.value.environment == environment);
        match reading.map(|reading| (reading, reading.value.weight)) {
            Some((reading, Some(weight))) if weight > 0.0 && weight < 100.0 => {
                CanaryNow::Runs(reading, judge(&reading.value))
            }
            Some((_, Some(weight))) if weight.is_finite() => CanaryNow::None,
            Some(_) => CanaryNow::NotKnown,
            None if configured => CanaryNow::NotKnown,
            None => CanaryNow::None,
        }
    }

    /// When the open incidents of a service were last listed: the oldest
    /// listing of all systems that know incidents; none when none did so yet.
    #[must_use]
    pub fn incidents_listed(&self) -> Option<Timestamp> {
        self.open_incidents
            .values()
            .map(|listed| listed.observed)
            .min()
    }

    /// Open urgent incidents of a service.
    pub fn urgent_incidents<'a>(
        &'a self,
        service: &'a ServiceName,
    ) -> impl Iterator<Item = &'a crate::domain::Incident> {
        self.open_incidents()
            .into_iter()
            .map(|incident| &incident.value)
            .filter(move |incident| {
                incident.service.as_ref() == Some(service) && incident.urgency == Urgency::High
            })
    }

    /// Change windows that concern a service, past ones too.
    pub fn change_windows<'a>(
        &'a self,
        service: &'a ServiceName,
    ) -> impl Iterator<Item = &'a Window> {
        self.catalog
            .windows
            .iter()
            .chain(self.windows.values().flat_map(|listed| &listed.value))
            .filter(move |window| {
                window.kind == WindowKind::Change
                    && (window.services.is_empty() || window.services.contains(service))
            })
    }

    /// The release whose plan brings this version of a service to an
    /// environment; of several the one that starts nearest to `now`.
    #[must_use]
    pub fn release_of(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        version: &Version,
        now: Timestamp,
    ) -> Option<&Release> {
        self.releases_in_order()
            .into_iter()
            .filter(|release| {
                release.items.iter().any(|item| {
                    &item.service == service
                        && &item.environment == environment
                        && &item.to == version
                })
            })
            .min_by_key(|release| {
                release
                    .start
                    .map_or(i64::MAX, |start| (start - now).num_seconds().abs())
            })
    }

    /// How the last deployments of a service to an environment ended, newest
    /// first: true where one failed, or where the version before it came back
    /// after it.
    #[must_use]
    pub fn went_wrong(&self, service: &ServiceName, environment: &EnvironmentName) -> Vec<bool> {
        let line = self.line(service, environment);
        let taken_back = |id: &crate::domain::Origin| {
            line.iter()
                .position(|stint| stint.deployment == id)
                .and_then(|place| {
                    let (after, before) = (line.get(place.checked_sub(1)?)?, line.get(place + 1)?);
                    Some(after.version == before.version)
                })
                .unwrap_or(false)
        };
        self.deployments(service, environment)
            .filter_map(|deployment| match deployment.value.state {
                DeploymentState::Failure => Some(true),
                DeploymentState::Success | DeploymentState::Inactive => {
                    Some(taken_back(&deployment.value.id))
                }
                _ => None,
            })
            .collect()
    }
}
