//! Freeze periods: two cron expressions and a zone → spans of time.

use chrono::TimeDelta;

use crate::{
    analysis::windows::{Cron, CronPair, Interval, Reading, Zone},
    domain::Timestamp,
    integrations::gitlab::wire::FreezePeriod,
};

/// Spans of one period that are shown.
const SPANS: usize = 4;
/// How far back a freeze may have begun, in days.
const BACK: i64 = 35;
/// How far ahead is looked, in days.
const AHEAD: i64 = 62;

/// The spans `[start, end)` of a freeze that are open at `now` or begin in the
/// next two months, at most four; none when the expressions or the zone cannot
/// be read.
#[must_use]
pub fn spans(period: &FreezePeriod, now: Timestamp) -> Option<Vec<(Timestamp, Timestamp)>> {
    let pair = CronPair {
        start: Cron::parse(&period.freeze_start).ok()?,
        end: Cron::parse(&period.freeze_end).ok()?,
        zone: zone(&period.cron_timezone)?,
    };
    let (from, until) = (now - TimeDelta::days(BACK), now + TimeDelta::days(AHEAD));
    let spans = pair.intervals(Reading::Longest, from, until).into_iter();
    let shown = |span: Interval| {
        if span == Interval::ALWAYS {
            // As far as is looked.
            (from, until)
        } else {
            (span.start, span.end)
        }
    };
    Some(
        spans
            .filter(|span| span.end > now)
            .take(SPANS)
            .map(shown)
            .collect(),
    )
}

/// An IANA name, or one of those that Rails has instead.
fn zone(name: &str) -> Option<Zone> {
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
    Zone::named(iana).or_else(|| {
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
        .find_map(|continent| Zone::named(&format!("{continent}/{city}")))
    })
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
