//! What could go out: versions that somewhere else already serves, or that
//! were built or published, while production serves an older one.

use super::{Model, ReleaseView};
use crate::domain::{
    Conclusion, EnvironmentName, ReleaseItem, Run, RunState, ServiceName, Text, Timestamp, Version,
};
use crate::model::Served;

/// Branches that a release is made from.
const MAIN: [&str; 3] = ["main", "master", "trunk"];

/// A version of a service that awaits its release.
#[derive(Clone, Debug, PartialEq)]
pub struct Awaiting {
    /// The service.
    pub service: ServiceName,
    /// The production environment.
    pub environment: EnvironmentName,
    /// What production serves; none when nothing is known to.
    pub from: Option<Version>,
    /// What awaits its release.
    pub to: Version,
    /// Its full commit hash, where known.
    pub commit: Option<Text>,
    /// How it was found, in a few words.
    pub found: Text,
    /// Since when it waits.
    pub since: Timestamp,
}

impl Awaiting {
    /// As an item of a release.
    #[must_use]
    pub fn item(&self) -> ReleaseItem {
        ReleaseItem {
            service: self.service.clone(),
            environment: self.environment.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            commit: self.commit.clone(),
            digest: None,
        }
    }
}

/// Something that a release waits for, and whom.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitsFor {
    /// The service.
    pub service: ServiceName,
    /// What it waits for.
    pub what: Text,
    /// Who can end the wait; empty when nobody is named.
    pub whom: Vec<Text>,
    /// Since when.
    pub since: Timestamp,
}

/// Whether a run was made of the tag of its version: `v4.12.0`,
/// `checkout/4.12.0`.
fn is_of_its_tag(run: &Run) -> bool {
    run.version
        .as_ref()
        .and_then(|version| run.branch.strip_suffix(version.as_str()))
        .is_some_and(|before| !before.ends_with(|last: char| last.is_ascii_digit() || last == '.'))
}

impl Model {
    /// What awaits release, by service: the newest of what another
    /// environment serves, of what was published, and of what a good run of
    /// the main branch or of its tag built, where it is newer than what
    /// production serves.
    #[must_use]
    pub fn awaiting(&self) -> Vec<Awaiting> {
        let mut all: Vec<Awaiting> = self
            .services()
            .filter_map(|service| self.awaiting_of(service))
            .collect();
        all.sort_by(|one, other| (one.since, &one.service).cmp(&(other.since, &other.service)));
        all
    }

    fn awaiting_of(&self, service: &ServiceName) -> Option<Awaiting> {
        let environment = self.production_of(service)?;
        let line = self.line(service, environment);
        let served = self.served(service, environment);
        let since = served.as_ref().map(|served| served.since);
        // What served once and was taken back does not await anything.
        let known = |version: &Version, commit: Option<&Text>| {
            line.iter().any(|stint| {
                stint.version == version
                    || commit.is_some_and(|commit| !commit.is_empty() && commit == stint.commit)
            })
        };
        let elsewhere = self
            .environments()
            .into_iter()
            .filter(|name| !self.catalog.is_production(name))
            .filter_map(|name| {
                let there = self.served(service, name)?;
                Some((
                    there.since,
                    there.version,
                    Some(there.commit),
                    format!("serves in {name}"),
                ))
            });
        let published = self
            .published()
            .into_iter()
            .filter(|one| &one.value.service == service && !one.value.prerelease)
            .filter_map(|one| {
                let how = format!("published as {}", one.value.title);
                Some((one.value.at?, &one.value.version, None, how))
            });
        let built = self
            .runs_of(service)
            .map(|found| &found.value)
            .filter(|run| {
                run.state == RunState::Done(Conclusion::Success)
                    && (MAIN.contains(&run.branch.as_str()) || is_of_its_tag(run))
            })
            .filter_map(|run| {
                let how = format!("built by #{} of {}", run.number, run.branch);
                Some((run.updated, run.version.as_ref()?, Some(&run.commit), how))
            });
        let (at, to, commit, found) = elsewhere
            .chain(published)
            .chain(built)
            .filter(|(at, version, commit, _)| {
                since.is_none_or(|since| *at > since) && !known(version, *commit)
            })
            .max_by_key(|(at, ..)| *at)?;
        Some(Awaiting {
            service: service.clone(),
            environment: environment.clone(),
            from: served.map(|served| served.version.clone()),
            to: to.clone(),
            commit: commit.cloned(),
            found: Text::from(found),
            since: at,
        })
    }

