//! The release as the screen follows it: its state and how far it is.
//!
//! `awaiting` finds what could go out, `gates` what speaks against it,
//! `joins` what belongs to a release.

mod awaiting;
mod copy;
mod gates;
mod joins;
mod notes;
mod risk;

use chrono::TimeDelta;

pub use self::{
    awaiting::{Awaiting, WaitsFor},
    gates::Gate,
    joins::{Join, Joined},
    notes::{Notes, PageNotes},
    risk::ItemRisk,
};
use super::Model;
use crate::domain::{
    CheckState, Course, Release, ReleaseChange, ReleaseEvent, ReleaseItem, ReleaseState,
    ServiceName, Standing, Text, Timestamp, Version,
};

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
    /// The state that the facts show, where people say another one.
    pub proposal: Option<Proposal>,
}

/// A state that the facts show. It is offered with its reason; what people said
/// stands until one of them takes it over.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The state.
    pub state: ReleaseState,
    /// What shows it, in a sentence.
    pub reason: Text,
    /// Whether it may follow the state that people gave it.
    pub follows: bool,
}

/// How far one item of a release is.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemProgress<'a> {
    /// The item.
    pub item: &'a ReleaseItem,
    /// What is served now, where known.
    pub serves: Option<&'a Version>,
    /// Since when it is served.
    pub since: Option<Timestamp>,
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

impl ItemProgress<'_> {
    /// How far it is, as the word of `--json`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.there {
            "there"
        } else if self.canary_weight.is_some() {
            "canary"
        } else if self.waiting {
            "waiting"
        } else if self.moving {
            "moving"
        } else if self.rolled_back {
            "rolled_back"
        } else {
            "not_started"
        }
    }
}

