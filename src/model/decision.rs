//! What a decision about an operation asks: the canary, incidents, change
//! windows, the release that it belongs to, how earlier deployments went.

use super::{Model, Stamped};
use crate::{
    analysis::canary::Report,
    domain::{
        CanaryReading, DeploymentState, EnvironmentName, Release, ServiceName, Timestamp, Urgency,
        Version,
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
    Runs(&'a Stamped<CanaryReading>, &'a Report),
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
                CanaryNow::Runs(reading, self.judgement(service))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;

    use super::*;
    use crate::domain::{
        Body, Catalog, Deployment, Fact, Origin, ReleaseItem, ReleaseKind, SourceId, Text,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn fact(body: Body) -> Fact {
        Fact {
            source: SourceId::new("hub"),
            observed: at(0),
            body,
        }
    }

    fn model(catalog: Catalog, facts: impl IntoIterator<Item = Fact>) -> Model {
        let mut model = Model::new(Arc::new(catalog));
        for fact in facts {
            model.apply(fact, at(0));
        }
        model
    }

    fn deployment(age: i64, version: &str, state: DeploymentState) -> Fact {
        fact(Body::Deployment(Deployment {
            id: Origin::new(&SourceId::new("hub"), &format!("{age}")),
            service: "checkout".into(),
            environment: "production".into(),
            version: version.into(),
            commit: Text::default(),
            digest: None,
            state,
            creator: "bo".into(),
            created: at(-age),
            updated: at(-age),
            run: None,
            url: Text::default(),
        }))
    }

    #[test]
    fn what_failed_or_was_taken_back_went_wrong() {
        use DeploymentState::{Failure, InProgress, Inactive, Success};
        let model = model(
            Catalog::default(),
            [
                deployment(10, "4", InProgress),
                deployment(20, "2", Success),
                // Taken back: what served before it serves again.
                deployment(30, "3", Inactive),
                deployment(40, "2", Inactive),
                deployment(50, "2", Failure),
                deployment(60, "1", Inactive),
            ],
        );
        assert_eq!(
            model.went_wrong(&"checkout".into(), &"production".into()),
            [false, true, false, true, false]
        );
        assert!(
            model
                .went_wrong(&"checkout".into(), &"staging".into())
                .is_empty()
        );
    }

    #[test]
    fn a_version_belongs_to_the_release_that_brings_it() {
        let release = |id: &str, kind, to: &str, start| Release {
            id: id.into(),
            name: id.into(),
            kind,
            captain: None,
            items: vec![ReleaseItem {
                service: "checkout".into(),
                environment: "production".into(),
                from: None,
                to: to.into(),
                ..ReleaseItem::default()
            }],
            start: Some(at(start)),
            end: None,
            ..Release::default()
        };
        let model = model(
            Catalog {
                releases: vec![
                    release("train", ReleaseKind::Train, "2", 0),
                    release("fix", ReleaseKind::Hotfix, "3", 100),
                    release("again", ReleaseKind::Regular, "2", 90_000),
                ],
                ..Catalog::default()
            },
            [],
        );
        let of = |version: &str, environment: &str| {
            model
                .release_of(
                    &"checkout".into(),
                    &environment.into(),
                    &version.into(),
                    at(10),
                )
                .map(|release| release.id.to_string())
        };
        assert_eq!(of("2", "production").as_deref(), Some("train"));
        // A planned hotfix of another version opens no lane for this one.
        assert_eq!(of("3", "production").as_deref(), Some("fix"));
        assert_eq!(of("4", "production"), None);
        assert_eq!(of("2", "staging"), None);
    }

    #[test]
    fn change_windows_are_those_of_the_service() {
        use crate::domain::{Window, WindowKind};

        let window = |kind, services: &[&str]| Window {
            id: Origin::new(&Model::declared_source(), "w"),
            kind,
            title: "w".into(),
            start: at(0),
            end: at(0) + TimeDelta::hours(1),
            services: services.iter().map(|name| (*name).into()).collect(),
            detail: Text::default(),
            url: Text::default(),
        };
        let model = model(
            Catalog {
                windows: vec![
                    window(WindowKind::Change, &["search"]),
                    window(WindowKind::Freeze, &[]),
                    window(WindowKind::Change, &["checkout", "search"]),
                ],
                ..Catalog::default()
            },
            [],
        );
        let standing = |service: &str| model.standing(&service.into(), None, None, at(10));
        assert_eq!(standing("search").changes.len(), 2);
        assert_eq!(standing("checkout").changes.len(), 1);
        assert_eq!(standing("billing").changes.len(), 0);
        assert_eq!(standing("billing").freezes.len(), 1);
        assert!(standing("checkout").changes_exist && !standing("billing").changes_exist);
    }

    #[test]
    fn a_canary_that_cannot_be_read_is_not_fine() {
        let reading = |weight| {
            fact(Body::Canary(CanaryReading {
                service: "checkout".into(),
                environment: "production".into(),
                weight,
                ..CanaryReading::default()
            }))
        };
        let (service, place) = ("checkout".into(), "production".into());
        for (weight, not_known, runs) in [
            (None, true, false),
            (Some(f64::NAN), true, false),
            (Some(0.0), false, false),
            (Some(100.0), false, false),
            (Some(25.0), false, true),
        ] {
            let model = model(Catalog::default(), [reading(weight)]);
            let now = model.canary_now(&service, &place);
            assert_eq!(now == CanaryNow::NotKnown, not_known, "{weight:?}");
            assert_eq!(matches!(now, CanaryNow::Runs(..)), runs, "{weight:?}");
            assert_eq!(
                model.canary_now(&service, &"staging".into()),
                CanaryNow::None
            );
        }
    }
}
