//! One event, and the spans of time that it stands for.

use chrono::{NaiveDateTime, TimeDelta};

use crate::{
    analysis::windows::{
        civil::{SLACK, wall_plus},
        duration::Nominal,
        interval::{Interval, Reading},
        recurring::{Moment, Recurrence},
    },
    domain::{Text, Timestamp},
};

/// How long an event is.
#[derive(Clone, Debug, PartialEq)]
pub enum Length {
    /// DTEND with a time: the first occurrence ends there, the others are as
    /// long in elapsed time.
    Until(Moment),
    /// DURATION.
    Lasting(Nominal),
    /// Whole days on the calendar.
    Days(i64),
}

/// An event. One that changes from some occurrence on is two.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// UID.
    pub uid: Text,
    /// SUMMARY.
    pub summary: Text,
    /// DESCRIPTION; empty when there is none.
    pub description: Text,
    /// ORGANIZER's name or address; empty when there is none.
    pub organizer: Text,
    /// URL; empty when there is none.
    pub url: Text,
    /// Line of its BEGIN in the file.
    pub line: usize,
    /// When.
    pub recurrence: Recurrence,
    /// The start that `length` belongs to.
    pub first: Moment,
    /// How long.
    pub length: Length,
    /// Further spans with ends of their own (RDATE;VALUE=PERIOD).
    pub periods: Vec<(Moment, Length)>,
    /// Only occurrences from this local time on.
    pub since: Option<NaiveDateTime>,
    /// Only occurrences before this local time.
    pub before: Option<NaiveDateTime>,
    /// How far occurrences are moved on the wall.
    pub shift: TimeDelta,
}

impl Event {
    /// The spans that touch `[from, until)`.
    #[must_use]
    pub fn intervals(&self, reading: Reading, from: Timestamp, until: Timestamp) -> Vec<Interval> {
        let zone = &self.recurrence.start.zone;
        let slack = self.longest();
        let first = wall_plus(wall_plus(zone.wall(from), -slack), -self.shift);
        let last = wall_plus(wall_plus(zone.wall(until), SLACK), -self.shift);
        let mut spans: Vec<Interval> = self
            .recurrence
            .walls(reading, first, last)
            .into_iter()
            .filter(|wall| self.since.is_none_or(|since| since <= *wall))
            .filter(|wall| self.before.is_none_or(|before| *wall < before))
            .filter_map(|wall| {
                let start = Moment {
                    wall: wall_plus(wall, self.shift),
                    ..self.recurrence.start.clone()
                };
                span(reading, &start, &self.first, &self.length)
            })
            .collect();
        spans.extend(
            self.periods
                .iter()
                .filter_map(|(start, length)| span(reading, start, start, length)),
        );
        spans.retain(|span| span.touches(from, until));
        spans
    }

    /// No occurrence is longer, jumps of the clock included.
    fn longest(&self) -> TimeDelta {
        let length = match &self.length {
            Length::Until(end) => end.candidates().latest - self.first.candidates().earliest,
            Length::Lasting(length) => {
                TimeDelta::days(length.days.max(0)) + length.elapsed.max(TimeDelta::zero())
            }
            Length::Days(days) => TimeDelta::days(*days),
        };
        length.max(TimeDelta::zero()) + SLACK + SLACK
    }
}

/// The span of an occurrence that begins at `start`; `first` is the start that
/// the length belongs to.
fn span(reading: Reading, start: &Moment, first: &Moment, length: &Length) -> Option<Interval> {
    let candidates = start.candidates();
    let days_on = |days: i64| {
        let by = TimeDelta::try_days(days)?;
        Some(start.zone.candidates(start.wall.checked_add_signed(by)?))
    };
    match length {
        Length::Until(end) if start.wall == first.wall => {
            reading.between(first.candidates(), end.candidates())
        }
        Length::Until(end) => {
            let (first, end) = (first.candidates(), end.candidates());
            reading.lasting(candidates, reading.end(end) - reading.start(first))
        }
        Length::Days(days) => reading.between(candidates, days_on(*days)?),
        Length::Lasting(length) => {
            reading.between(candidates, days_on(length.days)?.after(length.elapsed))
        }
    }
}
