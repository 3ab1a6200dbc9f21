//! The departures of trains among the releases.

use super::{
    Model,
    schedule::{AHEAD, BACK},
};
use crate::{
    analysis::releases::train::Timetable,
    domain::{Release, Text, Timestamp},
};

/// One departure of a train.
#[derive(Clone, Debug)]
pub(super) struct Departure {
    release: Release,
    /// It is shown also when nobody touched it.
    near: bool,
}

impl Model {
    /// All departures of all trains until a while after `now`.
    pub(super) fn depart(&mut self, now: Timestamp) {
        if self.catalog.trains.is_empty() {
            return;
        }
        let hours = self.catalog.team.policy.hotfix_review_hours;
        let mut departures = Vec::new();
        for train in &self.catalog.trains {
            // The configuration was checked; what it refused is not here.
            let Ok(timetable) = Timetable::read(train) else {
                continue;
            };
            let all = timetable.departures(now + AHEAD, hours);
            departures.extend(all.into_iter().map(|release| Departure {
                near: release.end.is_none_or(|end| end > now - BACK),
                release,
            }));
        }
        self.departures = departures;
        self.plans_changed += 1;
        let touched: Vec<Text> = self.release_events.keys().cloned().collect();
        for id in touched {
            if self.departure(&id).is_some() {
                self.note_course(&id);
            }
        }
    }

    /// The departure of this id, as the timetable has it.
    pub(super) fn departure(&self, id: &str) -> Option<&Release> {
        let all = self.departures.iter().map(|one| &one.release);
        let mut all = all.filter(|release| release.id.as_str() == id);
        all.next()
    }

    /// Departures that are shown though nobody touched them.
    pub(super) fn near_departures(&self) -> impl Iterator<Item = &Release> {
        let near = self.departures.iter().filter(|one| one.near);
        near.map(|one| &one.release)
    }
}
