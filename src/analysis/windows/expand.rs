//! The occurrences of a recurrence rule on the wall calendar. No zone is
//! known here: an occurrence in a gap of daylight saving is one, and counts.
//!
//! The meaning is that of RFC 5545 as python-dateutil implements it, against
//! whose results this is tested; where a rule mixes `1FR` and `MO` in one
//! BYDAY, RFC 5545's (either will do).

use chrono::{
    Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Weekday,
};

use super::rule::{Frequency, Rule, Until};

/// The occurrences of a rule from its first on, in order, without end. It
/// stops at `last`, so that a rule that never matches ends too.
pub struct Occurrences<'a> {
    rule: &'a Rule,
    plan: Plan,
    start: NaiveDateTime,
    last: NaiveDateTime,
    /// The next period to look at.
    period: Option<NaiveDateTime>,
    ready: std::vec::IntoIter<NaiveDateTime>,
    left: Option<u32>,
}

/// The parts of a rule, with what its start fills in.
struct Plan {
    months: Vec<i32>,
    month_days: Vec<i32>,
    weekdays: Vec<Weekday>,
    nth: Vec<(i32, Weekday)>,
    hours: Vec<u32>,
    minutes: Vec<u32>,
    seconds: Vec<u32>,
}

impl Plan {
    fn of(rule: &Rule, start: NaiveDateTime) -> Self {
        let frequency = rule.frequency;
        // A number before a day counts in a month or a year only.
        let counts = frequency <= Frequency::Monthly;
        let mut plan = Self {
            months: rule.months.clone(),
            month_days: rule.month_days.clone(),
            weekdays: rule
                .weekdays
                .iter()
                .filter(|(nth, _)| *nth == 0 || !counts)
                .map(|(_, day)| *day)
                .collect(),
            nth: rule
                .weekdays
                .iter()
                .filter(|(nth, _)| *nth != 0 && counts)
                .copied()
                .collect(),
            hours: unsigned(&rule.hours),
            minutes: unsigned(&rule.minutes),
            seconds: unsigned(&rule.seconds),
        };
        let any_day = rule.weeks.is_empty()
            && rule.year_days.is_empty()
            && rule.month_days.is_empty()
            && rule.weekdays.is_empty();
        if any_day {
            match frequency {
                Frequency::Yearly => {
                    if plan.months.is_empty() {
                        plan.months.push(start.month().cast_signed());
                    }
                    plan.month_days.push(start.day().cast_signed());
                }
                Frequency::Monthly => plan.month_days.push(start.day().cast_signed()),
                Frequency::Weekly => plan.weekdays.push(start.weekday()),
                _ => {}
            }
        }
        if plan.hours.is_empty() && frequency < Frequency::Hourly {
            plan.hours.push(start.hour());
        }
        if plan.minutes.is_empty() && frequency < Frequency::Minutely {
            plan.minutes.push(start.minute());
        }
        if plan.seconds.is_empty() && frequency < Frequency::Secondly {
            plan.seconds.push(start.second());
        }
        plan
    }
}

fn unsigned(values: &[i32]) -> Vec<u32> {
    let mut values: Vec<u32> = values.iter().map(|value| value.unsigned_abs()).collect();
    values.sort_unstable();
    values.dedup();
    values
}

impl<'a> Occurrences<'a> {
    /// All from `start` on, none after `last`.
    #[must_use]
    pub fn new(rule: &'a Rule, start: NaiveDateTime, last: NaiveDateTime) -> Self {
        // A time that the rule itself ends at; an instant may lie a few hours
        // beside it, and is looked at by whoever knows the zone.
        let end = match rule.until {
            Some(Until::Wall(until)) => until,
            Some(Until::Date(date)) => date.and_time(NaiveTime::MIN) + TimeDelta::days(1),
            Some(Until::Instant(until)) => super::civil::wall_plus(until, super::civil::SLACK),
            None => last,
        };
        Self {
            rule,
            plan: Plan::of(rule, start),
            start,
            last: last.min(end),
            period: Some(start),
            ready: Vec::new().into_iter(),
            left: rule.count,
        }
    }

