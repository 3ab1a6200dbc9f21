//! The week: hours down, days across. Freezes are the ground of a day, change
//! windows and maintenance stripes at its left, releases blocks on it.

use std::ops::Range;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::{Entry, Frame, Sort, clock, lanes::lanes};
use crate::domain::{BusinessHours, Timestamp};

/// Lines above the hours: the days' names, and what is there all day.
pub const HEAD: u16 = 2;
/// Columns of the hours.
pub const TIMES: u16 = 6;
/// Minutes that a row may have: hours are told by whole ones.
const STEPS: [u32; 6] = [30, 60, 120, 180, 240, 360];
/// Stripes of a day at once.
const STRIPES: u16 = 2;
/// The least columns of a block.
const BLOCK: u16 = 7;

/// Minutes of a row so that a day fits so many lines.
#[must_use]
pub fn step(lines: u16) -> u32 {
    STEPS
        .into_iter()
        .find(|minutes| 24 * 60 / minutes <= u32::from(lines))
        .unwrap_or(STEPS[STEPS.len() - 1])
}

/// Columns of a day, the one that sets it apart included.
#[must_use]
pub fn day_width(width: u16) -> u16 {
    width.saturating_sub(TIMES) / 7
}

/// A week, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Week {
    /// Minutes on the wall of a row.
    pub step: u32,
    /// Columns of a day.
    pub width: u16,
    /// Its days.
    pub days: Vec<Day>,
}

/// A day, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Which.
    pub date: NaiveDate,
    /// Where its rows begin, and where it ends.
    pub bounds: Vec<Timestamp>,
    /// Whether the team is at work, for each row.
    pub work: Vec<bool>,
    /// What has a place.
    pub blocks: Vec<Block>,
    /// Where the names of ground and stripes stand: the row and the entry.
    pub labels: Vec<(u16, usize)>,
    /// Notes and milestones, above the hours.
    pub above: Vec<usize>,
    /// Ends of duties: the row and the entry.
    pub handovers: Vec<(u16, usize)>,
    /// What found no place, and is counted.
    pub hidden: Vec<usize>,
    /// Columns that stripes take.
    pub stripes: u16,
    /// Blocks that lie side by side.
    pub lanes: u16,
}

/// Where in a day something lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The entry.
    pub entry: usize,
    /// In which lane.
    pub lane: Lane,
    /// In which rows.
    pub rows: Range<u16>,
}

/// A lane of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// All of its width, under the others.
    Ground,
    /// A column at its left.
    Stripe(u16),
    /// A part of its width.
    Part(u16),
}

impl Week {
    /// Lays a week out.
    #[must_use]
    pub fn new(frame: &Frame, entries: &[Entry], hours: (BusinessHours, Tz)) -> Self {
        let step = frame.step();
        let width = day_width(frame.width);
        let days = (0..u64::from(frame.days)).map(|day| {
            let date = clock::after(frame.from, day);
            Day::new(
                date,
                clock::rows(frame.zone, date, step),
                entries,
                width,
                hours,
            )
        });
        Self {
            step,
            width,
            days: days.collect(),
        }
    }

    /// The row that holds `at`: the day's place and the row's.
    #[must_use]
    pub fn place(&self, at: Timestamp) -> Option<(u16, u16)> {
        self.days.iter().enumerate().find_map(|(place, day)| {
            let (first, last) = (day.bounds.first()?, day.bounds.last()?);
            let inside = *first <= at && at < *last;
            inside.then(|| (place as u16, row(&day.bounds, at)))
        })
    }
}

/// The row of a day that holds an instant; the first or last one for what lies
/// before or after it.
#[must_use]
pub fn row(bounds: &[Timestamp], at: Timestamp) -> u16 {
    let rows = bounds.len().saturating_sub(1);
    let after = bounds[..rows].partition_point(|bound| *bound <= at);
    u16::try_from(after.saturating_sub(1)).unwrap_or(0)
}

/// The slot of so many minutes that holds an instant, by a clock.
#[must_use]
pub fn slot(zone: Tz, at: Timestamp, minutes: u32) -> (Timestamp, Timestamp) {
    let bounds = clock::rows(zone, clock::date(zone, at), minutes);
    let row = usize::from(row(&bounds, at));
    (bounds[row], bounds[row + 1])
}

/// Whether a team is at work in some part of a row.
fn works(hours: BusinessHours, zone: Tz, start: Timestamp, end: Timestamp) -> bool {
    let quarter = TimeDelta::minutes(15);
    let mut at = start;
    while at < end {
        if hours.hold(clock::wall(zone, at)) {
            return true;
        }
        at += quarter;
    }
    false
}

/// The rows that a span takes in a day that it touches: one at the least.
fn rows_of(entry: &Entry, bounds: &[Timestamp]) -> Range<u16> {
    let last = (entry.end - TimeDelta::nanoseconds(1)).max(entry.start);
    let first = row(bounds, entry.start);
    first..row(bounds, last).max(first) + 1
}

