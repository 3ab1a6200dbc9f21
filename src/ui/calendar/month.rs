//! The month: each day with what holds and what ships, and how much more.

use chrono::{Datelike as _, NaiveDate};

use super::{Entry, Frame, clock};
use crate::domain::Timestamp;

/// Lines above the days: their names.
pub const HEAD: u16 = 1;

/// A month, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Month {
    /// Columns of a day.
    pub width: u16,
    /// Lines of a day, its number's included.
    pub lines: u16,
    /// The days, seven a week.
    pub days: Vec<Day>,
}

/// A day, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Which.
    pub date: NaiveDate,
    /// Whether it belongs to the month, and not to its neighbours.
    pub inside: bool,
    /// Its first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
    /// What has a line, in order.
    pub shown: Vec<usize>,
    /// What is only counted.
    pub hidden: Vec<usize>,
}

impl Month {
    /// Lays a month out.
    #[must_use]
    pub fn new(frame: &Frame, entries: &[Entry]) -> Self {
        let weeks = (frame.days / 7).max(1);
        let lines = (frame.height.saturating_sub(HEAD) / weeks).max(1);
        // The middle of the shown days is always inside of the month.
        let month = clock::after(frame.from, u64::from(frame.days / 2)).month();
        let mut first = 0;
        let days = (0..u64::from(frame.days)).map(|day| {
            let date = clock::after(frame.from, day);
            let (start, end) = clock::day(frame.zone, date);
            // Entries are in the order of their starts: those that begin after
            // the day, and those before any that can still hold, are passed by.
            while entries
                .get(first)
                .is_some_and(|entry| entry.end.max(entry.start) < start && entry.start < start)
            {
                first += 1;
            }
            let until = entries.partition_point(|entry| entry.start < end);
            let mut here: Vec<usize> = (first.min(until)..until)
                .filter(|at| entries[*at].holds_in(start, end))
                .collect();
            // What ships, then what holds; what goes on from the day before
            // gives way to what begins.
            here.sort_by_key(|at| (entries[*at].sort, entries[*at].start < start, *at));
            let hidden = here.split_off(here.len().min(usize::from(lines - 1)));
            Day {
                date,
                inside: date.month() == month,
                start,
                end,
                shown: here,
                hidden,
            }
        });
        Self {
            width: (frame.width / 7).max(1),
            lines,
            days: days.collect(),
        }
    }
}