    /// Goes on from `from`, as far as the rule lets one leave out what is
    /// before it: a COUNT has to be counted.
    #[must_use]
    pub fn from(mut self, from: NaiveDateTime) -> Self {
        if self.rule.count.is_none() && from > self.start {
            let (period, interval) = (self.start, i64::from(self.rule.interval));
            let ahead = from - period;
            let steps = match self.rule.frequency {
                Frequency::Yearly => i64::from(from.year() - period.year()) / interval,
                Frequency::Monthly => months_between(period, from) / interval,
                Frequency::Weekly => ahead.num_days() / 7 / interval,
                Frequency::Daily => ahead.num_days() / interval,
                Frequency::Hourly => ahead.num_hours() / interval,
                Frequency::Minutely => ahead.num_minutes() / interval,
                Frequency::Secondly => ahead.num_seconds() / interval,
            };
            // One period more, which the division may have cut off.
            if steps > 1 {
                self.period = self.later(period, steps - 1);
            }
        }
        self
    }

    /// The period so many steps after `period`.
    fn later(&self, period: NaiveDateTime, steps: i64) -> Option<NaiveDateTime> {
        let by = steps.checked_mul(i64::from(self.rule.interval))?;
        match self.rule.frequency {
            Frequency::Yearly => {
                let year = period.year().checked_add(i32::try_from(by).ok()?)?;
                NaiveDate::from_ymd_opt(year, 1, 1).map(|date| date.and_time(NaiveTime::MIN))
            }
            Frequency::Monthly => {
                let month = i64::from(period.year()) * 12 + i64::from(period.month0()) + by;
                let year = i32::try_from(month.div_euclid(12)).ok()?;
                let month = u32::try_from(month.rem_euclid(12)).ok()? + 1;
                NaiveDate::from_ymd_opt(year, month, 1).map(|date| date.and_time(NaiveTime::MIN))
            }
            Frequency::Weekly => {
                let into = i64::from(days_into_week(period.weekday(), self.rule.week_start));
                period.checked_add_signed(TimeDelta::try_days(by.checked_mul(7)? - into)?)
            }
            Frequency::Daily => period.checked_add_signed(TimeDelta::try_days(by)?),
            Frequency::Hourly => period.checked_add_signed(TimeDelta::try_hours(by)?),
            Frequency::Minutely => period.checked_add_signed(TimeDelta::try_minutes(by)?),
            Frequency::Secondly => period.checked_add_signed(TimeDelta::try_seconds(by)?),
        }
    }

    /// Fills `ready` with the occurrences of the next period that has any.
    fn advance(&mut self) -> Option<()> {
        loop {
            let period = self.period?;
            if self.begin_of(period) > self.last {
                self.period = None;
                return None;
            }
            let (found, next) = match self.rule.frequency {
                Frequency::Yearly | Frequency::Monthly | Frequency::Weekly | Frequency::Daily => {
                    (self.of_days(period), self.later(period, 1))
                }
                _ => self.of_clock(period),
            };
            self.period = next;
            if !found.is_empty() {
                self.ready = found.into_iter();
                return Some(());
            }
        }
    }

    fn begin_of(&self, period: NaiveDateTime) -> NaiveDateTime {
        match self.rule.frequency {
            Frequency::Secondly => period,
            Frequency::Minutely => period - TimeDelta::seconds(period.second().into()),
            Frequency::Hourly => {
                let into = period.minute() * 60 + period.second();
                period - TimeDelta::seconds(into.into())
            }
            // Before the first of a year or a month nothing is an occurrence.
            _ => period.date().and_time(NaiveTime::MIN),
        }
    }

