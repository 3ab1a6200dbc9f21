//! The departures of a train, each a release.

use chrono::{Days, NaiveDateTime, TimeDelta};

use super::template;
use crate::{
    analysis::windows::{Reading, Repeated, Zone, duration},
    domain::{Release, ReleaseItem, ReleaseKind, Text, Timestamp, TrainSpec, Version},
};

/// The version of a service that nobody has chosen yet.
pub const UNBUILT: &str = "unbuilt";
/// No more departures than this, the first ones.
const MOST: usize = 4000;

/// A train that can be asked for its departures.
#[derive(Clone, Debug)]
pub struct Timetable<'a> {
    spec: &'a TrainSpec,
    branches: Repeated,
    lasts: TimeDelta,
}

impl<'a> Timetable<'a> {
    /// Reads a train's rule.
    ///
    /// # Errors
    /// Which key is wrong, and what is expected.
    pub fn read(spec: &'a TrainSpec) -> Result<Self, (&'static str, String)> {
        let lasts = duration::elapsed(&spec.duration).map_err(|why| ("duration", why))?;
        let branches = Repeated::parse(&spec.rule, &Zone::Named(spec.zone), lasts)
            .map_err(|why| ("rrule", why))?;
        if branches.recurrence.start.whole_day {
            let why = "a branch has a time of day: DTSTART;TZID=Europe/Berlin:20261102T100000";
            return Err(("rrule", why.to_owned()));
        }
        Ok(Self {
            spec,
            branches,
            lasts,
        })
    }

    /// All departures that branch before `until`, in order. Numbers count what
    /// EXDATE takes out, too: leaving one out renames no other.
    #[must_use]
    pub fn departures(&self, until: Timestamp, review_hours: u32) -> Vec<Release> {
        let zone = &self.branches.recurrence.start.zone;
        let first = self.branches.recurrence.start.wall;
        let last = zone.wall(until);
        let walls = |recurrence: &crate::analysis::windows::recurring::Recurrence| {
            let walls = recurrence.walls(Reading::Longest, first.min(last), last);
            walls.into_iter().take(MOST).collect::<Vec<_>>()
        };
        let mut whole = self.branches.recurrence.clone();
        whole.excluded.clear();
        whole.except.clear();
        let left = walls(&self.branches.recurrence);
        let numbered = (0..).zip(walls(&whole));
        numbered
            .filter(|(_, wall)| left.binary_search(wall).is_ok())
            .map(|(place, wall)| self.departure(place, wall, review_hours))
            .collect()
    }

