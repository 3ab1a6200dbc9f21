//! What the calendar costs: 5,000 events over five years.
//!
//! `cargo bench --bench windows`. A frame is 16 ms.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot set itself up has to stop"
)]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use divan::{Bencher, black_box};
use tminus::{
    analysis::windows::{
        Effect, Schedule, Scope, Target, When, Window,
        ical::{Calendar, read},
    },
    domain::Text,
};

fn main() {
    divan::main();
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).expect("an instant")
}

/// 4,500 events that are once, 500 that come each week, in four zones.
fn file() -> String {
    let zones = [
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
    ];
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
    for number in 0..5000 {
        let at = start() + TimeDelta::minutes(number * 525);
        let rule = if number % 10 == 0 {
            "RRULE:FREQ=WEEKLY\r\n"
        } else {
            ""
        };
        let zone = zones[(number % 4) as usize];
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{number}\r\nSUMMARY:event {number}\r\nDTSTART;TZID={zone}:{}\r\nDURATION:PT5M\r\n{rule}END:VEVENT\r\n",
            at.format("%Y%m%dT%H%M%S")
        ));
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn calendar() -> Calendar {
    read(file().as_bytes()).expect("the calendar is readable")
}

fn schedule() -> Schedule {
    let scope = Arc::new(Scope::default());
    Schedule {
        windows: calendar()
            .events
            .into_iter()
            .map(|event| Window {
                name: event.summary.clone(),
                effect: Effect::Deny,
                scope: Arc::clone(&scope),
                reason: Text::default(),
                owner: Text::default(),
                source: Text::new("bench"),
                when: When::Event(Box::new(event)),
            })
            .collect(),
        unread: Vec::new(),
    }
}

fn target() -> Target<'static> {
    Target {
        service: "checkout",
        environment: Some("production"),
        ..Target::default()
    }
}

#[divan::bench]
fn read_5000(bencher: Bencher<'_, '_>) {
    let text = file();
    bencher.bench(|| read(black_box(text.as_bytes())).expect("readable"));
}

#[divan::bench]
fn answer(bencher: Bencher<'_, '_>) {
    let schedule = schedule();
    let at = start() + TimeDelta::days(900);
    bencher.bench(|| black_box(&schedule).answer(&target(), black_box(at)).state);
}

#[divan::bench]
fn next_transition(bencher: Bencher<'_, '_>) {
    let schedule = schedule();
    let at = start() + TimeDelta::days(900);
    bencher.bench(|| black_box(&schedule).next_transition(&target(), black_box(at)));
}

#[divan::bench]
fn a_month(bencher: Bencher<'_, '_>) {
    let schedule = schedule();
    let at = start() + TimeDelta::days(900);
    bencher.bench(|| {
        black_box(&schedule)
            .between(&target(), at, at + TimeDelta::days(31))
            .len()
    });
}
