//! Days and hours by the clock of a zone: a day is what its clock calls one,
//! also when it has 23 or 25 hours.

use chrono::{
    Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta,
    TimeZone as _, Utc,
};
use chrono_tz::{GapInfo, Tz};

use crate::domain::Timestamp;

/// Minutes of a day on the wall.
const DAY: u32 = 24 * 60;

/// The first instant at which the clock shows this or more: where it is there
/// twice the first, where it is passed over the end of the gap.
#[must_use]
pub fn instant(zone: Tz, wall: NaiveDateTime) -> Timestamp {
    match zone.from_local_datetime(&wall) {
        chrono::MappedLocalTime::Single(time) => time.with_timezone(&Utc),
        chrono::MappedLocalTime::Ambiguous(one, other) => one.min(other).with_timezone(&Utc),
        chrono::MappedLocalTime::None => GapInfo::new(&wall, &zone)
            .and_then(|gap| gap.end)
            .map_or_else(|| wall.and_utc(), |end| end.with_timezone(&Utc)),
    }
}

/// What the clock shows.
#[must_use]
pub fn wall(zone: Tz, at: Timestamp) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

/// The day that the clock shows.
#[must_use]
pub fn date(zone: Tz, at: Timestamp) -> NaiveDate {
    wall(zone, at).date()
}

/// The first instant of a day.
#[must_use]
pub fn midnight(zone: Tz, date: NaiveDate) -> Timestamp {
    instant(zone, date.and_time(NaiveTime::MIN))
}

/// A day `[start, end)`.
#[must_use]
pub fn day(zone: Tz, date: NaiveDate) -> (Timestamp, Timestamp) {
    (midnight(zone, date), midnight(zone, after(date, 1)))
}

/// The day so many days later.
#[must_use]
pub fn after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(date)
}

/// The day so many days later, or earlier.
#[must_use]
pub fn shifted(date: NaiveDate, days: i64) -> NaiveDate {
    let by = Days::new(days.unsigned_abs());
    let found = if days < 0 {
        date.checked_sub_days(by)
    } else {
        date.checked_add_days(by)
    };
    found.unwrap_or(date)
}

/// The Monday of a day's week.
#[must_use]
pub fn monday(date: NaiveDate) -> NaiveDate {
    shifted(date, -i64::from(date.weekday().num_days_from_monday()))
}

/// Where the rows of a day begin that are so many minutes long on the wall, and
/// where the day ends. A row that the clock passes over is empty, one that it
/// shows twice is longer: no instant of the day is left out.
#[must_use]
pub fn rows(zone: Tz, date: NaiveDate, minutes: u32) -> Vec<Timestamp> {
    let midnight = date.and_time(NaiveTime::MIN);
    let (_, end) = day(zone, date);
    let mut last = Timestamp::MIN_UTC;
    let mut bounds: Vec<Timestamp> = (0..DAY / minutes.clamp(1, DAY))
        .map(|row| {
            let wall = midnight + TimeDelta::minutes(i64::from(row * minutes));
            last = instant(zone, wall).min(end).max(last);
            last
        })
        .collect();
    bounds.push(end.max(last));
    bounds
}

/// How far the clock is from UTC: `UTC`, `UTC+1`, `UTC-3:30`.
#[must_use]
pub fn offset(zone: Tz, at: Timestamp) -> String {
    let seconds = at.with_timezone(&zone).offset().fix().local_minus_utc();
    let (hours, minutes) = (seconds.abs() / 3_600, seconds.abs() / 60 % 60);
    let sign = if seconds < 0 { '-' } else { '+' };
    match (hours, minutes) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// A zone for people: `Europe/Berlin (UTC+1)`, and `UTC` alone.
#[must_use]
pub fn name(zone: Tz, at: Timestamp) -> String {
    if zone == Tz::UTC {
        "UTC".to_owned()
    } else {
        format!("{} ({})", zone.name(), offset(zone, at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BERLIN: Tz = Tz::Europe__Berlin;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn on(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn a_day_has_the_hours_that_its_clock_shows() {
        let hours = |date| {
            let (start, end) = day(BERLIN, date);
            (end - start).num_hours()
        };
        assert_eq!(hours(on(2026, 3, 28)), 24);
        assert_eq!(hours(on(2026, 3, 29)), 23);
        assert_eq!(hours(on(2026, 10, 25)), 25);
        assert_eq!(
            midnight(BERLIN, on(2026, 3, 29)),
            at("2026-03-28T23:00:00Z")
        );
        assert_eq!(
            midnight(BERLIN, on(2026, 3, 30)),
            at("2026-03-29T22:00:00Z")
        );
        // In Cairo the clock jumps at midnight: the day begins at one.
        let cairo = Tz::Africa__Cairo;
        assert_eq!(midnight(cairo, on(2026, 4, 24)), at("2026-04-23T22:00:00Z"));
        assert_eq!(
            wall(cairo, midnight(cairo, on(2026, 4, 24))).to_string(),
            "2026-04-24 01:00:00"
        );
    }

    #[test]
    fn the_hour_that_is_passed_over_is_empty_and_the_one_that_is_there_twice_is_long() {
        let lengths = |date| -> Vec<i64> {
            let bounds = rows(BERLIN, date, 60);
            bounds
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).num_minutes())
                .collect()
        };
        let spring = lengths(on(2026, 3, 29));
        assert_eq!(spring.len(), 24);
        assert_eq!(&spring[1..4], [60, 0, 60]);
        let autumn = lengths(on(2026, 10, 25));
        assert_eq!(&autumn[1..4], [60, 120, 60]);
        // Half an hour, in the middle of a row.
        let lord_howe: Vec<i64> = rows(Tz::Australia__Lord_Howe, on(2026, 10, 4), 60)
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).num_minutes())
            .collect();
        assert_eq!(&lord_howe[1..4], [60, 30, 60]);
    }

    #[test]
    fn zones_are_named_with_how_far_they_are() {
        let summer = at("2026-07-01T12:00:00Z");
        assert_eq!(name(Tz::UTC, summer), "UTC");
        assert_eq!(name(BERLIN, summer), "Europe/Berlin (UTC+2)");
        assert_eq!(name(Tz::Asia__Kolkata, summer), "Asia/Kolkata (UTC+5:30)");
        assert_eq!(
            name(Tz::America__St_Johns, summer),
            "America/St_Johns (UTC-2:30)"
        );
    }

    proptest! {
        /// Days follow one another without a gap, and their rows hold each
        /// instant once.
        #[test]
        fn every_instant_has_one_row(
            zone in prop::sample::select(vec![
                BERLIN, Tz::UTC, Tz::America__New_York, Tz::Australia__Lord_Howe,
                Tz::Asia__Kolkata, Tz::Africa__Cairo, Tz::America__Sao_Paulo, Tz::Pacific__Apia,
            ]),
            seconds in 1_000_000_000i64..2_000_000_000,
            minutes in prop::sample::select(vec![30u32, 60, 120, 180, 240, 360]),
        ) {
            let at = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
            let date = date(zone, at);
            let (start, end) = day(zone, date);
            prop_assert!(start <= at && at < end, "{date} {start} {at} {end}");
            let bounds = rows(zone, date, minutes);
            prop_assert_eq!(bounds.len() as u32, DAY / minutes + 1);
            prop_assert_eq!((bounds[0], bounds[bounds.len() - 1]), (start, end));
            prop_assert!(bounds.is_sorted());
            let holding = bounds.windows(2).filter(|pair| pair[0] <= at && at < pair[1]);
            prop_assert_eq!(holding.count(), 1);
        }
    }
}
