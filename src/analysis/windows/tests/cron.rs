use chrono::{Datelike as _, Timelike as _};
use proptest::prelude::*;

use super::*;

fn matches_of(cron: &str, from: &str, most: usize) -> Vec<String> {
    let cron = Cron::parse(cron).unwrap();
    let mut at = wall(from);
    let mut found = Vec::new();
    while found.len() < most {
        at = cron.first_from(at).unwrap();
        found.push(at.format("%a %Y-%m-%dT%H:%M").to_string());
        at += TimeDelta::minutes(1);
    }
    found
}

#[test]
fn sunday_is_zero_and_seven() {
    for cron in ["0 0 * * 0", "0 0 * * 7", "0 0 * * SUN", "0 0 * * sun"] {
        assert_eq!(
            matches_of(cron, "2026-11-23T00:00", 1),
            ["Sun 2026-11-29T00:00"],
            "{cron}"
        );
    }
    assert_eq!(
        matches_of("0 0 * * 5-7", "2026-11-23T00:00", 4),
        [
            "Fri 2026-11-27T00:00",
            "Sat 2026-11-28T00:00",
            "Sun 2026-11-29T00:00",
            "Fri 2026-12-04T00:00"
        ]
    );
    // A range that goes over the end of the week.
    assert_eq!(
        matches_of("0 0 * * FRI-MON", "2026-11-25T00:00", 5),
        [
            "Fri 2026-11-27T00:00",
            "Sat 2026-11-28T00:00",
            "Sun 2026-11-29T00:00",
            "Mon 2026-11-30T00:00",
            "Fri 2026-12-04T00:00"
        ]
    );
}

#[test]
fn either_day_will_do_when_both_are_restricted() {
    assert_eq!(
        matches_of("0 0 13 * FRI", "2026-11-01T00:00", 4),
        [
            "Fri 2026-11-06T00:00",
            "Fri 2026-11-13T00:00",
            "Fri 2026-11-20T00:00",
            "Fri 2026-11-27T00:00"
        ]
    );
    assert_eq!(
        matches_of("0 0 12 * FRI", "2026-11-07T00:00", 2),
        ["Thu 2026-11-12T00:00", "Fri 2026-11-13T00:00"]
    );
    assert_eq!(
        matches_of("0 0 13 * *", "2026-11-01T00:00", 2),
        ["Fri 2026-11-13T00:00", "Sun 2026-12-13T00:00"]
    );
}

#[test]
fn names_steps_lists_and_ranges_are_read() {
    assert_eq!(
        matches_of("*/20 9-10 * JAN,dec mon-fri/2", "2026-11-01T00:00", 3),
        [
            "Wed 2026-12-02T09:00",
            "Wed 2026-12-02T09:20",
            "Wed 2026-12-02T09:40"
        ]
    );
    assert_eq!(
        matches_of("5/25 0 1 1 *", "2026-11-01T00:00", 4),
        [
            "Fri 2027-01-01T00:05",
            "Fri 2027-01-01T00:30",
            "Fri 2027-01-01T00:55",
            "Sat 2028-01-01T00:05"
        ]
    );
    assert_eq!(
        matches_of("0 0 29 2 *", "2096-03-01T00:00", 1),
        ["Fri 2104-02-29T00:00"]
    );
}

