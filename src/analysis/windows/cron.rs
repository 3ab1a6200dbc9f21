//! Cron expressions of five fields, and the spans between two of them.
//!
//! They are matched on the wall calendar, each start with the first end
//! strictly after it; only then do local times become instants. So a start in
//! a gap of daylight saving still happens, which a daemon that waits for the
//! clock to show it would miss.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};

use super::{
    civil::{SLACK, Zone, plus, wall_plus},
    interval::{Interval, Reading},
};
use crate::domain::Timestamp;

/// Days after which an expression that has not matched never will: the
/// longest pause is that of 29 February over a year 1900.
const LONGEST_PAUSE: i64 = 366 * 9;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// An expression: minute, hour, day of the month, month, day of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both days are restricted: either will do.
    either_day: bool,
}

struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
    /// What the first name stands for.
    base: u32,
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        first: 0,
        last: 59,
        names: &[],
        base: 0,
    },
    Field {
        name: "hour",
        first: 0,
        last: 23,
        names: &[],
        base: 0,
    },
    Field {
        name: "day of the month",
        first: 1,
        last: 31,
        names: &[],
        base: 0,
    },
    Field {
        name: "month",
        first: 1,
        last: 12,
        names: &MONTHS,
        base: 1,
    },
    Field {
        name: "day of the week",
        first: 0,
        last: 6,
        names: &DAYS,
        base: 0,
    },
];

impl Field {
    fn expected(&self) -> String {
        let names = match self.names {
            [first, .., last] => format!(" or {first} to {last}"),
            _ => String::new(),
        };
        // Sunday has two numbers.
        let last = self.last + u32::from(self.last == 6);
        format!("{} to {last}{names}", self.first)
    }

    fn value(&self, word: &str) -> Result<u32, String> {
        let lower = word.to_ascii_lowercase();
        if let Some(index) = self.names.iter().position(|name| *name == lower) {
            return Ok(self.base + index as u32);
        }
        let last = self.last + u32::from(self.last == 6);
        let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        match word.parse::<u32>() {
            Ok(value) if digits && (self.first..=last).contains(&value) => Ok(value),
            _ => Err(format!(
                "`{word}` is no {}: {} is expected",
                self.name,
                self.expected()
            )),
        }
    }

    /// The bits of the values, and whether they restrict anything.
    fn read(&self, text: &str) -> Result<(u64, bool), String> {
        let mut bits = 0;
        let mut restricts = true;
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => {
                    let step = step
                        .parse::<u32>()
                        .ok()
                        .filter(|step| *step > 0)
                        .ok_or_else(|| {
                            format!(
                                "`{part}` has no step: a number from 1 on is expected after `/`"
                            )
                        })?;
                    (range, Some(step))
                }
                None => (part, None),
            };
            let (from, until) = if range == "*" || range == "?" {
                restricts &= step.unwrap_or(1) > 1;
                (self.first, self.last)
            } else if let Some((from, until)) = range.split_once('-') {
                (self.value(from)?, self.value(until)?)
            } else {
                let value = self.value(range)?;
                // `5/10` is every tenth from five on.
                (
                    value,
                    if step.is_some() {
                        self.last.max(value)
                    } else {
                        value
                    },
                )
            };
            let size = self.last - self.first + 1;
            // A range that ends before it begins goes over the end:
            // `FRI-MON`, `22-4`.
            let until = if until < from { until + size } else { until };
            for value in (from..=until).step_by(step.unwrap_or(1) as usize) {
                bits |= 1 << ((value - self.first) % size + self.first);
            }
        }
        Ok((bits, restricts))
    }
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// Which field is wrong, and what is expected there.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = words.as_slice() else {
            return Err(format!(
                "`{text}` has {} fields; five are expected: minute, hour, day of the month, month, day of the week",
                words.len()
            ));
        };
        let [minutes, hours, days, months, weekdays] = &FIELDS;
        let (days, day_restricts) = days.read(day)?;
        let (weekdays, weekday_restricts) = weekdays.read(weekday)?;
        let cron = Self {
            minutes: minutes.read(minute)?.0,
            hours: hours.read(hour)?.0,
            days,
            months: months.read(month)?.0,
            weekdays,
            either_day: day_restricts && weekday_restricts,
        };
        if cron.can_match() {
            Ok(cron)
        } else {
            Err(format!(
                "`{text}` never comes: no such day is in such a month"
            ))
        }
    }

    /// Whether some day of a leap year, or any weekday, matches.
    fn can_match(&self) -> bool {
        self.either_day
            || (1..=12u32).any(|month| {
                let longest = match month {
                    2 => 29,
                    4 | 6 | 9 | 11 => 30,
                    _ => 31,
                };
                has(self.months, month) && (1..=longest).any(|day| has(self.days, day))
            })
    }

    fn on(&self, date: NaiveDate) -> bool {
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().num_days_from_sunday());
        has(self.months, date.month())
            && if self.either_day {
                day || weekday
            } else {
                day && weekday
            }
    }

    /// Whether it matches this minute.
    #[must_use]
    pub fn at(&self, wall: NaiveDateTime) -> bool {
        has(self.minutes, wall.minute()) && has(self.hours, wall.hour()) && self.on(wall.date())
    }

    /// The first match at `from` or after it.
    #[must_use]
    pub fn first_from(&self, from: NaiveDateTime) -> Option<NaiveDateTime> {
        let from = match (from.second(), from.nanosecond()) {
            (0, 0) => from,
            _ => wall_plus(floor(from), TimeDelta::minutes(1)),
        };
        if self.on(from.date())
            && let Some(time) = self.time_from(from.time())
        {
            return Some(from.date().and_time(time));
        }
        let midnight = self.time_from(NaiveTime::MIN)?;
        let mut date = from.date();
        for _ in 0..LONGEST_PAUSE {
            date = date.succ_opt()?;
            if self.on(date) {
                return Some(date.and_time(midnight));
            }
        }
        None
    }

    /// The last match at `until` or before it.
    fn last_until(&self, until: NaiveDateTime) -> Option<NaiveDateTime> {
        let until = floor(until);
        if self.on(until.date())
            && let Some(time) = self.time_until(until.time())
        {
            return Some(until.date().and_time(time));
        }
        let last = self.time_until(NaiveTime::from_hms_opt(23, 59, 0)?)?;
        let mut date = until.date();
        for _ in 0..LONGEST_PAUSE {
            date = date.pred_opt()?;
            if self.on(date) {
                return Some(date.and_time(last));
            }
        }
        None
    }

    fn time_from(&self, time: NaiveTime) -> Option<NaiveTime> {
        let hour = next_bit(self.hours, time.hour())?;
        if hour == time.hour()
            && let Some(minute) = next_bit(self.minutes, time.minute())
        {
            return NaiveTime::from_hms_opt(hour, minute, 0);
        }
        let hour = if hour == time.hour() {
            next_bit(self.hours, hour + 1)?
        } else {
            hour
        };
        NaiveTime::from_hms_opt(hour, next_bit(self.minutes, 0)?, 0)
    }

    fn time_until(&self, time: NaiveTime) -> Option<NaiveTime> {
        let hour = last_bit(self.hours, time.hour())?;
        if hour == time.hour()
            && let Some(minute) = last_bit(self.minutes, time.minute())
        {
            return NaiveTime::from_hms_opt(hour, minute, 0);
        }
        let hour = if hour == time.hour() {
            last_bit(self.hours, hour.checked_sub(1)?)?
        } else {
            hour
        };
        NaiveTime::from_hms_opt(hour, last_bit(self.minutes, 59)?, 0)
    }
}

