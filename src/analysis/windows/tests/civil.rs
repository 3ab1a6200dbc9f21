use super::*;

fn both(zone_name: &str, local: &str) -> (String, String) {
    let found = zone(zone_name).candidates(wall(local));
    let say = |at: Timestamp| at.format("%Y-%m-%dT%H:%MZ").to_string();
    (say(found.earliest), say(found.latest))
}

#[test]
fn a_local_time_has_two_instants_where_the_clock_jumps_and_one_elsewhere() {
    for (name, local, earliest, latest) in [
        (
            "Europe/Berlin",
            "2026-03-29T01:59",
            "2026-03-29T00:59Z",
            "2026-03-29T00:59Z",
        ),
        // The gap.
        (
            "Europe/Berlin",
            "2026-03-29T02:00",
            "2026-03-29T00:00Z",
            "2026-03-29T01:00Z",
        ),
        (
            "Europe/Berlin",
            "2026-03-29T02:30",
            "2026-03-29T00:30Z",
            "2026-03-29T01:30Z",
        ),
        (
            "Europe/Berlin",
            "2026-03-29T03:00",
            "2026-03-29T01:00Z",
            "2026-03-29T01:00Z",
        ),
        // The fold.
        (
            "Europe/Berlin",
            "2026-10-25T01:59",
            "2026-10-24T23:59Z",
            "2026-10-24T23:59Z",
        ),
        (
            "Europe/Berlin",
            "2026-10-25T02:00",
            "2026-10-25T00:00Z",
            "2026-10-25T01:00Z",
        ),
        (
            "Europe/Berlin",
            "2026-10-25T02:59",
            "2026-10-25T00:59Z",
            "2026-10-25T01:59Z",
        ),
        (
            "Europe/Berlin",
            "2026-10-25T03:00",
            "2026-10-25T02:00Z",
            "2026-10-25T02:00Z",
        ),
        (
            "America/New_York",
            "2026-03-08T02:30",
            "2026-03-08T06:30Z",
            "2026-03-08T07:30Z",
        ),
        (
            "America/New_York",
            "2026-11-01T01:30",
            "2026-11-01T05:30Z",
            "2026-11-01T06:30Z",
        ),
        // Half an hour.
        (
            "Australia/Lord_Howe",
            "2026-10-04T02:15",
            "2026-10-03T15:15Z",
            "2026-10-03T15:45Z",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05T01:45",
            "2026-04-04T14:45Z",
            "2026-04-04T15:15Z",
        ),
        // At midnight.
        (
            "America/Sao_Paulo",
            "2018-11-04T00:30",
            "2018-11-04T02:30Z",
            "2018-11-04T03:30Z",
        ),
        (
            "Africa/Cairo",
            "2026-04-24T00:30",
            "2026-04-23T21:30Z",
            "2026-04-23T22:30Z",
        ),
        // The day that Samoa left out.
        (
            "Pacific/Apia",
            "2011-12-30T12:00",
            "2011-12-29T22:00Z",
            "2011-12-30T22:00Z",
        ),
        (
            "Asia/Kolkata",
            "2026-03-29T02:30",
            "2026-03-28T21:00Z",
            "2026-03-28T21:00Z",
        ),
    ] {
        let wanted = (earliest.to_owned(), latest.to_owned());
        assert_eq!(both(name, local), wanted, "{name} {local}");
    }
}

#[test]
fn zones_are_found_in_any_case_and_below_a_prefix() {
    for name in [
        "Europe/Berlin",
        "europe/berlin",
        "/mozilla.org/20050126_1/Europe/Berlin",
        "/freeassociation.sourceforge.net/Europe/Berlin",
        " Europe/Berlin ",
    ] {
        assert_eq!(
            Zone::named(name),
            Some(Zone::Named(chrono_tz::Europe::Berlin)),
            "{name}"
        );
    }
    assert_eq!(
        Zone::named("/x/America/Argentina/Buenos_Aires"),
        Some(Zone::Named(chrono_tz::America::Argentina::Buenos_Aires))
    );
    assert_eq!(Zone::named("W. Europe Standard Time"), None);
    assert_eq!(Zone::named(""), None);
}

/// The instants at which a clock may show a local time, from its offsets
/// alone: where no instant shows it, those that the offsets before and after
/// the jump give.
fn slow(name: chrono_tz::Tz, local: chrono::NaiveDateTime) -> (Timestamp, Timestamp) {
    use chrono::{Offset as _, TimeZone as _};
    let offset = |at: Timestamp| {
        i64::from(
            name.offset_from_utc_datetime(&at.naive_utc())
                .fix()
                .local_minus_utc(),
        )
    };
    let mut shown = Vec::new();
    let mut around = Vec::new();
    let mut instant = local.and_utc() - days(2);
    let mut before = offset(instant);
    while instant < local.and_utc() + days(2) {
        let after = offset(instant);
        if after != before {
            around.push((instant, before, after));
        }
        if instant.naive_utc() + TimeDelta::seconds(after) == local {
            shown.push(instant);
        }
        before = after;
        instant += TimeDelta::minutes(1);
    }
    if shown.is_empty() {
        for (at, before, after) in around {
            let from = at.naive_utc() + TimeDelta::seconds(before);
            let until = at.naive_utc() + TimeDelta::seconds(after);
            if from <= local && local < until {
                shown.push((local - TimeDelta::seconds(before)).and_utc());
                shown.push((local - TimeDelta::seconds(after)).and_utc());
            }
        }
    }
    (*shown.iter().min().unwrap(), *shown.iter().max().unwrap())
}

#[test]
fn candidates_are_those_of_a_clock_that_is_watched_minute_by_minute() {
    for (name, day) in [
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        ("Europe/Dublin", "2026-10-25"),
        ("America/New_York", "2027-03-14"),
        ("America/New_York", "2027-11-07"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Australia/Lord_Howe", "2026-10-04"),
        ("America/Sao_Paulo", "2018-02-18"),
        ("America/Sao_Paulo", "2018-11-04"),
        ("Africa/Casablanca", "2026-02-15"),
        ("Africa/Casablanca", "2026-03-22"),
        ("Pacific/Apia", "2011-12-30"),
        ("Asia/Pyongyang", "2018-05-04"),
        ("America/Caracas", "2016-05-01"),
        ("Asia/Kathmandu", "2026-01-01"),
    ] {
        let tz: chrono_tz::Tz = name.parse().unwrap();
        let midnight = wall(&format!("{day}T00:00"));
        for step in -12..60 {
            let local = midnight + TimeDelta::minutes(30 * step);
            let found = Zone::Named(tz).candidates(local);
            assert_eq!(
                (found.earliest, found.latest),
                slow(tz, local),
                "{name} {local}"
            );
        }
    }
}
