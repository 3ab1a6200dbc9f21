//! What goes wrong with freezes elsewhere, each by name.

use super::*;

fn state(schedule: &Schedule, when: &str) -> State {
    schedule.answer(&target(), at(when)).state
}

/// Cron cannot name a year, so a freeze of one year comes back the next.
#[test]
fn a_freeze_of_one_year_does_not_come_back_next_year() {
    let all = schedule(vec![deny(once(
        "2026-12-20T00:00:00+01:00",
        "2027-01-04T00:00:00+01:00",
    ))]);
    assert_eq!(state(&all, "2026-12-24T12:00:00Z"), State::Frozen);
    assert_eq!(state(&all, "2027-12-24T12:00:00Z"), State::Open);
}

/// A rule that compares the last start with the last end takes an overlapping
/// start for the beginning of a freeze that has ended, or misses one.
#[test]
fn overlapping_starts_end_with_the_first_end_after_them() {
    let all = schedule(vec![deny(When::Cron(pair(
        "0 18 * * 4,5",
        "0 8 * * 1",
        "UTC",
    )))]);
    assert_eq!(state(&all, "2026-11-26T17:59:00Z"), State::Open);
    assert_eq!(state(&all, "2026-11-26T18:00:00Z"), State::Frozen);
    assert_eq!(state(&all, "2026-11-27T18:00:00Z"), State::Frozen);
    assert_eq!(state(&all, "2026-11-30T07:59:00Z"), State::Frozen);
    assert_eq!(state(&all, "2026-11-30T08:00:00Z"), State::Open);
    let answer = all.answer(&target(), at("2026-11-28T00:00:00Z"));
    assert_eq!(
        answer.because[0].span,
        Some(span("2026-11-26T18:00:00Z", "2026-11-30T08:00:00Z"))
    );
}

/// A scheduler that waits for the clock to show 02:30 never starts that day.
#[test]
fn a_freeze_that_begins_in_the_gap_of_spring_is_in_force_that_day() {
    let all = schedule(vec![deny(When::Cron(pair(
        "30 2 * * *",
        "0 6 * * *",
        "Europe/Berlin",
    )))]);
    for when in [
        "2026-03-29T00:30:00Z",
        "2026-03-29T01:00:00Z",
        "2026-03-29T03:59:00Z",
    ] {
        assert_eq!(state(&all, when), State::Frozen, "{when}");
    }
    assert_eq!(state(&all, "2026-03-29T04:00:00Z"), State::Open);
}

/// And it starts twice in autumn: once is enough, and it ends once.
#[test]
fn a_freeze_that_begins_in_the_fold_of_autumn_begins_once() {
    let all = schedule(vec![deny(When::Cron(pair(
        "30 2 * * *",
        "45 2 * * *",
        "Europe/Berlin",
    )))]);
    let found = all.windows[0].spans(at("2026-10-25T00:00:00Z"), at("2026-10-25T12:00:00Z"));
    assert_eq!(
        found,
        [span("2026-10-25T00:30:00Z", "2026-10-25T01:45:00Z")]
    );
}

/// RFC 5545 lets an occurrence in a gap be ignored and not be counted.
#[test]
fn an_occurrence_in_a_gap_counts_and_holds() {
    let rule = "DTSTART;TZID=Europe/Berlin:20260328T023000\nRRULE:FREQ=DAILY;COUNT=3";
    let all = schedule(vec![deny(When::Repeated(repeated(rule, "1h")))]);
    let found = all.windows[0].spans(at("2026-03-01T00:00:00Z"), at("2026-04-30T00:00:00Z"));
    assert_eq!(
        found,
        [
            span("2026-03-28T01:30:00Z", "2026-03-28T02:30:00Z"),
            span("2026-03-29T00:30:00Z", "2026-03-29T02:30:00Z"),
            span("2026-03-30T00:30:00Z", "2026-03-30T01:30:00Z"),
        ]
    );
}

/// One allowance that is shut must not shut those that are open.
#[test]
fn one_inactive_allowance_does_not_block_the_others() {
    let all = schedule(vec![
        allow(once("2026-12-05T08:00:00Z", "2026-12-05T10:00:00Z")),
        allow(once("2026-12-01T08:00:00Z", "2026-12-01T16:00:00Z")),
    ]);
    assert_eq!(state(&all, "2026-12-01T09:00:00Z"), State::Open);
}

/// The same instant is the same, whatever offset it is written with.
#[test]
fn local_time_and_utc_are_one_instant() {
    let all = schedule(vec![deny(When::Cron(pair(
        "0 18 * * *",
        "0 20 * * *",
        "America/New_York",
    )))]);
    assert_eq!(state(&all, "2026-11-25T18:30:00-05:00"), State::Frozen);
    assert_eq!(state(&all, "2026-11-25T23:30:00Z"), State::Frozen);
    assert_eq!(state(&all, "2026-11-26T00:30:00+01:00"), State::Frozen);
    assert_eq!(state(&all, "2026-11-25T18:30:00Z"), State::Open);
}

/// After a freeze has ended nothing may be left shut.
#[test]
fn after_a_freeze_it_is_open_again_at_that_instant() {
    let all = schedule(vec![
        deny(once("2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z")),
        allow(When::Cron(pair("0 8 * * 1-5", "0 16 * * 1-5", "UTC"))),
    ]);
    let next = all.next_transition(&target(), at("2026-12-01T10:30:00Z"));
    assert_eq!(next, Some((at("2026-12-01T11:00:00Z"), State::Open)));
    assert_eq!(state(&all, "2026-12-01T11:00:00Z"), State::Open);
}

/// The longer reading for a freeze, the shorter one for an allowance: each
/// change of the clock, at both ends.
#[test]
fn daylight_saving_lengthens_a_freeze_and_shortens_an_allowance() {
    let rule = |day: &str| format!("DTSTART;TZID=America/New_York:{day}\nRRULE:FREQ=DAILY;COUNT=1");
    for (day, longest, shortest) in [
        (
            "20260308T023000",
            span("2026-03-08T06:30:00Z", "2026-03-08T10:30:00Z"),
            span("2026-03-08T07:30:00Z", "2026-03-08T09:30:00Z"),
        ),
        (
            "20261101T013000",
            span("2026-11-01T05:30:00Z", "2026-11-01T09:30:00Z"),
            span("2026-11-01T06:30:00Z", "2026-11-01T08:30:00Z"),
        ),
        // Elapsed time goes through a change of the clock unchanged.
        (
            "20260308T010000",
            span("2026-03-08T06:00:00Z", "2026-03-08T09:00:00Z"),
            span("2026-03-08T06:00:00Z", "2026-03-08T09:00:00Z"),
        ),
    ] {
        let when = When::Repeated(repeated(&rule(day), "3h"));
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        assert_eq!(
            when.intervals(Reading::Longest, from, until),
            [longest],
            "{day}"
        );
        assert_eq!(
            when.intervals(Reading::Shortest, from, until),
            [shortest],
            "{day}"
        );
    }
    let short = When::Repeated(repeated(&rule("20260308T023000"), "45m"));
    let (from, until) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    assert_eq!(short.intervals(Reading::Shortest, from, until), []);
}

/// A deadline anywhere on Earth passes when the last place has passed it.
#[test]
fn anywhere_on_earth_is_a_zone() {
    let pair = pair("0 0 * * *", "0 18 * * *", "Etc/GMT+12");
    let all = schedule(vec![allow(When::Cron(pair))]);
    assert_eq!(state(&all, "2026-12-02T05:59:00Z"), State::Open);
    assert_eq!(state(&all, "2026-12-02T06:00:00Z"), State::Frozen);
}
