//! The release as the screen follows it: its state and how far it is.

use chrono::TimeDelta;

use super::Model;
use crate::domain::{Release, ReleaseItem, ReleaseState, ServiceName, Timestamp, Version};

/// How long after its planned end a release stays the active one.
const LINGER: TimeDelta = TimeDelta::hours(2);
/// How long before its planned start a release becomes the active one.
const AHEAD: TimeDelta = TimeDelta::hours(12);

/// A release with what the facts say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseView<'a> {
    /// The release.
    pub release: &'a Release,
    /// Its state, declared or derived.
    pub state: ReleaseState,
    /// Each item's progress, in order.
    pub items: Vec<ItemProgress<'a>>,
}

/// How far one item of a release is.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemProgress<'a> {
    /// The item.
    pub item: &'a ReleaseItem,
    /// What is served now, where known.
    pub serves: Option<&'a Version>,
    /// True when the target is served.
    pub there: bool,
    /// True when a deployment or a canary of it is under way.
    pub moving: bool,
    /// True when it served or was on its way and the old version is back.
    pub rolled_back: bool,
    /// Weight of its canary in percent, while one runs.
    pub canary_weight: Option<f64>,
    /// True while something of it waits for a human.
    pub waiting: bool,
}

impl Model {
    /// All releases, earliest planned start first, those without a plan last.
    #[must_use]
    pub fn releases_in_order(&self) -> Vec<&Release> {
        let mut all: Vec<&Release> = self
            .catalog
            .releases
            .iter()
            .filter(|release| !self.releases.contains_key(&release.id))
            .chain(self.releases.values().map(|release| &release.value))
            .collect();
        all.sort_by(|one, other| {
            (one.start.is_none(), one.start, &one.id).cmp(&(
                other.start.is_none(),
                other.start,
                &other.id,
            ))
        });
        all
    }

    /// The release that the header follows: the one under way, else the next
    /// one within half a day, else the one that ended most recently.
    #[must_use]
    pub fn active_release(&self, now: Timestamp) -> Option<ReleaseView<'_>> {
        Some(self.release_view(self.followed_release(now)?, now))
    }

    /// The release of [`Model::active_release`], as it was planned.
    #[must_use]
    pub fn followed_release(&self, now: Timestamp) -> Option<&Release> {
        let mut best: Option<(u8, i64, &Release)> = None;
        for release in self.releases_in_order() {
            let Some(start) = release.start else { continue };
            let end = release.end.unwrap_or(start + TimeDelta::hours(4));
            let rank = if start <= now && now < end {
                (0, (now - start).num_seconds(), release)
            } else if now < start && start - now <= AHEAD {
                (1, (start - now).num_seconds(), release)
            } else if end <= now && now - end <= LINGER {
                (2, (now - end).num_seconds(), release)
            } else {
                continue;
            };
            if best.is_none_or(|best| (rank.0, rank.1) < (best.0, best.1)) {
                best = Some(rank);
            }
        }
        best.map(|(_, _, release)| release)
    }

    /// One release with what the facts say about it.
    #[must_use]
    pub fn release_view<'a>(&'a self, release: &'a Release, now: Timestamp) -> ReleaseView<'a> {
        let items: Vec<ItemProgress<'a>> = release
            .items
            .iter()
            .map(|item| self.item_progress(item))
            .collect();
        let state = release
            .declared
            .unwrap_or_else(|| derive_state(release, &items, now));
        ReleaseView {
            release,
            state,
            items,
        }
    }

    /// The active release's item for a service, where it has one.
    #[must_use]
    pub fn release_item(&self, service: &ServiceName, now: Timestamp) -> Option<&ReleaseItem> {
        self.followed_release(now)?
            .items
            .iter()
            .find(|item| &item.service == service)
    }

    fn item_progress<'a>(&'a self, item: &'a ReleaseItem) -> ItemProgress<'a> {
        let serves = self
            .served(&item.service, &item.environment)
            .map(|served| served.version);
        let there = serves == Some(&item.to);
        let in_flight = self
            .deployment_in_flight(&item.service, &item.environment)
            .is_some_and(|deployment| deployment.value.version == item.to);
        let canary_weight = self
            .canary(&item.service)
            .and_then(|canary| canary.value.weight)
            .filter(|weight| *weight > 0.0 && *weight < 100.0);
        let tried = self
            .deployments(&item.service, &item.environment)
            .any(|deployment| deployment.value.version == item.to);
        let mut approvals = self.waiting_lists().flat_map(|listed| &listed.value);
        let waiting = approvals.any(|approval| {
            approval.service == item.service && approval.environment == item.environment
        });
        let moving = in_flight || canary_weight.is_some();
        ItemProgress {
            item,
            serves,
            there,
            moving,
            rolled_back: tried && !there && !moving && !waiting && serves.is_some(),
            canary_weight,
            waiting,
        }
    }
}

fn derive_state(release: &Release, items: &[ItemProgress<'_>], now: Timestamp) -> ReleaseState {
    let started = release.start.is_none_or(|start| start <= now);
    if !items.is_empty() && items.iter().all(|item| item.there) {
        ReleaseState::Done
    } else if items.iter().any(|item| item.moving) {
        ReleaseState::Rolling
    } else if items.iter().any(|item| item.rolled_back) {
        ReleaseState::RolledBack
    } else if items.iter().any(|item| item.there) {
        ReleaseState::Rolling
    } else if started {
        ReleaseState::Ready
    } else {
        ReleaseState::Scheduled
    }
}