#[test]
fn what_is_wrong_with_an_expression_is_said() {
    for (text, says) in [
        ("0 18 * *", "4 fields"),
        ("0 18 * * FRI 2026", "6 fields"),
        ("@daily", "1 fields"),
        ("60 * * * *", "`60` is no minute: 0 to 59"),
        ("0 24 * * *", "`24` is no hour"),
        ("0 0 0 * *", "`0` is no day of the month: 1 to 31"),
        ("0 0 * 13 *", "1 to 12 or jan to dec"),
        ("0 0 * * 8", "0 to 7 or sun to sat"),
        ("0 0 * * FRIDA", "`FRIDA`"),
        ("*/0 * * * *", "no step"),
        ("*/x * * * *", "no step"),
        ("1- * * * *", "``"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 31 4,6 *", "never comes"),
        ("+1 0 * * *", "`+1`"),
    ] {
        let why = Cron::parse(text).unwrap_err();
        assert!(why.contains(says), "{text}: {why}");
    }
}

fn spans(pair: &CronPair, reading: Reading, from: &str, until: &str) -> Vec<(String, String)> {
    interval::union(pair.intervals(reading, at(from), at(until)))
        .into_iter()
        .map(|span| {
            let say = |at: Timestamp| at.format("%m-%dT%H:%MZ").to_string();
            (say(span.start), say(span.end))
        })
        .collect()
}

fn list(spans: &[(&str, &str)]) -> Vec<(String, String)> {
    spans
        .iter()
        .map(|(start, end)| ((*start).to_owned(), (*end).to_owned()))
        .collect()
}

#[test]
fn each_start_goes_with_the_first_end_strictly_after_it() {
    let weekend = pair("0 18 * * FRI", "0 8 * * MON", "UTC");
    assert_eq!(
        spans(
            &weekend,
            Reading::Longest,
            "2026-11-20T00:00:00Z",
            "2026-11-30T00:00:00Z"
        ),
        list(&[
            ("11-20T18:00Z", "11-23T08:00Z"),
            ("11-27T18:00Z", "11-30T08:00Z")
        ])
    );
    // A start at an end goes to the next end.
    let seam = pair("0 0 * * *", "0 0 * * MON", "UTC");
    assert_eq!(
        spans(
            &seam,
            Reading::Longest,
            "2026-11-24T00:00:00Z",
            "2026-12-01T00:00:00Z"
        ),
        list(&[("11-23T00:00Z", "12-07T00:00Z")])
    );
    // Starts that overlap end together.
    let overlapping = pair("0 9,10,12 * * *", "0 17 * * *", "UTC");
    assert_eq!(
        spans(
            &overlapping,
            Reading::Longest,
            "2026-11-24T00:00:00Z",
            "2026-11-25T00:00:00Z"
        ),
        list(&[("11-24T09:00Z", "11-24T17:00Z")])
    );
}

#[test]
fn a_start_that_equals_the_end_means_always() {
    for (start, end) in [
        ("0 0 * * *", "0 0 * * *"),
        ("0 0 * * 0", "0 0 * * SUN"),
        ("30 2 * * *", "30 2 * * *"),
    ] {
        let always = pair(start, end, "Europe/Berlin");
        for reading in [Reading::Longest, Reading::Shortest] {
            assert_eq!(
                always.intervals(
                    reading,
                    at("2026-03-29T00:00:00Z"),
                    at("2026-03-30T00:00:00Z")
                ),
                [Interval::ALWAYS]
            );
        }
    }
}

#[test]
fn gaps_and_folds_lengthen_a_freeze_and_shorten_an_allowance() {
    let (spring, autumn) = ("2026-03-29", "2026-10-25");
    for (start, end, day, longest, shortest) in [
        // Start in the gap.
        (
            "30 2 * * *",
            "0 5 * * *",
            spring,
            ("03-29T00:30Z", "03-29T03:00Z"),
            Some(("03-29T01:30Z", "03-29T03:00Z")),
        ),
        // End in the gap.
        (
            "0 1 * * *",
            "30 2 * * *",
            spring,
            ("03-29T00:00Z", "03-29T01:30Z"),
            Some(("03-29T00:00Z", "03-29T00:30Z")),
        ),
        // Both in the gap.
        (
            "10 2 * * *",
            "50 2 * * *",
            spring,
            ("03-29T00:10Z", "03-29T01:50Z"),
            None,
        ),
        // Start in the fold.
        (
            "30 2 * * *",
            "0 5 * * *",
            autumn,
            ("10-25T00:30Z", "10-25T04:00Z"),
            Some(("10-25T01:30Z", "10-25T04:00Z")),
        ),
        // End in the fold.
        (
            "0 1 * * *",
            "30 2 * * *",
            autumn,
            ("10-24T23:00Z", "10-25T01:30Z"),
            Some(("10-24T23:00Z", "10-25T00:30Z")),
        ),
        // Both in the fold.
        (
            "10 2 * * *",
            "50 2 * * *",
            autumn,
            ("10-25T00:10Z", "10-25T01:50Z"),
            None,
        ),
        // The whole of it.
        (
            "0 2 * * *",
            "0 3 * * *",
            spring,
            ("03-29T00:00Z", "03-29T01:00Z"),
            None,
        ),
        (
            "0 2 * * *",
            "0 3 * * *",
            autumn,
            ("10-25T00:00Z", "10-25T02:00Z"),
            Some(("10-25T01:00Z", "10-25T02:00Z")),
        ),
    ] {
        let pair = pair(start, end, "Europe/Berlin");
        let (from, until) = (format!("{day}T00:00:00Z"), format!("{day}T02:30:00Z"));
        assert_eq!(
            spans(&pair, Reading::Longest, &from, &until),
            list(&[longest]),
            "deny {start} to {end} on {day}"
        );
        let shortest: Vec<(&str, &str)> = shortest.into_iter().collect();
        assert_eq!(
            spans(&pair, Reading::Shortest, &from, &until),
            list(&shortest),
            "allow {start} to {end} on {day}"
        );
    }
}

#[test]
fn a_later_start_on_the_wall_may_be_the_earlier_instant() {
    // 01:59 is 00:59Z, and 02:00, which does not exist, may be 00:00Z.
    let each = pair("59 1 * * *", "0 5 * * *", "Europe/Berlin");
    let with_gap = pair("59,0 1,2 * * *", "0 5 * * *", "Europe/Berlin");
    let (from, until) = ("2026-03-29T00:58:00Z", "2026-03-29T02:30:00Z");
    assert_eq!(
        spans(&each, Reading::Longest, from, until),
        list(&[("03-29T00:59Z", "03-29T03:00Z")])
    );
    // 01:00 is 00:00Z, 02:00 may be 00:00Z too.
    assert_eq!(
        spans(&with_gap, Reading::Longest, from, until),
        list(&[("03-29T00:00Z", "03-29T03:00Z")])
    );
    let late = pair("59 1 * * *", "0 5 * * *", "Europe/Berlin");
    let two = CronPair {
        start: Cron::parse("0,59 2 * * *").unwrap(),
        ..late
    };
    assert_eq!(
        spans(&two, Reading::Longest, from, until),
        list(&[("03-29T00:00Z", "03-29T03:00Z")])
    );
    // As an allowance, 03:00 is earlier than 02:30.
    let allow = pair("0,30 2,3 * * *", "0 5 * * *", "Europe/Berlin");
    assert_eq!(
        spans(&allow, Reading::Shortest, from, until),
        list(&[("03-29T01:00Z", "03-29T03:00Z")])
    );
}

prop_compose! {
    fn field(first: u32, last: u32)(sort in 0..4, a in first..=last, b in first..=last, step in 1u32..9) -> String {
        match sort {
            0 => "*".to_owned(),
            1 => a.to_string(),
            2 => format!("{}-{}", a.min(b), a.max(b)),
            _ => format!("*/{step}"),
        }
    }
}

/// Whether a field takes a value, read the plain way.
fn takes(field: &str, first: u32, value: u32) -> bool {
    if field == "*" {
        return true;
    }
    if let Some(step) = field.strip_prefix("*/") {
        return (value - first).is_multiple_of(step.parse().unwrap());
    }
    if let Some((from, until)) = field.split_once('-') {
        return (from.parse().unwrap()..=until.parse().unwrap()).contains(&value);
    }
    value == field.parse::<u32>().unwrap()
}

proptest! {
    #[test]
    fn the_next_match_is_the_first_minute_that_matches(
        minute in field(0, 59), hour in field(0, 23), day in field(1, 28), month in field(1, 12), weekday in field(0, 6),
        offset in 0i64..700_000,
    ) {
        let text = format!("{minute} {hour} {day} {month} {weekday}");
        let cron = Cron::parse(&text).unwrap();
        let from = wall("2026-01-01T00:00") + TimeDelta::minutes(offset);
        let found = cron.first_from(from).unwrap();
        let free = |field: &str| field == "*" || field == "*/1";
        let slow = |at: NaiveDateTime| {
            let by_day = takes(&day, 1, at.day());
            let by_weekday = takes(&weekday, 0, at.weekday().num_days_from_sunday());
            takes(&minute, 0, at.minute()) && takes(&hour, 0, at.hour()) && takes(&month, 1, at.month())
                && if free(&day) || free(&weekday) { by_day && by_weekday } else { by_day || by_weekday }
        };
        prop_assert!(slow(found), "{} {}", text, found);
        prop_assert!(cron.at(found));
        let mut at = from;
        while at < found.min(from + days(3)) {
            prop_assert!(!slow(at), "{} {}", text, at);
            at += TimeDelta::minutes(1);
        }
    }
}
