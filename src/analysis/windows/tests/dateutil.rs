//! Against python-dateutil's results.

use super::*;
use crate::analysis::windows::{
    expand::Occurrences,
    rule::{Rule, read_date_time},
};

#[derive(serde::Deserialize)]
struct Case {
    start: String,
    rule: String,
    found: Vec<String>,
}

fn cases() -> Vec<Case> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/calendar/occurrences.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn rules_expand_as_python_dateutil_expands_them() {
    let cases = cases();
    assert!(cases.len() > 400);
    let last = read_date_time("20450101T000000").unwrap() - TimeDelta::seconds(1);
    let mut wrong = Vec::new();
    for case in &cases {
        let rule = Rule::parse(&case.rule).unwrap();
        let start = read_date_time(&case.start).unwrap();
        let found: Vec<String> = Occurrences::new(&rule, start, last)
            .take(24)
            .map(|at| at.format("%Y%m%dT%H%M%S").to_string())
            .collect();
        if found != case.found {
            wrong.push(format!(
                "{} {}\n  found {found:?}\n  wants {:?}",
                case.start, case.rule, case.found
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_is_left_out_ahead_changes_nothing() {
    for case in cases() {
        let rule = Rule::parse(&case.rule).unwrap();
        let start = read_date_time(&case.start).unwrap();
        let walls: Vec<NaiveDateTime> = case
            .found
            .iter()
            .map(|wall| read_date_time(wall).unwrap())
            .collect();
        let Some(last) = walls.last() else { continue };
        for from in walls.iter().step_by(5) {
            for beside in [-1, 0, 1] {
                let from = *from + TimeDelta::seconds(beside);
                let ahead: Vec<NaiveDateTime> = Occurrences::new(&rule, start, *last)
                    .from(from)
                    .filter(|wall| *wall >= from)
                    .collect();
                let all: Vec<NaiveDateTime> =
                    walls.iter().copied().filter(|wall| *wall >= from).collect();
                assert_eq!(ahead, all, "{} {} from {from}", case.start, case.rule);
            }
        }
    }
}

#[test]
fn a_rule_that_never_comes_ends() {
    let rule = Rule::parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").unwrap();
    let start = wall("2026-01-01T00:00");
    assert_eq!(
        Occurrences::new(&rule, start, wall("2090-01-01T00:00")).next(),
        None
    );
    let rule = Rule::parse("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30").unwrap();
    assert_eq!(
        Occurrences::new(&rule, start, wall("2090-01-01T00:00")).next(),
        None
    );
}

#[test]
fn an_old_rule_of_seconds_is_asked_for_today_at_once() {
    let rule = Rule::parse("FREQ=SECONDLY;INTERVAL=7").unwrap();
    let from = wall("2026-01-01T00:00");
    let found: Vec<NaiveDateTime> =
        Occurrences::new(&rule, wall("1970-01-01T00:00"), from + days(1))
            .from(from)
            .filter(|wall| *wall >= from)
            .take(2)
            .collect();
    assert_eq!(found[1] - found[0], TimeDelta::seconds(7));
    assert_eq!((found[0] - wall("1970-01-01T00:00")).num_seconds() % 7, 0);
}

#[test]
fn what_is_wrong_with_a_rule_is_said() {
    for (text, says) in [
        ("INTERVAL=2", "FREQ"),
        ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY"),
        ("FREQ=DAILY;INTERVAL=0", "from 1 on"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260101T000000Z", "not by both"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "from 1 to 31"),
        ("FREQ=DAILY;BYHOUR=24", "from 0 to 23"),
        ("FREQ=DAILY;BYTIDE=1", "`BYTIDE` is not known"),
        ("FREQ=DAILY;FREQ=WEEKLY", "twice"),
    ] {
        let why = Rule::parse(text).unwrap_err();
        assert!(why.contains(says), "{text}: {why}");
    }
    assert!(Rule::parse("freq=weekly;byday=mo,fr").is_ok());
}
