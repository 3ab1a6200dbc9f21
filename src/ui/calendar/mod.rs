//! The calendar's grids, laid out: which entry lies where. Pure functions of
//! what is planned, a clock and a size; they are computed when one of these
//! became other, and drawn as often as needed.

pub mod clock;
pub mod entry;
pub mod gather;
pub mod lanes;
pub mod month;
pub mod outlook;
pub mod timeline;
pub mod week;

use chrono::{Datelike as _, NaiveDate};
use chrono_tz::Tz;

pub use self::{
    entry::{Entry, Sort},
    month::Month,
    outlook::Outlook,
    timeline::Timeline,
    week::Week,
};
use crate::{
    command::Form,
    domain::{BusinessHours, Timestamp},
};

/// What a grid shows: a form of so many days from one on, by a clock, in so
/// many cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The form; a grid.
    pub form: Form,
    /// The clock.
    pub zone: Tz,
    /// The first day.
    pub from: NaiveDate,
    /// So many days.
    pub days: u16,
    /// Columns.
    pub width: u16,
    /// Lines.
    pub height: u16,
}

impl Frame {
    /// The frame of a form that shows `at`; `now` is where the pages of the
    /// timeline are counted from.
    #[must_use]
    pub fn showing(
        form: Form,
        zone: Tz,
        at: Timestamp,
        now: Timestamp,
        (width, height): (u16, u16),
    ) -> Self {
        let date = clock::date(zone, at);
        let (from, days) = match form {
            Form::Agenda => (date, 1),
            Form::Week => (clock::monday(date), 7),
            Form::Month => {
                let first = date.with_day(1).unwrap_or(date);
                let next = clock::after(first, 31).with_day(1).unwrap_or(first);
                let from = clock::monday(first);
                let days = (next - from).num_days();
                // Whole weeks.
                let weeks = u16::try_from((days + 6) / 7).unwrap_or(5);
                (from, weeks * 7)
            }
            Form::Timeline => {
                let days = timeline::days(width);
                let home = clock::monday(clock::date(zone, now));
                let pages = (date - home).num_days().div_euclid(i64::from(days));
                (clock::shifted(home, pages * i64::from(days)), days)
            }
        };
        Self {
            form,
            zone,
            from,
            days,
            width,
            height,
        }
    }

    /// The instants that it shows, `[from, until)`.
    #[must_use]
    pub fn range(&self) -> (Timestamp, Timestamp) {
        (
            clock::midnight(self.zone, self.from),
            clock::midnight(self.zone, clock::after(self.from, self.days.into())),
        )
    }

    /// Minutes on the wall of a row of the week.
    #[must_use]
    pub fn step(&self) -> u32 {
        week::step(self.height.saturating_sub(week::HEAD))
    }
}

/// A grid, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// What it shows.
    pub frame: Frame,
    /// All entries that touch it, by their start.
    pub entries: Vec<Entry>,
    /// Where they lie.
    pub body: Body,
}

/// Where the entries of a grid lie.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Hours down, days across.
    Week(Week),
    /// Each day with what it holds.
    Month(Month),
    /// Releases side by side.
    Timeline(Timeline),
}

impl Grid {
    /// Lays entries out; `hours` are those of a team on its own clock.
    #[must_use]
    pub fn new(frame: Frame, mut entries: Vec<Entry>, hours: (BusinessHours, Tz)) -> Self {
        let (from, until) = frame.range();
        entries.retain(|entry| match frame.form {
            Form::Timeline => entry.touches(from, until),
            _ => entry.holds_in(from, until),
        });
        entries.sort_by(|one, other| one.order().cmp(&other.order()));
        let body = match frame.form {
            Form::Month => Body::Month(Month::new(&frame, &entries)),
            Form::Timeline => Body::Timeline(Timeline::new(&frame, &entries)),
            Form::Week | Form::Agenda => Body::Week(Week::new(&frame, &entries, hours)),
        };
        Self {
            frame,
            entries,
            body,
        }
    }

    /// The entries that touch `[from, until)`.
    pub fn touching(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> impl Iterator<Item = (usize, &Entry)> {
        let all = self.entries.iter().enumerate();
        all.filter(move |(_, entry)| entry.touches(from, until))
    }
}

#[cfg(test)]
pub(super) mod tests;