fn floor(wall: NaiveDateTime) -> NaiveDateTime {
    let odd = TimeDelta::seconds(i64::from(wall.second()))
        + TimeDelta::nanoseconds(i64::from(wall.nanosecond()));
    wall_plus(wall, -odd)
}

fn has(bits: u64, value: u32) -> bool {
    bits >> value & 1 == 1
}

fn next_bit(bits: u64, from: u32) -> Option<u32> {
    let rest = bits.checked_shr(from)?;
    (rest != 0).then(|| from + rest.trailing_zeros())
}

fn last_bit(bits: u64, until: u32) -> Option<u32> {
    let rest = bits & (u64::MAX >> (63 - until));
    (rest != 0).then(|| rest.ilog2())
}

/// The spans from each match of one expression to the next match of another.
#[derive(Clone, Debug, PartialEq)]
pub struct CronPair {
    /// When it begins.
    pub start: Cron,
    /// When it ends.
    pub end: Cron,
    /// The clock that both look at.
    pub zone: Zone,
}

impl CronPair {
    /// The spans that touch `[from, until)`, those of one end put together.
    /// Where start and end are the same, it is always.
    #[must_use]
    pub fn intervals(&self, reading: Reading, from: Timestamp, until: Timestamp) -> Vec<Interval> {
        if self.start == self.end {
            return vec![Interval::ALWAYS];
        }
        let first = wall_plus(self.zone.wall(from), -SLACK);
        let last = wall_plus(self.zone.wall(until), SLACK);
        // Whatever began before the last end has ended.
        let mut place = self.end.last_until(first).unwrap_or(first);
        let mut found = Vec::new();
        // Starts before this one are far from any jump of the clock.
        let mut calm_until = NaiveDateTime::MIN;
        while let Some(start) = self.start.first_from(place) {
            if start > last {
                break;
            }
            if start >= calm_until {
                let (day, about) = (TimeDelta::days(1), start.and_utc());
                if self
                    .zone
                    .even(plus(about, -SLACK), plus(about, SLACK + SLACK + day))
                {
                    calm_until = wall_plus(start, day);
                }
            }
            let Some(end) = self.end.first_from(wall_plus(start, TimeDelta::minutes(1))) else {
                break;
            };
            let begins = if start < calm_until {
                reading.start(self.zone.candidates(start))
            } else {
                self.earliest_begin(reading, start, end)
            };
            let ends = reading.end(self.zone.candidates(end));
            if let Some(span) = Interval::new(begins, ends)
                && span.touches(from, until)
            {
                found.push(span);
            }
            place = end;
        }
        found
    }

    /// The first instant that any start in `[first, end)` stands for. It need
    /// not be the first start's: around a jump of the clock, a later time on
    /// the wall can be an earlier instant.
    fn earliest_begin(
        &self,
        reading: Reading,
        first: NaiveDateTime,
        end: NaiveDateTime,
    ) -> Timestamp {
        let mut begins = reading.start(self.zone.candidates(first));
        let until = end.min(wall_plus(first, SLACK));
        let mut place = first;
        while let Some(start) = self
            .start
            .first_from(wall_plus(place, TimeDelta::minutes(1)))
        {
            if start >= until {
                break;
            }
            begins = begins.min(reading.start(self.zone.candidates(start)));
            place = start;
        }
        begins
    }
}
