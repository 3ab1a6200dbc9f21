//! The timeline: releases side by side as lines, time across, and above them
//! what holds.

use std::ops::Range;

use super::{Entry, Frame, Sort, clock, lanes::lanes};
use crate::domain::Timestamp;

/// Lines above the others: the weeks and the days.
pub const HEAD: u16 = 2;
/// The least columns of a day.
const DAY: u16 = 4;
/// Lines that one sort of span may take.
const LANES: [(Sort, u16); 6] = [
    (Sort::Freeze, 2),
    (Sort::Maintenance, 1),
    (Sort::Change, 1),
    (Sort::Milestone, 1),
    (Sort::Note, 1),
    (Sort::Handover, 1),
];

/// Columns of the names.
#[must_use]
pub fn label(width: u16) -> u16 {
    (width / 4).clamp(14, 28)
}

/// Days that are shown at once: whole weeks.
#[must_use]
pub fn days(width: u16) -> u16 {
    let weeks = width.saturating_sub(label(width)) / DAY / 7;
    weeks.max(1) * 7
}

/// A timeline, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Columns of the names.
    pub label: u16,
    /// Columns of a day.
    pub day: u16,
    /// Where the days begin, and where the last one ends.
    pub bounds: Vec<Timestamp>,
    /// What holds, and then the releases.
    pub lines: Vec<Line>,
    /// How many of the lines are not of releases.
    pub bands: usize,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What sort.
    pub sort: Sort,
    /// What lies on it.
    pub bars: Vec<Bar>,
    /// What found no place on it, and is counted.
    pub hidden: Vec<usize>,
}

/// What lies on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The entry.
    pub entry: usize,
    /// Its columns, counted from the first day's.
    pub columns: Range<u16>,
}

impl Timeline {
    /// Lays a timeline out.
    #[must_use]
    pub fn new(frame: &Frame, entries: &[Entry]) -> Self {
        let label = label(frame.width);
        let room = frame.width.saturating_sub(label);
        let mut timeline = Self {
            label,
            day: (room / frame.days.max(1)).max(1),
            bounds: (0..=u64::from(frame.days))
                .map(|day| clock::midnight(frame.zone, clock::after(frame.from, day)))
                .collect(),
            lines: Vec::new(),
            bands: 0,
        };
        for (sort, most) in LANES {
            let here: Vec<usize> = (0..entries.len())
                .filter(|at| entries[*at].sort == sort)
                .collect();
            let columns: Vec<Range<u16>> = here
                .iter()
                .map(|at| timeline.columns(entries[*at].start, entries[*at].end))
                .collect();
            let found = lanes(&columns, most);
            let used = found.iter().flatten().max().map_or(0, |last| last + 1);
            for lane in 0..used {
                let on = (0..here.len()).filter(|at| found[*at] == Some(lane));
                timeline.lines.push(Line {
                    sort,
                    bars: on
                        .map(|at| Bar {
                            entry: here[at],
                            columns: columns[at].clone(),
                        })
                        .collect(),
                    hidden: Vec::new(),
                });
            }
            let left = (0..here.len()).filter(|at| found[*at].is_none());
            if let (Some(line), true) = (timeline.lines.last_mut(), used > 0) {
                line.hidden = left.map(|at| here[at]).collect();
            }
        }
        timeline.bands = timeline.lines.len();
        for (at, entry) in entries.iter().enumerate() {
            if entry.sort == Sort::Release {
                timeline.lines.push(Line {
                    sort: Sort::Release,
                    bars: vec![Bar {
                        entry: at,
                        columns: timeline.columns(entry.start, entry.end),
                    }],
                    hidden: Vec::new(),
                });
            }
        }
        timeline
    }

    /// The columns of all days.
    #[must_use]
    pub fn width(&self) -> u16 {
        let days = u16::try_from(self.bounds.len().saturating_sub(1)).unwrap_or(0);
        days.saturating_mul(self.day)
    }

    /// The column of an instant; of what lies before or after all days the
    /// first one or the one after the last.
    #[must_use]
    pub fn column(&self, at: Timestamp) -> u16 {
        let after = self.bounds.partition_point(|bound| *bound <= at);
        let (Some(day), true) = (after.checked_sub(1), after < self.bounds.len()) else {
            return if after == 0 { 0 } else { self.width() };
        };
        let (start, end) = (self.bounds[day], self.bounds[day + 1]);
        let share = (at - start).num_seconds() as f64 / (end - start).num_seconds().max(1) as f64;
        let into = (share * f64::from(self.day)).floor() as u16;
        u16::try_from(day)
            .unwrap_or(u16::MAX)
            .saturating_mul(self.day)
            + into.min(self.day - 1)
    }

    /// The columns of a span that touches the days: one at the least.
    fn columns(&self, start: Timestamp, end: Timestamp) -> Range<u16> {
        let from = self.column(start).min(self.width().saturating_sub(1));
        let last = self.column(end.max(start) - chrono::TimeDelta::nanoseconds(1));
        from..(last + 1).clamp(from + 1, self.width().max(from + 1))
    }

    /// The line on which an entry lies.
    #[must_use]
    pub fn line_of(&self, entry: usize) -> Option<usize> {
        self.lines.iter().position(|line| {
            line.bars.iter().any(|bar| bar.entry == entry) || line.hidden.contains(&entry)
        })
    }
}
