//! Looks at what changes by the day: environments, tags, milestones, freezes
//! and releases.

use super::Eyes;
use crate::{
    domain::{Body, Connection, EnvironmentName},
    integrations::{
        contract::{FactSink, Fault},
        gitlab::map::calendar,
        http::{Failure, Need, fault::fault},
    },
};

impl Eyes {
    /// Looks at one project. What is not allowed to this token or switched off
    /// in the project lacks, and nothing else does.
    ///
    /// # Errors
    /// The first fault; what could be read was emitted all the same.
    pub async fn calendar(&self, name: &str, need: Need, facts: &FactSink) -> Result<(), Fault> {
        let mut fault: Option<Fault> = None;
        let tags = self.client.tags(name, need).await;
        if let Some(tags) = usable(tags, &mut fault)? {
            self.remember(name, |project| {
                for tag in &tags.value.items {
                    project.tags.learn(&tag.name, &tag.commit.id);
                }
            });
        }
        let environments = self.client.environments(name, need).await;
        if let Some(seen) = usable(environments, &mut fault)? {
            let project = self.project(name);
            let names: Vec<EnvironmentName> = seen
                .value
                .items
                .iter()
                .map(|one| EnvironmentName::new(&one.name))
                .collect();
            self.remember(name, |project| project.environments.clone_from(&names));
            facts.emit(
                seen.at,
                [Body::Environments {
                    service: project.service,
                    items: names,
                }],
            );
        }
        let milestones = self.client.milestones(name, need).await;
        let project = self.project(name);
        let place = project.place(&self.source);
        if let Some(seen) = usable(milestones, &mut fault)? {
            let body = calendar::milestones(&place, &seen.value.items);
            facts.emit(seen.at, [body]);
        }
        let freezes = self.client.freeze_periods(name, need).await;
        if let Some(seen) = usable(freezes, &mut fault)? {
            let body = calendar::freezes(&place, &seen.value.items, seen.at);
            facts.emit(seen.at, [body]);
            if let Some(why) = calendar::unread(&seen.value.items, seen.at) {
                fault = fault.or(Some(degraded(&format!("{name}: {why}"))));
            }
        }
        let releases = self.client.releases(name, need).await;
        if let Some(seen) = usable(releases, &mut fault)? {
            let bodies = seen
                .value
                .items
                .iter()
                .map(|one| calendar::release(&place, one));
            facts.emit(seen.at, bodies);
        }
        fault.map_or(Ok(()), Err)
    }
}

fn degraded(detail: &str) -> Fault {
    fault(Connection::Degraded, detail)
}

/// The answer; none when it is not for this token, or switched off.
fn usable<T>(answer: Result<T, Failure>, fault: &mut Option<Fault>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(seen) => Ok(Some(seen)),
        Err(failure) if failure.fault.ends_the_round() => Err(failure.fault),
        Err(failure) => {
            let closed = matches!(failure.status, Some(403 | 404))
                && failure.fault.connection != Connection::RateLimited;
            if !closed {
                fault.get_or_insert(failure.fault);
            }
            Ok(None)
        }
    }
}