impl Day {
    fn new(
        date: NaiveDate,
        bounds: Vec<Timestamp>,
        entries: &[Entry],
        width: u16,
        (hours, zone): (BusinessHours, Tz),
    ) -> Self {
        let (start, end) = (
            bounds.first().copied().unwrap_or_default(),
            bounds.last().copied().unwrap_or_default(),
        );
        let here: Vec<(usize, &Entry)> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.holds_in(start, end))
            .collect();
        let of = |wanted: &dyn Fn(Sort) -> bool| -> Vec<(usize, Range<u16>)> {
            let found = here.iter().filter(|(_, entry)| wanted(entry.sort));
            found
                .map(|(at, entry)| (*at, rows_of(entry, &bounds)))
                .collect()
        };
        let mut day = Self {
            date,
            work: bounds
                .windows(2)
                .map(|row| works(hours, zone, row[0], row[1]))
                .collect(),
            blocks: Vec::new(),
            labels: Vec::new(),
            above: of(&|sort| matches!(sort, Sort::Note | Sort::Milestone))
                .into_iter()
                .map(|(at, _)| at)
                .collect(),
            handovers: Vec::new(),
            hidden: Vec::new(),
            stripes: 0,
            lanes: 1,
            bounds: bounds.clone(),
        };
        for (at, rows) in of(&|sort| sort == Sort::Handover) {
            if day.handovers.iter().any(|(row, _)| *row == rows.start) {
                day.hidden.push(at);
            } else {
                day.handovers.push((rows.start, at));
            }
        }
        // A second freeze at one time has no ground left: a stripe shows it.
        let freezes = of(&|sort| sort == Sort::Freeze);
        let mut stripes = day.put(freezes, 1, |_| Lane::Ground);
        stripes.extend(of(&|sort| matches!(sort, Sort::Change | Sort::Maintenance)));
        stripes.sort_by_key(|(at, rows)| (rows.start, *at));
        let left = day.put(stripes, STRIPES, Lane::Stripe);
        day.hidden.extend(left.into_iter().map(|(at, _)| at));
        day.stripes = day.used(|lane| match lane {
            Lane::Stripe(lane) => Some(lane),
            _ => None,
        });
        // One column sets the day apart, one lets the ground be seen.
        let room = width.saturating_sub(day.stripes + 2);
        let releases = of(&|sort| sort == Sort::Release);
        let left = day.put(releases, (room / BLOCK).max(1), Lane::Part);
        day.hidden.extend(left.into_iter().map(|(at, _)| at));
        day.lanes = day
            .used(|lane| match lane {
                Lane::Part(lane) => Some(lane),
                _ => None,
            })
            .max(1);
        day.label();
        day
    }

    /// Puts ranges into lanes; gives back those that found none.
    fn put(
        &mut self,
        ranges: Vec<(usize, Range<u16>)>,
        most: u16,
        lane: impl Fn(u16) -> Lane,
    ) -> Vec<(usize, Range<u16>)> {
        let rows: Vec<Range<u16>> = ranges.iter().map(|(_, rows)| rows.clone()).collect();
        let mut left = Vec::new();
        for ((entry, rows), found) in ranges.into_iter().zip(lanes(&rows, most)) {
            match found {
                Some(at) => self.blocks.push(Block {
                    entry,
                    lane: lane(at),
                    rows,
                }),
                None => left.push((entry, rows)),
            }
        }
        left
    }

    fn used(&self, lane: impl Fn(Lane) -> Option<u16>) -> u16 {
        let lanes = self.blocks.iter().filter_map(|block| lane(block.lane));
        lanes.max().map_or(0, |last| last + 1)
    }

    /// Names stand in the first row of their span where nothing else does.
    fn label(&mut self) {
        let mut taken: Vec<bool> = vec![false; self.bounds.len()];
        let mut take = |rows: Range<u16>| {
            for row in rows {
                if let Some(row) = taken.get_mut(usize::from(row)) {
                    *row = true;
                }
            }
        };
        for block in &self.blocks {
            if matches!(block.lane, Lane::Part(_)) {
                take(block.rows.clone());
            }
        }
        for (row, _) in &self.handovers {
            take(*row..*row + 1);
        }
        for block in &self.blocks {
            if matches!(block.lane, Lane::Part(_)) {
                continue;
            }
            let free =
                (block.rows.clone()).find(|row| taken.get(usize::from(*row)) == Some(&false));
            if let Some(row) = free {
                taken[usize::from(row)] = true;
                self.labels.push((row, block.entry));
            }
        }
    }

    /// All that is in it, with a place or without.
    pub fn all(&self) -> impl Iterator<Item = usize> {
        self.blocks
            .iter()
            .map(|block| block.entry)
            .chain(self.above.iter().copied())
            .chain(self.handovers.iter().map(|(_, entry)| *entry))
            .chain(self.hidden.iter().copied())
    }
}
