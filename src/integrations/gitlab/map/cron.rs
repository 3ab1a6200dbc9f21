//! Freeze periods: two cron expressions and a zone → spans of time.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone as _, Timelike, Utc};
use chrono_tz::Tz;

use crate::{domain::Timestamp, integrations::gitlab::wire::FreezePeriod};

/// Spans of one period that are shown.
const SPANS: usize = 4;
/// How far back a freeze may have begun, in days.
const BACK: i64 = 35;
/// How far ahead is looked, in days.
const AHEAD: i64 = 62;

/// The spans `[start, end)` of a freeze that are open at `now` or begin in the
/// next two months, at most four; none when the expressions or the zone cannot
/// be read, or when no end comes within a year.
#[must_use]
pub fn spans(period: &FreezePeriod, now: Timestamp) -> Option<Vec<(Timestamp, Timestamp)>> {
    let zone = zone(&period.cron_timezone)?;
    let start = Cron::parse(&period.freeze_start)?;
    let end = Cron::parse(&period.freeze_end)?;
    let from = (now - TimeDelta::days(BACK)).with_timezone(&zone);
    let until = (now + TimeDelta::days(AHEAD)).with_timezone(&zone);
    let mut spans = Vec::new();
    let mut frozen_until = Timestamp::MIN_UTC;
    let mut day = from.date_naive();
    while day <= until.date_naive() && spans.len() < SPANS {
        for begin in start.on(day, zone) {
            // It lasts until the end that comes next; a begin inside a freeze
            // begins nothing.
            if begin < frozen_until || spans.len() == SPANS {
                continue;
            }
            frozen_until = end.after(begin, zone)?;
            if frozen_until > now {
                spans.push((begin, frozen_until));
            }
        }
        day = day.succ_opt()?;
    }
    Some(spans)
}

/// An IANA name, or one of those that Rails has instead.
fn zone(name: &str) -> Option<Tz> {
    let iana = match name {
        "" | "UTC" => "Etc/UTC",
        "Eastern Time (US & Canada)" => "America/New_York",
        "Central Time (US & Canada)" => "America/Chicago",
        "Mountain Time (US & Canada)" => "America/Denver",
        "Pacific Time (US & Canada)" => "America/Los_Angeles",
        "Bern" => "Europe/Zurich",
        "Mumbai" | "New Delhi" | "Chennai" => "Asia/Kolkata",
        "Beijing" => "Asia/Shanghai",
        "Edinburgh" => "Europe/London",
        other => other,
    };
    iana.parse().ok().or_else(|| {
        // Most of Rails' names are the city of the IANA name.
        let city = iana.replace(' ', "_");
        [
            "Europe",
            "America",
            "Asia",
            "Australia",
            "Africa",
            "Pacific",
        ]
        .iter()
        .find_map(|continent| format!("{continent}/{city}").parse().ok())
    })
}

/// A cron expression of five fields: minute, hour, day of the month, month,
/// day of the week.
struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Days of the month and of the week are both named: then either will do.
    either: bool,
}