    fn of_days(&self, period: NaiveDateTime) -> Vec<NaiveDateTime> {
        let date = period.date();
        let (first, days) = match self.rule.frequency {
            Frequency::Yearly => (
                NaiveDate::from_ymd_opt(date.year(), 1, 1).unwrap_or(date),
                days_in_year(date.year()),
            ),
            Frequency::Monthly => (
                NaiveDate::from_ymd_opt(date.year(), date.month(), 1).unwrap_or(date),
                days_in_month(date.year(), date.month()),
            ),
            // The first week begins with the start, as in python-dateutil.
            Frequency::Weekly => (
                date,
                7 - days_into_week(date.weekday(), self.rule.week_start),
            ),
            _ => (date, 1),
        };
        let times = self.times_of_day();
        let days: Vec<NaiveDate> = (0..u64::from(days))
            .filter_map(|day| first.checked_add_days(Days::new(day)))
            .filter(|date| self.on(*date))
            .collect();
        let all = days
            .iter()
            .flat_map(|date| times.iter().map(|time| date.and_time(*time)));
        if self.rule.positions.is_empty() {
            all.collect()
        } else {
            picked(&all.collect::<Vec<_>>(), &self.rule.positions)
        }
    }

    fn times_of_day(&self) -> Vec<NaiveTime> {
        let mut times = Vec::new();
        for hour in &self.plan.hours {
            for minute in &self.plan.minutes {
                for second in &self.plan.seconds {
                    times.extend(NaiveTime::from_hms_opt(*hour, *minute, *second));
                }
            }
        }
        times
    }

    /// One hour, minute or second, and the period after it: where the day or
    /// the hour cannot match, the whole of it is passed over.
    fn of_clock(&self, period: NaiveDateTime) -> (Vec<NaiveDateTime>, Option<NaiveDateTime>) {
        let plan = &self.plan;
        let frequency = self.rule.frequency;
        if !self.on(period.date()) {
            let tomorrow = period
                .date()
                .succ_opt()
                .map(|date| date.and_time(NaiveTime::MIN));
            return (Vec::new(), self.skip_to(period, tomorrow));
        }
        if !matches(&plan.hours, period.hour()) {
            let hour = period
                .date()
                .and_hms_opt(period.hour(), 0, 0)
                .and_then(|hour| hour.checked_add_signed(TimeDelta::hours(1)));
            return (Vec::new(), self.skip_to(period, hour));
        }
        let next = self.later(period, 1);
        if frequency > Frequency::Hourly && !matches(&plan.minutes, period.minute()) {
            let minute = period
                .date()
                .and_hms_opt(period.hour(), period.minute(), 0)
                .and_then(|minute| minute.checked_add_signed(TimeDelta::minutes(1)));
            return (Vec::new(), self.skip_to(period, minute));
        }
        if frequency == Frequency::Secondly && !matches(&plan.seconds, period.second()) {
            return (Vec::new(), next);
        }
        let own = [period.minute()];
        let minutes = match frequency {
            Frequency::Hourly => plan.minutes.as_slice(),
            _ => &own,
        };
        let own = [period.second()];
        let seconds = match frequency {
            Frequency::Secondly => &own,
            _ => plan.seconds.as_slice(),
        };
        let mut found = Vec::new();
        for minute in minutes {
            for second in seconds {
                found.extend(period.date().and_hms_opt(period.hour(), *minute, *second));
            }
        }
        if !self.rule.positions.is_empty() {
            found = picked(&found, &self.rule.positions);
        }
        (found, next)
    }

    /// The first period at `target` or after it.
    fn skip_to(
        &self,
        period: NaiveDateTime,
        target: Option<NaiveDateTime>,
    ) -> Option<NaiveDateTime> {
        let ahead = (target? - period).num_seconds();
        let unit = match self.rule.frequency {
            Frequency::Hourly => 3600,
            Frequency::Minutely => 60,
            _ => 1,
        };
        let step = unit * i64::from(self.rule.interval);
        self.later(period, ((ahead + step - 1) / step).max(1))
    }