    fn departure(&self, place: u32, branch: NaiveDateTime, review_hours: u32) -> Release {
        let (spec, zone) = (self.spec, &self.branches.recurrence.start.zone);
        let id = match spec.first_number {
            Some(first) => format!("{}-{}", spec.name, first.saturating_add(place)),
            None => format!("{}-{}", spec.name, branch.format("%Y-%m-%d")),
        };
        // Days on the calendar, so that a ship time stays what the clock shows
        // when the clock changes between branch and ship.
        let days = Days::new(spec.ship_days.into());
        let day = branch.date().checked_add_days(days);
        let day = day.unwrap_or(branch.date());
        let ship = day.and_time(spec.ship_time.unwrap_or(branch.time()));
        let start = zone.candidates(ship).earliest;
        let captains = &spec.captains;
        let turn = usize::try_from(place).unwrap_or(0);
        let item = |service: &crate::domain::ServiceName| ReleaseItem {
            service: service.clone(),
            environment: spec.environment.clone(),
            to: Version::new(UNBUILT),
            ..ReleaseItem::default()
        };
        let release = Release {
            name: Text::new(&id),
            id: Text::from(id),
            kind: ReleaseKind::Train,
            captain: captains.get(turn % captains.len().max(1)).cloned(),
            items: spec.services.iter().map(item).collect(),
            branch: Some(zone.candidates(branch).earliest),
            start: Some(start),
            end: start.checked_add_signed(self.lasts),
            ..Release::default()
        };
        template::of(ReleaseKind::Train).fill(release, Some(start), review_hours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(rule: &str) -> TrainSpec {
        TrainSpec {
            name: "train".into(),
            rule: rule.into(),
            zone: chrono_tz::Europe::Berlin,
            ship_days: 3,
            ship_time: chrono::NaiveTime::from_hms_opt(14, 0, 0),
            duration: "4h".into(),
            services: vec!["checkout".into(), "search".into()],
            environment: "production".into(),
            captains: vec!["ana".into(), "bo".into()],
            first_number: None,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const WEEKLY: &str = "DTSTART;TZID=Europe/Berlin:20261012T100000\\nRRULE:FREQ=WEEKLY";

    #[test]
    fn a_departure_is_a_release_with_branch_ship_and_a_captain_in_turn() {
        let spec = spec(WEEKLY);
        let found = Timetable::read(&spec)
            .unwrap()
            .departures(at("2026-10-25T00:00:00Z"), 24);
        assert_eq!(found.len(), 2);
        let one = &found[0];
        assert_eq!(one.id.as_str(), "train-2026-10-12");
        assert_eq!(one.kind, ReleaseKind::Train);
        assert_eq!(one.branch, Some(at("2026-10-12T08:00:00Z")));
        assert_eq!(one.start, Some(at("2026-10-15T12:00:00Z")));
        assert_eq!(one.end, Some(at("2026-10-15T16:00:00Z")));
        assert_eq!(one.items.len(), 2);
        assert!(!one.checklist.is_empty(), "its kind brings checks");
        let captains: Vec<_> = found.iter().map(|one| one.captain.as_deref()).collect();
        assert_eq!(captains, [Some("ana"), Some("bo")]);
    }

    /// The clock goes back on 25 October: the branch is before, the ship after.
    #[test]
    fn a_ship_time_is_what_the_clock_shows_on_its_day() {
        let spec = TrainSpec {
            rule: "DTSTART;TZID=Europe/Berlin:20261023T100000\\nRRULE:FREQ=WEEKLY".into(),
            ..spec("")
        };
        let found = Timetable::read(&spec)
            .unwrap()
            .departures(at("2026-11-01T00:00:00Z"), 24);
        assert_eq!(found[0].branch, Some(at("2026-10-23T08:00:00Z")));
        assert_eq!(found[0].start, Some(at("2026-10-26T13:00:00Z")), "14:00");
        assert_eq!(found[1].branch, Some(at("2026-10-30T09:00:00Z")), "10:00");
        // In the hour that is there twice, and in the one that is not there.
        let twice = TrainSpec {
            ship_days: 2,
            ship_time: chrono::NaiveTime::from_hms_opt(2, 30, 0),
            ..spec.clone()
        };
        let found = Timetable::read(&twice)
            .unwrap()
            .departures(at("2026-10-24T00:00:00Z"), 24);
        assert_eq!(found[0].start, Some(at("2026-10-25T00:30:00Z")));
        assert_eq!(found[0].end, Some(at("2026-10-25T04:30:00Z")), "elapsed");
        let gap = TrainSpec {
            rule: "DTSTART;TZID=Europe/Berlin:20270326T100000\\nRRULE:FREQ=WEEKLY".into(),
            ..twice
        };
        let found = Timetable::read(&gap)
            .unwrap()
            .departures(at("2027-03-27T00:00:00Z"), 24);
        assert_eq!(found[0].start, Some(at("2027-03-28T00:30:00Z")));
    }

    #[test]
    fn one_that_is_left_out_renames_no_other() {
        let mut spec = spec(WEEKLY);
        spec.first_number = Some(47);
        let ids = |spec: &TrainSpec| -> Vec<String> {
            let until = at("2026-11-01T00:00:00Z");
            let all = Timetable::read(spec).unwrap().departures(until, 24);
            all.iter().map(|one| one.id.to_string()).collect()
        };
        assert_eq!(ids(&spec), ["train-47", "train-48", "train-49"]);
        spec.rule = format!("{WEEKLY}\\nEXDATE;TZID=Europe/Berlin:20261019T100000").into();
        assert_eq!(ids(&spec), ["train-47", "train-49"]);
    }

    #[test]
    fn what_is_no_timetable_is_said() {
        for (rule, lasts, key) in [
            ("RRULE:FREQ=WEEKLY", "4h", "rrule"),
            (
                "DTSTART;VALUE=DATE:20261012\\nRRULE:FREQ=WEEKLY",
                "4h",
                "rrule",
            ),
            (WEEKLY, "soon", "duration"),
        ] {
            let spec = TrainSpec {
                duration: lasts.into(),
                ..spec(rule)
            };
            assert_eq!(Timetable::read(&spec).unwrap_err().0, key, "{rule}");
        }
    }
}
