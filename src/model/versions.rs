//! Which version serves where, and which served before.

use super::{Model, Stamped};
use crate::domain::{
    Deployment, DeploymentState, EnvironmentName, Origin, Run, ServiceName, Text, Timestamp,
    Version,
};

/// What an environment serves of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Served<'a> {
    /// The version.
    pub version: &'a Version,
    /// Its full commit hash.
    pub commit: &'a Text,
    /// Since when.
    pub since: Timestamp,
    /// When this was last seen to be so.
    pub observed: Timestamp,
    /// Who deployed it.
    pub by: &'a Text,
    /// The deployment that brought it.
    pub deployment: &'a Origin,
}

/// A version's time of service.
#[derive(Clone, Debug, PartialEq)]
pub struct Stint<'a> {
    /// The version.
    pub version: &'a Version,
    /// Its full commit hash.
    pub commit: &'a Text,
    /// Since when it served.
    pub from: Timestamp,
    /// Until when; none while it serves.
    pub until: Option<Timestamp>,
    /// Who deployed it.
    pub by: &'a Text,
    /// The deployment that brought it.
    pub deployment: &'a Origin,
}

impl Model {
    /// Deployments of a service to an environment, newest first.
    pub fn deployments(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> impl Iterator<Item = &Stamped<Deployment>> {
        self.deployments.of(&(service.clone(), environment.clone()))
    }

    /// All deployments, in no order that matters.
    pub fn all_deployments(&self) -> impl Iterator<Item = &Stamped<Deployment>> {
        self.deployments.iter()
    }

    /// The deployment that failed with a failed run; of several the newest of
    /// the first environment.
    #[must_use]
    pub fn failed_deployment(&self, run: &Run) -> Option<&Deployment> {
        if !run.state.is_failed() {
            return None;
        }
        self.environments().into_iter().find_map(|environment| {
            self.deployments(&run.service, environment)
                .map(|found| &found.value)
                .find(|one| {
                    one.state == DeploymentState::Failure && one.run.as_ref() == Some(&run.id)
                })
        })
    }

    /// What served in the environment of a deployment when it began.
    #[must_use]
    pub fn served_before(&self, deployment: &Deployment) -> Option<Stint<'_>> {
        self.line(&deployment.service, &deployment.environment)
            .into_iter()
            .find(|stint| stint.from <= deployment.created)
    }

    /// What an environment serves: the newest deployment that succeeded.
    #[must_use]
    pub fn served(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Option<Served<'_>> {
        self.deployments(service, environment)
            .find(|deployment| deployment.value.state == DeploymentState::Success)
            .map(|deployment| Served {
                version: &deployment.value.version,
                commit: &deployment.value.commit,
                since: deployment.value.updated,
                observed: deployment.observed,
                by: &deployment.value.creator,
                deployment: &deployment.value.id,
            })
    }

    /// The line of versions that really served, newest first: what succeeded
    /// and, since the vendor marks replaced ones, what is inactive now.
    #[must_use]
    pub fn line(&self, service: &ServiceName, environment: &EnvironmentName) -> Vec<Stint<'_>> {
        let mut until = None;
        let mut line = Vec::new();
        for deployment in self.deployments(service, environment) {
            let from = match deployment.value.state {
                DeploymentState::Success => deployment.value.updated,
                // Its last change is when it was replaced, so the creation is
                // the best that is known of its beginning.
                DeploymentState::Inactive => deployment.value.created,
                _ => continue,
            };
            line.push(Stint {
                version: &deployment.value.version,
                commit: &deployment.value.commit,
                from,
                until,
                by: &deployment.value.creator,
                deployment: &deployment.value.id,
            });
            until = Some(from);
        }
        line
    }

    /// The version that a rollback would take away: the one under test or on
    /// its way, because a canary's deployment is at work until it has all of
    /// the traffic, else the one that serves. What only waits does not count.
    #[must_use]
    pub fn leaving(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Option<&Version> {
        let under_test = self
            .live_canaries()
            .filter(|canary| {
                &canary.value.service == service && &canary.value.environment == environment
            })
            .find_map(|canary| canary.value.canary_version.as_ref());
        let on_its_way = || {
            self.deployments(service, environment)
                .take_while(|deployment| deployment.value.state != DeploymentState::Success)
                .find(|deployment| deployment.value.state == DeploymentState::InProgress)
                .map(|deployment| &deployment.value.version)
        };
        under_test.or_else(on_its_way).or_else(|| {
            self.served(service, environment)
                .map(|served| served.version)
        })
    }

    /// Versions that a rollback may name: those that really served and are not
    /// the one that [`Model::leaving`] names, newest first, each once with its
    /// newest stint. While a canary is under test, the first is what serves
    /// the rest of the traffic.
    #[must_use]
    pub fn rollback_targets(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Vec<Stint<'_>> {
        let now = self.leaving(service, environment);
        let mut targets: Vec<Stint<'_>> = Vec::new();
        for stint in self.line(service, environment) {
            if Some(stint.version) != now
                && !targets.iter().any(|other| other.version == stint.version)
            {
                targets.push(stint);
            }
        }
        targets
    }

    /// The newest deployment that is queued, waiting or at work and that
    /// nothing newer has finished over.
    #[must_use]
    pub fn deployment_in_flight(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Option<&Stamped<Deployment>> {
        self.moving(service, environment).next()
    }

    /// All deployments that are queued, waiting or at work and that nothing
    /// newer has finished over, newest first.
    pub fn moving(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> impl Iterator<Item = &Stamped<Deployment>> {
        self.deployments(service, environment)
            .take_while(|deployment| deployment.value.state != DeploymentState::Success)
            .filter(|deployment| {
                matches!(
                    deployment.value.state,
                    DeploymentState::Queued
                        | DeploymentState::Waiting
                        | DeploymentState::InProgress
                )
            })
    }

    /// The production environment of a service that has something in it, or
    /// the first declared one.
    #[must_use]
    pub fn production_of(&self, service: &ServiceName) -> Option<&EnvironmentName> {
        let names = self.environments();
        let mut production = names
            .into_iter()
            .filter(|name| self.catalog.is_production(name));
        let first = production.next()?;
        if self.served(service, first).is_some() {
            return Some(first);
        }
        production
            .find(|name| self.served(service, name).is_some())
            .or(Some(first))
    }
}