impl Cron {
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return None;
        };
        let mut week = field(weekdays, 0, 7, &DAYS)?;
        // Sunday is 0 and 7.
        if week & (1 << 7) != 0 {
            week |= 1;
        }
        Some(Self {
            minutes: field(minutes, 0, 59, &[])?,
            hours: field(hours, 0, 23, &[])?,
            days: field(days, 1, 31, &[])?,
            months: field(months, 1, 12, &MONTHS)?,
            weekdays: week,
            either: !days.starts_with('*') && !weekdays.starts_with('*'),
        })
    }

    fn falls_on(&self, day: NaiveDate) -> bool {
        let of_month = self.days & (1 << day.day()) != 0;
        let of_week = self.weekdays & (1 << day.weekday().num_days_from_sunday()) != 0;
        let fits = if self.either {
            of_month || of_week
        } else {
            of_month && of_week
        };
        fits && self.months & (1 << day.month()) != 0
    }

    /// The instants of a day, in order. One that a change of the clocks leaves
    /// out is left out.
    fn on(&self, day: NaiveDate, zone: Tz) -> Vec<Timestamp> {
        if !self.falls_on(day) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for hour in (0..24).filter(|hour| self.hours & (1 << hour) != 0) {
            for minute in (0..60).filter(|minute| self.minutes & (1 << minute) != 0) {
                let local = day.and_hms_opt(hour, minute, 0);
                let instant = local.and_then(|local| zone.from_local_datetime(&local).earliest());
                found.extend(instant.map(|instant: DateTime<Tz>| instant.with_timezone(&Utc)));
            }
        }
        found
    }

    /// The next instant after `begin`.
    fn after(&self, begin: Timestamp, zone: Tz) -> Option<Timestamp> {
        let local = begin.with_timezone(&zone);
        debug_assert_eq!(local.second(), 0, "cron has minutes only");
        local
            .date_naive()
            .iter_days()
            .take(AHEAD as usize * 6)
            .flat_map(|day| self.on(day, zone))
            .find(|instant| *instant > begin)
    }
}

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 13] = [
    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The values of a field as bits: `*`, numbers, names, ranges, steps and lists
/// of those.
fn field(text: &str, low: u32, high: u32, names: &[&str]) -> Option<u64> {
    let number = |word: &str| -> Option<u32> {
        let word = word.to_ascii_lowercase();
        let named = names
            .iter()
            .position(|name| !name.is_empty() && *name == word);
        let value = match named {
            Some(place) => u32::try_from(place).ok()?,
            None => word.parse().ok()?,
        };
        (low..=high).contains(&value).then_some(value)
    };
    let mut bits = 0_u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((first, last)) => (number(first)?, number(last)?),
            None if step > 1 => (number(range)?, high),
            None => (number(range)?, number(range)?),
        };
        if first > last {
            return None;
        }
        let mut value = first;
        while value <= last {
            bits |= 1 << value;
            value += step;
        }
    }
    (bits != 0).then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(start: &str, end: &str, zone: &str) -> FreezePeriod {
        FreezePeriod {
            id: 1,
            freeze_start: start.to_owned(),
            freeze_end: end.to_owned(),
            cron_timezone: zone.to_owned(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_weekend_is_frozen_from_friday_night_to_monday_morning() {
        // The example of GitLab's documentation.
        let weekend = period("0 23 * * 5", "0 7 * * 1", "UTC");
        let spans = spans(&weekend, at("2026-11-28T12:00:00Z")).unwrap();
        assert_eq!(
            spans[0],
            (at("2026-11-27T23:00:00Z"), at("2026-11-30T07:00:00Z")),
            "the one that is open comes first"
        );
        assert_eq!(spans[1].0, at("2026-12-04T23:00:00Z"));
        assert_eq!(spans.len(), 4);
    }

    #[test]
    fn zones_are_heeded_over_a_change_of_the_clocks() {
        for zone in ["Europe/Berlin", "Berlin"] {
            let nightly = period("0 22 * * *", "0 6 * * *", zone);
            let before = spans(&nightly, at("2026-10-24T12:00:00Z")).unwrap();
            assert_eq!(
                before[0],
                (at("2026-10-24T20:00:00Z"), at("2026-10-25T05:00:00Z")),
                "{zone}: nine hours in the night of the change"
            );
            assert_eq!(before[1].0, at("2026-10-25T21:00:00Z"), "{zone}");
        }
    }

    #[test]
    fn what_cannot_be_read_freezes_nothing_and_says_so() {
        for (start, end, zone) in [
            ("0 23 * *", "0 7 * * 1", "UTC"),
            ("0 25 * * 5", "0 7 * * 1", "UTC"),
            ("x", "0 7 * * 1", "UTC"),
            ("0 23 * * 5", "0 7 * * 1", "Middle Earth"),
            ("0 23 * * 5/0", "0 7 * * 1", "UTC"),
            ("0 23 * * 5", "0 7 31 2 *", "UTC"),
        ] {
            assert_eq!(
                spans(&period(start, end, zone), at("2026-11-28T12:00:00Z")),
                None,
                "{start} {end} {zone}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_expression_panics_and_spans_are_in_order(
            start in "[0-9*,/-]{1,5}( [0-9*,/a-z-]{1,5}){4}",
            end in "[0-9*]{1,2} [0-9*]{1,2} [0-9*]{1,2} [0-9*]{1,2} [0-7*]",
            zone in proptest::sample::select(vec!["UTC", "Europe/Berlin", "Sydney", "nowhere"]),
            seconds in 0_i64..4_000_000_000,
        ) {
            let now = Timestamp::from_timestamp(seconds, 0).unwrap();
            let spans = spans(&period(&start, &end, zone), now).unwrap_or_default();
            proptest::prop_assert!(spans.len() <= SPANS);
            for (begin, over) in &spans {
                proptest::prop_assert!(begin < over && *over > now);
            }
            for pair in spans.windows(2) {
                proptest::prop_assert!(pair[0].1 <= pair[1].0);
            }
        }
    }

    #[test]
    fn a_season_by_month_names_is_one_span() {
        let season = period("0 0 20 dec *", "0 0 2 jan *", "UTC");
        let spans = spans(&season, at("2026-11-28T12:00:00Z")).unwrap();
        assert_eq!(
            spans,
            [(at("2026-12-20T00:00:00Z"), at("2027-01-02T00:00:00Z"))]
        );
    }
}