    /// Whether the rule takes this day.
    fn on(&self, date: NaiveDate) -> bool {
        let (rule, plan) = (self.rule, &self.plan);
        let among = |values: &[i32], value: u32| values.contains(&value.cast_signed());
        let from_end = |values: &[i32], value: u32, size: u32| {
            let value = value.cast_signed();
            values.contains(&value) || values.contains(&(value - size.cast_signed() - 1))
        };
        (plan.months.is_empty() || among(&plan.months, date.month()))
            && (plan.month_days.is_empty()
                || from_end(
                    &plan.month_days,
                    date.day(),
                    days_in_month(date.year(), date.month()),
                ))
            && (rule.year_days.is_empty()
                || from_end(&rule.year_days, date.ordinal(), days_in_year(date.year())))
            && (rule.weeks.is_empty() || {
                let (week, of) = week_of(date, rule.week_start);
                from_end(&rule.weeks, week, of)
            })
            && (plan.weekdays.is_empty() && plan.nth.is_empty()
                || plan.weekdays.contains(&date.weekday())
                || self.is_nth(date))
    }

    fn is_nth(&self, date: NaiveDate) -> bool {
        let in_month = self.rule.frequency == Frequency::Monthly || !self.rule.months.is_empty();
        let (day, days) = if in_month {
            (date.day0(), days_in_month(date.year(), date.month()))
        } else {
            (date.ordinal0(), days_in_year(date.year()))
        };
        let from_first = (day / 7 + 1).cast_signed();
        let from_last = -((days - 1 - day) / 7 + 1).cast_signed();
        self.plan.nth.iter().any(|(nth, weekday)| {
            *weekday == date.weekday() && (*nth == from_first || *nth == from_last)
        })
    }
}

impl Iterator for Occurrences<'_> {
    type Item = NaiveDateTime;

    fn next(&mut self) -> Option<NaiveDateTime> {
        if self.left == Some(0) {
            return None;
        }
        loop {
            match self.ready.next() {
                Some(found) if found > self.last => {
                    self.period = None;
                    self.ready = Vec::new().into_iter();
                    return None;
                }
                Some(found) if found < self.start => {}
                Some(found) => {
                    if let Some(left) = &mut self.left {
                        *left -= 1;
                    }
                    return Some(found);
                }
                None => self.advance()?,
            }
        }
    }
}

fn matches(values: &[u32], value: u32) -> bool {
    values.is_empty() || values.contains(&value)
}

fn picked(all: &[NaiveDateTime], positions: &[i32]) -> Vec<NaiveDateTime> {
    let mut found: Vec<NaiveDateTime> = positions
        .iter()
        .filter_map(|position| {
            let from_end = all.len().checked_sub(position.unsigned_abs() as usize);
            let index = match position {
                1.. => Some(position.unsigned_abs() as usize - 1),
                _ => from_end,
            };
            all.get(index?).copied()
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn months_between(from: NaiveDateTime, until: NaiveDateTime) -> i64 {
    i64::from(until.year() - from.year()) * 12 + i64::from(until.month0())
        - i64::from(from.month0())
}

fn days_into_week(day: Weekday, week_start: Weekday) -> u32 {
    (7 + day.num_days_from_monday() - week_start.num_days_from_monday()) % 7
}

fn days_in_year(year: i32) -> u32 {
    if NaiveDate::from_ymd_opt(year, 2, 29).is_some() {
        366
    } else {
        365
    }
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 => days_in_year(year) - 337,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The number of the week that a day is in, and how many weeks that year has.
/// Week 1 is the first with at least four days in its year.
fn week_of(date: NaiveDate, week_start: Weekday) -> (u32, u32) {
    // The week belongs to the year that its fourth day is in.
    let into = days_into_week(date.weekday(), week_start);
    let fourth = i64::from(date.ordinal0()) + 3 - i64::from(into);
    let length = i64::from(days_in_year(date.year()));
    let (year, fourth) = if fourth < 0 {
        (
            date.year() - 1,
            fourth + i64::from(days_in_year(date.year() - 1)),
        )
    } else if fourth >= length {
        (date.year() + 1, fourth - length)
    } else {
        (date.year(), fourth)
    };
    let week = (fourth / 7 + 1) as u32;
    // The fourth day of the last week is one of the year's last seven.
    let left = i64::from(days_in_year(year)) - 1 - fourth;
    (week, week + (left / 7) as u32)
}