    /// What of a release waits for a person, longest waiting first.
    #[must_use]
    pub fn waits_for(&self, view: &ReleaseView<'_>) -> Vec<WaitsFor> {
        let mut waits: Vec<WaitsFor> = self
            .approvals()
            .into_iter()
            .filter_map(|found| {
                let approval = found.value;
                let progress = view.items.iter().find(|progress| {
                    progress.item.service == approval.service
                        && progress.item.environment == approval.environment
                })?;
                Some(WaitsFor {
                    service: progress.item.service.clone(),
                    what: Text::from(format!("a yes for {}", approval.environment)),
                    whom: approval.reviewers.clone(),
                    since: approval.waiting_since,
                })
            })
            .collect();
        for record in self.operations() {
            let concerns = view
                .items
                .iter()
                .find(|progress| record.intent.service.as_ref() == Some(&progress.item.service));
            if let (Some(progress), crate::domain::OperationState::Proposed) =
                (concerns, record.state)
            {
                waits.push(WaitsFor {
                    service: progress.item.service.clone(),
                    what: Text::from(format!("a second person: {}", record.summary)),
                    whom: Vec::new(),
                    since: record
                        .history
                        .first()
                        .map_or(Timestamp::UNIX_EPOCH, |first| first.at),
                });
            }
        }
        waits.sort_by(|one, other| (one.since, &one.service).cmp(&(other.since, &other.service)));
        waits
    }

    /// The services of the release that an item needs, by what is declared, and
    /// that are not there yet: it had better wait for them.
    #[must_use]
    pub fn needs_first<'a>(
        &self,
        view: &'a ReleaseView<'_>,
        item: &ReleaseItem,
    ) -> Vec<&'a ServiceName> {
        let Some(spec) = self.catalog.service(&item.service) else {
            return Vec::new();
        };
        view.items
            .iter()
            .filter(|other| !other.there && spec.depends_on.contains(&other.item.service))
            .map(|other| &other.item.service)
            .collect()
    }

    /// What each environment serves of an item, in the order that versions
    /// travel; those that serve nothing are left out.
    #[must_use]
    pub fn item_places<'a>(&'a self, item: &ReleaseItem) -> Vec<(&'a EnvironmentName, Served<'a>)> {
        self.environments()
            .into_iter()
            .filter_map(|name| Some((name, self.served(&item.service, name)?)))
            .collect()
    }

    /// The item that holds up the release the longest by what is known: one
    /// that waits for a person, else the one whose canary has the most left,
    /// else one that has not started; with the reason. None when all is there.
    #[must_use]
    pub fn long_pole(&self, view: &ReleaseView<'_>, now: Timestamp) -> Option<(ServiceName, Text)> {
        let left = |service: &ServiceName, environment: &EnvironmentName, weight: f64| {
            let canary = self.catalog.service(service)?.canary.as_ref()?;
            let reading = self.canary(service)?;
            if &canary.environment != environment {
                return None;
            }
            let steps = canary.steps.iter().filter(|step| **step > weight).count();
            let steps = i64::try_from(steps + 1).unwrap_or(i64::MAX);
            let all = i64::from(canary.bake_seconds).saturating_mul(steps);
            let gone = reading
                .value
                .step_since
                .map_or(0, |since| (now - since).num_seconds());
            Some((all - gone).max(0))
        };
        let ranked = view.items.iter().filter(|one| !one.there).map(|one| {
            let item = one.item;
            let (rank, seconds, why) = if one.rolled_back {
                (3, 0, "was taken back".to_owned())
            } else if one.waiting {
                (2, 0, "waits for a yes".to_owned())
            } else if let Some(weight) = one.canary_weight {
                match left(&item.service, &item.environment, weight) {
                    Some(seconds) => (
                        1,
                        seconds,
                        format!("its canary takes {} minutes more", seconds / 60),
                    ),
                    None => (1, 0, "its canary runs".to_owned()),
                }
            } else if one.moving {
                (0, 0, "is on its way".to_owned())
            } else {
                (2, 0, "has not started".to_owned())
            };
            ((rank, seconds), &item.service, why)
        });
        // The first of equals: the order is the captain's.
        let mut pole: Option<((i32, i64), &ServiceName, String)> = None;
        for one in ranked {
            if pole.as_ref().is_none_or(|best| one.0 > best.0) {
                pole = Some(one);
            }
        }
        pole.map(|(_, service, why)| (service.clone(), Text::from(why)))
    }
}