impl Model {
    /// All releases, earliest planned start first, those without a plan last.
    #[must_use]
    pub fn releases_in_order(&self) -> Vec<&Release> {
        let mut all: Vec<&Release> = self
            .catalog
            .releases
            .iter()
            .filter(|release| {
                !self.releases.contains_key(&release.id) && !self.courses.contains_key(&release.id)
            })
            .chain(self.near_departures().filter(|release| {
                !self.releases.contains_key(&release.id)
                    && !self.courses.contains_key(&release.id)
                    && !self.catalog.releases.iter().any(|one| one.id == release.id)
            }))
            .chain(
                self.releases
                    .values()
                    .map(|release| &release.value)
                    .filter(|release| !self.courses.contains_key(&release.id)),
            )
            .chain(self.courses.values().map(|course| &course.release))
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

    /// One release, as it is now.
    #[must_use]
    pub fn release(&self, id: &str) -> Option<&Release> {
        if let Some(course) = self.courses.get(id) {
            return Some(&course.release);
        }
        if let Some(release) = self.releases.get(id) {
            return Some(&release.value);
        }
        let mut declared = self.catalog.releases.iter();
        declared
            .find(|release| release.id.as_str() == id)
            .or_else(|| self.departure(id))
    }

    /// One release as it was declared outside, without what people did to it
    /// here; none where it was made here.
    #[must_use]
    pub fn declared_release(&self, id: &str) -> Option<&Release> {
        if let Some(release) = self.releases.get(id) {
            return Some(&release.value);
        }
        let mut declared = self.catalog.releases.iter();
        declared
            .find(|release| release.id.as_str() == id)
            .or_else(|| self.departure(id))
    }

    /// What people did to a release; none when nobody did anything.
    #[must_use]
    pub fn course(&self, id: &str) -> Option<&Course> {
        self.courses.get(id)
    }

    /// When somebody said that a release's code was cut: its check
    /// `branch-cut` was done.
    #[must_use]
    pub fn branch_cut(&self, id: &str) -> Option<Timestamp> {
        let events = self.release_events.get(id)?;
        let mut last = None;
        for (at, event) in events {
            if let ReleaseChange::Checked { check, state } = &event.change
                && check.as_str() == "branch-cut"
            {
                last = (*state == CheckState::Done).then_some(*at);
            }
        }
        last
    }

    /// The states that may follow, the next on the way first.
    #[must_use]
    pub fn following_states(&self, view: &ReleaseView<'_>) -> Vec<ReleaseState> {
        self.course(&view.release.id)
            .and_then(|course| course.standing)
            .unwrap_or(Standing::at(view.state))
            .following(&view.release.skips)
    }

    /// Whether an event may be, by all that is known here.
    ///
    /// # Errors
    /// Why not, as a sentence without its full stop.
    pub fn accepts_release_event(&self, event: &ReleaseEvent) -> Result<(), String> {
        let course = match self.courses.get(&event.release) {
            Some(course) => course.clone(),
            None => match self.release(&event.release) {
                Some(release) => Course::new(release.clone()),
                None => return Ok(()),
            },
        };
        course.accepts(event)
    }

    /// Puts together again what people did to a release.
    pub(super) fn note_course(&mut self, id: &Text) {
        let Some(events) = self.release_events.get(id) else {
            return;
        };
        self.plans_changed += 1;
        let plan = self.declared_release(id).cloned();
        let events = events.iter().map(|(at, event)| (*at, event));
        match Course::of(plan, events) {
            Some(course) => self.courses.insert(id.clone(), course),
            None => self.courses.remove(id),
        };
    }

    /// The release that the header follows: one that somebody has under way,
    /// else the one under way by its plan, else the next
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
            // What people have under way comes before any plan.
            let by_hand = self
                .courses
                .get(&release.id)
                .and_then(|course| course.moves.last())
                .filter(|last| matches!(last.to, ReleaseState::Rolling | ReleaseState::Baking));
            if let Some(last) = by_hand {
                let rank = (0, (now - last.at).num_seconds(), release);
                if best.is_none_or(|best| (rank.0, rank.1) < (best.0, best.1)) {
                    best = Some(rank);
                }
                continue;
            }
            let gone = release.declared == Some(ReleaseState::Scrubbed);
            let Some(start) = release.start.filter(|_| !gone) else {
                continue;
            };
            let end = release.end.unwrap_or(start + TimeDelta::hours(4));
            let rank = if start <= now && now < end {
                (1, (now - start).num_seconds(), release)
            } else if now < start && start - now <= AHEAD {
                (2, (start - now).num_seconds(), release)
            } else if end <= now && now - end <= LINGER {
                (3, (now - end).num_seconds(), release)
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
        let derived = derive_state(release, &items, now);
        let state = release.declared.unwrap_or(derived);
        let proposal = release
            .declared
            .and_then(|said| self.proposal(release, said, (derived, now), &items));
        ReleaseView {
            release,
            state,
            items,
            proposal,
        }
    }

    /// What the facts show where people say something else. Facts show only
    /// that something moves, serves or is taken back.
    fn proposal(
        &self,
        release: &Release,
        said: ReleaseState,
        (derived, now): (ReleaseState, Timestamp),
        items: &[ItemProgress<'_>],
    ) -> Option<Proposal> {
        // One item that was taken back does not take the others along: the
        // release goes on with them until somebody says otherwise.
        let rest: Vec<ItemProgress<'_>> = items
            .iter()
            .filter(|item| !item.rolled_back)
            .cloned()
            .collect();
        let goes_on = derived == ReleaseState::RolledBack && rest.iter().any(|item| item.there);
        let derived = if goes_on {
            derive_state(release, &rest, now)
        } else {
            derived
        };
        if said == derived || matches!(said, ReleaseState::Scrubbed | ReleaseState::RolledBack) {
            return None;
        }
        let name = |found: Option<&ItemProgress<'_>>| {
            found.map_or_else(String::new, |one| {
                format!("{} {}", one.item.service, one.item.to)
            })
        };
        let back: Vec<&str> = items
            .iter()
            .filter(|item| item.rolled_back)
            .map(|item| item.item.service.as_str())
            .collect();
        let all = if back.is_empty() {
            "all of it".to_owned()
        } else {
            format!("all of it but {}", back.join(", "))
        };
        let reason = match derived {
            ReleaseState::Rolling if said.place() < derived.place() => {
                // What waits for a yes has not moved.
                let moving = items.iter().find(|item| item.moving && !item.waiting);
                let there = items.iter().find(|item| item.there);
                match (moving, there) {
                    (Some(_), _) => format!("{} is on its way", name(moving)),
                    (None, Some(_)) => format!("{} serves", name(there)),
                    (None, None) => return None,
                }
            }
            ReleaseState::Baking | ReleaseState::Done if said == ReleaseState::Rolling => {
                format!("{all} serves")
            }
            ReleaseState::Done if said == ReleaseState::Baking => {
                format!("{all} has served for {} minutes", release.bake_minutes)
            }
            ReleaseState::RolledBack => {
                let back = items.iter().find(|item| item.rolled_back);
                let now = back
                    .and_then(|one| one.serves)
                    .map_or_else(|| "another version".to_owned(), ToString::to_string);
                format!("{} was taken back: {now} serves", name(back))
            }
            _ => return None,
        };
        // A bake is not passed over because it went by unseen.
        let state = match (said, derived) {
            (ReleaseState::Rolling, ReleaseState::Done) => ReleaseState::Baking,
            _ => derived,
        };
        let standing = self
            .course(&release.id)
            .and_then(|course| course.standing)
            .unwrap_or(Standing::at(said));
        Some(Proposal {
            state,
            reason: Text::from(reason),
            follows: standing.to(state, &release.skips).is_ok(),
        })
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
        let served = self.served(&item.service, &item.environment);
        let since = served.as_ref().map(|served| served.since);
        let serves = served.map(|served| served.version);
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
            since,
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
    let all_there = !items.is_empty() && items.iter().all(|item| item.there);
    let last = items.iter().filter_map(|item| item.since).max();
    let bake = TimeDelta::minutes(i64::from(release.bake_minutes));
    if all_there && last.is_some_and(|last| now - last < bake) {
        ReleaseState::Baking
    } else if all_there {
        ReleaseState::Done
    } else if items.iter().any(|item| item.moving) {
        ReleaseState::Rolling
    } else if items.iter().any(|item| item.rolled_back) {
        ReleaseState::RolledBack
    } else if items.iter().any(|item| item.there) {
        ReleaseState::Rolling
    } else if started {
        ReleaseState::Readiness
    } else {
        ReleaseState::Scheduled
    }
}
